//! An estimate of the chance that one more search ends at a minimum not seen yet.
//!
//! ```text
//! chance  ≈  n₁/n        n independent searches; at n₁ minima exactly one of them ended
//! ```
//!
//! This is the estimate of Good and Turing. It assumes independent draws, which searches from random filters are. New minima may be lower
//! or higher than the best. One more search is counted as if it had ended at a new minimum, `(n₁ + 1)/(n + 1)`, so that the estimate is
//! never zero. It is not a bound, and searching until it is small makes it too small.
//!
//! # Source
//! Good, "The population frequencies of species and the estimation of population parameters", Biometrika 40 (1953).

use super::levenberg::Minimum;
use super::searching::height;

/// The stopping rule needs this number of searches at the best minimum.
const SEVERAL: usize = 5;
/// The stopping rule needs an estimated chance of at most this.
const SETTLED: f64 = 0.04;

/// Counts of the end points of independent searches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Tally {
    /// `n`
    pub(super) searches: usize,
    pub(super) reached_best: usize,
    /// Number of different minima.
    pub(super) minima: usize,
    /// `n₁`
    pub(super) seen_once: usize,
}

impl Tally {
    /// The counts for the end points of independent searches and the best minimum.
    pub(super) fn new(ends: &[Minimum], best: &Minimum, same: impl Fn(&Minimum, &Minimum) -> bool) -> Self {
        let mut order: Vec<&Minimum> = ends.iter().collect();
        order.sort_by(|one, other| height(one).total_cmp(&height(other)));
        // Each minimum is represented by its lowest end point.
        let mut minima: Vec<(&Minimum, usize)> = vec![(best, 0)];
        for end in order {
            match minima.iter_mut().find(|(minimum, _)| same(end, minimum)) {
                Some((_, count)) => *count += 1,
                None => minima.push((end, 1)),
            }
        }
        Self {
            searches: ends.len(),
            reached_best: minima[0].1,
            minima: minima.iter().filter(|(_, count)| *count > 0).count(),
            seen_once: minima.iter().filter(|(_, count)| *count == 1).count(),
        }
    }

    /// `(n₁ + 1)/(n + 1)`; `None` for too few searches.
    pub(super) fn known_chance_missed(&self) -> Option<f64> {
        (self.searches >= SEVERAL).then(|| self.chance_missed())
    }

    /// `(n₁ + 1)/(n + 1)`
    pub(super) fn chance_missed(&self) -> f64 {
        (self.seen_once + 1) as f64 / (self.searches + 1) as f64
    }

    /// Whether the stopping rule is met.
    pub(super) fn is_settled(&self) -> bool {
        self.reached_best >= SEVERAL && self.chance_missed() <= SETTLED
    }
}
