//! Fits of leaky rectifiers: everything that is claimed of the rectifier, where a leak could break it.

use crate::common;
use rand_distr::{Distribution, StandardNormal};
use spurious::fit::{
    self, Analysis, Filter, Fit, InMemory, Labels, Loss, LossChoice, Model, Network, Optimiser, Options,
    Planted, RecoveryExperiment, Ridge, Rows, Scaling, Selection, Starts, StopReason, Validation, Values,
    Windows, analyse, explain, predict,
};
use spurious::numerics::random::stream;
use spurious::{Activation, Cell, Error};

fn leaky(slope: f64) -> Activation {
    Activation::leaky(slope).expect("from 0 to 1")
}

fn normals(count: usize, seed: u64) -> Vec<f64> {
    let mut random = stream(seed, 7, 0);
    (0..count).map(|_| StandardNormal.sample(&mut random)).collect()
}

/// A teacher, and normal patches with what it says of them.
struct Data {
    teacher: Network,
    windows: Windows,
    values: Vec<f64>,
    target: Vec<f64>,
}

impl Data {
    fn new(slope: f64, [p, k]: [usize; 2], samples: usize, noise: f64, seed: u64) -> Self {
        let (weights, output_weights) = (normals(p, 31), normals(k, 32));
        let teacher = Network { activation: leaky(slope), ..Network::new(weights, output_weights) };
        Self::of(teacher, samples, noise, seed)
    }

    fn of(teacher: Network, samples: usize, noise: f64, seed: u64) -> Self {
        let (p, k) = (teacher.filters[0].weights.len(), teacher.filters[0].output_weights.len());
        let windows = Windows::consecutive(p * k / teacher.scores(), p).expect("divides");
        let values = normals(samples * windows.width(), seed);
        let mut data = Self { teacher: teacher.normalised(), windows, values, target: vec![0.0; samples] };
        let errors = normals(samples, seed + 1000);
        data.target = predict(data.rows(), &data.windows, &data.teacher).expect("fits");
        data.target.iter_mut().zip(errors).for_each(|(y, error)| *y += noise * error);
        data
    }

    fn rows(&self) -> Rows<'_> {
        let values = Values::F64(&self.values);
        Rows { values, stride: self.windows.width(), target: &self.target, weights: None }
    }

    fn source(&self) -> InMemory<'_> {
        InMemory::new(self.rows(), self.windows.clone()).expect("valid")
    }

    fn analyse(&self, options: &Options) -> Analysis {
        analyse(&mut self.source(), options, Validation::None, &()).expect("valid")
    }

    fn fit(&self, options: &Options) -> Fit {
        fit::fit(&mut self.source(), Selection::All, options, &()).expect("valid")
    }

    /// The mean of something over rows and their targets.
    fn mean(&self, of: impl Fn(&[f64], f64) -> f64) -> f64 {
        let rows = self.values.chunks(self.windows.width()).zip(&self.target);
        rows.map(|(row, &y)| of(row, y)).sum::<f64>() / self.target.len() as f64
    }
}

/// Without intercept, as in the paper.
fn plain(slope: f64) -> Options {
    Options { intercept: false, ridge: Ridge::Fixed(0.0), activation: leaky(slope), ..Options::default() }
}

/// Largest difference of two networks' numbers, filters of both in the same order.
fn apart(one: &Network, other: &Network) -> f64 {
    let sorted = |network: &Network| {
        let mut network = network.clone();
        network.filters.sort_by(|one, other| one.weights[0].total_cmp(&other.weights[0]));
        network
    };
    assert_eq!(one.activation, other.activation);
    sorted(one).numbers().zip(sorted(other).numbers()).map(|(x, y)| (x - y).abs()).fold(0.0, f64::max)
}

/// The value of a patch by the definition, as nothing in the library computes it.
fn sigma(slope: f64, t: f64) -> f64 {
    t.max(0.0) + slope * t.min(0.0)
}

