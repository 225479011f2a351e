//! What does the report look like? Writes it into the folder given; with `quick` the coarse one.

use std::path::PathBuf;
use std::{env, fs};

use spurious::Monitor;
use spurious_report::{ReportSettings, files, reproduce};

/// Names the stages of the work.
struct Stages;

impl Monitor for Stages {
    fn begin(&self, stage: &str, _: Option<u64>) {
        eprintln!("{stage}");
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = env::args().skip(1);
    let folder = PathBuf::from(arguments.next().ok_or("usage: write_report FOLDER [quick]")?);
    let settings =
        if arguments.next().is_some() { ReportSettings::quick() } else { ReportSettings::default() };
    let reproduction = reproduce(&settings, &Stages)?;
    let quick = if settings.quick { " quick" } else { "" };
    let command = format!("cargo run --release -p spurious-report --example write_report -- FOLDER{quick}");
    for file in files(&reproduction, &command, env!("CARGO_PKG_VERSION")) {
        let path = folder.join(&file.path);
        fs::create_dir_all(path.parent().ok_or("a path without folder")?)?;
        fs::write(path, file.bytes)?;
    }
    Ok(())
}
