//! A fit to files that are read one after the other, of which workers may keep each its own.
//!
//! Survey, subsamples, standard errors and predictions pass over the files here, some blocks at a time. The sums of each step of a search are
//! asked: each part answers for the blocks that lie within it, and this process for those that lie in several, whose rows it keeps.

use std::collections::{BTreeSet, HashMap};
use std::ops::{ControlFlow, Range};
use std::path::PathBuf;

use pyo3::prelude::*;
use pyo3::types::PyBytes;
use spurious::Monitor;
use spurious::fit::{
    Arrangement, Division, GramQuestion, GramSums, InMemory, LossChoice, MOST_CLASSES, Missing, PartialSum,
    Rows, SampleSource, Selection, Starts, Stretch, Windows, block_samples, partial_gram_sums,
};
use spurious_data::{Precision, Reader, Target};

use crate::compute::{Ask, compute_asking};
use crate::error::SpuriousError;
use crate::fit::{Answer, analysed, answer};
use crate::model::Model;
use crate::part::{Codes, Columns, Failure, Part, written};
use crate::request::Request;
use crate::rows::{OwnedRows, Seam, some};

/// What a part is asked: its number, the first block of the samples in question, where these begin in the file, how many they are, and a bit for
/// each that is selected.
type Task = (usize, u64, u64, u64, Option<Vec<u8>>);

/// A question to some parts.
pub(crate) struct Asked {
    question: Vec<u8>,
    tasks: Vec<Task>,
}

/// Those who answer, and what they cannot.
pub(crate) struct Elsewhere<'a> {
    ask: &'a Ask<'a, Asked, Vec<Vec<u8>>>,
    /// Samples of blocks that lie in several parts.
    across: Vec<(Range<u64>, OwnedRows)>,
    monitor: &'a dyn Monitor,
}

/// Some rows of files that are read one after the other.
pub(crate) struct Source<'a> {
    pub(crate) windows: Windows,
    pub(crate) columns: &'a Columns,
    pub(crate) parts: &'a mut [Part],
    pub(crate) division: Division,
    /// The rows that are meant.
    pub(crate) rows: Range<u64>,
    pub(crate) arrangement: Arrangement<'a>,
    pub(crate) elsewhere: Option<Elsewhere<'a>>,
}

impl SampleSource for Source<'_> {
    type Error = Failure;

    fn windows(&self) -> &Windows {
        &self.windows
    }

    fn samples(&self) -> u64 {
        self.rows.end - self.rows.start
    }

    fn arrangement(&self) -> Arrangement<'_> {
        self.arrangement
    }

    fn pass(
        &mut self,
        block: usize,
        visit: &mut dyn FnMut(Rows<'_>) -> ControlFlow<()>,
    ) -> Result<(), Failure> {
        let mut seam = Seam::new(block, self.columns.no_rows());
        for (number, part) in self.parts.iter_mut().enumerate() {
            let Range { start, end } = self.division.part(number);
            let wanted = self.rows.start.clamp(start, end) - start..self.rows.end.clamp(start, end) - start;
            if !wanted.is_empty()
                && part.pass(&wanted, self.columns, &mut |rows| seam.add(rows, visit))?.is_break()
            {
                return Ok(());
            }
        }
        let _ = seam.finish(visit);
        Ok(())
    }

    /// Also where nobody is asked: the samples are summed in the same order then.
    fn is_elsewhere(&self) -> bool {
        true
    }

    fn gram_sums(
        &mut self,
        question: &GramQuestion<'_>,
        selection: Selection<'_>,
    ) -> Option<Result<PartialSum<Vec<GramSums>>, Failure>> {
        let elsewhere = self.elsewhere.as_ref()?;
        Some(elsewhere.sums(&self.division, question, selection))
    }
}

