//! Gradient flow, the limit of vanishing step size, integrated to a tolerance by a method for stiff equations.
//!
//! In units in which `‖b‖ = 1`, with time `τ = t/2π`, `β = ‖b‖/‖v‖` (the flow keeps `‖v‖`) and the constants of the
//! [activation](crate::Activation), the flow of `(φ, s, q)` reads
//!
//! ```text
//! φ' = −β² λ q sin φ        s' = −K s + S (γk + D)        q' = −α q + D + γS(S − s)
//! ```
//!
//! Two changes of variable make it easy to integrate (theory, section 4).
//!
//! * `z = ln tan(ψ/2)` has `z' = β² λ q`. It keeps the relative accuracy of the angle at both ends: `z → −∞` at
//!   the antipode, `z → +∞` at the teacher.
//! * Split `q` into the part that the sum of the output weights contributes and the rest, both measured from the antipode. Then the
//!   linear part is diagonal, and nothing cancels as `x_c → 1`:
//!   `q = slow + fast` with `fast = (S/k)(s − S(γk − δ)/K)` and
//!
//! ```text
//! slow' = −α slow + (1 − ρ/k) κ − δ(1 − x_c)          fast' = −K fast + (ρ/k) κ
//! ```
//!
//! The stiffness, the rate `K` that grows with `k`, is in a constant linear term. Collocation on a step therefore leaves one nonlinear
//! unknown per node, `z`. The method is L-stable, so the slow manifold near `x_c = 1` is followed with long steps.
//!
//! The limit of infinitely many patches at fixed criticality is the same system with
//! `slow_gain = 1 − y`, `fast_gain = 0`, started at `slow = y`, `fast = 0`, with `y = δx_c/A`.

use std::f64::consts::PI;

use nalgebra::{SMatrix, SVector};

use super::iteration::{Iteration, is_beyond_phase_one};
use crate::activation::Activation;
use crate::basin::{Basins, DecidedBy, Verdict};
use crate::criticality::Criticality;
use crate::landscape::global_rate;
use crate::model::{OrderParameters, ReducedTeacher};
use crate::numerics::collocation::Radau;

/// Nodes of a step. Six give order 11. Five need twice as many steps for the same accuracy; with eight a step costs more than is saved.
const NODES: usize = 6;
type Nodal = SVector<f64, NODES>;
type Square = SMatrix<f64, NODES, NODES>;

/// The numbers that the flow depends on (see the [module](self)).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FlowSystem {
    /// The activation of the network.
    pub activation: Activation,
    /// `β² = ‖b‖²/‖v‖²`.
    pub scale_squared: f64,
    /// `1 − x_c`.
    pub complement: f64,
    /// Gain `1 − ρ/k` of the slow part of the signal.
    pub slow_gain: f64,
    /// Gain `ρ/k` of the fast part.
    pub fast_gain: f64,
    /// Rate `K` of the fast part.
    pub fast_rate: f64,
}

/// A point of the flow: three numbers, in units in which `‖b‖ = 1`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FlowState {
    /// `z = ln tan(ψ/2)`, any real number; `+∞` is the teacher, `−∞` the antipode.
    pub log_tan: f64,
    /// Slow part of the signal.
    pub slow: f64,
    /// Fast part of the signal, the contribution of the sum of the output weights.
    pub fast: f64,
}

impl FlowState {
    /// Supplement `ψ = π − φ = 2 atan eᶻ`.
    pub fn supplement(&self) -> f64 {
        2.0 * self.log_tan.exp().atan()
    }

    /// Angle `φ = 2 atan e⁻ᶻ`.
    pub fn angle(&self) -> f64 {
        2.0 * (-self.log_tan).exp().atan()
    }

    /// The point at `t` on the line through this one.
    pub(crate) fn plus(&self, t: f64, along: &Self) -> Self {
        Self {
            log_tan: self.log_tan + t * along.log_tan,
            slow: self.slow + t * along.slow,
            fast: self.fast + t * along.fast,
        }
    }

    /// Signal `q/‖b‖²`.
    pub fn signal(&self) -> f64 {
        self.slow + self.fast
    }
}

