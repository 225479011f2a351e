//! Population loss, gradient and Hessian of the full model, in closed form.
//!
//! ```text
//! ℓ(v,a) = ½ E[(f(Z;v,a) − y(Z))²] = [ α(‖a‖² + B²) + γ(s − S)² − 2 D(φ) q ] / 4π
//! ```
//!
//! for patches with independent standard normal entries; `s = 1ᵀa`, `S = 1ᵀb`, `q = aᵀb`, `B² = ‖b‖²`, and the constants and
//! the kernel of the [activation](crate::Activation): `α = π − 1`, `γ = 1` and `D = g − 1` for the rectifier; below `A = κ(0)`.
//!
//! # Source
//! Du et al. (2018), section 3.

use std::f64::consts::PI;

use nalgebra::{DMatrix, DVector};

use crate::activation::Activation;
use crate::error::Error;
use crate::model::{OrderParameters, ReducedTeacher, Student, Teacher};

/// Population loss from the five order parameters.
///
/// # Accuracy
/// Absolute error of some `1e-16·(‖a‖² + B²)`. For small losses use [`population_loss`], which forms the differences first.
///
/// # Examples
/// ```
/// use spurious::model::{OrderParameters, Teacher};
/// use spurious::population::reduced_loss;
/// let teacher = Teacher::new(vec![1.0], vec![1.0, 2.0])?.reduced();
/// let taught = OrderParameters { parallel: 1.0, perpendicular: 0.0, sum: 3.0, signal: 5.0, residual: 0.0 };
/// assert!(reduced_loss(&teacher, &taught).abs() < 1e-15);
/// # Ok::<(), spurious::Error>(())
/// ```
pub fn reduced_loss(teacher: &ReducedTeacher, at: &OrderParameters) -> f64 {
    // ‖a‖² + B² − 2q = ‖a − b‖² and D = α − (κ(0) − κ) give a sum of non-negative terms,
    //   4πℓ = α‖a − b‖² + γ(s − S)² + 2(κ(0) − κ) q,
    // as long as q ≥ 0, so that nothing cancels near the global minimum.
    let k = teacher.patches() as f64;
    let excess_sum = at.sum - teacher.sum();
    let excess_signal = at.signal - teacher.norm_squared();
    let across = excess_signal - teacher.sum() / k * excess_sum;
    let along_b = teacher.orthogonal_norm_squared().map_or(0.0, |squared| across * across / squared);
    let distance_squared = excess_sum * excess_sum / k + along_b + at.residual * at.residual;
    loss_from_distances(&teacher.activation(), distance_squared, excess_sum, at.angle(), at.signal)
}

/// `[ α‖a − b‖² + γ(s − S)² + 2(κ(0) − κ(φ)) q ]/4π`
fn loss_from_distances(
    activation: &Activation,
    distance_squared: f64,
    excess_sum: f64,
    angle: f64,
    signal: f64,
) -> f64 {
    (activation.output_rate() * distance_squared
        + activation.independent() * excess_sum * excess_sum
        + 2.0 * activation.kernel_deficit(angle) * signal)
        / (4.0 * PI)
}

/// Population loss of a student.
///
/// # Accuracy
/// Relative error of some 1e-15 near the global minimum, where it is a sum of non-negative terms.
///
/// # Errors
/// If student and teacher have different shapes.
///
/// # Examples
/// ```
/// use spurious::{model::{Student, Teacher}, population::population_loss};
/// let teacher = Teacher::new(vec![1.0, 0.0], vec![1.0, 1.0])?;
/// let student = Student::new(vec![0.5, 0.0], vec![1.0, 1.0])?; // the length of the filter does not matter
/// assert_eq!(population_loss(&teacher, &student)?, 0.0);
/// # Ok::<(), spurious::Error>(())
/// ```
pub fn population_loss(teacher: &Teacher, student: &Student) -> Result<f64, Error> {
    let order = student.order_parameters(teacher)?;
    let difference = student.output_weights().iter().zip(teacher.scaled_output()).map(|(a, b)| a - b);
    let (mut squared, mut sum) = (0.0, 0.0);
    for d in difference {
        squared += d * d;
        sum += d;
    }
    Ok(loss_from_distances(&teacher.reduced().activation(), squared, sum, order.angle(), order.signal))
}

/// Gradient of the population loss.
#[derive(Debug, Clone, PartialEq)]
pub struct Gradient {
    /// `∂ℓ/∂v`, length `p`; orthogonal to `v`.
    pub filter: Vec<f64>,
    /// `∂ℓ/∂a`, length `k`.
    pub output_weights: Vec<f64>,
}

