//! Standard errors of a fit, which are valid also if the model is not true, and the rank of its data.
//!
//! ```text
//! cov(x) = A⁻¹ B A⁻¹        A = ∂²(Σω ℓ)/∂x²,  B = Σ gᵢgᵢᵀ,  gᵢ = ωᵢ rᵢ tᵢ/(1 − hᵢ),  hᵢ = ωᵢ tᵢ·A⁻¹tᵢ
//! cov(û, b, a, c) = K T cov(x) Tᵀ Kᵀ,   K = ∂(û, b, a, c)/∂θ
//! ```
//!
//! `T` spans the directions of `θ` that keep `‖w‖`, with coordinates `x`, and `tᵢ` is the derivative of `f(Zᵢ)` with respect to `x`.
//! The loss does not depend on the scale that filter and output weights share, so its second derivative with respect to all of `θ` is
//! singular; on the tangent space of `‖w‖ = const` the scale is fixed.
//!
//! If the model is true and the noise has constant variance, `B ≈ s²A`, and the covariance is the inverse of the Fisher information. If
//! not, `B` contains the dependence of the residuals on the sample. Division by `1 − hᵢ` corrects the residual of a sample for its own
//! influence on the fit. `A` contains `Σω JᵀJ`, the penalty, and the term of the second derivative that couples filter and output
//! weights, `Σω r σ'ᵢⱼ Zᵢⱼ`; the contribution of kinks between active and inactive samples is left out.
//!
//! With the logistic loss of two classes `rᵢ` is the slope `πᵢ − 1[tᵢ = 1]`, and the curvature `κᵢ = πᵢ(1 − πᵢ)` enters `A`, which contains `Σωκ JᵀJ`, and
//! `hᵢ = ωᵢκᵢ tᵢ·A⁻¹tᵢ`.
//!
//! For several classes `gᵢ = ωᵢ Σ_c (πᵢ_c − 1[yᵢ = c]) tᵢ_c`, and `A` contains `JᵀWJ` with `W = diag π − ππᵀ`. Leverages are matrices there;
//! instead of `1 − hᵢ`, `B` has the factor `n/(n − rank)`, which corrects them on average.
//!
//! Where samples come in clusters, of groups or of stretches of time, `B` has the squares of the sums over clusters: errors of
//! samples that belong together need not be independent.
//!
//! # Source
//! White, "Maximum likelihood estimation of misspecified models", Econometrica 50 (1982); MacKinnon and White, "Some
//! heteroskedasticity-consistent covariance matrix estimators with improved finite sample properties", Journal of
//! Econometrics 29 (1985); for clusters Liang and Zeger, "Longitudinal data analysis using generalized linear models", Biometrika
//! 73 (1986).

use std::borrow::Cow;
use std::collections::BTreeMap;

use nalgebra::{DMatrix, DVector};

use super::coordinates::{Coordinates, Quadratic};
use super::eliminated::Eliminated;
use super::evaluate::MOST_PARAMETERS;
use super::loss::{AtSample, Loss, slopes};
use super::network::Network;
use super::pass::sum_over_blocks;
use super::samples::Samples;
use super::split::Selection;
use super::sums::Additive;
use crate::{Activation, Error, Monitor};

/// The data has no information in directions whose eigenvalue, after scaling, is below this share of the largest.
const RANK: f64 = 1e-10;
/// Smallest number of degrees of freedom for which standard errors are given.
const FEWEST_LEFT: u64 = 5;
/// Samples per parameter of the model from which the scores are estimated.
const SAMPLES_PER_NUMBER: u64 = 512;

pub(super) struct Uncertainty {
    /// Standard errors of the network on the original patches, with a filter of length 1; `None` if too few degrees of freedom are left.
    pub(super) standard_errors: Option<Network>,
    /// `s`, the standard deviation of the noise; with the logistic loss that of `y − ŷ`, with `ŷ` in units of the target.
    pub(super) noise: f64,
    pub(super) parameters: usize,
    pub(super) rank: usize,
    /// `n − rank`; a linear part counts as much as its penalty leaves of it.
    pub(super) degrees_of_freedom: u64,
}

