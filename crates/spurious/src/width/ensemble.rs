//! Many runs from random starts, on all cores.

use std::ops::Range;

use rayon::prelude::*;

use super::convergence::{Convergence, is_minimum};
use super::reduced::{WideDescent, check_step_size};
use super::start::{OutputScale, Starts};
use super::{WideStudent, lanes};
use crate::basin::Verdict;
use crate::ensemble::{Counts, blocks};
use crate::error::Error;
use crate::model::Cell;
use crate::monitor::Monitor;
use crate::numerics::random::stream;

/// Runs that one thread takes at a time.
const BLOCK: u64 = 256;

/// How a run ended.
#[derive(Debug, Clone, PartialEq)]
pub struct WidthRun {
    /// Its number.
    pub trial: u64,
    /// What [`Convergence`] says: decided by convergence, not by a theorem.
    pub verdict: Verdict,
    /// Steps to the verdict.
    pub steps: u64,
    /// The loss there.
    pub loss: f64,
    /// The student there, in the coordinates of [`WideDescent`].
    pub end: WideStudent,
}

/// An experiment on one cell and one number of filters: random starts, gradient descent with one step size, verdicts by convergence.
///
/// # Examples
/// ```
/// use spurious::{Cell, width::{OutputScale, WidthEnsemble}};
/// let cell = Cell::new(5, 25, 1.0, 1.0)?;
/// let ensemble = WidthEnsemble::new(cell, 2, OutputScale::Divided, 0.05, 1)?;
/// let counts = ensemble.counts(0..400, &())?;
/// assert_eq!(counts.undecided, 0);
/// assert!((counts.probability() - 0.78).abs() < 0.09); // one filter: 0.55
/// # Ok::<(), spurious::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct WidthEnsemble {
    cell: Cell,
    filters: usize,
    step_size: f64,
    seed: u64,
    starts: Starts,
    descent: WideDescent,
    convergence: Convergence,
}

impl WidthEnsemble {
    /// An experiment whose trials draw from the streams of `(seed, filters)`.
    ///
    /// # Errors
    /// If `filters` is not from 1 to [`MOST_FILTERS`](super::MOST_FILTERS), or if the step size is not positive, or `4π/(rK)` or more: output
    /// weights of aligned filters would diverge.
    pub fn new(
        cell: Cell,
        filters: usize,
        scale: OutputScale,
        step_size: f64,
        seed: u64,
    ) -> Result<Self, Error> {
        check_step_size(&cell, filters, step_size)?;
        let starts = Starts::new(&cell, filters, scale);
        let descent = WideDescent::new(&cell, filters, step_size)?;
        Ok(Self { cell, filters, step_size, seed, starts, descent, convergence: Convergence::default() })
    }

    /// The same experiment with other tolerances.
    #[must_use]
    pub fn with_convergence(self, convergence: Convergence) -> Self {
        Self { convergence, ..self }
    }

    /// The cell.
    pub fn cell(&self) -> &Cell {
        &self.cell
    }

    /// Number of filters `r`.
    pub fn filters(&self) -> usize {
        self.filters
    }

    /// Step size `η`.
    pub fn step_size(&self) -> f64 {
        self.step_size
    }

    /// Tolerances of the verdicts.
    pub fn convergence(&self) -> Convergence {
        self.convergence
    }

    /// The descent in a few coordinates.
    pub fn descent(&self) -> &WideDescent {
        &self.descent
    }

    /// The loss below which a run has recovered the teacher.
    pub fn level(&self) -> f64 {
        self.convergence.level(&self.cell)
    }

    /// The start of one trial, in the coordinates of [`WideDescent`]; filters have length 1.
    pub fn start(&self, trial: u64) -> WideStudent {
        self.starts.draw(&mut stream(self.seed, self.filters as u64, trial))
    }

    /// One trial, run alone in scalar arithmetic. It is tested after every step.
    ///
    /// # Errors
    /// If the monitor cancels.
    pub fn trial(&self, trial: u64, monitor: &dyn Monitor) -> Result<WidthRun, Error> {
        self.follow(trial, monitor, &mut |_, _, _| ())
    }

    /// One trial in scalar arithmetic; `visit` gets each point with the number of steps to it and its loss.
    pub(super) fn follow(
        &self,
        trial: u64,
        monitor: &dyn Monitor,
        visit: &mut dyn FnMut(u64, f64, &WideStudent),
    ) -> Result<WidthRun, Error> {
        let (target, scale) = (&self.descent.target, self.cell.scale_ratio());
        let mut at = self.start(trial);
        let (mut steps, mut wait) = (0, 0);
        loop {
            let gradient = target.gradient(&at);
            let loss = target.loss(&at);
            visit(steps, loss, &at);
            let time = self.step_size * steps as f64;
            let still = steps > 0 && time * gradient.squared() <= self.convergence.trapped * loss;
            let verdict = if loss <= self.level() {
                Some(Verdict::Global)
            } else if still && steps >= wait {
                wait = steps + steps / 10;
                is_minimum(target, scale, &at).then_some(Verdict::Spurious)
            } else {
                None
            };
            let given_up = steps >= self.convergence.most_steps || !loss.is_finite();
            if let Some(verdict) = verdict.or(given_up.then_some(Verdict::Undecided)) {
                return Ok(WidthRun { trial, verdict, steps, loss, end: at });
            }
            if steps % 1024 == 0 {
                monitor.check()?;
            }
            at = at.moved(&gradient, -self.step_size);
            steps += 1;
        }
    }

    /// The outcomes of a range of trials, computed on all cores. Progress is reported in trials.
    ///
    /// # Errors
    /// If the monitor cancels.
    pub fn counts(&self, trials: Range<u64>, monitor: &dyn Monitor) -> Result<Counts, Error> {
        blocks(trials, BLOCK, monitor, |block| {
            let mut counts = Counts::default();
            lanes::runs(self, block, monitor, &mut |run| counts += Counts::of(run.verdict))?;
            Ok(counts)
        })
        .try_reduce(Counts::default, |mut a, b| {
            a += b;
            Ok(a)
        })
    }

    /// Each run of a range, in order, computed on all cores. Progress is reported in trials.
    ///
    /// # Errors
    /// If the monitor cancels.
    pub fn runs(&self, trials: Range<u64>, monitor: &dyn Monitor) -> Result<Vec<WidthRun>, Error> {
        let blocks: Vec<Vec<WidthRun>> = blocks(trials, BLOCK, monitor, |block| {
            let mut runs = Vec::new();
            lanes::runs(self, block, monitor, &mut |run| runs.push(run))?;
            runs.sort_by_key(|run| run.trial);
            Ok(runs)
        })
        .collect::<Result<_, Error>>()?;
        Ok(blocks.into_iter().flatten().collect())
    }
}
