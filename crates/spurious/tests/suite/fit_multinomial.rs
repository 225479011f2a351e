//! Fits of several classes by multinomial loss, against what has to be so.

use crate::common;
use rand::RngExt;
use rand_distr::{Distribution, StandardNormal};
use spurious::Error;
use spurious::fit::{
    Baseline, Conclusion, Filter, Fit, InMemory, Labels, Loss, LossChoice, Metric, Model, Network, Options,
    Ridge, Rows, Scaling, Selection, StopReason, TargetKind, Validation, Values, Windows, analyse, fit,
    most_likely, predict,
};
use spurious::numerics::random::stream;

const CLASSES: usize = 3;
const LOSS: Loss = Loss::Multinomial { classes: CLASSES };

struct Table {
    windows: Windows,
    values: Vec<f64>,
    target: Vec<f64>,
}

impl Table {
    /// Normal numbers, with classes drawn from the chances that a network sees.
    fn drawn(network: &Network, samples: usize, seed: u64) -> Self {
        let filter = &network.filters[0];
        let (p, k) = (filter.weights.len(), filter.output_weights.len() / CLASSES);
        let mut random = stream(seed, 18, 0);
        let values: Vec<f64> = (0..samples * p * k).map(|_| StandardNormal.sample(&mut random)).collect();
        let mut class = |row: &[f64]| {
            let mut left: f64 = random.random();
            let chances = chances(network, row);
            let drawn = chances.iter().position(|chance| {
                left -= chance;
                left < 0.0
            });
            drawn.unwrap_or(CLASSES - 1) as f64
        };
        let target = values.chunks(p * k).map(&mut class).collect();
        Self { windows: Windows::consecutive(p * k, p).expect("divides"), values, target }
    }

    fn source(&self) -> InMemory<'_> {
        common::in_memory(&self.windows, &self.values, &self.target)
    }

    fn fit(&self, options: &Options) -> Fit {
        fit(&mut self.source(), Selection::All, options, &()).expect("valid")
    }

    fn rows(&self) -> impl Iterator<Item = (&[f64], f64)> {
        self.values.chunks(self.windows.width()).zip(self.target.iter().copied())
    }

    /// `−Σ log π_y/n`, as it is written.
    fn loss(&self, network: &Network) -> f64 {
        let loss = |(row, y): (&[f64], f64)| -chances(network, row)[y as usize].ln();
        self.rows().map(loss).sum::<f64>() / self.target.len() as f64
    }

    fn shares(&self) -> [f64; CLASSES] {
        let share = |class: usize| self.target.iter().filter(|y| **y == class as f64).count() as f64;
        std::array::from_fn(|class| share(class) / self.target.len() as f64)
    }
}

/// The chances of a network, as they are defined.
fn chances(network: &Network, row: &[f64]) -> Vec<f64> {
    let scores: Vec<f64> = (0..CLASSES).map(|class| network.of_class(class).value(row).exp()).collect();
    let sum: f64 = scores.iter().sum();
    scores.into_iter().map(|score| score / sum).collect()
}

/// Two patches of three numbers; one class likes the first, one the second.
fn teacher() -> Network {
    let filter = Filter {
        weights: vec![0.8, -0.6, 0.0],
        bias: 0.0,
        output_weights: vec![3.0, -1.0, -1.0, 3.0, -2.0, -2.0],
    };
    Network { filters: vec![filter], intercepts: vec![-0.5, -0.5, 1.0], ..Network::default() }
}

fn options() -> Options {
    Options { loss: LossChoice::Multinomial { classes: CLASSES }, ..Options::default() }
}

fn with_ridge(ridge: f64) -> Options {
    Options { ridge: Ridge::Fixed(ridge), ..options() }
}

