//! Samples whose patches were packed once, so that no pass of a search has to do it again.

use super::pass::{block_samples, pass_over};
use super::samples::{InMemory, Rows, Samples, Values};
use super::subsample::MOST_VALUES;
use super::windows::Windows;
use crate::Error;

/// All samples of a source, each as its patches one after the other.
pub(super) struct Packed {
    values: Vec<f64>,
    target: Vec<f64>,
    weights: Vec<f64>,
    windows: Windows,
}

impl Packed {
    /// The samples packed; none where rows are their patches already, or there are too many numbers.
    pub(super) fn of(source: &mut Samples<'_>) -> Result<Option<Self>, Error> {
        let windows = source.windows().clone();
        let (p, width) = (windows.patch_dim(), windows.packed());
        if windows.are_the_row() || source.samples().saturating_mul(width as u64) > MOST_VALUES as u64 {
            return Ok(None);
        }
        let (mut values, mut target, mut weights) = (Vec::new(), Vec::new(), Vec::new());
        pass_over(source, block_samples(&windows), |rows, _| {
            let first = values.len();
            values.resize(first + rows.target.len() * width, 0.0);
            rows.pack(&windows, &mut values[first..]);
            target.extend_from_slice(rows.target);
            match rows.weights {
                Some(some) => weights.extend_from_slice(some),
                None => weights.resize(target.len(), 1.0),
            }
            Ok(())
        })?;
        Ok(Some(Self { values, target, weights, windows: Windows::consecutive(width, p)? }))
    }

    pub(super) fn source(&self) -> Result<InMemory<'_>, Error> {
        let rows = Rows {
            values: Values::F64(&self.values),
            stride: self.windows.width(),
            target: &self.target,
            weights: Some(&self.weights),
        };
        InMemory::new(rows, self.windows.clone())
    }
}
