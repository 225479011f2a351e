//! Pictures of results.

use std::f64::consts::PI;

use spurious::basin::Verdict;
use spurious::dynamics::run::{Record, Run};
use spurious::fit::{Recovery, RecoveryExperiment};
use spurious::model::Cell;
use spurious_plot::{Axis, Chart, Dash, ErrorBars, Figure, Line, Markers, Paint, PanelRow, Rule, Span};

/// Four panels against time: loss, angle, signal, sum; phase I shaded.
pub(crate) fn trace(cell: &Cell, run: &Run) -> Figure {
    let teacher = cell.teacher();
    let records: Vec<&Record> = run.trajectory.iter().filter(|record| record.time > 0.0).collect();
    let panel = |label: &str, log: bool, span: &str, value: &dyn Fn(&Record) -> f64| {
        let y = if log { Axis::log(label) } else { Axis::linear(label) };
        let mut chart = Chart::new(Axis::log("time $t$"), y);
        if let Some(end) = run.phase_one_time {
            chart.add(Span { label: span.into(), ..Span::x(f64::NEG_INFINITY, end, Paint::Muted) });
        }
        let points: Vec<(f64, f64)> = records.iter().map(|record| (record.time, value(record))).collect();
        chart.add(Line::new(points, Paint::Blue));
        chart
    };
    let unit = teacher.norm_squared();
    let loss = panel("loss / $‖b‖^2$", true, "", &|r| r.loss / unit);
    // One label is enough, where no curve runs.
    let mut angle = panel("angle $φ$", false, "phase I", &|r| r.angle);
    angle.y = angle.y.over(0.0, PI).with_ticks([(0.0, "0"), (PI / 2.0, "π/2"), (PI, "π")]);
    let mut signal = panel("signal $a^⊤b$ / $‖b‖^2$", false, "", &|r| r.signal / unit);
    signal.add(Rule { label: "teacher".into(), ..Rule::y(1.0) });
    let mut sum = panel("sum $1^⊤a$", false, "", &|r| r.sum);
    sum.add(Rule { label: "teacher".into(), ..Rule::y(teacher.sum()) });
    let outcome = match run.verdict {
        Verdict::Global => "a run that recovers the teacher",
        Verdict::Spurious => "a run that is trapped",
        Verdict::Undecided => "a run without a verdict",
    };
    Figure {
        description: format!("Loss, angle, signal and sum of {outcome}, against time"),
        ..Figure::grid(
            510.0,
            360.0,
            "One run of gradient descent",
            [PanelRow::new([loss, angle]), PanelRow::new([signal, sum])],
        )
    }
}

/// How runs end against the number of samples, with the population's exact probability of recovery.
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
    let free = rows.first().map_or(0.0, |row| (row.patch_dim + row.patches - 1) as f64);
    if free > ends[0] / 1.5 && free < ends[1] * 1.02 {
        let label = format!("{free} free numbers");
        chart.add(Rule { label, dash: Dash::Dotted, ..Rule::x(free) });
    }
    // Beside the curves, where labels make room for each other: anywhere inside, an interval may run through one.
    let line = |value: &dyn Fn(&Recovery) -> f64, label: &str, paint| Line {
        end_label: label.into(),
        ..Line::new(rows.iter().map(|row| (x(row), value(row))), paint)
    };
    let share = |count: u64, row: &Recovery| count as f64 / row.runs as f64;
    chart.add(Line { width: 0.9, ..line(&|row| share(row.elsewhere, row), "elsewhere", Paint::Muted) });
    chart.add(Line { width: 0.9, ..line(&|row| share(row.trapped, row), "trapped", Paint::Vermillion) });
    chart.add(Line {
        dash: Dash::Dashed,
        end_label: format!("population, {exact:.4}"),
        width: 0.9,
        ..Line::new([(ends[0] / 1.5, exact), (ends[1], exact)], Paint::Ink)
    });
    chart.add(line(&|row| row.share, "recovered", Paint::Blue));
    chart.add(ErrorBars::new(rows.iter().map(|row| (x(row), row.lower, row.upper)), Paint::Blue));
    chart.add(Markers::new(rows.iter().map(|row| (x(row), row.share)), Paint::Blue));
    Figure {
        description: format!(
            "Share of runs of gradient descent on n samples that recover the teacher, with 95 % intervals, against n; \
             on the population the probability is {exact:.4}"
        ),
        ..Figure::new(360.0, 220.0, "Gradient descent on finite data", chart)
    }
}
