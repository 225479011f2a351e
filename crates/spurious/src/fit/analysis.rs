//! A fit with what it has to be judged by: samples held out, a linear model on the same split, the assumptions.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::f64::consts::FRAC_PI_2;

use super::angle::matching;
use super::arrangement::Arrangement;
use super::calibration::Calibration;
use super::choice::{Choice, Choices, choose};
use super::comparison::{
    Baseline, Comparison, Differences, Measure, by_accuracy, by_auc, by_log_loss, by_r2,
};
use super::conformal::half_width;
use super::confusion::Confusion;
use super::fitting::fit_with_survey;
use super::linear::{LinearModel, Principal};
use super::logistic::{Classes, logistic_model};
use super::loss::{Loss, class_of, log_loss, logistic, most_likely};
use super::missing::{Completed, Missing, missing_values};
use super::options::{Options, Validation};
use super::pass::{block_samples, pass_over, sum_over_blocks};
use super::progress::PartOf;
use super::result::{Analysis, Fit, HeldOutTogether, Prediction, Scores};
use super::samples::{SampleSource, Samples};
use super::split::{Selection, Split};
use super::sums::Additive;
use super::survey::{Survey, is_class, not_classes};
use super::target::TargetKind;
use super::windows::Windows;
use crate::monitor::CancelOnly;
use crate::{Error, Monitor};

/// Predictions that are kept, at most: those of evenly spaced samples.
const MOST_PREDICTIONS: u64 = 100_000;

