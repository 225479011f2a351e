//! The probability that gradient descent from the paper's random start recovers the teacher, by quadrature.
//!
//! Only three numbers of the start matter: the angle `φ₀` and `(s₀, q₀)`. For each `(s₀, q₀)` one critical angle
//! separates the basins ([`separatrix`](crate::separatrix)), and the angle is independent of the rest, so
//!
//! ```text
//! P = E[ F_p(φ_c(s₀, q₀)) ]
//! ```
//!
//! where the expectation is over a disc with a known density. Some tens of critical angles determine a polynomial for all of
//! them, and twelve digits of the probability; for large scale ratios it takes some hundreds of critical output weights. A step size changes the probability in its fifth digit. Without a step size, the
//! probability is that of gradient flow, `η → 0`.
//!
//! As `k → ∞` at fixed criticality the dependence on `(s₀, q₀)` disappears, and `P → F_p(φ_∞(x_c, β))`.

mod answer;
mod critical_angles;
mod critical_outputs;
mod many_patches;

use std::f64::consts::PI;

use nalgebra::DMatrix;
use rayon::prelude::*;
use serde::Serialize;

use crate::basin::Guarantee;
use crate::error::Error;
use crate::initialization::AngleDistribution;
use crate::model::Cell;
use crate::monitor::Monitor;
use crate::numerics::quadrature::Gegenbauer;
use crate::separatrix::{CriticalAngle, Separatrix};
use critical_outputs::Guess;

pub use answer::{MonteCarlo, PatchesWithin, ProbabilityAnswer, ProbabilityQuestion, simulation_step};
pub use many_patches::{
    Approach, approach, limit_angle, limit_probability, scaling_coefficient, scaling_law,
};
use many_patches::{below_limit, limit_angle_to};

/// The tolerances of a success probability.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Quadrature {
    tolerance: f64,
    flow_tolerance: f64,
}

/// No tolerance is met that is finer than this: rounding is in the way.
const FINEST_TOLERANCE: f64 = 1e-15;

impl Quadrature {
    /// A tolerance between 0 and 1, from which the tolerance of the integrator follows. Six digits take a third of the time of twelve.
    /// The result says whether the tolerance was met.
    ///
    /// # Errors
    /// If `tolerance` is not between 0 and 1.
    ///
    /// # Examples
    /// ```
    /// use spurious::{Cell, Quadrature, success_probability};
    /// let cell = Cell::new(5, 25, 4.0, 1.0)?;
    /// let coarse = success_probability(&cell, None, &Quadrature::to(1e-6)?, &())?;
    /// assert!(coarse.error_bound < 1e-6 && (coarse.probability - 0.727916134148).abs() < 1e-6);
    /// assert!(Quadrature::to(-1.0).is_err());
    /// # Ok::<(), spurious::Error>(())
    /// ```
    pub fn to(tolerance: f64) -> Result<Self, Error> {
        if !(tolerance > 0.0 && tolerance < 1.0) {
            return Err(Error::NotBetweenZeroAndOne { name: "tolerance", value: tolerance });
        }
        Ok(Self::of(tolerance))
    }

    /// The same for a tolerance that is known to be valid.
    pub(crate) fn of(tolerance: f64) -> Self {
        // The flow then takes up to a quarter of the tolerance, see `Separatrix::integration_error`.
        Self { tolerance, flow_tolerance: 0.25 * tolerance.max(FINEST_TOLERANCE).sqrt() }
    }

    /// More critical angles are taken until the error is bounded by this, or there are too many of them.
    pub fn tolerance(&self) -> f64 {
        self.tolerance
    }

    /// What critical angles are searched for to: a tolerance finer than rounding would only take time.
    fn effective_tolerance(&self) -> f64 {
        self.tolerance.max(FINEST_TOLERANCE)
    }
}

impl Default for Quadrature {
    /// To twelve digits.
    fn default() -> Self {
        Self::of(1e-12)
    }
}

/// A success probability and what goes with it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct SuccessProbability {
    /// Patch dimension `p`.
    pub patch_dim: usize,
    /// Number of patches `k`.
    pub patches: usize,
    /// Sum ratio `ρ`.
    pub sum_ratio: f64,
    /// Scale ratio `β = ‖b‖/‖v₀‖`.
    pub scale_ratio: f64,
    /// Negative slope `c` of the activation; 0 is the rectifier.
    pub negative_slope: f64,
    /// Step size `η`; `None` is gradient flow.
    pub step_size: Option<f64>,
    /// Criticality `x_c`; of the rectifier `πρ/(k + π − 1)`.
    pub criticality: f64,
    /// The probability to reach the global minimum.
    pub probability: f64,
    /// Bound on its error: what more critical angles and a finer rule would change, and the errors of the roots and of the
    /// integrator.
    pub error_bound: f64,
    /// Whether this is within the tolerance asked for.
    pub tolerance_met: bool,
    /// The probability of the opposite, `1 − P`, summed up by itself: it keeps its digits where `P` rounds to 1. 0 is exact.
    pub failure_probability: f64,
    /// Bound on its error; some thousandths of it, unless the cell is extreme.
    pub failure_error_bound: f64,
    /// The limit of infinitely many patches at this criticality, of gradient flow.
    pub limit_probability: f64,
}

