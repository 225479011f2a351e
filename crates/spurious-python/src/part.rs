//! A file of a data set that lies in several, kept by whoever answers questions about it.

use std::ops::{ControlFlow, Range};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::Duration;

use pyo3::exceptions::PyOSError;
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use serde::{Deserialize, Serialize};
use spurious::Monitor;
use spurious::export::{VERSION, plain};
use spurious::fit::{Division, GramQuestion, Marks, Rows, Selection, Values, Windows, partial_gram_sums};
use spurious_data::{Block, Reader, Request, Target};
use spurious_sweep::kind_of_machine;

use crate::compute::compute;
use crate::error::{SpuriousError, refused};
use crate::parts::Source;
use crate::rows::{OwnedRows, Visit, some};

/// What went wrong with parts.
#[derive(Debug)]
pub(crate) enum Failure {
    /// What the library refused.
    Model(spurious::Error),
    /// What is wrong with a file.
    Data(spurious_data::Error),
    /// Anything else.
    Python(PyErr),
}

impl Failure {
    /// Wrong input, in a sentence.
    pub(crate) fn input(sentence: String) -> Self {
        Self::Python(SpuriousError::new_err(sentence))
    }
}

impl From<spurious::Error> for Failure {
    fn from(error: spurious::Error) -> Self {
        Self::Model(error)
    }
}

impl From<spurious_data::Error> for Failure {
    fn from(error: spurious_data::Error) -> Self {
        Self::Data(error)
    }
}

impl From<Failure> for PyErr {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Model(error) => refused(&error),
            Failure::Data(error) if error.is_input() => SpuriousError::new_err(error.to_string()),
            Failure::Data(error) => PyOSError::new_err(error.to_string()),
            Failure::Python(error) => error,
        }
    }
}

/// How the values of a target become numbers.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Codes {
    /// They are the numbers.
    #[default]
    Numbers,
    /// Each text is the number of its class.
    Texts(Vec<String>),
    /// Each number is.
    Values(Vec<f64>),
}

impl Codes {
    /// The classes, if there are any.
    pub(crate) fn classes(&self) -> Option<Vec<String>> {
        match self {
            Self::Numbers => None,
            Self::Texts(classes) => Some(classes.clone()),
            Self::Values(values) => Some(values.iter().copied().map(plain).collect()),
        }
    }

    /// The number of each value of a file with these texts. What is missing stays so, and so does what the parts did not hold before.
    fn in_file(&self, texts: Option<&[String]>) -> impl Fn(f64) -> f64 + use<> {
        #[allow(clippy::cast_precision_loss, reason = "some classes")]
        let place = |place: Option<usize>| place.map_or(f64::NAN, |place| place as f64);
        let of_texts: Option<Vec<f64>> = match self {
            Self::Texts(classes) => texts.map(|texts| {
                texts.iter().map(|text| place(classes.iter().position(|class| class == text))).collect()
            }),
            Self::Numbers | Self::Values(_) => None,
        };
        let values = if let Self::Values(values) = self { Some(values.clone()) } else { None };
        move |y| {
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "places in a list")]
            match (&of_texts, &values) {
                _ if y.is_nan() => y,
                (Some(codes), _) => codes.get(y as usize).copied().unwrap_or(f64::NAN),
                (None, Some(values)) => place(values.iter().position(|&value| value == y)),
                (None, None) => y,
            }
        }
    }
}

/// What is read from each part.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Columns {
    pub(crate) features: Vec<String>,
    pub(crate) target: String,
    pub(crate) weights: Option<String>,
    /// Whether no part has numbers of double precision.
    pub(crate) is_single: bool,
    /// Whether values may be missing.
    pub(crate) missing: bool,
    pub(crate) codes: Codes,
}

impl Columns {
    pub(crate) fn request(&self) -> Request {
        Request {
            target: Some(Target::Column(self.target.clone())),
            weights: self.weights.clone(),
            features: Some(self.features.clone()),
            missing: self.missing,
            ..Request::default()
        }
    }

    /// No rows of such columns yet.
    pub(crate) fn no_rows(&self) -> OwnedRows {
        OwnedRows::new(self.features.len(), self.is_single, self.weights.is_some())
    }
}

/// The rows of a file: in memory where they fit, else read from it in every pass.
pub(crate) struct Part {
    path: PathBuf,
    samples: u64,
    /// The texts of its target, in the order of their numbers, if it is text.
    texts: Option<Vec<String>>,
    /// The groups of its rows, in the order of their numbers.
    group_names: Vec<String>,
    kept: Kept,
}

