//! The order in which the trials of a shard are computed: a sequence of batches that depends on the settings alone, or, where the number
//! of trials is decided by the width of an interval, also on earlier results.

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::Arc;

use spurious::ensemble::Counts;

use crate::plan::{Plan, Shard};
use crate::sums::CellSums;

/// Blocks of a batch. A kill may lose the batches in flight. A sweep of 10¹⁵ runs has a log of some ten gigabytes.
const BLOCKS: u64 = 4;

/// Trials of a batch where every trial is recorded, and where a trial takes a thousand times as long.
const BATCH_OF_RECORDS: u64 = 1 << 20;
const SLOW_BATCH: u64 = 1 << 16;

/// Largest number of blocks of a batch where cells have few trials.
const MOST_BLOCKS: u64 = 1024;

/// Cells whose number of trials is decided side by side.
const GROUP: usize = 256;

/// Smallest and largest number of trials of a cell between two checks of its interval.
const LEAST_STEP: u64 = 1024;
const LARGEST_STEP: u64 = 1 << 22;

/// Some trials of one cell. A task with the first trial also computes the exact value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Task {
    pub(crate) cell: u64,
    pub(crate) trials: Range<u64>,
    /// Whether the shard has no later trials of this cell.
    pub(crate) is_last: bool,
}

impl Task {
    pub(crate) fn runs(&self) -> u64 {
        self.trials.end - self.trials.start
    }
}

/// Trials that are computed together and become one line of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Batch {
    pub(crate) number: u64,
    /// In the order of cells.
    pub(crate) tasks: Vec<Task>,
}

/// The tasks of one cell in a batch.
pub(crate) struct Part {
    pub(crate) cell: u64,
    pub(crate) runs: u64,
    pub(crate) is_last: bool,
}

impl Batch {
    pub(crate) fn cells(&self) -> impl Iterator<Item = Part> + '_ {
        self.tasks.chunk_by(|task, next| task.cell == next.cell).map(|tasks| Part {
            cell: tasks[0].cell,
            runs: tasks.iter().map(Task::runs).sum(),
            is_last: tasks.iter().any(|task| task.is_last),
        })
    }

    pub(crate) fn runs(&self) -> u64 {
        self.tasks.iter().map(Task::runs).sum()
    }
}

/// What to do next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Next {
    Batch(Batch),
    /// The result of the last batch has to be added first.
    Wait,
    Done,
}

/// The batches of a shard, one after the other, and the sums of the open cells: never more than those of a batch, or of a group of cells
/// that are decided side by side.
#[derive(Debug, Clone)]
pub(crate) struct Schedule {
    plan: Arc<Plan>,
    shard: Shard,
    /// The trials of every cell in this schedule.
    trials: Range<u64>,
    /// The number of the next batch.
    number: u64,
    /// The next cell that is not completely in a batch.
    cell: u64,
    /// Its next block of this shard, if one is already in a batch.
    block: Option<u64>,
    /// Whether the open cells are in a batch whose sums decide how they continue.
    is_waiting: bool,
    /// Cells that are not complete, in order.
    open: VecDeque<CellSums>,
}

impl Schedule {
    /// The schedule for some trials of every cell, which begins with batch `number`.
    pub(crate) fn new(plan: &Arc<Plan>, shard: Shard, trials: Range<u64>, number: u64) -> Self {
        let plan = Arc::clone(plan);
        Self { plan, shard, trials, number, cell: 0, block: None, is_waiting: false, open: VecDeque::new() }
    }

    /// The number of trials of every cell at the end of this schedule.
    pub(crate) fn last_run(&self) -> u64 {
        self.trials.end
    }

    /// The number of the next batch.
    pub(crate) fn number(&self) -> u64 {
        self.number
    }

    /// The most runs that may be to come, where their number is decided on the way.
    pub(crate) fn most_left(&self) -> u128 {
        let runs = self.plan.settings().runs;
        let of_open = self.open.iter().map(|sums| u128::from(runs - sums.counts.runs)).sum::<u128>();
        let cells = self.plan.cells_from(self.cell).filter(|&cell| self.shard.has_cell(cell));
        of_open + u128::from(runs) * cells.count() as u128
    }

