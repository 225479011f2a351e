//! Theory §10: random starts, drawn in O(1) or in full, and the distribution of the angle.

use std::f64::consts::PI;

use crate::common::{EPS, dot, number, reference, size};
use spurious::initialization::{AngleDistribution, sample_order_parameters, sample_student};
use spurious::model::{Cell, OrderParameters, Teacher};
use spurious::numerics::random::stream;

#[test]
fn angle_distribution_has_fifteen_digits_in_any_dimension() {
    for row in reference("angle.toml", "angle") {
        let (p, z) = (size(&row, "patch_dim"), number(&row, "log_tan"));
        let error = (AngleDistribution::new(p).below(z) - number(&row, "probability")).abs();
        assert!(error < 1e-15, "p = {p}, z = {z}: {error:e}");
    }
}

/// In odd dimensions `1 − F` is a sum of positive terms: with `h = sin²(ψ/2)` and `a = (p − 1)/2`
///
/// ```text
/// 1 − F_p = I_h(a, a) = Σ_{j ≥ a} C(2a − 1, j) hʲ (1 − h)^{2a−1−j}
/// ```
#[test]
fn tails_of_the_angle_distribution_keep_their_digits() {
    let slow = |p: u64, z: f64| {
        let (a, n) = ((p - 1) / 2, p - 2);
        // h = 1/(1 + e⁻²ᶻ)
        let (log_h, log_rest) = (-(-2.0 * z).exp().ln_1p(), -(2.0 * z).exp().ln_1p());
        let mut log_choose = (0..a).map(|i| ((n - i) as f64 / (i + 1) as f64).ln()).sum::<f64>();
        (a..=n).fold(0.0, |sum, j| {
            let term = (log_choose + j as f64 * log_h + (n - j) as f64 * log_rest).exp();
            log_choose += ((n - j) as f64 / (j + 1) as f64).ln();
            sum + term
        })
    };
    for p in [3, 5, 21, 101, 103, 105, 1001, 100_001] {
        let angles = AngleDistribution::new(p as usize);
        for i in 0..=60 {
            let z = -0.2 * f64::from(i) / (p as f64).sqrt() * if p < 1000 { 2.0 } else { 1.0 };
            let (tail, expected) = (angles.above(z), slow(p, z));
            // The logarithm of the slow sum's first term grows to 0.7 p in p/2 additions, each rounded.
            let allowed = 1e-12 + 0.35 * f64::EPSILON * (p as f64).powi(2);
            assert!((tail / expected - 1.0).abs() < allowed, "p = {p}, z = {z}: {tail:e} {expected:e}");
        }
    }
    // On the circle the angle itself is uniform; far out in any dimension, what is left falls like e^{(p−1)z}.
    for z in [-30.0, -10.0, -1.0, -0.1, 0.0, 1.0] {
        let tail = AngleDistribution::new(2).above(z);
        assert!((tail / (2.0 * z.exp().atan() / PI) - 1.0).abs() < 1e-13, "z = {z}: {tail}");
    }
    for p in [2, 3, 4, 5, 8, 50] {
        let angles = AngleDistribution::new(p);
        let ratio = angles.above(-12.0) / angles.above(-11.0);
        assert!((ratio.ln() / (p - 1) as f64 + 1.0).abs() < 1e-8, "p = {p}: {ratio:e}");
    }
    assert_eq!(AngleDistribution::new(1).above(-5.0), 0.5);
    assert_eq!(AngleDistribution::new(1_000_000_000).above(-1.0), 0.0);
}

#[test]
fn angle_distribution_is_a_distribution() {
    for p in [1, 2, 3, 10, 1000, 1_000_000_000] {
        let angles = AngleDistribution::new(p);
        let mut before = 1.0;
        for i in -200..=200 {
            // Larger z is a smaller angle.
            let z = 0.1 * f64::from(i) / (p as f64).sqrt();
            let value = angles.below(z);
            assert!((0.0..=1.0).contains(&value) && value <= before + 2.0 * EPS, "p = {p}, z = {z}: {value}");
            assert!((value + angles.below(-z) - 1.0).abs() < 4.0 * EPS);
            before = value;
        }
        assert_eq!(angles.below(0.0), 0.5);
        if p > 1 {
            assert!((angles.below(-700.0) - 1.0).abs() < 1e-15 && angles.below(700.0) < 1e-15);
        }
    }
}

/// Five numbers of a start, on comparable scales.
fn numbers(at: &OrderParameters) -> [f64; 5] {
    [at.angle().cos(), at.sum, at.signal, at.sum * at.signal, at.residual]
}

/// Largest distance between two empirical distribution functions, in units of `√((n+m)/nm)`.
fn kolmogorov_smirnov(mut a: Vec<f64>, mut b: Vec<f64>) -> f64 {
    a.sort_by(f64::total_cmp);
    b.sort_by(f64::total_cmp);
    let (n, m) = (a.len() as f64, b.len() as f64);
    let (mut i, mut j, mut largest) = (0, 0, 0.0_f64);
    while i < a.len() && j < b.len() {
        let x = a[i].min(b[j]);
        while i < a.len() && a[i] <= x {
            i += 1;
        }
        while j < b.len() && b[j] <= x {
            j += 1;
        }
        largest = largest.max((i as f64 / n - j as f64 / m).abs());
    }
    largest / ((n + m) / (n * m)).sqrt()
}

