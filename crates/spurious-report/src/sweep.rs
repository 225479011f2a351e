//! Pictures of a sweep: success probabilities over patches and sum ratio, against criticality, and how long verdicts take.

use spurious::ensemble::{CellEstimate, Distribution, Estimate};
use spurious::landscape::undecided_factor;
use spurious::model::Cell;
use spurious::probability::limit_probability;
use spurious::{Activation, Criticality};
use spurious_plot::{Axis, Chart, Contours, Corner, Figure, Legend, Line, Mark, Paint, PanelRow};

use crate::charts::WIDE;
use crate::charts::collapse::{self, CRITICALITY, LARGEST_SHOWN, Point, Style};
use crate::charts::map::{self, Map};
use crate::charts::undecided::{self, Curve};
use crate::numbers::counted;

/// What is known of a cell, and the steps to its verdicts, as far as they were observed.
type Estimated = (CellEstimate, Distribution);

/// Why a sweep has no picture.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SweepError {
    /// There are no cells.
    #[error("the sweep has no cells to draw")]
    Empty,
    /// There are more series than a picture can show.
    #[error(
        "the sweep has {count} combinations of patch dimension, scale ratio and step size, and a picture shows at most \
         {limit}: choose fewer values of these, or draw parts of the sweep"
    )]
    TooManySeries {
        /// How many there are.
        count: usize,
        /// The largest number that is drawn.
        limit: usize,
    },
    /// A parameter that no model has.
    #[error(transparent)]
    Model(#[from] spurious::Error),
}

/// A picture has one series for each patch dimension, scale ratio and step size, and at most so many.
const MOST_SERIES: usize = 4;
/// So many cells, at most, have a curve of their own in the picture of steps.
const MOST_CURVES: usize = 5;
/// Estimates have level curves if their intervals are no wider than this.
const SMOOTH: f64 = 0.01;
/// More markers than this are drawn small.
const MANY: usize = 200;

/// The picture of a sweep. For each patch dimension, scale ratio and step size: all cells against criticality, beside their
/// limit of many patches; with at least two numbers of patches and two sum ratios a phase diagram, else what is left of the
/// probabilities after the limit is subtracted; and the share of undecided runs against steps, if steps were observed.
///
/// # Errors
/// If there are no cells, or more series than fit.
///
/// # Examples
/// ```
/// use spurious::ensemble::{CellEstimate, Counts, Distribution, Observe, Summary};
/// use spurious::model::Cell;
/// use spurious_report::sweep::sweep_figure;
/// let cell = Cell::new(5, 25, 4.0, 1.0)?;
/// let counts = Counts { runs: 1000, global: 728, spurious: 272, undecided: 0 };
/// let summary = Summary { counts, ..Summary::default() };
/// let estimate = CellEstimate::new(0, &cell, 0.1, &summary, &Observe::default(), None);
/// let figure = sweep_figure(&[(estimate, Distribution::default())])?;
/// assert!(figure.to_svg("sweep").contains("criticality"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn sweep_figure(cells: &[(CellEstimate, Distribution)]) -> Result<Figure, SweepError> {
    let series = series(cells, |(cell, _)| Setting {
        patch_dim: cell.patch_dim,
        patches: cell.patches,
        sum_ratio: cell.sum_ratio,
        scale_ratio: cell.scale_ratio,
        negative_slope: cell.negative_slope,
        step_size: cell.step_size,
    })?;
    let mut picture = Vec::new();
    for (title, cells) in series {
        let [first, second] = probabilities(&cells)?;
        picture.push(PanelRow::new([Chart { title, ..first }, second]));
        picture.extend(undecided(&cells).map(|chart| PanelRow::new([chart])));
    }
    let count = counted(cells.len() as u64, "cell");
    Ok(Figure {
        description: format!(
            "Success probabilities of {count}, over patches and sum ratio where there are enough of both, and against \
             criticality beside the limit of many patches; the share of undecided runs against steps where they were \
             observed."
        ),
        ..Figure::grid(WIDE, 225.0 * picture.len() as f64, format!("A sweep of {count}"), picture)
    })
}

/// Whether a sweep of these cells with their step sizes can be drawn, which can be known before it is done.
///
/// # Errors
/// As [`sweep_figure`].
pub fn check_sweep(cells: &[(Cell, f64)]) -> Result<(), SweepError> {
    let setting = |(cell, step_size): &(Cell, f64)| Setting {
        patch_dim: cell.patch_dim(),
        patches: cell.shape().patches(),
        sum_ratio: cell.shape().sum_ratio(),
        scale_ratio: cell.scale_ratio(),
        negative_slope: cell.shape().activation().negative_slope(),
        step_size: *step_size,
    };
    series(cells, setting).map(drop)
}

/// What decides to which series a cell belongs.
#[derive(Debug, Clone, Copy)]
struct Setting {
    patch_dim: usize,
    patches: usize,
    sum_ratio: f64,
    scale_ratio: f64,
    negative_slope: f64,
    step_size: f64,
}

