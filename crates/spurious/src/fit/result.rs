//! What a fit found, as values that serialise: the results of `spurious fit`.

use serde::{Deserialize, Serialize, Serializer};

use super::bootstrap::Bootstrap;
use super::calibration::Calibration;
use super::choice::Choice;
use super::comparison::Comparison;
use super::confusion::Confusion;
use super::levenberg::StopReason;
use super::linear::LinearModel;
use super::loss::Loss;
use super::missing::MissingValues;
use super::network::Network;
use super::search_summary::SearchSummary;
use super::searching::NEAR_ANGLE;
use super::starts::StartKind;
use super::student::quantile;
use super::survey::Survey;
use super::target::TargetKind;
use super::transform::Transform;
use super::windows::{Windows, collect_str};
use crate::export::counted;

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
    /// Whether it went all the way down: of a random filter and its opposite only the lower one does.
    pub finished: bool,
    /// Samples that it saw: a first search of large data looks at some of them.
    pub samples: u64,
}

/// A network fitted to data.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Fit {
    /// How it was found.
    pub search: SearchSummary,
    /// `ℓₙ`, without the penalty.
    pub loss: f64,
    /// What it is: squares or logistic loss.
    pub objective: Loss,
    /// On the patches as they are, with filters of length 1, the one whose part has the largest mean square first.
    #[serde(flatten, serialize_with = "network")]
    pub network: Network,
    /// Of each of the numbers of its filters, and of the intercept (with a linear part that is the prediction at the mean of all inputs,
    /// without its filters); none if fewer than five degrees of freedom are left.
    #[serde(serialize_with = "errors")]
    pub standard_errors: Option<Network>,
    /// What resamples say, if any were asked for: then the standard errors are theirs.
    pub bootstrap: Option<Bootstrap>,
    /// Standard deviation of the residual of a sample of weight 1, for as many samples as are left when the parameters are paid for.
    pub noise: f64,
    /// `λ`.
    pub ridge: f64,
    /// Whether it is the largest that was tried, because nothing predicted better than the mean by more than chance.
    pub at_largest_penalty: bool,
    /// Samples fitted.
    pub samples: u64,
    /// Free numbers, without the scale that filter and output weights share.
    pub parameters: usize,
    /// How many combinations of them the data determines.
    pub rank: usize,
    /// Samples beyond those: what standard errors rest on.
    pub degrees_of_freedom: u64,
    /// What each filter adds to `R² = 1 − ℓ/ℓ₀`, with `ℓ₀` the loss of the best constant (McFadden's `R²` where the loss is logistic): how
    /// much lower it is on the samples fitted if the filter is left out, and all output weights, the
    /// linear part and the intercept are fitted again. `[r]`
    pub filters_add: Vec<f64>,
    /// The same for the linear part.
    pub linear_adds: Option<f64>,
    /// How much the most influential output weight adds to a prediction where its patch is as active as patches usually are,
    /// `max |aⱼ| √(mean S)` with `Sⱼ = Σω σ²/Σω`, in standard deviations of the target, or with the logistic loss as a logarithm of
    /// odds.
    pub largest_contribution: f64,
    /// All searches; the last one is the antipodal restart.
    pub runs: Vec<SearchRun>,
    /// The transform of the patches, if they are scaled.
    #[serde(skip)]
    pub transform: Option<Transform>,
}

fn network<S: Serializer>(network: &Network, serializer: S) -> Result<S::Ok, S::Error> {
    network.written().serialize(serializer)
}

#[allow(clippy::ref_option, reason = "the type of the field")]
fn errors<S: Serializer>(errors: &Option<Network>, serializer: S) -> Result<S::Ok, S::Error> {
    errors.as_ref().map(Network::written).serialize(serializer)
}

/// How many searches from starts of one kind ended where.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Endings {
    /// All of them.
    pub searches: usize,
    /// At the best minimum.
    pub best: usize,
    /// At its antipode.
    pub antipode: usize,
    /// Somewhere else.
    pub elsewhere: usize,
}

impl Fit {
    /// Where the searches ended whose start is of this kind. Random filters and their opposites are told apart: half of both
    /// together point away from the best by construction.
    pub fn endings(&self, wanted: impl Fn(StartKind) -> bool) -> Endings {
        let runs = || self.runs.iter().filter(|run| wanted(run.start));
        let ended = |ending| runs().filter(|run| run.ending == ending).count();
        Endings {
            searches: runs().count(),
            best: ended(Ending::Best),
            antipode: ended(Ending::Antipode),
            elsewhere: ended(Ending::Elsewhere),
        }
    }

