//! One trial at a time: a run to its verdict, or beyond it to convergence, for any iteration.

use std::ops::ControlFlow;

use crate::basin::{Basins, Guarantee, Verdict};
use crate::dynamics::iteration::{DecidedDescent, FullDescent, Iteration, carry, is_beyond_phase_one};
use crate::ensemble::outcome::{Convergence, Outcome};
use crate::error::Error;
use crate::landscape::projected_loss;
use crate::model::{Cell, OrderParameters, ReducedTeacher, Student, Teacher};
use crate::monitor::Monitor;
use crate::population::reduced_loss;

/// Steps after which a trial is given up. For a step size that is covered, only starts within some 1e-12 of the separatrix need nearly
/// as many; for one that may overshoot, a trial is decided only after the filter has grown.
pub(super) const MAX_STEPS: u64 = 1_000_000;

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
    /// The point at which the verdict was found.
    pub(super) at: OrderParameters,
    /// Steps up to there.
    pub(super) steps: u64,
}

impl TrialRunner {
    pub(super) fn new(cell: &Cell, step_size: f64) -> Self {
        let teacher = cell.teacher();
        let is_possible = step_size <= Guarantee::for_cell(cell).largest_step_size;
        let basins = Basins::of_cell(cell, step_size);
        Self {
            teacher,
            step_size,
            iteration: DecidedDescent { basins, ..DecidedDescent::new(&teacher, step_size) },
            most_steps: if is_possible { MAX_STEPS } else { 0 },
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

    /// The report of the run from `start`, continued beyond its verdict if a tolerance is given.
    pub(super) fn outcome(
        &self,
        start: OrderParameters,
        tolerance: Option<f64>,
        monitor: &dyn Monitor,
    ) -> Result<Outcome, Error> {
        self.outcome_of(self.iteration, start, tolerance, monitor)
    }

    /// The same for descent on all `p + k` numbers, from a start that is drawn in full.
    pub(super) fn full_outcome(
        &self,
        teacher: &Teacher,
        start: Student,
        tolerance: Option<f64>,
        monitor: &dyn Monitor,
    ) -> Result<Outcome, Error> {
        let iteration = FullDescent::new(teacher, &start, self.step_size, self.iteration.basins)?;
        self.outcome_of(iteration, start, tolerance, monitor)
    }

    fn outcome_of<I: Iteration>(
        &self,
        iteration: I,
        start: I::State,
        tolerance: Option<f64>,
        monitor: &dyn Monitor,
    ) -> Result<Outcome, Error> {
        match tolerance {
            None => {
                let Decided { verdict, steps, .. } = decide(iteration, start, self.most_steps, monitor)?;
                Ok(Outcome { verdict, steps, convergence: None })
            }
            Some(tolerance) => self.follow(iteration, start, tolerance, monitor),
        }
    }

    /// A run that is continued beyond its verdict, until its loss exceeds that of its minimum by at most `tolerance`.
    fn follow<I: Iteration>(
        &self,
        mut iteration: I,
        start: I::State,
        tolerance: f64,
        monitor: &dyn Monitor,
    ) -> Result<Outcome, Error> {
        let loss = |at: &OrderParameters| reduced_loss(&self.teacher, at) / self.teacher.norm_squared();
        let trapped_loss = projected_loss(&self.teacher.shape(), 0.0);
        let mut state = start;
        let mut decided: Option<(Verdict, u64)> = None;
        let mut convergence = Convergence { steps: None, phase_one_steps: None, final_loss: 0.0 };
        let steps =
            carry(&mut iteration, &mut state, self.most_steps, monitor, |step, at, iteration, state| {
                if step == self.most_steps {
                    convergence.final_loss = loss(at);
                    return ControlFlow::Break(());
                }
                decided = decided.or_else(|| iteration.verdict(state, at).map(|verdict| (verdict, step)));
                if convergence.phase_one_steps.is_none() && is_beyond_phase_one(&self.teacher, at) {
                    convergence.phase_one_steps = Some(step);
                }
                let Some((verdict, _)) = decided else { return ControlFlow::Continue(()) };
                let floor = if verdict == Verdict::Global { 0.0 } else { trapped_loss };
                convergence.final_loss = loss(at);
                if convergence.final_loss - floor <= tolerance {
                    convergence.steps = Some(step);
                    return ControlFlow::Break(());
                }
                ControlFlow::Continue(())
            })?;
        let (verdict, steps) = decided.unwrap_or((Verdict::Undecided, steps));
        Ok(Outcome { verdict, steps, convergence: Some(convergence) })
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
        if verdict.is_some() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    })?;
    Ok(Decided { verdict: verdict.unwrap_or(Verdict::Undecided), at: iteration.view(&state), steps })
}
