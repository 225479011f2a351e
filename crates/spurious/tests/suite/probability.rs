//! Theory §10: the success probability, against the tables of the theory, brute-force quadrature, simulation and limits.

use std::f64::consts::{PI, TAU};

use crate::common::{
    cell_at, criticality, gauss_legendre, log_log_slope, log_uniform, number, optional_number, order,
    reference, size, uniform,
};
use std::sync::atomic::{AtomicU64, Ordering};

use spurious::basin::{Basins, Verdict};
use spurious::dynamics::flow::FlowSystem;
use spurious::dynamics::reduced::ReducedDescent;
use spurious::initialization::{AngleDistribution, sample_order_parameters};
use spurious::model::Cell;
use spurious::numerics::quadrature::gauss_jacobi;
use spurious::numerics::random::stream;
use spurious::probability::{
    Quadrature, SuccessProbability, limit_probability, success_probabilities, success_probability,
};
use spurious::separatrix::Separatrix;
use spurious::{Criticality, Error, Monitor};

fn probability(cell: &Cell) -> SuccessProbability {
    success_probability(cell, None, &Quadrature::default(), &()).unwrap()
}

#[test]
fn tables_of_the_theory_come_out_to_all_their_digits() {
    for row in reference("probability.toml", "probability") {
        let cell = Cell::new(
            size(&row, "patch_dim"),
            size(&row, "patches"),
            number(&row, "sum_ratio"),
            number(&row, "scale_ratio"),
        )
        .unwrap();
        let found =
            success_probability(&cell, optional_number(&row, "step_size"), &Quadrature::default(), &())
                .unwrap();
        // The last digit is rounded, and in the twelfth the table's own quadrature shows.
        let digits = i32::try_from(size(&row, "digits")).unwrap();
        let tolerance = if digits > 10 { 1.0 } else { 0.5001 } * 10f64.powi(-digits);
        let error = (found.probability - number(&row, "probability")).abs();
        assert!(error <= tolerance, "{found:?} {row:?}: {error:e}");
    }
}

#[test]
fn limit_of_many_patches_is_that_of_taylor_series() {
    for row in reference("limit.toml", "limit") {
        let (x_c, beta) = (number(&row, "criticality"), number(&row, "scale_ratio"));
        let found = limit_probability(5, criticality(x_c), beta).unwrap();
        assert!((found - number(&row, "probability_5")).abs() < 1e-12, "{x_c} {beta}: {found}");
    }
    // Theory §12, scaling law: P at x_c = 0.1, β = 1.
    for (p, expected) in [(10, 0.5719), (100, 0.7311), (1000, 0.9751)] {
        let found = limit_probability(p, Criticality::from_complement(0.9).unwrap(), 1.0).unwrap();
        assert!((found - expected).abs() < 0.5e-4, "p = {p}: {found}");
    }
}

/// The expectation by another rule: Gauss–Legendre in the polar angle `θ` of `|c| = R_a sin θ`, the trapezoid rule around,
/// the density `sin θ cos^{k−1} θ` written out and normalised by the same rule.
fn brute_force(cell: &Cell, radial: usize, polar: usize) -> (f64, f64) {
    let teacher = cell.teacher();
    let (k, b_squared) = (teacher.patches() as f64, teacher.norm_squared());
    let (ball, across) = (teacher.sum() / k.sqrt(), (b_squared - teacher.sum().powi(2) / k).max(0.0).sqrt());
    let system = FlowSystem::new(&teacher, 1.0);
    let mut separatrix = Separatrix::new(cell, None, 1e-9).unwrap();
    let angles = AngleDistribution::new(cell.patch_dim());
    // cos^{k−1} θ < e^{−(k−1)θ²/2}: beyond this there is less than 1e-20 of it.
    let end = (PI / 2.0).min((92.0 / (k - 1.0)).sqrt());
    let (mut sum, mut mass, mut error, mut guess) = (0.0, 0.0, 0.0, 0.0);
    for (x, weight) in gauss_legendre(radial) {
        let theta = end * x;
        let density = weight * theta.sin() * ((k - 1.0) * theta.cos().ln()).exp();
        for i in 0..polar {
            let (sin, cos) = (TAU * (i as f64 + 0.5) / polar as f64).sin_cos();
            let (c1, c2) = (ball * theta.sin() * cos, ball * theta.sin() * sin);
            let (s, q) = (k.sqrt() * c1, teacher.sum() / k.sqrt() * c1 + across * c2);
            let state = system.state(&teacher, &order(1.0, 1.0, false, s, q));
            let root = separatrix.critical_angle(state.slow, state.fast, guess, &()).unwrap();
            guess = root.log_tan;
            let below = |z| angles.below(z);
            sum += density * below(root.log_tan);
            error += density * (below(root.log_tan - root.error) - below(root.log_tan + root.error)).abs();
            mass += density;
        }
    }
    (sum / mass, error / mass)
}

