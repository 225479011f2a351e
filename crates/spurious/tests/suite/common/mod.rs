//! What the tests share: random teachers and students aimed at the places where formulas break, reference data, and
//! slow twins of what the library does fast.

use std::f64::consts::PI;
use std::path::Path;

use proptest::prelude::ProptestConfig;
use proptest::test_runner::{FileFailurePersistence, RngSeed};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};
use spurious::fit::{Fit, InMemory, Network, Rows, Values, Windows};
use spurious::{Activation, Cell, Criticality, OrderParameters, Student, Teacher};

pub(crate) const EPS: f64 = f64::EPSILON;

/// The loss of a network of one filter, with the penalty, has slope zero by each of its numbers, from differences over `h`, and rises on both
/// sides of each. Numbers at the places `fixed` are not free.
pub(crate) fn assert_minimum(
    network: &Network,
    ridge: f64,
    fixed: &[usize],
    h: f64,
    loss: impl Fn(&Network) -> f64,
) {
    let objective = |network: &Network| {
        // The penalty is for a filter of length 1.
        let network = network.clone().normalised();
        let squares: f64 = network.filters[0].output_weights.iter().map(|a| a * a).sum();
        loss(&network) + ridge * squares / 2.0
    };
    let lowest = objective(network);
    let numbers: Vec<f64> = network.numbers().collect();
    for at in (0..numbers.len()).filter(|at| !fixed.contains(at)) {
        let moved = |h: f64| {
            let moved = numbers.iter().enumerate().map(|(i, x)| if i == at { x + h } else { *x });
            objective(&network.with_numbers(moved))
        };
        let slope = (moved(h) - moved(-h)) / (2.0 * h);
        assert!(slope.abs() < 1e-6, "{at}: {slope}");
        assert!(moved(1e-2) > lowest && moved(-1e-2) > lowest, "{at}");
    }
}

/// Standard errors of fits of fresh samples are their spread, and intervals of 95 % about as often contain the truth. Numbers at the places
/// `fixed` are not free.
pub(crate) fn assert_errors_are_the_spread(fits: &[Fit], truth: &Network, fixed: &[usize]) {
    let of = |network: &Network| -> Vec<f64> { network.numbers().collect() };
    let errors = |fit: &Fit| of(fit.standard_errors.as_ref().expect("known"));
    let (count, truth) = (fits.len() as f64, of(truth));
    let free: Vec<usize> = (0..truth.len()).filter(|at| !fixed.contains(at)).collect();
    let mut covered = 0.0;
    for &at in &free {
        let found: Vec<f64> = fits.iter().map(|fit| of(&fit.network)[at]).collect();
        let mean = found.iter().sum::<f64>() / count;
        let spread = (found.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / (count - 1.0)).sqrt();
        let error = fits.iter().map(|fit| errors(fit)[at]).sum::<f64>() / count;
        // The spread of 60 fits is known to 9 %.
        assert!((0.7..1.4).contains(&(error / spread)), "{at}: {error} beside {spread}");
        let contains = |(fit, x): &(&Fit, &f64)| (*x - truth[at]).abs() < 1.96 * errors(fit)[at];
        covered += fits.iter().zip(&found).filter(contains).count() as f64;
    }
    let share = covered / (count * free.len() as f64);
    assert!((0.91..0.98).contains(&share), "{share}");
}

/// Rows in memory, one after the other, each of weight 1.
pub(crate) fn in_memory<'a>(windows: &Windows, values: &'a [f64], target: &'a [f64]) -> InMemory<'a> {
    let rows = Rows { values: Values::F64(values), stride: windows.width(), target, weights: None };
    InMemory::new(rows, windows.clone()).expect("valid")
}

