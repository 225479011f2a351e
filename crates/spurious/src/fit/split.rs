//! Which samples train and which are held out.

use std::collections::BTreeMap;
use std::ops::Range;

use rand::seq::SliceRandom;

use super::arrangement::{Arrangement, in_order};
use crate::Error;
use crate::numerics::random::stream;

/// The fold of each sample.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Split {
    folds: Vec<u8>,
}

/// Folds, at most.
pub const MOST_FOLDS: usize = 255;

impl Split {
    /// `folds` parts of equal size, but for one sample; the seed decides who is where.
    ///
    /// # Errors
    /// If there are fewer than 2 folds, more than 255, or more than samples.
    pub fn folds(samples: u64, folds: usize, seed: u64) -> Result<Self, Error> {
        check_folds(folds, usize::try_from(samples).unwrap_or(usize::MAX))?;
        #[allow(clippy::cast_possible_truncation, reason = "a remainder below 256")]
        Self::shuffled(samples, |i| (i % folds as u64) as u8, seed)
    }

    /// One part to train on, fold 0, and one held out, fold 1.
    ///
    /// # Errors
    /// If the share is not between 0 and 1, or leaves one of the parts without samples.
    pub fn hold_out(samples: u64, share: f64, seed: u64) -> Result<Self, Error> {
        let held_out = held_out(samples, share)?;
        Self::shuffled(samples, |i| u8::from(i < held_out), seed)
    }

    /// Folds that respect an arrangement. Groups stay together, in folds as equal as they allow. Of samples in time there is
    /// one part more than folds: each is a stretch of time, and part 0, the earliest, is held out in none.
    ///
    /// # Errors
    /// If there are fewer than 2 folds, more than 255, or more than samples, groups or moments allow.
    pub fn arranged(
        arrangement: Arrangement<'_>,
        samples: u64,
        folds: usize,
        seed: u64,
    ) -> Result<Self, Error> {
        match arrangement {
            Arrangement::Independent => Self::folds(samples, folds, seed),
            Arrangement::Groups(groups) => {
                let mut sizes = shuffled_sizes(groups, seed);
                check_folds(folds, sizes.len())?;
                // The largest first, each into the fold with the fewest samples; the seed decides between equals.
                sizes.sort_by_key(|&(_, size)| std::cmp::Reverse(size));
                let mut filled = vec![0_u64; folds];
                let mut fold_of = BTreeMap::new();
                for (group, size) in sizes {
                    let fold = (0..folds).min_by_key(|&fold| filled[fold]).unwrap_or(0);
                    filled[fold] += size;
                    #[allow(clippy::cast_possible_truncation, reason = "at most 255 folds")]
                    fold_of.insert(group, fold as u8);
                }
                Ok(Self { folds: groups.iter().map(|group| fold_of[group]).collect() })
            }
            Arrangement::Time(time) => Self::stretches(time, folds),
        }
    }

    /// One part to train on, fold 0, and one held out, fold 1: whole groups, or the latest samples.
    ///
    /// # Errors
    /// If the share is not between 0 and 1, or leaves one of the parts without samples.
    pub fn hold_out_arranged(
        arrangement: Arrangement<'_>,
        samples: u64,
        share: f64,
        seed: u64,
    ) -> Result<Self, Error> {
        let wanted = held_out(samples, share)?;
        let folds: Vec<u8> = match arrangement {
            Arrangement::Independent => return Self::hold_out(samples, share, seed),
            Arrangement::Groups(groups) => {
                let mut held_out = BTreeMap::new();
                let mut count = 0;
                for (group, size) in shuffled_sizes(groups, seed) {
                    // Until the share is met as nearly as whole groups allow.
                    let is_held_out = 2 * count + size <= 2 * wanted;
                    count += if is_held_out { size } else { 0 };
                    held_out.insert(group, u8::from(is_held_out));
                }
                groups.iter().map(|group| held_out[group]).collect()
            }
            Arrangement::Time(time) => {
                let order = in_order(time);
                let first = order[order.len() - usize::try_from(wanted).unwrap_or(0)];
                time.iter().map(|&moment| u8::from(moment >= time[first])).collect()
            }
        };
        let held_out = folds.iter().map(|&fold| u64::from(fold)).sum();
        if held_out == 0 || held_out == samples {
            return Err(Error::EmptySplit { samples, held_out });
        }
        Ok(Self { folds })
    }

