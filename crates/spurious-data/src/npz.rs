//! A ZIP file of NumPy arrays.
//!
//! The `zip` crate reads the list of entries. Their bytes are read here, so that an entry can be opened again, in another
//! thread, and while others are open. Length and checksum are checked at its end.

use std::io::{self, BufReader, Read, Seek, SeekFrom, Take};

use flate2::Crc;
use flate2::bufread::DeflateDecoder;
use zip::result::ZipError;
use zip::{CompressionMethod, ZipArchive};

use crate::Error;
use crate::error::{Origin, listed, quoted};
use crate::input::{Input, Stream};
use crate::npy::{Header, Npy, OpenBytes};
use crate::request::{Request, Role, Selection, numbered};
use crate::source::{Beside, Opened, Side};

/// Arrays that a file may have.
const ARRAYS: usize = 1_000;
/// Bytes of the list of entries that are read. In memory an entry of the list takes more than it has bytes.
const DIRECTORY: u64 = 1 << 21;

/// An array in the file.
struct Array {
    name: String,
    origin: Origin,
    entry: Entry,
    header: Header,
}

/// Chooses the arrays and reads their headers.
pub(crate) fn open(input: &Input, request: &Request) -> Result<Opened, Error> {
    let directory = Directory::read(input)?;
    let mut request = request.clone();
    let mut sides: Vec<Side> = Vec::new();
    // Arrays come first: a name that is an array is not looked for among the columns.
    for role in Role::ALL {
        let Some(name) = request.asked(role).map(str::to_owned) else { continue };
        let Some(place) = directory.find(&name) else { continue };
        if let Some(first) = sides.iter().find(|side| side.column.name == name) {
            let origin = input.origin();
            return Err(Error::two_roles(&origin, &name, first.column.role.name(), role.name()));
        }
        sides.push(directory.array(place)?.side(role, request.missing, input)?);
        request = request.without(role);
    }
    let taken: Vec<String> = sides.iter().map(|side| side.column.name.clone()).collect();
    let data = directory.data(request.array.as_deref(), &taken)?;
    let names = numbered(data.header.columns);
    let selection = Selection::new(&data.origin, &names, &request, |_| None).map_err(|error| match error
        .unknown_column()
    {
        // The name may have been meant for an array.
        Some(column) if column.parse::<u64>().is_err() => directory.no_array(column),
        _ => error,
    })?;
    let origin = data.origin.clone();
    let npy = data.npy(input, selection.clone())?;
    Ok(Opened { sides, ..Opened::new(origin, &names, &selection, |_| false, npy) })
}

impl Array {
    fn npy(self, input: &Input, selection: Selection) -> Result<Npy, Error> {
        let Self { origin, entry, header, .. } = self;
        let input = input.clone();
        let open: OpenBytes = Box::new(move || Ok(Box::new(entry.open(&input)?)));
        Npy::new(origin, open, header, selection)
    }

    /// The array as a column.
    fn side(self, role: Role, missing: bool, input: &Input) -> Result<Side, Error> {
        let (origin, name, is_text) = (self.origin.clone(), self.name.clone(), self.header.is_text());
        if self.header.columns != 1 {
            return Err(Error::not_one_column(&origin, self.header.columns));
        }
        let source = Box::new(self.npy(input, Selection::only(role, missing))?);
        Ok(Side { column: Beside { role, name, is_text }, origin, source })
    }
}

/// The list of entries.
struct Directory<'a> {
    input: &'a Input,
    entries: Vec<(String, Entry)>,
}

impl<'a> Directory<'a> {
    fn read(input: &'a Input) -> Result<Self, Error> {
        if input.len() == 0 {
            return Err(Error::empty(input.path()));
        }
        let file_origin = input.origin();
        let failed = |error| match error {
            ZipError::Io(error) => Error::decoding(&file_origin, error),
            error => Error::damaged(&file_origin, error),
        };
        let mut archive = ZipArchive::new(BufReader::with_capacity(
            512,
            Budget { stream: input.stream()?, left: DIRECTORY },
        ))
        .map_err(failed)?;
        if archive.len() > ARRAYS {
            let reason = format_args!("it lists {} entries: at most {ARRAYS}", archive.len());
            return Err(Error::damaged(&file_origin, reason));
        }
        let mut entries = Vec::new();
        for i in 0..archive.len() {
            let file = archive.by_index_raw(i).map_err(failed)?;
            let Some(name) = file.name().map_err(failed)?.strip_suffix(".npy").map(str::to_owned) else {
                continue;
            };
            let origin = Origin { array: Some(name.clone()), ..input.origin() };
            if file.encrypted() {
                return Err(Error::encrypted(&origin));
            }
            let begin =
                file.data_start().ok_or_else(|| Error::damaged(&file_origin, "an entry has no data"))?;
            if begin.checked_add(file.compressed_size()).is_none_or(|end| end > input.len()) {
                return Err(Error::damaged(&origin, "it is cut off"));
            }
            let deflated = match file.compression() {
                CompressionMethod::Stored => false,
                CompressionMethod::Deflated => true,
                method => {
                    return Err(Error::compression(&origin, method, "stored and deflated arrays"));
                }
            };
            let entry = Entry {
                begin,
                compressed: file.compressed_size(),
                size: file.size(),
                checksum: file.crc32(),
                deflated,
            };
            if !deflated && entry.size != entry.compressed {
                return Err(Error::damaged(&origin, "its two lengths differ"));
            }
            entries.push((name, entry));
        }
        Ok(Self { input, entries })
    }

