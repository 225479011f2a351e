//! Elementary functions on vector registers, as far as the start of a run needs them.
//!
//! Straight-line code without branches or tables. The series are Taylor's, cut off where the next term is below 10⁻¹⁶ of the
//! sum on the whole reduced range.

use std::f64::consts::{FRAC_PI_4, LN_2, LOG2_E, PI, TAU};

use fearless_simd::{Bytes, Select, Simd, SimdBase, SimdFloat};

use super::chebyshev::interpolant;

/// Lanes of the widest vector.
pub(crate) const WIDEST: usize = 8;

/// `Σ cᵢ xⁱ`, coefficients constant first.
#[inline(always)]
pub(crate) fn polynomial<S: Simd, const N: usize>(simd: S, coefficients: &[f64; N], x: S::f64s) -> S::f64s {
    let mut sum = S::f64s::splat(simd, coefficients[N - 1]);
    for i in (0..N - 1).rev() {
        sum = sum.mul_add(x, S::f64s::splat(simd, coefficients[i]));
    }
    sum
}

/// `ln x` for `2⁻⁵⁰⁰ ≤ x ≤ 2⁵⁰⁰`.
///
/// # Accuracy
/// Relative error below 1e-15, also close to 1.
#[inline(always)]
pub(crate) fn ln<S: Simd>(simd: S, x: S::f64s) -> S::f64s {
    // x = 2ᵉ m with m in [√½, √2): with the bits of √½ taken off, the exponent changes where m starts anew.
    const ROOT_HALF: u64 = 0x3fe6_a09e_667f_3bcd;
    const BIAS: u64 = 1024; // keeps the exponent positive
    const TWO_TO_52: u64 = 0x4330_0000_0000_0000;
    let bits: S::u64s = x.bitcast();
    let above = bits - ROOT_HALF;
    let m: S::f64s = ((above & ((1 << 52) - 1)) + ROOT_HALF).bitcast();
    let biased: S::f64s = (((above + (BIAS << 52)) >> 52) | TWO_TO_52).bitcast();
    let e = biased - (f64::from_bits(TWO_TO_52) + BIAS as f64);
    // ln m = 2 atanh s = 2s Σ s²ⁿ/(2n+1),  s = (m − 1)/(m + 1),  s² < 0.0295
    let s = (m - 1.0) / (m + 1.0);
    const TERMS: [f64; 10] = reciprocals_of_odd();
    let series = polynomial(simd, &TERMS, s * s);
    e.mul_add(S::f64s::splat(simd, LN_2), (s + s) * series)
}

const fn reciprocals_of_odd<const N: usize>() -> [f64; N] {
    let mut terms = [0.0; N];
    let mut n = 0;
    while n < N {
        terms[n] = 1.0 / (2 * n + 1) as f64;
        n += 1;
    }
    terms
}

/// `1/(first)!, ±1/(first + stride)!, …`
const fn reciprocals_of_factorials<const N: usize>(first: usize, stride: usize, sign: f64) -> [f64; N] {
    let mut terms = [0.0; N];
    let (mut n, mut factorial, mut factor) = (0, 1.0, 1.0);
    let mut up_to = 1;
    while n < N {
        while up_to < first + n * stride {
            up_to += 1;
            factorial *= up_to as f64;
        }
        terms[n] = factor / factorial;
        factor *= sign;
        n += 1;
    }
    terms
}

