//! The hypotheses and bounds of the paper's theorems, evaluated for a start.
//!
//! They are written with `‖w*‖ = 1`, so that `b = a*`; the initial filter may have any length. The paper gives orders of magnitude
//! without constants, and so does this module: an order of 10³ steps may be 10² or 10⁴ steps of a run.

use serde::Serialize;

use crate::error::{Error, positive};
use crate::model::{OrderParameters, ReducedTeacher};

/// The convergence theorem for a start: if all three conditions hold and the step size is of the given order, gradient descent
/// converges to the global minimum, in a slow phase and a fast one.
///
/// # Source
/// Du et al. (2018), the theorem on convergence to the global minimum, and the lemmas on its two phases.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct ConvergenceTheorem {
    /// `a₀ᵀa* > 0`.
    pub signal_is_positive: bool,
    /// `|1ᵀa₀| ≤ |1ᵀa*|`.
    pub sum_is_bounded: bool,
    /// `φ₀ < π/2`.
    pub angle_is_acute: bool,
    /// Order of the largest step size; `None` if a condition fails.
    ///
    /// ```text
    /// min{ q₀ cos φ₀, (g₀ − 1)‖b‖² cos φ₀, cos φ₀ } / (‖b‖² + S²)     and     1/k
    /// ```
    pub step_size_order: Option<f64>,
    /// `cos φ₀`; `None` if a condition fails.
    pub cosine: Option<f64>,
    /// `β₀ = min{q₀, (g(φ₀) − 1)‖b‖²}`, the signal that phase I starts from; `None` if a condition fails.
    pub initial_signal: Option<f64>,
}

impl ConvergenceTheorem {
    /// Evaluates the theorem for a start.
    ///
    /// # Examples
    /// ```
    /// use spurious::{model::{Cell, OrderParameters}, theorems::ConvergenceTheorem};
    /// let teacher = Cell::new(25, 20, 4.0, 1.0)?.teacher();
    /// let start = OrderParameters { parallel: 0.6, perpendicular: 0.8, sum: 0.5, signal: 0.1, residual: 0.0 };
    /// let theorem = ConvergenceTheorem::new(&teacher, &start);
    /// assert!(theorem.holds());
    /// assert!(theorem.phase_one_order(0.01)?.expect("it holds") > 1_000.0);
    /// # Ok::<(), spurious::Error>(())
    /// ```
    pub fn new(teacher: &ReducedTeacher, start: &OrderParameters) -> Self {
        let mut theorem = Self {
            signal_is_positive: start.signal > 0.0,
            sum_is_bounded: start.sum.abs() <= teacher.sum().abs(),
            angle_is_acute: start.parallel > 0.0,
            step_size_order: None,
            cosine: None,
            initial_signal: None,
        };
        if theorem.holds() {
            let (b_squared, activation) = (teacher.norm_squared(), teacher.activation());
            let cosine = start.angle().cos();
            let excess = (activation.kernel(start.supplement()) - activation.right_angle()) * b_squared;
            let scale = b_squared + teacher.sum() * teacher.sum();
            let smallest = start.signal.min(excess).min(1.0) * cosine / scale;
            theorem.step_size_order = Some(smallest.min(1.0 / teacher.patches() as f64));
            theorem.cosine = Some(cosine);
            theorem.initial_signal = Some(start.signal.min(excess));
        }
        theorem
    }

    /// Whether all three conditions hold.
    pub fn holds(&self) -> bool {
        self.signal_is_positive && self.sum_is_bounded && self.angle_is_acute
    }

    /// Order of the number of steps of phase I, `1/(η cos φ₀ β₀) + 1/η`; `None` if a condition fails.
    ///
    /// # Errors
    /// If the step size is not positive.
    pub fn phase_one_order(&self, step_size: f64) -> Result<Option<f64>, Error> {
        positive("step size", step_size)?;
        Ok(self
            .initial_signal
            .zip(self.cosine)
            .map(|(signal, cosine)| 1.0 / (step_size * cosine * signal) + 1.0 / step_size))
    }
}

/// Order of the number of steps of phase II until the loss is `accuracy`: `(1/(η‖b‖²) + 1/η) ln(1/accuracy)`.
///
/// # Errors
/// If the step size is not positive or the accuracy not between 0 and 1.
///
/// # Examples
/// ```
/// use spurious::{model::Cell, theorems::phase_two_order};
/// let teacher = Cell::new(25, 20, 4.0, 1.0)?.teacher();
/// assert!((phase_two_order(&teacher, 0.1, 1e-6)? - 276.3).abs() < 0.1);
/// # Ok::<(), spurious::Error>(())
/// ```
pub fn phase_two_order(teacher: &ReducedTeacher, step_size: f64, accuracy: f64) -> Result<f64, Error> {
    positive("step size", step_size)?;
    if !(accuracy > 0.0 && accuracy < 1.0) {
        return Err(Error::NotBetweenZeroAndOne { name: "accuracy", value: accuracy });
    }
    Ok((1.0 / (step_size * teacher.norm_squared()) + 1.0 / step_size) * -accuracy.ln())
}
