//! `spurious recovery`: gradient descent on finite data, beside the exact probability on the population.

use spurious::export::{Document, wrap};
use spurious::fit::{Recovery, RecoveryExperiment};

use super::{Format, probability, target};
use crate::args::{Global, RecoveryArgs, Seeded};
use crate::console::Console;
use crate::failure::Failure;
use crate::figures;
use crate::output;
use crate::text;

/// More runs would take days.
pub(crate) const LARGEST_RUNS: u64 = 1_000_000_000;

pub(crate) fn run(args: &RecoveryArgs, global: &Global, console: &Console) -> Result<(), Failure> {
    let cell = args.cell.cell()?;
    let target = target(global, &[Format::Csv, Format::Json, Format::Svg, Format::Pdf])?;
    let RecoveryArgs { filters, step_size, noise, .. } = *args;
    let experiment = RecoveryExperiment::of_several(cell, filters, step_size, noise, global.seed, console)?;
    args.samples.remark("--samples").iter().for_each(|remark| console.note(remark));
    for &samples in &args.samples.values {
        experiment.check(samples, args.runs)?;
    }
    if filters == 1 {
        probability::warn_about_steps(&[(cell, Some(step_size))], console);
    }

    let rows = rows(args, &experiment, console);
    console.finish();
    let rows = rows?;

    output::deliver(
        &Document::new("recovery", &Seeded { args, seed: global.seed }, &rows),
        target,
        global,
        console,
        || Recovery::table(&rows),
        || Ok(figures::recovery(&experiment, &rows)),
        |width| {
            let exact = match experiment.exact_probability() {
                Some(exact) => format!("exact probability on the population: {exact:.4}"),
                None => format!("{filters} filters: no probability on the population is known"),
            };
            let table = text::table(&Recovery::overview(&rows), width);
            format!("{table}{}\n", wrap(&exact, width).join("\n"))
        },
    )?;
    if rows.len() < args.samples.values.len() {
        let (done, all) = (rows.len(), args.samples.values.len());
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
    for &samples in &args.samples.values {
        match experiment.recovery(samples, args.runs, console) {
            Ok(row) => rows.push(row),
            Err(spurious::Error::Cancelled) => break,
            Err(error) => return Err(error.into()),
        }
    }
    Ok(rows)
}
