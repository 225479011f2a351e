//! Moments of the data before a fit, and their distance from the assumptions of the theory.

use fearless_simd::{Level, dispatch};
use nalgebra::{DMatrix, DVector};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::kernels::gram::{GRAM_COLUMNS, GRAM_ROWS, add_strip};
use super::loss::{Loss, class_of};
use super::pass::pass_over;
use super::samples::{Rows, Samples};
use super::split::Selection;
use super::target::{FEW, MOST_CLASSES, TargetKind};
use super::windows::Windows;
use crate::error::Place;
use crate::{Error, Monitor};

/// The largest number of columns for which all correlations are computed, and the largest of rows or columns, whichever are fewer, for
/// which a linear model is (32 MB).
pub const WIDEST: usize = 2048;
/// Numbers and weights between these sizes have products and fourth powers that neither overflow nor underflow.
const SMALLEST: f64 = 1e-50;
const LARGEST: f64 = 1e50;
/// Columns whose sums of powers are kept at hand.
const COLUMNS_AT_ONCE: usize = 32;
/// Numbers packed at once.
const PACKED_VALUES: usize = 1 << 17;

/// Moments of the selected samples, from one pass.
#[derive(Debug, Clone, PartialEq)]
pub struct Survey {
    /// Samples with positive weight.
    pub samples: u64,
    /// `Σω`.
    pub weight: f64,
    /// Mean of the labels.
    pub target_mean: f64,
    /// Variance of the labels, `Σω(y − ȳ)²/Σω`.
    pub target_variance: f64,
    /// The lower and the higher value of the labels, if they have exactly two.
    pub classes: Option<[f64; 2]>,
    /// The different labels in order, each with its share of `Σω`; empty if there are more than [`FEW`].
    pub(super) shares: Vec<(f64, f64)>,
    /// What the labels are taken for.
    pub target_kind: TargetKind,
    /// `E z`, over samples and patches, `[patch_dim]`.
    pub patch_mean: Vec<f64>,
    /// Covariance of a patch, over samples and patches about their common mean, `[patch_dim, patch_dim]`.
    pub patch_covariance: Vec<f64>,
    /// Distance of the patches from the assumptions of the theory.
    pub assumptions: Assumptions,
    /// Means and covariance of all numbers of a row and the label, where there are at most [`WIDEST`].
    pub(super) joint: Option<Joint>,
    /// Mean of each number of a row, and `1/σ`.
    pub(super) columns: Columns,
}

/// Distance of the patches from independent standard normal entries. For such entries all numbers are zero, but `condition` is 1.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Assumptions {
    /// Largest mean of an entry, in units of its standard deviation.
    pub mean: f64,
    /// Ratio of the largest to the smallest variance of a direction of the patch; `None` if a direction has variance zero.
    pub condition: Option<f64>,
    /// Largest absolute correlation between two entries of a patch.
    pub entry_correlation: f64,
    /// Correlation between two patches with the largest absolute value, averaged over their corresponding entries. `None` for one
    /// patch and for more than [`WIDEST`] columns.
    pub patch_correlation: Option<f64>,
    /// Excess kurtosis of an entry, averaged over those that vary; 0 for normal, −1.2 for uniform entries.
    pub kurtosis: f64,
    /// Number of columns that are constant over the samples.
    pub constant_columns: usize,
}

/// Mean and scale of each number of a row.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Columns {
    pub(super) mean: DVector<f64>,
    /// `1/σ`; zero where it is constant.
    pub(super) scales: DVector<f64>,
}

/// `1/σ` of a number; zero where it is constant.
fn scale(mean: f64, variance: f64) -> f64 {
    let deviation = variance.max(0.0).sqrt();
    if deviation > 1e-12 * mean.abs() { deviation.recip() } else { 0.0 }
}

/// Means and covariance of the numbers of a row, with the label last.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Joint {
    pub(super) mean: DVector<f64>,
    pub(super) covariance: DMatrix<f64>,
}

