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

use fearless_simd::{Level, Simd, dispatch};
use nalgebra::{Cholesky, DMatrix, DMatrixViewMut, DVector};

use super::coordinates::{Coordinates, Quadratic};
use super::kernels::one::{self, dots, patch_sum};
use super::kernels::{Element, PADDING};
use super::network::Filter;
use super::pass::{block_samples, pass_over};
use super::samples::Samples;
use super::split::Selection;
use super::windows::Windows;
use crate::Error;

/// Largest number of values in the patches of all samples, which are kept (256 MB).
const MOST_VALUES: u64 = 1 << 25;

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
    /// Loss and derivatives at `θ`, without the penalty.
    pub(super) fn quadratic(&self, coordinates: &Coordinates, theta: &DVector<f64>) -> Quadratic {
        let Coordinates { patch_dim: p, patches: k, .. } = *coordinates;
        let (n, len, of_filter) = (self.target.len(), coordinates.len(), coordinates.of_filter());
        let network = coordinates.network(theta);
        let first = coordinates.first_output();
        let mut rows = DMatrix::zeros(n, len);
        // By `(u, b)` of each filter.
        let mut by_filter = vec![DMatrix::zeros(n, p + 1); coordinates.filters];
        let mut residuals = DVector::zeros(n);
        let mut information = DVector::zeros(coordinates.outputs());
        let (mut loss, mut scales) = (0.0, DVector::zeros(n));
        let mut values = vec![network.intercept; n];
        let level = Level::new();
        for ((filter, by_filter), (_, output)) in
            network.filters.iter().zip(&mut by_filter).zip(coordinates.places())
        {
            let mut outputs = rows.columns_mut(output, k);
            dispatch!(level, simd => self.add(simd, filter, &mut values, by_filter, &mut outputs));
            for (sum, output) in information.rows_mut(output - first, k).iter_mut().zip(outputs.column_iter())
            {
                *sum = output.iter().zip(&self.shares).map(|(active, share)| share * active * active).sum();
            }
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
            }),
        }
    }
}

impl FewSamples {
    /// Adds what one filter contributes to the values of the samples, its derivatives by `(u, b)` and by output weights, `σ(u·Z + b)`.
    #[inline(always)]
    fn add<S: Simd>(
        &self,
        simd: S,
        filter: &Filter,
        values: &mut [f64],
        by_filter: &mut DMatrix<f64>,
        outputs: &mut DMatrixViewMut<'_, f64>,
    ) {
        let (p, k) = (filter.weights.len(), filter.output_weights.len());
        let (weights, mut products) = (one::Filter::new(&filter.weights), vec![0.0; k + f64::CHUNK]);
        let (mut slopes, mut sum) = (vec![0.0; k], vec![0.0; p.next_multiple_of(f64::CHUNK)]);
        for (i, value) in values.iter_mut().enumerate() {
            // Both while the sample is in cache.
            let patches = &self.patches[i * k * p..];
            dots(simd, patches, p, &weights, [filter.bias, 0.0], &mut products);
            for (j, (&dot, &a)) in products.iter().zip(&filter.output_weights).enumerate() {
                slopes[j] = if dot > 0.0 { a } else { 0.0 };
                outputs[(i, j)] = dot.max(0.0);
                *value += slopes[j] * dot;
            }
            patch_sum(simd, patches, p, &slopes, &mut sum);
            by_filter.row_mut(i).iter_mut().zip(&sum[..p]).for_each(|(entry, sum)| *entry = *sum);
            by_filter[(i, p)] = slopes.iter().sum();
        }
    }
}

impl Factor {
    /// Adds the penalties `Λ` on output weights `a`.
    pub(super) fn penalise(&mut self, penalties: &DVector<f64>, a: &DVector<f64>) {
        self.penalties.rows_mut(0, a.len()).copy_from(penalties);
        self.pull.rows_mut(0, a.len()).copy_from(&penalties.component_mul(a));
    }

    /// `d·Hd`
    pub(super) fn square(&self, coordinates: &Coordinates, theta: &DVector<f64>, d: &DVector<f64>) -> f64 {
        let along = with_filters(coordinates, theta, d.clone(), 1.0);
        let outputs = along.rows(coordinates.first_output(), self.penalties.len());
        (&self.rows * d).norm_squared() + outputs.component_mul(&outputs).dot(&self.penalties)
    }

    /// The step to the best output weights from column `first` on.
    pub(super) fn projected(&self, first: usize) -> DVector<f64> {
        let rows = self.rows.columns(first, self.penalties.len()).into_owned();
        solve(rows, self.penalties.clone(), &self.residuals, &self.pull, self.intercept)
    }

    /// The solution of `(H + μD + κ Σŵᵢŵᵢᵀ) d = −g`.
    pub(super) fn step(&self, coordinates: &Coordinates, theta: &DVector<f64>, damping: f64) -> DVector<f64> {
        let Coordinates { patch_dim: p, patches: k, filters, .. } = *coordinates;
        let (n, len, first) = (self.residuals.len(), coordinates.len(), coordinates.first_output());
        let mut diagonal = DVector::zeros(len);
        diagonal.rows_mut(first, len - first).copy_from(&self.penalties);
        let mut rows = self.rows.clone().resize_vertically(n + filters, 0.0);
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
        if !coordinates.loss.is_squares() {
            for t in first..first + coordinates.outputs() {
                diagonal[t] += damping * (self.rows.column(t).norm_squared() + diagonal[t]);
            }
        }
        let residuals = self.residuals.clone().resize_vertically(n + filters, 0.0);
        let mut pull = DVector::zeros(len);
        pull.rows_mut(first, len - first).copy_from(&self.pull);
        with_filters(coordinates, theta, solve(rows, diagonal, &residuals, &pull, self.intercept), -1.0)
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
    // As small as in the factorisation of the whole matrix.
    let jitter = 1e-14 * len as f64;
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
    let Some(factor) = Cholesky::new(matrix) else { return DVector::zeros(len) };
    let y = factor.solve(&(residuals - &rows * e.component_mul(&roots)));
    (-e - rows.tr_mul(&y).component_div(&roots)).component_mul(&scales)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fit::evaluate::gauss_newton_about;
    use crate::fit::linear::tests::table;
    use crate::fit::{InMemory, Loss, Rows, Values, Windows};

    /// Derivatives, steps and losses are those of the matrices written out, for two filters with bias and intercept.
    #[test]
    fn products_say_what_matrices_do() {
        let (samples, width, p) = (12, 30, 3);
        let k = width / p;
        for loss in [Loss::Squares, Loss::Logistic { low: 0.0, high: 1.0 }] {
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
