//! The activation in vector registers.

use fearless_simd::{Select, Simd, SimdFloat};

use super::Element;
use super::one::in_two;
use crate::Activation;

/// The negative slope `c` as the sum of two numbers in the precision of the data, like the weights.
#[derive(Clone, Copy)]
pub(super) struct NegativeSlope<T> {
    is_zero: bool,
    parts: [T; 2],
}

impl<T: Element> NegativeSlope<T> {
    pub(super) fn of(activation: Activation) -> Self {
        Self { is_zero: activation.is_rectifier(), parts: in_two(activation.negative_slope()) }
    }

    /// `σ(t) = max(t, ct)`, since `c ≤ 1`.
    #[inline(always)]
    pub(super) fn activated<S: Simd, V: SimdFloat<S, Element = T>>(self, simd: S, dots: V) -> V {
        dots.max(self.times(simd, dots))
    }

    /// `σ'(t) x`, from `σ(t)`, which is positive where `t` is.
    #[inline(always)]
    pub(super) fn where_active<S: Simd, V: SimdFloat<S, Element = T>>(self, simd: S, active: V, x: V) -> V {
        active.simd_gt(V::splat(simd, T::default())).select(x, self.times(simd, x))
    }

    /// `cx`. The branch is the same in all of a pass, and spares the rectifier a product with 0, which would be −0 or no number.
    #[inline(always)]
    fn times<S: Simd, V: SimdFloat<S, Element = T>>(self, simd: S, x: V) -> V {
        let [high, low] = self.parts;
        match self.is_zero {
            true => V::splat(simd, T::default()),
            false if T::ROUNDS => V::splat(simd, low).mul_add(x, V::splat(simd, high) * x),
            false => V::splat(simd, high) * x,
        }
    }
}
