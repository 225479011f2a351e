//! `spurious recovery`: gradient descent on finite data, beside the exact probability on the population.

use indicatif::ProgressBar;
use serde::Serialize;
use spurious::fit::{Recovery, RecoveryExperiment};
use spurious::model::Cell;

use super::{Format, probability, target};
use crate::args::{Global, RecoveryArgs};
use crate::console::Console;
use crate::failure::Failure;
use crate::figures;
use crate::files;
use crate::output::{self, Report, Table, csv, exact as digits};

/// More runs would take days.
const LARGEST_RUNS: u64 = 1_000_000_000;

#[derive(Debug, Serialize)]
struct Settings<'a> {
    patch_dim: usize,
    patches: usize,
    sum_ratio: f64,
    scale_ratio: f64,
    step_size: f64,
    samples: &'a [usize],
    noise: f64,
    runs: u64,
    seed: u64,
}

pub(crate) fn run(args: &RecoveryArgs, global: &Global, console: &Console) -> Result<(), Failure> {
    let cell = Cell::new(args.patch_dim, args.patches, args.sum_ratio, args.scale_ratio)?;
    let target = target(global, &[Format::Csv, Format::Json, Format::Svg, Format::Pdf])?;
    if !(1..=LARGEST_RUNS).contains(&args.runs) {
        return Err(Failure::Input(format!(
            "runs {} is not a whole number from 1 to {LARGEST_RUNS}",
            args.runs
        )));
    }
    let experiment = RecoveryExperiment::new(cell, args.step_size, args.noise, global.seed)?;
    for &samples in &args.samples {
        experiment.check(samples, args.runs)?;
    }
    probability::warn_about_steps(&[(cell, Some(args.step_size))], console);

    let data_sets = RecoveryExperiment::data_sets(args.runs) * args.samples.len() as u64;
    let bar = console.progress(data_sets, "data sets");
    let rows = rows(args, &experiment, console, &bar)?;
    bar.finish_and_clear();

    let settings = Settings {
        patch_dim: args.patch_dim,
        patches: args.patches,
        sum_ratio: args.sum_ratio,
        scale_ratio: args.scale_ratio,
        step_size: args.step_size,
        samples: &args.samples,
        noise: args.noise,
        runs: args.runs,
        seed: global.seed,
    };
    let report = Report::new("recovery", &settings, &rows);
    if let Some((path, format)) = target {
        let bytes = match format {
            Format::Csv => to_csv(&rows).into_bytes(),
            Format::Json => report.to_json()?.into_bytes(),
            Format::Svg => figures::recovery(&experiment, &rows).to_svg_file().into_bytes(),
            Format::Pdf => figures::recovery(&experiment, &rows).to_pdf(),
        };
        files::write_file(path, &bytes, global.force)?;
    }
    output::print(&if global.json { report.to_json()? } else { to_text(&rows, &experiment) })?;
    if rows.len() < args.samples.len() {
        let (done, all) = (rows.len(), args.samples.len());
        return Err(Failure::Interrupted(format!("{done} of {all} numbers of samples are done")));
    }
    Ok(())
}

/// One row for each number of samples; after Ctrl-C, those that were finished.
fn rows(
    args: &RecoveryArgs,
    experiment: &RecoveryExperiment,
    console: &Console,
    bar: &ProgressBar,
) -> Result<Vec<Recovery>, Failure> {
    let mut rows = Vec::new();
    for &samples in &args.samples {
        let go_on = || {
            bar.inc(1);
            !console.is_interrupted()
        };
        match experiment.recovery_while(samples, args.runs, &go_on)? {
            Some(row) => rows.push(row),
            None => break,
        }
    }
    Ok(rows)
}

fn to_text(rows: &[Recovery], experiment: &RecoveryExperiment) -> String {
    let header = ["samples", "recovered", "95 % interval", "trapped", "elsewhere", "runs", "data sets"];
    let mut table = Table::new(&header);
    for row in rows {
        let share = |count: u64| format!("{:.4}", count as f64 / row.runs as f64);
        table.row(vec![
            row.samples.to_string(),
            share(row.recovered),
            format!("{:.4}–{:.4}", row.lower, row.upper),
            share(row.trapped),
            share(row.elsewhere),
            row.runs.to_string(),
            row.data_sets.to_string(),
        ]);
    }
    format!("{table}exact probability on the population: {:.4}\n", experiment.exact_probability())
}

fn to_csv(rows: &[Recovery]) -> String {
    let header = [
        "patch_dim",
        "patches",
        "sum_ratio",
        "scale_ratio",
        "step_size",
        "samples",
        "noise",
        "data_sets",
        "runs",
        "recovered",
        "trapped",
        "elsewhere",
        "share",
        "lower",
        "upper",
        "exact_probability",
    ];
    csv(
        &header,
        rows.iter().map(|row| {
            vec![
                row.patch_dim.to_string(),
                row.patches.to_string(),
                digits(row.sum_ratio),
                digits(row.scale_ratio),
                digits(row.step_size),
                row.samples.to_string(),
                digits(row.noise),
                row.data_sets.to_string(),
                row.runs.to_string(),
                row.recovered.to_string(),
                row.trapped.to_string(),
                row.elsewhere.to_string(),
                digits(row.share),
                digits(row.lower),
                digits(row.upper),
                digits(row.exact_probability),
            ]
        }),
    )
}
