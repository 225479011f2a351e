//! The starts of searches.

use nalgebra::{DMatrix, DVector};
use rand_distr::{Distribution, StandardNormal};
use serde::{Deserialize, Serialize};

use super::coordinates::Coordinates;
use super::network::Network;
use super::survey::Survey;
use super::transform::whitening;
use crate::numerics::random::stream;

/// The starts of searches.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Starts {
    /// Random filters, until several searches have ended at the lowest minimum and few alone at another one, at most 64. Optimisers
    /// without this stopping rule use 8.
    Auto,
    /// This number of random filters.
    Random(usize),
    /// One random start and its four sign choices `(±v, ±a)`. On the population the paper proves that one of them succeeds.
    FourSigns,
    /// This network.
    Given(Network),
}

/// A start and its kind.
#[derive(Debug, Clone)]
pub(super) struct Start {
    pub(super) kind: StartKind,
    pub(super) theta: DVector<f64>,
}

/// The kind of a start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StartKind {
    /// A random filter.
    Random,
    /// The opposite of the preceding random filter.
    Opposite,
    /// A sign choice.
    Signs,
    /// The given network.
    Given,
    /// The reversed best filter: the antipodal restart.
    Antipodal,
}

/// Draws starts: filters uniform over the directions in which the patches have variance 1.
pub(super) struct Drawing<'a> {
    coordinates: &'a Coordinates,
    /// `W` with `WCWᵀ = I`, `C` the covariance of a transformed patch
    whitening: DMatrix<f64>,
    /// `WC`, its inverse on filters: `WCWᵀe = e`
    standard: DMatrix<f64>,
    /// An estimate of `|1ᵀb|`
    sum: f64,
    mean: f64,
    seed: u64,
}

impl<'a> Drawing<'a> {
    pub(super) fn new(coordinates: &'a Coordinates, survey: &Survey, seed: u64) -> Self {
        // For standard normal patches and a filter of length 1, E σ(w·z) = 1/√2π, so that E y = 1ᵀb/√2π. With an intercept the
        // mean has no information, and the standard deviation is used instead.
        let scale =
            if coordinates.intercept { survey.target_variance.sqrt() } else { survey.target_mean.abs() };
        let covariance = coordinates.covariance(survey);
        let whitening = whitening(&covariance);
        Self {
            standard: &whitening * covariance,
            whitening,
            coordinates,
            sum: (2.0 * std::f64::consts::PI).sqrt() * scale,
            mean: survey.target_mean,
            seed,
        }
    }

    /// Start `index`: a filter of length 1, output weights uniform in the ball of radius `|1ᵀb|/√k`.
    pub(super) fn draw(&self, index: u64) -> DVector<f64> {
        let mut random = stream(self.seed, STARTS, index);
        let Coordinates { patch_dim: p, patches: k, .. } = *self.coordinates;
        let mut normal = |n: usize| DVector::<f64>::from_fn(n, |_, _| StandardNormal.sample(&mut random));
        let mut theta = DVector::zeros(self.coordinates.len());
        let filter = self.whitening.transpose() * normal(p);
        theta.rows_mut(0, p).copy_from(&filter);
        // For a patch without variance all directions are equally good.
        if filter.norm() == 0.0 {
            theta[0] = 1.0;
        }
        let direction = normal(k).normalize();
        let radius =
            self.sum / (k as f64).sqrt() * rand::RngExt::random::<f64>(&mut random).powf(1.0 / k as f64);
        theta.rows_mut(self.coordinates.first_output(), k).copy_from(&(direction * radius));
        if self.coordinates.intercept {
            let last = theta.len() - 1;
            theta[last] = self.mean;
        }
        self.coordinates.normalise_filter(&mut theta);
        theta
    }

    /// One random filter and, with `opposites`, its opposite.
    pub(super) fn random(&self, index: u64, opposites: bool) -> Vec<Start> {
        let theta = self.draw(index);
        let opposite =
            opposites.then(|| Start { kind: StartKind::Opposite, theta: self.coordinates.antipode(&theta) });
        [Some(Start { kind: StartKind::Random, theta }), opposite].into_iter().flatten().collect()
    }

    /// The given start, or one random start with its four sign choices.
    pub(super) fn chosen(&self, starts: &Starts) -> Option<Vec<Start>> {
        match starts {
            Starts::Auto | Starts::Random(_) => None,
            Starts::Given(network) => {
                Some(vec![Start { kind: StartKind::Given, theta: self.coordinates.theta(network) }])
            }
            Starts::FourSigns => {
                let drawn = self.draw(0);
                let signs = [(1.0, 1.0), (1.0, -1.0), (-1.0, 1.0), (-1.0, -1.0)];
                let (first, k) = (self.coordinates.first_output(), self.coordinates.patches);
                let chosen = signs.map(|(filter, output)| {
                    let mut theta = drawn.clone();
                    theta.rows_mut(0, first).scale_mut(filter);
                    theta.rows_mut(first, k).scale_mut(output);
                    Start { kind: StartKind::Signs, theta }
                });
                Some(chosen.into())
            }
        }
    }

    /// A perturbed filter, at the angle `tilt` in radians to that of `theta`, where patches have covariance `I`.
    ///
    /// ```text
    /// w' = Wᵀ(cos(tilt) e + sin(tilt) d)        e = WCw/‖WCw‖,  d a random unit vector with e·d = 0
    /// ```
    pub(super) fn tilted(
        &self,
        theta: &DVector<f64>,
        tilt: f64,
        random: &mut impl rand::Rng,
    ) -> DVector<f64> {
        let p = self.coordinates.patch_dim;
        let mut tilted = theta.clone();
        let at = &self.standard * theta.rows(0, p);
        let length = at.norm();
        let mut side = DVector::<f64>::from_fn(p, |_, _| StandardNormal.sample(&mut *random));
        side -= &at * (at.dot(&side) / (length * length).max(f64::MIN_POSITIVE));
        if length > 0.0 && p > 1 {
            let turned = at * tilt.cos() + side.normalize() * (tilt.sin() * length);
            tilted.rows_mut(0, p).copy_from(&(self.whitening.transpose() * turned));
        }
        if self.coordinates.filter_bias {
            let shift: f64 = StandardNormal.sample(random);
            tilted[p] += tilt * shift * length;
        }
        self.coordinates.normalise(&mut tilted);
        tilted
    }
}

/// The cell of the random streams from which starts are drawn; splits have another one.
const STARTS: u64 = 1;
