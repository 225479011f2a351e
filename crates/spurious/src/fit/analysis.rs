//! A fit with what it has to be judged by: samples held out, a linear model on the same split, the assumptions.

use serde::{Deserialize, Serialize};

use super::evaluate::{Arithmetic, sums};
use super::fitting::{Fit, Options, fit};
use super::linear::{LinearModel, linear_model};
use super::samples::Source;
use super::split::{Selection, Split};
use super::survey::{Survey, survey};

/// Which samples are held out.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Validation {
    /// None: there is nothing but the fit itself to judge by.
    None,
    /// This share.
    HoldOut(f64),
    /// Each of so many folds in turn; the fit that is kept saw all samples.
    Folds(usize),
}

/// `R² = 1 − Σω(f − y)²/Σω(y − ȳ)²` of one model.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Scores {
    /// On the samples that it was fitted to.
    pub train: f64,
    /// On samples that it has not seen, if any were held out. With folds, over all of them together.
    pub validation: Option<f64>,
}

/// A fit and what it has to be judged by.
#[derive(Debug, Clone)]
pub struct Analysis {
    /// The fit.
    pub fit: Fit,
    /// Its scores.
    pub scores: Scores,
    /// The linear model, unless rows are too wide for one.
    pub linear: Option<(LinearModel, Scores)>,
    /// Moments of the samples fitted.
    pub survey: Survey,
    /// Folds, if the scores come from folds: how many of their fits were cleared of the trap.
    pub folds: Vec<Fit>,
    /// Samples held out, or in all folds together.
    pub validation_samples: u64,
}

/// Errors and spread of the labels on some samples, for both models.
#[derive(Debug, Default, Clone, Copy)]
struct Squares {
    network: f64,
    linear: f64,
    total: f64,
}

/// Fits network and linear model, and scores both on the same samples.
///
/// # Errors
/// As [`fit`]; or if the split leaves nothing to fit or to judge by.
pub fn analyse<S: Source>(
    source: &mut S,
    options: &Options,
    validation: Validation,
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
    let survey = survey(source, training)?;
    let fit = fit(source, training, &survey, options)?;
    let linear = linear_model(&survey);
    let train = squares(source, training, &survey, &fit, linear.as_ref())?;
    let mut validated = None;
    let mut validation_samples = 0;
    let mut folds = Vec::new();
    if let Some(held_out) = held_out {
        let survey = super::survey::survey(source, held_out)?;
        validation_samples = survey.samples;
        validated = Some(squares(source, held_out, &survey, &fit, linear.as_ref())?);
    } else if let (Some(split), Validation::Folds(count)) = (&split, validation) {
        let mut sum = Squares::default();
        #[allow(clippy::cast_possible_truncation, reason = "at most 255 folds")]
        for fold in 0..count as u8 {
            let (rest, held_out) = (Selection::Except(split, fold), Selection::Only(split, fold));
            let rest_survey = super::survey::survey(source, rest)?;
            let fit = super::fitting::fit(source, rest, &rest_survey, options)?;
            let linear = linear_model(&rest_survey);
            let held_survey = super::survey::survey(source, held_out)?;
            validation_samples += held_survey.samples;
            let part = squares(source, held_out, &held_survey, &fit, linear.as_ref())?;
            sum.network += part.network;
            sum.linear += part.linear;
            folds.push(fit);
        }
        sum.total = survey.target_variance * survey.weight;
        validated = Some(sum);
    }
    let scores = |squares: fn(&Squares) -> f64| {
        let score = |of: &Squares| 1.0 - squares(of) / of.total;
        Scores {
            train: score(&train),
            validation: validated.as_ref().map(score).filter(|score| score.is_finite()),
        }
    };
    Ok(Analysis {
        scores: scores(|squares| squares.network),
        linear: linear.map(|linear| (linear, scores(|squares| squares.linear))),
        fit,
        survey,
        folds,
        validation_samples,
    })
}

fn squares<S: Source>(
    source: &mut S,
    selection: Selection<'_>,
    survey: &Survey,
    fit: &Fit,
    linear: Option<&LinearModel>,
) -> Result<Squares, S::Error> {
    let network = sums(source, std::slice::from_ref(&fit.network), selection, Arithmetic::Double)?[0].squares;
    let linear = linear.map_or(Ok(0.0), |linear| linear.squares(source, selection))?;
    Ok(Squares { network, linear, total: survey.target_variance * survey.weight })
}
