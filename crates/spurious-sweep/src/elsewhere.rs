//! Shards that other processes compute, on machines that need not share a file system: the files of a shard travel as bytes.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;

use spurious::Monitor;
use spurious_data::PendingFile;

use crate::error::{Error, Kind};
use crate::header::Header;
use crate::log::line;
use crate::plan::{Plan, Shard};
use crate::run::{End, Sweep};
use crate::settings::SweepSettings;
use crate::shard_log::open_log;
use crate::store::{
    clear, lock, log_name, log_path, make_folder, read_log, remove_leftovers, shards_to_join,
};
use crate::{records, results};

/// The files of one shard, each with its path in the folder of the sweep: first its records, and last its log, which then never names a
/// record that is missing.
///
/// # Examples
/// ```
/// use spurious_sweep::{Merge, ShardFiles, SweepSettings};
///
/// # let folder = tempfile::tempdir()?;
/// # let out = folder.path().join("sweep");
/// let settings = SweepSettings { runs: 1000, ..SweepSettings::grid(&[5], &[25, 36], &[0.0, 4.0], &[0.1]) };
/// let (shards, unfinished) = ShardFiles::unfinished(settings.clone(), Some(3), &out, false, &())?;
/// assert_eq!((shards, unfinished.len()), (3, 3));
/// for begun in unfinished {
///     let done = begun.run(settings.clone(), &())?; // on another machine
///     done.write(&out)?;
/// }
/// Merge::open(&[out.clone()], &out, false, &())?.run(&mut |_| std::ops::ControlFlow::Continue(()), &())?;
/// assert!(out.join("results.csv").exists());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShardFiles {
    /// The shard.
    pub shard: Shard,
    /// Paths, with `/` between their parts, and bytes.
    pub files: Vec<(String, Vec<u8>)>,
}

impl ShardFiles {
    /// The number of shards of a sweep, and those that are not complete in its folder, which is created if it does not exist. A shard
    /// that was begun comes with the files that are there; any other one with a log that has nothing but its header.
    ///
    /// The number of shards is that of the folder, or `of`, or [`Plan::default_shards`]. `force` starts over.
    ///
    /// # Errors
    /// As [`Sweep::open`] for each of the shards, and if the folder holds another number of shards than `of`.
    pub fn unfinished(
        settings: SweepSettings,
        of: Option<u64>,
        folder: &Path,
        force: bool,
        monitor: &dyn Monitor,
    ) -> Result<(u64, Vec<Self>), Error> {
        let plan = Arc::new(Plan::new(settings)?);
        make_folder(folder)?;
        results::check_names(folder)?;
        let stored = match force {
            true => None,
            false => shards_to_join(folder, of)?.first().map(|shard| shard.of),
        };
        let of = stored.or(of).unwrap_or_else(|| plan.default_shards());
        let all = (1..=of.max(1)).map(|number| Shard::new(number, of)).collect::<Result<Vec<_>, _>>()?;
        if force {
            clear(folder, Shard::WHOLE)?;
        }
        monitor.begin("reading kept runs", None);
        let mut unfinished = Vec::new();
        for shard in all {
            if !is_complete(folder, &plan, shard, monitor)? {
                unfinished.push(Self::begun(folder, &plan, shard)?);
            }
        }
        Ok((of, unfinished))
    }

    /// The files of a shard that was begun, or not yet.
    fn begun(folder: &Path, plan: &Plan, shard: Shard) -> Result<Self, Error> {
        let kept = Self::read(folder, shard)?;
        if kept.files.last().is_some_and(|(_, log)| !log.is_empty()) {
            return Ok(kept);
        }
        // The header says by which program, on which kind of machine, all shards have to be computed.
        let header = line(0, &Header::new(plan.settings(), shard).to_text());
        Ok(Self { shard, files: vec![(log_name(shard), header.into_bytes())] })
    }

    /// The files of a shard that are in a folder.
    fn read(folder: &Path, shard: Shard) -> Result<Self, Error> {
        let mut names = records::names(folder, shard)?;
        names.push(log_name(shard));
        let mut files = Vec::new();
        for name in names {
            let path = folder.join(&name);
            match fs::read(&path) {
                Ok(bytes) => files.push((name, bytes)),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(Error::reading(&path)(error)),
            }
        }
        Ok(Self { shard, files })
    }

    /// Computes the remaining runs of the shard, in a temporary folder, and returns its files.
    ///
    /// # Errors
    /// If the shard was begun by another version of the program or on another kind of machine, which may compute other bits; if the
    /// temporary folder cannot be written to; or if the monitor cancels.
    pub fn run(&self, settings: SweepSettings, monitor: &dyn Monitor) -> Result<Self, Error> {
        let temporary = tempfile::tempdir().map_err(Error::writing(&std::env::temp_dir()))?;
        let folder = temporary.path();
        self.write(folder)?;
        if let Some((begun, ..)) = open_log(&log_path(folder, self.shard))?
            && let Some([begun, here]) = Header::new(&settings, self.shard).other_bits(&begun)
        {
            return Err(Kind::OtherBits { begun, here }.into());
        }
        let sweep = Sweep::open(settings, self.shard, folder, false, monitor)?;
        match sweep.run(&mut |_| std::ops::ControlFlow::Continue(()), monitor)? {
            End::Finished(_) => Self::read(folder, self.shard),
            End::Stopped(_) => Err(spurious::Error::Cancelled.into()),
        }
    }

    /// Writes the files into the folder of the sweep. Each gets its name when it is complete, and replaces what was there, also what a
    /// process has left that was killed while it wrote.
    ///
    /// # Errors
    /// If the file system refuses.
    pub fn write(&self, folder: &Path) -> Result<(), Error> {
        for (name, bytes) in &self.files {
            let path = folder.join(name);
            let (inside, name) = name.rsplit_once('/').unwrap_or((".", name));
            let write = || {
                fs::create_dir_all(folder.join(inside))?;
                remove_leftovers(&folder.join(inside), &format!("{name}."));
                let mut file = PendingFile::create(&path)?;
                file.write_all(bytes)?;
                file.finish(true)
            };
            write().map_err(Error::writing(&path))?;
        }
        Ok(())
    }
}

/// Whether all runs of a shard are in its log.
fn is_complete(folder: &Path, plan: &Arc<Plan>, shard: Shard, monitor: &dyn Monitor) -> Result<bool, Error> {
    let path = log_path(folder, shard);
    match File::open(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        found => lock(&found.map_err(Error::reading(&path))?, &path)?,
    };
    let Some((stored, file, lines)) = open_log(&path)? else { return Ok(false) };
    let header = Header::new(plan.settings(), shard);
    let log = read_log(folder, plan, (&header, &stored), &file, lines, monitor)?;
    Ok(log.is_complete() && log.last_run() == plan.settings().runs)
}
