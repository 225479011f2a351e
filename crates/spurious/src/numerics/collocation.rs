//! Radau collocation: the coefficients of an implicit Runge–Kutta method of high order for stiff equations.
//!
//! On a step of length `h` the solution is the polynomial that satisfies the equation at the `N` right Radau
//! points `c₁ < … < c_N = 1`. The method (Radau IIA) is L-stable and has order `2N − 1` at the end of the step.

use nalgebra::{SMatrix, SVector};

use super::quadrature::gauss_jacobi;

/// Coefficients of `N`-point Radau collocation on the unit interval.
#[derive(Debug, Clone)]
pub(crate) struct Radau<const N: usize> {
    /// The collocation points `c`, rising, the last one 1.
    pub(crate) nodes: SVector<f64, N>,
    /// `Aᵢⱼ = ∫₀^{cᵢ} Lⱼ`, `L` the Lagrange polynomials of the nodes. The last row holds the quadrature weights.
    pub(crate) integral: SMatrix<f64, N, N>,
    /// Maps nodal values to the coefficient of the highest Legendre polynomial of their interpolant, an
    /// estimate of the error.
    pub(crate) highest_mode: SVector<f64, N>,
}

impl<const N: usize> Radau<N> {
    /// Computes the coefficients.
    pub(crate) fn new() -> Self {
        // The inner Radau points are the Gauss points of the weight 1 − x.
        let mut nodes = SVector::<f64, N>::from_element(1.0);
        for (i, (x, _)) in gauss_jacobi(N - 1, 1.0).into_iter().enumerate() {
            nodes[i] = x;
        }
        let gauss = gauss_jacobi(N, 0.0);
        let integral = SMatrix::from_fn(|i, j| {
            let integrand = |x: f64| lagrange(nodes.as_slice(), j, x);
            nodes[i] * gauss.iter().map(|&(x, w)| w * integrand(nodes[i] * x)).sum::<f64>()
        });
        let degree = N - 1;
        let highest_mode = SVector::from_fn(|j, _| {
            (2 * degree + 1) as f64 * integral[(N - 1, j)] * legendre(degree, 2.0 * nodes[j] - 1.0)
        });
        Self { nodes, integral, highest_mode }
    }

    /// The value at `position ∈ [0, 1]` of the polynomial through `start` at 0 and `values` at the nodes.
    pub(crate) fn interpolate(&self, start: f64, values: &SVector<f64, N>, position: f64) -> f64 {
        let mut points = [0.0; 32];
        points[1..=N].copy_from_slice(self.nodes.as_slice());
        let points = &points[..=N];
        let at = |j| lagrange(points, j, position);
        start * at(0) + (0..N).map(|j| values[j] * at(j + 1)).sum::<f64>()
    }
}

impl<const N: usize> Default for Radau<N> {
    fn default() -> Self {
        Self::new()
    }
}

/// The Lagrange polynomial that is 1 at point `j` and 0 at the others.
fn lagrange(points: &[f64], j: usize, x: f64) -> f64 {
    (points.iter().enumerate())
        .filter(|(m, _)| *m != j)
        .map(|(_, &point)| (x - point) / (points[j] - point))
        .product()
}

fn legendre(degree: usize, x: f64) -> f64 {
    let (mut previous, mut current) = (0.0, 1.0);
    for n in 1..=degree {
        let n = n as f64;
        (previous, current) = (current, ((2.0 * n - 1.0) * x * current - (n - 1.0) * previous) / n);
    }
    current
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The simplifying assumptions B(2N−1) and C(N), which give the order (Hairer and Wanner, IV.5).
    #[test]
    fn coefficients_satisfy_the_order_conditions() {
        let radau = Radau::<8>::new();
        for power in 0..15 {
            let weights = radau.integral.row(7);
            let sum: f64 = (0..8).map(|j| weights[j] * radau.nodes[j].powi(power)).sum();
            assert!((sum * f64::from(power + 1) - 1.0).abs() < 1e-13, "B({power})");
        }
        for power in 0..8 {
            for i in 0..8 {
                let sum: f64 = (0..8).map(|j| radau.integral[(i, j)] * radau.nodes[j].powi(power)).sum();
                let exact = radau.nodes[i].powi(power + 1) / f64::from(power + 1);
                assert!((sum - exact).abs() < 1e-14, "C({power})");
            }
        }
    }

    #[test]
    fn highest_mode_and_interpolation_are_exact_for_polynomials() {
        let radau = Radau::<8>::new();
        let cubic = |x: f64| 1.0 - x + 3.0 * x.powi(3);
        let values = radau.nodes.map(cubic);
        assert!(radau.highest_mode.dot(&values).abs() < 1e-13);
        assert!((radau.interpolate(cubic(0.0), &values, 0.37) - cubic(0.37)).abs() < 1e-14);
        let seventh = radau.nodes.map(|x| legendre(7, 2.0 * x - 1.0));
        assert!((radau.highest_mode.dot(&seventh) - 1.0).abs() < 1e-13);
    }
}
