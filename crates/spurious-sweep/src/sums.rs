//! The sums of some trials of a cell, which can be added in any order, and their form as text.

use serde::{Deserialize, Serialize};
use spurious::ensemble::{CellEstimate, Counts, Distribution, Observe, Summary};

use crate::plan::Plan;
use crate::schedule::Batch;

/// Sums over trials of one cell.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct CellSums {
    /// The number of the cell.
    pub(crate) cell: u64,
    pub(crate) counts: Counts,
    /// Distributions observed beside the verdicts, in the order of [`observed`].
    distributions: Vec<Distribution>,
    /// The exact probability and the bound on its error, from the task with the first trial.
    exact: Option<(f64, f64)>,
}

/// The requested distributions of a summary.
fn observed(summary: Summary, observe: &Observe) -> Vec<Distribution> {
    let Summary { steps, convergence_steps, phase_one_steps, final_loss, .. } = summary;
    let mut distributions = if observe.steps { vec![steps] } else { Vec::new() };
    if observe.convergence.is_some() {
        distributions.extend([convergence_steps, phase_one_steps, final_loss]);
    }
    distributions
}

impl CellSums {
    /// The sums of no trial.
    pub(crate) fn empty(cell: u64) -> Self {
        Self { cell, ..Self::default() }
    }

    /// The sums of some trials of a cell.
    pub(crate) fn new(cell: u64, summary: Summary, observe: &Observe, exact: Option<(f64, f64)>) -> Self {
        Self { cell, counts: summary.counts, distributions: observed(summary, observe), exact }
    }

    /// Adds the sums of other trials of the cell.
    pub(crate) fn add(&mut self, other: Self) {
        self.counts += other.counts;
        if self.distributions.is_empty() {
            self.distributions = other.distributions;
        } else {
            for (sum, part) in self.distributions.iter_mut().zip(&other.distributions) {
                sum.add(part);
            }
        }
        self.exact = self.exact.or(other.exact);
    }

    /// The sums as a summary of an ensemble.
    fn summary(&self, observe: &Observe) -> Summary {
        let mut distributions = self.distributions.iter().cloned();
        let mut next = |is_asked: bool| is_asked.then(|| distributions.next()).flatten().unwrap_or_default();
        let follows = observe.convergence.is_some();
        Summary {
            counts: self.counts,
            steps: next(observe.steps),
            convergence_steps: next(follows),
            phase_one_steps: next(follows),
            final_loss: next(follows),
        }
    }

    /// Steps to the verdict; `None` if they were not requested.
    pub(crate) fn steps(&self, observe: &Observe) -> Option<&Distribution> {
        self.distributions.first().filter(|_| observe.steps)
    }

    /// The row of the results.
    pub(crate) fn estimate(&self, plan: &Plan) -> Result<CellEstimate, spurious::Error> {
        let (point, observe) = (plan.point(self.cell)?, plan.settings().observe());
        let summary = self.summary(&observe);
        let row = CellEstimate::new(self.cell, &point.cell, point.step_size, &summary, &observe, None);
        Ok(match self.exact {
            Some((probability, bound)) => CellEstimate {
                exact_probability: Some(probability),
                exact_error_bound: Some(bound),
                z_score: self.counts.z_score(probability),
                ..row
            },
            None => row,
        })
    }
}

/// Adds consecutive sums of the same cell.
pub(crate) fn merge_by_cell(all: impl IntoIterator<Item = CellSums>) -> Vec<CellSums> {
    let mut merged: Vec<CellSums> = Vec::new();
    for sums in all {
        match merged.last_mut() {
            Some(last) if last.cell == sums.cell => last.add(sums),
            _ => merged.push(sums),
        }
    }
    merged
}

/// A cell in a line: its number; runs, and those that recover the teacher and that are trapped; the exact probability and its bound; the
/// observed distributions.
#[derive(Serialize, Deserialize)]
struct CellText(u64, u64, u64, u64, Option<(f64, f64)>, Vec<DistributionText>);

/// A distribution in a line: sum, sum of squares, and classes with the number of values in each.
#[derive(Serialize, Deserialize)]
struct DistributionText(u128, u128, Vec<(u64, u64)>);

/// The result of a batch, as a line of the log.
pub(crate) fn to_text(found: &[CellSums]) -> String {
    let distribution = |distribution: &Distribution| {
        let (classes, sum, sum_of_squares) = distribution.parts();
        DistributionText(sum, sum_of_squares, classes)
    };
    let cell = |sums: &CellSums| {
        let Counts { runs, global, spurious, .. } = sums.counts;
        let distributions = sums.distributions.iter().map(distribution).collect();
        CellText(sums.cell, runs, global, spurious, sums.exact, distributions)
    };
    let cells: Vec<CellText> = found.iter().map(cell).collect();
    serde_json::to_string(&cells).expect("numbers and lists of them")
}

