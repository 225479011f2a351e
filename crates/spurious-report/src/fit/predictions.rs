//! Predictions and residuals.

use spurious::fit::{Baseline, Calibration, CalibrationBin, Metric, Prediction};
use spurious_plot::markup::literal;
use spurious_plot::{Area, Axis, Chart, Dash, Figure, Legend, Line, Markers, Paint, Rule, Shape};

use super::classes;
use super::conclusions::Conclusions;
use crate::charts::WIDE;
use crate::document::{Chapter, Grid, Part, Sheet, sheet};
use crate::numbers::{decimals, significant, thousands};

/// Colours of samples that the models have seen and have not seen.
const SEEN: Paint = Paint::Blue;
const HELD_OUT: Paint = Paint::Vermillion;
/// Points drawn at most; all are in the data.
const MOST_DRAWN: usize = 2000;
/// Bins of a histogram.
const BINS: usize = 40;

/// What is said of the points, if there are any.
pub(super) fn part(conclusions: &Conclusions<'_>) -> Option<Part> {
    let points = conclusions.predictions();
    let predictions = sheet!(
        "predictions", points, p => row: p.row + 1, target, network, linear, logistic,
        held_out: u64::from(p.held_out), fold: p.fold.map(u64::from), probability
    );
    let confusion = conclusions.report.analysis.confusion.as_ref();
    let confusion = confusion.map(|confusion| classes::sheet(conclusions, confusion));
    let sheets =
        std::iter::once(predictions).chain(calibration_sheet(conclusions)).chain(confusion).collect();
    (!points.is_empty()).then(|| Part { chapters: vec![chapter(conclusions)], sheets })
}

fn chapter(conclusions: &Conclusions<'_>) -> Chapter {
    let points = conclusions.predictions();
    let held_out = points.iter().filter(|point| point.held_out).count();
    // With folds each sample was held out once; else those held out are not among those fitted.
    let analysis = conclusions.report.analysis;
    let apart = if analysis.folds.is_empty() { analysis.validation_samples } else { 0 };
    let total = conclusions.fit.samples + apart;
    let shown = if (points.len() as u64) < total {
        format!(" The picture and predictions.csv have {} of all rows.", thousands(points.len() as u64))
    } else {
        String::new()
    };
    let of = match held_out {
        0 => " The model was fitted to all of these samples: on new ones expect larger errors.",
        all if all == points.len() => " Each prediction comes from a model that was not fitted to its row.",
        _ => "",
    };
    let (text, caption) = match (&analysis.confusion, Targets::of(points)) {
        (Some(confusion), _) => classes::several(conclusions, confusion),
        (None, Targets::Two(values)) => two_values(conclusions, values),
        (None, _) => any_values(conclusions),
    };
    let mut chapter = Chapter::new("predictions", "Predictions").text(text);
    if let Some(calibration) = &analysis.calibration {
        chapter = chapter.text(calibrated(calibration)).grid(
            calibration_grid(calibration),
            "calibration",
            match analysis.confusion {
                None => "Chances of the higher class beside how often it came true",
                Some(_) => "Chances of the class that is predicted beside how often it came true",
            },
        );
    }
    let files: &[&str] = match analysis.confusion {
        None => &["predictions"],
        Some(_) => &["confusion", "predictions"],
    };
    chapter.picture("predictions", figure(conclusions), files, caption).text(format!("{shown}{of}"))
}

/// Text and caption for a target of any values.
fn any_values(conclusions: &Conclusions<'_>) -> (String, String) {
    let analysis = conclusions.report.analysis;
    let spread = analysis.survey.target_variance.sqrt();
    let (error, which) = match analysis.typical_error {
        Some(error) => (error, "on samples held out"),
        None => (conclusions.fit.noise, "on the samples fitted"),
    };
    let typical = if error < 1e-7 * spread {
        format!("The network reproduces “{}” {which}, to rounding.", conclusions.target)
    } else {
        let within = analysis.prediction_interval.map_or(String::new(), |half| {
            format!(" Of the samples held out 95 % are off by less than {}.", significant(half, 3))
        });
        format!(
            "**The typical error is {} {which}**, as root mean square. The mean of the target alone, without a model, has {}.{within}",
            significant(error, 3),
            significant(spread, 3)
        )
    };
    let caption = "**Predictions.** (a) Points on the dashed line are predicted exactly. (b) Residuals should scatter around zero in the \
                   same way at every prediction; a bend or a funnel shows what the model misses. Between the dashed lines, if there are any, lie 95 % of the samples held out.";
    (typical, caption.into())
}

