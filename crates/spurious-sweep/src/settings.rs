//! The settings of a sweep: everything on which its results depend.

use serde::{Deserialize, Deserializer, Serialize};
use spurious::Algorithm;
use spurious::ensemble::{CellEstimate, Engine, Observe};

use crate::error::{Error, Kind};
use crate::results;

/// The largest grid, in cells.
pub const LARGEST_GRID: u64 = 10_000_000;

/// The largest number of runs of a cell.
pub const LARGEST_RUNS: u64 = 1_000_000_000_000_000;

/// The largest number of shards: a merge holds one file open for each.
pub const LARGEST_SHARDS: u64 = 1000;

/// The largest network `p + k` of the full engine.
const LARGEST_NETWORK: usize = 10_000_000;

/// Everything on which the results of a sweep depend. Two sweeps with the same settings have the same results, to the last byte.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SweepSettings {
    /// Patch dimensions `p`. The lists multiply; in the order of cells the last one runs fastest.
    pub patch_dim: Vec<usize>,
    /// Numbers of patches `k`.
    pub patches: Vec<usize>,
    /// Sum ratios `ρ`.
    pub sum_ratio: Vec<f64>,
    /// Scale ratios `β`.
    pub scale_ratio: Vec<f64>,
    /// Negative slopes `c` of the activation. Not written where it is the rectifier alone.
    #[serde(default = "rectifier", skip_serializing_if = "is_rectifier")]
    pub negative_slope: Vec<f64>,
    /// Step sizes `η`.
    pub step_size: Vec<f64>,
    /// Number of runs of each cell; with `until` the largest number.
    pub runs: u64,
    /// End a cell when its 95 % interval is no wider than this.
    pub until: Option<f64>,
    /// Whether the distribution of steps to the verdict is kept.
    pub steps: bool,
    /// Continue runs beyond their verdict to this tolerance, and keep steps, length of phase I and final loss.
    pub convergence: Option<f64>,
    /// The algorithm. Not written where it is gradient descent.
    #[serde(default = "descent", skip_serializing_if = "is_descent")]
    pub algorithm: Algorithm,
    /// The engine that computes the runs. (Momentum and noise have lanes too; other algorithms are computed one run at a time.)
    #[serde(deserialize_with = "engine")]
    pub engine: Engine,
    /// Whether every trial is recorded.
    pub records: bool,
    /// Whether the exact probability is computed beside the estimate.
    pub exact: bool,
    /// Whether cells with a sum ratio above their number of patches are left out instead of refused.
    pub skip_impossible: bool,
    /// Seed of all random streams.
    pub seed: u64,
}

impl SweepSettings {
    /// Settings for a grid with defaults for everything else: a million runs, scale ratio 1, seed 1.
    pub fn grid(patch_dim: &[usize], patches: &[usize], sum_ratio: &[f64], step_size: &[f64]) -> Self {
        Self {
            patch_dim: patch_dim.to_vec(),
            patches: patches.to_vec(),
            sum_ratio: sum_ratio.to_vec(),
            scale_ratio: vec![1.0],
            negative_slope: rectifier(),
            step_size: step_size.to_vec(),
            runs: 1_000_000,
            until: None,
            steps: false,
            convergence: None,
            algorithm: descent(),
            engine: Engine::default(),
            records: false,
            exact: true,
            skip_impossible: false,
            seed: 1,
        }
    }

    /// What is observed of every run.
    pub fn observe(&self) -> Observe {
        Observe { steps: self.steps, convergence: self.convergence, ..Observe::default() }
    }

    /// Whether there is another activation than the rectifier.
    pub fn has_leak(&self) -> bool {
        !is_rectifier(&self.negative_slope)
    }

