//! The linear model beside the network: ridge regression, with a penalty from leave-one-out errors.
//!
//! ```text
//! β = argmin  Σω (y − ȳ − β·x)²/Σω + λ‖β‖²        x with mean 0 and variance 1
//! PRESS(λ) = Σω (eᵢ/(1 − hᵢ))²,   eᵢ = yᵢ − ȳ − β·xᵢ,   hᵢ = (ωᵢ/Σω)(1 + Σₘ zᵢₘ²/(λₘ + λ)),   zᵢ = Qᵀxᵢ
//! ```
//!
//! With `R = QΛQᵀ` the correlation matrix, `λₘ` its eigenvalues and `q = Qᵀ cov(x, y)`, `β = Q (Λ + λ)⁻¹ q`: one
//! eigendecomposition serves all penalties. `eᵢ/(1 − hᵢ)` is the error at sample `i` of the model that is fitted to all others;
//! no model is fitted again. Generalised cross-validation replaces all `hᵢ` by their mean, and fails where there are more columns than
//! samples. With many samples a subsample is used.
//!
//! Where there are fewer samples than columns, the directions come from the products of samples, with the same `Λ`:
//!
//! ```text
//! X̃ᵢ = √(ωᵢ/Σω) xᵢ,   X̃X̃ᵀ = VΛVᵀ,   Q = X̃ᵀVΛ^(−1/2)
//! ```
//!
//! # Source
//! Allen, "The relationship between variable selection and data augmentation and a method for prediction", Technometrics 16
//! (1974).

use nalgebra::{DMatrix, DVector};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::network::Network;
use super::samples::Samples;
use super::split::Selection;
use super::subsample::Subsample;
use super::survey::{Joint, Survey, WIDEST};
use crate::monitor::CancelOnly;
use crate::{Error, Monitor};

/// A linear model `c + β·x` of the numbers of a row.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LinearModel {
    /// `β`, in the order of the columns, `[width]`, for numbers that are not standardised.
    pub coefficients: Vec<f64>,
    /// `c`.
    pub intercept: f64,
    /// `λ`.
    pub penalty: f64,
    /// Whether `λ` is the largest that was tried; then no linear model predicts better than the mean.
    pub at_largest_penalty: bool,
    /// Effective number of parameters, intercept included.
    pub degrees_of_freedom: f64,
}

/// `log₁₀ λ` in quarters, of the penalties tried.
const PENALTIES: std::ops::RangeInclusive<i32> = -32..=16;
/// Samples whose errors are added first, so that the sum does not depend on threads.
const TOGETHER: usize = 256;

/// The numbers of a row with mean 0 and variance 1, along their principal directions.
///
/// ```text
/// z = Qᵀx = (DQ)ᵀ(row − μ)        D = diag(1/σ)
/// ```
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Rotation {
    /// `μ`
    mean: DVector<f64>,
    /// `1/σ` of each number; zero where it is constant.
    scales: DVector<f64>,
    /// `(DQ)ᵀ`, its rows those with `λₘ > 0`, `[directions, width]`
    matrix: DMatrix<f64>,
}

/// The inputs of linear models, `z`, and what their samples say about them.
#[derive(Debug)]
pub(super) struct Principal {
    pub(super) rotation: Rotation,
    /// `λₘ`
    variances: DVector<f64>,
    /// `q = Qᵀ cov(x, y)`
    with_target: DVector<f64>,
}

/// A direction whose variance is below this share of the largest is a rounding error.
const SMALLEST_VARIANCE: f64 = 1e-13;
/// Largest number of values of samples from whose products the directions come (256 MB).
const MOST_VALUES: u64 = 1 << 25;

