//! Samples from a file: in memory where they fit, else block by block from the file in every pass.

use std::io::Read as _;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use spurious::Monitor;
use spurious::export::plain;
use spurious::fit::{Arrangement, InMemory, Labels, MOST_CLASSES, Rows, SampleSource, Values, Windows};
use spurious_data::{Block, Format, OwnedValues, Reader, Request, Table};

use crate::console::Console;
use crate::failure::Failure;
use crate::files::is_standard;

/// A file of data, or standard input, which is read into memory: a table is read several times.
pub(crate) enum DataFile {
    Path(PathBuf),
    Standard(Arc<[u8]>),
}

impl DataFile {
    /// Standard input may have so many bytes.
    pub(crate) fn new(path: &Path, most_bytes: u64) -> Result<Self, Failure> {
        if !is_standard(path) {
            return Ok(Self::Path(path.to_owned()));
        }
        let mut bytes = Vec::new();
        std::io::stdin().lock().take(most_bytes.saturating_add(1)).read_to_end(&mut bytes)?;
        if bytes.len() as u64 > most_bytes {
            return Err(Failure::Input(format!(
                "standard input has more than {} MB: save it to a file",
                most_bytes >> 20
            )));
        }
        Ok(Self::Standard(bytes.into()))
    }

    /// Opens the table. What standard input holds is seen from its first bytes, unless the request says it.
    pub(crate) fn open(&self, request: &Request) -> Result<Reader, spurious_data::Error> {
        match self {
            Self::Path(path) => Reader::open(path, request),
            Self::Standard(bytes) => {
                let format = Some(request.format.unwrap_or_else(|| Format::sniff(bytes)));
                let request = Request { format, ..request.clone() };
                Reader::from_bytes(Path::new("standard input"), Arc::clone(bytes), &request)
            }
        }
    }
}

/// Where a target of this name stands. A name that is a file is a file, unless it names a column: no column has an ending.
pub(crate) fn target_named(name: &str) -> spurious_data::Target {
    let path = PathBuf::from(name);
    if path.extension().is_some() && path.is_file() {
        spurious_data::Target::File(path)
    } else {
        spurious_data::Target::Column(name.to_owned())
    }
}

/// What is asked for of a target.
pub(crate) struct Asked {
    /// Whether it has this value.
    pub(crate) value: Option<String>,
    /// Whether its values are classes, if that is said.
    pub(crate) classes: Option<bool>,
}

/// The different values of a target, if they are few; else more of them than there may be classes.
#[derive(Debug, Default)]
pub(crate) struct Different(Vec<f64>);

impl Different {
    pub(crate) fn see(&mut self, target: &[f64]) {
        for &y in target.iter().filter(|y| !y.is_nan()) {
            if self.0.len() <= MOST_CLASSES && !self.0.contains(&y) {
                self.0.push(y);
            }
        }
    }
}

/// How the values of the target become numbers.
#[derive(Debug, Clone)]
pub(crate) struct Target {
    pub(crate) labels: Labels,
    /// For a target of text, what each text becomes.
    codes: Option<Vec<f64>>,
}

