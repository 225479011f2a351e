//! Running a sweep: batches are computed in parallel, and their results are written and added in order.

use std::collections::VecDeque;
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::Duration;

use rayon::Scope;
use spurious::Monitor;
use spurious::ensemble::CellEstimate;

use crate::compute::Work;
use crate::error::{Error, Kind};
use crate::plan::{Plan, Shard};
use crate::results::ResultFiles;
use crate::schedule::{Batch, Next, Schedule};
use crate::settings::SweepSettings;
use crate::shard_log::{CellReader, SectionReader};
use crate::store::{Kept, Store};
use crate::sums::{CellSums, to_text};

/// Batches in flight: while one is written and another is almost finished, the next keeps all cores busy.
const AT_ONCE: usize = 3;

/// The progress of a sweep or of one of its shards.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Progress {
    /// Number of runs that are kept, including those of a resumed sweep.
    pub runs: u128,
    /// Total number of runs; with a limit for the width of intervals, the largest possible number.
    pub all_runs: u128,
    /// Number of complete cells, whose rows have been reported. A shard has none.
    pub cells: u64,
    /// Total number of cells.
    pub all_cells: u64,
}

impl Progress {
    pub(crate) fn new(plan: &Plan, shard: Shard) -> Self {
        Self { all_runs: plan.trials(shard), all_cells: plan.cells(), ..Self::default() }
    }
}

/// How a sweep ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// It is complete.
    Finished(Progress),
    /// It was cancelled. If there is a store, the work up to this point is kept.
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
    /// A sweep without a store, which only reports its rows.
    ///
    /// # Errors
    /// If the settings are not valid.
    pub fn new(settings: SweepSettings) -> Result<Self, Error> {
        if settings.records {
            return Err(Kind::RecordsNeedAStore.into());
        }
        Ok(Self { plan: Arc::new(Plan::new(settings)?), shard: Shard::WHOLE, store: None })
    }

    /// A sweep, or a shard, with a folder as its store. If the folder holds an earlier sweep with the same settings, it is resumed;
    /// `force` starts over. With a larger number of runs the earlier sweep is extended: its runs are kept, and only the missing ones are
    /// computed. (A sweep with [`until`](SweepSettings::until) cannot be extended, see the documentation of the crate.)
    ///
    /// # Errors
    /// If the settings are not valid; if the store belongs to another sweep, is damaged or in use, or cannot be written; or if the monitor
    /// cancels while the store is read.
    pub fn open(
        settings: SweepSettings,
        shard: Shard,
        folder: &Path,
        force: bool,
        monitor: &dyn Monitor,
    ) -> Result<Self, Error> {
        let plan = Arc::new(Plan::new(settings)?);
        monitor.begin("reading kept runs", None);
        let store = Store::open(folder, &plan, shard, force, monitor)?;
        Ok(Self { plan, shard, store: Some(store) })
    }

    /// The plan of the sweep.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// The state of the store when it was opened.
    pub fn kept(&self) -> Kept {
        self.store.as_ref().map(|store| store.kept).unwrap_or_default()
    }

    /// Computes the remaining runs, on the threads of the current pool of `rayon`, and writes the results if the sweep is not divided and
    /// has a store.
    ///
    /// `row` is called by the current thread with every row in the order of the grid, including those of a resumed sweep, and may break
    /// off. (A shard has no rows, because its cells are not complete.) The monitor receives the stage `runs`, whose total is the number of
    /// remaining runs; [`kept`](Self::kept) has the others. If sampling stops at a width, the stage is `runs, at most`, and runs that a
    /// cell does not need are counted when the cell is complete.
    ///
    /// # Errors
    /// If writing fails. What was written before is kept.
    pub fn run(
        self,
        row: &mut dyn FnMut(&CellEstimate) -> ControlFlow<()>,
        monitor: &dyn Monitor,
    ) -> Result<End, Error> {
        let Self { plan, shard, store } = self;
        let runs = plan.settings().runs;
        let mut schedule = match &store {
            Some(store) => store.log.schedule.clone(),
            None => Schedule::new(&plan, shard, 0..runs, 0),
        };
        let mut progress = Progress::new(&plan, shard);
        progress.runs = store.as_ref().map_or(0, |store| store.kept.runs);
        let (stage, left) = match plan.is_adaptive() {
            true => ("runs, at most", schedule.most_left()),
            false => ("runs", progress.all_runs.saturating_sub(progress.runs)),
        };
        let mut run = Running { plan, shard, store, row, monitor, progress, earlier: Vec::new() };
        if schedule.last_run() == runs && run.hand_over_kept()?.is_break() {
            return Ok(End::Stopped(run.progress));
        }
        monitor.begin(stage, u64::try_from(left).ok());
        while run.work(&mut schedule)?.is_continue() {
            if schedule.last_run() == runs {
                return run.finish();
            }
            // The earlier runs are complete. Now the additional ones.
            if let Some(store) = &mut run.store {
                store.extend(runs)?;
                schedule = store.log.schedule.clone();
                run.earlier = store.log.earlier().collect();
            }
        }
        if let Some(store) = &mut run.store {
            store.writer.sync()?;
        }
        Ok(End::Stopped(run.progress))
    }
}

