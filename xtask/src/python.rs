//! The Python package: built as users get it, installed into an environment of its own, and tested there, with its notebooks.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::{Check, Step, output_folder};

/// The oldest Python that the wheel is for.
const OLDEST: (u32, u32) = (3, 11);

/// The package, from the root of the workspace.
const PACKAGE: &str = "crates/spurious-python";

/// The wheel, installed, its tests with those of the notebooks, and the checks of its types.
pub(crate) fn steps(root: &Path) -> Result<Vec<Step>, String> {
    println!(
        "not checked: the notebook that compares with PyTorch, which is a large download (cargo xtask pytorch)"
    );
    let mut steps = installed(root)?;
    let mypy = ["--config-file", "pyproject.toml"];
    let mut pyright = inside(root, "python: pyright", "pyright", &["--warnings", "--pythonpath"]);
    pyright.arguments.push(scripts(root).join("python").into());
    steps.extend([
        inside(root, "python: tests", "pytest", &["--quiet"]),
        inside(
            root,
            "python: stubs",
            "mypy.stubtest",
            &[
                "spurious",
                "--mypy-config-file",
                "pyproject.toml",
                "--allowlist",
                "tests/stubtest-allowlist.txt",
            ],
        ),
        inside(root, "python: mypy", "mypy", &mypy),
        pyright,
    ]);
    Ok(steps)
}

/// The wheel, installed beside PyTorch, and the notebook that needs both.
pub(crate) fn pytorch_steps(root: &Path) -> Result<Vec<Step>, String> {
    let mut steps = installed(root)?;
    steps.extend([
        inside(root, "python: PyTorch", "pip", &["install", "--quiet", "torch>=2.1"]),
        inside(root, "python: notebook with PyTorch", "pytest", &["--quiet", "-m", "pytorch"]),
    ]);
    Ok(steps)
}

/// An environment below `target/`, with the wheel and what its tests need. PyPI is asked through pip as it is configured on this machine.
fn installed(root: &Path) -> Result<Vec<Step>, String> {
    let python = interpreter()?;
    let (environment, wheels) = (output_folder(root, "python"), output_folder(root, "wheels"));
    let mut make = Step::program("python: environment", python, &["-m", "venv"]);
    make.arguments.push(environment.clone().into());
    make.check = Check::Makes { folder: environment.clone(), file: "pyvenv.cfg" };
    let mut build = Step {
        environment: Some(("VIRTUAL_ENV", environment.into())),
        ..Step::program(
            "python: wheel",
            scripts(root).join("maturin"),
            &["build", "--release", "--manifest-path"],
        )
    };
    build.arguments.extend([
        Path::new(PACKAGE).join("Cargo.toml").into(),
        "--out".into(),
        wheels.clone().into(),
    ]);
    build.check = Check::MakesWheel { folder: wheels.clone() };
    let install = Step {
        wheel: Some(wheels),
        ..inside(root, "python: wheel installed", "pip", &["install", "--quiet"])
    };
    Ok(vec![
        make,
        inside(root, "python: maturin", "pip", &["install", "--quiet", "maturin>=1.16,<2"]),
        build,
        install,
    ])
}

/// A module of Python, run in the environment and in the folder of the package.
fn inside(root: &Path, name: &str, module: &str, arguments: &[&str]) -> Step {
    let mut all = vec!["-m", module];
    all.extend_from_slice(arguments);
    Step { folder: Some(PACKAGE.into()), ..Step::program(name, scripts(root).join("python"), &all) }
}

/// Where the environment has its programs.
fn scripts(root: &Path) -> PathBuf {
    output_folder(root, "python").join(if cfg!(windows) { "Scripts" } else { "bin" })
}

/// The Python that the environment is made of: `PYTHON` if that is set, else the first on the path that is new enough.
fn interpreter() -> Result<PathBuf, String> {
    let given = std::env::var_os("PYTHON").map(PathBuf::from);
    let names =
        ["python3", "python", "python3.14", "python3.13", "python3.12", "python3.11"].map(PathBuf::from);
    let candidates = given.clone().map_or_else(|| names.to_vec(), |given| vec![given]);
    let found = candidates.into_iter().find(|python| version(python).is_some_and(|found| found >= OLDEST));
    found.ok_or_else(|| {
        let (major, minor) = OLDEST;
        match given {
            Some(given) => format!("PYTHON is {}, which is no Python {major}.{minor} or later", given.display()),
            None => format!(
                "the Python package cannot be tested: there is no Python {major}.{minor} or later on the path; install one, or name it \
                 with PYTHON"
            ),
        }
    })
}

/// The version that an interpreter says it has.
fn version(python: &Path) -> Option<(u32, u32)> {
    let code = "import sys; print(sys.version_info[0], sys.version_info[1])";
    let output = Command::new(python).args(["-c", code]).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let (major, minor) = text.trim().split_once(' ')?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}
