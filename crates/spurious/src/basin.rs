//! The exact test of which minimum a run reaches.
//!
//! Call the forcing of the signal the *drive*, `c = D(φ)B² + γS(S − s)` (for the rectifier `(g − 1)B² + S(S − s)`, and `κ` is `g`). One
//! step takes `q` to `(1 − hα) q + h c` with `h = η/2π`. Two sets are invariant under gradient flow. They are also invariant under
//! the discrete iteration while `hK ≤ 1` and no step turns the filter past the teacher (see [`Guarantee`]):
//!
//! ```text
//! GLOBAL   = { q ≥ 0, c ≥ 0, κ(φ) ≥ κ_x }
//! SPURIOUS = { q ≤ 0, c ≤ 0, κ(φ) ≤ κ_x }      κ_x = Aδ(1 − x_c)/(A − δx_c)
//! ```
//!
//! A run that enters one of them converges to that minimum. (Excepted are the saddles and the exact antipode, a set of measure
//! zero.) Proof for GLOBAL. Let `e = s − s_t(φ)` be the distance of the sum from its target, and
//! `m(φ) = B²[D + (γρ/K)(A − κ)]`, which rises with `κ` and vanishes at `κ_x`; then `c = m − γS e`. While `q ≥ 0` the angle
//! does not rise, so neither `κ` nor `S s_t` falls, and
//!
//! ```text
//! γS e⁺ = (1 − hK) γS e − γS(s_t(φ⁺) − s_t(φ)) ≤ max(0, (1 − hK) m(φ)) ≤ m(φ⁺),
//! ```
//!
//! that is `c⁺ ≥ 0`; and `q⁺` is a sum of two non-negative terms. The proof for SPURIOUS is the same with reversed signs.
//!
//! The test gives a verdict long before a run converges. The angle of a trapped run approaches `π` only in proportion to `1/t`, so
//! a tolerance on the gradient cannot tell a trapped run from a slow one. See theory, section 7.

use std::f64::consts::PI;

use serde::Serialize;

use crate::dynamics::flow::{FlowState, FlowSystem, kernel_at_saddles};
use crate::model::{Cell, OrderParameters, ReducedTeacher, WeightShape};

/// The outcome of a run. None of these is an error; the first two are proved (see the [module](self)).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The run converges to the teacher.
    Global,
    /// The run converges to the antipode, the spurious minimum: it is trapped.
    Spurious,
    /// No verdict: the steps ran out, the numbers overflowed, or the step size is not covered by the theorem.
    Undecided,
}

/// How the verdict on a run was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DecidedBy {
    /// By a theorem: the run is in an invariant set (see the [module](self)).
    Theorem,
    /// By a theorem: its energy is below the loss of the saddles, and falls ([`EnergyTest`](crate::EnergyTest)).
    Energy,
    /// By an observation: its loss stayed below that of the saddles, on one side, for
    /// [`SETTLED_STEPS`](crate::dynamics::settling::SETTLED_STEPS) steps, or it converged to the teacher. Runs of several filters have tolerances of their own
    /// ([`Convergence`](crate::width::Convergence)).
    Convergence,
}

/// `κ_x = Aδ(1 − x_c)/(A − δx_c)`, the kernel's value at the saddles; negative when there are none (`x_c > 1`). Of the rectifier
/// `π(1 − x_c)/(π − x_c)`.
///
/// # Examples
/// ```
/// use spurious::{basin::saddle_kernel, model::WeightShape};
/// assert_eq!(saddle_kernel(&WeightShape::new(10, 0.0)?), 1.0); // ρ = 0: the saddles lie at a right angle
/// # Ok::<(), spurious::Error>(())
/// ```
pub fn saddle_kernel(shape: &WeightShape) -> f64 {
    kernel_at_saddles(shape.activation(), shape.criticality().complement())
}

