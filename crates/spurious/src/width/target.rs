//! Population loss, gradient and Hessian of a student with several filters.
//!
//! The teacher counts as one more filter, with the output weights `−b`, and the loss is that of fitting zero with `r + 1` filters. With
//! `û = v/‖v‖` and sums over all of them
//!
//! ```text
//! 4πℓ = α‖Σᵢ aᵢ − b‖² + γ(Σᵢ sᵢ − S)² − 2 Σ_{i<l} (A − κ(φ_il)) aᵢ·a_l
//! 2π ∂ℓ/∂aᵢ = α(Σ_l a_l − b) + γ(Σ_l s_l − S) 1 − Σ_{l≠i} (A − κ(φ_il)) a_l
//! 2π ∂ℓ/∂vᵢ = Σ_{l≠i} λ(φ_il) (aᵢ·a_l) (û_l − cos φ_il ûᵢ)/‖vᵢ‖
//! ```
//!
//! because `Σ_il D aᵢ·a_l = α‖Σ aᵢ‖² − Σ_il (A − κ) aᵢ·a_l`. Each term vanishes where filters are aligned with the teacher and their output weights
//! add up to `b`, and so nothing cancels there.

use std::f64::consts::PI;

use nalgebra::{DMatrix, DVector, DVectorView};

use super::WideStudent;
use crate::activation::Activation;
use crate::error::Error;
use crate::model::{Teacher, dot, norm};
use crate::population::Hessian;

/// The teacher in some orthonormal coordinates: in those of the model, or in those of a reduction.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Target {
    pub(super) activation: Activation,
    /// `ŵ*`
    pub(super) direction: Vec<f64>,
    /// `b`
    pub(super) output: Vec<f64>,
    /// `1`
    pub(super) ones: Vec<f64>,
}

/// Two filters: their angle, and how it changes.
struct Pair {
    cos: f64,
    sin: f64,
    /// `λ`
    turning: f64,
    /// `û_l − cos φ ûᵢ`, of length `sin φ`
    towards: Vec<f64>,
}

impl Pair {
    fn new(activation: &Activation, unit: &[f64], other: &[f64]) -> Self {
        let cos = dot(unit, other);
        let towards: Vec<f64> = other.iter().zip(unit).map(|(w, u)| w - cos * u).collect();
        // A second pass removes the rounding error along the filter, which matters where the two are nearly aligned.
        let left = dot(&towards, unit);
        let towards: Vec<f64> = towards.iter().zip(unit).map(|(e, u)| e - left * u).collect();
        let sin = norm(&towards);
        Self { cos, sin, turning: activation.turning(sin.atan2(-cos)), towards }
    }

    fn angle(&self) -> f64 {
        self.sin.atan2(self.cos)
    }
}

impl Target {
    /// The teacher in the coordinates of the model.
    pub(super) fn of(teacher: &Teacher) -> Self {
        Self {
            activation: teacher.reduced().activation(),
            direction: teacher.direction().to_vec(),
            output: teacher.scaled_output().to_vec(),
            ones: vec![1.0; teacher.scaled_output().len()],
        }
    }

    /// Unit filters and their output weights, the teacher last.
    fn all(&self, student: &WideStudent) -> (Vec<Vec<f64>>, Vec<Vec<f64>>) {
        let unit = |filter: &[f64]| {
            let length = norm(filter);
            filter.iter().map(|v| v / length).collect::<Vec<f64>>()
        };
        let count = student.filters();
        let units = (0..count).map(|i| unit(student.filter(i))).chain([self.direction.clone()]);
        let outputs = (0..count).map(|i| student.output_weights(i).to_vec()).chain([self
            .output
            .iter()
            .map(|b| -b)
            .collect()]);
        (units.collect(), outputs.collect())
    }

    /// `ℓ`
    pub(super) fn loss(&self, student: &WideStudent) -> f64 {
        let (units, outputs) = self.all(student);
        let total = sum(&outputs);
        let excess = dot(&self.ones, &total);
        let mut loss = self.activation.output_rate() * dot(&total, &total)
            + self.activation.independent() * excess * excess;
        for i in 0..units.len() {
            for l in i + 1..units.len() {
                let angle = Pair::new(&self.activation, &units[i], &units[l]).angle();
                loss -= 2.0 * self.activation.kernel_deficit(angle) * dot(&outputs[i], &outputs[l]);
            }
        }
        loss / (4.0 * PI)
    }