/// At the end the penalised loss, written plainly, rises in every direction; what all classes have in common is zero; the filter of the truth
/// is found; and standard errors say how far from the truth the numbers are.
#[test]
fn the_end_is_a_minimum() {
    let table = Table::drawn(&teacher(), 3000, 1);
    let ridge = 1e-4;
    let fit = table.fit(&with_ridge(ridge));
    assert_eq!((fit.objective, fit.search.stop), (LOSS, StopReason::Converged));
    assert!((fit.loss - table.loss(&fit.network)).abs() < 1e-12);
    // Neither a bias nor the intercept of a network with one value. Differences are so short that no sample crosses a kink.
    common::assert_minimum(&fit.network, ridge, &[3, 10], 1e-6, |network| table.loss(network));
    let filter = &fit.network.filters[0];
    for j in 0..2 {
        let sum: f64 = (0..CLASSES).map(|class| filter.output_weights[2 * class + j]).sum();
        assert!(sum.abs() < 1e-12, "{sum}");
    }
    assert!(fit.network.intercepts.iter().sum::<f64>().abs() < 1e-12);
    assert_eq!(fit.parameters, 3 - 1 + 2 * 2 + 2);
    assert_eq!((fit.rank, fit.samples), (fit.parameters, 3000));
    let errors = fit.standard_errors.as_ref().expect("many samples");
    let truth = teacher();
    let pairs = fit.network.numbers().zip(truth.numbers()).zip(errors.numbers());
    for ((found, truth), error) in pairs.filter(|(_, error)| *error > 0.0) {
        assert!(error < 0.5 && (found - truth).abs() < 4.0 * error, "{found}, {truth}, {error}");
    }
    let entropy: f64 = table.shares().iter().map(|share| -share * share.ln()).sum();
    assert!((fit.filters_add[0] - (1.0 - fit.loss / entropy)).abs() < 1e-6);
}

/// Standard errors are the spread of fits of fresh samples.
#[test]
fn standard_errors_are_the_spread() {
    const SETS: usize = 60;
    let fits: Vec<Fit> = (0..SETS as u64)
        .map(|seed| Table::drawn(&teacher(), 800, 100 + seed).fit(&with_ridge(1e-6)))
        .collect();
    common::assert_errors_are_the_spread(&fits, &teacher(), &[3, 10]);
}

#[test]
fn a_large_penalty_leaves_the_shares() {
    let table = Table::drawn(&teacher(), 400, 2);
    let fit = table.fit(&with_ridge(1e12));
    let shares = table.shares();
    let mean = shares.iter().map(|share| share.ln()).sum::<f64>() / 3.0;
    for (found, share) in fit.network.intercepts.iter().zip(shares) {
        // A loss that is known to 1e-16 tells its minimum to a few 1e-8.
        assert!((found - (share.ln() - mean)).abs() < 1e-7, "{found}");
    }
    let entropy: f64 = shares.iter().map(|share| -share * share.ln()).sum();
    assert!((fit.loss - entropy).abs() < 1e-9);
}

/// The network is compared with the logistic model of all classes, its predictions are kept, and everything agrees with what the model says.
#[test]
fn classes_are_judged() {
    let table = Table::drawn(&teacher(), 900, 3);
    let analysis = analyse(&mut table.source(), &options(), Validation::Folds(5), &()).expect("valid");
    assert_eq!(analysis.target_kind, TargetKind::Classes { classes: CLASSES });
    assert_eq!((analysis.typical_error, analysis.prediction_interval, &analysis.linear), (None, None, &None));
    let comparison = analysis.comparison.as_ref().expect("folds");
    let measures: Vec<(Metric, Baseline)> =
        comparison.measures.iter().map(|measure| (measure.metric, measure.baseline_model)).collect();
    let logistic = Baseline::Logistic;
    assert_eq!(measures, [(Metric::R2, logistic), (Metric::Accuracy, logistic), (Metric::LogLoss, logistic)]);
    // A linear function of normal numbers knows little of which patch is more active.
    assert_eq!(comparison.conclusion, Conclusion::Better);
    let confusion = analysis.confusion.as_ref().expect("classes");
    assert!(confusion.held_out && confusion.counts.iter().flatten().sum::<u64>() == 900);
    let right: u64 = (0..CLASSES).map(|class| confusion.counts[class][class]).sum();
    assert!((right as f64 / 900.0 - comparison.measures[1].network).abs() < 1e-12);
    for (class, row) in confusion.counts.iter().enumerate() {
        assert_eq!(row.iter().sum::<u64>() as f64, (table.shares()[class] * 900.0).round());
    }
    let hits =
        analysis.predictions.iter().filter(|prediction| prediction.network == prediction.target).count();
    assert_eq!(hits as u64, right);
    let calibration = analysis.calibration.as_ref().expect("chances");
    assert!(calibration.held_out && calibration.samples == 900 && calibration.error < 0.1);
    // R² on the samples fitted, as it is written.
    let network = &analysis.fit.network;
    let (mut squares, mut total) = (0.0, 0.0);
    for (row, y) in table.rows() {
        for (class, (chance, share)) in chances(network, row).into_iter().zip(table.shares()).enumerate() {
            let came_true = if class as f64 == y { 1.0 } else { 0.0 };
            squares += (chance - came_true).powi(2);
            total += (share - came_true).powi(2);
        }
    }
    assert!((analysis.scores.train - (1.0 - squares / total)).abs() < 1e-12);

    let names = ["left", "right", "neither"].map(str::to_owned).to_vec();
    let model = Model {
        network: network.clone(),
        loss: analysis.fit.objective,
        standard_errors: analysis.fit.standard_errors.clone(),
        scaling: Scaling::None,
        transform: None,
        windows: table.windows.clone(),
        columns: (0..6).map(|column| column.to_string()).collect(),
        target: "side".to_owned(),
        labels: Labels::Classes(names),
        column_means: None,
        prediction_interval: None,
        samples: 900,
        noise: analysis.fit.noise,
        train_r2: analysis.scores.train,
        validation_r2: analysis.scores.validation,
    };
    assert_eq!(Model::from_json(&model.to_json()).expect("its own text"), model);
    assert_eq!(model.labels.name(2), "neither");
    let rows = Rows { values: Values::F64(&table.values), stride: 6, target: &table.target, weights: None };
    let scores = predict(rows, &table.windows, &model.network).expect("fits");
    for (scores, (row, _)) in scores.chunks(CLASSES).zip(table.rows()) {
        let (found, expected) = (model.loss.chances(scores), chances(network, row));
        assert!(found.iter().zip(&expected).all(|(a, b)| (a - b).abs() < 1e-12));
        assert_eq!(most_likely(scores), most_likely(&expected));
    }
    // A loss of another number of classes does not fit the network.
    assert!(Model::from_json(&Model { loss: Loss::Squares, ..model.clone() }.to_json()).is_err());
    assert!(Model::from_json(&Model { loss: Loss::Multinomial { classes: 4 }, ..model }.to_json()).is_err());
}

