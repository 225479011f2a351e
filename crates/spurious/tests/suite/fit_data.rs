//! Data as it comes: samples that belong together, samples in time, values that are missing, and intervals for new samples.

use rand_distr::{Distribution, StandardNormal, StudentT};
use spurious::Error;
use spurious::fit::{
    Analysis, Arrangement, HeldOutTogether, InMemory, Missing, Network, Options, Ridge, Rows, Starts,
    TargetKind, Validation, Values, Windows, analyse, missing_values,
};
use spurious::numerics::random::stream;

struct Table {
    values: Vec<f64>,
    target: Vec<f64>,
    windows: Windows,
}

impl Table {
    /// Normal patches labelled by a network, with noise that has heavy tails.
    fn planted(samples: usize, noise: f64, seed: u64) -> Self {
        let teacher = Network::new(vec![0.8, -0.6], vec![1.0, -2.0, 0.5]);
        let mut random = stream(seed, 7, 0);
        let heavy = StudentT::new(3.0).expect("positive");
        let values: Vec<f64> = (0..samples * 6).map(|_| StandardNormal.sample(&mut random)).collect();
        let target =
            values.chunks(6).map(|row| teacher.value(row) + noise * heavy.sample(&mut random)).collect();
        Self { values, target, windows: Windows::consecutive(6, 2).expect("divides") }
    }

    fn source(&self) -> InMemory<'_> {
        let rows = Rows { values: Values::F64(&self.values), stride: 6, target: &self.target, weights: None };
        InMemory::with_missing(rows, self.windows.clone()).expect("valid")
    }

    fn analyse(&self, options: &Options, validation: Validation) -> Analysis {
        analyse(&mut self.source(), options, validation, &()).expect("valid")
    }
}

/// Each group has a pattern and a value of its own: whoever has seen some of its samples knows the rest, whoever has not knows
/// nothing.
#[test]
fn groups_that_are_held_out_together_give_nothing_away() {
    let mut table = Table::planted(240, 0.0, 1);
    let groups: Vec<u32> = (0..240).map(|row| row % 24).collect();
    let mut random = stream(5, 0, 0);
    let mut normal = || -> f64 { StandardNormal.sample(&mut random) };
    let patterns: Vec<Vec<f64>> = (0..24).map(|_| (0..7).map(|_| normal()).collect()).collect();
    for (row, &group) in groups.iter().enumerate() {
        let pattern = &patterns[group as usize];
        (0..6).for_each(|t| table.values[row * 6 + t] = pattern[t] + 0.01 * normal());
        table.target[row] = pattern[6] + 0.01 * normal();
    }
    let (options, folds) =
        (Options { ridge: Ridge::Fixed(1e-6), ..Options::default() }, Validation::Folds(4));
    let apart = table.analyse(&options, folds);
    let source = table.source().arranged(Arrangement::Groups(&groups)).expect("as many");
    let together = analyse(&mut source.clone(), &options, folds, &()).expect("valid");
    let r2 = |analysis: &Analysis| analysis.scores.validation.expect("held out");
    assert!(r2(&apart) > 0.15 && r2(&together) < 0.05, "{} {}", r2(&apart), r2(&together));
    assert_eq!(together.held_out_together, HeldOutTogether::Groups(24));
    assert_eq!(together.held_out(), "240 rows, in 4 folds of whole groups (24 groups)");
    for prediction in &together.predictions {
        assert_eq!(prediction.cluster, Some(groups[prediction.row as usize]));
        let same = |other: &&spurious::fit::Prediction| other.cluster == prediction.cluster;
        assert!(together.predictions.iter().filter(same).all(|other| other.fold == prediction.fold));
    }
    // Ten equal samples are one: standard errors of 240 that are independent are far too small.
    let errors = |analysis: &Analysis| {
        analysis.fit.standard_errors.clone().expect("determined").filters[0].output_weights.clone()
    };
    assert!(errors(&together).iter().zip(errors(&apart)).all(|(wide, narrow)| *wide > 1.5 * narrow));
    assert_eq!(together.fit.degrees_of_freedom, 23);
    // Fewer groups than folds.
    assert_eq!(Validation::usual(Arrangement::Groups(&groups), 240, 6), Validation::Folds(5));
    let two: Vec<u32> = groups.iter().map(|group| group % 2).collect();
    assert_eq!(Validation::usual(Arrangement::Groups(&two), 240, 6), Validation::Folds(2));
    assert_eq!(Validation::usual(Arrangement::Groups(&[0; 240]), 240, 6), Validation::None);
    assert!(source.arranged(Arrangement::Groups(&groups[1..])).is_err());
}

