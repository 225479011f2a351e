//! Loss and derivatives where there are fewer samples than parameters: the Gauss–Newton matrix is a product that is never formed.
//!
//! ```text
//! H = AᵀA + RᵀΛR,   g = Aᵀq + RᵀΛa        A = √(ωκ/Σω) J, [samples, len],   q = √(ωκ/Σω) s/κ,   Rᵢ = (aᵢŵᵢᵀ, I)
//! ```
//!
//! with the penalties `Λ` on output weights ([`levenberg`](super::levenberg)). With `dρᵢ = daᵢ + aᵢ ŵᵢ·dwᵢ` in place of `daᵢ` the second
//! term is diagonal, and what is to be solved is `(BᵀB + D) d = −(Bᵀq + De)` with a diagonal `D`. By the identity of Woodbury only a matrix
//! of the size of the samples is factorised:
//!
//! ```text
//! d = −e − D⁻¹Bᵀ (I + BD⁻¹Bᵀ)⁻¹ (q − Be)
//! ```
//!
//! For squares the part of the output weights in `BD⁻¹Bᵀ`, which is nearly all of the work, is the same for a projection and for steps with
//! any damping, so it is computed once for each filter. Products of thousands of columns go through the kernel of the Gram matrix.

use std::sync::OnceLock;

use fearless_simd::{Level, Simd, dispatch};
use nalgebra::{DMatrix, DVector, DVectorView};

use super::cholesky::Cholesky;
use super::coordinates::{Coordinates, Quadratic};
use super::kernels::gauss_newton::activate;
use super::kernels::gram::{GRAM_COLUMNS, GRAM_ROWS, add_strip};
use super::kernels::one::{self, dots, patch_sum};
use super::kernels::{Element, PADDING};
use super::network::Network;
use super::pass::{block_samples, pass_over};
use super::samples::Samples;
use super::split::Selection;
use super::windows::Windows;
use crate::Error;

/// Largest number of values in the patches of all samples, which are kept (256 MB).
const MOST_VALUES: u64 = 1 << 25;
/// Samples whose activities are stored together: a line of the cache in each column.
const TOGETHER: usize = 8;
/// Columns whose products are summed at once, in cache.
const COLUMNS: usize = 64;
/// What is added to each entry of `D`, as a share of the diagonal of `H` and of the number of parameters: as in the factorisation of the
/// whole matrix.
const JITTER: f64 = 1e-14;

/// The patches of all samples, fewer than there are parameters.
pub(super) struct FewSamples {
    /// `[samples, patches, patch_dim]`, padded as in a [`Tile`](super::kernels::Tile)
    patches: Vec<f64>,
    target: Vec<f64>,
    /// `ω/Σω`
    shares: Vec<f64>,
}

/// The Gauss–Newton matrix as a product.
#[derive(Debug, Clone)]
pub(super) struct Factor {
    /// `A`
    rows: DMatrix<f64>,
    /// `q`
    residuals: DVector<f64>,
    /// `Λ` of output weights, and zero of an intercept
    penalties: DVector<f64>,
    /// `Λa`
    pull: DVector<f64>,
    /// Whether the last column is an intercept.
    intercept: bool,
    /// The output weights without damping, when they have been eliminated.
    eliminated: OnceLock<Eliminated>,
}

/// The output weights in a system with a diagonal `D`, which are eliminated.
#[derive(Debug, Clone)]
struct Eliminated {
    /// `D⁻¹`, and zero for one that changes nothing.
    inverse: DVector<f64>,
    /// `e`
    pulled: DVector<f64>,
    /// `A_zD⁻¹A_zᵀ`
    products: Products,
    /// `q − A_ze`
    residuals: DVector<f64>,
}

/// Whether samples are fewer than parameters, and can be kept.
pub(super) fn are_few(samples: u64, windows: &Windows, parameters: usize) -> bool {
    samples < parameters as u64 && samples.saturating_mul(windows.packed() as u64) <= MOST_VALUES
}

