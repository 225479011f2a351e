//! Fits of planted data: exact without noise, to the statistical limit with noise, and out of the trap.

use crate::common;
use std::ops::ControlFlow;

use nalgebra::DMatrix;
use rand_distr::{Distribution, StandardNormal};
use spurious::fit::{
    Analysis, AntipodalRestart, Ending, InMemory, Network, Optimiser, Options, Ridge, Rows, SampleSource,
    Scaling, Selection, StartKind, Starts, StopReason, Validation, Values, Windows, analyse, fit,
    gauss_newton, survey,
};
use spurious::numerics::random::stream;

/// Standard normal patches with labels of a teacher and noise.
struct Planted {
    windows: Windows,
    teacher: Network,
    values: Vec<f64>,
    target: Vec<f64>,
}

fn normals(count: usize, seed: u64) -> Vec<f64> {
    let mut random = stream(seed, 3, 0);
    (0..count).map(|_| StandardNormal.sample(&mut random)).collect()
}

impl Planted {
    fn new(patch_dim: usize, patches: usize, samples: usize, noise: f64, seed: u64) -> Self {
        let numbers = normals(patch_dim + patches, 77);
        let teacher = Network::new(numbers[..patch_dim].to_vec(), numbers[patch_dim..].to_vec()).normalised();
        Self::of(teacher, samples, noise, seed)
    }

    fn of(teacher: Network, samples: usize, noise: f64, seed: u64) -> Self {
        let (p, k) = (teacher.filters[0].weights.len(), teacher.filters[0].output_weights.len());
        let values = normals(samples * p * k, seed);
        let errors = normals(samples, seed + 1000);
        let labels = values.chunks(p * k).map(|patches| teacher.value(patches));
        let target = labels.zip(errors).map(|(y, error)| y + noise * error).collect();
        Self { windows: Windows::consecutive(p * k, p).expect("divides"), teacher, values, target }
    }

    fn source(&self) -> InMemory<'_> {
        common::in_memory(&self.windows, &self.values, &self.target)
    }

    fn analyse(&self, options: &Options) -> Analysis {
        analyse(&mut self.source(), options, Validation::None, &()).expect("valid")
    }
}

/// Without intercept, as in the paper.
fn plain() -> Options {
    Options { intercept: false, ridge: Ridge::Fixed(0.0), ..Options::default() }
}

fn numbers(network: &Network) -> Vec<f64> {
    network.numbers().collect()
}

/// Largest difference of two networks' numbers, relative to the largest number.
fn apart(one: &Network, other: &Network) -> f64 {
    let (one, other) = (numbers(one), numbers(other));
    let size = other.iter().fold(0.0, |size: f64, x| size.max(x.abs()));
    one.iter().zip(&other).map(|(x, y)| (x - y).abs()).fold(0.0, f64::max) / size
}

#[test]
fn noiseless_data_gives_the_teacher_back() {
    for (patch_dim, patches, samples) in
        [(5, 25, 600), (1, 3, 100), (4, 1, 100), (25, 20, 2000), (64, 2, 1000)]
    {
        let planted = Planted::new(patch_dim, patches, samples, 0.0, 1);
        let fit = planted.analyse(&plain()).fit;
        assert!(apart(&fit.network, &planted.teacher) < 1e-12, "{patch_dim} {patches}: {:?}", fit.runs);
        assert!(fit.search.antipodal_restart.clears());
        assert_eq!((fit.parameters, fit.rank), (patch_dim + patches - 1, patch_dim + patches - 1));
        assert!(fit.loss < 1e-25);
    }
}

