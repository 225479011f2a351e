//! Results: the sums of all cells, and the files that are made from them.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use spurious::ensemble::Distribution;
use spurious_data::{Columns, Layout, Precision, Values, Writer};

use crate::codec;
use crate::error::Error;
use crate::header::Header;
use crate::hidden::{self, HiddenFile};
use crate::json::JsonWriter;
use crate::log::{LogReader, frame, preamble};
use crate::plan::Plan;
use crate::row::{Row, columns};
use crate::settings::Settings;
use crate::tally::{Tally, kinds};

/// Files of a finished sweep. The first one holds the sums from which the others are made.
pub(crate) const NAMES: [&str; 5] =
    ["results.sums", "results.csv", "results.parquet", "results.json", "steps.csv"];

/// Finds out before the work whether something in a folder is in the way of results.
pub(crate) fn check_names(folder: &Path) -> Result<(), Error> {
    match NAMES.iter().map(|name| folder.join(name)).find(|path| path.is_dir()) {
        Some(path) => Err(Error::InTheWay { path }),
        None => Ok(()),
    }
}

/// Cells of a record of sums, and of a block of rows.
const CELLS: usize = 256;

/// All files of results, under hidden names until they are finished.
pub(crate) struct Files {
    sums: Sums,
    csv: Rows,
    parquet: Rows,
    json_path: PathBuf,
    json: JsonWriter<HiddenFile>,
    steps: Option<Rows>,
}

impl Files {
    pub(crate) fn create(folder: &Path, settings: &Settings) -> Result<Self, Error> {
        hidden::clear(folder, &["results.", "steps.csv.", "probe."]);
        let names = columns(settings);
        let json_path = folder.join("results.json");
        let json = JsonWriter::new(HiddenFile::create(&json_path)?, "sweep", settings);
        let steps = settings
            .steps
            .then(|| Rows::create(&folder.join("steps.csv"), &["cell", "steps", "runs"].map(str::to_owned)));
        Ok(Self {
            sums: Sums::create(&folder.join(NAMES[0]), settings)?,
            csv: Rows::create(&folder.join("results.csv"), &names)?,
            parquet: Rows::create(&folder.join("results.parquet"), &names)?,
            json: json.map_err(Error::writing(&json_path))?,
            json_path,
            steps: steps.transpose()?,
        })
    }

    /// Writes the next cell.
    pub(crate) fn push(&mut self, plan: &Plan, tally: Tally) -> Result<(), Error> {
        let Some(row) = Row::of(plan, &tally) else { return Ok(()) };
        let values = row.values(plan.settings());
        self.csv.push(&values)?;
        self.parquet.push(&values)?;
        self.json.row(&row).map_err(Error::writing(&self.json_path))?;
        if let (Some(steps), Some(distribution)) = (&mut self.steps, tally.distributions.first()) {
            for (value, runs) in distribution.classes() {
                steps.push(&[tally.place as f64, value as f64, runs as f64])?;
            }
        }
        self.sums.push(tally)
    }

    /// Gives the files their names.
    pub(crate) fn finish(self) -> Result<(), Error> {
        self.csv.finish()?;
        self.parquet.finish()?;
        self.steps.map_or(Ok(()), Rows::finish)?;
        self.json.finish().map_err(Error::writing(&self.json_path))?.finish()?;
        self.sums.finish()
    }
}

/// A table that is written in blocks of rows.
struct Rows {
    writer: Writer,
    columns: usize,
    values: Vec<f64>,
}

impl Rows {
    fn create(path: &Path, names: &[String]) -> Result<Self, Error> {
        let columns = Columns { features: names.to_vec(), target: None };
        let layout = Layout { columns, precision: Precision::F64, rows: None };
        Ok(Self { writer: Writer::create(path, &layout, true)?, columns: names.len(), values: Vec::new() })
    }

    fn push(&mut self, row: &[f64]) -> Result<(), Error> {
        self.values.extend(row);
        if self.values.len() >= CELLS * self.columns {
            self.writer.write(Values::F64(&self.values), None)?;
            self.values.clear();
        }
        Ok(())
    }

    fn finish(mut self) -> Result<(), Error> {
        self.writer.write(Values::F64(&self.values), None)?;
        Ok(self.writer.finish()?)
    }
}

/// The file of sums: like a log, with the cells in order, each once.
struct Sums {
    file: HiddenFile,
    number: u64,
    cells: Vec<Tally>,
}

