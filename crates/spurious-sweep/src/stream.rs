//! The cells of a log, or of the logs of all shards, one after the other, in bounded memory.

use std::sync::Arc;

use crate::cells::Cells;
use crate::codec;
use crate::error::Error;
use crate::log::LogReader;
use crate::plan::{Plan, Shard};
use crate::schedule::{Batch, Next, Schedule};
use crate::tally::{Tally, kinds};

/// The log of one shard, read again.
#[derive(Debug)]
pub(crate) struct ShardStream {
    log: LogReader,
    distributions: usize,
    pub(crate) schedule: Schedule,
    pub(crate) cells: Cells,
}

impl ShardStream {
    pub(crate) fn new(plan: &Arc<Plan>, shard: Shard, log: LogReader) -> Self {
        Self {
            log,
            distributions: kinds(plan.settings()).len(),
            schedule: Schedule::new(Arc::clone(plan), shard),
            cells: Cells::new(Arc::clone(plan), shard),
        }
    }

    /// Takes in the next record and returns its batch; `None` at the end of the log.
    pub(crate) fn advance(&mut self) -> Result<Option<Batch>, Error> {
        let offset = self.log.position();
        let Some(payload) = self.log.next()? else {
            return Ok(None);
        };
        let decoded = codec::decode(payload, self.distributions);
        match (decoded, self.schedule.next()) {
            (Some((number, found)), Next::Batch(batch)) if number == batch.number && fits(&batch, &found) => {
                self.schedule.record(&found);
                self.cells.add(found);
                Ok(Some(batch))
            }
            _ => Err(self.log.damaged(offset)),
        }
    }

    /// The next cell of which all is known that this shard can know.
    fn next_cell(&mut self) -> Result<Option<Tally>, Error> {
        loop {
            if let Some(tally) = self.cells.release() {
                return Ok(Some(tally));
            }
            if self.advance()?.is_none() {
                return Ok(None);
            }
        }
    }

    /// Reads to the end, and says whether all of the shard is there.
    pub(crate) fn reads_complete(mut self) -> Result<bool, Error> {
        while self.next_cell()?.is_some() {}
        Ok(self.cells.is_done())
    }
}

/// Whether these are the sums of the trials of that batch.
fn fits(batch: &Batch, found: &[Tally]) -> bool {
    let mut found = found.iter();
    let mut tasks = batch.tasks.iter().peekable();
    while let Some(first) = tasks.next() {
        let mut runs = first.trials.end - first.trials.start;
        while let Some(next) = tasks.next_if(|next| next.place == first.place) {
            runs += next.trials.end - next.trials.start;
        }
        if !found.next().is_some_and(|tally| tally.place == first.place && tally.counts.runs == runs) {
            return false;
        }
    }
    found.next().is_none()
}

/// All cells of a sweep, from the logs of all its shards.
#[derive(Debug)]
pub(crate) struct Merged {
    plan: Arc<Plan>,
    /// In the order of their numbers.
    shards: Vec<ShardStream>,
    place: u64,
}

impl Merged {
    /// Takes the logs of all shards, in the order of their numbers.
    pub(crate) fn new(plan: &Arc<Plan>, logs: Vec<LogReader>) -> Self {
        let of = logs.len() as u64;
        let stream = |(number, log)| ShardStream::new(plan, Shard { number, of }, log);
        Self { plan: Arc::clone(plan), shards: (1..).zip(logs).map(stream).collect(), place: 0 }
    }

    /// The next cell, with all its trials.
    pub(crate) fn next_cell(&mut self) -> Result<Option<Tally>, Error> {
        self.place = self.plan.next_place(self.place);
        if self.place == self.plan.places() {
            return Ok(None);
        }
        let mut sum: Option<Tally> = None;
        for index in self.plan.shards_of(self.place, self.shards.len() as u64) {
            let stream = &mut self.shards[index as usize];
            let tally = stream.next_cell()?.filter(|tally| tally.place == self.place);
            let Some(tally) = tally else {
                let shard = Shard { number: index + 1, of: self.shards.len() as u64 };
                return Err(Error::Incomplete {
                    shard,
                    path: self.shards[index as usize].log.path().to_owned(),
                });
            };
            match &mut sum {
                Some(sum) => sum.add(&tally),
                None => sum = Some(tally),
            }
        }
        self.place += 1;
        Ok(sum)
    }
}
