//! Fitting without being trapped: searches side by side, the best one turned around, and a verdict on where it ended.

use nalgebra::{DMatrix, DVector};
use serde::{Deserialize, Serialize};

use super::coordinates::Coordinates;
use super::descent::{Schedule, descend};
use super::evaluate::gauss_newton;
use super::levenberg::{Levenberg, Minimum, Stop, search, solve};
use super::network::Network;
use super::samples::{InMemory, Rows, Source, Values};
use super::split::{Selection, Split};
use super::starts::{Drawing, StartKind, Starts};
use super::survey::Survey;
use super::transform::{Scaling, Transform};
use super::uncertainty::uncertainty;
use super::windows::Windows;
use crate::Error;
use crate::basin::Verdict;
use crate::error::positive;

/// How minima are searched for.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Optimiser {
    /// Variable projection from every start, on some of the samples if there are many; the best minima and the antipode
    /// of the best on all of them, to machine precision.
    Auto,
    /// Variable projection with Levenberg–Marquardt from every start, on all samples, without the antipodal restart.
    LeastSquares,
    /// Gradient descent with weight normalisation, as in the paper.
    Descent {
        /// `η`; the inverse of the largest curvature if left out.
        step_size: Option<f64>,
        /// Longest run.
        most_steps: u64,
    },
    /// The same on batches of samples, in the order of the data; the step falls linearly to zero.
    Batches {
        /// `η` of the first batch; the inverse of the largest curvature if left out.
        step_size: Option<f64>,
        /// Passes over the data.
        epochs: u64,
        /// Samples in a batch.
        samples: usize,
    },
}

/// Penalty `½λ‖a‖²` on the output weights, for a filter of length 1 on the scale that it acts on.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ridge {
    /// This `λ`.
    Fixed(f64),
    /// The `λ` with the smallest loss on folds held out, so many of them.
    CrossValidated(usize),
}

/// What a fit depends on besides the data.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Options {
    /// How minima are searched for.
    pub optimiser: Optimiser,
    /// Where searches begin.
    pub starts: Starts,
    /// Seed of random starts.
    pub seed: u64,
    /// Whether a constant is fitted with the rest.
    pub intercept: bool,
    /// Whether the filter has a bias.
    pub filter_bias: bool,
    /// How patches are scaled before the filter sees them.
    pub scaling: Scaling,
    /// The penalty.
    pub ridge: Ridge,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            optimiser: Optimiser::Auto,
            starts: Starts::Random(8),
            seed: 1,
            intercept: true,
            filter_bias: false,
            scaling: Scaling::None,
            ridge: Ridge::Fixed(0.0),
        }
    }
}

/// Where a search ended, beside the best.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ending {
    /// At the best minimum.
    Best,
    /// Where the filter points away from the best: the trap of the theory.
    Antipode,
    /// Somewhere else.
    Elsewhere,
}

/// Why a fit is undecided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Doubt {
    /// The data determines as many numbers as there are samples: every end fits.
    Scarce,
    /// The search ended before it had arrived.
    Unsettled,
    /// Two minima are as good as each other within the noise.
    Close,
}

/// One search.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Run {
    /// Where it began.
    pub start: StartKind,
    /// Steps of descent, or of variable projection.
    pub steps: u64,
    /// Why it ended.
    pub stop: Stop,
    /// `ℓₙ` where it ended, on the samples that it saw.
    pub loss: f64,
    /// Angle of its filter to the best, for patches of covariance `I`, in radians.
    pub angle: f64,
    /// Where it ended.
    pub ending: Ending,
    /// Samples that it saw: a first search of large data looks at some of them.
    pub samples: u64,
}

/// A network fitted to data.
#[derive(Debug, Clone, PartialEq)]
pub struct Fit {
    /// Whether it is the best minimum that there is.
    pub verdict: Verdict,
    /// Why not, where it is undecided.
    pub doubt: Option<Doubt>,
    /// On the patches as they are, with a filter of length 1.
    pub network: Network,
    /// Of each of its numbers.
    pub standard_errors: Network,
    /// Standard deviation of the residual of a sample of weight 1, for as many samples as are left when the parameters are paid for.
    pub noise: f64,
    /// `ℓₙ`, without the penalty.
    pub loss: f64,
    /// How much higher the loss is where the antipodal restart led, if that is another minimum; below zero where that
    /// was lower and not taken.
    pub gap: Option<f64>,
    /// `λ`.
    pub ridge: f64,
    /// Samples fitted.
    pub samples: u64,
    /// Free numbers, without the scale that filter and output weights share.
    pub parameters: usize,
    /// How many combinations of them the data determines.
    pub rank: usize,
    /// All searches; the last one is the antipodal restart.
    pub runs: Vec<Run>,
    /// The transform of the patches, if they are scaled.
    pub transform: Option<Transform>,
}

