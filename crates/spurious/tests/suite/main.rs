//! The library from outside: a file for each claim. They are one program, because each program is linked for itself.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod algorithms;
mod basin;
mod common;
mod ensemble;
mod errors;
mod fit;
mod fit_claims;
mod fit_classes;
mod fit_classes_linear;
mod fit_contract;
mod fit_data;
mod fit_multinomial;
mod fit_parts;
mod fit_several;
mod fit_shapes;
mod fit_slope;
mod fit_sums;
mod flow;
mod initialization;
mod kernel;
mod landscape;
mod many_patches;
mod momentum;
mod population;
mod probability;
mod progress;
mod reduction;
mod restart;
mod runs;
mod separatrix;
mod slope;
mod source;
mod undecided;
mod width;
