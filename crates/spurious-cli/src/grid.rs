//! Numbers as text, for every flag in one way: `25`, `2.5e3`; and lists of them: `1,4,9`, or ranges such as `0:30:0.5`, since a
//! grid of a million cells cannot be typed.

use std::collections::HashSet;

use serde::Serialize;
use spurious::export::plain;
use spurious::model::LARGEST_SIZE;
use spurious_sweep::LARGEST_GRID;

/// What a list looks like.
const ADVICE: &str =
    "separate values by commas, or write start:end or start:end:step, such as 1,4,9 or 5:8 or 0:30:0.5";

/// The values of a flag, each of them once.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(transparent)]
pub(crate) struct List<T> {
    pub(crate) values: Vec<T>,
    /// How many more were given that were there already.
    #[serde(skip)]
    pub(crate) repeated: usize,
}

impl<T> List<T> {
    /// Every value once, where it comes first; `bits` are the same for the same value.
    fn distinct(mut values: Vec<T>, bits: impl Fn(&T) -> u64) -> Self {
        let given = values.len();
        let mut seen = HashSet::with_capacity(given);
        values.retain(|value| seen.insert(bits(value)));
        Self { repeated: given - values.len(), values }
    }

    /// What is to be said of values that were given more than once.
    pub(crate) fn remark(&self, flag: &str) -> Option<String> {
        match self.repeated {
            0 => None,
            1 => Some(format!("{flag} has a value twice: it is taken once")),
            count => Some(format!("{flag} has {count} values that it had before: each is taken once")),
        }
    }
}

/// Whole numbers from a list, or what is wrong with the text.
pub(crate) fn sizes(text: &str) -> Result<List<usize>, String> {
    let values = list(
        text,
        |part| {
            whole(part).and_then(|size| usize::try_from(size).ok()).ok_or_else(|| {
                format!(
                    "'{part}' is not a whole number: {ADVICE}; for one value {}",
                    between(1, LARGEST_SIZE as u64)
                )
            })
        },
        |value| usize::try_from(value.mantissa).ok().filter(|_| value.decimals == 0),
    )?;
    Ok(List::distinct(values, |&size| size as u64))
}

/// What is asked for where a whole number is out of its range, or none at all: the same words for every flag.
pub(crate) fn between(least: u64, most: u64) -> String {
    // A round number as it is written fastest.
    let most = if most.is_multiple_of(1000) { plain(most as f64) } else { most.to_string() };
    format!("use a whole number from {least} to {most}")
}

/// A whole number in a range, which may be written as `1e9`.
pub(crate) fn whole_in(text: &str, least: u64, most: u64) -> Result<u64, String> {
    whole(text).filter(|number| (least..=most).contains(number)).ok_or_else(|| between(least, most))
}

/// Numbers from a list. Those of a range are the doubles closest to their decimal digits: `0:1:0.1` has `0.3`, not
/// `0.30000000000000004`.
pub(crate) fn numbers(text: &str) -> Result<List<f64>, String> {
    let values = list(
        text,
        |part| {
            part.parse().map_err(|_| {
                format!(
                    "'{part}' is not a number: {ADVICE}; for one value use a number such as 4, 0.5 or 1e-3"
                )
            })
        },
        |value| Some(value.to_f64()),
    )?;
    // The two zeros are one value.
    Ok(List::distinct(values, |&value| (value + 0.0).to_bits()))
}

/// A whole number that may be written as `1e9`; `None` if it is none, or larger than any `u64`.
pub(crate) fn whole(text: &str) -> Option<u64> {
    let value = Decimal::parse(text.trim())?;
    if value.decimals == 0 { u64::try_from(value.mantissa).ok() } else { None }
}

/// The parts of a list: single values, read by `single`, and ranges, whose members `member` turns into values.
fn list<T>(
    text: &str,
    single: impl Fn(&str) -> Result<T, String>,
    member: impl Fn(&Decimal) -> Option<T>,
) -> Result<Vec<T>, String> {
    let mut values = Vec::new();
    for part in text.split(',').map(str::trim) {
        if !part.contains(':') {
            values.push(single(part)?);
            continue;
        }
        for value in range(part)? {
            values.push(
                member(&value).ok_or_else(|| format!("'{part}' has members that are no whole numbers"))?,
            );
        }
        if values.len() as u64 > LARGEST_GRID {
            return Err(format!("more than {} values are too many", plain(LARGEST_GRID as f64)));
        }
    }
    Ok(values)
}

