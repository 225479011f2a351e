//! Shards that are computed elsewhere: their files are those that a process in the folder would have written.

mod common;

use std::fs;
use std::path::Path;

use common::{adaptive, assert_same, no_row, run, small};
use spurious_sweep::{Error, Merge, Plan, Shard, ShardFiles, SweepSettings};

fn unfinished(
    settings: &SweepSettings,
    of: Option<u64>,
    folder: &Path,
) -> Result<(u64, Vec<ShardFiles>), Error> {
    ShardFiles::unfinished(settings.clone(), of, folder, false, &())
}

/// Has all shards that are not complete computed, and merges them.
fn complete(settings: &SweepSettings, of: Option<u64>, folder: &Path) -> usize {
    let (_, begun) = unfinished(settings, of, folder).expect("a sweep");
    for shard in &begun {
        let done = shard.run(settings.clone(), &()).expect("a shard");
        done.write(folder).expect("a folder");
    }
    let merge = Merge::open(&[folder.to_owned()], folder, false, &()).expect("all shards");
    merge.run(&mut no_row, &()).expect("results");
    begun.len()
}

/// All files below a folder, by name.
fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut all = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder").flatten() {
        match entry.path() {
            path if path.is_dir() => all.extend(files(&path)),
            path => {
                let name = entry.file_name().into_string().expect("UTF-8");
                all.push((name, fs::read(&path).expect("a file")));
            }
        }
    }
    all.sort();
    all
}

#[test]
fn the_folder_is_the_same() {
    for settings in [small(), adaptive(), SweepSettings { records: true, ..small() }] {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        for number in 1..=3 {
            run(&settings, Shard { number, of: 3 }, &path("here")).unwrap();
        }
        Merge::open(&[path("here")], &path("here"), false, &()).unwrap().run(&mut no_row, &()).unwrap();
        assert_eq!(complete(&settings, Some(3), &path("elsewhere")), 3);
        assert!(files(&path("here")) == files(&path("elsewhere")));
        // Nothing is left to do.
        assert_eq!(complete(&settings, None, &path("elsewhere")), 0);
    }
}

/// What a process leaves that was killed while it wrote a shard goes when the shard is written again, and nothing else.
#[test]
fn leftovers_are_removed() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join("sweep").join(name);
    let settings = SweepSettings { records: true, ..small() };
    let (_, begun) = unfinished(&settings, Some(2), &path("")).unwrap();
    let done = begun[0].run(settings, &()).unwrap();
    fs::create_dir(path("records")).unwrap();
    let of_one = [
        path(".shard-1-of-2.log.abc123.part"),
        path("records/.shard-1-of-2-batch-000000000000.parquet.abc123.part"),
    ];
    let of_two = path(".shard-2-of-2.log.abc123.part");
    of_one.iter().chain([&of_two]).for_each(|path| fs::write(path, "cut").unwrap());
    done.write(&path("")).unwrap();
    assert!(of_one.iter().all(|path| !path.exists()) && of_two.exists());
    assert!(path("shard-1-of-2.log").exists());
}

/// A shard that was interrupted is continued elsewhere, and so is a sweep with more runs.
#[test]
fn what_was_begun_is_continued() {
    for records in [false, true] {
        let settings = SweepSettings { records, ..small() };
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        complete(&settings, Some(2), &path("sweep"));
        let whole = files(&path("sweep"));
        let log = path("sweep/shard-2-of-2.log");
        let text = fs::read(&log).unwrap();
        let header = text.iter().position(|&byte| byte == b'\n').unwrap() + 1;
        for length in [0, header / 2, header, header + 10] {
            fs::write(&log, &text[..length]).unwrap();
            let (of, begun) = unfinished(&settings, None, &path("sweep")).unwrap();
            assert_eq!((of, begun.len(), begun[0].shard), (2, 1, Shard { number: 2, of: 2 }));
            assert_eq!(complete(&settings, Some(2), &path("sweep")), 1);
            assert!(files(&path("sweep")) == whole);
        }
        let more = SweepSettings { runs: 5000, ..settings };
        assert_eq!(complete(&more, None, &path("sweep")), 2);
        run(&more, Shard::WHOLE, &path("whole")).unwrap();
        assert_same(&path("whole"), &path("sweep"));
    }
}