/// Text and caption for a target of two values.
fn two_values(conclusions: &Conclusions<'_>, [low, high]: [f64; 2]) -> (String, String) {
    let points = conclusions.predictions();
    let any_held_out = points.iter().any(|point| point.held_out);
    let chosen = || points.iter().filter(|point| point.held_out == any_held_out);
    let (all, lows) = (chosen().count(), chosen().filter(|point| point.target == low).count());
    let frequent = decimals(100.0 * lows.max(all - lows) as f64 / all.max(1) as f64, 1);
    let number = |value: f64| literal(&value.to_string().replace('-', "−"));
    let comparison = conclusions.report.analysis.comparison.as_ref();
    let accuracy = comparison.and_then(|c| c.measures.iter().find(|m| m.metric == Metric::Accuracy));
    let right = accuracy.map_or(String::new(), |measure| {
        format!(
            " A prediction above the middle of the two counts as {}, one below as {}. Counted like this, the network is right for {} % of the \
             samples held out, the {} model for {} %.",
            number(high),
            number(low),
            decimals(100.0 * measure.network, 2),
            if measure.baseline_model == Baseline::Logistic { "logistic" } else { "linear" },
            decimals(100.0 * measure.baseline, 2)
        )
    });
    let text = format!(
        "The target has two values, {} and {}.{right} Always answering the more frequent value would be right for {frequent} %.",
        number(low),
        number(high),
    );
    let which = if any_held_out { "held out" } else { "fitted" };
    let caption = format!(
        "**Predictions for each true value,** of samples {which}, in per cent of the samples with that value. The further apart \
         the two colours, the better; the dashed line is half way between the two values."
    );
    (text, caption)
}

/// How far chances can be trusted.
fn calibrated(calibration: &Calibration) -> String {
    format!(
        "The network predicts chances. **They are off by {} percentage points on average:** so far apart are the chance that is predicted \
         and the share that came true, over the {} samples {} in ten bins of chances.",
        decimals(100.0 * calibration.error, 1),
        thousands(calibration.samples),
        if calibration.held_out { "held out" } else { "fitted" }
    )
}

fn calibration_grid(calibration: &Calibration) -> Grid {
    let percent = |share: f64| decimals(100.0 * share, 1);
    let row = |bin: &CalibrationBin| {
        vec![
            format!("{} to {} %", decimals(100.0 * bin.from, 0), decimals(100.0 * bin.to, 0)),
            thousands(bin.samples),
            percent(bin.expected),
            percent(bin.observed),
        ]
    };
    let columns = ["chance predicted", "samples", "% predicted on average", "% that came true"];
    Grid::new(1, &columns, calibration.bins.iter().map(row))
}

fn calibration_sheet(conclusions: &Conclusions<'_>) -> Option<Sheet> {
    let calibration = conclusions.report.analysis.calibration.as_ref()?;
    Some(sheet!("calibration", &calibration.bins, bin => from, to, samples, expected, observed))
}

/// How targets look.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Targets {
    /// Two values only: a yes or no.
    Two([f64; 2]),
    /// A few values, which would hide each other.
    Few,
    /// Any.
    Many,
}

