//! The same results, to the last byte, however the work was divided.

mod common;

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};

use common::{adaptive, assert_same, run, small};
use spurious_sweep::{End, Merge, Results, Row, Settings, Shard, Sweep, Watch};

/// Keeps all rows.
#[derive(Default)]
struct Rows(Vec<Row>);

impl Watch for Rows {
    fn row(&mut self, row: &Row) -> ControlFlow<()> {
        self.0.push(row.clone());
        ControlFlow::Continue(())
    }
}

/// Cells that take several blocks, and batches of several cells.
fn in_blocks() -> Settings {
    Settings {
        runs: 40_000,
        convergence: Some(0.5),
        steps: true,
        skip_impossible: true,
        ..Settings::grid(&[2], &[2, 3, 4], &[0.0, 1.0, 3.0], &[0.3])
    }
}

fn all_kinds() -> [Settings; 4] {
    [small(), in_blocks(), adaptive(), Settings { exact: true, records: true, ..small() }]
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
        let log = |folder: &std::path::Path| std::fs::read(folder.join("shard-1-of-1.log")).unwrap();
        assert!(log(&folders[0]) == log(&folders[1]));
        if settings.records {
            let name = "records/shard-1-of-1-batch-000000000000.parquet";
            let read = |folder: &std::path::Path| std::fs::read(folder.join(name)).unwrap();
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
                Merge::open(folders, out, false).unwrap().run(&mut (), &AtomicBool::new(false)).unwrap()
            };
            assert!(matches!(merge(std::slice::from_ref(&common), &common), End::Finished(_)));
            merge(&(1..=of).map(own).collect::<Vec<_>>(), &merged);
            assert_same(&path("whole"), &common);
            assert_same(&path("whole"), &merged);
        }
    }
}

/// Cancels after some looks at how the work goes.
struct Impatient<'a>(u32, &'a AtomicBool);

impl Watch for Impatient<'_> {
    fn progress(&mut self, _: &spurious_sweep::Progress) {
        match self.0.checked_sub(1) {
            Some(left) => self.0 = left,
            None => self.1.store(true, Ordering::Relaxed),
        }
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
            let cancel = AtomicBool::new(false);
            let sweep = Sweep::open(settings.clone(), Shard::WHOLE, &path("stopped"), false).unwrap();
            let patience = if stops < 20 { stops / 4 } else { u32::MAX };
            match sweep.run(&mut Impatient(patience, &cancel), &cancel).unwrap() {
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
        let rows = |sweep: Sweep| {
            let mut rows = Rows::default();
            sweep.run(&mut rows, &AtomicBool::new(false)).unwrap();
            rows.0
        };
        let open = || Sweep::open(settings.clone(), Shard::WHOLE, folder.path(), false).unwrap();
        let computed = rows(open());
        assert!(!computed.is_empty());
        assert_eq!(computed, rows(open()));
        assert_eq!(computed, Results::open(folder.path()).unwrap().collect::<Result<Vec<_>, _>>().unwrap());
        let mut results = Results::open(folder.path()).unwrap();
        for row in &computed {
            let (again, steps) = results.next_with_steps().unwrap().unwrap();
            assert_eq!((&again, row.steps.and_then(|steps| steps.mean)), (row, steps.mean()));
        }
        assert!(results.next_with_steps().is_none());
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
    let mut rows = Rows::default();
    Sweep::new(adaptive()).unwrap().run(&mut rows, &AtomicBool::new(false)).unwrap();
    for row in rows.0 {
        let width = row.upper - row.lower;
        assert!(width <= 0.02 || row.runs == 20_000, "{row:?}");
        // Not much later than it could: the width goes with one over the root of the number of runs.
        assert!(row.runs <= 2048 || width > 0.02 * 0.9, "{row:?}");
        assert_eq!(row.runs, row.global + row.spurious + row.undecided);
    }
}

/// What is summed up here is what an ensemble reports by itself.
#[test]
fn sums_are_those_of_an_ensemble() {
    use spurious::ensemble::{Ensemble, Observe};
    let settings = in_blocks();
    let sweep = Sweep::new(settings.clone()).unwrap();
    let points: Vec<_> = sweep.plan().points().collect();
    let mut rows = Rows::default();
    sweep.run(&mut rows, &AtomicBool::new(false)).unwrap();
    assert_eq!(rows.0.len(), points.len());
    let observe = Observe { steps: true, convergence: settings.convergence };
    for (row, point) in rows.0.iter().zip(points) {
        let ensemble = Ensemble::new(point.cell, point.step_size, settings.seed, row.cell).unwrap();
        let summary = ensemble.summary(0..settings.runs, &observe);
        assert_eq!((row.global, row.spurious), (summary.counts.global, summary.counts.spurious));
        let (steps, convergence) = (row.steps.unwrap(), row.convergence_steps.unwrap());
        assert_eq!(steps.mean, summary.steps.mean());
        assert_eq!(convergence.share_90, summary.convergence_steps.quantile(0.9).map(|steps| steps as f64));
    }
}
