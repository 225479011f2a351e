//! Table 1 of the paper: printed, exact, and by random starts.
//!
//! What is printed is compared with the exact numbers of gradient flow, since the paper does not say which step size it
//! used. A step size moves them in the fifth digit; the random starts are compared with the exact numbers of their own.
//! Nor does the paper say which patch dimension and which scale it used, so that the table itself is asked: the exact
//! probabilities for several of both are compared with what is printed.

mod chapter;
mod figure;
mod likelihood;

use std::f64::consts::PI;

use serde::Serialize;
use spurious::Error;
use spurious::basin::Guarantee;
use spurious::ensemble::{Counts, Ensemble, Observe};
use spurious::model::Cell;
use spurious::probability::{Quadrature, SuccessProbability};

use crate::document::{Part, sheet};
use crate::steps::VerdictSteps;
use crate::work::Work;
pub use likelihood::{Likelihood, RunsLikelihood, ScaleLikelihood};
use spurious::paper::{self, PrintedCell};
pub(crate) use spurious::paper::{PATCH_DIM, SCALE_RATIO};

/// A step size well inside the range in which every verdict is a theorem: `hK = ½`, that is `η = π/(k + π − 1)`.
pub(crate) fn step_size(cell: &Cell) -> f64 {
    PI / cell.shape().sum_rate()
}

/// A cell of the table.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Table1Cell {
    /// Number of patches `k`.
    pub patches: usize,
    /// Sum ratio `ρ`.
    pub sum_ratio: f64,
    /// Criticality `x_c = πρ/(k + π − 1)`.
    pub criticality: f64,
    /// What the paper printed.
    pub paper_probability: f64,
    /// The exact probability of gradient flow.
    pub probability: f64,
    /// Bound on its error.
    pub error_bound: f64,
    /// The exact probability of the iteration with the step size of the random starts.
    pub iteration_probability: f64,
    /// The limit of infinitely many patches at this criticality.
    pub limit_probability: f64,
    /// Step size `η` of the random starts.
    pub step_size: f64,
    /// Whether every verdict under this step size is proved.
    pub step_size_covered: bool,
    /// How the random starts ended.
    #[serde(flatten)]
    pub counts: Counts,
    /// Share of random starts that recovered the teacher.
    pub monte_carlo_probability: f64,
    /// Lower end of its 95 % interval (Wilson).
    pub lower: f64,
    /// Upper end of its 95 % interval (Wilson).
    pub upper: f64,
    /// Printed minus exact, in standard errors of 5000 starts and of rounding to two decimals together; `None` where the
    /// exact probability is 1.
    pub paper_deviation: Option<f64>,
    /// Random starts minus the exact probability with their step size, in standard errors; `None` where that is 1.
    pub monte_carlo_deviation: Option<f64>,
}

impl Table1Cell {
    /// Whether the cell says anything about the patch dimension: for `ρ = 0` the probability is ½ and for `x_c ≥ 1` it
    /// is 1, whatever the dimension.
    pub(crate) fn is_informative(&self) -> bool {
        self.sum_ratio > 0.0 && self.criticality < 1.0
    }
}

/// How well one patch dimension and one scale ratio explain the table.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct ParameterFit {
    /// Patch dimension `p`.
    pub patch_dim: usize,
    /// Scale ratio `β`.
    pub scale_ratio: f64,
    /// `χ² = Σ (printed − exact)²/variance` over the informative cells.
    pub chi_squared: f64,
    /// Number of informative cells, which `χ²` should be close to: nothing was adjusted.
    pub cells: usize,
    /// Largest `|printed − exact|` among them.
    pub largest_deviation: f64,
    /// Logarithm of the likelihood of the whole table, with the number of runs that fits best; `None` if the table is
    /// impossible.
    pub log_likelihood: Option<f64>,
}

/// The whole table.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Table1 {
    /// Patch dimension `p` of the exact numbers and of the random starts.
    pub patch_dim: usize,
    /// Scale ratio `β = ‖b‖/‖v₀‖`.
    pub scale_ratio: f64,
    /// Random starts behind each printed number.
    pub paper_runs: u64,
    /// The cells, row by row.
    pub cells: Vec<Table1Cell>,
    /// How well several pairs explain what is printed: by patch dimension, then by scale ratio.
    pub fits: Vec<ParameterFit>,
    /// What is printed about the number of runs and the scale.
    pub likelihood: Likelihood,
    /// How many steps the verdicts of the random starts took, cell by cell.
    pub steps: Vec<VerdictSteps>,
}

