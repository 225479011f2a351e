//! The search for the lowest minimum: independent searches from random filters, searches from perturbed filters around the lowest end
//! points, and the antipodal restart.
//!
//! On samples no theorem counts the minima. Beside the two of the population there are others: some far from the best, some only a kink
//! or two away. So searches are made until several of them have ended at the lowest minimum and few alone at another one
//! ([`Tally`]).

use std::f64::consts::TAU;

use nalgebra::DVector;

use super::angle::SAME_ANGLE;
use super::descent::{Schedule, descend};
use super::evaluate::gauss_newton;
use super::fitting::Problem;
use super::levenberg::{Minimum, SearchRules, StopReason, search};
use super::loss::Loss;
use super::options::Optimiser;
use super::samples::Samples;
use super::search_summary::{FoundBy, SearchEnd};
use super::split::Selection;
use super::starts::{Drawing, Start, StartKind, Starts};
use super::subsample::Subsample;
use super::tally::Tally;
use crate::Error;
use crate::monitor::CancelOnly;
use crate::numerics::random::stream;

/// The first searches end where a step gains less than this share of the loss.
const ROUGH: f64 = 1e-4;
/// A search for a loss that is only reported ends where a step gains less than this share of it.
const REPORTED: f64 = 1e-5;
/// On all samples of large data, a search ends at a step that gains nothing and was to change the logarithm of the likelihood by less than this.
const UNLIKELY: f64 = 1e-4;
/// Minima found on a subsample that are refined on all samples.
const FINALISTS: usize = 3;
/// Minima higher by more than so many standard errors, of about `ℓ/√m` for `m` samples, are higher on all samples as well.
const CLEARLY_HIGHER: f64 = 10.0;
/// Independent searches in a group, and the number of searches without the stopping rule.
const AT_A_TIME: usize = 8;
/// Largest number of independent searches with the stopping rule.
const MOST_SEARCHES: usize = 64;
/// Angles of the perturbed filters around a minimum, in radians.
const TILTS: [f64; 8] = [0.05, 0.1, 0.15, 0.25, 0.4, 0.6, 0.9, 1.3];
/// Largest number of moves to a lower minimum nearby.
const MOST_MOVES: u64 = 8;
/// The same after a race, for minima of several filters, more of which are near each other than can be tried.
const MOST_MOVES_AFTER_A_RACE: u64 = 2;
/// End points around a minimum that are refined.
const NEAREST: usize = 2;
/// Perturbed filters are also tried at end points up to this factor higher than the lowest, if their filters have another direction.
const WORTH_A_LOOK: f64 = 1.05;
/// Largest number of these end points.
const MOST_LOOKS: usize = 8;
/// A minimum nearby has to be lower by this share of the loss to move there.
const WORTH_A_MOVE: f64 = 1e-6;

/// The result of all searches.
pub(super) struct Found {
    pub(super) best: Minimum,
    /// The end point of the antipodal restart.
    pub(super) antipodal: Minimum,
    /// Every search; the antipodal restart is the last.
    pub(super) runs: Vec<Run>,
    /// Number of independent searches; not all of several filters are carried to the end and counted in the tally.
    pub(super) searches: usize,
    pub(super) tally: Tally,
    pub(super) found_by: FoundBy,
    pub(super) ended: SearchEnd,
}

/// A search and its end point.
#[derive(Debug, Clone)]
pub(super) struct Run {
    pub(super) start: StartKind,
    pub(super) minimum: Minimum,
    /// Number of samples that it used.
    pub(super) samples: u64,
    /// Whether it was refined to convergence: of a random filter and its opposite only the lower one is.
    pub(super) finished: bool,
    /// The lowest minimum on the samples that it used.
    pub(super) is_best: bool,
}

