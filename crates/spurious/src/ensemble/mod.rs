//! Many runs from random starts: Monte Carlo estimates of the success probability.
//!
//! Each trial has its own random stream, keyed by seed, cell and trial, and is decided by the exact test. Counts therefore do not
//! depend on threads, on the order of trials, or on how they are divided into ranges. Summaries of ranges can be added.

mod counts;
mod distribution;
mod estimate;
mod lanes;
mod outcome;
mod trial;

use std::ops::Range;

use rayon::prelude::*;
use serde::Serialize;

pub use counts::{Counts, wilson_interval};
pub(crate) use counts::{NORMAL_QUANTILE, wilson};
pub use distribution::Distribution;
pub use estimate::{CellEstimate, Estimate, Observed, Quantiles};
pub use lanes::fused_arithmetic;
pub use outcome::{Convergence, Observe, Outcome, Summary, Trial};

use crate::basin::Verdict;
use crate::dynamics::algorithm::Algorithm;
use crate::error::{Error, positive};
use crate::initialization::{sample_order_parameters, sample_student};
use crate::model::{Cell, OrderParameters, Teacher};
use crate::monitor::Monitor;
use crate::numerics::random::{stream, stream_key};
use crate::restart::{antipodal_restart, sign_choices};
use lanes::Lanes;
use lanes::momentum::MomentumRuns;
use lanes::noisy::NoisyRuns;
use trial::{MAX_STEPS_OF_OTHERS, TrialRunner};

/// Trials that one thread takes at a time.
const BLOCK: u64 = 1024;

/// How runs are computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Engine {
    /// The reduced iteration, many runs side by side in vector registers.
    #[default]
    Lanes,
    /// The reduced iteration, one run at a time.
    Scalar,
    /// Gradient descent on all `p + k` numbers, from starts that are drawn in full. Its random starts differ from those of the other
    /// engines.
    Full,
}

