//! One student: lanes are the entries of a patch.
//!
//! Sub-blocks of some forty patches are processed in three phases. First the dot products, four patches together; then the residuals,
//! which need the activations of whole samples; then the gradient, which reads the same patches again from the first-level cache.
//! Without separate phases, loads would wait for narrower stores that are not finished.

use fearless_simd::{Simd, SimdBase, SimdFloat};

use super::{Element, NegativeSlope, Tile};
use crate::fit::{Network, Sums};

/// Chunks of the filter that are held in registers at once.
const PANEL: usize = 8;
/// Approximate number of patches in a sub-block: two samples of twenty patches. With fewer, the phases are too short; with more, memory
/// is idle while the gradient is summed.
const SUB_BLOCK: usize = 40;
/// Patches whose gradients are added up in the precision of the data before they go to double precision.
const FLUSH: usize = 160;

/// Numbers in double precision as sums of two numbers in the precision of the data, padded with zeros to whole chunks.
///
/// The rounding error of a weight in single precision would act on every sample in the same direction, and would not average out.
pub(in crate::fit) struct Filter<T> {
    high: Vec<T>,
    /// The rounding errors; zero in double precision.
    low: Vec<T>,
}

impl<T: Element> Filter<T> {
    pub(in crate::fit) fn new(values: &[f64]) -> Self {
        let part = |i: usize| padded(values.iter().map(|&value| in_two(value)[i]));
        Self { high: part(0), low: part(1) }
    }

    /// `sum + factor · entries at..`
    #[inline(always)]
    fn times<S: Simd>(&self, simd: S, at: usize, factor: T::Chunk<S>, mut sum: T::Chunk<S>) -> T::Chunk<S> {
        if T::ROUNDS {
            sum = factor.mul_add(T::Chunk::<S>::from_slice(simd, &self.low[at..][..T::CHUNK]), sum);
        }
        factor.mul_add(T::Chunk::<S>::from_slice(simd, &self.high[at..][..T::CHUNK]), sum)
    }
}

/// A rounded number and its rounding error.
pub(super) fn in_two<T: Element>(value: f64) -> [T; 2] {
    let high = T::round(value);
    [high, T::round(value - high.into())]
}

fn padded<T: Element>(values: impl Iterator<Item = T>) -> Vec<T> {
    let mut padded: Vec<T> = values.collect();
    padded.resize(padded.len().next_multiple_of(T::CHUNK), T::default());
    padded
}

/// A student with its sums so far.
pub(in crate::fit) struct One<T> {
    negative_slope: NegativeSlope<T>,
    filter: Filter<T>,
    bias: [T; 2],
    output: Filter<T>,
    intercept: f64,
    sums: Sums,
    filter_part: Vec<T>,
    output_part: Vec<T>,
    /// Patches in them.
    summed: usize,
    scratch: Scratch<T>,
}

/// The intermediate results between the phases of a sub-block.
struct Scratch<T> {
    /// `[samples · patches]` and a chunk
    dots: Vec<T>,
    /// `[samples, padded patches]`: the derivative of `½ω(f − y)²` by each dot product
    slopes: Vec<T>,
}

/// Samples in a sub-block, a power of two.
pub(in crate::fit) fn samples_at_once(patches: usize) -> usize {
    1 << (SUB_BLOCK / patches).max(2).ilog2()
}

