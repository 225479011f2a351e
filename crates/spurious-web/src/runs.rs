//! One run, and one run of each of several algorithms.

use serde::{Deserialize, Serialize};
use spurious::dynamics::algorithm::AlgorithmSettings;
use spurious::dynamics::run::Recording;
use spurious::dynamics::trace::Trace;
use spurious::{Algorithm, Cell, Run};

use crate::answer::{Answer, Refused};
use crate::limits::{MOST_ALGORITHMS, MOST_POINTS, at_most, check_run};
use crate::question::{CellKeys, MethodKeys, Start, StartKeys};

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
    ) -> Result<(Start, Path), Refused> {
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
        let sentence = run.sentence(&cell, step_size);
        Ok((Start::of(&start), Path { run: run.thinned(self.points), sentence }))
    }

    /// Moments for each decade of steps: enough to be thinned to as many as are wanted, for runs of two decades and more.
    fn per_decade(&self) -> u32 {
        u32::try_from(self.points.clamp(20, MOST_POINTS)).unwrap_or(u32::MAX)
    }
}

/// A run and its sentence.
struct Path {
    run: Run,
    sentence: String,
}

impl Path {
    /// The columns of the trajectory, one after the other.
    fn columns(&self) -> impl Iterator<Item = f64> {
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
        columns.into_iter().flat_map(|column| self.run.trajectory.iter().map(column))
    }
}

#[derive(Debug, Deserialize)]
pub(crate) struct RunQuestion {
    #[serde(flatten)]
    cell: CellKeys,
    #[serde(flatten)]
    start: StartKeys,
    #[serde(flatten)]
    method: MethodKeys,
    #[serde(flatten)]
    length: Length,
}

#[derive(Serialize)]
struct RunAnswer<'a> {
    run: &'a Run,
    start: Start,
    sentence: &'a str,
    moments: usize,
}

impl RunQuestion {
    pub(crate) fn answer(&self) -> Result<Answer, Refused> {
        let (cell, algorithm) = (self.cell.cell()?, self.method.algorithm()?);
        let (start, path) = self.length.run(cell, self.method.step_size, algorithm, &self.start)?;
        let answer =
            RunAnswer { run: &path.run, start, sentence: &path.sentence, moments: path.run.trajectory.len() };
        Answer::new(&answer, path.columns().collect())
    }
}

#[derive(Debug, Deserialize)]
pub(crate) struct CompareQuestion {
    #[serde(flatten)]
    cell: CellKeys,
    #[serde(flatten)]
    start: StartKeys,
    step_size: f64,
    algorithms: Vec<String>,
    #[serde(default)]
    settings: AlgorithmSettings,
    #[serde(flatten)]
    length: Length,
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
    sentence: &'a str,
    moments: usize,
}

impl CompareQuestion {
    pub(crate) fn answer(&self) -> Result<Answer, Refused> {
        let cell = self.cell.cell()?;
        at_most("algorithms", self.algorithms.len() as u64, MOST_ALGORITHMS as u64)?;
        let names: Vec<&str> = self.algorithms.iter().map(String::as_str).collect();
        let algorithms = Algorithm::list(&names, &self.settings)?;
        let of = |&algorithm: &Algorithm| {
            let (start, path) = self.length.run(cell, Some(self.step_size), algorithm, &self.start)?;
            Ok((algorithm, start, path))
        };
        let paths: Vec<(Algorithm, Start, Path)> =
            algorithms.iter().map(of).collect::<Result<_, Refused>>()?;
        let rows = paths.iter().map(|(algorithm, _, Path { run, sentence })| CompareRow {
            algorithm: *algorithm,
            step_size: self.step_size,
            run,
            sentence,
            moments: run.trajectory.len(),
        });
        let answer = CompareAnswer { start: paths.first().map(|(_, start, _)| *start), rows: rows.collect() };
        Answer::new(&answer, paths.iter().flat_map(|(.., path)| path.columns()).collect())
    }
}
