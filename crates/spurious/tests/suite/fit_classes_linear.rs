//! A linear part beside the filters of a fit of classes, against the logistic model and against what has to be so.

use crate::common;
use rand::RngExt;
use rand_distr::{Distribution, StandardNormal};
use spurious::fit::{
    Analysis, Filter, Fit, InMemory, Loss, Network, Options, Ridge, Selection, StopReason, Validation,
    Windows, analyse, fit,
};
use spurious::numerics::random::stream;

const WIDTH: usize = 6;

/// Rows of two patches of three numbers about a centre, one of which is constant.
struct Table {
    windows: Windows,
    values: Vec<f64>,
    target: Vec<f64>,
    loss: Loss,
}

/// The chances of a network, as they are defined; of the lower class first.
fn chances(network: &Network, row: &[f64]) -> Vec<f64> {
    let mut scores: Vec<f64> =
        (0..network.scores()).map(|class| network.of_class(class).value(row)).collect();
    if scores.len() == 1 {
        scores.insert(0, 0.0);
    }
    let sum: f64 = scores.iter().map(|score| score.exp()).sum();
    scores.into_iter().map(|score| score.exp() / sum).collect()
}

impl Table {
    fn drawn(network: &Network, samples: usize, seed: u64) -> Self {
        let mut random = stream(seed, 19, 0);
        let mut values: Vec<f64> = (0..samples * WIDTH).map(|_| StandardNormal.sample(&mut random)).collect();
        values.chunks_mut(WIDTH).for_each(|row| row[4] = 0.7);
        let mut class = |row: &[f64]| {
            let mut left: f64 = random.random();
            let drawn = chances(network, row).into_iter().position(|chance| {
                left -= chance;
                left < 0.0
            });
            drawn.unwrap_or(0) as f64
        };
        let target = values.chunks(WIDTH).map(&mut class).collect();
        let loss = match network.scores() {
            1 => Loss::Logistic { low: 0.0, high: 1.0 },
            classes => Loss::Multinomial { classes },
        };
        Self { windows: Windows::consecutive(WIDTH, 3).expect("divides"), values, target, loss }
    }

    fn source(&self) -> InMemory<'_> {
        common::in_memory(&self.windows, &self.values, &self.target)
    }

    fn fit(&self, options: &Options) -> Fit {
        fit(&mut self.source(), Selection::All, options, &()).expect("valid")
    }

    fn analyse(&self, options: &Options) -> Analysis {
        analyse(&mut self.source(), options, Validation::HoldOut(0.25), &()).expect("valid")
    }

    fn options(&self, ridge: f64) -> Options {
        Options {
            linear: true,
            loss: spurious::fit::LossChoice::Logistic,
            ridge: Ridge::Fixed(ridge),
            ..Options::default()
        }
    }

    /// `−Σ log π_y/n`, as it is written.
    fn loss(&self, network: &Network) -> f64 {
        let samples = self.values.chunks(WIDTH).zip(&self.target);
        let loss = |(row, y): (&[f64], &f64)| -chances(network, row)[*y as usize].ln();
        samples.map(loss).sum::<f64>() / self.target.len() as f64
    }

    /// The loss of the shares of the classes.
    fn entropy(&self) -> f64 {
        let share = |class: usize| self.target.iter().filter(|y| **y == class as f64).count() as f64;
        let shares = (0..self.loss.values().max(2)).map(|class| share(class) / self.target.len() as f64);
        shares.map(|share| -share * share.ln()).sum()
    }

    /// The standard deviation of each number, zero where it is constant.
    fn spreads(&self) -> Vec<f64> {
        let n = self.target.len() as f64;
        let column = |m: usize| self.values.iter().skip(m).step_by(WIDTH);
        let spread = |m: usize| {
            let mean = column(m).sum::<f64>() / n;
            (column(m).map(|x| (x - mean).powi(2)).sum::<f64>() / n).sqrt()
        };
        (0..WIDTH).map(spread).map(|spread| if spread > 1e-12 { spread } else { 0.0 }).collect()
    }
}

