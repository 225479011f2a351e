//! The penalty on the output weights, chosen by cross-validation.
//!
//! ```text
//! λ = argmin  Σ_folds Σ_{i in fold} ωᵢ (f_λ(Zᵢ) − yᵢ)²        f_λ fitted to the other folds;  λ/h = 10³, 10², …, 10⁻⁸, or λ = 0
//! ```
//!
//! with `h` the mean of `∂²ℓ/∂aⱼ²`, which is the scale on which a penalty acts; half a decade on either side of the best is
//! tried as well. `10³` all but says the mean, and is taken unless the best predicts better by more than half an interval of 95 % for
//! the differences of squares, sample by sample.
//!
//! What a penalty does to `m` samples, one of `λm/n` does to `n`: data with many samples is judged by some of them.

use nalgebra::DVector;
use rayon::prelude::*;

use super::comparison::{Differences, mean_difference};
use super::evaluate::{gauss_newton, predict};
use super::fitting::Problem;
use super::levenberg::{SearchRules, search};
use super::options::Ridge;
use super::samples::SampleSource;
use super::searching::lowest;
use super::split::{Selection, Split};
use super::subsample::Subsample;
use crate::Error;
use crate::monitor::CancelOnly;

/// Keeps the streams of folds within a fit apart from those around it.
const INNER: u64 = 0x5eed_f01d;
/// Folds.
const FOLDS: usize = 5;
/// Fewer samples than this are not cut into folds: the penalty is then as large as what it acts on.
const FEWEST: u64 = 10;
/// Random filters that the search of a fold begins with, each with its opposite.
const STARTS: u64 = 4;
/// Decades of `λ/h`, from the largest down.
const DECADES: std::ops::RangeInclusive<i32> = -8..=3;
/// A penalty that lowers the loss by less than this share of it is no better.
const WORTH_IT: f64 = 1e-3;
/// So many in a row that are no better end the search.
const PATIENCE: usize = 3;
/// `n` times [`SearchRules::floor`]: a patch hardly ever active counts as if so many samples spoke of it.
const FLOOR: f64 = 5.0;

/// A penalty, and whether it is the largest that was tried: then nothing predicted better than the mean.
#[derive(Debug, Clone, Copy)]
pub(super) struct Chosen {
    pub(super) ridge: f64,
    pub(super) is_largest: bool,
}

/// What is fitted in one fold, and what it is judged by.
struct Fold {
    rest: Subsample,
    held_out: Subsample,
    /// Where its next search begins: the best minimum for the penalty before and its antipode.
    starts: Vec<DVector<f64>>,
}

