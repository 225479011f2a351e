//! Many students: lanes are students, and a group of students is a sequence of small matrix products. A student of several filters has as
//! many lanes, one after the other, which share a residual.
//!
//! First `Z·W` in tiles of patches by students, then the activation and the residuals, then `ZᵀC` in tiles of filter
//! entries by students. `C` are the slopes, which overwrite the activations.

use fearless_simd::{Simd, SimdBase, SimdFloat};

use super::{Element, NegativeSlope, Tile};
use crate::fit::{Network, Sums};

/// Calls `$function::<S, T, ROWS>` for the largest register tile with no more rows than are left, and returns its rows.
///
/// Ten registers of sums hide the latency of the multiply-adds: five rows where a group fills two of the sixteen registers
/// of AVX2, ten where it fills one of the thirty-two of AVX-512. Tiles do not change the order of any sum.
macro_rules! by_rows {
    ($left:expr, $function:ident($($argument:expr),*)) => {
        match $left {
            10.. if S::f32s::LEN >= 16 => { $function::<S, T, 10>($($argument),*); 10 }
            5.. => { $function::<S, T, 5>($($argument),*); 5 }
            4 => { $function::<S, T, 4>($($argument),*); 4 }
            3 => { $function::<S, T, 3>($($argument),*); 3 }
            2 => { $function::<S, T, 2>($($argument),*); 2 }
            _ => { $function::<S, T, 1>($($argument),*); 1 }
        }
    };
}

/// Samples whose activations are stored at once.
pub(in crate::fit) const SUB_BLOCK: usize = 8;
/// Samples that are summed in the precision of the data.
const FLUSH: usize = 64;

/// A group of students with their sums so far; lanes without a student hold zeros.
pub(in crate::fit) struct Many<T: Element> {
    /// Lanes that are in use: filters of all students together.
    used: usize,
    /// Filters of a student.
    filters: usize,
    negative_slope: NegativeSlope<T>,
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
    /// Samples in them.
    summed: usize,
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
    /// Students of the same shape and activation, with at most [`Element::GROUP`] filters in all.
    pub(in crate::fit) fn new(networks: &[Network]) -> Self {
        let filters = || networks.iter().flat_map(|network| &network.filters);
        let (p, k) = (networks[0].filters[0].weights.len(), networks[0].filters[0].output_weights.len());
        let intercepts =
            networks.iter().flat_map(|network| network.filters.iter().map(|_| network.intercept));
        let mut intercept: Vec<f64> = intercepts.collect();
        intercept.resize(T::GROUP, 0.0);
        Self {
            used: filters().count(),
            filters: networks[0].filters.len(),
            negative_slope: NegativeSlope::of(networks[0].activation),
            filter: (0..p).map(|t| lanes::<T>(filters().map(|filter| filter.weights[t]))).collect(),
            bias: lanes::<T>(filters().map(|filter| filter.bias)),
            output: (0..k).map(|j| lanes::<T>(filters().map(|filter| filter.output_weights[j]))).collect(),
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
            summed: 0,
            activations: vec![T::NO_LANES; SUB_BLOCK * k],
            residuals: vec![T::NO_LANES; SUB_BLOCK],
        }
    }

    /// Adds the samples of a tile.
    #[inline(always)]
    pub(in crate::fit) fn add<S: Simd>(&mut self, simd: S, tile: Tile<'_, T>) {
        let (k, p) = (tile.patches, tile.patch_dim);
        for first in (0..tile.target.len()).step_by(SUB_BLOCK) {
            let count = SUB_BLOCK.min(tile.target.len() - first);
            let rows = &tile.values[first * k * p..][..count * k * p];
            self.forward(simd, rows, count);
            self.residuals(&tile.target[first..first + count], &tile.weights[first..first + count]);
            self.slopes(simd, count);
            self.backward(simd, rows, count * k);
            self.summed += count;
            if self.summed >= FLUSH {
                self.flush();
            }
        }
    }

    /// `activations = σ(rows · W + bias)`, and in `residuals` the part of each filter in the value of its network.
    #[inline(always)]
    fn forward<S: Simd>(&mut self, simd: S, rows: &[T], count: usize) {
        let (k, p) = (self.output.len(), self.filter.len());
        for i in 0..count {
            let mut values = T::Group::<S>::splat(simd, T::default());
            let mut j = 0;
            while j < k {
                let (rows, out) = (&rows[(i * k + j) * p..], &mut self.activations[i * k + j..]);
                let (filter, output) = ((&self.filter[..], self.negative_slope), &self.output[j..]);
                j += by_rows!(
                    k - j,
                    activation_tile(simd, rows, filter, &self.bias, output, out, &mut values)
                );
            }
            values.store_slice(self.residuals[i].as_mut());
        }
    }

