//! How often gradient descent on `n` samples recovers the teacher, beside the exact probability on the population.
//!
//! A data set has its own teacher and its own `n` samples ([`Planted`]); some [`STARTS_PER_DATA_SET`] runs go from starts of
//! the paper's initialisation down its empirical loss, on all samples at every step, with weight normalisation, without
//! bias and intercept. Where a run ends is compared with the *teacher's minimum*: the minimum of the empirical loss that a
//! search from the teacher itself leads to, which is the teacher where labels have no noise.
//!
//! | ending | the minimum in which the run ends |
//! |---|---|
//! | recovered | is the teacher's: the filters differ by less than [`SAME_ANGLE`] |
//! | trapped | has its filter in the other hemisphere, and a higher loss than the teacher's |
//! | elsewhere | is another one, or the run left the range of numbers |
//!
//! The trap is asked for by hemisphere and not by its distance from the antipode: near the antipode the population loss
//! is flat to third order in the angle, so that a sample moves the trap by some `n^{−¼}`, which is large. A minimum in the
//! other hemisphere that fits *better* than the teacher's is no trap but a fit of noise, or with few samples one of
//! many exact fits, and counts as elsewhere.
//!
//! **Few samples.** There are `p + k − 1` free numbers. With fewer samples than that the exact fits form a continuum, nearly
//! every run ends in one of its own, and next to none recover the teacher. Somewhat above, the empirical loss has
//! minima that the population's has not.
//!
//! # When a run is decided
//!
//! Near the trap the angle closes like `1/t`, so that waiting for descent to come to rest takes forever. At the times
//! `t = η·steps = 10, 20, 40, …, 1280` a least-squares search goes from each run's point to a minimum and tells which one
//! it is; descent goes on from where it was. A run is decided when two looks in a row found the same minimum and its
//! filter has come within [`NEAR`] of the minimum's, or at the last look. That is no proof, but it has been measured
//! ([`FIRST_LOOK`]). The population's basin test, which is a proof there, is far more often wrong on finite data, and is not
//! used.

use std::f64::consts::FRAC_PI_2;

use nalgebra::DVector;
use rand::Rng;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use statrs::distribution::{ContinuousCDF, StudentsT};

use super::coordinates::Coordinates;
use super::descent::Run;
use super::evaluate::{Arithmetic, sums};
use super::levenberg::{Levenberg, Minimum, search};
use super::planted::{Inputs, Planted};
use super::samples::{InMemory, Rows, Values};
use super::split::Selection;
use crate::Error;
use crate::ensemble::{NORMAL_QUANTILE, wilson};
use crate::initialization::sample_student;
use crate::model::{Cell, Teacher, norm};
use crate::numerics::random::stream;
use crate::probability::{Quadrature, success_probability};

/// Runs that share a data set: as many as the kernel for many students takes at once.
pub const STARTS_PER_DATA_SET: u64 = 16;

/// Filters closer than this, in radians, belong to the same minimum.
pub const SAME_ANGLE: f64 = 0.05;

/// Time `t = η·steps` of the first look ahead.
///
/// Measured with `p = 5`, `k = 25` and `η = 0.1` against descents that went on to `t = 2560`; the last column is how often
/// the population's basin test, asked until it answers, was wrong.
///
/// | samples | ρ | noise | runs | decided wrongly | basin test wrong |
/// |---|---|---|---|---|---|
/// | 50 | 4 | 0 | 192 | 1 | 87 |
/// | 100 | 4 | 0 | 320 | 0 | 38 |
/// | 200 | 8 | 0 | 192 | 0 | 16 |
/// | 200 | 1 | 0.3 | 192 | 0 | 6 |
/// | 1000 | 4 | 0 | 96 | 0 | 1 |
pub const FIRST_LOOK: f64 = 10.0;

/// Angle to the minimum ahead, in radians, within which a run may be decided. Without it, one run in a hundred was
/// decided wrongly; with a smaller one, descents near the trap go on for longer.
pub const NEAR: f64 = 0.8;

