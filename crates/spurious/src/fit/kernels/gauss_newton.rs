//! Loss, gradient and `JᵀJ` of one student in double precision.
//!
//! The rows `√ω (∂f/∂u, ∂f/∂b, …, ∂f/∂a, …, ∂f/∂c, f − y)` of some samples at a time are written side by side. The Gram matrix of
//! their columns contains `JᵀJ`, in its last column `Jᵀr`, and in its last entry `rᵀr`. For a loss with slope `s` and curvature `κ` the rows are
//! `√(ωκ) (J, s/κ)`: the products are `Σωκ JᵀJ` and `Σω s J`, and the loss is summed beside them.
//!
//! With a linear part and squares, the products of these rows with `√ω (x − μ)` are summed as well, where `x` are the numbers of a row. With
//! another loss the rows have `∂f/∂γ = z` between `∂f/∂a` and `∂f/∂c`.

use fearless_simd::Simd;

use super::gram::{GRAM_COLUMNS, GRAM_ROWS, add_products, add_strip};
use super::one::{Filter, dots, patch_sum};
use super::{Element, Tile};
use crate::Activation;
use crate::fit::linear_part::LinearInputs;
use crate::fit::sums::GramSums;
use crate::fit::{Loss, Network};

/// Rows of the Jacobian that are stored at once. They and the tiles of the sum fit into the first-level cache.
const ROWS: usize = 64;
const CHUNK: usize = f64::CHUNK;

/// A student with its Gram matrix so far.
pub(in crate::fit) struct GaussNewton {
    filters: Vec<OneFilter>,
    activation: Activation,
    intercept: f64,
    columns: usize,
    /// `[ROWS, padded columns]`
    jacobian: Vec<f64>,
    filled: usize,
    /// `[padded columns, padded columns]`, the upper triangle
    gram: Vec<f64>,
    weight: f64,
    /// `[filters, samples · patches + CHUNK]`
    dots: Vec<f64>,
    slopes: Vec<f64>,
    filter_part: Vec<f64>,
    products: Option<Products>,
    /// `γ` of a linear part that is not eliminated
    gamma: Vec<f64>,
    loss: Loss,
    /// `Σω ℓ` and `Σω σ²`, of a loss that is no square
    losses: f64,
    activity: Vec<f64>,
}

