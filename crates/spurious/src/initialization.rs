//! The paper's initialisation, in full and reduced to the three numbers that matter.
//!
//! ```text
//! v₀ uniform on the unit sphere of ℝᵖ        a₀ uniform in the ball of radius R_a = |1ᵀa*|‖w*‖/√k = |S|/√k of ℝᵏ
//! ```
//!
//! Only the angle `φ₀` and the projection of `a₀` on `span{1, b}` affect a run. The angle of a random direction with a fixed one has
//! a density proportional to `sin^{p−2} φ`. The projection `c` of a uniform point of the ball has a density proportional to
//! `(1 − |c|²/R_a²)^{(k−2)/2}`. So a start is drawn in O(1), without forming a vector.
//!
//! Both are drawn by the same formula. Two coordinates of a uniform point in the unit ball of `ℝⁿ` have the squared length
//! `1 − u^{2/n}` with `u` uniform. Two coordinates of a uniform point on the sphere of `ℝⁿ⁺²` have the same distribution
//! (Archimedes), so the cosine of the angle is the first of two coordinates with `n = p − 2`.

use std::f64::consts::{FRAC_PI_2, PI, TAU};

use rand::RngExt;
use rand_distr::{Distribution, StandardNormal};

use crate::error::Error;
use crate::model::{Cell, LARGEST_SCALE, OrderParameters, Student, Teacher, norm};
use crate::numerics::quadrature::gauss_jacobi;
use crate::numerics::random::open_uniform;

/// Distribution of the angle between a uniformly random direction in `ℝᵖ` and a fixed one.
///
/// ```text
/// F_p(φ) = ∫₀^φ sin^{p−2} / ∫₀^π sin^{p−2} = ½ I_{sin²φ}((p−1)/2, ½) for φ ≤ π/2,     1 − that for φ > π/2
/// ```
///
/// For `p = 1` the direction is one of two points, and `F = ½` strictly between 0 and π.
#[derive(Debug, Clone)]
pub struct AngleDistribution {
    patch_dim: usize,
    /// Gauss–Legendre nodes and weights: for many dimensions, and for tails.
    rule: Vec<(f64, f64)>,
    /// `∫₀^{π/2} cos^{p−2}`.
    half: f64,
}

/// Up to this power the integral of `cos^{p−2}` is summed term by term; beyond it quadrature is faster.
const LARGEST_SUM: usize = 100;

impl AngleDistribution {
    /// The distribution in `patch_dim` dimensions.
    pub fn new(patch_dim: usize) -> Self {
        let mut distribution = Self { patch_dim, rule: gauss_jacobi(48, 0.0), half: 1.0 };
        distribution.half = distribution.mass_from_right_angle(FRAC_PI_2);
        distribution
    }

    pub(crate) fn patch_dim(&self) -> usize {
        self.patch_dim
    }

    /// The probability of an angle below `φ = 2 atan e⁻ᶻ`, given as `z = ln tan(ψ/2)`.
    ///
    /// # Accuracy
    /// Absolute error below 1e-15, for any dimension.
    ///
    /// # Examples
    /// ```
    /// use spurious::initialization::AngleDistribution;
    /// assert_eq!(AngleDistribution::new(5).below(0.0), 0.5); // half of all directions lie within a right angle
    /// // In three dimensions cos φ is uniform: F = (1 − cos φ)/2, and cos φ = tanh z.
    /// let third = AngleDistribution::new(3).below(0.7);
    /// assert!((third - (1.0 - 0.7f64.tanh()) / 2.0).abs() < 1e-15);
    /// ```
    pub fn below(&self, log_tan: f64) -> f64 {
        if self.patch_dim == 1 {
            return 0.5;
        }
        // cos φ = tanh z = sin u, with u the angle from the right angle towards the teacher.
        let elevation = 2.0 * (0.5 * log_tan).tanh().atan();
        let mass = self.mass_from_right_angle(elevation.abs()) / self.half;
        (0.5 - 0.5 * mass * elevation.signum()).clamp(0.0, 1.0) // rounding
    }

