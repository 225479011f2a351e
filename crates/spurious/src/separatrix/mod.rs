//! The separatrix: the surface between the two basins, found as the stable manifold of the saddles.
//!
//! For a given start `(s₀, q₀)` of the output weights there is one critical angle: starts at a smaller angle recover the teacher,
//! starts at a larger one are trapped. Bisection over whole runs is slow, and near `x_c = 1`, where the saddle repels at a vanishing
//! rate, it takes too long. But the run from a start *on* the separatrix converges to the saddle, at a rate of at least `(π−1)/2π` for
//! all parameters. The search uses this. Close to the saddle one function of the state grows at one rate along every run and vanishes on the
//! separatrix (`saddle`). A run carries its derivative with respect to its start, is moved by Newton's method to where that function vanishes
//! (`shot`), and the start is corrected by as much. One to four short runs give all digits, also close to `x_c = 1` and for large scale ratios
//! (theory, section 8).
//!
//! The exact basin test safeguards the iteration: each run that it decides gives a bracket.

mod saddle;
mod shot;

use std::f64::consts::PI;

use crate::basin::Verdict;
use crate::criticality::Criticality;
use crate::dynamics::flow::{self, FlowIntegrator, FlowState, FlowSystem};
use crate::error::Error;
use crate::model::{Cell, LARGEST_SCALE, OrderParameters, ReducedTeacher};
use crate::monitor::Monitor;
use saddle::{Saddle, dot};
use shot::{Search, Shot, shoot_descent, shoot_flow};

/// Critical angles closer than `2e⁻⁶⁰` to 0 or π are reported as this: no random start is closer.
pub(crate) const FARTHEST: f64 = 60.0;

/// Finds critical angles of one cell, under gradient flow or the discrete iteration.
#[derive(Debug, Clone)]
pub struct Separatrix {
    criticality: Criticality,
    system: FlowSystem,
    saddle: Saddle,
    dynamics: Dynamics,
    root_tolerance: f64,
    /// The tolerance of the flow, and that of the first run of a search.
    flow_tolerance: f64,
    first_flow_tolerance: f64,
    shots: u64,
}

/// The tolerance of a root, unless another is set, and the finest.
const ROOT: f64 = 1e-14;
const FINEST_ROOT: f64 = 1e-17;

/// The loosest tolerance of the first run of a search.
const FIRST_FLOW: f64 = 1e-4;

#[derive(Debug, Clone)]
enum Dynamics {
    Flow(Box<FlowIntegrator>),
    Descent { teacher: ReducedTeacher, step_size: f64 },
}

/// The parameter of the critical start on a line, and an estimate of its error.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Root {
    pub(crate) at: f64,
    pub(crate) error: f64,
}

/// A critical angle, as `z = ln tan(ψ/2)`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CriticalAngle {
    /// `z_c`: starts with a larger `z` (a smaller angle) recover the teacher.
    pub log_tan: f64,
    /// Estimate of the error of `z_c`.
    pub error: f64,
}

impl CriticalAngle {
    /// The critical angle `φ_c` in radians.
    pub fn angle(&self) -> f64 {
        2.0 * (-self.log_tan).exp().atan()
    }
}

/// The critical angle for output weights that start with the given sum `1ᵀa₀` and signal `a₀ᵀb`, in the units in which the
/// initial filter has length 1: starts at a smaller angle recover the teacher, starts at a larger one are trapped. `None`
/// when `x_c ≥ 1`. Without a step size, that of gradient flow.
///
/// # Errors
/// If `sum` or `signal` is not finite or beyond [`LARGEST_SCALE`], the step size not positive or divergent, or the search
/// fails ([`Error::NoSeparatrix`]): for step sizes beyond the [guarantee](crate::basin::Guarantee), or so small (below some
/// 10⁻⁷) that a run takes more than 10⁸ steps; or if the monitor cancels.
///
/// # Examples
/// ```
/// use spurious::{Cell, separatrix::critical_angle};
/// let cell = Cell::new(25, 20, 4.0, 1.0)?;
/// let angle = critical_angle(&cell, None, 0.0, 0.0, &())?.expect("x_c < 1").angle();
/// assert!(angle > std::f64::consts::FRAC_PI_2); // more than half of all filters recover the teacher
/// # Ok::<(), spurious::Error>(())
/// ```
pub fn critical_angle(
    cell: &Cell,
    step_size: Option<f64>,
    sum: f64,
    signal: f64,
    monitor: &dyn Monitor,
) -> Result<Option<CriticalAngle>, Error> {
    let angles = critical_angles(cell, step_size, sum, &[signal], monitor)?;
    Ok(angles.and_then(|angles| angles.first().copied()))
}

