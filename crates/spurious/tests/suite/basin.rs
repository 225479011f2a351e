//! Theory §7: the exact test. Its two sets are invariant under the discrete iteration, and its verdict is the end of the
//! run.

use std::f64::consts::PI;

use crate::common::{EPS, SLOPES, cell_at, leaky, log_uniform, order, property, uniform};
use proptest::prelude::*;
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use spurious::basin::{Basins, Guarantee, Verdict, flow_verdict, saddle_kernel};
use spurious::dynamics::flow::{FlowState, FlowSystem};
use spurious::dynamics::reduced::ReducedDescent;
use spurious::landscape::landscape;
use spurious::model::{Cell, OrderParameters, ReducedTeacher, WeightShape};
use spurious::numerics::random::stream;

/// A teacher of any criticality up to 1.5, boundaries included.
fn random_cell(random: &mut ChaCha8Rng) -> Cell {
    loop {
        let k = log_uniform(random, 1.0, 300.0) as usize;
        let x_c = match random.random_range(0..10) {
            0 => 0.0,
            1 => 1.0 + 1e-9 * uniform(random, -1.0, 1.0),
            2 => PI * k as f64 / ((k - 1) as f64 + PI), // ρ = k
            _ => uniform(random, 0.0, 1.5),
        };
        let x_c = if k == 1 { 1.0 } else { x_c };
        let scale_ratio = log_uniform(random, 0.1, 3.0);
        // Every other cell has a leak, and then its sum ratio is that of its criticality with the rectifier.
        let slope =
            if random.random::<bool>() { 0.0 } else { SLOPES[random.random_range(0..SLOPES.len() - 1)] };
        if let Some(cell) = cell_at(5, k, x_c, scale_ratio) {
            return cell.with_activation(leaky(slope));
        }
    }
}

/// A state with angles down to `smallest` from both ends, and sums and signals of all sizes up to a few times the targets.
fn random_state(random: &mut ChaCha8Rng, teacher: &ReducedTeacher, smallest: f64) -> OrderParameters {
    let distance = if random.random::<bool>() {
        uniform(random, smallest, PI / 2.0)
    } else {
        log_uniform(random, smallest, 1.0)
    };
    let mut signed = |scale: f64| {
        let size = if random.random::<bool>() {
            2.0 * random.random::<f64>()
        } else {
            log_uniform(random, 1e-8, 1.0)
        };
        if random.random::<bool>() { scale * size } else { -scale * size }
    };
    let (sum, signal) = (signed(teacher.sum()), signed(teacher.norm_squared()));
    let antipodal = random.random::<bool>();
    let length = log_uniform(random, 0.5, 2.0);
    order(length, distance, antipodal, sum, signal)
}

/// A step size within the guarantee, `hK` up to 1.
fn covered_step_size(random: &mut ChaCha8Rng, teacher: &ReducedTeacher, start: &OrderParameters) -> f64 {
    let guarantee = Guarantee::for_start(teacher, start);
    let largest = guarantee.limit();
    let step_size = if random.random::<bool>() { largest } else { log_uniform(random, 0.01, 1.0) * largest };
    assert!(guarantee.covers(step_size));
    step_size
}

/// The verdict stays what it is, up to rounding of the three numbers that decide it.
fn check_invariance(seed: u64, trial: u64) -> Option<Verdict> {
    let random = &mut stream(seed, 51, trial);
    let cell = random_cell(random);
    let teacher = cell.teacher();
    let basins = Basins::new(&teacher);
    let mut at = random_state(random, &teacher, 1e-8);
    let descent = ReducedDescent::new(&teacher, covered_step_size(random, &teacher, &at));
    let verdict = basins.verdict(&at)?;
    for step in 0..20 {
        at = descent.step(&at);
        let now = basins.verdict(&at);
        if now != Some(verdict) {
            let sign = if verdict == Verdict::Global { 1.0 } else { -1.0 };
            // The sums behind c are of size B² + S² + |Ss|, those behind q likewise, and g is of order one.
            let scale = 2.0 * teacher.norm_squared() + teacher.sum().powi(2) + (teacher.sum() * at.sum).abs();
            let tolerance = 8.0 * EPS;
            let kernel =
                sign * (teacher.activation().kernel(at.supplement()) - saddle_kernel(&teacher.shape()));
            let held = sign * at.signal >= -tolerance * scale
                && sign * basins.drive(&at) >= -tolerance * scale
                && kernel >= -tolerance;
            assert!(held, "trial {trial}, step {step}: {verdict:?} became {now:?} at {at:?}, {cell:?}");
        }
    }
    Some(verdict)
}

