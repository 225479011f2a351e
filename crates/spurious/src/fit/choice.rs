//! The shape of the network, chosen by cross-validation: how a row is cut, how patches are scaled, how many filters, a linear part.
//!
//! All shapes are judged by the same folds of the same samples, each with its best penalty ([`Trial`]). Not all combinations are tried.
//! First every way to cut a row, with one filter; for the two best other scalings; to the two best of these filters are added as long as
//! each predicts better; and the best is tried with windows that overlap, and the best with a linear part. Filters of more than 256 numbers,
//! their output weights included, are not tried.
//!
//! Of all shapes that were tried, the one with the fewest numbers is chosen that predicts no worse than the best by more than one standard
//! error of the difference.
//!
//! # Source
//! Breiman, Friedman, Olshen and Stone, "Classification and regression trees" (1984), for the rule of one standard error.

use std::borrow::Cow;
use std::fmt;
use std::ops::RangeInclusive;

use serde::Serialize;

use super::coordinates::Coordinates;
use super::evaluate::check_size;
use super::fitting::{Problem, linear_part};
use super::linear_part::LinearPart;
use super::loss::Loss;
use super::options::Options;
use super::penalty::{Chosen, LINEAR_SHARES};
use super::progress::AtMost;
use super::samples::Samples;
use super::split::Selection;
use super::subsample::Subsample;
use super::survey::{Survey, survey};
use super::transform::{Scaling, Transform};
use super::trial::{Fold, Trial, Tried, WORTH_IT, folds, gains, weights};
use super::windows::{Windows, collect_str};
use crate::export::{Column, Shown, Table, Value, counted, variant_name};
use crate::monitor::CancelOnly;
use crate::{Error, Monitor};

/// Samples on which shapes are tried, at most.
const MOST_SAMPLES: u64 = 1024;
/// Numbers of a filter and its output weights, at most, unless no way to cut a row has as few.
const MOST_NUMBERS: usize = 256;
/// How many of the best go on to the next stage.
const GO_ON: usize = 2;
/// Coefficients of a linear part beyond which none is tried.
const WIDEST_LINEAR: usize = 512;

/// Filters that are tried where their number is chosen.
const MOST_TRIED: usize = 4;

/// What may be chosen.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Choices {
    /// Ways to cut a row, all of the same width.
    pub windows: Vec<Windows>,
    /// Whether windows that overlap are tried.
    pub overlaps: bool,
    /// Scalings, and whether filters have a bias, beside those of the options.
    pub scalings: Vec<(Scaling, bool)>,
    /// Numbers of filters.
    pub filters: RangeInclusive<usize>,
    /// Whether a linear part is tried, if the options have none.
    pub linear: bool,
}

impl Choices {
    /// What is chosen for these ways to cut a row: overlaps where there are several of them, scalings if asked, and the number of filters
    /// with a linear part if asked, else that of the options.
    pub fn usual(
        windows: Vec<Windows>,
        options: &Options,
        choose_scaling: bool,
        choose_filters: bool,
    ) -> Self {
        let scalings = match (choose_scaling, options.filter_bias) {
            (true, false) => vec![(Scaling::None, true), (Scaling::Standardise, true)],
            (true, true) => vec![(Scaling::Standardise, true)],
            (false, _) => Vec::new(),
        };
        let filters = if choose_filters { 1..=MOST_TRIED } else { options.filters..=options.filters };
        Self { overlaps: windows.len() > 1, windows, scalings, filters, linear: choose_filters }
    }
}

/// A shape that was tried.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Candidate {
    /// How a row is cut.
    #[serde(serialize_with = "collect_str")]
    pub windows: Windows,
    /// How patches are scaled.
    pub scaling: Scaling,
    /// Whether filters have a bias.
    pub filter_bias: bool,
    /// Number of filters.
    pub filters: usize,
    /// Whether there is a linear part.
    pub linear: bool,
    /// Free numbers.
    pub numbers: usize,
    /// `R²` on the folds of the choice; with the logistic loss the share by which the loss is below that of the shares of the classes
    /// (McFadden's `R²`).
    pub r2: f64,
    /// How much lower that is than the best, with the standard error of the difference, where there are enough samples.
    pub below_best: f64,
    /// See above.
    pub standard_error: Option<f64>,
}

/// What was tried, and what was chosen.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Choice {
    /// Everything that was tried, in order.
    pub candidates: Vec<Candidate>,
    /// The place of the one chosen.
    pub chosen: usize,
    /// Samples in all folds together.
    pub samples: u64,
    /// Whether the time allowed ended before all had been tried.
    pub out_of_time: bool,
}

