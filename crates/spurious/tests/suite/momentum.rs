//! Descent with momentum: the reduction to ten numbers, the energy that falls, and the verdict that follows from it.

use std::f64::consts::PI;

use crate::common::{
    OUTPUTS, Output, SLOPES, dot, leaky, log_uniform, norm, property, student, teacher, uniform,
};
use proptest::prelude::*;
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use spurious::basin::Basins;
use spurious::dynamics::momentum::Momentum;
use spurious::dynamics::reduced::ReducedDescent;
use spurious::dynamics::run::{Descent, Recording, descend_by};
use spurious::initialization::sample_order_parameters;
use spurious::landscape::PointKind;
use spurious::numerics::random::stream;
use spurious::population::{gradient, hessian, population_loss};
use spurious::{
    Algorithm, Cell, DecidedBy, EnergyTest, OrderParameters, Student, Teacher, Verdict, landscape,
};

/// Place and buffer of all `p + k` numbers.
struct Full<'a> {
    teacher: &'a Teacher,
    momentum: Momentum,
    step_size: f64,
    filter: Vec<f64>,
    output: Vec<f64>,
    buffers: [Vec<f64>; 2],
}

impl<'a> Full<'a> {
    fn new(teacher: &'a Teacher, start: &Student, momentum: Momentum, step_size: f64) -> Self {
        let (filter, output) = (start.filter().to_vec(), start.output_weights().to_vec());
        let buffers = [vec![0.0; filter.len()], vec![0.0; output.len()]];
        Self { teacher, momentum, step_size, filter, output, buffers }
    }

    fn student(&self) -> Student {
        Student::new(self.filter.clone(), self.output.clone()).unwrap()
    }

    /// As `torch.optim.SGD` has it: buffer = μ·buffer + gradient; the step is along the buffer, or along gradient + μ·buffer.
    fn step(&mut self) {
        let found = gradient(self.teacher, &self.student()).unwrap();
        let mu = self.momentum.factor();
        let numbers = [(&mut self.filter, found.filter), (&mut self.output, found.output_weights)];
        for ((numbers, gradient), buffer) in numbers.into_iter().zip(&mut self.buffers) {
            for ((x, g), m) in numbers.iter_mut().zip(gradient).zip(buffer) {
                *m = mu * *m + g;
                *x -= self.step_size * if self.momentum.is_nesterov() { g + mu * *m } else { *m };
            }
        }
    }

    fn order_parameters(&self) -> OrderParameters {
        self.student().order_parameters(self.teacher).unwrap()
    }

    fn speed_squared(&self) -> f64 {
        self.buffers.iter().map(|buffer| dot(buffer, buffer)).sum()
    }
}

fn forms(factor: f64) -> [Momentum; 2] {
    [Momentum::heavy_ball(factor).unwrap(), Momentum::nesterov(factor).unwrap()]
}

fn algorithm(momentum: Momentum) -> Algorithm {
    let factor = momentum.factor();
    match momentum.is_nesterov() {
        true => Algorithm::Nesterov { momentum: factor },
        false => Algorithm::Momentum { momentum: factor },
    }
}

/// Ten numbers carry the run, whatever `p` and `k` are.
#[test]
fn the_reduction_is_exact() {
    for trial in 0..60 {
        let random = &mut stream(91, 0, trial);
        let (p, k) = (random.random_range(1..7), random.random_range(1..9));
        let slope = SLOPES[random.random_range(0..SLOPES.len())];
        let output = OUTPUTS[random.random_range(0..3)];
        let teacher = teacher(random, p, k, output, false).with_activation(leaky(slope));
        // A filter next to the axis has no direction that rounding leaves alone, and a step that overshoots multiplies the difference.
        let is_apart = |start: &Student| {
            let angle = start.order_parameters(&teacher).unwrap().angle();
            p == 1 || (0.05..PI - 0.05).contains(&angle)
        };
        let start = (0..100).map(|_| student(random, &teacher)).find(is_apart).unwrap();
        let scale = norm(teacher.scaled_output()) / norm(start.filter());
        let step_size = 0.3 / (teacher.reduced().sum_rate() * (1.0 + scale * scale));
        for momentum in forms([0.0, 0.5, 0.9][random.random_range(0..3)]) {
            let mut full = Full::new(&teacher, &start, momentum, step_size);
            let at = start.order_parameters(&teacher).unwrap();
            let descent = Descent {
                max_steps: 150,
                loss_tolerance: 0.0,
                recording: Recording::Every(1),
                ..Descent::new(step_size)
            };
            // A cell has a teacher with a positive sum; with both sums reversed all is the same.
            let reduced = teacher.reduced();
            let sign = reduced.sum().signum();
            let cell = Cell::new(p, k, reduced.shape().sum_ratio(), norm(teacher.scaled_output())).unwrap();
            let cell = cell.with_activation(leaky(slope));
            let at = OrderParameters { sum: sign * at.sum, ..at };
            let run = descend_by(&cell, &algorithm(momentum), &at, stream(0, 0, 0), &descent, &()).unwrap();
            for record in &run.trajectory {
                let at = full.order_parameters();
                let scale = 1.0 + norm(teacher.scaled_output()).powi(2) + norm(&full.output).powi(2);
                // Two roads through many steps that stretch rounding errors.
                for (name, found, expected) in [
                    ("angle", record.angle, at.angle()),
                    ("sum", sign * record.sum, at.sum),
                    ("signal", record.signal, at.signal),
                    ("length", record.filter_norm, norm(&full.filter)),
                    ("loss", record.loss, population_loss(&teacher, &full.student()).unwrap()),
                ] {
                    let error = (found - expected).abs();
                    assert!(
                        error < 1e-9 * scale,
                        "{trial}, {momentum:?}, step {}: {name} {found} {expected}",
                        record.step
                    );
                }
                full.step();
            }
        }
    }
}

