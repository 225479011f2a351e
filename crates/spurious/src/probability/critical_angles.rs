//! The expectation over the starts of the output weights: critical angles at few points of the disc, a polynomial
//! through them, and a fine quadrature rule for the polynomial (theory, section 10).
//!
//! A critical angle costs some runs, `F_p` a few operations. The two are smooth on different scales: `z_c` varies over
//! the scale of the basins, `F_p` over `1/√p`. So the rule is not applied to `F_p(z_c)` directly. With `λ = (k − 1)/2` the
//! coordinates `ξ` and `ζ` of the start have a density proportional to `(1 − x²)^λ` each, and with the polynomials `pᵢ`
//! that are orthonormal for it
//!
//! ```text
//! Z(ζ, ξ) = Σ cᵢⱼ pᵢ(ζ) pⱼ(ξ)        cᵢⱼ = Σ wₐ w_b pᵢ(ζₐ) pⱼ(ξ_b) z_c(ζₐ, ξ_b)
//! ```
//!
//! goes through the critical angles at `n × m` Gauss points. The slow part of the signal starts from `ζ` alone and the
//! fast part from `ξ` alone; it decays at the rate `K` and hardly matters, so that `m` is small. Then
//!
//! ```text
//! P = E[ F_p(z_c) ] ≈ E[ F_p(Z) ] = Σ wₐ v_b F_p( Z(ζₐ, √(1 − ζₐ²) η_b) )
//! ```
//!
//! by a product rule for the disc: `(1 − ζ²)^λ` times `(1 − η²)^{λ−½}`.
//!
//! At Gauss points the error of `Z` is orthogonal to the polynomials of lower degree (exactly for one coordinate, nearly for
//! two). It affects the expectation only through the degrees of `F_p'` from `n` on. So `n` points are as accurate as a Gauss rule of
//! `n` points, which is exact for the degree `2n − 1`.

use nalgebra::DMatrix;

use super::{
    Expectation, Quadrature, ROUNDING, coefficients, missing_degrees, product, truncation_error, wanted,
};
use crate::error::Error;
use crate::initialization::{AngleDistribution, output_projection};
use crate::model::Cell;
use crate::monitor::Monitor;
use crate::numerics::quadrature::{Gegenbauer, gauss_gegenbauer};
use crate::separatrix::{FARTHEST, Separatrix};

/// Critical angles along `ζ` and along `ξ`, to begin with and at most.
const FIRST_POINTS: [usize; 2] = [4, 3];
const MOST_POINTS: [usize; 2] = [200, 40];

/// Nodes of the fine rule along `ζ` and along `η`, at most.
const MOST_NODES: [usize; 2] = [800, 200];

/// `E[F_p(z_c)]` and what it lacks to 1 with bounds on their errors, from a guess of `z_c`. Refined until the tolerance is met, and
/// what is lacking has three digits.
pub(super) fn expectation(
    cell: &Cell,
    separatrix: &mut Separatrix,
    distribution: &AngleDistribution,
    quadrature: &Quadrature,
    guess: f64,
    monitor: &dyn Monitor,
) -> Result<Expectation, Error> {
    // An error of z_c is multiplied with at most the density at the right angle, some √p.
    let steepest = distribution.density(0.0).max(1.0);
    let tolerance = quadrature.effective_tolerance();
    separatrix.set_tolerances(quadrature.flow_tolerance / steepest.sqrt(), 0.01 * tolerance / steepest);
    let disc = Disc::new(cell);
    let mut points = FIRST_POINTS;
    let mut surface = Surface::new(&disc, points, separatrix, monitor, |_, _, last| last.unwrap_or(guess))?;
    loop {
        let estimate = surface.estimate(&disc, distribution, tolerance, monitor)?;
        let wanted = wanted(estimate.failure, tolerance);
        let next = [0, 1].map(|axis| {
            let missing = points_missing(estimate.degrees[axis], points[axis], 0.25 * wanted);
            (points[axis] + missing).min(MOST_POINTS[axis])
        });
        if next == points {
            let truncation: f64 = [0, 1]
                .map(|axis| {
                    let error = truncation_error(estimate.degrees[axis]);
                    let is_resolved = points[axis] < MOST_POINTS[axis] || error <= 0.25 * wanted;
                    if is_resolved { error } else { UNRESOLVED * error }
                })
                .iter()
                .sum();
            let roots = (surface.root_error + separatrix.integration_error()) * estimate.slope;
            let error = truncation + roots + estimate.error;
            return Ok(Expectation {
                success: (estimate.probability(), error + ROUNDING),
                // Nothing cancels in a sum of tails, and what is no normal number any more is lost.
                failure: (
                    estimate.failure,
                    error + ROUNDING * estimate.failure + f64::MIN_POSITIVE + surface.beyond(distribution),
                ),
                slope: estimate.slope,
            });
        }
        points = next;
        surface = Surface::new(&disc, points, separatrix, monitor, |zeta, xi, _| surface.forecast(zeta, xi))?;
    }
}

