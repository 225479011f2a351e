//! A run and its record: the trajectory, the phases, the rate of convergence, and the verdict.
//!
//! There are four ways to run: [`descend`] uses all `p + k` numbers, [`descend_reduced`] the exact reduction to five, [`follow_flow`] gradient
//! flow, and [`descend_by`] any algorithm. Time is `t = η·steps` in all of them, so that they can be compared.
//!
//! The two phases: phase I ends at the first step at which both `cos φ ≥ 1/√2` and `q ≥ ‖b‖²/2`; after it the run
//! converges linearly.

use std::ops::ControlFlow;

use rand_chacha::ChaCha8Rng;
use serde::Serialize;

use super::algorithm::{Algorithm, Carrier};
use super::flow::FlowPath;
use super::iteration::{DecidedDescent, FullDescent, Iteration, carry, is_beyond_phase_one};
use super::moments::Moments;
use super::sentence::sentence;
use crate::basin::{Basins, DecidedBy, Guarantee, Verdict, saddle_kernel};
use crate::error::{Error, positive};
use crate::export::{Column, Table};
use crate::landscape::{global_rate, projected_loss, spurious_closing, spurious_rate};
use crate::model::{Cell, OrderParameters, ReducedTeacher, Snapshot, Student, Teacher};
use crate::monitor::Monitor;
use crate::population::reduced_loss;

/// Which moments of a run are recorded.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Recording {
    /// Every `n`-th step of gradient descent; for gradient flow every step of the integrator.
    Every(u64),
    /// The start, and this number of moments per decade of time, evenly spaced on a logarithmic axis.
    PerDecade(u32),
}

/// Gradient descent. The step size belongs to the experiment, so it has no default.
///
/// # Examples
/// ```
/// use spurious::dynamics::run::Descent;
/// let descent = Descent { max_steps: 10_000, ..Descent::new(0.05) };
/// assert_eq!(descent.step_size, 0.05);
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Descent {
    /// Step size `η`.
    pub step_size: f64,
    /// The largest number of steps, if the run does not converge before.
    pub max_steps: u64,
    /// The run has converged when its loss is at most this, in units of `‖b‖²`.
    pub loss_tolerance: f64,
    /// What is recorded.
    pub recording: Recording,
}

impl Descent {
    /// Descent with this step size and defaults for the rest.
    pub const fn new(step_size: f64) -> Self {
        Self { step_size, max_steps: 1_000_000, loss_tolerance: 1e-26, recording: Recording::PerDecade(100) }
    }
}

/// The longest accepted time of gradient flow. A trapped run is then within 10⁻²⁰ of the antipode.
pub const LONGEST_TIME: f64 = 1e21;

/// Gradient flow.
#[derive(Debug, Clone, PartialEq)]
pub struct Flow {
    /// The longest time `t` (that of `t/η` steps of descent), if the run does not converge before.
    pub max_time: f64,
    /// The run has converged when its loss is at most this, in units of `‖b‖²`.
    pub loss_tolerance: f64,
    /// Tolerance of the integrator within each step.
    pub tolerance: f64,
    /// What is recorded.
    pub recording: Recording,
}

impl Default for Flow {
    fn default() -> Self {
        Self { max_time: 1e6, loss_tolerance: 1e-26, tolerance: 1e-9, recording: Recording::PerDecade(100) }
    }
}

/// Why a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Stop {
    /// The loss fell below the tolerance.
    Converged,
    /// The steps or the time ran out. Trapped runs end in this way, because they converge only like `1/t`.
    Exhausted,
    /// The numbers overflowed: the step size is too large.
    Diverged,
}

/// One recorded moment.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Record {
    /// Number of steps so far.
    pub step: u64,
    /// Time `t = η·steps`.
    pub time: f64,
    /// Population loss.
    pub loss: f64,
    /// Angle `φ`, radians.
    pub angle: f64,
    /// Supplement `ψ = π − φ`, radians, accurate near the antipode.
    pub supplement: f64,
    /// `s = 1ᵀa`.
    pub sum: f64,
    /// `q = aᵀb`.
    pub signal: f64,
    /// `‖v‖`.
    pub filter_norm: f64,
}

