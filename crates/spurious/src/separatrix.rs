//! The separatrix: the surface between the two basins, found as the stable manifold of the saddles.
//!
//! For a given start `(s₀, q₀)` of the output weights there is one critical angle: starts at a smaller angle recover the teacher,
//! starts at a larger one are trapped. Bisection over whole runs is slow, and near `x_c = 1`, where the saddle repels at a vanishing
//! rate, it takes too long. But the run from a start *on* the separatrix converges to the saddle, at a rate of at least `(π−1)/2π` for
//! all parameters. The search uses this. Let `ℓ` be the left eigenvector of the unstable direction of the saddle. A run and its
//! derivative are computed until `ℓ·(state − saddle)` is accurate to first order; then the start is corrected by Newton's method. Three
//! to five short runs give all digits, also close to `x_c = 1` (theory, section 8).
//!
//! The exact basin test safeguards the iteration: each run that it decides gives a bracket.

use std::f64::consts::PI;

use crate::basin::{Verdict, flow_verdict};
use crate::criticality::Criticality;
use crate::dynamics::flow::{self, FlowIntegrator, FlowState, FlowSystem};
use crate::dynamics::reduced::ReducedDescent;
use crate::error::Error;
use crate::landscape::secular_root;
use crate::model::{Cell, LARGEST_SCALE, OrderParameters, ReducedTeacher};
use crate::monitor::Monitor;
use crate::numerics::scalar::Dual;

/// The saddle that a separatrix belongs to, with the eigenvectors of its unstable direction.
///
/// In the variables of [`flow`](crate::dynamics::flow) the linearisation at the saddle is
///
/// ```text
/// δz' = β²λ (δslow + δfast)      δslow' = −α δslow + D g_z δz      δfast' = −K δfast + F g_z δz
/// Λ = g_z β²λ [ D/(Λ+α) + F/(Λ+K) ],      g_z = λ sin² ψ,     D = slow_gain,  F = fast_gain
/// ```
///
/// with one positive root `Λ`. The discrete iteration has the same eigenvectors: its Jacobian there is `I + hJ`.
#[derive(Debug, Clone, Copy)]
struct Saddle {
    at: FlowState,
    supplement: f64,
    /// Left eigenvector, scaled to 1 in its first component.
    left: FlowState,
    /// Right eigenvector, scaled so that its product with `left` is 1.
    right: FlowState,
}

impl Saddle {
    fn new(system: &FlowSystem) -> Self {
        let supplement = system.activation.supplement_at(system.saddle_kernel());
        let fast = system.fast_gain * system.saddle_kernel() / system.fast_rate;
        let at = FlowState { log_tan: (0.5 * supplement).tan().ln(), slow: -fast, fast };
        Self { at, supplement, left: at, right: at }.with_eigenvectors(system)
    }

    /// The same saddle with the eigenvectors of `system`, whose `β` may differ.
    fn with_eigenvectors(self, system: &FlowSystem) -> Self {
        let Self { at, supplement, .. } = self;
        let kernel_slope = system.activation.kernel_slope(supplement) * supplement.sin(); // g_z
        let turn = system.scale_squared * system.activation.turning(supplement); // β²λ
        let rates = [system.slow_rate(), system.fast_rate];
        let gains = [system.slow_gain * kernel_slope, system.fast_gain * kernel_slope];
        let unstable = secular_root(gains.map(|gain| turn * gain), rates);
        let left = FlowState {
            log_tan: 1.0,
            slow: turn / (unstable + rates[0]),
            fast: turn / (unstable + rates[1]),
        };
        let right = FlowState {
            log_tan: 1.0,
            slow: gains[0] / (unstable + rates[0]),
            fast: gains[1] / (unstable + rates[1]),
        };
        let scale = 1.0 / (1.0 + left.slow * right.slow + left.fast * right.fast);
        let right = FlowState { log_tan: scale, slow: scale * right.slow, fast: scale * right.fast };
        Self { at, supplement, left, right }
    }

    fn unstable_part(&self, offset: &FlowState) -> f64 {
        offset.log_tan + self.left.slow * offset.slow + self.left.fast * offset.fast
    }

    /// The distance of the point from the saddle along the unstable direction and in the other directions, both measured in `z`.
    fn offset(&self, state: &FlowState) -> (f64, f64) {
        let offset = FlowState {
            log_tan: state.log_tan - self.at.log_tan,
            slow: state.slow - self.at.slow,
            fast: state.fast - self.at.fast,
        };
        let along = self.unstable_part(&offset);
        let across = (offset.log_tan - along * self.right.log_tan).abs()
            + (self.left.slow * (offset.slow - along * self.right.slow)).abs()
            + (self.left.fast * (offset.fast - along * self.right.fast)).abs();
        (along, across)
    }
}

/// Critical angles closer than `2e⁻⁶⁰` to 0 or π are reported as this: no random start is closer.
pub(crate) const FARTHEST: f64 = 60.0;

/// The information of one run about the critical start.
#[derive(Debug, Clone, Copy)]
struct Shot {
    /// Newton's correction of the start.
    correction: f64,
    /// Estimate of the error after the correction: the square of the distance from the saddle, taken back to the start.
    error: f64,
    verdict: Option<Verdict>,
}

