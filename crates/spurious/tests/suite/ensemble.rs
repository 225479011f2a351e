//! Simulation and quadrature meet: counts of random runs against exact probabilities.

use spurious::basin::{DecidedBy, Guarantee, Verdict};
use spurious::dynamics::reduced::ReducedDescent;
use spurious::ensemble::{Counts, Distribution, Engine, Ensemble, Observe, wilson_interval};
use spurious::model::Cell;
use spurious::probability::{Quadrature, success_probability};

/// (observed − expected)/standard error of a binomial count.
fn z_score(counts: &Counts, probability: f64) -> f64 {
    let n = counts.runs as f64;
    (counts.global as f64 - n * probability) / (n * probability * (1.0 - probability)).sqrt()
}

/// Ten cells of different kinds with 10⁵ runs, one with 10⁶: each within four standard errors (a chance of 6·10⁻⁵ each to
/// fail for a right probability, and the seed is fixed).
#[test]
fn simulated_shares_agree_with_the_quadrature() {
    let cells = [
        (5, 25, 4.0, 1.0, 1_000_000),
        (5, 25, 1.0, 1.0, 100_000),
        (5, 49, 16.0, 1.0, 100_000),
        (5, 100, 25.0, 1.0, 100_000),
        (2, 10, 2.0, 1.0, 100_000),
        (3, 2, 0.5, 1.0, 100_000),
        (25, 20, 4.0, 1.0, 100_000),
        (100, 200, 10.0, 1.0, 100_000),
        (5, 25, 4.0, 2.0, 100_000),
        (5, 25, 4.0, 0.3, 100_000),
        (1000, 50, 2.0, 1.0, 100_000),
    ];
    for (index, (p, k, ratio, scale, runs)) in cells.into_iter().enumerate() {
        let cell = Cell::new(p, k, ratio, scale).expect("valid");
        let guarantee = Guarantee::for_cell(&cell);
        let step_size = 0.9 * guarantee.limit();
        let exact =
            success_probability(&cell, Some(step_size), &Quadrature::default(), &()).expect("converges");
        let ensemble = Ensemble::new(cell, step_size, 20_260_101, index as u64).expect("valid");
        let counts = ensemble.counts(0..runs, &()).unwrap();
        assert_eq!(counts.undecided, 0, "{cell:?}");
        assert_eq!(counts.runs, runs);
        let z = z_score(&counts, exact.probability);
        assert!(
            z.abs() < 4.0,
            "{cell:?}: {} simulated, {} exact, z = {z}",
            counts.probability(),
            exact.probability
        );
    }
}

/// Where the answer is certain, every run shows it.
#[test]
fn beyond_the_critical_ratio_every_run_recovers_the_teacher() {
    for (p, k, ratio) in [(5, 25, 9.0), (5, 25, 25.0), (2, 64, 25.0), (5, 1, 1.0), (3, 2, 2.0)] {
        let cell = Cell::new(p, k, ratio, 1.0).expect("valid");
        let step_size = 0.5 * Guarantee::for_cell(&cell).largest_step_size;
        let counts = Ensemble::new(cell, step_size, 3, 0).expect("valid").counts(0..20_000, &()).unwrap();
        assert_eq!(counts.global, 20_000, "{cell:?}: {counts:?}");
    }
}

/// With one dimension the sphere is two points: the sign of v₀ decides, whatever the sum ratio.
#[test]
fn with_one_dimension_the_sign_of_the_filter_decides() {
    for ratio in [0.0, 1.0, 20.0] {
        let cell = Cell::new(1, 20, ratio, 1.0).expect("valid");
        let ensemble = Ensemble::new(cell, 0.1, 5, 0).expect("valid");
        for trial in 0..200 {
            let expected =
                if ensemble.start(trial).parallel > 0.0 { Verdict::Global } else { Verdict::Spurious };
            assert_eq!(ensemble.trial(trial, &Observe::default(), &()).unwrap().outcome.verdict, expected);
        }
    }
}