/// See [`analyse`](super::analyse).
pub(super) fn analyse(
    source: &mut Samples<'_>,
    choices: Option<&Choices>,
    options: &Options,
    validation: Validation,
    monitor: &dyn Monitor,
) -> Result<Analysis, Error> {
    let samples = source.samples();
    let arrangement = source.arrangement();
    let split = match validation {
        Validation::None => None,
        Validation::HoldOut(share) => {
            Some(Split::hold_out_arranged(arrangement, samples, share, options.seed)?)
        }
        Validation::Folds(folds) => Some(Split::arranged(arrangement, samples, folds, options.seed)?),
    };
    let held_out_together = match arrangement {
        Arrangement::Independent => HeldOutTogether::Samples,
        Arrangement::Groups(groups) => HeldOutTogether::Groups(groups.iter().collect::<BTreeSet<_>>().len()),
        Arrangement::Time(_) => HeldOutTogether::LaterSamples,
    };
    let is_time = matches!(arrangement, Arrangement::Time(_));
    let clusters = arrangement.clusters().map(Cow::into_owned);
    let clusters = clusters.as_deref();
    let missing = match options.missing {
        Missing::Error => None,
        Missing::Drop | Missing::Mean => Some(missing_values(source, monitor)?),
    };
    let training = match (&split, validation) {
        (Some(split), Validation::HoldOut(_)) => Selection::Only(split, 0),
        _ => Selection::All,
    };
    // Samples, what trains and what is held out in each fold, and the name of the fold.
    #[allow(clippy::cast_possible_truncation, reason = "at most 255 folds")]
    let parts: Vec<(Selection<'_>, Selection<'_>)> = match (&split, validation) {
        (Some(split), Validation::Folds(count)) => (0..count as u8)
            .map(|fold| match is_time {
                true => (Selection::Before(split, fold + 1), Selection::Only(split, fold + 1)),
                false => (Selection::Except(split, fold), Selection::Only(split, fold)),
            })
            .collect(),
        _ => Vec::new(),
    };
    if let Some(split) = split.as_ref().filter(|_| !parts.is_empty()) {
        check_folds(&mut Completed::new(source, options.missing, None), split, &parts, monitor)?;
    }
    let models = Models::fitted(source, training, choices, options, monitor)?;
    monitor.begin("scoring", None);
    let train = models.judge(source, training, None, clusters, monitor)?;
    // What is judged by samples held out, fold by fold, and what was fitted without them.
    let mut held_out: Vec<Judged> = Vec::new();
    let mut folds: Vec<Fit> = Vec::new();
    let (mut same_choice, mut fold_angles) = (0, Vec::new());
    if let (Some(split), Validation::HoldOut(_)) = (&split, validation) {
        held_out.push(models.judge(source, Selection::Only(split, 1), Some(1), clusters, monitor)?);
    }
    // Each fold minimises what the fit does, whatever its samples look like alone.
    let of_folds = Options { bootstrap: 0, loss: models.fit.objective.choice(), ..options.clone() };
    for (label, &(rest, out)) in (1..).zip(&parts) {
        let part = PartOf { whole: monitor, name: &format!("fold {label} of {}", parts.len()) };
        let fold = Models::fitted(source, rest, choices, &of_folds, &part)?;
        held_out.push(fold.judge(source, out, Some(label), clusters, monitor)?);
        same_choice += usize::from(fold.has_shape_of(&models));
        fold_angles.push(models.angle_to(&fold));
        folds.push(fold.fit);
    }
    let mut predictions: Vec<Prediction> =
        held_out.iter_mut().flat_map(|part| part.predictions.drain(..)).collect();
    if !matches!(validation, Validation::Folds(_)) {
        predictions.extend(train.predictions.iter().copied());
    }
    predictions.sort_unstable_by_key(|prediction| prediction.row);
    let (fitted, judged) = (Summary::of(std::slice::from_ref(&train)), Summary::of(&held_out));
    let Models { fit, linear, logistic, survey, column_means, windows, choice, .. } = models;
    let validated = (judged.samples > 0).then_some(&judged);
    let comparison = validated
        .filter(|_| linear.is_some() || logistic.is_some())
        .and_then(|all| compare(&held_out, all, &predictions, fit.objective, survey.classes));
    let scores = |of: fn(&Summary) -> &Squares| Scores {
        train: fitted.r2(of(&fitted)).unwrap_or(0.0),
        validation: validated.and_then(|all| all.r2(of(all))),
    };
    let of_classes = fit.objective.classes();
    let calibration = match (fit.objective, survey.classes) {
        (Loss::Multinomial { .. }, _) => Calibration::of(&predictions, |one| one.target == one.network),
        (_, Some([_, high])) => Calibration::of(&predictions, |one| one.target >= high),
        _ => None,
    };
    let confusion = of_classes.map(|classes| {
        let judged = if held_out.is_empty() { std::slice::from_ref(&train) } else { &held_out };
        let counts = judged.iter().map(|part| &part.confusion);
        Confusion::new(classes, counts, !held_out.is_empty())
    });
    Ok(Analysis {
        calibration,
        confusion,
        scores: scores(|all| &all.network),
        linear: linear.map(|linear| (linear, scores(|all| &all.linear))),
        logistic: logistic.map(|models| (models, scores(|all| &all.logistic))),
        typical_error: validated
            .filter(|_| of_classes.is_none())
            .map(|all| (all.network.sum / all.weight).sqrt()),
        prediction_interval: validated.filter(|_| !fit.objective.has_classes(&survey)).and_then(|_| {
            let errors = predictions.iter().filter(|prediction| prediction.held_out);
            half_width(errors.map(|prediction| (prediction.target - prediction.network).abs()).collect())
        }),
        target_kind: of_classes.map_or(survey.target_kind, |classes| TargetKind::Classes { classes }),
        missing,
        column_means,
        comparison,
        windows,
        choice,
        same_choice,
        fold_angles,
        fit,
        survey,
        folds,
        validation_samples: judged.samples,
        held_out_together,
        predictions,
    })
}

/// Refuses folds without which all labels are the same: nothing could be fitted to the rest. Labels that are the same
/// everywhere are the fit's to refuse.
fn check_folds(
    source: &mut Samples<'_>,
    split: &Split,
    parts: &[(Selection<'_>, Selection<'_>)],
    monitor: &dyn Monitor,
) -> Result<(), Error> {
    const NOTHING: (f64, f64) = (f64::INFINITY, f64::NEG_INFINITY);
    let block = block_samples(source.windows());
    // The first sample of each part of the split, which stands for the part, and its labels.
    let mut ranges: BTreeMap<u8, (u64, (f64, f64))> = BTreeMap::new();
    pass_over(source, block, |rows, first| {
        monitor.check()?;
        for (i, &y) in rows.target.iter().enumerate() {
            let row = first + i as u64;
            if rows.weights.is_none_or(|weights| weights[i] > 0.0)
                && let Some(part) = split.fold(row)
            {
                let (_, range) = ranges.entry(part).or_insert((row, NOTHING));
                *range = (range.0.min(y), range.1.max(y));
            }
        }
        Ok(())
    })?;
    let joined = |selection: Selection<'_>| {
        let chosen = ranges.values().filter(|(row, _)| selection.contains(*row));
        chosen.fold(NOTHING, |(low, high), (_, range)| (low.min(range.0), high.max(range.1)))
    };
    let (low, high) = joined(Selection::All);
    if low == high {
        return Ok(());
    }
    for (fold, &(rest, _)) in (1..).zip(parts) {
        let (low, high) = joined(rest);
        if low == high {
            return Err(Error::ConstantWithoutFold { fold, value: low });
        }
    }
    Ok(())
}

