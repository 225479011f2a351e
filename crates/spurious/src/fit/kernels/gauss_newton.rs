//! Loss, gradient and `JᵀJ` of one student in double precision.
//!
//! The rows `√ω (∂f/∂v, ∂f/∂b, ∂f/∂a, ∂f/∂c, f − y)` of some samples at a time are written side by side. The Gram matrix of
//! their columns contains `JᵀJ`, in its last column `Jᵀr`, and in its last entry `rᵀr`.

use fearless_simd::Simd;

use super::gram::{GRAM_COLUMNS, GRAM_ROWS, add_strip};
use super::one::{Filter, dots, slopes_times_patches};
use super::{Element, Tile};
use crate::fit::Network;

/// Rows of the Jacobian that are stored at once. They and the tiles of the sum fit into the first-level cache.
const ROWS: usize = 64;
const CHUNK: usize = f64::CHUNK;

/// A student with its Gram matrix so far.
pub(in crate::fit) struct GaussNewton {
    filter: Filter<f64>,
    bias: f64,
    output: Vec<f64>,
    intercept: f64,
    columns: usize,
    /// `[ROWS, padded columns]`
    jacobian: Vec<f64>,
    filled: usize,
    /// `[padded columns, padded columns]`, the upper triangle
    gram: Vec<f64>,
    weight: f64,
    dots: Vec<f64>,
    slopes: Vec<f64>,
    filter_part: Vec<f64>,
}

impl GaussNewton {
    pub(in crate::fit) fn new(network: &Network) -> Self {
        let (p, k) = (network.filter.len(), network.output_weights.len());
        let columns = p + k + 3;
        let padded = columns.next_multiple_of(GRAM_COLUMNS);
        Self {
            filter: Filter::new(&network.filter),
            filter_part: vec![0.0; p.next_multiple_of(CHUNK)],
            bias: network.filter_bias,
            output: network.output_weights.clone(),
            intercept: network.intercept,
            columns,
            jacobian: vec![0.0; ROWS * padded],
            filled: 0,
            gram: vec![0.0; padded * padded],
            weight: 0.0,
            dots: vec![0.0; k + CHUNK],
            slopes: vec![0.0; k.next_multiple_of(CHUNK)],
        }
    }

    /// Adds the samples of a tile; samples of weight zero are skipped.
    #[inline(always)]
    pub(in crate::fit) fn add<S: Simd>(&mut self, simd: S, tile: Tile<'_, f64>) {
        let (k, p) = (tile.patches, tile.patch_dim);
        let padded = self.columns.next_multiple_of(GRAM_COLUMNS);
        for (i, (&y, &weight)) in tile.target.iter().zip(tile.weights).enumerate() {
            if weight == 0.0 {
                continue;
            }
            let rows = &tile.values[i * k * p..];
            dots(simd, rows, p, &self.filter, [self.bias, 0.0], &mut self.dots);
            let scale = weight.sqrt();
            let row = &mut self.jacobian[self.filled * padded..][..self.columns];
            let (filter_row, row) = row.split_at_mut(p);
            let (output_row, rest) = row[1..].split_at_mut(k);
            let slopes = &mut self.slopes[..k];
            let per_patch = self.dots.iter().zip(&self.output).zip(output_row.iter_mut().zip(&mut *slopes));
            for ((&dot, output), (active, slope)) in per_patch {
                *active = scale * dot.max(0.0);
                *slope = if dot > 0.0 { scale * output } else { 0.0 };
            }
            // `output_row` holds √ω σ, so that these are √ω f and √ω ∂f/∂b.
            let (mut f, mut slope_sum) = (scale * self.intercept, 0.0);
            for ((output, active), slope) in self.output.iter().zip(&*output_row).zip(&*slopes) {
                f += output * active;
                slope_sum += slope;
            }
            rest[0] = scale;
            rest[1] = f - scale * y;
            row[0] = slope_sum;
            self.filter_part.fill(0.0);
            slopes_times_patches(simd, rows, k, p, 1, &self.slopes, &mut self.filter_part);
            filter_row.copy_from_slice(&self.filter_part[..p]);
            self.weight += weight;
            self.filled += 1;
            if self.filled == ROWS {
                self.flush(simd);
            }
        }
    }

    /// Adds the stored rows to the Gram matrix.
    #[inline(always)]
    pub(in crate::fit) fn flush<S: Simd>(&mut self, simd: S) {
        let padded = self.columns.next_multiple_of(GRAM_COLUMNS);
        let rows = &self.jacobian[..self.filled * padded];
        for (n, strip) in self.gram.chunks_exact_mut(GRAM_ROWS * padded).enumerate() {
            add_strip(simd, rows, padded, n * GRAM_ROWS, strip);
        }
        self.filled = 0;
    }

    /// `Σω` and the Gram matrix `[columns, columns]` of `√ω(J, r)`, both triangles. Call [`Self::flush`] before.
    pub(in crate::fit) fn finish(&self) -> (f64, Vec<f64>) {
        let (n, padded) = (self.columns, self.columns.next_multiple_of(GRAM_COLUMNS));
        let at = |i: usize, j: usize| self.gram[i.min(j) * padded + i.max(j)];
        (self.weight, (0..n * n).map(|at_| at(at_ / n, at_ % n)).collect())
    }
}
