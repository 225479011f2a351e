//! Tallies as bytes: whole numbers in groups of seven bits (LEB128), doubles as their eight bytes.

use spurious::ensemble::{Counts, Distribution};

use crate::tally::{Exact, Tally};

/// A batch: its number and what was found in it.
pub(crate) fn encode(number: u64, tallies: &[Tally]) -> Vec<u8> {
    let mut bytes = Vec::new();
    write(&mut bytes, number.into());
    write(&mut bytes, tallies.len() as u128);
    for tally in tallies {
        write(&mut bytes, tally.place.into());
        let Counts { runs, global, spurious, .. } = tally.counts;
        for count in [runs, global, spurious] {
            write(&mut bytes, count.into());
        }
        match tally.exact {
            Exact::Unknown => bytes.push(0),
            Exact::None => bytes.push(1),
            Exact::Value(probability, bound) => {
                bytes.push(2);
                bytes.extend(probability.to_le_bytes());
                bytes.extend(bound.to_le_bytes());
            }
        }
        for distribution in &tally.distributions {
            write_distribution(&mut bytes, distribution);
        }
    }
    bytes
}

fn write_distribution(bytes: &mut Vec<u8>, distribution: &Distribution) {
    let (classes, sum, sum_of_squares) = distribution.parts();
    write(bytes, sum);
    write(bytes, sum_of_squares);
    write(bytes, classes.len() as u128);
    let mut last = 0;
    for (value, count) in classes {
        write(bytes, (value - last).into());
        write(bytes, count.into());
        last = value;
    }
}

fn write(bytes: &mut Vec<u8>, mut number: u128) {
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

/// The batch that [`encode`] wrote, each tally with so many distributions; `None` if these are not its bytes.
pub(crate) fn decode(bytes: &[u8], distributions: usize) -> Option<(u64, Vec<Tally>)> {
    let mut bytes = Bytes(bytes);
    let number = bytes.whole()?;
    let count = bytes.whole()?;
    let mut tallies = Vec::new();
    for _ in 0..count {
        let place = bytes.whole()?;
        let [runs, global, spurious] = [bytes.whole()?, bytes.whole()?, bytes.whole()?];
        let undecided = runs.checked_sub(global)?.checked_sub(spurious)?;
        let exact = match bytes.take(1)?[0] {
            0 => Exact::Unknown,
            1 => Exact::None,
            2 => {
                let (probability, bound) = (bytes.double()?, bytes.double()?);
                let is_possible = (0.0..=1.0).contains(&probability) && bound >= 0.0 && bound.is_finite();
                is_possible.then_some(Exact::Value(probability, bound))?
            }
            _ => return None,
        };
        let distributions = (0..distributions).map(|_| bytes.distribution(runs)).collect::<Option<_>>()?;
        tallies.push(Tally {
            place,
            counts: Counts { runs, global, spurious, undecided },
            distributions,
            exact,
        });
    }
    bytes.0.is_empty().then_some((number, tallies))
}

/// Bytes that are still to be read.
struct Bytes<'a>(&'a [u8]);

impl<'a> Bytes<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    fn number(&mut self) -> Option<u128> {
        let mut number = 0;
        for shift in (0..128).step_by(7) {
            let byte = self.take(1)?[0];
            number |= u128::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Some(number);
            }
        }
        None
    }

    fn whole(&mut self) -> Option<u64> {
        self.number()?.try_into().ok()
    }

    fn double(&mut self) -> Option<f64> {
        self.take(8)?.try_into().ok().map(f64::from_le_bytes)
    }

    /// A distribution of at most `runs` values.
    fn distribution(&mut self, runs: u64) -> Option<Distribution> {
        let (sum, sum_of_squares, count) = (self.number()?, self.number()?, self.whole()?);
        let (mut value, mut seen) = (0_u64, 0_u64);
        let mut classes = Vec::new();
        for _ in 0..count {
            value = value.checked_add(self.whole()?)?;
            let times = self.whole()?;
            seen = seen.checked_add(times).filter(|&seen| seen <= runs)?;
            classes.push((value, times));
        }
        Distribution::from_parts(&classes, sum, sum_of_squares)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tally(place: u64) -> Tally {
        let mut steps = Distribution::default();
        for value in [0, 3, 3, 128, 1000, 123_456_789, Distribution::LARGEST, u64::MAX] {
            steps.record(value, 1 + place % 7);
        }
        let counts =
            Counts { runs: 1 << 50, global: 1 << 40, spurious: 7, undecided: (1 << 50) - (1 << 40) - 7 };
        Tally { place, counts, distributions: vec![steps], exact: Exact::Value(0.1 + 0.2, 1e-300) }
    }

    #[test]
    fn what_is_written_reads_back() {
        let tallies = vec![
            tally(3),
            Tally { exact: Exact::None, ..tally(300) },
            Tally { exact: Exact::Unknown, ..tally(1 << 60) },
        ];
        let bytes = encode(12345, &tallies);
        let (number, again) = decode(&bytes, 1).unwrap();
        assert_eq!(number, 12345);
        for (a, b) in tallies.iter().zip(&again) {
            assert_eq!((a.place, a.counts, a.exact), (b.place, b.counts, b.exact));
            assert_eq!(a.distributions[0].parts(), b.distributions[0].parts());
        }
        assert!(encode(12345, &again) == bytes);
    }

    #[test]
    fn other_bytes_are_refused() {
        let bytes = encode(5, &[tally(1), tally(2)]);
        for length in 0..bytes.len() {
            assert!(decode(&bytes[..length], 1).is_none());
        }
        for place in 0..bytes.len() {
            for flip in [1, 0x80, 0xff] {
                let mut bytes = bytes.clone();
                bytes[place] ^= flip;
                let _ = decode(&bytes, 1); // may be another batch, but no panic
            }
        }
    }
}
