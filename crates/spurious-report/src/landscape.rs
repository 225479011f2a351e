//! The landscape in two coordinates: the angle between the filters, and the signal `q = aᵀb`.
//!
//! At a given angle and signal the loss still depends on the sum `s` and on the residual of the output weights. The best
//! residual is 0. For the sum, write `‖b‖ = 1`, so that `S² = ρ`, and `q̂ = q/‖b‖²`: what depends on `s` is
//!
//! ```text
//! 4πℓ = (π−1)[ s²/k + (q̂ − Ss/k)²/(1 − ρ/k) ] + (s − S)² + …
//! ```
//!
//! and its minimum is at
//!
//! ```text
//! s/S = (k − ρ + (π−1) q̂)/(k − ρ + π − 1),          1 at q̂ = 1
//! ```

use std::f64::consts::PI;

use rayon::prelude::*;
use serde::Serialize;
use spurious::Error;
use spurious::kernel::arc_cosine_kernel;
use spurious::landscape::{CriticalPoint, landscape, projected_loss};
use spurious::model::{Cell, OrderParameters, WeightShape};
use spurious::population::reduced_loss;

use crate::Settings;
use crate::trace::Traces;

/// The smallest loss at an angle `φ` and a signal `q/‖b‖²`, in units of `‖b‖²` (see the [module](self)). For `ρ < k`.
fn loss_at(cell: &Cell, angle: f64, signal: f64) -> f64 {
    let teacher = cell.teacher();
    let slack = cell.shape().patches() as f64 - cell.shape().sum_ratio();
    let sum = (slack + (PI - 1.0) * signal) / (slack + PI - 1.0);
    let at = OrderParameters {
        parallel: angle.cos(),
        perpendicular: angle.sin(),
        sum: sum * teacher.sum(),
        signal: signal * teacher.norm_squared(),
        residual: 0.0,
    };
    reduced_loss(&teacher, &at) / teacher.norm_squared()
}

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
    /// Height of the saddles above the spurious minimum in units of `‖b‖²`.
    pub barrier: f64,
    /// The loss with the best signal for each angle, at several criticalities.
    pub profiles: Vec<Profile>,
}

const SIGNALS: (f64, f64) = (-0.7, 1.3);
const PROFILES: [f64; 5] = [0.0, 0.25, 0.5, 0.75, 1.0];

impl Surface {
    pub(crate) fn compute(settings: &Settings, traces: &Traces) -> Result<Self, Error> {
        let (columns, rows) = if settings.quick { (60, 50) } else { (144, 120) };
        let grid = |(from, to): (f64, f64), n: usize| -> Vec<f64> {
            (0..=n).map(|i| from + (to - from) * i as f64 / n as f64).collect()
        };
        let (angle, signal) = (grid((0.0, PI), columns), grid(SIGNALS, rows));
        let cell = traces.cell();
        let loss = signal
            .par_iter()
            .flat_map_iter(|&q| angle.iter().map(move |&phi| loss_at(&cell, phi, q)))
            .collect();
        let critical = landscape(cell.patch_dim(), &cell.shape())?;
        // The profile depends on the shape through x_c alone, so that any number of patches serves.
        let profiles = PROFILES.map(|criticality| {
            let patches = 100;
            let sum_ratio = criticality * (patches as f64 + PI - 1.0) / PI;
            let shape = WeightShape::new(patches, sum_ratio)?;
            let loss = angle.iter().map(|phi| projected_loss(&shape, arc_cosine_kernel(PI - phi))).collect();
            Ok(Profile { criticality, loss })
        });
        Ok(Self {
            angle,
            signal,
            loss,
            points: critical.points,
            barrier: critical.barrier.unwrap_or(0.0),
            profiles: profiles.into_iter().collect::<Result<_, Error>>()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use spurious::landscape::best_output;

    /// With the best signal for the angle, the smallest loss is the projected one; with any other it is larger.
    #[test]
    fn surface_touches_the_projected_loss() {
        let cell = Cell::new(5, 20, 4.0, 1.3).expect("valid");
        for i in 0..=20 {
            let angle = PI * f64::from(i) / 20.0;
            let kernel = arc_cosine_kernel(PI - angle);
            let (_, best) = best_output(&cell.shape(), kernel);
            let projected = projected_loss(&cell.shape(), kernel);
            assert!((loss_at(&cell, angle, best) - projected).abs() < 1e-15);
            assert!(loss_at(&cell, angle, best + 0.1) > projected);
            assert!(loss_at(&cell, angle, best - 0.1) > projected);
        }
    }

    /// No other sum does better.
    #[test]
    fn sum_is_the_best_one() {
        let cell = Cell::new(5, 20, 4.0, 1.0).expect("valid");
        let teacher = cell.teacher();
        let (angle, signal) = (2.0f64, -0.3);
        let best = loss_at(&cell, angle, signal);
        for i in 0..200 {
            let sum = teacher.sum() * (f64::from(i) / 50.0 - 2.0);
            let at = OrderParameters {
                parallel: angle.cos(),
                perpendicular: angle.sin(),
                sum,
                signal,
                residual: 0.0,
            };
            assert!(reduced_loss(&teacher, &at) >= best - 1e-15);
        }
    }
}
