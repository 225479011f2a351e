#![no_main]

use std::fs;
use std::path::Path;
use std::sync::OnceLock;
use std::sync::atomic::AtomicBool;

use spurious_sweep::{Merge, Results, Settings, Shard, Sweep};

const LOG: &str = "shard-1-of-1.log";
const SUMS: &str = "results.sums";

// The checksums of logs and of files of sums keep out what went wrong by accident. Here they are made to fit: payloads of
// any content behind the preamble of a real sweep are read, resumed and merged, or refused; no result is impossible.
libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    static PREAMBLES: OnceLock<[Vec<u8>; 2]> = OnceLock::new();
    let [of_log, of_sums] = PREAMBLES.get_or_init(|| {
        let folder = tempfile::tempdir().expect("a folder");
        Sweep::open(settings(), Shard::WHOLE, folder.path(), false)
            .expect("a sweep")
            .run(&mut (), &AtomicBool::new(false))
            .expect("runs");
        [LOG, SUMS].map(|name| preamble(&fs::read(folder.path().join(name)).expect("a file")))
    });
    let records = records(bytes);
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path();

    fs::write(path.join(SUMS), [&of_sums[..], &records].concat()).expect("written");
    check(path);
    fs::write(path.join(LOG), [&of_log[..], &records].concat()).expect("written");
    if let Ok(merge) = Merge::open(&[path.to_owned()], path, true) {
        merge.run(&mut (), &AtomicBool::new(false)).expect("all is there");
        assert!(check(path));
    }
    let resumed = Sweep::open(settings(), Shard::WHOLE, path, false);
    if resumed.and_then(|sweep| sweep.run(&mut (), &AtomicBool::new(false))).is_ok() {
        assert!(check(path));
    }
});

fn settings() -> Settings {
    let grid = Settings::grid(&[5], &[25], &[4.0, 9.0], &[0.1]);
    Settings { runs: 20, steps: true, ..grid }
}

/// What stands before the first record: "spursweep\n", version, length of the header, header, checksum.
fn preamble(file: &[u8]) -> Vec<u8> {
    let header = u32::from_le_bytes(file[14..18].try_into().expect("four bytes")) as usize;
    file[..18 + header + 4].to_vec()
}

/// Records from bytes: two for the length of a payload, then the payload, and so on.
fn records(mut bytes: &[u8]) -> Vec<u8> {
    let mut records = Vec::new();
    let mut number = 0_u64;
    while let Some((length, rest)) = bytes.split_first_chunk() {
        let (payload, rest) = rest.split_at(rest.len().min(u16::from_le_bytes(*length).into()));
        let crc = |bytes: &[u8]| {
            let mut hasher = crc32fast::Hasher::new();
            hasher.update(&number.to_le_bytes());
            hasher.update(bytes);
            hasher.finalize().to_le_bytes()
        };
        let length = (payload.len() as u32).to_le_bytes();
        records.extend([&length[..], &crc(&length), payload, &crc(payload)].concat());
        number += 1;
        bytes = rest;
    }
    records
}

/// Whether the results read to their end. Each row that is read has to be possible.
fn check(folder: &Path) -> bool {
    let Ok(mut results) = Results::open(folder) else { return false };
    while let Some(row) = results.next_with_steps() {
        let Ok((row, steps)) = row else { return false };
        assert!(row.lower <= row.probability && row.probability <= row.upper);
        assert!(row.exact_probability.is_none_or(|exact| (0.0..=1.0).contains(&exact)));
        assert!(row.z_score.is_none_or(f64::is_finite));
        assert!(steps.count() <= row.runs);
        assert!(steps.mean().is_none_or(f64::is_finite));
    }
    true
}
