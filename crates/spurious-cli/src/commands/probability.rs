//! `spurious probability`: exact success probabilities over a grid.

use indicatif::ProgressBar;
use rayon::prelude::*;
use serde::Serialize;
use spurious::basin::Guarantee;
use spurious::ensemble::{Ensemble, Observe, Summary};
use spurious::model::{Cell, LARGEST_SIZE};
use spurious::probability::{Quadrature, SuccessProbability, approach, success_probability};
use spurious::restart::restarts_needed;

use super::{Format, target};
use crate::args::{Global, ProbabilityArgs};
use crate::console::Console;
use crate::failure::Failure;
use crate::files;
use crate::output::{self, Report, Table, brief, csv, exact as digits, optional, plain};

/// The largest grid: beyond it something else than patience is needed.
const LARGEST_GRID: usize = 1_000_000;

/// More simulated runs per cell would take days.
const LARGEST_RUNS: u64 = 1_000_000_000_000;

/// Simulated runs that the progress bar counts as one.
const BLOCK: u64 = 1 << 18;

#[derive(Debug, Serialize)]
struct Settings<'a> {
    patch_dim: &'a [usize],
    patches: &'a [usize],
    sum_ratio: &'a [f64],
    scale_ratio: &'a [f64],
    step_size: &'a [f64],
    confidence: f64,
    tolerance: f64,
    limit_within: Option<f64>,
    runs: Option<u64>,
    seed: u64,
}

#[derive(Debug, Serialize)]
struct Row {
    #[serde(flatten)]
    exact: SuccessProbability,
    /// Independent restarts for the confidence asked for.
    restarts: u64,
    approach: Option<Approach>,
    monte_carlo: Option<MonteCarlo>,
}

/// How the limit of many patches is approached at the cell's criticality.
#[derive(Debug, Serialize)]
struct Approach {
    /// Of `1/k`.
    coefficient: f64,
    error_bound: f64,
    /// From so many patches on the limit is within the tolerance asked for; `None` if no cell has as many.
    patches_within: Option<usize>,
}

#[derive(Debug, Serialize)]
struct MonteCarlo {
    step_size: f64,
    runs: u64,
    global: u64,
    spurious: u64,
    undecided: u64,
    probability: f64,
    lower: f64,
    upper: f64,
}

pub(crate) fn run(args: &ProbabilityArgs, global: &Global, console: &Console) -> Result<(), Failure> {
    let grid = grid(args)?;
    let target = target(global, &[Format::Csv, Format::Json])?;
    for (name, tolerance) in [("tolerance", Some(args.tolerance)), ("--limit-within", args.limit_within)] {
        if let Some(tolerance) = tolerance.filter(|tolerance| !(*tolerance > 0.0 && *tolerance < 1.0)) {
            return Err(Failure::Input(format!("{name} {tolerance} is not between 0 and 1")));
        }
    }
    if let Some(runs) = args.runs {
        check_runs(runs, &grid)?;
    }
    restarts_needed(1.0, args.confidence)?;
    warn_about_steps(&grid, console);

    let quadrature = Quadrature::to(args.tolerance);
    let blocks = args.runs.unwrap_or(0).div_ceil(BLOCK);
    let work = Work {
        args,
        quadrature,
        seed: global.seed,
        console,
        bar: console.progress(grid.len() as u64 * (1 + blocks), "cells"),
    };
    let rows: Vec<Result<Option<Row>, Failure>> = grid
        .par_iter()
        .enumerate()
        .map(|(index, (cell, step_size))| work.row(cell, *step_size, index as u64))
        .collect();
    work.bar.finish_and_clear();
    let rows = rows.into_iter().filter_map(Result::transpose).collect::<Result<Vec<Row>, Failure>>()?;

    let settings = Settings {
        patch_dim: &args.patch_dim,
        patches: &args.patches,
        sum_ratio: &args.sum_ratio,
        scale_ratio: &args.scale_ratio,
        step_size: &args.step_size,
        confidence: args.confidence,
        tolerance: args.tolerance,
        limit_within: args.limit_within,
        runs: args.runs,
        seed: global.seed,
    };
    let report = Report::new("probability", &settings, &rows);
    if let Some((path, format)) = target {
        let text = if format == Format::Csv { to_csv(&rows) } else { report.to_json()? };
        files::write_file(path, text.as_bytes(), global.force)?;
    }
    output::print(&if global.json { report.to_json()? } else { to_text(&rows, args) })?;
    if rows.len() < grid.len() {
        return Err(Failure::Interrupted(format!("{} of {} cells are done", rows.len(), grid.len())));
    }
    Ok(())
}

