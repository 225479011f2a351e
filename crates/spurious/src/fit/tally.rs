//! What independent searches tell of minima that none of them has found.
//!
//! ```text
//! chance that one more search ends at a minimum not seen yet  ≈  n₁/n        of n searches, n₁ ended where no other did
//! ```
//!
//! That is the estimate of Good and Turing. It takes the searches for independent draws, which those from random filters are,
//! and it counts minima that are higher than the best as well: lower ones are a part of them. One more search is counted, as if it
//! had ended somewhere new: `(n₁ + 1)/(n + 1)`, so that it is never zero. It is an estimate and no bound, and a search that goes on
//! until it is small makes it look smaller than it is.
//!
//! # Source
//! Good, "The population frequencies of species and the estimation of population parameters", Biometrika 40 (1953).

use super::levenberg::Minimum;
use super::searching::height;

/// Searches that have to end at the best before the search is settled.
const SEVERAL: usize = 5;
/// Chance of a minimum not seen yet at which it is settled.
const SETTLED: f64 = 0.04;

/// How many independent searches ended where.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Tally {
    /// `n`
    pub(super) searches: usize,
    pub(super) reached_best: usize,
    /// Minima that differ.
    pub(super) minima: usize,
    /// `n₁`
    pub(super) seen_once: usize,
}

impl Tally {
    /// The ends of independent searches, beside the best minimum known.
    pub(super) fn new(ends: &[Minimum], best: &Minimum, same: impl Fn(&Minimum, &Minimum) -> bool) -> Self {
        let mut order: Vec<&Minimum> = ends.iter().collect();
        order.sort_by(|one, other| height(one).total_cmp(&height(other)));
        // Each minimum by the lowest of its ends.
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

    /// `(n₁ + 1)/(n + 1)`, unless there are too few searches for it to say anything.
    pub(super) fn known_chance_missed(&self) -> Option<f64> {
        (self.searches >= SEVERAL).then(|| self.chance_missed())
    }

    /// `(n₁ + 1)/(n + 1)`
    pub(super) fn chance_missed(&self) -> f64 {
        (self.seen_once + 1) as f64 / (self.searches + 1) as f64
    }

    /// Whether more searches are hardly worth it.
    pub(super) fn is_settled(&self) -> bool {
        self.reached_best >= SEVERAL && self.chance_missed() <= SETTLED
    }
}
