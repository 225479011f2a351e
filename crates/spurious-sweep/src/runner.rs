//! A sweep at work: batches are done in parallel, and what they found is written and added up in their order.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::Duration;

use crate::cells::Cells;
use crate::codec;
use crate::compute::Work;
use crate::error::Error;
use crate::header::Header;
use crate::log::LogReader;
use crate::plan::{Plan, Shard};
use crate::records::{self, Segment};
use crate::results::Files;
use crate::row::Row;
use crate::schedule::{Batch, Next, Schedule};
use crate::settings::Settings;
use crate::store::{Opened, Store};
use crate::stream::{Merged, ShardStream};
use crate::tally::Tally;

/// Batches that are worked on at a time: while one is written and another comes to its end, the next keeps all cores busy.
const AT_ONCE: usize = 3;

/// The longest time between two looks at how the work goes.
const TICK: Duration = Duration::from_millis(100);

/// How far a sweep, or one of its shards, has got.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Progress {
    /// Runs that are done and kept, earlier ones of a resumed sweep included.
    pub runs: u128,
    /// Runs that were kept before this process began.
    pub runs_before: u128,
    /// Runs that were done by this process, those of batches in flight included.
    pub runs_here: u64,
    /// Runs in all; with a width to stop at, the most that there can be.
    pub all_runs: u128,
    /// Cells whose row was handed over.
    pub cells: u64,
    /// Cells in all.
    pub all_cells: u64,
}

/// Whoever wants to know how a sweep goes. `()` does not.
pub trait Watch {
    /// The next row, in the order of the grid, earlier ones of a resumed sweep included. (A shard has no rows: its cells are
    /// not complete.) Breaking off stops the sweep as `cancel` does.
    fn row(&mut self, row: &Row) -> ControlFlow<()> {
        let _ = row;
        ControlFlow::Continue(())
    }

    /// How far it is, several times a second.
    fn progress(&mut self, progress: &Progress) {
        let _ = progress;
    }
}

impl Watch for () {}

/// How a sweep ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// All is done.
    Finished(Progress),
    /// It was cancelled. What was done up to there is kept, if there is a store.
    Stopped(Progress),
}

/// A sweep, or a shard of one, that can be run.
#[derive(Debug)]
pub struct Sweep {
    plan: Arc<Plan>,
    shard: Shard,
    store: Option<Store>,
}

impl Sweep {
    /// A sweep that keeps nothing but the rows that it hands over.
    ///
    /// # Errors
    /// If the settings cannot be carried out.
    pub fn new(settings: Settings) -> Result<Self, Error> {
        if settings.records {
            return Err(Error::RecordsNeedAStore);
        }
        Ok(Self { plan: Arc::new(Plan::new(settings)?), shard: Shard::WHOLE, store: None })
    }

    /// A sweep, or a shard, with a folder as its store. If the folder holds an earlier run with the same settings, it goes on
    /// from there; `force` starts over.
    ///
    /// # Errors
    /// If the settings cannot be carried out, the store is of another sweep, damaged or in use, or cannot be written.
    pub fn open(settings: Settings, shard: Shard, folder: &Path, force: bool) -> Result<Self, Error> {
        let plan = Arc::new(Plan::new(settings)?);
        let store = Store::open(folder, &Header::new(plan.settings(), Some(shard)), shard, force)?;
        Ok(Self { plan, shard, store: Some(store) })
    }

    /// What will be done.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// What was found in the store.
    pub fn opened(&self) -> Opened {
        self.store.as_ref().map(|store| store.opened).unwrap_or_default()
    }