#[test]
fn both_sets_are_invariant_under_gradient_descent() {
    let (mut global, mut spurious) = (0, 0);
    for trial in 0..150_000 {
        match check_invariance(5, trial) {
            Some(Verdict::Global) => global += 1,
            Some(Verdict::Spurious) => spurious += 1,
            _ => {}
        }
    }
    assert!(global > 40_000 && spurious > 6000, "{global} and {spurious} starts inside");
}

proptest! {
    #![proptest_config(property(2000, "proptest-regressions/basin.txt"))]

    #[test]
    fn no_seed_leaves_an_invariant_set(seed in any::<u64>()) {
        check_invariance(seed, 0);
    }

    /// The two sets do not meet, but on the separatrix itself.
    #[test]
    fn sets_are_disjoint_and_their_test_agrees_with_that_of_the_flow(seed in any::<u64>()) {
        let random = &mut stream(seed, 52, 0);
        let cell = random_cell(random);
        let teacher = cell.teacher();
        let at = random_state(random, &teacher, 1e-8);
        let system = FlowSystem::new(&teacher, at.filter_norm_squared());
        let state: FlowState = system.state(&teacher, &at);
        let (of_order, of_flow) = (Basins::new(&teacher).verdict(&at), flow_verdict(&system, &state));
        if of_order != of_flow {
            // Only rounding can make them differ: then one of the three numbers is almost zero.
            let drive = Basins::new(&teacher).drive(&at);
            let scale = 2.0 * teacher.norm_squared() + teacher.sum().powi(2) + (teacher.sum() * at.sum).abs();
            let kernel = teacher.activation().kernel(at.supplement()) - saddle_kernel(&teacher.shape());
            let smallest = (at.signal.abs() / scale).min(drive.abs() / scale).min(kernel.abs());
            prop_assert!(smallest < 32.0 * EPS, "{of_order:?} {of_flow:?} {at:?} {cell:?}");
        }
    }
}

/// Theory §7: twenty thousand runs, all decided, none wrong. Where the run went is read off its angle alone, long after
/// the verdict: at the teacher the angle vanishes exponentially; at the antipode `1/ψ` has grown by a constant factor.
#[test]
fn the_verdict_is_the_end_of_the_run() {
    let mut verdict_steps = Vec::new();
    let (mut global, mut spurious) = (0, 0);
    for trial in 0..20_000 {
        let random = &mut stream(53, 0, trial);
        let cell = loop {
            // Where runs take forever to show where they go, there is nothing to compare with: 1/ψ changes by
            // hβ²|1 − x_c|/(π−1) a step.
            let cell = random_cell(random);
            let patches = cell.shape().patches();
            if cell.shape().criticality().complement().abs() > 0.1
                && cell.scale_ratio() > 0.5
                && patches <= 30
            {
                break cell;
            }
        };
        let teacher = cell.teacher();
        let basins = Basins::new(&teacher);
        let mut at = random_state(random, &teacher, 3e-2);
        let guarantee = Guarantee::for_start(&teacher, &at);
        let step_size = uniform(random, 0.2, 1.0) * guarantee.limit();
        let descent = ReducedDescent::new(&teacher, step_size);
        let mut steps = 0;
        let verdict = loop {
            if let Some(verdict) = basins.verdict(&at) {
                break verdict;
            }
            at = descent.step(&at);
            steps += 1;
            assert!(steps < 1_000_000, "trial {trial} is undecided: {at:?} {cell:?}");
        };
        verdict_steps.push(steps);
        let supplement = at.supplement();
        let mut more = 0;
        let end = loop {
            at = descent.step(&at);
            more += 1;
            if at.angle() < 0.02 {
                break Verdict::Global;
            }
            if at.supplement() < 0.7 * supplement && at.supplement() < 0.3 && at.signal < 0.0 {
                break Verdict::Spurious;
            }
            assert!(more < 10_000_000, "trial {trial} ends nowhere: {at:?} {cell:?}");
        };
        assert_eq!(verdict, end, "trial {trial}: {cell:?}");
        if verdict == Verdict::Global { global += 1 } else { spurious += 1 }
    }
    assert!(global > 5000 && spurious > 2000, "{global} {spurious}");
    verdict_steps.sort_unstable();
    let median = verdict_steps[verdict_steps.len() / 2];
    assert!(median <= 20, "median of {median} steps to a verdict");
}

