//! Ways out of the trap: four sign choices, the antipodal restart, and independent starts.

mod chapter;
mod figure;

use serde::Serialize;
use spurious::Criticality;
use spurious::Error;
use spurious::ensemble::{Counts, Ensemble};
use spurious::model::Cell;
use spurious::probability::{Quadrature, limit_probability};
use spurious::restart::starts_needed;

use crate::document::{Part, sheet};
use crate::table1::{PATCH_DIM, SCALE_RATIO, step_size};
use crate::work::Work;

/// Numbers of patches and sum ratios: cells of Table 1 from easy to hard, and one harder than any of them.
const CELLS: [(usize, f64); 8] =
    [(49, 16.0), (36, 9.0), (64, 9.0), (49, 4.0), (81, 4.0), (25, 1.0), (100, 1.0), (400, 1.0)];
const STREAM: u64 = 2000;
/// How sure independent starts are to succeed.
const CONFIDENCES: [f64; 2] = [0.99, 0.9999];

/// How random starts of one cell fare.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct RestartCell {
    /// Number of patches `k`.
    pub patches: usize,
    /// Sum ratio `ρ`.
    pub sum_ratio: f64,
    /// Criticality `x_c`.
    pub criticality: f64,
    /// Step size `η`.
    pub step_size: f64,
    /// The exact success probability of one run.
    pub probability: f64,
    /// One run from each start.
    pub single: Counts,
    /// The best of the four runs from `(±v₀, ±a₀)`.
    pub four_signs: Counts,
    /// One run, and if it is trapped one more from its antipode.
    pub antipodal: Counts,
    /// Independent random starts, the first among them, for a success with 99 %.
    pub starts_99: u64,
}

/// Independent starts needed in the limit of many patches.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct StartsNeeded {
    /// Criticality `x_c`.
    pub criticality: f64,
    /// Success probability of one run.
    pub probability: f64,
    /// Starts for each of the confidences.
    pub starts: [u64; 2],
}

/// All of them.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Restarts {
    /// Patch dimension `p`.
    pub patch_dim: usize,
    /// Random starts in each cell.
    pub starts: u64,
    /// The cells, from easy to hard.
    pub cells: Vec<RestartCell>,
    /// Confidences of the independent starts.
    pub confidences: [f64; 2],
    /// Independent starts by criticality.
    pub needed: Vec<StartsNeeded>,
}

impl Restarts {
    pub(crate) fn compute(work: &Work<'_>) -> Result<Self, Error> {
        let starts = work.choose(1000, 10_000);
        let points = work.choose(55, 220);
        work.begin("ways out of the trap", CELLS.len() + points as usize + 1);
        let mut cells = Vec::new();
        for (i, (patches, sum_ratio)) in CELLS.into_iter().enumerate() {
            let cell = Cell::new(PATCH_DIM, patches, sum_ratio, SCALE_RATIO)?;
            let exact = work.exact(&cell, None, &Quadrature::default())?;
            let step_size = step_size(&cell);
            let ensemble = Ensemble::new(cell, step_size, work.settings.seed, STREAM + i as u64)?;
            cells.push(RestartCell {
                patches,
                sum_ratio,
                criticality: exact.criticality,
                step_size,
                probability: exact.probability,
                single: ensemble.counts(0..starts, &work.quietly())?,
                four_signs: ensemble.sign_choice_recoveries(0..starts, &work.quietly())?,
                antipodal: ensemble.antipodal_recoveries(0..starts, &work.quietly())?,
                starts_99: starts_needed(exact.probability, CONFIDENCES[0])?,
            });
            work.advance()?;
        }
        let needed = work.each(&Vec::from_iter(0..=points), |&i| {
            let criticality = 1.1 * f64::from(i) / f64::from(points);
            let probability = limit_probability(PATCH_DIM, Criticality::new(criticality)?, SCALE_RATIO)?;
            let [few, many] = CONFIDENCES.map(|confidence| starts_needed(probability, confidence));
            Ok(StartsNeeded { criticality, probability, starts: [few?, many?] })
        })?;
        Ok(Self { patch_dim: PATCH_DIM, starts, cells, confidences: CONFIDENCES, needed })
    }

    /// Whether the best of four sign choices succeeded from every start, and the antipodal restart as well.
    pub fn all_recovered(&self) -> (bool, bool) {
        let all = |counts: fn(&RestartCell) -> Counts| {
            self.cells.iter().all(|cell| counts(cell).global == counts(cell).runs)
        };
        (all(|cell| cell.four_signs), all(|cell| cell.antipodal))
    }

    pub(crate) fn part(&self) -> Part {
        Part {
            chapters: chapter::chapter(self),
            sheets: vec![
                sheet!(
                    "restarts", &self.cells, c => patches, sum_ratio, criticality, step_size,
                    starts: c.single.runs, probability, single_global: c.single.global,
                    four_signs_global: c.four_signs.global, antipodal_global: c.antipodal.global,
                    starts_99: c.starts_99
                ),
                sheet!(
                    "runs-needed", &self.needed, n => criticality, probability, starts_99: n.starts[0],
                    starts_9999: n.starts[1]
                ),
            ],
        }
    }
}
