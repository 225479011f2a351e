//! `spurious sweep`: Monte Carlo over a grid, with a folder to go on from.

use std::path::Path;

use spurious::basin::Guarantee;
use spurious::ensemble::Engine;
use spurious_sweep::{End, Error, Plan, Progress, Shard, Sweep, SweepSettings};

use crate::args::{EngineArg, Global, SweepArgs};
use crate::console::Console;
use crate::failure::Failure;
use crate::picture::Picture;
use crate::rows::Rows;

pub(crate) fn run(args: &SweepArgs, global: &Global, console: &Console) -> Result<(), Failure> {
    let settings = settings(args, global.seed);
    let shard = args.shard.unwrap_or(Shard::WHOLE);
    let picture = match &args.plot {
        Some(path) => Some(Picture::new(path, &Plan::new(settings.clone())?, global.out.as_deref())?),
        None => None,
    };
    let folder = global.out.as_deref();
    let sweep = match folder {
        Some(folder) if folder.as_os_str().is_empty() => {
            return Err(Failure::Input("--out is empty: name a folder".to_owned()));
        }
        Some(folder) => Sweep::open(settings, shard, folder, global.force, console)
            .map_err(|error| if error.is_cancelled() { kept(folder) } else { error.into() })?,
        None => Sweep::new(settings)?,
    };
    warn_about_steps(sweep.plan(), console);
    let torn_bytes = sweep.kept().torn_bytes;
    if let (Some(folder), true) = (folder, torn_bytes > 0) {
        console.note(&format!(
            "{}: the last record of the log was cut after {torn_bytes} bytes, as a kill does: its runs are done again",
            folder.display(),
        ));
    }

    let mut rows = Rows::begin("sweep", sweep.plan().settings(), global.json, shard.is_whole(), console)?;
    let end = sweep.run(&mut |row| rows.push(row), console);
    let last_line = match (&end, folder) {
        (Ok(End::Finished(progress)), Some(folder)) => done(folder, shard, progress),
        _ => String::new(),
    };
    match rows.finish(end.map_err(|error| failed(error, folder)), &last_line)? {
        End::Finished(_) => match (picture, folder) {
            (Some(picture), Some(folder)) => picture.draw(&[folder.to_owned()], console),
            _ => Ok(()),
        },
        End::Stopped(progress) => Err(Failure::Interrupted(stopped(&progress, folder))),
    }
}

fn settings(args: &SweepArgs, seed: u64) -> SweepSettings {
    SweepSettings {
        patch_dim: args.grid.patch_dim.0.clone(),
        patches: args.grid.patches.0.clone(),
        sum_ratio: args.grid.sum_ratio.0.clone(),
        scale_ratio: args.grid.scale_ratio.0.clone(),
        step_size: args.step_size.0.clone(),
        runs: args.runs,
        until: args.until,
        steps: args.steps,
        convergence: args.convergence,
        engine: match args.engine {
            EngineArg::Lanes => Engine::Lanes,
            EngineArg::Scalar => Engine::Scalar,
            EngineArg::Full => Engine::Full,
        },
        records: args.records,
        exact: !args.no_exact,
        skip_impossible: args.skip_impossible,
        seed,
    }
}

fn warn_about_steps(plan: &Plan, console: &Console) {
    let Some(point) = plan.first_uncovered() else { return };
    let limit = Guarantee::for_cell(&point.cell).limit();
    console.warn(&format!(
        "step size {} is above {limit:.4} for {} patches: runs may stay undecided there, and there is no exact \
         probability; use a smaller step",
        point.step_size,
        point.cell.shape().patches()
    ));
}

/// The last line of text: where everything is.
fn done(folder: &Path, shard: Shard, progress: &Progress) -> String {
    if shard.is_whole() {
        format!("{}\n", folder.join("results.csv").display())
    } else {
        format!("{}: shard {shard} is done, {} runs\n", folder.display(), progress.runs)
    }
}

fn stopped(progress: &Progress, folder: Option<&Path>) -> String {
    match folder {
        Some(folder) => format!(
            "{} of {} runs are done and kept in {}: run the same command again to go on",
            progress.runs,
            progress.all_runs,
            folder.display()
        ),
        None => format!(
            "{} of {} cells are done; with --out, a sweep goes on from where it stopped",
            progress.cells, progress.all_cells
        ),
    }
}

/// Ctrl-C before it was known how many runs there are.
fn kept(folder: &Path) -> Failure {
    let folder = folder.display();
    Failure::Interrupted(format!("what was done is kept in {folder}: run the same command again to go on"))
}

/// An error while the sweep runs. What was written before it is still good.
fn failed(error: Error, folder: Option<&Path>) -> Failure {
    match (error, folder) {
        (error, Some(_)) if !error.is_input() => Failure::Other(anyhow::anyhow!(
            "{error}; what was done before is kept: run the same command again to go on"
        )),
        (error, _) => error.into(),
    }
}
