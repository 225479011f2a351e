//! Grids of coloured cells: a matrix, an image, a filter.

use crate::colour::ColourMap;
use crate::geometry::Rect;
use crate::markup::width;
use crate::paint::Paint;
use crate::plane::{LABEL_SIZE, Plane};
use crate::scene::{Anchor, CAP_HEIGHT, Letters, Path, Scene};

/// A grid of cells coloured by their values, with optional texts.
///
/// # Examples
/// ```
/// use spurious_plot::{Axis, Cells, Chart, Figure};
/// // Two rows of three cells; the vertical axis runs down, as in an image.
/// let cells = Cells::symmetric(2, 3, vec![0.1, 0.9, 0.1, -0.2, 0.0, -0.2], "weight");
/// let mut chart = Chart::new(Axis::linear("column"), Axis::linear("row").over(2.5, 0.5));
/// chart.add(cells);
/// assert!(Figure::new(200.0, 120.0, "A filter", chart).to_svg("f").contains("weight"));
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Cells {
    /// Edges of the columns, `[columns + 1]`, increasing.
    pub x: Vec<f64>,
    /// Edges of the rows, `[rows + 1]`, increasing.
    pub y: Vec<f64>,
    /// Values `[rows, columns]`, row-major; a cell whose value is not finite stays empty.
    pub z: Vec<f64>,
    /// The values with the first and the last colour.
    pub range: (f64, f64),
    /// The colours.
    pub map: ColourMap,
    /// Texts of the cells in the order of the values, with markup: all are shown if all fit, else none.
    pub labels: Vec<String>,
    /// Label of the colour bar right of the chart; `None` for no bar.
    pub bar: Option<String>,
}

/// Number of colours of cells: odd, so that the neutral colour is one of them.
const SHADES: usize = 65;
/// Overlap of neighbouring cells in pt, so that no seam is visible.
const OVERLAP: f64 = 0.12;

impl Cells {
    /// Cells around 1, 2, 3 … on both axes, with colours for both signs and a colour bar.
    pub fn symmetric(rows: usize, columns: usize, z: Vec<f64>, bar: impl Into<String>) -> Self {
        let edges = |count: usize| (0..=count).map(|i| i as f64 + 0.5).collect();
        let largest = z.iter().filter(|z| z.is_finite()).fold(0.0_f64, |largest, z| largest.max(z.abs()));
        Self {
            x: edges(columns),
            y: edges(rows),
            z,
            range: (-largest, largest),
            map: ColourMap::Diverging,
            labels: Vec::new(),
            bar: Some(bar.into()),
        }
    }

    /// The range, or a valid one in its place.
    pub(crate) fn bounds(&self) -> (f64, f64) {
        let (low, high) = self.range;
        let drawable = low < high && (high - low).is_finite() && high - low > f64::MIN_POSITIVE;
        if drawable { self.range } else { (-1.0, 1.0) }
    }

    fn columns(&self) -> usize {
        self.x.len().saturating_sub(1)
    }

    fn rect(&self, plane: &Plane, row: usize, columns: std::ops::Range<usize>) -> Rect {
        let (x, y) = (self.x[columns.start], self.x[columns.end]);
        let (a, b) = (plane.place((x, self.y[row])), plane.place((y, self.y[row + 1])));
        Rect { left: a.0.min(b.0), right: a.0.max(b.0), top: a.1.min(b.1), bottom: a.1.max(b.1) }
    }

