//! Every algorithm against a second road: all numbers instead of few, formulas written out, laws by many runs.

use crate::common::dot;
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};
use spurious::dynamics::algorithm::Annealing;
use spurious::dynamics::run::{Descent, Recording, Stop, descend_by};
use spurious::ensemble::{Engine, Outcome};
use spurious::initialization::{sample_order_parameters, sample_student};
use spurious::numerics::random::stream;
use spurious::population::gradient;
use spurious::{
    Activation, Algorithm, Cell, DecidedBy, Ensemble, Observe, OrderParameters, Student, Teacher, Verdict,
};

fn all() -> [Algorithm; 9] {
    Algorithm::NAMES.map(|name| Algorithm::named(name).unwrap())
}

fn cell() -> Cell {
    Cell::new(5, 9, 2.0, 1.0).unwrap()
}

fn few_steps(step_size: f64, steps: u64) -> Descent {
    Descent {
        max_steps: steps,
        loss_tolerance: 0.0,
        recording: Recording::Every(1),
        ..Descent::new(step_size)
    }
}

#[test]
fn names_are_those_of_the_algorithms() {
    for (name, algorithm) in Algorithm::NAMES.into_iter().zip(all()) {
        assert_eq!(algorithm.name(), name);
        assert_eq!(serde_json::to_value(algorithm).unwrap()["algorithm"], name);
        algorithm.check().unwrap();
    }
    assert_eq!(Algorithm::named("lbfgs"), None);
}

#[test]
fn settings_out_of_range_are_named() {
    let noisy = |change: fn(&mut Annealing)| {
        let mut annealing = Annealing::default();
        change(&mut annealing);
        Algorithm::Noisy(annealing)
    };
    for (algorithm, message) in [
        (Algorithm::Momentum { momentum: 1.0 }, "momentum 1 is not from 0 to below 1"),
        (Algorithm::Nesterov { momentum: f64::NAN }, "momentum NaN is not from 0 to below 1"),
        (Algorithm::Adam { betas: [0.9, 1.5], eps: 0.0 }, "beta 1.5 is not from 0 to below 1"),
        (
            Algorithm::Adam { betas: [0.9, 0.9], eps: -1.0 },
            "epsilon -1 is negative: use 0 or a number above 0",
        ),
        (Algorithm::Rmsprop { alpha: -0.1, eps: 0.0 }, "alpha -0.1 is not from 0 to below 1"),
        (noisy(|a| a.noise[1] = f64::NAN), "noise is NaN, not a finite number"),
        (noisy(|a| a.noise[0] = -2.0), "noise -2 is negative: use 0 or a number above 0"),
        (noisy(|a| a.noise_decay = 1.5), "noise decay 1.5 is too large: use at most 1"),
        (noisy(|a| a.step_decay = 0.0), "step decay 0 is not positive: use a number above 0"),
        (noisy(|a| a.epochs = 0), "number of steps with noise 0 is not a whole number from 1 to 1e9"),
        (Algorithm::Sgd { batch_size: 0 }, "batch size 0 is not a whole number from 1 to 1000000"),
    ] {
        assert_eq!(algorithm.check().unwrap_err().to_string(), message);
        let start =
            OrderParameters { parallel: 0.6, perpendicular: 0.8, sum: 0.0, signal: 0.0, residual: 0.0 };
        let run = descend_by(&cell(), &algorithm, &start, stream(1, 0, 0), &Descent::new(0.1), &());
        assert_eq!(run.unwrap_err().to_string(), message);
    }
}

/// The start of every algorithm is the one that was given.
#[test]
fn runs_begin_at_their_start() {
    for (p, k, ratio) in [(5, 9, 2.0), (1, 1, 1.0), (2, 2, 2.0), (1, 4, 0.0), (30, 2, 0.5)] {
        let cell = Cell::new(p, k, ratio, 1.3).unwrap();
        let start = sample_order_parameters(&cell, &mut stream(5, 0, 1));
        for algorithm in all() {
            let run =
                descend_by(&cell, &algorithm, &start, stream(1, 0, 0), &few_steps(0.01, 3), &()).unwrap();
            let first = run.trajectory[0];
            let found = [first.angle, first.sum, first.signal];
            let expected = [start.angle(), start.sum, start.signal];
            for (found, expected) in found.into_iter().zip(expected) {
                assert!((found - expected).abs() < 1e-12, "{algorithm:?} {cell:?}: {found} {expected}");
            }
        }
    }
}

