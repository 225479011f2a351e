//! Algorithms by their names, and several of them on one landscape.

use numpy::IntoPyArray;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use spurious::dynamics::algorithm::AlgorithmSettings;
use spurious::dynamics::full;
use spurious::{Algorithm, Compared, Comparison, Monitor};

use crate::cell::{Size, cell, leaky};
use crate::compute::compute;
use crate::error::{SpuriousError, refused};
use crate::population::{Numbers, Vector, pair};
use crate::table::{Columns, WIDTH, without_style};

/// The algorithms of these names, as JSON, with settings that are an object of JSON.
#[pyfunction]
pub(crate) fn algorithms(names: Vec<String>, settings: &str) -> PyResult<String> {
    let settings: AlgorithmSettings =
        serde_json::from_str(settings).map_err(|error| SpuriousError::new_err(error.to_string()))?;
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let algorithms = Algorithm::list(&names, &settings).map_err(|error| refused(&error))?;
    Ok(serde_json::to_string(&algorithms).unwrap_or_default())
}

/// Algorithms that came from [`algorithms`].
pub(crate) fn parsed(algorithms: &str) -> PyResult<Vec<Algorithm>> {
    serde_json::from_str(algorithms).map_err(|error| SpuriousError::new_err(error.to_string()))
}

/// The start, the rows as JSON and as columns, the trajectory of each, and all as text.
type Answer<'py> = ([f64; 3], String, Bound<'py, PyDict>, Vec<Bound<'py, PyDict>>, String);

/// Several algorithms from one start, and many runs of each.
#[pyfunction]
#[pyo3(signature = (*, algorithms, patch_dim, patches, sum_ratio, scale_ratio, negative_slope, step_size, angle, sum, signal, trial, seed, max_steps, runs, progress))]
#[allow(clippy::too_many_arguments, reason = "keywords of Python")]
pub(crate) fn compare<'py>(
    py: Python<'py>,
    algorithms: &str,
    patch_dim: Size,
    patches: Size,
    sum_ratio: f64,
    scale_ratio: f64,
    negative_slope: f64,
    step_size: Vec<f64>,
    angle: Option<f64>,
    sum: Option<f64>,
    signal: Option<f64>,
    trial: u64,
    seed: u64,
    max_steps: u64,
    runs: Option<u64>,
    progress: Option<Py<PyAny>>,
) -> PyResult<Answer<'py>> {
    let cell = cell(patch_dim, patches, sum_ratio, scale_ratio)?.with_activation(leaky(negative_slope)?);
    let comparison = Comparison {
        angle,
        sum,
        signal,
        seed,
        trial,
        max_steps,
        runs,
        ..Comparison::new(cell, &parsed(algorithms)?, &step_size)
    };
    let (start, rows) = compute(py, progress, None, |monitor: &dyn Monitor| comparison.run(monitor))?
        .map_err(|error| refused(&error))?;
    let json = serde_json::to_string(&rows).unwrap_or_default();
    let columns = Columns::of(&Compared::table(&rows)).to_python(py)?;
    let trajectories = rows.iter().map(|row| Columns::of(&row.run.table()).to_python(py));
    let text = without_style(&spurious_cli::compare_summary(&rows, &start, WIDTH));
    Ok((
        [start.angle(), start.sum, start.signal],
        json,
        columns,
        trajectories.collect::<Result<_, _>>()?,
        text,
    ))
}

/// The student after some steps.
#[pyfunction]
#[pyo3(signature = (teacher_filter, teacher_output_weights, filter, output_weights, *, algorithm, step_size, steps, negative_slope))]
#[allow(clippy::too_many_arguments, reason = "keywords of Python")]
pub(crate) fn descend<'py>(
    py: Python<'py>,
    teacher_filter: Vector<'py>,
    teacher_output_weights: Vector<'py>,
    filter: Vector<'py>,
    output_weights: Vector<'py>,
    algorithm: &str,
    step_size: f64,
    steps: u64,
    negative_slope: f64,
) -> PyResult<(Numbers<'py>, Numbers<'py>)> {
    let (teacher, student) =
        pair((teacher_filter, teacher_output_weights), (filter, output_weights), negative_slope)?;
    let algorithm = parsed(algorithm)?[0];
    let moved = compute(py, None, None, |monitor: &dyn Monitor| {
        full::descended(&teacher, &student, &algorithm, step_size, steps, monitor)
    })?
    .map_err(|error| refused(&error))?;
    let (filter, output_weights) = (moved.filter().to_vec(), moved.output_weights().to_vec());
    Ok((filter.into_pyarray(py), output_weights.into_pyarray(py)))
}
