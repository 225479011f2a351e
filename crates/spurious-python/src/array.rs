//! Arrays of NumPy, borrowed. The package has made sure that they are contiguous, aligned and native.

use numpy::{PyReadonlyArray1, PyReadonlyArray2, PyUntypedArrayMethods};
use pyo3::prelude::*;
use spurious::fit::Values;

use crate::error::SpuriousError;

/// Rows of numbers in single or double precision.
#[derive(FromPyObject)]
pub(crate) enum Matrix<'py> {
    /// Double precision.
    #[pyo3(transparent)]
    Double(PyReadonlyArray2<'py, f64>),
    /// Single precision.
    #[pyo3(transparent)]
    Single(PyReadonlyArray2<'py, f32>),
}

impl Matrix<'_> {
    /// Number of rows, and of numbers in each.
    pub(crate) fn shape(&self) -> [usize; 2] {
        let shape = match self {
            Self::Double(values) => values.shape(),
            Self::Single(values) => values.shape(),
        };
        [shape[0], shape[1]]
    }

    /// The numbers, row by row.
    pub(crate) fn values(&self) -> PyResult<Values<'_>> {
        let is_by_row = match self {
            Self::Double(values) => values.is_c_contiguous(),
            Self::Single(values) => values.is_c_contiguous(),
        };
        if !is_by_row {
            return Err(not_contiguous());
        }
        match self {
            Self::Double(values) => values.as_slice().map(Values::F64).map_err(|_| not_contiguous()),
            Self::Single(values) => values.as_slice().map(Values::F32).map_err(|_| not_contiguous()),
        }
    }
}

/// The numbers of an array of one axis.
pub(crate) fn numbers<'a, T: numpy::Element>(array: &'a PyReadonlyArray1<'_, T>) -> PyResult<&'a [T]> {
    array.as_slice().map_err(|_| not_contiguous())
}

fn not_contiguous() -> PyErr {
    SpuriousError::new_err("the numbers of the array do not lie one after the other, row by row")
}
