//! Gaussian expectations of products of rectified patches: the kernel `g` and its derivatives.
//!
//! The population loss depends on the data through one function of the angle between two filters,
//!
//! ```text
//! E[σ(u·z) σ(u'·z)] = ‖u‖‖u'‖ g(φ) / 2π          one patch z ~ N(0, I)
//! E[σ(u·z) σ(u'·z')] = ‖u‖‖u'‖ / 2π               two independent patches
//! g(φ) = (π − φ) cos φ + sin φ                     g(0) = π,  g(π/2) = 1,  g(π) = 0
//! ```
//!
//! All functions take the supplement `ψ = π − φ`, in which `g` keeps its relative accuracy where it vanishes.

use std::f64::consts::PI;

/// Degree-1 arc-cosine kernel `g`, from the supplement `ψ = π − φ` of the angle between two filters.
///
/// ```text
/// g = (π − φ) cos φ + sin φ = sin ψ − ψ cos ψ        g(aligned) = π,  g(antipodal) = 0
/// ```
///
/// Takes `ψ` in radians, `0 ≤ ψ ≤ π`. At the spurious minimum `ψ → 0`, and `π − φ` formed from a
/// rounded `φ` has lost its digits there.
///
/// # Accuracy
/// Relative error below 1e-15 over the whole range.
///
/// # Source
/// Cho and Saul, "Kernel Methods for Deep Learning", NeurIPS 2009.
///
/// # Examples
/// ```
/// # use spurious::kernel::arc_cosine_kernel;
/// let psi = 1e-5; // almost antipodal, where g ≈ ψ³/3
/// let g = arc_cosine_kernel(psi);
/// assert!((g - psi.powi(3) / 3.0).abs() < 1e-10 * g);
/// ```
pub fn arc_cosine_kernel(supplement: f64) -> f64 {
    let psi = supplement;
    if psi > 1.0 {
        let (sin, cos) = psi.sin_cos();
        return sin - psi * cos;
    }
    // Below 1 the two terms cancel, so sum the series Σ (−1)ⁿ⁺¹ 2n ψ²ⁿ⁺¹/(2n+1)!;
    // its tenth term is less than 2⁻⁵³ of the first.
    let squared = psi * psi;
    let (mut term, mut sum) = (psi * squared / 3.0, 0.0);
    for n in 1..=9 {
        sum += term;
        term *= -squared / f64::from(2 * n * (2 * n + 3));
    }
    sum
}

/// First derivative of the kernel with respect to the supplement, `dg/dψ = ψ sin ψ` (that is `−dg/dφ`).
///
/// # Examples
/// ```
/// # use spurious::kernel::arc_cosine_kernel_slope;
/// // `g` is steepest near φ = 1.11, not at a right angle.
/// assert!(arc_cosine_kernel_slope(2.03) > arc_cosine_kernel_slope(std::f64::consts::FRAC_PI_2));
/// ```
pub fn arc_cosine_kernel_slope(supplement: f64) -> f64 {
    supplement * supplement.sin()
}

/// Second derivative of the kernel with respect to the supplement (and so to the angle),
/// `d²g/dψ² = sin ψ + ψ cos ψ`.
///
/// # Examples
/// ```
/// # use spurious::kernel::arc_cosine_kernel_curvature;
/// // At the teacher (ψ = π) the kernel is a maximum of curvature −π.
/// let curvature = arc_cosine_kernel_curvature(std::f64::consts::PI);
/// assert!((curvature + std::f64::consts::PI).abs() < 1e-15);
/// ```
pub fn arc_cosine_kernel_curvature(supplement: f64) -> f64 {
    let (sin, cos) = supplement.sin_cos();
    sin + supplement * cos
}

