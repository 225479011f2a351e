//! Counts of outcomes, and the probability that they estimate.

use std::ops::AddAssign;

use serde::Serialize;

use crate::basin::Verdict;

/// Counts of the outcomes of trials.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Counts {
    /// Number of trials.
    pub runs: u64,
    /// Trials that recover the teacher.
    pub global: u64,
    /// Trials that are trapped.
    pub spurious: u64,
    /// Trials without a verdict.
    pub undecided: u64,
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.runs += other.runs;
        self.global += other.global;
        self.spurious += other.spurious;
        self.undecided += other.undecided;
    }
}

impl Counts {
    /// The counts of one trial.
    ///
    /// # Examples
    /// ```
    /// use spurious::{Counts, Verdict};
    /// assert_eq!(Counts::of(Verdict::Global), Counts { runs: 1, global: 1, ..Counts::default() });
    /// ```
    pub fn of(verdict: Verdict) -> Self {
        let count = |which| u64::from(verdict == which);
        Self {
            runs: 1,
            global: count(Verdict::Global),
            spurious: count(Verdict::Spurious),
            undecided: count(Verdict::Undecided),
        }
    }

    /// The share of trials that recover the teacher.
    pub fn probability(&self) -> f64 {
        self.global as f64 / self.runs as f64
    }

    /// Wilson's 95 % interval for the probability of recovery. Undecided trials count as failures below and as successes
    /// above.
    pub fn interval(&self) -> (f64, f64) {
        (
            wilson_interval(self.global, self.runs).0,
            wilson_interval(self.global + self.undecided, self.runs).1,
        )
    }

    /// The number of runs after which [`interval`](Self::interval) has the given `width`, between 0 and 1, if the share of recoveries
    /// does not change: Wilson's interval solved for the number of trials.
    ///
    /// ```text
    /// n = z² (pq − 2d² + √(p²q² + d²(1 − 4pq)))/2d²      d = width/2,  q = 1 − p
    /// ```
    ///
    /// The number is not rounded to a whole one. Each undecided run counts as half a recovery. The interval covers both outcomes of
    /// undecided runs, so with more than a few of them it stays wider. Without any runs `p = ½` is assumed, which needs the most runs.
    ///
    /// # Examples
    /// ```
    /// use spurious::ensemble::{Counts, wilson_interval};
    /// let counts = Counts { runs: 100, global: 60, spurious: 40, undecided: 0 };
    /// let runs = counts.runs_for_width(0.01);
    /// let (lower, upper) = wilson_interval((0.6 * runs) as u64, runs as u64);
    /// assert!((upper - lower - 0.01).abs() < 1e-6);
    /// ```
    pub fn runs_for_width(&self, width: f64) -> f64 {
        let half = 0.5 * width;
        let recovered = self.global as f64 + 0.5 * self.undecided as f64;
        let share = if self.runs == 0 { 0.5 } else { recovered / self.runs as f64 };
        let variance = share * (1.0 - share);
        let root = (variance * variance + half * half * (1.0 - 4.0 * variance)).max(0.0).sqrt();
        let z_squared = NORMAL_QUANTILE * NORMAL_QUANTILE;
        z_squared * (variance - 2.0 * half * half + root) / (2.0 * half * half)
    }

    /// The distance of the share of recoveries from a probability `P`, in standard errors.
    ///
    /// ```text
    /// z = (global − n P)/√(n P (1 − P))
    /// ```
    ///
    /// `None` without trials, for a `P` of 0 or 1, and with undecided trials, whose outcome is unknown.
    ///
    /// # Examples
    /// ```
    /// use spurious::ensemble::Counts;
    /// let counts = Counts { runs: 100, global: 60, spurious: 40, undecided: 0 };
    /// assert_eq!(counts.z_score(0.5), Some(2.0));
    /// assert_eq!(counts.z_score(1.0), None);
    /// assert_eq!(Counts { spurious: 39, undecided: 1, ..counts }.z_score(0.5), None);
    /// ```
    pub fn z_score(&self, probability: f64) -> Option<f64> {
        let n = self.runs as f64;
        let variance = n * probability * (1.0 - probability);
        (variance > 0.0 && self.undecided == 0)
            .then(|| (self.global as f64 - n * probability) / variance.sqrt())
    }
}

/// Wilson's score interval at 95 % for a share of `successes` in `trials` (the whole unit interval for no trials).
///
/// # Examples
/// ```
/// use spurious::ensemble::wilson_interval;
/// let (lower, upper) = wilson_interval(0, 100);
/// assert!(lower == 0.0 && (upper - 0.0370).abs() < 1e-4);
/// ```
///
/// # Source
/// Wilson, "Probable inference, the law of succession, and statistical inference", JASA 22 (1927).
pub fn wilson_interval(successes: u64, trials: u64) -> (f64, f64) {
    if trials == 0 {
        return (0.0, 1.0);
    }
    wilson(successes as f64 / trials as f64, trials as f64, NORMAL_QUANTILE)
}

/// The point beyond which 2.5 % of a standard normal distribution lie.
pub(crate) const NORMAL_QUANTILE: f64 = 1.959_963_984_540_054;

/// Wilson's interval for a share of `n` trials, which need not be a whole number, with the quantile `z`.
pub(crate) fn wilson(share: f64, n: f64, z: f64) -> (f64, f64) {
    let centre = share + z * z / (2.0 * n);
    let half = z * (share * (1.0 - share) / n + z * z / (4.0 * n * n)).sqrt();
    let scale = 1.0 / (1.0 + z * z / n);
    // For no or only successes the interval ends exactly at 0 or 1; rounding must not change that.
    let lower = if share == 0.0 { 0.0 } else { (scale * (centre - half)).max(0.0) };
    let upper = if share == 1.0 { 1.0 } else { (scale * (centre + half)).min(1.0) };
    (lower, upper)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The number of runs for a width is the one at which Wilson's interval has it, for every share, its ends included.
    #[test]
    fn the_number_of_runs_for_a_width_inverts_the_interval() {
        for width in [0.5, 0.1, 1e-3, 1e-6] {
            for global in [0, 1, 100, 500, 999, 1000] {
                let counts = Counts { runs: 1000, global, spurious: 1000 - global, undecided: 0 };
                let (lower, upper) =
                    wilson(counts.probability(), counts.runs_for_width(width), NORMAL_QUANTILE);
                // The ends lie between 0 and 1, and each is rounded a few times.
                assert!((upper - lower - width).abs() < 8.0 * f64::EPSILON, "{width} {global}");
            }
            let share = |global, undecided| Counts { runs: 1000, global, undecided, ..Counts::default() };
            assert_eq!(share(400, 200).runs_for_width(width), share(500, 0).runs_for_width(width));
            assert_eq!(Counts::default().runs_for_width(width), share(500, 0).runs_for_width(width));
        }
    }
}
