//! Theory §3: five numbers carry gradient descent exactly, whatever `p` and `k` are.

use std::f64::consts::PI;

use crate::common::{
    EPS, OUTPUTS, Output, SLOPES, dot, filter_at, gaussian, leaky, norm, property, student, teacher,
};
use proptest::prelude::*;
use rand::RngExt;
use spurious::dynamics::full;
use spurious::dynamics::reduced::ReducedDescent;
use spurious::model::{OrderParameters, Student, Teacher};
use spurious::numerics::random::stream;
use spurious::population::{population_loss, reduced_loss};

/// Sizes of the five numbers, as sums of the absolute values of what is added up to get them after a step.
fn scales(teacher: &Teacher, student: &Student, step_size: f64) -> [f64; 5] {
    let (a, b) = (student.output_weights(), teacher.scaled_output());
    let (k, h) = (b.len() as f64, step_size / (2.0 * PI));
    let largest = b.iter().fold(0.0, |m: f64, b| m.max(b.abs()));
    // Every component of a moves by h[(π−1)a + s − S − (g−1)b].
    let absolute = |x: &[f64]| x.iter().map(|x| x.abs()).sum::<f64>();
    let weights = (absolute(a) + absolute(b)) * (1.0 + h * (k + PI));
    let length = norm(student.filter());
    let swing = h * PI * absolute(a) * largest / length;
    [length + swing, length + swing, weights, weights * largest, weights]
}

fn differences(full: &OrderParameters, reduced: &OrderParameters) -> [f64; 5] {
    [
        full.parallel - reduced.parallel,
        full.perpendicular - reduced.perpendicular,
        full.sum - reduced.sum,
        full.signal - reduced.signal,
        full.residual - reduced.residual,
    ]
    .map(f64::abs)
}

proptest! {
    #![proptest_config(property(2000, "proptest-regressions/reduction.txt"))]

    /// One step from one state: rounding alone can separate them.
    #[test]
    fn reduced_step_is_the_projected_full_step(
        seed in any::<u64>(),
        p in 1usize..7,
        k in 1usize..9,
        output in 0usize..3,
        axis in any::<bool>(),
        slope in 0..SLOPES.len(),
        step_size in 1e-3..0.5f64,
    ) {
        let random = &mut stream(seed, 21, 0);
        let teacher = teacher(random, p, k, OUTPUTS[output], axis).with_activation(leaky(SLOPES[slope]));
        let student = student(random, &teacher);
        let at = student.order_parameters(&teacher).unwrap();
        let full = full::step(&teacher, &student, step_size).unwrap().order_parameters(&teacher).unwrap();
        let reduced = ReducedDescent::new(&teacher.reduced(), step_size).step(&at);
        let scales = scales(&teacher, &student, step_size);
        for (i, (difference, scale)) in differences(&full, &reduced).into_iter().zip(scales).enumerate() {
            prop_assert!(difference <= 16.0 * EPS * scale, "number {i}: {difference:e} of {scale}");
        }
    }

    /// Order parameters against their definitions, with the residual by an explicit projection.
    #[test]
    fn order_parameters_are_what_they_are_called(
        seed in any::<u64>(), p in 1usize..7, k in 1usize..9, output in 0usize..3, axis in any::<bool>(),
    ) {
        let random = &mut stream(seed, 22, 0);
        let teacher = teacher(random, p, k, OUTPUTS[output], axis);
        let student = student(random, &teacher);
        let at = student.order_parameters(&teacher).unwrap();
        let (v, a) = (student.filter(), student.output_weights());
        let (w, b) = (teacher.direction(), teacher.scaled_output());
        let length = norm(v);
        prop_assert!((at.parallel - dot(v, w)).abs() <= 8.0 * EPS * length);
        prop_assert!((at.filter_norm_squared() - dot(v, v)).abs() <= 16.0 * EPS * length * length);
        prop_assert!((at.sum - a.iter().sum::<f64>()).abs() <= 8.0 * EPS * norm(a) * 3.0);
        prop_assert!((at.signal - dot(a, b)).abs() <= 8.0 * EPS * norm(a) * norm(b));
        // ‖a‖² from the five numbers is ‖a‖² from the vector.
        let squared = at.output_norm_squared(&teacher.reduced());
        // The middle term divides by 1 − ρ/k, whose rounding counts relative to it.
        let share = teacher.reduced().shape().orthogonal_share();
        let tolerance = 32.0 * EPS * if share > 1e-14 { 1.0 + 1.0 / share } else { 1.0 };
        prop_assert!((squared - dot(a, a)).abs() <= tolerance * dot(a, a), "{squared} {}", dot(a, a));
        // The residual is orthogonal to 1 and b: removing multiples of both changes nothing.
        let (c, d) = (0.7, -1.3);
        let moved: Vec<f64> = a.iter().zip(b).map(|(a, b)| a + c + d * b).collect();
        let moved = Student::new(v.to_vec(), moved).unwrap().order_parameters(&teacher).unwrap();
        prop_assert!((moved.residual - at.residual).abs() <= 64.0 * EPS * (norm(a) + norm(b) + 3.0));
    }
}