/// A student that sums a Gram matrix.
pub(in crate::fit) trait GramKernel {
    /// Adds the samples of a tile, with the inputs of a linear part ([`LinearInputs::of_rows`]), sample by sample.
    fn add<S: Simd>(&mut self, simd: S, tile: Tile<'_, f64>, inputs: &[f64]);

    /// Adds the stored rows to the Gram matrix.
    fn flush<S: Simd>(&mut self, simd: S);

    /// All sums, with both triangles of the Gram matrix. Call [`Self::flush`] before.
    fn finish(&self) -> GramSums;
}

pub(super) struct OneFilter {
    pub(super) weights: Filter<f64>,
    pub(super) bias: f64,
    pub(super) output: Vec<f64>,
}

/// `u·Z + b` of all filters and patches of a tile, and how many entries there are for each filter, `samples · patches + CHUNK`.
#[inline(always)]
pub(super) fn dots_of_all<S: Simd>(
    simd: S,
    tile: Tile<'_, f64>,
    filters: &[OneFilter],
    out: &mut Vec<f64>,
) -> usize {
    let of_filter = tile.target.len() * tile.patches + CHUNK;
    out.resize(filters.len() * of_filter, 0.0);
    for (filter, out) in filters.iter().zip(out.chunks_exact_mut(of_filter)) {
        dots(simd, tile.values, tile.patch_dim, &filter.weights, [filter.bias, 0.0], out);
    }
    of_filter
}

impl OneFilter {
    pub(super) fn new(filter: &crate::fit::Filter) -> Self {
        let crate::fit::Filter { weights, bias, output_weights } = filter;
        Self { weights: Filter::new(weights), bias: *bias, output: output_weights.clone() }
    }
}

/// The products of the rows with centred inputs.
struct Products {
    width: usize,
    /// `√ω (x − μ)`, `[ROWS, padded width]`
    inputs: Vec<f64>,
    /// `[padded columns, padded width]`
    sums: Vec<f64>,
}

/// `γ` of a linear part that is not eliminated, class by class, `[values · directions]`, and the intercepts that belong to it, `[values]`.
pub(super) fn searched(network: &Network, linear: Option<&LinearInputs<'_>>) -> (Vec<f64>, Vec<f64>) {
    match linear {
        Some(LinearInputs::Rotated(rotation)) => rotation.of_network(network),
        _ => (Vec::new(), network.all_intercepts()),
    }
}

impl GaussNewton {
    /// A student; with squares without its linear part, and with products with the inputs of one.
    pub(in crate::fit) fn new(network: &Network, loss: Loss, linear: Option<&LinearInputs<'_>>) -> Self {
        let (p, k) = (network.filters[0].weights.len(), network.filters[0].output_weights.len());
        let (gamma, intercepts) = searched(network, linear);
        let columns = network.filters.len() * (p + 1 + k) + gamma.len() + 2;
        let padded = columns.next_multiple_of(GRAM_COLUMNS);
        let products = match linear {
            Some(LinearInputs::Centred(centre)) => {
                let width = centre.len();
                let padded_width = width.next_multiple_of(GRAM_COLUMNS);
                let (inputs, sums) = (vec![0.0; ROWS * padded_width], vec![0.0; padded * padded_width]);
                Some(Products { width, inputs, sums })
            }
            _ => None,
        };
        Self {
            filters: network.filters.iter().map(OneFilter::new).collect(),
            activation: network.activation,
            filter_part: vec![0.0; p.next_multiple_of(CHUNK)],
            intercept: intercepts[0],
            columns,
            jacobian: vec![0.0; ROWS * padded],
            filled: 0,
            gram: vec![0.0; padded * padded],
            weight: 0.0,
            dots: Vec::new(),
            slopes: vec![0.0; k],
            products,
            gamma,
            loss,
            losses: 0.0,
            activity: if loss.is_squares() { Vec::new() } else { vec![0.0; network.filters.len() * k] },
        }
    }
}

/// `√ω σ` and `√ω aσ'` of the patches of a sample, for which `scale` is `√ω`.
#[inline(always)]
pub(in crate::fit) fn activate(
    activation: Activation,
    scale: f64,
    dots: &[f64],
    output: &[f64],
    active: &mut [f64],
    slopes: &mut [f64],
) {
    // Each has a loop of its own, without a branch.
    let negative_slope = activation.negative_slope();
    match activation.is_rectifier() {
        true => activate_each::<false>(negative_slope, scale, dots, output, active, slopes),
        false => activate_each::<true>(negative_slope, scale, dots, output, active, slopes),
    }
}

#[inline(always)]
fn activate_each<const LEAKS: bool>(
    negative_slope: f64,
    scale: f64,
    dots: &[f64],
    output: &[f64],
    active: &mut [f64],
    slopes: &mut [f64],
) {
    for ((&dot, output), (active, slope)) in dots.iter().zip(output).zip(active.iter_mut().zip(slopes)) {
        let (rest, along) = if LEAKS { (negative_slope * dot, negative_slope) } else { (0.0, 0.0) };
        *active = scale * dot.max(rest);
        *slope = match dot > 0.0 {
            true => scale * output,
            false if LEAKS => along * (scale * output),
            false => 0.0,
        };
    }
}

impl GramKernel for GaussNewton {
    #[inline(always)]
    fn add<S: Simd>(&mut self, simd: S, tile: Tile<'_, f64>, inputs: &[f64]) {
        let (k, p) = (tile.patches, tile.patch_dim);
        let padded = self.columns.next_multiple_of(GRAM_COLUMNS);
        let outputs = self.filters.len() * (p + 1);
        let of_filter = dots_of_all(simd, tile, &self.filters, &mut self.dots);
        for (i, (&y, &weight)) in tile.target.iter().zip(tile.weights).enumerate() {
            if weight == 0.0 {
                continue;
            }
            let rows = &tile.values[i * k * p..];
            // Slope and curvature, and with them the scale of the row, are known when the network is.
            let scale = if self.loss.is_squares() { weight.sqrt() } else { 1.0 };
            let row = &mut self.jacobian[self.filled * padded..][..self.columns];
            let (filter_rows, rest) = row.split_at_mut(outputs);
            let (output_rows, rest) = rest.split_at_mut(self.filters.len() * k);
            let (linear_row, rest) = rest.split_at_mut(self.gamma.len());
            let mut f = scale * self.intercept;
            let parts = filter_rows.chunks_exact_mut(p + 1).zip(output_rows.chunks_exact_mut(k));
            let of_filters = self.filters.iter().zip(self.dots.chunks_exact(of_filter));
            for ((filter, dots), (filter_row, output_row)) in of_filters.zip(parts) {
                let (dots, slopes) = (&dots[i * k..][..k], &mut self.slopes);
                activate(self.activation, scale, dots, &filter.output, output_row, slopes);
                // `output_row` holds √ω σ, so that these are √ω f and √ω ∂f/∂b.
                let mut slope_sum = 0.0;
                for ((output, active), slope) in filter.output.iter().zip(&*output_row).zip(&*slopes) {
                    f += output * active;
                    slope_sum += slope;
                }
                filter_row[p] = slope_sum;
                patch_sum(simd, rows, p, slopes, &mut self.filter_part);
                filter_row[..p].copy_from_slice(&self.filter_part[..p]);
            }
            for ((entry, z), g) in linear_row.iter_mut().zip(&inputs[i * self.gamma.len()..]).zip(&self.gamma)
            {
                *entry = *z;
                f += g * z;
            }
            rest[0] = scale;
            if self.loss.is_squares() {
                rest[1] = f - scale * y;
            } else {
                let at = self.loss.at(f, y);
                self.losses += weight * at.value;
                for (sum, active) in self.activity.iter_mut().zip(&*output_rows) {
                    *sum += weight * active * active;
                }
                let scale = (weight * at.curvature).sqrt();
                rest[1] = at.slope / at.curvature;
                row.iter_mut().for_each(|entry| *entry *= scale);
            }
            if let Some(Products { width, inputs: scaled, .. }) = &mut self.products {
                let padded = width.next_multiple_of(GRAM_COLUMNS);
                let scaled = &mut scaled[self.filled * padded..][..*width];
                scaled.iter_mut().zip(&inputs[i * *width..]).for_each(|(scaled, x)| *scaled = scale * x);
            }
            self.weight += weight;
            self.filled += 1;
            if self.filled == ROWS {
                self.flush(simd);
            }
        }
    }

