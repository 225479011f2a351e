//! A file that has its name only when it is complete.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use crate::error::Error;

/// A hidden file beside its target. Dropped before it is finished, it leaves nothing behind.
#[derive(Debug)]
pub(crate) struct HiddenFile {
    target: PathBuf,
    path: PathBuf,
    file: Option<BufWriter<File>>,
}

impl HiddenFile {
    pub(crate) fn create(target: &Path) -> Result<Self, Error> {
        let name = target.file_name().unwrap_or_default().to_string_lossy();
        let path = target.with_file_name(format!(".{name}.{}.part", std::process::id()));
        let file = File::create(&path).map_err(Error::writing(target))?;
        Ok(Self { target: target.to_owned(), path, file: Some(BufWriter::with_capacity(1 << 16, file)) })
    }

    /// Gives the file its name.
    pub(crate) fn finish(mut self) -> Result<(), Error> {
        let mut finish = || -> io::Result<()> {
            let file = self.file.take().ok_or_else(|| io::Error::other("it was written before"))?;
            file.into_inner()?.sync_all()?;
            fs::rename(&self.path, &self.target)
        };
        finish().map_err(Error::writing(&self.target))
    }

    /// What the file system said about this file.
    pub(crate) fn error(&self, source: io::Error) -> Error {
        Error::Write { path: self.target.clone(), source }
    }
}

impl Write for HiddenFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.file {
            Some(file) => file.write(bytes),
            None => Err(io::Error::other("it was written before")),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.as_mut().map_or(Ok(()), BufWriter::flush)
    }
}

impl Drop for HiddenFile {
    fn drop(&mut self) {
        // A buffer that is dropped is written, which may fail as it has before, without a word.
        drop(self.file.take());
        let _ = fs::remove_file(&self.path);
    }
}

/// Removes what killed processes left of files whose names begin with one of `names`.
pub(crate) fn clear(folder: &Path, names: &[&str]) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        let left = name.strip_prefix('.').filter(|name| name.ends_with(".part"));
        if left.is_some_and(|left| names.iter().any(|name| left.starts_with(name))) {
            let _ = fs::remove_file(entry.path());
        }
    }
}
