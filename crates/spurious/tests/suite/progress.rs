//! Monitors hear of every stage, and of as many units as it announces: a bar that is drawn from them reaches its end.

use std::sync::Mutex;

use crate::common::in_memory;
use rand_distr::{Distribution, StandardNormal};
use spurious::fit::{
    Network, Optimiser, Options, RecoveryExperiment, Ridge, Starts, Validation, Windows, analyse,
};
use spurious::numerics::random::stream;
use spurious::{Cell, Ensemble, Monitor, Observe, Quadrature, success_probabilities};

/// The stages that were heard of, with their totals and the units that came.
#[derive(Default)]
struct Log(Mutex<Vec<(String, Option<u64>, u64)>>);

impl Monitor for Log {
    fn begin(&self, stage: &str, total: Option<u64>) {
        self.0.lock().expect("no panic").push((stage.to_owned(), total, 0));
    }

    fn advance(&self, units: u64) {
        self.0.lock().expect("no panic").last_mut().expect("a stage has begun").2 += units;
    }
}

impl Log {
    /// The names of the stages, each of which has reached its end.
    fn names(self) -> Vec<String> {
        let stages = self.0.into_inner().expect("no panic");
        for (name, total, done) in &stages {
            assert!(total.is_none_or(|total| total == *done), "{name}: {done} of {total:?}");
        }
        let mut names: Vec<String> = stages.into_iter().map(|(name, ..)| name).collect();
        names.dedup();
        names
    }
}

/// Stages of an analysis of samples from a planted teacher.
fn analysed(samples: usize, options: &Options, validation: Validation) -> Vec<String> {
    let mut random = stream(5, 7, 0);
    let mut normals =
        |count: usize| -> Vec<f64> { (0..count).map(|_| StandardNormal.sample(&mut random)).collect() };
    let windows = Windows::consecutive(12, 3).expect("divides");
    let teacher = Network::new(normals(3), normals(4));
    let values = normals(samples * windows.width());
    let target: Vec<f64> = values.chunks(windows.width()).map(|row| teacher.value(row)).collect();
    let log = Log::default();
    analyse(&mut in_memory(&windows, &values, &target), options, validation, &log).expect("valid");
    log.names()
}

#[test]
fn stages_of_a_fit_have_names_for_people() {
    let options = Options { starts: Starts::Random(2), ..Options::default() };
    let found = analysed(400, &options, Validation::Folds(2));
    let one = [
        "looking at the data",
        "choosing the penalty",
        "searches 1 to 2",
        "antipodal restart",
        "fitting linear models",
    ];
    let mut expected: Vec<String> = one.map(str::to_owned).into();
    expected.push("scoring".to_owned());
    for fold in ["fold 1 of 2", "fold 2 of 2"] {
        expected.extend(one.map(|stage| format!("{fold}: {stage}")));
    }
    assert_eq!(found, expected);
}

#[test]
fn every_way_to_fit_reaches_the_end_of_its_stages() {
    let batches = Optimiser::Batches { step_size: None, epochs: 3, samples: 16 };
    // Enough steps to converge, so that most of them are not needed; and too few.
    let descent = |most_steps| Optimiser::Descent { step_size: None, most_steps };
    for optimiser in [Optimiser::Auto, Optimiser::LeastSquares, descent(20_000), descent(10), batches] {
        for starts in [Starts::Random(2), Starts::FourSigns] {
            let bootstrap = if optimiser == Optimiser::Auto { 20 } else { 0 };
            let options = Options { optimiser, starts, bootstrap, ..Options::default() };
            assert!(analysed(200, &options, Validation::HoldOut(0.25)).len() > 3);
        }
    }
    let plain = Options { ridge: Ridge::Fixed(0.0), ..Options::default() };
    // So many samples that the searches see some of them alone.
    let names = analysed(20_000, &plain, Validation::None);
    assert!(names.contains(&"finishing the best".to_owned()), "{names:?}");
}

#[test]
fn probabilities_runs_and_data_sets_are_counted() {
    let cell = |sum_ratio| Cell::new(5, 25, sum_ratio, 1.0).expect("valid");
    let log = Log::default();
    let cells = [0.0, 4.0, 9.0, 25.0].map(cell);
    success_probabilities(&cells, None, &Quadrature::to(1e-6).expect("valid"), &log);
    assert_eq!(log.names(), ["exact probabilities"]);

    let log = Log::default();
    let ensemble = Ensemble::new(cell(4.0), 0.1, 1, 0).expect("valid");
    log.begin("counts", Some(10_001));
    ensemble.counts(0..10_001, &log).expect("not cancelled");
    log.begin("summaries", Some(10_001));
    ensemble.summary(0..10_001, &Observe::default(), &log).expect("not cancelled");
    assert_eq!(log.names(), ["counts", "summaries"]);

    let log = Log::default();
    let experiment = RecoveryExperiment::new(cell(4.0), 0.1, 0.0, 1, &()).expect("valid");
    experiment.recovery(40, 33, &log).expect("not cancelled");
    assert_eq!(log.names(), ["data sets of 40 samples"]);
}