impl Elsewhere<'_> {
    fn sums(
        &self,
        division: &Division,
        question: &GramQuestion<'_>,
        selection: Selection<'_>,
    ) -> Result<PartialSum<Vec<GramSums>>, Failure> {
        let stretches = division.stretches(question.windows());
        let task = |stretch: &Stretch| {
            let Stretch { part, blocks, samples } = stretch;
            let part = (*part)?;
            let marks = selection.marks(samples.clone()).map(|marks| marks.bits().to_vec());
            let skip = samples.start - division.part(part).start;
            Some((part, blocks.start, skip, samples.end - samples.start, marks))
        };
        let tasks: Vec<Task> = stretches.iter().filter_map(task).collect();
        let asked = (self.ask)(Asked { question: written(question), tasks });
        let mut answers = asked.ok_or(spurious::Error::Cancelled)?.into_iter();
        let mut sum = PartialSum::empty(0);
        for Stretch { part, blocks, samples } in stretches {
            sum.append(match part {
                Some(_) => {
                    let unreadable =
                        |error: String| Failure::input(format!("a worker sent no answer: {error}"));
                    let bytes = answers.next().ok_or_else(|| unreadable("there are too few".to_owned()))?;
                    ciborium::from_reader(&bytes[..]).map_err(|error| unreadable(error.to_string()))?
                }
                None => {
                    let mut rows = self.across(&samples)?;
                    partial_gram_sums(&mut rows, blocks.start, question, selection, self.monitor)?
                }
            })?;
        }
        Ok(sum)
    }

    /// Samples that were kept here.
    fn across(&self, samples: &Range<u64>) -> Result<InMemory<'_>, Failure> {
        let kept =
            self.across.iter().find(|(kept, _)| kept.start <= samples.start && samples.end <= kept.end);
        // Blocks are no larger than those whose samples were kept.
        let (kept, rows) = kept.ok_or(spurious::Error::PartialSum)?;
        #[allow(clippy::cast_possible_truncation, reason = "rows in memory")]
        let place = |sample: u64| (sample - kept.start) as usize;
        let rows = some(rows.rows(), place(samples.start)..place(samples.end));
        Ok(InMemory::with_missing(rows, Windows::consecutive(rows.stride, rows.stride)?)?)
    }
}

/// Copies of some stretches of the samples.
fn copied(
    source: &mut Source<'_>,
    wanted: Vec<Range<u64>>,
    monitor: &dyn Monitor,
) -> Result<Vec<(Range<u64>, OwnedRows)>, Failure> {
    let none = || source.columns.no_rows();
    let mut copies: Vec<_> = wanted.into_iter().map(|samples| (samples, none())).collect();
    let mut first = 0;
    if !copies.is_empty() {
        source.pass(1, &mut |rows| {
            let end = first + rows.target.len() as u64;
            for (samples, copy) in &mut copies {
                #[allow(clippy::cast_possible_truncation, reason = "rows in memory")]
                let place = |sample: u64| (sample.clamp(first, end) - first) as usize;
                copy.push(some(rows, place(samples.start)..place(samples.end)));
            }
            first = end;
            if monitor.is_cancelled() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        })?;
        monitor.check()?;
    }
    Ok(copies)
}

/// Which columns are meant, as Python says it.
struct Roles {
    columns: Option<Vec<String>>,
    target: String,
    weights: Option<String>,
    groups: Option<String>,
    time: Option<String>,
    missing: bool,
}

/// All parts, read once.
struct Opened {
    columns: Columns,
    parts: Vec<Part>,
    groups: Vec<u32>,
    time: Vec<f64>,
    /// Columns that are no features, with what they hold.
    left_out: Vec<String>,
}

impl Roles {
    fn request(&self, features: Option<&[String]>) -> spurious_data::Request {
        spurious_data::Request {
            target: Some(Target::Column(self.target.clone())),
            weights: self.weights.clone(),
            groups: self.groups.clone(),
            time: self.time.clone(),
            features: features.map(<[String]>::to_vec),
            tidy: true,
            missing: self.missing,
            ..spurious_data::Request::default()
        }
    }

