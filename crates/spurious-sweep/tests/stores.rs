//! What a store withstands, and what it refuses.

mod common;

use std::fs;
use std::path::{Path, PathBuf};

use common::{adaptive, assert_same, no_row, run, small};
use spurious_sweep::{Error, Merge, Results, Shard, Sweep, SweepSettings};

const LOG: &str = "shard-1-of-1.log";

/// A log of a few records.
fn several_batches() -> SweepSettings {
    SweepSettings {
        runs: 8000,
        until: Some(0.001),
        steps: false,
        sum_ratio: vec![4.0],
        patches: vec![4],
        ..adaptive()
    }
}

fn message<T>(result: Result<T, Error>, folder: &Path) -> String {
    let error = result.map(|_| ()).expect_err("an error");
    assert!(error.is_input());
    error.to_string().replace(&folder.display().to_string(), "FOLDER")
}

fn open(settings: &SweepSettings, folder: &Path) -> Result<Sweep, Error> {
    Sweep::open(settings.clone(), Shard::WHOLE, folder, false, &())
}

/// Wherever a log ends, a resume goes on from there.
#[test]
fn a_log_may_be_cut_anywhere() {
    let folder = tempfile::tempdir().unwrap();
    let (whole, cut) = (folder.path().join("whole"), folder.path().join("cut"));
    run(&several_batches(), Shard::WHOLE, &whole).unwrap();
    let log = fs::read(whole.join(LOG)).unwrap();
    fs::create_dir(&cut).unwrap();
    for length in 0..log.len() {
        fs::write(cut.join(LOG), &log[..length]).unwrap();
        let sweep = open(&several_batches(), &cut).unwrap();
        assert_eq!(sweep.kept().resumed, length > 0);
        // Results are only written now and then: it takes most of the time.
        drop(sweep);
        if length % 16 == 0 || length + 40 > log.len() {
            run(&several_batches(), Shard::WHOLE, &cut).unwrap();
            assert!(fs::read(cut.join(LOG)).unwrap() == log, "{length}");
            assert_same(&whole, &cut);
        } else {
            assert!(log.starts_with(&fs::read(cut.join(LOG)).unwrap()), "{length}");
        }
    }
    // What a power failure may leave behind.
    for zeros in [1, 11, 12, 13, 5000] {
        fs::write(cut.join(LOG), [&log[..], &vec![0; zeros]].concat()).unwrap();
        assert_eq!(open(&several_batches(), &cut).unwrap().kept().torn_bytes, zeros as u64);
        assert!(fs::read(cut.join(LOG)).unwrap() == log);
    }
    fs::write(cut.join(LOG), [0; 100]).unwrap();
    assert_eq!(open(&several_batches(), &cut).unwrap().kept().torn_bytes, 100);
}

/// A byte that is not the one written is noticed, wherever it stands: it is reported with its place, or, in the last record,
/// which a power failure may have spoilt, the record is done again.
#[test]
fn damage_is_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let (whole, damaged) = (folder.path().join("whole"), folder.path().join("damaged"));
    run(&several_batches(), Shard::WHOLE, &whole).unwrap();
    let log = fs::read(whole.join(LOG)).unwrap();
    fs::create_dir(&damaged).unwrap();
    let (mut reported, mut repaired) = (0, 0);
    for place in 0..log.len() {
        for flip in [1, 0x80] {
            let mut bytes = log.clone();
            bytes[place] ^= flip;
            fs::write(damaged.join(LOG), &bytes).unwrap();
            match open(&several_batches(), &damaged) {
                Err(error) => {
                    let text = error.to_string();
                    assert!(error.is_input() && text.contains(LOG), "{text}");
                    reported += 1;
                    assert!(fs::read(damaged.join(LOG)).unwrap() == bytes, "nothing is touched");
                }
                Ok(sweep) => {
                    assert!(sweep.kept().torn_bytes > 0, "{place}");
                    drop(sweep);
                    assert!(log.starts_with(&fs::read(damaged.join(LOG)).unwrap()));
                    repaired += 1;
                }
            }
        }
    }
    // One record may be repaired; those before it and the header are most of the file.
    assert!(repaired > 0 && reported > 10 * repaired, "{reported} {repaired}");

    let mut bytes = log.clone();
    let middle = log.len() - 40;
    bytes[middle] ^= 4;
    fs::write(damaged.join(LOG), &bytes).unwrap();
    let text = message(open(&several_batches(), &damaged), &damaged);
    let (start, end) = (
        "FOLDER/shard-1-of-1.log is damaged at byte ",
        ": restore an intact copy, or start this shard over with --force",
    );
    let offset = text.strip_prefix(start).and_then(|text| text.strip_suffix(end)).expect(&text);
    let offset: usize = offset.parse().unwrap();
    assert!(offset <= middle && middle < offset + 40, "records are short");
    // Starting over helps.
    Sweep::open(several_batches(), Shard::WHOLE, &damaged, true, &()).unwrap();
}

