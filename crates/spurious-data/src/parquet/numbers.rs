//! How the numbers of a column get into a block.

use parquet::column::reader::{ColumnReader, ColumnReaderImpl};
use parquet::data_type::DataType;

use super::columns::NumberType;
use super::pages::unwrapped;
use super::{Slot, WantedColumn};
use crate::Error;
use crate::block::{BlockBuffer, OwnedValues};
use crate::error::{Cell, Origin, quoted};
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
}

impl Reading<'_> {
    pub(super) fn read(&self, reader: &mut ColumnReader, block: &mut BlockBuffer) -> Result<(), Error> {
        match (reader, self.column.number_type) {
            (ColumnReader::BoolColumnReader(reader), _) => {
                self.put(&self.numbers(reader)?, block, f64::from);
            }
            (ColumnReader::FloatColumnReader(reader), _) => {
                self.put(&self.numbers(reader)?, block, f64::from);
            }
            (ColumnReader::DoubleColumnReader(reader), _) => self.put(&self.numbers(reader)?, block, |x| x),
            (ColumnReader::Int32ColumnReader(reader), NumberType::U32) => {
                self.put(&self.numbers(reader)?, block, |x| (x as u32).into());
            }
            (ColumnReader::Int32ColumnReader(reader), _) => {
                self.put(&self.numbers(reader)?, block, f64::from);
            }
            (ColumnReader::Int64ColumnReader(reader), NumberType::U64) => {
                let numbers = self.numbers(reader)?;
                self.check_exact(&numbers, |x| (x as u64).into())?;
                self.put(&numbers, block, |x| x as u64 as f64);
            }
            (ColumnReader::Int64ColumnReader(reader), _) => {
                let numbers = self.numbers(reader)?;
                self.check_exact(&numbers, i128::from)?;
                self.put(&numbers, block, |x| x as f64);
            }
            _ => return Err(self.damaged("changed its type")),
        }
        Ok(())
    }

    /// Exactly the rows that were asked for, none of them missing.
    fn numbers<T: DataType>(&self, reader: &mut ColumnReaderImpl<T>) -> Result<Vec<T::T>, Error> {
        let (mut numbers, mut levels) = (Vec::with_capacity(self.rows), Vec::new());
        let (records, ..) = reader
            .read_records(self.rows, Some(&mut levels), None, &mut numbers)
            .map_err(|error| unwrapped(error, self.origin, &self.column.name))?;
        if let Some(row) = levels.iter().position(|&level| level == 0) {
            return Err(Error::not_finite(&self.cell(row), "missing"));
        }
        if records != self.rows || numbers.len() != self.rows {
            return Err(self.damaged("has fewer rows than its row group"));
        }
        Ok(numbers)
    }

    fn check_exact(&self, numbers: &[i64], value: impl Fn(i64) -> i128) -> Result<(), Error> {
        let inexact = |number: i64| value(number).unsigned_abs() > u128::from(EXACT);
        match numbers.iter().position(|&number| inexact(number)) {
            Some(row) => Err(Error::inexact(&self.cell(row), value(numbers[row]))),
            None => Ok(()),
        }
    }

    fn cell(&self, row: usize) -> Cell<'_> {
        Cell { origin: self.origin, row: self.row + row as u64, line: None, column: &self.column.name }
    }

    fn damaged(&self, what: &str) -> Error {
        Error::damaged(self.origin, format_args!("column {} {what}", quoted(&self.column.name)))
    }

    fn put<T: Copy>(&self, numbers: &[T], block: &mut BlockBuffer, double: impl Fn(T) -> f64) {
        let numbers = numbers.iter().map(|&number| double(number));
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
            (Slot::Target, _) => block.target.extend(numbers),
            (Slot::Weights, _) => block.weights.extend(numbers),
        }
    }
}
