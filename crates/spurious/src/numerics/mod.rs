//! Numerical methods that are independent of networks: number types, quadrature, an implicit integrator, random streams.
//!
//! Special functions, eigenvalues and random numbers come from other crates. The code here is either a few lines that no crate offers
//! in the form needed, or has to be more accurate than general code.

pub(crate) mod chebyshev;
pub(crate) mod collocation;
pub(crate) mod lanes;
pub mod quadrature;
pub mod random;
pub(crate) mod scalar;
