//! Reading a table in blocks.

use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{channel, sync_channel};
use std::{fmt, panic, thread};

use crate::block::{Block, BlockBuffer, OwnedValues, Precision};
use crate::error::{Origin, quoted};
use crate::input::Input;
use crate::source::{Opened, Role, RowSource, Side};
use crate::{Error, Format, Request, Target, csv, npy, npz, parquet};

/// A table in a file, whose rows are read in blocks, from the first to the last, as often as needed.
///
/// # Examples
/// ```
/// use std::ops::ControlFlow;
/// use spurious_data::{Reader, Request, Target, Values};
///
/// let text = "x1,x2,y\n1,2,3\n4,5,6\n7,8,9\n";
/// let request = Request { target: Some(Target::Column("y".to_owned())), ..Request::default() };
/// let mut reader = Reader::from_bytes("data.csv".as_ref(), text.as_bytes(), &request)?;
/// assert_eq!(reader.features(), ["x1", "x2"]);
///
/// let mut sum = 0.0;
/// let rows = reader.pass(2, &mut |block| {
///     sum += block.target.into_iter().flatten().sum::<f64>();
///     ControlFlow::Continue(())
/// })?;
/// assert_eq!((rows, sum), (3, 18.0));
/// # Ok::<(), spurious_data::Error>(())
/// ```
pub struct Reader {
    inputs: Vec<Input>,
    origin: Origin,
    features: Vec<String>,
    target: Option<String>,
    weights: Option<String>,
    precision: Precision,
    rows: Option<u64>,
    table: TableSource,
}

impl Reader {
    /// Opens a file and reads its header.
    ///
    /// # Errors
    /// If the file cannot be read, is of no known format, has a damaged header, or lacks a column of `request`.
    pub fn open(path: &Path, request: &Request) -> Result<Self, Error> {
        if !path.is_dir() {
            Format::of(path)?;
        }
        Self::new(Input::open(path)?, request)
    }

    /// Reads a file that is in memory already. Its name tells the format and stands in messages.
    ///
    /// # Errors
    /// As for [`Reader::open`].
    pub fn from_bytes(name: &Path, bytes: impl Into<Arc<[u8]>>, request: &Request) -> Result<Self, Error> {
        Self::new(Input::from_bytes(name, bytes.into()), request)
    }

    fn new(input: Input, request: &Request) -> Result<Self, Error> {
        let opened = open(&input, request)?;
        let mut inputs = vec![input];
        let Opened { origin, source, features, mut target, weights, mut sides } = opened;
        if let Some(Target::File(path)) = &request.target {
            let (input, side) = open_target(path)?;
            inputs.push(input);
            sides.push(side);
            target = Some(path.file_stem().unwrap_or_default().to_string_lossy().into_owned());
        }
        let mut rows = source.rows();
        for side in &sides {
            match (rows, side.source.rows()) {
                (Some(expected), Some(found)) if expected != found => {
                    return Err(Error::rows_differ(&origin, expected, &side.origin, found));
                }
                (known, found) => rows = known.or(found),
            }
        }
        let sides = sides.into_iter().map(|side| (side, BlockBuffer::new(Precision::F64))).collect();
        Ok(Self {
            inputs,
            features,
            target,
            weights,
            precision: source.precision(),
            rows,
            table: TableSource { origin: origin.clone(), source, sides, row: 0 },
            origin,
        })
    }

    /// The file that is read.
    pub fn path(&self) -> &Path {
        &self.origin.path
    }

    /// The names of the features, in the order in which their numbers stand in a block.
    pub fn features(&self) -> &[String] {
        &self.features
    }

    /// Whether blocks have a target.
    pub(crate) const fn has_target(&self) -> bool {
        self.target.is_some()
    }

    /// The target's name: of its column or array, or of its file without the ending.
    pub fn target_name(&self) -> Option<&str> {
        self.target.as_deref()
    }

    /// Whether blocks have weights.
    pub(crate) const fn has_weights(&self) -> bool {
        self.weights.is_some()
    }

    /// The type of the features: single precision if the file has no more for any of them.
    pub const fn precision(&self) -> Precision {
        self.precision
    }

    /// How many rows there are, if the file says so, or if it has been read to the end.
    pub const fn rows(&self) -> Option<u64> {
        self.rows
    }

    /// The memory that the whole table would take, if its rows are known.
    pub fn in_memory_bytes(&self) -> Option<u64> {
        self.rows.map(|rows| rows.saturating_mul(self.row_bytes()))
    }

    /// The memory that one row takes.
    pub(crate) fn row_bytes(&self) -> u64 {
        let beside = u64::from(self.has_target()) + u64::from(self.has_weights());
        self.features.len() as u64 * self.precision.bytes() as u64 + 8 * beside
    }

