//! The model: teacher and student look at the same patches.

use spurious_plot::{Anchor, Dash, Drawing, Figure, Paint, Pen};

use crate::charts::WIDE;
use crate::document::{NARROW, Part};
use crate::template::chapters;

const ROWS: [(f64, &str); 3] = [(34.0, "1"), (72.0, "2"), (140.0, "k")];
const OUTPUT: f64 = 80.0;

/// How far apart things stand, in pt.
struct Spread {
    width: f64,
    /// Width of the box of a patch, and what is written in it before and after its index.
    patch: f64,
    names: [&'static str; 2],
    /// Distance of units and outputs from the middle.
    unit: f64,
    output: f64,
    /// Radius of a unit.
    radius: f64,
}

const FULL: Spread =
    Spread {
        width: 500.0, patch: 66.0, names: ["$Z_", " ∈ ℝ^p$"], unit: 107.0, output: 190.0, radius: 11.0
    };
const TIGHT: Spread =
    Spread { width: 210.0, patch: 30.0, names: ["$Z_", "$"], unit: 47.0, output: 86.0, radius: 8.0 };

/// The model, the experiment and the numbers that describe them.
pub(crate) fn part() -> Part {
    let chapters = chapters(include_str!("chapter.md"), &[], [("model", figures().into())]);
    Part { chapters, ..Part::default() }
}

/// Teacher to the left, student to the right, the input between them; wide, and for narrow screens.
fn figures() -> [Figure; 2] {
    [FULL, TIGHT].map(|spread| {
        let mut drawing = Drawing::new(spread.width, 190.0);
        let middle = spread.width / 2.0;
        let ink = Pen::new(Paint::Ink);
        drawing.text((middle, 6.0), "input, cut into $k$ patches", Anchor::Middle, 9.0, Paint::Ink);
        for (y, index) in ROWS {
            drawing.rounded_box((middle, y), (spread.patch, 24.0), 3.0, Some(ink), Some((Paint::Sky, 0.25)));
            let name = format!("{}{index}{}", spread.names[0], spread.names[1]);
            drawing.text((middle, y), &name, Anchor::Middle, 9.0, Paint::Ink);
        }
        dots(&mut drawing, middle);
        side(&mut drawing, &spread, -1.0, Paint::Blue, ["$w^*$", "a^*", "$y$", "teacher"]);
        side(&mut drawing, &spread, 1.0, Paint::Vermillion, ["$w$", "a", "$f$", "student"]);
        let thin = Pen { width: 0.8, dash: Dash::Dashed, ..Pen::new(Paint::Muted) };
        let bottom = 172.0;
        for sign in [-1.0, 1.0] {
            let x = |distance: f64| middle + sign * distance;
            let from = if spread.width > 300.0 { (x(228.0), 98.0) } else { (x(spread.output), 128.0) };
            drawing.line(&[from, (from.0, bottom), (x(64.0), bottom)], thin);
        }
        drawing.text((middle, bottom), "loss  $ℓ = ½ \\mathrm{E}(f − y)^2$", Anchor::Middle, 9.5, Paint::Ink);
        Figure::new(if spread.width > 300.0 { WIDE } else { NARROW }, 198.0, "", drawing)
    })
}

/// What is left out between the second and the last patch.
fn dots(drawing: &mut Drawing, x: f64) {
    for y in [101.0, 106.0, 111.0] {
        drawing.circle((x, y), 1.0, None, Some((Paint::Muted, 1.0)));
    }
}

/// One network, to the left or to the right of the input.
fn side(
    drawing: &mut Drawing,
    spread: &Spread,
    sign: f64,
    paint: Paint,
    [filter, weight, output, name]: [&str; 4],
) {
    let Spread { patch, unit, radius, .. } = *spread;
    let x = |distance: f64| spread.width / 2.0 + sign * distance;
    let (pen, thin) = (Pen::new(Paint::Ink), Pen { width: 0.8, ..Pen::new(Paint::Muted) });
    for (y, index) in ROWS {
        let (from, to) = (patch / 2.0 + 3.0, unit - radius - 1.0);
        drawing.arrow((x(from), y), (x(to), y), Pen { width: 0.9, ..Pen::new(paint) });
        drawing.text((x((from + to) / 2.0), y - 8.0), filter, Anchor::Middle, 9.5, paint);
        drawing.circle((x(unit), y), radius, Some(pen), Some((paint, 0.12)));
        drawing.text((x(unit), y), "$σ$", Anchor::Middle, 10.0, Paint::Ink);
        // From rim to rim of the two circles.
        let (from, to) = ((x(unit), y), (x(spread.output), OUTPUT));
        let length = (to.0 - from.0).hypot(to.1 - from.1);
        let at = |d: f64| (from.0 + (to.0 - from.0) * d / length, from.1 + (to.1 - from.1) * d / length);
        drawing.arrow(at(radius + 1.5), at(length - radius - 2.5), thin);
        let middle = at(0.42 * length);
        let above = if y < OUTPUT { -9.0 } else { 10.0 };
        let weight = format!("${weight}_{index}$");
        drawing.text((middle.0 + sign * 3.0, middle.1 + above), &weight, Anchor::Middle, 9.5, Paint::Ink);
    }
    dots(drawing, x(unit));
    drawing.circle((x(spread.output), OUTPUT), radius + 1.0, Some(pen), Some((paint, 0.12)));
    drawing.text((x(spread.output), OUTPUT), "$Σ$", Anchor::Middle, 11.0, Paint::Ink);
    if spread.width > 300.0 {
        drawing.arrow((x(203.0), OUTPUT), (x(221.0), OUTPUT), pen);
        drawing.text((x(228.0), OUTPUT), output, Anchor::Middle, 10.0, paint);
        drawing.text((x(205.0), 16.0), name, Anchor::Middle, 10.0, paint);
    } else {
        // No room beside it: the output leaves downwards.
        drawing.arrow((x(spread.output), OUTPUT + radius + 1.0), (x(spread.output), 112.0), pen);
        drawing.text((x(spread.output), 120.0), output, Anchor::Middle, 10.0, paint);
        drawing.text((x(spread.output), 22.0), name, Anchor::Middle, 10.0, paint);
    }
}
