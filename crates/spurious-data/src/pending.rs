//! A file that gets its name only when it is complete.

use std::fs::File;
use std::io::{self, BufWriter, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use tempfile::{Builder, NamedTempFile};

/// A hidden file beside its target, on the same file system. [`finish`](Self::finish) gives it its name in one step;
/// dropped before, it leaves nothing behind. Whoever reads the target never sees half of it.
///
/// # Examples
/// ```
/// use std::io::Write;
/// use spurious_data::PendingFile;
/// let folder = tempfile::tempdir()?;
/// let path = folder.path().join("results.csv");
/// let mut file = PendingFile::create(&path)?;
/// file.write_all(b"complete\n")?;
/// assert!(!path.exists());
/// file.finish(false)?;
/// assert_eq!(std::fs::read(&path)?, b"complete\n");
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct PendingFile {
    target: PathBuf,
    file: BufWriter<NamedTempFile>,
}

impl PendingFile {
    /// Begins the file that will be called `target`.
    ///
    /// # Errors
    /// If its folder is not there or cannot be written to.
    pub fn create(target: &Path) -> io::Result<Self> {
        let folder =
            target.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let prefix = format!(".{}.", target.file_name().unwrap_or_default().to_string_lossy());
        let mut builder = Builder::new();
        builder.prefix(&prefix).suffix(".part");
        #[cfg(unix)]
        {
            // Those of any new file, less what the user's mask takes away.
            use std::os::unix::fs::PermissionsExt;
            builder.permissions(std::fs::Permissions::from_mode(0o666));
        }
        let file = builder.tempfile_in(folder)?;
        Ok(Self { target: target.to_owned(), file: BufWriter::with_capacity(1 << 18, file) })
    }

    /// What the file will be called.
    pub fn target(&self) -> &Path {
        &self.target
    }

    /// Gives the file its name, once its bytes are on the disk. Without `replace`, a file of that name is left as it is and is
    /// an error, also if it has appeared meanwhile.
    ///
    /// # Errors
    /// If the file system refuses.
    pub fn finish(self, replace: bool) -> io::Result<()> {
        let file = self.file.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.as_file().sync_all()?;
        let named = if replace { file.persist(&self.target) } else { file.persist_noclobber(&self.target) };
        named.map(drop).map_err(|error| error.error)
    }

    /// The file itself, with all that was written to it.
    ///
    /// # Errors
    /// If the file system refuses.
    pub fn file(&mut self) -> io::Result<&mut File> {
        self.file.flush()?;
        Ok(self.file.get_mut().as_file_mut())
    }
}

impl Write for PendingFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Seek for PendingFile {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.file.seek(to)
    }
}
