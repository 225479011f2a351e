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

use super::{Check, Step, WEB, is_installed, output_folder};

/// Where the page is kept, and what it is made of.
const KEPT: &str = "crates/spurious-web/explorer.html";
const FOLDER: &str = "crates/spurious-web/page";
const PARITY: &str = "crates/spurious-web/tests/parity.mjs";
/// Where its tests in a browser are.
const BROWSER: &str = "crates/spurious-web/browser";

/// Makes the page, and compares its module with the library.
pub(crate) fn steps(root: &Path) -> Result<Vec<Step>, String> {
    let mut steps = Vec::new();
    if !is_installed(WEB) {
        println!("the standard library for {WEB} is not installed: rustup is asked for it");
        steps.push(Step::program("standard library for the web", "rustup".into(), &["target", "add", WEB]));
    }
    steps.push(module(root));
    steps.push(page(root, &root.join(KEPT), None));
    steps.extend(parity(root));
    Ok(steps)
}

/// Whether the page of the repository is the one that its files make, and its module answers as the library does.
pub(crate) fn check_steps(root: &Path) -> Vec<Step> {
    let mut steps = Vec::new();
    if is_installed(WEB) {
        let made = output_folder(root, "explorer").join("explorer.html");
        steps.push(module(root));
        steps.push(page(root, &made, Some(&root.join(KEPT))));
    } else {
        println!(
            "not built: the module of the explorer, for which {WEB} is not installed (rustup target add {WEB})"
        );
    }
    steps.extend(parity(root));
    steps.extend(browser(root));
    steps
}

/// The page in a browser, used as a person would, beside the program.
fn browser(root: &Path) -> Vec<Step> {
    let chromium = env::var_os("SPURIOUS_CHROMIUM").map_or_else(|| "/usr/bin/chromium".into(), PathBuf::from);
    if !chromium.is_file() || !starts("npm") {
        println!(
            "not tested: the page of the explorer in a browser, for which npm and {} are needed (or another Chromium, named with \
             SPURIOUS_CHROMIUM)",
            chromium.display()
        );
        return Vec::new();
    }
    let npm = |name: &str, arguments: &[&str]| Step {
        folder: Some(BROWSER.into()),
        ..Step::program(name, "npm".into(), arguments)
    };
    let program = target(root).join("release").join(if cfg!(windows) { "spurious.exe" } else { "spurious" });
    vec![
        Step::cargo("program beside the page", &["build", "--release", "--package", "spurious-cli"]),
        npm("tools for the page", &["ci"]),
        npm("scripts of the page", &["run", "lint"]),
        Step {
            environment: Some(("SPURIOUS_PROGRAM", program.into())),
            ..npm("page in a browser", &["test"])
        },
    ]
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

/// Where Cargo leaves everything.
fn target(root: &Path) -> PathBuf {
    env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from)
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
fn parity(root: &Path) -> Vec<Step> {
    let folder = output_folder(root, "answers");
    // Built for the tests already.
    let example = ["run", "--package", "spurious-web", "--example", "thousand_questions", "--"];
    let mut answers = Step::cargo("a thousand answers of the library", &example);
    answers.arguments.push(folder.clone().into());
    answers.check = Check::Makes { folder: folder.clone(), file: "answers.jsonl" };
    if !starts("node") {
        println!(
            "not compared: the module of the explorer with the library, for which there is no node on the path"
        );
        return Vec::new();
    }
    let mut compared = Step::program("the same answers of the module", "node".into(), &[PARITY, KEPT]);
    compared.arguments.push(folder.join("answers.jsonl").into());
    vec![answers, compared]
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
