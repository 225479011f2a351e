//! How large a question may be: some seconds of one core, some megabytes.

use serde::Serialize;
use spurious::export::{VERSION, brief, plain};
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
/// Numbers of a student that are moved one by one, in one run or in all runs of a piece.
pub const MOST_NUMBERS: u64 = 1_000_000;
/// Steps of all runs that a boundary of gradient descent takes, roughly.
pub const MOST_BOUNDARY_STEPS: f64 = 5e7;
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
    algorithms: [&'static str; 9],
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

/// Refuses runs that would take too long: so many steps, each of as many numbers as the algorithm moves.
pub(crate) fn check_run(cell: &Cell, algorithm: &Algorithm, steps: u64) -> Result<(), Refused> {
    at_most("steps", steps, MOST_STEPS)?;
    check_numbers(cell, algorithm, 1)?;
    let moves = numbers(cell, algorithm).saturating_mul(steps);
    at_most(&format!("numbers moved by {}", algorithm.name()), moves, MOST_MOVES)
}

/// Refuses runs of students that are too large.
pub(crate) fn check_numbers(cell: &Cell, algorithm: &Algorithm, runs: u64) -> Result<(), Refused> {
    let all = numbers(cell, algorithm).saturating_mul(runs);
    at_most(&format!("numbers carried by {}", algorithm.name()), all, MOST_NUMBERS)
}

/// Numbers that an algorithm moves in a step.
fn numbers(cell: &Cell, algorithm: &Algorithm) -> u64 {
    let numbers = match algorithm {
        algorithm if algorithm.is_coordinatewise() => cell.patch_dim() + cell.shape().patches(),
        Algorithm::Sgd { batch_size } => cell.shape().patches().saturating_mul(*batch_size),
        _ => 10,
    };
    numbers as u64
}

/// Refuses a boundary whose runs have too many steps: some four runs for each signal, of some forty units of time each.
pub(crate) fn check_boundary(signals: usize, step_size: Option<f64>) -> Result<(), Refused> {
    let least = 160.0 * signals as f64 / MOST_BOUNDARY_STEPS;
    match step_size {
        Some(step_size) if step_size > 0.0 && step_size < least => Err(Refused(format!(
            "a boundary takes too long with step size {}: use at least {}, or gradient flow",
            plain(step_size),
            brief(least)
        ))),
        _ => Ok(()),
    }
}