impl Choice {
    /// The one chosen.
    pub fn chosen(&self) -> &Candidate {
        &self.candidates[self.chosen]
    }

    /// What was chosen of how many, and why, as a sentence without a full stop.
    pub fn sentence(&self) -> String {
        let all = counted(self.candidates.len() as u64, "shape");
        let ended = if self.out_of_time { ", until time was out" } else { "" };
        let tried = format!("{all} tried on {} samples{ended}", self.samples);
        match self.chosen().below_best > 0.0 {
            true => format!(
                "{}: of {tried}, the one with the fewest numbers within one standard error of the best",
                self.chosen()
            ),
            false => format!("{}: the best of {tried}", self.chosen()),
        }
    }

    /// All that were tried, one row each, in order: `R²` on the folds of the choice, how much that is below the best, and the standard error
    /// of this difference.
    pub fn table(&self) -> Table {
        let mut table = Table::new(vec![
            Column::new("chosen", "", Shown::Plain).or(""),
            Column::new("shape", "shape (* chosen)", Shown::Plain),
            Column::new("numbers", "numbers", Shown::Plain),
            Column::new("r2", "R²", Shown::Decimals(4)),
            Column::new("below_best", "below", Shown::Decimals(4)),
            Column::new("standard_error", "±", Shown::Decimals(4)).or("–"),
            Column::hidden("patches"),
            Column::hidden("scaling"),
            Column::hidden("filter_bias"),
            Column::hidden("filters"),
            Column::hidden("linear"),
        ])
        .keyed(2);
        for (at, candidate) in self.candidates.iter().enumerate() {
            table.push(vec![
                if at == self.chosen { "*".into() } else { Value::Missing },
                candidate.to_string().into(),
                (candidate.numbers as u64).into(),
                candidate.r2.into(),
                candidate.below_best.into(),
                candidate.standard_error.map_or(Value::Missing, Value::from),
                candidate.windows.to_string().into(),
                variant_name(candidate.scaling).into(),
                u64::from(candidate.filter_bias).into(),
                (candidate.filters as u64).into(),
                u64::from(candidate.linear).into(),
            ]);
        }
        table
    }
}

/// “8 windows of 8 numbers, scaled, bias, 2 filters, linear”.
impl fmt::Display for Candidate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.windows)?;
        f.write_str(match self.scaling {
            Scaling::None => "",
            Scaling::Standardise => ", scaled",
            Scaling::Whiten => ", whitened",
        })?;
        f.write_str(if self.filter_bias { ", bias" } else { "" })?;
        write!(f, ", {}", counted(self.filters as u64, "filter"))?;
        f.write_str(if self.linear { ", linear" } else { "" })
    }
}

impl Candidate {
    /// Whether it has the same shape.
    pub fn is_like(&self, other: &Self) -> bool {
        self.shape() == other.shape()
    }

    fn shape(&self) -> (&Windows, Scaling, bool, usize, bool) {
        (&self.windows, self.scaling, self.filter_bias, self.filters, self.linear)
    }

    /// The options with this shape.
    pub fn options(&self, options: &Options) -> Options {
        let Self { scaling, filter_bias, filters, linear, .. } = *self;
        Options { scaling, filter_bias, filters, linear, ..options.clone() }
    }
}

/// See the description of the module. The penalty of the one chosen is for all samples.
pub(super) fn choose(
    source: &mut Samples<'_>,
    selection: Selection<'_>,
    choices: &Choices,
    options: &Options,
    monitor: &dyn Monitor,
) -> Result<(Choice, Chosen), Error> {
    let total = source.samples();
    let selected = (0..total).filter(|&row| selection.contains(row)).count() as u64;
    let stride = Subsample::stride(selected, source.windows().width()).max(selected.div_ceil(MOST_SAMPLES));
    let some = Subsample::every(stride, source, selection, &CancelOnly(monitor))?;
    let survey = survey(&mut some.source()?, Selection::All, &CancelOnly(monitor))?;
    if survey.target_variance <= 0.0 {
        return Err(Error::ConstantTarget { value: survey.target_mean });
    }
    let loss = Loss::of(options, &survey)?;
    let folds = folds(&some, options.seed)?;
    let most = choices.windows.len()
        + GO_ON * (choices.scalings.len() + choices.filters.end())
        + 2 * choices.filters.end();
    let stage = AtMost::begin(monitor, "choosing the shape", most as u64);
    let mut tried = Choosing {
        some: &some,
        survey: &survey,
        loss,
        folds: &folds,
        options,
        stage: &stage,
        monitor,
        trials: Vec::new(),
        all: Vec::new(),
        out_of_time: false,
    };
    tried.all(choices)?;
    stage.finish();
    let (choice, chosen) = tried.choice(*choices.filters.start());
    Ok((choice, chosen.for_samples(some.samples(), selected)))
}

