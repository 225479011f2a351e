//! One file per command.

pub(crate) mod cite;
pub(crate) mod completions;
pub(crate) mod landscape;
pub(crate) mod probability;
pub(crate) mod reproduce;
pub(crate) mod trace;

use std::path::Path;

use crate::failure::Failure;

/// What the ending of `--out` asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    Csv,
    Json,
    Svg,
    Pdf,
}

/// The format that the ending of a path asks for, if it is one of `offered`.
pub(crate) fn format_of(path: &Path, offered: &[Format]) -> Result<Format, Failure> {
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
        Failure::Input(format!(
            "cannot tell what to write to {}: end it with {}",
            path.display(),
            endings.join(", ")
        ))
    })
}
