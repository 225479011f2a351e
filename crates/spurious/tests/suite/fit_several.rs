//! Fits of several filters, and of a linear part beside them.

use crate::common;
use nalgebra::{DMatrix, DVector};
use rand_distr::{Distribution, StandardNormal};
use spurious::fit::{
    self, Analysis, Filter, InMemory, Inputs, Model, Network, Options, Ridge, Scaling, Selection, Starts,
    Validation, Windows, analyse, fit, gauss_newton, predict,
};
use spurious::model::Cell;
use spurious::numerics::random::stream;

fn normals(count: usize, seed: u64) -> Vec<f64> {
    let mut random = stream(seed, 5, 0);
    (0..count).map(|_| StandardNormal.sample(&mut random)).collect()
}

/// A teacher of some filters, and what it says of normal patches.
struct Planted {
    teacher: Network,
    windows: Windows,
    values: Vec<f64>,
    target: Vec<f64>,
}

impl Planted {
    fn new(filters: usize, [p, k]: [usize; 2], samples: usize, noise: f64, seed: u64) -> Self {
        let filter =
            |i: u64| Filter { weights: normals(p, 100 + i), bias: 0.0, output_weights: normals(k, 200 + i) };
        let filters = (0..filters as u64).map(filter).collect();
        Self::of(Network { filters, intercept: 0.7, ..Network::default() }, [p, k], samples, noise, seed)
    }

    fn of(teacher: Network, [p, k]: [usize; 2], samples: usize, noise: f64, seed: u64) -> Self {
        let values = normals(samples * p * k, seed);
        let errors = normals(samples, seed + 1000);
        let labels = values.chunks(p * k).map(|patches| teacher.value(patches));
        let target = labels.zip(errors).map(|(y, error)| y + noise * error).collect();
        let windows = Windows::consecutive(p * k, p).expect("divides");
        Self { teacher: teacher.normalised(), windows, values, target }
    }

    fn source(&self) -> InMemory<'_> {
        common::in_memory(&self.windows, &self.values, &self.target)
    }

    fn analyse(&self, options: &Options, validation: Validation) -> Analysis {
        analyse(&mut self.source(), options, validation, &()).expect("valid")
    }
}

/// Largest difference between the numbers of two networks, their filters brought into the same order.
fn apart(one: &Network, other: &Network) -> f64 {
    let sorted = |network: &Network| {
        let mut network = network.clone();
        network.filters.sort_by(|one, other| one.weights[0].total_cmp(&other.weights[0]));
        network
    };
    sorted(one).numbers().zip(sorted(other).numbers()).map(|(x, y)| (x - y).abs()).fold(0.0, f64::max)
}

fn exact(filters: usize) -> Options {
    Options { filters, ridge: Ridge::Fixed(0.0), ..Options::default() }
}

#[test]
fn planted_filters_are_recovered() {
    for filters in 2..=3 {
        for seed in 0..4 {
            let planted = Planted::new(filters, [4, 6], 2000, 0.0, seed);
            let fit = planted.analyse(&exact(filters), Validation::None).fit;
            assert!(apart(&fit.network, &planted.teacher) < 1e-10, "{filters}, {seed}: {:?}", fit.search);
            assert_eq!(fit.parameters, filters * (4 + 6 - 1) + 1);
        }
    }
}

/// Standard errors of two filters are the spread of fits of fresh samples.
#[test]
fn standard_errors_are_the_spread() {
    let planted = |seed| Planted::new(2, [3, 4], 400, 1.0, seed);
    let fits = (0..60).map(|seed| planted(seed).analyse(&exact(2), Validation::None).fit);
    // Filters stand in the order of the mean squares of their parts, which differ in the teacher.
    let fits: Vec<_> = fits.collect();
    let mut truth = planted(0).teacher;
    let size = |filter: &Filter| filter.output_weights.iter().map(|a| a * a).sum::<f64>();
    truth.filters.sort_by(|one, other| size(other).total_cmp(&size(one)));
    common::assert_errors_are_the_spread(&fits, &truth, &[3, 11]);
}

