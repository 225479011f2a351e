//! Noisy descent side by side in vector registers. All runs of a vector take their steps with noise together; what follows is decided in scalar
//! arithmetic.
//!
//! The step is that of [`noisy`](crate::dynamics::noisy), from the same random numbers: each step takes the next block of a trial's stream. So
//! trials are those that are run alone, up to rounding.

use std::f64::consts::{FRAC_1_SQRT_2, PI};
use std::ops::Range;

use fearless_simd::{Level, Select, Simd, SimdBase, SimdFloat, dispatch};

use super::queue::{Start, Starts};
use crate::dynamics::algorithm::Annealing;
use crate::error::Error;
use crate::initialization::ball_exponent;
use crate::model::{Cell, OrderParameters, ReducedTeacher};
use crate::monitor::Monitor;
use crate::numerics::lanes::{Supplement, exp_and_complement, ln, sin_cos_of_turn};
use crate::numerics::random::{Streams, uniforms};

/// Steps between two calls of the monitor.
const STEPS_PER_CHECK: u64 = 256;

/// Noisy descent of one cell.
#[derive(Debug, Clone)]
pub(in crate::ensemble) struct NoisyRuns {
    teacher: ReducedTeacher,
    starts: Starts,
    key: [u32; 4],
    step_size: f64,
    pub(in crate::ensemble) annealing: Annealing,
    /// `2/n` of the balls of filter and output weights, and of the balls that are left when two, and four, of their coordinates are known.
    filter_exponents: [f64; 2],
    output_exponents: [f64; 3],
    /// Whether the end of phase I is observed.
    phase_one: bool,
}

/// Where a run is after its last step with noise, and the step at which phase I was over.
pub(in crate::ensemble) type BeyondNoise = (OrderParameters, Option<u64>);

impl NoisyRuns {
    /// `None` where every run has to be run alone: with few coordinates some of those that are drawn do not exist.
    pub(in crate::ensemble) fn new(
        cell: &Cell,
        step_size: f64,
        annealing: Annealing,
        key: [u32; 4],
        phase_one: bool,
    ) -> Option<Self> {
        let (p, k) = (cell.patch_dim(), cell.shape().patches());
        (p >= 2 && k >= 4).then(|| Self {
            teacher: cell.teacher(),
            starts: Starts::new(cell, key),
            key,
            step_size,
            annealing,
            filter_exponents: [ball_exponent(p), ball_exponent(p - 2)],
            output_exponents: [k, k - 2, k - 4].map(ball_exponent),
            phase_one,
        })
    }

    /// The runs of a range of trials, each handed to `take` after its last step with noise.
    pub(in crate::ensemble) fn run(
        &self,
        trials: Range<u64>,
        monitor: &dyn Monitor,
        take: &mut dyn FnMut(u64, BeyondNoise) -> Result<(), Error>,
    ) -> Result<(), Error> {
        dispatch!(Level::new(), simd => self.in_lanes(simd, trials, monitor, take))
    }

    #[inline(always)]
    fn in_lanes<S: Simd>(
        &self,
        simd: S,
        trials: Range<u64>,
        monitor: &dyn Monitor,
        take: &mut dyn FnMut(u64, BeyondNoise) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let constants = self.constants(simd);
        for first in trials.clone().step_by(S::u32s::LEN) {
            let streams = Streams::from(simd, first);
            let mut halves =
                self.starts.draw(simd, first).map(|start| Run::<S>::from(simd, &constants, &start));
            let (mut noise, mut step_size, mut step) = (self.annealing.noise, self.step_size, 0);
            for _ in 0..self.annealing.epochs {
                let [filter, output, rate] =
                    [noise[0], noise[1], step_size / (2.0 * PI)].map(|value| S::f64s::splat(simd, value));
                for _ in 0..self.annealing.epoch {
                    let numbers = uniforms(simd, self.key, &streams, step + 1);
                    for (half, run) in halves.iter_mut().enumerate() {
                        if self.phase_one {
                            run.observe(simd, &constants, step);
                        }
                        let numbers = numbers.map(|pair| pair[half]);
                        run.at = self.step(simd, &constants, &run.at, &numbers, [filter, output], rate);
                    }
                    step += 1;
                    if step.is_multiple_of(STEPS_PER_CHECK) {
                        monitor.check()?;
                    }
                }
                noise = noise.map(|radius| radius * self.annealing.noise_decay);
                step_size *= self.annealing.step_decay;
            }
            for (lane, trial) in (first..trials.end.min(first + S::u32s::LEN as u64)).enumerate() {
                let run = &halves[lane / S::f64s::LEN];
                take(trial, run.read(lane % S::f64s::LEN))?;
            }
        }
        Ok(())
    }

