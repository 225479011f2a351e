//! One cell of the results.

use serde::ser::{SerializeMap, Serializer};
use spurious::ensemble::{Distribution, Summary};

use crate::plan::Plan;
use crate::settings::Settings;
use crate::tally::{Exact, Kind, Tally, kinds};

/// What is known of a cell: its settings, how its runs ended, the probability that they estimate, and the exact value beside
/// it.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Row {
    /// Its number in the grid, from 0, which is that of its random streams. (Combinations that are impossible have numbers
    /// too.)
    pub cell: u64,
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
    /// Criticality `x_c = πρ/(k + π − 1)`.
    pub criticality: f64,
    /// Runs from random starts.
    pub runs: u64,
    /// Runs that recover the teacher.
    pub global: u64,
    /// Runs that are trapped.
    pub spurious: u64,
    /// Runs without a verdict.
    pub undecided: u64,
    /// The share that recovers the teacher.
    pub probability: f64,
    /// Wilson's 95 % interval of its expectation; undecided runs count as failures below and as successes above.
    pub lower: f64,
    /// Its upper end.
    pub upper: f64,
    /// The exact probability, where the theory covers the step size and it was asked for.
    pub exact_probability: Option<f64>,
    /// Bound on its error.
    pub exact_error_bound: Option<f64>,
    /// How far the share lies from the exact probability, in standard errors; `None` where that is 0 or 1, and where
    /// runs are undecided.
    pub z_score: Option<f64>,
    /// Steps to the verdict, if they were kept.
    #[serde(flatten, serialize_with = "steps")]
    pub steps: Option<Quantiles>,
    /// Steps to convergence, if runs were followed beyond their verdict.
    #[serde(flatten, serialize_with = "convergence_steps")]
    pub convergence_steps: Option<Quantiles>,
    /// Length of phase I.
    #[serde(flatten, serialize_with = "phase_one_steps")]
    pub phase_one_steps: Option<Quantiles>,
    /// Loss at the end, in units of `‖b‖²`.
    #[serde(flatten, serialize_with = "final_loss")]
    pub final_loss: Option<Quantiles>,
}

/// The distribution of a number, in brief. All but their number are `None` if there was no run to count.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Quantiles {
    /// The runs that have this number: those with a verdict, those that converged.
    pub runs: u64,
    /// Mean.
    pub mean: Option<f64>,
    /// What half of the runs do not exceed; this and the following are at most 1 % too large.
    pub median: Option<f64>,
    /// What 90 % of the runs do not exceed.
    pub share_90: Option<f64>,
    /// What 99 % of the runs do not exceed.
    pub share_99: Option<f64>,
    /// The largest value, at most 1 % too large as well.
    pub max: Option<f64>,
}

impl Quantiles {
    /// Those of a distribution that is in units of `unit`.
    fn of(distribution: &Distribution, unit: f64) -> Self {
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

    fn values(&self) -> [Option<f64>; 5] {
        [self.mean, self.median, self.share_90, self.share_99, self.max]
    }
}

impl Row {
    /// What a tally says of its cell; `None` of a place in the grid where there is none.
    pub(crate) fn of(plan: &Plan, tally: &Tally) -> Option<Self> {
        let point = plan.point(tally.place)?;
        let shape = point.cell.shape();
        let counts = &tally.counts;
        let (lower, upper) = counts.interval();
        let (exact_probability, exact_error_bound) = match tally.exact {
            Exact::Value(probability, bound) => (Some(probability), Some(bound)),
            Exact::None | Exact::Unknown => (None, None),
        };
        let kinds = kinds(plan.settings());
        let quantiles = |kind: Kind| {
            let at = kinds.iter().position(|&other| other == kind)?;
            let unit = if kind == Kind::FinalLoss { Summary::LOSS_UNIT } else { 1.0 };
            tally.distributions.get(at).map(|distribution| Quantiles::of(distribution, unit))
        };
        Some(Self {
            cell: tally.place,
            patch_dim: point.cell.patch_dim(),
            patches: shape.patches(),
            sum_ratio: shape.sum_ratio(),
            scale_ratio: point.cell.scale_ratio(),
            step_size: point.step_size,
            criticality: shape.criticality(),
            runs: counts.runs,
            global: counts.global,
            spurious: counts.spurious,
            undecided: counts.undecided,
            probability: counts.probability(),
            lower,
            upper,
            exact_probability,
            exact_error_bound,
            z_score: exact_probability.and_then(|probability| counts.z_score(probability)),
            steps: quantiles(Kind::Steps),
            convergence_steps: quantiles(Kind::ConvergenceSteps),
            phase_one_steps: quantiles(Kind::PhaseOneSteps),
            final_loss: quantiles(Kind::FinalLoss),
        })
    }

