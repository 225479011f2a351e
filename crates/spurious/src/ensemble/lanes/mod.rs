//! Many trials side by side in vector registers. The iteration and the test are those of one trial at a time; the speed is ten to
//! forty times as high.
//!
//! A step needs neither a division, a square root nor an arc tangent in the variables
//!
//! ```text
//! λ = γ(π − φ) + 2πc_σ     c = cos φ     σ = sin φ     w = 1/‖v‖²          c_σ the negative slope of the activation
//! s = S(γk − δ)/K + h S A          q = (S/k) s − Bδ/α + h B C               B = ‖b‖² − S²/k,   h = η/2π
//! ```
//!
//! in which the linear part of the iteration is diagonal. With the kernel `κ = λ c + γσ + 2πc_σ`
//!
//! ```text
//! A⁺ = (1 − hK) A + κ          C⁺ = (1 − hα) C + κ
//! h q = −h‖b‖²δ(1 − x_c)/α + (h‖b‖)² (ρ/k) A + h² B C
//! u = λ σ w · h q              λ⁺ = λ + γ atan u
//! (c, σ)⁺ = (c + uσ, σ − uc)/√(1 + u²)          w⁺ = w/(1 + u²)
//! drive/‖b‖² = κ − δ(1 − x_c) − h γρ A
//! ```
//!
//! `|u|` has a bound for every run of a cell, so that polynomials in `u²` of a known degree approximate the arc tangent and
//! the root. Trials wait in a queue; when the trial of a lane is decided, the lane takes the next one. A third of the starts are decided
//! at once and never enter the queue.
//!
//! Every operation acts on each lane separately, and tests come after fixed numbers of steps of a trial. So the result of a trial does
//! not depend on the other lanes. A last bit may differ from scalar arithmetic; a verdict can differ only for starts within some 1e-12
//! of the separatrix. Filters within 10⁻⁶ of the teacher's axis are handed back, because this arithmetic is not accurate there.

pub(super) mod momentum;
pub(super) mod noisy;
mod pool;
mod queue;
mod sink;
mod step;

use std::ops::Range;

use fearless_simd::{Level, Simd, SimdBase, SimdFloat, dispatch};

use crate::ensemble::trial::TrialRunner;
use crate::ensemble::{Counts, Distribution, Ensemble};
use crate::error::Error;
use crate::model::Cell;
use crate::monitor::Monitor;
use pool::Pool;
use queue::{Queue, Starts};
pub(super) use sink::Decision;
use sink::{CountsOnly, Steps, TrialSink};
use step::Iteration;

/// Closer to `x_c = 1` than this, the kernel at the antipode needs its relative accuracy for a verdict.
const SMALLEST_COMPLEMENT: f64 = 1e-8;

/// Trials that are run together. The outcome of each fits into 32 bits.
pub(super) const BLOCK: u64 = 1 << 16;

/// Whether this machine multiplies and adds in one operation with one rounding. Machines with the same answer compute every trial to
/// the same last bit. With different answers, the verdict may differ for a trial that starts within some 1e-12 of the separatrix.
pub fn fused_arithmetic() -> bool {
    dispatch!(Level::new(), simd => has_one_rounding(simd))
}

#[inline(always)]
fn has_one_rounding<S: Simd>(simd: S) -> bool {
    // (1 + ε)(1 − ε) − 1 = −ε², which a rounded product loses.
    let epsilon = std::hint::black_box((-30f64).exp2());
    let splat = |value: f64| S::f64s::splat(simd, value);
    splat(1.0 + epsilon).mul_add(splat(1.0 - epsilon), splat(-1.0)).as_slice()[0] != 0.0
}

/// The engine that runs the trials of one cell in lanes.
#[derive(Debug, Clone)]
pub(super) struct Lanes {
    starts: Starts,
    iteration: Iteration,
}

/// The result of a block of trials, beyond what its sink takes.
#[derive(Debug, Default)]
struct BlockCounts {
    counts: Counts,
    /// Trials that have to be run in scalar arithmetic: their filters start too close to the teacher's axis.
    near_axis: Vec<u64>,
}

/// Whether there is no engine in lanes: in WebAssembly, where without vector registers nothing is gained, and its code would be a third of a
/// module.
pub(super) const IS_ABSENT: bool = cfg!(target_family = "wasm");

