//! The probability that gradient descent from the paper's random start recovers the teacher, by quadrature.
//!
//! Only three numbers of the start matter: the angle `φ₀` and `(s₀, q₀)`. For each `(s₀, q₀)` one critical angle
//! separates the basins ([`separatrix`](crate::separatrix)), and the angle is independent of the rest, so
//!
//! ```text
//! P = E[ F_p(φ_c(s₀, q₀)) ]
//! ```
//!
//! where the expectation is over a disc with a known density: a Gauss–Jacobi rule in the squared radius times the
//! trapezoid rule in the polar angle, which converges spectrally. A step size moves the probability in its fifth
//! digit; without one, the number is that of gradient flow, `η → 0`.
//!
//! As `k → ∞` at fixed criticality the dependence on `(s₀, q₀)` disappears, and `P → F_p(φ_∞(x_c, β))`.

use std::f64::consts::{FRAC_1_SQRT_2, LN_2, PI, TAU};

use nalgebra::{DMatrix, DVector};
use serde::Serialize;
use statrs::function::erf::erfc;

use crate::basin::Guarantee;
use crate::error::Error;
use crate::initialization::{AngleDistribution, output_projection};
use crate::model::{Cell, check_scale_ratio, size};
use crate::numerics::quadrature::gauss_jacobi;
use crate::separatrix::{CriticalAngle, Separatrix};

/// How a success probability is computed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Quadrature {
    /// The order is raised until two rules agree to this, or the rules run out.
    pub tolerance: f64,
    /// Tolerance of the integrator of gradient flow on each step; the error at the end of a step is of the order of
    /// its square.
    pub flow_tolerance: f64,
}

impl Default for Quadrature {
    fn default() -> Self {
        Self { tolerance: 1e-12, flow_tolerance: 1e-6 }
    }
}

/// A success probability and what goes with it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct SuccessProbability {
    /// Patch dimension `p`.
    pub patch_dim: usize,
    /// Number of patches `k`.
    pub patches: usize,
    /// Sum ratio `ρ`.
    pub sum_ratio: f64,
    /// Scale ratio `β = ‖b‖/‖v₀‖`.
    pub scale_ratio: f64,
    /// Step size `η`; `None` is gradient flow.
    pub step_size: Option<f64>,
    /// Criticality `x_c = πρ/(k + π − 1)`.
    pub criticality: f64,
    /// The probability to reach the global minimum.
    pub probability: f64,
    /// Bound on its error: two quadrature orders and two integrator tolerances compared, plus the errors of the roots.
    pub error_bound: f64,
    /// The limit of infinitely many patches at this criticality, of gradient flow.
    pub limit_probability: f64,
}

/// Orders of the rule, radial nodes by polar nodes. For p and k of a few tens the third gives 9 to 12 digits; with k in
/// the thousands the first is enough.
const ORDERS: [(usize, usize); 8] = [(2, 4), (3, 6), (5, 8), (6, 12), (8, 16), (12, 24), (20, 44), (30, 70)];

