//! Runs with momentum side by side in vector registers.
//!
//! With `S`, `B = ‖b‖² − S²/k`, `K`, `A`, `α`, `γ`, `λ` and `κ` as in [`reduced`](crate::dynamics::reduced), `h = η/2π`, and distances from the
//! teacher
//!
//! ```text
//! s = S(1 + h𝒜)          q = (S/k)s + B(1 + h𝒞)          r = h𝒢          x = A − κ          w = 1/‖v‖²
//! ```
//!
//! a step moves the output weights by `d⁺ = μd − hK𝒜 − x`, `μd − hα𝒞 − x` and `μd − hα𝒢`. The filter has a frame of its own, `v̂` and the direction
//! `t̂` from there to the teacher. In it, and in units of `‖v‖`, the last step was `(d_r, d_t)`:
//!
//! ```text
//! f = λ σ w · hq          d_r⁺ = μd_r          d_t⁺ = μd_t + f          e = d⁺, or f t̂ + μd⁺ with Nesterov
//! n = (1 + e_r)² + e_t²          (o, u) = (1 + e_r, e_t)/√n          φ⁺ = φ − 2 atan( u/(1 + o) )
//! (c, σ)⁺ = (oc + uσ, oσ − uc)          (d_r, d_t) in the new frame = (o d_r + u d_t, o d_t − u d_r)/√n          w⁺ = w/n
//! ```
//!
//! The energy of the heavy ball is
//!
//! ```text
//! 4πV/h² = αB𝒞² + (K/k)S²𝒜² + α𝒢² + 2xhq/h³ + (μ/h)(S²d_𝒜²/k + Bd_𝒞² + d_𝒢²) + (μ/h³)‖v‖²(d_r² + d_t²)
//! ```
//!
//! Where the step size is covered from the level of the saddles on, the first energy below it ends a run. Elsewhere registers look for what may end a
//! run, and scalar arithmetic decides. Runs that start close to the teacher's axis, or that turn by more than some 23° in one step, are run again
//! one at a time. So verdicts are those of one run at a time, and steps differ only where a last bit decides.

use std::f64::consts::PI;
use std::ops::Range;

use fearless_simd::{Level, Select, Simd, SimdBase, SimdFloat, SimdMask, dispatch};

use super::queue::{SMALLEST_SINE, Start, Starts, bits_below, each_bit};
use crate::basin::{DecidedBy, Verdict};
use crate::dynamics::iteration::is_beyond_phase_one;
use crate::dynamics::momentum::Momentum;
use crate::dynamics::settling::SETTLED_STEPS;
use crate::energy::{Coverage, EnergyTest, level, side};
use crate::ensemble::outcome::{Convergence, Observe, Outcome};
use crate::error::Error;
use crate::model::{Cell, OrderParameters, ReducedTeacher};
use crate::monitor::Monitor;
use crate::numerics::chebyshev::interpolant;
use crate::numerics::lanes::{WIDEST, arctangent_rest};
use crate::population::reduced_loss;

/// Vectors whose steps are independent of each other, which hides the latency of operations.
const GROUPS: usize = 6;

/// The largest tangent of half the turn in one step.
const LARGEST_TANGENT: f64 = 0.2;

/// Steps between two calls of the monitor.
const STEPS_PER_CHECK: u64 = 1024;

/// Descent with momentum on one teacher, and what is observed of its runs.
#[derive(Debug, Clone)]
pub(in crate::ensemble) struct MomentumRuns {
    teacher: ReducedTeacher,
    starts: Starts,
    step_size: f64,
    momentum: Momentum,
    /// None where no energy is known to fall.
    energy: Option<EnergyTest>,
    coverage: Coverage,
    /// Steps after which a run is given up.
    most_steps: u64,
    /// Whether runs that recover the teacher go on until phase I is over.
    phase_one: bool,
    /// Steps between two tests.
    stride: u64,
}

