//! One run of a search: what it says about the critical start.

use std::f64::consts::PI;

use super::saddle::{Position, Saddle, dot};
use crate::basin::{Verdict, flow_verdict};
use crate::dynamics::flow::{FlowIntegrator, FlowState, FlowSystem};
use crate::dynamics::reduced::ReducedDescent;
use crate::error::Error;
use crate::model::{OrderParameters, ReducedTeacher};
use crate::monitor::Monitor;
use crate::numerics::scalar::Dual;

/// The information of one run about the critical start.
///
/// Newton's correction is made in the course of the run: close to the saddle, where `G` begins to grow, the state is moved along its derivative to where
/// `G` vanishes. So one run comes as close to the saddle as it takes, where a run that is not moved leaves again as soon as its start is off by more than
/// rounding. That makes an error `d` of a guess one of the order of `d²`; corrected at its start alone it would be of the order of
/// `d^{1 + 2c/(Λ + c)}` with `c` the slowest rate at which runs come closer, which is little for large scale ratios.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shot {
    /// Newton's correction of the start, all in all.
    pub(super) correction: f64,
    /// Estimate of the error after the correction.
    pub(super) error: f64,
    /// Of the start, known only if the run was not moved.
    pub(super) verdict: Option<Verdict>,
    moves: Moves,
    /// `|G|` at the last point, and the larger one of two points in a row, where that was least.
    last_height: f64,
    least_level: f64,
    /// What the start moves in `z` close to the saddle, for each unit of the parameter.
    weight: f64,
}

/// The corrections that a run has had.
#[derive(Debug, Clone, Copy, Default)]
struct Moves {
    sum: f64,
    /// The relative error of the derivative that they have left.
    bend: f64,
    /// Their errors.
    error: f64,
}

impl Moves {
    /// With another correction, where the derivative has this size.
    fn and(self, correction: f64, size: f64) -> Self {
        let bend = self.bend.max(correction.abs() * size);
        Self { sum: self.sum + correction, bend, error: self.error + correction.abs() * bend }
    }
}

/// What a run does next.
enum Next {
    Go,
    Move(f64),
    End,
}

/// Runs are moved where they are closer to the saddle than this, and given up where they are three times as far afterwards.
const NEAR: f64 = 1.0;

impl Shot {
    fn new(weight: f64) -> Self {
        Self {
            correction: 0.0,
            error: f64::INFINITY,
            verdict: None,
            moves: Moves::default(),
            last_height: 0.0,
            least_level: f64::INFINITY,
            weight,
        }
    }

    pub(super) fn is_moved(&self) -> bool {
        self.moves.sum != 0.0
    }

    /// Uses one point of a run, which is to find the critical start to a tolerance.
    fn observe(
        &mut self,
        system: &FlowSystem,
        saddle: &Saddle,
        state: &FlowState,
        slope: &FlowState,
        search: &Search,
    ) -> Next {
        let position = saddle.position(state);
        let Position { height, along, across, .. } = position;
        let distance = along.abs() + across;
        let growth = position.growth(slope);
        // Taken back to the start.
        let unknown = position.unknown / growth.abs();
        let moves = self.moves.and(-height / growth, growth.abs() + self.weight);
        if moves.error + unknown < self.error {
            self.error = moves.error + unknown;
            self.correction = moves.sum;
        }
        if self.error <= 0.1 * search.root_tolerance {
            return Next::End;
        }
        if self.is_moved() {
            if unknown <= 0.1 * self.moves.error || distance.is_nan() || distance > 3.0 * NEAR {
                return Next::End;
            }
        } else {
            self.verdict = self.verdict.or_else(|| flow_verdict(system, state));
            if across < 1e-9 {
                // Close to the unstable manifold, up to second order: its side is the side of the run. Near x_c = 1 the motion along
                // the manifold is slow, and waiting for the exact test would take long.
                let side = if along > 0.0 { Verdict::Global } else { Verdict::Spurious };
                self.verdict = self.verdict.or((along.abs() > 1e-6).then_some(side));
                return Next::End;
            }
            if (self.verdict.is_some() && along.abs() > across) || !along.is_finite() {
                return Next::End;
            }
        }
        if !search.moves || distance > NEAR {
            return Next::Go;
        }
        // On the separatrix the height falls to what rounding leaves, although it may change its sign on the way.
        let level = height.abs().max(std::mem::replace(&mut self.last_height, height.abs()));
        self.least_level = self.least_level.min(level);
        if level <= 2.0 * self.least_level {
            return Next::Go;
        }
        self.last_height = 0.0;
        let correction = moves.sum - self.moves.sum;
        self.moves = moves;
        Next::Move(correction)
    }
}

