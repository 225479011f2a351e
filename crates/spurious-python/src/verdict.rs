//! The exact test.

use pyo3::prelude::*;
use spurious::{Basins, initialization::start_at};

use crate::cell::{Size, cell};
use crate::error::refused;

/// The minimum that a run from a point reaches.
#[pyfunction]
#[pyo3(signature = (*, patches, sum_ratio, angle, sum, signal, scale_ratio = 1.0, step_size = None, patch_dim = Size::TWO))]
#[allow(clippy::too_many_arguments, reason = "keywords of Python")]
pub(crate) fn verdict(
    patches: Size,
    sum_ratio: f64,
    angle: f64,
    sum: f64,
    signal: f64,
    scale_ratio: f64,
    step_size: Option<f64>,
    patch_dim: Size,
) -> PyResult<&'static str> {
    let cell = cell(patch_dim, patches, sum_ratio, scale_ratio)?;
    let start = start_at(&cell, angle, sum, Some(signal)).map_err(|error| refused(&error))?;
    if let Some(step_size) = step_size {
        cell.shape().check_step_size(step_size).map_err(|error| refused(&error))?;
    }
    let teacher = cell.teacher();
    let basins = match step_size {
        Some(step_size) => Basins::of_descent(&teacher, step_size),
        None => Basins::new(&teacher),
    };
    Ok(match basins.verdict(&start) {
        Some(spurious::Verdict::Global) => "global",
        Some(spurious::Verdict::Spurious) => "spurious",
        _ => "undecided",
    })
}
