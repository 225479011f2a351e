//! A ZIP file of the arrays `X` and `y`.

use std::io::{self, Write};
use std::path::Path;

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::npy::{header, write_values};
use super::part::Part;
use super::{Layout, Sink};
use crate::Error;
use crate::block::{Precision, Values};

/// A file whose first entry is being written.
pub(super) struct Npz {
    zip: ZipWriter<Part>,
    precision: Precision,
    /// The second entry, which can only follow when the first is complete.
    target: Option<Part>,
    path: std::path::PathBuf,
}

impl Npz {
    pub(super) fn create(path: &Path, layout: &Layout, rows: u64, force: bool) -> Result<Self, Error> {
        let target = layout.columns.target.as_ref().map(|_| Part::spool(path)).transpose()?;
        let zip = ZipWriter::new(Part::create(path, force)?);
        let mut npz = Self { zip, precision: layout.precision, target, path: path.to_owned() };
        npz.begin(layout, rows).map_err(|source| npz.error(source))?;
        Ok(npz)
    }

    fn begin(&mut self, layout: &Layout, rows: u64) -> io::Result<()> {
        self.zip.start_file("X.npy", options())?;
        self.zip.write_all(&header(layout.precision, rows, Some(layout.columns.features.len())))?;
        match &mut self.target {
            Some(target) => target.write_all(&header(Precision::F64, rows, None)),
            None => Ok(()),
        }
    }

    fn append(&mut self, values: Values<'_>, target: &[f64]) -> io::Result<()> {
        write_values(&mut self.zip, values, self.precision)?;
        match &mut self.target {
            Some(file) => write_values(file, Values::F64(target), Precision::F64),
            None => Ok(()),
        }
    }

    fn complete(self) -> io::Result<Part> {
        let Self { mut zip, target, .. } = self;
        if let Some(mut target) = target {
            zip.start_file("y.npy", options())?;
            io::copy(target.reread()?, &mut zip)?;
        }
        Ok(zip.finish()?)
    }

    fn error(&self, source: io::Error) -> Error {
        Error::Write { path: self.path.clone(), source }
    }
}

impl Sink for Npz {
    fn write(&mut self, _rows: usize, values: Values<'_>, target: &[f64]) -> Result<(), Error> {
        self.append(values, target).map_err(|source| self.error(source))
    }

    fn finish(self: Box<Self>) -> Result<(), Error> {
        let path = self.path.clone();
        self.complete().map_err(|source| Error::Write { path, source })?.finish()
    }
}

/// Fast compression, and lengths of any size.
fn options() -> SimpleFileOptions {
    SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .compression_level(Some(1))
        .large_file(true)
}
