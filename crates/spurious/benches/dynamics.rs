//! One step of gradient descent: the five numbers beside the p + k they stand for; and decided trials per second.

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use spurious::dynamics::full;
use spurious::dynamics::reduced::ReducedDescent;
use spurious::ensemble::Ensemble;
use spurious::initialization::{sample_order_parameters, sample_student};
use spurious::model::{Cell, Teacher};
use spurious::numerics::random::stream;

fn steps(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("step");
    group.throughput(Throughput::Elements(1));
    for (patch_dim, patches) in [(25, 20), (1000, 1000)] {
        let cell = Cell::new(patch_dim, patches, 4.0, 1.0).expect("valid");
        let step_size = 1.0 / cell.shape().sum_rate();
        let name = format!("p {patch_dim}, k {patches}");
        let teacher = Teacher::planted(&cell);
        let student = sample_student(&teacher, &mut stream(1, 0, 0));
        group.bench_function(BenchmarkId::new("full", &name), |bencher| {
            bencher.iter(|| full::step(black_box(&teacher), black_box(&student), step_size));
        });
        let descent = ReducedDescent::new(&cell.teacher(), step_size);
        let start = sample_order_parameters(&cell, &mut stream(1, 0, 0));
        group.bench_function(BenchmarkId::new("reduced", &name), |bencher| {
            bencher.iter(|| descent.step(black_box(&start)));
        });
    }
    group.finish();
}

fn trials(criterion: &mut Criterion) {
    const RUNS: u64 = 20_000;
    let mut group = criterion.benchmark_group("decided trials on all cores");
    group.throughput(Throughput::Elements(RUNS)).sample_size(10);
    let cell = Cell::new(5, 25, 4.0, 1.0).expect("valid");
    for step_size in [0.1, 0.01] {
        let ensemble = Ensemble::new(cell, step_size, 1, 0).expect("valid");
        group.bench_function(format!("η = {step_size}"), |bencher| {
            bencher.iter(|| ensemble.counts(black_box(0..RUNS), &()));
        });
    }
    group.finish();
}

criterion_group!(all, steps, trials);
criterion_main!(all);
