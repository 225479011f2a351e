//! Which model predicts better on samples that neither has seen, and how sure that is.
//!
//! Both models predict the same samples, so that their errors are compared in pairs, `dᵢ = (f_linear − y)² − (f_network − y)²`.
//! The mean `d̄` has an interval of 95 % from the samples, and with five folds or more another one from the folds; the wider
//! one counts.
//!
//! ```text
//! samples   t(n − 1) √(n/(n − 1) Σω²(d − d̄)²)/Σω
//! folds     t(K − 1) √((1/K + 1/(K − 1)) S²)        S² the variance of the folds' means
//! ```
//!
//! The models of different folds share most of what they were fitted to: hence the second term, which is the share held out
//! over the share fitted. For a target of two values, hits are compared as McNemar does, by the samples on which one model is
//! right and the other wrong, with his correction for whole numbers, and areas under curves as DeLong, DeLong and Clarke-Pearson do.
//!
//! # Source
//! McNemar, "Note on the sampling error of the difference between correlated proportions or percentages", Psychometrika 12
//! (1947); Nadeau and Bengio, "Inference for the generalization error", Machine Learning 52 (2003); DeLong, DeLong and
//! Clarke-Pearson, "Comparing the areas under two or more correlated receiver operating characteristic curves",
//! Biometrics 44 (1988).

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::Serialize;

use super::result::Prediction;
use super::student::{quantile, strict_quantile};

/// Samples below which the spread of the differences says nothing.
const FEWEST_SAMPLES: f64 = 10.0;
/// Folds below which their spread says nothing.
const FEWEST_FOLDS: usize = 5;
/// `R²` on samples held out below which nothing is predicted that could be used.
const USELESS: f64 = 0.02;
/// A difference of less than this share of the larger error is none.
const NEGLIGIBLE: f64 = 1e-3;

/// What samples held out say of the network beside its baseline.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Conclusion {
    /// The network predicts better.
    Better,
    /// The network predicts worse.
    Worse,
    /// The difference could be chance, or is less than a thousandth of the error.
    CannotTell,
    /// Neither predicts better than the mean does.
    NeitherPredicts,
    /// By one measure it predicts better, by another worse.
    MeasuresDisagree,
}

/// What is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Metric {
    /// `1 − Σω(f − y)²/Σω(y − ȳ)²`.
    R2,
    /// The share of samples on whose side of the middle between the two values of the target the prediction falls.
    Accuracy,
    /// The area under the curve of hits over false alarms: the chance that of two samples with different values the one with
    /// the higher value is predicted higher.
    Auc,
    /// `−Σω log π/Σω` with the chance `π` that was given to the class that came true; the lower the better.
    LogLoss,
}

/// What the network is compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Baseline {
    /// Ridge regression.
    Linear,
    /// Penalised logistic regression.
    Logistic,
}

/// One measure of both models on samples held out.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Measure {
    /// What it is.
    pub metric: Metric,
    /// Of the network.
    pub network: f64,
    /// Of what it is compared with.
    pub baseline: f64,
    /// What that is.
    pub baseline_model: Baseline,
    /// `network − baseline`.
    pub difference: f64,
    /// Interval of 95 % for the difference, where there are enough samples.
    pub interval: Option<[f64; 2]>,
    /// What follows.
    pub conclusion: Conclusion,
    /// Whether one of both does better than the mean, the more frequent value, or chance.
    #[serde(skip)]
    pub is_useful: bool,
}

/// The network against a linear model of all numbers of a row, on samples that neither has seen.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Comparison {
    /// What follows from all measures.
    pub conclusion: Conclusion,
    /// `R²` beside the linear model first; for a target of two values `R²`, accuracy and AUC beside the logistic model as well, and
    /// log-loss if the network predicts chances.
    pub measures: Vec<Measure>,
    /// Samples held out.
    pub samples: u64,
}

impl Baseline {
    fn name(self) -> &'static str {
        match self {
            Self::Linear => "the linear model",
            Self::Logistic => "the logistic model",
        }
    }
}

