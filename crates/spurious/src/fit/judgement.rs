//! The antipodal restart of a fit: a likelihood-ratio test of two minima.
//!
//! On the population there are two minima, and a theorem says which one a run reaches: the *verdict*. On samples the antipodal
//! restart is a test. It reverses the filter, searches again, and compares the two minima by their likelihood ratio. For
//! residuals that are normal with variance `s²`,
//!
//! ```text
//! Λ = 2 (ln L − ln L') = 2 n (ℓ' − ℓ)/s²,        s² = Σω r²/Σω = 2ℓ
//! ```
//!
//! With the logistic loss, which is a likelihood, `Λ = 2 n (ℓ' − ℓ)`. It
//! is of the order of the number of parameters by which two fits of the same minimum differ. Between minima that differ on the
//! population it grows like `n`.

use serde::{Deserialize, Serialize};

use super::levenberg::StopReason;

/// The outcome of the antipodal restart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AntipodalRestart {
    /// Not trapped: the reversed filter leads to another minimum, which is higher by more than the noise explains.
    LeadsHigher,
    /// Not trapped: the reversed filter leads back to the same minimum.
    ComesBack,
    /// Trapped: the reversed filter leads to a lower minimum, which the requested method does not take.
    LeadsLower,
    /// The test cannot tell; see [`Doubt`].
    CannotTell,
}

impl AntipodalRestart {
    /// Whether it shows that the fit is not trapped.
    pub fn clears(self) -> bool {
        matches!(self, Self::LeadsHigher | Self::ComesBack)
    }
}

/// Why the antipodal restart cannot tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Doubt {
    /// The data determines as many parameters as there are samples, so every minimum fits exactly.
    #[serde(rename = "scarce")]
    TooFewSamples,
    /// The search ended before it converged.
    #[serde(rename = "unsettled")]
    NotArrived,
    /// The two minima are equally good within the noise.
    #[serde(rename = "close")]
    TooClose,
}

/// `|Λ|` below which noise may explain the difference between two minima.
pub(super) const CLEAR_RATIO: f64 = 10.0;
/// A search counts as converged if its next step would gain less than this share of what the antipodal restart gains.
const AT_REST: f64 = 0.05;

/// The input of the test.
pub(super) struct Evidence {
    /// Why the search for the minimum ended.
    pub(super) stop: StopReason,
    /// `ℓ' − ℓ`, both with their penalties: by how much the minimum of the antipodal restart is higher, if it is another one.
    pub(super) gap: Option<f64>,
    /// `Λ/n` for a difference of 1 between mean losses: `2/s² = 1/ℓ` for squares, 2 for the logistic loss.
    pub(super) likelihood_scale: f64,
    /// The gain of the next step without a restart.
    pub(super) next_gain: f64,
    /// Whether there are more samples than parameters that the data determines, and all parameters are finite.
    pub(super) is_determined: bool,
    /// `n`.
    pub(super) samples: u64,
}

impl Evidence {
    pub(super) fn judge(&self) -> (AntipodalRestart, Option<Doubt>) {
        use AntipodalRestart::{CannotTell, ComesBack, LeadsHigher, LeadsLower};
        let settled = matches!(self.stop, StopReason::Converged | StopReason::Exact | StopReason::Separated);
        let ratio = |gap: f64| gap * self.samples as f64 * self.likelihood_scale;
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
