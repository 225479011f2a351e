//! Theory §5: the critical points, built as students in full and examined without the closed forms.

use std::f64::consts::PI;

use crate::common::{
    EPS, SLOPES, best_weights, cell_at, filter_at, gaussian, leaky, log_log_slope, norm, number, order,
    property, reference, size, uniform,
};
use proptest::prelude::*;
use spurious::dynamics::reduced::ReducedDescent;
use spurious::kernel::arc_cosine_kernel;
use spurious::landscape::{
    CriticalPoint, PointKind, best_output, global_rate, hessian_spectrum, landscape, loss_at_signal,
    projected_loss, spurious_closing,
};
use spurious::model::{Cell, OrderParameters, Student, Teacher, WeightShape};
use spurious::numerics::random::stream;
use spurious::population::{gradient, hessian, population_loss, reduced_loss};

/// `(p, k, ρ)`: generic, and every boundary there is, for several activations.
fn shapes() -> Vec<(usize, WeightShape)> {
    let mut shapes = Vec::new();
    for p in [1, 2, 3, 6] {
        for (k, ratio) in [
            (1, 1.0),
            (2, 0.0),
            (2, 1.0),
            (2, 2.0),
            (3, 0.5),
            (9, 2.0),
            (9, 0.0),
            (9, 9.0),
            (25, 4.0),
            (25, 9.0),
        ] {
            let shape = WeightShape::new(k, ratio).unwrap();
            // Of one patch the rectifier is critical, and a leak of 1e-9 leaves a trap of this size.
            let slopes = SLOPES.into_iter().filter(|slope| k > 1 || *slope != 1e-9);
            shapes.extend(slopes.map(|slope| (p, shape.with_activation(leaky(slope)))));
        }
    }
    shapes
}

fn planted(patch_dim: usize, shape: &WeightShape, scale_ratio: f64) -> Teacher {
    let cell = Cell::new(patch_dim, shape.patches(), shape.sum_ratio(), scale_ratio).unwrap();
    Teacher::planted(&cell.with_activation(shape.activation()))
}

/// A student at the critical point, with a filter of random direction around the teacher's axis and of length `length`.
fn student_at(teacher: &Teacher, point: &CriticalPoint, length: f64) -> Student {
    let random = &mut stream(41, 0, 0);
    let antipodal = point.angle > PI / 2.0;
    let distance = if antipodal { PI - point.angle } else { point.angle };
    let filter = filter_at(random, teacher.direction(), distance, antipodal, length);
    Student::new(filter, best_weights(teacher, PI - point.angle)).unwrap()
}

#[test]
fn gradient_of_the_full_model_vanishes_at_every_critical_point() {
    for (p, shape) in shapes() {
        let beta = 1.7;
        let teacher = planted(p, &shape, beta);
        for point in landscape(p, &shape).unwrap().points {
            let student = student_at(&teacher, &point, 0.8);
            let found = gradient(&teacher, &student).unwrap();
            // Rounding of K products of size B.
            let tolerance = 16.0 * EPS * beta * beta * shape.sum_rate().sqrt();
            assert!(norm(&found.output_weights) < tolerance, "{point:?}: {:e}", norm(&found.output_weights));
            assert!(norm(&found.filter) < tolerance, "{point:?}: {:e}", norm(&found.filter));
            // The order parameters that the point states are those of the student.
            let at = student.order_parameters(&teacher).unwrap();
            assert!((at.signal - beta * beta * point.signal).abs() < tolerance, "{point:?}");
            assert!(
                (at.sum - teacher.reduced().sum() * point.sum).abs() < tolerance * shape.sum_rate().sqrt()
            );
            let loss = population_loss(&teacher, &student).unwrap();
            assert!((loss - beta * beta * point.loss).abs() < tolerance, "{point:?}: {loss}");
        }
    }
}

