//! Empirical loss, its gradients and the Gauss–Newton matrix, of many networks in one pass over the data.
//!
//! ```text
//! ℓₙ = (1/2Σω) Σᵢ ωᵢ (f(Zᵢ) − yᵢ)²
//! ```

use fearless_simd::{Level, dispatch};
use rayon::prelude::*;

use super::kernels::gauss_newton::{GaussNewton, GramKernel};
use super::kernels::many::{Many, SUB_BLOCK};
use super::kernels::multinomial::Multinomial;
use super::kernels::one::{One, samples_at_once};
use super::kernels::{Element, Tile};
use super::linear_part::LinearPart;
use super::loss::Loss;
use super::missing::Completed;
use super::network::{Filter, Network};
use super::pass::{Block, block_samples, for_each_tile, sum_over_blocks};
use super::question::GramQuestion;
use super::samples::{Rows, Samples, Values};
use super::split::Selection;
use super::sums::{GramSums, PartialSum, Sums};
use super::windows::Windows;
use crate::{Error, Monitor};

/// The precision of products. Sums over many samples are always in double precision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arithmetic {
    /// That of the data.
    AsStored,
    /// Double precision for all data.
    Double,
}

/// Number of products from which on another thread is worthwhile.
const WORTH_A_THREAD: usize = 1 << 18;
/// Samples that several students process one after the other while the samples are in cache.
const SAMPLES_AT_ONCE: usize = 64;
/// Up to this share of a group, students are processed one by one, with the entries of a patch as lanes.
const WORTH_A_GROUP: usize = 4;

/// See [`sums`](super::sums).
pub(super) fn sums(
    source: &mut Samples<'_>,
    networks: &[Network],
    selection: Selection<'_>,
    arithmetic: Arithmetic,
    monitor: &dyn Monitor,
) -> Result<Vec<Sums>, Error> {
    let sums = partial_sums(source, 0, networks, selection, arithmetic, monitor)?;
    sums.total().ok_or(Error::NoSamples)
}

/// See [`partial_sums`](super::partial_sums).
pub(super) fn partial_sums(
    source: &mut Samples<'_>,
    first_block: u64,
    networks: &[Network],
    selection: Selection<'_>,
    arithmetic: Arithmetic,
    monitor: &dyn Monitor,
) -> Result<PartialSum<Vec<Sums>>, Error> {
    check(source.windows(), networks)?;
    check_one_filter(networks)?;
    let windows = source.windows().clone();
    monitor.begin("summing", Some(source.samples()));
    sum_over_blocks(source, first_block, monitor, |block| match (block.rows.values, arithmetic) {
        (Values::F32(_), Arithmetic::AsStored) => block_sums::<f32>(&block, &windows, networks, selection),
        _ => block_sums::<f64>(&block, &windows, networks, selection),
    })
}

/// The sums of networks with the same number of filters and no linear part, by filter, `[networks, filters]`; weight, squares and
/// intercept are those of the whole network. In the precision of the data; 16 filters fit into a group of lanes in single precision, and
/// 8 in double precision.
pub(super) fn sums_by_filter(
    source: &mut Samples<'_>,
    networks: &[Network],
    selection: Selection<'_>,
    monitor: &dyn Monitor,
) -> Result<Vec<Sums>, Error> {
    check(source.windows(), networks)?;
    let windows = source.windows().clone();
    monitor.begin("summing", Some(source.samples()));
    let sums = sum_over_blocks(source, 0, monitor, |block| match block.rows.values {
        Values::F32(_) => block_sums::<f32>(&block, &windows, networks, selection),
        Values::F64(_) => block_sums::<f64>(&block, &windows, networks, selection),
    })?;
    sums.total().ok_or(Error::NoSamples)
}

/// The sums over a few samples, the first of which is sample `first` of the data, on the current thread.
pub(super) fn part_sums(
    rows: &Rows<'_>,
    windows: &Windows,
    first: u64,
    networks: &[Network],
    selection: Selection<'_>,
) -> Vec<Sums> {
    let block = Block { rows: *rows, first };
    match rows.values {
        Values::F32(_) => block_sums::<f32>(&block, windows, networks, selection),
        Values::F64(_) => block_sums::<f64>(&block, windows, networks, selection),
    }
}

