//! The one error type of the crate.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// What an error is about: a file, or one array in an NPZ file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// The file.
    pub path: PathBuf,
    /// The array in it, if the file is an NPZ.
    pub array: Option<String>,
}

impl Origin {
    pub(crate) fn file(path: &Path) -> Self {
        Self { path: path.to_owned(), array: None }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.path.display())?;
        match &self.array {
            Some(array) => write!(f, ", array '{}'", shown(array)),
            None => Ok(()),
        }
    }
}

/// Where a number stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cell {
    /// The file or array.
    pub origin: Origin,
    /// The row of numbers, counted from 1.
    pub row: u64,
    /// The line of a text file, counted from 1.
    pub line: Option<u64>,
    /// The column's name.
    pub column: String,
}

impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, row {}", self.origin, self.row)?;
        if let Some(line) = self.line {
            write!(f, " (line {line})")?;
        }
        write!(f, ", column '{}'", shown(&self.column))
    }
}

/// Why a value is no finite number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotFinite {
    /// An empty field, a null, or one of the words for it.
    Missing,
    /// Not a number, by name.
    NaN,
    /// Infinite, or too large for a double.
    Infinite,
}

impl NotFinite {
    /// What a number that is not finite is.
    pub(crate) fn of(number: f64) -> Self {
        if number.is_nan() { Self::NaN } else { Self::Infinite }
    }
}

impl fmt::Display for NotFinite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Missing => "missing",
            Self::NaN => "NaN",
            Self::Infinite => "infinite",
        })
    }
}

