//! The grid and how its trials are divided: into cells, blocks and shards. All of it follows from the settings.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use spurious::Activation;
use spurious::basin::Guarantee;
use spurious::ensemble::Ensemble;
use spurious::model::Cell;

use crate::error::{Error, Kind};
use crate::settings::{LARGEST_SHARDS, SweepSettings};

/// Trials of a block: large enough to keep vector registers and all cores busy.
const BLOCK: u64 = 1 << 20;

/// Trials of a block where a trial takes a thousand times as long.
const SLOW_BLOCK: u64 = 1 << 14;

/// The same where the theory does not cover a step size, so that runs may take the largest number of steps.
const UNCOVERED_BLOCK: u64 = 1 << 12;

/// The largest number of shards where nobody says how many, and the least blocks of each. The number has many divisors.
const DEFAULT_SHARDS: u64 = 240;
const BLOCKS_OF_A_SHARD: u64 = 4;

/// Steps of a block, where a trial takes some `1/η` steps: a few seconds of work.
const STEPS: f64 = (1u64 << 32) as f64;

/// One of the parts of a sweep that is divided among independent machines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shard {
    /// Its number, from 1.
    pub number: u64,
    /// The number of shards.
    pub of: u64,
}

impl Shard {
    /// The whole sweep as one shard.
    pub const WHOLE: Self = Self { number: 1, of: 1 };

    /// Shard `number` of `of`.
    ///
    /// # Errors
    /// If there is no such shard.
    pub fn new(number: u64, of: u64) -> Result<Self, Error> {
        if of > LARGEST_SHARDS {
            Err(Kind::TooManyShards { of }.into())
        } else if number == 0 || number > of {
            Err(Kind::Shard { number, of }.into())
        } else {
            Ok(Self { number, of })
        }
    }

    /// Whether there is only one shard.
    pub fn is_whole(&self) -> bool {
        self.of == 1
    }

    /// Whether this shard has all trials of a cell, where the number of trials is decided by the width of an interval.
    pub(crate) fn has_cell(&self, cell: u64) -> bool {
        cell % self.of == self.number - 1
    }

    /// The first block of a cell, from block `from` on, that belongs to this shard; so does every `of`-th block after it. Blocks go to the
    /// shards in turn, and those of the next cell begin with the next shard. So the shard of a block does not depend on the number of
    /// blocks.
    pub(crate) fn first_block(&self, cell: u64, from: u64) -> u64 {
        from + (self.number - 1 + self.of - (cell + from) % self.of) % self.of
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.number, self.of)
    }
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let numbers: Option<Vec<u64>> = text.split('/').map(|part| part.trim().parse().ok()).collect();
        match numbers.as_deref() {
            Some(&[number, of]) => Self::new(number, of).map_err(|error| error.to_string()),
            _ => Err("use number/count, such as 1/3".to_owned()),
        }
    }
}

/// A cell of the grid with its step size.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// Teacher and start.
    pub cell: Cell,
    /// Step size `η`.
    pub step_size: f64,
}

impl Point {
    /// Whether the theory covers the step size, so that verdicts and the exact probability are proved.
    pub fn is_covered(&self) -> bool {
        Guarantee::for_cell(&self.cell).covers(self.step_size)
    }
}

/// The plan of a sweep.
#[derive(Debug, Clone)]
pub struct Plan {
    settings: SweepSettings,
    /// Number of places in the grid, including impossible cells.
    places: u64,
    /// Number of possible cells.
    cells: u64,
    /// The first cell whose step size the theory does not cover.
    first_uncovered: Option<Point>,
    /// Trials of a block.
    block: u64,
}

