//! The same results, to the last byte, however the work was divided.

mod common;

use std::ops::ControlFlow;
use std::path::Path;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use common::{adaptive, assert_same, no_row, run, small};
use spurious::Monitor;
use spurious::ensemble::CellEstimate;
use spurious_sweep::{End, Merge, Results, Shard, Sweep, SweepSettings};

/// All rows that a sweep hands over.
fn rows(sweep: Sweep) -> Vec<CellEstimate> {
    let mut rows = Vec::new();
    let mut keep = |row: &CellEstimate| {
        rows.push(row.clone());
        ControlFlow::Continue(())
    };
    sweep.run(&mut keep, &()).expect("a sweep");
    rows
}

/// Cells that take several blocks, and batches of several cells.
fn in_blocks() -> SweepSettings {
    SweepSettings {
        runs: 40_000,
        convergence: Some(0.5),
        steps: true,
        skip_impossible: true,
        ..SweepSettings::grid(&[2], &[2, 3, 4], &[0.0, 1.0, 3.0], &[0.3])
    }
}

fn all_kinds() -> [SweepSettings; 4] {
    [small(), in_blocks(), adaptive(), SweepSettings { exact: true, records: true, ..small() }]
}

#[test]
fn on_any_number_of_threads() {
    for settings in all_kinds() {
        let folder = tempfile::tempdir().unwrap();
        let folders = [1, 2].map(|threads| {
            let folder = folder.path().join(threads.to_string());
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| run(&settings, Shard::WHOLE, &folder)).unwrap();
            folder
        });
        assert_same(&folders[0], &folders[1]);
        let log = |folder: &Path| std::fs::read(folder.join("shard-1-of-1.log")).unwrap();
        assert!(log(&folders[0]) == log(&folders[1]));
        if settings.records {
            let name = "records/shard-1-of-1-batch-000000000000.parquet";
            let read = |folder: &Path| std::fs::read(folder.join(name)).unwrap();
            assert!(read(&folders[0]) == read(&folders[1]));
        }
    }
}

#[test]
fn in_any_number_of_shards() {
    for settings in all_kinds() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        run(&settings, Shard::WHOLE, &path("whole")).unwrap();
        for of in [3, 7] {
            // In one folder, and in one folder each.
            let (common, merged) = (path(&format!("common-{of}")), path(&format!("merged-{of}")));
            let own = |number: u64| path(&format!("shard-{number}-of-{of}"));
            for number in (1..=of).rev() {
                run(&settings, Shard { number, of }, &common).unwrap();
                run(&settings, Shard { number, of }, &own(number)).unwrap();
            }
            let merge = |folders: &[_], out| {
                Merge::open(folders, out, false, &()).unwrap().run(&mut no_row, &()).unwrap()
            };
            assert!(matches!(merge(std::slice::from_ref(&common), &common), End::Finished(_)));
            merge(&(1..=of).map(own).collect::<Vec<_>>(), &merged);
            assert_same(&path("whole"), &common);
            assert_same(&path("whole"), &merged);
        }
    }
}

/// Cancels after being asked so many times whether to.
struct Impatient(AtomicU32);

impl Monitor for Impatient {
    fn is_cancelled(&self) -> bool {
        let less = |left: u32| Some(left.saturating_sub(1));
        self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less).is_ok_and(|left| left == 0)
    }
}

#[test]
fn however_often_it_is_stopped() {
    let mut all_stops = 0;
    for settings in all_kinds() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        run(&settings, Shard::WHOLE, &path("whole")).unwrap();
        let mut stops = 0;
        loop {
            let sweep = Sweep::open(settings.clone(), Shard::WHOLE, &path("stopped"), false, &()).unwrap();
            let patience = if stops < 20 { stops / 4 } else { u32::MAX };
            match sweep.run(&mut no_row, &Impatient(patience.into())).unwrap() {
                End::Finished(_) => break,
                End::Stopped(_) => stops += 1,
            }
        }
        all_stops += stops;
        assert_same(&path("whole"), &path("stopped"));
    }
    // The smallest ones are done before anything can stop them.
    assert!(all_stops > 0);
}

