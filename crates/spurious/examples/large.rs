//! How long the stages of a fit take on many rows of 125 numbers, which are handed over in blocks.
//!
//! `cargo run --release --example large 25 1000000`: patches of 25 numbers, a million rows

use std::ops::ControlFlow;
use std::sync::Mutex;
use std::time::Instant;

use rayon::prelude::*;
use spurious::fit::{Inputs, Options, Planted, Rows, SampleSource, Validation, Values, Windows, analyse};
use spurious::model::Cell;
use spurious::{Error, Monitor};

const WIDTH: usize = 125;
/// Rows that are handed over at once, a multiple of every block.
const AT_ONCE: usize = 1 << 14;

/// Rows that lie in memory in single precision, as in a file, so that the time is that of the fit.
struct Blocks {
    values: Vec<f32>,
    target: Vec<f64>,
    windows: Windows,
}

impl SampleSource for Blocks {
    type Error = Error;

    fn windows(&self) -> &Windows {
        &self.windows
    }

    fn samples(&self) -> u64 {
        self.target.len() as u64
    }

    fn pass(
        &mut self,
        _block: usize,
        visit: &mut dyn FnMut(Rows<'_>) -> ControlFlow<()>,
    ) -> Result<(), Error> {
        for (values, target) in self.values.chunks(AT_ONCE * WIDTH).zip(self.target.chunks(AT_ONCE)) {
            let rows = Rows { values: Values::F32(values), stride: WIDTH, target, weights: None };
            if visit(rows).is_break() {
                break;
            }
        }
        Ok(())
    }
}

/// Prints each stage with its seconds.
struct Stages(Mutex<(Instant, String)>);

impl Monitor for Stages {
    fn begin(&self, stage: &str, _total: Option<u64>) {
        if let Ok(mut now) = self.0.lock() {
            println!("{:8.2} s  {}", now.0.elapsed().as_secs_f64(), now.1);
            *now = (Instant::now(), stage.to_owned());
        }
    }
}

fn main() -> Result<(), Error> {
    let mut arguments = std::env::args().skip(1).map(|argument| argument.parse().expect("a number"));
    let patch_len = arguments.next().unwrap_or(25);
    let samples = arguments.next().unwrap_or(200_000);
    let cell = Cell::new(patch_len, WIDTH / patch_len, 2.0, 1.0)?;
    let planted = Planted::new(&cell, Inputs::Gaussian, 0.5, 1)?;
    let (mut values, mut target) = (vec![0.0; samples * WIDTH], vec![0.0; samples]);
    values
        .par_chunks_mut(AT_ONCE * WIDTH)
        .zip(target.par_chunks_mut(AT_ONCE))
        .enumerate()
        .try_for_each(|(n, (values, target))| planted.fill_single((n * AT_ONCE) as u64, values, target))?;
    let mut source = Blocks { values, target, windows: planted.windows()? };
    let begin = Instant::now();
    let stages = Stages(Mutex::new((begin, "start".to_owned())));
    let analysis = analyse(&mut source, &Options::default(), Validation::HoldOut(0.2), &stages)?;
    stages.begin("end", None);
    println!("{:8.2} s  all of it; R² {:?}", begin.elapsed().as_secs_f64(), analysis.scores);
    Ok(())
}
