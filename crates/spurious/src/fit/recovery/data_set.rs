//! One data set with its teacher, and the outcomes of descents on it.

use std::f64::consts::FRAC_PI_2;

use nalgebra::DVector;
use rand::Rng;

use super::RecoveryExperiment;
use crate::fit::angle::{SAME_ANGLE, angle, matching_by};
use crate::fit::coordinates::Coordinates;
use crate::fit::descent::Descent;
use crate::fit::evaluate::sums_by_filter;
use crate::fit::judgement::CLEAR_RATIO;
use crate::fit::levenberg::{Minimum, SearchRules, search};
use crate::fit::planted::{Inputs, Planted};
use crate::fit::samples::{InMemory, Rows, Values};
use crate::fit::split::Selection;
use crate::fit::{Filter, Loss};
use crate::initialization::sample_student;
use crate::model::Teacher;
use crate::numerics::random::stream;
use crate::{Error, Monitor};

/// Time `t = η·steps` of the first look-ahead search.
///
/// Measured with `p = 5`, `k = 25` and `η = 0.1` against descents that went on to `t = 2560`; the last column is how often
/// the basin test of the population, applied until it gave a verdict, was wrong.
///
/// | samples | ρ | noise | runs | decided wrongly | basin test wrong |
/// |---|---|---|---|---|---|
/// | 50 | 4 | 0 | 192 | 1 | 87 |
/// | 100 | 4 | 0 | 320 | 0 | 38 |
/// | 200 | 8 | 0 | 192 | 0 | 16 |
/// | 200 | 1 | 0.3 | 192 | 0 | 6 |
/// | 1000 | 4 | 0 | 96 | 0 | 1 |
///
/// For several filters a test compares with descents that go on to `t = 320`.
pub(super) const FIRST_LOOK: f64 = 10.0;

/// Angle to the minimum ahead, in radians, within which a run may be decided. Without it, one run in a hundred was
/// decided wrongly; with a smaller one, descents near the spurious minimum take longer.
pub(super) const NEAR: f64 = 0.8;

/// Time of the last look-ahead search.
const LAST_LOOK: f64 = 1280.0;

/// Approximate number of values that are generated at once.
const PIECE_VALUES: usize = 1 << 20;

/// Cells of the random streams, below those of [`Planted`].
const DATA_SETS: u64 = u64::MAX - 3;
const STARTS: u64 = u64::MAX - 4;

/// The outcome of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    Recovered,
    Trapped,
    Elsewhere,
}

/// One data set with its teacher.
pub(super) struct DataSet {
    pub(super) planted: Planted,
    rows: Vec<f32>,
    target: Vec<f64>,
    seed: u64,
}

impl DataSet {
    pub(super) fn new(
        experiment: &RecoveryExperiment,
        samples: usize,
        index: u64,
        monitor: &dyn Monitor,
    ) -> Result<Self, Error> {
        let seed = stream(experiment.seed, DATA_SETS, index).next_u64();
        let RecoveryExperiment { cell, filters, noise, .. } = experiment;
        let planted = Planted::of_several(cell, *filters, Inputs::Gaussian, *noise, seed)?;
        let width = planted.width();
        let (mut rows, mut target) = (vec![0.0; samples * width], vec![0.0; samples]);
        let piece = (PIECE_VALUES / width).max(1);
        let mut first = 0;
        // Single precision is twice as fast and accurate enough for steps of descent; look-ahead searches use double precision.
        for (rows, target) in rows.chunks_mut(piece * width).zip(target.chunks_mut(piece)) {
            monitor.check()?;
            planted.fill_single(first, rows, target)?;
            first += target.len() as u64;
        }
        Ok(Self { planted, rows, target, seed })
    }

    /// Starts of the paper's initialisation, `(v, …, a, …)`: each filter as if its part of the teacher were the whole.
    pub(super) fn starts(&self, count: u64) -> Result<Vec<DVector<f64>>, Error> {
        let teacher = |filter: &Filter| Teacher::new(filter.weights.clone(), filter.output_weights.clone());
        let teachers = self.planted.network().filters.iter().map(teacher).collect::<Result<Vec<_>, _>>()?;
        let start = |index| {
            let mut random = stream(self.seed, STARTS, index);
            let students: Vec<_> = teachers.iter().map(|part| sample_student(part, &mut random)).collect();
            let filters = students.iter().flat_map(|student| student.filter());
            let numbers: Vec<f64> = filters
                .chain(students.iter().flat_map(|student| student.output_weights()))
                .copied()
                .collect();
            DVector::from_vec(numbers)
        };
        Ok((0..count).map(start).collect())
    }

    /// The outcomes of descents.
    pub(super) fn outcomes(
        &self,
        step_size: f64,
        starts: Vec<DVector<f64>>,
        monitor: &dyn Monitor,
    ) -> Result<Vec<Outcome>, Error> {
        self.watched(step_size, starts, LAST_LOOK, true, monitor)
    }

