//! Logistic regression beside the network, for a target of classes: penalised, by Newton's method.
//!
//! ```text
//! two classes      L(c, γ) = Σω log(1 + e^{−tη})/Σω + ½λ‖γ‖²        η = c + γ·z,   t = ±1,   z = Qᵀx the principal directions
//! several          L(c, γ) = −Σω log π_y/Σω + ½λΣ_v‖γ_v‖²           π_v = e^{η_v}/Σ_b e^{η_b},   η_v = c_v + γ_v·z
//!
//! gradient         Σω s (1, z)/Σω + λ(0, γ)                         s = π − 1[t = 1], of several classes s_v = π_v − 1[y = v]
//! Hessian          Σω W ⊗ (1, z)(1, z)ᵀ/Σω + λ diag(0, 1)           W = π(1 − π), of several classes diag π − ππᵀ
//! ```
//!
//! Of several classes all `c_v` are fixed up to a common number; their sum is zero, and the penalty makes the sum of the `γ_v` zero.
//!
//! `λ` has the smallest leave-one-out loss. No model is fitted again: leaving out sample `i` changes its `η` approximately by one
//! Newton step, to
//!
//! ```text
//! ηᵢ + S (1 − W S)⁻¹ sᵢ,        S_vv' = (ωᵢ/Σω)(1, zᵢ)·(H⁻¹)_vv' (1, zᵢ)
//! ```
//!
//! # Source
//! Rad and Maleki, "A scalable estimate of the out-of-sample prediction error via approximate leave-one-out
//! cross-validation", Journal of the Royal Statistical Society B 82 (2020).

use std::ops::Range;

use fearless_simd::{Level, dispatch};
use nalgebra::{Cholesky, DMatrix, DVector, DVectorView, Dyn};
use rayon::prelude::*;

use super::kernels::multinomial::Curvature;
use super::linear::{LinearModel, Principal};
use super::loss::{Loss, class_of, logistic, softmax, softplus};
use super::subsample::Subsample;
use crate::{Error, Monitor};

/// Largest number of directions for two classes, and twice the largest number of coefficients of several. Their Hessian is formed and
/// solved in every step.
const MOST_DIRECTIONS: usize = 512;
/// `log₁₀ λ`, from the largest down. With the largest there is no slope left, even of ten thousand columns that go together.
const DECADES: std::ops::RangeInclusive<i32> = -6..=4;
/// Of several classes no smaller `λ` is tried after so many in a row that are no better, counted from `λ = 1` on: above, losses
/// differ by little more than noise.
const PATIENCE: usize = 2;
/// Largest number of Newton steps for a penalty. From the solution for the previous penalty, four or five are enough.
const MOST_STEPS: usize = 30;
/// The step that would lower the loss, penalty included, by less than this share of it is the last. Where classes are separated,
/// the loss is as small as `λ`, and the slopes of samples must be right to a few digits nevertheless: leaving out multiplies them
/// by `1/λ`.
const TOLERANCE: f64 = 1e-9;
/// Samples that are added first, so that the sum does not depend on threads; and the largest number of such parts for several classes,
/// whose Hessian is large.
const TOGETHER: usize = 128;
const MOST_PARTS: usize = 8;

/// Samples along their principal directions, with the constant 1 as their first number.
struct Samples {
    /// `[directions + 1, samples]`
    z: DMatrix<f64>,
    /// The class of each sample: 0 or 1 of two, with one `η`, which is that of class 1; or any of several, each of which has one.
    classes: Vec<usize>,
    /// Number of `η`.
    values: usize,
    /// `ωᵢ/Σω`
    shares: Vec<f64>,
}

/// The loss at a point, with its derivatives.
struct Here {
    loss: f64,
    gradient: DVector<f64>,
    hessian: DMatrix<f64>,
}

/// Which classes there are.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Classes {
    /// Two, of which the higher has this label.
    Two { high: f64 },
    /// So many, with the labels 0, 1, ….
    Several(usize),
}

impl Classes {
    /// Those of a loss.
    pub(super) fn of(loss: Loss) -> Option<Self> {
        match loss {
            Loss::Squares => None,
            Loss::Logistic { high, .. } => Some(Self::Two { high }),
            Loss::Multinomial { classes } => Some(Self::Several(classes)),
        }
    }

