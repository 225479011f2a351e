//! The marks of a chart. Each mark is a plain struct: `new` takes the required values, the other fields have defaults.
//!
//! A value that is not finite, or not positive on a logarithmic axis, interrupts a line and hides a marker.

use crate::cells::Cells;
use crate::chart::Chart;
use crate::colour::ColourMap;
use crate::paint::Paint;
use crate::scene::{Anchor, Dash};

/// A curve through points.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// Points in the order in which they are joined.
    pub points: Vec<(f64, f64)>,
    /// Colour.
    pub paint: Paint,
    /// Width in pt.
    pub width: f64,
    /// Solid or broken.
    pub dash: Dash,
    /// Entry in the legend; empty for none.
    pub label: String,
    /// Text beside the last visible point, in the colour of the line; empty for none.
    pub end_label: String,
}

impl Line {
    /// A solid line.
    pub fn new(points: impl IntoIterator<Item = (f64, f64)>, paint: Paint) -> Self {
        let points = points.into_iter().collect();
        Self { points, paint, width: 1.3, dash: Dash::Solid, label: String::new(), end_label: String::new() }
    }
}

/// Shape of a marker.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Shape {
    /// A disc.
    #[default]
    Circle,
    /// A square.
    Square,
    /// A triangle standing on its side.
    Triangle,
    /// A square standing on its corner.
    Diamond,
    /// Two crossed strokes.
    Cross,
}

/// Markers at points.
#[derive(Debug, Clone, PartialEq)]
pub struct Markers {
    /// Where they stand.
    pub points: Vec<(f64, f64)>,
    /// Colour.
    pub paint: Paint,
    /// Shape.
    pub shape: Shape,
    /// Diameter in pt.
    pub size: f64,
    /// Filled, or an outline filled with paper.
    pub filled: bool,
    /// Entry in the legend; empty for none.
    pub label: String,
}

impl Markers {
    /// Filled discs.
    pub fn new(points: impl IntoIterator<Item = (f64, f64)>, paint: Paint) -> Self {
        let points = points.into_iter().collect();
        Self { points, paint, shape: Shape::Circle, size: 4.5, filled: true, label: String::new() }
    }
}

/// Vertical bars from a low to a high value.
#[derive(Debug, Clone, PartialEq)]
pub struct ErrorBars {
    /// `(x, low, high)`.
    pub bars: Vec<(f64, f64, f64)>,
    /// Colour.
    pub paint: Paint,
    /// Width of the line in pt.
    pub width: f64,
    /// Width of the caps in pt; 0 for none.
    pub cap: f64,
}

impl ErrorBars {
    /// Bars with small caps.
    pub fn new(bars: impl IntoIterator<Item = (f64, f64, f64)>, paint: Paint) -> Self {
        Self { bars: bars.into_iter().collect(), paint, width: 0.9, cap: 3.5 }
    }
}

/// The area between two curves over the same `x`.
#[derive(Debug, Clone, PartialEq)]
pub struct Band {
    /// `(x, low, high)` in the order of `x`.
    pub points: Vec<(f64, f64, f64)>,
    /// Colour.
    pub paint: Paint,
    /// Opacity from 0 to 1.
    pub opacity: f64,
    /// Entry in the legend; empty for none.
    pub label: String,
}

impl Band {
    /// A light band.
    pub fn new(points: impl IntoIterator<Item = (f64, f64, f64)>, paint: Paint) -> Self {
        Self { points: points.into_iter().collect(), paint, opacity: 0.2, label: String::new() }
    }
}

/// A filled polygon.
#[derive(Debug, Clone, PartialEq)]
pub struct Area {
    /// Its corners.
    pub points: Vec<(f64, f64)>,
    /// Colour.
    pub paint: Paint,
    /// Opacity from 0 to 1.
    pub opacity: f64,
    /// Entry in the legend; empty for none.
    pub label: String,
}