/// Time of the last look ahead.
pub const LAST_LOOK: f64 = 1280.0;

/// Numbers in a data set, at most: 400 MB.
const LARGEST_DATA_SET: usize = 100_000_000;

/// `p + k`, at most: a look ahead solves systems of this size.
const MOST_WEIGHTS: usize = 2000;

/// Cells of the random streams, below those of [`Planted`].
const DATA_SETS: u64 = u64::MAX - 3;
const STARTS: u64 = u64::MAX - 4;

/// Where a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ending {
    Recovered,
    Trapped,
    Elsewhere,
}

/// How the runs on one data set ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Counts {
    runs: u64,
    recovered: u64,
    trapped: u64,
    elsewhere: u64,
}

/// How often gradient descent on so many samples recovered the teacher.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Recovery {
    /// Patch dimension `p`.
    pub patch_dim: usize,
    /// Number of patches `k`.
    pub patches: usize,
    /// Sum ratio `ρ`.
    pub sum_ratio: f64,
    /// Scale ratio `β`.
    pub scale_ratio: f64,
    /// Step size `η`.
    pub step_size: f64,
    /// Samples `n` of each data set.
    pub samples: usize,
    /// Standard deviation of what is added to the labels.
    pub noise: f64,
    /// Data sets.
    pub data_sets: u64,
    /// Runs in all.
    pub runs: u64,
    /// Runs that ended in the teacher's minimum.
    pub recovered: u64,
    /// Runs that ended in the other hemisphere.
    pub trapped: u64,
    /// The rest.
    pub elsewhere: u64,
    /// `recovered/runs`.
    pub share: f64,
    /// Lower end of the 95 % interval for the probability that `share` estimates.
    pub lower: f64,
    /// Upper end.
    pub upper: f64,
    /// The probability on the population, `n → ∞`, with the same step size.
    pub exact_probability: f64,
}

/// An experiment on one cell: standard normal inputs, random teachers, random starts.
///
/// The data sets and starts depend on the seed alone: with more samples the same data sets go on, from the same starts, so
/// that differences between numbers of samples are sharper than each share. No result depends on which other numbers of
/// samples were asked for, or on the number of threads.
///
/// # Examples
/// ```
/// use spurious::{fit::RecoveryExperiment, model::Cell};
/// let experiment = RecoveryExperiment::new(Cell::new(2, 4, 1.0, 1.0)?, 0.3, 0.0, 1)?;
/// let recovery = experiment.recovery(400, 64)?;
/// assert_eq!((recovery.runs, recovery.data_sets), (64, 4));
/// assert!(recovery.lower < recovery.exact_probability && recovery.exact_probability < recovery.upper);
/// # Ok::<(), spurious::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct RecoveryExperiment {
    cell: Cell,
    step_size: f64,
    noise: f64,
    seed: u64,
    exact_probability: f64,
}

impl RecoveryExperiment {
    /// Gradient descent with this step size on data of this cell, with noise of this standard deviation on the labels.
    ///
    /// # Errors
    /// If `step_size` or `noise` is out of range, the cell has more than 2000 weights `p + k`, or the probability on the
    /// population cannot be computed.
    pub fn new(cell: Cell, step_size: f64, noise: f64, seed: u64) -> Result<Self, Error> {
        let weights = cell.patch_dim() + cell.shape().patches();
        if weights > MOST_WEIGHTS {
            let name = "number of weights p + k";
            return Err(Error::Size { name, value: weights, limit: MOST_WEIGHTS });
        }
        Planted::new(&cell, Inputs::Gaussian, noise, seed)?;
        let exact = success_probability(&cell, Some(step_size), &Quadrature::default(), &())?;
        Ok(Self { cell, step_size, noise, seed, exact_probability: exact.probability })
    }

