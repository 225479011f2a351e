//! The limit of many patches, how it is approached, and its law for long filters.
//!
//! At fixed criticality `x_c` every number that a run depends on is analytic in `1/k`: `ρ/k = (x_c/π) K/k`, the rate `K`
//! of the fast part, and the moments of the start, `E ζ² = 1/(k + 2)`. Hence
//!
//! ```text
//! P(k) = P_∞ + c₁/k + c₂/k² + …
//! ```
//!
//! In powers of `1/K`, or of `1/(k + 2)`, the first coefficient is the same and the second is moved by a multiple of it,
//! `c₂ + (π − 1)c₁` or `c₂ + 2c₁`. For `p = 5`, `β = 1` that is next to nothing: `−c₂/c₁` is 2.8 at `x_c = 0.05`, 2.07 at
//! `½`, 1.4 at `0.95`, so that `P_∞ + c₁/K` has a tenth of the error of `P_∞ + c₁/k` or less. For long filters or large
//! scales `c₂` is of another size altogether, and no origin does for all. `c₁` is given for `k`, which is what is counted.

use std::f64::consts::{FRAC_1_SQRT_2, PI};

use serde::Serialize;
use statrs::function::erf::erfc;

use super::{Quadrature, success_probability};
use crate::error::{Error, positive};
use crate::initialization::AngleDistribution;
use crate::model::{Cell, LARGEST_SIZE, check_scale_ratio, size};
use crate::separatrix::{CriticalAngle, Separatrix};

/// How the limit of many patches is approached at fixed criticality: `P(k) = P_∞ + c₁/k + O(1/k²)`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Approach {
    /// Patch dimension `p`.
    pub patch_dim: usize,
    /// `1 − x_c`.
    pub criticality_gap: f64,
    /// Scale ratio `β = ‖b‖/‖v₀‖`.
    pub scale_ratio: f64,
    /// The limit `P_∞`.
    pub limit_probability: f64,
    /// The coefficient `c₁`.
    pub coefficient: f64,
    /// Bound on its error.
    pub error_bound: f64,
}

/// Numbers of patches that the coefficient is extrapolated from: from this one on, each twice the one before.
const FEWEST: usize = 16;
const DOUBLINGS: usize = 12;

/// The coefficient `c₁` of `P(k) = P_∞ + c₁/k + O(1/k²)` at fixed criticality, by Richardson extrapolation of
/// `k (P(k) − P_∞)` over doubled numbers of patches. Takes `1 − x_c`.
///
/// ```text
/// T₀(k) = k (P(k) − P_∞)        Tⱼ(2k) = Tⱼ₋₁(2k) + (Tⱼ₋₁(2k) − Tⱼ₋₁(k))/(2ʲ − 1) = c₁ + O(1/kʲ⁺¹)
/// ```
///
/// # Accuracy
/// The error is at most `error_bound`, the change from the orders before and the errors of the probabilities: some 10⁻¹⁰ for
/// `p` and `β` of order one.
///
/// # Errors
/// As [`limit_angle`], and if the patch dimension is not valid.
///
/// # Examples
/// ```
/// use spurious::{model::Cell, probability::{approach, success_probability, Quadrature}};
/// let found = approach(5, 0.5, 1.0)?;
/// let thousand = Cell::new(5, 1000, 0.5 * (999.0 + std::f64::consts::PI) / std::f64::consts::PI, 1.0)?;
/// let exact = success_probability(&thousand, None, &Quadrature::default())?.probability;
/// assert!((found.limit_probability + found.coefficient / 1000.0 - exact).abs() < 1e-6);
/// # Ok::<(), spurious::Error>(())
/// ```
pub fn approach(patch_dim: usize, criticality_gap: f64, scale_ratio: f64) -> Result<Approach, Error> {
    let mut best = Approach {
        patch_dim,
        criticality_gap,
        scale_ratio,
        limit_probability: limit_probability(patch_dim, criticality_gap, scale_ratio)?,
        coefficient: 0.0,
        error_bound: 0.0,
    };
    if criticality_gap <= 0.0 {
        return Ok(best); // nothing is trapped
    }
    best.error_bound = f64::INFINITY;
    // Tⱼ of the last number of patches, each with a bound on what the errors of the probabilities do to it.
    let mut column: Vec<(f64, f64)> = Vec::new();
    for doubling in 0..DOUBLINGS {
        let patches = FEWEST << doubling;
        let (distance, error) = distance_from_limit(patch_dim, patches, criticality_gap, scale_ratio)?;
        let k = patches as f64;
        let mut next = vec![(k * distance, k * error)];
        for (j, &(before, before_error)) in column.iter().enumerate() {
            let (value, error) = next[j];
            let share = 1.0 / ((2.0_f64).powi(j as i32 + 1) - 1.0);
            let extrapolated = value + share * (value - before);
            let error = error + share * (error + before_error);
            next.push((extrapolated, error));
            let error_bound = (extrapolated - value).abs().max((extrapolated - before).abs()) + error;
            if j > 0 && error_bound < best.error_bound {
                best = Approach { coefficient: extrapolated, error_bound, ..best };
            }
        }
        column = next;
    }
    Ok(best)
}