impl Coordinates {
    /// The samples selected, if there are fewer than parameters and nothing else needs their sums.
    pub(super) fn few(
        &self,
        source: &mut Samples<'_>,
        selection: Selection<'_>,
    ) -> Result<Option<FewSamples>, Error> {
        let windows = source.windows().clone();
        let is_plain = self.linear.is_none() && self.values() == 1;
        if !is_plain || !are_few(source.samples(), &windows, self.len()) {
            return Ok(None);
        }
        let mut few = FewSamples { patches: Vec::new(), target: Vec::new(), shares: Vec::new() };
        let mut packed = vec![0.0; windows.packed()];
        pass_over(source, block_samples(&windows), |rows, first| {
            for (i, &y) in rows.target.iter().enumerate() {
                let weight = rows.weights.map_or(1.0, |weights| weights[i]);
                if weight > 0.0 && selection.contains(first + i as u64) {
                    rows.slice(i, 1).pack(&windows, &mut packed);
                    few.patches.extend_from_slice(&packed);
                    few.target.push(y);
                    few.shares.push(weight);
                }
            }
            Ok(())
        })?;
        few.patches.resize(few.patches.len() + PADDING, 0.0);
        let weight: f64 = few.shares.iter().sum();
        few.shares.iter_mut().for_each(|share| *share /= weight);
        Ok(Some(few))
    }
}

impl FewSamples {
    pub(super) fn samples(&self) -> usize {
        self.target.len()
    }

    /// Loss and derivatives at `θ`, without the penalty.
    pub(super) fn quadratic(&self, coordinates: &Coordinates, theta: &DVector<f64>) -> Quadratic {
        self.quadratics(coordinates, &[theta]).remove(0)
    }

    /// The same at several points, which share a pass over the samples: these are too many for a cache.
    pub(super) fn quadratics(&self, coordinates: &Coordinates, thetas: &[&DVector<f64>]) -> Vec<Quadratic> {
        let n = self.target.len();
        let mut students: Vec<Student> =
            thetas.iter().map(|theta| Student::new(coordinates, theta, n)).collect();
        let mut scratch = Scratch::new(coordinates.patch_dim, coordinates.patches);
        let level = Level::new();
        for first in (0..n).step_by(TOGETHER) {
            for student in &mut students {
                dispatch!(level, simd => self.add(simd, coordinates, first, student, &mut scratch));
            }
        }
        students.into_iter().map(|student| self.of_student(coordinates, student)).collect()
    }

    /// Loss and derivatives from what the samples contribute.
    fn of_student(&self, coordinates: &Coordinates, student: Student) -> Quadratic {
        let (n, k, of_filter) = (self.target.len(), coordinates.patches, coordinates.of_filter());
        let (len, first) = (coordinates.len(), coordinates.first_output());
        let Student { mut rows, by_filter, values, .. } = student;
        let mut residuals = DVector::zeros(n);
        let mut information = DVector::zeros(coordinates.outputs());
        let (mut loss, mut scales) = (0.0, DVector::zeros(n));
        let outputs = rows.columns(first, coordinates.filters * k);
        for (sum, output) in information.iter_mut().zip(outputs.column_iter()) {
            *sum = output.iter().zip(&self.shares).map(|(active, share)| share * active * active).sum();
        }
        for (i, (&value, &y)) in values.iter().zip(&self.target).enumerate() {
            let at = coordinates.loss.at(value, y);
            loss += self.shares[i] * at.value;
            scales[i] = (self.shares[i] * at.curvature).sqrt();
            residuals[i] = scales[i] * at.slope / at.curvature;
        }
        let jacobian = coordinates.filter_jacobian();
        for (by_filter, (at, _)) in by_filter.into_iter().zip(coordinates.places()) {
            rows.columns_mut(at, of_filter).copy_from(&(by_filter * &jacobian));
        }
        if coordinates.intercept {
            rows.column_mut(len - 1).fill(1.0);
        }
        rows.column_iter_mut().for_each(|mut column| column.component_mul_assign(&scales));
        if !coordinates.loss.is_squares() {
            information /= 4.0;
        }
        let none = DVector::zeros(len - first);
        Quadratic {
            loss,
            gradient: rows.tr_mul(&residuals),
            hessian: DMatrix::zeros(0, 0),
            information,
            factor: Some(Factor {
                rows,
                residuals,
                penalties: none.clone(),
                pull: none,
                intercept: coordinates.intercept,
                eliminated: OnceLock::new(),
            }),
        }
    }
}

