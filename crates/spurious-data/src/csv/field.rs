//! What stands in one field of a text.

/// What stands in a field.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Field {
    /// A number, which may be infinite.
    Number(f64),
    /// A truth value.
    Truth(bool),
    Missing,
    /// Digits with something that no number is written with here: `1,234`, `12 %`.
    Malformed,
    Date,
    Text,
}

/// Words for a value that is missing.
const MISSING: [&str; 12] = ["", "?", "na", "n/a", "#n/a", "n.a.", "nan", "<na>", "null", "none", ".", "-"];
/// Signs beside the digits of a number that is written for people.
const DECORATION: [char; 11] = [',', '.', '\'', '’', '_', ' ', '\u{a0}', '\u{202f}', '%', '$', '€'];

impl Field {
    /// Reads a field whose numbers have a decimal point, or a decimal comma.
    pub(super) fn read(field: &[u8], decimal_comma: bool) -> Self {
        let Ok(text) = std::str::from_utf8(field) else { return Self::Text };
        if let Some(number) = number(text, decimal_comma) {
            return if number.is_nan() { Self::Missing } else { Self::Number(number) };
        }
        if MISSING.iter().any(|word| text.eq_ignore_ascii_case(word)) {
            Self::Missing
        } else if text.eq_ignore_ascii_case("true") {
            Self::Truth(true)
        } else if text.eq_ignore_ascii_case("false") {
            Self::Truth(false)
        } else if is_date(text) {
            Self::Date
        } else if is_decorated(text) {
            Self::Malformed
        } else {
            Self::Text
        }
    }
}

fn number(text: &str, decimal_comma: bool) -> Option<f64> {
    if !decimal_comma {
        return text.parse().ok();
    }
    if text.contains('.') {
        return None;
    }
    match text.split_once(',') {
        Some((before, after)) => format!("{before}.{after}").parse().ok(),
        None => text.parse().ok(),
    }
}

/// Whether a text is digits and what people put between and beside them.
fn is_decorated(text: &str) -> bool {
    let bare = text.trim_start_matches(['$', '€', ' ', '+', '-']);
    let digits: String = bare.chars().filter(|c| !DECORATION.contains(c)).collect();
    bare.starts_with(|c: char| c.is_ascii_digit()) && digits.bytes().all(|c| c.is_ascii_digit())
}

/// Why a field is no number, and what to do.
pub(super) fn complaint(field: &[u8], decimal_comma: bool) -> &'static str {
    let text = String::from_utf8_lossy(field);
    if decimal_comma && text.parse::<f64>().is_ok() {
        return "has a decimal point, and other numbers of this file have a decimal comma: write all of them alike";
    }
    match Field::read(field, decimal_comma) {
        Field::Malformed if text.ends_with('%') => "has a percent sign: write the number alone",
        Field::Malformed if text.contains(['$', '€']) => "has a currency sign: write the number alone",
        Field::Malformed if number(&text, !decimal_comma).is_some() && !is_grouped(&text) => {
            "has a decimal comma: write numbers with a point"
        }
        Field::Malformed => "has separators between its digits: write numbers without them",
        _ => "is not a number",
    }
}

/// Whether a comma is followed by exactly three digits: it may separate thousands.
fn is_grouped(text: &str) -> bool {
    let Some((before, after)) = text.split_once(',') else { return false };
    let is_short = before.trim_start_matches(['+', '-']).len() <= 3;
    is_short && !before.ends_with('0') && after.len() == 3 && after.bytes().all(|c| c.is_ascii_digit())
}

/// A number, or the seconds since 1970 of an ISO date such as `2024-01-31`, `2024-01` or `2024-01-31T12:30:05.5Z`.
pub(super) fn moment(field: &[u8], decimal_comma: bool) -> Option<f64> {
    let text = std::str::from_utf8(field).ok()?;
    number(text, decimal_comma).filter(|number| number.is_finite()).or_else(|| iso_seconds(text))
}

