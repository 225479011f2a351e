//! The landscape in two coordinates: the angle between the filters, and the signal `q = aᵀb`.
//!
//! At a given angle and signal the loss shown is the smallest that output weights with that signal reach.

use std::f64::consts::PI;

use rayon::prelude::*;
use serde::Serialize;
use spurious::Error;
use spurious::kernel::arc_cosine_kernel;
use spurious::landscape::{CriticalPoint, landscape, loss_at_signal, projected_loss};
use spurious::model::WeightShape;

use crate::Settings;
use crate::trace::Traces;

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
    pub(crate) fn compute(settings: &Settings, traces: &Traces) -> Result<Self, Error> {
        let (columns, rows) = if settings.quick { (60, 50) } else { (144, 120) };
        let cell = traces.cell();
        let mut surface = Self::new(cell.patch_dim(), &cell.shape(), columns, rows)?;
        for criticality in PROFILES {
            // The profile depends on the shape through x_c alone, so that any number of patches serves.
            let patches = 100;
            let sum_ratio = criticality * (patches as f64 + PI - 1.0) / PI;
            let shape = WeightShape::new(patches, sum_ratio)?;
            let loss =
                surface.angle.iter().map(|phi| projected_loss(&shape, arc_cosine_kernel(PI - phi))).collect();
            surface.profiles.push(Profile { criticality, loss });
        }
        Ok(surface)
    }
}