/// The members of `start:end:step`, the end among them if it is met. Whole numbers need no step: it is 1.
fn range(text: &str) -> Result<impl Iterator<Item = Decimal> + use<>, String> {
    let parts: Option<Vec<Decimal>> = text.split(':').map(|part| Decimal::parse(part.trim())).collect();
    let (start, end, step) = match parts.as_deref() {
        Some(&[start, end, step]) => (start, end, step),
        Some(&[start, end]) if start.decimals == 0 && end.decimals == 0 => {
            (start, end, Decimal { mantissa: 1, decimals: 0 })
        }
        Some([_, _]) => return Err(format!("'{text}' needs a step: write start:end:step, such as 0:1:0.1")),
        _ => return Err(format!("'{text}' is not a range: {ADVICE}")),
    };
    let decimals = start.decimals.max(end.decimals).max(step.decimals);
    let scaled = |value: Decimal| value.scaled(decimals);
    let (Some(start), Some(end), Some(step)) = (scaled(start), scaled(end), scaled(step)) else {
        return Err(format!("'{text}' has too many digits for a range: at most 15"));
    };
    if step <= 0 || end < start {
        return Err(format!(
            "'{text}' is an empty range: its step has to be positive and its end not below its start"
        ));
    }
    let count = (end - start) / step + 1;
    if count > i128::from(LARGEST_GRID) {
        return Err(format!("'{text}' has {count} values: at most {}", plain(LARGEST_GRID as f64)));
    }
    Ok((0..count).map(move |i| Decimal { mantissa: start + i * step, decimals }.reduced()))
}

/// `mantissa·10^−decimals`
#[derive(Debug, Clone, Copy)]
struct Decimal {
    mantissa: i128,
    decimals: u32,
}

impl Decimal {
    /// Up to here mantissas and powers of ten are doubles, so that one division rounds once.
    const LARGEST: i128 = 1_000_000_000_000_000;

    fn parse(text: &str) -> Option<Self> {
        let (digits, exponent) = match text.split_once(['e', 'E']) {
            Some((digits, exponent)) => (digits, exponent.parse::<i32>().ok()?),
            None => (text, 0),
        };
        let (before, after) = digits.split_once('.').unwrap_or((digits, ""));
        let unsigned = before.strip_prefix(['-', '+']).unwrap_or(before);
        let all_digits = unsigned.chars().chain(after.chars()).all(|digit| digit.is_ascii_digit());
        if !all_digits || unsigned.len() + after.len() == 0 || unsigned.len() + after.len() > 25 {
            return None;
        }
        let mantissa: i128 = format!("{before}{after}").parse().ok()?;
        let decimals = i32::try_from(after.len()).ok()?.checked_sub(exponent)?;
        match u32::try_from(decimals) {
            Ok(decimals) => (decimals <= 30).then(|| Self { mantissa, decimals }.reduced()),
            Err(_) => {
                let power = 10_i128.checked_pow(decimals.unsigned_abs())?;
                Some(Self { mantissa: mantissa.checked_mul(power)?, decimals: 0 })
            }
        }
    }

    /// The same number with as few decimals as it needs.
    fn reduced(self) -> Self {
        let Self { mut mantissa, mut decimals } = self;
        while decimals > 0 && mantissa % 10 == 0 {
            mantissa /= 10;
            decimals -= 1;
        }
        Self { mantissa, decimals }
    }

    /// The mantissa with so many decimals, if it is small enough to be a double.
    fn scaled(self, decimals: u32) -> Option<i128> {
        let power = 10_i128.checked_pow(decimals - self.decimals)?;
        let mantissa = self.mantissa.checked_mul(power)?;
        (decimals <= 15 && mantissa.abs() <= Self::LARGEST).then_some(mantissa)
    }

