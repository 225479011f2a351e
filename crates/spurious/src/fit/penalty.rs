//! The penalty on the output weights, chosen by cross-validation.
//!
//! ```text
//! λ = argmin  Σ_folds Σ_{i in fold} ωᵢ (f_λ(Zᵢ) − yᵢ)²        f_λ fitted to the other folds;  λ/h = 10³, 10², …, 10⁻⁸, or λ = 0
//! ```
//!
//! with `h` the mean of `∂²ℓ/∂aⱼ²`, the scale on which a penalty acts. Half a decade on either side of the best is tried as well.
//! With `10³ h` the network predicts almost the mean; it is taken unless the best penalty predicts better by more than half an
//! interval of 95 % for the mean difference of squared errors.
//!
//! A linear part has the penalty of the linear model of the same samples, or a tenth of it, a hundredth, …, as long as held-out errors
//! fall.
//!
//! A penalty `λ` for `m` samples has the effect of `λm/n` for `n` samples. For large data it is chosen on a subsample and scaled.

use nalgebra::DVector;
use rayon::prelude::*;

use super::comparison::{Differences, mean_difference};
use super::coordinates::Coordinates;
use super::evaluate::predict;
use super::fitting::Problem;
use super::levenberg::{SearchRules, search};
use super::options::Ridge;
use super::samples::Samples;
use super::searching::lowest;
use super::split::{Selection, Split};
use super::subsample::Subsample;
use crate::Error;
use crate::monitor::CancelOnly;

/// Separates the random streams of these folds from those of a cross-validation of the whole fit.
const INNER: u64 = 0x5eed_f01d;
/// Number of folds.
const FOLDS: usize = 5;
/// Fewer samples than this are not divided into folds; the penalty is then `h`.
const FEWEST: u64 = 10;
/// Random filters that the search of a fold begins with, each with its opposite.
const STARTS: u64 = 4;
/// Decades of `λ/h`, from the largest down.
const DECADES: std::ops::RangeInclusive<i32> = -8..=3;
/// A penalty that lowers the loss by less than this share of it is no better.
const WORTH_IT: f64 = 1e-3;
/// The search ends after this many penalties in a row that are no better.
const PATIENCE: usize = 3;
/// Smaller penalties on a linear part, as shares of that of the linear model.
const LINEAR_SHARES: [f64; 4] = [1e-1, 1e-2, 1e-4, 1e-8];
/// `n` times [`SearchRules::floor`]: a rarely active patch is penalised as if it had the information of this many samples.
const FLOOR: f64 = 5.0;

/// The chosen penalty, and whether it is the largest that was tried. It is if nothing predicted better than the mean.
#[derive(Debug, Clone, Copy)]
pub(super) struct Chosen {
    pub(super) ridge: f64,
    /// What becomes of the penalty on a linear part, as a share of that of the linear model.
    pub(super) linear: f64,
    pub(super) is_largest: bool,
}

/// One fold: the samples fitted and the samples held out.
struct Fold {
    /// Of the samples fitted.
    coordinates: Coordinates,
    rest: Subsample,
    held_out: Subsample,
    /// Starts of its next search: the best minimum for the previous penalty, and its antipode.
    starts: Vec<DVector<f64>>,
}