/// Random starts in the hypothesis of the paper's convergence theorem lie inside GLOBAL.
#[test]
fn hypothesis_of_the_convergence_theorem_lies_inside_global() {
    for trial in 0..20_000 {
        let random = &mut stream(54, 0, trial);
        let teacher = random_cell(random).teacher();
        let sum = uniform(random, -1.0, 1.0) * teacher.sum();
        let signal = log_uniform(random, 1e-12, 1.0) * teacher.norm_squared();
        let start = order(1.0, uniform(random, 0.0, PI / 2.0 - 1e-12), false, sum, signal);
        assert_eq!(Basins::new(&teacher).verdict(&start), Some(Verdict::Global), "{start:?} {teacher:?}");
    }
}

/// Just inside and just outside, for `ρ = 0`, where the three conditions are `q`, `g − 1` and `g − 1` again.
#[test]
fn without_a_sum_the_sets_meet_at_the_right_angle() {
    let teacher = Cell::new(3, 9, 0.0, 1.0).unwrap().teacher();
    let basins = Basins::new(&teacher);
    let verdict = |tilt: f64, signal: f64| basins.verdict(&order(1.0, PI / 2.0 + tilt, false, 0.7, signal));
    for tiny in [1e-3, 1e-9, 1e-14] {
        assert_eq!(verdict(-tiny, tiny), Some(Verdict::Global));
        assert_eq!(verdict(-tiny, -tiny), None);
        assert_eq!(verdict(tiny, tiny), None);
        assert_eq!(verdict(tiny, -tiny), Some(Verdict::Spurious));
    }
}

/// The same for a generic teacher, at the saddle: its neighbours along the signal and along the angle.
#[test]
fn neighbours_of_the_saddle_are_decided_by_signal_and_angle() {
    for (k, x_c) in [(2, 0.3), (25, 0.7), (1000, 0.99), (25, 1.0 - 1e-6)] {
        let cell = cell_at(4, k, x_c, 1.0).unwrap();
        let teacher = cell.teacher();
        let saddle = landscape(4, &cell.shape()).unwrap().points[1];
        let basins = Basins::new(&teacher);
        let psi = PI - saddle.angle;
        // Towards the teacher by a little, with the sum of the saddle: the drive rises with g.
        for factor in [1e-2, 1e-5] {
            let verdict = |turn: f64, signal: f64| {
                basins.verdict(&order(1.0, psi * (1.0 + turn), true, saddle.sum * teacher.sum(), signal))
            };
            assert_eq!(verdict(factor, factor), Some(Verdict::Global), "{k} {x_c}");
            assert_eq!(verdict(-factor, -factor), Some(Verdict::Spurious), "{k} {x_c}");
            assert_eq!(verdict(factor, -factor), None);
            assert_eq!(verdict(-factor, factor), None);
        }
    }
}

/// No spurious minimum beyond criticality: SPURIOUS holds no state.
#[test]
fn spurious_set_is_empty_beyond_criticality() {
    for trial in 0..20_000 {
        let random = &mut stream(55, 0, trial);
        let k = random.random_range(2..100);
        let Some(cell) = cell_at(3, k, uniform(random, 1.0 + 1e-9, 1.5), 1.0) else { continue };
        let at = random_state(random, &cell.teacher(), 1e-8);
        assert_ne!(Basins::new(&cell.teacher()).verdict(&at), Some(Verdict::Spurious), "{at:?} {cell:?}");
    }
    assert!(saddle_kernel(&WeightShape::new(25, 9.0).unwrap()) < 0.0);
}