/// A choice under way.
struct Choosing<'a> {
    some: &'a Subsample,
    survey: &'a Survey,
    loss: Loss,
    folds: &'a [Fold],
    options: &'a Options,
    stage: &'a AtMost<'a>,
    monitor: &'a dyn Monitor,
    /// The last state of each shape: what it is, and the trial.
    trials: Vec<(Candidate, Trial<'a>)>,
    /// All states, with their errors and penalties.
    all: Vec<(Candidate, Tried, Chosen)>,
    out_of_time: bool,
}

impl<'a> Choosing<'a> {
    fn all(&mut self, choices: &Choices) -> Result<(), Error> {
        let Options { scaling, filter_bias, linear, .. } = *self.options;
        let size = |windows: &&Windows| windows.patch_dim() + windows.patches();
        let smallest = choices.windows.iter().min_by_key(size);
        let small = choices.windows.iter().filter(|windows| size(windows) <= MOST_NUMBERS);
        for windows in small.chain(smallest.filter(|windows| size(windows) > MOST_NUMBERS)) {
            self.one_filter(windows, (scaling, filter_bias), linear)?;
        }
        for at in self.best() {
            let windows = self.trials[at].0.windows.clone();
            for &scaled in choices.scalings.iter().filter(|&&scaled| scaled != (scaling, filter_bias)) {
                self.one_filter(&windows, scaled, linear)?;
            }
        }
        for at in self.best() {
            self.add_filters(at, &choices.filters)?;
        }
        let same = |best: &Candidate| best.filters..=best.filters;
        if choices.overlaps
            && let Some(best) = self.best_candidate()
            && let Some(windows) = best.windows.overlapping()
            && let Some(at) = self.one_filter(&windows, (best.scaling, best.filter_bias), linear)?
        {
            self.add_filters(at, &same(&best))?;
        }
        if choices.linear
            && !linear
            && self.of_linear() <= WIDEST_LINEAR
            && let Some(best) = self.best_candidate()
            && let Some(at) = self.one_filter(&best.windows, (best.scaling, best.filter_bias), true)?
        {
            self.add_filters(at, &same(&best))?;
            let (_, trial) = &mut self.trials[at];
            let share = trial.refine_linear(&LINEAR_SHARES)?;
            // The last state is that of this shape.
            if let Some((_, tried, chosen)) = self.all.last_mut() {
                (*tried, *chosen) = (trial.best.clone(), trial.chosen(share));
            }
        }
        Ok(())
    }

    fn best_candidate(&self) -> Option<Candidate> {
        self.best().first().map(|&at| self.trials[at].0.clone())
    }

