//! Runs step by step: the two phases, and a run that is trapped beside one that is not.

use std::f64::consts::PI;

use spurious::dynamics::run::Record;
use spurious_plot::{
    Anchor, Axis, Chart, Corner, Dash, Figure, Legend, Line, Mark, Note, Paint, PanelRow, Rule, Span,
};

use super::Traces;
use crate::charts::{WIDE, angle_axis};
use crate::numbers::decimals;

/// Four quantities of the recovering run against steps.
pub(crate) fn trace(traces: &Traces) -> Figure {
    let cell = traces.cell();
    let (b_squared, sum) = (cell.teacher().norm_squared(), cell.teacher().sum());
    let run = &traces.recovering;
    let end = run.run.steps as f64;
    let phase = run.run.phase_one_steps.unwrap_or(run.run.steps) as f64;
    let series = |value: &dyn Fn(&Record) -> f64| -> Vec<(f64, f64)> {
        run.trajectory.iter().map(|r| (r.step as f64, value(r))).collect()
    };
    let panel = |y: Axis, labelled: bool, marks: Vec<Mark>| {
        let mut chart = Chart::new(Axis::linear("steps").over(0.0, end), y);
        let label = |text: &str| if labelled { text.to_string() } else { String::new() };
        chart.add(Span { label: label("phase I, slow"), ..Span::x(0.0, phase, Paint::Orange) });
        chart.add(Span { label: label("phase II, linear"), ..Span::x(phase, end, Paint::Sky) });
        chart.marks.extend(marks);
        chart
    };

    let loss = series(&|r| r.loss / b_squared);
    let mut first = vec![Mark::from(Line::new(loss.clone(), Paint::Blue))];
    first.extend(rate_line(traces, &loss));
    let angle = angle_axis("angle $φ$").over(0.0, 0.75 * PI);
    let signal = series(&|r| r.signal / b_squared);
    let lowest = signal.iter().map(|p| p.1).fold(0.0, f64::min);
    let rows = [
        PanelRow::new([
            panel(Axis::log("loss $ℓ/‖b‖^2$").over(1e-27, 1e4), true, first),
            panel(angle, false, vec![Line::new(series(&|r| r.angle), Paint::Blue).into()]),
        ]),
        PanelRow::new([
            panel(
                Axis::linear("signal $a^{\\mathrm{T}}b/‖b‖^2$").over(1.1 * lowest - 0.1, 1.15),
                false,
                vec![
                    Rule { dash: Dash::Dotted, ..Rule::y(1.0) }.into(),
                    Line::new(signal, Paint::Blue).into(),
                ],
            ),
            panel(
                Axis::log("$|1^{\\mathrm{T}}a − 1^{\\mathrm{T}}b|$").over(1e-17, 10.0),
                false,
                vec![Line::new(series(&|r| (r.sum - sum).abs()), Paint::Blue).into()],
            ),
        ]),
    ];
    Figure::grid(WIDE, 320.0, "", rows)
}

/// The slope that the Hessian predicts, beside the loss in phase II, and the rates.
///
/// ```text
/// loss ∝ e^{−2·rate·t},    t = η·steps
/// ```
fn rate_line(traces: &Traces, loss: &[(f64, f64)]) -> Vec<Mark> {
    let run = &traces.recovering.run;
    let (Some(measured), Some(predicted), Some(phase)) =
        (run.measured_rate, run.predicted_rate, run.phase_one_steps)
    else {
        return Vec::new();
    };
    let (from, to) =
        (phase as f64 + 0.30 * (run.steps - phase) as f64, phase as f64 + 0.85 * (run.steps - phase) as f64);
    let Some(&(_, value)) = loss.iter().find(|(step, _)| *step >= from) else { return Vec::new() };
    // A little above the curve, so that both are seen.
    let line =
        |step: f64| (step, 300.0 * value * (-2.0 * predicted * traces.step_size * (step - from)).exp());
    let dashed = Line { dash: Dash::Dashed, ..Line::new([line(from), line(to)], Paint::Vermillion) };
    let note = |y: f64, text: String, paint| Note {
        anchor: Anchor::Start,
        paint,
        ..Note::new((0.03 * run.steps as f64, y), text)
    };
    vec![
        dashed.into(),
        note(1e-17, format!("rate predicted {}", decimals(predicted, 5)), Paint::Vermillion).into(),
        note(1e-20, format!("rate measured {}", decimals(measured, 5)), Paint::Blue).into(),
    ]
}

/// Loss and closing of the angle for the run that recovers and the run that is trapped.
pub(crate) fn two_runs(traces: &Traces) -> Figure {
    let b_squared = traces.cell().teacher().norm_squared();
    let last = traces.trapped.run.steps as f64;
    // A logarithmic axis has no zero: the first step stands for the start.
    let series = |records: &[Record], value: &dyn Fn(&Record) -> f64| -> Vec<(f64, f64)> {
        records.iter().filter(|r| r.step > 0).map(|r| (r.step as f64, value(r))).collect()
    };
    let steps = || Axis::log("steps").over(1.0, last);
    let mut loss = Chart::new(steps(), Axis::log("loss $ℓ/‖b‖^2$").over(1e-6, 2.0));
    let relative = |r: &Record| r.loss / b_squared;
    loss.add(Line {
        label: "recovers".into(),
        ..Line::new(series(&traces.recovering.trajectory, &relative), Paint::Blue)
    });
    loss.add(Line {
        label: "trapped".into(),
        ..Line::new(series(&traces.trapped.trajectory, &relative), Paint::Vermillion)
    });
    loss.add(Line {
        dash: Dash::Dashed,
        width: 1.0,
        label: "spurious minimum".into(),
        ..Line::new([(1.0, traces.spurious_loss), (last, traces.spurious_loss)], Paint::Ink)
    });
    let value = Note::new((last, traces.spurious_loss), decimals(traces.spurious_loss, 4));
    loss.add(Note { anchor: Anchor::End, shift: (0.0, -8.0), ..value });
    loss.legend = Legend::Inside(Corner::BottomLeft);

    let mut closing = Chart::new(steps(), Axis::log("$π − φ$"));
    let supplement = series(&traces.trapped.trajectory, &|r| r.supplement);
    let low = supplement.iter().map(|p| p.1).fold(1.0, f64::min);
    closing.y = closing.y.over(0.3 * low, 6.0);
    closing.add(Line { label: "trapped".into(), ..Line::new(supplement, Paint::Vermillion) });
    if let Some(constant) = traces.trapped.run.predicted_closing {
        let at = |step: f64| (step, constant / (traces.step_size * step));
        let first = constant / (traces.step_size * 4.0);
        closing.add(Line {
            dash: Dash::Dashed,
            width: 1.0,
            label: "$2π‖v‖^2/(|q_−|t)$ at $t = η·\\mathrm{steps}$".into(),
            ..Line::new([at(first), at(last)], Paint::Ink)
        });
    }
    closing.legend = Legend::Inside(Corner::BottomLeft);
    Figure::row(WIDE, 200.0, "", [loss, closing])
}
