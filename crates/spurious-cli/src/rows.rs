//! Rows of a sweep while it runs: as a table whose widths are fixed before the first row is known, or as JSON.

use std::io::{self, BufWriter, Stdout, Write};
use std::ops::ControlFlow;

use spurious::CellEstimate;
use spurious::export::{JsonWriter, Table, plain};
use spurious_sweep::{End, SweepSettings};

use crate::console::Console;
use crate::failure::Failure;
use crate::style;

/// The rows of a command on standard output.
pub(crate) struct Rows<'a> {
    out: Out,
    console: &'a Console,
    exact: bool,
    failure: Option<io::Error>,
}

enum Out {
    Json(JsonWriter<BufWriter<Stdout>>),
    Text {
        out: BufWriter<anstream::Stdout>,
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
        console: &'a Console,
    ) -> Result<Self, Failure> {
        let out = if json {
            Out::Json(JsonWriter::new(BufWriter::new(io::stdout()), command, settings)?)
        } else if rows {
            let mut out = BufWriter::new(anstream::stdout());
            let table = table(settings);
            out.write_all(style::headed(&table.heading_line()).as_bytes())?;
            Out::Text { out, table }
        } else {
            Out::Silent
        };
        Ok(Self { out, console, exact: settings.exact, failure: None })
    }

    /// Shows the next row.
    pub(crate) fn push(&mut self, row: &CellEstimate) -> ControlFlow<()> {
        let Self { out, console, exact, .. } = self;
        let write = || match out {
            Out::Json(json) => json.push(row).and_then(|()| json.get_mut().flush()),
            Out::Text { out, table } => {
                out.write_all(table.line(&row.fields(*exact)).as_bytes()).and_then(|()| out.flush())
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

    /// Ends the output, with a last line if it is text, and hands back how the work ended. What the work failed of comes before
    /// what its output failed of.
    pub(crate) fn finish(self, end: Result<End, Failure>, last_line: &str) -> Result<End, Failure> {
        let shown = self.close(last_line);
        let end = end?;
        shown.map(|()| end)
    }

    fn close(self, last_line: &str) -> Result<(), Failure> {
        self.console.finish();
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
