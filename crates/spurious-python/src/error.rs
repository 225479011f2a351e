//! Errors of the library as exceptions, in its own sentences.

use pyo3::exceptions::{PyKeyboardInterrupt, PyOSError, PyValueError};
use pyo3::{PyErr, create_exception};

create_exception!(
    spurious,
    SpuriousError,
    PyValueError,
    "The input is wrong. The message names the value, its limit, and what would be accepted."
);

/// What the library refused.
pub(crate) fn refused(error: &spurious::Error) -> PyErr {
    match error {
        // Nothing cancels but Ctrl-C.
        spurious::Error::Cancelled => PyKeyboardInterrupt::new_err(()),
        error => SpuriousError::new_err(error.to_string()),
    }
}

/// What a sweep refused, or the state of the disk that it met.
pub(crate) fn sweep_failed(error: &spurious_sweep::Error) -> PyErr {
    if error.is_cancelled() {
        PyKeyboardInterrupt::new_err(())
    } else if error.is_input() {
        SpuriousError::new_err(error.to_string())
    } else {
        PyOSError::new_err(error.to_string())
    }
}