impl Metric {
    fn name(self) -> &'static str {
        match self {
            Self::R2 => "R²",
            Self::Accuracy => "accuracy",
            Self::Auc => "AUC",
            Self::LogLoss => "log-loss",
        }
    }

    fn decimals(self) -> usize {
        if self == Self::R2 { 3 } else { 4 }
    }

    /// What is left to be gained.
    fn error(self, score: f64) -> f64 {
        if self == Self::LogLoss { score } else { 1.0 - score }
    }

    /// 1 if more of it is better, −1 if less.
    fn direction(self) -> f64 {
        if self == Self::LogLoss { -1.0 } else { 1.0 }
    }
}

/// A score in few digits; `R²` can be below zero by any factor.
fn digits(value: f64, places: usize) -> String {
    let text = if value.abs() < 1e3 { format!("{value:.places$}") } else { format!("{value:.2e}") };
    match text.strip_prefix('-') {
        Some(size) if size.trim_start_matches(['0', '.']).is_empty() => size.to_owned(),
        Some(size) => format!("−{size}"),
        None => text,
    }
}

impl Measure {
    /// A difference that does not count, whatever its interval.
    fn negligible(&self) -> f64 {
        let error = |score| self.metric.error(score);
        NEGLIGIBLE * error(self.network).max(error(self.baseline)).abs()
    }
}

/// “R² 0.896 against 0.741 (difference 0.123 to 0.187)”.
impl fmt::Display for Measure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // So many decimals that the interval has two digits, but none that are negligible.
        let width = self.interval.map_or(1.0, |[low, high]| (high - low) / 2.0);
        let shown = (width / 10.0).max(self.negligible()).max(1e-9);
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 3 and 8")]
        let places = (-shown.log10().floor()).clamp(self.metric.decimals() as f64, 8.0) as usize;
        let (network, baseline) = (digits(self.network, places), digits(self.baseline, places));
        let of = if self.baseline_model == Baseline::Logistic { " of the logistic model" } else { "" };
        let difference = match self.interval {
            Some([low, high]) => {
                format!(" (difference {} to {})", digits(low, places), digits(high, places))
            }
            None => String::new(),
        };
        write!(f, "{} {network} against {baseline}{of}{difference}", self.metric.name())
    }
}

impl Comparison {
    pub(super) fn new(measures: Vec<Measure>, samples: u64) -> Self {
        let says = |wanted| measures.iter().any(|measure| measure.conclusion == wanted);
        let conclusion = match (says(Conclusion::Better), says(Conclusion::Worse)) {
            (true, true) => Conclusion::MeasuresDisagree,
            (true, false) => Conclusion::Better,
            (false, true) => Conclusion::Worse,
            // Unless another measure found one of them of use.
            _ if says(Conclusion::NeitherPredicts) && !measures.iter().any(|measure| measure.is_useful) => {
                Conclusion::NeitherPredicts
            }
            _ => Conclusion::CannotTell,
        };
        Self { conclusion, measures, samples }
    }

    /// The conclusion as the beginning of a sentence, in lower case. Where there are several measures it names those that tell.
    pub fn headline(&self) -> String {
        match self.conclusion {
            Conclusion::Better => {
                format!("the network predicts {}", self.side(Conclusion::Better, "better"))
            }
            Conclusion::Worse => format!("the network predicts {}", self.side(Conclusion::Worse, "worse")),
            Conclusion::CannotTell => {
                let first = self.measures.first().map_or(Baseline::Linear, |measure| measure.baseline_model);
                format!("cannot tell: the difference from {} may be chance", first.name())
            }
            Conclusion::NeitherPredicts => "neither model predicts better than the mean".into(),
            Conclusion::MeasuresDisagree => format!(
                "the measures disagree: the network predicts {}, and {}",
                self.side(Conclusion::Better, "better"),
                self.side(Conclusion::Worse, "worse")
            ),
        }
    }

