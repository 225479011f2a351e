//! Round values to mark on an axis, and their labels.

use crate::axis::Scale;
use crate::markup::width;
use plotters::coord::ranged1d::Ranged as _;
use plotters::coord::types::{RangedCoordf64, RangedCoordi32};

/// A marked value; minor ticks have no label.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Tick {
    pub(crate) value: f64,
    pub(crate) label: String,
    pub(crate) major: bool,
}

/// As many round values as fit: the first of ever sparser choices whose labels keep their distance.
pub(crate) fn auto(scale: Scale, length: f64, across: bool, size: f64) -> Vec<Tick> {
    let pitch = match (across, scale.log) {
        (true, false) => 38.0,
        (true, true) => 30.0,
        (false, false) => 24.0,
        (false, true) => 16.0,
    };
    let most = ((length / pitch) as usize).clamp(2, 9) + 1;
    let choices = (2..=most).rev().map(|n| if scale.log { log(scale, n, length) } else { linear(scale, n) });
    let mut last = Vec::new();
    for ticks in choices {
        if apart(&ticks, scale, length, across, size) {
            return ticks;
        }
        last = ticks;
    }
    last.truncate(1);
    last
}

/// The stretch of the axis that a label takes, in pt.
fn span(tick: &Tick, scale: Scale, length: f64, across: bool, size: f64) -> (f64, f64) {
    let half = if across { width(&tick.label, size, false) / 2.0 } else { 0.55 * size };
    let at = scale.fraction(tick.value) * length;
    (at - half, at + half)
}

/// Distance that neighbouring labels keep.
fn gap(across: bool, size: f64) -> f64 {
    if across { 0.6 * size } else { 0.2 * size }
}

/// Whether neighbouring labels leave at least half a letter between them.
fn apart(ticks: &[Tick], scale: Scale, length: f64, across: bool, size: f64) -> bool {
    let labelled = ticks.iter().filter(|tick| !tick.label.is_empty());
    let mut spans: Vec<(f64, f64)> = labelled.map(|tick| span(tick, scale, length, across, size)).collect();
    spans.sort_by(|a, b| a.0.total_cmp(&b.0));
    spans.windows(2).all(|pair| pair[1].0 - pair[0].1 >= gap(across, size))
}

/// Takes away labels, every other one and then more, until those that are left do not touch; the first one stays.
pub(crate) fn thin(ticks: &mut [Tick], scale: Scale, length: f64, across: bool, size: f64) {
    for stride in 2..=ticks.len() {
        if apart(ticks, scale, length, across, size) {
            return;
        }
        for (i, tick) in ticks.iter_mut().enumerate() {
            // What is away stays away: strides 2, 4, 8 … keep an even grid.
            if stride.is_power_of_two() && i % stride != 0 {
                tick.label.clear();
            }
        }
    }
}

/// At most `most` multiples of 1, 2 or 5 times a power of ten.
fn linear(scale: Scale, most: usize) -> Vec<Tick> {
    let (lo, hi) = scale.bounds();
    let (values, step) = round_values(lo, hi, most);
    let largest = values.iter().fold(0.0_f64, |m, v| m.max(v.abs()));
    let places = (-(step * 1.000_001).log10().floor()).max(0.0) as usize;
    let plain = largest < 1e6 && places <= 4;
    let label = |v: f64| if plain { fixed(v, places) } else { scientific(v, step) };
    values.into_iter().map(|value| Tick { value, label: label(value), major: true }).collect()
}

