//! Writing a table in blocks.

mod npy;
mod npz;
mod parquet;
mod text;

use std::io;
use std::path::{Path, PathBuf};

use crate::block::{Precision, Values};
use crate::pending::exists;
use crate::{Error, Format, PendingFile};
use text::Output;

/// The names of the columns of a table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Columns {
    /// The features, in the order of a block.
    pub features: Vec<String>,
    /// The target, if there is one.
    pub target: Option<String>,
    /// A column of text before them. Only text files have such columns.
    pub before: Option<String>,
    /// A column of text behind them.
    pub after: Option<String>,
}

/// The layout of a table, given before it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    /// The columns.
    pub columns: Columns,
    /// The type of the features in the file. (The target always has double precision.)
    pub precision: Precision,
    /// Number of rows. It is required by the formats of NumPy, whose headers contain it.
    pub rows: Option<u64>,
}

/// The text columns of some rows.
#[derive(Debug, Clone, Copy, Default)]
pub struct Texts<'a> {
    /// Texts in front of the numbers, one for each row.
    pub before: &'a [String],
    /// Texts behind the numbers, one for each row.
    pub after: &'a [String],
}

/// A table that is written in blocks. [`Writer::finish`] renames the file to its final name; a writer that is dropped before leaves
/// nothing behind.
///
/// | ending | what is written |
/// |---|---|
/// | `.csv`, `.tsv`, `.csv.gz`, `.tsv.gz` | a column for each feature, then the target; numbers with the fewest digits that read back to the same number |
/// | `.npy` | the features `[rows, features]`; the target in a second file, `NAME.target.npy` |
/// | `.npz` | the arrays `X`, the features, and `y`, the target |
/// | `.parquet` | a column for each feature, then the target |
///
/// # Examples
/// ```
/// use spurious_data::{Columns, Layout, Precision, Reader, Request, Values, Writer};
///
/// let folder = tempfile::tempdir().unwrap();
/// let path = folder.path().join("predictions.csv");
/// let columns = Columns { features: vec!["prediction".to_owned()], ..Columns::default() };
/// let mut writer = Writer::create(&path, &Layout { columns, precision: Precision::F64, rows: Some(3) }, false)?;
/// writer.write(Values::F64(&[0.1, 0.2]), None)?;
/// writer.write(Values::F64(&[1e30]), None)?;
/// writer.finish()?;
/// assert_eq!(std::fs::read_to_string(&path).unwrap(), "prediction\n0.1\n0.2\n1e30\n");
/// # Ok::<(), spurious_data::Error>(())
/// ```
pub struct Writer {
    path: PathBuf,
    layout: Layout,
    replace: bool,
    rows: u64,
    /// Whether writing has failed, so that the file is incomplete.
    failed: bool,
    sink: Box<dyn RowSink>,
}

/// A writer of one format.
trait RowSink: Send {
    /// Appends rows. The writer has made sure that the lengths fit the layout.
    fn write(&mut self, rows: usize, values: Values<'_>, target: &[f64], texts: Texts<'_>) -> io::Result<()>;

    /// Writes the remaining rows, and returns the files, complete but for their final names.
    fn finish(self: Box<Self>) -> io::Result<Vec<PendingFile>>;
}

impl Writer {
    /// Creates a file. The ending of its name determines the format.
    ///
    /// # Errors
    /// If the ending is unknown, if the number of rows is missing for a format of NumPy, if the file exists and is not to be replaced, or
    /// if it cannot be created.
    pub fn create(path: &Path, layout: &Layout, replace: bool) -> Result<Self, Error> {
        let format = Format::of(path)?;
        let columns = &layout.columns;
        if !matches!(format, Format::Text { .. }) && (columns.before.is_some() || columns.after.is_some()) {
            let path = path.display();
            return Err(Error::input(format_args!("{path}: only .csv and .tsv files hold columns of text")));
        }
        let rows = match (format, layout.rows) {
            (Format::Npy | Format::Npz, None) => {
                let path = path.display();
                return Err(Error::misuse(format_args!(
                    "{path}: this format has to be told how many rows there will be"
                )));
            }
            (_, rows) => rows.unwrap_or_default(),
        };
        let file = begin(path, replace)?;
        let target = match (format, &layout.columns.target) {
            (Format::Npy, Some(_)) => Some(begin(&npy::target_path(path), replace)?),
            _ => None,
        };
        let sink = || -> io::Result<Box<dyn RowSink>> {
            Ok(match format {
                Format::Text { tabs, gzip } => {
                    let output = if gzip { Output::gzip(file) } else { Output::File(file) };
                    Box::new(text::Text::new(output, layout, tabs)?)
                }
                Format::Npy => Box::new(npy::Npy::new(file, target, layout, rows)?),
                Format::Npz => Box::new(npz::Npz::new(file, layout, rows)?),
                Format::Parquet => Box::new(parquet::Parquet::new(file, layout)?),
            })
        };
        let sink = sink().map_err(|source| Error::writing(path, source))?;
        Ok(Self { path: path.to_owned(), layout: layout.clone(), replace, rows: 0, failed: false, sink })
    }

