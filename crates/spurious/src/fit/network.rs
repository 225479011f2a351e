//! A student network for finite data.

use serde::{Deserialize, Serialize};

use super::windows::Windows;
use crate::Error;

/// `f(Z) = c + Σᵢ Σⱼ aᵢⱼ σ(uᵢ·Zⱼ + bᵢ) + β·x`: filters `uᵢ` with biases `bᵢ` and output weights `aᵢ`, a linear part `β` of all
/// numbers `x` of a row, and an intercept `c`. The model of the paper has one filter, and neither bias, linear part nor intercept.
///
/// The function does not change when `(uᵢ, bᵢ)` is multiplied and `aᵢ` divided by the same positive number. Fits report the
/// representative with `‖uᵢ‖ = 1`.
///
/// # Examples
/// ```
/// use spurious::fit::Network;
/// let network = Network { intercept: 0.5, ..Network::new(vec![1.0, -1.0], vec![2.0, 3.0]) };
/// // The second patch is not active.
/// assert_eq!(network.value(&[3.0, 1.0, 0.0, 1.0]), 0.5 + 2.0 * 2.0);
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Network {
    /// The filters, `[r]`.
    pub filters: Vec<Filter>,
    /// `β`, in the order of the columns, `[width]`; empty without a linear part.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub linear_part: Vec<f64>,
    /// `c`, zero for the model of the paper.
    pub intercept: f64,
}

/// A filter that all patches share, and what its response in each patch counts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Filter {
    /// `u`, `[patch_dim]`.
    pub weights: Vec<f64>,
    /// `b`, zero for the model of the paper.
    pub bias: f64,
    /// `a`, `[patches]`.
    pub output_weights: Vec<f64>,
}

impl Network {
    /// A network of one filter, without bias and intercept.
    pub fn new(filter: Vec<f64>, output_weights: Vec<f64>) -> Self {
        Filter { weights: filter, bias: 0.0, output_weights }.into()
    }

    /// `f(Z)` for patches one after the other, `[patches · patch_dim]`, which are the row. Kernels are tested against this.
    pub fn value(&self, patches: &[f64]) -> f64 {
        self.value_of(patches, patches.iter().copied())
    }

    /// `f(Z)` for patches one after the other, and the numbers `x` of the row from which they were cut.
    pub(super) fn value_of(&self, patches: &[f64], row: impl Iterator<Item = f64>) -> f64 {
        let filters: f64 = self.filters.iter().map(|filter| filter.value(patches)).sum();
        self.intercept + filters + self.linear_value(row)
    }

    /// `β·x`
    pub(super) fn linear_value(&self, row: impl Iterator<Item = f64>) -> f64 {
        self.linear_part.iter().zip(row).map(|(b, x)| b * x).sum()
    }

    /// The same function with filters of length 1.
    pub fn normalised(mut self) -> Self {
        self.filters.iter_mut().for_each(Filter::normalise);
        self
    }

    /// The network as results show it: a single filter has its numbers also beside the others, as `filter`, `filter_bias` and
    /// `output_weights`.
    pub fn written(&self) -> WrittenNetwork<'_> {
        let only = match &self.filters[..] {
            [filter] => Some(OnlyFilter {
                filter: &filter.weights,
                filter_bias: filter.bias,
                output_weights: &filter.output_weights,
            }),
            _ => None,
        };
        WrittenNetwork { only, network: self }
    }

    /// Refuses a network of another shape than the windows.
    pub(super) fn check(&self, windows: &Windows) -> Result<(), Error> {
        let length = |name, found, expected| {
            if found == expected { Ok(()) } else { Err(Error::Length { name, found, expected }) }
        };
        if self.filters.is_empty() {
            length("filters", 0, 1)?;
        }
        for filter in &self.filters {
            length("filter", filter.weights.len(), windows.patch_dim())?;
            length("output weights", filter.output_weights.len(), windows.patches())?;
        }
        if !self.linear_part.is_empty() {
            length("linear part", self.linear_part.len(), windows.width())?;
        }
        Ok(())
    }

    /// All numbers, in the order of the fields.
    pub fn numbers(&self) -> impl Iterator<Item = f64> + '_ {
        self.filters
            .iter()
            .flat_map(Filter::numbers)
            .chain(self.linear_part.iter().copied())
            .chain([self.intercept])
    }

    /// A network of the same shape with other numbers, in the order of [`numbers`](Self::numbers). Where they end early, the rest is kept.
    pub fn with_numbers(&self, numbers: impl IntoIterator<Item = f64>) -> Self {
        let mut network = self.clone();
        let Self { filters, linear_part, intercept } = &mut network;
        let of_filters = filters.iter_mut().flat_map(|Filter { weights, bias, output_weights }| {
            weights.iter_mut().chain([bias]).chain(output_weights)
        });
        for (number, value) in of_filters.chain(linear_part).chain([intercept]).zip(numbers) {
            *number = value;
        }
        network
    }
}

/// See [`Network::written`].
#[derive(Debug, Serialize)]
pub struct WrittenNetwork<'a> {
    #[serde(flatten)]
    only: Option<OnlyFilter<'a>>,
    #[serde(flatten)]
    network: &'a Network,
}

#[derive(Debug, Serialize)]
struct OnlyFilter<'a> {
    filter: &'a [f64],
    filter_bias: f64,
    output_weights: &'a [f64],
}

impl From<Filter> for Network {
    fn from(filter: Filter) -> Self {
        Self { filters: vec![filter], linear_part: Vec::new(), intercept: 0.0 }
    }
}

impl Filter {
    /// `Σⱼ aⱼ σ(u·Zⱼ + b)` for patches one after the other.
    pub fn value(&self, patches: &[f64]) -> f64 {
        let Some(p) = std::num::NonZero::new(self.weights.len()) else { return 0.0 };
        let dot = |patch: &[f64]| self.weights.iter().zip(patch).map(|(u, z)| u * z).sum::<f64>() + self.bias;
        let terms = patches.chunks_exact(p.get()).zip(&self.output_weights);
        terms.map(|(patch, a)| a * dot(patch).max(0.0)).sum()
    }

    fn normalise(&mut self) {
        let length = self.weights.iter().map(|u| u * u).sum::<f64>().sqrt();
        if length > 0.0 && length.is_finite() {
            self.weights.iter_mut().for_each(|u| *u /= length);
            self.bias /= length;
            self.output_weights.iter_mut().for_each(|a| *a *= length);
        }
    }

    fn numbers(&self) -> impl Iterator<Item = f64> + '_ {
        self.weights.iter().chain([&self.bias]).chain(&self.output_weights).copied()
    }
}