/// The test from signal, drive, kernel, and the kernel at the saddles.
fn membership(signal: f64, drive: f64, kernel: f64, saddle: f64) -> Option<Verdict> {
    if signal >= 0.0 && drive >= 0.0 && kernel >= saddle {
        Some(Verdict::Global)
    } else if signal <= 0.0 && drive <= 0.0 && kernel <= saddle {
        Some(Verdict::Spurious)
    } else {
        None
    }
}

/// The exact test at a point of gradient flow, in the variables of [`FlowState`]. `None` outside of
/// both sets.
///
/// # Examples
/// ```
/// use spurious::basin::{flow_verdict, Verdict};
/// use spurious::dynamics::flow::{FlowState, FlowSystem};
/// let limit = FlowSystem::limit(spurious::Criticality::new(0.5)?, 1.0); // many patches
/// let trapped = FlowState { log_tan: -2.0, slow: -0.1, fast: 0.0 };
/// assert_eq!(flow_verdict(&limit, &trapped), Some(Verdict::Spurious));
/// # Ok::<(), spurious::Error>(())
/// ```
pub fn flow_verdict(system: &FlowSystem, state: &FlowState) -> Option<Verdict> {
    let kernel = system.activation.kernel(state.supplement());
    membership(state.signal(), system.drive(state, kernel), kernel, system.saddle_kernel())
}

/// The exact test, prepared for one teacher.
///
/// # Examples
/// ```
/// use spurious::basin::{Basins, Verdict};
/// use spurious::model::{Cell, OrderParameters};
/// let basins = Basins::new(&Cell::new(5, 25, 4.0, 1.0)?.teacher());
/// let start = OrderParameters { parallel: 0.9, perpendicular: 0.5, sum: 0.0, signal: 0.1, residual: 0.0 };
/// assert_eq!(basins.verdict(&start), Some(Verdict::Global));
/// # Ok::<(), spurious::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Basins {
    teacher: ReducedTeacher,
    saddle: f64,
    step: Step,
}

/// What has to be checked about the step size before a verdict is given.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Step {
    /// Nothing: gradient flow, or a step size that is covered for all runs of a cell.
    Covered,
    /// Whether it is covered at the given point.
    Asked(f64),
}

impl Basins {
    /// The test for this teacher, under gradient flow and under every step size that [`Guarantee`] covers.
    pub fn new(teacher: &ReducedTeacher) -> Self {
        Self { teacher: *teacher, saddle: saddle_kernel(&teacher.shape()), step: Step::Covered }
    }

    /// The test under gradient descent with this step size. It gives a verdict only at points from which on the step size is covered.
    pub fn of_descent(teacher: &ReducedTeacher, step_size: f64) -> Self {
        Self { step: Step::Asked(step_size), ..Self::new(teacher) }
    }

    /// The same for the starts of one cell. If the step size is covered for all of them, it is checked once.
    pub(crate) fn of_cell(cell: &Cell, step_size: f64) -> Self {
        let teacher = cell.teacher();
        if Guarantee::for_cell(cell).covers(step_size) {
            Self::new(&teacher)
        } else {
            Self::of_descent(&teacher, step_size)
        }
    }

    /// Whether the step size is covered for all runs.
    pub(crate) fn is_covered(&self) -> bool {
        self.step == Step::Covered
    }

    /// The drive `c = D(φ)B² + γS(S − s)`.
    pub fn drive(&self, at: &OrderParameters) -> f64 {
        self.drive_at(at, self.teacher.activation().kernel(at.supplement()))
    }

    fn drive_at(&self, at: &OrderParameters, kernel: f64) -> f64 {
        let teacher = &self.teacher;
        let (gamma, delta) = (teacher.activation().independent(), teacher.activation().right_angle());
        (kernel - delta) * teacher.norm_squared() + gamma * teacher.sum() * (teacher.sum() - at.sum)
    }