#[test]
fn spectra_are_the_eigenvalues_of_the_dense_hessian_with_their_multiplicities() {
    for (p, shape) in shapes() {
        let (beta, length) = (1.7, 0.8);
        let teacher = planted(p, &shape, beta);
        for point in landscape(p, &shape).unwrap().points {
            let dense = hessian(&teacher, &student_at(&teacher, &point, length)).unwrap().eigenvalues();
            let closed: Vec<f64> = hessian_spectrum(p, &shape, &point, beta, length)
                .unwrap()
                .iter()
                .flat_map(|e| std::iter::repeat_n(e.value, e.multiplicity))
                .collect();
            assert_eq!(closed.len(), p + shape.patches(), "multiplicities of {point:?}");
            let tolerance = 64.0 * EPS * shape.sum_rate() * beta * beta;
            for (dense, closed) in dense.iter().zip(&closed) {
                assert!(
                    (dense - closed).abs() < tolerance,
                    "{p} {shape:?} {:?}: {dense} {closed}",
                    point.kind
                );
            }
            let index = dense.iter().filter(|&&e| e < -64.0 * tolerance).count();
            assert_eq!(index, point.index, "{p} {shape:?} {point:?}: {dense:?}");
        }
    }
}

#[test]
fn which_points_exist_depends_on_the_criticality_alone() {
    for (p, shape) in shapes() {
        let landscape = landscape(p, &shape).unwrap();
        let kinds: Vec<PointKind> = landscape.points.iter().map(|point| point.kind).collect();
        let expected = match (p, shape.activation().negative_slope(), shape.criticality().has_trap()) {
            (1, 1.0, _) => vec![PointKind::GlobalMinimum, PointKind::GlobalMinimum],
            (_, 1.0, _) => vec![PointKind::GlobalMinimum, PointKind::Saddle, PointKind::GlobalMinimum],
            (1, ..) => vec![PointKind::GlobalMinimum, PointKind::SpuriousMinimum],
            (_, _, true) => vec![PointKind::GlobalMinimum, PointKind::Saddle, PointKind::SpuriousMinimum],
            (_, 0.0, false) => vec![PointKind::GlobalMinimum, PointKind::DegenerateSaddle],
            (.., false) => vec![PointKind::GlobalMinimum, PointKind::StrictSaddle],
        };
        assert_eq!(kinds, expected, "{p} {shape:?}");
        let has_barrier = kinds.contains(&PointKind::Saddle) && kinds.contains(&PointKind::SpuriousMinimum);
        assert_eq!(landscape.barrier.is_some(), has_barrier);
        for point in &landscape.points {
            // A sphere of saddles around the axis; for p = 2 two points, the sphere of dimension 0.
            let expected = (point.kind == PointKind::Saddle).then(|| p - 2);
            assert_eq!(point.sphere_dimension, expected);
        }
    }
}

#[test]
fn barrier_is_the_height_of_the_saddles_above_the_spurious_minimum() {
    for (p, shape) in shapes() {
        let landscape = landscape(p, &shape).unwrap();
        let Some(barrier) = landscape.barrier else { continue };
        let loss = |kind| landscape.points.iter().find(|point| point.kind == kind).unwrap().loss;
        let difference = loss(PointKind::Saddle) - loss(PointKind::SpuriousMinimum);
        assert!((barrier - difference).abs() < 8.0 * EPS, "{barrier} {difference}");
        assert!(barrier > 0.0);
    }
}

