//! Records of every trial: one Parquet file for each batch.

use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use spurious::basin::Verdict;
use spurious::ensemble::Trial;
use spurious_data::Writer;

use crate::error::{Error, Kind};
use crate::plan::Shard;
use crate::results::table_writer;
use crate::store::remove_leftovers;

/// The columns: cell and trial; angle, sum and signal at the start; its verdict (1 global, −1 spurious, 0 undecided), and
/// the number of steps to the verdict.
const COLUMNS: [&str; 7] = ["cell", "trial", "angle", "sum", "signal", "verdict", "steps"];

/// The folder of records inside that of a sweep.
pub const RECORDS: &str = "records";

/// The folder of all files of a store.
pub(crate) fn folder(store: &Path) -> PathBuf {
    store.join(RECORDS)
}

/// The beginning of the names of a shard's files.
fn prefix(shard: Shard) -> String {
    format!("shard-{}-of-{}-", shard.number, shard.of)
}

/// The file of a batch.
pub(crate) fn path(store: &Path, shard: Shard, batch: u64) -> PathBuf {
    folder(store).join(format!("{}batch-{batch:012}.parquet", prefix(shard)))
}

/// Whether a file exists and is complete: a Parquet file cannot be read without its end.
pub(crate) fn check(path: PathBuf) -> Result<(), Error> {
    const END: &[u8] = b"PAR1";
    let mut end = [0; END.len()];
    let read = File::open(&path).and_then(|mut file| {
        file.seek(SeekFrom::End(-(END.len() as i64)))?;
        file.read_exact(&mut end)
    });
    if read.is_ok() && end == END { Ok(()) } else { Err(Kind::RecordsMissing { path }.into()) }
}

/// Creates the folder, and removes files of this shard that a killed process has left, if the log is certainly locked.
pub(crate) fn prepare(store: &Path, shard: Shard, is_locked: bool) -> Result<(), Error> {
    let folder = folder(store);
    fs::create_dir_all(&folder).map_err(Error::writing(&folder))?;
    if is_locked {
        remove_leftovers(&folder, &prefix(shard));
    }
    Ok(())
}

/// The files of a shard, by their paths in the store.
pub(crate) fn names(store: &Path, shard: Shard) -> Result<Vec<String>, Error> {
    let folder = folder(store);
    let entries = match fs::read_dir(&folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(Error::reading(&folder))?,
    };
    let names = entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned());
    Ok(names
        .filter(|name| name.starts_with(&prefix(shard)))
        .map(|name| format!("{RECORDS}/{name}"))
        .collect())
}

/// Removes all files of a shard.
pub(crate) fn remove(store: &Path, shard: Shard) -> Result<(), Error> {
    let folder = folder(store);
    let Ok(entries) = fs::read_dir(&folder) else { return Ok(()) };
    for entry in entries.flatten() {
        if entry.file_name().to_string_lossy().starts_with(&prefix(shard)) {
            fs::remove_file(entry.path()).map_err(Error::writing(&entry.path()))?;
        }
    }
    // The folder is removed if it is empty.
    let _ = fs::remove_dir(&folder);
    Ok(())
}

/// The file of one batch, which gets its final name when it is complete. It is finished before the batch enters the log; a file without
/// a line in the log is written again.
pub(crate) fn create(path: &Path) -> Result<Writer, Error> {
    table_writer(path, &COLUMNS)
}

/// The rows of some trials of a cell.
pub(crate) fn rows(cell: u64, trials: &[Trial]) -> Vec<f64> {
    let row = |Trial { trial, start, outcome }: &Trial| {
        let verdict = match outcome.verdict {
            Verdict::Global => 1.0,
            Verdict::Spurious => -1.0,
            Verdict::Undecided => 0.0,
        };
        let (cell, trial, steps) = (cell as f64, *trial as f64, outcome.steps as f64);
        [cell, trial, start.angle(), start.sum, start.signal, verdict, steps]
    };
    trials.iter().flat_map(row).collect()
}