/// What went wrong. Every variant names the file, the place in it, and what would be accepted.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file ending that stands for no known format.
    #[error("{} has no known ending: use .csv, .tsv, .csv.gz, .tsv.gz, .npy, .npz or .parquet", path.display())]
    Ending {
        /// The file.
        path: PathBuf,
    },
    /// No such file.
    #[error("{} does not exist", path.display())]
    NotFound {
        /// The file.
        path: PathBuf,
    },
    /// A folder, a pipe or a device where a file is needed.
    #[error("{} is {found}: name a file", path.display())]
    NotAFile {
        /// What was named.
        path: PathBuf,
        /// What it is.
        found: &'static str,
    },
    /// The file system refused to read.
    #[error("cannot read {}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Its reason.
        source: io::Error,
    },
    /// The file is another one than when it was opened.
    #[error("{} changed while it was read: run this again when it is complete", path.display())]
    Changed {
        /// The file.
        path: PathBuf,
    },
    /// A file without a byte, or a text file without a line.
    #[error("{} is empty", path.display())]
    Empty {
        /// The file.
        path: PathBuf,
    },
    /// Column names and nothing below them.
    #[error("{} has a header but no rows", path.display())]
    HeaderOnly {
        /// The file.
        path: PathBuf,
    },
    /// An array or a table with no rows.
    #[error("{origin} has no rows")]
    NoRows {
        /// The file or array.
        origin: Origin,
    },
    /// More columns than any table has.
    #[error("{origin} has {columns} columns: at most {limit}")]
    TooManyColumns {
        /// The file or array.
        origin: Origin,
        /// How many, or how many were counted before giving up.
        columns: u64,
        /// The largest accepted number.
        limit: u64,
    },

    // Columns
    /// A column that is to be a feature, the target, the weights or dropped is not there.
    #[error("{origin} has no column '{}'{}", shown(column), suggestion(column, columns))]
    UnknownColumn {
        /// The file or array.
        origin: Origin,
        /// What was asked for.
        column: String,
        /// The columns that are there.
        columns: Vec<String>,
    },
    /// Target, weights and dropped columns have to be different ones.
    #[error("{origin}: column '{}' cannot be {first} and {second}", shown(column))]
    TwoRoles {
        /// The file or array.
        origin: Origin,
        /// The column's name.
        column: String,
        /// What it already is.
        first: &'static str,
        /// What it was to be as well.
        second: &'static str,
    },
    /// Nothing is left beside target, weights and dropped columns.
    #[error("{origin} has no column left to be a feature")]
    NoFeatures {
        /// The file or array.
        origin: Origin,
    },
    /// A file of targets with more than one column.
    #[error("{origin} has {columns} columns where one is needed")]
    NotOneColumn {
        /// The file or array.
        origin: Origin,
        /// How many it has.
        columns: usize,
    },
    /// Two files or arrays that belong together, of different length.
    #[error("{other} has {found} rows where {origin} has {expected}")]
    RowsDiffer {
        /// The file or array with the features.
        origin: Origin,
        /// Its rows.
        expected: u64,
        /// The other file or array.
        other: Origin,
        /// Its rows.
        found: u64,
    },

    // Text
    /// A line with more or fewer fields than the first.
    #[error("{}, line {line}: {found} field{} where the {} has {expected}", path.display(), plural(*found), if *header { "header" } else { "first row" })]
    Ragged {
        /// The file.
        path: PathBuf,
        /// The line, counted from 1.
        line: u64,
        /// Its fields.
        found: usize,
        /// The fields of the first line.
        expected: usize,
        /// Whether the first line is a header.
        header: bool,
    },
    /// A field with text.
    #[error("{}, line {line}, column '{}': '{}' is not a number", path.display(), shown(column), shown(text))]
    NotANumber {
        /// The file.
        path: PathBuf,
        /// The line, counted from 1.
        line: u64,
        /// The column's name.
        column: String,
        /// The field.
        text: String,
    },
    /// A number written with a comma.
    #[error("{}, line {line}, column '{}': '{}' has a decimal comma: write numbers with a point", path.display(), shown(column), shown(text))]
    DecimalComma {
        /// The file.
        path: PathBuf,
        /// The line, counted from 1.
        line: u64,
        /// The column's name.
        column: String,
        /// The field.
        text: String,
    },
    /// A line that no table of numbers needs.
    #[error("{}, line {line} is longer than 64 MB", path.display())]
    LineTooLong {
        /// The file.
        path: PathBuf,
        /// The line, counted from 1.
        line: u64,
    },
    /// A column name that is no UTF-8.
    #[error("{}: the name of column {column} is not UTF-8", path.display())]
    ColumnNotUtf8 {
        /// The file.
        path: PathBuf,
        /// The column, counted from 1.
        column: usize,
    },
    /// Two columns of one name.
    #[error("{origin} has two columns '{}'", shown(column))]
    DuplicateColumn {
        /// The file.
        origin: Origin,
        /// Their name.
        column: String,
    },

    // Values
    /// A missing value, NaN or an infinity.
    #[error("{cell}: the value is {found}")]
    NotFinite {
        /// Where.
        cell: Box<Cell>,
        /// What stands there.
        found: NotFinite,
    },
    /// A whole number that no double holds.
    #[error("{cell}: {value} is larger than 2^53 and would be rounded")]
    Inexact {
        /// Where.
        cell: Box<Cell>,
        /// The number.
        value: i128,
    },

    // NPY and NPZ
    /// No NPY file, whatever its name.
    #[error("{origin} is not an NPY file")]
    NotNpy {
        /// The file or array.
        origin: Origin,
    },
    /// A version of the format that is not known.
    #[error("{origin} has NPY version {major}.{minor}: 1.0, 2.0 and 3.0 are read")]
    NpyVersion {
        /// The file or array.
        origin: Origin,
        /// Before the point.
        major: u8,
        /// After it.
        minor: u8,
    },
    /// A header that does not say what it has to.
    #[error("{origin} has a damaged NPY header: {reason}")]
    NpyHeader {
        /// The file or array.
        origin: Origin,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// Numbers with the most significant byte first.
    #[error("{origin} holds big-endian numbers ('{}'): convert with array.astype('<{}')", shown(dtype), shown(dtype.get(1..).unwrap_or_default()))]
    BigEndian {
        /// The file or array.
        origin: Origin,
        /// The type, as NumPy names it.
        dtype: String,
    },
    /// Something else than real numbers.
    #[error("{origin} holds values of type {}: floats, integers and booleans are read", shown(dtype))]
    Dtype {
        /// The file or array.
        origin: Origin,
        /// The type, as NumPy names it.
        dtype: String,
    },
    /// Columns that follow one another, instead of rows.
    #[error("{origin} is in Fortran order: convert with numpy.ascontiguousarray")]
    FortranOrder {
        /// The file or array.
        origin: Origin,
    },
    /// Fewer bytes than the header asks for.
    #[error("{origin} is cut off: it has {found} bytes and needs {needed}")]
    Truncated {
        /// The file or array.
        origin: Origin,
        /// The bytes that are there.
        found: u64,
        /// The bytes that the header asks for.
        needed: u64,
    },
    /// More bytes than the header asks for.
    #[error("{origin} has {extra} byte{} too many behind its numbers", plural_u64(*extra))]
    Trailing {
        /// The file or array.
        origin: Origin,
        /// How many.
        extra: u64,
    },
    /// A named array that is not there.
    #[error("{} has no array '{}': it has {}", path.display(), shown(array), listed(arrays))]
    NoArray {
        /// The file.
        path: PathBuf,
        /// What was asked for.
        array: String,
        /// The arrays that are there.
        arrays: Vec<String>,
    },
    /// Several arrays that could be meant, or none.
    #[error("{}: which array holds the features? Name one with --array: it has {}", path.display(), listed(arrays))]
    WhichArray {
        /// The file.
        path: PathBuf,
        /// The arrays that are there.
        arrays: Vec<String>,
    },
    /// The choice of an array in a file that is no NPZ.
    #[error("{} has no arrays to choose '{}' from: it is not an NPZ file", path.display(), shown(array))]
    NoArrays {
        /// The file.
        path: PathBuf,
        /// What was asked for.
        array: String,
    },

    // Parquet
    /// A column of something else than numbers.
    #[error("{}: column '{}' holds {found}: leave it out with --drop '{}'", path.display(), shown(column), shown(column))]
    ColumnType {
        /// The file.
        path: PathBuf,
        /// The column's name.
        column: String,
        /// What it holds.
        found: String,
    },
    /// A page that does not fit into bounded memory.
    #[error("{}: column '{}' has a page of {bytes} bytes: at most {limit}", path.display(), shown(column))]
    PageTooLarge {
        /// The file.
        path: PathBuf,
        /// The column's name.
        column: String,
        /// Its size.
        bytes: u64,
        /// The largest accepted size.
        limit: u64,
    },

    // Any compressed format
    /// Bytes that their format does not allow.
    #[error("{origin} is damaged: {}", shown_long(reason))]
    Damaged {
        /// The file or array.
        origin: Origin,
        /// What is wrong, in the words of the decoder.
        reason: String,
    },
    /// A way of compression that is not known.
    #[error("{origin} is compressed with {method}: {accepted} are read")]
    Compression {
        /// The file or array.
        origin: Origin,
        /// The method.
        method: String,
        /// The known ones.
        accepted: &'static str,
    },
    /// A table that is too large to be loaded as a whole.
    #[error("{} needs {} of memory: at most {} are allowed", path.display(), size(*bytes, *more), size(*limit, false))]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// What it needs.
        bytes: u64,
        /// Whether that is only what was counted before giving up.
        more: bool,
        /// What is allowed.
        limit: u64,
    },

    // Writing
    /// A file that is not to be replaced.
    #[error("{} exists: use --force to replace it", path.display())]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// A file that cannot be begun.
    #[error("cannot create {}: {source}", path.display())]
    Create {
        /// The file.
        path: PathBuf,
        /// The file system's reason.
        source: io::Error,
    },
    /// A file that cannot be finished.
    #[error("cannot write {}: {source}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// The file system's reason.
        source: io::Error,
    },
    /// A format that says first how many rows follow.
    #[error("{}: this format has to be told how many rows there will be", path.display())]
    RowsNeeded {
        /// The file.
        path: PathBuf,
    },
    /// Blocks that do not add up to what was announced.
    #[error("{}: {found} {what} where {expected} were announced", path.display())]
    Announced {
        /// The file.
        path: PathBuf,
        /// What was counted.
        what: &'static str,
        /// What came.
        found: u64,
        /// What was announced.
        expected: u64,
    },
}