impl Joint {
    /// `1/σ` of each number of a row; zero where it is constant.
    pub(super) fn scales(&self) -> DVector<f64> {
        DVector::from_fn(self.mean.len() - 1, |i, _| scale(self.mean[i], self.covariance[(i, i)]))
    }

    /// The correlation matrix of the numbers of a row, for their [`scales`](Self::scales); zero where a number is constant.
    pub(super) fn correlation(&self, scales: &DVector<f64>) -> DMatrix<f64> {
        let d = scales.len();
        DMatrix::from_fn(d, d, |i, j| self.covariance[(i, j)] * scales[i] * scales[j])
    }
}

impl Joint {
    /// Pooled mean and covariance of the patches, from the covariances `Cⱼ` of the columns of each. What lies beyond the edge is zero.
    ///
    /// ```text
    /// μ = Σⱼ μⱼ/k        C = Σⱼ [Cⱼ + (μⱼ − μ)(μⱼ − μ)ᵀ]/k
    /// ```
    fn patch_moments(&self, windows: &Windows) -> (DVector<f64>, DMatrix<f64>) {
        let (k, p) = (windows.patches(), windows.patch_dim());
        let mean_at = |j: usize, t: usize| windows.column(j, t).map_or(0.0, |column| self.mean[column]);
        let mean = DVector::from_fn(p, |t, _| (0..k).map(|j| mean_at(j, t)).sum::<f64>() / k as f64);
        let covariance = DMatrix::from_fn(p, p, |s, t| {
            let within = |j: usize| {
                windows.column(j, s).zip(windows.column(j, t)).map_or(0.0, |columns| self.covariance[columns])
                    + (mean_at(j, s) - mean[s]) * (mean_at(j, t) - mean[t])
            };
            (0..k).map(within).sum::<f64>() / k as f64
        });
        (mean, covariance)
    }
}

impl Survey {
    /// The moments of the same samples, cut another way, without those of rows; `None` if rows are too wide to be known from these.
    pub(super) fn cut(&self, windows: &Windows) -> Option<Self> {
        let joint = self.joint.as_ref()?;
        let (mean, covariance) = joint.patch_moments(windows);
        let covariance = without_rounding(covariance, &mean);
        let of_columns = (self.assumptions.kurtosis, self.assumptions.constant_columns);
        Some(Self {
            assumptions: assumptions(windows, of_columns, &mean, &covariance, Some(joint)),
            patch_mean: mean.as_slice().to_vec(),
            patch_covariance: covariance.as_slice().to_vec(),
            joint: None,
            columns: self.columns.clone(),
            target_kind: self.target_kind,
            samples: self.samples,
            weight: self.weight,
            target_mean: self.target_mean,
            target_variance: self.target_variance,
            classes: self.classes,
            shares: self.shares.clone(),
        })
    }

    /// The loss of so many classes, the labels of which are 0, 1, ….
    pub(super) fn check_classes(&self, classes: usize) -> Result<Loss, Error> {
        let is_known = (3..=MOST_CLASSES).contains(&classes) && !self.shares.is_empty();
        match is_known && self.shares.iter().all(|(label, _)| is_class(*label, classes)) {
            true => Ok(Loss::Multinomial { classes }),
            false => Err(not_classes()),
        }
    }
}

/// A class that no sample has counts as this share.
const SMALLEST_SHARE: f64 = 1e-6;

impl Survey {
    /// `log` of the share of each class, `[classes]`.
    pub(super) fn logarithms_of_shares(&self, classes: usize) -> Vec<f64> {
        let mut shares = vec![SMALLEST_SHARE; classes];
        self.shares.iter().for_each(|(label, share)| shares[class_of(*label)] = *share);
        shares.into_iter().map(f64::ln).collect()
    }
}

/// Whether a label is one of so many classes.
pub(super) fn is_class(label: f64, classes: usize) -> bool {
    label.fract() == 0.0 && (0.0..classes as f64).contains(&label)
}

