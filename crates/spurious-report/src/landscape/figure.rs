//! The landscape in angle and signal, with runs on it.

use std::f64::consts::PI;

use spurious::basin::Verdict;
use spurious::dynamics::run::Record;
use spurious::export::plain;
use spurious::landscape::{PointKind, loss_at_signal};
use spurious::{Cell, Compared, OrderParameters};
use spurious_plot::{Anchor, Axis, Chart, Contours, Figure, Inset, Line, Markers, Note, Paint, Shape};

use super::Surface;
use crate::charts::{WIDE, angle_axis};
use crate::document::NARROW;
use crate::numbers::decimals;
use crate::traces::Traces;

const WHITE: Paint = Paint::Rgb(255, 255, 255);
const BLACK: Paint = Paint::Rgb(17, 17, 17);
/// Cells on each side of the surroundings of the saddle.
const ZOOMED: usize = 40;

/// Levels of the loss, twenty in each decade, from 0.01 to 0.7.
fn levels() -> Vec<f64> {
    (0..=37).map(|i| 10f64.powf(f64::from(i) / 20.0 - 2.0)).collect()
}

/// Light blue for runs that recover the teacher, orange for those that are trapped: both are seen on the contours.
fn paint_of(verdict: Verdict) -> Paint {
    if verdict == Verdict::Global { Paint::Rgb(0x9a, 0xd6, 0xf7) } else { Paint::Rgb(0xff, 0x8a, 0x3d) }
}

/// Filled contours, critical points, the barrier, and runs; the saddle larger, in a corner or, on narrow screens, below.
pub(crate) fn with_runs(surface: &Surface, traces: &Traces) -> [Figure; 2] {
    let whole = |names: Names| {
        let mut chart = contours(surface);
        add_runs(&mut chart, traces);
        add_points(&mut chart, surface, names);
        chart
    };
    let saddle = at_the_saddle(surface, traces);
    let mut wide = whole(Names::Long);
    wide.add(Inset::new(saddle.clone(), [(0.56 * PI, 0.27), (0.995 * PI, 1.26)]));
    let below = Chart {
        x: Axis { label: "angle $φ$".into(), ..saddle.x.clone() },
        y: Axis { label: "signal $q/‖b‖^2$".into(), ..saddle.y.clone() },
        ..saddle
    };
    let mut parts = [whole(Names::Short), below];
    parts[0].title = "The whole".into();
    parts[0].x.label = "angle $φ$".into();
    parts[1].title = "At the saddle".into();
    let narrow = Figure::row(2.0 * NARROW, 0.8 * NARROW, "", parts).narrowed(NARROW);
    [Figure::new(WIDE, 320.0, "", wide), narrow]
}

/// The surroundings of the saddle, where the two runs start and part.
fn at_the_saddle(surface: &Surface, traces: &Traces) -> Chart {
    let saddle = surface.points.iter().find(|point| point.kind == PointKind::Saddle);
    let (at, level) = saddle.map_or((PI / 2.0, 0.0), |point| (point.angle, point.loss));
    let grid = |from: f64, to: f64| -> Vec<f64> {
        (0..=ZOOMED).map(|i| from + (to - from) * i as f64 / ZOOMED as f64).collect()
    };
    let (left, right, bottom, top) = (at - 0.3, at + 0.3, -0.1, 0.1);
    let (angle, signal) = (grid(left, right), grid(bottom, top));
    let shape = traces.cell().shape();
    let loss: Vec<f64> = signal
        .iter()
        .flat_map(|&q| angle.iter().map(move |&phi| (phi, q)))
        .map(|(phi, q)| loss_at_signal(&shape, PI - phi, q))
        .collect();
    let mut chart = Chart::new(Axis::linear("").over(left, right), Axis::linear("").over(bottom, top));
    chart.boxed = true;
    chart.add(Contours {
        lines: Some((WHITE, 0.25)),
        bar: None,
        ..Contours::filled(angle.clone(), signal.clone(), loss.clone(), levels(), "")
    });
    chart.add(Contours {
        lines: Some((WHITE, 1.3)),
        ..Contours::lines(angle, signal, loss, vec![level], WHITE)
    });
    add_runs(&mut chart, traces);
    for point in surface.points.iter().filter(|point| point.kind == PointKind::Saddle) {
        add_marker(&mut chart, Shape::Diamond, (point.angle, point.signal));
    }
    let b_squared = traces.cell().teacher().norm_squared();
    for (run, name) in [(&traces.recovering, "recovers"), (&traces.trapped, "trapped")] {
        // Named where the run leaves the picture.
        let mut path = run.trajectory.iter().map(|record| (record.angle, record.signal / b_squared));
        let inside = |&(x, y): &(f64, f64)| (x - at).abs() < 0.2 && y.abs() < 0.07;
        if let Some(end) = path.rfind(inside) {
            let towards = if end.0 < at { (Anchor::Start, (7.0, -3.0)) } else { (Anchor::End, (-7.0, 3.0)) };
            chart.add(Note { anchor: towards.0, shift: towards.1, bold: true, ..Note::new(end, name) });
        }
    }
    chart
}

