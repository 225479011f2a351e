//! How the numbers of a column get into a block.

use parquet::column::reader::{ColumnReader, ColumnReaderImpl};
use parquet::data_type::{ByteArray, DataType};

use super::columns::NumberType;
use super::pages::unwrapped;
use super::{Slot, WantedColumn};
use crate::Error;
use crate::block::{BlockBuffer, OwnedValues};
use crate::error::{Cell, Origin, quoted};
use crate::request::Role;
use crate::source::EXACT;

/// Some rows of one column that are to be read into a block.
pub(super) struct Reading<'a> {
    pub(super) origin: &'a Origin,
    pub(super) column: &'a WantedColumn,
    /// The first row, counted from 0.
    pub(super) row: u64,
    pub(super) rows: usize,
    /// Where the rows go, and how many numbers a row has.
    pub(super) begin: usize,
    pub(super) width: usize,
    /// Whether values may be missing.
    pub(super) may_be_missing: bool,
}

impl Reading<'_> {
    pub(super) fn read(&self, reader: &mut ColumnReader, block: &mut BlockBuffer) -> Result<(), Error> {
        match (reader, self.column.number_type) {
            (ColumnReader::BoolColumnReader(reader), _) => {
                self.put(&self.cells(reader)?, block, f64::from);
            }
            (ColumnReader::FloatColumnReader(reader), _) => {
                self.put(&self.cells(reader)?, block, f64::from);
            }
            (ColumnReader::DoubleColumnReader(reader), _) => self.put(&self.cells(reader)?, block, |x| x),
            (ColumnReader::Int32ColumnReader(reader), NumberType::U32) => {
                self.put(&self.cells(reader)?, block, |x| (x as u32).into());
            }
            (ColumnReader::Int32ColumnReader(reader), _) => {
                self.put(&self.cells(reader)?, block, f64::from);
            }
            (ColumnReader::Int64ColumnReader(reader), NumberType::U64) => {
                let numbers = self.cells(reader)?;
                self.check_exact(&numbers, |x| (x as u64).into())?;
                self.put(&numbers, block, |x| x as u64 as f64);
            }
            (ColumnReader::Int64ColumnReader(reader), _) => {
                let numbers = self.cells(reader)?;
                self.check_exact(&numbers, i128::from)?;
                self.put(&numbers, block, |x| x as f64);
            }
            (ColumnReader::ByteArrayColumnReader(reader), NumberType::Text) => {
                let texts = self.cells(reader)?;
                let Slot::Beside(role) = self.column.slot else { return Err(self.damaged("holds text")) };
                let shown = |text: Option<ByteArray>| {
                    text.map_or_else(String::new, |text| String::from_utf8_lossy(text.data()).into_owned())
                };
                block.cells_mut(role).texts.extend(texts.into_iter().map(shown));
            }
            _ => return Err(self.damaged("changed its type")),
        }
        Ok(())
    }

    /// Exactly the rows that were asked for; `None` where a value is missing and may be.
    fn cells<T: DataType>(&self, reader: &mut ColumnReaderImpl<T>) -> Result<Vec<Option<T::T>>, Error> {
        let (mut values, mut levels) = (Vec::with_capacity(self.rows), Vec::new());
        let (records, ..) = reader
            .read_records(self.rows, Some(&mut levels), None, &mut values)
            .map_err(|error| unwrapped(error, self.origin, &self.column.name))?;
        let missing = levels.iter().filter(|&&level| level == 0).count();
        if let Some(row) = levels.iter().position(|&level| level == 0).filter(|_| !self.may_be_missing) {
            return Err(Error::not_finite(&self.cell(row), "missing"));
        }
        if records != self.rows || values.len() + missing != self.rows {
            return Err(self.damaged("has fewer rows than its row group"));
        }
        let mut values = values.into_iter();
        if missing == 0 {
            return Ok(values.map(Some).collect());
        }
        Ok(levels.iter().map(|&level| if level == 0 { None } else { values.next() }).collect())
    }

    fn check_exact(&self, numbers: &[Option<i64>], value: impl Fn(i64) -> i128) -> Result<(), Error> {
        // Moments are compared with each other, for which a double is exact enough.
        if matches!(self.column.slot, Slot::Beside(Role::Time)) {
            return Ok(());
        }
        let inexact = |number: i64| value(number).unsigned_abs() > u128::from(EXACT);
        match numbers
            .iter()
            .enumerate()
            .find_map(|(row, number)| number.filter(|&n| inexact(n)).map(|n| (row, n)))
        {
            Some((row, number)) => Err(Error::inexact(&self.cell(row), value(number))),
            None => Ok(()),
        }
    }

    fn cell(&self, row: usize) -> Cell<'_> {
        Cell { origin: self.origin, row: self.row + row as u64, line: None, column: &self.column.name }
    }

    fn damaged(&self, what: &str) -> Error {
        Error::damaged(self.origin, format_args!("column {} {what}", quoted(&self.column.name)))
    }

    fn put<T: Copy>(&self, numbers: &[Option<T>], block: &mut BlockBuffer, double: impl Fn(T) -> f64) {
        let numbers = numbers.iter().map(|number| number.map_or(f64::NAN, &double));
        match (self.column.slot, &mut block.values) {
            (Slot::Feature(i), OwnedValues::F32(values)) => {
                let places = values[self.begin * self.width + i..].iter_mut().step_by(self.width);
                // The numbers are single precision in the file, too.
                places.zip(numbers).for_each(|(place, number)| *place = number as f32);
            }
            (Slot::Feature(i), OwnedValues::F64(values)) => {
                let places = values[self.begin * self.width + i..].iter_mut().step_by(self.width);
                places.zip(numbers).for_each(|(place, number)| *place = number);
            }
            (Slot::Beside(role), _) => block.cells_mut(role).numbers.extend(numbers),
        }
    }
}
