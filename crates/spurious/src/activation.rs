//! The leaky rectifiers, their kernel and their constants. All formulas of the theory are written in them.
//!
//! ```text
//! σ(t) = max(t, 0) + c min(t, 0)        negative slope c ∈ [0, 1]: 0 is the rectifier, 1 the identity
//! ```
//!
//! Up to scale and sign, these and those with `c ∈ [−1, 0)` are the functions with `σ(λt) = λσ(t)` for `λ > 0`, which weight
//! normalisation needs. With Gaussian patches the theory depends on an activation through two expectations only. For unit filters `u`, `u'`
//! at the angle `φ` and independent patches `z`, `z'`, in units of `1/2π`,
//!
//! ```text
//! κ(φ) = 2π E[σ(u·z) (σ(u'·z) − σ(−u·z))]     one patch: the kernel, measured from the antipode
//!      = (1 − c)² g(φ) + 2πc (1 + cos φ)
//! γ    = 2π E[σ(u·z) σ(u'·z')] = (1 − c)²     two patches, whatever the angle
//! ```
//!
//! with the arc-cosine kernel `g`, and from these
//!
//! ```text
//! A    = κ(0) = π(1 + c)²                       the largest value
//! δ    = κ(π/2) = (1 − c)² + 2πc                the value at a right angle, where signal and patch are independent
//! α    = A − δ                                  rate of output weights, α/2π
//! K    = α + γk                                 rate of their sum, K/2π, for k patches
//! D(φ) = κ(φ) − δ                               forcing of the signal, in units of ‖b‖²
//! λ(φ) = −κ'(φ)/sin φ = (1 − c)² ψ + 2πc         rate at which a signal turns the filter,   ψ = π − φ
//! ```
//!
//! so that the population loss is `4πℓ = α(‖a‖² + ‖b‖²) + γ(s − S)² − 2 D(φ) q`. For the rectifier `κ = g`, `γ = δ = 1`, `α = π − 1`,
//! `K = k + π − 1` and `λ = ψ`. For the identity `γ = 0`: the output weights of different patches have nothing to do with each other, and
//! the reversed filter with reversed output weights is the same network.

use std::f64::consts::PI;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::error::Error;
use crate::kernel::{arc_cosine_kernel, arc_cosine_kernel_slope, rising_root, supplement_at_kernel};
use crate::numerics::scalar::Scalar;

/// A leaky rectifier, `σ(t) = max(t, 0) + c min(t, 0)`. As JSON it is `c`.
///
/// # Examples
/// ```
/// use std::f64::consts::PI;
/// use spurious::Activation;
/// let rectifier = Activation::RECTIFIER;
/// assert_eq!((rectifier.aligned(), rectifier.independent()), (PI, 1.0));
/// assert_eq!(rectifier.sum_rate(25), 24.0 + PI);
/// assert!((rectifier.kernel(PI / 2.0) - rectifier.right_angle()).abs() < 1e-15);
///
/// let leaky = Activation::leaky(0.1)?;
/// assert!((leaky.aligned() - 1.21 * PI).abs() < 1e-15);
/// assert_eq!((leaky.value(2.0), leaky.value(-2.0)), (2.0, -0.2));
/// assert!(Activation::leaky(-0.5).is_err());
/// # Ok::<(), spurious::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Activation {
    /// `c`
    negative_slope: f64,
    /// `γ = (1 − c)²`
    independent: f64,
    /// `2πc`
    leak: f64,
}

impl Activation {
    /// The rectifier, `σ(t) = max(t, 0)`.
    pub const RECTIFIER: Self = Self { negative_slope: 0.0, independent: 1.0, leak: 0.0 };

    /// The leaky rectifier with the negative slope `c`.
    ///
    /// # Errors
    /// If `c` is not from 0 to 1. With a negative `c` the trap lies at an angle below `π`; with `c = −1` the filter is determined only up to its
    /// sign.
    pub fn leaky(negative_slope: f64) -> Result<Self, Error> {
        if !(0.0..=1.0).contains(&negative_slope) {
            return Err(Error::NegativeSlope { value: negative_slope });
        }
        let rectified = 1.0 - negative_slope;
        Ok(Self { negative_slope, independent: rectified * rectified, leak: 2.0 * PI * negative_slope })
    }

