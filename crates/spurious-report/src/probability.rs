//! Pictures of exact probabilities: curves over a parameter that varies, and over patches and sum ratio a map.

use spurious::Activation;
use spurious::model::{Cell, WeightShape};
use spurious::probability::ProbabilityAnswer;
use spurious_plot::{Axis, Chart, Corner, Dash, ErrorBars, Figure, Legend, Line, Markers, Paint, Rule};

use crate::charts::map::{self, Map};
use crate::charts::{BY_PATCHES, WIDE};

/// Curves of a picture, at most: as many as there are colours.
const MOST_CURVES: usize = BY_PATCHES.len();
/// With more points than this a curve has no markers.
const FEW_POINTS: usize = 25;

/// Why probabilities have no picture.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PictureError {
    /// There is one cell.
    #[error(
        "a picture of one probability would say no more than the number: give one or two parameters several values, \
         such as --sum-ratio 0:8:0.5"
    )]
    NothingVaries,
    /// More than two parameters vary.
    #[error("a picture shows at most two parameters that vary, not {}: give the others one value", flags.join(", "))]
    TooMuchVaries {
        /// Their flags.
        flags: Vec<&'static str>,
    },
    /// Too many values of two parameters that make no map.
    #[error(
        "{} and {} have more than {limit} values each: one of them can have at most {limit}, which make so many curves; \
         only --patches and --sum-ratio make a map",
        flags[0],
        flags[1]
    )]
    TooManyCurves {
        /// Their flags.
        flags: [&'static str; 2],
        /// The largest number of curves.
        limit: usize,
    },
}

/// The parameters of a probability: patch dimension, patches, sum ratio, scale ratio, step size if there is one, and negative slope.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Parameters([Option<f64>; 6]);

/// Their flags, symbols and names.
const FLAGS: [&str; 6] =
    ["--patch-dim", "--patches", "--sum-ratio", "--scale-ratio", "--step-size", "--negative-slope"];
const SYMBOLS: [&str; 6] = ["p", "k", "ρ", "β", "η", "c"];
const NAMES: [&str; 6] = [
    "patch dimension $p$",
    "patches $k$",
    "sum ratio $ρ$",
    "scale ratio $β$",
    "step size $η$",
    "negative slope $c$",
];
const PATCHES: usize = 1;
const SUM_RATIO: usize = 2;
const STEP_SIZE: usize = 4;
const NEGATIVE_SLOPE: usize = 5;

impl Parameters {
    /// Those of a cell, under gradient flow or a step size.
    pub fn new(cell: &Cell, step_size: Option<f64>) -> Self {
        let shape = cell.shape();
        Self([
            Some(cell.patch_dim() as f64),
            Some(shape.patches() as f64),
            Some(shape.sum_ratio()),
            Some(cell.scale_ratio()),
            step_size,
            Some(shape.activation().negative_slope()),
        ])
    }

    /// Those of an answer.
    pub fn of(answer: &ProbabilityAnswer) -> Self {
        let exact = &answer.exact;
        let sizes = [exact.patch_dim, exact.patches].map(|size| Some(size as f64));
        let ratios = [exact.sum_ratio, exact.scale_ratio].map(Some);
        Self([sizes[0], sizes[1], ratios[0], ratios[1], exact.step_size, Some(exact.negative_slope)])
    }
}

/// What a picture of these parameters is.
enum Kind {
    /// Curves over a parameter, one for each value of another one.
    Curves { over: usize, by: Option<usize> },
    /// Colours over patches and sum ratio.
    Map,
}

/// Whether probabilities with these parameters can be drawn, which can be known before they are computed.
///
/// # Errors
/// If no parameter varies, or more than two, or two with too many values each.
pub fn check_probabilities(parameters: &[Parameters]) -> Result<(), PictureError> {
    kind(parameters).map(drop)
}

/// The values of a parameter, rising.
fn values(parameters: &[Parameters], which: usize) -> Vec<f64> {
    let mut values: Vec<f64> = parameters.iter().filter_map(|at| at.0[which]).collect();
    values.sort_by(f64::total_cmp);
    values.dedup();
    values
}

