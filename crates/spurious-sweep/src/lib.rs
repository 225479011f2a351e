//! Monte Carlo over a grid of cells. A sweep can be interrupted, killed, resumed, extended to more runs, divided among machines and
//! merged. Its results are the same bytes in all of these cases.
//!
//! ```
//! use std::ops::ControlFlow;
//! use spurious::ensemble::CellEstimate;
//! use spurious_sweep::{Sweep, SweepSettings};
//!
//! let settings = SweepSettings { runs: 1000, ..SweepSettings::grid(&[5], &[25, 36], &[0.0, 4.0], &[0.1]) };
//! let mut rows = Vec::new();
//! let mut keep = |row: &CellEstimate| {
//!     rows.push(row.clone());
//!     ControlFlow::Continue(())
//! };
//! Sweep::new(settings)?.run(&mut keep, &())?;
//! let row = &rows[1];
//! assert_eq!((rows.len(), row.patches, row.sum_ratio), (4, 25, 4.0));
//! assert!((row.estimate.probability - row.exact_probability.unwrap()).abs() < 0.06); // four standard errors
//! # Ok::<(), spurious_sweep::Error>(())
//! ```
//!
//! # How it works
//!
//! The [`SweepSettings`] determine everything. They define a grid of cells. A cell has a number of trials, each with its own random
//! stream, and trials are divided into blocks. Shard `i` of `n` takes every `n`-th block (every `n`-th cell if the number of trials is
//! decided by the width of an interval). Its blocks are computed in *batches*, in a fixed order. The result of a batch is appended to the
//! log of the shard as one line: for each cell, sums of whole numbers, and the exact value if the batch has the first trial of the cell.
//!
//! So the settings determine every byte of a log. Any process writes the same bytes to the same places, on any number of threads, after
//! any interruption. To resume, a process reads how far the log goes and continues. A merge reads the logs of all shards side by side, in
//! the order of cells, and adds them. Because all sums are of whole numbers, results do not depend on how the work was divided.
//!
//! A trial passes through these types: a [`Plan`] numbers cells and blocks, `Schedule` puts them into a `Batch`, `Work` does it with an
//! [`Ensemble`](spurious::ensemble::Ensemble), whose summaries become `CellSums`; `LogWriter` appends them, and
//! complete ones become a [`CellEstimate`](spurious::ensemble::CellEstimate), the row of the results.
//!
//! # The store
//!
//! ```text
//! FOLDER/shard-1-of-3.log         one for each shard
//! FOLDER/records/…                with records: a Parquet file for each batch
//! FOLDER/results.csv, .parquet, .json
//! FOLDER/steps.csv                with steps: their distribution
//! ```
//!
//! A log is text for `less`, `grep` and `wc -l`. Each line ends with its checksum, the CRC-32 of its number
//! (from 0, as eight bytes, the lowest first) and of the text before ` #`:
//!
//! ```text
//! {"format":2,"program":"0.1.0","arithmetic":…,"shard":{"number":1,"of":1},"settings":{…,"runs":1000,…}} #ea2af1e4
//! [[0,1000,482,518,[0.5,0.0],[]],[1,1000,737,263,[0.7278909763586014,2.4712221587274312e-11],[]]] #6d6d3c14
//! {"runs":2000} #0f37eac6
//! [[0,1000,503,497,null,[]],[1,1000,723,277,null,[]]] #b0f65344
//! ```
//!
//! The first line is the header, with version of the program, kind of machine, shard, and all settings. Then follows a line for
//! each batch, with a list for each of its cells: number of the cell, runs, runs that recover the teacher and that are
//! trapped, the exact probability with the bound on its error (or `null`), and what is observed beside the verdict, each as
//! `[sum, sum of squares, [[value, runs], …]]`. Numbers have the digits that read back to the same `f64`.
//!
//! **More runs.** A store is extended when it is opened with a larger number of runs and the same settings otherwise. The
//! earlier runs are completed first. Then a line `{"runs":…}` gives the new number of runs of each cell, and lines
//! for the missing trials follow. Trials keep their numbers, and blocks do not depend on the number of trials, so the results are
//! the same bytes as for a sweep with the larger number from the beginning; earlier results stay until then. (The logs differ, because
//! their batches differ.) Shards are extended one by one, each with the same command, and merged when all have the
//! larger number. Records of the new trials are further Parquet files. The number of runs cannot be
//! reduced. A sweep with a limit for the width of intervals ([`until`](SweepSettings::until)) cannot be extended, because the limit
//! determines when the interval of a cell is examined.
//!
//! **After a kill** only the last line may be incomplete. A resumed sweep drops it and continues; the batches in flight are lost. The
//! log is synchronised with the disk at most once a second. After a power failure the end of a file may be missing, zero or corrupt,
//! which is treated in the same way. Any other line that does not fit its checksum is damage, and is reported with file and place.
//!
//! **Two processes on one shard.** The log is locked while it is written (`flock`; a network file system of any age passes it
//! on to its server), and read through the handle that holds the lock, because Windows lets no other handle read. The kernel releases
//! the lock when its process ends, so no locks are left behind. Where a file system has no locks, or only locks within one machine,
//! nothing is lost: with the same settings both processes write the same bytes to the same places, and the work is only done twice.
//! Hidden files of a killed process (`.NAME.….part`) are removed by the next process that holds the lock: the lock of the log for
//! records, that of the folder for results.
//!
//! **On machines without a common folder** shards are computed with [`ShardFiles`]: the files of a shard travel as bytes, and the folder of
//! the sweep is only written by the process that collects them.

mod compute;
mod elsewhere;
mod error;
mod header;
mod log;
mod merge;
mod plan;
mod records;
mod results;
mod run;
mod schedule;
mod settings;
mod shard_log;
mod store;
mod sums;

pub use elsewhere::ShardFiles;
pub use error::Error;
pub use header::kind_of_machine;
pub use merge::Merge;
pub use plan::{Plan, Point, Shard};
pub use records::RECORDS;
pub use results::Results;
pub use run::{End, Progress, Sweep};
pub use settings::{LARGEST_GRID, LARGEST_RUNS, LARGEST_SHARDS, SweepSettings};
pub use store::Kept;
