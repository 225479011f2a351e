//! Mathematical markup in one line of text: `$x_{c}^2 ≤ 10^{-8}$` to placed runs of glyphs.

use crate::font::Face;

/// Glyphs of one face and size on one baseline; offsets from the start of the text, `y` downwards.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Run {
    pub(crate) x: f64,
    pub(crate) y: f64,
    pub(crate) size: f64,
    pub(crate) face: Face,
    pub(crate) text: String,
}

/// Subscripts and superscripts: their size and their shift, in units of the font size.
const SCRIPT: f64 = 0.7;
const RAISED: f64 = -0.36;
const LOWERED: f64 = 0.18;

/// A line of text as runs, and its width. Never fails: what is not markup is text.
pub(crate) fn layout(text: &str, size: f64, bold: bool) -> (Vec<Run>, f64) {
    let mut setter = Setter { runs: Vec::new(), base: if bold { Face::Bold } else { Face::Regular }, x: 0.0 };
    let characters: Vec<char> = text.chars().collect();
    setter.set(&characters, Mode::Text, 0.0, size);
    (setter.runs, setter.x)
}

/// Width of a line of text with markup.
pub(crate) fn width(text: &str, size: f64, bold: bool) -> f64 {
    layout(text, size, bold).1
}

/// Text in which nothing is markup, for names that come from elsewhere.
///
/// # Examples
/// ```
/// use spurious_plot::{Axis, literal};
/// let axis = Axis::linear(format!("{} in $m^2$", literal("cost_$")));
/// assert_eq!(axis.label, r"cost_\$ in $m^2$");
/// ```
pub fn literal(text: &str) -> String {
    text.replace('\\', r"\\").replace('$', r"\$")
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

#[derive(Clone, Copy, PartialEq)]
enum Mode {
    Text,
    Math,
    Upright,
}

struct Setter {
    runs: Vec<Run>,
    base: Face,
    x: f64,
}

impl Setter {
    fn set(&mut self, text: &[char], mut mode: Mode, y: f64, size: f64) {
        let mut i = 0;
        while let Some(&c) = text.get(i) {
            match c {
                '\\' if matches!(text.get(i + 1), Some('$' | '\\')) => {
                    self.put(text[i + 1], mode, y, size);
                    i += 2;
                }
                '\\' if text[i..].starts_with(&['\\', 'm', 'a', 't', 'h', 'r', 'm']) => {
                    let (inner, next) = group(text, i + 7);
                    self.set(inner, Mode::Upright, y, size);
                    i = next;
                }
                '$' => {
                    mode = if mode == Mode::Text { Mode::Math } else { Mode::Text };
                    i += 1;
                }
                '_' | '^' if mode != Mode::Text => i = self.scripts(text, i, mode, y, size),
                '{' | '}' if mode != Mode::Text => i += 1,
                _ => {
                    match script_digit(c) {
                        Some((plain, shift)) => {
                            self.put(plain, Mode::Upright, y + shift * size, size * SCRIPT)
                        }
                        None => self.put(c, mode, y, size),
                    }
                    i += 1;
                }
            }
        }
    }

    /// A subscript and a superscript of one letter stand above each other.
    fn scripts(&mut self, text: &[char], mut i: usize, mode: Mode, y: f64, size: f64) -> usize {
        let (start, mut end) = (self.x + 0.03 * size, self.x);
        while let Some(&c @ ('_' | '^')) = text.get(i) {
            let (inner, next) = group(text, i + 1);
            self.x = start;
            self.set(inner, mode, y + if c == '^' { RAISED } else { LOWERED } * size, size * SCRIPT);
            end = end.max(self.x);
            i = next;
        }
        self.x = end + 0.04 * size;
        i
    }

    fn put(&mut self, c: char, mode: Mode, y: f64, size: f64) {
        let c = if mode != Mode::Text && c == '-' { '−' } else { c };
        let slanted = c.is_ascii_alphabetic() || ('α'..='ω').contains(&c) || "ϕϵϑℓ".contains(c);
        let face = if mode == Mode::Math && slanted { Face::Italic } else { self.base };
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

impl Run {
    /// Where the next glyph would stand.
    pub(crate) fn end(&self) -> f64 {
        let glyphs = self.text.chars().filter_map(|c| self.face.glyph(c));
        self.x + self.size * glyphs.map(|g| self.face.advance(g)).sum::<f64>()
    }
}

/// The group `{…}` or the single character at `i`, and the index after it.
fn group(text: &[char], i: usize) -> (&[char], usize) {
    if text.get(i) != Some(&'{') {
        let end = (i + 1).min(text.len());
        return (&text[i.min(end)..end], end);
    }
    let mut depth = 0;
    for (j, c) in text.iter().enumerate().skip(i) {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return (&text[i + 1..j], j + 1);
        }
    }
    (&text[i + 1..], text.len())
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
    fn nothing_in_a_literal_is_markup() {
        for name in ["a_b", "$x_1$", r"\$", r"\\$", r"\mathrm{x}", "{a}^2", "50 $ and 2 $ more", r"end\"] {
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
        for text in
            ["$x_{", "$x_", "$", "^}{_$^", "$a_{b_{c}$", "\\", "\\mathrm", "$\\mathrm{", "", "_", "漢"]
        {
            assert!(layout(text, 10.0, true).1.is_finite(), "{text}");
        }
    }

    #[test]
    fn long_lines_break_between_words_but_not_in_formulas() {
        assert_eq!(wrap("one two $a + b$ c", 10.0, false, 45.0), ["one two", "$a + b$ c"]);
        assert_eq!(wrap("unbreakable", 10.0, false, 5.0), ["unbreakable"]);
    }
}
