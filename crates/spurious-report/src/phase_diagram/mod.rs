//! The exact success probability over the plane of patches and sum ratio.

use serde::Serialize;
use spurious::model::Cell;
use spurious::probability::Quadrature;
use spurious::{Activation, Error};
use spurious_plot::{Anchor, Chart, Figure, Markers, Note};

use crate::charts::WIDE;
use crate::charts::map::{Map, chart, colour, readable_at};
use crate::document::NARROW;
use crate::numbers::decimals;
use crate::table1::{PATCH_DIM, SCALE_RATIO, Table1, Table1Cell};
use crate::work::Work;

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
    pub(crate) fn compute(work: &Work<'_>) -> Result<Self, Error> {
        let size: usize = work.choose(15, 60);
        let along = |i: usize| i as f64 / (size - 1) as f64;
        let patches = |i| (2.0 + (MOST_PATCHES as f64 - 2.0) * along(i)).round() as usize;
        let pairs: Vec<(usize, f64)> = (0..size * size)
            .map(|i| (patches(i % size), LARGEST_SUM_RATIO * along(i / size)))
            .filter(|&(patches, sum_ratio)| sum_ratio <= patches as f64)
            .collect();
        // Colours and curves show three digits.
        let quadrature = Quadrature::to(1e-7)?;
        work.begin("phase diagram", pairs.len());
        let cells = work.each(&pairs, |&(patches, sum_ratio)| {
            let cell = Cell::new(PATCH_DIM, patches, sum_ratio, SCALE_RATIO)?;
            let exact = work.exact(&cell, None, &quadrature)?;
            Ok(PhaseCell {
                patches,
                sum_ratio,
                criticality: exact.criticality,
                probability: exact.probability,
                error_bound: exact.error_bound,
            })
        })?;
        Ok(Self { patch_dim: PATCH_DIM, scale_ratio: SCALE_RATIO, cells })
    }

    /// The exact map with the cells of Table 1, each in the colour of what the paper prints; on narrow screens without its
    /// numbers.
    pub(crate) fn figures(&self, table: &Table1) -> [Figure; 2] {
        let cells: Vec<_> = self.cells.iter().map(|c| (c.patches, c.sum_ratio, c.probability)).collect();
        let map = Map::new(self.patch_dim, self.scale_ratio, Activation::RECTIFIER, &cells)
            .expect("many patches and sum ratios");
        let wide = self.chart(&map, table, true);
        let narrow = self.chart(&map, table, false);
        let figure = |chart| Figure::new(WIDE, 330.0, "", chart);
        [figure(wide), figure(narrow).narrowed(NARROW)]
    }

    fn chart(&self, map: &Map, table: &Table1, wide: bool) -> Chart {
        let mut chart = chart(map, "$ρ_c = 1 + (k − 1)/π$", wide);
        // At ρ = 0 they would lie on the frame, and have ½ by symmetry.
        let shown: Vec<&Table1Cell> = table.cells.iter().filter(|cell| cell.sum_ratio > 0.0).collect();
        let at = |cell: &Table1Cell| (cell.patches as f64, cell.sum_ratio);
        let most = table.patches().last().copied();
        for cell in shown {
            let (ground, size) = (cell.paper_probability, if wide { 6.5 } else { 5.0 });
            // A rim keeps the disc apart from the ground where the colours agree, which they should.
            chart.add(Markers { size: size + 2.2, ..Markers::new([at(cell)], readable_at(ground)) });
            chart.add(Markers { size, ..Markers::new([at(cell)], colour(ground)) });
            if wide && cell.criticality < 1.0 {
                let last = Some(cell.patches) == most;
                let (anchor, shift) =
                    if last { (Anchor::End, (-6.0, 5.0)) } else { (Anchor::Start, (6.0, 5.0)) };
                let note = Note::new(at(cell), decimals(ground, 2));
                // Ink on a rim of paper can be read on any ground.
                chart.add(Note { size: 7.5, anchor, shift, ..note });
            }
        }
        chart
    }
}
