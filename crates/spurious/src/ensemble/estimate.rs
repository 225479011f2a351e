//! The result of many runs for a cell: outcomes, the estimated probability, and the exact value beside it.

use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

use super::{Counts, Distribution, Observe, Summary};
use crate::activation::Activation;
use crate::error::Error;
use crate::export::{Column, Shown, Table, Value};
use crate::model::Cell;
use crate::probability::SuccessProbability;

/// Outcomes of runs, and the estimated probability of recovery.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Estimate {
    /// How the runs ended.
    #[serde(flatten)]
    pub counts: Counts,
    /// The share that recovers the teacher.
    pub probability: f64,
    /// Lower end of Wilson's 95 % interval for the probability. Undecided runs count as failures in the lower end and as successes in the
    /// upper end.
    pub lower: f64,
    /// Upper end of the interval.
    pub upper: f64,
}

impl Counts {
    /// The probability that these counts estimate, with its interval.
    pub fn estimate(&self) -> Estimate {
        let (lower, upper) = self.interval();
        Estimate { counts: *self, probability: self.probability(), lower, upper }
    }
}

/// The result for one cell: a row of the results of a sweep.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CellEstimate {
    /// The number of the cell in the grid, from 0, which selects its random streams.
    pub cell: u64,
    /// Patch dimension `p`.
    pub patch_dim: usize,
    /// Number of patches `k`.
    pub patches: usize,
    /// Sum ratio `ρ`.
    pub sum_ratio: f64,
    /// Scale ratio `β`.
    pub scale_ratio: f64,
    /// Negative slope `c` of the activation; 0 is the rectifier.
    pub negative_slope: f64,
    /// Step size `η`.
    pub step_size: f64,
    /// Criticality `x_c`; of the rectifier `πρ/(k + π − 1)`.
    pub criticality: f64,
    /// Outcomes and estimate.
    #[serde(flatten)]
    pub estimate: Estimate,
    /// The exact probability, if it was requested and the theory covers the step size.
    pub exact_probability: Option<f64>,
    /// Bound on its error.
    pub exact_error_bound: Option<f64>,
    /// Distance of the share from the exact probability, in standard errors. `None` where the exact probability is 0 or 1, and where runs
    /// are undecided.
    pub z_score: Option<f64>,
    /// Summaries of what was observed beside the verdict.
    #[serde(flatten)]
    pub observed: Observed,
}

/// Summaries of distributions over many runs; `None` for what was not requested.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Observed {
    /// Steps to the verdict.
    pub steps: Option<Quantiles>,
    /// Steps to convergence.
    pub convergence_steps: Option<Quantiles>,
    /// Length of phase I.
    pub phase_one_steps: Option<Quantiles>,
    /// Loss at the end, in units of `‖b‖²`.
    pub final_loss: Option<Quantiles>,
}

/// Summary of the distribution of a number. All but `runs` are `None` if there was no run to count.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Quantiles {
    /// Number of runs with this number: those with a verdict, or those that converged.
    pub runs: u64,
    /// Mean.
    pub mean: Option<f64>,
    /// Median; this and the following quantiles are at most 1 % too large.
    pub median: Option<f64>,
    /// Quantile at 90 %.
    pub share_90: Option<f64>,
    /// Quantile at 99 %.
    pub share_99: Option<f64>,
    /// The largest value, at most 1 % too large as well.
    pub max: Option<f64>,
}

/// Endings of the keys after the one of the number of runs.
const SUFFIXES: [&str; 5] = ["mean", "median", "90", "99", "max"];

impl Quantiles {
    /// The summary of a distribution in units of `unit`.
    pub fn of(distribution: &Distribution, unit: f64) -> Self {
        let quantile = |share| distribution.quantile(share).map(|value| value as f64 * unit);
        Self {
            runs: distribution.count(),
            mean: distribution.mean().map(|mean| mean * unit),
            median: quantile(0.5),
            share_90: quantile(0.9),
            share_99: quantile(0.99),
            max: quantile(1.0),
        }
    }

    /// The values in the order of [`SUFFIXES`].
    fn values(&self) -> [Option<f64>; 5] {
        [self.mean, self.median, self.share_90, self.share_99, self.max]
    }
}

impl Observed {
    /// The parts of a summary that were requested.
    pub fn of(summary: &Summary, observe: &Observe) -> Self {
        let brief = |asked: bool, distribution, unit| asked.then(|| Quantiles::of(distribution, unit));
        let follows = observe.convergence.is_some();
        Self {
            steps: brief(observe.steps, &summary.steps, 1.0),
            convergence_steps: brief(follows, &summary.convergence_steps, 1.0),
            phase_one_steps: brief(follows, &summary.phase_one_steps, 1.0),
            final_loss: brief(follows, &summary.final_loss, Summary::LOSS_UNIT),
        }
    }

    /// The requested parts, with their keys.
    fn named(&self) -> impl Iterator<Item = (&'static str, &Quantiles)> {
        [
            ("steps", &self.steps),
            ("convergence_steps", &self.convergence_steps),
            ("phase_one_steps", &self.phase_one_steps),
            ("final_loss", &self.final_loss),
        ]
        .into_iter()
        .filter_map(|(name, quantiles)| Some((name, quantiles.as_ref()?)))
    }
}

