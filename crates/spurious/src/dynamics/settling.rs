//! The verdict by convergence, for algorithms without a theorem.
//!
//! Below the loss `ℓ_x` of the saddles a student is on the side of one minimum ([`energy`](crate::EnergyTest)). An algorithm whose loss may
//! rise can leave this side again. One that has stayed there for [`SETTLED_STEPS`] steps is taken for settled. This is an observation, and
//! no proof.

use crate::basin::Verdict;
use crate::energy::{level, side};
use crate::model::{OrderParameters, ReducedTeacher};
use crate::population::reduced_loss;

/// Steps for which the loss has to stay below that of the saddles, on one side.
pub const SETTLED_STEPS: u64 = 1000;

/// Watches one run.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Settling {
    teacher: ReducedTeacher,
    /// `ℓ_x`
    level: f64,
    side: Option<Verdict>,
    steps: u64,
}

impl Settling {
    pub(crate) fn new(teacher: &ReducedTeacher) -> Self {
        Self { teacher: *teacher, level: level(teacher), side: None, steps: 0 }
    }

    /// Takes the next point of a run.
    pub(crate) fn verdict(&mut self, at: &OrderParameters) -> Option<Verdict> {
        let side = (reduced_loss(&self.teacher, at) < self.level).then(|| side(&self.teacher, at));
        self.steps = if side.is_some() && side == self.side { self.steps + 1 } else { 0 };
        self.side = side;
        side.filter(|_| self.steps >= SETTLED_STEPS)
    }
}
