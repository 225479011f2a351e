//! Runs with momentum side by side in vector registers: place and buffer of five numbers each, as in [`momentum`](crate::dynamics::momentum).
//!
//! With `S`, `B²`, `K`, `α`, `γ`, `λ` and `D` as in [`reduced`](crate::dynamics::reduced), and the buffer `m`, every step has the gradient and the energy
//!
//! ```text
//! 2π g = (−λq sin² φ/R,  λq sin φ cos φ/R,  Ks − S(γk + D),  αq − DB² − γS(S − s),  αr)
//! 4πℓ = α‖a − b‖² + γ(s − S)² + 2(α − D) q          V = ℓ + ½μη‖m‖²
//! ```
//!
//! Registers look for what may end a run: an energy below the level, a loss that has stayed there for long, the end of phase I. One run in
//! scalar arithmetic then decides. So verdicts are those of one run at a time, and steps differ only where a last bit decides.

use std::f64::consts::PI;
use std::ops::Range;

use fearless_simd::{Level, Select, Simd, SimdBase, SimdFloat, SimdMask, dispatch};

use super::IS_ABSENT;
use super::queue::{bits_below, each_bit};
use crate::basin::{DecidedBy, Verdict};
use crate::dynamics::iteration::is_beyond_phase_one;
use crate::dynamics::momentum::Momentum;
use crate::dynamics::settling::SETTLED_STEPS;
use crate::energy::{EnergyTest, level, side};
use crate::ensemble::outcome::{Convergence, Outcome};
use crate::error::Error;
use crate::model::{OrderParameters, ReducedTeacher};
use crate::monitor::Monitor;
use crate::numerics::lanes::{Supplement, WIDEST, set_lane};
use crate::population::reduced_loss;

/// Vectors whose steps are independent of each other, which hides the latency of operations.
const GROUPS: usize = 4;

/// Steps between two calls of the monitor.
const STEPS_PER_CHECK: u64 = 1024;

/// Descent with momentum on one teacher, and what is observed of its runs.
#[derive(Debug, Clone)]
pub(in crate::ensemble) struct MomentumRuns {
    pub(in crate::ensemble) teacher: ReducedTeacher,
    pub(in crate::ensemble) step_size: f64,
    pub(in crate::ensemble) momentum: Momentum,
    /// Steps after which a run is given up.
    pub(in crate::ensemble) most_steps: u64,
    /// Whether runs that recover the teacher go on until phase I is over.
    pub(in crate::ensemble) phase_one: bool,
}

impl MomentumRuns {
    /// The runs of a range of trials from their starts, each handed to `take` as it ends.
    pub(in crate::ensemble) fn run(
        &self,
        trials: Range<u64>,
        start: &dyn Fn(u64) -> OrderParameters,
        monitor: &dyn Monitor,
        take: &mut dyn FnMut(u64, Outcome),
    ) -> Result<(), Error> {
        if IS_ABSENT {
            // Never reached, which the compiler does not see.
            return Ok(());
        }
        dispatch!(Level::new(), simd => Pool::new(simd, self).run(simd, trials, start, monitor, take))
    }
}

/// The same numbers in every lane.
struct Constants<S: Simd> {
    /// `η/2π`; the buffer is that of `2πg`.
    rate: S::f64s,
    /// `μ`
    factor: S::f64s,
    alpha: S::f64s,
    gamma: S::f64s,
    right_angle: S::f64s,
    leak: S::f64s,
    /// `S`, `S/k`, `γS`, `Sγk`, `γS²`
    sum: S::f64s,
    sum_share: S::f64s,
    sum_pull: S::f64s,
    sum_target: S::f64s,
    signal_target: S::f64s,
    /// `K`, `B²`, `1/k` and `1/(B² − S²/k)`
    sum_rate: S::f64s,
    squared: S::f64s,
    per_patch: S::f64s,
    across: S::f64s,
    /// What turns the squared buffer into `4πV`, `½μη·4π/(2π)²`
    speed: S::f64s,
    /// `4πℓ_x`
    level: S::f64s,
    supplement: Supplement,
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

/// Runs in the lanes of one vector.
#[derive(Clone, Copy)]
struct Group<S: Simd> {
    at: [S::f64s; 5],
    buffer: [S::f64s; 5],
    /// 1 and −1 for the two sides while the loss is below the level, else 0, and for how many steps it has not changed.
    side: S::f64s,
    settled: S::f64s,
    places: [Option<Place>; WIDEST],
    /// Lanes with a run, those without a verdict, and those in phase I, as bits.
    busy: u64,
    open: u64,
    in_phase_one: u64,
}

struct Pool<'a, S: Simd> {
    runs: &'a MomentumRuns,
    energy: Option<EnergyTest>,
    is_identity: bool,
    constants: Constants<S>,
    groups: [Group<S>; GROUPS],
}