    /// “better than the linear model by R²”: the measures that say so, by what the network is compared with.
    fn side(&self, conclusion: Conclusion, word: &str) -> String {
        let of = |baseline: Baseline| {
            let names: Vec<&str> = self
                .measures
                .iter()
                .filter(|measure| measure.conclusion == conclusion && measure.baseline_model == baseline)
                .map(|measure| measure.metric.name())
                .collect();
            let by = if self.measures.len() == 1 { String::new() } else { format!(" by {}", listed(&names)) };
            (!names.is_empty()).then(|| format!("{word} than {}{by}", baseline.name()))
        };
        [Baseline::Linear, Baseline::Logistic].into_iter().filter_map(of).collect::<Vec<_>>().join(" and ")
    }

    /// The measures that the conclusion rests on.
    pub fn details(&self) -> String {
        self.measures.iter().map(Measure::to_string).collect::<Vec<_>>().join("; ")
    }
}

/// “a, b and c”.
fn listed(names: &[&str]) -> String {
    match names {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// Headline and details: what every front end says.
impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} — {}", self.headline(), self.details())
    }
}

/// Sums over samples of what the interval of a mean difference is made of. The samples of a cluster count as one, of their
/// weight and their mean: errors of samples that belong together are no independent observations.
#[derive(Debug, Default, Clone)]
pub(super) struct Differences {
    /// `Σ1`, `Σω`, `Σωd`, `Σω²`, `Σω²d`, `Σω²d²`
    sums: [f64; 6],
    /// `Σω` and `Σωd` of each cluster that is not yet in the sums.
    clusters: BTreeMap<u32, [f64; 2]>,
}

impl Differences {
    pub(super) fn push(&mut self, weight: f64, d: f64, cluster: Option<u32>) {
        if let Some(cluster) = cluster {
            let sums = self.clusters.entry(cluster).or_default();
            (sums[0], sums[1]) = (sums[0] + weight, sums[1] + weight * d);
            return;
        }
        let squared = weight * weight;
        let terms = [1.0, weight, weight * d, squared, squared * d, squared * d * d];
        self.sums.iter_mut().zip(terms).for_each(|(sum, term)| *sum += term);
    }

    pub(super) fn add(&mut self, other: &Self) {
        self.sums.iter_mut().zip(other.sums).for_each(|(sum, term)| *sum += term);
        for (&cluster, other) in &other.clusters {
            let sums = self.clusters.entry(cluster).or_default();
            sums.iter_mut().zip(other).for_each(|(sum, term)| *sum += term);
        }
    }

    /// The same with the clusters in the sums: when all samples have been seen.
    pub(super) fn closed(&self) -> Self {
        let mut closed = Self { sums: self.sums, clusters: BTreeMap::new() };
        for [weight, weighted] in self.clusters.values() {
            closed.push(*weight, weighted / weight, None);
        }
        closed
    }

    /// `d̄ = Σωd/Σω`
    pub(super) fn mean(&self) -> f64 {
        self.sums[2] / self.sums[1]
    }

    /// Half the width of the interval for `d̄` that the samples give, unless there are too few.
    fn half_width(&self) -> Option<f64> {
        Some(quantile(self.sums[0] - 1.0) * self.standard_error()?).filter(|half| half.is_finite())
    }

    /// The standard error of `d̄`, unless there are too few samples.
    pub(super) fn standard_error(&self) -> Option<f64> {
        let [n, weight, _, squared, squared_first, squared_second] = self.sums;
        if n < FEWEST_SAMPLES {
            return None;
        }
        let mean = self.mean();
        let spread = squared_second - 2.0 * mean * squared_first + mean * mean * squared;
        Some((n / (n - 1.0) * spread.max(0.0)).sqrt() / weight)
    }
}

