//! Receivers of decided trials, beyond the counts of their verdicts.

use crate::basin::{DecidedBy, Verdict};
use crate::ensemble::{Distribution, Outcome};
use crate::numerics::lanes::WIDEST;

/// A decided trial in 32 bits: its verdict and its number of steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(in crate::ensemble) struct Decision(u32);

impl Decision {
    pub(super) fn new(verdict: Verdict, steps: u64) -> Self {
        let code = match verdict {
            Verdict::Global => 0,
            Verdict::Spurious => 1,
            Verdict::Undecided => 2,
        };
        Self((steps as u32) << 2 | code)
    }

    pub(super) fn verdict(self) -> Verdict {
        match self.0 & 3 {
            0 => Verdict::Global,
            1 => Verdict::Spurious,
            _ => Verdict::Undecided,
        }
    }

    pub(super) fn steps(self) -> u64 {
        u64::from(self.0 >> 2)
    }

    pub(in crate::ensemble) fn outcome(self) -> Outcome {
        let verdict = self.verdict();
        let decided_by = (verdict != Verdict::Undecided).then_some(DecidedBy::Theorem);
        Outcome { verdict, decided_by, steps: self.steps(), convergence: None }
    }
}

/// Receives the decisions of a range of trials, in any order. What it does not need is not computed.
pub(super) trait TrialSink {
    /// Whether the number of steps to a verdict is needed, so that there is a test after each step.
    const STEPS: bool;
    /// Whether the number of a trial, its place in the range, is needed; otherwise it is 0 for all.
    const NUMBERS: bool;

    fn take(&mut self, number: usize, decision: Decision);

    /// Receives the steps to a verdict of the first `count` trials, without numbers.
    fn take_steps(&mut self, steps: &[f64], count: usize) {
        let _ = (steps, count);
    }

    /// Receives trials without numbers that were decided at their start.
    fn take_starts(&mut self, count: u64) {
        let _ = count;
    }
}

/// Receives nothing: only counts are needed.
pub(super) struct CountsOnly;

impl TrialSink for CountsOnly {
    const STEPS: bool = false;
    const NUMBERS: bool = false;

    #[inline(always)]
    fn take(&mut self, _: usize, _: Decision) {}
}

/// The distribution of steps to the verdict.
pub(super) struct Steps {
    /// Those not counted yet.
    waiting: [f64; Self::WAITING + WIDEST],
    length: usize,
    /// Most trials take few steps; one counter for each number is faster than a search for its class.
    few: [u64; Self::FEW],
    more: Distribution,
}

impl Steps {
    const WAITING: usize = 1024;
    const FEW: usize = 1024;

    pub(super) fn new() -> Self {
        Self {
            waiting: [0.0; Self::WAITING + WIDEST],
            length: 0,
            few: [0; Self::FEW],
            more: Distribution::default(),
        }
    }

    pub(super) fn finish(mut self) -> Distribution {
        self.count();
        let Self { few, more: mut steps, .. } = self;
        for (number, &count) in few.iter().enumerate().filter(|(_, count)| **count > 0) {
            steps.record(number as u64, count);
        }
        steps
    }

    #[inline(never)]
    fn count(&mut self) {
        for &steps in &self.waiting[..self.length] {
            let steps = steps as u64;
            match self.few.get_mut(steps as usize) {
                Some(count) => *count += 1,
                None => self.more.record(steps, 1),
            }
        }
        self.length = 0;
    }
}

impl TrialSink for Steps {
    const STEPS: bool = true;
    const NUMBERS: bool = false;

    fn take(&mut self, _: usize, decision: Decision) {
        if decision.verdict() != Verdict::Undecided {
            self.take_steps(&[decision.steps() as f64], 1);
        }
    }

    #[inline(always)]
    fn take_steps(&mut self, steps: &[f64], count: usize) {
        self.waiting[self.length..][..steps.len()].copy_from_slice(steps);
        self.length += count;
        if self.length >= Self::WAITING {
            self.count();
        }
    }

    #[inline(always)]
    fn take_starts(&mut self, count: u64) {
        self.few[0] += count;
    }
}

/// Each decision in its place.
impl TrialSink for [Decision] {
    const STEPS: bool = true;
    const NUMBERS: bool = true;

    #[inline(always)]
    fn take(&mut self, number: usize, decision: Decision) {
        self[number] = decision;
    }
}
