//! Results as text, CSV and JSON, for every command and report.
//!
//! A result is a struct that serialises; its field names are the keys of JSON. If results form a table, their type declares its
//! columns once ([`Table`]), each with a key, a heading, and the number of digits in text. CSV has the keys and all digits; text has the
//! headings and few digits.

use std::fmt::{self, Write as _};
use std::io::{self, Write};

use serde::Serialize;

/// The version of the program, which is part of every output.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The one JSON object of a command, `{"command", "version", "settings", "results"}`.
///
/// # Examples
/// ```
/// use spurious::export::Document;
/// let text = Document::new("example", &[1, 2], &[0.5]).to_json();
/// let value: serde_json::Value = serde_json::from_str(&text)?;
/// assert_eq!((&value["command"], &value["results"][0]), (&"example".into(), &0.5.into()));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Document<'a, S, R> {
    /// The command.
    pub command: &'a str,
    /// [`VERSION`].
    pub version: &'a str,
    /// Every setting that the results depend on.
    pub settings: &'a S,
    /// The results.
    pub results: &'a [R],
}

impl<'a, S: Serialize, R: Serialize> Document<'a, S, R> {
    /// The object of a command.
    pub fn new(command: &'a str, settings: &'a S, results: &'a [R]) -> Self {
        Self { command, version: VERSION, settings, results }
    }

    /// The object as indented text with a line break at its end.
    ///
    /// # Panics
    /// If a key is not text, which field names are.
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).expect("results are structs, and their keys are text") + "\n"
    }

    /// The object on one line.
    ///
    /// # Panics
    /// As [`to_json`](Self::to_json).
    pub fn to_compact_json(&self) -> String {
        serde_json::to_string(self).expect("results are structs, and their keys are text") + "\n"
    }
}

/// Writes a [`Document`] while its results are still coming.
///
/// # Examples
/// ```
/// use spurious::export::{Document, JsonWriter};
/// let mut writer = JsonWriter::new(Vec::new(), "example", &[1, 2])?;
/// writer.push(&0.5)?;
/// assert_eq!(writer.finish()?, Document::new("example", &[1, 2], &[0.5]).to_json().into_bytes());
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct JsonWriter<W> {
    out: W,
    is_first: bool,
}

impl<W: Write> JsonWriter<W> {
    /// Begins the object.
    ///
    /// # Errors
    /// If writing fails.
    pub fn new<S: Serialize>(mut out: W, command: &str, settings: &S) -> io::Result<Self> {
        let empty: Document<'_, S, ()> = Document::new(command, settings, &[]);
        let text = empty.to_json();
        // The list of results is left open.
        out.write_all(text.strip_suffix("]\n}\n").unwrap_or(&text).as_bytes())?;
        Ok(Self { out, is_first: true })
    }

    /// Writes the next result.
    ///
    /// # Errors
    /// If writing fails.
    pub fn push<R: Serialize>(&mut self, result: &R) -> io::Result<()> {
        let text = serde_json::to_string_pretty(result)?.replace('\n', "\n    ");
        let before = if self.is_first { "\n    " } else { ",\n    " };
        self.is_first = false;
        self.out.write_all(before.as_bytes())?;
        self.out.write_all(text.as_bytes())
    }

    /// Closes the object and returns the writer.
    ///
    /// # Errors
    /// If writing fails.
    pub fn finish(mut self) -> io::Result<W> {
        self.out.write_all(if self.is_first { &b"]\n}\n"[..] } else { b"\n  ]\n}\n" })?;
        self.out.flush()?;
        Ok(self.out)
    }

    /// The writer.
    pub fn get_mut(&mut self) -> &mut W {
        &mut self.out
    }
}

/// A field of a table.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// A number; NaN and infinity count as missing.
    Number(f64),
    /// A whole number.
    Count(u64),
    /// Text.
    Text(String),
    /// Nothing: an empty field of CSV.
    Missing,
}

impl From<f64> for Value {
    fn from(number: f64) -> Self {
        if number.is_finite() { Self::Number(number) } else { Self::Missing }
    }
}

impl From<u64> for Value {
    fn from(count: u64) -> Self {
        Self::Count(count)
    }
}

impl From<usize> for Value {
    fn from(count: usize) -> Self {
        Self::Count(count as u64)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Missing, Into::into)
    }
}

impl Value {
    /// The value as a number; NaN for what is missing or text.
    pub fn as_f64(&self) -> f64 {
        match self {
            Self::Number(number) => *number,
            Self::Count(count) => *count as f64,
            Self::Text(_) | Self::Missing => f64::NAN,
        }
    }
}

/// The shortest digits that read back to the same number, as a field of CSV (RFC 4180).
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            // Far from 1, `{:e}` is shorter.
            Self::Number(number) if *number != 0.0 && !(1e-5..1e15).contains(&number.abs()) => {
                write!(f, "{number:e}")
            }
            Self::Number(number) => write!(f, "{number}"),
            Self::Count(count) => write!(f, "{count}"),
            Self::Text(text) if text.contains([',', '"', '\n', '\r']) => {
                write!(f, "\"{}\"", text.replace('"', "\"\""))
            }
            Self::Text(text) => f.write_str(text),
            Self::Missing => Ok(()),
        }
    }
}

