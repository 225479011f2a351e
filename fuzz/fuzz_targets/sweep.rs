#![no_main]

use std::fs;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::OnceLock;

use spurious::ensemble::CellEstimate;
use spurious_sweep::{Merge, Results, Shard, Sweep, SweepSettings};

const LOG: &str = "shard-1-of-1.log";

// The checksums of logs keep out what went wrong by accident. Here they are made to fit: lines of any content behind the
// header of a real sweep are read, resumed, extended and merged, or refused; no result is impossible.
libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    static HEADER: OnceLock<Vec<u8>> = OnceLock::new();
    let header = HEADER.get_or_init(|| {
        let folder = tempfile::tempdir().expect("a folder");
        Sweep::open(settings(20), Shard::WHOLE, folder.path(), false, &()).expect("a sweep");
        fs::read(folder.path().join(LOG)).expect("a file")
    });
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path();
    fs::write(path.join(LOG), [&header[..], &lines(bytes)].concat()).expect("written");

    let is_complete = check(path);
    let merge = Merge::open(&[path.to_owned()], path, true, &());
    assert_eq!(merge.is_ok(), is_complete);
    if let Ok(merge) = merge {
        merge.run(&mut no_row, &()).expect("all is there");
    }
    for runs in [20, 30] {
        let resumed = Sweep::open(settings(runs), Shard::WHOLE, path, false, &());
        if resumed.and_then(|sweep| sweep.run(&mut no_row, &())).is_ok() {
            assert!(check(path));
        }
    }
});

fn settings(runs: u64) -> SweepSettings {
    let grid = SweepSettings::grid(&[5], &[25], &[4.0, 9.0], &[0.1]);
    SweepSettings { runs, steps: true, ..grid }
}

fn no_row(_: &CellEstimate) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

/// The lines of a text with their checksums, as they stand behind a header.
fn lines(bytes: &[u8]) -> Vec<u8> {
    let content = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    let mut lines = Vec::new();
    for (number, line) in (1_u64..).zip(content.split(|&byte| byte == b'\n')) {
        let crc = crc32fast::hash(&[&number.to_le_bytes()[..], line].concat());
        lines.extend([line, format!(" #{crc:08x}\n").as_bytes()].concat());
    }
    lines
}

/// Whether the results read to their end. Each row that is read has to be possible.
fn check(folder: &Path) -> bool {
    let Ok(results) = Results::open(&[folder.to_owned()], &()) else { return false };
    for row in results {
        let Ok((row, steps)) = row else { return false };
        let estimate = row.estimate;
        assert!(estimate.lower <= estimate.probability && estimate.probability <= estimate.upper);
        assert!(row.exact_probability.is_none_or(|exact| (0.0..=1.0).contains(&exact)));
        assert!(row.z_score.is_none_or(f64::is_finite));
        assert!(steps.count() <= estimate.counts.runs);
        assert!(steps.mean().is_none_or(f64::is_finite));
    }
    true
}
