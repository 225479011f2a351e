//! The penalty on the output weights, chosen by cross-validation.
//!
//! ```text
//! λ = argmin  Σ_folds Σ_{i in fold} ωᵢ (f_λ(Zᵢ) − yᵢ)²        f_λ fitted to the other folds;  λ = 0, or λ/h = 10⁻⁵, 10^−4½, …, 1
//! ```
//!
//! with `h` the mean of `∂²ℓ/∂aⱼ²`, which is the scale on which a penalty acts.

use super::evaluate::{Arithmetic, gauss_newton, sums};
use super::fitting::Problem;
use super::levenberg::search;
use super::samples::SampleSource;
use super::searching::lowest;
use super::split::{Selection, Split};
use crate::monitor::CancelOnly;

/// Keeps the streams of folds within a fit apart from those around it.
const INNER: u64 = 0x5eed_f01d;

impl Problem<'_> {
    /// The penalty with the smallest loss on folds held out. Each fold searches for itself, from the largest penalty down:
    /// a start that has seen the samples held out would carry them along.
    pub(super) fn best_ridge<S: SampleSource>(&self, source: &mut S, folds: usize) -> Result<f64, S::Error> {
        let quiet = CancelOnly(self.monitor);
        // Not the folds of a validation around this one.
        let split = Split::folds(source.samples(), folds, self.options.seed ^ INNER)?;
        let (_, starts) = self.starts(true);
        let network = [self.coordinates.network(&starts[0])];
        let here = gauss_newton(source, &network, self.selection, &quiet)?;
        let first = self.coordinates.first_output();
        let diagonal = self.coordinates.quadratic(&here[0]).hessian.diagonal();
        let scale = diagonal.rows(first, self.coordinates.patches).mean();
        let penalties: Vec<f64> =
            (-10..=0).rev().map(|half| scale * 10_f64.powf(f64::from(half) / 2.0)).chain([0.0]).collect();
        let mut losses = vec![0.0; penalties.len()];
        #[allow(clippy::cast_possible_truncation, reason = "at most 255 folds")]
        for fold in 0..folds as u8 {
            self.monitor
                .begin(&format!("penalty: fold {} of {folds}", fold + 1), Some(penalties.len() as u64));
            let (held_out, rest) = (Selection::Only(&split, fold), Selection::Except(&split, fold));
            let (held_out, rest) =
                (Selection::Both(&self.selection, &held_out), Selection::Both(&self.selection, &rest));
            let mut thetas = starts.clone();
            for (loss, &penalty) in losses.iter_mut().zip(&penalties) {
                let minima =
                    search(source, rest, self.coordinates, &self.rough_rules(penalty), thetas, &quiet)?;
                let minimum = &minima[lowest(&minima)];
                let network = [self.coordinates.network(&minimum.theta)];
                *loss += sums(source, &network, held_out, Arithmetic::Double, &quiet)?[0].squares;
                // The next penalty is near by: the best minimum and its antipode are enough.
                thetas = vec![minimum.theta.clone(), self.coordinates.antipode(&minimum.theta)];
                self.monitor.advance(1);
            }
        }
        let best = (0..penalties.len()).min_by(|&i, &j| losses[i].total_cmp(&losses[j])).unwrap_or(0);
        Ok(penalties[best])
    }
}