/// The mean over all folds, and half the width of its interval.
pub(super) fn mean_difference(folds: &[Differences]) -> (f64, Option<f64>) {
    let folds: Vec<Differences> = folds.iter().map(Differences::closed).collect();
    let mut all = Differences::default();
    folds.iter().for_each(|fold| all.add(fold));
    let mean = all.mean();
    let Some(of_samples) = all.half_width() else { return (mean, None) };
    let count = folds.len() as f64;
    if folds.len() < FEWEST_FOLDS {
        return (mean, Some(of_samples));
    }
    let centre = folds.iter().map(Differences::mean).sum::<f64>() / count;
    let variance = folds.iter().map(|fold| (fold.mean() - centre).powi(2)).sum::<f64>() / (count - 1.0);
    let of_folds = quantile(count - 1.0) * ((1.0 / count + 1.0 / (count - 1.0)) * variance).sqrt();
    // A fold without weight has no mean.
    let half = if of_folds.is_finite() { of_samples.max(of_folds) } else { of_samples };
    (mean, Some(half))
}

/// What a difference with such an interval says, if more is better.
fn conclude(difference: f64, half: Option<f64>) -> Conclusion {
    match half {
        Some(half) if difference > half => Conclusion::Better,
        Some(half) if difference < -half => Conclusion::Worse,
        _ => Conclusion::CannotTell,
    }
}

fn measure(metric: Metric, baseline_model: Baseline, sides: [f64; 2], half: Option<f64>) -> Measure {
    let [network, baseline] = sides;
    let difference = network - baseline;
    let interval = half.map(|half| [difference - half, difference + half]);
    let conclusion = conclude(metric.direction() * difference, half);
    let measure = Measure {
        metric,
        network,
        baseline,
        baseline_model,
        difference,
        interval,
        conclusion,
        is_useful: false,
    };
    if difference.abs() < measure.negligible() {
        return Measure { conclusion: Conclusion::CannotTell, ..measure };
    }
    measure
}

/// `R²` of network and baseline: from their squares beside each other, and of each beside those of the mean.
pub(super) fn by_r2(
    sides: [f64; 2],
    model: Baseline,
    variance: f64,
    between: &[Differences],
    beside_mean: [&[Differences]; 2],
) -> Measure {
    let half = mean_difference(between).1.map(|half| half / variance);
    let predicts = |folds: &[Differences]| {
        let (mean, half) = mean_difference(folds);
        half.is_some_and(|half| mean > half)
    };
    let measure = measure(Metric::R2, model, sides, half);
    let (best, other) = (sides[0].max(sides[1]), sides[0].min(sides[1]));
    // What is surely better than a useful model is useful as well.
    let is_surely_better = matches!(measure.conclusion, Conclusion::Better | Conclusion::Worse);
    let is_useful =
        best > 0.0 && (beside_mean.into_iter().any(predicts) || is_surely_better && other > USELESS);
    let says_nothing = half.is_some() && best < USELESS;
    let conclusion = match is_useful {
        true => measure.conclusion,
        false if says_nothing => Conclusion::NeitherPredicts,
        false => Conclusion::CannotTell,
    };
    Measure { conclusion, is_useful, ..measure }
}

/// Log-loss of network and logistic model: from their losses beside each other, and of each beside that of the shares of the classes.
pub(super) fn by_log_loss(
    sides: [f64; 2],
    between: &[Differences],
    beside_shares: [&[Differences]; 2],
) -> Measure {
    let measure = measure(Metric::LogLoss, Baseline::Logistic, sides, mean_difference(between).1);
    let is_useful = beside_shares.into_iter().any(|folds| {
        let (mean, half) = mean_difference(folds);
        half.is_some_and(|half| mean > half)
    });
    let conclusion = if is_useful { measure.conclusion } else { Conclusion::CannotTell };
    Measure { conclusion, is_useful, ..measure }
}

