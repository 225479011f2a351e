//! A network on trial: fitted to all folds but one, and judged by that one, for one penalty after another.
//!
//! Penalties are tried from the largest down, because the minimum for one is a start for the next. Each fold searches from its own starts: a
//! start from a fit to all samples would depend on the samples held out.

use std::borrow::Cow;
use std::ops::RangeInclusive;

use nalgebra::DVector;
use rayon::prelude::*;

use super::comparison::{Differences, mean_difference};
use super::coordinates::Coordinates;
use super::evaluate::predict;
use super::fitting::Problem;
use super::levenberg::{SearchRules, search};
use super::loss::{Loss, class_of};
use super::options::Options;
use super::penalty::Chosen;
use super::searching::lowest;
use super::split::{Selection, Split};
use super::starts::Drawing;
use super::subsample::Subsample;
use super::survey::Survey;
use super::windows::Windows;
use crate::monitor::CancelOnly;
use crate::{Error, Monitor};

/// Separates the random streams of these folds from those of a cross-validation of the whole fit.
const INNER: u64 = 0x5eed_f01d;
/// Number of folds.
const FOLDS: usize = 5;
/// Random filters that the search of a fold begins with, each with its opposite.
const STARTS: u64 = 4;
/// Decades of `λ/h`, from the largest down.
pub(super) const DECADES: std::ops::RangeInclusive<i32> = -8..=3;
/// The largest penalty is raised up to this decade,
const HIGHEST: i32 = 15;
/// as long as the held-out loss is less than this share of that of the mean.
const ALMOST_THE_MEAN: f64 = 0.9;
/// Below this share of the loss of the mean there is no noise, and no need for a penalty.
const EXACT: f64 = 1e-12;
/// A penalty that lowers the loss by less than this share of it is no better.
pub(super) const WORTH_IT: f64 = 1e-3;
/// The search ends after this many penalties in a row that are no better.
const PATIENCE: usize = 3;
/// `n` times [`SearchRules::floor`]: a rarely active patch is penalised as if it had the information of this many samples.
pub(super) const FLOOR: f64 = 5.0;

/// One fold: the samples fitted and the samples held out.
pub(super) struct Fold {
    rest: Subsample,
    held_out: Subsample,
}

/// The folds of a choice within a fit, independent of those of an outer cross-validation.
pub(super) fn folds(some: &Subsample, seed: u64) -> Result<Vec<Fold>, Error> {
    let (split, count) = Split::inner(some.arrangement(), some.samples(), FOLDS, seed ^ INNER)?;
    let part = |fold| Fold {
        rest: some.part(Selection::Except(&split, fold)),
        held_out: some.part(Selection::Only(&split, fold)),
    };
    #[allow(clippy::cast_possible_truncation, reason = "a handful of folds")]
    Ok((0..count as u8).map(part).collect())
}

/// A network of some shape, and the best penalty for it so far.
pub(super) struct Trial<'a> {
    folds: &'a [Fold],
    windows: Windows,
    survey: Cow<'a, Survey>,
    options: &'a Options,
    monitor: &'a dyn Monitor,
    /// Whether searches race, which is faster.
    races: bool,
    /// Of the samples fitted in each fold.
    coordinates: Vec<Coordinates>,
    /// Starts of the next search in each fold.
    starts: Vec<Vec<DVector<f64>>>,
    /// Held-out errors with the largest penalty, with which the network predicts almost the mean.
    largest: Tried,
    pub(super) best: Tried,
}

/// The held-out errors for one penalty.
#[derive(Clone)]
pub(super) struct Tried {
    pub(super) penalty: f64,
    /// `(f − y)²`, or the logistic loss `log(1 + e^{−tf})`, sample by sample, fold by fold
    pub(super) errors: Vec<f64>,
    /// Their sum, each times its weight
    pub(super) loss: f64,
    /// The end points of the searches in each fold.
    ends: Vec<Vec<DVector<f64>>>,
}

impl Tried {
    fn nothing() -> Self {
        Self { penalty: 0.0, errors: Vec::new(), loss: f64::INFINITY, ends: Vec::new() }
    }
}

