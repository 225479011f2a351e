//! The error type of the library.

use crate::export::{counted, limit as at_most, plain as number};

/// A mistake in the input, a cancelled computation, or a search that did not converge.
///
/// Every variant carries the value and the limit; its message says what is wrong and what would be accepted.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The monitor cancelled (see [`Monitor`](crate::Monitor)).
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
    /// A number that has to be positive but is not.
    #[error("{name} {value} is not positive: use a number above 0")]
    NotPositive {
        /// Which quantity.
        name: &'static str,
        /// What was given.
        value: f64,
    },
    /// A number that must not be negative.
    #[error("{name} {value} is negative: use 0 or a number above 0")]
    Negative {
        /// Which quantity.
        name: &'static str,
        /// What was given.
        value: f64,
    },
    /// A number outside the range in which results are accurate.
    #[error("{name} {} is out of range: use a number from {} to {}", plain(*value), plain(*low), plain(*high))]
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
    /// A factor of an algorithm (momentum, say) that is not below 1, or negative.
    #[error("{name} {value} is not from 0 to below 1")]
    Factor {
        /// Which factor.
        name: &'static str,
        /// What was given.
        value: f64,
    },
    /// A name that no algorithm has.
    #[error("no algorithm is called '{name}': use one of {names}")]
    Algorithm {
        /// What was given.
        name: String,
        /// Those that there are.
        names: String,
    },
    /// An algorithm whose steps do not follow from its start.
    #[error("{name} draws random numbers, so that its steps do not follow from its start: run it as a trace")]
    RandomAlgorithm {
        /// Which algorithm.
        name: &'static str,
    },
    /// A setting that none of the chosen algorithms has.
    #[error("{setting} is no setting of {names}, but of {owners}")]
    NoSetting {
        /// Which setting.
        setting: &'static str,
        /// The chosen algorithms.
        names: String,
        /// Those that have it.
        owners: String,
    },
    /// A negative slope of the activation for which the theory does not hold.
    #[error("{}", negative_slope(*value))]
    NegativeSlope {
        /// What was given.
        value: f64,
    },
    /// A network of the identity where its filter is to be recovered.
    #[error(
        "with a negative slope of 1 the network is a linear model, and the reversed filter with reversed output weights is the same network: \
         use a slope below 1"
    )]
    LinearNetwork,
    /// A number above its limit.
    #[error("{name} {} is too large: use at most {}", plain(*value), plain(*limit))]
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
    #[error("sum ratio {sum_ratio} is impossible with one patch: use 1")]
    SumRatioOfOnePatch {
        /// What was given.
        sum_ratio: f64,
    },
    /// A filter or a vector of output weights that is empty or zero, and so has no direction.
    #[error("{name} must have an entry that is not zero")]
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
        "step size {step_size} makes the output weights diverge with {}: use less than {}",
        counted(*patches as u64, "patch"),
        at_most(*limit)
    )]
    StepDiverges {
        /// What was given.
        step_size: f64,
        /// The number of patches.
        patches: usize,
        /// `4π/K`, of the rectifier `4π/(k + π − 1)`.
        limit: f64,
    },
    /// The same for networks of several filters.
    #[error(
        "step size {step_size} makes the output weights diverge with {filters} filters and {}: use less than {}",
        counted(*patches as u64, "patch"),
        at_most(*limit)
    )]
    StepDivergesOfSeveral {
        /// What was given.
        step_size: f64,
        /// The number of filters.
        filters: usize,
        /// The number of patches.
        patches: usize,
        /// `4π/(α + γRk)`, of the rectifier `4π/(Rk + π − 1)`.
        limit: f64,
    },
    /// A window, a tile or a number of channels that does not divide what it is to be cut from.
    #[error("{name} {part} does not divide {of} {whole}{}", divisors(*whole, *part))]
    WindowDoesNotDivide {
        /// What was to divide.
        name: &'static str,
        /// The name of what was to be divided.
        of: &'static str,
        /// Its size.
        whole: usize,
        /// What was given.
        part: usize,
    },
    /// A window or a tile that is larger than what it is to be cut from, or empty.
    #[error("{name} {part} does not fit into {of} {whole}: use 1 to {whole}")]
    WindowDoesNotFit {
        /// What was to fit.
        name: &'static str,
        /// The name of what was to be cut.
        of: &'static str,
        /// Its size.
        whole: usize,
        /// What was given.
        part: usize,
    },
    /// Windows that do not move on.
    #[error("a stride of 0: use at least 1, or {whole} for windows side by side")]
    NoStride {
        /// The size of a window.
        whole: usize,
    },
    /// An image whose number of pixels differs from the number of numbers in a row.
    #[error(
        "an image of {height}x{width} has {} pixels, but a row has {columns} numbers",
        *height as u128 * *width as u128
    )]
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
    #[error("the value in row {row}, column {column} (counted from 0) is {value}, not a finite number")]
    MissingValue {
        /// Row, from 0.
        row: usize,
        /// Column, from 0.
        column: usize,
        /// What was given.
        value: f64,
    },
    /// A label that is NaN or infinite.
    #[error("the target in row {row} (counted from 0) is {value}, not a finite number")]
    MissingTarget {
        /// Row, from 0.
        row: usize,
        /// What was given.
        value: f64,
    },
    /// A sample weight that is negative, NaN or infinite.
    #[error(
        "the sample weight in row {row} (counted from 0) is {value}: use a finite number that is not negative"
    )]
    SampleWeight {
        /// Row, from 0.
        row: usize,
        /// What was given.
        value: f64,
    },
    /// No samples with a positive weight.
    #[error("there are no samples, or all of them have weight zero")]
    NoSamples,
    /// A target that is the same for all samples.
    #[error("the target is {} in every sample: there is nothing to fit", plain(*value))]
    ConstantTarget {
        /// The value.
        value: f64,
    },
    /// A number of folds below 2 or above the limit.
    #[error("a cross-validation cannot have {folds} folds: use 2 to {limit}")]
    Folds {
        /// What was given.
        folds: usize,
        /// The largest accepted number: that of the samples, or 255.
        limit: usize,
    },
    /// A column whose values are all missing in the samples that are fitted.
    #[error("column {} has no value in the samples fitted: leave it out", column + 1)]
    EmptyColumn {
        /// Its place in the row, counted from 0.
        column: usize,
    },
    /// A split in which one part has no samples.
    #[error("holding out {held_out} of {samples} samples leaves one part empty: hold out another share")]
    EmptySplit {
        /// Samples in all.
        samples: u64,
        /// Samples held out.
        held_out: u64,
    },
    /// A correlation between patches outside `0 ≤ r < 1`.
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
    /// A source of samples that breaks its contract.
    #[error("the source of the samples handed over {found} rows where {expected} were expected")]
    Source {
        /// Rows handed over.
        found: u64,
        /// Rows that should have been: a multiple of a block, or all that there are.
        expected: u64,
    },
    /// Numbers whose fourth powers would overflow or underflow.
    #[error(
        "{name} of size {size:e}{} are too {} to compute with: scale them to a size between {low:e} and {high:e}",
        place.map_or(String::new(), |place| place.to_string()),
        if size > high { "large" } else { "small" }
    )]
    Scale {
        /// Which numbers.
        name: &'static str,
        /// The largest absolute value, or the largest absolute difference from the first sample if that is too small.
        size: f64,
        /// The smallest size accepted.
        low: f64,
        /// The largest size accepted.
        high: f64,
        /// Where the largest stands, if it is too large.
        place: Option<Place>,
    },
    /// Windows, read from a file, that do not cut a row into patches.
    #[error("the windows do not cut a row of {width} numbers into patches")]
    Windows {
        /// Numbers in a row.
        width: usize,
    },
    /// A partial sum, read from a file, whose ranges of blocks do not fit together.
    #[error("this is not a partial sum: its ranges of blocks are not consecutive")]
    PartialSum,
    /// A ridge penalty for gradient descent, which has none.
    #[error(
        "gradient descent minimises the loss without a penalty: leave out the ridge penalty, or search by least squares"
    )]
    PenalisedDescent,
    /// A fold without which all labels are equal.
    #[error(
        "without the rows of fold {fold} the target is {value} in every row: use fewer folds or another seed"
    )]
    ConstantWithoutFold {
        /// The fold, counted from 1.
        fold: usize,
        /// The value.
        value: f64,
    },
    /// A linear part, which sums do not have, or several filters for sums other than Gram matrices.
    #[error("sums are defined without a linear part, and for several filters only as Gram matrices")]
    SeveralFilters,
    /// A planted teacher whose filters cannot differ but in sign.
    #[error(
        "{filters} filters for patches of one number have the same direction or opposite ones: use patches of 2 numbers or more, or 1 filter"
    )]
    FiltersOfOneNumber {
        /// Number of filters.
        filters: usize,
    },
    /// Gradient descent of several filters, or of a linear part.
    #[error("gradient descent fits one filter without a linear part: leave out the other optimiser")]
    DescentOfSeveral,
    /// Logistic loss together with gradient descent.
    #[error("gradient descent minimises squares: leave out the logistic loss or the other optimiser")]
    LogisticLoss,
    /// Logistic loss for a target that has no classes.
    #[error(
        "logistic loss is for classes: for a target of two values, or of 3 to {most} that are numbered 0, 1, 2 and so on; choose one of \
         several, or use squares"
    )]
    NotClasses {
        /// The largest number of classes.
        most: usize,
    },
    /// A bootstrap together with an optimiser other than the automatic search.
    #[error("the bootstrap works only with the automatic search: leave out the other optimiser")]
    BootstrapOfDescent,
    /// A number of resamples that is too small for an estimate, or too large.
    #[error("{resamples} resamples are too few or too many: use {fewest} to {most}, or 0 for none")]
    Resamples {
        /// The number.
        resamples: usize,
        /// The smallest.
        fewest: usize,
        /// The largest.
        most: usize,
    },
    /// A text that is not a model.
    #[error("this is not a model: {problem}")]
    ModelSyntax {
        /// What is wrong, with line and column.
        problem: String,
    },
    /// A JSON file of another format.
    #[error("this is not a model: its format is '{found}'")]
    ModelFormat {
        /// Its format.
        found: String,
    },
    /// A model of another version.
    #[error(
        "this is a model of format version {found}: this program reads version {expected}, so fit the data again"
    )]
    ModelVersion {
        /// Its version.
        found: u64,
        /// The version that is read.
        expected: u64,
    },
    /// A model whose checksum does not match.
    #[error(
        "this model was changed after it was written: fit the data again, or remove the line \"checksum\" to accept it as it is"
    )]
    ModelChanged,
    /// An angle of a start outside `[0, π]`.
    #[error("angle {angle} is not between 0 and π (radians)")]
    Angle {
        /// What was given.
        angle: f64,
    },
    /// Filters of one number have no angles but these two.
    #[error("angle {angle} is impossible with patch dimension 1: use 0 or π")]
    AngleOfOneNumber {
        /// What was given.
        angle: f64,
    },
    /// A sum or a signal of a start beyond its limit.
    #[error("{name} {value:e} is too large: at most {limit:e} in size")]
    StartTooLarge {
        /// Which of them.
        name: &'static str,
        /// What was given.
        value: f64,
        /// The largest accepted absolute value.
        limit: f64,
    },
    /// A signal of a start that no output weights have.
    #[error(
        "signal {signal} is impossible: the teacher's output weights are all equal, so with the sum {sum} it is {only}"
    )]
    SignalImpossible {
        /// What was given.
        signal: f64,
        /// The sum.
        sum: f64,
        /// The only signal with this sum.
        only: f64,
    },
    /// The search for the separatrix did not converge.
    #[error(
        "no boundary between the basins was found at criticality {criticality}, scale ratio {scale_ratio}: if a step size \
         was given, use a smaller one"
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

pub(crate) fn not_negative(name: &'static str, value: f64) -> Result<f64, Error> {
    if !value.is_finite() {
        Err(Error::NotFinite { name, value })
    } else if value < 0.0 {
        Err(Error::Negative { name, value })
    } else {
        Ok(value)
    }
}

/// Advice: the divisors of `whole` that are closest to `part`.
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

/// Why a negative slope is refused.
fn negative_slope(value: f64) -> String {
    let why = match value {
        value if !value.is_finite() => return format!("negative slope is {value}, not a finite number"),
        value if value < 0.0 => {
            "below 0 the trap lies at another angle than π, and with -1 the filter is determined only up to its sign"
        }
        _ => "divide the activation by it, so that the larger of its slopes is 1",
    };
    format!("negative slope {} is not from 0 to 1: {why}", plain(value))
}

/// A number as a person would write it: decimal unless it is very large or very small.
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