fn kind(parameters: &[Parameters]) -> Result<Kind, PictureError> {
    let count = |which| values(parameters, which).len();
    let varying: Vec<usize> = (0..FLAGS.len()).filter(|&which| count(which) > 1).collect();
    match varying[..] {
        [] => Err(PictureError::NothingVaries),
        [over] => Ok(Kind::Curves { over, by: None }),
        [a, b] => {
            let (over, by) = if count(a) > count(b) { (a, b) } else { (b, a) };
            if count(by) <= MOST_CURVES {
                Ok(Kind::Curves { over, by: Some(by) })
            } else if (a, b) == (PATCHES, SUM_RATIO) {
                Ok(Kind::Map)
            } else {
                Err(PictureError::TooManyCurves { flags: [FLAGS[a], FLAGS[b]], limit: MOST_CURVES })
            }
        }
        _ => Err(PictureError::TooMuchVaries { flags: varying.iter().map(|&which| FLAGS[which]).collect() }),
    }
}

/// The picture of some probabilities. If one parameter varies, or one of two has few values: curves, beside the limit of many
/// patches and what was simulated. If patches and sum ratio both have many values: a map.
///
/// # Errors
/// As [`check_probabilities`].
///
/// # Examples
/// ```
/// use spurious::{Cell, probability::{ProbabilityAnswer, ProbabilityQuestion}};
/// use spurious_report::probability::probability_figure;
/// let question = ProbabilityQuestion::default();
/// let answers = [1.0, 4.0, 9.0]
///     .map(|ratio| ProbabilityAnswer::new(&Cell::new(5, 25, ratio, 1.0)?, None, 0, &question, &()));
/// let answers = answers.into_iter().collect::<Result<Vec<_>, spurious::Error>>()?;
/// assert!(probability_figure(&answers)?.to_svg("curve").contains("sum ratio"));
/// assert!(probability_figure(&answers[..1]).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn probability_figure(answers: &[ProbabilityAnswer]) -> Result<Figure, PictureError> {
    let parameters: Vec<Parameters> = answers.iter().map(Parameters::of).collect();
    let (chart, description) = match kind(&parameters)? {
        Kind::Curves { over, by } => {
            let against = by.map_or(String::new(), |by| format!(", a curve for each {}", plain_name(by)));
            (curves(answers, &parameters, over, by), format!("against {}{against}", plain_name(over)))
        }
        Kind::Map => (map_of(answers), "by colour, over patches and sum ratio".to_owned()),
    };
    let chart = Chart { title: title(&parameters), ..chart };
    Ok(Figure {
        description: format!("Exact probability that a random start recovers the teacher, {description}."),
        ..Figure::new(0.76 * WIDE, 260.0, "Success probability", chart)
    })
}

/// The name of a parameter without markup.
fn plain_name(which: usize) -> String {
    NAMES[which].replace('$', "")
}

/// What all cells have in common.
fn title(parameters: &[Parameters]) -> String {
    let only = |which: usize| match values(parameters, which)[..] {
        // The rectifier is not mentioned.
        [0.0] if which == NEGATIVE_SLOPE => None,
        [value] => Some(format!("${} = {value}$", SYMBOLS[which])),
        [] => Some("gradient flow".to_owned()),
        _ => None,
    };
    (0..FLAGS.len()).filter_map(only).collect::<Vec<_>>().join(", ")
}

