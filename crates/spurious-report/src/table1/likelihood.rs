//! What the printed numbers say about the experiment behind them: how likely they are for a number of runs and a scale.
//!
//! A cell whose exact probability is `P` prints `x` if the share `m/n` of its `n` runs that succeed, rounded to two decimals,
//! is `x`. Cells are independent of each other and have the same number of runs, so that
//!
//! ```text
//! ln L(n, p, β) = Σ ln Σ_m Binomial(m; n, P) w(m)          w = 1 where |m/n − x| < 0.005,  ½ at the ends,  0 elsewhere
//! ```
//!
//! A number of successes half way between two decimals counts half for each: the paper does not say how it rounds. Cells
//! with `ρ = 0` have `P = ½` whatever `p` and `β` are and speak of `n` alone; cells with `P = 1` say nothing if they print 1.00.
//!
//! Ninety-five in a hundred: where `ln L` is within 1.92 of its maximum, half of the 95 % point of `χ²` with one degree of
//! freedom (Wilks). The other parameters are at their best for each value.

use serde::Serialize;
use statrs::function::gamma::ln_gamma;

/// Half of the 95 % point of `χ²` with one degree of freedom.
pub(super) const DROP: f64 = 1.920_729;
/// Numbers of runs that are tried: multiples of this …
const RUNS_STEP: u64 = 100;
/// … in this range.
const RUNS: std::ops::RangeInclusive<u64> = 500..=20_000;

/// A printed number and the exact probability that it may stand for.
pub(super) type Pair = (f64, f64);

/// How likely the table is for one number of runs.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct RunsLikelihood {
    /// Number of runs `n` in each cell.
    pub runs: u64,
    /// `ln L`, less its maximum.
    pub log_likelihood: f64,
}

/// How likely the table is for one scale.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct ScaleLikelihood {
    /// Scale ratio `β`.
    pub scale_ratio: f64,
    /// `ln L` with the number of runs that fits best, less its maximum.
    pub log_likelihood: f64,
}

/// What the table says about the experiment.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Likelihood {
    /// Likelihood by number of runs, for the patch dimension and the scale ratio that fit.
    pub by_runs: Vec<RunsLikelihood>,
    /// The number of runs that fits best.
    pub runs: u64,
    /// Ends of its 95 % interval.
    pub runs_interval: [u64; 2],
    /// Likelihood by scale ratio, for the patch dimension that fits.
    pub by_scale: Vec<ScaleLikelihood>,
    /// The scale ratio that fits best.
    pub scale_ratio: f64,
    /// Ends of its 95 % interval; an end that is not reached is that of the range tried.
    pub scale_interval: [f64; 2],
}

impl Likelihood {
    /// From the cells with their exact probabilities, for the parameters that fit and for several scale ratios.
    pub(super) fn new(cells: &[Pair], scales: &[(f64, Vec<Pair>)]) -> Self {
        let curve: Vec<(u64, f64)> = runs_tried().map(|n| (n, log_likelihood(cells, n))).collect();
        let &(runs, highest) =
            curve.iter().max_by(|a, b| a.1.total_cmp(&b.1)).expect("numbers of runs are tried");
        let by_runs: Vec<RunsLikelihood> = curve
            .iter()
            .map(|&(runs, value)| RunsLikelihood { runs, log_likelihood: value - highest })
            .collect();
        let within = || by_runs.iter().filter(|at| at.log_likelihood >= -DROP).map(|at| at.runs);
        let runs_interval = [within().min().unwrap_or(runs), within().max().unwrap_or(runs)];

        let profile: Vec<(f64, f64)> =
            scales.iter().map(|(scale, cells)| (*scale, best_runs(cells).1)).collect();
        let (scale_ratio, highest) = vertex(&profile);
        let by_scale: Vec<ScaleLikelihood> = profile
            .iter()
            .map(|&(scale_ratio, value)| ScaleLikelihood { scale_ratio, log_likelihood: value - highest })
            .collect();
        let scale_interval = interval(&profile, highest - DROP);
        Self { by_runs, runs, runs_interval, by_scale, scale_ratio, scale_interval }
    }