    /// `c`.
    pub const fn negative_slope(&self) -> f64 {
        self.negative_slope
    }

    /// `σ(t)`.
    #[inline(always)]
    pub fn value(&self, t: f64) -> f64 {
        // Of the rectifier without a product, which would make −0 of negative numbers.
        if self.is_rectifier() { t.max(0.0) } else { t.max(self.negative_slope * t) }
    }

    /// `σ'(t) x`, with `σ'(0) = c`; `σ(t)` may stand for `t`.
    #[inline(always)]
    pub(crate) fn times_slope(&self, t: f64, x: f64) -> f64 {
        match t > 0.0 {
            true => x,
            false if self.is_rectifier() => 0.0,
            false => self.negative_slope * x,
        }
    }

    /// Whether it is the rectifier, `c = 0`.
    #[inline(always)]
    pub const fn is_rectifier(&self) -> bool {
        self.negative_slope == 0.0
    }

    /// Whether it is the identity, `c = 1`. Then there is no trap: at the antipode is a second global minimum.
    pub const fn is_identity(&self) -> bool {
        self.independent == 0.0
    }

    /// `A = κ(0)`, the largest value of the kernel.
    pub const fn aligned(&self) -> f64 {
        PI * ((1.0 + self.negative_slope) * (1.0 + self.negative_slope))
    }

    /// `δ = κ(π/2)`, the kernel at a right angle.
    pub const fn right_angle(&self) -> f64 {
        self.independent + self.leak
    }

    /// `2πc`, which is `λ(π)`.
    pub(crate) const fn leak(&self) -> f64 {
        self.leak
    }

    /// `γ`, for two independent patches: `2π E[σ(u·z)]²`.
    pub const fn independent(&self) -> f64 {
        self.independent
    }

    /// `α = A − δ`.
    pub const fn output_rate(&self) -> f64 {
        PI * self.squares() - self.independent
    }

    /// `α − δ = (1 − c)²(π − 2)`, without cancellation near `c = 1`.
    pub(crate) const fn antipodal_excess(&self) -> f64 {
        (PI - 2.0) * self.independent
    }

    /// `1 + c²`: twice the mean square `E[σ(u·z)²]`, and `λ(0)/π`.
    pub(crate) const fn squares(&self) -> f64 {
        1.0 + self.negative_slope * self.negative_slope
    }

    /// `K = α + γ k` for `k` patches, of the rectifier with a single rounding error.
    pub fn sum_rate(&self, patches: usize) -> f64 {
        // α + γ = π(1 + c²)
        self.independent * (patches - 1) as f64 + PI * self.squares()
    }

    /// `κ` from the supplement `ψ = π − φ` in radians. The relative accuracy is kept near `ψ = 0`, where `κ` vanishes.
    pub fn kernel(&self, supplement: f64) -> f64 {
        let rectified = self.independent * arc_cosine_kernel(supplement);
        if self.leak == 0.0 { rectified } else { rectified + self.leak * versine(supplement) }
    }

    /// `κ` for any number type, from `λ`, `cos φ` and `sin φ`; the error is absolute, some 2e-16.
    ///
    /// ```text
    /// κ = λ cos φ + γ sin φ + 2πc
    /// ```
    #[inline(always)]
    pub(crate) fn kernel_of<T: Scalar>(&self, turning: T, cos: T, sin: T) -> T {
        turning * cos + (sin.scale(self.independent) + T::constant(self.leak))
    }

    /// `λ = γψ + 2πc` for any number type.
    #[inline(always)]
    pub(crate) fn turning<T: Scalar>(&self, supplement: T) -> T {
        supplement.scale(self.independent) + T::constant(self.leak)
    }

    /// `dκ/dψ = λ sin ψ`.
    pub fn kernel_slope(&self, supplement: f64) -> f64 {
        self.independent * arc_cosine_kernel_slope(supplement) + self.leak * supplement.sin()
    }