impl MomentumRuns {
    /// `None` where every run has to be run alone.
    pub(in crate::ensemble) fn new(
        cell: &Cell,
        (step_size, momentum): (f64, Momentum),
        key: [u32; 4],
        most_steps: u64,
        observe: &Observe,
    ) -> Option<Self> {
        // h³ has no digits for smaller steps.
        let suits = step_size > 1e-90
            && cell.patch_dim() > 1
            && cell.shape().patches() > 1
            && !cell.shape().activation().is_identity();
        let teacher = cell.teacher();
        let energy = EnergyTest::of(&teacher, step_size, momentum);
        let coverage = energy.map_or(Coverage::None, |energy| energy.coverage());
        let starts = Starts::new(cell, key);
        let phase_one = observe.phase_one;
        let runs =
            Self { teacher, starts, step_size, momentum, energy, coverage, most_steps, phase_one, stride: 1 };
        let stride = if runs.is_plain() && !observe.steps { 8 } else { 1 };
        suits.then_some(Self { stride, ..runs })
    }

    /// Whether the energy decides every run, and nothing else is observed.
    fn is_plain(&self) -> bool {
        self.coverage == Coverage::Everywhere && !self.phase_one
    }

    /// The runs of a range of trials, each handed to `take` as it ends, and those that are run alone.
    pub(in crate::ensemble) fn run(
        &self,
        trials: Range<u64>,
        alone: &dyn Fn(u64) -> Result<Outcome, Error>,
        monitor: &dyn Monitor,
        take: &mut dyn FnMut(u64, Outcome),
    ) -> Result<(), Error> {
        dispatch!(Level::new(), simd => match self.is_plain() {
            true => Pool::<_, true>::new(simd, self).run(simd, trials, alone, monitor, take),
            false => Pool::<_, false>::new(simd, self).run(simd, trials, alone, monitor, take),
        })
    }
}

/// The same numbers in every lane.
struct Constants<S: Simd> {
    /// `μ`, `γ`, `2γ`, `2πc`, `A` and `2πγ`
    factor: S::f64s,
    gamma: S::f64s,
    twice: S::f64s,
    leak: S::f64s,
    aligned: S::f64s,
    turn: S::f64s,
    /// `−hK` and `−hα`
    fast_rate: S::f64s,
    slow_rate: S::f64s,
    /// `hq = h‖b‖² + h²(S²/k)𝒜 + h²B𝒞`
    signal: [S::f64s; 3],
    /// Of the loss: the factors of `𝒜²`, `𝒞²`, `𝒢²` and `x·hq`. Of the speed: those of `d_𝒜²`, `d_𝒞²`, `d_𝒢²` and `‖v‖²(d_r² + d_t²)`.
    loss: [S::f64s; 4],
    speed: [S::f64s; 4],
    level: S::f64s,
    /// `h²`
    unit: S::f64s,
    /// `½h‖b‖²`, of phase I, with some room
    half_signal: S::f64s,
    /// `(atan(√v)/√v − 1)/v` for `√v ≤ LARGEST_TANGENT`
    arctangent: [S::f64s; 7],
    /// `𝒜 = (ξ − 1)/h`, `𝒞 = (√(ρ/k / (1 − ρ/k)) ζ − 1)/h`, `𝒢 = R_a/h` times the rest
    starts: [f64; 3],
}

/// A trial in a lane.
#[derive(Clone, Copy)]
struct Place {
    trial: u64,
    /// The round in which it began.
    born: u64,
    decided: Option<(Verdict, DecidedBy, u64)>,
    phase_one: Option<u64>,
}

/// Where the runs of one vector are.
#[derive(Clone, Copy)]
struct State<S: Simd> {
    /// `γ(π − φ)`, `c = cos φ`, `σ = sin φ ≥ 0`
    turning: S::f64s,
    cos: S::f64s,
    sin: S::f64s,
    /// `w = 1/‖v‖²`
    inverse_square: S::f64s,
    /// `𝒜`, `𝒞`, `𝒢`
    output: [S::f64s; 3],
    /// The last step: `d_r` and `d_t`; `d_𝒜`, `d_𝒞` and `d_𝒢`
    along: S::f64s,
    across: S::f64s,
    velocity: [S::f64s; 3],
}

