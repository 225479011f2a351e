//! Runs step by step, and the landscape they walk on.

use super::Chapter;
use crate::Reproduction;
use crate::figures;
use crate::markup::{decimals, scientific, signed, thousands};

fn degrees(angle: f64) -> String {
    format!("{}°", decimals(angle.to_degrees(), 1))
}

pub(super) fn two_phases(reproduction: &Reproduction) -> Chapter {
    let traces = &reproduction.traces;
    let (traced, run) = (&traces.recovering, &traces.recovering.run);
    let phase = run.phase_one_steps.unwrap_or(run.steps);
    let rate = |rate: Option<f64>| rate.map_or("unknown".into(), |rate| decimals(rate, 5));
    Chapter::new("two-phases", "A run that recovers the teacher")
        .text(format!(
            "The experiment of the paper’s figure has $k = {}$ patches of dimension $p = {}$; here $ρ = {}$ and the step size \
             is $η = {}$. From {} random starts the first was taken whose run recovers the teacher after a long slow phase. Its \
             filter starts at {} from the teacher’s, its signal $a^{{\\mathrm{{T}}}}b/‖b‖^2$ at {}.",
            traces.patches,
            traces.patch_dim,
            traces.sum_ratio,
            traces.step_size,
            traces.starts,
            degrees(traced.start_angle),
            signed(traced.start_signal, 3),
        ))
        .picture(
            "trace",
            figures::runs::trace(traces),
            &["run-recovering"],
            format!(
                "**Two phases.** (a) Loss, with the predicted slope dashed. (b) Angle between the filters. (c) Signal. (d) Distance \
                 of the sum of the output weights from the teacher’s. Phase I ends at step {}, the first at which the angle is \
                 below π/4 and the signal above ½.",
                thousands(phase)
            ),
        )
        .text(format!(
            "For {} steps next to nothing happens: the run creeps past the saddles of the landscape. Then signal and angle \
             feed each other, and the loss falls by the same factor in every step. The error, the root of the loss, decays \
             like $\\mathrm{{e}}^{{−rt}}$ with $t = η·\\mathrm{{steps}}$; the measured rate is $r = {}$, and the curvature at \
             the teacher predicts {}.",
            thousands(phase),
            rate(run.measured_rate),
            rate(run.predicted_rate),
        ))
        .text(format!(
            "All $p + k = {}$ numbers were iterated. Five would do: the two components of $v$ along and across the teacher’s \
             filter, $1^{{\\mathrm{{T}}}}a$, $a^{{\\mathrm{{T}}}}b$ and the length of the rest of $a$ obey an iteration of their \
             own. Along the whole run the two differ by at most {} in angle, signal, sum and loss.",
            traces.patch_dim + traces.patches,
            scientific(traces.reduction_error.largest()),
        ))
}

pub(super) fn trapped(reproduction: &Reproduction) -> Chapter {
    let traces = &reproduction.traces;
    let (traced, run) = (&traces.trapped, &traces.trapped.run);
    let closing = match (run.measured_closing, run.predicted_closing) {
        (Some(measured), Some(predicted)) => format!(
            " The product $(π − φ)t$ has reached {} and tends to {}.",
            decimals(measured, 3),
            decimals(predicted, 3)
        ),
        _ => String::new(),
    };
    Chapter::new("trapped", "A run that is trapped")
        .text(format!(
            "Of the same {} starts, {} are trapped. The one closest to the start above, at {} and with the signal {}, takes the \
             other way. Its loss settles at {}; the closed form of the spurious minimum is $‖b‖^2(π − 2 + x_c)/4(π − 1)$, which \
             is {}.",
            traces.starts,
            traces.starts - traces.recovering_starts,
            degrees(traced.start_angle),
            signed(traced.start_signal, 3),
            decimals(run.end.loss, 6),
            decimals(traces.spurious_loss, 6),
        ))
        .picture(
            "two-runs",
            figures::runs::two_runs(traces),
            &["run-recovering", "run-trapped"],
            "**Two starts that hardly differ.** (a) The loss of one run falls without end, that of the other stays at the spurious \
             minimum. (b) The trapped run closes on the antipode of the teacher’s filter like one over the time $t$, along the \
             predicted line.",
        )
        .text(format!(
            "A run that closes like $1/t$ never looks converged: after {} steps its filter is still {} from the antipode, and \
             the gradient shrinks so slowly that no tolerance on it could tell trapped from slow. Which minimum a run reaches is \
             therefore decided by an exact test, two invariant sets, here after {} steps.{closing}",
            thousands(run.steps),
            scientific(traced.trajectory.last().map_or(run.end.angle, |record| record.supplement)),
            run.verdict_step.map_or("no".into(), thousands),
        ))
}

pub(super) fn landscape(reproduction: &Reproduction) -> Chapter {
    let Reproduction { traces, landscape, .. } = reproduction;
    let trapped = traces.others.iter().filter(|s| s.verdict == spurious::basin::Verdict::Spurious).count();
    Chapter::new("landscape", "The landscape between the two minima")
        .text(
            "Two numbers, the angle $φ$ and the signal $q = a^{\\mathrm{T}}b$, tell most of the story. At given $φ$ and $q$ the \
             loss is smallest for output weights in the plane of $1$ and $b$ with the sum",
        )
        .formula(
            "$1^{\\mathrm{T}}a = 1^{\\mathrm{T}}b · [k − ρ + (π − 1) q/‖b‖^2]/(k − ρ + π − 1)$",
        )
        .text("and this smallest loss is what the map shows.")
        .picture(
            "landscape",
            figures::landscape::figure(landscape, traces),
            &["landscape", "critical-points", "run-recovering", "run-trapped", "runs-sketched"],
            format!(
                "**The landscape, and runs on it.** The thick lines are the two runs above, one to the teacher (blue) and one to the \
                 spurious minimum (orange); the thin ones start at {} random points, of which {trapped} are trapped. The white line \
                 is the level of the saddles.",
                traces.others.len(),
            ),
        )
        .text(format!(
            "All critical points are known in closed form. Between the teacher and the spurious minimum lies a sphere of saddles \
             with the loss {}, which is {} above the spurious minimum: the barrier is \
             $‖b‖^2(1 − x_c)^2/4(π − 1)(π − x_c)$, here with $x_c = {}$. It vanishes at $x_c = 1$, where the saddles reach the \
             antipode and the second minimum disappears.",
            decimals(traces.saddle_loss, 4),
            decimals(landscape.barrier.unwrap_or(0.0), 4),
            decimals(traces.criticality, 3),
        ))
}