/// Where the most points are too few, contributions do not fall geometrically: at `β = 50` the error was eleven times what the last of them say.
const UNRESOLVED: f64 = 100.0;

/// The disc of starts of the output weights of a cell.
struct Disc {
    cell: Cell,
    /// `λ = (k − 1)/2`.
    lambda: f64,
}

impl Disc {
    fn new(cell: &Cell) -> Self {
        Self { cell: *cell, lambda: 0.5 * (cell.shape().patches() as f64 - 1.0) }
    }

    /// The start `(slow, fast)` of the flow at a point.
    fn start(&self, zeta: f64, xi: f64) -> (f64, f64) {
        let shape = self.cell.shape();
        let (_, signal) = output_projection(&self.cell, xi, zeta);
        // fast = (S/k)(s − S(γk − δ)/K) with s = S ξ
        let fast = shape.constant_share() * (xi - 1.0 + shape.activation().aligned() / shape.sum_rate());
        (signal - fast, fast)
    }
}

/// The polynomial `Z(ζ, ξ) = Σ cᵢⱼ pᵢ(ζ) pⱼ(ξ)` through critical angles.
struct Surface {
    coefficients: DMatrix<f64>,
    polynomials: [Gegenbauer; 2],
    /// The largest error of a critical angle.
    root_error: f64,
    /// The smallest and the largest critical `z`.
    range: [f64; 2],
}

impl Surface {
    /// Through the critical angles at Gauss points, each found from a forecast: a function of the point and of the critical
    /// angle found last.
    fn new(
        disc: &Disc,
        points: [usize; 2],
        separatrix: &mut Separatrix,
        monitor: &dyn Monitor,
        forecast: impl Fn(f64, f64, Option<f64>) -> f64,
    ) -> Result<Self, Error> {
        let rules = points.map(|n| gauss_gegenbauer(n, disc.lambda));
        let mut roots = DMatrix::zeros(points[0], points[1]);
        let (mut last, mut root_error) = (None, 0.0_f64);
        for (i, &(zeta, _)) in rules[0].iter().enumerate() {
            for (j, &(xi, _)) in rules[1].iter().enumerate() {
                let (slow, fast) = disc.start(zeta, xi);
                let root = separatrix.critical_angle(slow, fast, forecast(zeta, xi, last), monitor)?;
                root_error = root_error.max(root.error);
                roots[(i, j)] = root.log_tan;
                last = Some(root.log_tan);
            }
        }
        let polynomials = points.map(|n| Gegenbauer::new(n, disc.lambda));
        let coefficients = coefficients(&roots, [0, 1].map(|axis| (&polynomials[axis], &rules[axis][..])));
        Ok(Self { coefficients, polynomials, root_error, range: [roots.min(), roots.max()] })
    }

    /// What starts may change whose critical angles are too close to the antipode to be searched for.
    fn beyond(&self, distribution: &AngleDistribution) -> f64 {
        if self.range[0] <= -FARTHEST { distribution.above(-FARTHEST) } else { 0.0 }
    }

