//! Which model predicts better, the network or the linear model, and by how much.
//!
//! With `dᵢ = (f_linear − y)² − (f_network − y)²` on the samples held out, the difference of the scores is
//!
//! ```text
//! ΔR² = Σω d/(Σω σ²_y)        se(ΔR²)² = n/(n − 1) Σω²(d − d̄)²/(Σω σ²_y)²,   d̄ = Σω d/Σω
//! ```

use super::result::Analysis;

/// Differences in `R²` below this are not worth mentioning.
const WORTH_MENTIONING: f64 = 0.01;
/// Half the width of an interval that holds the true value in 95 of 100 cases, in standard errors.
const INTERVAL: f64 = 1.96;
/// Samples below which the spread of the differences says nothing.
const FEWEST_DIFFERENCES: f64 = 10.0;

/// Which model predicts better.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Winner {
    /// The network.
    Network,
    /// The linear model.
    Linear,
    /// They differ by too little to matter.
    Neither,
    /// They differ by less than chance could do.
    Chance,
}

/// Network against linear model, on samples held out if there are any.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Comparison {
    /// Whether the samples were held out. If not, a model with more numbers always looks better.
    pub held_out: bool,
    /// `R²` of the network.
    pub network: f64,
    /// `R²` of the linear model.
    pub linear: f64,
    /// Standard error of their difference, where it is known.
    pub error: Option<f64>,
    /// The conclusion.
    pub winner: Winner,
}

impl Analysis {
    /// Which model predicts better; `None` if there is no linear model.
    pub fn comparison(&self) -> Option<Comparison> {
        let (_, baseline) = self.linear.as_ref()?;
        let (held_out, network, linear) = match (self.scores.validation, baseline.validation) {
            (Some(network), Some(linear)) => (true, network, linear),
            _ => (false, self.scores.train, baseline.train),
        };
        let error = self.difference_error.filter(|_| held_out);
        let difference = network - linear;
        let winner = if difference.abs() < WORTH_MENTIONING {
            Winner::Neither
        } else if error.is_some_and(|error| difference.abs() < INTERVAL * error) {
            Winner::Chance
        } else if difference > 0.0 {
            Winner::Network
        } else {
            Winner::Linear
        };
        Some(Comparison { held_out, network, linear, error, winner })
    }
}

/// Sums over samples of what the standard error of `ΔR²` is made of.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Differences {
    /// `Σ1`, `Σω`, `Σωd`, `Σω²`, `Σω²d`, `Σω²d²`
    sums: [f64; 6],
}

impl Differences {
    pub(super) fn push(&mut self, weight: f64, d: f64) {
        let squared = weight * weight;
        let terms = [1.0, weight, weight * d, squared, squared * d, squared * d * d];
        self.sums.iter_mut().zip(terms).for_each(|(sum, term)| *sum += term);
    }

    pub(super) fn add(&mut self, other: &Self) {
        self.sums.iter_mut().zip(other.sums).for_each(|(sum, term)| *sum += term);
    }

    /// `se(ΔR²)` for labels of this variance, unless there are too few samples.
    pub(super) fn standard_error(&self, target_variance: f64) -> Option<f64> {
        let [n, weight, first, squared, squared_first, squared_second] = self.sums;
        if n < FEWEST_DIFFERENCES {
            return None;
        }
        let mean = first / weight;
        let spread = squared_second - 2.0 * mean * squared_first + mean * mean * squared;
        let error = (n / (n - 1.0) * spread.max(0.0)).sqrt() / (weight * target_variance);
        error.is_finite().then_some(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// With equal weights, whatever they are, it is the standard error of a mean.
    #[test]
    fn the_standard_error_is_that_of_a_mean() {
        let values: Vec<f64> = (0..40).map(|i| f64::from(i * i % 7)).collect();
        let mean = values.iter().sum::<f64>() / 40.0;
        let variance = values.iter().map(|d| (d - mean).powi(2)).sum::<f64>() / 39.0;
        for weight in [1.0, 0.25] {
            let mut differences = Differences::default();
            values.iter().for_each(|&d| differences.push(weight, d));
            let error = differences.standard_error(2.0).unwrap();
            assert!((error / ((variance / 40.0).sqrt() / 2.0) - 1.0).abs() < 1e-13, "{error}");
        }
        assert_eq!(Differences::default().standard_error(1.0), None);
    }
}
