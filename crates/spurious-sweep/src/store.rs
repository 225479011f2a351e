//! The folder of a sweep.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use spurious::Monitor;

use crate::error::{Error, Kind};
use crate::header::{Extension, Header};
use crate::log::{LogReader, LogWriter, Position, line};
use crate::plan::{Plan, Shard};
use crate::settings::SweepSettings;
use crate::shard_log::{ShardLog, open_log};
use crate::{records, results};

/// The name of the log of a shard.
pub(crate) fn log_name(shard: Shard) -> String {
    format!("shard-{}-of-{}.log", shard.number, shard.of)
}

/// The log of a shard.
pub(crate) fn log_path(folder: &Path, shard: Shard) -> PathBuf {
    folder.join(log_name(shard))
}

/// The shards that have a log in a folder, in order.
pub(crate) fn shards_in(folder: &Path) -> Result<Vec<Shard>, Error> {
    Ok(shards_among(&names(folder)?))
}

fn shards_among(names: &[String]) -> Vec<Shard> {
    let shard = |name: &String| {
        let (number, of) = name.strip_prefix("shard-")?.strip_suffix(".log")?.split_once("-of-")?;
        Shard::new(number.parse().ok()?, of.parse().ok()?).ok()
    };
    let mut shards: Vec<Shard> = names.iter().filter_map(shard).collect();
    shards.sort_by_key(|shard| (shard.of, shard.number));
    shards
}

/// The names in a folder that are not hidden.
fn names(folder: &Path) -> Result<Vec<String>, Error> {
    let entries = fs::read_dir(folder).map_err(Error::reading(folder))?;
    let names = entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned());
    Ok(names.filter(|name| !name.starts_with('.')).collect())
}

/// The shards in the folder of a sweep that is begun or continued, which is divided into `of` shards if that is known.
pub(crate) fn shards_to_join(folder: &Path, of: Option<u64>) -> Result<Vec<Shard>, Error> {
    // Read once: other shards may begin meanwhile.
    let names = names(folder)?;
    let shards = shards_among(&names);
    check_division(folder, &shards, of)?;
    let path = folder.to_owned();
    if !shards.is_empty() || names.is_empty() {
        Ok(shards)
    } else if names.iter().any(|name| results::NAMES.contains(&name.as_str())) {
        Err(Kind::ResultsOnly { path }.into())
    } else {
        Err(Kind::NotAStore { path }.into())
    }
}

/// Refuses shards of another division.
fn check_division(folder: &Path, shards: &[Shard], of: Option<u64>) -> Result<(), Error> {
    let Some(given) = of.or_else(|| shards.first().map(|shard| shard.of)) else { return Ok(()) };
    match shards.iter().find(|shard| shard.of != given) {
        Some(other) => Err(Kind::OtherDivision { path: folder.to_owned(), stored: other.of, given }.into()),
        None => Ok(()),
    }
}

/// Creates a folder if it does not exist.
pub(crate) fn make_folder(folder: &Path) -> Result<(), Error> {
    if folder.is_dir() {
        return Ok(());
    }
    let parent = folder.parent().filter(|parent| !parent.as_os_str().is_empty());
    if let Some(parent) = parent.filter(|parent| !parent.is_dir()) {
        return Err(Kind::NoParent { path: parent.to_owned() }.into());
    }
    match fs::create_dir(folder) {
        Ok(()) => Ok(()),
        // Another shard may have created it at the same moment.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => match folder.is_dir() {
            true => Ok(()),
            false => Err(Kind::NotAFolder { path: folder.to_owned() }.into()),
        },
        Err(error) => Err(not_writable(folder)(error)),
    }
}

/// The file system's reason for not writing into a folder.
pub(crate) fn not_writable(folder: &Path) -> impl FnOnce(io::Error) -> Error + '_ {
    move |source| Kind::Folder { path: folder.to_owned(), source }.into()
}

/// Locks a file or a folder, and returns whether it is certainly locked; some file systems have no locks.
///
/// # Errors
/// If another process holds the lock.
pub(crate) fn lock(file: &File, path: &Path) -> Result<bool, Error> {
    match file.try_lock() {
        Ok(()) => Ok(true),
        Err(TryLockError::WouldBlock) => Err(Kind::InUse { path: path.to_owned() }.into()),
        Err(TryLockError::Error(_)) => Ok(false),
    }
}

/// Removes hidden files that killed processes have left, with names that begin with `prefix`. The caller has to hold their lock.
pub(crate) fn remove_leftovers(folder: &Path, prefix: &str) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        let target = name.strip_prefix('.').and_then(|name| name.strip_suffix(".part"));
        if target.is_some_and(|target| target.starts_with(prefix)) {
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// The state of a store when it was opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Kept {
    /// Whether an earlier sweep is resumed.
    pub resumed: bool,
    /// Number of runs that are kept.
    pub runs: u128,
    /// Number of bytes of an incomplete line at the end of the log. They are dropped, and the batch is computed again.
    pub torn_bytes: u64,
}

/// A store that is open for one shard.
#[derive(Debug)]
pub(crate) struct Store {
    pub(crate) folder: PathBuf,
    pub(crate) log: ShardLog,
    pub(crate) writer: LogWriter,
    pub(crate) kept: Kept,
}