/// `(p, k)`, a teacher and a student of theirs, a momentum, and a step size that is covered at the start.
fn covered(random: &mut ChaCha8Rng, slope: f64) -> (Teacher, Student, Momentum, f64) {
    let (p, k) = (random.random_range(2..6), random.random_range(2..8));
    let teacher = teacher(random, p, k, Output::Generic, false).with_activation(leaky(slope));
    let start = student(random, &teacher);
    let momentum = Momentum::heavy_ball([0.0, 0.3, 0.9, 0.99][random.random_range(0..4)]).unwrap();
    let at = start.order_parameters(&teacher).unwrap();
    // What is covered depends on the step size a little, by the length of the next step.
    let mut step_size = 10.0;
    loop {
        let test = EnergyTest::new(&teacher.reduced(), step_size, momentum.factor());
        let largest = test.largest_step_size(&at, test.energy(&at, 0.0));
        if step_size <= largest {
            return (teacher, start, momentum, step_size);
        }
        step_size = (0.9 * step_size).min(largest);
    }
}

proptest! {
    #![proptest_config(property(300, "proptest-regressions/momentum.txt"))]

    /// Where the step size is covered, the energy falls in every step, the filter gets no shorter, the step stays covered, and the bound is
    /// one of the Hessian between all points.
    #[test]
    fn the_energy_falls(seed in any::<u64>(), slope in 0..SLOPES.len()) {
        let random = &mut stream(seed, 92, 0);
        let (teacher, start, momentum, step_size) = covered(random, SLOPES[slope]);
        let test = EnergyTest::new(&teacher.reduced(), step_size, momentum.factor());
        let mut full = Full::new(&teacher, &start, momentum, step_size);
        let mut before = f64::INFINITY;
        for _ in 0..60 {
            let (at, place, length) = (full.order_parameters(), full.student(), norm(&full.filter));
            let energy = test.energy(&at, full.speed_squared());
            // Down to the rounding of the loss.
            prop_assert!(energy <= before * (1.0 + 1e-12) + 1e-30, "{energy} after {before}");
            let largest = test.largest_step_size(&at, energy);
            prop_assert!(step_size <= largest * (1.0 + 1e-12), "{step_size} {largest}");
            before = energy;
            full.step();
            prop_assert!(norm(&full.filter) >= length * (1.0 - 1e-14));
            let next = full.student();
            let share: f64 = uniform(random, 0.0, 1.0);
            let between = |one: &[f64], other: &[f64]| -> Vec<f64> {
                one.iter().zip(other).map(|(x, y)| x + share * (y - x)).collect()
            };
            let middle = Student::new(
                between(place.filter(), next.filter()),
                between(place.output_weights(), next.output_weights()),
            );
            let eigenvalues = hessian(&teacher, &middle.unwrap()).unwrap().eigenvalues();
            let largest_eigenvalue = eigenvalues.iter().fold(0.0, |norm: f64, value| norm.max(value.abs()));
            let bound = 2.0 * (1.0 - momentum.factor()) / largest;
            prop_assert!(largest_eigenvalue <= bound * (1.0 + 1e-12), "{largest_eigenvalue} {bound}");
        }
    }
}

#[test]
fn the_level_is_the_loss_of_the_saddles() {
    for slope in SLOPES {
        for (k, ratio) in [(2, 0.0), (2, 0.7), (9, 1.0), (25, 4.0)] {
            let cell = Cell::new(3, k, ratio, 1.3).unwrap().with_activation(leaky(slope));
            let points = landscape(3, &cell.shape()).unwrap().points;
            let saddle = points.iter().find(|point| point.kind == PointKind::Saddle).unwrap();
            let level = EnergyTest::new(&cell.teacher(), 0.1, 0.0).level();
            assert!((level / (1.69 * saddle.loss) - 1.0).abs() < 1e-13, "{slope} {k} {ratio}");
        }
    }
}