impl Shot {
    const BLIND: Self = Self { correction: 0.0, error: f64::INFINITY, verdict: None };

    /// Uses one point of a run. `true` when the run can end.
    fn observe(
        &mut self,
        system: &FlowSystem,
        saddle: &Saddle,
        state: &FlowState,
        slope: &FlowState,
    ) -> bool {
        let (along, across) = saddle.offset(state);
        let growth = saddle.unstable_part(slope);
        let error = (along.abs() + across).powi(2) / growth.abs();
        if error < self.error {
            self.error = error;
            self.correction = -along / growth;
        }
        self.verdict = self.verdict.or_else(|| flow_verdict(system, state));
        if across < 1e-9 {
            // Close to the unstable manifold, up to second order: its side is the side of the run. Near x_c = 1 the motion along
            // the manifold is slow, and waiting for the exact test would take long.
            let side = if along > 0.0 { Verdict::Global } else { Verdict::Spurious };
            self.verdict = self.verdict.or((along.abs() > 1e-6).then_some(side));
            return true;
        }
        (self.verdict.is_some() && along.abs() > across) || !along.is_finite()
    }
}

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
        criticality.has_trap().then(|| Self {
            criticality,
            system,
            saddle: Saddle::new(&system),
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

    /// Lets searches begin with runs of a looser tolerance, for guesses that take many runs.
    pub(crate) fn begin_loosely(&mut self, flow: f64) {
        if let Dynamics::Flow(_) = self.dynamics {
            self.first_flow_tolerance = flow;
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
        let (mut at, mut stride) = (guess, 0.25 / self.saddle.unstable_part(along));
        let mut flow_tolerance = self.first_flow_tolerance.max(self.flow_tolerance);
        for _ in 0..400 {
            monitor.check()?;
            if let Dynamics::Flow(integrator) = &mut self.dynamics {
                integrator.set_tolerance(flow_tolerance);
            }
            let shot = self.shoot(&base.plus(at, along), along, monitor)?;
            match shot.verdict {
                Some(Verdict::Global) => high = high.min(at),
                Some(Verdict::Spurious) => low = low.max(at),
                _ => {}
            }
            if shot.verdict.is_none() && !shot.error.is_finite() {
                break; // the run gave no information
            }
            let proposal = at + shot.correction;
            if low > FARTHEST || high < -FARTHEST {
                return Ok(Root { at: if low > FARTHEST { FARTHEST } else { -FARTHEST }, error: 0.0 });
            }
            if shot.error <= self.root_tolerance && flow_tolerance <= self.flow_tolerance {
                return Ok(Root { at: proposal, error: 10.0 * shot.error + f64::EPSILON * proposal.abs() });
            }
            // The next run may come a hundred times as close; its own error is the square of the tolerance of the flow.
            let next = (0.01 * shot.error.sqrt()).max(self.flow_tolerance);
            if next < flow_tolerance {
                // A bracket is no better than the runs that found it.
                (flow_tolerance, low, high) = (next, f64::NEG_INFINITY, f64::INFINITY);
            }
            // Newton where the run came near the saddle; else bisection, or growing steps to the open side.
            let trusted = shot.error <= 1.0 && proposal > low && proposal < high;
            at = if trusted {
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

    fn shoot(&mut self, start: &FlowState, along: &FlowState, monitor: &dyn Monitor) -> Result<Shot, Error> {
        self.shots += 1;
        match &mut self.dynamics {
            Dynamics::Flow(integrator) => {
                Ok(shoot_flow(&self.system, &self.saddle, integrator, start, along))
            }
            Dynamics::Descent { teacher, step_size } => {
                shoot_descent(&self.system, &self.saddle, teacher, *step_size, (start, along), monitor)
            }
        }
    }
}

fn shoot_flow(
    system: &FlowSystem,
    saddle: &Saddle,
    integrator: &mut FlowIntegrator,
    start: &FlowState,
    along: &FlowState,
) -> Shot {
    let (mut state, mut slope) = (*start, *along);
    let mut level = integrator.first_level(start);
    let mut shot = Shot::BLIND;
    // A run approaches the saddle at a rate of at least π − 1 or leaves it; this many steps are never needed.
    for _ in 0..10_000 {
        if shot.observe(system, saddle, &state, &slope) {
            break;
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

fn shoot_descent(
    system: &FlowSystem,
    saddle: &Saddle,
    teacher: &ReducedTeacher,
    step_size: f64,
    (start, along): (&FlowState, &FlowState),
    monitor: &dyn Monitor,
) -> Result<Shot, Error> {
    let descent = ReducedDescent::new(teacher, step_size);
    let b_squared = teacher.norm_squared();
    // The eigenvectors depend on β = ‖b‖/‖v‖, and ‖v‖ grows; they are computed again after this many steps.
    let interval = ((0.2 * 2.0 * PI / step_size) as u64).max(1);
    if interval > MOST_STEPS {
        return Ok(Shot::BLIND);
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
    let mut shot = Shot::BLIND;
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
        saddle = saddle.with_eigenvectors(&now);
        if shot.observe(&now, &saddle, &state, &slope) {
            break;
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