/// The exact antipode is invariant (the angle cannot move where `sin φ = 0`), so that no start there recovers the teacher,
/// whatever its output weights: the only filters there are for `p = 1`.
#[test]
fn no_verdict_promises_the_teacher_to_a_start_at_the_exact_antipode() {
    for (k, ratio) in [(25, 4.0), (25, 9.0), (25, 25.0), (2, 2.0), (1, 1.0)] {
        let teacher = Cell::new(1, k, ratio, 1.0).unwrap().teacher();
        let basins = Basins::new(&teacher);
        let descent = ReducedDescent::new(&teacher, 0.5 * 2.0 * PI / teacher.sum_rate());
        let signal = if k == 1 { 0.3 } else { 0.1 };
        let mut at = OrderParameters { parallel: -1.0, perpendicular: 0.0, sum: 0.3, signal, residual: 0.0 };
        for step in 0..1000 {
            assert_eq!(at.angle(), PI, "the antipode is invariant");
            assert_ne!(
                basins.verdict(&at),
                Some(Verdict::Global),
                "k = {k}, ρ = {ratio}, step {step}: {at:?}"
            );
            at = descent.step(&at);
        }
    }
}

/// The limits of the step size: at twice the largest that is covered the sum starts to diverge.
#[test]
fn sum_of_the_output_weights_diverges_at_the_divergent_step_size() {
    let cell = Cell::new(5, 25, 4.0, 1.0).unwrap();
    let teacher = cell.teacher();
    let guarantee = Guarantee::for_cell(&cell);
    for (factor, stays) in [(0.999, true), (1.001, false)] {
        let descent = ReducedDescent::new(&teacher, factor * guarantee.divergent_step_size);
        let mut at = order(1.0, 0.0, false, 0.0, 0.5);
        for _ in 0..20_000 {
            at = descent.step(&at);
        }
        assert_eq!((at.sum - teacher.sum()).abs() < 1e-3, stays, "{factor}: {}", at.sum);
    }
}

/// The overshoot bound holds along the run: `hπ(1 + c²)|q| ≤ R²` at every step of every covered run.
#[test]
fn signal_never_exceeds_the_bound_behind_the_overshoot_limit() {
    for trial in 0..2000 {
        let random = &mut stream(56, 0, trial);
        let cell = random_cell(random);
        let teacher = cell.teacher();
        let mut at = random_state(random, &teacher, 1e-8);
        let guarantee = Guarantee::for_start(&teacher, &at);
        let squares = 1.0 + teacher.activation().negative_slope().powi(2);
        let bound = 2.0 * at.filter_norm_squared() / (squares * guarantee.overshoot_step_size);
        let descent = ReducedDescent::new(&teacher, guarantee.limit());
        for step in 0..300 {
            // Rounding of the bound's and the signal's terms.
            let slack = 64.0 * EPS * (bound + teacher.norm_squared() + (teacher.sum() * at.sum).abs());
            assert!(at.signal.abs() <= bound + slack, "trial {trial} step {step}: {} {bound}", at.signal);
            at = descent.step(&at);
        }
    }
}

/// The cell's guarantee is the worst of its starts'.
#[test]
fn guarantee_of_a_cell_covers_all_its_starts() {
    for trial in 0..2000 {
        let random = &mut stream(57, 0, trial);
        let cell = random_cell(random);
        let of_cell = Guarantee::for_cell(&cell);
        let start = spurious::initialization::sample_order_parameters(&cell, random);
        let of_start = Guarantee::for_start(&cell.teacher(), &start);
        assert!(
            of_cell.overshoot_step_size <= of_start.overshoot_step_size * (1.0 + 16.0 * EPS),
            "{cell:?} {start:?}"
        );
    }
}
