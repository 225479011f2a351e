//! All critical points of the population loss, in closed form.
//!
//! With the constants of the [activation](crate::Activation) (for the rectifier `α = π − 1`, `γ = δ = 1`, `A = π`, and the kernel `κ`
//! is `g`): for a fixed angle the best output weights are `a_opt(φ) = M⁻¹(D b + γS 1)` with `M = αI + γ11ᵀ` and `D = κ − δ`. The
//! projected loss, the loss at these weights, is a quadratic in the kernel,
//!
//! ```text
//! ℓ_opt(κ) = ‖b‖² (A − κ)/(4πα) · [ α + D + y (A − κ) ]          y = γρ/K = δx_c/A
//! ```
//!
//! Its ends are the global minimum (`κ = A`) and the antipodal point (`κ = 0`). Its maximum, where `q = 0`, is the sphere
//! of saddles. For `x_c < 1` the antipodal point is a spurious local minimum, below the saddles by a barrier:
//!
//! ```text
//!                                             of the rectifier
//! κ_x     = Aδ(1 − x_c)/(A − δx_c)            π(1 − x_c)/(π − x_c)               kernel at the saddles
//! ℓ_x     = Aα/(4π(A − δx_c))                 (π − 1)/(4(π − x_c))               their loss
//! ℓ_opt(0) = A(α − δ + δx_c)/(4πα)            (π − 2 + x_c)/(4(π − 1))           loss at the antipode
//! barrier = Aδ²(1 − x_c)²/(4πα(A − δx_c))     (1 − x_c)²/(4(π − 1)(π − x_c))
//! ```
//!
//! As `x_c → 1` they merge, and for `x_c ≥ 1` there is no spurious minimum. Losses here are in units of `‖b‖²`.
//!
//! *Proof that the antipodal point is a local minimum for `x_c < 1`*: near it `ℓ(φ, a) ≥ ℓ_opt(κ(φ)) > ℓ_opt(0)`, since
//! the quadratic rises on `[0, κ_x]`. With the rectifier the minimum is degenerate: the loss rises only as the cube of `π − φ`. With a
//! leak, `κ ≈ πc(π − φ)²`, and it is not. For the identity the antipodal point is a second global minimum.

use std::f64::consts::PI;

use nalgebra::Matrix3;
use serde::Serialize;

use crate::activation::Activation;
use crate::basin::saddle_kernel;
use crate::error::{Error, positive};
use crate::export::{Column, Shown, Table, brief};
use crate::model::{Cell, WeightShape};

/// The kind of a critical point.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PointKind {
    /// The teacher: loss 0. For the identity the antipode, too.
    GlobalMinimum,
    /// The antipode of the teacher while it is a local minimum (`x_c < 1`, or `p = 1`) above the global one.
    SpuriousMinimum,
    /// A saddle of Morse index 1, on the sphere of saddles between the two minima.
    Saddle,
    /// The antipode when it is not a minimum (`x_c ≥ 1`) and no eigenvalue of the Hessian is negative. With the rectifier the loss falls
    /// with the cube of the distance (with its sixth power at `x_c = 1`); with a leak only at `x_c = 1`, with its fourth power.
    DegenerateSaddle,
    /// The antipode with a leak and `x_c > 1`: the loss falls with the square of the distance, in all directions of the filter.
    StrictSaddle,
}

/// A critical point, up to the rotations that fix the teacher.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct CriticalPoint {
    /// Its kind.
    pub kind: PointKind,
    /// Angle `φ` between student and teacher filter, radians.
    pub angle: f64,
    /// Loss in units of `‖b‖²`.
    pub loss: f64,
    /// Morse index: the number of negative eigenvalues of the Hessian.
    pub index: usize,
    /// Signal `q/‖b‖²`.
    pub signal: f64,
    /// Sum of the output weights, as `s/S`.
    pub sum: f64,
    /// Dimension `p − 2` of the sphere of filters that the saddles form (0: two points); `None` for the other points.
    pub sphere_dimension: Option<usize>,
    /// Learning coefficient of a minimum, see [`learning_coefficient`]; `None` for the other points.
    pub learning_coefficient: Option<f64>,
}