impl Error {
    /// Whether the file, its content or its name is at fault, and not the machine or the program.
    ///
    /// ```
    /// use spurious_data::{Reader, Request};
    ///
    /// let error = Reader::open("no such file.csv".as_ref(), &Request::default()).unwrap_err();
    /// assert_eq!(error.to_string(), "no such file.csv does not exist");
    /// assert!(error.is_input());
    /// ```
    pub fn is_input(&self) -> bool {
        match self {
            Self::Read { source, .. } => source.kind() == io::ErrorKind::PermissionDenied,
            Self::Write { .. } | Self::Announced { .. } | Self::RowsNeeded { .. } => false,
            _ => true,
        }
    }

    /// What `source` says about reading `path`.
    pub(crate) fn reading(path: &Path, source: io::Error) -> Self {
        match source.kind() {
            io::ErrorKind::NotFound => Self::NotFound { path: path.to_owned() },
            _ => Self::Read { path: path.to_owned(), source },
        }
    }

    /// What a decoder says: about the bytes or, if it only passes it on, about the file system.
    pub(crate) fn decoding(origin: &Origin, source: io::Error) -> Self {
        use io::ErrorKind::{InvalidData, InvalidInput, Other, UnexpectedEof};
        match source.kind() {
            UnexpectedEof => Self::Damaged { origin: origin.clone(), reason: "it is cut off".to_owned() },
            InvalidData | InvalidInput | Other if source.raw_os_error().is_none() => {
                Self::Damaged { origin: origin.clone(), reason: source.to_string() }
            }
            _ => Self::reading(&origin.path, source),
        }
    }
}