/// Exactly from data without noise, for leaks small and large, and for the rectifier; the reversed filter leads elsewhere.
#[test]
fn noiseless_data_gives_the_teacher_back() {
    for slope in [0.0, 0.1, 0.6] {
        for [p, k, samples] in [[5, 25, 600], [1, 3, 100], [4, 1, 100], [25, 20, 2000]] {
            let data = Data::new(slope, [p, k], samples, 0.0, 1);
            let fit = data.fit(&plain(slope));
            assert!(apart(&fit.network, &data.teacher) < 1e-11, "{slope} {p} {k}: {:?}", fit.search);
            assert!(fit.search.antipodal_restart.clears(), "{slope} {p} {k}: {:?}", fit.search);
            assert_eq!((fit.parameters, fit.rank), (p + k - 1, p + k - 1));
        }
    }
}

/// Intercept, bias and scalings, the penalty chosen by cross-validation.
#[test]
fn every_part_of_the_model_is_found() {
    let mut teacher = Network { intercept: -2.0, ..Data::new(0.1, [6, 4], 1, 0.0, 1).teacher };
    teacher.filters[0].bias = 0.4;
    let data = Data::of(teacher, 1500, 0.0, 2);
    for scaling in [Scaling::None, Scaling::Standardise, Scaling::Whiten] {
        let options = Options { filter_bias: true, scaling, activation: leaky(0.1), ..Options::default() };
        let fit = data.fit(&options);
        assert!(apart(&fit.network, &data.teacher) < 1e-9, "{scaling:?} {:?}", fit.search);
    }
}

/// With noise the teacher is found to the noise, which the standard errors know.
#[test]
fn standard_errors_are_the_spread() {
    let data = |seed: u64| Data::new(0.1, [3, 4], 400, 1.0, 200 + seed);
    let fits: Vec<Fit> = (0..60_u64).map(|seed| data(seed).fit(&plain(0.1))).collect();
    assert!(fits[0].standard_errors.as_ref().is_some_and(|errors| errors.activation.is_rectifier()));
    // No bias, and no intercept.
    common::assert_errors_are_the_spread(&fits, &data(0).teacher, &[3, 8]);
}

/// With the other activation the fit is worse than the noise.
#[test]
fn the_right_slope_fits_best() {
    let data = Data::new(0.2, [4, 5], 3000, 0.1, 3);
    let loss = |slope| data.fit(&plain(slope)).loss;
    assert!((2.0 * loss(0.2) / 0.01 - 1.0).abs() < 0.1);
    assert!(loss(0.0) > 2.0 * loss(0.2) && loss(0.5) > 2.0 * loss(0.2));
}

/// A slope of almost zero changes almost nothing.
#[test]
fn results_are_continuous_at_the_rectifier() {
    let data = Data::new(0.0, [4, 5], 500, 0.3, 4);
    for options in [plain(0.0), Options { filters: 2, starts: Starts::Random(4), ..plain(0.0) }] {
        let fits =
            [0.0, 1e-10].map(|slope| data.fit(&Options { activation: leaky(slope), ..options.clone() }));
        let [one, mut other] = fits.map(|fit| fit.network);
        other.activation = Activation::RECTIFIER;
        assert!(apart(&one, &other) < 1e-6, "{}", apart(&one, &other));
    }
}

