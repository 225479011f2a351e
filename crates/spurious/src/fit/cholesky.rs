//! Symmetric systems by Cholesky's method, with the products of the Gram matrix.
//!
//! ```text
//! A = RᵀR,  R upper triangular        lines i .. i + 4 of R:  A − RᵀR of the lines before, then the same within them
//! ```

use fearless_simd::{Level, Simd, dispatch};
use nalgebra::{DMatrix, DVector};

use super::kernels::gram::{GRAM_COLUMNS, GRAM_ROWS, add_products};

/// The factor `R` of a positive definite matrix.
pub(super) struct Cholesky {
    /// `[padded lines, padded columns]`, from the diagonal on
    lines: Vec<f64>,
    columns: usize,
}

impl Cholesky {
    /// The factor of a symmetric matrix; `None` if it is not positive definite to rounding.
    pub(super) fn new(matrix: &DMatrix<f64>) -> Option<Self> {
        let n = matrix.nrows();
        let columns = n.max(1).next_multiple_of(GRAM_COLUMNS);
        let mut lines = vec![0.0; n.next_multiple_of(GRAM_ROWS) * columns];
        for (i, line) in lines.chunks_exact_mut(columns).take(n).enumerate() {
            line[i..n].copy_from_slice(&matrix.column(i).as_slice()[i..]);
        }
        let level = Level::new();
        let is_definite = dispatch!(level, simd => factor(simd, &mut lines, n, columns));
        is_definite.then_some(Self { lines, columns })
    }

    /// `A⁻¹b`, as `Rᵀy = b` and `Rx = y`.
    pub(super) fn solve(&self, right: &DVector<f64>) -> DVector<f64> {
        let n = right.len();
        let mut x = right.clone();
        let line = |i: usize| &self.lines[i * self.columns..][..n];
        for i in 0..n {
            let (before, after) = x.as_mut_slice().split_at_mut(i + 1);
            before[i] /= line(i)[i];
            after.iter_mut().zip(&line(i)[i + 1..]).for_each(|(x, r)| *x -= before[i] * r);
        }
        for i in (0..n).rev() {
            let (before, after) = x.as_mut_slice().split_at_mut(i + 1);
            let known: f64 = after.iter().zip(&line(i)[i + 1..]).map(|(x, r)| x * r).sum();
            before[i] = (before[i] - known) / line(i)[i];
        }
        x
    }
}

/// Replaces the upper triangle of `A` by `R`, four lines at a time.
#[inline(always)]
fn factor<S: Simd>(simd: S, lines: &mut [f64], n: usize, columns: usize) -> bool {
    let mut products = vec![0.0; GRAM_ROWS * columns];
    for first in (0..n).step_by(GRAM_ROWS) {
        let (done, rest) = lines.split_at_mut(first * columns);
        let strip = &mut rest[..GRAM_ROWS * columns];
        products.fill(0.0);
        let from = first / GRAM_COLUMNS * GRAM_COLUMNS;
        add_products(simd, (done, columns), (done, columns), first, from, &mut products);
        strip.iter_mut().zip(&products).for_each(|(entry, product)| *entry -= product);
        for i in first..n.min(first + GRAM_ROWS) {
            let (line, below) = strip[(i - first) * columns..].split_at_mut(columns);
            if !(line[i] > 0.0 && line[i].is_finite()) {
                return false;
            }
            let scale = line[i].sqrt().recip();
            line[i..].iter_mut().for_each(|entry| *entry *= scale);
            for (other, j) in below.chunks_exact_mut(columns).zip(i + 1..) {
                let factor = line.get(j).copied().unwrap_or(0.0);
                other[i..].iter_mut().zip(&line[i..]).for_each(|(entry, of_line)| *entry -= factor * of_line);
            }
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The solution of a system that is known, of every size around the width of a strip, and no factor of what is not definite.
    #[test]
    fn systems_are_solved() {
        for n in [0, 1, 2, 3, 4, 5, 7, 8, 9, 31, 70, 133] {
            let root = DMatrix::from_fn(n, n, |i, j| ((i * 7 + j * 13) % 11) as f64 - 5.0);
            let matrix = &root * root.transpose() + DMatrix::identity(n, n);
            let x = DVector::from_fn(n, |i, _| 1.0 + i as f64);
            let solved = Cholesky::new(&matrix).expect("definite").solve(&(&matrix * &x));
            assert!((solved - x).amax() <= 1e-9 * n as f64, "{n}");
            if let Some(last) = n.checked_sub(1) {
                let mut indefinite = matrix;
                indefinite[(last, last)] = -1.0;
                assert!(Cholesky::new(&indefinite).is_none(), "{n}");
            }
        }
    }
}
