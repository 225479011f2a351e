//! The expectation over the starts of the output weights: critical starts at few points, a polynomial through them, and a fine
//! quadrature rule for the polynomial (theory, section 10).
//!
//! The coordinates `ζ` and `ξ` of the output weights, from which the slow and the fast part of the signal start, fill a disc whose
//! density does not change when it is turned. Turned to `u` and `v` so that close to the saddle `u` alone matters,
//!
//! ```text
//! 1 − P = P(z₀ < z_c(u, v)) = P(u < W(z₀, v)) = E_v ∫ (1 − F_p(z)) dC(W(z, v))        C: distribution of u at this v
//! ```
//!
//! where `W(z, v)` is the critical `u` of a first angle. Searching for it and not for `z_c` is what makes large scale ratios easy. From a
//! start with negative signal the filter turns away at a rate proportional to `β²`, from one with positive signal hardly, so that `z_c` has
//! a bend in `u` as sharp as `1/β`, along a line across the disc. But `u` as a function of `z` varies over the scale of one,
//! for every `β`: as does the kernel, which is singular at `z = ±iπ/2`. With `z = a·artanh x` both ends of a long range take no more
//! points than the middle.
//!
//! A critical start costs some runs, `F_p` and `C` a few operations, and they may be as steep as `√p` and `√k`. So the rule is
//! not applied to them at the critical starts, but to a polynomial through these,
//!
//! ```text
//! W(x, v) = Σ cᵢⱼ pᵢ(y) qⱼ(v)        cᵢⱼ = Σ wₐ w_b pᵢ(yₐ) qⱼ(v_b) W(xₐ, v_b)
//! ```
//!
//! with `y` the position of `x` in its range, `pᵢ` Legendre's polynomials and `qⱼ` those for `(1 − v²)^λ`, `λ = (k − 1)/2`. At Gauss points
//! its error is orthogonal to the polynomials of lower degree (exactly for one coordinate, nearly for two), so that `n` points are as
//! accurate as a Gauss rule of `n` points, which is exact for the degree `2n − 1`.

use nalgebra::DMatrix;
use rayon::prelude::*;

use super::{
    Expectation, Quadrature, ROUNDING, coefficients, missing_degrees, product, truncation_error, wanted,
};
use crate::dynamics::flow::FlowState;
use crate::error::Error;
use crate::initialization::{AngleDistribution, output_projection};
use crate::model::Cell;
use crate::monitor::Monitor;
use crate::numerics::quadrature::{Gegenbauer, gauss_gegenbauer};
use crate::separatrix::{FARTHEST, Root, Separatrix};

/// Points along `x` and along `v`, to begin with and at most.
const FIRST_POINTS: [usize; 2] = [6, 3];
const MOST_POINTS: [usize; 2] = [200, 60];

/// Critical starts of one surface at most: some seconds for few patches and `β = 100`.
const MOST_STARTS: usize = 2500;

/// Nodes of the fine rule along `x` and along `v`, at most.
const MOST_NODES: [usize; 2] = [1200, 600];

/// The tolerance of the first critical starts, and the loosest of the last: errors of roots are estimates, too.
const ROUGH_ROOT: f64 = 1e-6;
const LOOSEST_ROOT: f64 = 1e-9;

/// The coarsest tolerance that is aimed at.
const COARSEST: f64 = 1e-7;

/// The loosest tolerance of the flow.
const LOOSEST_FLOW: f64 = 1e-5;

/// Where the critical `z` of all starts that matter differ by less than this, there is nothing to interpolate `W` in.
const SHORTEST_RANGE: f64 = 1e-6;

