//! Axes: their labels, ranges and ticks, and the position of a value.

use crate::ticks::{self, Tick};

/// The scale of an axis.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Spacing {
    /// Linear.
    #[default]
    Linear,
    /// Logarithmic; values that are not positive are left out.
    Log10,
}

/// Which values of an axis are marked.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Ticks {
    /// Round values, as many as fit without touching.
    #[default]
    Auto,
    /// These values, each with its label (markup allowed, empty for a mark alone).
    At(Vec<(f64, String)>),
}

/// One axis of a chart.
///
/// # Examples
/// ```
/// use spurious_plot::{Axis, Ticks};
/// let angle = Axis {
///     range: Some((0.0, std::f64::consts::PI)),
///     ticks: Ticks::At(vec![(0.0, "0".into()), (std::f64::consts::FRAC_PI_2, "π/2".into())]),
///     ..Axis::linear("angle $φ$")
/// };
/// assert_eq!(angle.label, "angle $φ$");
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Axis {
    /// What is measured, with markup; empty for no label.
    pub label: String,
    /// Linear or logarithmic.
    pub spacing: Spacing,
    /// The two ends, in either order. `None` shows all data with a small margin; so does a range that cannot be drawn (empty, not finite,
    /// or not positive on a logarithmic axis).
    pub range: Option<(f64, f64)>,
    /// The marked values.
    pub ticks: Ticks,
    /// Whether faint lines cross the chart at the labelled values.
    pub grid: bool,
}

impl Axis {
    /// A linear axis over all data.
    pub fn linear(label: impl Into<String>) -> Self {
        Self { label: label.into(), ..Self::default() }
    }

    /// A logarithmic axis over all positive data.
    pub fn log(label: impl Into<String>) -> Self {
        Self { spacing: Spacing::Log10, ..Self::linear(label) }
    }

    /// The same axis from `from` to `to`.
    pub fn over(self, from: f64, to: f64) -> Self {
        Self { range: Some((from, to)), ..self }
    }

    /// The same axis with chosen ticks.
    pub fn with_ticks<L: Into<String>>(self, ticks: impl IntoIterator<Item = (f64, L)>) -> Self {
        let ticks = ticks.into_iter().map(|(value, label)| (value, label.into())).collect();
        Self { ticks: Ticks::At(ticks), ..self }
    }

    /// The range that is shown, given the values that should be visible; if not `tight`, with a small margin.
    pub(crate) fn scale(&self, values: impl Iterator<Item = f64>, tight: bool) -> Scale {
        let log = self.spacing == Spacing::Log10;
        let usable = |v: f64| v.is_finite() && (!log || v > f64::MIN_POSITIVE);
        if let Some((from, to)) = self.range
            && usable(from)
            && usable(to)
            && from != to
            && (to - from).is_finite()
        {
            return Scale { from, to, log };
        }
        let (lo, hi) = values
            .filter(|&v| usable(v))
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(lo, hi), v| (lo.min(v), hi.max(v)));
        let share = if tight { 0.0 } else { 0.04 };
        if log {
            // A decade around a single value.
            let (lo, hi) = if lo <= hi { (lo.log10(), hi.log10()) } else { (-1.0, 1.0) };
            let room = if hi > lo { share * (hi - lo) } else { 0.5 };
            let power = |e: f64| 10f64.powf(e.clamp(-307.0, 308.0));
            return Scale { from: power(lo - room), to: power(hi + room), log };
        }
        let (lo, hi) = if lo <= hi { (lo.max(-1e300), hi.min(1e300)) } else { (0.0, 1.0) };
        let flat = (hi - lo) <= 1e-12 * lo.abs().max(hi.abs());
        let room = if flat { if lo == 0.0 { 0.5 } else { 0.1 * lo.abs() } } else { share * (hi - lo) };
        Scale { from: lo - room, to: hi + room, log }
    }

    /// The ticks for an axis of `length` pt; labels stand side by side if `across`, else above each other.
    pub(crate) fn marks(&self, scale: Scale, length: f64, across: bool, size: f64) -> Vec<Tick> {
        match &self.ticks {
            Ticks::At(list) => {
                let shown =
                    |(value, _): &&(f64, String)| (-1e-9..=1.0 + 1e-9).contains(&scale.fraction(*value));
                let tick = |(value, label): &(f64, String)| Tick {
                    value: *value,
                    label: label.clone(),
                    major: true,
                };
                let mut ticks: Vec<Tick> = list.iter().filter(shown).map(tick).collect();
                ticks::thin(&mut ticks, scale, length, across, size);
                ticks
            }
            Ticks::Auto => ticks::auto(scale, length, across, size),
        }
    }
}

/// A range that can be drawn: finite, not empty, positive if logarithmic.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Scale {
    pub(crate) from: f64,
    pub(crate) to: f64,
    pub(crate) log: bool,
}

impl Scale {
    /// Position along the axis, 0 at its start and 1 at its end; not finite for values it cannot show.
    pub(crate) fn fraction(self, value: f64) -> f64 {
        if self.log {
            (value.log10() - self.from.log10()) / (self.to.log10() - self.from.log10())
        } else {
            (value - self.from) / (self.to - self.from)
        }
    }

    /// The smaller and the larger end.
    pub(crate) fn bounds(self) -> (f64, f64) {
        (self.from.min(self.to), self.from.max(self.to))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_request_becomes_a_range_that_can_be_drawn() {
        let nan = f64::NAN;
        let inf = f64::INFINITY;
        let ranges =
            [(nan, 1.0), (0.0, inf), (1.0, 1.0), (-1.0, 1.0), (f64::MIN, f64::MAX), (0.0, 5.0), (0.0, 0.0)];
        let data = [
            vec![],
            vec![nan, inf],
            vec![3.0],
            vec![0.0],
            vec![-2.0, -1.0],
            vec![1e-320, 1e300],
            vec![f64::MAX, f64::MIN],
        ];
        for axis in [Axis::linear("x"), Axis::log("x")] {
            for range in ranges.into_iter().map(Some).chain([None]) {
                for values in &data {
                    let scale = Axis { range, ..axis.clone() }.scale(values.iter().copied(), false);
                    let (lo, hi) = scale.bounds();
                    assert!(lo < hi && (hi - lo).is_finite(), "{range:?} {values:?}: {scale:?}");
                    assert!(!scale.log || lo > 0.0);
                    let ticks = axis.marks(scale, 200.0, true, 8.0);
                    assert!(ticks.len() < 200 && ticks.iter().all(|t| t.value.is_finite()));
                }
            }
        }
    }

    #[test]
    fn a_range_may_run_backwards() {
        let scale = Axis::linear("").over(4.0, 0.0).scale(std::iter::empty(), true);
        assert_eq!((scale.fraction(4.0), scale.fraction(1.0)), (0.0, 0.75));
        assert_eq!(Axis::log("").over(1.0, 1e4).scale(std::iter::empty(), true).fraction(10.0), 0.25);
        assert!(!Axis::log("").over(1.0, 1e4).scale(std::iter::empty(), true).fraction(-1.0).is_finite());
    }
}
