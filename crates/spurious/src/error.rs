//! The one error type of the library.

use crate::export::{counted, plain as number};

/// What a caller got wrong. Every variant carries the value and what would be accepted.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The monitor asked for an end (see [`Monitor`](crate::Monitor)).
    #[error("cancelled")]
    Cancelled,
    /// A size (patches, patch dimension) outside `1..=limit`.
    #[error("{name} {value} is not a whole number from 1 to {}", number(*limit as f64))]
    Size {
        /// Which size.
        name: &'static str,
        /// What was given.
        value: usize,
        /// The largest accepted value.
        limit: usize,
    },
    /// A number that is NaN or infinite.
    #[error("{name} is {value}, not a finite number")]
    NotFinite {
        /// Which quantity.
        name: &'static str,
        /// What was given.
        value: f64,
    },
    /// A number that has to be positive and is not.
    #[error("{name} {value} is not positive")]
    NotPositive {
        /// Which quantity.
        name: &'static str,
        /// What was given.
        value: f64,
    },
    /// A number that must not be negative and is.
    #[error("{name} {value} is negative")]
    Negative {
        /// Which quantity.
        name: &'static str,
        /// What was given.
        value: f64,
    },
    /// A number outside the range in which results keep their digits.
    #[error("{name} {value:e} is out of range: use a number from {low:e} to {high:e}")]
    OutOfRange {
        /// Which quantity.
        name: &'static str,
        /// What was given.
        value: f64,
        /// The smallest accepted value.
        low: f64,
        /// The largest accepted value.
        high: f64,
    },
    /// A number above its limit.
    #[error("{name} {value:e} is too large: at most {limit:e}")]
    TooLarge {
        /// Which quantity.
        name: &'static str,
        /// What was given.
        value: f64,
        /// The largest accepted value.
        limit: f64,
    },
    /// The sum ratio of `k` weights cannot exceed `k` (Cauchy–Schwarz).
    #[error("sum ratio {sum_ratio} is larger than the number of patches {patches}")]
    SumRatioTooLarge {
        /// What was given.
        sum_ratio: f64,
        /// The number of patches, which is the largest possible ratio.
        patches: usize,
    },
    /// A ratio of squares cannot be negative.
    #[error("sum ratio {sum_ratio} is negative: use a number from 0 to {patches}")]
    SumRatioNegative {
        /// What was given.
        sum_ratio: f64,
        /// The number of patches, which is the largest possible ratio.
        patches: usize,
    },
    /// With one patch there is one output weight, and `(1ᵀb)²/‖b‖² = 1`.
    #[error("sum ratio {sum_ratio} is impossible with one patch: it is always 1")]
    SumRatioOfOnePatch {
        /// What was given.
        sum_ratio: f64,
    },
    /// A filter or a vector of output weights with no direction.
    #[error("{name} has length zero")]
    ZeroVector {
        /// Which vector.
        name: &'static str,
    },
    /// Teacher and student of different shapes.
    #[error("{name} has {found} entries where the teacher has {expected}")]
    Shape {
        /// Which vector.
        name: &'static str,
        /// Its length.
        found: usize,
        /// The teacher's.
        expected: usize,
    },
    /// A probability or confidence outside the open unit interval.
    #[error("{name} {value} is not between 0 and 1")]
    NotBetweenZeroAndOne {
        /// Which quantity.
        name: &'static str,
        /// What was given.
        value: f64,
    },
    /// The sum of the output weights oscillates and diverges from this step size on.
    #[error(
        "step size {step_size} makes the output weights diverge with {}: use less than {limit:.4}", counted(*patches as u64, "patch")
    )]
    StepDiverges {
        /// What was given.
        step_size: f64,
        /// The number of patches.
        patches: usize,
        /// `4π/(k + π − 1)`.
        limit: f64,
    },
    /// A window, a tile or a number of channels that leaves a rest.
    #[error("{name} {part} does not divide {whole}{}", divisors(*whole, *part))]
    WindowDoesNotDivide {
        /// What was to divide.
        name: &'static str,
        /// What was to be divided.
        whole: usize,
        /// What was given.
        part: usize,
    },
    /// An image that does not have as many pixels as a row has numbers.
    #[error("an image of {height}x{width} does not fit rows of {columns} numbers")]
    ImageSize {
        /// Lines.
        height: usize,
        /// Pixels in a line.
        width: usize,
        /// Numbers in a row.
        columns: usize,
    },
    /// A slice of the wrong length.
    #[error("{name} has {found} entries where {expected} are needed")]
    Length {
        /// Which slice.
        name: &'static str,
        /// Its length.
        found: usize,
        /// The length needed.
        expected: usize,
    },
    /// A number in the data that is NaN or infinite.
    #[error("the value in row {row}, column {column} is {value}, not a finite number")]
    MissingValue {
        /// Row, from 0.
        row: usize,
        /// Column, from 0.
        column: usize,
        /// What was given.
        value: f64,
    },
    /// A label that is NaN or infinite.
    #[error("the target in row {row} is {value}, not a finite number")]
    MissingTarget {
        /// Row, from 0.
        row: usize,
        /// What was given.
        value: f64,
    },
    /// A weight that no sample can have.
    #[error("the sample weight in row {row} is {value}: use a finite number, zero or positive")]
    SampleWeight {
        /// Row, from 0.
        row: usize,
        /// What was given.
        value: f64,
    },
    /// Nothing to fit.
    #[error("there are no samples, or all of them have weight zero")]
    NoSamples,
    /// A target that is the same for all samples.
    #[error("the target is {} in every sample: there is nothing to fit", plain(*value))]
    ConstantTarget {
        /// The value.
        value: f64,
    },
    /// A number of folds that cannot be had.
    #[error("{folds} folds cannot be made: use 2 to {limit}")]
    Folds {
        /// What was given.
        folds: usize,
        /// Samples, or 255.
        limit: usize,
    },
    /// A column whose values are all missing in the samples that are fitted.
    #[error("column {} has no value in the samples fitted: leave it out", column + 1)]
    EmptyColumn {
        /// Its place in the row, counted from 0.
        column: usize,
    },
    /// A split that leaves a part without samples.
    #[error("holding out {held_out} of {samples} samples leaves nothing on one side")]
    EmptySplit {
        /// Samples in all.
        samples: u64,
        /// Samples held out.
        held_out: u64,
    },
    /// A correlation that patches drawn with a common part cannot have.
    #[error("patch correlation {value} is out of range: use a number from 0 to less than 1")]
    Correlation {
        /// What was given.
        value: f64,
    },
    /// A filter without direction.
    #[error("{name} is zero: it has no direction")]
    NoDirection {
        /// Which filter.
        name: &'static str,
    },
    /// A source that hands over something else than it should.
    #[error("the source of the samples handed over {found} rows where {expected} were expected")]
    Source {
        /// Rows handed over.
        found: u64,
        /// Rows that should have been: a multiple of a block, or all that there are.
        expected: u64,
    },
    /// Numbers whose powers would leave the range of doubles.
    #[error(
        "{name} of size {size:e}{} would leave the range of numbers: scale them to between {low:e} and {high:e}",
        place.map_or(String::new(), |place| place.to_string())
    )]
    Scale {
        /// Which numbers.
        name: &'static str,
        /// The largest of them in size, about the first sample.
        size: f64,
        /// The smallest size accepted.
        low: f64,
        /// The largest size accepted.
        high: f64,
        /// Where the largest stands, if it is too large.
        place: Option<Place>,
    },
    /// Windows that no way of cutting a row gives.
    #[error("the windows do not cut a row of {width} numbers into patches")]
    Windows {
        /// Numbers in a row.
        width: usize,
    },
    /// A sum over parts that cannot have been one.
    #[error("this is not a partial sum: its stretches of blocks do not follow each other")]
    PartialSum,
    /// A penalty where none is minimised.
    #[error("descent minimises the loss alone: leave out the ridge penalty, or search by least squares")]
    PenalisedDescent,
    /// A fold that holds all labels but one value.
    #[error(
        "without the rows of fold {fold} the target is {value} in every row: use fewer folds, or another seed"
    )]
    ConstantWithoutFold {
        /// The fold, counted from 1.
        fold: usize,
        /// The value.
        value: f64,
    },
    /// A bootstrap of a search that would not be repeated.
    #[error("a bootstrap searches each resample by the automatic search: leave out the other optimiser")]
    BootstrapOfDescent,
    /// A number of resamples that says nothing, or takes forever.
    #[error("{resamples} resamples are too few or too many: use {fewest} to {most}, or 0 for none")]
    Resamples {
        /// The number.
        resamples: usize,
        /// The smallest.
        fewest: usize,
        /// The largest.
        most: usize,
    },
    /// A text that is no model.
    #[error("this is not a model: {problem}")]
    ModelSyntax {
        /// What is wrong, with line and column.
        problem: String,
    },
    /// JSON of something else.
    #[error("this is not a model but '{found}'")]
    ModelFormat {
        /// Its format.
        found: String,
    },
    /// A model of another version.
    #[error("this is a model of format version {found}: this program reads version {expected}")]
    ModelVersion {
        /// Its version.
        found: u64,
        /// The version that is read.
        expected: u64,
    },
    /// A model whose checksum does not match.
    #[error(
        "this model was changed after it was written: fit again, or remove its line \"checksum\" to take it as it is"
    )]
    ModelChanged,
    /// The search for the separatrix did not converge.
    #[error(
        "no basin boundary found at criticality {criticality}, scale ratio {scale_ratio}: with a step size, use a \
         smaller one"
    )]
    NoSeparatrix {
        /// Criticality `x_c`.
        criticality: f64,
        /// The scale ratio.
        scale_ratio: f64,
    },
}

