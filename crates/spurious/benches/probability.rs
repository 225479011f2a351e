//! How long does a success probability take on one core, and a map of them on all?
//!
//! First, the cells of the paper's table with a trap, one after the other, to twelve digits and to six; the whole table and
//! a map of 200 × 200 cells on all cores. Then single cells: `near the threshold` goes to within 10⁻⁹ of `x_c = 1`, where a
//! simulated run takes longest.

use std::f64::consts::TAU;
use std::hint::black_box;
use std::time::Instant;

use criterion::{Criterion, criterion_group, criterion_main};
use spurious::model::Cell;
use spurious::probability::{Quadrature, success_probabilities, success_probability};

fn cell_at(patch_dim: usize, patches: usize, criticality: f64, scale_ratio: f64) -> Cell {
    let sum_rate = patches as f64 - 1.0 + std::f64::consts::PI;
    Cell::new(patch_dim, patches, criticality * sum_rate / std::f64::consts::PI, scale_ratio).expect("valid")
}

fn table_cells() -> Vec<Cell> {
    let mut cells = Vec::new();
    for patches in [25, 36, 49, 64, 81, 100] {
        for sum_ratio in [1.0, 4.0, 9.0, 16.0, 25.0] {
            let cell = Cell::new(5, patches, sum_ratio, 1.0).expect("valid");
            if cell.shape().criticality().has_trap() {
                cells.push(cell);
            }
        }
    }
    cells
}

fn median_of_cells(name: &str, quadrature: &Quadrature, step: impl Fn(&Cell) -> Option<f64>) {
    let cells = table_cells();
    let mut times: Vec<f64> = cells
        .iter()
        .map(|cell| {
            let start = Instant::now();
            black_box(success_probability(black_box(cell), step(cell), quadrature, &()).expect("converges"));
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

/// All cells at once, on all cores: the best of several times.
fn all_cells(name: &str, cells: &[Cell], quadrature: &Quadrature, repeats: usize) {
    let time = |_| {
        let start = Instant::now();
        let found = success_probabilities(black_box(cells), None, quadrature, &());
        assert!(found.iter().all(Result::is_ok));
        start.elapsed().as_secs_f64()
    };
    let best = (0..repeats).map(time).fold(f64::INFINITY, f64::min);
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    println!("{name}: {} cells on {cores} cores: {best:.3} s", cells.len());
}

/// Numbers of patches from 2 to 201 by sum ratios from 0 to the critical one.
fn map(patch_dim: usize, scale_ratio: f64) -> Vec<Cell> {
    let row = |patches| (0..200).map(move |i| cell_at(patch_dim, patches, f64::from(i) / 200.0, scale_ratio));
    (2..202).flat_map(row).collect()
}

fn benches(criterion: &mut Criterion) {
    let largest_step = |cell: &Cell| 0.999 * TAU / cell.shape().sum_rate();
    let (fine, coarse) = (Quadrature::default(), Quadrature::to(1e-7).expect("valid"));
    median_of_cells("gradient flow", &fine, |_| None);
    median_of_cells("gradient flow to 1e-7", &coarse, |_| None);
    median_of_cells("η = 2π/K", &fine, |cell| Some(largest_step(cell)));
    median_of_cells("η = 0.2π/K", &fine, |cell| Some(0.1 * largest_step(cell)));
    all_cells("Table 1", &table_cells(), &fine, 5);
    for (patch_dim, scale_ratio) in [(5, 1.0), (5, 3.0), (1000, 1.0)] {
        let name = format!("map to 1e-7, p {patch_dim}, β {scale_ratio}");
        all_cells(&name, &map(patch_dim, scale_ratio), &coarse, 1);
    }

    let mut group = criterion.benchmark_group("success probability");
    group.sample_size(10);
    let mut bench = |name: &str, cell: Cell, step_size: Option<f64>| {
        group.bench_function(name, |bencher| {
            bencher.iter(|| success_probability(black_box(&cell), step_size, &Quadrature::default(), &()));
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
    bench("β 10, k 25, x_c 0.5", cell_at(5, 25, 0.5, 10.0), None);
    group.finish();
}

criterion_group!(all, benches);
criterion_main!(all);