    /// `∂ℓ/∂(v, a)`, in the shape of the student.
    pub(super) fn gradient(&self, student: &WideStudent) -> WideStudent {
        let (units, outputs) = self.all(student);
        let (count, d, m) = (student.filters(), self.direction.len(), self.output.len());
        let (alpha, gamma) = (self.activation.output_rate(), self.activation.independent());
        let total = sum(&outputs);
        let excess = gamma * dot(&self.ones, &total);
        let common: Vec<f64> =
            total.iter().zip(&self.ones).map(|(t, one)| (alpha * t + excess * one) / (2.0 * PI)).collect();
        let mut output_weights: Vec<f64> = (0..count).flat_map(|_| common.iter().copied()).collect();
        let mut filters = vec![0.0; count * d];
        for i in 0..count {
            let length = norm(student.filter(i));
            for l in (0..=count).filter(|&l| l != i) {
                let pair = Pair::new(&self.activation, &units[i], &units[l]);
                let deficit = self.activation.kernel_deficit(pair.angle()) / (2.0 * PI);
                for (slope, other) in output_weights[i * m..].iter_mut().zip(&outputs[l]) {
                    *slope -= deficit * other;
                }
                let pull = pair.turning * dot(&outputs[i], &outputs[l]) / (2.0 * PI * length);
                for (slope, towards) in filters[i * d..].iter_mut().zip(&pair.towards) {
                    *slope += pull * towards;
                }
            }
        }
        WideStudent::unchecked(count, filters, output_weights)
    }

    /// The Hessian, `[r(d + m), r(d + m)]`, coordinates of all filters first. With `∇ᵢκ = λ(û_l − cos φ ûᵢ)/‖vᵢ‖`, `e` and `e'` the two vectors
    /// `û_l − cos φ ûᵢ` and `ûᵢ − cos φ û_l`,
    ///
    /// ```text
    /// ‖vᵢ‖² ∂²κ/∂vᵢ²        = γ eeᵀ/sin φ − λ(eûᵢᵀ + ûᵢeᵀ) − λ cos φ (I − ûᵢûᵢᵀ)
    /// ‖vᵢ‖‖v_l‖ ∂²κ/∂vᵢ∂v_l = γ ee'ᵀ/sin φ + λ(I − û_lû_lᵀ − ûᵢe'ᵀ)
    /// 2π ∂²ℓ/∂vᵢ² = Σ_l (aᵢ·a_l) ∂²κ/∂vᵢ²        2π ∂²ℓ/∂vᵢ∂v_l = (aᵢ·a_l) ∂²κ/∂vᵢ∂v_l
    /// 2π ∂²ℓ/∂vᵢ∂aᵢ = Σ_l ∇ᵢκ a_lᵀ              2π ∂²ℓ/∂vᵢ∂a_l = ∇ᵢκ aᵢᵀ
    /// 2π ∂²ℓ/∂aᵢ∂a_l = D(φ_il) I + γ 11ᵀ
    /// ```
    ///
    /// Where two filters are aligned or antipodal, `eeᵀ/sin φ` and `ee'ᵀ/sin φ` vanish.
    pub(super) fn hessian(&self, student: &WideStudent) -> DMatrix<f64> {
        let (units, outputs) = self.all(student);
        let (count, d, m) = (student.filters(), self.direction.len(), self.output.len());
        let (alpha, gamma) = (self.activation.output_rate(), self.activation.independent());
        let vector = |values: &[f64]| DVector::from_column_slice(values);
        let lengths: Vec<f64> = (0..count).map(|i| norm(student.filter(i))).chain([1.0]).collect();
        let first_output = count * d;
        let mut hessian = DMatrix::zeros(count * (d + m), count * (d + m));
        let ones = vector(&self.ones);
        let mut block = |row: usize, column: usize, part: &DMatrix<f64>| {
            let mut view = hessian.view_mut((row, column), part.shape());
            view += part;
        };
        for i in 0..count {
            let unit = vector(&units[i]);
            for l in 0..count {
                let kernel = if l == i {
                    alpha
                } else {
                    let pair = Pair::new(&self.activation, &units[i], &units[l]);
                    alpha - self.activation.kernel_deficit(pair.angle())
                };
                let part = DMatrix::identity(m, m) * kernel + &ones * ones.transpose() * gamma;
                block(first_output + i * m, first_output + l * m, &part);
            }
            for l in (0..=count).filter(|&l| l != i) {
                let pair = Pair::new(&self.activation, &units[i], &units[l]);
                let other = vector(&units[l]);
                let towards = vector(&pair.towards);
                let back = &unit - &other * pair.cos;
                let (lambda, cos, length) = (pair.turning, pair.cos, lengths[i]);
                let bend = if pair.sin > 0.0 { gamma / pair.sin } else { 0.0 };
                let weight = dot(&outputs[i], &outputs[l]);
                let twice = &towards * towards.transpose() * bend
                    - (&towards * unit.transpose() + &unit * towards.transpose()) * lambda
                    - (DMatrix::identity(d, d) - &unit * unit.transpose()) * (lambda * cos);
                block(i * d, i * d, &(twice * (weight / (length * length))));
                let slope = &towards * (lambda / length);
                let row = |weights: &[f64]| DVectorView::from_slice(weights, m).transpose();
                let of_own = &slope * row(&outputs[l]);
                block(i * d, first_output + i * m, &of_own);
                block(first_output + i * m, i * d, &of_own.transpose());
                if l == count {
                    continue;
                }
                let mixed = &towards * back.transpose() * bend
                    + (DMatrix::identity(d, d) - &other * other.transpose() - &unit * back.transpose())
                        * lambda;
                block(i * d, l * d, &(mixed * (weight / (length * lengths[l]))));
                let of_other = &slope * row(&outputs[i]);
                block(i * d, first_output + l * m, &of_other);
                block(first_output + l * m, i * d, &of_other.transpose());
            }
        }
        hessian / (2.0 * PI)
    }