impl<T: Element> One<T> {
    /// A student of one filter.
    pub(in crate::fit) fn new(network: &Network) -> Self {
        let of = &network.filters[0];
        let (filter, output) = (Filter::new(&of.weights), Filter::new(&of.output_weights));
        let at_once = samples_at_once(of.output_weights.len());
        Self {
            negative_slope: NegativeSlope::of(network.activation),
            bias: in_two(of.bias),
            intercept: network.intercept,
            sums: Sums::zero(filter.high.len(), output.high.len()),
            filter_part: vec![T::default(); filter.high.len()],
            output_part: vec![T::default(); output.high.len()],
            summed: 0,
            scratch: Scratch {
                dots: vec![T::default(); at_once * of.output_weights.len() + T::CHUNK],
                slopes: vec![T::default(); at_once * output.high.len()],
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
        for first in (0..tile.target.len()).step_by(at_once) {
            let count = at_once.min(tile.target.len() - first);
            let rows = &tile.values[first * k * p..];
            dots(simd, rows, p, &self.filter, self.bias, &mut self.scratch.dots[..count * k + T::CHUNK]);
            self.residuals(simd, k, &tile.target[first..first + count], &tile.weights[first..first + count]);
            slopes_times_patches(simd, rows, k, p, count, &self.scratch.slopes, &mut self.filter_part);
            self.summed += count * k;
            if self.summed >= FLUSH {
                self.flush();
            }
        }
    }

    /// Computes residuals, the sums of the output weights, and the slopes from the dot products.
    #[inline(always)]
    fn residuals<S: Simd>(&mut self, simd: S, patches: usize, target: &[f64], weights: &[f64]) {
        let padded = self.output.high.len();
        let zero = T::Chunk::<S>::splat(simd, T::default());
        let mut bias_part = zero;
        // A copy, which no store can change: the branch on it leaves the loops.
        let negative_slope = self.negative_slope;
        for (i, (&y, &weight)) in target.iter().zip(weights).enumerate() {
            let dots = &self.scratch.dots[i * patches..][..padded];
            let mut f = zero;
            for at in (0..padded).step_by(T::CHUNK) {
                let active =
                    negative_slope.activated(simd, T::Chunk::<S>::from_slice(simd, &dots[at..][..T::CHUNK]));
                f = self.output.times(simd, at, active, f);
            }
            let [f, ..] = T::sums(simd, [f, zero, zero, zero]);
            let residual = f.into() + self.intercept - y;
            self.sums.weight += weight;
            self.sums.squares += weight * residual * residual;
            self.sums.intercept += weight * residual;
            let residual = T::Chunk::<S>::splat(simd, T::round(weight * residual));
            let slopes = &mut self.scratch.slopes[i * padded..][..padded];
            for at in (0..padded).step_by(T::CHUNK) {
                let active =
                    negative_slope.activated(simd, T::Chunk::<S>::from_slice(simd, &dots[at..][..T::CHUNK]));
                let part = &mut self.output_part[at..][..T::CHUNK];
                active.mul_add(residual, T::Chunk::<S>::from_slice(simd, part)).store_slice(part);
                // Lanes past the last patch hold other samples' activations; their output weight is zero.
                let slope = self.output.times(simd, at, residual, zero);
                let slope = negative_slope.where_active(simd, active, slope);
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
        self.summed = 0;
    }

    /// The sums over all samples.
    pub(in crate::fit) fn finish(mut self, patches: usize, patch_dim: usize) -> Sums {
        self.flush();
        self.sums.filter.truncate(patch_dim);
        self.sums.output.truncate(patches);
        self.sums
    }

    /// Writes the network's values for the samples of a tile.
    #[inline(always)]
    pub(in crate::fit) fn predict<S: Simd>(&mut self, simd: S, tile: Tile<'_, T>, values: &mut [f64]) {
        let (k, p) = (tile.patches, tile.patch_dim);
        let at_once = samples_at_once(k);
        let (zero, negative_slope) = (T::Chunk::<S>::splat(simd, T::default()), self.negative_slope);
        for (n, values) in values.chunks_mut(at_once).enumerate() {
            let dots_ = &mut self.scratch.dots[..values.len() * k + T::CHUNK];
            dots(simd, &tile.values[n * at_once * k * p..], p, &self.filter, self.bias, dots_);
            for (i, value) in values.iter_mut().enumerate() {
                let mut f = zero;
                for at in (0..self.output.high.len()).step_by(T::CHUNK) {
                    let dots = T::Chunk::<S>::from_slice(simd, &dots_[i * k + at..][..T::CHUNK]);
                    let active = negative_slope.activated(simd, dots);
                    f = self.output.times(simd, at, active, f);
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

/// Calls `$function::<S, T, CHUNKS>` with the number of chunks of a panel as a constant.
macro_rules! by_chunks {
    ($chunks:expr, $function:ident($($argument:expr),*)) => {
        match $chunks {
            1 => $function::<S, T, 1>($($argument),*),
            2 => $function::<S, T, 2>($($argument),*),
            3 => $function::<S, T, 3>($($argument),*),
            4 => $function::<S, T, 4>($($argument),*),
            5 => $function::<S, T, 5>($($argument),*),
            6 => $function::<S, T, 6>($($argument),*),
            7 => $function::<S, T, 7>($($argument),*),
            _ => $function::<S, T, PANEL>($($argument),*),
        }
    };
}

/// `dots[r] = bias + filter · rows[r]` for as many patches as `dots` has entries, but for the chunk at its end.
#[inline(always)]
pub(in crate::fit) fn dots<S: Simd, T: Element>(
    simd: S,
    rows: &[T],
    patch_dim: usize,
    filter: &Filter<T>,
    bias: [T; 2],
    dots: &mut [T],
) {
    // The sums start with the bias. If it were added at the end, it would be rounded in the same direction for equal exponents, and its
    // lower part would be lost.
    let mut start = T::Chunk::<S>::splat(simd, T::default());
    [start[0], start[1]] = bias;
    let count = dots.len() - T::CHUNK;
    let dots = &mut dots[..count];
    for (n, high) in filter.high.chunks(PANEL * T::CHUNK).enumerate() {
        let first = n * PANEL * T::CHUNK;
        let (rows, low) = (&rows[first..], &filter.low[first..][..high.len()]);
        by_chunks!(high.len() / T::CHUNK, panel_dots(simd, rows, patch_dim, (high, low), start, n > 0, dots));
        start = T::Chunk::<S>::splat(simd, T::default());
    }
}

/// The part of the dot products that `CHUNKS` chunks of the filter contribute.
#[inline(always)]
fn panel_dots<S: Simd, T: Element, const CHUNKS: usize>(
    simd: S,
    rows: &[T],
    patch_dim: usize,
    (high, low): (&[T], &[T]),
    start: T::Chunk<S>,
    add: bool,
    dots: &mut [T],
) {
    let zero = T::Chunk::<S>::splat(simd, T::default());
    let (mut filter, mut rest) = ([zero; CHUNKS], [zero; CHUNKS]);
    for c in 0..CHUNKS {
        filter[c] = T::Chunk::<S>::from_slice(simd, &high[c * T::CHUNK..][..T::CHUNK]);
        rest[c] = T::Chunk::<S>::from_slice(simd, &low[c * T::CHUNK..][..T::CHUNK]);
    }
    let mut at = 0;
    let mut fours = dots.chunks_exact_mut(4);
    for dots in &mut fours {
        let products = [
            product(simd, &rows[at..], &filter, &rest, start),
            product(simd, &rows[at + patch_dim..], &filter, &rest, start),
            product(simd, &rows[at + 2 * patch_dim..], &filter, &rest, start),
            product(simd, &rows[at + 3 * patch_dim..], &filter, &rest, start),
        ];
        let mut sums = T::sums(simd, products);
        if add {
            sums.iter_mut().zip(&*dots).for_each(|(sum, dot)| *sum += *dot);
        }
        // One store, not four.
        dots.copy_from_slice(&sums);
        at += 4 * patch_dim;
    }
    for dot in fours.into_remainder() {
        let [sum, ..] = T::sums(simd, [product(simd, &rows[at..], &filter, &rest, start), zero, zero, zero]);
        *dot = if add { *dot + sum } else { sum };
        at += patch_dim;
    }
}

/// `sum` and the products of a patch and a panel of the filter, by lane.
// A closure would not be inlined into code for wider registers.
#[inline(always)]
fn product<S: Simd, T: Element, const CHUNKS: usize>(
    simd: S,
    patch: &[T],
    filter: &[T::Chunk<S>; CHUNKS],
    rest: &[T::Chunk<S>; CHUNKS],
    mut sum: T::Chunk<S>,
) -> T::Chunk<S> {
    let patch = &patch[..CHUNKS * T::CHUNK];
    // The small products come first. Added to the large ones one by one, they would be lost in rounding.
    if T::ROUNDS {
        for c in 0..CHUNKS {
            sum = T::Chunk::<S>::from_slice(simd, &patch[c * T::CHUNK..][..T::CHUNK]).mul_add(rest[c], sum);
        }
    }
    for c in 0..CHUNKS {
        sum = T::Chunk::<S>::from_slice(simd, &patch[c * T::CHUNK..][..T::CHUNK]).mul_add(filter[c], sum);
    }
    sum
}

/// `sum = Σ slopes[j] · patch j` for the patches of one sample, with the same additions as [`slopes_times_patches`].
#[inline(always)]
pub(in crate::fit) fn patch_sum<S: Simd, T: Element>(
    simd: S,
    patches: &[T],
    patch_dim: usize,
    slopes: &[T],
    sum: &mut [T],
) {
    sum.fill(T::default());
    slopes_times_patches(simd, patches, slopes.len(), patch_dim, 1, slopes, sum);
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
        by_chunks!(
            panel.len() / T::CHUNK,
            panel_sums(simd, rows, patches, patch_dim, samples, slopes, panel)
        );
    }
}

/// The sums for `CHUNKS` chunks of the filter; few chunks need a second set of accumulators to hide the latency.
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
                let sums = if CHUNKS <= PANEL / 2 { &mut odd } else { &mut even };
                for c in 0..CHUNKS {
                    sums[c] = T::Chunk::<S>::from_slice(simd, &patch[c * T::CHUNK..][..T::CHUNK])
                        .mul_add(slope, sums[c]);
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
