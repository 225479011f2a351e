//! Ways to cut a row: overlaps, rests, and the choice of a shape.

use crate::common;
use rand_distr::{Distribution, StandardNormal};
use spurious::fit::{
    Analysis, Choices, Filter, Network, Options, Rest, Ridge, Rows, Scaling, Validation, Values, Windows,
    analyse, choose_and_analyse, predict,
};
use spurious::numerics::random::stream;
use spurious::{Error, Monitor};

fn normals(count: usize, seed: u64) -> Vec<f64> {
    let mut random = stream(seed, 6, 0);
    (0..count).map(|_| StandardNormal.sample(&mut random)).collect()
}

/// Rows of normal numbers, labelled by a network on some windows.
struct Planted {
    windows: Windows,
    teacher: Network,
    values: Vec<f64>,
    target: Vec<f64>,
}

impl Planted {
    fn new(windows: &Windows, filters: usize, linear: bool, samples: usize, noise: f64) -> Self {
        let (p, k, width) = (windows.patch_dim(), windows.patches(), windows.width());
        let filter =
            |i: u64| Filter { weights: normals(p, 10 + i), bias: 0.0, output_weights: normals(k, 20 + i) };
        let linear_part = if linear { normals(width, 31) } else { Vec::new() };
        let teacher = Network {
            filters: (0..filters as u64).map(filter).collect(),
            linear_part,
            intercept: 0.4,
            ..Network::default()
        };
        let values = normals(samples * width, 1);
        let errors = normals(samples, 2);
        let labels = Self::rows(&values, width, windows, &teacher);
        let target = labels.iter().zip(errors).map(|(y, error)| y + noise * error).collect();
        Self { windows: windows.clone(), teacher: teacher.normalised(), values, target }
    }

    fn rows(values: &[f64], width: usize, windows: &Windows, network: &Network) -> Vec<f64> {
        let target = vec![0.0; values.len() / width];
        let rows = Rows { values: Values::F64(values), stride: width, target: &target, weights: None };
        predict(rows, windows, network).expect("fits")
    }

    fn analyse(&self, windows: &Windows, options: &Options, validation: Validation) -> Analysis {
        let mut source = common::in_memory(windows, &self.values, &self.target);
        analyse(&mut source, options, validation, &()).expect("valid")
    }

    fn choose(&self, choices: &Choices, validation: Validation, monitor: &dyn Monitor) -> Analysis {
        let mut source = common::in_memory(&self.windows, &self.values, &self.target);
        choose_and_analyse(&mut source, choices, &Options::default(), validation, monitor).expect("valid")
    }
}

fn apart(one: &Network, other: &Network) -> f64 {
    one.numbers().zip(other.numbers()).map(|(x, y)| (x - y).abs()).fold(0.0, f64::max)
}

/// The values of a network on any windows are those of the patches, written out.
#[test]
fn values_are_those_of_the_patches_and_the_row() {
    let windows = Windows::image(20, [4, 5], [2, 3], [1, 2], Rest::Pad).unwrap();
    let planted = Planted::new(&windows, 2, true, 7, 0.0);
    let (p, k) = (windows.patch_dim(), windows.patches());
    for (row, &y) in planted.values.chunks(20).zip(&planted.target) {
        let entry = |j, t| windows.column(j, t).map_or(0.0, |column| row[column]);
        let mut value = planted.teacher.intercept;
        for filter in &planted.teacher.filters {
            for j in 0..k {
                let dot: f64 = (0..p).map(|t| filter.weights[t] * entry(j, t)).sum();
                value += filter.output_weights[j] * dot.max(0.0);
            }
        }
        value += planted.teacher.linear_part.iter().zip(row).map(|(b, x)| b * x).sum::<f64>();
        assert!((value - y).abs() < 1e-12);
    }
}

#[test]
fn teachers_on_overlapping_and_padded_windows_are_recovered() {
    for windows in [
        Windows::signal(12, 1, 4, 2, Rest::Refuse).unwrap(),
        Windows::signal(11, 1, 4, 4, Rest::Pad).unwrap(),
        Windows::signal(13, 1, 4, 4, Rest::Trim).unwrap(),
        Windows::image(20, [4, 5], [2, 2], [1, 2], Rest::Trim).unwrap(),
    ] {
        let planted = Planted::new(&windows, 1, false, 800, 0.0);
        let options = Options { ridge: Ridge::Fixed(0.0), ..Options::default() };
        let fit = planted.analyse(&windows, &options, Validation::None).fit;
        assert!(apart(&fit.network, &planted.teacher) < 1e-10, "{windows}: {:?}", fit.search);
    }
}

/// A linear part reaches the numbers that no window has, and counts those once that several have.
#[test]
fn a_linear_part_sees_the_row() {
    for windows in [
        Windows::signal(9, 1, 4, 4, Rest::Trim).unwrap(),
        Windows::signal(10, 1, 4, 2, Rest::Refuse).unwrap(),
    ] {
        let planted = Planted::new(&windows, 1, true, 1500, 0.0);
        let options = Options { linear: true, ridge: Ridge::Fixed(1e-12), ..Options::default() };
        let network = planted.analyse(&windows, &options, Validation::None).fit.network;
        assert_eq!(network.linear_part.len(), windows.width());
        let values = Planted::rows(&planted.values, windows.width(), &windows, &network);
        let largest = values.iter().zip(&planted.target).map(|(f, y)| (f - y).abs()).fold(0.0, f64::max);
        assert!(largest < 1e-4, "{windows}: {largest}");
    }
}

