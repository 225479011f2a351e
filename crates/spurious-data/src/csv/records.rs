//! The records of a text, one at a time, in buffers of bounded size.
//!
//! The fields are split by `csv-core`, which works in buffers of the caller, so that they have a limit. The records of the `csv`
//! crate grow with the line, and a quote that is never closed makes one line of a whole file.

use std::io::Read;

use csv_core::ReadRecordResult;
use flate2::read::MultiGzDecoder;

use crate::Error;
use crate::error::{MOST_COLUMNS, Origin};
use crate::input::Input;

/// Bytes that are read at once.
const BUFFER: usize = 1 << 18;
/// Bytes that a line may have.
const LINE: usize = 64_000_000;

/// The records of a text, one at a time, in buffers of bounded size.
pub(super) struct Records {
    pub(super) origin: Origin,
    stream: Box<dyn Read + Send>,
    buffer: Vec<u8>,
    /// The part of the buffer that is still to be read.
    start: usize,
    end: usize,
    parser: csv_core::Reader,
    /// Blank lines, which the parser does not see.
    blank_lines: u64,
    /// Where the current record begins, counted from 1.
    pub(super) line: u64,
    text: Vec<u8>,
    ends: Vec<usize>,
    fields: usize,
}

impl Records {
    pub(super) fn new(input: &Input, gzip: bool) -> Result<Self, Error> {
        let stream = input.stream()?;
        let stream: Box<dyn Read + Send> =
            if gzip { Box::new(MultiGzDecoder::new(stream)) } else { Box::new(stream) };
        let mut records = Self {
            origin: input.origin(),
            stream,
            buffer: vec![0; BUFFER],
            start: 0,
            end: 0,
            parser: csv_core::Reader::new(),
            blank_lines: 0,
            line: 1,
            text: vec![0; 1 << 16],
            ends: vec![0; 1 << 10],
            fields: 0,
        };
        // The byte order mark and, in most files, the whole first line are in the buffer then.
        while records.end < BUFFER && records.fill_up()? {}
        if records.buffer[..records.end].starts_with(b"\xef\xbb\xbf") {
            records.start = 3;
        }
        Ok(records)
    }

    /// Reads more bytes into the buffer. `false` at the end of the file.
    fn fill_up(&mut self) -> Result<bool, Error> {
        loop {
            match self.stream.read(&mut self.buffer[self.end..]) {
                Ok(bytes) => {
                    self.end += bytes;
                    return Ok(bytes > 0);
                }
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => return Err(Error::decoding(&self.origin, error)),
            }
        }
    }

    /// What separates the fields of the first line: a comma, or a semicolon or tab if there is no comma.
    pub(super) fn sniff(&self) -> u8 {
        let mut quoted = false;
        let mut seen = [false; 3];
        let text = &self.buffer[self.start..self.end];
        let begin = text.iter().position(|&byte| byte != b'\n' && byte != b'\r').unwrap_or(text.len());
        for &byte in &text[begin..] {
            match byte {
                b'"' => quoted = !quoted,
                b'\n' | b'\r' if !quoted => break,
                b',' if !quoted => seen[0] = true,
                b';' if !quoted => seen[1] = true,
                b'\t' if !quoted => seen[2] = true,
                _ => {}
            }
        }
        match seen {
            [false, true, _] => b';',
            [false, false, true] => b'\t',
            _ => b',',
        }
    }

    pub(super) fn begin(&mut self, delimiter: u8) {
        self.parser = csv_core::ReaderBuilder::new().delimiter(delimiter).build();
    }

    /// Goes on to the next record. `false` if there is none.
    pub(super) fn advance(&mut self) -> Result<bool, Error> {
        if !self.skip_blank_lines()? {
            return Ok(false);
        }
        self.line = self.parser.line() + self.blank_lines;
        let (mut bytes, mut fields) = (0, 0);
        loop {
            let (result, read, written, ended) = self.parser.read_record(
                &self.buffer[self.start..self.end],
                &mut self.text[bytes..],
                &mut self.ends[fields..],
            );
            self.start += read;
            bytes += written;
            fields += ended;
            match result {
                ReadRecordResult::InputEmpty => {
                    // At the end of the file the buffer stays empty, which tells the parser to finish.
                    (self.start, self.end) = (0, 0);
                    self.fill_up()?;
                }
                ReadRecordResult::OutputFull if bytes >= LINE => {
                    let (origin, line) = (&self.origin, self.line);
                    return Err(Error::input(format_args!("{origin}, line {line} is longer than 64 MB")));
                }
                ReadRecordResult::OutputFull => self.text.resize((2 * bytes).min(LINE), 0),
                ReadRecordResult::OutputEndsFull if fields > MOST_COLUMNS => {
                    return Err(Error::too_many_columns(&self.origin, fields as u64));
                }
                ReadRecordResult::OutputEndsFull => self.ends.resize((2 * fields).min(MOST_COLUMNS + 1), 0),
                ReadRecordResult::Record => {
                    self.fields = fields;
                    return Ok(true);
                }
                ReadRecordResult::End => return Ok(false),
            }
        }
    }

    /// Skips blank lines. `false` at the end of the file.
    fn skip_blank_lines(&mut self) -> Result<bool, Error> {
        loop {
            if self.start == self.end {
                (self.start, self.end) = (0, 0);
                if !self.fill_up()? {
                    return Ok(false);
                }
            }
            match self.buffer[self.start] {
                b'\n' => self.blank_lines += 1,
                b'\r' => {}
                _ => return Ok(true),
            }
            self.start += 1;
        }
    }

    pub(super) fn fields(&self) -> usize {
        self.fields
    }

    /// A field of the current record, without the space around it.
    pub(super) fn field(&self, place: usize) -> &[u8] {
        let begin = if place == 0 { 0 } else { self.ends[place - 1] };
        self.text[begin..self.ends[place]].trim_ascii()
    }
}