/// The probability that gradient descent from the paper's initialisation recovers the teacher of `cell`: of the flow,
/// or of the iteration with the given step size.
///
/// # Accuracy
/// The error is at most `error_bound`: some 1e-12 while `β` is of order one; the integrand steepens as `β` and, for few
/// patches, `p` grow, and the bound says by how much the digits go. With a step size, this rests on basins with a single
/// boundary, which is proved where [`Guarantee::for_cell`] covers the step.
///
/// # Errors
/// If the step size is not positive or is `4π/(k + π − 1)` or more, or so large that the basins have no single boundary.
///
/// # Examples
/// ```
/// use spurious::{model::Cell, probability::{success_probability, Quadrature}};
/// let cell = Cell::new(5, 25, 4.0, 1.0)?; // a cell of the paper's Table 1, which has 0.73
/// let exact = success_probability(&cell, None, &Quadrature::default())?;
/// assert!((exact.probability - 0.727916134148).abs() < 1e-12);
/// # Ok::<(), spurious::Error>(())
/// ```
pub fn success_probability(
    cell: &Cell,
    step_size: Option<f64>,
    quadrature: &Quadrature,
) -> Result<SuccessProbability, Error> {
    let shape = cell.shape();
    if let Some(step_size) = step_size {
        shape.check_step_size(step_size)?;
    }
    let distribution = AngleDistribution::new(cell.patch_dim());
    let small_step = match step_size {
        Some(step_size) => of_small_step(cell, step_size, quadrature, &distribution)?,
        None => None,
    };
    let (probability, error_bound) = match small_step {
        Some(interpolated) => interpolated,
        None => expectation(cell, step_size, quadrature, &distribution)?,
    };
    Ok(SuccessProbability {
        patch_dim: cell.patch_dim(),
        patches: shape.patches(),
        sum_ratio: shape.sum_ratio(),
        scale_ratio: cell.scale_ratio(),
        step_size,
        criticality: shape.criticality(),
        probability: probability.clamp(0.0, 1.0), // rounding
        error_bound,
        limit_probability: limit_probability(cell.patch_dim(), shape.criticality_gap(), cell.scale_ratio())?,
    })
}

/// `E[F_p(φ_c)]` with a bound on its error.
fn expectation(
    cell: &Cell,
    step_size: Option<f64>,
    quadrature: &Quadrature,
    distribution: &AngleDistribution,
) -> Result<(f64, f64), Error> {
    if cell.patch_dim() == 1 || cell.shape().sum_ratio() == 0.0 {
        // p = 1: the two points of the sphere are invariant.
        // ρ = 0: a₀ = 0, and the invariant sets meet at the right angle.
        return Ok((0.5, 0.0));
    }
    let Some(mut separatrix) = Separatrix::new(cell, step_size, quadrature.flow_tolerance) else {
        return Ok((1.0, 0.0)); // no spurious minimum
    };
    let mut forecast = Forecast::new(cell)?;
    // F_p rises over a width 1/√p in z. Where the critical angles vary by much more, two coarse rules may agree while
    // both miss what lies between their nodes: the more they vary, the finer the first rule that may be trusted.
    let (mut lowest, mut highest) = (f64::INFINITY, f64::NEG_INFINITY);
    let steepness = (cell.patch_dim() as f64).sqrt();
    // A run of the iteration rounds some 10/h times, each time anew.
    let rounding = step_size.map_or(0.0, |step_size| f64::EPSILON * (20.0 * PI / step_size).sqrt());
    integrate(cell, quadrature.tolerance, |node, order| {
        if order == 1 {
            // From the second rule on the integrator works more finely, so that the difference of the rules holds
            // its error as well.
            separatrix.set_tolerance(0.1 * quadrature.flow_tolerance);
        }
        let root = forecast.critical_angle(&mut separatrix, node, order).ok_or(Error::NoSeparatrix {
            criticality: cell.shape().criticality(),
            scale_ratio: cell.scale_ratio(),
        })?;
        (lowest, highest) = (lowest.min(root.log_tan), highest.max(root.log_tan));
        let below = |z| distribution.below(z);
        let spread = below(root.log_tan - root.error) - below(root.log_tan + root.error);
        Ok(Sample {
            value: below(root.log_tan),
            error: spread.abs() + rounding,
            first_trusted: 1 + (steepness * (highest - lowest)).ln_1p().div_euclid(LN_2) as usize,
        })
    })
}