/// The teachers that `generate` draws, with the settings of a plain fit, its penalty and intercept included.
#[test]
fn drawn_teachers_of_several_filters_are_recovered() {
    let (p, k, samples) = (4, 5, 1500);
    for filters in 2..=3 {
        for seed in 1..=3 {
            let cell = Cell::new(p, k, 2.0, 1.5).expect("a cell");
            let drawn = fit::Planted::of_several(&cell, filters, Inputs::Gaussian, 0.0, seed).expect("valid");
            let (mut values, mut target) = (vec![0.0; samples * p * k], vec![0.0; samples]);
            drawn.fill(0, &mut values, &mut target).expect("the length");
            let mut source = common::in_memory(&drawn.windows().expect("divides"), &values, &target);
            let options = Options { filters, ..Options::default() };
            let fit = fit(&mut source, Selection::All, &options, &()).expect("valid");
            let furthest = apart(&fit.network, drawn.network());
            assert!(
                furthest < 1e-10,
                "{filters}, {seed}: {furthest:e}, penalty {:e}, {:?}",
                fit.ridge,
                fit.search
            );
        }
    }
}

/// More filters than the data has: those that are not needed are merged or left out, and the result is, to the bit, that of a fit of the
/// filters that are left.
#[test]
fn filters_that_are_not_needed_go() {
    let planted = Planted::new(2, [4, 6], 600, 0.0, 1);
    let free = |filters| Options { filters, ..Options::default() };
    let two = planted.analyse(&free(2), Validation::None).fit;
    for filters in [3, 4] {
        let more = planted.analyse(&free(filters), Validation::None).fit;
        assert_eq!(more.search.filters + more.search.merged + more.search.dropped, filters);
        assert_eq!((&more.network, more.loss, more.parameters), (&two.network, two.loss, two.parameters));
        let said = more.search.fewer_filters().expect("some are not needed");
        assert!(
            said.starts_with(&format!("of {filters} filters ")) && said.ends_with(": 2 filters are left")
        );
    }
    assert_eq!((two.search.fewer_filters(), two.search.filters), (None, 2));

    // A start that was given keeps its filters, also where two are the same.
    let mut start = planted.teacher.clone();
    start.filters.push(start.filters[0].clone());
    let given = Options { starts: Starts::Given(start), ..exact(3) };
    assert_eq!(planted.analyse(&given, Validation::None).fit.network.filters.len(), 3);
}

/// With noise, and a penalty that two filters share: two of three filters to the data of one come out the same, and are merged. What is
/// left is not the truth, but the best fit of two filters. Where the samples tell equal filters from one, by the larger penalty of one, they
/// stay.
#[test]
fn filters_that_came_out_the_same_are_merged() {
    let (p, k, samples) = (4, 6, 400);
    let cell = Cell::new(p, k, 2.0, 1.5).expect("a cell");
    let fitted = |noise, filters, ridge| {
        let drawn = fit::Planted::new(&cell, Inputs::Gaussian, noise, 2).expect("valid");
        let (mut values, mut target) = (vec![0.0; samples * p * k], vec![0.0; samples]);
        drawn.fill(0, &mut values, &mut target).expect("the length");
        let mut source = common::in_memory(&drawn.windows().expect("divides"), &values, &target);
        let options = Options { filters, ridge: Ridge::Fixed(ridge), ..Options::default() };
        fit(&mut source, Selection::All, &options, &()).expect("valid")
    };
    let [two, three] = [2, 3].map(|filters| fitted(0.5, filters, 0.1));
    assert_eq!((three.search.filters, three.search.merged, three.search.dropped), (2, 1, 0));
    assert_eq!((&three.network, &three.standard_errors), (&two.network, &two.standard_errors));
    assert_eq!(
        three.search.fewer_filters().as_deref(),
        Some("of 3 filters 1 came out the same as another and was merged with it: 2 filters are left")
    );
    let shared = fitted(0.0, 2, 0.3);
    let [one, other] = [0, 1].map(|i| &shared.network.filters[i].weights);
    assert!(one.iter().zip(other).all(|(u, v)| (u - v).abs() < 1e-3) && shared.search.merged == 0);
}

