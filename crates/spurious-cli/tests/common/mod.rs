//! Runs the program as a person would.

use std::path::PathBuf;
use std::process::{Command, Output};

pub(crate) struct Outcome {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

pub(crate) fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_spurious"));
    command.args(arguments).env("NO_COLOR", "1").env("COLUMNS", "100").env_remove("RUST_BACKTRACE");
    command
}

pub(crate) fn spurious(arguments: &[&str]) -> Outcome {
    outcome(command(arguments).output().expect("the program starts"))
}

pub(crate) fn outcome(output: Output) -> Outcome {
    Outcome {
        code: output.status.code().expect("no signal ends the program"),
        stdout: String::from_utf8(output.stdout).expect("UTF-8"),
        stderr: String::from_utf8(output.stderr).expect("UTF-8"),
    }
}

/// A fresh folder under the build's own temporary folder.
pub(crate) fn folder(name: &str) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = std::fs::remove_dir_all(&path);
    std::fs::create_dir_all(&path).expect("a folder for the test");
    path
}
