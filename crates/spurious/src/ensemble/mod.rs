//! Many runs from random starts: the Monte Carlo side of every probability.
//!
//! Each trial has its own random stream, keyed by seed, cell and trial, and is decided by the exact test, so that counts
//! do not depend on threads, on the order of trials, or on how they are split into ranges: summaries of ranges add up.

mod counts;
mod distribution;
mod estimate;
mod full;
mod lanes;
mod outcome;
mod scalar;

use std::ops::Range;
use std::time::{Duration, Instant};

use rayon::prelude::*;
use serde::Serialize;

pub use counts::{Counts, wilson_interval};
pub(crate) use counts::{NORMAL_QUANTILE, wilson};
pub use distribution::Distribution;
pub use estimate::{CellEstimate, Estimate, Observed, Quantiles};
pub use lanes::fused_arithmetic;
pub use outcome::{Convergence, Observe, Outcome, Summary, Trial};

use crate::basin::Verdict;
use crate::error::{Error, positive};
use crate::initialization::{sample_order_parameters, sample_student};
use crate::model::{Cell, OrderParameters, Teacher};
use crate::numerics::random::{stream, stream_key};
use crate::restart::{antipodal_restart, sign_choices};
use lanes::Lanes;
use scalar::TrialRunner;

/// Trials that one thread takes at a time.
const BLOCK: u64 = 1024;

/// About the time of a piece of trials that may be the last one, and the fewest trials in one.
const PIECE_TIME: Duration = Duration::from_millis(200);
const SMALLEST_PIECE: u64 = 16;

/// What carries the runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Engine {
    /// The reduced iteration, many runs side by side in vector registers.
    #[default]
    Lanes,
    /// The reduced iteration, one run at a time.
    Scalar,
    /// All `p + k` numbers of a run, from a start that is drawn in full. Its random starts are not those of the others.
    Full,
}

/// An experiment on one cell: random starts of the paper's initialisation, gradient descent with one step size.
///
/// # Examples
/// ```
/// use spurious::{ensemble::{Ensemble, Observe}, model::Cell};
/// let ensemble = Ensemble::new(Cell::new(5, 25, 4.0, 1.0)?, 0.2, 42, 0)?;
/// let counts = ensemble.counts(0..2000);
/// assert_eq!(counts.undecided, 0);
/// assert!((counts.probability() - 0.7279).abs() < 0.04); // four standard errors
///
/// let summary = ensemble.summary(0..2000, &Observe { steps: true, ..Observe::default() });
/// assert_eq!(summary.counts, counts);
/// assert!(summary.steps.quantile(0.5) < Some(20)); // a verdict takes few steps
/// # Ok::<(), spurious::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Ensemble {
    cell: Cell,
    step_size: f64,
    runner: TrialRunner,
    seed: u64,
    cell_index: u64,
    /// The engine in lanes, where it is asked for and can be used.
    lanes: Option<Lanes>,
    /// The teacher in full, for the engine that needs it.
    teacher: Option<Teacher>,
}

impl Ensemble {
    /// An experiment whose trials draw from the streams of `(seed, cell_index)`.
    ///
    /// # Errors
    /// If the step size is not positive.
    pub fn new(cell: Cell, step_size: f64, seed: u64, cell_index: u64) -> Result<Self, Error> {
        positive("step size", step_size)?;
        let runner = TrialRunner::new(&cell, step_size);
        let lanes = Lanes::new(&cell, step_size, stream_key(seed, cell_index), &runner);
        Ok(Self { cell, step_size, runner, seed, cell_index, lanes, teacher: None })
    }

    /// The same experiment, carried by another engine.
    pub fn with_engine(self, engine: Engine) -> Self {
        let key = stream_key(self.seed, self.cell_index);
        let lanes = match engine {
            Engine::Lanes => self.lanes.or_else(|| Lanes::new(&self.cell, self.step_size, key, &self.runner)),
            Engine::Scalar | Engine::Full => None,
        };
        let teacher = (engine == Engine::Full).then(|| Teacher::planted(&self.cell));
        Self { lanes, teacher, ..self }
    }

    /// The start of one trial, for running it again alone.
    pub fn start(&self, trial: u64) -> OrderParameters {
        sample_order_parameters(&self.cell, &mut stream(self.seed, self.cell_index, trial))
    }

    /// The verdict of one trial.
    pub fn verdict(&self, trial: u64) -> Verdict {
        self.trial(trial, &Observe::default()).outcome.verdict
    }

    /// One trial, run again alone, in plain arithmetic.
    pub fn trial(&self, trial: u64, observe: &Observe) -> Trial {
        let Some(teacher) = &self.teacher else {
            let start = self.start(trial);
            return Trial { trial, start, outcome: self.runner.outcome(start, observe.convergence) };
        };
        let student = sample_student(teacher, &mut stream(self.seed, self.cell_index, trial));
        let start = student.order_parameters(teacher).expect("a start has the shape of its teacher");
        let outcome = full::outcome(teacher, student, self.step_size, &self.runner, observe.convergence);
        Trial { trial, start, outcome }
    }

    /// How the trials of a range end, on all cores.
    pub fn counts(&self, trials: Range<u64>) -> Counts {
        self.summary(trials, &Observe::default()).counts
    }

