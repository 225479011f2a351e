//! The markup of text in pages: that of the figures, `**bold**`, and links `[text](#anchor)`.
//!
//! Between dollars letters are set in italics, `_` and `^` lower and raise one character or a `{group}`, and
//! `\mathrm{…}` stays upright. A backslash before a character of markup makes it an ordinary one.

use std::fmt::Write as _;

/// Text as it must stand in HTML and XML.
pub(crate) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// Characters that mean something unless a backslash stands before them.
const SPECIAL: [char; 5] = ['\\', '$', '*', '[', ']'];

/// Text in which nothing is markup, for names that come from elsewhere. What XML does not allow becomes a space.
pub(crate) fn literal(text: &str) -> String {
    let mut escaped = String::new();
    for c in text.chars() {
        if SPECIAL.contains(&c) {
            escaped.push('\\');
        }
        escaped.push(if c.is_control() || "\u{fffe}\u{ffff}".contains(c) { ' ' } else { c });
    }
    escaped
}

/// Text without the backslashes of [`literal`].
pub(crate) fn unescaped(text: &str) -> String {
    let mut plain = String::new();
    let mut letters = text.chars().peekable();
    while let Some(c) = letters.next() {
        match letters.peek() {
            Some(next) if c == '\\' && SPECIAL.contains(next) => plain.extend(letters.next()),
            _ => plain.push(c),
        }
    }
    plain
}

/// Where `mark` stands for the first time without a backslash before it.
fn find(text: &str, mark: &str) -> Option<usize> {
    let mut escaped = false;
    text.char_indices().find_map(|(at, c)| {
        let here = !escaped && text[at..].starts_with(mark);
        escaped = c == '\\' && !escaped;
        here.then_some(at)
    })
}

fn split_once<'a>(text: &'a str, mark: &str) -> Option<(&'a str, &'a str)> {
    find(text, mark).map(|at| (&text[..at], &text[at + mark.len()..]))
}

fn split<'a>(mut text: &'a str, mark: &str) -> Vec<&'a str> {
    let mut parts = Vec::new();
    while let Some((part, rest)) = split_once(text, mark) {
        parts.push(part);
        text = rest;
    }
    parts.push(text);
    parts
}

/// Text with markup as HTML.
pub(crate) fn to_html(text: &str) -> String {
    let mut html = String::new();
    for (i, part) in split(text, "$").into_iter().enumerate() {
        if i % 2 == 1 {
            // A formula is not broken over lines unless it is long.
            let class = if part.chars().count() > 40 { "long math" } else { "math" };
            let letters: Vec<char> = part.chars().collect();
            let _ = write!(html, "<span class=\"{class}\">{}</span>", math(&letters, true));
            continue;
        }
        for (j, piece) in split(part, "**").into_iter().enumerate() {
            let piece = links(piece);
            html += &if j % 2 == 1 { format!("<strong>{piece}</strong>") } else { piece };
        }
    }
    html
}

/// Text with links `[text](#anchor)` to places on the page.
fn links(text: &str) -> String {
    let (mut html, mut rest) = (String::new(), text);
    let plain = |text: &str| escape(&unescaped(text));
    while let Some((before, link)) = split_once(rest, "[")
        && let Some((label, target)) = split_once(link, "](#")
        && let Some((anchor, after)) = target.split_once(')')
    {
        let _ = write!(html, "{}<a href=\"#{}\">{}</a>", plain(before), escape(anchor), plain(label));
        rest = after;
    }
    html + &plain(rest)
}

fn math(letters: &[char], slanted: bool) -> String {
    let mut html = String::new();
    let mut i = 0;
    while i < letters.len() {
        let c = letters[i];
        if letters[i..].starts_with(&['\\', 'm', 'a', 't', 'h', 'r', 'm']) {
            let (inner, next) = group(letters, i + 7);
            html += &math(inner, false);
            i = next;
        } else if c == '_' || c == '^' {
            let (inner, next) = group(letters, i + 1);
            let tag = if c == '_' { "sub" } else { "sup" };
            let _ = write!(html, "<{tag}>{}</{tag}>", math(inner, slanted));
            i = next;
        } else {
            let italic = c.is_ascii_alphabetic() || ('α'..='ω').contains(&c) || c == 'ℓ';
            let c = if c == '-' { '−' } else { c };
            let text = escape(&c.to_string());
            html += &if italic && slanted { format!("<i>{text}</i>") } else { text };
            i += 1;
        }
    }
    html.replace("</i><i>", "")
}

/// The group `{…}` or the single character at `i`, and the index after it.
fn group(letters: &[char], i: usize) -> (&[char], usize) {
    if letters.get(i) != Some(&'{') {
        let end = (i + 1).min(letters.len());
        return (&letters[i.min(end)..end], end);
    }
    let mut depth = 0;
    for (j, c) in letters.iter().enumerate().skip(i) {
        depth += i32::from(*c == '{') - i32::from(*c == '}');
        if depth == 0 {
            return (&letters[i + 1..j], j + 1);
        }
    }
    (&letters[i + 1..], letters.len())
}

