//! Legends: their entries, their size, and the corner in which they cover nothing.

use crate::geometry::{Point, Rect};
use crate::marks::{Mark, Markers};
use crate::markup::width;
use crate::paint::Paint;
use crate::plane::{add_marker, marker_style};
use crate::scene::{Anchor, Item, Letters, Path, Scene, Stroke};

/// A corner of the plot area.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Corner {
    /// Top left.
    TopLeft,
    /// Top right.
    TopRight,
    /// Bottom left.
    BottomLeft,
    /// Bottom right.
    BottomRight,
}

/// Where the legend of a chart stands. It lists the marks that have a label.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Legend {
    /// Right of the plot area.
    #[default]
    Right,
    /// Above the plot area, entries side by side.
    Above,
    /// In this corner if it covers no data there, else in another one, else right of the plot area.
    Inside(Corner),
}

const SIZE: f64 = 8.0;
const ROW: f64 = 11.5;
const KEY: f64 = 17.0;
const GAP: f64 = 4.5;
const PADDING: f64 = 4.0;
/// Smallest distance of the legend from data.
const CLEARANCE: f64 = 1.0;

/// One row: a label and the marks that carry it, drawn into one key.
#[derive(Debug)]
pub(crate) struct Entry<'a> {
    label: &'a str,
    marks: Vec<&'a Mark>,
}

/// The labelled marks in their order; marks of the same label share an entry.
pub(crate) fn entries(marks: &[Mark]) -> Vec<Entry<'_>> {
    let mut entries: Vec<Entry<'_>> = Vec::new();
    for mark in marks {
        let label = match mark {
            Mark::Line(m) => m.label.as_str(),
            Mark::Markers(m) => &m.label,
            Mark::Band(m) => &m.label,
            Mark::Area(m) => &m.label,
            _ => "",
        };
        match entries.iter_mut().find(|e| e.label == label) {
            _ if label.is_empty() => {}
            Some(entry) => entry.marks.push(mark),
            None => entries.push(Entry { label, marks: vec![mark] }),
        }
    }
    entries
}

