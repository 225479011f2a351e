//! Variable projection with Levenberg–Marquardt: damped steps of the filter, and a linear solution for the output weights.
//!
//! ```text
//! minimise  ℓ(θ) + ½ΣᵢΣⱼλᵢⱼaᵢⱼ²‖wᵢ‖²,   ‖wᵢ‖ = 1
//! ```
//!
//! Of `θ = (x, z)` the part `x = (wᵢ, βᵢ)` enters through the activation, and `z = (aᵢ, c)` linearly. With the gradient `g = Σω Jᵀr/Σω`
//! and the Gauss–Newton matrix `H = Σω JᵀJ/Σω`, both with the penalty,
//!
//! ```text
//! projection   z⁺ = z − H_zz⁻¹ g_z               lowers the loss by ½ g_z·H_zz⁻¹ g_z, to its minimum over z
//! step         (H + μD + κ Σŵᵢŵᵢᵀ) d = −g           D = diag H, and D and κ act on x alone
//! ```
//!
//! Eliminating `d_z` gives the step for `x`: with `P = H_xz H_zz⁻¹`,
//!
//! ```text
//! (H_xx − P H_zx + μD + κ Σŵᵢŵᵢᵀ) d_x = −(g_x − P g_z)
//! ```
//!
//! a damped Gauss–Newton step on the projected loss `min_z ℓ(x, z)`. So, with damping on the filter only, every step solves for the
//! output weights, and one pass over the data gives loss, gradient and Gauss–Newton matrix. The term with `κ` fixes the
//! scales that each filter and its output weights share, along which `H` is singular. Several searches run side by side: each pass
//! evaluates the next point of all of them.
//!
//! With the logistic loss `g = Σω s J/Σω` and `H = Σωκ JᵀJ/Σω`, with slope `s` and curvature `κ` of each sample. Then the projection is one
//! step of Newton's method: its gain is only predicted, and it may overshoot. So every point has to show its gain, a projection that does
//! not is shortened by halves, and `D` damps the output weights as well.
//!
//! # Source
//! Golub and Pereyra, "The differentiation of pseudo-inverses and nonlinear least squares problems whose variables
//! separate", SIAM J. Numer. Anal. 10 (1973); Kaufman, "A variable projection method for solving separable nonlinear least
//! squares problems", BIT 15 (1975), for the approximation; Nielsen, "Damping parameter in Marquardt's method", IMM-REP-1999-05.

use nalgebra::{DMatrix, DVector};
use rayon::prelude::*;
use serde::Serialize;

use super::cholesky::Cholesky;
use super::coordinates::{Coordinates, Quadratic};
use super::evaluate::gauss_newton_about;
use super::packed::Packed;
use super::samples::Samples;
use super::split::Selection;
use super::subsample::MOST_VALUES;
use crate::Error;
use crate::monitor::{CancelOnly, Monitor};

/// Why a search ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StopReason {
    /// No step lowers the loss any further.
    Converged,
    /// The residuals are zero to rounding.
    Exact,
    /// All samples are on the right side of the boundary between two classes, by far: without a penalty the loss has no minimum, and falls
    /// to zero as output weights grow.
    Separated,
    /// The largest number of steps was reached.
    Exhausted,
    /// The loss overflowed: the step size is too large.
    Diverged,
}

/// The end point of a search.
#[derive(Debug, Clone)]
pub(super) struct Minimum {
    pub(super) theta: DVector<f64>,
    /// Without the penalty.
    pub(super) loss: f64,
    /// With it.
    pub(super) objective: f64,
    pub(super) steps: u64,
    pub(super) stop: StopReason,
}