impl FlowSystem {
    /// The flow against `teacher` of a filter with squared length `filter_norm_squared`.
    pub fn new(teacher: &ReducedTeacher, filter_norm_squared: f64) -> Self {
        let shape = teacher.shape();
        Self {
            activation: shape.activation(),
            scale_squared: teacher.norm_squared() / filter_norm_squared,
            complement: shape.criticality().complement(),
            slow_gain: teacher.orthogonal_share(),
            fast_gain: shape.constant_share(),
            fast_rate: shape.sum_rate(),
        }
    }

    /// The limit of infinitely many patches at fixed criticality, which is planar.
    pub fn limit(criticality: Criticality, scale_ratio: f64) -> Self {
        let activation = criticality.activation();
        Self {
            activation,
            scale_squared: scale_ratio * scale_ratio,
            complement: criticality.complement(),
            slow_gain: 1.0 - activation.right_angle() * criticality.value() / activation.aligned(),
            fast_gain: 0.0,
            fast_rate: 1.0,
        }
    }

    /// The point of the flow with these order parameters. The residual does not matter.
    pub fn state(&self, teacher: &ReducedTeacher, at: &OrderParameters) -> FlowState {
        let b_squared = teacher.norm_squared();
        let sum = teacher.sum() * at.sum / (teacher.patches() as f64 * b_squared); // (S/k) s
        let fast = sum - self.antipodal_sum();
        FlowState {
            log_tan: log_tan_half_supplement(at.parallel, at.perpendicular),
            slow: at.signal / b_squared - fast,
            fast,
        }
    }

    /// The contribution of the sum to the signal at the antipode, `(S/k) s = (ρ/k)(γk − δ)/K`, where the fast part is zero.
    pub(crate) fn antipodal_sum(&self) -> f64 {
        self.fast_gain * (1.0 - self.activation.aligned() / self.fast_rate)
    }

    /// The sum of the output weights at a point of the flow, for a teacher with `S ≠ 0`.
    pub(crate) fn sum(&self, teacher: &ReducedTeacher, state: &FlowState) -> f64 {
        let share = state.fast + self.antipodal_sum(); // (S/k) s
        share * teacher.patches() as f64 * teacher.norm_squared() / teacher.sum()
    }

    /// The rate `α` of the slow part.
    pub(crate) fn slow_rate(&self) -> f64 {
        self.activation.output_rate()
    }

    /// `δ(1 − x_c)`, the constant by which the slow part and the drive fall.
    fn constant(&self) -> f64 {
        self.activation.right_angle() * self.complement
    }

    /// The drive `κ − δ(1 − x_c) − (K − α)·fast` whose sign, with that of `q`, decides the basin.
    pub(crate) fn drive(&self, state: &FlowState, kernel: f64) -> f64 {
        (self.slow_gain + self.fast_gain) * kernel
            - self.constant()
            - (self.fast_rate - self.slow_rate()) * state.fast
    }

    /// `κ_x`, the kernel's value at the saddles.
    pub(crate) fn saddle_kernel(&self) -> f64 {
        kernel_at_saddles(self.activation, self.complement)
    }

    /// A bound on `|q|` along the whole path from a point, under the flow and under descent with `hK ≤ 1`. Each of the two parts of `q`
    /// moves towards a target of known range, and so stays in the smallest interval that contains its start and this range.
    pub(crate) fn signal_bound(&self, start: &FlowState) -> f64 {
        let largest = self.activation.aligned();
        let slow_targets = [-self.constant(), self.slow_gain * largest - self.constant()]
            .map(|target| (target / self.slow_rate()).abs());
        let slow = start.slow.abs().max(slow_targets[0]).max(slow_targets[1]);
        let fast = start.fast.abs().max(self.fast_gain * largest / self.fast_rate);
        slow + fast
    }
}

/// `κ_x = Aδ(1 − x_c)/(A − δx_c)` from `1 − x_c`.
pub(crate) fn kernel_at_saddles(activation: Activation, complement: f64) -> f64 {
    let (aligned, delta) = (activation.aligned(), activation.right_angle());
    aligned * (delta * complement) / (aligned - delta * (1.0 - complement))
}

/// `z = ln tan(ψ/2)` of the filter `(x, y)`, accurate at both ends.
fn log_tan_half_supplement(x: f64, y: f64) -> f64 {
    let length = x.hypot(y);
    // tan(ψ/2) = y/(R − x) = (R + x)/y
    if x > 0.0 { ((length + x) / y).ln() } else { (y / (length - x)).ln() }
}