    /// Does all that is left to do, on the threads of the current pool of `rayon`, and writes the results if the sweep is
    /// whole and has a store.
    ///
    /// # Errors
    /// If the file system refuses. What was written before is kept.
    pub fn run(self, watch: &mut dyn Watch, cancel: &AtomicBool) -> Result<End, Error> {
        let Self { plan, shard, mut store } = self;
        let mut tracker = Tracker::new(&plan, shard, watch);
        let mut state = (Schedule::new(Arc::clone(&plan), shard), Cells::new(Arc::clone(&plan), shard));
        if let Some(store) = &store {
            let log = LogReader::open(&store.log_path)?;
            let Some(log) = log else {
                return Err(Error::NotALog { path: store.log_path.clone() });
            };
            let mut stream = ShardStream::new(&plan, shard, log);
            let mut stopped = false;
            while let Some(batch) = stream.advance()? {
                if plan.settings().records {
                    records::check(records::path(&store.folder, shard, batch.number))?;
                }
                tracker.kept(&batch);
                // All that is kept is counted, even if nobody wants to see it any more.
                if stopped {
                    while stream.cells.release().is_some() {}
                } else {
                    stopped = cancel.load(Ordering::Relaxed) || tracker.emit(&mut stream.cells).is_break();
                }
            }
            if stopped {
                return Ok(tracker.end(false));
            }
            state = (stream.schedule, stream.cells);
            if plan.settings().records {
                records::prepare(&store.folder, shard)?;
            }
        }
        tracker.progress.runs_before = tracker.progress.runs;
        let finished = work(&plan, shard, state, &mut store, &mut tracker, cancel)?;
        let Some(mut store) = store else {
            return Ok(tracker.end(finished));
        };
        store.writer.sync()?;
        let end = tracker.end(finished);
        if finished && shard.is_whole() {
            let Store { folder, log_path, writer, .. } = store;
            drop(writer);
            write_results(&folder, &plan, &log_path)?;
        }
        Ok(end)
    }
}

/// Reads the log once more, cell by cell, and makes all files of results from it.
fn write_results(folder: &Path, plan: &Arc<Plan>, log_path: &Path) -> Result<(), Error> {
    let log = LogReader::open(log_path)?.ok_or_else(|| Error::NotALog { path: log_path.to_owned() })?;
    let mut merged = Merged::new(plan, vec![log]);
    let mut files = Files::create(folder, plan.settings())?;
    while let Some(tally) = merged.next_cell()? {
        files.push(plan, tally)?;
    }
    files.finish()
}

/// Adds up what batches found, and tells whoever watches.
struct Tracker<'a> {
    plan: Arc<Plan>,
    shard: Shard,
    progress: Progress,
    watch: &'a mut dyn Watch,
}

impl<'a> Tracker<'a> {
    fn new(plan: &Arc<Plan>, shard: Shard, watch: &'a mut dyn Watch) -> Self {
        let progress =
            Progress { all_runs: plan.trials(shard), all_cells: plan.cells(), ..Progress::default() };
        Self { plan: Arc::clone(plan), shard, progress, watch }
    }

    /// Counts a batch that is kept.
    fn kept(&mut self, batch: &Batch) {
        self.progress.runs +=
            batch.tasks.iter().map(|task| u128::from(task.trials.end - task.trials.start)).sum::<u128>();
    }

    /// Hands over the rows of cells that are complete.
    fn emit(&mut self, cells: &mut Cells) -> ControlFlow<()> {
        while let Some(tally) = cells.release() {
            self.progress.cells += 1;
            if let Some(row) = Row::of(&self.plan, &tally).filter(|_| self.shard.is_whole()) {
                self.watch.row(&row)?;
            }
        }
        ControlFlow::Continue(())
    }

    fn end(&self, finished: bool) -> End {
        if finished { End::Finished(self.progress) } else { End::Stopped(self.progress) }
    }
}

/// What came of a batch: nothing if it was stopped.
type Found = Result<Option<Vec<Tally>>, Error>;

