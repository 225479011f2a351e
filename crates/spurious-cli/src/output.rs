//! Results on standard output.

use std::io::{self, Write};
use std::path::Path;

use serde::Serialize;
use spurious::export::{Document, Table};

use crate::args::Global;
use crate::commands::Format;
use crate::console::Console;
use crate::failure::Failure;
use crate::files;
use crate::text;

/// Prints text with bold and colour, as far as standard output shows them.
pub(crate) fn show(text: &str) -> Result<(), Failure> {
    let mut out = anstream::stdout().lock();
    out.write_all(text.as_bytes())?;
    Ok(out.flush()?)
}

/// Prints text to standard output as it is; a closed pipe is not an error.
pub(crate) fn print(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    Ok(out.flush()?)
}

/// Says what was written: every command in the same words, a line for each file or folder.
pub(crate) fn wrote(path: &Path, console: &Console) {
    console.note(&format!("wrote {}", path.display()));
}

/// Hands over results: to the file at `--out`, in the format that its ending asks for, and to standard output, as JSON or as text
/// in a width.
pub(crate) fn deliver<S: Serialize, R: Serialize>(
    document: &Document<'_, S, R>,
    target: Option<(&Path, Format)>,
    global: &Global,
    console: &Console,
    table: impl FnOnce() -> Table,
    picture: impl FnOnce() -> Result<spurious_plot::Figure, Failure>,
    text: impl FnOnce(usize) -> String,
) -> Result<(), Failure> {
    if let Some((path, format)) = target {
        if files::is_standard(path) {
            return print(&table().to_csv());
        }
        let bytes = match format {
            Format::Csv => table().to_csv().into_bytes(),
            Format::Json => document.to_json().into_bytes(),
            Format::Svg => picture()?.to_svg_file().into_bytes(),
            Format::Pdf => picture()?.to_pdf(),
        };
        files::write_file(path, &bytes, global.force)?;
        wrote(path, console);
    }
    if global.json { print(&document.to_json()) } else { show(&text(text::width(global))) }
}
