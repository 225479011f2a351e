//! Sums over samples that can be computed in parts and combined to the same bits.
//!
//! A data set is cut into blocks of a fixed number of samples. Blocks are added in pairs, pairs in pairs of pairs, by their
//! position alone. So the additions are the same for every number of threads or machines.

use std::ops::Range;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::Error;

/// A quantity that is summed over samples.
pub trait Additive {
    /// Adds the sum over other samples.
    fn add(&mut self, other: &Self);
}

impl<A: Additive> Additive for Vec<A> {
    fn add(&mut self, other: &Self) {
        for (sum, other) in self.iter_mut().zip(other) {
            sum.add(other);
        }
    }
}

impl Additive for f64 {
    fn add(&mut self, other: &Self) {
        *self += other;
    }
}

/// The sums for loss and gradient of one student; `r = f − y` is the residual, `ω` the weight.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sums {
    /// `Σ ω`
    pub weight: f64,
    /// `Σ ω r²`
    pub squares: f64,
    /// `Σ ω r ∂f/∂u`, `[patch_dim]`
    pub filter: Vec<f64>,
    /// `Σ ω r ∂f/∂b`
    pub bias: f64,
    /// `Σ ω r ∂f/∂a`, `[patches]`
    pub output: Vec<f64>,
    /// `Σ ω r`
    pub intercept: f64,
}

impl Sums {
    /// The sum over no samples.
    pub(super) fn zero(patch_dim: usize, patches: usize) -> Self {
        Self {
            weight: 0.0,
            squares: 0.0,
            filter: vec![0.0; patch_dim],
            bias: 0.0,
            output: vec![0.0; patches],
            intercept: 0.0,
        }
    }

    /// The sums for weights multiplied by `factor`.
    pub(super) fn scale(&mut self, factor: f64) {
        let Self { weight, squares, filter, bias, output, intercept } = self;
        let numbers = [weight, squares, bias, intercept].into_iter().chain(filter).chain(output);
        numbers.for_each(|number| *number *= factor);
    }
}

impl Additive for Sums {
    fn add(&mut self, other: &Self) {
        self.weight += other.weight;
        self.squares += other.squares;
        self.filter.add(&other.filter);
        self.bias += other.bias;
        self.output.add(&other.output);
        self.intercept += other.intercept;
    }
}

/// The sums for loss, gradient and Gauss–Newton matrix of one student, as one Gram matrix.
///
/// ```text
/// gram = Σ ω (J, r)ᵀ(J, r)        J = (∂f/∂u, ∂f/∂b, …, ∂f/∂a, …, ∂f/∂c), the filters in order, then their output weights
/// ```
///
/// For a loss with slope `s` and curvature `κ` by `f` it is `Σ ωκ (J, s/κ)ᵀ(J, s/κ)`: its last column has the gradient `Σ ω s J`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GramSums {
    /// `Σ ω`
    pub weight: f64,
    /// `Σω ℓ` with the loss `ℓ` of a sample: for squares half the last entry of `gram`
    pub loss: f64,
    /// `[n, n]` with `n = r (patch_dim + 1 + patches) + 2` for `r` filters, symmetric
    pub gram: Vec<f64>,
    /// `Σ ω (J, r)ᵀ(x − μ)` for a linear part of the numbers `x` of a row that is eliminated, `[n, width]`; else empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub linear: Vec<f64>,
    /// `Σω (∂f/∂a)²` for each output weight, `[r patches]`; empty for squares, whose `gram` has it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub activity: Vec<f64>,
}

impl Additive for GramSums {
    fn add(&mut self, other: &Self) {
        self.weight += other.weight;
        self.loss += other.loss;
        self.gram.add(&other.gram);
        self.linear.add(&other.linear);
        self.activity.add(&other.activity);
    }
}

/// The sum over a range of blocks.
///
/// It is stored as the sums of the largest aligned ranges of `2ˡ` blocks that make up the range. Adjacent ranges can therefore be joined
/// with the same result for every division.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Written<A>")]
pub struct PartialSum<A> {
    first: u64,
    stretches: Vec<(u32, A)>,
}

/// A partial sum as it is read from a file, before it is checked.
#[derive(Deserialize)]
struct Written<A> {
    first: u64,
    stretches: Vec<(u32, A)>,
}

impl<A> TryFrom<Written<A>> for PartialSum<A> {
    type Error = Error;

    fn try_from(Written { first, stretches }: Written<A>) -> Result<Self, Error> {
        let mut end = first;
        for (level, _) in &stretches {
            let length = 1_u64.checked_shl(*level).ok_or(Error::PartialSum)?;
            if !end.is_multiple_of(length) {
                return Err(Error::PartialSum);
            }
            end = end.checked_add(length).ok_or(Error::PartialSum)?;
        }
        Ok(Self { first, stretches })
    }
}

impl<A: Additive> PartialSum<A> {
    /// The empty sum before block `first`.
    pub fn empty(first: u64) -> Self {
        Self { first, stretches: Vec::new() }
    }

    /// The range of blocks in the sum.
    pub fn blocks(&self) -> Range<u64> {
        self.first..self.first + self.stretches.iter().map(|(level, _)| 1_u64 << level).sum::<u64>()
    }

    /// Adds the sum over the blocks that follow.
    ///
    /// # Errors
    /// If `next` does not begin where this sum ends.
    pub fn append(&mut self, next: Self) -> Result<(), Error> {
        if self.blocks().end != next.first {
            return Err(Error::PartialSum);
        }
        for (level, sum) in next.stretches {
            self.push(level, sum);
        }
        Ok(())
    }

    fn push(&mut self, mut level: u32, mut sum: A) {
        let mut start = self.blocks().end;
        // A range that completes an aligned pair is added to its neighbour.
        while let Some((_, left)) =
            self.stretches.pop_if(|(left_level, _)| *left_level == level && !start.is_multiple_of(2 << level))
        {
            start -= 1 << level;
            level += 1;
            let mut joined = left;
            joined.add(&sum);
            sum = joined;
        }
        self.stretches.push((level, sum));
    }

    /// The sum over all blocks, if there are any.
    pub fn total(self) -> Option<A> {
        self.stretches.into_iter().map(|(_, sum)| sum).rev().reduce(|right, mut left| {
            left.add(&right);
            left
        })
    }
}

impl<A: Additive + Send> PartialSum<A> {
    /// Sums `block(n)` over a range of blocks, on all threads.
    pub(super) fn over(
        blocks: Range<u64>,
        block: &(impl Fn(u64) -> Result<A, Error> + Sync),
    ) -> Result<Self, Error> {
        let mut stretches = Vec::new();
        let mut start = blocks.start;
        while start < blocks.end {
            let level = start.trailing_zeros().min((blocks.end - start).ilog2());
            stretches.push((start, level));
            start += 1 << level;
        }
        let stretches: Result<_, Error> = stretches
            .into_par_iter()
            .map(|(start, level)| Ok((level, stretch(start, level, block)?)))
            .collect();
        Ok(Self { first: blocks.start, stretches: stretches? })
    }
}

/// The sum over `2^level` blocks from `start` on.
fn stretch<A: Additive + Send>(
    start: u64,
    level: u32,
    block: &(impl Fn(u64) -> Result<A, Error> + Sync),
) -> Result<A, Error> {
    if level == 0 {
        return block(start);
    }
    let half = level - 1;
    let (left, right) =
        rayon::join(|| stretch(start, half, block), || stretch(start + (1 << half), half, block));
    let mut sum = left?;
    sum.add(&right?);
    Ok(sum)
}
