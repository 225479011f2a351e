//! How often gradient descent on `n` samples recovers the teacher, beside the exact probability on the population.
//!
//! A data set has its own teacher and its own `n` samples ([`Planted`]); [`STARTS_PER_DATA_SET`] runs of
//! gradient descent on its empirical loss begin at starts of the paper's initialisation, with all samples in every step, with weight
//! normalisation, without bias and intercept. The end of a run is compared with the *teacher's minimum*, the minimum of the empirical
//! loss that a search from the teacher reaches. Without noise on the labels this is the teacher.
//!
//! | outcome | the minimum at which the run ends |
//! |---|---|
//! | recovered | is the teacher's: the filters differ by less than [`SAME_ANGLE`] |
//! | trapped | has its filter in the other hemisphere, and a higher loss than the teacher's |
//! | elsewhere | is another one, or the run diverged |
//!
//! *Trapped* is defined by the hemisphere and not by the distance from the antipode: near the antipode the population loss
//! is flat to third order in the angle, so that sampling moves the spurious minimum by some `n^{−¼}`, which is large. A minimum in the
//! other hemisphere that fits *better* than the teacher's fits the noise, or with few samples it is one of many exact fits. It counts as
//! elsewhere.
//!
//! **Several filters.** Teacher and student may have `R` filters, without a theory on the population. Filters have no order: those of a run
//! are paired with those of the teacher's minimum, the closest pair first. A run has *recovered* if all angles between partners are less than
//! [`SAME_ANGLE`] and its loss is not higher than noise explains, `n(ℓ' − ℓ)/ℓ < 10`. It is *trapped* if it ends at another minimum with a
//! higher loss, whatever its filters: there is no antipode of several filters, but there are spurious minima, such as one at which two
//! filters of the student share one of the teacher.
//!
//! **Few samples.** There are `R(p + k − 1)` free parameters. With fewer samples the exact fits form a continuum, nearly
//! every run ends at a different one, and almost none recover the teacher. With somewhat more samples, the empirical loss has
//! minima that the population loss does not have.
//!
//! # When a run is decided
//!
//! Near the spurious minimum the angle approaches its limit only like `1/t`, so descent takes too long to converge. At the times
//! `t = η·steps = 10, 20, 40, …, 1280` a least-squares search from the current point of each run finds a minimum (a look-ahead search);
//! descent then continues from where it was. A run is decided when two look-ahead searches in a row found the same minimum and its
//! filter is within [`NEAR`](data_set::NEAR) of that of the minimum, or at the last look-ahead search. This is not a proof, but its errors
//! have been measured ([`FIRST_LOOK`](data_set::FIRST_LOOK)). The basin test of the population is far more often wrong on finite data,
//! and is not used.

mod data_set;
mod interval;

use std::f64::consts::PI;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use self::data_set::{DataSet, Outcome};
use self::interval::interval;
use super::planted::{Inputs, Planted};
use crate::Error;
use crate::export::{Column, Shown, Table, Value};
use crate::model::Cell;
use crate::monitor::{CancelOnly, Monitor};
use crate::probability::{Quadrature, success_probability};

/// Runs that share a data set: as many as the kernel for many students processes at once.
const STARTS_PER_DATA_SET: u64 = 16;

/// Largest number of values in a data set (400 MB).
const LARGEST_DATA_SET: usize = 100_000_000;

/// Largest `R(p + k)`. A look-ahead search solves systems of this size.
const MOST_WEIGHTS: usize = 2000;

/// The outcomes of the runs on one data set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Tally {
    runs: u64,
    recovered: u64,
    trapped: u64,
    elsewhere: u64,
}