    /// The probability of an angle above `φ = 2 atan e⁻ᶻ`, given as `z = ln tan(ψ/2)`: what [`below`](Self::below) lacks to 1, with
    /// its digits also where that is next to nothing.
    ///
    /// ```text
    /// 1 − F_p(φ) = ∫₀^ψ sin^{p−2} / ∫₀^π sin^{p−2}        ψ = 2 atan eᶻ
    /// ```
    ///
    /// # Accuracy
    /// Relative error below 1e-12, for any dimension, as long as the probability is a normal number.
    ///
    /// # Examples
    /// ```
    /// use spurious::initialization::AngleDistribution;
    /// // In three dimensions 1 − F = (1 − cos ψ)/2 = sin²(ψ/2), which for small ψ is ψ²/4.
    /// let tail = AngleDistribution::new(3).above(-20.0);
    /// assert!((tail / (-40.0f64).exp() - 1.0).abs() < 1e-12);
    /// ```
    pub fn above(&self, log_tan: f64) -> f64 {
        let above = 1.0 - self.below(log_tan);
        // There the difference has lost no more than a digit.
        if above > 0.1 || self.patch_dim == 1 {
            return above;
        }
        // ∫₀^ψ sin^{p−2} t dt = sin^{p−2} ψ ∫₀^ψ (1 + x(δ))^{p−2} dδ with t = ψ − δ and, as cot ψ = −sinh z,
        //
        //     1 + x = sin(ψ − δ)/sin ψ = cos δ + sinh z sin δ
        let power = self.patch_dim.saturating_sub(2) as f64;
        let supplement = 2.0 * log_tan.exp().atan();
        // Where the integrand has fallen by e⁻⁴², nothing is left.
        let depth = supplement - ((-42.0 / power).exp() / log_tan.cosh()).asin();
        let cotangent = -log_tan.sinh();
        let integrand = |delta: f64| {
            let x = -2.0 * (0.5 * delta).sin().powi(2) - cotangent * delta.sin();
            (power * x.max(-1.0).ln_1p()).exp()
        };
        let integral: f64 = self.rule.iter().map(|&(x, w)| w * depth * integrand(depth * x)).sum();
        // ln sin ψ = −ln cosh z
        integral * (-power * log_cosh(log_tan)).exp() / (2.0 * self.half)
    }

    /// The density in `z`, `−dF/dz = sin^{p−1} φ / ∫₀^π sin^{p−2}` with `sin φ = 1/cosh z`.
    pub(crate) fn density(&self, log_tan: f64) -> f64 {
        if self.patch_dim == 1 {
            return 0.0;
        }
        (-((self.patch_dim - 1) as f64) * log_cosh(log_tan)).exp() / (2.0 * self.half)
    }

    /// `∫₀^u cos^{p−2} t dt`, `0 ≤ u ≤ π/2`; the incomplete beta function of libraries loses digits in high dimensions,
    /// where it divides Gamma functions.
    fn mass_from_right_angle(&self, elevation: f64) -> f64 {
        let power = self.patch_dim.saturating_sub(2);
        if power <= LARGEST_SUM {
            // Iₘ = [ (m − 1) I_{m−2} + sin u cos^{m−1} u ]/m, from I₀ = u or I₁ = sin u: a sum of positive terms
            let (sin, cos) = elevation.sin_cos();
            let (first, mut mass, mut term) =
                if power.is_multiple_of(2) { (2, elevation, sin * cos) } else { (3, sin, sin * cos * cos) };
            for m in (first..=power).step_by(2) {
                mass = ((m - 1) as f64 * mass + term) / m as f64;
                term *= cos * cos;
            }
            return mass;
        }
        let power = power as f64;
        // cos^{p−2} t ≤ exp(−(p−2)t²/2): beyond this there is less than 1e-18 of it.
        let end = elevation.min((84.0 / power).sqrt());
        // ln cos t = ½ ln(1 − sin² t), whose relative accuracy does not end at small t.
        let integrand = |t: f64| (0.5 * power * (-t.sin().powi(2)).ln_1p()).exp();
        self.rule.iter().map(|&(x, w)| w * end * integrand(end * x)).sum()
    }
}