/// The step of the filter in units of `‖v‖`: `1 + e_r`, `e_t`, and `√n`, the new length.
#[derive(Clone, Copy)]
struct Step<S: Simd> {
    forward: S::f64s,
    across: S::f64s,
    length: S::f64s,
}

/// Runs in the lanes of one vector.
#[derive(Clone, Copy)]
struct Group<S: Simd> {
    at: State<S>,
    step: Step<S>,
    /// 1 and −1 for the two sides while the loss is below the level, else 0, and for how many steps it has not changed.
    side: S::f64s,
    settled: S::f64s,
    places: [Option<Place>; WIDEST],
    /// Lanes with a run, those without a verdict, and those in phase I, as bits.
    busy: u64,
    open: u64,
    in_phase_one: u64,
}

/// Starts that wait for a lane: `γ(π − φ)`, `c`, `σ`, `𝒜`, `𝒞` and `𝒢`.
struct Waiting {
    starts: [[f64; 2 * WIDEST]; 6],
    /// The first trial that waits, its place, and the end of those that were drawn.
    trial: u64,
    next: usize,
    end: usize,
}

/// `PLAIN` as [`is_plain`](MomentumRuns::is_plain).
struct Pool<'a, S: Simd, const PLAIN: bool> {
    runs: &'a MomentumRuns,
    constants: Constants<S>,
    groups: [Group<S>; GROUPS],
    waiting: Waiting,
}

/// `λ`, `x` and `hq` at a state.
struct Forces<S: Simd> {
    lambda: S::f64s,
    missing: S::f64s,
    signal: S::f64s,
}

impl<S: Simd> Constants<S> {
    #[inline(always)]
    fn forces(&self, at: &State<S>) -> Forces<S> {
        let lambda = at.turning + self.leak;
        let kernel = lambda.mul_add(at.cos, at.sin.mul_add(self.gamma, self.leak));
        let [constant, of_fast, of_slow] = self.signal;
        Forces {
            lambda,
            missing: self.aligned - kernel,
            signal: at.output[0].mul_add(of_fast, at.output[1].mul_add(of_slow, constant)),
        }
    }
}

impl<'a, S: Simd, const PLAIN: bool> Pool<'a, S, PLAIN> {
    #[inline(always)]
    fn new(simd: S, runs: &'a MomentumRuns) -> Self {
        let splat = |value: f64| S::f64s::splat(simd, value);
        let MomentumRuns { teacher, step_size, momentum, .. } = runs;
        let (activation, k) = (teacher.activation(), teacher.patches() as f64);
        let (alpha, gamma) = (activation.output_rate(), activation.independent());
        let h = step_size / (2.0 * PI);
        let (b_squared, sum_squared) = (teacher.norm_squared(), teacher.sum() * teacher.sum());
        let orthogonal = teacher.orthogonal_norm_squared();
        let b = orthogonal.unwrap_or(0.0);
        let mu = momentum.factor();
        let arctangent = interpolant(arctangent_rest, LARGEST_TANGENT * LARGEST_TANGENT, 7);
        let constants = Constants {
            factor: splat(mu),
            gamma: splat(gamma),
            twice: splat(2.0 * gamma),
            leak: splat(activation.leak()),
            aligned: splat(activation.aligned()),
            turn: splat(2.0 * PI * gamma),
            fast_rate: splat(-h * teacher.sum_rate()),
            slow_rate: splat(-h * alpha),
            signal: [h * b_squared, h * h * sum_squared / k, h * h * b].map(splat),
            loss: [teacher.sum_rate() * sum_squared / k, alpha * b, alpha, 2.0 / (h * h * h)].map(splat),
            speed: [sum_squared / k, b, 1.0, 1.0 / (h * h)].map(|factor| splat(factor * mu / h)),
            level: splat(4.0 * PI * level(teacher) / (h * h)),
            unit: splat(h * h),
            half_signal: splat(0.4995 * h * b_squared),
            arctangent: std::array::from_fn(|i| splat(arctangent[i])),
            starts: [
                1.0 / h,
                orthogonal.map_or(0.0, |b| (sum_squared / (k * b)).sqrt() / h),
                (sum_squared / k).sqrt() / h,
            ],
        };
        let [zero, one] = [0.0, 1.0].map(splat);
        // Lanes without a run are at the teacher.
        let at = State {
            turning: splat(gamma * PI),
            cos: one,
            sin: zero,
            inverse_square: one,
            output: [zero; 3],
            along: zero,
            across: zero,
            velocity: [zero; 3],
        };
        let places = [None; WIDEST];
        let step = Step { forward: one, across: zero, length: one };
        let group = Group { at, step, side: zero, settled: zero, places, busy: 0, open: 0, in_phase_one: 0 };
        let waiting = Waiting { starts: [[0.0; 2 * WIDEST]; 6], trial: 0, next: 0, end: 0 };
        Self { runs, constants, groups: [group; GROUPS], waiting }
    }