/// Intercept, filter bias and every scaling are found exactly, and reported for the patches as they are.
#[test]
fn every_part_of_the_model_is_found() {
    let mut teacher = Network { intercept: -2.0, ..Planted::new(6, 4, 1, 0.0, 1).teacher };
    teacher.filters[0].bias = 0.4;
    let mut planted = Planted::of(teacher, 1500, 0.0, 2);
    // Entries on very different scales, off their centre.
    for (at, value) in planted.values.iter_mut().enumerate() {
        let t = at % 6;
        *value = *value * 10_f64.powi(t as i32 - 2) + if t == 3 { 5.0 } else { 0.0 };
    }
    for t in 0..6 {
        planted.teacher.filters[0].weights[t] /= 10_f64.powi(t as i32 - 2);
    }
    planted.teacher.filters[0].bias -= 5.0 * planted.teacher.filters[0].weights[3];
    planted.teacher = planted.teacher.normalised();
    for scaling in [Scaling::None, Scaling::Standardise, Scaling::Whiten] {
        let options = Options { filter_bias: true, scaling, ..Options::default() };
        let fit = planted.analyse(&options).fit;
        assert!(apart(&fit.network, &planted.teacher) < 1e-9, "{scaling:?} {:?}", fit.runs);
        assert!(fit.search.antipodal_restart.clears());
    }
}

/// The mean square error falls like 1/n and is that of the Cramér–Rao bound, which the standard errors estimate.
#[test]
fn noise_is_paid_for_and_no_more() {
    let (noise, repeats) = (0.5, 40);
    let mut errors = Vec::new();
    for samples in [400, 1600] {
        let mut squares = 0.0;
        let (mut claimed, mut bound) = (0.0, 0.0);
        for seed in 0..repeats {
            let planted = Planted::new(5, 6, samples, noise, 10 + seed);
            let fit = planted.analyse(&plain()).fit;
            let differences = numbers(&fit.network);
            let differences = differences.iter().zip(numbers(&planted.teacher)).map(|(x, y)| x - y);
            squares += differences.map(|x| x * x).sum::<f64>();
            claimed += numbers(fit.standard_errors.as_ref().expect("plenty of samples"))
                .iter()
                .map(|x| x * x)
                .sum::<f64>();
            bound += cramer_rao(&planted, noise);
        }
        // Some 10 numbers and 40 repeats: the mean of 400 squares is known to some 7 %, at most 16 % if numbers go together.
        assert!((squares / bound - 1.0).abs() < 0.35, "{samples}: {squares} against {bound}");
        assert!((claimed / bound - 1.0).abs() < 0.1, "{samples}: {claimed} against {bound}");
        errors.push(squares);
    }
    let slope = (errors[0] / errors[1]).ln() / 4_f64.ln();
    assert!((slope - 1.0).abs() < 0.25, "mean squares fall like n^-{slope}");
}

/// Trace of the inverse Fisher matrix at the teacher, on the directions that keep the length of its filter.
fn cramer_rao(planted: &Planted, noise: f64) -> f64 {
    let (p, k) = (planted.windows.patch_dim(), planted.windows.patches());
    let n = p + k + 3;
    let gram =
        gauss_newton(&mut planted.source(), std::slice::from_ref(&planted.teacher), Selection::All, &());
    let gram = DMatrix::from_row_slice(n, n, &gram.expect("valid")[0].gram);
    let free: Vec<usize> = (0..p).chain(p + 1..p + 1 + k).collect();
    let mut fisher = DMatrix::from_fn(p + k, p + k, |i, j| gram[(free[i], free[j])]) / (noise * noise);
    // The scale direction has no information of its own: a large one along it takes it out of the inverse.
    let u =
        DMatrix::from_fn(p + k, 1, |i, _| if i < p { planted.teacher.filters[0].weights[i] } else { 0.0 });
    fisher += &u * u.transpose() * 1e12;
    fisher.try_inverse().expect("regular").trace()
}

