//! One pass over the data: blocks of samples to kernels, their sums to a total.

use super::kernels::{Element, PADDING, Tile};
use super::samples::{Rows, Source};
use super::split::Selection;
use super::sums::{Additive, PartialSum};
use super::windows::Windows;
use crate::Error;

/// Numbers in a block, about.
const BLOCK_VALUES: usize = 1 << 18;
/// Numbers that are packed at once.
const PACKED_VALUES: usize = 1 << 11;
/// Samples that are packed at once, at most.
const PACKED_SAMPLES: usize = 64;

/// Samples in a block. It depends on the shape alone, since the order of summation depends on it.
pub fn block_samples(windows: &Windows) -> usize {
    let samples = (BLOCK_VALUES / (windows.patches() * windows.patch_dim())).clamp(16, 1024);
    1 << samples.ilog2()
}

/// Some samples and where they stand in the data.
#[derive(Clone, Copy)]
pub(super) struct Block<'a> {
    pub(super) rows: Rows<'a>,
    pub(super) first: u64,
}

/// The sum of `block` over all blocks of the data, the first of which is number `first_block` of a larger whole.
pub(super) fn sum_over_blocks<S: Source, A: Additive + Send>(
    source: &mut S,
    first_block: u64,
    block: impl Fn(Block<'_>) -> A + Sync,
) -> Result<PartialSum<A>, S::Error> {
    let at_once = block_samples(source.windows());
    let (width, samples) = (source.windows().width(), source.samples());
    let mut sum = PartialSum::empty(first_block);
    let mut handed = Handed::default();
    source.pass(at_once, &mut |rows| {
        let Some(rows) = handed.take(rows, width, at_once) else { return };
        let first = sum.blocks().end;
        let count = rows.target.len().div_ceil(at_once) as u64;
        let of = |n: u64| {
            let skipped = usize::try_from(n - first).unwrap_or(usize::MAX) * at_once;
            let rows = rows.slice(skipped, at_once.min(rows.target.len() - skipped));
            block(Block { rows, first: n * at_once as u64 })
        };
        sum.append(PartialSum::over(first..first + count, &of));
    })?;
    handed.all(samples)?;
    Ok(sum)
}

/// Keeps a source to its contract: a run that breaks a block would shift all samples behind it.
#[derive(Debug, Default)]
pub(super) struct Handed {
    rows: u64,
    broken: Option<Error>,
}

impl Handed {
    /// The rows, if they are what they should be. Once they were not, nothing is taken any more.
    pub(super) fn take<'a>(&mut self, rows: Rows<'a>, width: usize, block: usize) -> Option<Rows<'a>> {
        if self.broken.is_none() && !self.rows.is_multiple_of(block as u64) {
            let expected = self.rows.next_multiple_of(block as u64);
            self.broken = Some(Error::Source { found: self.rows, expected });
        }
        if self.broken.is_some() {
            return None;
        }
        match rows.checked(width) {
            Ok(rows) => {
                self.rows += rows.target.len() as u64;
                Some(rows)
            }
            Err(error) => {
                self.broken = Some(error);
                None
            }
        }
    }

    /// Whether all rows were handed over.
    pub(super) fn all(self, expected: u64) -> Result<(), Error> {
        match self.broken {
            Some(error) => Err(error),
            None if self.rows != expected => Err(Error::Source { found: self.rows, expected }),
            None => Ok(()),
        }
    }
}

/// Hands the samples of a block to `visit` as dense tiles of type `T`, of at most `at_once` samples.
///
/// Every tile but the last of the block has a multiple of `unit` samples, whatever lies where in memory, so that sums over
/// so many samples at a time do not depend on it.
///
/// Rows that are dense already, of the right type and followed by enough of their like, are lent; others are copied.
pub(super) fn for_each_tile<T: Element>(
    block: &Block<'_>,
    windows: &Windows,
    selection: Selection<'_>,
    weight_scale: f64,
    unit: usize,
    at_once: usize,
    mut visit: impl FnMut(Tile<'_, T>),
) {
    let (k, p, rows) = (windows.patches(), windows.patch_dim(), &block.rows);
    let samples = rows.target.len();
    let weights: Vec<f64> = (0..samples)
        .map(|i| {
            let weight = rows.weights.map_or(1.0, |weights| weights[i]);
            if selection.contains(block.first + i as u64) { weight_scale * weight } else { 0.0 }
        })
        .collect();
    let mut first = 0;
    if let Some(values) =
        T::lend(rows.values).filter(|_| windows.are_the_row() && rows.stride == windows.width())
    {
        let lendable = (values.len().saturating_sub(PADDING)) / (k * p);
        let lendable = if lendable >= samples { samples } else { lendable / unit * unit };
        while first < lendable {
            let count = at_once.min(lendable - first);
            visit(Tile {
                values: &values[first * k * p..],
                patches: k,
                patch_dim: p,
                target: &rows.target[first..first + count],
                weights: &weights[first..first + count],
            });
            first += count;
        }
    }
    if first == samples {
        return;
    }
    let at_once =
        (PACKED_VALUES / (k * p)).clamp(1, PACKED_SAMPLES).next_multiple_of(unit).min(samples - first);
    let mut packed = vec![T::default(); at_once * k * p + PADDING];
    while first < samples {
        let count = at_once.min(samples - first);
        rows.slice(first, count).pack(windows, &mut packed);
        visit(Tile {
            values: &packed,
            patches: k,
            patch_dim: p,
            target: &rows.target[first..first + count],
            weights: &weights[first..first + count],
        });
        first += count;
    }
}
