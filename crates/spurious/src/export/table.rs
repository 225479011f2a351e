//! Tables: rows of fields under named columns, as CSV and as text that fits a width.

use std::fmt::{self, Write as _};

use super::text::{columns, named, wrap};
use super::{brief, plain};

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
            // Far from 1, `{:e}` is shorter and reads back as well.
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

/// How a column is shown to people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shown {
    /// Not at all: only CSV has the column.
    Hidden,
    /// All digits, as a setting that a person wrote; text as it is.
    Plain,
    /// Up to six digits.
    Brief,
    /// So many decimals.
    Decimals(usize),
    /// Two digits, however small: of a number whose error bound is in the next column. 0 without an error is exact.
    Small,
    /// The power of ten above an error bound; finer digits of a bound say nothing. 0 is exact.
    Bound,
    /// The interval from this column to the next one, with so many decimals.
    Interval(usize),
}

/// A column of a table.
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    /// Its name in CSV: the field of the result.
    pub key: String,
    /// Its name for people.
    pub heading: String,
    /// How its values are shown to people.
    pub shown: Shown,
    /// What people see where a value is missing.
    pub missing: &'static str,
    /// Characters that it takes at least, for tables whose rows come one by one.
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

    /// The same column, with another word for what is missing.
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
            Shown::Small => small(number, next.map_or(0.0, Value::as_f64)),
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
    /// The first columns that people see and that say which row a row is.
    keys: usize,
}

impl Table {
    /// A table without rows.
    pub fn new(columns: Vec<Column>) -> Self {
        Self { columns, rows: Vec::new(), keys: 0 }
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

    /// The same table, whose first `count` columns that people see say which row a row is: they are repeated where a table is cut.
    #[must_use]
    pub fn keyed(self, count: usize) -> Self {
        Self { keys: count, ..self }
    }

    /// Headings and rows for people, aligned to the right, with one line for each row however long that is.
    pub fn to_text(&self) -> String {
        self.fitted(usize::MAX)
    }

    /// The same in lines of at most `width` characters. Where the table is wider, what all rows have in common is said above
    /// it; where it still is, groups of columns stand one below the other, each behind the columns that say which row it is
    /// ([`keyed`](Self::keyed)). A single row is a list of names and values. No number is broken.
    ///
    /// # Examples
    /// ```
    /// use spurious::export::{Column, Shown, Table};
    /// let columns = ["k", "first", "second"].map(|name| Column::new(name, name, Shown::Plain));
    /// let mut table = Table::new(columns.to_vec()).keyed(1);
    /// table.push(vec![25_u64.into(), 1.5.into(), 0.25.into()]);
    /// table.push(vec![36_u64.into(), 2.5.into(), 0.75.into()]);
    /// assert_eq!(table.fitted(80), " k  first  second\n25    1.5    0.25\n36    2.5    0.75\n");
    /// assert_eq!(table.fitted(10), " k  first\n25    1.5\n36    2.5\n\n k  second\n25    0.25\n36    0.75\n");
    /// ```
    pub fn fitted(&self, width: usize) -> String {
        let lines: Vec<Vec<String>> = self.rows.iter().map(|row| self.shown(row)).collect();
        let headings = self.headings();
        let cells = Cells { lines, keys: self.keys.min(headings.len()), headings };
        if cells.width() <= width {
            return cells.aligned();
        }
        if let [line] = &cells.lines[..] {
            return record(&cells.headings, line, width);
        }
        let (common, rest) = cells.without_common();
        let above = if common.is_empty() {
            String::new()
        } else {
            wrap(&format!("in all rows: {}", common.join(", ")), width).join("\n") + "\n"
        };
        above + &rest.grouped(width)
    }

    /// Begins to show rows one by one, in columns as wide as they were declared: the rows, and the lines before the first of them.
    /// Where that is wider than `width`, what is `known` to be the same in all rows is said first, with a value for each
    /// column that it is known of; where it still is, each row is a list of names and values.
    ///
    /// # Examples
    /// ```
    /// use spurious::export::{Column, Shown, Table, Value};
    /// let columns = ["p", "k", "runs"].map(|name| Column { width: 6, ..Column::new(name, name, Shown::Plain) });
    /// let table = Table::new(columns.to_vec());
    /// let known = [Some(Value::Count(5)), None, None];
    /// let (rows, begin) = table.rows_in(20, &known);
    /// assert_eq!(begin, "in all rows: p = 5\n     k    runs\n");
    /// assert_eq!(rows.line(&[5_u64.into(), 25_u64.into(), 9_u64.into()]), "    25       9\n");
    /// ```
    pub fn rows_in(&self, width: usize, known: &[Option<Value>]) -> (Rows, String) {
        let mut rows = Rows { table: Self { rows: Vec::new(), ..self.clone() }, width, records: false };
        if rows.total() <= width {
            return (rows.clone(), rows.heading());
        }
        let mut common = Vec::new();
        for (column, value) in rows.table.columns.iter_mut().zip(known) {
            if let (Some(value), true) = (value, column.shown != Shown::Hidden) {
                common.push(format!("{} = {}", column.heading, column.show(value, None)));
                column.shown = Shown::Hidden;
            }
        }
        let mut begin = String::new();
        if !common.is_empty() {
            begin = wrap(&format!("in all rows: {}", common.join(", ")), width).join("\n") + "\n";
        }
        rows.records = rows.total() > width;
        if !rows.records {
            begin += &rows.heading();
        }
        (rows, begin)
    }

    fn headings(&self) -> Vec<String> {
        self.visible().map(|(_, column)| column.heading.clone()).collect()
    }

    fn shown(&self, row: &[Value]) -> Vec<String> {
        self.visible().map(|(i, column)| column.show(&row[i], row.get(i + 1))).collect()
    }

    fn visible(&self) -> impl Iterator<Item = (usize, &Column)> {
        self.columns.iter().enumerate().filter(|(_, column)| column.shown != Shown::Hidden)
    }
}

/// Rows of a table that are shown one by one; see [`Table::rows_in`].
#[derive(Debug, Clone, PartialEq)]
pub struct Rows {
    table: Table,
    width: usize,
    /// Whether each row is a list of names and values.
    records: bool,
}

impl Rows {
    /// Whether each row is a list of names and values, without a heading.
    pub fn are_lists(&self) -> bool {
        self.records
    }

