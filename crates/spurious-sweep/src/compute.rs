//! One batch: trials on all cores, and the exact value of the cells that begin in it.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use rayon::prelude::*;
use spurious::ensemble::{Ensemble, Summary};
use spurious::probability::{Quadrature, success_probability};

use crate::error::Error;
use crate::plan::{Plan, Point};
use crate::records::Segment;
use crate::schedule::{Batch, Task};
use crate::tally::{Exact, Tally, kinds};

/// The tolerance of exact values: an estimate from 10¹⁵ runs has a standard error of 1e-8.
const TOLERANCE: f64 = 1e-9;

/// Trials of which each is held in memory, where all of them are written down.
const PIECE: u64 = 1 << 16;

/// What a batch is done with.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Work<'a> {
    pub(crate) plan: &'a Plan,
    /// Ends the work as soon as possible.
    pub(crate) stop: &'a AtomicBool,
    /// Counts trials.
    pub(crate) done: &'a AtomicU64,
}

impl Work<'_> {
    /// What a batch finds; `None` if it was stopped.
    pub(crate) fn batch(&self, batch: &Batch) -> Option<Vec<Tally>> {
        let tallies: Option<Vec<Option<Tally>>> =
            batch.tasks.par_iter().map(|task| self.task(task)).collect();
        Some(together(tallies?.into_iter().flatten()))
    }

    /// The same, with every trial written to a file.
    pub(crate) fn recorded_batch(
        &self,
        batch: &Batch,
        segment: &mut Segment,
    ) -> Result<Option<Vec<Tally>>, Error> {
        let mut tallies = Vec::new();
        let mut rest = &batch.tasks[..];
        while !rest.is_empty() {
            // As many cells as make a piece, or a single one, which is then done in pieces.
            let mut size = 0;
            let fits = |task: &&Task| {
                size += task.trials.end - task.trials.start;
                size <= PIECE
            };
            let count = rest.iter().take_while(fits).count().max(1);
            let (now, later) = rest.split_at(count);
            rest = later;
            for piece in pieces(now) {
                if self.stop.load(Ordering::Relaxed) {
                    return Ok(None);
                }
                let observe = self.plan.settings().observe();
                let trials: Vec<_> = piece
                    .par_iter()
                    .filter_map(|task| {
                        let point = self.plan.point(task.place)?;
                        let ensemble = self.ensemble(&point, task.place)?;
                        let trials = ensemble.trials(task.trials.clone(), &observe);
                        self.count(task);
                        let mut summary = Summary::default();
                        trials.iter().for_each(|trial| summary.record(&trial.outcome, &observe));
                        let exact = self.exact(&point, task);
                        let tally = Tally::of(task.place, summary, &kinds(self.plan.settings()), exact);
                        Some((tally, trials))
                    })
                    .collect();
                for (tally, trials) in trials {
                    segment.write(tally.place, &trials)?;
                    tallies.push(tally);
                }
            }
        }
        Ok(Some(together(tallies)))
    }

    /// The outer `None` says that the work was stopped, the inner one that the task has an impossible cell.
    fn task(&self, task: &Task) -> Option<Option<Tally>> {
        if self.stop.load(Ordering::Relaxed) {
            return None;
        }
        let Some(point) = self.plan.point(task.place) else { return Some(None) };
        let Some(ensemble) = self.ensemble(&point, task.place) else { return Some(None) };
        let observe = self.plan.settings().observe();
        let (summary, exact) = rayon::join(
            || {
                ensemble.summary_while(task.trials.clone(), &observe, |trials| {
                    self.done.fetch_add(trials, Ordering::Relaxed);
                    !self.stop.load(Ordering::Relaxed)
                })
            },
            || self.exact(&point, task),
        );
        Some(Some(Tally::of(task.place, summary?, &kinds(self.plan.settings()), exact)))
    }

    fn ensemble(&self, point: &Point, place: u64) -> Option<Ensemble> {
        let settings = self.plan.settings();
        // The plan has tried all step sizes.
        let ensemble = Ensemble::new(point.cell, point.step_size, settings.seed, place).ok()?;
        Some(ensemble.with_engine(settings.engine))
    }

    fn count(&self, task: &Task) {
        self.done.fetch_add(task.trials.end - task.trials.start, Ordering::Relaxed);
    }

    /// The exact value, if the cell begins with this task.
    fn exact(&self, point: &Point, task: &Task) -> Exact {
        if task.trials.start > 0 {
            return Exact::Unknown;
        }
        if !self.plan.settings().exact || !point.is_covered() {
            return Exact::None;
        }
        let quadrature = Quadrature::to(TOLERANCE);
        match success_probability(&point.cell, Some(point.step_size), &quadrature) {
            Ok(exact) => Exact::Value(exact.probability, exact.error_bound),
            // A number that cannot be had is missing in its row. It is no reason to lose the others.
            Err(_) => Exact::None,
        }
    }
}

/// Tasks that are done at once: all of them, or if it is one large one, its parts.
fn pieces(tasks: &[Task]) -> Vec<Vec<Task>> {
    match tasks {
        [task] => task
            .trials
            .clone()
            .step_by(PIECE as usize)
            .map(|begin| {
                vec![Task { place: task.place, trials: begin..(begin + PIECE).min(task.trials.end) }]
            })
            .collect(),
        tasks => vec![tasks.to_vec()],
    }
}

/// One tally for each cell.
fn together(tallies: impl IntoIterator<Item = Tally>) -> Vec<Tally> {
    let mut sums: Vec<Tally> = Vec::new();
    for tally in tallies {
        match sums.last_mut() {
            Some(sum) if sum.place == tally.place => sum.add(&tally),
            _ => sums.push(tally),
        }
    }
    sums
}
