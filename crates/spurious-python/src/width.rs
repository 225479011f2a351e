//! How often students of several filters recover the teacher.

use pyo3::prelude::*;
use pyo3::types::PyDict;
use spurious::dynamics::run::Recording;
use spurious::width::{Convergence, OutputScale, WidthEnsemble, WidthExperiment, WidthRow};
use spurious::{Error, Monitor};

use crate::cell::{Size, cell, leaky};
use crate::compute::compute;
use crate::error::{SpuriousError, refused};
use crate::table::{Columns, WIDTH, without_style};
use crate::trace::check_records;

/// So many trapped runs of each width are followed, as by the program.
const TRAPPED: u64 = 1000;

/// The columns of the results, one row for each number of filters, the traps of each as JSON, and all of it as text.
#[pyfunction]
#[pyo3(signature = (
    *, patch_dim, patches, sum_ratio, scale_ratio, negative_slope, filters, step_size, runs, output_weights, traps, seed, progress
))]
#[allow(clippy::too_many_arguments, reason = "keywords of Python")]
pub(crate) fn width<'py>(
    py: Python<'py>,
    patch_dim: Size,
    patches: Size,
    sum_ratio: f64,
    scale_ratio: f64,
    negative_slope: f64,
    filters: Vec<usize>,
    step_size: f64,
    runs: u64,
    output_weights: &str,
    traps: bool,
    seed: u64,
    progress: Option<Py<PyAny>>,
) -> PyResult<(Bound<'py, PyDict>, String, String)> {
    let cell = cell(patch_dim, patches, sum_ratio, scale_ratio)?.with_activation(leaky(negative_slope)?);
    let scale = scale_of(output_weights)?;
    let rows = compute(py, progress, None, |monitor: &dyn Monitor| {
        let experiment = WidthExperiment::new(cell, scale, step_size, runs, seed)?;
        let experiment = if traps { experiment.with_traps(TRAPPED) } else { experiment };
        filters.iter().try_for_each(|&filters| experiment.ensemble(filters).map(|_| ()))?;
        let single = experiment.single_probability(monitor)?;
        monitor.begin("runs", Some(runs.saturating_mul(filters.len() as u64)));
        filters
            .iter()
            .map(|&filters| experiment.row(filters, single, monitor))
            .collect::<Result<Vec<WidthRow>, Error>>()
    })?
    .map_err(|error: Error| refused(&error))?;
    let traps: Vec<_> = rows.iter().map(|row| row.traps.as_deref().unwrap_or_default()).collect();
    let traps = serde_json::to_string(&traps).unwrap_or_default();
    let text = spurious_cli::width_summary(&rows, WIDTH);
    Ok((Columns::of(&WidthRow::table(&rows)).to_python(py)?, traps, text))
}

fn scale_of(output_weights: &str) -> PyResult<OutputScale> {
    match output_weights {
        "divided" => Ok(OutputScale::Divided),
        "whole" => Ok(OutputScale::Whole),
        other => {
            Err(SpuriousError::new_err(format!("output_weights is {other:?}: use \"divided\" or \"whole\"")))
        }
    }
}

/// One run of a student with several filters as JSON, its trajectory, and the run as text.
#[pyfunction]
#[pyo3(signature = (
    *, patch_dim, patches, sum_ratio, scale_ratio, negative_slope, filters, step_size, output_weights, trial, seed, max_steps,
    record_every, progress
))]
#[allow(clippy::too_many_arguments, reason = "keywords of Python")]
pub(crate) fn trace_width<'py>(
    py: Python<'py>,
    patch_dim: Size,
    patches: Size,
    sum_ratio: f64,
    scale_ratio: f64,
    negative_slope: f64,
    filters: usize,
    step_size: f64,
    output_weights: &str,
    trial: u64,
    seed: u64,
    max_steps: u64,
    record_every: Option<u64>,
    progress: Option<Py<PyAny>>,
) -> PyResult<(String, Bound<'py, PyDict>, String)> {
    let cell = cell(patch_dim, patches, sum_ratio, scale_ratio)?.with_activation(leaky(negative_slope)?);
    let scale = scale_of(output_weights)?;
    check_records(record_every, max_steps)?;
    let recording = record_every.map_or(Recording::PerDecade(100), Recording::Every);
    let run = compute(py, progress, None, |monitor: &dyn Monitor| {
        let convergence = Convergence { most_steps: max_steps, ..Convergence::default() };
        let ensemble =
            WidthEnsemble::new(cell, filters, scale, step_size, seed)?.with_convergence(convergence);
        ensemble.trace(trial, recording, monitor)
    })?
    .map_err(|error: Error| refused(&error))?;
    let json = serde_json::to_string(&run).unwrap_or_default();
    let text = without_style(&spurious_cli::wide_trace_summary(&run, WIDTH));
    Ok((json, Columns::of(&run.table()).to_python(py)?, text))
}
