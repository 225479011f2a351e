//! `spurious recovery`: gradient descent on finite data, beside the exact probability on the population.

use spurious::export::Document;
use spurious::fit::{Recovery, RecoveryExperiment};

use super::{Format, probability, target};
use crate::args::{Global, RecoveryArgs, Seeded};
use crate::console::Console;
use crate::failure::Failure;
use crate::figures;
use crate::output;
use crate::style;

/// More runs would take days.
const LARGEST_RUNS: u64 = 1_000_000_000;

pub(crate) fn run(args: &RecoveryArgs, global: &Global, console: &Console) -> Result<(), Failure> {
    let cell = args.cell.cell()?;
    let target = target(global, &[Format::Csv, Format::Json, Format::Svg, Format::Pdf])?;
    if !(1..=LARGEST_RUNS).contains(&args.runs) {
        return Err(Failure::Input(format!(
            "runs {} is not a whole number from 1 to {LARGEST_RUNS}",
            args.runs
        )));
    }
    let experiment = RecoveryExperiment::new(cell, args.step_size, args.noise, global.seed, console)?;
    for &samples in &args.samples {
        experiment.check(samples, args.runs)?;
    }
    probability::warn_about_steps(&[(cell, Some(args.step_size))], console);

    let rows = rows(args, &experiment, console);
    console.finish();
    let rows = rows?;

    output::deliver(
        &Document::new("recovery", &Seeded { args, seed: global.seed }, &rows),
        target,
        global,
        || Recovery::table(&rows),
        || Ok(figures::recovery(&experiment, &rows)),
        || {
            let exact = experiment.exact_probability();
            format!(
                "{}exact probability on the population: {exact:.4}\n",
                style::headed(&Recovery::overview(&rows).to_text())
            )
        },
    )?;
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
) -> Result<Vec<Recovery>, Failure> {
    let mut rows = Vec::new();
    for &samples in &args.samples {
        match experiment.recovery(samples, args.runs, console) {
            Ok(row) => rows.push(row),
            Err(spurious::Error::Cancelled) => break,
            Err(error) => return Err(error.into()),
        }
    }
    Ok(rows)
}
