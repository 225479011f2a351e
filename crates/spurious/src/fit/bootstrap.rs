//! The bootstrap: standard errors and the stability of the filter from resamples of the data.
//!
//! A resample has as many samples as the data, drawn with replacement; if samples come in clusters, it has as many clusters. The search is
//! repeated in each resample, from the fit, its antipode, and four random filters with their opposites; penalty and scaling are kept.
//! The spread over resamples therefore includes the choice between minima, which standard errors from one minimum do not.
//!
//! # Source
//! Efron, "Bootstrap methods: another look at the jackknife", Annals of Statistics 7 (1979).

use std::collections::BTreeMap;

use nalgebra::DVector;
use rand::RngExt;
use rayon::prelude::*;
use serde::Serialize;

use super::angle::matching;
use super::fitting::Problem;
use super::levenberg::search;
use super::network::Network;
use super::samples::Samples;
use super::searching::{NEAR_ANGLE, lowest};
use super::split::Selection;
use super::starts::Drawing;
use super::subsample::Subsample;
use crate::monitor::CancelOnly;
use crate::numerics::random::stream;
use crate::{Activation, Error};

/// The cell of the random streams from which resamples are drawn.
const RESAMPLES: u64 = 3;
/// Random filters from which the search of a resample starts, each with its opposite, beside the fit and its antipode.
const STARTS: u64 = 4;

/// The results of a bootstrap.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Bootstrap {
    /// Number of resamples.
    pub resamples: usize,
    /// Number of resamples whose filter is within 0.5 radians of that of the fit.
    pub same_filter: usize,
    /// Median over resamples of the angle between their filter and that of the fit, for patches of covariance `I`, in radians.
    pub median_angle: f64,
    /// Standard deviation over resamples of each parameter of the network.
    #[serde(skip)]
    pub standard_errors: Network,
}

impl Problem<'_> {
    /// Resamples of the data, or of a subsample of large data; then standard errors are scaled to the number of all samples.
    pub(super) fn bootstrap(
        &self,
        source: &mut Samples<'_>,
        theta: &DVector<f64>,
        fit: &Network,
        ridge: f64,
    ) -> Result<Bootstrap, Error> {
        let stride = Subsample::stride(self.survey.samples, source.windows().width());
        let some = Subsample::every(stride, source, self.selection, self.monitor)?;
        self.bootstrap_of(&some, theta, fit, ridge)
    }

    fn bootstrap_of(
        &self,
        some: &Subsample,
        theta: &DVector<f64>,
        fit: &Network,
        ridge: f64,
    ) -> Result<Bootstrap, Error> {
        let resamples = self.options.bootstrap;
        self.monitor.begin("bootstrap", Some(resamples as u64));
        let drawing = self.drawing();
        let drawn_together: Vec<Vec<usize>> = match some.arrangement().clusters() {
            None => (0..some.target().len()).map(|sample| vec![sample]).collect(),
            Some(clusters) => {
                let mut members: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
                for (sample, &cluster) in clusters.iter().enumerate() {
                    members.entry(cluster).or_default().push(sample);
                }
                members.into_values().collect()
            }
        };
        let networks: Vec<Network> = (0..resamples as u64)
            .into_par_iter()
            .map(|index| {
                let network = self.fit_resample(some, &drawing, theta, ridge, &drawn_together, index)?;
                self.monitor.advance(1);
                Ok(network.normalised())
            })
            .collect::<Result<_, Error>>()?;
        let mut angles = Vec::with_capacity(resamples);
        let numbers: Vec<Vec<f64>> = networks
            .into_iter()
            .map(|mut network| {
                // The filters in the order of those of the fit.
                let (order, angle) = matching(fit, &network, &self.survey.patch_covariance);
                angles.push(angle);
                network.filters = order.iter().map(|&i| network.filters[i].clone()).collect();
                network.numbers().collect()
            })
            .collect();
        angles.sort_unstable_by(f64::total_cmp);
        let scale = (some.samples() as f64 / self.survey.samples as f64).sqrt();
        let spread = |number: usize| {
            let all = || numbers.iter().map(|numbers| numbers[number]);
            let mean = all().sum::<f64>() / resamples as f64;
            let squares: f64 = all().map(|value| (value - mean).powi(2)).sum();
            scale * (squares / (resamples as f64 - 1.0)).sqrt()
        };
        Ok(Bootstrap {
            resamples,
            same_filter: angles.iter().filter(|&&angle| angle < NEAR_ANGLE).count(),
            median_angle: angles[resamples / 2],
            standard_errors: Network {
                activation: Activation::RECTIFIER,
                ..fit.with_numbers((0..fit.numbers().count()).map(spread))
            },
        })
    }

    fn fit_resample(
        &self,
        some: &Subsample,
        drawing: &Drawing<'_>,
        theta: &DVector<f64>,
        ridge: f64,
        drawn_together: &[Vec<usize>],
        index: u64,
    ) -> Result<Network, Error> {
        let quiet = CancelOnly(self.monitor);
        quiet.0.check()?;
        let mut random = stream(self.options.seed, RESAMPLES, index);
        let mut weights = vec![0.0; some.target().len()];
        for _ in 0..drawn_together.len() {
            for &drawn in &drawn_together[random.random_range(0..drawn_together.len())] {
                weights[drawn] += some.weights()[drawn];
            }
        }
        let random = (0..STARTS).flat_map(|start| drawing.random(index * STARTS + start, true));
        let starts = std::iter::once(theta.clone())
            .chain(self.antipodes(theta))
            .chain(random.map(|start| start.theta))
            .collect();
        let (source, all) = (&mut some.weighted(&weights)?, Selection::All);
        let coordinates = &self.coordinates.on(source, all, &quiet)?;
        let near = search(source, all, coordinates, &self.rough_rules(ridge), starts, &quiet)?;
        let start = vec![near[lowest(&near)].theta.clone()];
        let minima = search(source, all, coordinates, &self.precise_rules(ridge), start, &quiet)?;
        coordinates.whole_network(source, &minima[0].theta, &quiet)
    }
}