/// Property tests draw the same cases in every run, so that a failure is that of a change; `PROPTEST_RNG_SEED` and
/// `PROPTEST_CASES` draw others, and more. Failing cases are kept in `file`, in the repository.
pub(crate) fn property(cases: u32, file: &'static str) -> ProptestConfig {
    let given = ProptestConfig::default();
    ProptestConfig {
        cases: if std::env::var_os("PROPTEST_CASES").is_some() { given.cases } else { cases },
        rng_seed: if given.rng_seed == RngSeed::Random { RngSeed::Fixed(1) } else { given.rng_seed },
        failure_persistence: Some(Box::new(FileFailurePersistence::Direct(file))),
        ..given
    }
}

/// The tables called `table` of a file of reference data.
pub(crate) fn reference(file: &str, table: &str) -> Vec<toml::Table> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata").join(file);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let document: toml::Table = text.parse().unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let rows = document[table].as_array().expect("an array of tables");
    assert!(!rows.is_empty());
    rows.iter().map(|row| row.as_table().expect("a table").clone()).collect()
}

/// The number `key` of a row of reference data.
pub(crate) fn number(row: &toml::Table, key: &str) -> f64 {
    let value = &row[key];
    value.as_float().or(value.as_integer().map(|i| i as f64)).expect("a number")
}

/// The number `key`, or `None` where the row has no such key.
pub(crate) fn optional_number(row: &toml::Table, key: &str) -> Option<f64> {
    row.contains_key(key).then(|| number(row, key))
}

pub(crate) fn size(row: &toml::Table, key: &str) -> usize {
    usize::try_from(row[key].as_integer().expect("a whole number")).expect("not negative")
}

pub(crate) fn uniform(random: &mut ChaCha8Rng, low: f64, high: f64) -> f64 {
    low + (high - low) * random.random::<f64>()
}

pub(crate) fn log_uniform(random: &mut ChaCha8Rng, low: f64, high: f64) -> f64 {
    uniform(random, low.ln(), high.ln()).exp()
}

pub(crate) fn gaussian(random: &mut ChaCha8Rng, length: usize) -> Vec<f64> {
    (0..length).map(|_| StandardNormal.sample(random)).collect()
}

pub(crate) fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

pub(crate) fn norm(a: &[f64]) -> f64 {
    dot(a, a).sqrt()
}

/// A criticality that is known to be one.
pub(crate) fn criticality(value: f64) -> Criticality {
    Criticality::new(value).expect("finite and not negative")
}

/// The cell with this criticality, `ρ = x_c K/π`; `None` if no weights have it (`ρ > k`).
pub(crate) fn cell_at(patch_dim: usize, patches: usize, criticality: f64, scale_ratio: f64) -> Option<Cell> {
    let sum_ratio = criticality * ((patches - 1) as f64 + PI) / PI;
    Cell::new(patch_dim, patches, sum_ratio, scale_ratio).ok()
}

/// What is special about the teacher's output weights.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Output {
    Generic,
    /// `b ∥ 1`: ρ = k.
    Constant,
    /// `1ᵀb = 0` up to rounding: ρ = 0.
    ZeroSum,
}

pub(crate) const OUTPUTS: [Output; 3] = [Output::Generic, Output::Constant, Output::ZeroSum];

/// A teacher with a random filter, or one along the first axis, where tiny angles are representable.
pub(crate) fn teacher(random: &mut ChaCha8Rng, p: usize, k: usize, output: Output, axis: bool) -> Teacher {
    // Once in a million a filter or the weights are too short.
    let draw = |_| {
        let mut filter = gaussian(random, p);
        if axis {
            filter.fill(0.0);
            filter[0] = 1.5;
        }
        let mut weights = gaussian(random, k);
        match output {
            Output::Generic => {}
            Output::Constant => weights.fill(uniform(random, 0.2, 1.5)),
            Output::ZeroSum if k > 1 => {
                let mean = weights.iter().sum::<f64>() / k as f64;
                weights.iter_mut().for_each(|w| *w -= mean);
            }
            Output::ZeroSum => {}
        }
        Teacher::new(filter, weights).ok()
    };
    (0..100).find_map(draw).expect("a valid teacher")
}