/// Network and linear models of the same samples.
struct Models {
    windows: Windows,
    choice: Option<Choice>,
    fit: Fit,
    linear: Option<LinearModel>,
    /// For a target of two values: `η` of the higher one; for several classes that of each. Of many samples some stand for all.
    logistic: Option<Vec<LinearModel>>,
    survey: Survey,
    /// What is done about missing values, and what stands for them.
    missing: Missing,
    column_means: Option<Vec<f64>>,
}

/// What models are like on samples of one fold.
#[derive(Debug, Default, Clone)]
struct Judged {
    samples: u64,
    weight: f64,
    /// `Σω(y − m)` and `Σω(y − m)²`, with `m` the mean of the samples fitted
    target: [f64; 2],
    mean: f64,
    network: Squares,
    linear: Squares,
    logistic: Squares,
    log_losses: LogLosses,
    /// Samples of the higher of two values, `Σω`.
    high: f64,
    /// Samples of each of several classes, `Σω`, `[classes]`; empty for any other target.
    of_classes: Vec<f64>,
    /// How many samples of each class were predicted to be of which, `[classes, classes]`.
    confusion: Vec<u64>,
    /// Samples of another class than those of the fit.
    strangers: u64,
    predictions: Vec<Prediction>,
}

/// The errors of one model.
#[derive(Debug, Default, Clone)]
struct Squares {
    /// `Σω(f − y)²`; for several classes `Σω|π − e_y|²`, here and below.
    sum: f64,
    /// Hits, `Σω`, for a target of classes
    hits: f64,
    /// `(m − y)² − (f − y)²`
    beside_mean: Differences,
    /// `(f − y)² − (f_network − y)²`, and the hits of the network less those of the model
    beside_network: Differences,
    hits_beside_network: Differences,
    /// Samples that it has predicted: with a model for each fold some may have none.
    samples: u64,
}

impl Squares {
    fn add(&mut self, other: &Self) {
        self.sum += other.sum;
        self.hits += other.hits;
        self.beside_mean.add(&other.beside_mean);
        self.beside_network.add(&other.beside_network);
        self.hits_beside_network.add(&other.hits_beside_network);
        self.samples += other.samples;
    }
}

/// Log-losses of network and logistic model, where both predict chances.
#[derive(Debug, Default, Clone)]
struct LogLosses {
    samples: u64,
    /// `Σω` times that of the network, and of the logistic model
    sums: [f64; 2],
    /// That of the logistic model less that of the network
    between: Differences,
    /// That of the shares of the classes less that of the network, and of the logistic model
    beside_shares: [Differences; 2],
}

impl LogLosses {
    fn push(&mut self, weight: f64, [network, logistic, shares]: [f64; 3], cluster: Option<u32>) {
        self.samples += 1;
        self.between.push(weight, logistic - network, cluster);
        let each = self.sums.iter_mut().zip(&mut self.beside_shares);
        for ((sum, beside), loss) in each.zip([network, logistic]) {
            *sum += weight * loss;
            beside.push(weight, shares - loss, cluster);
        }
    }

    fn add(&mut self, other: &Self) {
        self.samples += other.samples;
        self.between.add(&other.between);
        for (sum, other) in self.sums.iter_mut().zip(other.sums) {
            *sum += other;
        }
        for (beside, other) in self.beside_shares.iter_mut().zip(&other.beside_shares) {
            beside.add(other);
        }
    }
}

