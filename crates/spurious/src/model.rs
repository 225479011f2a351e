//! Teacher, student, and the five order parameters that determine gradient descent.
//!
//! ```text
//! y(Z) = Σⱼ a*ⱼ σ(w*·Zⱼ)                teacher: filter w* ∈ ℝᵖ, output weights a* ∈ ℝᵏ
//! f(Z) = Σⱼ aⱼ σ(v·Zⱼ)/‖v‖              student: filter v ∈ ℝᵖ (only its direction matters), output weights a
//! ```
//!
//! The rectifier is positively homogeneous, so only the direction `ŵ* = w*/‖w*‖` and the scaled output
//! weights `b = ‖w*‖a*` can be recovered. Every success probability depends on four numbers: a [`Cell`].

use std::f64::consts::PI;

use serde::Serialize;

use crate::activation::Activation;
use crate::criticality::Criticality;
use crate::error::{Error, positive};

/// The largest number of patches, and the largest patch dimension, that is accepted.
pub const LARGEST_SIZE: usize = 1_000_000_000;

/// The range of scale ratios `β = ‖b‖/‖v₀‖` of a [`Cell`]. Beyond it the filter turns so fast, or so slowly, that the
/// outcome depends on rounding errors of the start.
pub const SCALE_RATIOS: (f64, f64) = (1e-4, 1e2);

/// Lengths of vectors outside `1/LARGEST_SCALE ..= LARGEST_SCALE` are refused, so that their squares and products neither overflow nor
/// underflow.
pub const LARGEST_SCALE: f64 = 1e6;

pub(crate) fn size(name: &'static str, value: usize) -> Result<usize, Error> {
    if (1..=LARGEST_SIZE).contains(&value) {
        Ok(value)
    } else {
        Err(Error::Size { name, value, limit: LARGEST_SIZE })
    }
}

/// Checks that `(1ᵀb)²/‖b‖²` can be `sum_ratio` for `k` output weights.
pub(crate) fn check_sum_ratio(patches: usize, sum_ratio: f64) -> Result<(), Error> {
    if !sum_ratio.is_finite() {
        Err(Error::NotFinite { name: "sum ratio", value: sum_ratio })
    } else if sum_ratio < 0.0 {
        Err(Error::SumRatioNegative { sum_ratio, patches })
    } else if sum_ratio > patches as f64 {
        Err(Error::SumRatioTooLarge { sum_ratio, patches })
    } else if patches == 1 && sum_ratio != 1.0 {
        Err(Error::SumRatioOfOnePatch { sum_ratio })
    } else {
        Ok(())
    }
}

/// The shape of the output weights: number of patches and sum ratio. The landscape depends on nothing else, up to scale.
///
/// ```text
/// ρ = (1ᵀb)²/‖b‖² ∈ [0, k]      K = k + π − 1      x_c = πρ/K      ρ_c = K/π          of the rectifier
/// ```
///
/// # Examples
/// ```
/// use spurious::WeightShape;
/// let shape = WeightShape::new(25, 9.0)?;
/// assert!(!shape.criticality().has_trap()); // no spurious local minimum
/// assert!((shape.critical_sum_ratio() - 8.6394).abs() < 1e-4);
/// # Ok::<(), spurious::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct WeightShape {
    patches: usize,
    sum_ratio: f64,
    activation: Activation,
}

impl WeightShape {
    /// A shape of `patches` output weights with the given `sum_ratio`.
    ///
    /// # Errors
    /// If `patches` is 0 or above [`LARGEST_SIZE`], or `sum_ratio` is not in `[0, patches]`
    /// (and exactly 1 for one patch).
    pub fn new(patches: usize, sum_ratio: f64) -> Result<Self, Error> {
        size("number of patches", patches)?;
        check_sum_ratio(patches, sum_ratio)?;
        Ok(Self { patches, sum_ratio, activation: Activation::RECTIFIER })
    }

    /// The same for another activation than the rectifier.
    #[must_use]
    pub fn with_activation(self, activation: Activation) -> Self {
        Self { activation, ..self }
    }

    /// Number of patches `k`.
    pub fn patches(&self) -> usize {
        self.patches
    }

    /// Sum ratio `ρ = (1ᵀb)²/‖b‖²`.
    pub fn sum_ratio(&self) -> f64 {
        self.sum_ratio
    }

