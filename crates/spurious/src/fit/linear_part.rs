//! The linear part of a network. With squares it is eliminated: for given filters and output weights its best coefficients are a ridge
//! regression on the residuals, so that a search need not know of them.
//!
//! ```text
//! min_γ  E(r + γ·z)²/2 + λ‖γ‖²/2  =  Er²/2 − ½ E(rz)ᵀ(R + λ)⁻¹E(rz),      γ = −(R + λ)⁻¹ E(rz)
//! ```
//!
//! with `z` the numbers of a row with mean 0 and variance 1, `R` their correlation matrix, and `r` the residual without them. The
//! derivatives of this loss by the other parameters, in the approximation of Gauss and Newton, are the Schur complement of the Gram matrix of
//! `(J, r, z)` with respect to `z`:
//!
//! ```text
//! G ← G − C (R + λ)⁻¹ Cᵀ        G = E(J, r)ᵀ(J, r),  C = E(J, r)ᵀz
//! ```
//!
//! With other losses no such formula exists, and `γ` is a part of `θ` ([`Coordinates`]).
//!
//! The penalty `λ` is that of the linear or logistic model beside the network, so a network whose output weights vanish is that model.

use nalgebra::{Cholesky, DMatrix, DVector, Dyn};

use super::coordinates::Coordinates;
use super::evaluate::gauss_newton_about;
use super::linear::LinearModel;
use super::network::Network;
use super::samples::Samples;
use super::split::Selection;
use super::sums::GramSums;
use super::survey::{Joint, survey};
use crate::monitor::CancelOnly;
use crate::{Error, Monitor};

/// The inputs of the linear part on the samples that are fitted.
#[derive(Debug, Clone)]
pub(super) struct LinearPart {
    /// `μ`, patch by patch
    centre: Vec<f64>,
    /// `1/σ` of each number; zero where it is constant.
    scales: DVector<f64>,
    /// `R`
    correlation: DMatrix<f64>,
    /// `λ`
    penalty: f64,
    /// `γ` and intercepts of the model without filters, which searches begin with where the linear part is not eliminated
    start: (Vec<f64>, Vec<f64>),
    /// `R + λ = LLᵀ`
    factor: Cholesky<f64, Dyn>,
    /// `L⁻¹`: multiplying by it is many times faster than solving.
    inverse: DMatrix<f64>,
}

impl LinearPart {
    /// The inputs from the moments of the samples.
    pub(super) fn new(joint: &Joint, penalty: f64) -> Self {
        let scales = joint.scales();
        let d = scales.len();
        let entry = |i: usize, j: usize| joint.covariance[(i, j)] * scales[i] * scales[j];
        let correlation = DMatrix::from_fn(d, d, entry);
        let centre = joint.mean.rows(0, d).as_slice().to_vec();
        let (factor, inverse) = factor(&correlation, &scales, penalty);
        Self { centre, factor, inverse, scales, correlation, penalty, start: (Vec::new(), Vec::new()) }
    }

    /// The same for searches that begin with these models of plain numbers, one for each value of the network.
    pub(super) fn with_start(self, models: &[LinearModel]) -> Self {
        let plain: Vec<f64> = models.iter().flat_map(|model| model.coefficients.iter().copied()).collect();
        let mut constants: Vec<f64> = models.iter().map(|model| model.intercept).collect();
        let gamma = self.standardised(&plain, &mut constants);
        Self { start: (gamma, constants), ..self }
    }

    /// `γ` and intercepts with which searches begin.
    pub(super) fn start(&self) -> (&[f64], &[f64]) {
        (&self.start.0, &self.start.1)
    }

    /// The same with another penalty.
    pub(super) fn with_penalty(self, penalty: f64) -> Self {
        let (factor, inverse) = factor(&self.correlation, &self.scales, penalty);
        Self { factor, inverse, penalty, ..self }
    }

