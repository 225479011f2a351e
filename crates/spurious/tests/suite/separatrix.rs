//! Theory §8: for every start of the output weights there is one critical angle between the basins.

use std::f64::consts::PI;

use crate::common::{
    PlainFlow, cell_at, criticality, log_log_slope, log_uniform, number, order, plain_kernel, reference,
    uniform,
};
use rand_chacha::ChaCha8Rng;
use spurious::Criticality;
use spurious::basin::{Basins, Verdict};
use spurious::dynamics::flow::FlowSystem;
use spurious::dynamics::reduced::ReducedDescent;
use spurious::landscape::landscape;
use spurious::model::Cell;
use spurious::numerics::random::stream;
use spurious::probability::limit_angle;
use spurious::separatrix::{CriticalAngle, Separatrix};

/// A start of the output weights inside the ball of the paper's initialisation, as `(s₀, q₀)`.
fn random_weights(random: &mut ChaCha8Rng, cell: &Cell) -> (f64, f64) {
    let teacher = cell.teacher();
    let (radius, angle) = (uniform(random, 0.0, 0.95), uniform(random, 0.0, 2.0 * PI));
    let (c1, c2) = (radius * angle.cos(), radius * angle.sin());
    // In units of R_a = |S|/√k along 1/√k and along b's part orthogonal to it.
    let k = teacher.patches() as f64;
    let (ball, share) = (teacher.sum() / k.sqrt(), teacher.norm_squared() - teacher.sum().powi(2) / k);
    (k.sqrt() * ball * c1, teacher.sum() / k.sqrt() * ball * c1 + share.max(0.0).sqrt() * ball * c2)
}

fn critical_angle(separatrix: &mut Separatrix, cell: &Cell, sum: f64, signal: f64) -> CriticalAngle {
    let state =
        FlowSystem::new(&cell.teacher(), 1.0).state(&cell.teacher(), &order(1.0, 1.0, false, sum, signal));
    separatrix.critical_angle(state.slow, state.fast, 0.0, &()).expect("a critical angle")
}

fn random_cell(random: &mut ChaCha8Rng, most_patches: f64) -> Cell {
    loop {
        let k = log_uniform(random, 2.0, most_patches) as usize;
        if let Some(cell) = cell_at(5, k, uniform(random, 0.02, 0.98), log_uniform(random, 0.1, 3.0)) {
            return cell;
        }
    }
}

/// The end of a run of the plain Runge–Kutta twin, by the exact test applied to its points.
fn verdict_of_plain_flow(cell: &Cell, angle: f64, sum: f64, signal: f64) -> Verdict {
    let (flow, basins) = (PlainFlow::of_cell(cell), Basins::new(&cell.teacher()));
    // Steps of 0.05 of the fastest time scale: an error of (0.05)⁵/120 of it each, 1e-9 in total.
    let h = 0.05 / (cell.teacher().sum_rate() + PI * cell.teacher().norm_squared());
    let mut at = [angle, sum, signal];
    for step in 0..20_000_000 {
        if step % 16 == 0
            && let Some(verdict) = basins.verdict(&order(1.0, at[0], false, at[1], at[2]))
        {
            return verdict;
        }
        at = flow.step(at, h);
    }
    panic!("undecided: {cell:?} {angle} {sum} {signal}")
}

fn verdict_of_descent(cell: &Cell, step_size: f64, angle: f64, sum: f64, signal: f64) -> Verdict {
    let (descent, basins) = (ReducedDescent::new(&cell.teacher(), step_size), Basins::new(&cell.teacher()));
    let mut at = order(1.0, angle, false, sum, signal);
    for _ in 0..50_000_000_u64 {
        if let Some(verdict) = basins.verdict(&at) {
            return verdict;
        }
        at = descent.step(&at);
    }
    panic!("undecided: {cell:?} {angle} {sum} {signal}")
}

#[test]
fn starts_on_the_two_sides_of_the_critical_angle_end_in_different_minima() {
    for trial in 0..40 {
        let random = &mut stream(61, 0, trial);
        let cell = random_cell(random, 300.0);
        let (sum, signal) = random_weights(random, &cell);
        let angle =
            critical_angle(&mut Separatrix::new(&cell, None, 1e-9).unwrap(), &cell, sum, signal).angle();
        let verdict = |side: f64| verdict_of_plain_flow(&cell, angle * (1.0 + side), sum, signal);
        assert_eq!(verdict(-1e-7), Verdict::Global, "trial {trial}: {cell:?}");
        assert_eq!(verdict(1e-7), Verdict::Spurious, "trial {trial}: {cell:?}");
    }
}