/// A filter and a linear part, for two classes or for three.
fn teachers() -> [Network; 2] {
    let filter = |output_weights: &[f64]| Filter {
        weights: vec![0.8, -0.6, 0.0],
        bias: 0.0,
        output_weights: output_weights.to_vec(),
    };
    let two = Network {
        filters: vec![filter(&[3.0, -2.0])],
        linear_part: vec![0.5, 0.0, -1.0, 0.0, 0.0, 1.5],
        intercept: -0.4,
        ..Network::default()
    };
    let three = Network {
        filters: vec![filter(&[3.0, -1.0, -1.0, 3.0, -2.0, -2.0])],
        linear_part: [
            [0.5, 0.0, -1.0, 0.0, 0.0, 1.0],
            [-0.5, 0.0, 0.5, 1.0, 0.0, 0.0],
            [0.0, 0.0, 0.5, -1.0, 0.0, -1.0],
        ]
        .concat(),
        intercepts: vec![-0.5, -0.5, 1.0],
        ..Network::default()
    };
    [two, three]
}

/// With a large penalty on the output weights the network is the logistic model beside it.
#[test]
fn a_large_penalty_leaves_the_logistic_model() {
    for teacher in teachers() {
        let table = Table::drawn(&teacher, 400, 1);
        let analysis = table.analyse(&table.options(1e12));
        let (models, scores) = analysis.logistic.as_ref().expect("narrow");
        let network = &analysis.fit.network;
        for (model, beta) in models.iter().zip(network.linear_part.chunks(WIDTH)) {
            let apart = model.coefficients.iter().zip(beta).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
            assert!(apart < 1e-8, "{apart}");
        }
        assert!((scores.train - analysis.scores.train).abs() < 1e-8);
        let held_out = |score: Option<f64>| score.expect("held out");
        assert!((held_out(scores.validation) - held_out(analysis.scores.validation)).abs() < 1e-8);
    }
}

/// At the end the loss with both penalties, written plainly, has slope zero by every number and rises in every direction; the truth is
/// found; what all classes have in common is zero.
#[test]
fn the_end_is_a_minimum() {
    // Of these samples none has a kink at the minimum.
    for (teacher, seed) in teachers().into_iter().zip([2, 6]) {
        let table = Table::drawn(&teacher, 3000, seed);
        let (ridge, spreads) = (1e-5, table.spreads());
        let fit = table.fit(&table.options(ridge));
        assert_eq!((fit.objective, fit.search.stop), (table.loss, StopReason::Converged));
        assert!((fit.loss - table.loss(&fit.network)).abs() < 1e-12);
        let gamma = |network: &Network| -> f64 {
            network.linear_part.iter().zip(spreads.iter().cycle()).map(|(b, s)| (b * s).powi(2)).sum()
        };
        let numbers: Vec<f64> = teacher.numbers().collect();
        let (values, count) = (table.loss.values(), numbers.len());
        let first = 4 + 2 * values;
        // A filter bias, coefficients of the constant number, and of several classes the intercept of a network with one value.
        let mut fixed = vec![3];
        fixed.extend((0..values).map(|class| first + class * WIDTH + 4));
        fixed.extend((values > 1).then_some(count - 1 - values));
        common::assert_minimum(&fit.network, ridge, &fixed, 1e-6, |network| {
            table.loss(network) + ridge * gamma(network) / 2.0
        });
        assert_eq!(
            fit.parameters,
            3 - 1 + table.loss.values().max(2).saturating_sub(1) * (2 + WIDTH - 1 + 1)
        );
        assert_eq!(fit.rank, fit.parameters);
        // The penalty hardly takes anything.
        assert_eq!(fit.degrees_of_freedom, 3000 - fit.parameters as u64);
        let errors = fit.standard_errors.as_ref().expect("many samples");
        let of = |network: &Network| -> Vec<f64> {
            let Network { filters, intercept, intercepts, .. } = network;
            let filters =
                filters.iter().flat_map(|filter| [&filter.weights[..], &filter.output_weights].concat());
            filters.chain([*intercept]).chain(intercepts.iter().copied()).collect()
        };
        let all = of(&fit.network).into_iter().zip(of(&teacher)).zip(of(errors));
        for ((found, truth), error) in all.filter(|(_, error)| *error > 0.0) {
            assert!(error < 0.5 && (found - truth).abs() < 4.0 * error, "{found}, {truth}, {error}");
        }
        for (found, truth) in fit.network.linear_part.iter().zip(&teacher.linear_part) {
            assert!((found - truth).abs() < 0.5, "{found}, {truth}");
        }
        if values > 1 {
            let beta = &fit.network.linear_part;
            let sums = (0..WIDTH).map(|m| beta.iter().skip(m).step_by(WIDTH).sum::<f64>());
            assert!(sums.fold(0.0, |most: f64, sum| most.max(sum.abs())) < 1e-10);
        }
        // What a part adds is what the loss rises by without it, over that of the shares. For the same filter it rises at least to the
        // loss of the best network without a linear part.
        let adds = fit.linear_adds.expect("linear");
        assert!(fit.filters_add[0] > 0.05 && adds > 0.05);
        let without = table.fit(&Options { linear: false, ..table.options(ridge) });
        assert!(fit.loss + adds * table.entropy() > without.loss - 1e-6);
    }
}