/// An experiment on one cell: random starts of the paper's initialisation, gradient descent with one step size.
///
/// # Examples
/// ```
/// use spurious::{Cell, Ensemble, Observe};
/// let ensemble = Ensemble::new(Cell::new(5, 25, 4.0, 1.0)?, 0.2, 42, 0)?;
/// let counts = ensemble.counts(0..2000, &())?;
/// assert_eq!(counts.undecided, 0);
/// assert!((counts.probability() - 0.7279).abs() < 0.04); // four standard errors
///
/// let summary = ensemble.summary(0..2000, &Observe { steps: true, ..Observe::default() }, &())?;
/// assert_eq!(summary.counts, counts);
/// assert!(summary.steps.quantile(0.5) < Some(20)); // a verdict takes few steps
/// # Ok::<(), spurious::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Ensemble {
    cell: Cell,
    step_size: f64,
    runner: TrialRunner,
    algorithm: Algorithm,
    seed: u64,
    cell_index: u64,
    engine: Engine,
    /// The engine in lanes, if it was chosen and can be used.
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
        let (algorithm, engine) = (Algorithm::Gd, Engine::Lanes);
        Ok(Self { cell, step_size, runner, algorithm, seed, cell_index, engine, lanes, teacher: None })
    }

    /// The same experiment with another engine.
    pub fn with_engine(self, engine: Engine) -> Self {
        let key = stream_key(self.seed, self.cell_index);
        let lanes = match engine {
            Engine::Lanes => self.lanes.or_else(|| Lanes::new(&self.cell, self.step_size, key, &self.runner)),
            Engine::Scalar | Engine::Full => None,
        };
        let teacher = (engine == Engine::Full).then(|| Teacher::planted(&self.cell));
        Self { engine, lanes, teacher, ..self }
    }

    /// The same experiment with another algorithm than gradient descent: momentum in lanes, others one trial at a time. The starts are the same.
    ///
    /// # Errors
    /// If a setting of the algorithm is out of range ([`Algorithm::check`]).
    pub fn with_algorithm(self, algorithm: Algorithm) -> Result<Self, Error> {
        algorithm.check()?;
        let lanes = self.lanes.filter(|_| algorithm == Algorithm::Gd);
        Ok(Self { algorithm, lanes, teacher: None, ..self })
    }

    /// The start of one trial.
    pub fn start(&self, trial: u64) -> OrderParameters {
        sample_order_parameters(&self.cell, &mut stream(self.seed, self.cell_index, trial))
    }

    /// One trial, run alone in scalar arithmetic.
    ///
    /// # Errors
    /// If the monitor cancels.
    pub fn trial(&self, trial: u64, observe: &Observe, monitor: &dyn Monitor) -> Result<Trial, Error> {
        if self.algorithm != Algorithm::Gd {
            let mut random = stream(self.seed, self.cell_index, trial);
            let start = sample_order_parameters(&self.cell, &mut random);
            let outcome =
                self.runner.outcome_by(&self.algorithm, &self.cell, &start, random, observe, monitor)?;
            return Ok(Trial { trial, start, outcome });
        }
        let Some(teacher) = &self.teacher else {
            let start = self.start(trial);
            let outcome = self.runner.outcome(start, observe, monitor)?;
            return Ok(Trial { trial, start, outcome });
        };
        let student = sample_student(teacher, &mut stream(self.seed, self.cell_index, trial));
        let start = student.order_parameters(teacher)?;
        let outcome = self.runner.full_outcome(teacher, student, observe, monitor)?;
        Ok(Trial { trial, start, outcome })
    }

    /// The outcomes of a range of trials, computed on all cores.
    ///
    /// # Errors
    /// If the monitor cancels.
    pub fn counts(&self, trials: Range<u64>, monitor: &dyn Monitor) -> Result<Counts, Error> {
        Ok(self.summary(trials, &Observe::default(), monitor)?.counts)
    }

    /// The summary of a range of trials, computed on all cores. Progress is reported in trials.
    ///
    /// # Errors
    /// If the monitor cancels.
    pub fn summary(
        &self,
        trials: Range<u64>,
        observe: &Observe,
        monitor: &dyn Monitor,
    ) -> Result<Summary, Error> {
        let (lanes, others) = (self.lanes_for(observe), self.others_for(observe));
        let block_summary = |block: Range<u64>| match lanes {
            Some(lanes) if observe.steps => {
                let (counts, steps) = lanes.steps(block, self, monitor)?;
                Ok(Summary { counts, steps, ..Summary::default() })
            }
            Some(lanes) => Ok(Summary { counts: lanes.counts(block, self, monitor)?, ..Summary::default() }),
            None => {
                let mut summary = Summary::default();
                if let Some(runs) = &others {
                    let mut take = |_, outcome: Outcome| summary.record(&outcome, observe);
                    self.run_others(runs, block, observe, monitor, &mut take)?;
                    return Ok(summary);
                }
                for trial in block {
                    summary.record(&self.trial(trial, observe, monitor)?.outcome, observe);
                }
                Ok(summary)
            }
        };
        blocks(trials, self.block_size(lanes, others.as_ref()), monitor, block_summary).try_reduce(
            Summary::default,
            |mut a, b| {
                a.add(&b);
                Ok(a)
            },
        )
    }

    /// Each trial of a range, in order, computed on all cores. Progress is reported in trials.
    ///
    /// # Errors
    /// If the monitor cancels.
    pub fn trials(
        &self,
        trials: Range<u64>,
        observe: &Observe,
        monitor: &dyn Monitor,
    ) -> Result<Vec<Trial>, Error> {
        let lanes = self.lanes_for(observe);
        let others = self.others_for(&Observe { steps: true, ..*observe });
        let blocks: Vec<Vec<Trial>> =
            blocks(trials, self.block_size(lanes, others.as_ref()), monitor, |block| {
                if let Some(runs) = &others {
                    let mut trials = Vec::new();
                    self.run_others(runs, block, observe, monitor, &mut |trial, outcome| {
                        trials.push(Trial { trial, start: self.start(trial), outcome });
                    })?;
                    trials.sort_by_key(|trial| trial.trial);
                    return Ok(trials);
                }
                let Some(lanes) = lanes else {
                    return block.map(|trial| self.trial(trial, observe, monitor)).collect();
                };
                let decisions = lanes.decisions(block.clone(), self, monitor)?;
                let trial = |(trial, decision): (u64, lanes::Decision)| Trial {
                    trial,
                    start: self.start(trial),
                    outcome: decision.outcome(),
                };
                Ok(block.zip(decisions).map(trial).collect())
            })
            .collect::<Result<_, Error>>()?;
        Ok(blocks.into_iter().flatten().collect())
    }

    /// Trials that one thread takes at a time.
    fn block_size(&self, lanes: Option<&Lanes>, others: Option<&InLanes>) -> u64 {
        match (lanes, others) {
            (Some(_), _) => lanes::BLOCK,
            (None, Some(InLanes::Momentum(_))) => 4 * BLOCK,
            _ => BLOCK,
        }
    }

    /// The engine in lanes, if it can observe what is requested.
    fn lanes_for(&self, observe: &Observe) -> Option<&Lanes> {
        self.lanes.as_ref().filter(|_| observe.convergence.is_none() && !observe.phase_one)
    }

    /// The engine in lanes of another algorithm, if it has one that can observe what is requested.
    fn others_for(&self, observe: &Observe) -> Option<InLanes> {
        if lanes::IS_ABSENT || self.engine != Engine::Lanes || observe.convergence.is_some() {
            return None;
        }
        let (cell, step_size) = (&self.cell, self.step_size);
        let key = stream_key(self.seed, self.cell_index);
        if let Algorithm::Noisy(annealing) = self.algorithm {
            let runs = NoisyRuns::new(cell, step_size, annealing, key, observe.phase_one)?;
            return Some(InLanes::Noisy(runs));
        }
        let step = (step_size, self.algorithm.momentum()?);
        MomentumRuns::new(cell, step, key, MAX_STEPS_OF_OTHERS, observe).map(InLanes::Momentum)
    }

    /// The runs of a range of trials in such an engine, each handed to `take` as it ends.
    fn run_others(
        &self,
        runs: &InLanes,
        trials: Range<u64>,
        observe: &Observe,
        monitor: &dyn Monitor,
        take: &mut dyn FnMut(u64, Outcome),
    ) -> Result<(), Error> {
        if lanes::IS_ABSENT {
            // Never reached, which the compiler does not see; without this line it would keep the code.
            return Ok(());
        }
        let alone = |trial| Ok(self.trial(trial, observe, monitor)?.outcome);
        match runs {
            InLanes::Momentum(runs) => runs.run(trials, &alone, monitor, take),
            InLanes::Noisy(runs) => runs.run(trials, monitor, &mut |trial, beyond| {
                let outcome = match beyond.0.is_finite() {
                    true => {
                        self.runner.outcome_beyond_noise(runs.annealing, &self.cell, beyond, observe, monitor)
                    }
                    false => alone(trial),
                };
                outcome.map(|outcome| take(trial, outcome))
            }),
        }
    }

    /// The number of trials in a range in which at least one of the four sign choices of the start recovers the teacher.
    ///
    /// # Errors
    /// If the monitor cancels.
    pub fn sign_choice_recoveries(&self, trials: Range<u64>, monitor: &dyn Monitor) -> Result<Counts, Error> {
        self.count(trials, monitor, |start| {
            let mut best = Verdict::Spurious;
            for choice in sign_choices(&start) {
                match self.runner.decide(choice, monitor)?.verdict {
                    Verdict::Global => return Ok(Verdict::Global),
                    Verdict::Undecided => best = Verdict::Undecided,
                    Verdict::Spurious => {}
                }
            }
            Ok(best)
        })
    }

    /// The number of trials in a range in which the run, or its antipodal restart if it is trapped, recovers the teacher.
    ///
    /// # Errors
    /// If the monitor cancels.
    pub fn antipodal_recoveries(&self, trials: Range<u64>, monitor: &dyn Monitor) -> Result<Counts, Error> {
        self.count(trials, monitor, |start| {
            let first = self.runner.decide(start, monitor)?;
            if first.verdict != Verdict::Spurious {
                return Ok(first.verdict);
            }
            let again = antipodal_restart(&self.cell.teacher(), &first.at);
            Ok(self.runner.decide(again, monitor)?.verdict)
        })
    }

    fn count(
        &self,
        trials: Range<u64>,
        monitor: &dyn Monitor,
        verdict: impl Fn(OrderParameters) -> Result<Verdict, Error> + Sync,
    ) -> Result<Counts, Error> {
        let sum = |mut a: Counts, b| {
            a += b;
            Ok(a)
        };
        let of_block = |block: Range<u64>| {
            block
                .map(|trial| verdict(self.start(trial)).map(Counts::of))
                .try_fold(Counts::default(), |a, b| sum(a, b?))
        };
        blocks(trials, BLOCK, monitor, of_block).try_reduce(Counts::default, sum)
    }
}

/// An engine in lanes for another algorithm than gradient descent.
enum InLanes {
    Momentum(MomentumRuns),
    Noisy(NoisyRuns),
}

/// Maps the blocks of a range of trials, on all cores, until the monitor cancels.
pub(crate) fn blocks<T: Send>(
    trials: Range<u64>,
    size: u64,
    monitor: &dyn Monitor,
    make: impl Fn(Range<u64>) -> Result<T, Error> + Sync + Send,
) -> impl ParallelIterator<Item = Result<T, Error>> {
    let count = trials.end.saturating_sub(trials.start).div_ceil(size);
    (0..count).into_par_iter().map(move |block| {
        monitor.check()?;
        let first = trials.start + block * size;
        let block = first..first.saturating_add(size).min(trials.end);
        let (length, made) = (block.end - block.start, make(block)?);
        monitor.advance(length);
        Ok(made)
    })
}
