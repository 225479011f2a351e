//! `spurious probability`: exact success probabilities over a grid.

use rayon::prelude::*;
use spurious::export::{Document, counted, limit, plain};
use spurious::probability::{ProbabilityAnswer, ProbabilityQuestion};
use spurious::{Activation, Cell, Error, Guarantee, Monitor, Quadrature};
use spurious_report::probability::{Parameters, check_probabilities, probability_figure};

use super::{Format, target};
use crate::args::{Global, GridArgs, ProbabilityArgs, Seeded};
use crate::console::Console;
use crate::failure::Failure;
use crate::output;
use crate::text;

/// The largest grid: beyond it something else than patience is needed.
const LARGEST_GRID: usize = 1_000_000;

/// More simulated runs per cell would take days.
pub(crate) const LARGEST_RUNS: u64 = 1_000_000_000_000;

pub(crate) fn run(args: &ProbabilityArgs, global: &Global, console: &Console) -> Result<(), Failure> {
    let grid = grid(args)?;
    let target = target(global, &[Format::Csv, Format::Json, Format::Svg, Format::Pdf])?;
    if let Some((_, Format::Svg | Format::Pdf)) = target {
        let parameters: Vec<Parameters> =
            grid.iter().map(|(cell, step_size)| Parameters::new(cell, *step_size)).collect();
        check_probabilities(&parameters)?;
    }
    let question = ProbabilityQuestion {
        quadrature: Quadrature::to(args.tolerance)?,
        confidence: args.confidence,
        limit_within: args.limit_within,
        runs: args.runs,
        seed: global.seed,
    };
    if let Some(tolerance) = args.limit_within.filter(|tolerance| !(*tolerance > 0.0 && *tolerance < 1.0)) {
        return Err(Failure::Input(format!("--limit-within {tolerance} is not between 0 and 1")));
    }
    if args.runs.is_some() {
        check_runs(&grid)?;
    }
    question.check()?;
    let steps = args.step_size.iter().filter_map(|steps| steps.remark("--step-size"));
    args.grid.remarks().chain(steps).for_each(|remark| console.note(&remark));
    warn_about_steps(&grid, console);

    let (stage, units) = match args.runs {
        Some(runs) => ("runs", runs.saturating_mul(grid.len() as u64)),
        None => ("cells", grid.len() as u64),
    };
    console.begin(stage, Some(units));
    let answers: Vec<Result<ProbabilityAnswer, Error>> = grid
        .par_iter()
        .enumerate()
        .with_max_len(1)
        .map(|(number, (cell, step_size))| {
            let answer = ProbabilityAnswer::new(cell, *step_size, number as u64, &question, console);
            console.advance(u64::from(args.runs.is_none() && !matches!(answer, Err(Error::Cancelled))));
            answer
        })
        .collect();
    console.finish();
    // After Ctrl-C, and where a cell has no boundary that can be found, those that are done.
    let mut failed = None;
    let mut finished = Vec::with_capacity(grid.len());
    for (answer, (cell, _)) in answers.into_iter().zip(&grid) {
        match answer {
            Ok(answer) => finished.push(answer),
            Err(Error::Cancelled) => {}
            Err(error @ Error::NoSeparatrix { .. }) => {
                failed = failed.or(Some(Failure::Other(anyhow::Error::from(error).context(format!(
                    "patch dimension {}, {}, sum ratio {}, scale ratio {}",
                    cell.patch_dim(),
                    patches(cell),
                    cell.shape().sum_ratio(),
                    cell.scale_ratio()
                )))));
            }
            Err(error) => return Err(error.into()),
        }
    }
    let answers = finished;
    if let Some(failure) = failed.take_if(|_| answers.is_empty()) {
        return Err(failure);
    }
    warn_about_tolerance(&answers, &question, console);
    // What Ctrl-C has left may be no picture.
    let parameters: Vec<Parameters> = answers.iter().map(Parameters::of).collect();
    let is_picture = matches!(target, Some((_, Format::Svg | Format::Pdf)));
    let target = target.filter(|_| !is_picture || check_probabilities(&parameters).is_ok());

    let table = || ProbabilityAnswer::table(&answers, &question);
    output::deliver(
        &Document::new("probability", &Seeded { args, seed: global.seed }, &answers),
        target,
        global,
        console,
        table,
        || Ok(probability_figure(&answers)?),
        |width| text::table(&table(), width),
    )?;
    if let Some(failure) = failed {
        return Err(failure);
    }
    if answers.len() < grid.len() {
        return Err(Failure::Interrupted(format!("{} of {} cells are done", answers.len(), grid.len())));
    }
    Ok(())
}