impl<'a> Trial<'a> {
    /// One filter, with the best of a row of penalties, which begins at `10³ scale`.
    #[allow(clippy::too_many_arguments, reason = "all are needed, and all differ in type")]
    pub(super) fn new(
        coordinates: &Coordinates,
        survey: Cow<'a, Survey>,
        options: &'a Options,
        folds: &'a [Fold],
        windows: &Windows,
        scale: f64,
        races: bool,
        monitor: &'a dyn Monitor,
    ) -> Result<Self, Error> {
        let first = Coordinates { filters: 1, ..coordinates.clone() };
        let on_fold = |fold: &Fold| first.on(&mut fold.rest.cut(windows)?, Selection::All, monitor);
        let mut trial = Self {
            folds,
            windows: windows.clone(),
            survey,
            options,
            monitor,
            races,
            coordinates: folds.iter().map(on_fold).collect::<Result<_, Error>>()?,
            starts: vec![Vec::new(); folds.len()],
            largest: Tried::nothing(),
            best: Tried::nothing(),
        };
        // A start on which patches hardly act measures a penalty badly: the largest has to leave almost the mean.
        let mut largest = *DECADES.end();
        let mut tried = trial.with_fresh_starts(&first, 0..=STARTS, scale * 10_f64.powi(largest))?;
        while first.linear.is_none()
            && largest < HIGHEST
            && tried.loss < ALMOST_THE_MEAN * loss_of_constant(first.loss, folds)
        {
            largest += 3;
            tried = trial.held_out(scale * 10_f64.powi(largest))?;
        }
        trial.largest = tried.clone();
        trial.best = tried;
        let penalties = (*DECADES.start()..largest).rev().map(|decade| scale * 10_f64.powi(decade));
        // Without a penalty the logistic loss may have no minimum.
        let penalties = penalties.chain(first.loss.is_squares().then_some(0.0));
        let mut no_better = 0;
        for (index, penalty) in (STARTS + 1..).zip(penalties) {
            // The minimum for a large penalty need not lead to the best one for a small penalty.
            let tried = trial.with_fresh_starts(&first, index..=index, penalty)?;
            no_better = if tried.loss < trial.best.loss * (1.0 - WORTH_IT) { 0 } else { no_better + 1 };
            if tried.loss < trial.best.loss {
                trial.best = tried.clone();
            }
            if no_better == PATIENCE || trial.is_hopeless(&tried) {
                break;
            }
        }
        Ok(trial)
    }

    /// The held-out errors of one filter, whose searches have further random starts.
    fn with_fresh_starts(
        &mut self,
        first: &Coordinates,
        indices: RangeInclusive<u64>,
        penalty: f64,
    ) -> Result<Tried, Error> {
        let drawing = Drawing::new(first, &self.survey, self.options.seed, None);
        let fresh: Vec<_> = indices.flat_map(|index| drawing.random(index, true)).collect();
        self.starts
            .iter_mut()
            .for_each(|starts| starts.extend(fresh.iter().map(|start| start.theta.clone())));
        self.held_out(penalty)
    }

    /// A filter more, with the best penalty without it, but no more than `h`: one filter may predict nothing where two do.
    pub(super) fn add_filter(&mut self) -> Result<(), Error> {
        for ((coordinates, starts), ends) in
            self.coordinates.iter_mut().zip(&mut self.starts).zip(&self.best.ends)
        {
            coordinates.filters += 1;
            let drawing = Drawing::new(coordinates, &self.survey, self.options.seed, ends.first());
            // Starts with an even number keep the filters before.
            let drawn = (0..STARTS).flat_map(|index| drawing.random(2 * index, true));
            *starts = drawn.map(|start| start.theta).collect();
        }
        let usual = self.largest.penalty / 10_f64.powi(*DECADES.end());
        self.best = self.held_out(self.best.penalty.min(usual))?;
        Ok(())
    }