fn curves(answers: &[ProbabilityAnswer], parameters: &[Parameters], over: usize, by: Option<usize>) -> Chart {
    let x = values(parameters, over);
    let lowest = answers.iter().map(|answer| {
        let simulated = answer.monte_carlo.map_or(1.0, |simulated| simulated.estimate.lower);
        simulated.min(answer.exact.probability).min(answer.exact.limit_probability)
    });
    let lowest = lowest.fold(0.5, f64::min);
    let x_axis = Axis { spacing: map::spacing(&x), ..Axis::linear(NAMES[over]) };
    let mut chart = Chart::new(x_axis, Axis::linear("success probability $P$").over(lowest - 0.02, 1.02));
    chart.legend = Legend::Inside(Corner::BottomRight);
    if over == SUM_RATIO
        && let [patches] = values(parameters, PATCHES)[..]
        && let [slope] = values(parameters, NEGATIVE_SLOPE)[..]
    {
        let shape = WeightShape::new(patches as usize, 1.0)
            .and_then(|shape| Ok(shape.with_activation(Activation::leaky(slope)?)));
        let critical = shape.map_or(f64::NAN, |shape| shape.critical_sum_ratio());
        if (x[0]..=x[x.len() - 1]).contains(&critical) {
            let rule = Rule { dash: Dash::Dotted, along: 0.06, ..Rule::x(critical) };
            chart.add(Rule { label: "no trap from $ρ_c$ on".into(), ..rule });
        }
    }
    // Under a step size the limit, which is that of gradient flow, answers another question.
    let has_limit = values(parameters, STEP_SIZE).is_empty();
    let groups = by.map_or(vec![None], |by| values(parameters, by).into_iter().map(Some).collect());
    for (i, (value, (paint, shape))) in groups.iter().zip(BY_PATCHES).enumerate() {
        let chosen = |at: &Parameters| by.is_none_or(|by| at.0[by] == *value);
        let mut cells: Vec<(f64, &ProbabilityAnswer)> = parameters
            .iter()
            .zip(answers)
            .filter(|(at, _)| chosen(at))
            .filter_map(|(at, answer)| Some((at.0[over]?, answer)))
            .collect();
        cells.sort_by(|(a, _), (b, _)| a.total_cmp(b));
        let label = match (by, value) {
            (Some(by), Some(value)) => format!("${} = {value}$", SYMBOLS[by]),
            _ => "exact".to_owned(),
        };
        let points = |value: &dyn Fn(&ProbabilityAnswer) -> f64| {
            cells.iter().map(|(x, answer)| (*x, value(answer))).collect::<Vec<_>>()
        };
        let exact = points(&|answer| answer.exact.probability);
        let limit = points(&|answer| answer.exact.limit_probability);
        if has_limit {
            chart.add(limit_line(limit, if by.is_some() { paint } else { Paint::Muted }));
        }
        let simulated: Vec<_> =
            cells.iter().filter_map(|(x, answer)| Some((*x, answer.monte_carlo?.estimate))).collect();
        let is_simulated = !simulated.is_empty();
        let markers = exact.len() <= FEW_POINTS && !is_simulated;
        chart.add(Line {
            label: if markers { String::new() } else { label.clone() },
            ..Line::new(exact.clone(), paint)
        });
        if markers {
            chart.add(Markers { shape, label, ..Markers::new(exact, paint) });
        }
        if is_simulated {
            chart.add(ErrorBars::new(
                simulated.iter().map(|(x, found)| (*x, found.lower, found.upper)),
                paint,
            ));
            let label = if i == 0 { "simulated, 95 %" } else { "" };
            let points = simulated.iter().map(|(x, found)| (*x, found.probability));
            chart.add(Markers { shape, filled: false, label: label.into(), ..Markers::new(points, paint) });
        }
    }
    if has_limit {
        let label = "limit $k → ∞$ at the same $x_c$".into();
        chart.add(Line { label, ..limit_line(Vec::new(), Paint::Muted) });
    }
    chart
}

fn limit_line(points: Vec<(f64, f64)>, paint: Paint) -> Line {
    Line { dash: Dash::Dashed, width: 0.9, ..Line::new(points, paint) }
}

fn map_of(answers: &[ProbabilityAnswer]) -> Chart {
    let cell = |answer: &ProbabilityAnswer| {
        let exact = &answer.exact;
        (exact.patches, exact.sum_ratio, exact.probability)
    };
    let cells: Vec<_> = answers.iter().map(cell).collect();
    let Some(exact) = answers.first().map(|answer| &answer.exact) else { return Chart::default() };
    let activation = Activation::leaky(exact.negative_slope).unwrap_or(Activation::RECTIFIER);
    Map::new(exact.patch_dim, exact.scale_ratio, activation, &cells)
        .map_or_else(Chart::default, |map| map::chart(&map, "$ρ_c$", true))
}