pub(super) fn not_classes() -> Error {
    Error::NotClasses { most: MOST_CLASSES }
}

/// Sums of shifted numbers.
struct Sums<'a> {
    windows: &'a Windows,
    selection: Selection<'a>,
    samples: u64,
    /// The first sample. It is subtracted so that sums of powers lose no digits.
    shift: Vec<f64>,
    /// `Σω x`, `Σω x³`, `Σω x⁴` for each number of a row and the label
    first: Vec<f64>,
    third: Vec<f64>,
    fourth: Vec<f64>,
    second: Vec<f64>,
    weight: f64,
    largest_weight: f64,
    /// Different labels, at most one more than [`FEW`], each with its `Σω`.
    labels: Vec<(f64, f64)>,
    /// Whether all labels are whole numbers, none of them negative.
    are_counts: bool,
    /// Largest absolute difference from the first sample, for each number of a row and the label.
    largest: Vec<f64>,
    /// `Σω (x, y)ᵀ(x, y)`, padded, or `Σω Σⱼ zⱼzⱼᵀ` of single patches where rows have more than [`WIDEST`] numbers
    gram: Vec<f64>,
}

impl<'a> Sums<'a> {
    fn new(windows: &'a Windows, selection: Selection<'a>) -> Self {
        let d = windows.width();
        let columns = if d <= WIDEST { d + 1 } else { windows.patch_dim() };
        let padded = columns.next_multiple_of(GRAM_COLUMNS);
        let zeros = vec![0.0; d + 1];
        Self {
            windows,
            selection,
            samples: 0,
            shift: Vec::new(),
            first: zeros.clone(),
            largest: zeros.clone(),
            largest_weight: 0.0,
            labels: Vec::new(),
            are_counts: true,
            second: zeros.clone(),
            third: zeros.clone(),
            fourth: zeros,
            weight: 0.0,
            gram: vec![0.0; padded * padded],
        }
    }

    fn is_wide(&self) -> bool {
        self.first.len() - 1 > WIDEST
    }

    /// Adds rows; the first of them is sample `first_row` of the data.
    fn add(&mut self, rows: &Rows<'_>, first_row: u64, monitor: &dyn Monitor) -> Result<(), Error> {
        let d = self.first.len() - 1;
        // A power of two no larger than a block, so that chunks do not depend on how the data is handed over.
        let at_once = (1 << (PACKED_VALUES / (d + 1)).max(1).ilog2()).min(super::block_samples(self.windows));
        let samples = rows.target.len();
        for first in (0..samples).step_by(at_once) {
            monitor.check()?;
            let count = at_once.min(samples - first);
            let kept: Vec<(usize, f64)> = (first..first + count)
                .map(|i| (i, rows.weights.map_or(1.0, |weights| weights[i])))
                .filter(|&(i, weight)| weight > 0.0 && self.selection.contains(first_row + i as u64))
                .collect();
            if !kept.is_empty() {
                self.add_kept(rows, &kept);
            }
            monitor.advance(count as u64);
        }
        Ok(())
    }

