//! Kernels for a piece of data that fits into cache: forward pass, residuals and backward pass while it is in the first-level cache.
//!
//! | kernel | lanes run over | for |
//! |---|---|---|
//! | [`one`] | the entries of a patch | one student, or few |
//! | [`many`] | students | a batch of restarts |
//! | [`gauss_newton`] | the entries of the Jacobian | loss, gradient and `JᵀJ`, always in double precision |
//! | [`multinomial`] | the same | the same for scores of several classes |
//!
//! All take a [`Tile`]: rows of patches, stored one after the other. The `samples · patches · students` activations
//! are stored for some samples at a time only.

mod element;
pub(super) mod gauss_newton;
pub(super) mod gram;
pub(super) mod many;
pub(super) mod multinomial;
mod negative_slope;
pub(super) mod one;

pub(super) use element::Element;
use negative_slope::NegativeSlope;

/// Some samples, their patches one after the other: `values[(i·patches + j)·patch_dim + t]`.
///
/// `values` has at least [`PADDING`] further finite entries after the last patch, so that a chunk may be read beyond the end of any
/// patch.
#[derive(Clone, Copy)]
pub(super) struct Tile<'a, T> {
    pub(super) values: &'a [T],
    pub(super) patches: usize,
    pub(super) patch_dim: usize,
    /// `[samples]`
    pub(super) target: &'a [f64],
    /// `[samples]`, zero for a sample that is not to count
    pub(super) weights: &'a [f64],
}

/// Entries that follow the last patch of a [`Tile`]: one chunk of the narrower type.
pub(super) const PADDING: usize = f32::CHUNK;
