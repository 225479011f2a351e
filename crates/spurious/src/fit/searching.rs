//! The search for the best minimum: from many starts side by side, and from the antipode of the best.

use std::f64::consts::TAU;

use nalgebra::DVector;

use super::angle::SAME_ANGLE;
use super::descent::{Schedule, descend};
use super::evaluate::gauss_newton;
use super::fitting::Problem;
use super::levenberg::{Minimum, SearchRules, search};
use super::options::Optimiser;
use super::samples::SampleSource;
use super::split::Selection;
use super::starts::{Drawing, StartKind};
use super::subsample::Subsample;
use crate::activation::Activation;
use crate::monitor::CancelOnly;

/// Samples for the first searches, at most.
const FIRST_SAMPLES: u64 = 16_384;
/// Their numbers, at most: 16 MB. Data no larger than this is packed once.
pub(super) const FIRST_VALUES: usize = 1 << 21;
/// Share of the loss that a step of the first searches has to gain.
const ROUGH: f64 = 1e-4;
/// Minima of the first searches that are looked at more closely.
const FINALISTS: usize = 3;

/// What the searches have found.
pub(super) struct Found {
    pub(super) best: Minimum,
    /// Where the antipodal restart led.
    pub(super) antipodal: Minimum,
    /// Every search, with the number of samples that it saw.
    pub(super) runs: Vec<(StartKind, Minimum, u64)>,
}

