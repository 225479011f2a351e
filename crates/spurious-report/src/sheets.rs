//! What is in each CSV file.

use spurious::dynamics::run::Record;

use crate::Reproduction;
use crate::sheet::{Sheet, Value, row};
use crate::steps::survivors;

/// All sheets of a report.
pub(crate) fn all(reproduction: &Reproduction) -> Vec<Sheet> {
    let mut sheets = table1(reproduction);
    sheets.extend(steps(reproduction));
    sheets.extend(runs(reproduction));
    sheets.extend(landscape(reproduction));
    sheets.extend(restarts(reproduction));
    sheets.extend(many_patches(reproduction));
    sheets.push(phase_diagram(reproduction));
    sheets
}

fn table1(reproduction: &Reproduction) -> Vec<Sheet> {
    let table = &reproduction.table1;
    let cells = table.cells.iter().map(|c| {
        row![
            c.patches,
            c.sum_ratio,
            c.criticality,
            c.paper_probability,
            c.probability,
            c.error_bound,
            c.iteration_probability,
            c.limit_probability,
            c.step_size,
            c.runs,
            c.global,
            c.spurious,
            c.undecided,
            c.monte_carlo_probability,
            c.lower,
            c.upper,
            c.paper_deviation,
            c.monte_carlo_deviation,
        ]
    });
    let fits = table
        .fits
        .iter()
        .map(|f| row![f.patch_dim, f.scale_ratio, f.chi_squared, f.cells, f.largest_deviation]);
    vec![
        Sheet::new(
            "table1",
            &[
                "patches",
                "sum_ratio",
                "criticality",
                "paper_probability",
                "probability",
                "error_bound",
                "iteration_probability",
                "limit_probability",
                "step_size",
                "runs",
                "global",
                "spurious",
                "undecided",
                "monte_carlo_probability",
                "lower",
                "upper",
                "paper_deviation",
                "monte_carlo_deviation",
            ],
            cells,
        ),
        Sheet::new("fits", &["patch_dim", "scale_ratio", "chi_squared", "cells", "largest_deviation"], fits),
    ]
}

fn steps(reproduction: &Reproduction) -> Vec<Sheet> {
    let all = &reproduction.table1.steps;
    let cells = all
        .iter()
        .map(|s| row![s.patches, s.sum_ratio, s.step_size, s.runs, s.median, s.most, s.largest, s.factor]);
    let undecided = all.iter().flat_map(|s| {
        let after = survivors(s.runs, &s.classes).into_iter();
        after.map(|(steps, left)| row![s.patches, s.sum_ratio, steps, left, left as f64 / s.runs as f64])
    });
    vec![
        Sheet::new(
            "steps",
            &["patches", "sum_ratio", "step_size", "runs", "median", "most_99", "largest", "factor"],
            cells,
        ),
        Sheet::new("undecided", &["patches", "sum_ratio", "steps", "undecided", "share"], undecided),
    ]
}

const RECORD: [&str; 8] = ["step", "time", "loss", "angle", "supplement", "sum", "signal", "filter_norm"];

fn record(r: &Record) -> Vec<Value> {
    row![r.step, r.time, r.loss, r.angle, r.supplement, r.sum, r.signal, r.filter_norm]
}

fn runs(reproduction: &Reproduction) -> Vec<Sheet> {
    let traces = &reproduction.traces;
    let others = traces.others.iter().flat_map(|sketch| {
        sketch.trajectory.iter().map(|r| {
            let recovers = u64::from(sketch.verdict == spurious::basin::Verdict::Global);
            let mut fields = row![sketch.trial, recovers];
            fields.extend(record(r));
            fields
        })
    });
    vec![
        Sheet::new("run-recovering", &RECORD, traces.recovering.trajectory.iter().map(record)),
        Sheet::new("run-trapped", &RECORD, traces.trapped.trajectory.iter().map(record)),
        Sheet::new(
            "runs-sketched",
            &[
                "trial",
                "recovers",
                "step",
                "time",
                "loss",
                "angle",
                "supplement",
                "sum",
                "signal",
                "filter_norm",
            ],
            others,
        ),
    ]
}

