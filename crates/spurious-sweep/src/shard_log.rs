//! Reading the log of one shard: how far it goes, and its cells, one after the other, in bounded memory.

use std::collections::VecDeque;
use std::fs::File;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use spurious::Monitor;

use crate::error::{Error, Kind};
use crate::header::{Extension, Header};
use crate::log::{LogReader, Position};
use crate::plan::{Plan, Shard};
use crate::schedule::{Batch, Next, Schedule};
use crate::settings::LARGEST_RUNS;
use crate::sums::{CellSums, from_text};

/// A log whose lines have all been read once.
#[derive(Debug)]
pub(crate) struct ShardLog {
    pub(crate) path: PathBuf,
    pub(crate) shard: Shard,
    plan: Arc<Plan>,
    file: Arc<File>,
    sections: Vec<Section>,
    /// The state after the last line.
    pub(crate) schedule: Schedule,
    /// Runs that are in the log.
    pub(crate) runs: u128,
    /// The position of the next line.
    pub(crate) end: Position,
    /// Number of bytes of an incomplete line at the end.
    pub(crate) torn_bytes: u64,
}

/// A section of a log: the lines after its header, or after a line that extends the sweep. It has some trials of every cell.
#[derive(Debug)]
struct Section {
    trials: Range<u64>,
    first_line: Position,
    first_batch: u64,
}

impl ShardLog {
    /// Reads and checks a log from the first line after the header on. `batch` is called with every batch.
    pub(crate) fn read(
        plan: &Arc<Plan>,
        header: &Header,
        file: &Arc<File>,
        mut lines: LogReader,
        monitor: &dyn Monitor,
        mut batch: impl FnMut(&Batch) -> Result<(), Error>,
    ) -> Result<Self, Error> {
        let (shard, observe) = (header.shard, plan.settings().observe());
        let schedule =
            |trials: &Range<u64>, first_batch| Schedule::new(plan, shard, trials.clone(), first_batch);
        let mut section =
            Section { trials: 0..header.settings.runs, first_line: lines.position(), first_batch: 0 };
        let mut state = schedule(&section.trials, 0);
        let (mut sections, mut runs) = (Vec::new(), 0);
        loop {
            monitor.check()?;
            let position = lines.position();
            let Some(text) = lines.next()? else { break };
            let next = state.next();
            if text.starts_with('{') {
                let extension: Option<Extension> = serde_json::from_str(text).ok();
                let possible = section.trials.end + 1..=LARGEST_RUNS;
                let extension = extension.filter(|extension| {
                    next == Next::Done && possible.contains(&extension.runs) && !plan.is_adaptive()
                });
                let Extension { runs } = extension.ok_or_else(|| lines.damaged_at(position))?;
                let trials = section.trials.end..runs;
                sections.push(section);
                section = Section { trials, first_line: lines.position(), first_batch: state.number() };
                state = schedule(&section.trials, section.first_batch);
                continue;
            }
            let Next::Batch(next) = next else { return Err(lines.damaged_at(position)) };
            let found = from_text(text, &next, &observe).ok_or_else(|| lines.damaged_at(position))?;
            batch(&next)?;
            state.add(&next, found);
            runs += u128::from(next.runs());
            monitor.advance(next.runs());
        }
        sections.push(section);
        let (path, end) = (lines.path().to_owned(), lines.position());
        let length = file.metadata().map_err(Error::reading(&path))?.len();
        let torn_bytes = length.saturating_sub(end.at);
        let (plan, file) = (Arc::clone(plan), Arc::clone(file));
        Ok(Self { path, shard, plan, file, sections, schedule: state, runs, end, torn_bytes })
    }

    /// Adds a section for a line that extends the sweep.
    pub(crate) fn extended(&mut self, runs: u64, end: Position) {
        let trials = self.last_run()..runs;
        let first_batch = self.schedule.number();
        self.schedule = Schedule::new(&self.plan, self.shard, trials.clone(), first_batch);
        self.sections.push(Section { trials, first_line: end, first_batch });
        self.end = end;
    }