    /// The activation of the network, with the constants of the theory.
    pub fn activation(&self) -> Activation {
        self.activation
    }

    /// `K = α + γk`, of the rectifier `k + π − 1`: the rate at which the sum of the output weights relaxes is `K/2π`.
    pub fn sum_rate(&self) -> f64 {
        self.activation.sum_rate(self.patches)
    }

    /// `ρ/k`, the share of `‖b‖²` along the constant vector.
    pub fn constant_share(&self) -> f64 {
        self.sum_ratio / self.patches as f64
    }

    /// Criticality `x_c = ρ/ρ_c`, of the rectifier `πρ/(k + π − 1)`.
    pub fn criticality(&self) -> Criticality {
        Criticality::of_shape(self)
    }

    /// Critical sum ratio `ρ_c = δK/(γA)`, from which on there is no spurious local minimum; of the rectifier `1 + (k − 1)/π`, infinite for
    /// the identity.
    pub fn critical_sum_ratio(&self) -> f64 {
        let activation = self.activation;
        let (aligned, gamma, delta) =
            (activation.aligned(), activation.independent(), activation.right_angle());
        delta * activation.sum_rate(1) / (gamma * aligned) + delta * (self.patches - 1) as f64 / aligned
    }

    /// Refuses a step size that is not positive, or with which the sum of the output weights diverges.
    ///
    /// # Errors
    /// If `step_size` is not positive, or `4π/K` or more.
    pub fn check_step_size(&self, step_size: f64) -> Result<(), Error> {
        positive("step size", step_size)?;
        let limit = 4.0 * PI / self.sum_rate();
        if step_size >= limit {
            return Err(Error::StepDiverges { step_size, patches: self.patches, limit });
        }
        Ok(())
    }

    /// The share `1 − ρ/k` of `‖b‖²` that is orthogonal to the constant vector.
    pub fn orthogonal_share(&self) -> f64 {
        let k = self.patches as f64;
        (k - self.sum_ratio) / k // exact up to one rounding where ρ is close to k
    }
}

/// The four numbers that the success probability depends on: one cell of the paper's Table 1, or of any grid.
///
/// # Examples
/// ```
/// use spurious::model::Cell;
/// let cell = Cell::new(5, 25, 4.0, 1.0)?;
/// assert_eq!(cell.shape().patches(), 25);
/// assert!(Cell::new(5, 25, 30.0, 1.0).is_err());
/// # Ok::<(), spurious::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cell {
    patch_dim: usize,
    shape: WeightShape,
    scale_ratio: f64,
}

impl Cell {
    /// A cell with patch dimension `p`, `k` patches, sum ratio `ρ` and scale ratio `β = ‖b‖/‖v₀‖`.
    ///
    /// # Errors
    /// If a size is 0 or above [`LARGEST_SIZE`], `sum_ratio` is outside `[0, patches]`, or `scale_ratio` is
    /// outside [`SCALE_RATIOS`].
    pub fn new(patch_dim: usize, patches: usize, sum_ratio: f64, scale_ratio: f64) -> Result<Self, Error> {
        size("patch dimension", patch_dim)?;
        let shape = WeightShape::new(patches, sum_ratio)?;
        check_scale_ratio(scale_ratio)?;
        Ok(Self { patch_dim, shape, scale_ratio })
    }

    /// The cell that a teacher and a student at its start belong to.
    ///
    /// # Errors
    /// If their shapes differ, or `‖b‖/‖v‖` is outside [`SCALE_RATIOS`].
    ///
    /// # Examples
    /// ```
    /// use spurious::{Cell, Student, Teacher};
    /// let teacher = Teacher::new(vec![3.0, 4.0], vec![1.0, 1.0, 0.0])?;
    /// let start = Student::new(vec![5.0, 0.0], vec![0.0, 0.1, 0.0])?;
    /// let cell = Cell::of(&teacher, &start)?;
    /// assert_eq!((cell.patch_dim(), cell.shape().patches()), (2, 3));
    /// assert!((cell.shape().sum_ratio() - 2.0).abs() < 1e-15 && (cell.scale_ratio() - 2f64.sqrt()).abs() < 1e-15);
    /// # Ok::<(), spurious::Error>(())
    /// ```
    pub fn of(teacher: &Teacher, start: &Student) -> Result<Self, Error> {
        start.check_shape(teacher)?;
        let scale_ratio = teacher.reduced.norm_squared.sqrt() / norm(&start.filter);
        check_scale_ratio(scale_ratio)?;
        Ok(Self { patch_dim: teacher.direction.len(), shape: teacher.reduced.shape, scale_ratio })
    }