/// A fit whose standard errors are computed.
pub(super) struct Fitted<'a> {
    pub(super) coordinates: &'a Coordinates,
    pub(super) theta: &'a DVector<f64>,
    /// The network there, with its linear part.
    pub(super) network: &'a Network,
    /// What the derivatives have in common with the linear part ([`Eliminated::in_common`](super::eliminated::Eliminated::in_common)).
    pub(super) in_common: Option<DMatrix<f64>>,
    /// Loss and Gauss–Newton matrix there, without the penalty.
    pub(super) here: &'a Quadratic,
    /// The contribution of the penalty to the second derivative with respect to `θ`.
    pub(super) penalty: &'a DMatrix<f64>,
    /// `Σω`
    pub(super) weight: f64,
    pub(super) samples: u64,
}

impl Uncertainty {
    /// Of a fit to so few samples that the derivatives of all of them, without directions that change no prediction, determine all
    /// predictions, or to so many parameters that no matrix of their size is formed; `None` if neither is so.
    pub(super) fn of_few(
        coordinates: &Coordinates,
        theta: &DVector<f64>,
        here: &Quadratic,
        weight: f64,
        samples: u64,
    ) -> Option<Self> {
        let factor = here.factor.as_ref()?;
        let tangent = filter_tangent(coordinates, theta);
        let mut rows = factor.along(coordinates.first_output(), &tangent);
        for mut column in rows.column_iter_mut() {
            let length = column.norm();
            if length > 0.0 {
                column.unscale_mut(length);
            }
        }
        let eigenvalues = (&rows * rows.transpose()).symmetric_eigenvalues();
        let cut = RANK * eigenvalues.max();
        let rank = eigenvalues.iter().filter(|&&value| value > cut).count();
        let degrees_of_freedom = samples.saturating_sub(rank as u64);
        let noise = (2.0 * here.loss * weight / degrees_of_freedom.max(1) as f64).sqrt();
        let parameters = coordinates.len() - coordinates.filters;
        let none = Self { standard_errors: None, noise, parameters, rank, degrees_of_freedom };
        let is_too_large =
            coordinates.filters * (coordinates.patch_dim + coordinates.patches) > MOST_PARAMETERS;
        (degrees_of_freedom < FEWEST_LEFT || is_too_large).then_some(none)
    }
}