/// `ln cosh z = ½ ln(1 + sinh² z)`
fn log_cosh(z: f64) -> f64 {
    0.5 * z.clamp(-300.0, 300.0).sinh().powi(2).ln_1p()
}

/// The exponent `2/n` of a ball's dimension, finite also for `n = 0`, where `u^{2/n}` is to vanish.
pub(crate) fn ball_exponent(dimension: usize) -> f64 {
    if dimension == 0 { 1e9 } else { 2.0 / dimension as f64 }
}

/// Two coordinates of a uniform point in the unit ball of `ℝⁿ`, from two uniform numbers: radius and polar angle. The
/// squared radius is returned as its distance from 1, `u^{2/n}`, which keeps its digits where it is small.
pub(crate) struct DiscPoint {
    pub(crate) complement: f64,
    pub(crate) radius: f64,
    pub(crate) sin: f64,
    pub(crate) cos: f64,
}

impl DiscPoint {
    pub(crate) fn new(dimension: usize, u: f64, v: f64) -> Self {
        let logarithm = ball_exponent(dimension) * u.ln();
        let (sin, cos) = (TAU * (v - 0.5)).sin_cos();
        // 1 − u^{2/n} without cancellation for large n
        Self { complement: logarithm.exp(), radius: (-logarithm.exp_m1()).sqrt(), sin, cos }
    }
}

/// Draws the order parameters of a start in O(1), whatever `p` and `k` are; the initial filter has length 1.
///
/// # Examples
/// ```
/// use spurious::{initialization::sample_order_parameters, model::Cell, numerics::random::stream};
/// let cell = Cell::new(1_000_000, 1_000_000, 9.0, 1.0)?;
/// let start = sample_order_parameters(&cell, &mut stream(1, 0, 0));
/// assert!((start.filter_norm_squared() - 1.0).abs() < 1e-12);
/// # Ok::<(), spurious::Error>(())
/// ```
pub fn sample_order_parameters<R: rand::Rng>(cell: &Cell, random: &mut R) -> OrderParameters {
    let [u_filter, v_filter, u_output, v_output, u_rest] =
        std::array::from_fn(|_| open_uniform(random.next_u64()));
    let shape = cell.shape();
    let teacher = cell.teacher();
    let k = shape.patches();
    let radius = shape.constant_share().sqrt() * cell.scale_ratio(); // R_a = |S|/√k
    let (parallel, perpendicular) = match cell.patch_dim() {
        1 => ((v_filter - 0.5).signum(), 0.0),
        p => {
            let point = DiscPoint::new(p - 2, u_filter, v_filter);
            // sin² φ = 1 − r² cos² θ = (1 − r²) + r² sin² θ
            let across = point.radius * point.sin;
            (point.radius * point.cos, (point.complement + across * across).sqrt())
        }
    };
    // a₀/R_a: (ξ, ζ) along 1/√k and along b's part orthogonal to it, and the length of the rest.
    let (xi, zeta, rest) = if k == 1 {
        (2.0 * u_output - 1.0, 0.0, 0.0)
    } else {
        let point = DiscPoint::new(k, u_output, v_output);
        // The other coordinates are uniform in the remaining ball of k − 2 dimensions.
        let power = if k > 2 { u_rest.powf(1.0 / (k - 2) as f64) } else { 0.0 };
        (point.radius * point.cos, point.radius * point.sin, point.complement.sqrt() * power)
    };
    // Where b ∥ 1 there is no second direction, and ζ is one of the other coordinates.
    let rest = if teacher.orthogonal_norm_squared().is_some() { rest } else { rest.hypot(zeta) };
    let (sum, signal) = output_projection(cell, xi, zeta);
    OrderParameters {
        parallel,
        perpendicular,
        sum: sum * teacher.sum(),
        signal: signal * teacher.norm_squared(),
        residual: radius * rest,
    }
}

