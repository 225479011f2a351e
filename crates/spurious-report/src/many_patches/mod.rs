//! What the paper leaves open: how the success probability depends on the number of patches.
//!
//! It depends on `k` and `ρ` through the criticality `x_c = πρ/(k + π − 1)`, up to corrections of order `1/k`:
//! `P → F_p(φ_∞(x_c, β))`. For long filters the limit has a closed form, the scaling law
//!
//! ```text
//! P ≈ Φ( κ(β) √p x_c ),    κ(β) = 2(π−1)/π² + β²/(2Λ),    Λ = [ (π−1) + √((π−1)² + π²β²) ]/2
//! ```
//!
//! with `Φ` the normal distribution function: for small `x_c` the limit flow linearises about the right angle, and the
//! angle of a random direction in many dimensions is close to normal about it, with variance `1/p`.

mod chapter;
mod figure;

use serde::Serialize;
use spurious::model::{Cell, WeightShape};
use spurious::probability::{
    Quadrature, approach, limit_angle, limit_probability, scaling_coefficient, scaling_law,
};
use spurious::{Activation, Criticality, Error};

use crate::document::{Part, sheet};
use crate::phase_diagram::PhaseDiagram;
use crate::table1::{PATCH_DIM, SCALE_RATIO, Table1};
use crate::work::Work;

/// Criticalities at which the approach to the limit is shown.
const APPROACHES: [f64; 3] = [0.2, 0.5, 0.8];
/// Three digits: half a unit of the third.
const THREE_DIGITS: f64 = 5e-4;
const SCALING_DIMS: [usize; 4] = [5, 20, 100, 1000];
/// The scaling law is shown up to this `√p x_c`.
const LARGEST_SCALED: f64 = 3.2;

/// The limit of many patches at one criticality.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct LimitPoint {
    /// Criticality `x_c`.
    pub criticality: f64,
    /// Critical angle `φ_∞`, radians; `None` where nothing is trapped.
    pub angle: Option<f64>,
    /// `F_p(φ_∞)`.
    pub probability: f64,
}

/// A finite number of patches against the limit.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct ApproachPoint {
    /// Number of patches `k`.
    pub patches: usize,
    /// Sum ratio `ρ` that gives the criticality.
    pub sum_ratio: f64,
    /// Success probability.
    pub probability: f64,
    /// Bound on its error.
    pub error_bound: f64,
    /// Its limit minus it.
    pub difference: f64,
}

/// How the limit is approached at one criticality.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ApproachCurve {
    /// Criticality `x_c`.
    pub criticality: f64,
    /// The limit.
    pub limit_probability: f64,
    /// By rising number of patches.
    pub points: Vec<ApproachPoint>,
    /// `k` times the difference for `k → ∞`, the coefficient of `P = P_∞ − coefficient/k + O(1/k²)`.
    pub coefficient: f64,
    /// Bound on its error.
    pub coefficient_error: f64,
    /// The smallest number of patches from which on the limit has three digits.
    pub three_digits: usize,
    /// Slope of `ln difference` against `ln k` between the two largest `k`.
    pub slope: f64,
}

/// The limit against the scaling law.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct ScalingPoint {
    /// Criticality `x_c`.
    pub criticality: f64,
    /// `√p x_c`.
    pub scaled: f64,
    /// The limit `F_p(φ_∞)`.
    pub probability: f64,
    /// `Φ(κ√p x_c)`.
    pub law: f64,
}

/// One patch dimension against the scaling law.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ScalingCurve {
    /// Patch dimension `p`.
    pub patch_dim: usize,
    /// By rising criticality.
    pub points: Vec<ScalingPoint>,
    /// Largest difference between the limit and the law.
    pub largest_difference: f64,
}

/// The limit of many patches.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ManyPatches {
    /// Patch dimension `p` of the curve and the approach.
    pub patch_dim: usize,
    /// Scale ratio `β`.
    pub scale_ratio: f64,
    /// The limit by criticality.
    pub curve: Vec<LimitPoint>,
    /// The approach to it.
    pub approaches: Vec<ApproachCurve>,
    /// `κ(β)` of the scaling law.
    pub kappa: f64,
    /// The scaling law beside exact limits.
    pub scaling: Vec<ScalingCurve>,
}