    /// The next batch.
    pub(crate) fn next(&mut self) -> Next {
        if self.is_waiting {
            return Next::Wait;
        }
        let tasks = if self.plan.is_adaptive() { self.adaptive_tasks() } else { self.fixed_tasks() };
        if tasks.is_empty() {
            return Next::Done;
        }
        self.is_waiting = self.plan.is_adaptive();
        self.number += 1;
        Next::Batch(Batch { number: self.number - 1, tasks })
    }

    /// Adds the result of a batch, and returns the cells that are now complete, in order. Batches have to be added in order.
    pub(crate) fn add(&mut self, batch: &Batch, found: Vec<CellSums>) -> Vec<CellSums> {
        self.is_waiting = false;
        let mut complete = Vec::new();
        for (part, sums) in batch.cells().zip(found) {
            match self.open.iter_mut().find(|open| open.cell == part.cell) {
                Some(open) => open.add(sums),
                None => self.open.push_back(sums),
            }
            if part.is_last {
                complete.extend(self.open.pop_front());
            }
        }
        if self.plan.is_adaptive() {
            while let Some(sums) = self.open.pop_front_if(|sums| is_enough(&self.plan, &sums.counts)) {
                complete.push(sums);
            }
        }
        complete
    }

    fn fixed_tasks(&mut self) -> Vec<Task> {
        let settings = self.plan.settings();
        let trials = if settings.slow() {
            SLOW_BATCH
        } else if settings.records {
            BATCH_OF_RECORDS
        } else {
            BLOCKS * self.plan.block()
        };
        let of_a_block = (self.trials.end - self.trials.start).clamp(1, self.plan.block());
        let blocks = (trials / of_a_block).clamp(1, MOST_BLOCKS);
        (0..blocks).map_while(|_| self.next_block()).collect()
    }

    /// The next block of this shard.
    fn next_block(&mut self) -> Option<Task> {
        let (size, Range { start, end }) = (self.plan.block(), self.trials.clone());
        while let Some(cell) = self.plan.next_cell(self.cell) {
            let block = self.block.unwrap_or_else(|| self.shard.first_block(cell, start / size));
            if block * size < end {
                let next = block + self.shard.of;
                (self.cell, self.block) = (cell, Some(next));
                let trials = start.max(block * size)..end.min((block + 1) * size);
                return Some(Task { cell, trials, is_last: next * size >= end });
            }
            (self.cell, self.block) = (cell + 1, None);
        }
        None
    }

    /// The next trials of the open cells, or of the next group.
    fn adaptive_tasks(&mut self) -> Vec<Task> {
        if self.open.is_empty() {
            while let Some(cell) = self.plan.next_cell(self.cell).filter(|_| self.open.len() < GROUP) {
                if self.shard.has_cell(cell) {
                    self.open.push_back(CellSums::empty(cell));
                }
                self.cell = cell + 1;
            }
        }
        let unfinished = self.open.iter().filter(|sums| !is_enough(&self.plan, &sums.counts));
        let task = |sums: &CellSums| {
            let done = sums.counts.runs;
            let trials = done..done + step(&self.plan, &sums.counts);
            Task { cell: sums.cell, trials, is_last: false }
        };
        unfinished.map(task).collect()
    }
}

/// Whether a cell needs no more trials.
fn is_enough(plan: &Plan, counts: &Counts) -> bool {
    let is_narrow = |width| {
        let (lower, upper) = counts.interval();
        upper - lower <= width
    };
    let settings = plan.settings();
    counts.runs >= settings.runs || (counts.runs > 0 && settings.until.is_some_and(is_narrow))
}

