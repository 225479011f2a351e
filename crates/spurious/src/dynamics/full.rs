//! Descent on all `p + k` numbers: gradient descent, as the paper defines it, and other algorithms.

use std::ops::ControlFlow;

use super::algorithm::Algorithm;
use super::coordinatewise::Coordinatewise;
use super::iteration::carry;
use crate::error::{Error, positive};
use crate::model::{Student, Teacher};
use crate::monitor::Monitor;
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

/// The student after some steps of an algorithm that draws nothing: gradient descent, with momentum, Adam, RMSProp, or by signs. Running means
/// begin with 0.
///
/// # Errors
/// If student and teacher have different shapes, the step size is not positive, a setting is out of range, the algorithm
/// [is random](Algorithm::is_random), or the monitor cancels.
///
/// # Examples
/// ```
/// use spurious::{Algorithm, Student, Teacher, dynamics::full::descended};
/// let teacher = Teacher::new(vec![1.0, 0.0], vec![1.0, 2.0])?;
/// let student = Student::new(vec![0.6, 0.8], vec![0.5, 0.5])?;
/// let adam = Algorithm::named("adam").expect("a name");
/// let first = descended(&teacher, &student, &adam, 0.1, 1, &())?;
/// assert!((first.output_weights()[0] - 0.6).abs() < 1e-6); // the first step of Adam has the length of the step size
/// # Ok::<(), spurious::Error>(())
/// ```
pub fn descended(
    teacher: &Teacher,
    student: &Student,
    algorithm: &Algorithm,
    step_size: f64,
    steps: u64,
    monitor: &dyn Monitor,
) -> Result<Student, Error> {
    positive("step size", step_size)?;
    algorithm.check()?;
    student.check_shape(teacher)?;
    if algorithm.is_random() {
        return Err(Error::RandomAlgorithm { name: algorithm.name() });
    }
    let (mut descent, mut state) =
        Coordinatewise::new(teacher.clone(), student.clone(), step_size, *algorithm);
    carry(&mut descent, &mut state, steps, monitor, |_, _, _, _| ControlFlow::Continue(()))?;
    Ok(state.student)
}