fn landscape(reproduction: &Reproduction) -> Vec<Sheet> {
    let surface = &reproduction.landscape;
    let columns = surface.angle.len();
    let grid = surface
        .loss
        .iter()
        .enumerate()
        .map(|(i, &loss)| row![surface.angle[i % columns], surface.signal[i / columns], loss]);
    let profiles = surface.profiles.iter().flat_map(|profile| {
        surface.angle.iter().zip(&profile.loss).map(|(&angle, &loss)| row![profile.criticality, angle, loss])
    });
    let points = surface.points.iter().map(|p| row![p.angle, p.signal, p.sum, p.loss, p.index]);
    vec![
        Sheet::new("landscape", &["angle", "signal", "loss"], grid),
        Sheet::new("critical-points", &["angle", "signal", "sum", "loss", "index"], points),
        Sheet::new("profiles", &["criticality", "angle", "loss"], profiles),
    ]
}

fn restarts(reproduction: &Reproduction) -> Vec<Sheet> {
    let restarts = &reproduction.restarts;
    let cells = restarts.cells.iter().map(|c| {
        row![
            c.patches,
            c.sum_ratio,
            c.criticality,
            c.step_size,
            c.single.runs,
            c.probability,
            c.single.global,
            c.four_signs.global,
            c.antipodal.global,
            c.restarts,
        ]
    });
    let needed =
        restarts.needed.iter().map(|n| row![n.criticality, n.probability, n.restarts[0], n.restarts[1]]);
    vec![
        Sheet::new(
            "restarts",
            &[
                "patches",
                "sum_ratio",
                "criticality",
                "step_size",
                "starts",
                "probability",
                "single_global",
                "four_signs_global",
                "antipodal_global",
                "restarts_99",
            ],
            cells,
        ),
        Sheet::new("runs-needed", &["criticality", "probability", "restarts_99", "restarts_9999"], needed),
    ]
}

fn many_patches(reproduction: &Reproduction) -> Vec<Sheet> {
    let many = &reproduction.many_patches;
    let curve = many.curve.iter().map(|p| row![p.criticality, p.angle, p.probability]);
    let approach = many.approaches.iter().flat_map(|approach| {
        approach.points.iter().map(|p| {
            row![
                approach.criticality,
                p.patches,
                p.sum_ratio,
                p.probability,
                p.error_bound,
                approach.limit_probability,
                p.difference,
            ]
        })
    });
    let scaling = many.scaling.iter().flat_map(|curve| {
        curve.points.iter().map(|p| row![curve.patch_dim, p.criticality, p.scaled, p.probability, p.law])
    });
    let threshold = (1usize..=120).map(|k| {
        let shape = spurious::model::WeightShape::new(k, 1.0).expect("a ratio of 1 is always possible");
        row![k, shape.critical_sum_ratio()]
    });
    vec![
        Sheet::new("limit", &["criticality", "critical_angle", "probability"], curve),
        Sheet::new(
            "approach",
            &[
                "criticality",
                "patches",
                "sum_ratio",
                "probability",
                "error_bound",
                "limit_probability",
                "difference",
            ],
            approach,
        ),
        Sheet::new("threshold", &["patches", "critical_sum_ratio"], threshold),
        Sheet::new("scaling", &["patch_dim", "criticality", "scaled", "probability", "law"], scaling),
    ]
}

fn phase_diagram(reproduction: &Reproduction) -> Sheet {
    let cells = reproduction.phase_diagram.cells.iter();
    let rows = cells.map(|c| row![c.patches, c.sum_ratio, c.criticality, c.probability, c.error_bound]);
    Sheet::new("phase-diagram", &["patches", "sum_ratio", "criticality", "probability", "error_bound"], rows)
}
