//! The order in which the trials of a shard are done: a sequence of batches that depends on the settings alone, or, where
//! the number of trials is decided on the way, on them and on what was found before.

use std::ops::Range;
use std::sync::Arc;

use spurious::ensemble::Counts;

use crate::plan::{Plan, Shard};
use crate::tally::Tally;

/// Blocks of a batch, which is what a kill may lose. A sweep of 10¹⁵ runs has a log of some gigabytes.
const BLOCKS: u64 = 4;

/// The same where every trial is written down, and where one takes a thousand times as long.
const BATCH_OF_RECORDS: u64 = 1 << 20;
const SLOW_BATCH: u64 = 1 << 16;

/// Blocks of a batch, at most, where cells have few trials.
const MOST_BLOCKS: u64 = 4096;

/// Cells whose number of trials is decided side by side.
const GROUP: u64 = 256;

/// Trials of a cell between two looks at its interval, at least and at most.
const LEAST_STEP: u64 = 1024;
const LARGEST_STEP: u64 = 1 << 22;

/// Some trials of one cell. Whoever has the first one has to compute the exact value too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Task {
    pub(crate) place: u64,
    pub(crate) trials: Range<u64>,
}

/// Trials that are done together and become one record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Batch {
    pub(crate) number: u64,
    /// In the order of cells.
    pub(crate) tasks: Vec<Task>,
}

/// What to do next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Next {
    Batch(Batch),
    /// What the last batch found has to be told first.
    Wait,
    Done,
}

/// The batches of a shard, one after the other.
#[derive(Debug)]
pub(crate) struct Schedule {
    plan: Arc<Plan>,
    shard: Shard,
    number: u64,
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    /// So many blocks a batch.
    Fixed { blocks: u64 },
    /// The open cells of the group that is being worked on, and the number of the next group.
    Adaptive { open: Vec<(u64, Counts)>, group: u64, waiting: bool },
}

impl Schedule {
    pub(crate) fn new(plan: Arc<Plan>, shard: Shard) -> Self {
        let settings = plan.settings();
        let kind = if plan.is_adaptive() {
            Kind::Adaptive { open: Vec::new(), group: 0, waiting: false }
        } else {
            let trials = if settings.slow() {
                SLOW_BATCH
            } else if settings.records {
                BATCH_OF_RECORDS
            } else {
                BLOCKS * plan.block()
            };
            Kind::Fixed { blocks: (trials / settings.runs.min(plan.block())).clamp(1, MOST_BLOCKS) }
        };
        Self { plan, shard, number: 0, kind }
    }

    /// The next batch.
    pub(crate) fn next(&mut self) -> Next {
        let tasks = match &mut self.kind {
            &mut Kind::Fixed { blocks } => fixed_tasks(&self.plan, self.shard, self.number, blocks),
            Kind::Adaptive { waiting: true, .. } => return Next::Wait,
            Kind::Adaptive { open, group, waiting } => {
                while open.is_empty() && *group * GROUP * self.shard.of < self.plan.places() {
                    *open = group_of(&self.plan, self.shard, *group);
                    *group += 1;
                }
                *waiting = !open.is_empty();
                let task = |&(place, counts): &(u64, Counts)| Task {
                    place,
                    trials: counts.runs..counts.runs + step(&self.plan, &counts),
                };
                (*waiting).then(|| open.iter().map(task).collect())
            }
        };
        match tasks {
            None => Next::Done,
            Some(tasks) => {
                self.number += 1;
                Next::Batch(Batch { number: self.number - 1, tasks })
            }
        }
    }

    /// Takes note of what a batch found.
    pub(crate) fn record(&mut self, found: &[Tally]) {
        if let Kind::Adaptive { open, waiting, .. } = &mut self.kind {
            *waiting = false;
            for ((_, counts), tally) in open.iter_mut().zip(found) {
                *counts += tally.counts;
            }
            open.retain(|(_, counts)| !self.plan.is_enough(counts));
        }
    }
}

/// The tasks of batch `number`: so many blocks of the shard, those of impossible cells left out. `None` behind the last one.
fn fixed_tasks(plan: &Plan, shard: Shard, number: u64, blocks: u64) -> Option<Vec<Task>> {
    let all = plan.places() * plan.blocks();
    let block = |position: u64| position * shard.of + shard.index();
    let first = number * blocks;
    if block(first) >= all {
        return None;
    }
    let runs = plan.settings().runs;
    let task = |block: u64| {
        let (place, within) = (block / plan.blocks(), block % plan.blocks());
        let begin = within * plan.block();
        plan.point(place).map(|_| Task { place, trials: begin..(begin + plan.block()).min(runs) })
    };
    Some((first..first + blocks).map(block).take_while(|&block| block < all).filter_map(task).collect())
}