impl ManyPatches {
    pub(crate) fn compute(work: &Work<'_>) -> Result<Self, Error> {
        let sizes: &[usize] = work.choose(
            &[10, 25, 100, 300, 1000],
            &[10, 25, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 100_000, 1_000_000],
        );
        let curve_points = work.choose(60, 240);
        let scaling_points = work.choose(16, 32);
        let items = curve_points as usize + 1 + APPROACHES.len() * sizes.len() + SCALING_DIMS.len();
        work.begin("many patches", items);

        let curve = work.each(&Vec::from_iter(0..=curve_points), |&i| {
            limit_point(1.2 * f64::from(i) / f64::from(curve_points))
        })?;
        let mut approaches = Vec::new();
        for criticality in APPROACHES {
            let approach = approach(PATCH_DIM, Criticality::new(criticality)?, SCALE_RATIO, &work.quietly())?;
            let limit = approach.limit_probability;
            let points = work.each(sizes, |&patches| approach_point(work, criticality, limit, patches))?;
            let [.., before, last] = points[..] else { unreachable!("there are several sizes") };
            let Some(three_digits) = approach.patches_within(THREE_DIGITS, &work.quietly())? else {
                unreachable!("coefficients are of order one")
            };
            approaches.push(ApproachCurve {
                criticality,
                limit_probability: limit,
                coefficient: -approach.coefficient,
                coefficient_error: approach.error_bound,
                three_digits,
                slope: (last.difference / before.difference).ln()
                    / (last.patches as f64 / before.patches as f64).ln(),
                points,
            });
        }
        let scaling = work.each(&SCALING_DIMS, |&patch_dim| scaling_curve(patch_dim, scaling_points))?;
        Ok(Self {
            patch_dim: PATCH_DIM,
            scale_ratio: SCALE_RATIO,
            curve,
            approaches,
            kappa: scaling_coefficient(Activation::RECTIFIER, SCALE_RATIO),
            scaling,
        })
    }

    /// The approach that the text speaks of, at half the criticality of the threshold.
    pub(crate) fn half(&self) -> &ApproachCurve {
        &self.approaches[self.approaches.len() / 2]
    }

    pub(crate) fn part(&self, diagram: &PhaseDiagram, table: &Table1) -> Part {
        let approach =
            self.approaches.iter().flat_map(|curve| curve.points.iter().map(move |point| (curve, point)));
        let scaling =
            self.scaling.iter().flat_map(|curve| curve.points.iter().map(move |point| (curve, point)));
        let critical = |k| WeightShape::new(k, 1.0).map_or(f64::NAN, |shape| shape.critical_sum_ratio());
        Part {
            chapters: chapter::chapter(self, diagram, table),
            sheets: vec![
                sheet!("limit", &self.curve, p => criticality, critical_angle: p.angle, probability),
                sheet!(
                    "approach", approach, (curve, p) => criticality: curve.criticality, patches: p.patches,
                    sum_ratio: p.sum_ratio, probability: p.probability, error_bound: p.error_bound,
                    limit_probability: curve.limit_probability, difference: p.difference
                ),
                sheet!("threshold", 1..=120_usize, k => patches: k, critical_sum_ratio: critical(k)),
                sheet!(
                    "scaling", scaling, (curve, p) => patch_dim: curve.patch_dim, criticality: p.criticality,
                    scaled: p.scaled, probability: p.probability, law: p.law
                ),
                sheet!(
                    "phase-diagram", &diagram.cells, c => patches, sum_ratio, criticality, probability,
                    error_bound
                ),
            ],
        }
    }
}

fn limit_point(criticality: f64) -> Result<LimitPoint, Error> {
    let at = Criticality::new(criticality)?;
    Ok(LimitPoint {
        criticality,
        angle: limit_angle(at, SCALE_RATIO)?.map(|angle| angle.angle()),
        probability: limit_probability(PATCH_DIM, at, SCALE_RATIO)?,
    })
}

fn approach_point(
    work: &Work<'_>,
    criticality: f64,
    limit: f64,
    patches: usize,
) -> Result<ApproachPoint, Error> {
    let sum_ratio = Criticality::new(criticality)?.sum_ratio(patches);
    let cell = Cell::new(PATCH_DIM, patches, sum_ratio, SCALE_RATIO)?;
    let exact = work.exact(&cell, None, &Quadrature::default())?;
    Ok(ApproachPoint {
        patches,
        sum_ratio,
        probability: exact.probability,
        error_bound: exact.error_bound,
        difference: limit - exact.probability,
    })
}

fn scaling_curve(patch_dim: usize, count: u32) -> Result<ScalingCurve, Error> {
    let root = (patch_dim as f64).sqrt();
    let points = (1..=count)
        .map(|i| LARGEST_SCALED * f64::from(i) / f64::from(count))
        .filter(|scaled| scaled / root < 1.0)
        .map(|scaled| {
            let criticality = scaled / root;
            let probability = limit_probability(patch_dim, Criticality::new(criticality)?, SCALE_RATIO)?;
            let law = scaling_law(patch_dim, Criticality::new(criticality)?, SCALE_RATIO);
            Ok(ScalingPoint { criticality, scaled, probability, law })
        })
        .collect::<Result<Vec<_>, Error>>()?;
    let largest_difference = points.iter().map(|p| (p.probability - p.law).abs()).fold(0.0, f64::max);
    Ok(ScalingCurve { patch_dim, points, largest_difference })
}