#[test]
fn other_settings_are_named() {
    let folder = tempfile::tempdir().unwrap();
    run(&small(), Shard::WHOLE, folder.path()).unwrap();
    let refused = |settings: SweepSettings| message(open(&settings, folder.path()), folder.path());
    let expected = |what: &str| {
        format!(
            "FOLDER/shard-1-of-1.log belongs to another sweep, with {what}: use the same settings, name another folder, or \
             use --force to start over"
        )
    };
    assert_eq!(refused(SweepSettings { seed: 2, ..small() }), expected("seed 1 instead of 2"));
    assert_eq!(refused(SweepSettings { runs: 10, ..small() }), expected("runs 3000 instead of 10"));
    assert_eq!(refused(SweepSettings { steps: true, ..small() }), expected("steps off instead of on"));
    assert_eq!(
        refused(SweepSettings { until: Some(0.1), ..small() }),
        expected("until left out instead of 0.1")
    );
    assert_eq!(refused(SweepSettings { patches: vec![4], ..small() }), expected("patches 4,9 instead of 4"));
    let next = f64::from_bits(0.2_f64.to_bits() + 1);
    assert_eq!(
        refused(SweepSettings { step_size: vec![next], ..small() }),
        expected("step size 0.2 instead of 0.20000000000000004")
    );
    let shard = Sweep::open(small(), Shard { number: 1, of: 2 }, folder.path(), false, &());
    assert_eq!(
        message(shard, folder.path()),
        "FOLDER holds shards of a sweep divided into 1 instead of 2: use the same number, or name another folder"
    );
    // What is refused removes nothing, also with force.
    let shard = Sweep::open(small(), Shard { number: 1, of: 2 }, folder.path(), true, &());
    assert!(message(shard, folder.path()).contains("divided into 1 instead of 2"));
    assert!(folder.path().join("results.csv").is_file());
    // With force, all of it starts over.
    Sweep::open(SweepSettings { seed: 2, ..small() }, Shard::WHOLE, folder.path(), true, &()).unwrap();
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn other_formats_programs_and_folders_are_named() {
    let folder = tempfile::tempdir().unwrap();
    run(&small(), Shard::WHOLE, folder.path()).unwrap();
    let log = fs::read(folder.path().join(LOG)).unwrap();
    let with = |bytes: &[u8]| {
        fs::write(folder.path().join(LOG), bytes).unwrap();
        message(open(&small(), folder.path()), folder.path())
    };
    let mut other = log.clone();
    assert_eq!(other[10], b'2');
    other[10] = b'7';
    assert_eq!(with(&other), "FOLDER/shard-1-of-1.log has format version 7: this program reads version 2");
    // Logs of the first version were binary.
    let binary = b"spursweep\n\x01\0\0\0\xf0\x01\0\0{\"program\":\"0.1.0\"";
    assert_eq!(with(binary), "FOLDER/shard-1-of-1.log has format version 1: this program reads version 2");
    assert_eq!(with(b"a text about something else"), "FOLDER/shard-1-of-1.log is not a log of a sweep");

    fs::remove_file(folder.path().join(LOG)).unwrap();
    assert_eq!(
        message(open(&small(), folder.path()), folder.path()),
        "FOLDER holds results but no logs, so the sweep cannot be resumed: use --force to start over, or name another folder"
    );
    let path = folder.path().join("file");
    fs::write(&path, "").unwrap();
    assert_eq!(
        message(open(&small(), &path), folder.path()),
        "FOLDER/file is not a folder: name another one"
    );
    let path = folder.path().join("not").join("there");
    assert_eq!(message(open(&small(), &path), folder.path()), "there is no folder FOLDER/not to write into");
    let path = folder.path().join("other");
    fs::create_dir(&path).unwrap();
    fs::write(path.join("letter"), "").unwrap();
    assert_eq!(
        message(open(&small(), &path), folder.path()),
        "FOLDER/other exists but holds no sweep: name another folder"
    );
}

/// Two processes do not work on one shard. (A lock is held by an open file, so that one process can try.)
#[test]
fn a_shard_is_locked() {
    let folder = tempfile::tempdir().unwrap();
    let first = open(&small(), folder.path()).unwrap();
    let error = open(&small(), folder.path()).expect_err("locked");
    assert!(!error.is_input());
    assert!(
        error.to_string().ends_with("shard-1-of-1.log: wait for it to end, or name another folder"),
        "{error}"
    );
    assert!(Sweep::open(small(), Shard::WHOLE, folder.path(), true, &()).is_err());
    drop(first);
    open(&small(), folder.path()).unwrap();
}

#[test]
fn a_merge_wants_every_shard_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = |number: u64| folder.path().join(number.to_string());
    let out = folder.path().join("out");
    for number in 1..=3 {
        run(&small(), Shard { number, of: 3 }, &path(number)).unwrap();
    }
    let merge = |numbers: &[u64]| {
        let folders: Vec<PathBuf> = numbers.iter().map(|&number| path(number)).collect();
        Merge::open(&folders, &out, false, &())
    };
    let refused = |numbers: &[u64]| message(merge(numbers), folder.path());
    assert_eq!(refused(&[1, 3]), "shard 2 of 3 is missing: name its folder too");
    assert_eq!(
        refused(&[1, 2, 2, 3]),
        "shard 2/3 was given twice, in FOLDER/2/shard-2-of-3.log and FOLDER/2/shard-2-of-3.log: name it once"
    );
    run(&small(), Shard { number: 1, of: 2 }, &path(4)).unwrap();
    assert_eq!(
        refused(&[1, 2, 3, 4]),
        "FOLDER/4 holds shards of a sweep divided into 2 instead of 3: use the same number, or name another folder"
    );
    run(&SweepSettings { seed: 2, ..small() }, Shard { number: 3, of: 3 }, &path(5)).unwrap();
    assert_eq!(
        refused(&[1, 2, 5]),
        "FOLDER/5/shard-3-of-3.log belongs to another sweep than the first shard, with seed 2 instead of 1: name the shards of \
         one sweep"
    );
    fs::create_dir_all(out.join("steps.csv")).unwrap();
    assert_eq!(
        refused(&[1, 2, 3]),
        "FOLDER/out/steps.csv is a folder, but a file of results needs this name: move the folder away"
    );
    fs::remove_dir(out.join("steps.csv")).unwrap();
    fs::create_dir(path(6)).unwrap();
    assert_eq!(refused(&[1, 2, 6]), "FOLDER/6 holds no shards of a sweep");

    // A log without its end, one that is damaged, one under the name of another.
    let log = fs::read(path(3).join("shard-3-of-3.log")).unwrap();
    fs::write(path(3).join("shard-3-of-3.log"), &log[..log.len() - 1]).unwrap();
    assert_eq!(
        refused(&[1, 2, 3]),
        "shard 3/3 is not complete: run its command again to resume it (FOLDER/3/shard-3-of-3.log)"
    );
    fs::write(path(3).join("shard-3-of-3.log"), fs::read(path(2).join("shard-2-of-3.log")).unwrap()).unwrap();
    assert_eq!(refused(&[1, 2, 3]), "FOLDER/3/shard-3-of-3.log is not a log of a sweep");
    fs::write(path(3).join("shard-3-of-3.log"), &log).unwrap();
    merge(&[1, 2, 3]).unwrap().run(&mut no_row, &()).unwrap();
    assert_eq!(refused(&[1, 2, 3]), "FOLDER/out holds results already: use --force to replace them");
}