impl Area {
    /// A light area.
    pub fn new(points: impl IntoIterator<Item = (f64, f64)>, paint: Paint) -> Self {
        Self { points: points.into_iter().collect(), paint, opacity: 0.2, label: String::new() }
    }
}

/// An axis by its direction on the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Coordinate {
    /// The horizontal axis.
    X,
    /// The vertical axis.
    Y,
}

/// A line across the whole chart at one value of `x` or `y`.
#[derive(Debug, Clone, PartialEq)]
pub struct Rule {
    /// The coordinate that is fixed.
    pub coordinate: Coordinate,
    /// Its value.
    pub at: f64,
    /// Colour.
    pub paint: Paint,
    /// Width in pt.
    pub width: f64,
    /// Solid or broken.
    pub dash: Dash,
    /// Text right of a vertical line or above a horizontal one; empty for none.
    pub label: String,
    /// Where along the line the label stands, from 0 (bottom, left) to 1 (top, right).
    pub along: f64,
}

impl Rule {
    /// A dashed vertical line, its label at the top.
    pub fn x(at: f64) -> Self {
        Self {
            coordinate: Coordinate::X,
            at,
            paint: Paint::Muted,
            width: 0.9,
            dash: Dash::Dashed,
            label: String::new(),
            along: 1.0,
        }
    }

    /// A dashed horizontal line, its label at the left.
    pub fn y(at: f64) -> Self {
        Self { coordinate: Coordinate::Y, along: 0.0, ..Self::x(at) }
    }
}

/// A shaded range of `x`, behind everything else.
#[derive(Debug, Clone, PartialEq)]
pub struct Span {
    /// The two ends; infinite ones reach the edge of the chart.
    pub range: (f64, f64),
    /// Colour.
    pub paint: Paint,
    /// Opacity from 0 to 1.
    pub opacity: f64,
    /// Text inside, at the top; empty for none.
    pub label: String,
}

impl Span {
    /// A lightly shaded range.
    pub fn x(from: f64, to: f64, paint: Paint) -> Self {
        Self { range: (from, to), paint, opacity: 0.12, label: String::new() }
    }
}

/// Text at a point of the chart, vertically centred on it.
#[derive(Debug, Clone, PartialEq)]
pub struct Note {
    /// The point.
    pub at: (f64, f64),
    /// The text, with markup.
    pub text: String,
    /// Whether the text starts at the point, is centred on it, or ends there.
    pub anchor: Anchor,
    /// Then moved this far right and up, in pt.
    pub shift: (f64, f64),
    /// Colour.
    pub paint: Paint,
    /// Font size in pt.
    pub size: f64,
    /// Bold or not.
    pub bold: bool,
    /// Whether a rim of paper keeps the text apart from what it lies on.
    pub halo: bool,
}

impl Note {
    /// Text with a halo, beginning at the point.
    pub fn new(at: (f64, f64), text: impl Into<String>) -> Self {
        Self {
            at,
            text: text.into(),
            anchor: Anchor::Start,
            shift: (0.0, 0.0),
            paint: Paint::Ink,
            size: 8.0,
            bold: false,
            halo: true,
        }
    }
}

/// A function of two variables by colour, by level curves, or both.
#[derive(Debug, Clone, PartialEq)]
pub struct Contours {
    /// Grid positions along the horizontal axis, `[columns]`, increasing.
    pub x: Vec<f64>,
    /// Grid positions along the vertical axis, `[rows]`, increasing.
    pub y: Vec<f64>,
    /// Values `[rows, columns]`, row-major; cells at a value that is not finite stay empty.
    pub z: Vec<f64>,
    /// Increasing levels: `n + 1` of them bound `n` colours, and values beyond take the outer colours.
    pub levels: Vec<f64>,
    /// The colours; `None` draws curves only.
    pub map: Option<ColourMap>,
    /// Colour and width in pt of the level curves, if any.
    pub lines: Option<(Paint, f64)>,
    /// Texts set into the level curves, one for each level, with markup; empty, or one left out, for none.
    pub labels: Vec<String>,
    /// Where along a level curve its label stands if there is room, from 0 to 1.
    pub along: f64,
    /// Label of the colour bar right of the chart; `None` for no bar.
    pub bar: Option<String>,
    /// Labels of the bar by level; empty labels as many levels as fit.
    pub bar_ticks: Vec<(f64, String)>,
}

