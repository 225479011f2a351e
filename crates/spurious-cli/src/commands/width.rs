//! `spurious width`: how often students of several filters recover the teacher.

use spurious::export::{Document, limit, wrap};
use spurious::width::{WidthExperiment, WidthRow};
use spurious::{Guarantee, Monitor};
use spurious_report::width::width_figure;

use super::{Format, target};
use crate::args::{Global, Seeded, WidthArgs};
use crate::console::Console;
use crate::failure::Failure;
use crate::output;

/// More runs would take days.
pub(crate) const LARGEST_RUNS: u64 = 1_000_000_000_000;

/// So many trapped runs of each width are followed to their critical point.
const TRAPPED: u64 = 1000;

pub(crate) fn run(args: &WidthArgs, global: &Global, console: &Console) -> Result<(), Failure> {
    let cell = args.cell.cell()?;
    let target = target(global, &[Format::Csv, Format::Json, Format::Svg, Format::Pdf])?;
    let experiment =
        WidthExperiment::new(cell, args.output_weights.scale(), args.step_size, args.runs, global.seed)?;
    let experiment = if args.traps { experiment.with_traps(TRAPPED) } else { experiment };
    for &filters in &args.filters.values {
        experiment.ensemble(filters)?;
    }
    args.filters.remark("--filters").iter().for_each(|remark| console.note(remark));
    let single = experiment.single_probability(console)?;
    if single.is_none() {
        console.warn(&format!(
            "step size {} is not covered by the theory of one filter (at most {}): there is no exact probability, \
             and no law beside the runs; use a smaller step",
            args.step_size,
            limit(Guarantee::for_cell(&cell).limit())
        ));
    }
    console.begin("runs", Some(args.runs.saturating_mul(args.filters.values.len() as u64)));
    let rows = rows(args, &experiment, single, console);
    console.finish();
    let rows = rows?;
    warn_about_undecided(&rows, console);

    output::deliver(
        &Document::new("width", &Seeded { args, seed: global.seed }, &rows),
        target,
        global,
        console,
        || WidthRow::table(&rows),
        || Ok(width_figure(&rows)),
        |width| summary(&rows, width),
    )?;
    if rows.len() < args.filters.values.len() {
        let (done, all) = (rows.len(), args.filters.values.len());
        return Err(Failure::Interrupted(format!("{done} of {all} numbers of filters are done")));
    }
    Ok(())
}

/// One row for each number of filters; after Ctrl-C, those that were finished.
fn rows(
    args: &WidthArgs,
    experiment: &WidthExperiment,
    single: Option<f64>,
    console: &Console,
) -> Result<Vec<WidthRow>, Failure> {
    let mut rows = Vec::new();
    for &filters in &args.filters.values {
        match experiment.row(filters, single, console) {
            Ok(row) => rows.push(row),
            Err(spurious::Error::Cancelled) => break,
            Err(error) => return Err(error.into()),
        }
    }
    Ok(rows)
}

fn warn_about_undecided(rows: &[WidthRow], console: &Console) {
    let undecided: u64 = rows.iter().map(|row| row.estimate.counts.undecided).sum();
    if undecided > 0 {
        console.warn(&format!(
            "{undecided} of the runs neither reached the teacher nor came to rest: the intervals cover both outcomes"
        ));
    }
}

/// Rows in lines of at most `width` characters.
#[must_use]
pub fn summary(rows: &[WidthRow], width: usize) -> String {
    let mut text = WidthRow::table(rows).fitted(width);
    if rows.iter().any(|row| row.law_probability.is_some()) {
        let law =
            "law: 1 − (1 − P₁)ʳ with the exact P₁ of one filter, as if filters were independent tickets";
        text += &(wrap(law, width).join("\n") + "\n");
    }
    text += &(wrap(WidthRow::decided(rows), width).join("\n") + "\n");
    if rows.iter().any(|row| row.traps.is_some()) {
        let traps = WidthRow::traps_table(rows);
        text += &match traps.rows().is_empty() {
            true => "\nno run was trapped\n".to_owned(),
            false => format!("\n{}", traps.fitted(width)),
        };
    }
    text
}
