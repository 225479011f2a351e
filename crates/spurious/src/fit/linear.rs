//! The linear model beside the network: ridge regression, its penalty chosen by generalised cross-validation.
//!
//! ```text
//! β = argmin  Σω (y − ȳ − β·x)²/Σω + λ‖β‖²        x with mean 0 and variance 1
//! GCV(λ) = RSS(λ) / (1 − dof(λ)/n)²,   dof = 1 + Σ λᵢ/(λᵢ + λ),   λᵢ the eigenvalues of the correlation matrix
//! ```
//!
//! With `R = QΛQᵀ` the correlation matrix and `q = Qᵀ cov(x, y)`,
//!
//! ```text
//! β = Q (Λ + λ)⁻¹ q
//! RSS = var y − 2β·cov(x, y) + β·Rβ = var y − Σ qᵢ² (λᵢ + 2λ)/(λᵢ + λ)²
//! ```
//!
//! so that one eigendecomposition serves all penalties.
//!
//! # Source
//! Golub, Heath and Wahba, "Generalized cross-validation as a method for choosing a good ridge parameter",
//! Technometrics 21 (1979).

use nalgebra::{DMatrix, DVector};
use serde::{Deserialize, Serialize};

use super::survey::Survey;

/// A linear model `c + β·x` of the numbers of a row, patch by patch.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LinearModel {
    /// `β`, `[patches, patch_dim]`, on the numbers as they are.
    pub coefficients: Vec<f64>,
    /// `c`.
    pub intercept: f64,
    /// `λ`.
    pub penalty: f64,
    /// Effective number of parameters, intercept included.
    pub degrees_of_freedom: f64,
}

/// Penalties tried: ten a decade.
const PENALTIES: std::ops::RangeInclusive<i32> = -80..=40;

/// The linear model of the samples surveyed; none if their rows are too wide.
pub(super) fn linear_model(survey: &Survey) -> Option<LinearModel> {
    let joint = survey.joint.as_ref()?;
    let d = joint.mean.len() - 1;
    let deviation = joint.covariance.diagonal().map(|variance| variance.max(0.0).sqrt());
    let scale =
        |i: usize| if deviation[i] > 1e-12 * joint.mean[i].abs() { deviation[i].recip() } else { 0.0 };
    let correlation = DMatrix::from_fn(d, d, |i, j| joint.covariance[(i, j)] * scale(i) * scale(j));
    let with_target = DVector::from_fn(d, |i, _| joint.covariance[(i, d)] * scale(i));
    let eigen = correlation.symmetric_eigen();
    let eigenvalues = eigen.eigenvalues.map(|value| value.max(0.0));
    let rotated = eigen.eigenvectors.transpose() * with_target;
    let samples = survey.samples as f64;
    let dof = |penalty: f64| 1.0 + eigenvalues.iter().map(|value| value / (value + penalty)).sum::<f64>();
    let criterion = |penalty: f64| {
        let explained = eigenvalues.iter().zip(rotated.iter());
        let explained: f64 =
            explained.map(|(value, c)| c * c * (value + 2.0 * penalty) / (value + penalty).powi(2)).sum();
        let left = 1.0 - dof(penalty) / samples;
        if left > 0.0 {
            (joint.covariance[(d, d)] - explained).max(0.0) / (left * left)
        } else {
            f64::INFINITY
        }
    };
    let penalty = PENALTIES
        .map(|tenths| 10_f64.powf(f64::from(tenths) / 10.0))
        .min_by(|a, b| criterion(*a).total_cmp(&criterion(*b)))
        .unwrap_or(1.0);
    let shrunk = rotated.zip_map(&eigenvalues, |c, value| c / (value + penalty));
    let standardised = &eigen.eigenvectors * shrunk;
    let coefficients: Vec<f64> = (0..d).map(|i| standardised[i] * scale(i)).collect();
    let intercept =
        joint.mean[d] - coefficients.iter().zip(joint.mean.iter()).map(|(b, m)| b * m).sum::<f64>();
    Some(LinearModel { coefficients, intercept, penalty, degrees_of_freedom: dof(penalty) })
}

impl LinearModel {
    /// `c + β·x` for numbers patch by patch.
    pub fn value(&self, patches: &[f64]) -> f64 {
        self.intercept + self.coefficients.iter().zip(patches).map(|(b, x)| b * x).sum::<f64>()
    }
}
