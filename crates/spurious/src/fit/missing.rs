//! Values that are missing: counted, left out with their samples, or replaced by the mean of their column.
//!
//! Missing is NaN. The means are those of the samples that are fitted, so that samples held out say nothing about themselves; they
//! belong to the model, since it needs them for new samples.

use std::ops::ControlFlow;

use serde::{Deserialize, Serialize};

use super::arrangement::Arrangement;
use super::kernels::Element;
use super::pass::{block_samples, pass_over, sum_over_blocks};
use super::question::GramQuestion;
use super::samples::{Rows, SampleSource, Samples, Values, all_finite};
use super::split::Selection;
use super::sums::{Additive, GramSums, PartialSum};
use super::windows::Windows;
use crate::{Error, Monitor};

/// What is done about missing values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Missing {
    /// There are none: a source that has some is refused.
    #[default]
    Error,
    /// Samples with a missing value are left out.
    Drop,
    /// A missing value is replaced by the mean of its column over the samples fitted. Samples without a target are left out.
    Mean,
}

/// What is missing in some data.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct MissingValues {
    /// Missing values of features.
    pub values: u64,
    /// Samples with one or more of them, or without a target.
    pub samples: u64,
    /// Samples without a target.
    pub targets: u64,
    /// The columns that have missing values, in order.
    pub columns: Vec<MissingColumn>,
}

/// Missing values of one column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MissingColumn {
    /// Its place in the row, counted from 0.
    pub column: usize,
    /// How many values it lacks.
    pub values: u64,
    /// The first sample that lacks it, counted from 0.
    pub first: u64,
}

impl MissingValues {
    /// Whether nothing is missing.
    pub fn is_none(&self) -> bool {
        self.samples == 0
    }

    /// What is missing where, given the names of the columns: “5 values are missing, in 4 of 100 rows: 'a' 3 (first in row 7),
    /// 'b' 2 (first in row 1)”.
    pub fn describe(&self, columns: &[String], samples: u64) -> String {
        /// Columns that are named.
        const SHOWN: usize = 5;
        let mut parts: Vec<String> = self
            .columns
            .iter()
            .take(SHOWN)
            .map(|missing| {
                let name = columns.get(missing.column).map_or("?", String::as_str);
                format!("'{name}' {} (first in row {})", missing.values, missing.first + 1)
            })
            .collect();
        if self.columns.len() > SHOWN {
            parts.push(format!("and in {} more columns", self.columns.len() - SHOWN));
        }
        if self.targets > 0 {
            parts.push(format!("the target {}", self.targets));
        }
        let values = self.values + self.targets;
        let are = if values == 1 { "value is" } else { "values are" };
        format!("{values} {are} missing, in {} of {samples} rows: {}", self.samples, parts.join(", "))
    }
}

/// See [`missing_values`](super::missing_values).
pub(super) fn missing_values(
    source: &mut Samples<'_>,
    monitor: &dyn Monitor,
) -> Result<MissingValues, Error> {
    let (block, width) = (block_samples(source.windows()), source.windows().width());
    let mut found = MissingValues::default();
    // Of each column how many, and where first.
    let mut columns = vec![(0_u64, 0_u64); width];
    pass_over(source, block, |rows, first| {
        monitor.check()?;
        for i in 0..rows.target.len() {
            let lacks_target = rows.target[i].is_nan();
            found.targets += u64::from(lacks_target);
            let mut lacks = lacks_target;
            if !is_complete(&rows, i, width) {
                for (t, column) in columns.iter_mut().enumerate() {
                    if rows.values.get(i * rows.stride + t).is_nan() {
                        column.1 = if column.0 == 0 { first + i as u64 } else { column.1 };
                        column.0 += 1;
                        found.values += 1;
                        lacks = true;
                    }
                }
            }
            found.samples += u64::from(lacks);
        }
        Ok(())
    })?;
    found.columns = columns
        .into_iter()
        .enumerate()
        .filter(|(_, (values, _))| *values > 0)
        .map(|(column, (values, first))| MissingColumn { column, values, first })
        .collect();
    Ok(found)
}

fn is_complete(rows: &Rows<'_>, i: usize, width: usize) -> bool {
    let at = i * rows.stride;
    match rows.values {
        Values::F32(values) => all_finite(&values[at..at + width]),
        Values::F64(values) => all_finite(&values[at..at + width]),
    }
}

/// Sums of the values that are there.
#[derive(Debug, Clone)]
struct Means {
    /// `Σωx` and `Σω`, column by column.
    sums: Vec<[f64; 2]>,
}

impl Additive for Means {
    fn add(&mut self, other: &Self) {
        for (sum, other) in self.sums.iter_mut().zip(&other.sums) {
            sum[0] += other[0];
            sum[1] += other[1];
        }
    }
}

impl Missing {
    /// What stands for missing values of the samples selected, if anything does.
    ///
    /// # Errors
    /// As [`column_means`].
    pub(super) fn means(
        self,
        source: &mut Samples<'_>,
        selection: Selection<'_>,
        monitor: &dyn Monitor,
    ) -> Result<Option<Vec<f64>>, Error> {
        match self {
            Self::Error | Self::Drop => Ok(None),
            Self::Mean => column_means(source, selection, monitor).map(Some),
        }
    }
}

