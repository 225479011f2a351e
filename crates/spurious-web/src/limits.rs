//! How large a question may be: some seconds of one core, some megabytes.

use serde::Serialize;
use spurious::export::{VERSION, plain};
use spurious::{Algorithm, Cell};

use crate::answer::{Answer, Refused};

/// Bytes of a question.
pub const LONGEST_QUESTION: usize = 1 << 20;
/// Points of a grid of losses.
pub const MOST_LOSSES: usize = 1_000_000;
/// Signals of a boundary.
pub const MOST_SIGNALS: usize = 2_000;
/// Steps of a run.
pub const MOST_STEPS: u64 = 1_000_000;
/// Steps of a run, times the numbers that each of them moves.
pub const MOST_MOVES: u64 = 200_000_000;
/// Moments of a path.
pub const MOST_POINTS: usize = 100_000;
/// Algorithms of a comparison.
pub const MOST_ALGORITHMS: usize = 16;
/// Runs of a piece of a batch of gd; of other algorithms, and of several filters, a hundredth.
pub const MOST_RUNS: u64 = 100_000;
/// Cells of a tile.
pub const MOST_CELLS: usize = 4_096;

#[derive(Serialize)]
struct About {
    version: &'static str,
    algorithms: [&'static str; 8],
    limits: Limits,
}

#[derive(Serialize)]
struct Limits {
    losses: usize,
    signals: usize,
    steps: u64,
    moves: u64,
    points: usize,
    algorithms: usize,
    runs: u64,
    cells: usize,
    filters: usize,
}

/// The answer to `about`.
pub(crate) fn about() -> Result<Answer, Refused> {
    let limits = Limits {
        losses: MOST_LOSSES,
        signals: MOST_SIGNALS,
        steps: MOST_STEPS,
        moves: MOST_MOVES,
        points: MOST_POINTS,
        algorithms: MOST_ALGORITHMS,
        runs: MOST_RUNS,
        cells: MOST_CELLS,
        filters: spurious::width::MOST_FILTERS,
    };
    Answer::new(&About { version: VERSION, algorithms: Algorithm::NAMES, limits }, Vec::new())
}

/// Refuses a question that is too long to be one.
pub(crate) fn check_length(length: usize) -> Result<(), Refused> {
    at_most("bytes of a question", length as u64, LONGEST_QUESTION as u64)
}

/// Refuses more than `limit` of something.
pub(crate) fn at_most(what: &str, count: u64, limit: u64) -> Result<(), Refused> {
    if count <= limit {
        return Ok(());
    }
    let (count, limit) = (plain(count as f64), plain(limit as f64));
    Err(Refused(format!("{count} {what} are more than the page computes at once: use at most {limit}")))
}

/// Refuses a run that would take too long: so many steps, each of as many numbers as the algorithm moves.
pub(crate) fn check_run(cell: &Cell, algorithm: &Algorithm, steps: u64) -> Result<(), Refused> {
    at_most("steps", steps, MOST_STEPS)?;
    let numbers = match algorithm {
        algorithm if algorithm.is_coordinatewise() => cell.patch_dim() + cell.shape().patches(),
        Algorithm::Sgd { batch_size } => cell.shape().patches().saturating_mul(*batch_size),
        _ => 10,
    };
    let moves = (numbers as u64).saturating_mul(steps);
    at_most(&format!("numbers moved by {}", algorithm.name()), moves, MOST_MOVES)
}
