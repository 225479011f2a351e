//! One run of a cell, with the dynamics and the start that are asked for.

use super::algorithm::Algorithm;
use super::run::{Descent, Flow, Recording, Run, descend, descend_by, descend_reduced, follow_flow};
use crate::initialization::{sample_order_parameters, sample_student, start_at};
use crate::model::{Cell, OrderParameters, Teacher};
use crate::numerics::random::stream;
use crate::{Error, Monitor};

/// What is asked of a run.
///
/// # Examples
/// ```
/// use spurious::Algorithm;
/// use spurious::dynamics::trace::Trace;
/// use spurious::dynamics::run::Recording;
/// use spurious::model::Cell;
/// let trace = Trace {
///     cell: Cell::new(5, 25, 4.0, 1.0)?,
///     step_size: Some(0.05),
///     algorithm: Algorithm::Gd,
///     full: false,
///     angle: Some(2.5),
///     sum: None,
///     signal: None,
///     seed: 1,
///     trial: 0,
///     max_steps: 10_000,
///     max_time: 1e6,
///     recording: Recording::PerDecade(10),
/// };
/// let (run, start) = trace.run(&())?;
/// assert!((start.angle() - 2.5).abs() < 1e-15 && run.steps > 0);
/// # Ok::<(), spurious::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Trace {
    /// The cell.
    pub cell: Cell,
    /// `η`; gradient flow if there is none.
    pub step_size: Option<f64>,
    /// The algorithm; with a step size.
    pub algorithm: Algorithm,
    /// Whether all `p + k` numbers are carried, from a start drawn in full, instead of the five that matter.
    pub full: bool,
    /// `φ₀`; that of the random start if it is not given.
    pub angle: Option<f64>,
    /// `1ᵀa₀`; 0 if only another part of the start is given.
    pub sum: Option<f64>,
    /// `a₀ᵀb`; see [`start_at`] if only another part of the start is given.
    pub signal: Option<f64>,
    /// Seed of random starts.
    pub seed: u64,
    /// Which of them.
    pub trial: u64,
    /// Longest run of gradient descent.
    pub max_steps: u64,
    /// Longest run of gradient flow, in time `t = η·steps`.
    pub max_time: f64,
    /// Which moments are recorded.
    pub recording: Recording,
}

impl Trace {
    /// The run and its start.
    ///
    /// # Errors
    /// If a number is out of range, or the monitor cancels.
    pub fn run(&self, monitor: &dyn Monitor) -> Result<(Run, OrderParameters), Error> {
        let mut random = stream(self.seed, 0, self.trial);
        let (teacher, patch_dim) = (self.cell.teacher(), self.cell.patch_dim());
        let Some(step_size) = self.step_size else {
            let start = self.start(sample_order_parameters(&self.cell, &mut random))?;
            let flow = Flow { max_time: self.max_time, recording: self.recording, ..Flow::default() };
            return Ok((follow_flow(&teacher, patch_dim, &start, &flow, monitor)?, start));
        };
        let descent =
            Descent { max_steps: self.max_steps, recording: self.recording, ..Descent::new(step_size) };
        if self.algorithm != Algorithm::Gd {
            let start = self.start(sample_order_parameters(&self.cell, &mut random))?;
            let run = descend_by(&self.cell, &self.algorithm, &start, random, &descent, monitor)?;
            return Ok((run, start));
        }
        if self.full {
            let planted = Teacher::planted(&self.cell);
            let student = sample_student(&planted, &mut random);
            let start = student.order_parameters(&planted)?;
            return Ok((descend(&planted, &student, &descent, monitor)?, start));
        }
        let start = self.start(sample_order_parameters(&self.cell, &mut random))?;
        Ok((descend_reduced(&teacher, patch_dim, &start, &descent, monitor)?, start))
    }

    /// The start that was given, or the one drawn.
    fn start(&self, drawn: OrderParameters) -> Result<OrderParameters, Error> {
        if self.angle.is_none() && self.sum.is_none() && self.signal.is_none() {
            return Ok(drawn);
        }
        let angle = self.angle.unwrap_or_else(|| drawn.angle());
        start_at(&self.cell, angle, self.sum.unwrap_or(0.0), self.signal)
    }
}
