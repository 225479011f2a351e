//! Standard errors of a fit, and the rank of its data.
//!
//! ```text
//! cov(θ) = s² T A⁺ Tᵀ,   A = Tᵀ(Σω JᵀJ)T,   s² = Σω r²/(n − rank A)        T spans the directions that keep ‖w‖
//! cov(û, b, a, c) = K cov(θ) Kᵀ,   K = ∂(û, b, a, c)/∂θ
//! ```
//!
//! `A/s²` is the Fisher information of normal residuals. The loss does not depend on the scale that filter and output weights
//! share, so that `Σω JᵀJ` alone is singular; on the tangent space of `‖w‖ = const` the scale is fixed. Before it is inverted,
//! `A` is scaled to a unit diagonal, `A⁺ = S(SAS)⁺S`, so that units of the columns do not decide its rank.

use nalgebra::{DMatrix, DVector};

use super::coordinates::{Coordinates, Quadratic};
use super::network::Network;

/// Directions in which the data says nothing: an eigenvalue below this share of the largest, after scaling.
const RANK: f64 = 1e-10;

pub(super) struct Uncertainty {
    /// Of the network on the patches as they are, filter of length 1.
    pub(super) standard_errors: Network,
    /// `s`, the standard deviation of the noise.
    pub(super) noise: f64,
    pub(super) parameters: usize,
    pub(super) rank: usize,
}

/// From the Gauss–Newton matrix at `θ`.
pub(super) fn uncertainty(
    coordinates: &Coordinates,
    theta: &DVector<f64>,
    here: &Quadratic,
    weight: f64,
    samples: u64,
) -> Uncertainty {
    let (p, n) = (coordinates.patch_dim, coordinates.len());
    let tangent = tangent(theta.rows(0, p).into_owned(), n);
    let information = tangent.transpose() * (&here.hessian * weight) * &tangent;
    let parameters = n - 1;
    let scales = information.diagonal().map(|entry| if entry > 0.0 { entry.sqrt().recip() } else { 0.0 });
    let scaled = DMatrix::from_fn(parameters, parameters, |i, j| information[(i, j)] * scales[i] * scales[j]);
    let eigen = scaled.symmetric_eigen();
    let cut = RANK * eigen.eigenvalues.iter().copied().fold(0.0, f64::max);
    let rank = eigen.eigenvalues.iter().filter(|&&value| value > cut).count();
    let inverses = eigen.eigenvalues.map(|value| if value > cut { value.recip() } else { 0.0 });
    let inverse = &eigen.eigenvectors * DMatrix::from_diagonal(&inverses) * eigen.eigenvectors.transpose();
    let inverse = DMatrix::from_fn(parameters, parameters, |i, j| inverse[(i, j)] * scales[i] * scales[j]);
    let left = samples.saturating_sub(rank as u64).max(1) as f64;
    let variance = 2.0 * here.loss * weight / left;
    let covariance = &tangent * inverse * tangent.transpose() * variance;
    let by_theta = network_jacobian(coordinates, theta);
    let covariance = &by_theta * covariance * by_theta.transpose();
    let errors = covariance.diagonal().map(|entry| entry.max(0.0).sqrt());
    let k = coordinates.patches;
    Uncertainty {
        standard_errors: Network {
            filter: errors.as_slice()[..p].to_vec(),
            filter_bias: errors[p],
            output_weights: errors.as_slice()[p + 1..p + 1 + k].to_vec(),
            intercept: errors[p + 1 + k],
        },
        noise: variance.sqrt(),
        parameters,
        rank,
    }
}

/// An orthonormal basis of the `θ` whose filter is orthogonal to `w`: the columns of a reflection that moves `w` to the
/// first axis, but for that one.
fn tangent(w: DVector<f64>, n: usize) -> DMatrix<f64> {
    let p = w.len();
    let mut mirror = w.normalize();
    mirror[0] += mirror[0].signum();
    let reflection = DMatrix::identity(p, p) - &mirror * mirror.transpose() * (2.0 / mirror.norm_squared());
    let mut tangent = DMatrix::zeros(n, n - 1);
    tangent.view_mut((0, 0), (p, p - 1)).copy_from(&reflection.columns(1, p - 1));
    tangent.view_mut((p, p - 1), (n - p, n - p)).fill_with_identity();
    tangent
}

/// The derivative of the normalised network `(û, b, a, c)` by `θ`.
///
/// ```text
/// u = Mᵀw, m = ‖u‖:   dû = (I − ûûᵀ)Mᵀdw/m,   b = (β − u·μ)/m,   d(am) = m da + a ûᵀMᵀdw
/// ```
fn network_jacobian(coordinates: &Coordinates, theta: &DVector<f64>) -> DMatrix<f64> {
    let Coordinates { patch_dim: p, patches: k, .. } = *coordinates;
    let (n, first) = (coordinates.len(), coordinates.first_output());
    let (pull, mean) = match &coordinates.transform {
        None => (DMatrix::identity(p, p), DVector::zeros(p)),
        Some(transform) => (transform.as_matrix().transpose(), DVector::from_column_slice(&transform.mean)),
    };
    let u = &pull * theta.rows(0, p);
    let m = u.norm();
    let unit = &u / m;
    let along = unit.transpose() * &pull;
    let mut jacobian = DMatrix::zeros(p + k + 2, n);
    jacobian.view_mut((0, 0), (p, p)).copy_from(&((&pull - &unit * &along) / m));
    let bias = if coordinates.filter_bias { theta[p] } else { 0.0 } - u.dot(&mean);
    let bias_by_w = -(mean.transpose() * &pull) / m - &along * (bias / (m * m));
    jacobian.view_mut((p, 0), (1, p)).copy_from(&bias_by_w);
    if coordinates.filter_bias {
        jacobian[(p, p)] = m.recip();
    }
    for j in 0..k {
        jacobian[(p + 1 + j, first + j)] = m;
        let row = &along * theta[first + j];
        jacobian.view_mut((p + 1 + j, 0), (1, p)).copy_from(&row);
    }
    if coordinates.intercept {
        jacobian[(p + 1 + k, n - 1)] = 1.0;
    }
    jacobian
}
