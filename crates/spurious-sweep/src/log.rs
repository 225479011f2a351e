//! A file of records, each with its checksum. Its layout is described at the top of the crate.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::error::Error;
use crate::header::Header;

const MAGIC: &[u8] = b"spursweep\n";

/// The version of the layout. Another one is refused.
const VERSION: u32 = 1;

/// The disk is made to write no more often than this.
const SYNC_INTERVAL: Duration = Duration::from_secs(1);

/// A length beyond this is damage.
const LONGEST_RECORD: u32 = 1 << 30;

/// Bytes before and behind the payload of a record.
const FRAME: u64 = 12;

/// CRC-32 of a record's number and some of its bytes: a record in the wrong place is damage too.
fn checksum(number: u64, bytes: &[u8]) -> [u8; 4] {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(&number.to_le_bytes());
    hasher.update(bytes);
    hasher.finalize().to_le_bytes()
}

/// All that stands before the first record.
pub(crate) fn preamble(header: &Header) -> Vec<u8> {
    let text = header.to_text();
    let mut bytes = MAGIC.to_vec();
    bytes.extend(VERSION.to_le_bytes());
    bytes.extend((text.len() as u32).to_le_bytes());
    bytes.extend(text.bytes());
    bytes.extend(crc32fast::hash(&bytes).to_le_bytes());
    bytes
}

/// The record number `number`.
pub(crate) fn frame(number: u64, payload: &[u8]) -> Vec<u8> {
    let length = (payload.len() as u32).to_le_bytes();
    let mut bytes = Vec::with_capacity(payload.len() + FRAME as usize);
    bytes.extend(length);
    bytes.extend(checksum(number, &length));
    bytes.extend(payload);
    bytes.extend(checksum(number, payload));
    bytes
}

/// Reads the records of a file, one after the other.
#[derive(Debug)]
pub(crate) struct LogReader {
    path: PathBuf,
    file: BufReader<File>,
    header: Header,
    /// Bytes of the file.
    length: u64,
    /// Where the next record begins.
    at: u64,
    number: u64,
    payload: Vec<u8>,
    torn: bool,
}

impl LogReader {
    /// Opens a file and reads its header; `None` if the file ends within it.
    pub(crate) fn open(path: &Path) -> Result<Option<Self>, Error> {
        let file = File::open(path).map_err(Error::reading(path))?;
        let length = file.metadata().map_err(Error::reading(path))?.len();
        let mut file = BufReader::with_capacity(1 << 16, file);
        let not_a_log = || Error::NotALog { path: path.to_owned() };

        let mut start = Vec::new();
        let fixed = MAGIC.len() as u64 + 8;
        (&mut file).take(fixed).read_to_end(&mut start).map_err(Error::reading(path))?;
        let common = start.len().min(MAGIC.len());
        if start[..common] != MAGIC[..common] {
            return Err(not_a_log());
        }
        let Some((version, text_length)) = start.get(MAGIC.len()..).and_then(two_numbers) else {
            return Ok(None);
        };
        if version != VERSION {
            return Err(Error::Version { path: path.to_owned(), found: version, expected: VERSION });
        }
        let rest = u64::from(text_length) + 4;
        if fixed + rest > length {
            return Ok(None);
        }
        (&mut file).take(rest).read_to_end(&mut start).map_err(Error::reading(path))?;
        let (before, crc) = start.split_at(start.len() - 4);
        if crc32fast::hash(before).to_le_bytes() != crc {
            return Err(Error::Damaged { path: path.to_owned(), offset: 0 });
        }
        let header = Header::read(path, &before[fixed as usize..])?;
        Ok(Some(Self {
            path: path.to_owned(),
            file,
            header,
            length,
            at: start.len() as u64,
            number: 0,
            payload: Vec::new(),
            torn: false,
        }))
    }

