//! Other algorithms than gradient descent, from the same random starts.

mod figure;

use serde::Serialize;
use spurious::compare::Shares;
use spurious::{Algorithm, Cell, Comparison, Error};

use crate::document::{Grid, Part, sheet};
use crate::numbers::{decimals, thousands};
use crate::table1::{PATCH_DIM, SCALE_RATIO};
use crate::template::{chapters, values};
use crate::work::Work;

/// The teacher of the traces' figures: 25 patches, sum ratio 4.
const PATCHES: usize = 25;
const SUM_RATIO: f64 = 4.0;
/// Algorithms and their step size. The noise is that of its publication, which begins with a step size of 0.1.
const ALGORITHMS: [(&str, f64); 7] = [
    ("gd", 0.02),
    ("momentum", 0.02),
    ("nesterov", 0.02),
    ("adam", 0.02),
    ("rmsprop", 0.02),
    ("straight_through", 0.02),
    ("noisy", 0.1),
];

/// Many runs of one algorithm.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AlgorithmRow {
    /// The algorithm and its settings.
    #[serde(flatten)]
    pub algorithm: Algorithm,
    /// Step size `η`.
    pub step_size: f64,
    /// Outcomes, and the length of phase I.
    #[serde(flatten)]
    pub shares: Shares,
}

/// How often each algorithm recovers the teacher.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Algorithms {
    /// Patch dimension `p`.
    pub patch_dim: usize,
    /// Number of patches `k`.
    pub patches: usize,
    /// Sum ratio `ρ`.
    pub sum_ratio: f64,
    /// Random starts, the same for every algorithm.
    pub starts: u64,
    /// The exact success probability of gradient descent.
    pub probability: f64,
    /// A row for each algorithm.
    pub rows: Vec<AlgorithmRow>,
}

impl Algorithms {
    pub(crate) fn compute(work: &Work<'_>) -> Result<Self, Error> {
        let starts = work.choose(200, 100_000);
        let cell = Cell::new(PATCH_DIM, PATCHES, SUM_RATIO, SCALE_RATIO)?;
        work.begin("algorithms", ALGORITHMS.len());
        let mut rows = Vec::new();
        for (name, step_size) in ALGORITHMS {
            let algorithm: Vec<Algorithm> = Algorithm::named(name).into_iter().collect();
            let comparison = Comparison {
                runs: Some(starts),
                seed: work.settings.seed,
                ..Comparison::new(cell, &algorithm, &[step_size])
            };
            for compared in comparison.run(&work.quietly())?.1 {
                let (algorithm, step_size) = (compared.algorithm, compared.step_size);
                rows.extend(compared.shares.map(|shares| AlgorithmRow { algorithm, step_size, shares }));
            }
            work.advance()?;
        }
        let exact = work.exact(&cell, Some(ALGORITHMS[0].1), &spurious::Quadrature::default())?;
        Ok(Self {
            patch_dim: PATCH_DIM,
            patches: PATCHES,
            sum_ratio: SUM_RATIO,
            starts,
            probability: exact.probability,
            rows,
        })
    }

    /// The share of starts from which an algorithm recovers the teacher, in per cent.
    fn share(&self, name: &str) -> String {
        let row = self.rows.iter().find(|row| row.algorithm.name() == name);
        let share = row.map_or(f64::NAN, |row| row.shares.estimate.probability);
        decimals(100.0 * share, 1)
    }

    fn table(&self) -> Grid {
        let rows = self.rows.iter().map(|row| {
            let shares = &row.shares;
            let counts = shares.estimate.counts;
            let by = [shares.decided_by_theorem, shares.decided_by_energy, shares.decided_by_convergence];
            let how = ["theorem", "energy", "convergence"]
                .into_iter()
                .zip(by)
                .max_by_key(|(_, count)| *count)
                .map_or("", |(name, _)| name);
            vec![
                row.algorithm.name().to_owned(),
                row.step_size.to_string(),
                decimals(shares.estimate.probability, 4),
                format!("{}–{}", decimals(shares.estimate.lower, 4), decimals(shares.estimate.upper, 4)),
                thousands(counts.undecided),
                how.to_owned(),
                shares.phase_one_median.map_or(String::new(), thousands),
            ]
        });
        let columns = [
            "algorithm",
            "$η$",
            "recovered",
            "95 % interval",
            "undecided",
            "decided by",
            "median steps of phase I",
        ];
        Grid::new(1, &columns, rows)
    }

    pub(crate) fn part(&self) -> Part {
        let values = values! {
            starts: thousands(self.starts),
            patch_dim: self.patch_dim,
            patches: self.patches,
            sum_ratio: self.sum_ratio,
            exact: decimals(100.0 * self.probability, 1),
            gd: self.share("gd"),
            momentum: self.share("momentum"),
            adam: self.share("adam"),
            rmsprop: self.share("rmsprop"),
            straight_through: self.share("straight_through"),
            noisy: self.share("noisy"),
        };
        let inserts = [("algorithms", figure::shares(self).into()), ("algorithm-table", self.table().into())];
        let rows = self.rows.iter().map(|row| (row, &row.shares));
        Part {
            chapters: chapters(include_str!("chapter.md"), values, inserts),
            sheets: vec![sheet!(
                "algorithms", rows, (row, shares) => algorithm: row.algorithm.name(), step_size: row.step_size,
                runs: shares.estimate.counts.runs, global: shares.estimate.counts.global,
                spurious: shares.estimate.counts.spurious, undecided: shares.estimate.counts.undecided,
                probability: shares.estimate.probability, lower: shares.estimate.lower,
                upper: shares.estimate.upper, phase_one_median: shares.phase_one_median
            )],
        }
    }
}