/// The objective of a search, and its stopping rules.
#[derive(Debug, Clone, Copy)]
pub(super) struct SearchRules {
    /// `λ`, the penalty on the output weights.
    pub(super) ridge: f64,
    /// Lower bound on the information about each output weight, as a share of the mean over output weights; see [`SearchRules::penalties`].
    pub(super) floor: f64,
    pub(super) most_steps: u64,
    /// The search ends where a step would lower the loss by less than this share of it. Below [`RESOLVED`] the loss cannot show such
    /// gains, and steps continue until their lengths no longer decrease.
    pub(super) tolerance: f64,
    /// The search ends where [`STRIDE`] steps have lowered the loss by less than this share of it, and hardly less than the steps
    /// before. With few samples a minimum may lie on a kink, and steps approach it ever more slowly.
    pub(super) progress: f64,
    /// The search ends where a step gains nothing that was to gain less than this share of the loss. With many samples there is a kink within
    /// every such step, and gradients are no better known.
    pub(super) in_vain: f64,
    /// Loss below which nothing is left to fit.
    pub(super) zero: f64,
    /// If not zero, searches race: after each of [`HEATS`] evaluations the higher half of them ends, until no more than these are left.
    pub(super) finalists: usize,
}

impl SearchRules {
    /// `λⱼ`: the penalty `λ`, and for a rarely active patch an additional penalty up to the lower bound.
    ///
    /// ```text
    /// λⱼ = λ + max(0, floor · mean_i Sᵢ − Sⱼ)        Sⱼ = ∂²ℓ/∂aⱼ² = Σω σ(u·Zⱼ + b)²/Σω, over the patches of one filter;
    ///                                                with the logistic loss a quarter of it, which does not fall as output weights grow
    /// ```
    ///
    /// The output weight of a patch that is active in a few samples, and barely, can become arbitrarily large to fit their residuals;
    /// predictions for samples with more activity are then wrong. With the lower bound it is no larger than if the patch had the
    /// information of some samples of usual activity. The additional penalty depends on the filter; steps treat it as constant.
    pub(super) fn penalties(&self, coordinates: &Coordinates, here: &Quadratic) -> DVector<f64> {
        let mut penalties = Vec::with_capacity(coordinates.outputs());
        for i in 0..coordinates.filters {
            let k = coordinates.of_output();
            let information = here.information.rows(i * k, k);
            let floor = self.floor * information.mean();
            penalties
                .extend(information.iter().map(|information| self.ridge + (floor - information).max(0.0)));
        }
        DVector::from_vec(penalties)
    }

    /// The contribution of the penalty to the second derivative of the loss at `θ`.
    pub(super) fn curvature(
        &self,
        coordinates: &Coordinates,
        theta: &DVector<f64>,
        here: &Quadratic,
    ) -> DMatrix<f64> {
        let mut curvature = DMatrix::zeros(theta.len(), theta.len());
        let linear_penalty = coordinates.linear_penalty();
        coordinates.linear_places().for_each(|at| curvature[(at, at)] = linear_penalty);
        let along = add_penalty(coordinates, theta, &self.penalties(coordinates, here), &mut curvature);
        // ∂²/∂w² of ½Σλⱼaⱼ²‖w‖², beyond the part of the derivatives of ‖w‖a.
        for ((at, _), squares) in coordinates.places().zip(along) {
            (at..at + coordinates.patch_dim).for_each(|t| curvature[(t, t)] += squares);
        }
        curvature
    }
}

/// Adds the Gauss–Newton matrix of the penalty `½Σλⱼρⱼ²`, `ρ = ‖w‖a`, at `‖w‖ = 1`. Returns `Σλⱼaⱼ²` for each filter.
///
/// ```text
/// ⎡ Σλⱼaⱼ² wwᵀ   w(λa)ᵀ ⎤
/// ⎣ (λa)wᵀ       diag λ ⎦
/// ```
fn add_penalty(
    coordinates: &Coordinates,
    theta: &DVector<f64>,
    penalties: &DVector<f64>,
    matrix: &mut DMatrix<f64>,
) -> Vec<f64> {
    let (p, k, first) = (coordinates.patch_dim, coordinates.of_output(), coordinates.first_output());
    let add = |(at, output): (usize, usize)| {
        let (w, a, penalties) = (theta.rows(at, p), theta.rows(output, k), penalties.rows(output - first, k));
        let pull = a.component_mul(&penalties);
        let along = pull.dot(&a);
        matrix.view_mut((at, at), (p, p)).ger(along, &w, &w, 1.0);
        matrix.view_mut((at, output), (p, k)).ger(1.0, &w, &pull, 1.0);
        matrix.view_mut((output, at), (k, p)).ger(1.0, &pull, &w, 1.0);
        (output..).zip(&penalties).for_each(|(j, penalty)| matrix[(j, j)] += penalty);
        along
    };
    coordinates.places().map(add).collect()
}