impl Record {
    fn snapshot(&self) -> Snapshot {
        Snapshot { loss: self.loss, angle: self.angle, sum: self.sum, signal: self.signal }
    }
}

/// A run: its outcome and the recorded trajectory.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Run {
    /// The minimum to which the run converges.
    pub verdict: Verdict,
    /// How that was found; `None` if it is undecided.
    pub decided_by: Option<DecidedBy>,
    /// The step after which the verdict was certain.
    pub verdict_step: Option<u64>,
    /// The time of that step.
    pub verdict_time: Option<f64>,
    /// What the run does and why: one clause for each, with a colon between them and no full stop.
    pub sentence: String,
    /// Steps taken.
    pub steps: u64,
    /// Time `t = η·steps` at the end.
    pub time: f64,
    /// Why the run ended.
    pub stop: Stop,
    /// Steps of phase I, if it ended.
    pub phase_one_steps: Option<u64>,
    /// Time of phase I, if it ended.
    pub phase_one_time: Option<f64>,
    /// For a run that recovered the teacher: the final rate of decrease of its error (the square root of the loss) per unit of time, by a
    /// least-squares fit. For a trapped run with a leak that of `π − φ`.
    pub measured_rate: Option<f64>,
    /// The rate predicted by the Hessian at that minimum.
    pub predicted_rate: Option<f64>,
    /// For a trapped run of the rectifier: `(π − φ)·t` at the end, which tends to a constant.
    pub measured_closing: Option<f64>,
    /// That constant, `2π‖v‖²/|q₋|`.
    pub predicted_closing: Option<f64>,
    /// The step sizes for which the verdict is a theorem; `None` for gradient flow, and for other algorithms than gradient descent.
    pub guarantee: Option<Guarantee>,
    /// The last point.
    #[serde(rename = "final")]
    pub end: Snapshot,
    /// The recorded moments.
    #[serde(skip)]
    pub trajectory: Vec<Record>,
}

impl Run {
    /// The run with at most so many recorded moments (at least two): the first, the last, and others evenly between them.
    ///
    /// # Examples
    /// ```
    /// use spurious::{Cell, Descent, OrderParameters, descend_reduced};
    /// let start = OrderParameters { parallel: -0.9, perpendicular: 0.4, sum: 0.0, signal: -0.1, residual: 0.1 };
    /// let run = descend_reduced(&Cell::new(25, 20, 4.0, 1.0)?.teacher(), 25, &start, &Descent::new(0.1), &())?;
    /// let (first, last) = (run.trajectory[0], run.trajectory[run.trajectory.len() - 1]);
    /// let thinned = run.thinned(50).trajectory;
    /// assert_eq!((thinned.len(), thinned[0], thinned[49]), (50, first, last));
    /// # Ok::<(), spurious::Error>(())
    /// ```
    #[must_use]
    pub fn thinned(mut self, most: usize) -> Self {
        let (count, most) = (self.trajectory.len(), most.max(2));
        if count > most {
            self.trajectory = (0..most).map(|i| self.trajectory[i * (count - 1) / (most - 1)]).collect();
        }
        self
    }

    /// The second half of the sentence: why the run ends where it ends.
    ///
    /// # Examples
    /// ```
    /// use spurious::{Cell, Descent, OrderParameters, descend_reduced};
    /// let cell = Cell::new(5, 25, 4.0, 1.0)?;
    /// let start = OrderParameters { parallel: -0.9, perpendicular: 0.4, sum: 0.0, signal: 0.1, residual: 0.0 };
    /// let run = descend_reduced(&cell.teacher(), 5, &start, &Descent::new(0.1), &())?;
    /// let why = "after 21 steps its signal is negative and its angle, 155.7°, beyond that of the saddles, 104.9°, and both stay so; \
    ///            reversing its filter and fitting its output weights again recovers the teacher";
    /// assert_eq!(run.why(), why);
    /// assert_eq!(run.sentence, format!("the run is trapped at the antipode: {why}"));
    /// # Ok::<(), spurious::Error>(())
    /// ```
    pub fn why(&self) -> &str {
        self.sentence.split_once(": ").map_or("", |(_, why)| why)
    }