impl Additive for Judged {
    fn add(&mut self, other: &Self) {
        self.samples += other.samples;
        self.weight += other.weight;
        self.target.iter_mut().zip(other.target).for_each(|(sum, other)| *sum += other);
        self.network.add(&other.network);
        self.linear.add(&other.linear);
        self.logistic.add(&other.logistic);
        self.log_losses.add(&other.log_losses);
        self.high += other.high;
        add_up(&mut self.of_classes, &other.of_classes);
        add_up(&mut self.confusion, &other.confusion);
        self.strangers += other.strangers;
        self.predictions.extend(other.predictions.iter().copied());
    }
}

/// Sums of lists, the first of which may be empty.
fn add_up<T: Copy + Default + std::ops::AddAssign>(sums: &mut Vec<T>, others: &[T]) {
    sums.resize(sums.len().max(others.len()), T::default());
    sums.iter_mut().zip(others).for_each(|(sum, other)| *sum += *other);
}

/// All folds together.
struct Summary {
    samples: u64,
    weight: f64,
    network: Squares,
    linear: Squares,
    logistic: Squares,
    /// `Σω(y − ȳ)²`, zero where it is rounding; for several classes `Σω|q − e_y|²` with the shares `q`.
    total: f64,
    of_classes: Vec<f64>,
}

/// Share of the squares about another mean below which those about their own are rounding.
const ROUNDING: f64 = 1e-12;

impl Summary {
    fn of(folds: &[Judged]) -> Self {
        let sum = |of: fn(&Judged) -> f64| folds.iter().map(of).sum::<f64>();
        let squares = |of: fn(&Judged) -> &Squares| {
            folds.iter().map(of).fold(Squares::default(), |mut sum, fold| {
                sum.add(fold);
                sum
            })
        };
        let weight = sum(|fold| fold.weight);
        // Each fold has sums about the mean of what was fitted without it.
        let mean = sum(|fold| fold.target[0] + fold.weight * fold.mean) / weight;
        let about = |fold: &Judged| {
            let shift = fold.mean - mean;
            fold.target[1] + 2.0 * shift * fold.target[0] + shift * shift * fold.weight
        };
        let mut of_classes = Vec::new();
        folds.iter().for_each(|fold| add_up(&mut of_classes, &fold.of_classes));
        let total: f64 = match of_classes.is_empty() {
            true => folds.iter().map(about).sum(),
            false => weight - of_classes.iter().map(|of_class| of_class * of_class).sum::<f64>() / weight,
        };
        let squares_about_other = match of_classes.is_empty() {
            true => sum(|fold| fold.target[1]),
            false => weight,
        };
        Self {
            samples: folds.iter().map(|fold| fold.samples).sum(),
            weight,
            network: squares(|fold| &fold.network),
            linear: squares(|fold| &fold.linear),
            logistic: squares(|fold| &fold.logistic),
            total: if total > ROUNDING * squares_about_other { total } else { 0.0 },
            of_classes,
        }
    }

    /// `R²`; none where all samples have one value.
    fn r2(&self, model: &Squares) -> Option<f64> {
        (self.total > 0.0).then(|| 1.0 - model.sum / self.total)
    }
}

impl Models {
    fn fitted(
        source: &mut Samples<'_>,
        selection: Selection<'_>,
        choices: Option<&Choices>,
        options: &Options,
        monitor: &dyn Monitor,
    ) -> Result<Self, Error> {
        let missing = options.missing;
        let column_means = missing.means(source, selection, &CancelOnly(monitor))?;
        let mut source = Completed::new(source, missing, column_means.as_deref());
        let choice = match choices {
            Some(choices) => Some(choose(&mut source, selection, choices, options, monitor)?),
            None => None,
        };
        let (choice, penalty) = choice.unzip();
        let chosen = choice.as_ref().map(Choice::chosen);
        let windows = chosen.map_or(source.windows(), |chosen| &chosen.windows).clone();
        let options = &chosen.map_or_else(|| options.clone(), |chosen| chosen.options(options));
        let source = &mut source.cut(windows.clone());
        let (fit, survey) = fit_with_survey(source, selection, penalty, options, monitor)?;
        monitor.begin("fitting linear models", None);
        let (mut linear, mut logistic) = (None, None);
        if let Some((principal, some)) = Principal::of(&survey, source, selection, monitor)? {
            let several = fit.objective.classes();
            if several.is_none() {
                linear = Some(principal.linear_model(&some, &survey, monitor)?);
            }
            let two = survey.classes.map(|[_, high]| Classes::Two { high });
            if let Some(classes) = several.map(Classes::Several).or(two) {
                logistic = logistic_model(&principal, &some, classes, monitor)?;
            }
        }
        monitor.check()?;
        Ok(Self { windows, choice, fit, linear, logistic, survey, missing, column_means })
    }

