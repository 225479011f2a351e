//! What turning the filter of a fit around shows.
//!
//! On the population two minima exist, and a run is at one or the other: that is a theorem, and its word is *verdict*. On samples
//! the antipodal restart is a test. It turns the filter around, searches again, and compares the two minima by their likelihood
//! ratio. For residuals that are normal with variance `s²`,
//!
//! ```text
//! Λ = 2 (ln L − ln L') = 2 n (ℓ' − ℓ)/s²,        s² = Σω r²/Σω = 2ℓ
//! ```
//!
//! is of the order of the number of parameters that two fits of the same minimum differ by, and grows like `n` between
//! minima that differ on the population.

use serde::{Deserialize, Serialize};

use super::levenberg::StopReason;

/// What the antipodal restart showed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AntipodalRestart {
    /// Not trapped: turned around, the filter leads to another minimum, which is higher by more than noise can make it.
    LeadsHigher,
    /// Not trapped: turned around, the filter comes back to the same minimum.
    ComesBack,
    /// Trapped: turned around, the filter leads lower. The search that was asked for does not take that.
    LeadsLower,
    /// It cannot tell; see [`Doubt`].
    CannotTell,
}

impl AntipodalRestart {
    /// Whether it cleared the fit of the trap.
    pub fn clears(self) -> bool {
        matches!(self, Self::LeadsHigher | Self::ComesBack)
    }
}

/// Why the antipodal restart cannot tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Doubt {
    /// The data determines as many numbers as there are samples: every end fits.
    #[serde(rename = "scarce")]
    TooFewSamples,
    /// The search ended before it had arrived.
    #[serde(rename = "unsettled")]
    NotArrived,
    /// Two minima are as good as each other within the noise.
    #[serde(rename = "close")]
    TooClose,
}

/// `Λ` below which noise may have decided between two minima.
const CLEAR_RATIO: f64 = 10.0;
/// Where a step would gain less than this share of what the antipodal restart gains, a search has come to rest.
const AT_REST: f64 = 0.05;

/// What the answer rests on.
pub(super) struct Evidence {
    /// Why the search for the minimum ended.
    pub(super) stop: StopReason,
    /// `ℓ'−ℓ`, both with their penalties: how much higher the minimum is that the antipodal restart led to, if it is another one.
    pub(super) gap: Option<f64>,
    /// `ℓ`, or where residuals are zero, the loss that their rounding makes.
    pub(super) loss: f64,
    /// What a step from here would gain: it is no merit of turning the filter around.
    pub(super) next_gain: f64,
    /// Whether there are more samples than the data determines numbers, and all numbers are finite.
    pub(super) is_determined: bool,
    /// `n`.
    pub(super) samples: u64,
}

impl Evidence {
    pub(super) fn judge(&self) -> (AntipodalRestart, Option<Doubt>) {
        use AntipodalRestart::{CannotTell, ComesBack, LeadsHigher, LeadsLower};
        let settled = matches!(self.stop, StopReason::Converged | StopReason::Exact);
        let ratio = |gap: f64| 2.0 * gap * self.samples as f64 / (2.0 * self.loss);
        let at_rest = |gap: f64| settled || self.next_gain < -AT_REST * gap;
        let doubt = match self.gap {
            _ if !self.is_determined => Doubt::TooFewSamples,
            _ if self.stop == StopReason::Diverged => Doubt::NotArrived,
            Some(gap) if ratio(gap) < -CLEAR_RATIO && at_rest(gap) => return (LeadsLower, None),
            Some(gap) if settled && ratio(gap) > CLEAR_RATIO => return (LeadsHigher, None),
            None if settled => return (ComesBack, None),
            _ if !settled => Doubt::NotArrived,
            _ => Doubt::TooClose,
        };
        (CannotTell, Some(doubt))
    }
}
