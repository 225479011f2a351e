//! Students of several filters: formulas against differences and samples, the reduction, verdicts, traps.

use std::f64::consts::PI;

use crate::common::{OUTPUTS, SLOPES, leaky, teacher};
use rand_distr::{Distribution, StandardNormal};
use spurious::basin::{DecidedBy, Verdict};
use spurious::dynamics::reduced::ReducedDescent;
use spurious::dynamics::run::{Descent, Recording, descend_reduced};
use spurious::initialization::start_at;
use spurious::landscape::projected_loss;
use spurious::model::{OrderParameters, Student, Teacher};
use spurious::numerics::random::stream;
use spurious::width::{
    Convergence, MOST_FILTERS, OutputScale, WideDescent, WideStudent, WidthEnsemble, WidthExperiment,
    WidthRow, gradient, hessian, population_loss, reduce, sample_wide_student, step, ticket_law,
};
use spurious::{Activation, Cell, Quadrature, population, success_probability};

/// A student with Gaussian filters and output weights.
fn gaussian(random: &mut impl rand::Rng, filters: usize, p: usize, k: usize) -> WideStudent {
    let mut numbers = |count: usize| (0..count).map(|_| StandardNormal.sample(random)).collect::<Vec<f64>>();
    WideStudent::new(filters, numbers(filters * p), numbers(filters * k)).unwrap()
}

fn cases() -> Vec<(Teacher, WideStudent)> {
    let mut cases = Vec::new();
    for (i, (p, k, r)) in
        [(1, 1, 2), (1, 4, 3), (2, 1, 2), (2, 3, 4), (3, 7, 2), (8, 2, 3), (5, 25, 1), (4, 6, 16)]
            .into_iter()
            .enumerate()
    {
        for (j, output) in OUTPUTS.into_iter().enumerate() {
            for slope in [SLOPES[0], 0.2, 1.0] {
                let random = &mut stream(21, (10 * i + j) as u64, (100.0 * slope) as u64);
                let teacher = teacher(random, p, k, output, false).with_activation(leaky(slope));
                let student = gaussian(random, r, p, k);
                cases.push((teacher, student));
            }
        }
    }
    cases
}

/// All numbers of a student, filters first.
fn numbers(student: &WideStudent) -> Vec<f64> {
    [student.all_filters(), student.all_output_weights()].concat()
}

/// The student with these numbers.
fn student(like: &WideStudent, numbers: &[f64]) -> WideStudent {
    let (filters, outputs) = numbers.split_at(like.all_filters().len());
    WideStudent::new(like.filters(), filters.to_vec(), outputs.to_vec()).unwrap()
}

/// The student with one number changed.
fn nudged(at: &WideStudent, i: usize, by: f64) -> WideStudent {
    let mut all = numbers(at);
    all[i] += by;
    student(at, &all)
}

fn scale(teacher: &Teacher, student: &WideStudent) -> f64 {
    let squared = |numbers: &[f64]| numbers.iter().map(|x| x * x).sum::<f64>();
    let k = teacher.scaled_output().len() as f64;
    k * (squared(student.all_output_weights()) + squared(teacher.scaled_output())) * student.filters() as f64
}

/// The loss as theory §16 writes it, with the textbook kernel and arc cosines.
fn plain_loss(teacher: &Teacher, student: &WideStudent) -> f64 {
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(x, y)| x * y).sum::<f64>();
    let c = teacher.reduced().activation().negative_slope();
    let gamma = (1.0 - c) * (1.0 - c) / (2.0 * PI);
    let kernel = |u: &[f64], v: &[f64]| {
        let cos = (dot(u, v) / (dot(u, u) * dot(v, v)).sqrt()).clamp(-1.0, 1.0);
        let g = (PI - cos.acos()) * cos + (1.0 - cos * cos).max(0.0).sqrt();
        gamma * g + c * cos
    };
    let b = teacher.scaled_output();
    let sum = |a: &[f64]| a.iter().sum::<f64>();
    let r = student.filters();
    let total: f64 = (0..r).map(|i| sum(student.output_weights(i))).sum::<f64>() - sum(b);
    let mut twice = gamma * total * total + ((1.0 + c * c) / 2.0 - gamma) * dot(b, b);
    for i in 0..r {
        let (v, a) = (student.filter(i), student.output_weights(i));
        twice -= 2.0 * (kernel(v, teacher.direction()) - gamma) * dot(a, b);
        for l in 0..r {
            twice += (kernel(v, student.filter(l)) - gamma) * dot(a, student.output_weights(l));
        }
    }
    twice / 2.0
}

