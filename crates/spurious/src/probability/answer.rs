//! Everything about the success probability of a cell: one row of a table.

use serde::Serialize;

use super::{Approach, Quadrature, SuccessProbability, approach, success_probability};
use crate::basin::Guarantee;
use crate::ensemble::{Ensemble, Estimate};
use crate::error::Error;
use crate::export::{Column, Shown, Table, Value, plain};
use crate::model::{Cell, LARGEST_SIZE};
use crate::monitor::{CancelOnly, Monitor};
use crate::restart::starts_needed;

/// What is computed beside the exact probability.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ProbabilityQuestion {
    /// Tolerance of the probability.
    pub quadrature: Quadrature,
    /// The confidence with which at least one of several independent starts is to recover the teacher.
    pub confidence: f64,
    /// If given: find the number of patches from which on the limit for many patches is within this tolerance.
    pub limit_within: Option<f64>,
    /// Number of random starts of a simulation, if one is wanted.
    pub runs: Option<u64>,
    /// Seed of the simulation.
    pub seed: u64,
}

impl ProbabilityQuestion {
    /// Checks the question before the computation.
    ///
    /// # Errors
    /// If confidence or limit are not between 0 and 1, or there are no runs.
    pub fn check(&self) -> Result<(), Error> {
        starts_needed(1.0, self.confidence)?;
        if let Some(tolerance) = self.limit_within.filter(|&within| !(within > 0.0 && within < 1.0)) {
            return Err(Error::NotBetweenZeroAndOne { name: "tolerance of the limit", value: tolerance });
        }
        if self.runs == Some(0) {
            return Err(Error::NotPositive { name: "number of runs", value: 0.0 });
        }
        Ok(())
    }
}

impl Default for ProbabilityQuestion {
    fn default() -> Self {
        Self { quadrature: Quadrature::default(), confidence: 0.99, limit_within: None, runs: None, seed: 1 }
    }
}

/// The answer for one cell.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ProbabilityAnswer {
    /// The exact probability.
    #[serde(flatten)]
    pub exact: SuccessProbability,
    /// Independent random starts, including the first one, for the confidence asked for.
    pub starts: u64,
    /// The approach to the limit for many patches at the criticality of the cell, if it was requested.
    pub approach: Option<PatchesWithin>,
    /// A simulation, if it was requested.
    pub monte_carlo: Option<MonteCarlo>,
}

/// The approach to the limit for many patches, and the number of patches from which on the limit is accurate enough.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct PatchesWithin {
    /// The approach.
    #[serde(flatten)]
    pub approach: Approach,
    /// The number of patches from which on the limit is within the tolerance; `None` if it is larger than any cell can have.
    pub patches_within: Option<usize>,
}

/// A simulation from random starts.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct MonteCarlo {
    /// Step size of the runs.
    pub step_size: f64,
    /// Outcomes of the runs, and the estimate.
    #[serde(flatten)]
    pub estimate: Estimate,
}

/// The step size of a simulation for comparison with gradient flow: half of the largest one that the theory covers.
///
/// # Examples
/// ```
/// use spurious::{Cell, probability::simulation_step};
/// assert!((simulation_step(&Cell::new(5, 25, 4.0, 1.0)?) - 0.1157).abs() < 1e-4);
/// # Ok::<(), spurious::Error>(())
/// ```
pub fn simulation_step(cell: &Cell) -> f64 {
    0.5 * Guarantee::for_cell(cell).limit()
}

impl ProbabilityAnswer {
    /// Answers the question for one cell, under gradient flow or a step size; `number` selects the random streams of the
    /// cell. Progress is reported in simulated runs.
    ///
    /// # Errors
    /// As [`success_probability`]; if a setting of the question is out of range; or if the monitor cancels.
    ///
    /// # Examples
    /// ```
    /// use spurious::{Cell, probability::{ProbabilityAnswer, ProbabilityQuestion}};
    /// let question = ProbabilityQuestion { runs: Some(10_000), ..ProbabilityQuestion::default() };
    /// let answer = ProbabilityAnswer::new(&Cell::new(5, 25, 4.0, 1.0)?, None, 0, &question, &())?;
    /// let simulated = answer.monte_carlo.expect("asked for").estimate;
    /// assert!((simulated.probability - answer.exact.probability).abs() < 0.02); // four standard errors
    /// assert_eq!(answer.starts, 4);
    /// # Ok::<(), spurious::Error>(())
    /// ```
    pub fn new(
        cell: &Cell,
        step_size: Option<f64>,
        number: u64,
        question: &ProbabilityQuestion,
        monitor: &dyn Monitor,
    ) -> Result<Self, Error> {
        question.check()?;
        let cancel = CancelOnly(monitor);
        let exact = success_probability(cell, step_size, &question.quadrature, &cancel)?;
        let within = |tolerance| -> Result<PatchesWithin, Error> {
            let approach =
                approach(cell.patch_dim(), cell.shape().criticality(), cell.scale_ratio(), &cancel)?;
            Ok(PatchesWithin { approach, patches_within: approach.patches_within(tolerance, &cancel)? })
        };
        let simulated = |runs| -> Result<MonteCarlo, Error> {
            let step_size = step_size.unwrap_or_else(|| simulation_step(cell));
            let counts = Ensemble::new(*cell, step_size, question.seed, number)?.counts(0..runs, monitor)?;
            Ok(MonteCarlo { step_size, estimate: counts.estimate() })
        };
        Ok(Self {
            starts: starts_needed(exact.probability, question.confidence)?,
            approach: question.limit_within.map(within).transpose()?,
            monte_carlo: question.runs.map(simulated).transpose()?,
            exact,
        })
    }