    /// Half the width of an interval of 95 % in standard errors: the quantile of Student's t for the degrees of freedom left.
    pub fn interval_factor(&self) -> f64 {
        quantile(self.degrees_of_freedom.max(1) as f64)
    }
}

/// `R² = 1 − Σω(f − y)²/Σω(y − ȳ)²` of one model; of several classes `1 − Σω|π − e_y|²/Σω|q − e_y|²`, with chances `π` and shares `q`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Scores {
    /// On the samples that it was fitted to.
    #[serde(rename = "train_r2")]
    pub train: f64,
    /// On samples that it has not seen, if any were held out. With folds, over all of them together.
    #[serde(rename = "validation_r2")]
    pub validation: Option<f64>,
}

/// What the models say about a sample.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Prediction {
    /// Row of the data, counted from 0.
    pub row: u64,
    /// What it should be.
    pub target: f64,
    /// What the network says, in units of the target; of several classes the one that it finds most likely.
    pub network: f64,
    /// If it was fitted by logistic loss, the chance that the network sees of the higher of two classes, or of the most likely of several.
    pub probability: Option<f64>,
    /// What the linear model says, if there is one.
    pub linear: Option<f64>,
    /// For a target of two values, the chance of the higher one that the logistic model sees; of several classes the one that it finds most
    /// likely.
    pub logistic: Option<f64>,
    /// Whether the models had not seen it.
    pub held_out: bool,
    /// The fold, counted from 1, that it was held out with.
    pub fold: Option<u16>,
    /// What it belongs to: its group, or its stretch of time.
    pub cluster: Option<u32>,
}

/// A fit and what it has to be judged by.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Analysis {
    /// Network and linear model on samples held out, if there are any and a linear model.
    pub comparison: Option<Comparison>,
    /// The fit.
    #[serde(flatten)]
    pub fit: Fit,
    /// Its scores.
    #[serde(flatten)]
    pub scores: Scores,
    /// Root mean square of the network's errors on samples held out, in units of the target.
    pub typical_error: Option<f64>,
    /// Half the width of an interval of 95 % around a prediction, from the errors on samples held out.
    pub prediction_interval: Option<f64>,
    /// Whether chances are what they say, if the network predicts any.
    pub calibration: Option<Calibration>,
    /// Which of several classes is taken for which.
    pub confusion: Option<Confusion>,
    /// What is assumed of the target.
    pub target_kind: TargetKind,
    /// What was missing, unless missing values were refused.
    pub missing: Option<MissingValues>,
    /// What stands for a missing value in each column of a row, if it is the mean.
    pub column_means: Option<Vec<f64>>,
    /// The linear model, unless rows are too many and too wide for one.
    #[serde(flatten, serialize_with = "baseline")]
    pub linear: Option<(LinearModel, Scores)>,
    /// For a target of classes, the logistic model: for two that of the higher one, of several one for each.
    #[serde(serialize_with = "logistic")]
    pub logistic: Option<(Vec<LinearModel>, Scores)>,
    /// Moments of the samples fitted.
    #[serde(rename = "assumptions", serialize_with = "assumptions")]
    pub survey: Survey,
    /// How rows are cut into patches.
    #[serde(serialize_with = "collect_str")]
    pub windows: Windows,
    /// The shapes that were tried, if the shape was chosen.
    pub choice: Option<Choice>,
    /// How many folds chose the same shape.
    pub same_choice: usize,
    /// The fits of the folds, if the scores come from folds: what the antipodal restart showed in each.
    #[serde(rename = "fold_restarts", serialize_with = "restarts")]
    pub folds: Vec<Fit>,
    /// Angles between the filters of the folds and that of the fit, for patches of covariance `I`, in radians; a right angle for a network of
    /// another shape.
    pub fold_angles: Vec<f64>,
    /// Samples held out, or in all folds together.
    pub validation_samples: u64,
    /// What is held out together.
    pub held_out_together: HeldOutTogether,
    /// Predictions for the samples, or evenly spaced ones of them: with folds those of the models that had not seen them.
    #[serde(skip)]
    pub predictions: Vec<Prediction>,
}

/// What is held out together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum HeldOutTogether {
    /// Nothing: each sample by itself.
    Samples,
    /// Groups, of which there are so many.
    Groups(usize),
    /// What is later than the samples fitted.
    LaterSamples,
}