/// How often gradient descent on `n` samples recovered the teacher.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Recovery {
    /// Number of filters of teacher and student; not written if it is 1.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub filters: usize,
    /// Patch dimension `p`.
    pub patch_dim: usize,
    /// Number of patches `k`.
    pub patches: usize,
    /// Sum ratio `ρ`.
    pub sum_ratio: f64,
    /// Scale ratio `β`.
    pub scale_ratio: f64,
    /// Negative slope `c` of the activation of teacher and student; 0 is the rectifier.
    #[serde(default)]
    pub negative_slope: f64,
    /// Step size `η`.
    pub step_size: f64,
    /// Samples `n` of each data set.
    pub samples: usize,
    /// Standard deviation of the noise on the labels.
    pub noise: f64,
    /// Data sets.
    pub data_sets: u64,
    /// Runs in all.
    pub runs: u64,
    /// Runs that ended at the teacher's minimum.
    pub recovered: u64,
    /// Runs that were trapped: in the other hemisphere, or with several filters at any other minimum with a higher loss.
    pub trapped: u64,
    /// All other runs.
    pub elsewhere: u64,
    /// `recovered/runs`.
    pub share: f64,
    /// Lower end of the 95 % interval for the probability that `share` estimates.
    pub lower: f64,
    /// Upper end.
    pub upper: f64,
    /// The probability on the population, `n → ∞`, with the same step size; for one filter.
    pub exact_probability: Option<f64>,
}

impl Recovery {
    /// A table of results with all their fields.
    ///
    /// # Examples
    /// ```
    /// use spurious::{fit::{Recovery, RecoveryExperiment}, model::Cell};
    /// let experiment = RecoveryExperiment::new(Cell::new(2, 4, 1.0, 1.0)?, 0.3, 0.0, 1, &())?;
    /// let recovery = experiment.recovery(40, 16, &())?;
    /// assert!(Recovery::table(&[recovery]).to_csv().starts_with("patch_dim,patches,sum_ratio,scale_ratio,negative_slope,"));
    /// # Ok::<(), spurious::Error>(())
    /// ```
    pub fn table(rows: &[Self]) -> Table {
        let keys = "filters patch_dim patches sum_ratio scale_ratio negative_slope step_size samples noise data_sets runs recovered \
                    trapped elsewhere share lower upper exact_probability";
        let has_several = rows.iter().any(|row| row.filters > 1);
        let keys = keys.split(' ').filter(|key| has_several || *key != "filters");
        let columns = keys.map(|key| Column::new(key, key, Shown::Brief));
        let mut table = Table::new(columns.collect());
        for row in rows {
            let mut values: Vec<Value> = has_several.then(|| row.filters.into()).into_iter().collect();
            values.extend([
                row.patch_dim.into(),
                row.patches.into(),
                row.sum_ratio.into(),
                row.scale_ratio.into(),
                row.negative_slope.into(),
                row.step_size.into(),
                row.samples.into(),
                row.noise.into(),
                row.data_sets.into(),
                row.runs.into(),
                row.recovered.into(),
                row.trapped.into(),
                row.elsewhere.into(),
                row.share.into(),
                row.lower.into(),
                row.upper.into(),
                row.exact_probability.map_or(Value::Missing, Value::from),
            ]);
            table.push(values);
        }
        table
    }

    /// What *trapped* means for this number of filters, in a heading.
    pub fn trapped_heading(filters: usize) -> &'static str {
        if filters == 1 { "trapped" } else { "higher minimum" }
    }

    /// A table of the results of one experiment for text output, with shares.
    pub fn overview(rows: &[Self]) -> Table {
        let trapped = Self::trapped_heading(rows.first().map_or(1, |row| row.filters));
        let mut table = Table::new(vec![
            Column::new("samples", "samples", Shown::Plain),
            Column::new("share", "recovered", Shown::Decimals(4)),
            Column::new("lower", "95 % interval", Shown::Interval(4)),
            Column::hidden("upper"),
            Column::new("trapped_share", trapped, Shown::Decimals(4)),
            Column::new("elsewhere_share", "elsewhere", Shown::Decimals(4)),
            Column::new("runs", "runs", Shown::Plain),
            Column::new("data_sets", "data sets", Shown::Plain),
        ])
        .keyed(1);
        for row in rows {
            let share = |count: u64| Value::from(count as f64 / row.runs as f64);
            table.push(vec![
                row.samples.into(),
                share(row.recovered),
                row.lower.into(),
                row.upper.into(),
                share(row.trapped),
                share(row.elsewhere),
                row.runs.into(),
                row.data_sets.into(),
            ]);
        }
        table
    }
}