enum Kept {
    InMemory(OwnedRows),
    InFile { reader: Box<Reader>, number: Box<dyn Fn(f64) -> f64 + Send + Sync> },
}

/// Bytes of a block that is read at once, about.
const BLOCK_BYTES: usize = 4 << 20;

impl Part {
    /// Reads the file once. Targets are as they stand in the file until they are [encoded](Self::encode). `see` is shown every block.
    pub(crate) fn read(
        mut reader: Reader,
        columns: &Columns,
        most_bytes: u64,
        monitor: &dyn Monitor,
        see: &mut dyn FnMut(&Block<'_>),
    ) -> Result<Self, Failure> {
        let path = reader.path().to_owned();
        let width = columns.features.len();
        let mut rows = Some(columns.no_rows());
        let mut wrong = None;
        let samples = reader.pass((BLOCK_BYTES / (8 * width)).max(1), &mut |block| {
            let weights = block.weights.unwrap_or_default();
            if let Some(at) = weights.iter().position(|&weight| weight < 0.0) {
                let (row, weight) = (block.first_row + at as u64 + 1, plain(weights[at]));
                let path = path.display();
                wrong = Some(format!(
                    "{path}, row {row}: the sample weight is {weight}, and must not be negative"
                ));
            }
            if wrong.is_some() || monitor.is_cancelled() {
                return ControlFlow::Break(());
            }
            see(&block);
            if let Some(all) = &mut rows {
                all.push(as_rows(&block, width, block.target.unwrap_or_default()));
                if all.bytes() as u64 > most_bytes {
                    rows = None;
                }
            }
            ControlFlow::Continue(())
        })?;
        if let Some(wrong) = wrong {
            return Err(Failure::input(wrong));
        }
        monitor.check()?;
        let (texts, group_names) = (reader.labels().map(<[String]>::to_vec), reader.group_names().to_vec());
        let kept = match rows {
            Some(mut rows) => {
                rows.shrink();
                Kept::InMemory(rows)
            }
            None => Kept::InFile { reader: Box::new(reader), number: Box::new(|y| y) },
        };
        Ok(Self { path, samples, texts, group_names, kept })
    }

    /// Gives targets their numbers.
    pub(crate) fn encode(&mut self, codes: &Codes) {
        let in_file = codes.in_file(self.texts.as_deref());
        match &mut self.kept {
            Kept::InMemory(_) if *codes == Codes::Numbers => {}
            Kept::InMemory(rows) => rows.encode(in_file),
            Kept::InFile { number, .. } => *number = Box::new(in_file),
        }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn samples(&self) -> u64 {
        self.samples
    }

    pub(crate) fn texts(&self) -> Option<&[String]> {
        self.texts.as_deref()
    }

    pub(crate) fn group_names(&self) -> &[String] {
        &self.group_names
    }

    /// The memory that it takes.
    pub(crate) fn bytes(&self) -> u64 {
        match &self.kept {
            Kept::InMemory(rows) => rows.bytes() as u64,
            Kept::InFile { .. } => 0,
        }
    }

    /// Hands over some of the rows, in order; whether all of them.
    pub(crate) fn pass(
        &mut self,
        wanted: &Range<u64>,
        columns: &Columns,
        visit: &mut Visit<'_>,
    ) -> Result<ControlFlow<()>, Failure> {
        #[allow(clippy::cast_possible_truncation, reason = "rows in memory")]
        let places = |first: u64, rows: usize| {
            let place = |row: u64| (row.clamp(first, first + rows as u64) - first) as usize;
            place(wanted.start)..place(wanted.end)
        };
        let width = columns.features.len();
        match &mut self.kept {
            Kept::InMemory(rows) => Ok(visit(some(rows.rows(), places(0, rows.len())))),
            Kept::InFile { reader, number } => {
                let mut flow = ControlFlow::Continue(());
                let mut double = columns.no_rows();
                reader.pass((BLOCK_BYTES / (8 * width)).max(1), &mut |block| {
                    let target: Vec<f64> =
                        block.target.unwrap_or_default().iter().map(|&y| number(y)).collect();
                    let rows = some(as_rows(&block, width, &target), places(block.first_row, block.rows));
                    flow = match rows.values {
                        Values::F32(_) if !columns.is_single => {
                            double = columns.no_rows();
                            double.push(rows);
                            visit(double.rows())
                        }
                        _ => visit(rows),
                    };
                    if block.first_row >= wanted.end { ControlFlow::Break(()) } else { flow }
                })?;
                Ok(flow)
            }
        }
    }
}

/// The rows of a block, with targets that have become numbers.
fn as_rows<'a>(block: &Block<'a>, width: usize, target: &'a [f64]) -> Rows<'a> {
    let values = match block.values {
        spurious_data::Values::F32(values) => Values::F32(values),
        spurious_data::Values::F64(values) => Values::F64(values),
    };
    Rows { values, stride: width, target, weights: block.weights }
}

/// A question as bytes, with what it needs for the same bits: the version of the program, and the kind of the machine.
pub(crate) fn written(question: &GramQuestion<'_>) -> Vec<u8> {
    let mut bytes = Vec::new();
    let written = ciborium::into_writer(&(VERSION, kind_of_machine()), &mut bytes)
        .and_then(|()| ciborium::into_writer(question, &mut bytes));
    written.expect("memory takes all bytes, and numbers are written as they are");
    bytes
}

/// The question, if this process computes the same bits as the one that asks.
fn read(mut bytes: &[u8]) -> Result<GramQuestion<'static>, Failure> {
    let unreadable = |error: ciborium::de::Error<std::io::Error>| {
        Failure::input(format!("this is no question of a fit: {error}"))
    };
    let asks: (String, String) = ciborium::from_reader(&mut bytes).map_err(unreadable)?;
    let here = (VERSION.to_owned(), kind_of_machine());
    if asks != here {
        let of = |(version, machine): (String, String)| format!("version {version} on {machine}");
        return Err(Failure::input(format!(
            "the fit was begun by {}, but this worker has {}, which may compute other bits: use workers that are alike",
            of(asks),
            of(here)
        )));
    }
    ciborium::from_reader(&mut bytes).map_err(unreadable)
}

/// A part that a worker keeps.
#[pyclass(name = "Part", frozen, module = "spurious._spurious")]
pub(crate) struct KeptPart {
    columns: Columns,
    part: Mutex<Part>,
    bytes: u64,
}

#[pymethods]
impl KeptPart {
    /// Reads a file, and keeps it if it takes no more memory than this.
    #[staticmethod]
    fn open(py: Python<'_>, path: PathBuf, columns: &str, most_bytes: u64) -> PyResult<Self> {
        let columns: Columns =
            serde_json::from_str(columns).map_err(|error| SpuriousError::new_err(error.to_string()))?;
        let part = compute(py, None, None, |monitor: &dyn Monitor| -> Result<Part, Failure> {
            let reader = Reader::open(&path, &columns.request())?;
            let mut part = Part::read(reader, &columns, most_bytes, monitor, &mut |_| ())?;
            part.encode(&columns.codes);
            Ok(part)
        })??;
        let bytes = part.bytes();
        Ok(Self { columns, part: Mutex::new(part), bytes })
    }