/// The next number of trials of a cell: as many as its interval needs if the share of recoveries does not change, and one percent more.
fn step(plan: &Plan, counts: &Counts) -> u64 {
    let settings = plan.settings();
    let left = settings.runs - counts.runs;
    let least = LEAST_STEP.max(counts.runs / 8);
    let Some(width) = settings.until.filter(|_| counts.runs > 0) else {
        return least.min(left);
    };
    // A float becomes the closest whole number in range.
    let needed = (1.01 * counts.runs_for_width(width)) as u64;
    let more = needed.saturating_sub(counts.runs).div_ceil(LEAST_STEP) * LEAST_STEP;
    more.clamp(least.min(LARGEST_STEP), LARGEST_STEP).min(left)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::SweepSettings;

    /// All tasks of all shards, in the order of cells and trials.
    fn all_tasks(plan: &Plan, of: u64, pieces: &[Range<u64>]) -> Vec<(u64, u64, u64)> {
        let plan = Arc::new(plan.clone());
        let mut all = Vec::new();
        for (number, trials) in (1..=of).flat_map(|number| pieces.iter().map(move |piece| (number, piece))) {
            let mut schedule = Schedule::new(&plan, Shard { number, of }, trials.clone(), 0);
            let mut complete = Vec::new();
            while let Next::Batch(batch) = schedule.next() {
                let sums = |part: Part| {
                    let mut sums = CellSums::empty(part.cell);
                    sums.counts.runs = part.runs;
                    sums
                };
                let found = batch.cells().map(sums).collect();
                complete.extend(schedule.add(&batch, found));
                all.extend(
                    batch.tasks.into_iter().map(|task| (task.cell, task.trials.start, task.trials.end)),
                );
            }
            assert!(complete.is_sorted_by_key(|sums| sums.cell) && schedule.open.is_empty());
        }
        all.sort_unstable();
        all
    }

    /// All batches of all shards together have every trial once, also if trials are added later.
    #[test]
    fn every_trial_is_done_once() {
        for (runs, patches) in [(10, (1..200).collect::<Vec<usize>>()), ((3 << 20) + 7, vec![1, 4, 9])] {
            let settings = SweepSettings {
                runs,
                skip_impossible: true,
                ..SweepSettings::grid(&[5], &patches, &[0.0, 1.0, 4.0], &[0.1])
            };
            let plan = Plan::new(settings).unwrap();
            let cells: Vec<u64> = (0..plan.places()).filter(|&cell| plan.point(cell).is_ok()).collect();
            for of in [1, 2, 5] {
                for first in [runs, 1, runs / 2, runs - 1] {
                    let mut cuts = vec![0, first, runs];
                    cuts.extend((0..runs).step_by(1 << 20));
                    cuts.sort_unstable();
                    cuts.dedup();
                    let expected: Vec<_> = cells
                        .iter()
                        .flat_map(|&cell| cuts.windows(2).map(move |cut| (cell, cut[0], cut[1])))
                        .collect();
                    let mut pieces = vec![0..first, first..runs];
                    pieces.retain(|piece| !piece.is_empty());
                    assert!(all_tasks(&plan, of, &pieces) == expected, "{runs} {of} {first}");
                }
            }
        }
    }

    /// Each shard has as many blocks of a cell as any other, or one more.
    #[test]
    fn shards_have_equal_parts() {
        for of in [1, 2, 3, 7] {
            for (cell, blocks) in [(0, 1), (1, 1), (5, 7), (6, 20), (1000, 100)] {
                let count = |number| {
                    (Shard { number, of }.first_block(cell, 0)..blocks).step_by(of as usize).count() as u64
                };
                let counts: Vec<u64> = (1..=of).map(count).collect();
                assert_eq!(counts.iter().sum::<u64>(), blocks);
                assert!(counts.iter().all(|&count| count.abs_diff(blocks / of) <= 1), "{counts:?}");
            }
        }
    }

    /// The number of trials that is asked for is the one at which the interval is as wide as asked.
    #[test]
    fn steps_lead_to_the_width() {
        let settings = SweepSettings {
            runs: 1 << 30,
            until: Some(0.01),
            ..SweepSettings::grid(&[5], &[25], &[4.0], &[0.1])
        };
        let plan = Plan::new(settings).unwrap();
        for (global, runs) in [(512, 1024), (1000, 1024), (0, 1024)] {
            let counts =
                |runs: u64, global: u64| Counts { runs, global, spurious: runs - global, undecided: 0 };
            let more = step(&plan, &counts(runs, global));
            let scaled = |total: u64| counts(total, (global as f64 / runs as f64 * total as f64) as u64);
            assert!(is_enough(&plan, &scaled(runs + more)), "{global}: {more}");
            // One percent more than needed, and rounded up.
            let fewer = ((runs + more) as f64 / 1.02) as u64 - LEAST_STEP;
            assert!(more == LEAST_STEP || !is_enough(&plan, &scaled(fewer)), "{global}: {more}");
        }
    }
}
