//! What is said of a fit holds: the best found is the lowest that more starts find, nothing is claimed of noise, no default
//! fit is far worse than the mean, and errors are as large as they should be.

use crate::common;
use rand_distr::{Distribution, StandardNormal};
use spurious::fit::{
    Analysis, AntipodalRestart, Baseline, Conclusion, InMemory, LossChoice, Metric, Network, Optimiser,
    Options, Ridge, Scaling, SearchEnd, Selection, StartKind, Starts, Validation, Windows, analyse, fit,
};
use spurious::numerics::random::stream;

/// Rows with labels, and how they are cut.
struct Table {
    windows: Windows,
    values: Vec<f64>,
    target: Vec<f64>,
}

impl Table {
    fn source(&self) -> InMemory<'_> {
        common::in_memory(&self.windows, &self.values, &self.target)
    }

    fn loss(&self, options: &Options) -> f64 {
        fit(&mut self.source(), Selection::All, options, &()).expect("valid").loss
    }

    fn analyse(&self, options: &Options, validation: Validation) -> Analysis {
        analyse(&mut self.source(), options, validation, &()).expect("valid")
    }

    /// Standard normal rows, and labels of a rule that is given the row and a normal number of its own.
    fn normal(
        [patch_dim, patches, samples]: [usize; 3],
        seed: u64,
        label: impl Fn(&[f64], f64) -> f64,
    ) -> Self {
        let width = patch_dim * patches;
        let values = normals(samples * width, seed);
        let noise = normals(samples, seed + 1_000_000);
        let target = values.chunks(width).zip(noise).map(|(row, noise)| label(row, noise)).collect();
        Self { windows: Windows::consecutive(width, patch_dim).expect("divides"), values, target }
    }

    /// One digit against the rest, images of 8×8 pixels in tiles.
    fn digit(digit: f64, tile: [usize; 2]) -> Self {
        let text = include_str!("../../../../data/digits.csv");
        let (mut values, mut target) = (Vec::new(), Vec::new());
        for line in text.lines().skip(1) {
            let mut row: Vec<f64> = line.split(',').map(|field| field.parse().expect("a number")).collect();
            target.push(f64::from(row.pop() == Some(digit)));
            values.extend(row);
        }
        Self { windows: Windows::tiles(64, [8, 8], tile).expect("divides"), values, target }
    }
}

fn normals(count: usize, seed: u64) -> Vec<f64> {
    let mut random = stream(seed, 3, 0);
    (0..count).map(|_| StandardNormal.sample(&mut random)).collect()
}

fn teacher(patch_dim: usize, patches: usize) -> Network {
    let numbers = normals(patch_dim + patches, 77);
    Network::new(numbers[..patch_dim].to_vec(), numbers[patch_dim..].to_vec()).normalised()
}

fn unpenalised() -> Options {
    Options { ridge: Ridge::Fixed(0.0), loss: LossChoice::Squares, ..Options::default() }
}

/// Digits by columns, rows, tiles of 4×4 and of 2×2. The numbers are the lowest losses that were seen in 64 searches by least
/// squares from random starts and in this search, whichever is lower. (Of digit 4 by tiles of 4×4 a minimum of 0.00973545 is known,
/// which one start in a thousand reaches.)
#[test]
fn the_best_found_is_the_lowest_of_the_digits() {
    const CUTS: [[usize; 2]; 4] = [[8, 1], [1, 8], [4, 4], [2, 2]];
    const LOWEST: [[f64; 4]; 10] = [
        [0.00397684, 0.00613682, 0.00447755, 0.00672000],
        [0.02532054, 0.02449101, 0.02039453, 0.02457887],
        [0.01540636, 0.02181576, 0.00794506, 0.01824733],
        [0.02042432, 0.02455482, 0.02121613, 0.02580610],
        [0.00904801, 0.01804211, 0.00984318, 0.01550516],
        [0.01076150, 0.01811729, 0.00825187, 0.01845980],
        [0.01322404, 0.01693912, 0.01558713, 0.01779604],
        [0.00970933, 0.01952418, 0.01032348, 0.01549766],
        [0.02945753, 0.03105645, 0.02225759, 0.02716110],
        [0.02587966, 0.02459465, 0.02557843, 0.02660505],
    ];
    for (digit, lowest) in LOWEST.iter().enumerate() {
        // One cut of each digit, in turns: all four take minutes.
        let (tile, lowest) = (CUTS[digit % 4], lowest[digit % 4]);
        let loss = Table::digit(digit as f64, tile).loss(&unpenalised());
        // Between two kinks a search may stop some millionths above the bottom.
        assert!(loss < lowest * (1.0 + 2e-5), "{digit} in {tile:?}: {loss} above {lowest}");
    }
}

