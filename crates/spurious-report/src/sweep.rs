//! Pictures of a sweep: success probabilities over patches and sum ratio, against criticality, and how long verdicts take.

use std::collections::{BTreeMap, BTreeSet};

use spurious::landscape::undecided_factor;
use spurious::model::Cell;
use spurious::probability::limit_probability;
use spurious_plot::{Axis, Chart, Corner, Figure, Legend, Line, Paint, Panel, Row};

use crate::figures::WIDE;
use crate::figures::collapse::{self, CRITICALITY, LARGEST_SHOWN, Point, Style};
use crate::figures::phase_diagram::{self, Map};
use crate::figures::steps::{self, Curve};

/// A cell of a sweep and what came out.
#[derive(Debug, Clone, PartialEq)]
pub struct SweepRow {
    /// Patch dimension `p`.
    pub patch_dim: usize,
    /// Number of patches `k`.
    pub patches: usize,
    /// Sum ratio `ρ`.
    pub sum_ratio: f64,
    /// Scale ratio `β = ‖b‖/‖v₀‖`.
    pub scale_ratio: f64,
    /// Step size `η`; `None` is gradient flow.
    pub step_size: Option<f64>,
    /// Criticality `x_c = πρ/(k + π − 1)`.
    pub criticality: f64,
    /// Random starts; with 0 only the exact probability counts.
    pub runs: u64,
    /// Share of the random starts that recovered the teacher.
    pub probability: f64,
    /// Lower end of its confidence interval.
    pub lower: f64,
    /// Upper end of its confidence interval.
    pub upper: f64,
    /// The exact probability, if it was computed.
    pub exact_probability: Option<f64>,
    /// Numbers of steps to the verdict, rising, each with the runs decided then; empty if they were not observed.
    pub steps: Vec<(u64, u64)>,
}

impl SweepRow {
    /// What was simulated, else what was computed.
    fn value(&self) -> f64 {
        if self.runs > 0 { self.probability } else { self.exact_probability.unwrap_or(f64::NAN) }
    }
}

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
/// use spurious_report::sweep::{SweepRow, sweep_figure};
/// let row = |patches: usize, sum_ratio: f64, probability: f64| SweepRow {
///     patch_dim: 5, patches, sum_ratio, scale_ratio: 1.0, step_size: Some(0.1),
///     criticality: std::f64::consts::PI * sum_ratio / (patches as f64 + std::f64::consts::PI - 1.0),
///     runs: 0, probability: 0.0, lower: 0.0, upper: 1.0, exact_probability: Some(probability), steps: vec![],
/// };
/// let figure = sweep_figure(&[row(25, 4.0, 0.7279), row(25, 1.0, 0.5569)])?;
/// assert!(figure.to_svg("sweep").contains("criticality"));
/// # Ok::<(), spurious_report::sweep::SweepError>(())
/// ```
pub fn sweep_figure(rows: &[SweepRow]) -> Result<Figure, SweepError> {
    let series = drawable(rows)?;
    let mut letters = 'a'..='z';
    let mut picture = Vec::new();
    for rows in &series {
        let [mut first, second] = probabilities(rows)?;
        first.title = title(rows);
        let mut panel = |chart: Chart| Panel::from(Chart { letter: letters.next(), ..chart });
        picture.push(Row::new([panel(first), panel(second)]));
        picture.extend(undecided(rows).map(|chart| Row::new([panel(chart)])));
    }
    let cells = match rows.len() {
        1 => "1 cell".to_string(),
        count => format!("{count} cells"),
    };
    Ok(Figure {
        description: format!(
            "Success probabilities of {cells}, over patches and sum ratio where there are enough of both, and against \
             criticality beside the limit of many patches; the share of undecided runs against steps where they were \
             observed."
        ),
        ..Figure::grid(WIDE, 225.0 * picture.len() as f64, format!("A sweep of {cells}"), picture)
    })
}

