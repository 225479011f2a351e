//! The whole story at a glance: what the trap is, and what decides whether a run falls into it.

use std::f64::consts::PI;

use spurious_plot::{Anchor, Area, Axis, Chart, Corner, Figure, Legend, Line, Markers, Note, Paint};

use crate::Reproduction;
use crate::charts::{WIDE, angle_axis};
use crate::numbers::decimals;

/// The loss between teacher and antipode; the success probability against criticality.
pub(crate) fn figure(reproduction: &Reproduction) -> Figure {
    let (surface, many, table) = (&reproduction.landscape, &reproduction.many_patches, &reproduction.table1);
    let mut trap =
        Chart::new(angle_axis("angle $φ$ to the teacher"), Axis::linear("loss $ℓ/‖b‖^2$").over(0.0, 0.29));
    trap.title = "The trap fades as $x_c → 1$".into();
    for (i, profile) in surface.profiles.iter().enumerate() {
        let last = i + 1 == surface.profiles.len();
        let paint = if last { Paint::Blue } else { Paint::Vermillion };
        let points = surface.angle.iter().copied().zip(profile.loss.iter().copied());
        let end_label = match profile.criticality {
            0.0 => "$x_c = 0$".to_string(),
            1.0 => "1".to_string(),
            other => decimals(other, 2),
        };
        trap.add(Line { end_label, ..Line::new(points, paint) });
        let end = (PI, *profile.loss.last().expect("a grid"));
        trap.add(Markers { filled: !last, ..Markers::new([end], paint) });
    }
    trap.add(Markers { size: 6.0, ..Markers::new([(0.0, 0.0)], Paint::Blue) });
    trap.add(Note { shift: (9.0, 8.0), ..Note::new((0.0, 0.0), "teacher") });
    let right = |y: f64, text: &str, paint| Note { anchor: Anchor::End, paint, ..Note::new((PI, y), text) };
    trap.add(right(0.266, "no second minimum", Paint::Blue));
    trap.add(right(0.117, "spurious minima", Paint::Vermillion));

    let mut success = Chart::new(
        Axis::linear("criticality $x_c$").over(0.0, 1.2),
        Axis::linear("success probability $P$").over(0.48, 1.02),
    );
    success.title = "One number decides".into();
    success.add(Area::new([(1.0, 0.48), (1.0, 1.02), (1.2, 1.02), (1.2, 0.48)], Paint::Blue));
    success.add(Line {
        label: "exact limit, $k → ∞$".into(),
        width: 1.6,
        ..Line::new(many.curve.iter().map(|p| (p.criticality, p.probability)), Paint::Ink)
    });
    let printed = table.cells.iter().map(|cell| (cell.criticality, cell.paper_probability));
    success.add(Markers {
        filled: false,
        size: 5.5,
        label: "Table 1 of the paper".into(),
        ..Markers::new(printed, Paint::Vermillion)
    });
    success.add(Note { anchor: Anchor::Middle, paint: Paint::Blue, ..Note::new((1.1, 0.75), "no trap") });
    success.add(Note::new((0.38, 0.52), "$x_c = πρ/(k + π − 1)$"));
    success.legend = Legend::Inside(Corner::TopLeft);
    Figure::row(WIDE, 230.0, "", [trap, success])
}