/// What the samples so far contribute at one point.
struct Student {
    network: Network,
    weights: Vec<one::Filter<f64>>,
    /// The derivatives by output weights, `σ(u·Z + b)`, at their place in `A`
    rows: DMatrix<f64>,
    /// By `(u, b)` of each filter.
    by_filter: Vec<DMatrix<f64>>,
    /// Of the network for each sample.
    values: Vec<f64>,
}

impl Student {
    fn new(coordinates: &Coordinates, theta: &DVector<f64>, samples: usize) -> Self {
        let network = coordinates.network(theta);
        Self {
            weights: network.filters.iter().map(|filter| one::Filter::new(&filter.weights)).collect(),
            rows: DMatrix::zeros(samples, coordinates.len()),
            by_filter: vec![DMatrix::zeros(samples, coordinates.patch_dim + 1); coordinates.filters],
            values: vec![network.intercept; samples],
            network,
        }
    }
}

/// Numbers of a few samples.
struct Scratch {
    products: Vec<f64>,
    slopes: Vec<f64>,
    sum: Vec<f64>,
    /// `[TOGETHER, patches]`
    active: Vec<f64>,
    ones: DVector<f64>,
}

impl Scratch {
    fn new(patch_dim: usize, patches: usize) -> Self {
        Self {
            products: vec![0.0; patches + f64::CHUNK],
            slopes: vec![0.0; patches],
            sum: vec![0.0; patch_dim.next_multiple_of(f64::CHUNK)],
            active: vec![0.0; TOGETHER * patches],
            ones: DVector::from_element(patches, 1.0),
        }
    }
}

impl FewSamples {
    /// Adds what samples from `first` on contribute, as many as are stored together: to the values of the samples, and derivatives.
    #[inline(always)]
    fn add<S: Simd>(
        &self,
        simd: S,
        coordinates: &Coordinates,
        first: usize,
        student: &mut Student,
        Scratch { products, slopes, sum, active, ones }: &mut Scratch,
    ) {
        let Coordinates { patch_dim: p, patches: k, .. } = *coordinates;
        let Student { network, weights, rows, by_filter, values } = student;
        let values = &mut values[first..];
        let count = values.len().min(TOGETHER);
        let filters = network.filters.iter().zip(weights).zip(by_filter);
        for (((filter, weights), by_filter), (_, output)) in filters.zip(coordinates.places()) {
            let output_weights = DVectorView::from_slice(&filter.output_weights, k);
            for ((i, value), active) in (first..).zip(&mut values[..count]).zip(active.chunks_exact_mut(k)) {
                // Both while the sample is in cache.
                let patches = &self.patches[i * k * p..];
                dots(simd, patches, p, weights, [filter.bias, 0.0], products);
                activate(network.activation, 1.0, &products[..k], &filter.output_weights, active, slopes);
                // In several sums, which do not wait for each other.
                *value += output_weights.dot(&DVectorView::from_slice(active, k));
                patch_sum(simd, patches, p, slopes, sum);
                by_filter.row_mut(i).iter_mut().zip(&sum[..p]).for_each(|(entry, sum)| *entry = *sum);
                by_filter[(i, p)] = ones.dot(&DVectorView::from_slice(slopes, k));
            }
            let mut outputs = rows.columns_mut(output, k);
            for (j, mut output) in outputs.column_iter_mut().enumerate() {
                let of_samples = active.iter().skip(j).step_by(k);
                let output = &mut output.as_mut_slice()[first..][..count];
                output.iter_mut().zip(of_samples).for_each(|(output, active)| *output = *active);
            }
        }
    }
}

/// Sums of products `Σ ccᵀ`, `[n, n]`.
#[derive(Debug, Clone)]
struct Products {
    n: usize,
    /// The upper triangle by lines, `[padded n, padded n]`
    lines: Vec<f64>,
}

