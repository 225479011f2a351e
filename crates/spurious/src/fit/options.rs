//! What a fit depends on besides the data.

use serde::{Deserialize, Serialize};

use super::arrangement::Arrangement;
use super::missing::Missing;
use super::split::Split;
use super::starts::Starts;
use super::transform::Scaling;
use super::windows::Windows;
use crate::error::{not_negative, positive};
use crate::{Activation, Error};

/// How minima are searched for.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Optimiser {
    /// Variable projection from random filters and their opposites, on some of the samples if there are many, and around the
    /// lowest ends; then the antipodal restart.
    Auto,
    /// Variable projection with Levenberg–Marquardt from every start, on all samples, without the antipodal restart.
    LeastSquares,
    /// Gradient descent with weight normalisation, as in the paper.
    Descent {
        /// `η`; the inverse of the largest curvature if left out.
        step_size: Option<f64>,
        /// Longest run.
        most_steps: u64,
    },
    /// The same on batches of samples, in the order of the data; the step falls linearly to zero.
    Batches {
        /// `η` of the first batch; the inverse of the largest curvature if left out.
        step_size: Option<f64>,
        /// Passes over the data.
        epochs: u64,
        /// Samples in a batch.
        samples: usize,
    },
}

impl Optimiser {
    /// Whether it is gradient descent, of one kind or the other.
    pub fn descends(self) -> bool {
        matches!(self, Self::Descent { .. } | Self::Batches { .. })
    }
}

/// Penalty `½λ‖a‖²` on the output weights, for a filter of length 1 on the scale that it acts on.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ridge {
    /// The `λ` with the smallest loss on five folds held out, and a floor for patches that are hardly ever active. Descent, which
    /// minimises the loss alone, has none.
    Auto,
    /// This `λ`, and no floor.
    Fixed(f64),
}

/// Which loss is minimised ([`Loss`](super::Loss)).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LossChoice {
    /// Logistic loss for a target of two values, squares for any other one; squares also with descent.
    #[default]
    Auto,
    /// Squares, whatever the target is.
    Squares,
    /// Logistic loss of two classes, or of several whose targets are 0, 1, 2 and so on; refused for any other target, and with descent.
    Logistic,
    /// Logistic loss of so many classes, three or more, some of which may have no samples.
    Multinomial {
        /// Their number; targets are 0, 1, …, `classes − 1`.
        classes: usize,
    },
}

/// What a fit depends on besides the data.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Options {
    /// What is minimised.
    pub loss: LossChoice,
    /// How minima are searched for.
    pub optimiser: Optimiser,
    /// Where searches begin.
    pub starts: Starts,
    /// Seed of random starts.
    pub seed: u64,
    /// Number of filters.
    pub filters: usize,
    /// Whether a linear part of all numbers of a row is fitted with the rest.
    pub linear: bool,
    /// Whether a constant is fitted with the rest.
    pub intercept: bool,
    /// Whether the filter has a bias.
    pub filter_bias: bool,
    /// `σ`, which is given and not fitted; not the identity. As JSON it is its negative slope.
    #[serde(default, rename = "negative_slope")]
    pub activation: Activation,
    /// How patches are scaled before the filter sees them.
    pub scaling: Scaling,
    /// The penalty.
    pub ridge: Ridge,
    /// What is done about missing values.
    pub missing: Missing,
    /// Resamples of the bootstrap from which standard errors are taken; from the fit alone if 0. For the automatic search only.
    pub bootstrap: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            loss: LossChoice::Auto,
            optimiser: Optimiser::Auto,
            starts: Starts::Auto,
            seed: 1,
            filters: 1,
            linear: false,
            intercept: true,
            filter_bias: false,
            activation: Activation::RECTIFIER,
            scaling: Scaling::None,
            ridge: Ridge::Auto,
            missing: Missing::Error,
            bootstrap: 0,
        }
    }
}

