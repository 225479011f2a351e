//! Apache Parquet.
//!
//! The `parquet` crate reads the list of row groups and decodes the numbers of a page. It believes what a file says, so it
//! is given only what has been checked: [`footer`] copies the list, and [`pages`] finds, checks and decompresses the pages,
//! whose headers decide how much is allocated. What the crate does with unchecked files is written down in `docs/design.md`.
//!
//! A panic of the crate becomes an error. (The default panic hook still prints: a hook is the program's, and a library that
//! replaced it would do so for every thread.)

mod codec;
mod columns;
mod delta;
mod footer;
mod numbers;
mod page_header;
mod pages;
mod thrift;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use parquet::column::reader::{ColumnReader, get_column_reader};
use parquet::file::metadata::{ParquetMetaData, RowGroupMetaData};

use self::codec::Codec;
use self::columns::{Column, NumberType};
use self::numbers::Reading;
use self::pages::{ColumnChunk, Pages, damaged_column, unwrapped};
use crate::Error;
use crate::block::{BlockBuffer, OwnedValues, Precision};
use crate::error::{MOST_COLUMNS, Origin, quoted};
use crate::input::{Input, Stream};
use crate::request::{NoMeasurements, Request, Role, Selection, check_distinct};
use crate::source::{Opened, RowSource, check_finite};

/// Bytes of pages that all columns together keep between two reads. If one page of each takes more, rows are read ahead in
/// stripes of so many bytes, one column after the other, and pages are decompressed again for each stripe.
const HELD: u64 = 1 << 27;

/// Reads the list of row groups.
pub(crate) fn open(input: &Input, request: &Request) -> Result<Opened, Error> {
    open_within(input, request, HELD)
}

/// The same, keeping at most so many bytes of pages.
fn open_within(input: &Input, request: &Request, most_held: u64) -> Result<Opened, Error> {
    let origin = input.origin();
    guarded(&origin, || {
        let metadata = footer::read(input)?;
        let columns = columns::columns(metadata.file_metadata().schema_descr());
        if columns.len() > MOST_COLUMNS {
            return Err(Error::too_many_columns(&origin, columns.len() as u64));
        }
        let names: Vec<String> = columns.iter().map(|column| column.name.clone()).collect();
        check_distinct(&origin, &names)?;
        let holds =
            |place: usize| columns[place].number_type.as_ref().err().cloned().map(NoMeasurements::Type);
        let selection = Selection::new(&origin, &names, request, holds)?;
        let mut wanted = Vec::new();
        let features = selection.features.iter().enumerate().map(|(i, &place)| (Slot::Feature(i), place));
        let beside = selection.beside.iter().map(|&(role, place)| (Slot::Beside(role), place));
        for (slot, place) in features.chain(beside) {
            let Column { name, leaf, number_type, other } = columns[place].clone();
            let number_type = match (number_type, slot, other) {
                (Ok(number_type), ..) => number_type,
                (Err(_), Slot::Beside(role), Some(NumberType::Text)) if role.takes_text() => NumberType::Text,
                (Err(_), Slot::Beside(Role::Time), Some(other)) if other != NumberType::Text => other,
                (Err(found), ..) => {
                    let column = quoted(&name);
                    let advice = match slot {
                        Slot::Feature(_) => format!("leave it out with --drop {column}"),
                        Slot::Beside(role) => format!("it cannot be {}", role.name()),
                    };
                    return Err(Error::input(format_args!(
                        "{origin}: column {column} holds {found}: {advice}"
                    )));
                }
            };
            wanted.push(WantedColumn { slot, name, leaf, number_type, reader: None });
        }
        let is_text = wanted
            .iter()
            .filter(|column| column.number_type == NumberType::Text)
            .map(|column| column.name.clone())
            .collect::<Vec<_>>();
        let rows = check_groups(&metadata, input, &wanted)?;
        let stream = Arc::new(Mutex::new(input.stream()?));
        let parquet = Parquet {
            origin: origin.clone(),
            metadata,
            stream,
            names: names.clone(),
            selection: selection.clone(),
            wanted,
            held: Arc::new(AtomicU64::new(0)),
            most_held,
            stripe: None,
            rows,
            group: 0,
            row_in_group: 0,
            row: 0,
        };
        Ok(Opened::new(origin.clone(), &names, &selection, |place| is_text.contains(&names[place]), parquet))
    })
}

