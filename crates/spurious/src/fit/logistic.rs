//! Logistic regression beside the network, for a target of two values: penalised, by Newton's method.
//!
//! ```text
//! minimise  L(c, γ) = Σω log(1 + e^{−tη})/Σω + ½λ‖γ‖²        η = c + γ·z,   t = ±1,   z = Qᵀx the principal directions
//! gradient  Σω (π − 1[t = 1])(1, z)/Σω + λ(0, γ)              π = 1/(1 + e^{−η})
//! Hessian   Σω π(1 − π)(1, z)(1, z)ᵀ/Σω + λ diag(0, 1)
//! ```
//!
//! `λ` has the smallest leave-one-out loss. No model is fitted again: leaving out sample `i` changes its `η` approximately by one
//! Newton step, to
//!
//! ```text
//! ηᵢ − s (1[t = 1] − πᵢ)/(1 − s πᵢ(1 − πᵢ)),        s = (ωᵢ/Σω)(1, zᵢ)·H⁻¹(1, zᵢ)
//! ```
//!
//! # Source
//! Rad and Maleki, "A scalable estimate of the out-of-sample prediction error via approximate leave-one-out
//! cross-validation", Journal of the Royal Statistical Society B 82 (2020).

use nalgebra::{Cholesky, DMatrix, DVector, Dyn};
use rayon::prelude::*;

use super::linear::{LinearModel, Principal};
use super::loss::{logistic, softplus};
use super::subsample::Subsample;
use crate::{Error, Monitor};

/// Largest number of directions. Their Hessian is formed and solved in every step.
const MOST_DIRECTIONS: usize = 512;
/// `log₁₀ λ`, from the largest down.
const DECADES: std::ops::RangeInclusive<i32> = -6..=1;
/// Largest number of Newton steps for a penalty. From the solution for the previous penalty, four or five are enough.
const MOST_STEPS: usize = 30;
/// The minimisation ends where a step would lower the loss by less than this.
const TOLERANCE: f64 = 1e-9;
/// Samples that are added first, so that the sum does not depend on threads.
const TOGETHER: usize = 128;

/// Samples along their principal directions, with the constant 1 as their first number.
struct Samples {
    /// `[directions + 1, samples]`
    z: DMatrix<f64>,
    /// 1 where the target has its higher value, else 0
    is_high: Vec<f64>,
    /// `ωᵢ/Σω`
    shares: Vec<f64>,
}

/// The loss at a point, with its derivatives.
struct Here {
    loss: f64,
    gradient: DVector<f64>,
    hessian: DMatrix<f64>,
}

/// `η` as a linear model of the numbers of a row, for a target of two values, of which `high` is the higher one. `None` if there are too
/// many directions, or if all samples have the same value.
///
/// # Errors
/// If the monitor cancels.
pub(super) fn logistic_model(
    principal: &Principal,
    some: &Subsample,
    high: f64,
    monitor: &dyn Monitor,
) -> Result<Option<LinearModel>, Error> {
    let m = principal.directions();
    let is_high: Vec<f64> = some.target().iter().map(|&y| f64::from(y >= high)).collect();
    let weight: f64 = some.weights().iter().sum();
    let share: f64 =
        is_high.iter().zip(some.weights()).map(|(high, weight)| high * weight).sum::<f64>() / weight;
    if m > MOST_DIRECTIONS || !(share > 0.0 && share < 1.0) {
        return Ok(None);
    }
    let z = principal.rotated(some, monitor)?.insert_row(0, 1.0);
    let samples = Samples { z, is_high, shares: some.weights().iter().map(|w| w / weight).collect() };
    let mut theta = DVector::zeros(m + 1);
    theta[0] = (share / (1.0 - share)).ln();
    let mut best: Option<(f64, LinearModel)> = None;
    for decade in DECADES.rev() {
        let penalty = 10_f64.powi(decade);
        let Some(factor) = samples.minimise(&mut theta, penalty, monitor)? else { break };
        let loss = samples.loss_left_out(&theta, &factor);
        if best.as_ref().is_none_or(|(lowest, _)| loss < *lowest) {
            let (coefficients, shift) = principal.unrotated(&theta.rows(1, m).into_owned());
            let model = LinearModel {
                coefficients,
                intercept: theta[0] + shift,
                penalty,
                at_largest_penalty: decade == *DECADES.end(),
                // tr H⁻¹(H − λ diag(0, 1))
                degrees_of_freedom: (m + 1) as f64 - penalty * factor.inverse().diagonal().rows(1, m).sum(),
            };
            best = Some((loss, model));
        }
    }
    Ok(best.map(|(_, model)| model))
}

