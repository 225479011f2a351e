//! Fits of two classes by logistic loss, against logistic regression and against what has to be so.

use crate::common;
use nalgebra::{DMatrix, DVector};
use rand::RngExt;
use rand_distr::{Distribution, StandardNormal};
use spurious::fit::{
    Analysis, Filter, Fit, InMemory, Loss, LossChoice, Network, Optimiser, Options, Ridge, Selection, Starts,
    StopReason, Validation, Windows, analyse, fit,
};
use spurious::numerics::random::stream;

/// Rows of patches with two classes.
struct Table {
    windows: Windows,
    values: Vec<f64>,
    target: Vec<f64>,
}

impl Table {
    /// Normal numbers about a centre, with classes drawn from the odds that a network sees.
    fn drawn(network: &Network, samples: usize, centre: f64, seed: u64) -> Self {
        let filter = &network.filters[0];
        let (p, k) = (filter.weights.len(), filter.output_weights.len());
        let mut random = stream(seed, 17, 0);
        let normal: Vec<f64> = (0..samples * p * k).map(|_| StandardNormal.sample(&mut random)).collect();
        let values: Vec<f64> = normal.iter().map(|x: &f64| centre + x).collect();
        let chance = |row: &[f64]| (1.0 + (-network.value(row)).exp()).recip();
        let target = values.chunks(p * k).map(|row| f64::from(random.random::<f64>() < chance(row)));
        let target = target.collect();
        Self { windows: Windows::consecutive(p * k, p).expect("divides"), values, target }
    }

    fn source(&self) -> InMemory<'_> {
        common::in_memory(&self.windows, &self.values, &self.target)
    }

    fn fit(&self, options: &Options) -> Fit {
        fit(&mut self.source(), Selection::All, options, &()).expect("valid")
    }

    fn analyse(&self, options: &Options, validation: Validation) -> Analysis {
        analyse(&mut self.source(), options, validation, &()).expect("valid")
    }

    fn rows(&self) -> impl Iterator<Item = (&[f64], f64)> {
        self.values.chunks(self.windows.width()).zip(self.target.iter().copied())
    }

    /// `Σ log(1 + e^{−tf})/n`, as it is written.
    fn loss(&self, network: &Network) -> f64 {
        let loss = |(row, y): (&[f64], f64)| {
            let margin = network.value(row) * if y == 1.0 { 1.0 } else { -1.0 };
            (1.0 + (-margin).exp()).ln()
        };
        self.rows().map(loss).sum::<f64>() / self.target.len() as f64
    }

    /// Logistic regression `(intercept, coefficients)` without a penalty by Newton's method, and the inverse of its information.
    fn logistic_regression(&self) -> (DVector<f64>, DMatrix<f64>) {
        let n = self.windows.width() + 1;
        let mut theta = DVector::zeros(n);
        let mut hessian = DMatrix::zeros(n, n);
        for _ in 0..30 {
            let mut gradient = DVector::zeros(n);
            hessian.fill(0.0);
            for (row, y) in self.rows() {
                let x = DVector::from_iterator(n, std::iter::once(1.0).chain(row.iter().copied()));
                let chance = (1.0 + (-x.dot(&theta)).exp()).recip();
                gradient += &x * (chance - y);
                hessian += &x * x.transpose() * (chance * (1.0 - chance));
            }
            theta -= hessian.clone().cholesky().expect("convex").solve(&gradient);
        }
        (theta, hessian.cholesky().expect("convex").inverse())
    }
}

fn network(weights: Vec<f64>, output_weights: Vec<f64>, intercept: f64) -> Network {
    Network { filters: vec![Filter { weights, bias: 0.0, output_weights }], intercept, ..Network::default() }
}

fn teacher() -> Network {
    network(vec![0.8, -0.6, 0.0], vec![2.0, -1.5, 3.0, 0.0], -0.5)
}

fn with_ridge(ridge: f64) -> Options {
    Options { ridge: Ridge::Fixed(ridge), starts: Starts::Random(4), ..Options::default() }
}