    /// Largest number of directions.
    pub(super) fn most_directions(self) -> usize {
        match self {
            Self::Two { .. } => MOST_DIRECTIONS,
            Self::Several(count) => (2 * MOST_DIRECTIONS / count).saturating_sub(1),
        }
    }
}

/// `η` as a linear model of the numbers of a row: one for two classes, that of the higher, or one for each of several. `None` if there
/// are too many directions, or if all samples have the same class.
///
/// # Errors
/// If the monitor cancels.
pub(super) fn logistic_model(
    principal: &Principal,
    some: &Subsample,
    classes: Classes,
    monitor: &dyn Monitor,
) -> Result<Option<Vec<LinearModel>>, Error> {
    let m = principal.directions();
    let weight: f64 = some.weights().iter().sum();
    let values = match classes {
        Classes::Two { .. } => 1,
        Classes::Several(count) => count,
    };
    let class = |&y: &f64| match classes {
        Classes::Two { high } => usize::from(y >= high),
        Classes::Several(_) => class_of(y),
    };
    let of_samples: Vec<usize> = some.target().iter().map(class).collect();
    if m > classes.most_directions() || of_samples.iter().all(|class| *class == of_samples[0]) {
        return Ok(None);
    }
    let z = principal.rotated_samples(some, monitor)?.insert_row(0, 1.0);
    let shares = some.weights().iter().map(|w| w / weight).collect();
    let samples = Samples { z, classes: of_samples, values, shares };
    let mut theta = samples.constants();
    let (mut best, mut worse): (Option<(f64, Vec<LinearModel>)>, _) = (None, 0);
    for decade in DECADES.rev() {
        let penalty = 10_f64.powi(decade);
        let Some(factor) = samples.minimise(&mut theta, penalty, monitor)? else { break };
        let inverse = factor.inverse();
        let loss = samples.loss_left_out(&theta, &inverse);
        if best.as_ref().is_some_and(|(lowest, _)| loss >= *lowest) {
            worse += usize::from(decade <= 0);
            if values > 1 && worse == PATIENCE {
                break;
            }
            continue;
        }
        worse = 0;
        // tr H⁻¹(H − λ diag(0, 1)), for each η
        let shrunk = |at: usize| inverse.diagonal().rows(at * (m + 1) + 1, m).sum();
        let models = (0..values)
            .map(|at| {
                let theta = theta.rows(at * (m + 1), m + 1);
                let (coefficients, shift) = principal.rotation.unrotated(&theta.rows(1, m).into_owned());
                LinearModel {
                    coefficients,
                    intercept: theta[0] + shift,
                    penalty,
                    at_largest_penalty: decade == *DECADES.end(),
                    degrees_of_freedom: (m + 1) as f64 - penalty * shrunk(at),
                }
            })
            .collect();
        best = Some((loss, models));
    }
    Ok(best.map(|(_, models)| models))
}

impl Samples {
    /// The shares of the classes, as the best `c` where `γ = 0`.
    fn constants(&self) -> DVector<f64> {
        let mut theta = DVector::zeros(self.values * self.z.nrows());
        let share = |class: usize| -> f64 {
            let of_class = self.classes.iter().zip(&self.shares).filter(|(found, _)| **found == class);
            of_class.map(|(_, share)| share).sum()
        };
        if self.values == 1 {
            theta[0] = (share(1) / share(0)).ln();
            return theta;
        }
        let present: Vec<usize> = (0..self.values).filter(|class| share(*class) > 0.0).collect();
        let mean = present.iter().map(|class| share(*class).ln()).sum::<f64>() / present.len() as f64;
        present.into_iter().for_each(|class| theta[class * self.z.nrows()] = share(class).ln() - mean);
        theta
    }

    /// Moves `theta` to the minimum by damped Newton steps, and returns the Cholesky factor of the Hessian there.
    fn minimise(
        &self,
        theta: &mut DVector<f64>,
        penalty: f64,
        monitor: &dyn Monitor,
    ) -> Result<Option<Cholesky<f64, Dyn>>, Error> {
        let mut here = self.at(theta, penalty);
        for _ in 0..MOST_STEPS {
            monitor.check()?;
            let Some(factor) = Cholesky::new(here.hessian.clone()) else { return Ok(None) };
            let step = -factor.solve(&here.gradient);
            let slope = here.gradient.dot(&step);
            if -slope < TOLERANCE * here.loss {
                *theta += step;
                return Ok(Some(factor));
            }
            // The loss is convex, so a fraction of the step lowers it.
            let mut length = 1.0;
            loop {
                let there = &*theta + &step * length;
                let next = self.at(&there, penalty);
                if next.loss <= here.loss + 1e-4 * length * slope || length < 1e-6 {
                    (*theta, here) = (there, next);
                    break;
                }
                length /= 2.0;
            }
        }
        Ok(Cholesky::new(here.hessian))
    }