    /// `Z(ζ, ξ)`, kept next to the critical angles: outside of its points a polynomial may be far off.
    fn forecast(&self, zeta: f64, xi: f64) -> f64 {
        let [mut p, mut q] = [vec![0.0; self.coefficients.nrows()], vec![0.0; self.coefficients.ncols()]];
        self.polynomials[0].at(zeta, &mut p);
        self.polynomials[1].at(xi, &mut q);
        let [lowest, highest] = self.range;
        product(&self.line(&p), &q).clamp(lowest - 1.0, highest + 1.0)
    }

    /// The polynomial in `ξ` at one `ζ`, from the values `pᵢ(ζ)` of the first degrees: `Σᵢ cᵢⱼ pᵢ(ζ)`.
    fn line(&self, values: &[f64]) -> Vec<f64> {
        self.coefficients.column_iter().map(|column| product(column.as_slice(), values)).collect()
    }

    /// `E[F_p(Z)]` and `E[1 − F_p(Z)]`: by finer and finer rules, until the next one changes them by less than a twentieth of the
    /// tolerance.
    fn estimate(
        &self,
        disc: &Disc,
        distribution: &AngleDistribution,
        tolerance: f64,
        monitor: &dyn Monitor,
    ) -> Result<Estimate, Error> {
        // F_p falls over a width of 1/√p in z.
        let [lowest, highest] = self.range;
        let widths = (highest - lowest) * distribution.density(0.0);
        let [n, m] = [self.coefficients.nrows(), self.coefficients.ncols()];
        let mut nodes = [(n + 4 + (4.0 * widths) as usize).min(MOST_NODES[0]), m + 2];
        let mut failure = self.failure(disc, distribution, nodes);
        loop {
            monitor.check()?;
            let finer = [[nodes[0] * 3 / 2, nodes[1]], [nodes[0], nodes[1] * 3 / 2]];
            let values = finer.map(|nodes| self.failure(disc, distribution, nodes));
            let changes = values.map(|finer| (finer - failure).abs());
            let error = changes[0] + changes[1];
            let axis = usize::from(changes[1] > changes[0]);
            let mut estimate = Estimate { failure, error, ..Estimate::default() };
            if error <= 0.05 * wanted(estimate.failure, tolerance) || finer[axis][axis] > MOST_NODES[axis] {
                self.details(disc, distribution, nodes, &mut estimate);
                return Ok(estimate);
            }
            (nodes, failure) = (finer[axis], values[axis]);
        }
    }

    /// `E[1 − F_p(Z)]` by a rule.
    fn failure(&self, disc: &Disc, distribution: &AngleDistribution, nodes: [usize; 2]) -> f64 {
        let mut sum = 0.0;
        self.visit(disc, nodes, 0, |weight, lines, xi| {
            sum += weight * distribution.above(product(&lines[0], xi));
        });
        sum
    }

    /// Adds success, degrees and slope to an [`Estimate`].
    fn details(
        &self,
        disc: &Disc,
        distribution: &AngleDistribution,
        nodes: [usize; 2],
        estimate: &mut Estimate,
    ) {
        let mut degrees = [[0.0; 3]; 2];
        self.visit(disc, nodes, 3, |weight, lines, xi| {
            let z = product(&lines[0], xi);
            let value = distribution.above(z);
            let change = |z| weight * (value - distribution.above(z));
            estimate.success += weight * distribution.below(z);
            estimate.slope += weight * distribution.density(z);
            for dropped in 1..=3 {
                degrees[0][dropped - 1] += change(product(&lines[dropped], xi));
                degrees[1][dropped - 1] += change(product(&lines[0], &xi[..xi.len() - dropped]));
            }
        });
        estimate.degrees = missing_degrees(degrees, self.coefficients.ncols());
    }