/// Brute force with more and more nodes until two rules agree, and a bound on its error.
fn converged_brute_force(cell: &Cell) -> (f64, f64) {
    let (mut before, mut bound) = (f64::NAN, f64::INFINITY);
    for (radial, polar) in [(10, 14), (16, 24), (26, 40), (42, 64), (68, 104)] {
        let (value, error) = brute_force(cell, radial, polar);
        bound = 2.0 * (value - before).abs() + error + 2e-15;
        before = value;
        if bound < 1e-10 {
            break;
        }
    }
    (before, bound)
}

/// Random cells: the difference from brute force is within the bounds of both.
#[test]
fn error_bound_holds_on_random_cells() {
    let mut tried = 0;
    for trial in 0..60 {
        let random = &mut stream(81, 0, trial);
        let p = log_uniform(random, 1.0, 1000.0) as usize;
        let k = log_uniform(random, 2.0, 1e6) as usize;
        let Some(cell) = cell_at(p, k, uniform(random, 0.0, 1.2), log_uniform(random, 0.1, 3.0)) else {
            continue;
        };
        let found = probability(&cell);
        assert!(found.error_bound <= 1e-5, "a useless bound: {found:?}");
        if found.criticality >= 1.0 || p == 1 {
            assert_eq!(found.probability, if p == 1 { 0.5 } else { 1.0 });
            continue;
        }
        let (slow, slow_bound) = converged_brute_force(&cell);
        let coarse = success_probability(&cell, None, &Quadrature::to(1e-6).unwrap(), &()).unwrap();
        assert!(coarse.error_bound <= 1e-6, "{coarse:?}");
        for found in [found, coarse] {
            let difference = (found.probability - slow).abs();
            assert!(
                difference <= found.error_bound + slow_bound,
                "trial {trial}: {found:?} {slow}: {difference:e}"
            );
        }
        // And brute force is good enough for this to mean something.
        assert!(slow_bound < 1e-7, "trial {trial}: {cell:?} {slow} {slow_bound:e}");
        tried += 1;
    }
    assert!(tried >= 30, "{tried} cells with a separatrix");
}

/// Random cells, a third of them next to `x_c = 1` or `x_c = 0`, to a tolerance and to one that is finer by four digits: more
/// critical angles, a finer rule, a tighter integrator. The bound holds every time, and the tolerance is met.
#[test]
fn error_bound_holds_against_finer_quadrature() {
    for (tolerance, finer, trials) in [(1e-4, 1e-8, 300), (1e-7, 1e-11, 300), (1e-12, 1e-14, 60)] {
        let cells: Vec<Cell> = (0..trials)
            .filter_map(|trial| {
                let random = &mut stream(83, 0, trial);
                let p = log_uniform(random, 2.0, 1001.0) as usize;
                let k = log_uniform(random, 2.0, 1e6) as usize;
                let (end, middle) = (log_uniform(random, 1e-9, 1.0), uniform(random, 0.0, 1.0));
                let x_c = [1.0 - end, end, middle, middle, middle, middle][trial as usize % 6];
                cell_at(p, k, x_c, log_uniform(random, 0.1, 3.0))
            })
            .collect();
        let probabilities =
            |tolerance| success_probabilities(&cells, None, &Quadrature::to(tolerance).unwrap(), &());
        for (found, finer) in probabilities(tolerance).into_iter().zip(probabilities(finer)) {
            let (found, finer) = (found.unwrap(), finer.unwrap());
            let difference = (found.probability - finer.probability).abs();
            assert!(difference <= found.error_bound + finer.error_bound, "{found:?} {finer:?}");
            assert!(found.error_bound <= tolerance, "{found:?}");
        }
    }
}

