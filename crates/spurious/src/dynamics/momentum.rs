//! Gradient descent with momentum, exactly reduced: a place and a velocity of five numbers each.
//!
//! In the convention of PyTorch, with `g = ∇ℓ(θ)` and a buffer `m` that is 0 at the start,
//!
//! ```text
//! m⁺ = μm + g        heavy ball  θ⁺ = θ − ηm⁺        Nesterov  θ⁺ = θ − η(g + μm⁺)
//! ```
//!
//! Gradients lie in `span{v, ŵ*}` and `span{a, 1, b}`, and so do buffers. So the five numbers of [`reduced`](super::reduced) and the same
//! numbers of the buffer describe a run for every `p` and `k`. A filter may now pass the teacher and a residual its zero: `y` and `r` have
//! signs here, along directions that do not change. With the constants of the [activation](crate::Activation), the gradient of the five is
//!
//! ```text
//! 2π g_x = −λq sin² φ/R        2π g_y = λq sin φ cos φ/R · sign y
//! 2π g_s = K s − S(γk + D)     2π g_q = αq − D B² − γS(S − s)        2π g_r = αr
//! ```

use std::f64::consts::PI;

use super::iteration::Iteration;
use crate::basin::Verdict;
use crate::energy::EnergyTest;
use crate::error::Error;
use crate::model::{OrderParameters, ReducedTeacher};

/// Momentum of gradient descent.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Momentum {
    factor: f64,
    nesterov: bool,
}

impl Momentum {
    /// The heavy ball of Polyak, with the factor `μ`.
    ///
    /// # Errors
    /// If `μ` is not from 0 to below 1.
    pub fn heavy_ball(factor: f64) -> Result<Self, Error> {
        if !(0.0..1.0).contains(&factor) {
            return Err(Error::Momentum { value: factor });
        }
        Ok(Self { factor, nesterov: false })
    }

    /// Nesterov's form of it.
    ///
    /// # Errors
    /// If `μ` is not from 0 to below 1.
    pub fn nesterov(factor: f64) -> Result<Self, Error> {
        Ok(Self { nesterov: true, ..Self::heavy_ball(factor)? })
    }

    /// `μ`.
    pub const fn factor(&self) -> f64 {
        self.factor
    }

    /// Whether it is Nesterov's form.
    pub const fn is_nesterov(&self) -> bool {
        self.nesterov
    }

    /// The buffer and the direction of a step, in place of the buffer before and the gradient.
    pub(crate) fn apply(&self, buffer: &mut f64, gradient: f64) -> f64 {
        *buffer = self.factor * *buffer + gradient;
        if self.nesterov { gradient + self.factor * *buffer } else { *buffer }
    }

    /// The rate per unit of time at which an error falls in a direction with this eigenvalue of the Hessian, in steps of size `η`.
    ///
    /// ```text
    /// heavy ball   z² − (1 + μ − ηh) z + μ = 0             rate = −ln max |z| /η
    /// Nesterov     z² − (1 + μ)(1 − ηh) z + μ(1 − ηh) = 0
    /// ```
    pub(crate) fn rate(&self, step_size: f64, eigenvalue: f64) -> f64 {
        let (mu, left) = (self.factor, 1.0 - step_size * eigenvalue);
        let (sum, product) = if self.nesterov { ((1.0 + mu) * left, mu * left) } else { (mu + left, mu) };
        let discriminant = sum * sum / 4.0 - product;
        let largest = match discriminant < 0.0 {
            true => product.sqrt(),
            false => sum.abs() / 2.0 + discriminant.sqrt(),
        };
        -largest.ln() / step_size
    }
}

/// Place and buffer of a run: `x, y, s, q, r`, with signs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Moving {
    at: [f64; 5],
    buffer: [f64; 5],
}

impl Moving {
    /// At rest.
    pub(crate) fn from(start: &OrderParameters) -> Self {
        let at = [start.parallel, start.perpendicular, start.sum, start.signal, start.residual];
        Self { at, buffer: [0.0; 5] }
    }

    fn order_parameters([x, y, s, q, r]: [f64; 5]) -> OrderParameters {
        OrderParameters { parallel: x, perpendicular: y.abs(), sum: s, signal: q, residual: r.abs() }
    }
}

/// The reduced iteration with momentum, decided by its energy where that is proved to fall.
#[derive(Debug, Clone, Copy)]
pub(crate) struct MomentumDescent {
    teacher: ReducedTeacher,
    step_size: f64,
    momentum: Momentum,
    /// None where no energy is known to fall.
    energy: Option<EnergyTest>,
}

impl MomentumDescent {
    pub(crate) fn new(teacher: &ReducedTeacher, step_size: f64, momentum: Momentum) -> Self {
        let energy = (!momentum.nesterov).then(|| EnergyTest::new(teacher, step_size, momentum.factor));
        Self { teacher: *teacher, step_size, momentum, energy }
    }

    fn gradient(&self, [x, y, s, q, r]: [f64; 5]) -> [f64; 5] {
        let (teacher, activation) = (&self.teacher, self.teacher.activation());
        let length = x.hypot(y);
        let (cos, sin) = (x / length, y / length);
        let supplement = y.abs().atan2(-x);
        let turning = activation.turning(supplement);
        let drive = activation.kernel_of(turning, cos, sin.abs()) - activation.right_angle(); // D
        let (alpha, gamma) = (activation.output_rate(), activation.independent());
        let pull = -turning * q / length;
        let missing = teacher.sum() - s;
        let of_sum = teacher.sum_rate() * s - teacher.sum() * (gamma * teacher.patches() as f64 + drive);
        let of_signal = alpha * q - drive * teacher.norm_squared() - gamma * teacher.sum() * missing;
        [pull * sin * sin, -pull * sin * cos, of_sum, of_signal, alpha * r].map(|rate| rate / (2.0 * PI))
    }
}

impl Iteration for MomentumDescent {
    type State = Moving;

    fn view(&self, state: &Moving) -> OrderParameters {
        Moving::order_parameters(state.at)
    }

    fn step(&mut self, state: &mut Moving) {
        let gradient = self.gradient(state.at);
        for ((at, buffer), gradient) in state.at.iter_mut().zip(&mut state.buffer).zip(gradient) {
            *at -= self.step_size * self.momentum.apply(buffer, gradient);
        }
    }

    fn time(&self, _: &Moving, steps: u64) -> f64 {
        steps as f64 * self.step_size
    }

    fn verdict(&self, state: &Moving, at: &OrderParameters) -> Option<Verdict> {
        let buffer = Moving::order_parameters(state.buffer);
        let speed_squared = buffer.filter_norm_squared() + buffer.output_norm_squared(&self.teacher);
        self.energy?.verdict(at, speed_squared)
    }

    fn numbers(&self) -> usize {
        10
    }
}
