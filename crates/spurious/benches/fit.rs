//! Passes over finite data beside what the machine can do: the speed of memory, the peak of its multiply-adds.
//!
//! Machines differ and are shared, so that every row takes turns with its yardstick and prints the ratio of the medians.

use std::hint::black_box;
use std::time::Instant;

use fearless_simd::{Level, Simd, SimdBase, SimdFloat, dispatch, f32x16};
use rayon::prelude::*;
use spurious::fit::{
    Arithmetic, InMemory, Inputs, Network, Options, Planted, Rows, Selection, Sums, Validation, Values,
    Windows, analyse, gauss_newton, sums,
};
use spurious::model::Cell;
use spurious::numerics::random::stream;

const PATCHES: usize = 20;
const PATCH_DIM: usize = 25;

fn main() {
    println!("k = {PATCHES}, p = {PATCH_DIM}, {} threads, {:?}", rayon::current_num_threads(), Level::new());
    one_student();
    many_students();
    least_squares();
    whole_fit();
    planted_data();
}

/// Standard normal inputs, labels of a planted network with a little noise.
struct Data {
    single: Vec<f32>,
    double: Vec<f64>,
    target: Vec<f64>,
}

impl Data {
    fn new(samples: usize) -> Self {
        let width = PATCHES * PATCH_DIM;
        let double: Vec<f64> = (0..samples)
            .into_par_iter()
            .flat_map_iter(|i| {
                let mut random = stream(1, 0, i as u64);
                (0..width)
                    .map(move |_| rand_distr::Distribution::sample(&rand_distr::StandardNormal, &mut random))
            })
            .collect();
        let single: Vec<f32> = double.iter().map(|&z: &f64| z as f32).collect();
        let double: Vec<f64> = single.iter().map(|&z| f64::from(z)).collect();
        let teacher = network(99);
        let target = double.par_chunks(width).map(|patches| teacher.value(patches)).collect();
        Self { single, double, target }
    }

    fn source<'a>(&'a self, values: Values<'a>) -> InMemory<'a> {
        let windows = Windows::consecutive(PATCHES * PATCH_DIM, PATCH_DIM).expect("valid");
        let rows = Rows { values, stride: windows.width(), target: &self.target, weights: None };
        InMemory::new(rows, windows).expect("valid")
    }
}

fn network(index: u64) -> Network {
    let mut random = stream(2, 0, index);
    let mut normal = |_| rand_distr::Distribution::sample(&rand_distr::StandardNormal, &mut random);
    Network::new((0..PATCH_DIM).map(&mut normal).collect(), (0..PATCHES).map(&mut normal).collect())
}

/// Median seconds of two pieces of work that take turns.
fn side_by_side(rounds: usize, mut one: impl FnMut(), mut other: impl FnMut()) -> (f64, f64) {
    let mut times = [Vec::new(), Vec::new()];
    let clock = |work: &mut dyn FnMut()| {
        let begin = Instant::now();
        work();
        begin.elapsed().as_secs_f64()
    };
    for _ in 0..rounds {
        times[0].push(clock(&mut one));
        times[1].push(clock(&mut other));
    }
    let [a, b] = times.map(|mut times| {
        times.sort_by(f64::total_cmp);
        times[times.len() / 2]
    });
    (a, b)
}

fn plain_sum<T: Copy + Default + std::ops::AddAssign + Sync + Send>(values: &[T]) -> T {
    let parts: Vec<T> = values
        .par_chunks(1 << 17)
        .map(|chunk| {
            let mut lanes = [T::default(); 64];
            for chunk in chunk.chunks_exact(64) {
                for (lane, &value) in lanes.iter_mut().zip(chunk) {
                    *lane += value;
                }
            }
            let mut sum = T::default();
            lanes.into_iter().for_each(|lane| sum += lane);
            sum
        })
        .collect();
    let mut sum = T::default();
    parts.into_iter().for_each(|part| sum += part);
    sum
}

fn one_student() {
    let data = Data::new(200_000);
    println!("\none student, n = 200 000: loss and both gradients beside a plain sum over the same buffer");
    let student = [network(0)];
    let row = |name: &str, bytes: usize, values: Values<'_>, plain: &mut dyn FnMut()| {
        let mut source = data.source(values);
        let pass = || {
            black_box(sums(&mut source, &student, Selection::All, Arithmetic::AsStored, &()).expect("valid"));
        };
        let (pass, plain) = side_by_side(15, pass, plain);
        let rate = |time: f64| bytes as f64 / time / 1e9;
        println!(
            "  {name}: {:6.1} GB/s, plain sum {:6.1} GB/s, ratio {:.2}",
            rate(pass),
            rate(plain),
            plain / pass
        );
    };
    row("f32", data.single.len() * 4, Values::F32(&data.single), &mut || {
        black_box(plain_sum(&data.single));
    });
    row("f64", data.double.len() * 8, Values::F64(&data.double), &mut || {
        black_box(plain_sum(&data.double));
    });
    let of = |values: Values<'_>, arithmetic| {
        sums(&mut data.source(values), &student, Selection::All, arithmetic, &()).expect("valid").remove(0)
    };
    let reference = of(Values::F64(&data.double), Arithmetic::Double);
    let single = of(Values::F32(&data.single), Arithmetic::AsStored);
    println!("  f32 against f64: largest relative error {:.1e}", relative_error(&single, &reference));
}

