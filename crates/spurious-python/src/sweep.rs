//! Monte Carlo over a grid, with a folder to go on from.

use std::ops::ControlFlow;
use std::path::PathBuf;

use pyo3::exceptions::PyKeyboardInterrupt;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict};
use spurious::Monitor;
use spurious::ensemble::CellEstimate;
use spurious_sweep::{End, Error, Merge, Shard, ShardFiles, Sweep, SweepSettings};

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
    let settings = parsed(settings)?;
    let shard = shard.map_or(Ok(Shard::WHOLE), numbered)?;
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

/// The number of shards of a sweep, and those that are not complete in its folder.
#[pyfunction]
#[pyo3(signature = (settings, *, out, shards, force, progress))]
pub(crate) fn unfinished_shards<'py>(
    py: Python<'py>,
    settings: &str,
    out: PathBuf,
    shards: Option<u64>,
    force: bool,
    progress: Option<Py<PyAny>>,
) -> PyResult<(u64, Vec<(String, Files<'py>)>)> {
    let settings = parsed(settings)?;
    let (of, unfinished) = compute(py, progress, None, |monitor: &dyn Monitor| {
        ShardFiles::unfinished(settings, shards, &out, force, monitor)
    })?
    .map_err(|error| sweep_failed(&error))?;
    let shard = |begun: ShardFiles| (begun.shard.to_string(), to_python(py, begun));
    Ok((of, unfinished.into_iter().map(shard).collect()))
}

/// Completes a shard of which some files are there, and returns its files.
#[pyfunction]
pub(crate) fn run_shard<'py>(
    py: Python<'py>,
    settings: &str,
    shard: &str,
    files: Vec<(String, Vec<u8>)>,
) -> PyResult<Files<'py>> {
    let settings = parsed(settings)?;
    let begun = ShardFiles { shard: numbered(shard)?, files };
    let done = compute(py, None, None, |monitor: &dyn Monitor| begun.run(settings, monitor))?;
    Ok(to_python(py, done.map_err(|error| sweep_failed(&error))?))
}

/// Writes the files of a shard into the folder of its sweep.
#[pyfunction]
pub(crate) fn keep_shard(
    py: Python<'_>,
    out: PathBuf,
    shard: &str,
    files: Vec<(String, Vec<u8>)>,
) -> PyResult<()> {
    let done = ShardFiles { shard: numbered(shard)?, files };
    py.detach(|| done.write(&out)).map_err(|error| sweep_failed(&error))
}

/// Files by their paths in the folder of a sweep.
type Files<'py> = Vec<(String, Bound<'py, PyBytes>)>;

fn to_python(py: Python<'_>, shard: ShardFiles) -> Files<'_> {
    shard.files.into_iter().map(|(name, bytes)| (name, PyBytes::new(py, &bytes))).collect()
}

fn parsed(settings: &str) -> PyResult<SweepSettings> {
    serde_json::from_str(settings).map_err(|error| SpuriousError::new_err(error.to_string()))
}

fn numbered(shard: &str) -> PyResult<Shard> {
    shard.parse().map_err(SpuriousError::new_err)
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
    let mut table = CellEstimate::table(&settings.observe(), settings.exact, settings.has_leak(), DECIMALS);
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
