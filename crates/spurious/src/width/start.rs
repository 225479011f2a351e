//! Random starts: each filter and its output weights as in the paper (see [`initialization`](crate::initialization)).
//!
//! In an orthonormal basis that begins with `ŵ*` (or `1` and `b`) and continues with what each vector in turn adds, a Gaussian vector has
//! independent normal coordinates along all vectors before its own, and there the length of the rest: a χ variate with as many degrees of
//! freedom as dimensions are left (Bartlett). So the cost does not depend on `p` and `k`. A uniform point of the ball has the direction of a
//! Gaussian vector, and a distance whose `k`-th power is uniform.

use rand_distr::{ChiSquared, Distribution, StandardNormal};
use serde::{Deserialize, Serialize};

use super::reduced::dimensions;
use super::{WideStudent, check_filters};
use crate::error::Error;
use crate::model::{Cell, Teacher, norm};
use crate::numerics::random::open_uniform;

/// How large the output weights of a random start are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OutputScale {
    /// Each filter has the paper's output weights, divided by the number of filters: the network starts as large as with one filter.
    #[default]
    Divided,
    /// Each filter has the paper's output weights as they are.
    Whole,
}

impl OutputScale {
    /// The factor of the output weights of each filter.
    fn factor(self, filters: usize) -> f64 {
        match self {
            Self::Divided => 1.0 / filters as f64,
            Self::Whole => 1.0,
        }
    }
}

/// Draws starts of one cell in the coordinates of [`WideDescent`](super::WideDescent).
#[derive(Debug, Clone)]
pub(super) struct Starts {
    filters: usize,
    /// Dimensions of the coordinates, `min(p, r + 1)` and `min(k, r + 2)`.
    dimensions: (usize, usize),
    /// Lengths of the rest of each filter and of the output weights of each; `None` where nothing is left.
    filter_rest: Vec<Option<ChiSquared<f64>>>,
    output_rest: Vec<Option<ChiSquared<f64>>>,
    /// The radius of the ball, `|S|/√k` or a part of it.
    radius: f64,
    /// `1/k`
    power: f64,
}

impl Starts {
    pub(super) fn new(cell: &Cell, filters: usize, scale: OutputScale) -> Self {
        let (p, k) = (cell.patch_dim(), cell.shape().patches());
        let chi = |degrees: usize| {
            (degrees > 0).then(|| ChiSquared::new(degrees as f64).expect("degrees of freedom are positive"))
        };
        let rests = |size: usize, before: usize| {
            (0..filters).map(|i| chi(size.saturating_sub(before + i))).collect::<Vec<_>>()
        };
        Self {
            filters,
            dimensions: dimensions(p, k, filters),
            filter_rest: rests(p, 1),
            output_rest: rests(k, 2),
            radius: cell.shape().constant_share().sqrt() * cell.scale_ratio() * scale.factor(filters),
            power: 1.0 / k as f64,
        }
    }

    /// A start. Filters have length 1.
    pub(super) fn draw<R: rand::Rng>(&self, random: &mut R) -> WideStudent {
        let (d, m) = self.dimensions;
        let mut filters = vec![0.0; self.filters * d];
        let mut outputs = vec![0.0; self.filters * m];
        for (i, (filter, output)) in filters.chunks_mut(d).zip(outputs.chunks_mut(m)).enumerate() {
            gaussian(filter, 1 + i, self.filter_rest[i].as_ref(), random);
            scale_to(filter, 1.0);
            gaussian(output, 2 + i, self.output_rest[i].as_ref(), random);
            scale_to(output, self.radius * open_uniform(random.next_u64()).powf(self.power));
        }
        WideStudent::unchecked(self.filters, filters, outputs)
    }
}

/// Normal coordinates along the first `before` vectors, and the length of the rest along the next.
fn gaussian<R: rand::Rng>(vector: &mut [f64], before: usize, rest: Option<&ChiSquared<f64>>, random: &mut R) {
    let before = before.min(vector.len());
    vector[..before].fill_with(|| StandardNormal.sample(random));
    if let (Some(own), Some(rest)) = (vector.get_mut(before), rest) {
        *own = rest.sample(random).sqrt();
    }
}

fn scale_to(vector: &mut [f64], length: f64) {
    let scale = length / norm(vector);
    vector.iter_mut().for_each(|x| *x *= scale);
}

/// Draws a start in full: every filter uniform on the unit sphere of `ℝᵖ`, the output weights of each uniform in the ball of radius
/// `|1ᵀb|/√k`, or of the `r`-th part of it.
///
/// # Errors
/// If `filters` is not from 1 to [`MOST_FILTERS`](super::MOST_FILTERS).
///
/// # Examples
/// ```
/// use spurious::{Cell, model::Teacher, numerics::random::stream};
/// use spurious::width::{OutputScale, sample_wide_student};
/// let teacher = Teacher::planted(&Cell::new(5, 20, 4.0, 1.0)?);
/// let student = sample_wide_student(&teacher, 3, OutputScale::Divided, &mut stream(1, 0, 0))?;
/// let squared: f64 = student.output_weights(2).iter().map(|a| a * a).sum();
/// assert!(squared <= 4.0 / 20.0 / 9.0); // (1ᵀb)²/k, divided by 3²
/// # Ok::<(), spurious::Error>(())
/// ```
pub fn sample_wide_student<R: rand::Rng>(
    teacher: &Teacher,
    filters: usize,
    scale: OutputScale,
    random: &mut R,
) -> Result<WideStudent, Error> {
    check_filters(filters)?;
    let students: Vec<_> =
        (0..filters).map(|_| crate::initialization::sample_student(teacher, random)).collect();
    let factor = scale.factor(filters);
    Ok(WideStudent::unchecked(
        filters,
        students.iter().flat_map(|student| student.filter().iter().copied()).collect(),
        students.iter().flat_map(|student| student.output_weights().iter().map(|a| factor * a)).collect(),
    ))
}
