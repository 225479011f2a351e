//! Reading a table in blocks.

use std::borrow::Cow;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{channel, sync_channel};
use std::{fmt, panic, thread};

use crate::block::{Block, BlockBuffer, Cells, Ids, Precision};
use crate::dictionary::Dictionary;
use crate::error::{Cell, Origin, quoted};
use crate::index::index_column;
use crate::input::Input;
use crate::request::{LeftOut, Role};
use crate::source::{Beside, Opened, RowSource, Side};
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
    left_out: Vec<LeftOut>,
    beside: Vec<Beside>,
    precision: Precision,
    rows: Option<u64>,
    has_names: bool,
    table: TableSource,
}

impl Reader {
    /// Opens a file and reads its header.
    ///
    /// # Errors
    /// If the file cannot be read, is of no known format, has a damaged header, or lacks a column of `request`.
    pub fn open(path: &Path, request: &Request) -> Result<Self, Error> {
        if !path.is_dir() && request.format.is_none() {
            Format::of(path)
                .map_err(|error| Error::input(format_args!("{error}, or name the format with --format")))?;
        }
        Self::new(&Input::open(path)?, request)
    }

    /// Reads a file that is in memory already. Its name tells the format, unless the request does, and stands in messages.
    ///
    /// # Errors
    /// As for [`Reader::open`].
    pub fn from_bytes(name: &Path, bytes: impl Into<Arc<[u8]>>, request: &Request) -> Result<Self, Error> {
        Self::new(&Input::from_bytes(name, bytes.into()), request)
    }

    fn new(input: &Input, request: &Request) -> Result<Self, Error> {
        let mut reader = Self::with_columns_asked_for(input, request)?;
        if request.tidy
            && request.features.is_none()
            && let Some(index) = reader.index_column(&request.keep)
        {
            let mut request = request.clone();
            request.drop.push(index.column.clone());
            reader = Self::with_columns_asked_for(input, &request)?;
            reader.left_out.insert(0, index);
        }
        Ok(reader)
    }

    fn with_columns_asked_for(input: &Input, request: &Request) -> Result<Self, Error> {
        let opened = open(input, request)?;
        let mut inputs = vec![input.clone()];
        let Opened { origin, source, features, left_out, mut beside, mut sides, has_names } = opened;
        if let Some(Target::File(path)) = &request.target {
            let (input, side) = open_target(path, request.missing)?;
            inputs.push(input);
            sides.push(side);
        }
        let mut rows = source.rows();
        for side in &sides {
            beside.push(side.column.clone());
            match (rows, side.source.rows()) {
                (Some(expected), Some(found)) if expected != found => {
                    return Err(Error::rows_differ(&origin, expected, &side.origin, found));
                }
                (known, found) => rows = known.or(found),
            }
        }
        let is_text = |role| beside.iter().any(|column| column.role == role && column.is_text);
        let labels = is_text(Role::Target).then(Dictionary::default);
        let sides = sides.into_iter().map(|side| (side, BlockBuffer::new(Precision::F64))).collect();
        Ok(Self {
            inputs,
            features,
            left_out,
            precision: source.precision(),
            rows,
            table: TableSource {
                origin: origin.clone(),
                source,
                sides,
                beside: beside.clone(),
                labels,
                groups: Dictionary::default(),
                missing: request.missing,
                row: 0,
            },
            beside,
            has_names,
            origin,
        })
    }

    /// A column that counts or names the rows, if columns have names and the first rows show one.
    fn index_column(&mut self, keep: &[String]) -> Option<LeftOut> {
        const ROWS: usize = 1000;
        if !self.has_names || self.features.len() < 2 {
            return None;
        }
        let mut first = BlockBuffer::new(self.precision);
        // What cannot be read is told where it is needed.
        self.table.source.rewind().and_then(|()| self.table.source.read(ROWS, &mut first)).ok()?;
        index_column(&self.features, keep, &first)
    }

    /// The file that is read.
    pub fn path(&self) -> &Path {
        &self.origin.path
    }

    /// The names of the features, in the order in which their numbers stand in a block.
    pub fn features(&self) -> &[String] {
        &self.features
    }

    /// Columns that are no features, because they hold no measurements: if the request is to be [`tidy`](Request::tidy).
    pub fn left_out(&self) -> &[LeftOut] {
        &self.left_out
    }

    fn column(&self, role: Role) -> Option<&Beside> {
        self.beside.iter().find(|column| column.role == role)
    }

    pub(crate) fn has(&self, role: Role) -> bool {
        self.column(role).is_some()
    }

    /// The target's name: of its column or array, or of its file without the ending.
    pub fn target_name(&self) -> Option<&str> {
        self.column(Role::Target).map(|column| column.name.as_str())
    }

    /// If the target is text, the different texts in the order in which they appear; all of them once every row has been read.
    pub fn labels(&self) -> Option<&[String]> {
        self.table.labels.as_ref().map(Dictionary::words)
    }

    /// Whether rows have names of text.
    pub fn has_text_ids(&self) -> bool {
        self.column(Role::Id).is_some_and(|column| column.is_text)
    }

    /// How many different groups have been read.
    pub fn groups(&self) -> usize {
        self.group_names().len()
    }