pub(super) fn check(windows: &Windows, networks: &[Network]) -> Result<(), Error> {
    if networks.is_empty() {
        return Err(Error::Length { name: "networks", found: 0, expected: 1 });
    }
    networks.iter().try_for_each(|network| network.check(windows))
}

/// Refuses what only [`gauss_newton`] sums.
fn check_one_filter(networks: &[Network]) -> Result<(), Error> {
    let is_one = |network: &Network| {
        network.filters.len() == 1 && network.linear_part.is_empty() && network.scores() == 1
    };
    if networks.iter().all(is_one) {
        return Ok(());
    }
    Err(Error::SeveralFilters)
}

fn block_sums<T: Element>(
    block: &Block<'_>,
    windows: &Windows,
    networks: &[Network],
    selection: Selection<'_>,
) -> Vec<Sums> {
    let scale = weight_scale::<T>(block);
    let mut sums = scaled_sums::<T>(block, windows, networks, selection, scale);
    if scale != 1.0 {
        sums.iter_mut().for_each(|sums| sums.scale(scale.recip()));
    }
    sums
}

/// A power of two that scales weights into the range of the precision of the data; 1 for weights near 1.
fn weight_scale<T: Element>(block: &Block<'_>) -> f64 {
    let largest =
        block.rows.weights.unwrap_or_default().iter().fold(0.0, |largest: f64, &weight| largest.max(weight));
    let exponent = if largest > 0.0 { largest.log2().round() } else { 0.0 };
    if T::ROUNDS && exponent.abs() > 16.0 { (-exponent).exp2() } else { 1.0 }
}

fn scaled_sums<T: Element>(
    block: &Block<'_>,
    windows: &Windows,
    networks: &[Network],
    selection: Selection<'_>,
    scale: f64,
) -> Vec<Sums> {
    let level = Level::new();
    let (k, p) = (windows.patches(), windows.patch_dim());
    let filters = networks[0].filters.len();
    if filters == 1 && networks.len() <= T::GROUP / WORTH_A_GROUP {
        let mut students: Vec<One<T>> = networks.iter().map(One::new).collect();
        // One student reads a block once; several students process pieces that stay in cache.
        let at_once = if students.len() == 1 { usize::MAX } else { SAMPLES_AT_ONCE };
        for_each_tile(block, windows, selection, scale, samples_at_once(k), at_once, |tile: Tile<'_, T>| {
            for student in &mut students {
                dispatch!(level, simd => student.add(simd, tile));
            }
        });
        students.into_iter().map(|student| student.finish(k, p)).collect()
    } else {
        let alike = networks.chunk_by(|one, other| one.activation == other.activation);
        let mut groups: Vec<Many<T>> =
            alike.flat_map(|networks| networks.chunks(T::GROUP / filters)).map(Many::new).collect();
        for_each_tile(block, windows, selection, scale, SUB_BLOCK, SAMPLES_AT_ONCE, |tile: Tile<'_, T>| {
            for group in &mut groups {
                dispatch!(level, simd => group.add(simd, tile));
            }
        });
        groups.iter_mut().flat_map(Many::finish).collect()
    }
}

/// The largest number of parameters for which a Gauss–Newton matrix is formed (128 MB).
pub(super) const MOST_PARAMETERS: usize = 4096;

/// Refuses networks whose Gauss–Newton matrix is too large to be formed: of so many filters, for some loss, and with so many coefficients of
/// a linear part that are not eliminated.
pub(super) fn check_size(windows: &Windows, filters: usize, loss: Loss, linear: usize) -> Result<(), Error> {
    let values = loss.values();
    let outputs = windows.patches().saturating_mul(values);
    let value = windows.patch_dim().saturating_add(outputs).saturating_mul(filters).saturating_add(linear);
    let limit = MOST_PARAMETERS;
    if value > limit {
        let name = match linear {
            0 => "filters and output weights together",
            _ => "filters, output weights and linear part together",
        };
        return Err(Error::Size { name, value, limit });
    }
    Ok(())
}

