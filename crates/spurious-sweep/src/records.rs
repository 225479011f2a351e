//! Every trial, written down: one Parquet file for each batch.

use std::fs::{self, File};
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use spurious::basin::Verdict;
use spurious::ensemble::Trial;
use spurious_data::{Columns, Layout, Precision, Values, Writer};

use crate::error::{Error, Kind};
use crate::plan::Shard;
use crate::store::remove_leftovers;

/// The columns: cell and trial; angle, sum and signal at the start; how it ended (1 global, −1 spurious, 0 undecided), and
/// the steps until that was certain.
const COLUMNS: [&str; 7] = ["cell", "trial", "angle", "sum", "signal", "verdict", "steps"];

/// The folder of all segments of a store.
pub(crate) fn folder(store: &Path) -> PathBuf {
    store.join("records")
}

/// How the names of a shard's segments begin.
fn prefix(shard: Shard) -> String {
    format!("shard-{}-of-{}-", shard.number, shard.of)
}

/// The segment of a batch.
pub(crate) fn path(store: &Path, shard: Shard, batch: u64) -> PathBuf {
    folder(store).join(format!("{}batch-{batch:012}.parquet", prefix(shard)))
}

/// Whether a segment is there with its end, which a Parquet file cannot be read without.
pub(crate) fn check(path: PathBuf) -> Result<(), Error> {
    const END: &[u8] = b"PAR1";
    let mut end = [0; END.len()];
    let read = File::open(&path).and_then(|mut file| {
        file.seek(SeekFrom::End(-(END.len() as i64)))?;
        file.read_exact(&mut end)
    });
    if read.is_ok() && end == END { Ok(()) } else { Err(Kind::RecordsMissing { path }.into()) }
}

/// Makes the folder, and removes what a killed process has left there of this shard, if it is locked for sure.
pub(crate) fn prepare(store: &Path, shard: Shard, is_locked: bool) -> Result<(), Error> {
    let folder = folder(store);
    fs::create_dir_all(&folder).map_err(Error::writing(&folder))?;
    if is_locked {
        remove_leftovers(&folder, &prefix(shard));
    }
    Ok(())
}

/// Removes all segments of a shard.
pub(crate) fn remove(store: &Path, shard: Shard) -> Result<(), Error> {
    let folder = folder(store);
    let Ok(entries) = fs::read_dir(&folder) else { return Ok(()) };
    for entry in entries.flatten() {
        if entry.file_name().to_string_lossy().starts_with(&prefix(shard)) {
            fs::remove_file(entry.path()).map_err(Error::writing(&entry.path()))?;
        }
    }
    // Goes if nothing is left in it.
    let _ = fs::remove_dir(&folder);
    Ok(())
}

/// The file of one batch, which has its name when it is complete. It is finished before the batch enters the log: a
/// segment without a record is written again.
#[derive(Debug)]
pub(crate) struct Segment(Writer);

impl Segment {
    pub(crate) fn create(path: &Path) -> Result<Self, Error> {
        let features = COLUMNS.iter().map(|&name| name.to_owned()).collect();
        let columns = Columns { features, target: None };
        let layout = Layout { columns, precision: Precision::F64, rows: None };
        Ok(Self(Writer::create(path, &layout, true)?))
    }

    pub(crate) fn write(&mut self, place: u64, trials: &[Trial]) -> Result<(), Error> {
        let mut values = Vec::with_capacity(COLUMNS.len() * trials.len());
        for Trial { trial, start, outcome } in trials {
            let verdict = match outcome.verdict {
                Verdict::Global => 1.0,
                Verdict::Spurious => -1.0,
                Verdict::Undecided => 0.0,
            };
            let (place, trial, steps) = (place as f64, *trial as f64, outcome.steps as f64);
            values.extend([place, trial, start.angle(), start.sum, start.signal, verdict, steps]);
        }
        Ok(self.0.write(Values::F64(&values), None)?)
    }

    pub(crate) fn finish(self) -> Result<(), Error> {
        Ok(self.0.finish()?)
    }
}