/// The loss of two classes and of three, written plainly, has its minimum where the search ends.
#[test]
fn ends_with_classes_are_minima() {
    let (slope, ridge) = (0.2, 1e-3);
    let mut data = Data::new(slope, [3, 2], 2000, 2.0, 5);
    data.target.iter_mut().for_each(|y| *y = f64::from(*y > 0.5));
    let options = Options { ridge: Ridge::Fixed(ridge), activation: leaky(slope), ..Options::default() };
    let value = |network: &Network, row: &[f64]| {
        let filter = &network.filters[0];
        let terms = row
            .chunks(3)
            .zip(&filter.output_weights)
            .map(|(patch, a)| a * sigma(slope, patch.iter().zip(&filter.weights).map(|(z, u)| z * u).sum()));
        network.intercept + terms.sum::<f64>()
    };
    let fit = data.fit(&options);
    let loss =
        |network: &Network| data.mean(|row, y| (1.0 + (value(network, row) * (1.0 - 2.0 * y)).exp()).ln());
    assert_eq!(fit.search.stop, StopReason::Converged);
    assert!((fit.loss - loss(&fit.network)).abs() < 1e-12);
    common::assert_minimum(&fit.network, ridge, &[3], 1e-6, loss);

    let three =
        data.values.chunks(6).map(|row| f64::from(u32::from(row[0] > -0.4) + u32::from(row[4] > 0.3)));
    data.target = three.collect();
    let options = Options { loss: LossChoice::Multinomial { classes: 3 }, ..options };
    let fit = data.fit(&options);
    let loss = |network: &Network| {
        data.mean(|row, y| {
            let scores: Vec<f64> = (0..3).map(|class| value(&network.of_class(class), row)).collect();
            scores.iter().map(|score| score.exp()).sum::<f64>().ln() - scores[y as usize]
        })
    };
    assert!((fit.loss - loss(&fit.network)).abs() < 1e-12);
    // Neither bias, nor the intercept of a network with one value.
    common::assert_minimum(&fit.network, ridge, &[3, 10], 1e-6, loss);
}

/// Several filters; with a linear part beside one, whose sign it leaves open: `σ(x) = σ(−x) + (1 + c)x`.
#[test]
fn several_filters_and_a_linear_part_are_found() {
    let filter =
        |seed| Filter { weights: normals(4, seed), bias: 0.0, output_weights: normals(6, seed + 50) };
    let activation = leaky(0.2);
    let teacher = Network { filters: vec![filter(1), filter(2)], activation, ..Network::default() };
    let data = Data::of(teacher, 2000, 0.0, 6);
    let fit = data.fit(&Options { filters: 2, ..plain(0.2) });
    assert!(apart(&fit.network, &data.teacher) < 1e-10, "{:?}", fit.search);

    // More filters than there are come out the same, or as opposites where there is a linear part.
    let linear_part = normals(24, 9);
    let teacher = Network { filters: vec![filter(1)], linear_part, activation, ..Network::default() };
    let data = Data::of(teacher, 2000, 0.1, 7);
    let options = Options { linear: true, filters: 2, ..plain(0.2) };
    let options = Options { ridge: Ridge::Fixed(1e-3), ..options };
    let fit = data.fit(&options);
    assert_eq!((fit.search.filters, fit.search.merged + fit.search.dropped), (1, 1), "{:?}", fit.search);
    let found = &fit.network.filters[0];
    let cosine: f64 = found.weights.iter().zip(&data.teacher.filters[0].weights).map(|(u, v)| u * v).sum();
    assert!(cosine.abs() > 0.999, "{cosine}");
    assert!((2.0 * fit.loss / 0.01 - 1.0).abs() < 0.2, "{}", fit.loss);

    // And with a linear part a slope changes the penalties alone: σ_c(x) = (1 − c) σ_0(x) + cx.
    let options = Options { filters: 1, ridge: Ridge::Fixed(0.0), ..options };
    let losses =
        [0.0, 0.5].map(|slope| data.fit(&Options { activation: leaky(slope), ..options.clone() }).loss);
    // But for the penalty on the linear part, which is that of the linear model.
    assert!((losses[0] / losses[1] - 1.0).abs() < 1e-2, "{losses:?}");
}

/// Fewer samples than parameters, where no matrix of the parameters is formed.
#[test]
fn few_samples_are_fitted_exactly() {
    let data = Data::new(0.3, [5, 40], 30, 0.0, 8);
    let fit = data.fit(&Options { starts: Starts::Random(3), ..plain(0.3) });
    assert!(fit.loss < 1e-20 && fit.network.activation == leaky(0.3));
    let values = predict(data.rows(), &data.windows, &fit.network).expect("fits");
    assert!(values.iter().zip(&data.target).all(|(value, y)| (value - y).abs() < 1e-8));
}