    /// Loss, slopes `[values]` and curvature `[values, values]` of a sample by its `η`.
    fn of_sample(&self, i: usize, eta: &mut [f64], curvature: &mut [f64]) -> f64 {
        let class = self.classes[i];
        if self.values == 1 {
            let high = class as f64;
            let (probability, loss) = (logistic(eta[0]), softplus(eta[0]) - high * eta[0]);
            (eta[0], curvature[0]) = (probability - high, probability * (1.0 - probability));
            return loss;
        }
        let loss = softmax(eta, class);
        for (at, entry) in curvature.iter_mut().enumerate() {
            let (row, column) = (at / self.values, at % self.values);
            *entry = eta[row] * (f64::from(row == column) - eta[column]);
        }
        eta[class] -= 1.0;
        loss
    }

    /// `η` of a sample, `[values]`.
    fn eta(&self, z: &DVectorView<'_, f64>, theta: &DVector<f64>) -> Vec<f64> {
        let width = self.z.nrows();
        (0..self.values).map(|value| z.dot(&theta.rows(value * width, width))).collect()
    }

    /// Loss, gradient and the lower triangle of its second derivative over some samples, of one `η`.
    fn sums_of_one(&self, samples: Range<usize>, theta: &DVector<f64>) -> (f64, Vec<f64>, Vec<f64>) {
        let n = theta.len();
        let (mut loss, mut gradient, mut hessian) = (0.0, vec![0.0; n], vec![0.0; n * n]);
        for i in samples {
            let (z, share) = (self.z.column(i), self.shares[i]);
            let (mut slope, mut curvature) = ([z.dot(theta)], [0.0]);
            loss += share * self.of_sample(i, &mut slope, &mut curvature);
            for (row, &zi) in z.iter().enumerate() {
                gradient[row] += share * slope[0] * zi;
                let scaled = share * curvature[0] * zi;
                let line = &mut hessian[row * n..=row * n + row];
                line.iter_mut().zip(z.iter()).for_each(|(entry, zj)| *entry += scaled * zj);
            }
        }
        (loss, gradient, hessian)
    }

    /// The same of several.
    fn sums_of_several(&self, samples: Range<usize>, theta: &DVector<f64>) -> (f64, Vec<f64>, Vec<f64>) {
        let (n, width, level) = (theta.len(), self.z.nrows(), Level::new());
        let (mut loss, mut gradient) = (0.0, vec![0.0; n]);
        let mut curvature = Curvature::new(self.values, width);
        for i in samples {
            let (z, share) = (self.z.column(i), self.shares[i]);
            let mut chances = self.eta(&z, theta);
            loss += share * softmax(&mut chances, self.classes[i]);
            curvature.row()[..width].copy_from_slice(z.as_slice());
            for (c, gradient) in gradient.chunks_exact_mut(width).enumerate() {
                let slope = share * (chances[c] - f64::from(c == self.classes[i]));
                gradient.iter_mut().zip(z.iter()).for_each(|(sum, zi)| *sum += slope * zi);
            }
            if curvature.push(&chances, share) {
                dispatch!(level, simd => curvature.flush(simd));
            }
        }
        dispatch!(level, simd => curvature.flush(simd));
        let place = |at: usize| [at / width, at % width];
        let lower = (0..n * n).map(|at| match (at / n, at % n) {
            (row, column) if column <= row => curvature.at(place(row), place(column)),
            _ => 0.0,
        });
        (loss, gradient, lower.collect())
    }

