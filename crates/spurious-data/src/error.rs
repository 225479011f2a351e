//! The error type of the crate: a message in one line, and predicates for the caller.

use std::fmt::{self, Display};
use std::io;
use std::path::{Path, PathBuf};

/// An error. Its message names the file, the place in it, and what would be accepted, in one line.
///
/// Text from a file is shortened, and its control characters are escaped, so that they have no effect on the terminal.
///
/// ```
/// use spurious_data::{Reader, Request};
///
/// let error = Reader::open("no such file.csv".as_ref(), &Request::default()).unwrap_err();
/// assert_eq!(error.to_string(), "no such file.csv does not exist");
/// assert!(error.is_input());
/// ```
pub struct Error(Box<Inner>);

struct Inner {
    kind: Kind,
    message: String,
}

/// The kind of an error, for the predicates.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Kind {
    Input,
    /// The cause is the machine or the program.
    System,
    /// No such column.
    UnknownColumn(String),
    /// Nobody reads what is written any more.
    ClosedPipe,
    /// Larger than the memory that is allowed.
    TooLarge,
    /// An array that does not hold numbers, or has a damaged header.
    NoNumbers,
}

impl Error {
    /// Whether the cause is the file, its content or its name, and not the machine or the program.
    pub fn is_input(&self) -> bool {
        !matches!(self.0.kind, Kind::System | Kind::ClosedPipe)
    }

    /// Whether whoever reads what is written has gone away.
    pub fn is_closed_pipe(&self) -> bool {
        self.0.kind == Kind::ClosedPipe
    }

    /// Whether a table takes more memory than is allowed.
    ///
    /// ```
    /// use spurious_data::{Reader, Request};
    ///
    /// let mut reader = Reader::from_bytes("data.csv".as_ref(), *b"1,2\n", &Request::default())?;
    /// assert!(reader.load(15).unwrap_err().is_too_large());
    /// # Ok::<(), spurious_data::Error>(())
    /// ```
    pub fn is_too_large(&self) -> bool {
        self.0.kind == Kind::TooLarge
    }

    /// The name of the requested column, if the file has no such column.
    ///
    /// ```
    /// use spurious_data::{Reader, Request, Target};
    ///
    /// let request = Request { target: Some(Target::Column("z".to_owned())), ..Request::default() };
    /// let error = Reader::from_bytes("data.csv".as_ref(), *b"x,y\n1,2\n", &request).unwrap_err();
    /// assert_eq!(error.unknown_column(), Some("z"));
    /// ```
    pub fn unknown_column(&self) -> Option<&str> {
        match &self.0.kind {
            Kind::UnknownColumn(column) => Some(column),
            _ => None,
        }
    }

    /// Whether an array does not hold numbers, or has a damaged header.
    pub(crate) fn is_no_numbers(&self) -> bool {
        self.0.kind == Kind::NoNumbers
    }

    fn new(kind: Kind, message: impl Display) -> Self {
        Self(Box::new(Inner { kind, message: escaped(&message.to_string(), usize::MAX) }))
    }

    /// The file, its content or its name is wrong.
    pub(crate) fn input(message: impl Display) -> Self {
        Self::new(Kind::Input, message)
    }

    pub(crate) fn no_numbers(message: impl Display) -> Self {
        Self::new(Kind::NoNumbers, message)
    }

    pub(crate) fn too_large(message: impl Display) -> Self {
        Self::new(Kind::TooLarge, message)
    }

    pub(crate) fn no_column(origin: &Origin, column: &str, columns: &[String]) -> Self {
        let suggestion = suggestion(column, columns);
        let message = format_args!("{origin} has no column {}{suggestion}", quoted(column));
        Self::new(Kind::UnknownColumn(column.to_owned()), message)
    }

    pub(crate) fn no_rows(origin: &Origin) -> Self {
        Self::input(format_args!("{origin} has no rows"))
    }

    pub(crate) fn empty(path: &Path) -> Self {
        Self::input(format_args!("{} is empty", path.display()))
    }

    pub(crate) fn not_a_file(path: &Path, found: &str) -> Self {
        Self::input(format_args!("{} is {found}: name a file", path.display()))
    }

    pub(crate) fn too_many_columns(origin: &Origin, columns: u64) -> Self {
        Self::input(format_args!("{origin} has {columns} columns: at most {MOST_COLUMNS}"))
    }