/// The landscape of one shape of output weights.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Landscape {
    /// Number of patches `k`.
    pub patches: usize,
    /// Sum ratio `ρ`.
    pub sum_ratio: f64,
    /// Negative slope `c` of the activation; 0 is the rectifier.
    pub negative_slope: f64,
    /// Criticality `x_c`; of the rectifier `πρ/(k + π − 1)`.
    pub criticality: f64,
    /// `ρ_c`, from which on there is no spurious minimum; of the rectifier `1 + (k − 1)/π`. Infinite for the identity, which is written as
    /// `null`.
    pub critical_sum_ratio: f64,
    /// Loss of the saddles less that of the spurious minimum, in units of `‖b‖²`; `None` if there is no such minimum, or, for `p = 1`, no
    /// saddle.
    pub barrier: Option<f64>,
    /// All critical points, from the teacher to the antipode.
    pub points: Vec<CriticalPoint>,
    /// The spectrum of the Hessian at each point, for `‖b‖ = ‖v‖ = 1`.
    pub spectra: Vec<Vec<Eigenvalue>>,
}

/// The projected loss `ℓ_opt(g)`, the smallest that output weights reach at an angle with kernel `g`, in units of `‖b‖²`.
///
/// # Examples
/// ```
/// use spurious::{landscape::projected_loss, model::WeightShape};
/// let shape = WeightShape::new(25, 4.0)?;
/// assert_eq!(projected_loss(&shape, std::f64::consts::PI), 0.0); // at the teacher
/// # Ok::<(), spurious::Error>(())
/// ```
pub fn projected_loss(shape: &WeightShape, kernel: f64) -> f64 {
    let activation = shape.activation();
    let alpha = activation.output_rate();
    let missing = activation.aligned() - kernel;
    missing / (4.0 * PI * alpha) * (activation.antipodal_excess() + kernel + coupling(shape) * missing)
}

/// `y = γρ/K = δx_c/A`, which for the rectifier is `x_c/π`.
fn coupling(shape: &WeightShape) -> f64 {
    let activation = shape.activation();
    activation.right_angle() * shape.criticality().value() / activation.aligned()
}

/// The best output weights at an angle with kernel `g`, as `(s/S, q/‖b‖²)`.
///
/// ```text
/// s = S (γk − δ + κ)/K        q = ‖b‖² [ (1 − y) κ − δ(1 − x_c) ]/α
/// ```
pub fn best_output(shape: &WeightShape, kernel: f64) -> (f64, f64) {
    let activation = shape.activation();
    let delta = activation.right_angle();
    let sum = (activation.independent() * shape.patches() as f64 - delta + kernel) / shape.sum_rate();
    let slope = 1.0 - coupling(shape);
    (sum, (slope * kernel - delta * shape.criticality().complement()) / activation.output_rate())
}

/// The smallest loss at an angle and a signal `q/‖b‖²`, over all output weights with that signal, in units of `‖b‖²`. Takes
/// the supplement `ψ = π − φ`.
///
/// Such weights have no residual, and their best sum is
///
/// ```text
/// s/S = (γ(k − ρ) + α q/‖b‖²)/(γ(k − ρ) + α),          1 at the teacher's signal
/// ```
///
/// from the part of `4πℓ` that depends on it, `α[ s²/k + (q − Ss/k)²/(‖b‖²(1 − ρ/k)) ] + γ(s − S)²`.
///
/// # Examples
/// ```
/// use spurious::landscape::{best_output, loss_at_signal, projected_loss};
/// use spurious::WeightShape;
/// let shape = WeightShape::new(25, 4.0)?;
/// let kernel = shape.activation().kernel(1.0);
/// let (_, signal) = best_output(&shape, kernel);
/// let difference = loss_at_signal(&shape, 1.0, signal) - projected_loss(&shape, kernel);
/// assert!(difference.abs() < 1e-15);
/// assert!(loss_at_signal(&shape, 1.0, signal + 0.1) > projected_loss(&shape, kernel));
/// # Ok::<(), spurious::Error>(())
/// ```
pub fn loss_at_signal(shape: &WeightShape, supplement: f64, signal: f64) -> f64 {
    // In units of ‖b‖, with the differences from the teacher formed first:
    //   4πℓ = α‖a − b‖² + γ(s − S)² + 2(κ(0) − κ) q
    let activation = shape.activation();
    let (alpha, gamma) = (activation.output_rate(), activation.independent());
    let (k, ratio) = (shape.patches() as f64, shape.sum_ratio());
    let slack = k - ratio;
    let missing = 1.0 - signal;
    let excess_sum = -alpha * missing / (gamma * slack + alpha); // s/S − 1
    let across = -missing - ratio / k * excess_sum;
    let along_b = if slack > 0.0 { across * across * k / slack } else { 0.0 };
    let distance_squared = ratio * excess_sum * excess_sum / k + along_b;
    (alpha * distance_squared
        + gamma * ratio * excess_sum * excess_sum
        + 2.0 * (activation.aligned() - activation.kernel(supplement)) * signal)
        / (4.0 * PI)
}

