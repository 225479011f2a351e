//! Gradient descent on a one-hidden-layer convolutional network: critical points, verdicts and success probabilities by theory, and fits to
//! data.
//!
//! # The model
//!
//! An input is cut into `k` patches of dimension `p`. One filter `w` is shared by all patches, the rectifier
//! `σ(t) = max(t, 0)`, or one with a [leak](Activation), is applied, and output weights `a` sum the result:
//!
//! ```text
//! f(Z; v, a) = Σⱼ aⱼ σ(v·Zⱼ)/‖v‖        Z ∈ ℝᵏˣᵖ, v ∈ ℝᵖ, a ∈ ℝᵏ
//! ```
//!
//! Labels come from a teacher of the same shape, inputs are standard normal, and both `v` and `a` are learned by gradient
//! descent on the mean squared error. Du, Lee, Tian, Póczos and Singh (ICML 2018, arXiv:1712.00779) proved that this
//! problem has a spurious local minimum, and that gradient descent from a random start recovers the teacher with constant
//! probability and can be trapped with constant probability. This crate computes to which minimum a run converges, how fast, and with
//! what probability.
//!
//! # One example
//!
//! ```
//! use spurious::{Cell, Quadrature, success_probability};
//!
//! // Patch dimension 5, 25 patches, (1ᵀb)²/‖b‖² = 4, ‖b‖ = ‖v₀‖: a cell of the paper's Table 1, which has 0.73.
//! let cell = Cell::new(5, 25, 4.0, 1.0)?;
//! let exact = success_probability(&cell, None, &Quadrature::default(), &())?;
//! assert!((exact.probability - 0.727916134148).abs() < 1e-12);
//! # Ok::<(), spurious::Error>(())
//! ```
//!
//! The last argument is a [`Monitor`], which receives progress and can cancel. `&()` ignores progress and never cancels.
//!
//! # Modules
//!
//! | module | contents |
//! |---|---|
//! | [`model`] | teacher, student, and the five order parameters of gradient descent |
//! | [`Activation`] | the kernel and the constants of the theory |
//! | [`Criticality`] | whether there is a spurious minimum, and the distance to the threshold |
//! | [`population`] | loss, gradient and Hessian of the full model, in closed form |
//! | [`dynamics`] | gradient descent on all numbers, exactly reduced to five, and as a flow; the record of a run |
//! | [`landscape`](mod@landscape) | all critical points, the barrier, the rates |
//! | [`basin`] | the minimum that a run reaches, by a theorem |
//! | [`initialization`] | random starts, in O(1) |
//! | [`separatrix`] | the critical angle between the basins |
//! | [`probability`] | the success probability with an error bound, and its limit for many patches |
//! | [`restart`] | sign choices, the antipodal restart, how many starts are enough |
//! | [`theorems`] | the hypotheses and bounds of the paper's theorems, for a given start |
//! | [`ensemble`] | many runs from random starts, and the counts of their outcomes |
//! | [`width`] | a student with several filters: how often it recovers the teacher, and where it is trapped |
//! | [`mod@fit`] | fits to finite data, with standard errors and a comparison with linear models |
//! | [`paper`] | Table 1 as it was printed |
//! | [`monitor`] | progress and cancellation |
//! | [`export`] | results as text, CSV and JSON |
//! | [`numerics`] | numerical methods that are independent of networks |
//!
//! The names that most callers need are re-exported here. Everything is dimensionless; angles are radians; the supplement
//! `ψ = π − φ` is used where `φ` may be close to π. With `K = k + π − 1`, the landscape depends on the criticality
//! `x_c = πρ/K`, where `ρ = (1ᵀb)²/‖b‖²` is the sum ratio. For `x_c ≥ 1` (and `p ≥ 2`) there is no spurious minimum.
//!
//! # What is absent
//!
//! There are no activations but leaky rectifiers, and no overlapping patches outside of [`mod@fit`], because the theory is about this model.
//! Outside of [`mod@fit`] inputs are Gaussian, and there is no intercept and no bias. There are no file formats: `spurious-data` reads tables. The
//! library prints nothing, reads no clock and has no global state. Equal inputs give equal bits on any number of threads. It compiles
//! for 32-bit machines and for WebAssembly.

mod activation;
pub mod basin;
pub mod compare;
mod criticality;
pub mod dynamics;
mod energy;
pub mod ensemble;
mod error;
pub mod export;
pub mod fit;
pub mod initialization;
pub mod kernel;
pub mod landscape;
pub mod model;
pub mod monitor;
pub mod numerics;
pub mod paper;
pub mod population;
pub mod probability;
pub mod restart;
pub mod separatrix;
pub mod theorems;
pub mod width;

pub use activation::Activation;
pub use basin::{Basins, DecidedBy, Guarantee, Verdict};
pub use compare::{Compared, Comparison};
pub use criticality::Criticality;
pub use dynamics::algorithm::Algorithm;
pub use dynamics::run::{Descent, Flow, Run, descend, descend_by, descend_reduced, follow_flow};
pub use energy::EnergyTest;
pub use ensemble::{CellEstimate, Counts, Ensemble, Estimate, Observe};
pub use error::Error;
pub use landscape::{Landscape, landscape};
pub use model::{Cell, OrderParameters, ReducedTeacher, Student, Teacher, WeightShape};
pub use monitor::Monitor;
pub use probability::{Quadrature, SuccessProbability, success_probabilities, success_probability};
