//! The landscape in angle and signal, with the two runs on it.

use std::f64::consts::PI;

use spurious::landscape::Kind;
use spurious_plot::{
    Anchor, Arrow, Axis, Chart, Contours, Figure, Legend, Line, Markers, Note, Paint, Shape,
};

use super::{WIDE, angle_axis};
use crate::landscape::Surface;
use crate::markup::decimals;
use crate::trace::{TracedRun, Traces};

const WHITE: Paint = Paint::Rgb(255, 255, 255);
const BLACK: Paint = Paint::Rgb(17, 17, 17);

/// Levels of the loss: so many in each decade.
fn levels(from: i32, to: i32, per_decade: i32) -> Vec<f64> {
    (from * per_decade..=to * per_decade).map(|i| 10f64.powf(f64::from(i) / f64::from(per_decade))).collect()
}

/// Filled contours, critical points, barrier, trajectories.
pub(crate) fn figure(surface: &Surface, traces: &Traces) -> Figure {
    let b_squared = traces.cell().teacher().norm_squared();
    let mut chart = Chart::new(
        angle_axis("angle $φ$ between student and teacher filter"),
        Axis::linear("signal $q/‖b‖^2$").over(surface.signal[0], surface.signal[surface.signal.len() - 1]),
    );
    chart.boxed = true;
    chart.legend = Legend::None;
    let (angle, signal, loss) = (surface.angle.clone(), surface.signal.clone(), surface.loss.clone());
    chart.add(Contours {
        lines: Some((WHITE, 0.3)),
        bar_ticks: [(0.001, "0.001"), (0.01, "0.01"), (0.1, "0.1"), (1.0, "1")]
            .map(|(v, l)| (v, l.into()))
            .to_vec(),
        ..Contours::filled(
            angle.clone(),
            signal.clone(),
            loss.clone(),
            levels(-3, 0, 8),
            "smallest loss $ℓ/‖b‖^2$",
        )
    });
    // The level that passes through the saddles separates the two valleys.
    chart.add(Contours {
        lines: Some((WHITE, 1.3)),
        ..Contours::lines(angle, signal, loss, vec![traces.saddle_loss], WHITE)
    });
    let path =
        |run: &TracedRun| run.trajectory.iter().map(|r| (r.angle, r.signal / b_squared)).collect::<Vec<_>>();
    for (run, paint) in
        [(&traces.recovering, Paint::Rgb(0x9a, 0xd6, 0xf7)), (&traces.trapped, Paint::Rgb(0xff, 0x8a, 0x3d))]
    {
        let points = path(run);
        let start = points[0];
        chart.add(Line { width: 3.0, ..Line::new(points.clone(), BLACK) });
        chart.add(Line { width: 1.7, ..Line::new(points, paint) });
        chart.add(Markers { size: 5.0, ..Markers::new([start], BLACK) });
        chart.add(Markers { size: 3.4, ..Markers::new([start], paint) });
    }
    for point in &surface.points {
        let at = (point.angle, point.signal);
        let (name, shape, anchor, shift) = match point.kind {
            Kind::GlobalMinimum => ("teacher", Shape::Circle, Anchor::Start, (8.0, 9.0)),
            Kind::Saddle => ("saddles", Shape::Diamond, Anchor::End, (-7.0, 8.0)),
            _ => ("spurious minimum", Shape::Circle, Anchor::End, (-8.0, -9.0)),
        };
        chart.add(Markers { shape, size: 8.0, ..Markers::new([at], BLACK) });
        chart.add(Markers { shape, size: 5.5, ..Markers::new([at], WHITE) });
        let text = Note::new(at, format!("{name}, {}", decimals(point.loss, 3)));
        chart.add(Note { anchor, shift, paint: BLACK, bold: true, ..text });
    }
    let spurious = surface.points.last().expect("the antipode");
    let saddle = surface.points.iter().find(|point| point.kind == Kind::Saddle);
    if let Some(saddle) = saddle {
        let from = (PI - 0.08, spurious.signal + 0.08);
        let to = (saddle.angle + 0.12, saddle.signal - 0.03);
        let _ = (from, to);
        chart.add(Arrow { width: 1.1, ..Arrow::new(from, (from.0, saddle.signal), WHITE) });
        let note = Note::new(
            (PI - 0.14, 0.5 * (spurious.signal + saddle.signal) + 0.04),
            format!("barrier {}", decimals(surface.barrier, 4)),
        );
        chart.add(Note { anchor: Anchor::End, paint: BLACK, ..note });
    }
    Figure {
        description: "Filled contours of the loss over the angle and the signal. Two valleys, the teacher's at the left and \
                      the spurious minimum's at the right, are separated by a ridge through the saddles; two runs start \
                      close together near the ridge and end in different valleys."
            .into(),
        ..Figure::new(WIDE, 300.0, "The landscape, and two runs on it", chart)
    }
}