/// The last column of the Gram matrix is the gradient, for every number of the network.
#[test]
fn gradients_are_differences_of_losses() {
    let (p, k) = (3, 4);
    let planted = Planted::new(3, [p, k], 300, 0.5, 7);
    let network = Planted::new(3, [p, k], 1, 0.0, 1).teacher.with_numbers(normals(3 * (p + 1 + k) + 1, 3));
    let sums = gauss_newton(&mut planted.source(), std::slice::from_ref(&network), Selection::All, &());
    let sums = sums.expect("valid").remove(0);
    let n = 3 * (p + 1 + k) + 2;
    assert_eq!(sums.gram.len(), n * n);
    let loss = |numbers: &[f64]| {
        let network = network.with_numbers(numbers.iter().copied());
        let rows = planted.values.chunks(p * k).zip(&planted.target);
        rows.map(|(row, y)| (network.value(row) - y).powi(2)).sum::<f64>() / 2.0
    };
    let numbers: Vec<f64> = network.numbers().collect();
    assert!((loss(&numbers) - sums.gram[n * n - 1] / 2.0).abs() < 1e-9 * loss(&numbers));
    // The filters with their biases come first, then all output weights, then the intercept.
    for (at, _) in numbers.iter().enumerate() {
        let (i, place) = (at / (p + 1 + k), at % (p + 1 + k));
        let column = match place {
            _ if at + 1 == numbers.len() => n - 2,
            _ if place <= p => i * (p + 1) + place,
            _ => 3 * (p + 1) + i * k + place - p - 1,
        };
        let moved = |step: f64| {
            let mut numbers = numbers.clone();
            numbers[at] += step;
            loss(&numbers)
        };
        let slope = (moved(1e-6) - moved(-1e-6)) / 2e-6;
        let found = sums.gram[column * n + n - 1];
        assert!((found - slope).abs() < 1e-4 * sums.gram[n * n - 1], "{at}: {found} {slope}");
    }
}

/// A linear part beside filters is found with them, whatever the scaling, and the numbers of a row have any mean and scale.
#[test]
fn a_linear_part_is_recovered() {
    let [p, k] = [4, 5];
    let mut teacher = Planted::new(2, [p, k], 1, 0.0, 1).teacher;
    teacher.linear_part = normals(p * k, 31);
    let mut planted = Planted::of(teacher, [p, k], 1500, 0.0, 2);
    for (at, value) in planted.values.iter_mut().enumerate() {
        *value = 3.0 * *value + (at % p) as f64;
    }
    let scaled = planted.values.chunks(p * k).next().expect("a row").to_vec();
    for scaling in [Scaling::None, Scaling::Standardise, Scaling::Whiten] {
        let options = Options { linear: true, scaling, filter_bias: true, ..exact(2) };
        let analysis = planted.analyse(&options, Validation::None);
        let found = predict(
            spurious::fit::Rows {
                values: spurious::fit::Values::F64(&planted.values),
                stride: p * k,
                target: &planted.target,
                weights: None,
            },
            &planted.windows,
            &analysis.fit.network,
        )
        .expect("fits");
        let worst = found.iter().zip(&planted.target).map(|(f, y)| (f - y).abs()).fold(0.0, f64::max);
        assert!(worst < 1e-6, "{scaling:?}: {worst:e}, {:?}", analysis.fit.search);
        assert!((found[0] - analysis.fit.network.value(&scaled)).abs() < 1e-9);
    }
}

