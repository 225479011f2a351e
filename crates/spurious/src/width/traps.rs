//! The critical points at which trapped runs end: Newton's method from the end of each run.
//!
//! In the few coordinates of [`WideDescent`](super::WideDescent), with filters of length 1 and output weights in units of `B`,
//!
//! ```text
//! x⁺ = x − (PHP)⁺ ∇ℓ(x),     then each filter is scaled to length 1
//! ```
//!
//! `P` projects on directions that turn filters, and the pseudoinverse leaves out eigenvalues that are 0: those of rotations around the teacher,
//! and of exchanges between filters at the same place. Where the trap is degenerate (with the rectifier a filter at the antipode has no
//! curvature), each iteration halves the distance; elsewhere convergence is quadratic.

use serde::Serialize;

use super::WideStudent;
use super::convergence::turning_hessian;
use super::target::Target;
use crate::model::Cell;

/// Smaller eigenvalues of the Hessian, in units of `B`, count as 0.
const FLAT: f64 = 1e-7;

/// Losses of one trap differ by no more than this, in units of `B²`; angles by no more than `SAME_ANGLE`.
const SAME_LOSS: f64 = 1e-9;
const SAME_ANGLE: f64 = 1e-4;

/// A critical point above the teacher at which runs end.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Trap {
    /// Loss in units of `‖b‖²`.
    pub loss: f64,
    /// Number of negative eigenvalues of the Hessian: 0 at a minimum.
    pub index: usize,
    /// The smallest eigenvalue of the Hessian that is not 0, with filters of length 1 and `‖b‖ = 1`.
    pub smallest_eigenvalue: f64,
    /// Angles of the filters with the teacher, in radians, rising.
    pub angles: Vec<f64>,
    /// Angles of the filters with each other, in radians: of the first with the second, the third, …, then of the second with the third, ….
    pub angles_between: Vec<f64>,
    /// Signals `aᵢᵀb` in units of `‖b‖²`, in the order of the angles.
    pub signals: Vec<f64>,
    /// Length of the gradient, in the units of the eigenvalue: what Newton's method left of it.
    pub gradient: f64,
    /// Number of runs that ended there.
    pub runs: u64,
}

/// The critical point near the end of a run, or `None` where Newton's method does not converge.
pub(super) fn critical_point(target: &Target, cell: &Cell, end: &WideStudent) -> Option<(WideStudent, Trap)> {
    let scale = cell.scale_ratio();
    let (target, mut at) = (target.in_units(scale), end.in_units(scale));
    let mut steepness = f64::INFINITY;
    for _ in 0..80 {
        let gradient = target.gradient(&at);
        steepness = gradient.squared().sqrt();
        if steepness < 1e-15 {
            break;
        }
        let slope = gradient.vector();
        let eigen = turning_hessian(&target, &at).symmetric_eigen();
        let mut step = nalgebra::DVector::zeros(slope.len());
        for (value, vector) in eigen.eigenvalues.iter().zip(eigen.eigenvectors.column_iter()) {
            if value.abs() > 1e-10 {
                step.axpy(-vector.dot(&slope) / value, &vector, 1.0);
            }
        }
        let length = (0.2 / step.norm()).min(1.0);
        let filters = at.all_filters().len();
        let direction = WideStudent::unchecked(
            at.filters(),
            step.as_slice()[..filters].to_vec(),
            step.as_slice()[filters..].to_vec(),
        );
        at = at.moved(&direction, length).normalised();
        if step.norm() < 1e-15 {
            steepness = target.gradient(&at).squared().sqrt();
            break;
        }
    }
    (steepness < 1e-12).then(|| {
        let at = in_order(&target, &at);
        let trap = describe(&target, cell, &at, steepness);
        (at, trap)
    })
}

/// The same student with its filters by rising angle.
fn in_order(target: &Target, at: &WideStudent) -> WideStudent {
    let (angles, _) = target.angles(at);
    let mut order: Vec<usize> = (0..at.filters()).collect();
    order.sort_by(|&i, &l| angles[i].total_cmp(&angles[l]));
    WideStudent::unchecked(
        at.filters(),
        order.iter().flat_map(|&i| at.filter(i).iter().copied()).collect(),
        order.iter().flat_map(|&i| at.output_weights(i).iter().copied()).collect(),
    )
}

fn describe(target: &Target, cell: &Cell, at: &WideStudent, gradient: f64) -> Trap {
    let within = turning_hessian(target, at).symmetric_eigenvalues();
    // Directions beyond the coordinates: p − d for the filters. Those of output weights have no negative eigenvalue, because D is a covariance.
    let outside = target.outside(at).symmetric_eigenvalues();
    let beyond = cell.patch_dim() - at.patch_dim();
    let negative = |values: &nalgebra::DVector<f64>| values.iter().filter(|&&value| value < -FLAT).count();
    let beyond_values = if beyond > 0 { outside.as_slice() } else { &[] };
    let smallest = (within.iter().chain(beyond_values).copied())
        .filter(|value| value.abs() > FLAT)
        .fold(f64::INFINITY, f64::min);
    let (angles, angles_between) = target.angles(at);
    let signal = |i: usize| crate::model::dot(at.output_weights(i), &target.output);
    Trap {
        loss: target.loss(at),
        index: negative(&within) + beyond * negative(&outside),
        smallest_eigenvalue: smallest,
        angles,
        angles_between,
        signals: (0..at.filters()).map(signal).collect(),
        gradient,
        runs: 1,
    }
}

/// Adds a trap to a list, or its runs to the same trap there.
pub(super) fn record(traps: &mut Vec<Trap>, found: Trap) {
    let is_same = |trap: &&mut Trap| {
        let close = |a: &[f64], b: &[f64]| a.iter().zip(b).all(|(x, y)| (x - y).abs() < SAME_ANGLE);
        (trap.loss - found.loss).abs() < SAME_LOSS
            && trap.index == found.index
            && close(&trap.angles, &found.angles)
    };
    match traps.iter_mut().find(is_same) {
        Some(trap) => trap.runs += found.runs,
        None => traps.push(found),
    }
}