/// From the antipode every optimiser is trapped, and says so; the default turns around.
#[test]
fn a_trapped_fit_is_told_and_freed() {
    let mut teacher = Planted::new(5, 8, 1, 0.0, 1).teacher;
    // A sum ratio of 0: the trap is at its deepest.
    let output_weights = &mut teacher.filters[0].output_weights;
    let mean = output_weights.iter().sum::<f64>() / 8.0;
    output_weights.iter_mut().for_each(|a| *a -= mean);
    let planted = Planted::of(teacher, 4000, 0.1, 3);
    let mut near = planted.teacher.clone();
    near.filters[0].weights.iter_mut().enumerate().for_each(|(t, u)| *u = -*u + 0.02 * t as f64);
    let given = |optimiser| Options { optimiser, starts: Starts::Given(near.clone()), ..plain() };
    let descent = Optimiser::Descent { step_size: None, most_steps: 3000 };
    let batches = Optimiser::Batches { step_size: None, epochs: 10, samples: 40 };
    for optimiser in [Optimiser::LeastSquares, descent, batches] {
        let fit = planted.analyse(&given(optimiser)).fit;
        assert_eq!(
            fit.search.antipodal_restart,
            AntipodalRestart::LeadsLower,
            "{optimiser:?} {:?}",
            fit.runs
        );
        assert!(fit.search.gap.is_some_and(|gap| gap < 0.0));
        let last = fit.runs.last().expect("the antipodal restart");
        assert_eq!((last.start, last.ending), (StartKind::Antipodal, Ending::Antipode));
    }
    let fit = planted.analyse(&given(Optimiser::Auto)).fit;
    assert!(fit.search.antipodal_restart.clears(), "{:?}", fit.runs);
    assert_eq!(
        (fit.runs.last().map(|run| run.start), fit.search.gap > Some(0.0)),
        (Some(StartKind::Antipodal), true)
    );
    assert!(apart(&fit.network, &planted.teacher) < 0.02);
}

/// Theory: one of the four sign choices recovers the teacher; so do descent and batches from there.
#[test]
fn one_of_the_four_signs_recovers() {
    let planted = Planted::new(5, 10, 4000, 0.0, 4);
    for seed in 1..4 {
        let descent = Optimiser::Descent { step_size: Some(0.2), most_steps: 20_000 };
        let options = Options { optimiser: descent, starts: Starts::FourSigns, seed, ..plain() };
        let fit = planted.analyse(&options).fit;
        assert!(fit.search.antipodal_restart.clears(), "{:?}", fit.runs);
        assert!(apart(&fit.network, &planted.teacher) < 1e-3, "{:?}", fit.runs);
    }
    let batches = Optimiser::Batches { step_size: Some(0.1), epochs: 30, samples: 64 };
    let options = Options { optimiser: batches, starts: Starts::FourSigns, ..plain() };
    assert!(apart(&planted.analyse(&options).fit.network, &planted.teacher) < 1e-2);
}

/// The penalty chosen by cross-validation is small where data is plenty and helps where it is not.
#[test]
fn ridge_helps_where_data_is_scarce() {
    let error = |ridge, [samples, sets]: [usize; 2], noise| {
        let squares = (0..sets as u64).map(|seed| {
            let planted = Planted::new(3, 30, samples, noise, 50 + seed);
            let fit = planted.analyse(&Options { ridge, ..plain() }).fit;
            let there = Planted::of(planted.teacher.clone(), 500, 0.0, 900);
            let rows = there.values.chunks(90).zip(&there.target);
            rows.map(|(row, y)| (fit.network.value(row) - y).powi(2)).sum::<f64>()
        });
        squares.sum::<f64>()
    };
    let (free, tuned) = (error(Ridge::Fixed(0.0), [60, 6], 3.0), error(Ridge::Auto, [60, 6], 3.0));
    assert!(tuned < 0.7 * free, "{tuned} against {free}");
    let (free, tuned) = (error(Ridge::Fixed(0.0), [3000, 1], 0.1), error(Ridge::Auto, [3000, 1], 0.1));
    assert!(tuned < 1.1 * free, "{tuned} against {free}");
}

