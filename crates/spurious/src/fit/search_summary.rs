//! How the best minimum was found: the numbers, and the sentences that every front end prints.

use serde::{Deserialize, Serialize};

use super::judgement::{AntipodalRestart, Doubt};
use super::levenberg::StopReason;

/// Why no more searches were made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SearchEnd {
    /// The stopping rule was met: several searches ended at the best minimum, and few alone at another one.
    Settled,
    /// The largest number of searches was reached first.
    Budget,
    /// The number of searches was given.
    AsAsked,
}

/// Which kind of search found the best minimum.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FoundBy {
    /// An independent search.
    Search,
    /// A search from perturbed filters around the lowest minima.
    LookAround,
    /// The antipodal restart of the lowest of these.
    AntipodalRestart,
}

/// How the best minimum was found. On samples no theorem says whether a lower one exists; these numbers describe what the
/// searches found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SearchSummary {
    /// Number of filters. The theory, and so the word *trapped*, is about one.
    pub filters: usize,
    /// Filters beyond these that came out the same as another and were merged with it.
    #[serde(default)]
    pub merged: usize,
    /// Filters beyond these that contributed nothing and were left out.
    #[serde(default)]
    pub dropped: usize,
    /// Why the search for the best minimum ended.
    pub stop: StopReason,
    /// Number of independent searches. Each starts from a random filter and its opposite, or from one start if starts are given.
    pub searches: usize,
    /// How many of them were carried to the end: all for one filter. For several filters they race, and the higher ones end early.
    pub finished: usize,
    /// How many of these ended at the best minimum, as far as the samples can distinguish it from others.
    pub reached_best: usize,
    /// Which kind of search found it.
    pub found_by: FoundBy,
    /// Number of different minima at which they ended.
    pub minima: usize,
    /// Number of minima at which exactly one of them ended.
    pub seen_once: usize,
    /// Estimate of the chance that one more search ends at a minimum not seen yet, whether lower or higher:
    /// `(seen_once + 1)/(searches + 1)`, after Good and Turing. It is not a bound. `None` for a start that is not random, for fewer
    /// than five searches, and where searches race.
    pub chance_missed: Option<f64>,
    /// Why no more searches were made.
    pub ended: SearchEnd,
    /// The outcome of the antipodal restart.
    pub antipodal_restart: AntipodalRestart,
    /// Why the antipodal restart cannot tell, if it cannot.
    pub doubt: Option<Doubt>,
    /// The loss at the minimum of the antipodal restart less the loss of the fit, if it is another minimum. Negative where that
    /// minimum is lower and was not taken.
    pub gap: Option<f64>,
}

impl SearchSummary {
    /// How many searches reached the best minimum found, as a part of a sentence.
    pub fn reached(&self) -> String {
        let searches = match self.ended {
            _ if self.finished < self.searches => {
                format!("the {} lowest of {} independent searches", self.finished, self.searches)
            }
            SearchEnd::Budget => format!("{} independent searches (the limit)", self.searches),
            _ => format!("{} independent searches", self.searches),
        };
        match (self.searches, self.found_by) {
            (1, FoundBy::Search) => "one search was made".into(),
            (_, FoundBy::Search) => format!("{} of {searches} ended there", self.reached_best),
            (_, FoundBy::LookAround) => {
                format!("none of {searches} ended there; a search from a perturbed filter found it")
            }
            (_, FoundBy::AntipodalRestart) => {
                format!("none of {searches} ended there; the antipodal restart found it")
            }
        }
    }

    /// Which filters were merged or left out, if any were, as a sentence without a full stop.
    pub fn fewer_filters(&self) -> Option<String> {
        let (merged, dropped) = (self.merged, self.dropped);
        let same = match merged {
            0 => None,
            1 => Some("1 came out the same as another and was merged with it".to_owned()),
            _ => Some(format!("{merged} came out the same as others and were merged with them")),
        };
        let nothing = match dropped {
            0 => None,
            1 => Some("1 contributed nothing and was left out".to_owned()),
            _ => Some(format!("{dropped} contributed nothing and were left out")),
        };
        let what: Vec<String> = same.into_iter().chain(nothing).collect();
        let asked = self.filters + merged + dropped;
        let are = if self.filters == 1 { "filter is" } else { "filters are" };
        (!what.is_empty())
            .then(|| format!("of {asked} filters {}: {} {are} left", what.join(", and "), self.filters))
    }

    /// The estimated chance that one more search finds a new minimum, as a sentence without a full stop.
    pub fn missed(&self) -> Option<String> {
        let percent = (100.0 * self.chance_missed?).round();
        Some(format!(
            "one more search ends at a minimum not seen yet (lower or higher) with an estimated chance of {percent} %"
        ))
    }

    /// The outcome of the antipodal restart, as a sentence without a full stop.
    pub fn restart(&self) -> &'static str {
        if self.filters > 1 {
            return self.restart_of_several();
        }
        match (self.antipodal_restart, self.doubt) {
            (AntipodalRestart::LeadsHigher, _) => {
                "not trapped, because the reversed filter leads to a higher minimum"
            }
            (AntipodalRestart::ComesBack, _) => {
                "not trapped, because the reversed filter leads back to the same minimum"
            }
            (AntipodalRestart::LeadsLower, _) => {
                "trapped, because the reversed filter leads to a lower minimum"
            }
            (_, Some(Doubt::TooFewSamples)) => {
                "cannot tell whether it is trapped, because there are too few samples for the number of parameters"
            }
            (_, Some(Doubt::NotArrived)) => {
                "cannot tell whether it is trapped, because the search ended before it converged"
            }
            _ => {
                "cannot tell whether it is trapped, because the reversed filter leads to a minimum as low within the noise"
            }
        }
    }

    fn restart_of_several(&self) -> &'static str {
        match (self.antipodal_restart, self.doubt) {
            (AntipodalRestart::LeadsHigher, _) => {
                "with one of the filters reversed, searches lead to higher minima"
            }
            (AntipodalRestart::ComesBack, _) => {
                "with one of the filters reversed, a search leads back to the same minimum"
            }
            (AntipodalRestart::LeadsLower, _) => {
                "with one of the filters reversed, a search leads to a lower minimum"
            }
            (_, Some(Doubt::TooFewSamples)) => {
                "reversed filters tell nothing, because there are too few samples for the number of parameters"
            }
            (_, Some(Doubt::NotArrived)) => {
                "reversed filters tell nothing, because the search ended before it converged"
            }
            _ => "with one of the filters reversed, a search leads to a minimum as low within the noise",
        }
    }
}