    /// The names of the result files in the folder of the sweep.
    pub fn result_files(&self) -> impl Iterator<Item = &'static str> + use<> {
        let steps = self.steps;
        results::NAMES.into_iter().filter(move |&name| steps || name != results::STEPS)
    }

    /// Whether the interval of a finished cell is wider than [`until`](Self::until), although all its runs were made.
    pub fn missed_width(&self, row: &CellEstimate) -> bool {
        self.until.is_some_and(|width| row.estimate.upper - row.estimate.lower > width)
    }

    /// Whether a run takes much longer than a run to its verdict in five numbers.
    pub(crate) fn slow(&self) -> bool {
        self.convergence.is_some() || self.engine == Engine::Full || self.algorithm != Algorithm::Gd
    }

    /// Refuses invalid numbers. (The library checks cells.)
    pub(crate) fn check(&self) -> Result<(), Error> {
        if !(1..=LARGEST_RUNS).contains(&self.runs) {
            return Err(Kind::Runs { runs: self.runs }.into());
        }
        if let Some(width) = self.until.filter(|width| !(*width > 0.0 && *width < 1.0)) {
            return Err(Kind::Until { width }.into());
        }
        if let Some(tolerance) = self.convergence.filter(|tolerance| !(*tolerance > 0.0 && *tolerance < 1.0))
        {
            return Err(Kind::Convergence { tolerance }.into());
        }
        let lengths = [
            ("patch dimension", self.patch_dim.len()),
            ("number of patches", self.patches.len()),
            ("sum ratio", self.sum_ratio.len()),
            ("scale ratio", self.scale_ratio.len()),
            ("negative slope", self.negative_slope.len()),
            ("step size", self.step_size.len()),
        ];
        if let Some((name, _)) = lengths.iter().find(|(_, length)| *length == 0) {
            return Err(Kind::EmptyList { name }.into());
        }
        let cells = lengths.iter().fold(1_u128, |cells, (_, length)| cells.saturating_mul(*length as u128));
        if cells > u128::from(LARGEST_GRID) {
            let lengths: Vec<String> = (lengths.iter())
                .filter(|(name, _)| *name != "negative slope" || self.has_leak())
                .map(|(_, length)| length.to_string())
                .collect();
            return Err(Kind::GridTooLarge { product: lengths.join(" × "), cells }.into());
        }
        self.algorithm.check()?;
        if self.engine == Engine::Full || self.algorithm.is_coordinatewise() {
            let largest = |list: &[usize]| list.iter().copied().max().unwrap_or_default();
            let numbers = largest(&self.patch_dim).saturating_add(largest(&self.patches));
            if numbers > LARGEST_NETWORK {
                return Err(Kind::NetworkTooLarge { numbers, limit: LARGEST_NETWORK }.into());
            }
        }
        Ok(())
    }
}

fn descent() -> Algorithm {
    Algorithm::Gd
}

fn is_descent(algorithm: &Algorithm) -> bool {
    *algorithm == Algorithm::Gd
}

fn rectifier() -> Vec<f64> {
    vec![0.0]
}

fn is_rectifier(slopes: &[f64]) -> bool {
    slopes == [0.0]
}

/// The engines by their names in settings.
fn engine<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Engine, D::Error> {
    let name = String::deserialize(deserializer)?;
    match name.as_str() {
        "lanes" => Ok(Engine::Lanes),
        "scalar" => Ok(Engine::Scalar),
        "full" => Ok(Engine::Full),
        _ => Err(serde::de::Error::custom(format!("no engine is called '{name}'"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Settings of the rectifier are written as they were before there was another activation, so that folders go on.
    #[test]
    fn the_rectifier_alone_is_not_written() {
        let rectifier = SweepSettings::grid(&[5], &[25], &[4.0], &[0.1]);
        let text = serde_json::to_string(&rectifier).unwrap();
        assert!(!text.contains("negative_slope"), "{text}");
        assert_eq!(serde_json::from_str::<SweepSettings>(&text).unwrap(), rectifier);
        let leaky = SweepSettings { negative_slope: vec![0.0, 0.1], ..rectifier };
        let text = serde_json::to_string(&leaky).unwrap();
        assert_eq!(serde_json::from_str::<SweepSettings>(&text).unwrap(), leaky);
        assert!(leaky.has_leak());
    }

    /// What is written reads back to the same settings, all digits of its numbers included.
    #[test]
    fn settings_survive_being_written() {
        for engine in [Engine::Lanes, Engine::Scalar, Engine::Full] {
            let settings = SweepSettings {
                engine,
                until: Some(0.1 + 0.2),
                seed: u64::MAX,
                ..SweepSettings::grid(&[5], &[25], &[0.1, 1.0 / 3.0], &[f64::MIN_POSITIVE])
            };
            let text = serde_json::to_string(&settings).unwrap();
            assert_eq!(serde_json::from_str::<SweepSettings>(&text).unwrap(), settings);
        }
    }
}
