//! The exact test.

use pyo3::prelude::*;
use spurious::{Basins, initialization::start_at};

use crate::cell::{Size, cell, leaky};
use crate::error::refused;

/// The minimum that a run from a point reaches, by a theorem; ``"undecided"`` outside of both invariant sets.
///
/// With ``d = (g − 1)B² + S(S − s)`` the sets are, of the rectifier::
///
///     global   { q ≥ 0, d ≥ 0, g(φ) ≥ g_x }
///     spurious { q ≤ 0, d ≤ 0, g(φ) ≤ g_x }        g_x = π(1 − x_c)/(π − x_c)
///
/// Args:
///     patches: Number of patches ``k``.
///     sum_ratio: Sum ratio ``ρ``, from 0 to ``k``.
///     angle: Angle ``φ`` between student and teacher filter, radians, from 0 to π.
///     sum: ``s = 1ᵀa``.
///     signal: ``q = aᵀb``.
///     scale_ratio: Scale ratio ``β = ‖b‖/‖v‖``: the student filter has length 1.
///     step_size: Step size ``η`` of gradient descent; gradient flow if left out.
///     patch_dim: Patch dimension ``p``; only ``p = 1`` is special.
///     negative_slope: Negative slope ``c`` of the activation, from 0 (the rectifier) to 1 (the identity, with which every minimum is global).
///
/// Raises:
///     SpuriousError: A number is out of range.
///
/// Source:
///     docs/theory.md, section 7.
///
/// Examples:
///     >>> import spurious
///     >>> spurious.verdict(patches=25, sum_ratio=4, angle=0.5, sum=0, signal=0.1)
///     'global'
///     >>> spurious.verdict(patches=25, sum_ratio=4, angle=3, sum=2, signal=-0.5)
///     'spurious'
#[pyfunction]
#[pyo3(text_signature = "(*, patches, sum_ratio, angle, sum, signal, scale_ratio=1.0, step_size=None, patch_dim=2, negative_slope=0.0)", signature = (*, patches, sum_ratio, angle, sum, signal, scale_ratio = 1.0, step_size = None, patch_dim = Size::TWO, negative_slope = 0.0))]
#[allow(clippy::too_many_arguments, reason = "keywords of Python")]
pub(crate) fn verdict(
    patches: Size,
    sum_ratio: f64,
    angle: f64,
    sum: f64,
    signal: f64,
    scale_ratio: f64,
    step_size: Option<f64>,
    patch_dim: Size,
    negative_slope: f64,
) -> PyResult<&'static str> {
    let cell = cell(patch_dim, patches, sum_ratio, scale_ratio)?.with_activation(leaky(negative_slope)?);
    let start = start_at(&cell, angle, sum, Some(signal)).map_err(|error| refused(&error))?;
    if let Some(step_size) = step_size {
        cell.shape().check_step_size(step_size).map_err(|error| refused(&error))?;
    }
    let teacher = cell.teacher();
    let basins = match step_size {
        Some(step_size) => Basins::of_descent(&teacher, step_size),
        None => Basins::new(&teacher),
    };
    Ok(match basins.verdict(&start) {
        Some(spurious::Verdict::Global) => "global",
        Some(spurious::Verdict::Spurious) => "spurious",
        _ => "undecided",
    })
}