    #[inline(always)]
    fn constants<S: Simd>(&self, simd: S) -> Constants<S> {
        let splat = |value: f64| S::f64s::splat(simd, value);
        let (teacher, activation) = (&self.teacher, self.teacher.activation());
        let (sum, k, gamma) = (teacher.sum(), teacher.patches() as f64, activation.independent());
        let across = teacher.orthogonal_norm_squared();
        let [of_filter, of_filter_rest] = self.filter_exponents;
        let [of_output, of_output_rest, of_rest] = self.output_exponents;
        Constants {
            gamma: splat(gamma),
            leak: splat(activation.leak()),
            right_angle: splat(activation.right_angle()),
            alpha: splat(activation.output_rate()),
            sum: splat(sum),
            sum_rate: splat(teacher.sum_rate()),
            sum_target: splat(sum * gamma * k),
            sum_pull: splat(gamma * sum),
            signal_target: splat(gamma * sum * sum),
            squared: splat(teacher.norm_squared()),
            root_patches: splat(k.sqrt()),
            share: splat(sum / k.sqrt()),
            across: splat(across.unwrap_or(0.0).sqrt()),
            is_constant: across.is_none(),
            exponents: [of_filter, 0.5 * of_filter_rest, of_output, of_output_rest, 0.5 * of_rest],
            supplement: Supplement::new(),
        }
    }

    #[inline(always)]
    fn step<S: Simd>(
        &self,
        simd: S,
        c: &Constants<S>,
        &[x, y, s, q, r]: &[S::f64s; 5],
        &[a, b, d, e, f, g, h, i]: &[S::f64s; 8],
        [filter_noise, output_noise]: [S::f64s; 2],
        rate: S::f64s,
    ) -> [S::f64s; 5] {
        let zero = S::f64s::splat(simd, 0.0);
        let [of_filter, of_filter_rest, of_output, of_output_rest, of_rest] = c.exponents;
        let (xi_x, xi_y, left) = disc(simd, a, b, of_filter);
        let xi_rest = (left * power(simd, d, of_filter_rest)) * filter_noise;
        let (one, second, left) = disc(simd, e, f, of_output);
        let (third, fourth, left_again) = disc(simd, g, h, of_output_rest);
        let (third, fourth) = (third * left, fourth * left);
        let rest = left * left_again * power(simd, i, of_rest);
        let rest = rest.mul_add(rest, fourth * fourth);
        let (along_b, along_residual, rest) = match c.is_constant {
            true => (zero, second, third.mul_add(third, rest)),
            false => (second, third, rest),
        };
        let rest = rest.sqrt() * output_noise;
        let along_one = one * output_noise;

        // Where the gradient is taken.
        let (y_along, r_along) = (xi_y.mul_add(filter_noise, y), along_residual.mul_add(output_noise, r));
        let there_x = xi_x.mul_add(filter_noise, x);
        let there_y = y_along.mul_add(y_along, xi_rest * xi_rest).sqrt();
        let there_s = along_one.mul_add(c.root_patches, s);
        let there_q = along_one.mul_add(c.share, (along_b * output_noise).mul_add(c.across, q));
        let inverse = S::f64s::splat(simd, 1.0) / there_x.mul_add(there_x, there_y * there_y).sqrt();
        let (cos, sin) = (there_x * inverse, there_y * inverse);
        let turning = c.supplement.of(simd, cos, sin).mul_add(c.gamma, c.leak); // λ
        let drive = turning.mul_add(cos, sin.mul_add(c.gamma, c.leak)) - c.right_angle; // D
        let pull = (turning * there_q) * (inverse * sin);
        let g_s = there_s.mul_add(c.sum_rate, -c.sum.mul_add(drive, c.sum_target));
        let g_q =
            there_q.mul_add(c.alpha, there_s.mul_add(c.sum_pull, -c.squared.mul_add(drive, c.signal_target)));

        let share = (rate * (pull * cos)) / there_y;
        let moved = y - share * y_along;
        let moved = moved.mul_add(moved, (share * xi_rest) * (share * xi_rest)).sqrt();
        let decay = rate * c.alpha;
        let (kept, other) = (r - decay * r_along, decay * rest);
        [
            (rate * (pull * sin)) + x,
            there_y.simd_gt(zero).select(moved, y),
            s - rate * g_s,
            q - rate * g_q,
            kept.mul_add(kept, other * other).sqrt(),
        ]
    }
}