    /// `A − κ(φ)` from the angle `φ` in radians, with relative accuracy near `φ = 0`, where it is `π(1 + c²)φ²/2`.
    pub fn kernel_deficit(&self, angle: f64) -> f64 {
        // π − g = π(1 − cos φ) − (sin φ − φ cos φ), and the bracket is the kernel's own series in φ.
        let of_rectifier = match angle > 0.5 {
            true => PI - arc_cosine_kernel(PI - angle),
            false => PI * versine(angle) - arc_cosine_kernel(angle),
        };
        self.independent * of_rectifier + self.leak * versine(angle)
    }

    /// The supplement in radians at which the kernel has a given value between 0 and `A`: the inverse of [`kernel`](Self::kernel).
    ///
    /// # Accuracy
    /// That of [`supplement_at_kernel`](crate::kernel::supplement_at_kernel).
    pub fn supplement_at(&self, kernel: f64) -> f64 {
        if self.leak == 0.0 {
            return supplement_at_kernel(kernel);
        }
        if kernel <= 0.0 {
            return 0.0;
        }
        // By logarithms: κ ~ ψ² or ψ³ near 0, so that the exponent is nearly constant.
        rising_root((kernel / self.aligned()).sqrt() * PI, |psi| {
            let found = self.kernel(psi);
            (found < kernel, psi + (kernel / found).ln() * found / self.kernel_slope(psi))
        })
    }

    /// The largest value of `λ sin φ`, which bounds the turn of the filter for a given signal.
    pub(crate) fn largest_slope(&self) -> f64 {
        // At dκ²/dψ² = γ(sin ψ + ψ cos ψ) + 2πc cos ψ = 0, between a right angle and tan ψ = −ψ; the slope is concave there.
        let (mut low, mut high) = (0.5 * PI, 2.03);
        for _ in 0..60 {
            let psi: f64 = 0.5 * (low + high);
            let rises = self.independent * psi.sin() + self.turning(psi) * psi.cos() > 0.0;
            if rises { low = psi } else { high = psi }
        }
        self.kernel_slope(high) * (1.0 + 1e-12)
    }
}

impl Default for Activation {
    fn default() -> Self {
        Self::RECTIFIER
    }
}

