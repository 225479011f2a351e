//! How trials ended, counted, and what the counts say about a probability.

use std::ops::AddAssign;

use serde::Serialize;

use crate::basin::Verdict;

/// How trials ended.
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
    pub(super) fn of(verdict: Verdict) -> Self {
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

    /// How far the share of recoveries lies from a probability, in standard errors of a share of so many trials.
    ///
    /// ```text
    /// z = (global − n P)/√(n P (1 − P))
    /// ```
    ///
    /// `None` where there is no such scale, without trials or for a `P` of 0 or 1, and where trials are undecided, which may
    /// all go either way.
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
    // At the ends the interval touches 0 or 1 exactly; rounding must not move it.
    let lower = if share == 0.0 { 0.0 } else { (scale * (centre - half)).max(0.0) };
    let upper = if share == 1.0 { 1.0 } else { (scale * (centre + half)).min(1.0) };
    (lower, upper)
}