/// Round values in a range, and their distance.
fn round_values(lo: f64, hi: f64, most: usize) -> (Vec<f64>, f64) {
    // The library compares with an absolute tolerance: give it a range between 1 and 10 long.
    let exponent = (hi - lo).log10().floor().clamp(-300.0, 300.0) as i32;
    let unit = |v: f64| if exponent < 0 { v * 10f64.powi(-exponent) } else { v / 10f64.powi(exponent) };
    let (from, to) = (unit(lo) - 1e-9, unit(hi) + 1e-9);
    // Beyond this the range is so short beside its values that round values have no short labels.
    if from.abs().max(to.abs()) > 1e9 {
        return (vec![lo, hi], hi - lo);
    }
    let keys = RangedCoordf64::from(from..to).key_points(most);
    let step = keys.windows(2).map(|k| k[1] - k[0]).fold(f64::INFINITY, f64::min);
    let step = if step.is_finite() { step } else { 1.0 };
    let exact = |key: f64| {
        let key = (key * 1e6).round() / 1e6 + 0.0;
        if exponent < 0 { key / 10f64.powi(-exponent) } else { key * 10f64.powi(exponent) }
    };
    (keys.into_iter().map(exact).collect(), exact(step))
}

/// Powers of ten; for less than two of them 1, 2 and 5 times powers of ten, or else linear ticks.
fn log(scale: Scale, most: usize, length: f64) -> Vec<Tick> {
    let (lo, hi) = scale.bounds();
    let (first, last) = ((lo.log10() - 1e-9).ceil() as i32, (hi.log10() + 1e-9).floor() as i32);
    let inside = |v: f64| v >= lo * (1.0 - 1e-9) && v <= hi * (1.0 + 1e-9);
    let multiples = |digits: &'static [u8]| {
        let powers = (first - 1..=last).map(power);
        powers
            .flat_map(|p| digits.iter().map(move |&d| p * f64::from(d)))
            .filter(|&v| inside(v))
            .collect::<Vec<_>>()
    };
    let minor = |value| Tick { value, label: String::new(), major: false };
    if last > first {
        let keys = RangedCoordi32::from(first..last).key_points(most);
        let stride = keys.windows(2).map(|k| k[1] - k[0]).min().unwrap_or(last - first);
        let labelled = keys.iter().map(|&e| Tick { value: power(e), label: decade(e), major: true });
        // Digits between the decades where there is room, the decades between the labels otherwise.
        let decade_length = length / f64::from(last - first);
        let between: Vec<f64> = if stride == 1 && decade_length > 18.0 {
            multiples(&[2, 3, 4, 5, 6, 7, 8, 9])
        } else if stride > 1 && decade_length > 2.5 {
            (first..=last).filter(|e| !keys.contains(e)).map(power).collect()
        } else {
            Vec::new()
        };
        return labelled.chain(between.into_iter().map(minor)).collect();
    }
    let round = multiples(&[1, 2, 5]);
    if round.len() < 2 {
        return linear(scale, most);
    }
    let rest = multiples(&[3, 4, 6, 7, 8, 9]).into_iter().map(minor);
    round.into_iter().map(|value| Tick { value, label: compact(value), major: true }).chain(rest).collect()
}

/// A power of ten, as the decimal literal would be read: `powi` would accumulate rounding.
fn power(exponent: i32) -> f64 {
    format!("1e{exponent}").parse().unwrap_or(f64::NAN)
}

fn decade(exponent: i32) -> String {
    format!("$10^{{{exponent}}}$")
}

fn fixed(value: f64, places: usize) -> String {
    let text = format!("{value:.places$}");
    let zero = text.bytes().all(|b| b"-0.".contains(&b));
    if zero { "0".into() } else { text.replace('-', "−") }
}

/// Scientific notation with the digits that a step of this size needs.
fn scientific(value: f64, step: f64) -> String {
    if value == 0.0 {
        return "0".into();
    }
    let exponent = (value.abs() * 1.000_000_1).log10().floor();
    let places = (exponent - (step.abs() * 1.000_000_1).log10().floor()).clamp(0.0, 12.0) as usize;
    let text = format!("{value:.places$e}");
    power_notation(&text)
}

/// `-1.50e-7` as markup, without zeros at the end and without a factor of one.
fn power_notation(text: &str) -> String {
    let (digits, exponent) = text.split_once('e').unwrap_or((text, "0"));
    let digits =
        if digits.contains('.') { digits.trim_end_matches('0').trim_end_matches('.') } else { digits };
    match digits {
        _ if exponent == "0" => digits.replace('-', "−"),
        "1" => format!("$10^{{{exponent}}}$"),
        "-1" => format!("$-10^{{{exponent}}}$"),
        _ => format!("${digits}·10^{{{exponent}}}$"),
    }
}