    fn to_f64(self) -> f64 {
        self.mantissa as f64 / 10_f64.powi(self.decimals as i32)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Members of a range are what their digits would be read as.
    #[test]
    fn ranges_round_once() {
        for (text, decimals) in [("0:30:0.05", 2), ("-3:3:0.001", 3), ("0.1:0.2:1e-5", 5)] {
            for value in numbers(text).unwrap().values {
                assert_eq!(format!("{value:.decimals$}").parse::<f64>().unwrap(), value);
            }
        }
        assert_eq!(numbers("0:30:0.5").unwrap().values.len(), 61);
        assert_eq!(numbers("0:1:0.3").unwrap().values, [0.0, 0.3, 0.6, 0.9]);
        assert_eq!(sizes("10:100:10").unwrap().values.len(), 10);
        assert_eq!(sizes("1e1:3e1:1e1").unwrap().values, [10, 20, 30]);
    }

    #[test]
    fn lists_have_values_and_ranges() {
        assert_eq!(sizes("5,10:40:10,1e3").unwrap().values, [5, 10, 20, 30, 40, 1000]);
        assert_eq!(numbers("0:0.4:0.1,1e3").unwrap().values, [0.0, 0.1, 0.2, 0.3, 0.4, 1000.0]);
        assert_eq!((whole("1e9"), whole("2.5e3"), whole("17")), (Some(1_000_000_000), Some(2500), Some(17)));
        assert_eq!((whole("1.5"), whole("-1"), whole("1e30")), (None, None, None));
    }

    #[test]
    fn whole_numbers_need_no_step() {
        assert_eq!(sizes("5:8").unwrap().values, [5, 6, 7, 8]);
        assert_eq!(numbers("-1:1").unwrap().values, [-1.0, 0.0, 1.0]);
        assert_eq!(
            numbers("0:0.5").unwrap_err(),
            "'0:0.5' needs a step: write start:end:step, such as 0:1:0.1"
        );
    }

    #[test]
    fn values_are_taken_once_and_that_is_said() {
        let list = numbers("0:1:0.5,0.25,0.5,-0").unwrap();
        assert_eq!((list.values.as_slice(), list.repeated), ([0.0, 0.5, 1.0, 0.25].as_slice(), 2));
        assert_eq!(
            list.remark("--sum-ratio").as_deref(),
            Some("--sum-ratio has 2 values that it had before: each is taken once")
        );
        let list = sizes("25,36,25").unwrap();
        assert_eq!(list.values, [25, 36]);
        assert_eq!(
            list.remark("--patches").as_deref(),
            Some("--patches has a value twice: it is taken once")
        );
        assert_eq!(sizes("25").unwrap().remark("--patches"), None);
    }

    /// Every flag names its limit in these words.
    #[test]
    fn limits_are_named() {
        assert_eq!(whole_in("1e3", 1, 1000), Ok(1000));
        let limit = "use a whole number from 1 to 1e15";
        for text in ["0", "1e20", "1e400", "-1", "1.5", "many", ""] {
            assert_eq!(whole_in(text, 1, 1_000_000_000_000_000).unwrap_err(), limit);
        }
        assert_eq!(between(0, u64::MAX), "use a whole number from 0 to 18446744073709551615");
    }

    #[test]
    fn nonsense_is_named() {
        assert_eq!(
            sizes("5;6").unwrap_err(),
            "'5;6' is not a whole number: separate values by commas, or write start:end or start:end:step, such as 1,4,9 or \
             5:8 or 0:30:0.5; for one value use a whole number from 1 to 1e9"
        );
        let message = |text| numbers(text).unwrap_err();
        assert!(message("1:2:3:4").starts_with("'1:2:3:4' is not a range: "));
        assert!(message("1:2:0").starts_with("'1:2:0' is an empty range: "));
        assert!(message("2:1:1").starts_with("'2:1:1' is an empty range: "));
        assert!(message("").starts_with("'' is not a number: "));
        assert_eq!(message("0:1:1e-9"), "'0:1:1e-9' has 1000000001 values: at most 10000000");
        assert_eq!(message("0:1:1e-20"), "'0:1:1e-20' has too many digits for a range: at most 15");
        assert_eq!(sizes("0:1:0.5").unwrap_err(), "'0:1:0.5' has members that are no whole numbers");
    }
}
