//! One student: lanes run over the entries of a patch.
//!
//! Sub-blocks of some forty patches pass through three phases. The dot products of four patches are reduced together;
//! the residuals need the activations of whole samples; the gradient reads the same patches again, from the first-level
//! cache. Without the split into phases a load would wait for narrower stores still on their way.

use fearless_simd::{Select, Simd, SimdBase, SimdFloat};

use super::{Element, Tile};
use crate::fit::{Network, Sums};

/// Chunks of the filter that are held in registers at once. Twice as many accumulators hide the latency of the sums.
const PANEL: usize = 4;
/// Patches in a sub-block, about: two samples of twenty patches. Fewer, and the phases are too short; more, and memory
/// idles while the gradient is summed.
const SUB_BLOCK: usize = 40;
/// Patches whose gradients are added up in the precision of the data before they go to double precision.
const FLUSH: usize = 160;

/// A student with its sums so far.
pub(in crate::fit) struct One<T> {
    /// padded with zeros to whole chunks, as are the other vectors
    filter: Vec<T>,
    bias: T,
    output: Vec<T>,
    intercept: f64,
    sums: Sums,
    filter_part: Vec<T>,
    output_part: Vec<T>,
    scratch: Scratch<T>,
}

/// What a sub-block leaves behind between its phases.
struct Scratch<T> {
    /// `[samples · patches]` and a chunk
    dots: Vec<T>,
    /// `[samples, padded patches]`: the derivative of `½ω(f − y)²` by each dot product
    slopes: Vec<T>,
}

fn padded<T: Element>(values: &[f64]) -> Vec<T> {
    let mut padded: Vec<T> = values.iter().map(|&value| T::round(value)).collect();
    padded.resize(values.len().next_multiple_of(T::CHUNK), T::default());
    padded
}

/// Samples in a sub-block.
fn samples_at_once(patches: usize) -> usize {
    (SUB_BLOCK / patches).max(2)
}

impl<T: Element> One<T> {
    pub(in crate::fit) fn new(network: &Network) -> Self {
        let (filter, output) = (padded(&network.filter), padded(&network.output_weights));
        let at_once = samples_at_once(network.output_weights.len());
        Self {
            bias: T::round(network.filter_bias),
            intercept: network.intercept,
            sums: Sums::zero(filter.len(), output.len()),
            filter_part: vec![T::default(); filter.len()],
            output_part: vec![T::default(); output.len()],
            scratch: Scratch {
                dots: vec![T::default(); at_once * network.output_weights.len() + T::CHUNK],
                slopes: vec![T::default(); at_once * output.len()],
            },
            filter,
            output,
        }
    }

    /// Adds the samples of a tile.
    #[inline(always)]
    pub(in crate::fit) fn add<S: Simd>(&mut self, simd: S, tile: Tile<'_, T>) {
        let (k, p) = (tile.patches, tile.patch_dim);
        let at_once = samples_at_once(k);
        let mut summed = 0;
        for first in (0..tile.target.len()).step_by(at_once) {
            let count = at_once.min(tile.target.len() - first);
            let rows = &tile.values[first * k * p..];
            dots(simd, rows, p, &self.filter, &mut self.scratch.dots[..count * k + T::CHUNK]);
            self.residuals(simd, k, &tile.target[first..first + count], &tile.weights[first..first + count]);
            slopes_times_patches(simd, rows, k, p, count, &self.scratch.slopes, &mut self.filter_part);
            summed += count * k;
            if summed >= FLUSH {
                self.flush();
                summed = 0;
            }
        }
        self.flush();
    }

