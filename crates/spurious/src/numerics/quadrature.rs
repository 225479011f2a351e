//! Gauss rules for the weights `(1 − x)^α` on `[0, 1]` and `(1 − x²)^λ` on `[−1, 1]`, normalised to one.

/// Nodes and weights of the `n`-point Gauss–Jacobi rule for the probability density
/// `(α + 1)(1 − x)^α` on `[0, 1]`, in rising order of the nodes; `α > −1`.
///
/// ```text
/// ∫₀¹ (α+1)(1−x)^α f(x) dx = Σ wᵢ f(xᵢ)      for every polynomial f of degree at most 2n − 1
/// ```
///
/// Computed as eigenvalues of the tridiagonal Jacobi matrix (Golub and Welsch), whose entries are
/// ratios, so that nothing overflows for large `α`.
///
/// # Accuracy
/// Relative error of nodes and weights of some 1e-15 times `n`, for `α` up to 10⁶ and beyond.
///
/// # Panics
/// If `n` is 0 or `α ≤ −1`.
///
/// # Source
/// Golub and Welsch, "Calculation of Gauss Quadrature Rules", Math. Comp. 23 (1969).
///
/// # Examples
/// ```
/// use spurious::numerics::quadrature::gauss_jacobi;
/// let mean: f64 = gauss_jacobi(3, 7.0).iter().map(|(x, w)| w * x).sum();
/// assert!((mean - 1.0 / 9.0).abs() < 1e-16); // the mean of that density is 1/(α + 2)
/// ```
pub fn gauss_jacobi(n: usize, alpha: f64) -> Vec<(f64, f64)> {
    assert!(n > 0 && alpha > -1.0, "there is no Gauss-Jacobi rule with {n} nodes and exponent {alpha}");
    // Monic recurrence of the Jacobi polynomials P^(α,0) moved from [−1, 1] to [0, 1]:
    //   centre  aⱼ = ½ − α² / (2 (2j+α)(2j+α+2))       = (2j(j+α+1) + α) / ((2j+α)(2j+α+2))
    //   squared bⱼ = j² (j+α)² / ((2j+α)² ((2j+α)² − 1))
    let square = |j: f64| {
        let d = 2.0 * j + alpha;
        j * (j + alpha) * j * (j + alpha) / (d * d * (d * d - 1.0))
    };
    let centre = |j: f64| {
        let d = 2.0 * j + alpha;
        (2.0 * j * (j + alpha + 1.0) + alpha) / (d * (d + 2.0))
    };
    let mut diagonal: Vec<f64> = (0..n).map(|j| centre(j as f64)).collect();
    diagonal[0] = 1.0 / (alpha + 2.0); // also for α = 0, where the formula is 0/0
    golub_welsch(diagonal, (1..n).map(|j| square(j as f64).sqrt()).collect())
}

/// Nodes and weights of the `n`-point Gauss–Gegenbauer rule for the probability density proportional to `(1 − x²)^λ` on
/// `[−1, 1]`, in rising order of the nodes; `λ > −½`.
///
/// # Panics
/// If `n` is 0 or `λ ≤ −½`.
pub(crate) fn gauss_gegenbauer(n: usize, lambda: f64) -> Vec<(f64, f64)> {
    assert!(n > 0 && lambda > -0.5, "there is no Gauss-Gegenbauer rule with {n} nodes and exponent {lambda}");
    golub_welsch(vec![0.0; n], (1..n).map(|j| gegenbauer_coefficient(j, lambda)).collect())
}

/// Polynomials `p₀ … p_{n−1}` that are orthonormal for the probability density proportional to `(1 − x²)^λ`.
///
/// ```text
/// p₀ = 1        b_{j+1} p_{j+1} = x p_j − b_j p_{j−1}
/// ```
#[derive(Debug, Clone)]
pub(crate) struct Gegenbauer {
    coefficients: Vec<f64>,
}

impl Gegenbauer {
    /// The first `n` polynomials.
    pub(crate) fn new(n: usize, lambda: f64) -> Self {
        Self { coefficients: (1..n).map(|j| gegenbauer_coefficient(j, lambda)).collect() }
    }

    /// Their values at `x`, written to `values`.
    pub(crate) fn at(&self, x: f64, values: &mut [f64]) {
        let (mut previous, mut current) = (0.0, 1.0);
        values[0] = current;
        let mut below = 0.0;
        for (&coefficient, value) in self.coefficients.iter().zip(&mut values[1..]) {
            (previous, current) = (current, (x * current - below * previous) / coefficient);
            below = coefficient;
            *value = current;
        }
    }

    /// Their values and their derivatives at `x`.
    pub(crate) fn with_slopes(&self, x: f64, values: &mut [f64], slopes: &mut [f64]) {
        self.at(x, values);
        let (mut previous, mut current, mut below) = (0.0, 0.0, 0.0);
        slopes[0] = 0.0;
        for (j, &coefficient) in self.coefficients.iter().enumerate() {
            // b_{j+1} p'_{j+1} = p_j + x p'_j − b_j p'_{j−1}
            (previous, current) = (current, (values[j] + x * current - below * previous) / coefficient);
            below = coefficient;
            slopes[j + 1] = current;
        }
    }
}

