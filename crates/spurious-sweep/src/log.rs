//! A text file of lines, each with its checksum, and its header. The format is described at the top of the crate.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::error::{Error, Kind};
use crate::header::{FORMAT, Header};

/// Shortest time between two synchronisations with the disk.
const SYNC_INTERVAL: Duration = Duration::from_secs(1);

/// Longest line; a longer one is damage.
const LONGEST_LINE: u64 = 1 << 30;

/// Characters of a checksum: ` #` and eight digits.
const MARK: usize = 10;

/// The beginning of every header, and that of logs of format version 1, which were binary.
const START: &[u8] = b"{\"format\":";
const START_OF_VERSION_1: &[u8] = b"spursweep\n";

/// The checksum of a line: CRC-32 of its number, as eight bytes, and its content. So a line in the wrong place is damage, too.
fn mark(number: u64, content: &[u8]) -> String {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(&number.to_le_bytes());
    hasher.update(content);
    format!(" #{:08x}", hasher.finalize())
}

/// Line `number` of a file.
pub(crate) fn line(number: u64, content: &str) -> String {
    format!("{content}{}\n", mark(number, content.as_bytes()))
}

/// The content of line `number`, if its checksum fits.
fn content(number: u64, line: &[u8]) -> Option<&str> {
    let (content, crc) = line.strip_suffix(b"\n")?.split_last_chunk::<MARK>()?;
    (mark(number, content).as_bytes() == crc).then(|| str::from_utf8(content).ok())?
}

/// The position and the number of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Position {
    pub(crate) at: u64,
    pub(crate) number: u64,
}

/// A file that is read from explicit positions, through a shared handle: the one that holds the lock.
#[derive(Debug)]
struct SharedFile {
    file: Arc<File>,
    at: u64,
}

impl Read for SharedFile {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let mut file = &*self.file;
        file.seek(SeekFrom::Start(self.at))?;
        let count = file.read(bytes)?;
        self.at += count as u64;
        Ok(count)
    }
}

/// Reads the lines of a file, one after the other.
#[derive(Debug)]
pub(crate) struct LogReader {
    path: PathBuf,
    file: BufReader<SharedFile>,
    position: Position,
    line: Vec<u8>,
}

impl LogReader {
    /// Reads from a line on.
    pub(crate) fn new(path: &Path, file: &Arc<File>, position: Position) -> Self {
        let shared = SharedFile { file: Arc::clone(file), at: position.at };
        let file = BufReader::with_capacity(1 << 16, shared);
        Self { path: path.to_owned(), file, position, line: Vec::new() }
    }

    /// Reads the header; `None` if the file ends within it.
    pub(crate) fn header(&mut self) -> Result<Option<Header>, Error> {
        let start = self.file.fill_buf().map_err(Error::reading(&self.path))?;
        let version = |found| Kind::Version { path: self.path.clone(), found, expected: FORMAT };
        if start.starts_with(START_OF_VERSION_1) {
            return Err(version(1).into());
        }
        // A power failure may have left zeros.
        let start = &start[..start.iter().rposition(|&byte| byte != 0).map_or(0, |last| last + 1)];
        let common = start.len().min(START.len());
        if start[..common] != START[..common] {
            return Err(Kind::NotALog { path: self.path.clone() }.into());
        }
        let digits = start[common..].split(|byte| !byte.is_ascii_digit()).next().unwrap_or_default();
        let is_cut = common + digits.len() == start.len();
        let found = str::from_utf8(digits).ok().and_then(|digits| digits.parse().ok());
        if let Some(found) = found.filter(|&found| found != FORMAT && !is_cut) {
            return Err(version(found).into());
        }
        self.read_line()?;
        if self.line.last() != Some(&b'\n') {
            return Ok(None);
        }
        let text = content(0, &self.line).ok_or_else(|| self.damaged())?;
        let header = Header::read(&self.path, text)?;
        self.position = Position { at: self.line.len() as u64, number: 1 };
        Ok(Some(header))
    }

