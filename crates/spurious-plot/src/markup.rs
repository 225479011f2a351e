//! The markup of all text: parsed once, set as glyphs in figures and as HTML on pages.
//!
//! | markup | becomes |
//! |---|---|
//! | `$…$` | a formula: letters in italics, `_` and `^` lower and raise one character or a `{group}`, `\mathrm{…}` stays upright |
//! | `**…**` | bold text |
//! | `[…](#anchor)` | a link to a place on the page; plain text in a figure |
//! | `\$`, `\*`, `\[`, `\]`, `\\` | the character without its meaning |
//!
//! There are no errors: everything that is not markup is text.

use std::fmt::Write as _;

use crate::font::Face;

/// A piece of text.
#[derive(Debug, Clone, PartialEq)]
enum Span {
    /// Letters as they are.
    Plain(String),
    /// Letters of a formula that are set in italics.
    Slanted(String),
    /// Lowered (`false`) and raised (`true`) parts of a formula, which begin at the same place.
    Scripts(Vec<(bool, Vec<Span>)>),
    /// A formula, and its number of characters in the source.
    Formula(Vec<Span>, usize),
    Bold(Vec<Span>),
    /// A link and its anchor.
    Link(Vec<Span>, String),
}

/// Characters with a meaning unless they follow a backslash.
const SPECIAL: [char; 5] = ['\\', '$', '*', '[', ']'];
const UPRIGHT: [char; 7] = ['\\', 'm', 'a', 't', 'h', 'r', 'm'];

/// Text in which nothing is markup, for names that come from elsewhere.
///
/// # Examples
/// ```
/// use spurious_plot::{Axis, markup::literal};
/// let axis = Axis::linear(format!("{} in $m^2$", literal("cost_$")));
/// assert_eq!(axis.label, r"cost_\$ in $m^2$");
/// ```
pub fn literal(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        if SPECIAL.contains(&c) {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    escaped
}

/// Text without markup, escaped for HTML and XML, also between quotes. Characters that XML cannot represent become spaces.
///
/// # Examples
/// ```
/// assert_eq!(spurious_plot::markup::escape("a<b & \"c\"\u{1}"), "a&lt;b &amp; &quot;c&quot; ");
/// ```
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\u{fffe}' | '\u{ffff}' => escaped.push(' '),
            c if c.is_control() => escaped.push(' '),
            c => escaped.push(c),
        }
    }
    escaped
}

/// Text with markup as HTML.
///
/// # Examples
/// ```
/// use spurious_plot::markup::to_html;
/// assert_eq!(to_html("**Two** runs"), "<strong>Two</strong> runs");
/// assert_eq!(to_html("$x^2$"), "<span class=\"math\"><i>x</i><sup>2</sup></span>");
/// ```
pub fn to_html(text: &str) -> String {
    html(&parse(text))
}

fn html(spans: &[Span]) -> String {
    let mut out = String::new();
    for span in spans {
        // Writing to a string cannot fail.
        let _ = match span {
            Span::Plain(text) => write!(out, "{}", escape(text)),
            Span::Slanted(text) => write!(out, "<i>{}</i>", escape(text)),
            Span::Scripts(scripts) => scripts.iter().try_for_each(|(raised, spans)| {
                let tag = if *raised { "sup" } else { "sub" };
                write!(out, "<{tag}>{}</{tag}>", html(spans))
            }),
            Span::Formula(spans, length) => {
                // A formula is not broken over lines unless it is long.
                let class = if *length > 40 { "long math" } else { "math" };
                write!(out, "<span class=\"{class}\">{}</span>", html(spans))
            }
            Span::Bold(spans) => write!(out, "<strong>{}</strong>", html(spans)),
            Span::Link(spans, anchor) => {
                write!(out, "<a href=\"#{}\">{}</a>", escape(anchor), html(spans))
            }
        };
    }
    out
}

fn parse(text: &str) -> Vec<Span> {
    parse_text(&text.chars().collect::<Vec<char>>())
}