    fn names(&self) -> Vec<String> {
        self.entries.iter().map(|(name, _)| name.clone()).collect()
    }

    fn find(&self, name: &str) -> Option<usize> {
        self.entries.iter().position(|(entry, _)| entry == name)
    }

    fn no_array(&self, name: &str) -> Error {
        let (path, array, arrays) = (self.input.path().display(), quoted(name), listed(&self.names()));
        Error::input(format_args!("{path} has no array {array}: it has {arrays}"))
    }

    /// Reads the header of an array.
    fn array(&self, place: usize) -> Result<Array, Error> {
        let (name, entry) = &self.entries[place];
        let origin = Origin { array: Some(name.clone()), ..self.input.origin() };
        let header = Header::read(&mut entry.open(self.input)?, &origin)?;
        header.check_length(entry.size, &origin)?;
        Ok(Array { name: name.clone(), origin, entry: entry.clone(), header })
    }

    /// The array with the features: the named one, or the only table, or one called X.
    fn data(&self, named: Option<&str>, taken: &[String]) -> Result<Array, Error> {
        if let Some(name) = named {
            let place = self.find(name).ok_or_else(|| self.no_array(name))?;
            return self.array(place);
        }
        let free: Vec<usize> =
            (0..self.entries.len()).filter(|&place| !taken.contains(&self.entries[place].0)).collect();
        // An array that cannot be read may be the one that is meant, unless it is no table of numbers.
        if let [only] = free[..] {
            return self.array(only);
        }
        let mut tables = Vec::new();
        for &place in &free {
            match self.array(place) {
                Ok(array) if array.header.dimensions < 2 || array.header.is_text() => {}
                Err(error) if error.is_no_numbers() => {}
                other => tables.push(other),
            }
        }
        if tables.len() > 1 {
            tables.retain(|array| array.as_ref().is_ok_and(|array| array.name.eq_ignore_ascii_case("x")));
        }
        match (tables.pop(), tables.is_empty()) {
            (Some(table), true) => table,
            _ => Err(Error::input(format_args!(
                "{}: which array holds the features? Name one with --array: it has {}",
                self.input.path().display(),
                listed(&self.names())
            ))),
        }
    }
}

/// A stream that fails when more than `left` bytes are read.
struct Budget {
    stream: Stream,
    left: u64,
}

impl Read for Budget {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.stream.read(buffer)?;
        let too_many = || io::Error::new(io::ErrorKind::InvalidData, "its list of entries is too long");
        self.left = self.left.checked_sub(read as u64).ok_or_else(too_many)?;
        Ok(read)
    }
}

impl Seek for Budget {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.stream.seek(to)
    }
}

/// Where the bytes of an entry are, their length and checksum.
#[derive(Debug, Clone)]
struct Entry {
    begin: u64,
    compressed: u64,
    size: u64,
    checksum: u32,
    deflated: bool,
}

impl Entry {
    fn open(&self, input: &Input) -> Result<Checked, Error> {
        let stored = input.stream_at(self.begin)?.take(self.compressed);
        let bytes = if self.deflated {
            Bytes::Deflated(DeflateDecoder::new(BufReader::with_capacity(1 << 16, stored)))
        } else {
            Bytes::Stored(stored)
        };
        Ok(Checked { bytes, left: self.size, sum: Crc::new(), checksum: self.checksum })
    }
}

enum Bytes {
    Stored(Take<Stream>),
    Deflated(DeflateDecoder<BufReader<Take<Stream>>>),
}

/// The unpacked bytes of an entry. The end fails if length or checksum are not those of the entry.
struct Checked {
    bytes: Bytes,
    left: u64,
    sum: Crc,
    checksum: u32,
}

impl Read for Checked {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = match &mut self.bytes {
            Bytes::Stored(bytes) => bytes.read(buffer)?,
            Bytes::Deflated(bytes) => bytes.read(buffer)?,
        };
        let invalid = |reason: &'static str| io::Error::new(io::ErrorKind::InvalidData, reason);
        self.left =
            self.left.checked_sub(read as u64).ok_or_else(|| invalid("it is longer than the file says"))?;
        self.sum.update(&buffer[..read]);
        if read == 0 && !buffer.is_empty() {
            if self.left > 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            if self.sum.sum() != self.checksum {
                return Err(invalid("its checksum does not fit"));
            }
        }
        Ok(read)
    }
}