/// `value` if it is finite and positive.
pub(crate) fn positive(name: &'static str, value: f64) -> Result<f64, Error> {
    if !value.is_finite() {
        Err(Error::NotFinite { name, value })
    } else if value <= 0.0 {
        Err(Error::NotPositive { name, value })
    } else {
        Ok(value)
    }
}

/// What divides `whole` and is closest to `part`, as advice.
fn divisors(whole: usize, part: usize) -> String {
    // Trial division up to the root, in 64 bits on every machine.
    let (whole, part) = (whole as u64, part as u64);
    if !(1..=1_000_000_000_000_u64).contains(&whole) {
        return String::new();
    }
    let small = (1..).take_while(|d| d * d <= whole).filter(|d| whole.is_multiple_of(*d));
    let all: Vec<u64> = small.flat_map(|d| [d, whole / d]).collect();
    let below = all.iter().filter(|&&d| d < part).max();
    let above = all.iter().filter(|&&d| d > part).min();
    match (below, above) {
        (Some(below), Some(above)) => format!(": use {below} or {above}"),
        (Some(only), None) | (None, Some(only)) => format!(": use {only}"),
        (None, None) => String::new(),
    }
}

/// A number in few characters.
fn plain(value: f64) -> String {
    if value != 0.0 && !(1e-5..1e15).contains(&value.abs()) {
        format!("{value:e}")
    } else {
        value.to_string()
    }
}

/// A place in data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// The row, counted from 0.
    pub row: u64,
    /// The column of a feature, counted from 0; none for a target or a weight.
    pub column: Option<usize>,
}

/// “ in row 3, column 2”, counted from 1.
impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, " in row {}", self.row + 1)?;
        self.column.map_or(Ok(()), |column| write!(f, ", column {}", column + 1))
    }
}
