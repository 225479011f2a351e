//! Samples that are kept in several places, which answer questions: the same bits as one sum over all of them.

use std::ops::ControlFlow;

use rand_distr::{Distribution, StandardNormal};
use spurious::Error;
use spurious::fit::{
    Analysis, Choices, Division, GramQuestion, GramSums, InMemory, LossChoice, Missing, Network, Options,
    PartialSum, Ridge, Rows, SampleSource, Selection, Starts, Validation, Values, Windows, analyse,
    choose_and_analyse, gauss_newton, partial_gram_sums,
};
use spurious::numerics::random::stream;

/// Who sums.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Kept {
    /// The samples are passed over.
    Elsewhere,
    /// Each part is asked, by bytes.
    InParts,
}

struct Data {
    windows: Windows,
    values: Vec<f64>,
    target: Vec<f64>,
    weights: Option<Vec<f64>>,
}

impl Data {
    /// Of a network of two filters, with noise.
    fn new([p, k]: [usize; 2], samples: usize) -> Self {
        let mut random = stream(3, 1, 4);
        let mut normals =
            |count: usize| -> Vec<f64> { (0..count).map(|_| StandardNormal.sample(&mut random)).collect() };
        let mut teacher = Network::new(normals(p), normals(k));
        teacher.filters.extend(Network::new(normals(p), normals(k)).filters);
        let values = normals(samples * p * k);
        let noise = normals(samples);
        let target = values.chunks(p * k).zip(noise).map(|(row, noise)| teacher.value(row) + noise).collect();
        let windows = Windows::consecutive(p * k, p).expect("divides");
        Self { windows, values, target, weights: None }
    }

    fn rows(&self) -> Rows<'_> {
        Rows {
            values: Values::F64(&self.values),
            stride: self.windows.width(),
            target: &self.target,
            weights: self.weights.as_deref(),
        }
    }

    fn kept(&self, kept: Kept, parts: &[u64]) -> Source<'_> {
        let division = Division::new(parts.iter().copied());
        assert_eq!(division.samples(), self.target.len() as u64);
        Source { data: self, division, kept, questions: 0 }
    }

    /// Some of the samples, as whoever keeps them has them.
    fn part(&self, samples: std::ops::Range<u64>) -> InMemory<'_> {
        let (first, last, stride) = (samples.start as usize, samples.end as usize, self.windows.width());
        let rows = Rows {
            values: Values::F64(&self.values[first * stride..last * stride]),
            stride,
            target: &self.target[first..last],
            weights: self.weights.as_ref().map(|weights| &weights[first..last]),
        };
        // How they are cut is in the question.
        InMemory::with_missing(rows, Windows::consecutive(stride, stride).expect("divides")).expect("valid")
    }
}

struct Source<'a> {
    data: &'a Data,
    division: Division,
    kept: Kept,
    questions: usize,
}

impl SampleSource for Source<'_> {
    type Error = Error;

    fn windows(&self) -> &Windows {
        &self.data.windows
    }

    fn samples(&self) -> u64 {
        self.division.samples()
    }

    fn pass(&mut self, _: usize, visit: &mut dyn FnMut(Rows<'_>) -> ControlFlow<()>) -> Result<(), Error> {
        let _ = visit(self.data.rows());
        Ok(())
    }

    fn is_elsewhere(&self) -> bool {
        true
    }

    fn gram_sums(
        &mut self,
        question: &GramQuestion<'_>,
        selection: Selection<'_>,
    ) -> Option<Result<PartialSum<Vec<GramSums>>, Error>> {
        self.questions += 1;
        if self.kept == Kept::Elsewhere {
            return None;
        }
        let mut sent = Vec::new();
        ciborium::into_writer(question, &mut sent).expect("memory");
        let mut sum = PartialSum::empty(0);
        for stretch in self.division.stretches(question.windows()) {
            let received: GramQuestion<'static> = ciborium::from_reader(&sent[..]).expect("a question");
            let marks = selection.marks(stretch.samples.clone());
            let selected = marks.as_ref().map_or(Selection::All, Selection::Marked);
            let mut part = self.data.part(stretch.samples);
            let answer =
                partial_gram_sums(&mut part, stretch.blocks.start, &received, selected, &()).expect("valid");
            let mut bytes = Vec::new();
            ciborium::into_writer(&answer, &mut bytes).expect("memory");
            sum.append(ciborium::from_reader(&bytes[..]).expect("an answer")).expect("in order");
        }
        Some(Ok(sum))
    }
}