    /// The places of the best shapes, the best first.
    fn best(&self) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.trials.len()).collect();
        let loss = |at: usize| self.trials[at].1.best.loss;
        order.sort_by(|&one, &other| loss(one).total_cmp(&loss(other)));
        order.truncate(GO_ON);
        order
    }

    /// Whether there is time for one more; the first has to be tried.
    fn goes_on(&mut self) -> Result<bool, Error> {
        self.monitor.check()?;
        self.out_of_time |= !self.trials.is_empty() && self.monitor.is_out_of_time();
        Ok(!self.out_of_time)
    }

    /// Largest number of coefficients of a linear part that are searched for.
    fn most_searched(&self, has_linear: bool) -> usize {
        LinearPart::most_searched(has_linear, self.loss, self.some.samples(), self.some.width())
    }

    /// Number of coefficients of a linear part, at most.
    fn of_linear(&self) -> usize {
        if self.loss.is_squares() { self.some.width() } else { self.most_searched(true) }
    }

    /// One filter of a shape; the place of the trial, if there was time for it.
    fn one_filter(
        &mut self,
        windows: &Windows,
        (scaling, filter_bias): (Scaling, bool),
        linear: bool,
    ) -> Result<Option<usize>, Error> {
        if !self.goes_on()? {
            return Ok(None);
        }
        check_size(windows, 1, self.loss, self.most_searched(linear))?;
        let quiet = &CancelOnly(self.monitor);
        let source = &mut self.some.cut(windows)?;
        let survey = match self.survey.cut(windows) {
            Some(survey) => survey,
            None => survey(source, Selection::All, quiet)?,
        };
        let part = match linear {
            true => {
                let rule = (self.loss, self.options.ridge);
                Some(linear_part(source, Selection::All, self.survey, rule, quiet)?)
            }
            false => None,
        };
        let coordinates = Coordinates {
            patch_dim: windows.patch_dim(),
            patches: windows.patches(),
            filters: 1,
            filter_bias,
            intercept: self.options.intercept,
            transform: Transform::new(scaling, &survey),
            linear: part,
            loss: self.loss,
            activation: self.options.activation,
        };
        let problem = Problem {
            coordinates: &coordinates,
            survey: &survey,
            races: true,
            penalty: None,
            options: self.options,
            selection: Selection::All,
            monitor: quiet,
        };
        let scale = problem.penalty_scale(source)?;
        let (survey, options, monitor) = (Cow::Owned(survey), self.options, self.monitor);
        let trial = Trial::new(&coordinates, survey, options, self.folds, windows, scale, true, monitor)?;
        let candidate = Candidate {
            windows: windows.clone(),
            scaling,
            filter_bias,
            filters: 1,
            linear,
            numbers: 0,
            r2: 0.0,
            below_best: 0.0,
            standard_error: None,
        };
        self.all.push((candidate.clone(), trial.best.clone(), trial.chosen(1.0)));
        self.trials.push((candidate, trial));
        self.stage.advance(1);
        Ok(Some(self.trials.len() - 1))
    }

    /// Filters are added to a shape: to as many as there have to be, and then as long as each predicts better.
    fn add_filters(&mut self, at: usize, filters: &RangeInclusive<usize>) -> Result<(), Error> {
        while self.trials[at].0.filters < *filters.end() && self.goes_on()? {
            let linear = self.most_searched(self.trials[at].0.linear);
            let (candidate, trial) = &mut self.trials[at];
            if check_size(&candidate.windows, candidate.filters + 1, self.loss, linear).is_err() {
                break;
            }
            let before = trial.best.clone();
            trial.add_filter()?;
            trial.improve()?;
            candidate.filters += 1;
            self.all.push((candidate.clone(), trial.best.clone(), trial.chosen(1.0)));
            self.stage.advance(1);
            if candidate.filters > *filters.start() && trial.best.loss > before.loss * (1.0 - WORTH_IT) {
                break;
            }
        }
        Ok(())
    }

    fn choice(mut self, fewest: usize) -> (Choice, Chosen) {
        if self.all.iter().any(|(candidate, ..)| candidate.filters >= fewest) {
            self.all.retain(|(candidate, ..)| candidate.filters >= fewest);
        }
        let losses = self.all.iter().map(|(_, tried, _)| tried.loss);
        let best = losses.enumerate().min_by(|one, other| one.1.total_cmp(&other.1)).map_or(0, |best| best.0);
        let weight: f64 = weights(self.folds).sum();
        // Errors are squares, twice the loss of squares, or the logistic loss.
        let of_constant = self.loss.of_constant(self.survey) * if self.loss.is_squares() { 2.0 } else { 1.0 };
        let directions = self.some.width().min(self.some.samples() as usize - 1);
        let lowest = self.all[best].1.clone();
        let penalties: Vec<Chosen> = self.all.iter().map(|(.., chosen)| *chosen).collect();
        let candidates: Vec<Candidate> = self
            .all
            .into_iter()
            .map(|(candidate, tried, _)| {
                let gains = gains(self.folds, &tried.errors, &lowest.errors);
                let free = self.loss.free_values();
                let of_filter = candidate.windows.patch_dim() + free * candidate.windows.patches() - 1;
                let of_filters = candidate.filters * (of_filter + usize::from(candidate.filter_bias));
                let of_linear = if candidate.linear { free * directions } else { 0 };
                Candidate {
                    numbers: of_filters + of_linear + free * usize::from(self.options.intercept),
                    r2: 1.0 - tried.loss / weight / of_constant,
                    below_best: gains.mean() / of_constant,
                    standard_error: gains.standard_error().map(|error| error / of_constant),
                    ..candidate
                }
            })
            .collect();
        let is_close = |candidate: &Candidate| {
            candidate.below_best <= candidate.standard_error.unwrap_or(0.0) && candidate.r2.is_finite()
        };
        let simplest =
            (0..candidates.len()).filter(|&at| is_close(&candidates[at])).min_by(|&one, &other| {
                let (one, other) = (&candidates[one], &candidates[other]);
                one.numbers.cmp(&other.numbers).then(one.below_best.total_cmp(&other.below_best))
            });
        let chosen = simplest.unwrap_or(best);
        let choice =
            Choice { chosen, candidates, samples: self.some.samples(), out_of_time: self.out_of_time };
        (choice, penalties[chosen])
    }
}
