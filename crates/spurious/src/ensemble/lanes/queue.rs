//! Starts, drawn in lanes, and the queue of those that are not decided yet.

use std::ops::Range;

use fearless_simd::{Simd, SimdBase, SimdFloat, SimdMask};

use super::BlockCounts;
use super::sink::{Decision, TrialSink};
use super::step::{State, Step};
use crate::basin::Verdict;
use crate::initialization::ball_exponent;
use crate::model::Cell;
use crate::numerics::lanes::{Supplement, WIDEST, exp_and_complement, ln, sin_cos_of_turn};
use crate::numerics::random::{Streams, uniforms};

/// Filters closer to the teacher's axis than this (the sine of their angle) are handed back, because the supplement of an angle close to
/// `π` has lost its digits.
pub(super) const SMALLEST_SINE: f64 = 1e-6;

/// Draws the starts of one cell: the formulas of [`initialization`](crate::initialization).
#[derive(Debug, Clone)]
pub(super) struct Starts {
    key: [u32; 4],
    filter_exponent: f64,
    output_exponent: f64,
    rest_exponent: f64,
    /// Whether `b ∥ 1`: then there is no second direction.
    is_constant: bool,
    supplement: Supplement,
}

/// Starts in lanes; those of output weights in units of their ball's radius.
#[derive(Clone, Copy)]
pub(super) struct Start<S: Simd> {
    /// `π − φ`
    pub(super) supplement: S::f64s,
    pub(super) cos: S::f64s,
    pub(super) sin: S::f64s,
    /// Output weights along `1`, along `b`'s part orthogonal to it, and the length of the rest. Where `b ∥ 1` there is no such part, and `across` is in
    /// the rest.
    pub(super) along: S::f64s,
    pub(super) across: S::f64s,
    pub(super) rest: S::f64s,
}

impl Starts {
    pub(super) fn new(cell: &Cell, key: [u32; 4]) -> Self {
        let k = cell.shape().patches();
        Self {
            key,
            filter_exponent: ball_exponent(cell.patch_dim().saturating_sub(2)),
            output_exponent: ball_exponent(k),
            rest_exponent: 0.5 * ball_exponent(k.saturating_sub(2)),
            is_constant: cell.teacher().orthogonal_norm_squared().is_none(),
            supplement: Supplement::new(),
        }
    }

    /// The starts of as many trials as there are 32-bit lanes, from trial `first` on.
    #[inline(always)]
    pub(super) fn draw<S: Simd>(&self, simd: S, first: u64) -> [Start<S>; 2] {
        let numbers = uniforms(simd, self.key, &Streams::from(simd, first), 0);
        [self.of_half(simd, &numbers, 0), self.of_half(simd, &numbers, 1)]
    }

    #[inline(always)]
    fn of_half<S: Simd>(&self, simd: S, numbers: &[[S::f64s; 2]; 8], half: usize) -> Start<S> {
        let [u_filter, v_filter, u_output, v_output, u_rest, ..] = numbers.map(|pair| pair[half]);
        let (complement, squared) = exp_and_complement(simd, ln(simd, u_filter) * self.filter_exponent);
        let (sin, cos) = sin_cos_of_turn(simd, v_filter);
        let cos = squared.sqrt() * cos;
        let sin = (squared * sin).mul_add(sin, complement).sqrt();

        let (complement, squared) = exp_and_complement(simd, ln(simd, u_output) * self.output_exponent);
        let (zeta, xi) = sin_cos_of_turn(simd, v_output);
        let radius = squared.sqrt();
        let across = radius * zeta;
        let (power, _) = exp_and_complement(simd, ln(simd, u_rest) * self.rest_exponent);
        let rest = complement.sqrt() * power;
        Start {
            supplement: self.supplement.of(simd, cos, sin),
            cos,
            sin,
            along: radius * xi,
            across,
            rest: if self.is_constant { rest.mul_add(rest, across * across).sqrt() } else { rest },
        }
    }
}

/// Places in the queue.
const CAPACITY: usize = 512;

/// Trials that wait for a lane. A store at the end of the queue reaches as far beyond it as the widest vector.
pub(super) struct Queue {
    /// Those not drawn yet.
    left: Range<u64>,
    begin: u64,
    head: usize,
    length: usize,
    turning: [f64; CAPACITY + WIDEST],
    cos: [f64; CAPACITY + WIDEST],
    sin: [f64; CAPACITY + WIDEST],
    fast: [f64; CAPACITY + WIDEST],
    slow: [f64; CAPACITY + WIDEST],
    /// Number of the trial within its block, if the sink needs it.
    number: [f64; CAPACITY + WIDEST],
}

impl Queue {
    #[inline(always)]
    pub(super) fn new(trials: Range<u64>) -> Self {
        const NONE: [f64; CAPACITY + WIDEST] = [0.0; CAPACITY + WIDEST];
        let begin = trials.start;
        Self {
            left: trials,
            begin,
            head: 0,
            length: 0,
            turning: NONE,
            cos: NONE,
            sin: NONE,
            fast: NONE,
            slow: NONE,
            number: NONE,
        }
    }

