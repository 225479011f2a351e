//! Theory §2: loss, gradient and Hessian in closed form, against the plain formula, finite differences and Monte Carlo.

use std::f64::consts::PI;

use crate::common::{
    EPS, OUTPUTS, Output, SLOPES, dot, filter_at, gaussian, leaky, leaky_kernel, leaky_mean, norm, student,
    teacher,
};
use rand::RngExt;
use spurious::model::{Student, Teacher};
use spurious::numerics::random::stream;
use spurious::population::{gradient, hessian, population_loss, reduced_loss};

/// The loss as theory §2 writes it, from the vectors.
fn plain_loss(teacher: &Teacher, filter: &[f64], weights: &[f64]) -> f64 {
    let (w, b) = (teacher.direction(), teacher.scaled_output());
    let x = dot(filter, w);
    let across: Vec<f64> = filter.iter().zip(w).map(|(v, w)| v - x * w).collect();
    let c = teacher.reduced().activation().negative_slope();
    let (kernel, mean) = (leaky_kernel(c, norm(&across).atan2(x)), leaky_mean(c));
    let (s, total): (f64, f64) = (weights.iter().sum(), b.iter().sum());
    let squares = (leaky_kernel(c, 0.0) - mean) * (dot(weights, weights) + dot(b, b));
    (squares + mean * (s - total).powi(2) - 2.0 * (kernel - mean) * dot(weights, b)) / (4.0 * PI)
}

/// `‖a‖² + B² + s² + S²`: what the terms of the loss add up to, and so the scale of its rounding.
fn scale(teacher: &Teacher, weights: &[f64]) -> f64 {
    let b = teacher.scaled_output();
    let (s, total): (f64, f64) = (weights.iter().sum(), b.iter().sum());
    dot(weights, weights) + dot(b, b) + s * s + total * total
}

fn cases(each: u64) -> Vec<(Teacher, Student)> {
    let mut cases = Vec::new();
    for (i, (p, k)) in [(1, 1), (1, 4), (2, 1), (2, 3), (3, 7), (8, 2), (5, 25)].into_iter().enumerate() {
        for (j, output) in OUTPUTS.into_iter().enumerate() {
            for trial in 0..each {
                let random = &mut stream(11, (10 * i + j) as u64, trial);
                // Every other case has the rectifier.
                let slope = if trial % 4 < 2 { 0.0 } else { SLOPES[random.random_range(1..SLOPES.len())] };
                let teacher = teacher(random, p, k, output, trial % 2 == 0).with_activation(leaky(slope));
                let student = student(random, &teacher);
                cases.push((teacher, student));
            }
        }
    }
    cases
}

#[test]
fn loss_is_the_plain_formula_and_that_of_its_order_parameters() {
    for (teacher, student) in cases(40) {
        let loss = population_loss(&teacher, &student).unwrap();
        let scale = scale(&teacher, student.output_weights());
        // Sums of up to 25 terms.
        let plain = plain_loss(&teacher, student.filter(), student.output_weights());
        assert!((loss - plain).abs() < 32.0 * EPS * scale, "{loss} {plain}");
        let reduced = reduced_loss(&teacher.reduced(), &student.order_parameters(&teacher).unwrap());
        assert!((loss - reduced).abs() < 64.0 * EPS * scale, "{loss} {reduced}");
        assert!(loss >= -EPS * scale);
    }
}

