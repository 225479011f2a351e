//! Lines of text in a width. A character takes one column.

/// Number of columns of a text without line breaks.
pub(super) fn columns(text: &str) -> usize {
    text.chars().count()
}

/// The lines of a text, none longer than `width` unless a single word is.
///
/// A number or a sign stays on the line of the word before it: `t = 91.4` and `0.34 ×19` are broken only if they are longer than a line.
///
/// # Examples
/// ```
/// use spurious::export::wrap;
/// assert_eq!(wrap("914 steps, t = 91.4 (converged)", 20), ["914 steps, t = 91.4", "(converged)"]);
/// assert_eq!(wrap("914 steps, t = 91.4 (converged)", 17), ["914 steps,", "t = 91.4", "(converged)"]);
/// ```
pub fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    let mut add = |piece: &str| {
        let line = lines.last_mut().expect("there is a line");
        if line.is_empty() {
            line.push_str(piece);
        } else if columns(line) + 1 + columns(piece) <= width {
            line.push(' ');
            line.push_str(piece);
        } else {
            lines.push(piece.to_owned());
        }
    };
    for piece in pieces(text) {
        if columns(&piece) <= width {
            add(&piece);
        } else {
            piece.split(' ').for_each(&mut add);
        }
    }
    lines
}

/// The words of a text, with the numbers and signs that belong to them.
fn pieces(text: &str) -> Vec<String> {
    let mut pieces: Vec<String> = Vec::new();
    for word in text.split(' ') {
        match pieces.last_mut() {
            Some(before) if belongs(before, word) => {
                before.push(' ');
                before.push_str(word);
            }
            _ => pieces.push(word.to_owned()),
        }
    }
    pieces
}

fn belongs(before: &str, word: &str) -> bool {
    const SIGNS: [char; 11] = ['=', '×', '·', '±', '≤', '≥', '<', '>', '%', '→', '‖'];
    if before.ends_with([',', ';', ':']) {
        return false;
    }
    let number = word.trim_start_matches(['-', '−', '+']).starts_with(|c: char| c.is_ascii_digit());
    number || word.starts_with(SIGNS) || before.ends_with(SIGNS) || ["−", "+", "-"].contains(&word)
}

/// A name and its value, which begins at `column`. If it is longer than the line, it continues at that column on the next lines. If too
/// little space is left there, it begins on the next line, further left.
///
/// # Examples
/// ```
/// use spurious::export::named;
/// assert_eq!(named("  start", 10, "angle 1.43, sum 0.38", 22), "  start   angle 1.43,\n          sum 0.38\n");
/// assert_eq!(named("  start", 10, "", 22), "  start\n");
/// ```
pub fn named(name: &str, column: usize, value: &str, width: usize) -> String {
    const LEAST: usize = 12;
    let (name, value) = (name.trim_end(), value.trim());
    let at = column.max(columns(name) + 1);
    let longest = pieces(value).iter().map(|piece| columns(piece)).max().unwrap_or(0);
    let (mut text, indent) = if at + longest.clamp(LEAST, width) <= width {
        (name.to_owned(), at)
    } else {
        (format!("{name}\n"), (width / 2).min(4))
    };
    for (i, line) in wrap(value, width.saturating_sub(indent)).iter().enumerate() {
        let before = if i == 0 && !text.ends_with('\n') { indent - columns(name) } else { indent };
        if i > 0 {
            text.push('\n');
        }
        text.push_str(&" ".repeat(before));
        text.push_str(line);
    }
    text.truncate(text.trim_end().len());
    text + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "95 % interval 0.45–0.51, loss below 1e-26 ‖b‖², 3 × 4 runs, t = -1.5 ± 0.25";

    #[test]
    fn lines_are_as_short_as_asked_and_break_at_spaces() {
        for width in 14..100 {
            let lines = wrap(TEXT, width);
            assert_eq!(lines.join(" "), TEXT);
            assert!(lines.iter().all(|line| columns(line) <= width), "{width}: {lines:#?}");
        }
        // Words are never cut, whatever the width.
        assert_eq!(wrap("0.123456789 12", 5), ["0.123456789", "12"]);
        assert_eq!(wrap("", 5), [""]);
    }

    #[test]
    fn numbers_stay_with_what_they_belong_to() {
        // The longest piece is "95 % interval 0.45–0.51,".
        for width in 24..100 {
            for line in wrap(TEXT, width) {
                let first = line.chars().next().expect("a letter");
                assert!(line == TEXT || !"%‖×=±".contains(first), "{width}: {line}");
                assert!(!line.starts_with("-1.5") && !line.starts_with("0.45"), "{width}: {line}");
            }
        }
    }

    #[test]
    fn values_hang_below_their_beginning() {
        assert_eq!(
            named("name", 8, "first second third fourth", 24),
            "name    first second\n        third fourth\n"
        );
        // A value that has no room beside its name stands below it.
        assert_eq!(
            named("a long name indeed", 8, "0.123456789012", 30),
            "a long name indeed\n    0.123456789012\n"
        );
        assert_eq!(named("name", 8, "value", usize::MAX), "name    value\n");
    }
}
