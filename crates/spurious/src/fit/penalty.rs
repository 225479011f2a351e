//! The penalty on the output weights, chosen by cross-validation.
//!
//! ```text
//! λ = argmin  Σ_folds Σ_{i in fold} ωᵢ (f_λ(Zᵢ) − yᵢ)²        f_λ fitted to the other folds;  λ/h = 10³, 10², …, 10⁻⁸, or λ = 0
//! ```
//!
//! Where the logistic loss is minimised, the logistic loss of the samples held out takes the place of squared errors, and `λ = 0` is not
//! tried: where classes are separated the loss has no minimum.
//!
//! with `h` the mean of `∂²ℓ/∂aⱼ²`, the scale on which a penalty acts. Half a decade on either side of the best is tried as well.
//! With `10³ h` the network predicts almost the mean; it is taken unless the best penalty predicts better by more than half an
//! interval of 95 % for the mean difference of squared errors. With each further filter the search goes on from the best penalty before.
//!
//! A linear part has the penalty of the linear model of the same samples, or a tenth of it, a hundredth, …, as long as held-out errors
//! fall.
//!
//! A penalty `λ` for `m` samples has the effect of `λm/n` for `n` samples. For large data it is chosen on a subsample and scaled.
//! For one filter that subsample is first a small one, which is enough wherever the network predicts anything there.

use std::borrow::Cow;

use nalgebra::DVector;

use super::coordinates::Coordinates;
use super::eliminated::Eliminated;
use super::fitting::Problem;
use super::options::Ridge;
use super::progress::AtMost;
use super::samples::{SampleSource, Samples};
use super::split::Selection;
use super::starts::Drawing;
use super::subsample::Subsample;
use super::trial::{DECADES, FLOOR, Trial, folds};
use crate::Error;

/// Fewer samples than this are not divided into folds; the penalty is then `h`.
const FEWEST: u64 = 10;
/// Samples for each parameter from which a penalty on several filters is chosen, if there are more.
const SAMPLES_PER_PARAMETER: u64 = 20;
/// Samples for each parameter on which a penalty on one filter is chosen at first, if there are too many to use them all.
const SAMPLES_PER_PARAMETER_AT_FIRST: u64 = 100;
/// A start with less than this share of the information of its opposite is hardly ever active.
const HARDLY_ACTIVE: f64 = 1e-3;
/// Smaller penalties on a linear part, as shares of that of the linear model.
pub(super) const LINEAR_SHARES: [f64; 4] = [1e-1, 1e-2, 1e-4, 1e-8];

/// The chosen penalty, and whether it is the largest that was tried. It is if nothing predicted better than the mean.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Chosen {
    pub(super) ridge: f64,
    /// What becomes of the penalty on a linear part, as a share of that of the linear model.
    pub(super) linear: f64,
    pub(super) is_largest: bool,
}

impl Chosen {
    /// The penalty that has the same effect on `all` samples as this one has on `some`.
    pub(super) fn for_samples(self, some: u64, all: u64) -> Self {
        let share = if self.is_largest { 1.0 } else { some as f64 / all as f64 };
        Self { ridge: self.ridge * share, ..self }
    }
}

impl Problem<'_> {
    /// The lower bound on the information about each output weight; zero where a penalty is given.
    pub(super) fn floor(&self) -> f64 {
        let chooses = self.options.ridge == Ridge::Auto && !self.options.optimiser.descends();
        if chooses { FLOOR / self.survey.samples as f64 } else { 0.0 }
    }

    /// Number of parameters, the linear part included.
    pub(super) fn parameters(&self) -> u64 {
        let of_linear = self.coordinates.eliminated().map_or(0, Eliminated::varying);
        (self.coordinates.len() + of_linear) as u64
    }

    /// The penalty with the smallest held-out loss.
    pub(super) fn best_ridge(&self, source: &mut Samples<'_>) -> Result<Chosen, Error> {
        let mut stride = Subsample::stride(self.survey.samples, source.windows().width());
        if self.races {
            stride = stride.max(self.survey.samples / (SAMPLES_PER_PARAMETER * self.parameters()));
        }
        let at_first = self.survey.samples / (SAMPLES_PER_PARAMETER_AT_FIRST * self.parameters());
        if stride > 1 && at_first > stride {
            let some = Subsample::every(at_first, source, self.selection, self.monitor)?;
            let chosen = self.best_ridge_on(&some)?;
            // What seems to predict nothing may be seen with more samples.
            if !chosen.is_largest {
                return Ok(chosen.for_samples(some.samples(), self.survey.samples));
            }
        }
        let some = Subsample::every(stride, source, self.selection, self.monitor)?;
        Ok(self.best_ridge_on(&some)?.for_samples(some.samples(), self.survey.samples))
    }

    fn best_ridge_on(&self, some: &Subsample) -> Result<Chosen, Error> {
        let source = &mut some.source()?;
        let coordinates = &self.coordinates.on(source, Selection::All, self.monitor)?;
        let problem = Problem { coordinates, selection: Selection::All, ..*self };
        let scale = problem.penalty_scale(source)?;
        if some.samples() < FEWEST {
            return Ok(Chosen { ridge: scale, linear: 1.0, is_largest: false });
        }
        let filters = coordinates.filters;
        let shares = if coordinates.linear.is_some() { &LINEAR_SHARES[..] } else { &[] };
        let most = 2 * DECADES.count() + 3 + filters + shares.len();
        let counter = &AtMost::begin(self.monitor, "choosing the penalty", most as u64);
        let folds = folds(some, self.options.seed)?;
        let (survey, races) = (Cow::Borrowed(self.survey), self.races);
        let windows = source.windows();
        let mut trial =
            Trial::new(coordinates, survey, self.options, &folds, windows, scale, races, counter)?;
        for filters_now in 2..=filters {
            trial.add_filter()?;
            if filters_now == filters {
                trial.improve()?;
            }
        }
        trial.refine()?;
        let linear = trial.refine_linear(shares)?;
        counter.finish();
        Ok(trial.chosen(linear))
    }

    /// `h`, the mean of `∂²ℓ/∂aⱼ²` at the first start of one filter; with the logistic loss where all classes are equally likely. Where this
    /// start is hardly ever active, as on numbers that are all positive, its opposite is used.
    pub(super) fn penalty_scale(&self, source: &mut Samples<'_>) -> Result<f64, Error> {
        let first = Coordinates { filters: 1, ..self.coordinates.clone() };
        let start = Drawing::new(&first, self.survey, self.options.seed, None).draw(0);
        let few = first.few(source, self.selection)?;
        let mut information = |theta: &DVector<f64>| -> Result<f64, Error> {
            if let Some(few) = &few {
                return Ok(few.quadratic(&first, theta).information.mean());
            }
            let here = first.whole(source, self.selection, theta, self.monitor)?.sums;
            Ok(first.quadratic(here).information.mean())
        };
        let (one, opposite) = (information(&start)?, information(&first.antipode(&start, 0))?);
        // Eσ(x)² = E max(x, 0)² + c² E max(−x, 0)², and the same the other way round: what each has where it is active.
        let squared = self.coordinates.activation.negative_slope().powi(2);
        let (active, reversed) = (one - squared * opposite, opposite - squared * one);
        Ok(if active < HARDLY_ACTIVE * reversed { opposite } else { one })
    }
}
