//! The type of the numbers of an array, and how they become numbers of a block.

use half::f16;

use crate::Error;
use crate::block::{BlockBuffer, OwnedValues};
use crate::error::{Origin, quoted, shown};
use crate::request::Selection;
use crate::source::EXACT;

/// The type of the numbers in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dtype {
    Bool,
    I1,
    I2,
    I4,
    I8,
    U1,
    U2,
    U4,
    U8,
    F2,
    F4,
    F8,
}

impl Dtype {
    pub(super) fn parse(text: &str, origin: &Origin) -> Result<Self, Error> {
        const DTYPES: [(&str, Dtype); 12] = [
            ("b1", Dtype::Bool),
            ("i1", Dtype::I1),
            ("i2", Dtype::I2),
            ("i4", Dtype::I4),
            ("i8", Dtype::I8),
            ("u1", Dtype::U1),
            ("u2", Dtype::U2),
            ("u4", Dtype::U4),
            ("u8", Dtype::U8),
            ("f2", Dtype::F2),
            ("f4", Dtype::F4),
            ("f8", Dtype::F8),
        ];
        let known = |name: &str| DTYPES.iter().find(|(word, _)| *word == name).map(|(_, dtype)| *dtype);
        if let Some(dtype) = text.strip_prefix(['<', '|', '=']).and_then(known) {
            return Ok(dtype);
        }
        match text.strip_prefix('>').and_then(known) {
            Some(dtype) if dtype.bytes() == 1 => Ok(dtype),
            Some(_) => Err(Error::input(format_args!(
                "{origin} holds big-endian numbers ('{text}'): convert with array.astype('<{}')",
                &text[1..]
            ))),
            None => {
                // Records are a list of names and types.
                let text = if text.starts_with(['[', '(']) { shown(text) } else { quoted(text) };
                Err(Error::no_numbers(format_args!(
                    "{origin} holds values of type {text}: floats, integers and booleans are read"
                )))
            }
        }
    }

    pub(super) const fn bytes(self) -> usize {
        match self {
            Self::Bool | Self::I1 | Self::U1 => 1,
            Self::I2 | Self::U2 | Self::F2 => 2,
            Self::I4 | Self::U4 | Self::F4 => 4,
            Self::I8 | Self::U8 | Self::F8 => 8,
        }
    }

    pub(super) const fn is_float(self) -> bool {
        matches!(self, Self::F2 | Self::F4 | Self::F8)
    }

    /// Appends the selected columns of whole rows, without counting the rows. An integer that no double holds is returned
    /// as row, column and value.
    pub(super) fn append(
        self,
        bytes: &[u8],
        columns: usize,
        selection: &Selection,
        block: &mut BlockBuffer,
    ) -> Result<(), (usize, usize, i128)> {
        match self {
            Self::Bool => {
                gather(bytes, columns, selection, block, |[byte]: [u8; 1]| f64::from(byte != 0), exact)
            }
            Self::I1 => gather(bytes, columns, selection, block, |b| i8::from_le_bytes(b).into(), exact),
            Self::I2 => gather(bytes, columns, selection, block, |b| i16::from_le_bytes(b).into(), exact),
            Self::I4 => gather(bytes, columns, selection, block, |b| i32::from_le_bytes(b).into(), exact),
            Self::U1 => gather(bytes, columns, selection, block, |b| u8::from_le_bytes(b).into(), exact),
            Self::U2 => gather(bytes, columns, selection, block, |b| u16::from_le_bytes(b).into(), exact),
            Self::U4 => gather(bytes, columns, selection, block, |b| u32::from_le_bytes(b).into(), exact),
            Self::F2 => gather(bytes, columns, selection, block, |b| f16::from_le_bytes(b).into(), exact),
            Self::F4 => gather(bytes, columns, selection, block, |b| f32::from_le_bytes(b).into(), exact),
            Self::F8 => gather(bytes, columns, selection, block, f64::from_le_bytes, exact),
            Self::I8 => {
                let inexact =
                    |b| Some(i64::from_le_bytes(b)).filter(|i| i.unsigned_abs() > EXACT).map(i128::from);
                gather(bytes, columns, selection, block, |b| i64::from_le_bytes(b) as f64, inexact)
            }
            Self::U8 => {
                let inexact = |b| Some(u64::from_le_bytes(b)).filter(|&u| u > EXACT).map(i128::from);
                gather(bytes, columns, selection, block, |b| u64::from_le_bytes(b) as f64, inexact)
            }
        }
    }
}

/// A type all of whose values are doubles.
const fn exact<const BYTES: usize>(_: [u8; BYTES]) -> Option<i128> {
    None
}

fn gather<const BYTES: usize>(
    bytes: &[u8],
    columns: usize,
    selection: &Selection,
    block: &mut BlockBuffer,
    double: impl Fn([u8; BYTES]) -> f64,
    inexact: impl Fn([u8; BYTES]) -> Option<i128>,
) -> Result<(), (usize, usize, i128)> {
    let rows = || bytes.as_chunks::<BYTES>().0.chunks_exact(columns);
    for (i, row) in rows().enumerate() {
        let wanted = selection.features.iter().chain(&selection.target).chain(&selection.weights);
        if let Some((place, value)) =
            wanted.into_iter().find_map(|&place| Some((place, inexact(row[place])?)))
        {
            return Err((i, place, value));
        }
    }
    match &mut block.values {
        OwnedValues::F32(values) => {
            for row in rows() {
                // From four bytes or fewer the way through a double changes nothing.
                values.extend(selection.features.iter().map(|&place| double(row[place]) as f32));
            }
        }
        OwnedValues::F64(values) => {
            for row in rows() {
                values.extend(selection.features.iter().map(|&place| double(row[place])));
            }
        }
    }
    for (column, place) in [(&mut block.target, selection.target), (&mut block.weights, selection.weights)] {
        if let Some(place) = place {
            column.extend(rows().map(|row| double(row[place])));
        }
    }
    Ok(())
}