/// How a column is shown in text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shown {
    /// Not at all: only CSV has the column.
    Hidden,
    /// All digits, for settings; text as it is.
    Plain,
    /// Up to six digits.
    Brief,
    /// A fixed number of decimals.
    Decimals(usize),
    /// The power of ten above an error bound; 0 is shown as exact.
    Bound,
    /// The interval from this column to the next one, with a fixed number of decimals.
    Interval(usize),
}

/// A column of a table.
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    /// Its name in CSV, which is the field of the result.
    pub key: String,
    /// Its heading in text.
    pub heading: String,
    /// How its values are shown in text.
    pub shown: Shown,
    /// What text shows for a missing value.
    pub missing: &'static str,
    /// Smallest width in characters, for tables whose rows are printed one by one.
    pub width: usize,
}

impl Column {
    /// A column with this key and heading.
    pub fn new(key: impl Into<String>, heading: impl Into<String>, shown: Shown) -> Self {
        Self { key: key.into(), heading: heading.into(), shown, missing: "-", width: 0 }
    }

    /// A column that only CSV has.
    pub fn hidden(key: impl Into<String>) -> Self {
        Self::new(key, "", Shown::Hidden)
    }

    /// The same column, with another text for missing values.
    #[must_use]
    pub fn or(self, missing: &'static str) -> Self {
        Self { missing, ..self }
    }

    fn show(&self, value: &Value, next: Option<&Value>) -> String {
        let number = match (value, self.shown) {
            (Value::Missing, _) => return self.missing.to_owned(),
            (Value::Text(text), _) => return text.clone(),
            (Value::Count(count), Shown::Plain) => return count.to_string(),
            (value, _) => value.as_f64(),
        };
        match self.shown {
            Shown::Hidden | Shown::Plain => plain(number),
            Shown::Brief => brief(number),
            Shown::Decimals(decimals) => format!("{:.decimals$}", unsigned_zero(number, decimals)),
            Shown::Bound => readable_bound(number),
            Shown::Interval(decimals) => {
                format!("{number:.decimals$}–{:.decimals$}", next.map_or(f64::NAN, Value::as_f64))
            }
        }
    }
}

/// Results as rows of fields under named columns.
///
/// # Examples
/// ```
/// use spurious::export::{Column, Shown, Table};
/// let columns = vec![Column::new("patches", "k", Shown::Plain), Column::new("loss", "loss", Shown::Brief)];
/// let mut table = Table::new(columns);
/// table.push(vec![25_u64.into(), (1.0 / 3.0).into()]);
/// assert_eq!(table.to_text(), " k      loss\n25  0.333333\n");
/// assert_eq!(table.to_csv(), "patches,loss\n25,0.3333333333333333\n");
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    columns: Vec<Column>,
    rows: Vec<Vec<Value>>,
}

impl Table {
    /// A table without rows.
    pub fn new(columns: Vec<Column>) -> Self {
        Self { columns, rows: Vec::new() }
    }

    /// Adds a row, with one field for each column.
    ///
    /// # Panics
    /// If there are more or fewer fields than columns.
    pub fn push(&mut self, row: Vec<Value>) {
        assert_eq!(row.len(), self.columns.len(), "a field for each column");
        self.rows.push(row);
    }

    /// The columns.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// The rows.
    pub fn rows(&self) -> &[Vec<Value>] {
        &self.rows
    }

    /// One line of keys, one line for each row, with digits that read back to the same `f64`.
    pub fn to_csv(&self) -> String {
        let keys: Vec<&str> = self.columns.iter().map(|column| column.key.as_str()).collect();
        let mut csv = keys.join(",") + "\n";
        for row in &self.rows {
            for (i, value) in row.iter().enumerate() {
                // Writing to a string cannot fail.
                let _ = write!(csv, "{}{value}", if i == 0 { "" } else { "," });
            }
            csv.push('\n');
        }
        csv
    }