/// All critical points for filters of dimension `patch_dim` and this shape of output weights.
///
/// # Errors
/// If `patch_dim` is 0 or too large.
///
/// # Examples
/// ```
/// use spurious::{landscape::{landscape, PointKind}, WeightShape};
/// let paper = landscape(5, &WeightShape::new(25, 4.0)?)?;
/// let kinds: Vec<PointKind> = paper.points.iter().map(|point| point.kind).collect();
/// assert_eq!(kinds, [PointKind::GlobalMinimum, PointKind::Saddle, PointKind::SpuriousMinimum]);
/// # Ok::<(), spurious::Error>(())
/// ```
pub fn landscape(patch_dim: usize, shape: &WeightShape) -> Result<Landscape, Error> {
    Cell::new(patch_dim, shape.patches(), shape.sum_ratio(), 1.0)?;
    let activation = shape.activation();
    let (alpha, aligned, delta) = (activation.output_rate(), activation.aligned(), activation.right_angle());
    let (complement, criticality) = (shape.criticality().complement(), shape.criticality().value());
    // `A/π`, 1 for the rectifier; and `A − δx_c`.
    let (scale, gap) = (aligned / PI, aligned - delta * criticality);
    let point = |kind, supplement: f64, kernel: f64, loss, index, sphere_dimension| {
        let (sum, signal) = best_output(shape, kernel);
        let learning_coefficient = learning_coefficient(activation, kind, patch_dim, shape.patches());
        let angle = PI - supplement;
        CriticalPoint { kind, angle, loss, index, signal, sum, sphere_dimension, learning_coefficient }
    };
    let mut points = vec![point(PointKind::GlobalMinimum, PI, aligned, 0.0, 0, None)];
    let trapped = complement > 0.0;
    if trapped && patch_dim > 1 {
        let kernel = saddle_kernel(shape);
        let loss = scale * alpha / (4.0 * gap);
        let sphere = Some(patch_dim - 2);
        points.push(CriticalPoint {
            signal: 0.0,
            ..point(PointKind::Saddle, shape.activation().supplement_at(kernel), kernel, loss, 1, sphere)
        });
    }
    // For p = 1 the filter has two directions with nothing between: the antipode is a minimum whatever x_c is.
    let (kind, index) = match () {
        () if activation.is_identity() => (PointKind::GlobalMinimum, 0),
        () if trapped || patch_dim == 1 => (PointKind::SpuriousMinimum, 0),
        () if activation.leak() > 0.0 && complement < 0.0 => (PointKind::StrictSaddle, patch_dim - 1),
        () => (PointKind::DegenerateSaddle, 0),
    };
    let loss = scale * (activation.antipodal_excess() + delta * criticality) / (4.0 * alpha);
    points.push(point(kind, 0.0, 0.0, loss, index, None));
    Ok(Landscape {
        patches: shape.patches(),
        sum_ratio: shape.sum_ratio(),
        negative_slope: activation.negative_slope(),
        criticality,
        critical_sum_ratio: shape.critical_sum_ratio(),
        spectra: (points.iter())
            .map(|point| hessian_spectrum(patch_dim, shape, point, 1.0, 1.0))
            .collect::<Result<_, _>>()?,
        barrier: (trapped && patch_dim > 1 && !activation.is_identity())
            .then(|| scale * (delta * complement).powi(2) / (4.0 * alpha * gap)),
        points,
    })
}