    /// How many times less likely than for the best number of runs the table is for this one; infinite if it was not tried.
    pub(crate) fn odds_against(&self, runs: u64) -> f64 {
        self.by_runs.iter().find(|at| at.runs == runs).map_or(f64::INFINITY, |at| (-at.log_likelihood).exp())
    }
}

fn runs_tried() -> impl Iterator<Item = u64> {
    RUNS.step_by(RUNS_STEP as usize)
}

/// The number of runs for which the cells are most likely, and `ln L` there.
pub(super) fn best_runs(cells: &[Pair]) -> (u64, f64) {
    let tried = runs_tried().map(|runs| (runs, log_likelihood(cells, runs)));
    tried.max_by(|a, b| a.1.total_cmp(&b.1)).expect("numbers of runs are tried")
}

/// `ln L` of all cells for so many runs in each.
fn log_likelihood(cells: &[Pair], runs: u64) -> f64 {
    cells.iter().map(|&(printed, probability)| log_probability(printed, probability, runs)).sum()
}

/// The logarithm of the probability that a cell prints what it does.
fn log_probability(printed: f64, probability: f64, runs: u64) -> f64 {
    // In halves of a hundredth times the number of runs all ends are whole: |200 m − 2 c n| ≤ n for x = c/100.
    let (n, hundredths) = (i128::from(runs), (100.0 * printed).round() as i128);
    let (low, high) = ((2 * hundredths - 1) * n, (2 * hundredths + 1) * n);
    let weight = |m: i128| -> f64 {
        match 200 * m {
            at if at == low || at == high => 0.5,
            at if at > low && at < high => 1.0,
            _ => 0.0,
        }
    };
    if probability >= 1.0 || probability <= 0.0 {
        return weight(if probability >= 1.0 { n } else { 0 }).ln();
    }
    let (first, last) = ((low + 199).div_euclid(200).max(0), high.div_euclid(200).min(n));
    if first > last {
        return f64::NEG_INFINITY;
    }
    // The first term from logarithms, the others from it: P(m + 1)/P(m) = (n − m)/(m + 1) · p/(1 − p).
    let (size, m) = (runs as f64, first as f64);
    let term = ln_gamma(size + 1.0) - ln_gamma(m + 1.0) - ln_gamma(size - m + 1.0)
        + m * probability.ln()
        + (size - m) * (-probability).ln_1p();
    let odds = probability / (1.0 - probability);
    let (mut ratio, mut sum) = (1.0, 0.0);
    for m in first..=last {
        sum += weight(m) * ratio;
        ratio *= (n - m) as f64 / (m + 1) as f64 * odds;
    }
    term + sum.ln()
}

/// Place and height of the maximum of the parabola through the highest point of a curve and its neighbours; the highest point
/// itself at an end.
fn vertex(curve: &[(f64, f64)]) -> (f64, f64) {
    let top =
        (0..curve.len()).max_by(|&a, &b| curve[a].1.total_cmp(&curve[b].1)).expect("a curve has points");
    let (x, y) = curve[top];
    let (Some(&(left, before)), Some(&(right, after))) =
        (top.checked_sub(1).and_then(|i| curve.get(i)), curve.get(top + 1))
    else {
        return (x, y);
    };
    let (rise, fall) = ((y - before) / (x - left), (after - y) / (right - x));
    let curvature = (fall - rise) / (right - left);
    let slope = rise + curvature * (x - left);
    (x - slope / (2.0 * curvature), y - slope * slope / (4.0 * curvature))
}

