//! What a fit found, as values that serialise: the results of `spurious fit`.

use serde::{Deserialize, Serialize, Serializer};

use super::judgement::Doubt;
use super::levenberg::StopReason;
use super::linear::LinearModel;
use super::network::Network;
use super::starts::StartKind;
use super::survey::Survey;
use super::transform::Transform;
use crate::basin::Verdict;

/// Where a search ended, beside the best.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ending {
    /// At the best minimum.
    Best,
    /// Where the filter points away from the best: the trap of the theory.
    Antipode,
    /// Somewhere else.
    Elsewhere,
}

/// One search.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SearchRun {
    /// Where it began.
    pub start: StartKind,
    /// Steps of descent, or of variable projection.
    pub steps: u64,
    /// Why it ended.
    pub stop: StopReason,
    /// `ℓₙ` where it ended, on the samples that it saw.
    pub loss: f64,
    /// Angle of its filter to the best, for patches of covariance `I`, in radians.
    pub angle: f64,
    /// Where it ended.
    pub ending: Ending,
    /// Samples that it saw: a first search of large data looks at some of them.
    pub samples: u64,
}

/// A network fitted to data.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Fit {
    /// Whether it is the best minimum that there is.
    pub verdict: Verdict,
    /// Why not, where it is undecided.
    pub doubt: Option<Doubt>,
    /// `ℓₙ`, without the penalty.
    pub loss: f64,
    /// On the patches as they are, with a filter of length 1.
    #[serde(flatten)]
    pub network: Network,
    /// Of each of its numbers.
    pub standard_errors: Network,
    /// Standard deviation of the residual of a sample of weight 1, for as many samples as are left when the parameters are paid for.
    pub noise: f64,
    /// How much higher the loss is where the antipodal restart led, if that is another minimum; below zero where that
    /// was lower and not taken.
    pub gap: Option<f64>,
    /// `λ`.
    pub ridge: f64,
    /// Samples fitted.
    pub samples: u64,
    /// Free numbers, without the scale that filter and output weights share.
    pub parameters: usize,
    /// How many combinations of them the data determines.
    pub rank: usize,
    /// All searches; the last one is the antipodal restart.
    pub runs: Vec<SearchRun>,
    /// The transform of the patches, if they are scaled.
    #[serde(skip)]
    pub transform: Option<Transform>,
}

/// `R² = 1 − Σω(f − y)²/Σω(y − ȳ)²` of one model.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Scores {
    /// On the samples that it was fitted to.
    #[serde(rename = "train_r2")]
    pub train: f64,
    /// On samples that it has not seen, if any were held out. With folds, over all of them together.
    #[serde(rename = "validation_r2")]
    pub validation: Option<f64>,
}

/// A fit and what it has to be judged by.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Analysis {
    /// The fit.
    #[serde(flatten)]
    pub fit: Fit,
    /// Its scores.
    #[serde(flatten)]
    pub scores: Scores,
    /// The linear model, unless rows are too wide for one.
    #[serde(flatten, serialize_with = "baseline")]
    pub linear: Option<(LinearModel, Scores)>,
    /// Standard error of the difference between the scores of both models on samples held out, where it is known.
    #[serde(skip)]
    pub difference_error: Option<f64>,
    /// Moments of the samples fitted.
    #[serde(rename = "assumptions", serialize_with = "assumptions")]
    pub survey: Survey,
    /// The fits of the folds, if the scores come from folds.
    #[serde(rename = "fold_verdicts", serialize_with = "verdicts")]
    pub folds: Vec<Fit>,
    /// Samples held out, or in all folds together.
    pub validation_samples: u64,
}

fn baseline<S: Serializer>(linear: &Option<(LinearModel, Scores)>, serializer: S) -> Result<S::Ok, S::Error> {
    #[derive(Serialize)]
    struct Baseline<'a> {
        baseline_r2: Option<f64>,
        baseline_train_r2: Option<f64>,
        linear: Option<&'a LinearModel>,
    }
    let scores = linear.as_ref().map(|(_, scores)| scores);
    Baseline {
        baseline_r2: scores.and_then(|scores| scores.validation),
        baseline_train_r2: scores.map(|scores| scores.train),
        linear: linear.as_ref().map(|(model, _)| model),
    }
    .serialize(serializer)
}

fn assumptions<S: Serializer>(survey: &Survey, serializer: S) -> Result<S::Ok, S::Error> {
    survey.assumptions.serialize(serializer)
}

fn verdicts<S: Serializer>(folds: &[Fit], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(folds.iter().map(|fit| fit.verdict))
}