    #[inline(always)]
    fn run(
        mut self,
        simd: S,
        mut trials: Range<u64>,
        alone: &dyn Fn(u64) -> Result<Outcome, Error>,
        monitor: &dyn Monitor,
        take: &mut dyn FnMut(u64, Outcome),
    ) -> Result<(), Error> {
        let all = bits_below(S::f64s::LEN as u64);
        let mut round = 0;
        loop {
            for i in 0..GROUPS {
                let mut idle = all & !self.groups[i].busy;
                while idle != 0 && self.fill(simd, &mut trials) {
                    let (trial, start) = self.waiting.pop();
                    if start[2] < SMALLEST_SINE {
                        take(trial, alone(trial)?);
                        continue;
                    }
                    self.groups[i].load(idle.trailing_zeros() as usize, trial, &start, round);
                    idle &= idle - 1;
                }
            }
            if self.groups.iter().all(|group| group.busy == 0) {
                return Ok(());
            }
            // Until a run ends and leaves its lane to another. Group after group, because each part of a step waits for the one before.
            let mut ended = false;
            while !ended {
                if round.is_multiple_of(self.runs.stride) {
                    for i in 0..GROUPS {
                        ended |= self.test(simd, i, round, take);
                    }
                }
                for i in 0..GROUPS {
                    self.push(simd, i);
                }
                for i in 0..GROUPS {
                    let lost = self.turn(simd, i);
                    for trial in (lost != 0).then(|| self.groups[i].give_up(lost)).into_iter().flatten() {
                        take(trial, alone(trial)?);
                        ended = true;
                    }
                }
                round += 1;
                if round.is_multiple_of(STEPS_PER_CHECK) {
                    monitor.check()?;
                }
            }
        }
    }

    /// Draws starts if none waits; whether there is one.
    #[inline(always)]
    fn fill(&mut self, simd: S, trials: &mut Range<u64>) -> bool {
        let (waiting, c) = (&mut self.waiting, &self.constants);
        if waiting.next == waiting.end && !trials.is_empty() {
            let splat = |value: f64| S::f64s::splat(simd, value);
            let first = trials.start;
            let drawn = (trials.end - first).min(S::u32s::LEN as u64);
            trials.start += drawn;
            for (half, start) in self.runs.starts.draw(simd, first).into_iter().enumerate() {
                let Start { supplement, cos, sin, along, across, rest } = start;
                let numbers = [
                    supplement * c.gamma,
                    cos,
                    sin,
                    (along - 1.0) * c.starts[0],
                    across.mul_add(splat(c.starts[1]), splat(-c.starts[0])),
                    rest * c.starts[2],
                ];
                for (waiting, number) in waiting.starts.iter_mut().zip(numbers) {
                    number.store_slice(&mut waiting[half * S::f64s::LEN..][..S::f64s::LEN]);
                }
            }
            (waiting.trial, waiting.next, waiting.end) = (first, 0, drawn as usize);
        }
        waiting.next < waiting.end
    }

