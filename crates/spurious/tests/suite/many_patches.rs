//! Theory §11: how the limit of many patches is approached, by extrapolation and by a perturbation of the limit.

use std::f64::consts::PI;

use crate::common::{cell_at, criticality, plain_kernel};
use spurious::Criticality;
use spurious::initialization::AngleDistribution;
use spurious::model::WeightShape;
use spurious::probability::{Quadrature, approach, limit_angle, limit_probability, success_probability};

/// The first order of `P(k)` in `1/k`, along the stable manifold of the planar limit (theory, section 11).
///
/// Backwards in time from the saddle, with the Runge–Kutta method: the point `(z, q)`, the normal `n` of the manifold and the
/// integral `I` of `n·δf`, where `δf/k` is what finite `k` adds to the limit's equations.
fn perturbed_limit(patch_dim: usize, x_c: f64, beta: f64) -> f64 {
    let (share, rate, b2) = (x_c / PI, PI - 1.0, beta * beta);
    let psi = |z: f64| 2.0 * z.exp().atan();
    let kernel = |z: f64| plain_kernel(PI - psi(z));
    // dψ/dz = sin ψ, dg/dz = ψ sin² ψ
    let slope = |z: f64| psi(z) * psi(z).sin().powi(2);
    let field = |[z, q, nz, nq, _]: [f64; 5]| {
        let (z_rate, q_rate) = (b2 * psi(z) * q, -rate * q + (1.0 - share) * kernel(z) - (1.0 - x_c));
        // z' = β²ψ(q + fast) with fast = (ρ/k) g/K, and the gain 1 − ρ/k, ρ/k = (x_c/π)(1 + (π − 1)/k)
        let (z_extra, q_extra) = (b2 * psi(z) * share * kernel(z), -share * rate * kernel(z));
        // n' = −Jᵀn, I' = −n·δf, all backwards
        [
            -z_rate,
            -q_rate,
            nz * b2 * psi(z).sin() * q + nq * (1.0 - share) * slope(z),
            nz * b2 * psi(z) - nq * rate,
            nz * z_extra + nq * q_extra,
        ]
    };
    // The saddle: g = g_x by bisection, and its eigenvalues λ > 0 > −μ of λ² + (π − 1)λ = β²ψ (1 − x_c/π) g_z.
    let saddle_kernel = PI * (1.0 - x_c) / (PI - x_c);
    let (mut low, mut high) = (-40.0, 40.0);
    for _ in 0..100 {
        let middle = 0.5 * (low + high);
        if kernel(middle) < saddle_kernel { low = middle } else { high = middle }
    }
    let saddle = low;
    let product = b2 * psi(saddle) * (1.0 - share) * slope(saddle);
    let root = (rate * rate / 4.0 + product).sqrt();
    let (lambda, mu) = (root - rate / 2.0, root + rate / 2.0);
    // The start of the limit lies at q = x_c/π > 0, where z is below the saddle: along (β²ψ, −μ), backwards.
    let small = 1e-7;
    let normal = [1.0, b2 * psi(saddle) / (lambda + rate)];
    let mut at = [saddle - small * b2 * psi(saddle) / mu, small, normal[0], normal[1], 0.0];
    let extra = field(at);
    at[4] = extra[4] / lambda; // ∫ e^{−λτ} n·δf beyond, up to a relative 1e-7
    let h = 1e-3 / (1.0 + b2);
    let step = |at: [f64; 5], h: f64| {
        let shifted = |k: [f64; 5], c: f64| std::array::from_fn(|i| at[i] + c * k[i]);
        let k1 = field(at);
        let k2 = field(shifted(k1, 0.5 * h));
        let k3 = field(shifted(k2, 0.5 * h));
        let k4 = field(shifted(k3, h));
        std::array::from_fn(|i| at[i] + h / 6.0 * (k1[i] + 2.0 * (k2[i] + k3[i]) + k4[i]))
    };
    while at[1] < share {
        at = step(at, h);
    }
    // Back onto q = x_c/π by Newton's method in the last step's length.
    for _ in 0..6 {
        at = step(at, (share - at[1]) / field(at)[1]);
    }
    let [z, _, nz, nq, integral] = at;
    let limit = limit_angle(criticality(x_c), beta).unwrap().unwrap().log_tan;
    assert!((z - limit).abs() < 1e-9 * (1.0 + b2), "the manifold ends at {z}, not at {limit}");
    // The manifold Z(q): its slope −n_q/n_z, and the slope's derivative along the run.
    let rates = field(at);
    let (tilt, bend) = (-nq / nz, -(rates[3] * nz - nq * rates[2]) / (nz * nz) / rates[1]);
    // Shifts of z_c by 1/k times: the perturbed equations, the fast part at the start, the mean of q₀ = (x_c/π)(1 − 1/k).
    let shift = -integral / nz + b2 * psi(z) * share - tilt * share;
    // The variance of q₀, (ρ/k)(1 − ρ/k) E ζ².
    let variance = share * (1.0 - share);
    // F_p in z: −cosh^{1−p} z up to a constant.
    let angles = AngleDistribution::new(patch_dim);
    let step = 1e-4;
    let first = (angles.below(z + step) - angles.below(z - step)) / (2.0 * step);
    let second = -((patch_dim - 1) as f64) * z.tanh() * first;
    first * shift + 0.5 * variance * (second * tilt * tilt + first * bend)
}

