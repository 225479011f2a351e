//! The picture of one run.

use std::f64::consts::PI;

use spurious::basin::Verdict;
use spurious::dynamics::run::{Record, Run};
use spurious::model::Cell;
use spurious_plot::{Axis, Chart, Figure, Line, Paint, Row, Rule, Span};

/// Four panels against time: loss, angle, signal, sum; phase I shaded.
pub(crate) fn trace(cell: &Cell, run: &Run) -> Figure {
    let teacher = cell.teacher();
    let records: Vec<&Record> = run.trajectory.iter().filter(|record| record.time > 0.0).collect();
    let panel = |letter: char, label: &str, log: bool, value: &dyn Fn(&Record) -> f64| {
        let y = if log { Axis::log(label) } else { Axis::linear(label) };
        let mut chart = Chart::new(Axis::log("time $t$"), y);
        chart.letter = Some(letter);
        if let Some(end) = run.phase_one_time {
            // One label is enough, where no curve runs.
            let label = if letter == 'b' { "phase I" } else { "" };
            chart.add(Span { label: label.into(), ..Span::x(f64::NEG_INFINITY, end, Paint::Muted) });
        }
        let points: Vec<(f64, f64)> = records.iter().map(|record| (record.time, value(record))).collect();
        chart.add(Line::new(points, Paint::Blue));
        chart
    };
    let unit = teacher.norm_squared();
    let loss = panel('a', "loss / $‖b‖^2$", true, &|r| r.loss / unit);
    let mut angle = panel('b', "angle $φ$", false, &|r| r.angle);
    angle.y = angle.y.over(0.0, PI).with_ticks([(0.0, "0"), (PI / 2.0, "π/2"), (PI, "π")]);
    let mut signal = panel('c', "signal $a^⊤b$ / $‖b‖^2$", false, &|r| r.signal / unit);
    signal.add(Rule { label: "teacher".into(), ..Rule::y(1.0) });
    let mut sum = panel('d', "sum $1^⊤a$", false, &|r| r.sum);
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
            [Row::new([loss.into(), angle.into()]), Row::new([signal.into(), sum.into()])],
        )
    }
}