/// Turns a panic of the `parquet` crate into an error.
fn guarded<T>(origin: &Origin, work: impl FnOnce() -> Result<T, Error>) -> Result<T, Error> {
    // Whatever state the panic leaves is not used again: after an error a reader can only go back to the first row.
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().map(String::as_str);
        let text = text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("for an unknown reason");
        Err(Error::damaged(origin, format_args!("decoding failed: {text}")))
    })
}

/// Checks the list of row groups against the file, and returns the number of rows.
fn check_groups(metadata: &ParquetMetaData, input: &Input, wanted: &[WantedColumn]) -> Result<u64, Error> {
    let origin = input.origin();
    let damaged = |reason: &str| Error::damaged(&origin, reason);
    let leaves = metadata.file_metadata().schema_descr().num_columns();
    let mut rows: u64 = 0;
    for group in metadata.row_groups() {
        if group.num_columns() != leaves {
            return Err(damaged("a row group has not all columns"));
        }
        rows = u64::try_from(group.num_rows())
            .ok()
            .and_then(|more| rows.checked_add(more))
            .ok_or_else(|| damaged("a row group has an impossible number of rows"))?;
        for column in wanted {
            let chunk = column.chunk(&origin, metadata, group)?;
            if chunk.end > input.len() {
                return Err(damaged("a row group reaches beyond the end of the file"));
            }
        }
    }
    if rows == 0 {
        return Err(Error::no_rows(&origin));
    }
    Ok(rows)
}

/// A file with its columns chosen.
struct Parquet {
    origin: Origin,
    metadata: ParquetMetaData,
    stream: Arc<Mutex<Stream>>,
    names: Vec<String>,
    selection: Selection,
    wanted: Vec<WantedColumn>,
    held: Arc<AtomicU64>,
    most_held: u64,
    /// The stripe of rows that was read ahead, and how many of them were handed over. `None` while columns are read side by side.
    stripe: Option<(BlockBuffer, usize)>,
    rows: u64,
    group: usize,
    row_in_group: u64,
    row: u64,
}

/// What a column is in a block.
#[derive(Debug, Clone, Copy)]
enum Slot {
    Feature(usize),
    Beside(Role),
}

/// A column that is read.
struct WantedColumn {
    slot: Slot,
    name: String,
    leaf: usize,
    number_type: NumberType,
    /// At the current row. `None` if it was closed to save memory.
    reader: Option<ColumnReader>,
}

impl WantedColumn {
    /// Where the column stands in a row group.
    fn chunk(
        &self,
        origin: &Origin,
        metadata: &ParquetMetaData,
        group: &RowGroupMetaData,
    ) -> Result<ColumnChunk, Error> {
        let damaged = |reason: &str| damaged_column(origin, &self.name, reason);
        let column = group.column(self.leaf);
        if column.file_path().is_some() {
            return Err(damaged("its numbers are in another file"));
        }
        // Some writers say 0 where there is no dictionary.
        let dictionary = column.dictionary_page_offset().filter(|&offset| offset > 0);
        let begin =
            dictionary.map_or(column.data_page_offset(), |offset| offset.min(column.data_page_offset()));
        let place = u64::try_from(begin).ok().zip(u64::try_from(column.compressed_size()).ok());
        let end = place.and_then(|(begin, length)| begin.checked_add(length));
        let (Some((begin, _)), Some(end)) = (place, end) else {
            return Err(damaged("its place in the file is impossible"));
        };
        Ok(ColumnChunk {
            origin: origin.clone(),
            column: self.name.clone(),
            begin,
            end,
            codec: Codec::new(column.compression(), origin)?,
            width: self.number_type.width(),
            is_text: self.number_type == NumberType::Text,
            optional: metadata.file_metadata().schema_descr().column(self.leaf).max_def_level() > 0,
        })
    }
}