impl Store {
    /// Opens the store of a shard, or creates it. With `force`, existing files of this shard are removed; for a sweep that is not divided,
    /// those of all shards.
    pub(crate) fn open(
        folder: &Path,
        plan: &Arc<Plan>,
        shard: Shard,
        force: bool,
        monitor: &dyn Monitor,
    ) -> Result<Self, Error> {
        make_folder(folder)?;
        results::check_names(folder)?;
        let shards = match force {
            false => shards_to_join(folder, Some(shard.of))?,
            // Other logs need not fit.
            true if shard.is_whole() => Vec::new(),
            true => {
                let mut others = shards_in(folder)?;
                others.retain(|&other| other != shard);
                check_division(folder, &others, Some(shard.of))?;
                others
            }
        };
        let header = Header::new(plan.settings(), shard);
        for &other in shards.iter().filter(|&&other| other != shard) {
            let path = log_path(folder, other);
            match open_log(&path) {
                Ok(Some((stored, ..))) => header.check_stored(&stored, &path)?,
                // Another shard has just begun it, and will compare it with this one.
                Ok(None) => {}
                // On Windows a locked file cannot be read by other handles. A merge will compare them.
                Err(error) => match error.kind() {
                    Kind::Read { .. } => {}
                    kind => return Err(kind.into()),
                },
            }
        }
        if force {
            clear(folder, shard)?;
        }
        Self::open_log(folder, plan, &header, monitor)
    }

    /// Locks the log, reads how far it goes, and continues there. It is read through the handle that holds the lock.
    fn open_log(
        folder: &Path,
        plan: &Arc<Plan>,
        header: &Header,
        monitor: &dyn Monitor,
    ) -> Result<Self, Error> {
        let shard = header.shard;
        let path = log_path(folder, shard);
        let (file, is_locked) = open_locked(folder, &path)?;
        let file = Arc::new(file);
        let open = || LogReader::new(&path, &file, Position::default());
        let mut lines = open();
        let mut torn_header = None;
        let stored = match lines.header()? {
            Some(stored) => stored,
            None => {
                // The file ends within its header, or is empty.
                let found = fs::metadata(&path).map_err(Error::reading(&path))?.len();
                if !lines.starts(&line(0, &header.to_text())) {
                    return Err(Kind::Damaged { path, offset: found }.into());
                }
                torn_header = Some(found);
                let mut writer = LogWriter::new(&path, &file, is_locked, Position::default())?;
                writer.append(&header.to_text())?;
                writer.sync()?;
                lines = open();
                lines.header()?.ok_or_else(|| Kind::NotALog { path: path.clone() })?
            }
        };
        let log = read_log(folder, plan, (header, &stored), &file, lines, monitor)?;
        let writer = LogWriter::new(&path, &file, is_locked, log.end)?;
        if plan.settings().records {
            records::prepare(folder, shard, is_locked)?;
        }
        let torn_bytes = torn_header.unwrap_or(log.torn_bytes);
        let kept = Kept { resumed: torn_header != Some(0), runs: log.runs, torn_bytes };
        Ok(Self { folder: folder.to_owned(), log, writer, kept })
    }

    /// Extends the sweep, whose log is complete, to more runs of each cell.
    pub(crate) fn extend(&mut self, runs: u64) -> Result<(), Error> {
        let text = serde_json::to_string(&Extension { runs }).expect("a number");
        self.writer.append(&text)?;
        self.log.extended(runs, self.writer.end());
        Ok(())
    }
}

/// Reads the log of the sweep `header` to its end, if it can be continued.
pub(crate) fn read_log(
    folder: &Path,
    plan: &Arc<Plan>,
    (header, stored): (&Header, &Header),
    file: &Arc<File>,
    lines: LogReader,
    monitor: &dyn Monitor,
) -> Result<ShardLog, Error> {
    let path = lines.path().to_owned();
    header.check_stored(stored, &path)?;
    if stored.shard != header.shard {
        return Err(Kind::NotALog { path }.into()); // renamed from that of another shard
    }
    let SweepSettings { records, runs, .. } = *plan.settings();
    let log = ShardLog::read(plan, stored, file, lines, monitor, |batch| match records {
        true => records::check(records::path(folder, header.shard, batch.number)),
        false => Ok(()),
    })?;
    if log.last_run() > runs {
        let (stored, given) = (log.last_run().to_string(), runs.to_string());
        return Err(Kind::Differs { path, name: "runs".to_owned(), stored, given }.into());
    }
    Ok(log)
}

/// Opens a log for writing, or creates it, and locks it; also returns whether it is certainly locked. Without locks, two processes with
/// the same settings write the same bytes to the same places.
fn open_locked(folder: &Path, path: &Path) -> Result<(File, bool), Error> {
    let open = File::options().read(true).write(true).create(true).truncate(false).open(path);
    let file = open.map_err(not_writable(folder))?;
    let is_locked = lock(&file, path)?;
    Ok((file, is_locked))
}

/// Removes the files of a shard, or of all shards if the sweep is not divided, and the results.
pub(crate) fn clear(folder: &Path, shard: Shard) -> Result<(), Error> {
    let remove = |path: &Path| match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(Error::writing(path)(error)),
        _ => Ok(()),
    };
    for other in shards_in(folder)?.into_iter().filter(|other| shard.is_whole() || *other == shard) {
        let path = log_path(folder, other);
        drop(open_locked(folder, &path)?);
        // The log last, so that after a kill the remaining files still belong to a log.
        records::remove(folder, other)?;
        remove(&path)?;
    }
    results::NAMES.iter().try_for_each(|name| remove(&folder.join(name)))
}
