//! Three views of gradient descent: in full ([`full`]), exactly reduced to five numbers ([`reduced`]), and as the
//! flow of vanishing step size ([`flow`]); the loop that carries all of them (`iteration`); and the record of a run ([`run`]).

pub mod flow;
pub mod full;
pub(crate) mod iteration;
pub mod reduced;
pub mod run;