impl Plan {
    /// The plan of a sweep.
    ///
    /// # Errors
    /// If the settings are not valid; see [`Error`].
    pub fn new(settings: SweepSettings) -> Result<Self, Error> {
        settings.check()?;
        // Axis by axis, because a value is valid or not for all other values; only sum ratio and patches are checked together.
        let (patch_dim, scale_ratio) = (settings.patch_dim[0], settings.scale_ratio[0]);
        let (mut pairs, mut possible) = (0_u64, None);
        for &patches in &settings.patches {
            for &sum_ratio in &settings.sum_ratio {
                match Cell::new(patch_dim, patches, sum_ratio, scale_ratio) {
                    Ok(cell) => {
                        pairs += 1;
                        possible = possible.or(Some(cell));
                    }
                    Err(
                        spurious::Error::SumRatioTooLarge { .. } | spurious::Error::SumRatioOfOnePatch { .. },
                    ) if settings.skip_impossible => {}
                    Err(error) => return Err(error.into()),
                }
            }
        }
        let others = settings.patch_dim.len()
            * settings.scale_ratio.len()
            * settings.negative_slope.len()
            * settings.step_size.len();
        let places = (others * settings.patches.len() * settings.sum_ratio.len()) as u64;
        let Some(cell) = possible else {
            return Err(Kind::NothingPossible { cells: places }.into());
        };
        let shape = cell.shape();
        for &patch_dim in &settings.patch_dim {
            Cell::new(patch_dim, shape.patches(), shape.sum_ratio(), scale_ratio)?;
        }
        for &scale_ratio in &settings.scale_ratio {
            Cell::new(patch_dim, shape.patches(), shape.sum_ratio(), scale_ratio)?;
        }
        for &negative_slope in &settings.negative_slope {
            Activation::leaky(negative_slope)?;
        }
        for &step_size in &settings.step_size {
            Ensemble::new(cell, step_size, settings.seed, 0)?;
        }
        let mut plan =
            Self { places, cells: pairs * others as u64, first_uncovered: None, block: 0, settings };
        // The patch dimension, which runs slowest, does not matter.
        let places = plan.places / plan.settings.patch_dim.len() as u64;
        plan.first_uncovered =
            (0..places).filter_map(|cell| plan.point(cell).ok()).find(|point| !point.is_covered());
        plan.block = plan.trials_of_a_block();
        Ok(plan)
    }

    /// The number of trials in a block. A kill loses a few blocks, so they are smaller where a trial takes longer.
    fn trials_of_a_block(&self) -> u64 {
        let smallest_step = self.settings.step_size.iter().copied().fold(f64::INFINITY, f64::min);
        if self.settings.slow() {
            SLOW_BLOCK
        } else if self.first_uncovered.is_some() {
            UNCOVERED_BLOCK
        } else {
            // A power of two.
            1 << ((STEPS * smallest_step) as u64).clamp(UNCOVERED_BLOCK, BLOCK).ilog2()
        }
    }

    /// The settings of the sweep.
    pub fn settings(&self) -> &SweepSettings {
        &self.settings
    }

    /// Number of simulated cells.
    pub fn cells(&self) -> u64 {
        self.cells
    }

    /// Number of places in the grid: cells, and combinations that are left out.
    pub fn places(&self) -> u64 {
        self.places
    }

    /// The cell with a number below [`places`](Self::places), the last list of settings running fastest. The number
    /// selects its random streams.
    ///
    /// # Errors
    /// If no cell can have these values.
    pub fn point(&self, cell: u64) -> Result<Point, spurious::Error> {
        let settings = &self.settings;
        let mut rest = cell as usize;
        let mut digit = |base: usize| {
            let digit = rest % base;
            rest /= base;
            digit
        };
        let step_size = settings.step_size[digit(settings.step_size.len())];
        let negative_slope = settings.negative_slope[digit(settings.negative_slope.len())];
        let scale_ratio = settings.scale_ratio[digit(settings.scale_ratio.len())];
        let sum_ratio = settings.sum_ratio[digit(settings.sum_ratio.len())];
        let patches = settings.patches[digit(settings.patches.len())];
        let patch_dim = settings.patch_dim[digit(settings.patch_dim.len())];
        let cell = Cell::new(patch_dim, patches, sum_ratio, scale_ratio)?;
        Ok(Point { cell: cell.with_activation(Activation::leaky(negative_slope)?), step_size })
    }

    /// The first simulated cell from number `cell` on.
    pub(crate) fn next_cell(&self, cell: u64) -> Option<u64> {
        self.cells_from(cell).next()
    }