fn patches(cell: &Cell) -> String {
    counted(cell.shape().patches() as u64, "patch")
}

/// All combinations, the last flag fastest.
fn grid(args: &ProbabilityArgs) -> Result<Vec<(Cell, Option<f64>)>, Failure> {
    let steps: Vec<Option<f64>> = match &args.step_size {
        Some(steps) => steps.values.iter().map(|&step_size| Some(step_size)).collect(),
        None => vec![None],
    };
    let GridArgs { patch_dim, patches, sum_ratio, scale_ratio, negative_slope } = &args.grid;
    let lengths = [
        patch_dim.values.len(),
        patches.values.len(),
        sum_ratio.values.len(),
        scale_ratio.values.len(),
        steps.len(),
        negative_slope.values.len(),
    ];
    let size = lengths.iter().try_fold(1usize, |product, &length| product.checked_mul(length));
    if size.is_none_or(|size| size > LARGEST_GRID) {
        let shown = if negative_slope.values.len() > 1 { &lengths[..] } else { &lengths[..5] };
        let lengths: Vec<String> = shown.iter().map(usize::to_string).collect();
        let product = lengths.join(" × ");
        return Err(Failure::Input(format!(
            "a grid of {product} cells is too large: at most {}",
            plain(LARGEST_GRID as f64)
        )));
    }
    let mut cells = Vec::new();
    for &patch_dim in &patch_dim.values {
        for &patches in &patches.values {
            for &sum_ratio in &sum_ratio.values {
                for &scale_ratio in &scale_ratio.values {
                    let cell = Cell::new(patch_dim, patches, sum_ratio, scale_ratio)?;
                    for &negative_slope in &negative_slope.values {
                        let cell = cell.with_activation(Activation::leaky(negative_slope)?);
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
    }
    Ok(cells)
}

fn check_runs(grid: &[(Cell, Option<f64>)]) -> Result<(), Failure> {
    for (cell, step_size) in grid {
        let largest = Guarantee::for_cell(cell).largest_step_size;
        if let Some(step_size) = step_size.filter(|&step_size| step_size > largest) {
            return Err(Failure::Input(format!(
                "no simulated run can be decided with step size {step_size} and {}: use at most {}, or \
                 leave out --runs",
                patches(cell),
                limit(largest)
            )));
        }
    }
    Ok(())
}

pub(super) fn warn_about_steps(grid: &[(Cell, Option<f64>)], console: &Console) {
    let uncovered = grid.iter().find_map(|(cell, step_size)| {
        let largest = Guarantee::for_cell(cell).limit();
        step_size.filter(|&step_size| step_size > largest).map(|step_size| (cell, step_size, largest))
    });
    if let Some((cell, step_size, largest)) = uncovered {
        console.warn(&format!(
            "step size {step_size} is above {} for {}: that the basins have a single boundary, \
             on which the probability rests, is not proved there; use a smaller step, or leave it out",
            limit(largest),
            patches(cell)
        ));
    }
}

/// About a tolerance that somebody asked for. What the usual one leaves stands beside each probability.
fn warn_about_tolerance(answers: &[ProbabilityAnswer], question: &ProbabilityQuestion, console: &Console) {
    if question.quadrature.tolerance() == Quadrature::default().tolerance() {
        return;
    }
    let missed = answers.iter().filter(|answer| !answer.exact.tolerance_met);
    let Some(worst) = missed.max_by(|a, b| a.exact.error_bound.total_cmp(&b.exact.error_bound)) else {
        return;
    };
    console.warn(&format!(
        "the tolerance {:e} was not met: with {} and sum ratio {} the error is at most {:.0e}; rounding allows some \
         1e-14, and large scale ratios less",
        question.quadrature.tolerance(),
        counted(worst.exact.patches as u64, "patch"),
        worst.exact.sum_ratio,
        worst.exact.error_bound
    ));
}
