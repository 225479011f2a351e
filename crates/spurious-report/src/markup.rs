//! The markup of text in pages: that of the figures, `**bold**`, and links `[text](#anchor)`.
//!
//! Between dollars letters are set in italics, `_` and `^` lower and raise one character or a `{group}`, and
//! `\mathrm{…}` stays upright.

use std::fmt::Write as _;

/// Text as it must stand in HTML and XML.
pub(crate) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// Text with markup as HTML.
pub(crate) fn to_html(text: &str) -> String {
    let mut html = String::new();
    for (i, part) in text.split('$').enumerate() {
        if i % 2 == 1 {
            // A formula is not broken over lines unless it is long.
            let class = if part.chars().count() > 40 { "long math" } else { "math" };
            let letters: Vec<char> = part.chars().collect();
            let _ = write!(html, "<span class=\"{class}\">{}</span>", math(&letters, true));
            continue;
        }
        for (j, piece) in part.split("**").enumerate() {
            let piece = links(piece);
            html += &if j % 2 == 1 { format!("<strong>{piece}</strong>") } else { piece };
        }
    }
    html
}

/// Text with links `[text](#anchor)` to places on the page.
fn links(text: &str) -> String {
    let (mut html, mut rest) = (String::new(), text);
    while let Some((before, link)) = rest.split_once('[')
        && let Some((label, target)) = link.split_once("](#")
        && let Some((anchor, after)) = target.split_once(')')
    {
        let (before, anchor, label) = (escape(before), escape(anchor), escape(label));
        let _ = write!(html, "{before}<a href=\"#{anchor}\">{label}</a>");
        rest = after;
    }
    html + &escape(rest)
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

/// `x` with so many decimals and a true minus sign.
pub(crate) fn decimals(x: f64, places: usize) -> String {
    format!("{x:.places$}").replace('-', "−")
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
    fn numbers_read_well() {
        assert_eq!(
            (decimals(-0.5, 2), signed(0.001, 1), signed(1.25, 1)),
            ("−0.50".into(), "0.0".into(), "+1.2".into())
        );
        assert_eq!((thousands(5000), thousands(1_234_567)), ("5000".into(), "1\u{a0}234\u{a0}567".into()));
        assert_eq!(scientific(1.46e-7), "$1.5·10^{-7}$");
    }
}
