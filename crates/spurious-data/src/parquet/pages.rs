//! The pages of a column, checked before anything is allocated for them.

use std::fmt::Display;
use std::io::{Seek, SeekFrom};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use flate2::Crc;
use parquet::basic::Encoding;
use parquet::column::page::{Page as Decoded, PageMetadata, PageReader};
use parquet::errors::ParquetError;

use super::codec::Codec;
use super::delta;
use super::page_header::{Header, Page};
use crate::Error;
use crate::error::{Origin, quoted};
use crate::input::{Stream, fill};

/// Bytes that a page may have, compressed or not. Writers aim at one megabyte.
const PAGE: u64 = 1 << 27;
/// Bytes that the header of a page may have.
const HEADER: u64 = 1 << 14;

/// Where the pages of a column in a row group are, and what they hold.
#[derive(Debug, Clone)]
pub(super) struct ColumnChunk {
    pub(super) origin: Origin,
    pub(super) column: String,
    pub(super) begin: u64,
    pub(super) end: u64,
    pub(super) codec: Codec,
    /// Bits of a number.
    pub(super) width: u64,
    pub(super) is_text: bool,
    /// Whether there are definition levels.
    pub(super) optional: bool,
}

/// The pages of a chunk, one after the other.
pub(super) struct Pages {
    stream: Arc<Mutex<Stream>>,
    chunk: ColumnChunk,
    at: u64,
    next: Option<Header>,
    /// The bytes that all columns keep, and the share of this one: its dictionary and its page.
    held: Arc<AtomicU64>,
    dictionary: u64,
    page: u64,
    has_dictionary: bool,
}

impl Pages {
    pub(super) fn new(stream: Arc<Mutex<Stream>>, chunk: ColumnChunk, held: Arc<AtomicU64>) -> Self {
        Self {
            stream,
            at: chunk.begin,
            chunk,
            next: None,
            held,
            dictionary: 0,
            page: 0,
            has_dictionary: false,
        }
    }

    fn damaged(&self, reason: impl Display) -> Error {
        damaged_column(&self.chunk.origin, &self.chunk.column, reason)
    }

    /// Reads bytes of the file.
    fn bytes(&self, begin: u64, length: u64) -> Result<Vec<u8>, Error> {
        let mut bytes = vec![0; length as usize];
        let mut stream = self.stream.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let read = stream.seek(SeekFrom::Start(begin)).and_then(|_| fill(&mut *stream, &mut bytes));
        let read = read.map_err(|source| Error::reading(&self.chunk.origin.path, source))?;
        bytes.truncate(read);
        Ok(bytes)
    }

    /// The header of the next page with numbers. `at` is then the end of the header. `None` after the last page.
    fn header(&mut self) -> Result<Option<Header>, Error> {
        while self.next.is_none() && self.at < self.chunk.end {
            // Most headers have some tens of bytes.
            let left = self.chunk.end - self.at;
            let header = match Header::parse(&self.bytes(self.at, left.min(256))?) {
                Ok(header) => header,
                Err(_) => Header::parse(&self.bytes(self.at, left.min(HEADER))?)
                    .map_err(|reason| self.damaged(reason))?,
            };
            self.at += header.length;
            self.check(&header)?;
            if header.page == Page::Index {
                self.at += header.compressed;
            } else {
                self.next = Some(header);
            }
        }
        Ok(self.next)
    }

    /// Refuses a header whose numbers contradict each other or the limits.
    fn check(&self, header: &Header) -> Result<(), Error> {
        let bytes = header.uncompressed.max(header.compressed);
        if bytes > PAGE {
            let (origin, column) = (&self.chunk.origin, quoted(&self.chunk.column));
            return Err(Error::input(format_args!(
                "{origin}: column {column} has a page of {bytes} bytes: at most {PAGE}"
            )));
        }
        if header.compressed > self.chunk.end - self.at {
            return Err(self.damaged("a page reaches beyond its chunk"));
        }
        let bits = 8 * header.uncompressed;
        match header.page {
            Page::Dictionary { values, .. }
                if u64::from(values) * self.chunk.width > bits || self.chunk.width < 32 =>
            {
                Err(self.damaged("a dictionary has fewer numbers than it says"))
            }
            Page::DataV2 { definition, repetition, values, nulls, .. }
                if u64::from(definition) + u64::from(repetition)
                    > header.uncompressed.min(header.compressed)
                    || repetition > 0
                    || nulls > values =>
            {
                Err(self.damaged("the levels of a page do not fit into it"))
            }
            Page::Data { levels, .. } if self.chunk.optional && levels != RLE => {
                Err(self.damaged("the levels of a page have an encoding that is not known"))
            }
            _ => Ok(()),
        }
    }

