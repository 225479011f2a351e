//! What a figure is made of: paths and lines of text, in drawing order.

use crate::geometry::{Point, Rect, simplified};
use crate::markup::{self, Run};
use crate::paint::Paint;

/// Where the given point lies on a line of text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Anchor {
    /// The text begins at the point.
    #[default]
    Start,
    /// The text is centred on the point.
    Middle,
    /// The text ends at the point.
    End,
}

/// How a line is broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Dash {
    /// Not at all.
    #[default]
    Solid,
    /// Dashes.
    Dashed,
    /// Dots.
    Dotted,
}

impl Dash {
    /// Lengths of strokes and gaps in units of the line width.
    pub(crate) fn pattern(self, width: f64) -> Vec<f64> {
        let unit = width.max(0.6);
        let lengths: &[f64] = match self {
            Self::Solid => &[],
            Self::Dashed => &[4.5, 2.5],
            Self::Dotted => &[1.2, 1.8],
        };
        lengths.iter().map(|l| l * unit).collect()
    }
}

/// One step of a path.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Step {
    Move(Point),
    Line(Point),
    Cubic(Point, Point, Point),
    Close,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Stroke {
    pub(crate) paint: Paint,
    pub(crate) width: f64,
    pub(crate) dash: Dash,
}

#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Path {
    pub(crate) steps: Vec<Step>,
    /// Paint and opacity, by the non-zero rule: holes run the other way round.
    pub(crate) fill: Option<(Paint, f64)>,
    pub(crate) stroke: Option<Stroke>,
}

/// A line of text whose runs are placed relative to `origin`, turned a quarter to the left or not.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Text {
    pub(crate) origin: Point,
    pub(crate) upwards: bool,
    pub(crate) paint: Paint,
    pub(crate) halo: bool,
    pub(crate) runs: Vec<Run>,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Item {
    Path(Path),
    Text(Text),
}

/// Style of a line of text.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Letters {
    pub(crate) size: f64,
    pub(crate) paint: Paint,
    pub(crate) anchor: Anchor,
    pub(crate) bold: bool,
    pub(crate) halo: bool,
    pub(crate) upwards: bool,
}

impl Letters {
    pub(crate) fn new(size: f64, paint: Paint, anchor: Anchor) -> Self {
        Self { size, paint, anchor, bold: false, halo: false, upwards: false }
    }
}

/// Height of capital letters above the baseline, in units of the font size.
pub(crate) const CAP_HEIGHT: f64 = 0.72;

/// The items of a figure, first drawn first.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Scene {
    pub(crate) items: Vec<Item>,
}

impl Scene {
    pub(crate) fn line(&mut self, points: &[Point], stroke: Stroke) {
        self.lines([points.to_vec()], stroke);
    }

    /// Several pieces of one curve.
    pub(crate) fn lines(&mut self, pieces: impl IntoIterator<Item = Vec<Point>>, stroke: Stroke) {
        let mut path = Path { stroke: Some(stroke), ..Path::default() };
        for piece in pieces {
            path.polyline(&piece, false);
        }
        self.push(path);
    }

    pub(crate) fn polygon(&mut self, points: &[Point], paint: Paint, opacity: f64) {
        self.polygons([points.to_vec()], paint, opacity);
    }

    pub(crate) fn polygons(
        &mut self,
        rings: impl IntoIterator<Item = Vec<Point>>,
        paint: Paint,
        opacity: f64,
    ) {
        let mut path = Path { fill: Some((paint, opacity)), ..Path::default() };
        for ring in rings {
            path.polyline(&ring, true);
        }
        self.push(path);
    }

    /// Adds a path unless it is empty.
    pub(crate) fn push(&mut self, path: Path) {
        if !path.steps.is_empty() {
            self.items.push(Item::Path(path));
        }
    }