impl Targets {
    fn of(points: &[Prediction]) -> Self {
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
fn figure(conclusions: &Conclusions<'_>) -> Figure {
    if let Some(confusion) = &conclusions.report.analysis.confusion {
        return classes::figure(conclusions, confusion);
    }
    match Targets::of(conclusions.predictions()) {
        Targets::Two(values) => histograms(conclusions, values),
        targets => scatter(conclusions, targets),
    }
}

/// Evenly chosen points, if there are too many to draw.
fn drawn(points: &[Prediction], held_out: bool) -> Vec<&Prediction> {
    let stride = points.len().div_ceil(MOST_DRAWN).max(1);
    // Training and held-out points are thinned alike.
    points.iter().filter(|point| point.held_out == held_out).step_by(stride).collect()
}

fn scatter(conclusions: &Conclusions<'_>, targets: Targets) -> Figure {
    let points = conclusions.predictions();
    let target = conclusions.target_on_axis();
    let values = || points.iter().flat_map(|p| [p.target, p.network]).filter(|value| value.is_finite());
    let (low, high) = (values().fold(f64::INFINITY, f64::min), values().fold(f64::NEG_INFINITY, f64::max));
    let room = if high > low { 0.03 * (high - low) } else { 0.1 * low.abs().max(1e-300) };
    let (low, high) = if low <= high { (low - room, high + room) } else { (0.0, 1.0) };
    let mut truth = Chart::new(
        Axis::linear(format!("true {target}")).over(low, high),
        Axis::linear("predicted").over(low, high),
    );
    truth.title = "Predicted against true".into();
    truth.equal = true;
    let mut rest = Chart::new(Axis::linear("predicted"), Axis::linear("residual: true − predicted"));
    rest.title = "Residuals".into();
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
    if let Some(half) = conclusions.report.analysis.prediction_interval {
        for side in [-half, half] {
            rest.add(Rule { dash: Dash::Dashed, ..Rule::y(side) });
        }
    }
    truth.legend = Legend::Above;
    Figure {
        description: "Left: predictions of the network against the truth, with the line on which both are equal. Right: \
                      the residuals against the predictions, with dashed lines between which 95 % of the samples held out lie."
            .into(),
        ..Figure::row(WIDE, 250.0, "Predictions and residuals", [truth, rest])
    }
}

/// A shift between −1 and 1 that depends on the row alone and looks random.
fn wobble(row: u64) -> f64 {
    // Multiples of the golden ratio spread evenly.
    2.0 * (row as f64 * 0.618_033_988_749_895).fract() - 1.0
}

/// Distributions of the predictions for each of two values, for both models.
fn histograms(conclusions: &Conclusions<'_>, values: [f64; 2]) -> Figure {
    let held_out = conclusions.predictions().iter().any(|point| point.held_out);
    let points: Vec<&Prediction> =
        conclusions.predictions().iter().filter(|point| point.held_out == held_out).collect();
    let network: Vec<(f64, f64)> = points.iter().map(|p| (p.target, p.network)).collect();
    let linear: Vec<(f64, f64)> = points.iter().filter_map(|p| Some((p.target, p.linear?))).collect();
    let all =
        || network.iter().chain(&linear).map(|(_, value)| *value).chain(values).filter(|v| v.is_finite());
    let (low, high) = (all().fold(f64::INFINITY, f64::min), all().fold(f64::NEG_INFINITY, f64::max));
    let counts = |pairs: &[(f64, f64)]| values.map(|value| shares(pairs, value, (low, high)));
    let (of_network, of_linear) = (counts(&network), counts(&linear));
    let largest = of_network.iter().chain(&of_linear).flatten().copied().fold(0.0, f64::max);
    let panel = |title: &str, shares: &[Vec<f64>; 2]| {
        let target = conclusions.target_on_axis();
        let mut chart = Chart::new(
            Axis::linear(format!("predicted {target}")).over(low, high),
            Axis::linear("% of these samples").over(0.0, 1.04 * largest),
        );
        chart.title = title.into();
        for ((value, shares), paint) in values.iter().zip(shares).zip([Paint::Blue, Paint::Vermillion]) {
            let outline = outline(shares, (low, high));
            let label = format!("truly {value}").replace('-', "−");
            chart.add(Area { opacity: 0.3, label, ..Area::new(outline.clone(), paint) });
            chart.add(Line { width: 0.9, ..Line::new(outline, paint) });
        }
        chart.add(Rule { dash: Dash::Dashed, ..Rule::x((values[0] + values[1]) / 2.0) });
        chart.legend = Legend::Above;
        chart
    };
    let mut panels = vec![panel("Network", &of_network)];
    if !linear.is_empty() {
        panels.push(panel("Linear model", &of_linear));
    }
    Figure {
        description: "Histograms of the predictions, separately for the samples of each true value, with a dashed line \
                      half way between the two values."
            .into(),
        ..Figure::row(WIDE, 210.0, "Predictions for each true value", panels)
    }
}

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
