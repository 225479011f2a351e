//! `spurious help`: the help of a command, or what the terms mean.

use crate::args::{Cli, HelpArgs, TERMS};
use crate::failure::Failure;
use crate::output;
use crate::terms;

pub(crate) fn run(args: &HelpArgs) -> Result<(), Failure> {
    let command = args.topic.as_deref();
    if command == Some(TERMS) {
        return output::show(&terms::text());
    }
    // As if it had been asked for with the flag.
    let words = ["spurious"].into_iter().chain(command).chain(["--help"]);
    Cli::line().try_get_matches_from(words)?;
    Ok(())
}
