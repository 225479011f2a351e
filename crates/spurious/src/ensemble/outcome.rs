//! The report of a run, and the sum of many reports.

use crate::basin::{DecidedBy, Verdict};
use crate::ensemble::{Counts, Distribution};
use crate::model::OrderParameters;

/// What is observed of every run beside its verdict.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Observe {
    /// The number of steps after which the verdict was certain.
    pub steps: bool,
    /// Continue the run beyond its verdict, until its loss exceeds that of its minimum by at most this, in units of `‖b‖²`. This takes
    /// hundreds or thousands of steps, where a verdict takes ten.
    pub convergence: Option<f64>,
    /// The length of phase I. A run that recovers the teacher is continued until phase I is over, a trapped one ends with its verdict.
    pub phase_one: bool,
}

/// The report of one run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Outcome {
    /// The outcome of the run.
    pub verdict: Verdict,
    /// How that was found; `None` for an undecided run.
    pub decided_by: Option<DecidedBy>,
    /// The first step at which the verdict was certain; for an undecided run the step at which it was given up.
    pub steps: u64,
    /// The run beyond its verdict, if that was requested.
    pub convergence: Option<Convergence>,
}

/// A run beyond its verdict.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Convergence {
    /// The first step, not before the verdict, at which the loss exceeds that of the minimum by at most the tolerance; `None` for a run
    /// that was given up.
    pub steps: Option<u64>,
    /// Length of phase I: the first step at which both `cos φ ≥ 1/√2` and `q ≥ ‖b‖²/2`. A trapped run has none.
    pub phase_one_steps: Option<u64>,
    /// Loss at the end, in units of `‖b‖²`.
    pub final_loss: f64,
}

/// One trial: its number, its start and its report.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Trial {
    /// Number of the trial.
    pub trial: u64,
    /// Its start.
    pub start: OrderParameters,
    /// Its report.
    pub outcome: Outcome,
}

/// The sum of the reports of many runs. Summaries of parts of an ensemble add up to that of the whole in any order, to the last bit.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Summary {
    /// The outcomes of the runs.
    pub counts: Counts,
    /// Steps to the verdict, of the runs that have one; empty if not requested.
    pub steps: Distribution,
    /// Steps to convergence; empty if not requested.
    pub convergence_steps: Distribution,
    /// Length of phase I.
    pub phase_one_steps: Distribution,
    /// Loss at the end, in units of 10⁻¹² `‖b‖²`.
    pub final_loss: Distribution,
}

impl Summary {
    /// The unit of [`final_loss`](Self::final_loss), as a share of `‖b‖²`.
    pub const LOSS_UNIT: f64 = 1e-12;

    /// Adds the report of one run.
    pub fn record(&mut self, outcome: &Outcome, observe: &Observe) {
        self.counts += Counts::of(outcome.verdict);
        if observe.steps && outcome.verdict != Verdict::Undecided {
            self.steps.record(outcome.steps, 1);
        }
        if let Some(convergence) = &outcome.convergence {
            convergence.steps.into_iter().for_each(|steps| self.convergence_steps.record(steps, 1));
            convergence.phase_one_steps.into_iter().for_each(|steps| self.phase_one_steps.record(steps, 1));
            // A float becomes the closest whole number; NaN becomes 0, and what is too large the largest.
            self.final_loss.record((convergence.final_loss / Self::LOSS_UNIT).round() as u64, 1);
        }
    }

    /// Adds another summary.
    pub fn add(&mut self, other: &Self) {
        self.counts += other.counts;
        self.steps.add(&other.steps);
        self.convergence_steps.add(&other.convergence_steps);
        self.phase_one_steps.add(&other.phase_one_steps);
        self.final_loss.add(&other.final_loss);
    }
}
