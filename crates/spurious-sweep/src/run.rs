//! A sweep at work: batches are done in parallel, and what they found is written and added up in their order.

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

/// Batches that are worked on at a time: while one is written and another comes to its end, the next keeps all cores busy.
const AT_ONCE: usize = 3;

/// How far a sweep, or one of its shards, has got.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Progress {
    /// Runs that are done and kept, earlier ones of a resumed sweep included.
    pub runs: u128,
    /// Runs in all; with a width to stop at, the most that there can be.
    pub all_runs: u128,
    /// Cells that are complete: rows handed over. A shard has none.
    pub cells: u64,
    /// Cells in all.
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
    /// A sweep without a store: it only hands over its rows.
    ///
    /// # Errors
    /// If the settings cannot be carried out.
    pub fn new(settings: SweepSettings) -> Result<Self, Error> {
        if settings.records {
            return Err(Kind::RecordsNeedAStore.into());
        }
        Ok(Self { plan: Arc::new(Plan::new(settings)?), shard: Shard::WHOLE, store: None })
    }

    /// A sweep, or a shard, with a folder as its store. If the folder holds an earlier run with the same settings, it goes on
    /// from there; `force` starts over. With a larger number of runs than the earlier one had, the sweep is extended: its
    /// runs are kept, and only those that are missing will be done. (Not so with [`until`](SweepSettings::until), see the top
    /// of the crate.)
    ///
    /// # Errors
    /// If the settings cannot be carried out; if the store is of another sweep, damaged or in use, or cannot be written; or
    /// if the monitor asks for an end while the store is read.
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

    /// What will be done.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// What was found in the store.
    pub fn kept(&self) -> Kept {
        self.store.as_ref().map(|store| store.kept).unwrap_or_default()
    }

    /// Does all that is left to do, on the threads of the current pool of `rayon`, and writes the results if the sweep is
    /// whole and has a store.
    ///
    /// `row` is called by the current thread with every row in the order of the grid, earlier ones of a resumed sweep
    /// included, and may break off. (A shard has no rows: its cells are not complete.) The monitor is told of the stage
    /// `runs`, whose total is what is left to do; [`kept`](Self::kept) has the others. With a width to stop at it is
    /// `runs, at most`, and runs that a cell turns out not to need count when it is complete.
    ///
    /// # Errors
    /// If the file system refuses. What was written before is kept.
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
            // All that was asked for before is there. Now for what was not.
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
    /// What earlier sections of the log hold of the cells whose rows are still to come, if the sweep was extended.
    earlier: Vec<SectionReader>,
}

/// What came of a batch.
type Found = Result<Vec<CellSums>, Error>;

impl Running<'_> {
    /// Hands over the rows of cells that are complete in the log.
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

    /// Hands over the rows of complete cells.
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

    /// Does the batches that are left of a schedule, or breaks off.
    fn work(&mut self, schedule: &mut Schedule) -> Result<ControlFlow<()>, Error> {
        let plan = Arc::clone(&self.plan);
        let folder = self.store.as_ref().map(|store| store.folder.clone());
        let monitor = Stoppable { monitor: self.monitor, stop: AtomicBool::new(false) };
        let records = folder.as_deref().filter(|_| plan.settings().records);
        let work = Work { plan: &plan, shard: self.shard, records, monitor: &monitor };
        rayon::in_place_scope(|scope| {
            let outcome = self.batches(schedule, scope, &work);
            // Whatever is still being worked on is not needed any more.
            monitor.stop.store(true, Ordering::Relaxed);
            match outcome {
                Err(error) if error.is_cancelled() => Ok(ControlFlow::Break(())),
                outcome => outcome,
            }
        })
    }

    /// Hands out batches, and takes in what they found, in order.
    fn batches<'s>(
        &mut self,
        schedule: &mut Schedule,
        scope: &Scope<'s>,
        work: &'s Work<'_>,
    ) -> Result<ControlFlow<()>, Error> {
        let is_final = schedule.last_run() == self.plan.settings().runs;
        // Trials that are written down take memory: one batch at a time, whose pieces keep all cores busy.
        let at_once = if work.records.is_some() { 1 } else { AT_ONCE };
        let (sender, receiver) = channel();
        // The first one is the next to be written; later ones wait for it.
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

/// Ends the work of all threads also where the monitor does not ask for it. Stages of batches are not passed on.
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

/// Does a batch and reports it, whatever happens.
fn do_batch(work: &Work<'_>, batch: &Batch, sender: &Sender<(u64, Found)>) {
    let found = catch_unwind(AssertUnwindSafe(|| work.batch(batch)));
    let (found, panic) = match found {
        Ok(found) => (found, None),
        Err(panic) => (Err(spurious::Error::Cancelled.into()), Some(panic)),
    };
    // Nobody listens any more after an error.
    let _ = sender.send((batch.number, found));
    if let Some(panic) = panic {
        resume_unwind(panic);
    }
}

/// Waits for the next batch that is done.
fn next_found(receiver: &Receiver<(u64, Found)>) -> (u64, Found) {
    loop {
        // A thread of the pool has to work itself: it may be the only one.
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