    /// The recorded moments as a table.
    pub fn table(&self) -> Table {
        let keys = ["step", "time", "loss", "angle", "supplement", "sum", "signal", "filter_norm"];
        let mut table = Table::new(keys.map(Column::hidden).to_vec());
        for record in &self.trajectory {
            let Record { step, time, loss, angle, supplement, sum, signal, filter_norm } = *record;
            let mut row = vec![step.into()];
            row.extend([time, loss, angle, supplement, sum, signal, filter_norm].map(Into::into));
            table.push(row);
        }
        table
    }
}

/// Gradient descent on all `p + k` numbers.
///
/// # Errors
/// If the shapes of teacher and student differ, the step size is not positive, or the monitor cancels.
///
/// # Examples
/// ```
/// use spurious::basin::Verdict;
/// use spurious::dynamics::run::{descend, Descent};
/// use spurious::{initialization::sample_student, model::{Cell, Teacher}, numerics::random::stream};
/// let teacher = Teacher::planted(&Cell::new(25, 20, 4.0, 1.0)?);
/// let start = sample_student(&teacher, &mut stream(1, 0, 0));
/// let run = descend(&teacher, &start, &Descent { max_steps: 2_000, ..Descent::new(0.1) }, &())?;
/// assert_ne!(run.verdict, Verdict::Undecided);
/// # Ok::<(), spurious::Error>(())
/// ```
pub fn descend(
    teacher: &Teacher,
    start: &Student,
    descent: &Descent,
    monitor: &dyn Monitor,
) -> Result<Run, Error> {
    positive("step size", descent.step_size)?;
    let reduced = teacher.reduced();
    let basins = Basins::of_descent(&reduced, descent.step_size);
    let iteration = FullDescent::new(teacher, start, descent.step_size, basins)?;
    observed(
        iteration,
        start.clone(),
        &reduced,
        teacher.direction().len(),
        &Observation::of_descent(descent),
        monitor,
    )
}

/// Gradient descent in five numbers, the exact reduction. `patch_dim` is needed only for the predicted rate.
///
/// # Errors
/// If the step size is not positive, or if the monitor cancels.
///
/// # Examples
/// ```
/// use spurious::basin::Verdict;
/// use spurious::dynamics::run::{descend_reduced, Descent};
/// use spurious::model::{Cell, OrderParameters};
/// let cell = Cell::new(25, 20, 4.0, 1.0)?;
/// let start = OrderParameters { parallel: -0.9, perpendicular: 0.4, sum: 0.0, signal: -0.1, residual: 0.1 };
/// let run = descend_reduced(&cell.teacher(), 25, &start, &Descent::new(0.1), &())?;
/// assert_eq!(run.verdict, Verdict::Spurious);
/// # Ok::<(), spurious::Error>(())
/// ```
pub fn descend_reduced(
    teacher: &ReducedTeacher,
    patch_dim: usize,
    start: &OrderParameters,
    descent: &Descent,
    monitor: &dyn Monitor,
) -> Result<Run, Error> {
    positive("step size", descent.step_size)?;
    let iteration = DecidedDescent::new(teacher, descent.step_size);
    observed(iteration, *start, teacher, patch_dim, &Observation::of_descent(descent), monitor)
}