    /// The outcomes of descents. With `early`, a run ends when it is decided; otherwise all continue to the last look-ahead search.
    pub(super) fn watched(
        &self,
        step_size: f64,
        starts: Vec<DVector<f64>>,
        last_look: f64,
        early: bool,
        monitor: &dyn Monitor,
    ) -> Result<Vec<Outcome>, Error> {
        let network = self.planted.network();
        let (p, k) = (network.filters[0].weights.len(), network.filters[0].output_weights.len());
        let coordinates = Coordinates {
            loss: Loss::Squares,
            patch_dim: p,
            patches: k,
            filters: network.filters.len(),
            filter_bias: false,
            intercept: false,
            transform: None,
            linear: None,
            activation: network.activation,
        };
        let rows = Rows {
            values: Values::F32(&self.rows),
            stride: self.planted.width(),
            target: &self.target,
            weights: None,
        };
        let mut data = InMemory::new(rows, self.planted.windows()?)?;
        let mean_square = self.target.iter().map(|y| y * y).sum::<f64>() / self.target.len() as f64;
        let zero = 1e-26 * mean_square;
        let rules = SearchRules {
            ridge: 0.0,
            floor: 0.0,
            most_steps: 200,
            tolerance: 1e-10,
            progress: 1e-5,
            in_vain: 0.0,
            zero,
            finalists: 0,
        };
        let minima_from = |data: &mut InMemory<'_>, starts| {
            search(data, Selection::All, &coordinates, &rules, starts, monitor)
        };
        let of_teacher = minima_from(&mut data, vec![coordinates.theta(network)])?.swap_remove(0);
        let between = |u: &[f64], v: &[f64]| {
            angle(&DVector::from_column_slice(u), &DVector::from_column_slice(v), DVector::norm_squared)
        };
        // The largest angle between two filters that belong together.
        let apart = |one: &DVector<f64>, other: &DVector<f64>| {
            matching_by(&coordinates.network(one), &coordinates.network(other), between).1
        };
        let of_several = coordinates.filters > 1;
        let samples = self.target.len() as f64;
        let outcome = |end: &Minimum| {
            let away = apart(&end.theta, &of_teacher.theta);
            let lowest = of_teacher.loss.max(zero);
            // Λ of two minima, as in the antipodal restart
            let as_low = samples * (end.loss - lowest) < CLEAR_RATIO * lowest;
            if away < SAME_ANGLE && (as_low || !of_several) {
                Outcome::Recovered
            } else if (away > FRAC_PI_2 || of_several) && end.loss > lowest {
                Outcome::Trapped
            } else {
                Outcome::Elsewhere
            }
        };

        let mut runs: Vec<Run> = starts.into_iter().map(Run::new).collect();
        let (mut steps, mut look) = (0.0, FIRST_LOOK);
        while look <= last_look {
            while steps * step_size < look {
                let mut active: Vec<&mut Run> = runs.iter_mut().filter(|run| run.outcome.is_none()).collect();
                if active.is_empty() {
                    break;
                }
                let networks: Vec<_> = active.iter().map(|run| run.descent.network(&coordinates)).collect();
                let sums = sums_by_filter(&mut data, &networks, Selection::All, monitor)?;
                for (run, sums) in active.iter_mut().zip(sums.chunks_exact(coordinates.filters)) {
                    run.descent.step(&coordinates, sums, step_size);
                    if run.descent.has_diverged() {
                        run.outcome = Some(Outcome::Elsewhere);
                    }
                }
                steps += 1.0;
            }
            let active: Vec<&mut Run> = runs.iter_mut().filter(|run| run.outcome.is_none()).collect();
            let points = active.iter().map(|run| run.descent.theta.clone()).collect();
            for (run, end) in active.into_iter().zip(minima_from(&mut data, points)?) {
                let again = run.ahead.as_ref().is_some_and(|before| apart(before, &end.theta) < SAME_ANGLE);
                let near = apart(&run.descent.theta, &end.theta) < NEAR;
                if early && again && near || 2.0 * look > last_look {
                    run.outcome = Some(outcome(&end));
                }
                run.ahead = Some(end.theta);
            }
            look *= 2.0;
        }
        Ok(runs.into_iter().map(|run| run.outcome.unwrap_or(Outcome::Elsewhere)).collect())
    }
}

/// A descent, and the minimum that the last look-ahead search found.
struct Run {
    descent: Descent,
    ahead: Option<DVector<f64>>,
    outcome: Option<Outcome>,
}

impl Run {
    fn new(start: DVector<f64>) -> Self {
        Self { descent: Descent::new(start), ahead: None, outcome: None }
    }
}
