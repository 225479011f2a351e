//! The trials that are being run, and their replacement when they are decided.

use fearless_simd::{Simd, SimdBase, SimdMask};

use super::BlockCounts;
use super::queue::{Queue, bits_below, each_bit};
use super::sink::{Decision, TrialSink};
use super::step::{State, Step};
use crate::basin::Verdict;
use crate::ensemble::trial::MAX_STEPS;

/// Number of groups of lanes. Their steps are independent of each other, which hides the latency of operations; together they stay in the
/// first-level cache.
const GROUPS: usize = 16;

/// Trials in the lanes of one vector.
#[derive(Clone, Copy)]
struct Group<S: Simd> {
    state: State<S>,
    /// Number of the trial within its block.
    number: S::f64s,
    /// The round after which it began.
    born: S::f64s,
    /// The number of tests that found it undecided. If every step is tested, this is finally the number of steps to its verdict, because
    /// a run does not leave an invariant set.
    waited: S::f64s,
    /// Lanes that hold a trial, as bits.
    busy: u64,
}

/// The trials that are being run.
pub(super) struct Pool<S: Simd> {
    groups: [Group<S>; GROUPS],
    /// Groups with trials come before the others.
    active: usize,
    /// Steps taken so far.
    round: u64,
}

impl<S: Simd> Pool<S> {
    #[inline(always)]
    pub(super) fn new(simd: S) -> Self {
        let zero = S::f64s::splat(simd, 0.0);
        let state =
            State { turning: zero, cos: zero, sin: zero, inverse_square: zero, fast: zero, slow: zero };
        let group = Group { state, number: zero, born: zero, waited: zero, busy: 0 };
        Self { groups: [group; GROUPS], active: 0, round: 0 }
    }

    /// Number of lanes.
    #[inline(always)]
    pub(super) fn lanes(&self) -> usize {
        GROUPS * S::f64s::LEN
    }

    /// Gives idle lanes their trials. `false` when no lane holds one.
    #[inline(always)]
    pub(super) fn refill<K: TrialSink + ?Sized>(&mut self, simd: S, queue: &mut Queue) -> bool {
        let all = bits_below(S::f64s::LEN as u64);
        for group in &mut self.groups {
            let places = first_bits(all & !group.busy, queue.waiting());
            if places != 0 {
                group.take::<K>(simd, places, queue, self.round);
            }
        }
        // Groups without trials go to the end.
        let mut active = 0;
        for i in 0..GROUPS {
            if self.groups[i].busy != 0 {
                self.groups.swap(i, active);
                active += 1;
            }
        }
        self.active = active;
        active > 0
    }

    /// Takes `stride` steps with every trial, tests them before the last one, and replaces decided trials by waiting ones, until fewer
    /// trials wait than there are lanes. When all trials are drawn, it ends as soon as there are idle groups.
    #[inline(always)]
    pub(super) fn advance<K: TrialSink + ?Sized, const N: usize>(
        &mut self,
        simd: S,
        step: &Step<S, N>,
        stride: u64,
        queue: &mut Queue,
        block: &mut BlockCounts,
        sink: &mut K,
    ) {
        loop {
            // Group after group, because each step of a trial depends on the one before.
            for _ in 1..stride {
                for group in &mut self.groups[..self.active] {
                    let forces = step.forces(&group.state);
                    if K::STEPS {
                        let (global, spurious) = step.decided(simd, &group.state, &forces);
                        group.wait(global | spurious);
                    }
                    group.state = step.next(simd, &group.state, &forces);
                }
            }
            self.round += stride;
            let mut idle = false;
            for group in &mut self.groups[..self.active] {
                let forces = step.forces(&group.state);
                let (global, spurious) = step.decided(simd, &group.state, &forces);
                if K::STEPS {
                    group.wait(global | spurious);
                }
                let global = global.to_bitmask() & group.busy;
                let spurious = spurious.to_bitmask() & group.busy;
                group.state = step.next(simd, &group.state, &forces);
                let mut done = global | spurious;
                if self.round >= MAX_STEPS {
                    done |= group.given_up(simd, self.round) & group.busy;
                }
                if done == 0 {
                    continue;
                }
                block.counts.global += u64::from(global.count_ones());
                block.counts.spurious += u64::from(spurious.count_ones());
                block.counts.undecided += u64::from((done & !global & !spurious).count_ones());
                if K::STEPS {
                    group.report(simd, global, spurious, done, sink);
                }
                group.busy &= !done;
                let places = first_bits(done, queue.waiting());
                group.take::<K>(simd, places, queue, self.round);
                idle |= group.busy == 0;
            }
            if queue.waiting() < self.lanes() && (queue.has_more() || idle) {
                return;
            }
        }
    }
}

impl<S: Simd> Group<S> {
    #[inline(always)]
    fn take<K: TrialSink + ?Sized>(&mut self, simd: S, places: u64, queue: &mut Queue, round: u64) {
        queue.take::<S, K>(simd, places, &mut self.state, &mut self.number);
        let mask = <S::mask64s as SimdMask<S>>::from_bitmask(simd, places);
        self.born = fearless_simd::Select::select(mask, S::f64s::splat(simd, round as f64), self.born);
        if K::STEPS {
            self.waited = fearless_simd::Select::select(mask, S::f64s::splat(simd, 0.0), self.waited);
        }
        self.busy |= places;
    }

    /// Counts one more step for the undecided trials.
    #[inline(always)]
    fn wait(&mut self, decided: S::mask64s) {
        self.waited = fearless_simd::Select::select(decided, self.waited, self.waited + 1.0);
    }

    /// Lanes whose trial has taken all the steps that it may take.
    #[cold]
    #[inline(never)]
    fn given_up(&self, simd: S, round: u64) -> u64 {
        self.born.simd_le(S::f64s::splat(simd, (round - MAX_STEPS) as f64)).to_bitmask()
    }

    #[inline(always)]
    fn report<K: TrialSink + ?Sized>(&self, simd: S, global: u64, spurious: u64, done: u64, sink: &mut K) {
        if !K::NUMBERS {
            let mask = <S::mask64s as SimdMask<S>>::from_bitmask(simd, global | spurious);
            sink.take_steps(self.waited.compress(mask).as_slice(), (global | spurious).count_ones() as usize);
            return;
        }
        each_bit(done, |lane| {
            let verdict = if global >> lane & 1 == 1 {
                Verdict::Global
            } else if spurious >> lane & 1 == 1 {
                Verdict::Spurious
            } else {
                Verdict::Undecided
            };
            let lane = lane as usize;
            let steps = self.waited.as_slice()[lane] as u64;
            sink.take(self.number.as_slice()[lane] as usize, Decision::new(verdict, steps));
        });
    }
}

/// The lowest bits, at most `count` of them.
#[inline(always)]
fn first_bits(mut bits: u64, count: usize) -> u64 {
    while bits.count_ones() as usize > count {
        bits &= !(1 << (63 - bits.leading_zeros()));
    }
    bits
}
