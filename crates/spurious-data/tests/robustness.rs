//! No content of a file makes a reader panic, and a file that changes is noticed.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use spurious_data::{Reader, Request, Target};

fn stored(name: &str) -> Vec<u8> {
    std::fs::read(format!("{}/tests/data/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

/// Reads the bytes in two ways, which either fail both or agree.
fn read(name: &str, bytes: &[u8]) {
    let target = Some(Target::Column("2".to_owned()));
    for request in [Request::default(), Request { target, ..Request::default() }] {
        let Ok(mut reader) = Reader::from_bytes(name.as_ref(), bytes, &request) else { continue };
        let mut pass = |rows_at_once| {
            let mut rows = 0;
            let result = reader.pass(rows_at_once, &mut |block| {
                rows += block.rows as u64;
                assert!((0..block.values.len()).all(|i| block.values.get(i).is_finite()));
                if rows > 10_000 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            });
            result.is_ok()
        };
        assert_eq!(pass(3), pass(500));
    }
}

const FILES: [&str; 12] = [
    "f4.npy",
    "i8.npy",
    "cube.npy",
    "stored.npz",
    "deflated.npz",
    "pandas.csv",
    "pandas.csv.gz",
    "groups.parquet",
    "encodings.parquet",
    "types.parquet",
    "pyarrow-lz4.parquet",
    "polars-zstd.parquet",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, rng_seed: RngSeed::Fixed(1), ..ProptestConfig::default() })]

    #[test]
    fn arbitrary_bytes(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        for name in ["data.csv", "data.tsv", "data.csv.gz", "data.npy", "data.npz", "data.parquet"] {
            read(name, &bytes);
        }
    }

    #[test]
    fn text_of_the_right_kind(text in "[0-9a,;.\"\t \r\nNe-]{0,200}") {
        read("data.csv", text.as_bytes());
    }

    #[test]
    fn files_with_some_other_bytes(
        file in prop::sample::select(&FILES[..]),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
        cut in prop::option::weighted(0.2, any::<prop::sample::Index>()),
    ) {
        let mut bytes = stored(file);
        for (place, byte) in changes {
            let place = place.index(bytes.len());
            bytes[place] = byte;
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        read(file, &bytes);
    }
}

fn pass(reader: &mut Reader) -> Result<u64, String> {
    let path = reader.path().display().to_string();
    reader
        .pass(2, &mut |_| ControlFlow::Continue(()))
        .map_err(|error| error.to_string().replace(&path, "data.csv"))
}

#[test]
fn a_file_that_changes_is_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("data.csv");
    let changed = Err("data.csv changed while it was read: run this again when it is complete".to_owned());

    std::fs::write(&path, "x\n1\n2\n3\n").unwrap();
    let mut reader = Reader::open(&path, &Request::default()).unwrap();
    assert_eq!(pass(&mut reader), Ok(3));
    assert_eq!(pass(&mut reader), Ok(3));
    // Between passes: longer, and then damaged.
    for text in ["x\n1\n2\n3\n4\n", "x\n1\n2\nabc\n", ""] {
        std::fs::write(&path, text).unwrap();
        assert_eq!(pass(&mut reader), changed);
    }
    // During a pass.
    std::fs::write(&path, "x\n1\n2\n3\n").unwrap();
    let mut reader = Reader::open(&path, &Request::default()).unwrap();
    let result = reader.pass(1, &mut |_| {
        std::fs::write(&path, "x\n1\n2\n3\n4\n").unwrap();
        ControlFlow::Continue(())
    });
    assert!(result.unwrap_err().to_string().contains("data.csv changed while it was read"));
    std::fs::remove_file(&path).unwrap();
    assert!(reader.load(1000).unwrap_err().is_input());
}

fn open(path: &Path, target: PathBuf) -> Result<Reader, String> {
    let request = Request { target: Some(Target::File(target)), ..Request::default() };
    let folder = format!("{}/", path.parent().unwrap().display());
    Reader::open(path, &request).map_err(|error| error.to_string().replace(&folder, ""))
}

#[test]
fn a_target_in_another_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let write = |name: &str, text: &str| std::fs::write(path(name), text).unwrap();
    write("data.csv", "a,b\n1,2\n3,4\n5,6\n7,8\n");
    write("label.csv", "label\n1\n0\n1\n1\n");
    let mut reader = open(&path("data.csv"), path("label.csv")).unwrap();
    assert_eq!(reader.target_name(), Some("label"));
    assert_eq!(reader.load(1000).unwrap().target, Some(vec![1.0, 0.0, 1.0, 1.0]));

    for (text, rows) in [("1\n0\n", 2), ("1\n0\n1\n", 3), ("1\n0\n1\n1\n0\n0\n0\n", 7)] {
        write("label.csv", text);
        let mut reader = open(&path("data.csv"), path("label.csv")).unwrap();
        for rows_at_once in [1, 2, 3, 4, 100] {
            let error =
                reader.pass(rows_at_once, &mut |_| ControlFlow::Continue(())).unwrap_err().to_string();
            assert!(error.contains(&format!("label.csv has {rows} rows where")), "{error}");
            assert!(error.ends_with("data.csv has 4"), "{error}");
        }
    }
    let message = |name: &str| open(&path("data.csv"), path(name)).map(|_| ()).unwrap_err();
    assert_eq!(message("data.csv"), "data.csv has 2 columns where one is needed");
    assert_eq!(message("no.npy"), "no.npy does not exist");
    std::fs::create_dir(path("folder.csv")).unwrap();
    assert_eq!(message("folder.csv"), "folder.csv is a folder: name a file");
}
