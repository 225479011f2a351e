//! A run behaves as predicted: its rates, its phases, its verdict, and the three ways to run it.

use std::f64::consts::PI;

use spurious::basin::Verdict;
use spurious::dynamics::run::{Descent, Flow, Recording, Run, Stop, descend, descend_reduced, follow_flow};
use spurious::initialization::{sample_order_parameters, sample_student};
use spurious::landscape::landscape;
use spurious::model::{Cell, OrderParameters, Student, Teacher, WeightShape};
use spurious::numerics::random::stream;
use spurious::theorems::ConvergenceTheorem;

fn start(angle: f64, sum: f64, signal: f64) -> OrderParameters {
    OrderParameters { parallel: angle.cos(), perpendicular: angle.sin(), sum, signal, residual: 0.3 }
}

/// The error falls by 1 − η·min{‖b‖²/2‖v‖², (π−1)/2π} per step; the fit starts when the loss is 1e-16, where other modes
/// are weaker by some orders of magnitude unless their rates are within a few per cent.
#[test]
fn the_linear_rate_is_the_smallest_eigenvalue_of_the_hessian() {
    // Both sides of ‖b‖²/2‖v‖² = (π−1)/2π ≈ 0.34.
    for (scale, step_size) in [(0.3, 0.2), (0.5, 0.1), (2.0, 0.05), (2.0, 0.2)] {
        let cell = Cell::new(25, 20, 4.0, scale).expect("valid");
        let run = descend_reduced(&cell.teacher(), 25, &start(1.2, 0.0, 0.01), &Descent::new(step_size), &())
            .expect("runs");
        assert_eq!((run.verdict, run.stop), (Verdict::Global, Stop::Converged));
        let (measured, predicted) = (run.measured_rate.expect("fitted"), run.predicted_rate.expect("known"));
        assert!((measured / predicted - 1.0).abs() < 2e-3, "β = {scale}: {measured} {predicted}");
    }
    let cell = Cell::new(25, 20, 4.0, 0.5).expect("valid");
    let flow = follow_flow(&cell.teacher(), 25, &start(1.2, 0.0, 0.01), &Flow::default(), &()).expect("runs");
    let (measured, predicted) = (flow.measured_rate.expect("fitted"), flow.predicted_rate.expect("known"));
    assert!((measured / predicted - 1.0).abs() < 2e-3, "flow: {measured} {predicted}");
}

/// (π − φ)·t → 2π‖v‖²/|q₋|. The correction is of order ln t/t, so that at t = 10⁹ nine tenths of nine digits agree.
#[test]
fn a_trapped_run_closes_like_one_over_time() {
    for (k, ratio) in [(20, 0.0), (20, 4.0), (2, 0.5), (100, 10.0)] {
        let cell = Cell::new(25, k, ratio, 1.0).expect("valid");
        let flow = Flow { max_time: 1e9, ..Flow::default() };
        let run = follow_flow(&cell.teacher(), 25, &start(3.0, 0.0, -0.1), &flow, &()).expect("runs");
        assert_eq!((run.verdict, run.stop), (Verdict::Spurious, Stop::Exhausted));
        let (measured, predicted) =
            (run.measured_closing.expect("closes"), run.predicted_closing.expect("known"));
        assert!((measured / predicted - 1.0).abs() < 1e-5, "k = {k}: {measured} {predicted}");
        // The slope on logarithmic axes over the last three decades.
        let (first, last) = (
            run.trajectory.iter().find(|record| record.time > 1e6).expect("recorded"),
            run.trajectory.last().expect("recorded"),
        );
        let slope = (last.supplement / first.supplement).ln() / (last.time / first.time).ln();
        assert!((slope + 1.0).abs() < 1e-4, "k = {k}: slope {slope}");
        let spurious = landscape(25, &WeightShape::new(k, ratio).expect("valid")).expect("valid").points[2];
        assert!((run.end.loss / spurious.loss - 1.0).abs() < 1e-6);
    }
}

