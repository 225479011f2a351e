//! What a fit minimises: half the squares of the residuals, or for classes the logistic loss.
//!
//! ```text
//! squares       ½(f − y)²                        slope f − y            curvature 1
//! logistic      log(1 + e^{−tf}), t = ±1         slope π − 1[t = 1]     curvature π(1 − π)        π = 1/(1 + e^{−f})
//! multinomial   −log π_y                         slope π − e_y          curvature diag π − ππᵀ    π_c = e^{f_c}/Σ_b e^{f_b}
//! ```
//!
//! Slope and curvature are the derivatives by the value `f` of the network. With the logistic loss this value is the logarithm of the odds of
//! the higher class. For several classes the network has a score `f_c` for each (theory, section 14).

use serde::{Deserialize, Serialize};

use super::options::{LossChoice, Options};
use super::survey::Survey;
use crate::Error;
use crate::export::plain;

/// What a fit minimises, on average over the samples.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind", deny_unknown_fields)]
pub enum Loss {
    /// `½(f − y)²`: the network predicts the target.
    #[default]
    Squares,
    /// `log(1 + e^{−tf})`: the network predicts the logarithm of the odds of the higher of two classes.
    Logistic {
        /// The target of the lower class.
        low: f64,
        /// The target of the higher class.
        high: f64,
    },
    /// `−log π_y`, `π_c = e^{f_c}/Σ_b e^{f_b}`: the network has a score for each of several classes, whose targets are 0, 1, ….
    Multinomial {
        /// Number of classes.
        classes: usize,
    },
}

/// The loss of a sample, with its derivatives by the value of the network.
#[derive(Debug, Clone, Copy)]
pub(super) struct AtSample {
    pub(super) value: f64,
    pub(super) slope: f64,
    pub(super) curvature: f64,
}

/// Curvatures are no smaller than this, so that no quotient of slope and curvature overflows.
const FLATTEST: f64 = 1e-20;

impl Loss {
    /// The loss for some samples: the one asked for, or logistic loss where it can be.
    pub(super) fn of(options: &Options, survey: &Survey) -> Result<Self, Error> {
        let is_supported = !options.optimiser.descends();
        match (options.loss, survey.classes) {
            (LossChoice::Squares, _) => Ok(Self::Squares),
            (LossChoice::Logistic | LossChoice::Multinomial { .. }, _) if !is_supported => {
                Err(Error::LogisticLoss)
            }
            (LossChoice::Multinomial { classes }, _) => survey.check_classes(classes),
            (LossChoice::Auto | LossChoice::Logistic, Some([low, high])) if is_supported => {
                Ok(Self::Logistic { low, high })
            }
            (LossChoice::Logistic, _) => survey.check_classes(survey.shares.len()),
            (LossChoice::Auto, _) => Ok(Self::Squares),
        }
    }

    /// The choice that leads to this loss again.
    pub(super) fn choice(self) -> LossChoice {
        match self {
            Self::Squares => LossChoice::Squares,
            Self::Logistic { .. } => LossChoice::Logistic,
            Self::Multinomial { classes } => LossChoice::Multinomial { classes },
        }
    }

    /// Numbers that the network has for a sample: its value, or a score for each of several classes.
    pub fn values(self) -> usize {
        match self {
            Self::Squares | Self::Logistic { .. } => 1,
            Self::Multinomial { classes } => classes,
        }
    }

    /// Whether it is a square, so that its minimum over output weights is the solution of a linear system.
    pub fn is_squares(self) -> bool {
        self == Self::Squares
    }

    /// Number of classes, if there are several.
    pub fn classes(self) -> Option<usize> {
        match self {
            Self::Squares | Self::Logistic { .. } => None,
            Self::Multinomial { classes } => Some(classes),
        }
    }

    /// Whether the target has classes, two of which may be fitted by squares.
    pub(super) fn has_classes(self, survey: &Survey) -> bool {
        !self.is_squares() || survey.classes.is_some()
    }

    /// Values that are free: the same number added to all scores changes no chance.
    pub(super) fn free_values(self) -> usize {
        (self.values() - 1).max(1)
    }

