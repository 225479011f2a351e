//! The interval for a probability estimated from runs that share data sets.

use super::Tally;
use crate::ensemble::{NORMAL_QUANTILE, wilson};
use crate::fit::student::quantile;

/// 95 % interval for the probability of recovery, from the variation between data sets.
///
/// Runs on one data set are not independent, so `N` runs have less information than `N` independent ones. With `xᵢ` of `Nᵢ` runs
/// recovered on data set `i` of `m`,
///
/// ```text
/// share = Σxᵢ/ΣNᵢ      V = m/(m − 1) Σ(xᵢ − share·Nᵢ)²/N²      D = V / (share(1 − share)/N)
/// ```
///
/// `V` is the variance of the share, and `D` its ratio to that of independent runs. The interval is Wilson's for `n = N/D` runs: all
/// `q` whose distance from the share is at most `t` standard errors,
///
/// ```text
/// (share − q)² ≤ t² q(1 − q)/n
/// q = [ share + t²/2n ± t √(share(1 − share)/n + t²/4n²) ] / (1 + t²/n)
/// ```
///
/// with the quantile `t` of Student's distribution for `m − 1` degrees of freedom, because `V` is an estimate. `D` is limited
/// to the range from 1 (independent runs) to the number of runs on a data set (which then count as one run). Where all runs have the
/// same outcome, `V` is 0 and has no information; then the runs on a data set count as one.
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
