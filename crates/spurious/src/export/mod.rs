//! Results as text, CSV and JSON, for every command and report.
//!
//! A result is a struct that serialises; its field names are the keys of JSON. If results form a table, their type declares its
//! columns once ([`Table`]), each with a key, a heading, and the number of digits in text. CSV has the keys and all digits; text has the
//! headings and few digits, and fits the width of the terminal ([`Table::fitted`]).

mod table;
mod text;

use std::io::{self, Write};

use serde::Serialize;

pub use table::{Column, Rows, Shown, Table, Value};
pub use text::{named, wrap};

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

/// A limit with four digits, rounded down, so that what is printed is allowed.
///
/// # Examples
/// ```
/// use spurious::export::limit;
/// assert_eq!([0.46299, 0.5, 1.2566e-5, 12.0].map(limit), ["0.4629", "0.5", "1.256e-5", "12"]);
/// ```
pub fn limit(number: f64) -> String {
    let exponent = number.log10().floor() as i32;
    let digits = (number * 10f64.powi(3 - exponent)).floor();
    let (unit, ending) =
        if exponent < -4 { (-3, format!("e{exponent}")) } else { (exponent - 3, String::new()) };
    let decimals = usize::try_from(-unit).unwrap_or(0);
    let text = format!("{:.decimals$}", digits * 10f64.powi(unit));
    let text = if decimals > 0 { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    format!("{text}{ending}")
}

/// A count with its noun, in the singular or plural.
///
/// # Examples
/// ```
/// use spurious::export::counted;
/// assert_eq!([counted(1, "step"), counted(0, "step"), counted(3, "patch")], ["1 step", "0 steps", "3 patches"]);
/// ```
pub fn counted(count: u64, thing: &str) -> String {
    let ending = match count {
        1 => "",
        _ if thing.ends_with("ch") => "es",
        _ => "s",
    };
    format!("{count} {thing}{ending}")
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_and_small_numbers_are_brief() {
        assert_eq!(
            [0.0, 0.1234567, 12.0, 1e-4, 2.5e7].map(brief),
            ["0", "0.123457", "12", "1.000e-4", "2.500e7"]
        );
    }
}
