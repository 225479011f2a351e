//! Results, computed from the logs of a finished sweep, and their files.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use spurious::Monitor;
use spurious::ensemble::{CellEstimate, Distribution};
use spurious::export::{JsonWriter, Value};
use spurious_data::{Columns, Layout, PendingFile, Precision, Values, Writer};

use crate::error::{Error, Kind};
use crate::header::Header;
use crate::log::LogReader;
use crate::plan::{Plan, Shard};
use crate::settings::SweepSettings;
use crate::shard_log::{CellReader, ShardLog, open_log};
use crate::store::{lock, log_path, remove_leftovers, shards_in};
use crate::sums::CellSums;

/// The files of a finished sweep.
pub(crate) const NAMES: [&str; 4] = ["results.csv", "results.parquet", "results.json", STEPS];
/// The file with the distributions of steps.
pub(crate) const STEPS: &str = "steps.csv";

/// Checks before the work whether results can be written into a folder.
pub(crate) fn check_names(folder: &Path) -> Result<(), Error> {
    match NAMES.iter().map(|name| folder.join(name)).find(|path| path.is_dir()) {
        Some(path) => Err(Kind::FolderNamedAsResults { path }.into()),
        None => Ok(()),
    }
}

/// The results of a finished sweep, row by row, in the order of cells, each with the distribution of its steps, which is
/// empty if steps were not kept. They are read from the logs of all shards; memory does not grow with the number of cells.
///
/// # Examples
/// ```no_run
/// for row in spurious_sweep::Results::open(&["folder".into()], &())? {
///     let (row, steps) = row?;
///     println!("{} {} {:?}", row.criticality, row.estimate.probability, steps.mean());
/// }
/// # Ok::<(), spurious_sweep::Error>(())
/// ```
#[derive(Debug)]
pub struct Results {
    pub(crate) cells: CellReader,
}

impl Results {
    /// Finds and checks the shards of a sweep in some folders.
    ///
    /// # Errors
    /// If a shard is missing, given twice, incomplete or damaged, if the shards do not belong to one sweep, or if the monitor cancels.
    pub fn open(folders: &[PathBuf], monitor: &dyn Monitor) -> Result<Self, Error> {
        let mut found: Vec<(Shard, PathBuf)> = Vec::new();
        for folder in folders {
            let shards = shards_in(folder)?;
            if shards.is_empty() {
                return Err(Kind::NoShards { path: folder.clone() }.into());
            }
            found.extend(shards.into_iter().map(|shard| (shard, log_path(folder, shard))));
        }
        found.sort_by_key(|(shard, _)| shard.number);
        let Some(&(Shard { of, .. }, _)) = found.first() else {
            return Err(Kind::NoShards { path: PathBuf::new() }.into());
        };
        let mut logs: Vec<(Header, Arc<File>, LogReader)> = Vec::new();
        for (shard, path) in &found {
            if shard.of != of {
                let path = path.parent().unwrap_or(Path::new(".")).to_owned();
                return Err(Kind::OtherDivision { path, stored: shard.of, given: of }.into());
            }
            let log =
                open_log(path)?.ok_or_else(|| Kind::Incomplete { shard: *shard, path: path.clone() })?;
            let header = &log.0;
            match logs.first() {
                // Only logs of this program and this kind of machine, so that the numbers computed from the sums are the same as well.
                None => Header::new(&header.settings, *shard).check_stored(header, path)?,
                // The extended number of runs is known only after the header.
                Some((first, ..)) => {
                    if let Some([name, found, first]) =
                        first.difference(header, header.settings.until.is_some())
                    {
                        return Err(Kind::NotOneSweep { path: path.clone(), name, found, first }.into());
                    }
                }
            }
            logs.push(log);
        }
        if let Some([(shard, first), (_, second)]) = found.array_windows().find(|[(a, _), (b, _)]| a == b) {
            let (first, second) = (first.clone(), second.clone());
            return Err(Kind::ShardTwice { shard: *shard, first, second }.into());
        }
        let missing: Vec<u64> =
            (1..=of).filter(|number| !found.iter().any(|(shard, _)| shard.number == *number)).collect();
        if !missing.is_empty() {
            return Err(Kind::ShardMissing { missing, of }.into());
        }
        Self::read(found, logs, monitor)
    }