/// Accuracy, from the shares of hits, the differences of hits, and the share of the more frequent value.
pub(super) fn by_accuracy(sides: [f64; 2], model: Baseline, hits: &[Differences], frequent: f64) -> Measure {
    let mut all = Differences::default();
    hits.iter().for_each(|fold| all.add(&fold.closed()));
    let samples = all.sums[0];
    // Hits are whole numbers: half of one more or less, on either side, changes nothing.
    let half = all.half_width().map(|half| half + samples.recip());
    let measure = measure(Metric::Accuracy, model, sides, half);
    // Better at what always saying the same does as well is not better.
    let best = sides[0].max(sides[1]);
    let error = (best * (1.0 - best) / samples).max(0.0).sqrt();
    let is_useful = best - strict_quantile((samples - 1.0).max(1.0)) * error > frequent;
    let conclusion = if is_useful { measure.conclusion } else { Conclusion::CannotTell };
    Measure { conclusion, is_useful, ..measure }
}

/// AUC of the network and its baseline, within folds; none where all samples of each have one value. Samples count alike, whatever
/// their weights.
pub(super) fn by_auc(predictions: &[Prediction], high: f64, model: Baseline) -> Option<Measure> {
    let placements = |score: fn(&Prediction) -> Option<f64>| {
        let mut folds: BTreeMap<Option<u16>, Vec<Scored>> = BTreeMap::new();
        for prediction in predictions.iter().filter(|prediction| prediction.held_out) {
            let scored = (score(prediction)?, prediction.target >= high);
            folds.entry(prediction.fold).or_default().push((scored, prediction.cluster));
        }
        // Each fold has a model of its own, whose predictions are not to be ranked among those of others.
        Placements::all(folds.values().filter_map(|scores| Placements::new(scores)))
    };
    let baseline: fn(&Prediction) -> Option<f64> = match model {
        Baseline::Linear => |prediction| prediction.linear,
        Baseline::Logistic => |prediction| prediction.logistic,
    };
    let sides = [placements(|prediction| Some(prediction.network))?, placements(baseline)?];
    let variance = variance(&sides[0], Some(&sides[1]));
    let fewer = sides[0].fewer() as f64;
    let half = (fewer >= FEWEST_SAMPLES).then(|| quantile(fewer - 1.0) * variance.sqrt());
    let areas = [sides[0].area, sides[1].area];
    let measure = measure(Metric::Auc, model, areas, half.filter(|half| half.is_finite()));
    // The better one has to be better than chance.
    let better = &sides[usize::from(areas[1] > areas[0])];
    let alone = self::variance(better, None);
    let is_useful = better.area - strict_quantile(fewer - 1.0) * alone.sqrt() > 0.5;
    Some(Measure {
        conclusion: if is_useful { measure.conclusion } else { Conclusion::CannotTell },
        ..measure
    })
}

/// Variance of an area, or of the difference between two, from the placements of the samples of each value.
///
/// ```text
/// Σ_g (H_g + L_g)²      H_g = Σ_{high in g} (d − d̄)/n_high,  L_g likewise;   n − 1 for n within each sum where clusters are samples
/// ```
///
/// # Source
/// DeLong, DeLong and Clarke-Pearson (1988); with clusters Obuchowski, "Nonparametric analysis of clustered ROC curve data",
/// Biometrics 53 (1997).
fn variance(one: &Placements, other: Option<&Placements>) -> f64 {
    let deviations = |of: fn(&Placements) -> &Vec<f64>| -> Vec<f64> {
        let differences: Vec<f64> = match other {
            Some(other) => of(one).iter().zip(of(other)).map(|(a, b)| a - b).collect(),
            None => of(one).clone(),
        };
        let n = differences.len() as f64;
        let mean = differences.iter().sum::<f64>() / n;
        // √(n/(n − 1)) for the mean that was estimated.
        differences.iter().map(|d| (d - mean) / (n * (n - 1.0)).sqrt()).collect()
    };
    let (high, low) =
        (deviations(|placements| &placements.of_high), deviations(|placements| &placements.of_low));
    let Some((clusters_high, clusters_low)) = &one.clusters else {
        return high.iter().chain(&low).map(|d| d * d).sum();
    };
    let mut sums: BTreeMap<u32, f64> = BTreeMap::new();
    for (cluster, d) in clusters_high.iter().zip(high).chain(clusters_low.iter().zip(low)) {
        *sums.entry(*cluster).or_default() += d;
    }
    let count = sums.len() as f64;
    count / (count - 1.0) * sums.values().map(|d| d * d).sum::<f64>()
}