    /// Ten times the best penalty, and so on, as long as that predicts no worse, or else a tenth of it, down to none, as long as that
    /// predicts better.
    pub(super) fn improve(&mut self) -> Result<(), Error> {
        let (start, lowest) = (self.best.penalty, self.best.loss);
        // A larger penalty may be as good, a smaller one has to be better.
        let no_worse = |tried: f64, best: f64| tried <= best.min(lowest) * (1.0 + WORTH_IT);
        self.moved(|penalty| Some(10.0 * penalty), no_worse, PATIENCE)?;
        if self.best.penalty == start {
            let smallest = self.largest.penalty * 10_f64.powi(DECADES.start() - DECADES.end());
            let none = self.coordinates[0].loss.is_squares().then_some(0.0);
            let tenth = |penalty: f64| if penalty > smallest { Some(0.1 * penalty) } else { none };
            self.moved(tenth, |tried, best| tried < best * (1.0 - WORTH_IT), 1)?;
        }
        Ok(())
    }

    /// Tries one penalty after the other, and takes those that are accepted beside the best; ends after so many in a row that are not.
    fn moved(
        &mut self,
        next: impl Fn(f64) -> Option<f64>,
        accepts: impl Fn(f64, f64) -> bool,
        patience: usize,
    ) -> Result<(), Error> {
        let (mut penalty, mut refused) = (self.best.penalty, 0);
        self.starts.clone_from(&self.best.ends);
        while penalty > 0.0 && penalty <= self.largest.penalty && refused < patience {
            let Some(following) = next(penalty) else { break };
            penalty = following;
            let tried = self.held_out(penalty)?;
            if accepts(tried.loss, self.best.loss) {
                (self.best, refused) = (tried, 0);
            } else if self.is_hopeless(&tried) {
                break;
            } else {
                refused += 1;
            }
        }
        Ok(())
    }

    /// Whether a penalty predicts worse than the best one by more than half an interval of 95 % for the mean difference of errors. Where
    /// searches race, those beyond it are not tried.
    fn is_hopeless(&self, tried: &Tried) -> bool {
        let (loses, half) = mean_difference(&[gains(self.folds, &tried.errors, &self.best.errors)]);
        self.races && half.is_some_and(|half| loses > half)
    }

    /// Half a decade on either side of the best penalty.
    pub(super) fn refine(&mut self) -> Result<(), Error> {
        let (decade, ends) = (self.best.penalty, self.best.ends.clone());
        for beside in [decade * 10_f64.sqrt(), decade / 10_f64.sqrt()] {
            if beside > 0.0 {
                self.starts.clone_from(&ends);
                let tried = self.held_out(beside)?;
                if tried.loss < self.best.loss {
                    self.best = tried;
                }
            }
        }
        Ok(())
    }

    /// The best of some factors for the penalty on a linear part, as long as each predicts better than the one before.
    pub(super) fn refine_linear(&mut self, shares: &[f64]) -> Result<f64, Error> {
        let (mut linear, ends) = (1.0, self.best.ends.clone());
        for &share in shares {
            self.starts.clone_from(&ends);
            for coordinates in &mut self.coordinates {
                *coordinates = coordinates.with_linear_penalty(share / linear);
            }
            let tried = self.held_out(self.best.penalty)?;
            if tried.loss >= self.best.loss * (1.0 - WORTH_IT) {
                break;
            }
            (self.best, linear) = (tried, share);
        }
        Ok(linear)
    }

    /// The best penalty, or the largest, with which the network predicts almost the mean, if the best one predicts no better by more than
    /// chance. `linear` is the factor for the penalty on a linear part.
    pub(super) fn chosen(&self, linear: f64) -> Chosen {
        // What is left then is the tolerance of searches that race.
        let is_squares = self.coordinates[0].loss.is_squares();
        if self.races && is_squares && self.best.loss < EXACT * self.largest.loss {
            return Chosen { ridge: 0.0, linear, is_largest: false };
        }
        let (gain, half) = mean_difference(&[gains(self.folds, &self.largest.errors, &self.best.errors)]);
        match half.is_some_and(|half| gain > half) {
            true => Chosen { ridge: self.best.penalty, linear, is_largest: false },
            false => Chosen { ridge: self.largest.penalty, linear: 1.0, is_largest: true },
        }
    }

