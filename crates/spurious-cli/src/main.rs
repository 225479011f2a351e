//! The program `spurious`: see the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::from(spurious_cli::run(std::env::args_os().collect()))
}
