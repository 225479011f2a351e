//! What is being computed, and how much of it is done.

use std::sync::{Mutex, PoisonError};

/// A part of the work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Stage {
    /// The exact success probability of every cell of Table 1, and what it would be for other parameters.
    Probabilities,
    /// Random starts in every cell of Table 1.
    MonteCarlo,
    /// The runs that are shown step by step.
    Runs,
    /// Sign choices and restarts.
    Restarts,
    /// The limit of many patches.
    ManyPatches,
    /// The exact success probability over the plane of patches and sum ratio.
    PhaseDiagram,
}

impl Stage {
    /// All stages in their order.
    pub const ALL: [Self; 6] = [
        Self::Probabilities,
        Self::MonteCarlo,
        Self::Runs,
        Self::Restarts,
        Self::ManyPatches,
        Self::PhaseDiagram,
    ];

    /// What is being computed, in a few words.
    ///
    /// # Examples
    /// ```
    /// assert_eq!(spurious_report::Stage::MonteCarlo.name(), "random starts");
    /// ```
    pub fn name(self) -> &'static str {
        match self {
            Self::Probabilities => "exact probabilities",
            Self::MonteCarlo => "random starts",
            Self::Runs => "traced runs",
            Self::Restarts => "ways out of the trap",
            Self::ManyPatches => "many patches",
            Self::PhaseDiagram => "phase diagram",
        }
    }
}

/// Hears of progress: the stage, how many of its items are done, and how many there are. It is called from worker
/// threads, though never from two at once, and within a stage the number done only rises.
pub type Progress<'a> = dyn Fn(Stage, u64, u64) + Sync + 'a;

/// Counts the items of one stage.
pub(crate) struct Counter<'a> {
    progress: &'a Progress<'a>,
    stage: Stage,
    total: u64,
    done: Mutex<u64>,
}

impl<'a> Counter<'a> {
    /// Begins a stage of so many items.
    pub(crate) fn new(progress: &'a Progress<'a>, stage: Stage, total: usize) -> Self {
        progress(stage, 0, total as u64);
        Self { progress, stage, total: total as u64, done: Mutex::new(0) }
    }

    /// One more item is done.
    pub(crate) fn tick(&self) {
        let mut done = self.done.lock().unwrap_or_else(PoisonError::into_inner);
        *done += 1;
        (self.progress)(self.stage, *done, self.total);
    }
}
