//! Number types for the formulas of the iteration.
//!
//! The arithmetic is written once. With `f64` it is the iteration. With [`Dual`] it also computes the derivative with respect to the
//! start, which Newton's method needs to find the separatrix.

use std::ops::{Add, Div, Mul, Neg, Sub};

/// The operations of a step of gradient descent.
pub(crate) trait Scalar:
    Copy + Add<Output = Self> + Sub<Output = Self> + Mul<Output = Self> + Div<Output = Self> + Neg<Output = Self>
{
    /// The constant `value`.
    fn constant(value: f64) -> Self;
    /// `√self`, for `self ≥ 0`.
    fn sqrt(self) -> Self;
    /// `|self|`.
    fn abs(self) -> Self;
    /// The angle of the point `(x, self)` with the positive first axis, in radians.
    fn atan2(self, x: Self) -> Self;
    /// `self` times a plain number.
    fn scale(self, factor: f64) -> Self {
        self * Self::constant(factor)
    }
}

impl Scalar for f64 {
    fn constant(value: f64) -> Self {
        value
    }
    fn sqrt(self) -> Self {
        f64::sqrt(self)
    }
    fn abs(self) -> Self {
        f64::abs(self)
    }
    fn atan2(self, x: Self) -> Self {
        f64::atan2(self, x)
    }
}

/// A number with its derivative: `value + slope·ε` with `ε² = 0`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Dual {
    /// The number itself.
    pub(crate) value: f64,
    /// Its derivative with respect to the one independent variable.
    pub(crate) slope: f64,
}

impl Add for Dual {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self { value: self.value + other.value, slope: self.slope + other.slope }
    }
}

impl Sub for Dual {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self { value: self.value - other.value, slope: self.slope - other.slope }
    }
}

impl Mul for Dual {
    type Output = Self;
    fn mul(self, other: Self) -> Self {
        Self { value: self.value * other.value, slope: self.slope * other.value + self.value * other.slope }
    }
}

impl Div for Dual {
    type Output = Self;
    fn div(self, other: Self) -> Self {
        let value = self.value / other.value;
        Self { value, slope: (self.slope - value * other.slope) / other.value }
    }
}

impl Neg for Dual {
    type Output = Self;
    fn neg(self) -> Self {
        Self { value: -self.value, slope: -self.slope }
    }
}

impl Scalar for Dual {
    fn constant(value: f64) -> Self {
        Self { value, slope: 0.0 }
    }
    fn sqrt(self) -> Self {
        let value = self.value.sqrt();
        Self { value, slope: self.slope / (2.0 * value) }
    }
    fn abs(self) -> Self {
        if self.value < 0.0 { -self } else { self }
    }
    fn atan2(self, x: Self) -> Self {
        // d atan2(y, x) = (x dy − y dx)/(x² + y²)
        let squared = x.value * x.value + self.value * self.value;
        Self {
            value: self.value.atan2(x.value),
            slope: (x.value * self.slope - self.value * x.slope) / squared,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every operation of the trait against a central difference.
    #[test]
    fn dual_slopes_are_derivatives() {
        fn f<T: Scalar>(x: T) -> T {
            let one = T::constant(1.0);
            let u = (x * x + one).sqrt() / (x.scale(2.0) - one);
            (-u).abs() + u.atan2(x) - x / u
        }
        for x in [-2.3, -0.7, 0.1, 0.9, 4.0] {
            let h = 1e-5;
            let difference = (f(x + h) - f(x - h)) / (2.0 * h);
            let dual = f(Dual { value: x, slope: 1.0 });
            assert_eq!(dual.value, f(x));
            // Third derivatives are at most some 10³ here: h²·10³ = 1e-7.
            assert!((dual.slope - difference).abs() < 1e-6 * (1.0 + difference.abs()), "{x}");
        }
    }
}
