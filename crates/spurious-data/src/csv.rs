//! Text with one row a line.
//!
//! The fields are split by `csv-core`, which works in buffers of the caller, so that they have a limit. The records of the `csv`
//! crate grow with the line, and a quote that is never closed makes one line of a whole file.

use std::io::Read;

use csv_core::ReadRecordResult;
use flate2::read::MultiGzDecoder;

use crate::Error;
use crate::block::{BlockBuffer, OwnedValues, Precision};
use crate::error::{Cell, MOST_COLUMNS, Origin, not_finite, plural, quoted};
use crate::input::Input;
use crate::request::{Request, Selection, check_distinct, numbered};
use crate::source::{Opened, RowSource};

/// Bytes that are read at once.
const BUFFER: usize = 1 << 18;
/// Bytes that a line may have.
const LINE: usize = 64_000_000;

/// A text file with its columns chosen.
struct Csv {
    input: Input,
    dialect: Dialect,
    names: Vec<String>,
    selection: Selection,
    records: Records,
    row: u64,
}

/// How the text is to be read.
#[derive(Debug, Clone, Copy)]
struct Dialect {
    gzip: bool,
    delimiter: u8,
    header: bool,
}

/// Reads the header, or the first row if there is none.
pub(crate) fn open(input: &Input, tabs: bool, gzip: bool, request: &Request) -> Result<Opened, Error> {
    let origin = input.origin();
    let mut records = Records::new(input, gzip)?;
    let delimiter = if tabs { b'\t' } else { records.sniff() };
    records.begin(delimiter);
    if !records.advance()? {
        return Err(Error::empty(&origin.path));
    }
    let header = !is_row(&records);
    let names = if header { named(&origin, &records)? } else { numbered(records.fields()) };
    let selection = Selection::new(&origin, &names, request)?;
    if header && !records.advance()? {
        return Err(Error::input(format_args!("{origin} has a header but no rows")));
    }
    let dialect = Dialect { gzip, delimiter, header };
    let csv = Csv { input: input.clone(), dialect, names: names.clone(), selection, records, row: 0 };
    let selection = csv.selection.clone();
    Ok(Opened::new(origin, &names, &selection, csv))
}

/// Whether the first record is a row of numbers, some of which may be missing, and not a header.
fn is_row(records: &Records) -> bool {
    let mut numbers = 0;
    for place in 0..records.fields() {
        match parse(records.field(place)) {
            Ok(_) => numbers += 1,
            Err(Refused::NotFinite(_)) => {}
            Err(Refused::Text) => return false,
        }
    }
    numbers > 0
}

/// The names in a header.
fn named(origin: &Origin, records: &Records) -> Result<Vec<String>, Error> {
    let names = (0..records.fields())
        .map(|place| match std::str::from_utf8(records.field(place)) {
            Ok("") => Ok((place + 1).to_string()),
            Ok(name) => Ok(name.to_owned()),
            Err(_) => {
                Err(Error::input(format_args!("{origin}: the name of column {} is not UTF-8", place + 1)))
            }
        })
        .collect::<Result<Vec<_>, _>>()?;
    check_distinct(origin, &names)?;
    Ok(names)
}

impl RowSource for Csv {
    fn rewind(&mut self) -> Result<(), Error> {
        self.records = Records::new(&self.input, self.dialect.gzip)?;
        self.records.begin(self.dialect.delimiter);
        if self.dialect.header {
            self.records.advance()?;
        }
        self.row = 0;
        Ok(())
    }

    fn read(&mut self, rows: usize, block: &mut BlockBuffer) -> Result<(), Error> {
        for _ in 0..rows {
            if !self.records.advance()? {
                break;
            }
            if self.records.fields() != self.names.len() {
                let (found, expected) = (self.records.fields(), self.names.len());
                let first = if self.dialect.header { "header" } else { "first row" };
                return Err(Error::input(format_args!(
                    "{}, line {}: {found} field{} where the {first} has {expected}",
                    self.records.origin,
                    self.records.line,
                    plural(found as u64),
                )));
            }
            self.push(block)?;
            block.rows += 1;
            self.row += 1;
        }
        Ok(())
    }