    /// The memory that it takes.
    #[getter]
    fn bytes(&self) -> u64 {
        self.bytes
    }

    /// The answer to a question about some samples, from row `skip` of the file on, which begin with block `first_block` of all data; `marks` has
    /// a bit for each that is selected.
    fn answer<'py>(
        &self,
        py: Python<'py>,
        question: &[u8],
        first_block: u64,
        skip: u64,
        samples: u64,
        marks: Option<Vec<u8>>,
    ) -> PyResult<Bound<'py, PyBytes>> {
        // The lock is not waited for by a thread that others wait for.
        let mut part = loop {
            if let Ok(part) = self.part.try_lock() {
                break part;
            }
            py.detach(|| std::thread::sleep(Duration::from_millis(1)));
            py.check_signals()?;
        };
        let (part, columns) = (&mut *part, &self.columns);
        let answer = compute(py, None, None, |monitor: &dyn Monitor| -> Result<Vec<u8>, Failure> {
            let question = read(question)?;
            let division = Division::new([part.samples()]);
            let mut source = Source {
                windows: Windows::consecutive(columns.features.len(), columns.features.len())?,
                rows: skip..skip + samples,
                columns,
                parts: std::slice::from_mut(part),
                division,
                arrangement: spurious::fit::Arrangement::Independent,
                elsewhere: None,
            };
            let first = first_block * spurious::fit::block_samples(question.windows()) as u64;
            let marks = marks.map(|bits| Marks::new(first, bits));
            let selection = marks.as_ref().map_or(Selection::All, Selection::Marked);
            let sums = partial_gram_sums(&mut source, first_block, &question, selection, monitor)?;
            let mut bytes = Vec::new();
            ciborium::into_writer(&sums, &mut bytes).expect("memory takes all bytes");
            Ok(bytes)
        })??;
        Ok(PyBytes::new(py, &answer))
    }
}
