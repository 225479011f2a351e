//! Cells that are being worked on: what was found in batches is added up, and handed over cell by cell, in order.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::plan::{Plan, Shard};
use crate::tally::Tally;

/// The open cells of a shard. There are never more than those of a batch, or of a group of cells that are decided side by
/// side.
#[derive(Debug)]
pub(crate) struct Cells {
    plan: Arc<Plan>,
    shard: Shard,
    /// The first place whose cell was not handed over.
    next: u64,
    open: BTreeMap<u64, Tally>,
}

impl Cells {
    pub(crate) fn new(plan: Arc<Plan>, shard: Shard) -> Self {
        Self { plan, shard, next: 0, open: BTreeMap::new() }
    }

    /// Takes in what a batch found.
    pub(crate) fn add(&mut self, found: Vec<Tally>) {
        for tally in found {
            match self.open.get_mut(&tally.place) {
                Some(sum) => sum.add(&tally),
                None => {
                    self.open.insert(tally.place, tally);
                }
            }
        }
    }

    /// The next cell, if all of its trials that are this shard's are done.
    pub(crate) fn release(&mut self) -> Option<Tally> {
        self.skip();
        let entry = self.open.first_entry().filter(|entry| *entry.key() == self.next)?;
        if !self.plan.is_closed(self.shard, self.next, &entry.get().counts) {
            return None;
        }
        self.next += 1;
        Some(entry.remove())
    }

    /// Whether all cells were handed over.
    pub(crate) fn is_done(&mut self) -> bool {
        self.skip();
        self.next >= self.plan.places()
    }

    /// Passes over places of which this shard has no part.
    fn skip(&mut self) {
        let absent = |place: u64| !self.plan.has_part(self.shard, place) || self.plan.point(place).is_none();
        while self.next < self.plan.places() && absent(self.next) {
            self.next += 1;
        }
    }
}
