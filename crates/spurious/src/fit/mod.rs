//! Fitting the model to finite data.

mod evaluate;
mod kernels;
mod network;
mod pass;
mod samples;
mod split;
mod sums;
mod windows;

pub use evaluate::{Arithmetic, gauss_newton, partial_sums, predict, sums};
pub use network::Network;
pub use pass::block_samples;
pub use samples::{InMemory, Rows, Source, Values};
pub use split::{Selection, Split};
pub use sums::{Additive, GramSums, PartialSum, Sums};
pub use windows::Windows;