    /// The answers as a table.
    pub fn table(answers: &[Self], question: &ProbabilityQuestion) -> Table {
        let column = |key: &str, heading: &str, shown| Column::new(key, heading, shown);
        // Columns that were not requested are only in CSV, where every table has the same columns.
        let asked = |asked: bool, key: &str, heading: &str, shown| {
            if asked { column(key, heading, shown) } else { Column::hidden(key) }
        };
        let (limit, runs) = (question.limit_within, question.runs.is_some());
        // Where a probability prints as 1, unless it is that exactly.
        let certain = answers.iter().any(|answer| {
            let (failure, error) = (answer.exact.failure_probability, answer.exact.failure_error_bound);
            error > 0.0 && failure < 0.5 * 0.1_f64.powi(DECIMALS as i32)
        });
        let has_leak = answers.iter().any(|answer| answer.exact.negative_slope > 0.0);
        let within = format!("k for {}", limit.map_or(String::new(), plain));
        let mut table = Table::new(vec![
            column("patch_dim", "p", Shown::Plain),
            column("patches", "k", Shown::Plain),
            column("sum_ratio", "ρ", Shown::Plain),
            column("scale_ratio", "β", Shown::Plain),
            asked(has_leak, "negative_slope", "c", Shown::Plain),
            column("step_size", "η", Shown::Plain).or("flow"),
            column("criticality", "x_c", Shown::Brief),
            column("probability", "probability", Shown::Decimals(DECIMALS)),
            column("error_bound", "error", Shown::Bound),
            asked(certain, "failure_probability", "1 − P", Shown::Small),
            Column::hidden("failure_error_bound"),
            column("limit_probability", "limit k→∞", Shown::Decimals(6)),
            column("starts", &format!("starts for {}", question.confidence), Shown::Plain),
            asked(limit.is_some(), "limit_coefficient", "1/k coefficient", Shown::Decimals(6)),
            asked(limit.is_some(), "patches_within", &within, Shown::Plain).or(OVER_LARGEST),
            asked(runs, "simulation_step_size", "simulated at η", Shown::Brief),
            Column::hidden("runs"),
            Column::hidden("global"),
            Column::hidden("spurious"),
            asked(runs, "undecided", "undecided", Shown::Plain),
            asked(runs, "simulated_probability", "simulated", Shown::Decimals(6)),
            asked(runs, "lower", "95 % interval", Shown::Interval(6)),
            Column::hidden("upper"),
        ])
        .keyed(5 + usize::from(has_leak));
        answers.iter().for_each(|answer| table.push(answer.fields()));
        table
    }

    fn fields(&self) -> Vec<Value> {
        let exact = &self.exact;
        let approach = self.approach.as_ref();
        let monte_carlo = self.monte_carlo.as_ref();
        let counts = monte_carlo.map(|simulated| simulated.estimate.counts);
        vec![
            exact.patch_dim.into(),
            exact.patches.into(),
            exact.sum_ratio.into(),
            exact.scale_ratio.into(),
            exact.negative_slope.into(),
            exact.step_size.into(),
            exact.criticality.into(),
            exact.probability.into(),
            exact.error_bound.into(),
            exact.failure_probability.into(),
            exact.failure_error_bound.into(),
            exact.limit_probability.into(),
            self.starts.into(),
            approach.map(|within| within.approach.coefficient).into(),
            approach.and_then(|within| within.patches_within).into(),
            monte_carlo.map(|simulated| simulated.step_size).into(),
            counts.map(|counts| counts.runs).into(),
            counts.map(|counts| counts.global).into(),
            counts.map(|counts| counts.spurious).into(),
            counts.map(|counts| counts.undecided).into(),
            monte_carlo.map(|simulated| simulated.estimate.probability).into(),
            monte_carlo.map(|simulated| simulated.estimate.lower).into(),
            monte_carlo.map(|simulated| simulated.estimate.upper).into(),
        ]
    }
}

/// Decimals of a probability.
const DECIMALS: usize = 12;

/// The text where even the largest number of patches is too small.
const OVER_LARGEST: &str = "over 1e9";
const _: () = assert!(LARGEST_SIZE == 1_000_000_000);