    /// One row.
    ///
    /// # Panics
    /// If there are more or fewer fields than columns.
    pub fn line(&self, row: &[Value]) -> String {
        assert_eq!(row.len(), self.table.columns.len(), "a field for each column");
        let cells = self.table.shown(row);
        if self.records {
            record(&self.table.headings(), &cells, self.width) + "\n"
        } else {
            aligned(&cells, &self.widths())
        }
    }

    fn heading(&self) -> String {
        aligned(&self.table.headings(), &self.widths())
    }

    fn widths(&self) -> Vec<usize> {
        self.table.visible().map(|(_, column)| column.width.max(columns(&column.heading))).collect()
    }

    fn total(&self) -> usize {
        total(&self.widths())
    }
}

/// What people see of a table.
struct Cells {
    headings: Vec<String>,
    lines: Vec<Vec<String>>,
    /// The first columns, that say which line is which.
    keys: usize,
}

impl Cells {
    fn widths(&self) -> Vec<usize> {
        let widest = |(i, heading): (usize, &String)| {
            let cells = self.lines.iter().map(|line| columns(&line[i]));
            cells.fold(columns(heading), usize::max)
        };
        self.headings.iter().enumerate().map(widest).collect()
    }

    fn width(&self) -> usize {
        total(&self.widths())
    }

    fn aligned(&self) -> String {
        let widths = self.widths();
        let lines = std::iter::once(&self.headings).chain(&self.lines);
        lines.map(|line| aligned(line, &widths)).collect()
    }

    /// Some of the columns, of which the first `keys` say which line is which.
    fn only(&self, chosen: &[usize], keys: usize) -> Self {
        let pick = |line: &Vec<String>| chosen.iter().map(|&i| line[i].clone()).collect();
        Self { headings: pick(&self.headings), lines: self.lines.iter().map(pick).collect(), keys }
    }

    /// What all lines have in common, as `heading = value`, and the other columns: all of them if there would be none. Words stay
    /// in their column.
    fn without_common(&self) -> (Vec<String>, Self) {
        let Some((first, others)) = self.lines.split_first() else { return (Vec::new(), self.all()) };
        let is_common = |&i: &usize| !first[i].contains(' ') && others.iter().all(|line| line[i] == first[i]);
        let (common, rest): (Vec<usize>, Vec<usize>) = (0..self.headings.len()).partition(is_common);
        if rest.is_empty() {
            return (Vec::new(), self.all());
        }
        let common = common.iter().map(|&i| format!("{} = {}", self.headings[i], first[i])).collect();
        (common, self.only(&rest, rest.iter().filter(|&&i| i < self.keys).count()))
    }