/// Two coordinates of a uniform point in the unit ball, and the radius of the ball that is left for the others.
#[inline(always)]
fn disc<S: Simd>(simd: S, u: S::f64s, v: S::f64s, exponent: f64) -> (S::f64s, S::f64s, S::f64s) {
    let (complement, squared) = exp_and_complement(simd, ln(simd, u) * exponent);
    let (sin, cos) = sin_cos_of_turn(simd, v);
    let radius = squared.sqrt();
    (radius * cos, radius * sin, complement.sqrt())
}

/// `uᵉ`
#[inline(always)]
fn power<S: Simd>(simd: S, u: S::f64s, exponent: f64) -> S::f64s {
    exp_and_complement(simd, ln(simd, u) * exponent).0
}

/// The same numbers in every lane.
struct Constants<S: Simd> {
    gamma: S::f64s,
    /// `2πc`, `δ`, `α`
    leak: S::f64s,
    right_angle: S::f64s,
    alpha: S::f64s,
    /// `S`, `K`, `Sγk`, `γS`, `γS²`, `‖b‖²`
    sum: S::f64s,
    sum_rate: S::f64s,
    sum_target: S::f64s,
    sum_pull: S::f64s,
    signal_target: S::f64s,
    squared: S::f64s,
    /// `√k`, `S/√k`, and the length of `b`'s part orthogonal to `1`
    root_patches: S::f64s,
    share: S::f64s,
    across: S::f64s,
    is_constant: bool,
    exponents: [f64; 5],
    supplement: Supplement,
}

/// Runs in one vector: the five numbers, and the step at which phase I was over, or −1.
#[derive(Clone, Copy)]
struct Run<S: Simd> {
    at: [S::f64s; 5],
    phase_one: S::f64s,
}

impl<S: Simd> Run<S> {
    #[inline(always)]
    fn from(simd: S, c: &Constants<S>, start: &Start<S>) -> Self {
        let &Start { cos, sin, along, across, rest, .. } = start;
        // The ball of output weights has the radius S/√k.
        let at = [
            cos,
            sin,
            along * c.sum,
            (along * c.share) * c.share + (across * c.share) * c.across,
            rest * c.share,
        ];
        Self { at, phase_one: S::f64s::splat(simd, -1.0) }
    }

    #[inline(always)]
    fn observe(&mut self, simd: S, c: &Constants<S>, step: u64) {
        let [x, y, _, q, _] = self.at;
        let length = x.mul_add(x, y * y).sqrt();
        let is_over = x.simd_ge(length * FRAC_1_SQRT_2) & q.simd_ge(c.squared * 0.5);
        let is_new = is_over & self.phase_one.simd_lt(S::f64s::splat(simd, 0.0));
        self.phase_one = is_new.select(S::f64s::splat(simd, step as f64), self.phase_one);
    }

    fn read(&self, lane: usize) -> BeyondNoise {
        let [x, y, s, q, r] = self.at.map(|vector| vector.as_slice()[lane]);
        let at = OrderParameters { parallel: x, perpendicular: y, sum: s, signal: q, residual: r };
        let phase_one = self.phase_one.as_slice()[lane];
        (at, (phase_one >= 0.0).then_some(phase_one as u64))
    }
}
