//! Criticality, the number that decides whether there is a spurious minimum.

use std::f64::consts::PI;

use crate::error::Error;
use crate::model::WeightShape;

/// Criticality `x_c = ρ/ρ_c = πρ/(k + π − 1)`: the spurious local minimum exists iff `x_c < 1`. Both `x_c` and `1 − x_c` are
/// stored with full accuracy, because results near the threshold depend on `1 − x_c`.
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
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub struct Criticality {
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
        Ok(Self { value: criticality, complement: 1.0 - criticality })
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
        Ok(Self { value: 1.0 - complement, complement })
    }

    /// The criticality of a shape of output weights.
    ///
    /// # Accuracy
    /// Relative error below 1e-15 of `x_c` and of `1 − x_c`, the latter unless `|1 − x_c| < 1e-16`.
    pub(crate) fn of_shape(shape: &WeightShape) -> Self {
        // 1 − x_c = (k − 1 − π(ρ − 1))/K, with π = PI + PI_TAIL and the product formed exactly.
        const PI_TAIL: f64 = 1.224_646_799_147_353_2e-16;
        let excess = shape.sum_ratio() - 1.0;
        let product = PI * excess;
        let product_error = PI.mul_add(excess, -product);
        // For ρ < ½ the difference ρ − 1 may round, but then nothing cancels.
        let numerator = ((shape.patches() - 1) as f64 - product) - (product_error + PI_TAIL * excess);
        Self { value: PI * shape.sum_ratio() / shape.sum_rate(), complement: numerator / shape.sum_rate() }
    }

    /// `x_c`.
    pub const fn value(&self) -> f64 {
        self.value
    }

    /// `1 − x_c`.
    pub const fn complement(&self) -> f64 {
        self.complement
    }

    /// Whether there is a spurious local minimum, `x_c < 1`.
    pub fn has_trap(&self) -> bool {
        self.complement > 0.0
    }

    /// The sum ratio `ρ = x_c (k + π − 1)/π` that has this criticality with `k` patches. It may be larger than `k`; then no output
    /// weights have it.
    pub fn sum_ratio(&self, patches: usize) -> f64 {
        self.value * ((patches.max(1) - 1) as f64 + PI) / PI
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
