//! Many students: lanes run over students, so that a group of them is one small matrix product after another.
//!
//! `Z·W` in tiles of patches by students, the rectifier and the residuals in between, then `ZᵀC` in tiles of filter
//! entries by students, `C` the slopes, which take the place of the activations.

use fearless_simd::{Select, Simd, SimdBase, SimdFloat};

use super::{Element, Tile};
use crate::fit::{Network, Sums};

/// Rows of a register tile. With two registers a group they fill ten of the sixteen that AVX2 has, which is what it
/// takes to hide the latency of ten multiply-adds.
const TILE: usize = 5;
/// Samples whose activations are held at once.
const SUB_BLOCK: usize = 8;

/// A group of students with their sums so far; lanes without a student hold zeros.
pub(in crate::fit) struct Many<T: Element> {
    students: usize,
    /// `[patch_dim]`
    filter: Vec<T::Lanes>,
    bias: T::Lanes,
    /// `[patches]`
    output: Vec<T::Lanes>,
    intercept: Vec<f64>,
    weight: f64,
    squares: Vec<f64>,
    intercept_sum: Vec<f64>,
    /// `[patch_dim, students]`
    filter_sum: Vec<f64>,
    bias_sum: Vec<f64>,
    /// `[patches, students]`
    output_sum: Vec<f64>,
    filter_part: Vec<T::Lanes>,
    bias_part: T::Lanes,
    output_part: Vec<T::Lanes>,
    /// `[samples, patches]`
    activations: Vec<T::Lanes>,
    residuals: Vec<T::Lanes>,
}

fn lanes<T: Element>(values: impl Iterator<Item = f64>) -> T::Lanes {
    let mut lanes = T::NO_LANES;
    for (lane, value) in lanes.as_mut().iter_mut().zip(values) {
        *lane = T::round(value);
    }
    lanes
}

impl<T: Element> Many<T> {
    /// At most [`Element::GROUP`] students of one shape.
    pub(in crate::fit) fn new(networks: &[Network]) -> Self {
        let (p, k) = (networks[0].filter.len(), networks[0].output_weights.len());
        let mut intercept: Vec<f64> = networks.iter().map(|network| network.intercept).collect();
        intercept.resize(T::GROUP, 0.0);
        Self {
            students: networks.len(),
            filter: (0..p).map(|t| lanes::<T>(networks.iter().map(|network| network.filter[t]))).collect(),
            bias: lanes::<T>(networks.iter().map(|network| network.filter_bias)),
            output: (0..k)
                .map(|j| lanes::<T>(networks.iter().map(|network| network.output_weights[j])))
                .collect(),
            intercept,
            weight: 0.0,
            squares: vec![0.0; T::GROUP],
            intercept_sum: vec![0.0; T::GROUP],
            filter_sum: vec![0.0; p * T::GROUP],
            bias_sum: vec![0.0; T::GROUP],
            output_sum: vec![0.0; k * T::GROUP],
            filter_part: vec![T::NO_LANES; p],
            bias_part: T::NO_LANES,
            output_part: vec![T::NO_LANES; k],
            activations: vec![T::NO_LANES; SUB_BLOCK * k],
            residuals: vec![T::NO_LANES; SUB_BLOCK],
        }
    }

    /// Adds the samples of a tile: at most some sixty at a time, whose sums are taken in the precision of the data.
    #[inline(always)]
    pub(in crate::fit) fn add<S: Simd>(&mut self, simd: S, tile: Tile<'_, T>) {
        let (k, p) = (tile.patches, tile.patch_dim);
        for first in (0..tile.target.len()).step_by(SUB_BLOCK) {
            let count = SUB_BLOCK.min(tile.target.len() - first);
            let rows = &tile.values[first * k * p..][..count * k * p];
            self.forward(simd, rows);
            self.residuals(simd, &tile.target[first..first + count], &tile.weights[first..first + count]);
            self.slopes(simd, count);
            self.backward(simd, rows, count * k);
        }
        self.flush();
    }

    /// `activations = rows · W + bias`, before the rectifier.
    #[inline(always)]
    fn forward<S: Simd>(&mut self, simd: S, rows: &[T]) {
        let p = self.filter.len();
        let mut rows = rows.chunks(TILE * p);
        for out in self.activations.chunks_mut(TILE) {
            let Some(rows) = rows.next() else { break };
            match rows.len() / p {
                1 => dot_tile::<S, T, 1>(simd, rows, &self.filter, &self.bias, out),
                2 => dot_tile::<S, T, 2>(simd, rows, &self.filter, &self.bias, out),
                3 => dot_tile::<S, T, 3>(simd, rows, &self.filter, &self.bias, out),
                4 => dot_tile::<S, T, 4>(simd, rows, &self.filter, &self.bias, out),
                _ => dot_tile::<S, T, TILE>(simd, rows, &self.filter, &self.bias, out),
            }
        }
    }

    #[inline(always)]
    fn residuals<S: Simd>(&mut self, simd: S, target: &[f64], weights: &[f64]) {
        let k = self.output.len();
        let zero = T::Group::<S>::splat(simd, T::default());
        for (i, (&y, &weight)) in target.iter().zip(weights).enumerate() {
            let mut f = zero;
            for (active, output) in self.activations[i * k..][..k].iter().zip(&self.output) {
                let active = T::Group::<S>::load_array_ref(simd, active).max(zero);
                f = active.mul_add(T::Group::<S>::load_array_ref(simd, output), f);
            }
            self.weight += weight;
            let mut lanes = f.to_array();
            for (l, lane) in lanes.as_mut().iter_mut().enumerate() {
                let residual = (*lane).into() + self.intercept[l] - y;
                self.squares[l] += weight * residual * residual;
                self.intercept_sum[l] += weight * residual;
                *lane = T::round(weight * residual);
            }
            self.residuals[i] = lanes;
        }
    }

