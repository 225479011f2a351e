//! Runs the program as a person would.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

pub(crate) struct Outcome {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    /// Standard error without what was written.
    pub(crate) stderr: String,
    /// Files and folders that the command says it wrote, in order.
    pub(crate) wrote: Vec<String>,
}

pub(crate) fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_spurious"));
    command.args(arguments).env("NO_COLOR", "1").env("COLUMNS", "80").env_remove("RUST_BACKTRACE");
    command
}

pub(crate) fn spurious(arguments: &[&str]) -> Outcome {
    outcome(command(arguments).output().expect("the program starts"))
}

pub(crate) fn outcome(output: Output) -> Outcome {
    let errors = String::from_utf8(output.stderr).expect("UTF-8");
    let (wrote, rest): (Vec<&str>, Vec<&str>) =
        errors.split_inclusive('\n').partition(|line| line.starts_with("wrote "));
    Outcome {
        code: output.status.code().expect("no signal ends the program"),
        stdout: String::from_utf8(output.stdout).expect("UTF-8"),
        stderr: rest.concat(),
        wrote: wrote.iter().map(|line| line["wrote ".len()..].trim_end().to_owned()).collect(),
    }
}

/// A fresh folder under the build's own temporary folder.
pub(crate) fn folder(name: &str) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = std::fs::remove_dir_all(&path);
    std::fs::create_dir_all(&path).expect("a folder for the test");
    path
}

/// Runs a command line in a folder, as if it were typed there.
pub(crate) fn typed(folder: &Path, line: &str) -> Outcome {
    outcome(typed_command(folder, line).output().expect("the program starts"))
}

/// The same, not yet started.
pub(crate) fn typed_command(folder: &Path, line: &str) -> Command {
    let mut command = command(&line.split_whitespace().collect::<Vec<_>>());
    command.current_dir(folder);
    command
}

/// Runs a command line that has to succeed without a word on standard error, and returns what it prints.
pub(crate) fn succeeds(folder: &Path, line: &str) -> String {
    let outcome = typed(folder, line);
    assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""), "{line}");
    outcome.stdout
}

/// Names in a folder, hidden ones too, in order.
pub(crate) fn names(folder: &Path) -> Vec<String> {
    let entry = |entry: std::io::Result<std::fs::DirEntry>| {
        entry.expect("an entry").file_name().into_string().expect("UTF-8")
    };
    let mut names: Vec<String> = std::fs::read_dir(folder).expect("a folder").map(entry).collect();
    names.sort();
    names
}

/// All files below a folder with their contents, in order.
pub(crate) fn contents(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut all = Vec::new();
    for name in names(folder) {
        let path = folder.join(&name);
        if path.is_dir() {
            all.extend(
                contents(&path).into_iter().map(|(below, bytes)| (Path::new(&name).join(below), bytes)),
            );
        } else {
            all.push((name.into(), std::fs::read(&path).expect("read")));
        }
    }
    all
}
