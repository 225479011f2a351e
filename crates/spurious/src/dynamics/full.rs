//! Gradient descent on all `p + k` numbers, as the paper defines it.

use crate::error::Error;
use crate::model::{Student, Teacher};
use crate::population::gradient;

/// One step of gradient descent with weight normalisation on the population loss.
///
/// ```text
/// v⁺ = v − η ∂ℓ/∂v        a⁺ = a − η ∂ℓ/∂a        both from the same old point
/// ```
///
/// # Source
/// Du et al. (2018), Algorithm 1.
///
/// # Errors
/// If student and teacher have different shapes.
///
/// # Examples
/// ```
/// use spurious::{dynamics::full, model::{Student, Teacher}, population::population_loss};
/// let teacher = Teacher::new(vec![1.0, 0.0], vec![1.0, 2.0])?;
/// let mut student = Student::new(vec![0.6, 0.8], vec![0.5, 0.5])?;
/// for _ in 0..2000 {
///     student = full::step(&teacher, &student, 0.5)?;
/// }
/// assert!(population_loss(&teacher, &student)? < 1e-20);
/// # Ok::<(), spurious::Error>(())
/// ```
pub fn step(teacher: &Teacher, student: &Student, step_size: f64) -> Result<Student, Error> {
    let gradient = gradient(teacher, student)?;
    let descend = |at: &[f64], slope: &[f64]| at.iter().zip(slope).map(|(x, g)| x - step_size * g).collect();
    Ok(Student::unchecked(
        descend(student.filter(), &gradient.filter),
        descend(student.output_weights(), &gradient.output_weights),
    ))
}