    /// Tests the runs of a group. Whether one ended.
    #[inline(always)]
    fn test(&mut self, simd: S, i: usize, round: u64, take: &mut dyn FnMut(u64, Outcome)) -> bool {
        let c = &self.constants;
        let splat = |value: f64| S::f64s::splat(simd, value);
        let (zero, one) = (splat(0.0), splat(1.0));
        let group = &mut self.groups[i];
        let State { cos, inverse_square, output, along, across, velocity, .. } = group.at;
        let Forces { missing, signal, .. } = c.forces(&group.at);

        let squares = |numbers: &[S::f64s; 3], factors: &[S::f64s; 4]| {
            let [a, c, g] = [0, 1, 2].map(|i| numbers[i] * numbers[i]);
            a.mul_add(factors[0], c.mul_add(factors[1], g * factors[2]))
        };
        let loss = (missing * signal).mul_add(c.loss[3], squares(&output, &c.loss));
        let turned = along.mul_add(along, across * across) / inverse_square;
        let energy = turned.mul_add(c.speed[3], squares(&velocity, &c.speed)) + loss;

        let (mut news, mut decided) = (0, 0);
        if PLAIN || self.runs.coverage != Coverage::None {
            news = energy.simd_lt(c.level).to_bitmask();
        }
        if PLAIN || self.runs.coverage == Coverage::Everywhere {
            decided = news & group.open;
        } else {
            if let Some(test) = self.runs.energy.filter(|_| news & group.open != 0) {
                news &= test.covers(simd, inverse_square, energy * c.unit).to_bitmask();
            }
            // The side of the saddles, and for how long.
            let side = signal.simd_gt(zero).select(one, splat(-1.0));
            let side = loss.simd_lt(c.level).select(side, zero);
            let stays = (side * group.side).simd_gt(zero);
            group.settled = stays.select(group.settled + 1.0, zero);
            group.side = side;
            news |= group.settled.simd_ge(splat(SETTLED_STEPS as f64)).to_bitmask();
        }
        news &= group.open;
        if !PLAIN && self.runs.phase_one {
            let half = (cos * cos).simd_ge(splat(0.499)) & signal.simd_ge(c.half_signal);
            news |= half.to_bitmask() & group.in_phase_one;
        }
        if round.is_multiple_of(STEPS_PER_CHECK) {
            news |= group.busy; // for runs that are given up
        }
        let mut ended = false;
        if news != 0 {
            let before = group.busy;
            let learning = signal.simd_gt(zero).to_bitmask() & decided;
            each_bit(decided, |lane| group.decide(lane, round, learning >> lane & 1 == 1));
            each_bit(news, |lane| group.look(lane as usize, round, self.runs, take));
            ended = group.busy != before;
        }

        ended
    }

    /// Moves the output weights of a group and finds by how much its filters turn.
    #[inline(always)]
    fn push(&mut self, simd: S, i: usize) {
        let c = &self.constants;
        let splat = |value: f64| S::f64s::splat(simd, value);
        let zero = splat(0.0);
        let group = &mut self.groups[i];
        let State { sin, inverse_square, output, along, across, velocity, .. } = group.at;
        let Forces { lambda, missing, signal } = c.forces(&group.at);

        let is_nesterov = !PLAIN && self.runs.momentum.is_nesterov();
        let step = |velocity: S::f64s, force: S::f64s| {
            let velocity = velocity.mul_add(c.factor, force);
            (velocity, if is_nesterov { velocity.mul_add(c.factor, force) } else { velocity })
        };
        let at = &mut group.at;
        let (step_along, step_across);
        (at.along, step_along) = step(along, zero);
        (at.across, step_across) = step(across, (lambda * sin) * (inverse_square * signal));
        let forward = step_along + 1.0;
        let length = forward.mul_add(forward, step_across * step_across).sqrt();
        group.step = Step { forward, across: step_across, length };
        let forces = [
            output[0].mul_add(c.fast_rate, -missing),
            output[1].mul_add(c.slow_rate, -missing),
            output[2] * c.slow_rate,
        ];
        for i in 0..3 {
            let (velocity, step) = step(velocity[i], forces[i]);
            at.velocity[i] = velocity;
            at.output[i] = output[i] + step;
        }
    }

