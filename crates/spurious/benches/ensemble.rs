//! Runs side by side in vector registers: beside one run at a time, and beside what the machine can do.
//!
//! Machines differ and are shared, so that every row takes turns with its yardsticks and prints the ratio of the medians. A
//! cycle is measured, not looked up, by a chain of operations that take one each.
//!
//! `cargo bench -p spurious --bench ensemble -- billion` also makes 10⁹ runs of one cell.

use std::hint::black_box;
use std::time::Instant;

use fearless_simd::{Level, Simd, SimdBase, SimdFloat, dispatch};
use rayon::prelude::*;
use spurious::ensemble::{Engine, Ensemble, Observe};
use spurious::model::Cell;

fn main() {
    let threads = rayon::current_num_threads();
    println!("p = 5, k = 25, ρ = 4; {threads} threads, {:?}", Level::new());
    let single = rayon::ThreadPoolBuilder::new().num_threads(1).build().expect("a pool");
    single.install(|| steps("one core"));
    steps("all cores");
    single.install(|| trials("one core"));
    trials("all cores");
    if std::env::args().any(|argument| argument == "billion") {
        billion();
    }
}

/// With β = 30 a step of η = 0.1/900 turns the filter as far as one of 0.1 with β = 1, and its polynomials have as many
/// coefficients; but runs are some hundred times as long, so that steps are all that counts.
fn steps(cores: &str) {
    const RUNS: u64 = 1 << 16; // one thread's share
    let threads = rayon::current_num_threads();
    let cell = Cell::new(5, 25, 4.0, 30.0).expect("valid");
    let lanes = Ensemble::new(cell, 0.1 / 900.0, 1, 0).expect("valid");
    let scalar = lanes.clone().with_engine(Engine::Scalar);
    let observe = Observe { steps: true, ..Observe::default() };
    let mean = lanes.summary(0..RUNS, &observe, &()).expect("goes on").steps.mean().expect("decided");
    let runs = RUNS * threads as u64;
    let few = threads as u64 * 1024;
    let [fast, slow, clock, peak] = taking_turns([
        &mut || keep(lanes.counts(0..runs, &())),
        &mut || keep(scalar.counts(0..few, &())),
        &mut || everywhere(|| keep(chain(10_000_000))),
        &mut || {
            everywhere(|| keep(dispatch!(Level::new(), simd => multiply_adds(simd, 2_000_000))));
        },
    ]);
    let cycles = clock / (6.0 * 1e7);
    let width = dispatch!(Level::new(), simd => width(simd));
    let multiply_add = peak / (2e6 * 10.0 * width as f64); // seconds per number and core
    let step = fast / (RUNS as f64 * mean);
    let twin = slow / (few as f64 * mean) * threads as f64;
    println!(
        "\nsteps, {cores}: {:.2} G trial-steps/s; {:.2} cycles at {:.2} GHz per step and core, the time of {:.1} multiply-adds; \
         {:.0} times one run at a time",
        threads as f64 / step / 1e9,
        step / cycles,
        1e-9 / cycles,
        step / multiply_add,
        twin / step,
    );
}

/// Whole trials, the drawing of their starts included.
fn trials(cores: &str) {
    let cell = Cell::new(5, 25, 4.0, 1.0).expect("valid");
    let threads = rayon::current_num_threads() as u64;
    println!("\ntrials, {cores}, starts included:");
    for (step_size, runs) in [(0.1, threads << 21), (0.01, threads << 19)] {
        let lanes = Ensemble::new(cell, step_size, 1, 0).expect("valid");
        let scalar = lanes.clone().with_engine(Engine::Scalar);
        let observe = Observe { steps: true, ..Observe::default() };
        let mean = lanes.summary(0..1 << 18, &observe, &()).expect("goes on").steps.mean().expect("decided");
        let few = runs / 32;
        let [fast, each, slow] = taking_turns([
            &mut || keep(lanes.counts(0..runs, &())),
            &mut || keep(lanes.summary(0..runs, &observe, &())),
            &mut || keep(scalar.counts(0..few, &())),
        ]);
        let rate = |seconds: f64, runs: u64| runs as f64 / seconds / 1e6;
        println!(
            "  η = {step_size}, {mean:.1} steps in the mean: {:.1} M/s, with the steps of each {:.1} M/s, one at a time {:.2} M/s, \
             ratio {:.0}",
            rate(fast, runs),
            rate(each, runs),
            rate(slow, few),
            rate(fast, runs) / rate(slow, few),
        );
    }
}

fn billion() {
    const RUNS: u64 = 1_000_000_000;
    let ensemble = Ensemble::new(Cell::new(5, 25, 4.0, 1.0).expect("valid"), 0.1, 1, 0).expect("valid");
    let begin = Instant::now();
    let counts = ensemble.counts(0..RUNS, &()).expect("goes on");
    println!("\n10⁹ runs, η = 0.1: {:.1} s, {counts:?}", begin.elapsed().as_secs_f64());
}

/// Uses a value, so that it has to be computed.
fn keep<T>(value: T) {
    black_box(value);
}

/// The same work on every thread at once.
fn everywhere(work: impl Fn() + Sync) {
    (0..rayon::current_num_threads()).into_par_iter().for_each(|_| work());
}

/// Six operations a round that wait for each other, one cycle each.
fn chain(rounds: u64) -> u64 {
    let mut x = black_box(88_172_645_463_325_252_u64);
    for _ in 0..rounds {
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
    }
    x
}

#[inline(always)]
fn width<S: Simd>(_: S) -> usize {
    S::f64s::LEN
}

/// Ten independent chains of multiply-adds.
#[inline(always)]
fn multiply_adds<S: Simd>(simd: S, rounds: usize) -> f64 {
    let factor = S::f64s::splat(simd, black_box(0.5));
    let mut sums = [S::f64s::splat(simd, black_box(1.0)); 10];
    for _ in 0..rounds {
        for sum in &mut sums {
            *sum = factor.mul_add(*sum, factor);
        }
    }
    let mut total = S::f64s::splat(simd, 0.0);
    for sum in sums {
        total += sum;
    }
    total.as_slice()[0]
}

/// Median seconds of pieces of work that take turns.
fn taking_turns<const N: usize>(mut work: [&mut dyn FnMut(); N]) -> [f64; N] {
    let mut times = [const { Vec::new() }; N];
    for _ in 0..7 {
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