/// The score of a sample, whether it has the higher value, and its cluster.
type Scored = ((f64, bool), Option<u32>);

/// For each sample the share of those of the other value that are on the right side of it; ties count half.
struct Placements {
    of_high: Vec<f64>,
    of_low: Vec<f64>,
    /// The clusters of both, if there are any.
    clusters: Option<(Vec<u32>, Vec<u32>)>,
    area: f64,
}

impl Placements {
    /// Those of several folds together; none if there is no fold.
    fn all(folds: impl Iterator<Item = Self>) -> Option<Self> {
        let all = folds.reduce(|mut all, fold| {
            all.of_high.extend(fold.of_high);
            all.of_low.extend(fold.of_low);
            if let (Some(all), Some(fold)) = (&mut all.clusters, fold.clusters) {
                all.0.extend(fold.0);
                all.1.extend(fold.1);
            }
            all
        })?;
        Some(Self { area: all.of_high.iter().sum::<f64>() / all.of_high.len() as f64, ..all })
    }

    /// Samples of the rarer value, or clusters if these are fewer.
    fn fewer(&self) -> usize {
        let samples = self.of_high.len().min(self.of_low.len());
        self.clusters.as_ref().map_or(samples, |(high, low)| {
            let clusters: BTreeSet<u32> = high.iter().chain(low).copied().collect();
            samples.min(clusters.len())
        })
    }

