//! Figures for papers and pages: themed SVG and PDF from plain structs, with fonts included.
//!
//! A [`Figure`] has a fixed size in pt and one or several panels: a [`Chart`], a [`Table`] of coloured
//! cells, or a free [`Drawing`]. A chart holds [`Mark`]s over two [`Axis`] values; every mark is a plain
//! struct whose `new` takes the required values; the other fields have defaults.
//!
//! ```
//! use spurious_plot::{Axis, Chart, Dash, Figure, Line, Paint, Rule};
//!
//! let loss = (0..=60).map(|t| (f64::from(t), 2.0 * 0.7f64.powi(t)));
//! let mut chart = Chart::new(Axis::linear("step $t$"), Axis::log("loss $L$").over(1e-10, 10.0));
//! chart.add(Line { label: "gradient descent".into(), ..Line::new(loss, Paint::Blue) });
//! chart.add(Rule { label: "tolerance".into(), dash: Dash::Dotted, ..Rule::y(1e-8) });
//!
//! let figure = Figure {
//!     description: "The loss falls geometrically below the tolerance.".into(),
//!     ..Figure::new(250.0, 180.0, "Loss against step", chart)
//! };
//! let (page, file, print) = (figure.to_svg("loss"), figure.to_svg_file(), figure.to_pdf());
//! # assert!(page.len() < file.len() && !print.is_empty());
//! ```
//!
//! # Map
//!
//! | to show | use |
//! |---|---|
//! | curves, points, uncertainty | [`Line`], [`Markers`], [`ErrorBars`], [`Band`], [`Area`] |
//! | a reference value, a range | [`Rule`], [`Span`], [`Note`] |
//! | a function of two variables | [`Contours`] with a [`ColourMap`] and a colour bar, or with `labels` on its curves |
//! | a matrix, an image | [`Cells`], the same |
//! | a part of a chart, larger | [`Inset`] |
//! | several panels | [`Figure::grid`] of [`PanelRow`]s, which letters its panels |
//! | what the marks mean | `label` for the [`Legend`], `end_label` beside a line |
//! | axes | [`Axis::linear`], [`Axis::log`], [`Axis::over`], [`Axis::with_ticks`] |
//! | the same figure on a narrow screen | [`Figure::narrowed`] |
//! | a page of figures | [`theme_css`] and [`font_face_css`] once, [`Figure::to_svg`] for each |
//!
//! # Text
//!
//! All text takes the same [`markup`]: `"$φ_{0} ≤ π/2$, error $10^{-8}$"`. Greek and symbols are written as Unicode.
//! [`markup::literal`] makes text of a name that happens to contain its characters, [`markup::to_html`] sets the same text on
//! a page.
//!
//! # Invariants
//!
//! The same figure gives the same bytes, without dates or random order. Values that cannot be shown are left out, and ranges that cannot
//! be drawn become automatic, so no data causes a panic. Neither fonts nor styles are loaded from outside. Curves are cut at the edge of
//! the plot area, not clamped to it.
//!
//! # Why the axes use `plotters` and the drawing does not
//!
//! Round tick values come from the coordinates of `plotters`. Its drawing layer maps to whole pixels,
//! clamps what lies outside, and has neither dashes nor markup; figures in points need all three.

mod axis;
mod bar;
mod cells;
mod chart;
mod colour;
mod contour;
mod drawing;
mod figure;
mod font;
mod geometry;
mod inline;
mod legend;
mod marks;
pub mod markup;
mod paint;
mod panel;
mod pdf;
mod plane;
mod scene;
mod svg;
mod table;
mod ticks;

pub use axis::{Axis, Spacing, Ticks};
pub use cells::Cells;
pub use chart::Chart;
pub use colour::ColourMap;
pub use drawing::{Drawing, Pen};
pub use figure::{Figure, PanelRow};
pub use font::font_face_css;
pub use legend::{Corner, Legend};
pub use marks::{
    Area, Band, Contours, Coordinate, ErrorBars, Inset, Line, Mark, Markers, Note, Rule, Shape, Span,
};
pub use paint::{Paint, theme_css};
pub use panel::Panel;
pub use scene::{Anchor, Dash};
pub use table::{Cell, Table};