    /// The probability on the population, which the shares approach as the samples grow in number.
    ///
    /// # Examples
    /// ```
    /// use spurious::{fit::RecoveryExperiment, model::Cell};
    /// let experiment = RecoveryExperiment::new(Cell::new(5, 25, 4.0, 1.0)?, 0.1, 0.0, 1)?;
    /// assert!((experiment.exact_probability() - 0.7279).abs() < 1e-4);
    /// # Ok::<(), spurious::Error>(())
    /// ```
    pub fn exact_probability(&self) -> f64 {
        self.exact_probability
    }

    /// Data sets that so many runs take.
    ///
    /// # Examples
    /// ```
    /// use spurious::fit::RecoveryExperiment;
    /// assert_eq!(RecoveryExperiment::data_sets(33), 3);
    /// ```
    pub fn data_sets(runs: u64) -> u64 {
        runs.div_ceil(STARTS_PER_DATA_SET)
    }

    /// Refuses a number of samples, or of runs, for which there is no answer.
    ///
    /// # Errors
    /// If one of them is zero, or a data set would have more than 100,000,000 numbers.
    ///
    /// # Examples
    /// ```
    /// use spurious::{fit::RecoveryExperiment, model::Cell};
    /// let experiment = RecoveryExperiment::new(Cell::new(5, 25, 4.0, 1.0)?, 0.1, 0.0, 1)?;
    /// assert!(experiment.check(800_000, 1).is_ok() && experiment.check(800_001, 1).is_err());
    /// # Ok::<(), spurious::Error>(())
    /// ```
    pub fn check(&self, samples: usize, runs: u64) -> Result<(), Error> {
        let limit = LARGEST_DATA_SET / (self.cell.patch_dim() * self.cell.shape().patches());
        if !(1..=limit).contains(&samples) {
            return Err(Error::Size { name: "number of samples", value: samples, limit });
        }
        crate::error::positive("number of runs", runs as f64)?;
        Ok(())
    }

    /// The share of `runs` runs that recover the teacher from `samples` samples.
    ///
    /// # Errors
    /// As [`check`](Self::check).
    pub fn recovery(&self, samples: usize, runs: u64) -> Result<Recovery, Error> {
        Ok(self.recovery_while(samples, runs, &|| true)?.unwrap_or_else(|| self.summary(samples, &[])))
    }

    /// The same for each number of samples.
    ///
    /// # Errors
    /// As [`check`](Self::check).
    ///
    /// # Examples
    /// ```
    /// use spurious::{fit::RecoveryExperiment, model::Cell};
    /// let experiment = RecoveryExperiment::new(Cell::new(2, 4, 1.0, 1.0)?, 0.3, 0.0, 1)?;
    /// let [few, more] = experiment.recoveries(&[4, 100], 32)?[..] else { unreachable!() };
    /// assert!(few.share < more.share);
    /// # Ok::<(), spurious::Error>(())
    /// ```
    pub fn recoveries(&self, samples: &[usize], runs: u64) -> Result<Vec<Recovery>, Error> {
        samples.iter().map(|&samples| self.recovery(samples, runs)).collect()
    }

    /// The same as [`recovery`](Self::recovery), for those who watch: `go_on` is asked after every data set, on whichever
    /// thread; when it says no, there is no result.
    ///
    /// # Errors
    /// As [`check`](Self::check).
    pub fn recovery_while(
        &self,
        samples: usize,
        runs: u64,
        go_on: &(dyn Fn() -> bool + Sync),
    ) -> Result<Option<Recovery>, Error> {
        self.check(samples, runs)?;
        let counts: Vec<Option<Counts>> = (0..Self::data_sets(runs))
            .into_par_iter()
            .map(|index| {
                let starts = STARTS_PER_DATA_SET.min(runs - index * STARTS_PER_DATA_SET);
                let data_set = DataSet::new(self, samples, index)?;
                let endings = data_set.endings(self.step_size, data_set.starts(starts)?, LAST_LOOK, true)?;
                Ok(go_on().then(|| Counts::of(&endings)))
            })
            .collect::<Result<_, Error>>()?;
        Ok(counts.into_iter().collect::<Option<Vec<Counts>>>().map(|counts| self.summary(samples, &counts)))
    }

