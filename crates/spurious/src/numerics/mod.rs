//! Tools that know nothing of networks: number types, quadrature, an implicit integrator, random streams.
//!
//! Special functions, eigenvalues and random numbers come from other crates; what stands here is either
//! a few lines that no crate offers in the form needed, or has to be exact where general code is not.

pub(crate) mod chebyshev;
pub(crate) mod collocation;
pub(crate) mod lanes;
pub mod quadrature;
pub mod random;
pub(crate) mod scalar;
