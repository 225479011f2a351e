//! One trial at a time, in plain arithmetic: the reduced iteration until the exact test decides.

use std::f64::consts::FRAC_1_SQRT_2;

use crate::basin::{Basins, Guarantee, Verdict};
use crate::dynamics::reduced::ReducedDescent;
use crate::ensemble::outcome::{Convergence, Outcome};
use crate::landscape::projected_loss;
use crate::model::{Cell, OrderParameters, ReducedTeacher};
use crate::population::reduced_loss;

/// Steps after which a trial is given up. With a step that is covered, only starts within some 1e-12 of the separatrix come
/// near it; with one that may overshoot, trials wait until the filter has grown.
pub(super) const MAX_STEPS: u64 = 1_000_000;

/// Runs trials of one cell with one step size.
#[derive(Debug, Clone)]
pub(super) struct TrialRunner {
    teacher: ReducedTeacher,
    step_size: f64,
    largest_step_size: f64,
    iteration: ReducedDescent,
    basins: Basins,
    /// Whether the verdict is a theorem for every start of the cell; else it is asked at each point.
    pub(super) covered: bool,
}

impl TrialRunner {
    pub(super) fn new(cell: &Cell, step_size: f64) -> Self {
        let teacher = cell.teacher();
        let guarantee = Guarantee::for_cell(cell);
        Self {
            teacher,
            step_size,
            largest_step_size: guarantee.largest_step_size,
            iteration: ReducedDescent::new(&teacher, step_size),
            basins: Basins::new(&teacher),
            covered: guarantee.covers(step_size),
        }
    }

    /// The verdict at a point, if there is one and it is a theorem.
    pub(super) fn verdict_at(&self, at: &OrderParameters) -> Option<Verdict> {
        self.basins
            .verdict(at)
            .filter(|_| self.covered || Guarantee::for_start(&self.teacher, at).covers(self.step_size))
    }

    /// Steps after which a run is given up: at once where no point of any run can be decided.
    fn most_steps(&self) -> u64 {
        if self.step_size > self.largest_step_size { 0 } else { MAX_STEPS }
    }

    /// The verdict of the run from `start`, the point at which it fell, and the number of steps up to there.
    pub(super) fn verdict(&self, start: OrderParameters) -> (Verdict, OrderParameters, u64) {
        decide(start, self, |at| *at, |at| self.iteration.step(at))
    }

    /// The run from `start`, followed beyond its verdict if a tolerance is given.
    pub(super) fn outcome(&self, start: OrderParameters, tolerance: Option<f64>) -> Outcome {
        match tolerance {
            None => {
                let (verdict, _, steps) = self.verdict(start);
                Outcome { verdict, steps, convergence: None }
            }
            Some(tolerance) => follow(start, tolerance, self, |at| *at, |at| self.iteration.step(at)),
        }
    }
}

/// A run until its verdict, whatever carries it: `view` gives the order parameters of a state, `step` the next state. Returns
/// the verdict, the state at which it fell, and the number of steps up to there.
pub(super) fn decide<State>(
    start: State,
    runner: &TrialRunner,
    view: impl Fn(&State) -> OrderParameters,
    step: impl Fn(&State) -> State,
) -> (Verdict, State, u64) {
    let mut state = start;
    for taken in 0..runner.most_steps() {
        if let Some(verdict) = runner.verdict_at(&view(&state)) {
            return (verdict, state, taken);
        }
        state = step(&state);
    }
    (Verdict::Undecided, state, runner.most_steps())
}

/// A run that is followed beyond its verdict, whatever carries it: `view` gives the order parameters of a state, `step` the
/// next state.
pub(super) fn follow<State>(
    start: State,
    tolerance: f64,
    runner: &TrialRunner,
    view: impl Fn(&State) -> OrderParameters,
    step: impl Fn(&State) -> State,
) -> Outcome {
    let teacher = &runner.teacher;
    let b_squared = teacher.norm_squared();
    let loss = |at: &OrderParameters| reduced_loss(teacher, at) / b_squared;
    let trapped_loss = projected_loss(&teacher.shape(), 0.0);
    let mut state = start;
    let mut decided: Option<(Verdict, u64)> = None;
    let mut phase_one_steps = None;
    let limit = runner.most_steps();
    for taken in 0..limit {
        let at = view(&state);
        decided = decided.or_else(|| runner.verdict_at(&at).map(|verdict| (verdict, taken)));
        let in_phase_two = at.angle().cos() >= FRAC_1_SQRT_2 && at.signal >= 0.5 * b_squared;
        phase_one_steps = phase_one_steps.or(in_phase_two.then_some(taken));
        if let Some((verdict, steps)) = decided {
            let floor = if verdict == Verdict::Global { 0.0 } else { trapped_loss };
            let final_loss = loss(&at);
            if final_loss - floor <= tolerance {
                let convergence = Convergence { steps: Some(taken), phase_one_steps, final_loss };
                return Outcome { verdict, steps, convergence: Some(convergence) };
            }
        }
        state = step(&state);
    }
    let (verdict, steps) = decided.unwrap_or((Verdict::Undecided, limit));
    let convergence = Convergence { steps: None, phase_one_steps, final_loss: loss(&view(&state)) };
    Outcome { verdict, steps, convergence: Some(convergence) }
}