fn relative_error(one: &Sums, other: &Sums) -> f64 {
    let norm = |v: &[f64]| v.iter().map(|x| x * x).sum::<f64>().sqrt();
    let apart =
        |a: &[f64], b: &[f64]| norm(&a.iter().zip(b).map(|(a, b)| a - b).collect::<Vec<_>>()) / norm(b);
    (one.squares / other.squares - 1.0)
        .abs()
        .max(apart(&one.filter, &other.filter))
        .max(apart(&one.output, &other.output))
}

/// As many multiply-adds as the lanes of `many` would do, in registers.
#[inline(always)]
fn multiply_adds<S: Simd>(simd: S, rounds: usize) -> f32 {
    let factor = f32x16::splat(simd, black_box(0.999_f32));
    let mut sums = [f32x16::splat(simd, black_box(1.0_f32)); 10];
    for _ in 0..rounds {
        for sum in &mut sums {
            *sum = factor.mul_add(*sum, factor);
        }
    }
    let mut total = f32x16::splat(simd, 0.0);
    for sum in sums {
        total += sum;
    }
    total[0]
}

fn many_students() {
    const SAMPLES: usize = 50_000;
    const STUDENTS: usize = 64;
    const ROUNDS: usize = 2_000_000;
    let data = Data::new(SAMPLES);
    let students: Vec<Network> = (0..STUDENTS as u64).map(network).collect();
    println!("\n{STUDENTS} students, n = 50 000: beside the peak of f32 multiply-adds");
    let threads = rayon::current_num_threads();
    let peak_operations = (threads * ROUNDS * 10 * 16 * 2) as f64;
    let mut source = data.source(Values::F32(&data.single));
    let (pass, peak) = side_by_side(
        9,
        || {
            black_box(
                sums(&mut source, &students, Selection::All, Arithmetic::AsStored, &()).expect("valid"),
            );
        },
        || {
            (0..threads).into_par_iter().for_each(|_| {
                let level = Level::new();
                black_box(dispatch!(level, simd => multiply_adds(simd, ROUNDS)));
            });
        },
    );
    let operations = (4 * SAMPLES * PATCHES * PATCH_DIM * STUDENTS) as f64;
    let (rate, peak) = (operations / pass / 1e9, peak_operations / peak / 1e9);
    println!("  {rate:.0} GFLOP/s, peak {peak:.0} GFLOP/s, ratio {:.2}", rate / peak);
}

fn least_squares() {
    let data = Data::new(20_000);
    let student = [network(0)];
    println!("\nGauss–Newton matrix in double precision, n = 20 000: one pass beside a plain sum");
    let row = |name: &str, values: Values<'_>, plain: &mut dyn FnMut()| {
        let mut source = data.source(values);
        let pass = || {
            black_box(gauss_newton(&mut source, &student, Selection::All, &()).expect("valid"));
        };
        let (pass, plain) = side_by_side(25, pass, plain);
        println!("  {name}: {:.2} ms, plain sum {:.2} ms", pass * 1e3, plain * 1e3);
    };
    row("f32", Values::F32(&data.single), &mut || {
        black_box(plain_sum(&data.single));
    });
    row("f64", Values::F64(&data.double), &mut || {
        black_box(plain_sum(&data.double));
    });
}

fn planted_data() {
    println!("\nplanted data, 100 000 samples, beside filling the same buffer with zeros");
    let cell = Cell::new(PATCH_DIM, PATCHES, 4.0, 1.0).expect("valid");
    let (mut rows, mut zeros) =
        (vec![0.0; 100_000 * PATCHES * PATCH_DIM], vec![0.0; 100_000 * PATCHES * PATCH_DIM]);
    let mut target = vec![0.0; 100_000];
    for inputs in
        [Inputs::Gaussian, Inputs::Uniform, Inputs::Rademacher, Inputs::Correlated { correlation: 0.3 }]
    {
        let planted = Planted::new(&cell, inputs, 0.1, 1).expect("valid");
        let fill = || planted.fill(0, black_box(&mut rows), &mut target).expect("lengths fit");
        let (fill, plain) =
            side_by_side(5, fill, || black_box(&mut zeros).par_chunks_mut(1 << 17).for_each(|z| z.fill(0.0)));
        let rate = |time: f64| zeros.len() as f64 / time / 1e6;
        println!("  {inputs:?}: {:.0} million numbers/s, zeros {:.0}", rate(fill), rate(plain));
    }
}

/// Everything that `spurious fit` computes: survey, penalty, searches, antipodal restart, standard errors, linear model.
fn whole_fit() {
    let cell = Cell::new(8, 8, 2.0, 1.0).expect("valid");
    let planted = Planted::new(&cell, Inputs::Gaussian, 0.3, 1).expect("valid");
    let (mut values, mut target) = (vec![0.0; 2000 * 64], vec![0.0; 2000]);
    planted.fill(0, &mut values, &mut target).expect("valid");
    let rows = Rows { values: Values::F64(&values), stride: 64, target: &target, weights: None };
    let mut source = InMemory::new(rows, planted.windows().expect("valid")).expect("valid");
    let mut fit = |validation| {
        let begin = Instant::now();
        black_box(analyse(&mut source, &Options::default(), validation, &()).expect("valid"));
        begin.elapsed().as_secs_f64() * 1e3
    };
    let mut median = |validation| {
        let mut times: Vec<f64> = (0..11).map(|_| fit(validation)).collect();
        times.sort_by(f64::total_cmp);
        times[5]
    };
    println!("\na whole fit of 2000 rows of 64 numbers, linear model included");
    println!("  without validation: {:.0} ms", median(Validation::None));
    println!("  with five folds:    {:.0} ms", median(Validation::Folds(5)));
}
