//! A fitted model as a text that can be kept, and that is checked when it is read back.

use serde::{Deserialize, Serialize};

use super::labels::Labels;
use super::loss::Loss;
use super::network::Network;
use super::survey::not_classes;
use super::target::MOST_CLASSES;
use super::transform::{Scaling, Transform};
use super::windows::Windows;
use crate::Error;

/// What the text begins with, so that other JSON is told apart.
const FORMAT: &str = "spurious-model";
/// Raised whenever a field changes its meaning.
const FORMAT_VERSION: u64 = 5;

/// A fitted model: all that predictions need, and where it came from.
///
/// # Examples
/// ```
/// use spurious::fit::{Labels, Loss, Model, Network, Scaling, Windows};
/// let model = Model {
///     network: Network::new(vec![1.0, 0.0], vec![2.0, -1.0]),
///     loss: Loss::Squares,
///     standard_errors: Some(Network::new(vec![0.1, 0.1], vec![0.2, 0.2])),
///     scaling: Scaling::None,
///     transform: None,
///     windows: Windows::consecutive(4, 2)?,
///     columns: ["a", "b", "c", "d"].map(str::to_owned).to_vec(),
///     target: "y".to_owned(),
///     labels: Labels::Numbers,
///     column_means: None,
///     prediction_interval: Some(1.1),
///     samples: 100,
///     noise: 0.5,
///     train_r2: 0.9,
///     validation_r2: None,
/// };
/// let text = model.to_json();
/// assert_eq!(Model::from_json(&text)?, model);
/// assert!(Model::from_json(&text.replace("2.0", "2.5")).is_err()); // its checksum tells
/// # Ok::<(), spurious::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Model {
    /// On the patches as they are.
    pub network: Network,
    /// What it was fitted by. With the logistic loss its value is the logarithm of the odds of the higher class.
    pub loss: Loss,
    /// Of each of its numbers, if they are known.
    pub standard_errors: Option<Network>,
    /// How patches were scaled while it was fitted.
    pub scaling: Scaling,
    /// The transform that did so. The network does not need it.
    pub transform: Option<Transform>,
    /// How a row is cut into patches.
    pub windows: Windows,
    /// Names of the numbers of a row, in its order.
    pub columns: Vec<String>,
    /// What is predicted.
    pub target: String,
    /// How its values became the numbers that are predicted.
    pub labels: Labels,
    /// What stands for a missing value in each column, if the model was fitted so.
    pub column_means: Option<Vec<f64>>,
    /// Half the width of an interval of 95 % around a prediction, from the errors on samples held out.
    pub prediction_interval: Option<f64>,
    /// Samples that it was fitted to.
    pub samples: u64,
    /// Standard deviation of the residuals, in units of the target.
    pub noise: f64,
    /// `R²` on those samples.
    pub train_r2: f64,
    /// `R²` on samples held out.
    pub validation_r2: Option<f64>,
}

/// What stands around the model in its text.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Envelope<M> {
    format: String,
    format_version: u64,
    model: M,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    checksum: Option<String>,
}

/// The head alone, whatever the rest is.
#[derive(Deserialize)]
struct Head {
    format: String,
    format_version: u64,
}

impl Model {
    /// The model as JSON: format and its version, the model, and a checksum of it.
    pub fn to_json(&self) -> String {
        let envelope = Envelope {
            format: FORMAT.to_owned(),
            format_version: FORMAT_VERSION,
            model: self,
            checksum: Some(self.checksum()),
        };
        serde_json::to_string_pretty(&envelope).unwrap_or_default() + "\n"
    }

    /// Reads a model back and checks it.
    ///
    /// # Errors
    /// If the text is not a model, is of another version, was changed after it was written (a text without `checksum` is
    /// taken as it is), or its parts do not fit each other.
    pub fn from_json(text: &str) -> Result<Self, Error> {
        let syntax = |error: serde_json::Error| Error::ModelSyntax { problem: error.to_string() };
        let head: Head = serde_json::from_str(text).map_err(syntax)?;
        if head.format != FORMAT {
            return Err(Error::ModelFormat { found: head.format });
        }
        if head.format_version != FORMAT_VERSION {
            return Err(Error::ModelVersion { found: head.format_version, expected: FORMAT_VERSION });
        }
        let envelope: Envelope<Self> = serde_json::from_str(text).map_err(syntax)?;
        let model = envelope.model;
        model.check()?;
        if envelope.checksum.is_some_and(|checksum| checksum != model.checksum()) {
            return Err(Error::ModelChanged);
        }
        Ok(model)
    }

    fn check(&self) -> Result<(), Error> {
        let p = self.windows.patch_dim();
        let length = |name, found, expected| {
            if found == expected { Ok(()) } else { Err(Error::Length { name, found, expected }) }
        };
        for network in [Some(&self.network), self.standard_errors.as_ref()].into_iter().flatten() {
            network.check(&self.windows)?;
            network.numbers().try_for_each(|value| finite("network", value))?;
        }
        if let Loss::Logistic { low, high } = self.loss {
            finite("class", low)?;
            finite("class", high)?;
            if low >= high {
                return Err(not_classes());
            }
        }
        let scores = self.network.scores();
        let is_known = self.loss.classes().is_none_or(|classes| (3..=MOST_CLASSES).contains(&classes));
        if scores != self.loss.values() || !is_known {
            return Err(not_classes());
        }
        length("columns", self.columns.len(), self.windows.width())?;
        for &mean in self.column_means.iter().flatten() {
            finite("column mean", mean)?;
        }
        if let Some(means) = &self.column_means {
            length("column means", means.len(), self.windows.width())?;
        }
        if let Some(transform) = &self.transform {
            length("transform mean", transform.mean.len(), p)?;
            length("transform matrix", transform.matrix.len(), p * p)?;
        }
        Ok(())
    }

    /// FNV-1a of the model's compact JSON: it notices slips, not intent.
    fn checksum(&self) -> String {
        let text = serde_json::to_string(self).unwrap_or_default();
        let step = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        format!("{:016x}", text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, step))
    }
}

fn finite(name: &'static str, value: f64) -> Result<(), Error> {
    if value.is_finite() { Ok(()) } else { Err(Error::NotFinite { name, value }) }
}
