//! Rows of a sweep while it runs: as a table whose widths are fixed before the first row is known, or as JSON.

use std::io::{self, BufWriter, Stdout, Write};
use std::ops::ControlFlow;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use indicatif::ProgressBar;
use spurious::Monitor;
use spurious::ensemble::CellEstimate;
use spurious::export::{JsonWriter, Table, plain};
use spurious_sweep::{Kept, Plan, Shard, SweepSettings};

use crate::console::Console;
use crate::failure::Failure;

/// The rows of a command on standard output.
pub(crate) struct Rows<'a> {
    out: Out,
    line: &'a StatusLine<'a>,
    exact: bool,
    failure: Option<io::Error>,
}

enum Out {
    Json(JsonWriter<BufWriter<Stdout>>),
    Text {
        out: BufWriter<Stdout>,
        table: Table,
    },
    /// Nothing: a shard has no rows.
    Silent,
}

impl<'a> Rows<'a> {
    /// Begins the output of `command`: with `rows` the table, or, if it is asked for, JSON in any case.
    pub(crate) fn begin(
        command: &str,
        settings: &SweepSettings,
        json: bool,
        rows: bool,
        line: &'a StatusLine<'a>,
    ) -> Result<Self, Failure> {
        let mut out = BufWriter::new(io::stdout());
        let out = if json {
            Out::Json(JsonWriter::new(out, command, settings)?)
        } else if rows {
            let table = table(settings);
            out.write_all(table.heading_line().as_bytes())?;
            Out::Text { out, table }
        } else {
            Out::Silent
        };
        Ok(Self { out, line, exact: settings.exact, failure: None })
    }

    /// Shows the next row.
    pub(crate) fn push(&mut self, row: &CellEstimate) -> ControlFlow<()> {
        let Self { out, line, exact, .. } = self;
        let write = || match out {
            Out::Json(json) => json.push(row).and_then(|()| json.get_mut().flush()),
            Out::Text { out, table } => {
                out.write_all(table.line(&row.fields(*exact)).as_bytes()).and_then(|()| out.flush())
            }
            Out::Silent => Ok(()),
        };
        // The status line makes room on the same terminal.
        match line.bar.suspend(write) {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => {
                self.failure = Some(error);
                ControlFlow::Break(())
            }
        }
    }

    /// Ends the output, with a last line if it is text.
    pub(crate) fn finish(self, last_line: &str) -> Result<(), Failure> {
        self.line.bar.finish_and_clear();
        if let Some(error) = self.failure {
            return Err(error.into());
        }
        match self.out {
            Out::Json(json) => drop(json.finish()?),
            Out::Text { mut out, .. } => {
                out.write_all(last_line.as_bytes())?;
                out.flush()?;
            }
            Out::Silent => crate::output::print(last_line)?,
        }
        Ok(())
    }
}

/// The table, with columns as wide as anything that can come.
fn table(settings: &SweepSettings) -> Table {
    // Two digits of the standard error, which is at most 1/(2√n), or of the width asked for.
    let precision = settings.until.unwrap_or(0.0).max(0.5 / (settings.runs as f64).sqrt());
    let decimals = (1.0 - precision.log10().floor()).clamp(4.0, 9.0) as usize;
    let longest = |texts: Vec<String>| texts.iter().map(String::len).max().unwrap_or(0);
    let sizes = |list: &[usize]| longest(list.iter().map(usize::to_string).collect());
    let numbers = |list: &[f64]| longest(list.iter().map(|&value| plain(value)).collect());
    let width = |key: &str| match key {
        "patch_dim" => sizes(&settings.patch_dim),
        "patches" => sizes(&settings.patches),
        "sum_ratio" => numbers(&settings.sum_ratio),
        "scale_ratio" => numbers(&settings.scale_ratio),
        "step_size" => numbers(&settings.step_size),
        "runs" | "undecided" | "convergence_steps_runs" => settings.runs.to_string().len(),
        "probability" => decimals + 2,
        "lower" => 2 * decimals + 5,
        "exact_probability" => 11,
        "z_score" => 5,
        "steps_mean" | "phase_one_steps_mean" => 8,
        _ => 6,
    };
    let table = CellEstimate::table(&settings.observe(), settings.exact, decimals);
    let mut columns = table.columns().to_vec();
    columns.iter_mut().for_each(|column| column.width = width(&column.key));
    Table::new(columns)
}