/// The learning coefficient (real log canonical threshold) of a minimum for filters of dimension `p` and `k` patches: the
/// power `λ` of the volume of students nearby whose loss is less than `ε` above that of the minimum.
///
/// ```text
/// volume{ ℓ − ℓ* < ε } ∝ ε^λ          teacher            λ = k/2 + (p − 1)/2
///                                     spurious minimum   λ = k/2 + (p − 1)/3          with a leak k/2 + (p − 1)/2
/// ```
///
/// `None` for points that are no minima. A minimum with a positive definite Hessian has half the number of its parameters.
/// The length of the student filter changes neither the loss nor, therefore, the power: it may be counted or not.
///
/// *Derivation.* With `a = a_opt(φ) + u` the loss is `ℓ_opt(g(φ)) + uᵀMu/4π` exactly, and the shift keeps volumes. The `k`
/// directions of `u` are quadratic: `k/2`. The `p − 1` directions of the filter enter through the angle alone. At the teacher
/// `ℓ_opt` rises like `φ²`, and the ball `φ² < ε` has the volume `ε^((p−1)/2)`; at the spurious minimum it rises like
/// `(1 − x_c)(π − φ)³`, and the ball has the volume `ε^((p−1)/3)`. Powers of separate directions add up.
///
/// At `x_c = 1` the loss falls with the sixth power of `π − φ`: the antipode is no minimum, and there is no coefficient.
///
/// # Source
/// Watanabe, "Algebraic Geometry and Statistical Learning Theory", Cambridge 2009, for the concept; theory §5.
///
/// # Examples
/// ```
/// use spurious::{Activation, landscape::{PointKind, learning_coefficient}};
/// let of = |activation, kind| learning_coefficient(activation, kind, 7, 25);
/// assert_eq!(of(Activation::RECTIFIER, PointKind::GlobalMinimum), Some(15.5));
/// assert_eq!(of(Activation::RECTIFIER, PointKind::SpuriousMinimum), Some(14.5));
/// assert_eq!(of(Activation::leaky(0.1)?, PointKind::SpuriousMinimum), Some(15.5));
/// assert_eq!(of(Activation::RECTIFIER, PointKind::Saddle), None);
/// # Ok::<(), spurious::Error>(())
/// ```
pub fn learning_coefficient(
    activation: Activation,
    kind: PointKind,
    patch_dim: usize,
    patches: usize,
) -> Option<f64> {
    let (outputs, turns) = (patches as f64 / 2.0, patch_dim.saturating_sub(1) as f64);
    match kind {
        PointKind::GlobalMinimum => Some(outputs + turns / 2.0),
        PointKind::SpuriousMinimum if activation.leak() > 0.0 => Some(outputs + turns / 2.0),
        PointKind::SpuriousMinimum => Some(outputs + turns / 3.0),
        PointKind::Saddle | PointKind::DegenerateSaddle | PointKind::StrictSaddle => None,
    }
}

impl PointKind {
    /// Its name, in words.
    pub fn name(self) -> &'static str {
        match self {
            Self::GlobalMinimum => "global minimum",
            Self::SpuriousMinimum => "spurious minimum",
            Self::Saddle => "saddle",
            Self::DegenerateSaddle => "degenerate saddle",
            Self::StrictSaddle => "strict saddle",
        }
    }
}

impl Landscape {
    /// What the landscape means for descent from a random start, in one sentence without a full stop.
    ///
    /// # Examples
    /// ```
    /// use spurious::{WeightShape, landscape};
    /// let sentence = |ratio| Ok::<_, spurious::Error>(landscape(5, &WeightShape::new(25, ratio)?)?.sentence());
    /// assert_eq!(sentence(4.0)?, "barrier out of the spurious minimum: 0.012568 ‖b‖²");
    /// assert_eq!(sentence(9.0)?, "no spurious minimum: gradient descent recovers the teacher from almost every start");
    /// # Ok::<(), spurious::Error>(())
    /// ```
    pub fn sentence(&self) -> String {
        match self.barrier {
            Some(barrier) => format!("barrier out of the spurious minimum: {} ‖b‖²", brief(barrier)),
            None if self.points.iter().any(|point| point.kind == PointKind::SpuriousMinimum) => {
                "no path leads out of the spurious minimum: with p = 1 the filter has two directions"
                    .to_owned()
            }
            None if self.negative_slope == 1.0 => {
                "no spurious minimum: the reversed filter with reversed output weights is the same network"
                    .to_owned()
            }
            None => "no spurious minimum: gradient descent recovers the teacher from almost every start"
                .to_owned(),
        }
    }