/// `eˣ` and `1 − eˣ` for `x ≤ 0`, the second without cancellation for small `x`. Arguments below −700 count as −700.
///
/// # Accuracy
/// Relative error below 1e-15 of both.
#[inline(always)]
pub(crate) fn exp_and_complement<S: Simd>(simd: S, x: S::f64s) -> (S::f64s, S::f64s) {
    // ln 2 in two parts, the first so short that its multiples are exact without a fused multiply-add.
    const LN_2_HIGH: f64 = f64::from_bits(LN_2.to_bits() & !0xffff_ffff);
    const LN_2_LOW: f64 = (LN_2 - LN_2_HIGH) + 2.319_046_813_846_299_6e-17;
    /// A number so large that its last bit counts ones, which makes an addition round.
    const ROUNDING: f64 = 1.5 * (1u64 << 52) as f64;
    let x = x.max(S::f64s::splat(simd, -700.0));
    let rounded = x.mul_add(S::f64s::splat(simd, LOG2_E), S::f64s::splat(simd, ROUNDING));
    let n = rounded - ROUNDING;
    let r = n.mul_add(S::f64s::splat(simd, -LN_2_HIGH), x);
    let r = n.mul_add(S::f64s::splat(simd, -LN_2_LOW), r);
    // eʳ − 1 = r Σ rⁿ/(n+1)!,  |r| < 0.347
    const TERMS: [f64; 13] = reciprocals_of_factorials(1, 1, 1.0);
    let excess = r * polynomial(simd, &TERMS, r);
    let bits: S::u64s = rounded.bitcast();
    let power: S::f64s = ((bits << 52) + (1023u64 << 52)).bitcast(); // 2ⁿ
    let part = power * excess;
    (power + part, (S::f64s::splat(simd, 1.0) - power) - part)
}

/// Sine and cosine of `2π(v − ½)`, `0 ≤ v ≤ 1`.
///
/// # Accuracy
/// Absolute error below 3e-16.
#[inline(always)]
pub(crate) fn sin_cos_of_turn<S: Simd>(simd: S, v: S::f64s) -> (S::f64s, S::f64s) {
    // n quarter turns, −2 ≤ n ≤ 2, and y with |y| ≤ π/4
    let turn = v - 0.5;
    let n = (turn * 4.0).round_ties_even();
    let y = n.mul_add(S::f64s::splat(simd, -0.25), turn) * TAU;
    let squared = y * y;
    const SINE: [f64; 8] = reciprocals_of_factorials(1, 2, -1.0);
    const COSINE: [f64; 9] = reciprocals_of_factorials(0, 2, -1.0);
    let sin = y * polynomial(simd, &SINE, squared);
    let cos = polynomial(simd, &COSINE, squared);
    // An even n turns by 0 or ±π, so that both change sign with 1 − n²/2; an odd one exchanges them.
    let n_squared = n * n;
    let sign = S::f64s::splat(simd, 1.0) - n_squared * 0.5;
    let exchanged = n_squared.simd_eq(S::f64s::splat(simd, 1.0));
    (exchanged.select(cos * n, sin * sign), exchanged.select(-(sin * n), cos * sign))
}

/// `(atan(√v)/√v − 1)/v = Σ (−1)ⁿ⁺¹ vⁿ/(2n + 3)`, for `v ≤ 0.35`.
pub(crate) fn arctangent_rest(v: f64) -> f64 {
    (0..40).rev().fold(0.0, |sum, n| -v * sum - 1.0 / f64::from(2 * n + 3))
}

/// The angle of a point on the upper half of the unit circle with the negative first axis.
#[derive(Debug, Clone)]
pub(crate) struct Supplement {
    /// `(atan(√v)/√v − 1)/v` for `v ≤ tan²(π/8)`.
    series: [f64; 11],
}

/// `tan(π/8) = √2 − 1`
const TAN: f64 = std::f64::consts::SQRT_2 - 1.0;

impl Supplement {
    pub(crate) fn new() -> Self {
        let powers = interpolant(arctangent_rest, TAN * TAN, 11);
        Self { series: std::array::from_fn(|i| powers[i]) }
    }

    /// `atan z` for `|z| ≤ tan(π/8)`.
    #[inline(always)]
    fn arctangent<S: Simd>(&self, simd: S, z: S::f64s) -> S::f64s {
        // Pairs of terms first, and pairs of pairs, so that fewer operations wait for others.
        let splat = |value: f64| S::f64s::splat(simd, value);
        let squared = z * z;
        let of = |i: usize| squared.mul_add(splat(self.series[i + 1]), splat(self.series[i]));
        let fourth = squared * squared;
        let low = fourth.mul_add(of(2), of(0));
        let middle = fourth.mul_add(of(6), of(4));
        let high = fourth.mul_add(splat(self.series[10]), of(8));
        let eighth = fourth * fourth;
        let series = (eighth * eighth).mul_add(high, eighth.mul_add(middle, low));
        (squared * z).mul_add(series, z)
    }

