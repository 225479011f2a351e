//! Standard error and the keyboard: progress, warnings, Ctrl-C. The monitor of every command.

use std::io::IsTerminal;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use spurious::Monitor;

use crate::failure::Failure;

/// Where a command talks to the person at the terminal.
#[derive(Debug)]
pub(crate) struct Console {
    quiet: bool,
    interrupted: Arc<AtomicBool>,
    /// The bar of the stage at work.
    bar: Mutex<ProgressBar>,
}

impl Console {
    /// Takes over Ctrl-C: the first one asks the command to end, with what it has where that is of use; the second ends it at once.
    pub(crate) fn new(quiet: bool) -> Result<Self, Failure> {
        let interrupted = Arc::new(AtomicBool::new(false));
        let flag = Arc::clone(&interrupted);
        ctrlc::set_handler(move || {
            if flag.swap(true, Ordering::SeqCst) {
                std::process::exit(1);
            }
        })
        .map_err(|error| Failure::Other(error.into()))?;
        Ok(Self { quiet, interrupted, bar: Mutex::new(ProgressBar::hidden()) })
    }

    /// A warning that says what to do next.
    pub(crate) fn warn(&self, message: &str) {
        self.note(&format!("warning: {message}"));
    }

    /// A remark on what was done.
    pub(crate) fn note(&self, message: &str) {
        if !self.quiet {
            self.suspend(|| eprintln!("{message}"));
        }
    }

    /// Runs `print` while the bar makes room for what it prints.
    pub(crate) fn suspend<T>(&self, print: impl FnOnce() -> T) -> T {
        self.bar().suspend(print)
    }

    /// Ends the last stage: its bar disappears.
    pub(crate) fn finish(&self) {
        self.bar().finish_and_clear();
    }

    fn bar(&self) -> MutexGuard<'_, ProgressBar> {
        // A thread that panicked elsewhere leaves a usable bar behind.
        self.bar.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Monitor for Console {
    fn is_cancelled(&self) -> bool {
        self.interrupted.load(Ordering::SeqCst)
    }

    /// Shows a bar, or a spinner where nobody knows how much there is to do; on a terminal only.
    fn begin(&self, stage: &str, total: Option<u64>) {
        let mut bar = self.bar();
        bar.finish_and_clear();
        if self.quiet || !std::io::stderr().is_terminal() {
            return;
        }
        let template = match total {
            Some(_) => "{msg} {wide_bar} {human_pos} of {human_len}, {per_sec}, {eta} left",
            None => "{spinner} {msg}",
        };
        let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
        *bar = total.map_or_else(ProgressBar::new_spinner, ProgressBar::new);
        bar.set_style(style);
        bar.set_message(stage.to_owned());
        bar.enable_steady_tick(Duration::from_millis(200));
    }

    fn advance(&self, units: u64) {
        self.bar().inc(units);
    }
}
