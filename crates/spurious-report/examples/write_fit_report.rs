//! What does the report on a fit look like? Plants a profile in a signal and a tile in images, with noise; fits both; and
//! writes both reports and a page that links to them into the folder given.

use std::path::{Path, PathBuf};
use std::{env, fs};

use rand_distr::{Distribution, StandardNormal};
use spurious::fit::{
    InMemory, Labels, Network, Options, Rows, Validation, Values, Windows, analyse, predict,
};
use spurious::numerics::random::stream;
use spurious_report::fit::{FitReport, fit_files};

const SAMPLES: usize = 1500;
const SHARE: f64 = 0.25;

/// A network, and the rows that it is planted in.
struct Experiment {
    name: &'static str,
    windows: Windows,
    teacher: Network,
    noise: f64,
}

fn experiments() -> Result<[Experiment; 2], spurious::Error> {
    let profile = (0..16).map(|t| (0.4 * f64::from(t)).sin() * (-0.1 * f64::from(t)).exp()).collect();
    let weights = (0..12).map(|j| 1.0 - f64::from(j) / 6.0).collect();
    let signal = Experiment {
        name: "signal",
        windows: Windows::consecutive(16 * 12, 16)?,
        teacher: Network::new(profile, weights),
        noise: 0.5,
    };
    let edge = vec![-1.0, 0.0, 1.0, -2.0, 0.0, 2.0, -1.0, 0.0, 1.0];
    let centre = (0..20).map(|j| if [6, 7, 8, 11, 12, 13].contains(&j) { 1.0 } else { 0.0 }).collect();
    let image = Experiment {
        name: "image",
        windows: Windows::tiles(12 * 15, [12, 15], [3, 3])?,
        teacher: Network::new(edge, centre),
        noise: 1.5,
    };
    Ok([signal, image])
}

fn write(folder: &Path, path: &str, bytes: &[u8]) -> std::io::Result<()> {
    let path = folder.join(path);
    fs::create_dir_all(path.parent().unwrap_or(folder))?;
    fs::write(path, bytes)
}

impl Experiment {
    fn write(&self, folder: &Path) -> Result<(), Box<dyn std::error::Error>> {
        let width = self.windows.width();
        let mut random = stream(1, 7, 0);
        let mut normal = || -> f64 { StandardNormal.sample(&mut random) };
        let values: Vec<f64> = (0..SAMPLES * width).map(|_| normal()).collect();
        let rows = |target| Rows { values: Values::F64(&values), stride: width, target, weights: None };
        let zeros = vec![0.0; SAMPLES];
        let exact = predict(rows(&zeros), &self.windows, &self.teacher)?;
        let target: Vec<f64> = exact.iter().map(|y| y + self.noise * normal()).collect();

        let (options, validation) = (Options::default(), Validation::HoldOut(SHARE));
        let mut data = InMemory::new(rows(&target), self.windows.clone())?;
        let analysis = analyse(&mut data, &options, validation, &())?;

        let columns: Vec<String> = (1..=width).map(|i| format!("x{i}")).collect();
        let report = FitReport {
            analysis: &analysis,
            data_name: self.name,
            target_name: "response",
            labels: &Labels::Numbers,
            columns: &columns,
            options: &options,
            validation,
        };
        let command = "cargo run --release -p spurious-report --example write_fit_report -- FOLDER";
        for file in fit_files(&report, "{}\n".into(), command, env!("CARGO_PKG_VERSION")) {
            write(&folder.join(self.name), &file.path, &file.bytes)?;
        }
        println!("{}: {}, R² {:.3}", self.name, analysis.fit.search.restart(), analysis.scores.train);
        Ok(())
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = PathBuf::from(env::args().nth(1).ok_or("usage: write_fit_report FOLDER")?);
    let mut links = String::new();
    for experiment in experiments()? {
        experiment.write(&folder)?;
        links += &format!("<li><a href=\"{0}/index.html\">{0}</a></li>\n", experiment.name);
    }
    let page = format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"/><title>Two fits</title></head>\n\
         <body>\n<h1>Two fits</h1>\n<ul>\n{links}</ul>\n</body>\n</html>\n"
    );
    write(&folder, "index.html", page.as_bytes())?;
    Ok(())
}