/// Largest number of entries in the Gauss–Newton matrices of one pass (4 MB).
const GROUP_VALUES: usize = 1 << 19;
/// Searches that share a pass over few samples, which are wide.
const SEARCHES: usize = 4;
/// Number of products from which on another thread is worthwhile.
const WORTH_A_THREAD: usize = 1 << 17;
/// Evaluations after which the higher half of racing searches ends: when the losses tell which of them lead lower.
const HEATS: [u64; 4] = [8, 12, 18, 27];
/// Steps after which the decrease of the loss is checked.
const STRIDE: u64 = 10;
/// Small gains that fall by less than this factor over these steps end the search. Where the loss is smooth, gains fall by powers of ten.
const CREEP: f64 = 10.0;
/// Relative difference below which two losses cannot be distinguished.
const RESOLVED: f64 = 1e-13;
/// A projected point is evaluated if the projection gains more than this share of what the step gained.
const WORTH_A_PASS: f64 = 1e-2;
/// With the logistic loss, the same share, of a gain that is only predicted.
const WORTH_A_TRY: f64 = 0.3;
/// The shortest part of a projection that is tried, with the logistic loss.
const SHORTEST: f64 = 1.0 / 256.0;
const LARGEST_DAMPING: f64 = 1e12;

/// All searches from their starts to their ends. Progress is reported in searches.
pub(super) fn search(
    source: &mut Samples<'_>,
    selection: Selection<'_>,
    coordinates: &Coordinates,
    rules: &SearchRules,
    starts: Vec<DVector<f64>>,
    monitor: &dyn Monitor,
) -> Result<Vec<Minimum>, Error> {
    let new = |start: &DVector<f64>| Search::new(coordinates, rules, start.clone());
    if let Some(few) = coordinates.few(source, selection)? {
        // Derivatives of all searches are kept as long as these run side by side.
        let threads = rayon::current_num_threads();
        let together = if few.samples() * coordinates.len() <= MOST_VALUES { SEARCHES } else { 1 };
        let at_once = if rules.finalists == 0 { threads * together } else { starts.len().max(1) };
        let mut minima = Vec::with_capacity(starts.len());
        for part in starts.chunks(at_once) {
            let mut searches: Vec<Search<'_>> = part.iter().map(new).collect();
            run(&mut searches, rules, monitor, |active| {
                let step = |searches: &mut [&mut Search<'_>]| {
                    let trials: Vec<_> = searches.iter().map(|search| &search.trial).collect();
                    let here = few.quadratics(coordinates, &trials);
                    searches.iter_mut().zip(here).for_each(|(search, here)| search.take(here));
                };
                active.par_chunks_mut(active.len().div_ceil(threads).clamp(1, together)).for_each(step);
                seen(active, monitor)
            })?;
            minima.extend(searches.into_iter().map(Search::minimum));
        }
        return Ok(minima);
    }
    let mut searches: Vec<Search<'_>> = starts.iter().map(new).collect();
    // Each search has a Gauss–Newton matrix in every block that is being computed.
    let columns = coordinates.columns();
    let linear = coordinates.linear.as_ref();
    // A linear part needs rows as they are.
    let packed = if linear.is_none() && !source.is_elsewhere() { Packed::of(source)? } else { None };
    let mut packed = packed.as_ref().map(Packed::source).transpose()?;
    let source = match &mut packed {
        Some(packed) => packed as &mut Samples<'_>,
        None => source,
    };
    let group = (GROUP_VALUES / (columns * columns)).max(1);
    let at_least = 1 + WORTH_A_THREAD / columns.pow(3);
    run(&mut searches, rules, monitor, |active| {
        for group in active.chunks_mut(group) {
            let networks: Vec<_> = group.iter().map(|search| coordinates.network(&search.trial)).collect();
            let sums = gauss_newton_about(
                source,
                &networks,
                coordinates.loss,
                linear,
                selection,
                &CancelOnly(monitor),
            )?;
            let steps = group.par_iter_mut().zip(sums).with_min_len(at_least);
            steps.for_each(|(search, sums)| search.take(coordinates.quadratic(sums)));
            seen(group, monitor)?;
        }
        Ok(())
    })?;
    Ok(searches.into_iter().map(Search::minimum).collect())
}