/// Rows are the same whether they were just computed, read from the log, from the results, or not stored at all.
#[test]
fn rows_wherever_they_come_from() {
    for settings in all_kinds() {
        let folder = tempfile::tempdir().unwrap();
        let open = || Sweep::open(settings.clone(), Shard::WHOLE, folder.path(), false, &()).unwrap();
        let computed = rows(open());
        assert!(!computed.is_empty());
        assert_eq!(computed, rows(open()));
        let mut results = Results::open(&[folder.path().to_owned()], &()).unwrap();
        for row in &computed {
            let (again, steps) = results.next().unwrap().unwrap();
            assert_eq!((&again, row.observed.steps.and_then(|steps| steps.mean)), (row, steps.mean()));
        }
        assert!(results.next().is_none());
        if !settings.records {
            assert_eq!(computed, rows(Sweep::new(settings.clone()).unwrap()));
        }
        // The files are written anew if one is gone.
        std::fs::remove_file(folder.path().join("results.csv")).unwrap();
        rows(open());
        assert!(folder.path().join("results.csv").exists());
    }
}

#[test]
fn a_cell_stops_when_its_interval_is_narrow_enough() {
    for row in rows(Sweep::new(adaptive()).unwrap()) {
        let (width, counts) = (row.estimate.upper - row.estimate.lower, row.estimate.counts);
        assert!(width <= 0.02 || counts.runs == 20_000, "{row:?}");
        // Not much later than it could: the width goes with one over the root of the number of runs.
        assert!(counts.runs <= 2048 || width > 0.02 * 0.9, "{row:?}");
        assert_eq!(counts.runs, counts.global + counts.spurious + counts.undecided);
    }
}

/// What is summed up here is what an ensemble reports by itself.
#[test]
fn sums_are_those_of_an_ensemble() {
    use spurious::ensemble::{Ensemble, Observe};
    let settings = in_blocks();
    let sweep = Sweep::new(settings.clone()).unwrap();
    let points: Vec<_> = sweep.plan().points().collect();
    let rows = rows(sweep);
    assert_eq!(rows.len(), points.len());
    let observe = Observe { steps: true, convergence: settings.convergence, ..Observe::default() };
    for (row, point) in rows.iter().zip(points) {
        let ensemble = Ensemble::new(point.cell, point.step_size, settings.seed, row.cell).unwrap();
        let summary = ensemble.summary(0..settings.runs, &observe, &()).unwrap();
        assert_eq!(row.estimate.counts, summary.counts);
        let (steps, convergence) = (row.observed.steps.unwrap(), row.observed.convergence_steps.unwrap());
        assert_eq!(steps.mean, summary.steps.mean());
        assert_eq!(convergence.share_90, summary.convergence_steps.quantile(0.9).map(|steps| steps as f64));
    }
}

/// Hears of runs, as a line on the terminal would.
#[derive(Default)]
struct Heard {
    total: AtomicU64,
    runs: AtomicU64,
}

impl Monitor for Heard {
    fn begin(&self, stage: &str, total: Option<u64>) {
        if let Some(total) = total.filter(|_| stage.contains("runs")) {
            self.total.store(total, Ordering::Relaxed);
        }
    }

    fn advance(&self, runs: u64) {
        self.runs.fetch_add(runs, Ordering::Relaxed);
    }
}

/// What was kept and what is heard of are all runs, and a stop says how many are kept.
#[test]
fn every_run_is_heard_of_once() {
    for settings in [small(), in_blocks(), SweepSettings { records: true, ..small() }] {
        let folder = tempfile::tempdir().unwrap();
        let open = |monitor: &Heard| {
            Sweep::open(settings.clone(), Shard::WHOLE, folder.path(), false, monitor).unwrap()
        };
        let (first, second) = (Heard::default(), Heard::default());
        let all = open(&Heard::default()).plan().trials(Shard::WHOLE);
        let sweep = open(&first);
        assert_eq!(sweep.kept().runs, 0);
        assert!(matches!(sweep.run(&mut no_row, &first), Ok(End::Finished(end)) if end.runs == all));
        let heard = |of: &Heard| [&of.total, &of.runs].map(|count| u128::from(count.load(Ordering::Relaxed)));
        assert_eq!(heard(&first), [all, all]);
        let sweep = open(&second);
        assert_eq!((sweep.kept().runs, heard(&second)[1]), (all, all));
        sweep.run(&mut no_row, &second).unwrap();
        assert_eq!(heard(&second), [0, all]);
        let merged = Heard::default();
        let merge = Merge::open(&[folder.path().to_owned()], folder.path(), false, &merged).unwrap();
        merge.run(&mut no_row, &merged).unwrap();
        assert_eq!(heard(&merged)[1], 2 * all);
    }
}

