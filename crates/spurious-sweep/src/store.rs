//! The folder of a sweep: whose it is, and how far it has got.

use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};

use crate::error::Error;
use crate::header::Header;
use crate::log::{LogReader, LogWriter, preamble};
use crate::plan::Shard;
use crate::{records, results};

/// The log of a shard.
pub(crate) fn log_path(folder: &Path, shard: Shard) -> PathBuf {
    folder.join(format!("shard-{}-of-{}.log", shard.number, shard.of))
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

/// Makes a folder if it is not there.
pub(crate) fn make_folder(folder: &Path) -> Result<(), Error> {
    let refused = |source| Error::Folder { path: folder.to_owned(), source };
    if folder.is_dir() {
        return Ok(());
    }
    if fs::symlink_metadata(folder).is_ok() {
        return Err(Error::NotAFolder { path: folder.to_owned() });
    }
    let parent = folder.parent().filter(|parent| !parent.as_os_str().is_empty());
    if let Some(parent) = parent.filter(|parent| !parent.is_dir()) {
        return Err(Error::NoParent { path: parent.to_owned() });
    }
    match fs::create_dir(folder) {
        // Other shards may have begun at the same moment.
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => Err(refused(error)),
        _ => Ok(()),
    }
}

/// Finds out before the work whether a folder can be written to: afterwards it would lose it.
pub(crate) fn probe(folder: &Path) -> Result<(), Error> {
    let probe = folder.join(format!(".probe.{}.part", std::process::id()));
    fs::write(&probe, b"").map_err(|source| Error::Folder { path: folder.to_owned(), source })?;
    let _ = fs::remove_file(&probe);
    Ok(())
}

/// A store that is open for one shard, which nobody else is working on.
#[derive(Debug)]
pub(crate) struct Store {
    pub(crate) folder: PathBuf,
    pub(crate) log_path: PathBuf,
    pub(crate) writer: LogWriter,
    pub(crate) opened: Opened,
}

/// What was found when a store was opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Opened {
    /// Whether there was something to go on from.
    pub resumed: bool,
    /// Bytes at the end of the log that a kill had cut from their record. They are dropped, and their batch is done again.
    pub torn_bytes: u64,
}

impl Store {
    /// Opens the store of a shard, or makes it. With `force`, what is there of this shard is removed; the whole sweep removes
    /// those of all shards.
    pub(crate) fn open(folder: &Path, header: &Header, shard: Shard, force: bool) -> Result<Self, Error> {
        make_folder(folder)?;
        results::check_names(folder)?;
        if force {
            clear(folder, shard)?;
        }
        let log_path = log_path(folder, shard);
        // Read once: other shards may begin meanwhile.
        let names = names(folder)?;
        let shards = shards_among(&names);
        if let Some(other) = shards.iter().find(|other| other.of != shard.of) {
            return Err(Error::OtherDivision { path: folder.to_owned(), stored: other.of, given: shard.of });
        }
        if shards.is_empty() && !force {
            if names.iter().any(|name| results::NAMES.contains(&name.as_str())) {
                return Err(Error::ResultsOnly { path: folder.to_owned() });
            }
            if !names.is_empty() {
                return Err(Error::NotAStore { path: folder.to_owned() });
            }
        }
        for &other in shards.iter().filter(|&&other| other != shard) {
            let path = self::log_path(folder, other);
            // One that was only just begun has no header yet, and will compare itself with this one.
            if let Some(log) = LogReader::open(&path)? {
                header.check_sweep(log.header(), &path)?;
            }
        }
        let file = open_locked(folder, &log_path)?;
        let (writer, opened) = continue_log(&log_path, file, header)?;
        Ok(Self { folder: folder.to_owned(), log_path, writer, opened })
    }
}

/// Opens a log for writing, or makes it, and locks it.
fn open_locked(folder: &Path, path: &Path) -> Result<File, Error> {
    let open = File::options().read(true).write(true).create(true).truncate(false).open(path);
    let file = open.map_err(|source| Error::Folder { path: folder.to_owned(), source })?;
    match file.try_lock() {
        Err(TryLockError::WouldBlock) => Err(Error::InUse { path: path.to_owned() }),
        // A file system without locks: two processes would write the same bytes.
        Err(TryLockError::Error(_)) | Ok(()) => Ok(file),
    }
}

/// Reads how far a log goes, and takes it up from there.
fn continue_log(path: &Path, file: File, header: &Header) -> Result<(LogWriter, Opened), Error> {
    let Some(mut log) = LogReader::open(path)? else {
        // The file ends within its header, or has only been made.
        let found = fs::read(path).map_err(Error::reading(path))?;
        if !preamble(header).starts_with(&found) {
            return Err(Error::Damaged { path: path.to_owned(), offset: found.len() as u64 });
        }
        let opened = Opened { resumed: !found.is_empty(), torn_bytes: found.len() as u64 };
        return Ok((LogWriter::begin(path, file, header)?, opened));
    };
    header.check_sweep(log.header(), path)?;
    if log.header() != header {
        return Err(Error::NotALog { path: path.to_owned() }); // renamed from that of another shard
    }
    while log.next()?.is_some() {}
    let opened = Opened { resumed: true, torn_bytes: log.torn_bytes() };
    Ok((LogWriter::new(path, file, log.position(), log.number())?, opened))
}

/// Removes what a folder holds of a shard, or of all of them if the sweep is whole, and the results.
fn clear(folder: &Path, shard: Shard) -> Result<(), Error> {
    let remove = |path: &Path| match fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(Error::Write { path: path.to_owned(), source: error })
        }
        _ => Ok(()),
    };
    for other in shards_in(folder)?.into_iter().filter(|other| shard.is_whole() || *other == shard) {
        let path = log_path(folder, other);
        drop(open_locked(folder, &path)?);
        remove(&path)?;
        records::remove(folder, other)?;
    }
    results::NAMES.iter().try_for_each(|name| remove(&folder.join(name)))
}
