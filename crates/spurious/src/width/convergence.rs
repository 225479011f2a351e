//! When a run has recovered the teacher, and when it is trapped.
//!
//! With one filter a theorem decides. With several none is known, and so a verdict is by convergence, with the tolerances of
//! [`Convergence`]:
//!
//! **Recovered**: the loss is below a small share of the loss of the trap of one filter, `ℓ₋ = ℓ(antipode)`. (All traps that were found for up
//! to 16 filters lie above half of it.) Near the teacher a student of several filters converges slowly, `ℓ ∝ t⁻³`, because filters can share
//! the work: directions in which `Σᵢ aᵢ ⊗ φᵢ` stays 0 are flat to second order. So no smaller share is worth its time.
//!
//! **Trapped**: the loss is higher, hardly falls, and no direction leads down. With the time `t = η·steps` that a run has taken,
//!
//! ```text
//! t ‖∇ℓ‖² ≤ τ ℓ                     the loss falls by no more than this share while time grows by a factor of e
//! λ_min(∇²ℓ) ≥ −2 ‖∇ℓ‖              in units of B, filters of length 1, along directions that turn filters
//! ∇ℓᵀ∇²ℓ∇ℓ ≥ 0                      the gradient becomes shorter
//! ```
//!
//! The first holds at saddles as well, where runs linger. The second tells traps from saddles to which a run comes close, and the third those that it
//! is leaving, also where they are degenerate: the antipode is one for `x_c ≥ 1`. The Hessian is that of the few coordinates.

use nalgebra::{DMatrix, DVector};

use super::WideStudent;
use super::target::Target;
use crate::landscape::projected_loss;
use crate::model::Cell;

/// Tolerances of the verdicts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Convergence {
    /// A run has recovered the teacher when its loss is below this share of the loss of the trap of one filter.
    pub recovered: f64,
    /// `τ`: a trapped run loses no more than this share of its loss while time grows by a factor of e.
    pub trapped: f64,
    /// A run is given up after this many steps.
    pub most_steps: u64,
}

impl Default for Convergence {
    fn default() -> Self {
        Self { recovered: 0.01, trapped: 1e-4, most_steps: 1_000_000 }
    }
}

impl Convergence {
    /// The loss below which a run has recovered the teacher. With the identity every critical point has loss 0, and the level is what
    /// rounding allows.
    pub(super) fn level(&self, cell: &Cell) -> f64 {
        let squared = cell.scale_ratio() * cell.scale_ratio();
        squared * (self.recovered * projected_loss(&cell.shape(), 0.0)).max(1e-12)
    }
}

/// Whether a run comes to rest at a minimum, at a point at which the gradient is small.
pub(super) fn is_minimum(target: &Target, scale: f64, at: &WideStudent) -> bool {
    let (target, at) = (target.in_units(scale), at.in_units(scale));
    let gradient = target.gradient(&at).vector();
    let hessian = turning_hessian(&target, &at);
    if gradient.dot(&(&hessian * &gradient)) < 0.0 {
        return false;
    }
    hessian.symmetric_eigenvalues().min() >= -2.0 * gradient.norm() - 1e-12
}

/// The Hessian at filters of length 1, along directions that turn filters: `PHP` with `P` the projection on these. The directions left out have
/// the eigenvalue 0.
pub(super) fn turning_hessian(target: &Target, at: &WideStudent) -> DMatrix<f64> {
    let mut hessian = target.hessian(at);
    let d = at.patch_dim();
    for i in 0..at.filters() {
        let unit = DVector::from_column_slice(at.filter(i));
        let rows = hessian.rows(i * d, d).clone_owned();
        hessian.rows_mut(i * d, d).gemm(-1.0, &unit, &(unit.transpose() * &rows), 1.0);
        let columns = hessian.columns(i * d, d).clone_owned();
        hessian.columns_mut(i * d, d).gemm(-1.0, &(&columns * &unit), &unit.transpose(), 1.0);
    }
    hessian
}

impl Target {
    /// The same teacher where lengths of output weights are measured in this unit.
    pub(super) fn in_units(&self, unit: f64) -> Self {
        Self { output: self.output.iter().map(|b| b / unit).collect(), ..self.clone() }
    }
}

impl WideStudent {
    /// All numbers, those of the filters first.
    pub(super) fn vector(&self) -> DVector<f64> {
        let numbers = self.all_filters().iter().chain(self.all_output_weights()).copied();
        DVector::from_iterator(self.len(), numbers)
    }

    /// The same student with filters of length 1, and output weights in this unit.
    pub(super) fn in_units(&self, unit: f64) -> Self {
        let outputs = self.all_output_weights().iter().map(|a| a / unit).collect();
        let unit_filters = self.normalised();
        Self::unchecked(self.filters(), unit_filters.all_filters().to_vec(), outputs)
    }
}
