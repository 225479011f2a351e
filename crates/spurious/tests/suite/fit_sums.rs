//! One pass over the data: every kernel against the definition, for every shape, precision and cut of a row.

use crate::common;
use proptest::prelude::*;
use rand_distr::{Distribution, StandardNormal};
use spurious::Activation;
use spurious::fit::{
    Arithmetic, Filter, GramSums, InMemory, Network, PartialSum, Rest, Rows, Selection, Split, Sums, Values,
    Windows, block_samples, gauss_newton, partial_sums, predict, sums,
};
use spurious::numerics::random::stream;

fn normals(count: usize, index: u64) -> Vec<f64> {
    let mut random = stream(5, 0, index);
    (0..count).map(|_| StandardNormal.sample(&mut random)).collect()
}

fn network(patch_dim: usize, patches: usize, index: u64) -> Network {
    let numbers = normals(patch_dim + patches + 2, 1000 + index);
    let filter = Filter {
        weights: numbers[..patch_dim].to_vec(),
        bias: 0.3 * numbers[patch_dim + patches],
        output_weights: numbers[patch_dim..patch_dim + patches].to_vec(),
    };
    Network { intercept: numbers[patch_dim + patches + 1], ..filter.into() }
}

fn leaky(network: Network, slope: f64) -> Network {
    Network { activation: Activation::leaky(slope).expect("from 0 to 1"), ..network }
}

/// The patches of a row, one after the other, from the documented rule.
fn patches_of(row: &[f64], windows: &Windows) -> Vec<f64> {
    let (k, p) = (windows.patches(), windows.patch_dim());
    let places = (0..k).flat_map(|j| (0..p).map(move |t| (j, t)));
    places.map(|(j, t)| windows.column(j, t).map_or(0.0, |column| row[column])).collect()
}

/// A sample's line `(∂f/∂u, ∂f/∂b, ∂f/∂a, ∂f/∂c, f − y)` from the definition, and how far rounding may take it.
struct Line {
    value: Vec<f64>,
    /// The same with every term of every sum taken by its absolute value: rounding errors scale with it.
    size: Vec<f64>,
    /// What the patches contribute whose dot product is within rounding of the kink, and may fall on either side of it.
    jump: Vec<f64>,
}

impl Line {
    fn new(network: &Network, patches: &[f64], y: f64, kink: f64) -> Self {
        let filter = &network.filters[0];
        let p = filter.weights.len();
        let slope = network.activation.negative_slope();
        let [mut value, mut size, mut jump] = [const { Vec::new() }; 3];
        for by_filter in [&mut value, &mut size, &mut jump] {
            by_filter.resize(p + 1, 0.0);
        }
        let (mut dots, mut dot_sizes) = (Vec::new(), Vec::new());
        let mut residual_size = network.intercept.abs() + y.abs();
        for (patch, a) in patches.chunks(p).zip(&filter.output_weights) {
            let terms = || patch.iter().zip(&filter.weights).map(|(z, u)| z * u).chain([filter.bias]);
            let (dot, dot_size) = (terms().sum::<f64>(), terms().map(f64::abs).sum::<f64>());
            for (t, z) in patch.iter().chain([&1.0]).enumerate() {
                value[t] += if dot > 0.0 { a * z } else { slope * a * z };
                if dot.abs() <= kink * dot_size {
                    jump[t] += (1.0 - slope) * (a * z).abs();
                }
                size[t] += (a * z).abs();
            }
            dots.push(dot.max(0.0) + slope * dot.min(0.0));
            dot_sizes.push(dot_size);
            residual_size += a.abs() * dot_size;
        }
        value.extend(dots.into_iter().chain([1.0, network.value(patches) - y]));
        size.extend(dot_sizes.into_iter().chain([1.0, residual_size]));
        jump.resize(value.len(), 0.0);
        Self { value, size, jump }
    }
}

