//! Data of a planted teacher.

use numpy::ndarray::Array2;
use numpy::{IntoPyArray, PyArray1};
use pyo3::prelude::*;
use spurious::Monitor;
use spurious::fit::{Inputs, Planted};

use crate::cell::{Size, cell, leaky};
use crate::compute::compute;
use crate::error::{SpuriousError, refused};

/// Numbers that are made between two looks at Ctrl-C.
const BLOCK_VALUES: usize = 1 << 20;
/// Numbers that one array may have (128 GB).
const MOST_VALUES: usize = 1 << 34;

/// Rows, labels, and the teacher as JSON.
#[pyfunction]
#[pyo3(signature = (*, patch_dim, patches, sum_ratio, scale_ratio, negative_slope, filters, samples, noise, inputs, seed, single, first, progress))]
#[allow(clippy::too_many_arguments, reason = "keywords of Python")]
pub(crate) fn generate<'py>(
    py: Python<'py>,
    patch_dim: Size,
    patches: Size,
    sum_ratio: f64,
    scale_ratio: f64,
    negative_slope: f64,
    filters: usize,
    samples: usize,
    noise: f64,
    inputs: &str,
    seed: u64,
    single: bool,
    first: u64,
    progress: Option<Py<PyAny>>,
) -> PyResult<(Bound<'py, PyAny>, Bound<'py, PyArray1<f64>>, String)> {
    let cell = cell(patch_dim, patches, sum_ratio, scale_ratio)?.with_activation(leaky(negative_slope)?);
    let inputs: Inputs =
        serde_json::from_str(inputs).map_err(|error| SpuriousError::new_err(error.to_string()))?;
    let planted =
        Planted::of_several(&cell, filters, inputs, noise, seed).map_err(|error| refused(&error))?;
    let width = planted.width();
    if samples.checked_mul(width).is_none_or(|values| values > MOST_VALUES) {
        return Err(SpuriousError::new_err(format!(
            "{samples} samples of {width} numbers are too many for one array: make them in parts, with first"
        )));
    }
    let teacher = serde_json::to_string(&planted.network().written()).unwrap_or_default();
    let made = compute(py, progress, None, |monitor: &dyn Monitor| {
        let (mut rows_single, mut rows_double) = match single {
            true => (vec![0.0_f32; samples * width], Vec::new()),
            false => (Vec::new(), vec![0.0_f64; samples * width]),
        };
        let mut target = vec![0.0; samples];
        let at_once = (BLOCK_VALUES / width).max(1);
        monitor.begin("rows", Some(samples as u64));
        for (number, labels) in target.chunks_mut(at_once).enumerate() {
            monitor.check()?;
            let (from, count) = (number * at_once, labels.len());
            let values = from * width..(from + count) * width;
            match single {
                true => planted.fill_single(first + from as u64, &mut rows_single[values], labels)?,
                false => planted.fill(first + from as u64, &mut rows_double[values], labels)?,
            }
            monitor.advance(count as u64);
        }
        Ok((rows_single, rows_double, target))
    })?;
    let (rows_single, rows_double, target) = made.map_err(|error: spurious::Error| refused(&error))?;
    let shaped = "as many as there are";
    let rows = match single {
        true => {
            Array2::from_shape_vec((samples, width), rows_single).expect(shaped).into_pyarray(py).into_any()
        }
        false => {
            Array2::from_shape_vec((samples, width), rows_double).expect(shaped).into_pyarray(py).into_any()
        }
    };
    Ok((rows, target.into_pyarray(py), teacher))
}
