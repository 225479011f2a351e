//! Checks of the whole workspace, in one command each: `cargo xtask test`, `cargo xtask python`, `cargo xtask pytorch`,
//! `cargo xtask web`, `cargo xtask fuzz` and `cargo xtask ci`.
//!
//! A task is a list of steps. They run in order and the first failure ends the task; the summary names every step,
//! also those that were not reached, so that nothing is left out in silence.

mod python;
mod web;

use std::env;
use std::ffi::OsString;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

const HELP: &str = "\
Checks of the whole workspace.

Usage: cargo xtask <TASK>

Tasks:
  test    unit, integration and doc tests, every example run, benches compiled, the page of the explorer made anew, compared
          and used in a browser, and the Python package built, installed below target/ and tested; asks rustup for the web's
          standard library, and Debian for Chromium and Node.js, where they are missing
  python  the last of these alone, with its notebooks
  pytorch the package and the notebook that compares with PyTorch, which pip installs (5 GB on Linux); in no other task
  web     the page of the explorer, made anew: its module for the web (rustup adds what that needs), the page around it as one
          file, and a thousand answers of the module, in Node, beside those of the library
  fuzz    every reader of files against made-up bytes, some seconds each; installs cargo-fuzz below target/
  ci      format, clippy and rustdoc without warnings, then `test` and `fuzz`, then the report that the README promises
  help    this text

Exit status: 0 all steps passed, 1 a step failed (the summary names it), 2 the task is unknown
";

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let root = workspace_root();
    let steps = match words[..] {
        [] | ["help" | "--help" | "-h"] => {
            print!("{HELP}");
            return ExitCode::SUCCESS;
        }
        ["test"] => test_steps(&root).map(|mut steps| {
            steps.push(Step::cargo("benches compile", &["check", "--workspace", "--benches"]));
            steps
        }),
        ["python"] => python::steps(&root),
        ["pytorch"] => python::pytorch_steps(&root),
        ["web"] => web::steps(&root),
        ["fuzz"] => fuzz_steps(&root),
        ["ci"] => ci_steps(&root),
        _ => {
            eprint!("error: unknown task `{}`\n\n{HELP}", words.join(" "));
            return ExitCode::from(2);
        }
    };
    match steps {
        Ok(steps) => run(&root, &steps),
        Err(message) => {
            eprintln!("error: {message}");
            ExitCode::FAILURE
        }
    }
}

/// The folder above this package. Cargo sets the variable when it runs the program, so that a target folder that was
/// moved along with its workspace works.
fn workspace_root() -> PathBuf {
    let package = env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
    Path::new(&package).parent().map_or_else(|| PathBuf::from("."), Path::to_path_buf)
}

/// One thing to run, and what has to be true of it beyond its exit status.
#[derive(Debug)]
struct Step {
    name: String,
    /// Cargo if left out.
    program: Option<PathBuf>,
    /// Where it runs, from the root of the workspace.
    folder: Option<PathBuf>,
    arguments: Vec<OsString>,
    environment: Option<(&'static str, OsString)>,
    /// The folder whose only wheel is one more argument, with what its tests need.
    wheel: Option<PathBuf>,
    check: Check,
}

#[derive(Debug)]
enum Check {
    /// The exit status says it all.
    Status,
    /// At least one test has to have run.
    Tests,
    /// Makes this file in a folder that is fresh when the step begins.
    Makes { folder: PathBuf, file: &'static str },
    /// Makes one wheel in a folder that is fresh when the step begins.
    MakesWheel { folder: PathBuf },
}

impl Step {
    fn cargo(name: impl Into<String>, arguments: &[&str]) -> Self {
        Self {
            name: name.into(),
            program: None,
            folder: None,
            arguments: arguments.iter().map(OsString::from).collect(),
            environment: None,
            wheel: None,
            check: Check::Status,
        }
    }

