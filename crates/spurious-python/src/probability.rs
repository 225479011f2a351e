//! Exact success probabilities, of one cell or of a map.

use numpy::PyReadonlyArray1;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use rayon::prelude::*;
use spurious::probability::{ProbabilityAnswer, ProbabilityQuestion};
use spurious::{Cell, Error, Monitor, Quadrature};

use crate::array::numbers;
use crate::cell::{leaky, size};
use crate::compute::compute;
use crate::error::refused;
use crate::table::{Columns, WIDTH};

/// Answers that become rows of a table at once.
const AT_ONCE: usize = 1024;

/// The columns of the answers, and a table as text if there are few. The arrays have the same length; a cell whose sum ratio exceeds
/// its number of patches is left out of the computation with `skip_impossible`, and not in the columns: the second value says which.
#[pyfunction]
#[pyo3(signature = (patch_dim, patches, sum_ratio, scale_ratio, negative_slope, step_size, *, tolerance, confidence, limit_within, runs, skip_impossible, seed, progress))]
#[allow(clippy::too_many_arguments, reason = "keywords of Python")]
#[allow(clippy::needless_pass_by_value, reason = "arrays of Python")]
pub(crate) fn probability<'py>(
    py: Python<'py>,
    patch_dim: PyReadonlyArray1<'py, i64>,
    patches: PyReadonlyArray1<'py, i64>,
    sum_ratio: PyReadonlyArray1<'py, f64>,
    scale_ratio: PyReadonlyArray1<'py, f64>,
    negative_slope: PyReadonlyArray1<'py, f64>,
    step_size: Option<PyReadonlyArray1<'py, f64>>,
    tolerance: f64,
    confidence: f64,
    limit_within: Option<f64>,
    runs: Option<u64>,
    skip_impossible: bool,
    seed: u64,
    progress: Option<Py<PyAny>>,
) -> PyResult<(Bound<'py, PyDict>, Vec<usize>, String)> {
    let question = (|| {
        let quadrature = Quadrature::to(tolerance)?;
        let question = ProbabilityQuestion { quadrature, confidence, limit_within, runs, seed };
        question.check().map(|()| question)
    })()
    .map_err(|error| refused(&error))?;
    let (patch_dim, patches) = (numbers(&patch_dim)?, numbers(&patches)?);
    let (sum_ratio, scale_ratio) = (numbers(&sum_ratio)?, numbers(&scale_ratio)?);
    let negative_slope = numbers(&negative_slope)?;
    let step_size = step_size.as_ref().map(numbers).transpose()?;

    let mut cells: Vec<(usize, Cell, Option<f64>)> = Vec::new();
    for i in 0..patches.len() {
        if skip_impossible && sum_ratio[i] > patches[i] as f64 {
            continue;
        }
        let (p, k) = (size("patch dimension", patch_dim[i])?, size("number of patches", patches[i])?);
        let cell = Cell::new(p, k, sum_ratio[i], scale_ratio[i]).map_err(|error| refused(&error))?;
        let cell = cell.with_activation(leaky(negative_slope[i])?);
        let step_size = step_size.map(|steps| steps[i]);
        if let Some(step_size) = step_size {
            cell.shape().check_step_size(step_size).map_err(|error| refused(&error))?;
        }
        cells.push((i, cell, step_size));
    }

    let answers = compute(py, progress, None, |monitor: &dyn Monitor| {
        let (stage, units) = match runs {
            Some(runs) => ("runs", runs.saturating_mul(cells.len() as u64)),
            None => ("cells", cells.len() as u64),
        };
        monitor.begin(stage, Some(units));
        let answer = |(number, cell, step_size): &(usize, Cell, Option<f64>)| {
            let answer = ProbabilityAnswer::new(cell, *step_size, *number as u64, &question, monitor);
            monitor.advance(u64::from(runs.is_none()));
            answer
        };
        cells.par_iter().with_max_len(1).map(answer).collect::<Result<Vec<_>, Error>>()
    })?
    .map_err(|error| refused(&error))?;

    let mut columns = Columns::default();
    let no_answers = ProbabilityAnswer::table(&[], &question);
    columns.extend(&no_answers);
    answers.chunks(AT_ONCE).for_each(|answers| columns.extend(&ProbabilityAnswer::table(answers, &question)));
    // More would only scroll past.
    let shown = &answers[..answers.len().min(20)];
    let text = ProbabilityAnswer::table(shown, &question).fitted(WIDTH);
    Ok((columns.to_python(py)?, cells.iter().map(|(number, ..)| *number).collect(), text))
}