/// The three cases in which fewer starts missed a lower minimum, against 64 searches by least squares here and now.
#[test]
fn sixty_four_starts_find_nothing_lower() {
    for (digit, tile) in [(8.0, [8, 1]), (9.0, [4, 4]), (2.0, [4, 4])] {
        let table = Table::digit(digit, tile);
        let many = Options {
            optimiser: Optimiser::LeastSquares,
            starts: Starts::Random(64),
            seed: 11,
            ..unpenalised()
        };
        let (found, lowest) = (table.loss(&unpenalised()), table.loss(&many));
        assert!(found <= lowest * (1.0 + 2e-5), "{digit}: {found} above {lowest}");
    }
}

/// On few samples with many minima, more starts keep what fewer have found.
#[test]
fn more_starts_never_end_higher() {
    for seed in 0..3 {
        // Neighbouring columns go together, as in spectra.
        let smooth = Table::normal([10, 10, 80], seed, |row, noise| row[3] * row[40] + 0.1 * noise);
        let values = smooth.values.chunks(100).flat_map(|row| {
            row.iter().scan(0.0, |sum, x| {
                *sum += x;
                Some(*sum)
            })
        });
        let table = Table { values: values.collect(), ..smooth };
        let losses: Vec<f64> = [8, 16, 64]
            .map(|starts| table.loss(&Options { starts: Starts::Random(starts), ..unpenalised() }))
            .into();
        assert!(losses.is_sorted_by(|fewer, more| more <= fewer), "{losses:?}");
    }
}

/// What the search says of itself adds up, and the estimate is the documented one.
#[test]
fn a_search_counts_its_ends() {
    let table = Table::digit(8.0, [8, 1]);
    let found = fit(&mut table.source(), Selection::All, &unpenalised(), &()).expect("valid").search;
    assert_eq!((found.searches, found.ended), (64, SearchEnd::Budget));
    assert!(found.reached_best <= found.searches && found.seen_once <= found.minima);
    let expected = (found.seen_once + 1) as f64 / (found.searches + 1) as f64;
    assert_eq!(found.chance_missed, Some(expected));
    let planted = Table::normal([5, 6, 500], 1, |row, noise| teacher(5, 6).value(row) + 0.1 * noise);
    let fit = fit(&mut planted.source(), Selection::All, &Options::default(), &()).expect("valid");
    let search = &fit.search;
    assert_eq!((search.ended, search.antipodal_restart), (SearchEnd::Settled, AntipodalRestart::LeadsHigher));
    assert!(search.reached_best >= 5 && search.chance_missed <= Some(0.04), "{search:?}");
    let of = |kind| fit.endings(|start| start == kind);
    let (random, opposite) = (of(StartKind::Random), of(StartKind::Opposite));
    assert_eq!((random.searches, opposite.searches), (search.searches, search.searches));
    // Of a filter and its opposite one at least is on the side of the teacher.
    assert!(random.best + opposite.best >= search.reached_best);
}

/// Ten sets of noise, numbers and classes: no model is said to predict, and no fit is much worse than the mean.
#[test]
fn nothing_is_claimed_of_noise() {
    for (shape, classes) in [([5, 6, 60], false), ([5, 6, 60], true), ([3, 4, 12], false)] {
        let mut silent = 0;
        for seed in 0..10 {
            let table =
                Table::normal(
                    shape,
                    100 + seed,
                    |_, noise| {
                        if classes { f64::from(noise > 0.0) } else { noise }
                    },
                );
            let analysis = table.analyse(&Options::default(), Validation::Folds(5));
            let conclusion = analysis.comparison.expect("held out").conclusion;
            silent += i32::from(matches!(conclusion, Conclusion::NeitherPredicts | Conclusion::CannotTell));
            // Twelve rows of noise: the mean itself has some −0.2 on samples held out.
            assert!(analysis.scores.validation > Some(-1.0), "{:?}", analysis.scores);
        }
        assert!(silent >= 9, "{silent} of 10 for {shape:?}");
    }
}

