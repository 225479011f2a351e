//! Gradient descent in a few dimensions, whatever `p` and `k` are.
//!
//! Filters have coordinates in an orthonormal basis of `span{ŵ*, v₁, …, v_r}` whose first vector is `ŵ*`, output weights in one of
//! `span{1, b, a₁, …, a_r}` whose first two vectors are `1/√k` and the direction of the part of `b` orthogonal to `1`. There
//!
//! ```text
//! ŵ* = (1, 0, …)        1 = (√k, 0, …)        b = (S/√k, √(B² − S²/k), 0, …)
//! ```
//!
//! and loss, gradient and descent are those of a model with `min(p, r + 1)` and `min(k, r + 2)` in place of `p` and `k`: the bases contain all
//! gradients, and formulas that consist of inner products are the same in all orthonormal coordinates.

use super::target::Target;
use super::{WideStudent, check_filters};
use crate::error::Error;
use crate::model::{Cell, ReducedTeacher, Teacher, dot, norm};

/// Dimensions of the coordinates of filters and of output weights: `min(p, r + 1)` and `min(k, r + 2)`.
pub(super) fn dimensions(patch_dim: usize, patches: usize, filters: usize) -> (usize, usize) {
    (patch_dim.min(filters + 1), patches.min(filters + 2))
}

impl Target {
    /// The teacher in `d` and `m` coordinates.
    pub(super) fn reduced(teacher: &ReducedTeacher, d: usize, m: usize) -> Self {
        let root = (teacher.patches() as f64).sqrt();
        let axis = |length: usize, first: f64| {
            let mut vector = vec![0.0; length];
            vector[0] = first;
            vector
        };
        let mut output = axis(m, teacher.sum() / root);
        if let (Some(across), Some(squared)) = (output.get_mut(1), teacher.orthogonal_norm_squared()) {
            *across = squared.sqrt();
        }
        Self { activation: teacher.activation(), direction: axis(d, 1.0), output, ones: axis(m, root) }
    }
}

/// Gradient descent on the coordinates of a student with several filters.
///
/// # Examples
/// ```
/// use spurious::{Cell, model::Teacher, numerics::random::stream};
/// use spurious::width::{OutputScale, WideDescent, population_loss, reduce, sample_wide_student, step};
/// let cell = Cell::new(50, 40, 4.0, 1.0)?;
/// let teacher = Teacher::planted(&cell);
/// let mut full = sample_wide_student(&teacher, 2, OutputScale::Divided, &mut stream(1, 0, 0))?; // 180 numbers
/// let mut small = reduce(&teacher, &full)?; // 14 numbers
/// let descent = WideDescent::new(&cell, 2, 0.05)?;
/// for _ in 0..100 {
///     full = step(&teacher, &full, 0.05)?;
///     small = descent.step(&small);
/// }
/// assert!((descent.loss(&small) - population_loss(&teacher, &full)?).abs() < 1e-13);
/// # Ok::<(), spurious::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct WideDescent {
    pub(super) target: Target,
    step_size: f64,
}

impl WideDescent {
    /// Descent of a student with `filters` filters in one cell, with step size `η`.
    ///
    /// # Errors
    /// If `filters` is not from 1 to [`MOST_FILTERS`](super::MOST_FILTERS), or if the step size is not positive, or `4π/(rK)` or more: output
    /// weights of aligned filters would diverge.
    pub fn new(cell: &Cell, filters: usize, step_size: f64) -> Result<Self, Error> {
        check_step_size(cell, filters, step_size)?;
        let (d, m) = dimensions(cell.patch_dim(), cell.shape().patches(), filters);
        Ok(Self { target: Target::reduced(&cell.teacher(), d, m), step_size })
    }

    /// `ℓ`
    pub fn loss(&self, at: &WideStudent) -> f64 {
        self.target.loss(at)
    }

    /// `∂ℓ/∂(v, a)` in these coordinates.
    pub fn gradient(&self, at: &WideStudent) -> WideStudent {
        self.target.gradient(at)
    }

    /// One step.
    #[must_use]
    pub fn step(&self, at: &WideStudent) -> WideStudent {
        at.moved(&self.gradient(at), -self.step_size)
    }
}

/// Refuses a number of filters, and a step size with which output weights diverge. Where all filters are aligned, as they may be at the
/// teacher, the largest eigenvalue of the Hessian is `rK/2π`.
pub(super) fn check_step_size(cell: &Cell, filters: usize, step_size: f64) -> Result<(), Error> {
    check_filters(filters)?;
    crate::error::positive("step size", step_size)?;
    let limit = 4.0 * std::f64::consts::PI / (filters as f64 * cell.shape().sum_rate());
    if step_size < limit {
        return Ok(());
    }
    let patches = cell.shape().patches();
    Err(match filters {
        1 => Error::StepDiverges { step_size, patches, limit },
        _ => Error::StepDivergesOfSeveral { step_size, filters, patches, limit },
    })
}

/// A student in the coordinates of [`WideDescent`], for a teacher of the same shape.
///
/// # Errors
/// If student and teacher have different shapes.
pub fn reduce(teacher: &Teacher, student: &WideStudent) -> Result<WideStudent, Error> {
    student.check_shape(teacher)?;
    let count = student.filters();
    let (p, k) = (student.patch_dim(), student.patches());
    let (d, m) = dimensions(p, k, count);
    let filters: Vec<&[f64]> = (0..count).map(|i| student.filter(i)).collect();
    let outputs: Vec<&[f64]> = (0..count).map(|i| student.output_weights(i)).collect();
    let first = vec![1.0 / (k as f64).sqrt(); k];
    let mut of_outputs = vec![first];
    if m > 1 && teacher.reduced().orthogonal_norm_squared().is_some() {
        extend(&mut of_outputs, teacher.scaled_output());
    }
    Ok(WideStudent::unchecked(
        count,
        in_basis(vec![teacher.direction().to_vec()], &filters, d),
        // Where b ∥ 1 the second coordinate is that of any other direction.
        in_basis(of_outputs, &outputs, m),
    ))
}

/// The coordinates of vectors in a basis that begins with the given orthonormal vectors, `[vectors, dimension]`.
fn in_basis(mut basis: Vec<Vec<f64>>, vectors: &[&[f64]], dimension: usize) -> Vec<f64> {
    for vector in vectors {
        if basis.len() < dimension {
            extend(&mut basis, vector);
        }
    }
    let coordinates = vectors
        .iter()
        .flat_map(|vector| (0..dimension).map(|axis| basis.get(axis).map_or(0.0, |axis| dot(axis, vector))));
    coordinates.collect()
}

/// Adds the direction of the part of a vector that is orthogonal to a basis, if there is one.
fn extend(basis: &mut Vec<Vec<f64>>, vector: &[f64]) {
    let length = norm(vector);
    let mut rest = vector.to_vec();
    // Twice is enough (Kahan).
    for _ in 0..2 {
        for axis in basis.iter() {
            let along = dot(&rest, axis);
            rest.iter_mut().zip(axis).for_each(|(x, e)| *x -= along * e);
        }
    }
    let left = norm(&rest);
    if left > 8.0 * f64::EPSILON * length {
        basis.push(rest.into_iter().map(|x| x / left).collect());
    }
}
