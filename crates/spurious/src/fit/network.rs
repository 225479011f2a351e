//! A student network for finite data.

/// `f(Z) = c + Σⱼ aⱼ σ(u·Zⱼ + b)`: filter `u`, filter bias `b`, output weights `a`, intercept `c`.
///
/// The function does not change when `(u, b)` is multiplied and `a` divided by the same positive number. Fits report the
/// representative with `‖u‖ = 1`.
///
/// # Examples
/// ```
/// use spurious::fit::Network;
/// let network = Network { intercept: 0.5, ..Network::new(vec![1.0, -1.0], vec![2.0, 3.0]) };
/// // The second patch is not active.
/// assert_eq!(network.value(&[3.0, 1.0, 0.0, 1.0]), 0.5 + 2.0 * 2.0);
/// ```
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Network {
    /// `u`, `[patch_dim]`.
    pub filter: Vec<f64>,
    /// `b`, zero for the model of the paper.
    pub filter_bias: f64,
    /// `a`, `[patches]`.
    pub output_weights: Vec<f64>,
    /// `c`, zero for the model of the paper.
    pub intercept: f64,
}

impl Network {
    /// A network without bias and intercept.
    pub fn new(filter: Vec<f64>, output_weights: Vec<f64>) -> Self {
        Self { filter, filter_bias: 0.0, output_weights, intercept: 0.0 }
    }

    /// `f(Z)` for patches one after the other, `[patches · patch_dim]`. Kernels are tested against this.
    pub fn value(&self, patches: &[f64]) -> f64 {
        if self.filter.is_empty() {
            return self.intercept;
        }
        let dot =
            |patch: &[f64]| self.filter.iter().zip(patch).map(|(u, z)| u * z).sum::<f64>() + self.filter_bias;
        let terms = patches.chunks_exact(self.filter.len()).zip(&self.output_weights);
        self.intercept + terms.map(|(patch, a)| a * dot(patch).max(0.0)).sum::<f64>()
    }

    /// The same function with a filter of length 1.
    pub fn normalised(mut self) -> Self {
        let length = self.filter.iter().map(|u| u * u).sum::<f64>().sqrt();
        if length > 0.0 && length.is_finite() {
            self.filter.iter_mut().for_each(|u| *u /= length);
            self.filter_bias /= length;
            self.output_weights.iter_mut().for_each(|a| *a *= length);
        }
        self
    }
}