    fn summary(&self, samples: usize, counts: &[Counts]) -> Recovery {
        let sum = |of: fn(&Counts) -> u64| counts.iter().map(of).sum::<u64>();
        let (runs, recovered) = (sum(|c| c.runs), sum(|c| c.recovered));
        let (lower, upper) = interval(counts);
        Recovery {
            patch_dim: self.cell.patch_dim(),
            patches: self.cell.shape().patches(),
            sum_ratio: self.cell.shape().sum_ratio(),
            scale_ratio: self.cell.scale_ratio(),
            step_size: self.step_size,
            samples,
            noise: self.noise,
            data_sets: counts.len() as u64,
            runs,
            recovered,
            trapped: sum(|c| c.trapped),
            elsewhere: sum(|c| c.elsewhere),
            share: recovered as f64 / runs as f64,
            lower,
            upper,
            exact_probability: self.exact_probability,
        }
    }
}

impl Counts {
    fn of(endings: &[Ending]) -> Self {
        let count = |which| endings.iter().filter(|&&ending| ending == which).count() as u64;
        Self {
            runs: endings.len() as u64,
            recovered: count(Ending::Recovered),
            trapped: count(Ending::Trapped),
            elsewhere: count(Ending::Elsewhere),
        }
    }
}

/// 95 % interval for the probability of recovery, from the variation between data sets.
///
/// Runs on one data set share its accidents, so that `N` runs tell less than `N` independent ones. With `xᵢ` of `Nᵢ` runs
/// recovered on data set `i` of `m`,
///
/// ```text
/// share = Σxᵢ/ΣNᵢ      V = m/(m − 1) Σ(xᵢ − share·Nᵢ)²/N²      D = V / (share(1 − share)/N)
/// ```
///
/// is the share's variance, and how much larger it is than that of independent runs. The interval is Wilson's for `N/D`
/// runs, with the quantile of Student's `t` for `m − 1` degrees of freedom, as `V` is an estimate. `D` is kept between
/// 1, independence, and the runs on a data set, which then count as one; so they do where all runs agree and `V` says
/// nothing.
fn interval(counts: &[Counts]) -> (f64, f64) {
    let m = counts.len() as f64;
    let runs: u64 = counts.iter().map(|c| c.runs).sum();
    if runs == 0 {
        return (0.0, 1.0);
    }
    let n = runs as f64;
    let share = counts.iter().map(|c| c.recovered).sum::<u64>() as f64 / n;
    let independent = share * (1.0 - share) / n;
    let most = counts.iter().map(|c| c.runs).max().unwrap_or(1) as f64;
    if counts.len() < 2 || independent == 0.0 {
        return wilson(share, n / most, NORMAL_QUANTILE);
    }
    let squares: f64 = counts.iter().map(|c| (c.recovered as f64 - share * c.runs as f64).powi(2)).sum();
    let effect = (m / (m - 1.0) * squares / (n * n) / independent).clamp(1.0, most);
    let quantile = StudentsT::new(0.0, 1.0, m - 1.0).map_or(NORMAL_QUANTILE, |t| t.inverse_cdf(0.975));
    wilson(share, n / effect, quantile)
}

/// One data set with its teacher.
struct DataSet {
    planted: Planted,
    rows: Vec<f32>,
    target: Vec<f64>,
    seed: u64,
}

impl DataSet {
    fn new(experiment: &RecoveryExperiment, samples: usize, index: u64) -> Result<Self, Error> {
        let seed = stream(experiment.seed, DATA_SETS, index).next_u64();
        let planted = Planted::new(&experiment.cell, Inputs::Gaussian, experiment.noise, seed)?;
        let (mut rows, mut target) = (vec![0.0; samples * planted.width()], vec![0.0; samples]);
        // Single precision is twice as fast, and the steps of descent need no more; looks ahead are taken in double.
        planted.fill_single(0, &mut rows, &mut target)?;
        Ok(Self { planted, rows, target, seed })
    }

