//! Success against width, beside the law of independent tickets.
//!
//! ```text
//! P_r = 1 − (1 − P₁)ʳ
//! ```
//!
//! would hold if each filter were a ticket of its own, which wins as often as a student of one filter recovers the teacher, whatever the other
//! filters do. `P₁` is exact (see [`probability`](crate::probability)). It is a comparison, not a theorem.

use std::ops::Range;

use rayon::prelude::*;
use serde::Serialize;

use super::traps::{critical_point, record};
use super::{Convergence, OutputScale, Trap, WideStudent, WidthEnsemble, WidthRun};
use crate::basin::{DecidedBy, Guarantee, Verdict};
use crate::ensemble::{Counts, Ensemble, Estimate};
use crate::error::Error;
use crate::export::{Column, Shown, Table, Value, variant_name};
use crate::model::Cell;
use crate::monitor::{CancelOnly, Monitor};
use crate::probability::{Quadrature, success_probability};

/// The probability that at least one of `filters` independent tickets wins, each with probability `single`.
///
/// # Examples
/// ```
/// use spurious::width::ticket_law;
/// assert_eq!(ticket_law(0.5, 3), 0.875);
/// ```
pub fn ticket_law(single: f64, filters: usize) -> f64 {
    // 1 − (1 − P)ʳ without cancellation where P is small
    -(filters as f64 * (-single).ln_1p()).exp_m1()
}

/// Runs of students of several widths on one cell.
///
/// # Examples
/// ```
/// use spurious::{Cell, width::{OutputScale, WidthExperiment}};
/// let cell = Cell::new(5, 25, 1.0, 1.0)?;
/// let experiment = WidthExperiment::new(cell, OutputScale::Divided, 0.05, 200, 1)?;
/// let single = experiment.single_probability(&())?;
/// let row = experiment.row(2, single, &())?;
/// assert_eq!((row.filters, row.estimate.counts.runs), (2, 200));
/// assert!(row.z_score.is_some_and(|z| z.abs() < 4.0));
/// # Ok::<(), spurious::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct WidthExperiment {
    cell: Cell,
    scale: OutputScale,
    step_size: f64,
    runs: u64,
    seed: u64,
    convergence: Convergence,
    /// How many trapped runs are followed to their critical point; `None` for none.
    traps: Option<u64>,
}

impl WidthExperiment {
    /// `runs` runs of each width from random starts, by gradient descent with one step size.
    ///
    /// # Errors
    /// If the step size is not positive, or `4π/K` or more.
    pub fn new(cell: Cell, scale: OutputScale, step_size: f64, runs: u64, seed: u64) -> Result<Self, Error> {
        cell.shape().check_step_size(step_size)?;
        let convergence = Convergence::default();
        Ok(Self { cell, scale, step_size, runs, seed, convergence, traps: None })
    }

    /// The same, with the critical points at which the first `trapped` trapped runs of each width end.
    #[must_use]
    pub fn with_traps(self, trapped: u64) -> Self {
        Self { traps: Some(trapped), ..self }
    }

    /// The same with other tolerances.
    #[must_use]
    pub fn with_convergence(self, convergence: Convergence) -> Self {
        Self { convergence, ..self }
    }

    /// The runs of one width.
    ///
    /// # Errors
    /// If `filters` is not from 1 to [`MOST_FILTERS`](super::MOST_FILTERS), or output weights of so many filters diverge with the step size.
    pub fn ensemble(&self, filters: usize) -> Result<WidthEnsemble, Error> {
        let ensemble = WidthEnsemble::new(self.cell, filters, self.scale, self.step_size, self.seed)?;
        Ok(ensemble.with_convergence(self.convergence))
    }