impl Samples {
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
            if -slope < TOLERANCE {
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

    fn at(&self, theta: &DVector<f64>, penalty: f64) -> Here {
        let n = theta.len();
        let part = |first: usize| {
            let (mut loss, mut gradient, mut hessian) = (0.0, vec![0.0; n], vec![0.0; n * n]);
            for i in first..(first + TOGETHER).min(self.shares.len()) {
                let z = self.z.column(i);
                let eta = z.dot(theta);
                let (share, high) = (self.shares[i], self.is_high[i]);
                loss += share * (softplus(eta) - high * eta);
                let probability = logistic(eta);
                let curvature = share * probability * (1.0 - probability);
                for (row, &zi) in z.iter().enumerate() {
                    gradient[row] += share * (probability - high) * zi;
                    let scaled = curvature * zi;
                    let line = &mut hessian[row * n..=row * n + row];
                    line.iter_mut().zip(z.iter()).for_each(|(entry, zj)| *entry += scaled * zj);
                }
            }
            (loss, gradient, hessian)
        };
        let firsts: Vec<usize> = (0..self.shares.len()).step_by(TOGETHER).collect();
        let parts: Vec<_> = firsts.into_par_iter().map(part).collect();
        let (mut loss, mut gradient, mut lower) = (0.0, vec![0.0; n], vec![0.0; n * n]);
        for (part_loss, part_gradient, part_hessian) in parts {
            loss += part_loss;
            gradient.iter_mut().zip(part_gradient).for_each(|(sum, part)| *sum += part);
            lower.iter_mut().zip(part_hessian).for_each(|(sum, part)| *sum += part);
        }
        let mut gradient = DVector::from_vec(gradient);
        let mut hessian = DMatrix::from_fn(n, n, |i, j| lower[i.max(j) * n + i.min(j)]);
        for i in 1..n {
            loss += penalty * theta[i] * theta[i] / 2.0;
            gradient[i] += penalty * theta[i];
            hessian[(i, i)] += penalty;
        }
        // Where all probabilities are 0 or 1, the constant has no curvature left.
        hessian[(0, 0)] += 1e-12;
        Here { loss, gradient, hessian }
    }

    /// `Σω log(1 + e^{−tη})/Σω` with each `η` as if its sample had been left out.
    fn loss_left_out(&self, theta: &DVector<f64>, factor: &Cholesky<f64, Dyn>) -> f64 {
        let lower = factor.l();
        let losses: Vec<f64> = (0..self.shares.len())
            .into_par_iter()
            .map(|i| {
                let z = self.z.column(i).into_owned();
                let eta = z.dot(theta);
                let probability = logistic(eta);
                let half = lower.solve_lower_triangular(&z).unwrap_or_else(|| z.clone() * f64::NAN);
                let leverage = self.shares[i] * half.norm_squared();
                let left = (1.0 - leverage * probability * (1.0 - probability)).max(f64::EPSILON);
                let without = eta - leverage * (self.is_high[i] - probability) / left;
                self.shares[i] * (softplus(without) - self.is_high[i] * without)
            })
            .collect();
        losses.iter().sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fit::linear::tests::{Table, table};
    use crate::fit::survey::survey;
    use crate::fit::{SampleSource, Selection};

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
        let model = logistic_model(&principal, &some, 1.0, &()).expect("not cancelled").expect("two values");
        (model, survey)
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
            assert!((sum / n).abs() < 1e-6, "{sum}");
            for j in 0..width {
                let deviation = joint.covariance[(j, j)].sqrt();
                let standardised = |row: &[f64]| (row[j] - joint.mean[j]) / deviation;
                let slope: f64 = rows().map(|(row, y)| residual((row, y)) * standardised(row)).sum();
                let gradient = slope / n + model.penalty * model.coefficients[j] * deviation;
                assert!(gradient.abs() < 1e-4, "{j}: {gradient}");
            }
        }
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
            z: principal.rotated(&some, &()).expect("not cancelled").insert_row(0, 1.0),
            is_high: table.target.clone(),
            // The same scale of the loss: without the sample its weight is missing.
            shares: (0..60).map(|i| if Some(i) == skip { 0.0 } else { 1.0 / 60.0 }).collect(),
        };
        let penalty = 0.05;
        let fitted = |samples: &Samples| {
            let mut theta = DVector::zeros(4);
            let factor = samples.minimise(&mut theta, penalty, &()).expect("not cancelled").expect("convex");
            (theta, factor)
        };
        let whole = all(None);
        let (theta, factor) = fitted(&whole);
        let estimate = whole.loss_left_out(&theta, &factor);
        let exact: f64 = (0..60)
            .map(|i| {
                let (theta, _) = fitted(&all(Some(i)));
                let eta = whole.z.column(i).dot(&theta);
                (softplus(eta) - table.target[i] * eta) / 60.0
            })
            .sum();
        assert!((estimate / exact - 1.0).abs() < 2e-3, "{estimate} against {exact}");
        assert_eq!(source.samples(), 60);
    }
}
