//! Standard error and the keyboard: progress, warnings, Ctrl-C.

use std::io::IsTerminal;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use crate::failure::Failure;

/// Where a command talks to the person at the terminal.
#[derive(Debug, Clone)]
pub(crate) struct Console {
    quiet: bool,
    interrupted: Arc<AtomicBool>,
}

impl Console {
    /// Takes over Ctrl-C: the first one asks the command to finish with what it has, the second ends it at once.
    pub(crate) fn new(quiet: bool) -> Result<Self, Failure> {
        let interrupted = Arc::new(AtomicBool::new(false));
        let flag = Arc::clone(&interrupted);
        ctrlc::set_handler(move || {
            if flag.swap(true, Ordering::SeqCst) {
                std::process::exit(1);
            }
        })
        .map_err(|error| Failure::Other(error.into()))?;
        Ok(Self { quiet, interrupted })
    }

    /// Whether Ctrl-C was pressed.
    pub(crate) fn is_interrupted(&self) -> bool {
        self.interrupted.load(Ordering::SeqCst)
    }

    /// A warning that says what to do next.
    pub(crate) fn warn(&self, message: &str) {
        if !self.quiet {
            eprintln!("warning: {message}");
        }
    }

    /// A remark on what was done.
    pub(crate) fn note(&self, message: &str) {
        if !self.quiet {
            eprintln!("{message}");
        }
    }

    /// Does work that cannot be divided, with a spinner on a terminal. Ctrl-C ends the program, since there is nothing yet
    /// to keep.
    pub(crate) fn undivided<T>(&self, what: &str, work: impl FnOnce() -> T) -> T {
        let spinner = if self.quiet || !std::io::stderr().is_terminal() {
            ProgressBar::hidden()
        } else {
            ProgressBar::new_spinner().with_message(what.to_owned())
        };
        let done = AtomicBool::new(false);
        std::thread::scope(|scope| {
            let watcher = scope.spawn(|| {
                while !done.load(Ordering::SeqCst) {
                    if self.is_interrupted() {
                        spinner.finish_and_clear();
                        eprintln!("interrupted: nothing was written");
                        std::process::exit(1);
                    }
                    spinner.tick();
                    std::thread::park_timeout(Duration::from_millis(100));
                }
            });
            let result = work();
            done.store(true, Ordering::SeqCst);
            watcher.thread().unpark();
            spinner.finish_and_clear();
            result
        })
    }

    /// A line on a terminal, redrawn from time to time, that says how far the work is in words; invisible elsewhere.
    pub(crate) fn status(&self) -> ProgressBar {
        if self.quiet || !std::io::stderr().is_terminal() {
            return ProgressBar::hidden();
        }
        let style =
            ProgressStyle::with_template("{wide_bar} {msg}").unwrap_or_else(|_| ProgressStyle::default_bar());
        ProgressBar::new(0).with_style(style)
    }

    /// A progress bar on a terminal; invisible elsewhere, and for what takes less than a second.
    pub(crate) fn progress(&self, total: u64, what: &str) -> ProgressBar {
        if self.quiet || !std::io::stderr().is_terminal() {
            return ProgressBar::hidden();
        }
        let style = ProgressStyle::with_template("{msg} {wide_bar} {pos}/{len} {eta} left")
            .unwrap_or_else(|_| ProgressStyle::default_bar());
        let bar = ProgressBar::new(total).with_style(style).with_message(what.to_owned());
        bar.enable_steady_tick(Duration::from_millis(200));
        bar
    }
}
