//! Files are written beside their target and renamed, and an existing result is replaced only when asked.

use std::fs;
use std::io::Write;
use std::path::Path;

use anyhow::Context;
use spurious_data::PendingFile;

use crate::args::Global;
use crate::failure::Failure;

/// Whether a path means standard input or output.
pub(crate) fn is_standard(path: &Path) -> bool {
    path.as_os_str() == "-"
}

/// Refuses standard output for two things at once.
pub(crate) fn check_standard(global: &Global) -> Result<(), Failure> {
    if global.json {
        return Err(Failure::Input(
            "--json and --out - both write to standard output: leave one out, or name a file with --out"
                .to_owned(),
        ));
    }
    Ok(())
}

/// Refuses standard output as a folder.
pub(crate) fn check_folder(path: &Path) -> Result<(), Failure> {
    if is_standard(path) {
        return Err(Failure::Input(
            "--out - is standard output: this command writes a folder, name one".to_owned(),
        ));
    }
    Ok(())
}

/// Refuses a target that exists, before any work is done.
pub(crate) fn check_target(path: &Path, force: bool) -> Result<(), Failure> {
    check_folder(path)?;
    if path.as_os_str().is_empty() {
        return Err(Failure::Input("--out is empty: name a path".to_owned()));
    }
    if path.file_name().is_none() {
        return Err(Failure::Input(format!("--out {} names no file or folder of its own", path.display())));
    }
    if fs::symlink_metadata(path).is_ok() && !force {
        return Err(Failure::Input(format!("{} exists: use --force to replace it", path.display())));
    }
    let parent = parent(path);
    if !parent.is_dir() {
        return Err(Failure::Input(format!("there is no folder {} to write into", parent.display())));
    }
    // Finding out after the work that nothing can be written would lose it.
    match PendingFile::create(path) {
        Ok(_) => Ok(()),
        Err(error) => {
            Err(Failure::Input(format!("cannot write into the folder {}: {error}", parent.display())))
        }
    }
}

/// Writes one file.
pub(crate) fn write_file(path: &Path, bytes: &[u8], force: bool) -> Result<(), Failure> {
    check_target(path, force)?;
    if path.is_dir() {
        return Err(Failure::Input(format!("{} is a folder: name a file", path.display())));
    }
    let write = || -> std::io::Result<()> {
        let mut file = PendingFile::create(path)?;
        file.write_all(bytes)?;
        file.finish(force)
    };
    Ok(write().with_context(|| format!("cannot write {}", path.display()))?)
}

fn parent(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}
