//! Random streams. Every trial has its own stream, so that it can be run again alone.
//!
//! A stream is the key stream of the ChaCha cipher with 8 rounds: the key holds seed and cell, the stream number is the
//! trial. A block of many streams at once is computed in vector registers, one stream to a lane; it is the same
//! block that the generator of a single stream has.

use fearless_simd::{Bytes, Simd, SimdBase};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

/// The random stream of trial `trial` in cell `cell` of an experiment with seed `seed`.
///
/// Distinct triples give independent streams of the ChaCha generator with 8 rounds: the key holds seed and
/// cell, the stream number is the trial. They do not depend on the order of trials or on the
/// number of threads.
///
/// # Examples
/// ```
/// use rand::Rng;
/// use spurious::numerics::random::stream;
/// let again = stream(7, 0, 123).next_u64();
/// assert_eq!(stream(7, 0, 123).next_u64(), again);
/// assert_ne!(stream(7, 0, 124).next_u64(), again);
/// ```
pub fn stream(seed: u64, cell: u64, trial: u64) -> ChaCha8Rng {
    let mut key = [0; 32];
    key[..8].copy_from_slice(&seed.to_le_bytes());
    key[8..16].copy_from_slice(&cell.to_le_bytes());
    let mut generator = ChaCha8Rng::from_seed(key);
    generator.set_stream(trial);
    generator
}

/// A number strictly between 0 and 1 from 64 random bits: the midpoint of one of 2⁵² equal intervals.
pub(crate) fn open_uniform(bits: u64) -> f64 {
    ((bits >> 12) as f64 + 0.5) * (-52f64).exp2()
}

/// The key of the streams of one cell, as the words of the cipher's state.
pub(crate) fn stream_key(seed: u64, cell: u64) -> [u32; 4] {
    [seed as u32, (seed >> 32) as u32, cell as u32, (cell >> 32) as u32]
}

/// Streams side by side, one in each 32-bit lane.
#[derive(Clone, Copy)]
pub(crate) struct Streams<S: Simd> {
    low: S::u32s,
    high: S::u32s,
}

impl<S: Simd> Streams<S> {
    /// Those from `first` on.
    #[inline(always)]
    pub(crate) fn from(simd: S, first: u64) -> Self {
        let mut streams = [[0u32; 16]; 2];
        let [lower, upper] = &mut streams;
        for (stream, (lower, upper)) in (first..).zip(lower.iter_mut().zip(upper).take(S::u32s::LEN)) {
            (*lower, *upper) = (stream as u32, (stream >> 32) as u32);
        }
        let [low, high] = streams.map(|words| S::u32s::from_slice(simd, &words[..S::u32s::LEN]));
        Self { low, high }
    }
}

/// The eight uniform numbers of one block of every stream: [`open_uniform`] of its 64-bit words. In every pair of vectors the first has the
/// first half of the streams.
#[inline(always)]
pub(crate) fn uniforms<S: Simd>(
    simd: S,
    key: [u32; 4],
    streams: &Streams<S>,
    block: u64,
) -> [[S::f64s; 2]; 8] {
    let splat = |word: u32| S::u32s::splat(simd, word);
    let zero = splat(0);
    // "expand 32-byte k", the key (whose second half is zero), the number of the block, the number of the stream.
    let initial = [
        splat(0x6170_7865),
        splat(0x3320_646e),
        splat(0x7962_2d32),
        splat(0x6b20_6574),
        splat(key[0]),
        splat(key[1]),
        splat(key[2]),
        splat(key[3]),
        zero,
        zero,
        zero,
        zero,
        splat(block as u32),
        splat((block >> 32) as u32),
        streams.low,
        streams.high,
    ];
    let mut x = initial;
    macro_rules! quarter_round {
        ($a:literal, $b:literal, $c:literal, $d:literal) => {
            x[$a] += x[$b];
            x[$d] = rotate::<S, 16>(x[$d] ^ x[$a]);
            x[$c] += x[$d];
            x[$b] = rotate::<S, 12>(x[$b] ^ x[$c]);
            x[$a] += x[$b];
            x[$d] = rotate::<S, 8>(x[$d] ^ x[$a]);
            x[$c] += x[$d];
            x[$b] = rotate::<S, 7>(x[$b] ^ x[$c]);
        };
    }
    for _ in 0..4 {
        quarter_round!(0, 4, 8, 12);
        quarter_round!(1, 5, 9, 13);
        quarter_round!(2, 6, 10, 14);
        quarter_round!(3, 7, 11, 15);
        quarter_round!(0, 5, 10, 15);
        quarter_round!(1, 6, 11, 12);
        quarter_round!(2, 7, 8, 13);
        quarter_round!(3, 4, 9, 14);
    }
    let one = S::u64s::splat(simd, 1f64.to_bits());
    // A number of [1, 2) from the upper 52 bits, moved to the middles of the parts of (0, 1).
    let below_one = 1.0 - (-53f64).exp2();
    macro_rules! uniform {
        ($i:literal) => {{
            let (left, right) = (x[$i] + initial[$i]).interleave(x[$i + 1] + initial[$i + 1]);
            let (left, right): (S::u64s, S::u64s) = (left.bitcast(), right.bitcast());
            let (left, right): (S::f64s, S::f64s) =
                (((left >> 12) | one).bitcast(), ((right >> 12) | one).bitcast());
            [left - below_one, right - below_one]
        }};
    }
    [
        uniform!(0),
        uniform!(2),
        uniform!(4),
        uniform!(6),
        uniform!(8),
        uniform!(10),
        uniform!(12),
        uniform!(14),
    ]
}

#[inline(always)]
fn rotate<S: Simd, const BITS: u32>(x: S::u32s) -> S::u32s {
    (x << BITS) | (x >> (32 - BITS))
}

#[cfg(test)]
mod tests {
    use fearless_simd::{Level, dispatch};
    use rand::Rng;

    use super::*;

    #[inline(always)]
    fn all<S: Simd>(simd: S, key: [u32; 4], first: u64, block: u64) -> Vec<[f64; 8]> {
        let numbers = uniforms(simd, key, &Streams::from(simd, first), block);
        let half = S::f64s::LEN;
        (0..2 * half).map(|lane| numbers.map(|pair| pair[lane / half].as_slice()[lane % half])).collect()
    }

    #[test]
    fn uniforms_are_symmetric_and_inside() {
        assert!(open_uniform(0) > 0.0 && open_uniform(u64::MAX) < 1.0);
        assert_eq!(open_uniform(0) + open_uniform(u64::MAX), 1.0);
    }

    /// Against the generator of a single stream, also where the number of the stream or of the block exceeds 32 bits.
    #[test]
    fn lanes_are_the_streams() {
        for level in [Level::new(), Level::baseline()] {
            for first in [0, 12_345, u64::from(u32::MAX) - 3, u64::MAX - 100] {
                for block in [0, 1, 8000, (1 << 33) + 5] {
                    let key = stream_key(0x0123_4567_89ab_cdef_u64, 0xfedc_ba98_7654_3210_u64);
                    let lanes = dispatch!(level, simd => all(simd, key, first, block));
                    for (i, numbers) in lanes.iter().enumerate() {
                        let mut alone =
                            stream(0x0123_4567_89ab_cdef_u64, 0xfedc_ba98_7654_3210_u64, first + i as u64);
                        alone.set_word_pos(16 * u128::from(block));
                        for &number in numbers {
                            let expected = open_uniform(alone.next_u64());
                            assert_eq!(number, expected, "{level:?} {first} {block} {i}");
                        }
                    }
                }
            }
        }
    }
}
