//! The exact success probability over the plane of patches and sum ratio.

use rayon::prelude::*;
use serde::Serialize;
use spurious::Error;
use spurious::model::Cell;
use spurious::probability::{Quadrature, success_probability};

use crate::Settings;
use crate::progress::{Counter, Progress, Stage};
use crate::table1::{PATCH_DIM, SCALE_RATIO};

/// The map ends at this number of patches, a little above the largest of Table 1, …
const MOST_PATCHES: usize = 104;
/// … and at this sum ratio, a little above the critical one of so many patches.
const LARGEST_SUM_RATIO: f64 = 36.0;

/// A cell of the map.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct PhaseCell {
    /// Number of patches `k`.
    pub patches: usize,
    /// Sum ratio `ρ`.
    pub sum_ratio: f64,
    /// Criticality `x_c = πρ/(k + π − 1)`.
    pub criticality: f64,
    /// Success probability of gradient flow.
    pub probability: f64,
    /// Bound on its error.
    pub error_bound: f64,
}

/// The exact success probability over patches and sum ratio.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PhaseDiagram {
    /// Patch dimension `p`.
    pub patch_dim: usize,
    /// Scale ratio `β`.
    pub scale_ratio: f64,
    /// The cells that exist, `ρ ≤ k`, row by row: by rising sum ratio, then by rising number of patches.
    pub cells: Vec<PhaseCell>,
}

impl PhaseDiagram {
    pub(crate) fn compute(settings: &Settings, progress: &Progress<'_>) -> Result<Self, Error> {
        let size: usize = if settings.quick { 15 } else { 60 };
        let along = |i: usize| i as f64 / (size - 1) as f64;
        let patches = |i| (2.0 + (MOST_PATCHES as f64 - 2.0) * along(i)).round() as usize;
        let pairs: Vec<(usize, f64)> = (0..size * size)
            .map(|i| (patches(i % size), LARGEST_SUM_RATIO * along(i / size)))
            .filter(|&(patches, sum_ratio)| sum_ratio <= patches as f64)
            .collect();
        // Colours and curves show three digits.
        let quadrature = Quadrature::to(1e-7);
        let counter = Counter::new(progress, Stage::PhaseDiagram, pairs.len());
        let cells = pairs
            .par_iter()
            .map(|&(patches, sum_ratio)| {
                let cell = Cell::new(PATCH_DIM, patches, sum_ratio, SCALE_RATIO)?;
                let exact = success_probability(&cell, None, &quadrature)?;
                counter.tick();
                Ok(PhaseCell {
                    patches,
                    sum_ratio,
                    criticality: exact.criticality,
                    probability: exact.probability,
                    error_bound: exact.error_bound,
                })
            })
            .collect::<Result<_, Error>>()?;
        Ok(Self { patch_dim: PATCH_DIM, scale_ratio: SCALE_RATIO, cells })
    }
}
