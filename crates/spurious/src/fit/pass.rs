//! One pass over the data: kernels process blocks of samples, and their sums are added to a total.

use std::ops::ControlFlow;

use super::kernels::{Element, PADDING, Tile};
use super::samples::{Rows, Samples};
use super::split::Selection;
use super::sums::{Additive, PartialSum};
use super::windows::Windows;
use crate::{Error, Monitor};

/// Approximate number of values in a block.
const BLOCK_VALUES: usize = 1 << 18;
/// Values that are packed at once.
const PACKED_VALUES: usize = 1 << 11;
/// Samples that are packed at once, at most.
const PACKED_SAMPLES: usize = 64;

/// Samples in a block. The number depends on the shape alone, because the order of summation depends on it.
pub fn block_samples(windows: &Windows) -> usize {
    let samples = (BLOCK_VALUES / (windows.patches() * windows.patch_dim())).clamp(16, 1024);
    1 << samples.ilog2()
}

/// Samples and their place in the data.
#[derive(Clone, Copy)]
pub(super) struct Block<'a> {
    pub(super) rows: Rows<'a>,
    pub(super) first: u64,
}

/// One pass that checks a source against its contract: every run but the last has a multiple of `block` samples, lengths are
/// consistent, and the number of samples is the announced one. A run that breaks a block would shift all later samples.
///
/// `visit` receives each run and the number of its first sample. The pass ends at the first error, its own or that of `visit`; anything
/// that the source hands over later is ignored.
pub(super) fn pass_over(
    source: &mut Samples<'_>,
    block: usize,
    mut visit: impl FnMut(Rows<'_>, u64) -> Result<(), Error>,
) -> Result<(), Error> {
    let (width, announced) = (source.windows().width(), source.samples());
    let mut seen = 0_u64;
    let mut failure = None;
    let mut take = |rows: Rows<'_>| {
        if !seen.is_multiple_of(block as u64) {
            return Err(Error::Source { found: seen, expected: seen.next_multiple_of(block as u64) });
        }
        let rows = rows.checked(width)?;
        let found = seen.saturating_add(rows.target.len() as u64);
        if found > announced {
            return Err(Error::Source { found, expected: announced });
        }
        visit(rows, seen)?;
        seen = found;
        Ok(())
    };
    source.pass(block, &mut |rows| {
        if failure.is_none() {
            failure = take(rows).err();
        }
        if failure.is_some() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    })?;
    match failure {
        Some(error) => Err(error),
        None if seen != announced => Err(Error::Source { found: seen, expected: announced }),
        None => Ok(()),
    }
}

/// The sum of `block` over all blocks of the data, the first of which is number `first_block` of a larger whole.
///
/// The monitor may cancel before every block, and receives progress in samples after it.
pub(super) fn sum_over_blocks<A: Additive + Send>(
    source: &mut Samples<'_>,
    first_block: u64,
    monitor: &dyn Monitor,
    block: impl Fn(Block<'_>) -> A + Sync,
) -> Result<PartialSum<A>, Error> {
    let at_once = block_samples(source.windows());
    let first_sample = first_block.checked_mul(at_once as u64);
    let first_sample = first_sample.filter(|first| first.checked_add(source.samples()).is_some());
    let first_sample = first_sample.ok_or(Error::PartialSum)?;
    let mut sum = PartialSum::empty(first_block);
    pass_over(source, at_once, |rows, first| {
        let first = first_sample + first;
        let samples = rows.target.len();
        let of = |n: u64| {
            monitor.check()?;
            let begin = n * at_once as u64;
            // At most the samples of a slice.
            let skipped = (begin - first) as usize;
            let count = at_once.min(samples - skipped);
            let part = block(Block { rows: rows.slice(skipped, count), first: begin });
            monitor.advance(count as u64);
            Ok(part)
        };
        let blocks = first / at_once as u64..(first + samples as u64).div_ceil(at_once as u64);
        sum.append(PartialSum::over(blocks, &of)?)
    })?;
    Ok(sum)
}

/// Hands the samples of a block to `visit` as dense tiles of type `T`, of at most `at_once` samples.
///
/// Every tile but the last of the block has a multiple of `unit` samples, for every memory layout, so that sums over `unit` samples do
/// not depend on the layout.
///
/// Rows that are dense, of the right type, and followed by enough further values are borrowed; others are copied.
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