    /// Calls `visit(weight, lines, pⱼ(ξ))` for the nodes of the product rule: `lines[d]` is the polynomial in `ξ` at the
    /// node's `ζ`, without the `d` highest degrees in `ζ`.
    fn visit(
        &self,
        disc: &Disc,
        nodes: [usize; 2],
        most_dropped: usize,
        mut visit: impl FnMut(f64, &[Vec<f64>], &[f64]),
    ) {
        let [across, along] = match disc.lambda {
            // One patch: ξ is uniform, and nothing depends on ζ.
            0.0 => [vec![(0.0, 1.0)], gauss_gegenbauer(nodes[1], 0.0)],
            lambda => [gauss_gegenbauer(nodes[0], lambda), gauss_gegenbauer(nodes[1], lambda - 0.5)],
        };
        let [mut p, mut q] = [vec![0.0; self.coefficients.nrows()], vec![0.0; self.coefficients.ncols()]];
        for (zeta, w) in across {
            self.polynomials[0].at(zeta, &mut p);
            let lines: Vec<Vec<f64>> =
                (0..=most_dropped).map(|dropped| self.line(&p[..p.len() - dropped])).collect();
            let radius = ((1.0 - zeta) * (1.0 + zeta)).sqrt();
            for &(eta, v) in &along {
                self.polynomials[1].at(radius * eta, &mut q);
                visit(w * v, &lines, &q);
            }
        }
    }
}

/// `E[F_p(Z)]` and `E[1 − F_p(Z)]`, and what their error hangs on.
#[derive(Debug, Clone, Copy, Default)]
struct Estimate {
    success: f64,
    failure: f64,
    /// What a finer rule changes.
    error: f64,
    /// What `E[F_p(Z)]` loses without the highest degree of `Z`, without the two and the three highest, along each
    /// coordinate.
    degrees: [[f64; 3]; 2],
    /// `E[−dF_p/dz]`: what an error of `Z` is multiplied with.
    slope: f64,
}

impl Estimate {
    /// The probability of success, which next to 1 is closest to what failure leaves of it.
    fn probability(&self) -> f64 {
        if self.failure < 1e-9 { 1.0 - self.failure } else { self.success }
    }
}

/// How many more points bring the truncation error below the tolerance.
fn points_missing(degrees: [f64; 3], points: usize, tolerance: f64) -> usize {
    let error = truncation_error(degrees);
    if error <= tolerance {
        return 0;
    }
    let [first, _, third] = degrees;
    let rate = (first / third).sqrt().clamp(1e-4, 0.8);
    let more = ((tolerance / error).ln() / rate.ln()).ceil() as usize;
    more.max(points / 8).clamp(1, points)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Critical angles are what time is spent on: runs of gradient flow for one probability.
    fn runs(patch_dim: usize, patches: usize, sum_ratio: f64, scale_ratio: f64, tolerance: f64) -> u64 {
        let cell = Cell::new(patch_dim, patches, sum_ratio, scale_ratio).expect("valid");
        let quadrature = Quadrature::of(tolerance);
        let mut separatrix = Separatrix::new(&cell, None, quadrature.flow_tolerance).expect("x_c < 1");
        let distribution = AngleDistribution::new(patch_dim);
        let found =
            expectation(&cell, &mut separatrix, &distribution, &quadrature, 0.0, &()).expect("converges");
        let (_, bound) = found.success;
        assert!(bound <= tolerance, "{cell:?}: {bound:e}");
        separatrix.shots()
    }

    #[test]
    fn few_runs_are_enough() {
        for patches in [25, 36, 49, 64, 81, 100] {
            for sum_ratio in [1.0, 4.0] {
                for (tolerance, most) in [(1e-12, 130), (1e-7, 60)] {
                    let found = runs(5, patches, sum_ratio, 1.0, tolerance);
                    assert!(found <= most, "k {patches}, ρ {sum_ratio}, {tolerance:e}: {found}");
                }
            }
        }
        // Few patches, long filters and large scales take more, within reason.
        for (patch_dim, patches, sum_ratio, scale_ratio, most) in [
            (5, 2, 0.6, 1.0, 400),
            (1000, 10, 2.0, 1.0, 300),
            (5, 25, 4.0, 3.0, 500),
            (5, 25, 4.0, 10.0, 6000),
        ] {
            let found = runs(patch_dim, patches, sum_ratio, scale_ratio, 1e-12);
            assert!(found <= most, "p {patch_dim}, k {patches}, β {scale_ratio}: {found}");
        }
        assert!(runs(5, 1_000_000, 1e5, 1.0, 1e-12) <= 40);
    }
}
