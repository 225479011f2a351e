//! A fit: a look at the data, the penalty, the search, and what is concluded from where it ended.

use nalgebra::{DMatrix, DVector};

use super::angle::{SAME_ANGLE, matching};
use super::coordinates::{Coordinates, Quadratic};
use super::eliminated::Eliminated;
use super::evaluate::check_size;
use super::few::{FewSamples, are_few};
use super::judgement::Evidence;
use super::levenberg::{Minimum, solve};
use super::linear::Principal;
use super::linear_part::{LinearPart, Searched, Whole};
use super::logistic::{Classes, logistic_model};
use super::loss::Loss;
use super::missing::Completed;
use super::network::Network;
use super::options::{Options, Ridge};
use super::penalty::Chosen;
use super::result::{Ending, Fit, SearchRun};
use super::samples::Samples;
use super::search_summary::SearchSummary;
use super::searching::{Found, Run};
use super::split::Selection;
use super::starts::{StartKind, Starts};
use super::subsample::{MOST_VALUES, Subsample};
use super::survey::{Survey, WIDEST, survey};
use super::transform::Transform;
use super::uncertainty::{Fitted, Uncertainty, uncertainty};
use crate::monitor::CancelOnly;
use crate::{Error, Monitor};

/// Filters further apart than this point away from each other. On the population the angle is π.
const OPPOSITE_ANGLE: f64 = 2.4;

/// See [`fit`](super::fit()).
pub(super) fn fit(
    source: &mut Samples<'_>,
    selection: Selection<'_>,
    options: &Options,
    monitor: &dyn Monitor,
) -> Result<Fit, Error> {
    let means = options.missing.means(source, selection, &CancelOnly(monitor))?;
    let complete = &mut Completed::new(source, options.missing, means.as_deref());
    Ok(fit_with_survey(complete, selection, None, options, monitor)?.0)
}

/// The fit, and the moments of the samples fitted. Searches for several filters or several classes race, as do others where the penalty is
/// known from the choice of a shape, where a linear part is searched for, too, or where there are fewer samples than parameters: then no theory says what the ends mean.
pub(super) fn fit_with_survey(
    source: &mut Samples<'_>,
    selection: Selection<'_>,
    penalty: Option<Chosen>,
    options: &Options,
    monitor: &dyn Monitor,
) -> Result<(Fit, Survey), Error> {
    let windows = source.windows();
    let parameters = options.filters.saturating_mul(windows.patch_dim() + windows.patches());
    let are_few = !options.linear && are_few(source.samples(), windows, parameters);
    if !are_few {
        check_size(windows, options.filters, Loss::Squares, 0)?;
    }
    options.check(source.windows())?;
    let survey = survey(source, selection, monitor)?;
    if survey.target_variance <= 0.0 {
        return Err(Error::ConstantTarget { value: survey.target_mean });
    }
    let loss = Loss::of(options, &survey)?;
    if !loss.is_squares() {
        let windows = source.windows();
        let linear = LinearPart::most_searched(options.linear, loss, survey.samples, windows.width());
        check_size(windows, options.filters, loss, linear)?;
    }
    if let Starts::Given(network) = &options.starts
        && network.scores() != loss.values()
    {
        let (found, expected) = (network.scores(), loss.values());
        return Err(Error::Length { name: "values of the start", found, expected });
    }
    let linear = match options.linear {
        true => Some(linear_part(source, selection, &survey, (loss, options.ridge), monitor)?),
        false => None,
    };
    let windows = source.windows();
    let coordinates = Coordinates {
        patch_dim: windows.patch_dim(),
        patches: windows.patches(),
        filters: options.filters,
        filter_bias: options.filter_bias,
        intercept: options.intercept,
        transform: Transform::new(options.scaling, &survey),
        linear,
        loss,
        activation: options.activation,
    };
    // Those that race keep their derivatives.
    let are_narrow = source.samples().saturating_mul(parameters as u64) <= MOST_VALUES as u64;
    let races = penalty.is_some()
        || options.filters > 1
        || loss.classes().is_some()
        || coordinates.searched().is_some()
        || are_few && are_narrow;
    let problem =
        Problem { coordinates: &coordinates, survey: &survey, races, penalty, options, selection, monitor };
    let numbers = survey.samples.saturating_mul(windows.width() as u64);
    let fit = if numbers <= MOST_VALUES as u64 && !source.is_elsewhere() {
        // Packed once instead of in every pass.
        let packed = Subsample::every(1, source, selection, monitor)?;
        Problem { selection: Selection::All, ..problem }.fit(&mut packed.source()?)?
    } else {
        problem.fit(source)?
    };
    Ok((fit, survey))
}