/// The paper's descent, with the step size that the curvature gives, converges to the teacher from one of four signs, as does descent in batches.
#[test]
fn descent_finds_the_teacher() {
    for slope in [0.1, 0.5] {
        let data = Data::new(slope, [4, 5], 1000, 0.0, 9);
        let descent = Optimiser::Descent { step_size: None, most_steps: 20_000 };
        for (optimiser, tolerance) in
            [(descent, 1e-3), (Optimiser::Batches { step_size: None, epochs: 60, samples: 50 }, 1e-2)]
        {
            let fit = data.fit(&Options { optimiser, starts: Starts::FourSigns, ..plain(slope) });
            assert!(apart(&fit.network, &data.teacher) < tolerance, "{slope} {optimiser:?} {:?}", fit.search);
            let biased = Options { filter_bias: true, starts: Starts::FourSigns, optimiser, ..plain(slope) };
            assert!(data.fit(&biased).runs.iter().all(|run| run.stop != StopReason::Diverged));
        }
    }
}

/// What is kept as text has its slope only where it is not that of the rectifier, is checked, and predicts what the fit does.
#[test]
fn models_keep_their_slope() {
    let data = Data::new(0.2, [3, 4], 300, 0.1, 10);
    let analysis = data.analyse(&Options { activation: leaky(0.2), ..Options::default() });
    let model = |network: Network| Model {
        network,
        loss: Loss::Squares,
        standard_errors: analysis.fit.standard_errors.clone(),
        scaling: Scaling::None,
        transform: None,
        windows: data.windows.clone(),
        columns: (0..12).map(|column| column.to_string()).collect(),
        target: "y".to_owned(),
        labels: Labels::Numbers,
        column_means: None,
        prediction_interval: None,
        samples: 300,
        noise: analysis.fit.noise,
        train_r2: analysis.scores.train,
        validation_r2: None,
    };
    let leaking = model(analysis.fit.network.clone());
    let text = leaking.to_json();
    assert_eq!(text.matches("\"negative_slope\": 0.2").count(), 1);
    let read = Model::from_json(&text).expect("its own text");
    assert_eq!(read, leaking);
    let rectifier = model(Network { activation: Activation::RECTIFIER, ..analysis.fit.network.clone() });
    assert!(!rectifier.to_json().contains("negative_slope"));
    assert_eq!(Model::from_json(&rectifier.to_json()), Ok(rectifier));
    let refused = Model::from_json(&text.replace("\"negative_slope\": 0.2", "\"negative_slope\": 1.5"));
    let message = refused.expect_err("out of range").to_string();
    assert!(
        message.contains("negative slope 1.5 is not from 0 to 1: divide the activation by it"),
        "{message}"
    );

    let values = predict(data.rows(), &data.windows, &read.network).expect("fits");
    let squares: f64 = values.iter().zip(&data.target).map(|(f, y)| (f - y).powi(2)).sum();
    assert!((squares / 600.0 - analysis.fit.loss).abs() < 1e-12);
    let names: Vec<String> = read.columns.clone();
    for (row, value) in data.values.chunks(12).zip(values).take(20) {
        let explanation = explain(row, &data.windows, &read.network, &names).expect("fits");
        let filter = &read.network.filters[0];
        for (patch, (share, a)) in row.chunks(3).zip(explanation.patches.iter().zip(&filter.output_weights)) {
            let dot: f64 = patch.iter().zip(&filter.weights).map(|(z, u)| z * u).sum();
            assert!((share.filters[0] - a * sigma(0.2, dot)).abs() < 1e-13);
        }
        assert!((explanation.prediction - value).abs() < 1e-13);
    }
}

