//! Pictures of sweeps are made of anything that a sweep can hold, and say what they cannot be made of.

use std::f64::consts::PI;

use spurious::ensemble::{CellEstimate, Counts, Distribution, Estimate, Observed};
use spurious_report::sweep::{SweepError, sweep_figure};

/// A cell of a sweep with the steps to its verdicts.
type SweepCell = (CellEstimate, Distribution);

fn distribution(classes: &[(u64, u64)]) -> Distribution {
    let mut steps = Distribution::default();
    classes.iter().for_each(|&(value, times)| steps.record(value, times));
    steps
}

fn estimate(runs: u64, probability: f64) -> Estimate {
    let global = (runs as f64 * probability) as u64;
    let counts = Counts { runs, global, spurious: runs - global, undecided: 0 };
    let (lower, upper) = ((probability - 0.03).max(0.0), (probability + 0.03).min(1.0));
    Estimate { counts, probability, lower, upper }
}

fn row(patches: usize, sum_ratio: f64, probability: f64) -> SweepCell {
    let cell = CellEstimate {
        cell: 0,
        patch_dim: 5,
        patches,
        sum_ratio,
        scale_ratio: 1.0,
        negative_slope: 0.0,
        step_size: 0.1,
        criticality: PI * sum_ratio / (patches as f64 + PI - 1.0),
        estimate: estimate(1000, probability),
        exact_probability: None,
        exact_error_bound: None,
        z_score: None,
        observed: Observed::default(),
    };
    (cell, distribution(&[(0, 400), (1, 300), (7, 200), (40, 99)]))
}

/// The same cell with something changed.
fn with((mut cell, steps): SweepCell, change: impl Fn(&mut CellEstimate)) -> SweepCell {
    change(&mut cell);
    (cell, steps)
}

/// The text of the picture, which is well-formed and holds nothing that is no number.
fn picture(rows: &[SweepCell]) -> String {
    let figure = sweep_figure(rows).expect("a picture");
    let svg = figure.to_svg("sweep");
    roxmltree::Document::parse(&svg).expect("well-formed");
    assert!(!svg.contains("NaN") && figure.to_pdf().starts_with(b"%PDF"));
    svg
}

fn grid(size: usize) -> Vec<SweepCell> {
    let pairs = (0..size * size).map(|i| (20 + 3 * (i % size), 0.8 * (i / size) as f64));
    pairs.map(|(k, ratio)| row(k, ratio, (0.5 + 0.05 * ratio).min(1.0))).collect()
}

/// Stands at the vertical axis of a phase diagram alone.
const MAP: &str = "sum ratio </tspan>";

#[test]
fn a_grid_has_a_phase_diagram_and_a_row_has_none() {
    for size in [2, 5, 14] {
        assert!(picture(&grid(size)).contains(MAP));
    }
    let few = [row(25, 1.0, 0.55), row(25, 4.0, 0.73)];
    for rows in [&few[..1], &few[..]] {
        let svg = picture(rows);
        assert!(!svg.contains(MAP) && svg.contains("undecided after"));
    }
}

#[test]
fn missing_cells_certain_cells_and_runs_without_end_are_drawn() {
    let mut rows = grid(14);
    rows.retain(|(cell, _)| cell.patches % 2 == 0 || cell.sum_ratio > 3.0);
    picture(&rows);
    picture(&[row(25, 9.0, 1.0), row(36, 12.0, 1.0), row(25, 12.0, 1.0), row(36, 16.0, 1.0)]);
    picture(&[(row(25, 4.0, 0.0).0, Distribution::default())]);
    let most = with(row(25, 0.0, 0.5), |cell| cell.estimate.counts.runs = u64::MAX);
    picture(&[(most.0, distribution(&[(0, 1)]))]);
    let nothing = with(row(25, 4.0, 0.0), |cell| cell.estimate = estimate(0, f64::NAN)).0;
    picture(&[(nothing.clone(), Distribution::default())]);
    picture(&[(CellEstimate { exact_probability: Some(0.7), ..nothing }, Distribution::default())]);
    let one = |cell: SweepCell| with(cell, |cell| cell.patch_dim = 1);
    picture(&[one(row(25, 1.0, 0.5)), one(row(1, 1.0, 0.5))]);
}

#[test]
fn step_sizes_make_series_as_they_are_or_relative_to_the_number_of_patches() {
    let all = |step: fn(&CellEstimate, f64) -> f64, steps: &[f64]| -> Vec<SweepCell> {
        let of = |cell: SweepCell| {
            steps.iter().map(move |&s| with(cell.clone(), |cell| cell.step_size = step(cell, s)))
        };
        grid(3).into_iter().flat_map(of).collect()
    };
    let relative = |row: &CellEstimate, step: f64| step * 2.0 * PI / (row.patches as f64 + PI - 1.0);
    let series = |rows: &[SweepCell]| picture(rows).matches(MAP).count();
    assert_eq!(series(&all(|_, step| step, &[0.1, 0.2])), 2);
    assert_eq!(series(&all(relative, &[0.1, 0.2])), 2);
    // One for each cell, whatever it is.
    assert_eq!(series(&all(relative, &[0.1])), 1);
    assert_eq!(series(&all(|row, step| step + 0.001 * row.sum_ratio, &[0.1])), 1);
}

#[test]
fn what_cannot_be_drawn_is_refused_with_what_to_do() {
    assert_eq!(sweep_figure(&[]), Err(SweepError::Empty));
    let many: Vec<SweepCell> = (2..9).map(|p| with(row(25, 4.0, 0.7), |cell| cell.patch_dim = p)).collect();
    let error = sweep_figure(&many).expect_err("too many");
    assert_eq!(error, SweepError::TooManySeries { count: 7, limit: 4 });
    assert!(error.to_string().contains("7 combinations") && error.to_string().contains("choose fewer"));
}

#[test]
fn the_same_sweep_in_any_order_is_the_same_picture() {
    let mut rows = grid(5);
    let forward = picture(&rows);
    rows.reverse();
    assert!(forward == picture(&rows));
}