    /// All cells from this one on that can be simulated.
    pub(crate) fn cells_from(&self, cell: u64) -> impl Iterator<Item = u64> + '_ {
        (cell..self.places).filter(|&cell| self.point(cell).is_ok())
    }

    /// The same plan with more runs of each cell.
    pub(crate) fn with_runs(&self, runs: u64) -> Self {
        Self { settings: SweepSettings { runs, ..self.settings.clone() }, ..self.clone() }
    }

    /// All simulated cells, in order.
    pub fn points(&self) -> impl Iterator<Item = Point> + '_ {
        (0..self.places).filter_map(|cell| self.point(cell).ok())
    }

    /// The first cell whose step size the theory does not cover: verdicts may be missing there, and there is no exact value.
    pub fn first_uncovered(&self) -> Option<Point> {
        self.first_uncovered
    }

    /// The number of trials of a shard. If sampling stops at a width, this is the largest possible number.
    pub fn trials(&self, shard: Shard) -> u128 {
        if shard.is_whole() {
            return u128::from(self.cells) * u128::from(self.settings.runs);
        }
        self.cells_from(0).map(|cell| u128::from(self.trials_of_cell(shard, cell))).sum()
    }

    /// A number of shards that gives each some work, and many workers several shards each: what is computed again where a worker was lost is
    /// a small part of the whole.
    pub fn default_shards(&self) -> u64 {
        // Shards have equal parts of the cells if there are many, or else of the blocks of each cell.
        let blocks = if self.is_adaptive() { 1 } else { self.settings.runs.div_ceil(self.block) };
        (self.cells.max(blocks) / BLOCKS_OF_A_SHARD).clamp(1, DEFAULT_SHARDS)
    }

    fn trials_of_cell(&self, shard: Shard, cell: u64) -> u64 {
        let runs = self.settings.runs;
        if self.is_adaptive() {
            return if shard.has_cell(cell) { runs } else { 0 };
        }
        // Every `of`-th block, of which the last one of all may be shorter.
        let (first, blocks) = (shard.first_block(cell, 0), runs.div_ceil(self.block));
        let count = blocks.saturating_sub(first).div_ceil(shard.of);
        let has_last = count > 0 && first + (count - 1) * shard.of == blocks - 1;
        count * self.block - if has_last { blocks * self.block - runs } else { 0 }
    }

    /// Trials of a block. It does not depend on the number of runs, so that a sweep can be extended.
    pub(crate) fn block(&self) -> u64 {
        self.block
    }

    /// Whether the number of trials is decided by the width of an interval.
    pub(crate) fn is_adaptive(&self) -> bool {
        self.settings.until.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn impossible_cells_are_refused_or_skipped() {
        let settings = SweepSettings::grid(&[5, 6], &[1, 4, 9], &[0.0, 1.0, 5.0], &[0.1]);
        let refused = Plan::new(settings.clone()).unwrap_err();
        assert_eq!(refused.to_string(), "sum ratio 0 is impossible with one patch: use 1");
        let plan = Plan::new(SweepSettings { skip_impossible: true, ..settings.clone() }).unwrap();
        assert_eq!((plan.places(), plan.cells(), plan.points().count()), (18, 12, 12));
        let nothing = SweepSettings { skip_impossible: true, sum_ratio: vec![20.0], ..settings };
        assert_eq!(
            Plan::new(nothing).unwrap_err().to_string(),
            "none of the 6 cells of the grid is possible: use sum ratios that are no larger than the number of patches"
        );
    }

    #[test]
    fn shards_are_checked() {
        assert_eq!("2/3".parse(), Ok(Shard { number: 2, of: 3 }));
        let message = |text: &str| text.parse::<Shard>().unwrap_err();
        assert_eq!(message("0/3"), "shard 0/3 does not exist: use 1/3 to 3/3");
        assert_eq!(message("4/3"), "shard 4/3 does not exist: use 1/3 to 3/3");
        assert_eq!(message("1/0"), "shard 1/0 does not exist: use 1/1 to 1/1");
        assert_eq!(message("1/1001"), "1001 shards are too many: use at most 1000");
        assert_eq!(message("1"), "use number/count, such as 1/3");
    }
}
