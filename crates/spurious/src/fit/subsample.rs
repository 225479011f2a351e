//! A part of the samples, packed in memory.

use super::pass::{block_samples, pass_over};
use super::samples::{InMemory, Rows, SampleSource, Values};
use super::split::Selection;
use super::windows::Windows;
use crate::{Error, Monitor};

/// Some of the samples.
pub(super) struct Subsample {
    values: Vec<f64>,
    target: Vec<f64>,
    weights: Vec<f64>,
    windows: Windows,
}

/// Samples between two questions to the monitor.
const STRIDE: usize = 1024;

impl Subsample {
    /// Every so many-th of the samples selected that have weight.
    pub(super) fn every<S: SampleSource>(
        stride: u64,
        source: &mut S,
        selection: Selection<'_>,
        monitor: &dyn Monitor,
    ) -> Result<Self, S::Error> {
        let windows = source.windows().clone();
        let width = windows.width();
        let mut sample = Self {
            values: Vec::new(),
            target: Vec::new(),
            weights: Vec::new(),
            windows: Windows::consecutive(width, windows.patch_dim())?,
        };
        let mut selected = 0_u64;
        let mut packed = vec![0.0; width];
        pass_over(source, block_samples(&windows), |rows, first| {
            for i in 0..rows.target.len() {
                if i.is_multiple_of(STRIDE) {
                    monitor.check()?;
                }
                let weight = rows.weights.map_or(1.0, |weights| weights[i]);
                if weight > 0.0 && selection.contains(first + i as u64) {
                    if selected.is_multiple_of(stride) {
                        rows.slice(i, 1).pack(&windows, &mut packed);
                        sample.values.extend_from_slice(&packed);
                        sample.target.push(rows.target[i]);
                        sample.weights.push(weight);
                    }
                    selected += 1;
                }
            }
            Ok(())
        })?;
        Ok(sample)
    }

    /// How many there are.
    pub(super) fn samples(&self) -> u64 {
        self.target.len() as u64
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