/// Standard errors, from one more pass over the data.
pub(super) fn uncertainty(
    source: &mut Samples<'_>,
    selection: Selection<'_>,
    fitted: &Fitted<'_>,
    monitor: &dyn Monitor,
) -> Result<Uncertainty, Error> {
    let Fitted { coordinates, theta, here, weight, samples, .. } = *fitted;
    let n = coordinates.len();
    let tangent = tangent(coordinates, theta);
    let information = tangent.transpose() * (&here.hessian * weight) * &tangent;
    let (of_data, rank) = pseudo_inverse(&information);
    let penalty = tangent.transpose() * fitted.penalty * weight * &tangent;
    let inverse =
        if fitted.penalty.amax() > 0.0 { pseudo_inverse(&(&information + &penalty)).0 } else { of_data };
    // The linear part takes as many degrees of freedom as its penalty leaves of it.
    let eliminated = coordinates.eliminated();
    let left = eliminated.map_or(0, Eliminated::degrees_of_freedom) as f64;
    let taken = rank as f64 + left - shrunk(coordinates, &inverse, &penalty);
    let degrees_of_freedom = samples.saturating_sub(taken.ceil() as u64);
    // What all classes have in common is no parameter.
    let fixed = coordinates.shared_by_classes().count();
    let linear = eliminated.map_or(0, Eliminated::varying);
    let (rank, parameters) = (rank + linear, n - coordinates.filters - fixed + linear);
    let squares = match coordinates.loss {
        Loss::Squares => 2.0 * here.loss * weight,
        Loss::Logistic { .. } | Loss::Multinomial { .. } => squares(source, selection, fitted, monitor)?,
    };
    let noise = (squares / degrees_of_freedom.max(1) as f64).sqrt();
    let none = Uncertainty { standard_errors: None, noise, parameters, rank, degrees_of_freedom };
    if degrees_of_freedom < FEWEST_LEFT {
        return Ok(none);
    }
    let scores = scores(source, selection, fitted, &tangent, &inverse, monitor)?;
    // Clusters are the observations, where there are any.
    let degrees_of_freedom = match scores.by_cluster.len() as u64 {
        0 => degrees_of_freedom,
        clusters => degrees_of_freedom.min(clusters - 1),
    };
    let none = Uncertainty { degrees_of_freedom, ..none };
    if scores.samples == 0.0 || degrees_of_freedom < FEWEST_LEFT {
        return Ok(none);
    }
    let stands_for = samples as f64 / scores.samples;
    // The full second derivative. Without the contribution of kinks it may be indefinite; then the Gauss–Newton part is used.
    let mut bread = information + penalty + &scores.mixed * stands_for;
    // Along what all classes have in common nothing is known, and nothing asked.
    coordinates.fix_classes(&mut bread, coordinates.filters);
    let inverse =
        if bread.clone().symmetric_eigenvalues().min() > 0.0 { pseudo_inverse(&bread).0 } else { inverse };
    let correction = match coordinates.values() {
        1 => 1.0,
        _ => samples as f64 / degrees_of_freedom as f64,
    };
    let covariance = &inverse * scores.covariance(stands_for * correction) * inverse.transpose();
    let by_x = network_jacobian(coordinates, theta) * &tangent;
    let covariance = &by_x * covariance * by_x.transpose();
    let errors = covariance.diagonal().map(|entry| entry.max(0.0).sqrt());
    // The slope was given: it has no error.
    let activation = Activation::RECTIFIER;
    let of_filters = Network { linear_part: Vec::new(), activation, ..fitted.network.clone() };
    let standard_errors = of_filters.with_numbers(errors.iter().copied());
    Ok(Uncertainty { standard_errors: Some(standard_errors), ..none })
}

/// The degrees of freedom that the penalty takes from a linear part in `θ`, `Σ λ(A⁻¹)_γγ`, for matrices on the tangent space.
fn shrunk(coordinates: &Coordinates, inverse: &DMatrix<f64>, penalty: &DMatrix<f64>) -> f64 {
    let Some(part) = coordinates.searched().filter(|part| part.penalty() > 0.0) else { return 0.0 };
    // Of what all classes have in common the penalty is the only information: there it takes nothing from the data.
    let in_common = if coordinates.values() > 1 { part.directions() } else { 0 };
    let places = coordinates.linear_places().map(|at| at - coordinates.filters);
    places.map(|at| inverse[(at, at)] * penalty[(at, at)]).sum::<f64>() - in_common as f64
}

/// `Σω(ŷ − y)²` of the predictions; for several classes `Σω|π − e_y|²`.
fn squares(
    source: &mut Samples<'_>,
    selection: Selection<'_>,
    fitted: &Fitted<'_>,
    monitor: &dyn Monitor,
) -> Result<f64, Error> {
    let windows = source.windows().clone();
    let total = sum_over_blocks(source, 0, monitor, |block| {
        let mut packed = vec![0.0; windows.packed()];
        let mut sum = 0.0;
        for (i, &y) in block.rows.target.iter().enumerate() {
            let weight = block.rows.weights.map_or(1.0, |weights| weights[i]);
            if weight > 0.0 && selection.contains(block.first + i as u64) {
                block.rows.slice(i, 1).pack(&windows, &mut packed);
                let numbers = || block.rows.row(i, windows.width());
                let square = match fitted.coordinates.loss {
                    Loss::Multinomial { .. } => {
                        let errors = slopes(fitted.network.values_of(&packed, numbers()), y);
                        errors.iter().map(|error| error * error).sum()
                    }
                    loss => (loss.prediction(fitted.network.value_of(&packed, numbers())) - y).powi(2),
                };
                sum += weight * square;
            }
        }
        sum
    })?;
    total.total().ok_or(Error::NoSamples)
}