    pub(crate) fn header(&self) -> &Header {
        &self.header
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Where the next record begins, or, behind the last one, would begin.
    pub(crate) fn position(&self) -> u64 {
        self.at
    }

    /// Number of the next record.
    pub(crate) fn number(&self) -> u64 {
        self.number
    }

    /// Bytes behind the last record, of one that was cut.
    pub(crate) fn torn_bytes(&self) -> u64 {
        if self.torn { self.length - self.at } else { 0 }
    }

    /// What is wrong with the record that was read last.
    pub(crate) fn damaged(&self, offset: u64) -> Error {
        Error::Damaged { path: self.path.clone(), offset }
    }

    /// The payload of the next record; `None` at the end of the file, or where it was cut.
    pub(crate) fn next(&mut self) -> Result<Option<&[u8]>, Error> {
        let left = self.length - self.at;
        if self.torn || left == 0 {
            return Ok(None);
        }
        let mut head = [0; 8];
        if left < FRAME {
            self.torn = true;
            return Ok(None);
        }
        self.read_exact(&mut head)?;
        let (length, crc) = head.split_at(4);
        if checksum(self.number, length) != crc {
            return self.zeros_to_the_end(&head);
        }
        let length = u32::from_le_bytes([head[0], head[1], head[2], head[3]]);
        if length > LONGEST_RECORD {
            return Err(self.damaged(self.at));
        }
        if left < u64::from(length) + FRAME {
            self.torn = true;
            return Ok(None);
        }
        let mut payload = std::mem::take(&mut self.payload);
        payload.resize(length as usize + 4, 0);
        self.read_exact(&mut payload)?;
        let (content, crc) = payload.split_at(length as usize);
        if checksum(self.number, content) != crc {
            // In the last record this is what a power failure leaves behind.
            if left == u64::from(length) + FRAME {
                self.torn = true;
                return Ok(None);
            }
            return Err(self.damaged(self.at));
        }
        self.payload = payload;
        self.at += u64::from(length) + FRAME;
        self.number += 1;
        Ok(Some(&self.payload[..length as usize]))
    }

    fn read_exact(&mut self, bytes: &mut [u8]) -> Result<(), Error> {
        self.file.read_exact(bytes).map_err(Error::reading(&self.path))
    }

    /// A power failure may leave zeros at the end of a file. Anything else is damage.
    fn zeros_to_the_end(&mut self, head: &[u8]) -> Result<Option<&[u8]>, Error> {
        let mut zeros = head.iter().all(|&byte| byte == 0);
        let mut bytes = [0; 4096];
        while zeros {
            let count = self.file.read(&mut bytes).map_err(Error::reading(&self.path))?;
            if count == 0 {
                self.torn = true;
                return Ok(None);
            }
            zeros = bytes[..count].iter().all(|&byte| byte == 0);
        }
        Err(self.damaged(self.at))
    }
}

fn two_numbers(bytes: &[u8]) -> Option<(u32, u32)> {
    let number = |at| bytes.get(at..at + 4)?.try_into().ok().map(u32::from_le_bytes);
    Some((number(0)?, number(4)?))
}

/// Appends records to a file.
#[derive(Debug)]
pub(crate) struct LogWriter {
    path: PathBuf,
    file: File,
    /// Where the next record begins.
    end: u64,
    number: u64,
    synced: Instant,
}

impl LogWriter {
    /// Continues the file behind its first `end` bytes, which hold `number` records.
    pub(crate) fn new(path: &Path, file: File, end: u64, number: u64) -> Result<Self, Error> {
        file.set_len(end).map_err(Error::writing(path))?;
        Ok(Self { path: path.to_owned(), file, end, number, synced: Instant::now() })
    }

    /// Begins the file anew, with a header.
    pub(crate) fn begin(path: &Path, file: File, header: &Header) -> Result<Self, Error> {
        let mut writer = Self::new(path, file, 0, 0)?;
        writer.put(&preamble(header))?;
        writer.sync()?;
        Ok(writer)
    }

    pub(crate) fn append(&mut self, payload: &[u8]) -> Result<(), Error> {
        self.put(&frame(self.number, payload))?;
        self.number += 1;
        if self.synced.elapsed() >= SYNC_INTERVAL {
            self.sync()?;
        }
        Ok(())
    }

    /// Writes bytes at the end, all of them or none. The place is this writer's own idea of the end, not the file's.
    fn put(&mut self, bytes: &[u8]) -> Result<(), Error> {
        let write = |mut file: &File| -> io::Result<()> {
            file.seek(SeekFrom::Start(self.end))?;
            file.write_all(bytes)
        };
        if let Err(source) = write(&self.file) {
            // A piece that stays behind would be dropped by the next resume as well.
            let _ = self.file.set_len(self.end);
            return Err(Error::Write { path: self.path.clone(), source });
        }
        self.end += bytes.len() as u64;
        Ok(())
    }

    /// Makes the disk write.
    pub(crate) fn sync(&mut self) -> Result<(), Error> {
        self.synced = Instant::now();
        self.file.sync_data().map_err(Error::writing(&self.path))
    }
}
