//! A fitted model: predictions, and what they consist of.

use numpy::IntoPyArray;
use numpy::PyReadonlyArray1;
use numpy::ndarray::Array2;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyType};
use spurious::fit::{InMemory, Rows, Values, explain, predict};

use crate::array::{Matrix, numbers};
use crate::compute::compute;
use crate::error::{SpuriousError, refused};
use crate::table::{Columns, WIDTH};

/// A fitted model.
#[pyclass(frozen, module = "spurious._spurious")]
#[derive(Debug, PartialEq)]
pub(crate) struct Model(pub(crate) spurious::fit::Model);

#[pymethods]
impl Model {
    /// Reads a model back and checks it.
    #[classmethod]
    #[pyo3(signature = (text, /))]
    fn from_json(_: &Bound<'_, PyType>, text: &str) -> PyResult<Self> {
        spurious::fit::Model::from_json(text).map(Self).map_err(|error| refused(&error))
    }

    /// The model as the text that the program writes.
    fn to_json(&self) -> String {
        self.0.to_json()
    }

    /// What the model predicts for some rows: with `raw` the values of its network, else predictions, or chances where it was fitted by
    /// logistic loss.
    #[pyo3(signature = (values, /, *, raw))]
    #[allow(clippy::needless_pass_by_value, reason = "an array of Python")]
    fn predict<'py>(&self, py: Python<'py>, values: Matrix<'py>, raw: bool) -> PyResult<Bound<'py, PyAny>> {
        let model = &self.0;
        let [samples, width] = values.shape();
        if width != model.windows.width() {
            return Err(SpuriousError::new_err(format!(
                "rows have {width} numbers: the model was fitted to rows of {}",
                model.windows.width()
            )));
        }
        let scores = model.network.scores();
        if samples == 0 {
            return shaped(py, Vec::new(), scores);
        }
        let values = values.values()?;
        let predictions = compute(py, None, None, |_| {
            let complete = completed(values, model.column_means.as_deref());
            let target = vec![0.0; samples];
            let values = complete.as_deref().map_or(values, Values::F64);
            let rows = Rows { values, stride: width, target: &target, weights: None };
            // Names the first number that is not finite.
            InMemory::new(rows, model.windows.clone())?;
            let mut predictions = predict(rows, &model.windows, &model.network)?;
            if !raw {
                let loss = model.loss;
                if loss.classes().is_some() {
                    predictions =
                        predictions.chunks_exact(scores).flat_map(|scores| loss.chances(scores)).collect();
                } else {
                    predictions
                        .iter_mut()
                        .for_each(|value| *value = loss.probability(*value).unwrap_or(*value));
                }
            }
            Ok(predictions)
        })?
        .map_err(|error: spurious::Error| refused(&error))?;
        if let Some(row) = predictions.iter().position(|value| !value.is_finite()) {
            return Err(SpuriousError::new_err(format!(
                "row {} (counted from 0): the prediction overflowed",
                row / scores
            )));
        }
        shaped(py, predictions, scores)
    }

    /// What each patch of a row contributes, as JSON, as columns and as text. Of several classes one is explained.
    #[pyo3(signature = (row, /, *, class_number))]
    #[allow(clippy::needless_pass_by_value, reason = "an array of Python")]
    fn explain<'py>(
        &self,
        py: Python<'py>,
        row: PyReadonlyArray1<'py, f64>,
        class_number: usize,
    ) -> PyResult<(String, Bound<'py, PyDict>, String)> {
        let model = &self.0;
        let row = numbers(&row)?;
        let row = completed(Values::F64(row), model.column_means.as_deref()).unwrap_or_else(|| row.to_vec());
        if let Some(column) = row.iter().position(|value| !value.is_finite()) {
            let (value, name) = (row[column], model.columns.get(column).map_or("?", String::as_str));
            return Err(SpuriousError::new_err(format!("column '{name}' is {value}, not a finite number")));
        }
        let network = model.network.of_class(class_number);
        let explanation =
            explain(&row, &model.windows, &network, &model.columns).map_err(|error| refused(&error))?;
        let json = serde_json::to_string(&explanation).unwrap_or_default();
        let table = explanation.table();
        Ok((json, Columns::of(&table).to_python(py)?, table.fitted(WIDTH)))
    }

    fn __eq__(&self, other: &Bound<'_, PyAny>) -> bool {
        other.cast::<Self>().is_ok_and(|other| self.0 == other.get().0)
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<(Bound<'py, PyAny>, (String,))> {
        Ok((py.get_type::<Self>().getattr("from_json")?, (self.to_json(),)))
    }
}

/// The values with the mean of its column in the place of each that is missing, if some are and there are means.
fn completed(values: Values<'_>, means: Option<&[f64]>) -> Option<Vec<f64>> {
    let means = means?;
    let (is_complete, mut complete): (bool, Vec<f64>) = match values {
        Values::F64(values) if values.iter().all(|value| !value.is_nan()) => (true, Vec::new()),
        Values::F32(values) if values.iter().all(|value| !value.is_nan()) => (true, Vec::new()),
        Values::F64(values) => (false, values.to_vec()),
        Values::F32(values) => (false, values.iter().map(|&value| f64::from(value)).collect()),
    };
    for row in complete.chunks_mut(means.len()) {
        row.iter_mut()
            .zip(means)
            .filter(|(value, _)| value.is_nan())
            .for_each(|(value, mean)| *value = *mean);
    }
    (!is_complete).then_some(complete)
}

/// One number for each row, or one for each of several classes.
fn shaped(py: Python<'_>, numbers: Vec<f64>, scores: usize) -> PyResult<Bound<'_, PyAny>> {
    if scores == 1 {
        return Ok(numbers.into_pyarray(py).into_any());
    }
    let rows = numbers.len() / scores;
    let table = Array2::from_shape_vec((rows, scores), numbers);
    Ok(table.map_err(|error| SpuriousError::new_err(error.to_string()))?.into_pyarray(py).into_any())
}