    /// Number of runs of each cell, including those that are missing.
    pub(crate) fn last_run(&self) -> u64 {
        self.schedule.last_run()
    }

    /// Whether all runs are in the log.
    pub(crate) fn is_complete(&self) -> bool {
        self.schedule.clone().next() == Next::Done
    }

    /// The cells of all sections but the last.
    pub(crate) fn earlier(&self) -> impl Iterator<Item = SectionReader> + '_ {
        let last = self.sections.len() - 1;
        self.sections[..last].iter().map(|section| self.reader(section))
    }

    /// The cells of the last section, and its number of batches.
    pub(crate) fn last(&self) -> Option<(SectionReader, u64)> {
        let section = self.sections.last()?;
        Some((self.reader(section), self.end.number - section.first_line.number))
    }

    /// The cells of all sections.
    pub(crate) fn sections(&self) -> impl Iterator<Item = SectionReader> + '_ {
        self.sections.iter().map(|section| self.reader(section))
    }

    fn reader(&self, section: &Section) -> SectionReader {
        let Section { trials, first_line, first_batch } = section;
        SectionReader {
            lines: LogReader::new(&self.path, &self.file, *first_line),
            schedule: Schedule::new(&self.plan, self.shard, trials.clone(), *first_batch),
            plan: Arc::clone(&self.plan),
            shard: self.shard,
            complete: VecDeque::new(),
        }
    }
}

/// The cells of one section of a log, in order.
#[derive(Debug)]
pub(crate) struct SectionReader {
    lines: LogReader,
    schedule: Schedule,
    plan: Arc<Plan>,
    shard: Shard,
    /// Cells that are complete in this section.
    pub(crate) complete: VecDeque<CellSums>,
}

impl SectionReader {
    /// Reads the next line; `false` after the last one.
    pub(crate) fn advance(&mut self) -> Result<bool, Error> {
        let Next::Batch(batch) = self.schedule.next() else { return Ok(false) };
        let position = self.lines.position();
        let incomplete = Kind::Incomplete { shard: self.shard, path: self.lines.path().to_owned() };
        let text = self.lines.next()?.ok_or(incomplete)?;
        let found = from_text(text, &batch, &self.plan.settings().observe());
        let found = found.ok_or_else(|| self.lines.damaged_at(position))?;
        self.complete.extend(self.schedule.add(&batch, found));
        Ok(true)
    }

    /// Adds the sums of a cell from this section. Cells have to be requested in order.
    pub(crate) fn add_to(&mut self, sums: &mut CellSums) -> Result<(), Error> {
        while self.complete.is_empty() && self.advance()? {}
        if let Some(part) = self.complete.pop_front_if(|part| part.cell == sums.cell) {
            sums.add(part);
        }
        Ok(())
    }
}

/// All cells of a finished sweep, from the logs of all its shards.
#[derive(Debug)]
pub(crate) struct CellReader {
    pub(crate) plan: Arc<Plan>,
    sections: Vec<SectionReader>,
    cell: u64,
}

impl CellReader {
    pub(crate) fn new<'a>(plan: &Arc<Plan>, logs: impl IntoIterator<Item = &'a ShardLog>) -> Self {
        let sections = logs.into_iter().flat_map(ShardLog::sections).collect();
        Self { plan: Arc::clone(plan), sections, cell: 0 }
    }

    /// The next cell, with all its trials.
    pub(crate) fn next_cell(&mut self) -> Result<Option<CellSums>, Error> {
        let Some(cell) = self.plan.next_cell(self.cell) else { return Ok(None) };
        self.cell = cell + 1;
        let mut sums = CellSums::empty(cell);
        for section in &mut self.sections {
            section.add_to(&mut sums)?;
        }
        Ok(Some(sums))
    }
}

/// Opens the log of a shard to read it.
pub(crate) fn open_log(path: &Path) -> Result<Option<(Header, Arc<File>, LogReader)>, Error> {
    let file = Arc::new(File::open(path).map_err(Error::reading(path))?);
    let mut lines = LogReader::new(path, &file, Position::default());
    Ok(lines.header()?.map(|header| (header, file, lines)))
}
