//! The input: a file that is opened again for every pass, or bytes in memory.

use std::fs::{self, File};
use std::io::{self, Cursor, Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::Arc;
use std::time::SystemTime;

use crate::error::Origin;
use crate::{Error, Format};

/// A file, with its state when it was first opened, or bytes in memory.
#[derive(Debug, Clone)]
pub(crate) struct Input {
    path: Arc<Path>,
    content: Content,
}

#[derive(Debug, Clone)]
enum Content {
    File(Stamp),
    Bytes(Arc<[u8]>),
}

/// Length and time of the last change. If they differ, the file has changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stamp {
    length: u64,
    modified: Option<SystemTime>,
}

impl Stamp {
    fn of(metadata: &fs::Metadata) -> Self {
        Self { length: metadata.len(), modified: metadata.modified().ok() }
    }
}

impl Input {
    pub(crate) fn open(path: &Path) -> Result<Self, Error> {
        let metadata = fs::metadata(path).map_err(|source| Error::reading(path, source))?;
        if !metadata.is_file() {
            // A table is read several times, and a pipe can be read once.
            let found = if metadata.is_dir() { "a folder" } else { "not a file that can be read twice" };
            return Err(Error::not_a_file(path, found));
        }
        let input = Self { path: path.into(), content: Content::File(Stamp::of(&metadata)) };
        input.stream()?; // reports at once if the file is not readable
        Ok(input)
    }

    pub(crate) fn from_bytes(name: &Path, bytes: Arc<[u8]>) -> Self {
        Self { path: name.into(), content: Content::Bytes(bytes) }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn origin(&self) -> Origin {
        Origin::file(&self.path)
    }

    pub(crate) fn len(&self) -> u64 {
        match &self.content {
            Content::File(stamp) => stamp.length,
            Content::Bytes(bytes) => bytes.len() as u64,
        }
    }

    /// The bytes, from the first one on.
    pub(crate) fn stream(&self) -> Result<Stream, Error> {
        match &self.content {
            Content::File(_) => {
                File::open(&self.path).map(Stream::File).map_err(|source| Error::reading(&self.path, source))
            }
            Content::Bytes(bytes) => Ok(Stream::Bytes(Cursor::new(Arc::clone(bytes)))),
        }
    }

    /// A format that somebody has named, with the compression that the bytes show.
    pub(crate) fn detail(&self, format: Format) -> Result<Format, Error> {
        let Format::Text { tabs, .. } = format else { return Ok(format) };
        let mut magic = [0; 2];
        let read = fill(&mut self.stream()?, &mut magic);
        let read = read.map_err(|source| Error::reading(&self.path, source))?;
        Ok(Format::Text { tabs, gzip: magic[..read] == [0x1f, 0x8b] })
    }

    /// The bytes from `offset` on.
    pub(crate) fn stream_at(&self, offset: u64) -> Result<Stream, Error> {
        let mut stream = self.stream()?;
        stream.seek(SeekFrom::Start(offset)).map_err(|source| Error::reading(&self.path, source))?;
        Ok(stream)
    }

    /// Fails if the file has changed since it was first opened.
    pub(crate) fn check_unchanged(&self) -> Result<(), Error> {
        let Content::File(stamp) = &self.content else { return Ok(()) };
        match fs::metadata(&self.path) {
            Ok(metadata) if Stamp::of(&metadata) == *stamp => Ok(()),
            _ => Err(Error::changed(&self.path)),
        }
    }
}

/// An open file, or bytes in memory.
#[derive(Debug)]
pub(crate) enum Stream {
    File(File),
    Bytes(Cursor<Arc<[u8]>>),
}

impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::File(file) => file.read(buffer),
            Self::Bytes(bytes) => bytes.read(buffer),
        }
    }
}

impl Seek for Stream {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        match self {
            Self::File(file) => file.seek(to),
            Self::Bytes(bytes) => bytes.seek(to),
        }
    }
}

/// Reads until `buffer` is full or the end is reached, and returns the number of bytes.
pub(crate) fn fill(bytes: &mut (impl Read + ?Sized), buffer: &mut [u8]) -> io::Result<usize> {
    let mut read = 0;
    while read < buffer.len() {
        match bytes.read(&mut buffer[read..]) {
            Ok(0) => break,
            Ok(more) => read += more,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(read)
}
