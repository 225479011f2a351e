//! Data sets from a planted teacher, generated block by block in any order, with the same bits.
//!
//! ```text
//! yᵢ = Σⱼ bⱼ σ(ŵ*·Zᵢⱼ) + noise·εᵢ,      ‖ŵ*‖ = 1,  ‖b‖ = β,  (1ᵀb)² = ρ‖b‖²,  ε ~ N(0, 1)
//! ```
//!
//! `σ` is the activation of the cell. A teacher of several filters is the sum of so many independent teachers, each as above: every filter has length 1, and output weights
//! with the same `β` and `ρ`. Filter `i` has a random stream of its own, so that a teacher of one filter more has the same filters and
//! one more, on the same inputs.
//!
//! Samples are drawn in small blocks, each from its own random stream. A sample depends on the seed and on its number alone, not on the
//! requested range or on threads.

use rand::{Rng, RngExt};
use rand_distr::{Distribution, StandardNormal};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::kernels::Element;
use super::network::{Filter, Network};
use super::options::MOST_FILTERS;
use super::windows::Windows;
use crate::Error;
use crate::model::{Cell, LARGEST_SCALE, norm};
use crate::numerics::random::stream;

/// Cells of the random streams, counted from the largest number, which no cell of a grid reaches.
const TEACHER: u64 = u64::MAX;
const INPUTS: u64 = u64::MAX - 1;
const NOISE: u64 = u64::MAX - 2;

/// Approximate number of values in a block: many compared with the cost of a stream, and few enough that a range which begins inside a
/// block wastes little.
const BLOCK_VALUES: usize = 1 << 10;

/// Largest number of values in a sample.
const WIDEST_SAMPLE: usize = 100_000_000;

/// The distribution of the entries of the patches, each with mean 0 and variance 1.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Inputs {
    /// Independent standard normal, as the theory assumes.
    Gaussian,
    /// Independent and uniform on `[−√3, √3]`.
    Uniform,
    /// Independent, `±1` with equal probability.
    Rademacher,
    /// Standard normal, with this correlation `r` of corresponding entries of any two patches.
    ///
    /// ```text
    /// Z_j = √r C + √(1 − r) O_j        C is common to the patches of a sample, O_j separate; 0 ≤ r < 1
    /// ```
    Correlated {
        /// `r`
        correlation: f64,
    },
}

/// A planted teacher and the samples that it labels.
///
/// # Examples
/// ```
/// use spurious::fit::{InMemory, Inputs, Options, Planted, Rows, Selection, Values, fit};
/// use spurious::model::Cell;
/// let planted = Planted::new(&Cell::new(3, 4, 2.0, 1.0)?, Inputs::Gaussian, 0.0, 7)?;
/// let (mut values, mut target) = (vec![0.0; 200 * 12], vec![0.0; 200]);
/// planted.fill(0, &mut values, &mut target)?;
/// assert_eq!(target[5], planted.network().value(&values[5 * 12..6 * 12]));
///
/// // The fit recovers the teacher.
/// let rows = Rows { values: Values::F64(&values), stride: 12, target: &target, weights: None };
/// let mut data = InMemory::new(rows, planted.windows()?)?;
/// let fit = fit(&mut data, Selection::All, &Options::default(), &())?;
/// assert!((fit.network.filters[0].weights[0] - planted.network().filters[0].weights[0]).abs() < 1e-12);
/// # Ok::<(), spurious::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Planted {
    network: Network,
    inputs: Inputs,
    noise: f64,
    seed: u64,
}