    /// The minimum that a run from this point reaches, if the point is in one of the two invariant sets; otherwise `None`.
    ///
    /// A filter exactly on the teacher's axis stays there. An aligned filter recovers the teacher for all output weights and for
    /// every step size that does not diverge. An antipodal filter ends at the antipode. With the identity as activation both are global minima,
    /// and every run ends at one of them.
    #[inline]
    pub fn verdict(&self, at: &OrderParameters) -> Option<Verdict> {
        if self.teacher.activation().is_identity() {
            // The minimum at the antipode is a global one, too.
            return Some(Verdict::Global).filter(|_| self.covers(at));
        }
        if at.perpendicular == 0.0 {
            let verdict = if at.parallel > 0.0 { Verdict::Global } else { Verdict::Spurious };
            return Some(verdict).filter(|_| self.covers(at));
        }
        let kernel = self.teacher.activation().kernel(at.supplement());
        let verdict = membership(at.signal, self.drive_at(at, kernel), kernel, self.saddle);
        verdict.filter(|_| self.covers(at))
    }

    /// Whether the step size is covered for a run that continues from a point.
    fn covers(&self, at: &OrderParameters) -> bool {
        match self.step {
            Step::Covered => true,
            Step::Asked(step_size) => Guarantee::for_start(&self.teacher, at).covers(step_size),
        }
    }
}

/// The step sizes for which a verdict is a theorem.
///
/// # Examples
/// ```
/// use spurious::{basin::Guarantee, model::Cell};
/// let guarantee = Guarantee::for_cell(&Cell::new(5, 25, 4.0, 1.0)?);
/// assert!((guarantee.largest_step_size - 0.2315).abs() < 1e-4);
/// assert!(guarantee.overshoot_step_size > guarantee.largest_step_size);
/// # Ok::<(), spurious::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Guarantee {
    /// `2π/K`. Up to this step size the sum of the output weights approaches its target from one side, which the proof
    /// uses.
    pub largest_step_size: f64,
    /// `4π/K`. From this step size on the sum of the output weights diverges.
    pub divergent_step_size: f64,
    /// `2‖v₀‖²/((1 + c²) max|q|)` with the negative slope `c`. Up to this step size no step turns the filter past the teacher or the antipode. The condition is sufficient;
    /// it uses a bound on `|q|` along the whole run.
    pub overshoot_step_size: f64,
}

impl Guarantee {
    /// The limits for one run.
    pub fn for_start(teacher: &ReducedTeacher, start: &OrderParameters) -> Self {
        let largest_step_size = 2.0 * PI / teacher.sum_rate();
        let filter_norm_squared = start.filter_norm_squared();
        let system = FlowSystem::new(teacher, filter_norm_squared);
        let signal_bound = teacher.norm_squared() * system.signal_bound(&system.state(teacher, start));
        Self {
            largest_step_size,
            divergent_step_size: 2.0 * largest_step_size,
            overshoot_step_size: 2.0 * filter_norm_squared / (teacher.activation().squares() * signal_bound),
        }
    }

    /// The limits for all starts of the paper's initialisation in a cell.
    pub fn for_cell(cell: &Cell) -> Self {
        let teacher = cell.teacher();
        // |s₀| ≤ |S|, |q₀| ≤ |S| B/√k; the bound below is convex in both, so its maximum is at a corner.
        let signal = teacher.sum() * (teacher.norm_squared() / teacher.patches() as f64).sqrt();
        [(1.0, 1.0), (1.0, -1.0), (-1.0, 1.0), (-1.0, -1.0)]
            .map(|(a, b)| OrderParameters {
                parallel: 1.0,
                perpendicular: 0.0,
                sum: a * teacher.sum(),
                signal: b * signal,
                residual: 0.0,
            })
            .map(|start| Self::for_start(&teacher, &start))
            .into_iter()
            .reduce(|a, b| if b.overshoot_step_size < a.overshoot_step_size { b } else { a })
            .expect("four corners")
    }

    /// The largest step size for which a verdict is proved.
    pub fn limit(&self) -> f64 {
        self.largest_step_size.min(self.overshoot_step_size)
    }

    /// Whether a verdict for this step size is proved.
    pub fn covers(&self, step_size: f64) -> bool {
        step_size <= self.limit()
    }
}