fn one() -> usize {
    1
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "the form that serde asks for")]
fn is_one(filters: &usize) -> bool {
    *filters == 1
}

/// An experiment on one cell: standard normal inputs, random teachers, random starts.
///
/// The data sets and starts depend on the seed alone. A larger number of samples extends the same data sets, with the same starts, so
/// differences between numbers of samples have smaller errors than each share. No result depends on the other numbers of samples, or on
/// the number of threads.
///
/// # Examples
/// ```
/// use spurious::{fit::RecoveryExperiment, model::Cell};
/// let experiment = RecoveryExperiment::new(Cell::new(2, 4, 1.0, 1.0)?, 0.3, 0.0, 1, &())?;
/// let recovery = experiment.recovery(400, 64, &())?;
/// assert_eq!((recovery.runs, recovery.data_sets), (64, 4));
/// let exact = recovery.exact_probability.expect("one filter");
/// assert!(recovery.lower < exact && exact < recovery.upper);
/// # Ok::<(), spurious::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct RecoveryExperiment {
    cell: Cell,
    filters: usize,
    step_size: f64,
    noise: f64,
    seed: u64,
    exact_probability: Option<f64>,
}

impl RecoveryExperiment {
    /// Gradient descent with this step size on data of this cell, with noise of this standard deviation on the labels.
    ///
    /// # Errors
    /// If `step_size` or `noise` is out of range, the activation is the identity, the cell has more than 2000 weights `p + k`, or the probability on the
    /// population cannot be computed; or if the monitor cancels.
    pub fn new(
        cell: Cell,
        step_size: f64,
        noise: f64,
        seed: u64,
        monitor: &dyn Monitor,
    ) -> Result<Self, Error> {
        let experiment = Self::checked(cell, 1, step_size, noise, seed)?;
        monitor.check()?;
        let exact = success_probability(&cell, Some(step_size), &Quadrature::default(), monitor)?;
        Ok(Self { exact_probability: Some(exact.probability), ..experiment })
    }

    /// The same with teachers and students of several filters, for which no probability on the population is known. Each filter of a
    /// teacher is one of the cell ([`Planted::of_several`]), and a student starts as so many students of the paper.
    ///
    /// # Errors
    /// As [`new`](Self::new), with at most 2000 weights `R(p + k)` and a step size below `4π/(α + γRk)`, of the rectifier `4π/(Rk + π − 1)`; or if there are more than [`MOST_FILTERS`](super::MOST_FILTERS)
    /// filters, or several for patches of one number.
    ///
    /// # Examples
    /// ```
    /// use spurious::{fit::RecoveryExperiment, model::Cell};
    /// let cell = Cell::new(3, 4, 2.0, 1.0)?;
    /// let recovery = RecoveryExperiment::of_several(cell, 2, 0.1, 0.0, 1, &())?.recovery(100, 16, &())?;
    /// assert_eq!((recovery.filters, recovery.exact_probability), (2, None));
    /// assert_eq!(recovery.recovered + recovery.trapped + recovery.elsewhere, 16);
    /// # Ok::<(), spurious::Error>(())
    /// ```
    pub fn of_several(
        cell: Cell,
        filters: usize,
        step_size: f64,
        noise: f64,
        seed: u64,
        monitor: &dyn Monitor,
    ) -> Result<Self, Error> {
        if filters == 1 {
            return Self::new(cell, step_size, noise, seed, monitor);
        }
        let experiment = Self::checked(cell, filters, step_size, noise, seed)?;
        // Output weights of filters at right angles have the curvature (γ 1 1ᵀ + α I)/2π, of Rk numbers.
        crate::error::positive("step size", step_size)?;
        let patches = cell.shape().patches();
        let limit = 4.0 * PI / cell.shape().activation().sum_rate(filters * patches);
        if step_size >= limit {
            return Err(Error::StepDivergesOfSeveral { step_size, filters, patches, limit });
        }
        Ok(experiment)
    }

