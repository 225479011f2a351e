//! What is kept of decided trials, beyond how many there are of each verdict.

use crate::basin::Verdict;
use crate::ensemble::{Distribution, Outcome};

/// A decided trial in 32 bits: its verdict, and the steps that it took.
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
        Outcome { verdict: self.verdict(), steps: self.steps(), convergence: None }
    }
}

/// Takes the decisions of a range of trials, in any order. What an implementation does not need is not computed.
pub(super) trait Keep {
    /// Whether the steps to a verdict matter, so that there is a test after each of them.
    const STEPS: bool;
    /// Whether trials have a number, their place in the range; otherwise it is 0 for all.
    const NUMBERS: bool;

    fn keep(&mut self, number: usize, decision: Decision);

    /// As many trials that were decided by their start alone.
    fn keep_starts(&mut self, count: u64);
}

/// Keeps nothing.
pub(super) struct Nothing;

impl Keep for Nothing {
    const STEPS: bool = false;
    const NUMBERS: bool = false;

    #[inline(always)]
    fn keep(&mut self, _: usize, _: Decision) {}

    #[inline(always)]
    fn keep_starts(&mut self, _: u64) {}
}

/// How many steps the decided trials took.
pub(super) struct Steps {
    /// Most take few; one place for each number is faster than a search for its class.
    few: [u64; Self::FEW],
    more: Distribution,
}

impl Steps {
    const FEW: usize = 1024;

    pub(super) fn new() -> Self {
        Self { few: [0; Self::FEW], more: Distribution::default() }
    }

    pub(super) fn finish(self) -> Distribution {
        let Self { few, more: mut steps } = self;
        for (number, &count) in few.iter().enumerate().filter(|(_, count)| **count > 0) {
            steps.record(number as u64, count);
        }
        steps
    }
}

impl Keep for Steps {
    const STEPS: bool = true;
    const NUMBERS: bool = false;

    #[inline(always)]
    fn keep(&mut self, _: usize, decision: Decision) {
        match self.few.get_mut(decision.steps() as usize) {
            Some(count) => *count += u64::from(decision.verdict() != Verdict::Undecided),
            None => self.keep_many(decision),
        }
    }

    #[inline(always)]
    fn keep_starts(&mut self, count: u64) {
        self.few[0] += count;
    }
}

impl Steps {
    #[cold]
    #[inline(never)]
    fn keep_many(&mut self, decision: Decision) {
        if decision.verdict() != Verdict::Undecided {
            self.more.record(decision.steps(), 1);
        }
    }
}

/// Each decision in its place.
impl Keep for [Decision] {
    const STEPS: bool = true;
    const NUMBERS: bool = true;

    #[inline(always)]
    fn keep(&mut self, number: usize, decision: Decision) {
        self[number] = decision;
    }

    #[inline(always)]
    fn keep_starts(&mut self, _: u64) {}
}