/// The success probability under a small step, by interpolation in the step size; `None` where the iteration itself is as
/// cheap.
///
/// A run takes time in proportion to `1/η`, while the probability is a smooth function of `η` that begins at the flow's.
/// So it is computed at `η = 0` and at four steps in the ratio 8 : 4 : 2 : 1, and a polynomial of degree four goes through
/// them; one of degree three, without the largest step, gives the bound. The steps are halved until that is met, or no
/// longer falls.
fn of_small_step(
    cell: &Cell,
    step_size: f64,
    quadrature: &Quadrature,
    distribution: &AngleDistribution,
) -> Result<Option<(f64, f64)>, Error> {
    let guarantee = Guarantee::for_cell(cell);
    let mut step = 0.64 * guarantee.largest_step_size.min(guarantee.overshoot_step_size);
    // The last of four halvings costs as much as the iteration at an eighth of this.
    if step_size > step / 16.0 {
        return Ok(None);
    }
    let flow = (0.0, expectation(cell, None, quadrature, distribution)?);
    let mut nodes = Vec::new();
    let mut best: Option<(f64, f64)> = None;
    while step > 2.0 * step_size && nodes.len() < 8 {
        nodes.push((step, expectation(cell, Some(step), quadrature, distribution)?));
        if let [.., a, b, c, d] = nodes[..] {
            let (value, error) = interpolate(&[flow, d, c, b, a], step_size);
            let (coarse, _) = interpolate(&[flow, d, c, b], step_size);
            let bound = (value - coarse).abs() + error;
            if best.is_some_and(|(_, best)| bound >= best) {
                return Ok(best); // what is left is the error of the values, which smaller steps do not lower
            }
            best = Some((value, bound));
            if bound <= quadrature.tolerance {
                return Ok(best);
            }
        }
        step *= 0.5;
    }
    // By now the iteration itself costs no more, unless the halvings have run out long before its step.
    Ok(best.filter(|_| step > 2.0 * step_size))
}

/// Lagrange's polynomial through values with errors: its value at `x`, and the sum of the errors with their weights.
fn interpolate(nodes: &[(f64, (f64, f64))], x: f64) -> (f64, f64) {
    nodes.iter().enumerate().fold((0.0, 0.0), |(sum, bound), (i, &(at, (value, error)))| {
        let weight: f64 = (nodes.iter().enumerate())
            .filter(|&(j, _)| j != i)
            .map(|(_, &(other, _))| (x - other) / (at - other))
            .product();
        (sum + weight * value, bound + weight.abs() * error)
    })
}

/// A node of the rule on the disc of starts of the output weights.
struct Node {
    /// Coordinates in the unit disc.
    xi: f64,
    zeta: f64,
    /// The start in the variables of the flow.
    slow: f64,
    fast: f64,
}

/// The integrand at a node.
struct Sample {
    value: f64,
    error: f64,
    /// Number of the first rule whose agreement with the one before may be trusted.
    first_trusted: usize,
}

/// The expectation over the disc of starts of a function that comes with an error: by rules of rising order, until two
/// agree to the tolerance. Returns the value of the last rule and a bound on its error.
fn integrate(
    cell: &Cell,
    tolerance: f64,
    mut function: impl FnMut(&Node, usize) -> Result<Sample, Error>,
) -> Result<(f64, f64), Error> {
    let shape = cell.shape();
    let k = shape.patches() as f64;
    let share = shape.sum_ratio() / k;
    let (mut value, mut bound, mut first_trusted) = (f64::NAN, f64::INFINITY, 1);
    for (order, &(radial, polar)) in ORDERS.iter().enumerate() {
        let (mut sum, mut error) = (0.0, 0.0);
        for (squared_radius, weight) in gauss_jacobi(radial, 0.5 * (k - 2.0)) {
            for i in 0..polar {
                let (sin, cos) = (TAU * i as f64 / polar as f64).sin_cos();
                let (xi, zeta) = (squared_radius.sqrt() * cos, squared_radius.sqrt() * sin);
                let (_, signal) = output_projection(cell, xi, zeta);
                // fast = (S/k)(s − S(k−1)/K) with s = S ξ
                let fast = share * (xi - 1.0 + PI / shape.sum_rate());
                let sample = function(&Node { xi, zeta, slow: signal - fast, fast }, order)?;
                sum += weight / polar as f64 * sample.value;
                error += weight / polar as f64 * sample.error;
                first_trusted = sample.first_trusted;
            }
        }
        if order > 0 {
            bound = 2.0 * (sum - value).abs() + error + 1e-15;
        }
        value = sum;
        if bound <= tolerance && order >= first_trusted {
            break;
        }
    }
    Ok((value, bound))
}

