//! What a writer has written, a reader reads, in blocks of any size.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

use std::ops::ControlFlow;
use std::path::Path;

use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use spurious_data::{
    Columns, Error, Layout, OwnedValues, Precision, Reader, Request, Target, Values, Writer,
};

const ENDINGS: [&str; 7] = ["csv", "tsv", "csv.gz", "tsv.gz", "npy", "npz", "parquet"];

fn layout(features: usize, target: bool, precision: Precision, rows: usize) -> Layout {
    let columns = Columns {
        features: (1..=features).map(|i| format!("x{i}")).collect(),
        target: target.then(|| "y".to_owned()),
        ..Columns::default()
    };
    Layout { columns, precision, rows: Some(rows as u64) }
}

/// Where the writer has put the target.
fn request(path: &Path, ending: &str, target: bool) -> Request {
    let beside = || path.with_file_name("data.target.npy");
    let target = target.then(|| match ending {
        "npy" => Target::File(beside()),
        _ => Target::Column("y".to_owned()),
    });
    Request { target, ..Request::default() }
}

fn write(path: &Path, layout: &Layout, values: &OwnedValues, target: Option<&[f64]>, rows_at_once: usize) {
    let features = layout.columns.features.len();
    let mut writer = Writer::create(path, layout, false).unwrap();
    for begin in (0..layout.rows.expect("known") as usize).step_by(rows_at_once) {
        let end = (begin + rows_at_once).min(layout.rows.expect("known") as usize);
        let numbers = begin * features..end * features;
        let values = match values {
            OwnedValues::F32(values) => Values::F32(&values[numbers]),
            OwnedValues::F64(values) => Values::F64(&values[numbers]),
        };
        writer.write(values, target.map(|target| &target[begin..end])).unwrap();
    }
    writer.finish().unwrap();
}

fn number() -> impl Strategy<Value = f64> {
    prop_oneof![-1e3..1e3, any::<f64>().prop_filter("finite", |x| x.is_finite()), Just(0.0), Just(-0.0)]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, rng_seed: RngSeed::Fixed(1), ..ProptestConfig::default() })]

    #[test]
    fn what_is_written_is_read(
        numbers in prop::collection::vec(number(), 1..200),
        features in 1..5_usize,
        has_target in any::<bool>(),
        single in any::<bool>(),
        written_at_once in 1..50_usize,
        read_at_once in 1..50_usize,
    ) {
        let rows = (numbers.len() / features).max(1);
        let numbers: Vec<f64> = numbers.iter().copied().cycle().take(rows * features).collect();
        let values = if single {
            OwnedValues::F32(numbers.iter().map(|&x| (x as f32).clamp(f32::MIN, f32::MAX)).collect())
        } else {
            OwnedValues::F64(numbers.clone())
        };
        let target = has_target.then(|| numbers.iter().rev().copied().take(rows).collect::<Vec<_>>());
        let folder = tempfile::tempdir().unwrap();
        for ending in ENDINGS {
            let path = folder.path().join(format!("data.{ending}"));
            let layout = layout(features, has_target, values.precision(), rows);
            write(&path, &layout, &values, target.as_deref(), written_at_once);
            let mut reader = Reader::open(&path, &request(&path, ending, has_target)).unwrap();
            let table = reader.load(1 << 20).unwrap();
            let text = ending.starts_with("csv") || ending.starts_with("tsv");
            match (&values, &table.values) {
                (OwnedValues::F32(written), OwnedValues::F64(read)) if text => {
                    // The fewest digits of a float, read as a double, are that float again when rounded.
                    prop_assert_eq!(written, &read.iter().map(|&x| x as f32).collect::<Vec<_>>());
                }
                (written, read) => prop_assert_eq!(written, read),
            }
            prop_assert_eq!(&table.target, &target);
            prop_assert_eq!(table.rows, rows);

            // In blocks it is the same table.
            let (mut first_row, mut streamed, mut streamed_target) = (0, Vec::new(), Vec::new());
            let counted = reader.pass(read_at_once, &mut |block| {
                assert_eq!(block.first_row, first_row);
                first_row += block.rows as u64;
                assert!(block.rows == read_at_once || first_row == rows as u64);
                streamed.extend((0..block.values.len()).map(|i| block.values.get(i)));
                streamed_target.extend(block.target.into_iter().flatten());
                ControlFlow::Continue(())
            }).unwrap();
            prop_assert_eq!(counted, rows as u64);
            let loaded: Vec<f64> = (0..streamed.len()).map(|i| table.values.as_values().get(i)).collect();
            prop_assert_eq!(streamed, loaded);
            prop_assert_eq!(has_target.then_some(streamed_target), target.clone());
        }
    }
}