    /// Number of waiting trials.
    #[inline(always)]
    pub(super) fn waiting(&self) -> usize {
        self.length - self.head
    }

    /// Whether there are trials that are not drawn yet.
    #[inline(always)]
    pub(super) fn has_more(&self) -> bool {
        !self.left.is_empty()
    }

    /// Draws starts until at least `wanted` trials wait, or all are drawn. Those decided at once are counted.
    #[inline(always)]
    pub(super) fn fill<S: Simd, K: TrialSink + ?Sized, const N: usize>(
        &mut self,
        simd: S,
        starts: &Starts,
        step: &Step<S, N>,
        wanted: usize,
        block: &mut BlockCounts,
        sink: &mut K,
    ) {
        debug_assert!(wanted + S::u32s::LEN <= CAPACITY);
        self.move_to_front();
        while self.length < wanted && !self.left.is_empty() {
            let first = self.left.start;
            let drawn = (self.left.end - first).min(S::u32s::LEN as u64);
            self.left.start += drawn;
            let pair = starts.draw(simd, first).map(|start| step.start(simd, &start));
            for (half, state) in pair.iter().enumerate() {
                let before = (half * S::f64s::LEN) as u64;
                let present = bits_below(drawn.saturating_sub(before).min(S::f64s::LEN as u64));
                let near_axis = state.sin.simd_lt(S::f64s::splat(simd, SMALLEST_SINE)).to_bitmask() & present;
                let (global, spurious) = step.decided(simd, state, &step.forces(state));
                let global = global.to_bitmask() & present & !near_axis;
                let spurious = spurious.to_bitmask() & present & !near_axis;
                block.counts.runs += u64::from((present & !near_axis).count_ones());
                block.counts.global += u64::from(global.count_ones());
                block.counts.spurious += u64::from(spurious.count_ones());
                each_bit(near_axis, |lane| block.near_axis.push(first + before + lane));
                if K::NUMBERS {
                    let number = (first + before - self.begin) as usize;
                    for (lanes, verdict) in [(global, Verdict::Global), (spurious, Verdict::Spurious)] {
                        each_bit(lanes, |lane| sink.take(number + lane as usize, Decision::new(verdict, 0)));
                    }
                } else {
                    sink.take_starts(u64::from((global | spurious).count_ones()));
                }
                let open = present & !near_axis & !global & !spurious;
                let mask = <S::mask64s as SimdMask<S>>::from_bitmask(simd, open);
                let end = self.length..self.length + S::f64s::LEN;
                state.turning.compress(mask).store_slice(&mut self.turning[end.clone()]);
                state.cos.compress(mask).store_slice(&mut self.cos[end.clone()]);
                state.sin.compress(mask).store_slice(&mut self.sin[end.clone()]);
                state.fast.compress(mask).store_slice(&mut self.fast[end.clone()]);
                state.slow.compress(mask).store_slice(&mut self.slow[end.clone()]);
                if K::NUMBERS {
                    let mut at = self.length;
                    each_bit(open, |lane| {
                        self.number[at] = (first + before + lane - self.begin) as f64;
                        at += 1;
                    });
                }
                self.length += open.count_ones() as usize;
            }
        }
    }

    #[inline(always)]
    fn move_to_front(&mut self) {
        let waiting = self.head..self.length;
        for field in [
            &mut self.turning,
            &mut self.cos,
            &mut self.sin,
            &mut self.fast,
            &mut self.slow,
            &mut self.number,
        ] {
            field.copy_within(waiting.clone(), 0);
        }
        self.length -= self.head;
        self.head = 0;
    }

    /// Replaces the trials in the lanes `places` (bits) of `state` by those that have waited longest. At least as many must wait.
    #[inline(always)]
    pub(super) fn take<S: Simd, K: TrialSink + ?Sized>(
        &mut self,
        simd: S,
        places: u64,
        state: &mut State<S>,
        number: &mut S::f64s,
    ) {
        let mask = <S::mask64s as SimdMask<S>>::from_bitmask(simd, places);
        let front = self.head..self.head + S::f64s::LEN;
        macro_rules! replace {
            ($lanes:expr, $field:ident) => {
                $lanes = S::f64s::from_slice(simd, &self.$field[front.clone()]).expand_merge(mask, $lanes);
            };
        }
        replace!(state.turning, turning);
        replace!(state.cos, cos);
        replace!(state.sin, sin);
        replace!(state.fast, fast);
        replace!(state.slow, slow);
        state.inverse_square =
            fearless_simd::Select::select(mask, S::f64s::splat(simd, 1.0), state.inverse_square);
        if K::NUMBERS {
            replace!(*number, number);
        }
        self.head += places.count_ones() as usize;
    }
}

/// The lowest `count < 64` bits.
#[inline(always)]
pub(super) fn bits_below(count: u64) -> u64 {
    (1 << count) - 1
}

/// Calls `visit` with the position of every bit.
#[inline(always)]
pub(super) fn each_bit(mut bits: u64, mut visit: impl FnMut(u64)) {
    while bits != 0 {
        visit(u64::from(bits.trailing_zeros()));
        bits &= bits - 1;
    }
}