/// Where the rectifier is always active the network is a linear model: then it is logistic regression, with the same errors.
#[test]
fn without_kinks_it_is_logistic_regression() {
    let truth = network(vec![0.5, 0.7, 0.4], vec![1.0], -9.5);
    let table = Table::drawn(&truth, 2000, 6.0, 1);
    let (theta, inverse) = table.logistic_regression();
    let start = Starts::Given(network(vec![1.0, 1.0, 1.0], vec![0.1], 0.0));
    let options = Options { optimiser: Optimiser::LeastSquares, starts: start, ..with_ridge(0.0) };
    let fit = table.fit(&options);
    let filter = &fit.network.filters[0];
    assert!(
        table.rows().all(|(row, _)| filter.weights.iter().zip(row).map(|(u, z)| u * z).sum::<f64>() > 0.0)
    );
    assert!((fit.network.intercept - theta[0]).abs() < 1e-8, "{} {}", fit.network.intercept, theta[0]);
    for (t, u) in filter.weights.iter().enumerate() {
        assert!((filter.output_weights[0] * u - theta[t + 1]).abs() < 1e-8);
    }
    assert!((fit.loss - table.loss(&fit.network)).abs() < 1e-13);
    // The model is true, so that the sandwich is the inverse of the information but for sampling.
    let errors = fit.standard_errors.expect("samples");
    let expected = inverse[(0, 0)].sqrt();
    assert!((errors.intercept / expected - 1.0).abs() < 0.1, "{} {expected}", errors.intercept);
    // Quadratic convergence: few steps from a poor start.
    assert!(fit.runs[0].steps <= 12, "{}", fit.runs[0].steps);
}

/// Standard errors are the spread of fits of fresh samples.
#[test]
fn standard_errors_are_the_spread() {
    let table = |seed: u64| Table::drawn(&teacher(), 1500, 0.0, 100 + seed);
    let fits: Vec<Fit> = (0..60).map(|seed| table(seed).fit(&with_ridge(1e-7))).collect();
    common::assert_errors_are_the_spread(&fits, &teacher(), &[3]);
}

/// Under a penalty that leaves nothing of the output weights, the intercept is the logarithm of the odds of the classes.
#[test]
fn a_large_penalty_leaves_the_shares() {
    let table = Table::drawn(&teacher(), 400, 0.0, 2);
    let fit = table.fit(&with_ridge(1e12));
    let share = table.target.iter().sum::<f64>() / 400.0;
    assert!((fit.network.intercept - (share / (1.0 - share)).ln()).abs() < 1e-9);
    let entropy = -share * share.ln() - (1.0 - share) * (1.0 - share).ln();
    assert!((fit.loss - entropy).abs() < 1e-9);
    assert!(fit.filters_add[0].abs() < 1e-6);
}

/// At the minimum the penalised loss, written plainly, rises in every direction, and the filter of the truth is found.
#[test]
fn the_end_is_a_minimum() {
    let table = Table::drawn(&teacher(), 2000, 0.0, 3);
    let ridge = 1e-3;
    let fit = table.fit(&with_ridge(ridge));
    assert_eq!(fit.objective, Loss::Logistic { low: 0.0, high: 1.0 });
    common::assert_minimum(&fit.network, ridge, &[3], 1e-4, |network| table.loss(network));
    let filter = &fit.network.filters[0].weights;
    let along = 0.8 * filter[0] - 0.6 * filter[1];
    assert!(along > 0.95, "{filter:?}");
    // Nothing but the shares is left without its only filter.
    let share = table.target.iter().sum::<f64>() / 2000.0;
    let entropy = -share * share.ln() - (1.0 - share) * (1.0 - share).ln();
    assert!((fit.filters_add[0] - (1.0 - fit.loss / entropy)).abs() < 1e-6);
}

/// Classes that can be separated have no best output weights: without a penalty the search stops and says so, with a chosen one they are
/// finite.
#[test]
fn separable_classes_are_told() {
    let mut table = Table::drawn(&teacher(), 60, 0.0, 4);
    let truth = teacher();
    table.target = table.rows().map(|(row, _)| f64::from(truth.value(row) > 0.0)).collect();
    let fit = table.fit(&with_ridge(0.0));
    assert_eq!(fit.search.stop, StopReason::Separated, "{fit:?}");
    assert!(fit.loss < 1e-4 && fit.network.numbers().all(f64::is_finite));
    let fit = table.fit(&Options { starts: Starts::Random(4), ..Options::default() });
    assert_eq!(fit.search.stop, StopReason::Converged);
    assert!(
        fit.ridge > 0.0 && fit.largest_contribution < 100.0,
        "{} {}",
        fit.ridge,
        fit.largest_contribution
    );
}