/// A map is its cells, in order, and an error stays with its cell.
#[test]
fn many_cells_are_each_cell_alone() {
    let cells: Vec<Cell> = (2..40).map(|k| Cell::new(5, k, 1.0, 1.0).unwrap()).collect();
    let step_size = Some(0.5); // allowed for few patches only
    for step_size in [None, step_size] {
        let quadrature = Quadrature::to(1e-7).unwrap();
        let all = success_probabilities(&cells, step_size, &quadrature, &());
        for (cell, found) in cells.iter().zip(&all) {
            let alone = success_probability(cell, step_size, &quadrature, &());
            assert_eq!(found.as_ref().ok(), alone.as_ref().ok());
            assert_eq!(found.as_ref().err().map(ToString::to_string), alone.err().map(|e| e.to_string()));
        }
        assert_eq!(all.iter().any(Result::is_err), step_size.is_some());
    }
}

/// Cells where rules of low order could agree by accident: steep `F_p` (large p) and critical angles that vary (small k).
/// No rule of moderate order gets all digits here, and the bound has to say so.
#[test]
fn error_bound_is_honest_where_coarse_rules_could_agree_by_accident() {
    for (p, k, x_c, beta) in
        [(100_000, 2, 0.3, 1.0), (1000, 3, 0.05, 3.0), (1_000_000, 10, 0.01, 1.0), (2, 2, 0.9, 3.0)]
    {
        let cell = cell_at(p, k, x_c, beta).unwrap();
        let found = probability(&cell);
        let (slow, slow_bound) = converged_brute_force(&cell);
        let difference = (found.probability - slow).abs();
        assert!(
            difference <= found.error_bound + slow_bound,
            "{found:?} {slow}: {difference:e} {slow_bound:e}"
        );
        assert!(found.error_bound < 1e-3, "{found:?}");
    }
}

/// Next to criticality the probability hangs on the digits of `1 − x_c`: those of the cell, which no rounding of
/// `S = √ρ β` and back may touch. A change of β by 1e-13 changes the probability by less than that.
#[test]
fn error_bound_holds_next_to_criticality() {
    let mut failures = Vec::new();
    for (p, k, gap) in [(2, 10, 1e-6), (2, 10, 1e-9), (2, 25, 1e-11), (2, 100, 1e-12), (3, 10, 1e-9)] {
        let values: Vec<SuccessProbability> = (0..8)
            .map(|i| probability(&cell_at(p, k, 1.0 - gap, 1.0 + 1e-13 * f64::from(i)).unwrap()))
            .collect();
        for pair in values.windows(2) {
            let change = (pair[1].probability - pair[0].probability).abs();
            let allowed = pair[0].error_bound + pair[1].error_bound + 1e-13;
            if change > allowed {
                failures.push(format!(
                    "p {p}, k {k}, 1 − x_c {gap:e}: P jumps by {change:.1e}, bounds {allowed:.1e}"
                ));
            }
        }
    }
    assert!(failures.is_empty(), "{failures:#?}");
}

/// The search succeeds however close to criticality, on a grid of gaps down to below rounding.
#[test]
fn limit_is_found_for_every_criticality_and_scale() {
    let mut failures = Vec::new();
    for beta in [1e-4, 0.01, 0.1, 0.3, 0.7, 1.0, 2.1, 3.0, 10.0, 100.0] {
        for quarter in 0..=64 {
            let gap = 10f64.powf(-0.25 * f64::from(quarter));
            match limit_probability(2, Criticality::from_complement(gap).unwrap(), beta) {
                Ok(value) if (0.5 - 1e-12..=1.0).contains(&value) => {}
                other => failures.push(format!("1 − x_c = {gap:e}, β = {beta}: {other:?}")),
            }
        }
    }
    assert!(failures.is_empty(), "{} of 650: {:#?}", failures.len(), &failures[..5.min(failures.len())]);
}