/// Results are read from logs, and nothing else than what was written.
#[test]
fn results_of_a_log_that_was_cut_or_damaged_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    run(&small(), Shard::WHOLE, folder.path()).unwrap();
    let path = folder.path().join(LOG);
    let log = fs::read(&path).unwrap();
    let open = || Results::open(&[folder.path().to_owned()], &());
    let read = || open().and_then(|results| results.collect::<Result<Vec<_>, _>>());
    assert_eq!(read().unwrap().len(), 4);
    let header = log.iter().position(|&byte| byte == b'\n').unwrap() + 1;
    for length in 0..log.len() {
        fs::write(&path, &log[..length]).unwrap();
        let text = message(read(), folder.path());
        assert!(text.starts_with("shard 1/1 is not complete: "), "{text}");
    }
    for place in 0..log.len() {
        let mut bytes = log.clone();
        bytes[place] ^= 0x10;
        fs::write(&path, &bytes).unwrap();
        assert!(read().is_err(), "{place}");
    }
    // Running the sweep again puts the end right.
    fs::write(&path, &log[..log.len() - 3]).unwrap();
    run(&small(), Shard::WHOLE, folder.path()).unwrap();
    assert!(fs::read(&path).unwrap() == log);
    // A log that changes under a reader.
    let results = open().unwrap();
    fs::File::options().write(true).open(&path).unwrap().set_len(header as u64).unwrap();
    assert!(message(results.collect::<Result<Vec<_>, _>>(), folder.path()).contains("is not complete"));
}