/// A bar reaches its end: of a shard, of cells that stop early, of a sweep that goes on after it was stopped, and of a merge.
#[test]
fn a_stage_has_as_many_runs_as_it_announces() {
    for settings in [small(), in_blocks(), adaptive()] {
        let folder = tempfile::tempdir().unwrap();
        let mut folders = Vec::new();
        for number in 1..=3 {
            let path = folder.path().join(number.to_string());
            let open = |monitor: &dyn Monitor| {
                Sweep::open(settings.clone(), Shard { number, of: 3 }, &path, false, monitor).unwrap()
            };
            let impatient = Impatient(5.into());
            let _ = open(&()).run(&mut no_row, &impatient).unwrap();
            let sweep = open(&());
            let heard = Heard::default();
            assert!(matches!(sweep.run(&mut no_row, &heard), Ok(End::Finished(_))));
            let [total, runs] = [&heard.total, &heard.runs].map(|count| count.load(Ordering::Relaxed));
            assert_eq!(runs, total, "{settings:?}, shard {number}");
            folders.push(path);
        }
        let merged = Heard::default();
        let merge = Merge::open(&folders, &folder.path().join("all"), false, &()).unwrap();
        merge.run(&mut no_row, &merged).unwrap();
        let [total, runs] = [&merged.total, &merged.runs].map(|count| count.load(Ordering::Relaxed));
        assert!(runs == total && total > 0, "{runs} of {total}");
    }
}

/// Settings of sweeps that can be extended, with smaller numbers of runs that they may have begun with.
fn extensions() -> [(SweepSettings, Vec<u64>); 4] {
    [
        (small(), vec![1]),
        (small(), vec![999, 1000, 2999]),
        // In the middle of a block, at its end, and in a later one.
        (in_blocks(), vec![10_000, 16_384, 33_000]),
        (SweepSettings { exact: true, records: true, steps: true, ..small() }, vec![2000]),
    ]
}

#[test]
fn with_more_runs_later() {
    for (settings, earlier) in extensions() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        run(&settings, Shard::WHOLE, &path("whole")).unwrap();
        let mut kept = 0;
        for runs in earlier.into_iter().chain([settings.runs]) {
            let settings = SweepSettings { runs, ..settings.clone() };
            let open = || Sweep::open(settings.clone(), Shard::WHOLE, &path("extended"), false, &()).unwrap();
            // Nothing is done twice.
            let heard = Heard::default();
            let sweep = open();
            assert_eq!(sweep.kept().runs, kept);
            sweep.run(&mut no_row, &heard).unwrap();
            kept += u128::from(heard.runs.into_inner());
            assert_eq!(kept, open().plan().trials(Shard::WHOLE));
            // The results of each number of runs are those of a sweep that had it from the beginning, row by row.
            run(&settings, Shard::WHOLE, &path(&runs.to_string())).unwrap();
            assert_same(&path(&runs.to_string()), &path("extended"));
            if !settings.records {
                assert_eq!(rows(open()), rows(Sweep::new(settings).unwrap()));
            }
        }
        assert_same(&path("whole"), &path("extended"));
    }
}

/// Stopped anywhere, with the larger number given before the smaller one was done, in shards that had different numbers
/// before, on any number of threads.
#[test]
fn extended_however_it_was_divided() {
    let mut all_stops = 0;
    for (settings, earlier) in extensions() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        run(&settings, Shard::WHOLE, &path("whole")).unwrap();
        let mut stops = 0;
        loop {
            let runs = *earlier.get(stops as usize / 2).unwrap_or(&settings.runs);
            let settings = SweepSettings { runs, ..settings.clone() };
            let sweep = Sweep::open(settings, Shard::WHOLE, &path("stopped"), false, &()).unwrap();
            let patience = if stops < 20 { stops } else { u32::MAX };
            let end = sweep.run(&mut no_row, &Impatient(patience.into())).unwrap();
            if matches!(end, End::Finished(end) if end.runs == end.all_runs) && stops >= 20 {
                break;
            }
            stops += 1;
            all_stops += u32::from(matches!(end, End::Stopped(_)));
        }
        assert_same(&path("whole"), &path("stopped"));

        let of = 3;
        for number in 1..=of {
            for &runs in earlier.iter().skip(number as usize - 1) {
                run(&SweepSettings { runs, ..settings.clone() }, Shard { number, of }, &path("shards"))
                    .unwrap();
            }
            let pool = rayon::ThreadPoolBuilder::new().num_threads(number as usize).build().unwrap();
            pool.install(|| run(&settings, Shard { number, of }, &path("shards"))).unwrap();
        }
        let merge = Merge::open(&[path("shards")], &path("merged"), false, &()).unwrap();
        merge.run(&mut no_row, &()).unwrap();
        assert_same(&path("whole"), &path("merged"));
    }
    assert!(all_stops > 0);
}
