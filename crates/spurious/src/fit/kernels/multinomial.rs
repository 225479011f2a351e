//! Loss, gradient and Gauss–Newton matrix of one student with a score for each of several classes, in double precision.
//!
//! With `φ` the activations, the standardised numbers of a linear part and a 1, `g_c = ∂f_c/∂(u, b, …)` and `ḡ = Σ_c π_c g_c`, a sample adds
//!
//! ```text
//! filters × filters           Σ_c π_c (g_c − ḡ)(g_c − ḡ)ᵀ
//! filters × weights of c      π_c (g_c − ḡ) φᵀ
//! weights of c × of c'        (π_c 1[c = c'] − π_c π_c') φφᵀ
//! ```
//!
//! This is `JᵀWJ` with `W = diag π − ππᵀ`, without the zeros of the Jacobian: the score of a class has no derivative by the weights of another.

use fearless_simd::Simd;

use super::gauss_newton::{GramKernel, OneFilter, dots_of_all, searched};
use super::gram::{GRAM_COLUMNS, GRAM_ROWS, add_products};
use super::one::patch_sum;
use super::{Element, Tile};
use crate::Activation;
use crate::fit::Network;
use crate::fit::linear_part::LinearInputs;
use crate::fit::loss::{class_of, softmax};
use crate::fit::sums::GramSums;

/// Samples that are stored at once.
const ROWS: usize = 64;
const CHUNK: usize = f64::CHUNK;

/// The sums `Σω (π_c 1[c = c'] − π_c π_c') φφᵀ` for all pairs of classes, with `K` numbers of `φ`, padded.
pub(in crate::fit) struct Curvature {
    classes: usize,
    width: usize,
    /// `φ`, `[ROWS, K]`
    rows: Vec<f64>,
    /// `ωπ` and `π`, `[classes, ROWS]`
    weighted: Vec<f64>,
    chances: Vec<f64>,
    filled: usize,
    /// `[ROWS]`, and rows scaled by them, `[ROWS, K]`
    factors: Vec<f64>,
    scaled: Vec<f64>,
    /// `[classes, classes, K, K]`, for `c ≤ c'` the upper triangle
    sums: Vec<f64>,
}

impl Curvature {
    pub(in crate::fit) fn new(classes: usize, numbers: usize) -> Self {
        let width = numbers.next_multiple_of(GRAM_COLUMNS);
        Self {
            classes,
            width,
            rows: vec![0.0; ROWS * width],
            weighted: vec![0.0; classes * ROWS],
            chances: vec![0.0; classes * ROWS],
            filled: 0,
            factors: vec![0.0; ROWS],
            scaled: vec![0.0; ROWS * width],
            sums: vec![0.0; classes * classes * width * width],
        }
    }

    /// The place of `φ` of the next sample, `[K]`; what is beyond its numbers stays zero.
    pub(in crate::fit) fn row(&mut self) -> &mut [f64] {
        &mut self.rows[self.filled * self.width..][..self.width]
    }

    /// Adds that sample. Returns whether no other one has room until the sums are [flushed](Self::flush).
    pub(in crate::fit) fn push(&mut self, chances: &[f64], weight: f64) -> bool {
        for (c, &chance) in chances.iter().enumerate() {
            self.weighted[c * ROWS + self.filled] = weight * chance;
            self.chances[c * ROWS + self.filled] = chance;
        }
        self.filled += 1;
        self.filled == ROWS
    }

    #[inline(always)]
    pub(in crate::fit) fn flush<S: Simd>(&mut self, simd: S) {
        let (classes, filled, k) = (self.classes, self.filled, self.width);
        let rows = &self.rows[..filled * k];
        for c in 0..classes {
            let weighted = &self.weighted[c * ROWS..][..filled];
            for other in c..classes {
                let same = if c == other { 1.0 } else { 0.0 };
                let chances = &self.chances[other * ROWS..][..filled];
                for ((factor, weighted), chance) in self.factors.iter_mut().zip(weighted).zip(chances) {
                    *factor = weighted * (same - chance);
                }
                let scaled = &mut self.scaled[..filled * k];
                scale(scaled, rows, k, &self.factors);
                let sums = &mut self.sums[(c * classes + other) * k * k..][..k * k];
                add(simd, (scaled, k), (rows, k), true, sums);
            }
        }
        self.filled = 0;
    }

