//! The error type of the crate.

use std::io;
use std::path::{Path, PathBuf};

use spurious::export::plain;

use crate::plan::Shard;
use crate::settings::{LARGEST_GRID, LARGEST_RUNS, LARGEST_SHARDS};

/// Why a sweep was refused, or could not continue. The message names the value or the file, and says what to do next.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct Error(#[from] Kind);

impl Error {
    /// Whether the input is wrong, rather than the state of the machine.
    pub fn is_input(&self) -> bool {
        match &self.0 {
            Kind::Model(error) => {
                !matches!(error, spurious::Error::NoSeparatrix { .. } | spurious::Error::Cancelled)
            }
            Kind::Data(error) => error.is_input(),
            Kind::Read { source, .. } => source.kind() == io::ErrorKind::NotFound, // a name that was mistyped
            Kind::Write { .. } | Kind::InUse { .. } => false,
            _ => true,
        }
    }

    /// Whether the monitor cancelled the work.
    pub fn is_cancelled(&self) -> bool {
        matches!(self.0, Kind::Model(spurious::Error::Cancelled))
    }

    pub(crate) fn kind(self) -> Kind {
        self.0
    }

    /// The file system's reason for not writing `path`.
    pub(crate) fn writing(path: &Path) -> impl FnOnce(io::Error) -> Self + '_ {
        move |source| Kind::Write { path: path.to_owned(), source }.into()
    }

    /// The file system's reason for not reading `path`.
    pub(crate) fn reading(path: &Path) -> impl FnOnce(io::Error) -> Self + '_ {
        move |source| Kind::Read { path: path.to_owned(), source }.into()
    }
}

impl From<spurious::Error> for Error {
    fn from(error: spurious::Error) -> Self {
        Self(Kind::Model(error))
    }
}

impl From<spurious_data::Error> for Error {
    fn from(error: spurious_data::Error) -> Self {
        Self(Kind::Data(error))
    }
}

/// What went wrong.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Kind {
    #[error(transparent)]
    Model(spurious::Error),
    #[error(transparent)]
    Data(spurious_data::Error),

    // Settings
    #[error("runs {runs} is not a whole number from 1 to {}", plain(LARGEST_RUNS as f64))]
    Runs { runs: u64 },
    #[error("interval width {width} is not between 0 and 1")]
    Until { width: f64 },
    #[error("convergence tolerance {tolerance} is not between 0 and 1")]
    Convergence { tolerance: f64 },
    #[error("the grid is empty: give at least one {name}")]
    EmptyList { name: &'static str },
    #[error("a grid of {product} = {cells} cells is too large: use at most {} cells", plain(LARGEST_GRID as f64))]
    GridTooLarge { product: String, cells: u128 },
    #[error(
        "none of the {cells} cells of the grid is possible: use sum ratios that are no larger than the number of patches"
    )]
    NothingPossible { cells: u64 },
    #[error(
        "the full engine would compute with {numbers} numbers, more than {limit}: use the default engine, which needs five"
    )]
    NetworkTooLarge { numbers: usize, limit: usize },
    #[error("shard {number}/{of} does not exist: use 1/{count} to {count}/{count}", count = (*of).clamp(1, LARGEST_SHARDS))]
    Shard { number: u64, of: u64 },
    #[error("{of} shards are too many: use at most {LARGEST_SHARDS}")]
    TooManyShards { of: u64 },
    #[error("records need a folder: name one")]
    RecordsNeedAStore,

    // Stores
    #[error("cannot write into the folder {}: {source}", path.display())]
    Folder { path: PathBuf, source: io::Error },
    #[error("there is no folder {} to write into", path.display())]
    NoParent { path: PathBuf },
    #[error("{} is not a folder: name another one", path.display())]
    NotAFolder { path: PathBuf },
    #[error("{} exists but holds no sweep: name another folder", path.display())]
    NotAStore { path: PathBuf },
    #[error(
        "{} holds results but no logs, so the sweep cannot be resumed: use --force to start over, or name another folder",
        path.display()
    )]
    ResultsOnly { path: PathBuf },
    #[error("{} holds results already: use --force to replace them", path.display())]
    ResultsExist { path: PathBuf },
    #[error(
        "{} belongs to another sweep, with {name} {stored} instead of {given}: use the same settings, name another folder, \
         or use --force to start over",
        path.display()
    )]
    Differs { path: PathBuf, name: String, stored: String, given: String },
    #[error(
        "{} holds shards of a sweep divided into {stored} instead of {given}: use the same number, or name another folder",
        path.display()
    )]
    OtherDivision { path: PathBuf, stored: u64, given: u64 },
    #[error("{} has format version {found}: this program reads version {expected}", path.display())]
    Version { path: PathBuf, found: u64, expected: u64 },
    #[error("{} is not a log of a sweep", path.display())]
    NotALog { path: PathBuf },
    #[error(
        "{} is damaged at byte {offset}: restore an intact copy, or start this shard over with --force",
        path.display()
    )]
    Damaged { path: PathBuf, offset: u64 },
    #[error("{} is a folder, but a file of results needs this name: move the folder away", path.display())]
    FolderNamedAsResults { path: PathBuf },
    #[error("{} is missing or incomplete: restore it, or start this shard over with --force", path.display())]
    RecordsMissing { path: PathBuf },
    #[error("another process is writing {}: wait for it to end, or name another folder", path.display())]
    InUse { path: PathBuf },

    #[error(
        "the sweep was begun by {begun}, but this worker has {here}, which may compute other bits: use workers that are alike"
    )]
    OtherBits { begun: String, here: String },

    // Merging
    #[error("{} holds no shards of a sweep", path.display())]
    NoShards { path: PathBuf },
    #[error("shard {shard} was given twice, in {} and {}: name it once", first.display(), second.display())]
    ShardTwice { shard: Shard, first: PathBuf, second: PathBuf },
    #[error("shard {} of {of} is missing: name its folder too", listed(missing))]
    ShardMissing { missing: Vec<u64>, of: u64 },
    #[error(
        "{} belongs to another sweep than the first shard, with {name} {found} instead of {first}: name the shards of one sweep",
        path.display()
    )]
    NotOneSweep { path: PathBuf, name: String, found: String, first: String },
    #[error("shard {shard} is not complete: run its command again to resume it ({})", path.display())]
    Incomplete { shard: Shard, path: PathBuf },
    #[error(
        "shard {shard} has {found} runs of each cell, but another one has {most}: run it again with --runs {most} ({})",
        path.display()
    )]
    FewerRuns { shard: Shard, path: PathBuf, found: u64, most: u64 },

    // Files
    #[error("cannot read {}: {source}", path.display())]
    Read { path: PathBuf, source: io::Error },
    #[error("cannot write {}: {source}", path.display())]
    Write { path: PathBuf, source: io::Error },
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