/// The sum ratios next to the critical one, for many numbers of patches: with and without a trap.
#[test]
fn probability_is_found_at_every_double_next_to_the_critical_sum_ratio() {
    let mut failures = Vec::new();
    for k in (2..60).chain([100, 1000, 123_456]) {
        let critical = Cell::new(5, k, 0.0, 1.0).unwrap().shape().critical_sum_ratio();
        for ratio in [critical.next_down().next_down(), critical.next_down(), critical, critical.next_up()] {
            let cell = Cell::new(5, k, ratio, 1.0).unwrap();
            match success_probability(&cell, None, &Quadrature::default(), &()) {
                Ok(found) if found.probability > 1.0 - 1e-12 => {}
                other => failures.push(format!(
                    "k = {k}, ρ = {ratio}, gap {:e}: {other:?}",
                    cell.shape().criticality().complement()
                )),
            }
        }
    }
    assert!(failures.is_empty(), "{}: {failures:#?}", failures.len());
}

#[test]
fn simulated_runs_succeed_as_often_as_computed() {
    const RUNS: u64 = 40_000;
    for (cell, (p, k, ratio, beta)) in
        [(5, 25, 4.0, 1.0), (2, 9, 1.0, 0.5), (50, 9, 1.0, 1.0)].into_iter().enumerate()
    {
        let setting = Cell::new(p, k, ratio, beta).unwrap();
        let teacher = setting.teacher();
        let step_size = 0.8 * 2.0 * PI / teacher.sum_rate();
        let (descent, basins) = (ReducedDescent::new(&teacher, step_size), Basins::new(&teacher));
        let mut global = 0;
        for run in 0..RUNS {
            let mut at = sample_order_parameters(&setting, &mut stream(82, cell as u64, run));
            let verdict = loop {
                match basins.verdict(&at) {
                    Some(verdict) => break verdict,
                    None => at = descent.step(&at),
                }
            };
            global += u64::from(verdict == Verdict::Global);
        }
        let expected =
            success_probability(&setting, Some(step_size), &Quadrature::default(), &()).unwrap().probability;
        let found = global as f64 / RUNS as f64;
        let standard_error = (expected * (1.0 - expected) / RUNS as f64).sqrt();
        assert!((found - expected).abs() < 4.0 * standard_error, "{setting:?}: {found} {expected}");
    }
}

/// Theory §11: at fixed criticality the approach to the limit of many patches is like `1/k`.
#[test]
fn probability_approaches_its_limit_like_one_over_k() {
    for (p, x_c, beta) in [(5, 0.5, 1.0), (5, 0.1, 1.0), (3, 0.9, 2.0), (100, 0.05, 0.5)] {
        let points: Vec<(f64, f64)> = [1_000, 4_000, 16_000, 64_000]
            .map(|k| {
                let found = probability(&cell_at(p, k, x_c, beta).unwrap());
                assert!(
                    (found.limit_probability - limit_probability(p, criticality(x_c), beta).unwrap()).abs()
                        < 1e-12
                );
                (k as f64, (found.limit_probability - found.probability).abs())
            })
            .to_vec();
        // Corrections are of relative size 1/k; the last difference is some 1e-6, errors 1e-12.
        let slope = log_log_slope(&points);
        assert!((slope + 1.0).abs() < 5e-3, "{p} {x_c} {beta}: k^{slope}, {points:?}");
    }
}

/// Theory §12: `P ≈ Φ(κ √p x_c)` for small criticality and large `p` and `k`. At fixed argument the error falls like `x_c`
/// (that is, `1/√p`) or faster.
#[test]
fn scaling_law_is_approached() {
    let kappa = 2.0 * (PI - 1.0) / (PI * PI) + 1.0 / ((PI - 1.0) + ((PI - 1.0_f64).powi(2) + PI * PI).sqrt());
    assert!((kappa - 0.60222).abs() < 5e-6);
    // Φ(t) by Gauss–Legendre
    let normal = |t: f64| {
        0.5 + gauss_legendre(40).iter().map(|(x, w)| w * t * (-0.5 * (t * x).powi(2)).exp()).sum::<f64>()
            / TAU.sqrt()
    };
    let error = |p: usize| {
        let x_c = 1.0 / (p as f64).sqrt();
        limit_probability(p, criticality(x_c), 1.0).unwrap() - normal(kappa)
    };
    let points: Vec<(f64, f64)> = [400, 1600, 6400, 25_600].map(|p| (p as f64, error(p).abs())).to_vec();
    let slope = log_log_slope(&points);
    assert!(slope < -0.45, "the error falls like p^{slope}: {points:?}");
    assert!(points[3].1 < 5e-3, "{points:?}");
}

