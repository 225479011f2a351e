//! Figures: panels in rows, and their files.

use crate::geometry::Rect;
use crate::panel::{Margins, Panel};
use crate::scene::Scene;
use crate::{pdf, svg};

/// A row of panels.
#[derive(Debug, Clone, PartialEq)]
pub struct PanelRow {
    /// Height relative to the other rows.
    pub height: f64,
    /// The panels, of equal width.
    pub panels: Vec<Panel>,
}

impl PanelRow {
    /// A row of the usual height.
    pub fn new<P: Into<Panel>>(panels: impl IntoIterator<Item = P>) -> Self {
        Self { height: 1.0, panels: panels.into_iter().map(Into::into).collect() }
    }
}

/// A figure of fixed size. The same figure always gives the same bytes.
///
/// # Examples
/// ```
/// use spurious_plot::{Axis, Chart, Figure, Line, Paint};
/// let mut chart = Chart::new(Axis::linear("$x$"), Axis::linear("$x^2$"));
/// chart.add(Line::new((0..=20).map(|i| (f64::from(i), f64::from(i * i))), Paint::Blue));
/// let figure = Figure::new(250.0, 180.0, "A parabola", chart);
/// assert!(figure.to_svg("parabola").starts_with("<svg"));
/// assert!(figure.to_pdf().starts_with(b"%PDF"));
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Figure {
    /// Width in pt; a column of a journal has about 250, a page 510.
    pub width: f64,
    /// Height in pt.
    pub height: f64,
    /// The title in plain words, for readers who cannot see the figure and for the file.
    pub title: String,
    /// The content in plain words, for readers who cannot see the figure.
    pub description: String,
    /// The panels from top to bottom.
    pub rows: Vec<PanelRow>,
}

/// Distance between panels and width of the rim.
const GAP: f64 = 14.0;
const RIM: f64 = 3.0;
/// A right margin wider than this holds more than the end of a tick label.
const BESIDE: f64 = 24.0;

/// A panel with its place.
struct Placed<'a> {
    panel: &'a Panel,
    row: usize,
    column: usize,
    rect: Rect,
    legend_right: bool,
}

impl Figure {
    /// A figure of one panel.
    pub fn new(width: f64, height: f64, title: impl Into<String>, panel: impl Into<Panel>) -> Self {
        Self::grid(width, height, title, [PanelRow::new([panel])])
    }

    /// A figure of panels side by side.
    pub fn row<P: Into<Panel>>(
        width: f64,
        height: f64,
        title: impl Into<String>,
        panels: impl IntoIterator<Item = P>,
    ) -> Self {
        Self::grid(width, height, title, [PanelRow::new(panels)])
    }

    /// A figure of several rows, whose panels are lettered (a), (b) … if there is more than one. Plot areas are aligned in
    /// rows, and in columns of equal width.
    pub fn grid(
        width: f64,
        height: f64,
        title: impl Into<String>,
        rows: impl IntoIterator<Item = PanelRow>,
    ) -> Self {
        let mut rows: Vec<PanelRow> = rows.into_iter().collect();
        if rows.iter().map(|row| row.panels.len()).sum::<usize>() > 1 {
            let panels = rows.iter_mut().flat_map(|row| &mut row.panels);
            panels.zip('a'..='z').for_each(|(panel, letter)| panel.set_letter(letter));
        }
        Self { width, height, title: title.into(), description: String::new(), rows }
    }

    /// The figure as an element for a page that has [`theme_css`](crate::theme_css) and
    /// [`font_face_css`](crate::font_face_css); every id begins with `id_prefix`.
    ///
    /// It has its natural size where its container is wide enough, and shrinks with the container.
    pub fn to_svg(&self, id_prefix: &str) -> String {
        svg::write(&self.scene(), &self.frame(id_prefix, false))
    }

    /// The figure as a file of its own, with fonts, background and dark mode.
    pub fn to_svg_file(&self) -> String {
        svg::write(&self.scene(), &self.frame("figure", true)) + "\n"
    }

    /// The figure as a PDF of one page in light colours, with its fonts.
    pub fn to_pdf(&self) -> Vec<u8> {
        pdf::write(&self.scene(), self.width, self.height, &self.title)
    }

    /// The same figure for a column so wide, in pt: its panels below each other, legends and colour bars above them instead
    /// of beside them, and plot areas higher for their width. Drawings and tables keep their size and their rows.
    ///
    /// # Examples
    /// ```
    /// use spurious_plot::{Axis, Chart, Figure, Line, Paint};
    /// let mut chart = Chart::new(Axis::linear("$x$"), Axis::linear("$y$"));
    /// chart.add(Line::new([(0.0, 0.0), (1.0, 1.0)], Paint::Blue));
    /// let wide = Figure::row(510.0, 200.0, "Twice", [chart.clone(), chart]);
    /// let narrow = wide.narrowed(216.0);
    /// assert!(narrow.width == 216.0 && narrow.height > wide.height && narrow.rows.len() == 2);
    /// ```
    pub fn narrowed(&self, width: f64) -> Self {
        let (placed, areas) = self.settled();
        let row = |(place, area): (&Placed<'_>, &Rect)| {
            let (panel, height) = place.panel.narrowed(width - 2.0 * RIM, area.height() / area.width());
            PanelRow { height, panels: vec![panel] }
        };
        let rows: Vec<PanelRow> = placed.iter().zip(&areas).map(row).collect();
        let gaps = GAP * rows.len().saturating_sub(1) as f64;
        let height = rows.iter().map(|row| row.height).sum::<f64>() + gaps + 2.0 * RIM;
        Self { width, height, title: self.title.clone(), description: self.description.clone(), rows }
    }

