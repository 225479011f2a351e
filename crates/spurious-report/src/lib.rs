//! The paper reproduced: its table, its figures and its theorems computed by [`spurious`], as one report.
//!
//! [`reproduce`] computes every number, [`files`] turns them into a web page with its figures, tables and data. Between
//! the two lies [`Reproduction`], plain data. Nothing here prints, reads a clock or touches a disk: whoever calls writes
//! the files.
//!
//! ```no_run
//! use spurious_report::{ReportSettings, files, reproduce};
//! let reproduction = reproduce(&ReportSettings::quick(), &())?;
//! for file in files(&reproduction, "spurious reproduce --quick", "0.1.0") {
//!     println!("{} ({} bytes)", file.path, file.bytes.len());
//! }
//! # Ok::<(), spurious::Error>(())
//! ```
//!
//! # Map
//!
//! Each part of the report has one folder: `mod.rs` computes its numbers and names its CSV files, `figure.rs` draws them, and
//! `chapter.md` is its text, with names of numbers that `chapter.rs` (or `mod.rs`) fills in.
//!
//! | part of the report | folder |
//! |---|---|
//! | what it shows, on one screen | `overview` |
//! | the model | `model` |
//! | Table 1, printed, exact and by random starts | [`table1`] |
//! | how many steps a verdict takes | [`steps`] |
//! | a run that recovers the teacher, a run that is trapped | [`traces`] |
//! | the landscape they walk on | [`landscape`] |
//! | sign choices and restarts | [`restarts`] |
//! | the number of patches, which the paper leaves open | [`many_patches`] |
//! | whether a leak of the activation helps | [`leak`] |
//! | whether a student with several filters does better, which the paper leaves open | [`width`] |
//! | where in the plane of patches and sum ratio the trap is | [`phase_diagram`] |
//!
//! A second report, in [`fit`], is about a fit of the model to data, and [`sweep`] draws the results of a sweep, [`probability`] exact probabilities. `charts` holds
//! what several of them draw. `template` reads the texts, `document` is what a report is made of, `page` makes it a web page.
//!
//! # Invariants
//!
//! Same settings, same bytes, for any number of threads: no date, no duration, no machine. The page loads nothing from
//! outside and needs no script. Every table and every curve is in a CSV file, with numbers that read back to the same
//! `f64`; a missing number is an empty field, and `null` in JSON.

pub mod algorithms;
mod charts;
mod document;
pub mod fit;
pub mod landscape;
pub mod leak;
pub mod many_patches;
mod model;
mod numbers;
mod overview;
mod page;
pub mod phase_diagram;
pub mod probability;
pub mod restarts;
pub mod steps;
pub mod sweep;
pub mod table1;
mod template;
pub mod traces;
pub mod width;
mod work;

pub use landscape::{comparison_figure, landscape_figure};

use serde::Serialize;
use spurious::export;
use spurious::{Error, Monitor};

use algorithms::Algorithms;
use document::{Document, Part};
use landscape::Surface;
use leak::Leak;
use many_patches::ManyPatches;
use numbers::thousands;
use phase_diagram::PhaseDiagram;
use restarts::Restarts;
use table1::Table1;
use traces::Traces;
use width::Width;
use work::Work;

/// What a reproduction depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct ReportSettings {
    /// Random starts in each cell of Table 1, at least 1; the paper has 5000, the default is 10 000 000.
    pub runs: u64,
    /// Seed of all random streams.
    pub seed: u64,
    /// Whether the rest is coarser and faster: 1000 starts instead of 10 000 for restarts, fewer points on each curve.
    pub quick: bool,
}

impl ReportSettings {
    /// A reproduction in about a second.
    pub fn quick() -> Self {
        Self { runs: 500, quick: true, ..Self::default() }
    }
}

impl Default for ReportSettings {
    fn default() -> Self {
        Self { runs: 10_000_000, seed: 1, quick: false }
    }
}

/// Every number of the report.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Reproduction {
    /// What it was made with.
    #[serde(skip)]
    pub settings: ReportSettings,
    /// Table 1.
    pub table1: Table1,
    /// A run that recovers the teacher and a run that is trapped.
    pub traces: Traces,
    /// The landscape of their teacher.
    pub landscape: Surface,
    /// Ways out of the trap.
    pub restarts: Restarts,
    /// Other algorithms than gradient descent.
    pub algorithms: Algorithms,
    /// The limit of many patches.
    pub many_patches: ManyPatches,
    /// The success probability over patches and sum ratio.
    pub phase_diagram: PhaseDiagram,
    /// Leaky rectifiers.
    pub leak: Leak,
    /// Success against the number of filters.
    pub width: Width,
}

