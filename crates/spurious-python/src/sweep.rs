//! Monte Carlo over a grid, with a folder to go on from.

use std::ops::ControlFlow;
use std::path::PathBuf;

use pyo3::exceptions::PyKeyboardInterrupt;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use spurious::Monitor;
use spurious::ensemble::CellEstimate;
use spurious_sweep::{End, Error, Merge, Shard, Sweep, SweepSettings};

use crate::compute::compute;
use crate::error::{SpuriousError, sweep_failed};
use crate::table::{Columns, WIDTH};

/// Decimals of an estimate in text.
const DECIMALS: usize = 6;

/// The rows of a sweep, its settings as JSON, and a table as text. A shard has no rows.
type Answer<'py> = (Bound<'py, PyDict>, String, String);

/// Runs a sweep whose settings are given as JSON.
#[pyfunction]
#[pyo3(signature = (settings, *, out, shard, force, progress))]
pub(crate) fn sweep<'py>(
    py: Python<'py>,
    settings: &str,
    out: Option<PathBuf>,
    shard: Option<&str>,
    force: bool,
    progress: Option<Py<PyAny>>,
) -> PyResult<Answer<'py>> {
    let settings: SweepSettings =
        serde_json::from_str(settings).map_err(|error| SpuriousError::new_err(error.to_string()))?;
    let shard = match shard {
        Some(text) => text.parse::<Shard>().map_err(SpuriousError::new_err)?,
        None => Shard::WHOLE,
    };
    if out.is_none() && !shard.is_whole() {
        return Err(SpuriousError::new_err("a shard keeps its runs in a folder: name it with out"));
    }
    let used = settings.clone();
    let (rows, end) = compute(py, progress, None, |monitor: &dyn Monitor| {
        let sweep = match &out {
            Some(folder) => Sweep::open(settings, shard, folder, force, monitor)?,
            None => Sweep::new(settings)?,
        };
        collected(|row| sweep.run(row, monitor))
    })?
    .map_err(|error| sweep_failed(&error))?;
    answer(py, &used, &rows, end)
}

/// Puts the shards of a sweep together.
#[pyfunction]
#[pyo3(signature = (folders, *, out, force, progress))]
pub(crate) fn merge<'py>(
    py: Python<'py>,
    folders: Vec<PathBuf>,
    out: PathBuf,
    force: bool,
    progress: Option<Py<PyAny>>,
) -> PyResult<Answer<'py>> {
    let (settings, (rows, end)) = compute(py, progress, None, |monitor: &dyn Monitor| {
        let merge = Merge::open(&folders, &out, force, monitor)?;
        let settings = merge.plan().settings().clone();
        Ok((settings, collected(|row| merge.run(row, monitor))?))
    })?
    .map_err(|error: Error| sweep_failed(&error))?;
    answer(py, &settings, &rows, end)
}

/// The rows that something hands over while it runs.
fn collected(
    run: impl FnOnce(&mut dyn FnMut(&CellEstimate) -> ControlFlow<()>) -> Result<End, Error>,
) -> Result<(Vec<CellEstimate>, End), Error> {
    let mut rows = Vec::new();
    let end = run(&mut |row| {
        rows.push(row.clone());
        ControlFlow::Continue(())
    })?;
    Ok((rows, end))
}

fn answer<'py>(
    py: Python<'py>,
    settings: &SweepSettings,
    rows: &[CellEstimate],
    end: End,
) -> PyResult<Answer<'py>> {
    // Only Ctrl-C stops a sweep, and that was raised already.
    if let End::Stopped(_) = end {
        return Err(PyKeyboardInterrupt::new_err(()));
    }
    let mut table = CellEstimate::table(&settings.observe(), settings.exact, DECIMALS);
    let mut shown = table.clone();
    for (number, row) in rows.iter().enumerate() {
        table.push(row.fields(settings.exact));
        // More would only scroll past.
        if number < 20 {
            shown.push(row.fields(settings.exact));
        }
    }
    let json = serde_json::to_string(settings).unwrap_or_default();
    Ok((Columns::of(&table).to_python(py)?, json, shown.fitted(WIDTH)))
}
