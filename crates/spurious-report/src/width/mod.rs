//! What the paper leaves open: whether a student with several filters recovers the teacher more often.
//!
//! Runs of one filter are decided by the theorem, those of several by convergence, because no theorem is known for them. Beside each share stands the law of independent tickets,
//! `1 − (1 − P₁)ʳ`.

mod chapter;
mod figure;

use serde::Serialize;
use spurious::Error;
use spurious::model::Cell;
use spurious::width::{OutputScale, WidthExperiment, WidthRow};

pub use figure::width_figure;

use crate::document::{Part, sheet};
use crate::table1::SCALE_RATIO;
use crate::work::Work;

const PATCH_DIMS: [usize; 3] = [3, 5, 20];
const PATCHES: usize = 25;
const SUM_RATIO: f64 = 1.0;
const STEP_SIZE: f64 = 0.1;
const FILTERS: [usize; 4] = [1, 2, 3, 4];

/// Success against the number of filters.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Width {
    /// Number of patches `k`.
    pub patches: usize,
    /// Sum ratio `ρ`.
    pub sum_ratio: f64,
    /// Step size `η`.
    pub step_size: f64,
    /// Random starts of each student.
    pub starts: u64,
    /// By patch dimension, then by number of filters.
    pub rows: Vec<WidthRow>,
}

impl Width {
    pub(crate) fn compute(work: &Work<'_>) -> Result<Self, Error> {
        let starts = work.choose(200, 10_000);
        work.begin("several filters", PATCH_DIMS.len() * FILTERS.len());
        let mut rows = Vec::new();
        for patch_dim in PATCH_DIMS {
            let cell = Cell::new(patch_dim, PATCHES, SUM_RATIO, SCALE_RATIO)?;
            let seed = work.settings.seed;
            let experiment = WidthExperiment::new(cell, OutputScale::Divided, STEP_SIZE, starts, seed)?;
            let single = experiment.single_probability(&work.quietly())?;
            for filters in FILTERS {
                rows.push(experiment.row(filters, single, &work.quietly())?);
                work.advance()?;
            }
        }
        Ok(Self { patches: PATCHES, sum_ratio: SUM_RATIO, step_size: STEP_SIZE, starts, rows })
    }

    /// The lowest and the highest share of students with this number of filters.
    pub(crate) fn range(&self, filters: usize) -> (f64, f64) {
        let shares =
            self.rows.iter().filter(|row| row.filters == filters).map(|row| row.estimate.probability);
        shares.fold((1.0, 0.0), |(low, high), share| (share.min(low), share.max(high)))
    }

    pub(crate) fn part(&self) -> Part {
        Part {
            chapters: chapter::chapter(self),
            sheets: vec![sheet!(
                "width", &self.rows, r => patch_dim, filters, runs: r.estimate.counts.runs,
                global: r.estimate.counts.global, undecided: r.estimate.counts.undecided,
                probability: r.estimate.probability, lower: r.estimate.lower, upper: r.estimate.upper,
                single_probability, law_probability, z_score
            )],
        }
    }
}
