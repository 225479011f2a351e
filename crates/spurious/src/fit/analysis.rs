//! A fit with what it has to be judged by: samples held out, a linear model on the same split, the assumptions.

use super::angle::vector_angle;
use super::comparison::{Baseline, Comparison, Differences, by_accuracy, by_auc, by_r2};
use super::fitting::fit_with_survey;
use super::linear::{LinearModel, Principal};
use super::logistic::logistic_model;
use super::network::Network;
use super::options::{Options, Validation};
use super::pass::sum_over_blocks;
use super::progress::PartOf;
use super::result::{Analysis, Fit, Prediction, Scores};
use super::samples::SampleSource;
use super::split::{Selection, Split};
use super::subsample::Subsample;
use super::sums::Additive;
use super::survey::Survey;
use crate::monitor::CancelOnly;
use crate::{Error, Monitor};

/// Predictions that are kept, at most: those of evenly spaced samples.
const MOST_PREDICTIONS: u64 = 100_000;
/// An interval for predictions covers this share of the samples held out.
const COVERED: f64 = 0.95;

/// Fits network and linear model, and compares both on the same samples.
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
    let training = match (&split, validation) {
        (Some(split), Validation::HoldOut(_)) => Selection::Only(split, 0),
        _ => Selection::All,
    };
    let models = Models::fitted(source, training, options, monitor)?;
    monitor.begin("scoring", None);
    let train = models.judge(source, training, None, monitor)?;
    // What is judged by samples held out, fold by fold, and what was fitted without them.
    let mut held_out: Vec<Judged> = Vec::new();
    let mut folds: Vec<Fit> = Vec::new();
    match (&split, validation) {
        (Some(split), Validation::HoldOut(_)) => {
            held_out.push(models.judge(source, Selection::Only(split, 1), Some(1), monitor)?);
        }
        (Some(split), Validation::Folds(count)) => {
            let options = Options { bootstrap: 0, ..options.clone() };
            #[allow(clippy::cast_possible_truncation, reason = "at most 255 folds")]
            for fold in 0..count as u8 {
                let part = PartOf { whole: monitor, name: &format!("fold {} of {count}", fold + 1) };
                let models = Models::fitted(source, Selection::Except(split, fold), &options, &part)?;
                let label = u16::from(fold) + 1;
                held_out.push(models.judge(source, Selection::Only(split, fold), Some(label), monitor)?);
                folds.push(models.fit);
            }
        }
        _ => {}
    }
    let fold_angles = folds.iter().map(|fold| models.angle_to(&fold.network)).collect();
    let mut predictions: Vec<Prediction> =
        held_out.iter_mut().flat_map(|part| part.predictions.drain(..)).collect();
    if !matches!(validation, Validation::Folds(_)) {
        predictions.extend(train.predictions.iter().copied());
    }
    predictions.sort_unstable_by_key(|prediction| prediction.row);
    let summary = Summary::of(&held_out);
    let comparison = models.linear.as_ref().and_then(|_| compare(&held_out, &summary, &predictions, &models));
    let Models { fit, linear, survey, .. } = models;
    let validated = (summary.samples > 0).then_some(&summary);
    let fitted = Summary::of(std::slice::from_ref(&train));
    let scores = |network: bool| Scores {
        train: fitted.r2(network),
        validation: validated.map(|all| all.r2(network)).filter(|score| score.is_finite()),
    };
    Ok(Analysis {
        scores: scores(true),
        linear: linear.map(|linear| (linear, scores(false))),
        typical_error: validated.map(|all| (all.network / all.weight).sqrt()),
        prediction_interval: validated.and_then(|_| interval(&predictions)),
        comparison,
        fold_angles,
        fit,
        survey,
        folds,
        validation_samples: summary.samples,
        predictions,
    })
}

/// Network and baselines fitted to the same samples.
struct Models {
    fit: Fit,
    linear: Option<LinearModel>,
    /// For a target of two values: `η` of the higher one.
    logistic: Option<LinearModel>,
    survey: Survey,
}

/// What models are like on samples of one fold.
#[derive(Debug, Default, Clone)]
struct Judged {
    samples: u64,
    weight: f64,
    /// `Σω(f − y)²`
    network: f64,
    linear: f64,
    /// `Σωy`, `Σωy²`, about the mean of the samples fitted
    target: [f64; 2],
    mean: f64,
    /// `(f_linear − y)² − (f_network − y)²`; the same of mean and network, and of mean and linear model.
    between: Differences,
    network_beside_mean: Differences,
    linear_beside_mean: Differences,
    /// Hits of the network and its baseline, `Σω`, and their differences.
    hits: [f64; 2],
    hits_between: Differences,
    /// Samples of the higher value, `Σω`.
    high: f64,
    predictions: Vec<Prediction>,
}