/// The linear model is the same, however rows are cut.
#[test]
fn the_baseline_does_not_depend_on_the_cut() {
    let cuts = [
        Windows::consecutive(12, 4).unwrap(),
        Windows::signal(12, 1, 5, 5, Rest::Trim).unwrap(),
        Windows::signal(12, 1, 5, 5, Rest::Pad).unwrap(),
        Windows::signal(12, 1, 6, 2, Rest::Trim).unwrap(),
        Windows::tiles(12, [4, 3], [2, 3]).unwrap(),
        Windows::tiles(12, [4, 3], [4, 1]).unwrap(),
    ];
    let planted = Planted::new(&cuts[0], 1, false, 300, 1.0);
    let linear = |windows: &Windows| {
        let analysis = planted.analyse(windows, &Options::default(), Validation::HoldOut(0.3));
        let (model, scores) = analysis.linear.expect("narrow");
        (model.coefficients, scores.validation.expect("held out"))
    };
    let (coefficients, score) = linear(&cuts[0]);
    for windows in &cuts[1..] {
        let other = linear(windows);
        assert!(coefficients.iter().zip(&other.0).all(|(a, b)| (a - b).abs() < 1e-12), "{windows}");
        assert!((score - other.1).abs() < 1e-12);
    }
}

fn choices(width: usize) -> Choices {
    Choices {
        windows: Windows::of_signal(width, 1).expect("divides"),
        overlaps: true,
        scalings: vec![(Scaling::Standardise, true)],
        filters: 1..=3,
        linear: true,
    }
}

#[test]
fn the_planted_shape_is_chosen() {
    let windows = Windows::consecutive(24, 4).unwrap();
    let planted = Planted::new(&windows, 2, false, 900, 0.5);
    let analysis = planted.choose(&choices(24), Validation::HoldOut(0.25), &());
    let choice = analysis.choice.as_ref().expect("a choice");
    let chosen = choice.chosen();
    assert_eq!((&chosen.windows, chosen.filters, chosen.linear), (&windows, 2, false), "{choice:#?}");
    assert_eq!(analysis.windows, windows);
    assert_eq!(analysis.fit.network.filters.len(), 2);
    assert!(analysis.scores.validation.unwrap() > 0.9);
    // Everything is judged on the same samples; nothing is better than the best, and the chosen one is within its error.
    assert!(choice.candidates.iter().all(|candidate| candidate.below_best >= 0.0));
    assert!(chosen.below_best <= chosen.standard_error.unwrap());
    let simpler = |candidate: &&spurious::fit::Candidate| candidate.numbers < chosen.numbers;
    for candidate in choice.candidates.iter().filter(simpler) {
        assert!(candidate.below_best > candidate.standard_error.unwrap(), "{candidate}");
    }
    assert_eq!(choice.table().rows().len(), choice.candidates.len());
}

/// With folds each fold chooses for itself, and the samples that judge it take no part: noise is not predicted.
#[test]
fn a_choice_from_noise_predicts_nothing() {
    let windows = Windows::consecutive(12, 4).unwrap();
    let mut planted = Planted::new(&windows, 1, false, 150, 0.0);
    planted.target = normals(150, 77);
    let analysis = planted.choose(&choices(12), Validation::Folds(5), &());
    assert!(analysis.scores.validation.unwrap() < 0.05, "{:?}", analysis.scores);
    assert!(analysis.same_choice <= 5 && analysis.fold_angles.len() == 5);
}

#[test]
fn out_of_time_one_shape_has_been_tried() {
    struct Late;
    impl Monitor for Late {
        fn is_out_of_time(&self) -> bool {
            true
        }
    }
    let windows = Windows::consecutive(12, 4).unwrap();
    let planted = Planted::new(&windows, 1, false, 200, 0.1);
    let choice = planted.choose(&choices(12), Validation::None, &Late).choice.expect("a choice");
    assert!(choice.out_of_time && choice.candidates.len() == 1);
    assert!(choice.sentence().contains("until time was out"), "{}", choice.sentence());
}

/// The whole of a long row is no filter that is worth a try, unless there is no other way to cut it.
#[test]
fn long_filters_are_not_tried() {
    let planted = Planted::new(&Windows::consecutive(300, 10).expect("divides"), 1, false, 60, 0.1);
    let sizes = |windows: Vec<Windows>| -> Vec<usize> {
        let few = Choices { windows, overlaps: false, scalings: Vec::new(), filters: 1..=1, linear: false };
        let choice = planted.choose(&few, Validation::None, &()).choice.expect("a choice");
        choice.candidates.iter().map(|candidate| candidate.windows.patch_dim()).collect()
    };
    let [short, long] = [10, 300].map(|len| Windows::consecutive(300, len).expect("divides"));
    assert_eq!(sizes(vec![short, long.clone()]), [10]);
    assert_eq!(sizes(vec![long]), [300]);
}

#[test]
fn choices_without_windows_or_of_another_width_are_refused() {
    let planted = Planted::new(&Windows::consecutive(12, 4).unwrap(), 1, false, 50, 0.1);
    let mut source = common::in_memory(&planted.windows, &planted.values, &planted.target);
    let mut refused = |windows: Vec<Windows>| {
        let choices = Choices { windows, ..choices(12) };
        let options = &Options::default();
        choose_and_analyse(&mut source, &choices, options, Validation::None, &()).unwrap_err()
    };
    assert_eq!(refused(Vec::new()), Error::Windows { width: 12 });
    let [right, wrong] = [12, 8].map(|width| Windows::consecutive(width, 4).unwrap());
    assert_eq!(refused(vec![right, wrong]), Error::Length { name: "row", found: 12, expected: 8 });
}