/// `E[F_p(z_c)]` and what it lacks to 1 with bounds on their errors, from a guess of `z_c`. Refined until the tolerance is met, and
/// what is lacking has three digits.
pub(super) fn expectation(
    cell: &Cell,
    separatrix: &mut Separatrix,
    distribution: &AngleDistribution,
    quadrature: &Quadrature,
    guess: Guess<'_>,
    monitor: &dyn Monitor,
) -> Result<Option<(Expectation, Solution)>, Error> {
    // Estimates of errors are reliable where contributions have begun to fall geometrically.
    let tolerance = quadrature.effective_tolerance().min(COARSEST);
    // An error of z_c is multiplied with at most the density at the right angle, some √p.
    let flow_tolerance = quadrature.flow_tolerance / distribution.density(0.0).max(1.0).sqrt();
    let flow_tolerance = flow_tolerance.min(LOOSEST_FLOW);
    let (mut disc, mut surface) = match guess {
        Guess::Angle(guess) => {
            separatrix.set_tolerances(flow_tolerance, 1e-4);
            separatrix.begin_from(1.0, &FlowState { log_tan: 1.0, slow: 0.0, fast: 0.0 });
            let Some(disc) = Disc::new(cell, separatrix, distribution, tolerance, guess, monitor)? else {
                return Ok(None);
            };
            separatrix.set_tolerances(flow_tolerance, ROUGH_ROOT);
            separatrix.begin_from(1.0, &disc.along);
            let surface = Surface::new(&disc, FIRST_POINTS, separatrix, monitor, |x, _| disc.chord(x))?;
            (disc, surface)
        }
        Guess::Solution(Solution { disc, surface }) => {
            separatrix.set_tolerances(flow_tolerance, 0.01 * tolerance);
            let near = |x, v| surface.forecast(x, v);
            (disc.clone(), Surface::new(disc, surface.points(), separatrix, monitor, near)?)
        }
    };
    let mut before: Option<([usize; 2], Estimate)> = None;
    let mut hidden = [f64::INFINITY; 2];
    // Critical starts are searched for to a tolerance that is met, or as fine as it gets; the range of z is not widened without end.
    let mut searched = f64::INFINITY;
    let mut widened = 0;
    let mut nodes = [0; 2];
    loop {
        let points = surface.points();
        let estimate = surface.estimate(&disc, distribution, tolerance, &mut nodes, monitor)?;
        let wanted = wanted(estimate.failure, tolerance);
        // By how much contributions of a degree fall to the next, from the last degrees and from the surface before.
        let rates = [0, 1].map(|axis| {
            let fall = before.map_or(0.0, |(before, last)| match points[axis] - before[axis] {
                0 => 0.0,
                // Also where nothing is left, and 0/0.
                more => (estimate.truncation(axis) / last.truncation(axis)).min(1.0).powf(1.0 / more as f64),
            });
            estimate.rate(axis).max(fall).clamp(1e-4, 0.8)
        });
        // All degrees that are missing, and as much again because they fall not quite geometrically.
        let truncation = [0, 1].map(|axis| 2.0 / (1.0 - rates[axis]) * estimate.truncation(axis));
        let missing = [0, 1].map(|axis| {
            // A sum of rounded numbers falls no further.
            let most = (0.25 * wanted).max(20.0 * f64::EPSILON * estimate.failure);
            if truncation[axis] <= most {
                return 0;
            }
            let more = ((most / truncation[axis]).ln() / rates[axis].ln()).ceil() as usize;
            more.max(1 + points[axis] / 8)
        });
        // Where all points of an axis are others, what they change says how far both surfaces are off.
        let change = before.map_or(f64::INFINITY, |(_, last)| 2.0 * (estimate.failure - last.failure).abs());
        hidden = [0, 1].map(|axis| {
            let known = match before {
                Some((before, _)) if before[axis] == points[axis] => hidden[axis],
                _ => change,
            };
            known.min(ALIAS * estimate.alias[axis].error)
        });
        let missing = [0, 1].map(|axis| {
            if hidden[axis] <= 0.25 * wanted {
                return missing[axis];
            }
            let Alias { error, rate, .. } = estimate.alias[axis];
            let more = ((0.25 * wanted / (ALIAS * error)).ln() / rate.ln()).ceil() as usize;
            more.max(missing[axis]).max(1 + points[axis] / 8)
        });
        let mut next =
            [0, 1].map(|axis| (points[axis] + missing[axis].min(points[axis])).min(MOST_POINTS[axis]));
        while next[0] * next[1] > MOST_STARTS && next != points {
            next = [0, 1].map(|axis| points[axis] + (next[axis] - points[axis]) / 2);
        }
        let is_narrow = widened < 20 && disc.widen(estimate.outside, 0.1 * wanted);
        widened += u32::from(is_narrow);
        let root_tolerance = (0.02 * wanted / estimate.slope[1]).min(LOOSEST_ROOT);
        let roots = surface.root_error * estimate.slope[1];
        if next == points && !is_narrow && (roots <= 0.25 * wanted || searched <= 1.5 * root_tolerance) {
            let truncation = truncation[0].max(hidden[0]) + truncation[1].max(hidden[1]);
            let flow = separatrix.integration_error() * estimate.slope[0].abs();
            let error = truncation + roots + flow + estimate.error + estimate.outside.iter().sum::<f64>();
            let expectation = Expectation {
                success: (1.0 - estimate.failure, error + ROUNDING),
                // Nothing cancels in a sum of tails, and what is no normal number any more is lost.
                failure: (
                    estimate.failure,
                    error + ROUNDING * estimate.failure + f64::MIN_POSITIVE + distribution.above(-FARTHEST),
                ),
                slope: estimate.slope[0],
            };
            return Ok(Some((expectation, Solution { disc, surface })));
        }
        let is_last = [0, 1].iter().all(|&axis| missing[axis] <= points[axis]);
        searched = if is_last {
            root_tolerance
        } else {
            (1e-6 * (truncation[0] + truncation[1]) / estimate.slope[1]).min(ROUGH_ROOT).max(root_tolerance)
        };
        // An error of z_c is multiplied with the slope: known better by now, and no more than the first time.
        let enough = 0.25 * (wanted / estimate.slope[0].max(f64::MIN_POSITIVE)).sqrt();
        let flow_tolerance = enough.min(LOOSEST_FLOW).max(flow_tolerance);
        separatrix.set_tolerances(flow_tolerance, searched);
        let forecast_error = (estimate.alias[0].highest + estimate.alias[1].highest) / estimate.slope[1];
        separatrix.begin_from(forecast_error, &disc.along);
        before = Some((points, estimate));
        surface = Surface::new(&disc, next, separatrix, monitor, |x, v| surface.forecast(x, v))?;
    }
}