impl Setting {
    /// Step sizes that were computed in two ways are the same number.
    fn step(&self) -> f64 {
        rounded(self.step_size)
    }

    /// `hK = ηK/2π`.
    fn relative_step(&self) -> f64 {
        let sum_rate =
            Activation::leaky(self.negative_slope).map(|activation| activation.sum_rate(self.patches));
        rounded(self.step_size * sum_rate.unwrap_or(f64::NAN) / std::f64::consts::TAU)
    }
}

/// The cells by patch dimension, scale ratio, negative slope and step size, with what they have in common. A step size may be given as it is or
/// relative to `K`: what makes fewer series counts. Where every pair of patches and sum ratio occurs once, the step size
/// makes no series.
fn series<T>(cells: &[T], setting: impl Fn(&T) -> Setting) -> Result<Vec<(String, Vec<&T>)>, SweepError> {
    let mut all: Vec<(Setting, &T)> = cells.iter().map(|cell| (setting(cell), cell)).collect();
    all.sort_by(|(a, _), (b, _)| a.patches.cmp(&b.patches).then(a.sum_ratio.total_cmp(&b.sum_ratio)));
    let models = grouped(&all, |s| s.patch_dim as f64).into_iter();
    let mut series = Vec::new();
    let models = models.flat_map(|cells| grouped(&cells, |s| s.scale_ratio));
    for cells in models.flat_map(|cells| grouped(&cells, |s| s.negative_slope)) {
        let pair = |(s, _): &(Setting, &T)| (s.patches, s.sum_ratio);
        let pairs = cells.chunk_by(|a, b| pair(a) == pair(b)).count();
        let absolute = grouped(&cells, Setting::step);
        if pairs == cells.len() || absolute.len() == 1 {
            series.push(cells);
            continue;
        }
        let relative = grouped(&cells, Setting::relative_step);
        series.extend(if relative.len() < absolute.len() { relative } else { absolute });
    }
    match series.len() {
        0 => Err(SweepError::Empty),
        count if count > MOST_SERIES => Err(SweepError::TooManySeries { count, limit: MOST_SERIES }),
        _ => Ok(series
            .into_iter()
            .map(|cells| (title(&cells), cells.into_iter().map(|(_, cell)| cell).collect()))
            .collect()),
    }
}

/// Cells with the same value of a key, by rising values.
fn grouped<'a, T>(cells: &[(Setting, &'a T)], key: fn(&Setting) -> f64) -> Vec<Vec<(Setting, &'a T)>> {
    let mut sorted = cells.to_vec();
    sorted.sort_by(|(a, _), (b, _)| key(a).total_cmp(&key(b)));
    sorted.chunk_by(|(a, _), (b, _)| key(a) == key(b)).map(<[_]>::to_vec).collect()
}

/// Nine digits: what was computed in two ways is the same number.
fn rounded(x: f64) -> f64 {
    format!("{x:.8e}").parse().unwrap_or(x)
}

/// What the cells of a series have in common.
fn title<T>(cells: &[(Setting, &T)]) -> String {
    let first = cells[0].0;
    let common = |key: fn(&Setting) -> f64| cells.iter().all(|(s, _)| key(s) == key(&first));
    let step = if common(Setting::step) {
        format!(", $η = {}$", first.step())
    } else if common(Setting::relative_step) {
        let rate = if first.negative_slope == 0.0 { "(k + π − 1)" } else { "K" };
        format!(", $η = {} · 2π/{rate}$", first.relative_step())
    } else {
        String::new()
    };
    let slope = match first.negative_slope {
        0.0 => String::new(),
        slope => format!(", $c = {slope}$"),
    };
    format!("$p = {}$, $β = {}${slope}{step}", first.patch_dim, first.scale_ratio)
}

/// What was simulated, else what was computed.
fn value(cell: &CellEstimate) -> f64 {
    let Estimate { counts, probability, .. } = cell.estimate;
    if counts.runs > 0 { probability } else { cell.exact_probability.unwrap_or(f64::NAN) }
}

/// The two panels with the probabilities of one series.
fn probabilities(cells: &[&Estimated]) -> Result<[Chart; 2], SweepError> {
    let CellEstimate { patch_dim, scale_ratio, negative_slope, .. } = cells[0].0;
    let activation = Activation::leaky(negative_slope)?;
    let exact = cells.iter().all(|(cell, _)| cell.exact_probability.is_some());
    let value = |cell: &CellEstimate| cell.exact_probability.filter(|_| exact).unwrap_or_else(|| value(cell));
    let values: Vec<_> = cells.iter().map(|(cell, _)| (cell.patches, cell.sum_ratio, value(cell))).collect();
    let [collapse, rest] = against_criticality(cells)?;
    // Level curves of estimates follow their scatter.
    let width = |(cell, _): &&Estimated| cell.estimate.upper - cell.estimate.lower;
    let smooth = exact || cells.iter().map(width).fold(0.0, f64::max) < SMOOTH;
    Ok(match Map::new(patch_dim, scale_ratio, activation, &values) {
        Some(map) => {
            let mut map = map::chart(&map, "$ρ_c$", true);
            map.marks.retain(|mark| smooth || !matches!(mark, Mark::Contours(Contours { map: None, .. })));
            [map, collapse]
        }
        None => [collapse, rest],
    })
}

