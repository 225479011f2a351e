//! Runs side by side in vector registers, beside one run at a time and beside what the machine can do.
//!
//! Machines differ and are shared, so that every row takes turns with its yardstick and prints the ratio of the medians. A
//! cycle is measured, not looked up: a chain of dependent additions takes one each.

use std::hint::black_box;
use std::time::Instant;

use spurious::ensemble::{Engine, Ensemble, Observe};
use spurious::model::Cell;

fn main() {
    let cell = Cell::new(5, 25, 4.0, 1.0).expect("valid");
    let single = rayon::ThreadPoolBuilder::new().num_threads(1).build().expect("a pool");
    println!("{} threads", rayon::current_num_threads());
    for step_size in [0.1, 0.01] {
        let lanes = Ensemble::new(cell, step_size, 1, 0).expect("valid");
        let scalar = lanes.clone().with_engine(Engine::Scalar);
        let observe = Observe { steps: true, ..Observe::default() };
        let mean = lanes.summary(0..1 << 18, &observe).steps.mean().expect("decided");
        let runs = if step_size > 0.05 { 1 << 22 } else { 1 << 20 };
        let few = runs / 64;
        let [fast, slow, each] = single.install(|| {
            taking_turns(
                5,
                [
                    &mut || drop(black_box(lanes.counts(0..runs))),
                    &mut || drop(black_box(scalar.counts(0..few))),
                    &mut || drop(black_box(lanes.summary(0..runs, &observe))),
                ],
            )
        });
        let [both] = taking_turns(5, [&mut || drop(black_box(lanes.counts(0..runs)))]);
        let (fast, slow, each) = (fast / runs as f64, slow / few as f64, each / runs as f64);
        println!(
            "η = {step_size}: {mean:.1} steps in the mean; one core: {:.1} M decided trials/s ({:.1} ns each), with steps {:.1} M/s, \
             scalar {:.2} M/s, ratio {:.1}; all cores: {:.1} M/s",
            1e-6 / fast,
            1e9 * fast,
            1e-6 / each,
            1e-6 / slow,
            slow / fast,
            1e-6 * runs as f64 / both,
        );
    }
}

/// Median seconds of pieces of work that take turns.
fn taking_turns<const N: usize>(rounds: usize, mut work: [&mut dyn FnMut(); N]) -> [f64; N] {
    let mut times = [const { Vec::new() }; N];
    for _ in 0..rounds {
        for (times, work) in times.iter_mut().zip(&mut work) {
            let begin = Instant::now();
            work();
            times.push(begin.elapsed().as_secs_f64());
        }
    }
    times.map(|mut times| {
        times.sort_by(f64::total_cmp);
        times[times.len() / 2]
    })
}
