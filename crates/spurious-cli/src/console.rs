//! Standard error and the keyboard: progress, warnings, Ctrl-C. The monitor of every command.

use std::io::IsTerminal;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use spurious::Monitor;

use crate::failure::Failure;
use crate::style::{WARNING, styled};

/// A stage that took so long leaves its full bar behind.
const WORTH_A_LINE: Duration = Duration::from_secs(2);

const AT_WORK: &str = "{msg} {wide_bar} {human_pos} of {human_len}, {eta} left";
const FULL: &str = "{msg} {wide_bar} done in {elapsed}";
const SPINNER: &str = "{spinner} {msg}";

/// Where a command talks to the person at the terminal.
#[derive(Debug)]
pub(crate) struct Console {
    quiet: bool,
    interrupted: Arc<AtomicBool>,
    /// When no more is to be tried than has to be.
    deadline: OnceLock<Instant>,
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
        Ok(Self { quiet, interrupted, deadline: OnceLock::new(), bar: Mutex::new(ProgressBar::hidden()) })
    }

    /// A warning that says what to do next.
    pub(crate) fn warn(&self, message: &str) {
        self.note(&format!("{} {message}", styled(WARNING, "warning:")));
    }

    /// A remark on what was done.
    pub(crate) fn note(&self, message: &str) {
        if !self.quiet {
            self.suspend(|| anstream::eprintln!("{message}"));
        }
    }

    /// Runs `print` while the bar makes room for what it prints.
    pub(crate) fn suspend<T>(&self, print: impl FnOnce() -> T) -> T {
        self.bar().suspend(print)
    }

    /// From now on there is so much time for what need not be tried. Only the first call counts.
    pub(crate) fn allow(&self, time: Duration) {
        let _ = self.deadline.set(Instant::now() + time);
    }

    /// Ends the last stage.
    pub(crate) fn finish(&self) {
        end(&mut self.bar());
    }

    fn bar(&self) -> MutexGuard<'_, ProgressBar> {
        // A thread that panicked elsewhere leaves a usable bar behind.
        self.bar.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Takes a bar from the screen. One that reached its end stays there, full, if it took long enough to be of interest; a stage
/// that was broken off leaves nothing.
fn end(bar: &mut ProgressBar) {
    let bar = std::mem::replace(bar, ProgressBar::hidden());
    let is_full = bar.length().is_some_and(|length| bar.position() >= length);
    if is_full && bar.elapsed() >= WORTH_A_LINE {
        bar.set_style(style(FULL));
        bar.finish();
        // The bar does not end its line.
        anstream::eprintln!();
    } else {
        bar.finish_and_clear();
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}

impl Monitor for Console {
    fn is_cancelled(&self) -> bool {
        self.interrupted.load(Ordering::SeqCst)
    }

    fn is_out_of_time(&self) -> bool {
        self.deadline.get().is_some_and(|deadline| Instant::now() >= *deadline)
    }

    /// Shows a bar, or a spinner where nobody knows how much there is to do; on a terminal that can redraw a line only.
    fn begin(&self, stage: &str, total: Option<u64>) {
        let mut bar = self.bar();
        end(&mut bar);
        let is_dumb = std::env::var_os("TERM").is_some_and(|terminal| terminal == "dumb");
        if self.quiet || is_dumb || !std::io::stderr().is_terminal() {
            return;
        }
        *bar = total.map_or_else(ProgressBar::new_spinner, ProgressBar::new);
        bar.set_style(style(if total.is_some() { AT_WORK } else { SPINNER }));
        bar.set_message(stage.to_owned());
        bar.enable_steady_tick(Duration::from_millis(200));
    }

    fn advance(&self, units: u64) {
        self.bar().inc(units);
    }
}