    /// From dot products to residuals, to the sums of the output weights, and to the slopes.
    #[inline(always)]
    fn residuals<S: Simd>(&mut self, simd: S, patches: usize, target: &[f64], weights: &[f64]) {
        let padded = self.output.len();
        let zero = T::Chunk::<S>::splat(simd, T::default());
        let bias = T::Chunk::<S>::splat(simd, self.bias);
        let mut bias_part = zero;
        for (i, (&y, &weight)) in target.iter().zip(weights).enumerate() {
            let dots = &self.scratch.dots[i * patches..][..padded];
            let mut f = zero;
            for at in (0..padded).step_by(T::CHUNK) {
                let active = (T::Chunk::<S>::from_slice(simd, &dots[at..][..T::CHUNK]) + bias).max(zero);
                f = active.mul_add(T::Chunk::<S>::from_slice(simd, &self.output[at..][..T::CHUNK]), f);
            }
            let [f, ..] = T::sums(simd, [f, zero, zero, zero]);
            let residual = f.into() + self.intercept - y;
            self.sums.weight += weight;
            self.sums.squares += weight * residual * residual;
            self.sums.intercept += weight * residual;
            let residual = T::Chunk::<S>::splat(simd, T::round(weight * residual));
            let slopes = &mut self.scratch.slopes[i * padded..][..padded];
            for at in (0..padded).step_by(T::CHUNK) {
                let active = (T::Chunk::<S>::from_slice(simd, &dots[at..][..T::CHUNK]) + bias).max(zero);
                let part = &mut self.output_part[at..][..T::CHUNK];
                active.mul_add(residual, T::Chunk::<S>::from_slice(simd, part)).store_slice(part);
                // Lanes past the last patch hold other samples' activations; their output weight is zero.
                let slope = residual * T::Chunk::<S>::from_slice(simd, &self.output[at..][..T::CHUNK]);
                let slope = active.simd_gt(zero).select(slope, zero);
                slope.store_slice(&mut slopes[at..][..T::CHUNK]);
                bias_part += slope;
            }
        }
        let [bias_part, ..] = T::sums(simd, [bias_part, zero, zero, zero]);
        self.sums.bias += bias_part.into();
    }

    /// Moves the sums of the last patches to double precision.
    #[inline(always)]
    fn flush(&mut self) {
        move_to(&mut self.filter_part, &mut self.sums.filter);
        move_to(&mut self.output_part, &mut self.sums.output);
    }

    /// The sums over all samples added.
    pub(in crate::fit) fn finish(mut self, patches: usize, patch_dim: usize) -> Sums {
        self.sums.filter.truncate(patch_dim);
        self.sums.output.truncate(patches);
        self.sums
    }

    /// Writes the network's values for the samples of a tile.
    #[inline(always)]
    pub(in crate::fit) fn predict<S: Simd>(&mut self, simd: S, tile: Tile<'_, T>, values: &mut [f64]) {
        let (k, p) = (tile.patches, tile.patch_dim);
        let at_once = samples_at_once(k);
        let zero = T::Chunk::<S>::splat(simd, T::default());
        let bias = T::Chunk::<S>::splat(simd, self.bias);
        for (n, values) in values.chunks_mut(at_once).enumerate() {
            let dots_ = &mut self.scratch.dots[..values.len() * k + T::CHUNK];
            dots(simd, &tile.values[n * at_once * k * p..], p, &self.filter, dots_);
            for (i, value) in values.iter_mut().enumerate() {
                let mut f = zero;
                for at in (0..self.output.len()).step_by(T::CHUNK) {
                    let active =
                        (T::Chunk::<S>::from_slice(simd, &dots_[i * k + at..][..T::CHUNK]) + bias).max(zero);
                    f = active.mul_add(T::Chunk::<S>::from_slice(simd, &self.output[at..][..T::CHUNK]), f);
                }
                let [f, ..] = T::sums(simd, [f, zero, zero, zero]);
                *value = f.into() + self.intercept;
            }
        }
    }
}

#[inline(always)]
fn move_to<T: Element>(part: &mut [T], sum: &mut [f64]) {
    for (sum, part) in sum.iter_mut().zip(part) {
        *sum += (*part).into();
        *part = T::default();
    }
}

/// `dots[r] = filter · rows[r]` for as many patches as `dots` has entries, but for the chunk at its end.
#[inline(always)]
pub(super) fn dots<S: Simd, T: Element>(simd: S, rows: &[T], patch_dim: usize, filter: &[T], dots: &mut [T]) {
    let count = dots.len() - T::CHUNK;
    let dots = &mut dots[..count];
    for (n, panel) in filter.chunks(PANEL * T::CHUNK).enumerate() {
        let rows = &rows[n * PANEL * T::CHUNK..];
        match panel.len() / T::CHUNK {
            1 => panel_dots::<S, T, 1>(simd, rows, patch_dim, panel, n > 0, dots),
            2 => panel_dots::<S, T, 2>(simd, rows, patch_dim, panel, n > 0, dots),
            3 => panel_dots::<S, T, 3>(simd, rows, patch_dim, panel, n > 0, dots),
            _ => panel_dots::<S, T, 4>(simd, rows, patch_dim, panel, n > 0, dots),
        }
    }
}