    /// The held-out errors of all folds. Each fold keeps the end point of its search as its next start.
    fn held_out(&mut self, penalty: f64) -> Result<Tried, Error> {
        let quiet = CancelOnly(self.monitor);
        let starts = std::mem::take(&mut self.starts);
        let of_fold = |((fold, coordinates), starts): ((&Fold, &Coordinates), Vec<DVector<f64>>)| {
            let problem = Problem {
                coordinates,
                survey: &self.survey,
                races: self.races,
                penalty: None,
                options: self.options,
                selection: Selection::All,
                monitor: &quiet,
            };
            let floor = FLOOR / fold.rest.samples().max(1) as f64;
            let mut rules = SearchRules { floor, ..problem.rough_rules(penalty) };
            if self.races {
                (rules.finalists, rules.tolerance) = (1, WORTH_IT);
            }
            let source = &mut fold.rest.cut(&self.windows)?;
            let minima = search(source, Selection::All, coordinates, &rules, starts, &quiet)?;
            let minimum = &minima[lowest(&minima)];
            let mut ends = vec![minimum.theta.clone()];
            if coordinates.filters == 1 {
                ends.push(coordinates.antipode(&minimum.theta, 0));
            }
            let network = coordinates.whole_network(source, &minimum.theta, &quiet)?;
            let values = predict(fold.held_out.as_rows(), &self.windows, &network)?;
            let pairs = values.chunks_exact(coordinates.values()).zip(fold.held_out.target());
            let errors = pairs.map(|(values, &y)| error(coordinates.loss, values, y));
            Ok((ends, errors.collect::<Vec<f64>>()))
        };
        let each = self.folds.par_iter().zip(&self.coordinates).zip(starts);
        let (ends, errors): (Vec<_>, Vec<_>) =
            each.map(of_fold).collect::<Result<Vec<_>, Error>>()?.into_iter().unzip();
        self.monitor.advance(1);
        let errors = errors.concat();
        let loss: f64 = weights(self.folds).zip(&errors).map(|(weight, error)| weight * error).sum();
        // NaN must not win.
        let loss = if loss.is_nan() { f64::INFINITY } else { loss };
        self.starts.clone_from(&ends);
        Ok(Tried { penalty, errors, loss, ends })
    }
}

/// The weights of the samples held out, fold by fold.
pub(super) fn weights(folds: &[Fold]) -> impl Iterator<Item = f64> + '_ {
    folds.iter().flat_map(|fold| fold.held_out.weights().iter().copied())
}

/// What errors `better` gain beside `worse`, sample by sample.
pub(super) fn gains(folds: &[Fold], worse: &[f64], better: &[f64]) -> Differences {
    let mut gains = Differences::default();
    for ((weight, worse), better) in weights(folds).zip(worse).zip(better) {
        gains.push(weight, worse - better, None);
    }
    gains
}

/// `Σω` times the error of the constant that is best for the samples fitted in each fold: their mean, or the odds of their classes.
fn loss_of_constant(loss: Loss, folds: &[Fold]) -> f64 {
    let of_fold = |fold: &Fold| {
        let pairs = || fold.rest.target().iter().zip(fold.rest.weights());
        let weight: f64 = pairs().map(|(_, weight)| weight).sum();
        let mean = pairs().map(|(y, weight)| y * weight).sum::<f64>() / weight;
        let constants = match loss {
            Loss::Squares => vec![mean],
            Loss::Logistic { low, high } => vec![((mean - low) / (high - mean)).ln()],
            Loss::Multinomial { classes } => {
                // Half a sample more of each, so that none has no chance.
                let mut sums = vec![weight / (2.0 * fold.rest.samples() as f64); classes];
                pairs().for_each(|(y, weight)| sums[class_of(*y)] += weight);
                sums.into_iter().map(f64::ln).collect()
            }
        };
        let held_out = fold.held_out.target().iter().zip(fold.held_out.weights());
        held_out.map(|(y, weight)| weight * error(loss, &constants, *y)).sum::<f64>()
    };
    folds.iter().map(of_fold).sum()
}

/// `(f − y)²`, or the logistic loss.
fn error(loss: Loss, values: &[f64], y: f64) -> f64 {
    if loss.is_squares() { (values[0] - y).powi(2) } else { loss.of_values(values, y) }
}
