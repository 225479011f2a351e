//! One trial at a time: a run to its verdict, or beyond it to convergence, for any iteration.

use std::ops::ControlFlow;

use rand_chacha::ChaCha8Rng;

use super::lanes::noisy::BeyondNoise;
use crate::basin::{DecidedBy, Guarantee, Verdict};
use crate::dynamics::algorithm::{Algorithm, Annealing, Carrier};
use crate::dynamics::iteration::{DecidedDescent, FullDescent, Iteration, carry, is_beyond_phase_one};
use crate::dynamics::noisy::NoisyDescent;
use crate::ensemble::outcome::{Convergence, Observe, Outcome};
use crate::error::Error;
use crate::landscape::projected_loss;
use crate::model::{Cell, OrderParameters, ReducedTeacher, Student, Teacher};
use crate::monitor::Monitor;
use crate::population::reduced_loss;

/// Steps after which a trial is given up. For a step size that is covered, only starts within some 1e-12 of the separatrix need nearly
/// as many; for one that may overshoot, a trial is decided only after the filter has grown.
pub(super) const MAX_STEPS: u64 = 1_000_000;
/// The same where only the energy can decide, and for other algorithms, beyond the steps in which these add noise.
const MAX_STEPS_BY_ENERGY: u64 = 10_000;
pub(super) const MAX_STEPS_OF_OTHERS: u64 = 100_000;

/// Runs trials of one cell with one step size.
#[derive(Debug, Clone)]
pub(super) struct TrialRunner {
    teacher: ReducedTeacher,
    step_size: f64,
    iteration: DecidedDescent,
    /// Steps after which a run is given up: 0 where no point of any run can be decided.
    most_steps: u64,
}

/// A run that was decided, or given up.
#[derive(Debug, Clone, Copy)]
pub(super) struct Decided {
    pub(super) verdict: Verdict,
    pub(super) decided_by: Option<DecidedBy>,
    /// The point at which the verdict was found.
    pub(super) at: OrderParameters,
    /// Steps up to there.
    pub(super) steps: u64,
}

impl TrialRunner {
    pub(super) fn new(cell: &Cell, step_size: f64) -> Self {
        let teacher = cell.teacher();
        let guarantee = Guarantee::for_cell(cell);
        Self {
            teacher,
            step_size,
            iteration: DecidedDescent::of_cell(cell, step_size),
            most_steps: match step_size {
                size if size <= guarantee.largest_step_size => MAX_STEPS,
                size if size < guarantee.divergent_step_size => MAX_STEPS_BY_ENERGY,
                _ => 0,
            },
        }
    }

    /// Whether the step size is covered for every start of the cell; otherwise this is checked at each point.
    pub(super) fn is_covered(&self) -> bool {
        self.iteration.basins.is_covered()
    }

    /// The verdict of the run from `start`.
    pub(super) fn decide(&self, start: OrderParameters, monitor: &dyn Monitor) -> Result<Decided, Error> {
        decide(self.iteration, start, self.most_steps, monitor)
    }

    /// The report of the run from `start`, continued beyond its verdict if more is observed.
    pub(super) fn outcome(
        &self,
        start: OrderParameters,
        observe: &Observe,
        monitor: &dyn Monitor,
    ) -> Result<Outcome, Error> {
        self.outcome_of(self.iteration, start, observe, monitor)
    }