impl Target {
    /// What is predicted of a target whose rows have all been read, with these different values: whether it has the value that is asked
    /// for; else which of its texts it is, or of its numbers if these are classes; else the numbers.
    pub(crate) fn new(asked: &Asked, numbers: &Different, reader: &Reader) -> Result<Self, Failure> {
        let name = reader.target_name().unwrap_or_default();
        let several = 3..=MOST_CLASSES;
        let labels = match (asked.value.as_deref(), reader.labels()) {
            (None, None) if asked.classes == Some(true) && several.contains(&numbers.0.len()) => {
                let mut numbers = numbers.0.clone();
                numbers.sort_by(f64::total_cmp);
                Labels::Classes(numbers.into_iter().map(plain).collect())
            }
            (None, None) => Labels::Numbers,
            (Some(value), None) => match value.trim().parse() {
                Ok(number) if f64::is_finite(number) => Labels::IsNumber(number),
                Ok(_) => return Err(Failure::Input(format!("--target-is {value} is not a finite number"))),
                Err(_) => {
                    return Err(Failure::Input(format!(
                        "--target-is {value}: the target '{name}' holds numbers, so name a number"
                    )));
                }
            },
            (Some(value), Some(words)) if words.iter().any(|word| word == value.trim()) => {
                Labels::IsText(value.trim().to_owned())
            }
            (Some(value), Some(words)) => {
                return Err(Failure::Input(format!(
                    "--target-is {value}: no row of {} has this target: it has {}",
                    reader.path().display(),
                    listed(words)
                )));
            }
            (None, Some(words))
                if words.len() == 2 || several.contains(&words.len()) && asked.classes != Some(false) =>
            {
                let mut classes = words.to_vec();
                classes.sort_by_key(|class| class.to_lowercase());
                Labels::Classes(classes)
            }
            (None, Some(words)) if words.len() < 2 => {
                let word = words.first().map_or("missing", String::as_str);
                return Err(Failure::Input(format!(
                    "the target '{name}' is {word} in every row: there is nothing to fit"
                )));
            }
            (None, Some(words)) => {
                return Err(Failure::Input(format!(
                    "the target '{name}' has {} different texts, {}: {}choose one with --target-is",
                    words.len(),
                    listed(words),
                    match asked.classes {
                        Some(false) => "squares are for numbers; use another --loss, or ".to_owned(),
                        _ => format!("there may be {MOST_CLASSES} classes at most; "),
                    }
                )));
            }
        };
        Ok(Self::of(labels, reader))
    }

    /// The same for labels that a model has.
    pub(crate) fn of(labels: Labels, reader: &Reader) -> Self {
        let codes = reader.labels().map(|words| words.iter().map(|word| labels.of_text(word)).collect());
        Self { labels, codes }
    }

    pub(crate) fn numbers(&self, target: &[f64]) -> Vec<f64> {
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "places in a list")]
        let number = |y: f64| match &self.codes {
            Some(codes) => codes.get(y as usize).copied().filter(|_| !y.is_nan()).unwrap_or(f64::NAN),
            None => self.labels.of_number(y),
        };
        target.iter().map(|&y| number(y)).collect()
    }

    /// Fails if no row has the number that is asked for.
    fn check(&self, occurs: bool, path: &Path) -> Result<(), Failure> {
        match self.labels {
            Labels::IsNumber(value) if !occurs => Err(Failure::Input(format!(
                "--target-is {}: no row of {} has this target",
                plain(value),
                path.display()
            ))),
            _ => Ok(()),
        }
    }
}

/// “'a', 'b' and 3 more”.
fn listed(words: &[String]) -> String {
    const SHOWN: usize = 8;
    let shown: Vec<String> = words.iter().take(SHOWN).map(|word| format!("'{word}'")).collect();
    let more = words.len().saturating_sub(SHOWN);
    shown.join(", ") + &if more > 0 { format!(" and {more} more") } else { String::new() }
}

/// Bytes of a block that is read at once, about.
pub(crate) const BLOCK_BYTES: usize = 4 << 20;

/// Which rows belong together, or follow each other.
#[derive(Debug, Default)]
struct Order {
    groups: Option<Vec<u32>>,
    time: Option<Vec<f64>>,
}

impl Order {
    fn arrangement(&self) -> Arrangement<'_> {
        match (&self.groups, &self.time) {
            (Some(groups), _) => Arrangement::Groups(groups),
            (None, Some(time)) => Arrangement::Time(time),
            (None, None) => Arrangement::Independent,
        }
    }
}

/// A table in memory.
pub(crate) struct Loaded {
    values: OwnedValues,
    target: Vec<f64>,
    weights: Option<Vec<f64>>,
    order: Order,
}

impl Loaded {
    pub(crate) fn new(table: Table, target: &Target, path: &Path) -> Result<Self, Failure> {
        let numbers = target.numbers(&table.target.unwrap_or_default());
        target.check(numbers.contains(&1.0), path)?;
        let order = Order { groups: table.groups, time: table.time };
        Ok(Self { values: table.values, target: numbers, weights: table.weights, order })
    }

