//! Leaky rectifiers: the landscape, the basins and the success probability for every negative slope.

use crate::common;
use std::f64::consts::PI;

use crate::common::{SLOPES, leaky, leaky_kernel, leaky_mean, property, student, teacher};
use proptest::prelude::*;
use spurious::basin::{Basins, Guarantee};
use spurious::dynamics::full;
use spurious::dynamics::run::{Descent, Flow, descend_reduced, follow_flow};
use spurious::ensemble::Engine;

use spurious::model::{Cell, Student, Teacher};
use spurious::numerics::random::stream;
use spurious::population::{hessian, population_loss};
use spurious::probability::{approach, limit_angle, limit_probability, scaling_coefficient, scaling_law};
use spurious::{Criticality, Ensemble, Quadrature, Verdict, success_probability};

fn cell(patch_dim: usize, patches: usize, sum_ratio: f64, scale_ratio: f64, slope: f64) -> Cell {
    Cell::new(patch_dim, patches, sum_ratio, scale_ratio).unwrap().with_activation(leaky(slope))
}

fn probability(cell: &Cell) -> f64 {
    success_probability(cell, None, &Quadrature::default(), &()).unwrap().probability
}

/// Where the antipode turns from a minimum into a saddle, by bisection on the dense Hessian of the full model, whose curvature there comes from
/// the loss alone; beyond, every start recovers the teacher.
#[test]
fn the_trap_ends_at_the_critical_sum_ratio() {
    for (k, slope) in [(2, 0.01), (9, 0.1), (25, 0.1), (25, 0.2), (60, 0.02)] {
        let c = slope;
        let (gamma, aligned) = (leaky_mean(c), leaky_kernel(c, 0.0));
        let lowest = |ratio: f64| {
            let teacher = Teacher::planted(&cell(3, k, ratio, 1.0, slope));
            let student = Student::new(vec![-1.0, 0.0, 0.0], common::best_weights(&teacher, 0.0)).unwrap();
            // The direction of the filter does not mix with the output weights at the antipode.
            hessian(&teacher, &student).unwrap().at(1, 1)
        };
        let (mut low, mut high) = (0.0, k as f64);
        for _ in 0..60 {
            let middle = 0.5 * (low + high);
            if lowest(middle) > 0.0 { low = middle } else { high = middle }
        }
        let shape = cell(3, k, 0.0, 1.0, slope).shape();
        let critical = shape.critical_sum_ratio();
        assert!((critical - low).abs() < 1e-12 * critical, "{k} {c}: {critical} {low}");
        // As theory writes it, with κ not measured from the antipode and in units of 1.
        let alpha = (aligned - gamma) / (2.0 * PI);
        let gamma = gamma / (2.0 * PI);
        let expected = (c + gamma) * (alpha + gamma * k as f64) / (gamma * (alpha + c + gamma));
        assert!((critical - expected).abs() < 1e-13 * critical, "{k} {c}: {critical} {expected}");
        assert!(probability(&cell(3, k, 0.99 * critical, 1.0, slope)) < 1.0);
        assert_eq!(probability(&cell(3, k, (1.01 * critical).min(k as f64), 1.0, slope)), 1.0);
    }
}

/// The table of the derivation: a leak makes the trap exist for more teachers.
#[test]
fn a_leak_raises_the_critical_sum_ratio() {
    let critical = |slope| cell(5, 25, 4.0, 1.0, slope).shape().critical_sum_ratio();
    for (slope, expected) in [(0.0, 8.639), (0.01, 8.854), (0.1, 10.563), (0.2, 12.202), (0.5, 19.052)] {
        assert!((critical(slope) - expected).abs() < 6e-4, "{slope}: {}", critical(slope));
    }
    assert!(critical(1.0).is_infinite());
}