/// A penalised fit is the minimum of the documented objective: for a filter in the plane, against a scan over its angle with
/// output weights from the normal equations.
#[test]
fn the_penalty_is_the_one_documented() {
    let planted = Planted::new(2, 4, 300, 0.5, 6);
    for ridge in [0.03, 0.3, 1.0] {
        let fit = planted.analyse(&Options { ridge: Ridge::Fixed(ridge), ..plain() }).fit;
        let squared: f64 = fit.network.filters[0].output_weights.iter().map(|a| a * a).sum();
        let found = fit.loss + ridge * squared / 2.0;
        let lowest =
            (0..200_000).map(|i| objective(&planted, ridge, f64::from(i) * std::f64::consts::PI / 1e5));
        let lowest = lowest.fold(f64::INFINITY, f64::min);
        // The angles are 3e-5 apart, and kinks have slopes of order one: the scan may miss some 1e-5 of the minimum.
        assert!(found <= lowest * (1.0 + 1e-12), "{ridge}: {found} above {lowest}");
        assert!(found >= lowest * (1.0 - 1e-4), "{ridge}: {found} below {lowest}");
    }
}

/// `min_a ℓₙ + ½λ‖a‖²` for the filter `(cos φ, sin φ)`.
fn objective(planted: &Planted, ridge: f64, angle: f64) -> f64 {
    let k = planted.windows.patches();
    let (sine, cosine) = angle.sin_cos();
    let n = planted.target.len() as f64;
    let mut gram = [[0.0; 4]; 4];
    let (mut with_target, mut squares) = ([0.0; 4], 0.0);
    for (row, y) in planted.values.chunks(2 * k).zip(&planted.target) {
        let mut active = [0.0; 4];
        for (active, patch) in active.iter_mut().zip(row.chunks(2)) {
            *active = (cosine * patch[0] + sine * patch[1]).max(0.0);
        }
        for i in 0..k {
            with_target[i] += active[i] * y / n;
            for j in 0..k {
                gram[i][j] += active[i] * active[j] / n;
            }
        }
        squares += y * y / n;
    }
    let matrix = nalgebra::Matrix4::from_fn(|i, j| gram[i][j] + if i == j { ridge } else { 0.0 });
    let right = nalgebra::Vector4::from(with_target);
    let a = matrix.cholesky().expect("positive").solve(&right);
    (squares - right.dot(&a)) / 2.0
}

/// Fewer samples than numbers: allowed, and the rank says what the data determines.
#[test]
fn scarce_data_has_a_rank() {
    let planted = Planted::new(6, 10, 9, 0.5, 7);
    let fit = planted.analyse(&plain()).fit;
    assert_eq!((fit.parameters, fit.samples), (15, 9));
    assert!(fit.rank <= 9);
    // Whatever fits every sample exactly is as good as anything else that does.
    assert_eq!(fit.search.antipodal_restart, AntipodalRestart::CannotTell);
    assert_eq!(fit.search.doubt, Some(spurious::fit::Doubt::TooFewSamples));
    // Nothing is left that errors could be told from.
    assert_eq!(fit.standard_errors, None);
}

/// Patches that never change, as the rim of an image: no weight, no error, nothing infinite.
#[test]
fn constant_columns_do_no_harm() {
    let mut planted = Planted::new(4, 5, 800, 0.1, 8);
    planted.values.iter_mut().enumerate().filter(|(at, _)| at % 20 < 4).for_each(|(_, value)| *value = 0.0);
    for row in 0..800 {
        let patches = &planted.values[row * 20..][..20];
        planted.target[row] = planted.teacher.value(patches) + 0.1 * (row % 7) as f64;
    }
    let analysis = planted.analyse(&Options::default());
    assert_eq!(analysis.survey.assumptions.constant_columns, 4);
    assert_eq!(analysis.fit.rank, analysis.fit.parameters - 1);
    assert!(numbers(&analysis.fit.network).iter().all(|x| x.is_finite()));
    assert!(analysis.linear.expect("narrow").0.coefficients[..4].iter().all(|&b| b == 0.0));
    // An entry that is the same everywhere, at a value whose mean does not come out exactly.
    planted.values.iter_mut().step_by(4).for_each(|value| *value = 0.1);
    for scaling in [Scaling::Standardise, Scaling::Whiten] {
        let fit = planted.analyse(&Options { scaling, ..Options::default() }).fit;
        assert_eq!(fit.network.filters[0].weights[0], 0.0);
        assert!(numbers(&fit.network).iter().all(|x| x.is_finite()));
    }
}