    /// Adds rows given by their place and weight.
    fn add_kept(&mut self, rows: &Rows<'_>, kept: &[(usize, f64)]) {
        let d = self.first.len() - 1;
        let (windows, wide) = (self.windows, self.is_wide());
        if self.samples == 0 {
            self.shift = rows.row(kept[0].0, d).chain([rows.target[kept[0].0]]).collect();
        }
        self.samples += kept.len() as u64;
        for &(i, weight) in kept {
            let label = rows.target[i];
            self.are_counts &= label >= 0.0 && label.fract() == 0.0;
            if let Some((_, sum)) = self.labels.iter_mut().find(|(known, _)| *known == label) {
                *sum += weight;
            } else if self.labels.len() <= FEW {
                self.labels.push((label, weight));
            }
        }
        self.weight += kept.iter().map(|(_, weight)| weight).sum::<f64>();
        // Lines of the Gram matrix are whole rows with the label, or single patches where rows are too wide.
        let (columns, lines) = if wide { (windows.patch_dim(), windows.patches()) } else { (d + 1, 1) };
        let padded = columns.next_multiple_of(GRAM_COLUMNS);
        let mut shifted = vec![0.0; kept.len() * lines * padded];
        let shift = &self.shift;
        shifted.par_chunks_mut(lines * padded).zip(kept).for_each(|(line, &(i, _))| {
            if wide {
                let row = i * rows.stride;
                for (at, column) in windows.columns().enumerate() {
                    let x = column.map_or(0.0, |column| rows.values.get(row + column) - shift[column]);
                    line[at / columns * padded + at % columns] = x;
                }
            } else {
                let numbers = rows.row(i, d).chain([rows.target[i]]);
                line.iter_mut().zip(numbers.zip(shift)).for_each(|(entry, (x, shift))| *entry = x - shift);
            }
        });
        self.largest_weight = kept.iter().map(|&(_, weight)| weight).fold(self.largest_weight, f64::max);
        // Row by row, for some columns at once: each sum is in the order of rows.
        let power_sums = |first: usize| {
            let count = COLUMNS_AT_ONCE.min(d + 1 - first);
            let (mut sums, mut largest) = ([[0.0; COLUMNS_AT_ONCE]; 4], [0.0_f64; COLUMNS_AT_ONCE]);
            let mut numbers = [0.0; COLUMNS_AT_ONCE];
            for (line, &(i, weight)) in kept.iter().enumerate() {
                if wide {
                    let row = rows.values;
                    let number =
                        |at: usize| if at == d { rows.target[i] } else { row.get(i * rows.stride + at) };
                    (first..).zip(&mut numbers[..count]).for_each(|(at, x)| *x = number(at) - shift[at]);
                } else {
                    numbers[..count].copy_from_slice(&shifted[line * padded + first..][..count]);
                }
                for (at, &x) in numbers.iter().enumerate() {
                    let (x1, x2) = (weight * x, x * x);
                    sums[0][at] += x1;
                    sums[1][at] += x1 * x;
                    sums[2][at] += x1 * x2;
                    sums[3][at] += weight * x2 * x2;
                    largest[at] = if x.abs() > largest[at] { x.abs() } else { largest[at] };
                }
            }
            (0..count).map(move |at| (sums.map(|sums| sums[at]), largest[at]))
        };
        let firsts: Vec<usize> = (0..=d).step_by(COLUMNS_AT_ONCE).collect();
        let powers: Vec<([f64; 4], f64)> = firsts.into_par_iter().flat_map_iter(power_sums).collect();
        for (at, ([first, second, third, fourth], largest)) in powers.into_iter().enumerate() {
            self.largest[at] = self.largest[at].max(largest);
            self.first[at] += first;
            self.second[at] += second;
            self.third[at] += third;
            self.fourth[at] += fourth;
        }
        if rows.weights.is_some() {
            for (line, &(_, weight)) in shifted.chunks_exact_mut(lines * padded).zip(kept) {
                line.iter_mut().for_each(|x| *x *= weight.sqrt());
            }
        }
        let level = Level::new();
        self.gram.par_chunks_mut(GRAM_ROWS * padded).enumerate().for_each(|(n, strip)| {
            dispatch!(level, simd => add_strip(simd, &shifted, padded, n * GRAM_ROWS, strip));
        });
    }