#[test]
fn nothing_is_trapped_beyond_criticality() {
    for (k, x_c) in [(1, 1.0), (25, 1.0 + 1e-12), (25, 1.2), (2, 1.0 + 1e-12), (1_000_000, 1.01)] {
        let cell = cell_at(5, k, x_c, 1.0).unwrap();
        let found = probability(&cell);
        assert_eq!((found.probability, found.limit_probability), (1.0, 1.0), "{found:?}");
    }
    // And there is no jump: just below, next to nothing is.
    let found = probability(&cell_at(5, 25, 1.0 - 1e-9, 1.0).unwrap());
    assert!(found.probability < 1.0 && found.probability > 1.0 - 1e-9, "{found:?}");
}

#[test]
fn success_is_a_coin_toss_in_one_dimension_or_without_a_sum() {
    for (p, k, ratio) in
        [(1, 25, 4.0), (1, 25, 25.0), (1, 1, 1.0), (5, 25, 0.0), (2, 2, 0.0), (1000, 1_000_000, 0.0)]
    {
        let found = probability(&Cell::new(p, k, ratio, 1.0).unwrap());
        assert_eq!(found.probability, 0.5, "{found:?}");
        // The limit of p = 1 and of x_c = 0 is the same coin.
        assert!((found.limit_probability - 0.5).abs() < 1e-13, "{found:?}");
        assert_eq!(found.criticality, PI * ratio / ((k - 1) as f64 + PI));
    }
    // And it is left continuously.
    let found = probability(&Cell::new(5, 25, 1e-9, 1.0).unwrap());
    assert!((found.probability - 0.5).abs() < 1e-7 && found.probability > 0.5, "{found:?}");
}

#[test]
fn millions_and_billions_of_patches_are_as_easy_as_ten() {
    for k in [1_000_000, 1_000_000_000] {
        for p in [2, 5, 1_000_000_000] {
            for x_c in [1e-6, 0.5, 0.999] {
                let found = probability(&cell_at(p, k, x_c, 1.0).unwrap());
                assert!((0.5..=1.0).contains(&found.probability), "{found:?}");
                assert!(found.error_bound < 1e-11, "{found:?}");
                // The distance from the limit is some x_c √p/k at most.
                let distance = (found.probability - found.limit_probability).abs();
                assert!(distance < 10.0 * (p as f64).sqrt() / k as f64 + 1e-11, "{found:?}");
            }
        }
    }
}

/// More of anything that helps, helps: the probability rises with `ρ`, `p` and `β` through the whole range.
#[test]
fn probability_rises_with_sum_ratio_patch_dimension_and_scale() {
    let value = |p, k, ratio, beta| probability(&Cell::new(p, k, ratio, beta).unwrap()).probability;
    for i in 0..8 {
        let ratio = f64::from(i);
        assert!(value(5, 25, ratio + 1.0, 1.0) > value(5, 25, ratio, 1.0), "ρ = {ratio}");
        assert!(value(5 + i as usize, 25, 4.0, 1.0) < value(6 + i as usize, 25, 4.0, 1.0), "p = 5 + {i}");
        let beta = 0.2 + 0.3 * f64::from(i);
        assert!(value(5, 25, 4.0, beta) < value(5, 25, 4.0, beta + 0.3), "β = {beta}");
    }
}

