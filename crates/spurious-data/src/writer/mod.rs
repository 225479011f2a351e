//! Writing a table in blocks.

mod npy;
mod npz;
mod parquet;
mod part;
mod text;

use std::path::Path;

use crate::block::{Precision, Values};
use crate::{Error, Format};

/// What the columns of a written table are called.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Columns {
    /// The features, in the order in which their numbers stand in a block.
    pub features: Vec<String>,
    /// The target, if there is one.
    pub target: Option<String>,
}

/// What is known of a table before it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    /// The columns.
    pub columns: Columns,
    /// The type of the features in the file. (The target always has double precision.)
    pub precision: Precision,
    /// How many rows there will be. Only the formats of NumPy have to know it: they say it first.
    pub rows: Option<u64>,
}

/// A table that is written in blocks, to a hidden file beside its target, which [`Writer::finish`] renames. A writer that is
/// dropped before leaves nothing behind.
///
/// | ending | what is written |
/// |---|---|
/// | `.csv`, `.tsv`, `.csv.gz`, `.tsv.gz` | a column for each feature, then the target; numbers with the fewest digits that read back |
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
/// let columns = Columns { features: vec!["prediction".to_owned()], target: None };
/// let mut writer = Writer::create(&path, &Layout { columns, precision: Precision::F64, rows: Some(3) }, false)?;
/// writer.write(Values::F64(&[0.1, 0.2]), None)?;
/// writer.write(Values::F64(&[1e30]), None)?;
/// writer.finish()?;
/// assert_eq!(std::fs::read_to_string(&path).unwrap(), "prediction\n0.1\n0.2\n1e30\n");
/// # Ok::<(), spurious_data::Error>(())
/// ```
pub struct Writer {
    path: std::path::PathBuf,
    layout: Layout,
    rows: u64,
    sink: Box<dyn Sink>,
}

/// What every format offers to the writer.
trait Sink: Send {
    /// Appends rows. The writer has made sure that the lengths fit the layout.
    fn write(&mut self, rows: usize, values: Values<'_>, target: &[f64]) -> Result<(), Error>;

    /// Writes what is left, and gives the file its name.
    fn finish(self: Box<Self>) -> Result<(), Error>;
}

impl Writer {
    /// Begins a file. Its name tells the format.
    ///
    /// # Errors
    /// If the ending stands for no format, if a format of NumPy is not told the rows, if the file exists and is not to be replaced (`force`), or if it cannot be
    /// created.
    pub fn create(path: &Path, layout: &Layout, force: bool) -> Result<Self, Error> {
        let format = Format::of(path)?;
        let rows = || layout.rows.ok_or_else(|| Error::RowsNeeded { path: path.to_owned() });
        let sink: Box<dyn Sink> = match format {
            Format::Text { tabs, gzip } => Box::new(text::Text::create(path, layout, tabs, gzip, force)?),
            Format::Npy => Box::new(npy::Npy::create(path, layout, rows()?, force)?),
            Format::Npz => Box::new(npz::Npz::create(path, layout, rows()?, force)?),
            Format::Parquet => Box::new(parquet::Parquet::create(path, layout, force)?),
        };
        Ok(Self { path: path.to_owned(), layout: layout.clone(), rows: 0, sink })
    }

    /// Appends rows: their features, `[rows, features]`, and their targets, if the table has one. Numbers of the other
    /// precision are converted.
    ///
    /// # Errors
    /// If the lengths do not fit each other and the layout, or if the file system refuses.
    pub fn write(&mut self, values: Values<'_>, target: Option<&[f64]>) -> Result<(), Error> {
        let announced = |what, found: u64, expected: u64| Error::Announced {
            path: self.path.clone(),
            what,
            found,
            expected,
        };
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
        let total = self.rows + rows as u64;
        if let Some(expected) = self.layout.rows.filter(|&rows| total > rows) {
            return Err(announced("rows", total, expected));
        }
        self.sink.write(rows, values, target)?;
        self.rows = total;
        Ok(())
    }

    /// Writes what is left and gives the file its name.
    ///
    /// # Errors
    /// If fewer rows were written than announced, or if the file system refuses.
    pub fn finish(self) -> Result<(), Error> {
        if let Some(expected) = self.layout.rows.filter(|&rows| self.rows != rows) {
            let found = self.rows;
            return Err(Error::Announced { path: self.path, what: "rows", found, expected });
        }
        self.sink.finish()
    }
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