/// Up to this number of patches many starts of the output weights are close to the edge of the disc.
const FEW_PATCHES: usize = 12;

/// What critical starts are searched for from.
pub(super) enum Guess<'a> {
    /// The critical `z` of one start of the output weights, roughly.
    Angle(f64),
    /// The critical starts under similar dynamics.
    Solution(&'a Solution),
}

/// The critical starts of a cell, as many as the tolerance takes.
pub(super) struct Solution {
    disc: Disc,
    surface: Surface,
}

/// The disc of starts of the output weights of a cell, in coordinates `u = reach·t` and `v`.
#[derive(Clone)]
struct Disc {
    /// `λ = (k − 1)/2`.
    lambda: f64,
    /// `u/√(1 − v²)` is the cosine of an angle with this distribution.
    weights: AngleDistribution,
    /// The start at `u = v = 0`, and how it changes along `t` and `v`.
    centre: FlowState,
    along: FlowState,
    across: FlowState,
    /// Hardly any `|u|` is larger.
    reach: f64,
    /// `z = stretch·artanh x`.
    stretch: f64,
    /// The range of `z`.
    range: [f64; 2],
}

impl Disc {
    fn new(
        cell: &Cell,
        separatrix: &mut Separatrix,
        distribution: &AngleDistribution,
        tolerance: f64,
        guess: f64,
        monitor: &dyn Monitor,
    ) -> Result<Option<Self>, Error> {
        let shape = cell.shape();
        let patches = shape.patches();
        // fast = (S/k)(s − S(γk − δ)/K) with s = S ξ
        let share = shape.constant_share();
        let fast = share * (shape.activation().aligned() / shape.sum_rate() - 1.0);
        let (_, per_zeta) = output_projection(cell, 0.0, 1.0); // signal
        let [of_slow, of_fast] = separatrix.weights();
        let (sin, cos) = (share * of_fast).atan2(per_zeta * of_slow).sin_cos();
        let part = |slow, fast| FlowState { log_tan: 0.0, slow, fast };
        // With one patch u is uniform and v does not matter.
        let weights = AngleDistribution::new(if patches == 1 { 3 } else { patches + 1 });
        let mut disc = Self {
            lambda: 0.5 * (patches as f64 - 1.0),
            weights,
            centre: part(-fast, fast),
            along: part(per_zeta * cos, share * sin),
            across: part(-per_zeta * sin, share * cos),
            reach: 1.0,
            stretch: 4.0 + 6.0 / (distribution.patch_dim() - 1) as f64,
            range: [0.0; 2],
        };
        let mut z_at = |disc: &Self, u: f64, v: f64, guess: f64| {
            let start = disc.centre.plus(u, &disc.along).plus(v, &disc.across);
            separatrix.critical_angle(start.slow, start.fast, guess, monitor).map(|root| root.log_tan)
        };
        let middle = z_at(&disc, 0.0, 0.0, guess)?;
        // Failure is as likely as u below one of its quantiles and an angle that is trapped there, or more likely.
        let (mut failure, mut near) = (0.0_f64, middle);
        for share in [0.5, 0.1, 1e-2, 1e-4, 1e-8] {
            near = z_at(&disc, quantile(&disc.weights, share).tanh(), 0.0, near)?;
            failure = failure.max(share * distribution.above(near));
        }
        let negligible = (1e-4 * wanted(failure, tolerance)).max(f64::MIN_POSITIVE);
        disc.reach = (-quantile(&disc.weights, negligible)).tanh();
        // For few patches the edge of the disc matters as much as its middle.
        let angles: &[f64] = if patches <= FEW_PATCHES { &[0.0, 0.5, -0.5, 1.0, -1.0] } else { &[0.0] };
        let [mut lowest, mut highest] = [middle; 2];
        let (mut low, mut high) = (middle, middle);
        for angle in angles {
            let (v, u) = (disc.reach * angle.sin(), disc.reach * angle.cos());
            (low, high) = (z_at(&disc, u, v, low)?, z_at(&disc, -u, -v, high)?);
            (lowest, highest) = (lowest.min(low), highest.max(high));
        }
        if patches <= FEW_PATCHES {
            let more = 0.03 * (highest - lowest);
            (lowest, highest) = (lowest - more, highest + more);
        }
        // Of the filters themselves hardly any are beyond these.
        let [first, last] = [quantile(distribution, negligible), -quantile(distribution, 1e-4 * tolerance)];
        disc.range = [lowest.max(first).max(-FARTHEST), highest.min(last)];
        if disc.range[0] + SHORTEST_RANGE > disc.range[1] {
            return Ok(None);
        }
        disc.along = part(disc.along.slow * disc.reach, disc.along.fast * disc.reach);
        Ok(Some(disc))
    }