/// A fit that contains the linear model predicts at least as well, where one of filters alone does not.
#[test]
fn a_linear_part_saves_what_is_linear() {
    let [p, k] = [4, 5];
    let mut teacher = Planted::new(1, [p, k], 1, 0.0, 1).teacher;
    teacher.linear_part = normals(p * k, 31);
    let planted = Planted::of(teacher, [p, k], 600, 0.3, 2);
    let score = |linear: bool| {
        let analysis = planted.analyse(&Options { linear, ..Options::default() }, Validation::Folds(5));
        (
            analysis.scores.validation.expect("folds"),
            analysis.linear.expect("narrow").1.validation.expect("folds"),
        )
    };
    let ((alone, ridge), (with, _)) = (score(false), score(true));
    assert!(with > 0.98 && ridge < 0.95 && alone < ridge, "{alone} {ridge} {with}");
}

/// What a part adds is what is lost without it, by plain least squares on the activations of the other parts.
#[test]
fn parts_add_what_is_lost_without_them() {
    let [p, k] = [3, 4];
    let planted = Planted::new(2, [p, k], 300, 0.7, 11);
    let options = Options { linear: true, ..exact(2) };
    let fit = planted.analyse(&options, Validation::None).fit;
    let rows: Vec<&[f64]> = planted.values.chunks(p * k).collect();
    let loss = |filters: &[usize], linear: bool| {
        let features = |row: &[f64]| {
            let active = |i: usize| {
                let filter = &fit.network.filters[i];
                let dot = |patch: &[f64]| patch.iter().zip(&filter.weights).map(|(z, u)| z * u).sum::<f64>();
                row.chunks(p).map(|patch| dot(patch).max(0.0)).collect::<Vec<_>>()
            };
            let mut features: Vec<f64> = filters.iter().flat_map(|&i| active(i)).collect();
            features.extend(row.iter().filter(|_| linear));
            features.push(1.0);
            features
        };
        let all: Vec<Vec<f64>> = rows.iter().map(|row| features(row)).collect();
        let design = DMatrix::from_fn(all.len(), all[0].len(), |i, j| all[i][j]);
        let target = DVector::from_column_slice(&planted.target);
        let solved = design.clone().svd(true, true).solve(&target, 1e-12).expect("solved");
        (design * solved - target).norm_squared()
    };
    let mean = planted.target.iter().sum::<f64>() / 300.0;
    let total: f64 = planted.target.iter().map(|y| (y - mean).powi(2)).sum();
    let both = loss(&[0, 1], true);
    assert!((both / (2.0 * 300.0) - fit.loss).abs() < 1e-9 * fit.loss);
    for (left_out, kept) in [(0, 1), (1, 0)] {
        let expected = (loss(&[kept], true) - both) / total;
        assert!((fit.filters_add[left_out] - expected).abs() < 1e-8, "{:?} {expected}", fit.filters_add);
    }
    let expected = (loss(&[0, 1], false) - both) / total;
    assert!((fit.linear_adds.expect("linear") - expected).abs() < 1e-8, "{:?} {expected}", fit.linear_adds);
}

/// With a large penalty on the output weights the network is the linear model beside it.
#[test]
fn a_large_penalty_leaves_the_linear_model() {
    let planted = Planted::new(2, [3, 4], 400, 0.5, 3);
    let options = Options { linear: true, ridge: Ridge::Fixed(1e14), filters: 2, ..Options::default() };
    let analysis = planted.analyse(&options, Validation::HoldOut(0.25));
    let (linear, scores) = analysis.linear.expect("narrow");
    let network = &analysis.fit.network;
    let differences = network.linear_part.iter().zip(&linear.coefficients).map(|(a, b)| (a - b).abs());
    assert!(differences.fold(0.0, f64::max) < 1e-10);
    assert!(
        (scores.validation.expect("held out") - analysis.scores.validation.expect("held out")).abs() < 1e-10
    );
}

/// The seeds of the fuzzer are models that this version reads, or it would try nothing behind the version.
#[test]
fn seeds_of_the_fuzzer_are_models() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/seeds/model");
    let mut filters = Vec::new();
    for entry in std::fs::read_dir(folder).expect("seeds") {
        let text = std::fs::read_to_string(entry.expect("an entry").path()).expect("read");
        filters.push(Model::from_json(&text).expect("a model").network.filters.len());
    }
    filters.sort_unstable();
    assert_eq!(filters, [1, 2]);
}