impl Problem<'_> {
    pub(super) fn search_for_best<S: SampleSource>(
        &self,
        source: &mut S,
        ridge: f64,
    ) -> Result<Found, S::Error> {
        match self.options.optimiser {
            Optimiser::Auto => self.with_antipodal_restart(source, ridge),
            Optimiser::LeastSquares => {
                let (kinds, starts) = self.starts(false);
                let minima = self.search("searching", source, &self.precise_rules(ridge), starts)?;
                self.beside_antipode(source, kinds, minima, ridge)
            }
            Optimiser::Descent { step_size, most_steps } => {
                self.descent(source, step_size, Schedule::Full { most_steps, tolerance: 1e-9 })
            }
            Optimiser::Batches { step_size, epochs, samples } => {
                self.descent(source, step_size, Schedule::Batches { epochs, samples })
            }
        }
    }

    /// Rules that lead to machine precision.
    pub(super) fn precise_rules(self, ridge: f64) -> SearchRules {
        SearchRules {
            ridge,
            most_steps: 500,
            tolerance: 0.0,
            progress: 1e-5,
            zero: 1e-29 * self.survey.target_variance,
        }
    }

    /// Rules that lead to the neighbourhood of a minimum.
    pub(super) fn rough_rules(&self, ridge: f64) -> SearchRules {
        SearchRules { tolerance: ROUGH, progress: 100.0 * ROUGH, ..self.precise_rules(ridge) }
    }

    /// Where searches begin; with `opposites` each random filter is followed by its opposite.
    pub(super) fn starts(&self, opposites: bool) -> (Vec<StartKind>, Vec<DVector<f64>>) {
        let drawing = Drawing::new(self.coordinates, self.survey, self.options.seed);
        let starts = drawing.starts(&self.options.starts, opposites);
        starts.into_iter().map(|start| (start.kind, start.theta)).unzip()
    }

    /// Searches side by side, as a stage of their own.
    fn search<S: SampleSource>(
        &self,
        stage: &str,
        source: &mut S,
        rules: &SearchRules,
        starts: Vec<DVector<f64>>,
    ) -> Result<Vec<Minimum>, S::Error> {
        self.monitor.begin(stage, Some(starts.len() as u64));
        search(source, self.selection, self.coordinates, rules, starts, self.monitor)
    }

    /// One search.
    fn search_one<S: SampleSource>(
        &self,
        stage: &str,
        source: &mut S,
        rules: &SearchRules,
        start: DVector<f64>,
    ) -> Result<Minimum, S::Error> {
        Ok(self.search(stage, source, rules, vec![start])?.remove(0))
    }

    /// From every start and its opposite to the neighbourhood of a minimum; then the best ones and the antipode.
    fn with_antipodal_restart<S: SampleSource>(&self, source: &mut S, ridge: f64) -> Result<Found, S::Error> {
        let (kinds, starts) = self.starts(true);
        let rough = SearchRules { most_steps: 50, ..self.rough_rules(ridge) };
        let (first, seen) = match self.some_samples(source)? {
            Some(some) => {
                let part = Problem { selection: Selection::All, ..*self };
                (part.search("searching", &mut some.source()?, &rough, starts)?, some.samples())
            }
            None => (self.search("searching", source, &rough, starts)?, self.survey.samples),
        };
        let precise = self.precise_rules(ridge);
        let mut minima = self.search("finishing the best", source, &precise, self.finalists(&first))?;
        let mut best = minima.swap_remove(lowest(&minima));
        // It may be among the finalists already, but with output weights of its own.
        let start = self.coordinates.antipode(&best.theta);
        // How much worse it is need not be known to machine precision.
        let nearly = SearchRules { tolerance: 1e-8, progress: 1e-4, ..precise };
        let mut antipodal = self.search_one("antipodal restart", source, &nearly, start)?;
        if height(&antipodal) < height(&best) {
            antipodal = self.search_one("antipodal restart", source, &precise, antipodal.theta)?;
        }
        let mut runs: Vec<_> =
            kinds.into_iter().zip(first).map(|(kind, minimum)| (kind, minimum, seen)).collect();
        runs.push((StartKind::Antipodal, antipodal.clone(), self.survey.samples));
        if height(&antipodal) < height(&best) {
            std::mem::swap(&mut best, &mut antipodal);
        }
        Ok(Found { best, antipodal, runs })
    }

    /// The lowest minima whose filters differ.
    fn finalists(&self, minima: &[Minimum]) -> Vec<DVector<f64>> {
        let mut order: Vec<&Minimum> = minima.iter().collect();
        order.sort_by(|one, other| height(one).total_cmp(&height(other)));
        let mut finalists: Vec<DVector<f64>> = Vec::new();
        for Minimum { theta, .. } in order {
            if finalists.iter().all(|other| self.angle(theta, other) > SAME_ANGLE)
                && finalists.len() < FINALISTS
            {
                finalists.push(theta.clone());
            }
        }
        finalists
    }

    fn descent<S: SampleSource>(
        &self,
        source: &mut S,
        step_size: Option<f64>,
        schedule: Schedule,
    ) -> Result<Found, S::Error> {
        let (kinds, mut starts) = self.starts(false);
        let step_size = match step_size {
            Some(step_size) => step_size,
            None => {
                let (step_size, length) = self.step_size(source, &starts[0])?;
                starts
                    .iter_mut()
                    .for_each(|theta| theta.rows_mut(0, self.coordinates.patch_dim).scale_mut(length));
                step_size
            }
        };
        let minima =
            descend(source, self.selection, self.coordinates, step_size, schedule, starts, self.monitor)?;
        self.beside_antipode(source, kinds, minima, 0.0)
    }

    /// A step `η` that suits the curvature of the output weights, and a length of `v` for which it suits the filter as well.
    ///
    /// ```text
    /// η = 1/λ_max(∂²ℓ/∂(a, c)²)        ‖v‖² = B² λ_max(C)/(2/η)        B² = Var y/(Var σ(x) w·Cw)
    /// ```
    ///
    /// `C` is the covariance of a patch, and `B²` estimates `‖a‖²`: the labels of independent patches have variance
    /// `‖a‖² Var σ(w·z)`. The curvature of the filter is then `B²/2` times the variance along a direction, over `‖v‖²`, and that of
    /// a bias, whose terms all have one sign, `kB²/4`.
    fn step_size<S: SampleSource>(
        &self,
        source: &mut S,
        start: &DVector<f64>,
    ) -> Result<(f64, f64), S::Error> {
        let network = [self.coordinates.network(start)];
        let sums = gauss_newton(source, &network, self.selection, &CancelOnly(self.monitor))?;
        let here = self.coordinates.quadratic(&sums[0]);
        let (first, n) = (self.coordinates.first_output(), self.coordinates.len());
        let curvature =
            here.hessian.view((first, first), (n - first, n - first)).symmetric_eigenvalues().max();
        let covariance = self.coordinates.covariance(self.survey);
        let w = start.rows(0, self.coordinates.patch_dim);
        let along = w.dot(&(&covariance * w)).max(f64::MIN_POSITIVE);
        let largest = covariance.symmetric_eigenvalues().max();
        // Var σ(x) = (π − 1)/2π for a standard normal x
        let variance = Activation::RECTIFIER.output_rate() / TAU;
        let b_squared = self.survey.target_variance / (variance * along);
        let mut curvature = if curvature > 0.0 { curvature } else { 1.0 };
        if self.coordinates.filter_bias {
            curvature = curvature.max(self.coordinates.patches as f64 * b_squared / 4.0);
        }
        Ok((curvature.recip(), (b_squared * largest / (2.0 * curvature)).sqrt().max(1.0)))
    }

    /// The best of some minima, and beside it where its antipode leads, which is not taken.
    fn beside_antipode<S: SampleSource>(
        &self,
        source: &mut S,
        kinds: Vec<StartKind>,
        mut minima: Vec<Minimum>,
        ridge: f64,
    ) -> Result<Found, S::Error> {
        let best = lowest(&minima);
        let start = self.coordinates.antipode(&minima[best].theta);
        let antipodal = self.search_one("antipodal restart", source, &self.precise_rules(ridge), start)?;
        let ends = kinds.into_iter().zip(minima.iter().cloned());
        let ends = ends.chain([(StartKind::Antipodal, antipodal.clone())]);
        let runs = ends.map(|(kind, minimum)| (kind, minimum, self.survey.samples)).collect();
        Ok(Found { best: minima.swap_remove(best), antipodal, runs })
    }

    /// Evenly spaced samples for the first searches, if there are too many.
    fn some_samples<S: SampleSource>(&self, source: &mut S) -> Result<Option<Subsample>, S::Error> {
        let most = FIRST_SAMPLES.min((FIRST_VALUES / source.windows().width()) as u64);
        // Rows wider than the limit leave no sample.
        if self.survey.samples <= most || most == 0 {
            return Ok(None);
        }
        let stride = self.survey.samples.div_ceil(most);
        Subsample::every(stride, source, self.selection, self.monitor).map(Some)
    }
}

pub(super) fn lowest(minima: &[Minimum]) -> usize {
    (0..minima.len()).min_by(|&i, &j| height(&minima[i]).total_cmp(&height(&minima[j]))).unwrap_or(0)
}

/// The objective; what is not a number is not low.
fn height(minimum: &Minimum) -> f64 {
    if minimum.objective.is_nan() { f64::INFINITY } else { minimum.objective }
}