/// From random starts of an easy and a hard teacher, every algorithm ends at a minimum, says at which, and how that is known.
#[test]
fn runs_end_where_their_verdict_says() {
    for c in [0.0, 0.2] {
        let cell = cell().with_activation(Activation::leaky(c).unwrap());
        for algorithm in all() {
            let mut seen = [0; 2];
            for trial in 0..30 {
                let mut random = stream(6, 0, trial);
                let start = sample_order_parameters(&cell, &mut random);
                let step_size = if algorithm.name() == "noisy" { 0.1 } else { 0.01 };
                let descent = Descent { max_steps: 30_000, ..Descent::new(step_size) };
                let run = descend_by(&cell, &algorithm, &start, random, &descent, &()).unwrap();
                let by = match algorithm.name() {
                    "gd" | "noisy" | "straight_through" => DecidedBy::Theorem,
                    "momentum" => DecidedBy::Energy,
                    _ => DecidedBy::Convergence,
                };
                assert_eq!(run.decided_by, Some(by), "{algorithm:?} {trial}: {:?}", run.stop);
                let is_near = match run.verdict {
                    Verdict::Global => run.end.angle < 0.05 && run.end.loss < 0.01,
                    // With fresh samples the noise does not end there.
                    Verdict::Spurious => run.end.angle > 2.0 && run.end.signal < 0.0,
                    Verdict::Undecided => false,
                };
                assert!(is_near, "{algorithm:?} {trial}: {:?}", run.end);
                seen[usize::from(run.verdict == Verdict::Global)] += 1;
            }
            assert!(seen[1] > 10, "{algorithm:?}: {seen:?}");
        }
    }
}

/// `torch.optim` written out: the state is a list of all numbers and two lists of means.
struct Written {
    numbers: Vec<f64>,
    first: Vec<f64>,
    second: Vec<f64>,
}

impl Written {
    fn step(&mut self, algorithm: &Algorithm, gradient: &[f64], lr: f64, t: i32) {
        let means = self.first.iter_mut().zip(&mut self.second);
        for ((x, &g), (first, second)) in self.numbers.iter_mut().zip(gradient).zip(means) {
            *x -= match *algorithm {
                Algorithm::Adam { betas: [b1, b2], eps } => {
                    *first = b1 * *first + (1.0 - b1) * g;
                    *second = b2 * *second + (1.0 - b2) * g * g;
                    let unbiased = *second / (1.0 - b2.powi(t));
                    lr * (*first / (1.0 - b1.powi(t))) / (unbiased.sqrt() + eps)
                }
                Algorithm::Rmsprop { alpha, eps } => {
                    *second = alpha * *second + (1.0 - alpha) * g * g;
                    lr * g / (second.sqrt() + eps)
                }
                Algorithm::Sign => lr * f64::from(i8::from(g > 0.0) - i8::from(g < 0.0)),
                _ => unreachable!("it does not act on coordinates"),
            };
        }
    }
}