impl Products {
    fn zero(n: usize) -> Self {
        let columns = n.max(1).next_multiple_of(GRAM_COLUMNS);
        Self { n, lines: vec![0.0; columns * columns] }
    }

    fn columns(&self) -> usize {
        self.n.max(1).next_multiple_of(GRAM_COLUMNS)
    }

    /// The same between others, with which the products are zero.
    fn extended(&self, n: usize) -> Self {
        let mut extended = Self::zero(n);
        let (from, to) = (self.columns(), extended.columns());
        for (line, old) in extended.lines.chunks_exact_mut(to).zip(self.lines.chunks_exact(from)).take(self.n)
        {
            line[..self.n].copy_from_slice(&old[..self.n]);
        }
        extended
    }

    /// Adds those of so many columns, each of which `write` writes over zeros.
    fn add(&mut self, count: usize, write: impl Fn(usize, &mut [f64])) {
        let (n, columns, level) = (self.n, self.columns(), Level::new());
        let mut rows = vec![0.0; COLUMNS.min(count) * columns];
        for first in (0..count).step_by(COLUMNS) {
            let rows = &mut rows[..COLUMNS.min(count - first) * columns];
            rows.fill(0.0);
            (first..).zip(rows.chunks_exact_mut(columns)).for_each(|(t, row)| write(t, &mut row[..n]));
            for (strip, lines) in self.lines.chunks_exact_mut(GRAM_ROWS * columns).enumerate() {
                dispatch!(level, simd => add_strip(simd, rows, columns, strip * GRAM_ROWS, lines));
            }
        }
    }

    /// The factor of `I + Σ ccᵀ`.
    fn factor(&self) -> Option<Cholesky> {
        let (n, columns) = (self.n, self.columns());
        let mut matrix = DMatrix::zeros(n, n);
        for (i, line) in self.lines.chunks_exact(columns).take(n).enumerate() {
            matrix.column_mut(i).as_mut_slice()[i..].copy_from_slice(&line[i..n]);
            matrix[(i, i)] += 1.0;
        }
        Cholesky::new(&matrix)
    }
}

/// `1/(D + jitter)` for an entry of `D` and the sum of squares of its column; zero where nothing depends on it.
fn regular_inverse(diagonal: f64, squares: f64, jitter: f64) -> f64 {
    let entry = squares + diagonal;
    if entry > 0.0 { (diagonal + jitter * entry).recip() } else { 0.0 }
}

impl Factor {
    /// Adds the penalties `Λ` on output weights `a`.
    pub(super) fn penalise(&mut self, penalties: &DVector<f64>, a: &DVector<f64>) {
        self.penalties.rows_mut(0, a.len()).copy_from(penalties);
        self.pull.rows_mut(0, a.len()).copy_from(&penalties.component_mul(a));
        self.eliminated = OnceLock::new();
    }

    /// Number of output weights, without an intercept.
    fn outputs(&self) -> usize {
        self.penalties.len() - usize::from(self.intercept)
    }

    fn jitter(&self) -> f64 {
        JITTER * self.rows.ncols() as f64
    }

    /// The column of the intercept scaled to length 1, and its length. What is along it is taken off all other columns.
    fn unit(&self) -> Option<(DVector<f64>, f64)> {
        let column = self.rows.column(self.rows.ncols() - 1);
        let length = column.norm();
        self.intercept.then(|| (column / length, length))
    }