#[test]
fn with_a_step_size_the_critical_angle_is_that_of_the_iteration() {
    for trial in 0..24 {
        let random = &mut stream(62, 0, trial);
        let cell = random_cell(random, 300.0);
        let step_size = uniform(random, 0.05, 1.0) * 2.0 * PI / cell.teacher().sum_rate();
        let (sum, signal) = random_weights(random, &cell);
        let mut separatrix = Separatrix::new(&cell, Some(step_size), 1e-9).unwrap();
        let angle = critical_angle(&mut separatrix, &cell, sum, signal).angle();
        let verdict = |side: f64| verdict_of_descent(&cell, step_size, angle * (1.0 + side), sum, signal);
        // Newton's last correction is exact to some 1e-13.
        assert_eq!(verdict(-1e-11), Verdict::Global, "trial {trial}: {cell:?} {step_size}");
        assert_eq!(verdict(1e-11), Verdict::Spurious, "trial {trial}: {cell:?} {step_size}");
    }
}

/// Euler's method is of first order: the critical angle of the iteration goes to that of the flow linearly in the step.
#[test]
fn critical_angle_of_the_iteration_approaches_that_of_the_flow_linearly() {
    for trial in 0..6 {
        let random = &mut stream(63, 0, trial);
        let cell = random_cell(random, 100.0);
        let (sum, signal) = random_weights(random, &cell);
        let flow =
            critical_angle(&mut Separatrix::new(&cell, None, 1e-9).unwrap(), &cell, sum, signal).angle();
        let points: Vec<(f64, f64)> = [0.04, 0.02, 0.01, 0.005]
            .map(|fraction| {
                let step_size = fraction * 2.0 * PI / cell.teacher().sum_rate();
                let mut separatrix = Separatrix::new(&cell, Some(step_size), 1e-9).unwrap();
                (fraction, (critical_angle(&mut separatrix, &cell, sum, signal).angle() - flow).abs())
            })
            .to_vec();
        let slope = log_log_slope(&points);
        assert!((slope - 1.0).abs() < 0.03, "trial {trial}: order {slope}, {points:?} {cell:?}");
    }
}

/// Within its error the critical angle does not depend on the tolerance or the guess, and takes few runs to find.
#[test]
fn error_of_the_critical_angle_holds_and_few_runs_are_needed() {
    let mut most = 0;
    for trial in 0..200 {
        let random = &mut stream(64, 0, trial);
        let cell = random_cell(random, 1e6);
        let (sum, signal) = random_weights(random, &cell);
        let mut separatrix = Separatrix::new(&cell, None, 1e-7).unwrap();
        let coarse = critical_angle(&mut separatrix, &cell, sum, signal);
        most = most.max(separatrix.shots());
        let fine = critical_angle(&mut Separatrix::new(&cell, None, 1e-9).unwrap(), &cell, sum, signal);
        // The tolerance 1e-7 of a step is 1e-14 at its end, times some ten steps and the growth from them on.
        let difference = (coarse.log_tan - fine.log_tan).abs();
        assert!(difference <= coarse.error + fine.error + 1e-11, "trial {trial}: {difference:e} {cell:?}");
        assert!(coarse.error < 1e-12, "{coarse:?}");
    }
    assert!((5..=40).contains(&most), "{most} runs for one critical angle");
}

/// What the integrator leaves in a critical angle is below four times the square of its tolerance, on which the error bounds of
/// probabilities rest: the end of a step is of order 11, the mode that the tolerance is for of order 6.
#[test]
fn integration_error_is_the_square_of_the_tolerance() {
    for tolerance in [1e-3, 1e-4, 1e-5, 1e-6] {
        for trial in 0..1000 {
            let random = &mut stream(65, 0, trial);
            let cell = random_cell(random, 1e6);
            let (sum, signal) = random_weights(random, &cell);
            let at = |tolerance| {
                let mut separatrix = Separatrix::new(&cell, None, tolerance).unwrap();
                critical_angle(&mut separatrix, &cell, sum, signal)
            };
            let (coarse, fine) = (at(tolerance), at(1e-3 * tolerance));
            let difference = (coarse.log_tan - fine.log_tan).abs();
            let allowed = 4.0 * tolerance * tolerance + coarse.error + fine.error;
            assert!(difference <= allowed, "trial {trial}, {tolerance:e}: {difference:e} {cell:?}");
        }
    }
}

/// A start on the saddle itself is on the separatrix.
#[test]
fn separatrix_goes_through_the_saddle() {
    for (k, x_c, beta) in
        [(2, 0.4, 1.0), (25, 0.5, 0.3), (100, 0.99, 1.0), (1000, 0.05, 3.0), (25, 1.0 - 1e-8, 1.0)]
    {
        let cell = cell_at(5, k, x_c, beta).unwrap();
        let saddle = landscape(5, &cell.shape()).unwrap().points[1];
        let mut separatrix = Separatrix::new(&cell, None, 1e-9).unwrap();
        let found = critical_angle(&mut separatrix, &cell, saddle.sum * cell.teacher().sum(), 0.0);
        let expected = (0.5 * (PI - saddle.angle)).tan().ln();
        // The saddle is a zero of g − g_x, g ~ ψ³/3: one ε of 1 − x_c is ε/(1 − x_c) in 3 ln ψ.
        let tolerance = 1e-13 + 2e-16 / (1.0 - x_c);
        assert!((found.log_tan - expected).abs() < tolerance, "{k} {x_c}: {} {expected}", found.log_tan);
    }
}