#[test]
fn loss_is_the_plain_formula() {
    for (teacher, student) in cases() {
        let (loss, plain) = (population_loss(&teacher, &student).unwrap(), plain_loss(&teacher, &student));
        // The kernel is flat where filters are aligned, so that an arc cosine loses no more than some digits there.
        assert!((loss - plain).abs() < 1e-13 * scale(&teacher, &student), "{loss} {plain}");
        assert!(loss > -1e-15 * scale(&teacher, &student));
    }
}

#[test]
fn gradient_and_hessian_are_derivatives() {
    for (teacher, at) in cases() {
        if at.filters() * at.patch_dim() > 24 || at.patch_dim() == 1 {
            continue;
        }
        let found = numbers(&gradient(&teacher, &at).unwrap());
        let second = hessian(&teacher, &at).unwrap();
        let shortest = (0..at.filters())
            .map(|i| at.filter(i).iter().map(|v| v * v).sum::<f64>().sqrt())
            .fold(1.0, f64::min);
        // Third derivatives grow with the inverse cube of the shortest filter: h² = 1e-10 of them, and rounding 1e-16/h.
        let (h, tolerance) = (1e-5, 2e-9 * scale(&teacher, &at) / shortest.powi(3));
        for (i, &expected) in found.iter().enumerate() {
            let loss = |by: f64| population_loss(&teacher, &nudged(&at, i, by)).unwrap();
            let slope = (loss(h) - loss(-h)) / (2.0 * h);
            assert!((slope - expected).abs() < tolerance, "{i}: {slope} {expected}");
            let slopes = |by: f64| numbers(&gradient(&teacher, &nudged(&at, i, by)).unwrap());
            for (l, (above, below)) in slopes(h).into_iter().zip(slopes(-h)).enumerate() {
                let bend = (above - below) / (2.0 * h);
                assert!(
                    (bend - second.at(i, l)).abs() < tolerance / shortest,
                    "{i} {l}: {bend} {}",
                    second.at(i, l)
                );
            }
        }
    }
}

/// A million samples of the network itself, with three filters and a leak.
#[test]
fn loss_is_the_mean_over_samples() {
    let (p, k, r, c) = (3, 4, 3, 0.2);
    let random = &mut stream(5, 0, 0);
    let teacher = teacher(random, p, k, OUTPUTS[0], false).with_activation(leaky(c));
    let at = gaussian(random, r, p, k);
    let sigma = |t: f64| if t > 0.0 { t } else { c * t };
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(x, y)| x * y).sum::<f64>();
    let lengths: Vec<f64> = (0..r).map(|i| dot(at.filter(i), at.filter(i)).sqrt()).collect();
    let (samples, mut mean, mut square) = (1_000_000, 0.0, 0.0);
    for _ in 0..samples {
        let mut difference = 0.0;
        for j in 0..k {
            let patch: [f64; 3] = std::array::from_fn(|_| StandardNormal.sample(random));
            difference -= teacher.scaled_output()[j] * sigma(dot(teacher.direction(), &patch));
            for (i, length) in lengths.iter().enumerate() {
                difference += at.output_weights(i)[j] * sigma(dot(at.filter(i), &patch)) / length;
            }
        }
        let half = 0.5 * difference * difference;
        mean += half / f64::from(samples);
        square += half * half / f64::from(samples);
    }
    let error = ((square - mean * mean) / f64::from(samples)).sqrt();
    let loss = population_loss(&teacher, &at).unwrap();
    assert!((mean - loss).abs() < 4.0 * error, "{loss} {mean} ± {error}");
}

