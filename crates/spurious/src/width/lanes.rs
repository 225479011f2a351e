//! Runs side by side in vector registers.
//!
//! Every operation acts on each lane separately, and tests come after fixed numbers of steps of a run. So the result of a run does not depend
//! on the other lanes. With unit filters `û`, sums over the student's filters and the teacher (with output weights `−b`), and `h = η/2π`,
//!
//! ```text
//! vᵢ⁺ = vᵢ − h/‖vᵢ‖ (Fᵢ − (Fᵢ·ûᵢ) ûᵢ)        Fᵢ = Σ_{l≠i} λ(φ_il) (aᵢ·a_l) û_l
//! aᵢ⁺ = aᵢ − h (Σ_l D(φ_il) a_l + γ(Σ_l s_l − S) 1)
//! ```
//!
//! with `sin φ_il = ‖û_l − cos φ_il ûᵢ‖`, which keeps its digits where filters are nearly aligned or antipodal.

use std::f64::consts::PI;
use std::ops::Range;

use fearless_simd::{Level, Simd, SimdBase, SimdFloat, dispatch};

use super::convergence::is_minimum;
use super::ensemble::{WidthEnsemble, WidthRun};
use super::{MOST_FILTERS, WideStudent};
use crate::basin::Verdict;
use crate::error::Error;
use crate::monitor::Monitor;
use crate::numerics::lanes::{Supplement, WIDEST};

/// Steps between two tests.
const STRIDE: u64 = 16;

/// The runs of a range of trials, each handed to `take` as it ends.
pub(super) fn runs(
    ensemble: &WidthEnsemble,
    trials: Range<u64>,
    monitor: &dyn Monitor,
    take: &mut dyn FnMut(WidthRun),
) -> Result<(), Error> {
    dispatch!(Level::new(), simd => of_level(simd, ensemble, trials, monitor, take))
}

#[inline(always)]
fn of_level<S: Simd>(
    simd: S,
    ensemble: &WidthEnsemble,
    trials: Range<u64>,
    monitor: &dyn Monitor,
    take: &mut dyn FnMut(WidthRun),
) -> Result<(), Error> {
    // Loops over few filters have constant ends, so that the compiler unrolls them.
    match ensemble.filters() {
        1 => Pool::<S, 1, 2, 3>::new(simd, ensemble, 1).run(simd, trials, monitor, take),
        2 => Pool::<S, 2, 3, 4>::new(simd, ensemble, 2).run(simd, trials, monitor, take),
        3 => Pool::<S, 3, 4, 5>::new(simd, ensemble, 3).run(simd, trials, monitor, take),
        4 => Pool::<S, 4, 5, 6>::new(simd, ensemble, 4).run(simd, trials, monitor, take),
        r => Pool::<S, MOST_FILTERS, { MOST_FILTERS + 1 }, { MOST_FILTERS + 2 }>::new(simd, ensemble, r)
            .run(simd, trials, monitor, take),
    }
}

/// Constants of the iteration.
struct Constants<S: Simd> {
    /// `h`
    rate: S::f64s,
    /// `α`, `γ`, `2πc`
    alpha: S::f64s,
    gamma: S::f64s,
    leak: S::f64s,
    /// `b`, of which two coordinates are not zero, and `αB²`
    output: [S::f64s; 2],
    constant: S::f64s,
    /// `√k` and `S`
    root: S::f64s,
    sum: S::f64s,
    supplement: Supplement,
}

/// Coordinates of filters and output weights: one run in each lane. Where `p` or `k` is smaller than the number of coordinates, the last of
/// them are 0 and stay so.
struct State<S: Simd, const R: usize, const D: usize, const M: usize> {
    filters: [[S::f64s; D]; R],
    outputs: [[S::f64s; M]; R],
}

/// `2π` times the gradient, and what the tests need.
struct Slopes<S: Simd, const R: usize, const D: usize, const M: usize> {
    along: State<S, R, D, M>,
    /// `4πℓ`
    loss: S::f64s,
}

/// A trial in a lane.
#[derive(Clone, Copy)]
struct Place {
    trial: u64,
    steps: u64,
    /// Steps before which it is not tested for a minimum again.
    wait: u64,
}

struct Pool<'a, S: Simd, const R: usize, const D: usize, const M: usize> {
    ensemble: &'a WidthEnsemble,
    /// The number of filters, at most `R`.
    count: usize,
    constants: Constants<S>,
    state: State<S, R, D, M>,
    places: [Option<Place>; WIDEST],
}