/// The critical angles for one sum and several signals: the boundary of the basins in the plane of angle and signal. As
/// [`critical_angle`] for each, but faster where signals follow each other closely: every search begins at the angle before it.
///
/// # Errors
/// As [`critical_angle`].
///
/// # Examples
/// ```
/// use spurious::{Cell, separatrix::critical_angles};
/// let cell = Cell::new(25, 20, 4.0, 1.0)?;
/// let angles = critical_angles(&cell, None, 0.0, &[-0.1, 0.0, 0.1], &())?.expect("x_c < 1");
/// assert!(angles.is_sorted_by(|a, b| a.angle() < b.angle())); // the larger the signal, the more filters recover the teacher
/// # Ok::<(), spurious::Error>(())
/// ```
pub fn critical_angles(
    cell: &Cell,
    step_size: Option<f64>,
    sum: f64,
    signals: &[f64],
    monitor: &dyn Monitor,
) -> Result<Option<Vec<CriticalAngle>>, Error> {
    if let Some(step_size) = step_size {
        cell.shape().check_step_size(step_size)?;
    }
    for (name, value) in [("sum", sum)].into_iter().chain(signals.iter().map(|&signal| ("signal", signal))) {
        if !value.is_finite() {
            return Err(Error::NotFinite { name, value });
        }
        if value.abs() > LARGEST_SCALE {
            return Err(Error::TooLarge { name, value: value.abs(), limit: LARGEST_SCALE });
        }
    }
    let Some(mut separatrix) = Separatrix::new(cell, step_size, 1e-7) else {
        return Ok(None);
    };
    let mut guess = 0.0;
    let angle = |&signal: &f64| {
        let start = OrderParameters { parallel: 1.0, perpendicular: 1.0, sum, signal, residual: 0.0 };
        let state = separatrix.system.state(&cell.teacher(), &start);
        let angle = separatrix.critical_angle(state.slow, state.fast, guess, monitor)?;
        guess = angle.log_tan;
        Ok(angle)
    };
    signals.iter().map(angle).collect::<Result<_, _>>().map(Some)
}

impl Separatrix {
    /// The separatrix of a cell with `x_c < 1`; `None` when there is no spurious minimum. Without a step size that of
    /// gradient flow.
    pub fn new(cell: &Cell, step_size: Option<f64>, tolerance: f64) -> Option<Self> {
        let teacher = cell.teacher();
        let system = FlowSystem::new(&teacher, 1.0);
        let dynamics = match step_size {
            None => Dynamics::Flow(Box::new(FlowIntegrator::new(system, tolerance))),
            Some(step_size) => Dynamics::Descent { teacher, step_size },
        };
        Self::with(cell.shape().criticality(), system, dynamics, tolerance)
    }

    /// The separatrix in the limit of infinitely many patches at fixed criticality.
    pub fn limit(criticality: Criticality, scale_ratio: f64, tolerance: f64) -> Option<Self> {
        let system = FlowSystem::limit(criticality, scale_ratio);
        let flow = Dynamics::Flow(Box::new(FlowIntegrator::new(system, tolerance)));
        Self::with(criticality, system, flow, tolerance)
    }

    fn with(
        criticality: Criticality,
        system: FlowSystem,
        dynamics: Dynamics,
        tolerance: f64,
    ) -> Option<Self> {
        let step = match dynamics {
            Dynamics::Flow(_) => 0.0,
            Dynamics::Descent { step_size, .. } => step_size / (2.0 * PI),
        };
        criticality.has_trap().then(|| Self {
            criticality,
            system,
            saddle: Saddle::new(&system, step),
            root_tolerance: ROOT,
            flow_tolerance: if matches!(dynamics, Dynamics::Flow(_)) { tolerance } else { 0.0 },
            first_flow_tolerance: 0.0,
            dynamics,
            shots: 0,
        })
    }

    /// Number of runs taken so far.
    pub fn shots(&self) -> u64 {
        self.shots
    }

    /// Counts runs that copies have taken.
    pub(crate) fn add_shots(&mut self, shots: u64) {
        self.shots += shots;
    }

    /// What the slow and the fast part of a start weigh beside its `z`, close to the saddle: its left eigenvector.
    pub(crate) fn weights(&self) -> [f64; 2] {
        [self.saddle.left.slow, self.saddle.left.fast]
    }

    /// Sets the tolerance of the integrator of gradient flow, and that of the roots.
    pub(crate) fn set_tolerances(&mut self, flow: f64, root: f64) {
        self.root_tolerance = root.max(FINEST_ROOT);
        if let Dynamics::Flow(_) = self.dynamics {
            self.flow_tolerance = flow.max(flow::FINEST);
        }
    }

    /// Lets searches begin with runs as loose as guesses are, on a line along `along`: what such a run finds is no better.
    pub(crate) fn begin_from(&mut self, guess_error: f64, along: &FlowState) {
        if let Dynamics::Flow(_) = self.dynamics {
            self.first_flow_tolerance = (0.1 * guess_error * dot(&self.saddle.left, along)).min(FIRST_FLOW);
        }
    }

    /// Bound on the error of a critical `z` from the integrator of gradient flow. In units of the square of its tolerance, the largest
    /// error among 80 000 random critical angles was 0.15 for `β ≤ 3` and 1.6 for `β ≤ 100`.
    pub(crate) fn integration_error(&self) -> f64 {
        match self.dynamics {
            Dynamics::Flow(_) => 4.0 * self.flow_tolerance.powi(2),
            Dynamics::Descent { .. } => 0.0,
        }
    }