    fn survey(self) -> Result<Survey, Error> {
        if self.samples == 0 || self.weight <= 0.0 {
            return Err(Error::NoSamples);
        }
        let d = self.first.len() - 1;
        self.check_sizes()?;
        let weight = self.weight;
        let moments: Vec<Moments> = (0..=d)
            .map(|at| {
                let raw = [self.first[at], self.second[at], self.third[at], self.fourth[at]]
                    .map(|sum| sum / weight);
                Moments::new(self.shift[at], raw)
            })
            .collect();
        let joint = (!self.is_wide()).then(|| self.joint());
        let (patch_mean, patch_covariance) = match &joint {
            Some(joint) => joint.patch_moments(self.windows),
            None => self.wide_patch_moments(),
        };
        let patch_covariance = without_rounding(patch_covariance, &patch_mean);
        let varying: Vec<&Moments> = moments[..d].iter().filter(|moments| moments.variance > 0.0).collect();
        let excess = |moments: &&Moments| moments.fourth / (moments.variance * moments.variance) - 3.0;
        let kurtosis = match varying.len() {
            0 => 0.0,
            count => varying.iter().map(excess).sum::<f64>() / count as f64,
        };
        let of_columns = (kurtosis, d - varying.len());
        let assumptions =
            assumptions(self.windows, of_columns, &patch_mean, &patch_covariance, joint.as_ref());
        Ok(Survey {
            samples: self.samples,
            weight,
            target_mean: moments[d].mean,
            target_variance: moments[d].variance,
            classes: match self.labels[..] {
                [(one, _), (other, _)] => Some([one.min(other), one.max(other)]),
                _ => None,
            },
            target_kind: TargetKind::new(self.labels.len(), self.samples, self.are_counts),
            shares: match self.labels.len() {
                ..=FEW => {
                    let mut shares = self.labels.clone();
                    shares.sort_by(|(one, _), (other, _)| one.total_cmp(other));
                    shares.iter_mut().for_each(|(_, sum)| *sum /= weight);
                    shares
                }
                _ => Vec::new(),
            },
            patch_mean: patch_mean.as_slice().to_vec(),
            patch_covariance: patch_covariance.as_slice().to_vec(),
            assumptions,
            joint,
            columns: Columns {
                mean: DVector::from_fn(d, |i, _| moments[i].mean),
                scales: DVector::from_fn(d, |i, _| scale(moments[i].mean, moments[i].variance)),
            },
        })
    }

    /// Checks that the powers of all numbers stay in range.
    fn check_sizes(&self) -> Result<(), Error> {
        let d = self.first.len() - 1;
        let farthest = |numbers: &[f64]| numbers.iter().map(|x| x.abs()).fold(0.0, f64::max);
        let (inputs, targets) = (farthest(&self.largest[..d]), self.largest[d]);
        for (name, variation, size) in [
            ("inputs", inputs, inputs.max(farthest(&self.shift[..d]))),
            ("targets", targets, targets.max(self.shift[d].abs())),
            ("sample weights", self.largest_weight, self.largest_weight),
        ] {
            let (low, high) = (SMALLEST, LARGEST);
            if size > high {
                return Err(Error::Scale { name, size, low, high, place: None });
            }
            // Constant numbers may be small: they contribute nothing.
            if variation > 0.0 && variation < low {
                return Err(Error::Scale { name, size: variation, low, high, place: None });
            }
        }
        Ok(())
    }

    /// Entry of the symmetric Gram matrix, of which the upper triangle is stored.
    fn gram(&self, i: usize, j: usize) -> f64 {
        let columns = if self.is_wide() { self.windows.patch_dim() } else { self.first.len() };
        self.gram[i.min(j) * columns.next_multiple_of(GRAM_COLUMNS) + i.max(j)] / self.weight
    }

    fn joint(&self) -> Joint {
        let n = self.first.len();
        let shifted = DVector::from_fn(n, |i, _| self.first[i] / self.weight);
        let covariance = DMatrix::from_fn(n, n, |i, j| self.gram(i, j) - shifted[i] * shifted[j]);
        Joint { mean: shifted + DVector::from_column_slice(&self.shift), covariance }
    }

