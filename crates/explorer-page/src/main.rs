//! Puts the page of the explorer into one file: `explorer-page FOLDER MODULE OUTPUT [KEPT]`.
//!
//! `FOLDER` has `index.html`, styles and scripts, `MODULE` is WebAssembly. What is replaced in `index.html` is written in the README of the
//! folder. With `KEPT`, another such file, both are compared: all but the module has to be the same, and of the module it is said whether it is.
//! `cargo xtask web` runs this program.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::{env, fs};

mod modules;
mod page;
mod sha256;

fn main() -> ExitCode {
    let arguments: Vec<PathBuf> = env::args_os().skip(1).map(PathBuf::from).collect();
    let (arguments, kept) = arguments.split_at(arguments.len().min(3));
    let [folder, module, output] = arguments else {
        eprintln!("usage: explorer-page FOLDER MODULE OUTPUT [KEPT]");
        return ExitCode::from(2);
    };
    match written(folder, module, output, kept.first().map(PathBuf::as_path)) {
        Ok(said) => {
            println!("{said}");
            ExitCode::SUCCESS
        }
        Err(message) => {
            eprintln!("error: {message}");
            ExitCode::FAILURE
        }
    }
}

fn written(folder: &Path, module: &Path, output: &Path, kept: Option<&Path>) -> Result<String, String> {
    let failure = |path: &Path, error: &std::io::Error| format!("{}: {error}", path.display());
    let read = |path: &Path| fs::read(path).map_err(|error| failure(path, &error));
    let read_text =
        |path: &Path| String::from_utf8(read(path)?).map_err(|_| format!("{} is not UTF-8", path.display()));
    let module = read(module)?;
    let packed = page::packed(&module);
    let page = page::assembled(&|name: &str| read_text(&folder.join(name)), &packed)?;
    let above = output.parent().map_or(Ok(()), fs::create_dir_all);
    above.and_then(|()| fs::write(output, &page)).map_err(|error| failure(output, &error))?;
    let kilobytes = |bytes: usize| format!("{:.1} kB", bytes as f64 / 1000.0);
    let said = format!(
        "{}: {}, of which {} are the module of {}",
        output.display(),
        kilobytes(page.len()),
        kilobytes(packed.len()),
        kilobytes(module.len())
    );
    let Some(kept) = kept else { return Ok(said) };
    match page::compared(&page, &read_text(kept)?) {
        page::Comparison::Same => Ok(format!("{said}\n{} has the same bytes", kept.display())),
        page::Comparison::OtherModule => {
            Ok(format!("{said}\n{} has a module of another toolchain or another library", kept.display()))
        }
        page::Comparison::Other => {
            Err(format!("{} is not what {} makes: run cargo xtask web", kept.display(), folder.display()))
        }
    }
}