    /// The same for another activation than the rectifier.
    #[must_use]
    pub fn with_activation(self, activation: Activation) -> Self {
        Self { shape: self.shape.with_activation(activation), ..self }
    }

    /// The same with filters in the plane of student and teacher (on a line for `p = 1`).
    pub(crate) fn in_plane(self) -> Self {
        Self { patch_dim: self.patch_dim.min(2), ..self }
    }

    /// Patch dimension `p`.
    pub fn patch_dim(&self) -> usize {
        self.patch_dim
    }

    /// Number of patches, sum ratio and activation.
    pub fn shape(&self) -> WeightShape {
        self.shape
    }

    /// Scale ratio `β = ‖b‖/‖v₀‖`.
    pub fn scale_ratio(&self) -> f64 {
        self.scale_ratio
    }

    /// The teacher of this cell, reduced, in the units in which the initial filter has length 1: `‖b‖ = β`.
    pub fn teacher(&self) -> ReducedTeacher {
        ReducedTeacher {
            shape: self.shape,
            sum: self.shape.sum_ratio.sqrt() * self.scale_ratio,
            norm_squared: self.scale_ratio * self.scale_ratio,
            orthogonal_share: self.shape.orthogonal_share(),
        }
    }
}

/// Checks that a scale ratio is within [`SCALE_RATIOS`].
pub(crate) fn check_scale_ratio(value: f64) -> Result<(), Error> {
    let (low, high) = SCALE_RATIOS;
    positive("scale ratio", value)?;
    if (low..=high).contains(&value) {
        Ok(())
    } else {
        Err(Error::OutOfRange { name: "scale ratio", value, low, high })
    }
}

fn scale(name: &'static str, value: f64) -> Result<f64, Error> {
    positive(name, value)?;
    if (1.0 / LARGEST_SCALE..=LARGEST_SCALE).contains(&value) {
        Ok(value)
    } else {
        Err(Error::OutOfRange { name, value, low: 1.0 / LARGEST_SCALE, high: LARGEST_SCALE })
    }
}

/// The three numbers of a teacher on which the dynamics depends: `k`, `S = 1ᵀb` and `B² = ‖b‖²`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ReducedTeacher {
    /// Stored beside `S` and `B²`, because the sum ratio computed from these would have a rounding error, which matters close to
    /// criticality.
    shape: WeightShape,
    sum: f64,
    norm_squared: f64,
    orthogonal_share: f64,
}

/// Output weights count as constant if their part orthogonal to the constant vector has at most this share of `‖b‖²`. The direction of
/// a smaller part is determined by rounding errors.
const CONSTANT_SHARE: f64 = 1e-14;

impl ReducedTeacher {
    /// Number of patches `k`.
    pub fn patches(&self) -> usize {
        self.shape.patches
    }

    /// `S = 1ᵀb`.
    pub fn sum(&self) -> f64 {
        self.sum
    }

    /// `B² = ‖b‖²`.
    pub fn norm_squared(&self) -> f64 {
        self.norm_squared
    }

    /// `K = α + γk`.
    pub fn sum_rate(&self) -> f64 {
        self.shape.sum_rate()
    }

    /// Number of patches and sum ratio `ρ = S²/B²`.
    pub fn shape(&self) -> WeightShape {
        self.shape
    }

    /// The activation of the network.
    pub fn activation(&self) -> Activation {
        self.shape.activation
    }

    /// The share `1 − ρ/k` of `‖b‖²` that is orthogonal to the constant vector.
    pub fn orthogonal_share(&self) -> f64 {
        self.orthogonal_share
    }

    /// The squared length of the part of `b` orthogonal to the constant vector; `None` where `b ∥ 1`, up to rounding.
    pub(crate) fn orthogonal_norm_squared(&self) -> Option<f64> {
        (self.orthogonal_share > CONSTANT_SHARE).then_some(self.orthogonal_share * self.norm_squared)
    }
}

