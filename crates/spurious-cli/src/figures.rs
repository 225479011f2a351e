//! Pictures of results.

use std::f64::consts::PI;

use spurious::basin::{DecidedBy, Verdict};
use spurious::dynamics::run::{Record, Run};
use spurious::export::counted;
use spurious::fit::{Recovery, RecoveryExperiment};
use spurious::landscape::{PointKind, landscape};
use spurious::model::Cell;
use spurious::width::{WideMoment, WideTrace};
use spurious_plot::{Axis, Chart, Dash, ErrorBars, Figure, Line, Markers, Paint, PanelRow, Rule, Span};

use crate::text::three_digits;

/// Four panels against steps, or against the time of gradient flow: loss, angle, signal, sum. Phase I is shaded, and a line
/// stands where the verdict was certain. The first title is `parameters`, which say what run it is.
pub(crate) fn trace(cell: &Cell, run: &Run, is_flow: bool, parameters: &str) -> Figure {
    let teacher = cell.teacher();
    // Steps of an integrator are no measure of anything.
    let x = |record: &Record| if is_flow { record.time } else { record.step as f64 };
    let records: Vec<&Record> = run.trajectory.iter().filter(|record| record.step > 0).collect();
    let (first, last) = (records.first().map_or(1.0, |r| x(r)), records.last().map_or(10.0, |r| x(r)));
    let last = if last > first { last } else { 10.0 * first };
    let verdict_at = if is_flow { run.verdict_time } else { run.verdict_step.map(|step| step as f64) };
    let phase_one = if is_flow { run.phase_one_time } else { run.phase_one_steps.map(|steps| steps as f64) };
    let panel = |label: &str, log: bool, span: &str, value: &dyn Fn(&Record) -> f64| {
        let y = if log { Axis::log(label) } else { Axis::linear(label) };
        let mut chart = Chart::new(Axis::log(if is_flow { "time $t$" } else { "step" }).over(first, last), y);
        if let Some(end) = phase_one {
            chart.add(Span { label: span.into(), ..Span::x(f64::NEG_INFINITY, end, Paint::Muted) });
        }
        let points: Vec<(f64, f64)> = records.iter().map(|record| (x(record), value(record))).collect();
        chart.add(Line::new(points, Paint::Blue));
        if let Some(at) = verdict_at {
            // One label is enough, in the panel of the angle, where no curve runs.
            let label = if span.is_empty() { "" } else { "verdict" };
            let rule = Rule { dash: Dash::Solid, along: 0.2, ..Rule::x(at.clamp(first, last)) };
            chart.add(Rule { paint: Paint::Vermillion, label: label.into(), ..rule });
        }
        chart
    };
    let unit = teacher.norm_squared();
    let mut loss = panel("loss / $‖b‖^2$", true, "", &|r| r.loss / unit);
    loss.title = parameters.to_owned();
    let spurious = landscape(cell.patch_dim(), &cell.shape()).ok().and_then(|landscape| {
        landscape.points.iter().find(|point| point.kind == PointKind::SpuriousMinimum).map(|point| point.loss)
    });
    if let Some(spurious) = spurious {
        // A run that recovers the teacher leaves this loss on the right, one that is trapped comes from the left.
        let along = if run.verdict == Verdict::Global { 0.0 } else { 1.0 };
        loss.add(Rule { label: "spurious minimum".into(), along, ..Rule::y(spurious) });
    }
    let mut angle = panel("angle $φ$", false, "phase I", &|r| r.angle);
    angle.y = from_teacher_to_antipode(angle.y);
    let mut signal = panel("signal $a^⊤b$ / $‖b‖^2$", false, "", &|r| r.signal / unit);
    signal.add(Rule { label: "teacher".into(), ..Rule::y(1.0) });
    let mut sum = panel("sum $1^⊤a$", false, "", &|r| r.sum);
    sum.add(Rule { label: "teacher".into(), ..Rule::y(teacher.sum()) });
    let outcome = outcome(run.verdict);
    let when = match verdict_at {
        None => String::new(),
        Some(0.0) => ", certain at the start".to_owned(),
        Some(time) if is_flow => format!(", certain at $t = {}$", three_digits(time)),
        Some(step) => {
            let is_settled = run.decided_by == Some(DecidedBy::Convergence);
            let word = if is_settled { "settled" } else { "certain" };
            format!(", {word} after {}", counted(step as u64, "step"))
        }
    };
    angle.title = format!("{outcome}{when}");
    Figure {
        description: format!(
            "Loss, angle, signal and sum of a run that {outcome}{}, against {}",
            when.replace('$', ""),
            if is_flow { "time" } else { "steps" }
        ),
        ..Figure::grid(
            510.0,
            380.0,
            "One run of gradient descent",
            [PanelRow::new([loss, angle]), PanelRow::new([signal, sum])],
        )
    }
}