/// The probability that gradient descent from the paper's initialisation recovers the teacher of `cell`: of the flow,
/// or of the iteration with the given step size.
///
/// # Accuracy
/// The error is at most `error_bound`, that of `1 − P` at most `failure_error_bound`. It meets the tolerance, except where that is finer than rounding and in extreme cells:
/// few patches with a scale ratio of some tens, or of millions of dimensions. There the bound says how many digits are left. With
/// a step size, this rests on basins with a single boundary, which is proved where [`Guarantee::for_cell`] covers the step.
///
/// # Errors
/// If the step size is not positive or is `4π/K` or more, or so large that the basins have no single boundary; or if
/// the monitor cancels.
///
/// # Examples
/// ```
/// use spurious::{Cell, Quadrature, success_probability};
/// let cell = Cell::new(5, 25, 4.0, 1.0)?; // a cell of the paper's Table 1, which has 0.73
/// let exact = success_probability(&cell, None, &Quadrature::default(), &())?;
/// assert!((exact.probability - 0.727916134148).abs() < 1e-12);
/// # Ok::<(), spurious::Error>(())
/// ```
pub fn success_probability(
    cell: &Cell,
    step_size: Option<f64>,
    quadrature: &Quadrature,
    monitor: &dyn Monitor,
) -> Result<SuccessProbability, Error> {
    let shape = cell.shape();
    if let Some(step_size) = step_size {
        shape.check_step_size(step_size)?;
    }
    monitor.check()?;
    let distribution = AngleDistribution::new(cell.patch_dim());
    let limit = limit_angle_to(quadrature.flow_tolerance, shape.criticality(), cell.scale_ratio())?;
    let problem = Problem { cell, quadrature, distribution: &distribution, limit, monitor };
    let small_step = match step_size {
        Some(step_size) => of_small_step(&problem, step_size)?,
        None => None,
    };
    let Expectation { success, failure, .. } = match small_step {
        Some(interpolated) => interpolated,
        None => expectation(&problem, step_size)?,
    };
    let (probability, error_bound) = success;
    Ok(SuccessProbability {
        patch_dim: cell.patch_dim(),
        patches: shape.patches(),
        sum_ratio: shape.sum_ratio(),
        scale_ratio: cell.scale_ratio(),
        negative_slope: shape.activation().negative_slope(),
        step_size,
        criticality: shape.criticality().value(),
        probability: probability.clamp(0.0, 1.0), // rounding
        error_bound,
        tolerance_met: error_bound <= quadrature.tolerance,
        failure_probability: failure.0.clamp(0.0, 1.0),
        failure_error_bound: failure.1,
        limit_probability: below_limit(&distribution, shape.criticality(), limit),
    })
}

/// The success probabilities of many cells, on all cores and in the order of the cells, for example of a map over numbers of patches and
/// sum ratios. Progress is reported in cells. If the monitor cancels, the remaining results are [`Error::Cancelled`].
///
/// # Examples
/// ```
/// use spurious::{Cell, Quadrature, success_probabilities};
/// let cells: Vec<Cell> = (1..=8).map(|ratio| Cell::new(5, 25, f64::from(ratio), 1.0)).collect::<Result<_, _>>()?;
/// let found = success_probabilities(&cells, None, &Quadrature::to(1e-6)?, &());
/// let values = found.into_iter().map(|cell| Ok(cell?.probability)).collect::<Result<Vec<f64>, spurious::Error>>()?;
/// assert!(values.is_sorted());
/// # Ok::<(), spurious::Error>(())
/// ```
pub fn success_probabilities(
    cells: &[Cell],
    step_size: Option<f64>,
    quadrature: &Quadrature,
    monitor: &dyn Monitor,
) -> Vec<Result<SuccessProbability, Error>> {
    monitor.begin("exact probabilities", Some(cells.len() as u64));
    // Cells differ in time by a factor of hundreds, so that each is handed out on its own.
    let each = cells.par_iter().with_max_len(1);
    each.map(|cell| {
        let found = success_probability(cell, step_size, quadrature, monitor);
        monitor.advance(u64::from(!matches!(found, Err(Error::Cancelled))));
        found
    })
    .collect()
}

