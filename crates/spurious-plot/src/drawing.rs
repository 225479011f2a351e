//! Free drawings: lines, discs, boxes, arrows and text at places in pt.

use crate::geometry::Rect;
use crate::paint::Paint;
use crate::plane::draw_arrow;
use crate::scene::{Anchor, CAP_HEIGHT, Dash, Item, Letters, Path, Scene, Step, Stroke};

/// How a line or an outline is drawn.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pen {
    /// Colour.
    pub paint: Paint,
    /// Width in pt.
    pub width: f64,
    /// Solid or broken.
    pub dash: Dash,
}

impl Pen {
    /// A solid pen of 1 pt.
    pub const fn new(paint: Paint) -> Self {
        Self { paint, width: 1.0, dash: Dash::Solid }
    }

    fn stroke(self) -> Stroke {
        Stroke { paint: self.paint, width: self.width, dash: self.dash }
    }
}

/// A drawing in pt, origin top left and `y` downwards, centred in its panel.
///
/// # Examples
/// ```
/// use spurious_plot::{Anchor, Drawing, Figure, Paint, Pen};
/// let mut drawing = Drawing::new(120.0, 40.0);
/// drawing.circle((20.0, 20.0), 8.0, Some(Pen::new(Paint::Ink)), Some((Paint::Blue, 0.3)));
/// drawing.arrow((30.0, 20.0), (80.0, 20.0), Pen::new(Paint::Ink));
/// drawing.text((85.0, 20.0), "$σ(w·x)$", Anchor::Start, 9.0, Paint::Ink);
/// assert!(Figure::new(130.0, 50.0, "A neuron", drawing).to_svg("n").contains("σ"));
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Drawing {
    /// Width in pt.
    pub width: f64,
    /// Height in pt.
    pub height: f64,
    scene: Scene,
}

impl Drawing {
    /// An empty drawing.
    pub fn new(width: f64, height: f64) -> Self {
        Self { width, height, ..Self::default() }
    }

    /// A line through points.
    pub fn line(&mut self, points: &[(f64, f64)], pen: Pen) -> &mut Self {
        self.scene.line(points, pen.stroke());
        self
    }

    /// A circle, outlined, filled, or both.
    pub fn circle(
        &mut self,
        centre: (f64, f64),
        radius: f64,
        pen: Option<Pen>,
        fill: Option<(Paint, f64)>,
    ) -> &mut Self {
        self.shape(pen, fill, |path| path.circle(centre, radius))
    }

    /// A box around `centre` with rounded corners, outlined, filled, or both.
    pub fn rounded_box(
        &mut self,
        centre: (f64, f64),
        (width, height): (f64, f64),
        radius: f64,
        pen: Option<Pen>,
        fill: Option<(Paint, f64)>,
    ) -> &mut Self {
        let rect = Rect::new(centre.0 - width / 2.0, centre.1 - height / 2.0, width, height);
        self.shape(pen, fill, |path| path.rounded(rect, radius))
    }

    /// A straight arrow.
    pub fn arrow(&mut self, from: (f64, f64), to: (f64, f64), pen: Pen) -> &mut Self {
        draw_arrow(&mut self.scene, from, to, pen.stroke());
        self
    }

    /// A line of text with markup, vertically centred on the point.
    pub fn text(
        &mut self,
        (x, y): (f64, f64),
        text: &str,
        anchor: Anchor,
        size: f64,
        paint: Paint,
    ) -> &mut Self {
        self.scene.text((x, y + CAP_HEIGHT / 2.0 * size), text, Letters::new(size, paint, anchor));
        self
    }

    fn shape(
        &mut self,
        pen: Option<Pen>,
        fill: Option<(Paint, f64)>,
        draw: impl FnOnce(&mut Path),
    ) -> &mut Self {
        let mut path = Path { steps: Vec::new(), fill, stroke: pen.map(Pen::stroke) };
        draw(&mut path);
        self.scene.push(path);
        self
    }

    pub(crate) fn draw(&self, scene: &mut Scene, area: Rect) {
        let (dx, dy) =
            (area.left + (area.width() - self.width) / 2.0, area.top + (area.height() - self.height) / 2.0);
        scene.items.extend(self.scene.items.iter().cloned().map(|item| moved(item, dx, dy)));
    }
}

fn moved(item: Item, dx: f64, dy: f64) -> Item {
    let shift = |(x, y): (f64, f64)| (x + dx, y + dy);
    match item {
        Item::Text(mut text) => {
            text.origin = shift(text.origin);
            Item::Text(text)
        }
        Item::Path(mut path) => {
            for step in &mut path.steps {
                *step = match *step {
                    Step::Move(p) => Step::Move(shift(p)),
                    Step::Line(p) => Step::Line(shift(p)),
                    Step::Cubic(a, b, c) => Step::Cubic(shift(a), shift(b), shift(c)),
                    Step::Close => Step::Close,
                };
            }
            Item::Path(path)
        }
    }
}
