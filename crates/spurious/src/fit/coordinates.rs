//! The free parameters of a fit, and the network that they define.

use std::ops::Range;

use nalgebra::{DMatrix, DVector};

use super::eliminated::Eliminated;
use super::few::Factor;
use super::levenberg::solve;
use super::linear_part::{LinearPart, Searched};
use super::loss::Loss;
use super::network::{Filter, Network};
use super::sums::{GramSums, Sums};
use super::survey::Survey;
use super::transform::Transform;
use crate::Activation;

/// The free parameters `θ`, and the transform of the patches on which the filters act.
///
/// ```text
/// θ = ((wᵢ [patch_dim], βᵢ [0 or 1])  for each of r filters,  aᵢ [patches] for each,  γ [0 or directions],  c [0 or 1])
/// f(Z) = c + Σᵢ Σⱼ aᵢⱼ σ(wᵢ·M(Zⱼ − μ) + βᵢ) + γ·z
/// ```
///
/// For several classes there are `aᵢ`, `γ` and `c` for each class, those of one class after those of another. They are fixed up to what all
/// classes have in common, which changes no chance; here it is zero: `Σ_c aᵢcⱼ = 0`, `Σ_c γ_c = 0` and `Σ_c c_c = 0`.
///
/// The network on the patches as they are has filters `uᵢ = Mᵀwᵢ`, filter biases `bᵢ = βᵢ − uᵢ·μ`, and the same `aᵢ` and `c`. A linear
/// part acts on a row along its principal directions, `z`. With squares it is no part of `θ`, but eliminated from the sums
/// ([`LinearPart`]).
#[derive(Debug, Clone)]
pub(super) struct Coordinates {
    pub(super) patch_dim: usize,
    pub(super) patches: usize,
    /// `r`
    pub(super) filters: usize,
    pub(super) filter_bias: bool,
    pub(super) intercept: bool,
    pub(super) transform: Option<Transform>,
    /// The linear part, on the samples that are fitted.
    pub(super) linear: Option<LinearPart>,
    /// What is minimised over them.
    pub(super) loss: Loss,
    /// `σ`
    pub(super) activation: Activation,
}

impl Coordinates {
    /// Number of entries of `θ`. For each filter one of them is the scale that it shares with its output weights.
    pub(super) fn len(&self) -> usize {
        self.first_output() + self.outputs() + self.of_linear() + self.intercepts()
    }

    /// Number of coefficients of a linear part in `θ`, `V·directions`; none with squares, which eliminate them.
    pub(super) fn of_linear(&self) -> usize {
        self.searched().map_or(0, |linear| self.values() * linear.directions())
    }

    /// Where these are in `θ`.
    pub(super) fn linear_places(&self) -> Range<usize> {
        let first = self.first_output() + self.outputs();
        first..first + self.of_linear()
    }

    /// Where these, and intercepts, begin beside output weights of zero, those of several classes: as in the model without filters. Beside
    /// random output weights they begin at zero, because filters that are fitted to what a linear model leaves end at higher minima.
    pub(super) fn start_of_linear(&self) -> Option<(&[f64], &[f64])> {
        Some(self.searched().filter(|_| self.values() > 1)?.start())
    }

    /// The penalty on each of them.
    pub(super) fn linear_penalty(&self) -> f64 {
        self.linear.as_ref().map_or(0.0, LinearPart::penalty)
    }

    /// Numbers that the network has for a sample, `V`: 1, or a score for each of several classes.
    pub(super) fn values(&self) -> usize {
        self.loss.values()
    }

    /// Number of intercepts, 0 or `V`.
    pub(super) fn intercepts(&self) -> usize {
        if self.intercept { self.values() } else { 0 }
    }

    /// Number of output weights of one filter, `Vk`.
    pub(super) fn of_output(&self) -> usize {
        self.values() * self.patches
    }

    /// Columns of the Gram matrix: by `(u, b)` of each filter, all output weights, a linear part in `θ`, all intercepts, and the residual.
    pub(super) fn columns(&self) -> usize {
        self.filters * (self.patch_dim + 1) + self.outputs() + self.of_linear() + self.values() + 1
    }

    /// Entries of `θ` for one filter and its bias.
    pub(super) fn of_filter(&self) -> usize {
        self.patch_dim + usize::from(self.filter_bias)
    }

