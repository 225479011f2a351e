//! The page that computes by itself.

use pyo3::prelude::*;
use spurious_web::Opening;

use crate::cell::Size;
use crate::error::refused;

/// The page as one file, and the state with which it opens.
#[pyfunction]
#[pyo3(signature = (*, patch_dim, patches, sum_ratio, scale_ratio, negative_slope, step_size, flow, angle, sum, signal, trial, seed, algorithms, view))]
#[allow(clippy::too_many_arguments, reason = "keywords of Python")]
pub(crate) fn explore(
    patch_dim: Option<Size>,
    patches: Option<Size>,
    sum_ratio: Option<f64>,
    scale_ratio: Option<f64>,
    negative_slope: Option<f64>,
    step_size: Option<f64>,
    flow: bool,
    angle: Option<f64>,
    sum: Option<f64>,
    signal: Option<f64>,
    trial: Option<u64>,
    seed: u64,
    algorithms: Vec<String>,
    view: Option<String>,
) -> PyResult<(String, String)> {
    let opening = Opening {
        patch_dim: patch_dim.map(Size::get),
        patches: patches.map(Size::get),
        sum_ratio,
        scale_ratio,
        negative_slope,
        step_size: if flow { Some(None) } else { step_size.map(Some) },
        angle,
        sum,
        signal,
        trial,
        seed: trial.map(|_| seed),
        algorithms,
        view,
    };
    let state = opening.state().map_err(|error| refused(&error))?;
    Ok((opening.page().map_err(|error| refused(&error))?, state))
}