/// With one patch and one number of it there is nothing that is left open: the run can be written out.
#[test]
fn coordinates_move_as_their_rule_says() {
    let cell = Cell::new(1, 2, 0.7, 1.0).unwrap();
    let teacher = Teacher::planted(&cell);
    let b = teacher.scaled_output().to_vec();
    let start = OrderParameters { parallel: 1.0, perpendicular: 0.0, sum: 0.3, signal: -0.4, residual: 0.0 };
    // a = sum/2 on both, and the rest along b − mean(b).
    let mean = 0.5 * (b[0] + b[1]);
    let slope = (start.signal - start.sum * mean) / (b[0] - mean).powi(2) / 2.0;
    let a: Vec<f64> = b.iter().map(|b| 0.5 * start.sum + slope * (b - mean)).collect();
    for algorithm in all().into_iter().filter(Algorithm::is_coordinatewise) {
        // Where a gradient passes 0, rounding decides its sign.
        let steps = if algorithm == Algorithm::Sign { 100 } else { 1000 };
        let run =
            descend_by(&cell, &algorithm, &start, stream(1, 0, 0), &few_steps(0.01, steps), &()).unwrap();
        let mut written = Written { numbers: a.clone(), first: vec![0.0; 2], second: vec![0.0; 2] };
        for (t, record) in (1..).zip(&run.trajectory) {
            let (sum, signal) = (written.numbers.iter().sum::<f64>(), dot(&written.numbers, &b));
            assert!((record.sum - sum).abs() < 1e-11, "{algorithm:?} {t}: {} {sum}", record.sum);
            assert!((record.signal - signal).abs() < 1e-11, "{algorithm:?} {t}: {} {signal}", record.signal);
            let student = Student::new(vec![1.0], written.numbers.clone()).unwrap();
            let slopes = gradient(&teacher, &student).unwrap().output_weights;
            written.step(&algorithm, &slopes, 0.01, t);
        }
    }
}

fn ball(dimension: usize, radius: f64, random: &mut ChaCha8Rng) -> Vec<f64> {
    let normal: Vec<f64> = (0..dimension).map(|_| StandardNormal.sample(random)).collect();
    let length = radius * random.random::<f64>().powf(1.0 / dimension as f64) / dot(&normal, &normal).sqrt();
    normal.into_iter().map(|x| x * length).collect()
}

fn moved(x: &[f64], by: &[f64], factor: f64) -> Vec<f64> {
    x.iter().zip(by).map(|(x, d)| x + factor * d).collect()
}

/// Mean and standard error of each of some numbers.
fn moments(samples: &[[f64; 5]]) -> [(f64, f64); 5] {
    let n = samples.len() as f64;
    std::array::from_fn(|i| {
        let mean = samples.iter().map(|sample| sample[i]).sum::<f64>() / n;
        let variance = samples.iter().map(|sample| (sample[i] - mean).powi(2)).sum::<f64>() / (n - 1.0);
        (mean, (variance / n).sqrt())
    })
}

fn numbers(at: &OrderParameters) -> [f64; 5] {
    [at.parallel, at.perpendicular, at.sum, at.signal, at.residual]
}

/// Means of some numbers and of their squares agree within five standard errors.
fn assert_same_law(one: &[[f64; 5]], other: &[[f64; 5]], what: &str) {
    for (power, name) in [(1, "means"), (2, "squares")] {
        let powers = |all: &[[f64; 5]]| all.iter().map(|row| row.map(|x| x.powi(power))).collect::<Vec<_>>();
        let (one, other) = (moments(&powers(one)), moments(&powers(other)));
        for (i, ((a, error_a), (b, error_b))) in one.into_iter().zip(other).enumerate() {
            let allowed = 5.0 * error_a.hypot(error_b) + 1e-12;
            assert!((a - b).abs() < allowed, "{what}: {name} of {i}: {a} {b} ± {allowed}");
        }
    }
}

/// The place after some steps, as the angle and so on that a run records, with the length of the filter.
fn reduced_ends(
    cell: &Cell,
    algorithm: &Algorithm,
    start: &OrderParameters,
    step_size: f64,
    steps: u64,
) -> Vec<[f64; 5]> {
    (0..RUNS)
        .map(|trial| {
            let run =
                descend_by(cell, algorithm, start, stream(70, 0, trial), &few_steps(step_size, steps), &())
                    .unwrap();
            let last = run.trajectory.last().unwrap();
            [last.angle, last.filter_norm, last.sum, last.signal, last.loss]
        })
        .collect()
}

fn full_end(teacher: &Teacher, student: &Student) -> [f64; 5] {
    let at = student.order_parameters(teacher).unwrap();
    let loss = spurious::population::population_loss(teacher, student).unwrap();
    [at.angle(), at.filter_norm_squared().sqrt(), at.sum, at.signal, loss]
}

const RUNS: u64 = 4000;