/// The inverse of [`to_text`]; `None` if the text cannot be the sums of that batch.
pub(crate) fn from_text(text: &str, batch: &Batch, observe: &Observe) -> Option<Vec<CellSums>> {
    let texts: Vec<CellText> = serde_json::from_str(text).ok()?;
    let mut parts = batch.cells();
    let cells: Option<Vec<CellSums>> = texts.into_iter().map(|text| cell(text, observe)).collect();
    let cells = cells?;
    let fits = cells
        .iter()
        .all(|sums| parts.next().is_some_and(|part| (part.cell, part.runs) == (sums.cell, sums.counts.runs)));
    (fits && parts.next().is_none()).then_some(cells)
}

fn cell(text: CellText, observe: &Observe) -> Option<CellSums> {
    let CellText(cell, runs, global, spurious, exact, distributions) = text;
    let undecided = runs.checked_sub(global)?.checked_sub(spurious)?;
    let is_possible = |(probability, bound): (f64, f64)| (0.0..=1.0).contains(&probability) && bound >= 0.0;
    let expected = observed(Summary::default(), observe).len();
    if distributions.len() != expected || !exact.is_none_or(is_possible) {
        return None;
    }
    let distribution = |DistributionText(sum, sum_of_squares, classes)| {
        let seen = classes.iter().try_fold(0_u64, |seen, &(_, times)| seen.checked_add(times))?;
        (seen <= runs).then(|| Distribution::from_parts(&classes, sum, sum_of_squares))?
    };
    let distributions = distributions.into_iter().map(distribution).collect::<Option<_>>()?;
    Some(CellSums { cell, counts: Counts { runs, global, spurious, undecided }, distributions, exact })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schedule::Task;

    const OBSERVE: Observe = Observe { steps: true, convergence: None, phase_one: false };

    fn sums(cell: u64, exact: Option<(f64, f64)>) -> CellSums {
        let mut steps = Distribution::default();
        for value in [0, 3, 3, 128, 1000, 123_456_789, Distribution::LARGEST, u64::MAX] {
            steps.record(value, 1 + cell % 7);
        }
        let counts =
            Counts { runs: 1 << 50, global: 1 << 40, spurious: 7, undecided: (1 << 50) - (1 << 40) - 7 };
        CellSums { cell, counts, distributions: vec![steps], exact }
    }

    fn batch(cells: &[u64]) -> Batch {
        let task = |&cell| Task { cell, trials: 0..1 << 50, is_last: true };
        Batch { number: 0, tasks: cells.iter().map(task).collect() }
    }

    /// All digits of exact values and of sums of squares included.
    #[test]
    fn what_is_written_reads_back() {
        let next = f64::from_bits(1.0_f64.to_bits() - 1);
        let found = [sums(3, Some((0.1 + 0.2, 1e-300))), sums(300, None), sums(1 << 60, Some((next, 0.0)))];
        let text = to_text(&found);
        let again = from_text(&text, &batch(&[3, 300, 1 << 60]), &OBSERVE).unwrap();
        assert!(again == found);
        for other in [&[3, 300][..], &[3, 300, 1 << 60, 7], &[3, 301, 1 << 60]] {
            assert!(from_text(&text, &batch(other), &OBSERVE).is_none());
        }
        assert!(from_text(&text, &batch(&[3, 300, 1 << 60]), &Observe::default()).is_none());
    }

    #[test]
    fn other_text_is_refused() {
        let text = to_text(&[sums(1, Some((0.5, 1e-9)))]);
        let batch = batch(&[1]);
        for length in 0..text.len() {
            assert!(from_text(&text[..length], &batch, &OBSERVE).is_none());
        }
        for (place, _) in text.char_indices() {
            for other in ["9", "-", "x", "]"] {
                let mut text = text.clone();
                text.replace_range(place..place + 1, other);
                let _ = from_text(&text, &batch, &OBSERVE); // may be another batch, but no panic
            }
        }
        let exact = |exact: &str| from_text(&text.replace("[0.5,1e-9]", exact), &batch, &OBSERVE);
        assert!(exact("[0.25,0.0]").is_some());
        assert!(
            exact("[1.5,0.0]").is_none() && exact("[0.5,-1.0]").is_none() && exact("[1e999,0.0]").is_none()
        );
    }
}
