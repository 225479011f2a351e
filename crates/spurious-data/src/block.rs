//! Dense blocks of rows.

/// The type of the numbers of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Precision {
    /// Four bytes a number.
    F32,
    /// Eight bytes a number.
    F64,
}

impl Precision {
    /// How many bytes a number takes.
    pub(crate) const fn bytes(self) -> usize {
        match self {
            Self::F32 => 4,
            Self::F64 => 8,
        }
    }
}

/// Numbers of either precision, borrowed: `[rows, features]`, one row after the other.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Values<'a> {
    /// Single precision.
    F32(&'a [f32]),
    /// Double precision.
    F64(&'a [f64]),
}

impl Values<'_> {
    /// How many numbers there are.
    ///
    /// ```
    /// assert_eq!(spurious_data::Values::F64(&[1.0, 2.0]).len(), 2);
    /// ```
    pub const fn len(&self) -> usize {
        match self {
            Self::F32(values) => values.len(),
            Self::F64(values) => values.len(),
        }
    }

    /// Whether there are none.
    ///
    /// ```
    /// assert!(spurious_data::Values::F32(&[]).is_empty());
    /// ```
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The `i`-th number, in double precision.
    ///
    /// # Panics
    /// If there are not that many.
    ///
    /// ```
    /// assert_eq!(spurious_data::Values::F32(&[0.5]).get(0), 0.5);
    /// ```
    pub fn get(&self, i: usize) -> f64 {
        match self {
            Self::F32(values) => values[i].into(),
            Self::F64(values) => values[i],
        }
    }
}

/// Numbers of either precision, owned: `[rows, features]`, one row after the other.
#[derive(Debug, Clone, PartialEq)]
pub enum OwnedValues {
    /// Single precision.
    F32(Vec<f32>),
    /// Double precision.
    F64(Vec<f64>),
}

impl OwnedValues {
    /// No numbers.
    pub(crate) const fn new(precision: Precision) -> Self {
        match precision {
            Precision::F32 => Self::F32(Vec::new()),
            Precision::F64 => Self::F64(Vec::new()),
        }
    }

    /// The numbers, borrowed.
    ///
    /// ```
    /// use spurious_data::{OwnedValues, Values};
    ///
    /// assert_eq!(OwnedValues::F64(vec![1.0]).as_values(), Values::F64(&[1.0]));
    /// ```
    pub fn as_values(&self) -> Values<'_> {
        match self {
            Self::F32(values) => Values::F32(values),
            Self::F64(values) => Values::F64(values),
        }
    }

    /// Their type.
    ///
    /// ```
    /// use spurious_data::{OwnedValues, Precision};
    ///
    /// assert_eq!(OwnedValues::F32(vec![]).precision(), Precision::F32);
    /// ```
    pub const fn precision(&self) -> Precision {
        match self {
            Self::F32(_) => Precision::F32,
            Self::F64(_) => Precision::F64,
        }
    }

    pub(crate) fn clear(&mut self) {
        match self {
            Self::F32(values) => values.clear(),
            Self::F64(values) => values.clear(),
        }
    }
}

/// Some rows of a table.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Block<'a> {
    /// The features, `[rows, features]`.
    pub values: Values<'a>,
    /// The target, one number a row, if there is one.
    pub target: Option<&'a [f64]>,
    /// The weights, one number a row, if there are any.
    pub weights: Option<&'a [f64]>,
    /// How many rows of the table precede.
    pub first_row: u64,
    /// How many rows there are.
    pub rows: usize,
}

/// A block while it is filled.
#[derive(Debug)]
pub(crate) struct BlockBuffer {
    pub(crate) values: OwnedValues,
    pub(crate) target: Vec<f64>,
    pub(crate) weights: Vec<f64>,
    pub(crate) rows: usize,
}

impl BlockBuffer {
    pub(crate) const fn new(precision: Precision) -> Self {
        Self { values: OwnedValues::new(precision), target: Vec::new(), weights: Vec::new(), rows: 0 }
    }

    pub(crate) fn clear(&mut self) {
        self.values.clear();
        self.target.clear();
        self.weights.clear();
        self.rows = 0;
    }
}
