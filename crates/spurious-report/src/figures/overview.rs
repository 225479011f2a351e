//! The whole story at a glance: what the trap is, and what decides whether a run falls into it.

use spurious_plot::{
    Axis, Chart, Corner, Dash, Figure, Legend, Line, Markers, Note, Paint, Panel, Row, Rule,
};

use super::many_patches::{CRITICALITY, cells};
use super::{WIDE, angle_axis};
use crate::Reproduction;
use crate::markup::decimals;

/// The loss between teacher and antipode; the success probability against criticality.
pub(crate) fn figure(reproduction: &Reproduction) -> Figure {
    let (surface, many, table) = (&reproduction.landscape, &reproduction.many_patches, &reproduction.table1);
    let mut trap =
        Chart::new(angle_axis("angle $φ$ to the teacher"), Axis::linear("loss $ℓ/‖b‖^2$").over(0.0, 0.29));
    trap.letter = Some('a');
    trap.title = "The trap fades as $x_c → 1$".into();
    for (i, profile) in surface.profiles.iter().enumerate() {
        let last = i + 1 == surface.profiles.len();
        let paint = if last { Paint::Blue } else { Paint::Vermillion };
        let points = surface.angle.iter().copied().zip(profile.loss.iter().copied());
        let end_label = if profile.criticality == 0.0 {
            "$x_c = 0$".to_string()
        } else {
            decimals(profile.criticality, if profile.criticality == 1.0 { 0 } else { 2 })
        };
        trap.add(Line { end_label, ..Line::new(points, paint) });
        let end = (std::f64::consts::PI, *profile.loss.last().expect("a grid"));
        trap.add(Markers { filled: !last, ..Markers::new([end], paint) });
    }
    trap.add(Markers { size: 6.0, ..Markers::new([(0.0, 0.0)], Paint::Blue) });
    trap.add(Note { shift: (9.0, 5.0), ..Note::new((0.0, 0.0), "teacher") });
    trap.legend = Legend::None;

    let mut success = Chart::new(
        Axis::linear(CRITICALITY).over(0.0, 1.2),
        Axis::linear("success probability $P$").over(0.48, 1.02),
    );
    success.letter = Some('b');
    success.title = "One number decides".into();
    success.add(Rule { dash: Dash::Dotted, ..Rule::x(1.0) });
    success.add(Line {
        label: "exact, $k → ∞$".into(),
        width: 1.5,
        ..Line::new(many.curve.iter().map(|p| (p.criticality, p.probability)), Paint::Ink)
    });
    success.add(Markers {
        filled: false,
        size: 5.5,
        label: "Table 1 of the paper:".into(),
        ..Markers::new([], Paint::Ink)
    });
    for mark in cells(table, |c| c.paper_probability, false, 5.5, true) {
        success.add(mark);
    }
    success.add(Note { paint: Paint::Muted, ..Note::new((1.02, 0.93), "no trap") });
    success.legend = Legend::Inside(Corner::BottomRight);
    Figure {
        description: "Left: the loss on the way from the teacher to its antipode has a second minimum at the antipode, which \
                      becomes shallower with growing criticality and is gone at 1. Right: the success probabilities printed \
                      in the paper lie on one computed curve over the criticality."
            .into(),
        ..Figure::grid(WIDE, 230.0, "A spurious minimum, and what decides whether it is met", [Row::new([
            Panel::from(trap),
            Panel::from(success),
        ])])
    }
}