    /// Their errors on the samples selected; with a label for the fold if these were held out.
    fn judge(
        &self,
        source: &mut Samples<'_>,
        selection: Selection<'_>,
        fold: Option<u16>,
        clusters: Option<&[u32]>,
        monitor: &dyn Monitor,
    ) -> Result<Judged, Error> {
        let windows = &self.windows;
        let complete = Completed::new(source, self.missing, self.column_means.as_deref());
        let source = &mut complete.cut(windows.clone());
        let stride = source.samples().div_ceil(MOST_PREDICTIONS).max(1);
        let mean = self.survey.target_mean;
        let total = sum_over_blocks(source, 0, &CancelOnly(monitor), |block| {
            let mut packed = vec![0.0; windows.packed()];
            let mut numbers = Vec::with_capacity(windows.width());
            let mut judged = Judged { mean, ..Judged::default() };
            for (i, &y) in block.rows.target.iter().enumerate() {
                let (row, weight) =
                    (block.first + i as u64, block.rows.weights.map_or(1.0, |weights| weights[i]));
                if weight > 0.0 && selection.contains(row) {
                    if self.fit.objective.classes().is_some_and(|classes| !is_class(y, classes)) {
                        judged.strangers += 1;
                        continue;
                    }
                    block.rows.slice(i, 1).pack(windows, &mut packed);
                    numbers.clear();
                    numbers.extend(block.rows.row(i, windows.width()));
                    #[allow(clippy::cast_possible_truncation, reason = "a place in a slice")]
                    let cluster = clusters.map(|clusters| clusters[row as usize]);
                    let prediction = match self.fit.objective {
                        Loss::Multinomial { .. } => {
                            let chances = self.chances([&packed, &numbers]);
                            judged.push_class(weight, class_of(y), &chances, cluster);
                            Prediction { cluster, ..self.most_likely(row, y, &chances, fold) }
                        }
                        Loss::Squares | Loss::Logistic { .. } => {
                            let prediction = self.predict(row, y, [&packed, &numbers], fold);
                            let prediction = Prediction { cluster, ..prediction };
                            judged.push(weight, &prediction, self.survey.classes);
                            prediction
                        }
                    };
                    if row.is_multiple_of(stride) {
                        judged.predictions.push(prediction);
                    }
                }
            }
            judged
        })?;
        let judged = total.total().unwrap_or_default();
        if judged.strangers > 0 {
            return Err(not_classes());
        }
        if judged.samples == 0 {
            return Err(Error::NoSamples);
        }
        Ok(judged)
    }

    fn predict(
        &self,
        row: u64,
        target: f64,
        [packed, numbers]: [&[f64]; 2],
        fold: Option<u16>,
    ) -> Prediction {
        let value = |model: &LinearModel| model.value(numbers);
        let of_network = self.fit.network.value_of(packed, numbers.iter().copied());
        Prediction {
            row,
            target,
            network: self.fit.objective.prediction(of_network),
            probability: self.fit.objective.probability(of_network),
            linear: self.linear.as_ref().map(value),
            logistic: self.logistic.as_ref().map(|models| logistic(value(&models[0]))),
            held_out: fold.is_some(),
            fold,
            cluster: None,
        }
    }

    /// The chances of several classes: of network, logistic model, and the shares of the samples fitted.
    fn chances(&self, [packed, numbers]: [&[f64]; 2]) -> [Vec<f64>; 3] {
        let of = |scores: Vec<f64>| self.fit.objective.chances(&scores);
        let network = self.fit.network.values_of(packed, numbers.iter().copied());
        let logistic = self.logistic.iter().flatten().map(|model| model.value(numbers)).collect::<Vec<_>>();
        let shares = self.survey.logarithms_of_shares(network.len());
        [of(network), of(logistic), of(shares)]
    }