/// The Gram matrix of the lines, and the largest error of each entry for sums taken in numbers of this `unit` (the gap
/// after 1), whatever their order.
fn reference(network: &Network, data: &Data, selection: Selection<'_>, unit: f64) -> (GramSums, Vec<f64>) {
    let (p, k) = (network.filters[0].weights.len(), network.filters[0].output_weights.len());
    let n = p + k + 3;
    // A dot product takes p + 1 operations, a residual k + 2 more, with some for rounding the numbers that go in; an entry
    // is a product of two of these, summed over patches and samples. Half a unit each, here and in what is tested.
    // Two more for the slope of what is not active.
    let (of_dot, of_line) = ((p + 4) as f64 * unit, (p + k + 10) as f64 * unit);
    let of_entry = 2.0 * of_line + (data.target.len() * k) as f64 * unit;
    let (mut gram, mut bounds) = (vec![0.0; n * n], vec![0.0; n * n]);
    let mut weight = 0.0;
    for (i, (&y, row)) in data.target.iter().zip(data.values.chunks(data.stride)).enumerate() {
        if !selection.contains(i as u64) {
            continue;
        }
        let Line { value, size, jump } = Line::new(network, &patches_of(row, &data.windows), y, of_dot);
        weight += data.weights[i];
        for (at, (entry, bound)) in gram.iter_mut().zip(&mut bounds).enumerate() {
            let (i_, j) = (at / n, at % n);
            *entry += data.weights[i] * value[i_] * value[j];
            *bound +=
                data.weights[i] * (of_entry * size[i_] * size[j] + jump[i_] * size[j] + size[i_] * jump[j]);
        }
    }
    let loss = gram[n * n - 1] / 2.0;
    (GramSums { weight, loss, gram, linear: Vec::new(), activity: Vec::new() }, bounds)
}

/// Panics unless every sum is within rounding of the last column of the reference.
fn check(sums: &Sums, (reference, bounds): &(GramSums, Vec<f64>)) {
    let n = sums.filter.len() + sums.output.len() + 3;
    let of_residual = |i: usize| i * n + n - 1;
    let found = sums.filter.iter().chain([&sums.bias]).chain(&sums.output);
    assert_eq!(sums.weight, reference.weight);
    for (i, found) in found.chain([&sums.intercept, &sums.squares]).enumerate() {
        let (expected, bound) = (reference.gram[of_residual(i)], bounds[of_residual(i)]);
        assert!((found - expected).abs() <= bound, "number {i} of {n}: {found} {expected} ± {bound:e}");
    }
}

struct Data {
    windows: Windows,
    stride: usize,
    values: Vec<f64>,
    single: Vec<f32>,
    target: Vec<f64>,
    weights: Vec<f64>,
}

impl Data {
    /// Numbers that single precision holds exactly, so that both precisions see the same data.
    fn new(windows: Windows, stride: usize, samples: usize) -> Self {
        let single: Vec<f32> = normals(samples * stride, 1).iter().map(|&z| z as f32).collect();
        let mut random = stream(6, 0, 0);
        let weights =
            (0..samples).map(|_| (rand::RngExt::random_range(&mut random, 0..4)) as f64 / 2.0).collect();
        Self {
            values: single.iter().map(|&z| f64::from(z)).collect(),
            single,
            target: normals(samples, 2),
            weights,
            windows,
            stride,
        }
    }

    fn source(&self, single: bool) -> InMemory<'_> {
        let values = if single { Values::F32(&self.single) } else { Values::F64(&self.values) };
        let rows = Rows { values, stride: self.stride, target: &self.target, weights: Some(&self.weights) };
        InMemory::new(rows, self.windows.clone()).expect("valid")
    }
}

fn shapes() -> impl Strategy<Value = (Windows, usize)> {
    let consecutive = (1..70usize, 1..24usize).prop_map(|(p, k)| Windows::consecutive(p * k, p));
    let channels = (1..9usize, 1..6usize, 1..4usize).prop_map(|(p, k, c)| Windows::channels(p * k * c, c, p));
    let tiles = (1..5usize, 1..5usize, 1..4usize, 1..4usize).prop_map(|(h, w, down, across)| {
        Windows::tiles(h * w * down * across, [h * down, w * across], [h, w])
    });
    // Overlaps, gaps, and rests that are trimmed or padded.
    let rests = prop_oneof![Just(Rest::Auto), Just(Rest::Trim), Just(Rest::Pad)];
    let any = ((1..9usize, 1..9usize, 0..12usize), (1..9usize, 1..9usize, 0..12usize), rests).prop_map(
        |((h, down, below), (w, right, beside), rest)| {
            let image = [h + below, w + beside];
            Windows::image(image[0] * image[1], image, [h, w], [down, right], rest)
        },
    );
    (prop_oneof![consecutive, channels, tiles, any].prop_map(|windows| windows.expect("divides")), 0..3usize)
}

/// The rectifier, a leak, the identity.
fn slopes() -> impl Strategy<Value = f64> {
    prop_oneof![Just(0.0), Just(0.2), Just(1.0), 0.0..1.0]
}

