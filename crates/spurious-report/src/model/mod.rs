//! The model: teacher and student look at the same patches.

use spurious_plot::{Anchor, Dash, Drawing, Figure, Paint, Pen};

use crate::charts::WIDE;
use crate::document::Part;
use crate::template::chapters;

const ROWS: [(f64, &str); 3] = [(34.0, "1"), (72.0, "2"), (140.0, "k")];
const MIDDLE: f64 = 250.0;
const OUTPUT: f64 = 80.0;

/// The model, the experiment and the numbers that describe them.
pub(crate) fn part() -> Part {
    let chapters = chapters(include_str!("chapter.md"), &[], [("model", figure().into())]);
    Part { chapters, ..Part::default() }
}

/// Teacher to the left, student to the right, the input between them.
fn figure() -> Figure {
    let mut drawing = Drawing::new(500.0, 190.0);
    let ink = Pen::new(Paint::Ink);
    drawing.text((MIDDLE, 6.0), "input, cut into $k$ patches", Anchor::Middle, 9.0, Paint::Ink);
    for (y, index) in ROWS {
        drawing.rounded_box((MIDDLE, y), (66.0, 24.0), 3.0, Some(ink), Some((Paint::Sky, 0.25)));
        drawing.text((MIDDLE, y), &format!("$Z_{index} ∈ ℝ^p$"), Anchor::Middle, 9.0, Paint::Ink);
    }
    dots(&mut drawing, MIDDLE);
    side(&mut drawing, -1.0, Paint::Blue, ["$w^*$", "a^*", "$y$", "teacher"]);
    side(&mut drawing, 1.0, Paint::Vermillion, ["$w$", "a", "$f$", "student"]);
    let thin = Pen { width: 0.8, dash: Dash::Dashed, ..Pen::new(Paint::Muted) };
    let bottom = 172.0;
    drawing.line(&[(22.0, 98.0), (22.0, bottom), (170.0, bottom)], thin);
    drawing.line(&[(478.0, 98.0), (478.0, bottom), (330.0, bottom)], thin);
    drawing.text((MIDDLE, bottom), "loss  $ℓ = ½ \\mathrm{E}(f − y)^2$", Anchor::Middle, 9.5, Paint::Ink);
    Figure::new(WIDE, 198.0, "", drawing)
}

/// What is left out between the second and the last patch.
fn dots(drawing: &mut Drawing, x: f64) {
    for y in [101.0, 106.0, 111.0] {
        drawing.circle((x, y), 1.0, None, Some((Paint::Muted, 1.0)));
    }
}

/// One network, to the left or to the right of the input.
fn side(drawing: &mut Drawing, sign: f64, paint: Paint, [filter, weight, output, name]: [&str; 4]) {
    let x = |distance: f64| MIDDLE + sign * distance;
    let (pen, thin) = (Pen::new(Paint::Ink), Pen { width: 0.8, ..Pen::new(Paint::Muted) });
    for (y, index) in ROWS {
        drawing.arrow((x(36.0), y), (x(95.0), y), Pen { width: 0.9, ..Pen::new(paint) });
        drawing.text((x(64.0), y - 8.0), filter, Anchor::Middle, 9.5, paint);
        drawing.circle((x(107.0), y), 11.0, Some(pen), Some((paint, 0.12)));
        drawing.text((x(107.0), y), "$σ$", Anchor::Middle, 10.0, Paint::Ink);
        // From rim to rim of the two circles.
        let (from, to) = ((x(107.0), y), (x(190.0), OUTPUT));
        let length = (to.0 - from.0).hypot(to.1 - from.1);
        let at = |d: f64| (from.0 + (to.0 - from.0) * d / length, from.1 + (to.1 - from.1) * d / length);
        drawing.arrow(at(12.5), at(length - 13.5), thin);
        let middle = at(0.42 * length);
        let above = if y < OUTPUT { -9.0 } else { 10.0 };
        drawing.text(
            (middle.0, middle.1 + above),
            &format!("${weight}_{index}$"),
            Anchor::Middle,
            9.5,
            Paint::Ink,
        );
    }
    dots(drawing, x(107.0));
    drawing.circle((x(190.0), OUTPUT), 12.0, Some(pen), Some((paint, 0.12)));
    drawing.text((x(190.0), OUTPUT), "$Σ$", Anchor::Middle, 11.0, Paint::Ink);
    drawing.arrow((x(203.0), OUTPUT), (x(221.0), OUTPUT), pen);
    drawing.text((x(228.0), OUTPUT), output, Anchor::Middle, 10.0, paint);
    drawing.text((x(205.0), 16.0), name, Anchor::Middle, 10.0, paint);
}