    /// The prediction of a class from those chances.
    fn most_likely(&self, row: u64, target: f64, chances: &[Vec<f64>; 3], fold: Option<u16>) -> Prediction {
        let [network, logistic, _] = chances;
        let class = most_likely(network);
        Prediction {
            row,
            target,
            network: class as f64,
            probability: Some(network[class]),
            linear: None,
            logistic: self.logistic.is_some().then(|| most_likely(logistic) as f64),
            held_out: fold.is_some(),
            fold,
            cluster: None,
        }
    }

    /// Whether a choice was made and came out the same.
    fn has_shape_of(&self, other: &Self) -> bool {
        self.choice
            .as_ref()
            .zip(other.choice.as_ref())
            .is_some_and(|(one, other)| one.chosen().is_like(other.chosen()))
    }

    /// Angle between the filter of the fit and another one, where patches have covariance `I`; a right angle if networks have different
    /// shapes.
    fn angle_to(&self, other: &Self) -> f64 {
        let is_comparable = self.windows == other.windows
            && self.fit.network.filters.len() == other.fit.network.filters.len();
        if !is_comparable {
            return FRAC_PI_2;
        }
        matching(&self.fit.network, &other.fit.network, &self.survey.patch_covariance).1
    }
}

impl Judged {
    fn push(&mut self, weight: f64, prediction: &Prediction, classes: Option<[f64; 2]>) {
        let Prediction { target: y, network, linear, logistic, cluster, .. } = *prediction;
        let [low, high] = classes.unwrap_or([f64::NEG_INFINITY, f64::INFINITY]);
        let (middle, is_high) = ((low + high) / 2.0, y >= high);
        let square = |value: f64| (value - y).powi(2);
        let hit = |value: f64| f64::from((value > middle) == is_high);
        let beside_mean = y - self.mean;
        self.samples += 1;
        self.weight += weight;
        self.target[0] += weight * beside_mean;
        self.target[1] += weight * beside_mean * beside_mean;
        self.high += weight * f64::from(is_high);
        if let (Some(network), Some(logistic)) = (prediction.probability, logistic) {
            let share = (self.mean - low) / (high - low);
            let losses = [network, logistic, share].map(|chance| log_loss(chance, is_high));
            self.log_losses.push(weight, losses, cluster);
        }
        // A chance of the higher value is a prediction between the two.
        let logistic = logistic.map(|chance| low + chance * (high - low));
        let mean_square = square(self.mean);
        let models =
            [(&mut self.network, Some(network)), (&mut self.linear, linear), (&mut self.logistic, logistic)];
        for (squares, value) in models {
            let Some(value) = value else { continue };
            squares.samples += 1;
            squares.sum += weight * square(value);
            squares.hits += weight * hit(value);
            squares.beside_mean.push(weight, mean_square - square(value), cluster);
            squares.beside_network.push(weight, square(value) - square(network), cluster);
            squares.hits_beside_network.push(weight, hit(network) - hit(value), cluster);
        }
    }
}

impl Judged {
    /// A sample of one of several classes, with the chances of the network, the logistic model (if there is one), and the shares of the
    /// classes among the samples fitted.
    fn push_class(
        &mut self,
        weight: f64,
        class: usize,
        [network, logistic, shares]: &[Vec<f64>; 3],
        cluster: Option<u32>,
    ) {
        let classes = network.len();
        self.samples += 1;
        self.weight += weight;
        self.of_classes.resize(classes, 0.0);
        self.of_classes[class] += weight;
        self.confusion.resize(classes * classes, 0);
        self.confusion[class * classes + most_likely(network)] += 1;
        let square = |chances: &[f64]| -> f64 {
            let error = |(c, chance): (usize, &f64)| chance - f64::from(c == class);
            chances.iter().enumerate().map(error).map(|error| error * error).sum()
        };
        let hit = |chances: &[f64]| f64::from(most_likely(chances) == class);
        let (of_shares, of_network, hit_of_network) = (square(shares), square(network), hit(network));
        for (squares, chances) in [(&mut self.network, network), (&mut self.logistic, logistic)] {
            if chances.is_empty() {
                continue;
            }
            squares.samples += 1;
            squares.sum += weight * square(chances);
            squares.hits += weight * hit(chances);
            squares.beside_mean.push(weight, of_shares - square(chances), cluster);
            squares.beside_network.push(weight, square(chances) - of_network, cluster);
            squares.hits_beside_network.push(weight, hit_of_network - hit(chances), cluster);
        }
        if !logistic.is_empty() {
            let losses = [network, logistic, shares].map(|chances| log_loss(chances[class], true));
            self.log_losses.push(weight, losses, cluster);
        }
    }
}

