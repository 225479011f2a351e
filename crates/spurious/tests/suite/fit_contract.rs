//! Sources and monitors: every pass of every entry point holds a source to its contract, and asks whether to go on.

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicU64, Ordering};

use rand_distr::{Distribution, StandardNormal};
use spurious::fit::{
    Arithmetic, Network, Optimiser, Options, Ridge, Rows, SampleSource, Selection, Validation, Values,
    Windows, analyse, block_samples, fit, gauss_newton, partial_sums, sums, survey,
};
use spurious::numerics::random::stream;
use spurious::{Error, Monitor};

/// How a source breaks its contract.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Fault {
    /// A run in the middle is one sample shorter than a block.
    BreaksABlock,
    /// The last run is missing.
    TooFew,
    /// A run is handed over twice.
    TooMany,
    /// A run has fewer numbers than its samples need.
    ShortRows,
}

const FAULTS: [Fault; 4] = [Fault::BreaksABlock, Fault::TooFew, Fault::TooMany, Fault::ShortRows];

/// Hands its samples over block by block, honestly for some passes.
struct Faulty<'a> {
    data: &'a Data,
    fault: Option<Fault>,
    honest_passes: usize,
    passes: usize,
}

struct Data {
    windows: Windows,
    values: Vec<f64>,
    target: Vec<f64>,
}

impl Data {
    fn new(patch_dim: usize, patches: usize, samples: usize) -> Self {
        let mut random = stream(5, 7, 0);
        let mut normals =
            |count: usize| -> Vec<f64> { (0..count).map(|_| StandardNormal.sample(&mut random)).collect() };
        let windows = Windows::consecutive(patch_dim * patches, patch_dim).expect("divides");
        let teacher = Network::new(normals(patch_dim), normals(patches));
        let values = normals(samples * windows.width());
        let target = values.chunks(windows.width()).map(|row| teacher.value(row)).collect();
        Self { windows, values, target }
    }

    fn source(&self) -> Faulty<'_> {
        Faulty { data: self, fault: None, honest_passes: 0, passes: 0 }
    }
}

impl SampleSource for Faulty<'_> {
    type Error = Error;

    fn windows(&self) -> &Windows {
        &self.data.windows
    }

    fn samples(&self) -> u64 {
        self.data.target.len() as u64
    }

    fn pass(
        &mut self,
        block: usize,
        visit: &mut dyn FnMut(Rows<'_>) -> ControlFlow<()>,
    ) -> Result<(), Error> {
        let fault = self.fault.filter(|_| self.passes >= self.honest_passes);
        self.passes += 1;
        let (samples, stride) = (self.data.target.len(), self.data.windows.width());
        let mut runs: Vec<_> =
            (0..samples).step_by(block).map(|first| first..(first + block).min(samples)).collect();
        match fault {
            Some(Fault::BreaksABlock) => runs[0].end -= 1,
            Some(Fault::TooFew) => drop(runs.pop()),
            Some(Fault::TooMany) => runs.insert(0, runs[0].clone()),
            Some(Fault::ShortRows) | None => {}
        }
        let missing = usize::from(fault == Some(Fault::ShortRows));
        for run in runs {
            let values = &self.data.values[run.start * stride..run.end * stride - missing];
            let rows =
                Rows { values: Values::F64(values), stride, target: &self.data.target[run], weights: None };
            // Hands on what is left: whoever broke off is not to take it.
            let _ = visit(rows);
        }
        Ok(())
    }
}