/// Free numbers, at most: their Gauss–Newton matrix takes 128 MB.
const MOST_PARAMETERS: usize = 4096;
/// Random starts, at most.
const MOST_STARTS: usize = 10_000;
/// Samples for the first searches, at most.
const FIRST_SAMPLES: u64 = 16_384;
/// Their numbers, at most: 16 MB. Data no larger than this is packed once.
const FIRST_VALUES: usize = 1 << 21;
/// Keeps the streams of folds within a fit apart from those around it.
const INNER: u64 = 0x5eed_f01d;
/// Share of the loss that a step of the first searches has to gain.
const ROUGH: f64 = 1e-4;
/// Minima of the first searches that are looked at more closely.
const FINALISTS: usize = 3;
/// Filters closer than this, in radians, are the same.
const SAME_ANGLE: f64 = 0.05;
/// Filters further apart than this point away from each other. On the population the angle is π.
const OPPOSITE_ANGLE: f64 = 2.4;
/// Where a step would gain less than this share of what turning around gains, a search has come to rest.
const AT_REST: f64 = 0.05;
/// Likelihood ratio, `2(ℓ − ℓ')n/s²`, below which noise may have decided between two minima.
const CLEAR_GAP: f64 = 10.0;

/// Fits the samples selected; `survey` is theirs.
///
/// # Errors
/// If the labels are all the same, a setting is out of range, or reading fails.
pub fn fit<S: Source>(
    source: &mut S,
    selection: Selection<'_>,
    survey: &Survey,
    options: &Options,
) -> Result<Fit, S::Error> {
    let (p, k) = (source.windows().patch_dim(), source.windows().patches());
    if survey.patch_mean.len() != p {
        return Err(Error::Length { name: "survey", found: survey.patch_mean.len(), expected: p }.into());
    }
    if p.saturating_add(k) > MOST_PARAMETERS {
        return Err(Error::Size {
            name: "filter and output weights together",
            value: p + k,
            limit: MOST_PARAMETERS,
        }
        .into());
    }
    if survey.target_variance <= 0.0 {
        return Err(Error::ConstantTarget { value: survey.target_mean }.into());
    }
    check(options, source.windows())?;
    let windows = source.windows().clone();
    let coordinates = Coordinates {
        patch_dim: windows.patch_dim(),
        patches: windows.patches(),
        filter_bias: options.filter_bias,
        intercept: options.intercept,
        transform: Transform::new(options.scaling, survey),
    };
    let fitting = Fitting { coordinates: &coordinates, survey, options, selection };
    let numbers = survey.samples.saturating_mul((windows.patches() * windows.patch_dim()) as u64);
    if numbers <= FIRST_VALUES as u64 {
        // Packed once instead of in every pass.
        let packed = fitting.every(source, 1)?;
        return Ok(Fitting { selection: Selection::All, ..fitting }.fit(&mut packed.source()?)?);
    }
    fitting.fit(source)
}

fn check(options: &Options, windows: &Windows) -> Result<(), Error> {
    if let Ridge::Fixed(ridge) = options.ridge
        && ridge != 0.0
    {
        positive("ridge penalty", ridge)?;
    }
    let descends = matches!(options.optimiser, Optimiser::Descent { .. } | Optimiser::Batches { .. });
    if descends && options.ridge != Ridge::Fixed(0.0) {
        return Err(Error::PenalisedDescent);
    }
    if let Optimiser::Descent { step_size: Some(step_size), .. }
    | Optimiser::Batches { step_size: Some(step_size), .. } = options.optimiser
    {
        positive("step size", step_size)?;
    }
    if let Optimiser::Batches { epochs, samples, .. } = options.optimiser {
        positive("number of epochs", epochs as f64)?;
        positive("samples in a batch", samples as f64)?;
    }
    match &options.starts {
        Starts::Random(count) => {
            if !(1..=MOST_STARTS).contains(count) {
                return Err(Error::Size { name: "number of starts", value: *count, limit: MOST_STARTS });
            }
        }
        Starts::FourSigns => {}
        Starts::Given(network) => {
            let expected = windows.patch_dim();
            if network.filter.len() != expected {
                return Err(Error::Length { name: "filter", found: network.filter.len(), expected });
            }
            let (found, expected) = (network.output_weights.len(), windows.patches());
            if found != expected {
                return Err(Error::Length { name: "output weights", found, expected });
            }
            let Network { filter, filter_bias, output_weights, intercept } = network;
            let numbers = filter.iter().chain([filter_bias]).chain(output_weights).chain([intercept]);
            if let Some(&value) = numbers.into_iter().find(|value| !value.is_finite()) {
                return Err(Error::NotFinite { name: "number of the start", value });
            }
            if filter.iter().all(|&u| u == 0.0) {
                return Err(Error::NoDirection { name: "filter of the start" });
            }
        }
    }
    Ok(())
}