/// `x` with so many decimals and a true minus sign, which zero has not.
pub(crate) fn decimals(x: f64, places: usize) -> String {
    let text = format!("{x:.places$}");
    let zero = !text.contains(|c: char| ('1'..='9').contains(&c));
    if zero { text.replace('-', "") } else { text.replace('-', "−") }
}

/// Decimals of a share of so many trials up to the first that is uncertain, by the standard error of ½.
pub(crate) fn digits_of_share(trials: u64) -> usize {
    let standard_error = 0.5 / (trials.max(1) as f64).sqrt();
    (-standard_error.log10()).ceil().max(1.0) as usize
}

/// `x` with a sign and so many decimals.
pub(crate) fn signed(x: f64, places: usize) -> String {
    let text = format!("{x:+.places$}");
    let zero = !text.contains(|c: char| ('1'..='9').contains(&c));
    if zero { decimals(0.0, places) } else { text.replace('-', "−") }
}

/// `x` as `$m·10^{e}$` with two digits.
pub(crate) fn scientific(x: f64) -> String {
    let text = format!("{x:.1e}");
    match text.split_once('e') {
        Some((mantissa, exponent)) => format!("${mantissa}·10^{{{exponent}}}$"),
        None => text,
    }
}

/// `x` with so many significant digits, with a power of ten where it is far from 1.
pub(crate) fn significant(x: f64, digits: usize) -> String {
    if !x.is_finite() {
        return "–".into();
    }
    if x == 0.0 {
        return "0".into();
    }
    let text = format!("{x:.*e}", digits.saturating_sub(1));
    let Some((mantissa, exponent)) = text.split_once('e') else { return text };
    let power: i32 = exponent.parse().unwrap_or(0);
    if (-4..=5).contains(&power) {
        let places = (digits as i32 - 1 - power).max(0) as usize;
        return decimals(x, places);
    }
    format!("${mantissa}·10^{{{power}}}$")
}

/// `x ± error` with the digits that the error leaves; without an error, four digits.
pub(crate) fn with_error(x: f64, error: f64) -> String {
    if !(error.is_finite() && error > 1e-9 * x.abs()) {
        return significant(x, 4);
    }
    let power =
        |x: f64| format!("{x:.1e}").split_once('e').and_then(|(_, e)| e.parse().ok()).unwrap_or(0_i32);
    let largest = power(x.abs().max(error));
    let places = |error: f64| (1 - power(error)).max(0) as usize;
    if (-3..=5).contains(&largest) {
        let places = places(error);
        return format!("{} ± {}", decimals(x, places), decimals(error, places));
    }
    let unit = 10_f64.powi(largest);
    // Below the smallest normal number the unit has no digits left.
    if !unit.is_normal() {
        return format!("{} ± {}", significant(x, 2), significant(error, 2));
    }
    let places = places(error / unit);
    format!("$({:.places$} ± {:.places$})·10^{{{largest}}}$", x / unit, error / unit)
}

/// A whole number with its thousands apart.
pub(crate) fn thousands(n: u64) -> String {
    let digits = n.to_string();
    if digits.len() < 5 {
        return digits;
    }
    let head = digits.len() % 3;
    let mut text = digits[..head].to_string();
    for (i, digit) in digits[head..].chars().enumerate() {
        if i % 3 == 0 && !text.is_empty() {
            text.push('\u{a0}');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

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
    fn nothing_in_a_literal_is_markup() {
        for name in ["a_b", "$x$", "**b**", "[a](#b)", r"\$", r"\\*", "<b>&\"", "](#made)", "*"] {
            assert_eq!(to_html(&literal(name)), escape(name));
            assert_eq!(
                to_html(&format!("**{}**", literal(name))),
                format!("<strong>{}</strong>", escape(name))
            );
        }
        assert_eq!(literal("a\u{1}\nb"), "a  b");
        let name = literal("[0](#made)");
        assert_eq!(to_html(&format!("{name} [a](#b)")), "[0](#made) <a href=\"#b\">a</a>");
    }

    #[test]
    fn numbers_read_well() {
        assert_eq!(
            (decimals(-0.5, 2), decimals(-0.001, 1), signed(0.001, 1), signed(1.25, 1)),
            ("−0.50".into(), "0.0".into(), "0.0".into(), "+1.2".into())
        );
        assert_eq!((thousands(5000), thousands(1_234_567)), ("5000".into(), "1\u{a0}234\u{a0}567".into()));
        let read = [0.0, -0.123_456, 123_456.7, 1.5e9, -2.0e-7, f64::NAN].map(|x| significant(x, 3));
        assert_eq!(read, ["0", "−0.123", "123457", "$1.50·10^{9}$", "$-2.00·10^{-7}$", "–"]);
        let read = [(0.1234, 0.056), (1234.5, 67.0), (1.0, 0.0), (-2.5e-9, 1e-10), (0.0, 0.02)]
            .map(|(x, e)| with_error(x, e));
        assert_eq!(
            read,
            ["0.123 ± 0.056", "1234 ± 67", "1.000", "$(-2.50 ± 0.10)·10^{-9}$", "0.000 ± 0.020"]
        );
        assert_eq!(scientific(1.46e-7), "$1.5·10^{-7}$");
    }
}
