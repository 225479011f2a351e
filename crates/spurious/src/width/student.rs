//! A student with several filters.

use super::check_filters;
use crate::error::Error;
use crate::model::Teacher;

/// A student with `r` filters and the output weights of each.
///
/// Only the directions of the filters matter. Filters and output weights are row-major: `[r, p]` and `[r, k]`.
///
/// # Examples
/// ```
/// use spurious::width::WideStudent;
/// let student = WideStudent::new(2, vec![1.0, 0.0, 0.0, 2.0], vec![1.0, 0.0, 3.0, 0.0, 1.0, 0.0])?;
/// assert_eq!((student.filters(), student.patch_dim(), student.patches()), (2, 2, 3));
/// assert_eq!(student.filter(1), [0.0, 2.0]);
/// # Ok::<(), spurious::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct WideStudent {
    count: usize,
    filters: Vec<f64>,
    output_weights: Vec<f64>,
}

impl WideStudent {
    /// A student with `count` filters.
    ///
    /// # Errors
    /// If `count` is not from 1 to [`MOST_FILTERS`](super::MOST_FILTERS), if the numbers cannot be divided evenly among the filters, or if a
    /// filter is zero or a number is not finite.
    pub fn new(count: usize, filters: Vec<f64>, output_weights: Vec<f64>) -> Result<Self, Error> {
        check_filters(count)?;
        for (name, numbers) in [("student filters", &filters), ("student output weights", &output_weights)] {
            let part = numbers.len().div_ceil(count).max(1);
            if numbers.len() != part * count {
                return Err(Error::Length { name, found: numbers.len(), expected: part * count });
            }
            if let Some(&value) = numbers.iter().find(|number| !number.is_finite()) {
                return Err(Error::NotFinite { name, value });
            }
        }
        let size = filters.len() / count;
        if filters.chunks(size).any(|filter| filter.iter().all(|&number| number == 0.0)) {
            return Err(Error::ZeroVector { name: "each filter" });
        }
        Ok(Self { count, filters, output_weights })
    }

    /// The same without checks.
    pub(super) fn unchecked(count: usize, filters: Vec<f64>, output_weights: Vec<f64>) -> Self {
        Self { count, filters, output_weights }
    }

    /// Number of filters `r`.
    pub fn filters(&self) -> usize {
        self.count
    }

    /// Patch dimension `p`.
    pub fn patch_dim(&self) -> usize {
        self.filters.len() / self.count
    }

    /// Number of patches `k`.
    pub fn patches(&self) -> usize {
        self.output_weights.len() / self.count
    }

    /// Filter `i`, from 0; length `p`.
    pub fn filter(&self, i: usize) -> &[f64] {
        let p = self.patch_dim();
        &self.filters[i * p..(i + 1) * p]
    }

    /// Output weights of filter `i`, from 0; length `k`.
    pub fn output_weights(&self, i: usize) -> &[f64] {
        let k = self.patches();
        &self.output_weights[i * k..(i + 1) * k]
    }

    /// All filters, `[r, p]`.
    pub fn all_filters(&self) -> &[f64] {
        &self.filters
    }

    /// All output weights, `[r, k]`.
    pub fn all_output_weights(&self) -> &[f64] {
        &self.output_weights
    }

    pub(super) fn check_shape(&self, teacher: &Teacher) -> Result<(), Error> {
        let shape = |name, found, expected| {
            if found == expected { Ok(()) } else { Err(Error::Shape { name, found, expected }) }
        };
        shape("student filter", self.patch_dim(), teacher.direction().len())?;
        shape("student output weights", self.patches(), teacher.scaled_output().len())
    }

    /// This student, moved along a direction of the same shape.
    pub(super) fn moved(&self, direction: &Self, length: f64) -> Self {
        let along = |at: &[f64], by: &[f64]| at.iter().zip(by).map(|(x, d)| x + length * d).collect();
        Self {
            count: self.count,
            filters: along(&self.filters, &direction.filters),
            output_weights: along(&self.output_weights, &direction.output_weights),
        }
    }

    /// The same student with filters of length 1.
    pub(super) fn normalised(&self) -> Self {
        let p = self.patch_dim();
        let filters = self.filters.chunks(p).flat_map(|filter| {
            let length = crate::model::norm(filter);
            filter.iter().map(move |v| v / length)
        });
        Self { filters: filters.collect(), ..self.clone() }
    }

    /// How many numbers there are, `r(p + k)`.
    pub(super) fn len(&self) -> usize {
        self.filters.len() + self.output_weights.len()
    }

    /// The sum of the squares of all numbers.
    pub(super) fn squared(&self) -> f64 {
        self.filters.iter().chain(&self.output_weights).map(|x| x * x).sum()
    }
}
