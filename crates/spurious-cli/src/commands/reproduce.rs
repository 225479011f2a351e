//! `spurious reproduce`: the whole report, into a folder.

use std::path::PathBuf;

use spurious::export::VERSION;
use spurious_report::ReportSettings;

use crate::args::{Global, ReproduceArgs};
use crate::console::Console;
use crate::failure::Failure;
use crate::files;
use crate::output;

/// Runs per cell beyond which the work would take hours.
pub(crate) const LARGEST_RUNS: u64 = 1_000_000_000;

pub(crate) fn run(args: &ReproduceArgs, global: &Global, console: &Console) -> Result<(), Failure> {
    let target = global.out.clone().unwrap_or_else(|| PathBuf::from("spurious-report"));
    files::check_target(&target, global.force)?;
    // --force replaces a whole folder: only one that this command has made.
    if target.exists() && !target.join("results.json").is_file() {
        return Err(Failure::Input(format!(
            "{} is not a report, and is not replaced: name another folder with --out",
            target.display()
        )));
    }
    let quick_runs = if args.quick { 500 } else { ReportSettings::default().runs };
    let settings =
        ReportSettings { runs: args.runs.unwrap_or(quick_runs), seed: global.seed, quick: args.quick };

    let reproduction = spurious_report::reproduce(&settings, console);
    console.finish();
    let reproduction = match reproduction {
        Err(spurious::Error::Cancelled) => return Err(Failure::Interrupted("no report was written".into())),
        reproduction => reproduction?,
    };

    let files = spurious_report::files(&reproduction, &command_line(&settings), VERSION);
    let results = files.iter().find(|file| file.path == "results.json").map(|file| file.bytes.clone());
    spurious_data::write_folder(
        &target,
        files.into_iter().map(|file| (file.path, file.bytes)),
        global.force,
    )?;
    output::wrote(&target, console);
    match (global.json, results) {
        (true, Some(json)) => output::print(&String::from_utf8_lossy(&json)),
        _ => output::print(&format!("{}\n", target.join("index.html").display())),
    }
}

/// The command that makes this report again, whatever flags and configuration it came from.
fn command_line(settings: &ReportSettings) -> String {
    let quick = if settings.quick { " --quick" } else { "" };
    format!("cargo run --release -- reproduce{quick} --runs {} --seed {}", settings.runs, settings.seed)
}
