//! How often gradient descent on finite data recovers the teacher.

use pyo3::prelude::*;
use pyo3::types::PyDict;
use spurious::fit::{Recovery, RecoveryExperiment};
use spurious::{Error, Monitor};

use crate::cell::{Size, cell, leaky};
use crate::compute::compute;
use crate::error::refused;
use crate::table::{Columns, WIDTH};

/// The columns of the results, one row for each number of samples, the exact probability on the population, and a table as text.
#[pyfunction]
#[pyo3(signature = (*, patch_dim, patches, sum_ratio, scale_ratio, negative_slope, filters, samples, step_size, noise, runs, seed, progress))]
#[allow(clippy::too_many_arguments, reason = "keywords of Python")]
pub(crate) fn recovery<'py>(
    py: Python<'py>,
    patch_dim: Size,
    patches: Size,
    sum_ratio: f64,
    scale_ratio: f64,
    negative_slope: f64,
    filters: usize,
    samples: Vec<usize>,
    step_size: f64,
    noise: f64,
    runs: u64,
    seed: u64,
    progress: Option<Py<PyAny>>,
) -> PyResult<(Bound<'py, PyDict>, Option<f64>, String)> {
    let cell = cell(patch_dim, patches, sum_ratio, scale_ratio)?.with_activation(leaky(negative_slope)?);
    let (rows, exact) = compute(py, progress, None, |monitor: &dyn Monitor| {
        let experiment = RecoveryExperiment::of_several(cell, filters, step_size, noise, seed, monitor)?;
        samples.iter().try_for_each(|&samples| experiment.check(samples, runs))?;
        let rows: Result<Vec<Recovery>, Error> =
            samples.iter().map(|&samples| experiment.recovery(samples, runs, monitor)).collect();
        Ok((rows?, experiment.exact_probability()))
    })?
    .map_err(|error: Error| refused(&error))?;
    let text = Recovery::overview(&rows).fitted(WIDTH);
    Ok((Columns::of(&Recovery::table(&rows)).to_python(py)?, exact, text))
}
