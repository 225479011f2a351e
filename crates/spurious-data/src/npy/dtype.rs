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
    /// Text of so many bytes.
    Bytes(u32),
    /// Text of so many characters of four bytes.
    Characters(u32),
}

/// Characters that a text may have.
const LONGEST_TEXT: u32 = 1000;

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
        let length = |kind: char| text.trim_start_matches(['<', '|', '=']).strip_prefix(kind)?.parse().ok();
        if let Some(bytes) = length('S').filter(|&bytes| bytes <= LONGEST_TEXT) {
            return Ok(Self::Bytes(bytes));
        }
        if let Some(characters) = length('U').filter(|&characters| characters <= LONGEST_TEXT) {
            return Ok(Self::Characters(characters));
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
            Self::Bytes(bytes) => bytes as usize,
            Self::Characters(characters) => 4 * characters as usize,
        }
    }

    pub(super) const fn is_text(self) -> bool {
        matches!(self, Self::Bytes(_) | Self::Characters(_))
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
            Self::Bytes(_) | Self::Characters(_) => {
                self.append_text(bytes, selection, block);
                Ok(())
            }
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

    /// Appends texts, which are an array of their own: the file has no other column.
    fn append_text(self, bytes: &[u8], selection: &Selection, block: &mut BlockBuffer) {
        let is_wide = matches!(self, Self::Characters(_));
        let texts = bytes.chunks_exact(self.bytes().max(1)).map(|cell| {
            if is_wide {
                let characters = cell.as_chunks::<4>().0.iter().map(|&code| u32::from_le_bytes(code));
                let shown = |code| char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER);
                characters.map(shown).collect::<String>().trim_end_matches('\0').to_owned()
            } else {
                String::from_utf8_lossy(cell).trim_end_matches('\0').to_owned()
            }
        });
        for &(role, _) in &selection.beside {
            block.cells_mut(role).texts.extend(texts.clone());
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
        let mut wanted =
            selection.features.iter().copied().chain(selection.beside.iter().map(|&(_, place)| place));
        if let Some((place, value)) = wanted.find_map(|place| Some((place, inexact(row[place])?))) {
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
    for &(role, place) in &selection.beside {
        block.cells_mut(role).numbers.extend(rows().map(|row| double(row[place])));
    }
    Ok(())
}