/// See [`gauss_newton`](super::gauss_newton).
pub(super) fn gauss_newton(
    source: &mut Samples<'_>,
    networks: &[Network],
    selection: Selection<'_>,
    monitor: &dyn Monitor,
) -> Result<Vec<GramSums>, Error> {
    if networks.iter().any(|network| !network.linear_part.is_empty() || network.scores() > 1) {
        return Err(Error::SeveralFilters);
    }
    gauss_newton_about(source, networks, Loss::Squares, None, selection, monitor)
}

/// The same for any loss. With the inputs of a linear part come products with these, [`GramSums::linear`], where it is eliminated, and
/// derivatives by its coefficients where not.
pub(super) fn gauss_newton_about(
    source: &mut Samples<'_>,
    networks: &[Network],
    loss: Loss,
    linear: Option<&LinearPart>,
    selection: Selection<'_>,
    monitor: &dyn Monitor,
) -> Result<Vec<GramSums>, Error> {
    let windows = source.windows().clone();
    let question = GramQuestion::new(&windows, networks, loss, linear.map(LinearPart::inputs));
    question.check(windows.width())?;
    monitor.begin("summing", Some(source.samples()));
    let total = match source.gram_sums(&question, selection) {
        None => partial_gram_sums(source, 0, &question, selection, monitor)?,
        Some(answer) => {
            let total = answer?;
            if total.blocks() != (0..source.samples().div_ceil(block_samples(&windows) as u64)) {
                return Err(Error::PartialSum);
            }
            monitor.advance(source.samples());
            total
        }
    };
    total.total().filter(|sums| sums.len() == networks.len()).ok_or(Error::NoSamples)
}

/// See [`partial_gram_sums`](super::partial_gram_sums).
pub(super) fn partial_gram_sums(
    source: &mut Samples<'_>,
    first_block: u64,
    question: &GramQuestion<'_>,
    selection: Selection<'_>,
    monitor: &dyn Monitor,
) -> Result<PartialSum<Vec<GramSums>>, Error> {
    let GramQuestion { windows, networks, loss, .. } = question;
    let (loss, linear, values) = (*loss, question.linear.as_ref(), loss.values());
    let [filters, of_linear, products] = question.sizes();
    let complete = Completed::new(source, question.missing, question.means.as_deref());
    let source = &mut complete.cut(windows.clone().into_owned());
    sum_over_blocks(source, first_block, monitor, |block| {
        let rows = (0..block.rows.target.len()).map(|i| block.rows.row(i, windows.width()));
        let inputs = linear.map_or_else(Vec::new, |linear| linear.of_rows(rows));
        // Students are independent of each other: where there are few blocks, threads divide the students.
        let some = |networks: &[Network]| match loss {
            Loss::Squares | Loss::Logistic { .. } => {
                let new = |network: &Network| GaussNewton::new(network, loss, linear);
                gram_sums(&block, windows, networks.iter().map(new).collect(), selection, &inputs)
            }
            Loss::Multinomial { .. } => {
                let new = |network: &Network| Multinomial::new(network, linear);
                gram_sums(&block, windows, networks.iter().map(new).collect(), selection, &inputs)
            }
        };
        let columns =
            filters * (windows.patches() * values + windows.patch_dim() + 1) + of_linear + values + 1;
        let work = block.rows.target.len() * columns * (columns + products);
        // All threads have something to do, and each packs its patches once.
        let at_once = networks.len().div_ceil(rayon::current_num_threads()).max(WORTH_A_THREAD / work.max(1));
        networks.par_chunks(at_once.max(1)).flat_map_iter(some).collect::<Vec<_>>()
    })
}