#[test]
fn counts_of_ranges_add_up_and_ignore_threads() {
    let cell = Cell::new(5, 25, 4.0, 1.0).expect("valid");
    let ensemble = Ensemble::new(cell, 0.2, 1, 0).expect("valid");
    let whole = ensemble.counts(0..10_000, &()).unwrap();
    let mut parts = Counts::default();
    for (from, to) in [(0, 1), (1, 1500), (1500, 1500), (1500, 9999), (9999, 10_000)] {
        parts += ensemble.counts(from..to, &()).unwrap();
    }
    assert_eq!(whole, parts);
    let single = rayon::ThreadPoolBuilder::new().num_threads(1).build().expect("a pool");
    assert_eq!(whole, single.install(|| ensemble.counts(0..10_000, &()).unwrap()));
    let alone = (0..10_000)
        .filter(|&trial| {
            ensemble.trial(trial, &Observe::default(), &()).unwrap().outcome.verdict == Verdict::Global
        })
        .count();
    assert_eq!(whole.global, alone as u64);
}

/// The paper's multiple restarts, and the antipodal restart: every start, hard cells included.
#[test]
fn four_signs_or_one_turn_always_recover_the_teacher() {
    for (p, k, ratio) in [(5, 25, 1.0), (5, 100, 1.0), (25, 20, 4.0), (2, 2, 0.3), (3, 100, 0.01)] {
        let cell = Cell::new(p, k, ratio, 1.0).expect("valid");
        let step_size = 0.5 * Guarantee::for_cell(&cell).largest_step_size;
        let ensemble = Ensemble::new(cell, step_size, 11, 0).expect("valid");
        let single = ensemble.counts(0..10_000, &()).unwrap();
        assert!(single.spurious > 100, "a hard cell: {single:?}");
        assert_eq!(ensemble.sign_choice_recoveries(0..10_000, &()).unwrap().global, 10_000, "{cell:?}");
        assert_eq!(ensemble.antipodal_recoveries(0..10_000, &()).unwrap().global, 10_000, "{cell:?}");
    }
}

/// Beyond the theorem the energy decides, and it is right. Where the output weights diverge nothing does.
#[test]
fn steps_beyond_the_theorem_are_decided_by_energy() {
    let cell = Cell::new(5, 25, 4.0, 1.0).expect("valid");
    let step_size = 0.3;
    let ensemble = Ensemble::new(cell, step_size, 1, 0).expect("valid");
    let mut seen = [0, 0];
    for trial in ensemble.trials(0..100, &Observe::default(), &()).unwrap() {
        assert_eq!(trial.outcome.decided_by, Some(DecidedBy::Energy), "{trial:?}");
        let descent = ReducedDescent::new(&cell.teacher(), step_size);
        let end = (0..20_000).fold(trial.start, |at, _| descent.step(&at));
        let is_recovered = trial.outcome.verdict == Verdict::Global;
        let distance = if is_recovered { end.angle() } else { end.supplement() };
        assert!(distance < 1e-2, "{trial:?}: {end:?}");
        seen[usize::from(is_recovered)] += 1;
    }
    assert!(seen[0] > 10 && seen[1] > 10, "{seen:?}");
    let counts = Ensemble::new(cell, 0.47, 1, 0).expect("valid").counts(0..100, &()).unwrap();
    assert_eq!(counts.undecided, 100);
}

