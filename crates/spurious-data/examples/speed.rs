//! How fast are tables read, and how fast written?
//!
//! `cargo run --release -p spurious-data --example speed [FOLDER]` writes a table of some 160 MB in every format and reads it
//! again. Rates are in megabytes of numbers in memory (eight bytes each) a second; the files were just written, so that
//! they come from the cache of the file system.

use std::ops::ControlFlow;
use std::path::PathBuf;
use std::time::Instant;

use spurious_data::{Columns, Error, Layout, Precision, Reader, Request, Values, Writer};

const COLUMNS: usize = 20;
const ROWS: usize = 1_000_000;
const ROWS_AT_ONCE: usize = 8192;

fn main() -> Result<(), Error> {
    let folder = std::env::args_os().nth(1).map_or_else(std::env::temp_dir, PathBuf::from);
    let block: Vec<f64> = (0..ROWS_AT_ONCE * COLUMNS).map(|i| (i as f64 * 0.618).sin()).collect();
    let columns = Columns { features: (0..COLUMNS).map(|i| format!("x{i}")).collect(), ..Columns::default() };
    let megabytes = (8 * ROWS * COLUMNS) as f64 / 1e6;
    println!(
        "{:10} {:>9} {:>12} {:>12} {:>14}",
        "format", "file, MB", "write, MB/s", "read, MB/s", "of file, MB/s"
    );
    for ending in ["npy", "npz", "parquet", "csv", "csv.gz"] {
        let path = folder.join(format!("spurious-speed.{ending}"));
        let start = Instant::now();
        let layout = Layout { columns: columns.clone(), precision: Precision::F64, rows: Some(ROWS as u64) };
        let mut writer = Writer::create(&path, &layout, true)?;
        let mut left = ROWS;
        while left > 0 {
            let rows = left.min(ROWS_AT_ONCE);
            writer.write(Values::F64(&block[..rows * COLUMNS]), None)?;
            left -= rows;
        }
        writer.finish()?;
        let written = start.elapsed().as_secs_f64();

        let mut reader = Reader::open(&path, &Request::default())?;
        let start = Instant::now();
        let rows = reader.pass(ROWS_AT_ONCE, &mut |_| ControlFlow::Continue(()))?;
        let read = start.elapsed().as_secs_f64();
        assert_eq!(rows, ROWS as u64);
        let file = std::fs::metadata(&path).map_or(0.0, |metadata| metadata.len() as f64 / 1e6);
        println!(
            "{ending:10} {file:9.0} {:12.0} {:12.0} {:14.0}",
            megabytes / written,
            megabytes / read,
            file / read
        );
        let _ = std::fs::remove_file(path);
    }
    Ok(())
}
