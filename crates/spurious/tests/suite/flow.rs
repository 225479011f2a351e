//! Theory §4: gradient flow, integrated however stiff it is, against small steps of two slow twins.

use std::f64::consts::PI;

use crate::common::{PlainFlow, cell_at, log_log_slope, log_uniform, order, uniform};
use rand::RngExt;
use spurious::Criticality;
use spurious::dynamics::flow::{FlowIntegrator, FlowState, FlowSystem};
use spurious::dynamics::reduced::ReducedDescent;
use spurious::model::{Cell, OrderParameters};
use spurious::numerics::random::stream;

const STILL: FlowState = FlowState { log_tan: 0.0, slow: 0.0, fast: 0.0 };

struct Arrival {
    end: FlowState,
    slope: FlowState,
    steps: usize,
}

/// Follows the flow for the time `time` (in units of `t/2π`), a sum of few powers of two so that it is hit exactly.
fn follow(flow: &mut FlowIntegrator, begin: &FlowState, slope: &FlowState, time: f64) -> Arrival {
    let (mut at, mut slope, mut left, mut level, mut steps) = (*begin, *slope, time, -30, 0);
    while left > 0.0 {
        let longest = left.log2().floor() as i32;
        let step = flow.advance(&at, &slope, level.min(longest));
        (at, slope, left) = (step.end, step.slope, left - step.length);
        level = step.next_level;
        steps += 1;
        assert!(steps < 10_000, "the integrator is stuck at {at:?}");
    }
    Arrival { end: at, slope, steps }
}

/// `(φ, s, q)` of a point of the flow of `cell`.
fn plain(cell: &Cell, at: &FlowState) -> [f64; 3] {
    let teacher = cell.teacher();
    let k = teacher.patches() as f64;
    // fast = (S/k)(s − S(k−1)/K) in units of B²
    let sum = at.fast * k * teacher.norm_squared() / teacher.sum()
        + teacher.sum() * (1.0 - PI / teacher.sum_rate());
    [at.angle(), sum, at.signal() * teacher.norm_squared()]
}

fn random_start(random: &mut rand_chacha::ChaCha8Rng, cell: &Cell) -> OrderParameters {
    let teacher = cell.teacher();
    let (s, q) =
        (uniform(random, -1.0, 1.0) * teacher.sum(), uniform(random, -1.0, 1.0) * teacher.norm_squared());
    order(1.0, uniform(random, 0.05, PI - 0.05), false, s, q)
}

fn assert_close(found: [f64; 3], expected: [f64; 3], scales: [f64; 3], tolerance: f64, what: &str) {
    for i in 0..3 {
        let error = (found[i] - expected[i]).abs();
        assert!(
            error <= tolerance * scales[i],
            "{what}, variable {i}: {} {} {error:e}",
            found[i],
            expected[i]
        );
    }
}

fn scales(cell: &Cell) -> [f64; 3] {
    [1.0, cell.teacher().sum().max(1e-3), cell.teacher().norm_squared()]
}

/// The Runge–Kutta twin takes 4000 steps of at most 0.1/K: its error is some (0.1)⁴·4000/K·10⁻² < 1e-9 of the scale for
/// a start off the slow manifold, and far less after that. The flow is asked for 1e-8 in its step, 1e-10 and better at
/// its end.
#[test]
fn integrator_agrees_with_small_runge_kutta_steps_in_plain_variables() {
    let mut most_steps = 0;
    for trial in 0..60 {
        let random = &mut stream(31, 0, trial);
        let k = [1, 2, 3, 10, 25, 100][trial as usize % 6];
        let beta = log_uniform(random, 0.1, 3.0);
        let Some(cell) = cell_at(5, k, uniform(random, 0.05, 1.5), beta) else { continue };
        let start = random_start(random, &cell);
        let system = FlowSystem::new(&cell.teacher(), 1.0);
        let begin = system.state(&cell.teacher(), &start);
        let time = 4.0;
        let arrival = follow(&mut FlowIntegrator::new(system, 1e-8), &begin, &STILL, time);
        most_steps = most_steps.max(arrival.steps);
        let steps = ((time * (k as f64 + PI + 3.0 * beta * beta) / 0.02) as u64).max(4000);
        let expected = PlainFlow::of_cell(&cell).run([start.angle(), start.sum, start.signal], time, steps);
        assert_close(
            plain(&cell, &arrival.end),
            expected,
            scales(&cell),
            1e-9,
            &format!("trial {trial}, k = {k}"),
        );
    }
    // The work is pinned as well as the answer: the hardest of these, with β near 3, takes some hundred steps.
    assert!((50..130).contains(&most_steps), "{most_steps} steps");
}