    fn at(&self, theta: &DVector<f64>, penalty: f64) -> Here {
        let (n, width, values) = (theta.len(), self.z.nrows(), self.values);
        let samples = self.shares.len();
        let together = if values == 1 { TOGETHER } else { samples.div_ceil(MOST_PARTS).max(TOGETHER) };
        let part = |first: usize| {
            let range = first..(first + together).min(samples);
            if values == 1 { self.sums_of_one(range, theta) } else { self.sums_of_several(range, theta) }
        };
        let firsts: Vec<usize> = (0..samples).step_by(together).collect();
        let parts: Vec<_> = firsts.into_par_iter().map(part).collect();
        let (mut loss, mut gradient, mut lower) = (0.0, vec![0.0; n], vec![0.0; n * n]);
        for (part_loss, part_gradient, part_hessian) in parts {
            loss += part_loss;
            gradient.iter_mut().zip(part_gradient).for_each(|(sum, part)| *sum += part);
            lower.iter_mut().zip(part_hessian).for_each(|(sum, part)| *sum += part);
        }
        let mut gradient = DVector::from_vec(gradient);
        let mut hessian = DMatrix::from_fn(n, n, |i, j| lower[i.max(j) * n + i.min(j)]);
        for i in (0..n).filter(|i| i % width > 0) {
            loss += penalty * theta[i] * theta[i] / 2.0;
            gradient[i] += penalty * theta[i];
            hessian[(i, i)] += penalty;
        }
        for at in 0..values {
            // Where all probabilities are 0 or 1, the constant has no curvature left.
            hessian[(at * width, at * width)] += 1e-12;
            // No score changes with what all constants have in common.
            for other in (0..values).filter(|_| values > 1) {
                hessian[(at * width, other * width)] += (values as f64).recip();
            }
        }
        Here { loss, gradient, hessian }
    }

    /// The loss without the penalty, with the `η` of each sample as if it had been left out.
    fn loss_left_out(&self, theta: &DVector<f64>, inverse: &DMatrix<f64>) -> f64 {
        let (width, values) = (self.z.nrows(), self.values);
        // (H⁻¹)_vv' (1, z) of some samples, for v ≤ v'.
        let of_some = |first: usize| {
            let count = TOGETHER.min(self.shares.len() - first);
            let blocks: Vec<DMatrix<f64>> = (0..values * values)
                .map(|at| {
                    let (one, other) = (at / values * width, at % values * width);
                    let size = if one <= other { width } else { 0 };
                    inverse.view((one, other), (size, size)) * self.z.view((0, first), (size, count))
                })
                .collect();
            let of_sample = |i: usize| {
                let (z, share) = (self.z.column(i), self.shares[i]);
                let mut eta = self.eta(&z, theta);
                let mut slopes = eta.clone();
                let mut curvature = vec![0.0; values * values];
                self.of_sample(i, &mut slopes, &mut curvature);
                let leverage = DMatrix::from_fn(values, values, |one, other| {
                    let block = &blocks[one.min(other) * values + one.max(other)];
                    share * z.dot(&block.column(i - first))
                });
                let mut left = -DMatrix::from_row_slice(values, values, &curvature) * &leverage;
                (0..values).for_each(|at| left[(at, at)] += 1.0);
                if values == 1 {
                    left[(0, 0)] = left[(0, 0)].max(f64::EPSILON);
                }
                let step = left.lu().solve(&DVector::from_vec(slopes)).map(|slopes| leverage * slopes);
                let step = step.unwrap_or_else(|| DVector::from_element(values, f64::NAN));
                eta.iter_mut().zip(&step).for_each(|(eta, step)| *eta += step);
                share * self.of_sample(i, &mut eta, &mut curvature)
            };
            (first..first + count).map(of_sample).sum::<f64>()
        };
        let firsts: Vec<usize> = (0..self.shares.len()).step_by(TOGETHER).collect();
        let losses: Vec<f64> = firsts.into_par_iter().map(of_some).collect();
        losses.iter().sum()
    }
}

#[cfg(test)]
mod tests {
    use rand_distr::{Distribution, StandardNormal};

    use super::*;
    use crate::fit::linear::tests::{Table, table};
    use crate::fit::survey::survey;
    use crate::fit::{InMemory, Rows, SampleSource, Selection, Values, Windows};

    fn classes(samples: usize, width: usize) -> Table {
        let mut table = table(samples, width);
        table.target.iter_mut().for_each(|y| *y = f64::from(*y > 0.3));
        table
    }

    fn fitted(table: &Table) -> (LinearModel, crate::fit::Survey) {
        let mut source = table.source();
        let survey = survey(&mut source, Selection::All, &()).expect("valid");
        let (principal, some) =
            Principal::of(&survey, &mut source, Selection::All, &()).expect("valid").expect("narrow");
        let two = Classes::Two { high: 1.0 };
        let models = logistic_model(&principal, &some, two, &()).expect("not cancelled").expect("two values");
        (models[0].clone(), survey)
    }

