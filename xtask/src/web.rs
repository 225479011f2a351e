//! The explorer: its module, its page, and the comparison of the module with the library.
//!
//! The page of the repository, `crates/spurious-web/explorer.html`, is made by `cargo xtask web` and kept, so that `spurious explore` needs
//! neither a second compiler nor a network. The recipe is here and nowhere else: the profile `web` of the workspace, the standard library that
//! rustup has for the target, and paths of this machine taken out. The same toolchain makes the same bytes. Another one makes other bytes, and
//! then a thousand questions are to have the same answers.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::{Check, Step, built_example, output_folder, target};

/// A target with pointers of 32 bits, and no operating system.
const WEB: &str = "wasm32-unknown-unknown";

/// Whether the compiler has a standard library for a target.
fn is_installed(target: &str) -> bool {
    let compiler = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(compiler).args(["--print", "target-libdir", "--target", target]).output();
    output.is_ok_and(|output| Path::new(String::from_utf8_lossy(&output.stdout).trim()).is_dir())
}

/// Where the page is kept, and what it is made of.
const KEPT: &str = "crates/spurious-web/explorer.html";
const FOLDER: &str = "crates/spurious-web/page";
const PARITY: &str = "crates/spurious-web/tests/parity.mjs";
/// Where its tests in a browser are.
const BROWSER: &str = "crates/spurious-web/browser";

/// Makes the page, and compares its module with the library.
pub(crate) fn steps(root: &Path) -> Result<Vec<Step>, String> {
    if !has_target() {
        return Err(format!(
            "the module of the explorer cannot be built without the standard library for {WEB}"
        ));
    }
    let mut steps = vec![module(root), page(root, &root.join(KEPT), None)];
    steps.extend(parity(root)?);
    Ok(steps)
}

/// Whether the page of the repository is the one that its files make, whether its module answers as the library does, and how it is in a browser.
/// Where rustup does not get the standard library for the web, this is said, and the module that is kept is compared all the same.
pub(crate) fn check_steps(root: &Path) -> Result<Vec<Step>, String> {
    let mut steps = Vec::new();
    if has_target() {
        let made = output_folder(root, "explorer").join("explorer.html");
        steps.push(module(root));
        steps.push(page(root, &made, Some(&root.join(KEPT))));
    } else {
        println!(
            "NOT BUILT: the module of the explorer, for which rustup did not get {WEB}; the one that is kept is compared"
        );
    }
    steps.extend(parity(root)?);
    steps.extend(browser(root)?);
    Ok(steps)
}

/// Whether the compiler has a standard library for the web; rustup is asked for it if not.
fn has_target() -> bool {
    if !is_installed(WEB) {
        println!("$ rustup target add {WEB}");
        let _ = Command::new("rustup").args(["target", "add", WEB]).status();
    }
    is_installed(WEB)
}

/// The page in a browser, used as a person would, beside the program.
fn browser(root: &Path) -> Result<Vec<Step>, String> {
    let chromium = env::var_os("SPURIOUS_CHROMIUM").map_or_else(|| "/usr/bin/chromium".into(), PathBuf::from);
    if !chromium.is_file() {
        install("chromium");
    }
    if !chromium.is_file() {
        return Err(format!(
            "the page of the explorer cannot be tested: there is no {}; install Chromium (`apt install chromium`), or name one with \
             SPURIOUS_CHROMIUM",
            chromium.display()
        ));
    }
    needs("npm")?;
    let npm = |name: &str, arguments: &[&str]| Step {
        folder: Some(BROWSER.into()),
        ..Step::program(name, "npm".into(), arguments)
    };
    let program = target(root).join("release").join(if cfg!(windows) { "spurious.exe" } else { "spurious" });
    Ok(vec![
        // As `cargo run --release` builds it, so that this is done once.
        Step::cargo("program beside the page", &["build", "--release"]),
        npm("tools for the page", &["ci"]),
        npm("scripts of the page", &["run", "lint"]),
        Step {
            environment: Some(("SPURIOUS_PROGRAM", program.into())),
            ..npm("page in a browser", &["test"])
        },
    ])
}

/// Asks Debian's package manager for a package. Whether that worked is found out by looking.
fn install(package: &str) {
    for arguments in [&["update"][..], &["install", "--yes", "--no-install-recommends", package]] {
        println!("$ apt-get {}", arguments.join(" "));
        let _ = Command::new("apt-get").args(arguments).env("DEBIAN_FRONTEND", "noninteractive").status();
    }
}

