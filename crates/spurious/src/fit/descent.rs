//! The paper's gradient descent with weight normalisation on finite data, with all samples in every step or in batches.
//!
//! ```text
//! f(Z) = c + Σⱼ aⱼ σ(w·Zⱼ + β),  w = v/‖v‖          v ← v − η (I − wwᵀ)∇_w ℓ/‖v‖,  (β, a, c) ← (β, a, c) − η ∇ℓ
//! ```
//!
//! A step is orthogonal to `v`, so `‖v‖` never decreases.

use nalgebra::DVector;
use rayon::prelude::*;

use super::coordinates::Coordinates;
use super::evaluate::{Arithmetic, part_sums, sums};
use super::levenberg::{Minimum, StopReason};
use super::pass::pass_over;
use super::samples::Samples;
use super::split::Selection;
use super::sums::Sums;
use crate::Error;
use crate::monitor::{CancelOnly, Monitor};

/// Steps on all samples, or on one batch after the other.
#[derive(Debug, Clone, Copy)]
pub(super) enum Schedule {
    /// Every step uses all samples. The descent ends where a hundred steps lower the loss by less than this share of it.
    Full { most_steps: u64, tolerance: f64 },
    /// A number of passes over the data in its order, in batches; the step size falls linearly to zero.
    Batches { epochs: u64, samples: usize },
}

/// Steps after which the decrease of the loss is checked.
const STRIDE: u64 = 100;

/// Factor by which the parameters of a run may grow, so that squares of residuals do not overflow.
const GROWTH: f64 = 1e30;

/// All runs from their starts to their ends. The filters of the starts need not have length 1.
pub(super) fn descend(
    source: &mut Samples<'_>,
    selection: Selection<'_>,
    coordinates: &Coordinates,
    step_size: f64,
    schedule: Schedule,
    starts: Vec<DVector<f64>>,
    monitor: &dyn Monitor,
) -> Result<Vec<Minimum>, Error> {
    let quiet = CancelOnly(monitor);
    let mut runs: Vec<Descent> = starts.into_iter().map(Descent::new).collect();
    match schedule {
        Schedule::Full { most_steps, tolerance } => {
            monitor.begin("descending", Some(most_steps));
            for step in 0..most_steps {
                let active: Vec<usize> = (0..runs.len()).filter(|&i| runs[i].stop.is_none()).collect();
                if active.is_empty() {
                    // No step is to come any more.
                    monitor.advance(most_steps - step);
                    break;
                }
                let networks: Vec<_> = active.iter().map(|&i| runs[i].network(coordinates)).collect();
                let sums = sums(source, &networks, selection, Arithmetic::AsStored, &quiet)?;
                for (i, sums) in active.into_iter().zip(sums) {
                    runs[i].full_step(coordinates, &sums, step_size, tolerance);
                }
                monitor.advance(1);
            }
        }
        Schedule::Batches { epochs, samples } => {
            let windows = source.windows().clone();
            let rows_in_all = source.samples();
            monitor.begin("descending", Some(rows_in_all.saturating_mul(epochs)));
            let in_all = rows_in_all as f64 * epochs as f64;
            let samples = samples.min(usize::try_from(rows_in_all).unwrap_or(usize::MAX)).max(1);
            let mut seen = 0_u64;
            for _ in 0..epochs {
                pass_over(source, samples, |rows, row| {
                    let count = rows.target.len();
                    for first in (0..count).step_by(samples) {
                        monitor.check()?;
                        let batch = rows.slice(first, samples.min(count - first));
                        let step_size = step_size * (1.0 - seen as f64 / in_all);
                        runs.par_iter_mut().for_each(|run| {
                            if run.has_diverged() {
                                return;
                            }
                            let network = run.network(coordinates);
                            let sums = part_sums(&batch, &windows, row + first as u64, &[network], selection);
                            if sums.first().is_some_and(|sums| sums.weight > 0.0) {
                                run.step(coordinates, &sums, step_size);
                            }
                        });
                        let taken = batch.target.len() as u64;
                        seen += taken;
                        monitor.advance(taken);
                    }
                    Ok(())
                })?;
            }
        }
    }
    finish(source, selection, coordinates, runs, &quiet)
}

