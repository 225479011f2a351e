//! draft
pub mod basin;
pub mod dynamics;
pub mod ensemble;
mod error;
pub mod initialization;
pub mod kernel;
pub mod landscape;
pub mod model;
pub mod numerics;
pub mod population;
pub mod probability;
pub mod restart;
pub mod separatrix;
pub mod theorems;
pub use error::Error;