/// The pseudo-inverse of a positive semidefinite matrix, and its rank. It is scaled to a unit diagonal first, `A⁺ = S(SAS)⁺S`, so that
/// the rank does not depend on the units of the columns.
fn pseudo_inverse(matrix: &DMatrix<f64>) -> (DMatrix<f64>, usize) {
    let n = matrix.nrows();
    let scales = matrix.diagonal().map(|entry| if entry > 0.0 { entry.sqrt().recip() } else { 0.0 });
    let scaled = DMatrix::from_fn(n, n, |i, j| matrix[(i, j)] * scales[i] * scales[j]);
    let eigen = scaled.symmetric_eigen();
    let cut = RANK * eigen.eigenvalues.iter().copied().fold(0.0, f64::max);
    let rank = eigen.eigenvalues.iter().filter(|&&value| value > cut).count();
    let inverses = eigen.eigenvalues.map(|value| if value > cut { value.recip() } else { 0.0 });
    let inverse = &eigen.eigenvectors * DMatrix::from_diagonal(&inverses) * eigen.eigenvectors.transpose();
    (DMatrix::from_fn(n, n, |i, j| inverse[(i, j)] * scales[i] * scales[j]), rank)
}

/// Sums of the scores of samples.
struct Scores {
    /// Number of samples in the sums.
    samples: f64,
    /// `Σ gᵢ`
    first: DVector<f64>,
    /// `Σ gᵢgᵢᵀ`
    second: DMatrix<f64>,
    /// `Σω r ∂²f/∂x²`
    mixed: DMatrix<f64>,
    /// `Σ gᵢ` of each cluster
    by_cluster: BTreeMap<u32, DVector<f64>>,
}

impl Additive for Scores {
    fn add(&mut self, other: &Self) {
        self.samples += other.samples;
        self.first += &other.first;
        self.second += &other.second;
        self.mixed += &other.mixed;
        for (&cluster, sum) in &other.by_cluster {
            *self.by_cluster.entry(cluster).or_insert_with(|| DVector::zeros(sum.len())) += sum;
        }
    }
}

impl Scores {
    /// `B` about the mean, because with a penalty the scores do not add up to zero. Each sample represents several of the data.
    fn covariance(&self, stands_for: f64) -> DMatrix<f64> {
        if !self.by_cluster.is_empty() {
            let m = self.by_cluster.len() as f64;
            let mean = &self.first / m;
            let mut second = DMatrix::zeros(mean.len(), mean.len());
            for sum in self.by_cluster.values() {
                let d = sum - &mean;
                second.ger(m / (m - 1.0), &d, &d, 1.0);
            }
            return second * stands_for;
        }
        (&self.second - &self.first * self.first.transpose() / self.samples) * stands_for
    }
}