/// Integrates the flow: an adaptive implicit method of order 11, optionally with the derivative of the solution
/// with respect to its start.
///
/// Step lengths are powers of two, so that everything that depends on the step length alone is computed once and kept.
#[derive(Debug, Clone)]
pub struct FlowIntegrator {
    system: FlowSystem,
    radau: Radau<NODES>,
    tolerance: f64,
    tables: Vec<Option<Box<StepTable>>>,
}

/// Everything that depends on the step length `h` alone: the solution of the two linear equations for any `g` at the nodes,
/// `slow = slow_start·slow(0) + slow_gain·… g − …`.
#[derive(Debug, Clone)]
struct StepTable {
    length: f64,
    /// `h β² A`.
    angle: Square,
    /// Response at the nodes of each part to its own start: `(I + h r A)⁻¹ 1`.
    slow_start: Nodal,
    fast_start: Nodal,
    /// Response of the slow part to its constant forcing.
    slow_constant: Nodal,
    /// Response of each part, and of their sum, to the kernel at the nodes.
    slow_kernel: Square,
    fast_kernel: Square,
    signal_kernel: Square,
}

/// The finest tolerance. A finer one would be below the rounding error.
pub(crate) const FINEST: f64 = 1e-14;

/// Levels of step length: `2^(LOWEST)` to `2^(LOWEST + LEVELS − 1)`.
const LOWEST: i32 = -60;
const LEVELS: usize = 160;

impl StepTable {
    fn new(system: &FlowSystem, radau: &Radau<NODES>, length: f64) -> Self {
        let response = |rate: f64| {
            (Square::identity() + radau.integral * (length * rate))
                .try_inverse()
                .expect("the eigenvalues of the Radau matrix have positive real part")
        };
        let ones = Nodal::from_element(1.0);
        let (slow, fast) = (response(system.slow_rate()), response(system.fast_rate));
        let slow_forced = slow * radau.integral * length;
        let slow_kernel = slow_forced * system.slow_gain;
        let fast_kernel = fast * radau.integral * (length * system.fast_gain);
        Self {
            length,
            angle: radau.integral * (length * system.scale_squared),
            slow_start: slow * ones,
            fast_start: fast * ones,
            slow_constant: slow_forced * ones * system.constant(),
            slow_kernel,
            fast_kernel,
            signal_kernel: slow_kernel + fast_kernel,
        }
    }
}

/// One accepted step: its end and the solution at its nodes.
#[derive(Debug, Clone)]
pub struct FlowStep {
    /// Length in units of `τ = t/2π`.
    pub length: f64,
    /// The solution at the end.
    pub end: FlowState,
    /// Derivative of the end with respect to the same parameter as the given derivative of the beginning.
    pub slope: FlowState,
    begin: FlowState,
    nodes: [Nodal; 3],
    /// Level of the next step that the error estimate allows.
    pub next_level: i32,
}

impl FlowIntegrator {
    /// An integrator for `system`. The `tolerance` bounds the highest Legendre mode of `z` on each step. This mode is the error inside
    /// the step; the error at its end is of the order of the square. A tolerance below 1e-14, the rounding error, is raised to it.
    pub fn new(system: FlowSystem, tolerance: f64) -> Self {
        Self { system, radau: Radau::new(), tolerance: tolerance.max(FINEST), tables: vec![None; LEVELS] }
    }

    /// The system that is integrated.
    pub fn system(&self) -> &FlowSystem {
        &self.system
    }

    /// The same integrator with another tolerance; its tables are kept.
    pub(crate) fn set_tolerance(&mut self, tolerance: f64) {
        self.tolerance = tolerance.max(FINEST);
    }

    /// A level for the first step: a quarter to a half of the fastest time scale at the start.
    pub fn first_level(&self, start: &FlowState) -> i32 {
        let turning = PI * self.system.activation.squares();
        let rate = self.system.fast_rate + PI + self.system.scale_squared * turning * start.signal().abs();
        ((0.5 / rate).log2().floor() as i32).clamp(LOWEST, LOWEST + LEVELS as i32 - 1)
    }