    /// From values to residuals, times weights.
    #[inline(always)]
    fn residuals(&mut self, target: &[f64], weights: &[f64]) {
        if self.filters > 1 {
            self.add_filters();
        }
        let (intercept, squares) = (&self.intercept[..T::GROUP], &mut self.squares[..T::GROUP]);
        let intercept_sum = &mut self.intercept_sum[..T::GROUP];
        for ((lanes, &y), &weight) in self.residuals.iter_mut().zip(target).zip(weights) {
            self.weight += weight;
            for (l, lane) in lanes.as_mut().iter_mut().enumerate() {
                let residual = (*lane).into() + intercept[l] - y;
                squares[l] += weight * residual * residual;
                intercept_sum[l] += weight * residual;
                *lane = T::round(weight * residual);
            }
        }
    }

    /// In every lane of a student the value of its whole network, `Σᵢ Σⱼ aᵢⱼ σᵢⱼ`.
    fn add_filters(&mut self) {
        for lanes in &mut self.residuals {
            for student in lanes.as_mut().chunks_exact_mut(self.filters) {
                let value: f64 = student.iter().map(|&part| part.into()).sum();
                student.fill(T::round(value));
            }
        }
    }

    /// The sums of the output weights; the slopes in place of the activations.
    #[inline(always)]
    fn slopes<S: Simd>(&mut self, simd: S, count: usize) {
        let k = self.output.len();
        let zero = T::Group::<S>::splat(simd, T::default());
        let mut bias_part = T::Group::<S>::load_array_ref(simd, &self.bias_part);
        // A copy, which no store can change: the branch on it leaves the loops.
        let negative_slope = self.negative_slope;
        for (j, (output, part)) in self.output.iter().zip(&mut self.output_part).enumerate() {
            let output = T::Group::<S>::load_array_ref(simd, output);
            let mut sum = T::Group::<S>::load_array_ref(simd, part);
            let mut slopes = zero;
            for (residual, sample) in self.residuals[..count].iter().zip(self.activations.chunks_exact_mut(k))
            {
                let residual = T::Group::<S>::load_array_ref(simd, residual);
                let active = T::Group::<S>::load_array_ref(simd, &sample[j]);
                sum = active.mul_add(residual, sum);
                let slope = negative_slope.where_active(simd, active, residual * output);
                slopes += slope;
                slope.store_slice(sample[j].as_mut());
            }
            bias_part += slopes;
            sum.store_slice(part.as_mut());
        }
        bias_part.store_slice(self.bias_part.as_mut());
    }

    /// `filter_part += rowsᵀ · slopes`.
    #[inline(always)]
    fn backward<S: Simd>(&mut self, simd: S, rows: &[T], count: usize) {
        let p = self.filter.len();
        let slopes = &self.activations[..count];
        let mut at = 0;
        while at < p {
            let (rows, sums) = (&rows[at..], &mut self.filter_part[at..]);
            at += by_rows!(p - at, sum_tile(simd, rows, p, slopes, sums));
        }
    }

    /// Moves the sums of the last samples to double precision.
    fn flush(&mut self) {
        move_to::<T>(&mut self.filter_part, &mut self.filter_sum);
        move_to::<T>(std::slice::from_mut(&mut self.bias_part), &mut self.bias_sum);
        move_to::<T>(&mut self.output_part, &mut self.output_sum);
        self.summed = 0;
    }

    /// The sums over all samples, one filter of one student after the other. All but those by the filter are those of the network.
    pub(in crate::fit) fn finish(&mut self) -> impl Iterator<Item = Sums> + '_ {
        self.flush();
        let of = |sums: &[f64], l: usize| sums.iter().skip(l).step_by(T::GROUP).copied().collect();
        (0..self.used).map(move |l| Sums {
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

/// The activations of `ROWS` patches of a sample, and what they contribute to the values of the networks.
#[inline(always)]
fn activation_tile<S: Simd, T: Element, const ROWS: usize>(
    simd: S,
    rows: &[T],
    (filter, negative_slope): (&[T::Lanes], NegativeSlope<T>),
    bias: &T::Lanes,
    output: &[T::Lanes],
    activations: &mut [T::Lanes],
    values: &mut T::Group<S>,
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
    let (output, activations) = (&output[..ROWS], &mut activations[..ROWS]);
    for r in 0..ROWS {
        let active = negative_slope.activated(simd, sums[r]);
        active.store_slice(activations[r].as_mut());
        *values = active.mul_add(T::Group::<S>::load_array_ref(simd, &output[r]), *values);
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
    let out = &mut out[..ROWS];
    let mut sums = [T::Group::<S>::splat(simd, T::default()); ROWS];
    for r in 0..ROWS {
        sums[r] = T::Group::<S>::load_array_ref(simd, &out[r]);
    }
    for (patch, slope) in rows.chunks(patch_dim).zip(slopes) {
        let slope = T::Group::<S>::load_array_ref(simd, slope);
        let patch = &patch[..ROWS];
        for r in 0..ROWS {
            sums[r] = T::Group::<S>::splat(simd, patch[r]).mul_add(slope, sums[r]);
        }
    }
    for r in 0..ROWS {
        sums[r].store_slice(out[r].as_mut());
    }
}