/// Theory §16: descent in a few coordinates is descent on all numbers, projected.
#[test]
fn reduced_descent_is_full_descent() {
    for (p, k, ratio, r, slope) in [
        (6, 9, 2.0, 2, 0.0),
        (2, 2, 1.0, 3, 0.1),
        (1, 4, 0.0, 2, 0.0),
        (7, 1, 1.0, 4, 0.0),
        (9, 5, 5.0, 5, 1.0),
    ] {
        let cell = Cell::new(p, k, ratio, 1.0).unwrap().with_activation(Activation::leaky(slope).unwrap());
        let teacher = Teacher::planted(&cell).with_activation(cell.shape().activation());
        let step_size = 0.1 / r as f64;
        let mut full = sample_wide_student(&teacher, r, OutputScale::Whole, &mut stream(2, 0, 0)).unwrap();
        let mut small = reduce(&teacher, &full).unwrap();
        assert_eq!((small.patch_dim(), small.patches()), (p.min(r + 1), k.min(r + 2)));
        let descent = WideDescent::new(&cell, r, step_size).unwrap();
        for steps in 0..500 {
            let (found, expected) = (descent.loss(&small), population_loss(&teacher, &full).unwrap());
            assert!((found - expected).abs() < 1e-12, "{p} {k} {r}, {steps}: {found} {expected}");
            full = step(&teacher, &full, step_size).unwrap();
            small = descent.step(&small);
        }
        let again = numbers(&reduce(&teacher, &full).unwrap());
        let length = |numbers: &[f64]| numbers.iter().map(|x| x * x).sum::<f64>().sqrt();
        assert!((length(&again) - length(&numbers(&small))).abs() < 1e-11);
    }
}

#[test]
fn one_filter_is_the_paper() {
    for (p, k, ratio, slope) in [(5, 25, 4.0, 0.0), (3, 8, 1.0, 0.3), (2, 5, 0.0, 0.0)] {
        let cell = Cell::new(p, k, ratio, 1.0).unwrap().with_activation(Activation::leaky(slope).unwrap());
        let teacher = Teacher::planted(&cell).with_activation(cell.shape().activation());
        let wide = sample_wide_student(&teacher, 1, OutputScale::Divided, &mut stream(3, 0, 1)).unwrap();
        let student = Student::new(wide.filter(0).to_vec(), wide.output_weights(0).to_vec()).unwrap();
        let loss = population::population_loss(&teacher, &student).unwrap();
        assert!((population_loss(&teacher, &wide).unwrap() - loss).abs() < 1e-15);
        let of_one = population::gradient(&teacher, &student).unwrap();
        let expected = [of_one.filter, of_one.output_weights].concat();
        for (found, expected) in numbers(&gradient(&teacher, &wide).unwrap()).iter().zip(&expected) {
            assert!((found - expected).abs() < 1e-15);
        }
        let (spectrum, expected) = (
            hessian(&teacher, &wide).unwrap().eigenvalues(),
            population::hessian(&teacher, &student).unwrap().eigenvalues(),
        );
        assert!(spectrum.iter().zip(&expected).all(|(a, b)| (a - b).abs() < 1e-14));
        // A thousand steps of both reductions.
        let mut small = reduce(&teacher, &wide).unwrap();
        let mut five: OrderParameters = student.order_parameters(&teacher).unwrap();
        let (descent, reference) =
            (WideDescent::new(&cell, 1, 0.1).unwrap(), ReducedDescent::new(&cell.teacher(), 0.1));
        for _ in 0..1000 {
            small = descent.step(&small);
            five = reference.step(&five);
        }
        assert!((small.filter(0)[0] - five.parallel).abs() < 1e-12);
        assert!(((k as f64).sqrt() * small.output_weights(0)[0] - five.sum).abs() < 1e-12);
    }
}