    fn rows(&self) -> Option<u64> {
        None
    }

    fn precision(&self) -> Precision {
        Precision::F64
    }
}

impl Csv {
    /// Appends the numbers of the current record.
    fn push(&self, block: &mut BlockBuffer) -> Result<(), Error> {
        let number =
            |place: usize| parse(self.records.field(place)).map_err(|refused| self.refuse(place, refused));
        match &mut block.values {
            OwnedValues::F64(values) => {
                for &place in &self.selection.features {
                    values.push(number(place)?);
                }
            }
            OwnedValues::F32(values) => {
                for &place in &self.selection.features {
                    values.push(number(place)? as f32);
                }
            }
        }
        if let Some(place) = self.selection.target {
            block.target.push(number(place)?);
        }
        if let Some(place) = self.selection.weights {
            block.weights.push(number(place)?);
        }
        Ok(())
    }

    #[cold]
    fn refuse(&self, place: usize, refused: Refused) -> Error {
        let (origin, line, column) = (&self.records.origin, self.records.line, &self.names[place]);
        let text = String::from_utf8_lossy(self.records.field(place));
        let wrong = match refused {
            Refused::NotFinite(found) => {
                return Error::not_finite(&Cell { origin, row: self.row, line: Some(line), column }, found);
            }
            Refused::Text if parse(text.replacen(',', ".", 1).as_bytes()).is_ok() => {
                "has a decimal comma: write numbers with a point"
            }
            Refused::Text => "is not a number",
        };
        let (column, text) = (quoted(column), quoted(&text));
        Error::input(format_args!("{origin}, line {line}, column {column}: {text} {wrong}"))
    }
}

/// Why a field is no number.
enum Refused {
    NotFinite(&'static str),
    Text,
}

/// The number in a field.
fn parse(field: &[u8]) -> Result<f64, Refused> {
    match std::str::from_utf8(field).ok().and_then(|text| text.parse::<f64>().ok()) {
        Some(number) if number.is_finite() => Ok(number),
        Some(number) => Err(Refused::NotFinite(not_finite(number))),
        None => {
            let missing: [&[u8]; 7] = [b"", b"?", b"na", b"n/a", b"null", b"none", b"."];
            let is_missing = missing.iter().any(|word| field.eq_ignore_ascii_case(word));
            Err(if is_missing { Refused::NotFinite("missing") } else { Refused::Text })
        }
    }
}

/// The records of a text, one at a time, in buffers of bounded size.
struct Records {
    origin: Origin,
    stream: Box<dyn Read + Send>,
    buffer: Vec<u8>,
    /// The part of the buffer that is still to be read.
    start: usize,
    end: usize,
    parser: csv_core::Reader,
    /// Blank lines, which the parser does not see.
    blank_lines: u64,
    /// Where the current record begins, counted from 1.
    line: u64,
    text: Vec<u8>,
    ends: Vec<usize>,
    fields: usize,
}

impl Records {
    fn new(input: &Input, gzip: bool) -> Result<Self, Error> {
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
    fn sniff(&self) -> u8 {
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

    fn begin(&mut self, delimiter: u8) {
        self.parser = csv_core::ReaderBuilder::new().delimiter(delimiter).build();
    }

    /// Goes on to the next record. `false` if there is none.
    fn advance(&mut self) -> Result<bool, Error> {
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

    fn fields(&self) -> usize {
        self.fields
    }

    /// A field of the current record, without the space around it.
    fn field(&self, place: usize) -> &[u8] {
        let begin = if place == 0 { 0 } else { self.ends[place - 1] };
        self.text[begin..self.ends[place]].trim_ascii()
    }
}