proptest! {
    #![proptest_config(common::property(60, "proptest-regressions/fit_sums.txt"))]

    /// All kernels, both precisions, one student and groups of them, of one activation and of several, dense rows and rows with gaps.
    #[test]
    fn sums_are_those_of_the_definition((windows, more) in shapes(), samples in 1..120usize, students in 1..40usize, slope in slopes()) {
        let data = Data::new(windows.clone(), windows.width() + more, samples);
        if data.weights.iter().all(|&weight| weight == 0.0) {
            return Ok(());
        }
        let networks: Vec<Network> =
            (0..students as u64).map(|i| network(windows.patch_dim(), windows.patches(), i)).enumerate()
                .map(|(i, network)| leaky(network, if i % 7 == 6 { 0.5 } else { slope })).collect();
        for (single, arithmetic, unit) in [
            (false, Arithmetic::AsStored, f64::EPSILON),
            (true, Arithmetic::Double, f64::EPSILON),
            (true, Arithmetic::AsStored, f64::from(f32::EPSILON)),
        ] {
            let sums = sums(&mut data.source(single), &networks, Selection::All, arithmetic, &()).expect("valid");
            for (network, sums) in networks.iter().zip(&sums) {
                check(sums, &reference(network, &data, Selection::All, unit));
            }
        }
    }

    #[test]
    fn the_gram_matrix_is_that_of_the_jacobian((windows, more) in shapes(), samples in 1..120usize, slope in slopes()) {
        let data = Data::new(windows.clone(), windows.width() + more, samples);
        if data.weights.iter().all(|&weight| weight == 0.0) {
            return Ok(());
        }
        let networks = [0, 1].map(|i| leaky(network(windows.patch_dim(), windows.patches(), i), slope));
        let found = gauss_newton(&mut data.source(true), &networks, Selection::All, &()).expect("valid");
        for (network, found) in networks.iter().zip(&found) {
            let (reference, bounds) = reference(network, &data, Selection::All, f64::EPSILON);
            prop_assert_eq!(found.weight, reference.weight);
            prop_assert!((found.loss - reference.loss).abs() <= *bounds.last().expect("entries"));
            for (at, ((found, expected), bound)) in found.gram.iter().zip(&reference.gram).zip(&bounds).enumerate() {
                prop_assert!((found - expected).abs() <= *bound, "{at}: {found} {expected} ± {bound:e}");
            }
        }
    }
}

/// The gradient is the slope of the loss, by central differences.
#[test]
fn gradients_are_slopes_of_the_loss() {
    for slope in [0.0, 0.2, 1.0] {
        gradients_are_slopes(slope);
    }
}

fn gradients_are_slopes(slope: f64) {
    let data = Data::new(Windows::consecutive(12, 4).expect("divides"), 12, 300);
    let network = leaky(network(4, 3, 7), slope);
    let squares = |network: &Network| {
        sums(&mut data.source(false), std::slice::from_ref(network), Selection::All, Arithmetic::Double, &())
            .expect("valid")
            .remove(0)
    };
    let here = squares(&network);
    let slope = |change: &dyn Fn(&mut Network, f64)| {
        let at = |step: f64| {
            let mut moved = network.clone();
            change(&mut moved, step);
            squares(&moved).squares / 2.0
        };
        (at(1e-5) - at(-1e-5)) / 2e-5
    };
    // Kinks crossed within the step and third derivatives leave about 1e-5 of the sum of some hundred terms.
    let close =
        |found: f64, slope: f64| assert!((found - slope).abs() < 1e-3 * here.squares, "{found} {slope}");
    for t in 0..4 {
        close(here.filter[t], slope(&|network, step| network.filters[0].weights[t] += step));
    }
    for j in 0..3 {
        close(here.output[j], slope(&|network, step| network.filters[0].output_weights[j] += step));
    }
    close(here.bias, slope(&|network, step| network.filters[0].bias += step));
    close(here.intercept, slope(&|network, step| network.intercept += step));
}

/// Sums over single-precision data keep eight digits, though the network's numbers do not fit single precision.
#[test]
fn single_precision_keeps_eight_digits() {
    // Errors of single samples average out, some 1e-8 for 20 000 of them and 1/√n beyond.
    let (patch_dim, patches) = (25, 8);
    let data = Data::new(Windows::consecutive(200, patch_dim).expect("divides"), 200, 100_000);
    for slope in [0.0, 0.2] {
        eight_digits(&data, &leaky(network(patch_dim, patches, 3), slope));
    }
}

