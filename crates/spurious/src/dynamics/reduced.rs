//! Gradient descent, exactly reduced to five numbers for every `p` and `k`.
//!
//! With `h = η/2π` and the order parameters `x, y, s, q, r` of [`OrderParameters`],
//!
//! ```text
//! R = √(x² + y²)     ψ = π − φ = atan2(y, −x)     d = h λ q (y/R)/R
//!
//! x⁺ = x + d·y/R                       y⁺ = |y − d·x/R|
//! s⁺ = s − h [ K s − S (γk + D) ]
//! q⁺ = q − h [ α q − D B² − γS(S − s) ]
//! r⁺ = (1 − hα) r
//! ```
//!
//! with `α`, `γ`, `K`, `D` and `λ` of the [activation](crate::Activation)
//! (`α = π − 1`, `γ = 1`, `K = k + π − 1`, `D = g − 1` and `λ = ψ` for the rectifier),
//!
//! because the gradient moves `v` within `span{v, ŵ*}` and `a` within `span{a, 1, b}`.

use std::f64::consts::PI;

use crate::model::{OrderParameters, ReducedTeacher};
use crate::numerics::scalar::Scalar;

/// The reduced iteration for one teacher and step size.
///
/// # Examples
/// ```
/// use spurious::dynamics::reduced::ReducedDescent;
/// use spurious::model::{Cell, OrderParameters};
/// let descent = ReducedDescent::new(&Cell::new(5, 25, 4.0, 1.0)?.teacher(), 0.1);
/// let mut at = OrderParameters { parallel: 0.5, perpendicular: 0.8, sum: 0.0, signal: 0.0, residual: 0.3 };
/// for _ in 0..2000 {
///     at = descent.step(&at);
/// }
/// assert!(at.angle() < 1e-12);
/// # Ok::<(), spurious::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ReducedDescent {
    step_size: f64,
    /// `h = η/2π`.
    rate: f64,
    teacher: ReducedTeacher,
}

impl ReducedDescent {
    /// The iteration against `teacher` with step size `η`.
    pub fn new(teacher: &ReducedTeacher, step_size: f64) -> Self {
        Self { step_size, rate: step_size / (2.0 * PI), teacher: *teacher }
    }

    /// `η`.
    pub fn step_size(&self) -> f64 {
        self.step_size
    }

    /// One step.
    ///
    /// # Accuracy
    /// Rounding errors only. The kernel has an absolute error of some 2e-16, which suffices where it is added to numbers of order one.
    #[inline]
    pub fn step(&self, at: &OrderParameters) -> OrderParameters {
        self.step_of(at)
    }

    /// One step, on plain numbers or on any other [`Scalar`].
    #[inline]
    pub(crate) fn step_of<T: Scalar>(&self, at: &OrderParameters<T>) -> OrderParameters<T> {
        let (x, y) = (at.parallel, at.perpendicular);
        let length = (x * x + y * y).sqrt();
        let (cos, sin) = (x / length, y / length);
        let supplement = y.atan2(-x);
        let activation = self.teacher.activation();
        let (alpha, gamma) = (activation.output_rate(), activation.independent());
        let turning = activation.turning(supplement); // λ
        let kernel_excess = activation.kernel_of(turning, cos, sin) - T::constant(activation.right_angle()); // D
        let swing = (turning * at.signal * sin / length).scale(self.rate); // d
        let (patches, teacher_sum) = (self.teacher.patches() as f64, self.teacher.sum());
        let missing = T::constant(teacher_sum) - at.sum; // S − s
        // Increments, not multiples: the rounding error of 1 − hα would always have the same direction.
        let pull_of_sum = (kernel_excess + T::constant(gamma * patches)).scale(teacher_sum)
            - at.sum.scale(self.teacher.sum_rate());
        let pull_of_signal = kernel_excess.scale(self.teacher.norm_squared())
            + missing.scale(gamma * teacher_sum)
            - at.signal.scale(alpha);
        OrderParameters {
            parallel: x + swing * sin,
            perpendicular: (y - swing * cos).abs(),
            sum: at.sum + pull_of_sum.scale(self.rate),
            signal: at.signal + pull_of_signal.scale(self.rate),
            residual: at.residual - at.residual.scale(self.rate * alpha),
        }
    }
}

/// The gradient of the population loss in `x, y, s, q, r`, of which `y` and `r` may have signs.
///
/// ```text
/// 2π g_x = −λq sin² φ/R        2π g_y = λq sin φ cos φ/R · sign y
/// 2π g_s = K s − S(γk + D)     2π g_q = αq − D B² − γS(S − s)        2π g_r = αr
/// ```
pub(crate) fn gradient(teacher: &ReducedTeacher, [x, y, s, q, r]: [f64; 5]) -> [f64; 5] {
    let activation = teacher.activation();
    let length = x.hypot(y);
    let (cos, sin) = (x / length, y / length);
    let turning = activation.turning(y.abs().atan2(-x)); // λ
    let drive = activation.kernel_of(turning, cos, sin.abs()) - activation.right_angle(); // D
    let (alpha, gamma) = (activation.output_rate(), activation.independent());
    let pull = -turning * q / length;
    let missing = teacher.sum() - s;
    let of_sum = teacher.sum_rate() * s - teacher.sum() * (gamma * teacher.patches() as f64 + drive);
    let of_signal = alpha * q - drive * teacher.norm_squared() - gamma * teacher.sum() * missing;
    [pull * sin * sin, -pull * sin * cos, of_sum, of_signal, alpha * r].map(|rate| rate / (2.0 * PI))
}
