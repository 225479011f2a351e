//! Marks drawn into the plot area of a chart: values to page positions, cut at its edge.

use crate::axis::Scale;
use crate::contour::Field;
use crate::geometry::{Point, Rect};
use crate::inline::Placed;
use crate::marks::{Contours, Coordinate, Inset, Mark, Markers, Rule, Shape, Span};
use crate::paint::Paint;
use crate::scene::{Anchor, CAP_HEIGHT, Dash, Letters, Path, Scene, Step, Stroke};

/// Font size of labels inside a chart.
pub(crate) const LABEL_SIZE: f64 = 8.0;

/// A plot area with its two scales.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Plane {
    pub(crate) x: Scale,
    pub(crate) y: Scale,
    pub(crate) area: Rect,
}

impl Plane {
    pub(crate) fn left_of(&self, x: f64) -> f64 {
        self.area.left + self.x.fraction(x) * self.area.width()
    }

    pub(crate) fn height_of(&self, y: f64) -> f64 {
        self.area.bottom - self.y.fraction(y) * self.area.height()
    }

    /// The place of a point on the page; not finite if the axes cannot show it.
    pub(crate) fn place(&self, (x, y): (f64, f64)) -> Point {
        (self.left_of(x), self.height_of(y))
    }

    fn places(&self, points: &[(f64, f64)]) -> Vec<Point> {
        points.iter().map(|&p| self.place(p)).collect()
    }

    /// The visible pieces of a curve.
    pub(crate) fn curve(&self, points: &[(f64, f64)]) -> Vec<Vec<Point>> {
        self.area.clip_line(&self.places(points))
    }

    fn polygon(&self, scene: &mut Scene, places: &[Point], paint: Paint, opacity: f64) {
        scene.polygon(&self.area.clip_polygon(places), paint, opacity);
    }

    /// Draws a mark but for its labels at the end of lines, which need to know of each other.
    pub(crate) fn draw(&self, scene: &mut Scene, mark: &Mark) {
        match mark {
            Mark::Line(line) => {
                let stroke = Stroke { paint: line.paint, width: line.width, dash: line.dash };
                scene.lines(self.curve(&line.points), stroke);
            }
            Mark::Markers(markers) => self.markers(scene, markers),
            Mark::ErrorBars(bars) => {
                let (mut pieces, mut heads) =
                    (Vec::new(), Path { fill: Some((bars.paint, 1.0)), ..Path::default() });
                for &(x, low, high) in &bars.bars {
                    let ((at, bottom), (_, top)) = (self.place((x, low)), self.place((x, high)));
                    let half = bars.cap / 2.0;
                    pieces.extend(self.area.clip_line(&[(at, bottom), (at, top)]));
                    for end in [bottom, top].into_iter().filter(|_| half > 0.0) {
                        pieces.extend(self.area.clip_line(&[(at - half, end), (at + half, end)]));
                    }
                    self.add_heads(&mut heads, at, (top, bottom), bars.cap.max(3.5));
                }
                scene.push(heads);
                scene.lines(pieces, Stroke { paint: bars.paint, width: bars.width, dash: Dash::Solid });
            }
            Mark::Band(band) => {
                // A value that cannot be shown splits the band.
                let shown = |&(x, low, high): &(f64, f64, f64)| {
                    let ((a, b), (_, c)) = (self.place((x, low)), self.place((x, high)));
                    a.is_finite() && b.is_finite() && c.is_finite()
                };
                for part in band.points.split(|p| !shown(p)).filter(|part| part.len() > 1) {
                    let low = part.iter().map(|&(x, low, _)| self.place((x, low)));
                    let high = part.iter().rev().map(|&(x, _, high)| self.place((x, high)));
                    self.polygon(scene, &low.chain(high).collect::<Vec<_>>(), band.paint, band.opacity);
                }
            }
            Mark::Area(area) => self.polygon(scene, &self.places(&area.points), area.paint, area.opacity),
            Mark::Rule(rule) => self.rule(scene, rule),
            Mark::Span(span) => self.span(scene, span),
            Mark::Note(note) => {
                let (x, y) = self.place(note.at);
                let origin = (x + note.shift.0, y - note.shift.1 + CAP_HEIGHT / 2.0 * note.size);
                let letters = Letters::new(note.size, note.paint, note.anchor);
                scene.text(origin, &note.text, Letters { bold: note.bold, halo: note.halo, ..letters });
            }
            Mark::Contours(contours) => self.contours(scene, contours),
            Mark::Cells(cells) => cells.draw(scene, self),
            Mark::Inset(inset) => self.inset(scene, inset),
        }
    }

