//! A run in one sentence: what happens, and why.

use super::run::{Run, Stop};
use super::settling::SETTLED_STEPS;
use crate::basin::{DecidedBy, Verdict, saddle_kernel};
use crate::export::{brief, counted};
use crate::model::{Snapshot, WeightShape};

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

/// The sentence of a run. `decided` is how its verdict was found, and the point at which it was certain.
pub(super) fn sentence(
    run: &Run,
    shape: &WeightShape,
    patch_dim: usize,
    step_size: Option<f64>,
    decided: Option<(DecidedBy, Snapshot)>,
) -> String {
    let meaning = run.verdict.meaning();
    let Some((by, at)) = decided else {
        return format!("{meaning}: {}", open_end(run, step_size));
    };
    let advice = match run.verdict {
        Verdict::Spurious if patch_dim > 1 => {
            "; reversing its filter and fitting its output weights again recovers the teacher"
        }
        _ => "",
    };
    let why = if shape.activation().is_identity() {
        "with the identity as activation both minima are global".to_owned()
    } else if patch_dim == 1 || at.angle.sin().abs() < 1e-15 {
        "its filter lies on the axis of the teacher's and stays there".to_owned()
    } else {
        reason(run, shape, step_size, by, &at)
    };
    format!("{meaning}: {why}{advice}")
}

fn reason(run: &Run, shape: &WeightShape, step_size: Option<f64>, by: DecidedBy, at: &Snapshot) -> String {
    let when = moment(run, step_size);
    let is_global = run.verdict == Verdict::Global;
    match by {
        DecidedBy::Theorem if !shape.criticality().has_trap() => format!(
            "with a criticality of {} there is no spurious minimum, and {when} its signal stays positive",
            brief(shape.criticality().value())
        ),
        DecidedBy::Theorem => {
            let saddles = std::f64::consts::PI - shape.activation().supplement_at(saddle_kernel(shape));
            let (sign, side) = match (is_global, at.signal == 0.0) {
                (true, false) => ("positive", "below"),
                (true, true) => ("not negative", "below"),
                (false, false) => ("negative", "beyond"),
                (false, true) => ("not positive", "beyond"),
            };
            let [angle, saddles] = told_apart(at.angle, saddles);
            format!(
                "{when} its signal is {sign} and its angle, {angle}, {side} that of the saddles, {saddles}, and both stay so"
            )
        }
        DecidedBy::Energy => format!(
            "{when} its energy is below the loss of the saddles, and its signal, which is {}, keeps its sign",
            if is_global { "positive" } else { "negative" }
        ),
        DecidedBy::Convergence if run.stop == Stop::Converged && run.verdict_step == Some(run.steps) => {
            format!("its loss vanishes {when}")
        }
        DecidedBy::Convergence => format!(
            "its loss has stayed below that of the saddles for {SETTLED_STEPS} steps {when}, on the side of {}; no theorem covers it",
            if is_global { "the teacher" } else { "the antipode" }
        ),
    }
}

/// When the verdict was certain.
fn moment(run: &Run, step_size: Option<f64>) -> String {
    match (run.verdict_step, run.verdict_time, step_size) {
        (Some(0), ..) => "from the start".to_owned(),
        (Some(step), _, Some(_)) => format!("after {}", counted(step, "step")),
        (_, Some(time), None) => format!("from time {} on", brief(time)),
        _ => String::new(),
    }
}

/// Why there is no verdict.
fn open_end(run: &Run, step_size: Option<f64>) -> String {
    let after = match step_size {
        Some(_) => counted(run.steps, "step"),
        None => format!("time {}", brief(run.time)),
    };
    match run.stop {
        Stop::Diverged => format!("its numbers overflowed after {after}, so use a smaller step size"),
        Stop::Exhausted | Stop::Converged => {
            format!("its end is not certain after {after}, so let it run for longer")
        }
    }
}

/// Two angles in degrees, with as many decimals as it takes to see that they differ.
fn told_apart(one: f64, other: f64) -> [String; 2] {
    let written = |places: usize| [one, other].map(|angle| format!("{:.places$}°", angle.to_degrees()));
    (1..12).map(written).find(|[one, other]| one != other).unwrap_or_else(|| written(12))
}

#[cfg(test)]
mod tests {
    use super::told_apart;

    #[test]
    fn angles_that_differ_are_written_differently() {
        assert_eq!(told_apart(1.0, 2.0), ["57.3°", "114.6°"]);
        assert_eq!(told_apart(1.0, 1.00001), ["57.2958°", "57.2964°"]);
    }
}
