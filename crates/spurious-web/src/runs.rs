//! One run, and one run of each of several algorithms.

use serde::{Deserialize, Serialize};
use spurious::dynamics::algorithm::AlgorithmSettings;
use spurious::dynamics::run::Recording;
use spurious::dynamics::trace::Trace;
use spurious::{Algorithm, Cell, Run};

use crate::answer::{Answer, Refused};
use crate::limits::{MOST_ALGORITHMS, MOST_POINTS, at_most, check_run};
use crate::question::{MethodKeys, Question, Start, StartKeys};

/// The longest run, unless another is asked for.
const STEPS: u64 = 10_000;
/// Moments of a path, unless another number is asked for.
const POINTS: usize = 600;

/// How far a run goes, and how much of it is kept.
#[derive(Debug, Deserialize)]
struct Length {
    #[serde(default = "steps")]
    max_steps: u64,
    #[serde(default = "time")]
    max_time: f64,
    #[serde(default = "points")]
    points: usize,
}

fn steps() -> u64 {
    STEPS
}

fn time() -> f64 {
    1e6
}

fn points() -> usize {
    POINTS
}

impl Length {
    /// The run of an algorithm from a start.
    fn run(
        &self,
        cell: Cell,
        step_size: Option<f64>,
        algorithm: Algorithm,
        start: &StartKeys,
    ) -> Result<(Start, Run), Refused> {
        if step_size.is_some() {
            check_run(&cell, &algorithm, self.max_steps)?;
        }
        at_most("moments of a path", self.points as u64, MOST_POINTS as u64)?;
        let &StartKeys { angle, sum, signal, seed, trial } = start;
        let trace = Trace {
            cell,
            step_size,
            algorithm,
            full: false,
            angle,
            sum,
            signal,
            seed,
            trial,
            max_steps: self.max_steps,
            max_time: self.max_time,
            recording: Recording::PerDecade(self.per_decade()),
        };
        let (run, start) = trace.run(&())?;
        Ok((Start::of(&start), run.thinned(self.points)))
    }

    /// Moments for each decade of steps: enough to be thinned to as many as are wanted, for runs of two decades and more.
    fn per_decade(&self) -> u32 {
        u32::try_from(self.points.clamp(20, MOST_POINTS)).unwrap_or(u32::MAX)
    }
}

/// The columns of a trajectory, one after the other.
fn columns(run: &Run) -> impl Iterator<Item = f64> {
    type Column = fn(&spurious::dynamics::run::Record) -> f64;
    let columns: [Column; 8] = [
        |at| at.step as f64,
        |at| at.time,
        |at| at.loss,
        |at| at.angle,
        |at| at.supplement,
        |at| at.sum,
        |at| at.signal,
        |at| at.filter_norm,
    ];
    columns.into_iter().flat_map(|column| run.trajectory.iter().map(column))
}

#[derive(Serialize)]
struct RunAnswer<'a> {
    run: &'a Run,
    start: Start,
    moments: usize,
}

pub(crate) fn run(question: &Question) -> Result<Answer, Refused> {
    let (cell, method): (_, MethodKeys) = (question.cell()?, question.read()?);
    let (length, start): (Length, _) = (question.read()?, question.read()?);
    let (start, run) = length.run(cell, method.step_size, method.algorithm()?, &start)?;
    Answer::new(&RunAnswer { run: &run, start, moments: run.trajectory.len() }, columns(&run).collect())
}

#[derive(Debug, Deserialize)]
struct CompareKeys {
    step_size: f64,
    algorithms: Vec<String>,
    #[serde(default)]
    settings: AlgorithmSettings,
}

#[derive(Serialize)]
struct CompareAnswer<'a> {
    start: Option<Start>,
    rows: Vec<CompareRow<'a>>,
}

/// The keys of a row of `spurious compare`, and what the page needs beside them.
#[derive(Serialize)]
struct CompareRow<'a> {
    #[serde(flatten)]
    algorithm: Algorithm,
    step_size: f64,
    #[serde(flatten)]
    run: &'a Run,
    moments: usize,
}

pub(crate) fn compare(question: &Question) -> Result<Answer, Refused> {
    let (cell, keys): (_, CompareKeys) = (question.cell()?, question.read()?);
    let (length, start): (Length, StartKeys) = (question.read()?, question.read()?);
    at_most("algorithms", keys.algorithms.len() as u64, MOST_ALGORITHMS as u64)?;
    let names: Vec<&str> = keys.algorithms.iter().map(String::as_str).collect();
    let algorithms = Algorithm::list(&names, &keys.settings)?;
    let of = |&algorithm: &Algorithm| {
        let (start, run) = length.run(cell, Some(keys.step_size), algorithm, &start)?;
        Ok((algorithm, start, run))
    };
    let runs: Vec<(Algorithm, Start, Run)> = algorithms.iter().map(of).collect::<Result<_, Refused>>()?;
    let rows = runs.iter().map(|(algorithm, _, run)| CompareRow {
        algorithm: *algorithm,
        step_size: keys.step_size,
        run,
        moments: run.trajectory.len(),
    });
    let answer = CompareAnswer { start: runs.first().map(|(_, start, _)| *start), rows: rows.collect() };
    Answer::new(&answer, runs.iter().flat_map(|(.., run)| columns(run)).collect())
}
