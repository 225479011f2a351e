//! Where samples come from: the caller's memory, or anything that hands them over block by block.

use std::ops::ControlFlow;

use fearless_simd::{Level, Simd, dispatch};

use super::arrangement::Arrangement;
use super::kernels::Element;
use super::question::GramQuestion;
use super::split::Selection;
use super::sums::{GramSums, PartialSum};
use super::windows::Windows;
use crate::Error;

/// Numbers in single or double precision, borrowed.
#[derive(Debug, Clone, Copy)]
pub enum Values<'a> {
    /// Single precision.
    F32(&'a [f32]),
    /// Double precision.
    F64(&'a [f64]),
}

impl Values<'_> {
    /// How many there are.
    pub fn len(&self) -> usize {
        match self {
            Self::F32(values) => values.len(),
            Self::F64(values) => values.len(),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Those from `from` on.
    fn skip(self, from: usize) -> Self {
        match self {
            Self::F32(values) => Self::F32(&values[from..]),
            Self::F64(values) => Self::F64(&values[from..]),
        }
    }

    /// The first `count`.
    fn first(self, count: usize) -> Self {
        match self {
            Self::F32(values) => Self::F32(&values[..count]),
            Self::F64(values) => Self::F64(&values[..count]),
        }
    }

    pub(super) fn get(&self, at: usize) -> f64 {
        match self {
            Self::F32(values) => f64::from(values[at]),
            Self::F64(values) => values[at],
        }
    }
}

/// Consecutive samples.
#[derive(Debug, Clone, Copy)]
pub struct Rows<'a> {
    /// Row `i` begins at `i · stride`; what lies between rows is not looked at.
    pub values: Values<'a>,
    /// Numbers from one row to the next.
    pub stride: usize,
    /// Labels, `[samples]`.
    pub target: &'a [f64],
    /// Sample weights, `[samples]`; one each if left out.
    pub weights: Option<&'a [f64]>,
}

impl<'a> Rows<'a> {
    /// The rows without what follows them, if lengths fit each other.
    pub(super) fn checked(self, width: usize) -> Result<Self, Error> {
        let samples = self.target.len();
        if let Some(weights) = self.weights
            && weights.len() != samples
        {
            return Err(Error::Length { name: "sample weights", found: weights.len(), expected: samples });
        }
        if self.stride < width {
            return Err(Error::Length { name: "row stride", found: self.stride, expected: width });
        }
        let expected =
            samples.checked_sub(1).map_or(Some(0), |rows| rows.checked_mul(self.stride)?.checked_add(width));
        match expected {
            Some(expected) if expected <= self.values.len() => {
                Ok(Self { values: self.values.first(expected), ..self })
            }
            _ => {
                let expected = expected.unwrap_or(usize::MAX);
                Err(Error::Length { name: "values", found: self.values.len(), expected })
            }
        }
    }

    /// `count` samples from `first` on.
    pub(super) fn slice(&self, first: usize, count: usize) -> Rows<'a> {
        Rows {
            values: self.values.skip(first * self.stride),
            stride: self.stride,
            target: &self.target[first..first + count],
            weights: self.weights.map(|weights| &weights[first..first + count]),
        }
    }

    /// Row `i`, `[width]`, in double precision.
    pub(super) fn row(&self, i: usize, width: usize) -> impl Iterator<Item = f64> + '_ {
        (i * self.stride..i * self.stride + width).map(|at| self.values.get(at))
    }

    /// Copies the patches of all rows to the front of `packed`, one after the other, and leaves the rest of it alone.
    pub(super) fn pack<T: Element>(&self, windows: &Windows, packed: &mut [T]) {
        let (level, rows) = (Level::new(), self.target.len());
        match self.values {
            Values::F32(values) => {
                dispatch!(level, simd => pack(simd, values, self.stride, rows, windows, packed))
            }
            Values::F64(values) => {
                dispatch!(level, simd => pack(simd, values, self.stride, rows, windows, packed))
            }
        }
    }
}

/// Compiled for the registers of `S`, which conversions between the precisions profit from.
#[inline(always)]
fn pack<S: Simd, X: Element, T: Element>(
    _: S,
    values: &[X],
    stride: usize,
    rows: usize,
    windows: &Windows,
    packed: &mut [T],
) {
    if windows.are_the_row() && stride == windows.width() {
        return convert(&values[..rows * stride], packed);
    }
    let stretches: Vec<_> = windows.stretches().collect();
    let mut at = 0;
    for i in 0..rows {
        let row = &values[i * stride..];
        for (stretch, zeros) in stretches.iter().cloned() {
            let length = stretch.len();
            convert(&row[stretch], &mut packed[at..]);
            at += length;
            packed[at..at + zeros].fill(T::default());
            at += zeros;
        }
    }
}

#[inline(always)]
fn convert<X: Element, T: Element>(values: &[X], packed: &mut [T]) {
    for (packed, &value) in packed.iter_mut().zip(values) {
        *packed = T::round(value.into());
    }
}

/// Samples that can be passed over again and again.
pub trait SampleSource {
    /// What can go wrong while reading.
    type Error: From<Error>;

    /// How a row is cut into patches.
    fn windows(&self) -> &Windows;

    /// Number of samples.
    fn samples(&self) -> u64;

