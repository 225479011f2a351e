//! Files and folders that get their final name when they are complete.

use std::fs::{self, File};
use std::io::{self, BufWriter, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use tempfile::{Builder, TempDir, TempPath};

use crate::Error;

/// A hidden file beside its target, on the same file system. [`finish`](Self::finish) renames it in one step, so that readers of the
/// target never see an incomplete file. If it is dropped before, the hidden file is removed.
///
/// Until then `data.csv` has a name such as `.data.csv.k3J9aQ.part`. A process that is killed leaves this file behind.
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
    file: BufWriter<File>,
    hidden: TempPath,
}

impl PendingFile {
    /// Creates a hidden file for `target`.
    ///
    /// # Errors
    /// If the folder of `target` does not exist or cannot be written to.
    pub fn create(target: &Path) -> io::Result<Self> {
        // Unlike `tempfile_in`, with the permissions of any new file, and without the hidden name in errors.
        let create = |path: &Path| File::options().read(true).write(true).create_new(true).open(path);
        let file = hidden(target, |builder| builder.make_in(folder_of(target), create))?;
        let (file, hidden) = file.into_parts();
        Ok(Self { target: target.to_owned(), file: BufWriter::with_capacity(1 << 18, file), hidden })
    }

    /// The final path of the file.
    pub fn target(&self) -> &Path {
        &self.target
    }

    /// Renames the file to its final name, after its bytes are on the disk. Without `replace`, an existing file of that name is an error and
    /// stays as it is, also if it was created meanwhile.
    ///
    /// # Errors
    /// If the file system refuses.
    pub fn finish(self, replace: bool) -> io::Result<()> {
        let file = self.file.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.sync_all()?;
        let (hidden, target) = (self.hidden, &self.target);
        if replace { hidden.persist(target) } else { hidden.persist_noclobber(target) }
            .map_err(|error| error.error)
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

/// Writes a folder of files, each given by its path in the folder and its bytes. The folder is written beside `path` and renamed
/// as a whole, so that no reader sees it incomplete; after a failure nothing is left behind. With `replace`, it replaces the file or
/// folder of that name.
///
/// # Errors
/// If something of that name exists and is not to be replaced, or if writing fails.
///
/// # Examples
/// ```
/// let folder = tempfile::tempdir()?;
/// let path = folder.path().join("report");
/// let page = |text: &str| [("index.html".to_owned(), text.as_bytes().to_vec())];
/// spurious_data::write_folder(&path, page("first"), false)?;
/// assert!(spurious_data::write_folder(&path, page("second"), false).is_err());
/// spurious_data::write_folder(&path, page("second"), true)?;
/// assert_eq!(std::fs::read(path.join("index.html"))?, b"second");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn write_folder(
    path: &Path,
    files: impl IntoIterator<Item = (String, Vec<u8>)>,
    replace: bool,
) -> Result<(), Error> {
    if !replace && exists(path) {
        return Err(Error::exists(path));
    }
    let beside = || {
        hidden(path, |builder| -> io::Result<TempDir> {
            // The permissions of any new folder, restricted by the user's mask.
            #[cfg(unix)]
            builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o777));
            builder.tempdir_in(folder_of(path))
        })
    };
    let new = beside().map_err(|source| Error::creating(path, source))?;
    for (name, bytes) in files {
        let file = new.path().join(&name);
        let folder = file.parent().map_or(Ok(()), fs::create_dir_all);
        folder
            .and_then(|()| fs::write(&file, bytes))
            .map_err(|source| Error::writing(&path.join(&name), source))?;
    }
    let rename = || -> io::Result<()> {
        if !exists(path) {
            return fs::rename(new.path(), path);
        }
        if !replace {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        let old = beside()?;
        let aside = old.path().join("old");
        fs::rename(path, &aside)?;
        if let Err(error) = fs::rename(new.path(), path) {
            if fs::rename(&aside, path).is_err() {
                // Better under a hidden name than removed.
                let _ = old.keep();
            }
            return Err(error);
        }
        // The new folder is complete; it is no failure if parts of the old one cannot be removed.
        drop(old);
        Ok(())
    };
    rename().map_err(|source| Error::naming(path, source))
}

/// Whether something of that name exists. A broken link counts.
pub(crate) fn exists(path: &Path) -> bool {
    path.symlink_metadata().is_ok()
}

/// The folder of `target`.
pub(crate) fn folder_of(target: &Path) -> &Path {
    target.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Chooses a hidden name beside `target`.
fn hidden<T>(target: &Path, make: impl FnOnce(&mut Builder<'_, '_>) -> io::Result<T>) -> io::Result<T> {
    let prefix = format!(".{}.", target.file_name().unwrap_or_default().to_string_lossy());
    make(Builder::new().prefix(&prefix).suffix(".part"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(text: &str) -> [(String, Vec<u8>); 2] {
        ["index.html", "figures/1.svg"].map(|name| (name.to_owned(), text.into()))
    }

    fn entries(folder: &Path) -> usize {
        fs::read_dir(folder).unwrap().count()
    }

    #[test]
    fn a_folder_is_replaced_as_a_whole_or_left_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("report");
        fs::write(&path, "a file").unwrap();
        let error = write_folder(&path, page("new"), false).unwrap_err();
        assert_eq!(error.to_string(), format!("{} exists: use --force to replace it", path.display()));
        assert_eq!(fs::read(&path).unwrap(), b"a file");
        write_folder(&path, page("first"), true).unwrap();
        fs::write(path.join("more"), "").unwrap();
        write_folder(&path, page("second"), true).unwrap();
        assert_eq!(fs::read(path.join("figures/1.svg")).unwrap(), b"second");
        assert_eq!((entries(&path), entries(folder.path())), (2, 1));

        // A file cannot be a folder as well.
        let error =
            write_folder(&path, ["a", "a/b"].map(|name| (name.to_owned(), vec![])), true).unwrap_err();
        assert!(error.to_string().starts_with(&format!("cannot write {}", path.join("a/b").display())));
        assert_eq!((entries(&path), entries(folder.path())), (2, 1));
        let path = folder.path().join("no/report");
        let error = write_folder(&path, page(""), false).unwrap_err();
        let reason = fs::read(&path).unwrap_err();
        assert!(error.to_string().starts_with(&format!("cannot create {}: {reason}", path.display())));
        assert_eq!(PendingFile::create(&path).unwrap_err().to_string(), reason.to_string());
    }

    #[test]
    fn a_file_that_appears_meanwhile_is_left_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("data.csv");
        let mut pending = PendingFile::create(&path).unwrap();
        pending.write_all(b"new").unwrap();
        fs::write(&path, "old").unwrap();
        assert_eq!(pending.finish(false).unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        assert_eq!((fs::read(&path).unwrap(), entries(folder.path())), (b"old".to_vec(), 1));
    }

    #[cfg(unix)]
    #[test]
    fn permissions_are_those_of_any_new_file_and_folder() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        let mode = |name: &str| path(name).metadata().unwrap().permissions().mode();
        fs::write(path("file"), "").unwrap();
        fs::create_dir(path("folder")).unwrap();
        PendingFile::create(&path("pending")).unwrap().finish(false).unwrap();
        write_folder(&path("report"), page(""), false).unwrap();
        assert_eq!(mode("pending"), mode("file"));
        assert_eq!(mode("report/index.html"), mode("file"));
        assert_eq!((mode("report"), mode("report/figures")), (mode("folder"), mode("folder")));
    }
}
