//! Sweeps small enough to be done many times.

use std::ops::ControlFlow;
use std::path::Path;

use spurious::ensemble::CellEstimate;
use spurious_sweep::{End, Error, Shard, Sweep, SweepSettings};

/// Two cells with a trap, one without.
pub(crate) fn small() -> SweepSettings {
    SweepSettings { runs: 3000, exact: false, ..SweepSettings::grid(&[3], &[4, 9], &[0.0, 4.0], &[0.2]) }
}

/// Cells whose number of runs is decided on the way.
pub(crate) fn adaptive() -> SweepSettings {
    SweepSettings { runs: 20_000, until: Some(0.02), steps: true, ..small() }
}

pub(crate) fn run(settings: &SweepSettings, shard: Shard, folder: &Path) -> Result<End, Error> {
    Sweep::open(settings.clone(), shard, folder, false, &())?.run(&mut no_row, &())
}

/// Does not look at rows.
pub(crate) fn no_row(_: &CellEstimate) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

/// All results in a folder, by name.
pub(crate) fn results(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut files: Vec<(String, Vec<u8>)> = std::fs::read_dir(folder)
        .expect("a folder")
        .map(|entry| entry.expect("an entry"))
        .map(|entry| (entry.file_name().into_string().expect("UTF-8"), entry.path()))
        .filter(|(name, path)| path.is_file() && !name.starts_with("shard-"))
        .map(|(name, path)| (name, std::fs::read(path).expect("a file")))
        .collect();
    files.sort();
    files
}

/// Asserts that two folders hold the same results, without printing them.
pub(crate) fn assert_same(a: &Path, b: &Path) {
    let (a, b) = (results(a), results(b));
    let names = |files: &[(String, Vec<u8>)]| files.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
    assert_eq!(names(&a), names(&b));
    assert!(a.len() >= 3, "{:?}", names(&a));
    for ((name, a), (_, b)) in a.iter().zip(&b) {
        assert!(a == b, "{name}");
    }
}
