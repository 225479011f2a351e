//! The program.

use std::ffi::OsString;

use pyo3::prelude::*;

/// Runs the program `spurious` with these arguments, the first of which is its name, and returns its exit code.
#[pyfunction]
#[pyo3(signature = (arguments, /))]
pub(crate) fn run_command(py: Python<'_>, arguments: Vec<OsString>) -> u8 {
    py.detach(|| spurious_cli::run(arguments))
}
