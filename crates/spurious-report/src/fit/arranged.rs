//! Numbers of a filter or of output weights with their errors, as a curve, as several, or as a map.

use spurious_plot::{Axis, Band, Cells, Chart, Dash, ErrorBars, Legend, Line, Markers, Paint, Rule, Shape};

use super::conclusions::Arrangement;
use crate::numbers::decimals;

/// From here on a band replaces single points.
const MANY: usize = 40;
/// Maps of at most so many cells say their numbers.
const NUMBERED: usize = 64;

/// What a panel shows.
pub(super) struct Arranged<'a> {
    pub(super) values: &'a [f64],
    /// Half the widths of their intervals, if these are known.
    pub(super) half_widths: Option<&'a [f64]>,
    /// Lines, and positions in a line.
    pub(super) shape: [usize; 2],
    pub(super) arrangement: Arrangement,
    /// What they are.
    pub(super) label: &'a str,
    /// Names of the lines of a map; numbers if there are none.
    pub(super) names: &'a [String],
}

/// What a panel looks like, for its figure.
pub(super) struct Room {
    /// Whether it wants the whole width.
    pub(super) wide: bool,
    /// Height of its plot area in units of the width; none if that is free.
    pub(super) ratio: Option<f64>,
}

impl Arranged<'_> {
    pub(super) fn room(&self) -> Room {
        let [lines, positions] = self.shape;
        match self.arrangement {
            Arrangement::Map(_) => {
                let ratio = lines as f64 / positions as f64;
                Room { wide: ratio < 1.0 / 3.0, ratio: Some(ratio) }
            }
            Arrangement::Channels(_) => Room { wide: positions > MANY, ratio: None },
            Arrangement::Profile(_) => Room { wide: lines * positions > MANY, ratio: None },
        }
    }

    pub(super) fn chart(&self) -> Chart {
        match self.arrangement {
            Arrangement::Profile(axis) => {
                let mut chart = self.profiles_over(axis, self.values.len());
                self.add_profile(&mut chart, 0..self.values.len(), 0.0, Paint::Blue, "");
                chart
            }
            Arrangement::Channels(axis) => {
                let [lines, positions] = self.shape;
                let mut chart = self.profiles_over(axis, positions);
                for (line, paint) in (0..lines).zip(Paint::SERIES) {
                    // Whiskers side by side.
                    let shift = 0.5 * ((line as f64 + 0.5) / lines as f64 - 0.5);
                    let shift = if positions > MANY { 0.0 } else { shift };
                    let range = line * positions..(line + 1) * positions;
                    self.add_profile(&mut chart, range, shift, paint, &format!("channel {}", line + 1));
                }
                chart.legend = Legend::Above;
                chart
            }
            Arrangement::Map(axes) => self.map(axes),
        }
    }

    fn profiles_over(&self, axis: &str, count: usize) -> Chart {
        let mut chart =
            Chart::new(whole_numbers(axis, count).over(0.5, count as f64 + 0.5), Axis::linear(self.label));
        chart.add(Rule { paint: Paint::Muted, width: 0.7, dash: Dash::Solid, ..Rule::y(0.0) });
        chart
    }

    fn add_profile(
        &self,
        chart: &mut Chart,
        range: std::ops::Range<usize>,
        shift: f64,
        paint: Paint,
        label: &str,
    ) {
        let x = |i: usize| (i - range.start + 1) as f64 + shift;
        let points = || range.clone().map(|i| (x(i), self.values[i]));
        let bars = self.half_widths.map(|half_widths| {
            range.clone().map(move |i| {
                let (value, half) = (self.values[i], half_widths[i]);
                ((i - range.start + 1) as f64 + shift, value - half, value + half)
            })
        });
        if range.len() > MANY {
            bars.into_iter().for_each(|bars| chart.add(Band::new(bars, paint)));
            chart.add(Line { label: label.into(), ..Line::new(points(), paint) });
            return;
        }
        chart.add(Line { width: 0.7, label: label.into(), ..Line::new(points(), paint) });
        bars.into_iter().for_each(|bars| chart.add(ErrorBars::new(bars, paint)));
        chart.add(Markers { label: label.into(), ..Markers::new(points(), paint) });
    }

    fn lines(&self, label: &str) -> Axis {
        if self.names.is_empty() {
            return whole_numbers(label, self.shape[0]);
        }
        let named = self.names.iter().enumerate().map(|(line, name)| ((line + 1) as f64, name.clone()));
        Axis::linear(label).with_ticks(named)
    }

    fn map(&self, [down, across]: [&str; 2]) -> Chart {
        let [lines, positions] = self.shape;
        let mut chart = Chart::new(
            whole_numbers(across, positions).over(0.5, positions as f64 + 0.5),
            self.lines(down).over(lines as f64 + 0.5, 0.5),
        );
        let mut cells = Cells::symmetric(lines, positions, self.values.to_vec(), self.label);
        let largest = cells.range.1;
        let is_clear = |i: usize| self.half_widths.is_none_or(|half| self.values[i].abs() > half[i]);
        // Numbers that need a power of ten do not fit into a cell.
        if self.values.len() <= NUMBERED && (1e-3..1e4).contains(&largest) {
            let places = (1.0 - largest.log10().floor()).clamp(0.0, 4.0) as usize;
            let number = |i: usize| {
                let number = decimals(self.values[i], places);
                if is_clear(i) { number } else { format!("({number})") }
            };
            cells.labels = (0..self.values.len()).map(number).collect();
        }
        let unclear = (0..self.values.len()).filter(|&i| !is_clear(i));
        let places = unclear.map(|i| ((i % positions + 1) as f64, (i / positions + 1) as f64));
        let dots = (cells.labels.is_empty() && self.values.len() <= 1024).then(|| places.collect::<Vec<_>>());
        chart.add(cells);
        if let Some(dots) = dots {
            let paint = Paint::Rgb(0x55, 0x55, 0x55);
            chart.add(Markers { size: 1.8, shape: Shape::Square, ..Markers::new(dots, paint) });
        }
        let ratio = lines as f64 / positions as f64;
        chart.equal = (1.0 / 12.0..=12.0).contains(&ratio);
        chart.boxed = true;
        chart
    }
}

/// An axis of the numbers from 1 to `count`.
fn whole_numbers(label: &str, count: usize) -> Axis {
    let steps = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000];
    let step = steps.into_iter().find(|step| count / step <= 10).unwrap_or(count);
    let first = if step == 1 { 1 } else { step };
    // The first one is named always, and those that follow keep away from it.
    let ticks = std::iter::once(1).chain((first..=count).step_by(step)).filter(|&i| i == 1 || i > step / 2);
    let mut ticks: Vec<usize> = ticks.collect();
    ticks.dedup();
    Axis::linear(label).with_ticks(ticks.into_iter().map(|i| (i as f64, i.to_string())))
}
