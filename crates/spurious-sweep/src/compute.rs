//! One batch: trials on all cores, and the exact values of the cells that begin in it.

use std::path::Path;

use rayon::prelude::*;
use spurious::Algorithm;
use spurious::ensemble::{Ensemble, Summary, Trial};
use spurious::monitor::{CancelOnly, Monitor};
use spurious::probability::{Quadrature, success_probability};
use spurious_data::Values;

use crate::error::Error;
use crate::plan::{Plan, Shard};
use crate::records;
use crate::schedule::{Batch, Task};
use crate::sums::{CellSums, merge_by_cell};

/// The tolerance of exact values: an estimate from 10¹⁵ runs has a standard error of 1e-8.
const TOLERANCE: f64 = 1e-9;

/// Trials that are kept in memory at once, if all of them are recorded.
const PIECE: u64 = 1 << 16;

/// The settings and services for computing a batch.
pub(crate) struct Work<'a> {
    pub(crate) plan: &'a Plan,
    pub(crate) shard: Shard,
    /// The store, if every trial is recorded.
    pub(crate) records: Option<&'a Path>,
    /// Receives progress in trials, and may cancel.
    pub(crate) monitor: &'a dyn Monitor,
}

impl Work<'_> {
    /// The result of a batch, cell by cell.
    pub(crate) fn batch(&self, batch: &Batch) -> Result<Vec<CellSums>, Error> {
        if let Some(store) = self.records {
            return self.recorded_batch(batch, &records::path(store, self.shard, batch.number));
        }
        let task = |task: &Task| {
            let ensemble = self.ensemble(task)?;
            let (summary, exact) = rayon::join(|| self.summary(&ensemble, task), || self.exact(task));
            Ok(CellSums::new(task.cell, summary?, &self.plan.settings().observe(), exact?))
        };
        let found: Result<Vec<CellSums>, Error> = batch.tasks.par_iter().map(task).collect();
        Ok(merge_by_cell(found?))
    }

    /// The same, with every trial recorded in a file.
    fn recorded_batch(&self, batch: &Batch, path: &Path) -> Result<Vec<CellSums>, Error> {
        let observe = self.plan.settings().observe();
        let task = |task: &Task| {
            let trials = self.trials(&self.ensemble(task)?, task)?;
            let mut summary = Summary::default();
            trials.iter().for_each(|trial| summary.record(&trial.outcome, &observe));
            Ok((CellSums::new(task.cell, summary, &observe, self.exact(task)?), trials))
        };
        let mut file = records::create(path)?;
        let mut found = Vec::new();
        for piece in pieces(&batch.tasks) {
            let done: Result<Vec<(CellSums, Vec<Trial>)>, Error> = piece.par_iter().map(task).collect();
            for (sums, trials) in done? {
                file.write(Values::F64(&records::rows(sums.cell, &trials)), None)?;
                found.push(sums);
            }
        }
        file.finish()?;
        Ok(merge_by_cell(found))
    }

    fn ensemble(&self, task: &Task) -> Result<Ensemble, Error> {
        self.monitor.check()?;
        let (point, settings) = (self.plan.point(task.cell)?, self.plan.settings());
        let ensemble = Ensemble::new(point.cell, point.step_size, settings.seed, task.cell)?;
        Ok(ensemble.with_engine(settings.engine).with_algorithm(settings.algorithm)?)
    }

    /// The summary of the trials of a task.
    fn summary(&self, ensemble: &Ensemble, task: &Task) -> Result<Summary, Error> {
        let observe = self.plan.settings().observe();
        Ok(ensemble.summary(task.trials.clone(), &observe, self.monitor)?)
    }

    /// Each trial of a task.
    fn trials(&self, ensemble: &Ensemble, task: &Task) -> Result<Vec<Trial>, Error> {
        Ok(ensemble.trials(task.trials.clone(), &self.plan.settings().observe(), self.monitor)?)
    }

    /// The exact value and its error bound, if the cell begins with this task.
    fn exact(&self, task: &Task) -> Result<Option<(f64, f64)>, Error> {
        let point = self.plan.point(task.cell)?;
        if task.trials.start > 0
            || !self.plan.settings().exact
            || self.plan.settings().algorithm != Algorithm::Gd
            || !point.is_covered()
        {
            return Ok(None);
        }
        let exact = success_probability(
            &point.cell,
            Some(point.step_size),
            &Quadrature::to(TOLERANCE)?,
            &CancelOnly(self.monitor),
        );
        match exact {
            Ok(exact) if exact.error_bound.is_finite() => Ok(Some((exact.probability, exact.error_bound))),
            Err(error @ spurious::Error::Cancelled) => Err(error.into()),
            // An exact value that cannot be computed is missing in its row; the other results are kept.
            _ => Ok(None),
        }
    }
}

/// The tasks in groups that are computed together, with large tasks divided, so that a group has a limited number of trials.
fn pieces(tasks: &[Task]) -> Vec<Vec<Task>> {
    let mut pieces: Vec<Vec<Task>> = Vec::new();
    let mut room = 0;
    for task in tasks {
        for start in task.trials.clone().step_by(PIECE as usize) {
            let part = Task { trials: start..task.trials.end.min(start + PIECE), ..task.clone() };
            match pieces.last_mut().filter(|_| part.runs() <= room) {
                Some(piece) => {
                    room -= part.runs();
                    piece.push(part);
                }
                None => {
                    room = PIECE - part.runs();
                    pieces.push(vec![part]);
                }
            }
        }
    }
    pieces
}