    fn checked(cell: Cell, filters: usize, step_size: f64, noise: f64, seed: u64) -> Result<Self, Error> {
        let of_filter = cell.patch_dim() + cell.shape().patches();
        let value = of_filter.saturating_mul(filters);
        if value > MOST_WEIGHTS {
            let name = if filters == 1 { "number of weights p + k" } else { "number of weights R(p + k)" };
            return Err(Error::Size { name, value, limit: MOST_WEIGHTS });
        }
        Planted::of_several(&cell, filters, Inputs::Gaussian, noise, seed)?;
        if cell.shape().activation().is_identity() {
            return Err(Error::LinearNetwork);
        }
        Ok(Self { cell, filters, step_size, noise, seed, exact_probability: None })
    }

    /// Number of filters of teacher and student.
    pub fn filters(&self) -> usize {
        self.filters
    }

    /// The probability on the population, which the shares approach as the samples grow in number; for one filter.
    ///
    /// # Examples
    /// ```
    /// use spurious::{fit::RecoveryExperiment, model::Cell};
    /// let experiment = RecoveryExperiment::new(Cell::new(5, 25, 4.0, 1.0)?, 0.1, 0.0, 1, &())?;
    /// assert!((experiment.exact_probability().expect("one filter") - 0.7279).abs() < 1e-4);
    /// # Ok::<(), spurious::Error>(())
    /// ```
    pub fn exact_probability(&self) -> Option<f64> {
        self.exact_probability
    }

    /// Number of data sets for a number of runs.
    fn data_sets(runs: u64) -> u64 {
        runs.div_ceil(STARTS_PER_DATA_SET)
    }

    /// Checks a number of samples and of runs.
    ///
    /// # Errors
    /// If one of them is zero, or a data set would have more than 100,000,000 numbers.
    ///
    /// # Examples
    /// ```
    /// use spurious::{fit::RecoveryExperiment, model::Cell};
    /// let experiment = RecoveryExperiment::new(Cell::new(5, 25, 4.0, 1.0)?, 0.1, 0.0, 1, &())?;
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

    /// The share of `runs` runs that recover the teacher from `samples` samples. Progress is reported in data sets.
    ///
    /// # Errors
    /// As [`check`](Self::check), or if the monitor cancels.
    pub fn recovery(&self, samples: usize, runs: u64, monitor: &dyn Monitor) -> Result<Recovery, Error> {
        self.check(samples, runs)?;
        let data_sets = Self::data_sets(runs);
        monitor.begin(&format!("data sets of {samples} samples"), Some(data_sets));
        let quiet = CancelOnly(monitor);
        let tallies: Vec<Tally> = (0..data_sets)
            .into_par_iter()
            .map(|index| {
                let starts = STARTS_PER_DATA_SET.min(runs - index * STARTS_PER_DATA_SET);
                let data_set = DataSet::new(self, samples, index, &quiet)?;
                let outcomes = data_set.outcomes(self.step_size, data_set.starts(starts)?, &quiet)?;
                monitor.advance(1);
                Ok(Tally::of(&outcomes))
            })
            .collect::<Result<_, Error>>()?;
        Ok(self.summary(samples, &tallies))
    }

    fn summary(&self, samples: usize, tallies: &[Tally]) -> Recovery {
        let sum = |of: fn(&Tally) -> u64| tallies.iter().map(of).sum::<u64>();
        let (runs, recovered) = (sum(|tally| tally.runs), sum(|tally| tally.recovered));
        let (lower, upper) = interval(tallies);
        Recovery {
            filters: self.filters,
            patch_dim: self.cell.patch_dim(),
            patches: self.cell.shape().patches(),
            sum_ratio: self.cell.shape().sum_ratio(),
            scale_ratio: self.cell.scale_ratio(),
            negative_slope: self.cell.shape().activation().negative_slope(),
            step_size: self.step_size,
            samples,
            noise: self.noise,
            data_sets: tallies.len() as u64,
            runs,
            recovered,
            trapped: sum(|tally| tally.trapped),
            elsewhere: sum(|tally| tally.elsewhere),
            share: recovered as f64 / runs as f64,
            lower,
            upper,
            exact_probability: self.exact_probability,
        }
    }
}