    /// The exact success probability `P₁` of one filter, for this step size; `None` where the theory does not cover it.
    ///
    /// # Errors
    /// If the monitor cancels.
    pub fn single_probability(&self, monitor: &dyn Monitor) -> Result<Option<f64>, Error> {
        if self.step_size > Guarantee::for_cell(&self.cell).limit() {
            return Ok(None);
        }
        let quadrature = Quadrature::default();
        match success_probability(&self.cell, Some(self.step_size), &quadrature, &CancelOnly(monitor)) {
            Ok(exact) => Ok(Some(exact.probability)),
            Err(Error::Cancelled) => Err(Error::Cancelled),
            Err(_) => Ok(None),
        }
    }

    /// The row of one width, beside the law with `P₁ = single`. Progress is reported in runs. One filter is the paper's student, and a theorem
    /// decides ([`Ensemble`], where it covers the step size); several are decided by convergence.
    ///
    /// # Errors
    /// As [`ensemble`](Self::ensemble), or if the monitor cancels.
    pub fn row(&self, filters: usize, single: Option<f64>, monitor: &dyn Monitor) -> Result<WidthRow, Error> {
        let ensemble = self.ensemble(filters)?;
        let (counts, traps) = match self.traps {
            Some(most) if self.decided_by(filters) == DecidedBy::Convergence => {
                let (counts, ends) = ensemble.trapped(0..self.runs, most, monitor)?;
                (counts, Some(self.traps_of(&ensemble, &ends, monitor)?))
            }
            most => {
                let counts = self.counts(filters, 0..self.runs, monitor)?;
                (counts, most.map(|most| self.antipode(&ensemble, most.min(counts.spurious))))
            }
        };
        Ok(WidthRow { traps, ..self.row_of(filters, counts, single) })
    }

    /// The outcomes of a range of runs of one width, computed on all cores. Progress is reported in runs.
    ///
    /// # Errors
    /// As [`ensemble`](Self::ensemble), or if the monitor cancels.
    pub fn counts(&self, filters: usize, runs: Range<u64>, monitor: &dyn Monitor) -> Result<Counts, Error> {
        match self.decided_by(filters) {
            // The runs of a sweep of this cell alone.
            DecidedBy::Theorem => {
                Ensemble::new(self.cell, self.step_size, self.seed, 0)?.counts(runs, monitor)
            }
            _ => self.ensemble(filters)?.counts(runs, monitor),
        }
    }

    /// What decides the runs of one width.
    fn decided_by(&self, filters: usize) -> DecidedBy {
        match filters == 1 && Guarantee::for_cell(&self.cell).covers(self.step_size) {
            true => DecidedBy::Theorem,
            false => DecidedBy::Convergence,
        }
    }

    /// The row of runs of one width that were counted before, beside the law with `P₁ = single`.
    ///
    /// # Examples
    /// ```
    /// use spurious::{Cell, Counts, width::{OutputScale, WidthExperiment}};
    /// let experiment = WidthExperiment::new(Cell::new(5, 25, 1.0, 1.0)?, OutputScale::Divided, 0.05, 200, 1)?;
    /// let mut counts = experiment.counts(2, 0..100, &())?;
    /// counts += experiment.counts(2, 100..200, &())?; // the same runs in two pieces
    /// assert_eq!(experiment.row_of(2, counts, Some(0.5)), experiment.row(2, Some(0.5), &())?);
    /// # Ok::<(), spurious::Error>(())
    /// ```
    pub fn row_of(&self, filters: usize, counts: Counts, single: Option<f64>) -> WidthRow {
        let law = single.map(|single| ticket_law(single, filters));
        let shape = self.cell.shape();
        WidthRow {
            filters,
            patch_dim: self.cell.patch_dim(),
            patches: shape.patches(),
            sum_ratio: shape.sum_ratio(),
            scale_ratio: self.cell.scale_ratio(),
            negative_slope: shape.activation().negative_slope(),
            output_weights: self.scale,
            step_size: self.step_size,
            decided_by: self.decided_by(filters),
            estimate: counts.estimate(),
            single_probability: single,
            law_probability: law,
            z_score: law.and_then(|law| counts.z_score(law)),
            traps: None,
        }
    }