    pub(crate) fn source(&self, windows: &Windows, path: &Path) -> Result<InMemory<'_>, Failure> {
        let rows = Rows {
            values: values(self.values.as_values()),
            stride: windows.width(),
            target: &self.target,
            weights: self.weights.as_deref(),
        };
        let source = InMemory::with_missing(rows, windows.clone()).map_err(|error| match error {
            // People count rows from 1.
            spurious::Error::SampleWeight { row, value } => wrong_weight(path, row as u64 + 1, value),
            error => error.into(),
        })?;
        Ok(source.arranged(self.order.arrangement())?)
    }
}

fn wrong_weight(path: &Path, row: u64, weight: f64) -> Failure {
    let (path, weight) = (path.display(), plain(weight));
    Failure::Input(format!("{path}, row {row}: the sample weight is {weight}, and must not be negative"))
}

/// Numbers of a table as the library takes them.
pub(crate) fn values(values: spurious_data::Values<'_>) -> Values<'_> {
    match values {
        spurious_data::Values::F32(values) => Values::F32(values),
        spurious_data::Values::F64(values) => Values::F64(values),
    }
}

/// A file that is read anew in every pass.
pub(crate) struct Streamed {
    reader: Reader,
    windows: Windows,
    pub(crate) target: Target,
    samples: u64,
    order: Order,
}

impl Streamed {
    /// Reads the file once, to count its rows and to find what is wrong with it before anything is computed.
    pub(crate) fn new(
        mut reader: Reader,
        windows: Windows,
        asked: &Asked,
        console: &Console,
    ) -> Result<Self, Failure> {
        let rows_at_once = (BLOCK_BYTES / (8 * windows.width())).max(1);
        let (mut wrong, mut occurs) = (None, false);
        let number: Option<f64> = asked.value.as_ref().and_then(|value| value.trim().parse().ok());
        let mut different = Different::default();
        let path = reader.path().to_owned();
        let mut order = Order::default();
        let samples = reader.pass(rows_at_once, &mut |block| {
            let weights = block.weights.unwrap_or_default();
            if let Some(at) = weights.iter().position(|&weight| weight < 0.0) {
                wrong = Some(wrong_weight(&path, block.first_row + at as u64 + 1, weights[at]));
            }
            occurs |= number.is_some_and(|number| block.target.unwrap_or_default().contains(&number));
            different.see(block.target.unwrap_or_default());
            if let Some(groups) = block.groups {
                order.groups.get_or_insert_default().extend_from_slice(groups);
            }
            if let Some(time) = block.time {
                order.time.get_or_insert_default().extend_from_slice(time);
            }
            proceed(wrong.is_some() || console.is_cancelled())
        })?;
        if let Some(error) = wrong {
            return Err(error);
        }
        if console.is_cancelled() {
            return Err(Failure::Interrupted("nothing was written".to_owned()));
        }
        let target = Target::new(asked, &different, &reader)?;
        target.check(occurs, &path)?;
        Ok(Self { reader, windows, target, samples, order })
    }
}

fn proceed(stop: bool) -> ControlFlow<()> {
    if stop { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
}

impl SampleSource for Streamed {
    type Error = Failure;

    fn windows(&self) -> &Windows {
        &self.windows
    }

    fn samples(&self) -> u64 {
        self.samples
    }

    fn arrangement(&self) -> Arrangement<'_> {
        self.order.arrangement()
    }

    fn pass(
        &mut self,
        block: usize,
        visit: &mut dyn FnMut(Rows<'_>) -> ControlFlow<()>,
    ) -> Result<(), Failure> {
        let rows_at_once =
            (BLOCK_BYTES / (8 * self.windows.width())).next_multiple_of(block.max(1)).max(block);
        let (wanted, stride) = (&self.target, self.windows.width());
        self.reader.pass(rows_at_once, &mut |Block { values: numbers, target, weights, .. }| {
            let target = wanted.numbers(target.unwrap_or_default());
            visit(Rows { values: values(numbers), stride, target: &target, weights })
        })?;
        Ok(())
    }
}