    /// Hands over all rows in order, in blocks of exactly `rows_at_once` rows (one, if it is zero) but for the last. Returns
    /// how many rows were handed over; that is all of them unless `visit` broke off.
    ///
    /// The next block is read in a second thread while `visit` works on one, so that there are two of them in memory.
    ///
    /// # Errors
    /// At the first number that is missing or not finite, at the first damage, or if the file has changed since it was
    /// opened. The rows before have been handed over by then.
    ///
    /// # Panics
    /// If `visit` panics.
    pub fn pass(
        &mut self,
        rows_at_once: usize,
        visit: &mut dyn FnMut(Block<'_>) -> ControlFlow<()>,
    ) -> Result<u64, Error> {
        let (rows, complete) = match self.read(rows_at_once.max(1), visit) {
            Ok(outcome) => outcome,
            // A file that is being written to looks damaged.
            Err(error) => return Err(self.check_unchanged().err().unwrap_or(error)),
        };
        self.check_unchanged()?;
        if complete {
            if self.rows.is_some_and(|known| known != rows) {
                return Err(Error::changed(&self.origin.path));
            }
            self.rows = Some(rows);
        }
        Ok(rows)
    }

    fn check_unchanged(&self) -> Result<(), Error> {
        self.inputs.iter().try_for_each(Input::check_unchanged)
    }

    /// How many rows were handed over, and whether it was all of them.
    fn read(
        &mut self,
        rows_at_once: usize,
        visit: &mut dyn FnMut(Block<'_>) -> ControlFlow<()>,
    ) -> Result<(u64, bool), Error> {
        let (has_target, has_weights) = (self.has_target(), self.has_weights());
        let precision = self.precision;
        let path = &self.origin.path;
        let table = &mut self.table;
        // Two buffers go round: empty ones to the reading thread, full ones back.
        let (give, take_empty) = channel();
        let (fill, filled) = sync_channel::<BlockBuffer>(1);
        for _ in 0..2 {
            let _ = give.send(BlockBuffer::new(precision));
        }
        let read = move || -> Result<(), Error> {
            table.rewind()?;
            while let Ok(mut chunk) = take_empty.recv() {
                chunk.clear();
                table.read(rows_at_once, &mut chunk)?;
                let last = chunk.rows < rows_at_once;
                if chunk.rows > 0 && fill.send(chunk).is_err() || last {
                    break;
                }
            }
            Ok(())
        };
        thread::scope(|scope| {
            let reading = thread::Builder::new()
                .name("read".to_owned())
                .spawn_scoped(scope, read)
                .map_err(|source| Error::reading(path, source))?;
            let mut first_row = 0;
            let mut complete = true;
            for chunk in filled {
                let block = Block {
                    values: chunk.values.as_values(),
                    target: has_target.then_some(chunk.target.as_slice()),
                    weights: has_weights.then_some(chunk.weights.as_slice()),
                    first_row,
                    rows: chunk.rows,
                };
                first_row += chunk.rows as u64;
                if visit(block).is_break() {
                    complete = false;
                    break;
                }
                let _ = give.send(chunk);
            }
            drop(give);
            match reading.join() {
                // After `visit` has broken off, an error in the rows that follow does not matter.
                Ok(result) => if complete { result } else { Ok(()) }.map(|()| (first_row, complete)),
                Err(panic) => panic::resume_unwind(panic),
            }
        })
    }
}

impl fmt::Debug for Reader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reader")
            .field("origin", &self.origin)
            .field("features", &self.features)
            .field("target", &self.target)
            .field("weights", &self.weights)
            .field("precision", &self.precision)
            .field("rows", &self.rows)
            .finish_non_exhaustive()
    }
}

fn open(input: &Input, request: &Request) -> Result<Opened, Error> {
    let format = Format::of(input.path())?;
    if let Some(array) = &request.array
        && format != Format::Npz
    {
        let (path, array) = (input.path().display(), quoted(array));
        return Err(Error::input(format_args!(
            "{path} has no arrays to choose {array} from: it is not an NPZ file"
        )));
    }
    match format {
        Format::Text { tabs, gzip } => csv::open(input, tabs, gzip, request),
        Format::Npy => npy::open(input, request),
        Format::Npz => npz::open(input, request),
        Format::Parquet => parquet::open(input, request),
    }
}

/// A file with one column.
fn open_target(path: &Path) -> Result<(Input, Side), Error> {
    Format::of(path)?;
    let input = Input::open(path)?;
    let Opened { origin, source, features, .. } = open(&input, &Request::default())?;
    if features.len() != 1 {
        return Err(Error::not_one_column(&origin, features.len()));
    }
    Ok((input, Side { role: Role::Target, origin, source }))
}

/// The features, with target and weights from other files or arrays.
struct TableSource {
    origin: Origin,
    source: Box<dyn RowSource>,
    sides: Vec<(Side, BlockBuffer)>,
    row: u64,
}

impl TableSource {
    fn rewind(&mut self) -> Result<(), Error> {
        self.row = 0;
        self.source.rewind()?;
        self.sides.iter_mut().try_for_each(|(side, _)| side.source.rewind())
    }

    fn read(&mut self, rows: usize, chunk: &mut BlockBuffer) -> Result<(), Error> {
        self.source.read(rows, chunk)?;
        for (side, column) in &mut self.sides {
            column.clear();
            side.source.read(rows, column)?;
            if column.rows != chunk.rows {
                let expected = self.row + chunk.rows as u64 + count(&mut *self.source, rows, chunk)?;
                let found = self.row + column.rows as u64 + count(&mut *side.source, rows, column)?;
                return Err(Error::rows_differ(&self.origin, expected, &side.origin, found));
            }
            let beside = match side.role {
                Role::Target => &mut chunk.target,
                Role::Weights => &mut chunk.weights,
            };
            match &mut column.values {
                OwnedValues::F64(values) => std::mem::swap(beside, values),
                OwnedValues::F32(values) => beside.extend(values.iter().map(|&x| f64::from(x))),
            }
        }
        self.row += chunk.rows as u64;
        Ok(())
    }
}

/// How many rows are left, whatever they hold.
fn count(source: &mut dyn RowSource, rows_at_once: usize, chunk: &mut BlockBuffer) -> Result<u64, Error> {
    let mut count = 0;
    loop {
        let last = chunk.rows < rows_at_once;
        chunk.clear();
        if last {
            return Ok(count);
        }
        source.read(rows_at_once, chunk)?;
        count += chunk.rows as u64;
    }
}