    fn frame<'a>(&'a self, id: &'a str, standalone: bool) -> svg::Frame<'a> {
        let Self { width, height, title, description, .. } = self;
        svg::Frame { width: *width, height: *height, title, description, id, standalone }
    }

    /// The panels with their places and plot areas.
    fn settled(&self) -> (Vec<Placed<'_>>, Vec<Rect>) {
        let mut placed = self.places();
        let mut areas = plot_areas(&placed);
        // A legend without a free corner goes to the right, which moves the plot areas; so the layout is computed again.
        for _ in 0..=placed.len() {
            let mut changed = false;
            for (place, &area) in placed.iter_mut().zip(&areas) {
                let needed = place.panel.needs_room_for_legend(area);
                changed |= needed && !place.legend_right;
                place.legend_right |= needed;
            }
            if !changed {
                break;
            }
            areas = plot_areas(&placed);
        }
        (placed, areas)
    }

    fn scene(&self) -> Scene {
        let (placed, areas) = self.settled();
        let mut scene = Scene::default();
        for (place, &area) in placed.iter().zip(&areas) {
            place.panel.draw(&mut scene, place.rect, area, place.legend_right);
        }
        scene
    }

    fn places(&self) -> Vec<Placed<'_>> {
        let share = |weights: &[f64], length: f64| {
            let total: f64 = weights.iter().sum();
            let free = length - 2.0 * RIM - GAP * (weights.len().max(1) - 1) as f64;
            let mut start = RIM;
            let spans = weights.iter().map(|w| {
                let span = (start, free * w / total);
                start += span.1 + GAP;
                span
            });
            spans.collect::<Vec<_>>()
        };
        let heights: Vec<f64> = self.rows.iter().map(|row| row.height).collect();
        let mut placed = Vec::new();
        for ((r, row), (top, height)) in self.rows.iter().enumerate().zip(share(&heights, self.height)) {
            let widths = share(&vec![1.0; row.panels.len()], self.width);
            for ((column, panel), (left, width)) in row.panels.iter().enumerate().zip(widths) {
                let rect = Rect::new(left, top, width, height);
                placed.push(Placed { panel, row: r, column, rect, legend_right: false });
            }
        }
        placed
    }
}

fn is_chart(place: &Placed<'_>) -> bool {
    matches!(place.panel, Panel::Chart(_))
}

/// Whether `q` is a chart above or below `p`.
fn same_column(p: &Placed<'_>, q: &Placed<'_>) -> bool {
    is_chart(q) && q.column == p.column && q.rect.left == p.rect.left && q.rect.right == p.rect.right
}

/// The plot areas: panels of a row share top and bottom, panels of a column and width the sides.
fn plot_areas(placed: &[Placed<'_>]) -> Vec<Rect> {
    let margins = |p: &Placed<'_>, least_left| {
        p.panel.margins((p.rect.width(), p.rect.height()), p.legend_right, least_left)
    };
    let alone: Vec<Margins> = placed.iter().map(|p| margins(p, 0.0)).collect();
    // Names of axes and legends are set for the width that is left after aligning.
    let left = |p: &Placed<'_>| {
        let column = placed.iter().zip(&alone).filter(|(q, _)| same_column(p, q));
        if is_chart(p) { column.map(|(_, m)| m.left).fold(0.0, f64::max) } else { 0.0 }
    };
    let own: Vec<Margins> = placed.iter().map(|p| margins(p, left(p))).collect();
    let widest = |chosen: &dyn Fn(&Placed<'_>) -> bool, side: fn(&Margins) -> f64| {
        placed.iter().zip(&own).filter(|(p, _)| chosen(p)).map(|(_, m)| side(m)).fold(0.0, f64::max)
    };
    let areas = placed.iter().zip(&own).map(|(p, own)| {
        // Only charts have axes that are worth aligning.
        if !is_chart(p) {
            return own.inside(p.rect);
        }
        let same_row = |q: &Placed<'_>| is_chart(q) && q.row == p.row;
        let same_column = |q: &Placed<'_>| same_column(p, q);
        let narrow = |m: &Margins| if m.right > BESIDE { 0.0 } else { m.right };
        let aligned = Margins {
            left: widest(&same_column, |m| m.left),
            top: widest(&same_row, |m| m.top),
            // A colour bar or a legend beside one panel should not narrow the others.
            right: if own.right > BESIDE { own.right } else { widest(&same_column, narrow) },
            bottom: widest(&same_row, |m| m.bottom),
        };
        aligned.inside(p.rect)
    });
    areas.collect()
}