/// Where a curve with one maximum reaches a level on both sides, between its points linearly; its ends where it does not.
fn interval(curve: &[(f64, f64)], level: f64) -> [f64; 2] {
    let crossing = |a: (f64, f64), b: (f64, f64)| a.0 + (b.0 - a.0) * (level - a.1) / (b.1 - a.1);
    let rising = curve.windows(2).find(|pair| pair[0].1 < level && pair[1].1 >= level);
    let falling = curve.windows(2).rev().find(|pair| pair[0].1 >= level && pair[1].1 < level);
    [
        rising.map_or(curve[0].0, |pair| crossing(pair[0], pair[1])),
        falling.map_or(curve[curve.len() - 1].0, |pair| crossing(pair[0], pair[1])),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every number of successes prints something: the probabilities of all that can be printed add up to 1, ties included.
    #[test]
    fn all_printed_numbers_together_are_certain() {
        for (runs, probability) in [(7, 0.3), (50, 0.5), (200, 0.999), (4700, 0.0123), (10_000, 0.5)] {
            let total: f64 =
                (0..=100).map(|c| log_probability(f64::from(c) / 100.0, probability, runs).exp()).sum();
            assert!((total - 1.0).abs() < 1e-9, "{runs} {probability}: {total}");
        }
        assert_eq!([1.0, 0.99].map(|printed| log_probability(printed, 1.0, 500)), [0.0, f64::NEG_INFINITY]);
    }

    /// Ten runs print 0.30 for three successes alone; two hundred print 0.30 for 59 and 61 half the time, and for 60.
    #[test]
    fn few_runs_by_hand() {
        let three = 120.0 * 0.3_f64.powi(3) * 0.7_f64.powi(7);
        assert!((log_probability(0.3, 0.3, 10).exp() - three).abs() < 1e-14);
        let exact = |m: u64| {
            let choose: f64 = (1..=m).map(|i| ((200 - m + i) as f64 / i as f64).ln()).sum();
            (choose + m as f64 * 0.3_f64.ln() + (200 - m) as f64 * 0.7_f64.ln()).exp()
        };
        let expected = 0.5 * exact(59) + exact(60) + 0.5 * exact(61);
        assert!((log_probability(0.3, 0.3, 200).exp() - expected).abs() < 1e-13);
        // No number of successes of three runs prints 0.50.
        assert_eq!(log_probability(0.5, 0.5, 3), f64::NEG_INFINITY);
    }

    /// Tables made with a known number of runs say so: of 200 made with 2000 runs the interval of 95 % holds it in some 190.
    #[test]
    fn intervals_hold_the_number_of_runs_as_often_as_they_say() {
        use rand_distr::{Binomial, Distribution};
        let mut random = spurious::numerics::random::stream(3, 0, 0);
        let probabilities: Vec<f64> = (0..29).map(|i| 0.5 + 0.017 * f64::from(i)).collect();
        let held = (0..200)
            .filter(|_| {
                let cells: Vec<Pair> = probabilities
                    .iter()
                    .map(|&p| {
                        let successes = Binomial::new(2000, p).expect("a probability").sample(&mut random);
                        ((successes as f64 / 20.0).round() / 100.0, p)
                    })
                    .collect();
                let [low, high] = Likelihood::new(&cells, &[(1.0, cells.clone())]).runs_interval;
                (low..=high).contains(&2000)
            })
            .count();
        // Binomial with mean 190 and standard deviation 3.1.
        assert!((178..=200).contains(&held), "{held}");
    }

    #[test]
    fn a_parabola_is_found_again() {
        let curve: Vec<(f64, f64)> =
            (0..=12).map(|i| 0.7 + 0.05 * f64::from(i)).map(|x| (x, -(x - 1.02_f64).powi(2))).collect();
        let (x, y) = vertex(&curve);
        assert!((x - 1.02).abs() < 1e-12 && y.abs() < 1e-12);
        let [low, high] = interval(&curve, -0.04);
        assert!((low - 0.82).abs() < 0.002 && (high - 1.22).abs() < 0.002);
        assert_eq!(interval(&curve, -1.0), [curve[0].0, curve[12].0]);
    }
}
