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
//! signs here, along directions that do not change.

use super::iteration::Iteration;
use super::reduced::gradient;
use super::settling::Settling;
use crate::basin::{DecidedBy, Verdict};
use crate::energy::{Coverage, EnergyTest};
use crate::error::Error;
use crate::model::{OrderParameters, ReducedTeacher};

/// Momentum of gradient descent.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Momentum {
    pub(super) factor: f64,
    pub(super) nesterov: bool,
}

impl Momentum {
    /// The heavy ball of Polyak, with the factor `μ`.
    ///
    /// # Errors
    /// If `μ` is not from 0 to below 1.
    pub fn heavy_ball(factor: f64) -> Result<Self, Error> {
        if !(0.0..1.0).contains(&factor) {
            return Err(Error::Factor { name: "momentum", value: factor });
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

/// The reduced iteration with momentum, decided by its energy where that is proved to fall, and by convergence elsewhere.
#[derive(Debug, Clone, Copy)]
pub(crate) struct MomentumDescent {
    teacher: ReducedTeacher,
    step_size: f64,
    momentum: Momentum,
    /// None where no energy is known to fall.
    energy: Option<EnergyTest>,
    /// None where the energy decides every run.
    settling: Option<Settling>,
}

impl MomentumDescent {
    pub(crate) fn new(teacher: &ReducedTeacher, step_size: f64, momentum: Momentum) -> Self {
        let energy = EnergyTest::of(teacher, step_size, momentum);
        let decides_all = energy.is_some_and(|energy| energy.coverage() == Coverage::Everywhere);
        let settling = (!decides_all).then(|| Settling::new(teacher));
        Self { teacher: *teacher, step_size, momentum, energy, settling }
    }
}

impl Iteration for MomentumDescent {
    type State = Moving;

    fn view(&self, state: &Moving) -> OrderParameters {
        Moving::order_parameters(state.at)
    }

    fn step(&mut self, state: &mut Moving) {
        let gradient = gradient(&self.teacher, state.at);
        for ((at, buffer), gradient) in state.at.iter_mut().zip(&mut state.buffer).zip(gradient) {
            *at -= self.step_size * self.momentum.apply(buffer, gradient);
        }
    }

    fn time(&self, _: &Moving, steps: u64) -> f64 {
        steps as f64 * self.step_size
    }

    fn verdict(&mut self, state: &Moving, at: &OrderParameters) -> Option<(Verdict, DecidedBy)> {
        let buffer = Moving::order_parameters(state.buffer);
        let speed_squared = buffer.filter_norm_squared() + buffer.output_norm_squared(&self.teacher);
        let proved = self.energy.and_then(|energy| energy.verdict(at, speed_squared));
        let proved = proved.map(|verdict| (verdict, DecidedBy::Energy));
        proved.or_else(|| Some((self.settling.as_mut()?.verdict(at)?, DecidedBy::Convergence)))
    }

    fn numbers(&self) -> usize {
        10
    }
}
