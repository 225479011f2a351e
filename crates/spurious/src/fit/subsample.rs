//! A subsample in memory.

use super::arrangement::{Arrangement, OwnedArrangement};
use super::pass::{block_samples, pass_over};
use super::samples::{InMemory, Rows, Samples, Values};
use super::split::Selection;
use super::windows::Windows;
use crate::{Error, Monitor};

/// A subsample with its labels and weights.
pub(super) struct Subsample {
    values: Vec<f64>,
    target: Vec<f64>,
    weights: Vec<f64>,
    arrangement: OwnedArrangement,
    windows: Windows,
}

/// Largest size of a subsample, and its smallest size where rows are wide.
const MOST_SAMPLES: u64 = 16_384;
const FEWEST_SAMPLES: u64 = 64;
/// Largest number of values in a subsample (16 MB). Data no larger than this is packed once, and derivatives of few samples no larger
/// than this are kept for several searches.
pub(super) const MOST_VALUES: usize = 1 << 21;
/// Samples between two calls of the monitor.
const STRIDE: usize = 1024;

impl Subsample {
    /// The stride `n` of the subsample: every `n`-th sample is taken.
    pub(super) fn stride(samples: u64, width: usize) -> u64 {
        samples.div_ceil(((MOST_VALUES / width) as u64).clamp(FEWEST_SAMPLES, MOST_SAMPLES)).max(1)
    }

    /// Every `n`-th of the selected samples with positive weight.
    pub(super) fn every(
        stride: u64,
        source: &mut Samples<'_>,
        selection: Selection<'_>,
        monitor: &dyn Monitor,
    ) -> Result<Self, Error> {
        let windows = source.windows().clone();
        let width = windows.width();
        let mut sample = Self {
            values: Vec::new(),
            target: Vec::new(),
            weights: Vec::new(),
            arrangement: OwnedArrangement::Independent,
            windows: windows.clone(),
        };
        let mut places = Vec::new();
        let mut selected = 0_u64;
        pass_over(source, block_samples(&windows), |rows, first| {
            for i in 0..rows.target.len() {
                if i.is_multiple_of(STRIDE) {
                    monitor.check()?;
                }
                let weight = rows.weights.map_or(1.0, |weights| weights[i]);
                if weight > 0.0 && selection.contains(first + i as u64) {
                    if selected.is_multiple_of(stride) {
                        sample.values.extend(rows.row(i, width));
                        sample.target.push(rows.target[i]);
                        sample.weights.push(weight);
                        places.push(first + i as u64);
                    }
                    selected += 1;
                }
            }
            Ok(())
        })?;
        sample.arrangement = source.arrangement().of(&places);
        Ok(sample)
    }

    /// The selected part of the subsample, by the place in the subsample.
    pub(super) fn part(&self, selection: Selection<'_>) -> Self {
        let mut part = Self {
            values: Vec::new(),
            target: Vec::new(),
            weights: Vec::new(),
            // Nobody divides a part again.
            arrangement: OwnedArrangement::Independent,
            windows: self.windows.clone(),
        };
        let rows = self.values.chunks_exact(self.windows.width());
        for (i, row) in rows.enumerate().filter(|&(i, _)| selection.contains(i as u64)) {
            part.values.extend_from_slice(row);
            part.target.push(self.target[i]);
            part.weights.push(self.weights[i]);
        }
        part
    }

    /// The values, row by row.
    pub(super) fn rows(&self) -> &[f64] {
        &self.values
    }

    /// The labels.
    pub(super) fn target(&self) -> &[f64] {
        &self.target
    }

    /// The weights.
    pub(super) fn weights(&self) -> &[f64] {
        &self.weights
    }

    /// Numbers in a row.
    pub(super) fn width(&self) -> usize {
        self.windows.width()
    }

    /// Number of samples.
    pub(super) fn samples(&self) -> u64 {
        self.target.len() as u64
    }

    pub(super) fn source(&self) -> Result<InMemory<'_>, Error> {
        self.weighted(&self.weights)
    }

    /// The same with rows that are cut another way.
    pub(super) fn cut(&self, windows: &Windows) -> Result<InMemory<'_>, Error> {
        InMemory::new(self.as_rows(), windows.clone())?.arranged(self.arrangement())
    }

    /// The same samples with other weights.
    pub(super) fn weighted<'a>(&'a self, weights: &'a [f64]) -> Result<InMemory<'a>, Error> {
        let rows = Rows { weights: Some(weights), ..self.as_rows() };
        InMemory::new(rows, self.windows.clone())?.arranged(self.arrangement())
    }

    pub(super) fn as_rows(&self) -> Rows<'_> {
        Rows {
            values: Values::F64(&self.values),
            stride: self.windows.width(),
            target: &self.target,
            weights: Some(&self.weights),
        }
    }

    /// Which of them belong together, or follow each other.
    pub(super) fn arrangement(&self) -> Arrangement<'_> {
        self.arrangement.as_ref()
    }
}
