//! `spurious compare`: several algorithms on one landscape.

use serde::Serialize;
use spurious::dynamics::run::Stop;
use spurious::export::{Document, brief, counted};
use spurious::{Algorithm, Compared, Comparison, OrderParameters, Verdict};

use super::trace::{Start, check_memory};
use super::{Format, target};
use crate::args::{CellArgs, CompareArgs, Global};
use crate::console::Console;
use crate::failure::Failure;
use crate::output;
use crate::text::{Lines, table};

/// More runs of each algorithm would take days.
pub(crate) const LARGEST_RUNS: u64 = 1_000_000_000;

#[derive(Debug, Serialize)]
struct CompareSettings<'a> {
    #[serde(flatten)]
    cell: CellArgs,
    algorithms: &'a [Algorithm],
    step_size: &'a [f64],
    seed: u64,
    trial: u64,
    start: Start,
    max_steps: u64,
    runs: Option<u64>,
}

pub(crate) fn run(args: &CompareArgs, global: &Global, console: &Console) -> Result<(), Failure> {
    let cell = args.cell.cell()?;
    let names: Vec<&str> = args.algorithm.iter().map(String::as_str).collect();
    let algorithms = args.settings.algorithms(&names)?;
    let target = target(global, &[Format::Csv, Format::Json, Format::Svg, Format::Pdf])?;
    args.step_size.remark("--step-size").iter().for_each(|remark| console.note(remark));
    algorithms.iter().try_for_each(|algorithm| check_memory(&cell, algorithm, false))?;
    let comparison = Comparison {
        angle: args.start.angle,
        sum: args.start.sum,
        signal: args.start.signal,
        seed: global.seed,
        trial: args.start.trial,
        max_steps: args.max_steps,
        runs: args.runs,
        ..Comparison::new(cell, &algorithms, &args.step_size.values)
    };
    let compared = comparison.run(console);
    console.finish();
    let (start, rows) = compared?;
    warn(&rows, console);

    let settings = CompareSettings {
        cell: args.cell,
        algorithms: &algorithms,
        step_size: &args.step_size.values,
        seed: global.seed,
        trial: args.start.trial,
        start: Start::of(&start),
        max_steps: args.max_steps,
        runs: args.runs,
    };
    output::deliver(
        &Document::new("compare", &settings, &rows),
        target,
        global,
        console,
        || Compared::table(&rows),
        || Ok(spurious_report::comparison_figure(&cell, &start, &rows)?),
        |width| summary(&rows, &start, width),
    )
}

fn warn(rows: &[Compared], console: &Console) {
    for row in rows.iter().filter(|row| row.run.verdict == Verdict::Undecided) {
        let name = row.algorithm.name();
        console.warn(&match row.run.stop {
            Stop::Diverged => format!(
                "the numbers of {name} overflowed after {}: use a smaller step size than {}",
                counted(row.run.steps, "step"),
                row.step_size
            ),
            _ => format!(
                "{name} is undecided after {}: allow more with --max-steps",
                counted(row.run.steps, "step")
            ),
        });
    }
}

/// The start and the rows in lines of at most `width` characters.
#[must_use]
pub fn summary(rows: &[Compared], start: &OrderParameters, width: usize) -> String {
    let mut lines = Lines::new(width);
    lines.line(
        "start",
        &format!("angle {}, sum {}, signal {}", brief(start.angle()), brief(start.sum), brief(start.signal)),
    );
    lines.into_text() + &table(&Compared::table(rows), width)
}