/// Noise on all `p + k` numbers and its reduction have the same law.
#[test]
fn noisy_descent_is_reduced_in_law() {
    let cells = [(4, 5, 1.5, 0.0), (2, 2, 2.0, 0.1), (1, 3, 1.0, 0.0), (3, 1, 1.0, 0.3), (2, 4, 4.0, 0.0)];
    for (p, k, ratio, c) in cells {
        let cell = Cell::new(p, k, ratio, 1.0).unwrap().with_activation(Activation::leaky(c).unwrap());
        let teacher = Teacher::planted(&cell);
        let student = sample_student(&teacher, &mut stream(71, 0, 0));
        let start = student.order_parameters(&teacher).unwrap();
        let annealing =
            Annealing { noise: [1.5, 0.5], noise_decay: 0.4, step_decay: 0.8, epoch: 3, epochs: 2 };
        let (step_size, steps) = (0.4, 8);
        let full: Vec<_> = (0..RUNS)
            .map(|trial| {
                let random = &mut stream(72, 0, trial);
                let mut student = student.clone();
                for step in 0..steps {
                    let epoch = step / 3;
                    let fade = |by: f64| by.powi(epoch.min(1));
                    let scale = if epoch < 2 { fade(annealing.noise_decay) } else { 0.0 };
                    let at = Student::new(
                        moved(student.filter(), &ball(p, scale * annealing.noise[0], random), 1.0),
                        moved(student.output_weights(), &ball(k, scale * annealing.noise[1], random), 1.0),
                    );
                    let slopes = gradient(&teacher, &at.unwrap()).unwrap();
                    let size = -step_size * fade(annealing.step_decay);
                    student = Student::new(
                        moved(student.filter(), &slopes.filter, size),
                        moved(student.output_weights(), &slopes.output_weights, size),
                    )
                    .unwrap();
                }
                full_end(&teacher, &student)
            })
            .collect();
        let reduced = reduced_ends(&cell, &Algorithm::Noisy(annealing), &start, step_size, steps as u64);
        assert_same_law(&full, &reduced, &format!("{cell:?}"));
    }
}

/// Momentum in lanes, and one run at a time: the same verdicts, found in the same way, after the same steps. (A last bit may decide between two
/// steps.)
#[test]
fn momentum_in_lanes_is_momentum_alone() {
    for (p, k, ratio, c, step_size) in [
        (5, 25, 4.0, 0.0, 0.02),
        (3, 4, 0.5, 0.2, 0.01),
        (2, 1, 1.0, 0.0, 0.02),
        (1, 5, 1.0, 0.0, 0.02),
        (5, 9, 2.0, 1.0, 0.01),
        (5, 25, 25.0, 0.0, 0.02),
        (4, 6, 2.0, 0.0, 0.5),
        (4, 6, 2.0, 0.0, 3.0),
    ] {
        let cell = Cell::new(p, k, ratio, 1.0).unwrap().with_activation(Activation::leaky(c).unwrap());
        for name in ["momentum", "nesterov"] {
            let ensemble = |engine| {
                let ensemble = Ensemble::new(cell, step_size, 5, 2).unwrap().with_engine(engine);
                ensemble.with_algorithm(Algorithm::named(name).unwrap()).unwrap()
            };
            for observe in [Observe::default(), Observe { phase_one: true, ..Observe::default() }] {
                let [lanes, alone] = [Engine::Lanes, Engine::Scalar]
                    .map(|engine| ensemble(engine).trials(10..40, &observe, &()).unwrap());
                let what = format!("{cell:?} {step_size} {name} {observe:?}");
                let mut different = 0;
                for (lanes, alone) in lanes.iter().zip(&alone) {
                    assert_eq!((lanes.trial, lanes.start), (alone.trial, alone.start), "{what}");
                    let (found, expected) = (lanes.outcome, alone.outcome);
                    assert_eq!(found.verdict, expected.verdict, "{what} {lanes:?} {alone:?}");
                    assert_eq!(found.decided_by, expected.decided_by, "{what} {lanes:?} {alone:?}");
                    // When numbers overflow depends on squares.
                    if expected.verdict == Verdict::Undecided {
                        continue;
                    }
                    different += i32::from(found.steps != expected.steps);
                    let steps = |outcome: &Outcome| outcome.convergence.map(|c| c.phase_one_steps);
                    different += i32::from(steps(&found) != steps(&expected));
                }
                assert!(different <= 1, "{what}: {different}");
                let summary = ensemble(Engine::Lanes).summary(10..40, &observe, &()).unwrap();
                assert_eq!(summary.counts.runs, 30);
                let count = |verdict| lanes.iter().filter(|trial| trial.outcome.verdict == verdict).count();
                assert_eq!(summary.counts.global as usize, count(Verdict::Global), "{what}");
            }
        }
    }
}

