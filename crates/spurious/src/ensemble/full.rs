//! One trial at a time, on all `p + k` numbers, from a start that is drawn in full: the slow twin, and the way to run what
//! the reduction does not cover.

use crate::dynamics::full;
use crate::ensemble::outcome::Outcome;
use crate::ensemble::scalar::{TrialRunner, decide, follow};
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
    match tolerance {
        Some(tolerance) => follow(start, tolerance, runner, view, step),
        None => {
            let (verdict, _, steps) = decide(start, runner, view, step);
            Outcome { verdict, steps, convergence: None }
        }
    }
}