#[test]
fn gradient_is_the_derivative_of_the_loss() {
    for (teacher, student) in cases(12) {
        let (v, a) = (student.filter().to_vec(), student.output_weights().to_vec());
        let found = gradient(&teacher, &student).unwrap();
        let length = norm(&v);
        let scale = scale(&teacher, &a) / length.min(1.0);
        // Third derivatives are at most a few times the scale (bounded, though discontinuous, at both ends of the
        // angle), so h² = 1e-10 of it; rounding gives 1e-15/1e-5.
        let (h, tolerance) = (1e-5, 4e-10 * scale / length.min(1.0).powi(2));
        for i in 0..v.len() {
            let loss = |d: f64| {
                let mut moved = v.clone();
                moved[i] += d;
                plain_loss(&teacher, &moved, &a)
            };
            let difference = (loss(h) - loss(-h)) / (2.0 * h);
            assert!((difference - found.filter[i]).abs() < tolerance, "{difference} {}", found.filter[i]);
        }
        for i in 0..a.len() {
            let loss = |d: f64| {
                let mut moved = a.clone();
                moved[i] += d;
                plain_loss(&teacher, &v, &moved)
            };
            let difference = (loss(h) - loss(-h)) / (2.0 * h);
            let found = found.output_weights[i];
            assert!((difference - found).abs() < tolerance, "{difference} {found}");
        }
        // Orthogonal to v, so that ‖v‖ never shrinks: to the rounding of ψq/2π · (ŵ* − cos φ v̂)·v̂.
        let signal = norm(&a) * norm(teacher.scaled_output());
        assert!(dot(&found.filter, &v).abs() < 4.0 * EPS * signal);
    }
}

#[test]
fn hessian_is_symmetric_and_the_derivative_of_the_gradient() {
    for (teacher, student) in cases(6) {
        let (p, k) = (student.filter().len(), student.output_weights().len());
        let found = hessian(&teacher, &student).unwrap();
        for i in 0..found.size() {
            for j in 0..i {
                assert_eq!(found.at(i, j), found.at(j, i));
            }
        }
        let length = norm(student.filter());
        // The second derivative of the gradient jumps at both ends of the angle, where the central difference is only
        // right to first order: h = 1e-6 times the scale.
        let h = 1e-6;
        let tolerance = 2.0 * h * scale(&teacher, student.output_weights()) / length.min(1.0).powi(3);
        for i in 0..p + k {
            let at = |d: f64| {
                let (mut v, mut a) = (student.filter().to_vec(), student.output_weights().to_vec());
                if i < p {
                    v[i] += d
                } else {
                    a[i - p] += d
                }
                let gradient = gradient(&teacher, &Student::new(v, a).unwrap()).unwrap();
                [gradient.filter, gradient.output_weights].concat()
            };
            let (above, below) = (at(h), at(-h));
            for j in 0..p + k {
                let difference = (above[j] - below[j]) / (2.0 * h);
                assert!(
                    (difference - found.at(i, j)).abs() < tolerance,
                    "{i} {j}: {difference} {} at {student:?}",
                    found.at(i, j)
                );
            }
        }
    }
}

/// The gradient of the filter is proportional to `ψ sin φ`: its relative accuracy must survive at both ends.
#[test]
fn filter_gradient_keeps_its_digits_next_to_the_teacher_and_the_antipode() {
    let random = &mut stream(12, 0, 0);
    let teacher = teacher(random, 4, 6, Output::Generic, true);
    for exponent in -16..=-3 {
        for antipodal in [false, true] {
            let angle = 10f64.powi(exponent);
            let filter = filter_at(random, teacher.direction(), angle, antipodal, 1.3);
            let student = Student::new(filter, gaussian(random, 6)).unwrap();
            let signal = dot(student.output_weights(), teacher.scaled_output()).abs();
            let psi = if antipodal { angle } else { PI - angle };
            let expected = psi * angle.sin() * signal / (2.0 * PI * 1.3);
            let found = norm(&gradient(&teacher, &student).unwrap().filter);
            // At the antipode towards = ŵ − cos φ v̂ cancels to φ: its rounding is ε per component, that is ε/φ relative.
            let relative = 32.0 * EPS + 2.0 * EPS / angle;
            assert!(
                (found / expected - 1.0).abs() < relative,
                "{angle:e} {antipodal}: {found:e} {expected:e}"
            );
        }
    }
}

