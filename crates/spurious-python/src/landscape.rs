//! All critical points.

use pyo3::prelude::*;
use spurious::WeightShape;

use crate::cell::{Size, leaky};
use crate::error::refused;
use crate::table::WIDTH;

/// The landscape as JSON and as text.
#[pyfunction]
#[pyo3(signature = (*, patches, sum_ratio, patch_dim, negative_slope))]
pub(crate) fn landscape(
    py: Python<'_>,
    patches: Size,
    sum_ratio: f64,
    patch_dim: Size,
    negative_slope: f64,
) -> PyResult<(String, String)> {
    let activation = leaky(negative_slope)?;
    py.detach(|| {
        let shape = WeightShape::new(patches.get(), sum_ratio)?.with_activation(activation);
        let landscape = spurious::landscape(patch_dim.get(), &shape)?;
        let json = serde_json::to_string(&landscape).unwrap_or_default();
        Ok((json, spurious_cli::landscape_summary(&landscape, WIDTH)))
    })
    .map_err(|error: spurious::Error| refused(&error))
}
