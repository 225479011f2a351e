//! A student with several filters, taught by a teacher with one.
//!
//! ```text
//! f(Z) = Σᵢ Σⱼ aᵢⱼ σ(vᵢ·Zⱼ)/‖vᵢ‖        r filters vᵢ ∈ ℝᵖ, each with its own output weights aᵢ ∈ ℝᵏ
//! ```
//!
//! Let `φ_il` be the angle between two filters of the student, `φᵢ` that between a filter and the teacher's, `sᵢ = 1ᵀaᵢ` and
//! `qᵢ = aᵢᵀb`. With the constants of the [activation](crate::Activation) the population loss is
//!
//! ```text
//! 4πℓ = Σ_il D(φ_il) aᵢ·a_l + γ(Σᵢ sᵢ − S)² + αB² − 2 Σᵢ D(φᵢ) qᵢ
//! ```
//!
//! It depends on inner products of filters with each other and with `ŵ*`, and of output weights with each other, with `1` and with `b`, and on
//! nothing else. Gradients lie in the span of these vectors. So gradient descent is the same in any orthonormal coordinates of the two spans,
//! which have at most `r + 1` and `r + 2` dimensions, whatever `p` and `k` are ([`WideDescent`]). Coordinates keep the digits that the entries
//! of a Gram matrix lose where filters are nearly aligned or antipodal.
//!
//! For `r ≥ 2` no theorem says which minimum a run reaches. Verdicts are by convergence, with tolerances that [`Convergence`] states.
//!
//! | file | contents |
//! |---|---|
//! | `student` | a student with several filters |
//! | `target` | the teacher in coordinates; loss, gradient and Hessian |
//! | `reduced` | the reduction to a few dimensions |
//! | `start` | random starts, drawn in these coordinates |
//! | `convergence` | when a run has recovered the teacher, and when it is trapped |
//! | `lanes` | many runs side by side in vector registers |
//! | `ensemble` | many runs on all cores |
//! | `traps` | the critical points at which trapped runs end |
//! | `trace` | one run, moment by moment |
//! | `tickets` | success against width, beside the law of independent tickets |

mod convergence;
mod ensemble;
mod lanes;
mod reduced;
mod start;
mod student;
mod target;
mod tickets;
mod trace;
mod traps;

pub use convergence::Convergence;
pub use ensemble::{WidthEnsemble, WidthRun};
pub use reduced::{WideDescent, reduce};
pub use start::{OutputScale, sample_wide_student};
pub use student::WideStudent;
pub use target::{gradient, hessian, population_loss, step};
pub use tickets::{WidthExperiment, WidthRow, ticket_law};
pub use trace::{WideMoment, WideTrace};
pub use traps::Trap;

use crate::error::Error;

/// The largest number of filters of a student.
pub const MOST_FILTERS: usize = 16;

/// Checks a number of filters.
pub(crate) fn check_filters(filters: usize) -> Result<usize, Error> {
    if (1..=MOST_FILTERS).contains(&filters) {
        Ok(filters)
    } else {
        Err(Error::Size { name: "number of filters", value: filters, limit: MOST_FILTERS })
    }
}