#[test]
fn what_does_not_fit_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sweep");
    complete(&small(), Some(2), &path);
    let message = |result: Result<(u64, Vec<ShardFiles>), Error>| {
        result.unwrap_err().to_string().replace(&format!("{}", folder.path().display()), "…")
    };
    assert_eq!(
        message(unfinished(&small(), Some(3), &path)),
        "…/sweep holds shards of a sweep divided into 2 instead of 3: use the same number, or name another folder"
    );
    let other = SweepSettings { seed: 2, ..small() };
    assert_eq!(
        message(unfinished(&other, None, &path)),
        "…/sweep/shard-1-of-2.log belongs to another sweep, with seed 1 instead of 2: use the same settings, name another folder, \
         or use --force to start over"
    );
    let log = fs::File::open(path.join("shard-2-of-2.log")).unwrap();
    log.lock().unwrap();
    assert_eq!(
        message(unfinished(&small(), None, &path)),
        "another process is writing …/sweep/shard-2-of-2.log: wait for it to end, or name another folder"
    );
    drop(log);
    for (of, expected) in [
        (0, "shard 1/0 does not exist: use 1/1 to 1/1"),
        (1001, "1001 shards are too many: use at most 1000"),
    ] {
        assert_eq!(message(unfinished(&small(), Some(of), &folder.path().join("new"))), expected);
    }
    // Starting over.
    let (of, begun) = ShardFiles::unfinished(other, Some(3), &path, true, &()).unwrap();
    assert_eq!((of, begun.len(), files(&path).len()), (3, 3, 0));
}

/// A worker with another version, or another kind of machine, may compute other bits.
#[test]
fn workers_have_to_be_alike() {
    let folder = tempfile::tempdir().unwrap();
    let (_, mut begun) = unfinished(&small(), Some(2), &folder.path().join("sweep")).unwrap();
    let shard = &mut begun[0];
    let text = String::from_utf8(shard.files[0].1.clone()).unwrap();
    let (content, _) = text.rsplit_once(" #").unwrap();
    let content = content.replace("linux", "plan9");
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(&0_u64.to_le_bytes());
    hasher.update(content.as_bytes());
    shard.files[0].1 = format!("{content} #{:08x}\n", hasher.finalize()).into_bytes();
    if cfg!(target_os = "linux") {
        let message = shard.run(small(), &()).unwrap_err().to_string();
        assert!(message.starts_with("the sweep was begun by version "), "{message}");
        assert!(message.contains("plan9"), "{message}");
        assert!(message.ends_with(", which may compute other bits: use workers that are alike"), "{message}");
    }
}

#[test]
fn there_are_as_many_shards_as_have_work() {
    let shards = |settings: SweepSettings| Plan::new(settings).unwrap().default_shards();
    let grid = |cells: usize| SweepSettings::grid(&(2..cells + 2).collect::<Vec<_>>(), &[9], &[1.0], &[0.1]);
    assert_eq!(shards(grid(1)), 1);
    assert_eq!(shards(grid(100)), 25);
    assert_eq!(shards(grid(10_000)), 240);
    assert_eq!(shards(SweepSettings { runs: 100 << 20, ..grid(1) }), 25);
    assert_eq!(shards(SweepSettings { runs: 1 << 40, ..grid(1) }), 240);
    // Where the number of runs is decided on the way, a cell is not divided.
    assert_eq!(shards(SweepSettings { runs: 1 << 40, until: Some(0.1), ..grid(100) }), 25);
}