/// Variance of a printed number whose exact value is `probability`.
///
/// ```text
/// P(1 − P)/5000 + 0.01²/12          sampling, and rounding to a step of 0.01
/// ```
fn printed_variance(probability: f64) -> f64 {
    probability * (1.0 - probability) / paper::RUNS as f64 + paper::ROUNDING * paper::ROUNDING / 12.0
}

/// The cell that a printed number is about, if these are its patch dimension and its scale ratio.
fn cell_of(printed: &PrintedCell, patch_dim: usize, scale_ratio: f64) -> Result<Cell, Error> {
    Cell::new(patch_dim, printed.patches, printed.sum_ratio, scale_ratio)
}

/// The exact probability under gradient flow, and under the iteration that random starts are run with.
fn exact(printed: &PrintedCell, work: &Work<'_>) -> Result<(SuccessProbability, f64), Error> {
    let cell = cell_of(printed, PATCH_DIM, SCALE_RATIO)?;
    // The random starts of a day have a standard error of 1e-5.
    let iterated = work.exact(&cell, Some(step_size(&cell)), &Quadrature::to(1e-9)?)?;
    Ok((work.exact(&cell, None, &Quadrature::default())?, iterated.probability))
}

/// Pairs of patch dimension and scale ratio around the one that fits; scales are evenly spaced on a logarithmic axis.
fn pairs(work: &Work<'_>) -> Vec<(usize, f64)> {
    let (reach, factor, steps): (usize, f64, i32) = work.choose((1, 2.0, 2), (2, 4.0, 12));
    let scales = (0..=steps).map(|i| SCALE_RATIO * factor.powf(f64::from(2 * i - steps) / f64::from(steps)));
    (PATCH_DIM - reach..=PATCH_DIM + reach)
        .flat_map(|p| scales.clone().map(move |scale| (p, scale)))
        .collect()
}

/// Scales around the one that fits, evenly spaced, for its interval.
fn near_scales(work: &Work<'_>) -> Vec<f64> {
    let steps: i32 = work.choose(6, 12);
    (0..=steps).map(|i| SCALE_RATIO + 0.12 * f64::from(2 * i - steps) / f64::from(steps)).collect()
}

/// The printed numbers with their exact probabilities for a patch dimension and a scale ratio, and whether they depend on
/// them.
fn compared(
    work: &Work<'_>,
    printed: &[PrintedCell],
    patch_dim: usize,
    scale_ratio: f64,
) -> Result<Vec<(f64, f64, bool)>, Error> {
    // Two decimals are compared.
    let quadrature = Quadrature::to(1e-5)?;
    let exact = |cell: &PrintedCell| {
        let exact = work.exact(&cell_of(cell, patch_dim, scale_ratio)?, None, &quadrature)?;
        let depends = cell.sum_ratio > 0.0 && exact.criticality < 1.0;
        Ok((cell.probability, exact.probability, depends))
    };
    printed.iter().map(exact).collect()
}

/// The same without saying which of them depend.
fn pairs_of(compared: &[(f64, f64, bool)]) -> Vec<(f64, f64)> {
    compared.iter().map(|&(printed, exact, _)| (printed, exact)).collect()
}

fn fit(
    work: &Work<'_>,
    printed: &[PrintedCell],
    patch_dim: usize,
    scale_ratio: f64,
) -> Result<ParameterFit, Error> {
    let compared = compared(work, printed, patch_dim, scale_ratio)?;
    let log_likelihood = likelihood::best_runs(&pairs_of(&compared)).1;
    let informative =
        || compared.iter().filter(|cell| cell.2).map(|&(printed, exact, _)| (printed - exact, exact));
    Ok(ParameterFit {
        patch_dim,
        scale_ratio,
        chi_squared: informative().map(|(deviation, p)| deviation * deviation / printed_variance(p)).sum(),
        cells: informative().count(),
        largest_deviation: informative().map(|(deviation, _)| deviation.abs()).fold(0.0, f64::max),
        log_likelihood: log_likelihood.is_finite().then_some(log_likelihood),
    })
}

