//! The verdict by energy: below the loss of the saddles the sign of the signal decides, for every method whose loss or energy falls.
//!
//! Where `q = 0` the loss does not depend on the angle. Its smallest value there is the loss of the saddles,
//!
//! ```text
//! ℓ_x = αB²K/(4π(K − γρ)),        from 4πℓ = α(‖a‖² + B²) + γ(s − S)² at the best a orthogonal to b
//! ```
//!
//! for every `ρ`. So the set `ℓ < ℓ_x` falls into a part with `q > 0`, whose only minimum is the teacher, and a part with `q < 0`, whose only
//! critical points are the antipode (it is empty if `x_c ≥ 1`). A run whose loss stays below `ℓ_x` stays in its part.
//!
//! **Which runs stay.** For descent with momentum, `θ⁺ = θ + d⁺` and `d⁺ = μd − η∇ℓ(θ)`, the energy
//!
//! ```text
//! V = ℓ + (μ/2η)‖d‖²        V⁺ ≤ V − ((1 − μ)/η − L/2)‖d⁺‖²
//! ```
//!
//! falls if `η ≤ 2(1 − μ)/L`, with a bound `L` of the Hessian's norm between `θ` and `θ⁺`. (From `ℓ⁺ ≤ ℓ + ∇ℓ·d⁺ + (L/2)‖d⁺‖²` and
//! `2d·d⁺ ≤ ‖d‖² + ‖d⁺‖²`.) Such an `L` holds for all steps to come:
//!
//! - The filter gets no shorter, nor does it between two steps: gradients are orthogonal to `v`, so that `v·d⁺ = μv·d`, and
//!   `v⁺·d⁺ = μv·d + ‖d⁺‖²`. At the start `d = 0`, and all of these are not negative.
//! - `4πℓ ≥ α(‖a‖ − B)²`, since `|D| ≤ α`. So `‖a‖ ≤ A = B + √(4πV/α)` while `V` does not rise, and between two steps it is at most
//!   `A + ‖d⁺‖`, with `‖d⁺‖ ≤ η‖∇ℓ‖ + √(2ημV)`.
//! - With `|q| ≤ B‖a‖` the blocks of the Hessian (`v` and `a`) have norms of at most
//!
//! ```text
//! B(A + ‖d⁺‖)C/(2πR²)        B max(λ sin φ)/(2πR)        K/2π        C = sup ‖R²∇²κ‖
//! ```
//!
//! Gradient descent is `μ = 0`.

use std::f64::consts::PI;

use fearless_simd::{Simd, SimdBase, SimdFloat};

use crate::activation::Activation;
use crate::basin::Verdict;
use crate::dynamics::momentum::Momentum;
use crate::model::{OrderParameters, ReducedTeacher};
use crate::population::reduced_loss;

/// Where an energy below the level decides a run whose filter begins with length 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Coverage {
    Everywhere,
    Somewhere,
    None,
}

/// The test, prepared for one teacher, step size and momentum.
///
/// # Examples
/// ```
/// use spurious::{Cell, EnergyTest, OrderParameters, Verdict};
/// let teacher = Cell::new(5, 25, 4.0, 1.0)?.teacher();
/// let test = EnergyTest::new(&teacher, 0.05, 0.0);
/// let learning = OrderParameters { parallel: 0.9, perpendicular: 0.3, sum: 1.9, signal: 0.8, residual: 0.0 };
/// assert_eq!(test.verdict(&learning, 0.0), Some(Verdict::Global));
/// # Ok::<(), spurious::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EnergyTest {
    teacher: ReducedTeacher,
    step_size: f64,
    /// `μ`
    momentum: f64,
    /// `ℓ_x`
    level: f64,
    /// `max(λ sin φ)`
    steepest: f64,
    /// `C`
    bend: f64,
}

impl EnergyTest {
    /// The test for descent with step size `η` and a heavy ball of `μ < 1`; 0 is plain descent.
    pub fn new(teacher: &ReducedTeacher, step_size: f64, momentum: f64) -> Self {
        let activation = teacher.activation();
        Self {
            teacher: *teacher,
            step_size,
            momentum,
            level: level(teacher),
            steepest: activation.largest_slope(),
            bend: bend(&activation),
        }
    }

    /// The test for momentum; none for Nesterov's form, of which no energy is known to fall.
    pub(crate) fn of(teacher: &ReducedTeacher, step_size: f64, momentum: Momentum) -> Option<Self> {
        (!momentum.is_nesterov()).then(|| Self::new(teacher, step_size, momentum.factor()))
    }

    /// Where the step size is covered once the energy is below the level. The bound on the Hessian falls with the energy and with the length of the
    /// filter, which is 1 at the start, down to that of the output weights.
    pub(crate) fn coverage(&self) -> Coverage {
        let at = OrderParameters { parallel: 1.0, perpendicular: 0.0, sum: 0.0, signal: 0.0, residual: 0.0 };
        if self.step_size <= self.largest_step_size(&at, self.level) {
            Coverage::Everywhere
        } else if self.step_size * self.teacher.sum_rate() < 4.0 * PI * (1.0 - self.momentum) {
            Coverage::Somewhere
        } else {
            Coverage::None
        }
    }

    /// `ℓ_x`, the loss of the saddles; where there are none, the smallest loss at which the signal can change its sign.
    pub fn level(&self) -> f64 {
        self.level
    }

    /// The energy at a point with this squared length `‖m‖²` of the buffer, where `d = −ηm`.
    pub fn energy(&self, at: &OrderParameters, speed_squared: f64) -> f64 {
        reduced_loss(&self.teacher, at) + 0.5 * self.momentum * self.step_size * speed_squared
    }