/// Adds a letter to the last span if that is of its kind.
fn push(spans: &mut Vec<Span>, c: char, slanted: bool) {
    match (spans.last_mut(), slanted) {
        (Some(Span::Plain(text)), false) | (Some(Span::Slanted(text)), true) => text.push(c),
        (_, false) => spans.push(Span::Plain(c.into())),
        (_, true) => spans.push(Span::Slanted(c.into())),
    }
}

fn parse_text(text: &[char]) -> Vec<Span> {
    let (mut spans, mut i) = (Vec::new(), 0);
    while let Some(&c) = text.get(i) {
        match (c, text.get(i + 1)) {
            ('\\', Some(next)) if SPECIAL.contains(next) => {
                push(&mut spans, *next, false);
                i += 2;
            }
            ('$', _) => {
                let end = find(text, i + 1, "$").unwrap_or(text.len());
                let formula = &text[i + 1..end];
                spans.push(Span::Formula(parse_formula(formula, true), formula.len()));
                i = end + 1;
            }
            ('*', Some('*')) if let Some(end) = find(text, i + 2, "**") => {
                spans.push(Span::Bold(parse_text(&text[i + 2..end])));
                i = end + 2;
            }
            ('[', _) if let Some((label, anchor, end)) = link(text, i) => {
                spans.push(Span::Link(parse_text(label), anchor));
                i = end;
            }
            _ => {
                push(&mut spans, c, false);
                i += 1;
            }
        }
    }
    spans
}

/// Where `mark` stands next without a backslash before it.
fn find(text: &[char], from: usize, mark: &str) -> Option<usize> {
    let mark: Vec<char> = mark.chars().collect();
    let mut i = from;
    while i < text.len() {
        if text[i..].starts_with(&mark) {
            return Some(i);
        }
        i += if text[i] == '\\' { 2 } else { 1 };
    }
    None
}

/// Label and anchor of the link that begins at `i`, and the index after it.
fn link(text: &[char], i: usize) -> Option<(&[char], String, usize)> {
    let close = find(text, i + 1, "]")?;
    let end = find(text, close, ")").filter(|_| text[close..].starts_with(&[']', '(', '#']))?;
    Some((&text[i + 1..close], text[close + 3..end].iter().collect(), end + 1))
}

fn parse_formula(text: &[char], slanted: bool) -> Vec<Span> {
    let (mut spans, mut i) = (Vec::new(), 0);
    while let Some(&c) = text.get(i) {
        match (c, text.get(i + 1)) {
            ('\\', Some(next)) if SPECIAL.contains(next) => {
                push(&mut spans, *next, false);
                i += 2;
            }
            ('\\', _) if text[i..].starts_with(&UPRIGHT) => {
                let (inner, next) = group(text, i + UPRIGHT.len());
                spans.extend(parse_formula(inner, false));
                i = next;
            }
            ('_' | '^', _) => {
                let mut scripts = Vec::new();
                while let Some(&c @ ('_' | '^')) = text.get(i) {
                    let (inner, next) = group(text, i + 1);
                    scripts.push((c == '^', parse_formula(inner, slanted)));
                    i = next;
                }
                spans.push(Span::Scripts(scripts));
            }
            ('{' | '}', _) => i += 1,
            _ => {
                let italic = c.is_ascii_alphabetic() || ('α'..='ω').contains(&c) || "ϕϵϑℓ".contains(c);
                push(&mut spans, if c == '-' { '−' } else { c }, italic && slanted);
                i += 1;
            }
        }
    }
    spans
}

/// The group `{…}` or the single character at `i`, and the index after it.
fn group(text: &[char], i: usize) -> (&[char], usize) {
    if text.get(i) != Some(&'{') {
        let end = (i + 1).min(text.len());
        return (&text[i.min(end)..end], end);
    }
    let mut depth = 0;
    for (j, c) in text.iter().enumerate().skip(i) {
        depth += i32::from(*c == '{') - i32::from(*c == '}');
        if depth == 0 {
            return (&text[i + 1..j], j + 1);
        }
    }
    (&text[i + 1..], text.len())
}

