//! Files are written beside their target and renamed, and an existing result is replaced only when asked.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::Context;

use crate::failure::Failure;

/// Refuses a target that exists, before any work is done.
pub(crate) fn check_target(path: &Path, force: bool) -> Result<(), Failure> {
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
    let probe = beside(path, "probe");
    fs::write(&probe, b"").map_err(|error| {
        Failure::Input(format!("cannot write into the folder {}: {error}", parent.display()))
    })?;
    let _ = fs::remove_file(&probe);
    Ok(())
}

/// Writes one file.
pub(crate) fn write_file(path: &Path, bytes: &[u8], force: bool) -> Result<(), Failure> {
    check_target(path, force)?;
    if path.is_dir() {
        return Err(Failure::Input(format!("{} is a folder: name a file", path.display())));
    }
    let temporary = beside(path, "part");
    let write = || -> std::io::Result<()> {
        let mut file = fs::File::create(&temporary)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&temporary, path)
    };
    write().map_err(|error| {
        let _ = fs::remove_file(&temporary);
        Failure::Other(anyhow::Error::from(error).context(format!("cannot write {}", path.display())))
    })
}

/// Writes a folder of files; with `force` an existing one is replaced as a whole.
pub(crate) fn write_folder(
    path: &Path,
    files: impl IntoIterator<Item = (String, Vec<u8>)>,
    force: bool,
) -> Result<(), Failure> {
    check_target(path, force)?;
    let temporary = beside(path, "part");
    let _ = fs::remove_dir_all(&temporary);
    let result = fill_folder(&temporary, path, files).and_then(|()| {
        if fs::symlink_metadata(path).is_ok() {
            let old = beside(path, "old");
            fs::rename(path, &old).with_context(|| format!("cannot move {} aside", path.display()))?;
            fs::rename(&temporary, path).with_context(|| format!("cannot create {}", path.display()))?;
            let removed = if old.is_dir() { fs::remove_dir_all(&old) } else { fs::remove_file(&old) };
            removed.with_context(|| format!("cannot remove {}", old.display()))
        } else {
            fs::rename(&temporary, path).with_context(|| format!("cannot create {}", path.display()))
        }
    });
    if result.is_err() {
        let _ = fs::remove_dir_all(&temporary);
    }
    Ok(result?)
}

/// Files of a folder that will be called `target`.
fn fill_folder(
    folder: &Path,
    target: &Path,
    files: impl IntoIterator<Item = (String, Vec<u8>)>,
) -> anyhow::Result<()> {
    for (name, bytes) in files {
        let path = folder.join(&name);
        fs::create_dir_all(parent(&path))
            .and_then(|()| fs::write(&path, bytes))
            .with_context(|| format!("cannot write {}", target.join(&name).display()))?;
    }
    Ok(())
}

fn parent(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// A hidden name in the same folder, so that renaming stays on one file system.
fn beside(path: &Path, suffix: &str) -> PathBuf {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    parent(path).join(format!(".{name}.{}.{suffix}", std::process::id()))
}
