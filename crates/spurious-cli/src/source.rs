//! Samples from a file: in memory where they fit, else block by block from the file in every pass.

use std::ops::ControlFlow;

use spurious::fit::{InMemory, Rows, Source, Values, Windows};
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
}

/// Bytes of a block that is read at once, about.
const BLOCK_BYTES: usize = 4 << 20;

/// A table in memory.
pub(crate) struct Loaded {
    values: OwnedValues,
    target: Vec<f64>,
    weights: Option<Vec<f64>>,
}

impl Loaded {
    pub(crate) fn new(table: Table, labels: Labels) -> Self {
        let target = labels.of(&table.target.unwrap_or_default());
        Self { values: table.values, target, weights: table.weights }
    }

    pub(crate) fn source(&self, windows: &Windows) -> Result<InMemory<'_>, Failure> {
        let rows = Rows {
            values: values(self.values.as_values()),
            stride: windows.width(),
            target: &self.target,
            weights: self.weights.as_deref(),
        };
        InMemory::new(rows, windows.clone()).map_err(|error| Failure::from(from_one(error)))
    }
}

/// People count rows from 1.
fn from_one(error: spurious::Error) -> spurious::Error {
    match error {
        spurious::Error::SampleWeight { row, value } => spurious::Error::SampleWeight { row: row + 1, value },
        other => other,
    }
}

fn values(values: spurious_data::Values<'_>) -> Values<'_> {
    match values {
        spurious_data::Values::F32(values) => Values::F32(values),
        spurious_data::Values::F64(values) => Values::F64(values),
    }
}

/// A file that is read anew in every pass.
pub(crate) struct Streamed<'a> {
    reader: Reader,
    windows: Windows,
    labels: Labels,
    samples: u64,
    console: &'a Console,
}

impl<'a> Streamed<'a> {
    /// Reads the file once, to count its rows and to find what is wrong with it before anything is computed.
    pub(crate) fn new(
        mut reader: Reader,
        windows: Windows,
        labels: Labels,
        console: &'a Console,
    ) -> Result<Self, Failure> {
        let rows_at_once = (BLOCK_BYTES / (8 * windows.width())).max(1);
        let mut wrong = None;
        let samples = reader.pass(rows_at_once, &mut |block| {
            let weights = block.weights.unwrap_or_default();
            if let Some(at) = weights.iter().position(|&weight| weight < 0.0) {
                let row = usize::try_from(block.first_row).unwrap_or(usize::MAX).saturating_add(at + 1);
                wrong = Some(spurious::Error::SampleWeight { row, value: weights[at] });
            }
            proceed(wrong.is_some() || console.is_interrupted())
        })?;
        if let Some(error) = wrong {
            return Err(error.into());
        }
        Ok(Self { reader, windows, labels, samples, console })
    }
}

fn proceed(stop: bool) -> ControlFlow<()> {
    if stop { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
}

impl Source for Streamed<'_> {
    type Error = Failure;

    fn windows(&self) -> &Windows {
        &self.windows
    }

    fn samples(&self) -> u64 {
        self.samples
    }

    fn pass(&mut self, block: usize, visit: &mut dyn FnMut(Rows<'_>)) -> Result<(), Failure> {
        let rows_at_once =
            (BLOCK_BYTES / (8 * self.windows.width())).next_multiple_of(block.max(1)).max(block);
        let (labels, stride, console) = (self.labels, self.windows.width(), self.console);
        self.reader.pass(rows_at_once, &mut |Block { values: numbers, target, weights, .. }| {
            let target = labels.of(target.unwrap_or_default());
            visit(Rows { values: values(numbers), stride, target: &target, weights });
            proceed(console.is_interrupted())
        })?;
        if console.is_interrupted() {
            return Err(Failure::Interrupted("nothing was written".to_owned()));
        }
        Ok(())
    }
}