fn iso_seconds(text: &str) -> Option<f64> {
    let (date, clock) = match text.split_once(['T', ' ']) {
        Some((date, clock)) => (date, clock.trim().trim_end_matches('Z')),
        None => (text, "0:0"),
    };
    let mut parts = date.split('-').map(|part| part.parse::<i64>().ok());
    let (year, month) = (parts.next()??, parts.next()??);
    let day = parts.next().unwrap_or(Some(1))?;
    let is_date = (0..10_000).contains(&year) && (1..=12).contains(&month) && (1..=31).contains(&day);
    if !is_date || parts.next().is_some() {
        return None;
    }
    let mut parts = clock.split(':').map(|part| part.parse::<f64>().ok().filter(|part| *part >= 0.0));
    let (hours, minutes) = (parts.next()??, parts.next()??);
    let seconds = parts.next().unwrap_or(Some(0.0))?;
    let is_clock = hours < 24.0 && minutes < 60.0 && seconds < 61.0 && parts.next().is_none();
    // Days since 1970 in the Gregorian calendar, whose years are taken to begin in March.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let days = 365 * year + year.div_euclid(4) - year.div_euclid(100)
        + year.div_euclid(400)
        + (153 * month + 2) / 5
        + day
        - 719_469;
    is_clock.then_some(days as f64 * 86_400.0 + hours * 3600.0 + minutes * 60.0 + seconds)
}

/// Whether a text is a date or a time of day, in any of the usual ways to write one.
fn is_date(text: &str) -> bool {
    let date = text.split(['T', ' ']).next().unwrap_or_default();
    let is_clock = |text: &str| {
        let parts: Vec<&str> = text.split(':').collect();
        matches!(parts.len(), 2 | 3)
            && parts
                .iter()
                .all(|part| !part.is_empty() && part.bytes().all(|c| c.is_ascii_digit() || c == b'.'))
    };
    let lengths = |separator: char| -> Vec<usize> {
        let parts = date.split(separator);
        parts.map(|part| if part.bytes().all(|c| c.is_ascii_digit()) { part.len() } else { 0 }).collect()
    };
    iso_seconds(text).is_some()
        || is_clock(text)
        || ['-', '/', '.'].into_iter().any(|separator| {
            matches!(lengths(separator)[..], [4, 1..=2, 1..=2] | [1..=2, 1..=2, 4] | [1..=2, 1..=2, 2])
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_what_people_write() {
        let point = |text: &str| Field::read(text.as_bytes(), false);
        for (text, number) in [("1", 1.0), ("-2.5e3", -2500.0), ("+.5", 0.5), ("1e999", f64::INFINITY)] {
            assert_eq!(point(text), Field::Number(number), "{text}");
        }
        for text in ["", "NA", "nan", "NaN", "NULL", "None", "?", ".", "-", "<NA>", "#N/A"] {
            assert_eq!(point(text), Field::Missing, "{text}");
        }
        for text in ["1,5", "1,234.5", "1 234", "12%", "12 %", "$3", "-€ 7", "1'234", "1.234.567"] {
            assert_eq!(point(text), Field::Malformed, "{text}");
        }
        for text in
            ["2024-01-31", "2024-01", "31.01.2024", "1/31/24", "12:30", "2024-01-31T12:30:00Z", "2024/1/3"]
        {
            assert_eq!(point(text), Field::Date, "{text}");
        }
        for text in ["setosa", "3+", "yes", "a1", "1a", "0x10", "--", "١"] {
            assert_eq!(point(text), Field::Text, "{text}");
        }
        assert_eq!((point("True"), point("FALSE")), (Field::Truth(true), Field::Truth(false)));
        assert_eq!(Field::read(b"1,5", true), Field::Number(1.5));
        assert_eq!(Field::read(b"-0,5e2", true), Field::Number(-50.0));
        assert_eq!(Field::read(b"1.5", true), Field::Malformed);
        assert_eq!(Field::read(b"\xff", false), Field::Text);
    }

    #[test]
    fn dates_are_seconds() {
        for (text, seconds) in [
            ("1970-01-01", 0.0),
            ("1970-01-02 00:00", 86_400.0),
            ("2000-02-29T12:30:05.5Z", 951_827_405.5),
            ("2024-03", 1_709_251_200.0),
            ("1969-12-31T23:59:59", -1.0),
            ("0001-01-01", -62_135_596_800.0),
            ("17.5", 17.5),
        ] {
            assert_eq!(moment(text.as_bytes(), false), Some(seconds), "{text}");
        }
        for text in
            ["2024-13-01", "31.01.2024", "2024-01-31T12:30+02:00", "2024-01-01-01", "monday", "inf", ""]
        {
            assert_eq!(moment(text.as_bytes(), false), None, "{text}");
        }
    }
}
