//! `spurious reproduce`: the whole report, into a folder.

use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use indicatif::ProgressBar;
use spurious::Monitor;
use spurious_report::ReportSettings;

use crate::args::{Global, ReproduceArgs};
use crate::console::Console;
use crate::failure::Failure;
use crate::files;
use crate::output;

/// Runs per cell beyond which the work would take hours.
const LARGEST_RUNS: u64 = 1_000_000_000;

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
    if !(1..=LARGEST_RUNS).contains(&settings.runs) {
        return Err(Failure::Input(format!(
            "runs {} is not a whole number from 1 to {LARGEST_RUNS}",
            settings.runs
        )));
    }

    let stages = Stages { console, current: Mutex::default() };
    let reproduction = spurious_report::reproduce(&settings, &stages);
    stages.show(None);
    let reproduction = match reproduction {
        Err(spurious::Error::Cancelled) => return Err(Failure::Interrupted("no report was written".into())),
        reproduction => reproduction?,
    };

    let files = spurious_report::files(&reproduction, &command_line(&settings), env!("CARGO_PKG_VERSION"));
    let results = files.iter().find(|file| file.path == "results.json").map(|file| file.bytes.clone());
    let count = files.len();
    files::write_folder(&target, files.into_iter().map(|file| (file.path, file.bytes)), global.force)?;
    console.note(&format!("wrote {count} files"));
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

/// One progress bar at a time, that of the stage at work.
struct Stages<'a> {
    console: &'a Console,
    current: Mutex<Option<ProgressBar>>,
}

impl Stages<'_> {
    /// Puts a bar in the place of the one before, which goes.
    fn show(&self, bar: Option<ProgressBar>) {
        // A stage that finished with a panic elsewhere still leaves a usable bar.
        let before =
            std::mem::replace(&mut *self.current.lock().unwrap_or_else(PoisonError::into_inner), bar);
        if let Some(before) = before {
            before.finish_and_clear();
        }
    }
}

impl Monitor for Stages<'_> {
    fn is_cancelled(&self) -> bool {
        self.console.is_interrupted()
    }

    fn begin(&self, stage: &str, total: Option<u64>) {
        self.show(Some(self.console.progress(total.unwrap_or(0), stage)));
    }

    fn advance(&self, units: u64) {
        if let Some(bar) = &*self.current.lock().unwrap_or_else(PoisonError::into_inner) {
            bar.inc(units);
        }
    }
}
