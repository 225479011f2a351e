//! Many runs from random starts, piece by piece: of one filter, and of several.

use serde::{Deserialize, Serialize};
use spurious::ensemble::{Counts, Estimate, Trial};
use spurious::probability::simulation_step;
use spurious::width::{OutputScale, WidthExperiment};
use spurious::{Algorithm, Ensemble, Observe, Verdict};

use crate::answer::{Answer, Refused};
use crate::limits::{MOST_RUNS, at_most, check_numbers};
use crate::question::{CountKeys, MethodKeys, Question, first_seed};

/// Which runs: those of a piece, and the counts of the pieces before it.
#[derive(Debug, Deserialize)]
struct Piece {
    #[serde(default = "first_seed")]
    seed: u64,
    first: u64,
    runs: u64,
    before: Option<CountKeys>,
}

impl Piece {
    fn trials(&self, limit: u64) -> Result<std::ops::Range<u64>, Refused> {
        at_most("runs", self.runs, limit)?;
        Ok(self.first..self.first.saturating_add(self.runs))
    }
}

#[derive(Serialize)]
struct BatchAnswer {
    estimate: Estimate,
    counts: Counts,
    step_size: f64,
}

pub(crate) fn batch(question: &Question) -> Result<Answer, Refused> {
    let (cell, piece, method): (_, Piece, MethodKeys) =
        (question.cell()?, question.read()?, question.read()?);
    let algorithm = method.algorithm()?;
    let trials = piece.trials(if algorithm == Algorithm::Gd { MOST_RUNS } else { MOST_RUNS / 100 })?;
    if algorithm != Algorithm::Gd {
        check_numbers(&cell, &algorithm, piece.runs)?;
    }
    let step_size = method.step_size.unwrap_or_else(|| simulation_step(&cell));
    let ensemble = Ensemble::new(cell, step_size, piece.seed, 0)?.with_algorithm(algorithm)?;
    let trials = ensemble.trials(trials, &Observe::default(), &())?;
    let mut counts = piece.before.unwrap_or_default().counts()?;
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

#[derive(Debug, Deserialize)]
struct WidthKeys {
    filters: usize,
    step_size: f64,
    #[serde(default)]
    output_weights: OutputScale,
}

pub(crate) fn width(question: &Question) -> Result<Answer, Refused> {
    let (cell, piece, keys): (_, Piece, WidthKeys) = (question.cell()?, question.read()?, question.read()?);
    let trials = piece.trials(MOST_RUNS / 100)?;
    let experiment = WidthExperiment::new(cell, keys.output_weights, keys.step_size, piece.runs, piece.seed)?;
    let (mut counts, single) = match piece.before {
        Some(before) => (before.counts()?, before.single_probability),
        None => (Counts::default(), experiment.single_probability(&())?),
    };
    counts += experiment.counts(keys.filters, trials, &())?;
    Answer::new(&experiment.row_of(keys.filters, counts, single), Vec::new())
}
