//! A student network for finite data.

use serde::{Deserialize, Serialize};

use super::windows::Windows;
use crate::{Activation, Error};

/// `f(Z) = c + Σᵢ Σⱼ aᵢⱼ σ(uᵢ·Zⱼ + bᵢ) + β·x`: filters `uᵢ` with biases `bᵢ` and output weights `aᵢ`, a linear part `β` of all
/// numbers `x` of a row, and an intercept `c`. The model of the paper has one filter, and neither bias, linear part nor intercept.
///
/// For several classes the network has a score for each, with output weights, a linear part and an intercept of its own:
/// `f_c = c_c + Σᵢ Σⱼ aᵢcⱼ σ(uᵢ·Zⱼ + bᵢ) + β_c·x`.
///
/// `σ(t) = max(t, 0) + s min(t, 0)` with the negative slope `s`, 0 for the rectifier.
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
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Network {
    /// The filters, `[r]`.
    pub filters: Vec<Filter>,
    /// `β`, in the order of the columns, `[width]`; for several classes `[classes · width]`, those of one class after those of another. Empty
    /// without a linear part.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub linear_part: Vec<f64>,
    /// `c`, zero for the model of the paper, and where each class has its own.
    pub intercept: f64,
    /// `c_c` of several classes; empty for a network that has one value.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub intercepts: Vec<f64>,
    /// `σ`. As JSON it is its negative slope, which is left out if it is 0.
    #[serde(default, rename = "negative_slope", skip_serializing_if = "Activation::is_rectifier")]
    pub activation: Activation,
}

/// A filter that all patches share, and what its response in each patch counts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Filter {
    /// `u`, `[patch_dim]`.
    pub weights: Vec<f64>,
    /// `b`, zero for the model of the paper.
    pub bias: f64,
    /// `a`, `[patches]`; for several classes `[classes · patches]`, those of one class after those of another.
    pub output_weights: Vec<f64>,
}

impl Network {
    /// A network of one filter and the rectifier, without bias and intercept.
    pub fn new(filter: Vec<f64>, output_weights: Vec<f64>) -> Self {
        Filter { weights: filter, bias: 0.0, output_weights }.into()
    }

    /// `f(Z)` for patches one after the other, `[patches · patch_dim]`, which are the row, of a network with one value. Kernels are tested
    /// against this.
    pub fn value(&self, patches: &[f64]) -> f64 {
        self.value_of(patches, patches.iter().copied())
    }

    /// `f(Z)` for patches one after the other, and the numbers `x` of the row from which they were cut.
    pub(super) fn value_of(&self, patches: &[f64], row: impl Iterator<Item = f64>) -> f64 {
        let filters: f64 = self.filters.iter().map(|filter| filter.value(patches, self.activation)).sum();
        self.intercept + filters + self.linear_value(row)
    }

    /// Numbers that the network has for a row: one value, or a score for each of several classes.
    pub fn scores(&self) -> usize {
        self.intercepts.len().max(1)
    }

    /// The intercept of each of them, `[scores]`.
    pub(super) fn all_intercepts(&self) -> Vec<f64> {
        if self.intercepts.is_empty() { vec![self.intercept] } else { self.intercepts.clone() }
    }

    /// The network whose value is the score of one of several classes; that of a network with one value is itself.
    pub fn of_class(&self, class: usize) -> Self {
        let Some(&intercept) = self.intercepts.get(class) else { return self.clone() };
        let of_class = |filter: &Filter| {
            let k = filter.output_weights.len() / self.intercepts.len();
            let output_weights = filter.output_weights[class * k..(class + 1) * k].to_vec();
            Filter { output_weights, ..filter.clone() }
        };
        let filters = self.filters.iter().map(of_class).collect();
        let width = self.linear_part.len() / self.intercepts.len();
        let linear_part = self.linear_part[class * width..(class + 1) * width].to_vec();
        Self { filters, linear_part, intercept, intercepts: Vec::new(), activation: self.activation }
    }