/// The supplement `ψ` at which the kernel has the value `g`, for `0 ≤ g ≤ π`: the inverse of
/// [`arc_cosine_kernel`].
///
/// # Accuracy
/// The kernel of the result is `g` to a relative 4e-16; relative accuracy of `ψ` for small `g`, absolute
/// accuracy 1e-8 at `g = π`, where the kernel is flat and no method can do better.
///
/// # Examples
/// ```
/// # use spurious::kernel::{arc_cosine_kernel, supplement_at_kernel};
/// assert!((supplement_at_kernel(1.0) - std::f64::consts::FRAC_PI_2).abs() < 1e-15);
/// assert!((supplement_at_kernel(1e-30) / 3e-30_f64.cbrt() - 1.0).abs() < 1e-15);
/// ```
pub fn supplement_at_kernel(kernel: f64) -> f64 {
    if kernel >= PI {
        return PI;
    }
    // g ≈ ψ³/3 from below, π − π(π−ψ)²/2 from above: each is a good start on its side. The kernel is convex up to ψ = 2.03 and
    // concave beyond.
    let start = if kernel < 1.5 { (3.0 * kernel).cbrt() } else { PI - (2.0 * (PI - kernel) / PI).sqrt() };
    rising_root(start, |psi| {
        let residual = arc_cosine_kernel(psi) - kernel;
        (residual < 0.0, psi - residual / arc_cosine_kernel_slope(psi))
    })
}

/// The root of a rising function between 0 and π, by steps of Newton's method inside a bracket, and bisection where a step would leave it. Of a
/// point `step` says whether it is below the root, and to which point the step leads.
pub(crate) fn rising_root(start: f64, step: impl Fn(f64) -> (bool, f64)) -> f64 {
    let (mut low, mut high, mut psi) = (0.0, PI, start);
    for _ in 0..80 {
        let (is_below, mut next) = step(psi);
        *(if is_below { &mut low } else { &mut high }) = psi;
        if !(next >= low && next <= high) {
            next = 0.5 * (low + high);
        }
        let done = (next - psi).abs() <= 2.0 * f64::EPSILON * psi;
        psi = next;
        if done {
            break;
        }
    }
    psi
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The two formulas meet where the code switches, and the ends are exact.
    #[test]
    fn kernel_is_continuous_and_exact_at_its_ends() {
        assert_eq!(arc_cosine_kernel(0.0), 0.0);
        assert_eq!(arc_cosine_kernel(PI), PI);
        assert!((arc_cosine_kernel(PI / 2.0) - 1.0).abs() < 1e-15);
        let (below, above) = (arc_cosine_kernel(1.0), arc_cosine_kernel(1.0 + f64::EPSILON));
        assert!((above - below).abs() < 4.0 * f64::EPSILON);
    }

    /// Against ∫₀^ψ t sin t dt, an independent formula without cancellation (all terms are positive).
    #[test]
    fn kernel_is_the_integral_of_its_slope() {
        let rule = crate::numerics::quadrature::gauss_jacobi(30, 0.0);
        for exponent in -40..=6 {
            let psi = (PI * 10f64.powf(f64::from(exponent) / 6.0 - 1.0)).min(PI);
            let integral: f64 = rule.iter().map(|&(x, w)| w * psi * arc_cosine_kernel_slope(psi * x)).sum();
            let g = arc_cosine_kernel(psi);
            assert!((g - integral).abs() < 2e-15 * g, "{psi}: {g} {integral}");
        }
    }

    #[test]
    fn derivatives_agree_with_differences() {
        for i in 1..40 {
            let psi = f64::from(i) * PI / 40.0;
            let h = 1e-5;
            let slope = (arc_cosine_kernel(psi + h) - arc_cosine_kernel(psi - h)) / (2.0 * h);
            let curvature = (arc_cosine_kernel_slope(psi + h) - arc_cosine_kernel_slope(psi - h)) / (2.0 * h);
            assert!((slope - arc_cosine_kernel_slope(psi)).abs() < 1e-9);
            assert!((curvature - arc_cosine_kernel_curvature(psi)).abs() < 1e-9);
        }
    }

    #[test]
    fn inverse_undoes_the_kernel() {
        for exponent in -300..=0 {
            let g = PI * 10f64.powi(exponent);
            let psi = supplement_at_kernel(g);
            assert!((arc_cosine_kernel(psi) - g).abs() <= 8e-16 * g, "{g}");
        }
        for i in 0..=1000 {
            let g = PI * f64::from(i) / 1000.0;
            let psi = supplement_at_kernel(g);
            assert!((arc_cosine_kernel(psi) - g).abs() <= 8e-16 * g.max(1e-300), "{g}");
        }
    }
}
