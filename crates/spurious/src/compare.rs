//! Several algorithms on one landscape: a run of each from the same start, and how often each recovers the teacher from the same random
//! starts.

use rayon::prelude::*;
use serde::Serialize;

use crate::basin::DecidedBy;
use crate::dynamics::algorithm::Algorithm;
use crate::dynamics::run::{Recording, Run};
use crate::dynamics::trace::Trace;
use crate::ensemble::{Ensemble, Estimate, Observe, Summary, Trial};
use crate::export::{Column, Shown, Table, Value, variant_name};
use crate::model::{Cell, OrderParameters};
use crate::{Error, Monitor};

/// What is compared: every algorithm with every step size.
///
/// # Examples
/// ```
/// use spurious::{Algorithm, Cell, Comparison, Verdict};
/// let algorithms = ["gd", "adam"].map(|name| Algorithm::named(name).expect("a name"));
/// let cell = Cell::new(5, 25, 4.0, 1.0)?;
/// let comparison = Comparison { runs: Some(100), ..Comparison::new(cell, &algorithms, &[0.02]) };
/// let (start, rows) = comparison.run(&())?;
/// assert!(start.angle() > 0.0);
/// let shares = rows[0].shares.as_ref().expect("runs are asked for");
/// assert_eq!(shares.estimate.counts.runs, 100);
/// assert_eq!(shares.decided_by_theorem, 100);
/// # Ok::<(), spurious::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    /// The cell.
    pub cell: Cell,
    /// The algorithms.
    pub algorithms: Vec<Algorithm>,
    /// Step sizes `η`.
    pub step_sizes: Vec<f64>,
    /// The start: `φ₀`, `1ᵀa₀` and `a₀ᵀb`; random as in [`Trace`].
    pub angle: Option<f64>,
    /// See `angle`.
    pub sum: Option<f64>,
    /// See `angle`.
    pub signal: Option<f64>,
    /// Seed of random starts.
    pub seed: u64,
    /// Which of them.
    pub trial: u64,
    /// Longest run from the one start, in steps.
    pub max_steps: u64,
    /// Random starts from which each algorithm is run as well.
    pub runs: Option<u64>,
}

/// The longest run of a comparison, unless another is asked for: those of the noisy schedule, and as many again.
pub const MAX_STEPS: u64 = 20_000;

/// One algorithm with one step size.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Compared {
    /// The algorithm and its settings.
    #[serde(flatten)]
    pub algorithm: Algorithm,
    /// `η`
    pub step_size: f64,
    /// The run from the one start.
    #[serde(flatten)]
    pub run: Run,
    /// Many runs, if they were asked for.
    #[serde(flatten)]
    pub shares: Option<Shares>,
}

/// Outcomes of many runs of one algorithm.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Shares {
    /// Counts of outcomes, and the probability that they estimate, with Wilson's 95 % interval.
    #[serde(flatten)]
    pub estimate: Estimate,
    /// Runs that were decided by the invariant sets.
    pub decided_by_theorem: u64,
    /// By their energy.
    pub decided_by_energy: u64,
    /// By convergence.
    pub decided_by_convergence: u64,
    /// The median length of phase I in steps, of the runs that recover the teacher; at most 1 % too large.
    pub phase_one_median: Option<u64>,
    /// The quantile at 90 %.
    pub phase_one_90: Option<u64>,
}

impl Comparison {
    /// A comparison from the first random start of seed 1.
    pub fn new(cell: Cell, algorithms: &[Algorithm], step_sizes: &[f64]) -> Self {
        Self {
            cell,
            algorithms: algorithms.to_vec(),
            step_sizes: step_sizes.to_vec(),
            angle: None,
            sum: None,
            signal: None,
            seed: 1,
            trial: 0,
            max_steps: MAX_STEPS,
            runs: None,
        }
    }

    /// The start and the rows: the step sizes of the first algorithm, then of the next. Progress is reported in runs.
    ///
    /// # Errors
    /// If a number is out of range, or the monitor cancels.
    pub fn run(&self, monitor: &dyn Monitor) -> Result<(OrderParameters, Vec<Compared>), Error> {
        let pairs: Vec<(Algorithm, f64)> = (self.algorithms.iter())
            .flat_map(|&algorithm| self.step_sizes.iter().map(move |&step_size| (algorithm, step_size)))
            .collect();
        let runs = self.runs.unwrap_or(0).saturating_add(1);
        monitor.begin("runs", Some(runs.saturating_mul(pairs.len() as u64)));
        let rows: Vec<(OrderParameters, Compared)> =
            pairs.into_par_iter().map(|pair| self.row(pair, monitor)).collect::<Result<_, _>>()?;
        let start = match rows.first() {
            Some((start, _)) => *start,
            None => return Err(Error::Size { name: "number of algorithms", value: 0, limit: 1000 }),
        };
        Ok((start, rows.into_iter().map(|(_, row)| row).collect()))
    }

