//! Whether chances are what they say: of the samples to which a model gives a chance of 70 %, seven in ten should have the class. Of two
//! classes this is the higher one, of several the one that the model finds most likely.
//!
//! ```text
//! error = Σ_b n_b |observed_b − expected_b|/n        bins b of chances: 0 to 10 %, 10 to 20 %, …, 90 to 100 %
//! ```
//!
//! # Source
//! Pakdaman Naeini, Cooper and Hauskrecht, "Obtaining well calibrated probabilities using Bayesian binning", AAAI 2015, for the expected
//! calibration error.

use serde::Serialize;

use super::result::Prediction;

/// Bins of chances.
const BINS: usize = 10;

/// Chances beside shares.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Calibration {
    /// Mean distance between chance and share over the samples.
    pub error: f64,
    /// Samples that were counted.
    pub samples: u64,
    /// Whether these are samples held out, or samples that were fitted.
    pub held_out: bool,
    /// Bins with samples, from the lowest chance up.
    pub bins: Vec<CalibrationBin>,
}

/// Samples with similar chances.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct CalibrationBin {
    /// Bounds of the chances.
    pub from: f64,
    /// See above.
    pub to: f64,
    /// Number of samples.
    pub samples: u64,
    /// Their mean chance.
    pub expected: f64,
    /// The share of them that had the class.
    pub observed: f64,
}

impl Calibration {
    /// Of the predictions for samples held out, or for samples fitted if there are no others. Samples count alike, whatever their weights.
    /// None if the network predicts no chances.
    pub(super) fn of(predictions: &[Prediction], came_true: impl Fn(&Prediction) -> bool) -> Option<Self> {
        let held_out = predictions.iter().any(|prediction| prediction.held_out);
        let mut sums = [(0_u64, 0.0, 0_u64); BINS];
        for prediction in predictions.iter().filter(|prediction| prediction.held_out == held_out) {
            let chance = prediction.probability?;
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and 9")]
            let (count, expected, observed) = &mut sums[((chance * BINS as f64) as usize).min(BINS - 1)];
            *count += 1;
            *expected += chance;
            *observed += u64::from(came_true(prediction));
        }
        let edge = |bin: usize| bin as f64 / BINS as f64;
        let bins: Vec<CalibrationBin> = (0..BINS)
            .zip(sums)
            .filter(|(_, (count, ..))| *count > 0)
            .map(|(bin, (samples, expected, observed))| CalibrationBin {
                from: edge(bin),
                to: edge(bin + 1),
                samples,
                expected: expected / samples as f64,
                observed: observed as f64 / samples as f64,
            })
            .collect();
        let samples: u64 = bins.iter().map(|bin| bin.samples).sum();
        let apart = |bin: &CalibrationBin| bin.samples as f64 * (bin.observed - bin.expected).abs();
        let error = bins.iter().map(apart).sum::<f64>() / samples as f64;
        (samples > 0).then_some(Self { error, samples, held_out, bins })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bins_count_what_they_say() {
        let prediction = |target: f64, chance: f64, held_out| Prediction {
            row: 0,
            target,
            network: chance,
            probability: Some(chance),
            linear: None,
            logistic: None,
            held_out,
            fold: None,
            cluster: None,
        };
        let all = [(2.0, 0.72), (2.0, 0.78), (1.0, 0.75), (1.0, 0.0), (2.0, 1.0)];
        let mut predictions: Vec<Prediction> = all.map(|(y, chance)| prediction(y, chance, true)).to_vec();
        predictions.push(prediction(1.0, 0.5, false));
        let is_high = |prediction: &Prediction| prediction.target >= 2.0;
        let calibration = Calibration::of(&predictions, is_high).expect("chances");
        assert_eq!(calibration.bins.iter().map(|bin| bin.samples).collect::<Vec<_>>(), [1, 3, 1]);
        // Only in the middle bin, 0.75 expected, 2/3 observed.
        assert!((calibration.error - 3.0 / 5.0 * (0.75 - 2.0 / 3.0)).abs() < 1e-15);
        predictions[0].probability = None;
        assert_eq!(Calibration::of(&predictions, is_high), None);
    }
}
