//! The distribution of a whole number over many runs: exact moments, quantiles to two digits, and sums that do not depend on their
//! order.

use hdrhistogram::Histogram;

/// Quantiles have two decimal digits: their error is at most 1 %.
const DIGITS: u8 = 2;

/// The distribution of whole numbers over many runs: their count, moments and quantiles. Only whole numbers are stored, so the
/// distributions of parts of an ensemble add up to that of the whole in any order, to the last bit.
///
/// # Examples
/// ```
/// use spurious::ensemble::Distribution;
/// let mut steps = Distribution::default();
/// for value in [3, 5, 10] {
///     steps.record(value, 1);
/// }
/// let mut twice = steps.clone();
/// twice.add(&steps);
/// assert_eq!((twice.count(), twice.mean(), twice.quantile(0.5)), (6, Some(6.0), Some(5)));
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Distribution {
    /// Counts of values. Values above some hundred are in classes of 1 % width.
    histogram: Histogram<u64>,
    sum: u128,
    sum_of_squares: u128,
}

impl Default for Distribution {
    fn default() -> Self {
        let histogram = Histogram::new(DIGITS).expect("two digits are possible");
        Self { histogram, sum: 0, sum_of_squares: 0 }
    }
}

impl Distribution {
    /// The largest value. Larger ones count as this one.
    pub const LARGEST: u64 = 1 << 48;

    /// Adds a value that occurred `times` times.
    pub fn record(&mut self, value: u64, times: u64) {
        let value = value.min(Self::LARGEST);
        self.histogram.record_n(value, times).expect("the range grows as needed");
        let (value, times) = (u128::from(value), u128::from(times));
        self.sum += value * times;
        self.sum_of_squares = self.sum_of_squares.saturating_add((value * value).saturating_mul(times));
    }

    /// Adds another distribution.
    pub fn add(&mut self, other: &Self) {
        self.histogram.add(&other.histogram).expect("the range grows as needed");
        self.sum += other.sum;
        self.sum_of_squares = self.sum_of_squares.saturating_add(other.sum_of_squares);
    }

    /// Number of values.
    pub fn count(&self) -> u64 {
        self.histogram.len()
    }

    /// Mean; `None` without values.
    pub fn mean(&self) -> Option<f64> {
        (self.count() > 0).then(|| self.sum as f64 / self.count() as f64)
    }

    /// Standard deviation `√(mean of squares − square of mean)`; `None` without values.
    pub fn standard_deviation(&self) -> Option<f64> {
        let mean = self.mean()?;
        Some((self.sum_of_squares as f64 / self.count() as f64 - mean * mean).max(0.0).sqrt())
    }

    /// The quantile: the value that a share `share ∈ [0, 1]` of all values does not exceed, at most 1 % too large. `None` without
    /// values.
    pub fn quantile(&self, share: f64) -> Option<u64> {
        (self.count() > 0).then(|| self.histogram.value_at_quantile(share))
    }

    /// The classes with values, rising: the largest value of the class and the number of values in it.
    pub fn classes(&self) -> impl Iterator<Item = (u64, u64)> + '_ {
        self.histogram.iter_recorded().map(|class| (class.value_iterated_to(), class.count_at_value()))
    }

    /// The numbers from which [`from_parts`](Self::from_parts) restores the distribution: its classes and the sums of values and squares.
    pub fn parts(&self) -> (Vec<(u64, u64)>, u128, u128) {
        (self.classes().collect(), self.sum, self.sum_of_squares)
    }

    /// A distribution from what [`parts`](Self::parts) returned; `None` if no values in these classes have such sums.
    pub fn from_parts(classes: &[(u64, u64)], sum: u128, sum_of_squares: u128) -> Option<Self> {
        // With the largest value of each class.
        let mut largest = Self::default();
        for &(value, times) in classes {
            largest.record(value, times);
        }
        let possible = sum <= largest.sum && sum_of_squares <= largest.sum_of_squares;
        possible.then_some(Self { sum, sum_of_squares, ..largest })
    }
}
