//! Many runs from random starts, piece by piece: of one filter, and of several.

use serde::{Deserialize, Serialize};
use spurious::ensemble::{Counts, Estimate, Trial};
use spurious::probability::simulation_step;
use spurious::width::{OutputScale, WidthExperiment};
use spurious::{Algorithm, Ensemble, Observe, Verdict};

use crate::answer::{Answer, Refused};
use crate::limits::{MOST_RUNS, at_most, check_numbers};
use crate::question::{CellKeys, CountKeys, MethodKeys, first_seed};

/// Which runs: those of a piece, and the counts of the pieces before it.
#[derive(Debug, Deserialize)]
struct Piece {
    #[serde(default = "first_seed")]
    seed: u64,
    first: u64,
    runs: u64,
}

impl Piece {
    fn trials(&self, limit: u64) -> Result<std::ops::Range<u64>, Refused> {
        at_most("runs", self.runs, limit)?;
        Ok(self.first..self.first.saturating_add(self.runs))
    }
}

#[derive(Debug, Deserialize)]
pub(crate) struct BatchQuestion {
    #[serde(flatten)]
    cell: CellKeys,
    #[serde(flatten)]
    method: MethodKeys,
    #[serde(flatten)]
    piece: Piece,
    before: Option<CountKeys>,
}

#[derive(Serialize)]
struct BatchAnswer {
    estimate: Estimate,
    counts: Counts,
    step_size: f64,
}

impl BatchQuestion {
    pub(crate) fn answer(&self) -> Result<Answer, Refused> {
        let (cell, algorithm) = (self.cell.cell()?, self.method.algorithm()?);
        let trials =
            self.piece.trials(if algorithm == Algorithm::Gd { MOST_RUNS } else { MOST_RUNS / 100 })?;
        if algorithm != Algorithm::Gd {
            check_numbers(&cell, &algorithm, self.piece.runs)?;
        }
        let step_size = self.method.step_size.unwrap_or_else(|| simulation_step(&cell));
        let ensemble = Ensemble::new(cell, step_size, self.piece.seed, 0)?.with_algorithm(algorithm)?;
        let trials = ensemble.trials(trials, &Observe::default(), &())?;
        let mut counts = self.before.unwrap_or_default().counts()?;
        trials.iter().for_each(|trial| counts += Counts::of(trial.outcome.verdict));
        let columns: [fn(&Trial) -> f64; 5] = [
            |trial| trial.start.angle(),
            |trial| trial.start.sum,
            |trial| trial.start.signal,
            |trial| match trial.outcome.verdict {
                Verdict::Global => 1.0,
                Verdict::Spurious => -1.0,
                Verdict::Undecided => 0.0,
            },
            |trial| trial.outcome.steps as f64,
        ];
        let block = columns.into_iter().flat_map(|column| trials.iter().map(column)).collect();
        Answer::new(&BatchAnswer { estimate: counts.estimate(), counts, step_size }, block)
    }
}

#[derive(Debug, Deserialize)]
pub(crate) struct WidthQuestion {
    #[serde(flatten)]
    cell: CellKeys,
    filters: usize,
    step_size: f64,
    #[serde(default)]
    output_weights: OutputScale,
    #[serde(flatten)]
    piece: Piece,
    before: Option<Before>,
}

/// What is used of the answer before.
#[derive(Debug, Clone, Copy, Deserialize)]
struct Before {
    #[serde(flatten)]
    counts: CountKeys,
    single_probability: Option<f64>,
}

impl WidthQuestion {
    pub(crate) fn answer(&self) -> Result<Answer, Refused> {
        let cell = self.cell.cell()?;
        let trials = self.piece.trials(MOST_RUNS / 100)?;
        let experiment = WidthExperiment::new(
            cell,
            self.output_weights,
            self.step_size,
            self.piece.runs,
            self.piece.seed,
        )?;
        let (mut counts, single) = match self.before {
            Some(before) => (before.counts.counts()?, before.single_probability),
            None => (Counts::default(), experiment.single_probability(&())?),
        };
        counts += experiment.counts(self.filters, trials, &())?;
        Answer::new(&experiment.row_of(self.filters, counts, single), Vec::new())
    }
}
