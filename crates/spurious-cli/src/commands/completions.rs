//! `spurious completions`: a script for the shell.

use crate::args::{Cli, CompletionsArgs};
use crate::failure::Failure;
use crate::output;

pub(crate) fn run(args: &CompletionsArgs) -> Result<(), Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::line(), "spurious", &mut script);
    output::print(&String::from_utf8_lossy(&script))
}
