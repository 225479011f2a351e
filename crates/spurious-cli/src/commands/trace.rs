//! `spurious trace`: one run.

use serde::Serialize;
use spurious::dynamics::run::{Recording, Stop};
use spurious::dynamics::trace::Trace;
use spurious::export::{Document, brief, counted, limit, plain};
use spurious::{Algorithm, Cell, DecidedBy, Monitor, OrderParameters, Run, Verdict};

use super::{Format, target, wide_trace};
use crate::args::{CellArgs, Global, TraceArgs};
use crate::console::Console;
use crate::failure::Failure;
use crate::figures;
use crate::output;
use crate::style::{ERROR, GOOD, WARNING};
use crate::text::Lines;

/// The longest trajectory that is kept.
const MOST_RECORDS: u64 = 10_000_000;

#[derive(Debug, Serialize)]
struct TraceSettings {
    #[serde(flatten)]
    cell: CellArgs,
    step_size: Option<f64>,
    dynamics: &'static str,
    #[serde(flatten)]
    algorithm: Option<Algorithm>,
    seed: u64,
    trial: u64,
    start: Start,
    record_every: Option<u64>,
    max_steps: Option<u64>,
    max_time: Option<f64>,
}

/// The start in numbers, so that a run can be made again from them.
#[derive(Debug, Serialize)]
pub(super) struct Start {
    angle: f64,
    sum: f64,
    signal: f64,
}

impl Start {
    pub(super) fn of(at: &OrderParameters) -> Self {
        Self { angle: at.angle(), sum: at.sum, signal: at.signal }
    }
}

pub(crate) fn run(args: &TraceArgs, global: &Global, console: &Console) -> Result<(), Failure> {
    let cell = args.cell.cell()?;
    if args.filters > 1 {
        return wide_trace::run(args, cell, global, console);
    }
    let target = target(global, &[Format::Csv, Format::Json, Format::Svg, Format::Pdf])?;
    check_records(args)?;
    let algorithm = args.settings.algorithms(&[&args.algorithm])?[0];
    if algorithm != Algorithm::Gd && (args.step_size.is_none() || args.full) {
        let name = algorithm.name();
        return Err(Failure::Input(match args.step_size {
            None => format!("--algorithm {name} moves in steps: give a --step-size"),
            Some(_) => format!("--full is for gd: {name} carries what numbers it needs by itself"),
        }));
    }
    check_memory(&cell, &algorithm, args.full)?;
    console.begin("running", None);
    let traced = traced(args, cell, algorithm, global.seed, console);
    console.finish();
    let (run, start) = traced?;
    warn(&run, args, console);

    let settings = TraceSettings {
        cell: args.cell,
        step_size: args.step_size,
        dynamics: match args.step_size {
            None => "flow",
            Some(_) if args.full || algorithm.is_coordinatewise() => "full",
            Some(_) => "reduced",
        },
        algorithm: args.step_size.map(|_| algorithm),
        seed: global.seed,
        trial: args.start.trial,
        start: Start::of(&start),
        record_every: args.record_every,
        max_steps: args.step_size.map(|_| args.max_steps),
        max_time: args.step_size.is_none().then_some(args.max_time),
    };
    output::deliver(
        &Document::new("trace", &settings, &[&run]),
        target,
        global,
        console,
        || run.table(),
        || {
            Ok(figures::trace(
                &cell,
                &run,
                args.step_size.is_none(),
                &parameters(args, &algorithm, global.seed),
            ))
        },
        |width| summary(&run, &start, args.step_size, width),
    )
}

/// The run and its start.
fn traced(
    args: &TraceArgs,
    cell: Cell,
    algorithm: Algorithm,
    seed: u64,
    monitor: &dyn Monitor,
) -> Result<(Run, OrderParameters), spurious::Error> {
    let trace = Trace {
        cell,
        step_size: args.step_size,
        algorithm,
        full: args.full,
        angle: args.start.angle,
        sum: args.start.sum,
        signal: args.start.signal,
        seed,
        trial: args.start.trial,
        max_steps: args.max_steps,
        max_time: args.max_time,
        recording: args.record_every.map_or(Recording::PerDecade(100), Recording::Every),
    };
    trace.run(monitor)
}

/// Refuses a trajectory that would not fit into memory.
pub(super) fn check_records(args: &TraceArgs) -> Result<(), Failure> {
    match args.record_every {
        Some(every) if args.step_size.is_some() && args.max_steps / every > MOST_RECORDS => {
            Err(Failure::Input(format!(
                "recording every {every} of {} steps would take more memory than there may be: at most {} records",
                args.max_steps,
                plain(MOST_RECORDS as f64)
            )))
        }
        _ => Ok(()),
    }
}

/// All `p + k` numbers must fit into memory several times over.
pub(super) fn check_memory(cell: &Cell, algorithm: &Algorithm, full: bool) -> Result<(), Failure> {
    const LIMIT: usize = 10_000_000;
    let (patches, numbers) = (cell.shape().patches(), cell.patch_dim() + cell.shape().patches());
    let (what, numbers, advice) = match algorithm {
        Algorithm::Gd if full => ("--full", numbers, "; leave it out, five numbers give the same run"),
        Algorithm::Sgd { .. } => ("sgd", patches, ""),
        algorithm if algorithm.is_coordinatewise() => (algorithm.name(), numbers, ""),
        _ => return Ok(()),
    };
    if numbers > LIMIT {
        return Err(Failure::Input(format!("{what} would carry {numbers} numbers: at most {LIMIT}{advice}")));
    }
    Ok(())
}