    /// The columns of all parts: those that the first one has, and the others have to have.
    fn readers(&self, paths: &[PathBuf]) -> Result<(Columns, Vec<Reader>, Vec<String>), Failure> {
        let all = |reader: &Reader| -> BTreeSet<String> {
            let left_out = reader.left_out().iter().map(|left_out| left_out.column.clone());
            reader.features().iter().cloned().chain(left_out).collect()
        };
        let first = Reader::open(&paths[0], &self.request(self.columns.as_deref()))?;
        let (features, expected) = (first.features().to_vec(), all(&first));
        let left_out = first.left_out().iter().map(ToString::to_string).collect();
        let target = first.target_name().unwrap_or(&self.target).to_owned();
        let mut readers = Vec::new();
        for path in paths {
            if self.columns.is_none() {
                let found = all(&Reader::open(path, &self.request(None))?);
                let differs =
                    |one: &BTreeSet<String>, other: &BTreeSet<String>| one.difference(other).next().cloned();
                let (here, there) = (path.display(), paths[0].display());
                let (has, lacks, column) = match (differs(&found, &expected), differs(&expected, &found)) {
                    (Some(column), _) => (here, there, column),
                    (None, Some(column)) => (there, here, column),
                    (None, None) => {
                        readers.push(Reader::open(path, &self.request(Some(&features)))?);
                        continue;
                    }
                };
                return Err(Failure::input(format!(
                    "{has} has a column '{column}' that {lacks} has not: parts have the same columns, or name those that are meant with \
                     columns"
                )));
            }
            readers.push(Reader::open(path, &self.request(Some(&features)))?);
        }
        let columns = Columns {
            features,
            target,
            weights: self.weights.clone(),
            is_single: readers.iter().all(|reader| reader.precision() == Precision::F32),
            missing: self.missing,
            codes: Codes::Numbers,
        };
        Ok((columns, readers, left_out))
    }

    /// Reads all parts once. Those that fit into memory together, stay there.
    fn open(
        &self,
        paths: &[PathBuf],
        loss: LossChoice,
        most_bytes: u64,
        monitor: &dyn Monitor,
    ) -> Result<Opened, Failure> {
        let (mut columns, readers, left_out) = self.readers(paths)?;
        monitor.begin("reading", Some(readers.len() as u64));
        let (mut parts, mut groups, mut time): (Vec<Part>, Vec<u32>, Vec<f64>) = Default::default();
        let mut numbers = HashMap::new();
        // The different values of the target, if they are few.
        let mut different: Vec<f64> = Vec::new();
        for reader in readers {
            let first = groups.len();
            let left = most_bytes.saturating_sub(parts.iter().map(Part::bytes).sum());
            let part = Part::read(reader, &columns, left, monitor, &mut |block| {
                groups.extend_from_slice(block.groups.unwrap_or_default());
                time.extend_from_slice(block.time.unwrap_or_default());
                for &y in block.target.unwrap_or_default().iter().filter(|y| !y.is_nan()) {
                    if different.len() <= MOST_CLASSES && !different.contains(&y) {
                        different.push(y);
                    }
                }
            })?;
            // The same name has the same number in all parts.
            for group in &mut groups[first..] {
                let name = &part.group_names()[*group as usize];
                #[allow(clippy::cast_possible_truncation, reason = "a reader has no more")]
                let next = numbers.len() as u32;
                *group = *numbers.entry(name.clone()).or_insert(next);
            }
            monitor.advance(1);
            parts.push(part);
        }
        columns.codes = self.codes(&parts, different, loss)?;
        parts.iter_mut().for_each(|part| part.encode(&columns.codes));
        Ok(Opened { columns, parts, groups, time, left_out })
    }

    /// How the values of the target become numbers: texts are classes, and so are a few numbers with the logistic loss.
    fn codes(&self, parts: &[Part], mut different: Vec<f64>, loss: LossChoice) -> Result<Codes, Failure> {
        let filled = || parts.iter().filter(|part| part.samples() > 0);
        let texts = filled().find(|part| part.texts().is_some());
        let numbers = filled().find(|part| part.texts().is_none());
        let target = &self.target;
        let Some(text) = texts else {
            different.sort_by(f64::total_cmp);
            let are_classes = loss == LossChoice::Logistic && (3..=MOST_CLASSES).contains(&different.len());
            return Ok(if are_classes { Codes::Values(different) } else { Codes::Numbers });
        };
        if let Some(number) = numbers {
            let (text, number) = (text.path().display(), number.path().display());
            return Err(Failure::input(format!(
                "the target '{target}' is text in {text}, but numbers in {number}"
            )));
        }
        let classes: BTreeSet<&String> = parts.iter().filter_map(Part::texts).flatten().collect();
        let classes: Vec<String> = classes.into_iter().cloned().collect();
        match classes.len() {
            count if count > MOST_CLASSES => Err(Failure::input(format!(
                "the target '{target}' has {count} different texts: at most {MOST_CLASSES} classes can be fitted"
            ))),
            count if count > 2 && loss == LossChoice::Squares => Err(Failure::input(format!(
                "the target '{target}' has {count} classes, which squares cannot fit: leave out loss"
            ))),
            _ => Ok(Codes::Texts(classes)),
        }
    }
}

