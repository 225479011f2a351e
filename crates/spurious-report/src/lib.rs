//! The paper reproduced: its table, its figures and its theorems computed by [`spurious`], as one report.
//!
//! [`reproduce`] computes every number, [`files`] turns them into a web page with its figures, tables and data. Between
//! the two lies [`Reproduction`], plain data. Nothing here prints, reads a clock or touches a disk: whoever calls writes
//! the files.
//!
//! ```no_run
//! use spurious_report::{Settings, files, reproduce};
//! let reproduction = reproduce(&Settings::quick(), &|stage, done, total| {
//!     eprintln!("{}: {done} of {total}", stage.name());
//! })?;
//! for file in files(&reproduction, "spurious reproduce --quick", "0.1.0") {
//!     println!("{} ({} bytes)", file.path, file.bytes.len());
//! }
//! # Ok::<(), spurious::Error>(())
//! ```
//!
//! # Map
//!
//! | part of the report | numbers | pictures |
//! |---|---|---|
//! | Table 1, printed, exact and by random starts | [`table1`] | `figures/table1.rs` |
//! | a run that recovers the teacher, a run that is trapped | [`trace`] | `figures/runs.rs` |
//! | the landscape they walk on | [`landscape`] | `figures/landscape.rs` |
//! | sign choices and restarts | [`restarts`] | `figures/restarts.rs` |
//! | how many steps a verdict takes | [`steps`] | `figures/steps.rs` |
//! | the number of patches, which the paper leaves open | [`many_patches`] | `figures/many_patches.rs` |
//! | where in the plane of patches and sum ratio the trap is | [`phase_diagram`] | `figures/phase_diagram.rs` |
//!
//! A second report, in [`fit`], is about a fit of the model to data.
//!
//! `story/` says in words what they show, with numbers taken from the data; `html.rs` makes the page, `sheets.rs` the
//! CSV files.
//!
//! # Invariants
//!
//! Same settings, same bytes, for any number of threads: no date, no duration, no machine. The page loads nothing from
//! outside and needs no script. Every table and every curve is in a CSV file, with numbers that read back to the same
//! `f64`; a missing number is an empty field, and `null` in JSON.

mod document;
mod figures;
pub mod fit;
mod html;
pub mod landscape;
pub mod many_patches;
mod markup;
mod paper;
pub mod phase_diagram;
mod progress;
pub mod restarts;
mod sheet;
mod sheets;
pub mod steps;
mod story;
pub mod sweep;
pub mod table1;
pub mod trace;

pub use progress::{Progress, Stage};

use serde::Serialize;
use spurious::model::WeightShape;
use spurious_plot::Figure;

use landscape::Surface;
use many_patches::ManyPatches;
use phase_diagram::PhaseDiagram;
use restarts::Restarts;
use table1::Table1;
use trace::Traces;

/// What a reproduction depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Settings {
    /// Random starts in each cell of Table 1, at least 1; the paper has 5000, the default is 10 000 000.
    pub runs: u64,
    /// Seed of all random streams.
    pub seed: u64,
    /// Whether the rest is coarser and faster: 1000 starts instead of 10 000 for restarts, fewer points on each curve.
    pub quick: bool,
}

impl Settings {
    /// A reproduction in about a second.
    pub fn quick() -> Self {
        Self { runs: 500, quick: true, ..Self::default() }
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self { runs: 10_000_000, seed: 1, quick: false }
    }
}

/// Every number of the report.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Reproduction {
    /// What it was made with.
    #[serde(skip)]
    pub settings: Settings,
    /// Table 1.
    pub table1: Table1,
    /// A run that recovers the teacher and a run that is trapped.
    pub traces: Traces,
    /// The landscape of their teacher.
    pub landscape: Surface,
    /// Ways out of the trap.
    pub restarts: Restarts,
    /// The limit of many patches.
    pub many_patches: ManyPatches,
    /// The success probability over patches and sum ratio.
    pub phase_diagram: PhaseDiagram,
}

/// A file of the report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Where it goes, relative to the folder of the report, with `/` between folders.
    pub path: String,
    /// What is in it.
    pub bytes: Vec<u8>,
}

/// The landscape of one shape of output weights in angle and signal, with its critical points: the picture of a single
/// question. The patch dimension decides whether there are saddles.
///
/// # Errors
/// If the patch dimension is 0 or too large.
pub fn landscape_figure(patch_dim: usize, shape: &WeightShape) -> Result<Figure, spurious::Error> {
    let surface = Surface::new(patch_dim, shape, 144, 120)?;
    let title = format!("Landscape for {} patches and sum ratio {}", shape.patches(), shape.sum_ratio());
    Ok(figures::landscape::surface_figure(&surface, title))
}

/// Computes everything, on the threads of the current `rayon` pool.
///
/// # Errors
/// If `settings.runs` is 0. Nothing else can go wrong with the parameters of the report.
pub fn reproduce(settings: &Settings, progress: &Progress<'_>) -> Result<Reproduction, spurious::Error> {
    if settings.runs == 0 {
        return Err(spurious::Error::NotPositive { name: "number of runs", value: 0.0 });
    }
    let table1 = Table1::compute(settings, progress)?;
    let traces = Traces::compute(settings, progress)?;
    let landscape = Surface::compute(settings, &traces)?;
    let restarts = Restarts::compute(settings, progress)?;
    let many_patches = ManyPatches::compute(settings, progress)?;
    let phase_diagram = PhaseDiagram::compute(settings, progress)?;
    Ok(Reproduction { settings: *settings, table1, traces, landscape, restarts, many_patches, phase_diagram })
}

/// The files of the report: the page, its figures, the data behind them, and the command that makes it again.
///
/// | file | what |
/// |---|---|
/// | `index.html` | the report; needs no other file to be read |
/// | `figures/NAME.svg`, `figures/NAME.pdf` | each figure |
/// | `data/NAME.csv` | each table and each curve |
/// | `results.json` | every number |
/// | `command.txt` | `command_line` |
pub fn files(reproduction: &Reproduction, command_line: &str, version: &str) -> Vec<File> {
    story::document(reproduction).files(results(reproduction, version), command_line, version)
}

/// The whole reproduction as one JSON object.
fn results(reproduction: &Reproduction, version: &str) -> String {
    #[derive(Serialize)]
    struct Results<'a> {
        command: &'a str,
        version: &'a str,
        settings: Settings,
        results: [&'a Reproduction; 1],
    }
    let results =
        Results { command: "reproduce", version, settings: reproduction.settings, results: [reproduction] };
    serde_json::to_string(&results).expect("plain data with string keys") + "\n"
}
