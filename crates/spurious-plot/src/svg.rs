//! A scene as SVG text.

use crate::font::{Face, face_css};
use crate::geometry::Point;
use crate::markup::escape;
use crate::paint::{Paint, Use, theme_css};
use crate::scene::{Item, Path, Scene, Step, Text};
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// What an SVG element says about itself.
pub(crate) struct Frame<'a> {
    pub(crate) width: f64,
    pub(crate) height: f64,
    pub(crate) title: &'a str,
    pub(crate) description: &'a str,
    /// Prefix of every id, so that several figures fit into one page.
    pub(crate) id: &'a str,
    /// Whether fonts, theme and background come along.
    pub(crate) standalone: bool,
}

/// The whole `<svg>` element. Light colours are attributes, which the classes of the theme overrule.
pub(crate) fn write(scene: &Scene, frame: &Frame<'_>) -> String {
    let (w, h, id) = (number(frame.width), number(frame.height), escape(frame.id));
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"spf\" viewBox=\"0 0 {w} {h}\" width=\"{w}pt\" height=\"{h}pt\" \
         role=\"img\" xml:space=\"preserve\" aria-labelledby=\"{id}-title {id}-desc\" font-family=\"'Spurious Sans','Liberation Sans',\
         Arial,Helvetica,sans-serif\" stroke-linejoin=\"round\"><title id=\"{id}-title\">{}</title>\
         <desc id=\"{id}-desc\">{}</desc>",
        escape(frame.title),
        escape(frame.description)
    );
    if frame.standalone {
        let faces: BTreeSet<Face> = scene.items.iter().flat_map(faces).collect();
        let background = attribute("fill", Paint::Paper, Use::Fill);
        let _ = write!(
            out,
            "<style>{}{}</style><rect width=\"100%\" height=\"100%\"{background}/>",
            face_css(faces),
            theme_css()
        );
    }
    for item in &scene.items {
        match item {
            Item::Path(path) => write_path(&mut out, path),
            Item::Text(text) => write_text(&mut out, text),
        }
    }
    out + "</svg>"
}

fn faces(item: &Item) -> Vec<Face> {
    match item {
        Item::Text(text) => text.runs.iter().map(|run| run.face).collect(),
        Item::Path(_) => Vec::new(),
    }
}

fn write_path(out: &mut String, path: &Path) {
    out.push_str("<path d=\"");
    // Steps relative to the last point are short, and sums of rounded steps would drift: count hundredths.
    let hundredths = |p: Point| ((p.0 * 100.0).round() as i64, (p.1 * 100.0).round() as i64);
    let (mut start, mut at) = ((0, 0), (0, 0));
    let step = |out: &mut String, command: &str, to: (i64, i64), at: (i64, i64)| {
        let _ = write!(out, "{command}{} {}", decimal(to.0 - at.0), decimal(to.1 - at.1));
    };
    for part in &path.steps {
        match *part {
            Step::Move(p) => {
                at = hundredths(p);
                start = at;
                step(out, "M", at, (0, 0));
            }
            Step::Line(p) => {
                let to = hundredths(p);
                step(out, "l", to, at);
                at = to;
            }
            Step::Cubic(a, b, c) => {
                let to = hundredths(c);
                step(out, "c", hundredths(a), at);
                step(out, " ", hundredths(b), at);
                step(out, " ", to, at);
                at = to;
            }
            Step::Close => {
                out.push('z');
                at = start;
            }
        }
    }
    out.push('"');
    let mut classes = Vec::new();
    match path.fill {
        Some((paint, opacity)) => {
            colour(out, "fill", paint, Use::Fill, &mut classes);
            if opacity < 1.0 {
                let _ = write!(out, " fill-opacity=\"{}\"", number(opacity));
            }
        }
        None => out.push_str(" fill=\"none\""),
    }
    if let Some(stroke) = path.stroke {
        colour(out, "stroke", stroke.paint, Use::Stroke, &mut classes);
        let _ = write!(out, " stroke-width=\"{}\"", number(stroke.width));
        let dashes: Vec<String> = stroke.dash.pattern(stroke.width).into_iter().map(number).collect();
        if !dashes.is_empty() {
            let _ = write!(out, " stroke-dasharray=\"{}\"", dashes.join(" "));
        }
    }
    if !classes.is_empty() {
        let _ = write!(out, " class=\"{}\"", classes.join(" "));
    }
    out.push_str("/>");
}

fn write_text(out: &mut String, text: &Text) {
    let (x, y) = (number(text.origin.0), number(text.origin.1));
    let turn = if text.upwards { " rotate(-90)" } else { "" };
    let _ = write!(out, "<text transform=\"translate({x} {y}){turn}\"");
    let mut classes = Vec::new();
    colour(out, "fill", text.paint, Use::Text, &mut classes);
    if text.halo {
        colour(out, "stroke", Paint::Paper, Use::Stroke, &mut classes);
        out.push_str(" stroke-width=\"2.5\" paint-order=\"stroke\"");
    }
    if !classes.is_empty() {
        let _ = write!(out, " class=\"{}\"", classes.join(" "));
    }
    out.push('>');
    let mut height = 0.0;
    for run in &text.runs {
        let face = match run.face {
            Face::Regular => "",
            Face::Italic => " font-style=\"italic\"",
            Face::Bold => " font-weight=\"bold\"",
            Face::Math => " font-family=\"'Spurious Math','DejaVu Sans',sans-serif\"",
        };
        let (x, size, letters) = (number(run.x), number(run.size), escape(&run.text));
        // The height is that of the run before unless it is said.
        let y = if run.y == height { String::new() } else { format!(" y=\"{}\"", number(run.y)) };
        height = run.y;
        let _ = write!(out, "<tspan x=\"{x}\"{y} font-size=\"{size}\"{face}>{letters}</tspan>");
    }
    out.push_str("</text>");
}

fn attribute(name: &str, paint: Paint, purpose: Use) -> String {
    let class = paint.class(purpose).map(|class| format!(" class=\"{class}\"")).unwrap_or_default();
    format!(" {name}=\"#{:06x}\"{class}", paint.light(purpose))
}

fn colour(out: &mut String, name: &str, paint: Paint, purpose: Use, classes: &mut Vec<String>) {
    let _ = write!(out, " {name}=\"#{:06x}\"", paint.light(purpose));
    classes.extend(paint.class(purpose));
}

/// A length to a hundredth of a point, finer than any printer.
fn number(value: f64) -> String {
    decimal((value * 100.0).round() as i64)
}

/// A number of hundredths in decimals, without needless zeros.
fn decimal(hundredths: i64) -> String {
    let (sign, size) = (if hundredths < 0 { "-" } else { "" }, hundredths.unsigned_abs());
    match (size / 100, size % 100) {
        (whole, 0) => format!("{sign}{whole}"),
        (0, part) if part % 10 == 0 => format!("{sign}.{}", part / 10),
        (0, part) => format!("{sign}.{part:02}"),
        (whole, part) if part % 10 == 0 => format!("{sign}{whole}.{}", part / 10),
        (whole, part) => format!("{sign}{whole}.{part:02}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short() {
        assert_eq!(
            [0.0, -0.001, 1.5, 12.346, 100.0].map(number),
            ["0", "0", "1.5", "12.35", "100"].map(String::from)
        );
    }
}