/// In lanes and one at a time, the same trials end alike after as many steps.
#[test]
fn lanes_decide_as_plain_arithmetic_does() {
    for (slope, step) in [(0.01, 0.1), (0.1, 0.2), (0.5, 0.05), (1.0 - 1e-7, 0.2)] {
        for (p, k, ratio) in [(5, 25, 4.0), (3, 2, 1.0), (4, 1, 1.0), (30, 100, 20.0)] {
            let cell = cell(p, k, ratio, 1.0, slope);
            let step_size = (step * 2.0 * PI / 10.0).min(Guarantee::for_cell(&cell).limit());
            let lanes = Ensemble::new(cell, step_size, 3, 1).unwrap();
            let scalar = lanes.clone().with_engine(Engine::Scalar);
            let observe = spurious::Observe::default();
            let found = lanes.trials(0..3000, &observe, &()).unwrap();
            let expected = scalar.trials(0..3000, &observe, &()).unwrap();
            let differ = found.iter().zip(&expected).filter(|(a, b)| a.outcome.verdict != b.outcome.verdict);
            assert_eq!(differ.count(), 0, "{cell:?}");
        }
    }
}

/// The exact probability against many runs, of descent with the step size and, where that is small, of flow.
#[test]
fn exact_probabilities_are_those_of_runs() {
    for (p, k, ratio, beta, slope) in [
        (5, 25, 4.0, 1.0, 0.1),
        (5, 25, 9.5, 1.0, 0.1),
        (2, 3, 1.0, 2.0, 0.3),
        (10, 9, 2.0, 0.5, 0.02),
        (3, 1, 1.0, 1.0, 0.2),
        (5, 36, 36.0, 1.0, 0.9),
    ] {
        let cell = cell(p, k, ratio, beta, slope);
        let step_size = 0.5 * Guarantee::for_cell(&cell).limit();
        let quadrature = Quadrature::default();
        let exact = success_probability(&cell, Some(step_size), &quadrature, &()).unwrap();
        assert!(exact.error_bound < 1e-10, "{cell:?}: {:e}", exact.error_bound);
        let counts = Ensemble::new(cell, step_size, 5, 2).unwrap().counts(0..400_000, &()).unwrap();
        assert_eq!(counts.undecided, 0, "{cell:?}");
        let z = counts.z_score(exact.probability).unwrap();
        assert!(z.abs() < 4.0, "{cell:?}: {} beside {}, z = {z}", counts.probability(), exact.probability);
    }
}

/// At both ends of the slopes: close to the rectifier probabilities are close to its own; close to the identity one half recovers the teacher,
/// and with the identity every run ends at a global minimum.
#[test]
fn the_ends_of_the_slopes() {
    let of = |slope| probability(&cell(5, 25, 4.0, 1.0, slope));
    assert!((of(1e-10) - of(0.0)).abs() < 1e-9);
    let slope_at_zero = (of(1e-5) - of(0.0)) / 1e-5;
    assert!((-1.0..0.0).contains(&slope_at_zero), "{slope_at_zero}");
    // φ_c − π/2 is in proportion to x_c, which is of the order of (1 − c)².
    let excess = |gap: f64| of(1.0 - gap) - 0.5;
    assert!((excess(1e-3) / excess(1e-2) * 100.0 - 1.0).abs() < 0.03, "{} {}", excess(1e-3), excess(1e-2));
    for cell in [cell(5, 25, 4.0, 1.0, 1.0), cell(1, 3, 0.0, 1.0, 1.0), cell(2, 1, 1.0, 1.0, 1.0)] {
        assert_eq!(probability(&cell), 1.0);
        let counts = Ensemble::new(cell, 0.1, 1, 0).unwrap().counts(0..1000, &()).unwrap();
        assert_eq!((counts.runs, counts.global), (1000, 1000));
        // Descent itself ends at the teacher or at its opposite, with loss 0.
        let teacher = Teacher::planted(&cell);
        for trial in 0..20 {
            let mut at = spurious::initialization::sample_student(&teacher, &mut stream(8, 0, trial));
            for _ in 0..4000 {
                at = full::step(&teacher, &at, 0.3).unwrap();
            }
            // At the opposite the loss is a difference of numbers of order one.
            assert!(population_loss(&teacher, &at).unwrap().abs() < 1e-14);
        }
    }
}