    /// Eliminates the output weights, from column `first` on, with some damping of each.
    fn eliminate(&self, first: usize, damping: f64) -> Eliminated {
        let (n, count, jitter) = (self.residuals.len(), self.outputs(), self.jitter());
        let outputs = self.rows.columns(first, count);
        let unit = self.unit().map(|(unit, _)| unit);
        let along = unit.as_ref().map(|unit| outputs.tr_mul(unit));
        let mut inverse = DVector::zeros(count);
        for (t, column) in outputs.column_iter().enumerate() {
            let squares = column.norm_squared();
            let along = along.as_ref().map_or(0.0, |along| along[t]);
            let diagonal = self.penalties[t] + damping * (squares + self.penalties[t]);
            inverse[t] = regular_inverse(diagonal, (squares - along * along).max(0.0), jitter);
        }
        let mut products = Products::zero(n);
        products.add(count, |t, row| {
            let root = inverse[t].sqrt();
            let column = outputs.column(t);
            let column = column.as_slice();
            match (&unit, &along) {
                (Some(unit), Some(along)) => {
                    let along = along[t];
                    let each = row.iter_mut().zip(column).zip(unit.as_slice());
                    each.for_each(|((entry, x), unit)| *entry = root * (x - along * unit));
                }
                _ => row.iter_mut().zip(column).for_each(|(entry, x)| *entry = root * x),
            }
        });
        let pulled = self.pull.rows(0, count).component_mul(&inverse);
        let mut residuals = &self.residuals - outputs * &pulled;
        if let Some(unit) = &unit {
            let along = unit.dot(&residuals);
            residuals.axpy(-along, unit, 1.0);
        }
        Eliminated { inverse, pulled, products, residuals }
    }

    /// Solves `(BᵀB + D) d = −(Bᵀq + De)` for the columns of some filters, `[samples and more, filters]`, with an entry of `D` for each, and all
    /// after them; an intercept is free. The rank need not be full.
    fn solved(
        &self,
        first: usize,
        of_outputs: &Eliminated,
        mut filters: DMatrix<f64>,
        diagonal: &DVector<f64>,
    ) -> DVector<f64> {
        let (n, all, m) = (self.residuals.len(), filters.nrows(), filters.ncols());
        let Eliminated { inverse, pulled, products, residuals } = of_outputs;
        let unit = self.unit();
        let along = unit.as_ref().map(|(unit, _)| filters.rows(0, n).tr_mul(unit));
        if let (Some((unit, _)), Some(along)) = (&unit, &along) {
            filters.rows_mut(0, n).ger(-1.0, unit, along, 1.0);
        }
        let jitter = self.jitter();
        let of_filters = DVector::from_fn(m, |t, _| {
            regular_inverse(diagonal[t], filters.column(t).norm_squared(), jitter)
        });
        let mut products = products.extended(all);
        products.add(m, |t, row| {
            let root = of_filters[t].sqrt();
            row.iter_mut().zip(filters.column(t).iter()).for_each(|(entry, x)| *entry = root * x);
        });
        let count = self.outputs();
        let mut d = DVector::zeros(m + count + usize::from(self.intercept));
        let Some(factor) = products.factor() else { return d };
        let mut y = factor.solve(&residuals.clone().resize_vertically(all, 0.0));
        let by_filters = -filters.tr_mul(&y).component_mul(&of_filters);
        y.resize_vertically_mut(n, 0.0);
        if let Some((unit, _)) = &unit {
            let along = unit.dot(&y);
            y.axpy(-along, unit, 1.0);
        }
        let outputs = self.rows.columns(first, count);
        let by_outputs = -(pulled + outputs.tr_mul(&y).component_mul(inverse));
        if let (Some((unit, length)), Some(along)) = (&unit, &along) {
            let of_outputs = unit.dot(&(outputs * &by_outputs));
            d[m + count] = -(unit.dot(&self.residuals) + along.dot(&by_filters) + of_outputs) / length;
        }
        d.rows_mut(0, m).copy_from(&by_filters);
        d.rows_mut(m, count).copy_from(&by_outputs);
        d
    }

    /// `d·Hd`
    pub(super) fn square(&self, coordinates: &Coordinates, theta: &DVector<f64>, d: &DVector<f64>) -> f64 {
        let along = with_filters(coordinates, theta, d.clone(), 1.0);
        let outputs = along.rows(coordinates.first_output(), self.penalties.len());
        (&self.rows * d).norm_squared() + outputs.component_mul(&outputs).dot(&self.penalties)
    }

    /// The step to the best output weights from column `first` on.
    pub(super) fn projected(&self, first: usize) -> DVector<f64> {
        let of_outputs = self.eliminated.get_or_init(|| self.eliminate(first, 0.0));
        self.solved(first, of_outputs, DMatrix::zeros(self.residuals.len(), 0), &DVector::zeros(0))
    }