/// The same fit from large data, whose first searches look at some of it, and from many threads.
#[test]
fn large_data_is_fitted_from_a_sample_and_finished_on_all() {
    let planted = Planted::new(8, 20, 20_000, 0.3, 9);
    let fit = planted.analyse(&plain()).fit;
    assert!(fit.runs[0].samples < 20_000);
    assert_eq!(fit.samples, 20_000);
    assert!(apart(&fit.network, &planted.teacher) < 0.02);
    // The gradient by filter and output weights is zero for all samples, which it is not where some of them were fitted.
    let network = [fit.network.clone()];
    let sums = gauss_newton(&mut planted.source(), &network, Selection::All, &()).expect("valid").remove(0);
    let n = 8 + 1 + 20 + 2;
    for at in (0..8).chain(9..29) {
        let slope = sums.gram[at * n + n - 1] / sums.weight;
        assert!(slope.abs() < 1e-6, "{at}: {slope}");
    }
    let pool = rayon::ThreadPoolBuilder::new().num_threads(3).build().expect("threads");
    assert_eq!(pool.install(|| planted.analyse(&plain()).fit), fit);
}

/// Rescaling a column by whitening changes nothing for a linear model with the same penalty; here: ridge against the
/// normal equations, solved directly.
#[test]
fn the_linear_model_solves_its_normal_equations() {
    let planted = Planted::new(3, 4, 300, 1.0, 11);
    let (linear, scores) = planted.analyse(&plain()).linear.expect("narrow");
    let (n, d) = (300, 12);
    let x = DMatrix::from_row_slice(n, d, &planted.values);
    let y = DMatrix::from_column_slice(n, 1, &planted.target);
    let means = x.row_mean();
    let centred = DMatrix::from_fn(n, d, |i, j| x[(i, j)] - means[j]);
    let y_mean = y.mean();
    let scales: Vec<f64> = (0..d).map(|j| (centred.column(j).norm_squared() / n as f64).sqrt()).collect();
    let scaled = DMatrix::from_fn(n, d, |i, j| centred[(i, j)] / scales[j]);
    let mut matrix = scaled.transpose() * &scaled / n as f64;
    (0..d).for_each(|j| matrix[(j, j)] += linear.penalty);
    let solution =
        matrix.lu().solve(&(scaled.transpose() * y.add_scalar(-y_mean) / n as f64)).expect("regular");
    for j in 0..d {
        assert!((linear.coefficients[j] - solution[j] / scales[j]).abs() < 1e-12);
    }
    let residuals =
        planted.values.chunks(d).zip(&planted.target).map(|(row, y)| (linear.value(row) - y).powi(2));
    let total: f64 = planted.target.iter().map(|y| (y - y_mean).powi(2)).sum();
    assert!((scores.train - (1.0 - residuals.sum::<f64>() / total)).abs() < 1e-12);
}

/// A linear teacher is a linear model's game: the network says so.
#[test]
fn scores_on_the_same_split_tell_who_wins() {
    let mut planted = Planted::new(4, 5, 2000, 0.0, 12);
    let slopes = normals(20, 13);
    let linear = |row: &[f64]| row.iter().zip(&slopes).map(|(x, b)| x * b).sum::<f64>();
    let analysis = |planted: &Planted, validation| {
        analyse(&mut planted.source(), &Options::default(), validation, &()).expect("valid")
    };
    for validation in [Validation::HoldOut(0.25), Validation::Folds(4)] {
        let curved = analysis(&planted, validation);
        assert!(curved.scores.validation > Some(1.0 - 1e-12), "{:?}", curved.scores);
        assert!(curved.linear.expect("narrow").1.validation < Some(0.9));
        let expected = if validation == Validation::Folds(4) { (4, 2000) } else { (0, 500) };
        assert_eq!((curved.folds.len(), curved.validation_samples), expected);
    }
    planted.target = planted.values.chunks(20).map(linear).collect();
    let straight = analysis(&planted, Validation::HoldOut(0.25));
    assert!(straight.linear.expect("narrow").1.validation > Some(0.999));
    assert!(straight.scores.validation < Some(0.9));
}