/// With one filter the verdicts by convergence have the exact probability.
#[test]
fn verdicts_of_one_filter_have_the_exact_probability() {
    for (p, k, ratio) in [(5, 25, 1.0), (3, 9, 2.0), (5, 25, 9.0)] {
        let cell = Cell::new(p, k, ratio, 1.0).unwrap();
        let ensemble = WidthEnsemble::new(cell, 1, OutputScale::Whole, 0.1, 7).unwrap();
        let counts = ensemble.counts(0..4000, &()).unwrap();
        let exact = success_probability(&cell, Some(0.1), &Quadrature::default(), &()).unwrap().probability;
        if exact == 1.0 {
            // The antipode is a degenerate saddle, where runs linger: hardly any of them is taken for trapped.
            assert!(counts.spurious <= 4, "{counts:?}");
            assert!(counts.undecided <= 40, "{counts:?}");
            continue;
        }
        let z = counts.z_score(exact).unwrap();
        assert!(z.abs() < 4.0, "{p} {k} {ratio}: {z}");
    }
}

/// In an experiment the theorem decides one filter: also at the critical teacher and beyond it, where convergence is slow; and its trap is the
/// antipode. With a step size beyond the theorem convergence decides.
#[test]
fn one_filter_is_decided_by_the_theorem() {
    for (p, k, ratio) in [(5, 25, 9.0), (3, 1, 1.0), (5, 25, 1.0), (1, 5, 1.0)] {
        let cell = Cell::new(p, k, ratio, 1.0).unwrap();
        let experiment =
            WidthExperiment::new(cell, OutputScale::Divided, 0.1, 4000, 7).unwrap().with_traps(50);
        let exact = experiment.single_probability(&()).unwrap();
        let row = experiment.row(1, exact, &()).unwrap();
        let counts = row.estimate.counts;
        assert_eq!((row.decided_by, counts.undecided), (DecidedBy::Theorem, 0), "{p} {k} {ratio}");
        assert!(row.z_score.is_none_or(|z| z.abs() < 4.0), "{p} {k} {ratio}: {row:?}");
        assert!(exact != Some(1.0) || counts.spurious == 0);
        let traps = row.traps.unwrap();
        assert_eq!(traps.iter().map(|trap| trap.runs).sum::<u64>(), counts.spurious.min(50));
        for trap in &traps {
            assert!((trap.angles[0] - PI).abs() < 1e-12 && trap.index == 0);
            assert!((trap.loss - projected_loss(&cell.shape(), 0.0)).abs() < 1e-12);
        }
    }
    let cell = Cell::new(5, 25, 1.0, 1.0).unwrap();
    let beyond = WidthExperiment::new(cell, OutputScale::Divided, 0.3, 100, 7).unwrap();
    assert_eq!(beyond.row(1, None, &()).unwrap().decided_by, DecidedBy::Convergence);
}

/// The engine in lanes, and one run at a time that is tested after every step: the same verdicts at the same points.
#[test]
fn lanes_are_runs_one_at_a_time() {
    for (p, k, r) in [(5, 25, 2), (3, 4, 3), (2, 1, 2), (1, 5, 2), (6, 9, 5)] {
        let cell = Cell::new(p, k, 1.0, 1.0).unwrap();
        let ensemble = WidthEnsemble::new(cell, r, OutputScale::Divided, 0.08, 11).unwrap();
        for run in ensemble.runs(0..12, &()).unwrap() {
            let alone = ensemble.trial(run.trial, &()).unwrap();
            assert_eq!(run.verdict, alone.verdict, "{p} {k} {r} {}", run.trial);
            if run.verdict == Verdict::Global {
                // Lanes test every 16 steps.
                assert!(run.steps >= alone.steps && run.steps - alone.steps < 16);
            }
            if run.verdict == Verdict::Spurious {
                assert!((run.loss - alone.loss).abs() < 2e-4, "{} {}", run.loss, alone.loss);
            }
        }
    }
}