/// Log-loss of network and logistic model, if every fold has both.
fn log_loss_of(folds: &[Judged], all: &Summary) -> Option<Measure> {
    let mut together = LogLosses::default();
    folds.iter().for_each(|fold| together.add(&fold.log_losses));
    if together.samples < all.samples || together.samples == 0 {
        return None;
    }
    let of = |of: fn(&LogLosses) -> &Differences| -> Vec<Differences> {
        folds.iter().map(|fold| of(&fold.log_losses).clone()).collect()
    };
    let beside_shares = [of(|losses| &losses.beside_shares[0]), of(|losses| &losses.beside_shares[1])];
    let sides = together.sums.map(|sum| sum / all.weight);
    Some(by_log_loss(sides, &of(|losses| &losses.between), [&beside_shares[0], &beside_shares[1]]))
}

/// Network and linear models on the samples held out; none if these say nothing.
fn compare(
    folds: &[Judged],
    all: &Summary,
    predictions: &[Prediction],
    objective: Loss,
    classes: Option<[f64; 2]>,
) -> Option<Comparison> {
    let of = |of: fn(&Judged) -> &Differences| folds.iter().map(|fold| of(fold).clone()).collect::<Vec<_>>();
    let network = of(|fold| &fold.network.beside_mean);
    let r2 = |model: Baseline, squares: &Squares, between: &[Differences], beside_mean: &[Differences]| {
        let sides = [all.r2(&all.network)?, all.r2(squares)?];
        Some(by_r2(sides, model, all.total / all.weight, between, [&network, beside_mean]))
    };
    if objective.classes().is_some() {
        // Without the logistic model of a fold there is nothing to compare with.
        if all.logistic.samples < all.samples {
            return None;
        }
        let (between, beside_mean) =
            (of(|fold| &fold.logistic.beside_network), of(|fold| &fold.logistic.beside_mean));
        let mut measures: Vec<Measure> =
            r2(Baseline::Logistic, &all.logistic, &between, &beside_mean).into_iter().collect();
        let hits = of(|fold| &fold.logistic.hits_beside_network);
        let frequent =
            all.of_classes.iter().fold(0.0, |most: f64, of_class| most.max(*of_class)) / all.weight;
        let sides = [all.network.hits, all.logistic.hits].map(|hits| hits / all.weight);
        measures.push(by_accuracy(sides, Baseline::Logistic, &hits, frequent));
        measures.extend(log_loss_of(folds, all));
        return Some(Comparison::new(measures, all.samples));
    }
    let (between, beside_mean) =
        (of(|fold| &fold.linear.beside_network), of(|fold| &fold.linear.beside_mean));
    let mut measures: Vec<Measure> =
        r2(Baseline::Linear, &all.linear, &between, &beside_mean).into_iter().collect();
    if let Some([_, high]) = classes {
        // The logistic model, if every fold has one.
        let (model, squares, hits) = if all.logistic.samples == all.samples {
            let (between, beside_mean) =
                (of(|fold| &fold.logistic.beside_network), of(|fold| &fold.logistic.beside_mean));
            measures.extend(r2(Baseline::Logistic, &all.logistic, &between, &beside_mean));
            (Baseline::Logistic, &all.logistic, of(|fold| &fold.logistic.hits_beside_network))
        } else {
            (Baseline::Linear, &all.linear, of(|fold| &fold.linear.hits_beside_network))
        };
        let share = folds.iter().map(|fold| fold.high).sum::<f64>() / all.weight;
        let sides = [all.network.hits, squares.hits].map(|hits| hits / all.weight);
        measures.push(by_accuracy(sides, model, &hits, share.max(1.0 - share)));
        measures.extend(by_auc(predictions, high, model));
        measures.extend(log_loss_of(folds, all));
    }
    (!measures.is_empty()).then(|| Comparison::new(measures, all.samples))
}
