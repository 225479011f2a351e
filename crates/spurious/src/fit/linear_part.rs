//! The linear part of a network. With squares it is eliminated from the sums ([`Eliminated`]). With other losses no formula for the best
//! coefficients exists, and they are a part of `θ` ([`Coordinates`]), along the principal directions of the rows ([`Principal`]): these are at
//! most as many as samples.
//!
//! The penalty is that of the linear or logistic model beside the network, so a network whose output weights vanish is that model.

use std::borrow::Cow;
use std::sync::Arc;

use nalgebra::DVector;
use serde::{Deserialize, Serialize};

use super::coordinates::Coordinates;
use super::eliminated::Eliminated;
use super::evaluate::gauss_newton_about;
use super::linear::{LinearModel, Principal, Rotation, centred};
use super::loss::Loss;
use super::network::Network;
use super::samples::Samples;
use super::split::Selection;
use super::sums::GramSums;
use super::survey::survey;
use crate::monitor::CancelOnly;
use crate::{Error, Monitor};

/// The linear part of a network on the samples that are fitted.
#[derive(Debug, Clone)]
pub(super) enum LinearPart {
    Eliminated(Eliminated),
    Searched(Searched),
}

/// What a pass over the samples needs of a linear part.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum LinearInputs<'a> {
    /// `x − μ`, where it is eliminated: here is `μ`.
    Centred(Cow<'a, [f64]>),
    /// `z`, where its coefficients are entries of `θ`.
    Rotated(Cow<'a, Rotation>),
}

/// A linear part `γ·z` whose coefficients are entries of `θ`.
#[derive(Debug, Clone)]
pub(super) struct Searched {
    /// `z`, of all samples also where some are left out.
    rotation: Arc<Rotation>,
    /// `λ`
    penalty: f64,
    /// `γ`, and intercepts, of the model without filters.
    start: (Vec<f64>, Vec<f64>),
}

impl Searched {
    /// A linear part whose searches begin with these models, one for each value of the network.
    pub(super) fn new(principal: Principal, penalty: f64, models: &[LinearModel]) -> Self {
        let plain: Vec<f64> = models.iter().flat_map(|model| model.coefficients.iter().copied()).collect();
        let constants: Vec<f64> = models.iter().map(|model| model.intercept).collect();
        let rotation = Arc::new(principal.rotation);
        Self { start: rotation.of_classes(&plain, &constants), rotation, penalty }
    }

    /// `γ` and intercepts with which searches begin.
    pub(super) fn start(&self) -> (&[f64], &[f64]) {
        (&self.start.0, &self.start.1)
    }

    /// Number of entries of `z`.
    pub(super) fn directions(&self) -> usize {
        self.rotation.directions()
    }

    /// `λ`
    pub(super) fn penalty(&self) -> f64 {
        self.penalty
    }

    /// `z` of a row.
    pub(super) fn inputs(&self, row: impl Iterator<Item = f64>) -> Vec<f64> {
        self.rotation.of_rows(std::iter::once(row)).as_slice().to_vec()
    }

    /// `β` for `γ`, class by class, and the intercepts `c − β·μ`.
    pub(super) fn plain(&self, gamma: &[f64], constants: &[f64]) -> (Vec<f64>, Vec<f64>) {
        let m = self.directions();
        // Without a direction, chunks could not be told apart.
        let of_class = |c: usize| self.rotation.unrotated(&DVector::from_column_slice(&gamma[c * m..][..m]));
        let (plain, shifts): (Vec<_>, Vec<_>) = (0..constants.len()).map(of_class).unzip();
        (plain.concat(), constants.iter().zip(shifts).map(|(constant, shift)| constant + shift).collect())
    }

    /// `γ` and `c` of a network; without a linear part `γ` is zero.
    pub(super) fn of_network(&self, network: &Network) -> (Vec<f64>, Vec<f64>) {
        self.rotation.of_network(network)
    }
}

impl LinearPart {
    /// Largest number of coefficients in `θ`, if there is a linear part.
    pub(super) fn most_searched(exists: bool, loss: Loss, samples: u64, width: usize) -> usize {
        let directions = usize::try_from(samples).unwrap_or(usize::MAX).min(width);
        if exists && !loss.is_squares() { loss.values().saturating_mul(directions) } else { 0 }
    }

    /// `λ`
    pub(super) fn penalty(&self) -> f64 {
        match self {
            Self::Eliminated(part) => part.penalty(),
            Self::Searched(part) => part.penalty,
        }
    }

    /// The same with the penalty multiplied by a factor.
    pub(super) fn with_penalty_times(&self, factor: f64) -> Self {
        let penalty = factor * self.penalty();
        match self {
            Self::Eliminated(part) => Self::Eliminated(part.with_penalty(penalty)),
            Self::Searched(part) => Self::Searched(Searched { penalty, ..part.clone() }),
        }
    }

    /// What a pass needs of it.
    pub(super) fn inputs(&self) -> LinearInputs<'_> {
        match self {
            Self::Eliminated(part) => LinearInputs::Centred(part.centre().into()),
            Self::Searched(part) => LinearInputs::Rotated(Cow::Borrowed(&part.rotation)),
        }
    }
}

