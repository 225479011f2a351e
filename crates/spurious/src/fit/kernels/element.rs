//! Single and double precision, and their vectors.

use fearless_simd::{Simd, SimdBase, SimdFloat, SimdFloatElement, SimdSplit, f32x8, f32x16, f64x4, f64x8};

use crate::fit::samples::Values;

/// A floating-point type that data is stored in.
///
/// Both vector types have a fixed number of entries on every machine, in one register or several. So the order of
/// every sum, and with it every bit, is the same for AVX2, AVX-512 and NEON.
pub(in crate::fit) trait Element: SimdFloatElement + Into<f64> + Send + Sync {
    /// Consecutive entries of a patch: 256 bits.
    type Chunk<S: Simd>: SimdFloat<S, Element = Self>;
    /// The same quantity of several students: 512 bits.
    type Group<S: Simd>: SimdFloat<S, Element = Self, Array = Self::Lanes>;
    /// A group in memory.
    type Lanes: Copy + Send + Sync + AsRef<[Self]> + AsMut<[Self]>;
    /// Entries in a chunk.
    const CHUNK: usize;
    /// Students in a group.
    const GROUP: usize;
    /// Whether conversion from double precision loses digits.
    const ROUNDS: bool;
    /// All lanes zero.
    const NO_LANES: Self::Lanes;

    /// The values, if they are of this type.
    fn lend(values: Values<'_>) -> Option<&[Self]>;

    /// Rounds to this type.
    fn round(value: f64) -> Self;

    /// The sums of the entries of four chunks.
    fn sums<S: Simd>(simd: S, chunks: [Self::Chunk<S>; 4]) -> [Self; 4];
}

impl Element for f32 {
    type Chunk<S: Simd> = f32x8<S>;
    type Group<S: Simd> = f32x16<S>;
    type Lanes = [f32; 16];
    const CHUNK: usize = 8;
    const GROUP: usize = 16;
    const ROUNDS: bool = true;
    const NO_LANES: [f32; 16] = [0.0; 16];

    fn lend(values: Values<'_>) -> Option<&[f32]> {
        if let Values::F32(values) = values { Some(values) } else { None }
    }

    #[inline(always)]
    fn round(value: f64) -> f32 {
        #[allow(clippy::cast_possible_truncation, reason = "rounding is the purpose")]
        {
            value as f32
        }
    }

    // No `array::map` here: its closure is not inlined into code for wider registers.
    #[inline(always)]
    fn sums<S: Simd>(_: S, [a, b, c, d]: [f32x8<S>; 4]) -> [f32; 4] {
        let (a, b, c, d) = (halves(a), halves(b), halves(c), halves(d));
        let ab = a.unzip_low(b) + a.unzip_high(b);
        let cd = c.unzip_low(d) + c.unzip_high(d);
        (ab.unzip_low(cd) + ab.unzip_high(cd)).into()
    }
}

impl Element for f64 {
    type Chunk<S: Simd> = f64x4<S>;
    type Group<S: Simd> = f64x8<S>;
    type Lanes = [f64; 8];
    const CHUNK: usize = 4;
    const GROUP: usize = 8;
    const ROUNDS: bool = false;
    const NO_LANES: [f64; 8] = [0.0; 8];

    fn lend(values: Values<'_>) -> Option<&[f64]> {
        if let Values::F64(values) = values { Some(values) } else { None }
    }

    #[inline(always)]
    fn round(value: f64) -> f64 {
        value
    }

    #[inline(always)]
    fn sums<S: Simd>(_: S, [a, b, c, d]: [f64x4<S>; 4]) -> [f64; 4] {
        let (a, b, c, d) = (halves(a), halves(b), halves(c), halves(d));
        let ab = a.unzip_low(b) + a.unzip_high(b);
        let cd = c.unzip_low(d) + c.unzip_high(d);
        [ab[0], ab[1], cd[0], cd[1]]
    }
}

/// The upper half of a vector added to the lower.
#[inline(always)]
fn halves<S: Simd, V: SimdSplit<S>>(vector: V) -> V::Split {
    let (low, high) = vector.split();
    low + high
}