impl Sums {
    fn create(path: &Path, settings: &Settings) -> Result<Self, Error> {
        let mut file = HiddenFile::create(path)?;
        let written = file.write_all(&preamble(&Header::new(settings, None)));
        written.map_err(|source| file.error(source))?;
        Ok(Self { file, number: 0, cells: Vec::new() })
    }

    fn push(&mut self, cell: Tally) -> Result<(), Error> {
        self.cells.push(cell);
        if self.cells.len() == CELLS { self.write() } else { Ok(()) }
    }

    fn write(&mut self) -> Result<(), Error> {
        if self.cells.is_empty() {
            return Ok(());
        }
        let payload = codec::encode(self.number, &self.cells);
        let written = self.file.write_all(&frame(self.number, &payload));
        written.map_err(|source| self.file.error(source))?;
        self.number += 1;
        self.cells.clear();
        Ok(())
    }

    fn finish(mut self) -> Result<(), Error> {
        self.write()?;
        self.file.finish()
    }
}

/// The results of a finished sweep, row by row, in the order of cells. Memory does not grow with their number.
///
/// # Examples
/// ```no_run
/// for row in spurious_sweep::Results::open("folder".as_ref())? {
///     let row = row?;
///     println!("{} {}", row.criticality, row.probability);
/// }
/// # Ok::<(), spurious_sweep::Error>(())
/// ```
#[derive(Debug)]
pub struct Results {
    path: PathBuf,
    plan: Arc<Plan>,
    log: LogReader,
    distributions: usize,
    /// The next cells, last one first.
    cells: Vec<Tally>,
    /// Place of the next cell that was not read, or the number of places.
    place: u64,
    failed: bool,
}

impl Results {
    /// Opens the results in a folder.
    ///
    /// # Errors
    /// If there are none, or they are damaged.
    pub fn open(folder: &Path) -> Result<Self, Error> {
        let path = folder.join(NAMES[0]);
        let Some(log) = LogReader::open(&path)? else {
            let offset = fs::metadata(&path).map_err(Error::reading(&path))?.len();
            return Err(Error::Cut { path, offset });
        };
        let plan = Arc::new(Plan::new(log.header().settings.clone())?);
        let distributions = kinds(plan.settings()).len();
        let place = plan.next_place(0);
        Ok(Self { path, plan, log, distributions, cells: Vec::new(), place, failed: false })
    }

    /// What the sweep was.
    pub fn settings(&self) -> &Settings {
        self.plan.settings()
    }

    /// The sweep's plan.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// The next row with the distribution of its steps, which is empty if they were not kept; `None` after the last one.
    pub fn next_with_steps(&mut self) -> Option<Result<(Row, Distribution), Error>> {
        while !self.failed {
            match self.next_tally() {
                Ok(tally) => {
                    let tally = tally?;
                    let Some(row) = Row::of(&self.plan, &tally) else { continue };
                    let steps = tally.distributions.into_iter().next();
                    return Some(Ok((row, steps.filter(|_| self.settings().steps).unwrap_or_default())));
                }
                Err(error) => {
                    self.failed = true;
                    return Some(Err(error));
                }
            }
        }
        None
    }

    fn next_tally(&mut self) -> Result<Option<Tally>, Error> {
        while self.cells.is_empty() {
            let offset = self.log.position();
            match self.log.next()? {
                None if self.place == self.plan.places() => return Ok(None),
                None => return Err(Error::Cut { path: self.path.clone(), offset: self.log.position() }),
                Some(payload) => {
                    let decoded = codec::decode(payload, self.distributions);
                    let (_, cells) = decoded.ok_or_else(|| self.log.damaged(offset))?;
                    for cell in &cells {
                        let settings = self.plan.settings();
                        let fewest = if settings.until.is_some() { 1 } else { settings.runs };
                        let is_next = cell.place == self.place && self.place < self.plan.places();
                        if !is_next || !(fewest..=settings.runs).contains(&cell.counts.runs) {
                            return Err(self.log.damaged(offset));
                        }
                        self.place = self.plan.next_place(self.place + 1);
                    }
                    self.cells = cells;
                }
            }
            self.cells.reverse();
        }
        Ok(self.cells.pop())
    }
}

impl Iterator for Results {
    type Item = Result<Row, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        Some(self.next_with_steps()?.map(|(row, _)| row))
    }
}