impl Serialize for Activation {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.negative_slope.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Activation {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::leaky(f64::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

/// `1 − cos x`, without cancellation.
fn versine(angle: f64) -> f64 {
    let half_sine = (0.5 * angle).sin();
    2.0 * half_sine * half_sine
}

#[cfg(test)]
mod tests {
    use rand_distr::{Distribution, StandardNormal};

    use super::*;
    use crate::numerics::random::stream;

    fn slopes() -> impl Iterator<Item = Activation> {
        [0.0, 1e-9, 0.01, 0.1, 0.3, 0.5, 0.9, 1.0 - 1e-9, 1.0]
            .into_iter()
            .map(|c| Activation::leaky(c).expect("from 0 to 1"))
    }

    #[test]
    fn constants_of_the_rectifier() {
        let rectifier = Activation::RECTIFIER;
        assert_eq!(Activation::leaky(0.0), Ok(rectifier));
        assert_eq!(rectifier.output_rate(), PI - 1.0);
        assert_eq!(rectifier.sum_rate(1), PI);
        assert_eq!(rectifier.kernel(PI), rectifier.aligned());
        assert_eq!((rectifier.right_angle(), rectifier.independent()), (1.0, 1.0));
        assert!((rectifier.largest_slope() - 1.819_705_741_2).abs() < 1e-9);
    }

    #[test]
    fn constants_fit_each_other() {
        for activation in slopes() {
            let (aligned, delta) = (activation.aligned(), activation.right_angle());
            assert!((activation.kernel(PI) - aligned).abs() < 1e-14 * aligned);
            assert!((activation.kernel(PI / 2.0) - delta).abs() < 1e-14);
            assert!((activation.output_rate() - (aligned - delta)).abs() < 1e-14);
            assert!((activation.turning(PI) - PI * activation.squares()).abs() < 1e-14);
            let slopes = (0..=100_000).map(|i| activation.kernel_slope(PI * f64::from(i) / 100_000.0));
            let largest = slopes.fold(0.0, f64::max);
            assert!(largest <= activation.largest_slope() && activation.largest_slope() - largest < 1e-8);
        }
    }

    /// Kernel and constants from their definitions, by products of the activation at Gaussian numbers.
    #[test]
    fn expectations() {
        let mut random = stream(11, 4, 0);
        let mut normal = || -> f64 { StandardNormal.sample(&mut random) };
        let pairs: Vec<[f64; 2]> = (0..1_000_000).map(|_| [normal(), normal()]).collect();
        for c in [0.0, 0.1, 0.5] {
            let activation = Activation::leaky(c).expect("from 0 to 1");
            let sigma = |t: f64| t.max(0.0) + c * t.min(0.0);
            let mean = |f: &dyn Fn(f64, f64) -> f64| {
                let sum: f64 = pairs.iter().map(|&[x, y]| f(x, y)).sum();
                2.0 * PI * sum / pairs.len() as f64
            };
            for angle in [0.0_f64, 0.7, 1.6, 2.8] {
                let (sin, cos) = angle.sin_cos();
                let found = mean(&|x, y| sigma(x) * (sigma(cos * x + sin * y) - sigma(-x)));
                // Five standard errors.
                assert!((found - activation.kernel(PI - angle)).abs() < 0.08, "{c} {angle}: {found}");
            }
            let found = mean(&|x, y| sigma(x) * sigma(y));
            assert!((found - activation.independent()).abs() < 0.03, "{c}: {found}");
        }
    }

    /// The kernel is the integral of its slope: all terms are positive, so nothing cancels.
    #[test]
    fn the_kernel_keeps_its_digits() {
        let rule = crate::numerics::quadrature::gauss_jacobi(30, 0.0);
        for activation in slopes() {
            for exponent in -40..=6 {
                let psi = (PI * 10f64.powf(f64::from(exponent) / 6.0 - 1.0)).min(PI);
                let integral: f64 =
                    rule.iter().map(|&(x, w)| w * psi * activation.kernel_slope(psi * x)).sum();
                let kernel = activation.kernel(psi);
                assert!(
                    (kernel - integral).abs() < 3e-15 * kernel,
                    "{activation:?} {psi}: {kernel} {integral}"
                );
                let of_numbers = activation.kernel_of(activation.turning(psi), -psi.cos(), psi.sin());
                assert!((of_numbers - kernel).abs() < 4e-15);
                let again = activation.supplement_at(kernel);
                let found = activation.kernel(again);
                assert!((found - kernel).abs() <= 2e-15 * kernel, "{activation:?} {psi}: {again}");
            }
        }
    }

    /// Against the difference of the two, where that has digits left.
    #[test]
    fn kernel_deficit_is_the_difference() {
        for activation in slopes() {
            for i in 1..=3000 {
                let angle = f64::from(i) / 1000.0;
                let difference = activation.aligned() - activation.kernel(PI - angle);
                assert!((activation.kernel_deficit(angle) - difference).abs() < 1e-14, "{angle}");
            }
            let small = activation.kernel_deficit(1e-9) / (PI * activation.squares() * 0.5e-18);
            assert!((small - 1.0).abs() < 1e-9);
        }
    }

    #[test]
    fn other_slopes_are_refused() {
        for (value, message) in [
            (
                -0.2,
                "negative slope -0.2 is not from 0 to 1: below 0 the trap lies at another angle than π, and with -1 the filter is determined only up to its sign",
            ),
            (
                1.5,
                "negative slope 1.5 is not from 0 to 1: divide the activation by it, so that the larger of its slopes is 1",
            ),
            (f64::NAN, "negative slope is NaN, not a finite number"),
        ] {
            assert_eq!(Activation::leaky(value).expect_err("out of range").to_string(), message);
        }
    }
}
