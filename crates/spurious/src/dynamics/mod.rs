//! The algorithms that move a student ([`algorithm`]): gradient descent on all `p + k` numbers ([`full`]), exactly reduced to five ([`reduced`];
//! with momentum to ten, [`momentum`]), gradient flow, the limit of vanishing step size ([`flow`]), and others; the loop that computes all of
//! them (`iteration`); the verdict by convergence ([`settling`]); the record of a run ([`run`]), which moments it has (`moments`) and its sentence (`sentence`); a run of a cell from a start that is drawn or
//! given ([`trace`]).

pub mod algorithm;
mod coordinatewise;
pub mod flow;
pub mod full;
pub(crate) mod iteration;
pub(crate) mod moments;
pub mod momentum;
pub(crate) mod noisy;
pub mod reduced;
pub mod run;
mod sampled;
mod sentence;
pub mod settling;
mod straight_through;
pub mod trace;