    /// The value for a row, or its scores, `[values]`.
    pub(super) fn values_of(&self, patches: &[f64], row: impl Iterator<Item = f64>) -> Vec<f64> {
        let k = self.filters[0].output_weights.len() / self.scores();
        let mut active = vec![0.0; self.filters.len() * k];
        for (filter, active) in self.filters.iter().zip(active.chunks_exact_mut(k)) {
            filter.activations(patches, self.activation, active);
        }
        self.values_from(&active, row)
    }

    /// The same from the activations of all filters, `[r, patches]`.
    pub(super) fn values_from(&self, active: &[f64], row: impl Iterator<Item = f64>) -> Vec<f64> {
        let mut values = match self.intercepts.is_empty() {
            true => vec![self.intercept + self.linear_value(row)],
            false => {
                let mut values = self.intercepts.clone();
                let width = self.linear_part.len() / values.len();
                for (m, x) in row.take(width).enumerate() {
                    let of_classes = self.linear_part.iter().skip(m).step_by(width);
                    values.iter_mut().zip(of_classes).for_each(|(value, b)| *value += b * x);
                }
                values
            }
        };
        let k = active.len() / self.filters.len();
        for (filter, active) in self.filters.iter().zip(active.chunks_exact(k)) {
            for (value, weights) in values.iter_mut().zip(filter.output_weights.chunks_exact(k)) {
                weights.iter().zip(active).for_each(|(a, active)| *value += a * active);
            }
        }
        values
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
    /// `output_weights`; a slope of 0 is written, too.
    pub fn written(&self) -> WrittenNetwork<'_> {
        let only = match &self.filters[..] {
            [filter] => Some(OnlyFilter {
                filter: &filter.weights,
                filter_bias: filter.bias,
                output_weights: &filter.output_weights,
            }),
            _ => None,
        };
        let zero = self.activation.is_rectifier().then_some(0.0);
        WrittenNetwork { only, zero, network: self }
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
            let expected = windows.patches().saturating_mul(self.scores());
            length("output weights", filter.output_weights.len(), expected)?;
        }
        if self.intercepts.len() == 1 {
            length("intercepts of classes", 1, 0)?;
        }
        if !self.linear_part.is_empty() {
            let expected = windows.width().saturating_mul(self.scores());
            length("linear part", self.linear_part.len(), expected)?;
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
            .chain(self.intercepts.iter().copied())
    }

    /// A network of the same shape with other numbers, in the order of [`numbers`](Self::numbers). Where they end early, the rest is kept.
    pub fn with_numbers(&self, numbers: impl IntoIterator<Item = f64>) -> Self {
        let mut network = self.clone();
        let Self { filters, linear_part, intercept, intercepts, activation: _ } = &mut network;
        let of_filters = filters.iter_mut().flat_map(|Filter { weights, bias, output_weights }| {
            weights.iter_mut().chain([bias]).chain(output_weights)
        });
        let constants = std::iter::once(intercept).chain(intercepts);
        for (number, value) in of_filters.chain(linear_part).chain(constants).zip(numbers) {
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
    #[serde(rename = "negative_slope", skip_serializing_if = "Option::is_none")]
    zero: Option<f64>,
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
        Self { filters: vec![filter], ..Self::default() }
    }
}

impl Filter {
    /// `Σⱼ aⱼ σ(u·Zⱼ + b)` for patches one after the other.
    pub fn value(&self, patches: &[f64], activation: Activation) -> f64 {
        let Some(p) = std::num::NonZero::new(self.weights.len()) else { return 0.0 };
        let dot = |patch: &[f64]| self.weights.iter().zip(patch).map(|(u, z)| u * z).sum::<f64>() + self.bias;
        let terms = patches.chunks_exact(p.get()).zip(&self.output_weights);
        terms.map(|(patch, a)| a * activation.value(dot(patch))).sum()
    }

    /// `σ(u·Zⱼ + b)`, `[patches]`, for patches one after the other.
    pub(super) fn activations(&self, patches: &[f64], activation: Activation, active: &mut [f64]) {
        for (active, patch) in active.iter_mut().zip(patches.chunks_exact(self.weights.len())) {
            let dot = patch.iter().zip(&self.weights).map(|(z, u)| z * u).sum::<f64>();
            *active = activation.value(self.bias + dot);
        }
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
