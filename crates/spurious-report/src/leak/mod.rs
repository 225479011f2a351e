//! Whether a leak of the activation helps: exact probabilities of leaky rectifiers, `σ(t) = max(t, 0) + c min(t, 0)`.
//!
//! The threshold `ρ_c` from which on there is no trap rises with `c` for every number of patches, which is proved (theory, section 15), and
//! the exact probabilities fall.

mod chapter;
mod figure;

use serde::Serialize;
use spurious::model::{Cell, WeightShape};
use spurious::probability::Quadrature;
use spurious::{Activation, Error};

use crate::document::{Part, sheet};
use crate::table1::{PATCH_DIM, SCALE_RATIO};
use crate::work::Work;

const PATCHES: usize = 25;
/// The last is above the threshold of the rectifier.
const SUM_RATIOS: [f64; 3] = [1.0, 4.0, 9.0];
/// Slopes of the table.
const SLOPES: [f64; 6] = [0.0, 0.01, 0.1, 0.3, 0.6, 0.9];

/// The threshold, and exact probabilities, for one negative slope.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LeakPoint {
    /// Negative slope `c` of the activation; 0 is the rectifier.
    pub negative_slope: f64,
    /// `ρ_c`, from which on there is no spurious minimum.
    pub critical_sum_ratio: f64,
    /// Success probability for each sum ratio.
    pub probability: [f64; 3],
    /// Bounds on their errors.
    pub error_bound: [f64; 3],
}

/// The same teachers with more and more leak.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Leak {
    /// Patch dimension `p`.
    pub patch_dim: usize,
    /// Number of patches `k`.
    pub patches: usize,
    /// Scale ratio `β`.
    pub scale_ratio: f64,
    /// Sum ratios `ρ`.
    pub sum_ratio: [f64; 3],
    /// By rising slope.
    pub curve: Vec<LeakPoint>,
}

impl Leak {
    pub(crate) fn compute(work: &Work<'_>) -> Result<Self, Error> {
        let step = work.choose(10, 1);
        let slopes = (0..=90_u32).filter(|hundredths| hundredths % step == 0 || *hundredths == 1);
        let slopes: Vec<f64> = slopes.map(|hundredths| f64::from(hundredths) / 100.0).collect();
        work.begin("leaky rectifiers", slopes.len());
        Ok(Self {
            patch_dim: PATCH_DIM,
            patches: PATCHES,
            scale_ratio: SCALE_RATIO,
            sum_ratio: SUM_RATIOS,
            curve: work.each(&slopes, |&slope| point(work, slope))?,
        })
    }

    /// Those of the table.
    pub(crate) fn cells(&self) -> Vec<&LeakPoint> {
        self.curve.iter().filter(|point| SLOPES.contains(&point.negative_slope)).collect()
    }

    /// Whether thresholds rise and probabilities fall from each slope to the next, but for those that are 1.
    pub fn never_helps(&self) -> bool {
        self.curve.windows(2).all(|pair| {
            let falls = |i: usize| {
                let [before, after] = [pair[0].probability[i], pair[1].probability[i]];
                after < before || before == 1.0 && after == 1.0
            };
            pair[1].critical_sum_ratio > pair[0].critical_sum_ratio && (0..SUM_RATIOS.len()).all(falls)
        })
    }

    pub(crate) fn part(&self) -> Part {
        let points = self.curve.iter().flat_map(|point| (0..SUM_RATIOS.len()).map(move |i| (point, i)));
        Part {
            chapters: chapter::chapter(self),
            sheets: vec![sheet!(
                "leak", points, (point, i) => negative_slope: point.negative_slope,
                critical_sum_ratio: point.critical_sum_ratio, sum_ratio: self.sum_ratio[i],
                probability: point.probability[i], error_bound: point.error_bound[i]
            )],
        }
    }
}

fn point(work: &Work<'_>, negative_slope: f64) -> Result<LeakPoint, Error> {
    let activation = Activation::leaky(negative_slope)?;
    let (mut probability, mut error_bound) = ([0.0; 3], [0.0; 3]);
    for (i, sum_ratio) in SUM_RATIOS.into_iter().enumerate() {
        let cell = Cell::new(PATCH_DIM, PATCHES, sum_ratio, SCALE_RATIO)?.with_activation(activation);
        let exact = work.exact(&cell, None, &Quadrature::default())?;
        (probability[i], error_bound[i]) = (exact.probability, exact.error_bound);
    }
    let critical_sum_ratio =
        WeightShape::new(PATCHES, SUM_RATIOS[0])?.with_activation(activation).critical_sum_ratio();
    Ok(LeakPoint { negative_slope, critical_sum_ratio, probability, error_bound })
}
