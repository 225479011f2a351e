//! A run in one sentence: what happens, and why.

use super::run::{Run, Stop};
use super::settling::SETTLED_STEPS;
use crate::basin::{DecidedBy, Verdict, saddle_kernel};
use crate::export::{brief, counted};
use crate::model::{Cell, Snapshot};

impl Verdict {
    /// What it means for a run, in words.
    ///
    /// # Examples
    /// ```
    /// assert_eq!(spurious::Verdict::Spurious.meaning(), "the run is trapped at the antipode");
    /// ```
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Global => "the run recovers the teacher",
            Self::Spurious => "the run is trapped at the antipode",
            Self::Undecided => "the run is undecided",
        }
    }
}

impl Run {
    /// What the run does and why, in one sentence without a full stop. The cell and the step size are those of the run.
    ///
    /// # Examples
    /// ```
    /// use spurious::{Cell, Descent, OrderParameters, descend_reduced};
    /// let cell = Cell::new(5, 25, 4.0, 1.0)?;
    /// let start = OrderParameters { parallel: -0.9, perpendicular: 0.4, sum: 0.0, signal: 0.1, residual: 0.0 };
    /// let run = descend_reduced(&cell.teacher(), 5, &start, &Descent::new(0.1), &())?;
    /// let why = "its signal is negative and its angle, 155.7°, beyond that of the saddles, 104.9°";
    /// let advice = "reversing its filter and fitting its output weights again recovers the teacher";
    /// let sentence = format!("the run is trapped at the antipode: after 21 steps {why}, and both stay so; {advice}");
    /// assert_eq!(run.sentence(&cell, Some(0.1)), sentence);
    /// # Ok::<(), spurious::Error>(())
    /// ```
    pub fn sentence(&self, cell: &Cell, step_size: Option<f64>) -> String {
        let meaning = self.verdict.meaning();
        let (Some(by), Some(at)) = (self.decided_by, &self.verdict_point) else {
            return format!("{meaning}: {}", self.open_end(step_size));
        };
        let advice = match self.verdict {
            Verdict::Spurious if cell.patch_dim() > 1 => {
                "; reversing its filter and fitting its output weights again recovers the teacher"
            }
            _ => "",
        };
        format!("{meaning}: {}{advice}", self.reason(cell, by, at, step_size))
    }

    fn reason(&self, cell: &Cell, by: DecidedBy, at: &Snapshot, step_size: Option<f64>) -> String {
        let shape = cell.shape();
        let when = self.moment(step_size);
        if shape.activation().is_identity() {
            return "with the identity as activation both minima are global".to_owned();
        }
        if cell.patch_dim() == 1 || at.angle.sin().abs() < 1e-15 {
            return "its filter lies on the axis of the teacher's and stays there".to_owned();
        }
        let is_global = self.verdict == Verdict::Global;
        match by {
            DecidedBy::Theorem if !shape.criticality().has_trap() => format!(
                "with a criticality of {} there is no spurious minimum, and {when} its signal stays positive",
                brief(shape.criticality().value())
            ),
            DecidedBy::Theorem => {
                let saddles = shape.activation().supplement_at(saddle_kernel(&shape));
                let (sign, side) = match (is_global, at.signal == 0.0) {
                    (true, false) => ("positive", "below"),
                    (true, true) => ("not negative", "below"),
                    (false, false) => ("negative", "beyond"),
                    (false, true) => ("not positive", "beyond"),
                };
                format!(
                    "{when} its signal is {sign} and its angle, {}, {side} that of the saddles, {}, and both stay so",
                    degrees(at.angle),
                    degrees(std::f64::consts::PI - saddles)
                )
            }
            DecidedBy::Energy => format!(
                "{when} its energy is below the loss of the saddles, and its signal, which is {}, keeps its sign",
                if is_global { "positive" } else { "negative" }
            ),
            DecidedBy::Convergence
                if self.stop == Stop::Converged && self.verdict_step == Some(self.steps) =>
            {
                format!("its loss vanishes {when}")
            }
            DecidedBy::Convergence => format!(
                "its loss has stayed below that of the saddles for {SETTLED_STEPS} steps {when}, on the side of {}; no theorem \
                 covers it",
                if is_global { "the teacher" } else { "the antipode" }
            ),
        }
    }

    /// When the verdict was certain.
    fn moment(&self, step_size: Option<f64>) -> String {
        match (self.verdict_step, self.verdict_time, step_size) {
            (Some(0), ..) => "from the start".to_owned(),
            (Some(step), _, Some(_)) => format!("after {}", counted(step, "step")),
            (_, Some(time), None) => format!("from time {} on", brief(time)),
            _ => String::new(),
        }
    }

    /// Why there is no verdict.
    fn open_end(&self, step_size: Option<f64>) -> String {
        let after = match step_size {
            Some(_) => counted(self.steps, "step"),
            None => format!("time {}", brief(self.time)),
        };
        match self.stop {
            Stop::Diverged => format!("its numbers overflowed after {after}, so use a smaller step size"),
            Stop::Exhausted | Stop::Converged => {
                format!("its end is not certain after {after}, so let it run for longer")
            }
        }
    }
}

fn degrees(angle: f64) -> String {
    format!("{:.1}°", angle.to_degrees())
}