    fn program(name: impl Into<String>, program: PathBuf, arguments: &[&str]) -> Self {
        Self { program: Some(program), ..Self::cargo(name, arguments) }
    }
}

fn test_steps(root: &Path) -> Result<Vec<Step>, String> {
    let mut steps = vec![Step { check: Check::Tests, ..Step::cargo("tests", &["test", "--workspace"]) }];
    let examples = examples(root)?;
    if examples.is_empty() {
        return Err(format!("no examples found in {}/crates/*/examples", root.display()));
    }
    // As the tests have built them: with one package alone Cargo would choose other features, and build the library again.
    steps.push(Step::cargo("examples", &["build", "--workspace", "--examples"]));
    for (package, example) in examples {
        let mut step =
            Step::program(format!("example {package}/{example}"), built_example(root, &example), &[]);
        if ["gallery", "write_report", "write_fit_report"].contains(&example.as_str()) {
            // These write into the folder that they are given.
            let folder = output_folder(root, &example);
            step.arguments.push(folder.clone().into());
            step.check = Check::Makes { folder, file: "index.html" };
        }
        steps.push(step);
    }
    steps.extend(web::check_steps(root)?);
    steps.extend(python::steps(root)?);
    Ok(steps)
}

/// Seconds for each reader: a look at what changed, not a search; that takes hours.
const FUZZ_SECONDS: &str = "-max_total_time=10";

/// Installs the fuzzer and lets it loose on every reader, with stable Rust and bounded memory.
fn fuzz_steps(root: &Path) -> Result<Vec<Step>, String> {
    let tools = root.join("target").join("tools");
    let mut install =
        Step::cargo("fuzzer", &["install", "--locked", "--version", "0.13.2", "cargo-fuzz", "--root"]);
    install.arguments.push(tools.clone().into());
    let mut path = OsString::from(tools.join("bin"));
    path.push(if cfg!(windows) { ";" } else { ":" });
    path.push(env::var_os("PATH").unwrap_or_default());
    let mut steps = vec![install];
    for target in entries(&root.join("fuzz").join("fuzz_targets"))? {
        let name = target.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        // What a run finds worth keeping, and then the seeds.
        let corpus = output_folder(root, "fuzz").join(&name);
        fs::create_dir_all(&corpus).map_err(|error| failure(&corpus, &error))?;
        let mut step = Step::cargo(format!("fuzz {name}"), &["fuzz", "run", "--sanitizer", "none", &name]);
        step.arguments.extend([corpus.into(), root.join("fuzz").join("seeds").join(&name).into()]);
        // The same bytes in every run, as far as the time reaches.
        let limits =
            ["--", FUZZ_SECONDS, "-seed=1", "-timeout=10", "-rss_limit_mb=512", "-malloc_limit_mb=300"];
        step.arguments.extend(limits.map(OsString::from));
        step.environment = Some(("PATH", path.clone()));
        steps.push(step);
    }
    Ok(steps)
}

fn ci_steps(root: &Path) -> Result<Vec<Step>, String> {
    let mut steps = vec![
        Step::cargo("format", &["fmt", "--all", "--check"]),
        // Of benches, too: they compile.
        Step::cargo("clippy", &["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"]),
        Step {
            environment: Some(("RUSTDOCFLAGS", "-D warnings".into())),
            ..Step::cargo("rustdoc", &["doc", "--workspace", "--no-deps"])
        },
    ];
    steps.extend(test_steps(root)?);
    steps.extend(fuzz_steps(root)?);
    let folder = output_folder(root, "report");
    let mut report = Step::cargo("report", &["run", "--release", "--", "reproduce", "--quick", "--out"]);
    report.arguments.push(folder.clone().into());
    report.check = Check::Makes { folder, file: "index.html" };
    steps.push(report);
    Ok(steps)
}

fn output_folder(root: &Path, name: &str) -> PathBuf {
    root.join("target").join("xtask").join(name)
}

/// Where Cargo leaves everything.
fn target(root: &Path) -> PathBuf {
    env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from)
}

/// The program of an example, with checks compiled in.
fn built_example(root: &Path, name: &str) -> PathBuf {
    target(root).join("debug").join("examples").join(format!("{name}{}", env::consts::EXE_SUFFIX))
}

/// Package and name of every example in `crates/*/examples`, sorted: files, and folders with a `main.rs`.
fn examples(root: &Path) -> Result<Vec<(String, String)>, String> {
    let mut found = Vec::new();
    for package in entries(&root.join("crates"))? {
        let folder = package.join("examples");
        if !folder.is_dir() {
            continue;
        }
        let manifest = package.join("Cargo.toml");
        let text = fs::read_to_string(&manifest).map_err(|error| failure(&manifest, &error))?;
        let name = package_name(&text).ok_or_else(|| format!("{}: no package name", manifest.display()))?;
        for entry in entries(&folder)? {
            let is_file = entry.extension().is_some_and(|extension| extension == "rs");
            if let Some(stem) = entry.file_stem()
                && (is_file || entry.join("main.rs").is_file())
            {
                found.push((name.to_owned(), stem.to_string_lossy().into_owned()));
            }
        }
    }
    Ok(found)
}

fn entries(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let read = || -> std::io::Result<Vec<PathBuf>> {
        fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect()
    };
    let mut paths = read().map_err(|error| failure(folder, &error))?;
    paths.sort();
    Ok(paths)
}

/// The wheel in a folder that has one.
fn only_wheel(folder: &Path) -> Result<PathBuf, String> {
    let mut wheels = entries(folder)?;
    wheels.retain(|path| path.extension().is_some_and(|extension| extension == "whl"));
    match wheels.pop() {
        Some(wheel) if wheels.is_empty() => Ok(wheel),
        Some(_) => Err(format!("{} has several wheels", folder.display())),
        None => Err(format!("{} has no wheel", folder.display())),
    }
}

fn failure(path: &Path, error: &std::io::Error) -> String {
    format!("{}: {error}", path.display())
}

/// The first `name = "…"` of a manifest, which is the package's: `[package]` comes first in ours.
fn package_name(manifest: &str) -> Option<&str> {
    manifest.lines().find_map(|line| line.strip_prefix("name = \"")?.strip_suffix('"'))
}

/// Runs the steps up to the first failure and prints the summary.
fn run(root: &Path, steps: &[Step]) -> ExitCode {
    let begin = Instant::now();
    let mut summary = Vec::new();
    let mut failed = None;
    for (number, step) in steps.iter().enumerate() {
        if failed.is_some() {
            summary.push(format!("  NOT RUN          {}", step.name));
            continue;
        }
        println!("\n[{}/{}] {}", number + 1, steps.len(), step.name);
        let (outcome, time) = timed(|| step.run(root));
        match outcome {
            Ok(note) => summary.push(format!("  ok     {}  {}{note}", seconds(time), step.name)),
            Err(message) => {
                println!("\nfailed: {}: {message}", step.name);
                summary.push(format!("  FAILED {}  {}: {message}", seconds(time), step.name));
                failed = Some(&step.name);
            }
        }
    }
    println!("\nsummary");
    for line in summary {
        println!("{line}");
    }
    println!("  total  {}", seconds(begin.elapsed()));
    match failed {
        None => ExitCode::SUCCESS,
        Some(name) => {
            eprintln!("error: step `{name}` failed");
            ExitCode::FAILURE
        }
    }
}

/// Removes what an earlier run left in a folder of ours, and makes the folder above it.
fn fresh(folder: &Path) -> std::io::Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder)?;
    }
    folder.parent().map_or(Ok(()), fs::create_dir_all)
}

fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let begin = Instant::now();
    (work(), begin.elapsed())
}

fn seconds(time: Duration) -> String {
    format!("{:>6.1} s", time.as_secs_f64())
}

impl Step {
    /// Runs the step in the workspace root; returns what the summary adds to its name.
    fn run(&self, root: &Path) -> Result<String, String> {
        if let Check::Makes { folder, .. } | Check::MakesWheel { folder } = &self.check {
            fresh(folder).map_err(|error| failure(folder, &error))?;
        }
        let cargo = || PathBuf::from(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        let mut command = Command::new(self.program.clone().unwrap_or_else(cargo));
        let folder = self.folder.as_deref().map_or_else(|| root.to_owned(), |folder| root.join(folder));
        let wheel = self.wheel.as_deref().map(only_wheel).transpose()?;
        let arguments: Vec<OsString> = self
            .arguments
            .iter()
            .cloned()
            .chain(wheel.map(|path| {
                let mut argument = path.into_os_string();
                argument.push("[test]");
                argument
            }))
            .collect();
        command.args(&arguments).current_dir(folder);
        // What Cargo told this program about itself is no business of the programs that it starts.
        command.env_remove("CARGO_MANIFEST_DIR").env_remove("CARGO_MANIFEST_PATH");
        let mut shown = String::from("$ ");
        if let Some((name, value)) = &self.environment {
            command.env(name, value);
            shown += &format!("{name}='{}' ", value.to_string_lossy());
        }
        shown += &self.program.as_deref().map_or("cargo".into(), Path::to_string_lossy);
        for argument in &arguments {
            shown.push(' ');
            shown += &argument.to_string_lossy();
        }
        println!("{shown}");

        let mut tests = Tests::default();
        let status = if matches!(self.check, Check::Tests) {
            // Read along, and pass on line by line.
            let mut child = command.stdout(Stdio::piped()).spawn().map_err(|error| error.to_string())?;
            for line in child.stdout.take().into_iter().flat_map(|output| BufReader::new(output).lines()) {
                let line = line.map_err(|error| error.to_string())?;
                println!("{line}");
                tests.read(&line);
            }
            child.wait()
        } else {
            command.status()
        };
        let status = status.map_err(|error| error.to_string())?;
        if !status.success() {
            return Err(format!("{status}"));
        }
        match &self.check {
            Check::Status => Ok(String::new()),
            Check::Tests if tests.passed == 0 => Err("no test was run".to_owned()),
            Check::Tests => Ok(format!(": {} passed, {} ignored", tests.passed, tests.ignored)),
            Check::Makes { folder, file } => {
                let path = folder.join(file);
                let size = fs::metadata(&path).map_err(|error| failure(&path, &error))?.len();
                if size == 0 {
                    return Err(format!("{} is empty", path.display()));
                }
                Ok(format!(": {file}, {size} bytes"))
            }
            Check::MakesWheel { folder } => {
                let path = only_wheel(folder)?;
                Ok(format!(": {}", path.file_name().unwrap_or_default().to_string_lossy()))
            }
        }
    }
}

/// Sums over the closing lines of the test runner, one for each test program.
#[derive(Debug, Default, PartialEq, Eq)]
struct Tests {
    passed: u64,
    ignored: u64,
}

impl Tests {
    /// Takes in a line such as `test result: ok. 12 passed; 0 failed; 1 ignored; …`, and no other.
    fn read(&mut self, line: &str) {
        let Some(counts) = line.strip_prefix("test result: ") else { return };
        for count in counts.split([';', '.']) {
            match count.trim().split_once(' ') {
                Some((number, "passed")) => self.passed += number.parse().unwrap_or(0),
                Some((number, "ignored")) => self.ignored += number.parse().unwrap_or(0),
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn closing_lines_are_summed_and_others_ignored() {
        let mut tests = Tests::default();
        for line in [
            "running 3 tests",
            "test passes ... ok",
            "test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.31s",
            "test result: ok. 30 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 9.05s",
            "5 passed",
        ] {
            tests.read(line);
        }
        assert_eq!(tests, Tests { passed: 42, ignored: 1 });
    }

    #[test]
    fn package_name_is_the_first_name() {
        let manifest = "[package]\nname = \"one\"\n[[bin]]\nname = \"two\"\n";
        assert_eq!(package_name(manifest), Some("one"));
        assert_eq!(package_name("[package]\nversion = \"1\"\n"), None);
    }

    /// The workspace has examples, and the check is found where this file says it is.
    #[test]
    fn examples_of_the_workspace_are_found() {
        let found = examples(&workspace_root()).expect("readable workspace");
        assert!(found.iter().any(|(package, example)| package == "spurious-plot" && example == "gallery"));
    }
}