impl Contours {
    /// Filled contours with a colour bar.
    pub fn filled(x: Vec<f64>, y: Vec<f64>, z: Vec<f64>, levels: Vec<f64>, bar: impl Into<String>) -> Self {
        let (map, bar) = (Some(ColourMap::Viridis), Some(bar.into()));
        Self { x, y, z, levels, map, lines: None, labels: Vec::new(), along: 0.5, bar, bar_ticks: Vec::new() }
    }

    /// Level curves alone.
    pub fn lines(x: Vec<f64>, y: Vec<f64>, z: Vec<f64>, levels: Vec<f64>, paint: Paint) -> Self {
        Self { map: None, bar: None, lines: Some((paint, 0.8)), ..Self::filled(x, y, z, levels, "") }
    }
}

/// A chart within the chart that shows a part of it larger, on a piece of paper.
///
/// The part is the range of its axes; a frame marks it in the outer chart, and lines join the two where the inset lies above.
#[derive(Debug, Clone, PartialEq)]
pub struct Inset {
    /// What it shows.
    pub chart: Box<Chart>,
    /// Two opposite corners of the paper, in the coordinates of the outer chart.
    pub corners: [(f64, f64); 2],
}

impl Inset {
    /// A chart between two corners.
    pub fn new(chart: Chart, corners: [(f64, f64); 2]) -> Self {
        Self { chart: Box::new(chart), corners }
    }
}

/// Anything that a chart can show.
#[derive(Debug, Clone, PartialEq)]
pub enum Mark {
    /// A curve.
    Line(Line),
    /// Markers.
    Markers(Markers),
    /// Error bars.
    ErrorBars(ErrorBars),
    /// The area between two curves.
    Band(Band),
    /// A polygon.
    Area(Area),
    /// A reference line.
    Rule(Rule),
    /// A shaded range.
    Span(Span),
    /// Text.
    Note(Note),
    /// A function of two variables.
    Contours(Contours),
    /// Coloured cells.
    Cells(Cells),
    /// A chart within the chart.
    Inset(Inset),
}

macro_rules! mark_from {
    ($($kind:ident)*) => {
        $(impl From<$kind> for Mark {
            fn from(mark: $kind) -> Self {
                Self::$kind(mark)
            }
        })*
    };
}

mark_from!(Line Markers ErrorBars Band Area Rule Span Note Contours Cells Inset);

impl Mark {
    /// The points that an automatic range must show; NaN where a coordinate does not matter.
    pub(crate) fn extent(&self) -> Vec<(f64, f64)> {
        match self {
            Self::Line(Line { points, .. })
            | Self::Markers(Markers { points, .. })
            | Self::Area(Area { points, .. }) => points.clone(),
            Self::ErrorBars(ErrorBars { bars: points, .. }) | Self::Band(Band { points, .. }) => {
                points.iter().flat_map(|&(x, low, high)| [(x, low), (x, high)]).collect()
            }
            Self::Rule(Rule { coordinate: Coordinate::X, at, .. }) => vec![(*at, f64::NAN)],
            Self::Rule(Rule { coordinate: Coordinate::Y, at, .. }) => vec![(f64::NAN, *at)],
            Self::Contours(Contours { x, y, .. }) | Self::Cells(Cells { x, y, .. }) => {
                let columns = x.iter().map(|&x| (x, f64::NAN));
                columns.chain(y.iter().map(|&y| (f64::NAN, y))).collect()
            }
            Self::Span(_) | Self::Note(_) | Self::Inset(_) => Vec::new(),
        }
    }
}
