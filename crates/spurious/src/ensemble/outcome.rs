//! What a run reports, and the sum of what many report.

use crate::basin::Verdict;
use crate::ensemble::{Counts, Distribution};
use crate::model::OrderParameters;

/// What is asked of every run beside its verdict.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Observe {
    /// The number of steps after which the verdict was certain.
    pub steps: bool,
    /// Follow the run beyond its verdict, until its loss exceeds that of its minimum by at most this, in units of `‖b‖²`.
    /// Takes hundreds or thousands of steps where a verdict takes ten.
    pub convergence: Option<f64>,
}

/// What one run reports.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Outcome {
    /// Where the run ends.
    pub verdict: Verdict,
    /// The first step at which that was certain; of an undecided run the step at which it was given up.
    pub steps: u64,
    /// What became of it beyond the verdict, if that was asked for.
    pub convergence: Option<Convergence>,
}

/// What became of a run beyond its verdict.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Convergence {
    /// The first step, not before the verdict, at which the loss exceeds that of the minimum by no more than was asked;
    /// `None` for a run that was given up.
    pub steps: Option<u64>,
    /// Length of phase I: the first step at which both `cos φ ≥ 1/√2` and `q ≥ ‖b‖²/2`. A trapped run has none.
    pub phase_one_steps: Option<u64>,
    /// Loss at the end, in units of `‖b‖²`.
    pub final_loss: f64,
}

/// One trial: its number, where it began and what it reports.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Trial {
    /// Number of the trial.
    pub trial: u64,
    /// Where it began.
    pub start: OrderParameters,
    /// What it reports.
    pub outcome: Outcome,
}

/// The sum of what many runs report. Summaries of parts of an ensemble add up to that of the whole, to the last bit and in
/// any order.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Summary {
    /// How the runs ended.
    pub counts: Counts,
    /// Steps to the verdict, of the runs that have one; empty if not asked for.
    pub steps: Distribution,
    /// Steps to convergence; empty if not asked for.
    pub convergence_steps: Distribution,
    /// Length of phase I.
    pub phase_one_steps: Distribution,
    /// Loss at the end, in units of 10⁻¹² `‖b‖²`.
    pub final_loss: Distribution,
}

impl Summary {
    /// The unit of [`final_loss`](Self::final_loss), as a share of `‖b‖²`.
    pub const LOSS_UNIT: f64 = 1e-12;

    /// Takes in what one run reports.
    pub fn record(&mut self, outcome: &Outcome, observe: &Observe) {
        self.counts += Counts::of(outcome.verdict);
        if observe.steps && outcome.verdict != Verdict::Undecided {
            self.steps.record(outcome.steps, 1);
        }
        if let Some(convergence) = &outcome.convergence {
            convergence.steps.into_iter().for_each(|steps| self.convergence_steps.record(steps, 1));
            convergence.phase_one_steps.into_iter().for_each(|steps| self.phase_one_steps.record(steps, 1));
            // A float becomes the closest whole number; what is not a number, or too large, ends up at the ends.
            self.final_loss.record((convergence.final_loss / Self::LOSS_UNIT).round() as u64, 1);
        }
    }

    /// Takes in another summary.
    pub fn add(&mut self, other: &Self) {
        self.counts += other.counts;
        self.steps.add(&other.steps);
        self.convergence_steps.add(&other.convergence_steps);
        self.phase_one_steps.add(&other.phase_one_steps);
        self.final_loss.add(&other.final_loss);
    }
}
