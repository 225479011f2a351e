//! The one error type of the crate.

use std::io;
use std::path::{Path, PathBuf};

use crate::plan::Shard;
use crate::settings::{LARGEST_GRID, LARGEST_RUNS, LARGEST_SHARDS};

/// What went wrong. Every variant names the value or the file, and what to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A cell or a step size that cannot be.
    #[error(transparent)]
    Model(#[from] spurious::Error),
    /// A table could not be written.
    #[error(transparent)]
    Data(#[from] spurious_data::Error),

    // Settings
    /// A number of runs outside the limits.
    #[error("runs {runs} is not a whole number from 1 to {LARGEST_RUNS}")]
    Runs {
        /// What was given.
        runs: u64,
    },
    /// A width that no interval has.
    #[error("width {width} of an interval is not between 0 and 1")]
    Until {
        /// What was given.
        width: f64,
    },
    /// A tolerance that nothing reaches, or everything.
    #[error("tolerance {tolerance} of convergence is not between 0 and 1")]
    Convergence {
        /// What was given.
        tolerance: f64,
    },
    /// A list without a value.
    #[error("the grid is empty: give at least one {name}")]
    EmptyList {
        /// What is missing.
        name: &'static str,
    },
    /// A grid of too many cells.
    #[error("a grid of {product} = {cells} cells is too large: at most {LARGEST_GRID}")]
    GridTooLarge {
        /// Lengths of the lists.
        product: String,
        /// Their product.
        cells: u128,
    },
    /// A grid of which nothing is left.
    #[error(
        "the grid is empty: none of its {cells} cells has a sum ratio that its number of patches can have"
    )]
    NothingPossible {
        /// Cells in all.
        cells: u64,
    },
    /// A network that the full engine will not carry.
    #[error(
        "the full engine would carry {numbers} numbers: at most {limit}; leave it out, five numbers give the same runs"
    )]
    NetworkTooLarge {
        /// What the largest cell has.
        numbers: usize,
        /// The limit.
        limit: usize,
    },
    /// A shard that is none.
    #[error("shard {number}/{of} does not exist: use 1/{count} to {count}/{count}", count = (*of).clamp(1, LARGEST_SHARDS))]
    Shard {
        /// Its number.
        number: u64,
        /// The number of shards.
        of: u64,
    },
    /// More shards than can be merged.
    #[error("{of} shards are too many: at most {LARGEST_SHARDS}")]
    TooManyShards {
        /// What was given.
        of: u64,
    },
    /// Records without a folder to write them to.
    #[error("records need a folder to be written to")]
    RecordsNeedAStore,

    // Stores
    /// A folder that cannot be made or written to.
    #[error("cannot write into the folder {}: {source}", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// The file system's reason.
        source: io::Error,
    },
    /// A folder to be made in a folder that is not there.
    #[error("there is no folder {} to write into", path.display())]
    NoParent {
        /// The folder that is missing.
        path: PathBuf,
    },
    /// A file where a folder is needed.
    #[error("{} is not a folder: name another one", path.display())]
    NotAFolder {
        /// The file.
        path: PathBuf,
    },
    /// A folder with something else in it.
    #[error("{} exists and holds no sweep: name another folder", path.display())]
    NotAStore {
        /// The folder.
        path: PathBuf,
    },
    /// Results whose logs are gone.
    #[error(
        "{} holds results but no logs to go on from: use --force to start over, or name another folder",
        path.display()
    )]
    ResultsOnly {
        /// The folder.
        path: PathBuf,
    },
    /// Results that are there already.
    #[error("{} holds results already: use --force to replace them", path.display())]
    ResultsExist {
        /// The folder.
        path: PathBuf,
    },
    /// A store of another sweep.
    #[error(
        "{} is of another sweep, with {name} {stored} instead of {given}: give the same settings, name another folder, \
         or use --force to start over",
        path.display()
    )]
    Differs {
        /// The log.
        path: PathBuf,
        /// The first setting that differs.
        name: String,
        /// Its value in the store.
        stored: String,
        /// Its value now.
        given: String,
    },
    /// Logs of different sweeps, given to be merged.
    #[error(
        "{} is of another sweep than the first shard, with {name} {found} instead of {first}: give the shards of one sweep",
        path.display()
    )]
    NotOneSweep {
        /// The log.
        path: PathBuf,
        /// The first setting that differs.
        name: String,
        /// Its value in the log.
        found: String,
        /// Its value in the log of the first shard.
        first: String,
    },
    /// A store that is divided into another number of shards.
    #[error(
        "{} holds shards of a sweep divided by {stored} instead of {given}: give the same number, or name another folder",
        path.display()
    )]
    OtherDivision {
        /// The folder.
        path: PathBuf,
        /// Shards in the store.
        stored: u64,
        /// Shards asked for.
        given: u64,
    },
    /// A log of another version of the format.
    #[error("{} has format version {found}: this program reads version {expected}", path.display())]
    Version {
        /// The log.
        path: PathBuf,
        /// Its version.
        found: u32,
        /// The one that is read.
        expected: u32,
    },
    /// A file that is no log.
    #[error("{} is not a log of a sweep", path.display())]
    NotALog {
        /// The file.
        path: PathBuf,
    },
    /// A log whose bytes are not those that were written.
    #[error(
        "{} is damaged at byte {offset}: put back an intact copy, or start this shard over with --force",
        path.display()
    )]
    Damaged {
        /// The log.
        path: PathBuf,
        /// Where the record begins that does not fit its checksum.
        offset: u64,
    },
    /// A file of results without its end.
    #[error("{} was cut at byte {offset}: run the sweep or the merge again to write it anew", path.display())]
    Cut {
        /// The file.
        path: PathBuf,
        /// Where it ends.
        offset: u64,
    },
    /// A folder that has the name of a file of results.
    #[error("{} is a folder, and results are to be written under this name: move it away", path.display())]
    InTheWay {
        /// The folder.
        path: PathBuf,
    },
    /// A batch of records that was removed or cut.
    #[error("{} is missing or was cut: put it back, or start this shard over with --force", path.display())]
    RecordsMissing {
        /// The file.
        path: PathBuf,
    },
    /// A shard that another process is working on.
    #[error("another process is writing {}: wait for it to end, or name another folder", path.display())]
    InUse {
        /// The log.
        path: PathBuf,
    },

    // Merging
    /// A folder without logs.
    #[error("{} holds no shards of a sweep", path.display())]
    NoShards {
        /// The folder.
        path: PathBuf,
    },
    /// A shard that was given twice.
    #[error("shard {shard} was given twice: {} and {}", first.display(), second.display())]
    ShardTwice {
        /// The shard.
        shard: Shard,
        /// Its log.
        first: PathBuf,
        /// Its other log.
        second: PathBuf,
    },
    /// A shard that is not there.
    #[error("shard {} of {of} is missing: name its folder too", listed(missing))]
    ShardMissing {
        /// The numbers of those that are missing.
        missing: Vec<u64>,
        /// How many there have to be.
        of: u64,
    },
    /// A shard that is not complete.
    #[error("shard {shard} is not complete: run it again to go on from where it stopped ({})", path.display())]
    Incomplete {
        /// The shard.
        shard: Shard,
        /// Its log.
        path: PathBuf,
    },

    // Files
    /// The file system refused to read.
    #[error("cannot read {}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The file system's reason.
        source: io::Error,
    },
    /// The file system refused to write.
    #[error("cannot write {}: {source}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// The file system's reason.
        source: io::Error,
    },
}

