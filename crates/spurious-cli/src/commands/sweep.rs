//! `spurious sweep`: Monte Carlo over a grid, with a folder to go on from.

use std::path::Path;

use spurious::Algorithm;
use spurious::basin::Guarantee;
use spurious::ensemble::Engine;
use spurious::export::{counted, limit};
use spurious_sweep::{End, Error, Plan, Progress, RECORDS, Shard, Sweep, SweepSettings};

use crate::args::{EngineArg, Global, SweepArgs};
use crate::console::Console;
use crate::failure::Failure;
use crate::files;
use crate::output;
use crate::picture::Picture;
use crate::rows::Rows;

pub(crate) fn run(args: &SweepArgs, global: &Global, console: &Console) -> Result<(), Failure> {
    let settings = settings(args, global.seed)?;
    let steps = args.step_size.remark("--step-size");
    args.grid.remarks().chain(steps).for_each(|remark| console.note(&remark));
    let shard = args.shard.unwrap_or(Shard::WHOLE);
    let picture = match &args.plot {
        Some(path) => Some(Picture::new(path, &Plan::new(settings.clone())?, global.out.as_deref())?),
        None => None,
    };
    let folder = global.out.as_deref();
    folder.map_or(Ok(()), files::check_folder)?;
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

    let settings = sweep.plan().settings().clone();
    let mut rows = Rows::begin("sweep", &settings, global, shard.is_whole(), console)?;
    let end = sweep.run(&mut |row| rows.push(row), console);
    match rows.finish(end.map_err(|error| failed(error, folder)))? {
        End::Finished(progress) => {
            let Some(folder) = folder else { return Ok(()) };
            wrote(folder, &settings, shard, console);
            if !shard.is_whole() && !global.json {
                let runs = counted(u64::try_from(progress.runs).unwrap_or(u64::MAX), "run");
                return output::print(&format!("shard {shard} is done: {runs}\n"));
            }
            picture.map_or(Ok(()), |picture| picture.draw(&[folder.to_owned()], console))
        }
        End::Stopped(progress) => Err(Failure::Interrupted(stopped(&progress, folder))),
    }
}

fn settings(args: &SweepArgs, seed: u64) -> Result<SweepSettings, Failure> {
    let algorithm = args.settings.algorithms(&[&args.algorithm])?[0];
    if algorithm != Algorithm::Gd && args.engine == EngineArg::Full {
        let name = algorithm.name();
        return Err(Failure::Input(format!(
            "--engine full is for gd: {name} carries what numbers it needs by itself"
        )));
    }
    Ok(SweepSettings {
        algorithm,
        patch_dim: args.grid.patch_dim.values.clone(),
        patches: args.grid.patches.values.clone(),
        sum_ratio: args.grid.sum_ratio.values.clone(),
        scale_ratio: args.grid.scale_ratio.values.clone(),
        negative_slope: args.grid.negative_slope.values.clone(),
        step_size: args.step_size.values.clone(),
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
        exact: !args.no_exact && algorithm == Algorithm::Gd,
        skip_impossible: args.skip_impossible,
        seed,
    })
}

fn warn_about_steps(plan: &Plan, console: &Console) {
    let Some(point) = plan.first_uncovered().filter(|_| plan.settings().algorithm == Algorithm::Gd) else {
        return;
    };
    console.warn(&format!(
        "step size {} is above {} for {}: runs may stay undecided there, and there is no exact \
         probability; use a smaller step",
        point.step_size,
        limit(Guarantee::for_cell(&point.cell).limit()),
        counted(point.cell.shape().patches() as u64, "patch")
    ));
}

/// Says what is in the folder now: the results of a whole sweep, and records.
fn wrote(folder: &Path, settings: &SweepSettings, shard: Shard, console: &Console) {
    if shard.is_whole() {
        settings.result_files().for_each(|name| output::wrote(&folder.join(name), console));
    } else {
        output::wrote(folder, console);
    }
    if settings.records {
        output::wrote(&folder.join(RECORDS), console);
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
