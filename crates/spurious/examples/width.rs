//! How often does a wider student recover the teacher, and how fast is that counted?

use std::time::Instant;

use spurious::Cell;
use spurious::width::{OutputScale, WidthEnsemble};

fn main() -> Result<(), spurious::Error> {
    let cell = Cell::new(5, 25, 1.0, 1.0)?;
    let runs = 20_000;
    println!("p = 5, k = 25, ρ = 1, η = 0.05, {runs} runs each");
    for filters in 1..=4 {
        let begin = Instant::now();
        let ensemble = WidthEnsemble::new(cell, filters, OutputScale::Divided, 0.05, 1)?;
        let counts = ensemble.counts(0..runs, &())?;
        let rate = runs as f64 / begin.elapsed().as_secs_f64();
        println!(
            "{filters} filters: {:.4}, undecided {}, {rate:.0} runs/s",
            counts.probability(),
            counts.undecided
        );
    }
    Ok(())
}
