//! Pictures of sweeps are made of anything that a sweep can hold, and say what they cannot be made of.

use std::f64::consts::PI;

use spurious_report::steps::survivors;
use spurious_report::sweep::{SweepError, SweepRow, sweep_figure};

fn row(patches: usize, sum_ratio: f64, probability: f64) -> SweepRow {
    SweepRow {
        patch_dim: 5,
        patches,
        sum_ratio,
        scale_ratio: 1.0,
        step_size: Some(0.1),
        criticality: PI * sum_ratio / (patches as f64 + PI - 1.0),
        runs: 1000,
        probability,
        lower: (probability - 0.03).max(0.0),
        upper: (probability + 0.03).min(1.0),
        exact_probability: None,
        steps: vec![(0, 400), (1, 300), (7, 200), (40, 99)],
    }
}

/// The text of the picture, which is well-formed and holds nothing that is no number.
fn picture(rows: &[SweepRow]) -> String {
    let figure = sweep_figure(rows).expect("a picture");
    let svg = figure.to_svg("sweep");
    roxmltree::Document::parse(&svg).expect("well-formed");
    assert!(!svg.contains("NaN") && figure.to_pdf().starts_with(b"%PDF"));
    svg
}

fn grid(size: usize) -> Vec<SweepRow> {
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
    rows.retain(|row| row.patches % 2 == 0 || row.sum_ratio > 3.0);
    picture(&rows);
    picture(&[row(25, 9.0, 1.0), row(36, 12.0, 1.0), row(25, 12.0, 1.0), row(36, 16.0, 1.0)]);
    picture(&[SweepRow { steps: vec![], ..row(25, 4.0, 0.0) }]);
    picture(&[SweepRow { steps: vec![(0, 1)], runs: u64::MAX, ..row(25, 0.0, 0.5) }]);
    let nothing = SweepRow { runs: 0, probability: f64::NAN, steps: vec![], ..row(25, 4.0, 0.0) };
    picture(std::slice::from_ref(&nothing));
    picture(&[SweepRow { exact_probability: Some(0.7), step_size: None, ..nothing }]);
    picture(&[SweepRow { patch_dim: 1, ..row(25, 1.0, 0.5) }, SweepRow { patch_dim: 1, ..row(1, 1.0, 0.5) }]);
}

#[test]
fn step_sizes_make_series_as_they_are_or_relative_to_the_number_of_patches() {
    let with = |step: fn(&SweepRow, f64) -> f64, steps: &[f64]| -> Vec<SweepRow> {
        let of = |row: SweepRow| {
            steps.iter().map(move |&s| SweepRow { step_size: Some(step(&row, s)), ..row.clone() })
        };
        grid(3).into_iter().flat_map(of).collect()
    };
    let relative = |row: &SweepRow, step: f64| step * 2.0 * PI / (row.patches as f64 + PI - 1.0);
    let series = |rows: &[SweepRow]| picture(rows).matches(MAP).count();
    assert_eq!(series(&with(|_, step| step, &[0.1, 0.2])), 2);
    assert_eq!(series(&with(relative, &[0.1, 0.2])), 2);
    // One for each cell, whatever it is.
    assert_eq!(series(&with(relative, &[0.1])), 1);
    assert_eq!(series(&with(|row, step| step + 0.001 * row.sum_ratio, &[0.1])), 1);
}

#[test]
fn what_cannot_be_drawn_is_refused_with_what_to_do() {
    assert_eq!(sweep_figure(&[]), Err(SweepError::Empty));
    let many: Vec<SweepRow> = (2..9).map(|p| SweepRow { patch_dim: p, ..row(25, 4.0, 0.7) }).collect();
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

/// What falls off the share of undecided runs, and what is left at the end, are all runs.
#[test]
fn survivors_lose_every_run_once() {
    let classes = [(0, 400), (1, 300), (7, 200), (40, 99)];
    let after = survivors(1000, &classes);
    let mut before = 1000;
    for ((steps, left), (value, decided)) in after.iter().zip(classes) {
        assert_eq!((*steps, before - left), (value, decided));
        before = *left;
    }
    assert_eq!(before, 1);
    assert!(survivors(0, &[]).is_empty());
}
