//! How long does a success probability take on one core?
//!
//! `table 1` takes the cells of the paper's table with a trap one after the other and prints the median below; `near the
//! threshold` goes to within 10⁻⁹ of `x_c = 1`, where a simulated run takes longest.

use std::f64::consts::TAU;
use std::hint::black_box;
use std::time::Instant;

use criterion::{Criterion, criterion_group, criterion_main};
use spurious::model::Cell;
use spurious::probability::{Quadrature, success_probability};

fn cell_at(patch_dim: usize, patches: usize, criticality: f64, scale_ratio: f64) -> Cell {
    let sum_rate = patches as f64 - 1.0 + std::f64::consts::PI;
    Cell::new(patch_dim, patches, criticality * sum_rate / std::f64::consts::PI, scale_ratio).expect("valid")
}

fn table_cells() -> Vec<Cell> {
    let mut cells = Vec::new();
    for patches in [25, 36, 49, 64, 81, 100] {
        for sum_ratio in [1.0, 4.0, 9.0, 16.0, 25.0] {
            let cell = Cell::new(5, patches, sum_ratio, 1.0).expect("valid");
            if cell.shape().criticality() < 1.0 {
                cells.push(cell);
            }
        }
    }
    cells
}

fn median_of_cells(name: &str, step: impl Fn(&Cell) -> Option<f64>) {
    let cells = table_cells();
    let mut times: Vec<f64> = cells
        .iter()
        .map(|cell| {
            let start = Instant::now();
            black_box(
                success_probability(black_box(cell), step(cell), &Quadrature::default()).expect("converges"),
            );
            start.elapsed().as_secs_f64() * 1e3
        })
        .collect();
    times.sort_by(f64::total_cmp);
    println!(
        "{name}: {} cells of Table 1, ms per cell on one core: median {:.2}, largest {:.2}",
        times.len(),
        times[times.len() / 2],
        times[times.len() - 1]
    );
}

fn benches(criterion: &mut Criterion) {
    let largest_step = |cell: &Cell| 0.999 * TAU / cell.shape().sum_rate();
    median_of_cells("gradient flow", |_| None);
    median_of_cells("η = 2π/K", |cell| Some(largest_step(cell)));
    median_of_cells("η = 0.2π/K", |cell| Some(0.1 * largest_step(cell)));

    let mut group = criterion.benchmark_group("success probability");
    group.sample_size(10);
    let mut bench = |name: &str, cell: Cell, step_size: Option<f64>| {
        group.bench_function(name, |bencher| {
            bencher.iter(|| success_probability(black_box(&cell), step_size, &Quadrature::default()));
        });
    };
    bench("p 5, k 25, ρ 4", Cell::new(5, 25, 4.0, 1.0).expect("valid"), None);
    bench("near the threshold: x_c = 1 − 1e-3", cell_at(5, 49, 1.0 - 1e-3, 1.0), None);
    bench("near the threshold: x_c = 1 − 1e-9", cell_at(5, 49, 1.0 - 1e-9, 1.0), None);
    let near = cell_at(5, 49, 1.0 - 1e-3, 1.0);
    bench("near the threshold, η = 2π/K", near, Some(largest_step(&near)));
    bench("p 1000, k 10, x_c 0.5", cell_at(1000, 10, 0.5, 1.0), None);
    bench("k 10⁶, x_c 0.5", cell_at(5, 1_000_000, 0.5, 1.0), None);
    bench("β 3, k 25, x_c 0.5", cell_at(5, 25, 0.5, 3.0), None);
    group.finish();
}

criterion_group!(all, benches);
criterion_main!(all);