impl Planted {
    /// A teacher of the cell, drawn from the seed, and its samples.
    ///
    /// The filter has length 1 and a random direction. The output weights `b` have the cell's sum ratio, the length
    /// `‖b‖ = β` and a sum that is not negative; their part orthogonal to the constant vector has a random direction.
    /// `noise` is the standard deviation of the normal noise on the labels.
    ///
    /// # Errors
    /// If a correlation is not in `[0, 1)`, `noise` is negative or above [`LARGEST_SCALE`], or a sample has more than
    /// 100,000,000 numbers.
    ///
    /// # Examples
    /// ```
    /// use spurious::fit::{Inputs, Planted};
    /// use spurious::model::Cell;
    /// let planted = Planted::new(&Cell::new(5, 25, 4.0, 3.0)?, Inputs::Uniform, 0.1, 1)?;
    /// let b = &planted.network().filters[0].output_weights;
    /// let (sum, squared): (f64, f64) = (b.iter().sum(), b.iter().map(|b| b * b).sum());
    /// assert!((squared - 9.0).abs() < 1e-13 && (sum * sum / squared - 4.0).abs() < 1e-13);
    /// # Ok::<(), spurious::Error>(())
    /// ```
    pub fn new(cell: &Cell, inputs: Inputs, noise: f64, seed: u64) -> Result<Self, Error> {
        Self::of_several(cell, 1, inputs, noise, seed)
    }

    /// The same with a teacher of several filters, 1 to [`MOST_FILTERS`]: the sum of so many independent teachers of the cell.
    ///
    /// # Errors
    /// As [`new`](Self::new), or if there are too many filters, or several for patches of one number: these have one direction and its
    /// opposite.
    ///
    /// # Examples
    /// ```
    /// use spurious::fit::{Inputs, Planted};
    /// use spurious::model::Cell;
    /// let cell = Cell::new(5, 25, 4.0, 1.0)?;
    /// let [two, three] = [2, 3].map(|filters| Planted::of_several(&cell, filters, Inputs::Gaussian, 0.0, 1));
    /// assert_eq!(two?.network().filters, three?.network().filters[..2]);
    /// # Ok::<(), spurious::Error>(())
    /// ```
    pub fn of_several(
        cell: &Cell,
        filters: usize,
        inputs: Inputs,
        noise: f64,
        seed: u64,
    ) -> Result<Self, Error> {
        let (p, k) = (cell.patch_dim(), cell.shape().patches());
        let width = p.saturating_mul(k);
        if width > WIDEST_SAMPLE {
            return Err(Error::Size { name: "numbers in a sample", value: width, limit: WIDEST_SAMPLE });
        }
        if !noise.is_finite() {
            return Err(Error::NotFinite { name: "noise", value: noise });
        }
        if !(0.0..=LARGEST_SCALE).contains(&noise) {
            return Err(Error::OutOfRange { name: "noise", value: noise, low: 0.0, high: LARGEST_SCALE });
        }
        if let Inputs::Correlated { correlation } = inputs
            && !(0.0..1.0).contains(&correlation)
        {
            return Err(Error::Correlation { value: correlation });
        }
        if !(1..=MOST_FILTERS).contains(&filters) {
            return Err(Error::Size { name: "number of filters", value: filters, limit: MOST_FILTERS });
        }
        if p == 1 && filters > 1 {
            return Err(Error::FiltersOfOneNumber { filters });
        }
        let filters = (0..filters as u64).map(|i| filter(cell, &mut stream(seed, TEACHER, i))).collect();
        let network = Network { filters, activation: cell.shape().activation(), ..Network::default() };
        Ok(Self { network, inputs, noise, seed })
    }

    /// The teacher: filters `ŵ*` of length 1, output weights `b`.
    pub fn network(&self) -> &Network {
        &self.network
    }

    /// How samples are laid out: the patches one after the other.
    ///
    /// # Errors
    /// None for a planted teacher.
    pub fn windows(&self) -> Result<Windows, Error> {
        Windows::consecutive(self.width(), self.network.filters[0].weights.len())
    }

    /// Numbers in a sample, `p·k`.
    pub fn width(&self) -> usize {
        self.network.filters[0].weights.len() * self.network.filters[0].output_weights.len()
    }

    /// Samples `first`, `first + 1`, … with their labels, as many as `target` holds: `rows` is `[samples, patches·p]`.
    ///
    /// # Errors
    /// If `rows` has another length.
    ///
    /// # Examples
    /// ```
    /// use spurious::{fit::{Inputs, Planted}, model::Cell};
    /// let planted = Planted::new(&Cell::new(2, 3, 1.0, 1.0)?, Inputs::Rademacher, 0.5, 1)?;
    /// let (mut all, mut labels) = (vec![0.0; 10 * planted.width()], [0.0; 10]);
    /// planted.fill(0, &mut all, &mut labels)?;
    /// let (mut last, mut label) = (vec![0.0; planted.width()], [0.0]);
    /// planted.fill(9, &mut last, &mut label)?; // the last one alone
    /// assert_eq!((&all[9 * planted.width()..], labels[9]), (&last[..], label[0]));
    /// # Ok::<(), spurious::Error>(())
    /// ```
    pub fn fill(&self, first: u64, rows: &mut [f64], target: &mut [f64]) -> Result<(), Error> {
        self.fill_as(first, rows, target)
    }