    /// The sum for a pair of classes and two numbers of `φ`.
    pub(in crate::fit) fn at(&self, [c, i]: [usize; 2], [other, j]: [usize; 2]) -> f64 {
        let pair = c.min(other) * self.classes + c.max(other);
        self.sums[(pair * self.width + i.min(j)) * self.width + i.max(j)]
    }
}

/// A student with its sums so far. Rows of `F = r(patch_dim + 1)` numbers by filters and of the `K = rk + directions + 1` numbers of `φ` are padded.
pub(in crate::fit) struct Multinomial {
    filters: Vec<OneFilter>,
    activation: Activation,
    /// `γ` of a linear part, `[classes, directions]`
    gamma: Vec<f64>,
    intercepts: Vec<f64>,
    patches: usize,
    patch_dim: usize,
    /// Of output weights and intercepts.
    curvature: Curvature,
    /// `g_c − ḡ`, `[classes, ROWS, F]`
    centred: Vec<f64>,
    /// The chances of the sample that is added, `[classes]`
    chances: Vec<f64>,
    /// One factor of a product, `[ROWS, F]`
    scaled: Vec<f64>,
    /// `[F, F]`
    filters_filters: Vec<f64>,
    /// `[classes, F, K]`
    filters_outputs: Vec<f64>,
    /// `Σω Σ_c s_c g_c`, `[F]`, with the slope `s = π − e_y`
    by_filters: Vec<f64>,
    /// `Σω s_c φ`, `[classes, K]`
    by_outputs: Vec<f64>,
    /// `Σω φ²`, `[K]`
    squares: Vec<f64>,
    weight: f64,
    loss: f64,
    /// `[filters, samples · patches + CHUNK]`
    dots: Vec<f64>,
    slopes: Vec<f64>,
    filter_part: Vec<f64>,
    /// `ḡ`, `[F]`
    mean: Vec<f64>,
}

impl Multinomial {
    pub(in crate::fit) fn new(network: &Network, linear: Option<&LinearInputs<'_>>) -> Self {
        let (r, classes) = (network.filters.len(), network.scores());
        let p = network.filters[0].weights.len();
        let patches = network.filters[0].output_weights.len() / classes;
        let f = (r * (p + 1)).next_multiple_of(GRAM_COLUMNS);
        let (gamma, intercepts) = searched(network, linear);
        let numbers = r * patches + gamma.len() / classes + 1;
        let k = numbers.next_multiple_of(GRAM_COLUMNS);
        Self {
            filters: network.filters.iter().map(OneFilter::new).collect(),
            activation: network.activation,
            gamma,
            intercepts,
            patches,
            patch_dim: p,
            curvature: Curvature::new(classes, numbers),
            centred: vec![0.0; classes * ROWS * f],
            chances: vec![0.0; classes],
            scaled: vec![0.0; ROWS * f],
            filters_filters: vec![0.0; f * f],
            filters_outputs: vec![0.0; classes * f * k],
            by_filters: vec![0.0; f],
            by_outputs: vec![0.0; classes * k],
            squares: vec![0.0; k],
            weight: 0.0,
            loss: 0.0,
            dots: Vec::new(),
            slopes: vec![0.0; patches],
            filter_part: vec![0.0; p.next_multiple_of(CHUNK)],
            mean: vec![0.0; f],
        }
    }

    /// `F` and `K`, padded.
    fn padded(&self) -> [usize; 2] {
        [self.by_filters.len(), self.squares.len()]
    }