/// Bisection of planar Runge–Kutta runs, for the limit of many patches.
fn bisected_limit_angle(x_c: f64, beta: f64) -> f64 {
    let field = |[phi, q]: [f64; 2]| {
        let g = plain_kernel(phi);
        [-beta * beta * (PI - phi) * q * phi.sin(), -(PI - 1.0) * q + (g - 1.0) + x_c / PI * (PI - g)]
    };
    let trapped = |phi: f64| {
        let (mut at, h) = ([phi, x_c / PI], 0.01 / (1.0 + beta));
        for _ in 0..1_000_000 {
            let [_, forcing] = field([at[0], 0.0]);
            if at[1] > 0.0 && forcing > 0.0 {
                return false;
            }
            if at[1] < 0.0 && forcing < 0.0 {
                return true;
            }
            let shifted = |k: [f64; 2], c: f64| [at[0] + c * k[0], at[1] + c * k[1]];
            let k1 = field(at);
            let k2 = field(shifted(k1, 0.5 * h));
            let k3 = field(shifted(k2, 0.5 * h));
            let k4 = field(shifted(k3, h));
            at = [0, 1].map(|i| at[i] + h / 6.0 * (k1[i] + 2.0 * (k2[i] + k3[i]) + k4[i]));
        }
        panic!("undecided")
    };
    let (mut low, mut high) = (0.0, PI);
    while high - low > 1e-12 {
        let middle = 0.5 * (low + high);
        if trapped(middle) { high = middle } else { low = middle }
    }
    0.5 * (low + high)
}

#[test]
fn limit_angle_is_that_of_taylor_series_and_of_bisection() {
    for row in reference("limit.toml", "limit") {
        let (x_c, beta) = (number(&row, "criticality"), number(&row, "scale_ratio"));
        let found = limit_angle(criticality(x_c), beta).unwrap().unwrap();
        let expected = number(&row, "angle");
        // z_c has an error of some 1e-13, and dφ = sin φ dz.
        assert!((found.angle() - expected).abs() < 5e-13, "x_c {x_c} β {beta}: {} {expected}", found.angle());
        // Runge–Kutta: (0.01)⁴ times the rates to the fourth, over 100.
        let bisected = bisected_limit_angle(x_c, beta);
        assert!(
            (bisected - expected).abs() < 1e-9 * (1.0 + beta.powi(2)),
            "x_c {x_c} β {beta}: {bisected} {expected}"
        );
    }
    assert!(limit_angle(Criticality::from_complement(0.0).unwrap(), 1.0).unwrap().is_none());
    assert!(limit_angle(Criticality::from_complement(-0.1).unwrap(), 1.0).unwrap().is_none());
}

/// Theory §12: `φ_∞ = π/2 + κ(β) x_c + O(x_c²)` in closed form.
#[test]
fn limit_angle_leaves_the_right_angle_with_the_predicted_slope() {
    for beta in [0.1, 0.5, 1.0, 2.0, 10.0] {
        let rate = PI - 1.0;
        let lambda = 0.5 * (rate + (rate * rate + PI * PI * beta * beta).sqrt());
        let kappa = 2.0 * rate / (PI * PI) + beta * beta / (2.0 * lambda);
        let slope =
            |x_c: f64| (limit_angle(criticality(x_c), beta).unwrap().unwrap().angle() - PI / 2.0) / x_c;
        // O(x_c) is eliminated by one extrapolation; what is left is some x_c² = 1e-6 times powers of β.
        let extrapolated = 2.0 * slope(0.5e-3) - slope(1e-3);
        assert!(
            (extrapolated / kappa - 1.0).abs() < 1e-5 * (1.0 + beta * beta),
            "β {beta}: {extrapolated} {kappa}"
        );
    }
    let slope = (limit_angle(Criticality::from_complement(0.99).unwrap(), 1.0).unwrap().unwrap().angle()
        - PI / 2.0)
        / 0.01;
    assert!((slope - 0.6040).abs() < 5e-5, "{slope}");
}

#[test]
fn there_is_a_separatrix_exactly_below_criticality() {
    for k in [2, 25, 1_000_000] {
        assert!(Separatrix::new(&cell_at(5, k, 1.0 - 1e-12, 1.0).unwrap(), None, 1e-7).is_some());
    }
    for x_c in [1.0 + 1e-12, 1.2] {
        assert!(Separatrix::new(&cell_at(5, 25, x_c, 1.0).unwrap(), None, 1e-7).is_none());
    }
    assert!(Separatrix::new(&Cell::new(5, 1, 1.0, 1.0).unwrap(), None, 1e-7).is_none(), "one patch: x_c = 1");
}

/// A step so small that no run could be finished is an error at once, not a wait.
#[test]
fn steps_too_small_to_run_are_an_error() {
    let cell = Cell::new(5, 25, 4.0, 1.0).unwrap();
    for step_size in [1e-300, 1e-12] {
        assert!(spurious::separatrix::critical_angle(&cell, Some(step_size), 0.0, 0.0, &()).is_err());
    }
}
