//! The saddle that a separatrix belongs to, and its unstable coordinate to second order.

use nalgebra::{SMatrix, SVector};

use crate::dynamics::flow::{FlowState, FlowSystem};
use crate::landscape::secular_root;

/// The saddle with what is needed close to it.
///
/// In the variables of [`flow`](crate::dynamics::flow), and with `x` the distance from the saddle, the flow is `x' = Jx + B(x, x)/2 + …`:
///
/// ```text
/// δz' = β²λ (δslow + δfast) + β²γ sin ψ δz (δslow + δfast)
/// δslow' = −α δslow + D (κ_z δz + κ_zz δz²/2)        δfast' = −K δfast + F (κ_z δz + κ_zz δz²/2)
/// Λ = κ_z β²λ [ D/(Λ+α) + F/(Λ+K) ],      κ_z = λ sin² ψ,      D = slow_gain,  F = fast_gain
/// ```
///
/// with one positive root `Λ`. Its left eigenvector `ℓ` is continued to a function `G = ℓ·x + xᵀQx/2 + …` that grows as `e^{Λτ}` along every
/// run, so that it vanishes on the separatrix (theory, section 8). Second-order terms give
///
/// ```text
/// QJ + JᵀQ + h JᵀQJ − ΛQ = −ℓ·B + h cos ψ (β²λ)² eeᵀ        e = (0, 1, 1)
/// ```
///
/// with `h = 0`. For the iteration, whose Jacobian is `I + hJ`, it is the step in units of `τ`; the last term is the bend of `z` when the filter
/// takes a straight step.
#[derive(Debug, Clone, Copy)]
pub(super) struct Saddle {
    pub(super) at: FlowState,
    supplement: f64,
    /// `h`
    step: f64,
    /// Left eigenvector, scaled to 1 in its first component.
    pub(super) left: FlowState,
    /// Right eigenvector, scaled so that its product with `left` is 1.
    right: FlowState,
    /// `Q`, its [`ENTRIES`].
    curvature: SVector<f64, 6>,
    /// `Λ`
    pub(super) unstable: f64,
}

/// Where a state is, as seen from the saddle; distances are measured in `z`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Position {
    /// `G`, which vanishes on the separatrix.
    pub(super) height: f64,
    /// `ℓ·x`, and the distance in the other directions.
    pub(super) along: f64,
    pub(super) across: f64,
    /// The order of the terms that `height` lacks.
    pub(super) unknown: f64,
    /// The derivative of `G`.
    gradient: FlowState,
}

impl Position {
    /// The derivative of `G` along a slope.
    pub(super) fn growth(&self, slope: &FlowState) -> f64 {
        dot(&self.gradient, slope)
    }
}

pub(super) fn dot(a: &FlowState, b: &FlowState) -> f64 {
    a.log_tan * b.log_tan + a.slow * b.slow + a.fast * b.fast
}

/// The entries of a symmetric matrix.
const ENTRIES: [(usize, usize); 6] = [(0, 0), (0, 1), (0, 2), (1, 1), (1, 2), (2, 2)];

impl Saddle {
    /// The saddle of the flow, or of the iteration with a step size `h` in units of `τ`.
    pub(super) fn new(system: &FlowSystem, step: f64) -> Self {
        let supplement = system.activation.supplement_at(system.saddle_kernel());
        let fast = system.fast_gain * system.saddle_kernel() / system.fast_rate;
        let at = FlowState { log_tan: (0.5 * supplement).tan().ln(), slow: -fast, fast };
        let curvature = SVector::zeros();
        Self { at, supplement, step, left: at, right: at, curvature, unstable: 0.0 }.of(system)
    }

    /// The same saddle for a `system` whose `β` may differ.
    pub(super) fn of(self, system: &FlowSystem) -> Self {
        let Self { at, supplement, step, .. } = self;
        let kernel_slope = system.activation.kernel_slope(supplement) * supplement.sin(); // κ_z
        let turn = system.scale_squared * system.activation.turning(supplement); // β²λ
        let rates = [system.slow_rate(), system.fast_rate];
        let gains = [system.slow_gain * kernel_slope, system.fast_gain * kernel_slope];
        let unstable = secular_root(gains.map(|gain| turn * gain), rates);
        let left = FlowState {
            log_tan: 1.0,
            slow: turn / (unstable + rates[0]),
            fast: turn / (unstable + rates[1]),
        };
        let right = FlowState {
            log_tan: 1.0,
            slow: gains[0] / (unstable + rates[0]),
            fast: gains[1] / (unstable + rates[1]),
        };
        let scale = 1.0 / dot(&left, &right);
        let right = FlowState { log_tan: scale, slow: scale * right.slow, fast: scale * right.fast };

        let (sin, cos) = supplement.sin_cos();
        let gamma = system.activation.independent();
        let kernel_bend = gamma * sin.powi(3) + 2.0 * kernel_slope * cos; // κ_zz
        let both = system.scale_squared * gamma * sin;
        let straight = step * cos * turn * turn;
        let forcing = SVector::from([
            (left.slow * system.slow_gain + left.fast * system.fast_gain) * kernel_bend,
            both,
            both,
            -straight,
            -straight,
            -straight,
        ]);
        let jacobian = [[0.0, turn, turn], [gains[0], -rates[0], 0.0], [gains[1], 0.0, -rates[1]]];
        let operator = SMatrix::<f64, 6, 6>::from_fn(|row, column| {
            // An entry of the image of a matrix E that is 1 at one entry and at its mirror.
            let (i, j) = ENTRIES[row];
            let unit = |a, b| f64::from(u8::from((a, b) == ENTRIES[column] || (b, a) == ENTRIES[column]));
            let mut image = -unstable * unit(i, j);
            for a in 0..3 {
                image += unit(i, a) * jacobian[a][j] + jacobian[a][i] * unit(a, j);
                for b in 0..3 {
                    image += step * jacobian[a][i] * unit(a, b) * jacobian[b][j];
                }
            }
            image
        });
        // Its eigenvalues are sums of two eigenvalues of J, less Λ (with h: products): none is zero.
        let curvature = operator.lu().solve(&-forcing).unwrap_or_default();
        Self { at, supplement, step, left, right, curvature, unstable }
    }