    /// Pooled mean and covariance of the patches from the Gram matrix `G = Σⱼ E(zⱼ − sⱼ)(zⱼ − sⱼ)ᵀ` of shifted patches; position `j` has the shift `sⱼ`.
    ///
    /// ```text
    /// Cⱼ = E(zⱼ − sⱼ)(zⱼ − sⱼ)ᵀ − (μⱼ − sⱼ)(μⱼ − sⱼ)ᵀ
    /// ```
    fn wide_patch_moments(&self) -> (DVector<f64>, DMatrix<f64>) {
        let (k, p) = (self.windows.patches(), self.windows.patch_dim());
        let of =
            |numbers: &[f64], j: usize, t: usize| self.windows.column(j, t).map_or(0.0, |at| numbers[at]);
        let mean_at = |j: usize, t: usize| of(&self.first, j, t) / self.weight;
        let all = |j: usize, t: usize| mean_at(j, t) + of(&self.shift, j, t);
        let mean = DVector::from_fn(p, |t, _| (0..k).map(|j| all(j, t)).sum::<f64>() / k as f64);
        let covariance = DMatrix::from_fn(p, p, |s, t| {
            let correction: f64 = (0..k)
                .map(|j| (all(j, s) - mean[s]) * (all(j, t) - mean[t]) - mean_at(j, s) * mean_at(j, t))
                .sum();
            (self.gram(s, t) + correction) / k as f64
        });
        (mean, covariance)
    }
}

/// The covariance, with zeros for entries whose variance is no larger than the rounding error of their mean.
fn without_rounding(mut covariance: DMatrix<f64>, mean: &DVector<f64>) -> DMatrix<f64> {
    for t in 0..mean.len() {
        if covariance[(t, t)] <= 1e-24 * mean[t] * mean[t] {
            covariance.row_mut(t).fill(0.0);
            covariance.column_mut(t).fill(0.0);
        }
    }
    covariance
}

/// Central moments of one number.
#[derive(Debug, Clone, Copy)]
struct Moments {
    mean: f64,
    variance: f64,
    fourth: f64,
}

impl Moments {
    /// From the moments `mᵢ = E(x − shift)ⁱ`.
    ///
    /// ```text
    /// mean = shift + m₁,   E(x − mean)² = m₂ − m₁²,   E(x − mean)⁴ = m₄ − 4m₁m₃ + 6m₁²m₂ − 3m₁⁴
    /// ```
    fn new(shift: f64, [m1, m2, m3, m4]: [f64; 4]) -> Self {
        let variance = (m2 - m1 * m1).max(0.0);
        // Below this the difference is a rounding error.
        let variance = if variance <= 1e-14 * m2 { 0.0 } else { variance };
        let fourth = m4 - 4.0 * m1 * m3 + 6.0 * m1 * m1 * m2 - 3.0 * m1.powi(4);
        Self { mean: shift + m1, variance, fourth }
    }
}

fn assumptions(
    windows: &Windows,
    (kurtosis, constant_columns): (f64, usize),
    mean: &DVector<f64>,
    covariance: &DMatrix<f64>,
    joint: Option<&Joint>,
) -> Assumptions {
    let (patches, patch_dim) = (windows.patches(), windows.patch_dim());
    let deviation = covariance.diagonal().map(f64::sqrt);
    let varying = |t: usize| deviation[t] > 0.0;
    let largest_mean =
        (0..patch_dim).filter(|&t| varying(t)).map(|t| (mean[t] / deviation[t]).abs()).fold(0.0, f64::max);
    let mut entry_correlation: f64 = 0.0;
    for t in (0..patch_dim).filter(|&t| varying(t)) {
        for s in (0..t).filter(|&s| varying(s)) {
            entry_correlation =
                entry_correlation.max((covariance[(s, t)] / (deviation[s] * deviation[t])).abs());
        }
    }
    let eigenvalues = covariance.symmetric_eigenvalues();
    let (smallest, largest) = (eigenvalues.min(), eigenvalues.max());
    let condition = (smallest > 1e-12 * largest).then(|| largest / smallest);
    let patch_correlation = joint.filter(|_| patches > 1).map(|joint| {
        let of = |i: usize, j: usize| {
            let correlations: Vec<f64> = (0..patch_dim)
                .filter_map(|t| windows.column(i, t).zip(windows.column(j, t)))
                .filter(|&(a, b)| joint.covariance[(a, a)] > 0.0 && joint.covariance[(b, b)] > 0.0)
                .map(|(a, b)| {
                    joint.covariance[(a, b)] / (joint.covariance[(a, a)] * joint.covariance[(b, b)]).sqrt()
                })
                .collect();
            correlations.iter().sum::<f64>() / correlations.len().max(1) as f64
        };
        let pairs = (0..patches).flat_map(|i| (0..i).map(move |j| (i, j)));
        pairs
            .map(|(i, j)| of(i, j))
            .fold(0.0, |largest: f64, r| if r.abs() > largest.abs() { r } else { largest })
    });
    Assumptions {
        mean: largest_mean,
        condition,
        entry_correlation,
        patch_correlation,
        kurtosis,
        constant_columns,
    }
}