/// Where to start the search for the next critical angle: a polynomial through those already found.
///
/// The critical angle is a smooth function of the start, so that the polynomial fitted to the nodes of one rule
/// predicts those of the next to many digits, and one run per node is enough.
struct Forecast {
    constant: f64,
    /// `(ξ, ζ, z_c)` of every node so far, the coordinates scaled by the radius of the largest rule so far.
    found: Vec<(f64, f64, f64)>,
    coefficients: DVector<f64>,
    degree: usize,
    scale: f64,
    order: usize,
}

impl Forecast {
    fn new(cell: &Cell) -> Result<Self, Error> {
        let limit = limit_angle(cell.shape().criticality_gap(), cell.scale_ratio())?;
        let constant = limit.map_or(0.0, |angle| angle.log_tan);
        Ok(Self {
            constant,
            found: Vec::new(),
            coefficients: DVector::zeros(0),
            degree: 0,
            scale: 1.0,
            order: 0,
        })
    }

    /// The critical angle at a node of the rule number `order`, found from the forecast and added to it.
    fn critical_angle(
        &mut self,
        separatrix: &mut Separatrix,
        node: &Node,
        order: usize,
    ) -> Option<CriticalAngle> {
        if order > self.order {
            self.fit();
            self.order = order;
        }
        let root = separatrix.critical_angle(node.slow, node.fast, self.at(node.xi, node.zeta))?;
        self.found.push((node.xi, node.zeta, root.log_tan));
        Some(root)
    }

    fn monomials(&self, xi: f64, zeta: f64) -> impl Iterator<Item = f64> {
        let (x, y) = (xi / self.scale, zeta / self.scale);
        (0..=self.degree as i32).flat_map(move |i| (0..=i).map(move |j| x.powi(i - j) * y.powi(j)))
    }

    fn at(&self, xi: f64, zeta: f64) -> f64 {
        match self.found.last() {
            None => self.constant,
            Some(&(.., last)) if self.coefficients.is_empty() => last,
            _ => self.monomials(xi, zeta).zip(self.coefficients.iter()).map(|(m, c)| m * c).sum(),
        }
    }

    /// Fits the polynomial of the highest degree for which there are two nodes per coefficient.
    fn fit(&mut self) {
        let terms = |degree: usize| (degree + 1) * (degree + 2) / 2;
        self.degree = (0..=12).take_while(|&d| 2 * terms(d) <= self.found.len()).last().unwrap_or(0);
        self.scale = self.found.iter().map(|(x, y, _)| x.hypot(*y)).fold(0.0, f64::max);
        let count = terms(self.degree);
        let entries: Vec<f64> = self.found.iter().flat_map(|&(x, y, _)| self.monomials(x, y)).collect();
        let design = DMatrix::from_row_iterator(self.found.len(), count, entries);
        let values = DVector::from_iterator(self.found.len(), self.found.iter().map(|node| node.2));
        let normal = (design.transpose() * &design).cholesky();
        self.coefficients = normal.map_or(DVector::zeros(0), |n| n.solve(&(design.transpose() * values)));
    }
}