    /// The sums of the output weights; the slopes in place of the activations.
    #[inline(always)]
    fn slopes<S: Simd>(&mut self, simd: S, count: usize) {
        let k = self.output.len();
        let zero = T::Group::<S>::splat(simd, T::default());
        let mut bias_part = T::Group::<S>::load_array_ref(simd, &self.bias_part);
        for (j, (output, part)) in self.output.iter().zip(&mut self.output_part).enumerate() {
            let output = T::Group::<S>::load_array_ref(simd, output);
            let mut sum = T::Group::<S>::load_array_ref(simd, part);
            for (residual, sample) in self.residuals[..count].iter().zip(self.activations.chunks_exact_mut(k))
            {
                let residual = T::Group::<S>::load_array_ref(simd, residual);
                let active = T::Group::<S>::load_array_ref(simd, &sample[j]);
                sum = active.max(zero).mul_add(residual, sum);
                let slope = active.simd_gt(zero).select(residual * output, zero);
                bias_part += slope;
                sample[j] = slope.to_array();
            }
            *part = sum.to_array();
        }
        self.bias_part = bias_part.to_array();
    }

    /// `filter_part += rowsᵀ · slopes`.
    #[inline(always)]
    fn backward<S: Simd>(&mut self, simd: S, rows: &[T], count: usize) {
        let p = self.filter.len();
        for (n, sums) in self.filter_part.chunks_mut(TILE).enumerate() {
            let slopes = &self.activations[..count];
            let rows = &rows[n * TILE..];
            match sums.len() {
                1 => sum_tile::<S, T, 1>(simd, rows, p, slopes, sums),
                2 => sum_tile::<S, T, 2>(simd, rows, p, slopes, sums),
                3 => sum_tile::<S, T, 3>(simd, rows, p, slopes, sums),
                4 => sum_tile::<S, T, 4>(simd, rows, p, slopes, sums),
                _ => sum_tile::<S, T, TILE>(simd, rows, p, slopes, sums),
            }
        }
    }

    /// Moves the sums of the last samples to double precision.
    #[inline(always)]
    fn flush(&mut self) {
        move_to::<T>(&mut self.filter_part, &mut self.filter_sum);
        move_to::<T>(std::slice::from_mut(&mut self.bias_part), &mut self.bias_sum);
        move_to::<T>(&mut self.output_part, &mut self.output_sum);
    }

    /// The sums over all samples added, a student after the other.
    pub(in crate::fit) fn finish(&self) -> impl Iterator<Item = Sums> + '_ {
        let of = |sums: &[f64], l: usize| sums.iter().skip(l).step_by(T::GROUP).copied().collect();
        (0..self.students).map(move |l| Sums {
            weight: self.weight,
            squares: self.squares[l],
            filter: of(&self.filter_sum, l),
            bias: self.bias_sum[l],
            output: of(&self.output_sum, l),
            intercept: self.intercept_sum[l],
        })
    }
}

#[inline(always)]
fn move_to<T: Element>(part: &mut [T::Lanes], sum: &mut [f64]) {
    for (sum, part) in sum.chunks_exact_mut(T::GROUP).zip(part) {
        for (sum, part) in sum.iter_mut().zip(part.as_mut()) {
            *sum += (*part).into();
            *part = T::default();
        }
    }
}

#[inline(always)]
fn dot_tile<S: Simd, T: Element, const ROWS: usize>(
    simd: S,
    rows: &[T],
    filter: &[T::Lanes],
    bias: &T::Lanes,
    out: &mut [T::Lanes],
) {
    let p = filter.len();
    let mut sums = [T::Group::<S>::load_array_ref(simd, bias); ROWS];
    let mut patches = [rows; ROWS];
    for (r, patch) in patches.iter_mut().enumerate() {
        *patch = &rows[r * p..][..p];
    }
    for (t, filter) in filter.iter().enumerate() {
        let filter = T::Group::<S>::load_array_ref(simd, filter);
        for r in 0..ROWS {
            sums[r] = T::Group::<S>::splat(simd, patches[r][t]).mul_add(filter, sums[r]);
        }
    }
    for (out, sum) in out[..ROWS].iter_mut().zip(sums) {
        *out = sum.to_array();
    }
}

#[inline(always)]
fn sum_tile<S: Simd, T: Element, const ROWS: usize>(
    simd: S,
    rows: &[T],
    patch_dim: usize,
    slopes: &[T::Lanes],
    out: &mut [T::Lanes],
) {
    let mut sums = [T::Group::<S>::splat(simd, T::default()); ROWS];
    for (sum, out) in sums.iter_mut().zip(&*out) {
        *sum = T::Group::<S>::load_array_ref(simd, out);
    }
    for (patch, slope) in rows.chunks(patch_dim).zip(slopes) {
        let slope = T::Group::<S>::load_array_ref(simd, slope);
        let patch = &patch[..ROWS];
        for r in 0..ROWS {
            sums[r] = T::Group::<S>::splat(simd, patch[r]).mul_add(slope, sums[r]);
        }
    }
    for (out, sum) in out.iter_mut().zip(sums) {
        *out = sum.to_array();
    }
}