#[test]
fn results_do_not_depend_on_threads() {
    let ensemble =
        WidthEnsemble::new(Cell::new(5, 25, 1.0, 1.0).unwrap(), 2, OutputScale::Whole, 0.1, 3).unwrap();
    let with = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| (ensemble.counts(0..1500, &()).unwrap(), ensemble.runs(0..700, &()).unwrap()))
    };
    assert_eq!(with(1), with(2));
    // Parts of a range are parts of the whole.
    assert_eq!(ensemble.runs(100..300, &()).unwrap()[..], with(2).1[100..300]);
}

/// Stricter tolerances do not change verdicts.
#[test]
fn verdicts_do_not_depend_on_tolerances() {
    for (ratio, r) in [(1.0, 2), (4.0, 3)] {
        let cell = Cell::new(4, 16, ratio, 1.0).unwrap();
        let ensemble = WidthEnsemble::new(cell, r, OutputScale::Divided, 0.1, 5).unwrap();
        let strict = Convergence { recovered: 1e-3, trapped: 1e-6, ..Convergence::default() };
        let verdicts = |ensemble: &WidthEnsemble| -> Vec<Verdict> {
            ensemble.runs(0..600, &()).unwrap().into_iter().map(|run| run.verdict).collect()
        };
        assert_eq!(verdicts(&ensemble), verdicts(&ensemble.clone().with_convergence(strict)));
    }
}

/// Random starts drawn in a few coordinates and in full have the same moments.
#[test]
fn reduced_starts_are_full_starts() {
    let cell = Cell::new(4, 6, 3.0, 2.0).unwrap();
    let teacher = Teacher::planted(&cell);
    let ensemble = WidthEnsemble::new(cell, 3, OutputScale::Divided, 0.01, 9).unwrap();
    let moments = |draw: &dyn Fn(u64) -> WideStudent| {
        let mut sums = [0.0; 6];
        for trial in 0..20_000 {
            let student = draw(trial);
            let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(x, y)| x * y).sum::<f64>();
            let squared = |x: f64| x * x;
            let (a, b) = (student.output_weights(0), student.output_weights(2));
            let new = [
                squared(student.filter(1)[0]),
                squared(dot(student.filter(0), student.filter(2))),
                dot(a, a),
                squared(dot(a, b)) * 1e3,
                dot(student.filter(1), student.filter(2)),
                squared(b[0]),
            ];
            sums.iter_mut().zip(new).for_each(|(sum, new)| *sum += new / 20_000.0);
        }
        sums
    };
    let small = moments(&|trial| ensemble.start(trial));
    let full = moments(&|trial| {
        let mut random = stream(10, 0, trial);
        let student = sample_wide_student(&teacher, 3, OutputScale::Divided, &mut random).unwrap();
        reduce(&teacher, &student).unwrap()
    });
    for (i, (small, full)) in small.into_iter().zip(full).enumerate() {
        // Each has a standard deviation of at most its own size, or of 0.6.
        let error = 0.6f64.max(2.0 * full.abs()) / 20_000f64.sqrt();
        assert!((small - full).abs() < 4.0 * 2f64.sqrt() * error, "{i}: {small} {full}");
    }
}