/// A file of the report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Where it goes, relative to the folder of the report, with `/` between folders.
    pub path: String,
    /// What is in it.
    pub bytes: Vec<u8>,
}

/// Computes everything, on the threads of the current `rayon` pool.
///
/// # Errors
/// If `settings.runs` is 0, or the monitor cancels. Nothing else can go wrong with the parameters of the report.
pub fn reproduce(settings: &ReportSettings, monitor: &dyn Monitor) -> Result<Reproduction, Error> {
    if settings.runs == 0 {
        return Err(Error::NotPositive { name: "number of runs", value: 0.0 });
    }
    let work = Work { settings, monitor };
    let table1 = Table1::compute(&work)?;
    let traces = Traces::compute(&work)?;
    let landscape = Surface::compute(&work, &traces)?;
    let restarts = Restarts::compute(&work)?;
    let many_patches = ManyPatches::compute(&work)?;
    let phase_diagram = PhaseDiagram::compute(&work)?;
    let leak = Leak::compute(&work)?;
    let algorithms = Algorithms::compute(&work)?;
    let width = Width::compute(&work)?;
    Ok(Reproduction {
        settings: *settings,
        table1,
        traces,
        landscape,
        restarts,
        algorithms,
        many_patches,
        phase_diagram,
        leak,
        width,
    })
}

/// The files of the report: the page, its figures, the data behind them, and the command that makes it again.
///
/// | file | what |
/// |---|---|
/// | `index.html` | the report; needs no other file to be read |
/// | `explorer.html` | the explorer, which opens with the runs and cells of the figures that link to it |
/// | `figures/NAME.svg`, `figures/NAME.pdf` | each figure |
/// | `data/NAME.csv` | each table and each curve |
/// | `results.json` | every number |
/// | `command.txt` | `command_line` |
pub fn files(reproduction: &Reproduction, command_line: &str, version: &str) -> Vec<File> {
    let results = std::slice::from_ref(reproduction);
    let results =
        export::Document { version, ..export::Document::new("reproduce", &reproduction.settings, results) };
    document(reproduction).files(results.to_compact_json(), command_line, version)
}

/// How to cite the paper.
const CITATION: &str = "S. S. Du, J. D. Lee, Y. Tian, B. Póczos, A. Singh: Gradient Descent Learns One-hidden-layer CNN: \
     Don’t be Afraid of Spurious Local Minima. ICML 2018, PMLR 80:1339–1348, arXiv:1712.00779.";

fn document(reproduction: &Reproduction) -> Document {
    let Reproduction {
        settings,
        table1,
        traces,
        landscape,
        restarts,
        algorithms,
        many_patches,
        phase_diagram,
        leak,
        width,
    } = reproduction;
    let others = format!(
        "{} in each cell of the restarts, {} for each algorithm, {} for the runs shown, {} of each student of several filters",
        thousands(restarts.starts),
        thousands(algorithms.starts),
        thousands(traces.starts),
        thousands(width.starts)
    );
    let parts: Vec<Part> = vec![
        overview::part(reproduction),
        model::part(),
        table1.part(),
        steps::part(&table1.steps),
        traces.part(),
        landscape.part(traces),
        restarts.part(),
        many_patches.part(phase_diagram, table1),
        leak.part(),
        algorithms.part(),
        width.part(),
    ];
    Document {
        title: "Don’t be afraid of spurious local minima: a reproduction".into(),
        heading: "Don’t be afraid of spurious local minima".into(),
        subtitle: "A reproduction of every claim, and what the paper leaves open".into(),
        source: CITATION.into(),
        style: "",
        parts,
        settings: vec![
            ("random starts in each cell of Table 1", thousands(settings.runs)),
            ("seed", settings.seed.to_string()),
            ("quick", if settings.quick { "yes" } else { "no" }.into()),
            ("other random starts", others),
            ("source of the printed numbers", CITATION.into()),
        ],
        note: "Losses are in units of ‖b‖² in pictures and tables, and as they are in the records of runs, where ‖b‖ = 1.",
    }
}
