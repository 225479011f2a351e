//! Rows of a sweep while it runs: as a table whose widths are fixed before the first row is known, or as JSON.

use std::io::{self, BufWriter, Stdout, Write};
use std::ops::ControlFlow;

use spurious::CellEstimate;
use spurious::export::{JsonWriter, Rows as Lines, Table, Value, counted, plain};
use spurious_sweep::{End, SweepSettings};

use crate::args::Global;
use crate::console::Console;
use crate::failure::Failure;
use crate::text;

/// The rows of a command on standard output.
pub(crate) struct Rows<'a> {
    out: Out,
    console: &'a Console,
    settings: &'a SweepSettings,
    /// Rows so far, and those that are less certain than was asked for, with the widest interval of them.
    rows: u64,
    missed: u64,
    widest: f64,
    failure: Option<io::Error>,
}

enum Out {
    Json(JsonWriter<BufWriter<Stdout>>),
    Text {
        out: BufWriter<anstream::Stdout>,
        lines: Lines,
    },
    /// Nothing: a shard has no rows.
    Silent,
}

impl<'a> Rows<'a> {
    /// Begins the output of `command`: with `rows` the table, or, if it is asked for, JSON in any case.
    pub(crate) fn begin(
        command: &str,
        settings: &'a SweepSettings,
        global: &Global,
        rows: bool,
        console: &'a Console,
    ) -> Result<Self, Failure> {
        let out = if global.json {
            Out::Json(JsonWriter::new(BufWriter::new(io::stdout()), command, settings)?)
        } else if rows {
            let mut out = BufWriter::new(anstream::stdout());
            let table = table(settings);
            let (lines, begin) = table.rows_in(text::width(global), &known(&table, settings));
            out.write_all(text::heading(&lines, &begin).as_bytes())?;
            Out::Text { out, lines }
        } else {
            Out::Silent
        };
        Ok(Self { out, console, settings, rows: 0, missed: 0, widest: 0.0, failure: None })
    }

    /// Shows the next row.
    pub(crate) fn push(&mut self, row: &CellEstimate) -> ControlFlow<()> {
        self.rows += 1;
        if self.settings.missed_width(row) {
            self.missed += 1;
            self.widest = self.widest.max(row.estimate.upper - row.estimate.lower);
        }
        let Self { out, console, settings, .. } = self;
        let write = || match out {
            Out::Json(json) => json.push(row).and_then(|()| json.get_mut().flush()),
            Out::Text { out, lines } => {
                let line = lines.line(&row.fields(settings.exact));
                out.write_all(line.as_bytes()).and_then(|()| out.flush())
            }
            Out::Silent => Ok(()),
        };
        match console.suspend(write) {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => {
                self.failure = Some(error);
                ControlFlow::Break(())
            }
        }
    }

    /// Ends the output, and hands back how the work ended. What the work failed of comes before what its output failed of.
    pub(crate) fn finish(self, end: Result<End, Failure>) -> Result<End, Failure> {
        let shown = self.close();
        let end = end?;
        shown.map(|()| end)
    }

    fn close(self) -> Result<(), Failure> {
        self.console.finish();
        if let (Some(width), true) = (self.settings.until, self.missed > 0) {
            let (runs, cells) = (counted(self.settings.runs, "run"), counted(self.rows, "cell"));
            self.console.warn(&format!(
                "{} of {cells} did not reach --until {} within {runs}: the widest interval is {}; allow more with --runs",
                self.missed,
                plain(width),
                text::three_digits(self.widest)
            ));
        }
        if let Some(error) = self.failure {
            return Err(error.into());
        }
        match self.out {
            Out::Json(json) => drop(json.finish()?),
            Out::Text { mut out, .. } => out.flush()?,
            Out::Silent => {}
        }
        Ok(())
    }
}

/// What is the same in all rows, for each column of the table.
fn known(table: &Table, settings: &SweepSettings) -> Vec<Option<Value>> {
    fn only<T: Copy + Into<Value>>(list: &[T]) -> Option<Value> {
        if let [value] = *list { Some(value.into()) } else { None }
    }
    let value = |key: &str| match key {
        "patch_dim" => only(&settings.patch_dim),
        "patches" => only(&settings.patches),
        "sum_ratio" => only(&settings.sum_ratio),
        "scale_ratio" => only(&settings.scale_ratio),
        "negative_slope" => only(&settings.negative_slope),
        "step_size" => only(&settings.step_size),
        _ => None,
    };
    table.columns().iter().map(|column| value(&column.key)).collect()
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
        "negative_slope" => numbers(&settings.negative_slope),
        "step_size" => numbers(&settings.step_size),
        "runs" | "undecided" | "convergence_steps_runs" => settings.runs.to_string().len(),
        "probability" => decimals + 2,
        "lower" => 2 * decimals + 5,
        "exact_probability" => 11,
        "z_score" => 5,
        "steps_mean" | "phase_one_steps_mean" => 8,
        _ => 6,
    };
    let table = CellEstimate::table(&settings.observe(), settings.exact, settings.has_leak(), decimals);
    let mut columns = table.columns().to_vec();
    columns.iter_mut().for_each(|column| column.width = width(&column.key));
    Table::new(columns)
}
