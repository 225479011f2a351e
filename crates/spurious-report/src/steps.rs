//! How many steps a verdict takes.
//!
//! A run is decided by a theorem, and at once where its start lies deep in a basin. A start at the distance `δ` from the
//! separatrix takes some `ln(1/δ)` steps, so that the share of runs that are undecided falls exponentially, by a factor
//! that the saddle sets: [`undecided_factor`].

use serde::Serialize;
use spurious::Error;
use spurious::ensemble::Summary;
use spurious::landscape::undecided_factor;
use spurious::model::Cell;

/// Steps to the verdict, of the random starts in a cell.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Steps {
    /// Number of patches `k`.
    pub patches: usize,
    /// Sum ratio `ρ`.
    pub sum_ratio: f64,
    /// Step size `η`.
    pub step_size: f64,
    /// Random starts.
    pub runs: u64,
    /// The number of steps after which half of them are decided.
    pub median: u64,
    /// The number of steps after which 99 % of them are decided.
    pub most: u64,
    /// The largest number of steps.
    pub largest: u64,
    /// By which factor the share of undecided runs should fall with each step; `None` where none waits for its verdict.
    pub factor: Option<f64>,
    /// Numbers of steps, rising, each with the runs decided then; above some hundred in classes 1 % wide, each by its end.
    pub classes: Vec<(u64, u64)>,
}

impl Steps {
    /// What the runs of a cell took.
    pub(crate) fn new(cell: &Cell, step_size: f64, summary: &Summary) -> Result<Self, Error> {
        let steps = |share| summary.steps.quantile(share).unwrap_or(0);
        Ok(Self {
            patches: cell.shape().patches(),
            sum_ratio: cell.shape().sum_ratio(),
            step_size,
            runs: summary.counts.runs,
            median: steps(0.5),
            most: steps(0.99),
            largest: steps(1.0),
            factor: undecided_factor(cell, step_size)?,
            classes: summary.steps.classes().collect(),
        })
    }
}

/// The number of steps `n` that occur, rising, and how many of `runs` runs are undecided after them.
///
/// # Examples
/// ```
/// use spurious_report::steps::survivors;
/// assert_eq!(survivors(10, &[(0, 5), (3, 4)]), [(0, 5), (3, 1)]); // one is undecided to the end
/// ```
pub fn survivors(runs: u64, classes: &[(u64, u64)]) -> Vec<(u64, u64)> {
    let mut left = runs;
    let after = |&(steps, decided): &(u64, u64)| {
        left = left.saturating_sub(decided);
        (steps, left)
    };
    classes.iter().map(after).collect()
}