    /// Headings and rows as text, aligned to the right.
    pub fn to_text(&self) -> String {
        let rows: Vec<Vec<String>> = self.rows.iter().map(|row| self.shown(row)).collect();
        let headings = self.headings();
        let mut widths: Vec<usize> = headings.iter().map(|heading| heading.chars().count()).collect();
        for row in &rows {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = cell.chars().count().max(*width);
            }
        }
        let mut text = aligned(&headings, &widths);
        rows.iter().for_each(|row| text += &aligned(row, &widths));
        text
    }

    /// The line of headings of a table whose rows are printed one by one, in columns of their declared widths.
    pub fn heading_line(&self) -> String {
        aligned(&self.headings(), &self.declared_widths())
    }

    /// One row of such a table.
    ///
    /// # Panics
    /// If there are more or fewer fields than columns.
    pub fn line(&self, row: &[Value]) -> String {
        assert_eq!(row.len(), self.columns.len(), "a field for each column");
        aligned(&self.shown(row), &self.declared_widths())
    }

    fn headings(&self) -> Vec<String> {
        self.visible().map(|(_, column)| column.heading.clone()).collect()
    }

    fn shown(&self, row: &[Value]) -> Vec<String> {
        self.visible().map(|(i, column)| column.show(&row[i], row.get(i + 1))).collect()
    }

    fn declared_widths(&self) -> Vec<usize> {
        self.visible().map(|(_, column)| column.width.max(column.heading.chars().count())).collect()
    }

    fn visible(&self) -> impl Iterator<Item = (usize, &Column)> {
        self.columns.iter().enumerate().filter(|(_, column)| column.shown != Shown::Hidden)
    }
}

fn aligned(cells: &[String], widths: &[usize]) -> String {
    let cells: Vec<String> =
        cells.iter().zip(widths).map(|(cell, &width)| format!("{cell:>width$}")).collect();
    format!("{}\n", cells.join("  ").trim_end())
}

/// The name of a variant without fields, as JSON has it.
///
/// # Examples
/// ```
/// use spurious::{basin::Verdict, export::variant_name};
/// assert_eq!(variant_name(Verdict::Global), "global");
/// ```
pub fn variant_name(variant: impl Serialize) -> String {
    match serde_json::to_value(variant) {
        Ok(serde_json::Value::String(name)) => name,
        _ => String::new(),
    }
}

/// A number with the fewest digits that read back to it.
pub fn plain(number: f64) -> String {
    if number != 0.0 && !(1e-4..1e9).contains(&number.abs()) {
        format!("{number:e}")
    } else {
        number.to_string()
    }
}

/// A number with up to six digits, in decimal or scientific notation.
pub fn brief(number: f64) -> String {
    if number == 0.0 {
        return "0".to_owned();
    }
    if !(1e-3..1e6).contains(&number.abs()) {
        return format!("{number:.3e}");
    }
    let text = format!("{number:.6}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// The power of ten above an error bound, at least that of the twelfth decimal; 0 is exact.
fn readable_bound(bound: f64) -> String {
    if bound == 0.0 {
        return "exact".to_owned();
    }
    format!("1e{:.0}", bound.log10().ceil().max(-12.0))
}

/// No "-0.00".
fn unsigned_zero(number: f64, decimals: usize) -> f64 {
    if number.abs() < 0.5 * 10_f64.powi(-(decimals as i32)) { 0.0 } else { number }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one_column(values: Vec<Value>) -> Table {
        let mut table = Table::new(vec![Column::new("x", "x", Shown::Decimals(2))]);
        values.into_iter().for_each(|value| table.push(vec![value]));
        table
    }

    #[test]
    fn numbers_read_back() {
        let numbers = [0.1 + 0.2, -1.0 / 3.0, 1e-300, f64::MAX, 0.0, 5e-324, 123_456.789];
        let csv = one_column(numbers.map(Value::from).to_vec()).to_csv();
        let read: Vec<f64> = csv.lines().skip(1).map(|line| line.parse().expect("number")).collect();
        assert_eq!(read, numbers);
    }

    #[test]
    fn text_is_quoted_where_it_must_be() {
        let table = one_column(vec!["plain".into(), "a, \"b\"".into(), "two\nlines".into()]);
        assert_eq!(table.to_csv(), "x\nplain\n\"a, \"\"b\"\"\"\n\"two\nlines\"\n");
    }

    #[test]
    fn what_is_missing_is_empty_in_csv_and_named_for_people() {
        let table = one_column(vec![f64::NAN.into(), None::<f64>.into(), (-0.001).into()]);
        assert_eq!(table.to_csv(), "x\n\n\n-0.001\n");
        assert_eq!(table.to_text(), "   x\n   -\n   -\n0.00\n");
    }

    #[test]
    fn intervals_and_bounds_are_for_people() {
        let columns = vec![
            Column::new("lower", "95 % interval", Shown::Interval(2)),
            Column::hidden("upper"),
            Column::new("error_bound", "error bound", Shown::Bound),
        ];
        let mut table = Table::new(columns);
        table.push(vec![0.25.into(), 0.75.into(), 3e-9.into()]);
        table.push(vec![0.0.into(), 1.0.into(), 0.0.into()]);
        assert_eq!(
            table.to_text(),
            "95 % interval  error bound\n    0.25–0.75         1e-8\n    0.00–1.00        exact\n"
        );
        assert_eq!(table.to_csv(), "lower,upper,error_bound\n0.25,0.75,3e-9\n0,1,0\n");
    }

    #[test]
    fn large_and_small_numbers_are_brief() {
        assert_eq!(
            [0.0, 0.1234567, 12.0, 1e-4, 2.5e7].map(brief),
            ["0", "0.123457", "12", "1.000e-4", "2.500e7"]
        );
    }
}
