//! The extension module `spurious._spurious`: the library as functions of numbers and NumPy arrays.
//!
//! Each function checks what the type system of Python does not, calls the library with the interpreter released ([`compute`]), and
//! hands the result over as the JSON that the program prints, as text, and as arrays. The Python files of the package make frozen objects
//! of them. There is no formula on either side.

mod algorithm;
mod array;
mod cell;
mod command;
mod compute;
mod error;
mod explore;
mod fit;
mod generate;
mod landscape;
mod model;
mod part;
mod parts;
mod pool;
mod population;
mod probability;
mod recovery;
mod request;
mod rows;
mod sweep;
mod table;
mod trace;
mod verdict;
mod width;

/// See the stub `_spurious.pyi`. Nobody has tested it without the global lock of the interpreter.
#[pyo3::pymodule(gil_used = true)]
mod _spurious {
    #[pymodule_export]
    use crate::algorithm::{algorithms, compare, descend};
    #[pymodule_export]
    use crate::command::run_command;
    #[pymodule_export]
    use crate::error::SpuriousError;
    #[pymodule_export]
    use crate::explore::explore;
    #[pymodule_export]
    use crate::fit::fit;
    #[pymodule_export]
    use crate::generate::generate;
    #[pymodule_export]
    use crate::landscape::landscape;
    #[pymodule_export]
    use crate::model::Model;
    #[pymodule_export]
    use crate::part::KeptPart;
    #[pymodule_export]
    use crate::parts::fit_parts;
    #[pymodule_export]
    use crate::population::{gradient, hessian, population_loss};
    #[pymodule_export]
    use crate::probability::probability;
    #[pymodule_export]
    use crate::recovery::recovery;
    #[pymodule_export]
    use crate::sweep::{keep_shard, merge, run_shard, sweep, unfinished_shards};
    #[pymodule_export]
    use crate::trace::trace;
    #[pymodule_export]
    use crate::verdict::verdict;
    #[pymodule_export]
    use crate::width::{trace_width, width};
    #[pymodule_export]
    #[allow(non_upper_case_globals, reason = "the name that Python expects")]
    const __version__: &str = spurious::export::VERSION;
}