    /// The index of the first output weight. The parameters before it enter the network through the activation.
    pub(super) fn first_output(&self) -> usize {
        self.filters * self.of_filter()
    }

    /// Number of output weights, `rVk`.
    pub(super) fn outputs(&self) -> usize {
        self.filters * self.of_output()
    }

    /// The index of `w` of each filter, and of its first output weight.
    pub(super) fn places(&self) -> impl Iterator<Item = (usize, usize)> + use<> {
        let (of_filter, first, of_output) = (self.of_filter(), self.first_output(), self.of_output());
        (0..self.filters).map(move |i| (i * of_filter, first + i * of_output))
    }

    /// The indices of the numbers of all classes that have the same place in each: their sum is zero. None if there are no classes.
    pub(super) fn shared_by_classes(&self) -> impl Iterator<Item = Vec<usize>> + use<> {
        let (k, values, first, of_output) =
            (self.patches, self.values(), self.first_output(), self.of_output());
        let weights =
            (0..self.filters).flat_map(move |i| (0..k).map(move |j| (first + i * of_output + j, k)));
        let (at, directions) = (first + self.outputs(), self.of_linear() / values);
        let linear = (0..directions).map(move |m| (at + m, directions));
        let intercepts = self.intercept.then_some((at + self.of_linear(), 1));
        let each = weights.chain(linear).chain(intercepts).filter(move |_| values > 1);
        each.map(move |(at, apart)| (0..values).map(|class| at + class * apart).collect())
    }

    /// Adds to a second derivative what keeps those sums at zero, `(h/V)(Σ_c d_c)²` with `h` of the size of its diagonal there. No gradient
    /// has a part along them.
    pub(super) fn fix_classes(&self, hessian: &mut DMatrix<f64>, first: usize) {
        for places in self.shared_by_classes() {
            let place = |at: &usize| at - first;
            let size = places.iter().map(|at| hessian[(place(at), place(at))]).fold(0.0, f64::max);
            for (i, j) in places.iter().flat_map(|i| places.iter().map(move |j| (place(i), place(j)))) {
                hessian[(i, j)] += size / places.len() as f64;
            }
        }
    }

    /// The network; without its linear part where that is eliminated.
    pub(super) fn network(&self, theta: &DVector<f64>) -> Network {
        let filter = |(at, output)| {
            let w = &theta.as_slice()[at..at + self.patch_dim];
            let bias = if self.filter_bias { theta[at + self.patch_dim] } else { 0.0 };
            let output_weights = theta.as_slice()[output..output + self.of_output()].to_vec();
            match &self.transform {
                None => Filter { weights: w.to_vec(), bias, output_weights },
                Some(transform) => {
                    let weights = transform.pull_back(w);
                    let shift: f64 = weights.iter().zip(&transform.mean).map(|(u, mean)| u * mean).sum();
                    Filter { weights, bias: bias - shift, output_weights }
                }
            }
        };
        let filters = self.places().map(filter).collect();
        let of_linear = self.linear_places();
        let mut constants = theta.as_slice()[of_linear.end..].to_vec();
        constants.resize(self.values(), 0.0);
        let mut linear_part = Vec::new();
        if let Some(linear) = self.searched() {
            (linear_part, constants) = linear.plain(&theta.as_slice()[of_linear], &constants);
        }
        let (intercept, intercepts) =
            if self.values() == 1 { (constants[0], Vec::new()) } else { (0.0, constants) };
        Network { filters, linear_part, intercept, intercepts, activation: self.activation }
    }

    /// The parameters of a network, as far as the coordinates can represent it.
    pub(super) fn theta(&self, network: &Network) -> DVector<f64> {
        let mut theta = Vec::with_capacity(self.len());
        for Filter { weights, bias, .. } in &network.filters {
            let (w, bias) = match &self.transform {
                None => (weights.clone(), *bias),
                Some(transform) => {
                    let shift: f64 = weights.iter().zip(&transform.mean).map(|(u, mean)| u * mean).sum();
                    (transform.push_forward(weights), bias + shift)
                }
            };
            theta.extend(w);
            theta.extend(self.filter_bias.then_some(bias));
        }
        network.filters.iter().for_each(|filter| theta.extend(&filter.output_weights));
        let (gamma, constants) = match self.searched() {
            Some(linear) => linear.of_network(network),
            None => (Vec::new(), network.all_intercepts()),
        };
        theta.extend(gamma);
        theta.extend(constants.iter().take(self.intercepts()));
        DVector::from_vec(theta)
    }