/// The limit of many patches, how it is approached, and the slope of its critical angle at `x_c = 0`.
#[test]
fn many_patches() {
    for slope in [0.1, 0.5] {
        let half = Criticality::new(0.5).unwrap().with_activation(leaky(slope));
        let limit = limit_probability(5, half, 1.0).unwrap();
        let at = |k: usize| probability(&cell(5, k, half.sum_ratio(k), 1.0, slope));
        let approach = approach(5, half, 1.0, &()).unwrap();
        assert!((approach.limit_probability - limit).abs() < 1e-14);
        // The next term is of the order of 1/k².
        for k in [1000, 1_000_000] {
            let error = at(k) - limit - approach.coefficient / k as f64;
            assert!(error.abs() < 50.0 / (k as f64).powi(2) + 1e-12, "{slope} {k}: {error:e}");
        }
        for beta in [0.3, 1.0, 4.0] {
            let angle = |x_c: f64| {
                let criticality = Criticality::new(x_c).unwrap().with_activation(leaky(slope));
                limit_angle(criticality, beta).unwrap().unwrap().angle()
            };
            let kappa = scaling_coefficient(leaky(slope), beta);
            // Extrapolated from two slopes.
            let measured = (4.0 * (angle(1e-4) - PI / 2.0) - (angle(2e-4) - PI / 2.0)) / 2e-4;
            assert!((measured - kappa).abs() < 1e-6, "{slope} {beta}: {measured} {kappa}");
        }
        let criticality = Criticality::new(0.05).unwrap().with_activation(leaky(slope));
        let exact = probability(&cell(1000, 1000, criticality.sum_ratio(1000), 1.0, slope));
        assert!((scaling_law(1000, criticality, 1.0) - exact).abs() < 0.004);
    }
}

/// With a leak a trapped run closes on the antipode exponentially, with the rate predicted.
#[test]
fn trapped_runs_close_exponentially() {
    for (slope, beta) in [(0.1, 1.0), (0.02, 1.0), (0.4, 0.5)] {
        let cell = cell(5, 25, 4.0, beta, slope);
        let teacher = cell.teacher();
        let start = common::order(1.0, 0.3, true, 0.0, -0.2 * beta * beta);
        let flow = Flow { max_time: 1e4, ..Default::default() };
        let descent = Descent { max_steps: 100_000, ..Descent::new(0.1) };
        for run in [
            follow_flow(&teacher, 5, &start, &flow, &()).unwrap(),
            descend_reduced(&teacher, 5, &start, &descent, &()).unwrap(),
        ] {
            assert_eq!(run.verdict, Verdict::Spurious);
            let (measured, predicted) = (run.measured_rate.unwrap(), run.predicted_rate.unwrap());
            assert!((measured / predicted - 1.0).abs() < 1e-3, "{slope} {beta}: {measured} {predicted}");
            assert_eq!((run.measured_closing, run.predicted_closing), (None, None));
        }
    }
}

proptest! {
    #![proptest_config(property(500, "proptest-regressions/slope.txt"))]

    /// Loss and kernel at samples, for every slope: `E[(f − y)²]/2` over Gaussian patches is not below zero, and zero at the teacher alone; the
    /// identity has a second zero at the reversed student.
    #[test]
    fn the_loss_is_a_mean_square(seed in any::<u64>(), slope in 0..SLOPES.len(), p in 1usize..5, k in 1usize..6) {
        let random = &mut stream(seed, 61, 0);
        let teacher = teacher(random, p, k, common::Output::Generic, false).with_activation(leaky(SLOPES[slope]));
        let student = student(random, &teacher);
        let loss = population_loss(&teacher, &student).unwrap();
        let scale = student.output_weights().iter().chain(teacher.scaled_output()).map(|x| x * x).sum::<f64>();
        prop_assert!(loss >= -1e-14 * scale * k as f64);
        let taught = Student::new(teacher.direction().to_vec(), teacher.scaled_output().to_vec()).unwrap();
        prop_assert!(population_loss(&teacher, &taught).unwrap().abs() < 1e-14 * scale);
        let reverse = |x: &[f64]| x.iter().map(|x| -x).collect::<Vec<f64>>();
        let reversed = Student::new(reverse(teacher.direction()), reverse(teacher.scaled_output())).unwrap();
        let at_reversed = population_loss(&teacher, &reversed).unwrap();
        prop_assert_eq!(at_reversed.abs() < 1e-12 * scale, SLOPES[slope] > 0.9999, "{}", at_reversed);
        let zero = Basins::new(&teacher.reduced()).verdict(&reversed.order_parameters(&teacher).unwrap());
        prop_assert_eq!(zero == Some(Verdict::Global), SLOPES[slope] == 1.0);
    }
}