/// Moments against their definitions, for narrow rows and rows too wide for a joint covariance.
#[test]
fn a_survey_is_what_it_says() {
    for (patch_dim, patches, samples) in [(3, 4, 700), (3, 700, 150)] {
        let mut planted = Planted::new(patch_dim, patches, samples, 0.5, 14);
        let width = patch_dim * patches;
        // Off centre by much, so that careless sums would lose their digits.
        planted.values.iter_mut().enumerate().for_each(|(at, value)| *value += 1e4 + (at % width) as f64);
        let found = survey(&mut planted.source(), Selection::All, &()).expect("valid");
        let all = (samples * patches) as f64;
        let patches_of = || planted.values.chunks(patch_dim);
        for s in 0..patch_dim {
            let mean = patches_of().map(|patch| patch[s]).sum::<f64>() / all;
            assert!((found.patch_mean[s] / mean - 1.0).abs() < 1e-13);
            for t in 0..patch_dim {
                let other = found.patch_mean[t];
                let covariance =
                    patches_of().map(|patch| (patch[s] - mean) * (patch[t] - other)).sum::<f64>() / all;
                let deviation = (found.patch_covariance[s * patch_dim + t] - covariance).abs();
                assert!(deviation < 1e-9 * found.patch_covariance[0].max(1.0), "{deviation}");
            }
        }
        assert_eq!(found.assumptions.patch_correlation.is_some(), width <= 2048);
        assert!(found.assumptions.kurtosis.abs() < 0.2, "{}", found.assumptions.kurtosis);
        assert_eq!((found.samples, found.weight), (samples as u64, samples as f64));
    }
}

#[test]
fn what_cannot_be_fitted_is_refused() {
    let planted = Planted::new(2, 3, 50, 0.0, 15);
    let refused = |planted: &Planted, options: &Options| {
        fit(&mut planted.source(), Selection::All, options, &()).expect_err("refused").to_string()
    };
    let constant = Planted { target: vec![2.5; 50], ..Planted::new(2, 3, 50, 0.0, 15) };
    assert_eq!(refused(&constant, &plain()), "the target is 2.5 in every sample: there is nothing to fit");
    assert_eq!(
        refused(&planted, &Options { ridge: Ridge::Fixed(-1.0), ..plain() }),
        "ridge penalty -1 is negative: use 0 or a number above 0"
    );
    let step = Optimiser::Descent { step_size: None, most_steps: 10 };
    assert_eq!(
        refused(&planted, &Options { optimiser: step, ridge: Ridge::Fixed(0.1), ..plain() }),
        "gradient descent minimises the loss without a penalty: leave out the ridge penalty, or search by least squares"
    );
    let given = Starts::Given(Network::new(vec![0.0; 2], vec![1.0; 3]));
    assert_eq!(
        refused(&planted, &Options { starts: given, ..plain() }),
        "filter of the start is zero: it has no direction"
    );
    let given = Starts::Given(Network::new(vec![f64::NAN; 2], vec![1.0; 3]));
    assert_eq!(
        refused(&planted, &Options { starts: given, ..plain() }),
        "number of the start is NaN, not a finite number"
    );
    let given = Starts::Given(Network::new(vec![1.0; 3], vec![1.0; 3]));
    assert_eq!(
        refused(&planted, &Options { starts: given, ..plain() }),
        "filter has 3 entries where 2 are needed"
    );
    let step = Optimiser::Descent { step_size: Some(0.0), most_steps: 10 };
    assert_eq!(
        refused(&planted, &Options { optimiser: step, ..plain() }),
        "step size 0 is not positive: use a number above 0"
    );
    let rows =
        Rows { values: Values::F64(&planted.values), stride: 6, target: &planted.target, weights: None };
    let nan = |at: usize| {
        let mut values = planted.values.clone();
        values[at] = f64::NAN;
        let rows = Rows { values: Values::F64(&values), ..rows };
        InMemory::new(rows, planted.windows.clone()).expect_err("refused").to_string()
    };
    assert_eq!(nan(6 * 7 + 2), "the value in row 7, column 2 (counted from 0) is NaN, not a finite number");
    assert_eq!(
        Windows::consecutive(10, 4).expect_err("refused").to_string(),
        "window length 4 does not divide the row length 10: use 2 or 5"
    );
    // A step far too large is an outcome, not an error.
    let step = Optimiser::Descent { step_size: Some(100.0), most_steps: 1000 };
    let fit = planted.analyse(&Options { optimiser: step, ..plain() }).fit;
    assert!(fit.runs[..8].iter().all(|run| run.stop == StopReason::Diverged), "{:?}", fit.runs);
}

