//! The interval for a probability that is estimated from runs which share data sets.

use super::Tally;
use crate::ensemble::{NORMAL_QUANTILE, wilson};
use crate::fit::student::quantile;

/// 95 % interval for the probability of recovery, from the variation between data sets.
///
/// Runs on one data set share its accidents, so that `N` runs tell less than `N` independent ones. With `xᵢ` of `Nᵢ` runs
/// recovered on data set `i` of `m`,
///
/// ```text
/// share = Σxᵢ/ΣNᵢ      V = m/(m − 1) Σ(xᵢ − share·Nᵢ)²/N²      D = V / (share(1 − share)/N)
/// ```
///
/// is the share's variance, and how much larger it is than that of independent runs. The interval is Wilson's for
/// `n = N/D` runs: all `q` that the share is no more than `t` standard errors away from,
///
/// ```text
/// (share − q)² ≤ t² q(1 − q)/n
/// q = [ share + t²/2n ± t √(share(1 − share)/n + t²/4n²) ] / (1 + t²/n)
/// ```
///
/// with the quantile `t` of Student's distribution for `m − 1` degrees of freedom, as `V` is an estimate. `D` is kept
/// between 1, independence, and the runs on a data set, which then count as one; so they do where all runs agree and `V`
/// says nothing.
pub(super) fn interval(tallies: &[Tally]) -> (f64, f64) {
    let m = tallies.len() as f64;
    let runs: u64 = tallies.iter().map(|tally| tally.runs).sum();
    if runs == 0 {
        return (0.0, 1.0);
    }
    let n = runs as f64;
    let share = tallies.iter().map(|tally| tally.recovered).sum::<u64>() as f64 / n;
    let independent = share * (1.0 - share) / n;
    let most = tallies.iter().map(|tally| tally.runs).max().unwrap_or(1) as f64;
    if tallies.len() < 2 || independent == 0.0 {
        return wilson(share, n / most, NORMAL_QUANTILE);
    }
    let squares: f64 =
        tallies.iter().map(|tally| (tally.recovered as f64 - share * tally.runs as f64).powi(2)).sum();
    let effect = (m / (m - 1.0) * squares / (n * n) / independent).clamp(1.0, most);
    wilson(share, n / effect, quantile(m - 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Independent data sets of one run: Wilson's interval but for Student's quantile. Data sets whose runs all agree: one
    /// run each.
    #[test]
    fn intervals_come_from_the_data_sets() {
        let tally = |runs, recovered| Tally { runs, recovered, ..Tally::default() };
        let single: Vec<_> = (0..100).map(|i| tally(1, u64::from(i < 70))).collect();
        let (lower, upper) = interval(&single);
        let (low, high) = crate::ensemble::wilson_interval(70, 100);
        assert!((lower - low).abs() < 2e-3 && (upper - high).abs() < 2e-3);
        let alike: Vec<_> = (0..100).map(|i| tally(16, if i < 70 { 16 } else { 0 })).collect();
        let (same, also) = interval(&alike);
        assert!((same - lower).abs() < 1e-3 && (also - upper).abs() < 1e-3);
        let even: Vec<_> = (0..100).map(|_| tally(10, 7)).collect();
        let (lower, upper) = interval(&even);
        assert!(lower > 0.66 && upper < 0.74);
        assert_eq!(interval(&[tally(16, 16); 5]), crate::ensemble::wilson_interval(5, 5));
        assert_eq!(interval(&[]), (0.0, 1.0));
    }
}