impl Additive for Judged {
    fn add(&mut self, other: &Self) {
        self.samples += other.samples;
        self.weight += other.weight;
        self.network += other.network;
        self.linear += other.linear;
        self.target.iter_mut().zip(other.target).for_each(|(sum, other)| *sum += other);
        self.between.add(&other.between);
        self.network_beside_mean.add(&other.network_beside_mean);
        self.linear_beside_mean.add(&other.linear_beside_mean);
        self.hits.iter_mut().zip(other.hits).for_each(|(sum, other)| *sum += other);
        self.hits_between.add(&other.hits_between);
        self.high += other.high;
        self.predictions.extend(other.predictions.iter().copied());
    }
}

/// All folds together.
struct Summary {
    samples: u64,
    weight: f64,
    network: f64,
    linear: f64,
    /// `Σω(y − ȳ)²` of all samples held out.
    total: f64,
}

impl Summary {
    fn of(folds: &[Judged]) -> Self {
        let sum = |of: fn(&Judged) -> f64| folds.iter().map(of).sum::<f64>();
        let weight = sum(|fold| fold.weight);
        // Each fold has sums about the mean of what was fitted without it.
        let mean = sum(|fold| fold.target[0] + fold.weight * fold.mean) / weight;
        let about = |fold: &Judged| {
            let shift = fold.mean - mean;
            fold.target[1] + 2.0 * shift * fold.target[0] + shift * shift * fold.weight
        };
        Self {
            samples: folds.iter().map(|fold| fold.samples).sum(),
            weight,
            network: sum(|fold| fold.network),
            linear: sum(|fold| fold.linear),
            total: folds.iter().map(about).sum(),
        }
    }

    fn r2(&self, network: bool) -> f64 {
        1.0 - if network { self.network } else { self.linear } / self.total
    }
}

impl Models {
    fn fitted<S: SampleSource>(
        source: &mut S,
        selection: Selection<'_>,
        options: &Options,
        monitor: &dyn Monitor,
    ) -> Result<Self, S::Error> {
        let (fit, survey) = fit_with_survey(source, selection, options, monitor)?;
        monitor.begin("fitting linear models", None);
        let (mut linear, mut logistic) = (None, None);
        if let Some(principal) = Principal::of(&survey) {
            let stride = Subsample::stride(survey.samples, source.windows().width());
            let some = Subsample::every(stride, source, selection, &CancelOnly(monitor))?;
            linear = Some(principal.linear_model(&some, &survey));
            if let Some([_, high]) = survey.classes {
                logistic = logistic_model(&principal, &some, high, monitor)?;
            }
        }
        monitor.check()?;
        Ok(Self { fit, linear, logistic, survey })
    }

    /// Their errors on the samples selected; with a label for the fold if these were held out.
    fn judge<S: SampleSource>(
        &self,
        source: &mut S,
        selection: Selection<'_>,
        fold: Option<u16>,
        monitor: &dyn Monitor,
    ) -> Result<Judged, S::Error> {
        let windows = source.windows().clone();
        let stride = source.samples().div_ceil(MOST_PREDICTIONS).max(1);
        let mean = self.survey.target_mean;
        let total = sum_over_blocks(source, 0, &CancelOnly(monitor), |block| {
            let mut packed = vec![0.0; windows.width()];
            let mut judged = Judged { mean, ..Judged::default() };
            for (i, &y) in block.rows.target.iter().enumerate() {
                let (row, weight) =
                    (block.first + i as u64, block.rows.weights.map_or(1.0, |weights| weights[i]));
                if weight > 0.0 && selection.contains(row) {
                    block.rows.slice(i, 1).pack(&windows, &mut packed);
                    let prediction = self.predict(row, y, &packed, fold);
                    judged.push(weight, &prediction, self.survey.classes);
                    if row.is_multiple_of(stride) {
                        judged.predictions.push(prediction);
                    }
                }
            }
            judged
        })?;
        let judged = total.total().unwrap_or_default();
        if judged.samples == 0 {
            return Err(Error::NoSamples.into());
        }
        Ok(judged)
    }