/// A tile that is active in almost no row had an output weight of 10⁹ and a score of −10¹⁶ on samples held out.
#[test]
fn a_patch_hardly_ever_active_does_no_harm() {
    let table = Table::digit(0.0, [4, 4]);
    let options = Options {
        scaling: Scaling::Standardise,
        filter_bias: true,
        loss: LossChoice::Squares,
        starts: Starts::Random(8),
        ..Options::default()
    };
    let analysis = table.analyse(&options, Validation::Folds(5));
    assert!(analysis.scores.validation > Some(0.8), "{:?}", analysis.scores);
    assert!(analysis.fit.largest_contribution < 10.0);
    // One patch is active in one row, and hardly: its weight explains that row, and nothing else.
    let mut rare = Table::normal([3, 4, 200], 5, |row, noise| teacher(3, 3).value(&row[..9]) + 0.5 * noise);
    for row in rare.values.chunks_mut(12) {
        row[9..].fill(0.0);
    }
    for (value, u) in rare.values[12 * 17 + 9..12 * 18].iter_mut().zip(&teacher(3, 3).filters[0].weights) {
        *value = 1e-6 * u;
    }
    let largest = |options: &Options| {
        let fit = fit(&mut rare.source(), Selection::All, options, &()).expect("valid");
        fit.largest_contribution
    };
    assert!(largest(&unpenalised()) > 1e3, "{}", largest(&unpenalised()));
    assert!(largest(&Options::default()) < 3.0, "{}", largest(&Options::default()));
}

/// More columns than rows: the baseline is ridge regression as one would fit it oneself.
#[test]
fn the_baseline_of_wide_tables_predicts() {
    for seed in 0..3 {
        let table =
            Table::normal([10, 15, 60], 300 + seed, |row, noise| row[..30].iter().sum::<f64>() + 2.0 * noise);
        let smooth = table.values.chunks(150).flat_map(|row| {
            // Neighbours go together, and so do their effects.
            (0..150).map(|i| row[i / 10 * 10] + 0.3 * row[i])
        });
        let table = Table { values: smooth.collect(), ..table };
        let target = table.values.chunks(150).map(|row| row[..30].iter().sum::<f64>() / 10.0);
        let table = Table { target: target.collect(), ..table };
        let analysis = table.analyse(&Options::default(), Validation::Folds(5));
        let (linear, scores) = analysis.linear.expect("narrow");
        assert!(scores.validation > Some(0.8), "{scores:?}");
        assert!(!linear.at_largest_penalty);
    }
}

/// Digit 0 by columns: the network is better than ridge regression, and a logistic model better than both. It says so.
#[test]
fn measures_that_disagree_are_told() {
    let options = Options { loss: LossChoice::Squares, starts: Starts::Random(8), ..Options::default() };
    let analysis = Table::digit(0.0, [8, 1]).analyse(&options, Validation::Folds(5));
    let comparison = analysis.comparison.expect("held out");
    assert_eq!(comparison.conclusion, Conclusion::MeasuresDisagree, "{comparison}");
    let of = |metric, model| {
        let mut measures = comparison.measures.iter();
        measures.find(|m| m.metric == metric && m.baseline_model == model).expect("two values")
    };
    assert_eq!(of(Metric::R2, Baseline::Linear).conclusion, Conclusion::Better);
    assert_eq!(of(Metric::R2, Baseline::Logistic).conclusion, Conclusion::Worse);
    let accuracy = of(Metric::Accuracy, Baseline::Logistic);
    assert_eq!(accuracy.conclusion, Conclusion::Worse);
    assert!(comparison.to_string().starts_with(
        "the measures disagree: the network predicts better than the linear model by R², and worse than the logistic \
         model by R² and accuracy"
    ));
    // The same numbers, counted from the predictions that were kept.
    let right = analysis.predictions.iter().filter(|p| (p.network > 0.5) == (p.target > 0.5)).count();
    assert!((accuracy.network - right as f64 / 1797.0).abs() < 1e-12);
    let squares: f64 = analysis.predictions.iter().map(|p| (p.network - p.target).powi(2)).sum();
    assert!((analysis.typical_error.expect("held out") - (squares / 1797.0).sqrt()).abs() < 1e-12);
    // A class has no interval.
    assert_eq!(analysis.prediction_interval, None);
    assert!(analysis.predictions.iter().all(|p| p.held_out && (1..=5).contains(&p.fold.expect("a fold"))));
}