/// Four panels against steps: the loss, and angle, signal and sum of each filter of a student. The first title is `parameters`.
pub(crate) fn wide_trace(cell: &Cell, run: &WideTrace, parameters: &str) -> Figure {
    let teacher = cell.teacher();
    let unit = teacher.norm_squared();
    let moments = || run.trajectory.iter().filter(|moment| moment.step > 0);
    let last = if run.steps > 1 { run.steps as f64 } else { 10.0 };
    let panel = |y: Axis, curves: usize, value: &dyn Fn(&WideMoment, usize) -> f64| {
        let mut chart = Chart::new(Axis::log("step").over(1.0, last), y);
        for i in 0..curves {
            chart.add(Line::new(moments().map(|moment| (moment.step as f64, value(moment, i))), Paint::Blue));
        }
        chart
    };
    let mut loss = panel(Axis::log("loss / $‖b‖^2$"), 1, &|moment, _| moment.loss / unit);
    loss.title = parameters.to_owned();
    if let Some(trap) = &run.trap {
        loss.add(Rule { label: "trap".into(), along: 1.0, ..Rule::y(trap.loss) });
    }
    let angle = from_teacher_to_antipode(Axis::linear("angles $φ_i$"));
    let mut angle = panel(angle, run.filters, &|moment, i| moment.angles[i]);
    let outcome = outcome(run.verdict);
    let filters = counted(run.filters as u64, "filter");
    angle.title = format!("run of {filters} {outcome}, after {}", counted(run.steps, "step"));
    let signal = panel(Axis::linear("signals $a_i^⊤b$ / $‖b‖^2$"), run.filters, &|moment, i| {
        moment.signals[i] / unit
    });
    let sum = panel(Axis::linear("sums $1^⊤a_i$"), run.filters, &|moment, i| moment.sums[i]);
    Figure {
        description: format!(
            "Loss, and angle, signal and sum of each of {filters}, of a run that {outcome}, against steps"
        ),
        ..Figure::grid(
            510.0,
            380.0,
            "One run of a student with several filters",
            [PanelRow::new([loss, angle]), PanelRow::new([signal, sum])],
        )
    }
}

/// An axis of angles.
fn from_teacher_to_antipode(axis: Axis) -> Axis {
    axis.over(0.0, PI).with_ticks([(0.0, "0"), (PI / 2.0, "π/2"), (PI, "π")])
}

/// What a run does, in the title of its picture.
fn outcome(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Global => "recovers the teacher",
        Verdict::Spurious => "is trapped",
        Verdict::Undecided => "has no verdict",
    }
}

/// How runs end against the number of samples, with the population's exact probability of recovery where it is known.
pub(crate) fn recovery(experiment: &RecoveryExperiment, rows: &[Recovery]) -> Figure {
    let exact = experiment.exact_probability();
    let mut rows: Vec<&Recovery> = rows.iter().collect();
    rows.sort_by_key(|row| row.samples);
    let x = |row: &Recovery| row.samples as f64;
    // Room on both sides: caps at the edge would be cut.
    let ends = [rows.first(), rows.last()].map(|row| row.map_or(1.0, |row| x(row)));
    let x_axis = Axis::log("samples in a data set, $n$").over(ends[0] / 1.5, ends[1] * 1.02);
    let y_axis = Axis::linear("share of runs").over(0.0, 1.0);
    let mut chart = Chart::new(x_axis, y_axis);
    let free = rows.first().map_or(0.0, |row| (row.filters * (row.patch_dim + row.patches - 1)) as f64);
    if free > ends[0] / 1.5 && free < ends[1] * 1.02 {
        let label = format!("{free} free parameters");
        chart.add(Rule { label, dash: Dash::Dotted, ..Rule::x(free) });
    }
    // Beside the curves, where labels make room for each other: anywhere inside, an interval may run through one.
    let line = |value: &dyn Fn(&Recovery) -> f64, label: &str, paint| Line {
        end_label: label.into(),
        ..Line::new(rows.iter().map(|row| (x(row), value(row))), paint)
    };
    let share = |count: u64, row: &Recovery| count as f64 / row.runs as f64;
    chart.add(Line { width: 0.9, ..line(&|row| share(row.elsewhere, row), "elsewhere", Paint::Muted) });
    let trapped = Recovery::trapped_heading(experiment.filters());
    chart.add(Line { width: 0.9, ..line(&|row| share(row.trapped, row), trapped, Paint::Vermillion) });
    if let Some(exact) = exact {
        chart.add(Line {
            dash: Dash::Dashed,
            end_label: format!("population, {exact:.4}"),
            width: 0.9,
            ..Line::new([(ends[0] / 1.5, exact), (ends[1], exact)], Paint::Ink)
        });
    }
    chart.add(line(&|row| row.share, "recovered", Paint::Blue));
    chart.add(ErrorBars::new(rows.iter().map(|row| (x(row), row.lower, row.upper)), Paint::Blue));
    chart.add(Markers::new(rows.iter().map(|row| (x(row), row.share)), Paint::Blue));
    let about = match exact {
        Some(exact) => format!("; on the population the probability is {exact:.4}"),
        None => format!(", for {} filters", experiment.filters()),
    };
    Figure {
        description: format!(
            "Share of runs of gradient descent on n samples that recover the teacher, with 95 % intervals, against n{about}"
        ),
        ..Figure::new(360.0, 220.0, "Gradient descent on finite data", chart)
    }
}