/// The start with this angle `φ₀`, sum `s₀ = 1ᵀa₀` and signal `q₀ = a₀ᵀb`, an initial filter of length 1 and no residual.
///
/// Without a signal it is 0, or what the sum makes it where the teacher's output weights are all equal.
///
/// # Errors
/// If the angle is not between 0 and π (with patches of one number: not one of both), the sum or the signal is not finite or beyond
/// [`LARGEST_SCALE`], or no output weights have both.
///
/// # Examples
/// ```
/// use spurious::{initialization::start_at, model::Cell};
/// let start = start_at(&Cell::new(5, 25, 4.0, 1.0)?, 2.5, 0.1, Some(-0.2))?;
/// assert!((start.angle() - 2.5).abs() < 1e-15);
/// assert_eq!((start.sum, start.signal), (0.1, -0.2));
/// # Ok::<(), spurious::Error>(())
/// ```
pub fn start_at(cell: &Cell, angle: f64, sum: f64, signal: Option<f64>) -> Result<OrderParameters, Error> {
    if !(0.0..=PI).contains(&angle) {
        return Err(Error::Angle { angle });
    }
    if cell.patch_dim() == 1 && angle != 0.0 && angle != PI {
        return Err(Error::AngleOfOneNumber { angle });
    }
    for (name, value) in [("sum", sum), ("signal", signal.unwrap_or(0.0))] {
        if !value.is_finite() {
            return Err(Error::NotFinite { name, value });
        }
        if value.abs() > LARGEST_SCALE {
            return Err(Error::StartTooLarge { name, value, limit: LARGEST_SCALE });
        }
    }
    let (sine, cosine) = angle.sin_cos();
    // sin π is not zero in floating point, but the antipode is meant.
    let perpendicular = if angle == PI { 0.0 } else { sine };
    let signal = possible_signal(cell, sum, signal)?;
    Ok(OrderParameters { parallel: cosine, perpendicular, sum, signal, residual: 0.0 })
}

/// Where the teacher's output weights are all equal, the signal is a multiple of the sum.
fn possible_signal(cell: &Cell, sum: f64, signal: Option<f64>) -> Result<f64, Error> {
    let teacher = cell.teacher();
    if teacher.orthogonal_norm_squared().is_some() {
        return Ok(signal.unwrap_or(0.0));
    }
    let only = teacher.sum() * sum / teacher.patches() as f64;
    match signal {
        Some(signal) if (signal - only).abs() > 1e-9 * (1.0 + only.abs()) => {
            Err(Error::SignalImpossible { signal, sum, only })
        }
        _ => Ok(only),
    }
}

/// `(s₀/S, q₀/B²)` of output weights whose projection on `span{1, b}` is `R_a (ξ, ζ)` in orthonormal coordinates, the
/// first along `1`.
///
/// ```text
/// s₀ = √k R_a ξ = S ξ        q₀ = B² [ (ρ/k) ξ + √((1 − ρ/k) ρ/k) ζ ]
/// ```
pub(crate) fn output_projection(cell: &Cell, xi: f64, zeta: f64) -> (f64, f64) {
    let share = cell.shape().constant_share();
    (xi, share * xi + (share * cell.shape().orthogonal_share()).sqrt() * zeta)
}