/// What lies behind the last row is not looked at, whatever it is.
#[test]
fn nothing_behind_the_last_row_counts() {
    let planted = Planted::new(3, 3, 50, 0.2, 16);
    let expected = planted.analyse(&plain()).fit;
    let mut values = planted.values.clone();
    values.extend([f64::NAN; 20]);
    let rows = Rows { values: Values::F64(&values), stride: 9, target: &planted.target, weights: None };
    let mut longer = InMemory::new(rows, planted.windows.clone()).expect("valid");
    assert_eq!(analyse(&mut longer, &plain(), Validation::None, &()).expect("valid").fit, expected);
    let found = spurious::fit::predict(rows, &planted.windows, &planted.teacher).expect("valid");
    let direct: Vec<f64> = planted.values.chunks(9).map(|row| planted.teacher.value(row)).collect();
    assert!(found.iter().zip(direct).all(|(a, b)| (a - b).abs() < 1e-12));
    let short = Rows { values: Values::F64(&planted.values[..440]), ..rows };
    let refused = spurious::fit::predict(short, &planted.windows, &planted.teacher).expect_err("refused");
    assert_eq!(refused.to_string(), "values has 440 entries where 450 are needed");
}

/// A common factor of all weights changes nothing, in single precision and at the ends of its range.
#[test]
fn the_scale_of_weights_does_not_matter() {
    let planted = Planted::new(4, 3, 300, 0.2, 17);
    let single: Vec<f32> = planted.values.iter().map(|&z| z as f32).collect();
    let gradient = |weight: f64| {
        let weights = vec![weight; 300];
        let rows = Rows {
            values: Values::F32(&single),
            stride: 12,
            target: &planted.target,
            weights: Some(&weights),
        };
        let mut source = InMemory::new(rows, planted.windows.clone()).expect("valid");
        let at = Network::new(vec![1.0; 4], vec![0.5; 3]);
        let arithmetic = spurious::fit::Arithmetic::AsStored;
        let sums = spurious::fit::sums(&mut source, &[at], Selection::All, arithmetic, &())
            .expect("valid")
            .remove(0);
        sums.filter.iter().map(|entry| entry / sums.weight).collect::<Vec<_>>()
    };
    let one = gradient(1.0);
    for weight in [1e-46, 1e-20, 1e39] {
        assert!(
            gradient(weight).iter().zip(&one).all(|(a, b)| (a - b).abs() < 1e-5 * b.abs().max(0.1)),
            "{weight:e}"
        );
    }
}

/// Hands its samples over in runs of a length of its own.
struct Runs<'a> {
    rows: Rows<'a>,
    windows: Windows,
    run: usize,
}