#[test]
fn coefficient_is_that_of_the_perturbed_limit() {
    for (p, x_c, beta) in [
        (2, 0.3, 1.0),
        (5, 0.1, 1.0),
        (5, 0.5, 1.0),
        (5, 0.8, 1.0),
        (20, 0.3, 0.4),
        (100, 0.1, 2.0),
        (5, 0.5, 3.0),
    ] {
        let found = approach(p, criticality(x_c), beta, &()).unwrap();
        let expected = perturbed_limit(p, x_c, beta);
        // The difference quotient has an error of p·1e-8/6, the start next to the saddle of some 1e-7.
        let tolerance = (1e-6 + 1e-8 * p as f64) * expected.abs() + found.error_bound;
        assert!((found.coefficient - expected).abs() < tolerance, "{p} {x_c} {beta}: {found:?} {expected}");
        assert!(found.error_bound < 1e-7, "{found:?}");
    }
}

/// With two terms the distance from the exact probability falls like `1/k²`.
#[test]
fn two_terms_leave_an_error_of_second_order() {
    for (p, x_c, beta) in [(5, 0.2, 1.0), (5, 0.8, 1.0), (50, 0.1, 2.0)] {
        let found = approach(p, criticality(x_c), beta, &()).unwrap();
        let scaled = |k: usize| {
            let exact = success_probability(
                &cell_at(p, k, x_c, beta).unwrap(),
                None,
                &Quadrature::to(1e-13).unwrap(),
                &(),
            );
            let k = k as f64;
            (exact.unwrap().probability - found.limit_probability - found.coefficient / k) * k * k
        };
        // c₂ + O(1/k)
        let (near, far) = (scaled(400), scaled(800));
        assert!((near - far).abs() < 0.05 * far.abs(), "{p} {x_c} {beta}: {near} {far}");
    }
}

#[test]
fn three_digits_begin_where_they_are_said_to() {
    for (p, x_c, beta) in [(5, 0.1, 1.0), (5, 0.5, 1.0), (5, 0.95, 1.0), (100, 0.3, 3.0), (1000, 0.05, 1.0)] {
        let first =
            approach(p, criticality(x_c), beta, &()).unwrap().patches_within(5e-4, &()).unwrap().unwrap();
        let limit = limit_probability(p, criticality(x_c), beta).unwrap();
        let distance = |k: usize| {
            let exact =
                success_probability(&cell_at(p, k, x_c, beta).unwrap(), None, &Quadrature::default(), &());
            (exact.unwrap().probability - limit).abs()
        };
        assert!(distance(first) <= 5e-4 && distance(first - 1) > 5e-4, "{p} {x_c} {beta}: {first}");
        for k in [first + 1, first + 2, 2 * first, 3 * first, 10 * first, 100 * first] {
            assert!(distance(k) <= 5e-4, "{p} {x_c} {beta}: {k}");
        }
    }
    let within = |p, gap, tolerance| {
        approach(p, Criticality::from_complement(gap).unwrap(), 1.0, &())
            .unwrap()
            .patches_within(tolerance, &())
    };
    assert_eq!(within(5, 0.0, 5e-4).unwrap(), Some(2), "nothing is trapped");
    for k in [25, 1_000_000] {
        let shape = WeightShape::new(k, k as f64).unwrap();
        assert_eq!(
            within(5, shape.criticality().complement(), 5e-4).unwrap(),
            Some(k),
            "with fewer patches ρ > k"
        );
    }
    assert_eq!(within(5, 1.0 - PI, 5e-4).unwrap(), None, "ρ > k always");
    assert_eq!(within(1, 0.5, 5e-4).unwrap(), Some(2), "a coin toss");
    // c₁ = −0.1457: just below and above the largest number of patches there is.
    let reach = within(5, 0.5, 1.6e-10).unwrap().expect("at 9e8");
    assert!((reach as f64 * 1.6e-10 / 0.1457 - 1.0).abs() < 2e-3, "{reach}");
    assert_eq!(within(5, 0.5, 1.3e-10).unwrap(), None);
    assert!(within(5, 0.5, 0.0).is_err() && within(5, 0.0, f64::NAN).is_err());
}
