//! One trial at a time, on all `p + k` numbers, from a start that is drawn in full: the slow twin, and the way to run what
//! the reduction does not cover.

use crate::basin::Verdict;
use crate::dynamics::full;
use crate::ensemble::outcome::Outcome;
use crate::ensemble::scalar::{MAX_STEPS, TrialRunner, follow};
use crate::model::{OrderParameters, Student, Teacher};

/// The run from `start`, decided at the order parameters of each of its points.
pub(super) fn outcome(
    teacher: &Teacher,
    start: Student,
    step_size: f64,
    runner: &TrialRunner,
    tolerance: Option<f64>,
) -> Outcome {
    let view = |student: &Student| -> OrderParameters {
        student.order_parameters(teacher).expect("a start has the shape of its teacher")
    };
    let step = |student: &Student| full::step(teacher, student, step_size).expect("the shapes agree");
    if let Some(tolerance) = tolerance {
        return follow(start, tolerance, runner, view, step);
    }
    let limit = if runner.hopeless() { 0 } else { MAX_STEPS };
    let mut student = start;
    for steps in 0..limit {
        if let Some(verdict) = runner.verdict_at(&view(&student)) {
            return Outcome { verdict, steps, convergence: None };
        }
        student = step(&student);
    }
    Outcome { verdict: Verdict::Undecided, steps: limit, convergence: None }
}
