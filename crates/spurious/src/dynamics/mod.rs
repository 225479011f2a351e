//! Three forms of gradient descent: on all `p + k` numbers ([`full`]), exactly reduced to five numbers ([`reduced`]; with momentum to ten,
//! [`momentum`]), and gradient flow, the limit of vanishing step size ([`flow`]); the loop that computes all of them (`iteration`); the record of a run ([`run`]); and a run of a cell
//! from a start that is drawn or given ([`trace`]).

pub mod flow;
pub mod full;
pub(crate) mod iteration;
pub mod momentum;
pub mod reduced;
pub mod run;
pub mod trace;
