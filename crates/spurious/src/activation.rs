//! The kernel and the constants of an activation. All formulas of the theory are written in them.
//!
//! With Gaussian patches the theory depends on an activation `σ` through two expectations only. For unit filters `u`, `u'` at the
//! angle `φ` and independent patches `z`, `z'`, in units of `1/2π`,
//!
//! ```text
//! κ(φ) = 2π E[σ(u·z) σ(u'·z)]          one patch: the kernel
//! γ    = 2π E[σ(u·z) σ(u'·z')]         two patches, whatever the angle
//! ```
//!
//! and from these
//!
//! ```text
//! α    = κ(0) − γ                      rate of output weights, α/2π
//! K    = α + γ k                       rate of their sum, K/2π, for k patches
//! D(φ) = κ(φ) − γ                      forcing of the signal, in units of ‖b‖²
//! λ(φ) = −κ'(φ)/sin φ                  rate at which a signal turns the filter
//! ```
//!
//! so that the population loss is `4πℓ = α(‖a‖² + ‖b‖²) + γ(s − S)² − 2 D(φ) q`. For the rectifier `κ` is the arc-cosine kernel
//! `g`, `γ = 1`, `α = π − 1`, `K = k + π − 1` and `λ = ψ`, with `ψ = π − φ`.

use std::f64::consts::PI;

use crate::kernel::{arc_cosine_kernel, arc_cosine_kernel_slope, supplement_at_kernel};
use crate::numerics::scalar::Number;

/// An activation, given by its kernel and constants. The only one so far is the rectifier.
///
/// # Examples
/// ```
/// use std::f64::consts::PI;
/// use spurious::Activation;
/// let rectifier = Activation::RECTIFIER;
/// assert_eq!((rectifier.aligned(), rectifier.independent()), (PI, 1.0));
/// assert_eq!(rectifier.sum_rate(25), 24.0 + PI);
/// assert!((rectifier.kernel(PI / 2.0) - 1.0).abs() < 1e-15); // at a right angle the same as for two patches
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Activation {
    aligned: f64,
    independent: f64,
}

impl Activation {
    /// The rectifier, `σ(t) = max(t, 0)`.
    pub const RECTIFIER: Self = Self { aligned: PI, independent: 1.0 };

    /// `κ(0)`, the kernel of a filter with itself: `2π E[σ(u·z)²]`.
    pub const fn aligned(&self) -> f64 {
        self.aligned
    }

    /// `γ`, for two independent patches: `2π E[σ(u·z)]²`.
    pub const fn independent(&self) -> f64 {
        self.independent
    }

    /// `α = κ(0) − γ`.
    pub const fn output_rate(&self) -> f64 {
        self.aligned - self.independent
    }

    /// `K = α + γ k` for `k` patches, with a single rounding error.
    pub fn sum_rate(&self, patches: usize) -> f64 {
        // α + γk = κ(0) + γ(k − 1)
        self.independent * (patches - 1) as f64 + self.aligned
    }

    /// `κ` from the supplement `ψ = π − φ` in radians. The relative accuracy is kept near `ψ = 0`, where `κ` vanishes.
    pub fn kernel(&self, supplement: f64) -> f64 {
        arc_cosine_kernel(supplement)
    }

    /// `κ` for any number type, from `ψ`, `cos φ` and `sin φ`; the error is absolute, some 2e-16.
    ///
    /// ```text
    /// κ = ψ cos φ + sin φ
    /// ```
    #[inline(always)]
    pub(crate) fn kernel_of<T: Number>(&self, supplement: T, cos: T, sin: T) -> T {
        supplement.times_plus(cos, sin)
    }

    /// `λ = −κ'(φ)/sin φ`, which is `ψ`, for any number type.
    #[inline(always)]
    pub(crate) fn turning<T: Number>(&self, supplement: T) -> T {
        supplement
    }

    /// `dκ/dψ = λ sin ψ`.
    pub fn kernel_slope(&self, supplement: f64) -> f64 {
        arc_cosine_kernel_slope(supplement)
    }

    /// `κ(0) − κ(φ)` from the angle `φ` in radians, with relative accuracy near `φ = 0`, where it is `πφ²/2`.
    pub fn kernel_deficit(&self, angle: f64) -> f64 {
        if angle > 0.5 {
            return self.aligned - self.kernel(PI - angle);
        }
        // π − g = π(1 − cos φ) − (sin φ − φ cos φ), and the bracket is the kernel's own series in φ.
        let half_sine = (0.5 * angle).sin();
        2.0 * PI * half_sine * half_sine - arc_cosine_kernel(angle)
    }

    /// The supplement in radians at which the kernel has a given value between 0 and `κ(0)`: the inverse of
    /// [`kernel`](Self::kernel).
    pub fn supplement_at(&self, kernel: f64) -> f64 {
        supplement_at_kernel(kernel)
    }

    /// The largest value of `λ sin φ`, which bounds the turn of the filter for a given signal.
    pub(crate) const fn largest_slope(&self) -> f64 {
        // max ψ sin ψ, at tan ψ = −ψ
        1.819_705_741_2
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn constants_of_the_rectifier() {
        let rectifier = Activation::RECTIFIER;
        assert_eq!(rectifier.output_rate(), PI - 1.0);
        assert_eq!(rectifier.sum_rate(1), PI);
        assert_eq!(rectifier.kernel(PI), rectifier.aligned());
        let slopes = (0..=100_000).map(|i| rectifier.kernel_slope(PI * f64::from(i) / 100_000.0));
        let largest = slopes.fold(0.0, f64::max);
        assert!(largest <= rectifier.largest_slope() && rectifier.largest_slope() - largest < 1e-9);
    }

    /// Against the difference of the two, where that has digits left.
    #[test]
    fn kernel_deficit_is_the_difference() {
        let rectifier = Activation::RECTIFIER;
        for i in 1..=3000 {
            let angle = f64::from(i) / 1000.0;
            let difference = rectifier.aligned() - rectifier.kernel(PI - angle);
            assert!((rectifier.kernel_deficit(angle) - difference).abs() < 2e-15, "{angle}");
        }
        assert!((rectifier.kernel_deficit(1e-9) / (PI * 0.5e-18) - 1.0).abs() < 1e-9);
    }
}
