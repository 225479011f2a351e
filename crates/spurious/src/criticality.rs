//! Criticality, the number that decides whether there is a spurious minimum.

use crate::activation::Activation;
use crate::error::Error;
use crate::model::WeightShape;

/// Criticality `x_c = ρ/ρ_c`: the spurious local minimum exists iff `x_c < 1`. Both `x_c` and `1 − x_c` are stored with full accuracy,
/// because results near the threshold depend on `1 − x_c`.
///
/// ```text
/// x_c = γAρ/(δK)          with the constants of the activation; for the rectifier πρ/(k + π − 1)
/// ```
///
/// For the identity it is 0, and there is no spurious minimum nevertheless.
///
/// # Examples
/// ```
/// use spurious::{Criticality, WeightShape};
/// let shape = WeightShape::new(25, 4.0)?;
/// assert!((shape.criticality().value() - 0.462993).abs() < 1e-6);
/// let half = Criticality::new(0.5)?;
/// assert_eq!((half.complement(), half.has_trap()), (0.5, true));
/// assert!((half.sum_ratio(25) - 4.319719).abs() < 1e-6); // the sum ratio of 25 patches at x_c = ½
/// # Ok::<(), spurious::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Criticality {
    activation: Activation,
    value: f64,
    complement: f64,
}

impl Criticality {
    /// The criticality `x_c ≥ 0`.
    ///
    /// # Errors
    /// If `x_c` is negative or not finite.
    pub fn new(criticality: f64) -> Result<Self, Error> {
        if !criticality.is_finite() {
            return Err(Error::NotFinite { name: "criticality", value: criticality });
        }
        if criticality < 0.0 {
            return Err(Error::Negative { name: "criticality", value: criticality });
        }
        let activation = Activation::RECTIFIER;
        Ok(Self { activation, value: criticality, complement: 1.0 - criticality })
    }

    /// The same for another activation than the rectifier.
    #[must_use]
    pub fn with_activation(self, activation: Activation) -> Self {
        Self { activation, ..self }
    }

    /// The criticality from the distance `1 − x_c` to the threshold, which is negative for `x_c > 1`.
    ///
    /// # Errors
    /// If the distance is above 1 or not finite.
    pub fn from_complement(complement: f64) -> Result<Self, Error> {
        if !complement.is_finite() {
            return Err(Error::NotFinite { name: "complement of the criticality", value: complement });
        }
        if complement > 1.0 {
            return Err(Error::TooLarge {
                name: "complement of the criticality",
                value: complement,
                limit: 1.0,
            });
        }
        Ok(Self { activation: Activation::RECTIFIER, value: 1.0 - complement, complement })
    }

    /// The criticality of a shape of output weights.
    ///
    /// # Accuracy
    /// Relative error below 1e-15 of `x_c`. For the rectifier also of `1 − x_c`, unless `|1 − x_c| < 1e-16`; else the error of `1 − x_c` is
    /// below 1e-15.
    pub(crate) fn of_shape(shape: &WeightShape) -> Self {
        let activation = shape.activation();
        let (aligned, gamma, delta) =
            (activation.aligned(), activation.independent(), activation.right_angle());
        // δK(1 − x_c) = δK − γAρ = 2πcα + γ[ δ(k − 1) − A(ρ − 1) ], with products formed exactly. A = A + A_TAIL for the rectifier, π.
        const PI_TAIL: f64 = 1.224_646_799_147_353_2e-16;
        let tail = if activation.leak() == 0.0 { PI_TAIL } else { 0.0 };
        let (rest, excess) = ((shape.patches() - 1) as f64, shape.sum_ratio() - 1.0);
        let (of_rest, of_excess) = (delta * rest, aligned * excess);
        let error = delta.mul_add(rest, -of_rest) - aligned.mul_add(excess, -of_excess) - tail * excess;
        // For ρ < ½ the difference ρ − 1 may round, but then nothing cancels.
        let numerator =
            gamma * ((of_rest - of_excess) + error) + activation.leak() * activation.output_rate();
        let scale = delta * shape.sum_rate();
        let value = gamma * aligned * shape.sum_ratio() / scale;
        Self { activation, value, complement: numerator / scale }
    }

    /// The activation of the network.
    pub const fn activation(&self) -> Activation {
        self.activation
    }

    /// `x_c`.
    pub const fn value(&self) -> f64 {
        self.value
    }

    /// `1 − x_c`.
    pub const fn complement(&self) -> f64 {
        self.complement
    }

    /// Whether there is a spurious local minimum: `x_c < 1`, and the activation is not the identity.
    pub fn has_trap(&self) -> bool {
        self.complement > 0.0 && !self.activation.is_identity()
    }

    /// The sum ratio `ρ = x_c δK/(γA)` that has this criticality with `k` patches. It may be larger than `k`; then no output weights have
    /// it.
    pub fn sum_ratio(&self, patches: usize) -> f64 {
        let activation = self.activation;
        let (gamma, delta) = (activation.independent(), activation.right_angle());
        self.value * (delta * activation.sum_rate(patches.max(1))) / (gamma * activation.aligned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// At the sum ratio closest to critical that f64 can hold, the distance is the rounding error of that ratio.
    #[test]
    fn gap_keeps_its_digits() {
        let complement =
            |patches, sum_ratio| WeightShape::new(patches, sum_ratio).unwrap().criticality().complement();
        let critical = WeightShape::new(100, 1.0).unwrap().critical_sum_ratio();
        assert!(complement(100, critical).abs() < f64::EPSILON);
        assert_eq!(complement(7, 0.0), 1.0);
        assert_eq!(complement(1, 1.0), 0.0);
    }

    #[test]
    fn sum_ratio_undoes_criticality() {
        for patches in [1, 2, 25, 1_000_000] {
            let sum_ratio = 0.3 * patches as f64 + 0.7;
            let shape = WeightShape::new(patches, if patches == 1 { 1.0 } else { sum_ratio }).unwrap();
            let again = shape.criticality().sum_ratio(patches);
            assert!((again / shape.sum_ratio() - 1.0).abs() < 1e-15);
        }
    }
}