/// A linear or logistic model beside the network.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BesideNetwork<'a> {
    /// “linear model” or “logistic model”.
    pub name: &'static str,
    /// One model, or one for each of several classes.
    pub models: &'a [LinearModel],
    /// Its scores.
    pub scores: Scores,
}

impl BesideNetwork<'_> {
    /// Its coefficients and intercepts; of several classes those that are free.
    pub fn numbers(&self) -> usize {
        let free = (self.models.len() - 1).max(1);
        self.models.first().map_or(0, |model| free * (model.coefficients.len() + 1))
    }

    /// How many the penalty leaves of them.
    pub fn degrees_of_freedom(&self) -> f64 {
        let all: f64 = self.models.iter().map(|model| model.degrees_of_freedom).sum();
        all * (self.models.len() - 1).max(1) as f64 / self.models.len() as f64
    }
}

/// Share of resamples or folds that have to have the same filter for it to be stable.
const STABLE: f64 = 0.8;

impl Analysis {
    /// What was held out, and how: “1024 rows, in 5 folds”.
    pub fn held_out(&self) -> String {
        let together = match self.held_out_together {
            HeldOutTogether::Samples => String::new(),
            HeldOutTogether::Groups(count) => format!(" of whole groups ({count} groups)"),
            HeldOutTogether::LaterSamples => ", each later than what is fitted for it".to_owned(),
        };
        match self.folds.len() {
            0 => format!("{} rows{together}, {} fitted", self.validation_samples, self.fit.samples),
            folds => format!("{} rows, in {folds} folds{together}", self.validation_samples),
        }
    }

    /// The linear model; for several classes the logistic model.
    pub fn beside_network(&self) -> Option<BesideNetwork<'_>> {
        let linear = self.linear.as_ref().map(|(model, scores)| BesideNetwork {
            name: "linear model",
            models: std::slice::from_ref(model),
            scores: *scores,
        });
        linear.or_else(|| {
            let (models, scores) = self.logistic.as_ref()?;
            Some(BesideNetwork { name: "logistic model", models, scores: *scores })
        })
    }

    /// What was missing, and what was done about it: “in 12 rows: column means stand for missing values”.
    pub fn about_missing(&self) -> Option<String> {
        let missing = self.missing.as_ref()?;
        let done = match &self.column_means {
            Some(_) => "column means stand for missing values",
            None => "rows with missing values were left out",
        };
        let targets = match missing.targets {
            count @ 1.. if self.column_means.is_some() => {
                format!("; {} without a target left out", counted(count, "row"))
            }
            _ => String::new(),
        };
        Some(format!("in {}: {done}{targets}", counted(missing.samples, "row")))
    }

    /// Whether samples of the same kind would have given the same filter, and how many did: resamples, if there are any, else
    /// folds.
    pub fn stability(&self) -> Option<(bool, String)> {
        // Shrunk to nothing, a filter points somewhere, and says nothing.
        if self.fit.at_largest_penalty {
            return None;
        }
        let (same, all, of) = match &self.fit.bootstrap {
            Some(bootstrap) => (bootstrap.same_filter, bootstrap.resamples, "resamples"),
            None if self.fold_angles.is_empty() => return None,
            None => {
                let same = self.fold_angles.iter().filter(|&&angle| angle < NEAR_ANGLE).count();
                (same, self.fold_angles.len(), "folds")
            }
        };
        let is_stable = same as f64 >= STABLE * all as f64;
        let word = if is_stable { "stable" } else { "unstable" };
        let advice = if is_stable { "" } else { "; do not interpret its entries" };
        Some((is_stable, format!("{word}: {same} of {all} {of} have the same filter{advice}")))
    }
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

#[allow(clippy::ref_option, reason = "the type of the field")]
fn logistic<S: Serializer>(
    logistic: &Option<(Vec<LinearModel>, Scores)>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    #[derive(Serialize)]
    struct Logistic<'a> {
        #[serde(flatten)]
        scores: &'a Scores,
        models: &'a [LinearModel],
    }
    logistic.as_ref().map(|(models, scores)| Logistic { scores, models }).serialize(serializer)
}

fn assumptions<S: Serializer>(survey: &Survey, serializer: S) -> Result<S::Ok, S::Error> {
    survey.assumptions.serialize(serializer)
}

fn restarts<S: Serializer>(folds: &[Fit], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(folds.iter().map(|fit| fit.search.antipodal_restart))
}
