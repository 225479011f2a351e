//! Random streams: every trial has its own, so that any of them can be run again alone.

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

/// The random stream of trial `trial` in cell `cell` of an experiment with seed `seed`.
///
/// Distinct triples give independent streams of the ChaCha generator with 8 rounds: the key holds seed and
/// cell, the stream number is the trial. The order in which trials are run, and on how many threads, plays
/// no part.
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
