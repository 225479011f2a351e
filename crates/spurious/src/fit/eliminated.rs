//! A linear part that is eliminated from squares: for given filters and output weights its best coefficients are a ridge regression on the
//! residuals, so that a search need not know of them.
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
//! The penalty `λ` is that of the linear model beside the network, so a network whose output weights vanish is that model.

use nalgebra::{Cholesky, DMatrix, DVector, Dyn};

use super::sums::GramSums;
use super::survey::Joint;

/// The inputs of such a linear part on the samples that are fitted.
#[derive(Debug, Clone)]
pub(super) struct Eliminated {
    /// `μ`
    centre: Vec<f64>,
    /// `1/σ` of each number; zero where it is constant.
    scales: DVector<f64>,
    /// `R`
    correlation: DMatrix<f64>,
    /// `λ`
    penalty: f64,
    /// `R + λ = LLᵀ`
    factor: Cholesky<f64, Dyn>,
    /// `L⁻¹`: multiplying by it is many times faster than solving.
    inverse: DMatrix<f64>,
}

impl Eliminated {
    /// The inputs from the moments of the samples.
    pub(super) fn new(joint: &Joint, penalty: f64) -> Self {
        let scales = joint.scales();
        let correlation = joint.correlation(&scales);
        let centre = joint.mean.rows(0, scales.len()).as_slice().to_vec();
        let (factor, inverse) = factor(&correlation, &scales, penalty);
        Self { centre, factor, inverse, scales, correlation, penalty }
    }

    /// The same with another penalty.
    pub(super) fn with_penalty(&self, penalty: f64) -> Self {
        let (factor, inverse) = factor(&self.correlation, &self.scales, penalty);
        Self { factor, inverse, penalty, ..self.clone() }
    }

    /// `μ`
    pub(super) fn centre(&self) -> &[f64] {
        &self.centre
    }

    /// `λ`
    pub(super) fn penalty(&self) -> f64 {
        self.penalty
    }

    /// Numbers of a row that vary.
    pub(super) fn varying(&self) -> usize {
        self.scales.iter().filter(|&&scale| scale > 0.0).count()
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
        let plain: Vec<f64> = gamma.iter().zip(&self.scales).map(|(g, scale)| g * scale).collect();
        let shift = -plain.iter().zip(&self.centre).map(|(b, mean)| b * mean).sum::<f64>();
        (plain, shift, self.penalty * gamma.norm_squared() / 2.0)
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
