//! Results as one JSON object, row by row.

use std::io::{self, Write};

use serde::Serialize;

use crate::row::Row;
use crate::settings::Settings;

/// Writes the object `{"command", "version", "settings", "results"}` while its results are still coming.
///
/// # Examples
/// ```
/// use spurious_sweep::{JsonWriter, Settings};
/// let settings = Settings::grid(&[5], &[25], &[4.0], &[0.1]);
/// let text = JsonWriter::new(Vec::new(), "sweep", &settings)?.finish()?;
/// let value: serde_json::Value = serde_json::from_slice(&text)?;
/// assert_eq!(value["settings"]["patches"], serde_json::json!([25]));
/// assert_eq!(value["results"], serde_json::json!([]));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct JsonWriter<W> {
    out: W,
    is_first: bool,
}

#[derive(Serialize)]
struct Head<'a> {
    command: &'a str,
    version: &'a str,
    settings: &'a Settings,
}

impl<W: Write> JsonWriter<W> {
    /// Begins the object.
    ///
    /// # Errors
    /// If `out` refuses.
    pub fn new(mut out: W, command: &str, settings: &Settings) -> io::Result<Self> {
        let head = Head { command, version: env!("CARGO_PKG_VERSION"), settings };
        let text = serde_json::to_string_pretty(&head)?;
        // The object is left open for its last entry.
        out.write_all(text.strip_suffix("\n}").unwrap_or(&text).as_bytes())?;
        out.write_all(b",\n  \"results\": [")?;
        Ok(Self { out, is_first: true })
    }

    /// Writes the next row.
    ///
    /// # Errors
    /// If `out` refuses.
    pub fn row(&mut self, row: &Row) -> io::Result<()> {
        let text = serde_json::to_string_pretty(row)?.replace('\n', "\n    ");
        let before = if self.is_first { "\n    " } else { ",\n    " };
        self.is_first = false;
        self.out.write_all(before.as_bytes())?;
        self.out.write_all(text.as_bytes())
    }

    /// Closes the object and gives back what it was written to.
    ///
    /// # Errors
    /// If `out` refuses.
    pub fn finish(mut self) -> io::Result<W> {
        self.out.write_all(if self.is_first { &b"]\n}\n"[..] } else { b"\n  ]\n}\n" })?;
        self.out.flush()?;
        Ok(self.out)
    }

    /// What the object is written to.
    pub fn get_mut(&mut self) -> &mut W {
        &mut self.out
    }
}