    /// The loss of a sample, for the value of a network that has one.
    pub(super) fn at(self, f: f64, y: f64) -> AtSample {
        match self {
            // A score alone has no loss.
            Self::Multinomial { .. } => AtSample { value: f64::NAN, slope: f64::NAN, curvature: f64::NAN },
            Self::Squares => AtSample { value: (f - y) * (f - y) / 2.0, slope: f - y, curvature: 1.0 },
            Self::Logistic { high, .. } => {
                // With e = e^{−|f|} nothing overflows, and the smaller of π and 1 − π keeps its digits.
                let e = (-f.abs()).exp();
                let (larger, smaller) = ((1.0 + e).recip(), e / (1.0 + e));
                let (probability, rest) = if f >= 0.0 { (larger, smaller) } else { (smaller, larger) };
                let is_high = y >= high;
                AtSample {
                    value: (if is_high { -f } else { f }).max(0.0) + e.ln_1p(),
                    slope: if is_high { -rest } else { probability },
                    curvature: (larger * smaller).max(FLATTEST),
                }
            }
        }
    }

    /// The loss of a sample: of the value of the network, or of its scores.
    pub(super) fn of_values(self, values: &[f64], y: f64) -> f64 {
        match self {
            Self::Squares | Self::Logistic { .. } => self.at(values[0], y).value,
            Self::Multinomial { .. } => {
                let mut chances = values.to_vec();
                softmax(&mut chances, class_of(y))
            }
        }
    }

    /// The loss of the best constant: half the variance of the target, or the entropy of its classes.
    pub(super) fn of_constant(self, survey: &Survey) -> f64 {
        match self {
            Self::Squares => survey.target_variance / 2.0,
            Self::Logistic { low, high } => {
                let share = (survey.target_mean - low) / (high - low);
                entropy([share, 1.0 - share])
            }
            Self::Multinomial { .. } => entropy(survey.shares.iter().map(|(_, share)| *share)),
        }
    }

    /// Loss below which nothing is left to fit: residuals are rounding errors, or `n` samples of equal weight are on the right side by far,
    /// because an undecided one alone would contribute `log 2/n`.
    pub(super) fn nothing_left(self, survey: &Survey) -> f64 {
        match self {
            Self::Squares => 1e-29 * survey.target_variance,
            Self::Logistic { .. } | Self::Multinomial { .. } => {
                1e-3 * std::f64::consts::LN_2 / survey.samples as f64
            }
        }
    }

    /// What a difference `δ` of mean losses is multiplied by for `2 (ln L − ln L')/n`: squares are measured by the variance `2ℓ` that they
    /// leave, while the logistic loss is a likelihood.
    pub(super) fn likelihood_scale(self, loss: f64) -> f64 {
        if self.is_squares() { loss.recip() } else { 2.0 }
    }

    /// The chance of the higher class for the value of a network; `None` for squares.
    pub fn probability(self, value: f64) -> Option<f64> {
        match self {
            Self::Squares | Self::Multinomial { .. } => None,
            Self::Logistic { .. } => Some(logistic(value)),
        }
    }

    /// The chances of several classes from their scores; empty for a network that has one value.
    pub fn chances(self, scores: &[f64]) -> Vec<f64> {
        let mut chances = if self.classes().is_some() { scores.to_vec() } else { Vec::new() };
        if !chances.is_empty() {
            softmax(&mut chances, 0);
        }
        chances
    }

    /// The class, as a number, that a chance of the higher one speaks for; `None` for squares.
    pub fn class(self, probability: f64) -> Option<String> {
        match self {
            Self::Squares | Self::Multinomial { .. } => None,
            Self::Logistic { low, high } => Some(plain(if probability > 0.5 { high } else { low })),
        }
    }

    /// The prediction, in units of the target, for the value of a network: this value, or `low + π (high − low)`.
    pub fn prediction(self, value: f64) -> f64 {
        match self {
            Self::Squares | Self::Multinomial { .. } => value,
            Self::Logistic { low, high } => low + logistic(value) * (high - low),
        }
    }
}

/// The place of a class whose target is `y`.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a whole number, not negative")]
pub(super) fn class_of(y: f64) -> usize {
    y as usize
}

