//! Fitting without being trapped: a look at the data, the search, and what is concluded from where it ended.

use nalgebra::{DMatrix, DVector};

use super::angle::{SAME_ANGLE, angle};
use super::coordinates::Coordinates;
use super::evaluate::{check_size, gauss_newton};
use super::judgement::Evidence;
use super::levenberg::solve;
use super::options::{Options, Ridge};
use super::result::{Ending, Fit, SearchRun};
use super::samples::SampleSource;
use super::searching::{FIRST_VALUES, Found};
use super::split::Selection;
use super::subsample::Subsample;
use super::survey::{Survey, survey};
use super::transform::Transform;
use super::uncertainty::uncertainty;
use crate::monitor::CancelOnly;
use crate::{Error, Monitor};

/// Filters further apart than this point away from each other. On the population the angle is π.
const OPPOSITE_ANGLE: f64 = 2.4;
/// Filters closer than this may belong to the same minimum, if they were found on different samples.
const NEAR_ANGLE: f64 = 0.5;

/// Fits the samples selected.
///
/// # Errors
/// If the labels are all the same, numbers are out of range ([`survey`]), an option is, or reading fails; or if the
/// monitor asks for an end.
pub fn fit<S: SampleSource>(
    source: &mut S,
    selection: Selection<'_>,
    options: &Options,
    monitor: &dyn Monitor,
) -> Result<Fit, S::Error> {
    Ok(fit_with_survey(source, selection, options, monitor)?.0)
}

/// The fit, and the moments of the samples fitted.
pub(super) fn fit_with_survey<S: SampleSource>(
    source: &mut S,
    selection: Selection<'_>,
    options: &Options,
    monitor: &dyn Monitor,
) -> Result<(Fit, Survey), S::Error> {
    check_size(source.windows())?;
    options.check(source.windows())?;
    let survey = survey(source, selection, monitor)?;
    if survey.target_variance <= 0.0 {
        return Err(Error::ConstantTarget { value: survey.target_mean }.into());
    }
    let windows = source.windows();
    let coordinates = Coordinates {
        patch_dim: windows.patch_dim(),
        patches: windows.patches(),
        filter_bias: options.filter_bias,
        intercept: options.intercept,
        transform: Transform::new(options.scaling, &survey),
    };
    let problem = Problem { coordinates: &coordinates, survey: &survey, options, selection, monitor };
    let numbers = survey.samples.saturating_mul(windows.width() as u64);
    let fit = if numbers <= FIRST_VALUES as u64 {
        // Packed once instead of in every pass.
        let packed = Subsample::every(1, source, selection, monitor)?;
        Problem { selection: Selection::All, ..problem }.fit(&mut packed.source()?)?
    } else {
        problem.fit(source)?
    };
    Ok((fit, survey))
}

/// What is to be fitted to what.
#[derive(Clone, Copy)]
pub(super) struct Problem<'a> {
    pub(super) coordinates: &'a Coordinates,
    /// Of the samples selected.
    pub(super) survey: &'a Survey,
    pub(super) options: &'a Options,
    pub(super) selection: Selection<'a>,
    pub(super) monitor: &'a dyn Monitor,
}

impl Problem<'_> {
    fn fit<S: SampleSource>(&self, source: &mut S) -> Result<Fit, S::Error> {
        let ridge = match self.options.ridge {
            Ridge::Fixed(ridge) => ridge,
            Ridge::CrossValidated(folds) => self.best_ridge(source, folds)?,
        };
        let found = self.search_for_best(source, ridge)?;
        self.conclude(source, found, ridge)
    }

    /// Standard errors, endings and verdict.
    fn conclude<S: SampleSource>(&self, source: &mut S, found: Found, ridge: f64) -> Result<Fit, S::Error> {
        let Found { best, antipodal, runs } = found;
        let samples = self.survey.samples;
        let network = self.coordinates.network(&best.theta);
        let of_best = std::slice::from_ref(&network);
        let sums = gauss_newton(source, of_best, self.selection, &CancelOnly(self.monitor))?.remove(0);
        let here = self.coordinates.quadratic(&sums);
        self.monitor.check()?;
        let uncertainty = uncertainty(self.coordinates, &best.theta, &here, self.survey.weight, samples);
        self.monitor.check()?;
        let apart = self.angle(&best.theta, &antipodal.theta);
        let gap = (apart > SAME_ANGLE).then_some(antipodal.objective - best.objective);
        // Below its rounding no loss tells anything.
        let loss = here.loss.max(best.loss).max(self.precise_rules(0.0).zero);
        let (verdict, doubt) = Evidence {
            stop: best.stop,
            gap,
            loss,
            // −½ gᵀH⁻¹g, what the quadratic model gains
            next_gain: here.gradient.dot(&solve(here.hessian.clone(), &here.gradient)) / 2.0,
            is_determined: (uncertainty.rank as u64) < samples && loss.is_finite() && apart.is_finite(),
            samples,
        }
        .verdict();
        let runs = runs
            .into_iter()
            .map(|(start, minimum, seen)| {
                let angle = self.angle(&minimum.theta, &best.theta);
                SearchRun {
                    start,
                    steps: minimum.steps,
                    stop: minimum.stop,
                    loss: minimum.loss,
                    angle,
                    ending: if angle < SAME_ANGLE || seen < samples && angle < NEAR_ANGLE {
                        Ending::Best
                    } else if angle > OPPOSITE_ANGLE {
                        Ending::Antipode
                    } else {
                        Ending::Elsewhere
                    },
                    samples: seen,
                }
            })
            .collect();
        Ok(Fit {
            verdict,
            doubt,
            loss: here.loss,
            network: network.normalised(),
            standard_errors: uncertainty.standard_errors,
            noise: uncertainty.noise,
            gap,
            ridge,
            samples,
            parameters: uncertainty.parameters,
            rank: uncertainty.rank,
            runs,
            transform: self.coordinates.transform.clone(),
        })
    }

    /// Angle between two filters where patches have covariance `I`: lengths are `‖u‖² = u·Cu`.
    pub(super) fn angle(&self, one: &DVector<f64>, other: &DVector<f64>) -> f64 {
        let p = self.coordinates.patch_dim;
        let covariance = DMatrix::from_row_slice(p, p, &self.survey.patch_covariance);
        let filter = |theta: &DVector<f64>| DVector::from_vec(self.coordinates.network(theta).filter);
        angle(&filter(one), &filter(other), |u| u.dot(&(&covariance * u)))
    }
}