/// Noise in lanes, and one run at a time: from the same random numbers the same verdicts, and phases of the same length but where a last bit
/// decides.
#[test]
fn noise_in_lanes_is_noise_alone() {
    for (p, k, ratio, c, noise) in [
        (5, 25, 4.0, 0.0, [36.0, 1.0]),
        (2, 4, 1.0, 0.2, [2.0, 0.3]),
        (3, 6, 6.0, 0.0, [1.0, 1.0]),
        (4, 5, 0.0, 0.0, [1.0, 0.5]),
        (5, 9, 2.0, 0.0, [0.5, 0.0]),
        (4, 6, 2.0, 0.5, [0.0, 0.5]),
        (5, 9, 2.0, 1.0, [0.5, 0.1]),
        (1, 5, 1.0, 0.0, [0.5, 0.1]),
        (4, 3, 1.0, 0.0, [0.5, 0.1]),
    ] {
        let cell = Cell::new(p, k, ratio, 1.0).unwrap().with_activation(Activation::leaky(c).unwrap());
        let annealing = Annealing { noise, epoch: 50, epochs: 6, ..Annealing::default() };
        let ensemble = |engine| {
            let ensemble = Ensemble::new(cell, 0.05, 6, 3).unwrap().with_engine(engine);
            ensemble.with_algorithm(Algorithm::Noisy(annealing)).unwrap()
        };
        for observe in [Observe::default(), Observe { phase_one: true, ..Observe::default() }] {
            let what = format!("{cell:?} {noise:?} {observe:?}");
            let [lanes, alone] = [Engine::Lanes, Engine::Scalar]
                .map(|engine| ensemble(engine).trials(7..47, &observe, &()).unwrap());
            let mut different = 0;
            for (lanes, alone) in lanes.iter().zip(&alone) {
                assert_eq!((lanes.trial, lanes.start), (alone.trial, alone.start), "{what}");
                let (found, expected) = (lanes.outcome, alone.outcome);
                assert_eq!(
                    (found.verdict, found.decided_by),
                    (expected.verdict, expected.decided_by),
                    "{what}"
                );
                let phase_one = |outcome: &Outcome| outcome.convergence.map(|run| run.phase_one_steps);
                let is_same = found.steps == expected.steps && phase_one(&found) == phase_one(&expected);
                different += i32::from(!is_same);
                if let (Some(found), Some(expected)) = (found.convergence, expected.convergence) {
                    let error = (found.final_loss - expected.final_loss).abs();
                    assert!(!is_same || error < 1e-9 * (1.0 + expected.final_loss), "{what} {error:e}");
                }
            }
            assert!(different <= 1, "{what}: {different}");
            let summary = ensemble(Engine::Lanes).summary(7..47, &observe, &()).unwrap();
            let global = lanes.iter().filter(|trial| trial.outcome.verdict == Verdict::Global).count();
            assert_eq!((summary.counts.runs, summary.counts.global as usize), (40, global), "{what}");
        }
    }
}