    pub(crate) fn draw(&self, scene: &mut Scene, plane: &Plane) {
        let (low, high) = self.bounds();
        let columns = self.columns();
        if columns == 0 {
            return;
        }
        let shade = |z: f64| {
            let position = ((z - low) / (high - low)).clamp(0.0, 1.0) * (SHADES - 1) as f64;
            z.is_finite().then(|| position.round() as usize)
        };
        let colour = |shade: usize| self.map.at(shade as f64 / (SHADES - 1) as f64);
        let rows = || self.z.chunks_exact(columns).take(self.y.len().saturating_sub(1)).enumerate();
        // One path for each colour, one rectangle for each run of cells of that colour.
        let mut paths: Vec<Path> =
            (0..SHADES).map(|shade| Path { fill: Some((colour(shade), 1.0)), ..Path::default() }).collect();
        for (row, values) in rows() {
            let mut column = 0;
            for run in values.chunk_by(|a, b| shade(*a) == shade(*b)) {
                if let Some(shade) = shade(run[0]) {
                    let rect = self.rect(plane, row, column..column + run.len()).grown(OVERLAP);
                    paths[shade].polyline(&plane.area.clip_polygon(&rect.corners()), true);
                }
                column += run.len();
            }
        }
        paths.into_iter().for_each(|path| scene.push(path));
        let Some(size) = self.label_size(plane) else { return };
        for (row, values) in rows() {
            for (column, &z) in values.iter().enumerate() {
                let (x, y) = self.rect(plane, row, column..column + 1).centre();
                let paint = shade(z).map_or(Paint::Ink, |shade| Paint::readable_on(colour(shade)));
                let letters = Letters::new(size, paint, Anchor::Middle);
                let label = self.labels.get(row * columns + column).map_or("", String::as_str);
                if plane.area.contains((x, y)) {
                    scene.text((x, y + CAP_HEIGHT / 2.0 * size), label, letters);
                }
            }
        }
    }

    /// The largest font size at which all labels fit, if it is readable.
    fn label_size(&self, plane: &Plane) -> Option<f64> {
        let widest = self.labels.iter().map(|label| width(label, 1.0, false)).fold(0.0, f64::max);
        if widest == 0.0 || self.y.len() < 2 {
            return None;
        }
        let size = |edges: &[f64], place: &dyn Fn(f64) -> f64| {
            edges.windows(2).map(|e| (place(e[1]) - place(e[0])).abs()).fold(f64::INFINITY, f64::min)
        };
        let cell = (size(&self.x, &|x| plane.left_of(x)), size(&self.y, &|y| plane.height_of(y)));
        let size = LABEL_SIZE.min((cell.0 - 3.0) / widest).min((cell.1 - 2.0) / 1.2);
        (size >= 5.5).then_some(size)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::axis::Axis;
    use crate::scene::Item;

    fn drawn(cells: &Cells) -> (usize, Vec<String>) {
        let area = Rect::new(0.0, 0.0, 90.0, 60.0);
        let scale = |to| Axis::linear("").over(0.5, to).scale(std::iter::empty(), true);
        let mut scene = Scene::default();
        cells.draw(&mut scene, &Plane { x: scale(3.5), y: scale(2.5), area });
        let texts = scene.items.iter().filter_map(|item| match item {
            Item::Text(text) => Some(text.runs.iter().map(|run| run.text.as_str()).collect()),
            Item::Path(_) => None,
        });
        let texts: Vec<String> = texts.collect();
        (scene.items.len() - texts.len(), texts)
    }

    #[test]
    fn equal_neighbours_share_a_path_and_missing_ones_stay_empty() {
        let cells = Cells::symmetric(2, 3, vec![1.0, 1.0, -1.0, f64::NAN, 1.0, 0.0], "z");
        assert_eq!((cells.range, drawn(&cells).0), ((-1.0, 1.0), 3));
    }

    #[test]
    fn labels_are_shown_if_all_fit() {
        let labels = |text: &str| vec![text.to_string(); 6];
        let cells = Cells { labels: labels("0.5"), ..Cells::symmetric(2, 3, vec![0.5; 6], "z") };
        assert_eq!(drawn(&cells).1.len(), 6);
        let cells = Cells { labels: labels("much too long for a cell"), ..cells };
        assert!(drawn(&cells).1.is_empty());
    }

    #[test]
    fn nothing_is_too_odd_to_be_drawn() {
        for z in [vec![], vec![0.0; 6], vec![f64::NAN; 6], vec![f64::MAX; 6], vec![1.0; 2]] {
            let cells = Cells::symmetric(2, 3, z.clone(), "z");
            let (low, high) = cells.bounds();
            assert!(low < high && (high - low).is_finite());
            drawn(&cells);
            drawn(&Cells { x: vec![], y: vec![1.0], ..cells });
        }
    }
}