    /// The minimum at `λ = 0.05`, with the factor of its second derivative.
    fn minimum(samples: &Samples) -> (DVector<f64>, Cholesky<f64, Dyn>) {
        let mut theta = samples.constants();
        let factor = samples.minimise(&mut theta, 0.05, &()).expect("not cancelled").expect("convex");
        (theta, factor)
    }

    /// At the minimum the gradient is zero: by the intercept, and by each coefficient on the standardised scale.
    #[test]
    fn the_gradient_is_zero() {
        for (samples, width) in [(200, 4), (30, 50)] {
            let table = classes(samples, width);
            let (model, survey) = fitted(&table);
            let joint = survey.joint.as_ref().expect("narrow");
            let n = samples as f64;
            let rows = || table.values.chunks(width).zip(&table.target);
            let residual = |(row, y): (&[f64], &f64)| logistic(model.value(row)) - y;
            let sum: f64 = rows().map(residual).sum();
            assert!((sum / n).abs() < 1e-8, "{sum}");
            for j in 0..width {
                let deviation = joint.covariance[(j, j)].sqrt();
                let standardised = |row: &[f64]| (row[j] - joint.mean[j]) / deviation;
                let slope: f64 = rows().map(|(row, y)| residual((row, y)) * standardised(row)).sum();
                let gradient = slope / n + model.penalty * model.coefficients[j] * deviation;
                assert!(gradient.abs() < 1e-7, "{j}: {gradient}");
            }
        }
    }

    /// Rows, classes and weights by a formula that another program can follow.
    fn three_classes() -> (Vec<f64>, Vec<f64>, Vec<f64>) {
        let row = |i: f64| {
            [0.0, 1.0, 2.0]
                .map(|j: f64| (1.0 + 3.0 * i + 7.0 * j).sin() * (1.0 + j) + 0.1 * j * (0.7 * i).cos())
        };
        let class = |i: f64| match row(i)[0] - 0.4 * row(i)[1] + (11.0 * i).sin() {
            score if score > 0.5 => 2.0,
            score if score > -0.6 => 1.0,
            _ => 0.0,
        };
        let samples = || (0..60).map(f64::from);
        (
            samples().flat_map(row).collect(),
            samples().map(class).collect(),
            samples().map(|i| 1.0 + i % 3.0).collect(),
        )
    }

    /// Coefficients and constants of three classes at `λ = 0.05`, weighted, as scikit-learn 1.9 has them (`LogisticRegression`, `C = 1/(λΣω)`
    /// on standardised columns, solvers newton-cholesky and newton-cg with `tol=1e-15`).
    #[test]
    fn three_classes_are_those_of_scikit_learn() {
        const EXPECTED: [([f64; 3], f64); 3] = [
            ([-8.666_615_319_424e-1, 2.091_838_991_627e-2, 2.617_504_351_068e-1], -0.484_938_745_229),
            ([8.531_130_668_949e-2, 3.315_392_357_673e-2, 3.222_538_826_472e-4], 0.660_103_106_925),
            ([7.813_502_252_529e-1, -5.407_231_349_3e-2, -2.620_726_889_894e-1], -0.175_164_361_696),
        ];
        let (values, target, weights) = three_classes();
        let rows = Rows { values: Values::F64(&values), stride: 3, target: &target, weights: Some(&weights) };
        let mut source = InMemory::new(rows, Windows::consecutive(3, 1).expect("divides")).expect("valid");
        let survey = survey(&mut source, Selection::All, &()).expect("valid");
        let (principal, some) =
            Principal::of(&survey, &mut source, Selection::All, &()).expect("valid").expect("narrow");
        let weight: f64 = weights.iter().sum();
        let samples = Samples {
            z: principal.rotated_samples(&some, &()).expect("not cancelled").insert_row(0, 1.0),
            classes: target.iter().map(|&y| class_of(y)).collect(),
            values: 3,
            shares: weights.iter().map(|w| w / weight).collect(),
        };
        let (theta, _) = minimum(&samples);
        for (class, (coefficients, intercept)) in EXPECTED.iter().enumerate() {
            let theta = theta.rows(4 * class, 4);
            let (found, shift) = principal.rotation.unrotated(&theta.rows(1, 3).into_owned());
            for (found, expected) in found.iter().zip(coefficients) {
                assert!((found - expected).abs() < 1e-8, "{class}: {found}, {expected}");
            }
            assert!((theta[0] + shift - intercept).abs() < 1e-8);
        }
    }

