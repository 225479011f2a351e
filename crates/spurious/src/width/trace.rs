//! One run of a student with several filters, moment by moment.

use serde::Serialize;

use super::traps::critical_point;
use super::{Trap, WideStudent, WidthEnsemble, WidthRun};
use crate::basin::{DecidedBy, Verdict};
use crate::dynamics::moments::Moments;
use crate::dynamics::run::Recording;
use crate::error::Error;
use crate::export::{Column, Table, brief, counted};
use crate::model::dot;
use crate::monitor::Monitor;

/// A moment of a run of a student with several filters.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct WideMoment {
    /// Number of steps so far.
    pub step: u64,
    /// Time `t = η·steps`.
    pub time: f64,
    /// Population loss.
    pub loss: f64,
    /// Angles of the filters with the teacher's, radians, `[r]`.
    pub angles: Vec<f64>,
    /// `sᵢ = 1ᵀaᵢ`, `[r]`.
    pub sums: Vec<f64>,
    /// `qᵢ = aᵢᵀb`, `[r]`.
    pub signals: Vec<f64>,
}

/// A run of a student with several filters: its outcome, and the recorded moments. It ends with its verdict.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct WideTrace {
    /// Number of filters `r`.
    pub filters: usize,
    /// Whether it recovers the teacher.
    pub verdict: Verdict,
    /// How that was found: by convergence, or `None` if it is undecided.
    pub decided_by: Option<DecidedBy>,
    /// What the run does and why: one clause for each, with a colon between them and no full stop.
    pub sentence: String,
    /// Steps taken.
    pub steps: u64,
    /// Time `t = η·steps` at the end.
    pub time: f64,
    /// The first point.
    pub start: WideMoment,
    /// The last point.
    #[serde(rename = "final")]
    pub end: WideMoment,
    /// The critical point at which a trapped run ends.
    pub trap: Option<Trap>,
    /// The recorded moments.
    #[serde(skip)]
    pub trajectory: Vec<WideMoment>,
}

impl WideTrace {
    /// The second half of the sentence: why the run ends where it ends.
    pub fn why(&self) -> &str {
        self.sentence.split_once(": ").map_or("", |(_, why)| why)
    }

    /// The recorded moments as a table, a column for each number of each filter.
    pub fn table(&self) -> Table {
        let numbered = |name: &'static str| (1..=self.filters).map(move |i| format!("{name}_{i}"));
        let keys = ["step", "time", "loss"].map(str::to_owned).into_iter();
        let keys = keys.chain(numbered("angle")).chain(numbered("sum")).chain(numbered("signal"));
        let mut table = Table::new(keys.map(Column::hidden).collect());
        for WideMoment { step, time, loss, angles, sums, signals } in &self.trajectory {
            let mut row = vec![(*step).into()];
            let numbers = [time, loss].into_iter().chain(angles).chain(sums).chain(signals);
            row.extend(numbers.map(|&number| number.into()));
            table.push(row);
        }
        table
    }
}

impl WidthEnsemble {
    /// One trial with its moments: the run of this number among [`runs`](Self::runs), in scalar arithmetic.
    ///
    /// # Errors
    /// If the monitor cancels.
    ///
    /// # Examples
    /// ```
    /// use spurious::dynamics::run::Recording;
    /// use spurious::{Cell, Verdict, width::{OutputScale, WidthEnsemble}};
    /// let cell = Cell::new(5, 25, 1.0, 1.0)?;
    /// let ensemble = WidthEnsemble::new(cell, 2, OutputScale::Divided, 0.05, 1)?;
    /// let run = ensemble.trace(1, Recording::PerDecade(20), &())?;
    /// assert_eq!((run.verdict, run.start.step, run.end.step), (Verdict::Global, 0, run.steps));
    /// assert_eq!(run.trajectory[0].angles.len(), 2);
    /// # Ok::<(), spurious::Error>(())
    /// ```
    pub fn trace(&self, trial: u64, recording: Recording, monitor: &dyn Monitor) -> Result<WideTrace, Error> {
        let mut trajectory = Vec::new();
        let mut moments = Moments::new(recording, self.step_size());
        let run = self.follow(trial, monitor, &mut |step, loss, at| {
            let time = self.step_size() * step as f64;
            if moments.is_due(step, time) {
                trajectory.push(self.moment(step, loss, at));
                moments.pass(time);
            }
        })?;
        let end = self.moment(run.steps, run.loss, &run.end);
        if trajectory.last() != Some(&end) {
            trajectory.push(end.clone());
        }
        let is_trapped = run.verdict == Verdict::Spurious;
        let critical = || critical_point(&self.descent().target, self.cell(), &run.end);
        Ok(WideTrace {
            filters: self.filters(),
            verdict: run.verdict,
            decided_by: (run.verdict != Verdict::Undecided).then_some(DecidedBy::Convergence),
            sentence: self.sentence(&run, &end),
            steps: run.steps,
            time: end.time,
            start: trajectory[0].clone(),
            trap: is_trapped.then(critical).flatten().map(|(_, trap)| trap),
            end,
            trajectory,
        })
    }

    fn moment(&self, step: u64, loss: f64, at: &WideStudent) -> WideMoment {
        let target = &self.descent().target;
        let each = |axis: &[f64]| (0..at.filters()).map(|i| dot(at.output_weights(i), axis)).collect();
        WideMoment {
            step,
            time: self.step_size() * step as f64,
            loss,
            angles: target.angles(at).0,
            sums: each(&target.ones),
            signals: each(&target.output),
        }
    }

    fn sentence(&self, run: &WidthRun, end: &WideMoment) -> String {
        let after = counted(run.steps, "step");
        let loss = brief(run.loss / self.cell().teacher().norm_squared());
        match run.verdict {
            Verdict::Global => format!(
                "the run recovers the teacher: after {after} its loss is below {} % of that of the trap of one filter; no \
                 theorem covers it",
                brief(100.0 * self.convergence().recovered)
            ),
            Verdict::Spurious => {
                let mut angles = end.angles.clone();
                angles.sort_by(f64::total_cmp);
                let angles: Vec<String> =
                    angles.iter().map(|angle| format!("{:.1}°", angle.to_degrees())).collect();
                let (noun, verb) = if self.filters() == 1 { ("filter", "is") } else { ("filters", "are") };
                format!(
                    "the run is trapped: after {after} it has come to rest at a minimum with the loss {loss} ‖b‖², where its \
                     {noun} {verb} {} from the teacher's; no theorem covers it",
                    angles.join(", ")
                )
            }
            Verdict::Undecided => format!(
                "the run is undecided: after {after} it has neither recovered the teacher nor come to rest, so let it run for longer"
            ),
        }
    }
}