    pub(crate) fn two_roles(origin: &Origin, column: &str, first: &str, second: &str) -> Self {
        Self::input(format_args!("{origin}: column {} cannot be {first} and {second}", quoted(column)))
    }

    pub(crate) fn no_features(origin: &Origin, left_out: &[String]) -> Self {
        const SHOWN: usize = 5;
        let shown = left_out.iter().take(SHOWN).map(String::as_str).collect::<Vec<_>>().join(", ");
        let more = left_out.len().saturating_sub(SHOWN);
        let list = match (shown.is_empty(), more) {
            (true, _) => String::new(),
            (false, 0) => format!(": {shown}"),
            (false, more) => format!(": {shown} and {more} more"),
        };
        Self::input(format_args!("{origin} has no column of numbers left to be a feature{list}"))
    }

    pub(crate) fn not_one_column(origin: &Origin, columns: usize) -> Self {
        Self::input(format_args!("{origin} has {columns} columns where one is needed"))
    }

    /// A file or array `other` whose number of rows differs from that of `origin`.
    pub(crate) fn rows_differ(origin: &Origin, expected: u64, other: &Origin, found: u64) -> Self {
        Self::input(format_args!("{other} has {found} rows where {origin} has {expected}"))
    }

    /// A value that is missing, NaN or infinite.
    pub(crate) fn not_finite(cell: &Cell<'_>, found: &str) -> Self {
        Self::input(format_args!("{cell}: the value is {found}"))
    }

    /// A whole number that is not exact in double precision.
    pub(crate) fn inexact(cell: &Cell<'_>, value: i128) -> Self {
        Self::input(format_args!("{cell}: {value} is larger than 2^53 and would be rounded"))
    }

    /// Bytes that their format does not allow.
    pub(crate) fn damaged(origin: &Origin, reason: impl Display) -> Self {
        Self::input(format_args!("{origin} is damaged: {}", escaped(&reason.to_string(), 200)))
    }

    pub(crate) fn compression(origin: &Origin, method: impl Display, accepted: &str) -> Self {
        Self::input(format_args!("{origin} is compressed with {method}: {accepted} are read"))
    }

    pub(crate) fn encrypted(origin: &Origin) -> Self {
        Self::input(format_args!("{origin} is encrypted: store it without a password"))
    }

    pub(crate) fn changed(path: &Path) -> Self {
        Self::input(format_args!(
            "{} changed while it was read: run this again when it is complete",
            path.display()
        ))
    }

    /// A file that cannot be read.
    pub(crate) fn reading(path: &Path, source: io::Error) -> Self {
        let kind = match source.kind() {
            io::ErrorKind::NotFound => return Self::input(format_args!("{} does not exist", path.display())),
            io::ErrorKind::PermissionDenied => Kind::Input,
            _ => Kind::System,
        };
        Self::new(kind, format_args!("cannot read {}: {source}", path.display()))
    }

    /// An error of a decoder: the file is damaged, unless the decoder reports an error of the file system.
    pub(crate) fn decoding(origin: &Origin, source: io::Error) -> Self {
        use io::ErrorKind::{InvalidData, InvalidInput, Other, UnexpectedEof};
        match source.kind() {
            UnexpectedEof => Self::damaged(origin, "it is cut off"),
            InvalidData | InvalidInput | Other if source.raw_os_error().is_none() => {
                Self::damaged(origin, source)
            }
            _ => Self::reading(&origin.path, source),
        }
    }

    pub(crate) fn exists(path: &Path) -> Self {
        Self::input(format_args!("{} exists: use --force to replace it", path.display()))
    }

    /// A file that cannot be created.
    pub(crate) fn creating(path: &Path, source: io::Error) -> Self {
        Self::input(format_args!("cannot create {}: {source}", path.display()))
    }

    /// A file that cannot be written.
    pub(crate) fn writing(path: &Path, source: io::Error) -> Self {
        let kind = if source.kind() == io::ErrorKind::BrokenPipe { Kind::ClosedPipe } else { Kind::System };
        Self::new(kind, format_args!("cannot write {}: {source}", path.display()))
    }

    /// A file that cannot be renamed to its final name.
    pub(crate) fn naming(path: &Path, source: io::Error) -> Self {
        match source.kind() {
            io::ErrorKind::AlreadyExists => Self::exists(path),
            _ => Self::writing(path, source),
        }
    }