impl Lanes {
    /// `None` where some trial could leave the range in which the arithmetic is accurate.
    pub(super) fn new(cell: &Cell, step_size: f64, key: [u32; 4], runner: &TrialRunner) -> Option<Self> {
        let suits = !IS_ABSENT
            && cell.patch_dim() > 1
            && cell.shape().patches() > 1
            && !cell.shape().activation().is_identity()
            && cell.shape().criticality().complement().abs() > SMALLEST_COMPLEMENT
            && runner.is_covered();
        if !suits {
            return None;
        }
        let iteration = Iteration::new(cell, step_size)?;
        Some(Self { starts: Starts::new(cell, key), iteration })
    }

    /// The outcomes of a range of trials.
    pub(super) fn counts(
        &self,
        trials: Range<u64>,
        ensemble: &Ensemble,
        monitor: &dyn Monitor,
    ) -> Result<Counts, Error> {
        self.run(Level::new(), trials, ensemble, &mut CountsOnly, monitor)
    }

    /// The outcomes of a range of trials, with the distribution of steps to the verdict.
    pub(super) fn steps(
        &self,
        trials: Range<u64>,
        ensemble: &Ensemble,
        monitor: &dyn Monitor,
    ) -> Result<(Counts, Distribution), Error> {
        let mut steps = Steps::new();
        let counts = self.run(Level::new(), trials, ensemble, &mut steps, monitor)?;
        Ok((counts, steps.finish()))
    }

    /// The outcome of each trial of a range.
    pub(super) fn decisions(
        &self,
        trials: Range<u64>,
        ensemble: &Ensemble,
        monitor: &dyn Monitor,
    ) -> Result<Vec<Decision>, Error> {
        let count = trials.end.saturating_sub(trials.start) as usize;
        let mut decisions = vec![Decision::default(); count];
        self.run(Level::new(), trials, ensemble, decisions.as_mut_slice(), monitor)?;
        Ok(decisions)
    }

    fn run<K: TrialSink + ?Sized>(
        &self,
        level: Level,
        trials: Range<u64>,
        ensemble: &Ensemble,
        sink: &mut K,
        monitor: &dyn Monitor,
    ) -> Result<Counts, Error> {
        if IS_ABSENT {
            // Never reached, which the compiler does not see; without this line it would keep the code.
            return Ok(Counts::default());
        }
        let first = trials.start;
        let BlockCounts { mut counts, near_axis } =
            dispatch!(level, simd => self.block(simd, trials, sink, monitor))?;
        for trial in near_axis {
            let decided = ensemble.runner.decide(ensemble.start(trial), monitor)?;
            counts += Counts::of(decided.verdict);
            sink.take((trial - first) as usize, Decision::new(decided.verdict, decided.steps));
        }
        Ok(counts)
    }

    #[inline(always)]
    fn block<S: Simd, K: TrialSink + ?Sized>(
        &self,
        simd: S,
        trials: Range<u64>,
        sink: &mut K,
        monitor: &dyn Monitor,
    ) -> Result<BlockCounts, Error> {
        // The number of coefficients is part of the code, so that they stay in registers or next to them.
        match self.iteration.coefficients() {
            2 => self.trials::<S, K, 2>(simd, trials, sink, monitor),
            3 => self.trials::<S, K, 3>(simd, trials, sink, monitor),
            4 => self.trials::<S, K, 4>(simd, trials, sink, monitor),
            6 => self.trials::<S, K, 6>(simd, trials, sink, monitor),
            _ => self.trials::<S, K, 14>(simd, trials, sink, monitor),
        }
    }

