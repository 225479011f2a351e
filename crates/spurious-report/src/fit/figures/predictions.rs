//! What was predicted against what is true, and the residuals.

use spurious_plot::{
    Area, Axis, Chart, Dash, Figure, Legend, Line, Markers, Paint, Panel, Row, Rule, Shape, literal,
};

use super::{HELD_OUT, SEEN};
use crate::figures::WIDE;
use crate::fit::Point;
use crate::fit::facts::{Facts, INTERVAL};

/// Points drawn at most; all are in the data.
const MOST_DRAWN: usize = 2000;

/// How targets look.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::fit) enum Targets {
    /// Two values only: a yes or no.
    Two([f64; 2]),
    /// A few values, which would hide each other.
    Few,
    /// Any.
    Many,
}

impl Targets {
    pub(in crate::fit) fn of(points: &[Point]) -> Self {
        let mut values: Vec<f64> = Vec::new();
        for point in points {
            if !values.contains(&point.target) {
                values.push(point.target);
            }
            if values.len() > 12 {
                return Self::Many;
            }
        }
        values.sort_by(f64::total_cmp);
        match values[..] {
            [low, high] => Self::Two([low, high]),
            _ if values.len() * 10 < points.len() => Self::Few,
            _ => Self::Many,
        }
    }
}

/// Predictions against the truth, and residuals; for a target of two values, the predictions for each.
pub(in crate::fit) fn figure(facts: &Facts<'_>) -> Figure {
    match Targets::of(facts.report.points) {
        Targets::Two(values) => two_values(facts, values),
        targets => scatter(facts, targets),
    }
}

/// Evenly chosen points, if there are too many to draw.
fn drawn(points: &[Point], held_out: bool) -> Vec<&Point> {
    let stride = points.len().div_ceil(MOST_DRAWN).max(1);
    // Training and held-out points are thinned alike.
    points.iter().filter(|point| point.held_out == held_out).step_by(stride).collect()
}

fn scatter(facts: &Facts<'_>, targets: Targets) -> Figure {
    let points = facts.report.points;
    let target = literal(&facts.name_of_target());
    let values = || points.iter().flat_map(|p| [p.target, p.network]).filter(|value| value.is_finite());
    let (low, high) = (values().fold(f64::INFINITY, f64::min), values().fold(f64::NEG_INFINITY, f64::max));
    let room = if high > low { 0.03 * (high - low) } else { 0.1 * low.abs().max(1e-300) };
    let (low, high) = if low <= high { (low - room, high + room) } else { (0.0, 1.0) };
    let mut truth = Chart::new(
        Axis::linear(format!("true {target}")).over(low, high),
        Axis::linear("predicted").over(low, high),
    );
    truth.letter = Some('a');
    truth.title = "Predicted against true".into();
    truth.equal = true;
    let mut rest = Chart::new(Axis::linear("predicted"), Axis::linear("residual: true − predicted"));
    rest.letter = Some('b');
    rest.title = "What is left".into();
    let groups = [(false, SEEN, "fitted"), (true, HELD_OUT, "held out")];
    let both = points.iter().any(|p| p.held_out) && points.iter().any(|p| !p.held_out);
    let many = points.len() > 400;
    let size = if many { 1.9 } else { 3.2 };
    let shape = if many { Shape::Square } else { Shape::Circle };
    let jitter = if targets == Targets::Few { 0.012 * (high - low) } else { 0.0 };
    for (held_out, paint, label) in groups {
        let shown = drawn(points, held_out);
        if shown.is_empty() {
            continue;
        }
        let label = if both { label } else { "" };
        let markers =
            |at: Vec<(f64, f64)>| Markers { size, shape, label: label.into(), ..Markers::new(at, paint) };
        truth.add(markers(shown.iter().map(|p| (p.target + jitter * wobble(p.row), p.network)).collect()));
        rest.add(Markers {
            label: String::new(),
            ..markers(shown.iter().map(|p| (p.network, p.target - p.network)).collect())
        });
    }
    truth.add(Line { width: 0.9, dash: Dash::Dashed, ..Line::new([(low, low), (high, high)], Paint::Ink) });
    rest.add(Rule { paint: Paint::Ink, dash: Dash::Solid, width: 0.8, ..Rule::y(0.0) });
    for side in [-INTERVAL, INTERVAL] {
        rest.add(Rule { dash: Dash::Dashed, ..Rule::y(side * facts.fit.noise) });
    }
    truth.legend = if both { Legend::Above } else { Legend::None };
    rest.legend = Legend::None;
    Figure {
        description: "Left: predictions of the network against the truth, with the line on which both are equal. Right: \
                      the residuals against the predictions, with dashed lines at 1.96 times the noise."
            .into(),
        ..Figure::grid(WIDE, 250.0, "Predictions and residuals", [Row::new([Panel::from(truth), Panel::from(rest)])])
    }
}

