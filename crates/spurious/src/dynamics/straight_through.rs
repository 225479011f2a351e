//! The straight-through update: the gradient by the filter is computed as if the activation were the identity.
//!
//! Only the way back has the identity; the values of the network and the gradient by the output weights stay. With `E[σ(w·Z) Z] = ½(1 + c) w` the
//! slope `λ(φ)` of the population gradient becomes the constant
//!
//! ```text
//! λ = π(1 + c)          which λ(φ) = γ(π − φ) + 2πc reaches at φ = 0 (for the rectifier)
//! ```
//!
//! and everything else is [gradient descent](super::reduced) in five numbers. This is no gradient of a loss, so no energy is known to fall. But the two
//! invariant sets of [`basin`](crate::basin) remain: their proofs use the sign of the turning alone, and that no step turns the filter past the
//! teacher. The largest slope is now `π(1 + c)` in place of `π(1 + c²)`, and so the largest step size is smaller by this ratio.

use super::iteration::Iteration;
use super::reduced::ReducedDescent;
use super::settling::Settling;
use crate::basin::{Basins, DecidedBy, Verdict};
use crate::model::{OrderParameters, ReducedTeacher};

/// Straight-through descent in five numbers, decided by the theorem where it covers the step size, and by convergence elsewhere.
#[derive(Debug, Clone, Copy)]
pub(crate) struct StraightThrough {
    descent: ReducedDescent,
    /// `hλ`
    turning: f64,
    basins: Basins,
    settling: Settling,
}

impl StraightThrough {
    pub(crate) fn new(teacher: &ReducedTeacher, step_size: f64) -> Self {
        let (activation, c) = (teacher.activation(), teacher.activation().negative_slope());
        let steeper = (1.0 + c) / activation.squares();
        Self {
            descent: ReducedDescent::new(teacher, step_size),
            turning: 0.5 * step_size * (1.0 + c),
            basins: Basins::of_descent(teacher, step_size * steeper.max(1.0)),
            settling: Settling::new(teacher),
        }
    }
}

impl Iteration for StraightThrough {
    type State = OrderParameters;

    fn view(&self, state: &OrderParameters) -> OrderParameters {
        *state
    }

    fn step(&mut self, state: &mut OrderParameters) {
        let (x, y) = (state.parallel, state.perpendicular);
        let length = x.hypot(y);
        let (cos, sin) = (x / length, y / length);
        let swing = self.turning * state.signal * sin / length; // d
        // The step of the output weights does not depend on that of the filter.
        let outputs = self.descent.step(state);
        *state =
            OrderParameters { parallel: x + swing * sin, perpendicular: (y - swing * cos).abs(), ..outputs };
    }

    fn time(&self, _: &OrderParameters, steps: u64) -> f64 {
        steps as f64 * self.descent.step_size()
    }

    fn verdict(&mut self, _: &OrderParameters, at: &OrderParameters) -> Option<(Verdict, DecidedBy)> {
        let proved = self.basins.verdict(at).map(|verdict| (verdict, DecidedBy::Theorem));
        proved.or_else(|| Some((self.settling.verdict(at)?, DecidedBy::Convergence)))
    }

    fn numbers(&self) -> usize {
        5
    }
}
