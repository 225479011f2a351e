//! How the best minimum was found, and what speaks for it: numbers, and the words that every front end uses.

use serde::{Deserialize, Serialize};

use super::judgement::{AntipodalRestart, Doubt};
use super::levenberg::StopReason;

/// Why no more searches were made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SearchEnd {
    /// Several have led to the lowest of their ends, and few to one of their own.
    Settled,
    /// The largest number was reached before.
    Budget,
    /// So many were asked for.
    AsAsked,
}

/// What led to the best minimum.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FoundBy {
    /// An independent search.
    Search,
    /// A search from filters around the lowest ends.
    LookAround,
    /// The lowest of these, turned around.
    AntipodalRestart,
}

/// How the best minimum was found, and what speaks for it. On samples that is all that can be said: no theorem rules out that
/// something lower exists.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SearchSummary {
    /// Why the search for the best minimum ended.
    pub stop: StopReason,
    /// Independent searches: random filters, each with its opposite unless all of them were searched from alone.
    pub searches: usize,
    /// How many of them ended at the best minimum, as far as the samples can tell it from others.
    pub reached_best: usize,
    /// What led to it.
    pub found_by: FoundBy,
    /// Different minima at which they ended.
    pub minima: usize,
    /// Minima at which only one of them ended.
    pub seen_once: usize,
    /// Estimate of the chance that one more search ends at a minimum not seen yet, whether lower or higher:
    /// `(seen_once + 1)/(searches + 1)`, after Good and Turing. It is no bound. None for a start that is not random, and for fewer than
    /// five searches.
    pub chance_missed: Option<f64>,
    /// Why no more searches were made.
    pub ended: SearchEnd,
    /// What turning the best filter around showed.
    pub antipodal_restart: AntipodalRestart,
    /// Why it cannot tell, if it cannot.
    pub doubt: Option<Doubt>,
    /// How much higher the loss is where the antipodal restart led, if that is another minimum; below zero where that
    /// was lower and not taken.
    pub gap: Option<f64>,
}

impl SearchSummary {
    /// Who reached the best minimum found.
    pub fn reached(&self) -> String {
        let searches = match self.ended {
            SearchEnd::Budget => format!("{} independent searches, the most that are made,", self.searches),
            _ => format!("{} independent searches", self.searches),
        };
        match (self.searches, self.found_by) {
            (1, FoundBy::Search) => "one search was made".into(),
            (_, FoundBy::Search) => format!("{} of {searches} ended there", self.reached_best),
            (_, FoundBy::LookAround) => {
                format!("none of {searches} ended there: it was found by looking around their ends")
            }
            (_, FoundBy::AntipodalRestart) => {
                format!("none of {searches} ended there: it was found by turning the lowest around")
            }
        }
    }

    /// What one more search might find.
    pub fn missed(&self) -> Option<String> {
        let percent = (100.0 * self.chance_missed?).round();
        Some(format!(
            "one more search would end at a minimum not seen yet, lower or higher, with a chance of about {percent} %"
        ))
    }

    /// What turning the filter around showed.
    pub fn restart(&self) -> &'static str {
        match (self.antipodal_restart, self.doubt) {
            (AntipodalRestart::LeadsHigher, _) => "not trapped: turned around, the filter leads higher",
            (AntipodalRestart::ComesBack, _) => "not trapped: turned around, the filter comes back",
            (AntipodalRestart::LeadsLower, _) => "trapped: turned around, the filter leads lower",
            (_, Some(Doubt::TooFewSamples)) => {
                "cannot tell whether it is trapped: the samples determine as many numbers as there are samples"
            }
            (_, Some(Doubt::NotArrived)) => {
                "cannot tell whether it is trapped: the search ended before it had arrived"
            }
            _ => "cannot tell whether it is trapped: turned around, the filter leads as low within the noise",
        }
    }
}
