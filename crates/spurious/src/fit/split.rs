//! Which samples train and which are held out.

use rand::seq::SliceRandom;

use crate::Error;
use crate::numerics::random::stream;

/// The fold of each sample: folds of equal size, shuffled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Split {
    folds: Vec<u8>,
}

impl Split {
    /// `folds` parts of equal size, but for one sample; the seed decides who is where.
    ///
    /// # Errors
    /// If there are fewer than 2 folds, more than 255, or more than samples.
    pub fn folds(samples: u64, folds: usize, seed: u64) -> Result<Self, Error> {
        let limit = usize::try_from(samples).unwrap_or(usize::MAX).min(255);
        if !(2..=limit).contains(&folds) {
            return Err(Error::Folds { folds, limit });
        }
        #[allow(clippy::cast_possible_truncation, reason = "a remainder below 256")]
        Self::shuffled(samples, |i| (i % folds as u64) as u8, seed)
    }

    /// One part to train on, fold 0, and one held out, fold 1.
    ///
    /// # Errors
    /// If the share is not between 0 and 1, or leaves one of the parts without samples.
    pub fn hold_out(samples: u64, share: f64, seed: u64) -> Result<Self, Error> {
        if !(share > 0.0 && share < 1.0) {
            return Err(Error::NotBetweenZeroAndOne { name: "validation share", value: share });
        }
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of a count")]
        let held_out = (samples as f64 * share).round() as u64;
        if held_out == 0 || held_out >= samples {
            return Err(Error::EmptySplit { samples, held_out });
        }
        Self::shuffled(samples, |i| u8::from(i < held_out), seed)
    }

    /// The folds given, in random order. A sample takes a byte.
    fn shuffled(samples: u64, fold: impl Fn(u64) -> u8, seed: u64) -> Result<Self, Error> {
        let mut folds = Vec::new();
        let count = usize::try_from(samples).unwrap_or(usize::MAX);
        if folds.try_reserve_exact(count).is_err() {
            let limit = isize::MAX.unsigned_abs();
            return Err(Error::Size { name: "number of samples to split", value: count, limit });
        }
        folds.extend((0..samples).map(fold));
        folds.shuffle(&mut stream(seed, 0, SPLIT));
        Ok(Self { folds })
    }

    /// The fold of sample `row`.
    pub(super) fn fold(&self, row: u64) -> Option<u8> {
        usize::try_from(row).ok().and_then(|row| self.folds.get(row).copied())
    }
}

/// The stream that shuffles, apart from those of starts.
const SPLIT: u64 = u64::MAX;

/// The samples that a sum runs over.
#[derive(Debug, Clone, Copy)]
pub enum Selection<'a> {
    /// All.
    All,
    /// Those of one fold.
    Only(&'a Split, u8),
    /// Those of the other folds.
    Except(&'a Split, u8),
}

impl Selection<'_> {
    /// Whether sample `row` is among them.
    pub fn contains(&self, row: u64) -> bool {
        match self {
            Self::All => true,
            Self::Only(split, wanted) => split.fold(row) == Some(*wanted),
            Self::Except(split, unwanted) => split.fold(row).is_some_and(|fold| fold != *unwanted),
        }
    }
}