#[test]
fn order_parameters_are_drawn_from_the_distribution_of_full_students() {
    const DRAWS: u64 = 20_000;
    for (index, (p, k, ratio)) in
        [(1, 1, 1.0), (1, 5, 2.0), (2, 2, 0.7), (5, 25, 4.0), (30, 3, 3.0), (3, 2, 2.0)]
            .into_iter()
            .enumerate()
    {
        let cell = Cell::new(p, k, ratio, 1.3).unwrap();
        let teacher = Teacher::planted(&cell);
        let index = index as u64;
        let reduced: Vec<[f64; 5]> =
            (0..DRAWS).map(|i| numbers(&sample_order_parameters(&cell, &mut stream(91, index, i)))).collect();
        let full: Vec<[f64; 5]> = (0..DRAWS)
            .map(|i| {
                let student = sample_student(&teacher, &mut stream(92, index, i));
                let radius = teacher.reduced().sum().abs() / (k as f64).sqrt();
                assert!(
                    dot(student.output_weights(), student.output_weights()).sqrt()
                        <= radius * (1.0 + 4.0 * EPS)
                );
                assert!((dot(student.filter(), student.filter()) - 1.0).abs() < 1e-14);
                numbers(&student.order_parameters(&teacher).unwrap())
            })
            .collect();
        for j in 0..5 {
            let column = |draws: &[[f64; 5]]| -> Vec<f64> { draws.iter().map(|d| d[j]).collect() };
            // b ∥ 1 makes q a multiple of s; rounding must not break the ties of a two-point distribution.
            let round = |v: Vec<f64>| v.into_iter().map(|x| (x * 1e10).round() * 1e-10).collect::<Vec<f64>>();
            let statistic = kolmogorov_smirnov(round(column(&reduced)), round(column(&full)));
            // P(statistic > 2.23) = 2e^{−2·2.23²} = 1e-4, for 30 comparisons.
            assert!(statistic < 2.23, "cell {cell:?}, number {j}: {statistic}");
        }
    }
}

/// Moments known in closed form: `E cos²φ = 1/p`, `E s² = S²/(k+2)`, `E q² = (S²/k) B²/(k+2)`, `E sq = S³/(k(k+2))`.
#[test]
fn moments_of_random_starts_are_those_of_sphere_and_ball() {
    const DRAWS: u64 = 40_000;
    for (index, (p, k, ratio)) in
        [(2, 2, 1.5), (5, 25, 4.0), (1000, 100, 9.0), (1_000_000, 1_000_000, 1.0), (7, 1, 1.0), (7, 4, 4.0)]
            .into_iter()
            .enumerate()
    {
        let cell = Cell::new(p, k, ratio, 1.3).unwrap();
        let teacher = cell.teacher();
        let (size, s, b_squared) = (k as f64, teacher.sum(), teacher.norm_squared());
        let expected = [
            0.0,
            1.0 / p as f64,
            0.0,
            s * s / (size + 2.0),
            0.0,
            s * s / size * b_squared / (size + 2.0),
            s.powi(3) / (size * (size + 2.0)),
        ];
        let (mut sums, mut squares) = ([0.0; 7], [0.0; 7]);
        for i in 0..DRAWS {
            let at = sample_order_parameters(&cell, &mut stream(93, index as u64, i));
            assert!((at.filter_norm_squared() - 1.0).abs() < 8.0 * EPS);
            assert!(at.sum.abs() <= s && at.perpendicular >= 0.0);
            let cos = at.parallel;
            let values = [
                cos,
                cos * cos,
                at.sum,
                at.sum * at.sum,
                at.signal,
                at.signal * at.signal,
                at.sum * at.signal,
            ];
            for j in 0..7 {
                sums[j] += values[j];
                squares[j] += values[j] * values[j];
            }
        }
        let n = DRAWS as f64;
        for j in 0..7 {
            let mean = sums[j] / n;
            let standard_error = ((squares[j] / n - mean * mean).max(0.0) / n).sqrt();
            let error = (mean - expected[j]).abs();
            assert!(error <= 5.0 * standard_error + 1e-14, "{cell:?}, moment {j}: {mean} {}", expected[j]);
        }
    }
}

/// The angle of a drawn start has the distribution that the probability uses: its value there is uniform.
#[test]
fn drawn_angles_follow_the_angle_distribution() {
    const DRAWS: u64 = 20_000;
    for (index, p) in [2, 3, 5, 100, 100_000].into_iter().enumerate() {
        let cell = Cell::new(p, 9, 2.0, 1.0).unwrap();
        let angles = AngleDistribution::new(p);
        let mut values: Vec<f64> = (0..DRAWS)
            .map(|i| {
                let at = sample_order_parameters(&cell, &mut stream(94, index as u64, i));
                angles.below((0.5 * at.supplement()).tan().ln())
            })
            .collect();
        values.sort_by(f64::total_cmp);
        let n = DRAWS as f64;
        let largest = values
            .iter()
            .enumerate()
            .map(|(i, v)| (v - i as f64 / n).abs().max((v - (i as f64 + 1.0) / n).abs()))
            .fold(0.0, f64::max);
        assert!(largest * n.sqrt() < 2.23, "p = {p}: {largest}");
    }
}

#[test]
fn without_a_sum_all_output_weights_start_at_zero() {
    let cell = Cell::new(4, 9, 0.0, 1.0).unwrap();
    let at = sample_order_parameters(&cell, &mut stream(95, 0, 0));
    assert_eq!((at.sum, at.signal), (0.0, 0.0));
    let at = sample_order_parameters(&Cell::new(1, 9, 3.0, 1.0).unwrap(), &mut stream(95, 0, 1));
    assert!(at.angle() == 0.0 || at.angle() == PI);
}