    fn row(
        &self,
        (algorithm, step_size): (Algorithm, f64),
        monitor: &dyn Monitor,
    ) -> Result<(OrderParameters, Compared), Error> {
        let trace = Trace {
            cell: self.cell,
            step_size: Some(step_size),
            algorithm,
            full: false,
            angle: self.angle,
            sum: self.sum,
            signal: self.signal,
            seed: self.seed,
            trial: self.trial,
            max_steps: self.max_steps,
            max_time: f64::INFINITY,
            recording: Recording::PerDecade(100),
        };
        let (run, start) = trace.run(monitor)?;
        monitor.advance(1);
        let shares = self.runs.map(|runs| self.shares(algorithm, step_size, runs, monitor)).transpose()?;
        Ok((start, Compared { algorithm, step_size, run, shares }))
    }

    fn shares(
        &self,
        algorithm: Algorithm,
        step_size: f64,
        runs: u64,
        monitor: &dyn Monitor,
    ) -> Result<Shares, Error> {
        let ensemble = Ensemble::new(self.cell, step_size, self.seed, 0)?.with_algorithm(algorithm)?;
        let observe = Observe { phase_one: true, ..Observe::default() };
        let mut summary = Summary::default();
        let mut by = [0; 3];
        // In pieces, because each trial is kept until it is counted.
        for first in (0..runs).step_by(PIECE as usize) {
            let trials = ensemble.trials(first..runs.min(first + PIECE), &observe, monitor)?;
            for Trial { outcome, .. } in &trials {
                summary.record(outcome, &observe);
                let kinds = [DecidedBy::Theorem, DecidedBy::Energy, DecidedBy::Convergence];
                for (count, kind) in by.iter_mut().zip(kinds) {
                    *count += u64::from(outcome.decided_by == Some(kind));
                }
            }
        }
        let [decided_by_theorem, decided_by_energy, decided_by_convergence] = by;
        Ok(Shares {
            estimate: summary.counts.estimate(),
            decided_by_theorem,
            decided_by_energy,
            decided_by_convergence,
            phase_one_median: summary.phase_one_steps.quantile(0.5),
            phase_one_90: summary.phase_one_steps.quantile(0.9),
        })
    }
}

/// Trials that are kept at once.
const PIECE: u64 = 1 << 16;

impl Compared {
    /// The rows as a table, with the columns of many runs if there are any.
    pub fn table(rows: &[Self]) -> Table {
        let column = Column::new;
        let mut columns = vec![
            column("algorithm", "algorithm", Shown::Plain),
            column("step_size", "η", Shown::Plain),
            column("verdict", "verdict", Shown::Plain),
            column("decided_by", "decided by", Shown::Plain),
            column("verdict_step", "after", Shown::Plain),
            column("phase_one_steps", "phase I", Shown::Plain),
            Column::hidden("steps"),
            Column::hidden("stop"),
            column("loss", "loss at the end", Shown::Brief),
            column("angle", "angle", Shown::Decimals(4)),
            column("signal", "signal", Shown::Decimals(4)),
        ];
        let has_shares = rows.iter().any(|row| row.shares.is_some());
        if has_shares {
            columns.extend([
                column("runs", "runs", Shown::Plain),
                Column::hidden("global"),
                Column::hidden("spurious"),
                column("undecided", "undecided", Shown::Plain),
                column("probability", "recovered", Shown::Decimals(4)),
                column("lower", "95 % interval", Shown::Interval(4)),
                Column::hidden("upper"),
                Column::hidden("decided_by_theorem"),
                Column::hidden("decided_by_energy"),
                Column::hidden("decided_by_convergence"),
                column("phase_one_median", "median phase I", Shown::Plain),
                Column::hidden("phase_one_90"),
            ]);
        }
        let mut table = Table::new(columns).keyed(2);
        for Self { algorithm, step_size, run, shares } in rows {
            let mut row: Vec<Value> = vec![
                algorithm.name().into(),
                (*step_size).into(),
                variant_name(run.verdict).into(),
                run.decided_by.map(variant_name).into(),
                run.verdict_step.into(),
                run.phase_one_steps.into(),
                run.steps.into(),
                variant_name(run.stop).into(),
                run.end.loss.into(),
                run.end.angle.into(),
                run.end.signal.into(),
            ];
            if let Some(shares) = shares {
                let Estimate { counts, probability, lower, upper } = shares.estimate;
                row.extend([counts.runs, counts.global, counts.spurious, counts.undecided].map(Value::from));
                row.extend([probability, lower, upper].map(Value::from));
                let by = [shares.decided_by_theorem, shares.decided_by_energy, shares.decided_by_convergence];
                row.extend(by.map(Value::from));
                row.extend([shares.phase_one_median, shares.phase_one_90].map(Value::from));
            }
            table.push(row);
        }
        table
    }
}
