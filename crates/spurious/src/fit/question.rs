//! What a pass of a fit is to sum, as a question to whoever keeps the samples.
//!
//! Nearly all of the work of a fit is in one pass: the sums of [`gauss_newton`](super::gauss_newton), at each step of each search. Samples that
//! lie in several places need not travel for it. The question does, and each place answers with the [`PartialSum`](super::PartialSum) of its own
//! samples ([`partial_gram_sums`](super::partial_gram_sums)). Appended in order, these have the bits of one sum over all.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::evaluate::{check, check_size};
use super::linear_part::LinearInputs;
use super::loss::Loss;
use super::missing::Missing;
use super::network::Network;
use super::windows::Windows;
use crate::Error;

/// A question for the [`GramSums`](super::GramSums) of some networks. It serialises, in any format that keeps all numbers, NaN included.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GramQuestion<'a> {
    pub(super) windows: Cow<'a, Windows>,
    pub(super) networks: Cow<'a, [Network]>,
    pub(super) loss: Loss,
    pub(super) linear: Option<LinearInputs<'a>>,
    /// What is done about missing values, and what stands for them.
    pub(super) missing: Missing,
    pub(super) means: Option<Cow<'a, [f64]>>,
}

impl<'a> GramQuestion<'a> {
    /// The question about samples of which none is missing.
    pub(super) fn new(
        windows: &'a Windows,
        networks: &'a [Network],
        loss: Loss,
        linear: Option<LinearInputs<'a>>,
    ) -> Self {
        let (windows, networks) = (Cow::Borrowed(windows), Cow::Borrowed(networks));
        Self { windows, networks, loss, linear, missing: Missing::Error, means: None }
    }

    /// The same about samples of which some are.
    pub(super) fn completed<'b>(&'b self, missing: Missing, means: Option<&'b [f64]>) -> GramQuestion<'b> {
        let linear = self.linear.as_ref().map(LinearInputs::borrowed);
        let question = GramQuestion::new(&self.windows, &self.networks, self.loss, linear);
        GramQuestion { missing, means: means.map(Cow::Borrowed), ..question }
    }

    /// How a row is cut into patches, which decides how many samples a block has ([`block_samples`](super::block_samples)).
    pub fn windows(&self) -> &Windows {
        &self.windows
    }

    /// Filters of the networks, at most; coefficients of a linear part by which there are derivatives; and numbers of a row with which there are
    /// products.
    pub(super) fn sizes(&self) -> [usize; 3] {
        let filters = self.networks.iter().map(|network| network.filters.len()).max().unwrap_or(1);
        match &self.linear {
            None => [filters, 0, 0],
            Some(LinearInputs::Centred(centre)) => [filters, 0, centre.len()],
            Some(LinearInputs::Rotated(rotation)) => {
                [filters, self.loss.values().saturating_mul(rotation.directions()), 0]
            }
        }
    }

    /// Refuses a question that does not fit samples of so many numbers, or whose answer would be too large.
    pub(super) fn check(&self, width: usize) -> Result<(), Error> {
        let [filters, of_linear, _] = self.sizes();
        check(&self.windows, &self.networks)?;
        let is = |name, found, expected| match found == expected {
            true => Ok(()),
            false => Err(Error::Length { name, found, expected }),
        };
        is("row", self.windows.width(), width)?;
        is("column means", self.means.as_deref().map_or(width, <[f64]>::len), width)?;
        is("linear part", self.linear.as_ref().map_or(width, LinearInputs::width), width)?;
        for network in self.networks.iter() {
            is("values of a network", network.scores(), self.loss.values())?;
        }
        check_size(&self.windows, filters, self.loss, of_linear)
    }
}