    fn take(&mut self) -> Result<Option<Decoded>, Error> {
        let Some(header) = self.header()? else { return Ok(None) };
        self.next = None;
        let bytes = self.bytes(self.at, header.compressed)?;
        if bytes.len() as u64 != header.compressed {
            return Err(self.damaged("a page is cut off"));
        }
        self.at += header.compressed;
        let mut sum = Crc::new();
        sum.update(&bytes);
        if header.checksum.is_some_and(|checksum| checksum != sum.sum()) {
            return Err(self.damaged("the checksum of a page does not fit"));
        }
        let buf = self.decompressed(&header, bytes)?;
        let buf = self.prepared(&header, buf)?;
        let kept = buf.len() as u64;
        Ok(Some(match header.page {
            Page::Dictionary { values, encoding } => {
                self.hold(kept, self.page);
                self.has_dictionary = true;
                let encoding = self.encoding(encoding)?;
                Decoded::DictionaryPage { buf, num_values: values, encoding, is_sorted: false }
            }
            Page::Data { values, encoding, .. } => {
                self.hold(self.dictionary, kept);
                Decoded::DataPage {
                    buf,
                    num_values: values,
                    encoding: self.encoding(encoding)?,
                    def_level_encoding: Encoding::RLE,
                    rep_level_encoding: Encoding::RLE,
                    statistics: None,
                }
            }
            Page::DataV2 { values, nulls, rows, encoding, definition, repetition, compressed } => {
                self.hold(self.dictionary, kept);
                Decoded::DataPageV2 {
                    buf,
                    num_values: values,
                    encoding: self.encoding(encoding)?,
                    num_nulls: nulls,
                    num_rows: rows,
                    def_levels_byte_len: definition,
                    rep_levels_byte_len: repetition,
                    is_compressed: compressed,
                    statistics: None,
                }
            }
            Page::Index => return Err(self.damaged("a page of unknown kind")),
        }))
    }

    /// The bytes of a page. In the second version the levels stand uncompressed before the numbers.
    fn decompressed(&self, header: &Header, bytes: Vec<u8>) -> Result<Bytes, Error> {
        let (levels, compressed) = match header.page {
            Page::DataV2 { definition, repetition, compressed, .. } => {
                ((definition + repetition) as usize, compressed)
            }
            _ => (0, true),
        };
        let codec = if compressed { self.chunk.codec } else { Codec::None };
        let numbers = codec
            .decompress(&bytes[levels..], header.uncompressed as usize - levels)
            .map_err(|error| self.damaged(error))?;
        if levels == 0 {
            return Ok(numbers.into());
        }
        Ok([&bytes[..levels], &numbers].concat().into())
    }

    /// Refuses, or decodes, pages at which the `parquet` crate would panic.
    fn prepared(&self, header: &Header, bytes: Bytes) -> Result<Bytes, Error> {
        let (encoding, levels) = match header.page {
            Page::Data { encoding, .. } if self.chunk.optional => {
                let length = bytes.first_chunk().map(|&length| u64::from(u32::from_le_bytes(length)));
                (encoding, length.map(|length| 4 + length))
            }
            Page::Data { encoding, .. } => (encoding, Some(0)),
            Page::DataV2 { encoding, definition, .. } => (encoding, Some(definition.into())),
            Page::Dictionary { .. } | Page::Index => return Ok(bytes),
        };
        let split = levels.and_then(|levels| bytes.split_at_checked(usize::try_from(levels).ok()?));
        let (levels, numbers) =
            split.ok_or_else(|| self.damaged("the levels of a page do not fit into it"))?;
        match encoding {
            2 | 8 if !self.has_dictionary => Err(self.damaged("a page needs a dictionary that is not there")),
            2 | 8 if !matches!(numbers.first(), Some(0..=32)) => {
                Err(self.damaged("the indices of a page are of impossible width"))
            }
            DELTA_BINARY_PACKED | BYTE_STREAM_SPLIT if self.chunk.width < 32 || self.chunk.is_text => {
                Err(self.damaged("a page has an encoding for numbers, and holds none"))
            }
            DELTA_BINARY_PACKED => {
                let values = match header.page {
                    Page::Data { values, .. } | Page::DataV2 { values, .. } => u64::from(values),
                    Page::Dictionary { .. } | Page::Index => 0,
                };
                let width = self.chunk.width / 8;
                let numbers = delta::numbers(numbers, width as usize, values.min(PAGE / width));
                Ok([levels, &numbers.map_err(|reason| self.damaged(reason))?].concat().into())
            }
            BYTE_STREAM_SPLIT => {
                Ok([levels, &joined(numbers, self.chunk.width as usize / 8)].concat().into())
            }
            _ => Ok(bytes),
        }
    }

