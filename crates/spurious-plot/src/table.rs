//! Tables whose cells are coloured by a number.

use crate::colour::ColourMap;
use crate::geometry::Rect;
use crate::markup::width;
use crate::paint::Paint;
use crate::panel::{Heading, Margins};
use crate::scene::{Anchor, CAP_HEIGHT, Letters, Scene};

/// One cell.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Cell {
    /// Its text, with markup.
    pub text: String,
    /// The number behind its colour; `None` leaves it uncoloured.
    pub value: Option<f64>,
}

impl Cell {
    /// A coloured cell.
    pub fn new(text: impl Into<String>, value: f64) -> Self {
        Self { text: text.into(), value: Some(value) }
    }
}

/// Rows and columns of cells with headers, coloured by value.
///
/// # Examples
/// ```
/// use spurious_plot::{Cell, ColourMap, Figure, Table};
/// let table = Table {
///     rows: vec!["$k = 10$".into()],
///     columns: vec!["theory".into(), "runs".into()],
///     cells: vec![vec![Cell::new("0.71", 0.71), Cell::new("0.70", 0.70)]],
///     map: ColourMap::Viridis,
///     ..Table::new(0.0, 1.0)
/// };
/// assert!(Figure::new(200.0, 60.0, "Two numbers", table).to_svg("t").contains("0.71"));
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    /// Title, with markup; empty for none.
    pub title: String,
    /// Letter of the panel, shown as (a); a figure of several panels sets it.
    pub letter: Option<char>,
    /// What the rows are, above their headers; empty for none.
    pub row_name: String,
    /// What the columns are, above their headers; empty for none.
    pub column_name: String,
    /// Headers of the rows.
    pub rows: Vec<String>,
    /// Headers of the columns.
    pub columns: Vec<String>,
    /// Cells `[rows, columns]`; missing ones stay empty.
    pub cells: Vec<Vec<Cell>>,
    /// Colours of the values.
    pub map: ColourMap,
    /// The values with the first and the last colour.
    pub range: (f64, f64),
}

const SIZE: f64 = 8.0;
const ROW: f64 = 12.0;
const GAP: f64 = 1.5;

impl Table {
    /// An empty table whose colours run from blue at `low` to red at `high`.
    pub fn new(low: f64, high: f64) -> Self {
        Self {
            title: String::new(),
            letter: None,
            row_name: String::new(),
            column_name: String::new(),
            rows: Vec::new(),
            columns: Vec::new(),
            cells: Vec::new(),
            map: ColourMap::Diverging,
            range: (low, high),
        }
    }

    fn heading(&self) -> Heading<'_> {
        Heading { title: &self.title, letter: self.letter }
    }

    pub(crate) fn margins(&self, size: (f64, f64)) -> Margins {
        let headers = self.rows.iter().chain([&self.row_name]).map(|text| width(text, SIZE, false));
        let left = headers.fold(0.0, f64::max);
        let names = if self.column_name.is_empty() { 0.0 } else { ROW };
        let headers = if self.columns.is_empty() && self.row_name.is_empty() { 0.0 } else { ROW };
        let top = self.heading().height(size.0) + names + headers;
        Margins { left: if left > 0.0 { left + 6.0 } else { 0.0 }, top, right: 0.0, bottom: 0.0 }
    }

    /// The height at which rows are as high as their text wants them.
    pub(crate) fn height(&self, width: f64) -> f64 {
        self.margins((width, 0.0)).top + 1.8 * SIZE * self.cells.len().max(self.rows.len()) as f64
    }

    pub(crate) fn draw(&self, scene: &mut Scene, panel: Rect, area: Rect) {
        self.heading().draw(scene, panel, panel.left);
        let columns = self.cells.iter().map(Vec::len).fold(self.columns.len(), usize::max).max(1) as f64;
        let rows = self.cells.len().max(self.rows.len()).max(1) as f64;
        let cell = (area.width() / columns, area.height() / rows);
        let middle = |i: usize| area.left + cell.0 * (i as f64 + 0.5);
        let baseline = |j: usize, size: f64| area.top + cell.1 * (j as f64 + 0.5) + CAP_HEIGHT / 2.0 * size;
        // One size for all cells, and one for all headers, small enough for the longest text.
        let fitting = |texts: &mut dyn Iterator<Item = &String>| {
            let widest = texts.map(|text| width(text, 1.0, false)).fold(0.0, f64::max);
            SIZE.min((cell.0 - 4.0) / widest.max(1e-9)).max(3.0)
        };
        let header_size = fitting(&mut self.columns.iter());
        let header = |anchor, size| Letters::new(size, Paint::Ink, anchor);
        for (i, text) in self.columns.iter().enumerate() {
            scene.text((middle(i), area.top - 4.0), text, header(Anchor::Middle, header_size));
        }
        for (j, text) in self.rows.iter().enumerate() {
            scene.text((area.left - 6.0, baseline(j, SIZE)), text, header(Anchor::End, SIZE));
        }
        let muted = |anchor| Letters::new(SIZE, Paint::Muted, anchor);
        scene.text((area.left - 6.0, area.top - 4.0), &self.row_name, muted(Anchor::End));
        scene.text((area.centre().0, area.top - 4.0 - ROW), &self.column_name, muted(Anchor::Middle));
        let size = fitting(&mut self.cells.iter().flatten().map(|cell| &cell.text));
        let (low, high) = self.range;
        for (j, row) in self.cells.iter().enumerate() {
            for (i, content) in row.iter().enumerate() {
                let (left, top) = (area.left + cell.0 * i as f64, area.top + cell.1 * j as f64);
                let spot = Rect::new(left, top, cell.0, cell.1).grown(-GAP / 2.0);
                let background = content.value.map(|value| self.map.at((value - low) / (high - low)));
                if let Some(paint) = background {
                    scene.polygon(&spot.corners(), paint, 1.0);
                }
                let paint = background.map_or(Paint::Ink, Paint::readable_on);
                scene.text(
                    (middle(i), baseline(j, size)),
                    &content.text,
                    Letters::new(size, paint, Anchor::Middle),
                );
            }
        }
    }
}