    /// The trap of one filter, at which so many runs end.
    fn antipode(&self, ensemble: &WidthEnsemble, runs: u64) -> Vec<Trap> {
        let target = &ensemble.descent().target;
        let mut filter = vec![0.0; target.direction.len()];
        filter[0] = -1.0;
        let turned = WideStudent::unchecked(1, filter, target.output.clone());
        let found = critical_point(target, &self.cell, &turned).filter(|_| runs > 0);
        found.map(|(_, trap)| Trap { runs, ..trap }).into_iter().collect()
    }

    /// The distinct critical points at which runs end, the most frequent first.
    fn traps_of(
        &self,
        ensemble: &WidthEnsemble,
        ends: &[WidthRun],
        monitor: &dyn Monitor,
    ) -> Result<Vec<Trap>, Error> {
        let found: Vec<Option<Trap>> = ends
            .par_iter()
            .map(|run| {
                monitor.check()?;
                Ok(critical_point(&ensemble.descent().target, &self.cell, &run.end).map(|(_, trap)| trap))
            })
            .collect::<Result<_, Error>>()?;
        let mut traps = Vec::new();
        found.into_iter().flatten().for_each(|trap| record(&mut traps, trap));
        traps.sort_by(|a, b| b.runs.cmp(&a.runs).then(a.loss.total_cmp(&b.loss)));
        Ok(traps)
    }
}

/// How often students of one width recover the teacher.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct WidthRow {
    /// Number of filters `r`.
    pub filters: usize,
    /// Patch dimension `p`.
    pub patch_dim: usize,
    /// Number of patches `k`.
    pub patches: usize,
    /// Sum ratio `ρ`.
    pub sum_ratio: f64,
    /// Scale ratio `β`.
    pub scale_ratio: f64,
    /// Negative slope `c` of the activation; 0 is the rectifier.
    pub negative_slope: f64,
    /// How large the output weights of a start are.
    pub output_weights: OutputScale,
    /// Step size `η`.
    pub step_size: f64,
    /// What decides a run: for one filter `theorem`, where it covers the step size; for several `convergence`, because no theorem is known.
    pub decided_by: DecidedBy,
    /// Outcomes and estimate.
    #[serde(flatten)]
    pub estimate: Estimate,
    /// `P₁`, the exact probability of one filter whose output weights start whole; `None` where the theory does not cover the step size.
    pub single_probability: Option<f64>,
    /// `1 − (1 − P₁)ʳ`.
    pub law_probability: Option<f64>,
    /// Distance of the share from the law, in standard errors.
    pub z_score: Option<f64>,
    /// The critical points at which trapped runs end, the most frequent first, if they were asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub traps: Option<Vec<Trap>>,
}

impl WidthRow {
    /// A table of rows. Estimates have two digits of their standard error.
    pub fn table(rows: &[Self]) -> Table {
        let column = Column::new;
        let runs = rows.iter().map(|row| row.estimate.counts.runs).max().unwrap_or(1);
        let decimals = ((runs as f64).log10() / 2.0).ceil().clamp(1.0, 6.0) as usize + 1;
        let mut table = Table::new(vec![
            column("filters", "filters", Shown::Plain),
            Column::hidden("patch_dim"),
            Column::hidden("patches"),
            Column::hidden("sum_ratio"),
            Column::hidden("scale_ratio"),
            Column::hidden("negative_slope"),
            Column::hidden("output_weights"),
            Column::hidden("step_size"),
            column("runs", "runs", Shown::Plain),
            Column::hidden("global"),
            Column::hidden("spurious"),
            column("undecided", "undecided", Shown::Plain),
            column("probability", "recovered", Shown::Decimals(decimals)),
            column("lower", "95 % interval", Shown::Interval(decimals)),
            Column::hidden("upper"),
            Column::hidden("single_probability"),
            column("law_probability", "law", Shown::Decimals(decimals)),
            column("z_score", "z", Shown::Decimals(1)),
        ])
        .keyed(1);
        for row in rows {
            let Estimate { counts, probability, lower, upper } = row.estimate;
            table.push(vec![
                row.filters.into(),
                row.patch_dim.into(),
                row.patches.into(),
                row.sum_ratio.into(),
                row.scale_ratio.into(),
                row.negative_slope.into(),
                variant_name(row.output_weights).into(),
                row.step_size.into(),
                counts.runs.into(),
                counts.global.into(),
                counts.spurious.into(),
                counts.undecided.into(),
                probability.into(),
                lower.into(),
                upper.into(),
                Value::from(row.single_probability),
                row.law_probability.into(),
                row.z_score.into(),
            ]);
        }
        table
    }