/// How a critical start is searched for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Search {
    pub(super) root_tolerance: f64,
    /// Whether runs are moved.
    pub(super) moves: bool,
}

/// A step in which the unstable direction grows by at most `e` to this power.
const LONGEST: f64 = 2.0;

pub(super) fn shoot_flow(
    system: &FlowSystem,
    saddle: &Saddle,
    integrator: &mut FlowIntegrator,
    (start, along): (&FlowState, &FlowState),
    search: &Search,
) -> Shot {
    let (mut state, mut slope) = (*start, *along);
    let mut level = integrator.first_level(start);
    let mut shot = Shot::new(dot(&saddle.left, along));
    let longest_level = (LONGEST / saddle.unstable).log2().floor() as i32;
    // A run approaches the saddle at a rate of at least π − 1 or leaves it; this many steps are never needed.
    for _ in 0..10_000 {
        match shot.observe(system, saddle, &state, &slope, search) {
            Next::Go => {}
            Next::Move(by) => state = state.plus(by, &slope),
            Next::End => break,
        }
        if shot.is_moved() {
            level = level.min(longest_level);
        }
        let step = integrator.advance(&state, &slope, level);
        (state, slope, level) = (step.end, step.slope, step.next_level);
    }
    shot
}

/// Steps of descent after which a run is given up, some seconds of work.
const MOST_STEPS: u64 = 100_000_000;

/// Steps of descent between two calls of the monitor, some hundredths of a second.
const STEPS_PER_CHECK: u64 = 1 << 20;

pub(super) fn shoot_descent(
    system: &FlowSystem,
    saddle: &Saddle,
    (teacher, step_size): (&ReducedTeacher, f64),
    (start, along): (&FlowState, &FlowState),
    search: &Search,
    monitor: &dyn Monitor,
) -> Result<Shot, Error> {
    let descent = ReducedDescent::new(teacher, step_size);
    let b_squared = teacher.norm_squared();
    // The eigenvectors depend on β = ‖b‖/‖v‖, and ‖v‖ grows; they are computed again after this many steps.
    let longest = 0.2_f64.min(LONGEST / saddle.unstable);
    let interval = ((longest * 2.0 * PI / step_size) as u64).max(1);
    let mut shot = Shot::new(dot(&saddle.left, along));
    if interval > MOST_STEPS {
        return Ok(shot);
    }
    // x = tanh z, y = 1/cosh z; the slopes are derivatives along the line of starts.
    let (x, y) = (start.log_tan.tanh(), 1.0 / start.log_tan.cosh());
    let (sum, per_fast) = match teacher.sum() {
        0.0 => (0.0, 0.0),
        total => (system.sum(teacher, start), teacher.patches() as f64 * b_squared / total),
    };
    let mut at = OrderParameters {
        parallel: Dual { value: x, slope: y * y * along.log_tan },
        perpendicular: Dual { value: y, slope: -x * y * along.log_tan },
        sum: Dual { value: sum, slope: per_fast * along.fast },
        signal: Dual { value: start.signal() * b_squared, slope: along.signal() * b_squared },
        residual: Dual { value: 0.0, slope: 0.0 },
    };
    let mut saddle = *saddle;
    for _ in 0..MOST_STEPS / interval {
        let (x, y) = (at.parallel, at.perpendicular);
        let values = OrderParameters {
            parallel: x.value,
            perpendicular: y.value,
            sum: at.sum.value,
            signal: at.signal.value,
            residual: 0.0,
        };
        let squared = values.filter_norm_squared();
        let state = system.state(teacher, &values);
        let fast_slope = teacher.sum() / (teacher.patches() as f64 * b_squared) * at.sum.slope;
        let slope = FlowState {
            log_tan: (y.value * x.slope - x.value * y.slope) / (squared.sqrt() * y.value),
            slow: at.signal.slope / b_squared - fast_slope,
            fast: fast_slope,
        };
        let now = FlowSystem { scale_squared: b_squared / squared, ..*system };
        saddle = saddle.of(&now);
        match shot.observe(&now, &saddle, &state, &slope, search) {
            Next::Go => {}
            Next::Move(by) => {
                for part in [&mut at.parallel, &mut at.perpendicular, &mut at.sum, &mut at.signal] {
                    part.value += by * part.slope;
                }
            }
            Next::End => break,
        }
        let mut left = interval;
        while left > 0 {
            monitor.check()?;
            let some = left.min(STEPS_PER_CHECK);
            for _ in 0..some {
                at = descent.step_of(&at);
            }
            left -= some;
        }
    }
    Ok(shot)
}
