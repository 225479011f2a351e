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

use super::algorithm::Annealing;
use super::iteration::Iteration;
use super::reduced::gradient;
use super::settling::Settling;
use crate::basin::{Basins, DecidedBy, Verdict};
use crate::initialization::DiscPoint;
use crate::model::{Cell, OrderParameters, ReducedTeacher};
use crate::numerics::random::{open_uniform, stream};
use rand::Rng;

/// Words of a stream for each step, a block of eight numbers. The first block is that of the start.
const WORDS_PER_STEP: u128 = 16;

/// Noisy descent of one cell. A step is a draw; the steps count the epochs.
#[derive(Debug, Clone)]
pub(crate) struct NoisyDescent {
    teacher: ReducedTeacher,
    annealing: Annealing,
    step_size: f64,
    noise: [f64; 2],
    steps: u64,
    time: f64,
    patch_dim: usize,
    random: ChaCha8Rng,
    /// For what follows the last epoch.
    basins: Basins,
    settling: Settling,
}

impl NoisyDescent {
    pub(crate) fn new(cell: &Cell, step_size: f64, annealing: Annealing, mut random: ChaCha8Rng) -> Self {
        let teacher = cell.teacher();
        let last = annealing.last_step_size(step_size);
        random.set_word_pos(WORDS_PER_STEP);
        Self {
            teacher,
            annealing,
            step_size,
            noise: annealing.noise,
            steps: 0,
            time: 0.0,
            patch_dim: cell.patch_dim(),
            random,
            basins: Basins::of_descent(&teacher, last),
            settling: Settling::new(&teacher),
        }
    }

    /// What follows the last epoch.
    pub(crate) fn beyond_noise(cell: &Cell, step_size: f64, annealing: Annealing) -> Self {
        let steps = annealing.steps();
        let last = annealing.last_step_size(step_size);
        Self { steps, step_size: last, ..Self::new(cell, step_size, annealing, stream(0, 0, 0)) }
    }

    fn is_over(&self) -> bool {
        self.steps >= self.annealing.steps()
    }

    /// The noise of a step: that of the filter along the teacher, along the rest of the filter, and the length of what remains; that of the output
    /// weights along `1`, along `b` if that is another direction, along the residual, and the length of what remains.
    fn draw(&mut self) -> ([f64; 2], f64, [f64; 3], f64) {
        let [filter_radius, output_radius] = self.noise;
        let [a, b, c, d, e, f, g, h] = std::array::from_fn(|_| open_uniform(self.random.next_u64()));
        let (filter, filter_rest) = in_ball(self.patch_dim, [[a, b]], c);
        let ([[one, second], [third, fourth]], rest) = in_ball(self.teacher.patches(), [[d, e], [f, g]], h);
        let (output, rest) = match self.teacher.orthogonal_norm_squared() {
            Some(_) => ([one, second, third], rest.hypot(fourth)),
            None => ([one, 0.0, second], rest.hypot(third).hypot(fourth)),
        };
        let scaled = |x: f64| output_radius * x;
        (filter[0].map(|x| filter_radius * x), filter_radius * filter_rest, output.map(scaled), scaled(rest))
    }
}

impl Iteration for NoisyDescent {
    type State = OrderParameters;

    fn view(&self, state: &OrderParameters) -> OrderParameters {
        *state
    }

    fn step(&mut self, state: &mut OrderParameters) {
        let noise = if self.is_over() { ([0.0; 2], 0.0, [0.0; 3], 0.0) } else { self.draw() };
        let ([xi_x, xi_y], xi_rest, [along_one, along_b, along_residual], rest) = noise;
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

/// A uniform point of the unit ball of `ℝⁿ`, from uniform numbers: its coordinates two by two, and the length of the others. The rest of a
/// uniform point is uniform in what is left of the ball. Coordinates that do not exist are 0.
fn in_ball<const PAIRS: usize>(
    mut dimension: usize,
    uniforms: [[f64; 2]; PAIRS],
    last: f64,
) -> ([[f64; 2]; PAIRS], f64) {
    let mut radius = 1.0;
    let coordinates = uniforms.map(|[u, v]| {
        let pair = match dimension {
            0 => [0.0; 2],
            1 => [radius * (2.0 * u - 1.0), 0.0],
            n => {
                let point = DiscPoint::new(n, u, v);
                let scale = radius * point.radius;
                radius *= point.complement.sqrt();
                [scale * point.cos, scale * point.sin]
            }
        };
        dimension = dimension.saturating_sub(2);
        pair
    });
    (coordinates, if dimension == 0 { 0.0 } else { radius * last.powf(1.0 / dimension as f64) })
}
