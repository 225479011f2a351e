//! Rows of a sweep while it runs: as a table whose widths are fixed before the first row is known, or as JSON.

use std::io::{self, BufWriter, Stdout, Write};
use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use indicatif::ProgressBar;
use spurious_sweep::{JsonWriter, Progress, Quantiles, Row, Settings, Watch};

use crate::console::Console;
use crate::failure::Failure;
use crate::output::plain;

/// Rows are held back no longer than this.
const FLUSH_INTERVAL: Duration = Duration::from_millis(100);

/// The bar's length; runs may be more than any `u64`.
const BAR: u64 = 10_000;

/// Standard output and the line below it that says how far a sweep is.
pub(crate) struct Rows {
    out: Out,
    bar: ProgressBar,
    begun: Instant,
    flushed: Instant,
    failure: Option<io::Error>,
}

enum Out {
    Json(JsonWriter<BufWriter<Stdout>>),
    Text {
        out: BufWriter<Stdout>,
        columns: Columns,
    },
    /// Nothing: a shard has no rows.
    Silent,
}

impl Rows {
    /// Begins the output of `command`: with `rows` the table, or, if it is asked for, JSON in any case.
    pub(crate) fn begin(
        command: &str,
        settings: &Settings,
        json: bool,
        rows: bool,
        console: &Console,
    ) -> Result<Self, Failure> {
        let mut out = BufWriter::new(io::stdout());
        let out = if json {
            Out::Json(JsonWriter::new(out, command, settings)?)
        } else if rows {
            let columns = Columns::new(settings);
            writeln!(out, "{}", columns.header())?;
            Out::Text { out, columns }
        } else {
            Out::Silent
        };
        let now = Instant::now();
        Ok(Self { out, bar: console.status(), begun: now, flushed: now, failure: None })
    }

    /// Ends the output, with a last line if it is text.
    pub(crate) fn finish(self, last_line: &str) -> Result<(), Failure> {
        self.bar.finish_and_clear();
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

    fn write(&mut self, row: &Row) -> io::Result<()> {
        match &mut self.out {
            Out::Json(json) => json.row(row),
            Out::Text { out, columns } => writeln!(out, "{}", columns.line(row)),
            Out::Silent => Ok(()),
        }
    }

    /// Shows what is held back, now and then.
    fn flush(&mut self) -> io::Result<()> {
        if self.flushed.elapsed() < FLUSH_INTERVAL {
            return Ok(());
        }
        self.flushed = Instant::now();
        let out = match &mut self.out {
            Out::Json(json) => json.get_mut(),
            Out::Text { out, .. } => out,
            Out::Silent => return Ok(()),
        };
        // The bar makes room for what may appear on the same terminal.
        if out.buffer().is_empty() { Ok(()) } else { self.bar.suspend(|| out.flush()) }
    }

    fn noted(&mut self, result: io::Result<()>) -> ControlFlow<()> {
        match result {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => {
                self.failure.get_or_insert(error);
                ControlFlow::Break(())
            }
        }
    }
}

impl Watch for Rows {
    fn row(&mut self, row: &Row) -> ControlFlow<()> {
        let result = self.write(row).and_then(|()| self.flush());
        self.noted(result)
    }

