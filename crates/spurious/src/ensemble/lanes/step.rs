//! One step of the iteration in lanes.

use std::f64::consts::PI;

use fearless_simd::{Simd, SimdBase, SimdFloat};

use super::queue::Start;
use crate::basin::{Guarantee, saddle_kernel};
use crate::model::Cell;
use crate::numerics::chebyshev::{evaluate, interpolant};
use crate::numerics::lanes::{arctangent_rest, polynomial};

/// Numbers of coefficients for which there is code.
const COEFFICIENTS: [usize; 5] = [2, 3, 4, 6, 14];

/// The largest error of the angle in one step: half the spacing of numbers between 1 and 2.
const ANGLE_ERROR: f64 = 1.1e-16;

/// The numbers of the iteration for one cell and step size (see the [module](super)).
#[derive(Debug, Clone)]
pub(super) struct Iteration {
    /// `γ` and `2πc`
    activation: [f64; 2],
    /// `A = (ξ − (γk − δ)/K)/h` and `C = (√(ρ/k / (1 − ρ/k)) ζ + δ/α)/h` of a start
    fast_start: [f64; 2],
    slow_start: [f64; 2],
    /// `1 − hK`, `1 − hα`
    fast_decay: f64,
    slow_decay: f64,
    /// The coefficients of `hq`.
    signal: [f64; 3],
    /// `δ(1 − x_c)` and `hγρ`, for the drive.
    complement: f64,
    drive_slope: f64,
    /// `κ_x`
    saddle: f64,
    /// `γ(atan u/u − 1)/u²` and `((1+u²)^{−1/2} − 1)/u²` as polynomials in `u²`.
    arctangent: Vec<f64>,
    root: Vec<f64>,
    /// Steps between two tests.
    pub(super) stride: u64,
}

impl Iteration {
    /// `None` where `u` may be so large that no polynomial is accurate enough.
    pub(super) fn new(cell: &Cell, step_size: f64) -> Option<Self> {
        let (shape, teacher) = (cell.shape(), cell.teacher());
        let activation = shape.activation();
        let (alpha, gamma) = (activation.output_rate(), activation.independent());
        let h = step_size / (2.0 * PI);
        let (b_squared, share) = (teacher.norm_squared(), shape.constant_share());
        // |u| ≤ max(λ sin φ) · h max|q|/‖v₀‖²
        let largest = activation.largest_slope() * step_size
            / Guarantee::for_cell(cell).overshoot_step_size
            / (PI * activation.squares());
        let polynomials = |count: usize| {
            let end = largest * largest;
            let root_rest = |v: f64| -1.0 / ((1.0 + v).sqrt() * (1.0 + (1.0 + v).sqrt()));
            let arctangent = interpolant(arctangent_rest, end, count);
            let error = (0..=64)
                .map(|i| end * f64::from(i) / 64.0)
                .map(|v| v * v.sqrt() * (evaluate(&arctangent, v) - arctangent_rest(v)).abs())
                .fold(0.0, f64::max);
            let arctangent = arctangent.into_iter().map(|coefficient| gamma * coefficient).collect();
            (error <= ANGLE_ERROR).then(|| (arctangent, interpolant(root_rest, end, count)))
        };
        let (arctangent, root): (Vec<f64>, _) = COEFFICIENTS.into_iter().find_map(polynomials)?;
        let delta = activation.right_angle();
        let complement = delta * shape.criticality().complement();
        let orthogonal = shape.orthogonal_share();
        let slope = if orthogonal > 0.0 { (share / orthogonal).sqrt() } else { 0.0 };
        Some(Self {
            activation: [gamma, activation.leak()],
            fast_start: [1.0 / h, -(gamma * shape.patches() as f64 - delta) / (h * shape.sum_rate())],
            slow_start: [slope / h, delta / (h * alpha)],
            fast_decay: 1.0 - h * shape.sum_rate(),
            slow_decay: 1.0 - h * alpha,
            signal: [
                -h * b_squared * complement / alpha,
                h * h * b_squared * share,
                h * h * b_squared * orthogonal,
            ],
            complement,
            drive_slope: h * gamma * shape.sum_ratio(),
            saddle: saddle_kernel(&shape),
            arctangent,
            root,
            stride: stride(step_size),
        })
    }

    /// Number of coefficients of the polynomials.
    pub(super) fn coefficients(&self) -> usize {
        self.root.len()
    }