/// Against the formula written the other way round: the bounds are the two roots of (p − p̂)² = z² p(1 − p)/n.
#[test]
fn wilson_bounds_solve_the_score_equation() {
    for (successes, trials) in
        [(0, 10), (3, 10), (10, 10), (727, 1000), (1, 1_000_000), (999_999_999, 1_000_000_000)]
    {
        let (lower, upper) = wilson_interval(successes, trials);
        let share = successes as f64 / trials as f64;
        assert!(lower <= share && share <= upper);
        for bound in [lower, upper] {
            let z_squared = 1.959_963_984_540_054_f64.powi(2);
            let (left, right) = ((bound - share).powi(2), z_squared * bound * (1.0 - bound) / trials as f64);
            // 1 − bound may be as small as 1e-9, and then keeps seven digits. Exactly 0 or 1 stands for a root there.
            assert!((left - right).abs() <= 1e-6 * left.max(right) || bound == 0.0 || bound == 1.0);
        }
    }
    assert_eq!(wilson_interval(0, 0), (0.0, 1.0));
}
/// Cells that lanes are made for, of all kinds, with step sizes from small ones to the largest with a proof.
fn lane_cells() -> impl Iterator<Item = (Cell, f64)> {
    let cells = [
        (5, 25, 4.0, 1.0),
        (5, 25, 0.0, 1.0),
        (2, 2, 0.5, 1.0),
        (3, 49, 16.0, 0.3),
        (1000, 100, 2.0, 3.0),
        (5, 64, 64.0, 1.0),
        (4, 3_000, 300.0, 0.5),
        (1_000_000, 7, 1.0, 1.0),
        (5, 25, 8.6, 1.0),
    ];
    cells.into_iter().flat_map(|(p, k, ratio, scale)| {
        let cell = Cell::new(p, k, ratio, scale).expect("valid");
        let guarantee = Guarantee::for_cell(&cell);
        let largest = guarantee.limit();
        [1.0, 0.3, 0.02].map(|share| (cell, share * largest))
    })
}

/// Trial by trial: lanes reach the verdict of plain arithmetic, after as many steps. A start within rounding of a boundary
/// may be counted one step later; so few of these trials come so close to the separatrix that none may end differently.
#[test]
fn lanes_decide_as_plain_arithmetic_does() {
    for (index, (cell, step_size)) in lane_cells().enumerate() {
        let ensemble = Ensemble::new(cell, step_size, 7, index as u64).expect("valid");
        let observe = Observe { steps: true, ..Observe::default() };
        let range = 1_000_000..1_003_000;
        let mut moved = 0;
        for trial in ensemble.trials(range.clone(), &observe, &()).unwrap() {
            let alone = ensemble.trial(trial.trial, &observe, &()).unwrap();
            assert_eq!(trial.start, alone.start);
            assert_eq!(trial.outcome.verdict, alone.outcome.verdict, "{cell:?} {step_size} {trial:?}");
            moved += u32::from(trial.outcome.steps != alone.outcome.steps);
        }
        if cell.shape().sum_ratio() == 0.0 {
            // Every run begins with q = 0, on the boundary of both sets: rounding decides whether at step 0 or 1.
            moved = 0;
        }
        assert!(moved <= 1, "{cell:?} {step_size}: {moved}");
        let summary = ensemble.summary(range.clone(), &observe, &()).unwrap();
        let scalar =
            ensemble.clone().with_engine(Engine::Scalar).summary(range.clone(), &observe, &()).unwrap();
        assert_eq!(summary.counts, scalar.counts);
        assert_eq!(summary.steps.count(), scalar.steps.count());
        assert_eq!(ensemble.counts(range, &()).unwrap(), scalar.counts);
    }
}

/// The slow twin draws and carries all `p + k` numbers: another road to the same probability, and to the same steps.
#[test]
fn full_runs_succeed_as_often_as_reduced_ones() {
    for (p, k, ratio) in [(5, 25, 4.0), (2, 3, 1.0), (9, 4, 0.5)] {
        let cell = Cell::new(p, k, ratio, 1.0).expect("valid");
        let ensemble = Ensemble::new(cell, 0.1, 17, 0).expect("valid");
        let exact = success_probability(&cell, Some(0.1), &Quadrature::default(), &()).expect("converges");
        let observe = Observe { steps: true, ..Observe::default() };
        let full = ensemble.clone().with_engine(Engine::Full).summary(0..20_000, &observe, &()).unwrap();
        let z = full.counts.z_score(exact.probability).expect("neither 0 nor 1");
        assert!(z.abs() < 4.0, "{cell:?}: {:?}, z = {z}", full.counts);
        let reduced = ensemble.summary(0..20_000, &observe, &()).unwrap();
        let [full, reduced] = [full, reduced].map(|s| (s.steps.mean(), s.steps.standard_deviation()));
        let (full, reduced, spread) =
            (full.0.expect("runs"), reduced.0.expect("runs"), reduced.1.expect("runs"));
        assert!((full - reduced).abs() < 4.0 * spread * (2.0f64 / 20_000.0).sqrt(), "{full} {reduced}");
    }
}

