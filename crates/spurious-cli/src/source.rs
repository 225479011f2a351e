//! Samples from a file: in memory where they fit, else block by block from the file in every pass.

use std::ops::ControlFlow;
use std::path::Path;

use spurious::Monitor;
use spurious::export::plain;
use spurious::fit::{InMemory, Rows, SampleSource, Values, Windows};
use spurious_data::{Block, OwnedValues, Reader, Table};

use crate::console::Console;
use crate::failure::Failure;

/// What labels become.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Labels {
    /// As they are.
    Numbers,
    /// 1 where the number is this, 0 elsewhere.
    Is(f64),
}

impl Labels {
    fn of(self, target: &[f64]) -> Vec<f64> {
        match self {
            Self::Numbers => target.to_vec(),
            Self::Is(value) => target.iter().map(|&y| f64::from(y == value)).collect(),
        }
    }

    /// Fails if no row of a table has the value that is asked for.
    fn check(self, occurs: bool, path: &Path) -> Result<(), Failure> {
        match self {
            Self::Is(value) if !occurs => Err(Failure::Input(format!(
                "--target-is {}: no row of {} has this target",
                plain(value),
                path.display()
            ))),
            _ => Ok(()),
        }
    }
}

/// Bytes of a block that is read at once, about.
pub(crate) const BLOCK_BYTES: usize = 4 << 20;

/// A table in memory.
pub(crate) struct Loaded {
    values: OwnedValues,
    target: Vec<f64>,
    weights: Option<Vec<f64>>,
}

impl Loaded {
    pub(crate) fn new(table: Table, labels: Labels, path: &Path) -> Result<Self, Failure> {
        let target = labels.of(&table.target.unwrap_or_default());
        labels.check(target.contains(&1.0), path)?;
        Ok(Self { values: table.values, target, weights: table.weights })
    }

    pub(crate) fn source(&self, windows: &Windows, path: &Path) -> Result<InMemory<'_>, Failure> {
        let rows = Rows {
            values: values(self.values.as_values()),
            stride: windows.width(),
            target: &self.target,
            weights: self.weights.as_deref(),
        };
        InMemory::new(rows, windows.clone()).map_err(|error| match error {
            // People count rows from 1.
            spurious::Error::SampleWeight { row, value } => wrong_weight(path, row as u64 + 1, value),
            error => error.into(),
        })
    }
}

fn wrong_weight(path: &Path, row: u64, weight: f64) -> Failure {
    let (path, weight) = (path.display(), plain(weight));
    Failure::Input(format!("{path}, row {row}: the sample weight is {weight}, and must not be negative"))
}

/// Numbers of a table as the library takes them.
pub(crate) fn values(values: spurious_data::Values<'_>) -> Values<'_> {
    match values {
        spurious_data::Values::F32(values) => Values::F32(values),
        spurious_data::Values::F64(values) => Values::F64(values),
    }
}

/// A file that is read anew in every pass.
pub(crate) struct Streamed {
    reader: Reader,
    windows: Windows,
    labels: Labels,
    samples: u64,
}

impl Streamed {
    /// Reads the file once, to count its rows and to find what is wrong with it before anything is computed.
    pub(crate) fn new(
        mut reader: Reader,
        windows: Windows,
        labels: Labels,
        console: &Console,
    ) -> Result<Self, Failure> {
        let rows_at_once = (BLOCK_BYTES / (8 * windows.width())).max(1);
        let (mut wrong, mut occurs) = (None, false);
        let path = reader.path().to_owned();
        let samples = reader.pass(rows_at_once, &mut |block| {
            let weights = block.weights.unwrap_or_default();
            if let Some(at) = weights.iter().position(|&weight| weight < 0.0) {
                wrong = Some(wrong_weight(&path, block.first_row + at as u64 + 1, weights[at]));
            }
            if let Labels::Is(value) = labels {
                occurs |= block.target.unwrap_or_default().contains(&value);
            }
            proceed(wrong.is_some() || console.is_cancelled())
        })?;
        if let Some(error) = wrong {
            return Err(error);
        }
        if console.is_cancelled() {
            return Err(Failure::Interrupted("nothing was written".to_owned()));
        }
        labels.check(occurs, &path)?;
        Ok(Self { reader, windows, labels, samples })
    }
}

fn proceed(stop: bool) -> ControlFlow<()> {
    if stop { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
}

impl SampleSource for Streamed {
    type Error = Failure;

    fn windows(&self) -> &Windows {
        &self.windows
    }

    fn samples(&self) -> u64 {
        self.samples
    }

    fn pass(
        &mut self,
        block: usize,
        visit: &mut dyn FnMut(Rows<'_>) -> ControlFlow<()>,
    ) -> Result<(), Failure> {
        let rows_at_once =
            (BLOCK_BYTES / (8 * self.windows.width())).next_multiple_of(block.max(1)).max(block);
        let (labels, stride) = (self.labels, self.windows.width());
        self.reader.pass(rows_at_once, &mut |Block { values: numbers, target, weights, .. }| {
            let target = labels.of(target.unwrap_or_default());
            visit(Rows { values: values(numbers), stride, target: &target, weights })
        })?;
        Ok(())
    }
}