/// Labels of planted data are the leaky teacher's, on the same inputs and with the same teacher as those of the rectifier.
#[test]
fn planted_labels_are_the_leaky_teachers() {
    let cell = Cell::new(4, 5, 2.0, 1.0).expect("a cell");
    let planted = |cell: Cell| {
        let planted = Planted::of_several(&cell, 2, fit::Inputs::Gaussian, 0.0, 3).expect("valid");
        let (mut rows, mut target) = (vec![0.0; 50 * 20], vec![0.0; 50]);
        planted.fill(0, &mut rows, &mut target).expect("the length");
        (planted.network().clone(), rows, target)
    };
    let (teacher, rows, _) = planted(cell);
    let (leaking, same, target) = planted(cell.with_activation(leaky(0.3)));
    assert_eq!((&teacher.filters, &rows), (&leaking.filters, &same));
    for (row, y) in rows.chunks(20).zip(target) {
        let of_filter = |filter: &Filter| -> f64 {
            let dot = |patch: &[f64]| patch.iter().zip(&filter.weights).map(|(z, u)| z * u).sum();
            row.chunks(4).zip(&filter.output_weights).map(|(patch, a)| a * sigma(0.3, dot(patch))).sum()
        };
        assert!((teacher.filters.iter().map(of_filter).sum::<f64>() - y).abs() < 1e-13);
    }
}

/// On many samples the share of runs that recover the teacher is the exact probability of the leaky activation, within four standard errors;
/// the rectifier's is elsewhere.
#[test]
fn recovery_tends_to_the_exact_probability() {
    let cell = Cell::new(2, 4, 1.0, 1.0).expect("a cell");
    let exact = |cell| RecoveryExperiment::new(cell, 0.2, 0.0, 1, &()).map(|one| one.exact_probability());
    let leaking = cell.with_activation(leaky(0.5));
    let found = RecoveryExperiment::new(leaking, 0.2, 0.0, 1, &()).expect("valid").recovery(2000, 640, &());
    let found = found.expect("valid");
    let probability = found.exact_probability.expect("one filter");
    assert_eq!((found.negative_slope, found.elsewhere), (0.5, 0));
    assert!(found.lower < probability && probability < found.upper, "{found:?}");
    assert!((exact(cell).expect("valid").expect("one filter") - probability).abs() > 0.03, "{probability}");

    let several = RecoveryExperiment::of_several(leaking, 2, 0.2, 0.0, 1, &()).expect("valid");
    let found = several.recovery(200, 16, &()).expect("valid");
    assert_eq!((found.negative_slope, found.exact_probability), (0.5, None));
    // 4π/(α + γRk) = 4π/(1.25π + 7/4)
    let refused = RecoveryExperiment::of_several(leaking, 2, 2.3, 0.0, 1, &()).expect_err("diverges");
    assert_eq!(
        refused.to_string(),
        "step size 2.3 makes the output weights diverge with 2 filters and 4 patches: use less than 2.213"
    );
}

/// The identity is a linear model, whose filter is determined only up to its sign.
#[test]
fn the_identity_is_refused() {
    let data = Data::new(1.0, [3, 4], 100, 0.0, 11);
    let refused = fit::fit(&mut data.source(), Selection::All, &plain(1.0), &()).expect_err("linear");
    assert_eq!(refused, Error::LinearNetwork);
    assert_eq!(
        refused.to_string(),
        "with a negative slope of 1 the network is a linear model, and the reversed filter with reversed output weights is the same \
         network: use a slope below 1"
    );
    let cell = Cell::new(2, 4, 1.0, 1.0).expect("a cell").with_activation(leaky(1.0));
    assert_eq!(RecoveryExperiment::new(cell, 0.2, 0.0, 1, &()), Err(Error::LinearNetwork));
    // Its values are known all the same.
    let [row, u, a] =
        [&data.values[..12], &data.teacher.filters[0].weights, &data.teacher.filters[0].output_weights];
    let linear: f64 =
        row.chunks(3).zip(a).map(|(z, a)| a * z.iter().zip(u).map(|(z, u)| z * u).sum::<f64>()).sum();
    assert!((data.target[0] - linear).abs() < 1e-13);
}
