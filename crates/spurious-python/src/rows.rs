//! Rows of several files, one after the other, in runs of whole blocks.

use std::ops::{ControlFlow, Range};

use spurious::fit::{Rows, Values};
use spurious_data::OwnedValues;

/// Rows that are kept.
#[derive(Debug)]
pub(crate) struct OwnedRows {
    width: usize,
    values: OwnedValues,
    target: Vec<f64>,
    weights: Option<Vec<f64>>,
}

impl OwnedRows {
    /// No rows yet, of so many numbers in single or double precision.
    pub(crate) fn new(width: usize, is_single: bool, has_weights: bool) -> Self {
        let values = if is_single { OwnedValues::F32(Vec::new()) } else { OwnedValues::F64(Vec::new()) };
        Self { width, values, target: Vec::new(), weights: has_weights.then(Vec::new) }
    }

    /// How many they are.
    pub(crate) fn len(&self) -> usize {
        self.target.len()
    }

    /// The memory that they take.
    pub(crate) fn bytes(&self) -> usize {
        let beside = 8 * (self.target.len() + self.weights.as_ref().map_or(0, Vec::len));
        match &self.values {
            OwnedValues::F32(values) => 4 * values.len() + beside,
            OwnedValues::F64(values) => 8 * values.len() + beside,
        }
    }

    /// Adds rows that lie one after the other. Double precision keeps numbers of both.
    pub(crate) fn push(&mut self, rows: Rows<'_>) {
        match (&mut self.values, rows.values) {
            (OwnedValues::F32(all), Values::F32(more)) => all.extend_from_slice(more),
            (OwnedValues::F64(all), Values::F64(more)) => all.extend_from_slice(more),
            (OwnedValues::F64(all), Values::F32(more)) => all.extend(more.iter().map(|&x| f64::from(x))),
            (OwnedValues::F32(_), Values::F64(_)) => unreachable!("single precision is that of all files"),
        }
        self.target.extend_from_slice(rows.target);
        if let Some(all) = &mut self.weights {
            all.extend_from_slice(rows.weights.unwrap_or_default());
        }
    }

    /// Gives back memory that no more rows need.
    pub(crate) fn shrink(&mut self) {
        match &mut self.values {
            OwnedValues::F32(values) => values.shrink_to_fit(),
            OwnedValues::F64(values) => values.shrink_to_fit(),
        }
        self.target.shrink_to_fit();
    }

    fn clear(&mut self) {
        match &mut self.values {
            OwnedValues::F32(values) => values.clear(),
            OwnedValues::F64(values) => values.clear(),
        }
        self.target.clear();
        self.weights.iter_mut().for_each(Vec::clear);
    }

    /// Replaces each target.
    pub(crate) fn encode(&mut self, number: impl Fn(f64) -> f64) {
        self.target.iter_mut().for_each(|y| *y = number(*y));
    }

    /// All of them.
    pub(crate) fn rows(&self) -> Rows<'_> {
        let values = match &self.values {
            OwnedValues::F32(values) => Values::F32(values),
            OwnedValues::F64(values) => Values::F64(values),
        };
        Rows { values, stride: self.width, target: &self.target, weights: self.weights.as_deref() }
    }
}

/// Some of the rows that lie one after the other.
pub(crate) fn some<'a>(rows: Rows<'a>, places: Range<usize>) -> Rows<'a> {
    let numbers = places.start * rows.stride..places.end * rows.stride;
    Rows {
        values: match rows.values {
            Values::F32(values) => Values::F32(&values[numbers]),
            Values::F64(values) => Values::F64(&values[numbers]),
        },
        stride: rows.stride,
        target: &rows.target[places.clone()],
        weights: rows.weights.map(|weights| &weights[places]),
    }
}

/// Who receives rows.
pub(crate) type Visit<'a> = dyn FnMut(Rows<'_>) -> ControlFlow<()> + 'a;

/// Joins rows that are handed over in runs of any length to runs of whole blocks. What fills no block waits for the rows that follow.
pub(crate) struct Seam {
    block: usize,
    waiting: OwnedRows,
}

impl Seam {
    pub(crate) fn new(block: usize, waiting: OwnedRows) -> Self {
        Self { block: block.max(1), waiting }
    }

    /// Hands over the whole blocks of what is there with these rows.
    pub(crate) fn add(&mut self, rows: Rows<'_>, visit: &mut Visit<'_>) -> ControlFlow<()> {
        let (samples, mut at) = (rows.target.len(), 0);
        if self.waiting.len() > 0 {
            at = (self.block - self.waiting.len()).min(samples);
            self.waiting.push(some(rows, 0..at));
            if self.waiting.len() == self.block {
                visit(self.waiting.rows())?;
                self.waiting.clear();
            }
        }
        let whole = at + (samples - at) / self.block * self.block;
        if at < whole {
            visit(some(rows, at..whole))?;
        }
        self.waiting.push(some(rows, whole..samples));
        ControlFlow::Continue(())
    }

    /// Hands over the rest.
    pub(crate) fn finish(&self, visit: &mut Visit<'_>) -> ControlFlow<()> {
        if self.waiting.len() > 0 { visit(self.waiting.rows()) } else { ControlFlow::Continue(()) }
    }
}