/// Traps are critical points: by the full gradient and Hessian, and by the symmetric formula of theory §16.
#[test]
fn traps_are_critical_points() {
    let cell = Cell::new(5, 25, 1.0, 1.0).unwrap();
    let experiment = WidthExperiment::new(cell, OutputScale::Divided, 0.1, 400, 1).unwrap().with_traps(20);
    for (filters, loss, angle) in [(1, 0.146776, 180.0), (2, 0.126842, 130.81), (3, 0.11923, 124.10)] {
        let row = experiment.row(filters, None, &()).unwrap();
        let traps = row.traps.as_ref().unwrap();
        let trap = &traps[0];
        assert!((trap.loss - loss).abs() < 1e-6, "{}", trap.loss);
        assert!(trap.gradient < 1e-12);
        assert_eq!(trap.index, 0);
        assert!(
            trap.angles.iter().all(|found| (found.to_degrees() - angle).abs() < 0.01),
            "{:?}",
            trap.angles
        );
        // All filters at one angle with the teacher, and at one angle with each other: a regular simplex around the antipode, where
        // cos φ' = cos² φ − sin² φ/(r − 1). Its loss is that of the vectors.
        let cos = trap.angles[0].cos();
        for between in &trap.angles_between {
            let expected = cos * cos - (1.0 - cos * cos) / (filters as f64 - 1.0);
            assert!((between.cos() - expected).abs() < 1e-6);
        }
        let shared: u64 = traps.iter().map(|trap| trap.runs).sum();
        assert!(shared <= 20.min(row.estimate.counts.spurious));
    }
}

/// A trap of two filters in all of ℝᵖ: gradient and spectrum by finite differences of the loss of the full model.
#[test]
fn a_trap_is_a_minimum_in_full() {
    let (p, k) = (4, 6);
    let cell = Cell::new(p, k, 1.0, 1.0).unwrap();
    let teacher = Teacher::planted(&cell);
    let trapped = (0..200).find_map(|seed| {
        let mut at = sample_wide_student(&teacher, 2, OutputScale::Divided, &mut stream(seed, 1, 1)).unwrap();
        for _ in 0..4000 {
            at = step(&teacher, &at, 0.2).unwrap();
        }
        (population_loss(&teacher, &at).unwrap() > 0.02).then_some(at)
    });
    let mut at = trapped.expect("some of 200 runs are trapped");
    for _ in 0..20_000 {
        at = step(&teacher, &at, 0.2).unwrap();
    }
    let steepness = numbers(&gradient(&teacher, &at).unwrap()).iter().map(|x| x * x).sum::<f64>().sqrt();
    assert!(steepness < 1e-9, "{steepness}");
    let size = numbers(&at).len();
    let h = 1e-4;
    let difference = nalgebra::DMatrix::from_fn(size, size, |i, l| {
        let loss = |x: f64, y: f64| population_loss(&teacher, &nudged(&nudged(&at, i, x), l, y)).unwrap();
        (loss(h, h) - loss(h, -h) - loss(-h, h) + loss(-h, -h)) / (4.0 * h * h)
    });
    let lowest = difference.symmetric_eigenvalues().min();
    assert!(lowest > -1e-6, "{lowest}");
    let experiment = WidthExperiment::new(cell, OutputScale::Divided, 0.2, 300, 1).unwrap().with_traps(50);
    let row = experiment.row(2, None, &()).unwrap();
    let loss = population_loss(&teacher, &at).unwrap();
    let found = row.traps.unwrap().into_iter().find(|trap| (trap.loss - loss).abs() < 1e-9);
    assert_eq!(found.map(|trap| trap.index), Some(0), "{loss}");
}

#[test]
fn ends_of_the_range_have_results() {
    for (p, k, ratio, slope) in [
        (1, 1, 1.0, 0.0),
        (1, 6, 2.0, 0.0),
        (5, 1, 1.0, 0.1),
        (5, 9, 0.0, 0.0),
        (3, 9, 9.0, 0.0),
        (4, 8, 2.0, 1.0),
    ] {
        let cell = Cell::new(p, k, ratio, 1.0).unwrap().with_activation(Activation::leaky(slope).unwrap());
        for r in [1, 2, 5] {
            let ensemble = WidthEnsemble::new(cell, r, OutputScale::Divided, 0.05, 1).unwrap();
            let counts = ensemble.counts(0..64, &()).unwrap();
            assert_eq!(counts.runs, 64);
            assert_eq!(counts.undecided, 0, "{p} {k} {ratio} {slope} {r}");
            if slope == 1.0 {
                assert_eq!(counts.global, 64, "a linear network has no trap");
            }
        }
    }
    // The most filters.
    let ensemble =
        WidthEnsemble::new(Cell::new(3, 4, 1.0, 1.0).unwrap(), MOST_FILTERS, OutputScale::Divided, 0.05, 1)
            .unwrap();
    assert_eq!(ensemble.counts(0..16, &()).unwrap().undecided, 0);
}

