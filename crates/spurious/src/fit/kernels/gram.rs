//! Gram matrices: `XᵀX` for rows that stay in cache, by strips of its upper triangle.

use fearless_simd::{Simd, SimdBase, SimdFloat, f64x4};

/// Lines of a strip.
pub(in crate::fit) const GRAM_ROWS: usize = 4;
/// Rows are padded to whole multiples of this many columns.
pub(in crate::fit) const GRAM_COLUMNS: usize = 8;

/// Adds lines `i .. i + GRAM_ROWS` of `XᵀX`, from the tile that holds the diagonal on; `rows` is `X`, `[samples, columns]`.
///
/// A tile of 4 × 8 takes eight of the sixteen registers of AVX2.
#[inline(always)]
pub(in crate::fit) fn add_strip<S: Simd>(simd: S, rows: &[f64], columns: usize, i: usize, strip: &mut [f64]) {
    let zero = f64x4::splat(simd, 0.0);
    for j in (i / GRAM_COLUMNS * GRAM_COLUMNS..columns).step_by(GRAM_COLUMNS) {
        let mut sums = [[zero; 2]; GRAM_ROWS];
        for row in rows.chunks_exact(columns) {
            let left = &row[i..i + GRAM_ROWS];
            let right = &row[j..j + GRAM_COLUMNS];
            let (low, high) = (f64x4::from_slice(simd, &right[..4]), f64x4::from_slice(simd, &right[4..]));
            for r in 0..GRAM_ROWS {
                let entry = f64x4::splat(simd, left[r]);
                sums[r][0] = entry.mul_add(low, sums[r][0]);
                sums[r][1] = entry.mul_add(high, sums[r][1]);
            }
        }
        for r in 0..GRAM_ROWS {
            let line = &mut strip[r * columns + j..][..GRAM_COLUMNS];
            (f64x4::from_slice(simd, &line[..4]) + sums[r][0]).store_slice(&mut line[..4]);
            (f64x4::from_slice(simd, &line[4..]) + sums[r][1]).store_slice(&mut line[4..]);
        }
    }
}