/// Next to criticality the barrier is smaller than the rounding of the losses, and still has all its digits.
#[test]
fn criticality_gap_and_barrier_keep_their_digits_next_to_criticality() {
    for row in reference("criticality.toml", "criticality") {
        let shape = WeightShape::new(size(&row, "patches"), number(&row, "sum_ratio")).unwrap();
        let gap = number(&row, "gap");
        let found = shape.criticality().complement();
        let error = (found - gap).abs();
        assert!(
            error <= 1e-15 * gap.abs() || gap.abs() < 1e-16 && error < 1e-17,
            "{shape:?}: {found:e} {gap:e}"
        );
        let landscape = landscape(3, &shape).unwrap();
        assert_eq!(landscape.barrier.is_some(), gap > 0.0, "{shape:?}");
        if let Some(barrier) = landscape.barrier {
            let expected = gap * gap / (4.0 * (PI - 1.0) * (PI - 1.0 + gap));
            assert!((barrier / expected - 1.0).abs() < 4e-15, "{shape:?}: {barrier:e} {expected:e}");
            assert!(landscape.points.iter().all(|point| (0.0..=PI).contains(&point.angle)));
        }
    }
}

/// Around each point, with the output weights refitted or perturbed: a minimum is lower than all its surroundings, and at
/// a saddle the loss falls one way and rises the other.
#[test]
fn minima_are_minima_and_the_degenerate_antipode_is_none() {
    for (p, shape) in shapes() {
        let teacher = planted(p, &shape, 1.0);
        for point in landscape(p, &shape).unwrap().points {
            let base = population_loss(&teacher, &student_at(&teacher, &point, 1.0)).unwrap();
            let mut lowest = f64::INFINITY;
            for trial in 0..200 {
                let random = &mut stream(42, trial, 0);
                let mut filter = student_at(&teacher, &point, 1.0).filter().to_vec();
                let size = 0.05;
                let moves = gaussian(random, p);
                filter.iter_mut().zip(&moves).for_each(|(v, d)| *v += size * d / norm(&moves));
                let at = Student::new(filter.clone(), vec![0.0; shape.patches()]).unwrap();
                let supplement = at.order_parameters(&teacher).unwrap().supplement();
                let mut weights = best_weights(&teacher, supplement);
                if trial % 2 == 0 {
                    weights
                        .iter_mut()
                        .zip(gaussian(random, shape.patches()))
                        .for_each(|(a, d)| *a += 1e-3 * d);
                }
                lowest = lowest
                    .min(population_loss(&teacher, &Student::new(filter, weights).unwrap()).unwrap() - base);
            }
            // A filter that turns by ψ ~ 0.05 changes the loss by some ψ³ or ψ⁶ = 1e-8, more or less; rounding is 1e-16.
            match point.kind {
                PointKind::GlobalMinimum | PointKind::SpuriousMinimum => {
                    assert!(lowest >= -8.0 * EPS, "{p} {shape:?} {lowest:e}")
                }
                PointKind::Saddle | PointKind::DegenerateSaddle | PointKind::StrictSaddle => {
                    assert!(lowest < -1e-12, "{p} {shape:?} {lowest:e}")
                }
            }
        }
    }
}

/// Theory §5: the loss rises from the antipode as the cube of the angle, and at criticality falls with its sixth power.
#[test]
fn loss_at_the_antipode_changes_with_the_cube_of_the_angle() {
    for (x_c, from, to, power) in [(0.4, 1e-3, 1e-2_f64, 3.0), (1.3, 1e-3, 1e-2, 3.0), (1.0, 0.03, 0.1, 6.0)]
    {
        let cell = cell_at(3, 25, x_c, 1.0).unwrap();
        let teacher = Teacher::planted(&cell);
        let loss = |psi: f64| {
            let filter = vec![-psi.cos(), psi.sin(), 0.0];
            let weights = best_weights(&teacher, psi);
            population_loss(&teacher, &Student::new(filter, weights).unwrap()).unwrap()
        };
        let base = loss(0.0);
        let sign = if x_c < 1.0 { 1.0 } else { -1.0 };
        let points: Vec<(f64, f64)> = (0..8)
            .map(|i| from * (to / from).powf(f64::from(i) / 7.0))
            .map(|psi| (psi, sign * (loss(psi) - base)))
            .collect();
        // Corrections are of relative size ψ²; rounding 1e-16 of a change of 1e-10 or more.
        let slope = log_log_slope(&points);
        assert!((slope - power).abs() < 0.01, "x_c = {x_c}: the loss changes like ψ^{slope}");
    }
}

