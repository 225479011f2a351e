//! Dense blocks of rows.

use crate::request::Role;

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
    /// The target, one number a row, if there is one: if it is text, the place of the text among
    /// [`Reader::labels`](crate::Reader::labels).
    pub target: Option<&'a [f64]>,
    /// The weights, one number a row, if there are any.
    pub weights: Option<&'a [f64]>,
    /// The group of each row, if there are any: groups are numbered from 0 in the order in which they appear.
    pub groups: Option<&'a [u32]>,
    /// When each row was measured, if that is known: a number, or the seconds since 1970 of a date.
    pub time: Option<&'a [f64]>,
    /// What each row is called, if rows have names.
    pub ids: Option<Ids<'a>>,
    /// How many rows of the table precede.
    pub first_row: u64,
    /// How many rows there are.
    pub rows: usize,
}

/// Names of rows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Ids<'a> {
    /// Numbers.
    Numbers(&'a [f64]),
    /// Text.
    Text(&'a [String]),
}

/// The cells of a column: either numbers or texts.
#[derive(Debug, Default)]
pub(crate) struct Cells {
    pub(crate) numbers: Vec<f64>,
    pub(crate) texts: Vec<String>,
}

/// A block while it is filled.
#[derive(Debug)]
pub(crate) struct BlockBuffer {
    pub(crate) values: OwnedValues,
    /// The columns beside the features, by their role. Those that are not asked for stay empty.
    beside: [Cells; Role::ALL.len()],
    /// The numbers of the groups, which the reader finds.
    pub(crate) groups: Vec<u32>,
    pub(crate) rows: usize,
}

impl BlockBuffer {
    pub(crate) fn new(precision: Precision) -> Self {
        let (values, beside) = (OwnedValues::new(precision), Default::default());
        Self { values, beside, groups: Vec::new(), rows: 0 }
    }

    pub(crate) fn clear(&mut self) {
        self.values.clear();
        self.groups.clear();
        for cells in &mut self.beside {
            cells.numbers.clear();
            cells.texts.clear();
        }
        self.rows = 0;
    }

    pub(crate) fn cells(&self, role: Role) -> &Cells {
        &self.beside[role as usize]
    }

    pub(crate) fn cells_mut(&mut self, role: Role) -> &mut Cells {
        &mut self.beside[role as usize]
    }
}