impl<'a, S: Simd, const R: usize, const D: usize, const M: usize> Pool<'a, S, R, D, M> {
    #[inline(always)]
    fn new(simd: S, ensemble: &'a WidthEnsemble, count: usize) -> Self {
        let splat = |value: f64| S::f64s::splat(simd, value);
        let (teacher, activation) = (ensemble.cell().teacher(), ensemble.cell().shape().activation());
        let output = &ensemble.descent().target.output;
        let constants = Constants {
            rate: splat(ensemble.step_size() / (2.0 * PI)),
            alpha: splat(activation.output_rate()),
            gamma: splat(activation.independent()),
            leak: splat(activation.leak()),
            output: [splat(output[0]), splat(output.get(1).copied().unwrap_or(0.0))],
            constant: splat(activation.output_rate() * teacher.norm_squared()),
            root: splat((teacher.patches() as f64).sqrt()),
            sum: splat(teacher.sum()),
            supplement: Supplement::new(),
        };
        // Lanes without a trial have a filter and no output weights.
        let state = State { filters: [[splat(1.0); D]; R], outputs: [[splat(0.0); M]; R] };
        Self { ensemble, count, constants, state, places: [None; WIDEST] }
    }

    #[inline(always)]
    fn run(
        mut self,
        simd: S,
        mut trials: Range<u64>,
        monitor: &dyn Monitor,
        take: &mut dyn FnMut(WidthRun),
    ) -> Result<(), Error> {
        loop {
            for lane in 0..S::f64s::LEN {
                if self.places[lane].is_none()
                    && let Some(trial) = trials.next()
                {
                    self.places[lane] = Some(Place { trial, steps: 0, wait: 0 });
                    self.load(lane, &self.ensemble.start(trial));
                }
            }
            if self.places.iter().all(Option::is_none) {
                return Ok(());
            }
            for _ in 1..STRIDE {
                let slopes = self.slopes(simd);
                self.advance(&slopes);
            }
            let slopes = self.slopes(simd);
            self.test(&slopes, take);
            self.advance(&slopes);
            monitor.check()?;
        }
    }

    #[inline(always)]
    fn load(&mut self, lane: usize, student: &WideStudent) {
        let set = |vector: &mut S::f64s, value: f64| vector.as_mut_slice()[lane] = value;
        let at = |values: &[f64], i: usize| values.get(i).copied().unwrap_or(0.0);
        for i in 0..self.count {
            (0..D).for_each(|j| set(&mut self.state.filters[i][j], at(student.filter(i), j)));
            (0..M).for_each(|j| set(&mut self.state.outputs[i][j], at(student.output_weights(i), j)));
        }
    }

    /// The student in a lane.
    #[inline(always)]
    fn student(&self, lane: usize) -> WideStudent {
        let target = &self.ensemble.descent().target;
        let (d, m) = (target.direction.len(), target.output.len());
        let (mut filters, mut outputs) = (Vec::with_capacity(R * D), Vec::with_capacity(R * M));
        for i in 0..self.count {
            filters.extend((0..d).map(|j| self.state.filters[i][j].as_slice()[lane]));
            outputs.extend((0..m).map(|j| self.state.outputs[i][j].as_slice()[lane]));
        }
        WideStudent::unchecked(self.count, filters, outputs)
    }

    #[inline(always)]
    fn slopes(&self, simd: S) -> Slopes<S, R, D, M> {
        let (r, constants) = (self.count, &self.constants);
        let zero = S::f64s::splat(simd, 0.0);
        let one = S::f64s::splat(simd, 1.0);
        let State { filters, outputs } = &self.state;
        let mut units = [[zero; D]; R];
        let mut inverse = [zero; R];
        let mut total = zero;
        for i in 0..r {
            let squared = product(simd, &filters[i], &filters[i]);
            inverse[i] = one / squared.sqrt();
            (0..D).for_each(|j| units[i][j] = filters[i][j] * inverse[i]);
            total += outputs[i][0];
        }
        let excess = total.mul_add(constants.root, -constants.sum);
        let mut loss = (excess * excess).mul_add(constants.gamma, constants.constant);
        let common = excess * constants.gamma * constants.root;
        let mut of_filters = [[zero; D]; R];
        let mut of_outputs = [[zero; M]; R];
        // (Fᵢ·ûᵢ), summed from the cosines
        let mut radial = [zero; R];
        for i in 0..r {
            // The teacher.
            let [first, second] = constants.output;
            let signal = outputs[i][0].mul_add(first, outputs[i][1] * second);
            let across = (1..D).fold(zero, |sum, j| units[i][j].mul_add(units[i][j], sum));
            let (cos, sin) = (units[i][0], across.sqrt());
            let (turning, drive) = self.kernel(simd, cos, sin);
            let pull = -(turning * signal);
            of_filters[i][0] += pull;
            radial[i] = pull.mul_add(cos, radial[i]);
            loss = (-(signal + signal)).mul_add(drive, loss);
            for j in 0..M {
                of_outputs[i][j] = outputs[i][j].mul_add(constants.alpha, of_outputs[i][j]);
            }
            loss = (product(simd, &outputs[i], &outputs[i])).mul_add(constants.alpha, loss);
            of_outputs[i][0] = (-drive).mul_add(first, of_outputs[i][0] + common);
            of_outputs[i][1] = (-drive).mul_add(second, of_outputs[i][1]);
            // Filters after this one.
            for l in i + 1..r {
                let cos = product(simd, &units[i], &units[l]);
                let squared = (0..D).fold(zero, |sum, j| {
                    let towards = (-cos).mul_add(units[i][j], units[l][j]);
                    towards.mul_add(towards, sum)
                });
                let (turning, drive) = self.kernel(simd, cos, squared.sqrt());
                let weight = product(simd, &outputs[i], &outputs[l]);
                let pull = turning * weight;
                for j in 0..D {
                    of_filters[i][j] = pull.mul_add(units[l][j], of_filters[i][j]);
                    of_filters[l][j] = pull.mul_add(units[i][j], of_filters[l][j]);
                }
                radial[i] = pull.mul_add(cos, radial[i]);
                radial[l] = pull.mul_add(cos, radial[l]);
                for j in 0..M {
                    of_outputs[i][j] = drive.mul_add(outputs[l][j], of_outputs[i][j]);
                    of_outputs[l][j] = drive.mul_add(outputs[i][j], of_outputs[l][j]);
                }
                loss = (weight + weight).mul_add(drive, loss);
            }
        }
        for i in 0..r {
            for j in 0..D {
                of_filters[i][j] = (-radial[i]).mul_add(units[i][j], of_filters[i][j]) * inverse[i];
            }
        }
        Slopes { along: State { filters: of_filters, outputs: of_outputs }, loss }
    }

