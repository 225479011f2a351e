//! Monte Carlo over a grid of cells: a sweep that can be interrupted, killed, resumed, divided among machines and merged,
//! and whose results are the same bytes whichever of these happened.
//!
//! ```
//! use std::ops::ControlFlow;
//! use std::sync::atomic::AtomicBool;
//! use spurious_sweep::{Row, Settings, Sweep, Watch};
//!
//! struct Rows(Vec<Row>);
//! impl Watch for Rows {
//!     fn row(&mut self, row: &Row) -> ControlFlow<()> {
//!         self.0.push(row.clone());
//!         ControlFlow::Continue(())
//!     }
//! }
//!
//! let settings = Settings { runs: 1000, ..Settings::grid(&[5], &[25, 36], &[0.0, 4.0], &[0.1]) };
//! let mut rows = Rows(Vec::new());
//! Sweep::new(settings)?.run(&mut rows, &AtomicBool::new(false))?;
//! let row = &rows.0[1];
//! assert_eq!((rows.0.len(), row.patches, row.sum_ratio), (4, 25, 4.0));
//! assert!((row.probability - row.exact_probability.unwrap()).abs() < 0.06); // four standard errors
//! # Ok::<(), spurious_sweep::Error>(())
//! ```
//!
//! # How it works
//!
//! The [`Settings`] alone decide everything. They define a grid of cells; a cell is a number of trials, each with its own
//! random stream; trials are taken in blocks. A shard `i` of `n` takes every `n`-th block (every `n`-th cell if the number of
//! trials is decided on the way). Its blocks are done in *batches*, in a fixed order. What a batch found is appended to the
//! shard's log as one record: for each cell in it sums of whole numbers, and the exact value beside them if the batch holds
//! the cell's first trial.
//!
//! So a log is a sequence of bytes that is known before it is computed. Whoever works on it, on however many threads, and
//! interrupted wherever, writes the same bytes to the same places. A resume reads how far the log goes and continues. A merge
//! reads the logs of all shards side by side, in the order of cells, and adds. Since all sums are of whole numbers, results
//! do not depend on how the work was divided.
//!
//! # The store
//!
//! ```text
//! FOLDER/shard-1-of-3.log         one for each shard
//! FOLDER/records/…                with records: a Parquet file for each batch
//! FOLDER/results.sums             the sums of every cell, from which the files below are made
//! FOLDER/results.csv, .parquet, .json
//! FOLDER/steps.csv                with steps: their distribution
//! ```
//!
//! A log or a file of sums is
//!
//! ```text
//! "spursweep\n", u32 format version, u32 length of the header, header, u32 CRC of all before
//! record after record:  u32 length, u32 CRC of number and length,  payload,  u32 CRC of number and payload
//! ```
//!
//! with numbers little-endian, CRC-32, and records numbered from 0. The header is JSON: version of the program, kind of
//! machine, shard, and all settings, with the digits that read back to the same `f64`. The payload is numbers in groups of
//! seven bits (LEB128).
//!
//! **What a kill can do.** Nothing but cut the last record. A resume finds the cut, drops the piece and goes on; what is
//! lost are the batches in flight. The log is synchronised with the disk at most once a second. After a power failure the
//! end of a file may be missing or zero, which is a cut as well. Anything else that does not fit its CRC is damage, and is
//! reported with file and place.
//!
//! **Two processes on one shard.** The log is locked while it is written (`flock`; a network file system of any age passes it
//! on to its server). The lock is the kernel's and goes with its process, so that there are none left behind to be removed.
//! Where a file system has no locks, or keeps them to one machine, nothing is lost either: both processes write the same
//! bytes to the same places, and have only done the work twice.

mod cells;
mod codec;
mod compute;
mod error;
mod header;
mod hidden;
mod json;
mod log;
mod merge;
mod plan;
mod records;
mod results;
mod row;
mod runner;
mod schedule;
mod settings;
mod store;
mod stream;
mod tally;
pub mod values;

pub use error::Error;
pub use json::JsonWriter;
pub use merge::Merge;
pub use plan::{Plan, Point, Shard};
pub use results::Results;
pub use row::{Quantiles, Row};
pub use runner::{End, Progress, Sweep, Watch};
pub use settings::{LARGEST_GRID, LARGEST_RUNS, LARGEST_SHARDS, Settings};
pub use store::Opened;