    /// The same numbers in every lane.
    #[inline(always)]
    pub(super) fn in_lanes<S: Simd, const N: usize>(&self, simd: S) -> Step<S, N> {
        let splat = |value: f64| S::f64s::splat(simd, value);
        let coefficients = |powers: &[f64]| {
            let mut coefficients = [0.0; N];
            coefficients.copy_from_slice(powers);
            coefficients
        };
        Step {
            independent: splat(self.activation[0]),
            leak: splat(self.activation[1]),
            fast_start: self.fast_start.map(splat),
            slow_start: self.slow_start.map(splat),
            fast_decay: splat(self.fast_decay),
            slow_decay: splat(self.slow_decay),
            signal: [splat(self.signal[0]), splat(self.signal[1]), splat(self.signal[2])],
            complement: splat(self.complement),
            drive_slope: splat(-self.drive_slope),
            saddle: splat(self.saddle),
            arctangent: coefficients(&self.arctangent),
            root: coefficients(&self.root),
        }
    }
}

/// Steps between two replacements of decided trials, a divisor of the largest number of steps. A decided trial continues until then; but
/// a replacement takes as long as some fifteen steps. It is at most a fifth of the steps to a verdict.
fn stride(step_size: f64) -> u64 {
    match step_size {
        size if size > 0.3 => 2,
        size if size > 0.05 => 4,
        size if size > 0.02 => 8,
        _ => 16,
    }
}

/// [`Iteration`] in vector registers.
pub(super) struct Step<S: Simd, const N: usize> {
    independent: S::f64s,
    leak: S::f64s,
    fast_start: [S::f64s; 2],
    slow_start: [S::f64s; 2],
    fast_decay: S::f64s,
    slow_decay: S::f64s,
    signal: [S::f64s; 3],
    complement: S::f64s,
    drive_slope: S::f64s,
    saddle: S::f64s,
    arctangent: [f64; N],
    root: [f64; N],
}

/// Trials, one in each lane.
#[derive(Clone, Copy)]
pub(super) struct State<S: Simd> {
    /// `λ = γ(π − φ) + 2πc`
    pub(super) turning: S::f64s,
    pub(super) cos: S::f64s,
    pub(super) sin: S::f64s,
    /// `w = 1/‖v‖²`
    pub(super) inverse_square: S::f64s,
    /// `A` and `C`
    pub(super) fast: S::f64s,
    pub(super) slow: S::f64s,
}

/// The kernel `κ` and `hq` at a state.
#[derive(Clone, Copy)]
pub(super) struct Forces<S: Simd> {
    kernel: S::f64s,
    signal: S::f64s,
}

impl<S: Simd> Forces<S> {
    /// `hq`
    #[cfg(test)]
    pub(super) fn signal(&self) -> S::f64s {
        self.signal
    }
}

impl<S: Simd, const N: usize> Step<S, N> {
    #[inline(always)]
    pub(super) fn start(&self, simd: S, at: &Start<S>) -> State<S> {
        State {
            turning: at.supplement.mul_add(self.independent, self.leak),
            cos: at.cos,
            sin: at.sin,
            inverse_square: S::f64s::splat(simd, 1.0),
            fast: at.along.mul_add(self.fast_start[0], self.fast_start[1]),
            slow: at.across.mul_add(self.slow_start[0], self.slow_start[1]),
        }
    }

    #[inline(always)]
    pub(super) fn forces(&self, at: &State<S>) -> Forces<S> {
        let [constant, of_fast, of_slow] = self.signal;
        Forces {
            kernel: at.turning.mul_add(at.cos, at.sin.mul_add(self.independent, self.leak)),
            signal: at.fast.mul_add(of_fast, at.slow.mul_add(of_slow, constant)),
        }
    }

    /// The lanes in each of the two invariant sets.
    #[inline(always)]
    pub(super) fn decided(&self, simd: S, at: &State<S>, forces: &Forces<S>) -> (S::mask64s, S::mask64s) {
        let drive = at.fast.mul_add(self.drive_slope, forces.kernel - self.complement);
        let beyond = forces.kernel - self.saddle;
        let zero = S::f64s::splat(simd, 0.0);
        let least = forces.signal.min(drive).min(beyond);
        let most = forces.signal.max(drive).max(beyond);
        (least.simd_ge(zero), most.simd_le(zero))
    }

    #[inline(always)]
    pub(super) fn next(&self, simd: S, at: &State<S>, forces: &Forces<S>) -> State<S> {
        let one = S::f64s::splat(simd, 1.0);
        let u = (at.turning * at.sin) * (at.inverse_square * forces.signal);
        let squared = u * u;
        let arctangent = polynomial(simd, &self.arctangent, squared).mul_add(squared, self.independent);
        let root = polynomial(simd, &self.root, squared).mul_add(squared, one);
        State {
            turning: u.mul_add(arctangent, at.turning),
            cos: root * u.mul_add(at.sin, at.cos),
            sin: root * u.mul_add(-at.cos, at.sin),
            inverse_square: at.inverse_square * (root * root),
            fast: at.fast.mul_add(self.fast_decay, forces.kernel),
            slow: at.slow.mul_add(self.slow_decay, forces.kernel),
        }
    }
}