/// The teacher, which labels the data: filter `w*` and output weights `a*`.
///
/// # Examples
/// ```
/// use spurious::model::Teacher;
/// let teacher = Teacher::new(vec![3.0, 4.0], vec![1.0, -1.0, 0.5])?;
/// assert_eq!(teacher.direction(), [0.6, 0.8]);
/// assert_eq!(teacher.scaled_output(), [5.0, -5.0, 2.5]);
/// # Ok::<(), spurious::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Teacher {
    direction: Vec<f64>,
    scaled_output: Vec<f64>,
    reduced: ReducedTeacher,
}

impl Teacher {
    /// A teacher with filter `w*` (length `p`) and output weights `a*` (length `k`).
    ///
    /// # Errors
    /// If either is empty, zero or not finite, or if `‖w*‖` or `‖w*‖‖a*‖` is beyond [`LARGEST_SCALE`].
    pub fn new(filter: Vec<f64>, output_weights: Vec<f64>) -> Result<Self, Error> {
        let length = checked_length("teacher filter", &filter)?;
        checked_length("teacher output weights", &output_weights)?;
        scale("length of the teacher filter", length)?;
        let direction = filter.iter().map(|w| w / length).collect();
        let scaled_output: Vec<f64> = output_weights.iter().map(|a| length * a).collect();
        let norm = scale("length of the teacher output", norm(&scaled_output))?;
        let patches = scaled_output.len();
        let sum: f64 = scaled_output.iter().sum();
        let mean = sum / patches as f64;
        let centred: f64 = scaled_output.iter().map(|b| (b - mean).powi(2)).sum();
        // For b ∥ 1, rounding may make the ratio larger than k.
        let sum_ratio = if patches == 1 { 1.0 } else { (sum * sum / (norm * norm)).min(patches as f64) };
        let reduced = ReducedTeacher {
            shape: WeightShape { patches, sum_ratio, activation: Activation::RECTIFIER },
            sum,
            norm_squared: norm * norm,
            orthogonal_share: centred / (norm * norm),
        };
        Ok(Self { direction, scaled_output, reduced })
    }

    /// The same with another activation than the rectifier, for teacher and student.
    #[must_use]
    pub fn with_activation(mut self, activation: Activation) -> Self {
        self.reduced.shape.activation = activation;
        self
    }

    /// The teacher of a cell, in the units in which the initial filter has length 1.
    ///
    /// The filter is the first coordinate axis; the output weights are a constant plus half a period of a
    /// cosine, `bⱼ = β(√ρ/k + √(1−ρ/k)·√(2/k)·cos(π(j+½)/k))`, which has the sum ratio of the cell. By the
    /// symmetry of the problem no result depends on which weights with that ratio were chosen.
    ///
    /// # Examples
    /// ```
    /// use spurious::model::{Cell, Teacher};
    /// let teacher = Teacher::planted(&Cell::new(25, 20, 4.0, 1.0)?);
    /// assert!((teacher.reduced().shape().sum_ratio() - 4.0).abs() < 1e-12);
    /// # Ok::<(), spurious::Error>(())
    /// ```
    pub fn planted(cell: &Cell) -> Self {
        let k = cell.shape.patches as f64;
        let constant = cell.shape.sum_ratio.sqrt() / k;
        let wave = (cell.shape.orthogonal_share() * 2.0 / k).sqrt();
        let scaled_output = (0..cell.shape.patches)
            .map(|j| cell.scale_ratio * (constant + wave * (PI * (j as f64 + 0.5) / k).cos()))
            .collect();
        let mut direction = vec![0.0; cell.patch_dim];
        direction[0] = 1.0;
        Self { direction, scaled_output, reduced: cell.teacher() }
    }

    /// The same output weights with a filter in another direction, of length 1.
    pub(crate) fn turned(self, direction: Vec<f64>) -> Self {
        Self { direction, ..self }
    }

    /// `ŵ* = w*/‖w*‖`, length `p`.
    pub fn direction(&self) -> &[f64] {
        &self.direction
    }

    /// `b = ‖w*‖a*`, length `k`.
    pub fn scaled_output(&self) -> &[f64] {
        &self.scaled_output
    }

    /// The three numbers of this teacher on which the dynamics depends.
    pub fn reduced(&self) -> ReducedTeacher {
        self.reduced
    }
}

/// The student, which learns: unnormalised filter `v` and output weights `a`.
#[derive(Debug, Clone, PartialEq)]
pub struct Student {
    filter: Vec<f64>,
    output_weights: Vec<f64>,
}