/// The sums of some students over a block, with the inputs of a linear part.
fn gram_sums<K: GramKernel>(
    block: &Block<'_>,
    windows: &Windows,
    mut students: Vec<K>,
    selection: Selection<'_>,
    mut inputs: &[f64],
) -> Vec<GramSums> {
    let level = Level::new();
    let each = inputs.len() / block.rows.target.len().max(1);
    for_each_tile(block, windows, selection, 1.0, 1, SAMPLES_AT_ONCE, |tile: Tile<'_, f64>| {
        let (of_tile, rest) = inputs.split_at(tile.target.len() * each);
        for student in &mut students {
            dispatch!(level, simd => student.add(simd, tile, of_tile));
        }
        inputs = rest;
    });
    let finish = |mut student: K| {
        dispatch!(level, simd => student.flush(simd));
        student.finish()
    };
    students.into_iter().map(finish).collect()
}

/// The network's values `[samples]` for some samples, in double precision; for several classes its scores, `[samples, classes]`.
///
/// # Errors
/// If the network does not fit the windows, or the rows are shorter than the windows require.
pub fn predict(rows: Rows<'_>, windows: &Windows, network: &Network) -> Result<Vec<f64>, Error> {
    check(windows, std::slice::from_ref(network))?;
    let rows = rows.checked(windows.width())?;
    let classes = network.scores();
    if classes > 1 {
        let scores: Vec<Vec<f64>> = (0..classes)
            .map(|class| predict(rows, windows, &network.of_class(class)))
            .collect::<Result<_, Error>>()?;
        let of_sample = |i: usize| scores.iter().map(move |scores| scores[i]);
        return Ok((0..rows.target.len()).flat_map(of_sample).collect());
    }
    let samples = rows.target.len();
    let at_once = block_samples(windows);
    let mut values = vec![0.0; samples];
    values.par_chunks_mut(at_once).enumerate().for_each(|(n, values)| {
        let rows = rows.slice(n * at_once, values.len());
        let block = Block { rows, first: 0 };
        let level = Level::new();
        let of_one = |filter: &Filter| {
            let filters = vec![filter.clone()];
            One::<f64>::new(&Network { filters, activation: network.activation, ..Network::default() })
        };
        let mut students: Vec<One<f64>> = network.filters.iter().map(of_one).collect();
        let mut part = vec![0.0; values.len()];
        let mut at = 0;
        values.fill(network.intercept);
        for_each_tile(&block, windows, Selection::All, 1.0, 1, usize::MAX, |tile: Tile<'_, f64>| {
            let count = tile.target.len();
            let values = &mut values[at..at + count];
            for student in &mut students {
                dispatch!(level, simd => student.predict(simd, tile, &mut part[..count]));
                values.iter_mut().zip(&part).for_each(|(value, part)| *value += part);
            }
            at += count;
        });
        if !network.linear_part.is_empty() {
            for (i, value) in values.iter_mut().enumerate() {
                *value += network.linear_value(rows.row(i, windows.width()));
            }
        }
    });
    Ok(values)
}

#[cfg(test)]
mod tests {
    use nalgebra::DVector;

    use super::*;
    use crate::Activation;
    use crate::fit::coordinates::Coordinates;
    use crate::fit::linear::Principal;
    use crate::fit::linear::tests::table;
    use crate::fit::linear_part::Searched;
    use crate::fit::loss::logistic;
    use crate::fit::survey::survey;
    use crate::fit::{InMemory, Inputs, Planted};
    use crate::model::Cell;