    /// The content of the next line; `None` at the end of the file, or where it was cut.
    pub(crate) fn next(&mut self) -> Result<Option<&str>, Error> {
        self.read_line()?;
        if self.line.last() != Some(&b'\n') {
            return Ok(None);
        }
        if content(self.position.number, &self.line).is_none() {
            // A power failure may spoil the last line.
            let is_last = self.file.fill_buf().map_err(Error::reading(&self.path))?.is_empty();
            return if is_last { Ok(None) } else { Err(self.damaged()) };
        }
        let number = self.position.number;
        self.position = Position { at: self.position.at + self.line.len() as u64, number: number + 1 };
        Ok(content(number, &self.line))
    }

    /// Whether the last line read is the beginning of a line that was cut. (A power failure may have filled it up with zeros.)
    pub(crate) fn starts(&self, line: &str) -> bool {
        let length = self.line.iter().rposition(|&byte| byte != 0).map_or(0, |last| last + 1);
        line.as_bytes().starts_with(&self.line[..length])
    }

    fn read_line(&mut self) -> Result<(), Error> {
        self.line.clear();
        let read = (&mut self.file).take(LONGEST_LINE).read_until(b'\n', &mut self.line);
        match read.map_err(Error::reading(&self.path))? as u64 {
            LONGEST_LINE => Err(self.damaged()),
            _ => Ok(()),
        }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The position of the next line, or the end of the last one.
    pub(crate) fn position(&self) -> Position {
        self.position
    }

    /// The error for the next line.
    fn damaged(&self) -> Error {
        self.damaged_at(self.position)
    }

    /// The error for a line.
    pub(crate) fn damaged_at(&self, position: Position) -> Error {
        Kind::Damaged { path: self.path.clone(), offset: position.at }.into()
    }
}

/// Appends lines to a file.
#[derive(Debug)]
pub(crate) struct LogWriter {
    path: PathBuf,
    file: Arc<File>,
    /// Whether the file is certainly locked, so that no other process writes to it.
    is_locked: bool,
    /// The position of the next line, as this writer knows it. Without a lock another process may write, too.
    end: Position,
    synced: Instant,
}

impl LogWriter {
    /// Continues the file after a line.
    pub(crate) fn new(path: &Path, file: &Arc<File>, is_locked: bool, end: Position) -> Result<Self, Error> {
        let file = Arc::clone(file);
        let writer = Self { path: path.to_owned(), file, is_locked, end, synced: Instant::now() };
        writer.drop_rest().map_err(Error::writing(path))?;
        Ok(writer)
    }

    /// Appends a whole line or nothing.
    pub(crate) fn append(&mut self, content: &str) -> Result<(), Error> {
        let line = line(self.end.number, content);
        let write = |mut file: &File| -> io::Result<()> {
            file.seek(SeekFrom::Start(self.end.at))?;
            file.write_all(line.as_bytes())
        };
        if let Err(source) = write(&self.file) {
            // If this fails, the next process that resumes drops the incomplete line.
            let _ = self.drop_rest();
            return Err(Error::writing(&self.path)(source));
        }
        self.end = Position { at: self.end.at + line.len() as u64, number: self.end.number + 1 };
        if self.synced.elapsed() >= SYNC_INTERVAL { self.sync() } else { Ok(()) }
    }

    /// Where the next line begins.
    pub(crate) fn end(&self) -> Position {
        self.end
    }

    /// Synchronises the file with the disk.
    pub(crate) fn sync(&mut self) -> Result<(), Error> {
        self.synced = Instant::now();
        self.file.sync_data().map_err(Error::writing(&self.path))
    }

    /// Cuts the file after the last line. Not without a lock: the rest may belong to another process, which writes the same bytes.
    fn drop_rest(&self) -> io::Result<()> {
        if self.is_locked { self.file.set_len(self.end.at) } else { Ok(()) }
    }
}
