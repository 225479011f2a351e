//! How a command fails, and the exit code that says so.

use std::io;

use anstyle::Style;
use clap::error::{ContextKind, ContextValue};
use spurious::Error;

use crate::style::{ERROR, WARNING, styled};
use crate::usage;

/// Everything that ends a command early.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The input is wrong and nothing was written: exit code 2.
    Input(String),
    /// The same, found by the library.
    Model(Error),
    /// The command line cannot be read, or help was asked for: clap knows what to say.
    Usage(clap::Error),
    /// Ctrl-C; what was finished has been kept: exit code 1.
    Interrupted(String),
    /// The reader of standard output closed the pipe: success.
    ClosedPipe,
    /// Anything else: exit code 1.
    Other(anyhow::Error),
}

impl Failure {
    /// Says what is wrong on standard error and gives the exit code.
    pub(crate) fn report(self) -> u8 {
        match self {
            Self::Usage(error) if is_help(&error) => {
                let asked_for = !error.use_stderr();
                // A closed pipe while help is printed is no failure either.
                let _ = error.print();
                if asked_for { 0 } else { 2 }
            }
            Self::Usage(error) => {
                say(ERROR, "error", &usage::problem(&error));
                if let Some(ContextValue::StyledStr(usage)) = error.get(ContextKind::Usage) {
                    anstream::eprintln!("\n{}", usage.ansi());
                }
                anstream::eprintln!("\nFor more, try '--help'.");
                2
            }
            Self::ClosedPipe => 0,
            Self::Model(error) => Self::Input(error.to_string()).report(),
            Self::Input(message) => {
                say(ERROR, "error", &message);
                2
            }
            Self::Interrupted(message) => {
                say(WARNING, "interrupted", &message);
                1
            }
            Self::Other(error) => {
                say(ERROR, "error", &format!("{error:#}"));
                1
            }
        }
    }
}

/// Help or the version, even if nobody asked for it.
fn is_help(error: &clap::Error) -> bool {
    use clap::error::ErrorKind::{DisplayHelp, DisplayHelpOnMissingArgumentOrSubcommand, DisplayVersion};
    matches!(error.kind(), DisplayHelp | DisplayHelpOnMissingArgumentOrSubcommand | DisplayVersion)
}

fn say(style: Style, prefix: &str, message: &str) {
    anstream::eprintln!("{} {}", styled(style, &format!("{prefix}:")), printable(message));
}

/// A message whose control characters, which may come from a file, are shown and not obeyed.
fn printable(message: &str) -> String {
    let shown = |c: char| if c.is_control() && c != '\n' { c.escape_default().to_string() } else { c.into() };
    message.chars().map(shown).collect()
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        match error {
            Error::Cancelled => Self::Interrupted("nothing was written".to_owned()),
            Error::NoSeparatrix { .. } => Self::Other(error.into()),
            _ => Self::Model(error),
        }
    }
}

impl From<spurious_data::Error> for Failure {
    fn from(error: spurious_data::Error) -> Self {
        if error.is_closed_pipe() {
            Self::ClosedPipe
        } else if error.is_input() {
            Self::Input(error.to_string())
        } else {
            // Its message has the reason of the file system in it already.
            Self::Other(anyhow::anyhow!("{error}"))
        }
    }
}

impl From<spurious_sweep::Error> for Failure {
    fn from(error: spurious_sweep::Error) -> Self {
        if error.is_input() {
            Self::Input(error.to_string())
        } else {
            // As above.
            Self::Other(anyhow::anyhow!("{error}"))
        }
    }
}

impl From<clap::Error> for Failure {
    fn from(error: clap::Error) -> Self {
        Self::Usage(error)
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe { Self::ClosedPipe } else { Self::Other(error.into()) }
    }
}

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        Self::Other(error)
    }
}