    /// Starts of the paper's initialisation, `(v, a)`.
    fn starts(&self, count: u64) -> Result<Vec<DVector<f64>>, Error> {
        let network = self.planted.network();
        let teacher = Teacher::new(network.filter.clone(), network.output_weights.clone())?;
        let start = |index| {
            let student = sample_student(&teacher, &mut stream(self.seed, STARTS, index));
            DVector::from_iterator(
                network.filter.len() + network.output_weights.len(),
                student.filter().iter().chain(student.output_weights()).copied(),
            )
        };
        Ok((0..count).map(start).collect())
    }

    /// Where descents end. With `early`, a run stops when it is decided; else all go on to the last look, which decides.
    fn endings(
        &self,
        step_size: f64,
        starts: Vec<DVector<f64>>,
        last_look: f64,
        early: bool,
    ) -> Result<Vec<Ending>, Error> {
        let network = self.planted.network();
        let (p, k) = (network.filter.len(), network.output_weights.len());
        let coordinates =
            Coordinates { patch_dim: p, patches: k, filter_bias: false, intercept: false, transform: None };
        let rows = Rows {
            values: Values::F32(&self.rows),
            stride: self.planted.width(),
            target: &self.target,
            weights: None,
        };
        let mut data = InMemory::new(rows, self.planted.windows()?)?;
        let mean_square = self.target.iter().map(|y| y * y).sum::<f64>() / self.target.len() as f64;
        let zero = 1e-26 * mean_square;
        let settings = Levenberg { ridge: 0.0, most_steps: 200, tolerance: 1e-10, progress: 1e-5, zero };
        let teacher = vec![coordinates.theta(network)];
        let best = search(&mut data, Selection::All, &coordinates, &settings, teacher)?.swap_remove(0);
        let filter = |minimum: &Minimum| minimum.theta.as_slice()[..p].to_vec();
        let best_filter = filter(&best);

        let mut runs: Vec<Descent> = starts.into_iter().map(Descent::new).collect();
        let (mut steps, mut look) = (0.0, FIRST_LOOK);
        while look <= last_look {
            while steps * step_size < look {
                let active: Vec<usize> = (0..runs.len()).filter(|&i| runs[i].ending.is_none()).collect();
                if active.is_empty() {
                    break;
                }
                let networks: Vec<_> = active.iter().map(|&i| runs[i].run.network(&coordinates)).collect();
                let sums = sums(&mut data, &networks, Selection::All, Arithmetic::AsStored)?;
                for (i, sums) in active.into_iter().zip(&sums) {
                    let descent = &mut runs[i];
                    descent.run.step(&coordinates, sums, step_size);
                    if descent.run.has_diverged() {
                        descent.ending = Some(Ending::Elsewhere);
                    }
                }
                steps += 1.0;
            }
            let active: Vec<usize> = (0..runs.len()).filter(|&i| runs[i].ending.is_none()).collect();
            let points = active.iter().map(|&i| runs[i].run.theta.clone()).collect();
            let ends = search(&mut data, Selection::All, &coordinates, &settings, points)?;
            for (i, end) in active.into_iter().zip(ends) {
                let found = filter(&end);
                let away = angle(&found, &best_filter);
                let ending = if away < SAME_ANGLE {
                    Ending::Recovered
                } else if away > FRAC_PI_2 && end.loss > best.loss.max(zero) {
                    Ending::Trapped
                } else {
                    Ending::Elsewhere
                };
                let descent = &mut runs[i];
                let again = descent.found.as_ref().is_some_and(|before| angle(before, &found) < SAME_ANGLE);
                let near = angle(&descent.run.theta.as_slice()[..p], &found) < NEAR;
                if early && again && near || 2.0 * look > last_look {
                    descent.ending = Some(ending);
                }
                descent.found = Some(found);
            }
            look *= 2.0;
        }
        Ok(runs.into_iter().map(|descent| descent.ending.unwrap_or(Ending::Elsewhere)).collect())
    }
}