/// The part of the dot products that `CHUNKS` chunks of the filter contribute.
#[inline(always)]
fn panel_dots<S: Simd, T: Element, const CHUNKS: usize>(
    simd: S,
    rows: &[T],
    patch_dim: usize,
    panel: &[T],
    add: bool,
    dots: &mut [T],
) {
    let zero = T::Chunk::<S>::splat(simd, T::default());
    let mut filter = [zero; CHUNKS];
    for (c, filter) in filter.iter_mut().enumerate() {
        *filter = T::Chunk::<S>::from_slice(simd, &panel[c * T::CHUNK..][..T::CHUNK]);
    }
    let mut at = 0;
    for dots in dots.chunks_mut(4) {
        let mut sums = [zero; 4];
        for sum in &mut sums[..dots.len()] {
            let patch = &rows[at..][..CHUNKS * T::CHUNK];
            *sum = T::Chunk::<S>::from_slice(simd, &patch[..T::CHUNK]) * filter[0];
            for c in 1..CHUNKS {
                *sum = T::Chunk::<S>::from_slice(simd, &patch[c * T::CHUNK..][..T::CHUNK])
                    .mul_add(filter[c], *sum);
            }
            at += patch_dim;
        }
        let sums = T::sums(simd, sums);
        for (dot, sum) in dots.iter_mut().zip(sums) {
            *dot = if add { *dot + sum } else { sum };
        }
    }
}

/// `sums += Σ slopes[i, j] · patch (i, j)` over `samples` samples; `slopes` has its patches padded to whole chunks.
#[inline(always)]
pub(super) fn slopes_times_patches<S: Simd, T: Element>(
    simd: S,
    rows: &[T],
    patches: usize,
    patch_dim: usize,
    samples: usize,
    slopes: &[T],
    sums: &mut [T],
) {
    for (n, panel) in sums.chunks_mut(PANEL * T::CHUNK).enumerate() {
        let rows = &rows[n * PANEL * T::CHUNK..];
        match panel.len() / T::CHUNK {
            1 => panel_sums::<S, T, 1>(simd, rows, patches, patch_dim, samples, slopes, panel),
            2 => panel_sums::<S, T, 2>(simd, rows, patches, patch_dim, samples, slopes, panel),
            3 => panel_sums::<S, T, 3>(simd, rows, patches, patch_dim, samples, slopes, panel),
            _ => panel_sums::<S, T, 4>(simd, rows, patches, patch_dim, samples, slopes, panel),
        }
    }
}

/// The sums for `CHUNKS` chunks of the filter, in two sets of accumulators.
#[inline(always)]
fn panel_sums<S: Simd, T: Element, const CHUNKS: usize>(
    simd: S,
    rows: &[T],
    patches: usize,
    patch_dim: usize,
    samples: usize,
    slopes: &[T],
    panel: &mut [T],
) {
    let zero = T::Chunk::<S>::splat(simd, T::default());
    let (mut even, mut odd) = ([zero; CHUNKS], [zero; CHUNKS]);
    let padded = patches.next_multiple_of(T::CHUNK);
    for i in 0..samples {
        let rows = &rows[i * patches * patch_dim..];
        let slopes = &slopes[i * padded..][..patches];
        let mut at = 0;
        for pair in slopes.chunks(2) {
            let patch = &rows[at..][..CHUNKS * T::CHUNK];
            let slope = T::Chunk::<S>::splat(simd, pair[0]);
            for c in 0..CHUNKS {
                even[c] = T::Chunk::<S>::from_slice(simd, &patch[c * T::CHUNK..][..T::CHUNK])
                    .mul_add(slope, even[c]);
            }
            if let Some(&slope) = pair.get(1) {
                let patch = &rows[at + patch_dim..][..CHUNKS * T::CHUNK];
                let slope = T::Chunk::<S>::splat(simd, slope);
                for c in 0..CHUNKS {
                    odd[c] = T::Chunk::<S>::from_slice(simd, &patch[c * T::CHUNK..][..T::CHUNK])
                        .mul_add(slope, odd[c]);
                }
            }
            at += 2 * patch_dim;
        }
    }
    for c in 0..CHUNKS {
        let sum = &mut panel[c * T::CHUNK..][..T::CHUNK];
        (T::Chunk::<S>::from_slice(simd, sum) + even[c] + odd[c]).store_slice(sum);
    }
}