    /// Scores, whether the sample has the higher value, and its cluster.
    fn new(samples: &[Scored]) -> Option<Self> {
        let scores: Vec<(f64, bool)> = samples.iter().map(|(scored, _)| *scored).collect();
        let highs = scores.iter().filter(|(_, is_high)| *is_high).count();
        let lows = scores.len() - highs;
        if highs == 0 || lows == 0 {
            return None;
        }
        let mut order: Vec<usize> = (0..scores.len()).collect();
        order.sort_by(|&i, &j| scores[i].0.total_cmp(&scores[j].0));
        let mut places = vec![0.0; scores.len()];
        let (mut highs_below, mut lows_below) = (0, 0);
        for tied in order.chunk_by(|&i, &j| scores[i].0 == scores[j].0) {
            let high = tied.iter().filter(|&&i| scores[i].1).count();
            let low = tied.len() - high;
            for &i in tied {
                places[i] = if scores[i].1 {
                    (lows_below as f64 + low as f64 / 2.0) / lows as f64
                } else {
                    ((highs - highs_below) as f64 - high as f64 / 2.0) / highs as f64
                };
            }
            highs_below += high;
            lows_below += low;
        }
        let of = |wanted: bool| {
            let chosen = places.iter().zip(samples).filter(move |(_, ((_, is_high), _))| *is_high == wanted);
            chosen.map(|(place, (_, cluster))| (*place, *cluster)).unzip::<f64, Option<u32>, Vec<_>, Vec<_>>()
        };
        let ((of_high, clusters_high), (of_low, clusters_low)) = (of(true), of(false));
        let known = |clusters: Vec<Option<u32>>| clusters.into_iter().collect::<Option<Vec<u32>>>();
        let clusters = known(clusters_high).zip(known(clusters_low));
        let area = of_high.iter().sum::<f64>() / highs as f64;
        Some(Self { of_high, of_low, clusters, area })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(values: &[f64], weight: f64) -> Differences {
        let mut differences = Differences::default();
        values.iter().for_each(|&d| differences.push(weight, d, None));
        differences
    }

    /// With equal weights, whatever they are, the interval is that of a mean with Student's t.
    #[test]
    fn the_interval_is_that_of_a_mean() {
        let values: Vec<f64> = (0..40).map(|i| f64::from(i * i % 7)).collect();
        let mean = values.iter().sum::<f64>() / 40.0;
        let variance = values.iter().map(|d| (d - mean).powi(2)).sum::<f64>() / 39.0;
        for weight in [1.0, 0.25] {
            let (found, half) = mean_difference(&[of(&values, weight)]);
            assert!((found - mean).abs() < 1e-13);
            // t(0.975, 39) from a table.
            let expected = 2.022_690_9 * (variance / 40.0).sqrt();
            assert!((half.expect("enough") / expected - 1.0).abs() < 1e-7, "{half:?} {expected}");
        }
        assert_eq!(mean_difference(&[of(&values[..9], 1.0)]).1, None);
    }

    /// Folds that differ more than their samples do widen the interval.
    #[test]
    fn the_spread_of_folds_counts() {
        let folds: Vec<Differences> = (0..5).map(|fold| of(&[f64::from(fold); 20], 1.0)).collect();
        // Means 0 to 4: S² = 2.5, t(0.975, 4) = 2.776445.
        let expected = 2.776_445_1 * (0.45_f64 * 2.5).sqrt();
        let (mean, half) = mean_difference(&folds);
        assert!((mean - 2.0).abs() < 1e-14 && (half.expect("enough") / expected - 1.0).abs() < 1e-7);
    }

    /// Against the definition, pair by pair, with ties.
    #[test]
    fn the_area_counts_pairs() {
        let scores = [(0.1, false), (0.4, true), (0.4, false), (0.35, false), (0.8, true), (0.2, true)];
        let mut pairs = 0.0;
        for (high, _) in scores.iter().filter(|(_, is_high)| *is_high) {
            for (low, _) in scores.iter().filter(|(_, is_high)| !*is_high) {
                pairs += if high > low {
                    1.0
                } else if high == low {
                    0.5
                } else {
                    0.0
                };
            }
        }
        let alone = scores.map(|scored| (scored, None));
        let placements = Placements::new(&alone).expect("two values");
        assert!((placements.area - pairs / 9.0).abs() < 1e-15);
        let other = placements.of_low.iter().sum::<f64>() / 3.0;
        assert!((placements.area - other).abs() < 1e-15);
        assert!(Placements::new(&alone[2..4]).is_none());
    }

    /// Samples that come in pairs of equals say as much as one of each pair, of means and of areas.
    #[test]
    fn the_samples_of_a_cluster_count_as_one() {
        let values: Vec<f64> = (0..40).map(|i| f64::from(i * i % 7)).collect();
        let mut clustered = Differences::default();
        for (cluster, &d) in (0..).zip(&values) {
            clustered.push(1.0, d, Some(cluster));
            clustered.push(1.0, d, Some(cluster));
        }
        assert_eq!(mean_difference(&[clustered]), mean_difference(&[of(&values, 1.0)]));

        let scored: Vec<(f64, bool)> = (0..60).map(|i| (f64::from(i * 37 % 60), i % 3 == 0)).collect();
        let single: Vec<_> = (0..).zip(&scored).map(|(i, &scored)| (scored, Some(i))).collect();
        let twice: Vec<_> = single.iter().flat_map(|&sample| [sample; 2]).collect();
        let [single, twice] = [single, twice].map(|samples| Placements::new(&samples).expect("two values"));
        assert!((single.area - twice.area).abs() < 1e-12);
        assert_eq!((single.fewer(), twice.fewer()), (20, 40));
        let ratio = variance(&twice, None) / variance(&single, None);
        // But for n/(n − 1) of 20 and 40 samples.
        assert!((ratio - 1.0).abs() < 0.03, "{ratio}");
        let independent = Placements { clusters: None, ..twice };
        assert!((variance(&independent, None) / variance(&single, None) - 0.5).abs() < 0.03);
    }

    /// Less bad than the mean of the samples fitted, and worse than their own: of no use, and neither is the better one.
    #[test]
    fn below_zero_nothing_is_better() {
        let [gain, more]: [Vec<f64>; 2] =
            [1e-4, 2e-4].map(|gain| (0..100).map(|i| gain * f64::from(1 + i % 2)).collect());
        let (gain, more) = ([of(&gain, 1.0)], [of(&more, 1.0)]);
        let conclusion = |sides| by_r2(sides, Baseline::Linear, 1.0, &gain, [&more, &gain]).conclusion;
        assert_eq!(conclusion([-0.001, -0.002]), Conclusion::NeitherPredicts);
        assert_eq!(conclusion([0.5, 0.4]), Conclusion::Better);
    }

    /// Surely better than a model that explains much, by few samples that do not show how much better than the mean.
    #[test]
    fn better_than_what_is_useful_is_better() {
        let sure = [of(&[0.26, 0.27, 0.25, 0.26, 0.27, 0.25, 0.26, 0.27, 0.25, 0.26, 0.27, 0.25], 1.0)];
        let unsure = [of(&[12.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0], 1.0)];
        let conclusion = |sides| by_r2(sides, Baseline::Linear, 1.0, &sure, [&unsure, &unsure]).conclusion;
        assert_eq!(conclusion([0.977, 0.715]), Conclusion::Better);
        assert_eq!(conclusion([0.27, 0.01]), Conclusion::CannotTell);
    }

    /// A network that is all but the linear model is not called better, however surely; where little is left to gain, little counts.
    #[test]
    fn what_is_negligible_does_not_count() {
        let conclusion = |sides: [f64; 2]| {
            let gains = [of(&[0.9 * (sides[0] - sides[1]), 1.1 * (sides[0] - sides[1])].repeat(50), 1.0)];
            let useful: [&[Differences]; 2] = [&gains, &gains];
            let measure = by_r2(sides, Baseline::Linear, 1.0, &gains, useful);
            (measure.conclusion, measure.to_string())
        };
        let (all_but_equal, text) = conclusion([0.988_371_68, 0.988_371_66]);
        assert_eq!(all_but_equal, Conclusion::CannotTell);
        assert_eq!(text, "R² 0.98837 against 0.98837 (difference 0.00000 to 0.00000)");
        assert_eq!(conclusion([0.999_999_99, 0.999_999_95]).0, Conclusion::Better);
    }

    /// Less of it is better.
    #[test]
    fn a_lower_log_loss_is_better() {
        let gains: Vec<f64> = (0..100).map(|i| 0.1 * f64::from(1 + i % 2)).collect();
        let gains = [of(&gains, 1.0)];
        let measure = by_log_loss([0.25, 0.4], &gains, [&gains, &gains]);
        assert_eq!(measure.conclusion, Conclusion::Better);
        assert!(measure.is_useful && measure.interval.is_some_and(|[_, high]| high < 0.0));
        assert_eq!(by_log_loss([0.4, 0.25], &gains, [&gains, &gains]).conclusion, Conclusion::Worse);
    }

    #[test]
    fn measures_that_differ_are_said_to_disagree() {
        let with = |conclusions: &[Conclusion]| {
            let measures = conclusions.iter().map(|&conclusion| Measure {
                conclusion,
                ..measure(Metric::R2, Baseline::Linear, [0.5, 0.4], None)
            });
            Comparison::new(measures.collect(), 100).conclusion
        };
        use Conclusion::{Better, CannotTell, MeasuresDisagree, NeitherPredicts, Worse};
        assert_eq!(with(&[Better, Worse, CannotTell]), MeasuresDisagree);
        assert_eq!(with(&[Better, CannotTell, Better]), Better);
        assert_eq!(with(&[CannotTell, Worse]), Worse);
        assert_eq!(with(&[NeitherPredicts, CannotTell]), NeitherPredicts);
        assert_eq!(with(&[NeitherPredicts, Worse]), Worse);
        assert_eq!(with(&[CannotTell]), CannotTell);
    }
}