impl Principal {
    /// The inputs from the moments of the data, or from the products of all samples where these are fewer; and the samples that models are
    /// fitted to. `None` if rows are too wide and samples too many.
    ///
    /// # Errors
    /// If the monitor cancels.
    pub(super) fn of(
        survey: &Survey,
        source: &mut Samples<'_>,
        selection: Selection<'_>,
        monitor: &dyn Monitor,
    ) -> Result<Option<(Self, Subsample)>, Error> {
        let (samples, width) = (survey.samples, source.windows().width() as u64);
        let by_samples =
            samples < width && samples <= WIDEST as u64 && samples.saturating_mul(width) <= MOST_VALUES;
        let stride = if by_samples { 1 } else { Subsample::stride(samples, source.windows().width()) };
        let mut some = || Subsample::every(stride, source, selection, &CancelOnly(monitor));
        Ok(match &survey.joint {
            _ if by_samples => {
                let some = some()?;
                Some((Self::of_samples(survey, &some), some))
            }
            Some(joint) => Some((Self::of_columns(joint), some()?)),
            None => None,
        })
    }

    /// From the correlations of columns.
    fn of_columns(joint: &Joint) -> Self {
        let scales = joint.scales();
        let d = scales.len();
        let (variances, directions) = positive_part(joint.correlation(&scales));
        let with_target = DVector::from_fn(d, |i, _| joint.covariance[(i, d)] * scales[i]);
        Self {
            with_target: directions.tr_mul(&with_target),
            rotation: Rotation::new(joint.mean.rows(0, d).into_owned(), scales, &directions),
            variances,
        }
    }

    /// From the products of all samples.
    fn of_samples(survey: &Survey, all: &Subsample) -> Self {
        let (mean, scales) = (survey.columns.mean.clone(), survey.columns.scales.clone());
        let (d, n) = (scales.len(), all.target().len());
        let roots: Vec<f64> = all.weights().iter().map(|weight| (weight / survey.weight).sqrt()).collect();
        // X̃ᵀ, [width, samples]
        let rows = all.rows();
        let scaled = DMatrix::from_fn(d, n, |t, i| roots[i] * (rows[i * d + t] - mean[t]) * scales[t]);
        let (variances, vectors) = positive_part(scaled.transpose() * &scaled);
        let lengths = variances.map(f64::sqrt);
        let unit = DMatrix::from_fn(n, lengths.len(), |i, m| vectors[(i, m)] / lengths[m]);
        let target = DVector::from_fn(n, |i, _| roots[i] * (all.target()[i] - survey.target_mean));
        Self {
            with_target: vectors.tr_mul(&target).component_mul(&lengths),
            rotation: Rotation::new(mean, scales, &(scaled * unit)),
            variances,
        }
    }

    /// Number `m` of directions with variance.
    pub(super) fn directions(&self) -> usize {
        self.rotation.directions()
    }

    /// `z` of a subsample, `[directions, samples]`.
    ///
    /// # Errors
    /// If the monitor cancels.
    pub(super) fn rotated_samples(
        &self,
        some: &Subsample,
        monitor: &dyn Monitor,
    ) -> Result<DMatrix<f64>, Error> {
        let of_part = |part: &[f64]| {
            monitor.check()?;
            Ok(self.rotation.of_rows(part.chunks(some.width()).map(|row| row.iter().copied())))
        };
        let parts: Vec<DMatrix<f64>> =
            some.rows().par_chunks(TOGETHER * some.width()).map(of_part).collect::<Result<_, Error>>()?;
        let values = parts.iter().flat_map(|part| part.iter().copied());
        Ok(DMatrix::from_iterator(self.directions(), some.target().len(), values))
    }

