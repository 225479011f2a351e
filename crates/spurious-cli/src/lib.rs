//! The command line of `spurious`, as a function of its arguments: the program and the Python package call it.
//!
//! Results go to standard output, progress and warnings to standard error. Exit codes: 0 done, 2 the input is wrong
//! (nothing was written), 1 anything else.

mod args;
mod browser;
mod commands;
mod config;
mod console;
mod examples;
mod failure;
mod figures;
mod files;
mod grid;
mod model;
mod output;
mod picture;
mod rows;
mod source;
mod style;
mod terms;
mod text;
mod usage;

use std::ffi::OsString;

use clap::FromArgMatches;

pub use commands::compare::summary as compare_summary;
pub use commands::fit::{summary as fit_summary, warnings as fit_warnings};
pub use commands::landscape::summary as landscape_summary;
pub use commands::trace::summary as trace_summary;
pub use commands::wide_trace::summary as wide_trace_summary;
pub use commands::width::summary as width_summary;

use args::{Cli, Command};
use console::Console;
use failure::Failure;

/// Runs the command line, the first of whose arguments is the name of the program, and returns the exit code.
///
/// It takes over Ctrl-C and, with `--threads`, the threads of the process: once per process.
#[must_use]
pub fn run(arguments: Vec<OsString>) -> u8 {
    match command(&arguments) {
        Ok(()) => 0,
        Err(failure) => failure.report(),
    }
}

fn command(arguments: &[OsString]) -> Result<(), Failure> {
    let cli = Cli::from_arg_matches(&config::matches(arguments)?)?;
    let global = cli.global;
    if let Some(threads) = global.threads {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
        pool.build_global()
            .map_err(|error| Failure::Other(anyhow::anyhow!("cannot start threads: {error}")))?;
    }
    let console = Console::new(global.quiet)?;
    match cli.command {
        Command::Reproduce(args) => commands::reproduce::run(&args, &global, &console),
        Command::Trace(args) => commands::trace::run(&args, &global, &console),
        Command::Compare(args) => commands::compare::run(&args, &global, &console),
        Command::Landscape(args) => commands::landscape::run(&args, &global, &console),
        Command::Probability(args) => commands::probability::run(&args, &global, &console),
        Command::Sweep(args) => commands::sweep::run(&args, &global, &console),
        Command::Merge(args) => commands::merge::run(&args, &global, &console),
        Command::Width(args) => commands::width::run(&args, &global, &console),
        Command::Explore(args) => commands::explore::run(&args, &global, &console),
        Command::Generate(args) => commands::generate::run(&args, &global, &console),
        Command::Fit(args) => commands::fit::run(&args, &global, &console),
        Command::Predict(args) => commands::predict::run(&args, &global, &console),
        Command::Recovery(args) => commands::recovery::run(&args, &global, &console),
        Command::Cite(args) => commands::text_only("cite", &global).and_then(|()| commands::cite::run(&args)),
        Command::Completions(args) => {
            commands::text_only("completions", &global).and_then(|()| commands::completions::run(&args))
        }
        Command::Help(args) => commands::text_only("help", &global).and_then(|()| commands::help::run(&args)),
        Command::Man => commands::text_only("man", &global).and_then(|()| commands::man::run()),
    }
}
