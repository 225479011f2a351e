//! Gram matrices: `XᵀX` for rows that stay in cache, by strips of its upper triangle.

use fearless_simd::{Simd, SimdBase, SimdFloat, f64x4};

/// Lines of a strip.
pub(in crate::fit) const GRAM_ROWS: usize = 4;
/// Rows are padded to whole multiples of this many columns.
pub(in crate::fit) const GRAM_COLUMNS: usize = 8;

/// Adds lines `i .. i + GRAM_ROWS` of `XᵀX`, from the tile that holds the diagonal on; `rows` is `X`, `[samples, columns]`.
#[inline(always)]
pub(in crate::fit) fn add_strip<S: Simd>(simd: S, rows: &[f64], columns: usize, i: usize, strip: &mut [f64]) {
    add_products(simd, (rows, columns), (rows, columns), i, i / GRAM_COLUMNS * GRAM_COLUMNS, strip);
}

/// Adds lines `i .. i + GRAM_ROWS` of `XᵀY`, from column `first` on; `X` and `Y` have the same number of rows, and are followed by their
/// number of columns.
///
/// A tile is four lines of two vectors: eight registers for sums, whatever their width. Rows in which `X` has zeros are left out: a filter
/// is active in some samples only, and its derivatives are zero in the others.
#[inline(always)]
pub(in crate::fit) fn add_products<S: Simd>(
    simd: S,
    left: (&[f64], usize),
    right: (&[f64], usize),
    i: usize,
    first: usize,
    strip: &mut [f64],
) {
    let rows = left.0.len() / left.1;
    match Marked::nonzero(left, i) {
        Some(marked) => add_rows(simd, left, right, marked, [i, first], strip),
        None => add_rows(simd, left, right, 0..rows, [i, first], strip),
    }
}

/// Some of up to 64 rows.
#[derive(Clone, Copy)]
struct Marked(u64);

impl Marked {
    /// The rows in which columns `i .. i + GRAM_ROWS` are not all zero; `None` if there are more rows than bits.
    #[inline(always)]
    fn nonzero((rows, columns): (&[f64], usize), i: usize) -> Option<Self> {
        if rows.len() > 64 * columns {
            return None;
        }
        let mut marks = 0;
        for (n, row) in rows.chunks_exact(columns).enumerate() {
            let is_zero = row[i..i + GRAM_ROWS].iter().all(|&entry| entry == 0.0);
            marks |= u64::from(!is_zero) << n;
        }
        Some(Self(marks))
    }
}

impl Iterator for Marked {
    type Item = usize;

    #[inline(always)]
    fn next(&mut self) -> Option<usize> {
        let row = self.0.trailing_zeros() as usize;
        let is_left = self.0 != 0;
        self.0 &= self.0.wrapping_sub(1);
        is_left.then_some(row)
    }
}

#[inline(always)]
fn add_rows<S: Simd>(
    simd: S,
    left: (&[f64], usize),
    right: (&[f64], usize),
    rows: impl Iterator<Item = usize> + Clone,
    [i, first]: [usize; 2],
    strip: &mut [f64],
) {
    let columns = right.1;
    let mut j = first;
    while j + 2 * S::f64s::LEN <= columns {
        add_tile::<S, S::f64s>(simd, left, right, rows.clone(), [i, j], strip);
        j += 2 * S::f64s::LEN;
    }
    while j < columns {
        add_tile::<S, f64x4<S>>(simd, left, right, rows.clone(), [i, j], strip);
        j += GRAM_COLUMNS;
    }
}

#[inline(always)]
fn add_tile<S: Simd, V: SimdFloat<S, Element = f64>>(
    simd: S,
    (left_rows, left_columns): (&[f64], usize),
    (right_rows, columns): (&[f64], usize),
    rows: impl Iterator<Item = usize>,
    [i, j]: [usize; 2],
    strip: &mut [f64],
) {
    let mut sums = [[V::splat(simd, 0.0); 2]; GRAM_ROWS];
    for row in rows {
        let left = &left_rows[row * left_columns + i..][..GRAM_ROWS];
        let right = &right_rows[row * columns + j..][..2 * V::LEN];
        let (low, high) = (V::from_slice(simd, &right[..V::LEN]), V::from_slice(simd, &right[V::LEN..]));
        for r in 0..GRAM_ROWS {
            let entry = V::splat(simd, left[r]);
            sums[r][0] = entry.mul_add(low, sums[r][0]);
            sums[r][1] = entry.mul_add(high, sums[r][1]);
        }
    }
    for (r, sums) in sums.into_iter().enumerate() {
        let line = &mut strip[r * columns + j..][..2 * V::LEN];
        for (part, sum) in line.chunks_exact_mut(V::LEN).zip(sums) {
            (V::from_slice(simd, part) + sum).store_slice(part);
        }
    }
}