/// `1 − P` where `P` rounds to 1: every digit of the bound, against the tails at a fixed rule of high order.
#[test]
fn failures_keep_their_digits() {
    for (patch_dim, patches, ratio) in
        [(1000, 25, 4.0), (300, 16, 4.0), (300, 25, 4.0), (60, 25, 7.0), (5, 25, 4.0)]
    {
        let cell = Cell::new(patch_dim, patches, ratio, 1.0).unwrap();
        let found = probability(&cell);
        let mut separatrix = Separatrix::new(&cell, None, 0.0).unwrap();
        let distribution = AngleDistribution::new(patch_dim);
        let share = ratio / patches as f64;
        let mut guess = 0.0;
        let mut by_rule = |radial: usize, polar: usize| {
            let mut sum = 0.0;
            for (squared_radius, weight) in gauss_jacobi(radial, 0.5 * (patches as f64 - 2.0)) {
                for i in 0..polar {
                    let (sin, cos) = (2.0 * PI * i as f64 / polar as f64).sin_cos();
                    let (xi, zeta) = (squared_radius.sqrt() * cos, squared_radius.sqrt() * sin);
                    let signal = share * xi + (share * (1.0 - share)).sqrt() * zeta;
                    let fast = share * (xi - 1.0 + PI / cell.shape().sum_rate());
                    guess = separatrix.critical_angle(signal - fast, fast, guess, &()).unwrap().log_tan;
                    sum += weight / polar as f64 * distribution.above(guess);
                }
            }
            sum
        };
        let (coarse, slow) = (by_rule(16, 32), by_rule(24, 48));
        let allowed = found.failure_error_bound + 2.0 * (slow - coarse).abs() + 1e-12 * slow;
        let difference = (found.failure_probability - slow).abs();
        assert!(difference <= allowed, "{cell:?}: {slow:e} {difference:e} {found:?}");
        assert!(found.failure_error_bound < 2e-3 * found.failure_probability, "{found:?}");
        assert!(
            (slow - coarse).abs() < 1e-3 * slow,
            "the rule of the test is too coarse: {slow:e} {coarse:e}"
        );
        // Both say the same where both have digits.
        let sum = found.probability + found.failure_probability;
        assert!((sum - 1.0).abs() < 1e-14, "{found:?}");
    }
    // Exactly none where a theorem says so, and one half where nothing tells the sides apart.
    let failure = |p, k, ratio| {
        let found = probability(&Cell::new(p, k, ratio, 1.0).unwrap());
        (found.failure_probability, found.failure_error_bound)
    };
    assert_eq!(
        (failure(5, 25, 9.0), failure(1, 25, 4.0), failure(5, 25, 0.0)),
        ((0.0, 0.0), (0.5, 0.0), (0.5, 0.0))
    );
    // Next to nothing is not nothing.
    let (value, bound) = failure(1_000_000, 25, 4.0);
    assert!(value == 0.0 && bound > 0.0);
}

#[test]
fn the_same_cell_gives_the_same_bits() {
    let cell = Cell::new(5, 25, 4.0, 1.0).unwrap();
    assert_eq!(probability(&cell), probability(&cell));
}

/// Small steps are interpolated; here the iteration itself is run, on a fixed rule of high order.
#[test]
fn small_steps_are_interpolated_within_the_bound() {
    for (patch_dim, patches, criticality, scale_ratio) in [(5, 25, 0.46, 1.0), (20, 10, 0.7, 2.0)] {
        let cell = cell_at(patch_dim, patches, criticality, scale_ratio).unwrap();
        let step_size = 0.03 * 2.0 * PI / cell.shape().sum_rate();
        let quick = success_probability(&cell, Some(step_size), &Quadrature::default(), &()).unwrap();
        assert!(quick.error_bound < 1e-11);

        let mut separatrix = Separatrix::new(&cell, Some(step_size), 0.0).unwrap();
        let distribution = AngleDistribution::new(patch_dim);
        let share = cell.shape().sum_ratio() / patches as f64;
        let (mut sum, mut guess) = (0.0, 0.0);
        const POLAR: usize = 24;
        for (squared_radius, weight) in gauss_jacobi(12, 0.5 * (patches as f64 - 2.0)) {
            for i in 0..POLAR {
                let (sin, cos) = (2.0 * PI * i as f64 / POLAR as f64).sin_cos();
                let (xi, zeta) = (squared_radius.sqrt() * cos, squared_radius.sqrt() * sin);
                let signal = share * xi + (share * (1.0 - share)).sqrt() * zeta;
                let fast = share * (xi - 1.0 + PI / cell.shape().sum_rate());
                guess = separatrix.critical_angle(signal - fast, fast, guess, &()).unwrap().log_tan;
                sum += weight / POLAR as f64 * distribution.below(guess);
            }
        }
        // 10⁴ steps a run round to some 1e-14; the rule of this order is exact to less.
        let difference = (quick.probability - sum).abs();
        assert!(difference <= quick.error_bound + 1e-13, "{cell:?}: {difference:e} {quick:?}");
        let failure = (quick.failure_probability - (1.0 - sum)).abs();
        assert!(failure <= quick.failure_error_bound + 1e-13, "{cell:?}: {failure:e} {quick:?}");
    }
}

