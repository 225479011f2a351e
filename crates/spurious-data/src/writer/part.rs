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
        })
    }

    /// What `source` says about writing this file.
    pub(super) fn error(&self, source: io::Error) -> Error {
        Error::Write { path: self.target.clone(), source }
    }

    /// Gives the file its name.
    pub(super) fn finish(self) -> Result<(), Error> {
        let Self { target, hidden, file } = self;
        let finish = || -> io::Result<()> {
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
}

impl Write for Part {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Seek for Part {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.file.seek(to)
    }
}
