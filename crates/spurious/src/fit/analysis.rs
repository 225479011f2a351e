//! A fit with what it has to be judged by: samples held out, a linear model on the same split, the assumptions.

use super::comparison::Differences;
use super::evaluate::{Arithmetic, sums};
use super::fitting::fit_with_survey;
use super::linear::{LinearModel, linear_model};
use super::network::Network;
use super::options::{Options, Validation};
use super::pass::sum_over_blocks;
use super::progress::PartOf;
use super::result::{Analysis, Fit, Scores};
use super::samples::SampleSource;
use super::split::{Selection, Split};
use super::sums::Additive;
use super::survey::{Survey, survey};
use crate::Monitor;
use crate::monitor::CancelOnly;

/// Fits network and linear model, and scores both on the same samples.
///
/// # Errors
/// As [`fit`](super::fit()); or if the split leaves nothing to fit or to judge by.
pub fn analyse<S: SampleSource>(
    source: &mut S,
    options: &Options,
    validation: Validation,
    monitor: &dyn Monitor,
) -> Result<Analysis, S::Error> {
    let samples = source.samples();
    let split = match validation {
        Validation::None => None,
        Validation::HoldOut(share) => Some(Split::hold_out(samples, share, options.seed)?),
        Validation::Folds(folds) => Some(Split::folds(samples, folds, options.seed)?),
    };
    let (training, held_out) = match (&split, validation) {
        (Some(split), Validation::HoldOut(_)) => (Selection::Only(split, 0), Some(Selection::Only(split, 1))),
        _ => (Selection::All, None),
    };
    let models = Models::fitted(source, training, options, monitor)?;
    monitor.begin("scoring", None);
    let train = models.squares(source, training, &models.survey, false, monitor)?;
    let mut validated = None;
    let mut validation_samples = 0;
    let mut folds = Vec::new();
    if let Some(held_out) = held_out {
        let survey = survey(source, held_out, &CancelOnly(monitor))?;
        validation_samples = survey.samples;
        validated = Some(models.squares(source, held_out, &survey, true, monitor)?);
    } else if let (Some(split), Validation::Folds(count)) = (&split, validation) {
        let mut sum = Squares::default();
        #[allow(clippy::cast_possible_truncation, reason = "at most 255 folds")]
        for fold in 0..count as u8 {
            let part = PartOf { whole: monitor, name: &format!("fold {} of {count}", fold + 1) };
            let (rest, held_out) = (Selection::Except(split, fold), Selection::Only(split, fold));
            let models = Models::fitted(source, rest, options, &part)?;
            let survey = survey(source, held_out, &CancelOnly(monitor))?;
            validation_samples += survey.samples;
            let part = models.squares(source, held_out, &survey, false, monitor)?;
            sum.network += part.network;
            sum.linear += part.linear;
            folds.push(models.fit);
        }
        sum.total = models.survey.target_variance * models.survey.weight;
        validated = Some(sum);
    }
    let scores = |squares: fn(&Squares) -> f64| {
        let score = |of: &Squares| 1.0 - squares(of) / of.total;
        Scores {
            train: score(&train),
            validation: validated.as_ref().map(score).filter(|score| score.is_finite()),
        }
    };
    let Models { fit, linear, survey } = models;
    let differences = validated.and_then(|squares| squares.differences);
    Ok(Analysis {
        scores: scores(|squares| squares.network),
        linear: linear.map(|linear| (linear, scores(|squares| squares.linear))),
        difference_error: differences.and_then(|sums| sums.standard_error(survey.target_variance)),
        fit,
        survey,
        folds,
        validation_samples,
    })
}

/// Network and linear model fitted to the same samples.
struct Models {
    fit: Fit,
    linear: Option<LinearModel>,
    survey: Survey,
}

/// Errors and spread of the labels on some samples, for both models.
#[derive(Debug, Default, Clone, Copy)]
struct Squares {
    /// `Σω(f − y)²`
    network: f64,
    linear: f64,
    /// `Σω(y − ȳ)²`
    total: f64,
    /// Between the models, sample by sample, if they were asked for.
    differences: Option<Differences>,
}

impl Models {
    fn fitted<S: SampleSource>(
        source: &mut S,
        selection: Selection<'_>,
        options: &Options,
        monitor: &dyn Monitor,
    ) -> Result<Self, S::Error> {
        let (fit, survey) = fit_with_survey(source, selection, options, monitor)?;
        monitor.check()?;
        Ok(Self { fit, linear: linear_model(&survey), survey })
    }

    /// Their errors on the samples selected, whose moments are given; with their differences sample by sample if asked.
    fn squares<S: SampleSource>(
        &self,
        source: &mut S,
        selection: Selection<'_>,
        survey: &Survey,
        differ: bool,
        monitor: &dyn Monitor,
    ) -> Result<Squares, S::Error> {
        let (network, quiet) = (&self.fit.network, CancelOnly(monitor));
        let of_network =
            sums(source, std::slice::from_ref(network), selection, Arithmetic::Double, &quiet)?[0].squares;
        let linear = match &self.linear {
            Some(linear) => linear_errors(source, selection, linear, differ.then_some(network), &quiet)?,
            None => LinearErrors::default(),
        };
        Ok(Squares {
            network: of_network,
            linear: linear.squares,
            total: survey.target_variance * survey.weight,
            differences: linear.differences,
        })
    }
}

/// Errors of the linear model, and how those of the network differ from them.
#[derive(Default)]
struct LinearErrors {
    squares: f64,
    differences: Option<Differences>,
}

impl Additive for LinearErrors {
    fn add(&mut self, other: &Self) {
        self.squares += other.squares;
        if let (Some(sum), Some(other)) = (&mut self.differences, &other.differences) {
            sum.add(other);
        }
    }
}

fn linear_errors<S: SampleSource>(
    source: &mut S,
    selection: Selection<'_>,
    linear: &LinearModel,
    network: Option<&Network>,
    monitor: &dyn Monitor,
) -> Result<LinearErrors, S::Error> {
    let windows = source.windows().clone();
    let total = sum_over_blocks(source, 0, monitor, |block| {
        let mut packed = vec![0.0; windows.width()];
        let mut errors = LinearErrors { squares: 0.0, differences: network.map(|_| Differences::default()) };
        for (i, y) in block.rows.target.iter().enumerate() {
            let weight = block.rows.weights.map_or(1.0, |weights| weights[i]);
            if weight > 0.0 && selection.contains(block.first + i as u64) {
                block.rows.slice(i, 1).pack(&windows, &mut packed);
                let square = (linear.value(&packed) - y).powi(2);
                errors.squares += weight * square;
                if let (Some(network), Some(differences)) = (network, &mut errors.differences) {
                    differences.push(weight, square - (network.value(&packed) - y).powi(2));
                }
            }
        }
        errors
    })?;
    Ok(total.total().unwrap_or_default())
}
