//! The functions that pass over samples of a caller.
//!
//! Sources differ in type and in what can go wrong with them. Behind these functions neither is known any more, so that the fit is compiled
//! once, here, and not again for every source of every crate.

use std::ops::ControlFlow;

use super::arrangement::Arrangement;
use super::choice::Choices;
use super::missing::MissingValues;
use super::network::Network;
use super::options::{Options, Validation};
use super::question::GramQuestion;
use super::result::{Analysis, Fit};
use super::samples::{Rows, SampleSource, Samples};
use super::split::Selection;
use super::sums::{GramSums, PartialSum, Sums};
use super::survey::Survey;
use super::windows::Windows;
use super::{Arithmetic, analysis, evaluate, fitting, missing, survey as surveying};
use crate::{Error, Monitor};

/// A source whose own error is put aside.
struct Erased<'a, S: SampleSource> {
    source: &'a mut S,
    failure: Option<S::Error>,
}

impl<S: SampleSource> SampleSource for Erased<'_, S> {
    type Error = Error;

    fn windows(&self) -> &Windows {
        self.source.windows()
    }

    fn samples(&self) -> u64 {
        self.source.samples()
    }

    fn arrangement(&self) -> Arrangement<'_> {
        self.source.arrangement()
    }

    fn pass(
        &mut self,
        block: usize,
        visit: &mut dyn FnMut(Rows<'_>) -> ControlFlow<()>,
    ) -> Result<(), Error> {
        let passed = self.source.pass(block, visit);
        self.erased(passed)
    }

    fn is_elsewhere(&self) -> bool {
        self.source.is_elsewhere()
    }

    fn gram_sums(
        &mut self,
        question: &GramQuestion<'_>,
        selection: Selection<'_>,
    ) -> Option<Result<PartialSum<Vec<GramSums>>, Error>> {
        let answer = self.source.gram_sums(question, selection)?;
        Some(self.erased(answer))
    }
}

impl<S: SampleSource> Erased<'_, S> {
    fn erased<T>(&mut self, result: Result<T, S::Error>) -> Result<T, Error> {
        result.map_err(|failure| {
            self.failure = Some(failure);
            // Nobody sees this one: `with_erased` returns the failure in its place.
            Error::Cancelled
        })
    }
}