/// A shift between −1 and 1 that depends on the row alone and looks random.
fn wobble(row: u64) -> f64 {
    // Multiples of the golden ratio spread evenly.
    2.0 * (row as f64 * 0.618_033_988_749_895).fract() - 1.0
}

/// Distributions of the predictions for each of two values, for both models.
fn two_values(facts: &Facts<'_>, values: [f64; 2]) -> Figure {
    let held_out = facts.report.points.iter().any(|point| point.held_out);
    let points: Vec<&Point> = facts.report.points.iter().filter(|point| point.held_out == held_out).collect();
    let network: Vec<(f64, f64)> = points.iter().map(|p| (p.target, p.network)).collect();
    let linear: Vec<(f64, f64)> = points.iter().filter_map(|p| Some((p.target, p.linear?))).collect();
    let all =
        || network.iter().chain(&linear).map(|(_, value)| *value).chain(values).filter(|v| v.is_finite());
    let (low, high) = (all().fold(f64::INFINITY, f64::min), all().fold(f64::NEG_INFINITY, f64::max));
    let counts = |pairs: &[(f64, f64)]| values.map(|value| shares(pairs, value, (low, high)));
    let (of_network, of_linear) = (counts(&network), counts(&linear));
    let largest = of_network.iter().chain(&of_linear).flatten().copied().fold(0.0, f64::max);
    let panel = |letter, title: &str, shares: &[Vec<f64>; 2]| {
        let target = literal(&facts.name_of_target());
        let mut chart = Chart::new(
            Axis::linear(format!("predicted {target}")).over(low, high),
            Axis::linear("% of these samples").over(0.0, 1.04 * largest),
        );
        chart.letter = Some(letter);
        chart.title = title.into();
        for ((value, shares), paint) in values.iter().zip(shares).zip([Paint::Blue, Paint::Vermillion]) {
            let outline = outline(shares, (low, high));
            let label = format!("truly {value}").replace('-', "−");
            chart.add(Area { opacity: 0.3, label, ..Area::new(outline.clone(), paint) });
            chart.add(Line { width: 0.9, ..Line::new(outline, paint) });
        }
        chart.add(Rule { dash: Dash::Dashed, ..Rule::x((values[0] + values[1]) / 2.0) });
        chart.legend = Legend::Above;
        Panel::from(chart)
    };
    let mut panels = vec![panel('a', "Network", &of_network)];
    if !linear.is_empty() {
        panels.push(panel('b', "Linear model", &of_linear));
    }
    Figure {
        description: "Histograms of the predictions, separately for the samples of each true value, with a dashed line \
                      half way between the two values."
            .into(),
        ..Figure::grid(WIDE, 210.0, "Predictions for each true value", [Row::new(panels)])
    }
}

const BINS: usize = 40;

/// How many per cent of the samples with this target are predicted in each bin.
fn shares(pairs: &[(f64, f64)], target: f64, (low, high): (f64, f64)) -> Vec<f64> {
    let mut counts = vec![0.0; BINS];
    let chosen: Vec<f64> =
        pairs.iter().filter(|(t, v)| *t == target && v.is_finite()).map(|(_, v)| *v).collect();
    for value in &chosen {
        let position = ((value - low) / (high - low) * BINS as f64).clamp(0.0, BINS as f64 - 1.0);
        counts[position as usize] += 100.0 / chosen.len() as f64;
    }
    counts
}

/// The outline of a histogram, from the base line and back to it.
fn outline(shares: &[f64], (low, high): (f64, f64)) -> Vec<(f64, f64)> {
    let edge = |i: usize| low + (high - low) * i as f64 / shares.len() as f64;
    let steps = shares.iter().enumerate().flat_map(|(i, &share)| [(edge(i), share), (edge(i + 1), share)]);
    std::iter::once((low, 0.0)).chain(steps).chain([(high, 0.0)]).collect()
}