/// Large scale ratios. Values are those of the rule in `ζ` and `ξ` that was used before, to 10⁻¹³, where it had converged (β = 20), and of
/// two surfaces of different kind; the brute force of the test has two or three digits, since `z_c` has a bend across the disc.
#[test]
fn large_scale_ratios_are_those_of_brute_force() {
    for (p, k, ratio, beta, expected) in [
        (5, 25, 4.0, 20.0, 0.883794472575),
        (5, 25, 4.0, 50.0, 0.823265359264),
        (5, 25, 4.0, 100.0, 0.805389621523),
        (100, 100, 9.0, 30.0, 0.991727806530),
    ] {
        let cell = Cell::new(p, k, ratio, beta).unwrap();
        let found = probability(&cell);
        assert!(found.error_bound <= 1e-12, "{found:?}");
        assert!((found.probability - expected).abs() < 2e-12, "{found:?}");
        let (coarse, _) = brute_force(&cell, 10, 14);
        let (fine, _) = brute_force(&cell, 14, 20);
        let allowed = 3.0 * (fine - coarse).abs() + 2e-3;
        assert!((found.probability - fine).abs() < allowed, "{found:?} {fine} {coarse}");
    }
}

/// Random cells with large scale ratios, to a tolerance and to one that is finer by four digits.
#[test]
fn error_bound_holds_at_large_scale_ratios() {
    let cells: Vec<Cell> = (0..40)
        .filter_map(|trial| {
            let random = &mut stream(84, 0, trial);
            let p = log_uniform(random, 2.0, 100.0) as usize;
            let k = log_uniform(random, 10.0, 1e6) as usize;
            cell_at(p, k, uniform(random, 0.02, 0.98), log_uniform(random, 8.0, 50.0))
        })
        .collect();
    let probabilities =
        |tolerance| success_probabilities(&cells, None, &Quadrature::to(tolerance).unwrap(), &());
    for (found, finer) in probabilities(1e-7).into_iter().zip(probabilities(1e-11)) {
        let (found, finer) = (found.unwrap(), finer.unwrap());
        let difference = (found.probability - finer.probability).abs();
        assert!(difference <= found.error_bound + finer.error_bound, "{found:?} {finer:?}");
        let difference = (found.failure_probability - finer.failure_probability).abs();
        let allowed = found.failure_error_bound + finer.failure_error_bound;
        assert!(difference <= allowed, "{found:?} {finer:?}");
        assert!(found.tolerance_met, "{found:?}");
    }
}

/// Cancels after so many questions, and counts those that come after that.
struct Impatient {
    questions: AtomicU64,
    most: u64,
}

impl Monitor for Impatient {
    fn is_cancelled(&self) -> bool {
        self.questions.fetch_add(1, Ordering::Relaxed) >= self.most
    }
}

/// A cell with a large scale ratio, and one with a small step and many patches, are given up at whichever shot they are.
#[test]
fn cancellation_takes_one_shot() {
    let tasks = [
        (Cell::new(5, 25, 4.0, 100.0).unwrap(), None),
        (Cell::new(5, 1_000_000, 4000.0, 1.0).unwrap(), Some(3e-6)),
        (Cell::new(5, 1_000_000, 4000.0, 1.0).unwrap(), Some(1e-8)),
    ];
    for (cell, step_size) in tasks {
        for most in [0, 1, 2, 3, 10, 30, 100] {
            let monitor = Impatient { questions: AtomicU64::new(0), most };
            let found = success_probability(&cell, step_size, &Quadrature::default(), &monitor);
            assert_eq!(found, Err(Error::Cancelled));
            // Each thread may ask once more, or search on to its next question.
            let after = monitor.questions.into_inner() - most;
            assert!(after <= 4 * rayon_threads(), "{after} questions after it");
        }
    }
}

fn rayon_threads() -> u64 {
    std::thread::available_parallelism().map_or(1, |threads| threads.get() as u64)
}
