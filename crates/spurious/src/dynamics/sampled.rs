//! Stochastic gradient descent on fresh samples, reduced in law to two numbers of the filter and the `k` output weights.
//!
//! With samples `Z` of a batch, values `t_j = v̂·Z_j`, derivatives `σ'_j` and errors `δ = f(Z) − y(Z)`, a step has the gradient
//!
//! ```text
//! ∂/∂a_j = mean of δ σ(t_j)        ∂/∂v = mean of δ Σ_j a_j σ'_j (I − v̂v̂ᵀ) Z_j /‖v‖
//! ```
//!
//! Values and errors depend on the parts of each patch along `v̂`, and along `û ⟂ v̂` in the plane of `v` and the teacher: two normal numbers.
//! Given these, the other `p − 2` parts of `∂/∂v` are normal, independent of each other, each with the variance
//! `Σ (δ Σ_j …)²`, which is `Σ_Z δ² Σ_j (a_j σ'_j)²/(n‖v‖)²` for `n` samples. So their length is a χ variate.

use rand_chacha::ChaCha8Rng;
use rand_distr::{ChiSquared, Distribution, StandardNormal};

use super::iteration::Iteration;
use super::settling::Settling;
use crate::basin::{DecidedBy, Verdict};
use crate::initialization::output_weights_at;
use crate::model::{Cell, OrderParameters, Student, Teacher};

/// Descent on fresh samples of one cell. The state is a student in the plane: `x`, `y ≥ 0`, and all output weights.
#[derive(Debug, Clone)]
pub(crate) struct SampledDescent {
    /// In the plane.
    teacher: Teacher,
    step_size: f64,
    batch_size: usize,
    negative_slope: f64,
    /// The parts outside of the plane.
    outside: Option<ChiSquared<f64>>,
    random: ChaCha8Rng,
    settling: Settling,
    /// Of one sample: `v̂·Z_j` and `û·Z_j` of each patch.
    patches: Vec<[f64; 2]>,
    /// By output weights, summed over the batch.
    gradient: Vec<f64>,
}

impl SampledDescent {
    pub(crate) fn new(
        cell: &Cell,
        step_size: f64,
        batch_size: usize,
        start: &OrderParameters,
        mut random: ChaCha8Rng,
    ) -> (Self, Student) {
        let teacher = Teacher::planted(&cell.in_plane());
        let output_weights = output_weights_at(&teacher, start, &mut random);
        let filter = [start.parallel, start.perpendicular][..teacher.direction().len()].to_vec();
        let patches = output_weights.len();
        let descent = Self {
            step_size,
            batch_size,
            negative_slope: cell.shape().activation().negative_slope(),
            outside: ChiSquared::new(cell.patch_dim() as f64 - 2.0).ok(),
            random,
            settling: Settling::new(&teacher.reduced()),
            patches: vec![[0.0; 2]; patches],
            gradient: vec![0.0; patches],
            teacher,
        };
        (descent, Student::unchecked(filter, output_weights))
    }
}

impl Iteration for SampledDescent {
    type State = Student;

    fn view(&self, state: &Student) -> OrderParameters {
        state.order_parameters(&self.teacher).expect("the start has the shape of its teacher")
    }

    fn step(&mut self, state: &mut Student) {
        let (a, b) = (state.output_weights(), self.teacher.scaled_output());
        let (x, y) = (state.filter()[0], state.filter().get(1).copied().unwrap_or(0.0));
        let length = x.hypot(y);
        let (cos, sin) = (x / length, y / length);
        let c = self.negative_slope;
        let derivative = |t: f64| if t > 0.0 { 1.0 } else { c };
        let random = &mut self.random;
        let (mut along, mut outside) = (0.0, 0.0);
        self.gradient.fill(0.0);
        for _ in 0..self.batch_size {
            let mut error = 0.0;
            for (patch, (a, b)) in self.patches.iter_mut().zip(a.iter().zip(b)) {
                let [t, u]: [f64; 2] = [StandardNormal.sample(random), StandardNormal.sample(random)];
                let taught = t * cos + u * sin;
                error += a * t * derivative(t) - b * taught * derivative(taught);
                *patch = [t, u];
            }
            let (mut of_sample, mut squares) = (0.0, 0.0);
            for (&[t, u], (a, gradient)) in self.patches.iter().zip(a.iter().zip(&mut self.gradient)) {
                let slope = a * derivative(t);
                of_sample += slope * u;
                squares += slope * slope;
                *gradient += error * t * derivative(t);
            }
            along += error * of_sample;
            outside += error * error * squares;
        }
        let (n, size) = (self.batch_size as f64, self.step_size);
        let length_outside = self.outside.map_or(0.0, |chi| (outside * chi.sample(random)).sqrt());
        let (along, length_outside) = (size * along / (n * length), size * length_outside / (n * length));
        // û = (sin, −cos) in the coordinates of the teacher and of the rest of v.
        let filter = match state.filter().len() {
            1 => vec![x], // one number has no direction to turn to
            _ => vec![x - along * sin, (y + along * cos).hypot(length_outside)],
        };
        let output_weights = a.iter().zip(&self.gradient).map(|(a, g)| a - size * g / n).collect();
        *state = Student::unchecked(filter, output_weights);
    }

    fn time(&self, _: &Student, steps: u64) -> f64 {
        steps as f64 * self.step_size
    }

    fn verdict(&mut self, _: &Student, at: &OrderParameters) -> Option<(Verdict, DecidedBy)> {
        Some((self.settling.verdict(at)?, DecidedBy::Convergence))
    }

    fn numbers(&self) -> usize {
        20 * self.batch_size * self.gradient.len()
    }
}
