//! The interface of all iterations, and the loop that computes a run.
//!
//! An [`Iteration`] has a state, a step, a view of the state as order parameters, and a test that gives the verdict: descent on all `p + k`
//! numbers ([`FullDescent`]), descent in five numbers ([`DecidedDescent`]), gradient flow ([`FlowPath`](super::flow::FlowPath)), and every
//! [`Algorithm`](super::algorithm::Algorithm). Another algorithm is another implementation.

use std::f64::consts::FRAC_1_SQRT_2;
use std::ops::ControlFlow;

use crate::basin::{Basins, DecidedBy, Verdict};
use crate::energy::EnergyTest;
use crate::error::Error;
use crate::model::{Cell, OrderParameters, ReducedTeacher, Student, Teacher};
use crate::monitor::Monitor;

use super::full;
use super::reduced::ReducedDescent;

/// An algorithm that moves a student step by step.
pub(crate) trait Iteration {
    /// The state that a step maps to the next one.
    type State;

    /// The order parameters of a state.
    fn view(&self, state: &Self::State) -> OrderParameters;

    /// One step.
    fn step(&mut self, state: &mut Self::State);

    /// The time `t = η·steps` of a state after this many steps.
    fn time(&self, state: &Self::State, steps: u64) -> f64;

    /// The minimum that a run from this point, whose view is `at`, reaches, and how that is known. It is asked once for each point, in order.
    fn verdict(&mut self, state: &Self::State, at: &OrderParameters) -> Option<(Verdict, DecidedBy)>;

    /// The cost of a step: how many numbers it computes.
    fn numbers(&self) -> usize;

    /// The point at a time within the last step; `None` for discrete steps.
    fn passed(&self, time: f64) -> Option<OrderParameters> {
        let _ = time;
        None
    }
}

/// Numbers that are computed between two calls of the monitor, some milliseconds of work.
const NUMBERS_PER_CHECK: usize = 1 << 17;

/// Computes a run until `visit` breaks off or `most_steps` steps are taken, and returns the number of steps. `visit` is called with
/// every point, the last one included, and the number of steps that led to it.
#[inline]
pub(crate) fn carry<I: Iteration>(
    iteration: &mut I,
    state: &mut I::State,
    most_steps: u64,
    monitor: &dyn Monitor,
    mut visit: impl FnMut(u64, &OrderParameters, &mut I, &I::State) -> ControlFlow<()>,
) -> Result<u64, Error> {
    // A power of two: a remainder by any other number takes as long as a good part of a step.
    let interval = (NUMBERS_PER_CHECK / iteration.numbers()).max(1).next_power_of_two() as u64;
    let mut steps = 0;
    loop {
        let at = iteration.view(state);
        if visit(steps, &at, iteration, state).is_break() || steps == most_steps {
            return Ok(steps);
        }
        if steps & (interval - 1) == 0 {
            monitor.check()?;
        }
        iteration.step(state);
        steps += 1;
    }
}

/// Whether phase I is over: `cos φ ≥ 1/√2` and `q ≥ ‖b‖²/2`. After it a run converges linearly. (The paper proves the phases
/// without giving constants; these constants are a choice.)
pub(crate) fn is_beyond_phase_one(teacher: &ReducedTeacher, at: &OrderParameters) -> bool {
    at.parallel >= FRAC_1_SQRT_2 * at.filter_norm_squared().sqrt()
        && at.signal >= 0.5 * teacher.norm_squared()
}

/// Gradient descent in five numbers, with the basin test.
#[derive(Debug, Clone, Copy)]
pub(crate) struct DecidedDescent {
    pub(crate) descent: ReducedDescent,
    pub(crate) basins: Basins,
    /// Where the step size may be beyond the theorem.
    energy: Option<EnergyTest>,
}

impl DecidedDescent {
    pub(crate) fn new(teacher: &ReducedTeacher, step_size: f64) -> Self {
        let basins = Basins::of_descent(teacher, step_size);
        Self {
            descent: ReducedDescent::new(teacher, step_size),
            basins,
            energy: Some(EnergyTest::new(teacher, step_size, 0.0)),
        }
    }

    /// The same for the starts of one cell.
    pub(crate) fn of_cell(cell: &Cell, step_size: f64) -> Self {
        let (teacher, basins) = (cell.teacher(), Basins::of_cell(cell, step_size));
        Self {
            descent: ReducedDescent::new(&teacher, step_size),
            basins,
            energy: (!basins.is_covered()).then(|| EnergyTest::new(&teacher, step_size, 0.0)),
        }
    }
}

impl Iteration for DecidedDescent {
    type State = OrderParameters;

    #[inline]
    fn view(&self, state: &OrderParameters) -> OrderParameters {
        *state
    }

    #[inline]
    fn step(&mut self, state: &mut OrderParameters) {
        *state = self.descent.step(state);
    }

    fn time(&self, _: &OrderParameters, steps: u64) -> f64 {
        steps as f64 * self.descent.step_size()
    }

    #[inline]
    fn verdict(&mut self, _: &OrderParameters, at: &OrderParameters) -> Option<(Verdict, DecidedBy)> {
        let proved = self.basins.verdict(at).map(|verdict| (verdict, DecidedBy::Theorem));
        proved.or_else(|| Some((self.energy?.verdict(at, 0.0)?, DecidedBy::Energy)))
    }

    fn numbers(&self) -> usize {
        5
    }
}

/// Gradient descent on all `p + k` numbers, with the basin test of the reduction.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FullDescent<'a> {
    teacher: &'a Teacher,
    step_size: f64,
    basins: Basins,
}

impl<'a> FullDescent<'a> {
    /// Descent for a teacher. The shape of `start` is checked.
    pub(crate) fn new(
        teacher: &'a Teacher,
        start: &Student,
        step_size: f64,
        basins: Basins,
    ) -> Result<Self, Error> {
        start.check_shape(teacher)?;
        Ok(Self { teacher, step_size, basins })
    }
}

impl Iteration for FullDescent<'_> {
    type State = Student;

    fn view(&self, state: &Student) -> OrderParameters {
        state.order_parameters(self.teacher).expect("the start has the shape of its teacher")
    }

    fn step(&mut self, state: &mut Student) {
        *state = full::step(self.teacher, state, self.step_size).expect("the shapes agree");
    }

    fn time(&self, _: &Student, steps: u64) -> f64 {
        steps as f64 * self.step_size
    }

    fn verdict(&mut self, _: &Student, at: &OrderParameters) -> Option<(Verdict, DecidedBy)> {
        Some((self.basins.verdict(at)?, DecidedBy::Theorem))
    }

    fn numbers(&self) -> usize {
        self.teacher.direction().len() + self.teacher.scaled_output().len()
    }
}