/// The most likely of some classes, from the chance of each, or from their scores; the last of equals.
pub fn most_likely(chances: &[f64]) -> usize {
    (0..chances.len()).max_by(|&one, &other| chances[one].total_cmp(&chances[other])).unwrap_or(0)
}

/// Scores become chances `π_c = e^{f_c}/Σ_b e^{f_b}`. Returns `−log π` of one of them.
pub(super) fn softmax(scores: &mut [f64], class: usize) -> f64 {
    // Relative to the largest score nothing overflows.
    let largest = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    scores.iter_mut().for_each(|score| *score -= largest);
    let below = scores[class];
    scores.iter_mut().for_each(|score| *score = score.exp());
    let sum: f64 = scores.iter().sum();
    scores.iter_mut().for_each(|chance| *chance /= sum);
    sum.ln() - below
}

/// Scores become slopes `π − e_y` of the loss `−log π_y`.
pub(super) fn slopes(mut scores: Vec<f64>, y: f64) -> Vec<f64> {
    softmax(&mut scores, class_of(y));
    scores[class_of(y)] -= 1.0;
    scores
}

/// `1/(1 + e^{−η})`
pub(super) fn logistic(eta: f64) -> f64 {
    if eta >= 0.0 {
        (1.0 + (-eta).exp()).recip()
    } else {
        let e = eta.exp();
        e / (1.0 + e)
    }
}

/// `log(1 + e^η)`
pub(super) fn softplus(eta: f64) -> f64 {
    eta.max(0.0) + (-eta.abs()).exp().ln_1p()
}

/// Probabilities count as no closer to 0 and 1 than this, so that one wrong prediction does not decide everything.
const SUREST: f64 = 1e-15;

/// `−log π` of the class that came true, for the chance of the higher one.
pub(super) fn log_loss(probability: f64, is_high: bool) -> f64 {
    -(if is_high { probability } else { 1.0 - probability }).max(SUREST).ln()
}

/// `−Σ q log q`
pub(super) fn entropy(shares: impl IntoIterator<Item = f64>) -> f64 {
    shares.into_iter().map(|q| if q > 0.0 { -q * q.ln() } else { 0.0 }).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOGISTIC: Loss = Loss::Logistic { low: 1.0, high: 2.0 };

    /// Slope and curvature against differences of the value, and the value against its definition.
    #[test]
    fn derivatives_are_differences() {
        let h = 1e-4;
        for loss in [Loss::Squares, LOGISTIC] {
            for f in [-9.0, -1.3, -1e-9, 0.0, 0.4, 7.0] {
                for y in [1.0, 2.0] {
                    let value = |f: f64| loss.at(f, y).value;
                    let at = loss.at(f, y);
                    let slope = (value(f + h) - value(f - h)) / (2.0 * h);
                    let curvature = (value(f + h) - 2.0 * value(f) + value(f - h)) / (h * h);
                    assert!((at.slope - slope).abs() < 1e-8, "{loss:?} {f} {y}");
                    assert!((at.curvature - curvature).abs() < 1e-6, "{loss:?} {f} {y}");
                    if !loss.is_squares() {
                        let t = if y == 2.0 { 1.0 } else { -1.0 };
                        assert!((at.value - (1.0 + (-t * f).exp()).ln()).abs() < 1e-14);
                    }
                }
            }
        }
    }

    /// Far out nothing overflows, and the products of slopes and curvatures that the kernel forms are finite.
    #[test]
    fn far_out_all_is_finite() {
        for f in [-1e300, -800.0, -40.0, 40.0, 800.0, 1e300] {
            for y in [1.0, 2.0] {
                let AtSample { value, slope, curvature } = LOGISTIC.at(f, y);
                assert!(value.is_finite() && (slope / curvature.sqrt()).is_finite(), "{f} {y}");
                let is_right = (f > 0.0) == (y == 2.0);
                assert!(if is_right { value < 1e-17 } else { value == f.abs() });
            }
        }
        assert_eq!(LOGISTIC.prediction(-1e300), 1.0);
        assert_eq!(LOGISTIC.prediction(1e300), 2.0);
        assert!((log_loss(0.25, true) - 4.0_f64.ln()).abs() < 1e-15);
    }
}
