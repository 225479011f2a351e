//! What the paper printed: Table 1, transcribed.
//!
//! Du, Lee, Tian, Póczos and Singh, "Gradient Descent Learns One-hidden-layer CNN: Don't be Afraid of Spurious Local Minima", ICML 2018.

use serde::Serialize;

/// Patch dimension that agrees with what is printed; the paper does not say which it took.
pub const PATCH_DIM: usize = 5;

/// Scale ratio that agrees with what is printed.
pub const SCALE_RATIO: f64 = 1.0;

/// Random starts in each cell of its Table 1.
pub const RUNS: u64 = 5000;

/// Its table has two decimals.
pub const ROUNDING: f64 = 0.01;

/// A cell of Table 1.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct PrintedCell {
    /// Number of patches `k`.
    pub patches: usize,
    /// Sum ratio `ρ`.
    pub sum_ratio: f64,
    /// Share of runs that recovered the teacher, as printed.
    pub probability: f64,
}

/// Table 1, row by row.
///
/// # Examples
/// ```
/// let cell = spurious::paper::table1()[2];
/// assert_eq!((cell.patches, cell.sum_ratio, cell.probability), (25, 4.0, 0.73));
/// ```
pub fn table1() -> Vec<PrintedCell> {
    let mut lines = include_str!("../data/paper-table1.csv").lines();
    assert_eq!(lines.next(), Some("k,rho,paper_probability"), "the transcribed table begins with its header");
    lines
        .map(|line| {
            // Read as JSON: the page of the explorer has this reader of numbers already, and no other.
            let mut fields = line.split(',').map(serde_json::from_str::<f64>);
            let mut next =
                || fields.next().and_then(Result::ok).expect("the transcribed table holds numbers");
            PrintedCell { patches: next() as usize, sum_ratio: next(), probability: next() }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    /// Six numbers of patches by six sum ratios.
    #[test]
    fn table_is_complete() {
        let cells = super::table1();
        assert_eq!(cells.len(), 36);
        for (i, cell) in cells.iter().enumerate() {
            assert_eq!(cell.patches, [25, 36, 49, 64, 81, 100][i / 6]);
            assert_eq!(cell.sum_ratio, [0.0, 1.0, 4.0, 9.0, 16.0, 25.0][i % 6]);
            assert!((0.5..=1.0).contains(&cell.probability));
        }
    }
}