    /// The chances of a sample from its activations, and its loss.
    fn score(&mut self, class: usize, weight: f64) {
        let active = self.curvature.row();
        let chances = &mut self.chances;
        chances.copy_from_slice(&self.intercepts);
        for (filter, active) in self.filters.iter().zip(active.chunks_exact(self.patches)) {
            for (score, output) in chances.iter_mut().zip(filter.output.chunks_exact(self.patches)) {
                *score += output.iter().zip(active).map(|(a, active)| a * active).sum::<f64>();
            }
        }
        if !self.gamma.is_empty() {
            let z = &active[self.filters.len() * self.patches..][..self.gamma.len() / self.intercepts.len()];
            for (score, gamma) in chances.iter_mut().zip(self.gamma.chunks_exact(z.len())) {
                *score += gamma.iter().zip(z).map(|(g, z)| g * z).sum::<f64>();
            }
        }
        self.loss += weight * softmax(chances, class);
    }

    /// The derivatives of the scores of a sample, and what it adds to the gradient.
    #[inline(always)]
    fn differentiate<S: Simd>(&mut self, simd: S, rows: &[f64], class: usize, weight: f64) {
        let (classes, patches, p, [f, k]) =
            (self.intercepts.len(), self.patches, self.patch_dim, self.padded());
        let filled = self.curvature.filled;
        let active = self.curvature.row();
        let (chances, activation) = (&self.chances, self.activation);
        let place = |c: usize| (c * ROWS + filled) * f..(c * ROWS + filled + 1) * f;
        self.mean.fill(0.0);
        for (c, &chance) in chances.iter().enumerate() {
            let row = &mut self.centred[place(c)];
            let of_filters = self.filters.iter().zip(active.chunks_exact(patches));
            for ((filter, active), row) in of_filters.zip(row.chunks_exact_mut(p + 1)) {
                let output = &filter.output[c * patches..][..patches];
                for ((slope, active), a) in self.slopes.iter_mut().zip(active).zip(output) {
                    *slope = activation.times_slope(*active, *a);
                }
                patch_sum(simd, rows, p, &self.slopes, &mut self.filter_part);
                row[..p].copy_from_slice(&self.filter_part[..p]);
                row[p] = self.slopes.iter().sum();
            }
            let slope = weight * (chance - f64::from(c == class));
            self.mean.iter_mut().zip(&*row).for_each(|(mean, g)| *mean += chance * g);
            self.by_filters.iter_mut().zip(&*row).for_each(|(sum, g)| *sum += slope * g);
            let sums = &mut self.by_outputs[c * k..][..k];
            sums.iter_mut().zip(&*active).for_each(|(sum, active)| *sum += slope * active);
        }
        for c in 0..classes {
            self.centred[place(c)].iter_mut().zip(&self.mean).for_each(|(g, mean)| *g -= mean);
        }
        self.squares.iter_mut().zip(&*active).for_each(|(sum, active)| *sum += weight * active * active);
    }
}

/// Rows scaled by a factor each.
#[inline(always)]
fn scale(scaled: &mut [f64], rows: &[f64], width: usize, factors: &[f64]) {
    let lines = scaled.chunks_exact_mut(width).zip(rows.chunks_exact(width));
    for ((scaled, row), factor) in lines.zip(factors) {
        for (scaled, x) in scaled.iter_mut().zip(row) {
            *scaled = factor * x;
        }
    }
}

/// Adds `XᵀY`; where that is symmetric its upper triangle alone.
#[inline(always)]
fn add<S: Simd>(
    simd: S,
    left: (&[f64], usize),
    right: (&[f64], usize),
    is_symmetric: bool,
    sums: &mut [f64],
) {
    for (n, strip) in sums.chunks_exact_mut(GRAM_ROWS * right.1).enumerate() {
        let line = n * GRAM_ROWS;
        let first = if is_symmetric { line / GRAM_COLUMNS * GRAM_COLUMNS } else { 0 };
        add_products(simd, left, right, line, first, strip);
    }
}

