//! How long a verdict takes: the closer to the separatrix, the longer, by the rates of the saddle.

use std::f64::consts::PI;

use spurious::basin::{Basins, Verdict};
use spurious::dynamics::reduced::ReducedDescent;
use spurious::landscape::undecided_factor;
use spurious::model::{Cell, OrderParameters};

/// Steps to the verdict from a start at this angle, with output weights at 0.3 of their largest sum.
fn run(cell: &Cell, step_size: f64, angle: f64) -> (Verdict, u32) {
    let teacher = cell.teacher();
    let (basins, descent) = (Basins::new(&teacher), ReducedDescent::new(&teacher, step_size));
    let sum = 0.3 * teacher.sum();
    let signal = sum * teacher.sum() / teacher.patches() as f64;
    let mut at =
        OrderParameters { parallel: angle.cos(), perpendicular: angle.sin(), sum, signal, residual: 0.0 };
    for step in 0..10_000 {
        if let Some(verdict) = basins.verdict(&at) {
            return (verdict, step);
        }
        at = descent.step(&at);
    }
    // On the separatrix to the last digit.
    (Verdict::Undecided, 10_000)
}

/// A distance from the separatrix that is smaller by eight orders takes `8 ln 10/−ln factor` steps more: a whole number, so
/// that it may be off by one; and at the larger distance the saddle is linear to some per cent, which makes for half a step.
#[test]
fn steps_grow_with_the_logarithm_of_the_distance() {
    for (patches, sum_ratio, scale_ratio, share) in [
        (25, 4.0, 1.0, 0.5),
        (100, 25.0, 1.0, 0.5),
        (49, 16.0, 1.0, 0.2),
        (10, 1.0, 0.5, 0.3),
        (25, 1.0, 1.0, 1.0),
    ] {
        let cell = Cell::new(5, patches, sum_ratio, scale_ratio).expect("a valid cell");
        let step_size = 2.0 * PI * share / cell.shape().sum_rate();
        let (mut recovers, mut trapped) = (0.5, PI - 1e-6);
        for _ in 0..60 {
            let middle = 0.5 * (recovers + trapped);
            match run(&cell, step_size, middle).0 {
                Verdict::Global => recovers = middle,
                _ => trapped = middle,
            }
        }
        let factor = undecided_factor(&cell, step_size).expect("a valid step").expect("a saddle");
        for side in [-1.0, 1.0] {
            let steps = |distance: f64| f64::from(run(&cell, step_size, recovers + side * distance).1);
            let expected = 8.0 * 10f64.ln() / -factor.ln();
            let more = steps(1e-11) - steps(1e-3);
            assert!((more - expected).abs() <= 1.5, "{patches} {sum_ratio} {side}: {more}, not {expected}");
        }
    }
}