#[test]
fn later_samples_are_held_out_from_earlier_ones() {
    let table = Table::planted(120, 0.3, 2);
    // In no order, and two samples at each time.
    let time: Vec<f64> = (0..120).map(|row| f64::from(row * 49 % 120 / 2)).collect();
    let mut source = table.source().arranged(Arrangement::Time(&time)).expect("as many");
    let analysis = analyse(&mut source, &Options::default(), Validation::Folds(5), &()).expect("valid");
    assert_eq!(analysis.held_out_together, HeldOutTogether::LaterSamples);
    assert_eq!(analysis.held_out(), "100 rows, in 5 folds, each later than what is fitted for it");
    let of_fold = |fold: u16| {
        let rows = analysis.predictions.iter().filter(move |prediction| prediction.fold == Some(fold));
        rows.map(|prediction| time[prediction.row as usize]).collect::<Vec<f64>>()
    };
    let first = |fold: u16| of_fold(fold).into_iter().fold(f64::INFINITY, f64::min);
    let last = |fold: u16| of_fold(fold).into_iter().fold(f64::NEG_INFINITY, f64::max);
    assert!((1..5).all(|fold| last(fold) < first(fold + 1)));
    assert_eq!((first(1), last(5)), (10.0, 59.0));
    let samples: Vec<u64> = analysis.folds.iter().map(|fold| fold.samples).collect();
    assert_eq!(samples, [20, 40, 60, 80, 100]);
    let share = analyse(&mut source, &Options::default(), Validation::HoldOut(0.25), &()).expect("valid");
    assert!(share.predictions.iter().all(|p| p.held_out == (time[p.row as usize] >= 45.0)));
}

/// With one sample in three incomplete.
fn with_gaps(seed: u64) -> (Table, Vec<usize>) {
    let mut table = Table::planted(300, 0.2, seed);
    let gaps: Vec<usize> = (0..300).filter(|row| row % 3 == 0).map(|row| row * 6 + row / 3 % 6).collect();
    gaps.iter().for_each(|&at| table.values[at] = f64::NAN);
    table.target[301 - 2] = f64::NAN;
    (table, gaps)
}

#[test]
fn missing_values_are_counted() {
    let (table, _) = with_gaps(3);
    let missing = missing_values(&mut table.source(), &()).expect("no error");
    assert_eq!((missing.values, missing.samples, missing.targets), (100, 101, 1));
    let columns: Vec<(usize, u64, u64)> =
        missing.columns.iter().map(|c| (c.column, c.values, c.first)).collect();
    assert_eq!(columns, [(0, 17, 0), (1, 17, 3), (2, 17, 6), (3, 17, 9), (4, 16, 12), (5, 16, 15)]);
    let names = ["a", "b", "c", "d", "e", "f"].map(str::to_owned);
    assert_eq!(
        missing.describe(&names, 300),
        "101 values are missing, in 101 of 300 rows: 'a' 17 (first in row 1), 'b' 17 (first in row 4), 'c' 17 (first in row 7), \
         'd' 17 (first in row 10), 'e' 16 (first in row 13), and in 1 more columns, the target 1"
    );
}

/// Left out by the library or by hand, replaced by it or by hand: the same fit.
#[test]
fn missing_values_are_left_out_or_replaced() {
    let (table, gaps) = with_gaps(3);
    let options = |missing| Options {
        missing,
        ridge: Ridge::Fixed(0.01),
        starts: Starts::Random(4),
        ..Options::default()
    };
    let same = |one: &Analysis, other: &Analysis| {
        let pairs = one.fit.network.filters[0]
            .output_weights
            .iter()
            .zip(&other.fit.network.filters[0].output_weights);
        let scores = (one.scores.train - other.scores.train).abs();
        assert!(pairs.map(|(a, b)| (a - b).abs()).fold(scores, f64::max) < 1e-9);
    };
    let complete = |row: usize| {
        !table.target[row].is_nan() && table.values[row * 6..][..6].iter().all(|x| x.is_finite())
    };
    let rows: Vec<usize> = (0..300).filter(|&row| complete(row)).collect();
    let by_hand = Table {
        values: rows.iter().flat_map(|&row| table.values[row * 6..][..6].to_vec()).collect(),
        target: rows.iter().map(|&row| table.target[row]).collect(),
        windows: table.windows.clone(),
    };
    let dropped = table.analyse(&options(Missing::Drop), Validation::None);
    same(&dropped, &by_hand.analyse(&options(Missing::Error), Validation::None));
    assert_eq!((dropped.fit.samples, dropped.missing.as_ref().map(|m| m.samples)), (199, Some(101)));

    let replaced = table.analyse(&options(Missing::Mean), Validation::None);
    let means = replaced.column_means.clone().expect("means");
    let mut filled: Vec<f64> = table.values[..299 * 6].to_vec();
    let end = filled.len();
    gaps.iter().filter(|&&at| at < end).for_each(|&at| filled[at] = means[at % 6]);
    let by_hand =
        Table { values: filled, target: table.target[..299].to_vec(), windows: table.windows.clone() };
    same(&replaced, &by_hand.analyse(&options(Missing::Error), Validation::None));

    // Samples held out say nothing about what stands for their own gaps.
    let held_out = table.analyse(&options(Missing::Mean), Validation::HoldOut(0.3));
    let rows: Vec<usize> =
        held_out.predictions.iter().filter(|p| !p.held_out).map(|p| p.row as usize).collect();
    for (t, mean) in held_out.column_means.expect("means").iter().enumerate() {
        let there: Vec<f64> =
            rows.iter().map(|row| table.values[row * 6 + t]).filter(|x| x.is_finite()).collect();
        assert!((mean - there.iter().sum::<f64>() / there.len() as f64).abs() < 1e-12);
    }
    // A column without any value.
    let mut empty = Table::planted(40, 0.1, 4);
    (0..40).for_each(|row| empty.values[row * 6 + 2] = f64::NAN);
    let refused =
        analyse(&mut empty.source(), &options(Missing::Mean), Validation::None, &()).expect_err("empty");
    assert_eq!(refused.to_string(), "column 3 has no value in the samples fitted: leave it out");
}