/// Gradient descent is Euler's method for the flow. Five extrapolations of step sizes η, η/2, …, η/32 leave an error of
/// order η⁶ with η/2π·K ≈ 0.05.
#[test]
fn gradient_descent_extrapolated_to_vanishing_steps_is_the_flow() {
    for trial in 0..12 {
        let random = &mut stream(32, 0, trial);
        let k = [2, 5, 12, 25][trial as usize % 4];
        let cell = cell_at(5, k, uniform(random, 0.1, 0.9), uniform(random, 0.3, 1.5)).unwrap();
        let teacher = cell.teacher();
        let start = random_start(random, &cell);
        let time = 2.0;
        let system = FlowSystem::new(&teacher, 1.0);
        let begin = system.state(&teacher, &start);
        let arrival = follow(&mut FlowIntegrator::new(system, 1e-9), &begin, &STILL, time);

        let coarsest = (time * teacher.sum_rate() / 0.05) as u64;
        let mut table: Vec<[f64; 3]> = (0..6)
            .map(|level| {
                let steps = coarsest << level;
                let descent = ReducedDescent::new(&teacher, 2.0 * PI * time / steps as f64);
                let mut at = start;
                for _ in 0..steps {
                    at = descent.step(&at);
                }
                [at.angle(), at.sum, at.signal]
            })
            .collect();
        for order in 1..6 {
            let factor = f64::from(1 << order);
            for i in (order as usize..6).rev() {
                table[i] = [0, 1, 2].map(|j| (factor * table[i][j] - table[i - 1][j]) / (factor - 1.0));
            }
        }
        assert_close(plain(&cell, &arrival.end), table[5], scales(&cell), 1e-9, &format!("trial {trial}"));
    }
}

/// A million patches: the sum of the output weights relaxes 10⁶ times faster than the angle moves. The twin has to
/// resolve that (3·10⁶ steps, within its bound of stability 2.78/K); the library does not.
#[test]
fn a_million_patches_take_no_more_steps_than_ten() {
    let steps_for = |k: usize| {
        let cell = cell_at(5, k, 0.6, 1.0).unwrap();
        let start = order(1.0, 2.2, false, -0.5 * cell.teacher().sum(), 0.05);
        let system = FlowSystem::new(&cell.teacher(), 1.0);
        let begin = system.state(&cell.teacher(), &start);
        let arrival = follow(&mut FlowIntegrator::new(system, 1e-7), &begin, &STILL, 2.0);
        (cell, start, arrival)
    };
    let (cell, start, arrival) = steps_for(1_000_000);
    let expected = PlainFlow::of_cell(&cell).run([start.angle(), start.sum, start.signal], 2.0, 3_000_000);
    // 3·10⁶ additions to the angle round by at most ε each, and the first transient, of size S·s₀/B² = 3·10⁵/10⁶, is
    // resolved by steps of 0.67/K: (0.67)⁵/120 of it, 3e-4, would be too much, but it is damped at the rate K and leaves
    // in q its integral only, which the four stages get to 1e-3/K.
    assert_close(plain(&cell, &arrival.end), expected, scales(&cell), 2e-9, "k = 10⁶");
    let few = steps_for(10).2.steps;
    // Start-up climbs from the scale 1/K by factors of four: ten levels more.
    assert!(arrival.steps < few + 25, "{} steps against {few}", arrival.steps);
    assert!(arrival.steps < 60, "{} steps", arrival.steps);
}

/// The end of a unit of time, in equal steps of `2^level`.
fn in_equal_steps(system: FlowSystem, begin: FlowState, time: i32, level: i32) -> FlowState {
    let mut flow = FlowIntegrator::new(system, f64::INFINITY);
    let mut at = begin;
    for _ in 0..time << -level.min(0) >> level.max(0) {
        let step = flow.advance(&at, &STILL, level);
        assert_eq!(step.length, f64::from(level).exp2());
        at = step.end;
    }
    at
}

