//! The panels of a figure, with their headings and margins.

use crate::chart::Chart;
use crate::drawing::Drawing;
use crate::geometry::Rect;
use crate::markup::{width, wrap};
use crate::paint::Paint;
use crate::scene::{Anchor, Letters, Scene};
use crate::table::Table;

/// One part of a figure.
#[derive(Debug, Clone, PartialEq)]
pub enum Panel {
    /// Marks over two axes.
    Chart(Box<Chart>),
    /// Coloured cells.
    Table(Table),
    /// A free drawing.
    Drawing(Drawing),
}

impl From<Chart> for Panel {
    fn from(chart: Chart) -> Self {
        Self::Chart(Box::new(chart))
    }
}

impl From<Table> for Panel {
    fn from(table: Table) -> Self {
        Self::Table(table)
    }
}

impl From<Drawing> for Panel {
    fn from(drawing: Drawing) -> Self {
        Self::Drawing(drawing)
    }
}

impl Panel {
    pub(crate) fn set_letter(&mut self, letter: char) {
        match self {
            Self::Chart(chart) => chart.letter = Some(letter),
            Self::Table(table) => table.letter = Some(letter),
            Self::Drawing(_) => {}
        }
    }

    /// The room around the plot area, at the left no less than `least_left` if it is a chart.
    pub(crate) fn margins(&self, size: (f64, f64), legend_right: bool, least_left: f64) -> Margins {
        match self {
            Self::Chart(chart) => chart.margins(size, legend_right, least_left),
            Self::Table(table) => table.margins(size),
            Self::Drawing(_) => Margins::default(),
        }
    }

    /// The panel for a narrow column, and the height that it needs; see [`Figure::narrowed`](crate::Figure::narrowed).
    pub(crate) fn narrowed(&self, width: f64, ratio: f64) -> (Self, f64) {
        match self {
            Self::Chart(chart) => {
                let (chart, height) = chart.narrowed(width, ratio);
                (chart.into(), height)
            }
            Self::Table(table) => (self.clone(), table.height(width)),
            Self::Drawing(drawing) => (self.clone(), drawing.height),
        }
    }

    pub(crate) fn needs_room_for_legend(&self, area: Rect) -> bool {
        matches!(self, Self::Chart(chart) if chart.needs_room_for_legend(area))
    }

    pub(crate) fn draw(&self, scene: &mut Scene, panel: Rect, area: Rect, legend_right: bool) {
        match self {
            Self::Chart(chart) => chart.draw(scene, panel, area, legend_right),
            Self::Table(table) => table.draw(scene, panel, area),
            Self::Drawing(drawing) => drawing.draw(scene, area),
        }
    }
}

/// Room around the plot area.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct Margins {
    pub(crate) left: f64,
    pub(crate) top: f64,
    pub(crate) right: f64,
    pub(crate) bottom: f64,
}

impl Margins {
    /// What is left of a panel; never less than a speck, however small the panel.
    pub(crate) fn inside(self, panel: Rect) -> Rect {
        let (w, h) = (panel.width() - self.left - self.right, panel.height() - self.top - self.bottom);
        Rect::new(panel.left + self.left, panel.top + self.top, w.max(10.0), h.max(10.0))
    }
}

/// Letter and title above a panel.
pub(crate) struct Heading<'a> {
    pub(crate) title: &'a str,
    pub(crate) letter: Option<char>,
}

const SIZE: f64 = 9.5;
const ROW: f64 = 12.0;

impl Heading<'_> {
    /// Room for the letter at the left edge.
    fn indent(&self) -> f64 {
        self.letter.map_or(0.0, |letter| width(&format!("({letter})"), SIZE, true) + 5.0)
    }

    fn lines(&self, panel_width: f64) -> Vec<String> {
        if self.title.is_empty() {
            Vec::new()
        } else {
            wrap(self.title, SIZE, true, panel_width - self.indent())
        }
    }

    pub(crate) fn height(&self, panel_width: f64) -> f64 {
        let lines = self.lines(panel_width).len().max(usize::from(self.letter.is_some()));
        if lines > 0 { ROW * lines as f64 + 4.0 } else { 0.0 }
    }

    /// The title begins where the plot area does, or further left if it is too long for that.
    pub(crate) fn draw(&self, scene: &mut Scene, panel: Rect, area_left: f64) {
        let letters = Letters { bold: true, ..Letters::new(SIZE, Paint::Ink, Anchor::Start) };
        let baseline = |line: usize| panel.top + 0.8 * SIZE + ROW * line as f64;
        if let Some(letter) = self.letter {
            scene.text((panel.left, baseline(0)), &format!("({letter})"), letters);
        }
        let lines = self.lines(panel.width());
        let widest = lines.iter().map(|line| width(line, SIZE, true)).fold(0.0, f64::max);
        let left = area_left.min(panel.right - widest).max(panel.left + self.indent());
        for (i, line) in lines.iter().enumerate() {
            scene.text((left, baseline(i)), line, letters);
        }
    }
}