    /// The critical points of some landscapes, a row each, as CSV has them.
    pub fn table(landscapes: &[Self]) -> Table {
        let keys = [
            "patches",
            "sum_ratio",
            "negative_slope",
            "criticality",
            "barrier",
            "kind",
            "angle",
            "signal",
            "sum",
            "loss",
            "index",
            "learning_coefficient",
        ];
        let mut table = Table::new(keys.map(Column::hidden).to_vec());
        for landscape in landscapes {
            for point in &landscape.points {
                table.push(vec![
                    landscape.patches.into(),
                    landscape.sum_ratio.into(),
                    landscape.negative_slope.into(),
                    landscape.criticality.into(),
                    landscape.barrier.into(),
                    point.kind.name().replace(' ', "_").into(),
                    point.angle.into(),
                    point.signal.into(),
                    point.sum.into(),
                    point.loss.into(),
                    point.index.into(),
                    point.learning_coefficient.into(),
                ]);
            }
        }
        table
    }

    /// The critical points of this landscape as people read them, with the spectra of their Hessians.
    pub fn readable_table(&self) -> Table {
        let mut table = Table::new(vec![
            Column::new("kind", "point", Shown::Plain),
            Column::new("angle", "angle φ", Shown::Brief),
            Column::new("signal", "signal q/‖b‖²", Shown::Brief),
            Column::new("loss", "loss/‖b‖²", Shown::Brief),
            Column::new("index", "index", Shown::Plain),
            Column::new("learning_coefficient", "learning coeff.", Shown::Brief),
            Column::new("spectrum", "Hessian (‖b‖ = ‖v‖ = 1)", Shown::Plain),
        ])
        .keyed(1);
        for (point, spectrum) in self.points.iter().zip(&self.spectra) {
            let eigenvalue = |e: &Eigenvalue| format!("{} ×{}", brief(e.value), e.multiplicity);
            table.push(vec![
                point.kind.name().into(),
                point.angle.into(),
                point.signal.into(),
                point.loss.into(),
                point.index.into(),
                point.learning_coefficient.into(),
                spectrum.iter().map(eigenvalue).collect::<Vec<_>>().join(", ").into(),
            ]);
        }
        table
    }
}

/// An eigenvalue of a Hessian and how often it occurs.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Eigenvalue {
    /// The eigenvalue.
    pub value: f64,
    /// Its multiplicity.
    pub multiplicity: usize,
}