    /// Turns the filters of a group. The lanes whose filter turned too far.
    #[inline(always)]
    fn turn(&mut self, simd: S, i: usize) -> u64 {
        let c = &self.constants;
        let (zero, one) = (S::f64s::splat(simd, 0.0), S::f64s::splat(simd, 1.0));
        let group = &mut self.groups[i];
        let Step { forward, across: step_across, length } = group.step;
        // One division for 1/√n and for u/(1 + o), the tangent of half the turn.
        let both = forward + length;
        let quotient = one / (length * both);
        let inverse = both * quotient;
        let tan_of_half = (step_across * length) * quotient;
        let (o, u) = (forward * inverse, step_across * inverse);
        let State { cos, sin, along, across, .. } = group.at;
        let lost = !tan_of_half.abs().simd_le(S::f64s::splat(simd, LARGEST_TANGENT)).to_bitmask();
        let squared = tan_of_half * tan_of_half;
        let fourth = squared * squared;
        let of = |i: usize| squared.mul_add(c.arctangent[i + 1], c.arctangent[i]);
        let series = fourth.mul_add(c.arctangent[6], of(4));
        let series = (fourth * fourth).mul_add(series, fourth.mul_add(of(2), of(0)));
        let half = (squared * tan_of_half).mul_add(series, tan_of_half);
        let turning = half.mul_add(c.twice, group.at.turning);
        let cos_after = o.mul_add(cos, u * sin);
        let sin_after = o.mul_add(sin, -(u * cos));
        let across = o.mul_add(across, -(u * along)) * inverse;
        let at = &mut group.at;
        at.along = o.mul_add(along, u * at.across) * inverse;
        at.inverse_square *= inverse * inverse;
        at.cos = cos_after;
        // Beyond the axis the mirror image goes on.
        let is_beyond = sin_after.simd_lt(zero);
        let mirrored = cos_after.simd_gt(zero).select(c.turn, zero) - turning;
        at.turning = is_beyond.select(mirrored, turning);
        at.across = is_beyond.select(-across, across);
        at.sin = sin_after.abs();
        lost & group.busy
    }
}

impl Waiting {
    #[inline(always)]
    fn pop(&mut self) -> (u64, [f64; 6]) {
        let place = self.next;
        self.next += 1;
        (self.trial + place as u64, self.starts.map(|numbers| numbers[place]))
    }
}

impl<S: Simd> Group<S> {
    #[inline(always)]
    fn load(&mut self, lane: usize, trial: u64, start: &[f64; 6], round: u64) {
        let set = |vector: &mut S::f64s, value: f64| vector.as_mut_slice()[lane] = value;
        let State { turning, cos, sin, inverse_square, output, along, across, velocity } = &mut self.at;
        let [fast, slow, rest] = output;
        ([turning, cos, sin, fast, slow, rest].into_iter().zip(start))
            .for_each(|(at, value)| set(at, *value));
        set(inverse_square, 1.0);
        let [d_a, d_c, d_g] = velocity;
        let zeros = [along, across, d_a, d_c, d_g, &mut self.side, &mut self.settled];
        zeros.into_iter().for_each(|vector| set(vector, 0.0));
        self.places[lane] = Some(Place { trial, born: round, decided: None, phase_one: None });
        for bits in [&mut self.busy, &mut self.open, &mut self.in_phase_one] {
            *bits |= 1 << lane;
        }
    }

    /// Frees some lanes; their trials.
    #[cold]
    fn give_up(&mut self, lanes: u64) -> Vec<u64> {
        let mut trials = Vec::new();
        each_bit(lanes, |lane| trials.extend(self.places[lane as usize].map(|place| place.trial)));
        self.busy &= !lanes;
        trials
    }

