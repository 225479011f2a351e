//! Numbers as they are printed in text.

/// A clause of the library as a sentence: with a capital and a full stop.
pub(crate) fn sentence_of(clause: &str) -> String {
    let mut letters = clause.chars();
    let first = letters.next().map_or(String::new(), |first| first.to_uppercase().collect());
    format!("{first}{}.", letters.as_str())
}

/// A true minus sign, which zero has not.
fn with_minus(text: &str) -> String {
    let zero = !text.contains(|c: char| ('1'..='9').contains(&c));
    if zero { text.replace(['-', '+'], "") } else { text.replace('-', "−") }
}

/// `x` with so many decimals.
pub(crate) fn decimals(x: f64, places: usize) -> String {
    with_minus(&format!("{x:.places$}"))
}

/// `x` with a sign and so many decimals.
pub(crate) fn signed(x: f64, places: usize) -> String {
    with_minus(&format!("{x:+.places$}"))
}

/// An angle in degrees.
pub(crate) fn degrees(angle: f64) -> String {
    format!("{}°", decimals(angle.to_degrees(), 1))
}

/// Decimals of a share of so many trials up to the first that is uncertain, by the standard error of ½.
pub(crate) fn digits_of_share(trials: u64) -> usize {
    let standard_error = 0.5 / (trials.max(1) as f64).sqrt();
    (-standard_error.log10()).ceil().max(1.0) as usize
}

/// Mantissa with so many digits, and power of ten.
fn parts(x: f64, digits: usize) -> (String, i32) {
    let text = format!("{x:.*e}", digits.saturating_sub(1));
    let (mantissa, power) = text.split_once('e').unwrap_or((&text, "0"));
    (mantissa.to_owned(), power.parse().unwrap_or(0))
}

/// `x` as the formula `m·10^e` with two digits.
pub(crate) fn scientific(x: f64) -> String {
    let (mantissa, power) = parts(x, 2);
    format!("${mantissa}·10^{{{power}}}$")
}

/// `x` with so many significant digits, with a power of ten where it is far from 1.
pub(crate) fn significant(x: f64, digits: usize) -> String {
    let (mantissa, power) = parts(x, digits);
    match power {
        _ if !x.is_finite() => "–".into(),
        _ if x == 0.0 => "0".into(),
        -4..=5 => decimals(x, (digits as i32 - 1 - power).max(0) as usize),
        _ => format!("${mantissa}·10^{{{power}}}$"),
    }
}

/// `x ± error` with the digits that the error leaves; without an error, four digits.
pub(crate) fn with_error(x: f64, error: f64) -> String {
    if !(error.is_finite() && error > 1e-9 * x.abs()) {
        return significant(x, 4);
    }
    let power = |x: f64| parts(x, 2).1;
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
    let groups: Vec<&[u8]> = digits.as_bytes().rchunks(3).rev().collect();
    groups.iter().map(|group| String::from_utf8_lossy(group)).collect::<Vec<_>>().join("\u{a0}")
}

/// One thing, or several of them.
pub(crate) fn counted(count: u64, thing: &str) -> String {
    format!("{} {thing}{}", thousands(count), if count == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_well() {
        assert_eq!(
            (decimals(-0.5, 2), decimals(-0.001, 1), signed(0.001, 1), signed(1.25, 1)),
            ("−0.50".into(), "0.0".into(), "0.0".into(), "+1.2".into())
        );
        assert_eq!((thousands(5000), thousands(1_234_567)), ("5000".into(), "1\u{a0}234\u{a0}567".into()));
        assert_eq!((counted(1, "row"), counted(12, "row")), ("1 row".into(), "12 rows".into()));
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