    /// The curvature of the loss in each direction that is orthogonal to all filters and to the teacher's, `[r, r]`: there filters move
    /// independently of everything else. Filters have length 1.
    ///
    /// ```text
    /// diagonal −Σ_{l≠i} λ(φ_il) cos φ_il (aᵢ·a_l)/2π        else λ(φ_il) (aᵢ·a_l)/2π
    /// ```
    pub(super) fn outside(&self, student: &WideStudent) -> DMatrix<f64> {
        let (units, outputs) = self.all(student);
        let count = student.filters();
        let mut curvature = DMatrix::zeros(count, count);
        for i in 0..count {
            for l in (0..=count).filter(|&l| l != i) {
                let pair = Pair::new(&self.activation, &units[i], &units[l]);
                let pull = pair.turning * dot(&outputs[i], &outputs[l]) / (2.0 * PI);
                curvature[(i, i)] -= pull * pair.cos;
                if l < count {
                    curvature[(i, l)] += pull;
                }
            }
        }
        curvature
    }

    /// Angles of the filters with the teacher, in radians, and of all pairs `i < l` with each other.
    pub(super) fn angles(&self, student: &WideStudent) -> (Vec<f64>, Vec<f64>) {
        let (units, _) = self.all(student);
        let count = student.filters();
        let angle = |i: usize, l: usize| Pair::new(&self.activation, &units[i], &units[l]).angle();
        let between = (0..count).flat_map(|i| (i + 1..count).map(move |l| (i, l))).map(|(i, l)| angle(i, l));
        ((0..count).map(|i| angle(i, count)).collect(), between.collect())
    }
}

/// The sum of vectors.
fn sum(vectors: &[Vec<f64>]) -> Vec<f64> {
    let mut total = vec![0.0; vectors[0].len()];
    for vector in vectors {
        total.iter_mut().zip(vector).for_each(|(t, x)| *t += x);
    }
    total
}

