//! What is known of a cell after some of its trials: sums of whole numbers, and the exact value once it was computed.

use spurious::ensemble::{Counts, Distribution, Summary};

use crate::settings::Settings;

/// The distributions that a sweep keeps, in the order in which they are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Steps to the verdict.
    Steps,
    /// Steps to convergence.
    ConvergenceSteps,
    /// Length of phase I.
    PhaseOneSteps,
    /// Loss at the end.
    FinalLoss,
}

/// What the settings ask for.
pub(crate) fn kinds(settings: &Settings) -> Vec<Kind> {
    let steps = settings.steps.then_some(Kind::Steps);
    let further = [Kind::ConvergenceSteps, Kind::PhaseOneSteps, Kind::FinalLoss];
    steps.into_iter().chain(further.into_iter().filter(|_| settings.convergence.is_some())).collect()
}

/// The exact probability of a cell.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) enum Exact {
    /// It is somebody else's to compute.
    #[default]
    Unknown,
    /// There is none, or none was asked for.
    None,
    /// The probability and the bound on its error.
    Value(f64, f64),
}

/// Sums over trials of one cell.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Tally {
    pub(crate) place: u64,
    pub(crate) counts: Counts,
    /// In the order of [`kinds`].
    pub(crate) distributions: Vec<Distribution>,
    pub(crate) exact: Exact,
}

impl Tally {
    pub(crate) fn of(place: u64, summary: Summary, kinds: &[Kind], exact: Exact) -> Self {
        let distribution = |kind: &Kind| match kind {
            Kind::Steps => summary.steps.clone(),
            Kind::ConvergenceSteps => summary.convergence_steps.clone(),
            Kind::PhaseOneSteps => summary.phase_one_steps.clone(),
            Kind::FinalLoss => summary.final_loss.clone(),
        };
        Self { place, counts: summary.counts, distributions: kinds.iter().map(distribution).collect(), exact }
    }

    /// Takes in what was found in other trials of the cell.
    pub(crate) fn add(&mut self, other: &Self) {
        self.counts += other.counts;
        for (sum, part) in self.distributions.iter_mut().zip(&other.distributions) {
            sum.add(part);
        }
        if self.exact == Exact::Unknown {
            self.exact = other.exact;
        }
    }
}