impl Approach {
    /// The smallest number of patches from which on the limit is within `tolerance` of the success probability at this
    /// criticality.
    ///
    /// Far out the distance is `|c₁|/k`; from there it is followed down through the powers of two, and bisected between the
    /// last one where it is too large and the next. What may happen between two powers of two that both are within the
    /// tolerance is not looked at.
    ///
    /// `None` if even [`LARGEST_SIZE`] patches are too few, also to have this criticality at all.
    ///
    /// # Errors
    /// If the tolerance is not a positive number.
    ///
    /// # Examples
    /// ```
    /// use spurious::probability::approach;
    /// assert_eq!(approach(5, 0.5, 1.0)?.patches_within(5e-4)?, Some(290)); // three digits
    /// # Ok::<(), spurious::Error>(())
    /// ```
    pub fn patches_within(&self, tolerance: f64) -> Result<Option<usize>, Error> {
        positive("tolerance", tolerance)?;
        if self.criticality_gap <= 0.0 {
            // Nothing is trapped wherever there is such a cell: ρ = x_c (k + π − 1)/π ≤ k. (With one patch x_c = 1.)
            let criticality = 1.0 - self.criticality_gap;
            let fewest = criticality * (PI - 1.0) / (PI - criticality);
            let fewest = (fewest - 1e-15 * fewest * fewest - 1e-9).ceil(); // rounding of x_c
            return Ok(
                (criticality < PI && fewest <= LARGEST_SIZE as f64).then_some((fewest as usize).max(2))
            );
        }
        let is_within = |patches| {
            let found = distance_from_limit(self.patch_dim, patches, self.criticality_gap, self.scale_ratio);
            found.map(|(distance, _)| distance.abs() <= tolerance)
        };
        let far = 4.0 * (self.coefficient.abs() + self.error_bound) / tolerance;
        let far = if far < (LARGEST_SIZE / 2) as f64 {
            (far as usize).max(FEWEST).next_power_of_two()
        } else if is_within(LARGEST_SIZE)? {
            LARGEST_SIZE
        } else {
            return Ok(None);
        };
        // Within the tolerance: `high`. Not within: `low`.
        let (mut low, mut high) = (1, far);
        while high > 2 && low == 1 {
            if is_within(high / 2)? { high /= 2 } else { low = high / 2 }
        }
        while high - low > 1 {
            let middle = low + (high - low) / 2;
            if is_within(middle)? { high = middle } else { low = middle }
        }
        Ok(Some(high))
    }
}

/// `P(k) − P_∞`, both at the criticality that the cell has after rounding, and a bound on its error.
fn distance_from_limit(
    patch_dim: usize,
    patches: usize,
    criticality_gap: f64,
    scale_ratio: f64,
) -> Result<(f64, f64), Error> {
    let sum_rate = patches as f64 - 1.0 + PI;
    let cell = Cell::new(patch_dim, patches, (1.0 - criticality_gap) * sum_rate / PI, scale_ratio)?;
    let exact = success_probability(&cell, None, &Quadrature::to(1e-13))?;
    let distribution = AngleDistribution::new(patch_dim);
    let limit = limit_angle(cell.shape().criticality_gap(), scale_ratio)?;
    // The limit's flow is integrated to 1e-7.
    let error = limit.map_or(0.0, |angle| (angle.error + 4e-14) * distribution.density(angle.log_tan));
    Ok((exact.probability - below_limit(&distribution, limit), exact.error_bound + error))
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
    limit_angle_to(1e-7, criticality_gap, scale_ratio)
}

pub(super) fn limit_angle_to(
    flow_tolerance: f64,
    criticality_gap: f64,
    scale_ratio: f64,
) -> Result<Option<CriticalAngle>, Error> {
    if !criticality_gap.is_finite() {
        return Err(Error::NotFinite { name: "criticality gap", value: criticality_gap });
    }
    if criticality_gap > 1.0 {
        return Err(Error::TooLarge { name: "criticality gap", value: criticality_gap, limit: 1.0 });
    }
    check_scale_ratio(scale_ratio)?;
    let Some(mut separatrix) = Separatrix::limit(criticality_gap, scale_ratio, flow_tolerance) else {
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
    Ok(below_limit(&AngleDistribution::new(patch_dim), angle))
}

pub(super) fn below_limit(distribution: &AngleDistribution, angle: Option<CriticalAngle>) -> f64 {
    match angle {
        Some(angle) => distribution.below(angle.log_tan),
        None if distribution.patch_dim() == 1 => 0.5, // the two points of the sphere are invariant
        None => 1.0,
    }
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
