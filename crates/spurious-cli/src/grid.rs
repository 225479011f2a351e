//! Lists of values as text: `1,4,9`, or ranges such as `0:30:0.5`, since a grid of a million cells cannot be typed.

use spurious::model::LARGEST_SIZE;
use spurious_sweep::LARGEST_GRID;

/// What a list looks like.
const ADVICE: &str = "separate values by commas, or write start:end:step, such as 1,4,9 or 0:30:0.5";

/// Whole numbers from a list, or what is wrong with the text.
pub(crate) fn sizes(text: &str) -> Result<Vec<usize>, String> {
    list(
        text,
        |part| {
            whole(part).and_then(|size| usize::try_from(size).ok()).ok_or_else(|| {
                format!("'{part}' is not a whole number: {ADVICE}; for one value use a whole number from 1 to {LARGEST_SIZE}")
            })
        },
        |value| usize::try_from(value.mantissa).ok().filter(|_| value.decimals == 0),
    )
}

/// Numbers from a list. Those of a range are the doubles closest to their decimal digits: `0:1:0.1` has `0.3`, not
/// `0.30000000000000004`.
pub(crate) fn numbers(text: &str) -> Result<Vec<f64>, String> {
    list(
        text,
        |part| {
            part.parse().map_err(|_| {
                format!(
                    "'{part}' is not a number: {ADVICE}; for one value use a number such as 4, 0.5 or 1e-3"
                )
            })
        },
        |value| Some(value.to_f64()),
    )
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
            return Err(format!("more than {LARGEST_GRID} values are too many"));
        }
    }
    Ok(values)
}

/// The members of `start:end:step`, the end among them if it is met.
fn range(text: &str) -> Result<impl Iterator<Item = Decimal> + use<>, String> {
    let parts: Option<Vec<Decimal>> = text.split(':').map(|part| Decimal::parse(part.trim())).collect();
    let Some(&[start, end, step]) = parts.as_deref() else {
        return Err(format!("'{text}' is not a range: {ADVICE}"));
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
        return Err(format!("'{text}' has {count} values: at most {LARGEST_GRID}"));
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
            for value in numbers(text).unwrap() {
                assert_eq!(format!("{value:.decimals$}").parse::<f64>().unwrap(), value);
            }
        }
        assert_eq!(numbers("0:30:0.5").unwrap().len(), 61);
        assert_eq!(numbers("0:1:0.3").unwrap(), [0.0, 0.3, 0.6, 0.9]);
        assert_eq!(sizes("10:100:10").unwrap().len(), 10);
        assert_eq!(sizes("1e1:3e1:1e1").unwrap(), [10, 20, 30]);
    }

    #[test]
    fn lists_have_values_and_ranges() {
        assert_eq!(sizes("5,10:40:10,1e3").unwrap(), [5, 10, 20, 30, 40, 1000]);
        assert_eq!(numbers("0:0.4:0.1,1e3").unwrap(), [0.0, 0.1, 0.2, 0.3, 0.4, 1000.0]);
        assert_eq!((whole("1e9"), whole("2.5e3"), whole("17")), (Some(1_000_000_000), Some(2500), Some(17)));
        assert_eq!((whole("1.5"), whole("-1"), whole("1e30")), (None, None, None));
    }

    #[test]
    fn nonsense_is_named() {
        assert_eq!(
            sizes("5;6").unwrap_err(),
            "'5;6' is not a whole number: separate values by commas, or write start:end:step, such as 1,4,9 or 0:30:0.5; \
             for one value use a whole number from 1 to 1000000000"
        );
        let message = |text| numbers(text).unwrap_err();
        assert!(message("1:2").starts_with("'1:2' is not a range: "));
        assert!(message("1:2:0").starts_with("'1:2:0' is an empty range: "));
        assert!(message("2:1:1").starts_with("'2:1:1' is an empty range: "));
        assert!(message("").starts_with("'' is not a number: "));
        assert_eq!(message("0:1:1e-9"), "'0:1:1e-9' has 1000000001 values: at most 10000000");
        assert_eq!(message("0:1:1e-20"), "'0:1:1e-20' has too many digits for a range: at most 15");
        assert_eq!(sizes("0:1:0.5").unwrap_err(), "'0:1:0.5' has members that are no whole numbers");
    }
}