    /// The linear model with the smallest sum of squared leave-one-out errors over the given samples.
    ///
    /// # Errors
    /// If the monitor cancels.
    pub(super) fn linear_model(
        &self,
        some: &Subsample,
        survey: &Survey,
        monitor: &dyn Monitor,
    ) -> Result<LinearModel, Error> {
        let penalties: Vec<f64> = PENALTIES.map(|quarter| 10_f64.powf(f64::from(quarter) / 4.0)).collect();
        let rotated = self.rotated_samples(some, monitor)?;
        let (target, weights) = (some.target(), some.weights());
        // `1/(Λ + λ)` of each penalty: divisions would take most of the time.
        let inverses: Vec<DVector<f64>> = penalties
            .iter()
            .map(|penalty| self.variances.map(|variance| (variance + penalty).recip()))
            .collect();
        let errors = |first: usize| {
            monitor.check()?;
            let mut sums = vec![0.0; penalties.len()];
            for i in first..(first + TOGETHER).min(target.len()) {
                let share = weights[i] / survey.weight;
                for (sum, inverse) in sums.iter_mut().zip(&inverses) {
                    let (mut value, mut leverage) = (0.0, 1.0);
                    for ((z, inverse), q) in
                        rotated.column(i).iter().zip(inverse.iter()).zip(self.with_target.iter())
                    {
                        value += z * q * inverse;
                        leverage += z * z * inverse;
                    }
                    let left = (1.0 - share * leverage).max(f64::EPSILON);
                    *sum += weights[i] * ((target[i] - survey.target_mean - value) / left).powi(2);
                }
            }
            Ok(sums)
        };
        let firsts: Vec<usize> = (0..target.len()).step_by(TOGETHER).collect();
        let parts: Vec<Vec<f64>> = firsts.into_par_iter().map(errors).collect::<Result<_, Error>>()?;
        let press = parts.into_iter().fold(vec![0.0; penalties.len()], |mut sum, part| {
            sum.iter_mut().zip(part).for_each(|(sum, part)| *sum += part);
            sum
        });
        let best = (0..penalties.len()).min_by(|&i, &j| press[i].total_cmp(&press[j])).unwrap_or(0);
        let penalty = penalties[best];
        let (coefficients, shift) = self
            .rotation
            .unrotated(&self.with_target.zip_map(&self.variances, |q, variance| q / (variance + penalty)));
        Ok(LinearModel {
            coefficients,
            intercept: survey.target_mean + shift,
            penalty,
            at_largest_penalty: best + 1 == penalties.len(),
            degrees_of_freedom: 1.0
                + self.variances.iter().map(|variance| variance / (variance + penalty)).sum::<f64>(),
        })
    }
}

impl Rotation {
    fn new(mean: DVector<f64>, scales: DVector<f64>, directions: &DMatrix<f64>) -> Self {
        let matrix =
            DMatrix::from_fn(directions.ncols(), directions.nrows(), |m, i| directions[(i, m)] * scales[i]);
        Self { mean, scales, matrix }
    }

    /// Number `m` of directions.
    pub(super) fn directions(&self) -> usize {
        self.matrix.nrows()
    }

    /// Numbers of a row.
    pub(super) fn width(&self) -> usize {
        self.matrix.ncols()
    }

    /// `z` of some rows, `[directions, rows]`.
    pub(super) fn of_rows(&self, rows: impl Iterator<Item = impl Iterator<Item = f64>>) -> DMatrix<f64> {
        let centred = centred(rows, self.mean.as_slice());
        &self.matrix * DMatrix::from_vec(self.width(), centred.len() / self.width(), centred)
    }

    /// `β` for numbers that are not standardised, and its contribution to the intercept, from coefficients `γ` of the directions.
    pub(super) fn unrotated(&self, coefficients: &DVector<f64>) -> (Vec<f64>, f64) {
        let plain = self.matrix.tr_mul(coefficients);
        let shift = -plain.dot(&self.mean);
        (plain.as_slice().to_vec(), shift)
    }

    /// The other way: `γ` for `β`, and its contribution to the intercept. What of `β` has no effect on the samples is left out.
    fn of_coefficients(&self, plain: &[f64]) -> (Vec<f64>, f64) {
        let plain = DVector::from_column_slice(plain);
        let standardised =
            plain.zip_map(&self.scales, |b, scale| if scale > 0.0 { b / scale.powi(2) } else { 0.0 });
        ((&self.matrix * standardised).as_slice().to_vec(), plain.dot(&self.mean))
    }

    /// `γ` and `c` for `β` and `c − β·μ`, class by class.
    pub(super) fn of_classes(&self, plain: &[f64], constants: &[f64]) -> (Vec<f64>, Vec<f64>) {
        let of_class = plain.chunks_exact(self.width()).map(|beta| self.of_coefficients(beta));
        let (gamma, shifts): (Vec<_>, Vec<_>) = of_class.unzip();
        (gamma.concat(), constants.iter().zip(shifts).map(|(constant, shift)| constant + shift).collect())
    }