/// Draws a student from the paper's initialisation: filter uniform on the unit sphere, output weights uniform in the
/// ball of radius `|1ᵀb|/√k`.
///
/// # Examples
/// ```
/// use spurious::{initialization::sample_student, model::{Cell, Teacher}, numerics::random::stream};
/// let teacher = Teacher::planted(&Cell::new(25, 20, 4.0, 1.0)?);
/// let student = sample_student(&teacher, &mut stream(1, 0, 0));
/// let squared: f64 = student.output_weights().iter().map(|a| a * a).sum();
/// assert!(squared <= 4.0 / 20.0); // (1ᵀb)²/k
/// # Ok::<(), spurious::Error>(())
/// ```
pub fn sample_student<R: rand::Rng>(teacher: &Teacher, random: &mut R) -> Student {
    let k = teacher.scaled_output().len();
    let radius = teacher.reduced().sum().abs() / (k as f64).sqrt();
    // Uniform in the ball: a uniform direction, at a distance whose k-th power is uniform.
    let distance = radius * random.random::<f64>().powf(1.0 / k as f64);
    Student::unchecked(
        sample_direction(teacher.direction().len(), 1.0, random),
        sample_direction(k, distance, random),
    )
}

/// A teacher whose filter has a random direction, and a student of all numbers whose order parameters are these. What they leave open is
/// random: the direction of the student's filter around the teacher's, and that of the residual.
pub(crate) fn oriented<R: rand::Rng>(
    cell: &Cell,
    start: &OrderParameters,
    random: &mut R,
) -> (Teacher, Student) {
    let towards = sample_direction(cell.patch_dim(), 1.0, random);
    let around = sample_across(&[&towards], cell.patch_dim(), random);
    let filter =
        towards.iter().zip(&around).map(|(e, u)| start.parallel * e + start.perpendicular * u).collect();
    let teacher = Teacher::planted(cell).turned(towards);
    let output_weights = output_weights_at(&teacher, start, random);
    (teacher, Student::unchecked(filter, output_weights))
}

/// Output weights with the sum, the signal and the residual of a start.
pub(crate) fn output_weights_at<R: rand::Rng>(
    teacher: &Teacher,
    start: &OrderParameters,
    random: &mut R,
) -> Vec<f64> {
    let (b, reduced) = (teacher.scaled_output(), teacher.reduced());
    let k = b.len() as f64;
    let ones = vec![1.0 / k.sqrt(); b.len()];
    let centred: Vec<f64> = b.iter().map(|b| b - reduced.sum() / k).collect();
    let across_sum = start.signal - reduced.sum() / k * start.sum;
    let (slope, rest) = match reduced.orthogonal_norm_squared() {
        Some(squared) => {
            let unit: Vec<f64> = centred.iter().map(|b| b / squared.sqrt()).collect();
            (across_sum / squared, sample_across(&[&ones, &unit], b.len(), random))
        }
        None => (0.0, sample_across(&[&ones], b.len(), random)),
    };
    let weight = |(b, n): (&f64, &f64)| start.sum / k + slope * b + start.residual * n;
    centred.iter().zip(&rest).map(weight).collect()
}

/// A random direction orthogonal to some unit vectors; zero where there is none.
fn sample_across<R: rand::Rng>(axes: &[&[f64]], dimension: usize, random: &mut R) -> Vec<f64> {
    if dimension <= axes.len() {
        return vec![0.0; dimension];
    }
    let mut direction = sample_direction(dimension, 1.0, random);
    // Twice, so that no rounding error is left.
    for axis in axes.iter().chain(axes) {
        let along: f64 = direction.iter().zip(*axis).map(|(x, a)| x * a).sum();
        direction.iter_mut().zip(*axis).for_each(|(x, a)| *x -= along * a);
    }
    let length = norm(&direction);
    direction.into_iter().map(|x| x / length).collect()
}

fn sample_direction<R: rand::Rng>(dimension: usize, length: f64, random: &mut R) -> Vec<f64> {
    let gaussian: Vec<f64> = (0..dimension).map(|_| StandardNormal.sample(random)).collect();
    let scale = length / norm(&gaussian);
    gaussian.into_iter().map(|x| x * scale).collect()
}