/// Rounding of one step is some ε of the scale; 10⁴ steps add 10⁴ of them, and passing the saddle multiplies what is
/// there by the ratio of the basin's size to the closest approach, some 10² for random starts.
#[test]
fn reduced_and_full_runs_agree_over_ten_thousand_steps() {
    let mut verdicts = [0, 0];
    for (i, output) in OUTPUTS.into_iter().cycle().take(30).enumerate() {
        let random = &mut stream(23, i as u64, 0);
        let (p, k) = ([1, 2, 3, 6, 10][i % 5], [1, 2, 5, 12, 20][(i / 3) % 5]);
        let teacher = teacher(random, p, k, output, i % 4 == 0);
        let angle = 0.1 + (PI - 0.2) * random.random::<f64>();
        let filter = filter_at(random, teacher.direction(), angle, false, 1.0);
        let mut student = Student::new(filter, gaussian(random, k)).unwrap();
        let step_size =
            0.7 * 2.0 * PI / teacher.reduced().sum_rate().max(4.0 * teacher.reduced().norm_squared());
        let descent = ReducedDescent::new(&teacher.reduced(), step_size);
        let mut at = student.order_parameters(&teacher).unwrap();
        let scales = scales(&teacher, &student, step_size);
        for step in 1..=10_000 {
            student = full::step(&teacher, &student, step_size).unwrap();
            at = descent.step(&at);
            if step % 500 == 0 || step < 10 {
                let full = student.order_parameters(&teacher).unwrap();
                for (j, (difference, scale)) in differences(&full, &at).into_iter().zip(scales).enumerate() {
                    let tolerance = 1e4 * 1e2 * EPS * scale;
                    assert!(
                        difference <= tolerance,
                        "run {i} step {step} number {j}: {difference:e} of {scale}"
                    );
                }
                let losses =
                    (population_loss(&teacher, &student).unwrap(), reduced_loss(&teacher.reduced(), &at));
                assert!((losses.0 - losses.1).abs() <= 1e-9 * (1.0 + scales[3]), "{losses:?}");
            }
        }
        verdicts[usize::from(at.angle() > 1.0)] += 1;
    }
    assert!(verdicts[0] > 3 && verdicts[1] > 3, "both minima are reached: {verdicts:?}");
}

/// `b` close to `1`, but not parallel to it: the Gram matrix is nearly singular. Its smallest eigenvalue is the share
/// `1 − ρ/k`; forming `‖a‖²` from the order parameters divides by it, so that a relative ε of `s` and `q` may become
/// `ε/√share` of `‖a‖²`, and no more.
#[test]
fn output_norm_survives_weights_that_are_almost_constant() {
    let mut failures = Vec::new();
    for exponent in -12i32..=-1 {
        let random = &mut stream(24, exponent.unsigned_abs().into(), 0);
        let wiggle = 10f64.powi(exponent);
        let weights: Vec<f64> = gaussian(random, 8).iter().map(|x| 1.0 + wiggle * x).collect();
        let teacher = Teacher::new(vec![1.0, 0.0], weights).unwrap();
        let student = Student::new(vec![0.6, 0.8], gaussian(random, 8)).unwrap();
        let at = student.order_parameters(&teacher).unwrap();
        let (found, exact) = (
            at.output_norm_squared(&teacher.reduced()),
            dot(student.output_weights(), student.output_weights()),
        );
        let error = (found / exact - 1.0).abs();
        // Where b counts as constant, at share 1e-14 or so, what is neglected is of the order of √share.
        if error > 64.0 * EPS / wiggle.max(1e-8) {
            failures.push(format!("b = 1 + {wiggle:e}·noise: relative error of ‖a‖² {error:.1e}"));
        }
    }
    assert!(failures.is_empty(), "{failures:#?}");
}

#[test]
fn constant_weights_leave_no_direction_beside_the_sum() {
    for k in [1, 2, 3, 7, 10, 100, 1000] {
        let random = &mut stream(25, k as u64, 0);
        let teacher = teacher(random, 3, k, Output::Constant, false);
        let student = student(random, &teacher);
        let at = student.order_parameters(&teacher).unwrap();
        let (found, exact) = (
            at.output_norm_squared(&teacher.reduced()),
            dot(student.output_weights(), student.output_weights()),
        );
        // Sums of k terms.
        assert!(
            (found / exact - 1.0).abs() < 4.0 * EPS * (k as f64).sqrt() + 8.0 * EPS,
            "k = {k}: {found} {exact}"
        );
    }
}