proptest! {
    #![proptest_config(property(1000, "proptest-regressions/landscape.txt"))]

    /// The projected loss is the loss with the best weights, and no other weights are better.
    #[test]
    fn projected_loss_is_the_minimum_over_output_weights(
        seed in any::<u64>(), k in 1usize..30, share in 0.0..1.0f64, psi in 0.0..PI, slope in 0..SLOPES.len(),
    ) {
        let random = &mut stream(seed, 43, 0);
        let shape = WeightShape::new(k, if k == 1 { 1.0 } else { share * k as f64 }).unwrap();
        let shape = shape.with_activation(leaky(SLOPES[slope]));
        let teacher = planted(2, &shape, 1.0);
        let kernel = shape.activation().kernel(psi);
        let best = best_weights(&teacher, psi);
        let filter = vec![-psi.cos(), psi.sin()];
        let loss = |weights: Vec<f64>| {
            population_loss(&teacher, &Student::new(filter.clone(), weights).unwrap()).unwrap()
        };
        let projected = projected_loss(&shape, kernel);
        prop_assert!((loss(best.clone()) - projected).abs() < 64.0 * EPS, "{} {projected}", loss(best));
        let other: Vec<f64> = best.iter().zip(gaussian(random, k)).map(|(a, d)| a + 0.1 * d).collect();
        prop_assert!(loss(other) >= projected - 64.0 * EPS);
        let (sum, signal) = best_output(&shape, kernel);
        let at = Student::new(filter.clone(), best.clone()).unwrap().order_parameters(&teacher).unwrap();
        prop_assert!((at.sum - sum * teacher.reduced().sum()).abs() < 64.0 * EPS * (k as f64).sqrt());
        prop_assert!((at.signal - signal).abs() < 64.0 * EPS);
    }

    /// The saddle is the highest point of the lowest path between the minima.
    #[test]
    fn saddle_loss_is_the_maximum_of_the_projected_loss(k in 2usize..200, x_c in 0.0..0.999f64, kernel in 0.0..PI) {
        let cell = cell_at(3, k, x_c, 1.0);
        prop_assume!(cell.is_some());
        let shape = cell.unwrap().shape();
        let landscape = landscape(3, &shape).unwrap();
        let saddle = landscape.points[1];
        prop_assert!(projected_loss(&shape, kernel) <= saddle.loss * (1.0 + 8.0 * EPS));
        let at_saddle = projected_loss(&shape, arc_cosine_kernel(PI - saddle.angle));
        prop_assert!((at_saddle - saddle.loss).abs() <= 8.0 * EPS);
    }
}

/// The rate that a run shows in the end is the rate predicted, in each of the regimes that can be the slowest.
#[test]
fn runs_close_on_the_teacher_at_the_predicted_rate() {
    for (p, k, ratio, beta) in
        [(4, 9, 4.0, 0.6), (4, 9, 4.0, 3.0), (1, 9, 4.0, 0.6), (3, 1, 1.0, 0.5), (1, 1, 1.0, 1.0)]
    {
        let cell = Cell::new(p, k, ratio, beta).unwrap();
        let teacher = cell.teacher();
        let step_size = 0.05;
        let descent = ReducedDescent::new(&teacher, step_size);
        let distance = if p == 1 { 0.0 } else { 0.5 };
        let mut at = order(1.0, distance, false, 0.3 * teacher.sum(), 0.5 * teacher.norm_squared());
        if k == 1 {
            at.signal = at.sum * teacher.sum();
        }
        let (mut before, mut rate) = (f64::NAN, f64::NAN);
        for step in 0..100_000 {
            let loss = reduced_loss(&teacher, &at);
            if loss < 1e-16 * teacher.norm_squared() {
                break;
            }
            if step % 20 == 0 {
                rate = (1.0 - (loss / before).powf(1.0 / 40.0)) / step_size;
                before = loss;
            }
            at = descent.step(&at);
        }
        let predicted = global_rate(p, &teacher.shape(), teacher.norm_squared(), at.filter_norm_squared());
        // What decays faster has died out down to some 1e-4 of the slowest, and corrections are of first order in 1e-8.
        assert!((rate / predicted - 1.0).abs() < 0.02, "p {p} k {k} β {beta}: {rate} {predicted}");
    }
}

