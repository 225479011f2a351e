//! Gradient descent with noise, reduced in law to the five numbers of [`reduced`](super::reduced).
//!
//! The gradient is taken at `(v + ξ, a + ε)`, with `ξ` uniform in a ball of `ℝᵖ` and `ε` in one of `ℝᵏ`. Of `ξ` matter its parts along the
//! teacher and along the rest of `v`, and the length `n` of what remains; of `ε` those along `1`, along `b`, along the residual of `a`, and
//! again the length of what remains. All other directions are alike. So with `x' = x + ξ_x` and `y' = √((y + ξ_y)² + n²)`, and with the
//! gradient in five numbers there,
//!
//! ```text
//! x⁺ = x − η g_x        y⁺ = ‖( y − η g_y (y + ξ_y)/y',  −η g_y n/y' )‖        s, q as without noise, r as y
//! ```

use rand_chacha::ChaCha8Rng;
use rand_distr::{ChiSquared, Distribution, StandardNormal};

use super::algorithm::Annealing;
use super::iteration::Iteration;
use super::reduced::gradient;
use super::settling::Settling;
use crate::basin::{Basins, DecidedBy, Verdict};
use crate::model::{Cell, OrderParameters, ReducedTeacher};
use crate::numerics::random::open_uniform;
use rand::Rng;

/// Noisy descent of one cell. A step is a draw; the steps count the epochs.
#[derive(Debug, Clone)]
pub(crate) struct NoisyDescent {
    teacher: ReducedTeacher,
    annealing: Annealing,
    step_size: f64,
    noise: [f64; 2],
    steps: u64,
    time: f64,
    filter_ball: Ball<2>,
    output_ball: Ball<3>,
    random: ChaCha8Rng,
    /// For what follows the last epoch.
    basins: Basins,
    settling: Settling,
}

impl NoisyDescent {
    pub(crate) fn new(cell: &Cell, step_size: f64, annealing: Annealing, random: ChaCha8Rng) -> Self {
        let teacher = cell.teacher();
        let last = (1..annealing.epochs).fold(step_size, |size, _| size * annealing.step_decay);
        // Along 1, along b if that is another direction, and along the residual.
        let has_two = teacher.orthogonal_norm_squared().is_some();
        Self {
            teacher,
            annealing,
            step_size,
            noise: annealing.noise,
            steps: 0,
            time: 0.0,
            filter_ball: Ball::new(cell.patch_dim(), [true, true]),
            output_ball: Ball::new(teacher.patches(), [true, has_two, true]),
            random,
            basins: Basins::of_descent(&teacher, last),
            settling: Settling::new(&teacher),
        }
    }

    fn is_over(&self) -> bool {
        self.steps >= self.annealing.epoch * self.annealing.epochs
    }
}

impl Iteration for NoisyDescent {
    type State = OrderParameters;

    fn view(&self, state: &OrderParameters) -> OrderParameters {
        *state
    }

    fn step(&mut self, state: &mut OrderParameters) {
        let [filter_noise, output_noise] = if self.is_over() { [0.0; 2] } else { self.noise };
        let ([xi_x, xi_y], xi_rest) = self.filter_ball.draw(filter_noise, &mut self.random);
        let ([along_one, along_b, along_residual], rest) =
            self.output_ball.draw(output_noise, &mut self.random);
        let (k, size) = (self.teacher.patches() as f64, self.step_size);
        let across = self.teacher.orthogonal_norm_squared().unwrap_or(0.0).sqrt();
        let (y, r) = (state.perpendicular + xi_y, state.residual + along_residual);
        let at = [
            state.parallel + xi_x,
            y.hypot(xi_rest),
            state.sum + k.sqrt() * along_one,
            state.signal + self.teacher.sum() / k.sqrt() * along_one + across * along_b,
            r.hypot(rest),
        ];
        let [g_x, g_y, g_s, g_q, g_r] = gradient(&self.teacher, at);
        // A vector of length `old` takes a step of length η·slope along one whose parts are (along, rest).
        let moved = |old: f64, slope: f64, along: f64, rest: f64, length: f64| match length == 0.0 {
            true => old,
            false => (old - size * slope * along / length).hypot(size * slope * rest / length),
        };
        *state = OrderParameters {
            parallel: state.parallel - size * g_x,
            perpendicular: moved(state.perpendicular, g_y, y, xi_rest, at[1]),
            sum: state.sum - size * g_s,
            signal: state.signal - size * g_q,
            residual: moved(state.residual, g_r, r, rest, at[4]),
        };
        self.time += size;
        self.steps += 1;
        if self.steps.is_multiple_of(self.annealing.epoch) && !self.is_over() {
            self.noise = self.noise.map(|radius| radius * self.annealing.noise_decay);
            self.step_size *= self.annealing.step_decay;
        }
    }

    fn time(&self, _: &OrderParameters, _: u64) -> f64 {
        self.time
    }

    fn verdict(&mut self, _: &OrderParameters, at: &OrderParameters) -> Option<(Verdict, DecidedBy)> {
        if !self.is_over() {
            return None;
        }
        let proved = self.basins.verdict(at).map(|verdict| (verdict, DecidedBy::Theorem));
        proved.or_else(|| Some((self.settling.verdict(at)?, DecidedBy::Convergence)))
    }

    fn numbers(&self) -> usize {
        20
    }
}

/// A uniform point of a ball of `ℝⁿ`: some of its coordinates, and the length of the others.
#[derive(Debug, Clone, Copy)]
struct Ball<const N: usize> {
    dimension: usize,
    /// The number of coordinates that there are. Others are 0.
    exists: [bool; N],
    rest: Option<ChiSquared<f64>>,
}

impl<const N: usize> Ball<N> {
    /// In so many dimensions. The first coordinates that are `wanted` exist, as long as there are dimensions left.
    fn new(dimension: usize, wanted: [bool; N]) -> Self {
        let mut left = dimension;
        let exists = wanted.map(|is_wanted| {
            let exists = is_wanted && left > 0;
            left -= usize::from(exists);
            exists
        });
        // A chi-squared distribution has a positive number of degrees of freedom.
        Self { dimension, exists, rest: ChiSquared::new(left as f64).ok() }
    }

    fn draw(&self, radius: f64, random: &mut ChaCha8Rng) -> ([f64; N], f64) {
        if radius == 0.0 {
            return ([0.0; N], 0.0);
        }
        let coordinates = self.exists.map(|exists| if exists { StandardNormal.sample(random) } else { 0.0 });
        let rest_squared = self.rest.map_or(0.0, |rest| rest.sample(random));
        let squared: f64 = coordinates.iter().map(|x: &f64| x * x).sum::<f64>() + rest_squared;
        let distance = open_uniform(random.next_u64()).powf(1.0 / self.dimension as f64);
        let scale = radius * distance / squared.sqrt();
        (coordinates.map(|x| scale * x), scale * rest_squared.sqrt())
    }
}