/// The loss of a trapped descent stands at the predicted value, and says so however long it runs.
#[test]
fn a_trapped_descent_ends_at_the_spurious_loss() {
    let cell = Cell::new(25, 20, 4.0, 1.0).expect("valid");
    let descent = Descent { max_steps: 200_000, ..Descent::new(0.2) };
    let run = descend_reduced(&cell.teacher(), 25, &start(3.0, 1.0, -0.1), &descent, &()).expect("runs");
    assert_eq!(run.verdict, Verdict::Spurious);
    assert!(run.verdict_step.expect("decided") < 100);
    let spurious = landscape(25, &cell.shape()).expect("valid").points[2];
    // The loss rises as the cube of π − φ ≈ 31/t, t = 40 000.
    assert!((run.end.loss / spurious.loss - 1.0).abs() < 1e-8, "{} {}", run.end.loss, spurious.loss);
}

fn full_and_reduced(teacher: &Teacher, student: &Student, descent: &Descent) -> (Run, Run) {
    let full = descend(teacher, student, descent, &()).expect("runs");
    let order = student.order_parameters(teacher).expect("same shape");
    let reduced =
        descend_reduced(&teacher.reduced(), student.filter().len(), &order, descent, &()).expect("runs");
    (full, reduced)
}

/// Trajectories of 10⁴ steps, recovered and trapped: the same to rounding. Errors of rounding enter at 1e-16 a step and are
/// carried along by dynamics that contracts at the minima and stretches by some 10² on the way.
#[test]
fn the_reduced_run_is_the_full_run() {
    for trial in 0..6 {
        let cell = Cell::new(7, 9, [4.0, 9.0, 0.0][trial as usize % 3], 1.0).expect("valid");
        let teacher = Teacher::planted(&cell);
        let student = sample_student(&teacher, &mut stream(2, 0, trial));
        let descent = Descent { max_steps: 10_000, recording: Recording::Every(10), ..Descent::new(0.2) };
        let (full, reduced) = full_and_reduced(&teacher, &student, &descent);
        assert_eq!(full.verdict, reduced.verdict);
        assert_eq!(full.verdict_step, reduced.verdict_step);
        assert_eq!(full.phase_one_steps, reduced.phase_one_steps);
        for (a, b) in full.trajectory.iter().zip(&reduced.trajectory) {
            assert_eq!(a.step, b.step);
            for (x, y) in
                [(a.angle, b.angle), (a.sum, b.sum), (a.signal, b.signal), (a.filter_norm, b.filter_norm)]
            {
                assert!((x - y).abs() < 1e-12, "trial {trial} step {}: {x} {y}", a.step);
            }
        }
    }
}

/// The flow is the limit of small steps, to first order in the step.
#[test]
fn descent_approaches_the_flow_linearly_in_the_step() {
    let cell = Cell::new(25, 20, 4.0, 1.0).expect("valid");
    let from = start(1.8, 0.5, -0.02);
    let flow = Flow { max_time: 20.0, recording: Recording::Every(1), ..Flow::default() };
    let limit = follow_flow(&cell.teacher(), 25, &from, &flow, &()).expect("runs");
    // Compare at the time where the flow's last step ended.
    let end_time = limit.time;
    let error = |steps: u64| {
        let descent = Descent { max_steps: steps, ..Descent::new(end_time / steps as f64) };
        let run = descend_reduced(&cell.teacher(), 25, &from, &descent, &()).expect("runs");
        run.end.angle - limit.end.angle
    };
    let (coarse, fine) = (error(20_000), error(40_000));
    assert!((coarse / fine - 2.0).abs() < 0.01, "{coarse:e} {fine:e}");
    assert!(fine.abs() < 1e-3);
}

/// 10⁶ patches cost the flow no more steps than twenty, and the limit law holds.
#[test]
fn the_flow_does_not_feel_its_stiffness() {
    let steps = |k: usize| {
        let criticality = 0.5;
        let ratio = criticality * (k as f64 - 1.0 + PI) / PI;
        let cell = Cell::new(5, k, ratio, 1.0).expect("valid");
        let run =
            follow_flow(&cell.teacher(), 5, &start(1.9, 0.0, 0.0), &Flow::default(), &()).expect("runs");
        assert_eq!(run.verdict, Verdict::Global);
        run.steps
    };
    let (few, many) = (steps(20), steps(1_000_000));
    // Resolving the initial layer of length 1/K takes log₂ of the ratio of the rates more, some 15.
    assert!(many < few + 40 && many < 200, "{few} {many}");
}