/// A log can be read by people and their tools.
#[test]
fn a_log_is_text() {
    let folder = tempfile::tempdir().unwrap();
    let settings = SweepSettings { exact: true, steps: true, ..small() };
    run(&SweepSettings { runs: 1000, ..settings.clone() }, Shard::WHOLE, folder.path()).unwrap();
    run(&settings, Shard::WHOLE, folder.path()).unwrap();
    let text = fs::read_to_string(folder.path().join(LOG)).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!((lines.len(), text.ends_with('\n')), (4, true));
    let contents: Vec<serde_json::Value> = (0_u64..)
        .zip(&lines)
        .map(|(number, line)| {
            let (content, checksum) = line.rsplit_once(" #").unwrap();
            let numbered = [&number.to_le_bytes()[..], content.as_bytes()].concat();
            assert_eq!(checksum, format!("{:08x}", crc32fast::hash(&numbered)));
            serde_json::from_str(content).unwrap()
        })
        .collect();
    assert_eq!(contents[0]["settings"]["runs"], 1000);
    assert_eq!(contents[2], serde_json::json!({ "runs": 3000 }));
    let rows = Results::open(&[folder.path().to_owned()], &()).unwrap();
    for (cell, row) in rows.enumerate() {
        let (row, _) = row.unwrap();
        let [first, second] = [&contents[1][cell], &contents[3][cell]];
        assert_eq!((&first[0], &first[1], &second[1]), (&cell.into(), &1000.into(), &2000.into()));
        assert_eq!(first[2].as_u64().unwrap() + second[2].as_u64().unwrap(), row.estimate.counts.global);
        assert_eq!((first[4][0].as_f64(), second[4].is_null()), (row.exact_probability, true));
    }
}

/// What can be extended, and what cannot.
#[test]
fn only_the_number_of_runs_may_grow() {
    let folder = tempfile::tempdir().unwrap();
    let (store, shards) = (folder.path().join("store"), folder.path().join("shards"));
    let with = |runs| SweepSettings { runs, ..small() };
    run(&with(1000), Shard::WHOLE, &store).unwrap();
    let log = fs::read(store.join(LOG)).unwrap();
    run(&with(2000), Shard::WHOLE, &store).unwrap();
    let extended = fs::read(store.join(LOG)).unwrap();
    assert!(extended.starts_with(&log));
    let expected = |what: &str| {
        format!(
            "FOLDER/store/shard-1-of-1.log belongs to another sweep, with {what}: use the same settings, name another folder, \
             or use --force to start over"
        )
    };
    let refused = |settings: &SweepSettings| message(open(settings, &store), folder.path());
    assert_eq!(refused(&with(1999)), expected("runs 2000 instead of 1999"));
    assert_eq!(refused(&with(999)), expected("runs 1000 instead of 999"));
    assert_eq!(refused(&SweepSettings { seed: 2, ..with(3000) }), expected("seed 1 instead of 2"));
    // Cut anywhere behind the smaller number's end, it goes on to the larger one.
    for length in log.len()..extended.len() {
        fs::write(store.join(LOG), &extended[..length]).unwrap();
        run(&with(2000), Shard::WHOLE, &store).unwrap();
        assert!(fs::read(store.join(LOG)).unwrap() == extended, "{length}");
    }
    // Until the line that extends it is complete, it is what it was.
    fs::write(store.join(LOG), &extended[..log.len() + 5]).unwrap();
    run(&with(1000), Shard::WHOLE, &store).unwrap();
    assert!(fs::read(store.join(LOG)).unwrap() == log);

    // With a width to stop at, the number of runs is a limit that decides when intervals are looked at.
    run(&adaptive(), Shard::WHOLE, &folder.path().join("adaptive")).unwrap();
    let more = SweepSettings { runs: 30_000, ..adaptive() };
    assert_eq!(
        message(open(&more, &folder.path().join("adaptive")), folder.path()),
        expected("runs 20000 instead of 30000").replace("store", "adaptive")
    );

    // Shards are extended one by one, and merged when all are.
    for number in 1..=3 {
        run(&with(1000), Shard { number, of: 3 }, &shards).unwrap();
    }
    run(&with(2000), Shard { number: 2, of: 3 }, &shards).unwrap();
    let merge = || Merge::open(std::slice::from_ref(&shards), &shards, false, &());
    assert_eq!(
        message(merge(), folder.path()),
        "shard 1/3 has 1000 runs of each cell, but another one has 2000: run it again with --runs 2000 \
         (FOLDER/shards/shard-1-of-3.log)"
    );
    for number in [1, 3] {
        run(&with(2000), Shard { number, of: 3 }, &shards).unwrap();
    }
    merge().unwrap();
}

