//! Gradient descent on a one-hidden-layer convolutional network: everything that can be computed exactly.
//!
//! # The model
//!
//! An input is cut into `k` patches of dimension `p`. One filter `w` is shared by all patches, the rectifier
//! `σ(t) = max(t, 0)` is applied, and output weights `a` sum the result:
//!
//! ```text
//! f(Z; v, a) = Σⱼ aⱼ σ(v·Zⱼ)/‖v‖        Z ∈ ℝᵏˣᵖ, v ∈ ℝᵖ, a ∈ ℝᵏ
//! ```
//!
//! Labels come from a teacher of the same shape, inputs are standard normal, and both `v` and `a` are learned by gradient
//! descent on the mean squared error. Du, Lee, Tian, Póczos and Singh (ICML 2018, arXiv:1712.00779) proved that this
//! problem has a spurious local minimum, that gradient descent from a random start nevertheless finds the teacher with
//! constant probability, and is trapped with constant probability. This crate computes which, when, how fast, and with
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
//! The last argument is a [`Monitor`]: whoever wants to see progress, or to stop, hands over one. `&()` listens to nothing.
//!
//! # The map
//!
//! | module | answers |
//! |---|---|
//! | [`model`] | who teaches, who learns, which five numbers matter |
//! | [`Activation`] | the kernel and the constants that the data enters through |
//! | [`Criticality`] | whether there is a trap, and how close the threshold is |
//! | [`population`] | loss, gradient and Hessian of the full model, in closed form |
//! | [`dynamics`] | gradient descent in full, exactly reduced, and as a flow; the record of a run |
//! | [`landscape`](mod@landscape) | all critical points, the barrier, the rates |
//! | [`basin`] | which minimum a run will reach, by a theorem instead of a tolerance |
//! | [`initialization`] | random starts, in O(1) |
//! | [`separatrix`] | the critical angle between the basins |
//! | [`probability`] | the success probability to twelve digits, and its limit of many patches |
//! | [`restart`] | sign choices, the antipodal restart, how many starts are enough |
//! | [`theorems`] | the paper's hypotheses and bounds, asked of a start |
//! | [`ensemble`] | many random runs, counted |
//! | [`mod@fit`] | finite data: the best fit found, and how sure it is |
//! | [`monitor`] | progress and cancellation |
//! | [`export`] | results as text, CSV and JSON |
//! | [`numerics`] | tools that know nothing of networks |
//!
//! The names that most callers need are re-exported here. Everything is dimensionless; angles are radians; the supplement
//! `ψ = π − φ` stands in wherever `φ` is close to π. With `K = k + π − 1`, all of the landscape depends on the criticality
//! `x_c = πρ/K`, where `ρ = (1ᵀb)²/‖b‖²` is the sum ratio: for `x_c ≥ 1` there is no trap.
//!
//! # What is absent
//!
//! No activation but the rectifier, no overlapping patches: the theory is about this model, and all of it outside of [`mod@fit`]
//! about Gaussian inputs, without intercept or bias. No file formats: `spurious-data` reads tables. The library prints nothing,
//! reads no clock and has no global state; equal inputs give equal bits on any number of threads. It compiles for machines
//! with pointers of 32 bits and for WebAssembly.

mod activation;
pub mod basin;
mod criticality;
pub mod dynamics;
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
pub mod population;
pub mod probability;
pub mod restart;
pub mod separatrix;
pub mod theorems;

pub use activation::Activation;
pub use basin::{Basins, Guarantee, Verdict};
pub use criticality::Criticality;
pub use dynamics::run::{Descent, Flow, Run, descend, descend_reduced, follow_flow};
pub use ensemble::{CellEstimate, Counts, Ensemble, Estimate, Observe};
pub use error::Error;
pub use landscape::{Landscape, landscape};
pub use model::{Cell, OrderParameters, ReducedTeacher, Student, Teacher, WeightShape};
pub use monitor::Monitor;
pub use probability::{Quadrature, SuccessProbability, success_probabilities, success_probability};