/// A run of any [`Algorithm`], for a cell and from a start of it. `random` is drawn from for what a start leaves open, and for noise.
///
/// # Errors
/// If the step size is not positive or a setting of the algorithm out of range ([`Algorithm::check`]), or if the monitor cancels.
///
/// # Examples
/// ```
/// use spurious::dynamics::run::{Descent, descend_by};
/// use spurious::{Algorithm, Cell, DecidedBy, OrderParameters, Verdict, numerics::random::stream};
/// let cell = Cell::new(5, 25, 4.0, 1.0)?;
/// let start = OrderParameters { parallel: -0.9, perpendicular: 0.4, sum: 0.0, signal: -0.1, residual: 0.1 };
/// let algorithm = Algorithm::Momentum { momentum: 0.9 };
/// let run = descend_by(&cell, &algorithm, &start, stream(1, 0, 0), &Descent::new(0.02), &())?;
/// assert_eq!((run.verdict, run.decided_by), (Verdict::Spurious, Some(DecidedBy::Energy)));
/// # Ok::<(), spurious::Error>(())
/// ```
pub fn descend_by(
    cell: &Cell,
    algorithm: &Algorithm,
    start: &OrderParameters,
    random: ChaCha8Rng,
    descent: &Descent,
    monitor: &dyn Monitor,
) -> Result<Run, Error> {
    struct Observed<'a> {
        cell: &'a Cell,
        observation: Observation,
        monitor: &'a dyn Monitor,
    }
    impl Carrier for Observed<'_> {
        type Output = Result<Run, Error>;

        fn carry<I: Iteration>(self, iteration: I, start: I::State) -> Result<Run, Error> {
            let teacher = self.cell.teacher();
            observed(iteration, start, &teacher, self.cell.patch_dim(), &self.observation, self.monitor)
        }
    }
    positive("step size", descent.step_size)?;
    algorithm.check()?;
    let observation = Observation { algorithm: *algorithm, ..Observation::of_descent(descent) };
    algorithm.begin(cell, descent.step_size, start, random, Observed { cell, observation, monitor })
}

/// Gradient flow. `patch_dim` is needed only for the predicted rate.
///
/// # Errors
/// If the longest time is not positive or beyond [`LONGEST_TIME`], or if the monitor cancels.
///
/// # Examples
/// ```
/// use spurious::basin::Verdict;
/// use spurious::dynamics::run::{follow_flow, Flow};
/// use spurious::model::{Cell, OrderParameters};
/// let cell = Cell::new(25, 1_000_000, 4.0, 1.0)?; // stiff: the rate K is a million
/// let start = OrderParameters { parallel: 0.9, perpendicular: 0.4, sum: 0.0, signal: 0.0, residual: 0.0 };
/// let run = follow_flow(&cell.teacher(), 25, &start, &Flow::default(), &())?;
/// assert_eq!(run.verdict, Verdict::Global);
/// # Ok::<(), spurious::Error>(())
/// ```
pub fn follow_flow(
    teacher: &ReducedTeacher,
    patch_dim: usize,
    start: &OrderParameters,
    flow: &Flow,
    monitor: &dyn Monitor,
) -> Result<Run, Error> {
    positive("longest time", flow.max_time)?;
    if flow.max_time > LONGEST_TIME {
        return Err(Error::TooLarge { name: "longest time", value: flow.max_time, limit: LONGEST_TIME });
    }
    let path = FlowPath::new(teacher, patch_dim, start, flow.tolerance, flow.max_time);
    let begin = path.begin();
    let observation = Observation {
        step_size: None,
        algorithm: Algorithm::Gd,
        max_steps: u64::MAX,
        max_time: flow.max_time,
        loss_tolerance: flow.loss_tolerance,
        recording: flow.recording,
    };
    observed(path, begin, teacher, patch_dim, &observation, monitor)
}

/// What is recorded of a run.
struct Observation {
    step_size: Option<f64>,
    algorithm: Algorithm,
    max_steps: u64,
    max_time: f64,
    loss_tolerance: f64,
    recording: Recording,
}

impl Observation {
    fn of_descent(descent: &Descent) -> Self {
        Self {
            step_size: Some(descent.step_size),
            algorithm: Algorithm::Gd,
            max_steps: descent.max_steps,
            max_time: f64::INFINITY,
            loss_tolerance: descent.loss_tolerance,
            recording: descent.recording,
        }
    }
}

