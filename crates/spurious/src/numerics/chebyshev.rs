//! Polynomial approximation of functions on an interval: interpolation at Chebyshev points, as coefficients of powers.

use std::f64::consts::PI;

/// Coefficients, constant first, of the polynomial with `count` of them that interpolates `function` on `[0, end]` at
/// Chebyshev points. For an analytic function the largest error falls by a constant factor with each coefficient, and is
/// close to that of the best polynomial.
///
/// Use it for few coefficients only: powers of a variable are ill-conditioned beyond some twenty.
pub(crate) fn interpolant(function: impl Fn(f64) -> f64, end: f64, count: usize) -> Vec<f64> {
    let n = count as f64;
    let angle = |i: usize| PI * (i as f64 + 0.5) / n;
    let values: Vec<f64> = (0..count).map(|i| function(0.5 * end * (1.0 + angle(i).cos()))).collect();
    let mut powers = vec![0.0; count];
    // Tⱼ of the variable y = 2x/end − 1, as powers of x/end: T₀ = 1, T₁ = 2(x/end) − 1, Tⱼ₊₁ = 2y Tⱼ − Tⱼ₋₁.
    let (mut previous, mut current) = (vec![0.0; count], vec![0.0; count]);
    current[0] = 1.0;
    for j in 0..count {
        let coefficient = (0..count).map(|i| values[i] * (j as f64 * angle(i)).cos()).sum::<f64>() / n
            * if j == 0 { 1.0 } else { 2.0 };
        powers.iter_mut().zip(&current).for_each(|(power, term)| *power += coefficient * term);
        let first = j == 0;
        let next: Vec<f64> = (0..count)
            .map(|m| {
                let shifted = if m > 0 { current[m - 1] } else { 0.0 };
                let twice_y = 4.0 * shifted - 2.0 * current[m];
                if first { 0.5 * twice_y } else { twice_y - previous[m] }
            })
            .collect();
        previous = std::mem::replace(&mut current, next);
    }
    let mut scale = 1.0;
    for power in &mut powers {
        *power *= scale;
        scale /= end;
    }
    powers
}

/// The value of a polynomial with coefficients `powers`, constant first.
pub(crate) fn evaluate(powers: &[f64], x: f64) -> f64 {
    powers.iter().rev().fold(0.0, |sum, power| sum * x + power)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Polynomials are reproduced, and the error for the exponential falls as predicted: by about `end/(4n)` per coefficient.
    #[test]
    fn interpolants_are_close() {
        let cubic = interpolant(|x| 1.0 - x + 3.0 * x * x * x, 0.7, 4);
        for (power, expected) in cubic.iter().zip([1.0, -1.0, 0.0, 3.0]) {
            assert!((power - expected).abs() < 1e-13, "{cubic:?}");
        }
        let mut bound = 1.0;
        for count in 1..12 {
            let powers = interpolant(f64::exp, 0.5, count);
            let error = (0..=1000)
                .map(|i| f64::from(i) * 0.5e-3)
                .map(|x| (evaluate(&powers, x) - x.exp()).abs())
                .fold(0.0, f64::max);
            // |f − p| ≤ max|f⁽ⁿ⁾|/n! · 2 (end/4)ⁿ
            bound *= 0.125 / count as f64;
            // and the coefficients are sums of as many rounded values.
            let rounding = count as f64 * 2.0 * f64::EPSILON;
            assert!(error <= 2.0 * 0.5f64.exp() * bound + rounding, "{count}: {error:e}");
        }
    }
}