/// Whether a sweep can be drawn, which can be known before it is done: only the settings of the rows are looked at.
///
/// # Errors
/// As [`sweep_figure`].
pub fn check_sweep(rows: &[SweepRow]) -> Result<(), SweepError> {
    drawable(rows).map(drop)
}

fn drawable(rows: &[SweepRow]) -> Result<Vec<Vec<&SweepRow>>, SweepError> {
    let series = series(rows);
    match series.len() {
        0 => Err(SweepError::Empty),
        count if count > MOST_SERIES => Err(SweepError::TooManySeries { count, limit: MOST_SERIES }),
        _ => Ok(series),
    }
}

/// The rows by patch dimension, scale ratio and step size. A step size may be given as it is or relative to `k + π − 1`: what
/// makes fewer series counts. Where every pair of patches and sum ratio occurs once, the step size makes no series.
fn series(rows: &[SweepRow]) -> Vec<Vec<&SweepRow>> {
    let mut by_model: BTreeMap<(usize, Order), Vec<&SweepRow>> = BTreeMap::new();
    let mut rows: Vec<&SweepRow> = rows.iter().collect();
    rows.sort_by_key(|row| (row.patches, Order(row.sum_ratio)));
    for row in rows {
        by_model.entry((row.patch_dim, Order(row.scale_ratio))).or_default().push(row);
    }
    let mut series = Vec::new();
    for rows in by_model.into_values() {
        let pairs: BTreeSet<(usize, Order)> = rows.iter().map(|r| (r.patches, Order(r.sum_ratio))).collect();
        let absolute = by_step(&rows, |row| row.step_size);
        if pairs.len() == rows.len() || absolute.len() == 1 {
            series.push(rows);
            continue;
        }
        let relative = by_step(&rows, relative_step);
        series.extend(if relative.len() < absolute.len() { relative } else { absolute });
    }
    series
}

fn by_step<'a>(rows: &[&'a SweepRow], step: impl Fn(&SweepRow) -> Option<f64>) -> Vec<Vec<&'a SweepRow>> {
    let mut groups: BTreeMap<Order, Vec<&SweepRow>> = BTreeMap::new();
    for row in rows {
        groups.entry(Order(step(row).map_or(0.0, rounded))).or_default().push(row);
    }
    groups.into_values().collect()
}

/// `hK = η(k + π − 1)/2π`.
fn relative_step(row: &SweepRow) -> Option<f64> {
    let shape = spurious::model::WeightShape::new(row.patches, 1.0).ok()?;
    Some(row.step_size? * shape.sum_rate() / std::f64::consts::TAU)
}

/// Nine digits: what was computed in two ways is the same number.
fn rounded(x: f64) -> f64 {
    format!("{x:.8e}").parse().unwrap_or(x)
}

/// Numbers in their total order.
#[derive(Debug, Clone, Copy)]
struct Order(f64);

impl Ord for Order {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.total_cmp(&other.0)
    }
}

