//! The landscape in two coordinates: the angle between the filters, and the signal `q = aᵀb`.
//!
//! At a given angle and signal the loss shown is the smallest that output weights with that signal reach.

mod figure;

use std::f64::consts::PI;

use rayon::prelude::*;
use serde::Serialize;
use spurious::basin::Verdict;
use spurious::kernel::arc_cosine_kernel;
use spurious::landscape::{CriticalPoint, PointKind, landscape, loss_at_signal, projected_loss};
use spurious::model::WeightShape;
use spurious::{Cell, Compared, Criticality, Error, OrderParameters};
use spurious_plot::Figure;

use crate::document::{Grid, Part, sheet};
use crate::numbers::{decimals, degrees};
use crate::template::{chapters, values};
use crate::traces::Traces;
use crate::work::Work;

/// The loss along the way from the teacher to its antipode, with the best output weights for each angle.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Profile {
    /// Criticality `x_c`.
    pub criticality: f64,
    /// Loss in units of `‖b‖²`, for each angle of the [`Surface`].
    pub loss: Vec<f64>,
}

/// The loss over angle and signal.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Surface {
    /// Angles `φ`, radians.
    pub angle: Vec<f64>,
    /// Signals `q/‖b‖²`.
    pub signal: Vec<f64>,
    /// Smallest loss in units of `‖b‖²`, `[signals, angles]`, row-major.
    pub loss: Vec<f64>,
    /// Critical points, from the teacher to the antipode.
    pub points: Vec<CriticalPoint>,
    /// Height of the saddles above the spurious minimum in units of `‖b‖²`; `None` if there is no such minimum.
    pub barrier: Option<f64>,
    /// The loss with the best signal for each angle, at several criticalities.
    pub profiles: Vec<Profile>,
}

const SIGNALS: (f64, f64) = (-0.7, 1.3);
const PROFILES: [f64; 5] = [0.0, 0.25, 0.5, 0.75, 1.0];

impl Surface {
    /// The surface of a shape of output weights on a grid of `columns` by `rows` cells. The patch dimension decides
    /// whether there are saddles.
    pub(crate) fn new(
        patch_dim: usize,
        shape: &WeightShape,
        columns: usize,
        rows: usize,
    ) -> Result<Self, Error> {
        let grid = |(from, to): (f64, f64), n: usize| -> Vec<f64> {
            (0..=n).map(|i| from + (to - from) * i as f64 / n as f64).collect()
        };
        let (angle, signal) = (grid((0.0, PI), columns), grid(SIGNALS, rows));
        let loss = signal
            .par_iter()
            .flat_map_iter(|&q| angle.iter().map(move |&phi| loss_at_signal(shape, PI - phi, q)))
            .collect();
        let critical = landscape(patch_dim, shape)?;
        Ok(Self {
            angle,
            signal,
            loss,
            points: critical.points,
            barrier: critical.barrier,
            profiles: Vec::new(),
        })
    }

    /// The surface of the traced teacher, and the profiles.
    pub(crate) fn compute(work: &Work<'_>, traces: &Traces) -> Result<Self, Error> {
        let (columns, rows) = work.choose((60, 50), (144, 120));
        let cell = traces.cell();
        let mut surface = Self::new(cell.patch_dim(), &cell.shape(), columns, rows)?;
        for criticality in PROFILES {
            // The profile depends on the shape through x_c alone, so that any number of patches serves.
            let patches = 100;
            let shape = WeightShape::new(patches, Criticality::new(criticality)?.sum_ratio(patches))?;
            let loss =
                surface.angle.iter().map(|phi| projected_loss(&shape, arc_cosine_kernel(PI - phi))).collect();
            surface.profiles.push(Profile { criticality, loss });
        }
        Ok(surface)
    }

    /// The critical points with what is known of each.
    fn critical_points(&self) -> Grid {
        let rows = self.points.iter().map(|point| {
            vec![
                point.kind.name().into(),
                degrees(point.angle),
                decimals(point.signal, 4),
                decimals(point.sum, 4),
                decimals(point.loss, 6),
                point.index.to_string(),
                point.learning_coefficient.map_or("–".into(), |coefficient| decimals(coefficient, 2)),
            ]
        });
        let columns = [
            "",
            "angle $φ$",
            "signal $q/‖b‖^2$",
            "sum $1^{\\mathrm{T}}a/1^{\\mathrm{T}}b$",
            "loss $ℓ/‖b‖^2$",
            "index",
            "learning coefficient",
        ];
        Grid::new(1, &columns, rows)
    }

    /// The learning coefficient of the minimum of a kind.
    fn coefficient(&self, kind: PointKind) -> String {
        let point = self.points.iter().find(|point| point.kind == kind);
        point
            .and_then(|point| point.learning_coefficient)
            .map_or("unknown".into(), |value| decimals(value, 2))
    }

    pub(crate) fn part(&self, traces: &Traces) -> Part {
        let columns = self.angle.len();
        let grid = self.loss.iter().enumerate();
        let grid = grid.map(|(i, &loss)| (self.angle[i % columns], self.signal[i / columns], loss));
        let profiles = self.profiles.iter().flat_map(|profile| {
            self.angle.iter().zip(&profile.loss).map(|(&angle, &loss)| (profile.criticality, angle, loss))
        });
        let values = values! {
            state: traces.explored(&traces.trapped),
            others: traces.others.len(),
            trapped: traces.others.iter().filter(|s| s.verdict == Verdict::Spurious).count(),
            saddle_loss: decimals(traces.saddle_loss, 4),
            barrier: decimals(self.barrier.unwrap_or(0.0), 4),
            criticality: decimals(traces.criticality, 3),
            patch_dim: traces.patch_dim,
            patches: traces.patches,
            sum_ratio: traces.sum_ratio,
            teacher_coefficient: self.coefficient(PointKind::GlobalMinimum),
            trap_coefficient: self.coefficient(PointKind::SpuriousMinimum),
        };
        let inserts = [
            ("landscape", figure::with_runs(self, traces).into()),
            ("critical-points", self.critical_points().into()),
        ];
        Part {
            chapters: chapters(include_str!("chapter.md"), values, inserts),
            sheets: vec![
                sheet!("landscape", grid, p => angle: p.0, signal: p.1, loss: p.2),
                sheet!("critical-points", &self.points, p => angle, signal, sum, loss, index, learning_coefficient),
                sheet!("profiles", profiles, p => criticality: p.0, angle: p.1, loss: p.2),
            ],
        }
    }
}

/// The landscape of one shape of output weights in angle and signal, with its critical points: the picture of a single
/// question. The patch dimension decides whether there are saddles.
///
/// # Errors
/// If the patch dimension is 0 or too large.
pub fn landscape_figure(patch_dim: usize, shape: &WeightShape) -> Result<Figure, Error> {
    let surface = Surface::new(patch_dim, shape, 144, 120)?;
    let title = format!("Landscape for {} patches and sum ratio {}", shape.patches(), shape.sum_ratio());
    Ok(figure::alone(&surface, title))
}

/// The same landscape with the runs of several algorithms from one start.
///
/// # Errors
/// If the patch dimension is 0 or too large.
pub fn comparison_figure(cell: &Cell, start: &OrderParameters, rows: &[Compared]) -> Result<Figure, Error> {
    let surface = Surface::new(cell.patch_dim(), &cell.shape(), 144, 120)?;
    Ok(figure::with_algorithms(&surface, cell, start, rows))
}