    /// Reads all logs to their ends.
    fn read(
        found: Vec<(Shard, PathBuf)>,
        logs: Vec<(Header, Arc<File>, LogReader)>,
        monitor: &dyn Monitor,
    ) -> Result<Self, Error> {
        let settings = logs.first().map(|(header, ..)| header.settings.clone());
        let Some(settings) = settings else { return Err(Kind::NoShards { path: PathBuf::new() }.into()) };
        let plan = Arc::new(Plan::new(settings)?);
        monitor.begin("checking shards", None);
        let mut read = Vec::new();
        for ((shard, path), (header, file, lines)) in found.into_iter().zip(logs) {
            if header.shard != shard {
                return Err(Kind::NotALog { path }.into()); // the log of another shard, renamed
            }
            let log = ShardLog::read(&plan, &header, &file, lines, monitor, |_| Ok(()))?;
            if !log.is_complete() {
                return Err(Kind::Incomplete { shard, path }.into());
            }
            read.push(log);
        }
        let most = read.iter().map(ShardLog::last_run).max().unwrap_or_default();
        if let Some(log) = read.iter().find(|log| log.last_run() < most) {
            let (path, found) = (log.path.clone(), log.last_run());
            return Err(Kind::FewerRuns { shard: log.shard, path, found, most }.into());
        }
        Ok(Self { cells: CellReader::new(&Arc::new(plan.with_runs(most)), &read) })
    }

    /// The settings of the sweep.
    pub fn settings(&self) -> &SweepSettings {
        self.plan().settings()
    }

    /// The plan of the sweep.
    pub fn plan(&self) -> &Plan {
        &self.cells.plan
    }

    fn next_row(&mut self) -> Result<Option<(CellEstimate, Distribution)>, Error> {
        let Some(sums) = self.cells.next_cell()? else { return Ok(None) };
        let steps = sums.steps(&self.settings().observe()).cloned().unwrap_or_default();
        Ok(Some((sums.estimate(self.plan())?, steps)))
    }
}

impl Iterator for Results {
    type Item = Result<(CellEstimate, Distribution), Error>;

    /// The next row. After an error the following rows are not valid.
    fn next(&mut self) -> Option<Self::Item> {
        self.next_row().transpose()
    }
}

/// All files of results, under hidden names until they are finished.
pub(crate) struct ResultFiles {
    tables: [Writer; 2],
    json_path: PathBuf,
    json: JsonWriter<PendingFile>,
    steps: Option<Writer>,
    /// The folder, locked where possible, so that no other process writes results into it.
    _folder: Option<File>,
}

impl ResultFiles {
    pub(crate) fn create(folder: &Path, settings: &SweepSettings) -> Result<Self, Error> {
        // On Windows a folder cannot be opened like a file, and hidden files stay.
        let opened = File::open(folder).ok();
        if let Some(file) = &opened
            && lock(file, folder)?
        {
            ["results.", "steps.csv.", "probe."].iter().for_each(|name| remove_leftovers(folder, name));
        }
        let table = CellEstimate::table(&settings.observe(), settings.exact, settings.has_leak(), 0);
        let names: Vec<&str> = table.columns().iter().map(|column| column.key.as_str()).collect();
        let json_path = folder.join("results.json");
        let json = PendingFile::create(&json_path).and_then(|file| JsonWriter::new(file, "sweep", settings));
        let steps =
            settings.steps.then(|| table_writer(&folder.join("steps.csv"), &["cell", "steps", "runs"]));
        Ok(Self {
            tables: [
                table_writer(&folder.join("results.csv"), &names)?,
                table_writer(&folder.join("results.parquet"), &names)?,
            ],
            json: json.map_err(Error::writing(&json_path))?,
            json_path,
            steps: steps.transpose()?,
            _folder: opened,
        })
    }

    /// Writes the next cell.
    pub(crate) fn push(&mut self, row: &CellEstimate, sums: &CellSums, plan: &Plan) -> Result<(), Error> {
        let values: Vec<f64> = row.fields(plan.settings().exact).iter().map(Value::as_f64).collect();
        for table in &mut self.tables {
            table.write(Values::F64(&values), None)?;
        }
        self.json.push(row).map_err(Error::writing(&self.json_path))?;
        if let (Some(file), Some(steps)) = (&mut self.steps, sums.steps(&plan.settings().observe())) {
            for (value, runs) in steps.classes() {
                file.write(Values::F64(&[sums.cell as f64, value as f64, runs as f64]), None)?;
            }
        }
        Ok(())
    }

    /// Gives the files their names.
    pub(crate) fn finish(self) -> Result<(), Error> {
        if self.steps.is_none() {
            // Files of a replaced sweep that this one does not have.
            let _ = fs::remove_file(self.json_path.with_file_name("steps.csv"));
        }
        for table in self.tables.into_iter().chain(self.steps) {
            table.finish()?;
        }
        self.json.finish().and_then(|file| file.finish(true)).map_err(Error::writing(&self.json_path))
    }
}

/// A table that is written row by row. (The writer collects the rows.)
pub(crate) fn table_writer(path: &Path, names: &[&str]) -> Result<Writer, Error> {
    let features = names.iter().map(|&name| name.to_owned()).collect();
    let columns = Columns { features, ..Columns::default() };
    Ok(Writer::create(path, &Layout { columns, precision: Precision::F64, rows: None }, true)?)
}
