//! Two runs against one teacher: one recovers it, in a slow phase and a fast one, the other is trapped.
//!
//! The size is that of the paper's experiment, `k = 20` patches of dimension `p = 25`. Starts are drawn from the paper's
//! initialisation; the first whose run recovers the teacher after a long slow phase is shown, and beside it the trapped
//! start that is closest to it in angle, signal and sum.

mod chapter;
mod figure;

use serde::Serialize;
use spurious::Error;
use spurious::basin::Verdict;
use spurious::dynamics::run::{Descent, Record, Recording, Run, descend, descend_reduced};
use spurious::initialization::sample_student;
use spurious::landscape::{PointKind, landscape};
use spurious::model::{Cell, OrderParameters, ReducedTeacher, Student, Teacher};
use spurious::numerics::random::stream;
use spurious_web::Opening;

use crate::document::{Part, sheet};
use crate::work::Work;

/// Patch dimension, number of patches, sum ratio and scale ratio of the teacher.
const CELL: (usize, usize, f64, f64) = (25, 20, 1.0, 1.0);
const STEP_SIZE: f64 = 0.1;
/// Starts to choose from, and the random streams that they come from.
const SCANNED: u64 = 400;
const STREAM: u64 = 1000;
/// Runs drawn thinly.
const SKETCHED: usize = 30;
/// A run has a visible slow phase if phase I takes this share of its steps.
const SLOW_SHARE: f64 = 0.3;

/// A run and its record.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TracedRun {
    /// Number of the random start.
    pub trial: u64,
    /// Angle `φ₀` of the start, radians.
    pub start_angle: f64,
    /// Signal `q₀/‖b‖²` of the start.
    pub start_signal: f64,
    /// How the run went.
    #[serde(flatten)]
    pub run: Run,
    /// Its recorded moments.
    pub trajectory: Vec<Record>,
}

/// A run drawn thinly, to show where runs go.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Sketch {
    /// Number of the random start.
    pub trial: u64,
    /// How it ends.
    pub verdict: Verdict,
    /// Some of its moments.
    pub trajectory: Vec<Record>,
}

/// How far the iteration of five numbers departs from that of `p + k`, at most, along the whole recovering run.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct ReductionError {
    /// In the angle, radians.
    pub angle: f64,
    /// In the signal `q/‖b‖²`.
    pub signal: f64,
    /// In the sum `s/S`.
    pub sum: f64,
    /// In the loss, in units of `‖b‖²`.
    pub loss: f64,
}

impl ReductionError {
    /// The largest of them.
    pub fn largest(&self) -> f64 {
        self.angle.max(self.signal).max(self.sum).max(self.loss)
    }
}

/// The teacher and the two runs.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Traces {
    /// Patch dimension `p`.
    pub patch_dim: usize,
    /// Number of patches `k`.
    pub patches: usize,
    /// Sum ratio `ρ`.
    pub sum_ratio: f64,
    /// Scale ratio `β = ‖b‖/‖v₀‖`.
    pub scale_ratio: f64,
    /// Criticality `x_c`.
    pub criticality: f64,
    /// Step size `η`.
    pub step_size: f64,
    /// Number of random starts from which the two were chosen.
    pub starts: u64,
    /// How many of them recover the teacher.
    pub recovering_starts: u64,
    /// Loss of the spurious minimum in units of `‖b‖²`.
    pub spurious_loss: f64,
    /// Loss of the saddles in units of `‖b‖²`.
    pub saddle_loss: f64,
    /// The run that recovers the teacher, every step recorded.
    pub recovering: TracedRun,
    /// The run that is trapped.
    pub trapped: TracedRun,
    /// The first random starts, whatever becomes of them.
    pub others: Vec<Sketch>,
    /// The reduced iteration against the full one.
    pub reduction_error: ReductionError,
}

/// A start and what becomes of it.
struct Scan {
    trial: u64,
    student: Student,
    start: OrderParameters,
    run: Run,
}

impl From<Scan> for Sketch {
    fn from(scan: Scan) -> Self {
        Self { trial: scan.trial, verdict: scan.run.verdict, trajectory: scan.run.trajectory }
    }
}

impl Scan {
    /// Share of phase I in the steps of a run that recovers the teacher.
    fn slow_share(&self) -> Option<f64> {
        (self.run.verdict == Verdict::Global)
            .then_some(self.run.phase_one_steps?)
            .map(|steps| steps as f64 / self.run.steps as f64)
    }

    fn distance(&self, other: &Self, teacher: &ReducedTeacher) -> f64 {
        let angle = self.start.angle() - other.start.angle();
        let signal = (self.start.signal - other.start.signal) / teacher.norm_squared();
        let sum = (self.start.sum - other.start.sum) / teacher.sum();
        angle.hypot(signal).hypot(sum)
    }
}

impl Traces {
    /// The cell of the teacher.
    pub(crate) fn cell(&self) -> Cell {
        Cell::new(self.patch_dim, self.patches, self.sum_ratio, self.scale_ratio).expect("it was run")
    }

