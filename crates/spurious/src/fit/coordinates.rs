//! The numbers that a fit is free to choose, and the network that they stand for.

use nalgebra::{DMatrix, DVector};

use super::network::Network;
use super::sums::GramSums;
use super::transform::Transform;

/// Which numbers are free, and on which scale of the patches the filter acts.
///
/// ```text
/// θ = (w [patch_dim], β [0 or 1], a [patches], c [0 or 1])
/// f(Z) = c + Σⱼ aⱼ σ(w·M(Zⱼ − μ) + β)
/// ```
///
/// The network on the patches as they are has filter `u = Mᵀw`, filter bias `b = β − u·μ`, and the same `a` and `c`.
#[derive(Debug, Clone)]
pub(super) struct Coordinates {
    pub(super) patch_dim: usize,
    pub(super) patches: usize,
    pub(super) filter_bias: bool,
    pub(super) intercept: bool,
    pub(super) transform: Option<Transform>,
}

impl Coordinates {
    /// Free numbers, one of which is the scale that filter and output weights share.
    pub(super) fn len(&self) -> usize {
        self.first_output() + self.patches + usize::from(self.intercept)
    }

    /// Where the output weights begin: what comes before enters the network through the rectifier.
    pub(super) fn first_output(&self) -> usize {
        self.patch_dim + usize::from(self.filter_bias)
    }

    pub(super) fn network(&self, theta: &DVector<f64>) -> Network {
        let filter = &theta.as_slice()[..self.patch_dim];
        let bias = if self.filter_bias { theta[self.patch_dim] } else { 0.0 };
        let first = self.first_output();
        let output_weights = theta.as_slice()[first..first + self.patches].to_vec();
        let intercept = if self.intercept { theta[self.len() - 1] } else { 0.0 };
        let (filter, filter_bias) = match &self.transform {
            None => (filter.to_vec(), bias),
            Some(transform) => {
                let pulled = transform.pull_back(filter);
                let shift: f64 = pulled.iter().zip(&transform.mean).map(|(u, mean)| u * mean).sum();
                (pulled, bias - shift)
            }
        };
        Network { filter, filter_bias, output_weights, intercept }
    }

    /// The numbers that stand for a network, as far as there are any.
    pub(super) fn theta(&self, network: &Network) -> DVector<f64> {
        let (filter, bias) = match &self.transform {
            None => (network.filter.clone(), network.filter_bias),
            Some(transform) => {
                let shift: f64 = network.filter.iter().zip(&transform.mean).map(|(u, mean)| u * mean).sum();
                (transform.push_forward(&network.filter), network.filter_bias + shift)
            }
        };
        let mut theta = filter;
        theta.extend(self.filter_bias.then_some(bias));
        theta.extend(&network.output_weights);
        theta.extend(self.intercept.then_some(network.intercept));
        DVector::from_vec(theta)
    }

    /// The same function with a filter of length 1.
    pub(super) fn normalise(&self, theta: &mut DVector<f64>) {
        let length = theta.rows(0, self.patch_dim).norm();
        if length > 0.0 && length.is_finite() {
            theta.rows_mut(0, self.first_output()).scale_mut(length.recip());
            theta.rows_mut(self.first_output(), self.patches).scale_mut(length);
        }
    }

    /// Another function: the filter alone is brought to length 1, as weight normalisation does.
    pub(super) fn normalise_filter(&self, theta: &mut DVector<f64>) {
        let length = theta.rows(0, self.patch_dim).norm();
        if length > 0.0 {
            theta.rows_mut(0, self.patch_dim).unscale_mut(length);
        }
    }

    /// The function with its filter turned around; the output weights are those of before.
    pub(super) fn antipode(&self, theta: &DVector<f64>) -> DVector<f64> {
        let mut turned = theta.clone();
        turned.rows_mut(0, self.first_output()).neg_mut();
        turned
    }

    /// Derivatives by the network's numbers, `[patch_dim + patches + 3]` with the residual last, as combinations of those
    /// by `θ`: columns of the Jacobian are `J·T`, `[patch_dim + patches + 3, len + 1]`.
    fn jacobian(&self) -> DMatrix<f64> {
        let (p, k, n) = (self.patch_dim, self.patches, self.len());
        let mut jacobian = DMatrix::zeros(p + k + 3, n + 1);
        match &self.transform {
            None => jacobian.view_mut((0, 0), (p, p)).fill_with_identity(),
            Some(transform) => {
                let matrix = transform.as_matrix();
                jacobian.view_mut((0, 0), (p, p)).copy_from(&matrix.transpose());
                let mean = DVector::from_column_slice(&transform.mean);
                jacobian.view_mut((p, 0), (1, p)).copy_from(&(-(matrix * mean)).transpose());
            }
        }
        if self.filter_bias {
            jacobian[(p, p)] = 1.0;
        }
        let first = self.first_output();
        jacobian.view_mut((p + 1, first), (k, k)).fill_with_identity();
        if self.intercept {
            jacobian[(p + 1 + k, n - 1)] = 1.0;
        }
        jacobian[(p + k + 2, n)] = 1.0;
        jacobian
    }

    /// Mean square of the residual, its derivative by `θ`, and the Gauss–Newton matrix.
    pub(super) fn quadratic(&self, sums: &GramSums) -> Quadratic {
        let (full, n) = (self.patch_dim + self.patches + 3, self.len());
        let gram = DMatrix::from_row_slice(full, full, &sums.gram) / sums.weight;
        let jacobian = self.jacobian();
        let gram = jacobian.transpose() * gram * &jacobian;
        Quadratic {
            loss: gram[(n, n)] / 2.0,
            gradient: gram.view((0, n), (n, 1)).column(0).into_owned(),
            hessian: gram.view((0, 0), (n, n)).into_owned(),
        }
    }

    /// The derivative by `θ` of something whose derivative by the network's numbers is given.
    pub(super) fn gradient(&self, filter: &[f64], bias: f64, output: &[f64], intercept: f64) -> DVector<f64> {
        if self.transform.is_none() {
            let mut by_theta = filter.to_vec();
            by_theta.extend(self.filter_bias.then_some(bias));
            by_theta.extend(output);
            by_theta.extend(self.intercept.then_some(intercept));
            return DVector::from_vec(by_theta);
        }
        let mut full = filter.to_vec();
        full.push(bias);
        full.extend(output);
        full.extend([intercept, 0.0]);
        (self.jacobian().transpose() * DVector::from_vec(full)).rows(0, self.len()).into_owned()
    }
}

/// `ℓ(θ + d) ≈ loss + gradient·d + ½ d·hessian·d`, exact where the filter stays.
#[derive(Debug, Clone)]
pub(super) struct Quadratic {
    pub(super) loss: f64,
    pub(super) gradient: DVector<f64>,
    pub(super) hessian: DMatrix<f64>,
}
