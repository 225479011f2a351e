//! Charts: axes around a plot area, marks in it, and the layout around it.

use crate::axis::{Axis, Scale};
use crate::bar::Bar;
use crate::geometry::{Point, Rect};
use crate::legend::{self, Legend};
use crate::marks::Mark;
use crate::markup::{width, wrap};
use crate::paint::Paint;
use crate::panel::{Heading, Margins};
use crate::plane::{LABEL_SIZE, Plane};
use crate::scene::{Anchor, CAP_HEIGHT, Dash, Item, Letters, Path, Scene, Stroke};
use crate::ticks::Tick;

/// Marks over two axes.
///
/// # Examples
/// ```
/// use spurious_plot::{Axis, Chart, Line, Paint};
/// let mut chart = Chart::new(Axis::linear("step $t$"), Axis::log("loss $L$"));
/// chart.add(Line::new((0..50).map(|t| (f64::from(t), 0.8f64.powi(t))), Paint::Blue));
/// assert_eq!(chart.marks.len(), 1);
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Chart {
    /// Title above the plot area, with markup; empty for none.
    pub title: String,
    /// Letter of the panel, shown as (a); a figure of several panels sets it.
    pub letter: Option<char>,
    /// Horizontal axis.
    pub x: Axis,
    /// Vertical axis.
    pub y: Axis,
    /// Marks, later ones on top.
    pub marks: Vec<Mark>,
    /// Place of the legend.
    pub legend: Legend,
    /// Whether the axes form a box, as for contours, rather than an L.
    pub boxed: bool,
    /// Whether a unit has the same length on both axes.
    pub equal: bool,
    /// Whether a colour bar lies above the plot area rather than standing right of it.
    pub bar_above: bool,
}

pub(crate) const TICK_SIZE: f64 = 8.0;
pub(crate) const NAME_SIZE: f64 = 9.0;
pub(crate) const NAME_ROW: f64 = 11.0;
pub(crate) const TICK: f64 = 3.2;
/// In a narrow column a plot area is so many times as high for its width, within limits.
const HIGHER: f64 = 1.7;
const LOWEST: f64 = 0.4;
const HIGHEST: f64 = 1.1;

/// Sizes and texts around a plot area of a given size.
struct Around {
    plane: Plane,
    x_ticks: Vec<Tick>,
    y_ticks: Vec<Tick>,
    x_name: Vec<String>,
    y_name: Vec<String>,
}

impl Chart {
    /// An empty chart; the legend goes to the top right corner if that is free.
    pub fn new(x: Axis, y: Axis) -> Self {
        Self { x, y, legend: Legend::Inside(legend::Corner::TopRight), ..Self::default() }
    }

    /// Adds a mark on top of the others.
    pub fn add(&mut self, mark: impl Into<Mark>) {
        self.marks.push(mark.into());
    }