impl Problem<'_> {
    /// The lower bound on the information about each output weight; zero where a penalty is given.
    pub(super) fn floor(&self) -> f64 {
        let chooses = self.options.ridge == Ridge::Auto && !self.options.optimiser.descends();
        if chooses { FLOOR / self.survey.samples as f64 } else { 0.0 }
    }

    /// Random filters that the search of a fold begins with.
    fn fold_starts(&self) -> u64 {
        if self.coordinates.filters == 1 { STARTS } else { STARTS / 2 }
    }

    /// The penalty with the smallest held-out loss. Each fold searches from its own starts, from the largest penalty down, because a
    /// start from a fit to all samples would depend on the samples held out.
    pub(super) fn best_ridge(&self, source: &mut Samples<'_>) -> Result<Chosen, Error> {
        let stride = Subsample::stride(self.survey.samples, source.windows().width());
        let some = Subsample::every(stride, source, self.selection, self.monitor)?;
        let chosen = self.best_ridge_on(&some)?;
        let share = if chosen.is_largest { 1.0 } else { some.samples() as f64 / self.survey.samples as f64 };
        Ok(Chosen { ridge: chosen.ridge * share, ..chosen })
    }

    fn best_ridge_on(&self, some: &Subsample) -> Result<Chosen, Error> {
        let drawing = self.drawing();
        let starts: Vec<DVector<f64>> = (0..self.fold_starts())
            .flat_map(|index| drawing.random(index, true))
            .map(|start| start.theta)
            .collect();
        let (source, all) = (&mut some.source()?, Selection::All);
        let coordinates = self.coordinates.on(source, all, self.monitor)?;
        let here = coordinates.whole(source, all, &starts[0], self.monitor)?.sums;
        let diagonal = coordinates.quadratic(here).hessian.diagonal();
        let scale = diagonal.rows(coordinates.first_output(), coordinates.outputs()).mean();
        if some.samples() < FEWEST {
            return Ok(Chosen { ridge: scale, linear: 1.0, is_largest: false });
        }
        // Independent of the folds of an outer cross-validation.
        let seed = self.options.seed ^ INNER;
        let (split, count) = Split::inner(some.arrangement(), some.samples(), FOLDS, seed)?;
        #[allow(clippy::cast_possible_truncation, reason = "a handful of folds")]
        let mut folds: Vec<Fold> = (0..count as u8)
            .map(|fold| {
                let rest = some.part(Selection::Except(&split, fold));
                Ok(Fold {
                    coordinates: coordinates.on(&mut rest.source()?, Selection::All, self.monitor)?,
                    rest,
                    held_out: some.part(Selection::Only(&split, fold)),
                    starts: starts.clone(),
                })
            })
            .collect::<Result<_, Error>>()?;
        let penalties = DECADES.rev().map(|decade| scale * 10_f64.powi(decade)).chain([0.0]);
        let shares = if coordinates.linear.is_some() { &LINEAR_SHARES[..] } else { &[] };
        let most = DECADES.count() as u64 + 3 + shares.len() as u64;
        self.monitor.begin("choosing the penalty", Some(most));
        let mut steps = 0;
        // The best penalty, its squared errors, and the end points of the searches in its folds.
        let mut best = Tried { penalty: 0.0, squares: Vec::new(), loss: f64::INFINITY, ends: Vec::new() };
        let mut largest = None;
        let mut no_better = 0;
        for (index, penalty) in (self.fold_starts()..).zip(penalties) {
            // The minimum for a large penalty need not lead to the best one for a small penalty.
            let fresh: Vec<_> = drawing.random(index, true).into_iter().map(|start| start.theta).collect();
            folds.iter_mut().for_each(|fold| fold.starts.extend(fresh.iter().cloned()));
            let tried = self.held_out(&mut folds, penalty)?;
            steps += 1;
            no_better = if tried.loss < best.loss * (1.0 - WORTH_IT) { 0 } else { no_better + 1 };
            largest.get_or_insert_with(|| tried.clone());
            if tried.loss < best.loss {
                best = tried;
            }
            if no_better == PATIENCE {
                break;
            }
        }
        let (decade, ends) = (best.penalty, best.ends.clone());
        for beside in [decade * 10_f64.sqrt(), decade / 10_f64.sqrt()] {
            if beside > 0.0 {
                folds.iter_mut().zip(&ends).for_each(|(fold, ends)| fold.starts.clone_from(ends));
                let tried = self.held_out(&mut folds, beside)?;
                steps += 1;
                if tried.loss < best.loss {
                    best = tried;
                }
            }
        }
        // What the linear model takes for noise the filters may explain: then a linear part needs a smaller penalty.
        let (mut linear, ends) = (1.0, best.ends.clone());
        for share in shares {
            for (fold, ends) in folds.iter_mut().zip(&ends) {
                fold.starts.clone_from(ends);
                fold.coordinates = fold.coordinates.with_linear_penalty(share / linear);
            }
            let tried = self.held_out(&mut folds, best.penalty)?;
            steps += 1;
            if tried.loss >= best.loss * (1.0 - WORTH_IT) {
                break;
            }
            (best, linear) = (tried, *share);
        }
        self.monitor.advance(most - steps);
        let weights = folds.iter().flat_map(|fold| fold.held_out.weights());
        let Some(largest) = largest else {
            return Ok(Chosen { ridge: best.penalty, linear, is_largest: false });
        };
        let mut gains = Differences::default();
        for ((&weight, mean), square) in weights.zip(&largest.squares).zip(&best.squares) {
            gains.push(weight, mean - square, None);
        }
        let (gain, half) = mean_difference(&[gains]);
        let is_largest = !half.is_some_and(|half| gain > half);
        Ok(match is_largest {
            true => Chosen { ridge: largest.penalty, linear: 1.0, is_largest },
            false => Chosen { ridge: best.penalty, linear, is_largest },
        })
    }

    /// The held-out errors of all folds. Each fold keeps the end point of its search as its next start.
    fn held_out(&self, folds: &mut [Fold], penalty: f64) -> Result<Tried, Error> {
        let quiet = CancelOnly(self.monitor);
        let squares: Vec<Vec<f64>> = folds
            .par_iter_mut()
            .map(|fold| {
                let floor = FLOOR / fold.rest.samples().max(1) as f64;
                let rules = SearchRules { floor, ..self.rough_rules(penalty) };
                let starts = std::mem::take(&mut fold.starts);
                let (source, all) = (&mut fold.rest.source()?, Selection::All);
                let minima = search(source, all, &fold.coordinates, &rules, starts, &quiet)?;
                let minimum = &minima[lowest(&minima)];
                fold.starts = vec![minimum.theta.clone()];
                if self.coordinates.filters == 1 {
                    fold.starts.extend(self.antipodes(&minimum.theta));
                }
                let network = fold.coordinates.whole_network(source, &minimum.theta, &quiet)?;
                let values = predict(fold.held_out.as_rows(), fold.held_out.windows(), &network)?;
                Ok(values.iter().zip(fold.held_out.target()).map(|(f, y)| (f - y).powi(2)).collect())
            })
            .collect::<Result<_, Error>>()?;
        self.monitor.advance(1);
        let weights = folds.iter().flat_map(|fold| fold.held_out.weights());
        let squares = squares.concat();
        let loss: f64 = weights.zip(&squares).map(|(weight, square)| weight * square).sum();
        // NaN must not win.
        let loss = if loss.is_nan() { f64::INFINITY } else { loss };
        let ends = folds.iter().map(|fold| fold.starts.clone()).collect();
        Ok(Tried { penalty, squares, loss, ends })
    }
}

/// The held-out errors for one penalty.
#[derive(Clone)]
struct Tried {
    penalty: f64,
    /// `(f − y)²`, sample by sample, fold by fold
    squares: Vec<f64>,
    /// `Σω(f − y)²`
    loss: f64,
    /// The end points of the searches in each fold, and their antipodes.
    ends: Vec<Vec<DVector<f64>>>,
}