/// The result of independent searches on one set of samples.
pub(super) struct Explored {
    pub(super) runs: Vec<Run>,
    /// Number of independent searches.
    pub(super) searches: usize,
    /// The end points of those that were carried to the end.
    pub(super) ends: Vec<Minimum>,
    /// The minima found from perturbed filters around the lowest of them.
    pub(super) around: Vec<Minimum>,
    pub(super) ended: SearchEnd,
}

impl Explored {
    fn minima(&self) -> impl Iterator<Item = &Minimum> {
        self.around.iter().chain(&self.ends)
    }

    /// The lowest of all. (There is at least one search, and one end point for each.)
    pub(super) fn best(&self) -> &Minimum {
        self.minima().min_by(|one, other| height(one).total_cmp(&height(other))).unwrap_or(&self.ends[0])
    }
}

impl Problem<'_> {
    pub(super) fn search_for_best(&self, source: &mut Samples<'_>, ridge: f64) -> Result<Found, Error> {
        match self.options.optimiser {
            Optimiser::Auto => self.with_antipodal_restart(source, ridge),
            Optimiser::LeastSquares => {
                let starts = self.plain_starts();
                let (kinds, starts): (Vec<_>, Vec<_>) = starts.into_iter().map(|s| (s.kind, s.theta)).unzip();
                let minima = self.search("searching", source, &self.precise_rules(ridge), starts)?;
                self.beside_antipode(source, kinds, minima, ridge)
            }
            Optimiser::Descent { step_size, most_steps } => {
                self.descent(source, step_size, Schedule::Full { most_steps, tolerance: 1e-9 })
            }
            Optimiser::Batches { step_size, epochs, samples } => {
                self.descent(source, step_size, Schedule::Batches { epochs, samples })
            }
        }
    }

    /// Stopping rules for machine precision.
    pub(super) fn precise_rules(self, ridge: f64) -> SearchRules {
        SearchRules {
            ridge,
            floor: self.floor(),
            most_steps: 500,
            tolerance: 0.0,
            progress: 1e-5,
            in_vain: 0.0,
            // What is left when a linear part is eliminated has the rounding errors of what was there before.
            zero: match self.coordinates.eliminated() {
                Some(_) => 1e-15 * self.survey.target_variance,
                None => self.coordinates.loss.nothing_left(self.survey),
            },
            finalists: 0,
        }
    }

    /// Stopping rules for distinguishing minima. Those where searches race are not told apart.
    pub(super) fn near_rules(&self, ridge: f64) -> SearchRules {
        let (tolerance, progress) = if self.races { (1e-6, 1e-3) } else { (1e-8, 1e-4) };
        SearchRules { tolerance, progress, ..self.precise_rules(ridge) }
    }

    /// Stopping rules for reaching the neighbourhood of a minimum.
    pub(super) fn rough_rules(&self, ridge: f64) -> SearchRules {
        SearchRules { tolerance: ROUGH, progress: 100.0 * ROUGH, most_steps: 50, ..self.precise_rules(ridge) }
    }

    /// One random start for each search, without opposites, or the given starts.
    fn plain_starts(&self) -> Vec<Start> {
        let drawing = self.drawing();
        drawing.chosen(&self.options.starts).unwrap_or_else(|| {
            let count = match self.options.starts {
                Starts::Random(count) => count,
                _ => AT_A_TIME,
            };
            (0..count as u64).flat_map(|index| drawing.random(index, false)).collect()
        })
    }

    pub(super) fn drawing(&self) -> Drawing<'_> {
        Drawing::new(self.coordinates, self.survey, self.options.seed, None)
    }

    /// Searches side by side, as a separate stage of progress.
    fn search(
        &self,
        stage: &str,
        source: &mut Samples<'_>,
        rules: &SearchRules,
        starts: Vec<DVector<f64>>,
    ) -> Result<Vec<Minimum>, Error> {
        self.monitor.begin(stage, Some(starts.len() as u64));
        search(source, self.selection, self.coordinates, rules, starts, self.monitor)
    }

    /// The parameters with each of the filters reversed in turn.
    pub(super) fn antipodes(&self, theta: &DVector<f64>) -> Vec<DVector<f64>> {
        (0..self.coordinates.filters).map(|i| self.coordinates.antipode(theta, i)).collect()
    }

    /// One search.
    fn search_one(
        &self,
        stage: &str,
        source: &mut Samples<'_>,
        rules: &SearchRules,
        start: DVector<f64>,
    ) -> Result<Minimum, Error> {
        Ok(self.search(stage, source, rules, vec![start])?.remove(0))
    }

    /// Independent searches, on a subsample of large data; the lowest minima refined on all samples; the antipodal restart.
    fn with_antipodal_restart(&self, source: &mut Samples<'_>, ridge: f64) -> Result<Found, Error> {
        let some = self.some_samples(source)?;
        let in_vain = if some.is_some() { UNLIKELY / self.survey.samples as f64 } else { 0.0 };
        let precise = SearchRules { in_vain, ..self.precise_rules(ridge) };
        let (mut explored, reference, mut best) = match &some {
            None => {
                let explored = self.explore(source, ridge, self.survey.samples)?;
                let best = explored.best().clone();
                (explored, best.clone(), best)
            }
            Some(some) => {
                let few = &mut some.source()?;
                let coordinates = &self.coordinates.on(few, Selection::All, self.monitor)?;
                let part = Problem { selection: Selection::All, coordinates, ..*self };
                let explored = part.explore(few, ridge, some.samples())?;
                let finalists = self.finalists(&explored);
                let mut minima: Vec<Minimum> = finalists.clone();
                if minima.len() > 1 {
                    let starts = minima.into_iter().map(|minimum| minimum.theta).collect();
                    minima = self.search("comparing the best", source, &self.near_rules(ridge), starts)?;
                }
                let best = lowest(&minima);
                let start = minima.swap_remove(best).theta;
                let minimum = self.search_one("finishing the best", source, &precise, start)?;
                (explored, finalists[best].clone(), minimum)
            }
        };
        let seen = explored.runs[0].samples;
        let tally = Tally::new(&explored.ends, &reference, |one, other| self.same_end(one, other, seen));
        for run in &mut explored.runs {
            run.is_best = self.same_end(&run.minimum, &reference, seen);
        }
        // It may be among the end points already, but with other output weights.
        let starts = self.antipodes(&best.theta);
        let mut antipodal = match &some {
            None => self.search_antipodes(source, ridge, starts)?,
            Some(some) => {
                // Most of the way is found on the subsample, too.
                let few = &mut some.source()?;
                let coordinates = &self.coordinates.on(few, Selection::All, self.monitor)?;
                let part = Problem { selection: Selection::All, coordinates, ..*self };
                let near = part.search_antipodes(few, ridge, starts)?;
                if self.same_end(&near, &reference, seen) {
                    Minimum { steps: near.steps, ..best.clone() }
                } else {
                    let rules = match is_clearly_higher(&near, &reference, seen) {
                        // Its loss is only reported.
                        true => SearchRules { tolerance: REPORTED, ..precise },
                        false => self.near_rules(ridge),
                    };
                    let end = self.search_one("antipodal restart", source, &rules, near.theta)?;
                    Minimum { steps: near.steps + end.steps, ..end }
                }
            }
        };
        if height(&antipodal) < height(&best) {
            antipodal = self.search_one("antipodal restart", source, &precise, antipodal.theta)?;
        }
        let is_lower = height(&antipodal) < height(&best);
        let comes_back = self.same_end(&antipodal, &best, self.survey.samples);
        let is_another = is_lower && !comes_back;
        let mut runs = std::mem::take(&mut explored.runs);
        if is_another {
            runs.iter_mut().for_each(|run| run.is_best = false);
        }
        runs.push(Run {
            start: StartKind::Antipodal,
            minimum: antipodal.clone(),
            samples: self.survey.samples,
            finished: true,
            is_best: is_lower || comes_back,
        });
        if is_lower {
            std::mem::swap(&mut best, &mut antipodal);
        }
        let (tally, found_by) = match tally.reached_best {
            _ if is_another => (Tally { reached_best: 0, ..tally }, FoundBy::AntipodalRestart),
            0 => (tally, FoundBy::LookAround),
            _ => (tally, FoundBy::Search),
        };
        let Explored { searches, ended, .. } = explored;
        Ok(Found { best, antipodal, runs, searches, tally, found_by, ended })
    }

    /// The end point of the lowest search from the antipodes. Its loss need not be known to machine precision.
    fn search_antipodes(
        &self,
        source: &mut Samples<'_>,
        ridge: f64,
        mut starts: Vec<DVector<f64>>,
    ) -> Result<Minimum, Error> {
        if starts.len() > 1 {
            // Where filters are reversed in turn, only the lowest is of interest.
            let rules = SearchRules { finalists: 1, ..self.rough_rules(ridge) };
            starts = vec![lowest_of(self.search("reversed filters", source, &rules, starts)?).theta];
        }
        Ok(lowest_of(self.search("antipodal restart", source, &self.near_rules(ridge), starts)?))
    }

    /// Independent searches one after the other, and searches from perturbed filters around each end point that is lower than all before
    /// it, or hardly higher with another direction of the filter.
    ///
    /// A random filter and its opposite are one search: both are minimised roughly, and the lower one to convergence. More searches on
    /// the same samples only add end points, so the best loss is never higher than with fewer searches.
    fn explore(&self, source: &mut Samples<'_>, ridge: f64, samples: u64) -> Result<Explored, Error> {
        let drawing = self.drawing();
        let chosen = drawing.chosen(&self.options.starts);
        if self.races && chosen.is_none() {
            return self.explore_by_race(source, ridge, samples);
        }
        let (most, goes_on) = match self.options.starts {
            Starts::Auto => (MOST_SEARCHES, true),
            Starts::Random(count) => (count, false),
            Starts::FourSigns | Starts::Given(_) => (1, false),
        };
        let (runs, ends, around) = (Vec::new(), Vec::new(), Vec::new());
        let mut explored = Explored { runs, searches: 0, ends, around, ended: SearchEnd::AsAsked };
        let (mut record, mut looked) = (f64::INFINITY, Vec::new());
        while explored.ends.len() < most {
            let first = explored.ends.len();
            let groups: Vec<Vec<Start>> = match &chosen {
                Some(chosen) => vec![chosen.clone()],
                None => (first..most.min(first + AT_A_TIME))
                    .map(|index| drawing.random(index as u64, true))
                    .collect(),
            };
            let stage = format!("searches {} to {}", first + 1, first + groups.len());
            self.monitor.begin(&stage, Some(groups.iter().map(|group| group.len() as u64 + 1).sum()));
            let starts = groups.iter().flatten().map(|start| start.theta.clone()).collect();
            let rough = self.rough_rules(ridge);
            let mut minima = search(source, self.selection, self.coordinates, &rough, starts, self.monitor)?;
            // The lowest of each group is refined to convergence.
            let mut at = 0;
            let lower: Vec<usize> = groups
                .iter()
                .map(|group| {
                    let place = at + lowest(&minima[at..at + group.len()]);
                    at += group.len();
                    place
                })
                .collect();
            let starts = lower.iter().map(|&place| minima[place].theta.clone()).collect();
            let near = self.near_rules(ridge);
            let ends = search(source, self.selection, self.coordinates, &near, starts, self.monitor)?;
            for (&place, end) in lower.iter().zip(&ends) {
                minima[place] = Minimum { steps: minima[place].steps + end.steps, ..end.clone() };
            }
            let kinds = groups.iter().flatten().map(|start| start.kind);
            explored.runs.extend(kinds.zip(minima).enumerate().map(|(place, (start, minimum))| Run {
                start,
                minimum,
                samples,
                finished: lower.contains(&place),
                is_best: false,
            }));
            for (index, end) in ends.iter().enumerate() {
                let is_new = || {
                    looked.len() < MOST_LOOKS
                        && looked.iter().all(|other| self.angle(&end.theta, other) > NEAR_ANGLE)
                };
                let is_lower = height(end) < record * (1.0 - WORTH_A_MOVE);
                record = record.min(height(end));
                if is_lower || height(end) < WORTH_A_LOOK * record && is_new() {
                    looked.push(end.theta.clone());
                    let around = self.look_around(source, ridge, end, &drawing, (first + index) as u64)?;
                    explored.around.push(around);
                }
            }
            explored.ends.extend(ends);
            explored.searches = explored.ends.len();
            if goes_on {
                let same = |one: &Minimum, other: &Minimum| self.same_end(one, other, samples);
                let tally = Tally::new(&explored.ends, explored.best(), same);
                explored.ended = if tally.is_settled() { SearchEnd::Settled } else { SearchEnd::Budget };
                if tally.is_settled() {
                    break;
                }
            }
        }
        Ok(explored)
    }

    /// Searches from perturbed filters around a minimum. The lowest end point is refined to convergence, and the procedure is repeated
    /// there as long as the loss decreases. Minima that differ by a kink lie close together.
    pub(super) fn look_around(
        &self,
        source: &mut Samples<'_>,
        ridge: f64,
        minimum: &Minimum,
        drawing: &Drawing<'_>,
        index: u64,
    ) -> Result<Minimum, Error> {
        let mut best = minimum.clone();
        let quiet = CancelOnly(self.monitor);
        let most_moves = if self.races { MOST_MOVES_AFTER_A_RACE } else { MOST_MOVES };
        for round in 0..most_moves {
            // Without a bias a filter of one entry cannot be tilted.
            let is_alone = self.coordinates.of_filter() == 1;
            if is_alone || matches!(best.stop, StopReason::Exact | StopReason::Separated) {
                break;
            }
            let mut random = stream(self.options.seed, TILTED, index * MOST_MOVES + round);
            let around = TILTS.map(|tilt| drawing.tilted(&best.theta, tilt, &mut random));
            let finalists = if self.races { NEAREST } else { 0 };
            let rough = SearchRules { finalists, ..self.rough_rules(ridge) };
            let mut near = search(source, self.selection, self.coordinates, &rough, around.to_vec(), &quiet)?;
            near.sort_by(|one, other| height(one).total_cmp(&height(other)));
            near.truncate(NEAREST);
            let starts = near.into_iter().map(|minimum| minimum.theta).collect();
            let rules = self.near_rules(ridge);
            let minima = search(source, self.selection, self.coordinates, &rules, starts, &quiet)?;
            let lower = &minima[lowest(&minima)];
            let gain = height(&best) - height(lower);
            if gain > 0.0 {
                best = lower.clone();
            }
            if gain <= WORTH_A_MOVE * height(&best) {
                break;
            }
        }
        let (precise, starts) = (self.precise_rules(ridge), vec![best.theta.clone()]);
        let bottom =
            search(source, self.selection, self.coordinates, &precise, starts, &quiet)?.swap_remove(0);
        Ok(if height(&bottom) <= height(&best) { bottom } else { best })
    }

    /// Whether the samples cannot distinguish two minima: their filters have almost the same direction, and their likelihoods differ by
    /// less than a factor of `√e`.
    ///
    /// ```text
    /// 2 (ln L − ln L') = n |ℓ' − ℓ|/ℓ < 1        2n |ℓ' − ℓ| with the logistic loss
    /// ```
    pub(super) fn same_end(&self, one: &Minimum, other: &Minimum, samples: u64) -> bool {
        let apart = self.angle(&one.theta, &other.theta);
        let (a, b) = (height(one), height(other));
        let zero = 1e-20 * self.survey.target_variance;
        let noise = match self.coordinates.loss {
            Loss::Squares => a.min(b),
            Loss::Logistic { .. } | Loss::Multinomial { .. } => 0.5,
        };
        apart < NEAR_ANGLE && (a - b).abs() * samples as f64 <= noise + zero * samples as f64
    }

    /// The lowest minima with different filters, as far as all samples might tell another one to be the lowest.
    fn finalists(&self, explored: &Explored) -> Vec<Minimum> {
        let mut order: Vec<&Minimum> = explored.minima().collect();
        order.sort_by(|one, other| height(one).total_cmp(&height(other)));
        let mut finalists: Vec<Minimum> = Vec::new();
        for minimum in order {
            let samples = explored.runs[0].samples;
            if finalists.iter().all(|other| self.angle(&minimum.theta, &other.theta) > SAME_ANGLE)
                && finalists.len() < FINALISTS
                && finalists.first().is_none_or(|best| !is_clearly_higher(minimum, best, samples))
            {
                finalists.push(minimum.clone());
            }
        }
        finalists
    }

    fn descent(
        &self,
        source: &mut Samples<'_>,
        step_size: Option<f64>,
        schedule: Schedule,
    ) -> Result<Found, Error> {
        let (kinds, mut starts): (Vec<_>, Vec<_>) =
            self.plain_starts().into_iter().map(|start| (start.kind, start.theta)).unzip();
        let step_size = match step_size {
            Some(step_size) => step_size,
            None => {
                let (step_size, length) = self.step_size(source, &starts[0])?;
                starts
                    .iter_mut()
                    .for_each(|theta| theta.rows_mut(0, self.coordinates.patch_dim).scale_mut(length));
                step_size
            }
        };
        let minima =
            descend(source, self.selection, self.coordinates, step_size, schedule, starts, self.monitor)?;
        self.beside_antipode(source, kinds, minima, 0.0)
    }

    /// A step size `η` from the curvature of the output weights, and a length of `v` for which this step size suits the filter as well.
    ///
    /// ```text
    /// η = 1/λ_max(∂²ℓ/∂(a, c)²)        ‖v‖² = (1 + c²) B² λ_max(C)/(2/η)        B² = Var y/(Var σ(x) w·Cw)
    /// ```
    ///
    /// `C` is the covariance of a patch, and `B²` estimates `‖a‖²`: the labels of independent patches have variance
    /// `‖a‖² Var σ(w·z)`. The curvature of the filter is then `B²(1 + c²)/2` times the variance along a direction, over `‖v‖²`, and that of
    /// a bias, whose terms all have one sign, `kB²(1 + c)²/4`, since `E σ'² = (1 + c²)/2` and `E σ' = (1 + c)/2`.
    fn step_size(&self, source: &mut Samples<'_>, start: &DVector<f64>) -> Result<(f64, f64), Error> {
        let network = [self.coordinates.network(start)];
        let sums = gauss_newton(source, &network, self.selection, &CancelOnly(self.monitor))?;
        let here = self.coordinates.quadratic(sums.into_iter().next().ok_or(Error::NoSamples)?);
        let (first, n) = (self.coordinates.first_output(), self.coordinates.len());
        let curvature =
            here.hessian.view((first, first), (n - first, n - first)).symmetric_eigenvalues().max();
        let covariance = self.coordinates.covariance(self.survey);
        let w = start.rows(0, self.coordinates.patch_dim);
        let along = w.dot(&(&covariance * w)).max(f64::MIN_POSITIVE);
        let largest = covariance.symmetric_eigenvalues().max();
        // Var σ(x) = (1 + c²)/2 − (1 − c)²/2π = α/2π for a standard normal x
        let activation = self.coordinates.activation;
        let variance = activation.output_rate() / TAU;
        let b_squared = self.survey.target_variance / (variance * along);
        let mut curvature = if curvature > 0.0 { curvature } else { 1.0 };
        if self.coordinates.filter_bias {
            let slope = 1.0 + activation.negative_slope();
            curvature = curvature.max(self.coordinates.patches as f64 * b_squared * slope * slope / 4.0);
        }
        let of_filter = b_squared * largest * activation.squares();
        Ok((curvature.recip(), (of_filter / (2.0 * curvature)).sqrt().max(1.0)))
    }

    /// The best of some minima, and the end point of its antipodal restart, which is not used.
    fn beside_antipode(
        &self,
        source: &mut Samples<'_>,
        kinds: Vec<StartKind>,
        mut minima: Vec<Minimum>,
        ridge: f64,
    ) -> Result<Found, Error> {
        let best = lowest(&minima);
        let starts = self.antipodes(&minima[best].theta);
        let precise = self.precise_rules(ridge);
        let antipodal = lowest_of(self.search("antipodal restart", source, &precise, starts)?);
        let samples = self.survey.samples;
        let run = |start, minimum: &Minimum, is_best| Run {
            start,
            minimum: minimum.clone(),
            samples,
            finished: true,
            is_best,
        };
        // A descent ends before it has converged: a filter with the same direction counts as the same minimum.
        let descends = self.options.optimiser.descends();
        let same = |one: &Minimum, other: &Minimum| {
            self.same_end(one, other, samples)
                || descends && self.angle(&one.theta, &other.theta) < SAME_ANGLE
        };
        let is_best = |minimum: &Minimum| same(minimum, &minima[best]);
        let mut runs: Vec<Run> =
            kinds.iter().zip(&minima).map(|(&kind, minimum)| run(kind, minimum, is_best(minimum))).collect();
        runs.push(run(StartKind::Antipodal, &antipodal, is_best(&antipodal)));
        // The four sign choices belong to one random start.
        let ends = if kinds[0] == StartKind::Signs { &minima[best..=best] } else { &minima[..] };
        let tally = Tally::new(ends, &minima[best], same);
        let (found_by, ended) = (FoundBy::Search, SearchEnd::AsAsked);
        let (searches, best) = (tally.searches, minima.swap_remove(best));
        Ok(Found { best, antipodal, runs, searches, tally, found_by, ended })
    }

    /// A subsample of evenly spaced samples, if there are too many.
    pub(super) fn some_samples(&self, source: &mut Samples<'_>) -> Result<Option<Subsample>, Error> {
        match Subsample::stride(self.survey.samples, source.windows().width()) {
            1 => Ok(None),
            stride => Subsample::every(stride, source, self.selection, self.monitor).map(Some),
        }
    }
}

/// Whether a minimum on so many samples is higher than another one beyond any doubt.
fn is_clearly_higher(minimum: &Minimum, other: &Minimum, samples: u64) -> bool {
    let doubt = CLEARLY_HIGHER / (samples.max(1) as f64).sqrt();
    height(minimum) > height(other) * (1.0 + doubt)
}

/// Filters further apart than this, in radians, belong to different minima, even if the losses are equal.
pub(super) const NEAR_ANGLE: f64 = 0.5;

/// The cell of the random streams from which perturbed filters are drawn.
const TILTED: u64 = 2;

pub(super) fn lowest(minima: &[Minimum]) -> usize {
    (0..minima.len()).min_by(|&i, &j| height(&minima[i]).total_cmp(&height(&minima[j]))).unwrap_or(0)
}

/// The lowest of some minima, of which there is at least one.
fn lowest_of(mut minima: Vec<Minimum>) -> Minimum {
    minima.swap_remove(lowest(&minima))
}

/// The objective; NaN counts as infinite.
pub(super) fn height(minimum: &Minimum) -> f64 {
    if minimum.objective.is_nan() { f64::INFINITY } else { minimum.objective }
}
