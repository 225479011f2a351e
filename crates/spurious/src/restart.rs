//! Restarts of trapped runs: four sign choices, the antipodal restart, and the number of independent starts needed.

use crate::error::Error;
use crate::landscape::best_output;
use crate::model::{OrderParameters, ReducedTeacher};

/// The four sign choices `(±v₀, ±a₀)` of the paper's multiple restarts: at least one of them satisfies the hypothesis
/// of its convergence theorem (for `ρ > 0`, with probability 1), so the best of the four runs always recovers the teacher.
///
/// # Examples
/// ```
/// use spurious::{model::OrderParameters, restart::sign_choices};
/// let start = OrderParameters { parallel: -0.6, perpendicular: 0.8, sum: 1.0, signal: -0.2, residual: 0.0 };
/// assert!(sign_choices(&start).iter().any(|s| s.parallel > 0.0 && s.signal > 0.0));
/// ```
pub fn sign_choices(start: &OrderParameters) -> [OrderParameters; 4] {
    [(1.0, 1.0), (1.0, -1.0), (-1.0, 1.0), (-1.0, -1.0)].map(|(filter, output)| OrderParameters {
        parallel: filter * start.parallel,
        perpendicular: start.perpendicular,
        sum: output * start.sum,
        signal: output * start.signal,
        residual: start.residual,
    })
}

/// The antipodal restart: reverse the filter of a trapped student, `v ← −v`, and fit the output weights by least squares.
///
/// A run that is proved to be trapped has `κ(φ) ≤ κ_x ≤ δ`. Its reversed filter has an angle of at most a right angle, where the
/// kernel is at least `δ ≥ κ_x`. With the best output weights, signal and drive are not negative there. So the student is in the basin of
/// attraction of the teacher (theory, section 13), and two runs find the global minimum.
///
/// # Examples
/// ```
/// use spurious::basin::{Basins, Verdict};
/// use spurious::{model::{Cell, OrderParameters}, restart::antipodal_restart};
/// let teacher = Cell::new(5, 25, 4.0, 1.0)?.teacher();
/// let trapped = OrderParameters { parallel: -1.0, perpendicular: 0.1, sum: 1.9, signal: -0.3, residual: 0.2 };
/// let basins = Basins::new(&teacher);
/// assert_eq!(basins.verdict(&trapped), Some(Verdict::Spurious));
/// assert_eq!(basins.verdict(&antipodal_restart(&teacher, &trapped)), Some(Verdict::Global));
/// # Ok::<(), spurious::Error>(())
/// ```
pub fn antipodal_restart(teacher: &ReducedTeacher, trapped: &OrderParameters) -> OrderParameters {
    let opposite = OrderParameters { parallel: -trapped.parallel, ..*trapped };
    let (sum, signal) = best_output(&teacher.shape(), teacher.activation().kernel(opposite.supplement()));
    OrderParameters {
        sum: sum * teacher.sum(),
        signal: signal * teacher.norm_squared(),
        residual: 0.0,
        ..opposite
    }
}

/// The number of independent random starts, the first among them, of which at least one recovers the teacher with the given
/// confidence: all runs `n`, not the `n − 1` that follow the first.
///
/// ```text
/// smallest n with 1 − (1 − P)ⁿ ≥ confidence;     1 if P = 1
/// ```
///
/// # Errors
/// If `probability` is not in `(0, 1]` or `confidence` not in `(0, 1)`.
///
/// # Examples
/// ```
/// use spurious::restart::starts_needed;
/// assert_eq!(starts_needed(0.5, 0.99)?, 7);
/// assert_eq!(starts_needed(1.0, 0.99)?, 1);
/// # Ok::<(), spurious::Error>(())
/// ```
pub fn starts_needed(probability: f64, confidence: f64) -> Result<u64, Error> {
    if !(confidence > 0.0 && confidence < 1.0) {
        return Err(Error::NotBetweenZeroAndOne { name: "confidence", value: confidence });
    }
    if !(probability > 0.0 && probability <= 1.0) {
        return Err(Error::NotBetweenZeroAndOne { name: "probability", value: probability });
    }
    let count = (-confidence).ln_1p() / (-probability).ln_1p();
    // Rounding must not carry an exact power of 1 − P to the next number.
    let nearest = count.round();
    let count = if (count - nearest).abs() <= 1e-14 * nearest { nearest } else { count.ceil() };
    Ok(count.max(1.0) as u64)
}