    /// A verdict by energy, found in registers.
    #[inline(always)]
    fn decide(&mut self, lane: u64, round: u64, learning: bool) {
        let verdict = if learning { Verdict::Global } else { Verdict::Spurious };
        if let Some(place) = &mut self.places[lane as usize] {
            place.decided = Some((verdict, DecidedBy::Energy, round - place.born));
        }
    }

    /// The five numbers of the run in a lane, and the squared length of its buffer `d/η`.
    fn read(&self, lane: usize, runs: &MomentumRuns) -> (OrderParameters, f64) {
        let of = |vector: &S::f64s| vector.as_slice()[lane];
        let (teacher, h) = (&runs.teacher, runs.step_size / (2.0 * PI));
        let [sum, across_sum, residual] = self.at.output.each_ref().map(|at| h * of(at));
        let share = teacher.sum() / teacher.patches() as f64;
        let orthogonal = teacher.orthogonal_norm_squared().unwrap_or(0.0);
        let square = 1.0 / of(&self.at.inverse_square);
        let length = square.sqrt();
        let at = OrderParameters {
            parallel: length * of(&self.at.cos),
            perpendicular: length * of(&self.at.sin),
            sum: teacher.sum() * (1.0 + sum),
            signal: share * teacher.sum() * (1.0 + sum) + orthogonal * (1.0 + across_sum),
            residual: residual.abs(),
        };
        let [d_a, d_c, d_g] = self.at.velocity.each_ref().map(|d| h * of(d));
        let output = share * teacher.sum() * d_a * d_a + orthogonal * d_c * d_c + d_g * d_g;
        let filter = square * (of(&self.at.along).powi(2) + of(&self.at.across).powi(2));
        (at, (output + filter) / (runs.step_size * runs.step_size))
    }

    /// Looks at one run in scalar arithmetic, and ends it if it is over.
    #[cold]
    #[inline(never)]
    fn look(&mut self, lane: usize, round: u64, runs: &MomentumRuns, take: &mut dyn FnMut(u64, Outcome)) {
        let Some(Place { trial, born, mut decided, mut phase_one }) = self.places[lane] else { return };
        let (teacher, steps) = (&runs.teacher, round - born);
        let mut convergence = None;
        if decided.is_none() || runs.phase_one {
            let (at, speed_squared) = self.read(lane, runs);
            let is_given_up = steps >= runs.most_steps || !at.is_finite();
            if decided.is_none() && !is_given_up {
                let proved = runs.energy.and_then(|energy| energy.verdict(&at, speed_squared));
                let settled = self.settled.as_slice()[lane] >= SETTLED_STEPS as f64;
                decided = proved
                    .map(|verdict| (verdict, DecidedBy::Energy, steps))
                    .or_else(|| settled.then(|| (side(teacher, &at), DecidedBy::Convergence, steps)));
            }
            if phase_one.is_none() && !is_given_up && is_beyond_phase_one(teacher, &at) {
                phase_one = Some(steps);
                self.in_phase_one &= !(1 << lane);
            }
            if decided.is_some() {
                self.open &= !(1 << lane);
            }
            self.places[lane] = Some(Place { trial, born, decided, phase_one });
            let waits = runs.phase_one
                && phase_one.is_none()
                && decided.is_none_or(|(verdict, ..)| verdict == Verdict::Global);
            if !is_given_up && (decided.is_none() || waits) {
                return;
            }
            convergence = runs.phase_one.then(|| Convergence {
                steps: None,
                phase_one_steps: phase_one,
                final_loss: reduced_loss(teacher, &at) / teacher.norm_squared(),
            });
        }
        let outcome = match decided {
            Some((verdict, by, steps)) => Outcome { verdict, decided_by: Some(by), steps, convergence },
            None => Outcome { verdict: Verdict::Undecided, decided_by: None, steps, convergence },
        };
        take(trial, outcome);
        self.places[lane] = None;
        for bits in [&mut self.busy, &mut self.open, &mut self.in_phase_one] {
            *bits &= !(1 << lane);
        }
    }
}