    /// Parts each of which is held out once, for a choice within a fit, and how many there are. Those of samples in time are
    /// stretches, in any order. Where there are too few groups or moments, fewer parts, and at last single samples.
    pub(super) fn inner(
        arrangement: Arrangement<'_>,
        samples: u64,
        folds: usize,
        seed: u64,
    ) -> Result<(Self, usize), Error> {
        let arranged = |folds: usize| match arrangement {
            Arrangement::Time(time) if folds > 2 => Self::stretches(time, folds - 1),
            Arrangement::Time(_) | Arrangement::Independent => Self::folds(samples, folds, seed),
            Arrangement::Groups(_) => Self::arranged(arrangement, samples, folds, seed),
        };
        let found = (2..=folds).rev().find_map(|folds| Some((arranged(folds).ok()?, folds)));
        found.map_or_else(|| Ok((Self::folds(samples, folds, seed)?, folds)), Ok)
    }

    /// `folds + 1` stretches of time, as equal as moments that several samples share allow.
    fn stretches(time: &[f64], folds: usize) -> Result<Self, Error> {
        let order = in_order(time);
        let moments = order.chunk_by(|&i, &j| time[i] == time[j]).count();
        check_folds(folds, moments.saturating_sub(1))?;
        let mut parts = vec![0; time.len()];
        let (mut part, mut done, mut left) = (0_u8, 0, moments);
        for together in order.chunk_by(|&i, &j| time[i] == time[j]) {
            // The next part begins where its share does, and at the latest where each part to come has one moment left.
            let to_come = folds - usize::from(part);
            let is_due = done * (folds + 1) >= (usize::from(part) + 1) * time.len();
            if to_come > 0 && done > 0 && (is_due || left == to_come) {
                part += 1;
            }
            together.iter().for_each(|&place| parts[place] = part);
            done += together.len();
            left -= 1;
        }
        Ok(Self { folds: parts })
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

fn check_folds(folds: usize, most: usize) -> Result<(), Error> {
    let limit = most.min(MOST_FOLDS);
    if (2..=limit).contains(&folds) { Ok(()) } else { Err(Error::Folds { folds, limit }) }
}

fn held_out(samples: u64, share: f64) -> Result<u64, Error> {
    if !(share > 0.0 && share < 1.0) {
        return Err(Error::NotBetweenZeroAndOne { name: "validation share", value: share });
    }
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of a count")]
    let held_out = (samples as f64 * share).round() as u64;
    if held_out == 0 || held_out >= samples {
        return Err(Error::EmptySplit { samples, held_out });
    }
    Ok(held_out)
}

/// Groups and how many samples they have, in random order.
fn shuffled_sizes(groups: &[u32], seed: u64) -> Vec<(u32, u64)> {
    let mut sizes = BTreeMap::new();
    for &group in groups {
        *sizes.entry(group).or_insert(0) += 1;
    }
    let mut sizes: Vec<(u32, u64)> = sizes.into_iter().collect();
    sizes.shuffle(&mut stream(seed, 0, SPLIT));
    sizes
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
    /// Those of the folds before.
    Before(&'a Split, u8),
    /// Those that are marked.
    Marked(&'a Marks),
}

/// Which of some consecutive samples are selected, a bit for each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Marks {
    first: u64,
    bits: Vec<u8>,
}

impl Marks {
    /// Marks of samples from `first` on; the lowest bit of a byte is that of its first sample.
    pub fn new(first: u64, bits: Vec<u8>) -> Self {
        Self { first, bits }
    }

    /// The bits.
    pub fn bits(&self) -> &[u8] {
        &self.bits
    }

    fn contains(&self, row: u64) -> bool {
        let place = row.checked_sub(self.first).and_then(|place| usize::try_from(place).ok());
        place.is_some_and(|place| self.bits.get(place / 8).is_some_and(|bits| bits >> (place % 8) & 1 == 1))
    }
}

impl Selection<'_> {
    /// Whether sample `row` is among them.
    pub fn contains(&self, row: u64) -> bool {
        match self {
            Self::All => true,
            Self::Only(split, wanted) => split.fold(row) == Some(*wanted),
            Self::Except(split, unwanted) => split.fold(row).is_some_and(|fold| fold != *unwanted),
            Self::Before(split, end) => split.fold(row).is_some_and(|fold| fold < *end),
            Self::Marked(marks) => marks.contains(row),
        }
    }

    /// The selection among some consecutive samples, for whoever has no others; nothing where all are selected.
    pub fn marks(&self, rows: Range<u64>) -> Option<Marks> {
        if matches!(self, Self::All) {
            return None;
        }
        let bit = |row| u8::from(row < rows.end && self.contains(row)) << ((row - rows.start) % 8);
        let firsts = rows.clone().step_by(8);
        let bits = firsts.map(|first| (first..first + 8).fold(0, |bits, row| bits | bit(row))).collect();
        Some(Marks { first: rows.start, bits })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(split: &Split, count: usize) -> Vec<Vec<usize>> {
        let rows = |fold: usize| {
            (0..split.folds.len()).filter(|&row| usize::from(split.folds[row]) == fold).collect()
        };
        (0..count).map(rows).collect()
    }

    #[test]
    fn marks_select_the_same_samples() {
        let split = Split::folds(100, 3, 1).unwrap();
        for selection in
            [Selection::Only(&split, 1), Selection::Except(&split, 0), Selection::Before(&split, 2)]
        {
            for rows in [0..100, 13..14, 13..21, 40..93, 7..7] {
                let marks = selection.marks(rows.clone()).unwrap();
                assert_eq!(marks.bits().len() as u64, (rows.end - rows.start).div_ceil(8));
                let marked = Selection::Marked(&marks);
                assert!(rows.clone().all(|row| marked.contains(row) == selection.contains(row)));
                assert!((0..100).filter(|row| !rows.contains(row)).all(|row| !marked.contains(row)));
            }
        }
        assert_eq!(Selection::All.marks(0..100), None);
    }

    #[test]
    fn groups_stay_together_in_folds_of_equal_size() {
        // Groups of 1, 2, …, 12 samples, in mixed order.
        let mut groups: Vec<u32> = (1..=12).flat_map(|group| vec![group; group as usize]).collect();
        groups.shuffle(&mut stream(3, 0, 0));
        let split = Split::arranged(Arrangement::Groups(&groups), 78, 4, 1).unwrap();
        let parts = parts(&split, 4);
        for part in &parts {
            assert!((18..=21).contains(&part.len()), "{}", part.len());
            for other in parts.iter().filter(|other| *other != part) {
                assert!(part.iter().all(|&i| other.iter().all(|&j| groups[i] != groups[j])));
            }
        }
        let split = Split::hold_out_arranged(Arrangement::Groups(&groups), 78, 0.25, 1).unwrap();
        let held_out = super::tests::parts(&split, 2).remove(1);
        assert!((14..=26).contains(&held_out.len()), "{}", held_out.len());
        let refused = Split::arranged(Arrangement::Groups(&[1, 1, 2]), 3, 3, 1).unwrap_err();
        assert_eq!(refused, Error::Folds { folds: 3, limit: 2 });
        assert!(Split::hold_out_arranged(Arrangement::Groups(&[1, 1, 1]), 3, 0.5, 1).is_err());
    }

    #[test]
    fn time_goes_forward_and_does_not_divide_a_moment() {
        let time: Vec<f64> = (0..60).map(|i| f64::from(i * 37 % 60)).collect();
        let split = Split::arranged(Arrangement::Time(&time), 60, 5, 1).unwrap();
        let parts = parts(&split, 6);
        assert!(parts.iter().all(|part| part.len() == 10));
        for pair in parts.windows(2) {
            assert!(pair[0].iter().all(|&i| pair[1].iter().all(|&j| time[i] < time[j])));
        }
        let before: Vec<bool> = (0..60).map(|row| Selection::Before(&split, 2).contains(row)).collect();
        assert!((0..60).all(|row| before[row] == (time[row] < 20.0)));
        // Moments that many samples share.
        for (time, sizes) in [
            (vec![0.0, 0.0, 0.0, 0.0, 1.0, 2.0], vec![4, 1, 1]),
            (vec![0.0, 1.0, 2.0, 2.0, 2.0, 2.0], vec![1, 1, 4]),
            (vec![2.0, 0.0, 1.0], vec![1, 1, 1]),
        ] {
            let split = Split::arranged(Arrangement::Time(&time), time.len() as u64, 2, 1).unwrap();
            assert_eq!(super::tests::parts(&split, 3).iter().map(Vec::len).collect::<Vec<_>>(), sizes);
        }
        assert!(Split::arranged(Arrangement::Time(&[1.0, 1.0, 2.0]), 3, 2, 1).is_err());
        let split = Split::hold_out_arranged(Arrangement::Time(&[3.0, 1.0, 2.0, 3.0]), 4, 0.25, 1).unwrap();
        assert_eq!(split.folds, [1, 0, 0, 1]);
    }
}