    #[inline(always)]
    fn trials<S: Simd, K: TrialSink + ?Sized, const N: usize>(
        &self,
        simd: S,
        trials: Range<u64>,
        sink: &mut K,
        monitor: &dyn Monitor,
    ) -> Result<BlockCounts, Error> {
        let mut block = BlockCounts::default();
        let mut queue = Queue::new(trials);
        let step = self.iteration.in_lanes::<S, N>(simd);
        let mut pool = Pool::<S>::new(simd);
        loop {
            queue.fill(simd, &self.starts, &step, 2 * pool.lanes(), &mut block, sink);
            if !pool.refill::<K>(simd, &mut queue) {
                return Ok(block);
            }
            pool.advance(simd, &step, self.iteration.stride, &mut queue, &mut block, sink);
            monitor.check()?;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::f64::consts::PI;

    use super::*;
    use crate::basin::Guarantee;
    use crate::dynamics::reduced::ReducedDescent;
    use crate::model::OrderParameters;
    use crate::numerics::random::stream;

    fn levels() -> Vec<Level> {
        let mut levels = vec![Level::new(), Level::baseline()];
        #[cfg(target_arch = "x86_64")]
        levels.extend(Level::new().as_avx2().map(Level::Avx2));
        levels
    }

    fn ensemble(cell: Cell, step_size: f64) -> Ensemble {
        let ensemble = Ensemble::new(cell, step_size, 3, 5).expect("a step size");
        assert!(ensemble.lanes.is_some(), "{cell:?} {step_size}");
        ensemble
    }

    /// Registers of any width, with and without fused multiply-add: the same verdicts, the same steps.
    #[test]
    fn decisions_do_not_depend_on_registers() {
        for (p, k, ratio, scale, step_size) in
            [(5, 25, 4.0, 1.0, 0.1), (2, 3, 0.7, 0.5, 1.0), (300, 80, 20.0, 1.5, 0.02)]
        {
            let ensemble = ensemble(Cell::new(p, k, ratio, scale).expect("valid"), step_size);
            let lanes = ensemble.lanes.as_ref().expect("checked");
            let run = |level, trials: Range<u64>| {
                let mut decisions = vec![Decision::default(); (trials.end - trials.start) as usize];
                let counts = lanes.run(level, trials, &ensemble, decisions.as_mut_slice(), &()).unwrap();
                (counts, decisions)
            };
            // Ranges that are no multiple of any width, and empty ones.
            for range in [0..5000, 77..78, 1000..1777, 9..9] {
                let widest = run(Level::new(), range.clone());
                for level in levels() {
                    assert_eq!(run(level, range.clone()), widest, "{level:?} {range:?}");
                    let mut steps = Steps::new();
                    assert_eq!(
                        lanes.run(level, range.clone(), &ensemble, &mut CountsOnly, &()).unwrap(),
                        widest.0
                    );
                    assert_eq!(
                        lanes.run(level, range.clone(), &ensemble, &mut steps, &()).unwrap(),
                        widest.0
                    );
                    let mut expected = Distribution::default();
                    widest.1.iter().for_each(|decision| expected.record(decision.steps(), 1));
                    assert_eq!(steps.finish().parts(), expected.parts(), "{level:?} {range:?}");
                }
            }
        }
    }

    /// The first trials of an ensemble, each carried for so many steps: angle, sum, signal and filter length.
    #[inline(always)]
    fn carried<S: Simd, const N: usize>(simd: S, lanes: &Lanes, steps: usize) -> Vec<[f64; 4]> {
        let step = lanes.iteration.in_lanes::<S, N>(simd);
        let [mut state, _] = lanes.starts.draw(simd, 0).map(|start| step.start(simd, &start));
        for _ in 0..steps {
            state = step.next(simd, &state, &step.forces(&state));
        }
        let signal = step.forces(&state).signal();
        let fields = [state.turning, state.fast, signal, state.inverse_square];
        (0..S::f64s::LEN).map(|lane| fields.map(|field| field.as_slice()[lane])).collect()
    }

    fn carried_at(level: Level, lanes: &Lanes, steps: usize) -> Vec<[f64; 4]> {
        match lanes.iteration.coefficients() {
            2 => dispatch!(level, simd => carried::<_, 2>(simd, lanes, steps)),
            3 => dispatch!(level, simd => carried::<_, 3>(simd, lanes, steps)),
            4 => dispatch!(level, simd => carried::<_, 4>(simd, lanes, steps)),
            6 => dispatch!(level, simd => carried::<_, 6>(simd, lanes, steps)),
            _ => dispatch!(level, simd => carried::<_, 14>(simd, lanes, steps)),
        }
    }

    /// Over 10⁵ steps lanes and plain arithmetic stay together: 10⁻¹¹ in the angle, in units of their own scale for the rest.
    /// Each step rounds the angle by some 10⁻¹⁶, always alike at the worst.
    #[test]
    fn lanes_do_not_drift_from_plain_arithmetic() {
        let cells =
            [(5, 25, 4.0, 1.0), (5, 25, 12.0, 1.0), (3, 4, 0.5, 2.0), (50, 100, 1.0, 0.3), (5, 3, 0.1, 0.1)];
        for (p, k, ratio, scale) in cells {
            let cell = Cell::new(p, k, ratio, scale).expect("valid");
            let guarantee = Guarantee::for_cell(&cell);
            let largest = guarantee.limit();
            for (share, steps) in
                [(1.0, 0), (1.0, 1), (0.01, 1), (1.0, 300), (1.0, 100_000), (0.3, 100_000), (0.01, 100_000)]
            {
                let step_size = share * largest;
                let ensemble = ensemble(cell, step_size);
                let lanes = ensemble.lanes.as_ref().expect("checked");
                let teacher = cell.teacher();
                let h = step_size / (2.0 * PI);
                let descent = ReducedDescent::new(&teacher, step_size);
                for level in levels() {
                    for (trial, found) in carried_at(level, lanes, steps).into_iter().enumerate() {
                        let start = crate::initialization::sample_order_parameters(
                            &cell,
                            &mut stream(3, 5, trial as u64),
                        );
                        let at: OrderParameters = (0..steps).fold(start, |at, _| descent.step(&at));
                        let rest = cell.shape().sum_rate() - PI; // k − 1
                        let expected = [
                            at.supplement(),
                            (at.sum / teacher.sum() - rest / cell.shape().sum_rate()) / h,
                            h * at.signal,
                            1.0 / at.filter_norm_squared(),
                        ];
                        let scales = [1.0, 1.0 / h, h * teacher.norm_squared(), 1.0];
                        for i in 0..4 {
                            let error = (found[i] - expected[i]).abs() / scales[i];
                            assert!(
                                error < 1e-11,
                                "{cell:?} {share} {steps} {level:?} {trial}: {i} {error:e}"
                            );
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn fused_arithmetic_is_told_from_the_other() {
        #[cfg(target_arch = "x86_64")]
        if Level::new().as_avx2().is_some() {
            assert!(fused_arithmetic());
            assert!(!dispatch!(Level::baseline(), simd => has_one_rounding(simd)));
        }
    }

    /// Lanes are refused where their arithmetic does not hold, and nowhere else.
    #[test]
    fn cells_without_lanes_are_those_at_the_ends() {
        let lanes = |p, k, ratio, scale, step_size| {
            let cell = Cell::new(p, k, ratio, scale).expect("valid");
            Ensemble::new(cell, step_size, 1, 0).expect("a step size").lanes.is_some()
        };
        assert!(!lanes(1, 25, 4.0, 1.0, 0.1), "the sphere is two points");
        assert!(!lanes(5, 1, 1.0, 1.0, 0.1), "x_c = 1");
        assert!(!lanes(5, 25, 4.0, 1.0, 0.3), "nothing is proved");
        assert!(!lanes(5, 25, 4.0, 30.0, 0.2), "filters may overshoot");
        assert!(lanes(2, 2, 2.0, 1.0, 0.1));
    }

    /// A trial that is given up is given up in lanes as in plain arithmetic: after a million steps.
    #[test]
    fn trials_are_given_up_after_as_many_steps() {
        // So small a step leaves most trials of this cell open.
        let ensemble = ensemble(Cell::new(5, 25, 4.0, 1.0).expect("valid"), 1e-6);
        let lanes = ensemble.lanes.as_ref().expect("checked");
        let decisions = lanes.decisions(0..16, &ensemble, &()).unwrap();
        let counts = lanes.counts(0..16, &ensemble, &()).unwrap();
        assert!(counts.undecided > 2 && counts.undecided < 16, "{counts:?}");
        for (trial, decision) in decisions.into_iter().enumerate() {
            let decided = ensemble.runner.decide(ensemble.start(trial as u64), &()).unwrap();
            assert_eq!(decision.verdict(), decided.verdict);
            assert!(decision.steps().abs_diff(decided.steps) <= 1, "{}", decided.steps);
        }
        assert_eq!(ensemble.counts(0..16, &()), Ok(counts));
    }
}
