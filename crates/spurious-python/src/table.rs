//! Tables of the library as columns of NumPy.

use numpy::IntoPyArray;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};
use spurious::export::{Table, Value};

/// Columns by their keys, one after the other: whole numbers where all are, text where one is, and else numbers, with NaN for what is
/// missing.
#[derive(Debug, Default)]
pub(crate) struct Columns {
    columns: Vec<(String, Vec<Value>)>,
}

impl Columns {
    /// The columns of a table.
    pub(crate) fn of(table: &Table) -> Self {
        let mut columns = Self::default();
        columns.extend(table);
        columns
    }

    /// Adds the rows of a table with the same columns.
    pub(crate) fn extend(&mut self, table: &Table) {
        if self.columns.is_empty() {
            self.columns = table.columns().iter().map(|column| (column.key.clone(), Vec::new())).collect();
        }
        for row in table.rows() {
            for ((_, values), value) in self.columns.iter_mut().zip(row) {
                values.push(value.clone());
            }
        }
    }

    /// As a dictionary of arrays.
    pub(crate) fn to_python<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let dictionary = PyDict::new(py);
        for (key, values) in &self.columns {
            dictionary.set_item(key, array(py, values)?)?;
        }
        Ok(dictionary)
    }
}

fn array<'py>(py: Python<'py>, values: &[Value]) -> PyResult<Bound<'py, PyAny>> {
    if values.iter().any(|value| matches!(value, Value::Text(_))) {
        return Ok(PyList::new(py, values.iter().map(ToString::to_string))?.into_any());
    }
    let counts: Option<Vec<i64>> = values
        .iter()
        .map(|value| match value {
            Value::Count(count) => i64::try_from(*count).ok(),
            _ => None,
        })
        .collect();
    Ok(match counts {
        Some(counts) if !counts.is_empty() => counts.into_pyarray(py).into_any(),
        _ => values.iter().map(Value::as_f64).collect::<Vec<_>>().into_pyarray(py).into_any(),
    })
}

/// Text for a console, without what terminals take for colours.
pub(crate) fn without_style(text: &str) -> String {
    anstream::adapter::strip_str(text).to_string()
}

/// Columns that text takes.
pub(crate) const WIDTH: usize = 80;