/// What `compute` makes of the samples, or the error of their source.
fn with_erased<S: SampleSource, T>(
    source: &mut S,
    compute: impl FnOnce(&mut Samples<'_>) -> Result<T, Error>,
) -> Result<T, S::Error> {
    let mut erased = Erased { source, failure: None };
    let computed = compute(&mut erased);
    match erased.failure {
        Some(failure) => Err(failure),
        None => Ok(computed?),
    }
}

/// Fits network and linear model, and compares both on the same samples.
///
/// # Errors
/// As [`fit`](super::fit()); or if the split leaves nothing to fit or to judge by.
pub fn analyse<S: SampleSource>(
    source: &mut S,
    options: &Options,
    validation: Validation,
    monitor: &dyn Monitor,
) -> Result<Analysis, S::Error> {
    with_erased(source, |source| analysis::analyse(source, None, options, validation, monitor))
}

/// The same for the shape of a network that cross-validation chooses ([`Choices`]). For samples held out it is chosen without them. The
/// windows of the source are not used, and of the options neither the scaling nor the number of filters.
///
/// # Errors
/// As [`analyse`]; or if there is no way to cut a row, or one is for rows of another width.
pub fn choose_and_analyse<S: SampleSource>(
    source: &mut S,
    choices: &Choices,
    options: &Options,
    validation: Validation,
    monitor: &dyn Monitor,
) -> Result<Analysis, S::Error> {
    with_erased(source, |source| {
        let width = source.windows().width();
        if !choices.windows.iter().any(|windows| windows.width() == width) {
            return Err(Error::Windows { width });
        }
        if let Some(windows) = choices.windows.iter().find(|windows| windows.width() != width) {
            return Err(Error::Length { name: "row", found: width, expected: windows.width() });
        }
        analysis::analyse(source, Some(choices), options, validation, monitor)
    })
}

/// Fits the samples selected.
///
/// # Errors
/// If the labels are all the same, numbers are out of range ([`survey`]), an option is, or reading fails; or if the
/// monitor cancels.
pub fn fit<S: SampleSource>(
    source: &mut S,
    selection: Selection<'_>,
    options: &Options,
    monitor: &dyn Monitor,
) -> Result<Fit, S::Error> {
    with_erased(source, |source| fitting::fit(source, selection, options, monitor))
}

/// Moments of the selected samples.
///
/// # Errors
/// If no sample with positive weight is selected, if patches have more than [`WIDEST`](super::WIDEST) numbers, if the fourth powers of the numbers
/// would overflow or underflow, or if reading fails or is cancelled.
pub fn survey<S: SampleSource>(
    source: &mut S,
    selection: Selection<'_>,
    monitor: &dyn Monitor,
) -> Result<Survey, S::Error> {
    with_erased(source, |source| surveying::survey(source, selection, monitor))
}

/// What is missing in the data of a source, whatever the weights of its samples.
///
/// # Errors
/// If reading fails, or the monitor cancels.
pub fn missing_values<S: SampleSource>(
    source: &mut S,
    monitor: &dyn Monitor,
) -> Result<MissingValues, S::Error> {
    with_erased(source, |source| missing::missing_values(source, monitor))
}

/// Loss and gradient sums of networks over the selected samples.
///
/// # Errors
/// If there is no network, one does not fit the data, or reading fails.
pub fn sums<S: SampleSource>(
    source: &mut S,
    networks: &[Network],
    selection: Selection<'_>,
    arithmetic: Arithmetic,
    monitor: &dyn Monitor,
) -> Result<Vec<Sums>, S::Error> {
    with_erased(source, |source| evaluate::sums(source, networks, selection, arithmetic, monitor))
}

/// The same for data that is a part of a larger data set and begins with block `first_block` of it.
///
/// A block has [`block_samples`](super::block_samples) samples. Every part but the last has a whole number of blocks. The parts
/// [`append`](PartialSum::append)ed in order give the same bits as a single sum.
///
/// # Errors
/// As [`sums`].
pub fn partial_sums<S: SampleSource>(
    source: &mut S,
    first_block: u64,
    networks: &[Network],
    selection: Selection<'_>,
    arithmetic: Arithmetic,
    monitor: &dyn Monitor,
) -> Result<PartialSum<Vec<Sums>>, S::Error> {
    with_erased(source, |source| {
        evaluate::partial_sums(source, first_block, networks, selection, arithmetic, monitor)
    })
}

/// Gram matrices of residuals and their derivatives, for networks over the selected samples, in double precision.
///
/// # Errors
/// If there is no network, one does not fit the data or has more than 4096 parameters, or reading fails.
pub fn gauss_newton<S: SampleSource>(
    source: &mut S,
    networks: &[Network],
    selection: Selection<'_>,
    monitor: &dyn Monitor,
) -> Result<Vec<GramSums>, S::Error> {
    with_erased(source, |source| evaluate::gauss_newton(source, networks, selection, monitor))
}

/// The answer to a question about data that is a part of a larger data set and begins with block `first_block` of it. The windows of the source
/// are not used: a block has as many samples as those of the question say.
///
/// Every part but the last has a whole number of blocks ([`Division`](super::Division)). The parts [`append`](PartialSum::append)ed in order give
/// the same bits as a single sum.
///
/// # Errors
/// As [`gauss_newton`]; or if the question is about rows of another width.
pub fn partial_gram_sums<S: SampleSource>(
    source: &mut S,
    first_block: u64,
    question: &GramQuestion<'_>,
    selection: Selection<'_>,
    monitor: &dyn Monitor,
) -> Result<PartialSum<Vec<GramSums>>, S::Error> {
    with_erased(source, |source| {
        question.check(source.windows().width())?;
        evaluate::partial_gram_sums(source, first_block, question, selection, monitor)
    })
}