    /// Which samples belong together, or follow each other.
    fn arrangement(&self) -> Arrangement<'_> {
        Arrangement::Independent
    }

    /// Hands all samples to `visit`, in order: in runs of a multiple of `block` samples, but for the last. All numbers have to
    /// be finite, unless [`Options::missing`](super::Options::missing) provides for NaN, and weights not negative. Where `visit` breaks, the pass ends without an error.
    ///
    /// # Errors
    /// Whatever reading may bring.
    fn pass(
        &mut self,
        block: usize,
        visit: &mut dyn FnMut(Rows<'_>) -> ControlFlow<()>,
    ) -> Result<(), Self::Error>;

    /// Whether the samples are kept elsewhere. A fit then leaves them there, however few they are, unless it has more parameters than samples:
    /// what is expensive is asked with [`gram_sums`](Self::gram_sums), and other passes hold some blocks in memory.
    fn is_elsewhere(&self) -> bool {
        false
    }

    /// The answer to a question about all samples selected, of whoever keeps them ([`partial_gram_sums`](super::partial_gram_sums)); nothing
    /// where they have to be passed over.
    fn gram_sums(
        &mut self,
        _question: &GramQuestion<'_>,
        _selection: Selection<'_>,
    ) -> Option<Result<PartialSum<Vec<GramSums>>, Self::Error>> {
        None
    }
}

/// Samples whose source is not known when this is compiled: what passes over them is compiled once.
pub(super) type Samples<'a> = dyn SampleSource<Error = Error> + 'a;

/// Samples in the caller's memory.
#[derive(Debug, Clone)]
pub struct InMemory<'a> {
    rows: Rows<'a>,
    windows: Windows,
    arrangement: Arrangement<'a>,
}

impl<'a> InMemory<'a> {
    /// Takes the samples as they are: nothing is copied.
    ///
    /// # Errors
    /// If lengths do not fit each other, a number is NaN or infinite, a weight is negative, or all weights are zero.
    pub fn new(rows: Rows<'a>, windows: Windows) -> Result<Self, Error> {
        Self::checked(rows, windows, f64::is_finite)
    }

    /// The same with values and targets that may be missing, which is NaN.
    ///
    /// # Errors
    /// As for [`new`](Self::new), but for NaN.
    pub fn with_missing(rows: Rows<'a>, windows: Windows) -> Result<Self, Error> {
        Self::checked(rows, windows, |value| !value.is_infinite())
    }

    /// The same samples, some of which belong together or follow each other.
    ///
    /// # Errors
    /// If the arrangement has another number of samples, or a time that is not finite.
    pub fn arranged(self, arrangement: Arrangement<'a>) -> Result<Self, Error> {
        arrangement.check(self.rows.target.len())?;
        Ok(Self { arrangement, ..self })
    }

    fn checked(rows: Rows<'a>, windows: Windows, is_allowed: fn(f64) -> bool) -> Result<Self, Error> {
        let rows = rows.checked(windows.width())?;
        let samples = rows.target.len();
        if samples == 0 {
            return Err(Error::NoSamples);
        }
        if let Some(weights) = rows.weights {
            check_weights(weights)?;
        }
        if let Some(row) = rows.target.iter().position(|&value| !is_allowed(value)) {
            return Err(Error::MissingTarget { row, value: rows.target[row] });
        }
        for row in 0..samples {
            let at = row * rows.stride;
            // One sum finds whether any entry is not finite; which one is asked only then.
            let finite = match rows.values {
                Values::F32(values) => all_finite(&values[at..at + windows.width()]),
                Values::F64(values) => all_finite(&values[at..at + windows.width()]),
            };
            if !finite
                && let Some(column) = (0..windows.width()).find(|t| !is_allowed(rows.values.get(at + t)))
            {
                return Err(Error::MissingValue { row, column, value: rows.values.get(at + column) });
            }
        }
        Ok(Self { rows, windows, arrangement: Arrangement::Independent })
    }
}

/// Whether `0·x` sums to zero, which NaN and infinity prevent.
pub(super) fn all_finite<T: Element>(values: &[T]) -> bool {
    values.chunks(16).all(|chunk| {
        let sum: T = chunk.iter().map(|&value| value * T::default()).sum();
        sum == T::default()
    })
}

fn check_weights(weights: &[f64]) -> Result<(), Error> {
    if let Some(row) = weights.iter().position(|weight| !(weight.is_finite() && *weight >= 0.0)) {
        return Err(Error::SampleWeight { row, value: weights[row] });
    }
    if weights.iter().all(|&weight| weight == 0.0) {
        return Err(Error::NoSamples);
    }
    Ok(())
}

impl SampleSource for InMemory<'_> {
    type Error = Error;

    fn windows(&self) -> &Windows {
        &self.windows
    }

    fn samples(&self) -> u64 {
        self.rows.target.len() as u64
    }

    fn arrangement(&self) -> Arrangement<'_> {
        self.arrangement
    }

    fn pass(&mut self, _: usize, visit: &mut dyn FnMut(Rows<'_>) -> ControlFlow<()>) -> Result<(), Error> {
        // One run: there is nothing behind it that a break could spare.
        let _ = visit(self.rows);
        Ok(())
    }
}