impl PartialOrd for Order {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Order {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Order {}

/// What the cells of a series have in common.
fn title(rows: &[&SweepRow]) -> String {
    let common = |step: fn(&SweepRow) -> Option<f64>| {
        let first = step(rows[0]).map(rounded);
        rows.iter().all(|row| step(row).map(rounded) == first).then_some(first)
    };
    let step = match (common(|row| row.step_size), common(relative_step)) {
        (Some(None), _) => ", gradient flow".to_string(),
        (Some(Some(step)), _) => format!(", $η = {step}$"),
        (None, Some(Some(step))) => format!(", $η = {step} · 2π/(k + π − 1)$"),
        _ => String::new(),
    };
    format!("$p = {}$, $β = {}${step}", rows[0].patch_dim, rows[0].scale_ratio)
}

/// The two panels with the probabilities of one series.
fn probabilities(rows: &[&SweepRow]) -> Result<[Chart; 2], SweepError> {
    let SweepRow { patch_dim, scale_ratio, .. } = *rows[0];
    let exact = rows.iter().all(|row| row.exact_probability.is_some());
    let value = |row: &SweepRow| row.exact_probability.filter(|_| exact).unwrap_or_else(|| row.value());
    let cells: Vec<_> = rows.iter().map(|row| (row.patches, row.sum_ratio, value(row))).collect();
    let [collapse, rest] = against_criticality(rows)?;
    Ok(match Map::new(patch_dim, scale_ratio, &cells) {
        Some(map) => [phase_diagram::chart(&map, "$ρ_c$"), collapse],
        None => [collapse, rest],
    })
}

/// All cells against criticality, beside their limit of many patches and after it is subtracted.
fn against_criticality(rows: &[&SweepRow]) -> Result<[Chart; 2], SweepError> {
    let SweepRow { patch_dim, scale_ratio, .. } = *rows[0];
    let limit = |criticality: f64| limit_probability(patch_dim, 1.0 - criticality, scale_ratio);
    let shown: Vec<&&SweepRow> = rows.iter().filter(|row| row.criticality <= LARGEST_SHOWN).collect();
    let largest = shown.iter().map(|row| row.criticality).fold(0.0, f64::max);
    let end = if largest > 0.9 { LARGEST_SHOWN } else { (1.08 * largest).max(0.1) };
    let (mut points, mut rest) = (Vec::new(), Vec::new());
    for row in &shown {
        let bounds = (row.runs > 0).then_some((row.lower, row.upper));
        let point = Point { patches: row.patches, criticality: row.criticality, value: row.value(), bounds };
        points.push(point);
        let limit = limit(row.criticality)?;
        let bounds = bounds.map(|(lower, upper)| (lower - limit, upper - limit));
        rest.push(Point { value: point.value - limit, bounds, ..point });
    }
    let size = if points.len() > MANY { 3.0 } else { 4.2 };
    let chart = |y: Axis, points: &[Point], labelled: bool| {
        let mut chart = Chart::new(Axis::linear(CRITICALITY).over(0.0, end), y);
        for mark in collapse::cells(points, Style { filled: true, size, labelled }) {
            chart.add(mark);
        }
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
    rest.legend = Legend::None;
    if end > 1.0 {
        collapse::end_of_trap(lowest + 0.02).into_iter().for_each(|mark| {
            curve.add(mark);
        });
    }
    Ok([curve, rest])
}

/// The share of undecided runs, of cells spread over the criticalities; `None` if no steps were observed.
fn undecided(rows: &[&SweepRow]) -> Option<Chart> {
    let mut observed: Vec<&&SweepRow> = rows.iter().filter(|row| !row.steps.is_empty()).collect();
    // Where nothing is trapped, or everything starts at a verdict, no run waits for one.
    let waiting = |row: &&&SweepRow| row.sum_ratio > 0.0 && row.criticality < 1.0;
    if observed.iter().any(waiting) {
        observed.retain(waiting);
    }
    observed.sort_by(|a, b| a.criticality.total_cmp(&b.criticality));
    let last = observed.len().checked_sub(1)?;
    let count = observed.len().min(MOST_CURVES);
    let chosen = (0..count).map(|i| observed[i * last / (count - 1).max(1)]);
    let curve = |row: &SweepRow| {
        let cell = Cell::new(row.patch_dim, row.patches, row.sum_ratio, row.scale_ratio);
        // A cell or a step that theory does not know has no slope to compare with.
        let factor = cell.ok().zip(row.step_size).and_then(|(cell, step)| undecided_factor(&cell, step).ok());
        Curve {
            label: format!("$k = {}$, $ρ = {}$", row.patches, rounded(row.sum_ratio)),
            runs: row.runs,
            classes: row.steps.clone(),
            factor: factor.flatten(),
        }
    };
    Some(steps::chart(&chosen.map(|row| curve(row)).collect::<Vec<_>>()))
}