    /// `ψ = π − φ` from `(cos φ, sin φ)` with `sin φ ≥ 0`.
    ///
    /// # Accuracy
    /// Absolute error below 1e-15.
    #[inline(always)]
    pub(crate) fn of<S: Simd>(&self, simd: S, cos: S::f64s, sin: S::f64s) -> S::f64s {
        // The angle δ to the nearer end of the axis has tan(δ/2) = sin/(1 + |cos|) ≤ 1, and
        // δ/2 = π/8 + atan z with z = (tan(δ/2) − tan(π/8))/(1 + tan(π/8) tan(δ/2)).
        let tan = S::f64s::splat(simd, TAN);
        let below = cos.abs() + 1.0;
        let z = (sin - below * tan) / sin.mul_add(tan, below);
        let half = self.arctangent(simd, z);
        let near = (half + half) + FRAC_PI_4;
        cos.simd_lt(S::f64s::splat(simd, 0.0)).select(near, S::f64s::splat(simd, PI) - near)
    }
}

#[cfg(test)]
mod tests {
    use fearless_simd::{Level, dispatch};

    use super::*;

    #[inline(always)]
    fn functions<S: Simd>(simd: S, x: f64) -> [f64; 6] {
        let lanes = S::f64s::splat(simd, x);
        let logarithm = ln(simd, lanes);
        let (exp, complement) = exp_and_complement(simd, S::f64s::splat(simd, x.ln()));
        let (sin, cos) = sin_cos_of_turn(simd, lanes);
        let angle = Supplement::new().of(simd, cos, sin.abs());
        [logarithm, exp, complement, sin, cos, angle].map(|lanes| lanes.as_slice()[0])
    }

    /// Against the standard library, from the smallest uniform number to the largest.
    #[test]
    fn functions_agree_with_those_of_the_standard_library() {
        let small = (0..2000).map(|i| (-53.0 + 53.0 * f64::from(i) / 2000.0).exp2());
        let large = small.clone().map(|x| 1.0 - x);
        let even = (0..2000).map(|i| (f64::from(i) + 0.5) / 2000.0);
        for x in small.chain(large).chain(even).filter(|&x| x > 0.0 && x < 1.0) {
            // 2π(x − ½) is a multiple of π and the rest, which does not round.
            let half_turns = (2.0 * (x - 0.5)).round();
            let rest = 2.0 * PI * ((x - 0.5) - 0.5 * half_turns);
            let sign = if half_turns == 0.0 { 1.0 } else { -1.0 };
            for level in [Level::new(), Level::baseline()] {
                let [logarithm, exp, complement, sin, cos, angle] =
                    dispatch!(level, simd => functions(simd, x));
                assert!((logarithm - x.ln()).abs() <= 1e-15 * x.ln().abs(), "ln {x:e}: {logarithm:e}");
                let x = x.ln().exp();
                assert!((exp - x).abs() <= 1e-15 * x, "exp {x:e}: {exp:e}");
                let expected = -x.ln().exp_m1();
                // The argument was rounded; the tolerance allows for it.
                assert!(
                    (complement - expected).abs() <= 1e-15 * expected + 1e-16 * x,
                    "1 - exp {x:e}: {complement:e}"
                );
                assert!((sin - sign * rest.sin()).abs() < 3e-16, "sine: {sin:e}, {rest:e}");
                assert!((cos - sign * rest.cos()).abs() < 3e-16, "cosine: {cos:e}, {rest:e}");
                let expected = sin.abs().atan2(-cos);
                assert!((angle - expected).abs() < 1e-15, "{angle} {expected}");
            }
        }
    }
}