impl Parquet {
    fn group(&self) -> Option<&RowGroupMetaData> {
        self.metadata.row_groups().get(self.group)
    }

    /// Appends rows of the current row group.
    fn read_in_group(&mut self, rows: usize, block: &mut BlockBuffer) -> Result<(), Error> {
        let begin = block.rows;
        let width = self.selection.features.len();
        match &mut block.values {
            OwnedValues::F32(values) => values.resize((begin + rows) * width, 0.0),
            OwnedValues::F64(values) => values.resize((begin + rows) * width, 0.0),
        }
        for i in 0..self.wanted.len() {
            let mut reader = match self.wanted[i].reader.take() {
                Some(reader) => reader,
                None => self.open_column(i)?,
            };
            let column = &self.wanted[i];
            let may_be_missing = match column.slot {
                Slot::Feature(_) | Slot::Beside(Role::Target) => self.selection.missing,
                Slot::Beside(role) => role == Role::Id,
            };
            let reading =
                Reading { origin: &self.origin, column, row: self.row, rows, begin, width, may_be_missing };
            reading.read(&mut reader, block)?;
            if self.stripe.is_none() && self.held.load(Ordering::Relaxed) > self.most_held {
                self.stripe = Some((BlockBuffer::new(block.values.precision()), 0));
            }
            if self.stripe.is_none() {
                self.wanted[i].reader = Some(reader);
            }
        }
        check_finite(block, begin, self.row, &self.origin, &self.names, &self.selection)?;
        block.rows += rows;
        self.row += rows as u64;
        self.row_in_group += rows as u64;
        Ok(())
    }

    /// Appends rows that were read ahead. `false` if there are none.
    fn hand_over(&mut self, rows: usize, block: &mut BlockBuffer) -> bool {
        let width = self.selection.features.len();
        let Some((stripe, begin)) = &mut self.stripe else { return false };
        let rows = rows.min(stripe.rows.saturating_sub(*begin));
        let wanted = *begin..*begin + rows;
        let numbers = wanted.start * width..wanted.end * width;
        match (&mut block.values, &stripe.values) {
            (OwnedValues::F32(values), OwnedValues::F32(ahead)) => values.extend_from_slice(&ahead[numbers]),
            (OwnedValues::F64(values), OwnedValues::F64(ahead)) => values.extend_from_slice(&ahead[numbers]),
            _ => return false,
        }
        for role in Role::ALL {
            let (cells, ahead) = (block.cells_mut(role), stripe.cells(role));
            cells.numbers.extend_from_slice(ahead.numbers.get(wanted.clone()).unwrap_or_default());
            cells.texts.extend_from_slice(ahead.texts.get(wanted.clone()).unwrap_or_default());
        }
        *begin += rows;
        block.rows += rows;
        rows > 0
    }

    /// A reader at the current row.
    fn open_column(&self, i: usize) -> Result<ColumnReader, Error> {
        let column = &self.wanted[i];
        let damaged = |reason: &str| Error::damaged(&self.origin, reason);
        let group = self.group().ok_or_else(|| damaged("a row group is missing"))?;
        let chunk = column.chunk(&self.origin, &self.metadata, group)?;
        let pages = Pages::new(Arc::clone(&self.stream), chunk, Arc::clone(&self.held));
        let descriptor = self.metadata.file_metadata().schema_descr().column(column.leaf);
        let mut reader = get_column_reader(descriptor, Box::new(pages));
        let rows = self.row_in_group as usize;
        let skipped = match &mut reader {
            _ if rows == 0 => Ok(0),
            ColumnReader::BoolColumnReader(reader) => reader.skip_records(rows),
            ColumnReader::Int32ColumnReader(reader) => reader.skip_records(rows),
            ColumnReader::Int64ColumnReader(reader) => reader.skip_records(rows),
            ColumnReader::FloatColumnReader(reader) => reader.skip_records(rows),
            ColumnReader::DoubleColumnReader(reader) => reader.skip_records(rows),
            ColumnReader::ByteArrayColumnReader(reader) => reader.skip_records(rows),
            _ => Ok(0),
        };
        match skipped.map_err(|error| unwrapped(error, &self.origin, &column.name))? {
            skipped if skipped == rows => Ok(reader),
            _ => Err(damaged("a column has fewer rows than its row group")),
        }
    }
}