    /// Widens the range of `z` where more is outside than this. Whether it was.
    fn widen(&mut self, outside: [f64; 2], allowed: f64) -> bool {
        let [lowest, highest] = self.range;
        let more = outside.map(|outside| if outside > allowed { 0.05 * (highest - lowest) } else { 0.0 });
        self.range = [(lowest - more[0]).max(-FARTHEST), (highest + more[1]).min(FARTHEST)];
        self.range != [lowest, highest]
    }

    /// `t` on the chord of the critical curve.
    fn chord(&self, x: f64) -> f64 {
        let [first, last] = self.ends();
        1.0 - 2.0 * (x - first) / (last - first)
    }

    /// The range of `x`.
    fn ends(&self) -> [f64; 2] {
        self.range.map(|z| (z / self.stretch).tanh())
    }

    fn z(&self, x: f64) -> f64 {
        self.stretch * x.atanh()
    }

    /// The density of a cosine, from `1 − cosine²`.
    fn density(&self, complement: f64) -> f64 {
        // That of z is sech^k z / ∫ (k = 2 with one patch), and d cosine = (1 − cosine²) dz.
        self.weights.density(0.0) * ((self.lambda - 0.5).max(0.0) * complement.ln()).exp()
    }

    /// The share of the starts of the output weights at `v` that have `u < reach·t`; `width` is `√(1 − v²)`.
    fn below(&self, t: f64, width: f64) -> f64 {
        let cosine = self.reach * t / width;
        if cosine >= 1.0 {
            1.0
        } else if cosine <= -1.0 {
            0.0
        } else {
            self.weights.above(cosine.atanh())
        }
    }
}

/// The `z` beyond which (`above`) less than this is left.
fn quantile(distribution: &AngleDistribution, left: f64) -> f64 {
    let (mut low, mut high) = (-300.0, 0.0);
    for _ in 0..30 {
        let middle = 0.5 * (low + high);
        if distribution.above(middle) > left { high = middle } else { low = middle }
    }
    low
}