    fn predict(&self, row: u64, target: f64, packed: &[f64], fold: Option<u16>) -> Prediction {
        let value = |model: &LinearModel| model.value(packed);
        Prediction {
            row,
            target,
            network: self.fit.network.value(packed),
            linear: self.linear.as_ref().map(value),
            logistic: self.logistic.as_ref().map(|model| (1.0 + (-value(model)).exp()).recip()),
            held_out: fold.is_some(),
            fold,
        }
    }

    /// Angle between the filter of the fit and another one, where patches have covariance `I`.
    fn angle_to(&self, other: &Network) -> f64 {
        vector_angle(&self.fit.network.filter, &other.filter, &self.survey.patch_covariance)
    }
}

impl Judged {
    fn push(&mut self, weight: f64, prediction: &Prediction, classes: Option<[f64; 2]>) {
        let Prediction { target: y, network, linear, logistic, .. } = *prediction;
        let square = |value: f64| (value - y).powi(2);
        let linear_square = linear.map_or(0.0, square);
        self.samples += 1;
        self.weight += weight;
        self.network += weight * square(network);
        self.linear += weight * linear_square;
        let beside_mean = y - self.mean;
        self.target[0] += weight * beside_mean;
        self.target[1] += weight * beside_mean * beside_mean;
        self.between.push(weight, linear_square - square(network));
        self.network_beside_mean.push(weight, square(self.mean) - square(network));
        self.linear_beside_mean.push(weight, square(self.mean) - linear_square);
        if let (Some([low, high]), Some(linear)) = (classes, linear) {
            let middle = (low + high) / 2.0;
            let is_high = y >= high;
            self.high += weight * f64::from(is_high);
            let other = logistic.map_or(linear > middle, |probability| probability > 0.5);
            let hits = [(network > middle) == is_high, other == is_high].map(f64::from);
            self.hits.iter_mut().zip(hits).for_each(|(sum, hit)| *sum += weight * hit);
            self.hits_between.push(weight, hits[0] - hits[1]);
        }
    }
}

/// Network and linear model on the samples held out, if there are any.
fn compare(
    folds: &[Judged],
    all: &Summary,
    predictions: &[Prediction],
    models: &Models,
) -> Option<Comparison> {
    if all.samples == 0 {
        return None;
    }
    let of = |of: fn(&Judged) -> Differences| folds.iter().map(of).collect::<Vec<_>>();
    let (between, network, linear) =
        (of(|fold| fold.between), of(|fold| fold.network_beside_mean), of(|fold| fold.linear_beside_mean));
    let sides = [all.r2(true), all.r2(false)];
    // Samples held out that all have one label have no R².
    let mut measures = Vec::new();
    if sides.iter().all(|score| score.is_finite()) {
        measures.push(by_r2(sides, all.total / all.weight, &between, [&network, &linear]));
    }
    if let Some([_, high]) = models.survey.classes {
        let baseline = if models.logistic.is_some() { Baseline::Logistic } else { Baseline::Linear };
        let share = |side: usize| folds.iter().map(|fold| fold.hits[side]).sum::<f64>() / all.weight;
        let high_share = folds.iter().map(|fold| fold.high).sum::<f64>() / all.weight;
        let frequent = high_share.max(1.0 - high_share);
        measures.push(by_accuracy([share(0), share(1)], baseline, &of(|fold| fold.hits_between), frequent));
        measures.extend(by_auc(predictions, high, baseline));
    }
    (!measures.is_empty()).then(|| Comparison::new(measures, all.samples))
}

/// Half the width of an interval around predictions that covers 95 % of the samples held out, by the residuals of these: of `n` of
/// them the `⌈0.95 (n + 1)⌉`-th in size. None if there are fewer than 19.
///
/// A new sample of the same kind falls outside with a chance of at most 5 % if the residuals are those of one model on samples held
/// out; those of folds are of models that saw a little less.
fn interval(predictions: &[Prediction]) -> Option<f64> {
    let mut sizes: Vec<f64> = predictions
        .iter()
        .filter(|prediction| prediction.held_out)
        .map(|prediction| (prediction.target - prediction.network).abs())
        .collect();
    sizes.sort_unstable_by(f64::total_cmp);
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of a count")]
    let rank = (COVERED * (sizes.len() + 1) as f64).ceil() as usize;
    sizes.get(rank.checked_sub(1)?).copied()
}