/// Near x_c = 1 the saddle is flat and runs pause there for a time like (1 − x_c)^(−4/3); the flow takes it in long steps.
#[test]
fn the_flow_passes_a_flat_saddle_in_few_steps() {
    let critical = 1.0 + 19.0 / PI;
    let cell = Cell::new(5, 20, critical * (1.0 - 1e-6), 1.0).expect("valid");
    let flow = Flow { max_time: 1e14, ..Flow::default() };
    for angle in [PI - 1e-3, PI - 0.1] {
        let run = follow_flow(&cell.teacher(), 5, &start(angle, cell.teacher().sum(), 0.0), &flow, &())
            .expect("runs");
        assert_ne!(run.verdict, Verdict::Undecided);
        assert!(run.steps < 2_000, "{} steps from {angle}", run.steps);
    }
}

/// Starts in the hypothesis of the paper's theorem recover the teacher: all of them.
#[test]
fn the_convergence_theorem_holds_in_every_run() {
    let cell = Cell::new(10, 30, 3.0, 1.0).expect("valid");
    let teacher = cell.teacher();
    let mut asked = 0;
    for trial in 0..2_000 {
        let start = sample_order_parameters(&cell, &mut stream(9, 0, trial));
        let theorem = ConvergenceTheorem::new(&teacher, &start);
        assert!(theorem.sum_is_bounded, "the initialisation guarantees it");
        if !theorem.holds() {
            assert_eq!(theorem.step_size_order, None);
            assert_eq!(theorem.phase_one_order(0.1).expect("valid step"), None);
            continue;
        }
        asked += 1;
        let run = descend_reduced(&teacher, 10, &start, &Descent::new(0.05), &()).expect("runs");
        assert_eq!(
            (run.verdict, run.verdict_step),
            (Verdict::Global, Some(0)),
            "inside the invariant set at once"
        );
        // The order of T₁ is one: the paper's constants are not given, ours lie between 1/100 and 10.
        let order = theorem.phase_one_order(0.05).expect("valid step").expect("holds");
        let ratio = run.phase_one_steps.expect("phase I ends") as f64 / order;
        assert!(ratio < 10.0, "{ratio}");
    }
    assert!(asked > 300, "{asked}");
}

/// The signs of a start always contain one that satisfies the theorem.
#[test]
fn runs_from_the_axis_stay_on_it() {
    let cell = Cell::new(1, 20, 4.0, 1.0).expect("valid");
    for (parallel, verdict) in [(1.0, Verdict::Global), (-1.0, Verdict::Spurious)] {
        let at = OrderParameters { parallel, perpendicular: 0.0, sum: 0.4, signal: 0.1, residual: 0.0 };
        let descent = Descent { max_steps: 5_000, ..Descent::new(0.1) };
        let run = descend_reduced(&cell.teacher(), 1, &at, &descent, &()).expect("runs");
        assert_eq!((run.verdict, run.verdict_step), (verdict, Some(0)));
        let flow = follow_flow(&cell.teacher(), 1, &at, &Flow::default(), &()).expect("runs");
        assert_eq!(flow.verdict, verdict);
    }
}

#[test]
fn records_are_where_they_were_asked_for() {
    let cell = Cell::new(5, 20, 4.0, 1.0).expect("valid");
    let run = |recording| {
        let descent = Descent { max_steps: 1_000, recording, ..Descent::new(0.01) };
        descend_reduced(&cell.teacher(), 5, &start(3.0, 0.0, -0.1), &descent, &()).expect("runs").trajectory
    };
    let every: Vec<u64> = run(Recording::Every(300)).iter().map(|record| record.step).collect();
    assert_eq!(every, [0, 300, 600, 900, 1_000]);
    let decades: Vec<u64> = run(Recording::PerDecade(1)).iter().map(|record| record.step).collect();
    assert_eq!(decades, [0, 1, 10, 100, 1_000]);
    let flow = Flow { max_time: 100.0, recording: Recording::PerDecade(2), ..Flow::default() };
    let times: Vec<f64> = follow_flow(&cell.teacher(), 5, &start(3.0, 0.0, -0.1), &flow, &())
        .expect("runs")
        .trajectory
        .iter()
        .map(|record| record.time)
        .collect();
    assert!(times.windows(2).all(|pair| pair[0] < pair[1]), "{times:?}");
    assert!(times.len() >= 11, "{times:?}");
}