    fn progress(&mut self, progress: &Progress) {
        let result = self.flush();
        let _ = self.noted(result); // the next row will stop the sweep
        if self.bar.is_hidden() {
            return;
        }
        let seconds = self.begun.elapsed().as_secs_f64();
        let rate = progress.runs_here as f64 / seconds.max(1e-3);
        // What this process has done; a merge does none, and counts what it has read.
        let done = (progress.runs_before as f64 + progress.runs_here as f64).max(progress.runs as f64);
        let all = progress.all_runs as f64;
        let mut message = format!("{} of {} runs", quantity(done), quantity(all));
        if progress.runs_here > 0 {
            message += &format!(", {}/s, {} left", quantity(rate), duration((all - done).max(0.0) / rate));
        }
        self.bar.set_length(BAR);
        self.bar.set_position((done / all * BAR as f64) as u64);
        self.bar.set_message(message);
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

/// The table's columns with their widths, and the digits of estimates.
struct Columns {
    columns: Vec<(&'static str, usize)>,
    decimals: usize,
    exact: bool,
}

impl Columns {
    fn new(settings: &Settings) -> Self {
        // Two digits of the standard error, which is at most 1/(2√n), or of the width asked for.
        let precision = settings.until.unwrap_or(0.0).max(0.5 / (settings.runs as f64).sqrt());
        let decimals = (1.0 - precision.log10().floor()).clamp(4.0, 9.0) as usize;
        let width = |texts: &mut dyn Iterator<Item = String>| texts.map(|text| text.len()).max().unwrap_or(0);
        let sizes = |list: &[usize]| width(&mut list.iter().map(usize::to_string));
        let numbers = |list: &[f64]| width(&mut list.iter().map(|&value| plain(value)));
        let runs = settings.runs.to_string().len();
        let mut columns = vec![
            ("p", sizes(&settings.patch_dim)),
            ("k", sizes(&settings.patches)),
            ("ρ", numbers(&settings.sum_ratio)),
            ("β", numbers(&settings.scale_ratio)),
            ("η", numbers(&settings.step_size)),
            ("runs", runs),
            ("undecided", runs),
            ("probability", decimals + 2),
            ("95 % interval", 2 * decimals + 5),
        ];
        if settings.exact {
            columns.extend([("exact", 11), ("z", 5)]);
        }
        if settings.steps {
            columns.extend([("steps", 8), ("median", 6), ("90 %", 6), ("99 %", 6), ("max", 6)]);
        }
        if settings.convergence.is_some() {
            columns.extend([("converged", runs), ("to converge", 11), ("phase I", 8), ("final loss", 9)]);
        }
        for (name, width) in &mut columns {
            *width = name.chars().count().max(*width);
        }
        Self { columns, decimals, exact: settings.exact }
    }

    fn header(&self) -> String {
        self.aligned(self.columns.iter().map(|(name, _)| (*name).to_owned()))
    }

    fn line(&self, row: &Row) -> String {
        let decimals = self.decimals;
        let optional = |value: Option<f64>, decimals: usize| match value {
            Some(value) => format!("{value:.decimals$}"),
            None => "-".to_owned(),
        };
        let mut cells = vec![
            row.patch_dim.to_string(),
            row.patches.to_string(),
            plain(row.sum_ratio),
            plain(row.scale_ratio),
            plain(row.step_size),
            row.runs.to_string(),
            row.undecided.to_string(),
            format!("{:.decimals$}", row.probability),
            format!("{:.decimals$}–{:.decimals$}", row.lower, row.upper),
        ];
        if self.exact {
            cells.extend([optional(row.exact_probability, 9), optional(row.z_score, 2)]);
        }
        if let Some(Quantiles { mean, median, share_90, share_99, max, .. }) = row.steps {
            cells.push(optional(mean, 2));
            cells.extend([median, share_90, share_99, max].map(|value| optional(value, 0)));
        }
        let mean = |quantiles: &Option<Quantiles>| quantiles.and_then(|quantiles| quantiles.mean);
        if let Some(Quantiles { runs, .. }) = row.convergence_steps {
            cells.push(runs.to_string());
            cells.push(optional(mean(&row.convergence_steps), 2));
            cells.push(optional(mean(&row.phase_one_steps), 2));
            cells.push(optional(mean(&row.final_loss), 6));
        }
        self.aligned(cells.into_iter())
    }

    fn aligned(&self, cells: impl Iterator<Item = String>) -> String {
        let cells = self.columns.iter().zip(cells).map(|(&(_, width), cell)| format!("{cell:>width$}"));
        cells.collect::<Vec<_>>().join("  ")
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