/// The spectrum of the Hessian of the full model (`p + k` eigenvalues, rising) at a critical point, for `‖b‖` and `‖v‖`
/// as given.
///
/// ```text
/// global minimum     0 ×1,  (1 + c²)‖b‖²/2‖v‖² ×(p−1),          α/2π ×(k−1),  K/2π ×1
/// antipodal point    0 ×1,  cδ(1 − x_c)‖b‖²/α‖v‖² ×(p−1),       α/2π ×(k−1),  K/2π ×1
/// saddle             0 ×(p−1),  α/2π ×(k−2 or k−1),  and those of the coupling of the angle with span{1, b}
/// ```
///
/// with the negative slope `c`. One zero is the length of the filter, which plays no part.
///
/// # Errors
/// If a length is not positive or `patch_dim` is 0.
///
/// # Examples
/// ```
/// use spurious::{landscape::{landscape, hessian_spectrum}, model::WeightShape};
/// let shape = WeightShape::new(25, 4.0)?;
/// let saddle = landscape(5, &shape)?.points[1];
/// let spectrum = hessian_spectrum(5, &shape, &saddle, 1.0, 1.0)?;
/// assert!(spectrum[0].value < 0.0 && spectrum[0].multiplicity == 1);
/// # Ok::<(), spurious::Error>(())
/// ```
pub fn hessian_spectrum(
    patch_dim: usize,
    shape: &WeightShape,
    point: &CriticalPoint,
    output_norm: f64,
    filter_norm: f64,
) -> Result<Vec<Eigenvalue>, Error> {
    Cell::new(patch_dim, shape.patches(), shape.sum_ratio(), 1.0)?;
    positive("length of the teacher output", output_norm)?;
    positive("length of the student filter", filter_norm)?;
    let k = shape.patches();
    let (bulk, top) = (shape.activation().output_rate() / (2.0 * PI), shape.sum_rate() / (2.0 * PI));
    let activation = shape.activation();
    let scale_squared = (output_norm / filter_norm).powi(2);
    let mut spectrum = match point.kind {
        PointKind::GlobalMinimum => {
            let turn = activation.squares() * scale_squared / 2.0;
            vec![(0.0, 1), (turn, patch_dim - 1), (bulk, k - 1), (top, 1)]
        }
        PointKind::SpuriousMinimum if activation.leak() == 0.0 => {
            vec![(0.0, patch_dim), (bulk, k - 1), (top, 1)]
        }
        PointKind::DegenerateSaddle => vec![(0.0, patch_dim), (bulk, k - 1), (top, 1)],
        PointKind::SpuriousMinimum | PointKind::StrictSaddle => {
            let turn = -activation.negative_slope() * point.signal * scale_squared;
            vec![(0.0, 1), (turn, patch_dim - 1), (bulk, k - 1), (top, 1)]
        }
        PointKind::Saddle => {
            // In the orthonormal basis (angle, 1/√k, b's part orthogonal to 1) the Hessian is
            //   [ 0   cb₁  cb₂ ]
            //   [ cb₁ K/2π  0  ]      c = −λ sin φ/(2π‖v‖),  b = ‖b‖(√(ρ/k), √(1 − ρ/k)),
            //   [ cb₂  0  bulk ]
            // and every other direction of a has the bulk eigenvalue.
            let slope = shape.activation().kernel_slope(PI - point.angle);
            let coupling = -output_norm * slope / (2.0 * PI * filter_norm);
            let along = coupling * shape.constant_share().sqrt();
            let across = coupling * shape.orthogonal_share().sqrt();
            let block = Matrix3::new(0.0, along, across, along, top, 0.0, across, 0.0, bulk);
            let mut eigenvalues: Vec<f64> = block.symmetric_eigenvalues().iter().copied().collect();
            eigenvalues.sort_by(f64::total_cmp);
            // The negative eigenvalue may be smaller than the rounding error of the others: it is computed from its own equation.
            eigenvalues[0] = -secular_root([along * along, across * across], [top, bulk]);
            if k == 1 {
                // There is no part of b orthogonal to 1.
                let distance = |i: &usize| (eigenvalues[*i] - bulk).abs();
                let bulk = (1..3).min_by(|i, j| distance(i).total_cmp(&distance(j)));
                bulk.map(|at| eigenvalues.remove(at));
            }
            let mut list = vec![(0.0, patch_dim - 1), (bulk, k.saturating_sub(2))];
            list.extend(eigenvalues.into_iter().map(|value| (value, 1)));
            list
        }
    };
    spectrum.retain(|&(_, multiplicity)| multiplicity > 0);
    spectrum.sort_by(|a, b| a.0.total_cmp(&b.0));
    Ok(spectrum.into_iter().map(|(value, multiplicity)| Eigenvalue { value, multiplicity }).collect())
}

/// The positive root of `λ = g₁/(λ + r₁) + g₂/(λ + r₂)` for non-negative gains and positive rates: the rate at which a
/// saddle repels, for the flow and for the Hessian.
pub(crate) fn secular_root(gains: [f64; 2], rates: [f64; 2]) -> f64 {
    // λ minus the right side is increasing and concave, and negative at 0: Newton rises to the root from there.
    let mut root = 0.0;
    for _ in 0..60 {
        let (mut value, mut slope) = (root, 1.0);
        for (gain, rate) in gains.iter().zip(rates) {
            value -= gain / (root + rate);
            slope += gain / (root + rate).powi(2);
        }
        let change = value / slope;
        root -= change;
        if change.abs() <= 1e-15 * root {
            break;
        }
    }
    root
}