/// `bⱼ = √( j(j + 2λ) / ((2j + 2λ + 1)(2j + 2λ − 1)) )`
fn gegenbauer_coefficient(j: usize, lambda: f64) -> f64 {
    let (j, d) = (j as f64, 2.0 * (j as f64 + lambda));
    (j / (d + 1.0) * ((j + 2.0 * lambda) / (d - 1.0))).sqrt()
}

/// The Gauss rule of a Jacobi matrix: its eigenvalues, and the squared first components of its eigenvectors (Golub and
/// Welsch), by the implicit QL method. It keeps no other component, and so takes `O(n²)` operations.
fn golub_welsch(mut diagonal: Vec<f64>, mut off_diagonal: Vec<f64>) -> Vec<(f64, f64)> {
    let n = diagonal.len();
    off_diagonal.push(0.0);
    let mut first = vec![0.0; n];
    first[0] = 1.0;
    for low in 0..n {
        // Each eigenvalue takes two or three rotations through the matrix.
        for _ in 0..60 {
            let negligible = |m: usize| {
                off_diagonal[m].abs() <= 0.5 * f64::EPSILON * (diagonal[m].abs() + diagonal[m + 1].abs())
            };
            let high = (low..n - 1).find(|&m| negligible(m)).unwrap_or(n - 1);
            if high == low {
                break;
            }
            // Wilkinson's shift.
            let half = (diagonal[low + 1] - diagonal[low]) / (2.0 * off_diagonal[low]);
            let mut shifted =
                diagonal[high] - diagonal[low] + off_diagonal[low] / (half + half.hypot(1.0).copysign(half));
            let (mut sin, mut cos, mut lift) = (1.0, 1.0, 0.0);
            for i in (low..high).rev() {
                let (f, b) = (sin * off_diagonal[i], cos * off_diagonal[i]);
                let length = f.hypot(shifted);
                off_diagonal[i + 1] = length;
                (sin, cos) = if length == 0.0 { (0.0, 1.0) } else { (f / length, shifted / length) };
                let at = diagonal[i + 1] - lift;
                let turn = (diagonal[i] - at) * sin + 2.0 * cos * b;
                lift = sin * turn;
                diagonal[i + 1] = at + lift;
                shifted = cos * turn - b;
                (first[i], first[i + 1]) =
                    (cos * first[i] - sin * first[i + 1], sin * first[i] + cos * first[i + 1]);
            }
            diagonal[low] -= lift;
            off_diagonal[low] = shifted;
            off_diagonal[high] = 0.0;
        }
    }
    // The eigenvectors have length 1 up to the accumulated rounding errors of the rotations.
    let total: f64 = first.iter().map(|v| v * v).sum();
    let mut rule: Vec<(f64, f64)> =
        diagonal.into_iter().zip(first).map(|(x, v)| (x, v * v / total)).collect();
    rule.sort_by(|a, b| a.0.total_cmp(&b.0));
    rule
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Moments of the density are `Π i/(α+1+i)`: exact up to degree `2n − 1`, wrong at `2n`.
    #[test]
    fn rule_integrates_polynomials_up_to_its_degree() {
        for alpha in [-0.5, 0.0, 0.5, 11.5, 500.0, 499_999.0] {
            for n in [1, 2, 5, 12] {
                let rule = gauss_jacobi(n, alpha);
                let mut moment = 1.0;
                for degree in 0..=2 * n {
                    if degree > 0 {
                        moment *= degree as f64 / (alpha + 1.0 + degree as f64);
                    }
                    let sum: f64 = rule.iter().map(|(x, w)| w * x.powi(degree as i32)).sum();
                    let error = (sum / moment - 1.0).abs();
                    if degree < 2 * n {
                        assert!(error < 1e-12, "α {alpha} n {n} degree {degree}: {error:e}");
                    } else if n <= 5 {
                        // (For n = 12 the error is below rounding.)
                        assert!(error > 1e-12, "a rule of {n} points cannot have degree {degree}");
                    }
                }
            }
        }
    }
    /// The variance of the density is 1/(2λ + 3).
    #[test]
    fn gegenbauer_rule_has_the_variance_of_its_density() {
        let variance: f64 = gauss_gegenbauer(2, 12.0).iter().map(|(x, w)| w * x * x).sum();
        assert!((variance - 1.0 / 27.0).abs() < 1e-16);
    }

    #[test]
    fn gegenbauer_polynomials_are_orthonormal_under_their_rule() {
        for lambda in [0.0, 0.5, 12.0, 499_999.5] {
            for n in [1, 2, 5, 30] {
                let (rule, polynomials) = (gauss_gegenbauer(n, lambda), Gegenbauer::new(n, lambda));
                for i in 0..n {
                    for j in 0..n {
                        let product: f64 = (rule.iter())
                            .map(|&(x, w)| {
                                let mut p = vec![0.0; n];
                                polynomials.at(x, &mut p);
                                w * p[i] * p[j]
                            })
                            .sum();
                        let expected = if i == j { 1.0 } else { 0.0 };
                        assert!((product - expected).abs() < 1e-13 * n as f64, "λ {lambda}, n {n}: {i} {j}");
                    }
                }
            }
        }
    }
}
