//! Charts that several parts of the report and pictures of sweeps share, and what all figures have in common.

pub(crate) mod collapse;
pub(crate) mod map;
pub(crate) mod undecided;

use std::f64::consts::PI;

use spurious_plot::{Axis, Paint, Shape};

/// Width of a figure that fills the page, in pt.
pub(crate) const WIDE: f64 = 510.0;

/// Colours and shapes for the six numbers of patches of Table 1, from few to many.
pub(crate) const BY_PATCHES: [(Paint, Shape); 6] = [
    (Paint::Blue, Shape::Circle),
    (Paint::Vermillion, Shape::Square),
    (Paint::Green, Shape::Triangle),
    (Paint::Purple, Shape::Diamond),
    (Paint::Orange, Shape::Circle),
    (Paint::Sky, Shape::Square),
];

/// An axis of angles from 0 to π.
pub(crate) fn angle_axis(label: &str) -> Axis {
    Axis::linear(label).over(0.0, PI).with_ticks([
        (0.0, "0"),
        (PI / 4.0, "π/4"),
        (PI / 2.0, "π/2"),
        (3.0 * PI / 4.0, "3π/4"),
        (PI, "π"),
    ])
}
