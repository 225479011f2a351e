//! What questions have in common: a cell, a start, a method. Keys and defaults are those of the command line.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use spurious::dynamics::algorithm::AlgorithmSettings;
use spurious::ensemble::Counts;
use spurious::{Activation, Algorithm, Cell, OrderParameters};

use crate::answer::Refused;

/// A question, whose parts are read one by one.
pub(crate) struct Question(Value);

/// What is asked.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Request {
    About,
    Landscape,
    Losses,
    Boundary,
    Run,
    Compare,
    Probability,
    Tiles,
    Paper,
    Batch,
    Width,
}

impl Question {
    pub(crate) fn parsed(text: &str) -> Result<Self, Refused> {
        serde_json::from_str(text).map(Self).map_err(|error| unreadable(&error))
    }

    /// Some keys of the question; others may stand beside them.
    pub(crate) fn read<'a, T: Deserialize<'a>>(&'a self) -> Result<T, Refused> {
        T::deserialize(&self.0).map_err(|error| unreadable(&error))
    }

    pub(crate) fn request(&self) -> Result<Request, Refused> {
        #[derive(Deserialize)]
        struct Asked {
            request: Request,
        }
        Ok(self.read::<Asked>()?.request)
    }

    pub(crate) fn cell(&self) -> Result<Cell, Refused> {
        self.read::<CellKeys>()?.cell()
    }
}

fn unreadable(error: &serde_json::Error) -> Refused {
    Refused(format!("the question cannot be read: {error}"))
}

/// A cell.
#[derive(Debug, Clone, Copy, Deserialize)]
struct CellKeys {
    patch_dim: usize,
    patches: usize,
    sum_ratio: f64,
    #[serde(default = "one")]
    scale_ratio: f64,
    #[serde(default)]
    negative_slope: f64,
}

fn one() -> f64 {
    1.0
}

impl CellKeys {
    fn cell(&self) -> Result<Cell, Refused> {
        let cell = Cell::new(self.patch_dim, self.patches, self.sum_ratio, self.scale_ratio)?;
        Ok(cell.with_activation(Activation::leaky(self.negative_slope)?))
    }
}

/// A start: drawn, or given.
#[derive(Debug, Clone, Copy, Deserialize)]
pub(crate) struct StartKeys {
    pub(crate) angle: Option<f64>,
    pub(crate) sum: Option<f64>,
    pub(crate) signal: Option<f64>,
    #[serde(default = "first_seed")]
    pub(crate) seed: u64,
    #[serde(default)]
    pub(crate) trial: u64,
}

pub(crate) fn first_seed() -> u64 {
    1
}

/// A start in numbers.
#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct Start {
    angle: f64,
    sum: f64,
    signal: f64,
}

impl Start {
    pub(crate) fn of(at: &OrderParameters) -> Self {
        Self { angle: at.angle(), sum: at.sum, signal: at.signal }
    }
}

/// What moves the student.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct MethodKeys {
    pub(crate) step_size: Option<f64>,
    #[serde(default = "gd")]
    algorithm: String,
    #[serde(default)]
    settings: AlgorithmSettings,
}

fn gd() -> String {
    Algorithm::Gd.name().to_owned()
}

impl MethodKeys {
    /// The algorithm; without a step size only gradient descent has a meaning, as gradient flow.
    pub(crate) fn algorithm(&self) -> Result<Algorithm, Refused> {
        let algorithm = Algorithm::list(&[&self.algorithm], &self.settings)?[0];
        if algorithm != Algorithm::Gd && self.step_size.is_none() {
            return Err(Refused(format!("{} moves in steps: give a step size", algorithm.name())));
        }
        Ok(algorithm)
    }
}

/// Counts of outcomes, as an earlier answer has them.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
pub(crate) struct CountKeys {
    runs: u64,
    global: u64,
    spurious: u64,
    undecided: u64,
    /// Of a row of widths.
    pub(crate) single_probability: Option<f64>,
}

impl CountKeys {
    pub(crate) fn counts(self) -> Result<Counts, Refused> {
        let Self { runs, global, spurious, undecided, .. } = self;
        let sum = global.checked_add(spurious).and_then(|sum| sum.checked_add(undecided));
        if sum != Some(runs) || runs > 1 << 53 {
            return Err(Refused("the counts of runs before do not add up".to_owned()));
        }
        Ok(Counts { runs, global, spurious, undecided })
    }
}