impl Student {
    /// A student with filter `v` (length `p`) and output weights `a` (length `k`; all zero is allowed).
    ///
    /// # Errors
    /// If either is empty or not finite, or the filter is zero or its length beyond [`LARGEST_SCALE`].
    pub fn new(filter: Vec<f64>, output_weights: Vec<f64>) -> Result<Self, Error> {
        scale("length of the student filter", checked_length("student filter", &filter)?)?;
        finite_entries("student output weights", &output_weights)?;
        Ok(Self { filter, output_weights })
    }

    /// A student whose filter is known to be non-zero.
    pub(crate) fn unchecked(filter: Vec<f64>, output_weights: Vec<f64>) -> Self {
        Self { filter, output_weights }
    }

    /// Unnormalised filter `v`, length `p`.
    pub fn filter(&self) -> &[f64] {
        &self.filter
    }

    /// Output weights `a`, length `k`.
    pub fn output_weights(&self) -> &[f64] {
        &self.output_weights
    }

    /// The five numbers that determine gradient descent against this teacher.
    ///
    /// # Errors
    /// If the shapes differ.
    ///
    /// # Examples
    /// ```
    /// use spurious::model::{Student, Teacher};
    /// let teacher = Teacher::new(vec![1.0, 0.0], vec![2.0, 0.0])?;
    /// let student = Student::new(vec![-3.0, 4.0], vec![1.0, 5.0])?;
    /// let order = student.order_parameters(&teacher)?;
    /// assert_eq!((order.parallel, order.perpendicular), (-3.0, 4.0));
    /// assert_eq!((order.sum, order.signal, order.residual), (6.0, 2.0, 0.0));
    /// # Ok::<(), spurious::Error>(())
    /// ```
    pub fn order_parameters(&self, teacher: &Teacher) -> Result<OrderParameters, Error> {
        self.check_shape(teacher)?;
        let (direction, b) = (teacher.direction(), teacher.scaled_output());
        let parallel = dot(&self.filter, direction);
        let across: Vec<f64> = self.filter.iter().zip(direction).map(|(v, w)| v - parallel * w).collect();
        // One more pass removes the rounding error along ŵ*, which matters when v is almost aligned.
        let left = dot(&across, direction);
        let perpendicular =
            across.iter().zip(direction).map(|(u, w)| (u - left * w).powi(2)).sum::<f64>().sqrt();
        let k = b.len() as f64;
        let sum: f64 = self.output_weights.iter().sum();
        // Gram–Schmidt against 1 and b − mean(b).
        let (mean_a, mean_b) = (sum / k, teacher.reduced.sum / k);
        let centred_b: Vec<f64> = b.iter().map(|b| b - mean_b).collect();
        let slope = match teacher.reduced.orthogonal_norm_squared() {
            Some(squared) => {
                let product = |(a, b): (&f64, &f64)| (a - mean_a) * b;
                self.output_weights.iter().zip(&centred_b).map(product).sum::<f64>() / squared
            }
            None => 0.0,
        };
        let residual = (self.output_weights.iter().zip(&centred_b))
            .map(|(a, b)| (a - mean_a - slope * b).powi(2))
            .sum::<f64>()
            .sqrt();
        Ok(OrderParameters { parallel, perpendicular, sum, signal: dot(&self.output_weights, b), residual })
    }

    pub(crate) fn check_shape(&self, teacher: &Teacher) -> Result<(), Error> {
        let shape = |name, found, expected| {
            if found == expected { Ok(()) } else { Err(Error::Shape { name, found, expected }) }
        };
        shape("student filter", self.filter.len(), teacher.direction.len())?;
        shape("student output weights", self.output_weights.len(), teacher.scaled_output.len())
    }
}

/// The five numbers that determine gradient descent exactly, for every `p` and `k` (theory, section 3).
///
/// ```text
/// parallel      x = v·ŵ*
/// perpendicular y = ‖v − xŵ*‖ ≥ 0
/// sum           s = 1ᵀa
/// signal        q = aᵀb
/// residual      r = ‖a − its projection on span{1, b}‖ ≥ 0
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct OrderParameters<T = f64> {
    /// `x = v·ŵ*`.
    pub parallel: T,
    /// `y`, the length of the part of `v` orthogonal to `ŵ*`.
    pub perpendicular: T,
    /// `s = 1ᵀa`.
    pub sum: T,
    /// `q = aᵀb`.
    pub signal: T,
    /// `r`, the length of the part of `a` orthogonal to `1` and `b`.
    pub residual: T,
}