    pub(crate) fn compute(work: &Work<'_>) -> Result<Self, Error> {
        work.begin("traced runs", SCANNED as usize + 3);
        let (patch_dim, patches, sum_ratio, scale_ratio) = CELL;
        let cell = Cell::new(patch_dim, patches, sum_ratio, scale_ratio)?;
        let teacher = Teacher::planted(&cell);
        let reduced = teacher.reduced();
        let scans = scan(work, &teacher)?;

        let by_share = |a: &&Scan, b: &&Scan| a.slow_share().partial_cmp(&b.slow_share()).expect("not NaN");
        let recovering = scans
            .iter()
            .find(|scan| scan.slow_share().is_some_and(|share| share >= SLOW_SHARE))
            .or_else(|| scans.iter().max_by(by_share))
            .expect("there are starts");
        let trapped = scans
            .iter()
            .filter(|scan| scan.run.verdict == Verdict::Spurious)
            .min_by(|a, b| a.distance(recovering, &reduced).total_cmp(&b.distance(recovering, &reduced)))
            .unwrap_or(recovering);

        let every_step = Descent { recording: Recording::Every(1), ..Descent::new(STEP_SIZE) };
        let full = traced(work, &teacher, recovering, &every_step)?;
        work.advance()?;
        let five = descend_reduced(&reduced, patch_dim, &recovering.start, &every_step, &work.quietly())?;
        let reduction_error = reduction_error(&reduced, &full.trajectory, &five.trajectory);
        work.advance()?;
        let max_steps = work.choose(10_000, 100_000);
        let stuck = traced(work, &teacher, trapped, &Descent { max_steps, ..Descent::new(STEP_SIZE) })?;
        work.advance()?;

        let recovering_starts =
            scans.iter().filter(|scan| scan.run.verdict == Verdict::Global).count() as u64;
        let landscape = landscape(patch_dim, &cell.shape())?;
        let loss = |kind| landscape.points.iter().find(|point| point.kind == kind).expect("x_c < 1").loss;
        Ok(Self {
            patch_dim,
            patches,
            sum_ratio,
            scale_ratio,
            criticality: cell.shape().criticality().value(),
            step_size: STEP_SIZE,
            starts: SCANNED,
            recovering_starts,
            spurious_loss: loss(PointKind::SpuriousMinimum),
            saddle_loss: loss(PointKind::Saddle),
            recovering: full,
            trapped: stuck,
            others: scans.into_iter().take(SKETCHED).map(Sketch::from).collect(),
            reduction_error,
        })
    }

    /// The explorer with the start of a run, which can be moved there.
    pub(crate) fn explored(&self, run: &TracedRun) -> String {
        let start = run.trajectory[0];
        let opening = Opening {
            patch_dim: Some(self.patch_dim),
            patches: Some(self.patches),
            sum_ratio: Some(self.sum_ratio),
            scale_ratio: Some(self.scale_ratio),
            step_size: Some(Some(self.step_size)),
            angle: Some(start.angle),
            sum: Some(start.sum),
            signal: Some(start.signal),
            ..Opening::default()
        };
        opening.state().expect("it was run")
    }

    pub(crate) fn part(&self) -> Part {
        let records = |name, records: &[Record]| sheet!(name, records, r => step, time, loss, angle, supplement, sum, signal, filter_norm);
        let sketched = self
            .others
            .iter()
            .flat_map(|sketch| sketch.trajectory.iter().map(move |record| (sketch, record)));
        Part {
            chapters: chapter::chapter(self),
            sheets: vec![
                records("run-recovering", &self.recovering.trajectory),
                records("run-trapped", &self.trapped.trajectory),
                sheet!(
                    "runs-sketched", sketched, (sketch, r) => trial: sketch.trial,
                    recovers: u64::from(sketch.verdict == Verdict::Global), step: r.step, time: r.time,
                    loss: r.loss, angle: r.angle, supplement: r.supplement, sum: r.sum, signal: r.signal,
                    filter_norm: r.filter_norm
                ),
            ],
        }
    }
}

/// Runs all starts, by the reduced iteration.
fn scan(work: &Work<'_>, teacher: &Teacher) -> Result<Vec<Scan>, Error> {
    // Longer than any run that recovers: a trapped one needs no more than its verdict.
    let descent = Descent { max_steps: 5000, recording: Recording::PerDecade(40), ..Descent::new(STEP_SIZE) };
    work.each(&Vec::from_iter(0..SCANNED), |&trial| {
        let student = sample_student(teacher, &mut stream(work.settings.seed, STREAM, trial));
        let start = student.order_parameters(teacher)?;
        let run = descend_reduced(
            &teacher.reduced(),
            teacher.direction().len(),
            &start,
            &descent,
            &work.quietly(),
        )?;
        Ok(Scan { trial, student, start, run })
    })
}

/// The full iteration from a start.
fn traced(work: &Work<'_>, teacher: &Teacher, scan: &Scan, descent: &Descent) -> Result<TracedRun, Error> {
    let mut run = descend(teacher, &scan.student, descent, &work.quietly())?;
    let trajectory = std::mem::take(&mut run.trajectory);
    Ok(TracedRun {
        trial: scan.trial,
        start_angle: scan.start.angle(),
        start_signal: scan.start.signal / teacher.reduced().norm_squared(),
        run,
        trajectory,
    })
}

fn reduction_error(teacher: &ReducedTeacher, full: &[Record], reduced: &[Record]) -> ReductionError {
    let largest = |difference: &dyn Fn(&Record, &Record) -> f64| {
        full.iter().zip(reduced).map(|(a, b)| difference(a, b).abs()).fold(0.0, f64::max)
    };
    ReductionError {
        angle: largest(&|a, b| a.angle - b.angle),
        signal: largest(&|a, b| (a.signal - b.signal) / teacher.norm_squared()),
        sum: largest(&|a, b| (a.sum - b.sum) / teacher.sum()),
        loss: largest(&|a, b| (a.loss - b.loss) / teacher.norm_squared()),
    }
}