/// Hidden files that a killed process left are removed, but not those of others.
#[test]
fn leftovers_are_removed_by_who_holds_the_lock() {
    let folder = tempfile::tempdir().unwrap();
    let settings = SweepSettings { records: true, ..small() };
    let shard = |number| Shard { number, of: 2 };
    let first = Sweep::open(settings.clone(), shard(1), folder.path(), false, &()).unwrap();
    let records = folder.path().join("records");
    let part = |shard: &str| records.join(format!(".shard-{shard}-of-2-batch-000000000000.parquet.1.part"));
    let results = folder.path().join(".results.csv.1.part");
    for path in [&part("1"), &part("2"), &results] {
        fs::write(path, "").unwrap();
    }
    // The second shard is not the first one, which is being worked on, and writes no results.
    run(&settings, shard(2), folder.path()).unwrap();
    let left = || [part("1"), part("2"), results.clone()].map(|path| path.exists());
    assert_eq!(left(), [true, false, true]);
    drop(first);
    run(&settings, shard(1), folder.path()).unwrap();
    assert_eq!(left(), [false, false, true]);
    let merge = || {
        let merge = Merge::open(&[folder.path().to_owned()], folder.path(), false, &()).unwrap();
        merge.run(&mut no_row, &())
    };
    // Somebody else is writing results.
    let other = fs::File::open(folder.path()).unwrap();
    other.lock().unwrap();
    let error = merge().unwrap_err();
    assert!(!error.is_input() && error.to_string().starts_with("another process is writing "), "{error}");
    assert_eq!(left(), [false, false, true]);
    drop(other);
    merge().unwrap();
    assert_eq!(left(), [false, false, false]);
}

#[test]
fn records_that_were_removed_or_cut_are_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let settings = SweepSettings { records: true, ..small() };
    run(&settings, Shard::WHOLE, folder.path()).unwrap();
    let path = folder.path().join("records/shard-1-of-1-batch-000000000000.parquet");
    let request = spurious_data::Request::default();
    let table = spurious_data::Reader::open(&path, &request).unwrap().load(1 << 20).unwrap();
    assert_eq!(table.features, ["cell", "trial", "angle", "sum", "signal", "verdict", "steps"]);
    let all = fs::read(&path).unwrap();
    let refused = || {
        assert_eq!(
            message(run(&settings, Shard::WHOLE, folder.path()), folder.path()),
            "FOLDER/records/shard-1-of-1-batch-000000000000.parquet is missing or incomplete: restore it, or start this shard \
             over with --force"
        );
    };
    for length in [0, 3, 100, all.len() - 1] {
        fs::write(&path, &all[..length]).unwrap();
        refused();
    }
    fs::remove_file(&path).unwrap();
    refused();
    fs::write(&path, &all).unwrap();
    run(&settings, Shard::WHOLE, folder.path()).unwrap();
}