/// Classes that a filter tells apart: output weights run away without a penalty, and the search says so.
#[test]
fn separable_classes_are_told() {
    let mut table = Table::drawn(&teacher(), 200, 4);
    let network = teacher();
    table.target = table.values.chunks(6).map(|row| most_likely(&chances(&network, row)) as f64).collect();
    let fit = table.fit(&with_ridge(0.0));
    assert_eq!(fit.search.stop, StopReason::Separated);
    let chosen = table.fit(&options());
    assert!(chosen.ridge > 0.0 && chosen.search.stop == StopReason::Converged);
}

/// A class that has no samples has hardly any chance; one sample of a class is enough not to fail.
#[test]
fn a_class_may_be_rare() {
    let mut table = Table::drawn(&teacher(), 200, 5);
    table.target.iter_mut().for_each(|y| *y = y.min(1.0));
    let fit = table.fit(&with_ridge(1e-3));
    let likeliest = table.rows().map(|(row, _)| chances(&fit.network, row)[2]).fold(0.0, f64::max);
    assert!(likeliest < 1e-2, "{likeliest}");
    table.target[0] = 2.0;
    let analysis = analyse(&mut table.source(), &options(), Validation::Folds(5), &()).expect("valid");
    assert_eq!(analysis.confusion.expect("classes").counts[2].iter().sum::<u64>(), 1);
}

#[test]
fn what_are_no_classes() {
    let mut table = Table::drawn(&teacher(), 60, 6);
    let message = |table: &Table, options: &Options| {
        fit(&mut table.source(), Selection::All, options, &()).expect_err("refused").to_string()
    };
    let logistic = Options { loss: LossChoice::Logistic, ..options() };
    let one = Options {
        starts: spurious::fit::Starts::Given(Network::new(vec![1.0, 0.0, 0.0], vec![1.0, 1.0])),
        ..options()
    };
    assert!(message(&table, &one).contains("values of the start"), "{}", message(&table, &one));
    // The numbers 0, 1, 2 are three classes where logistic loss is asked for; without it they are numbers.
    assert_eq!(table.fit(&logistic).objective, LOSS);
    assert_eq!(table.fit(&Options::default()).objective, Loss::Squares);
    table.target[0] = 3.5;
    assert!(matches!(
        fit(&mut table.source(), Selection::All, &logistic, &()),
        Err(Error::NotClasses { most: 20 })
    ));
    assert!(
        message(&table, &options()).starts_with("logistic loss is for classes: for a target of two values")
    );
    // A class that the samples fitted do not have is refused when it is held out, too.
    table.target[0] = 3.0;
    for seed in 0..3 {
        let options = Options { seed, ..options() };
        assert!(analyse(&mut table.source(), &options, Validation::HoldOut(0.3), &()).is_err());
    }
    assert!(fit(&mut table.source(), Selection::All, &options(), &()).is_err());
}