impl Tally {
    fn of(outcomes: &[Outcome]) -> Self {
        let count = |which| outcomes.iter().filter(|&&outcome| outcome == which).count() as u64;
        Self {
            runs: outcomes.len() as u64,
            recovered: count(Outcome::Recovered),
            trapped: count(Outcome::Trapped),
            elsewhere: count(Outcome::Elsewhere),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::basin::{Basins, Verdict};
    use crate::dynamics::reduced::ReducedDescent;
    use crate::model::{Student, Teacher};

    fn experiment(p: usize, k: usize, ratio: f64, noise: f64) -> RecoveryExperiment {
        RecoveryExperiment::new(Cell::new(p, k, ratio, 1.0).unwrap(), 0.2, noise, 5, &()).unwrap()
    }

    /// The share on many samples is the exact probability, within four standard errors of independent runs.
    #[test]
    fn many_samples_behave_as_the_population() {
        let recovery = experiment(3, 6, 1.0, 0.0).recovery(4000, 320, &()).unwrap();
        let exact = recovery.exact_probability.unwrap();
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
            let data_set = DataSet::new(&experiment, 4000, index, &()).unwrap();
            let network = data_set.planted.network();
            let teacher =
                Teacher::new(network.filters[0].weights.clone(), network.filters[0].output_weights.clone())
                    .unwrap();
            let basins = Basins::new(&teacher.reduced());
            let population = ReducedDescent::new(&teacher.reduced(), experiment.step_size);
            let starts = data_set.starts(16).unwrap();
            let endings = data_set.outcomes(experiment.step_size, starts.clone(), &()).unwrap();
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
                different += u32::from((verdict == Verdict::Global) != (ending == Outcome::Recovered));
            }
        }
        assert!(different * 10 < all, "{different} of {all}");
    }

    /// Against the reference: descents without early decisions, to a time at which they have converged.
    #[test]
    fn early_decisions_are_those_of_long_descents() {
        let experiment = experiment(3, 6, 1.5, 0.1);
        for (samples, index) in [(60, 0), (200, 2)] {
            let data_set = DataSet::new(&experiment, samples, index, &()).unwrap();
            let of = |early| data_set.watched(0.2, data_set.starts(16).unwrap(), 320.0, early, &()).unwrap();
            assert_eq!(of(true), of(false), "{samples} samples, data set {index}");
        }
    }

    /// One entry: the filter is a sign, which never changes. It decides.
    #[test]
    fn a_sign_decides_in_one_dimension() {
        let experiment = experiment(1, 1, 1.0, 0.0);
        let data_set = DataSet::new(&experiment, 20, 0, &()).unwrap();
        let right = data_set.planted.network().filters[0].weights[0];
        let starts = data_set.starts(16).unwrap();
        let expected: Vec<_> = (starts.iter())
            .map(|start| if start[0] * right > 0.0 { Outcome::Recovered } else { Outcome::Trapped })
            .collect();
        assert_eq!(data_set.outcomes(0.2, starts, &()).unwrap(), expected);
        assert_eq!(experiment.exact_probability(), Some(0.5));
    }

    /// With fewer samples than free parameters nearly every run finds an exact fit of its own.
    #[test]
    fn too_few_samples_determine_nothing() {
        let recovery = experiment(4, 6, 1.0, 0.1).recovery(5, 32, &()).unwrap();
        assert!(recovery.elsewhere * 10 > 8 * recovery.runs, "{recovery:?}");
    }