/// A fit to several files, with the same result as `fit`. Without `ask` nobody else is asked; it is called with the columns as JSON, a question
/// and what each part is asked, and returns their answers in order.
#[pyfunction]
#[pyo3(signature = (paths, request, *, columns, sample_weights, groups, time, memory, start, ask, progress))]
#[allow(clippy::too_many_arguments, reason = "keywords of Python")]
pub(crate) fn fit_parts<'py>(
    py: Python<'py>,
    paths: Vec<PathBuf>,
    request: &str,
    columns: Option<Vec<String>>,
    sample_weights: Option<String>,
    groups: Option<String>,
    time: Option<String>,
    memory: u64,
    start: Option<&Bound<'py, Model>>,
    ask: Option<Py<PyAny>>,
    progress: Option<Py<PyAny>>,
) -> PyResult<Answer<'py>> {
    let mut request = Request::new(request)?;
    if let Some(start) = start {
        request.options.starts = Starts::Given(start.get().0.network.clone());
    }
    if groups.is_some() && time.is_some() {
        return Err(SpuriousError::new_err("give groups or time, not both"));
    }
    let roles = Roles {
        columns,
        target: request.target.clone(),
        weights: sample_weights,
        groups,
        time,
        missing: request.options.missing != Missing::Error,
    };
    let asks = ask.is_some();
    let limit = request.time_limit()?;
    let answers = |py: Python<'_>, (columns, asked): (String, Asked)| -> PyResult<Vec<Vec<u8>>> {
        let Some(ask) = &ask else { return Ok(Vec::new()) };
        let question = PyBytes::new(py, &asked.question);
        let task = |(part, first, skip, samples, marks): Task| {
            (part, first, skip, samples, marks.map(|marks| PyBytes::new(py, &marks)))
        };
        let tasks: Vec<_> = asked.tasks.into_iter().map(task).collect();
        ask.call1(py, (columns, question, tasks))?.extract(py)
    };
    let (analysed, request, left_out) =
        compute_asking(py, progress, limit, answers, |monitor, ask| -> Result<_, Failure> {
            let Opened { columns, mut parts, groups, time, left_out } =
                roles.open(&paths, request.options.loss, memory, monitor)?;
            request.columns.clone_from(&columns.features);
            request.target.clone_from(&columns.target);
            if let Some(classes) = columns.codes.classes() {
                request.set_classes(classes);
            }
            let shapes = request.shapes(columns.features.len()).map_err(Failure::Python)?;
            let choices = request.choices(&shapes).map_err(Failure::Python)?;
            let division = Division::new(parts.iter().map(Part::samples));
            let samples = division.samples();
            if samples == 0 {
                return Err(spurious::Error::NoSamples.into());
            }
            let settings = serde_json::to_string(&columns).expect("texts and numbers");
            let ask = |asked| ask((settings.clone(), asked));
            let mut source = Source {
                windows: shapes[0].clone(),
                columns: &columns,
                parts: &mut parts,
                rows: 0..samples,
                division,
                arrangement: match (&roles.groups, &roles.time) {
                    (Some(_), _) => Arrangement::Groups(&groups),
                    (None, Some(_)) => Arrangement::Time(&time),
                    (None, None) => Arrangement::Independent,
                },
                elsewhere: None,
            };
            if asks {
                let largest = shapes.iter().max_by_key(|windows| block_samples(windows));
                let stretches = source.division.stretches(largest.unwrap_or(&source.windows));
                let across = stretches.into_iter().filter(|stretch| stretch.part.is_none());
                let across = across.map(|stretch| stretch.samples).collect();
                let across = copied(&mut source, across, monitor)?;
                source.elsewhere = Some(Elsewhere { ask: &ask, across, monitor });
            }
            let analysed = analysed(&mut source, &request, choices.as_ref(), monitor)?;
            Ok((analysed, request, left_out))
        })??;
    let warnings = match left_out.is_empty() {
        true => Vec::new(),
        false => vec![format!("left out: {}", left_out.join(", "))],
    };
    answer(py, &analysed, request, warnings)
}