    /// The gradient by all filters, in groups of lanes with and without a rest, is that of the Gram matrix, which sums it in another order.
    #[test]
    fn sums_by_filter_are_those_of_the_gram_matrix() {
        let (p, k, samples) = (3, 7, 150);
        let cell = Cell::new(p, k, 2.0, 1.0).unwrap();
        for (filters, slope) in [(1, 0.0), (2, 0.2), (3, 0.0), (3, 0.2), (5, 0.2), (8, 0.0), (8, 0.2)] {
            let teacher = |seed| Planted::of_several(&cell, filters, Inputs::Gaussian, 0.3, seed).unwrap();
            let (planted, windows) = (teacher(1), teacher(1).windows().unwrap());
            let (mut values, mut target) = (vec![0.0; samples * p * k], vec![0.0; samples]);
            planted.fill(0, &mut values, &mut target).unwrap();
            #[allow(clippy::cast_possible_truncation, reason = "rounding is meant")]
            let rounded: Vec<f32> = values.iter().map(|&value| value as f32).collect();
            let networks: Vec<Network> = (2..7)
                .map(|seed| Network {
                    intercept: 0.1 * seed as f64,
                    activation: Activation::leaky(slope).unwrap(),
                    ..teacher(seed).network().clone()
                })
                .collect();
            let rows = |values| Rows { values, stride: p * k, target: &target, weights: None };
            let mut double = InMemory::new(rows(Values::F64(&values)), windows.clone()).unwrap();
            let mut single = InMemory::new(rows(Values::F32(&rounded)), windows.clone()).unwrap();
            let grams = gauss_newton(&mut double, &networks, Selection::All, &()).unwrap();
            for (source, tolerance) in [(&mut double, 1e-12), (&mut single, 1e-4)] {
                let sums = sums_by_filter(source, &networks, Selection::All, &()).unwrap();
                assert_eq!(sums.len(), networks.len() * filters);
                for (sums, gram) in sums.chunks(filters).zip(&grams) {
                    let n = filters * (p + 1 + k) + 2;
                    let residual = |i: usize| gram.gram[i * n + n - 1];
                    // Relative to the size of a sum of products of order 1 over all samples.
                    let close =
                        |value: f64, i: usize| (value - residual(i)).abs() < tolerance * samples as f64;
                    for (i, sums) in sums.iter().enumerate() {
                        let outputs = filters * (p + 1);
                        assert!(
                            sums.filter.iter().enumerate().all(|(t, &value)| close(value, i * (p + 1) + t))
                        );
                        assert!(close(sums.bias, i * (p + 1) + p));
                        assert!(
                            sums.output
                                .iter()
                                .enumerate()
                                .all(|(j, &value)| close(value, outputs + i * k + j))
                        );
                        assert!(close(sums.intercept, n - 2) && close(sums.squares, n - 1));
                        assert_eq!(sums.weight, samples as f64);
                    }
                }
            }
        }
    }

    /// Loss, gradient and second derivatives of the logistic loss, against the loss written plainly and its differences.
    #[test]
    fn sums_of_the_logistic_loss_are_its_derivatives() {
        for slope in [0.0, 0.2] {
            of_logistic_loss(Activation::leaky(slope).unwrap());
        }
    }