/// Filled contours and critical points alone.
pub(crate) fn alone(surface: &Surface, title: String) -> Figure {
    let mut chart = contours(surface);
    add_points(&mut chart, surface, Names::Long);
    Figure {
        description: "Filled contours of the loss over the angle and the signal, with all critical points"
            .into(),
        ..Figure::new(WIDE, 300.0, title, chart)
    }
}

/// Colours that are told apart on the contours.
const BRIGHT: [Paint; 8] = [
    Paint::Rgb(0x2f, 0xe0, 0xe0),
    Paint::Rgb(0xff, 0x8a, 0x3d),
    Paint::Rgb(0xff, 0xe0, 0x4a),
    Paint::Rgb(0x6a, 0xa5, 0xff),
    Paint::Rgb(0xf7, 0x9a, 0xd0),
    Paint::Rgb(0x8c, 0xf0, 0x9c),
    Paint::Rgb(0xc9, 0xa8, 0xff),
    Paint::Rgb(0xff, 0x6b, 0x6b),
];

/// Filled contours, critical points, and a run of each algorithm.
pub(super) fn with_algorithms(
    surface: &Surface,
    cell: &Cell,
    start: &OrderParameters,
    rows: &[Compared],
) -> Figure {
    let mut chart = contours(surface);
    let b_squared = cell.teacher().norm_squared();
    let several_steps = rows.iter().any(|row| row.step_size != rows[0].step_size);
    for (row, paint) in rows.iter().zip(BRIGHT.into_iter().cycle()) {
        let points: Vec<(f64, f64)> =
            row.run.trajectory.iter().map(|record| (record.angle, record.signal / b_squared)).collect();
        let label = match several_steps {
            true => format!("{}, $η = {}$", row.algorithm.name(), plain(row.step_size)),
            false => row.algorithm.name().to_owned(),
        };
        chart.add(Line { width: 2.8, ..Line::new(points.clone(), BLACK) });
        chart.add(Line { width: 1.7, label, ..Line::new(points, paint) });
    }
    add_points(&mut chart, surface, Names::Short);
    add_marker(&mut chart, Shape::Square, (start.angle(), start.signal / b_squared));
    let mut recovering = Vec::new();
    for row in rows.iter().filter(|row| row.run.verdict == Verdict::Global) {
        let name = row.algorithm.name();
        if !recovering.contains(&name) {
            recovering.push(name);
        }
    }
    let recovered = rows.iter().filter(|row| row.run.verdict == Verdict::Global).count();
    chart.title = match recovered {
        0 => "No algorithm recovers the teacher from this start".to_owned(),
        all if all == rows.len() => "Every algorithm recovers the teacher from this start".to_owned(),
        1 => format!("From this start only {} recovers the teacher", recovering.join(", ")),
        _ => format!("From this start {} recover the teacher", recovering.join(", ")),
    };
    Figure {
        description:
            "Runs of several algorithms from one start over angle and signal, on filled contours of the loss"
                .into(),
        ..Figure::new(WIDE, 340.0, "", chart)
    }
}