    /// The same function with filters of length 1.
    pub(super) fn normalise(&self, theta: &mut DVector<f64>) {
        for (at, output) in self.places() {
            let length = theta.rows(at, self.patch_dim).norm();
            if length > 0.0 && length.is_finite() {
                theta.rows_mut(at, self.of_filter()).scale_mut(length.recip());
                theta.rows_mut(output, self.of_output()).scale_mut(length);
            }
        }
        self.centre_classes(theta);
    }

    /// The same chances, with nothing that all classes have in common.
    fn centre_classes(&self, theta: &mut DVector<f64>) {
        for places in self.shared_by_classes() {
            let mean = places.iter().map(|&at| theta[at]).sum::<f64>() / places.len() as f64;
            places.into_iter().for_each(|at| theta[at] -= mean);
        }
    }

    /// The filters alone are scaled to length 1, as in weight normalisation, which changes the function.
    pub(super) fn normalise_filters(&self, theta: &mut DVector<f64>) {
        for (at, _) in self.places() {
            let length = theta.rows(at, self.patch_dim).norm();
            if length > 0.0 {
                theta.rows_mut(at, self.patch_dim).unscale_mut(length);
            }
        }
    }

    /// How many entries of `θ` belong to the filters before the last, and how many to their output weights.
    pub(super) fn before_the_last(&self) -> (usize, usize) {
        ((self.filters - 1) * self.of_filter(), (self.filters - 1) * self.of_output())
    }

    /// The mean square of the part of each filter.
    ///
    /// ```text
    /// E(Σⱼ aⱼσⱼ)² = a·H_aa a
    /// ```
    pub(super) fn mean_squares(&self, theta: &DVector<f64>, here: &Quadratic) -> Vec<f64> {
        let k = self.of_output();
        let of_filter = |(_, output)| {
            let a = theta.rows(output, k);
            if let Some(factor) = &here.factor {
                return factor.mean_square(output, &a.into_owned());
            }
            a.dot(&(here.hessian.view((output, output), (k, k)) * a))
        };
        self.places().map(of_filter).collect()
    }

    /// The same network with its filters in the order of the mean squares of their parts, the largest first.
    pub(super) fn in_order(&self, theta: &DVector<f64>, here: &Quadratic) -> DVector<f64> {
        let (k, of_filter) = (self.of_output(), self.of_filter());
        let mut places: Vec<_> = self.mean_squares(theta, here).into_iter().zip(self.places()).collect();
        places.sort_by(|(one, _), (other, _)| other.total_cmp(one));
        let mut ordered = theta.clone();
        for ((at, output), (_, (from, output_from))) in self.places().zip(places) {
            ordered.rows_mut(at, of_filter).copy_from(&theta.rows(from, of_filter));
            ordered.rows_mut(output, k).copy_from(&theta.rows(output_from, k));
        }
        ordered
    }

    /// The smallest loss over output weights and intercept for the filters of `θ`, without one of them if asked; the penalty is counted
    /// while these are fitted, not in the loss.
    pub(super) fn best_without(
        &self,
        here: &Quadratic,
        penalty: &DMatrix<f64>,
        theta: &DVector<f64>,
        left_out: Option<usize>,
    ) -> f64 {
        let (first, count) = (self.first_output(), self.len() - self.first_output());
        let gone = left_out.map_or(0..0, |i| i * self.patches..(i + 1) * self.patches);
        let kept: Vec<usize> = (0..count).filter(|at| !gone.contains(at)).collect();
        if let Some(factor) = &here.factor {
            return factor.best_of(first, &kept, &theta.rows(first, count).into_owned());
        }
        // From where all of them are zero, ℓ + g·d + ½ d·Hd at d = −z, to the best of those that are kept.
        let z = theta.rows(first, count);
        let hessian = here.hessian.view((first, first), (count, count));
        let gradient = here.gradient.rows(first, count);
        let at_zero = here.loss - gradient.dot(&z) + z.dot(&(hessian * z)) / 2.0;
        let pull = (gradient - hessian * z).select_rows(&kept);
        let curvature = hessian.select_rows(&kept).select_columns(&kept);
        let penalty = penalty.view((first, first), (count, count)).select_rows(&kept).select_columns(&kept);
        let d = solve(&curvature + penalty, &-&pull);
        at_zero + pull.dot(&d) + d.dot(&(curvature * &d)) / 2.0
    }