    fn of_logistic_loss(activation: Activation) {
        let (samples, p, k) = (200, 3, 4);
        let mut table = table(samples, p * k);
        table.target.iter_mut().for_each(|y| *y = f64::from(*y > 0.3));
        let loss = Loss::Logistic { low: 0.0, high: 1.0 };
        let filters = [0.0, 1.0].map(|shift: f64| Filter {
            weights: (0..p).map(|t| (t as f64 + shift).cos()).collect(),
            bias: 0.3 - shift,
            output_weights: (0..k).map(|j| (2.0 * j as f64 + shift).sin()).collect(),
        });
        let network = Network { filters: filters.to_vec(), intercept: 0.4, activation, ..Network::default() };
        let (rows, target) = (table.values.clone(), table.target.clone());
        let plain = |network: &Network| -> f64 {
            let samples = rows.chunks(p * k).zip(&target);
            samples.map(|(row, y)| (1.0 + (network.value(row) * (1.0 - 2.0 * y)).exp()).ln()).sum()
        };
        let as_rows = Rows { values: Values::F64(&rows), stride: p * k, target: &target, weights: None };
        let windows = Windows::consecutive(p * k, p).expect("divides");
        let mut source = InMemory::new(as_rows, windows).expect("valid");
        let mut sums_of = |network: &Network| {
            let networks = std::slice::from_ref(network);
            gauss_newton_about(&mut source, networks, loss, None, Selection::All, &())
                .expect("valid")
                .remove(0)
        };
        let sums = sums_of(&network);
        assert!((sums.loss - plain(&network)).abs() < 1e-11);
        let n = 2 * (p + 1 + k) + 2;
        let numbers: Vec<f64> = network.numbers().collect();
        let column = |at: usize| {
            let (i, place) = (at / (p + 1 + k), at % (p + 1 + k));
            match place {
                _ if at + 1 == numbers.len() => n - 2,
                _ if place <= p => i * (p + 1) + place,
                _ => 2 * (p + 1) + i * k + place - p - 1,
            }
        };
        let moved = |at: usize, h: f64| {
            network.with_numbers(numbers.iter().enumerate().map(|(i, x)| if i == at { x + h } else { *x }))
        };
        let h = 1e-6;
        for at in 0..numbers.len() {
            let slope = (plain(&moved(at, h)) - plain(&moved(at, -h))) / (2.0 * h);
            assert!((slope - sums.gram[column(at) * n + n - 1]).abs() < 1e-6, "{at}");
        }
        // By output weights and intercept the matrix is the second derivative itself.
        let linear = |at: &usize| column(*at) >= 2 * (p + 1);
        for at in (0..numbers.len()).filter(linear) {
            let (more, less) = (sums_of(&moved(at, h)), sums_of(&moved(at, -h)));
            for other in (0..numbers.len()).filter(linear) {
                let of = |sums: &GramSums| sums.gram[column(other) * n + n - 1];
                let second = (of(&more) - of(&less)) / (2.0 * h);
                assert!((second - sums.gram[column(at) * n + column(other)]).abs() < 1e-5, "{at} {other}");
            }
        }
        // By everything it is Σκ JᵀJ, here for the filters, with J from differences.
        let value = |network: &Network, row: &[f64]| network.value(row);
        let mut expected = vec![0.0; numbers.len() * numbers.len()];
        let (more, less): (Vec<Network>, Vec<Network>) =
            (0..numbers.len()).map(|at| (moved(at, h), moved(at, -h))).unzip();
        for row in rows.chunks(p * k) {
            let chance = logistic(value(&network, row));
            let jacobian: Vec<f64> =
                more.iter().zip(&less).map(|(m, l)| (value(m, row) - value(l, row)) / (2.0 * h)).collect();
            for (entry, at) in expected.iter_mut().zip(0..) {
                let (i, j) = (at / numbers.len(), at % numbers.len());
                *entry += chance * (1.0 - chance) * jacobian[i] * jacobian[j];
            }
        }
        for (at, expected) in expected.iter().enumerate() {
            let (i, j) = (column(at / numbers.len()), column(at % numbers.len()));
            assert!((sums.gram[i * n + j] - expected).abs() < 1e-5, "{i} {j}");
        }
    }

