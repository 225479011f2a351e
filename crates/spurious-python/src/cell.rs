//! Sizes and cells from whatever Python calls a number.

use pyo3::exceptions::PyOverflowError;
use pyo3::prelude::*;
use spurious::model::LARGEST_SIZE;
use spurious::{Activation, Cell};

use crate::error::{SpuriousError, refused};

/// A whole number that is a size; negative and huge ones are refused in the words of the library.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Size(usize);

impl<'a, 'py> FromPyObject<'a, 'py> for Size {
    type Error = PyErr;

    fn extract(object: Borrowed<'a, 'py, PyAny>) -> PyResult<Self> {
        match object.extract::<i64>() {
            // What is negative becomes 0, which no size is: the library names the quantity.
            Ok(value) => Ok(Self(usize::try_from(value).unwrap_or(0))),
            Err(error) if error.is_instance_of::<PyOverflowError>(object.py()) => Ok(Self(usize::MAX)),
            Err(error) => Err(error),
        }
    }
}

impl Size {
    /// What patches have at least, unless they are numbers.
    pub(crate) const TWO: Self = Self(2);

    /// The size.
    pub(crate) fn get(self) -> usize {
        self.0
    }
}

/// The cell with these numbers.
pub(crate) fn cell(patch_dim: Size, patches: Size, sum_ratio: f64, scale_ratio: f64) -> PyResult<Cell> {
    Cell::new(patch_dim.0, patches.0, sum_ratio, scale_ratio).map_err(|error| refused(&error))
}

/// The activation with this negative slope.
pub(crate) fn leaky(negative_slope: f64) -> PyResult<Activation> {
    Activation::leaky(negative_slope).map_err(|error| refused(&error))
}

/// A size of an array of whole numbers.
pub(crate) fn size(name: &str, value: i64) -> PyResult<usize> {
    usize::try_from(value).map_err(|_| {
        SpuriousError::new_err(format!(
            "{name} {value} is not a whole number from 1 to {:e}",
            LARGEST_SIZE as f64
        ))
    })
}