    fn markers(&self, scene: &mut Scene, markers: &Markers) {
        let mut path = marker_style(markers);
        for point in self.places(&markers.points) {
            if self.area.grown(0.01).contains(point) {
                add_marker(&mut path, markers.shape, point, markers.size);
            }
        }
        scene.push(path);
    }

    /// Arrowheads at the edge where a vertical bar goes on beyond it.
    fn add_heads(&self, path: &mut Path, at: f64, (top, bottom): (f64, f64), size: f64) {
        let Rect { left, right, top: upper, bottom: lower } = self.area;
        let mut head = |edge: f64, inwards: f64| {
            let back = edge + inwards * 1.4 * size;
            path.polyline(&[(at, edge), (at + size / 2.0, back), (at - size / 2.0, back)], true);
        };
        if (left..=right).contains(&at) && top < upper - 0.01 && bottom > upper {
            head(upper, 1.0);
        }
        if (left..=right).contains(&at) && bottom > lower + 0.01 && top < lower {
            head(lower, -1.0);
        }
    }

    fn rule(&self, scene: &mut Scene, rule: &Rule) {
        let area = self.area;
        let stroke = Stroke { paint: rule.paint, width: rule.width, dash: rule.dash };
        let mut letters = Letters { halo: true, ..Letters::new(LABEL_SIZE, rule.paint, Anchor::Start) };
        let (line, label) = match rule.coordinate {
            Coordinate::X => {
                let x = self.left_of(rule.at);
                let lowest = area.bottom - 4.0;
                let y = lowest - rule.along * (lowest - area.top - 4.0 - CAP_HEIGHT * LABEL_SIZE);
                // Beside the line where there is room, on its left otherwise.
                let room = crate::markup::width(&rule.label, LABEL_SIZE, false) + 5.0 <= area.right - x;
                letters.anchor = if room { Anchor::Start } else { Anchor::End };
                ([(x, area.bottom), (x, area.top)], (if room { x + 3.5 } else { x - 3.5 }, y))
            }
            Coordinate::Y => {
                let y = self.height_of(rule.at);
                let width = crate::markup::width(&rule.label, LABEL_SIZE, false);
                let x = area.left + 4.0 + rule.along * (area.width() - 8.0 - width);
                let above = y - 3.5 - CAP_HEIGHT * LABEL_SIZE > area.top;
                ([(area.left, y), (area.right, y)], (x, if above { y - 3.5 } else { y + 9.5 }))
            }
        };
        let visible = area.grown(1e-6).clip_line(&line);
        if !visible.is_empty() {
            scene.lines(visible, stroke);
            scene.text(label, &rule.label, letters);
        }
    }

    fn inset(&self, scene: &mut Scene, inset: &Inset) {
        let [a, b] = inset.corners.map(|corner| self.place(corner));
        let paper = Rect { left: a.0.min(b.0), right: a.0.max(b.0), top: a.1.min(b.1), bottom: a.1.max(b.1) };
        if ![paper.left, paper.right, paper.top, paper.bottom].into_iter().all(f64::is_finite) {
            return;
        }
        let stroke = Stroke { paint: Paint::Ink, width: 0.7, dash: Dash::Solid };
        if let (Some(x), Some(y)) = (inset.chart.x.range, inset.chart.y.range) {
            let (c, d) = (self.place((x.0, y.0)), self.place((x.1, y.1)));
            let part =
                Rect { left: c.0.min(d.0), right: c.0.max(d.0), top: c.1.min(d.1), bottom: c.1.max(d.1) };
            let mut frame = Path { stroke: Some(stroke), ..Path::default() };
            frame.polyline(&part.corners(), true);
            scene.push(frame);
            if paper.bottom < part.top {
                let joins = [(part.left, paper.left), (part.right, paper.right)];
                scene.lines(joins.map(|(from, to)| vec![(from, part.top), (to, paper.bottom)]), stroke);
            }
        }
        scene.polygon(&paper.corners(), Paint::Paper, 1.0);
        let area = inset.chart.margins((paper.width(), paper.height()), false, 0.0).inside(paper);
        inset.chart.draw(scene, paper, area, false);
    }

    fn span(&self, scene: &mut Scene, span: &Span) {
        let (x, y) = (self.x.bounds(), self.y.bounds());
        let (from, to) = (span.range.0.max(x.0), span.range.1.min(x.1));
        if from >= to {
            return;
        }
        let (a, b) = (self.place((from, y.0)), self.place((to, y.1)));
        let shape = self.area.clip_polygon(&[a, (b.0, a.1), b, (a.0, b.1)]);
        scene.polygon(&shape, span.paint, span.opacity);
        let letters = Letters::new(LABEL_SIZE, Paint::Muted, Anchor::Middle);
        scene.text(((a.0 + b.0) / 2.0, a.1.min(b.1) + 10.5), &span.label, letters);
    }