    /// What the trials of a range report, in sum, on all cores.
    pub fn summary(&self, trials: Range<u64>, observe: &Observe) -> Summary {
        let lanes = self.lanes_for(observe);
        let size = if lanes.is_some() { lanes::BLOCK } else { BLOCK };
        blocks(trials, size)
            .map(|block| match lanes {
                Some(lanes) if observe.steps => {
                    let (counts, steps) = lanes.steps(block, self);
                    Summary { counts, steps, ..Summary::default() }
                }
                Some(lanes) => Summary { counts: lanes.counts(block, self), ..Summary::default() },
                None => {
                    let mut summary = Summary::default();
                    for trial in block {
                        summary.record(&self.trial(trial, observe).outcome, observe);
                    }
                    summary
                }
            })
            .reduce(Summary::default, |mut a, b| {
                a.add(&b);
                a
            })
    }

    /// The same, for who may want to stop: trials are done in pieces of a fraction of a second. Before each piece, and
    /// at the end, `go_on` is told how many were done since it was asked last; `None` if it says no before all are done.
    ///
    /// # Examples
    /// ```
    /// use spurious::{ensemble::{Ensemble, Observe}, model::Cell};
    /// let ensemble = Ensemble::new(Cell::new(5, 25, 4.0, 1.0)?, 0.1, 1, 0)?;
    /// let mut done = 0;
    /// let summary = ensemble.summary_while(0..2000, &Observe::default(), |trials| {
    ///     done += trials;
    ///     true
    /// });
    /// assert_eq!((summary.unwrap().counts, done), (ensemble.counts(0..2000), 2000));
    /// assert!(ensemble.summary_while(0..2000, &Observe::default(), |trials| trials == 0).is_none());
    /// # Ok::<(), spurious::Error>(())
    /// ```
    pub fn summary_while(
        &self,
        trials: Range<u64>,
        observe: &Observe,
        mut go_on: impl FnMut(u64) -> bool,
    ) -> Option<Summary> {
        let (mut sum, mut begin, mut done) = (None::<Summary>, trials.start, 0);
        // What a trial takes is found out on the way; sums do not depend on the pieces.
        let mut size = SMALLEST_PIECE;
        loop {
            let wanted = go_on(done);
            if begin >= trials.end {
                return Some(sum.unwrap_or_default());
            }
            if !wanted {
                return None;
            }
            done = size.min(trials.end - begin);
            let begun = Instant::now();
            let piece = self.summary(begin..begin + done, observe);
            match begun.elapsed() {
                time if time < PIECE_TIME / 4 => size *= 4,
                time if time > PIECE_TIME => size = (size / 4).max(SMALLEST_PIECE),
                _ => {}
            }
            begin += done;
            match &mut sum {
                Some(sum) => sum.add(&piece),
                None => sum = Some(piece),
            }
        }
    }

    /// The trials of a range, each for itself, in their order, on all cores.
    pub fn trials(&self, trials: Range<u64>, observe: &Observe) -> Vec<Trial> {
        let Some(lanes) = self.lanes_for(observe) else {
            return blocks(trials, BLOCK)
                .flat_map_iter(|block| block.map(|trial| self.trial(trial, observe)))
                .collect();
        };
        blocks(trials, lanes::BLOCK)
            .flat_map_iter(|block| {
                let decisions = lanes.decisions(block.clone(), self);
                block.zip(decisions).map(|(trial, decision)| Trial {
                    trial,
                    start: self.start(trial),
                    outcome: decision.outcome(),
                })
            })
            .collect()
    }

    /// The engine in lanes, for what it can observe.
    fn lanes_for(&self, observe: &Observe) -> Option<&Lanes> {
        self.lanes.as_ref().filter(|_| observe.convergence.is_none())
    }

    /// In how many trials of a range at least one of the four sign choices of the start recovers the teacher.
    pub fn sign_choice_recoveries(&self, trials: Range<u64>) -> Counts {
        self.count(trials, |start| {
            let verdicts = sign_choices(&start).map(|choice| self.runner.verdict(choice).0);
            let best = [Verdict::Global, Verdict::Undecided].into_iter().find(|best| verdicts.contains(best));
            best.unwrap_or(Verdict::Spurious)
        })
    }

    /// In how many trials of a range the run, or if it is trapped its antipodal restart, recovers the teacher.
    pub fn antipodal_recoveries(&self, trials: Range<u64>) -> Counts {
        self.count(trials, |start| match self.runner.verdict(start) {
            (Verdict::Spurious, end, _) => {
                self.runner.verdict(antipodal_restart(&self.cell.teacher(), &end)).0
            }
            (verdict, ..) => verdict,
        })
    }

    fn count(&self, trials: Range<u64>, verdict: impl Fn(OrderParameters) -> Verdict + Sync) -> Counts {
        let sum = |mut a: Counts, b| {
            a += b;
            a
        };
        blocks(trials, BLOCK)
            .map(|block| {
                block.map(|trial| Counts::of(verdict(self.start(trial)))).fold(Counts::default(), sum)
            })
            .reduce(Counts::default, sum)
    }
}

/// A range of trials in blocks.
fn blocks(trials: Range<u64>, size: u64) -> impl ParallelIterator<Item = Range<u64>> {
    let count = trials.end.saturating_sub(trials.start).div_ceil(size);
    (0..count).into_par_iter().map(move |block| {
        let first = trials.start + block * size;
        first..(first + size).min(trials.end)
    })
}
