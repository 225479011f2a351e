//! A report on a fit of the model to data: what was found, how good it is, and whether to believe it.
//!
//! Whoever calls has the data: this module sees the fit, and of the rows only the sample of predictions that it is given.
//! The report is written for someone who knows the data but not the theory; every sentence follows the numbers.
//!
//! | part | words | pictures |
//! |---|---|---|
//! | verdict and scores | `story/summary.rs` | `figures/scores.rs` |
//! | filter and output weights | `story/filter.rs` | `figures/filter.rs`, `figures/panel.rs` |
//! | predictions | `story/predictions.rs` | `figures/predictions.rs` |
//! | searches and their endings | `story/runs.rs` | `figures/runs.rs` |
//! | standard errors and rank | `story/numbers.rs` | |
//! | assumptions of the theory | `story/assumptions.rs` | |
//!
//! `facts.rs` draws the conclusions on which words and pictures agree.

mod facts;
mod figures;
mod sheets;
mod story;

use spurious::fit::{Analysis, Options, Validation, Windows};

use crate::File;

/// What a patch is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// Windows of a signal; the lines of a patch are channels.
    Signal,
    /// Tiles of an image; the lines of a patch are those of the tile.
    Image,
}

/// A row of the data with what the models say about it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// Row of the data, counted from 1, without the header.
    pub row: u64,
    /// What it should be.
    pub target: f64,
    /// What the network says.
    pub network: f64,
    /// What the linear model says, if there is one.
    pub linear: Option<f64>,
    /// Whether the models had not seen it.
    pub held_out: bool,
}

/// What a report on a fit is made from.
#[derive(Debug, Clone, Copy)]
pub struct FitReport<'a> {
    /// The fit and what it is judged by.
    pub analysis: &'a Analysis,
    /// How rows are cut into patches.
    pub windows: &'a Windows,
    /// What a patch is.
    pub layout: Layout,
    /// Name of the file that the data came from.
    pub data_name: &'a str,
    /// Name of what is predicted.
    pub target_name: &'a str,
    /// Names of the numbers of a row, in its order; those that are missing are numbered.
    pub columns: &'a [String],
    /// Rows with their predictions, some 5000 at most: all of them become part of the report.
    pub points: &'a [Point],
    /// What was asked for.
    pub options: &'a Options,
    /// How samples were held out.
    pub validation: Validation,
}

/// The files of the report, as those of [`files`](crate::files); `results` is what `results.json` shall hold.
///
/// | file | what |
/// |---|---|
/// | `index.html` | the report; needs no other file to be read |
/// | `figures/NAME.svg`, `figures/NAME.pdf` | each figure |
/// | `data/filter.csv`, `data/output_weights.csv` | the network, entry by entry, with standard errors |
/// | `data/constants.csv` | bias, intercepts, and all that is a single number |
/// | `data/linear.csv` | the linear model, if there is one |
/// | `data/predictions.csv` | the points |
/// | `data/runs.csv`, `data/folds.csv`, `data/assumptions.csv` | searches, folds, moments of the patches |
/// | `results.json` | `results` |
/// | `command.txt` | `command_line` |
///
/// Same input, same bytes. Names are never taken for markup, whatever they contain.
pub fn fit_files(report: &FitReport<'_>, results: String, command_line: &str, version: &str) -> Vec<File> {
    let facts = facts::Facts::new(report);
    story::document(&facts).files(results, command_line, version)
}