/// At the antipode the flow is linear, and six Radau points make an error of `6!5!/(11!12!)·(rate·h)¹²` in each step:
/// order 11.
#[test]
fn error_of_the_linear_part_falls_with_the_eleventh_power_of_the_step() {
    let system = FlowSystem {
        scale_squared: 0.0,
        ..FlowSystem::limit(Criticality::from_complement(0.0).unwrap(), 1.0)
    };
    let begin = FlowState { log_tan: -60.0, slow: 1.0, fast: 0.0 };
    let (time, rate) = (4, PI - 1.0);
    let points: Vec<(f64, f64)> = (-1..=1)
        .map(|level| {
            let h = f64::from(level).exp2();
            let end = in_equal_steps(system, begin, time, level).slow;
            let error = (end / (-rate * f64::from(time)).exp() - 1.0).abs();
            let constant = 720.0 * 120.0 / (39_916_800.0 * 479_001_600.0);
            let leading = f64::from(time) / h * constant * (rate * h).powi(12);
            // The next term of the error is larger by some rate·h; rounding counts relative to e^{−rate·time}.
            assert!((error / leading).ln().abs() < rate * h + 0.1, "h = {h}: {error:e}, not {leading:e}");
            (h, error)
        })
        .collect();
    let slope = log_log_slope(&points);
    assert!((slope - 11.0).abs() < 1.0, "order {slope}: {points:?}");
}

/// With the angle moving, rounding hides the error before the power of the step is clean; it is some nine between the
/// steps where it can be seen, and rises as they shrink.
#[test]
fn error_of_the_whole_flow_falls_with_the_ninth_power_of_the_step_or_faster() {
    let cell = Cell::new(5, 1, 1.0, 1.0).unwrap();
    let system = FlowSystem::new(&cell.teacher(), 1.0);
    let begin = system.state(&cell.teacher(), &order(1.0, 1.26, false, 0.2, -0.7));
    let exact = in_equal_steps(system, begin, 1, -6);
    let error = |level| (in_equal_steps(system, begin, 1, level).log_tan - exact.log_tan).abs();
    let powers = [(error(-1) / error(-2)).log2(), (error(0) / error(-1)).log2()];
    assert!(powers[0] > 9.0 && powers[0] > powers[1], "{powers:?}");
}

/// At the antipode with the output weights at rest there, `ψ' = −β²|q₋| ψ sin ψ`, so that `1/ψ` grows linearly, to a
/// relative ψ².
#[test]
fn angle_closes_on_the_antipode_like_one_over_time() {
    let cell = cell_at(5, 25, 0.5, 1.3).unwrap();
    let teacher = cell.teacher();
    let system = FlowSystem::new(&teacher, 1.0);
    let signal = -cell.shape().criticality().complement() / (PI - 1.0); // in units of B²
    for psi in [1e-3_f64, 1e-6, 1e-9, 1e-12] {
        let begin = FlowState { log_tan: (0.5 * psi).tan().ln(), slow: signal, fast: 0.0 };
        let time = f64::from((4.0 / psi).log2().floor() as i32).exp2();
        let arrival = follow(&mut FlowIntegrator::new(system, 1e-8), &begin, &STILL, time);
        let beta_squared = teacher.norm_squared();
        let expected = 1.0 / (1.0 / psi + beta_squared * -signal * time);
        let error = (arrival.end.supplement() / expected - 1.0).abs();
        assert!(error < 2.0 * psi * psi + 1e-11, "{psi:e}: {error:e}");
        assert!(arrival.steps < 120, "{} steps for a time of {time:e}", arrival.steps);
    }
}

/// Next to criticality the state barely moves near the antipode; its relative accuracy must survive, on both sides.
#[test]
fn flow_next_to_criticality_agrees_with_runge_kutta() {
    for gap in [1e-9, -1e-9] {
        let cell = cell_at(5, 10, 1.0 - gap, 1.0).unwrap();
        let start = order(1.0, 2.9, false, 0.9 * cell.teacher().sum(), -0.02);
        let system = FlowSystem::new(&cell.teacher(), 1.0);
        let begin = system.state(&cell.teacher(), &start);
        let arrival = follow(&mut FlowIntegrator::new(system, 1e-9), &begin, &STILL, 64.0);
        let expected = PlainFlow::of_cell(&cell).run([start.angle(), start.sum, start.signal], 64.0, 400_000);
        // The twin rounds its angle, of size π, 4·10⁵ times.
        assert_close(plain(&cell, &arrival.end), expected, scales(&cell), 1e-9, &format!("gap {gap:e}"));
        assert!(arrival.steps < 120, "{} steps", arrival.steps);
    }
}