impl RowSource for Parquet {
    fn rewind(&mut self) -> Result<(), Error> {
        for column in &mut self.wanted {
            column.reader = None;
        }
        if let Some((stripe, _)) = &mut self.stripe {
            stripe.clear();
        }
        (self.group, self.row_in_group, self.row) = (0, 0, 0);
        Ok(())
    }

    fn read(&mut self, rows: usize, block: &mut BlockBuffer) -> Result<(), Error> {
        /// Numbers of all columns that are decoded before the next rows: they should stay in the cache.
        const NUMBERS: usize = 1 << 16;
        let end = block.rows + rows;
        let origin = self.origin.clone();
        guarded(&origin, || {
            while block.rows < end {
                if self.hand_over(end - block.rows, block) {
                    continue;
                }
                let Some(group) = self.group() else { return Ok(()) };
                let left = group.num_rows() as u64 - self.row_in_group;
                if left == 0 {
                    self.wanted.iter_mut().for_each(|column| column.reader = None);
                    (self.group, self.row_in_group) = (self.group + 1, 0);
                    continue;
                }
                let left = usize::try_from(left).unwrap_or(usize::MAX);
                if let Some((stripe, _)) = &mut self.stripe {
                    // Taken out for the time of the call, so that `self` can be used beside it.
                    let mut ahead = std::mem::replace(stripe, BlockBuffer::new(block.values.precision()));
                    ahead.clear();
                    let rows = (self.most_held / (8 * self.wanted.len() as u64)).max(1);
                    self.read_in_group(left.min(rows as usize), &mut ahead)?;
                    self.stripe = Some((ahead, 0));
                } else {
                    let at_once = (NUMBERS / self.wanted.len()).clamp(64, 4096);
                    self.read_in_group((end - block.rows).min(left).min(at_once), block)?;
                }
            }
            Ok(())
        })
    }

    fn rows(&self) -> Option<u64> {
        Some(self.rows)
    }

    fn precision(&self) -> Precision {
        let mut features = self.wanted.iter().filter(|column| matches!(column.slot, Slot::Feature(_)));
        if features.all(|column| column.number_type == NumberType::F32) {
            Precision::F32
        } else {
            Precision::F64
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Target;

    /// All numbers, read in blocks of `rows_at_once` rows.
    fn read(file: &[u8], rows_at_once: usize, most_held: u64) -> (OwnedValues, Vec<f64>) {
        let input = Input::from_bytes("data.parquet".as_ref(), file.into());
        let request = Request { target: Some(Target::Column("y".to_owned())), ..Request::default() };
        let mut opened = open_within(&input, &request, most_held).unwrap();
        let mut all = BlockBuffer::new(Precision::F64);
        while all.rows < opened.source.rows().unwrap() as usize {
            opened.source.read(rows_at_once, &mut all).unwrap();
        }
        let target = all.cells(Role::Target).numbers.clone();
        (all.values, target)
    }

    #[test]
    fn columns_that_are_read_one_after_the_other_give_the_same_rows() {
        for file in [
            include_bytes!("../../tests/data/groups.parquet").as_slice(),
            include_bytes!("../../tests/data/encodings.parquet"),
            include_bytes!("../../tests/data/pyarrow-snappy.parquet"),
            include_bytes!("../../tests/data/polars-zstd.parquet"),
        ] {
            let expected = read(file, 100, HELD);
            for (rows_at_once, most_held) in [(1, 0), (4, 0), (1, 100), (3, 150), (12, 0)] {
                assert_eq!(read(file, rows_at_once, most_held), expected);
            }
        }
    }
}
