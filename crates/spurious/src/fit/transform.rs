//! One linear transform shared by all patches: `z ↦ M(z − μ)`.

use nalgebra::{DMatrix, DVector};
use serde::{Deserialize, Serialize};

use super::survey::Survey;

/// The scaling of patches before the filter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scaling {
    /// No scaling.
    #[default]
    None,
    /// Each entry is scaled to mean 0 and variance 1, over all samples and patches.
    Standardise,
    /// Patches are transformed to mean 0 and covariance `I`, over all samples and patches, as the theory assumes.
    Whiten,
}

/// `z ↦ M(z − μ)`, the same for every patch.
///
/// The filter is transformed instead of the data, because `w·M(z − μ) = u·z − u·μ` with `u = Mᵀw`: a filter `w` on transformed patches
/// is the filter `u` with bias `−u·μ` on the original patches.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Transform {
    /// `μ`, `[patch_dim]`.
    pub mean: Vec<f64>,
    /// `M`, `[patch_dim, patch_dim]`, row-major.
    pub matrix: Vec<f64>,
}

/// When whitening, after entries have been scaled to variance 1, directions with less than this share of the largest variance are left
/// out as rounding errors.
const SMALLEST_VARIANCE: f64 = 1e-10;

impl Transform {
    /// The transform for a scaling, from the moments of a survey; `None` without scaling.
    ///
    /// Entries and directions without variance are mapped to zero.
    pub(super) fn new(scaling: Scaling, survey: &Survey) -> Option<Self> {
        let p = survey.patch_mean.len();
        let covariance = DMatrix::from_row_slice(p, p, &survey.patch_covariance);
        let matrix = match scaling {
            Scaling::None => return None,
            Scaling::Standardise => DMatrix::from_diagonal(&inverse_deviations(&covariance)),
            Scaling::Whiten => whitening(&covariance),
        };
        Some(Self { mean: survey.patch_mean.clone(), matrix: matrix.transpose().as_slice().to_vec() })
    }

    /// `Mᵀw`.
    pub(super) fn pull_back(&self, filter: &[f64]) -> Vec<f64> {
        let p = filter.len();
        (0..p).map(|t| (0..p).map(|i| self.matrix[i * p + t] * filter[i]).sum()).collect()
    }

    pub(super) fn as_matrix(&self) -> DMatrix<f64> {
        let p = self.mean.len();
        DMatrix::from_row_slice(p, p, &self.matrix)
    }

    /// The filter `w` on transformed patches for which `Mᵀw` is closest to `filter`: `w = (Mᵀ)⁺u`, the shortest one.
    pub(super) fn push_forward(&self, filter: &[f64]) -> Vec<f64> {
        let decomposition = self.as_matrix().transpose().svd(true, true);
        let cut = 1e-12 * decomposition.singular_values.max();
        let solved = decomposition.solve(&DVector::from_column_slice(filter), cut);
        solved.map(|solution| solution.as_slice().to_vec()).unwrap_or_else(|_| vec![0.0; filter.len()])
    }
}

/// `1/σ` of each entry; zero where there is no variance.
fn inverse_deviations(covariance: &DMatrix<f64>) -> DVector<f64> {
    covariance.diagonal().map(|variance| if variance > 0.0 { variance.sqrt().recip() } else { 0.0 })
}

/// The transform that makes a covariance `Σ` the identity.
///
/// ```text
/// Σ = DRD,  M = R^{−½} D⁻¹        MΣMᵀ = R^{−½} R R^{−½} = I
/// ```
///
/// `D` are the standard deviations and `R` the correlations. Inverses are zero where there is no variance, so that `MΣMᵀ` is the
/// projection on the directions that have some.
pub(super) fn whitening(covariance: &DMatrix<f64>) -> DMatrix<f64> {
    let scales = inverse_deviations(covariance);
    let correlation =
        DMatrix::from_fn(scales.len(), scales.len(), |i, j| covariance[(i, j)] * scales[i] * scales[j]);
    let eigen = correlation.symmetric_eigen();
    let largest = eigen.eigenvalues.max();
    let root =
        |variance: f64| if variance > SMALLEST_VARIANCE * largest { variance.sqrt().recip() } else { 0.0 };
    let roots = DMatrix::from_diagonal(&eigen.eigenvalues.map(root));
    &eigen.eigenvectors * roots * eigen.eigenvectors.transpose() * DMatrix::from_diagonal(&scales)
}