/// One straight-through step turns the filter as the mean over samples says, in which the way back has no activation; with the identity it is gradient
/// descent.
#[test]
fn straight_through_is_the_mean_of_its_samples() {
    for (p, k, c) in [(4, 3, 0.0), (2, 5, 0.3), (3, 1, 0.0)] {
        let activation = Activation::leaky(c).unwrap();
        let cell = Cell::new(p, k, 1.0, 1.0).unwrap().with_activation(activation);
        let teacher = Teacher::planted(&cell);
        let student = sample_student(&teacher, &mut stream(75, 0, 0));
        let start = student.order_parameters(&teacher).unwrap();
        let (cos, sin) = (start.angle().cos(), start.angle().sin());
        let towards = moved(teacher.direction(), student.filter(), -cos);
        let mut random = stream(75, 0, 1);
        let (mut sum, mut squares, samples) = (0.0, 0.0, 200_000);
        for _ in 0..samples {
            let (mut error, mut back) = (0.0, 0.0);
            for (a, b) in student.output_weights().iter().zip(teacher.scaled_output()) {
                let patch: Vec<f64> = (0..p).map(|_| StandardNormal.sample(&mut random)).collect();
                error += a * activation.value(dot(student.filter(), &patch));
                error -= b * activation.value(dot(teacher.direction(), &patch));
                back += a * dot(&towards, &patch) / sin;
            }
            sum += error * back;
            squares += (error * back).powi(2);
        }
        let (mean, n) = (sum / f64::from(samples), f64::from(samples));
        let standard_error = ((squares / n - mean * mean) / n).sqrt();
        let step_size = 0.05;
        let of = |algorithm: &Algorithm, cell: &Cell| {
            descend_by(cell, algorithm, &start, stream(1, 0, 0), &few_steps(step_size, 1), &()).unwrap()
        };
        let after = of(&Algorithm::StraightThrough, &cell).trajectory[1];
        let turned = (start.angle() - after.angle).tan() / step_size;
        assert!((turned + mean).abs() < 5.0 * standard_error, "{turned} {mean} ± {standard_error}");
        assert!(standard_error < 0.1 * mean.abs(), "{mean} ± {standard_error}");
        let gd = of(&Algorithm::Gd, &cell).trajectory[1];
        assert_eq!((after.sum, after.signal), (gd.sum, gd.signal));
        let linear = cell.with_activation(Activation::leaky(1.0).unwrap());
        let [one, other] =
            [Algorithm::StraightThrough, Algorithm::Gd].map(|by| of(&by, &linear).trajectory[1]);
        assert!((one.angle - other.angle).abs() < 1e-15);
    }
}

/// Fresh samples of all `p` numbers and their reduction to two have the same law.
#[test]
fn descent_on_samples_is_reduced_in_law() {
    for (p, k, ratio, c) in [(4, 5, 1.5, 0.0), (2, 2, 2.0, 0.1), (1, 3, 1.0, 0.0), (6, 1, 1.0, 0.3)] {
        let activation = Activation::leaky(c).unwrap();
        let cell = Cell::new(p, k, ratio, 1.0).unwrap().with_activation(activation);
        let teacher = Teacher::planted(&cell);
        let drawn = sample_student(&teacher, &mut stream(73, 0, 0));
        let start = drawn.order_parameters(&teacher).unwrap();
        let (step_size, steps, batch_size) = (0.2, 5, 3);
        let slope = |t: f64| if t > 0.0 { 1.0 } else { c };
        let full: Vec<_> = (0..RUNS)
            .map(|trial| {
                let random = &mut stream(74, 0, trial);
                let (mut v, mut a) = (drawn.filter().to_vec(), drawn.output_weights().to_vec());
                for _ in 0..steps {
                    let (mut by_v, mut by_a) = (vec![0.0; p], vec![0.0; k]);
                    let length = dot(&v, &v).sqrt();
                    for _ in 0..batch_size {
                        let patches: Vec<Vec<f64>> =
                            (0..k).map(|_| (0..p).map(|_| StandardNormal.sample(random)).collect()).collect();
                        let values: Vec<f64> = patches.iter().map(|z| dot(&v, z) / length).collect();
                        let taught: Vec<f64> = patches.iter().map(|z| dot(teacher.direction(), z)).collect();
                        let error: f64 = (0..k)
                            .map(|j| {
                                a[j] * values[j] * slope(values[j])
                                    - teacher.scaled_output()[j] * taught[j] * slope(taught[j])
                            })
                            .sum();
                        for j in 0..k {
                            by_a[j] += error * values[j] * slope(values[j]);
                            for i in 0..p {
                                let across = patches[j][i] - values[j] * v[i] / length;
                                by_v[i] += error * a[j] * slope(values[j]) * across / length;
                            }
                        }
                    }
                    let size = -step_size / f64::from(batch_size);
                    (v, a) = (moved(&v, &by_v, size), moved(&a, &by_a, size));
                }
                full_end(&teacher, &Student::new(v, a).unwrap())
            })
            .collect();
        let algorithm = Algorithm::Sgd { batch_size: batch_size as usize };
        let reduced = reduced_ends(&cell, &algorithm, &start, step_size, steps);
        assert_same_law(&full, &reduced, &format!("{cell:?}"));
    }
}

