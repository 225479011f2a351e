//! All critical points.

use pyo3::prelude::*;
use spurious::WeightShape;

use crate::cell::Size;
use crate::error::refused;
use crate::table::WIDTH;

/// The landscape as JSON and as text.
#[pyfunction]
#[pyo3(signature = (*, patches, sum_ratio, patch_dim))]
pub(crate) fn landscape(
    py: Python<'_>,
    patches: Size,
    sum_ratio: f64,
    patch_dim: Size,
) -> PyResult<(String, String)> {
    py.detach(|| {
        let shape = WeightShape::new(patches.get(), sum_ratio)?;
        let landscape = spurious::landscape(patch_dim.get(), &shape)?;
        let json = serde_json::to_string(&landscape).unwrap_or_default();
        Ok((json, spurious_cli::landscape_summary(&landscape, WIDTH)))
    })
    .map_err(|error: spurious::Error| refused(&error))
}