    fn all(&self) -> Self {
        self.only(&Vec::from_iter(0..self.headings.len()), self.keys)
    }

    /// Groups of columns one below the other; lists of names and values where a column does not even fit behind the keys.
    fn grouped(&self, width: usize) -> String {
        let widths = self.widths();
        let keys = Vec::from_iter(0..self.keys);
        let room = width.saturating_sub(widths[..self.keys].iter().map(|width| width + GAP).sum());
        // A column of words wraps in its cells, if there is room for some.
        let narrowest =
            |i: usize| self.lines.iter().flat_map(move |line| line[i].split(' ')).map(columns).max();
        let fits = |i: usize| widths[i] <= room || room >= WORDS && narrowest(i).unwrap_or(0) <= room;
        if !(self.keys..widths.len()).all(fits) || columns_too_long(&self.headings[self.keys..], room) {
            let records = self.lines.iter().map(|line| record(&self.headings, line, width));
            return records.collect::<Vec<_>>().join("\n");
        }
        let mut groups: Vec<(Vec<usize>, usize)> = Vec::new();
        for (i, width) in widths.iter().enumerate().skip(self.keys) {
            let needed = room.min(*width);
            match groups.last_mut() {
                Some((group, taken)) if *taken + GAP + needed <= room => {
                    group.push(i);
                    *taken += GAP + needed;
                }
                _ => groups.push((vec![i], needed)),
            }
        }
        if groups.is_empty() {
            return self.aligned();
        }
        let text = |(group, _): &(Vec<usize>, usize)| {
            self.only(&[&keys[..], group].concat(), self.keys).with_wrapped_end(room).aligned()
        };
        groups.iter().map(text).collect::<Vec<_>>().join("\n")
    }

    /// The same with its last column in lines of at most `room` characters.
    fn with_wrapped_end(self, room: usize) -> Self {
        let mut lines = Vec::new();
        for line in &self.lines {
            let (end, before) = line.split_last().expect("a column");
            for (i, part) in wrap(end, room).into_iter().enumerate() {
                let blank = vec![String::new(); before.len()];
                let before = if i == 0 { before.to_vec() } else { blank };
                lines.push([before, vec![part]].concat());
            }
        }
        Self { lines, ..self }
    }
}

/// Space between columns.
const GAP: usize = 2;

/// A column that wraps has room for so many characters.
const WORDS: usize = 16;

fn columns_too_long(headings: &[String], room: usize) -> bool {
    headings.iter().any(|heading| columns(heading) > room)
}

/// A row as a list of names and values.
fn record(headings: &[String], cells: &[String], width: usize) -> String {
    let column = headings.iter().map(|heading| columns(heading)).max().unwrap_or(0) + GAP;
    headings.iter().zip(cells).map(|(heading, cell)| named(heading, column, cell, width)).collect()
}

fn total(widths: &[usize]) -> usize {
    widths.iter().sum::<usize>() + GAP * widths.len().saturating_sub(1)
}

fn aligned(cells: &[String], widths: &[usize]) -> String {
    let cells: Vec<String> =
        cells.iter().zip(widths).map(|(cell, &width)| format!("{cell:>width$}")).collect();
    format!("{}\n", cells.join("  ").trim_end())
}

/// The power of ten above an error bound, at least that of the twelfth decimal; 0 is exact.
fn readable_bound(bound: f64) -> String {
    if bound == 0.0 {
        return "exact".to_owned();
    }
    format!("1e{:.0}", bound.log10().ceil().max(-12.0))
}

/// A number from 0 to 1 with two digits, or what it lies below where its error leaves none.
fn small(number: f64, error: f64) -> String {
    match number {
        _ if number == 0.0 && error == 0.0 => "0".to_owned(),
        _ if number <= 2.0 * error => format!("< {:.0e}", (number + error).max(f64::MIN_POSITIVE)),
        _ if number >= 0.001 => format!("{number:.4}"),
        _ => format!("{number:.1e}"),
    }
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
}