/// Flat keys such as `steps_runs`, `steps_mean`, `steps_90`.
impl Serialize for Observed {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for (name, quantiles) in self.named() {
            map.serialize_entry(&format!("{name}_runs"), &quantiles.runs)?;
            for (suffix, value) in SUFFIXES.into_iter().zip(quantiles.values()) {
                map.serialize_entry(&format!("{name}_{suffix}"), &value)?;
            }
        }
        map.end()
    }
}

impl CellEstimate {
    /// The result for a cell from a summary of its runs, with the exact value if there is one.
    pub fn new(
        number: u64,
        cell: &Cell,
        step_size: f64,
        summary: &Summary,
        observe: &Observe,
        exact: Option<&SuccessProbability>,
    ) -> Self {
        let shape = cell.shape();
        let exact_probability = exact.map(|exact| exact.probability);
        Self {
            cell: number,
            patch_dim: cell.patch_dim(),
            patches: shape.patches(),
            sum_ratio: shape.sum_ratio(),
            scale_ratio: cell.scale_ratio(),
            negative_slope: shape.activation().negative_slope(),
            step_size,
            criticality: shape.criticality().value(),
            estimate: summary.counts.estimate(),
            exact_probability,
            exact_error_bound: exact.map(|exact| exact.error_bound),
            z_score: exact_probability.and_then(|probability| summary.counts.z_score(probability)),
            observed: Observed::of(summary, observe),
        }
    }

    /// The cell.
    ///
    /// # Errors
    /// If there can be no such cell.
    pub fn model(&self) -> Result<Cell, Error> {
        let cell = Cell::new(self.patch_dim, self.patches, self.sum_ratio, self.scale_ratio)?;
        Ok(cell.with_activation(Activation::leaky(self.negative_slope)?))
    }

    /// A table for such results, with the columns of exact values if `exact`, and those of what is observed. Text shows negative slopes if
    /// `has_leak`, and estimates with `decimals` decimals.
    pub fn table(observe: &Observe, exact: bool, has_leak: bool, decimals: usize) -> Table {
        let column = Column::new;
        let slope = if has_leak { Shown::Plain } else { Shown::Hidden };
        let mut columns = vec![
            Column::hidden("cell"),
            column("patch_dim", "p", Shown::Plain),
            column("patches", "k", Shown::Plain),
            column("sum_ratio", "ρ", Shown::Plain),
            column("scale_ratio", "β", Shown::Plain),
            column("negative_slope", "c", slope),
            column("step_size", "η", Shown::Plain),
            Column::hidden("criticality"),
            column("runs", "runs", Shown::Plain),
            Column::hidden("global"),
            Column::hidden("spurious"),
            column("undecided", "undecided", Shown::Plain),
            column("probability", "probability", Shown::Decimals(decimals)),
            column("lower", "95 % interval", Shown::Interval(decimals)),
            Column::hidden("upper"),
        ];
        if exact {
            columns.extend([
                column("exact_probability", "exact", Shown::Decimals(9)),
                Column::hidden("exact_error_bound"),
                column("z_score", "z", Shown::Decimals(2)),
            ]);
        }
        let quantiles = |name: &str, headings: [&str; 6], decimals: usize| {
            let keys = ["runs"].into_iter().chain(SUFFIXES).map(move |suffix| format!("{name}_{suffix}"));
            let shown = move |i: usize, heading: &str| match (heading, i) {
                ("", _) => Shown::Hidden,
                (_, 0) => Shown::Plain,
                (_, 1) => Shown::Decimals(decimals),
                _ => Shown::Decimals(0),
            };
            let all = keys.zip(headings).enumerate();
            all.map(|(i, (key, heading))| Column::new(key, heading, shown(i, heading))).collect::<Vec<_>>()
        };
        if observe.steps {
            columns.extend(quantiles("steps", ["", "steps", "median", "90 %", "99 %", "max"], 2));
        }
        if observe.convergence.is_some() {
            columns.extend(quantiles("convergence_steps", ["converged", "to converge", "", "", "", ""], 2));
            columns.extend(quantiles("phase_one_steps", ["", "phase I", "", "", "", ""], 2));
            columns.extend(quantiles("final_loss", ["", "final loss", "", "", "", ""], 6));
        }
        Table::new(columns).keyed(5 + usize::from(has_leak))
    }

    /// The fields of a row of [`table`](Self::table), with those of exact values if `exact`.
    pub fn fields(&self, exact: bool) -> Vec<Value> {
        let Estimate { counts, probability, lower, upper } = self.estimate;
        let mut fields: Vec<Value> = vec![
            self.cell.into(),
            self.patch_dim.into(),
            self.patches.into(),
            self.sum_ratio.into(),
            self.scale_ratio.into(),
            self.negative_slope.into(),
            self.step_size.into(),
            self.criticality.into(),
            counts.runs.into(),
            counts.global.into(),
            counts.spurious.into(),
            counts.undecided.into(),
            probability.into(),
            lower.into(),
            upper.into(),
        ];
        if exact {
            fields.extend([self.exact_probability, self.exact_error_bound, self.z_score].map(Value::from));
        }
        for (_, quantiles) in self.observed.named() {
            fields.push(quantiles.runs.into());
            fields.extend(quantiles.values().map(Value::from));
        }
        fields
    }
}
