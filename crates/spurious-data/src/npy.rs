//! One NumPy array.
//!
//! The header is a Python literal that decides how much is read and allocated. A small parser reads it (see [`header`]), and
//! checks its length, the type and the product of the shape before anything is allocated.

mod dtype;
mod header;

use std::io::{self, Read};

use crate::Error;
use crate::block::{BlockBuffer, OwnedValues, Precision};
use crate::error::{Cell, Origin};
use crate::input::{Input, fill};
use crate::request::{Request, Selection, numbered};
use crate::source::{Opened, RowSource, check_finite};

use dtype::Dtype;
pub(crate) use header::Header;

/// Bytes that are converted at once.
const PIECE: usize = 1 << 18;

/// Opens the bytes of an array, from the first one of its header.
pub(crate) type OpenBytes = Box<dyn Fn() -> Result<Box<dyn Read + Send>, Error> + Send>;

/// An array with its columns chosen.
pub(crate) struct Npy {
    origin: Origin,
    open: OpenBytes,
    bytes: Box<dyn Read + Send>,
    header: Header,
    names: Vec<String>,
    selection: Selection,
    row: u64,
    piece: Vec<u8>,
}

/// Reads the header.
pub(crate) fn open(input: &Input, request: &Request) -> Result<Opened, Error> {
    let origin = input.origin();
    if input.len() == 0 {
        return Err(Error::empty(&origin.path));
    }
    let header = Header::read(&mut input.stream()?, &origin)?;
    header.check_length(input.len(), &origin)?;
    let names = numbered(header.columns);
    let selection = Selection::new(&origin, &names, request, |_| None)?;
    let is_text = header.is_text();
    let input = input.clone();
    let open = move || -> Result<Box<dyn Read + Send>, Error> { Ok(Box::new(input.stream()?)) };
    let npy = Npy::new(origin.clone(), Box::new(open), header, selection.clone())?;
    Ok(Opened::new(origin, &names, &selection, |_| is_text, npy))
}

impl Npy {
    pub(crate) fn new(
        origin: Origin,
        open: OpenBytes,
        header: Header,
        selection: Selection,
    ) -> Result<Self, Error> {
        if header.is_text() && (!selection.features.is_empty() || header.columns > 1) {
            return Err(Error::no_numbers(format_args!(
                "{origin} holds text: features are floats, integers or booleans"
            )));
        }
        let names = numbered(header.columns);
        let bytes = Box::new(io::empty());
        let mut npy = Self { origin, open, bytes, header, names, selection, row: 0, piece: Vec::new() };
        npy.rewind()?;
        Ok(npy)
    }

    /// Whether the bytes in the file are those of a block of that precision.
    fn is_verbatim(&self, precision: Precision) -> bool {
        let same = match precision {
            Precision::F32 => Dtype::F4,
            Precision::F64 => Dtype::F8,
        };
        cfg!(target_endian = "little")
            && self.header.dtype == same
            && self.selection.beside.is_empty()
            && self.selection.features.iter().copied().eq(0..self.header.columns)
    }

    /// Fills `buffer` with the next bytes.
    fn read_exactly(&mut self, buffer: &mut [u8], rows_before: u64) -> Result<(), Error> {
        let row_bytes = self.header.row_bytes() as u64;
        fill(&mut self.bytes, buffer).map_err(|error| Error::decoding(&self.origin, error)).and_then(|read| {
            if read == buffer.len() {
                return Ok(());
            }
            let found = self.header.length + (self.row + rows_before) * row_bytes + read as u64;
            Err(header::cut_off(&self.origin, found, self.header.total()))
        })
    }

    /// Appends `rows` rows to `block`, converted.
    fn convert(&mut self, rows: usize, block: &mut BlockBuffer) -> Result<(), Error> {
        let row_bytes = self.header.row_bytes();
        let rows_at_once = (PIECE / row_bytes).max(1);
        let mut piece = std::mem::take(&mut self.piece);
        let mut done = 0;
        while done < rows {
            let now = rows_at_once.min(rows - done);
            piece.resize(now * row_bytes, 0);
            self.read_exactly(&mut piece, done as u64)?;
            let appended = self.header.dtype.append(&piece, self.header.columns, &self.selection, block);
            appended.map_err(|(row, place, value)| {
                let row = self.row + (done + row) as u64;
                let cell = Cell { origin: &self.origin, row, line: None, column: &self.names[place] };
                Error::inexact(&cell, value)
            })?;
            done += now;
        }
        self.piece = piece;
        Ok(())
    }

    /// Fails if anything follows the last row.
    fn check_end(&mut self) -> Result<(), Error> {
        let mut one = [0];
        match fill(&mut self.bytes, &mut one) {
            Ok(0) => Ok(()),
            Ok(_) => Err(header::too_long(&self.origin, 1)),
            Err(error) => Err(Error::decoding(&self.origin, error)),
        }
    }
}

impl RowSource for Npy {
    fn rewind(&mut self) -> Result<(), Error> {
        self.bytes = (self.open)()?;
        self.row = 0;
        let mut header = vec![0; self.header.length as usize];
        let read =
            fill(&mut self.bytes, &mut header).map_err(|error| Error::decoding(&self.origin, error))?;
        if read < header.len() {
            return Err(Error::changed(&self.origin.path));
        }
        Ok(())
    }

    fn read(&mut self, rows: usize, block: &mut BlockBuffer) -> Result<(), Error> {
        let left = self.header.rows - self.row;
        let rows = left.min(rows as u64) as usize;
        let begin = block.rows;
        if self.is_verbatim(block.values.precision()) {
            let numbers = rows * self.header.columns;
            // Taken out for the time of the call, so that `self` can be used beside it.
            let mut values = std::mem::replace(&mut block.values, OwnedValues::F64(Vec::new()));
            let result = match &mut values {
                OwnedValues::F32(values) => {
                    let old = values.len();
                    values.resize(old + numbers, 0.0);
                    self.read_exactly(bytemuck::cast_slice_mut(&mut values[old..]), 0)
                }
                OwnedValues::F64(values) => {
                    let old = values.len();
                    values.resize(old + numbers, 0.0);
                    self.read_exactly(bytemuck::cast_slice_mut(&mut values[old..]), 0)
                }
            };
            block.values = values;
            result?;
        } else {
            self.convert(rows, block)?;
        }
        if self.header.dtype.is_float() {
            check_finite(block, begin, self.row, &self.origin, &self.names, &self.selection)?;
        }
        block.rows += rows;
        self.row += rows as u64;
        if self.row == self.header.rows && rows > 0 {
            self.check_end()?;
        }
        Ok(())
    }

    fn rows(&self) -> Option<u64> {
        Some(self.header.rows)
    }

    fn precision(&self) -> Precision {
        match self.header.dtype {
            Dtype::F2 | Dtype::F4 => Precision::F32,
            _ => Precision::F64,
        }
    }
}