/// Sees to it that a program of Node.js is there.
fn needs(program: &str) -> Result<(), String> {
    if !starts(program) {
        install("nodejs");
        install("npm");
    }
    match starts(program) {
        true => Ok(()),
        false => Err(format!(
            "the explorer cannot be tested: there is no {program} on the path; install Node.js 20 or later with npm"
        )),
    }
}

/// Whether a program can be started.
fn starts(program: &str) -> bool {
    let version = Command::new(program).arg("--version").stdout(Stdio::null()).status();
    version.is_ok_and(|status| status.success())
}

/// Builds the module, without paths of this machine.
fn module(root: &Path) -> Step {
    let flags = remapped(&[
        (cargo_home(), "/cargo"),
        (root.to_owned(), "/spurious"),
        (sysroot().join("lib/rustlib/src/rust"), "/rustc"),
    ]);
    let arguments = [
        "rustc",
        "--package",
        "spurious-web",
        "--lib",
        "--crate-type",
        "cdylib",
        "--profile",
        "web",
        "--target",
        WEB,
    ];
    Step {
        environment: Some(("CARGO_ENCODED_RUSTFLAGS", flags)),
        ..Step::cargo("module of the explorer", &arguments)
    }
}

/// Flags that replace the beginnings of paths, as Cargo reads them from its environment: separated by a character that no path has.
fn remapped(prefixes: &[(PathBuf, &str)]) -> OsString {
    let mut flags = OsString::new();
    for (prefix, name) in prefixes.iter().filter(|(prefix, _)| !prefix.as_os_str().is_empty()) {
        if !flags.is_empty() {
            flags.push("\u{1f}");
        }
        flags.push("--remap-path-prefix=");
        flags.push(prefix);
        flags.push("=");
        flags.push(name);
    }
    flags
}

fn cargo_home() -> PathBuf {
    let home = env::var_os("HOME").or_else(|| env::var_os("USERPROFILE")).map(PathBuf::from);
    let usual = home.map(|home| home.join(".cargo")).unwrap_or_default();
    env::var_os("CARGO_HOME").map_or(usual, PathBuf::from)
}

fn sysroot() -> PathBuf {
    let compiler = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(compiler).args(["--print", "sysroot"]).output();
    output.map(|output| PathBuf::from(String::from_utf8_lossy(&output.stdout).trim())).unwrap_or_default()
}

/// Where Cargo leaves the module.
fn built(root: &Path) -> PathBuf {
    target(root).join(WEB).join("web").join("spurious_web.wasm")
}

/// Puts the page together, and compares it with one that is kept.
fn page(root: &Path, made: &Path, kept: Option<&Path>) -> Step {
    let name = if kept.is_some() { "page of the explorer is up to date" } else { "page of the explorer" };
    let mut step = Step::cargo(name, &["run", "--release", "--package", "explorer-page", "--", FOLDER]);
    step.arguments.extend([built(root).into(), made.as_os_str().to_owned()]);
    step.arguments.extend(kept.map(|kept| kept.as_os_str().to_owned()));
    step
}

/// A thousand questions to the library, and the same to the module of the page, in Node.
fn parity(root: &Path) -> Result<Vec<Step>, String> {
    needs("node")?;
    let folder = output_folder(root, "answers");
    let example = "thousand_questions";
    // With the features of all packages, as the tests have built it.
    let built = Step::cargo("questions for the library", &["build", "--workspace", "--example", example]);
    let mut answers = Step::program("a thousand answers of the library", built_example(root, example), &[]);
    answers.arguments.push(folder.clone().into());
    answers.check = Check::Makes { folder: folder.clone(), file: "answers.jsonl" };
    let mut compared = Step::program("the same answers of the module", "node".into(), &[PARITY, KEPT]);
    compared.arguments.push(folder.join("answers.jsonl").into());
    Ok(vec![built, answers, compared])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_replaced_one_by_one() {
        let flags = remapped(&[("/a b".into(), "/x"), (PathBuf::new(), "/y"), ("/c".into(), "/z")]);
        assert_eq!(flags, "--remap-path-prefix=/a b=/x\u{1f}--remap-path-prefix=/c=/z");
    }
}