#[test]
fn runs_close_on_the_spurious_minimum_like_one_over_time() {
    let random = &mut stream(44, 0, 0);
    for (k, x_c) in [(9, 0.3), (25, 0.7), (100, 0.05)] {
        let cell = cell_at(5, k, x_c, uniform(random, 0.5, 1.5)).unwrap();
        let teacher = cell.teacher();
        let step_size = 2.0 / teacher.sum_rate();
        let descent = ReducedDescent::new(&teacher, step_size);
        let mut at = order(1.0, 0.3, true, 0.5 * teacher.sum(), -0.1 * teacher.norm_squared());
        let mut points = Vec::new();
        for step in 1..=1_000_000 {
            at = descent.step(&at);
            if [1 << 16, 1 << 17, 1 << 18, 1 << 19].contains(&step) {
                points.push((step_size * f64::from(step), at.supplement()));
            }
        }
        let slope = log_log_slope(&points);
        let constant = spurious_closing(&cell.shape(), teacher.norm_squared(), at.filter_norm_squared());
        // 1/ψ = t/constant + O(1): the offset is of relative size constant/(ψ₀ t).
        let (t, psi) = points[3];
        let tolerance = 10.0 * constant / t;
        assert!((slope + 1.0).abs() < 4.0 * tolerance, "ψ falls like t^{slope}");
        assert!((psi * t / constant - 1.0).abs() < tolerance, "k {k}: {} {constant}", psi * t);
    }
}

/// `loss_at_signal` is the minimum over the sum at fixed angle and signal: no sum does better, the best one touches it.
#[test]
fn no_sum_does_better_than_the_loss_at_a_signal() {
    for (k, ratio) in [(20, 4.0), (20, 0.0), (7, 7.0), (2, 1.9), (1, 1.0)] {
        let shape = WeightShape::new(k, ratio).unwrap();
        let teacher = Cell::new(5, k, ratio, 1.0).unwrap().teacher();
        for (angle, signal) in [(2.0f64, -0.3), (0.4, 0.8), (3.1, 0.2), (1.0, 1.2)] {
            let best = loss_at_signal(&shape, PI - angle, signal);
            let loss = |sum: f64| {
                let (parallel, perpendicular) = (angle.cos(), angle.sin());
                let at = OrderParameters { parallel, perpendicular, sum, signal, residual: 0.0 };
                reduced_loss(&teacher, &at)
            };
            if shape.orthogonal_share() == 0.0 {
                // b ∥ 1: the signal fixes the sum, q = S s/k.
                let sum = signal * k as f64 / teacher.sum();
                assert!((loss(sum) - best).abs() < 1e-14, "k = {k}: {} {best}", loss(sum));
                continue;
            }
            // The loss is a parabola in the sum: three values give its minimum.
            let (left, middle, right) = (loss(-1.0), loss(0.0), loss(1.0));
            let (bend, slope) = ((left + right - 2.0 * middle) / 2.0, (right - left) / 2.0);
            let minimum = middle - slope * slope / (4.0 * bend);
            assert!((minimum - best).abs() < 1e-13 * (1.0 + bend), "k = {k}, ρ = {ratio}: {minimum} {best}");
        }
    }
}