    /// `γ` and `c` of a network; without a linear part `γ` is zero.
    pub(super) fn of_network(&self, network: &Network) -> (Vec<f64>, Vec<f64>) {
        let constants = network.all_intercepts();
        match network.linear_part.is_empty() {
            true => (vec![0.0; constants.len() * self.directions()], constants),
            false => self.of_classes(&network.linear_part, &constants),
        }
    }
}

/// `x − μ` of some rows, one after another.
pub(super) fn centred(rows: impl Iterator<Item = impl Iterator<Item = f64>>, mean: &[f64]) -> Vec<f64> {
    let mut centred = Vec::new();
    rows.for_each(|row| centred.extend(row.zip(mean).map(|(x, mean)| x - mean)));
    centred
}

/// The eigenvalues of a positive semidefinite matrix that are no rounding errors, and their eigenvectors.
fn positive_part(matrix: DMatrix<f64>) -> (DVector<f64>, DMatrix<f64>) {
    let eigen = matrix.symmetric_eigen();
    let cut = SMALLEST_VARIANCE * eigen.eigenvalues.max();
    let kept: Vec<usize> = (0..eigen.eigenvalues.len()).filter(|&i| eigen.eigenvalues[i] > cut).collect();
    (eigen.eigenvalues.select_rows(&kept), eigen.eigenvectors.select_columns(&kept))
}

impl LinearModel {
    /// `c + β·x` for the numbers of a row.
    pub fn value(&self, row: &[f64]) -> f64 {
        self.intercept + self.coefficients.iter().zip(row).map(|(b, x)| b * x).sum::<f64>()
    }
}

#[cfg(test)]
pub(super) mod tests {
    use rand_distr::{Distribution, StandardNormal};

    use super::*;
    use crate::fit::survey::survey;
    use crate::fit::{InMemory, Rows, Selection, Values, Windows};
    use crate::numerics::random::stream;

    pub(in crate::fit) struct Table {
        pub(in crate::fit) values: Vec<f64>,
        pub(in crate::fit) target: Vec<f64>,
        windows: Windows,
    }

    impl Table {
        pub(in crate::fit) fn source(&self) -> InMemory<'_> {
            InMemory::new(self.rows(), self.windows.clone()).expect("valid")
        }