/// Evaluates the trial points of all searches that go on, until none does. Of searches that race the higher half ends after each heat.
fn run<'a>(
    searches: &mut [Search<'a>],
    rules: &SearchRules,
    monitor: &dyn Monitor,
    mut evaluate: impl FnMut(&mut [&mut Search<'a>]) -> Result<(), Error>,
) -> Result<(), Error> {
    let mut left = searches.len();
    for evaluations in 0_u64.. {
        if rules.finalists > 0 && HEATS.contains(&evaluations) {
            left = left.div_ceil(2).max(rules.finalists);
            let mut order: Vec<&mut Search<'_>> = searches.iter_mut().collect();
            order.sort_by(|one, other| one.height().total_cmp(&other.height()));
            for search in order.into_iter().skip(left).filter(|search| search.stop.is_none()) {
                search.stop = Some(StopReason::Exhausted);
                monitor.advance(1);
            }
        }
        let mut active: Vec<&mut Search<'a>> =
            searches.iter_mut().filter(|search| search.stop.is_none()).collect();
        if active.is_empty() {
            break;
        }
        evaluate(&mut active)?;
    }
    Ok(())
}

/// Tells the monitor how many of some searches have ended.
fn seen(searches: &[&mut Search<'_>], monitor: &dyn Monitor) -> Result<(), Error> {
    monitor.check()?;
    monitor.advance(searches.iter().filter(|search| search.stop.is_some()).count() as u64);
    Ok(())
}

/// The kind of point that is evaluated next.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Awaiting {
    /// A filter with some output weights.
    Start,
    /// The same filter with the best output weights.
    Projected,
    /// This part of the way to output weights that are better by prediction.
    PartOfProjection { length: f64 },
    /// A step, and its predicted gain.
    Step { predicted: f64 },
    /// A step whose gain is below the resolution of the loss, and its length.
    Polish { length: f64 },
}

struct Search<'a> {
    coordinates: &'a Coordinates,
    rules: &'a SearchRules,
    /// The best point so far and its quadratic model, with the penalty.
    best: Option<(DVector<f64>, Quadratic)>,
    /// The penalty in the loss at the best point, and at the trial point.
    best_penalty: f64,
    penalty: f64,
    trial: DVector<f64>,
    awaiting: Awaiting,
    damping: f64,
    damping_factor: f64,
    steps: u64,
    /// The loss and the total gain at the last check of progress.
    before: (f64, f64),
    stop: Option<StopReason>,
}

impl<'a> Search<'a> {
    fn new(coordinates: &'a Coordinates, rules: &'a SearchRules, mut start: DVector<f64>) -> Self {
        coordinates.normalise(&mut start);
        Self {
            coordinates,
            rules,
            best: None,
            best_penalty: 0.0,
            penalty: 0.0,
            trial: start,
            awaiting: Awaiting::Start,
            damping: 1e-3,
            damping_factor: 2.0,
            steps: 0,
            before: (f64::INFINITY, f64::INFINITY),
            stop: None,
        }
    }

    /// Uses the loss and its derivatives at the trial point, and chooses the next one.
    fn take(&mut self, mut here: Quadratic) {
        self.penalise(&mut here);
        match self.awaiting {
            Awaiting::Start if self.coordinates.loss.is_squares() => {
                self.trial += self.projected(&here).0;
                self.awaiting = Awaiting::Projected;
            }
            Awaiting::Start => {
                self.keep(here);
                self.project(1.0);
            }
            Awaiting::Projected => self.accept(here),
            Awaiting::PartOfProjection { length } => self.after_projection(here, length),
            Awaiting::Step { predicted } if self.coordinates.loss.is_squares() => {
                self.after_step(here, predicted);
            }
            Awaiting::Step { predicted } => self.after_damped_step(here, predicted),
            Awaiting::Polish { length } => self.after_polish(here, length),
        }
    }

    fn after_step(&mut self, here: Quadratic, predicted: f64) {
        let Some((_, best)) = &self.best else { return };
        let (direction, gain) = self.projected(&here);
        let gained = best.loss - (here.loss - gain);
        if gained > 0.0 {
            self.soften(gained / predicted);
            if gain > WORTH_A_PASS * gained {
                self.trial += direction;
                self.awaiting = Awaiting::Projected;
            } else {
                self.accept(here);
            }
        } else if predicted < self.rules.in_vain * best.loss {
            self.stop = Some(StopReason::Converged);
        } else {
            self.harden();
        }
    }

    /// A part of the way from the best point to output weights that are better by prediction.
    fn project(&mut self, length: f64) {
        let Some((theta, best)) = &self.best else { return };
        self.trial = theta + self.projected(best).0 * length;
        self.awaiting = Awaiting::PartOfProjection { length };
    }

    fn after_projection(&mut self, here: Quadratic, length: f64) {
        let Some((_, best)) = &self.best else { return };
        let gained = best.loss - here.loss;
        if gained > 0.0 {
            self.accept_or_project(here, gained);
        } else if length > SHORTEST {
            self.project(length / 2.0);
        } else {
            self.propose();
        }
    }

    fn after_damped_step(&mut self, here: Quadratic, predicted: f64) {
        let Some((_, best)) = &self.best else { return };
        let gained = best.loss - here.loss;
        if gained > 0.0 {
            self.soften(gained / predicted);
            self.accept_or_project(here, gained);
        } else if predicted < self.rules.in_vain * best.loss {
            self.stop = Some(StopReason::Converged);
        } else {
            self.harden();
        }
    }

    /// Another projection from a point, if it promises much of what was gained, or else a step.
    fn accept_or_project(&mut self, here: Quadratic, gained: f64) {
        if self.projected(&here).1 > WORTH_A_TRY * gained && here.loss > self.rules.zero {
            self.keep(here);
            self.project(1.0);
        } else {
            self.accept(here);
        }
    }

    fn after_polish(&mut self, here: Quadratic, length: f64) {
        let Some((_, best)) = &self.best else { return };
        // A kink or a rounding error: the point before is as good.
        if here.loss > best.loss * (1.0 + RESOLVED) {
            self.stop = Some(StopReason::Converged);
            return;
        }
        self.keep(here);
        self.polish(Some(length));
    }

    /// A step that gained nothing is tried again with more damping.
    fn harden(&mut self) {
        self.damping *= self.damping_factor;
        self.damping_factor *= 2.0;
        self.propose();
    }

    /// Nielsen's rule: the better the prediction, the less damping.
    ///
    /// ```text
    /// μ ← μ max(1/9, 1 − (2ϱ − 1)³)        ϱ = gained/predicted; at most doubled
    /// ```
    fn soften(&mut self, ratio: f64) {
        self.damping = (self.damping * (1.0 - (2.0 * ratio - 1.0).powi(3)).clamp(1.0 / 9.0, 2.0)).max(1e-15);
        self.damping_factor = 2.0;
    }

    /// Adds `½Σλⱼaⱼ²‖w‖²`. With `‖w‖ = 1` this is the penalty; in this form it does not depend on the shared scale, like the
    /// loss. As a square, `½‖ρ‖²` with `ρⱼ = √λⱼ‖w‖aⱼ` and `dρⱼ = √λⱼ(daⱼ + aⱼ ŵ·dw)` at `‖w‖ = 1`, its Gauss–Newton matrix
    /// vanishes along the shared scale, too.
    fn penalise(&mut self, here: &mut Quadratic) {
        let penalties = self.rules.penalties(self.coordinates, here);
        self.penalty = self.penalise_linear(here);
        if penalties.amax() == 0.0 {
            return;
        }
        let (first, k) = (self.coordinates.first_output(), self.coordinates.of_output());
        let a = self.trial.rows(first, self.coordinates.outputs()).into_owned();
        let pull = penalties.component_mul(&a);
        let penalty = pull.dot(&a) / 2.0;
        self.penalty += penalty;
        here.loss += penalty;
        let mut outputs = here.gradient.rows_mut(first, a.len());
        outputs += &pull;
        for (at, output) in self.coordinates.places() {
            let along = pull.rows(output - first, k).dot(&a.rows(output - first, k));
            let w = self.trial.rows(at, self.coordinates.patch_dim);
            here.gradient.rows_mut(at, w.len()).axpy(along, &w, 1.0);
        }
        match &mut here.factor {
            Some(factor) => factor.penalise(&penalties, &a),
            None => {
                add_penalty(self.coordinates, &self.trial, &penalties, &mut here.hessian);
            }
        }
    }

    /// Adds `½λ‖γ‖²` for a linear part in `θ`, and returns it.
    fn penalise_linear(&self, here: &mut Quadratic) -> f64 {
        let (places, penalty) = (self.coordinates.linear_places(), self.coordinates.linear_penalty());
        let gamma = self.trial.rows(places.start, places.len());
        let added = penalty * gamma.norm_squared() / 2.0;
        here.loss += added;
        here.gradient.rows_mut(places.start, places.len()).axpy(penalty, &gamma, 1.0);
        places.for_each(|at| here.hessian[(at, at)] += penalty);
        added
    }

    /// The step to the best output weights for the filter of a point, and its gain: for squares both are exact.
    fn projected(&self, here: &Quadratic) -> (DVector<f64>, f64) {
        let (n, first) = (self.coordinates.len(), self.coordinates.first_output());
        let gradient = here.gradient.rows(first, n - first).into_owned();
        let step = match &here.factor {
            Some(factor) => factor.projected(first),
            None => {
                let mut hessian = here.hessian.view((first, first), (n - first, n - first)).into_owned();
                self.coordinates.fix_classes(&mut hessian, first);
                solve(hessian, &-&gradient)
            }
        };
        let gain = -gradient.dot(&step) / 2.0;
        let mut direction = DVector::zeros(n);
        direction.rows_mut(first, n - first).copy_from(&step);
        (direction, gain.max(0.0))
    }

    fn keep(&mut self, here: Quadratic) {
        self.best = Some((self.trial.clone(), here));
        self.best_penalty = self.penalty;
    }

    /// What it means that the loss is zero.
    fn nothing_left(&self) -> StopReason {
        if self.coordinates.loss.is_squares() { StopReason::Exact } else { StopReason::Separated }
    }

    fn accept(&mut self, here: Quadratic) {
        let exact = here.loss <= self.rules.zero;
        self.keep(here);
        if exact {
            self.stop = Some(self.nothing_left());
            return;
        }
        self.propose();
    }

    /// The damped step `d` from the best point, if its predicted gain `−g·d − ½ d·Hd` is above the resolution of the loss.
    fn propose(&mut self) {
        loop {
            if self.steps >= self.rules.most_steps {
                self.stop = Some(StopReason::Exhausted);
                return;
            }
            if self.damping > LARGEST_DAMPING {
                self.stop = Some(StopReason::Converged);
                return;
            }
            let Some((theta, best)) = &self.best else { return };
            if self.steps.is_multiple_of(STRIDE) {
                let (loss, gained) = self.before;
                let gain = loss - best.loss;
                if gain < self.rules.progress * best.loss && CREEP * gain > gained {
                    self.stop = Some(StopReason::Converged);
                    return;
                }
                self.before = (best.loss, gain);
            }
            let step = self.step(theta, best, self.damping);
            let predicted = -best.gradient.dot(&step) - self.square(theta, best, &step) / 2.0;
            // Zero where nothing is active: then no step changes the loss.
            if predicted <= self.rules.tolerance.max(RESOLVED) * best.loss || !predicted.is_finite() {
                if self.rules.tolerance < RESOLVED {
                    self.polish(None);
                } else {
                    self.stop = Some(StopReason::Converged);
                }
                return;
            }
            self.trial = theta + step;
            if self.coordinates.has_no_direction(&self.trial) {
                self.damping *= 4.0;
                continue;
            }
            self.coordinates.normalise(&mut self.trial);
            self.awaiting = Awaiting::Step { predicted };
            self.steps += 1;
            return;
        }
    }

    /// Undamped steps as long as each is much shorter than the one before, where the length of a step is `√(d·Hd)`.
    fn polish(&mut self, before: Option<f64>) {
        let Some((theta, best)) = &self.best else { return };
        let step = self.step(theta, best, 1e-12);
        let length = self.square(theta, best, &step).max(0.0).sqrt();
        let shrinks = before.is_none_or(|before| length < 0.5 * before);
        if length == 0.0 || !length.is_finite() || !shrinks || self.steps >= self.rules.most_steps {
            self.stop =
                Some(if best.loss <= self.rules.zero { self.nothing_left() } else { StopReason::Converged });
            return;
        }
        self.trial = theta + step;
        self.coordinates.normalise(&mut self.trial);
        self.awaiting = Awaiting::Polish { length };
        self.steps += 1;
    }

    /// `d·Hd`
    fn square(&self, theta: &DVector<f64>, best: &Quadratic, d: &DVector<f64>) -> f64 {
        match &best.factor {
            Some(factor) => factor.square(self.coordinates, theta, d),
            None => d.dot(&(&best.hessian * d)),
        }
    }

    /// The solution of `(H + μD + κ Σŵᵢŵᵢᵀ) d = −g`.
    fn step(&self, theta: &DVector<f64>, best: &Quadratic, damping: f64) -> DVector<f64> {
        if let Some(factor) = &best.factor {
            return factor.step(self.coordinates, theta, damping);
        }
        let (p, of_filter) = (self.coordinates.patch_dim, self.coordinates.of_filter());
        let mut matrix = best.hessian.clone();
        for (at, _) in self.coordinates.places() {
            let scale = (at..at + p).map(|i| matrix[(i, i)]).fold(0.0, f64::max);
            for i in at..at + of_filter {
                // Entries on which the data depends little are damped on the scale of the others.
                matrix[(i, i)] += damping * matrix[(i, i)].max(1e-3 * scale);
            }
            // The scale that filter and output weights share is fixed, because the loss does not depend on it.
            let filter = theta.rows(at, p);
            let mut block = matrix.view_mut((at, at), (p, p));
            block += filter * filter.transpose() * scale;
        }
        if !self.coordinates.loss.is_squares() {
            for i in self.coordinates.first_output()..self.coordinates.len() {
                matrix[(i, i)] *= 1.0 + damping;
            }
            self.coordinates.fix_classes(&mut matrix, 0);
        }
        solve(matrix, &-&best.gradient)
    }

    /// The objective at the best point so far.
    fn height(&self) -> f64 {
        self.best.as_ref().map_or(f64::INFINITY, |(_, best)| best.loss)
    }

    fn minimum(self) -> Minimum {
        match self.best {
            Some((theta, best)) => Minimum {
                loss: (best.loss - self.best_penalty).max(0.0),
                objective: best.loss,
                theta,
                steps: self.steps,
                stop: self.stop.unwrap_or(StopReason::Exhausted),
            },
            None => Minimum {
                theta: self.trial,
                loss: f64::INFINITY,
                objective: f64::INFINITY,
                steps: self.steps,
                stop: StopReason::Exhausted,
            },
        }
    }
}

/// Solves a symmetric, positive semidefinite system, scaled to a unit diagonal, whose rank need not be full.
pub(super) fn solve(mut matrix: DMatrix<f64>, right: &DVector<f64>) -> DVector<f64> {
    let n = right.len();
    let scales = matrix.diagonal().map(|entry| if entry > 0.0 { entry.sqrt().recip() } else { 0.0 });
    for (mut column, scale) in matrix.column_iter_mut().zip(&scales) {
        column.iter_mut().zip(&scales).for_each(|(entry, other)| *entry *= scale * other);
    }
    let scaled = right.component_mul(&scales);
    let diagonal = matrix.diagonal();
    // Enough for a Cholesky factorisation; the next step corrects the error.
    let mut jitter = 1e-14 * n as f64;
    loop {
        for i in 0..n {
            matrix[(i, i)] = diagonal[i] + if scales[i] == 0.0 { 1.0 } else { jitter };
        }
        if let Some(factor) = Cholesky::new(&matrix) {
            return factor.solve(&scaled).component_mul(&scales);
        }
        if jitter > 1.0 || jitter.is_nan() {
            return DVector::zeros(n);
        }
        jitter *= 100.0;
    }
}