/// Held out, a network with a linear part is no worse than the logistic model where classes follow that, and better than without where
/// they follow both.
#[test]
fn it_contains_the_logistic_model() {
    for teacher in teachers() {
        let table = Table::drawn(&teacher, 800, 3);
        let options = Options { ridge: Ridge::Auto, ..table.options(0.0) };
        let held_out = |analysis: &Analysis| analysis.scores.validation.expect("held out");
        let with = table.analyse(&options);
        let without = table.analyse(&Options { linear: false, ..options.clone() });
        assert!(held_out(&with) > held_out(&without) + 0.02, "{} {}", held_out(&with), held_out(&without));
        let (_, logistic) = with.logistic.as_ref().expect("narrow");
        let logistic = logistic.validation.expect("held out");
        assert!(held_out(&with) > logistic + 0.01, "{} {logistic}", held_out(&with));
        let mut linear = teacher.clone();
        linear.filters[0].output_weights.iter_mut().for_each(|a| *a = 0.0);
        let table = Table::drawn(&linear, 800, 4);
        let with = table.analyse(&options);
        let (_, logistic) = with.logistic.as_ref().expect("narrow");
        let apart = held_out(&with) - logistic.validation.expect("held out");
        assert!(apart.abs() < 0.01, "{apart}");
    }
}

/// Rows of more numbers than samples: at the end the slope of the loss by every coefficient is what the penalty pulls back, also along what no
/// sample shows, where coefficients are zero.
#[test]
fn rows_may_be_wider_than_samples_are_many() {
    let (samples, width) = (40, 90);
    let mut random = stream(5, 19, 0);
    let mut normal = || -> f64 { StandardNormal.sample(&mut random) };
    let values: Vec<f64> = (0..samples * width)
        .map(|at| if at % width == 7 { 0.3 } else { 2.0 + (1.0 + (at % 5) as f64) * normal() })
        .collect();
    let windows = Windows::consecutive(width, 3).expect("divides");
    let n = samples as f64;
    let column = |m: usize| values.iter().skip(m).step_by(width);
    let moment =
        |m: usize, power: i32, about: f64| column(m).map(|x| (x - about).powi(power)).sum::<f64>() / n;
    for classes in [2, 3] {
        let target: Vec<f64> =
            values.chunks(width).map(|row| (row[0] - 1.5).clamp(0.0, classes as f64 - 1.0).round()).collect();
        let options = Options {
            linear: true,
            loss: spurious::fit::LossChoice::Logistic,
            ridge: Ridge::Fixed(1e-2),
            ..Options::default()
        };
        let mut source = common::in_memory(&windows, &values, &target);
        let fit = fit(&mut source, Selection::All, &options, &()).expect("valid");
        let network = &fit.network;
        for (at, beta) in network.linear_part.chunks(width).enumerate() {
            // Of two classes the network is the score of the higher.
            let class = if network.scores() == 1 { 1 } else { at };
            let error = |(row, y): (&[f64], &f64)| {
                chances(network, row)[class] - f64::from(u8::from(*y == class as f64))
            };
            let errors: Vec<f64> = values.chunks(width).zip(&target).map(error).collect();
            let slope = |m: usize| column(m).zip(&errors).map(|(x, error)| x * error).sum::<f64>() / n;
            let variance = |m: usize| moment(m, 2, moment(m, 1, 0.0));
            let pull = |m: usize| if m == 7 { 0.0 } else { beta[m] * variance(m) };
            let both = || (0..width).map(|m| (slope(m), pull(m)));
            let penalty = -both().map(|(slope, pull)| slope * pull).sum::<f64>()
                / both().map(|(_, pull)| pull * pull).sum::<f64>();
            assert!(penalty > 0.0 && penalty < 1.01e-2, "{penalty}");
            let largest = both().map(|(slope, _)| slope.abs()).fold(0.0, f64::max);
            for (m, (slope, pull)) in both().enumerate() {
                assert!((slope + penalty * pull).abs() < 1e-5 * largest, "{classes} {m}: {slope} {pull}");
            }
            assert_eq!(beta[7], 0.0);
        }
        // No more directions than samples.
        assert!(fit.parameters <= (classes - 1) * (samples + 30) + 2, "{}", fit.parameters);
    }
}