    /// What the groups that have been read are called in the file, in the order of their numbers.
    pub fn group_names(&self) -> &[String] {
        self.table.groups.words()
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
        let beside = self.beside.iter().filter(|column| column.role != Role::Id).count() as u64;
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
        let has = Role::ALL.map(|role| self.has(role));
        let has = |role: Role| has[role as usize];
        let has_text_ids = self.has_text_ids();
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
                let numbers = |role| has(role).then_some(chunk.cells(role).numbers.as_slice());
                let block = Block {
                    values: chunk.values.as_values(),
                    target: numbers(Role::Target),
                    weights: numbers(Role::Weights),
                    groups: has(Role::Groups).then_some(chunk.groups.as_slice()),
                    time: numbers(Role::Time),
                    ids: if has_text_ids {
                        Some(Ids::Text(&chunk.cells(Role::Id).texts))
                    } else {
                        numbers(Role::Id).map(Ids::Numbers)
                    },
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
            .field("beside", &self.beside)
            .field("precision", &self.precision)
            .field("rows", &self.rows)
            .finish_non_exhaustive()
    }
}

fn open(input: &Input, request: &Request) -> Result<Opened, Error> {
    let format = match request.format {
        Some(format) => input.detail(format)?,
        None => Format::of(input.path())?,
    };
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

/// A file with one column, or with an index before it, as a column of a data frame is written.
fn open_target(path: &Path, missing: bool) -> Result<(Input, Side), Error> {
    Format::of(path)?;
    let input = Input::open(path)?;
    let all = open(&input, &Request::default());
    let found = match &all {
        Ok(opened) => opened.features.len(),
        // An array of text has no features.
        Err(error) if error.is_no_numbers() => 1,
        Err(_) => return Err(all.err().unwrap_or_else(|| Error::empty(path))),
    };
    let is_index =
        |opened: &Opened| matches!(opened.features[0].as_str(), "1" | "Unnamed: 0" | "__index_level_0__");
    let column = match found {
        1 => "1",
        2 if all.as_ref().is_ok_and(|opened| opened.has_names && is_index(opened)) => "2",
        _ => return Err(Error::not_one_column(&input.origin(), found)),
    };
    let request = Request {
        target: Some(Target::Column(column.to_owned())),
        features: Some(Vec::new()),
        missing,
        ..Request::default()
    };
    let Opened { origin, source, beside, .. } = open(&input, &request)?;
    let is_text = beside.first().is_some_and(|column| column.is_text);
    let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    Ok((input, Side { column: Beside { role: Role::Target, name, is_text }, origin, source }))
}

/// The features, with columns from other files or arrays, and texts that have become numbers.
struct TableSource {
    origin: Origin,
    source: Box<dyn RowSource>,
    sides: Vec<(Side, BlockBuffer)>,
    beside: Vec<Beside>,
    /// The texts of the target, if it is text.
    labels: Option<Dictionary>,
    groups: Dictionary,
    missing: bool,
    row: u64,
}

/// Different texts that a target may have.
const MOST_LABELS: usize = 1000;
/// Groups that a table may have.
const MOST_GROUPS: usize = 10_000_000;

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
            let role = side.column.role;
            std::mem::swap(chunk.cells_mut(role), column.cells_mut(role));
        }
        self.find_labels(chunk)?;
        self.find_groups(chunk)?;
        self.row += chunk.rows as u64;
        Ok(())
    }

    /// Numbers the texts of the target.
    fn find_labels(&mut self, chunk: &mut BlockBuffer) -> Result<(), Error> {
        let Some(labels) = &mut self.labels else { return Ok(()) };
        let cells = chunk.cells_mut(Role::Target);
        for (at, text) in cells.texts.drain(..).enumerate() {
            let column = || self.beside.iter().find(|column| column.role == Role::Target);
            let name = || column().map_or("", |column| column.name.as_str());
            if text.is_empty() {
                if self.missing {
                    cells.numbers.push(f64::NAN);
                    continue;
                }
                let row = self.row + at as u64;
                let cell = Cell { origin: &self.origin, row, line: None, column: name() };
                return Err(Error::not_finite(&cell, "missing"));
            }
            match labels.number(&text, MOST_LABELS) {
                Some(number) => cells.numbers.push(f64::from(number)),
                None => {
                    let (origin, column) = (&self.origin, quoted(name()));
                    return Err(Error::input(format_args!(
                        "{origin}: column {column} is text with more than {MOST_LABELS} different values, such as {}: \
                         it is no target",
                        quoted(&text)
                    )));
                }
            }
        }
        Ok(())
    }

    /// Numbers the groups.
    fn find_groups(&mut self, chunk: &mut BlockBuffer) -> Result<(), Error> {
        let Cells { numbers, texts } = chunk.cells(Role::Groups);
        let numbers = numbers.iter().map(|number| Cow::from(number.to_string()));
        let names = numbers.chain(texts.iter().map(Cow::from));
        let groups: Option<Vec<u32>> = names.map(|name| self.groups.number(&name, MOST_GROUPS)).collect();
        let origin = &self.origin;
        chunk.groups = groups
            .ok_or_else(|| Error::input(format_args!("{origin} has more than {MOST_GROUPS} groups")))?;
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