/// The rate at which a run converges to the global minimum. Its error falls like `e^{−rate·t}` under gradient flow, and by the
/// factor `1 − η·rate` with each step of size `η`.
///
/// ```text
/// rate = min{ (1 + c²)‖b‖²/2‖v‖², α/2π }          (only the second for p = 1; K/2π instead of it for k = 1)
/// ```
///
/// The factor holds for steps that [`Guarantee`](crate::basin::Guarantee) covers; for larger steps other modes are slower.
pub fn global_rate(
    patch_dim: usize,
    shape: &WeightShape,
    norm_squared: f64,
    filter_norm_squared: f64,
) -> f64 {
    let output = if shape.patches() == 1 { shape.sum_rate() } else { shape.activation().output_rate() };
    let output = output / (2.0 * PI);
    let turn = shape.activation().squares() * norm_squared / (2.0 * filter_norm_squared);
    if patch_dim == 1 { output } else { output.min(turn) }
}

/// The rate at which the filter of a trapped run closes on the antipode with a leak: `π − φ` falls like `e^{−rate·t}` under gradient flow, and
/// by the factor `1 − η·rate` with each step. 0 for the rectifier, with which it falls like `1/t` ([`spurious_closing`]).
///
/// ```text
/// rate = c|q₋|/‖v‖²,     q₋ = −‖b‖²δ(1 − x_c)/α
/// ```
pub fn spurious_rate(shape: &WeightShape, norm_squared: f64, filter_norm_squared: f64) -> f64 {
    let (_, signal) = best_output(shape, 0.0);
    shape.activation().negative_slope() * -signal * norm_squared / filter_norm_squared
}

/// The constant with which a run converges to the spurious minimum of the rectifier: `π − φ ≈ constant/t` with `t = η·steps`.
///
/// ```text
/// constant = 2π‖v‖²/|q₋|,     q₋ = −‖b‖²(1 − x_c)/(π − 1)
/// ```
pub fn spurious_closing(shape: &WeightShape, norm_squared: f64, filter_norm_squared: f64) -> f64 {
    let alpha = shape.activation().output_rate();
    2.0 * PI * filter_norm_squared * alpha / (norm_squared * shape.criticality().complement())
}

/// The factor by which the share of undecided runs falls with each step, for many steps. Under gradient flow the share
/// falls like `e^{−(λ + μ)t}`, with steps of size `η` by the factor
///
/// ```text
/// (1 − ημ)/(1 + ηλ)        −λ the negative eigenvalue of the Hessian at the saddle, μ the smallest that draws runs to it
/// ```
///
/// Runs that stay undecided for long pass close to the saddle. With each step, the distance along its unstable direction grows by
/// `1 + ηλ`, and the distance in its stable directions falls by `1 − ημ`. A run is decided when the first distance outweighs the
/// second. Undecided are the starts whose distance from the separatrix is below the quotient of the two factors, and their share is
/// proportional to it. See theory, section 8.
///
/// `None` where every start is decided at once: there is no saddle, or the output weights start at 0 (`ρ = 0`).
///
/// # Examples
/// ```
/// use spurious::{landscape::undecided_factor, model::Cell};
/// let factor = undecided_factor(&Cell::new(5, 25, 4.0, 1.0)?, 0.1)?;
/// assert!(factor.is_some_and(|factor| (factor - 0.95).abs() < 0.001)); // 100 steps: a factor of 200
/// # Ok::<(), spurious::Error>(())
/// ```
///
/// # Errors
/// If the step size is not positive or is `4π/K` or more.
pub fn undecided_factor(cell: &Cell, step_size: f64) -> Result<Option<f64>, Error> {
    let shape = cell.shape();
    shape.check_step_size(step_size)?;
    let points = landscape(cell.patch_dim(), &shape)?.points;
    let Some(saddle) = points.iter().find(|point| point.kind == PointKind::Saddle && shape.sum_ratio() > 0.0)
    else {
        return Ok(None);
    };
    let spectrum = hessian_spectrum(cell.patch_dim(), &shape, saddle, cell.scale_ratio(), 1.0)?;
    // The two largest couple with the angle; the others are directions of the output weights on which nothing else depends.
    let across = spectrum.iter().rev().take(2).map(|attracting| (1.0 - step_size * attracting.value).abs());
    Ok(Some(across.fold(0.0, f64::max) / (1.0 - step_size * spectrum[0].value)))
}
