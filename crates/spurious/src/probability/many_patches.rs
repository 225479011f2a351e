//! The limit for many patches, the approach to it, and its scaling law for long filters.
//!
//! At fixed criticality `x_c` every number on which a run depends is analytic in `1/k`: `ρ/k = (δx_c/γA) K/k`, the rate `K`
//! of the fast part, and the moments of the start, `E ζ² = 1/(k + 2)`. Hence
//!
//! ```text
//! P(k) = P_∞ + c₁/k + c₂/k² + …
//! ```
//!
//! In powers of `1/K`, or of `1/(k + 2)`, the first coefficient is the same and the second changes by a multiple of it, to
//! `c₂ + (π − 1)c₁` or `c₂ + 2c₁`. For `p = 5`, `β = 1` these are small: `−c₂/c₁` is 2.8 at `x_c = 0.05`, 2.07 at
//! `½`, 1.4 at `0.95`, so that `P_∞ + c₁/K` has a tenth of the error of `P_∞ + c₁/k` or less. For long filters or large
//! scale ratios `c₂` has another size, and no such shift suits all cases. So `c₁` is given for powers of `1/k`.

use std::f64::consts::{FRAC_1_SQRT_2, FRAC_PI_2};

use serde::Serialize;
use statrs::function::erf::erfc;

use super::{Quadrature, success_probability};
use crate::activation::Activation;
use crate::criticality::Criticality;
use crate::error::{Error, positive};
use crate::initialization::AngleDistribution;
use crate::model::{Cell, LARGEST_SIZE, check_scale_ratio, size};
use crate::monitor::Monitor;
use crate::separatrix::{CriticalAngle, Separatrix};

/// The approach to the limit for many patches at fixed criticality: `P(k) = P_∞ + c₁/k + O(1/k²)`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Approach {
    #[serde(skip)]
    patch_dim: usize,
    #[serde(skip)]
    criticality: Criticality,
    #[serde(skip)]
    scale_ratio: f64,
    /// The limit `P_∞`. It is not serialised, because every exact probability already has it.
    #[serde(skip)]
    pub limit_probability: f64,
    /// The coefficient `c₁`.
    pub coefficient: f64,
    /// Bound on its error.
    pub error_bound: f64,
}

/// The coefficient is extrapolated from numbers of patches that begin here and are doubled each time.
const FEWEST: usize = 16;
const DOUBLINGS: usize = 12;

