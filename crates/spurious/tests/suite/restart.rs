//! Theory §13: ways out of the trap.

use std::f64::consts::PI;

use crate::common::{cell_at, log_uniform, order, property, uniform};
use proptest::prelude::*;
use spurious::basin::{Basins, Verdict, saddle_kernel};
use spurious::initialization::sample_order_parameters;
use spurious::kernel::{arc_cosine_kernel, supplement_at_kernel};
use spurious::model::Cell;
use spurious::numerics::random::stream;
use spurious::restart::{antipodal_restart, sign_choices, starts_needed};

proptest! {
    #![proptest_config(property(4000, "proptest-regressions/restart.txt"))]

    /// A trapped student that is turned round and refitted stands in the basin of the teacher.
    #[test]
    fn antipodal_restart_lands_in_global_from_every_spurious_state(
        seed in any::<u64>(), k in 2usize..200, x_c in 0.0..0.999f64, beta in 0.1..3.0f64,
    ) {
        let random = &mut stream(seed, 71, 0);
        let cell = cell_at(5, k, x_c, beta);
        prop_assume!(cell.is_some());
        let teacher = cell.unwrap().teacher();
        let basins = Basins::new(&teacher);
        // At most the angle of the saddles, a sum at or beyond the one where the drive vanishes, a negative signal.
        let widest = supplement_at_kernel(saddle_kernel(&teacher.shape()));
        let distance = widest * (1.0 - log_uniform(random, 1e-10, 1.0));
        let excess = (arc_cosine_kernel(distance) - 1.0) * teacher.norm_squared() + teacher.sum().powi(2);
        let sum = if teacher.sum() == 0.0 { 0.3 } else { excess / teacher.sum() + log_uniform(random, 1e-9, 3.0) };
        let signal = -log_uniform(random, 1e-12, 2.0) * teacher.norm_squared();
        let start = order(uniform(random, 0.5, 2.0), distance, true, sum, signal);
        prop_assert_eq!(basins.verdict(&start), Some(Verdict::Spurious));
        let restarted = antipodal_restart(&teacher, &start);
        prop_assert_eq!(basins.verdict(&restarted), Some(Verdict::Global), "{:?} {:?}", restarted, teacher);
        prop_assert!((restarted.angle() - start.supplement()).abs() < 4e-16);
    }

    /// Theory §9, 1 and 2: one of the four sign choices has `q > 0`, `φ < π/2` and `|s| ≤ |S|`.
    #[test]
    fn one_sign_choice_satisfies_the_convergence_theorem(
        seed in any::<u64>(), p in 1usize..200, k in 1usize..200, share in 0.001..1.0f64, beta in 0.1..3.0f64,
    ) {
        let ratio = if k == 1 { 1.0 } else { share * k as f64 };
        let cell = Cell::new(p, k, ratio, beta).unwrap();
        let teacher = cell.teacher();
        let start = sample_order_parameters(&cell, &mut stream(seed, 72, 0));
        let choices = sign_choices(&start);
        prop_assert_eq!(choices[0], start);
        let within = |s: f64| s.abs() <= teacher.sum().abs() * (1.0 + 1e-15);
        let good: Vec<_> =
            choices.iter().filter(|c| c.signal > 0.0 && c.angle() < PI / 2.0 && within(c.sum)).collect();
        prop_assert_eq!(good.len(), 1);
        prop_assert_eq!(Basins::new(&teacher).verdict(good[0]), Some(Verdict::Global));
    }

    /// The smallest number whose probability of at least one success is the confidence asked for.
    #[test]
    fn starts_needed_is_the_smallest_number_that_is_enough(p in 1e-6..1.0f64, confidence in 1e-6..0.999999f64) {
        let n = starts_needed(p, confidence).unwrap() as f64;
        let failure = |n: f64| (n * (-p).ln_1p()).exp();
        // Rounding of n ln(1 − P), of relative size 1e-14 by design.
        let slack = 1e-13 * (1.0 + (1.0 - confidence).ln().abs());
        prop_assert!(failure(n) <= (1.0 - confidence) * (1.0 + slack));
        prop_assert!(n == 1.0 || failure(n - 1.0) > (1.0 - confidence) * (1.0 - slack));
    }
}

#[test]
fn exact_powers_are_not_rounded_up() {
    for n in 1..=50_u64 {
        assert_eq!(starts_needed(0.5, 1.0 - 0.5f64.powi(n as i32)).unwrap(), n);
    }
    assert_eq!(starts_needed(1.0, 0.5).unwrap(), 1);
    assert_eq!(starts_needed(0.9, 0.5).unwrap(), 1);
}