    pub(super) fn position(&self, state: &FlowState) -> Position {
        let offset = FlowState {
            log_tan: state.log_tan - self.at.log_tan,
            slow: state.slow - self.at.slow,
            fast: state.fast - self.at.fast,
        };
        let along = dot(&self.left, &offset);
        let across = (offset.log_tan - along * self.right.log_tan).abs()
            + (self.left.slow * (offset.slow - along * self.right.slow)).abs()
            + (self.left.fast * (offset.fast - along * self.right.fast)).abs();
        let distance = along.abs() + across;
        if distance > 1.0 {
            // There the first order is closer than the second.
            return Position { height: along, along, across, unknown: distance.powi(2), gradient: self.left };
        }
        let parts = [offset.log_tan, offset.slow, offset.fast];
        let mut bend = [0.0; 3];
        for (&(i, j), entry) in ENTRIES.iter().zip(&self.curvature) {
            bend[i] += entry * parts[j];
            if i != j {
                bend[j] += entry * parts[i];
            }
        }
        let bend = FlowState { log_tan: bend[0], slow: bend[1], fast: bend[2] };
        let height = along + 0.5 * dot(&bend, &offset);
        let gradient = self.left.plus(1.0, &bend);
        Position { height, along, across, unknown: distance.powi(3), gradient }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::activation::Activation;
    use crate::dynamics::flow::FlowIntegrator;
    use crate::dynamics::reduced::ReducedDescent;
    use crate::model::{Cell, OrderParameters};
    use std::f64::consts::PI;

    const CELLS: [(usize, f64, f64, f64); 5] = [
        (25, 4.0, 1.0, 0.0),
        (2, 0.5, 3.0, 0.0),
        (100, 9.0, 30.0, 0.0),
        (10_000, 500.0, 0.3, 0.0),
        (25, 4.0, 2.0, 0.3),
    ];

    fn cell(patches: usize, sum_ratio: f64, scale_ratio: f64, slope: f64) -> Cell {
        let activation = Activation::leaky(slope).expect("valid");
        Cell::new(5, patches, sum_ratio, scale_ratio).expect("valid").with_activation(activation)
    }

    /// What `G` after a step lacks to a multiple of `G` before it, at two distances from the saddle: third-order terms fall to an eighth.
    fn is_of_third_order(saddle: &Saddle, mut lack: impl FnMut(&FlowState) -> f64) {
        for (log_tan, slow, fast) in [(1.0, 0.3, 0.1), (-0.5, 1.0, 0.0), (0.2, -0.4, 1.0)] {
            let [larger, smaller] = [2e-3, 1e-3].map(|distance| {
                let offset =
                    FlowState { log_tan, slow: slow / saddle.left.slow, fast: fast / saddle.left.fast };
                lack(&saddle.at.plus(distance, &offset))
            });
            let ratio = larger / smaller;
            assert!((7.0..9.0).contains(&ratio), "{ratio}: {larger:e} {smaller:e} {saddle:?}");
        }
    }

    #[test]
    fn height_grows_at_one_rate_along_the_flow() {
        for (patches, sum_ratio, scale_ratio, slope) in CELLS {
            let cell = cell(patches, sum_ratio, scale_ratio, slope);
            let system = FlowSystem::new(&cell.teacher(), 1.0);
            let saddle = Saddle::new(&system, 0.0);
            let mut integrator = FlowIntegrator::new(system, 1e-9);
            let still = FlowState { log_tan: 0.0, slow: 0.0, fast: 0.0 };
            let level = (0.5 / (saddle.unstable + system.fast_rate)).log2().floor() as i32;
            is_of_third_order(&saddle, |before| {
                let step = integrator.advance(before, &still, level);
                let factor = (saddle.unstable * step.length).exp();
                saddle.position(&step.end).height - factor * saddle.position(before).height
            });
        }
    }

    #[test]
    fn height_grows_by_one_factor_in_each_step_of_descent() {
        for (patches, sum_ratio, scale_ratio, slope) in CELLS {
            let cell = cell(patches, sum_ratio, scale_ratio, slope);
            let teacher = cell.teacher();
            let system = FlowSystem::new(&teacher, 1.0);
            let step = 0.5 / (system.fast_rate + system.scale_squared.sqrt());
            let saddle = Saddle::new(&system, step);
            let descent = ReducedDescent::new(&teacher, 2.0 * PI * step);
            is_of_third_order(&saddle, |before| {
                let start = OrderParameters {
                    parallel: before.log_tan.tanh(),
                    perpendicular: 1.0 / before.log_tan.cosh(),
                    sum: system.sum(&teacher, before),
                    signal: before.signal() * teacher.norm_squared(),
                    residual: 0.0,
                };
                let after = system.state(&teacher, &descent.step(&start));
                saddle.position(&after).height
                    - (1.0 + step * saddle.unstable) * saddle.position(before).height
            });
        }
    }
}