    /// Whether a filter has vanished.
    pub(super) fn has_no_direction(&self, theta: &DVector<f64>) -> bool {
        self.places().any(|(at, _)| theta.rows(at, self.patch_dim).norm() == 0.0)
    }

    /// The parameters with filter `i` reversed and the same output weights.
    pub(super) fn antipode(&self, theta: &DVector<f64>, i: usize) -> DVector<f64> {
        let mut antipode = theta.clone();
        antipode.rows_mut(i * self.of_filter(), self.of_filter()).neg_mut();
        antipode
    }

    /// The linear part that is eliminated from the sums.
    pub(super) fn eliminated(&self) -> Option<&Eliminated> {
        if let Some(LinearPart::Eliminated(part)) = &self.linear { Some(part) } else { None }
    }

    /// The linear part whose coefficients are entries of `θ`.
    pub(super) fn searched(&self) -> Option<&Searched> {
        if let Some(LinearPart::Searched(part)) = &self.linear { Some(part) } else { None }
    }

    /// The same with the penalty on a linear part multiplied by a factor.
    pub(super) fn with_linear_penalty(&self, factor: f64) -> Self {
        let linear = self.linear.as_ref().map(|linear| linear.with_penalty_times(factor));
        Self { linear, ..self.clone() }
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

    /// `P`, the derivative of `(u, b)` by `(w, β)` for one filter, `[patch_dim + 1, patch_dim or patch_dim + 1]`.
    ///
    /// ```text
    /// u = Mᵀw,  b = β − u·μ        P = ⎡ Mᵀ       0 ⎤
    ///                                  ⎣ −(Mμ)ᵀ   1 ⎦
    /// ```
    pub(super) fn filter_jacobian(&self) -> DMatrix<f64> {
        let p = self.patch_dim;
        let mut jacobian = DMatrix::zeros(p + 1, self.of_filter());
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

    /// `∂(u, b, …, a, …, γ, c)/∂θ` transposed, `[len, columns − 1]`: maps derivatives with respect to the network's parameters to those with
    /// respect to `θ`.
    pub(super) fn by_network(&self) -> DMatrix<f64> {
        let (p, of_filter) = (self.patch_dim, self.of_filter());
        let outputs = self.filters * (p + 1);
        let mut by_network = DMatrix::zeros(self.len(), self.columns() - 1);
        let jacobian = self.filter_jacobian().transpose();
        for i in 0..self.filters {
            by_network.view_mut((i * of_filter, i * (p + 1)), (of_filter, p + 1)).copy_from(&jacobian);
        }
        let rest = self.len() - self.first_output();
        by_network.view_mut((self.first_output(), outputs), (rest, rest)).fill_with_identity();
        by_network
    }

    /// Loss, its derivative by `θ`, and the Gauss–Newton matrix, from the Gram matrix of `(∂f/∂u, ∂f/∂b, …, ∂f/∂a, …, ∂f/∂c, r)`.
    ///
    /// Of this matrix `G/Σω`, the part of each filter is pulled back by `P = ∂(u, b)/∂(w, β)`, and what is not free is left out:
    ///
    /// ```text
    /// ⎡ PᵀG_ff P   PᵀG_fq ⎤        f = (u, b, …),  q = (a, …, c, r)       ⎡ H   g ⎤
    /// ⎣ G_qf P     G_qq   ⎦                                           =   ⎣ gᵀ  · ⎦
    /// ```
    ///
    /// Where a linear part is eliminated, loss and derivatives are those after minimisation over its coefficients, penalty included.
    pub(super) fn quadratic(&self, mut sums: GramSums) -> Quadratic {
        if let Some(linear) = self.eliminated() {
            linear.eliminate(&mut sums);
        }
        let (p, n, r) = (self.patch_dim, self.len(), self.filters);
        let before = r * (p + 1);
        let full = self.columns();
        // The matrix is symmetric, and those made of it are stored by columns.
        let entry = |i: usize, j: usize| sums.gram[j * full + i] / sums.weight;
        let (first, of_filter) = (self.first_output(), self.of_filter());
        // After the filters: output weights, linear part, intercept, residual.
        let mut rest: Vec<usize> = (before..before + n - first).collect();
        rest.push(full - 1);
        let filters = DMatrix::from_fn(before, before, entry);
        let mixed = DMatrix::from_fn(before, rest.len(), |i, j| entry(i, rest[j]));
        let mut gram = DMatrix::zeros(n + 1, n + 1);
        let jacobian = self.transform.as_ref().map(|_| self.filter_jacobian());
        for i in 0..r {
            for j in 0..r {
                let block = filters.view((i * (p + 1), j * (p + 1)), (p + 1, p + 1));
                let mut place = gram.view_mut((i * of_filter, j * of_filter), (of_filter, of_filter));
                match &jacobian {
                    // Without a transform, `(w, β)` are the first of `(u, b)`.
                    None => place.copy_from(&block.view((0, 0), (of_filter, of_filter))),
                    Some(jacobian) => place.copy_from(&(jacobian.transpose() * block * jacobian)),
                }
            }
            let block = mixed.rows(i * (p + 1), p + 1);
            let block = match &jacobian {
                None => block.rows(0, of_filter).into_owned(),
                Some(jacobian) => jacobian.transpose() * block,
            };
            gram.view_mut((first, i * of_filter), (rest.len(), of_filter)).copy_from(&block.transpose());
            gram.view_mut((i * of_filter, first), (of_filter, rest.len())).copy_from(&block);
        }
        for (i, &row) in rest.iter().enumerate() {
            for (j, &column) in rest.iter().enumerate() {
                gram[(first + i, first + j)] = entry(row, column);
            }
        }
        let hessian = gram.view((0, 0), (n, n)).into_owned();
        let information = match self.loss {
            Loss::Squares => hessian.diagonal().rows(first, self.outputs()).into_owned(),
            // Where both classes are equally likely the curvature is ¼, of several classes (1 − 1/V)/V.
            Loss::Logistic { .. } => DVector::from_vec(sums.activity) / (4.0 * sums.weight),
            Loss::Multinomial { classes } => {
                let chance = (classes as f64).recip();
                DVector::from_vec(sums.activity) * (chance * (1.0 - chance) / sums.weight)
            }
        };
        Quadratic {
            loss: sums.loss / sums.weight,
            gradient: gram.view((0, n), (n, 1)).column(0).into_owned(),
            hessian,
            information,
            factor: None,
        }
    }

    /// The sums of derivatives with respect to `θ`, from those with respect to the parameters of each filter, `[r]`:
    /// `∂/∂(w, β) = Pᵀ ∂/∂(u, b)`.
    pub(super) fn gradient(&self, sums: &[Sums]) -> DVector<f64> {
        let mut gradient = DVector::zeros(self.len());
        let jacobian = self.transform.as_ref().map(|_| self.filter_jacobian().transpose());
        for (Sums { filter, bias, output, intercept, .. }, (at, first)) in sums.iter().zip(self.places()) {
            let by_filter = DVector::from_iterator(filter.len() + 1, filter.iter().chain([bias]).copied());
            let by_filter = match &jacobian {
                None => by_filter.rows(0, self.of_filter()).into_owned(),
                Some(jacobian) => jacobian * by_filter,
            };
            gradient.rows_mut(at, self.of_filter()).copy_from(&by_filter);
            gradient.rows_mut(first, self.patches).copy_from_slice(output);
            if self.intercept {
                gradient[self.len() - 1] = *intercept;
            }
        }
        gradient
    }
}

/// `ℓ(θ + d) ≈ loss + gradient·d + ½ d·hessian·d`, for squares exact if the filters do not change.
#[derive(Debug, Clone)]
pub(super) struct Quadratic {
    pub(super) loss: f64,
    pub(super) gradient: DVector<f64>,
    pub(super) hessian: DMatrix<f64>,
    /// Information about each output weight that does not depend on the output weights: `Σω σ²/Σω` for squares, a quarter of it for the
    /// logistic loss, `[outputs]`
    pub(super) information: DVector<f64>,
    /// With fewer samples than parameters, what takes the place of `hessian`, which is empty then.
    pub(super) factor: Option<Factor>,
}