fn warn(run: &Run, args: &TraceArgs, console: &Console) {
    let patches = || counted(args.cell.patches as u64, "patch");
    if let (Some(guarantee), Some(step_size)) = (&run.guarantee, args.step_size) {
        if step_size >= guarantee.divergent_step_size {
            console.warn(&format!(
                "step size {} makes the output weights diverge with {}: use less than {}",
                plain(step_size),
                patches(),
                limit(guarantee.divergent_step_size)
            ));
        } else if step_size > guarantee.largest_step_size {
            console.warn(&format!(
                "step size {step_size} is above {} for {}: the basin test is not proved there; the energy may \
                 decide the run, or it stays undecided",
                limit(guarantee.largest_step_size),
                patches()
            ));
        } else if step_size > guarantee.overshoot_step_size {
            console.warn(&format!(
                "step size {step_size} is above {}: the filter may pass the teacher in one step, and the basin test gives \
                 no verdict until this is excluded",
                limit(guarantee.overshoot_step_size)
            ));
        }
    }
    if run.stop == Stop::Diverged {
        console.warn(&format!(
            "the numbers of the run overflowed after {}: use a smaller step size",
            counted(run.steps, "step")
        ));
    } else if run.verdict == Verdict::Undecided {
        console.warn(&format!(
            "undecided after {}: allow more with {}",
            counted(run.steps, "step"),
            if args.step_size.is_some() { "--max-steps" } else { "--max-time" }
        ));
    }
}

/// The parameters in the title of a figure: the cell, the step size, and the start.
pub(super) fn parameters(args: &TraceArgs, algorithm: &Algorithm, seed: u64) -> String {
    let CellArgs { patch_dim, patches, sum_ratio, scale_ratio, negative_slope } = args.cell;
    let dynamics = match (args.step_size, algorithm) {
        (None, _) => "flow".to_owned(),
        (Some(step), Algorithm::Gd) => format!("$η = {}$", plain(step)),
        (Some(step), algorithm) => format!("{}, $η = {}$", algorithm.name(), plain(step)),
    };
    let given = [("φ_0", args.start.angle), ("s_0", args.start.sum), ("q_0", args.start.signal)];
    let given: Vec<String> =
        given.iter().filter_map(|(name, value)| Some(format!("${name} = {}$", brief((*value)?)))).collect();
    let random = format!("seed {seed}, trial {}", args.start.trial);
    let start = if given.is_empty() { random } else { given.join(", ") };
    let slope = match negative_slope {
        0.0 => String::new(),
        slope => format!(", $c = {slope}$"),
    };
    format!(
        "$p = {patch_dim}$, $k = {patches}$, $ρ = {sum_ratio}$, $β = {scale_ratio}${slope}, {dynamics}; {start}"
    )
}

/// The verdict and what it means.
pub(super) fn headline(lines: &mut Lines, verdict: Verdict, meaning: &str) {
    let (style, name) = match verdict {
        Verdict::Global => (GOOD, "global"),
        Verdict::Spurious => (ERROR, "spurious"),
        Verdict::Undecided => (WARNING, "undecided"),
    };
    let meaning = if verdict == Verdict::Undecided { String::new() } else { format!(" — {meaning}") };
    lines.headline(&format!("verdict: {name}{meaning}"), name, style);
}

/// A run in lines of at most `width` characters, with its verdict marked as terminals understand it.
#[must_use]
pub fn summary(run: &Run, start: &OrderParameters, step_size: Option<f64>, width: usize) -> String {
    let of = if step_size.is_some() { "" } else { " of the integrator" };
    let steps = |count| counted(count, "step") + of;
    let mut lines = Lines::new(width);
    headline(&mut lines, run.verdict, run.verdict.meaning());
    lines.line("why", run.why());
    lines.line(
        "start",
        &format!("angle {}, sum {}, signal {}", brief(start.angle()), brief(start.sum), brief(start.signal)),
    );
    if let (Some(step), Some(time), Some(by)) = (run.verdict_step, run.verdict_time, run.decided_by) {
        let (name, how) = match by {
            DecidedBy::Theorem => ("certain after", ""),
            DecidedBy::Energy => ("certain after", ", by its energy"),
            DecidedBy::Convergence => ("settled after", ", by convergence"),
        };
        lines.line(name, &format!("{}, t = {}{how}", steps(step), brief(time)));
    }
    let ended = match run.stop {
        Stop::Converged => "converged",
        Stop::Exhausted => "not converged",
        Stop::Diverged => "diverged",
    };
    lines.line("ended after", &format!("{}, t = {} ({ended})", steps(run.steps), brief(run.time)));
    if let (Some(count), Some(time)) = (run.phase_one_steps, run.phase_one_time) {
        lines.line("phase I", &format!("{}, t = {}", steps(count), brief(time)));
    }
    if let Some(predicted) = run.predicted_rate {
        // The fit has some five digits.
        let measured = run.measured_rate.map_or("not".to_owned(), |rate| format!("{rate:.4}"));
        lines.line("linear rate", &format!("{measured} measured, {predicted:.4} predicted, per unit of t"));
    }
    if let (Some(measured), Some(predicted)) = (run.measured_closing, run.predicted_closing) {
        lines.line(
            "(π − φ)·t",
            &format!("{} measured, {} predicted as t → ∞", brief(measured), brief(predicted)),
        );
    }
    let end = &run.end;
    let loss = match run.stop {
        Stop::Converged => "below 1e-26 ‖b‖²".to_owned(),
        Stop::Diverged => "out of range".to_owned(),
        Stop::Exhausted => brief(end.loss),
    };
    let angle = if end.angle < 1e-9 { "below 1e-9".to_owned() } else { brief(end.angle) };
    lines.line(
        "at the end",
        &format!("loss {loss}, angle {angle}, sum {}, signal {}", brief(end.sum), brief(end.signal)),
    );
    lines.into_text()
}