impl SampleSource for Runs<'_> {
    type Error = spurious::Error;

    fn windows(&self) -> &Windows {
        &self.windows
    }

    fn samples(&self) -> u64 {
        self.rows.target.len() as u64
    }

    fn pass(
        &mut self,
        block: usize,
        visit: &mut dyn FnMut(Rows<'_>) -> ControlFlow<()>,
    ) -> Result<(), spurious::Error> {
        let run = if self.run == 0 { block } else { self.run };
        let Values::F64(values) = self.rows.values else { return Ok(()) };
        for first in (0..self.rows.target.len()).step_by(run) {
            let last = (first + run).min(self.rows.target.len());
            let stride = self.rows.stride;
            let values = Values::F64(&values[first * stride..last * stride]);
            if visit(Rows { values, target: &self.rows.target[first..last], ..self.rows }).is_break() {
                break;
            }
        }
        Ok(())
    }
}

/// The same fit, to the bit, however the data is handed over; and a source that breaks its contract is told.
#[test]
fn how_data_is_handed_over_does_not_matter() {
    let planted = Planted::new(7, 40, 3000, 0.3, 18);
    let rows =
        Rows { values: Values::F64(&planted.values), stride: 280, target: &planted.target, weights: None };
    let options = Options { scaling: Scaling::Whiten, ..plain() };
    let expected = planted.analyse(&options);
    let mut runs = Runs { rows, windows: planted.windows.clone(), run: 0 };
    let found = analyse(&mut runs, &options, Validation::None, &()).expect("valid");
    assert_eq!((found.fit, found.linear), (expected.fit, expected.linear));
    runs.run = 100;
    let refused = analyse(&mut runs, &options, Validation::None, &()).expect_err("refused").to_string();
    assert_eq!(refused, "the source of the samples handed over 100 rows where 512 were expected");
}

/// Numbers whose powers leave the range of numbers are refused, not fitted to nonsense.
#[test]
fn numbers_out_of_range_are_refused() {
    for factor in [1e-160, 1e160] {
        let mut planted = Planted::new(2, 3, 50, 0.0, 19);
        planted.values.iter_mut().for_each(|value| *value *= factor);
        let refused = survey(&mut planted.source(), Selection::All, &()).expect_err("refused").to_string();
        assert!(
            refused.ends_with("to compute with: scale them to a size between 1e-50 and 1e50"),
            "{refused}"
        );
    }
    for factor in [1e-30, 1e30] {
        let mut planted = Planted::new(2, 3, 200, 0.0, 19);
        planted.values.iter_mut().for_each(|value| *value *= factor);
        planted.target.iter_mut().for_each(|y| *y *= factor);
        let fit = planted.analyse(&plain()).fit;
        assert!(fit.search.antipodal_restart.clears(), "{:?}", fit.runs);
    }
}

/// What steps would gain is not held against the place where a descent had to stop.
#[test]
fn a_descent_that_has_hardly_begun_is_no_trap() {
    let planted = Planted::new(3, 4, 400, 0.1, 23);
    for seed in 1..6 {
        let optimiser = Optimiser::Descent { step_size: None, most_steps: 0 };
        let starts = Starts::Random(1);
        let fit = planted.analyse(&Options { optimiser, starts, seed, ..plain() }).fit;
        assert_eq!(fit.search.antipodal_restart, AntipodalRestart::CannotTell);
    }
}

/// A step that sends all numbers out of range at once leaves a network of numbers.
#[test]
fn a_descent_that_grows_out_of_range_stops_before() {
    let planted = Planted::new(3, 4, 100, 0.1, 24);
    for optimiser in [
        Optimiser::Descent { step_size: Some(1e300), most_steps: 100 },
        Optimiser::Batches { step_size: Some(1e300), epochs: 3, samples: usize::MAX },
    ] {
        let fit = planted.analyse(&Options { optimiser, ..plain() }).fit;
        assert_eq!(fit.search.antipodal_restart, AntipodalRestart::CannotTell);
        assert!(fit.network.numbers().all(f64::is_finite));
        assert!(fit.loss.is_finite());
        assert!(fit.runs[..8].iter().all(|run| run.stop == StopReason::Diverged), "{:?}", fit.runs);
    }
}