impl Table1 {
    pub(crate) fn compute(work: &Work<'_>) -> Result<Self, Error> {
        let printed = paper::table1();
        let (pairs, scales) = (pairs(work), near_scales(work));
        work.begin("exact probabilities", printed.len() + pairs.len() + scales.len());
        let exact = work.each(&printed, |cell| exact(cell, work))?;
        let fits =
            work.each(&pairs, |&(patch_dim, scale_ratio)| fit(work, &printed, patch_dim, scale_ratio))?;
        let scales = work.each(&scales, |&scale_ratio| {
            Ok((scale_ratio, pairs_of(&compared(work, &printed, PATCH_DIM, scale_ratio)?)))
        })?;
        let told: Vec<_> = printed
            .iter()
            .zip(&exact)
            .map(|(cell, (exact, _))| (cell.probability, exact.probability))
            .collect();
        let likelihood = Likelihood::new(&told, &scales);

        work.begin("random starts", printed.len());
        let observe = Observe { steps: true, ..Observe::default() };
        let (mut cells, mut steps) = (Vec::new(), Vec::new());
        for (i, (printed, &(exact, iteration_probability))) in printed.iter().zip(&exact).enumerate() {
            let cell = cell_of(printed, PATCH_DIM, SCALE_RATIO)?;
            let step_size = step_size(&cell);
            let ensemble = Ensemble::new(cell, step_size, work.settings.seed, i as u64)?;
            let summary = ensemble.summary(0..work.settings.runs, &observe, &work.quietly())?;
            steps.push(VerdictSteps::new(&cell, step_size, &summary)?);
            let counts = summary.counts;
            let (lower, upper) = counts.interval();
            let p = exact.probability;
            cells.push(Table1Cell {
                patches: printed.patches,
                sum_ratio: printed.sum_ratio,
                criticality: exact.criticality,
                paper_probability: printed.probability,
                probability: p,
                error_bound: exact.error_bound,
                iteration_probability,
                limit_probability: exact.limit_probability,
                step_size,
                step_size_covered: Guarantee::for_cell(&cell).covers(step_size),
                counts,
                monte_carlo_probability: counts.probability(),
                lower,
                upper,
                paper_deviation: (p < 1.0).then(|| (printed.probability - p) / printed_variance(p).sqrt()),
                monte_carlo_deviation: counts.z_score(iteration_probability),
            });
            work.advance()?;
        }
        let (patch_dim, scale_ratio) = (PATCH_DIM, SCALE_RATIO);
        Ok(Self { patch_dim, scale_ratio, paper_runs: paper::RUNS, cells, fits, likelihood, steps })
    }

    pub(crate) fn part(&self) -> Part {
        Part {
            chapters: chapter::chapter(self),
            sheets: vec![
                sheet!(
                    "table1", &self.cells, c => patches, sum_ratio, criticality, paper_probability, probability,
                    error_bound, iteration_probability, limit_probability, step_size, runs: c.counts.runs,
                    global: c.counts.global, spurious: c.counts.spurious, undecided: c.counts.undecided,
                    monte_carlo_probability, lower, upper, paper_deviation, monte_carlo_deviation,
                ),
                sheet!(
                    "fits", &self.fits, f => patch_dim, scale_ratio, chi_squared, cells, largest_deviation,
                    log_likelihood
                ),
                sheet!("runs-likelihood", &self.likelihood.by_runs, l => runs, log_likelihood),
                sheet!("scale-likelihood", &self.likelihood.by_scale, l => scale_ratio, log_likelihood),
            ],
        }
    }

    /// How well the pair chosen explains the table.
    pub fn fit(&self) -> &ParameterFit {
        let chosen =
            |fit: &&ParameterFit| fit.patch_dim == self.patch_dim && fit.scale_ratio == self.scale_ratio;
        self.fits.iter().find(chosen).expect("the pair is among those compared")
    }

    /// The patch dimensions compared, rising, each with its fits by rising scale ratio.
    pub(crate) fn fits_by_dimension(&self) -> impl Iterator<Item = &[ParameterFit]> {
        self.fits.chunk_by(|a, b| a.patch_dim == b.patch_dim)
    }

    /// Largest difference between a printed and an exact number.
    pub(crate) fn largest_printed_deviation(&self) -> f64 {
        self.cells.iter().map(|cell| (cell.paper_probability - cell.probability).abs()).fold(0.0, f64::max)
    }

    /// How many of some cells print 1.00, as the end of a sentence: "all 7 cells print 1.00".
    pub(crate) fn printed_one(&self, chosen: impl Fn(&Table1Cell) -> bool) -> String {
        let cells: Vec<&Table1Cell> = self.cells.iter().filter(|cell| chosen(cell)).collect();
        match cells.iter().filter(|cell| cell.paper_probability == 1.0).count() {
            count if count == cells.len() => format!("all {count} cells print 1.00"),
            count => format!("{count} of {} cells print 1.00", cells.len()),
        }
    }

    /// The different numbers of patches, rising.
    pub(crate) fn patches(&self) -> Vec<usize> {
        let mut all: Vec<usize> = self.cells.iter().map(|cell| cell.patches).collect();
        all.dedup();
        all
    }
}

/// The best of several fits.
pub(crate) fn best(fits: &[ParameterFit]) -> &ParameterFit {
    fits.iter().min_by(|a, b| a.chi_squared.total_cmp(&b.chi_squared)).expect("every dimension has fits")
}