/// What folds and a split cannot judge is said, and no score is made of rounding.
#[test]
fn what_cannot_be_judged_is_said() {
    let mut rare = Table::normal([2, 3, 60], 21, |_, _| 0.1);
    rare.target[17] = 1.0;
    let refused = analyse(&mut rare.source(), &Options::default(), Validation::Folds(5), &());
    let message = refused.expect_err("one label is alone").to_string();
    assert!(
        message.ends_with("the target is 0.1 in every row: use fewer folds or another seed"),
        "{message}"
    );
    for seed in 1..6 {
        let options = Options { seed, ..Options::default() };
        if let Ok(analysis) = analyse(&mut rare.source(), &options, Validation::HoldOut(0.3), &()) {
            assert!(analysis.scores.validation.is_none_or(|score| score <= 1.0), "{:?}", analysis.scores);
            for measure in analysis.comparison.iter().flat_map(|comparison| &comparison.measures) {
                assert!(measure.network <= 1.0 && measure.interval.is_none_or(|[low, high]| low <= high));
            }
        }
    }
}

/// Errors of a fit that is shrunk to nothing are no larger than a filter of length 1 allows.
#[test]
fn errors_of_a_shrunk_fit_stay_in_bounds() {
    let table = Table::normal([5, 6, 60], 101, |_, noise| noise);
    let fit = fit(&mut table.source(), Selection::All, &Options::default(), &()).expect("valid");
    assert!(fit.at_largest_penalty);
    assert!(fit.standard_errors.expect("plenty").filters[0].weights.iter().all(|error| *error < 2.0));
}

/// Where noise grows with the input, errors are those of repeated samples; the textbook formula is far off.
#[test]
fn errors_hold_where_noise_is_uneven() {
    let (repeats, samples) = (60, 400);
    let teacher = teacher(4, 3);
    let (mut estimates, mut errors, mut noise) = (Vec::new(), Vec::new(), 0.0);
    for seed in 0..repeats {
        let table = Table::normal([4, 3, samples], 500 + seed, |row, noise| {
            teacher.value(row) + 0.3 * noise * row[..4].iter().map(|x| x * x).sum::<f64>()
        });
        let fit = fit(&mut table.source(), Selection::All, &unpenalised(), &()).expect("valid");
        estimates.push(fit.network.filters[0].output_weights[0]);
        errors.push(fit.standard_errors.expect("plenty").filters[0].output_weights[0]);
        noise += fit.noise;
    }
    let mean = estimates.iter().sum::<f64>() / repeats as f64;
    let spread = (estimates.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / (repeats - 1) as f64).sqrt();
    let claimed = (errors.iter().map(|e| e * e).sum::<f64>() / repeats as f64).sqrt();
    // A standard deviation of 60 numbers is known to 9 %, and those here have heavy tails.
    assert!((0.75..1.35).contains(&(claimed / spread)), "{claimed} against {spread}");
    // s/√(n E σ²) with E σ² = ½, what even noise of that size would give.
    let textbook = noise / repeats as f64 / (samples as f64 / 2.0).sqrt();
    assert!(textbook < 0.75 * spread, "{textbook} against {spread}");
}

/// Resamples of planted data agree with the errors from one fit, and have one filter.
#[test]
fn resamples_agree_where_the_model_is_the_truth() {
    let table = Table::normal([4, 3, 400], 9, |row, noise| teacher(4, 3).value(row) + 0.5 * noise);
    let of = |bootstrap| {
        fit(&mut table.source(), Selection::All, &Options { bootstrap, ..unpenalised() }, &()).expect("valid")
    };
    let (one, many) = (of(0), of(200));
    let bootstrap = many.bootstrap.as_ref().expect("asked for");
    assert_eq!((bootstrap.resamples, bootstrap.same_filter), (200, 200));
    let (sandwich, spread) = (one.standard_errors.expect("plenty"), many.standard_errors.expect("plenty"));
    for (sandwich, spread) in sandwich.filters[0].output_weights.iter().zip(&spread.filters[0].output_weights)
    {
        // 200 resamples know a standard deviation to 5 %.
        assert!((0.8..1.25).contains(&(sandwich / spread)), "{sandwich} against {spread}");
    }
    let refused = Options { bootstrap: 3, ..unpenalised() };
    assert_eq!(
        fit(&mut table.source(), Selection::All, &refused, &()).expect_err("refused").to_string(),
        "3 resamples are too few or too many: use 20 to 10000, or 0 for none"
    );
}

