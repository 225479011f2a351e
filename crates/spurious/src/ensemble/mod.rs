//! Many runs from random starts: the Monte Carlo side of every probability.
//!
//! Each trial has its own random stream, keyed by seed, cell and trial, and is decided by the exact test, so that counts
//! do not depend on threads, on the order of trials, or on how they are split into ranges: counts of ranges add up.

mod scalar;

use std::ops::{AddAssign, Range};

use rayon::prelude::*;
use serde::Serialize;

use crate::basin::Verdict;
use crate::error::{Error, positive};
use crate::initialization::sample_order_parameters;
use crate::model::{Cell, OrderParameters};
use crate::numerics::random::stream;
use crate::restart::{antipodal_restart, sign_choices};
use scalar::TrialRunner;

/// Trials that one thread takes at a time.
const BLOCK: u64 = 1024;

/// How trials ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Counts {
    /// Number of trials.
    pub runs: u64,
    /// Trials that recover the teacher.
    pub global: u64,
    /// Trials that are trapped.
    pub spurious: u64,
    /// Trials without a verdict.
    pub undecided: u64,
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.runs += other.runs;
        self.global += other.global;
        self.spurious += other.spurious;
        self.undecided += other.undecided;
    }
}

impl Counts {
    fn of(verdict: Verdict) -> Self {
        let count = |which| u64::from(verdict == which);
        Self {
            runs: 1,
            global: count(Verdict::Global),
            spurious: count(Verdict::Spurious),
            undecided: count(Verdict::Undecided),
        }
    }

    /// The share of trials that recover the teacher.
    pub fn probability(&self) -> f64 {
        self.global as f64 / self.runs as f64
    }

    /// Wilson's 95 % interval for the probability of recovery.
    pub fn interval(&self) -> (f64, f64) {
        wilson_interval(self.global, self.runs)
    }
}

/// Wilson's score interval at 95 % for a share of `successes` in `trials` (the whole unit interval for no trials).
///
/// # Examples
/// ```
/// use spurious::ensemble::wilson_interval;
/// let (lower, upper) = wilson_interval(0, 100);
/// assert!(lower == 0.0 && (upper - 0.0370).abs() < 1e-4);
/// ```
///
/// # Source
/// Wilson, "Probable inference, the law of succession, and statistical inference", JASA 22 (1927).
pub fn wilson_interval(successes: u64, trials: u64) -> (f64, f64) {
    if trials == 0 {
        return (0.0, 1.0);
    }
    wilson(successes as f64 / trials as f64, trials as f64, NORMAL_QUANTILE)
}

/// The point beyond which 2.5 % of a standard normal distribution lie.
pub(crate) const NORMAL_QUANTILE: f64 = 1.959_963_984_540_054;

/// Wilson's interval for a share of `n` trials, which need not be a whole number, with the quantile `z`.
pub(crate) fn wilson(share: f64, n: f64, z: f64) -> (f64, f64) {
    let centre = share + z * z / (2.0 * n);
    let half = z * (share * (1.0 - share) / n + z * z / (4.0 * n * n)).sqrt();
    let scale = 1.0 / (1.0 + z * z / n);
    // At the ends the interval touches 0 or 1 exactly; rounding must not move it.
    let lower = if share == 0.0 { 0.0 } else { (scale * (centre - half)).max(0.0) };
    let upper = if share == 1.0 { 1.0 } else { (scale * (centre + half)).min(1.0) };
    (lower, upper)
}

/// An experiment on one cell: random starts of the paper's initialisation, gradient descent with one step size.
///
/// # Examples
/// ```
/// use spurious::{ensemble::Ensemble, model::Cell};
/// let ensemble = Ensemble::new(Cell::new(5, 25, 4.0, 1.0)?, 0.2, 42, 0)?;
/// let counts = ensemble.counts(0..2000);
/// assert_eq!(counts.undecided, 0);
/// assert!((counts.probability() - 0.7279).abs() < 0.04); // four standard errors
/// # Ok::<(), spurious::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Ensemble {
    cell: Cell,
    runner: TrialRunner,
    seed: u64,
    cell_index: u64,
}

impl Ensemble {
    /// An experiment whose trials draw from the streams of `(seed, cell_index)`.
    ///
    /// # Errors
    /// If the step size is not positive.
    pub fn new(cell: Cell, step_size: f64, seed: u64, cell_index: u64) -> Result<Self, Error> {
        positive("step size", step_size)?;
        Ok(Self { cell, runner: TrialRunner::new(&cell, step_size), seed, cell_index })
    }

    /// The start of one trial, for running it again alone.
    pub fn start(&self, trial: u64) -> OrderParameters {
        sample_order_parameters(&self.cell, &mut stream(self.seed, self.cell_index, trial))
    }

    /// The verdict of one trial.
    pub fn verdict(&self, trial: u64) -> Verdict {
        self.runner.verdict(self.start(trial)).0
    }

    /// How the trials of a range end, on all cores.
    pub fn counts(&self, trials: Range<u64>) -> Counts {
        self.sum(trials, |start| Counts::of(self.runner.verdict(start).0))
    }

    /// In how many trials of a range at least one of the four sign choices of the start recovers the teacher.
    pub fn sign_choice_recoveries(&self, trials: Range<u64>) -> Counts {
        self.sum(trials, |start| {
            let verdicts = sign_choices(&start).map(|choice| self.runner.verdict(choice).0);
            let best = [Verdict::Global, Verdict::Undecided].into_iter().find(|best| verdicts.contains(best));
            Counts::of(best.unwrap_or(Verdict::Spurious))
        })
    }

    /// In how many trials of a range the run, or if it is trapped its antipodal restart, recovers the teacher.
    pub fn antipodal_recoveries(&self, trials: Range<u64>) -> Counts {
        self.sum(trials, |start| {
            let (verdict, end) = self.runner.verdict(start);
            if verdict != Verdict::Spurious {
                return Counts::of(verdict);
            }
            Counts::of(self.runner.verdict(antipodal_restart(&self.cell.teacher(), &end)).0)
        })
    }

    fn sum(&self, trials: Range<u64>, outcome: impl Fn(OrderParameters) -> Counts + Sync) -> Counts {
        let blocks = (trials.end.saturating_sub(trials.start)).div_ceil(BLOCK);
        (0..blocks)
            .into_par_iter()
            .map(|block| {
                let first = trials.start + block * BLOCK;
                let mut counts = Counts::default();
                for trial in first..(first + BLOCK).min(trials.end) {
                    counts += outcome(self.start(trial));
                }
                counts
            })
            .reduce(Counts::default, |mut a, b| {
                a += b;
                a
            })
    }
}
