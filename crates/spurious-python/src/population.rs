//! Loss, gradient and Hessian at a point, of the population.

use numpy::ndarray::Array2;
use numpy::{IntoPyArray, PyArray1, PyArray2, PyReadonlyArray1, ToPyArray};
use pyo3::prelude::*;
use spurious::{Student, Teacher, population};

use crate::array::numbers;
use crate::cell::leaky;
use crate::error::refused;

pub(crate) type Vector<'py> = PyReadonlyArray1<'py, f64>;
pub(crate) type Numbers<'py> = Bound<'py, PyArray1<f64>>;

/// Teacher and student of the same shape.
pub(crate) fn pair(
    teacher: (Vector<'_>, Vector<'_>),
    student: (Vector<'_>, Vector<'_>),
    negative_slope: f64,
) -> PyResult<(Teacher, Student)> {
    let vector = |array: &Vector<'_>| numbers(array).map(<[f64]>::to_vec);
    let teacher = Teacher::new(vector(&teacher.0)?, vector(&teacher.1)?);
    let student = Student::new(vector(&student.0)?, vector(&student.1)?);
    let teacher = teacher.map_err(|error| refused(&error))?.with_activation(leaky(negative_slope)?);
    Ok((teacher, student.map_err(|error| refused(&error))?))
}

/// The population loss of a student.
#[pyfunction]
#[pyo3(signature = (teacher_filter, teacher_output_weights, filter, output_weights, *, negative_slope))]
pub(crate) fn population_loss(
    teacher_filter: Vector<'_>,
    teacher_output_weights: Vector<'_>,
    filter: Vector<'_>,
    output_weights: Vector<'_>,
    negative_slope: f64,
) -> PyResult<f64> {
    let (teacher, student) =
        pair((teacher_filter, teacher_output_weights), (filter, output_weights), negative_slope)?;
    population::population_loss(&teacher, &student).map_err(|error| refused(&error))
}

/// Its gradient, by the filter and by the output weights.
#[pyfunction]
#[pyo3(signature = (teacher_filter, teacher_output_weights, filter, output_weights, *, negative_slope))]
pub(crate) fn gradient<'py>(
    py: Python<'py>,
    teacher_filter: Vector<'py>,
    teacher_output_weights: Vector<'py>,
    filter: Vector<'py>,
    output_weights: Vector<'py>,
    negative_slope: f64,
) -> PyResult<(Numbers<'py>, Numbers<'py>)> {
    let (teacher, student) =
        pair((teacher_filter, teacher_output_weights), (filter, output_weights), negative_slope)?;
    let gradient = population::gradient(&teacher, &student).map_err(|error| refused(&error))?;
    Ok((gradient.filter.into_pyarray(py), gradient.output_weights.into_pyarray(py)))
}

/// Its Hessian.
#[pyfunction]
#[pyo3(signature = (teacher_filter, teacher_output_weights, filter, output_weights, *, negative_slope))]
pub(crate) fn hessian<'py>(
    py: Python<'py>,
    teacher_filter: Vector<'py>,
    teacher_output_weights: Vector<'py>,
    filter: Vector<'py>,
    output_weights: Vector<'py>,
    negative_slope: f64,
) -> PyResult<Bound<'py, PyArray2<f64>>> {
    let (teacher, student) =
        pair((teacher_filter, teacher_output_weights), (filter, output_weights), negative_slope)?;
    let hessian = population::hessian(&teacher, &student).map_err(|error| refused(&error))?;
    let size = hessian.size();
    Ok(Array2::from_shape_fn((size, size), |(row, column)| hessian.at(row, column)).to_pyarray(py))
}