/// The complement of the criticality enters as a number of its own, so that neither side of `x_c = 1` loses digits.
#[test]
fn flow_system_keeps_the_digits_of_the_criticality_gap() {
    for (k, beta) in [(10, 1.0), (25, 0.7), (100, 1.3), (1000, 2.1)] {
        for gap in [1e-6, 1e-9, 1e-12, -1e-12] {
            let cell = cell_at(2, k, 1.0 - gap, beta).unwrap();
            let exact = cell.shape().criticality().complement();
            let found = FlowSystem::new(&cell.teacher(), 1.0).complement;
            let error = (found / exact - 1.0).abs();
            assert!(error < 1e-14, "k = {k}, β = {beta}, 1 − x_c = {exact:e}: the flow has {found:e}");
        }
    }
}

/// The derivative carried along against a central difference of whole runs, along each of the three directions.
#[test]
fn slope_is_the_derivative_with_respect_to_the_start() {
    for trial in 0..10 {
        let random = &mut stream(33, 0, trial);
        let k = [2, 10, 100, 10_000][trial as usize % 4];
        let cell = cell_at(5, k, uniform(random, 0.1, 0.95), 1.0).unwrap();
        let system = FlowSystem::new(&cell.teacher(), 1.0);
        let begin = system.state(&cell.teacher(), &random_start(random, &cell));
        let mut flow = FlowIntegrator::new(system, 1e-9);
        for direction in 0..3 {
            let unit = |size: f64| {
                let part = |i| if i == direction { size } else { 0.0 };
                FlowState { log_tan: part(0), slow: part(1), fast: part(2) }
            };
            let arrival = follow(&mut flow, &begin, &unit(1.0), 2.0);
            let h = 1e-4;
            let mut moved = |size: f64| {
                let unit = unit(size);
                let start = FlowState {
                    log_tan: begin.log_tan + unit.log_tan,
                    slow: begin.slow + unit.slow,
                    fast: begin.fast + unit.fast,
                };
                follow(&mut flow, &start, &STILL, 2.0).end
            };
            let (above, below) = (moved(h), moved(-h));
            for (name, found, above, below) in [
                ("log_tan", arrival.slope.log_tan, above.log_tan, below.log_tan),
                ("slow", arrival.slope.slow, above.slow, below.slow),
                ("fast", arrival.slope.fast, above.fast, below.fast),
            ] {
                let difference = (above - below) / (2.0 * h);
                // Third derivatives grow like the cube of e^{λt}, some 10²; h² of that, and 1e-12/h.
                let tolerance = 1e-6 * (1.0 + difference.abs());
                assert!(
                    (found - difference).abs() < tolerance,
                    "trial {trial} {direction} {name}: {found} {difference}"
                );
            }
        }
    }
}

/// The solution inside a step is that of a shorter step.
#[test]
fn inside_of_a_step_is_as_accurate_as_promised() {
    let cell = Cell::new(5, 25, 4.0, 1.0).unwrap();
    let system = FlowSystem::new(&cell.teacher(), 1.0);
    let begin = system.state(&cell.teacher(), &order(1.0, 1.9, false, 0.4, 0.1));
    let tolerance = 1e-8;
    let mut flow = FlowIntegrator::new(system, tolerance);
    let step = flow.advance(&begin, &STILL, -1);
    for part in [0.25, 0.5, 0.75, 1.0] {
        let inside = flow.inside(&step, part);
        let exact = follow(&mut FlowIntegrator::new(system, 1e-10), &begin, &STILL, part * step.length).end;
        // The tolerance bounds the highest of six modes; the ones that are missing are smaller still.
        assert!((inside.log_tan - exact.log_tan).abs() <= tolerance, "{part}");
    }
}

/// Both ends of the angle, a strong and a weak pull, and no time at all: the result stays finite.
#[test]
fn flow_is_finite_from_extreme_starts() {
    for k in [1, 2, 1_000, 1_000_000_000] {
        for beta in [1e-4, 1.0, 1e2] {
            for (x_c, z) in [(0.3, -50.0), (0.9, 50.0), (0.999, -200.0), (0.5, 200.0), (0.5, 0.0)] {
                let Some(cell) = cell_at(3, k, if k == 1 { 1.0 } else { x_c }, beta) else { continue };
                let system = FlowSystem::new(&cell.teacher(), 1.0);
                let random = &mut stream(34, k as u64, 0);
                let begin = FlowState { log_tan: z, slow: random.random::<f64>() - 0.5, fast: 0.0 };
                let arrival = follow(&mut FlowIntegrator::new(system, 1e-7), &begin, &STILL, 64.0);
                let end = arrival.end;
                assert!(end.signal().is_finite() && !end.log_tan.is_nan(), "{k} {beta} {x_c} {z}: {end:?}");
                assert!((0.0..=PI).contains(&end.supplement()));
            }
        }
    }
}