/// Bound on the relative error that rounding leaves in a sum of probabilities.
const ROUNDING: f64 = 4e-15;

/// The relative error up to which the probability of failure is refined, however small it is.
const DIGITS: f64 = 1e-3;

/// `E[F_p(z_c)]` and `E[1 − F_p(z_c)]`, each with a bound on its error.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Expectation {
    success: (f64, f64),
    failure: (f64, f64),
    /// What an error of every critical `z` is multiplied with.
    slope: f64,
}

/// What the error is to fall below: the tolerance, and what leaves the probability of failure three digits.
fn wanted(failure: f64, tolerance: f64) -> f64 {
    tolerance.min((DIGITS * failure).max(f64::MIN_POSITIVE))
}

/// What the degrees that a polynomial lacks would change. Contributions fall geometrically but with changing signs, so that one may
/// be small by accident: the last one does not speak for those to come, the two before it do.
fn truncation_error([first, second, third]: [f64; 3]) -> f64 {
    first.max((second * third).sqrt())
}

/// `cᵢⱼ = Σ wₐ w_b pᵢ(xₐ) pⱼ(y_b) f(xₐ, y_b)`: the polynomial through values at the points of two Gauss rules, each beside its polynomials.
fn coefficients(values: &DMatrix<f64>, axes: [(&Gegenbauer, &[(f64, f64)]); 2]) -> DMatrix<f64> {
    // Rows i, columns a: wₐ pᵢ(xₐ).
    let weighted = axes.map(|(polynomials, rule)| {
        let mut matrix = DMatrix::zeros(rule.len(), rule.len());
        for (mut column, &(x, weight)) in matrix.column_iter_mut().zip(rule) {
            polynomials.at(x, column.as_mut_slice());
            column *= weight;
        }
        matrix
    });
    &weighted[0] * values * weighted[1].transpose()
}

/// What the last three degrees of each axis change, from changes with signs. With three degrees along the second axis the last change drops
/// even the constant, and only the two others say something.
fn missing_degrees(changes: [[f64; 3]; 2], along_second: usize) -> [[f64; 3]; 2] {
    let mut degrees = changes.map(|axis| axis.map(f64::abs));
    if along_second == 3 {
        degrees[1][2] = 100.0 * degrees[1][1];
    }
    degrees
}

/// `Σ aᵢ bᵢ` over the shorter of the two.
fn product(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// From this scale ratio on critical output weights are searched for: they have no bend. Below, critical angles take less time: they
/// have no edge.
const LARGE_SCALE_RATIO: f64 = 8.0;

/// A cell, and what all step sizes share.
struct Problem<'a> {
    cell: &'a Cell,
    quadrature: &'a Quadrature,
    distribution: &'a AngleDistribution,
    limit: Option<CriticalAngle>,
    monitor: &'a dyn Monitor,
}

/// `E[F_p(φ_c)]` and `E[1 − F_p(φ_c)]` with bounds on their errors.
fn expectation(problem: &Problem<'_>, step_size: Option<f64>) -> Result<Expectation, Error> {
    let &Problem { cell, quadrature, distribution, limit, monitor } = problem;
    let is_identity = cell.shape().activation().is_identity();
    if !is_identity && (cell.patch_dim() == 1 || cell.shape().sum_ratio() == 0.0) {
        // p = 1: the two points of the sphere are invariant.
        // ρ = 0: a₀ = 0, and the invariant sets meet at the right angle.
        return Ok(Expectation { success: (0.5, 0.0), failure: (0.5, 0.0), slope: 0.0 });
    }
    let Some(mut separatrix) = Separatrix::new(cell, step_size, quadrature.flow_tolerance) else {
        // no spurious minimum
        return Ok(Expectation { success: (1.0, 0.0), failure: (0.0, 0.0), slope: 0.0 });
    };
    let guess = limit.map_or(0.0, |angle| angle.log_tan);
    let by_outputs = if cell.scale_ratio() < LARGE_SCALE_RATIO {
        None
    } else {
        let of = |separatrix: &mut Separatrix, guess: Guess<'_>| {
            critical_outputs::expectation(cell, separatrix, distribution, quadrature, guess, monitor)
        };
        let mut flow = Separatrix::new(cell, None, quadrature.flow_tolerance).expect("the cell has one");
        match (of(&mut flow, Guess::Angle(guess))?, step_size) {
            // Critical output weights under descent are close to those of the flow, which cost less.
            (Some((_, solution)), Some(_)) => of(&mut separatrix, Guess::Solution(&solution))?,
            (found, _) => found,
        }
    };
    let mut found = match by_outputs {
        Some((found, _)) => found,
        None => {
            critical_angles::expectation(cell, &mut separatrix, distribution, quadrature, guess, monitor)?
        }
    };
    // A run of the iteration rounds some 10/h times, each time anew.
    let rounding = step_size.map_or(0.0, |step_size| f64::EPSILON * (20.0 * PI / step_size).sqrt());
    found.success.1 += rounding;
    found.failure.1 += rounding * found.slope.min(1.0);
    Ok(found)
}