impl<'a, S: Simd> Pool<'a, S> {
    #[inline(always)]
    fn new(simd: S, runs: &'a MomentumRuns) -> Self {
        let splat = |value: f64| S::f64s::splat(simd, value);
        let MomentumRuns { teacher, step_size, momentum, .. } = runs;
        let activation = teacher.activation();
        let (gamma, k) = (activation.independent(), teacher.patches() as f64);
        let (sum, squared) = (teacher.sum(), teacher.norm_squared());
        let constants = Constants {
            rate: splat(step_size / (2.0 * PI)),
            factor: splat(momentum.factor()),
            alpha: splat(activation.output_rate()),
            gamma: splat(gamma),
            right_angle: splat(activation.right_angle()),
            leak: splat(activation.leak()),
            sum: splat(sum),
            sum_share: splat(sum / k),
            sum_pull: splat(gamma * sum),
            sum_target: splat(sum * gamma * k),
            signal_target: splat(gamma * sum * sum),
            sum_rate: splat(teacher.sum_rate()),
            squared: splat(squared),
            per_patch: splat(1.0 / k),
            across: splat(teacher.orthogonal_norm_squared().map_or(0.0, f64::recip)),
            speed: splat(momentum.factor() * step_size / (2.0 * PI)),
            level: splat(4.0 * PI * level(teacher)),
            supplement: Supplement::new(),
        };
        let [zero, one] = [0.0, 1.0].map(splat);
        // Lanes without a run have a filter of length 1.
        let group = Group {
            at: [one, zero, zero, zero, zero],
            buffer: [zero; 5],
            side: zero,
            settled: zero,
            places: [None; WIDEST],
            busy: 0,
            open: 0,
            in_phase_one: 0,
        };
        let energy =
            (!momentum.is_nesterov()).then(|| EnergyTest::new(teacher, *step_size, momentum.factor()));
        let is_identity = activation.is_identity();
        Self { runs, energy, is_identity, constants, groups: [group; GROUPS] }
    }

    #[inline(always)]
    fn run(
        mut self,
        simd: S,
        mut trials: Range<u64>,
        start: &dyn Fn(u64) -> OrderParameters,
        monitor: &dyn Monitor,
        take: &mut dyn FnMut(u64, Outcome),
    ) -> Result<(), Error> {
        let all = bits_below(S::f64s::LEN as u64);
        let mut round = 0;
        loop {
            for group in &mut self.groups {
                each_bit(all & !group.busy, |lane| {
                    if let Some(trial) = trials.next() {
                        group.load(simd, lane as usize, trial, &start(trial), round);
                    }
                });
            }
            if self.groups.iter().all(|group| group.busy == 0) {
                return Ok(());
            }
            // Until a run ends and leaves its lane to another.
            let mut ended = false;
            while !ended {
                for i in 0..GROUPS {
                    ended |= self.advance(simd, i, round, take);
                }
                round += 1;
                if round.is_multiple_of(STEPS_PER_CHECK) {
                    monitor.check()?;
                }
            }
        }
    }