    /// `λ` and `D = λ cos φ + γ(sin φ − 1)`.
    #[inline(always)]
    fn kernel(&self, simd: S, cos: S::f64s, sin: S::f64s) -> (S::f64s, S::f64s) {
        let Constants { gamma, leak, supplement, .. } = &self.constants;
        let turning = supplement.of(simd, cos, sin).mul_add(*gamma, *leak);
        (turning, turning.mul_add(cos, (sin - 1.0) * *gamma))
    }

    #[inline(always)]
    fn advance(&mut self, slopes: &Slopes<S, R, D, M>) {
        let back = -self.constants.rate;
        for i in 0..self.count {
            for j in 0..D {
                self.state.filters[i][j] = slopes.along.filters[i][j].mul_add(back, self.state.filters[i][j]);
            }
            for j in 0..M {
                self.state.outputs[i][j] = slopes.along.outputs[i][j].mul_add(back, self.state.outputs[i][j]);
            }
        }
    }

    /// Ends the runs that can be decided, and those that have taken too many steps. A run is tested at the point before its next step.
    #[inline(always)]
    fn test(&mut self, slopes: &Slopes<S, R, D, M>, take: &mut dyn FnMut(WidthRun)) {
        for (lane, &loss) in slopes.loss.as_slice().iter().enumerate() {
            let Some(Place { trial, steps, mut wait }) = self.places[lane] else {
                continue;
            };
            let steps = steps + STRIDE;
            let (at, loss) = (steps - 1, loss / (4.0 * PI));
            let convergence = self.ensemble.convergence();
            let verdict = if loss <= self.ensemble.level() {
                Some(Verdict::Global)
            } else if at >= wait && self.is_still(lane, &slopes.along, at, loss) {
                wait = at + at / 10;
                is_minimum(
                    &self.ensemble.descent().target,
                    self.ensemble.cell().scale_ratio(),
                    &self.student(lane),
                )
                .then_some(Verdict::Spurious)
            } else {
                None
            };
            let given_up = steps >= convergence.most_steps || !loss.is_finite();
            self.places[lane] = Some(Place { trial, steps, wait });
            if let Some(verdict) = verdict.or(given_up.then_some(Verdict::Undecided)) {
                take(WidthRun { trial, verdict, steps: at, loss, end: self.student(lane) });
                self.places[lane] = None;
            }
        }
    }

    /// Whether the loss hardly falls any more: `t‖∇ℓ‖² ≤ τℓ`.
    #[inline(always)]
    fn is_still(&self, lane: usize, along: &State<S, R, D, M>, steps: u64, loss: f64) -> bool {
        let mut squared = 0.0;
        for i in 0..self.count {
            (0..D).for_each(|j| squared += along.filters[i][j].as_slice()[lane].powi(2));
            (0..M).for_each(|j| squared += along.outputs[i][j].as_slice()[lane].powi(2));
        }
        let time = self.ensemble.step_size() * steps as f64;
        time * squared <= 4.0 * PI * PI * self.ensemble.convergence().trapped * loss
    }
}

#[inline(always)]
fn product<S: Simd, const N: usize>(simd: S, a: &[S::f64s; N], b: &[S::f64s; N]) -> S::f64s {
    (0..N).fold(S::f64s::splat(simd, 0.0), |sum, j| a[j].mul_add(b[j], sum))
}
