//! Predictions beside what came true.

use std::fmt;

use serde::Serialize;

use super::loss::{class_of, log_loss, most_likely};
use crate::export::brief;

/// Sums over samples of what scores are made of.
#[derive(Debug, Clone, Default)]
pub struct Scoring {
    samples: u64,
    /// The first target, about which sums are taken.
    shift: f64,
    /// `Σ(y − shift)` and `Σ(y − shift)²`
    target: [f64; 2],
    /// `Σ(f − y)²`
    squares: f64,
    hits: u64,
    /// `−Σ log π`, where predictions are chances
    surprise: Option<f64>,
    /// Samples of each of several classes.
    of_classes: Vec<u64>,
    covered: u64,
    are_classes: bool,
    half_width: Option<f64>,
}

/// How well predictions did.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct PredictionScores {
    /// Samples whose target is known.
    pub samples: u64,
    /// `R² = 1 − Σ(f − y)²/Σ(y − ȳ)²`; none where all targets are the same.
    pub r2: Option<f64>,
    /// Root mean square of the errors, in units of the target.
    pub typical_error: f64,
    /// Share of samples whose class is predicted, for a target of two classes.
    pub accuracy: Option<f64>,
    /// `−Σ log π/n` with the chance `π` of the class that came true, where predictions are chances.
    pub log_loss: Option<f64>,
    /// Share of targets in their interval of 95 %, where predictions have one.
    pub covered: Option<f64>,
}

impl Scoring {
    /// Nothing yet; of numbers, or of two classes 0 and 1, with intervals of this half width if there are any.
    pub fn new(are_classes: bool, half_width: Option<f64>) -> Self {
        Self { are_classes, half_width, ..Self::default() }
    }

    /// The same for chances of class 1.
    pub fn of_chances() -> Self {
        Self { surprise: Some(0.0), ..Self::new(true, None) }
    }

    /// Adds a sample of one of several classes with the chance of each; one whose class is not known is passed over.
    pub fn push_class(&mut self, target: f64, chances: &[f64]) {
        if target.is_nan() {
            return;
        }
        let class = class_of(target);
        self.samples += 1;
        self.of_classes.resize(chances.len(), 0);
        self.of_classes[class] += 1;
        let error = |(c, chance): (usize, &f64)| (chance - f64::from(c == class)).powi(2);
        self.squares += chances.iter().enumerate().map(error).sum::<f64>();
        self.hits += u64::from(most_likely(chances) == class);
        *self.surprise.get_or_insert_default() += log_loss(chances[class], true);
    }

    /// Adds a sample; one without a target is passed over.
    pub fn push(&mut self, target: f64, prediction: f64) {
        if target.is_nan() {
            return;
        }
        if self.samples == 0 {
            self.shift = target;
        }
        let (y, error) = (target - self.shift, prediction - target);
        self.samples += 1;
        (self.target[0], self.target[1]) = (self.target[0] + y, self.target[1] + y * y);
        self.squares += error * error;
        self.hits += u64::from((prediction > 0.5) == (target > 0.5));
        if let Some(surprise) = &mut self.surprise {
            *surprise += log_loss(prediction, target > 0.5);
        }
        self.covered += u64::from(self.half_width.is_some_and(|half| error.abs() <= half));
    }

    /// The scores, unless no sample had a target.
    pub fn scores(&self) -> Option<PredictionScores> {
        if self.samples == 0 {
            return None;
        }
        let n = self.samples as f64;
        // Of several classes about their shares.
        let squares = |count: &u64| (*count as f64).powi(2) / n;
        let (total, largest) = match self.of_classes.is_empty() {
            true => (self.target[1] - self.target[0] * self.target[0] / n, self.target[1]),
            false => (n - self.of_classes.iter().map(squares).sum::<f64>(), n),
        };
        let share = |count: u64| count as f64 / n;
        Some(PredictionScores {
            samples: self.samples,
            r2: (total > 1e-12 * largest).then(|| 1.0 - self.squares / total),
            typical_error: (self.squares / n).sqrt(),
            accuracy: self.are_classes.then(|| share(self.hits)),
            log_loss: self.surprise.map(|surprise| surprise / n),
            covered: self.half_width.map(|_| share(self.covered)),
        })
    }
}

/// “R² 0.9312, typical error 6.24, 94.8 % in their interval, on 1024 rows with a target”.
impl fmt::Display for PredictionScores {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(r2) = self.r2 {
            write!(f, "R² {}, ", brief(r2))?;
        }
        if let Some(accuracy) = self.accuracy {
            write!(f, "accuracy {accuracy:.4}, ")?;
        } else {
            write!(f, "typical error {}, ", brief(self.typical_error))?;
        }
        if let Some(log_loss) = self.log_loss {
            write!(f, "log-loss {log_loss:.4}, ")?;
        }
        if let Some(covered) = self.covered {
            write!(f, "{:.1} % in their interval, ", 100.0 * covered)?;
        }
        let plural = if self.samples == 1 { "" } else { "s" };
        write!(f, "on {} row{plural} with a target", self.samples)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_are_those_of_their_definition() {
        let pairs = [(1e6 + 1.0, 1e6 + 1.5), (1e6 + 2.0, 1e6 + 2.0), (1e6 + 4.0, 1e6 + 3.0), (f64::NAN, 0.0)];
        let mut scoring = Scoring::new(false, Some(0.5));
        pairs.iter().for_each(|&(target, prediction)| scoring.push(target, prediction));
        let scores = scoring.scores().expect("samples");
        let mean = 7.0 / 3.0;
        let total: f64 = [1.0, 2.0, 4.0].iter().map(|y: &f64| (y - mean).powi(2)).sum();
        assert!((scores.r2.expect("they vary") - (1.0 - 1.25 / total)).abs() < 1e-12);
        assert!((scores.typical_error - (1.25_f64 / 3.0).sqrt()).abs() < 1e-12);
        assert_eq!((scores.samples, scores.accuracy, scores.covered), (3, None, Some(2.0 / 3.0)));
        let mut scoring = Scoring::new(true, None);
        for (target, prediction) in [(1.0, 0.7), (0.0, 0.2), (0.0, 0.6), (1.0, 1.3)] {
            scoring.push(target, prediction);
        }
        assert_eq!(scoring.scores().expect("samples").accuracy, Some(0.75));
        assert_eq!(scoring.scores().expect("samples").log_loss, None);
        let mut scoring = Scoring::of_chances();
        [(1.0, 0.75), (0.0, 0.5)].into_iter().for_each(|(target, chance)| scoring.push(target, chance));
        let scores = scoring.scores().expect("samples");
        assert!((scores.log_loss.expect("chances") - (8.0_f64 / 3.0).ln() / 2.0).abs() < 1e-15);
        assert_eq!(Scoring::new(false, None).scores(), None);
    }
}