        fn rows(&self) -> Rows<'_> {
            Rows {
                values: Values::F64(&self.values),
                stride: self.windows.width(),
                target: &self.target,
                weights: None,
            }
        }
    }

    /// Correlated columns, and a target that goes with the first of them.
    pub(in crate::fit) fn table(samples: usize, width: usize) -> Table {
        let mut random = stream(4, 9, 0);
        let mut normal = || -> f64 { StandardNormal.sample(&mut random) };
        let (mut values, mut target) = (Vec::new(), Vec::new());
        for _ in 0..samples {
            let common = normal();
            let row: Vec<f64> = (0..width).map(|i| common + normal() * (1.0 + i as f64) + 3.0).collect();
            target.push(row[0] - 3.0 + 0.5 * normal());
            values.extend(row);
        }
        Table { values, target, windows: Windows::consecutive(width, 1).expect("divides") }
    }

    /// Directions from the products of samples are those from the correlations of columns: with weights, a constant column, and fewer or
    /// more samples than columns.
    #[test]
    fn products_of_samples_say_what_correlations_do() {
        for (samples, width) in [(60, 20), (40, 70)] {
            let mut table = table(samples, width);
            table.values.chunks_mut(width).for_each(|row| row[2] = 0.1);
            let weights: Vec<f64> = (0..samples).map(|i| 0.5 + (i % 4) as f64).collect();
            let rows = Rows { weights: Some(&weights), ..table.rows() };
            let mut source = InMemory::new(rows, table.windows.clone()).expect("valid");
            let survey = survey(&mut source, Selection::All, &()).expect("valid");
            let some = Subsample::every(1, &mut source, Selection::All, &()).expect("valid");
            let of_samples = Principal::of_samples(&survey, &some);
            let of_columns = Principal::of_columns(survey.joint.as_ref().expect("narrow"));
            let [one, other] = [of_samples, of_columns]
                .map(|principal| principal.linear_model(&some, &survey, &()).expect("not cancelled"));
            assert_eq!(one.penalty, other.penalty);
            let size = other.coefficients.iter().fold(0.0_f64, |size, b| size.max(b.abs()));
            let close = |a: &f64, b: &f64| (a - b).abs() < 1e-10 * size;
            assert!(one.coefficients.iter().zip(&other.coefficients).all(|(a, b)| close(a, b)));
            assert!((one.intercept - other.intercept).abs() < 1e-10);
            assert!((one.degrees_of_freedom - other.degrees_of_freedom).abs() < 1e-10);
            assert_eq!(one.coefficients[2], 0.0);
        }
    }

    /// Rows too wide for correlations have a linear model from the products of samples, which predicts what it was fitted to.
    #[test]
    fn rows_may_be_wider_than_correlations() {
        let table = table(30, WIDEST + 100);
        let mut source = table.source();
        let survey = survey(&mut source, Selection::All, &()).expect("valid");
        assert!(survey.joint.is_none());
        let (principal, some) =
            Principal::of(&survey, &mut source, Selection::All, &()).expect("valid").expect("few samples");
        assert_eq!(principal.directions(), 29);
        let linear = principal.linear_model(&some, &survey, &()).expect("not cancelled");
        // With the penalty `λ` the gradient is zero: each coefficient is a sum over samples.
        let residuals: Vec<f64> = table
            .values
            .chunks(WIDEST + 100)
            .zip(&table.target)
            .map(|(row, y)| y - linear.value(row))
            .collect();
        for (j, b) in linear.coefficients.iter().enumerate().step_by(100) {
            let (mean, scale) = (survey.columns.mean[j], survey.columns.scales[j]);
            let along = |(row, r): (&[f64], &f64)| (row[j] - mean) * scale * r;
            let slope: f64 = table.values.chunks(WIDEST + 100).zip(&residuals).map(along).sum();
            assert!((slope / 30.0 - linear.penalty * b / scale).abs() < 1e-10, "{j}");
        }
    }

    /// Each sample left out in turn and the rest solved anew, on the scale of all: the penalty is the best on the grid, with more
    /// rows than columns and with fewer.
    #[test]
    fn the_penalty_is_the_best_for_samples_left_out() {
        for (samples, width) in [(40, 3), (15, 25)] {
            let table = table(samples, width);
            let mut source = table.source();
            let survey = survey(&mut source, Selection::All, &()).expect("valid");
            let (principal, some) =
                Principal::of(&survey, &mut source, Selection::All, &()).expect("valid").expect("narrow");
            let linear = principal.linear_model(&some, &survey, &()).expect("not cancelled");
            let z = principal.rotated_samples(&some, &()).expect("not cancelled");
            let n = samples as f64;
            let left_out = |penalty: f64| -> f64 {
                (0..samples)
                    .map(|out| {
                        let kept: Vec<usize> = (0..samples).filter(|&i| i != out).collect();
                        let (z_kept, m) = (z.select_columns(&kept), z.nrows());
                        // The intercept is free, and the sums are over n: one sample has no weight.
                        let centre = z_kept.column_mean();
                        let y_mean = kept.iter().map(|&i| table.target[i]).sum::<f64>() / (n - 1.0);
                        let mut matrix = DMatrix::identity(m, m) * penalty;
                        let mut right = DVector::zeros(m);
                        for &i in &kept {
                            let x = z.column(i) - &centre;
                            matrix += &x * x.transpose() / n;
                            right += &x * ((table.target[i] - y_mean) / n);
                        }
                        let beta = matrix.lu().solve(&right).expect("regular");
                        (table.target[out] - y_mean - beta.dot(&(z.column(out) - centre))).powi(2)
                    })
                    .sum()
            };
            let grid = PENALTIES.map(|quarter| 10_f64.powf(f64::from(quarter) / 4.0));
            let lowest = grid.map(left_out).fold(f64::INFINITY, f64::min);
            let found = left_out(linear.penalty);
            // With more columns than rows `1 − h` is of the size of the penalty, 3e-8 here, and has half of its digits.
            assert!(found <= lowest * (1.0 + 1e-6), "{samples}×{width}: {found} above {lowest}");
        }
    }
}