/// All combinations, the last flag fastest.
fn grid(args: &ProbabilityArgs) -> Result<Vec<(Cell, Option<f64>)>, Failure> {
    let steps: Vec<Option<f64>> = if args.step_size.is_empty() {
        vec![None]
    } else {
        args.step_size.iter().map(|&s| Some(s)).collect()
    };
    let lengths =
        [args.patch_dim.len(), args.patches.len(), args.sum_ratio.len(), args.scale_ratio.len(), steps.len()];
    let size = lengths.iter().try_fold(1usize, |product, &length| product.checked_mul(length));
    if size.is_none_or(|size| size > LARGEST_GRID) {
        let lengths: Vec<String> = lengths.iter().map(usize::to_string).collect();
        let product = lengths.join(" × ");
        return Err(Failure::Input(format!(
            "a grid of {product} cells is too large: at most {LARGEST_GRID}"
        )));
    }
    let mut cells = Vec::new();
    for &patch_dim in &args.patch_dim {
        for &patches in &args.patches {
            for &sum_ratio in &args.sum_ratio {
                for &scale_ratio in &args.scale_ratio {
                    let cell = Cell::new(patch_dim, patches, sum_ratio, scale_ratio)?;
                    for &step_size in &steps {
                        if let Some(step_size) = step_size {
                            cell.shape().check_step_size(step_size)?;
                        }
                        cells.push((cell, step_size));
                    }
                }
            }
        }
    }
    Ok(cells)
}

fn check_runs(runs: u64, grid: &[(Cell, Option<f64>)]) -> Result<(), Failure> {
    if !(1..=LARGEST_RUNS).contains(&runs) {
        return Err(Failure::Input(format!("runs {runs} is not a whole number from 1 to {LARGEST_RUNS}")));
    }
    for (cell, step_size) in grid {
        let limit = Guarantee::for_cell(cell).largest_step_size;
        if let Some(step_size) = step_size.filter(|&step_size| step_size > limit) {
            return Err(Failure::Input(format!(
                "no simulated run can be decided with step size {step_size} and {} patches: use at most {limit:.4}, or \
                 leave out --runs",
                cell.shape().patches()
            )));
        }
    }
    Ok(())
}

pub(super) fn warn_about_steps(grid: &[(Cell, Option<f64>)], console: &Console) {
    let beyond = |(cell, step_size): &&(Cell, Option<f64>)| {
        step_size.is_some_and(|step_size| !Guarantee::for_cell(cell).covers(step_size))
    };
    if let Some((cell, Some(step_size))) = grid.iter().find(beyond) {
        let guarantee = Guarantee::for_cell(cell);
        let limit = guarantee.largest_step_size.min(guarantee.overshoot_step_size);
        console.warn(&format!(
            "step size {step_size} is above {limit:.4} for {} patches: that the basins have a single boundary, \
             on which the probability rests, is not proved there; use a smaller step, or leave it out",
            cell.shape().patches()
        ));
    }
}

/// What all cells share.
struct Work<'a> {
    args: &'a ProbabilityArgs,
    quadrature: Quadrature,
    seed: u64,
    console: &'a Console,
    bar: ProgressBar,
}

impl Work<'_> {
    /// The results of one cell; `None` after Ctrl-C.
    fn row(&self, cell: &Cell, step_size: Option<f64>, index: u64) -> Result<Option<Row>, Failure> {
        if self.console.is_interrupted() {
            return Ok(None);
        }
        let exact = success_probability(cell, step_size, &self.quadrature)?;
        let approach = self.args.limit_within.map(|tolerance| approach_of(cell, tolerance)).transpose()?;
        self.bar.inc(1);
        let monte_carlo = match self.args.runs {
            None => None,
            Some(runs) => match self.simulate(cell, step_size, index, runs)? {
                None => return Ok(None),
                simulated => simulated,
            },
        };
        let restarts = restarts_needed(exact.probability, self.args.confidence)?;
        Ok(Some(Row { restarts, exact, approach, monte_carlo }))
    }

    fn simulate(
        &self,
        cell: &Cell,
        step_size: Option<f64>,
        index: u64,
        runs: u64,
    ) -> Result<Option<MonteCarlo>, Failure> {
        let guarantee = Guarantee::for_cell(cell);
        let default = 0.5 * guarantee.largest_step_size.min(guarantee.overshoot_step_size);
        let step_size = step_size.unwrap_or(default);
        let ensemble = Ensemble::new(*cell, step_size, self.seed, index)?;
        let mut done = 0_u64;
        let summary = ensemble.summary_while(0..runs, &Observe::default(), |more| {
            self.bar.inc((done + more).div_ceil(BLOCK) - done.div_ceil(BLOCK));
            done += more;
            !self.console.is_interrupted()
        });
        let Some(Summary { counts, .. }) = summary else { return Ok(None) };
        let (lower, upper) = counts.interval();
        Ok(Some(MonteCarlo {
            step_size,
            runs,
            global: counts.global,
            spurious: counts.spurious,
            undecided: counts.undecided,
            probability: counts.probability(),
            lower,
            upper,
        }))
    }
}