/// Gradient of the population loss at a student.
///
/// ```text
/// ∂ℓ/∂v = −λ(φ) q /(2π‖v‖) · (I − v̂v̂ᵀ) ŵ*
/// ∂ℓ/∂a = [ α a + γ(s − S)·1 − D(φ) b ] / 2π
/// ```
///
/// # Errors
/// If student and teacher have different shapes.
///
/// # Examples
/// ```
/// use spurious::{model::{Student, Teacher}, population::gradient};
/// let teacher = Teacher::new(vec![1.0, 0.0], vec![1.0, 1.0])?;
/// let student = Student::new(vec![0.0, 2.0], vec![1.0, 0.0])?;
/// let gradient = gradient(&teacher, &student)?;
/// assert!((gradient.filter[0] + 0.125).abs() < 1e-15 && gradient.filter[1].abs() < 1e-15);
/// # Ok::<(), spurious::Error>(())
/// ```
pub fn gradient(teacher: &Teacher, student: &Student) -> Result<Gradient, Error> {
    let order = student.order_parameters(teacher)?;
    let norm_squared = order.filter_norm_squared();
    let (activation, supplement) = (teacher.reduced().activation(), order.supplement());
    let pull = -activation.turning(supplement) * order.signal / (2.0 * PI * norm_squared.sqrt());
    let cosine_over_norm = order.parallel / norm_squared;
    let filter = (student.filter().iter().zip(teacher.direction()))
        .map(|(v, w)| pull * (w - cosine_over_norm * v))
        .collect();
    let (alpha, gamma) = (activation.output_rate(), activation.independent());
    let drive = activation.kernel(supplement) - activation.right_angle(); // D
    let excess_sum = order.sum - teacher.reduced().sum();
    let output_weights = (student.output_weights().iter().zip(teacher.scaled_output()))
        .map(|(a, b)| (alpha * a + gamma * excess_sum - drive * b) / (2.0 * PI))
        .collect();
    Ok(Gradient { filter, output_weights })
}

/// A Hessian: a symmetric matrix, `[(p + k), (p + k)]`, filter coordinates first. (With several filters all their coordinates come first.)
#[derive(Debug, Clone, PartialEq)]
pub struct Hessian(pub(crate) DMatrix<f64>);

impl Hessian {
    /// Number of rows, `p + k` for each filter.
    pub fn size(&self) -> usize {
        self.0.nrows()
    }

    /// The entry in a row and a column, both below [`size`](Self::size).
    ///
    /// # Panics
    /// If there is no such entry.
    pub fn at(&self, row: usize, column: usize) -> f64 {
        self.0[(row, column)]
    }

    /// All eigenvalues, rising.
    pub fn eigenvalues(&self) -> Vec<f64> {
        let mut eigenvalues: Vec<f64> = self.0.symmetric_eigenvalues().iter().copied().collect();
        eigenvalues.sort_by(f64::total_cmp);
        eigenvalues
    }
}

/// Hessian of the population loss at a student.
///
/// With `e` the unit vector along `(I − v̂v̂ᵀ)ŵ*`,
///
/// ```text
/// ∇κ    = λ sin φ e /‖v‖
/// ∇²κ   = [ γ sin φ eeᵀ − λ sin φ (e v̂ᵀ + v̂ eᵀ) − λ cos φ (I − v̂v̂ᵀ) ] /‖v‖²          (λ = ψ, the rectifier's)
/// ∂²ℓ/∂v²  = −q ∇²κ / 2π      ∂²ℓ/∂v∂a = −∇κ bᵀ / 2π      ∂²ℓ/∂a² = [ α I + γ 11ᵀ ] / 2π
/// ```
///
/// # Errors
/// If student and teacher have different shapes.
///
/// # Examples
/// ```
/// use spurious::{model::{Student, Teacher}, population::hessian};
/// let teacher = Teacher::new(vec![1.0, 0.0], vec![1.0, 1.0])?;
/// let student = Student::new(vec![1.0, 0.0], vec![1.0, 1.0])?; // the global minimum
/// let smallest = hessian(&teacher, &student)?.eigenvalues()[0];
/// assert!(smallest.abs() < 1e-15); // rescaling the filter changes nothing
/// # Ok::<(), spurious::Error>(())
/// ```
pub fn hessian(teacher: &Teacher, student: &Student) -> Result<Hessian, Error> {
    let order = student.order_parameters(teacher)?;
    let (p, k) = (student.filter().len(), student.output_weights().len());
    let norm = order.filter_norm_squared().sqrt();
    let activation = teacher.reduced().activation();
    let turning = activation.turning(order.supplement());
    let (sin, cos) = (order.perpendicular / norm, order.parallel / norm);

    let unit = DVector::from_column_slice(student.filter()) / norm;
    let towards = DVector::from_column_slice(teacher.direction()) - &unit * cos;
    let length = towards.norm();
    // At φ = 0 and φ = π the direction is undefined, and every term that contains it vanishes.
    let towards = if length > 0.0 { towards / length } else { towards };

    let projection = DMatrix::identity(p, p) - &unit * unit.transpose();
    let curvature = (&towards * towards.transpose()) * (activation.independent() * sin)
        - (&towards * unit.transpose() + &unit * towards.transpose()) * (turning * sin)
        - projection * (turning * cos);
    let b = DVector::from_column_slice(teacher.scaled_output());

    let mut hessian = DMatrix::zeros(p + k, p + k);
    hessian.view_mut((0, 0), (p, p)).copy_from(&(curvature * (-order.signal / (2.0 * PI * norm * norm))));
    let mixed = &towards * b.transpose() * (-turning * sin / (2.0 * PI * norm));
    hessian.view_mut((0, p), (p, k)).copy_from(&mixed);
    hessian.view_mut((p, 0), (k, p)).copy_from(&mixed.transpose());
    let output = DMatrix::from_element(k, k, activation.independent())
        + DMatrix::identity(k, k) * activation.output_rate();
    hessian.view_mut((p, p), (k, k)).copy_from(&(output / (2.0 * PI)));
    Ok(Hessian(hessian))
}
