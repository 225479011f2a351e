//! A ZIP file of the arrays `X` and `y`.

use std::fs::File;
use std::io::{self, BufWriter, Seek, SeekFrom, Write};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::npy::{header, write_values};
use super::{Layout, RowSink, Texts};
use crate::PendingFile;
use crate::block::{Precision, Values};
use crate::pending::folder_of;

/// A file whose first entry is being written.
pub(super) struct Npz {
    zip: ZipWriter<Tolerant<PendingFile>>,
    precision: Precision,
    /// The second entry, in a temporary file, because it can only follow when the first is complete.
    target: Option<BufWriter<File>>,
}

impl Npz {
    pub(super) fn new(file: PendingFile, layout: &Layout, rows: u64) -> io::Result<Self> {
        let spool = || tempfile::tempfile_in(folder_of(file.target())).map(BufWriter::new);
        let mut target = layout.columns.target.as_ref().map(|_| spool()).transpose()?;
        if let Some(target) = &mut target {
            target.write_all(&header(Precision::F64, rows, None))?;
        }
        let mut zip = ZipWriter::new(Tolerant::new(file));
        zip.start_file("X.npy", options())?;
        zip.write_all(&header(layout.precision, rows, Some(layout.columns.features.len())))?;
        Ok(Self { zip, precision: layout.precision, target })
    }
}

impl RowSink for Npz {
    fn write(&mut self, _rows: usize, values: Values<'_>, target: &[f64], _: Texts<'_>) -> io::Result<()> {
        write_values(&mut self.zip, values, self.precision)?;
        self.target.as_mut().map_or(Ok(()), |file| write_values(file, Values::F64(target), Precision::F64))
    }

    fn finish(self: Box<Self>) -> io::Result<Vec<PendingFile>> {
        let Self { mut zip, target, .. } = *self;
        if let Some(target) = target {
            let mut target = target.into_inner().map_err(io::IntoInnerError::into_error)?;
            target.rewind()?;
            zip.start_file("y.npy", options())?;
            io::copy(&mut target, &mut zip)?;
        }
        Ok(vec![zip.finish()?.file])
    }
}

/// Fast compression, and lengths of any size.
fn options() -> SimpleFileOptions {
    SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .compression_level(Some(1))
        .large_file(true)
}

/// A file that reports its first failure. From then on it accepts everything and writes nothing.
///
/// A [`ZipWriter`] completes its archive when it is dropped, and prints if that fails. After a first failure, which is reported to the
/// caller, it must not print another one.
struct Tolerant<F> {
    file: F,
    failed: bool,
    /// The position in the file.
    position: u64,
}

impl<F> Tolerant<F> {
    const fn new(file: F) -> Self {
        Self { file, failed: false, position: 0 }
    }

    /// Runs the operation, unless one has failed before; then the result is `otherwise`.
    fn attempt<T>(&mut self, otherwise: T, work: impl FnOnce(&mut F) -> io::Result<T>) -> io::Result<T> {
        if self.failed {
            return Ok(otherwise);
        }
        let result = work(&mut self.file);
        self.failed = result.as_ref().is_err_and(|error| error.kind() != io::ErrorKind::Interrupted);
        result
    }
}

impl<F: Write> Write for Tolerant<F> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.attempt(bytes.len(), |file| file.write(bytes))?;
        self.position += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.attempt((), F::flush)
    }
}

impl<F: Seek> Seek for Tolerant<F> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let otherwise = match to {
            SeekFrom::Start(position) => position,
            SeekFrom::Current(by) | SeekFrom::End(by) => self.position.saturating_add_signed(by),
        };
        self.position = self.attempt(otherwise, |file| file.seek(to))?;
        Ok(self.position)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Cursor;

    /// A disk of limited size.
    struct Full(Cursor<Vec<u8>>, u64);

    impl Write for Full {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let fits = self.0.position() + bytes.len() as u64 <= self.1;
            if fits { self.0.write(bytes) } else { Err(io::ErrorKind::StorageFull.into()) }
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Seek for Full {
        fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
            self.0.seek(to)
        }
    }

    #[test]
    fn a_failure_is_reported_once() {
        for most in [0, 10, 40, 100, 5_000, 70_000] {
            let full = Full(Cursor::new(Vec::new()), most);
            let mut zip = ZipWriter::new(Tolerant::new(full));
            let failed = zip.start_file("X.npy", options()).is_err()
                || (0..100_000_u32)
                    .any(|i| zip.write_all(&i.wrapping_mul(0x9e37_79b9).to_le_bytes()).is_err());
            assert!(failed, "{most}");
            // What it does when it is dropped.
            assert!(zip.finish().is_ok(), "{most}");
        }
    }
}