/// Computes a run to its end and records it.
fn observed<I: Iteration>(
    mut iteration: I,
    start: I::State,
    teacher: &ReducedTeacher,
    patch_dim: usize,
    observation: &Observation,
    monitor: &dyn Monitor,
) -> Result<Run, Error> {
    let mut state = start;
    let mut observer = Observer::new(teacher, &iteration.view(&state), patch_dim, observation);
    carry(&mut iteration, &mut state, observation.max_steps, monitor, |step, at, iteration, state| {
        let time = iteration.time(state, step);
        let is_over = observer.observe(step, time, at, (iteration, state)) || time >= observation.max_time;
        if is_over { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    })?;
    Ok(observer.finish())
}

/// The recorder of a run: verdict, phases, rates, and trajectory.
struct Observer {
    teacher: ReducedTeacher,
    patch_dim: usize,
    step_size: Option<f64>,
    algorithm: Algorithm,
    guarantee: Option<Guarantee>,
    loss_tolerance: f64,
    moments: Moments,
    verdict: Option<(Verdict, DecidedBy, Record)>,
    phase_one: Option<(u64, f64)>,
    fit: LineFit,
    /// Of `ln(π − φ)`.
    closing: LineFit,
    last: Record,
    stop: Stop,
    trajectory: Vec<Record>,
}

/// The linear rate is fitted while the loss, in units of `‖b‖²`, is in this range: small enough that the slowest mode dominates, and
/// above rounding errors.
const FITTED_LOSSES: (f64, f64) = (1e-25, 1e-16);
/// The rate of a trapped run is fitted while `π − φ` is in this range.
const FITTED_SUPPLEMENTS: (f64, f64) = (1e-30, 1e-6);

impl Observer {
    fn new(
        teacher: &ReducedTeacher,
        start: &OrderParameters,
        patch_dim: usize,
        observation: &Observation,
    ) -> Self {
        Self {
            teacher: *teacher,
            patch_dim,
            step_size: observation.step_size,
            algorithm: observation.algorithm,
            guarantee: (observation.step_size.filter(|_| observation.algorithm == Algorithm::Gd))
                .map(|_| Guarantee::for_start(teacher, start)),
            loss_tolerance: observation.loss_tolerance * teacher.norm_squared(),
            moments: Moments::new(observation.recording, observation.step_size.unwrap_or(1e-3)),
            verdict: None,
            phase_one: None,
            fit: LineFit::default(),
            closing: LineFit::default(),
            last: record(teacher, 0, 0.0, start),
            stop: Stop::Exhausted,
            trajectory: Vec::new(),
        }
    }

    fn record(&mut self, step: u64, time: f64, at: &OrderParameters) {
        self.trajectory.push(record(&self.teacher, step, time, at));
        self.moments.pass(time);
    }

    /// Records one point; `true` when the run should end.
    fn observe<I: Iteration>(
        &mut self,
        step: u64,
        time: f64,
        at: &OrderParameters,
        (iteration, state): (&mut I, &I::State),
    ) -> bool {
        if !at.is_finite() {
            self.stop = Stop::Diverged;
            return true;
        }
        self.record_passed(step, time, iteration);
        if self.phase_one.is_none() && is_beyond_phase_one(&self.teacher, at) {
            self.phase_one = Some((step, self.end_of_phase_one(time, iteration)));
        }
        self.last = record(&self.teacher, step, time, at);
        self.verdict = (self.verdict)
            .or_else(|| iteration.verdict(state, at).map(|(verdict, by)| (verdict, by, self.last)));
        let relative_loss = self.last.loss / self.teacher.norm_squared();
        if relative_loss > FITTED_LOSSES.0 && relative_loss < FITTED_LOSSES.1 {
            self.fit.add(time, 0.5 * relative_loss.ln());
        }
        if self.last.supplement > FITTED_SUPPLEMENTS.0 && self.last.supplement < FITTED_SUPPLEMENTS.1 {
            self.closing.add(time, self.last.supplement.ln());
        }
        if self.moments.is_due(step, time) {
            self.record(step, time, at);
        }
        if self.last.loss <= self.loss_tolerance {
            // No test is needed where the loss is below that of the spurious minimum.
            let shape = self.teacher.shape();
            if relative_loss
                < projected_loss(&shape, saddle_kernel(&shape).clamp(0.0, shape.activation().aligned()))
                    .min(projected_loss(&shape, 0.0))
            {
                self.verdict = self.verdict.or(Some((Verdict::Global, DecidedBy::Convergence, self.last)));
            }
            self.stop = Stop::Converged;
            return true;
        }
        false
    }

    /// Records the moments within the last step of the integrator.
    fn record_passed<I: Iteration>(&mut self, step: u64, time: f64, iteration: &I) {
        while let Some(moment) = self.moments.next().filter(|&moment| step > 0 && moment < time) {
            let Some(at) = iteration.passed(moment) else { return };
            self.record(step, moment, &at);
        }
    }

    /// The end of phase I, given that it has ended: for the integrator by bisection within the last step.
    fn end_of_phase_one<I: Iteration>(&self, time: f64, iteration: &I) -> f64 {
        let (mut before, mut after) = (self.last.time, time);
        for _ in 0..50 {
            let middle = 0.5 * (before + after);
            let Some(at) = iteration.passed(middle) else { return time };
            *(if is_beyond_phase_one(&self.teacher, &at) { &mut after } else { &mut before }) = middle;
        }
        after
    }

    fn finish(mut self) -> Run {
        if self.trajectory.last() != Some(&self.last) {
            self.trajectory.push(self.last);
        }
        let last = self.last;
        let filter_norm_squared = last.filter_norm * last.filter_norm;
        let b_squared = self.teacher.norm_squared();
        let verdict = self.verdict.map_or(Verdict::Undecided, |(verdict, ..)| verdict);
        let (recovered, trapped) = (verdict == Verdict::Global, verdict == Verdict::Spurious);
        let shape = self.teacher.shape();
        let has_leak = shape.activation().negative_slope() > 0.0;
        let (fit, rate) = match verdict {
            Verdict::Spurious => (&self.closing, spurious_rate(&shape, b_squared, filter_norm_squared)),
            _ => (&self.fit, global_rate(self.patch_dim, &shape, b_squared, filter_norm_squared)),
        };
        let is_exponential = recovered || trapped && has_leak;
        let rate = match self.step_size {
            None => rate,
            Some(eta) => self.algorithm.rate(eta, rate).unwrap_or(f64::NAN),
        };
        let is_exponential = is_exponential && !rate.is_nan();
        let closes = self.algorithm == Algorithm::Gd
            && trapped
            && !has_leak
            && last.supplement > 0.0
            && last.time > 0.0;
        let mut run = Run {
            verdict,
            decided_by: self.verdict.map(|(_, by, ..)| by),
            verdict_step: self.verdict.map(|(.., at)| at.step),
            verdict_time: self.verdict.map(|(.., at)| at.time),
            sentence: String::new(),
            steps: last.step,
            time: last.time,
            stop: self.stop,
            phase_one_steps: self.phase_one.map(|(step, _)| step),
            phase_one_time: self.phase_one.map(|(_, time)| time),
            measured_rate: fit.slope().map(|slope| -slope).filter(|_| is_exponential),
            predicted_rate: (is_exponential && rate.is_finite()).then_some(rate),
            measured_closing: closes.then_some(last.supplement * last.time),
            predicted_closing: closes
                .then(|| spurious_closing(&shape, b_squared, filter_norm_squared))
                .filter(|constant| constant.is_finite() && *constant > 0.0),
            guarantee: self.guarantee,
            end: last.snapshot(),
            trajectory: self.trajectory,
        };
        let decided = self.verdict.map(|(_, by, at)| (by, at.snapshot()));
        run.sentence = sentence(&run, &shape, self.patch_dim, self.step_size, decided);
        run
    }
}

fn record(teacher: &ReducedTeacher, step: u64, time: f64, at: &OrderParameters) -> Record {
    Record {
        step,
        time,
        loss: reduced_loss(teacher, at),
        angle: at.angle(),
        supplement: at.supplement(),
        sum: at.sum,
        signal: at.signal,
        filter_norm: at.filter_norm_squared().sqrt(),
    }
}

/// Least-squares slope of points that are added one by one, by Welford's update, which avoids cancellation.
#[derive(Debug, Clone, Copy, Default)]
struct LineFit {
    count: f64,
    mean_x: f64,
    mean_y: f64,
    squares: f64,
    products: f64,
}

impl LineFit {
    fn add(&mut self, x: f64, y: f64) {
        self.count += 1.0;
        let (dx, dy) = (x - self.mean_x, y - self.mean_y);
        self.mean_x += dx / self.count;
        self.mean_y += dy / self.count;
        self.squares += dx * (x - self.mean_x);
        self.products += dx * (y - self.mean_y);
    }

    fn slope(&self) -> Option<f64> {
        (self.count >= 3.0 && self.squares > 0.0).then(|| self.products / self.squares)
    }
}