/// All that a fit says, in digits that tell every bit.
fn text(analysis: &Analysis) -> String {
    serde_json::to_string(analysis).expect("numbers")
}

/// The fit to samples that are passed over, which is also that of every division into parts.
fn same_for_all_divisions(data: &Data, options: &Options, validation: Validation) -> Analysis {
    let all = data.target.len() as u64;
    let mut passed = data.kept(Kept::Elsewhere, &[all]);
    let expected = analyse(&mut passed, options, validation, &()).expect("valid");
    assert!(passed.questions > 10, "{}", passed.questions);
    for parts in [&[1, 0, 700, 299, all - 1000][..], &[1024, all - 1024]] {
        let mut asked = data.kept(Kept::InParts, parts);
        let found = analyse(&mut asked, options, validation, &()).expect("valid");
        assert_eq!(text(&found), text(&expected), "{parts:?}");
        assert_eq!(asked.questions, passed.questions);
    }
    expected
}

fn quick(filters: usize) -> Options {
    Options { filters, starts: Starts::Random(1), ridge: Ridge::Fixed(1e-3), ..Options::default() }
}

#[test]
fn stretches_are_all_blocks_in_order() {
    let windows = Windows::consecutive(256, 16).expect("divides");
    for parts in [&[5000][..], &[0, 5000, 0], &[1024, 1024], &[10; 700], &[1023, 1, 1025, 1023], &[2048, 3]] {
        let division = Division::new(parts.iter().copied());
        let stretches = division.stretches(&windows);
        let mut done = 0;
        for stretch in &stretches {
            assert_eq!(stretch.blocks.start, done);
            done = stretch.blocks.end;
            let last = (done * 1024).min(division.samples());
            assert_eq!(stretch.samples, stretch.blocks.start * 1024..last);
            let lies_in = |part| {
                let of_part: std::ops::Range<u64> = division.part(part);
                of_part.start <= stretch.samples.start && last <= of_part.end
            };
            match stretch.part {
                Some(part) => assert!(lies_in(part)),
                None => assert!((0..parts.len()).all(|part| !lies_in(part))),
            }
        }
        assert_eq!(done, division.samples().div_ceil(1024));
    }
    assert_eq!(Division::new([]).stretches(&windows), []);
}

#[test]
fn squares_have_the_same_bits() {
    let mut data = Data::new([4, 5], 1500);
    same_for_all_divisions(&data, &quick(1), Validation::HoldOut(0.25));
    data.weights = Some((0..1500).map(|i| f64::from(i % 4)).collect());
    let activation = spurious::Activation::leaky(0.2).expect("from 0 to 1");
    let linear = Options { linear: true, activation, ..quick(2) };
    let analysis = same_for_all_divisions(&data, &linear, Validation::Folds(2));
    assert_eq!(analysis.fit.network.activation, activation);
    assert!(!analysis.fit.network.linear_part.is_empty());
}

#[test]
fn classes_have_the_same_bits() {
    let mut data = Data::new([4, 5], 1500);
    let numbers = data.target.clone();
    data.target = numbers.iter().map(|&y| f64::from(y > 0.0)).collect();
    let linear = Options { linear: true, ..quick(1) };
    same_for_all_divisions(&data, &linear, Validation::HoldOut(0.25));
    data.target = numbers.iter().map(|&y| f64::from(y > -1.0) + f64::from(y > 1.0)).collect();
    let several = Options { loss: LossChoice::Multinomial { classes: 3 }, ..linear };
    same_for_all_divisions(&data, &several, Validation::None);
}

