//! The free parameters of a fit, and the network that they define.

use nalgebra::{DMatrix, DVector};

use super::network::Network;
use super::sums::GramSums;
use super::survey::Survey;
use super::transform::Transform;

/// The free parameters `θ`, and the transform of the patches on which the filter acts.
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
    /// Number of entries of `θ`. One of them is the scale that filter and output weights share.
    pub(super) fn len(&self) -> usize {
        self.first_output() + self.patches + usize::from(self.intercept)
    }

    /// The index of the first output weight. The parameters before it enter the network through the rectifier.
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

    /// The parameters of a network, as far as the coordinates can represent it.
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

    /// The filter alone is scaled to length 1, as in weight normalisation, which changes the function.
    pub(super) fn normalise_filter(&self, theta: &mut DVector<f64>) {
        let length = theta.rows(0, self.patch_dim).norm();
        if length > 0.0 {
            theta.rows_mut(0, self.patch_dim).unscale_mut(length);
        }
    }

    /// The parameters with the filter reversed and the same output weights.
    pub(super) fn antipode(&self, theta: &DVector<f64>) -> DVector<f64> {
        let mut antipode = theta.clone();
        antipode.rows_mut(0, self.first_output()).neg_mut();
        antipode
    }

    /// The covariance of a transformed patch, `MCMᵀ`.
    pub(super) fn covariance(&self, survey: &Survey) -> DMatrix<f64> {
        let p = self.patch_dim;
        let covariance = DMatrix::from_row_slice(p, p, &survey.patch_covariance);
        match &self.transform {
            None => covariance,
            Some(transform) => transform.as_matrix() * covariance * transform.as_matrix().transpose(),
        }
    }

    /// `P`, the derivative of the network's `(u, b)` by `(w, β)`, `[patch_dim + 1, first_output]`.
    ///
    /// ```text
    /// u = Mᵀw,  b = β − u·μ        P = ⎡ Mᵀ       0 ⎤
    ///                                  ⎣ −(Mμ)ᵀ   1 ⎦
    /// ```
    fn filter_jacobian(&self) -> DMatrix<f64> {
        let p = self.patch_dim;
        let mut jacobian = DMatrix::zeros(p + 1, self.first_output());
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
        jacobian
    }

    /// Loss, its derivative by `θ`, and the Gauss–Newton matrix, from the Gram matrix of `(∂f/∂u, ∂f/∂b, ∂f/∂a, ∂f/∂c, r)`.
    ///
    /// Of this matrix `G/Σω`, the filter's part is pulled back by `P = ∂(u, b)/∂(w, β)`, and what is not free is left out:
    ///
    /// ```text
    /// ⎡ PᵀG_ff P   PᵀG_fq ⎤        f = (u, b),  q = (a, c, r)         ⎡ H   g ⎤
    /// ⎣ G_qf P     G_qq   ⎦                                       =   ⎣ gᵀ 2ℓ ⎦
    /// ```
    pub(super) fn quadratic(&self, sums: &GramSums) -> Quadratic {
        let (p, k, n) = (self.patch_dim, self.patches, self.len());
        let full = p + k + 3;
        let entry = |i: usize, j: usize| sums.gram[i * full + j] / sums.weight;
        // After the filter: output weights, intercept, residual.
        let mut rest: Vec<usize> = (p + 1..p + 1 + k).collect();
        rest.extend(self.intercept.then_some(p + 1 + k));
        rest.push(full - 1);
        let first = self.first_output();
        let filter = DMatrix::from_fn(p + 1, p + 1, entry);
        let mixed = DMatrix::from_fn(p + 1, rest.len(), |i, j| entry(i, rest[j]));
        let (filter, mixed) = match &self.transform {
            // Without a transform, `(w, β)` are the first of `(u, b)`.
            None => (filter.view((0, 0), (first, first)).into_owned(), mixed.rows(0, first).into_owned()),
            Some(_) => {
                let jacobian = self.filter_jacobian();
                (jacobian.transpose() * filter * &jacobian, jacobian.transpose() * mixed)
            }
        };
        let mut gram = DMatrix::zeros(n + 1, n + 1);
        gram.view_mut((0, 0), (first, first)).copy_from(&filter);
        gram.view_mut((0, first), (first, rest.len())).copy_from(&mixed);
        gram.view_mut((first, 0), (rest.len(), first)).copy_from(&mixed.transpose());
        for (i, &row) in rest.iter().enumerate() {
            for (j, &column) in rest.iter().enumerate() {
                gram[(first + i, first + j)] = entry(row, column);
            }
        }
        Quadratic {
            loss: gram[(n, n)] / 2.0,
            gradient: gram.view((0, n), (n, 1)).column(0).into_owned(),
            hessian: gram.view((0, 0), (n, n)).into_owned(),
        }
    }

    /// `∂(u, b, a, c)/∂θ` transposed, `[len, patch_dim + patches + 2]`: maps derivatives with respect to the network's parameters to those with
    /// respect to `θ`.
    pub(super) fn by_network(&self) -> DMatrix<f64> {
        let (p, k, first) = (self.patch_dim, self.patches, self.first_output());
        let mut by_network = DMatrix::zeros(self.len(), p + k + 2);
        by_network.view_mut((0, 0), (first, p + 1)).copy_from(&self.filter_jacobian().transpose());
        by_network.view_mut((first, p + 1), (k, k)).fill_with_identity();
        if self.intercept {
            by_network[(self.len() - 1, p + k + 1)] = 1.0;
        }
        by_network
    }

    /// The derivative with respect to `θ`, from that with respect to the network's parameters: `∂/∂(w, β) = Pᵀ ∂/∂(u, b)`.
    pub(super) fn gradient(&self, filter: &[f64], bias: f64, output: &[f64], intercept: f64) -> DVector<f64> {
        let mut by_filter = filter.to_vec();
        by_filter.push(bias);
        let by_filter = match &self.transform {
            None => DVector::from_column_slice(&by_filter[..self.first_output()]),
            Some(_) => self.filter_jacobian().transpose() * DVector::from_vec(by_filter),
        };
        let rest = output.iter().copied().chain(self.intercept.then_some(intercept));
        DVector::from_iterator(self.len(), by_filter.iter().copied().chain(rest))
    }
}

/// `ℓ(θ + d) ≈ loss + gradient·d + ½ d·hessian·d`, exact if the filter does not change.
#[derive(Debug, Clone)]
pub(super) struct Quadratic {
    pub(super) loss: f64,
    pub(super) gradient: DVector<f64>,
    pub(super) hessian: DMatrix<f64>,
}
