//! Theory §2: the kernel `g`, its derivatives and its inverse, against 50-digit arithmetic.

use std::f64::consts::PI;

use crate::common::{EPS, number, property, reference};
use proptest::prelude::*;
use spurious::kernel::{
    arc_cosine_kernel, arc_cosine_kernel_curvature, arc_cosine_kernel_slope, supplement_at_kernel,
};

#[test]
fn kernel_and_slope_have_fifteen_digits_from_1e_minus_100_to_pi() {
    for row in reference("kernel.toml", "kernel") {
        let psi = number(&row, "supplement");
        let (kernel, slope) = (number(&row, "kernel"), number(&row, "slope"));
        let error = (arc_cosine_kernel(psi) / kernel - 1.0).abs();
        assert!(error < 1e-15, "g({psi:e}): relative error {error:e}");
        // sin ψ and one product: two roundings.
        let error = (arc_cosine_kernel_slope(psi) / slope - 1.0).abs();
        assert!(error < 2.0 * EPS, "g'({psi:e}): relative error {error:e}");
    }
}

#[test]
fn curvature_is_accurate_to_rounding_of_its_terms() {
    for row in reference("kernel.toml", "kernel") {
        let psi = number(&row, "supplement");
        // It changes sign at 2.03, so the scale is that of its two terms.
        let scale = psi.sin().abs() + (psi * psi.cos()).abs();
        let error = (arc_cosine_kernel_curvature(psi) - number(&row, "curvature")).abs();
        assert!(error <= 2.0 * EPS * scale, "g''({psi:e}): {error:e}");
    }
}

#[test]
fn inverse_has_all_digits_that_the_kernel_determines() {
    for row in reference("kernel.toml", "inverse") {
        let (kernel, psi) = (number(&row, "kernel"), number(&row, "supplement"));
        // One relative ε in g moves ψ by ε g/g'(ψ), which is most near the teacher; and ψ itself is rounded.
        let condition = kernel / (psi * psi.sin());
        let error = (supplement_at_kernel(kernel) - psi).abs();
        assert!(error <= 4.0 * EPS * (condition + psi), "{kernel:e}: {error:e}");
    }
}

#[test]
fn inverse_is_exact_at_both_ends_and_takes_rounded_arguments() {
    assert_eq!(supplement_at_kernel(0.0), 0.0);
    assert_eq!(supplement_at_kernel(PI), PI);
    assert_eq!(supplement_at_kernel(PI.next_up()), PI);
    assert!(PI - supplement_at_kernel(PI.next_down()) < 2e-8);
}

proptest! {
    #![proptest_config(property(2000, "proptest-regressions/kernel.txt"))]

    /// `g` rises strictly and is Lipschitz: neighbouring doubles never come in the wrong order by more than rounding.
    #[test]
    fn kernel_rises_with_the_supplement(psi in 0.0..PI, step in 1e-12..1.0f64) {
        let next = (psi + step).min(PI);
        let (low, high) = (arc_cosine_kernel(psi), arc_cosine_kernel(next));
        prop_assert!(low <= high + 2.0 * EPS * high);
        // dg/dψ = ψ sin ψ is at most 1.82.
        prop_assert!(high - low <= 1.82 * (next - psi) + 4.0 * EPS);
    }

    #[test]
    fn kernel_undoes_its_inverse(exponent in -300.0..0.0f64) {
        let g = PI * 10f64.powf(exponent);
        // The inverse is accurate to 4e-16 of the kernel, the kernel itself to 1e-15.
        prop_assert!((arc_cosine_kernel(supplement_at_kernel(g)) / g - 1.0).abs() <= 4e-16 + 1e-15);
    }
}