#[test]
fn numbers_that_are_too_large_are_found() {
    let mut table = Table::planted(40, 0.1, 4);
    table.values[17 * 6 + 4] = -1e300;
    let refused =
        analyse(&mut table.source(), &Options::default(), Validation::None, &()).expect_err("too large");
    assert!(
        refused.to_string().starts_with("inputs of size 1e300 in row 18, column 5 are too large"),
        "{refused}"
    );
    let mut table = Table::planted(40, 0.1, 4);
    table.target[3] = 1e200;
    let refused =
        analyse(&mut table.source(), &Options::default(), Validation::None, &()).expect_err("too large");
    assert!(refused.to_string().starts_with("targets of size 1e200 in row 4 are too large"), "{refused}");
}

/// A source of the caller's own is looked at by nobody before the fit.
#[test]
fn what_is_missing_and_not_provided_for_is_found() {
    for validation in [Validation::None, Validation::Folds(2)] {
        let refused = |table: &Table| {
            analyse(&mut table.source(), &Options::default(), validation, &()).expect_err("missing")
        };
        let mut table = Table::planted(40, 0.1, 4);
        table.values[17 * 6 + 4] = f64::NAN;
        assert!(matches!(refused(&table), Error::MissingValue { row: 17, column: 4, .. }));
        let mut table = Table::planted(40, 0.1, 4);
        table.target[0] = f64::NAN;
        assert!(matches!(refused(&table), Error::MissingTarget { row: 0, .. }));
    }
}

#[test]
fn what_a_target_is_taken_for() {
    let mut table = Table::planted(200, 0.1, 5);
    let mut kind = |value: &dyn Fn(usize) -> f64| {
        table.target = (0..200).map(value).collect();
        table.analyse(&Options::default(), Validation::None).target_kind
    };
    assert_eq!(kind(&|row| (row % 2) as f64), TargetKind::TwoClasses);
    assert_eq!(kind(&|row| (row % 5) as f64 / 2.0), TargetKind::FewValues { values: 5 });
    assert_eq!(kind(&|row| (row * row % 97) as f64), TargetKind::Counts);
    assert_eq!(kind(&|row| (row * row % 97) as f64 - 1.0), TargetKind::Numbers);
    assert_eq!(kind(&|row| (row as f64).sqrt()), TargetKind::Numbers);
}

/// Over 200 sets of data with heavy-tailed noise: an interval from samples held out covers 95 of 100 new samples.
#[test]
fn intervals_cover_what_they_say() {
    let options = Options { starts: Starts::Random(4), ridge: Ridge::Fixed(0.05), ..Options::default() };
    let coverage = |validation: Validation, samples: usize| {
        let of_set = |set: u64| {
            let analysis = Table::planted(samples, 0.5, 100 + set).analyse(&options, validation);
            let half = analysis.prediction_interval.expect("enough samples");
            let new = Table::planted(400, 0.5, 10_000 + set);
            let network = &analysis.fit.network;
            let rows = new.values.chunks(6).zip(&new.target);
            rows.filter(|(row, y)| (network.value(row) - **y).abs() <= half).count() as f64 / 400.0
        };
        (0..200).map(of_set).sum::<f64>() / 200.0
    };
    // 39 of 40 + 1 in expectation, with a standard error of some 0.003.
    let held_out = coverage(Validation::HoldOut(0.4), 100);
    assert!((held_out - 39.0 / 41.0).abs() < 0.01, "{held_out}");
    let folds = coverage(Validation::Folds(5), 80);
    println!("coverage: {held_out:.4} from samples held out, {folds:.4} from folds");
    assert!((0.94..0.975).contains(&folds), "{folds}");
}