#[test]
fn missing_values_have_the_same_bits() {
    let mut data = Data::new([4, 5], 1500);
    data.values.iter_mut().step_by(97).for_each(|value| *value = f64::NAN);
    data.target[1000] = f64::NAN;
    for missing in [Missing::Drop, Missing::Mean] {
        same_for_all_divisions(&data, &Options { missing, ..quick(1) }, Validation::None);
    }
}

/// A block has another size for another way to cut a row.
#[test]
fn shapes_have_the_same_bits() {
    let data = Data::new([4, 5], 1500);
    let cut = |len| Windows::signal(20, 1, len, 1, spurious::fit::Rest::Refuse).expect("fits");
    let (options, windows) = (quick(1), vec![cut(4), cut(20), cut(10)]);
    let choices = Choices::usual(windows, &options, false, false);
    let fitted = |mut source: Source<'_>| {
        choose_and_analyse(&mut source, &choices, &options, Validation::None, &()).expect("valid")
    };
    let expected = fitted(data.kept(Kept::Elsewhere, &[1500]));
    assert_eq!(text(&fitted(data.kept(Kept::InParts, &[1100, 400]))), text(&expected));
}

/// Data that is not packed is summed in the same order wherever it lies.
#[test]
fn much_data_has_the_bits_that_it_has_in_memory() {
    let data = Data::new([8, 16], 17_000);
    let options = quick(1);
    let mut source = InMemory::new(data.rows(), data.windows.clone()).expect("valid");
    let expected = analyse(&mut source, &options, Validation::None, &()).expect("valid");
    let mut parts = data.kept(Kept::InParts, &[9000, 8000]);
    let found = analyse(&mut parts, &options, Validation::None, &()).expect("valid");
    assert_eq!(text(&found), text(&expected));
    assert!(parts.questions > 5);
}

/// Fewer samples than parameters are kept by the driver, and nobody is asked.
#[test]
fn few_samples_are_not_asked_for() {
    let data = Data::new([4, 100], 60);
    let options = quick(1);
    let mut parts = data.kept(Kept::InParts, &[30, 30]);
    let found = analyse(&mut parts, &options, Validation::None, &()).expect("valid");
    let mut source = InMemory::new(data.rows(), data.windows.clone()).expect("valid");
    let expected = analyse(&mut source, &options, Validation::None, &()).expect("valid");
    assert_eq!((found.fit.loss, parts.questions), (expected.fit.loss, 0));
}

/// An answer that lacks blocks, and a question for other rows, are refused.
#[test]
fn what_does_not_fit_is_refused() {
    struct Half<'a>(Source<'a>);
    impl SampleSource for Half<'_> {
        type Error = Error;
        fn windows(&self) -> &Windows {
            self.0.windows()
        }
        fn samples(&self) -> u64 {
            self.0.samples()
        }
        fn pass(
            &mut self,
            block: usize,
            visit: &mut dyn FnMut(Rows<'_>) -> ControlFlow<()>,
        ) -> Result<(), Error> {
            self.0.pass(block, visit)
        }
        fn gram_sums(
            &mut self,
            question: &GramQuestion<'_>,
            selection: Selection<'_>,
        ) -> Option<Result<PartialSum<Vec<GramSums>>, Error>> {
            let narrow = Data::new([4, 4], 100);
            let mut part = narrow.part(0..100);
            let refused = partial_gram_sums(&mut part, 0, question, selection, &()).expect_err("narrow rows");
            assert_eq!(refused, Error::Length { name: "row", found: 20, expected: 16 });
            Some(partial_gram_sums(&mut self.0.data.part(0..1024), 0, question, selection, &()))
        }
    }
    let data = Data::new([4, 5], 1500);
    let network = Network::new(vec![1.0; 4], vec![1.0; 5]);
    let mut half = Half(data.kept(Kept::InParts, &[1500]));
    assert_eq!(gauss_newton(&mut half, &[network], Selection::All, &()), Err(Error::PartialSum));
}