/// Coverage of intervals of 95 % on 200 planted sets of three sizes. Its result stands in docs/design.md; run it with
/// `cargo test --release -p spurious --test fit_claims -- --ignored --nocapture`.
#[test]
#[ignore = "takes minutes"]
fn intervals_cover() {
    let (patch_dim, patches, noise) = (5, 6, 0.5);
    let teacher = teacher(patch_dim, patches);
    for samples in [60, 150, 600] {
        let mut of_filter = Share::default();
        let mut of_weights = Share::default();
        let mut of_predictions = Share::default();
        for seed in 0..200 {
            let label = |row: &[f64], e: f64| teacher.value(row) + noise * e;
            let table = Table::normal([patch_dim, patches, samples], 10_000 + seed, label);
            let analysis = table.analyse(&Options::default(), Validation::Folds(5));
            let fit = &analysis.fit;
            let (errors, factor) = (fit.standard_errors.as_ref().expect("plenty"), fit.interval_factor());
            for ((value, error), truth) in fit.network.filters[0]
                .weights
                .iter()
                .zip(&errors.filters[0].weights)
                .zip(&teacher.filters[0].weights)
            {
                of_filter.count((value - truth).abs() < factor * error);
            }
            let weights = fit.network.filters[0].output_weights.iter().zip(&errors.filters[0].output_weights);
            for ((value, error), truth) in weights.zip(&teacher.filters[0].output_weights) {
                of_weights.count((value - truth).abs() < factor * error);
            }
            let half = analysis.prediction_interval.expect("plenty");
            let new = Table::normal([patch_dim, patches, 50], 50_000 + seed, label);
            for (row, y) in new.values.chunks(patch_dim * patches).zip(&new.target) {
                of_predictions.count((fit.network.value(row) - y).abs() <= half);
            }
        }
        let shares = [of_filter.share(), of_weights.share(), of_predictions.share()];
        println!(
            "{samples} samples: filter {:.3}, output weights {:.3}, predictions {:.3}",
            shares[0], shares[1], shares[2]
        );
        // Numbers of one fit go together: 200 sets know a share to some 1 %.
        assert!(shares.iter().all(|share| (0.92..0.98).contains(share)), "{samples}: {shares:?}");
    }
}

#[derive(Default)]
struct Share {
    hits: u32,
    all: u32,
}

impl Share {
    fn count(&mut self, hit: bool) {
        self.hits += u32::from(hit);
        self.all += 1;
    }

    fn share(&self) -> f64 {
        f64::from(self.hits) / f64::from(self.all)
    }
}

/// Digit 3 by tiles: fitted by logistic loss the network predicts chances, and they are better than those that predictions by squares
/// become when they are cut off at 1 and 99 %, which is where these are best.
#[test]
fn the_logistic_loss_predicts_chances() {
    let mut table = Table::digit(3.0, [4, 4]);
    table.values.truncate(900 * 64);
    table.target.truncate(900);
    let options = |loss| Options { loss, starts: Starts::Random(8), ..Options::default() };
    let [chances, squares] = [LossChoice::Auto, LossChoice::Squares]
        .map(|loss| table.analyse(&options(loss), Validation::HoldOut(0.3)));
    let mean = |analysis: &Analysis, sharpest: f64| {
        let held_out: Vec<_> = analysis.predictions.iter().filter(|p| p.held_out).collect();
        let loss = |target: f64, chance: f64| -(if target == 1.0 { chance } else { 1.0 - chance }).ln();
        let sum: f64 =
            held_out.iter().map(|p| loss(p.target, p.network.clamp(sharpest, 1.0 - sharpest))).sum();
        sum / held_out.len() as f64
    };
    let of_chances = mean(&chances, 1e-15);
    let of_squares = [1e-3, 3e-3, 0.01, 0.03].map(|sharpest| mean(&squares, sharpest));
    let best = of_squares.into_iter().fold(f64::INFINITY, f64::min);
    assert!(of_chances < 0.8 * best, "{of_chances} {of_squares:?}");
    let comparison = chances.comparison.expect("held out");
    let measure = comparison.measures.iter().find(|measure| measure.metric == Metric::LogLoss);
    let measure = measure.expect("chances");
    assert!((measure.network - of_chances).abs() < 1e-12, "{measure}");
    assert!(squares.calibration.is_none() && chances.calibration.expect("chances").error < 0.05);
}