/// The linear part, with the penalty of the linear or logistic model of the same samples, or a smaller one that was asked for.
pub(super) fn linear_part(
    source: &mut Samples<'_>,
    selection: Selection<'_>,
    survey: &Survey,
    (loss, ridge): (Loss, Ridge),
    monitor: &dyn Monitor,
) -> Result<LinearPart, Error> {
    let value = source.windows().width();
    let too_wide = |limit| Error::Size { name: "numbers in a row with a linear part", value, limit };
    let Some((principal, some)) = Principal::of(survey, source, selection, monitor)? else {
        return Err(too_wide(WIDEST));
    };
    let models = match Classes::of(loss) {
        None => vec![principal.linear_model(&some, survey, monitor)?],
        Some(classes) => {
            let models = logistic_model(&principal, &some, classes, monitor)?;
            models.ok_or_else(|| too_wide(classes.most_directions()))?
        }
    };
    let penalty = models[0].penalty;
    let penalty = if let Ridge::Fixed(ridge) = ridge { penalty.min(ridge) } else { penalty };
    if !loss.is_squares() {
        return Ok(LinearPart::Searched(Searched::new(principal, penalty, &models)));
    }
    let joint = survey.joint.as_ref().ok_or_else(|| too_wide(WIDEST))?;
    Ok(LinearPart::Eliminated(Eliminated::new(joint, penalty)))
}

/// What is to be fitted to what.
#[derive(Clone, Copy)]
pub(super) struct Problem<'a> {
    pub(super) coordinates: &'a Coordinates,
    /// Of the samples selected.
    pub(super) survey: &'a Survey,
    /// Whether searches race.
    pub(super) races: bool,
    /// The penalty, if it is known.
    pub(super) penalty: Option<Chosen>,
    pub(super) options: &'a Options,
    pub(super) selection: Selection<'a>,
    pub(super) monitor: &'a dyn Monitor,
}

/// What is known of the end point of a search.
struct AtEnd {
    /// With the filters in order.
    theta: DVector<f64>,
    network: Network,
    here: Quadratic,
    uncertainty: Uncertainty,
    /// The loss without each of the filters, and without the linear part.
    without: Vec<f64>,
    without_linear: Option<f64>,
    /// What a step would gain, by its quadratic model.
    next_gain: f64,
}