    /// The largest step size with which the energy falls from a point with this energy on, `2(1 − μ)/L`.
    pub fn largest_step_size(&self, at: &OrderParameters, energy: f64) -> f64 {
        let (teacher, activation) = (&self.teacher, self.teacher.activation());
        let (alpha, gamma) = (activation.output_rate(), activation.independent());
        let b = teacher.norm_squared().sqrt();
        let length = at.filter_norm_squared().sqrt();
        let output = b + (4.0 * PI * energy / alpha).sqrt();
        // ‖∂ℓ/∂v‖ and ‖∂ℓ/∂a‖; γ(s − S)² ≤ 4πV as well.
        let by_filter = self.steepest * b * output / (2.0 * PI * length);
        let by_sum = (gamma * teacher.patches() as f64 * 4.0 * PI * energy).sqrt();
        let by_output = (alpha * (output + b) + by_sum) / (2.0 * PI);
        let step = self.step_size * by_filter.hypot(by_output)
            + (2.0 * self.step_size * self.momentum * energy).sqrt();
        let filter = b * (output + step) * self.bend / (2.0 * PI * length * length);
        let mixed = b * self.steepest / (2.0 * PI * length);
        let outputs = teacher.sum_rate() / (2.0 * PI);
        let norm = 0.5 * (filter + outputs) + (0.5 * (filter - outputs)).hypot(mixed);
        2.0 * (1.0 - self.momentum) / norm
    }

    /// [`largest_step_size`](Self::largest_step_size) in lanes: whether it allows this step size, from `1/‖v‖²` and `4πV`. The norm of the bound is at
    /// most `ν = 2(1 − μ)/η` if `(ν − filter)(ν − outputs) ≥ mixed²`.
    #[inline(always)]
    pub(crate) fn covers<S: Simd>(&self, simd: S, inverse_square: S::f64s, energy: S::f64s) -> S::mask64s {
        let splat = |value: f64| S::f64s::splat(simd, value);
        let (teacher, activation) = (&self.teacher, self.teacher.activation());
        let (alpha, gamma) = (activation.output_rate(), activation.independent());
        let b = teacher.norm_squared().sqrt();
        let mixed = b * self.steepest / (2.0 * PI);
        let output = (energy * (1.0 / alpha)).sqrt() + b;
        let by_sum = (energy * (gamma * teacher.patches() as f64)).sqrt();
        let by_output = ((output + b) * alpha + by_sum) * (1.0 / (2.0 * PI));
        let by_filter_squared = output * output * (inverse_square * (mixed * mixed));
        let slope = by_output.mul_add(by_output, by_filter_squared).sqrt();
        let speed = (energy * (self.step_size * self.momentum / (2.0 * PI))).sqrt();
        let step = slope.mul_add(splat(self.step_size), speed);
        let filter = (output + step) * (inverse_square * (b * self.bend / (2.0 * PI)));
        let most = 2.0 * (1.0 - self.momentum) / self.step_size;
        let beyond_outputs = most - teacher.sum_rate() / (2.0 * PI);
        filter.simd_le(splat(most) - inverse_square * (mixed * mixed / beyond_outputs))
    }

    /// The minimum that a run reaches from a point with this squared length of the buffer, if its energy is below the level and is proved to
    /// fall. A filter exactly on the teacher's axis stays there.
    pub fn verdict(&self, at: &OrderParameters, speed_squared: f64) -> Option<Verdict> {
        let energy = self.energy(at, speed_squared);
        if !(energy < self.level && self.step_size <= self.largest_step_size(at, energy)) {
            return None;
        }
        Some(side(&self.teacher, at))
    }
}

/// `ℓ_x`
pub(crate) fn level(teacher: &ReducedTeacher) -> f64 {
    let (activation, rate) = (teacher.activation(), teacher.sum_rate());
    let saddles = rate - activation.independent() * teacher.shape().sum_ratio();
    activation.output_rate() * teacher.norm_squared() * rate / (4.0 * PI * saddles)
}

/// The minimum on whose side a point below the level is. With the identity as activation both are the teacher.
pub(crate) fn side(teacher: &ReducedTeacher, at: &OrderParameters) -> Verdict {
    let is_teacher = match at.perpendicular == 0.0 {
        true => at.parallel > 0.0,
        false => at.signal > 0.0,
    };
    if is_teacher || teacher.activation().is_identity() { Verdict::Global } else { Verdict::Spurious }
}

/// A bound of `‖R²∇²κ‖` over all angles. In the plane of `e` and `v̂` the matrix is `[γ sin φ − λ cos φ, −λ sin φ; −λ sin φ, 0]`, and in all
/// other directions `−λ cos φ`.
fn bend(activation: &Activation) -> f64 {
    const ANGLES: u32 = 2000;
    let norm = |i: u32| {
        let angle = PI * f64::from(i) / f64::from(ANGLES);
        let (sin, cos) = angle.sin_cos();
        let turning = activation.turning(PI - angle);
        let towards = activation.independent() * sin - turning * cos;
        (0.5 * towards.abs() + (0.5 * towards).hypot(turning * sin)).max((turning * cos).abs())
    };
    // No entry changes faster than this, and the norm no faster than by four entries.
    let slope = 4.0 * (2.0 * activation.independent() + activation.turning(PI));
    (0..=ANGLES).map(norm).fold(0.0, f64::max) + slope * PI / f64::from(2 * ANGLES)
}