/// Aligned, antipodal and silent filters, where angles have no direction.
#[test]
fn ends_of_the_angle_have_slopes() {
    let teacher = Teacher::new(vec![0.0, 2.0, 0.0], vec![1.0, -0.5]).unwrap();
    let filters = vec![0.0, 1.0, 0.0, 0.0, -3.0, 0.0, 0.0, 1.0, 0.0];
    let at = WideStudent::new(3, filters, vec![0.3, 0.1, -0.4, 0.2, 0.0, 0.0]).unwrap();
    let loss = population_loss(&teacher, &at).unwrap();
    assert!((loss - plain_loss(&teacher, &at)).abs() < 1e-14);
    let slope = gradient(&teacher, &at).unwrap();
    assert!(slope.all_filters().iter().all(|slope| slope.abs() < 1e-15));
    let second = hessian(&teacher, &at).unwrap();
    assert!(second.eigenvalues().iter().all(|value| value.is_finite()));
    // Filters that share the teacher's work have loss 0, to the last digit.
    let shared = WideStudent::new(2, vec![0.0, 3.0, 0.0, 0.0, 0.5, 0.0], vec![3.0, 0.0, -1.0, -1.0]).unwrap();
    assert!(population_loss(&teacher, &shared).unwrap().abs() < 1e-16);
}

#[test]
fn mistakes_are_named() {
    let cell = Cell::new(5, 25, 1.0, 1.0).unwrap();
    let message = |filters, step_size| {
        WidthEnsemble::new(cell, filters, OutputScale::Whole, step_size, 1).unwrap_err().to_string()
    };
    assert_eq!(message(0, 0.1), "number of filters 0 is not a whole number from 1 to 16");
    assert_eq!(message(17, 0.1), "number of filters 17 is not a whole number from 1 to 16");
    assert_eq!(message(2, 0.0), "step size 0 is not positive: use a number above 0");
    assert_eq!(
        message(2, 0.3),
        "step size 0.3 makes the output weights diverge with 2 filters and 25 patches: use less than 0.2314"
    );
    let wrong = WideStudent::new(2, vec![1.0; 5], vec![1.0; 4]).unwrap_err().to_string();
    assert_eq!(wrong, "student filters has 5 entries where 6 are needed");
    let zero = WideStudent::new(2, vec![1.0, 1.0, 0.0, 0.0], vec![1.0; 4]).unwrap_err().to_string();
    assert_eq!(zero, "each filter must have an entry that is not zero");
}

#[test]
fn the_law_is_that_of_independent_tickets() {
    for single in [0.0, 1e-12, 0.3, 1.0] {
        for r in 1..=16 {
            let plain = 1.0 - (1.0f64 - single).powi(r as i32);
            assert!((ticket_law(single, r) - plain).abs() < 1e-15);
        }
    }
    assert!((ticket_law(1e-12, 3) / 3e-12 - 1.0).abs() < 1e-11);
    let experiment =
        WidthExperiment::new(Cell::new(5, 25, 1.0, 1.0).unwrap(), OutputScale::Divided, 0.1, 64, 1).unwrap();
    let single = experiment.single_probability(&()).unwrap();
    let rows = [1, 2].map(|filters| experiment.row(filters, single, &()).unwrap());
    assert_eq!(rows[0].law_probability, single);
    let csv = WidthRow::table(&rows).to_csv();
    assert_eq!(csv.lines().count(), 3);
}