fn eight_digits(data: &Data, network: &Network) {
    let of = |arithmetic| {
        sums(&mut data.source(true), std::slice::from_ref(network), Selection::All, arithmetic, &())
            .expect("valid")
            .remove(0)
    };
    let (single, double) = (of(Arithmetic::AsStored), of(Arithmetic::Double));
    let norm = |v: &[f64]| v.iter().map(|x| x * x).sum::<f64>().sqrt();
    let apart =
        |a: &[f64], b: &[f64]| norm(&a.iter().zip(b).map(|(a, b)| a - b).collect::<Vec<_>>()) / norm(b);
    assert!((single.squares / double.squares - 1.0).abs() < 1e-8);
    assert!(apart(&single.filter, &double.filter) < 1e-8);
    assert!(apart(&single.output, &double.output) < 1e-8);
}

/// The same bits on any number of threads, and from parts of the data that are summed elsewhere and sent as text.
#[test]
fn parts_add_up_to_the_same_bits() {
    let windows = Windows::consecutive(640, 32).expect("divides");
    let block = block_samples(&windows);
    let data = Data::new(windows.clone(), 640, 11 * block + 7);
    let networks = [0, 1, 2].map(|i| leaky(network(32, 20, i), 0.2 * i as f64));
    let whole = |single| {
        sums(&mut data.source(single), &networks, Selection::All, Arithmetic::AsStored, &()).expect("valid")
    };
    for single in [false, true] {
        let expected = whole(single);
        for threads in [1, 3] {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
            assert_eq!(pool.install(|| whole(single)), expected);
        }
        let mut joined = PartialSum::empty(0);
        for range in [0..1, 1..4, 4..11, 11..12] {
            let rows = range.start * block..(range.end * block).min(data.target.len());
            let part = Rows {
                values: if single {
                    Values::F32(&data.single[rows.start * 640..])
                } else {
                    Values::F64(&data.values[rows.start * 640..])
                },
                stride: 640,
                target: &data.target[rows.clone()],
                weights: Some(&data.weights[rows]),
            };
            let mut part = InMemory::new(part, windows.clone()).expect("valid");
            let first = range.start as u64;
            let sum = partial_sums(&mut part, first, &networks, Selection::All, Arithmetic::AsStored, &())
                .expect("valid");
            assert_eq!(sum.blocks(), first..range.end as u64);
            let sent = serde_json::to_string(&sum).expect("plain numbers");
            joined.append(serde_json::from_str(&sent).expect("reads back")).expect("in order");
        }
        assert_eq!(joined.total(), Some(expected));
    }
}

#[test]
fn folds_leave_out_what_they_should() {
    let data = Data::new(Windows::consecutive(12, 4).expect("divides"), 12, 200);
    let network = network(4, 3, 7);
    let split = Split::folds(200, 3, 9).expect("valid");
    for selection in [Selection::Only(&split, 1), Selection::Except(&split, 1)] {
        let found =
            sums(&mut data.source(false), std::slice::from_ref(&network), selection, Arithmetic::Double, &());
        check(&found.expect("valid")[0], &reference(&network, &data, selection, f64::EPSILON));
    }
    let count = |fold| (0..200).filter(|&row| Selection::Only(&split, fold).contains(row)).count();
    assert_eq!((0..3).map(count).collect::<Vec<_>>(), [67, 67, 66]);
}

#[test]
fn predictions_are_values() {
    let windows = Windows::tiles(36, [6, 6], [3, 2]).expect("divides");
    let data = Data::new(windows.clone(), 36, 500);
    let rows = Rows { values: Values::F32(&data.single), stride: 36, target: &data.target, weights: None };
    for slope in [0.0, 0.2] {
        let network = leaky(network(6, 6, 1), slope);
        let found = predict(rows, &windows, &network).expect("valid");
        for (found, row) in found.iter().zip(data.values.chunks(36)) {
            let expected = network.value(&patches_of(row, &windows));
            assert!((found - expected).abs() < 1e-13 * (1.0 + expected.abs()));
        }
    }
}

/// Parts that do not follow each other are refused, and so are places beyond all numbers.
#[test]
fn parts_out_of_order_are_refused() {
    let data = Data::new(Windows::consecutive(12, 4).expect("divides"), 12, 20);
    let part = |first| {
        let networks = [network(4, 3, 7)];
        partial_sums(&mut data.source(false), first, &networks, Selection::All, Arithmetic::Double, &())
    };
    let mut sum = part(2).expect("valid");
    assert_eq!(sum.append(part(2).expect("valid")), Err(spurious::Error::PartialSum));
    assert_eq!(sum.append(part(3).expect("valid")), Ok(()));
    assert_eq!(sum.blocks(), 2..4);
    assert_eq!(part(u64::MAX / 4).expect_err("out of range"), spurious::Error::PartialSum);
}