    fn table(&mut self, level: i32) -> &StepTable {
        let (system, radau) = (&self.system, &self.radau);
        self.tables[(level - LOWEST) as usize]
            .get_or_insert_with(|| Box::new(StepTable::new(system, radau, f64::from(level).exp2())))
    }

    /// Advances from `begin` by a step of at most `2^level`, shortened until the error estimate is met. `slope` is
    /// the derivative of `begin` with respect to a parameter; the step has the derivative of its end.
    ///
    /// # Examples
    /// ```
    /// use spurious::dynamics::flow::{FlowIntegrator, FlowState, FlowSystem};
    /// let mut flow = FlowIntegrator::new(FlowSystem::limit(spurious::Criticality::new(0.5)?, 1.0), 1e-9);
    /// let begin = FlowState { log_tan: 0.3, slow: 0.1, fast: 0.0 };
    /// let still = FlowState { log_tan: 0.0, slow: 0.0, fast: 0.0 };
    /// let step = flow.advance(&begin, &still, -3);
    /// assert!(step.length <= 0.125); // 2⁻³, or less where the tolerance asks for it
    /// assert!(step.end.log_tan > begin.log_tan); // a positive signal turns the filter towards the teacher
    /// # Ok::<(), spurious::Error>(())
    /// ```
    pub fn advance(&mut self, begin: &FlowState, slope: &FlowState, level: i32) -> FlowStep {
        let mut level = level.clamp(LOWEST, LOWEST + LEVELS as i32 - 1);
        loop {
            if let Some(step) = self.attempt(begin, slope, level) {
                return step;
            }
            level = (level - 1).max(LOWEST);
        }
    }

    fn attempt(&mut self, begin: &FlowState, slope: &FlowState, level: i32) -> Option<FlowStep> {
        let tolerance = self.tolerance;
        let highest_mode = self.radau.highest_mode;
        let scale_squared = self.system.scale_squared;
        let activation = self.system.activation;
        let predicted = self.predict(begin, level);
        let table = self.table(level);

        // Collocation: zᵢ = z₀ + hβ² Σⱼ Aᵢⱼ λⱼ qⱼ with q = free + signal_kernel·κ(z).
        let free = table.slow_start * begin.slow + table.fast_start * begin.fast - table.slow_constant;
        let mut z = predicted;
        let mut parts = NodalParts::at(activation, &z);
        let mut signal = free + table.signal_kernel * parts.kernel;
        let mut previous_change = f64::INFINITY;
        let mut iterations = 0;
        let factors = loop {
            let residual = z.add_scalar(-begin.log_tan) - table.angle * parts.turning.component_mul(&signal);
            // λ' = γ sin ψ and κ' = λ sin² ψ with respect to z.
            let mut inner = table.signal_kernel;
            for i in 0..NODES {
                for j in 0..NODES {
                    inner[(i, j)] *= parts.turning[i] * parts.kernel_slope[j];
                }
                inner[(i, i)] += parts.turning_slope[i] * signal[i];
            }
            let factors = (Square::identity() - table.angle * inner).lu();
            let change = factors.solve(&residual).unwrap_or(Nodal::from_element(f64::NAN));
            let size = change.amax();
            iterations += 1;
            if !size.is_finite() || iterations > 12 || (iterations > 2 && size > previous_change) {
                if level > LOWEST && (size.is_nan() || size > 1e-12) {
                    return None;
                }
                break factors;
            }
            z -= change;
            parts = NodalParts::at(activation, &z);
            signal = free + table.signal_kernel * parts.kernel;
            // Newton converges quadratically: after a change of 1e-8 the error is rounding.
            if size <= 1e-8 {
                break factors;
            }
            previous_change = size;
        };

        let mode =
            (highest_mode.dot(&parts.turning.component_mul(&signal)) * scale_squared * table.length).abs();
        if mode > tolerance && level > LOWEST {
            return None;
        }
        // The mode is O(h^NODES), so it grows by 2^NODES when the step is doubled.
        let spare = (tolerance / mode.max(1e-300)).log2() / NODES as f64;
        let next_level = level + (spare.floor() as i32).clamp(0, 2);

        // The derivative solves the linearised equations with the same matrix.
        let free_slope = table.slow_start * slope.slow + table.fast_start * slope.fast;
        let right = (table.angle * parts.turning.component_mul(&free_slope)).add_scalar(slope.log_tan);
        let z_slope = factors.solve(&right).unwrap_or(Nodal::from_element(f64::NAN));
        let kernel_slope = parts.kernel_slope.component_mul(&z_slope);

        const END: usize = NODES - 1;
        let slow = table.slow_start * begin.slow + table.slow_kernel * parts.kernel - table.slow_constant;
        let fast = table.fast_start * begin.fast + table.fast_kernel * parts.kernel;
        Some(FlowStep {
            length: table.length,
            end: FlowState { log_tan: z[END], slow: slow[END], fast: fast[END] },
            slope: FlowState {
                log_tan: z_slope[END],
                slow: table.slow_start[END] * slope.slow
                    + table.slow_kernel.row(END).transpose().dot(&kernel_slope),
                fast: table.fast_start[END] * slope.fast
                    + table.fast_kernel.row(END).transpose().dot(&kernel_slope),
            },
            begin: *begin,
            nodes: [z, slow, fast],
            next_level,
        })
    }