    fn heading(&self) -> Heading<'_> {
        Heading { title: &self.title, letter: self.letter }
    }

    fn scales(&self) -> (Scale, Scale) {
        let extent: Vec<(f64, f64)> = self.marks.iter().flat_map(Mark::extent).collect();
        // A filled field reaches the frame.
        let tight = self.marks.iter().any(|mark| matches!(mark, Mark::Contours(_) | Mark::Cells(_)));
        let (x, y) = (extent.iter().map(|p| p.0), extent.iter().map(|p| p.1));
        (self.x.scale(x, tight), self.y.scale(y, tight))
    }

    fn around(&self, mut area: Rect) -> Around {
        let (x, y) = self.scales();
        if self.equal {
            // The axis with the coarser unit keeps its length.
            let unit = (area.width() / (x.to - x.from).abs()).min(area.height() / (y.to - y.from).abs());
            let (dx, dy) =
                (area.width() - unit * (x.to - x.from).abs(), area.height() - unit * (y.to - y.from).abs());
            area =
                Rect::new(area.left + dx / 2.0, area.top + dy / 2.0, area.width() - dx, area.height() - dy);
        }
        Around {
            plane: Plane { x, y, area },
            x_ticks: self.x.marks(x, area.width(), true, TICK_SIZE),
            y_ticks: self.y.marks(y, area.height(), false, TICK_SIZE),
            x_name: lines(&self.x.label, area.width()),
            y_name: lines(&self.y.label, area.height()),
        }
    }

    /// The bar that explains the colours of a plot area.
    fn bar(&self, area: Rect) -> Option<Bar<'_>> {
        let length = if self.bar_above { area.width() } else { area.height() };
        self.marks.iter().find_map(|mark| Bar::of(mark, length, self.bar_above))
    }

    /// The chart for a panel so wide in which nothing stands beside the plot area, and the height that it needs; `ratio` is
    /// height over width of the plot area so far.
    pub(crate) fn narrowed(&self, width: f64, ratio: f64) -> (Self, f64) {
        let mut chart = Self { bar_above: true, ..self.clone() };
        if chart.legend == Legend::Right {
            chart.legend = Legend::Above;
        }
        let (x, y) = chart.scales();
        let own = ((y.to - y.from) / (x.to - x.from)).abs();
        let ratio = if chart.equal { own.clamp(0.1, 4.0) } else { (HIGHER * ratio).clamp(LOWEST, HIGHEST) };
        let mut height = width;
        for _ in 0..3 {
            let margins = chart.margins((width, height), false, 0.0);
            let area = margins.inside(Rect::new(0.0, 0.0, width, height));
            if chart.needs_room_for_legend(area) {
                chart.legend = Legend::Above;
            }
            height = margins.top + ratio * area.width() + margins.bottom;
        }
        (chart, height)
    }

    /// The room around the plot area of a panel of this size, with the legend right of it or not, and at the left no less
    /// than `least_left`.
    pub(crate) fn margins(&self, size: (f64, f64), legend_right: bool, least_left: f64) -> Margins {
        let mut margins = Margins { left: 45.0, top: 10.0, right: 10.0, bottom: 32.0 };
        // Ticks depend on the size of the plot area and the size on the ticks, so there are two passes.
        for _ in 0..2 {
            let around = self.around(margins.inside(Rect::new(0.0, 0.0, size.0, size.1)));
            margins = self.measure(&around, legend_right, size.0);
            margins.left = margins.left.max(least_left);
        }
        margins
    }

    fn measure(&self, around: &Around, legend_right: bool, panel_width: f64) -> Margins {
        let plane = around.plane;
        let entries = legend::entries(&self.marks);
        let name = |lines: &[String]| if lines.is_empty() { 0.0 } else { NAME_ROW * lines.len() as f64 };
        let y_labels = around.y_ticks.iter().map(|t| width(&t.label, TICK_SIZE, false)).fold(0.0, f64::max);
        // Labels of the horizontal axis may reach beyond its ends.
        let (mut before, mut after) = (0.0_f64, 5.0_f64);
        for tick in &around.x_ticks {
            let (at, half) = (plane.left_of(tick.value), width(&tick.label, TICK_SIZE, false) / 2.0);
            before = before.max(half - (at - plane.area.left));
            after = after.max(half - (plane.area.right - at) + 1.0);
        }
        for mark in &self.marks {
            if let Some((at, label)) = end_of(&plane, mark) {
                after = after.max(at.0 + 4.0 + width(label, LABEL_SIZE, false) + 1.0 - plane.area.right);
            }
        }
        let mut top = self.heading().height(panel_width).max(5.0);
        match self.bar(plane.area) {
            Some(bar) if self.bar_above => top += bar.height(plane.area.width()),
            Some(bar) => after = after.max(bar.width(plane.area.height())),
            None => {}
        }
        if self.legend == Legend::Above {
            top += legend::rows_height(legend::rows(&entries, panel_width - plane.area.left).len());
        }
        if legend_right && !entries.is_empty() {
            after += legend::size(&entries).0 + 4.0;
        }
        let ticks_below = if around.x_ticks.iter().any(|t| !t.label.is_empty()) { TICK + 10.0 } else { TICK };
        Margins {
            left: (TICK + 2.5 + y_labels + 4.0 + name(&around.y_name)).max(before),
            top,
            right: after,
            bottom: ticks_below + name(&around.x_name) + 3.0,
        }
    }

    /// Whether the legend would cover data, with this plot area, in every corner.
    pub(crate) fn needs_room_for_legend(&self, area: Rect) -> bool {
        match self.legend {
            Legend::Right => true,
            Legend::Inside(_) => !legend::entries(&self.marks).is_empty() && self.corner(area).is_none(),
            Legend::Above => false,
        }
    }

    fn corner(&self, area: Rect) -> Option<legend::Corner> {
        let entries = legend::entries(&self.marks);
        match self.legend {
            Legend::Inside(corner) => {
                let mut data = Scene::default();
                let plane = self.around(area).plane;
                for mark in self.marks.iter().filter(|mark| !matches!(mark, Mark::Span(_))) {
                    plane.draw(&mut data, mark);
                }
                self.end_labels(&mut data, &plane);
                // The name of a span counts, its shade does not.
                let mut spans = Scene::default();
                self.marks
                    .iter()
                    .filter(|mark| matches!(mark, Mark::Span(_)))
                    .for_each(|m| plane.draw(&mut spans, m));
                data.items.extend(spans.items.into_iter().filter(|item| matches!(item, Item::Text(_))));
                legend::free_corner(&entries, corner, plane.area, &data.items)
            }
            _ => None,
        }
    }

    /// Draws the chart into its panel with the plot area given.
    pub(crate) fn draw(&self, scene: &mut Scene, panel: Rect, area: Rect, legend_right: bool) {
        let around = self.around(area);
        let plane = around.plane;
        self.heading().draw(scene, panel, area.left);
        let spans = |mark: &&Mark| matches!(mark, Mark::Span(_));
        self.marks.iter().filter(spans).for_each(|mark| plane.draw(scene, mark));
        self.grid(scene, &around);
        self.marks.iter().filter(|mark| !spans(mark)).for_each(|mark| plane.draw(scene, mark));
        self.frame(scene, &around);
        self.names(scene, &around, panel);
        match self.bar(plane.area) {
            Some(bar) if self.bar_above => bar.draw_above(scene, plane.area),
            Some(bar) => bar.draw(scene, plane.area),
            None => {}
        }
        self.end_labels(scene, &plane);
        let entries = legend::entries(&self.marks);
        if entries.is_empty() {
            return;
        }
        if legend_right {
            let (w, h) = legend::size(&entries);
            let spot = Rect::new(panel.right - w, plane.area.top - 3.0, w, h);
            legend::draw(scene, &entries, spot, false);
        } else if self.legend == Legend::Above {
            let limit = panel.right - plane.area.left;
            let rows = legend::rows_height(legend::rows(&entries, limit).len());
            let bar = self.bar(plane.area).filter(|_| self.bar_above);
            let bar = bar.map_or(0.0, |bar| bar.height(plane.area.width()));
            legend::draw_above(scene, &entries, (plane.area.left, plane.area.top - bar - rows), limit);
        } else if let Some(corner) = self.corner(area) {
            legend::draw(scene, &entries, legend::place(&entries, corner, plane.area), true);
        }
    }

    fn grid(&self, scene: &mut Scene, around: &Around) {
        let Plane { area, .. } = around.plane;
        let stroke = Stroke { paint: Paint::Grid, width: 0.5, dash: Dash::Solid };
        let major = |ticks: &[Tick]| ticks.iter().filter(|t| t.major).map(|t| t.value).collect::<Vec<_>>();
        if self.x.grid {
            let at = major(&around.x_ticks).into_iter().map(|v| around.plane.left_of(v));
            scene.lines(at.map(|x| vec![(x, area.bottom), (x, area.top)]), stroke);
        }
        if self.y.grid {
            let at = major(&around.y_ticks).into_iter().map(|v| around.plane.height_of(v));
            scene.lines(at.map(|y| vec![(area.left, y), (area.right, y)]), stroke);
        }
    }

    fn frame(&self, scene: &mut Scene, around: &Around) {
        let Plane { area, .. } = around.plane;
        let stroke = Stroke { paint: Paint::Ink, width: 0.8, dash: Dash::Solid };
        let mut path = Path { stroke: Some(stroke), ..Path::default() };
        if self.boxed {
            path.polyline(&area.corners(), true);
        } else {
            path.polyline(
                &[(area.left, area.top), (area.left, area.bottom), (area.right, area.bottom)],
                false,
            );
        }
        let letters = |anchor| Letters::new(TICK_SIZE, Paint::Ink, anchor);
        let length = |tick: &Tick| if tick.major { TICK } else { 0.6 * TICK };
        for tick in &around.x_ticks {
            let x = around.plane.left_of(tick.value);
            path.polyline(&[(x, area.bottom), (x, area.bottom + length(tick))], false);
            scene.text((x, area.bottom + TICK + 8.6), &tick.label, letters(Anchor::Middle));
        }
        for tick in &around.y_ticks {
            let y = around.plane.height_of(tick.value);
            path.polyline(&[(area.left - length(tick), y), (area.left, y)], false);
            let baseline = y + CAP_HEIGHT / 2.0 * TICK_SIZE;
            scene.text((area.left - TICK - 2.5, baseline), &tick.label, letters(Anchor::End));
        }
        scene.push(path);
    }

    fn names(&self, scene: &mut Scene, around: &Around, panel: Rect) {
        let area = around.plane.area;
        let letters = Letters::new(NAME_SIZE, Paint::Ink, Anchor::Middle);
        for (i, line) in around.x_name.iter().rev().enumerate() {
            scene.text((area.centre().0, panel.bottom - 3.0 - NAME_ROW * i as f64), line, letters);
        }
        for (i, line) in around.y_name.iter().enumerate() {
            let x = panel.left + 0.85 * NAME_SIZE + NAME_ROW * i as f64;
            scene.text((x, area.centre().1), line, Letters { upwards: true, ..letters });
        }
    }

    /// Labels at the ends of lines, moved apart until none touches another.
    fn end_labels(&self, scene: &mut Scene, plane: &Plane) {
        let mut labels: Vec<(Point, &str, Paint)> = Vec::new();
        for mark in &self.marks {
            if let (Some((at, label)), Mark::Line(line)) = (end_of(plane, mark), mark) {
                labels.push((at, label, line.paint));
            }
        }
        labels.sort_by(|a, b| a.0.1.total_cmp(&b.0.1));
        let pitch = 1.2 * LABEL_SIZE;
        for _ in 0..100 {
            for i in 1..labels.len() {
                let (above, below) = (labels[i - 1].0, labels[i].0);
                let reach =
                    width(labels[i - 1].1, LABEL_SIZE, false).max(width(labels[i].1, LABEL_SIZE, false));
                let missing = pitch - (below.1 - above.1);
                if missing > 0.0 && (above.0 - below.0).abs() < reach {
                    labels[i - 1].0.1 -= missing / 2.0;
                    labels[i].0.1 += missing / 2.0;
                }
            }
        }
        for ((x, y), label, paint) in labels {
            let letters = Letters { halo: true, ..Letters::new(LABEL_SIZE, paint, Anchor::Start) };
            scene.text((x + 4.0, y + CAP_HEIGHT / 2.0 * LABEL_SIZE), label, letters);
        }
    }
}

/// A label in lines no longer than the axis; none for an empty label.
pub(crate) fn lines(label: &str, length: f64) -> Vec<String> {
    if label.is_empty() { Vec::new() } else { wrap(label, NAME_SIZE, false, length) }
}

/// The last visible point of a line that is labelled there, and the label.
fn end_of<'a>(plane: &Plane, mark: &'a Mark) -> Option<(Point, &'a str)> {
    match mark {
        Mark::Line(line) if !line.end_label.is_empty() => {
            Some((*plane.curve(&line.points).last()?.last()?, &line.end_label))
        }
        _ => None,
    }
}