fn random_cell(random: &mut ChaCha8Rng) -> Cell {
    let k = random.random_range(2..30);
    let slope = SLOPES[random.random_range(0..5)];
    Cell::new(4, k, uniform(random, 0.0, 0.4 * k as f64), log_uniform(random, 0.3, 2.0))
        .unwrap()
        .with_activation(leaky(slope))
}

/// Two theorems about plain descent, the invariant sets and the energy, on many starts: they never contradict each other.
#[test]
fn two_theorems_agree() {
    assert_theorems_agree(50_000);
}

/// The same on a million: `cargo test --release -p spurious --test suite momentum -- --ignored`.
#[test]
#[ignore = "takes a minute"]
fn two_theorems_agree_on_a_million_starts() {
    assert_theorems_agree(1_000_000);
}

fn assert_theorems_agree(trials: u64) {
    let both = (0..trials).into_par_iter().filter(|&trial| {
        let random = &mut stream(93, 0, trial);
        let cell = random_cell(random);
        let teacher = cell.teacher();
        let mut at = sample_order_parameters(&cell, random);
        // Small enough for both.
        let step_size = 0.3 / (teacher.sum_rate() * (1.0 + cell.scale_ratio().powi(2)));
        let descent = ReducedDescent::new(&teacher, step_size);
        let (basins, test) =
            (Basins::of_descent(&teacher, step_size), EnergyTest::new(&teacher, step_size, 0.0));
        let (mut by_sets, mut by_energy) = (None, None);
        for _ in 0..3000 {
            by_sets = by_sets.or(basins.verdict(&at));
            by_energy = by_energy.or(test.verdict(&at, 0.0));
            if by_sets.is_some() && by_energy.is_some() {
                break;
            }
            at = descent.step(&at);
        }
        let decided_by_both = by_sets.is_some() && by_energy.is_some();
        assert!(!decided_by_both || by_sets == by_energy, "{trial}: {cell:?}");
        decided_by_both
    });
    let both = both.count() as u64;
    assert!(both > trials / 100 * 98, "{both} of {trials} decided by both");
}

/// Runs of a heavy ball end where their energy said.
#[test]
fn the_verdict_is_the_end_of_the_run() {
    let mut counts = [0, 0];
    for trial in 0..400 {
        let random = &mut stream(94, 0, trial);
        let cell = Cell::new(4, 9, 1.5, log_uniform(random, 0.5, 1.5)).unwrap();
        let cell = cell.with_activation(leaky([0.05, 0.2][random.random_range(0..2)]));
        let start = sample_order_parameters(&cell, random);
        let momentum = Momentum::heavy_ball([0.5, 0.9][random.random_range(0..2)]).unwrap();
        let step_size = 0.1 * (1.0 - momentum.factor());
        let descent = Descent { max_steps: 60_000, ..Descent::new(step_size) };
        let run = descend_by(&cell, &algorithm(momentum), &start, stream(0, 0, 0), &descent, &()).unwrap();
        assert_eq!(run.decided_by, Some(DecidedBy::Energy), "{trial}: {cell:?}");
        let step = run.verdict_step.unwrap_or_else(|| panic!("{trial} is undecided: {cell:?}"));
        assert!(step < 5000, "{trial}: {step}");
        match run.verdict {
            Verdict::Global => assert!(run.end.angle < 1e-6, "{trial}: {}", run.end.angle),
            _ => assert!(PI - run.end.angle < 1e-4, "{trial}: {}", run.end.angle),
        }
        counts[usize::from(run.verdict == Verdict::Global)] += 1;
    }
    assert!(counts[0] > 100 && counts[1] > 100, "{counts:?}");
}

/// The rate that a run shows in the end is that of the slowest root of the linearised iteration.
#[test]
fn rates_are_those_predicted() {
    let cell = Cell::new(5, 25, 4.0, 1.0).unwrap();
    let start = OrderParameters { parallel: 0.8, perpendicular: 0.6, sum: 1.0, signal: 0.3, residual: 0.2 };
    for momentum in [forms(0.0), forms(0.5), forms(0.8)].concat() {
        let descent = Descent::new(0.02);
        let run = descend_by(&cell, &algorithm(momentum), &start, stream(0, 0, 0), &descent, &()).unwrap();
        assert_eq!(run.verdict, Verdict::Global);
        assert!(run.guarantee.is_none());
        let (measured, predicted) = (run.measured_rate.unwrap(), run.predicted_rate.unwrap());
        assert!((measured / predicted - 1.0).abs() < 1e-3, "{momentum:?}: {measured} {predicted}");
    }
    for factor in [-0.1, 1.0, f64::NAN] {
        let message = Momentum::nesterov(factor).unwrap_err().to_string();
        assert_eq!(message, format!("momentum {factor} is not from 0 to below 1"));
    }
}