    /// `μ`
    pub(super) fn centre(&self) -> &[f64] {
        &self.centre
    }

    /// `1/σ`, zero for a number that is constant.
    pub(super) fn scales(&self) -> &[f64] {
        self.scales.as_slice()
    }

    /// Numbers of a row.
    pub(super) fn width(&self) -> usize {
        self.centre.len()
    }

    /// `β` of plain numbers for `γ` of standardised ones, class by class, and the same for the intercept of each class, `c − β·μ`.
    pub(super) fn plain(&self, gamma: &[f64], constants: &mut [f64]) -> Vec<f64> {
        let scaled = |gamma: &[f64]| gamma.iter().zip(&self.scales).map(|(g, scale)| g * scale).collect();
        let plain = gamma.chunks_exact(self.width()).map(scaled).collect::<Vec<Vec<f64>>>();
        for (constant, beta) in constants.iter_mut().zip(&plain) {
            *constant -= self.of_means(beta);
        }
        plain.concat()
    }

    /// `γ` for `β`, the other way.
    pub(super) fn standardised(&self, plain: &[f64], constants: &mut [f64]) -> Vec<f64> {
        for (constant, beta) in constants.iter_mut().zip(plain.chunks_exact(self.width())) {
            *constant += self.of_means(beta);
        }
        let scales = self.scales.iter().cycle();
        plain.iter().zip(scales).map(|(b, scale)| if *scale > 0.0 { b / scale } else { 0.0 }).collect()
    }

    /// `β·μ`
    fn of_means(&self, beta: &[f64]) -> f64 {
        beta.iter().zip(&self.centre).map(|(b, mean)| b * mean).sum()
    }

    /// `λ`
    pub(super) fn penalty(&self) -> f64 {
        self.penalty
    }

    /// Numbers of a row that vary.
    pub(super) fn varying(&self) -> usize {
        self.scales.iter().filter(|&&scale| scale > 0.0).count()
    }

    /// Numbers of a row that are constant.
    pub(super) fn constant(&self) -> usize {
        self.width() - self.varying()
    }

    /// How many parameters the penalty leaves, `tr R(R + λ)⁻¹`, rounded up.
    pub(super) fn degrees_of_freedom(&self) -> usize {
        let varying = self.varying() as f64;
        let inverse = self.factor.inverse().diagonal();
        let shrunk: f64 =
            inverse.iter().zip(&self.scales).map(|(v, scale)| if *scale > 0.0 { *v } else { 0.0 }).sum();
        (varying - self.penalty * shrunk).ceil() as usize
    }

    /// `Cᵀ`, `[width, n]`
    fn products(&self, sums: &GramSums) -> DMatrix<f64> {
        let width = self.centre.len();
        let n = sums.linear.len() / width;
        DMatrix::from_fn(width, n, |m, i| sums.linear[i * width + m] / sums.weight * self.scales[m])
    }

    /// Replaces the Gram matrix by its Schur complement.
    pub(super) fn eliminate(&self, sums: &mut GramSums) {
        let products = &self.inverse * self.products(sums);
        // A product of matrices is faster than dot products of their columns.
        let gained = products.transpose() * &products;
        // Both are symmetric.
        for (entry, gained) in sums.gram.iter_mut().zip(gained.iter()) {
            *entry -= gained * sums.weight;
        }
        // A sum of squares, but for rounding.
        if let Some(squares) = sums.gram.last_mut() {
            *squares = squares.max(0.0);
            sums.loss = *squares / 2.0;
        }
    }

    /// The best coefficients for the residuals of a network without them: `β` of numbers that are not standardised, what they add to the
    /// intercept, and the penalty `½λ‖γ‖²`.
    pub(super) fn coefficients(&self, sums: &GramSums) -> (Vec<f64>, f64, f64) {
        let products = self.products(sums);
        let gamma = -self.factor.solve(&products.column(products.ncols() - 1).into_owned());
        let mut shift = [0.0];
        let plain = self.plain(gamma.as_slice(), &mut shift);
        (plain, shift[0], self.penalty * gamma.norm_squared() / 2.0)
    }

