//! `spurious trace --filters`: one run of a student with several filters.

use serde::Serialize;
use spurious::dynamics::run::Recording;
use spurious::export::{Document, brief, counted};
use spurious::width::{Convergence, WideMoment, WideTrace, WidthEnsemble};
use spurious::{Algorithm, Cell, Monitor, Verdict};

use super::trace::{check_records, headline, parameters};
use super::{Format, target};
use crate::args::{CellArgs, Global, OutputWeights, TraceArgs};
use crate::console::Console;
use crate::failure::Failure;
use crate::figures;
use crate::output;
use crate::text::Lines;

#[derive(Debug, Serialize)]
struct Settings {
    #[serde(flatten)]
    cell: CellArgs,
    filters: usize,
    output_weights: OutputWeights,
    step_size: f64,
    seed: u64,
    trial: u64,
    record_every: Option<u64>,
    max_steps: u64,
}

pub(crate) fn run(args: &TraceArgs, cell: Cell, global: &Global, console: &Console) -> Result<(), Failure> {
    let step_size = checked(args)?;
    let target = target(global, &[Format::Csv, Format::Json, Format::Svg, Format::Pdf])?;
    check_records(args)?;
    let convergence = Convergence { most_steps: args.max_steps, ..Convergence::default() };
    let ensemble =
        WidthEnsemble::new(cell, args.filters, args.output_weights.scale(), step_size, global.seed)?
            .with_convergence(convergence);
    let recording = args.record_every.map_or(Recording::PerDecade(100), Recording::Every);
    console.begin("running", None);
    let run = ensemble.trace(args.start.trial, recording, console);
    console.finish();
    let run = run?;
    if run.verdict == Verdict::Undecided {
        console.warn(&format!("undecided after {}: allow more with --max-steps", counted(run.steps, "step")));
    }
    let settings = Settings {
        cell: args.cell,
        filters: args.filters,
        output_weights: args.output_weights,
        step_size,
        seed: global.seed,
        trial: args.start.trial,
        record_every: args.record_every,
        max_steps: args.max_steps,
    };
    output::deliver(
        &Document::new("trace", &settings, &[&run]),
        target,
        global,
        console,
        || run.table(),
        || Ok(figures::wide_trace(&cell, &run, &parameters(args, &Algorithm::Gd, global.seed))),
        |width| summary(&run, width),
    )
}

/// The step size; what does not go with several filters is refused.
fn checked(args: &TraceArgs) -> Result<f64, Failure> {
    let what = format!("--filters {}", args.filters);
    let start = [("--angle", args.start.angle), ("--sum", args.start.sum), ("--signal", args.start.signal)];
    if let Some((flag, _)) = start.iter().find(|(_, value)| value.is_some()) {
        return Err(Failure::Input(format!(
            "{what} starts at random: leave out {flag}, and choose a start with --trial and --seed"
        )));
    }
    if args.algorithm != "gd" || args.full {
        let flag = if args.full { "--full".to_owned() } else { format!("--algorithm {}", args.algorithm) };
        return Err(Failure::Input(format!(
            "{what} moves by gradient descent in a few coordinates: leave out {flag}"
        )));
    }
    args.settings.algorithms(&[&args.algorithm])?;
    args.step_size.ok_or_else(|| Failure::Input(format!("{what} moves in steps: give a --step-size")))
}

/// A run in lines of at most `width` characters.
#[must_use]
pub fn summary(run: &WideTrace, width: usize) -> String {
    let mut lines = Lines::new(width);
    headline(&mut lines, run.verdict, run.sentence.split(": ").next().unwrap_or_default());
    lines.line("why", run.why());
    let point = |lines: &mut Lines, name: &str, at: &WideMoment| {
        let list = |values: &[f64]| values.iter().map(|value| brief(*value)).collect::<Vec<_>>().join(", ");
        lines.line(name, &format!("loss {}", brief(at.loss)));
        lines.line("angles", &list(&at.angles));
        lines.line("sums", &list(&at.sums));
        lines.line("signals", &list(&at.signals));
    };
    point(&mut lines, "start", &run.start);
    lines.line("ended after", &format!("{}, t = {}", counted(run.steps, "step"), brief(run.time)));
    point(&mut lines, "at the end", &run.end);
    if let Some(trap) = &run.trap {
        lines.line(
            "trap",
            &format!(
                "loss {} ‖b‖², index {}, smallest eigenvalue {}",
                brief(trap.loss),
                trap.index,
                brief(trap.smallest_eigenvalue)
            ),
        );
    }
    lines.into_text()
}