fn scores(
    source: &mut Samples<'_>,
    selection: Selection<'_>,
    fitted: &Fitted<'_>,
    tangent: &DMatrix<f64>,
    inverse: &DMatrix<f64>,
    monitor: &dyn Monitor,
) -> Result<Scores, Error> {
    let Fitted { coordinates, network, .. } = *fitted;
    let windows = source.windows().clone();
    let (p, k, n) = (coordinates.patch_dim, coordinates.patches, coordinates.len());
    let stride = fitted.samples.div_ceil(SAMPLES_PER_NUMBER * n as u64).max(1);
    let (r, of_output) = (coordinates.filters, coordinates.of_output());
    // From derivatives with respect to the network's parameters (u, b, …, a, …, c) to those with respect to x.
    let by_network = coordinates.by_network();
    let to_x = tangent.transpose() * by_network;
    let outputs = r * (p + 1);
    let last = outputs + r * of_output;
    // What they have in common with the linear part, [x, width].
    let in_common = fitted.in_common.as_ref().map(|common| &to_x * common.columns(0, last + 1).transpose());
    let centre = coordinates.eliminated().map_or(&[][..], Eliminated::centre);
    let clusters = source.arrangement().clusters().map(Cow::into_owned);
    let total = sum_over_blocks(source, 0, monitor, |block| {
        let m = tangent.ncols();
        let mut scores = Scores {
            samples: 0.0,
            first: DVector::zeros(m),
            second: DMatrix::zeros(m, m),
            mixed: DMatrix::zeros(m, m),
            by_cluster: BTreeMap::new(),
        };
        // Σω r ∂²f/∂u∂a and Σω r ∂²f/∂b∂a of each filter, [patch_dim + 1, patches]
        let mut crossed = vec![DMatrix::zeros(p + 1, of_output); r];
        let mut packed = vec![0.0; windows.packed()];
        let mut derivative = DVector::zeros(to_x.ncols());
        let mut active = vec![0.0; r * k];
        for (i, &y) in block.rows.target.iter().enumerate() {
            let (row, weight) =
                (block.first + i as u64, block.rows.weights.map_or(1.0, |weights| weights[i]));
            if weight == 0.0 || !row.is_multiple_of(stride) || !selection.contains(row) {
                continue;
            }
            block.rows.slice(i, 1).pack(&windows, &mut packed);
            derivative.fill(0.0);
            let numbers = || block.rows.row(i, windows.width());
            for (filter, active) in network.filters.iter().zip(active.chunks_exact_mut(k)) {
                filter.activations(&packed, network.activation, active);
            }
            let found = network.values_from(&active, numbers());
            // Of one value the slope is a factor of the derivative; of several scores the slopes are in it.
            let (residual, curvature, slopes) = match coordinates.loss {
                Loss::Multinomial { .. } => (1.0, 0.0, slopes(found, y)),
                loss => {
                    let AtSample { slope, curvature, .. } = loss.at(found[0], y);
                    (slope, curvature, vec![1.0])
                }
            };
            let z = coordinates.searched().map_or_else(Vec::new, |linear| linear.inputs(numbers()));
            for (c, slope) in slopes.iter().enumerate() {
                let mut by_linear = derivative.rows_mut(last + c * z.len(), z.len());
                by_linear.iter_mut().zip(&z).for_each(|(entry, z)| *entry = slope * z);
                derivative[last + coordinates.of_linear() + c] = *slope;
            }
            for (i, filter) in network.filters.iter().enumerate() {
                let (at, output) = (i * (p + 1), outputs + i * of_output);
                for (j, patch) in packed.chunks_exact(p).enumerate() {
                    let active = active[i * k + j];
                    // σ'
                    let rise = network.activation.times_slope(active, 1.0);
                    if rise > 0.0 {
                        let each = slopes.iter().zip(filter.output_weights.iter().skip(j).step_by(k));
                        let a = rise * each.map(|(slope, a)| slope * a).sum::<f64>();
                        derivative[at + p] += a;
                        patch.iter().enumerate().for_each(|(t, z)| derivative[at + t] += a * z);
                        for (c, slope) in slopes.iter().enumerate() {
                            derivative[output + c * k + j] = slope * active;
                            let (at, slope) = (c * k + j, weight * residual * slope * rise);
                            crossed[i][(p, at)] += slope;
                            patch.iter().enumerate().for_each(|(t, z)| crossed[i][(t, at)] += slope * z);
                        }
                    }
                }
            }
            let mut t = &to_x * &derivative;
            if let Some(in_common) = &in_common {
                let centred = numbers().zip(centre).map(|(x, mean)| x - mean);
                t -= in_common * DVector::from_iterator(centre.len(), centred);
            }
            let leverage = weight * curvature * t.dot(&(inverse * &t));
            let score = t * (weight * residual / (1.0 - leverage).max(LEAST_LEFT));
            scores.samples += 1.0;
            match &clusters {
                #[allow(clippy::cast_possible_truncation, reason = "a place in a slice")]
                Some(clusters) => {
                    let sum = scores.by_cluster.entry(clusters[row as usize]);
                    *sum.or_insert_with(|| DVector::zeros(m)) += &score;
                }
                None => scores.second.ger(1.0, &score, &score, 1.0),
            }
            scores.first += score;
        }
        for (i, crossed) in crossed.iter().enumerate() {
            let (filter, output) =
                (to_x.columns(i * (p + 1), p + 1), to_x.columns(outputs + i * of_output, of_output));
            let mixed = filter * crossed * output.transpose();
            scores.mixed += &mixed + mixed.transpose();
        }
        scores
    })?;
    total.total().ok_or(Error::NoSamples)
}