    /// A first guess of the solution at the nodes: Taylor's polynomial of degree two, with a bound on its size.
    fn predict(&self, begin: &FlowState, level: i32) -> Nodal {
        let system = &self.system;
        let (supplement, signal) = (begin.supplement(), begin.signal());
        let kernel = system.activation.kernel(supplement);
        let turning = system.activation.turning(supplement);
        let rate = system.scale_squared * turning * signal;
        let signal_rate = system.drive(begin, kernel) - system.slow_rate() * signal;
        let gamma = system.activation.independent();
        let bend = system.scale_squared * (gamma * supplement.sin() * rate * signal + turning * signal_rate);
        let length = f64::from(level).exp2();
        self.radau.nodes.map(|c| {
            let time = c * length;
            begin.log_tan + (time * (rate + 0.5 * time * bend)).clamp(-2.0, 2.0)
        })
    }

    /// The solution inside a step, at the fraction `position ∈ [0, 1]` of its length.
    pub fn inside(&self, step: &FlowStep, position: f64) -> FlowState {
        let at = |start, values: &Nodal| self.radau.interpolate(start, values, position);
        FlowState {
            log_tan: at(step.begin.log_tan, &step.nodes[0]),
            slow: at(step.begin.slow, &step.nodes[1]),
            fast: at(step.begin.fast, &step.nodes[2]),
        }
    }
}

/// The path of gradient flow from one start, in steps that the integrator chooses.
#[derive(Debug)]
pub(crate) struct FlowPath {
    integrator: FlowIntegrator,
    basins: Basins,
    teacher: ReducedTeacher,
    start: OrderParameters,
    /// `‖v‖`, which is constant along the flow.
    length: f64,
    max_time: f64,
    /// The longest step of phase II. The integrator could take longer steps there, but the record is to show the linear rate.
    longest_level: i32,
    /// The last step, and the time at which it began.
    last: Option<(FlowStep, f64)>,
}

/// A point of the path: its place, its time, and the next step length of the integrator.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PathPoint {
    state: FlowState,
    time: f64,
    level: i32,
}

/// The derivative where none is wanted.
const STILL: FlowState = FlowState { log_tan: 0.0, slow: 0.0, fast: 0.0 };

impl FlowPath {
    pub(crate) fn new(
        teacher: &ReducedTeacher,
        patch_dim: usize,
        start: &OrderParameters,
        tolerance: f64,
        max_time: f64,
    ) -> Self {
        let squared = start.filter_norm_squared();
        let system = FlowSystem::new(teacher, squared);
        // Half the time in which the slowest mode at the global minimum falls by 1/e.
        let rate = global_rate(patch_dim, &teacher.shape(), system.scale_squared, 1.0);
        Self {
            integrator: FlowIntegrator::new(system, tolerance),
            basins: Basins::new(teacher),
            teacher: *teacher,
            start: *start,
            length: squared.sqrt(),
            max_time,
            longest_level: (0.5 / (2.0 * PI * rate)).log2().floor() as i32,
            last: None,
        }
    }