    /// Larger and larger regions give way to the next colour: what lies on top has no seams.
    fn contours(&self, scene: &mut Scene, contours: &Contours) {
        let x = contours.x.iter().map(|&x| self.left_of(x)).collect();
        let y = contours.y.iter().map(|&y| self.height_of(y)).collect();
        let field = Field { x, y, z: &contours.z };
        if let Some(map) = contours.map {
            let bands = contours.levels.len().saturating_sub(1).max(1);
            for band in 0..bands {
                let level = if band == 0 { f64::NEG_INFINITY } else { contours.levels[band] };
                let rings = field.region(level).into_iter().map(|ring| self.area.clip_polygon(&ring));
                let rings = rings.filter(|ring| !ring.is_empty());
                scene.polygons(rings, map.at(band_position(band, bands)), 1.0);
            }
        }
        if let Some((paint, width)) = contours.lines {
            let mut placed = Placed::default();
            for (i, &level) in contours.levels.iter().enumerate() {
                let mut pieces: Vec<Vec<Point>> =
                    field.lines(level).into_iter().flat_map(|line| self.area.clip_line(&line)).collect();
                let label = contours.labels.get(i).map_or("", String::as_str);
                let centre = placed.label(&mut pieces, label, contours.along, self.area);
                scene.lines(pieces, Stroke { paint, width, dash: Dash::Solid });
                if let Some((x, y)) = centre {
                    let letters = Letters::new(LABEL_SIZE, paint, Anchor::Middle);
                    scene.text((x, y + CAP_HEIGHT / 2.0 * LABEL_SIZE), label, letters);
                }
            }
        }
    }
}

/// Where in a colour map the colour of a band is taken: the outer bands have the outer colours.
pub(crate) fn band_position(band: usize, bands: usize) -> f64 {
    if bands > 1 { band as f64 / (bands - 1) as f64 } else { 0.5 }
}

/// An empty path that draws markers of this kind.
pub(crate) fn marker_style(markers: &Markers) -> Path {
    let outline = Some(Stroke { paint: markers.paint, width: 1.1, dash: Dash::Solid });
    match (markers.shape, markers.filled) {
        (Shape::Cross, _) => Path { stroke: outline, ..Path::default() },
        (_, true) => Path { fill: Some((markers.paint, 1.0)), ..Path::default() },
        (_, false) => Path { fill: Some((Paint::Paper, 1.0)), stroke: outline, ..Path::default() },
    }
}

/// Adds one marker; the shapes have about the same area.
pub(crate) fn add_marker(path: &mut Path, shape: Shape, (x, y): Point, size: f64) {
    let r = size / 2.0;
    match shape {
        Shape::Circle => path.circle((x, y), r),
        Shape::Square => {
            path.polyline(&Rect { left: x, top: y, right: x, bottom: y }.grown(0.89 * r).corners(), true)
        }
        Shape::Triangle => {
            path.polyline(
                &[(x, y - 1.25 * r), (x + 1.13 * r, y + 0.75 * r), (x - 1.13 * r, y + 0.75 * r)],
                true,
            );
        }
        Shape::Diamond => {
            let r = 1.25 * r;
            path.polyline(&[(x, y - r), (x + r, y), (x, y + r), (x - r, y)], true);
        }
        Shape::Cross => {
            let d = 0.9 * r;
            path.polyline(&[(x - d, y - d), (x + d, y + d)], false);
            path.polyline(&[(x - d, y + d), (x + d, y - d)], false);
        }
    }
}

/// A line with a filled head that ends exactly at `to`.
pub(crate) fn draw_arrow(scene: &mut Scene, from: Point, to: Point, stroke: Stroke) {
    let (dx, dy) = (to.0 - from.0, to.1 - from.1);
    let length = dx.hypot(dy);
    if !length.is_finite() || length < 1e-6 {
        return;
    }
    let (u, v) = (dx / length, dy / length);
    let head = (3.0 + 2.6 * stroke.width).min(length);
    let back = (to.0 - head * u, to.1 - head * v);
    let half = 0.38 * head;
    scene.line(&[from, (to.0 - 0.8 * head * u, to.1 - 0.8 * head * v)], stroke);
    let mut path = Path { fill: Some((stroke.paint, 1.0)), ..Path::default() };
    path.steps = vec![
        Step::Move(to),
        Step::Line((back.0 - half * v, back.1 + half * u)),
        Step::Line((to.0 - 0.8 * head * u, to.1 - 0.8 * head * v)),
        Step::Line((back.0 + half * v, back.1 - half * u)),
        Step::Close,
    ];
    scene.push(path);
}
