//! Results on standard output: one JSON object, or a table.

use std::io::{self, Write};

use serde::Serialize;

use crate::failure::Failure;

/// The one JSON object that a command prints.
#[derive(Debug, Serialize)]
pub(crate) struct Report<'a, S, R> {
    pub(crate) command: &'a str,
    pub(crate) version: &'a str,
    pub(crate) settings: &'a S,
    pub(crate) results: &'a [R],
}

impl<'a, S: Serialize, R: Serialize> Report<'a, S, R> {
    pub(crate) fn new(command: &'a str, settings: &'a S, results: &'a [R]) -> Self {
        Self { command, version: env!("CARGO_PKG_VERSION"), settings, results }
    }

    /// The object as text with a line break at its end.
    pub(crate) fn to_json(&self) -> Result<String, Failure> {
        let mut text = serde_json::to_string_pretty(self).map_err(|error| Failure::Other(error.into()))?;
        text.push('\n');
        Ok(text)
    }
}

/// Prints text to standard output; a closed pipe is not an error.
pub(crate) fn print(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    Ok(out.flush()?)
}

/// A table for reading: a header, rows, columns aligned to the right.
#[derive(Debug, Default)]
pub(crate) struct Table {
    rows: Vec<Vec<String>>,
}

impl Table {
    pub(crate) fn new(header: &[&str]) -> Self {
        Self { rows: vec![header.iter().map(|&cell| cell.to_owned()).collect()] }
    }

    pub(crate) fn row(&mut self, cells: Vec<String>) {
        self.rows.push(cells);
    }
}

impl std::fmt::Display for Table {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let columns = self.rows.first().map_or(0, Vec::len);
        let width =
            |column: usize| self.rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
        let widths: Vec<usize> = (0..columns).map(width).collect();
        for row in &self.rows {
            let cells: Vec<String> =
                row.iter().zip(&widths).map(|(cell, &w)| format!("{cell:>w$}")).collect();
            writeln!(f, "{}", cells.join("  ").trim_end())?;
        }
        Ok(())
    }
}

/// Rows of numbers as CSV, with digits that read back to the same `f64`.
pub(crate) fn csv(header: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let mut text = header.join(",");
    text.push('\n');
    for row in rows {
        text.push_str(&row.join(","));
        text.push('\n');
    }
    text
}

/// The shortest digits that read back to the same `f64`.
pub(crate) fn exact(value: f64) -> String {
    format!("{value:?}")
}

/// A number, or an empty CSV cell.
pub(crate) fn optional<T: std::fmt::Debug>(value: Option<T>) -> String {
    value.map_or_else(String::new, |value| format!("{value:?}"))
}

/// A setting as a person would write it.
pub(crate) fn plain(value: f64) -> String {
    if value != 0.0 && !(1e-4..1e9).contains(&value.abs()) { format!("{value:e}") } else { value.to_string() }
}

/// A number for reading: up to six digits, in plain or scientific notation.
pub(crate) fn brief(value: f64) -> String {
    if value == 0.0 {
        return "0".to_owned();
    }
    let size = value.abs();
    if !(1e-3..1e6).contains(&size) {
        return format!("{value:.3e}");
    }
    let text = format!("{value:.6}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}