/// A descent, and the filter of the minimum that the last look ahead found.
struct Descent {
    run: Run,
    found: Option<Vec<f64>>,
    ending: Option<Ending>,
}

impl Descent {
    fn new(start: DVector<f64>) -> Self {
        Self { run: Run::new(start), found: None, ending: None }
    }
}

/// The angle between two directions, with its digits at both ends.
fn angle(u: &[f64], v: &[f64]) -> f64 {
    let (length_u, length_v) = (norm(u), norm(v));
    let (mut sum, mut difference) = (0.0, 0.0);
    for (u, v) in u.iter().zip(v) {
        let (u, v) = (u / length_u, v / length_v);
        sum += (u + v) * (u + v);
        difference += (u - v) * (u - v);
    }
    2.0 * difference.sqrt().atan2(sum.sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::basin::{Basins, Verdict};
    use crate::dynamics::reduced::ReducedDescent;
    use crate::model::Student;

    fn experiment(p: usize, k: usize, ratio: f64, noise: f64) -> RecoveryExperiment {
        RecoveryExperiment::new(Cell::new(p, k, ratio, 1.0).unwrap(), 0.2, noise, 5).unwrap()
    }

    /// The share on many samples is the exact probability, within four standard errors of independent runs.
    #[test]
    fn many_samples_behave_as_the_population() {
        let recovery = experiment(3, 6, 1.0, 0.0).recovery(4000, 320).unwrap();
        let exact = recovery.exact_probability;
        assert!(
            (recovery.share - exact).abs() < 4.0 * (exact * (1.0 - exact) / 320.0).sqrt(),
            "{recovery:?}"
        );
        assert_eq!(recovery.elsewhere, 0);
    }

    /// Run by run, on data sets of many samples and on the population: only starts near the boundary of the basins,
    /// which the sample moves by some √((p + k)/n) = 0.05 rad, may end differently. Fewer than a tenth lie that near.
    #[test]
    fn runs_end_as_on_the_population() {
        let experiment = experiment(3, 6, 1.0, 0.1);
        let (mut all, mut different) = (0, 0);
        for index in 0..6 {
            let data_set = DataSet::new(&experiment, 4000, index).unwrap();
            let network = data_set.planted.network();
            let teacher = Teacher::new(network.filter.clone(), network.output_weights.clone()).unwrap();
            let basins = Basins::new(&teacher.reduced());
            let population = ReducedDescent::new(&teacher.reduced(), experiment.step_size);
            let starts = data_set.starts(16).unwrap();
            let endings = data_set.endings(experiment.step_size, starts.clone(), LAST_LOOK, true).unwrap();
            for (start, ending) in starts.iter().zip(endings) {
                let (v, a) = start.as_slice().split_at(3);
                let student = Student::new(v.to_vec(), a.to_vec()).unwrap();
                let mut at = student.order_parameters(&teacher).unwrap();
                let verdict = loop {
                    match basins.verdict(&at) {
                        Some(verdict) => break verdict,
                        None => at = population.step(&at),
                    }
                };
                all += 1;
                different += u32::from((verdict == Verdict::Global) != (ending == Ending::Recovered));
            }
        }
        assert!(different * 10 < all, "{different} of {all}");
    }

    /// The slow twin: descents that nobody stops, to a time by which they have settled.
    #[test]
    fn early_decisions_are_those_of_long_descents() {
        let experiment = experiment(3, 6, 1.5, 0.1);
        for (samples, index) in [(60, 0), (200, 2)] {
            let data_set = DataSet::new(&experiment, samples, index).unwrap();
            let of = |early| data_set.endings(0.2, data_set.starts(16).unwrap(), 320.0, early).unwrap();
            assert_eq!(of(true), of(false), "{samples} samples, data set {index}");
        }
    }

    /// One entry: the filter is a sign, which never changes. It decides.
    #[test]
    fn a_sign_decides_in_one_dimension() {
        let experiment = experiment(1, 1, 1.0, 0.0);
        let data_set = DataSet::new(&experiment, 20, 0).unwrap();
        let right = data_set.planted.network().filter[0];
        let starts = data_set.starts(16).unwrap();
        let expected: Vec<_> = (starts.iter())
            .map(|start| if start[0] * right > 0.0 { Ending::Recovered } else { Ending::Trapped })
            .collect();
        assert_eq!(data_set.endings(0.2, starts, LAST_LOOK, true).unwrap(), expected);
        assert_eq!(experiment.exact_probability(), 0.5);
    }

    /// With fewer samples than free numbers nearly every run finds an exact fit of its own.
    #[test]
    fn too_few_samples_determine_nothing() {
        let recovery = experiment(4, 6, 1.0, 0.1).recovery(5, 32).unwrap();
        assert!(recovery.elsewhere * 10 > 8 * recovery.runs, "{recovery:?}");
    }

    #[test]
    fn threads_and_stops_do_not_show() {
        let experiment = experiment(3, 6, 1.0, 0.2);
        let on = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| experiment.recovery(70, 50).unwrap())
        };
        let one = on(1);
        assert_eq!(one, on(3));
        assert_eq!((one.runs, one.data_sets), (50, 4));
        assert_eq!(one.recovered + one.trapped + one.elsewhere, 50);
        assert_eq!(experiment.recovery_while(70, 50, &|| false).unwrap(), None);
    }

    /// Independent data sets of one run: Wilson's interval but for Student's quantile. Data sets whose runs all agree: one
    /// run each.
    #[test]
    fn intervals_come_from_the_data_sets() {
        let counts = |runs, recovered| Counts { runs, recovered, ..Counts::default() };
        let single: Vec<_> = (0..100).map(|i| counts(1, u64::from(i < 70))).collect();
        let (lower, upper) = interval(&single);
        let (low, high) = crate::ensemble::wilson_interval(70, 100);
        assert!((lower - low).abs() < 2e-3 && (upper - high).abs() < 2e-3);
        let alike: Vec<_> = (0..100).map(|i| counts(16, if i < 70 { 16 } else { 0 })).collect();
        let (same, also) = interval(&alike);
        assert!((same - lower).abs() < 1e-3 && (also - upper).abs() < 1e-3);
        let even: Vec<_> = (0..100).map(|_| counts(10, 7)).collect();
        let (lower, upper) = interval(&even);
        assert!(lower > 0.66 && upper < 0.74);
        assert_eq!(interval(&[counts(16, 16); 5]), crate::ensemble::wilson_interval(5, 5));
        assert_eq!(interval(&[]), (0.0, 1.0));
    }

    #[test]
    fn impossible_experiments_are_named() {
        let cell = |p, k| Cell::new(p, k, 1.0, 1.0).unwrap();
        let message = |cell, step| RecoveryExperiment::new(cell, step, 0.0, 1).unwrap_err().to_string();
        assert_eq!(
            message(cell(1000, 1001), 0.1),
            "number of weights p + k 2001 is not a whole number from 1 to 2000"
        );
        assert_eq!(message(cell(5, 25), 0.0), "step size 0 is not positive");
        let experiment = experiment(5, 25, 1.0, 0.0);
        assert_eq!(
            experiment.recovery(0, 1).unwrap_err().to_string(),
            "number of samples 0 is not a whole number from 1 to 800000"
        );
        assert_eq!(experiment.recovery(10, 0).unwrap_err().to_string(), "number of runs 0 is not positive");
    }
}