/// The mean of each column of a row over the values that are there, of the samples selected that have a target.
///
/// # Errors
/// If a column has no value in these samples, or reading fails.
fn column_means(
    source: &mut Samples<'_>,
    selection: Selection<'_>,
    monitor: &dyn Monitor,
) -> Result<Vec<f64>, Error> {
    let width = source.windows().width();
    let total = sum_over_blocks(source, 0, monitor, |block| {
        let mut sums = vec![[0.0; 2]; width];
        let rows = &block.rows;
        for i in 0..rows.target.len() {
            let weight = rows.weights.map_or(1.0, |weights| weights[i]);
            if weight > 0.0 && !rows.target[i].is_nan() && selection.contains(block.first + i as u64) {
                for (t, sum) in sums.iter_mut().enumerate() {
                    let value = rows.values.get(i * rows.stride + t);
                    if !value.is_nan() {
                        sum[0] += weight * value;
                        sum[1] += weight;
                    }
                }
            }
        }
        Means { sums }
    })?;
    let sums = total.total().ok_or(Error::NoSamples)?.sums;
    if let Some(column) = sums.iter().position(|[_, weight]| *weight == 0.0) {
        return Err(Error::EmptyColumn { column });
    }
    Ok(sums.into_iter().map(|[sum, weight]| sum / weight).collect())
}

/// A source without missing values, made of one that has some; its rows may be cut another way.
pub(super) struct Completed<'a> {
    source: &'a mut Samples<'a>,
    windows: Windows,
    missing: Missing,
    /// What stands for a missing value; without it, its sample is left out.
    means: Option<&'a [f64]>,
}

impl<'a> Completed<'a> {
    /// Where nothing is missing by contract, the data is handed over unseen.
    pub(super) fn new(source: &'a mut Samples<'_>, missing: Missing, means: Option<&'a [f64]>) -> Self {
        Self { windows: source.windows().clone(), source, missing, means }
    }

    /// The same rows, cut another way.
    pub(super) fn cut(self, windows: Windows) -> Self {
        Self { windows, ..self }
    }
}

/// Values that are copied at once.
const COPIED: usize = 1 << 20;

impl SampleSource for Completed<'_> {
    type Error = Error;

    fn windows(&self) -> &Windows {
        &self.windows
    }

    fn samples(&self) -> u64 {
        self.source.samples()
    }

    fn arrangement(&self) -> Arrangement<'_> {
        self.source.arrangement()
    }

    fn is_elsewhere(&self) -> bool {
        self.source.is_elsewhere()
    }

    fn gram_sums(
        &mut self,
        question: &GramQuestion<'_>,
        selection: Selection<'_>,
    ) -> Option<Result<PartialSum<Vec<GramSums>>, Error>> {
        match self.missing {
            Missing::Error => self.source.gram_sums(question, selection),
            missing => self.source.gram_sums(&question.completed(missing, self.means), selection),
        }
    }

    fn pass(
        &mut self,
        block: usize,
        visit: &mut dyn FnMut(Rows<'_>) -> ControlFlow<()>,
    ) -> Result<(), Error> {
        if self.missing == Missing::Error {
            return self.source.pass(block, visit);
        }
        let (means, width) = (self.means, self.windows.width());
        let at_once = (COPIED / width).max(1).next_multiple_of(block.max(1));
        self.source.pass(block, &mut |rows| {
            // Lengths that do not fit each other are the caller's to refuse.
            let Ok(rows) = rows.checked(width) else { return visit(rows) };
            for first in (0..rows.target.len()).step_by(at_once) {
                let part = rows.slice(first, at_once.min(rows.target.len() - first));
                let is_whole = |i: usize| !part.target[i].is_nan() && is_complete(&part, i, width);
                if (0..part.target.len()).all(is_whole) {
                    visit(part)?;
                    continue;
                }
                let mut weights = known_weights(&part);
                let target: Vec<f64> =
                    part.target.iter().map(|&y| if y.is_nan() { 0.0 } else { y }).collect();
                let (single, double);
                let values = match part.values {
                    Values::F32(values) => {
                        single = completed(values, part.stride, width, means, &mut weights);
                        Values::F32(&single)
                    }
                    Values::F64(values) => {
                        double = completed(values, part.stride, width, means, &mut weights);
                        Values::F64(&double)
                    }
                };
                visit(Rows { values, stride: width, target: &target, weights: Some(&weights) })?;
            }
            ControlFlow::Continue(())
        })
    }
}

/// The weights of some rows: zero for a row without a target.
fn known_weights(rows: &Rows<'_>) -> Vec<f64> {
    let weight =
        |i: usize| if rows.target[i].is_nan() { 0.0 } else { rows.weights.map_or(1.0, |weights| weights[i]) };
    (0..rows.target.len()).map(weight).collect()
}

/// The values of rows, one for each weight, without what lies between them. Means stand for what is missing; without means a
/// row that lacks something gets weight zero, and zeros for it.
fn completed<T: Element>(
    values: &[T],
    stride: usize,
    width: usize,
    means: Option<&[f64]>,
    weights: &mut [f64],
) -> Vec<T> {
    let mut complete = Vec::with_capacity(weights.len() * width);
    for (i, weight) in weights.iter_mut().enumerate() {
        for (t, &value) in values[i * stride..][..width].iter().enumerate() {
            let is_missing = value.into().is_nan();
            complete.push(match means {
                _ if !is_missing => value,
                Some(means) => T::round(means[t]),
                None => {
                    *weight = 0.0;
                    T::default()
                }
            });
        }
    }
    complete
}