/// A line on the terminal that says how far a sweep is, and Ctrl-C.
pub(crate) struct StatusLine<'a> {
    console: &'a Console,
    bar: ProgressBar,
    /// Runs that were kept from earlier, and all of them.
    kept: f64,
    all: f64,
    /// When runs began that are done here, and not only read.
    begun: OnceLock<Instant>,
    /// Runs since then.
    here: AtomicU64,
}

/// The bar's length; runs may be more than any `u64`.
const BAR: u64 = 10_000;

impl<'a> StatusLine<'a> {
    pub(crate) fn new(console: &'a Console, plan: &Plan, shard: Shard, kept: Kept) -> Self {
        let bar = console.status();
        bar.set_length(BAR);
        let (kept, all) = (kept.runs as f64, plan.trials(shard) as f64);
        Self { console, bar, kept, all, begun: OnceLock::new(), here: AtomicU64::new(0) }
    }
}

impl Monitor for StatusLine<'_> {
    fn is_cancelled(&self) -> bool {
        self.console.is_interrupted()
    }

    fn begin(&self, stage: &str, _total: Option<u64>) {
        if stage == "runs" {
            self.begun.get_or_init(Instant::now);
        }
    }

    fn advance(&self, runs: u64) {
        let here = (self.here.fetch_add(runs, Ordering::Relaxed) + runs) as f64;
        if self.bar.is_hidden() {
            return;
        }
        let (done, all) = (self.kept + here, self.all);
        let mut message = format!("{} of {} runs", quantity(done), quantity(all));
        if let Some(begun) = self.begun.get() {
            let rate = here / begun.elapsed().as_secs_f64().max(1e-3);
            message += &format!(", {}/s, {} left", quantity(rate), duration((all - done).max(0.0) / rate));
        }
        self.bar.set_position((done / all * BAR as f64) as u64);
        self.bar.set_message(message);
    }
}

/// Ctrl-C, without a status line.
impl Monitor for Console {
    fn is_cancelled(&self) -> bool {
        self.is_interrupted()
    }
}

/// A large number in few characters.
fn quantity(value: f64) -> String {
    const UNITS: [(f64, &str); 4] = [(1e12, " T"), (1e9, " G"), (1e6, " M"), (1e3, " k")];
    if value >= 1e15 {
        return format!("{value:.2e}");
    }
    match UNITS.iter().find(|(size, _)| value >= *size) {
        Some((size, unit)) => format!("{:.1}{unit}", value / size),
        None => format!("{value:.0}"),
    }
}

/// A time in the unit that suits it.
fn duration(seconds: f64) -> String {
    const UNITS: [(f64, &str); 4] =
        [(365.25 * 86_400.0, "years"), (86_400.0, "days"), (3600.0, "h"), (60.0, "min")];
    match UNITS.iter().find(|(size, _)| seconds >= 2.0 * size) {
        Some((size, unit)) => format!("{:.0} {unit}", seconds / size),
        None => format!("{seconds:.0} s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_numbers_read_well() {
        assert_eq!([950.0, 1.23e6, 4.56e10, 3e21].map(quantity), ["950", "1.2 M", "45.6 G", "3.00e21"]);
        assert_eq!(
            [1.2, 119.0, 600.0, 1e5, 1e9].map(duration),
            ["1 s", "119 s", "10 min", "28 h", "32 years"]
        );
    }
}