/// The coefficient `c₁` of `P(k) = P_∞ + c₁/k + O(1/k²)` at fixed criticality, by Richardson extrapolation of
/// `k (P(k) − P_∞)` over doubled numbers of patches.
///
/// ```text
/// T₀(k) = k (P(k) − P_∞)        Tⱼ(2k) = Tⱼ₋₁(2k) + (Tⱼ₋₁(2k) − Tⱼ₋₁(k))/(2ʲ − 1) = c₁ + O(1/kʲ⁺¹)
/// ```
///
/// # Accuracy
/// The error is at most `error_bound`, which adds the change from the previous order and the errors of the probabilities. It is some
/// 10⁻¹⁰ for `p` and `β` of order one.
///
/// # Errors
/// As [`limit_angle`]; if the patch dimension is not valid, or the monitor cancels.
///
/// # Examples
/// ```
/// use spurious::{Cell, Criticality, Quadrature, probability::approach, success_probability};
/// let half = Criticality::new(0.5)?;
/// let found = approach(5, half, 1.0, &())?;
/// let thousand = Cell::new(5, 1000, half.sum_ratio(1000), 1.0)?;
/// let exact = success_probability(&thousand, None, &Quadrature::default(), &())?.probability;
/// assert!((found.limit_probability + found.coefficient / 1000.0 - exact).abs() < 1e-6);
/// # Ok::<(), spurious::Error>(())
/// ```
pub fn approach(
    patch_dim: usize,
    criticality: Criticality,
    scale_ratio: f64,
    monitor: &dyn Monitor,
) -> Result<Approach, Error> {
    let mut best = Approach {
        patch_dim,
        criticality,
        scale_ratio,
        limit_probability: limit_probability(patch_dim, criticality, scale_ratio)?,
        coefficient: 0.0,
        error_bound: 0.0,
    };
    if !criticality.has_trap() {
        return Ok(best); // nothing is trapped
    }
    best.error_bound = f64::INFINITY;
    // Tⱼ of the last number of patches, each with a bound on the effect of the errors of the probabilities.
    let mut column: Vec<(f64, f64)> = Vec::new();
    for doubling in 0..DOUBLINGS {
        let patches = FEWEST << doubling;
        let (distance, error) = best.distance_from_limit(patches, monitor)?;
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
    /// For large `k` the distance is `|c₁|/k`. From there, `k` is halved until the distance is too large, and the interval between the
    /// last two values is bisected. Between two powers of two that are both within the tolerance, the distance is not checked.
    ///
    /// `None` if even [`LARGEST_SIZE`] patches are too few, or if no such number of patches has this criticality.
    ///
    /// # Errors
    /// If the tolerance is not a positive number, or the monitor cancels.
    ///
    /// # Examples
    /// ```
    /// use spurious::{Criticality, probability::approach};
    /// let found = approach(5, Criticality::new(0.5)?, 1.0, &())?;
    /// assert_eq!(found.patches_within(5e-4, &())?, Some(290)); // three digits
    /// # Ok::<(), spurious::Error>(())
    /// ```
    pub fn patches_within(&self, tolerance: f64, monitor: &dyn Monitor) -> Result<Option<usize>, Error> {
        positive("tolerance", tolerance)?;
        if !self.criticality.has_trap() {
            // Nothing is trapped wherever there is such a cell: ρ = x_c δK/(γA) ≤ k. (With one patch x_c ≤ 1.)
            let criticality = self.criticality.value();
            let activation = self.criticality.activation();
            if activation.is_identity() {
                return Ok(Some(1));
            }
            let (aligned, delta) = (activation.aligned(), activation.right_angle());
            let room = activation.independent() * (aligned - delta * criticality);
            let fewest = delta * criticality * activation.output_rate() / room;
            let fewest = (fewest - 1e-15 * fewest * fewest - 1e-9).ceil(); // rounding of x_c
            return Ok((room > 0.0 && fewest <= LARGEST_SIZE as f64).then_some((fewest as usize).max(2)));
        }
        let is_within = |patches| {
            self.distance_from_limit(patches, monitor).map(|(distance, _)| distance.abs() <= tolerance)
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

    /// `P(k) − P_∞`, both at the criticality of the cell after rounding, and a bound on its error.
    fn distance_from_limit(&self, patches: usize, monitor: &dyn Monitor) -> Result<(f64, f64), Error> {
        let sum_ratio = self.criticality.sum_ratio(patches);
        let cell = Cell::new(self.patch_dim, patches, sum_ratio, self.scale_ratio)?
            .with_activation(self.criticality.activation());
        let exact = success_probability(&cell, None, &Quadrature::of(1e-13), monitor)?;
        let distribution = AngleDistribution::new(self.patch_dim);
        let limit = limit_angle(cell.shape().criticality(), self.scale_ratio)?;
        // The flow of the limit is integrated with the tolerance 1e-7.
        let error = limit.map_or(0.0, |angle| (angle.error + 4e-14) * distribution.density(angle.log_tan));
        Ok((
            exact.probability - below_limit(&distribution, cell.shape().criticality(), limit),
            exact.error_bound + error,
        ))
    }
}

/// The critical angle `φ_∞(x_c, β)` of the limit of infinitely many patches, where it does not depend on the start of
/// the output weights; `None` for `x_c ≥ 1`, where nothing is trapped.
///
/// # Errors
/// If the scale ratio is outside [`SCALE_RATIOS`](crate::model::SCALE_RATIOS).
///
/// # Examples
/// ```
/// use spurious::{Criticality, probability::limit_angle};
/// let angle = limit_angle(Criticality::new(0.5)?, 1.0)?.expect("x_c < 1").angle();
/// assert!((angle - 1.930717).abs() < 1e-6);
/// # Ok::<(), spurious::Error>(())
/// ```
pub fn limit_angle(criticality: Criticality, scale_ratio: f64) -> Result<Option<CriticalAngle>, Error> {
    limit_angle_to(1e-7, criticality, scale_ratio)
}

pub(super) fn limit_angle_to(
    flow_tolerance: f64,
    criticality: Criticality,
    scale_ratio: f64,
) -> Result<Option<CriticalAngle>, Error> {
    check_scale_ratio(scale_ratio)?;
    let Some(mut separatrix) = Separatrix::limit(criticality, scale_ratio, flow_tolerance) else {
        return Ok(None);
    };
    let activation = criticality.activation();
    let start = activation.right_angle() * criticality.value() / activation.aligned(); // y
    // A planar flow takes some milliseconds for all parameters.
    separatrix.critical_angle(start, 0.0, 0.0, &()).map(Some)
}

/// The limit `F_p(φ_∞(x_c, β))` of the success probability as `k → ∞` at fixed criticality.
///
/// # Errors
/// As [`limit_angle`].
///
/// # Examples
/// ```
/// use spurious::{Criticality, probability::limit_probability};
/// assert!((limit_probability(5, Criticality::new(0.5)?, 1.0)? - 0.753228).abs() < 1e-6);
/// # Ok::<(), spurious::Error>(())
/// ```
pub fn limit_probability(patch_dim: usize, criticality: Criticality, scale_ratio: f64) -> Result<f64, Error> {
    size("patch dimension", patch_dim)?;
    let angle = limit_angle(criticality, scale_ratio)?;
    Ok(below_limit(&AngleDistribution::new(patch_dim), criticality, angle))
}

pub(super) fn below_limit(
    distribution: &AngleDistribution,
    criticality: Criticality,
    angle: Option<CriticalAngle>,
) -> f64 {
    match angle {
        _ if criticality.activation().is_identity() => 1.0,
        Some(angle) => distribution.below(angle.log_tan),
        None if distribution.patch_dim() == 1 => 0.5, // the two points of the sphere are invariant
        None => 1.0,
    }
}

/// The coefficient `κ(β)` of the scaling law, the slope of the limit's critical angle at `x_c = 0`:
/// `φ_∞ = π/2 + κ(β) x_c + O(x_c²)`.
///
/// ```text
/// κ(β) = (δ/A) [ α/λ + β²λ/Λ ],      Λ = ½ [ α + √(α² + 4β²λ²) ],   λ at a right angle
///      = 2(π−1)/π² + β²/(2Λ)                                          of the rectifier, where λ = π/2
/// ```
///
/// # Examples
/// ```
/// use spurious::{Activation, probability::scaling_coefficient};
/// assert!((scaling_coefficient(Activation::RECTIFIER, 1.0) - 0.60222).abs() < 1e-5);
/// ```
pub fn scaling_coefficient(activation: Activation, scale_ratio: f64) -> f64 {
    let (decay, turning) = (activation.output_rate(), activation.turning(FRAC_PI_2));
    let rate = 0.5 * (decay + decay.hypot(2.0 * turning * scale_ratio)); // Λ
    let share = activation.right_angle() / activation.aligned();
    share * (decay / turning + scale_ratio * scale_ratio * turning / rate)
}

/// The scaling law for many patches and long filters, `P ≈ Φ(κ(β)·√p·x_c)`, with `Φ` the normal distribution function. It
/// depends on `√p·ρ/k` alone for a given `β`.
///
/// # Accuracy
/// An approximation: off by some 0.004 at `p = 100`, `x_c = 0.1`, and better for larger `p` and smaller `x_c`.
///
/// # Examples
/// ```
/// use spurious::{Criticality, probability::{limit_probability, scaling_law}};
/// let criticality = Criticality::new(0.1)?;
/// let (law, exact) = (scaling_law(1000, criticality, 1.0), limit_probability(1000, criticality, 1.0)?);
/// assert!((law - exact).abs() < 0.004);
/// # Ok::<(), spurious::Error>(())
/// ```
pub fn scaling_law(patch_dim: usize, criticality: Criticality, scale_ratio: f64) -> f64 {
    let argument = scaling_coefficient(criticality.activation(), scale_ratio)
        * (patch_dim as f64).sqrt()
        * criticality.value();
    0.5 * erfc(-argument * FRAC_1_SQRT_2)
}