/// Smallest value of `1 − hᵢ` in the scores. A sample that determines its own prediction has no residual and `1 − hᵢ = 0`.
const LEAST_LEFT: f64 = 0.05;

/// An orthonormal basis of the directions of `θ` that keep the length of each filter: for each filter the columns, without the first, of a
/// reflection that maps `w` to the first axis.
fn tangent(coordinates: &Coordinates, theta: &DVector<f64>) -> DMatrix<f64> {
    let (n, first) = (coordinates.len(), coordinates.first_output());
    let of_filters = filter_tangent(coordinates, theta);
    let column = of_filters.ncols();
    let mut tangent = of_filters.resize(n, n - coordinates.filters, 0.0);
    tangent.view_mut((first, column), (n - first, n - first)).fill_with_identity();
    tangent
}

/// The part of it that belongs to the filters.
fn filter_tangent(coordinates: &Coordinates, theta: &DVector<f64>) -> DMatrix<f64> {
    let (p, first) = (coordinates.patch_dim, coordinates.first_output());
    let mut tangent = DMatrix::zeros(first, first - coordinates.filters);
    let mut column = 0;
    for (at, _) in coordinates.places() {
        let mut mirror = theta.rows(at, p).normalize();
        mirror[0] += mirror[0].signum();
        let reflection =
            DMatrix::identity(p, p) - &mirror * mirror.transpose() * (2.0 / mirror.norm_squared());
        tangent.view_mut((at, column), (p, p - 1)).copy_from(&reflection.columns(1, p - 1));
        column += p - 1;
        if coordinates.filter_bias {
            tangent[(at + p, column)] = 1.0;
            column += 1;
        }
    }
    tangent
}

/// The derivative of the numbers of the normalised network, in their order, with respect to `θ`; for each filter:
///
/// ```text
/// u = Mᵀw, m = ‖u‖:   dû = (I − ûûᵀ)Mᵀdw/m,   b = (β − u·μ)/m,   d(am) = m da + a ûᵀMᵀdw
/// ```
fn network_jacobian(coordinates: &Coordinates, theta: &DVector<f64>) -> DMatrix<f64> {
    let (p, k) = (coordinates.patch_dim, coordinates.of_output());
    let n = coordinates.len();
    let (pull, mean) = match &coordinates.transform {
        None => (DMatrix::identity(p, p), DVector::zeros(p)),
        Some(transform) => (transform.as_matrix().transpose(), DVector::from_column_slice(&transform.mean)),
    };
    let of_filter = p + 1 + k;
    // An intercept stands before those of several classes.
    let row_of_intercepts = coordinates.filters * of_filter + usize::from(coordinates.values() > 1);
    let mut jacobian = DMatrix::zeros(row_of_intercepts + coordinates.values(), n);
    for (i, (at, output)) in coordinates.places().enumerate() {
        let row = i * of_filter;
        let u = &pull * theta.rows(at, p);
        let m = u.norm();
        let unit = &u / m;
        let along = unit.transpose() * &pull;
        jacobian.view_mut((row, at), (p, p)).copy_from(&((&pull - &unit * &along) / m));
        let bias = if coordinates.filter_bias { theta[at + p] } else { 0.0 } - u.dot(&mean);
        let bias_by_w = -(mean.transpose() * &pull) / m - &along * (bias / (m * m));
        jacobian.view_mut((row + p, at), (1, p)).copy_from(&bias_by_w);
        if coordinates.filter_bias {
            jacobian[(row + p, at + p)] = m.recip();
        }
        for j in 0..k {
            jacobian[(row + p + 1 + j, output + j)] = m;
            let by_w = &along * theta[output + j];
            jacobian.view_mut((row + p + 1 + j, at), (1, p)).copy_from(&by_w);
        }
    }
    let constants = coordinates.intercepts();
    jacobian.view_mut((row_of_intercepts, n - constants), (constants, constants)).fill_with_identity();
    jacobian
}
