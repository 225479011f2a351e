//! Algorithms on all `p + k` numbers. Each coordinate moves by itself, with running means of its gradient and of the square of that.

use super::algorithm::Algorithm;
use super::iteration::Iteration;
use super::momentum::Momentum;
use super::settling::Settling;
use crate::basin::{DecidedBy, Verdict};
use crate::model::{OrderParameters, Student, Teacher};
use crate::population::gradient;

/// Place and running means, filter first.
#[derive(Debug, Clone)]
pub(crate) struct Moments {
    pub(super) student: Student,
    means: Vec<f64>,
    squares: Vec<f64>,
    steps: i32,
}

/// Descent on all `p + k` numbers by an algorithm that draws nothing.
#[derive(Debug, Clone)]
pub(crate) struct Coordinatewise {
    teacher: Teacher,
    step_size: f64,
    algorithm: Algorithm,
    settling: Settling,
}

impl Coordinatewise {
    /// The iteration, and its start with means of 0. Teacher and student have the same shape.
    pub(crate) fn new(
        teacher: Teacher,
        student: Student,
        step_size: f64,
        algorithm: Algorithm,
    ) -> (Self, Moments) {
        let size = student.filter().len() + student.output_weights().len();
        let (means, squares) = (vec![0.0; size], vec![0.0; size]);
        let settling = Settling::new(&teacher.reduced());
        (Self { teacher, step_size, algorithm, settling }, Moments { student, means, squares, steps: 0 })
    }

    /// The change of a coordinate with this gradient, in the step with this number, 1 for the first. The operations are PyTorch's, in its
    /// order.
    fn change(&self, gradient: f64, mean: &mut f64, square: &mut f64, step: i32) -> f64 {
        match self.algorithm {
            Algorithm::Adam { betas: [beta_1, beta_2], eps } => {
                *mean += (gradient - *mean) * (1.0 - beta_1);
                *square = *square * beta_2 + (1.0 - beta_2) * gradient * gradient;
                let (of_mean, of_square) = (1.0 - beta_1.powi(step), 1.0 - beta_2.powi(step));
                -(self.step_size / of_mean) * *mean / (square.sqrt() / of_square.sqrt() + eps)
            }
            Algorithm::Rmsprop { alpha, eps } => {
                *square = *square * alpha + (1.0 - alpha) * gradient * gradient;
                -self.step_size * gradient / (square.sqrt() + eps)
            }
            Algorithm::Sign if gradient == 0.0 => 0.0,
            Algorithm::Sign => -self.step_size * gradient.signum(),
            Algorithm::Momentum { momentum } => {
                -self.step_size * Momentum { factor: momentum, nesterov: false }.apply(mean, gradient)
            }
            Algorithm::Nesterov { momentum } => {
                -self.step_size * Momentum { factor: momentum, nesterov: true }.apply(mean, gradient)
            }
            // The others draw what they add to the gradient, which is not done here.
            _ => -self.step_size * gradient,
        }
    }
}

impl Iteration for Coordinatewise {
    type State = Moments;

    fn view(&self, state: &Moments) -> OrderParameters {
        state.student.order_parameters(&self.teacher).expect("the start has the shape of its teacher")
    }

    fn step(&mut self, state: &mut Moments) {
        let slopes = gradient(&self.teacher, &state.student).expect("the shapes agree");
        state.steps = state.steps.saturating_add(1);
        let Moments { student, means, squares, steps } = state;
        let slopes = slopes.filter.iter().chain(&slopes.output_weights);
        let numbers = student.filter().iter().chain(student.output_weights());
        let running = means.iter_mut().zip(squares);
        let mut moved: Vec<f64> = (numbers.zip(slopes).zip(running))
            .map(|((x, &slope), (mean, square))| x + self.change(slope, mean, square, *steps))
            .collect();
        let output_weights = moved.split_off(student.filter().len());
        *student = Student::unchecked(moved, output_weights);
    }

    fn time(&self, _: &Moments, steps: u64) -> f64 {
        steps as f64 * self.step_size
    }

    fn verdict(&mut self, _: &Moments, at: &OrderParameters) -> Option<(Verdict, DecidedBy)> {
        Some((self.settling.verdict(at)?, DecidedBy::Convergence))
    }

    fn numbers(&self) -> usize {
        4 * (self.teacher.direction().len() + self.teacher.scaled_output().len())
    }
}