    /// With a linear part in the parameters: loss and gradient by all of them, and the second derivatives by its coefficients, which are
    /// exact, against differences; with a number that is constant, weights, and numbers far from zero.
    #[test]
    fn sums_with_a_linear_part_are_derivatives() {
        let (samples, p, k, r) = (150, 3, 2, 2);
        let mut table = table(samples, p * k);
        table.values.chunks_mut(p * k).for_each(|row| row[2] = 0.1);
        table.target.iter_mut().for_each(|y| *y = if *y > 0.8 { 2.0 } else { f64::from(*y > -0.3) });
        let three = table.target.clone();
        let two: Vec<f64> = three.iter().map(|y| y.min(1.0)).collect();
        let weights: Vec<f64> = (0..samples).map(|i| f64::from(i as u32 % 4)).collect();
        for (loss, target) in
            [(Loss::Logistic { low: 0.0, high: 1.0 }, &two), (Loss::Multinomial { classes: 3 }, &three)]
        {
            let (values, width) = (loss.values(), p * k);
            let as_rows =
                Rows { values: Values::F64(&table.values), stride: width, target, weights: Some(&weights) };
            let windows = Windows::consecutive(width, p).expect("divides");
            let mut source = InMemory::new(as_rows, windows).expect("valid");
            let survey = survey(&mut source, Selection::All, &()).expect("valid");
            let found = Principal::of(&survey, &mut source, Selection::All, &()).expect("valid");
            let linear = Searched::new(found.expect("narrow").0, 0.1, &[]);
            assert_eq!(linear.directions(), width - 1);
            let coordinates = Coordinates {
                patch_dim: p,
                patches: k,
                filters: r,
                filter_bias: true,
                intercept: true,
                transform: None,
                linear: Some(LinearPart::Searched(linear)),
                loss,
                activation: Activation::leaky(0.2).expect("from 0 to 1"),
            };
            let theta = DVector::from_fn(coordinates.len(), |i, _| (1.7 * i as f64).sin());
            // What is written plainly: the network, and the class of a sample.
            let plain = |theta: &DVector<f64>| -> f64 {
                let network = coordinates.network(theta);
                let of_sample = |((row, y), weight): ((&[f64], &f64), &f64)| {
                    let scores: Vec<f64> = (0..values).map(|c| network.of_class(c).value(row)).collect();
                    let loss = match scores[..] {
                        [f] => (1.0 + (f * (1.0 - 2.0 * y)).exp()).ln(),
                        _ => scores.iter().map(|f| f.exp()).sum::<f64>().ln() - scores[*y as usize],
                    };
                    weight * loss
                };
                let rows = table.values.chunks(width).zip(target).zip(&weights);
                rows.map(of_sample).sum::<f64>() / weights.iter().sum::<f64>()
            };
            let mut quadratic = |theta: &DVector<f64>| {
                let whole = coordinates.whole(&mut source, Selection::All, theta, &()).expect("valid");
                assert_eq!(whole.network, coordinates.network(theta));
                coordinates.quadratic(whole.sums)
            };
            let here = quadratic(&theta);
            assert!((here.loss - plain(&theta)).abs() < 1e-12 * here.loss);
            let back = coordinates.theta(&coordinates.network(&theta));
            let moved = |at: usize, h: f64| {
                let mut moved = theta.clone();
                moved[at] += h;
                moved
            };
            let h = 1e-5;
            for at in 0..theta.len() {
                let slope = (plain(&moved(at, h)) - plain(&moved(at, -h))) / (2.0 * h);
                assert!((slope - here.gradient[at]).abs() < 1e-8 * here.gradient.amax(), "{at}");
                assert!((back[at] - theta[at]).abs() < 1e-12, "{at}");
            }
            for at in coordinates.linear_places() {
                let (more, less) = (quadratic(&moved(at, h)), quadratic(&moved(at, -h)));
                let second = (more.gradient - less.gradient) / (2.0 * h);
                let error = (second - here.hessian.column(at)).amax();
                assert!(error < 1e-8 * here.hessian.amax(), "{at}: {error}");
            }
        }
    }

    /// Loss, gradient and `JᵀWJ` of scores of several classes, from differences of the scores written plainly, with weights.
    #[test]
    fn sums_of_the_multinomial_loss_are_its_derivatives() {
        for slope in [0.0, 0.2] {
            of_multinomial_loss(Activation::leaky(slope).unwrap());
        }
    }