#[test]
fn several_row_groups_and_large_blocks() {
    let folder = tempfile::tempdir().unwrap();
    let rows = 300_000;
    let values: Vec<f64> = (0..rows * 10).map(|i| f64::from(i as u32) * 0.5).collect();
    for ending in ["npy", "npz", "parquet"] {
        let path = folder.path().join(format!("data.{ending}"));
        write(
            &path,
            &layout(10, false, Precision::F64, rows),
            &OwnedValues::F64(values.clone()),
            None,
            70_001,
        );
        let mut reader = Reader::open(&path, &Request::default()).unwrap();
        assert_eq!(reader.rows(), Some(rows as u64));
        assert_eq!(reader.in_memory_bytes(), Some(rows as u64 * 80));
        assert_eq!(reader.load(1 << 30).unwrap().values, OwnedValues::F64(values.clone()), "{ending}");
        let mut seen = 0;
        let rows = reader.pass(99_999, &mut |block| {
            seen += 1;
            if seen == 2 {
                ControlFlow::Break(())
            } else {
                assert_eq!(block.rows, 99_999);
                ControlFlow::Continue(())
            }
        });
        assert_eq!(rows.unwrap(), 199_998);
    }
}

#[test]
fn names_survive() {
    let folder = tempfile::tempdir().unwrap();
    let names = ["a", "a b", "Größe", "\"quoted\"", "with,comma"];
    for ending in ["csv", "tsv", "csv.gz", "parquet"] {
        let path = folder.path().join(format!("data.{ending}"));
        let columns = Columns { features: names.map(str::to_owned).to_vec(), ..Columns::default() };
        let layout = Layout { columns, precision: Precision::F64, rows: Some(1) };
        write(&path, &layout, &OwnedValues::F64(vec![1.0; 5]), None, 1);
        assert_eq!(Reader::open(&path, &Request::default()).unwrap().features(), names, "{ending}");
    }
}

#[test]
fn nothing_is_left_of_what_was_not_finished() {
    let folder = tempfile::tempdir().unwrap();
    let entries = || std::fs::read_dir(folder.path()).unwrap().count();
    for ending in ENDINGS {
        let path = folder.path().join(format!("data.{ending}"));
        let mut writer = Writer::create(&path, &layout(2, true, Precision::F64, 2), false).unwrap();
        writer.write(Values::F64(&[1.0, 2.0]), Some(&[3.0])).unwrap();
        assert!(entries() > 0 && !path.exists());
        drop(writer);
        assert_eq!(entries(), 0, "{ending}");

        let mut writer = Writer::create(&path, &layout(2, false, Precision::F64, 2), false).unwrap();
        writer.write(Values::F64(&[1.0, 2.0]), None).unwrap();
        let error = writer.finish().unwrap_err();
        assert_eq!(error.to_string(), format!("{}: 1 rows where 2 were announced", path.display()));
        assert!(!error.is_input());
        assert_eq!(entries(), 0, "{ending}");
    }
}

#[test]
fn what_does_not_fit_the_layout_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("data.npy");
    let mut writer = Writer::create(&path, &layout(2, true, Precision::F64, 1), false).unwrap();
    let shown = |result: Result<(), Error>| {
        result.unwrap_err().to_string().replace(&path.display().to_string(), "data.npy")
    };
    assert_eq!(
        shown(writer.write(Values::F64(&[1.0; 3]), Some(&[1.0]))),
        "data.npy: 1 numbers in the last row where 2 were announced"
    );
    assert_eq!(
        shown(writer.write(Values::F64(&[1.0; 2]), None)),
        "data.npy: 0 targets where 1 were announced"
    );
    assert_eq!(
        shown(writer.write(Values::F64(&[1.0; 4]), Some(&[1.0; 2]))),
        "data.npy: 2 rows where 1 were announced"
    );
}

#[test]
fn a_file_is_replaced_only_when_asked() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("data.csv");
    std::fs::write(&path, "old").unwrap();
    let layout = layout(1, false, Precision::F64, 1);
    let error = Writer::create(&path, &layout, false).unwrap_err();
    assert_eq!(error.to_string(), format!("{} exists: use --force to replace it", path.display()));
    let mut writer = Writer::create(&path, &layout, true).unwrap();
    writer.write(Values::F64(&[1.0]), None).unwrap();
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "old");
    writer.finish().unwrap();
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "x1\n1\n");
    assert!(Writer::create(&folder.path().join("no/folder.csv"), &layout, false).unwrap_err().is_input());
    assert!(Writer::create(folder.path(), &layout, false).unwrap_err().is_input());
}
