//! Merging the shards of a sweep.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use spurious::Monitor;
use spurious::ensemble::CellEstimate;
use spurious_data::PendingFile;

use crate::error::{Error, Kind};
use crate::plan::{Plan, Shard};
use crate::results::{self, ResultFiles, Results};
use crate::run::{End, Progress};
use crate::store::{make_folder, not_writable};

/// All shards of one sweep, each complete, and the folder for its results.
#[derive(Debug)]
pub struct Merge {
    results: Results,
    out: PathBuf,
}

impl Merge {
    /// Finds and checks the shards in some folders. Results are written to `out`. They replace existing results only with `force`, or if
    /// `out` is one of the folders.
    ///
    /// # Errors
    /// As [`Results::open`], and if `out` cannot be written to.
    pub fn open(folders: &[PathBuf], out: &Path, force: bool, monitor: &dyn Monitor) -> Result<Self, Error> {
        let results = Results::open(folders, monitor)?;
        make_folder(out)?;
        results::check_names(out)?;
        // Checks before the work whether the folder can be written to.
        PendingFile::create(&out.join("probe")).map_err(not_writable(out))?;
        let same = |folder: &PathBuf| folder.canonicalize().ok() == out.canonicalize().ok();
        let in_place = folders.iter().any(same);
        if !force && !in_place && results::NAMES.iter().any(|name| out.join(name).exists()) {
            return Err(Kind::ResultsExist { path: out.to_owned() }.into());
        }
        Ok(Self { results, out: out.to_owned() })
    }

    /// The plan of the sweep, with its settings.
    pub fn plan(&self) -> &Plan {
        self.results.plan()
    }

    /// Adds up all shards, calls `row` with all rows in the order of the grid, and writes the results. Progress is reported in runs,
    /// for each cell the most that it can have. If it is cancelled, nothing is written.
    ///
    /// # Errors
    /// If reading or writing fails.
    pub fn run(
        self,
        row: &mut dyn FnMut(&CellEstimate) -> ControlFlow<()>,
        monitor: &dyn Monitor,
    ) -> Result<End, Error> {
        let Self { results, out } = self;
        let mut cells = results.cells;
        let plan = Arc::clone(&cells.plan);
        let mut progress = Progress::new(&plan, Shard::WHOLE);
        monitor.begin("merging runs", u64::try_from(progress.all_runs).ok());
        let mut files = ResultFiles::create(&out, plan.settings())?;
        while let Some(sums) = cells.next_cell()? {
            let estimate = sums.estimate(&plan)?;
            progress.cells += 1;
            progress.runs += u128::from(sums.counts.runs);
            monitor.advance(plan.settings().runs);
            if row(&estimate).is_break() || monitor.is_cancelled() {
                return Ok(End::Stopped(progress));
            }
            files.push(&estimate, &sums, &plan)?;
        }
        files.finish()?;
        Ok(End::Finished(progress))
    }
}
