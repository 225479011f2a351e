//! One run and its trajectory.

use pyo3::prelude::*;
use pyo3::types::PyDict;
use spurious::Monitor;
use spurious::dynamics::run::Recording;
use spurious::dynamics::trace::Trace;

use crate::algorithm::parsed;
use crate::cell::{Size, cell, leaky};
use crate::compute::compute;
use crate::error::{SpuriousError, refused};
use crate::table::{Columns, WIDTH, without_style};

/// The longest trajectory that is kept.
const MOST_RECORDS: u64 = 10_000_000;
/// The largest network whose numbers are all carried.
const MOST_NUMBERS: usize = 10_000_000;

/// The run as JSON, its start, its trajectory, and the run as text.
#[pyfunction]
#[pyo3(signature = (*, patch_dim, patches, sum_ratio, scale_ratio, negative_slope, step_size, algorithm, full, angle, sum, signal, trial, seed, max_steps, max_time, record_every, progress))]
#[allow(clippy::too_many_arguments, reason = "keywords of Python")]
pub(crate) fn trace<'py>(
    py: Python<'py>,
    patch_dim: Size,
    patches: Size,
    sum_ratio: f64,
    scale_ratio: f64,
    negative_slope: f64,
    step_size: Option<f64>,
    algorithm: &str,
    full: bool,
    angle: Option<f64>,
    sum: Option<f64>,
    signal: Option<f64>,
    trial: u64,
    seed: u64,
    max_steps: u64,
    max_time: f64,
    record_every: Option<u64>,
    progress: Option<Py<PyAny>>,
) -> PyResult<(String, [f64; 3], Bound<'py, PyDict>, String)> {
    let cell = cell(patch_dim, patches, sum_ratio, scale_ratio)?.with_activation(leaky(negative_slope)?);
    check_records(record_every, if step_size.is_some() { max_steps } else { 0 })?;
    let algorithm = parsed(algorithm)?[0];
    let numbers = cell.patch_dim() + cell.shape().patches();
    if full && numbers > MOST_NUMBERS {
        return Err(SpuriousError::new_err(format!(
            "full=True would carry {numbers} numbers: at most {MOST_NUMBERS}; leave it out, five numbers give the same run"
        )));
    }
    let recording = record_every.map_or(Recording::PerDecade(100), Recording::Every);
    let trace = Trace {
        cell,
        step_size,
        algorithm,
        full,
        angle,
        sum,
        signal,
        seed,
        trial,
        max_steps,
        max_time,
        recording,
    };
    let (run, start) = compute(py, progress, None, |monitor: &dyn Monitor| trace.run(monitor))?
        .map_err(|error| refused(&error))?;
    let json = serde_json::to_string(&run).unwrap_or_default();
    let text = without_style(&spurious_cli::trace_summary(&run, &start, step_size, WIDTH));
    let trajectory = Columns::of(&run.table()).to_python(py)?;
    Ok((json, [start.angle(), start.sum, start.signal], trajectory, text))
}

/// Refuses a trajectory that would not fit into memory.
pub(crate) fn check_records(record_every: Option<u64>, max_steps: u64) -> PyResult<()> {
    match record_every {
        Some(0) => Err(SpuriousError::new_err("record_every 0 is not a whole number from 1 on")),
        Some(every) if max_steps / every > MOST_RECORDS => Err(SpuriousError::new_err(format!(
            "recording every {every} of {max_steps} steps would take more memory than there may be: at most {MOST_RECORDS} records"
        ))),
        _ => Ok(()),
    }
}