/// The critical angle `φ_∞(x_c, β)` of the limit of infinitely many patches, where it does not depend on the start of
/// the output weights; `None` for `x_c ≥ 1`, where nothing is trapped. Takes `1 − x_c`.
///
/// # Errors
/// If `1 − x_c` is above 1 or not finite, or the scale ratio outside [`SCALE_RATIOS`](crate::model::SCALE_RATIOS).
///
/// # Examples
/// ```
/// use spurious::probability::limit_angle;
/// let angle = limit_angle(0.5, 1.0)?.expect("x_c < 1").angle();
/// assert!((angle - 1.930717).abs() < 1e-6);
/// # Ok::<(), spurious::Error>(())
/// ```
pub fn limit_angle(criticality_gap: f64, scale_ratio: f64) -> Result<Option<CriticalAngle>, Error> {
    if !criticality_gap.is_finite() {
        return Err(Error::NotFinite { name: "criticality gap", value: criticality_gap });
    }
    if criticality_gap > 1.0 {
        return Err(Error::TooLarge { name: "criticality gap", value: criticality_gap, limit: 1.0 });
    }
    check_scale_ratio(scale_ratio)?;
    let Some(mut separatrix) = Separatrix::limit(criticality_gap, scale_ratio, 1e-7) else {
        return Ok(None);
    };
    let criticality = 1.0 - criticality_gap;
    separatrix
        .critical_angle(criticality / PI, 0.0, 0.0)
        .map(Some)
        .ok_or(Error::NoSeparatrix { criticality, scale_ratio })
}

/// The limit `F_p(φ_∞(x_c, β))` of the success probability as `k → ∞` at fixed criticality. Takes `1 − x_c`.
///
/// # Errors
/// As [`limit_angle`].
///
/// # Examples
/// ```
/// use spurious::probability::limit_probability;
/// assert!((limit_probability(5, 0.5, 1.0)? - 0.753228).abs() < 1e-6);
/// # Ok::<(), spurious::Error>(())
/// ```
pub fn limit_probability(patch_dim: usize, criticality_gap: f64, scale_ratio: f64) -> Result<f64, Error> {
    size("patch dimension", patch_dim)?;
    let angle = limit_angle(criticality_gap, scale_ratio)?;
    if patch_dim == 1 {
        return Ok(0.5); // the two points of the sphere are invariant
    }
    Ok(angle.map_or(1.0, |angle| AngleDistribution::new(patch_dim).below(angle.log_tan)))
}

/// The coefficient `κ(β)` of the scaling law, the slope of the limit's critical angle at `x_c = 0`:
/// `φ_∞ = π/2 + κ(β) x_c + O(x_c²)`.
///
/// ```text
/// κ(β) = 2(π−1)/π² + β²/(2Λ),      Λ = ½ [ (π−1) + √((π−1)² + π²β²) ]
/// ```
///
/// # Examples
/// ```
/// use spurious::probability::scaling_coefficient;
/// assert!((scaling_coefficient(1.0) - 0.60222).abs() < 1e-5);
/// ```
pub fn scaling_coefficient(scale_ratio: f64) -> f64 {
    let decay = PI - 1.0;
    let rate = 0.5 * (decay + decay.hypot(PI * scale_ratio)); // Λ
    2.0 * decay / (PI * PI) + scale_ratio * scale_ratio / (2.0 * rate)
}

/// The scaling law for many patches and long filters, `P ≈ Φ(κ(β)·√p·x_c)`, with `Φ` the normal distribution function: what
/// decides is `√p·ρ/k`.
///
/// # Accuracy
/// An approximation: off by some 0.004 at `p = 100`, `x_c = 0.1`, and better for larger `p` and smaller `x_c`.
///
/// # Examples
/// ```
/// use spurious::probability::{limit_probability, scaling_law};
/// let (law, exact) = (scaling_law(1000, 0.1, 1.0), limit_probability(1000, 0.9, 1.0)?);
/// assert!((law - exact).abs() < 0.004);
/// # Ok::<(), spurious::Error>(())
/// ```
pub fn scaling_law(patch_dim: usize, criticality: f64, scale_ratio: f64) -> f64 {
    let argument = scaling_coefficient(scale_ratio) * (patch_dim as f64).sqrt() * criticality;
    0.5 * erfc(-argument * FRAC_1_SQRT_2)
}