/// A vector of length `length` whose angle with `axis` is `angle`, or its supplement if `antipodal`.
pub(crate) fn filter_at(
    random: &mut ChaCha8Rng,
    axis: &[f64],
    angle: f64,
    antipodal: bool,
    length: f64,
) -> Vec<f64> {
    let sign = if antipodal { -1.0 } else { 1.0 };
    if axis.len() == 1 {
        return vec![sign * length * axis[0]];
    }
    let mut across = gaussian(random, axis.len());
    for _ in 0..2 {
        let along = dot(&across, axis);
        across.iter_mut().zip(axis).for_each(|(u, w)| *u -= along * w);
    }
    let scale = norm(&across);
    across
        .iter()
        .zip(axis)
        .map(|(u, w)| length * (sign * angle.cos() * w + angle.sin() * u / scale))
        .collect()
}

/// Distances from the teacher or its antipode: generic, and within 1e-16 to 1e-6 of either.
pub(crate) fn small_or_generic_angle(random: &mut ChaCha8Rng, smallest: f64) -> f64 {
    if random.random::<f64>() < 0.5 {
        uniform(random, 0.0, PI / 2.0)
    } else {
        log_uniform(random, smallest, 1e-6)
    }
}

/// A student at a random angle, all sizes of order one.
pub(crate) fn student(random: &mut ChaCha8Rng, teacher: &Teacher) -> Student {
    let angle = small_or_generic_angle(random, 1e-16);
    let antipodal = random.random::<bool>();
    let length = log_uniform(random, 0.5, 2.0);
    let filter = filter_at(random, teacher.direction(), angle, antipodal, length);
    let weights = gaussian(random, teacher.scaled_output().len());
    Student::new(filter, weights).expect("a valid student")
}

/// Order parameters from an angle, given as its distance from the teacher or the antipode.
pub(crate) fn order(length: f64, distance: f64, antipodal: bool, sum: f64, signal: f64) -> OrderParameters {
    let sign = if antipodal { -1.0 } else { 1.0 };
    OrderParameters {
        parallel: sign * length * distance.cos(),
        perpendicular: length * distance.sin(),
        sum,
        signal,
        residual: 0.0,
    }
}

/// The kernel as the theory writes it, in the angle.
pub(crate) fn plain_kernel(phi: f64) -> f64 {
    (PI - phi) * phi.cos() + phi.sin()
}

/// `2π E[σ(u·z)σ(u'·z)]` and `2π E[σ(u·z)]²` of the leaky rectifier with the negative slope `c`, as products of its two halves:
/// `σ(t) = max(t, 0) − c max(−t, 0)`.
pub(crate) fn leaky_kernel(c: f64, phi: f64) -> f64 {
    (1.0 + c * c) * plain_kernel(phi) - 2.0 * c * plain_kernel(PI - phi)
}

pub(crate) fn leaky_mean(c: f64) -> f64 {
    (1.0 - c) * (1.0 - c)
}

/// Negative slopes: both ends, close to them, and between.
pub(crate) const SLOPES: [f64; 6] = [0.0, 1e-9, 0.1, 0.5, 1.0 - 1e-7, 1.0];

pub(crate) fn leaky(negative_slope: f64) -> Activation {
    Activation::leaky(negative_slope).expect("from 0 to 1")
}

/// The best output weights at an angle with the supplement `ψ`: `M⁻¹(D b + γS 1)` with `M⁻¹x = (x − γ1·1ᵀx/K)/α`.
pub(crate) fn best_weights(teacher: &Teacher, supplement: f64) -> Vec<f64> {
    let c = teacher.reduced().activation().negative_slope();
    let gamma = leaky_mean(c);
    let (alpha, drive) = (leaky_kernel(c, 0.0) - gamma, leaky_kernel(c, PI - supplement) - gamma);
    let b = teacher.scaled_output();
    let total: f64 = b.iter().sum();
    let right: Vec<f64> = b.iter().map(|b| drive * b + gamma * total).collect();
    let (sum, rate) = (right.iter().sum::<f64>(), alpha + gamma * b.len() as f64);
    right.iter().map(|x| (x - gamma * sum / rate) / alpha).collect()
}