impl Error {
    /// Whether the input is wrong, and not the machine's state.
    pub fn is_input(&self) -> bool {
        match self {
            Self::Model(error) => !matches!(error, spurious::Error::NoSeparatrix { .. }),
            Self::Data(error) => error.is_input(),
            Self::Read { source, .. } => source.kind() == io::ErrorKind::NotFound, // a name that was mistyped
            Self::Write { .. } | Self::InUse { .. } => false,
            _ => true,
        }
    }

    /// The file system's reason for not writing `path`.
    pub(crate) fn writing(path: &Path) -> impl FnOnce(io::Error) -> Self + '_ {
        move |source| Self::Write { path: path.to_owned(), source }
    }

    /// The file system's reason for not reading `path`.
    pub(crate) fn reading(path: &Path) -> impl FnOnce(io::Error) -> Self + '_ {
        move |source| Self::Read { path: path.to_owned(), source }
    }
}

/// The first few numbers of a list.
fn listed(numbers: &[u64]) -> String {
    const SHOWN: usize = 8;
    let mut list = numbers.iter().take(SHOWN).map(u64::to_string).collect::<Vec<_>>().join(", ");
    if numbers.len() > SHOWN {
        list.push_str(&format!(" and {} more", numbers.len() - SHOWN));
    }
    list
}
