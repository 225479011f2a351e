//! Data in several parts, and the blocks of the whole.
//!
//! Sums are the same for every division of the data because they are taken over blocks of the whole ([`sums`](super::sums)). A block that begins
//! in one part and ends in another belongs to neither: whoever adds the sums of the parts keeps its samples, and sums it.

use std::ops::Range;

use super::pass::block_samples;
use super::windows::Windows;

/// How many samples each of several parts has, one part after the other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Division {
    /// Where each part ends.
    ends: Vec<u64>,
}

/// Consecutive blocks that lie in one part, or each of which lies in several.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stretch {
    /// The part in which all of them lie, if there is one.
    pub part: Option<usize>,
    /// The blocks.
    pub blocks: Range<u64>,
    /// Their samples, by their place in the whole.
    pub samples: Range<u64>,
}

impl Division {
    /// Parts with so many samples.
    pub fn new(samples: impl IntoIterator<Item = u64>) -> Self {
        let mut end = 0;
        let ends = samples.into_iter().map(|samples| {
            end += samples;
            end
        });
        Self { ends: ends.collect() }
    }

    /// Number of samples in all parts.
    pub fn samples(&self) -> u64 {
        self.ends.last().copied().unwrap_or(0)
    }

    /// The samples of a part, by their place in the whole.
    pub fn part(&self, part: usize) -> Range<u64> {
        let first = part.checked_sub(1).map_or(0, |before| self.ends[before]);
        first..self.ends[part]
    }

    /// All blocks, in order.
    ///
    /// ```
    /// use spurious::fit::{Division, Windows, block_samples};
    ///
    /// let windows = Windows::consecutive(256, 16)?;
    /// assert_eq!(block_samples(&windows), 1024);
    /// let stretches = Division::new([3000, 2000]).stretches(&windows);
    /// let found: Vec<_> = stretches.into_iter().map(|stretch| (stretch.part, stretch.samples)).collect();
    /// assert_eq!(found, [(Some(0), 0..2048), (None, 2048..3072), (Some(1), 3072..5000)]);
    /// # Ok::<(), spurious::Error>(())
    /// ```
    pub fn stretches(&self, windows: &Windows) -> Vec<Stretch> {
        let (at_once, all) = (block_samples(windows) as u64, self.samples());
        let stretch = |part, blocks: Range<u64>| Stretch {
            part,
            samples: blocks.start * at_once..(blocks.end * at_once).min(all),
            blocks,
        };
        let mut stretches = Vec::new();
        let mut done = 0;
        for part in 0..self.ends.len() {
            let Range { start, end } = self.part(part);
            let first = start.div_ceil(at_once);
            // The last block of all need not be full.
            let last = if end == all { end.div_ceil(at_once) } else { end / at_once };
            if first < last {
                if done < first {
                    stretches.push(stretch(None, done..first));
                }
                stretches.push(stretch(Some(part), first..last));
                done = last;
            }
        }
        let last = all.div_ceil(at_once);
        if done < last {
            stretches.push(stretch(None, done..last));
        }
        stretches
    }
}