/// Glyphs of one face and size on one baseline; offsets from the start of the text, `y` downwards.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Run {
    pub(crate) x: f64,
    pub(crate) y: f64,
    pub(crate) size: f64,
    pub(crate) face: Face,
    pub(crate) text: String,
}

impl Run {
    /// Where the next glyph would stand.
    pub(crate) fn end(&self) -> f64 {
        let glyphs = self.text.chars().filter_map(|c| self.face.glyph(c));
        self.x + self.size * glyphs.map(|g| self.face.advance(g)).sum::<f64>()
    }
}

/// Subscripts and superscripts: their size and their shift, in units of the font size.
const SCRIPT: f64 = 0.7;
const RAISED: f64 = -0.36;
const LOWERED: f64 = 0.18;

/// A line of text as runs, and its width.
pub(crate) fn layout(text: &str, size: f64, bold: bool) -> (Vec<Run>, f64) {
    let mut setter = Setter { runs: Vec::new(), x: 0.0 };
    setter.set(&parse(text), if bold { Face::Bold } else { Face::Regular }, 0.0, size);
    (setter.runs, setter.x)
}

/// Width of a line of text with markup.
pub(crate) fn width(text: &str, size: f64, bold: bool) -> f64 {
    layout(text, size, bold).1
}

/// Breaks text at spaces outside of `$…$` so that no line is wider than `limit`, if words allow it.
pub(crate) fn wrap(text: &str, size: f64, bold: bool, limit: f64) -> Vec<String> {
    let mut words = vec![String::new()];
    let (mut math, mut escaped) = (false, false);
    for c in text.chars() {
        math ^= c == '$' && !escaped;
        escaped = c == '\\' && !escaped;
        match (c, words.last_mut()) {
            (' ', _) if !math => words.push(String::new()),
            (_, Some(word)) => word.push(c),
            _ => {}
        }
    }
    let mut lines: Vec<String> = Vec::new();
    for word in words {
        match lines.last_mut() {
            Some(line) if width(&format!("{line} {word}"), size, bold) <= limit => {
                line.push(' ');
                line.push_str(&word);
            }
            _ => lines.push(word),
        }
    }
    lines
}

/// Puts glyphs side by side.
struct Setter {
    runs: Vec<Run>,
    x: f64,
}

impl Setter {
    fn set(&mut self, spans: &[Span], face: Face, y: f64, size: f64) {
        for span in spans {
            match span {
                Span::Plain(text) => text.chars().for_each(|c| match script_digit(c) {
                    Some((plain, shift)) => self.put(plain, face, y + shift * size, size * SCRIPT),
                    None => self.put(c, face, y, size),
                }),
                Span::Slanted(text) => text.chars().for_each(|c| self.put(c, Face::Italic, y, size)),
                Span::Scripts(scripts) => {
                    let (start, mut end) = (self.x + 0.03 * size, self.x);
                    for (raised, spans) in scripts {
                        self.x = start;
                        let shift = if *raised { RAISED } else { LOWERED };
                        self.set(spans, face, y + shift * size, size * SCRIPT);
                        end = end.max(self.x);
                    }
                    self.x = end + 0.04 * size;
                }
                Span::Formula(spans, _) | Span::Link(spans, _) => self.set(spans, face, y, size),
                Span::Bold(spans) => self.set(spans, Face::Bold, y, size),
            }
        }
    }

    fn put(&mut self, c: char, face: Face, y: f64, size: f64) {
        let (face, c) = face.resolve(c);
        let end = self.x;
        match self.runs.last_mut() {
            Some(run)
                if run.face == face && run.y == y && run.size == size && (run.end() - end).abs() < 1e-6 =>
            {
                run.text.push(c);
            }
            _ => self.runs.push(Run { x: end, y, size, face, text: c.to_string() }),
        }
        self.x += face.glyph(c).map_or(0.0, |glyph| face.advance(glyph)) * size;
    }
}