/// Theory §5: the volume of students whose loss exceeds that of a minimum by less than `ε` is in proportion to `ε^λ`. Students
/// are drawn from a box of the full space `ℝᵖ × ℝᵏ` around the minimum, the length of the filter included, and counted at two
/// levels. Output weights that cancel (`ρ = 0`) or are all equal (`ρ = k`), and filters of one number, are no exceptions.
#[test]
fn volumes_around_minima_shrink_with_the_learning_coefficient() {
    let (high, factor, samples) = (1e-6, 3.0_f64, 400_000);
    for (case, (p, k, ratio, slope)) in [
        (3, 2, 0.5, 0.0),
        (2, 3, 0.5, 0.0),
        (2, 2, 0.0, 0.0),
        (4, 2, 0.0, 0.0),
        (1, 2, 0.5, 0.0),
        (1, 2, 2.0, 0.0),
        (2, 2, 2.0, 0.0),
        (3, 2, 0.5, 0.3),
    ]
    .iter()
    .enumerate()
    {
        let shape = WeightShape::new(*k, *ratio).unwrap().with_activation(leaky(*slope));
        let teacher = planted(*p, &shape, 1.0);
        for point in landscape(*p, &shape).unwrap().points {
            let Some(coefficient) = point.learning_coefficient else {
                assert!(matches!(point.kind, PointKind::Saddle | PointKind::DegenerateSaddle));
                continue;
            };
            let antipodal = point.angle > PI / 2.0;
            // Where the loss reaches ε for the best output weights, and for the best filter.
            let angle = if antipodal && *slope > 0.0 {
                // Half of what falls to the square of the angle, by the signal at the minimum.
                (-2.0 * high / (slope * point.signal)).sqrt()
            } else if antipodal {
                (6.0 * PI * (PI - 1.0) * high / shape.criticality().complement()).cbrt()
            } else {
                2.0 * high.sqrt()
            };
            let (across, along) = (1.3 * angle, 1.05 * (4.0 * PI * high / (PI - 1.0)).sqrt());
            let weights = best_weights(&teacher, PI - point.angle);
            let axis = if antipodal { -1.0 } else { 1.0 };
            let random = &mut stream(77, case as u64, u64::from(antipodal));
            let (mut many, mut few) = (0_u64, 0_u64);
            for _ in 0..samples {
                let mut filter: Vec<f64> = (0..*p).map(|_| uniform(random, -across, across)).collect();
                let length = uniform(random, 0.8, 1.2);
                // The part along the teacher's axis is replaced by the length.
                let along_axis: f64 = filter.iter().zip(teacher.direction()).map(|(v, w)| v * w).sum();
                for (v, w) in filter.iter_mut().zip(teacher.direction()) {
                    *v += (axis * length - along_axis) * w;
                }
                let output = weights.iter().map(|a| a + uniform(random, -along, along)).collect();
                let loss = population_loss(&teacher, &Student::new(filter, output).unwrap()).unwrap();
                many += u64::from(loss - point.loss < high);
                few += u64::from(loss - point.loss < high / factor);
            }
            let found = (many as f64 / few as f64).ln() / factor.ln();
            // Counts of one sample: the smaller is binomial given the larger. What is neglected at ε is of relative order ε^(1/3).
            let error = (1.0 / few as f64 - 1.0 / many as f64).sqrt() / factor.ln();
            assert!(
                (found - coefficient).abs() < 4.0 * error + 0.01,
                "p = {p}, k = {k}, ρ = {ratio}, {:?}: {found} ± {error}, not {coefficient}",
                point.kind
            );
            assert!(error < 0.04, "{few} of {many}");
        }
    }
    // At criticality the antipode is no minimum, and has none.
    let critical = WeightShape::new(1, 1.0).unwrap();
    assert_eq!(landscape(3, &critical).unwrap().points[1].learning_coefficient, None);
    assert_eq!(landscape(1, &critical).unwrap().points[1].learning_coefficient, Some(0.5));
}