    /// The same in single precision. Inputs are rounded before they are labelled, so that the labels, in double precision, are those of
    /// the rounded inputs.
    ///
    /// # Errors
    /// If `rows` has another length.
    pub fn fill_single(&self, first: u64, rows: &mut [f32], target: &mut [f64]) -> Result<(), Error> {
        self.fill_as(first, rows, target)
    }

    fn fill_as<T: Element>(&self, first: u64, rows: &mut [T], target: &mut [f64]) -> Result<(), Error> {
        let width = self.width();
        let expected = target.len().saturating_mul(width);
        if rows.len() != expected {
            return Err(Error::Length { name: "rows", found: rows.len(), expected });
        }
        let samples = (BLOCK_VALUES / width).max(1);
        let (block, skipped) = (first / samples as u64, (first % samples as u64) as usize);
        let head = if skipped == 0 { 0 } else { (samples - skipped).min(target.len()) };
        let (head_rows, rows) = rows.split_at_mut(head * width);
        let (head_target, target) = target.split_at_mut(head);
        if head > 0 {
            self.fill_block(block, skipped, head_rows, head_target);
        }
        let block = block + u64::from(head > 0);
        (rows.par_chunks_mut(samples * width).zip(target.par_chunks_mut(samples)))
            .enumerate()
            .for_each(|(n, (rows, target))| self.fill_block(block + n as u64, 0, rows, target));
        Ok(())
    }

    /// Samples of one block, without the first `skipped` ones.
    fn fill_block<T: Element>(&self, block: u64, skipped: usize, rows: &mut [T], target: &mut [f64]) {
        let width = self.width();
        let mut random = stream(self.seed, INPUTS, block);
        let mut sample = vec![0.0; width];
        for _ in 0..skipped {
            self.draw(&mut random, &mut sample);
        }
        for (row, label) in rows.chunks_exact_mut(width).zip(target.iter_mut()) {
            self.draw(&mut random, &mut sample);
            for (stored, x) in row.iter_mut().zip(&mut sample) {
                *stored = T::round(*x);
                *x = (*stored).into();
            }
            *label = self.network.value(&sample);
        }
        if self.noise > 0.0 {
            // A separate stream, so that the inputs are the same with noise and without.
            let mut random = stream(self.seed, NOISE, block);
            let normal = (0..skipped + target.len()).map(|_| StandardNormal.sample(&mut random));
            for (label, noise) in target.iter_mut().zip(normal.skip(skipped)) {
                let noise: f64 = noise;
                *label += self.noise * noise;
            }
        }
    }

    fn draw<R: Rng>(&self, random: &mut R, sample: &mut [f64]) {
        match self.inputs {
            Inputs::Gaussian => sample.fill_with(|| StandardNormal.sample(random)),
            Inputs::Uniform => sample.fill_with(|| 3.0_f64.sqrt() * (2.0 * random.random::<f64>() - 1.0)),
            Inputs::Rademacher => {
                for signs in sample.chunks_mut(64) {
                    let bits = random.next_u64();
                    for (i, sign) in signs.iter_mut().enumerate() {
                        *sign = if bits >> i & 1 == 0 { 1.0 } else { -1.0 };
                    }
                }
            }
            Inputs::Correlated { correlation } => {
                let (common, own) = (correlation.sqrt(), (1.0 - correlation).sqrt());
                let p = self.network.filters[0].weights.len();
                let shared: Vec<f64> = (0..p).map(|_| StandardNormal.sample(random)).collect();
                for patch in sample.chunks_exact_mut(p) {
                    for (entry, shared) in patch.iter_mut().zip(&shared) {
                        let normal: f64 = StandardNormal.sample(random);
                        *entry = common * shared + own * normal;
                    }
                }
            }
        }
    }
}