/// Does the batches that are left. Returns whether all were done.
fn work(
    plan: &Plan,
    shard: Shard,
    (mut schedule, mut cells): (Schedule, Cells),
    store: &mut Option<Store>,
    tracker: &mut Tracker<'_>,
    cancel: &AtomicBool,
) -> Result<bool, Error> {
    let (stop, done) = (AtomicBool::new(false), AtomicU64::new(0));
    let work = Work { plan, stop: &stop, done: &done };
    let records = store.as_ref().filter(|_| plan.settings().records).map(|store| store.folder.clone());
    // Trials that are written down take memory: one batch at a time, whose pieces keep all cores busy.
    let at_once = if records.is_some() { 1 } else { AT_ONCE };
    let records = records.as_deref();

    rayon::in_place_scope(|scope| {
        let (sender, receiver) = channel();
        let mut waiting: BTreeMap<u64, (Batch, Option<Found>)> = BTreeMap::new();
        let mut exhausted = false;
        let outcome = loop {
            while !exhausted && waiting.len() < at_once && !stop.load(Ordering::Relaxed) {
                match schedule.next() {
                    Next::Done => exhausted = true,
                    Next::Wait => break,
                    Next::Batch(batch) => {
                        waiting.insert(batch.number, (batch.clone(), None));
                        let sender = sender.clone();
                        scope.spawn(move |_| {
                            run_batch(&work, &batch, records.map(|folder| (folder, shard)), &sender)
                        });
                    }
                }
            }
            // The first batch that is not written yet; later ones wait for it.
            let Some(mut first) = waiting.first_entry() else {
                break Ok(exhausted);
            };
            let Some(found) = first.get_mut().1.take() else {
                let (number, found) = next_found(&receiver, || {
                    if cancel.load(Ordering::Relaxed) {
                        stop.store(true, Ordering::Relaxed);
                    }
                    tracker.progress.runs_here = done.load(Ordering::Relaxed);
                    tracker.watch.progress(&tracker.progress);
                });
                if let Some(entry) = waiting.get_mut(&number) {
                    entry.1 = Some(found);
                }
                continue;
            };
            let (batch, _) = first.remove();
            let found = match found {
                Ok(Some(found)) => found,
                Ok(None) => break Ok(false),
                Err(error) => break Err(error),
            };
            let written = match store {
                Some(store) => store.writer.append(&codec::encode(batch.number, &found)),
                None => Ok(()),
            };
            if let Err(error) = written {
                break Err(error);
            }
            tracker.kept(&batch);
            schedule.record(&found);
            cells.add(found);
            if tracker.emit(&mut cells).is_break() {
                break Ok(false);
            }
        };
        // Whatever is still being worked on is not needed any more.
        stop.store(true, Ordering::Relaxed);
        outcome
    })
}

/// Does a batch and reports it, whatever happens.
fn run_batch(work: &Work<'_>, batch: &Batch, records: Option<(&Path, Shard)>, sender: &Sender<(u64, Found)>) {
    let found = catch_unwind(AssertUnwindSafe(|| match records {
        None => Ok(work.batch(batch)),
        Some((folder, shard)) => {
            let mut segment = Segment::create(&records::path(folder, shard, batch.number))?;
            let found = work.recorded_batch(batch, &mut segment)?;
            if found.is_some() {
                segment.finish()?;
            }
            Ok(found)
        }
    }));
    // Nobody listens any more after an error.
    match found {
        Ok(found) => drop(sender.send((batch.number, found))),
        Err(panic) => {
            drop(sender.send((batch.number, Ok(None))));
            resume_unwind(panic);
        }
    }
}

/// Waits for the next batch that is done, and looks up now and then.
fn next_found(receiver: &Receiver<(u64, Found)>, mut tick: impl FnMut()) -> (u64, Found) {
    loop {
        tick();
        // A thread of the pool has to work itself: it may be the only one.
        let wait = match rayon::yield_now() {
            Some(rayon::Yield::Executed) => Duration::ZERO,
            Some(rayon::Yield::Idle) => Duration::from_millis(1),
            None => TICK,
        };
        match receiver.recv_timeout(wait) {
            Ok(found) => return found,
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => unreachable!("the caller holds a sender"),
        }
    }
}