    /// `(R + λ)⁻¹Cᵀ` for numbers that are not standardised, `[width, n]`: what a derivative `J` has in common with the linear part is
    /// `x − μ` times this.
    pub(super) fn in_common(&self, sums: &GramSums) -> DMatrix<f64> {
        let mut solved = self.factor.solve(&self.products(sums));
        for (m, scale) in self.scales.iter().enumerate() {
            solved.row_mut(m).scale_mut(*scale);
        }
        solved
    }
}

/// The factor `L` of `R + λ`, and its inverse. Where a penalty is too small for that, rounding takes its place.
fn factor(
    correlation: &DMatrix<f64>,
    scales: &DVector<f64>,
    penalty: f64,
) -> (Cholesky<f64, Dyn>, DMatrix<f64>) {
    let mut jitter = 0.0;
    loop {
        let mut lifted = correlation.clone();
        for (i, &scale) in scales.iter().enumerate() {
            // A constant number has no correlation with anything: any pivot does.
            lifted[(i, i)] += if scale == 0.0 { 1.0 } else { penalty + jitter };
        }
        if let Some(factor) = Cholesky::new(lifted) {
            let mut inverse = DMatrix::identity(scales.len(), scales.len());
            factor.l_dirty().solve_lower_triangular_mut(&mut inverse);
            return (factor, inverse);
        }
        jitter = (100.0 * jitter).max(1e-14 * scales.len() as f64);
    }
}

/// A network with its linear part, and the sums, without one that is eliminated.
pub(super) struct Whole {
    pub(super) network: Network,
    pub(super) sums: GramSums,
    /// `½λ‖γ‖²` of a linear part that is eliminated, which the loss of a search contains.
    pub(super) penalty: f64,
}

impl Coordinates {
    /// The same coordinates with the linear part on other samples.
    pub(super) fn on(
        &self,
        source: &mut Samples<'_>,
        selection: Selection<'_>,
        monitor: &dyn Monitor,
    ) -> Result<Self, Error> {
        let Some(linear) = &self.linear else { return Ok(self.clone()) };
        let survey = survey(source, selection, &CancelOnly(monitor))?;
        let linear = survey.joint.as_ref().map(|joint| LinearPart {
            start: linear.start.clone(),
            ..LinearPart::new(joint, linear.penalty())
        });
        Ok(Self { linear, ..self.clone() })
    }

    /// The network of [`whole`](Self::whole), without a pass over the samples where there is no linear part.
    pub(super) fn whole_network(
        &self,
        source: &mut Samples<'_>,
        theta: &DVector<f64>,
        monitor: &dyn Monitor,
    ) -> Result<Network, Error> {
        match self.eliminated() {
            None => Ok(self.network(theta)),
            Some(_) => Ok(self.whole(source, Selection::All, theta, monitor)?.network),
        }
    }

    /// The network at `θ` with the linear part that is best for the samples selected.
    pub(super) fn whole(
        &self,
        source: &mut Samples<'_>,
        selection: Selection<'_>,
        theta: &DVector<f64>,
        monitor: &dyn Monitor,
    ) -> Result<Whole, Error> {
        let mut network = self.network(theta);
        let (networks, linear) = (std::slice::from_ref(&network), self.linear.as_ref());
        let sums = gauss_newton_about(source, networks, self.loss, linear, selection, &CancelOnly(monitor))?
            .remove(0);
        let Some(linear) = self.eliminated() else { return Ok(Whole { network, sums, penalty: 0.0 }) };
        let (coefficients, shift, penalty) = linear.coefficients(&sums);
        network.linear_part = coefficients;
        network.intercept += shift;
        Ok(Whole { network, sums, penalty })
    }
}