    fn of_multinomial_loss(activation: Activation) {
        let (samples, p, k, r, classes) = (150, 3, 4, 2, 3);
        let mut table = table(samples, p * k);
        table.target.iter_mut().for_each(|y| *y = if *y > 0.8 { 2.0 } else { f64::from(*y > -0.3) });
        let weights: Vec<f64> = (0..samples).map(|i| f64::from(i as u32 % 4)).collect();
        let filter = |shift: f64| Filter {
            weights: (0..p).map(|t| (t as f64 + shift).cos()).collect(),
            bias: 0.3 - shift,
            output_weights: (0..classes * k).map(|j| (2.0 * j as f64 + shift).sin()).collect(),
        };
        let filters = vec![filter(0.0), filter(1.0)];
        let network = Network { filters, intercepts: vec![0.4, -0.3, 0.1], activation, ..Network::default() };
        let rows = table.values.clone();
        let samples = || rows.chunks(p * k).zip(&table.target).zip(&weights);
        let loss = |network: &Network| -> f64 {
            let of_sample = |((row, y), weight): ((&[f64], &f64), &f64)| {
                let scores: Vec<f64> = (0..classes).map(|c| network.of_class(c).value(row)).collect();
                let sum: f64 = scores.iter().map(|score| score.exp()).sum();
                weight * (sum.ln() - scores[*y as usize])
            };
            samples().map(of_sample).sum()
        };
        let as_rows = Rows {
            values: Values::F64(&rows),
            stride: p * k,
            target: &table.target,
            weights: Some(&weights),
        };
        let mut source =
            InMemory::new(as_rows, Windows::consecutive(p * k, p).expect("divides")).expect("valid");
        let of = Loss::Multinomial { classes };
        let sums =
            gauss_newton_about(&mut source, std::slice::from_ref(&network), of, None, Selection::All, &())
                .expect("valid")
                .remove(0);
        assert!((sums.loss - loss(&network)).abs() < 1e-11);
        assert_eq!(sums.weight, weights.iter().sum::<f64>());
        let numbers: Vec<f64> = network.numbers().collect();
        let n = r * (p + 1) + classes * (r * k + 1) + 1;
        let of_filter = p + 1 + classes * k;
        // Without the intercept of a network with one value, which stands before those of the classes.
        let column = |at: usize| match (at / of_filter, at % of_filter) {
            _ if at == r * of_filter => None,
            _ if at > r * of_filter => Some(n - 1 - classes + at - r * of_filter - 1),
            (i, place) if place <= p => Some(i * (p + 1) + place),
            (i, place) => Some(r * (p + 1) + i * classes * k + place - p - 1),
        };
        let moved = |at: usize, h: f64| {
            network.with_numbers(numbers.iter().enumerate().map(|(i, x)| if i == at { x + h } else { *x }))
        };
        let h = 1e-6;
        let mut expected = vec![0.0; n * n];
        let jacobians: Vec<(usize, Network, Network)> =
            (0..numbers.len()).filter_map(|at| Some((column(at)?, moved(at, h), moved(at, -h)))).collect();
        // What differences lose of sums of terms of both signs.
        let size = sums.gram.iter().fold(0.0, |size: f64, entry| size.max(entry.abs()));
        for (at, more, less) in &jacobians {
            let slope = (loss(more) - loss(less)) / (2.0 * h);
            let found = sums.gram[at * n + n - 1];
            assert!((slope - found).abs() < 1e-8 * size, "{at}: {slope}, {found}");
        }
        for ((row, _), weight) in samples() {
            let chance = |c: usize| {
                let score = |c: usize| network.of_class(c).value(row).exp();
                score(c) / (0..classes).map(score).sum::<f64>()
            };
            let by = |(_, more, less): &(usize, Network, Network)| -> Vec<f64> {
                let slope = |c: usize| more.of_class(c).value(row) - less.of_class(c).value(row);
                (0..classes).map(|c| slope(c) / (2.0 * h)).collect()
            };
            let by: Vec<Vec<f64>> = jacobians.iter().map(by).collect();
            let mean = |of: &dyn Fn(usize) -> f64| (0..classes).map(|c| chance(c) * of(c)).sum::<f64>();
            for (one, (i, ..)) in by.iter().zip(&jacobians) {
                for (other, (j, ..)) in by.iter().zip(&jacobians) {
                    let covariance = mean(&|c| one[c] * other[c]) - mean(&|c| one[c]) * mean(&|c| other[c]);
                    expected[i * n + j] += weight * covariance;
                }
            }
        }
        for i in 0..n - 1 {
            for j in 0..n - 1 {
                let (found, expected) = (sums.gram[i * n + j], expected[i * n + j]);
                assert!((found - expected).abs() < 1e-8 * size, "{i} {j}: {found}");
            }
        }
        let squares = |i: usize, j: usize| -> f64 {
            let mut active = [0.0];
            let mut square = |((row, _), weight): ((&[f64], &f64), &f64)| {
                network.filters[i].activations(&row[j * p..][..p], network.activation, &mut active);
                weight * active[0] * active[0]
            };
            samples().map(&mut square).sum()
        };
        for (at, activity) in sums.activity.iter().enumerate() {
            assert!((activity - squares(at / (classes * k), at % k)).abs() < 1e-12 * activity);
        }
    }
}