fn approach_of(cell: &Cell, tolerance: f64) -> Result<Approach, spurious::Error> {
    let found = approach(cell.patch_dim(), cell.shape().criticality_gap(), cell.scale_ratio())?;
    Ok(Approach {
        coefficient: found.coefficient,
        error_bound: found.error_bound,
        patches_within: found.patches_within(tolerance)?,
    })
}

fn to_text(rows: &[Row], args: &ProbabilityArgs) -> String {
    let restarts = format!("restarts for {}", args.confidence);
    let mut header =
        vec!["p", "k", "ρ", "β", "η", "x_c", "probability", "error bound", "limit k→∞", &restarts];
    let within = args.limit_within.map(|tolerance| format!("k for {}", plain(tolerance)));
    if let Some(within) = &within {
        header.extend(["1/k coefficient", within]);
    }
    if args.runs.is_some() {
        header.extend(["simulated at η", "undecided", "simulated", "95 % interval"]);
    }
    let mut table = Table::new(&header);
    for row in rows {
        let exact = &row.exact;
        let mut cells = vec![
            exact.patch_dim.to_string(),
            exact.patches.to_string(),
            plain(exact.sum_ratio),
            plain(exact.scale_ratio),
            exact.step_size.map_or("flow".to_owned(), plain),
            brief(exact.criticality),
            format!("{:.12}", exact.probability),
            readable_bound(exact.error_bound),
            format!("{:.6}", exact.limit_probability),
            row.restarts.to_string(),
        ];
        if let Some(approach) = &row.approach {
            // No "-0.000000".
            let shown = if approach.coefficient.abs() < 5e-7 { 0.0 } else { approach.coefficient };
            cells.push(format!("{shown:.6}"));
            cells.push(
                approach.patches_within.map_or(format!("over {LARGEST_SIZE}"), |patches| patches.to_string()),
            );
        }
        if let Some(monte_carlo) = &row.monte_carlo {
            cells.push(brief(monte_carlo.step_size));
            cells.push(monte_carlo.undecided.to_string());
            cells.push(format!("{:.6}", monte_carlo.probability));
            cells.push(format!("{:.6}–{:.6}", monte_carlo.lower, monte_carlo.upper));
        }
        table.row(cells);
    }
    table.to_string()
}

/// The next power of ten above the bound, at least that of the last digit shown: finer digits of a bound say nothing.
fn readable_bound(bound: f64) -> String {
    if bound == 0.0 {
        return "exact".to_owned();
    }
    let exponent = bound.log10().ceil().max(-12.0);
    format!("1e{exponent:.0}")
}

fn to_csv(rows: &[Row]) -> String {
    let header = [
        "patch_dim",
        "patches",
        "sum_ratio",
        "scale_ratio",
        "step_size",
        "criticality",
        "probability",
        "error_bound",
        "limit_probability",
        "restarts",
        "limit_coefficient",
        "patches_within",
        "runs",
        "global",
        "spurious",
        "undecided",
        "lower",
        "upper",
    ];
    csv(
        &header,
        rows.iter().map(|row| {
            let (exact, mc) = (&row.exact, row.monte_carlo.as_ref());
            vec![
                exact.patch_dim.to_string(),
                exact.patches.to_string(),
                digits(exact.sum_ratio),
                digits(exact.scale_ratio),
                optional(exact.step_size),
                digits(exact.criticality),
                digits(exact.probability),
                digits(exact.error_bound),
                digits(exact.limit_probability),
                row.restarts.to_string(),
                optional(row.approach.as_ref().map(|approach| approach.coefficient)),
                optional(row.approach.as_ref().and_then(|approach| approach.patches_within)),
                optional(mc.map(|mc| mc.runs)),
                optional(mc.map(|mc| mc.global)),
                optional(mc.map(|mc| mc.spurious)),
                optional(mc.map(|mc| mc.undecided)),
                optional(mc.map(|mc| mc.lower)),
                optional(mc.map(|mc| mc.upper)),
            ]
        }),
    )
}
