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
use spurious_plot::Figure;

use crate::charts::WIDE;
use crate::charts::undecided::{self, Curve, survivors};
use crate::document::{Chapter, Part, sheet};
use crate::numbers::{decimals, thousands};
use crate::template::{chapters, values};

/// Steps to the verdict, of the random starts in a cell.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct VerdictSteps {
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

impl VerdictSteps {
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

/// Patches and sum ratio of the cells shown: few and many patches, far from the threshold and near it.
const SHOWN: [(usize, f64); 4] = [(25, 4.0), (64, 9.0), (49, 16.0), (100, 25.0)];

pub(crate) fn part(all: &[VerdictSteps]) -> Part {
    let undecided = all.iter().flat_map(|cell| {
        survivors(cell.runs, &cell.classes).into_iter().map(move |(steps, left)| (cell, steps, left))
    });
    Part {
        chapters: chapter(all),
        sheets: vec![
            sheet!(
                "steps", all, s => patches, sum_ratio, step_size, runs, median, most_99: s.most, largest, factor
            ),
            sheet!(
                "undecided", undecided, (cell, steps, left) => patches: cell.patches, sum_ratio: cell.sum_ratio,
                steps: steps, undecided: left, share: left as f64 / cell.runs as f64
            ),
        ],
    }
}

fn chapter(all: &[VerdictSteps]) -> Vec<Chapter> {
    let find = |(k, ratio): (usize, f64)| all.iter().find(|s| s.patches == k && s.sum_ratio == ratio);
    let shown: Vec<&VerdictSteps> = SHOWN.into_iter().filter_map(find).collect();
    let most = |value: fn(&VerdictSteps) -> u64| all.iter().map(value).max().unwrap_or(0);
    let slope = |s: &&VerdictSteps| {
        Some(format!("{} for $k = {}$, $ρ = {}$", decimals(s.factor?, 4), s.patches, s.sum_ratio))
    };
    let median = match most(|s| s.median) {
        1 => "1 step".to_owned(),
        steps => format!("{} steps", thousands(steps)),
    };
    let values = values! {
        median,
        most: most(|s| s.most),
        runs: thousands(all.iter().map(|steps| steps.runs).sum()),
        largest: thousands(most(|s| s.largest)),
        slopes: shown.iter().filter_map(slope).collect::<Vec<_>>().join(", "),
    };
    chapters(include_str!("chapter.md"), values, [("steps", figure(&shown).into())])
}

/// Some cells of Table 1, from those whose runs are decided early to those that take long.
fn figure(shown: &[&VerdictSteps]) -> Figure {
    let curve = |steps: &&VerdictSteps| Curve {
        label: format!("$k = {}$, $ρ = {}$", steps.patches, steps.sum_ratio),
        runs: steps.runs,
        classes: steps.classes.clone(),
        factor: steps.factor,
    };
    let curves: Vec<Curve> = shown.iter().map(curve).collect();
    Figure::new(WIDE, 270.0, "", undecided::chart(&curves))
}
