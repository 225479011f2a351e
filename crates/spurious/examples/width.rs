//! Does width help? How often students of several filters recover the teacher, beside the law of independent tickets, in cells and scalings
//! that differ; how fast that is counted; and where trapped runs end.
//!
//! `cargo run --release --example width -- 1e5` takes so many runs of each width.

use std::time::Instant;

use spurious::Cell;
use spurious::width::{OutputScale, WidthExperiment, WidthRow};

fn main() -> Result<(), spurious::Error> {
    let runs = std::env::args().nth(1).and_then(|runs| runs.parse::<f64>().ok()).unwrap_or(1e4) as u64;
    let step_size = 0.1;
    for scale in [OutputScale::Divided, OutputScale::Whole] {
        for (p, ratio) in [(3, 1.0), (5, 1.0), (20, 1.0), (3, 4.0), (5, 4.0), (20, 4.0)] {
            println!("p = {p}, k = 25, ρ = {ratio}, η = {step_size}, output weights {scale:?}");
            let cell = Cell::new(p, 25, ratio, 1.0)?;
            let experiment = WidthExperiment::new(cell, scale, step_size, runs, 1)?.with_traps(200);
            let single = experiment.single_probability(&())?;
            let mut rows = Vec::new();
            for filters in [1, 2, 3, 4] {
                let begin = Instant::now();
                rows.push(experiment.row(filters, single, &())?);
                eprintln!("{filters} filters: {:.0} runs/s", runs as f64 / begin.elapsed().as_secs_f64());
            }
            println!("{}", WidthRow::table(&rows).fitted(100));
            println!("{}", WidthRow::traps_table(&rows).fitted(150));
        }
    }
    Ok(())
}