/// See [`survey`](super::survey()).
pub(super) fn survey(
    source: &mut Samples<'_>,
    selection: Selection<'_>,
    monitor: &dyn Monitor,
) -> Result<Survey, Error> {
    let windows = source.windows().clone();
    if windows.patch_dim() > WIDEST {
        return Err(Error::Size { name: "patch dimension", value: windows.patch_dim(), limit: WIDEST });
    }
    let mut sums = Sums::new(&windows, selection);
    monitor.begin("looking at the data", Some(source.samples()));
    pass_over(source, super::block_samples(&windows), |rows, first| sums.add(&rows, first, monitor))?;
    if sums.first.iter().any(|sum| sum.is_nan()) {
        return Err(first_missing(source, selection)?);
    }
    match sums.survey() {
        Err(Error::Scale { name, size, low, high, .. }) if size > high => {
            let place = Some(largest(name, source, selection)?);
            Err(Error::Scale { name, size, low, high, place })
        }
        survey => Ok(survey?),
    }
}

/// The error of the first value or target that is NaN: a source may be one that nobody has checked.
fn first_missing(source: &mut Samples<'_>, selection: Selection<'_>) -> Result<Error, Error> {
    let (block, width) = (super::block_samples(source.windows()), source.windows().width());
    let mut found = None;
    pass_over(source, block, |rows, first| {
        for i in (0..rows.target.len()).filter(|&i| selection.contains(first + i as u64)) {
            if found.is_some() {
                break;
            }
            let row = first as usize + i;
            let column = (0..width).find(|t| rows.values.get(i * rows.stride + t).is_nan());
            found = match column {
                Some(column) => Some(Error::MissingValue { row, column, value: f64::NAN }),
                None if rows.target[i].is_nan() => Some(Error::MissingTarget { row, value: f64::NAN }),
                None => None,
            };
        }
        Ok(())
    })?;
    // Finite numbers within limits have no sum that is NaN.
    Ok(found.unwrap_or(Error::NoSamples))
}

/// Where the largest of the inputs, targets or weights stands.
fn largest(name: &str, source: &mut Samples<'_>, selection: Selection<'_>) -> Result<Place, Error> {
    let (block, width) = (super::block_samples(source.windows()), source.windows().width());
    let mut found = (f64::NEG_INFINITY, Place { row: 0, column: None });
    pass_over(source, block, |rows, first| {
        for i in (0..rows.target.len()).filter(|&i| selection.contains(first + i as u64)) {
            let weight = rows.weights.map_or(1.0, |weights| weights[i]);
            let mut see = |size: f64, column: Option<usize>| {
                if weight > 0.0 && size > found.0 {
                    found = (size, Place { row: first + i as u64, column });
                }
            };
            match name {
                "inputs" => {
                    (0..width).for_each(|t| see(rows.values.get(i * rows.stride + t).abs(), Some(t)));
                }
                "targets" => see(rows.target[i].abs(), None),
                _ => see(weight, None),
            }
        }
        Ok(())
    })?;
    Ok(found.1)
}
