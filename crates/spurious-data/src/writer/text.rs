//! Text with one row per line.

use std::borrow::Cow;
use std::fmt::{Display, LowerExp};
use std::io::{self, Write};

use flate2::Compression;
use flate2::write::GzEncoder;

use super::{Layout, RowSink, Texts};
use crate::PendingFile;
use crate::block::{Precision, Values};
use crate::request::numbered;

/// A text file.
pub(super) struct Text {
    output: Output,
    precision: Precision,
    delimiter: char,
}

/// Where the lines go.
pub(super) enum Output {
    File(PendingFile),
    Gzip(GzEncoder<PendingFile>),
    Stream(Box<dyn Write + Send>),
}

impl Output {
    pub(super) fn gzip(file: PendingFile) -> Self {
        Self::Gzip(GzEncoder::new(file, Compression::fast()))
    }
}

impl Text {
    pub(super) fn new(output: Output, layout: &Layout, tabs: bool) -> io::Result<Self> {
        let delimiter = if tabs { '\t' } else { ',' };
        let mut text = Self { output, precision: layout.precision, delimiter };
        if let Some(header) = header(layout, delimiter) {
            text.write_all(header.as_bytes())?;
        }
        Ok(text)
    }

    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        match &mut self.output {
            Output::File(file) => file.write_all(bytes),
            Output::Gzip(file) => file.write_all(bytes),
            Output::Stream(stream) => stream.write_all(bytes),
        }
    }
}

impl RowSink for Text {
    fn write(&mut self, rows: usize, values: Values<'_>, target: &[f64], texts: Texts<'_>) -> io::Result<()> {
        /// Bytes that are collected before they go to the file.
        const PIECE: usize = 1 << 16;
        let mut lines = Vec::with_capacity(PIECE + 100);
        let features = values.len().checked_div(rows).unwrap_or_default();
        for row in 0..rows {
            if let Some(text) = texts.before.get(row) {
                lines.extend_from_slice(field(text, self.delimiter).as_bytes());
            }
            for i in 0..features {
                if i > 0 || !texts.before.is_empty() {
                    lines.push(self.delimiter as u8);
                }
                let place = row * features + i;
                match (self.precision, values) {
                    (Precision::F32, Values::F32(values)) => number(&mut lines, values[place])?,
                    (Precision::F32, Values::F64(values)) => number(&mut lines, values[place] as f32)?,
                    (Precision::F64, values) => number(&mut lines, values.get(place))?,
                }
                if lines.len() > PIECE {
                    self.write_all(&lines)?;
                    lines.clear();
                }
            }
            if let Some(&target) = target.get(row) {
                if features > 0 || !texts.before.is_empty() {
                    lines.push(self.delimiter as u8);
                }
                number(&mut lines, target)?;
            }
            if let Some(text) = texts.after.get(row) {
                lines.push(self.delimiter as u8);
                lines.extend_from_slice(field(text, self.delimiter).as_bytes());
            }
            lines.push(b'\n');
        }
        self.write_all(&lines)
    }

    fn finish(self: Box<Self>) -> io::Result<Vec<PendingFile>> {
        Ok(match self.output {
            Output::File(file) => vec![file],
            Output::Gzip(file) => vec![file.finish()?],
            Output::Stream(mut stream) => {
                stream.flush()?;
                Vec::new()
            }
        })
    }
}

/// The fewest digits that read back to the same number. Far from 1, `{:e}` has fewer.
fn number<T: Copy + Into<f64> + Display + LowerExp>(line: &mut Vec<u8>, number: T) -> io::Result<()> {
    let size = number.into().abs();
    if size != 0.0 && size.is_finite() && !(1e-5..1e15).contains(&size) {
        write!(line, "{number:e}")
    } else {
        write!(line, "{number}")
    }
}

/// The header line, or none if all names are the default names of unnamed columns.
fn header(layout: &Layout, delimiter: char) -> Option<String> {
    let columns = &layout.columns;
    let names = columns.before.iter().chain(&columns.features).chain(&columns.target).chain(&columns.after);
    let names: Vec<&str> = names.map(String::as_str).collect();
    // A line of numbers would be read as a row.
    let numeric = names.iter().all(|name| name.trim().parse::<f64>().is_ok());
    if numeric && numbered(names.len()) == names {
        return None;
    }
    let fields = names
        .into_iter()
        .map(|name| if numeric { format!("x{name}") } else { field(name, delimiter).into_owned() });
    Some(fields.collect::<Vec<_>>().join(&delimiter.to_string()) + "\n")
}

/// A text as a field, in quotes if it needs them.
fn field(text: &str, delimiter: char) -> Cow<'_, str> {
    if text.contains([delimiter, ',', ';', '\t', '"', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\"")).into()
    } else {
        text.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Columns;

    fn header_of(features: &[&str], target: Option<&str>) -> Option<String> {
        let columns = Columns {
            features: features.iter().map(|&name| name.to_owned()).collect(),
            target: target.map(str::to_owned),
            ..Columns::default()
        };
        header(&Layout { columns, precision: Precision::F64, rows: None }, ',')
    }

    #[test]
    fn names_survive() {
        assert_eq!(header_of(&["1", "2"], None), None);
        assert_eq!(header_of(&["1", "2"], Some("y")).unwrap(), "1,2,y\n");
        assert_eq!(header_of(&["2019", "2020"], None).unwrap(), "x2019,x2020\n");
        assert_eq!(header_of(&["a,b", "a \"b\""], None).unwrap(), "\"a,b\",\"a \"\"b\"\"\"\n");
    }

    #[test]
    fn numbers_have_the_fewest_digits() {
        let shown = |x: f64| {
            let mut line = Vec::new();
            number(&mut line, x).unwrap();
            String::from_utf8(line).unwrap()
        };
        assert_eq!(shown(0.1), "0.1");
        assert_eq!(shown(-1e300), "-1e300");
        assert_eq!(shown(0.0), "0");
        let mut line = Vec::new();
        number(&mut line, 0.1_f32).unwrap();
        assert_eq!(line, b"0.1");
    }
}