/// Text from a file, fit for one line of a message.
fn shown(text: &str) -> String {
    shortened(text, 40)
}

fn shown_long(text: &str) -> String {
    shortened(text, 200)
}

fn shortened(text: &str, most: usize) -> String {
    let mut shown = String::new();
    for (i, character) in text.chars().enumerate() {
        if i == most {
            shown.push('…');
            break;
        }
        if character.is_control() {
            shown.extend(character.escape_default());
        } else {
            shown.push(character);
        }
    }
    shown
}

fn plural(count: usize) -> &'static str {
    plural_u64(count as u64)
}

fn plural_u64(count: u64) -> &'static str {
    if count == 1 { "" } else { "s" }
}

/// The first few names.
fn listed(names: &[String]) -> String {
    const SHOWN: usize = 8;
    if names.is_empty() {
        return "none".to_owned();
    }
    let mut list =
        names.iter().take(SHOWN).map(|name| format!("'{}'", shown(name))).collect::<Vec<_>>().join(", ");
    if names.len() > SHOWN {
        list.push_str(&format!(" and {} more", names.len() - SHOWN));
    }
    list
}

/// The closest name if one is close, and the first few.
fn suggestion(asked: &str, names: &[String]) -> String {
    // Comparing takes time in proportion to the product of the lengths.
    let near = |name: &&String| name.len() <= 100 && asked.len() <= 100;
    let closest = names.iter().take(10_000).filter(near).map(|name| (distance(asked, name), name)).min();
    let meant = match closest {
        Some((distance, name)) if distance <= asked.chars().count().div_ceil(3) => {
            format!(": did you mean '{}'?", shown(name))
        }
        _ => ":".to_owned(),
    };
    format!("{meant} {}t has {}", if meant == ":" { "i" } else { "I" }, listed(names))
}

/// How many letters have to be changed, put in or left out, letter case aside.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.to_lowercase().chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.to_lowercase().chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, y) in b.iter().enumerate() {
            let changed = diagonal + usize::from(x != *y);
            diagonal = row[j + 1];
            row[j + 1] = changed.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

/// A number of bytes in a unit that suits it.
fn size(bytes: u64, more: bool) -> String {
    let prefix = if more { "more than " } else { "" };
    match bytes {
        0..1_000 => format!("{prefix}{bytes} bytes"),
        1_000..1_000_000 => format!("{prefix}{:.1} kB", bytes as f64 / 1e3),
        1_000_000..1_000_000_000 => format!("{prefix}{:.1} MB", bytes as f64 / 1e6),
        _ => format!("{prefix}{:.1} GB", bytes as f64 / 1e9),
    }
}