    /// The same for another algorithm, which may draw from `random`.
    pub(super) fn outcome_by(
        &self,
        algorithm: &Algorithm,
        cell: &Cell,
        start: &OrderParameters,
        random: ChaCha8Rng,
        observe: &Observe,
        monitor: &dyn Monitor,
    ) -> Result<Outcome, Error> {
        struct OfTrial<'a>(TrialRunner, &'a Observe, &'a dyn Monitor);
        impl Carrier for OfTrial<'_> {
            type Output = Result<Outcome, Error>;

            fn carry<I: Iteration>(self, iteration: I, start: I::State) -> Result<Outcome, Error> {
                self.0.outcome_of(iteration, start, self.1, self.2)
            }
        }
        let with_noise = match algorithm {
            Algorithm::Noisy(annealing) => annealing.steps(),
            _ => 0,
        };
        let runner = Self { most_steps: with_noise + MAX_STEPS_OF_OTHERS, ..self.clone() };
        algorithm.begin(cell, self.step_size, start, random, OfTrial(runner, observe, monitor))
    }

    /// The same for noisy descent, after its last step with noise.
    pub(super) fn outcome_beyond_noise(
        &self,
        annealing: Annealing,
        cell: &Cell,
        (at, phase_one): BeyondNoise,
        observe: &Observe,
        monitor: &dyn Monitor,
    ) -> Result<Outcome, Error> {
        let descent = NoisyDescent::beyond_noise(cell, self.step_size, annealing);
        let (noisy, runner) = (annealing.steps(), Self { most_steps: MAX_STEPS_OF_OTHERS, ..self.clone() });
        if observe.phase_one && phase_one.is_none() {
            let mut outcome = runner.follow(descent, at, observe, monitor)?;
            outcome.steps += noisy;
            let phase_one = outcome.convergence.as_mut().and_then(|run| run.phase_one_steps.as_mut());
            phase_one.into_iter().for_each(|steps| *steps += noisy);
            return Ok(outcome);
        }
        let decided = decide(descent, at, runner.most_steps, monitor)?;
        let final_loss = reduced_loss(&self.teacher, &decided.at) / self.teacher.norm_squared();
        let convergence =
            observe.phase_one.then_some(Convergence { steps: None, phase_one_steps: phase_one, final_loss });
        let Decided { verdict, decided_by, steps, .. } = decided;
        Ok(Outcome { verdict, decided_by, steps: steps + noisy, convergence })
    }

    /// The same for descent on all `p + k` numbers, from a start that is drawn in full.
    pub(super) fn full_outcome(
        &self,
        teacher: &Teacher,
        start: Student,
        observe: &Observe,
        monitor: &dyn Monitor,
    ) -> Result<Outcome, Error> {
        let iteration = FullDescent::new(teacher, &start, self.step_size, self.iteration.basins)?;
        self.outcome_of(iteration, start, observe, monitor)
    }

    fn outcome_of<I: Iteration>(
        &self,
        iteration: I,
        start: I::State,
        observe: &Observe,
        monitor: &dyn Monitor,
    ) -> Result<Outcome, Error> {
        if observe.convergence.is_some() || observe.phase_one {
            return self.follow(iteration, start, observe, monitor);
        }
        let decided = decide(iteration, start, self.most_steps, monitor)?;
        let Decided { verdict, decided_by, steps, .. } = decided;
        Ok(Outcome { verdict, decided_by, steps, convergence: None })
    }

    /// A run that is continued beyond its verdict: until its loss exceeds that of its minimum by at most the tolerance, or until phase I is
    /// over.
    fn follow<I: Iteration>(
        &self,
        mut iteration: I,
        start: I::State,
        observe: &Observe,
        monitor: &dyn Monitor,
    ) -> Result<Outcome, Error> {
        let loss = |at: &OrderParameters| reduced_loss(&self.teacher, at) / self.teacher.norm_squared();
        let trapped_loss = projected_loss(&self.teacher.shape(), 0.0);
        let mut state = start;
        let mut decided = None;
        let mut convergence = Convergence { steps: None, phase_one_steps: None, final_loss: 0.0 };
        let steps =
            carry(&mut iteration, &mut state, self.most_steps, monitor, |step, at, iteration, state| {
                if step == self.most_steps || !at.is_finite() {
                    convergence.final_loss = loss(at);
                    return ControlFlow::Break(());
                }
                decided = decided.or_else(|| iteration.verdict(state, at).map(|verdict| (verdict, step)));
                if convergence.phase_one_steps.is_none() && is_beyond_phase_one(&self.teacher, at) {
                    convergence.phase_one_steps = Some(step);
                }
                let Some(((verdict, _), _)) = decided else { return ControlFlow::Continue(()) };
                let floor = if verdict == Verdict::Global { 0.0 } else { trapped_loss };
                convergence.final_loss = loss(at);
                let is_over = match observe.convergence {
                    Some(tolerance) => {
                        let has_converged = convergence.final_loss - floor <= tolerance;
                        convergence.steps = has_converged.then_some(step);
                        has_converged
                    }
                    None => verdict == Verdict::Spurious || convergence.phase_one_steps.is_some(),
                };
                if is_over { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            })?;
        let (found, steps) = decided.map_or((None, steps), |(found, steps)| (Some(found), steps));
        let (verdict, decided_by) = separated(found);
        Ok(Outcome { verdict, decided_by, steps, convergence: Some(convergence) })
    }
}

/// A run to its verdict, or to the largest number of steps.
fn decide<I: Iteration>(
    mut iteration: I,
    start: I::State,
    most_steps: u64,
    monitor: &dyn Monitor,
) -> Result<Decided, Error> {
    let mut state = start;
    let mut verdict = None;
    let steps = carry(&mut iteration, &mut state, most_steps, monitor, |step, at, iteration, state| {
        verdict = if step < most_steps { iteration.verdict(state, at) } else { None };
        let is_over = verdict.is_some() || !at.is_finite();
        if is_over { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    })?;
    let (verdict, decided_by) = separated(verdict);
    Ok(Decided { verdict, decided_by, at: iteration.view(&state), steps })
}

fn separated(found: Option<(Verdict, DecidedBy)>) -> (Verdict, Option<DecidedBy>) {
    (found.map_or(Verdict::Undecided, |(verdict, _)| verdict), found.map(|(_, by)| by))
}