/// Unicode's raised and lowered digits are set like `^` and `_`, so that all of them match.
fn script_digit(c: char) -> Option<(char, f64)> {
    let position = |list: &str| list.chars().position(|d| d == c);
    let plain = |i: usize| "0123456789+−n".chars().nth(i);
    let raised = position("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ⁿ").and_then(plain).map(|p| (p, RAISED));
    raised.or_else(|| position("₀₁₂₃₄₅₆₇₈₉₊₋").and_then(plain).map(|p| (p, LOWERED)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faces(text: &str) -> Vec<(String, Face)> {
        layout(text, 10.0, false).0.into_iter().map(|r| (r.text, r.face)).collect()
    }

    #[test]
    fn letters_are_italic_and_digits_upright_in_formulas() {
        assert_eq!(
            faces("at $x_{c} = 2$"),
            [
                ("at ".into(), Face::Regular),
                ("x".into(), Face::Italic),
                ("c".into(), Face::Italic),
                (" = 2".into(), Face::Regular)
            ]
        );
        assert_eq!(faces(r"$\mathrm{tr}$ \$"), [("tr $".into(), Face::Regular)]);
        assert_eq!(faces("10⁻⁸")[1].0, "−8");
    }

    #[test]
    fn formulas_become_html() {
        assert_eq!(
            to_html("if $x_{c} < 1$, **all**"),
            "if <span class=\"math\"><i>x</i><sub><i>c</i></sub> &lt; 1</span>, <strong>all</strong>"
        );
        assert_eq!(to_html("$\\mathrm{e}^{-2t}$"), "<span class=\"math\">e<sup>−2<i>t</i></sup></span>");
        assert_eq!(to_html("[a & b](#c) [0, 1]"), "<a href=\"#c\">a &amp; b</a> [0, 1]");
    }

    #[test]
    fn nothing_in_a_literal_is_markup_on_a_page() {
        for name in ["a_b", "$x$", "**b**", "[a](#b)", r"\$", r"\\*", "<b>&\"", "](#made)", "*", "a\u{1}\nb"]
        {
            assert_eq!(to_html(&literal(name)), escape(name));
            let bold = format!("<strong>{}</strong>", escape(name));
            assert_eq!(to_html(&format!("**{}**", literal(name))), bold);
        }
        let name = literal("[0](#made)");
        assert_eq!(to_html(&format!("{name} [a](#b)")), "[0](#made) <a href=\"#b\">a</a>");
    }

    #[test]
    fn nothing_in_a_literal_is_markup_in_a_figure() {
        for name in
            ["a_b", "$x_1$", r"\$", r"\\$", r"\mathrm{x}", "{a}^2", "50 $ and 2 $ more", r"end\", "**b**"]
        {
            let set: String = faces(&literal(name)).into_iter().map(|(text, _)| text).collect();
            assert_eq!(set, name);
            assert!(faces(&literal(name)).iter().all(|(_, face)| *face == Face::Regular), "{name}");
        }
        assert_eq!(wrap(&literal("5 $ a"), 10.0, false, 1.0), ["5", r"\$", "a"]);
    }

    #[test]
    fn scripts_of_one_letter_share_their_place() {
        let (runs, width) = layout("$x_{12}^3$", 10.0, false);
        assert_eq!(runs[1].x, runs[2].x);
        assert!(runs[1].y > 0.0 && runs[2].y < 0.0);
        assert!(width > runs[1].end());
    }

    #[test]
    fn broken_markup_is_still_text() {
        for text in [
            "$x_{",
            "$x_",
            "$",
            "^}{_$^",
            "$a_{b_{c}$",
            "\\",
            "\\mathrm",
            "$\\mathrm{",
            "",
            "_",
            "漢",
            "**a",
            "[a](#b",
        ] {
            assert!(to_html(text).len() >= text.len() / 2, "{text}");
            assert!(layout(text, 10.0, true).1.is_finite(), "{text}");
        }
    }

    #[test]
    fn long_lines_break_between_words_but_not_in_formulas() {
        assert_eq!(wrap("one two $a + b$ c", 10.0, false, 45.0), ["one two", "$a + b$ c"]);
        assert_eq!(wrap("unbreakable", 10.0, false, 5.0), ["unbreakable"]);
    }
}