    fn encoding(&self, number: i32) -> Result<Encoding, Error> {
        match number {
            2 => Ok(Encoding::PLAIN_DICTIONARY),
            RLE => Ok(Encoding::RLE),
            8 => Ok(Encoding::RLE_DICTIONARY),
            // The second and third were decoded by `prepared`.
            0 | DELTA_BINARY_PACKED | BYTE_STREAM_SPLIT => Ok(Encoding::PLAIN),
            _ => Err(self.damaged("a page has an encoding that is not known")),
        }
    }

    fn hold(&mut self, dictionary: u64, page: u64) {
        self.held.fetch_add(dictionary + page, Ordering::Relaxed);
        self.held.fetch_sub(self.dictionary + self.page, Ordering::Relaxed);
        (self.dictionary, self.page) = (dictionary, page);
    }
}

/// Run lengths and packed bits.
const RLE: i32 = 3;
/// Differences, see [`delta`].
const DELTA_BINARY_PACKED: i32 = 5;
/// All first bytes, then all second bytes, and so on.
const BYTE_STREAM_SPLIT: i32 = 9;

/// Numbers of `width` bytes from all first bytes, all second bytes, and so on.
fn joined(apart: &[u8], width: usize) -> Vec<u8> {
    let count = apart.len().checked_div(width).unwrap_or_default();
    (0..count).flat_map(|i| (0..width).map(move |byte| apart[byte * count + i])).collect()
}

impl Drop for Pages {
    fn drop(&mut self) {
        self.hold(0, 0);
    }
}

impl Iterator for Pages {
    type Item = Result<Decoded, ParquetError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.get_next_page().transpose()
    }
}

impl PageReader for Pages {
    fn get_next_page(&mut self) -> Result<Option<Decoded>, ParquetError> {
        self.take().map_err(wrapped)
    }

    fn peek_next_page(&mut self) -> Result<Option<PageMetadata>, ParquetError> {
        let header = self.header().map_err(wrapped)?;
        Ok(header.map(|header| match header.page {
            Page::Data { values, .. } | Page::DataV2 { values, .. } => PageMetadata {
                num_rows: Some(values as usize),
                num_levels: Some(values as usize),
                is_dict: false,
            },
            Page::Dictionary { .. } | Page::Index => {
                PageMetadata { num_rows: None, num_levels: None, is_dict: true }
            }
        }))
    }

    fn skip_next_page(&mut self) -> Result<(), ParquetError> {
        if let Some(header) = self.header().map_err(wrapped)? {
            self.at += header.compressed;
            self.next = None;
        }
        Ok(())
    }
}

/// Packs an error into one of the `parquet` crate.
fn wrapped(error: Error) -> ParquetError {
    ParquetError::External(Box::new(error))
}

/// Unpacks it.
pub(super) fn unwrapped(error: ParquetError, origin: &Origin, column: &str) -> Error {
    match error {
        ParquetError::External(error) => match error.downcast::<Error>() {
            Ok(error) => *error,
            Err(error) => damaged_column(origin, column, error),
        },
        error => damaged_column(origin, column, error),
    }
}

/// A column whose bytes their format does not allow.
pub(super) fn damaged_column(origin: &Origin, column: &str, reason: impl Display) -> Error {
    Error::damaged(origin, format_args!("column {}: {reason}", quoted(column)))
}