/// Population loss of a student with several filters.
///
/// # Accuracy
/// Relative error of some 1e-15 where all filters are close to the teacher's; elsewhere an absolute error of some `1e-16·(Σ‖aᵢ‖ + B)²`.
///
/// # Errors
/// If student and teacher have different shapes.
///
/// # Examples
/// ```
/// use spurious::{model::Teacher, width::{WideStudent, population_loss}};
/// let teacher = Teacher::new(vec![1.0, 0.0], vec![1.0, 2.0])?;
/// // Two filters that share the work.
/// let student = WideStudent::new(2, vec![1.0, 0.0, 3.0, 0.0], vec![1.0, 0.0, 0.0, 2.0])?;
/// assert!(population_loss(&teacher, &student)?.abs() < 1e-15);
/// # Ok::<(), spurious::Error>(())
/// ```
pub fn population_loss(teacher: &Teacher, student: &WideStudent) -> Result<f64, Error> {
    student.check_shape(teacher)?;
    Ok(Target::of(teacher).loss(student))
}

/// Gradient of the population loss, in the shape of the student: `∂ℓ/∂vᵢ`, each orthogonal to its filter, and `∂ℓ/∂aᵢ`.
///
/// # Errors
/// If student and teacher have different shapes.
///
/// # Examples
/// ```
/// use spurious::{model::Teacher, width::{WideStudent, gradient}};
/// let teacher = Teacher::new(vec![1.0, 0.0], vec![1.0, 1.0])?;
/// let student = WideStudent::new(2, vec![1.0, 0.0, 0.0, 1.0], vec![1.0, 1.0, 0.0, 0.0])?; // the second filter is silent
/// assert!(gradient(&teacher, &student)?.all_filters().iter().all(|slope| slope.abs() < 1e-15));
/// # Ok::<(), spurious::Error>(())
/// ```
pub fn gradient(teacher: &Teacher, student: &WideStudent) -> Result<WideStudent, Error> {
    student.check_shape(teacher)?;
    Ok(Target::of(teacher).gradient(student))
}

/// Hessian of the population loss, `[r(p + k), r(p + k)]`: the coordinates of all filters first, then all output weights.
///
/// # Errors
/// If student and teacher have different shapes.
///
/// # Examples
/// ```
/// use spurious::{model::Teacher, width::{WideStudent, hessian}};
/// let teacher = Teacher::new(vec![1.0, 0.0], vec![1.0, 1.0])?;
/// let student = WideStudent::new(1, vec![1.0, 0.0], vec![1.0, 1.0])?;
/// assert!((hessian(&teacher, &student)?.at(1, 1) - 1.0).abs() < 1e-15); // B²/2
/// # Ok::<(), spurious::Error>(())
/// ```
pub fn hessian(teacher: &Teacher, student: &WideStudent) -> Result<Hessian, Error> {
    student.check_shape(teacher)?;
    Ok(Hessian(Target::of(teacher).hessian(student)))
}

/// One step of gradient descent on all `r(p + k)` numbers.
///
/// ```text
/// vᵢ⁺ = vᵢ − η ∂ℓ/∂vᵢ        aᵢ⁺ = aᵢ − η ∂ℓ/∂aᵢ        all from the same old point
/// ```
///
/// # Errors
/// If student and teacher have different shapes.
///
/// # Examples
/// ```
/// use spurious::{model::Teacher, width::{WideStudent, population_loss, step}};
/// let teacher = Teacher::new(vec![1.0, 0.0], vec![1.0, 2.0])?;
/// let mut student = WideStudent::new(2, vec![0.6, 0.8, 0.8, -0.6], vec![0.5, 0.5, 0.0, 0.5])?;
/// for _ in 0..2000 {
///     student = step(&teacher, &student, 0.3)?;
/// }
/// assert!(population_loss(&teacher, &student)? < 1e-6);
/// # Ok::<(), spurious::Error>(())
/// ```
pub fn step(teacher: &Teacher, student: &WideStudent, step_size: f64) -> Result<WideStudent, Error> {
    Ok(student.moved(&gradient(teacher, student)?, -step_size))
}