    /// The numbers of a row of a table, in the order of [`columns`]. What is missing is NaN.
    pub(crate) fn values(&self, settings: &Settings) -> Vec<f64> {
        let mut values = vec![
            self.cell as f64,
            self.patch_dim as f64,
            self.patches as f64,
            self.sum_ratio,
            self.scale_ratio,
            self.step_size,
            self.criticality,
            self.runs as f64,
            self.global as f64,
            self.spurious as f64,
            self.undecided as f64,
            self.probability,
            self.lower,
            self.upper,
        ];
        let missing = |value: Option<f64>| value.unwrap_or(f64::NAN);
        if settings.exact {
            values.extend([self.exact_probability, self.exact_error_bound, self.z_score].map(missing));
        }
        let distributions = [&self.steps, &self.convergence_steps, &self.phase_one_steps, &self.final_loss];
        for quantiles in distributions.into_iter().flatten() {
            values.push(quantiles.runs as f64);
            values.extend(quantiles.values().map(missing));
        }
        values
    }
}

/// The columns of a table of results.
pub(crate) fn columns(settings: &Settings) -> Vec<String> {
    let always = [
        "cell",
        "patch_dim",
        "patches",
        "sum_ratio",
        "scale_ratio",
        "step_size",
        "criticality",
        "runs",
        "global",
        "spurious",
        "undecided",
        "probability",
        "lower",
        "upper",
    ];
    let exact = ["exact_probability", "exact_error_bound", "z_score"];
    let mut names: Vec<String> = always.map(str::to_owned).into();
    if settings.exact {
        names.extend(exact.map(str::to_owned));
    }
    for kind in kinds(settings) {
        names.push(format!("{}_runs", name(kind)));
        names.extend(SUFFIXES.map(|suffix| format!("{}_{suffix}", name(kind))));
    }
    names
}

/// What the names of columns end with, behind that of the number of runs, in the order of the fields of [`Quantiles`].
const SUFFIXES: [&str; 5] = ["mean", "median", "90", "99", "max"];

/// What the names of columns begin with.
fn name(kind: Kind) -> &'static str {
    match kind {
        Kind::Steps => "steps",
        Kind::ConvergenceSteps => "convergence_steps",
        Kind::PhaseOneSteps => "phase_one_steps",
        Kind::FinalLoss => "final_loss",
    }
}

/// The entries of a distribution, under names of their own; none of one that was not kept.
fn entries<S: Serializer>(
    kind: Kind,
    quantiles: &Option<Quantiles>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(None)?;
    if let Some(quantiles) = quantiles {
        map.serialize_entry(&format!("{}_runs", name(kind)), &quantiles.runs)?;
        for (suffix, value) in SUFFIXES.into_iter().zip(quantiles.values()) {
            map.serialize_entry(&format!("{}_{suffix}", name(kind)), &value)?;
        }
    }
    map.end()
}

fn steps<S: Serializer>(quantiles: &Option<Quantiles>, serializer: S) -> Result<S::Ok, S::Error> {
    entries(Kind::Steps, quantiles, serializer)
}

fn convergence_steps<S: Serializer>(quantiles: &Option<Quantiles>, serializer: S) -> Result<S::Ok, S::Error> {
    entries(Kind::ConvergenceSteps, quantiles, serializer)
}

fn phase_one_steps<S: Serializer>(quantiles: &Option<Quantiles>, serializer: S) -> Result<S::Ok, S::Error> {
    entries(Kind::PhaseOneSteps, quantiles, serializer)
}

fn final_loss<S: Serializer>(quantiles: &Option<Quantiles>, serializer: S) -> Result<S::Ok, S::Error> {
    entries(Kind::FinalLoss, quantiles, serializer)
}
