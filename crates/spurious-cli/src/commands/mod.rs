//! One file per command.

pub(crate) mod cite;
pub(crate) mod compare;
pub(crate) mod completions;
mod explanation;
pub(crate) mod explore;
pub(crate) mod fit;
pub(crate) mod generate;
pub(crate) mod help;
pub(crate) mod landscape;
pub(crate) mod man;
pub(crate) mod merge;
pub(crate) mod predict;
pub(crate) mod probability;
pub(crate) mod recovery;
pub(crate) mod reproduce;
pub(crate) mod sweep;
pub(crate) mod trace;
pub(crate) mod wide_trace;
pub(crate) mod width;

use std::path::Path;

use crate::args::Global;
use crate::failure::Failure;
use crate::files;

/// What the ending of `--out` asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    Csv,
    Json,
    Svg,
    Pdf,
}

/// Refuses flags that a command which only prints text would have to ignore.
pub(crate) fn text_only(command: &str, global: &Global) -> Result<(), Failure> {
    if global.json || global.out.is_some() {
        return Err(Failure::Input(format!(
            "{command} prints text: leave out --json and --out, and redirect its output"
        )));
    }
    Ok(())
}

/// Where `--out` points and what its ending asks for, one of `offered`; refused before any work if it cannot be written. Standard output
/// receives CSV.
pub(crate) fn target<'a>(
    global: &'a Global,
    offered: &[Format],
) -> Result<Option<(&'a Path, Format)>, Failure> {
    let Some(path) = &global.out else {
        return Ok(None);
    };
    if files::is_standard(path) {
        files::check_standard(global)?;
        return Ok(Some((path, Format::Csv)));
    }
    files::check_target(path, global.force)?;
    format(path, offered).map(|format| Some((path.as_path(), format)))
}

/// What the ending of a path asks for, one of `offered`.
pub(crate) fn format(path: &Path, offered: &[Format]) -> Result<Format, Failure> {
    let ending = path.extension().map(|ending| ending.to_string_lossy().to_lowercase());
    let format = match ending.as_deref() {
        Some("csv") => Some(Format::Csv),
        Some("json") => Some(Format::Json),
        Some("svg") => Some(Format::Svg),
        Some("pdf") => Some(Format::Pdf),
        _ => None,
    };
    format.filter(|format| offered.contains(format)).ok_or_else(|| {
        let endings: Vec<String> =
            offered.iter().map(|format| format!(".{format:?}").to_lowercase()).collect();
        let (path, endings) = (path.display(), endings.join(", "));
        Failure::Input(format!("cannot tell what to write to {path}: end it with {endings}"))
    })
}