/// The polynomial `W(x, v) = Σ cᵢⱼ pᵢ(y) pⱼ(v)`, `y` the position of `x` in its range, through critical starts.
struct Surface {
    coefficients: DMatrix<f64>,
    polynomials: [Gegenbauer; 2],
    /// The largest error of a critical start.
    root_error: f64,
    ends: [f64; 2],
}

impl Surface {
    fn points(&self) -> [usize; 2] {
        [self.coefficients.nrows(), self.coefficients.ncols()]
    }

    /// Through the critical starts at Gauss points, each found from a forecast.
    fn new(
        disc: &Disc,
        points: [usize; 2],
        separatrix: &mut Separatrix,
        monitor: &dyn Monitor,
        forecast: impl Fn(f64, f64) -> f64 + Sync,
    ) -> Result<Self, Error> {
        let lambdas = [0.0, disc.lambda];
        let [along, across] = [0, 1].map(|axis| gauss_gegenbauer(points[axis], lambdas[axis]));
        let ends = disc.ends();
        let nodes: Vec<(f64, f64)> =
            across.iter().flat_map(|&(v, _)| along.iter().map(move |&(y, _)| (y, v))).collect();
        // A start does not depend on the others, so that threads change no bit.
        let found: Vec<(Root, u64)> = (nodes.par_iter().with_min_len(8))
            .map_init(
                || separatrix.clone(),
                |separatrix, &(y, v)| {
                    let x = 0.5 * ((1.0 - y) * ends[0] + (1.0 + y) * ends[1]);
                    let base = FlowState { log_tan: disc.z(x), ..disc.centre.plus(v, &disc.across) };
                    let shots = separatrix.shots();
                    let root = separatrix.root(&base, &disc.along, forecast(x, v), monitor)?;
                    Ok((root, separatrix.shots() - shots))
                },
            )
            .collect::<Result<_, Error>>()?;
        let roots = DMatrix::from_iterator(points[0], points[1], found.iter().map(|(root, _)| root.at));
        let root_error = found.iter().fold(0.0_f64, |largest, (root, _)| largest.max(root.error));
        separatrix.add_shots(found.iter().map(|(_, shots)| shots).sum());
        let polynomials = [0, 1].map(|axis| Gegenbauer::new(points[axis], lambdas[axis]));
        let [first, second] = &polynomials;
        let coefficients = coefficients(&roots, [(first, &along), (second, &across)]);
        Ok(Self { coefficients, polynomials, root_error, ends })
    }

    fn forecast(&self, x: f64, v: f64) -> f64 {
        let [mut p, mut q] = [vec![0.0; self.coefficients.nrows()], vec![0.0; self.coefficients.ncols()]];
        self.polynomials[0].at(self.position(x), &mut p);
        self.polynomials[1].at(v, &mut q);
        product(&self.line(&q), &p)
    }

    fn position(&self, x: f64) -> f64 {
        let [first, last] = self.ends;
        (2.0 * x - (first + last)) / (last - first)
    }

    /// The polynomial in `y` at one `v`, from the values `pⱼ(v)` of the first degrees: `Σⱼ cᵢⱼ pⱼ(v)`.
    fn line(&self, values: &[f64]) -> Vec<f64> {
        let mut line = vec![0.0; self.coefficients.nrows()];
        for (column, value) in self.coefficients.column_iter().zip(values) {
            line.iter_mut().zip(&column).for_each(|(sum, c)| *sum += value * c);
        }
        line
    }

