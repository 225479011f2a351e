//! The colour bar beside a chart, which shows the values of colours.

use crate::axis::Scale;
use crate::chart::{NAME_ROW, NAME_SIZE, TICK, TICK_SIZE, lines};
use crate::geometry::Rect;
use crate::marks::{Contours, Mark};
use crate::markup::width;
use crate::paint::Paint;
use crate::plane::band_position;
use crate::scene::{Anchor, CAP_HEIGHT, Dash, Letters, Path, Scene, Stroke};
use crate::ticks::{auto, compact};

const GAP: f64 = 9.0;
const WIDTH: f64 = 9.0;
/// Colours of a bar without steps.
const SHADES: usize = 64;
/// Thickness of a bar above the plot area, and distance of its numbers from the plot area.
const THICKNESS: f64 = 7.0;
const BELOW: f64 = 7.0;

/// Colours in order, labelled values at places from 0 to 1 along them, and the label of the bar.
pub(crate) struct Bar<'a> {
    label: &'a str,
    colours: Vec<Paint>,
    ticks: Vec<(f64, String)>,
}

impl<'a> Bar<'a> {
    /// The bar of a mark, if it has one, so long, and lying or standing.
    pub(crate) fn of(mark: &'a Mark, length: f64, lying: bool) -> Option<Self> {
        match mark {
            Mark::Contours(contours) if contours.levels.len() > 1 => {
                let (map, bands) = (contours.map?, contours.levels.len() - 1);
                let colours = (0..bands).map(|band| map.at(band_position(band, bands))).collect();
                Some(Self { label: contours.bar.as_deref()?, colours, ticks: ticks(contours, length, lying) })
            }
            Mark::Cells(cells) => {
                let (low, high) = cells.bounds();
                let scale = Scale { from: low, to: high, log: false };
                let ticks = auto(scale, length, lying, TICK_SIZE).into_iter();
                Some(Self {
                    label: cells.bar.as_deref()?,
                    colours: (0..SHADES).map(|i| cells.map.at(band_position(i, SHADES))).collect(),
                    ticks: ticks.map(|tick| (scale.fraction(tick.value), tick.label)).collect(),
                })
            }
            _ => None,
        }
    }

    fn widest(&self) -> f64 {
        self.ticks.iter().map(|(_, label)| width(label, TICK_SIZE, false)).fold(0.0, f64::max)
    }

    /// Width of the bar with its labels, beside a plot area of this height.
    pub(crate) fn width(&self, height: f64) -> f64 {
        let rows = lines(self.label, height).len();
        let name = if rows == 0 { 0.0 } else { NAME_ROW * rows as f64 + 5.0 };
        GAP + WIDTH + TICK + 2.5 + self.widest() + name
    }

    /// Height of the bar and all that belongs to it, above a plot area so wide.
    pub(crate) fn height(&self, width: f64) -> f64 {
        NAME_ROW * lines(self.label, width).len() as f64 + 3.0 + THICKNESS + TICK + 10.0 + BELOW
    }

    /// Draws the bar above a plot area.
    pub(crate) fn draw_above(&self, scene: &mut Scene, area: Rect) {
        let bottom = area.top - BELOW - 10.0 - TICK;
        let bar = Rect { top: bottom - THICKNESS, bottom, ..area };
        let place = |t: f64| bar.left + t * bar.width();
        for (band, &colour) in self.colours.iter().enumerate() {
            let shape = Rect { left: place(band as f64 / self.colours.len() as f64), ..bar };
            scene.polygon(&shape.corners(), colour, 1.0);
        }
        let stroke = Stroke { paint: Paint::Ink, width: 0.6, dash: Dash::Solid };
        let mut path = Path { stroke: Some(stroke), ..Path::default() };
        path.polyline(&bar.corners(), true);
        for (t, label) in &self.ticks {
            path.polyline(&[(place(*t), bottom), (place(*t), bottom + TICK)], false);
            let letters = Letters::new(TICK_SIZE, Paint::Ink, Anchor::Middle);
            scene.text((place(*t), bottom + TICK + 8.6), label, letters);
        }
        scene.push(path);
        let letters = Letters::new(NAME_SIZE, Paint::Ink, Anchor::Middle);
        for (i, line) in lines(self.label, bar.width()).iter().rev().enumerate() {
            scene.text((bar.centre().0, bar.top - 4.0 - NAME_ROW * i as f64), line, letters);
        }
    }

    pub(crate) fn draw(&self, scene: &mut Scene, area: Rect) {
        let bar = Rect { left: area.right + GAP, right: area.right + GAP + WIDTH, ..area };
        let height = |t: f64| bar.bottom - t * bar.height();
        for (band, &colour) in self.colours.iter().enumerate() {
            // Each band reaches up to the top, so that the next one leaves no seam.
            let shape = Rect { bottom: height(band as f64 / self.colours.len() as f64), ..bar };
            scene.polygon(&shape.corners(), colour, 1.0);
        }
        let stroke = Stroke { paint: Paint::Ink, width: 0.6, dash: Dash::Solid };
        let mut path = Path { stroke: Some(stroke), ..Path::default() };
        path.polyline(&bar.corners(), true);
        for (t, label) in &self.ticks {
            let y = height(*t);
            path.polyline(&[(bar.right, y), (bar.right + TICK, y)], false);
            let letters = Letters::new(TICK_SIZE, Paint::Ink, Anchor::Start);
            scene.text((bar.right + TICK + 2.5, y + CAP_HEIGHT / 2.0 * TICK_SIZE), label, letters);
        }
        scene.push(path);
        let letters = Letters { upwards: true, ..Letters::new(NAME_SIZE, Paint::Ink, Anchor::Middle) };
        for (i, line) in lines(self.label, bar.height()).iter().enumerate() {
            let x = bar.right + TICK + 2.5 + self.widest() + 3.0 + 0.85 * NAME_SIZE + NAME_ROW * i as f64;
            scene.text((x, bar.centre().1), line, letters);
        }
    }
}

/// Position from 0 to 1 along the bar, and the label, of the levels that are named.
fn ticks(contours: &Contours, length: f64, lying: bool) -> Vec<(f64, String)> {
    let last = (contours.levels.len() - 1) as f64;
    if contours.bar_ticks.is_empty() {
        let most = (length / (if lying { 4.0 } else { 1.6 } * TICK_SIZE)).max(2.0);
        let stride = ((last + 1.0) / most).ceil().max(1.0) as usize;
        let levels = contours.levels.iter().enumerate().step_by(stride);
        return levels.map(|(i, &level)| (i as f64 / last, compact(level))).collect();
    }
    // Between two levels the bar is linear, though its bands are of equal height.
    let position = |value: f64| {
        let i = contours.levels.partition_point(|&l| l <= value).clamp(1, contours.levels.len() - 1);
        let (a, b) = (contours.levels[i - 1], contours.levels[i]);
        (i as f64 - 1.0 + (value - a) / (b - a)) / last
    };
    let ticks = contours.bar_ticks.iter().map(|(value, label)| (position(*value), label.clone()));
    ticks.filter(|(t, _)| (-1e-9..=1.0 + 1e-9).contains(t)).collect()
}