    /// How the runs of rows were decided, in words.
    pub fn decided(rows: &[Self]) -> &'static str {
        let by = |how| rows.iter().any(|row| row.decided_by == how);
        match (by(DecidedBy::Theorem), by(DecidedBy::Convergence)) {
            (true, false) => "decided by a theorem",
            (true, true) => {
                "decided by a theorem for one filter, and by convergence for several, for which none is known"
            }
            _ => "decided by convergence: no theorem is known for several filters",
        }
    }

    /// A table of the traps of rows.
    pub fn traps_table(rows: &[Self]) -> Table {
        let column = Column::new;
        let mut table = Table::new(vec![
            column("filters", "filters", Shown::Plain),
            column("runs", "runs", Shown::Plain),
            column("loss", "loss/‖b‖²", Shown::Brief),
            column("index", "index", Shown::Plain),
            column("angles", "° to the teacher", Shown::Plain),
            column("angles_between", "° to each other", Shown::Plain),
        ])
        .keyed(1);
        for row in rows {
            for trap in row.traps.iter().flatten() {
                table.push(vec![
                    row.filters.into(),
                    trap.runs.into(),
                    trap.loss.into(),
                    trap.index.into(),
                    degrees(&trap.angles),
                    degrees(&trap.angles_between),
                ]);
            }
        }
        table
    }
}

/// Angles in degrees, rising, each with how often it occurs; after four of them an ellipsis.
fn degrees(angles: &[f64]) -> Value {
    let mut shown: Vec<String> = angles.iter().map(|angle| format!("{:.2}", angle.to_degrees())).collect();
    shown.sort_by(|a, b| a.len().cmp(&b.len()).then(a.cmp(b)));
    let groups: Vec<String> = shown
        .chunk_by(|a, b| a == b)
        .map(
            |group| {
                if group.len() == 1 { group[0].clone() } else { format!("{} × {}", group.len(), group[0]) }
            },
        )
        .collect();
    match groups.len() {
        0 => Value::Missing,
        1..=4 => groups.join(", ").into(),
        _ => format!("{}, …", groups[..4].join(", ")).into(),
    }
}

impl WidthEnsemble {
    /// The outcomes of a range of trials, and the first `most` of its runs that are trapped, computed on all cores. Progress is reported in
    /// trials.
    ///
    /// # Errors
    /// If the monitor cancels.
    pub fn trapped(
        &self,
        trials: Range<u64>,
        most: u64,
        monitor: &dyn Monitor,
    ) -> Result<(Counts, Vec<WidthRun>), Error> {
        let (mut counts, mut ends) = (Counts::default(), Vec::new());
        let mut first = trials.start;
        while first < trials.end && (ends.len() as u64) < most {
            // As many runs as fit into memory.
            let part = first..first.saturating_add(1 << 14).min(trials.end);
            first = part.end;
            for run in self.runs(part, monitor)? {
                counts += Counts::of(run.verdict);
                if run.verdict == Verdict::Spurious && (ends.len() as u64) < most {
                    ends.push(run);
                }
            }
        }
        counts += self.counts(first..trials.end, monitor)?;
        Ok((counts, ends))
    }
}