impl OrderParameters {
    /// Angle `φ ∈ [0, π]` between student filter and teacher filter, in radians.
    ///
    /// # Accuracy
    /// Relative error below 1e-15 for small angles; for angles near π use [`supplement`](Self::supplement).
    pub fn angle(&self) -> f64 {
        self.perpendicular.atan2(self.parallel)
    }

    /// Supplement `ψ = π − φ`, in radians, with its relative accuracy kept near the antipode.
    pub fn supplement(&self) -> f64 {
        self.perpendicular.atan2(-self.parallel)
    }

    /// `R² = ‖v‖²`.
    pub fn filter_norm_squared(&self) -> f64 {
        self.parallel * self.parallel + self.perpendicular * self.perpendicular
    }

    /// `‖a‖²`, from the Gram matrix of `1` and `b`.
    ///
    /// ```text
    /// ‖a‖² = s²/k + (q − Ss/k)²/(B² − S²/k) + r²          (the middle term is 0 where b ∥ 1)
    /// ```
    pub fn output_norm_squared(&self, teacher: &ReducedTeacher) -> f64 {
        let k = teacher.patches() as f64;
        let along_sum = self.sum * self.sum / k;
        let across = self.signal - teacher.sum * self.sum / k;
        let along_b = teacher.orthogonal_norm_squared().map_or(0.0, |squared| across * across / squared);
        along_sum + along_b + self.residual * self.residual
    }

    /// Whether all five numbers are finite.
    pub(crate) fn is_finite(&self) -> bool {
        [self.parallel, self.perpendicular, self.sum, self.signal, self.residual]
            .iter()
            .all(|x| x.is_finite())
    }
}

/// Loss, angle, sum and signal at one moment of a run.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Snapshot {
    /// Population loss.
    pub loss: f64,
    /// Angle `φ` in radians.
    pub angle: f64,
    /// `s = 1ᵀa`.
    pub sum: f64,
    /// `q = aᵀb`.
    pub signal: f64,
}

pub(crate) fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

pub(crate) fn norm(a: &[f64]) -> f64 {
    dot(a, a).sqrt()
}

fn finite_entries(name: &'static str, entries: &[f64]) -> Result<(), Error> {
    if entries.is_empty() {
        return Err(Error::ZeroVector { name });
    }
    match entries.iter().find(|x| !x.is_finite()) {
        Some(&value) => Err(Error::NotFinite { name, value }),
        None => Ok(()),
    }
}

/// The Euclidean length of a vector that must not be zero.
fn checked_length(name: &'static str, entries: &[f64]) -> Result<f64, Error> {
    finite_entries(name, entries)?;
    let length = norm(entries);
    if length > 0.0 { Ok(length) } else { Err(Error::ZeroVector { name }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn planted_teachers_have_the_ratio_asked_for() {
        for (k, ratio) in [(1, 1.0), (2, 0.0), (2, 1.3), (20, 4.0), (25, 25.0), (1000, 0.7)] {
            let teacher = Teacher::planted(&Cell::new(3, k, ratio, 2.0).unwrap());
            let b = teacher.scaled_output();
            let (sum, squared): (f64, f64) = (b.iter().sum(), dot(b, b));
            assert!((sum * sum / squared - ratio).abs() < 1e-12 * (k as f64), "{k} {ratio}");
            assert!((squared - 4.0).abs() < 1e-13 * 4.0);
        }
    }

    #[test]
    fn impossible_ratios_are_named() {
        let message = |k, ratio| WeightShape::new(k, ratio).unwrap_err().to_string();
        assert_eq!(message(25, 30.0), "sum ratio 30 is larger than the number of patches 25");
        assert_eq!(message(25, -1.0), "sum ratio -1 is negative: use a number from 0 to 25");
        assert_eq!(message(25, f64::NAN), "sum ratio is NaN, not a finite number");
        assert_eq!(message(1, 0.5), "sum ratio 0.5 is impossible with one patch: use 1");
        assert_eq!(message(0, 0.0), "number of patches 0 is not a whole number from 1 to 1e9");
    }
}