impl GramKernel for Multinomial {
    #[inline(always)]
    fn add<S: Simd>(&mut self, simd: S, tile: Tile<'_, f64>, inputs: &[f64]) {
        let (k, p) = (tile.patches, tile.patch_dim);
        let (directions, activation) = (self.gamma.len() / self.intercepts.len(), self.activation);
        let of_filter = dots_of_all(simd, tile, &self.filters, &mut self.dots);
        for (i, (&y, &weight)) in tile.target.iter().zip(tile.weights).enumerate() {
            if weight == 0.0 {
                continue;
            }
            let (active, rest) = self.curvature.row().split_at_mut(self.filters.len() * k);
            rest[..directions].copy_from_slice(&inputs[i * directions..][..directions]);
            rest[directions] = 1.0;
            for (active, dots) in active.chunks_exact_mut(k).zip(self.dots.chunks_exact(of_filter)) {
                active
                    .iter_mut()
                    .zip(&dots[i * k..])
                    .for_each(|(active, dot)| *active = activation.value(*dot));
            }
            let class = class_of(y);
            self.score(class, weight);
            self.differentiate(simd, &tile.values[i * k * p..], class, weight);
            self.weight += weight;
            if self.curvature.push(&self.chances, weight) {
                self.flush(simd);
            }
        }
    }

    #[inline(always)]
    fn flush<S: Simd>(&mut self, simd: S) {
        let (filled, [f, k]) = (self.curvature.filled, self.padded());
        let active = &self.curvature.rows[..filled * k];
        for c in 0..self.intercepts.len() {
            let centred = &self.centred[c * ROWS * f..][..filled * f];
            let scaled = &mut self.scaled[..filled * f];
            scale(scaled, centred, f, &self.curvature.weighted[c * ROWS..][..filled]);
            add(simd, (scaled, f), (centred, f), true, &mut self.filters_filters);
            add(simd, (scaled, f), (active, k), false, &mut self.filters_outputs[c * f * k..][..f * k]);
        }
        self.curvature.flush(simd);
    }

    fn finish(&self) -> GramSums {
        let (r, classes, patches, [f, k]) =
            (self.filters.len(), self.intercepts.len(), self.patches, self.padded());
        let (filters, outputs) = (r * (self.patch_dim + 1), r * patches);
        let directions = self.gamma.len() / classes;
        let constant = outputs + directions;
        let n = filters + classes * (constant + 1) + 1;
        // Output weights of a filter stand class by class, after all of them the linear part, and last the intercepts.
        let place = |c: usize, at: usize| match at {
            at if at < outputs => filters + (at / patches * classes + c) * patches + at % patches,
            at if at < constant => filters + classes * outputs + c * directions + at - outputs,
            _ => filters + classes * constant + c,
        };
        let mut gram = vec![0.0; n * n];
        let mut set = |i: usize, j: usize, value: f64| (gram[i * n + j], gram[j * n + i]) = (value, value);
        for i in 0..filters {
            (i..filters).for_each(|j| set(i, j, self.filters_filters[i * f + j]));
            set(i, n - 1, self.by_filters[i]);
            for c in 0..classes {
                let line = &self.filters_outputs[(c * f + i) * k..];
                (0..=constant).for_each(|at| set(i, place(c, at), line[at]));
            }
        }
        for c in 0..classes {
            for at in 0..=constant {
                set(place(c, at), n - 1, self.by_outputs[c * k + at]);
            }
            for other in c..classes {
                for i in 0..=constant {
                    for j in 0..=constant {
                        set(place(c, i), place(other, j), self.curvature.at([c, i], [other, j]));
                    }
                }
            }
        }
        let of_filters = self.squares[..outputs].chunks_exact(patches);
        GramSums {
            weight: self.weight,
            loss: self.loss,
            gram,
            linear: Vec::new(),
            activity: of_filters.flat_map(|squares| squares.repeat(classes)).collect(),
        }
    }
}
