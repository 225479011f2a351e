//! The two runs in words.

use super::{Traces, figure};
use crate::document::Chapter;
use crate::numbers::{decimals, degrees, scientific, signed, thousands};
use crate::template::{chapters, values};

pub(crate) fn chapter(traces: &Traces) -> Vec<Chapter> {
    let (recovering, trapped) = (&traces.recovering, &traces.trapped);
    let rate = |rate: Option<f64>| rate.map_or("unknown".into(), |rate| decimals(rate, 5));
    let closing = match (trapped.run.measured_closing, trapped.run.predicted_closing) {
        (Some(measured), Some(predicted)) => format!(
            " The product $(π − φ)t$ has reached {} and tends to {}.",
            decimals(measured, 3),
            decimals(predicted, 3)
        ),
        _ => String::new(),
    };
    let distance = trapped.trajectory.last().map_or(trapped.run.end.angle, |record| record.supplement);
    let values = values! {
        patches: traces.patches,
        patch_dim: traces.patch_dim,
        sum_ratio: traces.sum_ratio,
        step_size: traces.step_size,
        starts: traces.starts,
        start_angle: degrees(recovering.start_angle),
        start_signal: signed(recovering.start_signal, 3),
        phase: thousands(recovering.run.phase_one_steps.unwrap_or(recovering.run.steps)),
        measured_rate: rate(recovering.run.measured_rate),
        predicted_rate: rate(recovering.run.predicted_rate),
        numbers: traces.patch_dim + traces.patches,
        reduction_error: scientific(traces.reduction_error.largest()),
        trapped_starts: traces.starts - traces.recovering_starts,
        trapped_angle: degrees(trapped.start_angle),
        trapped_signal: signed(trapped.start_signal, 3),
        trapped_loss: decimals(trapped.run.end.loss, 6),
        spurious_loss: decimals(traces.spurious_loss, 6),
        trapped_steps: thousands(trapped.run.steps),
        trapped_distance: scientific(distance),
        verdict_step: trapped.run.verdict_step.map_or("no".into(), thousands),
        closing,
        recovering_state: traces.explored(recovering),
        trapped_state: traces.explored(trapped),
    };
    let inserts = [("trace", figure::trace(traces).into()), ("two-runs", figure::two_runs(traces).into())];
    chapters(include_str!("chapter.md"), values, inserts)
}