/// The success probability under a small step, by interpolation in the step size; `None` where the iteration itself is as
/// cheap.
///
/// A run takes time in proportion to `1/η`, while the probability is a smooth function of `η` that begins at the flow's.
/// So it is computed at `η = 0` and at four steps in the ratio 8 : 4 : 2 : 1, and a polynomial of degree four goes through
/// them; one of degree three, without the largest step, gives the bound. The steps are halved until that is met, or no
/// longer falls.
fn of_small_step(problem: &Problem<'_>, step_size: f64) -> Result<Option<Expectation>, Error> {
    let mut step = 0.64 * Guarantee::for_cell(problem.cell).limit();
    // The last of four halvings costs as much as the iteration at an eighth of this.
    if step_size > step / 16.0 {
        return Ok(None);
    }
    let flow = (0.0, expectation(problem, None)?);
    let mut nodes = Vec::new();
    let mut best: Option<Expectation> = None;
    while step > 2.0 * step_size && nodes.len() < 8 {
        nodes.push((step, expectation(problem, Some(step))?));
        if let [.., a, b, c, d] = nodes[..] {
            let through = |part: fn(&Expectation) -> (f64, f64)| {
                let (value, error) = interpolate(&[flow, d, c, b, a], part, step_size);
                let (coarse, _) = interpolate(&[flow, d, c, b], part, step_size);
                (value, (value - coarse).abs() + error)
            };
            let (success, failure) = (through(|found| found.success), through(|found| found.failure));
            let bound = success.1;
            if best.is_some_and(|best| bound >= best.success.1) {
                return Ok(best); // what is left is the error of the values, which smaller steps do not lower
            }
            best = Some(Expectation { success, failure, ..flow.1 });
            if bound <= problem.quadrature.tolerance {
                return Ok(best);
            }
        }
        step *= 0.5;
    }
    // By now the iteration itself costs no more, unless the halvings have run out long before its step.
    Ok(best.filter(|_| step > 2.0 * step_size))
}

/// Lagrange's polynomial through values with errors: its value at `x`, and the sum of the errors with their weights.
fn interpolate(nodes: &[(f64, Expectation)], part: fn(&Expectation) -> (f64, f64), x: f64) -> (f64, f64) {
    nodes.iter().enumerate().fold((0.0, 0.0), |(sum, bound), (i, (at, found))| {
        let (value, error) = part(found);
        let weight: f64 = (nodes.iter().enumerate())
            .filter(|&(j, _)| j != i)
            .map(|(_, &(other, _))| (x - other) / (at - other))
            .product();
        (sum + weight * value, bound + weight.abs() * error)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::criticality::Criticality;
    use crate::numerics::random::{open_uniform, stream};
    use rand::Rng;

    /// Critical angles and critical output weights are two roads to one number.
    #[test]
    fn both_rules_agree_within_their_bounds() {
        for trial in 0..40 {
            let random = &mut stream(91, 0, trial);
            let mut uniform = |low: f64, high: f64| low + (high - low) * open_uniform(random.next_u64());
            let patch_dim = uniform(1.0, 4.0).exp() as usize;
            let patches = uniform(2.3, 13.0).exp() as usize;
            let criticality = Criticality::new(uniform(0.02, 0.98)).expect("valid");
            let scale_ratio = uniform(0.0, 2.0).exp();
            let cell =
                Cell::new(patch_dim, patches, criticality.sum_ratio(patches), scale_ratio).expect("valid");
            let quadrature = Quadrature::of([1e-7, 1e-12][trial as usize % 2]);
            let distribution = AngleDistribution::new(patch_dim);
            let separatrix = || Separatrix::new(&cell, None, quadrature.flow_tolerance).expect("x_c < 1");
            let angles =
                critical_angles::expectation(&cell, &mut separatrix(), &distribution, &quadrature, 0.0, &());
            let guess = Guess::Angle(0.0);
            let outputs = critical_outputs::expectation(
                &cell,
                &mut separatrix(),
                &distribution,
                &quadrature,
                guess,
                &(),
            );
            let (angles, Some((outputs, _))) = (angles.expect("converges"), outputs.expect("converges"))
            else {
                continue;
            };
            let values = [(angles.success, outputs.success), (angles.failure, outputs.failure)];
            for ((value, bound), (other, other_bound)) in values {
                let difference = (value - other).abs();
                assert!(difference <= bound + other_bound, "{cell:?}: {difference:e} {angles:?} {outputs:?}");
            }
        }
    }
}