/// All cells against criticality, beside their limit of many patches and after it is subtracted.
fn against_criticality(cells: &[&Estimated]) -> Result<[Chart; 2], SweepError> {
    let CellEstimate { patch_dim, scale_ratio, negative_slope, .. } = cells[0].0;
    let activation = Activation::leaky(negative_slope)?;
    let limit = |criticality: f64| {
        let criticality = Criticality::new(criticality)?.with_activation(activation);
        limit_probability(patch_dim, criticality, scale_ratio)
    };
    let shown: Vec<&CellEstimate> =
        cells.iter().map(|(cell, _)| cell).filter(|cell| cell.criticality <= LARGEST_SHOWN).collect();
    let largest = shown.iter().map(|cell| cell.criticality).fold(0.0, f64::max);
    let end = if largest > 0.9 { LARGEST_SHOWN } else { (1.08 * largest).max(0.1) };
    let (mut points, mut rest) = (Vec::new(), Vec::new());
    for cell in shown {
        let Estimate { counts, lower, upper, .. } = cell.estimate;
        let bounds = (counts.runs > 0).then_some((lower, upper));
        let point =
            Point { patches: cell.patches, criticality: cell.criticality, value: value(cell), bounds };
        points.push(point);
        let limit = limit(cell.criticality)?;
        let bounds = bounds.map(|(lower, upper)| (lower - limit, upper - limit));
        rest.push(Point { value: point.value - limit, bounds, ..point });
    }
    let size = if points.len() > MANY { 3.0 } else { 4.2 };
    let chart = |y: Axis, points: &[Point], labelled: bool| {
        let name = if negative_slope == 0.0 { CRITICALITY } else { "criticality $x_c$" };
        let mut chart = Chart::new(Axis::linear(name).over(0.0, end), y);
        chart.marks.extend(collapse::cells(points, Style { filled: true, size, labelled }));
        chart
    };
    // One half where nothing is known, one where nothing is trapped: room for both.
    let lowest = points.iter().map(|p| p.bounds.map_or(p.value, |b| b.0)).fold(0.5, f64::min);
    let y = Axis::linear("success probability $P$").over(lowest - 0.02, 1.02);
    let mut curve = chart(y, &points, true);
    let line = (0..=120)
        .map(|i| end * f64::from(i) / 120.0)
        .map(|x| Ok((x, limit(x)?)))
        .collect::<Result<Vec<_>, spurious::Error>>()?;
    curve.add(Line { label: "limit $k → ∞$".into(), ..Line::new(line, Paint::Ink) });
    curve.legend = Legend::Inside(Corner::TopLeft);
    let reach = rest.iter().flat_map(|p| p.bounds.map_or([p.value; 2], |b| [b.0, b.1]));
    let reach = reach.filter(|value| value.is_finite()).fold(1e-4, |a: f64, b| a.max(b.abs()));
    let mut rest = chart(Axis::linear("$P − P_{∞}$").over(-1.1 * reach, 1.1 * reach), &rest, false);
    rest.add(Line { width: 1.0, ..Line::new([(0.0, 0.0), (end, 0.0)], Paint::Ink) });
    if end > 1.0 {
        curve.marks.extend(collapse::end_of_trap(lowest + 0.02));
    }
    Ok([curve, rest])
}

/// The share of undecided runs, of cells spread over the criticalities; `None` if no steps were observed.
fn undecided(cells: &[&Estimated]) -> Option<Chart> {
    let mut observed: Vec<&&Estimated> = cells.iter().filter(|(_, steps)| steps.count() > 0).collect();
    // Where nothing is trapped, or everything starts at a verdict, no run waits for one.
    let waiting = |(cell, _): &&&Estimated| cell.sum_ratio > 0.0 && cell.criticality < 1.0;
    if observed.iter().any(waiting) {
        observed.retain(waiting);
    }
    observed.sort_by(|a, b| a.0.criticality.total_cmp(&b.0.criticality));
    let last = observed.len().checked_sub(1)?;
    let count = observed.len().min(MOST_CURVES);
    let curve = |i: usize| {
        let (cell, steps) = observed[i * last / (count - 1).max(1)];
        // A cell or a step that theory does not know has no slope to compare with.
        let model = cell.model();
        Curve {
            label: format!("$k = {}$, $ρ = {}$", cell.patches, rounded(cell.sum_ratio)),
            runs: cell.estimate.counts.runs,
            classes: steps.classes().collect(),
            factor: model.and_then(|model| undecided_factor(&model, cell.step_size)).ok().flatten(),
        }
    };
    Some(undecided::chart(&(0..count).map(curve).collect::<Vec<_>>()))
}