    /// A mistake of the program that uses this crate.
    pub(crate) fn misuse(message: impl Display) -> Self {
        Self::new(Kind::System, message)
    }
}

impl Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Error").field(&self.0.kind).field(&self.0.message).finish()
    }
}

impl std::error::Error for Error {}

/// Largest number of columns of a table.
pub(crate) const MOST_COLUMNS: usize = 1_000_000;

/// The origin of an error: a file, or one array in an NPZ file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Origin {
    pub(crate) path: PathBuf,
    /// The array in it, if the file is an NPZ.
    pub(crate) array: Option<String>,
}

impl Origin {
    pub(crate) fn file(path: &Path) -> Self {
        Self { path: path.to_owned(), array: None }
    }
}

impl Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.path.display())?;
        match &self.array {
            Some(array) => write!(f, ", array {}", quoted(array)),
            None => Ok(()),
        }
    }
}

/// The place of a number in a file.
pub(crate) struct Cell<'a> {
    pub(crate) origin: &'a Origin,
    /// The row of numbers, counted from 0.
    pub(crate) row: u64,
    /// The line of a text file, counted from 1.
    pub(crate) line: Option<u64>,
    pub(crate) column: &'a str,
}

impl Display for Cell<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, row {}", self.origin, self.row + 1)?;
        if let Some(line) = self.line {
            write!(f, " (line {line})")?;
        }
        write!(f, ", column {}", quoted(self.column))
    }
}

/// The name of a number that is not finite.
pub(crate) fn not_finite(number: f64) -> &'static str {
    if number.is_nan() { "NaN" } else { "infinite" }
}

/// A name or other text from a file, as messages show it.
pub(crate) fn shown(text: &str) -> String {
    escaped(text, 60)
}

pub(crate) fn quoted(text: &str) -> String {
    format!("'{}'", shown(text))
}

/// The first `most` characters of a text, on one line. Control characters, and invisible characters that change the direction of text,
/// are written as escapes.
fn escaped(text: &str, most: usize) -> String {
    let invisible = |c: char| {
        c.is_control()
            || matches!(c, '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}')
    };
    let mut line = String::new();
    let mut characters = text.chars();
    for character in characters.by_ref().take(most) {
        if invisible(character) {
            line.extend(character.escape_default());
        } else {
            line.push(character);
        }
    }
    if characters.next().is_some() {
        line.push('…');
    }
    line
}

/// The plural ending of a word after a number.
pub(crate) fn plural(count: u64) -> &'static str {
    if count == 1 { "" } else { "s" }
}

/// The first few names.
pub(crate) fn listed(names: &[String]) -> String {
    const SHOWN: usize = 8;
    if names.is_empty() {
        return "none".to_owned();
    }
    let mut list = names.iter().take(SHOWN).map(|name| quoted(name)).collect::<Vec<_>>().join(", ");
    if names.len() > SHOWN {
        list.push_str(&format!(" and {} more", names.len() - SHOWN));
    }
    list
}

/// Advice: the closest name if one is similar, and the first few names.
fn suggestion(asked: &str, names: &[String]) -> String {
    // The time of a comparison is proportional to the product of the lengths.
    let near = |name: &&String| name.len() <= 100 && asked.len() <= 100;
    let closest = names.iter().take(10_000).filter(near).map(|name| (distance(asked, name), name)).min();
    match closest {
        Some((distance, name)) if distance <= asked.chars().count().div_ceil(3) => {
            format!(": did you mean {}? It has {}", quoted(name), listed(names))
        }
        _ => format!(": it has {}", listed(names)),
    }
}

/// The edit distance: how many letters have to be changed, inserted or deleted, without regard to case.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_of_a_file_cannot_reach_the_terminal() {
        let name = "a\u{1b}[31m\nb\u{9b}c\u{202e}d";
        assert_eq!(shown(name), "a\\u{1b}[31m\\nb\\u{9b}c\\u{202e}d");
        assert_eq!(shown("Größe 'x' \\ \"y\" 数"), "Größe 'x' \\ \"y\" 数");
        assert_eq!(shown(&"x".repeat(60)), "x".repeat(60));
        assert_eq!(shown(&"x".repeat(61)), format!("{}…", "x".repeat(60)));
        // Also in messages made without `shown`.
        assert_eq!(Error::input("\u{7}").to_string(), "\\u{7}");
    }
}