/// Everything that passes over data, as far as its error.
type EntryPoint = fn(&mut Faulty<'_>, &dyn Monitor) -> Result<(), Error>;

fn options(optimiser: Optimiser, ridge: Ridge) -> Options {
    Options { optimiser, ridge, starts: spurious::fit::Starts::Random(2), ..Options::default() }
}

fn fitted(source: &mut Faulty<'_>, monitor: &dyn Monitor, optimiser: Optimiser) -> Result<(), Error> {
    fit(source, Selection::All, &options(optimiser, Ridge::Fixed(0.0)), monitor).map(drop)
}

fn networks(source: &Faulty<'_>) -> [Network; 1] {
    let windows = &source.data.windows;
    [Network::new(vec![1.0; windows.patch_dim()], vec![1.0; windows.patches()])]
}

const ENTRY_POINTS: [(&str, EntryPoint); 10] = [
    ("sums", |source, monitor| {
        sums(source, &networks(source), Selection::All, Arithmetic::AsStored, monitor).map(drop)
    }),
    ("partial_sums", |source, monitor| {
        partial_sums(source, 3, &networks(source), Selection::All, Arithmetic::Double, monitor).map(drop)
    }),
    ("gauss_newton", |source, monitor| {
        gauss_newton(source, &networks(source), Selection::All, monitor).map(drop)
    }),
    ("survey", |source, monitor| survey(source, Selection::All, monitor).map(drop)),
    ("auto", |source, monitor| fitted(source, monitor, Optimiser::Auto)),
    ("least squares", |source, monitor| fitted(source, monitor, Optimiser::LeastSquares)),
    ("descent", |source, monitor| {
        fitted(source, monitor, Optimiser::Descent { step_size: None, most_steps: 5 })
    }),
    ("batches", |source, monitor| {
        fitted(source, monitor, Optimiser::Batches { step_size: None, epochs: 3, samples: 700 })
    }),
    ("hold out", |source, monitor| {
        let options = options(Optimiser::Auto, Ridge::Fixed(0.0));
        analyse(source, &options, Validation::HoldOut(0.2), monitor).map(drop)
    }),
    ("folds", |source, monitor| {
        let options = options(Optimiser::Auto, Ridge::Auto);
        analyse(source, &options, Validation::Folds(2), monitor).map(drop)
    }),
];

/// Wide enough for a fit to read its source in every pass instead of packing it once; small where many fits are made.
fn data_for(name: &str) -> Data {
    if name == "folds" { Data::new(2, 4, 1500) } else { Data::new(16, 16, 8300) }
}

/// Faults in the first pass, in one of the middle and in the last.
#[test]
fn every_pass_holds_a_source_to_its_contract() {
    for (name, run) in ENTRY_POINTS {
        let data = data_for(name);
        let mut honest = data.source();
        run(&mut honest, &()).expect(name);
        let (middle, last) = (honest.passes / 2, honest.passes - 1);
        let cases = FAULTS.map(|fault| (fault, 0)).into_iter();
        for (fault, honest_passes) in cases.chain([(Fault::BreaksABlock, middle), (Fault::TooFew, last)]) {
            let mut source = Faulty { fault: Some(fault), honest_passes, ..data.source() };
            let error = run(&mut source, &()).expect_err(name);
            let is_told = match fault {
                Fault::ShortRows => matches!(error, Error::Length { name: "values", .. }),
                _ => matches!(error, Error::Source { .. }),
            };
            assert!(is_told, "{name}, {fault:?} after {honest_passes}: {error}");
            assert_eq!(source.passes, honest_passes + 1, "{name} goes on after {fault:?}");
        }
    }
}

#[test]
fn what_a_source_did_is_said() {
    let data = Data::new(4, 128, 1000);
    let block = block_samples(&data.windows);
    assert_eq!(block, 512);
    let message = |fault| {
        survey(&mut Faulty { fault: Some(fault), ..data.source() }, Selection::All, &())
            .unwrap_err()
            .to_string()
    };
    let handed = |found: u64, expected: u64| {
        format!("the source of the samples handed over {found} rows where {expected} were expected")
    };
    assert_eq!(message(Fault::BreaksABlock), handed(511, 512));
    assert_eq!(message(Fault::TooFew), handed(512, 1000));
    assert_eq!(message(Fault::TooMany), handed(1024, 1000));
    assert_eq!(message(Fault::ShortRows), "values has 262143 entries where 262144 are needed");
}

/// Says stop from a certain question on.
struct Patience {
    asked: AtomicU64,
    most: u64,
}

impl Monitor for Patience {
    fn is_cancelled(&self) -> bool {
        self.asked.fetch_add(1, Ordering::Relaxed) >= self.most
    }
}

#[test]
fn every_pass_can_be_cancelled_between_blocks() {
    for (name, run) in ENTRY_POINTS {
        let data = data_for(name);
        let blocks = data.target.len().div_ceil(block_samples(&data.windows)) as u64;
        let patience = Patience { asked: 0.into(), most: u64::MAX };
        let mut source = data.source();
        run(&mut source, &patience).expect(name);
        let asked = patience.asked.into_inner();
        // A descent on batches and the packing of a sample ask at their own places.
        let passes = source.passes as u64;
        assert!(2 * asked > passes * blocks, "{name} asks {asked} times in {passes} passes");
        for most in [0, 1, asked / 2, asked - 1] {
            let patience = Patience { asked: 0.into(), most };
            let mut source = data.source();
            assert_eq!(run(&mut source, &patience), Err(Error::Cancelled), "{name} after {most}");
        }
    }
}

/// One that is asked once more, and says no more than once that it wants to stop, is heard all the same.
#[test]
fn a_single_no_is_enough() {
    struct Once(AtomicU64);
    impl Monitor for Once {
        fn is_cancelled(&self) -> bool {
            self.0.fetch_add(1, Ordering::Relaxed) == 2
        }
    }
    for (name, run) in ENTRY_POINTS {
        let data = data_for(name);
        assert_eq!(run(&mut data.source(), &Once(0.into())), Err(Error::Cancelled), "{name}");
    }
}