/// What the searches have found.
struct Found {
    best: Minimum,
    /// Where the antipodal restart led.
    turned: Minimum,
    runs: Vec<(StartKind, Minimum, u64)>,
}

struct Fitting<'a> {
    coordinates: &'a Coordinates,
    survey: &'a Survey,
    options: &'a Options,
    selection: Selection<'a>,
}

impl Fitting<'_> {
    fn fit<S: Source>(&self, source: &mut S) -> Result<Fit, S::Error> {
        let ridge = match self.options.ridge {
            Ridge::Fixed(ridge) => ridge,
            Ridge::CrossValidated(folds) => self.best_ridge(source, folds)?,
        };
        let found = match self.options.optimiser {
            Optimiser::Auto => self.auto(source, ridge)?,
            Optimiser::LeastSquares => self.least_squares(source, ridge)?,
            Optimiser::Descent { step_size, most_steps } => {
                self.descent(source, step_size, Schedule::Full { most_steps, tolerance: 1e-9 })?
            }
            Optimiser::Batches { step_size, epochs, samples } => {
                self.descent(source, step_size, Schedule::Batches { epochs, samples })?
            }
        };
        self.conclude(source, found, ridge)
    }

    /// Settings to machine precision.
    fn finish(&self, ridge: f64) -> Levenberg {
        Levenberg {
            ridge,
            most_steps: 500,
            tolerance: 0.0,
            progress: 1e-5,
            zero: 1e-29 * self.survey.target_variance,
        }
    }

    fn drawing(&self) -> Drawing<'_> {
        Drawing::new(self.coordinates, self.survey, self.options.seed)
    }

    /// From every start and its opposite to the neighbourhood of a minimum; then the best ones and the antipode.
    fn auto<S: Source>(&self, source: &mut S, ridge: f64) -> Result<Found, S::Error> {
        let starts = self.drawing().starts(&self.options.starts, true);
        let (kinds, thetas): (Vec<_>, Vec<_>) =
            starts.into_iter().map(|start| (start.kind, start.theta)).unzip();
        let rough =
            Levenberg { tolerance: ROUGH, progress: 100.0 * ROUGH, most_steps: 50, ..self.finish(ridge) };
        let (first, seen) = match self.some_samples(source)? {
            Some(some) => {
                let mut some_source = some.source()?;
                let minima = search(&mut some_source, Selection::All, self.coordinates, &rough, thetas)?;
                (minima, some.target.len() as u64)
            }
            None => (search(source, self.selection, self.coordinates, &rough, thetas)?, self.survey.samples),
        };
        let mut order: Vec<usize> = (0..first.len()).collect();
        order.sort_by(|&i, &j| height(&first[i]).total_cmp(&height(&first[j])));
        let mut finalists: Vec<DVector<f64>> = Vec::new();
        for i in order {
            let theta = &first[i].theta;
            if finalists.iter().all(|other| self.angle(theta, other) > SAME_ANGLE)
                && finalists.len() < FINALISTS
            {
                finalists.push(theta.clone());
            }
        }
        let settings = self.finish(ridge);
        let mut minima = search(source, self.selection, self.coordinates, &settings, finalists)?;
        let best = lowest(&minima);
        let mut best = minima.swap_remove(best);
        // It may be among the finalists already, but with output weights of its own.
        let antipode = vec![self.coordinates.antipode(&best.theta)];
        // How much worse it is need not be known to machine precision.
        let nearly = Levenberg { tolerance: 1e-8, progress: 1e-4, ..settings };
        let mut turned = search(source, self.selection, self.coordinates, &nearly, antipode)?.remove(0);
        if height(&turned) < height(&best) {
            let start = vec![turned.theta.clone()];
            turned = search(source, self.selection, self.coordinates, &settings, start)?.remove(0);
        }
        let mut runs: Vec<_> =
            kinds.into_iter().zip(first).map(|(kind, minimum)| (kind, minimum, seen)).collect();
        runs.push((StartKind::Antipodal, turned.clone(), self.survey.samples));
        if height(&turned) < height(&best) {
            std::mem::swap(&mut best, &mut turned);
        }
        Ok(Found { best, turned, runs })
    }

    fn least_squares<S: Source>(&self, source: &mut S, ridge: f64) -> Result<Found, S::Error> {
        let starts = self.drawing().starts(&self.options.starts, false);
        let (kinds, thetas): (Vec<_>, Vec<_>) =
            starts.into_iter().map(|start| (start.kind, start.theta)).unzip();
        let minima = search(source, self.selection, self.coordinates, &self.finish(ridge), thetas)?;
        self.beside_antipode(source, kinds, minima, ridge)
    }

    fn descent<S: Source>(
        &self,
        source: &mut S,
        step_size: Option<f64>,
        schedule: Schedule,
    ) -> Result<Found, S::Error> {
        let starts = self.drawing().starts(&self.options.starts, false);
        let kinds = starts.iter().map(|start| start.kind).collect();
        let mut thetas: Vec<_> = starts.into_iter().map(|start| start.theta).collect();
        let step_size = match step_size {
            Some(step_size) => step_size,
            None => {
                let (step_size, length) = self.step_size(source, &thetas[0])?;
                thetas
                    .iter_mut()
                    .for_each(|theta| theta.rows_mut(0, self.coordinates.patch_dim).scale_mut(length));
                step_size
            }
        };
        let minima = descend(source, self.selection, self.coordinates, step_size, schedule, thetas)?;
        self.beside_antipode(source, kinds, minima, 0.0)
    }

    /// A step that suits the curvature of the output weights, and a length of `v` for which it suits the filter as well.
    ///
    /// `‖a‖²` is estimated by `B² = 2π Var y/((π − 1)C)`, with `C` the variance of a patch along the filter. The curvature of the
    /// filter is then `B²/2` times the variance along a direction, and that of a bias, whose terms all have one sign, `kB²/4`.
    fn step_size<S: Source>(&self, source: &mut S, start: &DVector<f64>) -> Result<(f64, f64), S::Error> {
        let sums = gauss_newton(source, &[self.coordinates.network(start)], self.selection)?;
        let here = self.coordinates.quadratic(&sums[0]);
        let (first, n) = (self.coordinates.first_output(), self.coordinates.len());
        let curvature =
            here.hessian.view((first, first), (n - first, n - first)).symmetric_eigenvalues().max();
        let pi = std::f64::consts::PI;
        let covariance = self.coordinates.covariance(self.survey);
        let w = start.rows(0, self.coordinates.patch_dim);
        let along = w.dot(&(&covariance * w)).max(f64::MIN_POSITIVE);
        let largest = covariance.symmetric_eigenvalues().max();
        let b_squared = 2.0 * pi / (pi - 1.0) * self.survey.target_variance / along;
        let mut curvature = if curvature > 0.0 { curvature } else { 1.0 };
        if self.coordinates.filter_bias {
            curvature = curvature.max(self.coordinates.patches as f64 * b_squared / 4.0);
        }
        Ok((curvature.recip(), (b_squared * largest / (2.0 * curvature)).sqrt().max(1.0)))
    }

    /// The best of some minima, and beside it where its antipode leads, which is not taken.
    fn beside_antipode<S: Source>(
        &self,
        source: &mut S,
        kinds: Vec<StartKind>,
        mut minima: Vec<Minimum>,
        ridge: f64,
    ) -> Result<Found, S::Error> {
        let antipode = self.coordinates.antipode(&minima[lowest(&minima)].theta);
        let settings = self.finish(ridge);
        let turned = search(source, self.selection, self.coordinates, &settings, vec![antipode])?.remove(0);
        let samples = self.survey.samples;
        let mut runs: Vec<_> = kinds
            .into_iter()
            .zip(minima.iter().cloned())
            .map(|(kind, minimum)| (kind, minimum, samples))
            .collect();
        runs.push((StartKind::Antipodal, turned.clone(), samples));
        let best = lowest(&minima);
        Ok(Found { best: minima.swap_remove(best), turned, runs })
    }

    /// The penalty with the smallest loss on folds held out. Each fold searches for itself, from the largest penalty down:
    /// a start that has seen the samples held out would carry them along.
    fn best_ridge<S: Source>(&self, source: &mut S, folds: usize) -> Result<f64, S::Error> {
        // Not the folds of a validation around this one.
        let split = Split::folds(source.samples(), folds, self.options.seed ^ INNER)?;
        let starts: Vec<_> =
            self.drawing().starts(&self.options.starts, true).into_iter().map(|start| start.theta).collect();
        let here = gauss_newton(source, &[self.coordinates.network(&starts[0])], self.selection)?;
        let first = self.coordinates.first_output();
        let scale = self
            .coordinates
            .quadratic(&here[0])
            .hessian
            .diagonal()
            .rows(first, self.coordinates.patches)
            .mean();
        let penalties: Vec<f64> =
            (-10..=0).rev().map(|half| scale * 10_f64.powf(f64::from(half) / 2.0)).chain([0.0]).collect();
        let mut losses = vec![0.0; penalties.len()];
        #[allow(clippy::cast_possible_truncation, reason = "at most 255 folds")]
        for fold in 0..folds as u8 {
            let (held_out, rest) = (Selection::Only(&split, fold), Selection::Except(&split, fold));
            let (held_out, rest) =
                (Selection::Both(&self.selection, &held_out), Selection::Both(&self.selection, &rest));
            let mut thetas = starts.clone();
            for (loss, &penalty) in losses.iter_mut().zip(&penalties) {
                let settings =
                    Levenberg { tolerance: ROUGH, progress: 100.0 * ROUGH, ..self.finish(penalty) };
                let minima = search(source, rest, self.coordinates, &settings, thetas)?;
                let minimum = &minima[lowest(&minima)];
                let network = self.coordinates.network(&minimum.theta);
                *loss += super::sums(source, &[network], held_out, super::Arithmetic::Double)?[0].squares;
                // The next penalty is near by: the best minimum and its antipode are enough.
                thetas = vec![minimum.theta.clone(), self.coordinates.antipode(&minimum.theta)];
            }
        }
        let best = (0..penalties.len()).min_by(|&i, &j| losses[i].total_cmp(&losses[j])).unwrap_or(0);
        Ok(penalties[best])
    }

    /// Standard errors, endings and verdict.
    fn conclude<S: Source>(&self, source: &mut S, found: Found, ridge: f64) -> Result<Fit, S::Error> {
        let Found { best, turned, runs } = found;
        let network = self.coordinates.network(&best.theta);
        let sums = gauss_newton(source, std::slice::from_ref(&network), self.selection)?.remove(0);
        let here = self.coordinates.quadratic(&sums);
        let uncertainty =
            uncertainty(self.coordinates, &best.theta, &here, self.survey.weight, self.survey.samples);
        let apart = self.angle(&best.theta, &turned.theta);
        let gap = (apart > SAME_ANGLE).then_some(turned.objective - best.objective);
        let settled = matches!(best.stop, Stop::Converged | Stop::Exact);
        // Below its rounding no loss tells anything, and where samples are too few every end fits.
        let noise = 2.0 * here.loss.max(best.loss).max(self.finish(0.0).zero);
        let known = uncertainty.rank < self.survey.samples as usize && noise.is_finite() && apart.is_finite();
        let ratio = |gap: f64| 2.0 * gap * self.survey.samples as f64 / noise;
        // What going on from here would gain is no merit of turning around.
        let ahead = here.gradient.dot(&solve(here.hessian.clone(), &here.gradient)) / 2.0;
        let at_rest = |gap: f64| settled || ahead < -AT_REST * gap;
        let verdict = match gap {
            _ if best.stop == Stop::Diverged => Verdict::Undecided,
            Some(gap) if known && ratio(gap) < -CLEAR_GAP && at_rest(gap) => Verdict::Spurious,
            Some(gap) if known && settled && ratio(gap) > CLEAR_GAP => Verdict::Global,
            None if known && settled => Verdict::Global,
            _ => Verdict::Undecided,
        };
        let doubt = match verdict {
            Verdict::Undecided if !known => Some(Doubt::Scarce),
            Verdict::Undecided if !settled => Some(Doubt::Unsettled),
            Verdict::Undecided => Some(Doubt::Close),
            _ => None,
        };
        let runs = runs
            .into_iter()
            .map(|(start, minimum, samples)| {
                let angle = self.angle(&minimum.theta, &best.theta);
                let ending = if angle < SAME_ANGLE || samples < self.survey.samples && angle < 0.5 {
                    Ending::Best
                } else if angle > OPPOSITE_ANGLE {
                    Ending::Antipode
                } else {
                    Ending::Elsewhere
                };
                Run {
                    start,
                    steps: minimum.steps,
                    stop: minimum.stop,
                    loss: minimum.loss,
                    angle,
                    ending,
                    samples,
                }
            })
            .collect();
        Ok(Fit {
            verdict,
            doubt,
            network: network.normalised(),
            standard_errors: uncertainty.standard_errors,
            noise: uncertainty.noise,
            loss: here.loss,
            gap,
            ridge,
            samples: self.survey.samples,
            parameters: uncertainty.parameters,
            rank: uncertainty.rank,
            runs,
            transform: self.coordinates.transform.clone(),
        })
    }

    /// Angle between two filters where patches have covariance `I`.
    fn angle(&self, one: &DVector<f64>, other: &DVector<f64>) -> f64 {
        let p = self.coordinates.patch_dim;
        let covariance = DMatrix::from_row_slice(p, p, &self.survey.patch_covariance);
        let pulled = |theta: &DVector<f64>| DVector::from_vec(self.coordinates.network(theta).filter);
        let (u, v) = (pulled(one), pulled(other));
        let dot = |u: &DVector<f64>, v: &DVector<f64>| u.dot(&(&covariance * v));
        let (uu, vv) = (dot(&u, &u).max(0.0).sqrt(), dot(&v, &v).max(0.0).sqrt());
        // A filter that no patch answers to points nowhere.
        if uu == 0.0 || vv == 0.0 {
            return std::f64::consts::FRAC_PI_2;
        }
        // Half the angle from the lengths of sum and difference keeps its digits at both ends.
        let (sum, difference) = (&u / uu + &v / vv, &u / uu - &v / vv);
        2.0 * dot(&difference, &difference).max(0.0).sqrt().atan2(dot(&sum, &sum).max(0.0).sqrt())
    }

    /// Evenly spaced samples for the first searches, if there are too many.
    fn some_samples<S: Source>(&self, source: &mut S) -> Result<Option<Sample>, S::Error> {
        let width = source.windows().patches() * source.windows().patch_dim();
        let most = FIRST_SAMPLES.min((FIRST_VALUES / width) as u64);
        if self.survey.samples <= most {
            return Ok(None);
        }
        self.every(source, self.survey.samples.div_ceil(most)).map(Some)
    }

    /// Every so many-th of the samples selected.
    fn every<S: Source>(&self, source: &mut S, stride: u64) -> Result<Sample, S::Error> {
        let windows = source.windows().clone();
        let width = windows.patches() * windows.patch_dim();
        let mut sample = Sample {
            values: Vec::new(),
            target: Vec::new(),
            weights: Vec::new(),
            windows: Windows::consecutive(width, windows.patch_dim())?,
        };
        let (mut row, mut selected) = (0, 0_u64);
        let mut packed = vec![0.0; width];
        source.pass(super::block_samples(&windows), &mut |rows| {
            for i in 0..rows.target.len() {
                let weight = rows.weights.map_or(1.0, |weights| weights[i]);
                if weight > 0.0 && self.selection.contains(row) {
                    if selected.is_multiple_of(stride) {
                        rows.slice(i, 1).pack(&windows, &mut packed);
                        sample.values.extend_from_slice(&packed);
                        sample.target.push(rows.target[i]);
                        sample.weights.push(weight);
                    }
                    selected += 1;
                }
                row += 1;
            }
        })?;
        Ok(sample)
    }
}

/// Some of the samples, in memory.
struct Sample {
    values: Vec<f64>,
    target: Vec<f64>,
    weights: Vec<f64>,
    windows: Windows,
}

impl Sample {
    fn source(&self) -> Result<InMemory<'_>, Error> {
        let rows = Rows {
            values: Values::F64(&self.values),
            stride: self.windows.width(),
            target: &self.target,
            weights: Some(&self.weights),
        };
        InMemory::new(rows, self.windows.clone())
    }
}

fn lowest(minima: &[Minimum]) -> usize {
    (0..minima.len()).min_by(|&i, &j| height(&minima[i]).total_cmp(&height(&minima[j]))).unwrap_or(0)
}

/// The objective; what is not a number is not low.
fn height(minimum: &Minimum) -> f64 {
    if minimum.objective.is_nan() { f64::INFINITY } else { minimum.objective }
}
