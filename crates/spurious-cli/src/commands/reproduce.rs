//! `spurious reproduce`: the whole report, into a folder.

use std::path::PathBuf;
use std::sync::Mutex;

use indicatif::ProgressBar;
use spurious_report::{Settings, Stage};

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
    let quick_runs = if args.quick { 500 } else { Settings::default().runs };
    let settings = Settings { runs: args.runs.unwrap_or(quick_runs), seed: global.seed, quick: args.quick };
    if !(1..=LARGEST_RUNS).contains(&settings.runs) {
        return Err(Failure::Input(format!(
            "runs {} is not a whole number from 1 to {LARGEST_RUNS}",
            settings.runs
        )));
    }

    let stages = Stages { console, current: Mutex::new(None) };
    let reproduction =
        spurious_report::reproduce(&settings, &|stage, done, total| stages.show(stage, done, total))?;
    stages.finish();

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
fn command_line(settings: &Settings) -> String {
    let quick = if settings.quick { " --quick" } else { "" };
    format!("cargo run --release -- reproduce{quick} --runs {} --seed {}", settings.runs, settings.seed)
}

/// One progress bar at a time, that of the stage at work.
struct Stages<'a> {
    console: &'a Console,
    current: Mutex<Option<(Stage, ProgressBar)>>,
}

impl Stages<'_> {
    fn show(&self, stage: Stage, done: u64, total: u64) {
        // A stage that finished with a panic elsewhere still leaves a usable bar.
        let mut current = self.current.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        match current.as_ref() {
            Some((shown, bar)) if *shown == stage => bar.set_position(done),
            _ => {
                if let Some((_, bar)) = current.take() {
                    bar.finish_and_clear();
                }
                let bar = self.console.progress(total, stage.name());
                bar.set_position(done);
                *current = Some((stage, bar));
            }
        }
        if self.console.is_interrupted() {
            // Nothing has been written yet, so there is nothing to keep.
            eprintln!("interrupted: no report was written");
            std::process::exit(1);
        }
    }

    fn finish(&self) {
        let mut current = self.current.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some((_, bar)) = current.take() {
            bar.finish_and_clear();
        }
    }
}