/// The final losses of the runs, in double precision.
fn finish(
    source: &mut Samples<'_>,
    selection: Selection<'_>,
    coordinates: &Coordinates,
    runs: Vec<Descent>,
    monitor: &dyn Monitor,
) -> Result<Vec<Minimum>, Error> {
    let networks: Vec<_> = runs.iter().map(|run| run.network(coordinates)).collect();
    let sums = sums(source, &networks, selection, Arithmetic::Double, monitor)?;
    Ok(runs
        .into_iter()
        .zip(sums)
        .map(|(run, sums)| {
            let loss = sums.squares / sums.weight / 2.0;
            let stop = match run.stop {
                _ if !loss.is_finite() => StopReason::Diverged,
                stop => stop.unwrap_or(StopReason::Exhausted),
            };
            let loss = if loss.is_finite() { loss } else { f64::MAX };
            let mut theta = run.theta;
            coordinates.normalise_filters(&mut theta);
            Minimum { theta, loss, objective: loss, steps: run.steps, stop }
        })
        .collect())
}

/// One descent: its current point, and whether it has ended.
pub(super) struct Descent {
    /// `(v, β, a, c)`
    pub(super) theta: DVector<f64>,
    steps: u64,
    /// The loss [`STRIDE`] steps ago.
    before: f64,
    /// The loss at the start.
    first: f64,
    /// A run with larger parameters has diverged.
    bound: f64,
    stop: Option<StopReason>,
}

impl Descent {
    pub(super) fn new(theta: DVector<f64>) -> Self {
        let bound = GROWTH * theta.amax().max(f64::MIN_POSITIVE);
        Self { theta, steps: 0, before: f64::INFINITY, first: f64::INFINITY, bound, stop: None }
    }

    pub(super) fn network(&self, coordinates: &Coordinates) -> super::Network {
        let mut theta = self.theta.clone();
        coordinates.normalise_filters(&mut theta);
        coordinates.network(&theta)
    }

    /// Whether it has diverged; then it ends.
    pub(super) fn has_diverged(&self) -> bool {
        self.stop == Some(StopReason::Diverged)
    }

    /// A step on all samples, unless the loss no longer decreases.
    fn full_step(&mut self, coordinates: &Coordinates, sums: &Sums, step_size: f64, tolerance: f64) {
        let loss = sums.squares / sums.weight / 2.0;
        if self.steps == 0 {
            self.first = loss;
        }
        if loss.is_nan() || loss > 1e6 * self.first.max(f64::MIN_POSITIVE) {
            self.stop = Some(StopReason::Diverged);
            return;
        }
        if loss == 0.0 {
            self.stop = Some(StopReason::Exact);
            return;
        }
        if self.steps.is_multiple_of(STRIDE) {
            if self.before - loss < tolerance * loss {
                self.stop = Some(StopReason::Converged);
                return;
            }
            self.before = loss;
        }
        self.step(coordinates, std::slice::from_ref(sums), step_size);
    }

    /// `v ← v − η (I − wwᵀ)∇_w ℓ/‖v‖,  (β, a, c) ← (β, a, c) − η ∇ℓ` for each filter, of which the sums are given, unless that
    /// overflows.
    pub(super) fn step(&mut self, coordinates: &Coordinates, sums: &[Sums], step_size: f64) {
        let mut gradient = coordinates.gradient(sums) / sums[0].weight;
        let p = coordinates.patch_dim;
        for (at, _) in coordinates.places() {
            let v = self.theta.rows(at, p).into_owned();
            let length = v.norm();
            let w = v / length;
            let by_w = gradient.rows(at, p).into_owned();
            let by_v = (&by_w - &w * w.dot(&by_w)) / length;
            gradient.rows_mut(at, p).copy_from(&by_v);
        }
        let next = &self.theta - gradient * step_size;
        if next.iter().any(|number| number.is_nan() || number.abs() > self.bound) {
            self.stop = Some(StopReason::Diverged);
            return;
        }
        self.theta = next;
        self.steps += 1;
    }
}