/// Size of the legend with its entries below each other.
pub(crate) fn size(entries: &[Entry<'_>]) -> (f64, f64) {
    let widest = entries.iter().map(|e| width(e.label, SIZE, false)).fold(0.0, f64::max);
    (KEY + GAP + widest + 2.0 * PADDING, ROW * entries.len() as f64 + 2.0 * PADDING - 2.0)
}

/// The legend's rectangle in a corner of the plot area.
pub(crate) fn place(entries: &[Entry<'_>], corner: Corner, area: Rect) -> Rect {
    let ((w, h), inset) = (size(entries), 3.0);
    let left = matches!(corner, Corner::TopLeft | Corner::BottomLeft);
    let top = matches!(corner, Corner::TopLeft | Corner::TopRight);
    let x = if left { area.left + inset } else { area.right - inset - w };
    Rect::new(x, if top { area.top + inset } else { area.bottom - inset - h }, w, h)
}

/// The first corner, beginning with the wanted one, in which the legend fits and touches no item.
pub(crate) fn free_corner(
    entries: &[Entry<'_>],
    wanted: Corner,
    area: Rect,
    items: &[Item],
) -> Option<Corner> {
    let all = [wanted, Corner::TopRight, Corner::TopLeft, Corner::BottomRight, Corner::BottomLeft];
    all.into_iter().find(|&corner| {
        let spot = place(entries, corner, area);
        let fits = area.contains((spot.left, spot.top)) && area.contains((spot.right, spot.bottom));
        fits && !items.iter().any(|item| item.touches(spot.grown(CLEARANCE)))
    })
}

/// Rows of entries side by side, each row no wider than `limit`.
pub(crate) fn rows(entries: &[Entry<'_>], limit: f64) -> Vec<Vec<(f64, usize)>> {
    let mut rows: Vec<Vec<(f64, usize)>> = Vec::new();
    let mut x = f64::INFINITY;
    for (i, entry) in entries.iter().enumerate() {
        let w = KEY + GAP + width(entry.label, SIZE, false);
        if x + w > limit {
            rows.push(Vec::new());
            x = 0.0;
        }
        if let Some(row) = rows.last_mut() {
            row.push((x, i));
        }
        x += w + 14.0;
    }
    rows
}

/// Height that `rows` of a legend above the plot area take.
pub(crate) fn rows_height(rows: usize) -> f64 {
    if rows > 0 { ROW * rows as f64 + 3.0 } else { 0.0 }
}

/// Draws the rows with the top left corner of the legend at `(left, top)`.
pub(crate) fn draw_above(scene: &mut Scene, entries: &[Entry<'_>], (left, top): Point, limit: f64) {
    for (k, row) in rows(entries, limit).into_iter().enumerate() {
        for (x, i) in row {
            draw_entry(scene, &entries[i], (left + x, top + ROW * (k as f64 + 0.5)));
        }
    }
}

/// Draws the entries below each other; inside the plot area on a piece of paper.
pub(crate) fn draw(scene: &mut Scene, entries: &[Entry<'_>], spot: Rect, on_paper: bool) {
    if on_paper {
        let mut path = Path { fill: Some((Paint::Paper, 0.85)), ..Path::default() };
        path.rounded(spot, 2.0);
        scene.push(path);
    }
    for (i, entry) in entries.iter().enumerate() {
        draw_entry(scene, entry, (spot.left + PADDING, spot.top + PADDING - 1.0 + ROW * (i as f64 + 0.5)));
    }
}

/// The key, vertically centred on `y`, and the label.
fn draw_entry(scene: &mut Scene, entry: &Entry<'_>, (x, y): Point) {
    for mark in &entry.marks {
        match mark {
            Mark::Line(line) => {
                let stroke = Stroke { paint: line.paint, width: line.width, dash: line.dash };
                scene.line(&[(x, y), (x + KEY, y)], stroke);
            }
            Mark::Markers(markers) => {
                let mut path = marker_style(markers);
                add_marker(&mut path, markers.shape, (x + KEY / 2.0, y), Markers::size_in_key(markers));
                scene.push(path);
            }
            Mark::Band(crate::marks::Band { paint, opacity, .. })
            | Mark::Area(crate::marks::Area { paint, opacity, .. }) => {
                scene.polygon(&Rect::new(x, y - 3.5, KEY, 7.0).corners(), *paint, *opacity);
            }
            _ => {}
        }
    }
    let letters = Letters::new(SIZE, Paint::Ink, Anchor::Start);
    scene.text((x + KEY + GAP, y + 0.36 * SIZE), entry.label, letters);
}

impl Markers {
    /// Markers keep their size in a key unless they are larger than a row.
    fn size_in_key(&self) -> f64 {
        self.size.min(ROW - 3.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::marks::Line;
    use crate::scene::Dash;

    fn line(label: &str, points: &[(f64, f64)]) -> Mark {
        Line { label: label.into(), ..Line::new(points.iter().copied(), Paint::Blue) }.into()
    }

    #[test]
    fn marks_of_one_label_share_an_entry() {
        let markers = Markers { label: "a".into(), ..Markers::new([], Paint::Blue) };
        let marks = [line("a", &[]), line("", &[]), line("b", &[]), markers.into()];
        let list = entries(&marks);
        assert_eq!(list.iter().map(|e| (e.label, e.marks.len())).collect::<Vec<_>>(), [("a", 2), ("b", 1)]);
        assert_eq!(rows(&list, 1000.0).len(), 1);
        assert_eq!(rows(&list, 10.0).len(), 2);
    }

    #[test]
    fn a_legend_moves_to_a_corner_where_it_covers_nothing() {
        let marks = [line("curve", &[])];
        let (list, area) = (entries(&marks), Rect::new(0.0, 0.0, 200.0, 200.0));
        let mut scene = Scene::default();
        let stroke = Stroke { paint: Paint::Blue, width: 1.0, dash: Dash::Solid };
        scene.line(&[(0.0, 200.0), (200.0, 0.0)], stroke);
        let free = |items: &[Item]| free_corner(&list, Corner::TopRight, area, items);
        assert_eq!(free(&[]), Some(Corner::TopRight));
        assert_eq!(free(&scene.items), Some(Corner::TopLeft));
        scene.line(&[(0.0, 0.0), (200.0, 200.0)], stroke);
        assert_eq!(free(&scene.items), None);
        assert_eq!(free_corner(&list, Corner::TopLeft, Rect::new(0.0, 0.0, 10.0, 10.0), &[]), None);
    }
}