/// A sweep that is being run.
struct Running<'a> {
    plan: Arc<Plan>,
    shard: Shard,
    store: Option<Store>,
    row: &'a mut dyn FnMut(&CellEstimate) -> ControlFlow<()>,
    monitor: &'a dyn Monitor,
    progress: Progress,
    /// The sums from earlier sections of the log for cells whose rows are not complete yet, if the sweep was extended.
    earlier: Vec<SectionReader>,
}

/// The result of a batch.
type Found = Result<Vec<CellSums>, Error>;

impl Running<'_> {
    /// Reports the rows of cells that are complete in the log.
    fn hand_over_kept(&mut self) -> Result<ControlFlow<()>, Error> {
        let Some(store) = self.store.as_ref().filter(|_| self.shard.is_whole()) else {
            return Ok(ControlFlow::Continue(()));
        };
        self.earlier = store.log.earlier().collect();
        let Some((mut section, batches)) = store.log.last() else { return Ok(ControlFlow::Continue(())) };
        for _ in 0..batches {
            section.advance()?;
            if self.monitor.is_cancelled() || self.hand_over(section.complete.drain(..))?.is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    /// Reports the rows of complete cells.
    fn hand_over(&mut self, cells: impl IntoIterator<Item = CellSums>) -> Result<ControlFlow<()>, Error> {
        for mut sums in cells {
            if !self.shard.is_whole() {
                continue;
            }
            self.progress.cells += 1;
            for section in &mut self.earlier {
                section.add_to(&mut sums)?;
            }
            if (self.row)(&sums.estimate(&self.plan)?).is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    /// Computes the remaining batches of a schedule, or breaks off.
    fn work(&mut self, schedule: &mut Schedule) -> Result<ControlFlow<()>, Error> {
        let plan = Arc::clone(&self.plan);
        let folder = self.store.as_ref().map(|store| store.folder.clone());
        let monitor = Stoppable { monitor: self.monitor, stop: AtomicBool::new(false) };
        let records = folder.as_deref().filter(|_| plan.settings().records);
        let work = Work { plan: &plan, shard: self.shard, records, monitor: &monitor };
        rayon::in_place_scope(|scope| {
            let outcome = self.batches(schedule, scope, &work);
            // Batches in flight are not needed any more.
            monitor.stop.store(true, Ordering::Relaxed);
            match outcome {
                Err(error) if error.is_cancelled() => Ok(ControlFlow::Break(())),
                outcome => outcome,
            }
        })
    }

    /// Starts batches, and uses their results in order.
    fn batches<'s>(
        &mut self,
        schedule: &mut Schedule,
        scope: &Scope<'s>,
        work: &'s Work<'_>,
    ) -> Result<ControlFlow<()>, Error> {
        let is_final = schedule.last_run() == self.plan.settings().runs;
        // Recorded trials need memory: one batch at a time, whose pieces keep all cores busy.
        let at_once = if work.records.is_some() { 1 } else { AT_ONCE };
        let (sender, receiver) = channel();
        // The first batch is written next; later ones wait for it.
        let mut in_flight: VecDeque<(Batch, Option<Found>)> = VecDeque::new();
        loop {
            while in_flight.len() < at_once
                && let Next::Batch(batch) = schedule.next()
            {
                in_flight.push_back((batch.clone(), None));
                let sender = sender.clone();
                scope.spawn(move |_| do_batch(work, &batch, &sender));
            }
            while let Some((_, None)) = in_flight.front() {
                let (number, found) = next_found(&receiver);
                if let Some((_, place)) = in_flight.iter_mut().find(|(batch, _)| batch.number == number) {
                    *place = Some(found);
                }
            }
            let Some((batch, Some(found))) = in_flight.pop_front() else {
                return Ok(ControlFlow::Continue(()));
            };
            let found = found?;
            if let Some(store) = &mut self.store {
                store.writer.append(&to_text(&found))?;
            }
            self.progress.runs += u128::from(batch.runs());
            let complete = schedule.add(&batch, found);
            if self.plan.is_adaptive() {
                // Runs that a cell turned out not to need are no longer to come.
                let runs = self.plan.settings().runs;
                complete.iter().for_each(|sums| self.monitor.advance(runs - sums.counts.runs));
            }
            if is_final && self.hand_over(complete)?.is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
    }

    /// Writes the results of a whole sweep, cell by cell, from its log.
    fn finish(self) -> Result<End, Error> {
        let Self { plan, shard, store, progress, .. } = self;
        let Some(mut store) = store else { return Ok(End::Finished(progress)) };
        store.writer.sync()?;
        if shard.is_whole() {
            let mut files = ResultFiles::create(&store.folder, plan.settings())?;
            let mut cells = CellReader::new(&plan, [&store.log]);
            while let Some(sums) = cells.next_cell()? {
                files.push(&sums.estimate(&plan)?, &sums, &plan)?;
            }
            files.finish()?;
        }
        Ok(End::Finished(progress))
    }
}

/// Cancels the work of all threads, also without the monitor. Stages of batches are not passed on.
struct Stoppable<'a> {
    monitor: &'a dyn Monitor,
    stop: AtomicBool,
}

impl Monitor for Stoppable<'_> {
    fn is_cancelled(&self) -> bool {
        self.stop.load(Ordering::Relaxed) || self.monitor.is_cancelled()
    }

    fn advance(&self, runs: u64) {
        self.monitor.advance(runs);
    }
}

/// Computes a batch and always reports a result.
fn do_batch(work: &Work<'_>, batch: &Batch, sender: &Sender<(u64, Found)>) {
    let found = catch_unwind(AssertUnwindSafe(|| work.batch(batch)));
    let (found, panic) = match found {
        Ok(found) => (found, None),
        Err(panic) => (Err(spurious::Error::Cancelled.into()), Some(panic)),
    };
    // After an error there is no receiver.
    let _ = sender.send((batch.number, found));
    if let Some(panic) = panic {
        resume_unwind(panic);
    }
}

/// Waits for the next finished batch.
fn next_found(receiver: &Receiver<(u64, Found)>) -> (u64, Found) {
    loop {
        // A thread of the pool has to work meanwhile, because it may be the only one.
        let wait = match rayon::yield_now() {
            Some(rayon::Yield::Executed) => Duration::ZERO,
            Some(rayon::Yield::Idle) => Duration::from_millis(1),
            None => Duration::from_millis(100),
        };
        match receiver.recv_timeout(wait) {
            Ok(found) => return found,
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => unreachable!("the caller holds a sender"),
        }
    }
}
