//! The shards of a sweep, put together.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::error::Error;
use crate::header::Header;
use crate::log::LogReader;
use crate::plan::{Plan, Shard};
use crate::results::{self, Files};
use crate::row::Row;
use crate::runner::{End, Progress, Watch};
use crate::settings::Settings;
use crate::store::{log_path, make_folder, probe, shards_in};
use crate::stream::{Merged, ShardStream};

/// All shards of one sweep, each complete, and the folder for its results.
#[derive(Debug)]
pub struct Merge {
    plan: Arc<Plan>,
    logs: Vec<PathBuf>,
    out: PathBuf,
}

impl Merge {
    /// Finds and checks the shards in some folders. Results go to `out`, where they replace others only with `force`, unless
    /// it is one of the folders.
    ///
    /// # Errors
    /// If a shard is missing, twice there, not complete or damaged, if they are not of one sweep, or if `out` cannot be
    /// written to.
    pub fn open(folders: &[PathBuf], out: &Path, force: bool) -> Result<Self, Error> {
        let mut found: Vec<(Shard, PathBuf)> = Vec::new();
        for folder in folders {
            let shards = shards_in(folder)?;
            if shards.is_empty() {
                return Err(Error::NoShards { path: folder.clone() });
            }
            found.extend(shards.into_iter().map(|shard| (shard, log_path(folder, shard))));
        }
        found.sort_by_key(|(shard, _)| shard.number);
        let Some(((first, first_path), others)) = found.split_first() else {
            return Err(Error::NoShards { path: PathBuf::new() });
        };
        let header = open_log(first_path)?.header().clone();
        // Those of this program on this machine, so that the numbers made from the sums are the same as well.
        Header::new(&header.settings, header.shard).check_sweep(&header, first_path)?;
        for (shard, path) in others {
            if shard.of != first.of {
                let path = path.parent().unwrap_or(Path::new(".")).to_owned();
                return Err(Error::OtherDivision { path, stored: shard.of, given: first.of });
            }
            header.check_sweep(open_log(path)?.header(), path).map_err(|error| match error {
                Error::Differs { path, name, stored: found, given: first } => {
                    Error::NotOneSweep { path, name, found, first }
                }
                error => error,
            })?;
        }
        for pair in found.windows(2) {
            if let [(shard, first), (other, second)] = pair
                && shard == other
            {
                return Err(Error::ShardTwice {
                    shard: *shard,
                    first: first.clone(),
                    second: second.clone(),
                });
            }
        }
        let missing: Vec<u64> =
            (1..=first.of).filter(|number| !found.iter().any(|(shard, _)| shard.number == *number)).collect();
        if !missing.is_empty() {
            return Err(Error::ShardMissing { missing, of: first.of });
        }
        let plan = Arc::new(Plan::new(header.settings)?);
        for (shard, path) in &found {
            let log = open_log(path)?;
            if log.header().shard != Some(*shard) {
                return Err(Error::NotALog { path: path.clone() }); // renamed from that of another shard
            }
            if !ShardStream::new(&plan, *shard, log).reads_complete()? {
                return Err(Error::Incomplete { shard: *shard, path: path.clone() });
            }
        }
        make_folder(out)?;
        results::check_names(out)?;
        probe(out)?;
        let same = |folder: &PathBuf| folder.canonicalize().ok() == out.canonicalize().ok();
        let in_place = folders.iter().any(same);
        if !force && !in_place && results::NAMES.iter().any(|name| out.join(name).exists()) {
            return Err(Error::ResultsExist { path: out.to_owned() });
        }
        let logs = found.into_iter().map(|(_, path)| path).collect();
        Ok(Self { plan, logs, out: out.to_owned() })
    }

    /// The sweep's plan.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// What the sweep was.
    pub fn settings(&self) -> &Settings {
        self.plan.settings()
    }

    /// Adds up all shards and writes the results. Cancelled, it writes nothing.
    ///
    /// # Errors
    /// If the file system refuses.
    pub fn run(self, watch: &mut dyn Watch, cancel: &AtomicBool) -> Result<End, Error> {
        let Self { plan, logs, out } = self;
        let logs = logs.iter().map(|path| open_log(path)).collect::<Result<Vec<_>, _>>()?;
        let mut merged = Merged::new(&plan, logs);
        let mut progress =
            Progress { all_runs: plan.trials(Shard::WHOLE), all_cells: plan.cells(), ..Progress::default() };
        let mut files = Files::create(&out, plan.settings())?;
        while let Some(tally) = merged.next_cell()? {
            progress.cells += 1;
            progress.runs += u128::from(tally.counts.runs);
            watch.progress(&progress);
            let flow = Row::of(&plan, &tally).map_or(ControlFlow::Continue(()), |row| watch.row(&row));
            if flow.is_break() || cancel.load(Ordering::Relaxed) {
                return Ok(End::Stopped(progress));
            }
            files.push(&plan, tally)?;
        }
        files.finish()?;
        Ok(End::Finished(progress))
    }
}

fn open_log(path: &Path) -> Result<LogReader, Error> {
    LogReader::open(path)?.ok_or_else(|| Error::NotALog { path: path.to_owned() })
}