/// Beyond the verdict: the trap closes like 1/t, so that its loss, which rises as the cube of the angle, takes ten times the
/// steps for a thousandth of the tolerance; the teacher's is approached linearly, a thousandth being one more constant.
#[test]
fn convergence_takes_the_steps_that_the_rates_predict() {
    let cell = Cell::new(5, 25, 1.0, 1.0).expect("valid");
    let ensemble = Ensemble::new(cell, 0.2, 4, 0).expect("valid");
    let at = |tolerance| {
        let observe = Observe { steps: true, convergence: Some(tolerance), ..Observe::default() };
        let trials = ensemble.trials(0..60, &observe, &()).unwrap();
        let mean = |which| {
            let steps: Vec<f64> = trials
                .iter()
                .filter(|trial| trial.outcome.verdict == which)
                .map(|trial| trial.outcome.convergence.expect("asked for").steps.expect("converged") as f64)
                .collect();
            steps.iter().sum::<f64>() / steps.len() as f64
        };
        for trial in &trials {
            let convergence = trial.outcome.convergence.expect("asked for");
            assert!(convergence.steps >= Some(trial.outcome.steps));
            assert_eq!(convergence.phase_one_steps.is_some(), trial.outcome.verdict == Verdict::Global);
        }
        let summary = ensemble.summary(0..60, &observe, &()).unwrap();
        assert_eq!(summary.final_loss.count(), 60);
        assert_eq!(summary.convergence_steps.count(), 60);
        assert_eq!(summary.phase_one_steps.count(), summary.counts.global);
        (mean(Verdict::Global), mean(Verdict::Spurious))
    };
    let [(a, trapped_a), (b, trapped_b), (c, _)] = [at(1e-6), at(1e-9), at(1e-12)];
    assert!((trapped_b / trapped_a - 10.0).abs() < 0.5, "{trapped_a} {trapped_b}");
    assert!(((c - b) / (b - a) - 1.0).abs() < 0.05, "{a} {b} {c}");
}

/// Classes and moments against the numbers themselves, merged in any order, taken apart and put together.
#[test]
fn distributions_are_sums_of_their_parts() {
    let values: Vec<u64> = (0..20_000).map(|i: u64| (i * i * 2_654_435_761) % 1_000_003).collect();
    let mut parts = vec![Distribution::default(); 7];
    values.iter().enumerate().for_each(|(i, &value)| parts[i % 7].record(value, 1));
    let sum = |order: &mut dyn Iterator<Item = usize>| {
        order.fold(Distribution::default(), |mut sum, i| {
            sum.add(&parts[i]);
            sum
        })
    };
    let whole = sum(&mut (0..7));
    assert_eq!(whole, sum(&mut (0..7).rev()));
    let mut sorted = values.clone();
    sorted.sort_unstable();
    for share in [0.0, 0.01, 0.5, 0.9, 0.999, 1.0] {
        let index = ((share * 20_000.0_f64).ceil() as usize).clamp(1, 20_000) - 1;
        let (found, exact) = (whole.quantile(share).expect("not empty") as f64, sorted[index] as f64);
        assert!(found >= exact && found <= 1.01 * exact + 1.0, "{share}: {found} {exact}");
    }
    let mean = values.iter().sum::<u64>() as f64 / 20_000.0;
    let variance = values.iter().map(|&v| (v as f64 - mean).powi(2)).sum::<f64>() / 20_000.0;
    assert!((whole.mean().expect("not empty") - mean).abs() < 1e-9);
    assert!((whole.standard_deviation().expect("not empty") - variance.sqrt()).abs() < 1e-6);
    let (classes, total, squares) = whole.parts();
    assert_eq!(Distribution::from_parts(&classes, total, squares), Some(whole));
    assert_eq!(Distribution::from_parts(&[(3, 2), (50, 1)], 57, 2518), None, "at most 56");
    assert_eq!(Distribution::from_parts(&[(3, 2), (50, 1)], 56, 2519), None, "at most 2518");
    assert_eq!(Distribution::default().quantile(0.5), None);
}