    /// `E[1 − F_p]`: by finer and finer rules, until the next one changes them by less than a twentieth of the
    /// tolerance.
    fn estimate(
        &self,
        disc: &Disc,
        distribution: &AngleDistribution,
        tolerance: f64,
        nodes: &mut [usize; 2],
        monitor: &dyn Monitor,
    ) -> Result<Estimate, Error> {
        let [n, m] = self.points();
        *nodes = [nodes[0].max(n + 30), nodes[1].max(m + 1)];
        let mut estimate = self.details(disc, distribution, *nodes);
        loop {
            monitor.check()?;
            let failure = estimate.failure;
            let finer = [[nodes[0] * 3 / 2, nodes[1]], [nodes[0], nodes[1] * 3 / 2]];
            let values = finer.map(|nodes| self.failure(disc, distribution, nodes));
            let changes = values.map(|finer| (finer - failure).abs());
            estimate.error = changes[0] + changes[1];
            let axis = usize::from(changes[1] > changes[0]);
            // A rule need not be finer than the surface, and sums of rounded numbers come no closer to each other than this.
            let coarse = estimate.truncation(0).max(estimate.truncation(1));
            let enough = 0.05 * wanted(failure, tolerance).max(coarse).max(800.0 * f64::EPSILON * failure);
            if estimate.error <= enough || finer[axis][axis] > MOST_NODES[axis] {
                return Ok(estimate);
            }
            *nodes = finer[axis];
            estimate = self.details(disc, distribution, *nodes);
        }
    }

    /// `E[1 − F_p]` by a rule.
    fn failure(&self, disc: &Disc, distribution: &AngleDistribution, nodes: [usize; 2]) -> f64 {
        let mut sum = 0.0;
        self.visit(disc, distribution, nodes, 0, |line| {
            sum += line.weight * disc.below(line.at_ends[1], line.width);
            line.visit(|node, _, _, share| sum += share * node.above);
        });
        sum
    }

    /// `E[1 − F_p]` by a rule, and what its error hangs on.
    fn details(&self, disc: &Disc, distribution: &AngleDistribution, nodes: [usize; 2]) -> Estimate {
        let mut estimate = Estimate::default();
        let mut degrees = [[0.0; 3]; 2];
        let mut sizes = [vec![0.0; self.coefficients.nrows()], vec![0.0; self.coefficients.ncols()]];
        self.visit(disc, distribution, nodes, 3, |line| {
            let [first, last] = line.at_ends;
            estimate.failure += line.weight * disc.below(last, line.width);
            let beyond =
                [line.weight * disc.below(-first, line.width), line.weight * disc.below(last, line.width)];
            let [low, high] = line.grid.z;
            estimate.outside[0] += beyond[0] * distribution.above(low);
            estimate.outside[1] += beyond[1] * distribution.above(-high);
            line.visit(|node, t, of_t, share| {
                let density = distribution.density(node.z);
                estimate.failure += share * node.above;
                estimate.slope[0] += share * density;
                let of_t = of_t * density * node.dz;
                estimate.slope[1] += of_t;
                for dropped in 1..=3 {
                    let coarse = [
                        product(&line.polynomials[0], &node.p[..node.p.len() - dropped]),
                        product(&line.polynomials[dropped], &node.p),
                    ];
                    for (degrees, coarse) in degrees.iter_mut().zip(coarse) {
                        degrees[dropped - 1] += of_t * (t - coarse);
                    }
                }
                for ((size, p), c) in sizes[0].iter_mut().zip(&node.p).zip(&line.polynomials[0]) {
                    *size += of_t * (p * c).abs();
                }
                for ((size, q), c) in
                    sizes[1].iter_mut().zip(line.values).zip(self.coefficients.column_iter())
                {
                    *size += of_t * (q * product(c.as_slice(), &node.p)).abs();
                }
            });
        });
        estimate.alias = sizes.map(|sizes| Alias::new(&sizes));
        estimate.degrees = missing_degrees(degrees, self.coefficients.ncols());
        estimate
    }

