//! Many trials side by side in vector registers: the same iteration and the same test as one trial at a time, ten to forty
//! times as fast.
//!
//! A step needs neither a division, a square root nor an arc tangent in the variables
//!
//! ```text
//! t = π − φ     c = cos φ     σ = sin φ     w = 1/‖v‖²
//! s = S(k−1)/K + h S A          q = (S/k) s − D/(π−1) + h D C          D = ‖b‖² − S²/k,   h = η/2π
//! ```
//!
//! in which the linear part of the iteration is diagonal. With `g = t c + σ`
//!
//! ```text
//! A⁺ = (1 − hK) A + g          C⁺ = (1 − h(π−1)) C + g
//! h q = −h‖b‖²(1 − x_c)/(π−1) + (h‖b‖)² (ρ/k) A + h² D C
//! u = t σ w · h q              t⁺ = t + atan u
//! (c, σ)⁺ = (c + uσ, σ − uc)/√(1 + u²)          w⁺ = w/(1 + u²)
//! drive/‖b‖² = g − (1 − x_c) − h ρ A
//! ```
//!
//! `|u|` has a bound for every run of a cell, so that polynomials in `u²` of a known degree stand in for the arc tangent and
//! the root. Trials wait in a queue; a lane whose trial is decided takes the next. A start that is decided already, as a
//! third of them are, never enters the queue.
//!
//! Every operation acts on each lane for itself and tests come at fixed ages of a trial, so that what becomes of a trial
//! does not depend on its neighbours. A last bit may differ from the arithmetic of one trial alone, and a verdict with it only
//! within some 1e-12 of the separatrix. Trials that this arithmetic is not made for are handed back: filters within 10⁻⁶ of
//! the teacher's axis.

mod pool;
mod queue;
mod step;

use std::ops::Range;

use fearless_simd::{Level, Simd, dispatch};

use crate::basin::Verdict;
use crate::ensemble::scalar::TrialRunner;
use crate::ensemble::{Counts, Distribution, Ensemble, Outcome};
use crate::model::Cell;
use pool::Pool;
use queue::{Queue, Starts};
use step::Iteration;

/// Closer to `x_c = 1` than this, the kernel at the antipode needs its relative accuracy for a verdict.
const SMALLEST_GAP: f64 = 1e-8;

/// Trials that are run together; their outcomes fit into 32 bits each, and their beginning and end cost little.
pub(super) const BLOCK: u64 = 1 << 16;

/// What is needed to run the trials of one cell in lanes.
#[derive(Debug, Clone)]
pub(super) struct Lanes {
    starts: Starts,
    iteration: Iteration,
}

/// A decided trial in 32 bits: its verdict, and the steps that it took.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Decision(u32);

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

    pub(super) fn outcome(self) -> Outcome {
        Outcome { verdict: self.verdict(), steps: self.steps(), convergence: None }
    }
}

/// The steps that decided trials took.
pub(super) fn steps(decisions: &[Decision]) -> Distribution {
    // Most take few steps; one place for each number is faster than a search for its class.
    let mut few = [0u64; 1024];
    let mut distribution = Distribution::default();
    for decision in decisions.iter().filter(|decision| decision.verdict() != Verdict::Undecided) {
        match few.get_mut(decision.steps() as usize) {
            Some(count) => *count += 1,
            None => distribution.record(decision.steps(), 1),
        }
    }
    for (steps, &count) in few.iter().enumerate().filter(|(_, count)| **count > 0) {
        distribution.record(steps as u64, count);
    }
    distribution
}

/// What a block of trials leaves behind.
#[derive(Debug, Default)]
struct Tally {
    counts: Counts,
    /// Trials that lanes are not made for.
    odd: Vec<u64>,
}

impl Lanes {
    /// `None` where some trial could leave the range that the arithmetic is made for.
    pub(super) fn new(cell: &Cell, step_size: f64, key: [u32; 4], runner: &TrialRunner) -> Option<Self> {
        let suits =
            cell.patch_dim() > 1 && cell.shape().criticality_gap().abs() > SMALLEST_GAP && runner.covered;
        let iteration = Iteration::new(cell, step_size)?;
        suits.then(|| Self { starts: Starts::new(cell, step_size, key), iteration })
    }

    /// How the trials of a range end.
    pub(super) fn counts(&self, trials: Range<u64>, ensemble: &Ensemble) -> Counts {
        self.run(Level::new(), trials, ensemble, None)
    }

    /// What becomes of each trial of a range.
    pub(super) fn decisions(&self, trials: Range<u64>, ensemble: &Ensemble) -> (Counts, Vec<Decision>) {
        let count = trials.end.saturating_sub(trials.start) as usize;
        let mut decisions = vec![Decision::default(); count];
        let counts = self.run(Level::new(), trials, ensemble, Some(&mut decisions));
        (counts, decisions)
    }

    fn run(
        &self,
        level: Level,
        trials: Range<u64>,
        ensemble: &Ensemble,
        mut decisions: Option<&mut [Decision]>,
    ) -> Counts {
        let first = trials.start;
        let mut tally = dispatch!(level, simd => self.tally(simd, trials, decisions.as_deref_mut()));
        for trial in std::mem::take(&mut tally.odd) {
            let (verdict, _, steps) = ensemble.runner.verdict(ensemble.start(trial));
            tally.counts += Counts::of(verdict);
            if let Some(decisions) = &mut decisions {
                decisions[(trial - first) as usize] = Decision::new(verdict, steps);
            }
        }
        tally.counts
    }

    #[inline(always)]
    fn tally<S: Simd>(&self, simd: S, trials: Range<u64>, decisions: Option<&mut [Decision]>) -> Tally {
        // The number of coefficients is part of the code, so that they stay in registers or next to them.
        match (self.iteration.coefficients(), decisions) {
            (2, None) => self.trials::<S, 2, false>(simd, trials, &mut []),
            (3, None) => self.trials::<S, 3, false>(simd, trials, &mut []),
            (4, None) => self.trials::<S, 4, false>(simd, trials, &mut []),
            (6, None) => self.trials::<S, 6, false>(simd, trials, &mut []),
            (_, None) => self.trials::<S, 12, false>(simd, trials, &mut []),
            (2, Some(decisions)) => self.trials::<S, 2, true>(simd, trials, decisions),
            (3, Some(decisions)) => self.trials::<S, 3, true>(simd, trials, decisions),
            (4, Some(decisions)) => self.trials::<S, 4, true>(simd, trials, decisions),
            (6, Some(decisions)) => self.trials::<S, 6, true>(simd, trials, decisions),
            (_, Some(decisions)) => self.trials::<S, 12, true>(simd, trials, decisions),
        }
    }

    #[inline(always)]
    fn trials<S: Simd, const N: usize, const EACH: bool>(
        &self,
        simd: S,
        trials: Range<u64>,
        decisions: &mut [Decision],
    ) -> Tally {
        let mut tally = Tally::default();
        let mut queue = Queue::new(trials);
        let step = self.iteration.in_lanes::<S, N>(simd);
        let mut pool = Pool::<S>::new(simd);
        // Each decision needs its step; where only the verdict counts, several steps are taken before a test.
        let stride = if EACH { 1 } else { self.iteration.stride };
        loop {
            queue.fill::<S, N, EACH>(simd, &self.starts, &step, 2 * pool.lanes(), &mut tally, decisions);
            if !pool.refill::<EACH>(simd, &mut queue) {
                return tally;
            }
            pool.advance::<N, EACH>(simd, &step, stride, &mut queue, &mut tally, decisions);
        }
    }
}