impl LinearInputs<'_> {
    /// Numbers of a row.
    pub(super) fn width(&self) -> usize {
        match self {
            Self::Centred(centre) => centre.len(),
            Self::Rotated(rotation) => rotation.width(),
        }
    }

    /// What kernels need of each of some rows, one after another: `x − μ`, or `z`.
    pub(super) fn of_rows(&self, rows: impl Iterator<Item = impl Iterator<Item = f64>>) -> Vec<f64> {
        match self {
            Self::Centred(centre) => centred(rows, centre),
            Self::Rotated(rotation) => rotation.of_rows(rows).as_slice().to_vec(),
        }
    }

    /// The same without a copy.
    pub(super) fn borrowed(&self) -> LinearInputs<'_> {
        match self {
            Self::Centred(centre) => LinearInputs::Centred(Cow::Borrowed(centre)),
            Self::Rotated(rotation) => LinearInputs::Rotated(Cow::Borrowed(rotation)),
        }
    }
}

/// A network with its linear part, and the sums, without one that is eliminated.
pub(super) struct Whole {
    pub(super) network: Network,
    pub(super) sums: GramSums,
    /// `½λ‖γ‖²` of a linear part that is eliminated, which the loss of a search contains.
    pub(super) penalty: f64,
}

impl Coordinates {
    /// The same coordinates with the linear part on other samples.
    pub(super) fn on(
        &self,
        source: &mut Samples<'_>,
        selection: Selection<'_>,
        monitor: &dyn Monitor,
    ) -> Result<Self, Error> {
        let Some(linear) = self.eliminated() else { return Ok(self.clone()) };
        let survey = survey(source, selection, &CancelOnly(monitor))?;
        let joint = survey.joint.as_ref();
        let linear = joint.map(|joint| LinearPart::Eliminated(Eliminated::new(joint, linear.penalty())));
        Ok(Self { linear, ..self.clone() })
    }

    /// The network of [`whole`](Self::whole), without a pass over the samples where there is no linear part.
    pub(super) fn whole_network(
        &self,
        source: &mut Samples<'_>,
        theta: &DVector<f64>,
        monitor: &dyn Monitor,
    ) -> Result<Network, Error> {
        match self.eliminated() {
            None => Ok(self.network(theta)),
            Some(_) => Ok(self.whole(source, Selection::All, theta, monitor)?.network),
        }
    }

    /// The network at `θ` with the linear part that is best for the samples selected.
    pub(super) fn whole(
        &self,
        source: &mut Samples<'_>,
        selection: Selection<'_>,
        theta: &DVector<f64>,
        monitor: &dyn Monitor,
    ) -> Result<Whole, Error> {
        let mut network = self.network(theta);
        let (networks, linear) = (std::slice::from_ref(&network), self.linear.as_ref());
        let sums = gauss_newton_about(source, networks, self.loss, linear, selection, &CancelOnly(monitor))?
            .remove(0);
        let Some(linear) = self.eliminated() else { return Ok(Whole { network, sums, penalty: 0.0 }) };
        let (coefficients, shift, penalty) = linear.coefficients(&sums);
        network.linear_part = coefficients;
        network.intercept += shift;
        Ok(Whole { network, sums, penalty })
    }
}