    #[inline(always)]
    fn flush<S: Simd>(&mut self, simd: S) {
        let padded = self.columns.next_multiple_of(GRAM_COLUMNS);
        let rows = &self.jacobian[..self.filled * padded];
        for (n, strip) in self.gram.chunks_exact_mut(GRAM_ROWS * padded).enumerate() {
            add_strip(simd, rows, padded, n * GRAM_ROWS, strip);
        }
        if let Some(Products { width, inputs, sums }) = &mut self.products {
            let width = width.next_multiple_of(GRAM_COLUMNS);
            let inputs = &inputs[..self.filled * width];
            for (n, strip) in sums.chunks_exact_mut(GRAM_ROWS * width).enumerate() {
                add_products(simd, (rows, padded), (inputs, width), n * GRAM_ROWS, 0, strip);
            }
        }
        self.filled = 0;
    }

    fn finish(&self) -> GramSums {
        let (n, padded) = (self.columns, self.columns.next_multiple_of(GRAM_COLUMNS));
        let mut gram = Vec::with_capacity(n * n);
        for (i, line) in self.gram.chunks_exact(padded).take(n).enumerate() {
            gram.extend((0..i).map(|j| self.gram[j * padded + i]));
            gram.extend_from_slice(&line[i..n]);
        }
        let products = self.products.iter().flat_map(|Products { width, sums, .. }| {
            let padded = width.next_multiple_of(GRAM_COLUMNS);
            sums.chunks_exact(padded).take(n).flat_map(|line| &line[..*width]).copied()
        });
        GramSums {
            weight: self.weight,
            loss: if self.loss.is_squares() { gram[n * n - 1] / 2.0 } else { self.losses },
            linear: products.collect(),
            activity: self.activity.clone(),
            gram,
        }
    }
}
