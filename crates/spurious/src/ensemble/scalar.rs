//! One trial at a time, in plain arithmetic: the reduced iteration until the exact test decides.

use crate::basin::{Basins, Guarantee, Verdict};
use crate::dynamics::reduced::ReducedDescent;
use crate::model::{Cell, OrderParameters, ReducedTeacher};

/// Steps after which a trial is given up. With a step that is covered, only starts within some 1e-12 of the separatrix come
/// near it; with one that may overshoot, trials wait until the filter has grown.
const MAX_STEPS: u64 = 1_000_000;

/// Runs trials of one cell with one step size.
#[derive(Debug, Clone)]
pub(super) struct TrialRunner {
    teacher: ReducedTeacher,
    step_size: f64,
    largest_step_size: f64,
    iteration: ReducedDescent,
    basins: Basins,
    /// Whether the verdict is a theorem for every start of the cell; else it is asked at each point.
    covered: bool,
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

    /// The verdict of the run from `start`, and the point at which it fell.
    pub(super) fn verdict(&self, start: OrderParameters) -> (Verdict, OrderParameters) {
        if self.step_size > self.largest_step_size {
            return (Verdict::Undecided, start); // no point of the run can be decided
        }
        let mut at = start;
        for _ in 0..MAX_STEPS {
            if let Some(verdict) = self.basins.verdict(&at)
                && (self.covered || Guarantee::for_start(&self.teacher, &at).covers(self.step_size))
            {
                return (verdict, at);
            }
            at = self.iteration.step(&at);
        }
        (Verdict::Undecided, at)
    }
}