    /// The loss of three classes on samples left out, against fits without them.
    #[test]
    fn leaving_out_of_three_classes() {
        let (values, target, weights) = three_classes();
        let weight: f64 = weights.iter().sum();
        let z = DMatrix::from_fn(4, 60, |j, i| if j == 0 { 1.0 } else { values[3 * i + j - 1] });
        let all = |skip: Option<usize>| Samples {
            z: z.clone(),
            classes: target.iter().map(|&y| class_of(y)).collect(),
            values: 3,
            shares: (0..60).map(|i| if Some(i) == skip { 0.0 } else { weights[i] / weight }).collect(),
        };
        let whole = all(None);
        let (theta, factor) = minimum(&whole);
        let estimate = whole.loss_left_out(&theta, &factor.inverse());
        let exact: f64 = (0..60)
            .map(|i| {
                let (theta, _) = minimum(&all(Some(i)));
                let mut eta = whole.eta(&whole.z.column(i), &theta);
                weights[i] / weight * softmax(&mut eta, whole.classes[i])
            })
            .sum();
        let fitted = whole.at(&theta, 0.0).loss;
        // The estimate is of second order in what leaving out changes.
        assert!((estimate - exact).abs() < 0.05 * (exact - fitted), "{fitted}, {estimate}, {exact}");
    }

    /// The loss on samples left out, against fits without them.
    #[test]
    fn leaving_out_is_what_it_says() {
        let table = classes(60, 3);
        let mut source = table.source();
        let survey = survey(&mut source, Selection::All, &()).expect("valid");
        let (principal, some) =
            Principal::of(&survey, &mut source, Selection::All, &()).expect("valid").expect("narrow");
        let all = |skip: Option<usize>| Samples {
            z: principal.rotated_samples(&some, &()).expect("not cancelled").insert_row(0, 1.0),
            classes: table.target.iter().map(|&y| class_of(y)).collect(),
            values: 1,
            // The same scale of the loss: without the sample its weight is missing.
            shares: (0..60).map(|i| if Some(i) == skip { 0.0 } else { 1.0 / 60.0 }).collect(),
        };
        let whole = all(None);
        let (theta, factor) = minimum(&whole);
        let estimate = whole.loss_left_out(&theta, &factor.inverse());
        let exact: f64 = (0..60)
            .map(|i| {
                let (theta, _) = minimum(&all(Some(i)));
                let eta = whole.z.column(i).dot(&theta);
                (softplus(eta) - table.target[i] * eta) / 60.0
            })
            .sum();
        assert!((estimate / exact - 1.0).abs() < 2e-3, "{estimate} against {exact}");
        assert_eq!(source.samples(), 60);
    }

    /// Where rows are wider than samples are many, classes are separated: every sample is fitted, and what is left of its slope and
    /// curvature is as small as `λ`.
    #[test]
    fn leaving_out_of_separated_classes() {
        let classes: Vec<usize> = (0..30).map(|i| usize::from(i % 3 == 0)).collect();
        let mut random = crate::numerics::random::stream(5, 1, 0);
        let normal = |_, _| -> f64 { StandardNormal.sample(&mut random) };
        let z = DMatrix::from_fn(60, 30, normal).insert_row(0, 1.0);
        let all = |skip: Option<usize>| Samples {
            z: z.clone(),
            classes: classes.clone(),
            values: 1,
            shares: (0..30).map(|i| if Some(i) == skip { 0.0 } else { 1.0 / 30.0 }).collect(),
        };
        let (whole, mut theta) = (all(None), all(None).constants());
        for decade in DECADES.rev() {
            let penalty = 10_f64.powi(decade);
            let factor = whole.minimise(&mut theta, penalty, &()).expect("not cancelled").expect("convex");
            let estimate = whole.loss_left_out(&theta, &factor.inverse());
            let exact: f64 = (0..30)
                .map(|i| {
                    let mut theta = theta.clone();
                    all(Some(i)).minimise(&mut theta, penalty, &()).expect("not cancelled");
                    let eta = whole.z.column(i).dot(&theta);
                    (softplus(eta) - classes[i] as f64 * eta) / 30.0
                })
                .sum();
            let fitted = whole.at(&theta, 0.0).loss;
            let error = (estimate - exact).abs() / (exact - fitted);
            assert!(error < 0.05, "{decade}: {fitted}, {estimate}, {exact}");
        }
    }
}