    /// The start.
    pub(crate) fn begin(&self) -> PathPoint {
        let mut state = self.integrator.system.state(&self.teacher, &self.start);
        // A start on the teacher's axis has an infinite z and stays there. At |z| = 300 the filter does not move either.
        state.log_tan = state.log_tan.clamp(-300.0, 300.0);
        PathPoint { state, time: 0.0, level: self.integrator.first_level(&state) }
    }

    /// The order parameters of a point of the flow.
    fn order_parameters(&self, state: &FlowState, time: f64) -> OrderParameters {
        let system = &self.integrator.system;
        let decay = |rate: f64| (-rate * time / (2.0 * PI)).exp();
        let sum = if self.teacher.sum() == 0.0 {
            self.start.sum * decay(system.fast_rate) // s' = −K s
        } else {
            system.sum(&self.teacher, state)
        };
        let on_axis = self.start.perpendicular == 0.0;
        OrderParameters {
            parallel: self.length * state.log_tan.tanh(),
            perpendicular: if on_axis { 0.0 } else { self.length / state.log_tan.cosh() },
            sum,
            signal: state.signal() * self.teacher.norm_squared(),
            residual: self.start.residual * decay(system.slow_rate()),
        }
    }
}

impl Iteration for FlowPath {
    type State = PathPoint;

    fn view(&self, at: &PathPoint) -> OrderParameters {
        self.order_parameters(&at.state, at.time)
    }

    fn step(&mut self, at: &mut PathPoint) {
        let mut level = at.level;
        if is_beyond_phase_one(&self.teacher, &self.view(at)) {
            level = level.min(self.longest_level);
        }
        let left = (self.max_time - at.time) / (2.0 * PI);
        let step = self.integrator.advance(&at.state, &STILL, level.min(left.log2().ceil() as i32));
        let end = at.time + 2.0 * PI * step.length;
        let begin = at.time;
        *at = PathPoint { state: step.end, time: end.min(self.max_time), level: step.next_level };
        if end > self.max_time {
            // The last step may go beyond the end; the run is cut there.
            at.state = self.integrator.inside(&step, (self.max_time - begin) / (end - begin));
        }
        self.last = Some((step, begin));
    }

    fn time(&self, at: &PathPoint, _: u64) -> f64 {
        at.time
    }

    fn verdict(&mut self, _: &PathPoint, at: &OrderParameters) -> Option<(Verdict, DecidedBy)> {
        Some((self.basins.verdict(at)?, DecidedBy::Theorem))
    }

    fn numbers(&self) -> usize {
        // A step takes some hundred times as long as a step of descent.
        500
    }

    fn passed(&self, time: f64) -> Option<OrderParameters> {
        let (step, begin) = self.last.as_ref()?;
        let inside = self.integrator.inside(step, (time - begin) / (2.0 * PI * step.length));
        Some(self.order_parameters(&inside, time))
    }
}

/// Functions of the angle at the nodes of a step.
struct NodalParts {
    /// `λ`
    turning: Nodal,
    /// `dλ/dz = γ sin ψ`
    turning_slope: Nodal,
    kernel: Nodal,
    /// `dκ/dz = λ sin² ψ`
    kernel_slope: Nodal,
}

impl NodalParts {
    fn at(activation: Activation, z: &Nodal) -> Self {
        let (gamma, leak) = (activation.independent(), activation.leak());
        // With t = tan(ψ/2): ψ = 2 atan t, sin ψ = 2/(1/t + t), cos ψ = (1/t − t)/(1/t + t).
        let tangent = z.map(|z| z.clamp(-300.0, 300.0).exp());
        let supplement = tangent.map(|t| 2.0 * t.atan());
        let sine = tangent.map(|t| 2.0 / (1.0 / t + t));
        let kernel = Nodal::from_fn(|i, _| {
            let t = tangent[i];
            let of_rectifier = if supplement[i] > 1.0 {
                sine[i] - supplement[i] * (0.5 * sine[i] * (1.0 / t - t))
            } else {
                crate::kernel::arc_cosine_kernel(supplement[i])
            };
            gamma * of_rectifier + leak * (sine[i] * t) // 1 − cos ψ = t sin ψ
        });
        let turning = supplement * gamma + Nodal::from_element(leak);
        let kernel_slope = turning.zip_map(&sine, |turning, sin| turning * sin * sin);
        Self { turning, turning_slope: sine * gamma, kernel, kernel_slope }
    }
}
