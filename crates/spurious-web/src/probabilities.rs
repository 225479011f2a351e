//! Exact probabilities: of one cell, and of a tile of the phase diagram beside the cells of the paper.

use serde::{Deserialize, Serialize};
use spurious::paper::{PrintedCell, table1};
use spurious::probability::{ProbabilityAnswer, ProbabilityQuestion};
use spurious::{Activation, Cell, Error, Quadrature, WeightShape, success_probabilities};

use crate::answer::{Answer, Refused};
use crate::limits::{MOST_CELLS, at_most};
use crate::question::Question;

/// The tolerance of a map, whose colours show three digits.
const MAP_TOLERANCE: f64 = 1e-4;

#[derive(Debug, Deserialize)]
struct ProbabilityKeys {
    step_size: Option<f64>,
    tolerance: Option<f64>,
    confidence: Option<f64>,
}

pub(crate) fn probability(question: &Question) -> Result<Answer, Refused> {
    let (cell, keys): (_, ProbabilityKeys) = (question.cell()?, question.read()?);
    let usual = ProbabilityQuestion::default();
    let quadrature = keys.tolerance.map_or(Ok(usual.quadrature), Quadrature::to)?;
    let confidence = keys.confidence.unwrap_or(usual.confidence);
    let question = ProbabilityQuestion { quadrature, confidence, ..usual };
    let answer = ProbabilityAnswer::new(&cell, keys.step_size, 0, &question, &())?;
    Answer::new(&answer, Vec::new())
}

#[derive(Debug, Deserialize)]
struct TilesKeys {
    patch_dim: usize,
    patches: Vec<usize>,
    sum_ratios: Vec<f64>,
    scale_ratio: Option<f64>,
    #[serde(default)]
    negative_slope: f64,
    step_size: Option<f64>,
    tolerance: Option<f64>,
}

#[derive(Serialize)]
struct TilesAnswer {
    critical_sum_ratio: Vec<Option<f64>>,
}

impl TilesKeys {
    fn answer(&self) -> Result<Answer, Refused> {
        let count = self.patches.len().saturating_mul(self.sum_ratios.len());
        at_most("cells of a tile", count as u64, MOST_CELLS as u64)?;
        let activation = Activation::leaky(self.negative_slope)?;
        let quadrature = Quadrature::to(self.tolerance.unwrap_or(MAP_TOLERANCE))?;
        let scale_ratio = self.scale_ratio.unwrap_or(1.0);
        let cell = |patches, sum_ratio| {
            let cell = Cell::new(self.patch_dim, patches, sum_ratio, scale_ratio)?;
            Ok::<_, Error>(cell.with_activation(activation))
        };
        let mut block = Vec::with_capacity(count);
        for &sum_ratio in &self.sum_ratios {
            for &patches in &self.patches {
                // A sum ratio of more than the number of patches is no mistake here: the map has a corner without cells.
                let is_outside = sum_ratio > patches as f64 || patches == 1 && sum_ratio != 1.0;
                block.push(match is_outside {
                    true => f64::NAN,
                    false => self.probability(cell(patches, sum_ratio)?, &quadrature)?,
                });
            }
        }
        let critical = |&patches: &usize| {
            // The critical sum ratio does not depend on the sum ratio.
            let shape = WeightShape::new(patches, 1.0)?.with_activation(activation);
            Ok(Some(shape.critical_sum_ratio()).filter(|ratio| ratio.is_finite()))
        };
        let critical_sum_ratio = self.patches.iter().map(critical).collect::<Result<_, Error>>()?;
        Answer::new(&TilesAnswer { critical_sum_ratio }, block)
    }

    /// NaN where the step size is too large for the cell.
    fn probability(&self, cell: Cell, quadrature: &Quadrature) -> Result<f64, Error> {
        match success_probabilities(&[cell], self.step_size, quadrature, &()).pop() {
            Some(Ok(found)) => Ok(found.probability),
            Some(Err(Error::NoSeparatrix { .. } | Error::StepDiverges { .. })) | None => Ok(f64::NAN),
            Some(Err(error)) => Err(error),
        }
    }
}

pub(crate) fn tiles(question: &Question) -> Result<Answer, Refused> {
    question.read::<TilesKeys>()?.answer()
}

#[derive(Serialize)]
struct Paper {
    patch_dim: usize,
    scale_ratio: f64,
    cells: Vec<PrintedCell>,
}

/// Table 1 of the paper.
pub(crate) fn paper() -> Result<Answer, Refused> {
    let (patch_dim, scale_ratio) = (spurious::paper::PATCH_DIM, spurious::paper::SCALE_RATIO);
    Answer::new(&Paper { patch_dim, scale_ratio, cells: table1() }, Vec::new())
}