/// A large batch is descent on the population.
#[test]
fn a_large_batch_is_the_population() {
    let cell = cell();
    let start = sample_order_parameters(&cell, &mut stream(75, 0, 0));
    let end = |algorithm| {
        descend_by(&cell, &algorithm, &start, stream(75, 0, 1), &few_steps(0.3, 20), &()).unwrap().end
    };
    let (population, sampled) = (end(Algorithm::Gd), end(Algorithm::Sgd { batch_size: 20_000 }));
    assert!((population.angle - sampled.angle).abs() < 0.02, "{population:?} {sampled:?}");
    assert!((population.signal - sampled.signal).abs() < 0.05, "{population:?} {sampled:?}");
}

/// An ensemble runs each algorithm from the same starts, whatever the number of threads is; without momentum it is descent.
#[test]
fn ensembles_have_the_same_starts() {
    let of = |algorithm| Ensemble::new(cell(), 0.05, 8, 0).unwrap().with_algorithm(algorithm).unwrap();
    let plain = of(Algorithm::Gd).trials(0..60, &Observe::default(), &()).unwrap();
    let still = of(Algorithm::Momentum { momentum: 0.0 }).trials(0..60, &Observe::default(), &()).unwrap();
    for (plain, still) in plain.iter().zip(&still) {
        assert_eq!(numbers(&plain.start), numbers(&still.start));
        assert_eq!(plain.outcome.verdict, still.outcome.verdict);
        assert_eq!(plain.outcome.decided_by, Some(DecidedBy::Theorem));
        assert_eq!(still.outcome.decided_by, Some(DecidedBy::Energy));
    }
    for algorithm in all() {
        let ensemble = of(algorithm);
        let run = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| ensemble.trials(0..8, &Observe::default(), &())).unwrap()
        };
        let (one, two) = (run(1), run(2));
        assert_eq!(one, two, "{algorithm:?}");
        assert!(one.iter().zip(&plain).all(|(trial, plain)| trial.start == plain.start));
    }
}

/// Noise of the published size frees runs that descent leaves in the trap.
#[test]
fn annealed_noise_frees_runs_from_the_trap() {
    let cell = Cell::new(5, 25, 4.0, 1.0).unwrap();
    let trapped = |algorithm| {
        let ensemble = Ensemble::new(cell, 0.1, 9, 0).unwrap().with_algorithm(algorithm).unwrap();
        ensemble.summary(0..200, &Observe::default(), &()).unwrap().counts
    };
    let (plain, noisy) = (trapped(Algorithm::Gd), trapped(Algorithm::named("noisy").unwrap()));
    assert_eq!(noisy.undecided, 0);
    assert!(noisy.spurious < plain.spurious, "{plain:?} {noisy:?}");
}

/// A step that is far too large ends in a run that says so.
#[test]
fn runs_that_overflow_say_so() {
    let start = sample_order_parameters(&cell(), &mut stream(76, 0, 0));
    for name in ["gd", "momentum", "nesterov", "noisy", "sgd"] {
        let algorithm = Algorithm::named(name).unwrap();
        let run = descend_by(&cell(), &algorithm, &start, stream(1, 0, 0), &Descent::new(1e9), &()).unwrap();
        assert_eq!((run.stop, run.verdict), (Stop::Diverged, Verdict::Undecided), "{name}");
        let ensemble = Ensemble::new(cell(), 1e9, 1, 0).unwrap().with_algorithm(algorithm).unwrap();
        assert_eq!(ensemble.counts(0..10, &()).unwrap().undecided, 10, "{name}");
    }
}