fn contours(surface: &Surface) -> Chart {
    let mut chart = Chart::new(
        angle_axis("angle $φ$ between student and teacher filter"),
        Axis::linear("signal $q/‖b‖^2$").over(surface.signal[0], surface.signal[surface.signal.len() - 1]),
    );
    chart.boxed = true;
    let (angle, signal, loss) = (surface.angle.clone(), surface.signal.clone(), surface.loss.clone());
    chart.add(Contours {
        lines: Some((WHITE, 0.25)),
        bar_ticks: [0.01, 0.03, 0.1, 0.3].map(|level| (level, level.to_string())).to_vec(),
        ..Contours::filled(
            angle.clone(),
            signal.clone(),
            loss.clone(),
            levels(),
            "smallest loss $ℓ/‖b‖^2$ there",
        )
    });
    // The level that passes through the saddles separates the two valleys.
    if let Some(saddle) = surface.points.iter().find(|point| point.kind == PointKind::Saddle) {
        chart.add(Contours {
            lines: Some((WHITE, 1.3)),
            ..Contours::lines(angle, signal, loss, vec![saddle.loss], WHITE)
        });
    }
    chart
}

/// How critical points are named.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Names {
    /// With their losses.
    Long,
    /// In a word.
    Short,
}

fn add_marker(chart: &mut Chart, shape: Shape, at: (f64, f64)) {
    chart.add(Markers { shape, size: 8.0, ..Markers::new([at], BLACK) });
    chart.add(Markers { shape, size: 5.5, ..Markers::new([at], WHITE) });
}

fn add_points(chart: &mut Chart, surface: &Surface, names: Names) {
    for point in &surface.points {
        let at = (point.angle, point.signal);
        let (name, shape, anchor, shift) = match point.kind {
            PointKind::GlobalMinimum => ("teacher", Shape::Circle, Anchor::Start, (9.0, 9.0)),
            PointKind::Saddle => ("saddles", Shape::Diamond, Anchor::End, (-10.0, -16.0)),
            PointKind::SpuriousMinimum => ("spurious minimum", Shape::Circle, Anchor::End, (-8.0, -11.0)),
            PointKind::DegenerateSaddle | PointKind::StrictSaddle => {
                (point.kind.name(), Shape::Diamond, Anchor::End, (-8.0, -11.0))
            }
        };
        add_marker(chart, shape, at);
        let text = match point.loss {
            _ if names == Names::Short => name.to_owned(),
            0.0 => format!("{name}, loss 0"),
            loss => format!("{name}, loss {}", decimals(loss, 4)),
        };
        chart.add(Note { anchor, shift, bold: true, ..Note::new(at, text) });
    }
    if let Some(barrier) = surface.barrier.filter(|_| names == Names::Long) {
        let text = format!("barrier {}", decimals(barrier, 4));
        chart.add(Note { anchor: Anchor::End, ..Note::new((PI - 0.06, 0.06), text) });
    }
}

/// The two runs of the other figures, thick, and the first random starts, thin.
fn add_runs(chart: &mut Chart, traces: &Traces) {
    let b_squared = traces.cell().teacher().norm_squared();
    let path = |records: &[Record]| -> Vec<(f64, f64)> {
        records.iter().map(|record| (record.angle, record.signal / b_squared)).collect()
    };
    for sketch in &traces.others {
        let (points, paint) = (path(&sketch.trajectory), paint_of(sketch.verdict));
        chart.add(Markers { size: 2.6, ..Markers::new([points[0]], paint) });
        chart.add(Line { width: 0.7, ..Line::new(points, paint) });
    }
    for run in [&traces.recovering, &traces.trapped] {
        let points = path(&run.trajectory);
        chart.add(Line { width: 3.0, ..Line::new(points.clone(), BLACK) });
        chart.add(Line { width: 1.8, ..Line::new(points, paint_of(run.run.verdict)) });
    } // Their starts last, or the saddle would hide them.
    for run in [&traces.recovering, &traces.trapped] {
        let start = (run.start_angle, run.start_signal);
        chart.add(Markers { size: 5.0, ..Markers::new([start], BLACK) });
        chart.add(Markers { size: 3.4, ..Markers::new([start], paint_of(run.run.verdict)) });
    }
}