/// Nodes and weights on `[0, 1]` of the Gauss–Legendre rule, by Newton's method on the Legendre polynomials.
pub(crate) fn gauss_legendre(n: usize) -> Vec<(f64, f64)> {
    (0..n)
        .map(|i| {
            let mut x = -(PI * (i as f64 + 0.75) / (n as f64 + 0.5)).cos();
            let mut derivative = 1.0;
            for _ in 0..8 {
                let (mut previous, mut current) = (1.0, x);
                for m in 2..=n {
                    let m = m as f64;
                    (previous, current) =
                        (current, ((2.0 * m - 1.0) * x * current - (m - 1.0) * previous) / m);
                }
                derivative = n as f64 * (x * current - previous) / (x * x - 1.0);
                x -= current / derivative;
            }
            (0.5 * (1.0 + x), 1.0 / ((1.0 - x * x) * derivative * derivative))
        })
        .collect()
}

/// Slope of the least-squares line through points `(ln x, ln y)`.
pub(crate) fn log_log_slope(points: &[(f64, f64)]) -> f64 {
    let n = points.len() as f64;
    let logs: Vec<(f64, f64)> = points.iter().map(|(x, y)| (x.ln(), y.ln())).collect();
    let (mx, my) = (logs.iter().map(|p| p.0).sum::<f64>() / n, logs.iter().map(|p| p.1).sum::<f64>() / n);
    let covariance: f64 = logs.iter().map(|(x, y)| (x - mx) * (y - my)).sum();
    covariance / logs.iter().map(|(x, _)| (x - mx).powi(2)).sum::<f64>()
}

/// Gradient flow in three plain variables `(φ, s, q)`, time `t/2π`, filter of length `√filter_squared`: the slow twin
/// of the library's integrator.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PlainFlow {
    pub(crate) patches: f64,
    pub(crate) sum: f64,
    pub(crate) norm_squared: f64,
    pub(crate) filter_squared: f64,
}

impl PlainFlow {
    pub(crate) fn of_cell(cell: &Cell) -> Self {
        let teacher = cell.teacher();
        Self {
            patches: teacher.patches() as f64,
            sum: teacher.sum(),
            norm_squared: teacher.norm_squared(),
            filter_squared: 1.0,
        }
    }

    fn field(&self, [phi, s, q]: [f64; 3]) -> [f64; 3] {
        let excess = plain_kernel(phi) - 1.0;
        let rate = self.patches + PI - 1.0;
        [
            -(PI - phi) * q * phi.sin() / self.filter_squared,
            -rate * s + self.sum * (self.patches + excess),
            -(PI - 1.0) * q + excess * self.norm_squared + self.sum * (self.sum - s),
        ]
    }

    /// One step of the classical Runge–Kutta method.
    pub(crate) fn step(&self, at: [f64; 3], h: f64) -> [f64; 3] {
        let shifted = |k: [f64; 3], c: f64| [at[0] + c * k[0], at[1] + c * k[1], at[2] + c * k[2]];
        let k1 = self.field(at);
        let k2 = self.field(shifted(k1, 0.5 * h));
        let k3 = self.field(shifted(k2, 0.5 * h));
        let k4 = self.field(shifted(k3, h));
        [0, 1, 2].map(|i| at[i] + h / 6.0 * (k1[i] + 2.0 * (k2[i] + k3[i]) + k4[i]))
    }

    pub(crate) fn run(&self, mut at: [f64; 3], time: f64, steps: u64) -> [f64; 3] {
        let h = time / steps as f64;
        for _ in 0..steps {
            at = self.step(at, h);
        }
        at
    }
}