    /// Calls `visit` for the lines of the rule, one for each of its `v`.
    fn visit(
        &self,
        disc: &Disc,
        distribution: &AngleDistribution,
        nodes: [usize; 2],
        most_dropped: usize,
        mut visit: impl FnMut(&Line<'_>),
    ) {
        let across = match disc.lambda {
            // One patch: nothing depends on v.
            0.0 => vec![(0.0, 1.0)],
            lambda => gauss_gegenbauer(nodes[1], lambda),
        };
        let rule = gauss_gegenbauer(nodes[0], 0.0);
        let mut q = vec![0.0; self.coefficients.ncols()];
        let mut grid: Option<Grid> = None;
        for (v, weight) in across {
            self.polynomials[1].at(v, &mut q);
            let polynomials: Vec<Vec<f64>> =
                (0..=most_dropped).map(|dropped| self.line(&q[..q.len() - dropped])).collect();
            let width = ((1.0 - v) * (1.0 + v)).sqrt();
            // The part of the range in which critical starts are in the disc.
            let edge = width / disc.reach;
            let mut p = vec![0.0; self.coefficients.nrows()];
            let mut value = |y: f64| {
                self.polynomials[0].at(y, &mut p);
                product(&polynomials[0], &p)
            };
            let mut crossing = |level: f64| {
                let (mut low, mut high) = (-1.0, 1.0);
                for _ in 0..52 {
                    let middle = 0.5 * (low + high);
                    if value(middle) > level { low = middle } else { high = middle }
                }
                low
            };
            let ends = [
                if self.at_end(&polynomials[0], -1.0) > edge { crossing(edge) } else { -1.0 },
                if self.at_end(&polynomials[0], 1.0) < -edge { crossing(-edge) } else { 1.0 },
            ];
            let grid = match &mut grid {
                Some(grid) if grid.ends == ends => grid,
                other => other.insert(Grid::new(self, disc, distribution, &rule, ends)),
            };
            let at_ends = ends.map(|y| self.at_end(&polynomials[0], y));
            visit(&Line { disc, grid, weight, width, at_ends, polynomials: &polynomials, values: &q });
        }
    }

    /// The polynomial at `y`.
    fn at_end(&self, polynomial: &[f64], y: f64) -> f64 {
        let mut p = vec![0.0; polynomial.len()];
        self.polynomials[0].at(y, &mut p);
        product(polynomial, &p)
    }
}

/// The rule along `y`, and all that does not depend on `v`.
struct Grid {
    /// Where it begins and ends, as `y` and as `z`.
    ends: [f64; 2],
    z: [f64; 2],
    nodes: Vec<GridNode>,
}

struct GridNode {
    z: f64,
    /// `dy` and `dz`.
    dy: f64,
    dz: f64,
    /// `1 − F_p(z)`
    above: f64,
    /// `pᵢ(y)` and their derivatives.
    p: Vec<f64>,
    slopes: Vec<f64>,
}

impl Grid {
    fn new(
        surface: &Surface,
        disc: &Disc,
        distribution: &AngleDistribution,
        rule: &[(f64, f64)],
        ends: [f64; 2],
    ) -> Self {
        let [first, last] = ends;
        let [low, high] = surface.ends;
        let x = |y: f64| 0.5 * ((1.0 - y) * low + (1.0 + y) * high);
        let nodes = (rule.iter())
            .map(|&(s, w)| {
                // y is s, slowed down at both ends: there C has roots of the distance, for few patches.
                let (position, speed) = (0.5 * s * (3.0 - s * s), 1.5 * (1.0 - s) * (1.0 + s));
                let y = 0.5 * ((1.0 - position) * first + (1.0 + position) * last);
                let dy = w * speed * (last - first);
                let x = x(y);
                let z = disc.z(x);
                let mut p = vec![0.0; surface.coefficients.nrows()];
                let mut slopes = p.clone();
                surface.polynomials[0].with_slopes(y, &mut p, &mut slopes);
                let dz = dy * 0.5 * (high - low) * disc.stretch / ((1.0 - x) * (1.0 + x));
                GridNode { z, dy, dz, above: distribution.above(z), p, slopes }
            })
            .collect();
        Self { ends, z: ends.map(|y| disc.z(x(y))), nodes }
    }
}

/// The critical starts at one `v`.
struct Line<'a> {
    disc: &'a Disc,
    grid: &'a Grid,
    weight: f64,
    /// `√(1 − v²)`
    width: f64,
    /// `W` at both ends.
    at_ends: [f64; 2],
    /// The polynomials in `y`, without the highest degrees in `v`.
    polynomials: &'a [Vec<f64>],
    /// `pⱼ(v)`
    values: &'a [f64],
}