    /// The solution of `(H + μD + κ Σŵᵢŵᵢᵀ) d = −g`.
    pub(super) fn step(&self, coordinates: &Coordinates, theta: &DVector<f64>, damping: f64) -> DVector<f64> {
        let Coordinates { patch_dim: p, patches: k, filters, .. } = *coordinates;
        let (n, first) = (self.residuals.len(), coordinates.first_output());
        let mut diagonal = DVector::zeros(first);
        let mut rows = self.rows.columns(0, first).into_owned().resize_vertically(n + filters, 0.0);
        for (i, (at, output)) in coordinates.places().enumerate() {
            let (w, a) = (theta.rows(at, p), theta.rows(output, k));
            let pulled = self.pull.rows(output - first, k).dot(&a);
            let of_filter = at..at + coordinates.of_filter();
            let entry = |t: usize| {
                let of_penalty = if t < at + p { pulled * theta[t] * theta[t] } else { 0.0 };
                self.rows.column(t).norm_squared() + of_penalty
            };
            let scale = (at..at + p).map(entry).fold(0.0, f64::max);
            // Entries on which the data depends little are damped on the scale of the others.
            of_filter.for_each(|t| diagonal[t] = damping * entry(t).max(1e-3 * scale));
            // By `(w, ρ)`: what changes of the filter's length leave to its output weights is taken off.
            let along = self.rows.columns(output, k) * a;
            rows.view_mut((0, at), (n, p)).ger(-1.0, &along, &w, 1.0);
            // The scale that filter and output weights share is fixed, because the loss does not depend on it.
            rows.view_mut((n + i, at), (1, p)).copy_from(&(w.transpose() * scale.sqrt()));
        }
        let step = match coordinates.loss.is_squares() {
            true => {
                let of_outputs = self.eliminated.get_or_init(|| self.eliminate(first, 0.0));
                self.solved(first, of_outputs, rows, &diagonal)
            }
            // Output weights are damped as well.
            false => self.solved(first, &self.eliminate(first, damping), rows, &diagonal),
        };
        with_filters(coordinates, theta, step, -1.0)
    }

    /// `½ g·H⁺g` without the penalty: what the quadratic model gains.
    pub(super) fn gain(&self) -> f64 {
        let none = DVector::zeros(self.rows.ncols());
        let step = solve(self.rows.clone(), none.clone(), &self.residuals, &none, self.intercept);
        -self.rows.tr_mul(&self.residuals).dot(&step) / 2.0
    }

    /// `a·H_aa a` for the output weights from column `output` on.
    pub(super) fn mean_square(&self, output: usize, a: &DVector<f64>) -> f64 {
        (self.rows.columns(output, a.len()) * a).norm_squared()
    }

    /// The smallest loss over the output weights in columns `kept`, from where all of them are zero, with their penalties.
    ///
    /// ```text
    /// min_z ½‖t + A_z z‖² + ½ z·Λz  at  t + A_z z = (I + A_zΛ⁻¹A_zᵀ)⁻¹ t        t = q − A_z z where all are at their places
    /// ```
    pub(super) fn best_of(&self, first: usize, kept: &[usize], z: &DVector<f64>) -> f64 {
        let at_zero = &self.residuals - self.rows.columns(first, z.len()) * z;
        let rows = self.rows.columns(first, z.len()).select_columns(kept);
        let none = DVector::zeros(kept.len());
        let step = solve(rows.clone(), self.penalties.select_rows(kept), &at_zero, &none, self.intercept);
        (at_zero + rows * step).norm_squared() / 2.0
    }

    /// `A T` for a basis `T` of directions of the filters, which leaves everything after them.
    pub(super) fn along(&self, first: usize, basis: &DMatrix<f64>) -> DMatrix<f64> {
        let rest = self.rows.columns(first, self.rows.ncols() - first);
        let mut along =
            (self.rows.columns(0, first) * basis).resize_horizontally(basis.ncols() + rest.ncols(), 0.0);
        along.columns_mut(basis.ncols(), rest.ncols()).copy_from(&rest);
        along
    }
}

