//! A file that has its name only when it is complete.

use std::fs::{self, File};
use std::io::{self, BufWriter, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use crate::Error;

/// A hidden file beside its target.
#[derive(Debug)]
pub(super) struct Part {
    target: PathBuf,
    hidden: Hidden,
    file: BufWriter<File>,
    /// Where writing would be by now, had it not failed. Whoever was told of the failure may still have something to put in
    /// order, as the writer of ZIP files has, and would complain of another one: it goes nowhere.
    failed: Option<u64>,
}

/// Removes a file when it is dropped.
#[derive(Debug)]
struct Hidden(PathBuf);

impl Drop for Hidden {
    fn drop(&mut self) {
        // After it has been renamed there is nothing to remove.
        let _ = fs::remove_file(&self.0);
    }
}

impl Part {
    /// Begins a file.
    pub(super) fn create(target: &Path, force: bool) -> Result<Self, Error> {
        if target.is_dir() {
            return Err(Error::NotAFile { path: target.to_owned(), found: "a folder" });
        }
        if !force && fs::symlink_metadata(target).is_ok() {
            return Err(Error::Exists { path: target.to_owned() });
        }
        Self::beside(target, "part")
    }

    /// Begins a file for a while, which is never given a name.
    pub(super) fn spool(target: &Path) -> Result<Self, Error> {
        Self::beside(target, "spool")
    }

    fn beside(target: &Path, ending: &str) -> Result<Self, Error> {
        let name = target.file_name().unwrap_or_default().to_string_lossy();
        let path = target.with_file_name(format!(".{name}.{}.{ending}", std::process::id()));
        let open = File::options().read(true).write(true).create(true).truncate(true).open(&path);
        let file = open.map_err(|source| Error::Create { path: target.to_owned(), source })?;
        Ok(Self {
            target: target.to_owned(),
            hidden: Hidden(path),
            file: BufWriter::with_capacity(1 << 18, file),
            failed: None,
        })
    }

    /// What `source` says about writing this file.
    pub(super) fn error(&self, source: io::Error) -> Error {
        Error::Write { path: self.target.clone(), source }
    }

    /// Gives the file its name.
    pub(super) fn finish(self) -> Result<(), Error> {
        let Self { target, hidden, file, failed } = self;
        let finish = || -> io::Result<()> {
            if failed.is_some() {
                return Err(io::Error::other("writing it has failed before"));
            }
            file.into_inner()?.sync_all()?;
            fs::rename(&hidden.0, &target)
        };
        finish().map_err(|source| Error::Write { path: target.clone(), source })
    }

    /// Goes back to the first byte, to read.
    pub(super) fn reread(&mut self) -> io::Result<&mut File> {
        self.file.flush()?;
        let file = self.file.get_mut();
        file.seek(SeekFrom::Start(0))?;
        Ok(file)
    }

    /// Takes note if something has failed.
    fn noted<T>(&mut self, result: io::Result<T>) -> io::Result<T> {
        if result.as_ref().is_err_and(|error| error.kind() != io::ErrorKind::Interrupted) {
            let written = self.file.get_mut().stream_position().unwrap_or_default();
            self.failed = Some(written + self.file.buffer().len() as u64);
        }
        result
    }
}

impl Write for Part {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if let Some(place) = &mut self.failed {
            *place += bytes.len() as u64;
            return Ok(bytes.len());
        }
        let result = self.file.write(bytes);
        self.noted(result)
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.failed.is_some() {
            return Ok(());
        }
        let result = self.file.flush();
        self.noted(result)
    }
}

impl Seek for Part {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        if let Some(place) = &mut self.failed {
            *place = match to {
                SeekFrom::Start(place) => place,
                SeekFrom::Current(by) => place.saturating_add_signed(by),
                SeekFrom::End(_) => *place,
            };
            return Ok(*place);
        }
        let result = self.file.seek(to);
        self.noted(result)
    }
}
