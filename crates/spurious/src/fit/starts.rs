//! The starts of searches.

use nalgebra::{DMatrix, DVector};
use rand_distr::{Distribution, StandardNormal};
use serde::{Deserialize, Serialize};

use super::coordinates::Coordinates;
use super::loss::Loss;
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
    /// An estimate of `|1ᵀb|`; zero for several classes
    sum: f64,
    /// Of each value of the network.
    means: Vec<f64>,
    seed: u64,
    /// The parameters of a network with one filter less, which every other start keeps.
    before: Option<&'a DVector<f64>>,
}

impl<'a> Drawing<'a> {
    pub(super) fn new(
        coordinates: &'a Coordinates,
        survey: &Survey,
        seed: u64,
        before: Option<&'a DVector<f64>>,
    ) -> Self {
        // For standard normal patches and a filter of length 1, E σ(w·z) = (1 − c)/√2π, so that E y = (1 − c) 1ᵀb/√2π. With an intercept
        // the mean has no information, and the standard deviation is used instead.
        let mean = survey.target_mean;
        let (scale, means) = match coordinates.loss {
            Loss::Squares if coordinates.intercept => (survey.target_variance.sqrt(), vec![mean]),
            Loss::Squares => (mean.abs() / (1.0 - coordinates.activation.negative_slope()), vec![mean]),
            // The network is the logarithm of odds: a number of the order of 1, and without patches that of the classes.
            Loss::Logistic { low, high } => (1.0, vec![((mean - low) / (high - mean)).ln()]),
            // From random scores, where chances are 0 or 1 and the loss is flat, searches of several classes hardly move.
            Loss::Multinomial { classes } => (0.0, survey.logarithms_of_shares(classes)),
        };
        let means = coordinates.start_of_linear().map_or(means, |(_, constants)| constants.to_vec());
        let covariance = coordinates.covariance(survey);
        let whitening = whitening(&covariance);
        Self {
            standard: &whitening * covariance,
            whitening,
            coordinates,
            sum: (2.0 * std::f64::consts::PI).sqrt() * scale,
            means,
            seed,
            before,
        }
    }

    /// The values of a network without patches.
    pub(super) fn means(&self) -> &[f64] {
        &self.means
    }

    /// Start `index`: filters of length 1, output weights uniform in the ball of radius `|1ᵀb|/√k`; zero for several classes. With a
    /// network of one filter less, starts with an even number have its filters and one more.
    pub(super) fn draw(&self, index: u64) -> DVector<f64> {
        let mut random = stream(self.seed, STARTS, index);
        let (p, k) = (self.coordinates.patch_dim, self.coordinates.of_output());
        let mut theta = DVector::zeros(self.coordinates.len());
        for (at, output) in self.coordinates.places() {
            let mut normal = |n: usize| DVector::<f64>::from_fn(n, |_, _| StandardNormal.sample(&mut random));
            let filter = self.whitening.transpose() * normal(p);
            theta.rows_mut(at, p).copy_from(&filter);
            // For a patch without variance all directions are equally good.
            if filter.norm() == 0.0 {
                theta[at] = 1.0;
            }
            let direction = normal(k).normalize();
            let share = rand::RngExt::random::<f64>(&mut random).powf(1.0 / k as f64);
            let radius = self.sum / (k as f64).sqrt() * share;
            theta.rows_mut(output, k).copy_from(&(direction * radius));
        }
        if self.coordinates.intercept {
            let first = theta.len() - self.means.len();
            theta.rows_mut(first, self.means.len()).copy_from_slice(&self.means);
        }
        if let Some((gamma, _)) = self.coordinates.start_of_linear() {
            let places = self.coordinates.linear_places();
            theta.rows_mut(places.start, places.len()).copy_from_slice(gamma);
        }
        self.coordinates.normalise_filters(&mut theta);
        if let Some(before) = self.grown_from(index) {
            let (filters, outputs) = self.coordinates.before_the_last();
            theta.rows_mut(0, filters).copy_from(&before.rows(0, filters));
            let first = self.coordinates.first_output();
            theta.rows_mut(first, outputs).copy_from(&before.rows(filters, outputs));
            // Without their intercepts the scores of several classes would be far off, and so would those of a linear part.
            let of_linear = self.coordinates.of_linear();
            if self.coordinates.values() > 1 || of_linear > 0 {
                let rest = of_linear + self.coordinates.intercepts();
                let at = theta.len() - rest;
                theta.rows_mut(at, rest).copy_from(&before.rows(before.len() - rest, rest));
            }
        }
        theta
    }

    fn grown_from(&self, index: u64) -> Option<&DVector<f64>> {
        self.before.filter(|_| index.is_multiple_of(2))
    }

    /// Random filters and, with `opposites`, their opposites.
    pub(super) fn random(&self, index: u64, opposites: bool) -> Vec<Start> {
        let theta = self.draw(index);
        let first = if self.grown_from(index).is_some() { self.coordinates.filters - 1 } else { 0 };
        let reversed =
            || (first..self.coordinates.filters).fold(theta.clone(), |t, i| self.coordinates.antipode(&t, i));
        let opposite = opposites.then(|| Start { kind: StartKind::Opposite, theta: reversed() });
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
                let (first, k) = (self.coordinates.first_output(), self.coordinates.outputs());
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

    /// Perturbed filters, at the angle `tilt` in radians to those of `theta`, where patches have covariance `I`.
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
        for (place, _) in self.coordinates.places() {
            let at = &self.standard * theta.rows(place, p);
            let length = at.norm();
            let mut side = DVector::<f64>::from_fn(p, |_, _| StandardNormal.sample(&mut *random));
            side -= &at * (at.dot(&side) / (length * length).max(f64::MIN_POSITIVE));
            if length > 0.0 && p > 1 {
                let turned = at * tilt.cos() + side.normalize() * (tilt.sin() * length);
                tilted.rows_mut(place, p).copy_from(&(self.whitening.transpose() * turned));
            }
            if self.coordinates.filter_bias {
                let shift: f64 = StandardNormal.sample(&mut *random);
                tilted[place + p] += tilt * shift * length;
            }
        }
        self.coordinates.normalise(&mut tilted);
        tilted
    }
}

/// The cell of the random streams from which starts are drawn; splits have another one.
const STARTS: u64 = 1;