/// The cells of a group, without a trial.
fn group_of(plan: &Plan, shard: Shard, group: u64) -> Vec<(u64, Counts)> {
    let place = |position: u64| position * shard.of + shard.index();
    (group * GROUP..(group + 1) * GROUP)
        .map(place)
        .take_while(|&place| place < plan.places())
        .filter(|&place| plan.point(place).is_some())
        .map(|place| (place, Counts::default()))
        .collect()
}

/// How many trials a cell gets next: as many as its interval will need if the share of recoveries stays as it is, and one
/// percent more.
///
/// ```text
/// n = z² (pq − 2d² + √(p²q² + d²(1 − 4pq)))/2d²      for half of the width d, with q = 1 − p
/// ```
fn step(plan: &Plan, counts: &Counts) -> u64 {
    let settings = plan.settings();
    let left = settings.runs - counts.runs;
    let least = LEAST_STEP.max(counts.runs / 8);
    let Some(width) = settings.until.filter(|_| counts.runs > 0) else {
        return least.min(left);
    };
    let half = 0.5 * width;
    let share = (counts.global as f64 + 0.5 * counts.undecided as f64) / counts.runs as f64;
    let variance = share * (1.0 - share);
    let root = (variance * variance + half * half * (1.0 - 4.0 * variance)).max(0.0).sqrt();
    let needed = 1.01 * NORMAL_QUANTILE_SQUARED * (variance - 2.0 * half * half + root) / (2.0 * half * half);
    // A float becomes the closest whole number in range.
    let more = (needed as u64).saturating_sub(counts.runs).div_ceil(LEAST_STEP) * LEAST_STEP;
    more.clamp(least.min(LARGEST_STEP), LARGEST_STEP).min(left)
}

/// `z²` for the point `z` beyond which 2.5 % of a standard normal distribution lie.
const NORMAL_QUANTILE_SQUARED: f64 = 3.841_458_820_694_124;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Settings;

    /// All batches of all shards together have every trial once.
    #[test]
    fn every_trial_is_done_once() {
        for (runs, patches) in [(10, (1..200).collect::<Vec<usize>>()), ((3 << 20) + 7, vec![1, 4, 9])] {
            let settings = Settings {
                runs,
                skip_impossible: true,
                ..Settings::grid(&[5], &patches, &[0.0, 1.0, 4.0], &[0.1])
            };
            let plan = Arc::new(Plan::new(settings).unwrap());
            for of in [1, 2, 5] {
                let mut all = Vec::new();
                for number in 1..=of {
                    let mut schedule = Schedule::new(Arc::clone(&plan), Shard { number, of });
                    while let Next::Batch(batch) = schedule.next() {
                        all.extend(
                            batch
                                .tasks
                                .into_iter()
                                .map(|task| (task.place, task.trials.start, task.trials.end)),
                        );
                    }
                }
                all.sort_unstable();
                let mut expected = Vec::new();
                for place in (0..plan.places()).filter(|&place| plan.point(place).is_some()) {
                    for begin in (0..runs).step_by(1 << 20) {
                        expected.push((place, begin, (begin + (1 << 20)).min(runs)));
                    }
                }
                assert_eq!(all, expected);
            }
        }
    }

    /// The number of trials that the formula asks for is the one at which the interval is as wide as asked.
    #[test]
    fn steps_lead_to_the_width() {
        let settings =
            Settings { runs: 1 << 30, until: Some(0.01), ..Settings::grid(&[5], &[25], &[4.0], &[0.1]) };
        let plan = Plan::new(settings).unwrap();
        for (global, runs) in [(512, 1024), (1000, 1024), (0, 1024)] {
            let counts =
                |runs: u64, global: u64| Counts { runs, global, spurious: runs - global, undecided: 0 };
            let more = step(&plan, &counts(runs, global));
            let scaled = |total: u64| counts(total, (global as f64 / runs as f64 * total as f64) as u64);
            assert!(plan.is_enough(&scaled(runs + more)), "{global}: {more}");
            // One percent more than needed, and rounded up.
            let fewer = ((runs + more) as f64 / 1.02) as u64 - LEAST_STEP;
            assert!(more == LEAST_STEP || !plan.is_enough(&scaled(fewer)), "{global}: {more}");
        }
    }
}