/// A filter of length 1, and output weights `b = β(√ρ/k 1 + √(1 − ρ/k) e)` with a random `e ⟂ 1` of length 1.
fn filter(cell: &Cell, random: &mut impl Rng) -> Filter {
    let mut direction = |n: usize, centred: bool| {
        let mut entries: Vec<f64> = (0..n).map(|_| StandardNormal.sample(&mut *random)).collect();
        if centred {
            // Twice, because the rounding error of the first mean matters where ρ = 0.
            for _ in 0..2 {
                let mean = entries.iter().sum::<f64>() / n as f64;
                entries.iter_mut().for_each(|x| *x -= mean);
            }
        }
        let length = norm(&entries);
        entries.iter_mut().for_each(|x| *x /= length);
        entries
    };
    let (shape, scale) = (cell.shape(), cell.scale_ratio());
    let k = shape.patches();
    let weights = direction(cell.patch_dim(), false);
    let constant = scale * shape.sum_ratio().sqrt() / k as f64;
    let across = scale * shape.orthogonal_share().sqrt();
    let output_weights = if across > 0.0 {
        direction(k, true).into_iter().map(|e| constant + across * e).collect()
    } else {
        vec![constant; k]
    };
    Filter { weights, bias: 0.0, output_weights }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Activation;
    use crate::model::dot;

    const ALL: [Inputs; 4] =
        [Inputs::Gaussian, Inputs::Uniform, Inputs::Rademacher, Inputs::Correlated { correlation: 0.3 }];

    fn planted(p: usize, k: usize, ratio: f64, inputs: Inputs, noise: f64) -> Planted {
        Planted::new(&Cell::new(p, k, ratio, 1.5).unwrap(), inputs, noise, 11).unwrap()
    }

    fn filled(planted: &Planted, first: u64, samples: usize) -> (Vec<f64>, Vec<f64>) {
        let (mut rows, mut target) = (vec![0.0; samples * planted.width()], vec![0.0; samples]);
        planted.fill(first, &mut rows, &mut target).unwrap();
        (rows, target)
    }

    /// Mean 0, variance 1, the kurtosis of the law, and the correlation asked for, each within five standard errors.
    #[test]
    fn entries_have_the_moments_of_their_law() {
        let (p, k, n) = (3, 4, 20_000);
        for (inputs, kurtosis, eighth) in
            [(ALL[0], 3.0, 105.0), (ALL[1], 9.0 / 5.0, 9.0), (ALL[2], 1.0, 1.0), (ALL[3], 3.0, 105.0)]
        {
            let (rows, _) = filled(&planted(p, k, 2.0, inputs, 0.0), 0, n);
            // Means over samples of means over a row: their errors are those of one row, whatever is correlated in it.
            let moment = |power: i32| rows.iter().map(|x| x.powi(power)).sum::<f64>() / rows.len() as f64;
            let error = |variance: f64| 5.0 * (variance / n as f64).sqrt() + 1e-12;
            assert!(moment(1).abs() < error(1.0), "{inputs:?}");
            assert!((moment(2) - 1.0).abs() < error(kurtosis - 1.0), "{inputs:?}");
            assert!((moment(4) - kurtosis).abs() < error(eighth - kurtosis * kurtosis), "{inputs:?}");
            let product =
                |i: usize, j: usize| rows.chunks(p * k).map(|row| row[i] * row[j]).sum::<f64>() / n as f64;
            let correlation = if let Inputs::Correlated { correlation } = inputs { correlation } else { 0.0 };
            assert!((product(1, p + 1) - correlation).abs() < error(1.0 + correlation * correlation));
            assert!((product(2, 3 * p + 2) - correlation).abs() < error(1.0 + correlation * correlation));
            // Other entries of other patches, and of the same patch, have nothing in common.
            assert!(product(1, p + 2).abs() < error(1.0));
            assert!(product(0, 1).abs() < error(1.0));
        }
    }

    /// The labels are the teacher's plus noise of the deviation asked for, on the same inputs.
    #[test]
    fn labels_are_the_teachers() {
        for inputs in ALL {
            let n = 5000;
            let clean = planted(5, 7, 2.0, inputs, 0.0);
            let noisy = planted(5, 7, 2.0, inputs, 0.25);
            assert_eq!(clean.network(), noisy.network());
            let ((rows, labels), (same, noisy)) = (filled(&clean, 3, n), filled(&noisy, 3, n));
            assert_eq!(rows, same);
            for (row, label) in rows.chunks(35).zip(&labels) {
                assert_eq!(*label, clean.network().value(row));
            }
            let noise: Vec<f64> = noisy.iter().zip(&labels).map(|(y, f)| (y - f) / 0.25).collect();
            let (mean, square) = (noise.iter().sum::<f64>() / n as f64, dot(&noise, &noise) / n as f64);
            assert!(mean.abs() < 5.0 / (n as f64).sqrt());
            assert!((square - 1.0).abs() < 5.0 * (2.0 / n as f64).sqrt());
            // Nor do noise and inputs.
            let product: f64 = rows.chunks(35).zip(&noise).map(|(row, e)| row[0] * e).sum();
            assert!(product.abs() < 5.0 * (n as f64).sqrt());
        }
    }

    #[test]
    fn any_split_into_ranges_gives_the_same_bits() {
        for (p, k) in [(1, 1), (1, 6), (5, 25), (40, 30)] {
            for inputs in ALL {
                let planted = planted(p, k, 1.0, inputs, 0.1);
                let n = 2500;
                let whole = filled(&planted, 0, n);
                for threads in [1, 3] {
                    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
                    assert!(pool.install(|| filled(&planted, 0, n)) == whole);
                }
                let mut parts: (Vec<f64>, Vec<f64>) = Default::default();
                for range in [0..1, 1..4, 4..1024, 1024..1024, 1024..1500, 1500..n] {
                    let (rows, target) = filled(&planted, range.start as u64, range.len());
                    parts.0.extend(rows);
                    parts.1.extend(target);
                }
                assert!(parts == whole, "{p} {k} {inputs:?}");
            }
        }
    }

    #[test]
    fn single_precision_is_labelled_as_rounded() {
        let planted = planted(5, 25, 4.0, Inputs::Gaussian, 0.0);
        let (double, _) = filled(&planted, 9, 30);
        let (mut rows, mut target) = (vec![0.0f32; 30 * 125], vec![0.0; 30]);
        planted.fill_single(9, &mut rows, &mut target).unwrap();
        #[allow(clippy::cast_possible_truncation, reason = "rounding is meant")]
        let rounded: Vec<f32> = double.iter().map(|&x| x as f32).collect();
        assert_eq!(rows, rounded);
        let wide: Vec<f64> = rows.iter().map(|&x| x.into()).collect();
        assert_eq!(target[29], planted.network().value(&wide[29 * 125..]));
    }

    #[test]
    fn teachers_have_the_shape_asked_for() {
        for (p, k, ratio) in [
            (1, 1, 1.0),
            (1, 9, 0.0),
            (4, 1, 1.0),
            (5, 2, 0.0),
            (5, 2, 2.0),
            (3, 25, 4.0),
            (3, 25, 25.0),
            (2, 10_000, 1e-3),
            (2, 10_000, 0.0),
        ] {
            let planted = planted(p, k, ratio, Inputs::Gaussian, 0.0);
            let Filter { weights: filter, output_weights: b, .. } = &planted.network().filters[0];
            assert!((norm(filter) - 1.0).abs() < 1e-15 * 4.0);
            let (sum, length) = (b.iter().sum::<f64>(), norm(b));
            // Rounding: k ulp of the entries in the sum.
            let ulp = f64::EPSILON * k as f64;
            assert!((length - 1.5).abs() < ulp.max(1e-15) * 1.5, "{p} {k} {ratio}");
            assert!((sum - 1.5 * ratio.sqrt()).abs() < (ulp * 1.5).max(1e-15), "{p} {k} {ratio}: {sum}");
        }
        // Seeds differ in filter and weights.
        let cell = Cell::new(3, 25, 4.0, 1.0).unwrap();
        let [one, other] = [1, 2].map(|seed| Planted::new(&cell, Inputs::Gaussian, 0.0, seed).unwrap());
        assert_ne!(one.network().filters, other.network().filters);
        assert_ne!(one.network().filters[0].output_weights, other.network().filters[0].output_weights);
    }

    /// Each filter of several is a teacher of the cell, the first is that of a teacher of one, and labels add up.
    #[test]
    fn several_filters_are_independent_teachers() {
        let cell = Cell::new(3, 25, 4.0, 1.5).unwrap();
        let of = |filters| Planted::of_several(&cell, filters, Inputs::Gaussian, 0.0, 11).unwrap();
        let (one, three) = (of(1), of(3));
        assert_eq!(one, Planted::new(&cell, Inputs::Gaussian, 0.0, 11).unwrap());
        assert_eq!(one.network().filters[0], three.network().filters[0]);
        for (i, Filter { weights, output_weights: b, .. }) in three.network().filters.iter().enumerate() {
            assert!((norm(weights) - 1.0).abs() < 1e-15 * 4.0);
            // 25 roundings of entries below 1.5.
            assert!((b.iter().sum::<f64>() - 3.0).abs() < 1e-14 && (norm(b) - 1.5).abs() < 1e-14);
            for other in &three.network().filters[..i] {
                assert!(dot(weights, &other.weights).abs() < 0.99 && b != &other.output_weights);
            }
        }
        let (rows, labels) = filled(&three, 0, 100);
        assert_eq!(rows, filled(&one, 0, 100).0);
        for (row, label) in rows.chunks(75).zip(labels) {
            let parts: f64 =
                three.network().filters.iter().map(|filter| filter.value(row, Activation::RECTIFIER)).sum();
            assert_eq!(label, parts);
        }
    }

    /// All weights equal, or one patch: the component across is absent, not a division by zero.
    #[test]
    fn constant_weights_are_constant() {
        assert_eq!(planted(3, 1, 1.0, Inputs::Gaussian, 0.0).network().filters[0].output_weights, [1.5]);
        let equal = planted(3, 16, 16.0, Inputs::Gaussian, 0.0);
        assert_eq!(equal.network().filters[0].output_weights, [1.5 / 4.0; 16]);
    }

    #[test]
    fn settings_out_of_range_are_named() {
        let cell = Cell::new(5, 25, 4.0, 1.0).unwrap();
        let message = |inputs, noise| Planted::new(&cell, inputs, noise, 1).unwrap_err().to_string();
        assert_eq!(
            message(Inputs::Correlated { correlation: 1.0 }, 0.0),
            "patch correlation 1 is out of range: use a number from 0 to less than 1"
        );
        assert_eq!(
            message(Inputs::Correlated { correlation: f64::NAN }, 0.0),
            "patch correlation NaN is out of range: use a number from 0 to less than 1"
        );
        assert_eq!(
            message(Inputs::Gaussian, -0.1),
            "noise -0.1 is out of range: use a number from 0 to 1000000"
        );
        assert_eq!(message(Inputs::Gaussian, f64::INFINITY), "noise is inf, not a finite number");
        let several = |p, filters| {
            let cell = Cell::new(p, 25, 4.0, 1.0).unwrap();
            Planted::of_several(&cell, filters, Inputs::Gaussian, 0.0, 1).unwrap_err().to_string()
        };
        assert_eq!(several(5, 17), "number of filters 17 is not a whole number from 1 to 16");
        assert_eq!(several(5, 0), "number of filters 0 is not a whole number from 1 to 16");
        assert_eq!(
            several(1, 2),
            "2 filters for patches of one number have the same direction or opposite ones: use patches of 2 numbers or more, or 1 filter"
        );
        let wide = Cell::new(1_000_000, 1000, 4.0, 1.0).unwrap();
        assert_eq!(
            Planted::new(&wide, Inputs::Gaussian, 0.0, 1).unwrap_err().to_string(),
            "numbers in a sample 1000000000 is not a whole number from 1 to 100000000"
        );
        let planted = Planted::new(&cell, Inputs::Gaussian, 0.0, 1).unwrap();
        assert_eq!(
            planted.fill(0, &mut [0.0; 7], &mut [0.0; 2]).unwrap_err().to_string(),
            "rows has 7 entries where 250 are needed"
        );
    }
}