/// One sample of a class: it may be fitted, and everything is finite.
#[test]
fn a_class_of_one_sample_is_fitted() {
    let mut table = Table::drawn(&teacher(), 40, 0.0, 5);
    table.target.fill(0.0);
    table.target[7] = 1.0;
    for ridge in [Ridge::Auto, Ridge::Fixed(0.0), Ridge::Fixed(1e-3)] {
        let options = Options { ridge, starts: Starts::Random(2), ..Options::default() };
        let analysis = table.analyse(&options, Validation::None);
        assert!(analysis.fit.loss.is_finite() && analysis.fit.noise.is_finite());
        assert!(analysis.predictions.iter().all(|p| (0.0..=1.0).contains(&p.network)));
    }
}

/// Two numbers are classes like 0 and 1: the network is the same, and predictions lie between them.
#[test]
fn the_numbers_of_the_classes_do_not_matter() {
    let table = Table::drawn(&teacher(), 200, 0.0, 6);
    let other = Table {
        target: table.target.iter().map(|y| 3.0 - 5.0 * (1.0 - y)).collect(),
        values: table.values.clone(),
        windows: table.windows.clone(),
    };
    let options = with_ridge(0.01);
    let [one, other] = [&table, &other].map(|table| table.analyse(&options, Validation::HoldOut(0.3)));
    assert_eq!(other.fit.objective, Loss::Logistic { low: -2.0, high: 3.0 });
    for (a, b) in one.predictions.iter().zip(&other.predictions) {
        let (a, b) = (a.probability.expect("a chance"), b.probability.expect("a chance"));
        assert!((a - b).abs() < 1e-6, "{a} {b}");
    }
    assert!(other.predictions.iter().all(|p| (-2.0..=3.0).contains(&p.network)));
    let calibration = one.calibration.expect("chances");
    assert!(calibration.held_out && calibration.samples == one.validation_samples);
}

/// What the logistic loss is not made for is refused where it was asked for, and else fitted by squares.
#[test]
fn squares_are_minimised_where_nothing_else_is_possible() {
    let table = Table::drawn(&teacher(), 100, 0.0, 7);
    let fitted = |options: &Options| fit(&mut table.source(), Selection::All, options, &());
    let options = with_ridge(0.1);
    let squares = Options { loss: LossChoice::Squares, ..options.clone() };
    assert_eq!(fitted(&squares).expect("valid").objective, Loss::Squares);
    let batches = Optimiser::Batches { step_size: None, epochs: 2, samples: 10 };
    let batches = Options { optimiser: batches, ridge: Ridge::Auto, ..options.clone() };
    assert_eq!(fitted(&batches).expect("valid").objective, Loss::Squares);
    assert_eq!(
        fitted(&Options { loss: LossChoice::Logistic, ..batches }).expect_err("refused").to_string(),
        "gradient descent minimises squares: leave out the logistic loss or the other optimiser"
    );
    let numbers = Table { target: (0..100).map(f64::from).collect(), ..table };
    let refused =
        fit(&mut numbers.source(), Selection::All, &Options { loss: LossChoice::Logistic, ..options }, &());
    assert_eq!(
        refused.expect_err("refused").to_string(),
        "logistic loss is for classes: for a target of two values, or of 3 to 20 that are numbered 0, 1, 2 and so on; choose one of \
         several, or use squares"
    );
}

/// Several filters are found as one is, and each of them explains something.
#[test]
fn several_filters_are_fitted() {
    let one = teacher();
    let other = network(vec![0.0, 0.6, 0.8], vec![-2.0, 2.5, 0.5, 2.0], 0.0);
    let truth =
        Network { filters: [one.filters, other.filters].concat(), intercept: -0.5, ..Network::default() };
    let table = Table::drawn(&truth, 3000, 0.0, 8);
    let options = |filters| Options { filters, ..with_ridge(1e-3) };
    let [single, double] = [1, 2].map(|filters| table.fit(&options(filters)));
    assert!(double.loss < single.loss - 0.02 && double.loss <= table.loss(&truth) + 1e-3);
    assert!(double.filters_add.iter().all(|&adds| adds > 0.02), "{:?}", double.filters_add);
}