    /// Tests the runs of a group and takes a step with each; whether one of them ended.
    #[inline(always)]
    fn advance(&mut self, simd: S, i: usize, round: u64, take: &mut dyn FnMut(u64, Outcome)) -> bool {
        let c = &self.constants;
        let splat = |value: f64| S::f64s::splat(simd, value);
        let group = &mut self.groups[i];
        let [x, y, s, q, r] = group.at;
        let length_squared = x.mul_add(x, y * y);
        let inverse = splat(1.0) / length_squared.sqrt();
        let (cos, sin) = (x * inverse, y * inverse);
        let turning = c.supplement.of(simd, cos, sin.abs()).mul_add(c.gamma, c.leak); // λ
        let kernel = turning.mul_add(cos, sin.abs().mul_add(c.gamma, c.leak));
        let drive = kernel - c.right_angle; // D
        let pull = turning * q * inverse * sin;
        let gradient = [
            -(pull * sin),
            pull * cos,
            s.mul_add(c.sum_rate, -c.sum.mul_add(drive, c.sum_target)),
            q.mul_add(c.alpha, s.mul_add(c.sum_pull, -c.squared.mul_add(drive, c.signal_target))),
            r * c.alpha,
        ];

        // 4πℓ and 4πV
        let (excess, missing) = (s - c.sum, q - c.squared);
        let across = (-c.sum_share).mul_add(excess, missing);
        let distance = (across * across).mul_add(c.across, (excess * excess).mul_add(c.per_patch, r * r));
        let loss = distance.mul_add(c.alpha, (excess * excess) * c.gamma);
        let loss = ((c.alpha - drive) * 2.0).mul_add(q, loss);
        let [m_x, m_y, m_s, m_q, m_r] = group.buffer;
        let across = (-c.sum_share).mul_add(m_s, m_q);
        let speed = (across * across).mul_add(c.across, (m_s * m_s).mul_add(c.per_patch, m_r * m_r));
        let speed = m_x.mul_add(m_x, m_y.mul_add(m_y, speed));
        let energy = speed.mul_add(c.speed, loss);

        // The side of the saddles, and for how long.
        let zero = splat(0.0);
        let towards = y.simd_eq(zero).select(x, q);
        let towards = if self.is_identity { splat(1.0) } else { towards };
        let side = towards.simd_gt(zero).select(splat(1.0), splat(-1.0));
        let side = loss.simd_lt(c.level).select(side, zero);
        let stays = (side * group.side).simd_gt(zero);
        group.settled = stays.select(group.settled + 1.0, zero);
        group.side = side;

        let mut news = group.settled.simd_ge(splat(SETTLED_STEPS as f64)).to_bitmask();
        if self.energy.is_some() {
            news |= energy.simd_lt(c.level).to_bitmask();
        }
        news &= group.open;
        let half = (x * x).simd_ge(length_squared * 0.499).to_bitmask()
            & (q + q).simd_ge(c.squared * 0.999).to_bitmask();
        news |= half & group.in_phase_one;
        news |= !energy.simd_lt(splat(f64::INFINITY)).to_bitmask() & group.busy;
        if round.is_multiple_of(STEPS_PER_CHECK) {
            news |= group.busy; // for runs that are given up
        }
        let ended = news != 0 && {
            let before = group.busy;
            each_bit(news, |lane| group.look(lane as usize, round, self.runs, self.energy.as_ref(), take));
            group.busy != before
        };

        for ((at, buffer), gradient) in group.at.iter_mut().zip(&mut group.buffer).zip(gradient) {
            *buffer = buffer.mul_add(c.factor, gradient);
            let along =
                if self.runs.momentum.is_nesterov() { buffer.mul_add(c.factor, gradient) } else { *buffer };
            *at = along.mul_add(-c.rate, *at);
        }
        ended
    }
}

impl<S: Simd> Group<S> {
    fn load(&mut self, simd: S, lane: usize, trial: u64, start: &OrderParameters, round: u64) {
        let set = |vector: &mut S::f64s, value: f64| set_lane(simd, vector, lane, value);
        let numbers = [start.parallel, start.perpendicular, start.sum, start.signal, start.residual];
        (self.at.iter_mut().zip(numbers)).for_each(|(vector, number)| set(vector, number));
        self.buffer.iter_mut().for_each(|vector| set(vector, 0.0));
        set(&mut self.side, 0.0);
        set(&mut self.settled, 0.0);
        self.places[lane] = Some(Place { trial, born: round, decided: None, phase_one: None });
        for bits in [&mut self.busy, &mut self.open, &mut self.in_phase_one] {
            *bits |= 1 << lane;
        }
    }

    /// Looks at one run in scalar arithmetic, and ends it if it is over.
    #[cold]
    #[inline(never)]
    fn look(
        &mut self,
        lane: usize,
        round: u64,
        runs: &MomentumRuns,
        energy: Option<&EnergyTest>,
        take: &mut dyn FnMut(u64, Outcome),
    ) {
        let Some(Place { trial, born, mut decided, mut phase_one }) = self.places[lane] else { return };
        let order_parameters = |numbers: &[S::f64s; 5], unit: f64| {
            let [x, y, s, q, r] = numbers.map(|vector| vector.as_slice()[lane] / unit);
            OrderParameters { parallel: x, perpendicular: y.abs(), sum: s, signal: q, residual: r.abs() }
        };
        let teacher = &runs.teacher;
        let (at, steps) = (order_parameters(&self.at, 1.0), round - born);
        let is_given_up = steps >= runs.most_steps || !at.is_finite();
        if decided.is_none() && !is_given_up {
            let buffer = order_parameters(&self.buffer, 2.0 * PI);
            let speed_squared = buffer.filter_norm_squared() + buffer.output_norm_squared(teacher);
            let proved = energy.and_then(|energy| energy.verdict(&at, speed_squared));
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
        let convergence = runs.phase_one.then(|| Convergence {
            steps: None,
            phase_one_steps: phase_one,
            final_loss: reduced_loss(teacher, &at) / teacher.norm_squared(),
        });
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