impl Problem<'_> {
    pub(super) fn fit(&self, source: &mut Samples<'_>) -> Result<Fit, Error> {
        let ridge = match self.options.ridge {
            Ridge::Fixed(ridge) => Chosen { ridge, linear: 1.0, is_largest: false },
            Ridge::Auto if self.options.optimiser.descends() => {
                Chosen { ridge: 0.0, linear: 1.0, is_largest: false }
            }
            Ridge::Auto => self.penalty.map_or_else(|| self.best_ridge(source), Ok)?,
        };
        let coordinates = &self.coordinates.with_linear_penalty(ridge.linear);
        let problem = Problem { coordinates, ..*self };
        let found = problem.search_for_best(source, ridge.ridge)?;
        // Shrunk to nothing, filters point anywhere.
        let fewer = if ridge.is_largest { None } else { problem.with_fewer_filters(source, &found.best)? };
        match fewer {
            Some(fit) => Ok(fit),
            None => problem.conclude(source, found, ridge),
        }
    }

    /// Standard errors, endings, and what the antipodal restart showed.
    fn conclude(
        &self,
        source: &mut Samples<'_>,
        found: Found,
        Chosen { ridge, is_largest, .. }: Chosen,
    ) -> Result<Fit, Error> {
        let Found { mut best, antipodal, runs, searches, tally, found_by, ended } = found;
        let samples = self.survey.samples;
        let AtEnd { theta, network, here, uncertainty, without, without_linear, next_gain } =
            self.at_end(source, best.theta, ridge)?;
        best.theta = theta;
        self.monitor.check()?;
        let of_constant = self.coordinates.loss.of_constant(self.survey);
        let share = |loss: f64| (loss - here.loss) / of_constant;
        let filters_add = without.into_iter().map(share).collect();
        let apart = self.angle(&best.theta, &antipodal.theta);
        let is_another = apart > SAME_ANGLE;
        // Below its rounding no loss tells anything.
        let loss = here.loss.max(best.loss).max(self.precise_rules(0.0).zero);
        let bootstrap = match self.options.bootstrap {
            0 => None,
            _ => Some(self.bootstrap(source, &best.theta, &network.clone().normalised(), ridge)?),
        };
        // Errors that knew of all minima, where they were asked for.
        let of_resamples = bootstrap.as_ref().map(|bootstrap| bootstrap.standard_errors.clone());
        let standard_errors = uncertainty.standard_errors.map(|errors| of_resamples.unwrap_or(errors));
        let (antipodal_restart, doubt) = Evidence {
            stop: best.stop,
            gap: is_another.then_some(antipodal.objective - best.objective),
            likelihood_scale: self.coordinates.loss.likelihood_scale(loss),
            next_gain,
            is_determined: (uncertainty.rank as u64) < samples && loss.is_finite() && apart.is_finite(),
            samples,
        }
        .judge();
        let is_random = runs.iter().any(|run| matches!(run.start, StartKind::Random | StartKind::Signs));
        let search = SearchSummary {
            filters: self.coordinates.filters,
            merged: 0,
            dropped: 0,
            stop: best.stop,
            searches,
            finished: tally.searches,
            reached_best: tally.reached_best,
            minima: tally.minima,
            seen_once: tally.seen_once,
            found_by,
            // Those that won a race are not independent.
            chance_missed: tally.known_chance_missed().filter(|_| is_random && searches == tally.searches),
            ended,
            antipodal_restart,
            doubt,
            gap: is_another.then_some(antipodal.loss - best.loss),
        };
        let run = |run: Run| {
            let angle = self.angle(&run.minimum.theta, &best.theta);
            let ending = match run.is_best {
                true => Ending::Best,
                false if angle > OPPOSITE_ANGLE && self.coordinates.filters == 1 => Ending::Antipode,
                false => Ending::Elsewhere,
            };
            let Minimum { steps, stop, loss, .. } = run.minimum;
            SearchRun {
                start: run.start,
                steps,
                stop,
                loss,
                angle,
                ending,
                finished: run.finished,
                samples: run.samples,
            }
        };
        let runs = runs.into_iter().map(run).collect();
        let (first, k) = (self.coordinates.first_output(), self.coordinates.outputs());
        let largest = best.theta.rows(first, k).amax();
        let usual = here.information.mean().max(0.0).sqrt();
        // Standard deviations of the target; or logarithms of odds, and the information is a quarter.
        let unit = match self.coordinates.loss {
            Loss::Squares => self.survey.target_variance.sqrt(),
            Loss::Logistic { .. } => 0.5,
            Loss::Multinomial { classes } => ((classes - 1) as f64).sqrt() / classes as f64,
        };
        Ok(Fit {
            search,
            loss: here.loss,
            objective: self.coordinates.loss,
            network: network.normalised(),
            standard_errors,
            bootstrap,
            noise: uncertainty.noise,
            ridge,
            at_largest_penalty: is_largest,
            samples,
            parameters: uncertainty.parameters,
            rank: uncertainty.rank,
            degrees_of_freedom: uncertainty.degrees_of_freedom,
            filters_add,
            linear_adds: without_linear.map(share),
            largest_contribution: largest * usual / unit,
            runs,
            transform: self.coordinates.transform.clone(),
        })
    }

    /// What is known of the end point from the samples.
    fn at_end(&self, source: &mut Samples<'_>, mut theta: DVector<f64>, ridge: f64) -> Result<AtEnd, Error> {
        if self.coordinates.loss.is_squares()
            && let Some(few) = self.coordinates.few(source, self.selection)?
            && let Some(at_end) = self.at_end_of_few(&few, &theta, ridge)
        {
            return Ok(at_end);
        }
        if self.coordinates.filters > 1 {
            let whole = self.coordinates.whole(source, self.selection, &theta, self.monitor)?;
            theta = self.coordinates.in_order(&theta, &self.coordinates.quadratic(whole.sums));
        }
        let Whole { network, sums, penalty } =
            self.coordinates.whole(source, self.selection, &theta, self.monitor)?;
        let eliminated = self.coordinates.eliminated();
        let mut without_linear = eliminated.map(|_| {
            let coordinates = Coordinates { linear: None, ..self.coordinates.clone() };
            let curvature =
                |here: &Quadratic| self.precise_rules(ridge).curvature(&coordinates, &theta, here);
            let here = coordinates.quadratic(sums.clone());
            let penalty = curvature(&here);
            coordinates.best_without(&here, &penalty, &theta, None)
        });
        let in_common = eliminated.map(|linear| linear.in_common(&sums));
        let mut here = self.coordinates.quadratic(sums);
        // What is left when a linear part is eliminated has rounding errors, which may be all of it.
        here.loss = (here.loss - penalty).max(0.0);
        self.monitor.check()?;
        let fitted = Fitted {
            coordinates: self.coordinates,
            theta: &theta,
            network: &network,
            in_common,
            here: &here,
            penalty: &self.precise_rules(ridge).curvature(self.coordinates, &theta, &here),
            weight: self.survey.weight,
            samples: self.survey.samples,
        };
        let without = self
            .coordinates
            .places()
            .enumerate()
            .map(|(i, (_, output))| match self.coordinates.loss {
                Loss::Squares => Ok(self.coordinates.best_without(&here, fitted.penalty, &theta, Some(i))),
                Loss::Logistic { .. } | Loss::Multinomial { .. } => {
                    let outputs = output..output + self.coordinates.of_output();
                    self.refitted_without(source, ridge, &theta, outputs)
                }
            })
            .collect::<Result<_, Error>>()?;
        let of_linear = self.coordinates.linear_places();
        if !of_linear.is_empty() {
            without_linear = Some(self.refitted_without(source, ridge, &theta, of_linear)?);
        }
        let uncertainty = uncertainty(source, self.selection, &fitted, &CancelOnly(self.monitor))?;
        // −½ gᵀH⁻¹g, what the quadratic model gains
        let next_gain = here.gradient.dot(&solve(here.hessian.clone(), &here.gradient)) / 2.0;
        Ok(AtEnd { theta, network, here, uncertainty, without, without_linear, next_gain })
    }

    /// The same from few samples, if no standard errors can be given.
    fn at_end_of_few(&self, few: &FewSamples, theta: &DVector<f64>, ridge: f64) -> Option<AtEnd> {
        let (coordinates, survey) = (self.coordinates, self.survey);
        let mut theta = theta.clone();
        if coordinates.filters > 1 {
            theta = coordinates.in_order(&theta, &few.quadratic(coordinates, &theta));
        }
        let mut here = few.quadratic(coordinates, &theta);
        let uncertainty = Uncertainty::of_few(coordinates, &theta, &here, survey.weight, survey.samples)?;
        let penalties = self.precise_rules(ridge).penalties(coordinates, &here);
        let factor = here.factor.as_mut()?;
        let next_gain = factor.gain();
        factor.penalise(
            &penalties,
            &theta.rows(coordinates.first_output(), coordinates.outputs()).into_owned(),
        );
        let without = (0..coordinates.filters)
            .map(|i| coordinates.best_without(&here, &DMatrix::zeros(0, 0), &theta, Some(i)))
            .collect();
        let network = coordinates.network(&theta);
        Some(AtEnd { theta, network, here, uncertainty, without, without_linear: None, next_gain })
    }

    /// Angle between two filters where patches have covariance `I`: lengths are `‖u‖² = u·Cu`. For several filters the largest angle
    /// between two that belong together ([`matching`]).
    pub(super) fn angle(&self, one: &DVector<f64>, other: &DVector<f64>) -> f64 {
        let network = |theta: &DVector<f64>| Network {
            linear_part: self.coordinates.linear.iter().map(LinearPart::penalty).collect(),
            ..self.coordinates.network(theta)
        };
        matching(&network(one), &network(other), &self.survey.patch_covariance).1
    }
}