/// `da + sign · a ŵ·dw` in place of `da`, for each filter.
fn with_filters(
    coordinates: &Coordinates,
    theta: &DVector<f64>,
    mut d: DVector<f64>,
    sign: f64,
) -> DVector<f64> {
    let Coordinates { patch_dim: p, patches: k, .. } = *coordinates;
    for (at, output) in coordinates.places() {
        let along = theta.rows(at, p).dot(&d.rows(at, p));
        d.rows_mut(output, k).axpy(sign * along, &theta.rows(output, k), 1.0);
    }
    d
}

/// Solves `(BᵀB + D) d = −(Bᵀq + De)` for given `De`, scaled to a unit diagonal; the rank need not be full. An intercept is the last
/// column, and free: what is along it is taken off the others, which is exact where a small entry of `D` would cost digits.
fn solve(
    rows: DMatrix<f64>,
    mut diagonal: DVector<f64>,
    residuals: &DVector<f64>,
    pull: &DVector<f64>,
    intercept: bool,
) -> DVector<f64> {
    let (n, len) = rows.shape();
    if intercept {
        let length = rows.column(len - 1).norm();
        let unit = rows.column(len - 1) / length;
        let mut rest = rows.remove_column(len - 1);
        let (along, of_residuals) = (rest.tr_mul(&unit), unit.dot(residuals));
        rest.ger(-1.0, &unit, &along, 1.0);
        let [diagonal, pull] = [diagonal, pull.clone()].map(|numbers| numbers.remove_row(len - 1));
        let d = solve(rest, diagonal, &(residuals - unit * of_residuals), &pull, false);
        let of_intercept = -(of_residuals + along.dot(&d)) / length;
        return d.push(of_intercept);
    }
    let mut rows = rows;
    let jitter = JITTER * len as f64;
    let mut scales = DVector::zeros(len);
    for (t, mut column) in rows.column_iter_mut().enumerate() {
        let entry = column.norm_squared() + diagonal[t];
        scales[t] = if entry > 0.0 { entry.sqrt().recip() } else { 0.0 };
        diagonal[t] = if entry > 0.0 { diagonal[t] / entry + jitter } else { 1.0 };
        // C = B D^(−1/2)
        column *= scales[t] / diagonal[t].sqrt();
    }
    let e = pull.component_mul(&scales).component_div(&diagonal);
    let roots = diagonal.map(f64::sqrt);
    let mut matrix = &rows * rows.transpose();
    (0..n).for_each(|i| matrix[(i, i)] += 1.0);
    let Some(factor) = Cholesky::new(&matrix) else { return DVector::zeros(len) };
    let y = factor.solve(&(residuals - &rows * e.component_mul(&roots)));
    (-e - rows.tr_mul(&y).component_div(&roots)).component_mul(&scales)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Activation;
    use crate::fit::evaluate::gauss_newton_about;
    use crate::fit::linear::tests::table;
    use crate::fit::{InMemory, Loss, Rows, Values, Windows};

    /// Derivatives, steps and losses are those of the matrices written out, for two filters with bias and intercept.
    #[test]
    fn products_say_what_matrices_do() {
        let (samples, width, p) = (12, 30, 3);
        let k = width / p;
        let losses = [Loss::Squares, Loss::Logistic { low: 0.0, high: 1.0 }];
        for (loss, slope) in losses.into_iter().flat_map(|loss| [(loss, 0.0), (loss, 0.2)]) {
            let mut table = table(samples, width);
            if !loss.is_squares() {
                table.target.iter_mut().for_each(|y| *y = f64::from(*y > 0.3));
            }
            let weights: Vec<f64> = (0..samples).map(|i| (i % 4) as f64).collect();
            let (values, target) = (Values::F64(&table.values), &table.target);
            let rows = Rows { values, stride: width, target, weights: Some(&weights) };
            let windows = Windows::consecutive(width, p).expect("divides");
            let mut source = InMemory::new(rows, windows).expect("valid");
            let coordinates = Coordinates {
                patch_dim: p,
                patches: k,
                filters: 2,
                filter_bias: true,
                intercept: true,
                transform: None,
                linear: None,
                loss,
                activation: Activation::leaky(slope).expect("from 0 to 1"),
            };
            let len = coordinates.len();
            let mut theta = DVector::from_fn(len, |t, _| (3.0 * t as f64).sin() / 10.0);
            coordinates.normalise(&mut theta);
            let few = coordinates.few(&mut source, Selection::All).expect("valid").expect("few samples");
            let mut here = few.quadratic(&coordinates, &theta);
            let networks = [coordinates.network(&theta)];
            let sums = gauss_newton_about(&mut source, &networks, loss, None, Selection::All, &());
            let whole = coordinates.quadratic(sums.expect("valid").remove(0));
            let close = |a: f64, b: f64| (a - b).abs() < 1e-9 * (1.0 + b.abs());
            let all_close = |a: &DVector<f64>, b: &DVector<f64>| a.iter().zip(b).all(|(a, b)| close(*a, *b));
            assert!(close(here.loss, whole.loss) && all_close(&here.gradient, &whole.gradient));
            assert!(all_close(&here.information, &whole.information));

            let (first, outputs) = (coordinates.first_output(), coordinates.outputs());
            let a = theta.rows(first, outputs).into_owned();
            let penalties = DVector::from_fn(outputs, |j, _| 0.1 + 0.01 * j as f64);
            let factor = here.factor.as_mut().expect("few samples");
            factor.penalise(&penalties, &a);
            let mut jacobian = DMatrix::zeros(outputs, len);
            for (i, (at, output)) in coordinates.places().enumerate() {
                let by_filter = theta.rows(output, k) * theta.rows(at, p).transpose();
                jacobian.view_mut((i * k, at), (k, p)).copy_from(&by_filter);
                jacobian.view_mut((i * k, output), (k, k)).fill_with_identity();
            }
            let weighted = DMatrix::from_diagonal(&penalties) * &jacobian;
            let hessian = &whole.hessian + jacobian.transpose() * &weighted;
            let gradient = &whole.gradient + weighted.transpose() * &a;
            let d = DVector::from_fn(len, |t, _| (5.0 * t as f64).cos());
            assert!(close(factor.square(&coordinates, &theta, &d), d.dot(&(&hessian * &d))));

            let rest = len - first;
            let of_rest = hessian.view((first, first), (rest, rest)).into_owned();
            let projected = of_rest.lu().solve(&-gradient.rows(first, rest)).expect("regular");
            let found = factor.projected(first);
            assert!((&found - &projected).norm() < 1e-7 * projected.norm());

            let damping = 0.01;
            let mut matrix = hessian.clone();
            for (at, _) in coordinates.places() {
                let scale = (at..at + p).map(|t| hessian[(t, t)]).fold(0.0, f64::max);
                for t in at..=at + p {
                    matrix[(t, t)] += damping * hessian[(t, t)].max(1e-3 * scale);
                }
                let w = theta.rows(at, p);
                let mut block = matrix.view_mut((at, at), (p, p));
                block += w * w.transpose() * scale;
            }
            let step = factor.step(&coordinates, &theta, damping);
            if loss.is_squares() {
                let expected = matrix.lu().solve(&-&gradient).expect("regular");
                assert!((&step - &expected).norm() < 1e-7 * expected.norm());
                let penalty = jacobian.transpose() * &weighted;
                for left_out in [None, Some(0), Some(1)] {
                    let of_matrix = coordinates.best_without(&whole, &penalty, &theta, left_out);
                    let of_product = coordinates.best_without(&here, &penalty, &theta, left_out);
                    assert!(close(of_product, of_matrix), "{of_product} against {of_matrix}");
                }
                let squares = coordinates.mean_squares(&theta, &whole);
                let of_product = coordinates.mean_squares(&theta, &here);
                assert!(of_product.iter().zip(&squares).all(|(a, b)| close(*a, *b)));
            } else {
                // Output weights are damped by the other coordinates: the step is another one, and goes down as well.
                assert!(gradient.dot(&step) < 0.0);
            }
        }
    }
}