    #[test]
    fn threads_and_stops_do_not_show() {
        let experiment = experiment(3, 6, 1.0, 0.2);
        let on = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| experiment.recovery(70, 50, &()).unwrap())
        };
        let one = on(1);
        assert_eq!(one, on(3));
        assert_eq!((one.runs, one.data_sets), (50, 4));
        assert_eq!(one.recovered + one.trapped + one.elsewhere, 50);
        // A monitor that stops after the first data set.
        struct After(std::sync::atomic::AtomicU64);
        impl Monitor for After {
            fn is_cancelled(&self) -> bool {
                self.0.load(std::sync::atomic::Ordering::Relaxed) > 0
            }
            fn advance(&self, data_sets: u64) {
                self.0.fetch_add(data_sets, std::sync::atomic::Ordering::Relaxed);
            }
        }
        assert_eq!(experiment.recovery(70, 5000, &After(0.into())), Err(Error::Cancelled));
    }

    fn several(filters: usize, noise: f64) -> RecoveryExperiment {
        let cell = Cell::new(4, 5, 2.0, 1.0).unwrap();
        RecoveryExperiment::of_several(cell, filters, 0.2, noise, 5, &()).unwrap()
    }

    /// Against the reference: descents without early decisions.
    #[test]
    fn early_decisions_of_several_filters_are_those_of_long_descents() {
        let experiment = several(2, 0.1);
        for (samples, index) in [(100, 0), (300, 2)] {
            let data_set = DataSet::new(&experiment, samples, index, &()).unwrap();
            let of = |early| data_set.watched(0.2, data_set.starts(16).unwrap(), 320.0, early, &()).unwrap();
            let (early, late) = (of(true), of(false));
            let different = early.iter().zip(&late).filter(|(one, other)| one != other).count();
            // One wrong decision in a hundred is usual for one filter.
            assert!(different <= 1, "{early:?}\n{late:?}");
        }
    }

    /// A run that starts at the teacher stays there, whatever the order of its filters.
    #[test]
    fn several_filters_are_recovered_in_any_order() {
        let data_set = DataSet::new(&several(3, 0.0), 400, 1, &()).unwrap();
        let filters = &data_set.planted.network().filters;
        let theta = |order: [usize; 3]| {
            let weights = order.iter().flat_map(|&i| filters[i].weights.clone());
            let outputs = order.iter().flat_map(|&i| filters[i].output_weights.clone());
            nalgebra::DVector::from_vec(weights.chain(outputs).collect::<Vec<f64>>())
        };
        let starts = vec![theta([0, 1, 2]), theta([2, 0, 1])];
        assert_eq!(data_set.outcomes(0.05, starts, &()).unwrap(), [Outcome::Recovered; 2]);
    }

    #[test]
    fn impossible_experiments_are_named() {
        let cell = |p, k| Cell::new(p, k, 1.0, 1.0).unwrap();
        let message = |cell, step| RecoveryExperiment::new(cell, step, 0.0, 1, &()).unwrap_err().to_string();
        assert_eq!(
            message(cell(1000, 1001), 0.1),
            "number of weights p + k 2001 is not a whole number from 1 to 2000"
        );
        assert_eq!(message(cell(5, 25), 0.0), "step size 0 is not positive: use a number above 0");
        let several = |cell, filters, step| {
            RecoveryExperiment::of_several(cell, filters, step, 0.0, 1, &()).unwrap_err().to_string()
        };
        assert_eq!(
            several(cell(500, 501), 2, 0.001),
            "number of weights R(p + k) 2002 is not a whole number from 1 to 2000"
        );
        assert_eq!(several(cell(5, 25), 2, 0.0), "step size 0 is not positive: use a number above 0");
        assert_eq!(
            several(cell(5, 25), 2, 0.3),
            "step size 0.3 makes the output weights diverge with 2 filters and 25 patches: use less than 0.241"
        );
        assert_eq!(several(cell(5, 25), 17, 0.01), "number of filters 17 is not a whole number from 1 to 16");
        let experiment = experiment(5, 25, 1.0, 0.0);
        assert_eq!(
            experiment.recovery(0, 1, &()).unwrap_err().to_string(),
            "number of samples 0 is not a whole number from 1 to 800000"
        );
        assert_eq!(
            experiment.recovery(10, 0, &()).unwrap_err().to_string(),
            "number of runs 0 is not positive: use a number above 0"
        );
    }
}