/// A traced run is the trial of its number, and its moments are points of that trial.
#[test]
fn traces_are_trials() {
    let cell = Cell::new(5, 25, 4.0, 1.5).unwrap();
    for (filters, trial) in [(1, 0), (2, 3), (3, 1), (5, 2)] {
        let ensemble = WidthEnsemble::new(cell, filters, OutputScale::Whole, 0.05, 7).unwrap();
        let run = ensemble.trial(trial, &()).unwrap();
        let trace = ensemble.trace(trial, Recording::Every(10), &()).unwrap();
        assert_eq!((trace.verdict, trace.steps, trace.end.loss), (run.verdict, run.steps, run.loss));
        let mut at = ensemble.start(trial);
        let mut step = 0;
        for moment in &trace.trajectory {
            while step < moment.step {
                at = ensemble.descent().step(&at);
                step += 1;
            }
            assert_eq!(moment.loss, ensemble.descent().loss(&at), "step {step}");
            for i in 0..filters {
                let filter = at.filter(i);
                let length = filter.iter().map(|v| v * v).sum::<f64>().sqrt();
                assert!((moment.angles[i].cos() - filter[0] / length).abs() < 1e-14);
            }
        }
        assert_eq!(step, run.steps);
        assert_eq!(trace.table().rows().len(), trace.trajectory.len());
    }
}

/// A trapped run names the critical point at which it ends.
#[test]
fn a_trapped_trace_names_its_trap() {
    let cell = Cell::new(5, 25, 4.0, 1.0).unwrap();
    let ensemble = WidthEnsemble::new(cell, 2, OutputScale::Whole, 0.1, 1).unwrap();
    let mut traces = (0..100).map(|trial| ensemble.trace(trial, Recording::PerDecade(10), &()).unwrap());
    let run = traces.find(|run| run.verdict == Verdict::Spurious).expect("some of a hundred are trapped");
    let trap = run.trap.as_ref().expect("Newton's method finds it");
    assert!((trap.loss - run.end.loss).abs() < 1e-3 * trap.loss && trap.index == 0, "{trap:?}");
    let mut filters: Vec<(f64, f64)> =
        run.end.angles.iter().copied().zip(run.end.signals.iter().copied()).collect();
    filters.sort_by(|a, b| a.0.total_cmp(&b.0));
    for ((angle, signal), (exact_angle, exact_signal)) in
        filters.iter().zip(trap.angles.iter().zip(&trap.signals))
    {
        assert!((angle - exact_angle).abs() < 0.1 && (signal - exact_signal).abs() < 0.02, "{run:?}");
    }
    assert!(run.sentence.starts_with("the run is trapped: after "), "{}", run.sentence);
    assert!(run.trajectory.windows(2).all(|pair| pair[0].step < pair[1].step));
}

/// One filter moves as the five numbers do.
#[test]
fn the_trace_of_one_filter_is_that_of_five_numbers() {
    let cell = Cell::new(5, 25, 4.0, 1.5).unwrap();
    let ensemble = WidthEnsemble::new(cell, 1, OutputScale::Whole, 0.05, 3).unwrap();
    for trial in 0..10 {
        let wide = ensemble.trace(trial, Recording::Every(10), &()).unwrap();
        let start = &wide.start;
        let order = start_at(&cell, start.angles[0], start.sums[0], Some(start.signals[0])).unwrap();
        let descent =
            Descent { recording: Recording::Every(10), max_steps: wide.steps, ..Descent::new(0.05) };
        let run = descend_reduced(&cell.teacher(), 5, &order, &descent, &()).unwrap();
        for (moment, record) in wide.trajectory.iter().zip(&run.trajectory) {
            assert_eq!(moment.step, record.step);
            // The loss has a part that neither depends on these nor moves them.
            let found = [moment.angles[0], moment.sums[0], moment.signals[0]];
            let expected = [record.angle, record.sum, record.signal];
            for (x, y) in found.iter().zip(expected) {
                assert!((x - y).abs() < 1e-9, "trial {trial}, step {}: {found:?}, {expected:?}", moment.step);
            }
        }
        assert!(wide.verdict == run.verdict || run.verdict == Verdict::Undecided);
    }
}