impl Problem<'_> {
    /// The floor under the information on each output weight. Whoever names a penalty gets that and nothing else.
    pub(super) fn floor(&self) -> f64 {
        let chooses = self.options.ridge == Ridge::Auto && !self.options.optimiser.descends();
        if chooses { FLOOR / self.survey.samples as f64 } else { 0.0 }
    }

    /// The penalty with the smallest loss on folds held out. Each fold searches for itself, from the largest penalty down: a
    /// start that has seen the samples held out would carry them along.
    pub(super) fn best_ridge<S: SampleSource>(&self, source: &mut S) -> Result<Chosen, S::Error> {
        let stride = Subsample::stride(self.survey.samples, source.windows().width());
        let some = Subsample::every(stride, source, self.selection, self.monitor)?;
        let chosen = self.best_ridge_on(&some)?;
        let share = if chosen.is_largest { 1.0 } else { some.samples() as f64 / self.survey.samples as f64 };
        Ok(Chosen { ridge: chosen.ridge * share, ..chosen })
    }

    fn best_ridge_on(&self, some: &Subsample) -> Result<Chosen, Error> {
        let quiet = CancelOnly(self.monitor);
        let drawing = self.drawing();
        let starts: Vec<DVector<f64>> =
            (0..STARTS).flat_map(|index| drawing.random(index, true)).map(|start| start.theta).collect();
        let network = [self.coordinates.network(&starts[0])];
        let here = gauss_newton(&mut some.source()?, &network, Selection::All, &quiet)?;
        let diagonal = self.coordinates.quadratic(&here[0]).hessian.diagonal();
        let scale = diagonal.rows(self.coordinates.first_output(), self.coordinates.patches).mean();
        if some.samples() < FEWEST {
            return Ok(Chosen { ridge: scale, is_largest: false });
        }
        // Not the folds of a validation around this one.
        let seed = self.options.seed ^ INNER;
        let (split, count) = Split::inner(some.arrangement(), some.samples(), FOLDS, seed)?;
        #[allow(clippy::cast_possible_truncation, reason = "a handful of folds")]
        let mut folds: Vec<Fold> = (0..count as u8)
            .map(|fold| Fold {
                rest: some.part(Selection::Except(&split, fold)),
                held_out: some.part(Selection::Only(&split, fold)),
                starts: starts.clone(),
            })
            .collect();
        let penalties = DECADES.rev().map(|decade| scale * 10_f64.powi(decade)).chain([0.0]);
        let most = DECADES.count() as u64 + 3;
        self.monitor.begin("choosing the penalty", Some(most));
        let mut steps = 0;
        // The best penalty, its squares, and where the searches of the folds ended for it.
        let mut best = Tried { penalty: 0.0, squares: Vec::new(), loss: f64::INFINITY, ends: Vec::new() };
        let mut largest = None;
        let mut no_better = 0;
        for (index, penalty) in (STARTS..).zip(penalties) {
            // What is best for a large penalty need not lead to what is best for a small one.
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
        self.monitor.advance(most - steps);
        let weights = folds.iter().flat_map(|fold| fold.held_out.weights());
        let Some(largest) = largest else {
            return Ok(Chosen { ridge: best.penalty, is_largest: false });
        };
        let mut gains = Differences::default();
        for ((&weight, mean), square) in weights.zip(&largest.squares).zip(&best.squares) {
            gains.push(weight, mean - square, None);
        }
        let (gain, half) = mean_difference(&[gains]);
        let is_largest = !half.is_some_and(|half| gain > half);
        Ok(Chosen { ridge: if is_largest { largest.penalty } else { best.penalty }, is_largest })
    }

    /// The errors on all folds held out; the folds are left where their searches ended.
    fn held_out(&self, folds: &mut [Fold], penalty: f64) -> Result<Tried, Error> {
        let quiet = CancelOnly(self.monitor);
        let squares: Vec<Vec<f64>> = folds
            .par_iter_mut()
            .map(|fold| {
                let floor = FLOOR / fold.rest.samples().max(1) as f64;
                let rules = SearchRules { floor, ..self.rough_rules(penalty) };
                let starts = std::mem::take(&mut fold.starts);
                let all = Selection::All;
                let minima = search(&mut fold.rest.source()?, all, self.coordinates, &rules, starts, &quiet)?;
                let minimum = &minima[lowest(&minima)];
                fold.starts = vec![minimum.theta.clone(), self.coordinates.antipode(&minimum.theta)];
                let network = self.coordinates.network(&minimum.theta);
                let values = predict(fold.held_out.as_rows(), fold.held_out.windows(), &network)?;
                Ok(values.iter().zip(fold.held_out.target()).map(|(f, y)| (f - y).powi(2)).collect())
            })
            .collect::<Result<_, Error>>()?;
        self.monitor.advance(1);
        let weights = folds.iter().flat_map(|fold| fold.held_out.weights());
        let squares = squares.concat();
        let loss: f64 = weights.zip(&squares).map(|(weight, square)| weight * square).sum();
        // What is not a number is not small.
        let loss = if loss.is_nan() { f64::INFINITY } else { loss };
        let ends = folds.iter().map(|fold| fold.starts.clone()).collect();
        Ok(Tried { penalty, squares, loss, ends })
    }
}

/// What a penalty does on folds held out.
#[derive(Clone)]
struct Tried {
    penalty: f64,
    /// `(f − y)²`, sample by sample, fold by fold
    squares: Vec<f64>,
    /// `Σω(f − y)²`
    loss: f64,
    /// Where the searches of each fold ended, and the antipode.
    ends: Vec<Vec<DVector<f64>>>,
}