impl Line<'_> {
    /// Calls `visit(node, t, density, share)` for the nodes of the rule: with the density of `t`, and the share of the starts that belong to
    /// the node.
    fn visit(&self, mut visit: impl FnMut(&GridNode, f64, f64, f64)) {
        let scale = self.disc.reach / self.width;
        for node in &self.grid.nodes {
            let t = product(&self.polynomials[0], &node.p);
            let slope = product(&self.polynomials[0], &node.slopes);
            let cosine = scale * t;
            let complement = (1.0 - cosine) * (1.0 + cosine);
            if complement > 0.0 {
                // −dF/dz is the density of z, and dz = d cos/(1 − cos²).
                let density = self.weight * scale * self.disc.density(complement);
                visit(node, t, density, -density * slope * node.dy);
            }
        }
    }
}

/// `E[1 − F_p]`, and what its error hangs on.
#[derive(Debug, Clone, Copy, Default)]
struct Estimate {
    failure: f64,
    /// What a finer rule changes.
    error: f64,
    /// What starts below and above the range of `z` may change.
    outside: [f64; 2],
    /// What changes without the highest degree of `W`, without the two and the three highest, along each coordinate.
    degrees: [[f64; 3]; 2],
    /// What degrees beyond twice the highest may change.
    alias: [Alias; 2],
    /// What an error of `z`, or of `t`, is multiplied with.
    slope: [f64; 2],
}

/// Contributions fall more slowly than that where `W` has a bend.
const ALIAS: f64 = 100.0;

/// Gauss points take a polynomial of degree `2n` for one of degree 0.
#[derive(Debug, Clone, Copy, Default)]
struct Alias {
    /// What that changes: `highest`, which falls from `n` to `2n` at least as from `n/2` to `n`, twice.
    error: f64,
    /// The factor by which it falls with each degree more.
    rate: f64,
    /// The size of the highest degrees of `n`: what a critical start and its forecast by the surface differ by, times the slope.
    highest: f64,
}

impl Alias {
    fn new(sizes: &[f64]) -> Self {
        let n = sizes.len();
        let some = (n / 4).max(1);
        let largest =
            |to: usize| sizes[to.saturating_sub(some).max(1)..to].iter().fold(0.0_f64, |a, &b| a.max(b));
        let (middle, highest) = (largest((n / 2 + 1).max(2)), largest(n));
        if highest == 0.0 {
            return Self { error: 0.0, rate: 0.5, highest };
        }
        let fall = (highest / middle).min(1.0);
        Self { error: highest * fall.powi(2), rate: fall.powf(4.0 / n as f64).clamp(1e-2, 0.8), highest }
    }
}

impl Estimate {
    /// What the first of the degrees that `W` lacks along an axis would change.
    fn truncation(&self, axis: usize) -> f64 {
        truncation_error(self.degrees[axis])
    }

    /// The factor by which they fall from one degree to the next, as the last degrees say.
    fn rate(&self, axis: usize) -> f64 {
        let [first, _, third] = self.degrees[axis];
        if first == 0.0 { 0.0 } else { (first / third).sqrt() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Critical angles are what time is spent on: runs of gradient flow for one probability.
    fn runs(patch_dim: usize, patches: usize, sum_ratio: f64, scale_ratio: f64, tolerance: f64) -> u64 {
        let cell = Cell::new(patch_dim, patches, sum_ratio, scale_ratio).expect("valid");
        let quadrature = Quadrature::of(tolerance);
        let mut separatrix = Separatrix::new(&cell, None, quadrature.flow_tolerance).expect("x_c < 1");
        let distribution = AngleDistribution::new(patch_dim);
        let guess = Guess::Angle(0.0);
        let (found, _) = expectation(&cell, &mut separatrix, &distribution, &quadrature, guess, &())
            .expect("converges")
            .expect("not far");
        let (_, bound) = found.success;
        assert!(bound <= tolerance, "{cell:?}: {bound:e}");
        separatrix.shots()
    }

    #[test]
    fn few_runs_are_enough() {
        for (patch_dim, patches, sum_ratio, scale_ratio, most) in [
            (5, 25, 4.0, 10.0, 2500),
            (5, 25, 4.0, 20.0, 4000),
            (5, 25, 4.0, 50.0, 10_000),
            (100, 100, 9.0, 30.0, 2500),
            (5, 1_000_000, 1e5, 10.0, 2500),
        ] {
            let found = runs(patch_dim, patches, sum_ratio, scale_ratio, 1e-12);
            assert!(found <= most, "p {patch_dim}, k {patches}, β {scale_ratio}: {found}");
        }
    }
}