/// A number in up to four digits, as a person would write it.
pub(crate) fn compact(value: f64) -> String {
    if !value.is_finite() {
        return if value.is_nan() {
            "–".into()
        } else if value > 0.0 {
            "∞".into()
        } else {
            "−∞".into()
        };
    }
    let size = value.abs();
    let rounded: f64 = format!("{value:.3e}").parse().unwrap_or(value);
    if size == 0.0 || (1e-3..1e5).contains(&size) {
        return format!("{}", rounded + 0.0).replace('-', "−");
    }
    power_notation(&format!("{rounded:e}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(from: f64, to: f64, log: bool) -> Vec<String> {
        let ticks = auto(Scale { from, to, log }, 200.0, true, 8.0);
        ticks.into_iter().filter(|t| !t.label.is_empty()).map(|t| t.label).collect()
    }

    #[test]
    fn round_values_reach_both_ends() {
        assert_eq!(labels(0.0, 0.3, false), ["0", "0.1", "0.2", "0.3"].map(String::from));
        assert_eq!(labels(-1.0, 1.0, false), ["−1.0", "−0.5", "0", "0.5", "1.0"].map(String::from));
        assert_eq!(labels(1.0, 0.0, false).len(), labels(0.0, 1.0, false).len());
        assert_eq!(labels(0.0, 4e6, false)[1], "$10^{6}$");
        assert_eq!(labels(0.0, 4e-9, false)[1], "$10^{-9}$");
        assert_eq!(labels(1.000_000_1, 1.000_000_9, false).last().map(String::as_str), Some("1.0000008"));
    }

    #[test]
    fn decades_are_multiples_of_their_stride() {
        assert_eq!(labels(1e-12, 10.0, true), ["$10^{-10}$", "$10^{-5}$", "$10^{0}$"].map(String::from));
        assert_eq!(
            labels(1.0, 1e3, true),
            ["$10^{0}$", "$10^{1}$", "$10^{2}$", "$10^{3}$"].map(String::from)
        );
        assert_eq!(labels(2.0, 30.0, true), ["2", "5", "10", "20"].map(String::from));
        assert!(labels(2.1, 2.4, true).len() >= 2);
        let ticks = auto(Scale { from: 1.0, to: 100.0, log: true }, 200.0, true, 8.0);
        assert_eq!(ticks.iter().filter(|t| !t.major).count(), 16);
    }

    #[test]
    fn strange_ranges_end_quickly_and_stay_inside() {
        let spans = [1e-300, 1e-17, 1e-9, 0.7, 3.0, 1e5, 1e17, 1e300];
        for (from, span) in
            [0.0, 1.0, -1.0, 1e8, -1e17, 1e-12].into_iter().flat_map(|f| spans.map(|s| (f, s)))
        {
            let to = from + span;
            if to == from {
                continue;
            }
            let ticks = auto(Scale { from, to, log: false }, 300.0, true, 8.0);
            assert!(ticks.len() < 12, "{from} {to}");
            let room = 1e-6 * span;
            assert!(
                ticks.iter().all(|t| t.value >= from - room && t.value <= to + room),
                "{from} {to}: {ticks:?}"
            );
        }
        for (from, to) in [(1e-307, 1e308), (1.0, 1.000_001), (1e-20, 1e-19), (9.99, 1001.0), (3.0, 4.0)] {
            let ticks = auto(Scale { from, to, log: true }, 300.0, false, 8.0);
            assert!((1..120).contains(&ticks.len()), "{from} {to}");
        }
    }

    #[test]
    fn numbers_read_as_written_by_hand() {
        let written = [0.1 + 0.2, -2.5, 12345.6, 1e-5, 2e9, 0.0, f64::INFINITY].map(compact);
        assert_eq!(written, ["0.3", "−2.5", "12350", "$10^{-5}$", "$2·10^{9}$", "0", "∞"].map(String::from));
    }
}