/// Which samples are held out.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Validation {
    /// None: there is nothing but the fit itself to judge by.
    None,
    /// This share.
    HoldOut(f64),
    /// Each of so many folds in turn; the fit that is kept saw all samples.
    Folds(usize),
}

/// Folds, where nothing else was asked for, and the data for which they are: fewer samples say little, and more take long.
const USUAL_FOLDS: usize = 5;
const USUAL_SAMPLES: std::ops::RangeInclusive<u64> = 20..=10_000;
const USUAL_VALUES: u64 = 1 << 21;

impl Validation {
    /// Five folds for small data, with so many numbers in a row; nothing held out of larger data, and where there are too few
    /// groups or moments.
    pub fn usual(arrangement: Arrangement<'_>, samples: u64, width: usize) -> Self {
        let is_small =
            USUAL_SAMPLES.contains(&samples) && samples.saturating_mul(width as u64) <= USUAL_VALUES;
        let folds =
            (2..=USUAL_FOLDS).rev().find(|&folds| Split::arranged(arrangement, samples, folds, 1).is_ok());
        folds.filter(|_| is_small).map_or(Self::None, Self::Folds)
    }
}

/// Resamples below which their spread says nothing.
pub const FEWEST_RESAMPLES: usize = 20;
/// Filters, at most.
pub const MOST_FILTERS: usize = 16;
/// Random starts, and resamples, at most.
pub const MOST_STARTS: usize = 10_000;

impl Options {
    /// Refuses what no data of this shape can be fitted with.
    pub(super) fn check(&self, windows: &Windows) -> Result<(), Error> {
        if let Ridge::Fixed(ridge) = self.ridge {
            not_negative("ridge penalty", ridge)?;
        }
        if !(1..=MOST_FILTERS).contains(&self.filters) {
            return Err(Error::Size { name: "number of filters", value: self.filters, limit: MOST_FILTERS });
        }
        if self.activation.is_identity() {
            return Err(Error::LinearNetwork);
        }
        if self.optimiser.descends() && (self.filters > 1 || self.linear) {
            return Err(Error::DescentOfSeveral);
        }
        if self.optimiser.descends() && !matches!(self.ridge, Ridge::Auto | Ridge::Fixed(0.0)) {
            return Err(Error::PenalisedDescent);
        }
        if let Optimiser::Descent { step_size: Some(step_size), .. }
        | Optimiser::Batches { step_size: Some(step_size), .. } = self.optimiser
        {
            positive("step size", step_size)?;
        }
        if let Optimiser::Batches { epochs, samples, .. } = self.optimiser {
            positive("number of epochs", epochs as f64)?;
            positive("samples in a batch", samples as f64)?;
        }
        if self.bootstrap != 0 && !(FEWEST_RESAMPLES..=MOST_STARTS).contains(&self.bootstrap) {
            return Err(Error::Resamples {
                resamples: self.bootstrap,
                fewest: FEWEST_RESAMPLES,
                most: MOST_STARTS,
            });
        }
        if self.bootstrap != 0 && self.optimiser != Optimiser::Auto {
            return Err(Error::BootstrapOfDescent);
        }
        match &self.starts {
            Starts::Random(count) => {
                if !(1..=MOST_STARTS).contains(count) {
                    return Err(Error::Size { name: "number of starts", value: *count, limit: MOST_STARTS });
                }
            }
            Starts::Auto | Starts::FourSigns => {}
            Starts::Given(network) => {
                network.check(windows)?;
                let (found, expected) = (network.filters.len(), self.filters);
                if found != expected {
                    return Err(Error::Length { name: "start in filters", found, expected });
                }
                if let Some(value) = network.numbers().find(|value| !value.is_finite()) {
                    return Err(Error::NotFinite { name: "number of the start", value });
                }
                if network.filters.iter().any(|filter| filter.weights.iter().all(|&u| u == 0.0)) {
                    return Err(Error::NoDirection { name: "filter of the start" });
                }
            }
        }
        Ok(())
    }
}