    pub(crate) fn text(&mut self, origin: Point, text: &str, letters: Letters) {
        let (mut runs, width) = markup::layout(text, letters.size, letters.bold);
        if runs.is_empty() || !origin.0.is_finite() || !origin.1.is_finite() {
            return;
        }
        let shift = match letters.anchor {
            Anchor::Start => 0.0,
            Anchor::Middle => -width / 2.0,
            Anchor::End => -width,
        };
        runs.iter_mut().for_each(|run| run.x += shift);
        let Letters { paint, halo, upwards, .. } = letters;
        self.items.push(Item::Text(Text { origin, upwards, paint, halo, runs }));
    }
}

/// Distance in pt that no printer shows.
const VISIBLE: f64 = 0.03;

impl Path {
    /// Adds a run of straight lines, without the points that make no visible difference.
    pub(crate) fn polyline(&mut self, points: &[Point], closed: bool) {
        for (i, point) in simplified(points, VISIBLE).into_iter().enumerate() {
            self.steps.push(if i == 0 { Step::Move(point) } else { Step::Line(point) });
        }
        if closed && !points.is_empty() {
            self.steps.push(Step::Close);
        }
    }

    pub(crate) fn circle(&mut self, (x, y): Point, radius: f64) {
        self.rounded(Rect { left: x, top: y, right: x, bottom: y }.grown(radius), radius);
    }

    /// A rectangle with rounded corners.
    pub(crate) fn rounded(&mut self, r: Rect, radius: f64) {
        let radius = radius.min(r.width() / 2.0).min(r.height() / 2.0);
        if radius <= 0.0 {
            return self.polyline(&r.corners(), true);
        }
        // A cubic with handles 4 (√2 − 1) / 3 follows a quarter circle to 0.03 %.
        let k = radius * (1.0 - 4.0 / 3.0 * (2.0_f64.sqrt() - 1.0));
        let (x0, x1, y0, y1) = (r.left + radius, r.right - radius, r.top + radius, r.bottom - radius);
        self.steps.push(Step::Move((x0, r.top)));
        let corners = [
            ((x1, r.top), (r.right - k, r.top), (r.right, r.top + k), (r.right, y0)),
            ((r.right, y1), (r.right, r.bottom - k), (r.right - k, r.bottom), (x1, r.bottom)),
            ((x0, r.bottom), (r.left + k, r.bottom), (r.left, r.bottom - k), (r.left, y1)),
            ((r.left, y0), (r.left, r.top + k), (r.left + k, r.top), (x0, r.top)),
        ];
        for (start, a, b, end) in corners {
            self.steps.extend([Step::Line(start), Step::Cubic(a, b, end)]);
        }
        self.steps.push(Step::Close);
    }
}

impl Item {
    /// Whether any ink of this item falls into the rectangle, taking curves by their end points.
    pub(crate) fn touches(&self, area: Rect) -> bool {
        match self {
            Self::Text(text) => text.bounds().overlaps(area),
            Self::Path(path) => {
                let mut rings: Vec<Vec<Point>> = Vec::new();
                for step in &path.steps {
                    match (*step, rings.last_mut()) {
                        (Step::Move(p), _) => rings.push(vec![p]),
                        (Step::Line(p) | Step::Cubic(_, _, p), Some(ring)) => ring.push(p),
                        (Step::Close, Some(ring)) => ring.push(ring[0]),
                        _ => {}
                    }
                }
                let crossed = |r: &Vec<Point>| r.windows(2).any(|s| area.clip_segment(s[0], s[1]).is_some());
                let covered = |r: &Vec<Point>| crate::geometry::polygon_contains(r, area.centre());
                rings.iter().any(crossed) || path.fill.is_some() && rings.iter().any(covered)
            }
        }
    }
}

impl Text {
    /// The rectangle around the text.
    pub(crate) fn bounds(&self) -> Rect {
        let (mut left, mut right, mut size) = (f64::INFINITY, f64::NEG_INFINITY, 0.0_f64);
        for run in &self.runs {
            left = left.min(run.x);
            right = right.max(run.end());
            size = size.max(run.size);
        }
        let (x, y) = self.origin;
        let (up, down) = (0.8 * size, 0.25 * size);
        if self.upwards {
            Rect { left: x - up, right: x + down, top: y - right, bottom: y - left }
        } else {
            Rect { left: x + left, right: x + right, top: y - up, bottom: y + down }
        }
    }
}