    /// The critical `z` for output weights that start at `(slow, fast)`, from a guess.
    ///
    /// # Errors
    /// [`Error::NoSeparatrix`] without convergence, [`Error::Cancelled`] if the monitor cancels.
    pub fn critical_angle(
        &mut self,
        slow: f64,
        fast: f64,
        guess: f64,
        monitor: &dyn Monitor,
    ) -> Result<CriticalAngle, Error> {
        let base = FlowState { log_tan: 0.0, slow, fast };
        let along = FlowState { log_tan: 1.0, slow: 0.0, fast: 0.0 };
        let Root { at: log_tan, error } = self.root(&base, &along, guess, monitor)?;
        Ok(CriticalAngle { log_tan, error })
    }

    /// The parameter `t` of the critical start on the line `base + t·along`, from a guess. No component of `along` may be negative:
    /// then the flow, which preserves order, has exactly one, and starts at larger `t` recover the teacher.
    ///
    /// # Errors
    /// As [`critical_angle`](Self::critical_angle).
    pub(crate) fn root(
        &mut self,
        base: &FlowState,
        along: &FlowState,
        guess: f64,
        monitor: &dyn Monitor,
    ) -> Result<Root, Error> {
        let (mut low, mut high) = (f64::NEG_INFINITY, f64::INFINITY);
        // A quarter in z.
        let (mut at, mut stride) = (guess, 0.25 / dot(&self.saddle.left, along));
        let mut flow_tolerance = self.first_flow_tolerance.max(self.flow_tolerance);
        let mut search = Search { root_tolerance: self.root_tolerance, moves: true };
        let mut last_error = f64::INFINITY;
        for _ in 0..400 {
            monitor.check()?;
            if let Dynamics::Flow(integrator) = &mut self.dynamics {
                integrator.set_tolerance(flow_tolerance);
            }
            let shot = self.shoot(&base.plus(at, along), along, &search, monitor)?;
            match shot.verdict {
                Some(Verdict::Global) => high = high.min(at),
                Some(Verdict::Spurious) => low = low.max(at),
                _ => {}
            }
            if shot.verdict.is_none() && !shot.error.is_finite() {
                break; // the run gave no information
            }
            let proposal = at + shot.correction;
            // Newton where the run came near the saddle; else bisection, or growing steps to the open side.
            let is_trusted = shot.error <= 1.0 && proposal > low && proposal < high;
            // A run that was moved gives no bracket. Where it is no better than the one before, or leads out of the bracket, the next
            // one gives it.
            let is_better = is_trusted && shot.error < 0.5 * last_error;
            search.moves = !shot.is_moved() || is_better;
            if shot.is_moved() {
                last_error = shot.error;
                if !is_trusted {
                    continue;
                }
            }
            if low > FARTHEST || high < -FARTHEST {
                return Ok(Root { at: if low > FARTHEST { FARTHEST } else { -FARTHEST }, error: 0.0 });
            }
            if shot.error <= self.root_tolerance && flow_tolerance <= self.flow_tolerance {
                return Ok(Root {
                    at: proposal,
                    error: 10.0 * shot.error
                        + 8.0 * f64::EPSILON * proposal.abs().max(self.saddle.at.log_tan.abs()),
                });
            }
            // The next run may come a hundred times as close; its own error is the square of the tolerance of the flow.
            let is_enough = shot.error <= self.root_tolerance;
            let next = if is_enough { 0.0 } else { 0.01 * shot.error.sqrt() }.max(self.flow_tolerance);
            if next < flow_tolerance {
                // A bracket is no better than the runs that found it.
                (flow_tolerance, low, high) = (next, f64::NEG_INFINITY, f64::INFINITY);
            }
            at = if is_trusted {
                proposal
            } else if low.is_finite() && high.is_finite() {
                0.5 * (low + high)
            } else {
                stride *= 2.0;
                at + if low.is_finite() { stride } else { -stride }
            };
            if high - low <= 4.0 * f64::EPSILON * at.abs().max(1.0) {
                return Ok(Root { at, error: high - low });
            }
        }
        Err(Error::NoSeparatrix {
            criticality: self.criticality.value(),
            scale_ratio: self.system.scale_squared.sqrt(),
        })
    }

    fn shoot(
        &mut self,
        start: &FlowState,
        along: &FlowState,
        search: &Search,
        monitor: &dyn Monitor,
    ) -> Result<Shot, Error> {
        self.shots += 1;
        match &mut self.dynamics {
            Dynamics::Flow(integrator) => {
                Ok(shoot_flow(&self.system, &self.saddle, integrator, (start, along), search))
            }
            Dynamics::Descent { teacher, step_size } => {
                let descent = (&*teacher, *step_size);
                shoot_descent(&self.system, &self.saddle, descent, (start, along), search, monitor)
            }
        }
    }
}