/// Near the teacher the loss is quadratic; the library promises a relative error of some 1e-15 there.
#[test]
fn loss_keeps_its_digits_next_to_the_global_minimum() {
    let random = &mut stream(13, 0, 0);
    let teacher = teacher(random, 3, 5, Output::Generic, true);
    let b = teacher.scaled_output().to_vec();
    let direction = gaussian(random, 5);
    for exponent in -12..=-2 {
        let size = 10f64.powi(exponent);
        let filter = filter_at(random, teacher.direction(), size, false, 1.0);
        let weights: Vec<f64> = b.iter().zip(&direction).map(|(b, d)| b + size * d).collect();
        let moved: Vec<f64> = weights.iter().zip(&b).map(|(a, b)| a - b).collect(); // what rounding made of it
        let sum: f64 = moved.iter().sum();
        // π − g = π(1 − cos φ) − (sin φ − φ cos φ) = πφ²/2 − φ³/3 + O(φ⁴)
        let deficit =
            PI * size * size / 2.0 - size.powi(3) / 3.0 - PI * size.powi(4) / 24.0 + size.powi(5) / 30.0;
        let expected =
            ((PI - 1.0) * dot(&moved, &moved) + sum * sum + 2.0 * deficit * dot(&weights, &b)) / (4.0 * PI);
        let loss = population_loss(&teacher, &Student::new(filter, weights).unwrap()).unwrap();
        // The series ends at size⁶ relative to size², and the differences a − b carry no rounding.
        let tolerance = 16.0 * EPS + size.powi(4);
        assert!((loss / expected - 1.0).abs() < tolerance, "{size:e}: {loss:e} {expected:e}");
    }
}

/// `f(Z; v, a)`, its error against the label, and the derivative of half its square, for one input drawn at random.
fn sample(teacher: &Teacher, student: &Student, inputs: &[f64]) -> Vec<f64> {
    let (v, a) = (student.filter(), student.output_weights());
    let (p, length) = (v.len(), norm(student.filter()));
    let (mut error, mut active_sum) = (0.0, vec![0.0; p]);
    let mut hidden = Vec::with_capacity(a.len());
    for (j, patch) in inputs.chunks(p).enumerate() {
        let pre = dot(v, patch) / length;
        hidden.push(pre.max(0.0));
        error += a[j] * pre.max(0.0) - teacher.scaled_output()[j] * dot(teacher.direction(), patch).max(0.0);
        if pre > 0.0 {
            active_sum.iter_mut().zip(patch).for_each(|(sum, z)| *sum += a[j] * z);
        }
    }
    // d(v/‖v‖)/dv = (I − v̂v̂ᵀ)/‖v‖
    let along = dot(&active_sum, v) / (length * length);
    let mut out = vec![0.5 * error * error];
    out.extend(active_sum.iter().zip(v).map(|(u, v)| error * (u - along * v) / length));
    out.extend(hidden.iter().map(|h| error * h));
    out
}

#[test]
fn loss_and_gradient_are_expectations_over_gaussian_data() {
    const SAMPLES: u64 = 100_000;
    for (case, (p, k, output)) in
        [(3, 4, Output::Generic), (1, 3, Output::Generic), (2, 1, Output::Constant), (4, 5, Output::ZeroSum)]
            .into_iter()
            .enumerate()
    {
        let random = &mut stream(14, case as u64, 0);
        let teacher = teacher(random, p, k, output, false);
        let filter = filter_at(random, teacher.direction(), 1.1, case % 2 == 1, 1.4);
        let student = Student::new(filter, gaussian(random, k)).unwrap();
        let (mut sums, mut squares) = (vec![0.0; 1 + p + k], vec![0.0; 1 + p + k]);
        for _ in 0..SAMPLES {
            let found = sample(&teacher, &student, &gaussian(random, p * k));
            for (i, x) in found.into_iter().enumerate() {
                sums[i] += x;
                squares[i] += x * x;
            }
        }
        let gradient = gradient(&teacher, &student).unwrap();
        let expected =
            [vec![population_loss(&teacher, &student).unwrap()], gradient.filter, gradient.output_weights]
                .concat();
        let n = SAMPLES as f64;
        for (i, expected) in expected.into_iter().enumerate() {
            let mean = sums[i] / n;
            let standard_error = ((squares[i] / n - mean * mean) / n).sqrt();
            let error = (mean - expected).abs();
            // p = 1: the derivative along the only direction there is vanishes identically.
            assert!(
                error <= 4.0 * standard_error + 1e-15,
                "case {case} component {i}: {error} {standard_error}"
            );
        }
    }
}