    /// Begins a table of comma-separated values that goes to a stream, such as standard output.
    ///
    /// # Errors
    /// If the stream does not take its first line.
    pub fn stream(stream: impl io::Write + Send + 'static, layout: &Layout) -> Result<Self, Error> {
        let path = PathBuf::from("standard output");
        let sink = text::Text::new(Output::Stream(Box::new(stream)), layout, false);
        let sink = Box::new(sink.map_err(|source| Error::writing(&path, source))?);
        Ok(Self { path, layout: layout.clone(), replace: false, rows: 0, failed: false, sink })
    }

    /// Appends rows: their features, `[rows, features]`, and their targets, if the table has one. Numbers of the other
    /// precision are converted.
    ///
    /// # Errors
    /// If the lengths do not fit each other and the layout, or if writing fails.
    pub fn write(&mut self, values: Values<'_>, target: Option<&[f64]>) -> Result<(), Error> {
        self.write_with(values, target, Texts::default())
    }

    /// The same with the columns of text that the layout has.
    ///
    /// # Errors
    /// As for [`write`](Self::write).
    pub fn write_with(
        &mut self,
        values: Values<'_>,
        target: Option<&[f64]>,
        texts: Texts<'_>,
    ) -> Result<(), Error> {
        let announced = |what, found, expected| not_announced(&self.path, what, found, expected);
        let features = self.layout.columns.features.len();
        let rows = values.len().checked_div(features).unwrap_or_default();
        if rows * features != values.len() {
            return Err(announced(
                "numbers in the last row",
                (values.len() - rows * features) as u64,
                features as u64,
            ));
        }
        let targets = if self.layout.columns.target.is_some() { rows } else { 0 };
        let target = target.unwrap_or_default();
        if target.len() != targets {
            return Err(announced("targets", target.len() as u64, targets as u64));
        }
        for (name, texts) in
            [(&self.layout.columns.before, texts.before), (&self.layout.columns.after, texts.after)]
        {
            let expected = if name.is_some() { rows } else { 0 };
            if texts.len() != expected {
                return Err(announced("texts", texts.len() as u64, expected as u64));
            }
        }
        let total = self.rows + rows as u64;
        if let Some(expected) = self.layout.rows.filter(|&rows| total > rows) {
            return Err(announced("rows", total, expected));
        }
        let written = self.sink.write(rows, values, target, texts);
        self.failed |= written.is_err();
        self.rows = total;
        written.map_err(|source| Error::writing(&self.path, source))
    }

    /// Writes the remaining rows and renames the file to its final name.
    ///
    /// # Errors
    /// If fewer rows were written than announced, or if writing fails or has failed before.
    pub fn finish(self) -> Result<(), Error> {
        if let Some(expected) = self.layout.rows.filter(|&rows| self.rows != rows) {
            return Err(not_announced(&self.path, "rows", self.rows, expected));
        }
        let files = if self.failed {
            Err(io::Error::other("writing it has failed before"))
        } else {
            self.sink.finish()
        };
        for file in files.map_err(|source| Error::writing(&self.path, source))? {
            let path = file.target().to_owned();
            file.finish(self.replace).map_err(|source| Error::naming(&path, source))?;
        }
        Ok(())
    }
}

/// Creates a file, unless it exists and is not to be replaced.
fn begin(path: &Path, replace: bool) -> Result<PendingFile, Error> {
    if path.is_dir() {
        return Err(Error::not_a_file(path, "a folder"));
    }
    if !replace && exists(path) {
        return Err(Error::exists(path));
    }
    PendingFile::create(path).map_err(|source| Error::creating(path, source))
}

/// The error for blocks that do not fit the layout.
fn not_announced(path: &Path, what: &str, found: u64, expected: u64) -> Error {
    Error::misuse(format_args!("{}: {found} {what} where {expected} were announced", path.display()))
}

impl std::fmt::Debug for Writer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Writer")
            .field("path", &self.path)
            .field("layout", &self.layout)
            .field("rows", &self.rows)
            .finish_non_exhaustive()
    }
}
