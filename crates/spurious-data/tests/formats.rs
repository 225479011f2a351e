//! Files that other programs wrote, in every type and compression, hold the numbers that they should.

use std::path::PathBuf;

use spurious_data::{OwnedValues, Precision, Reader, Request, Table, Target};

const ROWS: usize = 12;

fn path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name)
}

fn load(name: &str, request: &Request) -> Result<Table, String> {
    let shown = |error: spurious_data::Error| {
        assert!(error.is_input());
        error.to_string().replace(&path("").display().to_string(), "")
    };
    Reader::open(&path(name), request).and_then(|mut reader| reader.load(1 << 20)).map_err(shown)
}

fn target(name: &str) -> Request {
    Request { target: Some(Target::Column(name.to_owned())), ..Request::default() }
}

fn doubles(values: &OwnedValues) -> Vec<f64> {
    let values = values.as_values();
    (0..values.len()).map(|i| values.get(i)).collect()
}

/// `x1` and `x2` of every row.
fn features() -> Vec<f64> {
    (0..ROWS).flat_map(|i| [i as f64, i as f64 / 4.0 - 3.0]).collect()
}

fn targets() -> Vec<f64> {
    (0..ROWS).map(|i| if i % 2 == 0 { i as f64 } else { -(i as f64) }).collect()
}

#[test]
fn every_type_of_numpy() {
    for (name, precision) in [("f2", Precision::F32), ("f4", Precision::F32), ("f8", Precision::F64)] {
        let table = load(&format!("{name}.npy"), &Request::default()).unwrap();
        assert_eq!((table.values.precision(), doubles(&table.values)), (precision, features()));
        assert_eq!(table.features, ["1", "2"]);
    }
    for name in ["i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8"] {
        let table = load(&format!("{name}.npy"), &Request::default()).unwrap();
        assert_eq!(table.values, OwnedValues::F64((0..ROWS).map(|i| i as f64).collect()), "{name}");
    }
    let table = load("bool.npy", &Request::default()).unwrap();
    assert_eq!(doubles(&table.values), (0..ROWS).map(|i| (i % 2) as f64).collect::<Vec<_>>());
}

#[test]
fn every_version_and_shape_of_numpy() {
    for version in 1..=3 {
        let table = load(&format!("version{version}.npy"), &Request::default()).unwrap();
        assert_eq!(table.values, OwnedValues::F64(features()));
    }
    assert_eq!(load("vector.npy", &Request::default()).unwrap().values, OwnedValues::F64(targets()));
    let cube = load("cube.npy", &Request::default()).unwrap();
    assert_eq!(cube.features, ["1", "2", "3", "4"]);
    assert_eq!(cube.values, OwnedValues::F32((0..4 * ROWS).map(|i| i as f32).collect()));
    // With a target taken out the numbers are gathered instead of copied.
    let table = load("f8.npy", &target("2")).unwrap();
    assert_eq!(table.values, OwnedValues::F64((0..ROWS).map(|i| i as f64).collect()));
    assert_eq!(table.target.unwrap(), features().into_iter().skip(1).step_by(2).collect::<Vec<_>>());
}

#[test]
fn arrays_that_are_no_tables_of_numbers() {
    for (name, message) in [
        ("big", "big.npy holds big-endian numbers ('>f8'): convert with array.astype('<f8')"),
        ("fortran", "fortran.npy is in Fortran order: convert with numpy.ascontiguousarray"),
        ("complex", "complex.npy holds values of type '<c16': floats, integers and booleans are read"),
        ("text", "text.npy holds text: features are floats, integers or booleans"),
        ("date", "date.npy holds values of type '<M8[D]': floats, integers and booleans are read"),
        (
            "record",
            "record.npy holds values of type [('a', '<f8'), ('b', '<i4')]: floats, integers and booleans are read",
        ),
        ("scalar", "scalar.npy has a damaged NPY header: it is a single number and no table"),
        ("object", "object.npy holds values of type '|O': floats, integers and booleans are read"),
    ] {
        assert_eq!(load(&format!("{name}.npy"), &Request::default()).unwrap_err(), message);
    }
}

#[test]
fn arrays_in_a_zip_file() {
    let table = load("stored.npz", &target("y")).unwrap();
    assert_eq!((table.values, table.target), (OwnedValues::F64(features()), Some(targets())));
    assert_eq!(table.target_name.as_deref(), Some("y"));

    let request = Request { weights: Some("w".to_owned()), ..target("labels") };
    let table = load("deflated.npz", &request).unwrap();
    assert_eq!(doubles(&table.values), features());
    assert_eq!(table.values.precision(), Precision::F32);
    assert_eq!((table.target, table.weights), (Some(targets()), Some(vec![1.0; ROWS])));

    // A column of the data array, where no array has that name.
    let request = Request { array: Some("X".to_owned()), ..target("1") };
    assert_eq!(
        load("stored.npz", &request).unwrap().target.unwrap(),
        (0..ROWS).map(|i| i as f64).collect::<Vec<_>>()
    );

    assert_eq!(
        load("deflated.npz", &Request::default()).unwrap_err(),
        "deflated.npz: which array holds the features? Name one with --array: it has 'features', 'labels', 'w'"
    );
    assert_eq!(
        load("stored.npz", &target("label")).unwrap_err(),
        "stored.npz has no array 'label': it has 'X', 'y'"
    );
    let request = Request { array: Some("Z".to_owned()), ..Request::default() };
    assert_eq!(load("stored.npz", &request).unwrap_err(), "stored.npz has no array 'Z': it has 'X', 'y'");
    let request = Request { array: Some("X".to_owned()), ..Request::default() };
    assert_eq!(
        load("f8.npy", &request).unwrap_err(),
        "f8.npy has no arrays to choose 'X' from: it is not an NPZ file"
    );
}

#[test]
fn every_compression_of_parquet() {
    for name in [
        "pyarrow-none",
        "pyarrow-snappy",
        "pyarrow-zstd",
        "pyarrow-gzip",
        "pyarrow-lz4",
        "polars-uncompressed",
        "polars-snappy",
        "polars-zstd",
        "polars-gzip",
        "polars-lz4",
        "groups",
        "encodings",
    ] {
        let table = load(&format!("{name}.parquet"), &target("y")).unwrap();
        assert_eq!((table.values, table.target), (OwnedValues::F64(features()), Some(targets())), "{name}");
    }
    assert_eq!(
        load("pyarrow-brotli.parquet", &Request::default()).unwrap_err(),
        "pyarrow-brotli.parquet is compressed with BROTLI: snappy, zstd, gzip and lz4_raw are read"
    );
}

#[test]
fn every_type_of_parquet() {
    let table = load("types.parquet", &target("bool")).unwrap();
    let columns = table.features.len();
    assert_eq!(columns, 10);
    assert_eq!(doubles(&table.values), (0..ROWS * columns).map(|i| (i / columns) as f64).collect::<Vec<_>>());
    assert_eq!(table.target.unwrap()[..4], [0.0, 1.0, 0.0, 1.0]);
    // Only single precision among the features.
    let request = Request { features: Some(vec!["f4".to_owned()]), ..Request::default() };
    let reader = Reader::open(&path("types.parquet"), &request).unwrap();
    assert_eq!(reader.precision(), Precision::F32);
}

#[test]
fn other_columns_of_parquet_can_be_left_out() {
    let drop = |names: &[&str]| Request {
        drop: names.iter().map(|&name| name.to_owned()).collect(),
        ..Request::default()
    };
    let columns = ["text", "when", "day", "list", "pair"];
    for (i, found) in
        ["text", "timestamps", "dates", "lists or structures", "lists or structures"].into_iter().enumerate()
    {
        let column = columns[i];
        assert_eq!(
            load("others.parquet", &drop(&columns[..i])).unwrap_err(),
            format!("others.parquet: column '{column}' holds {found}: leave it out with --drop '{column}'")
        );
    }
    let table = load("others.parquet", &drop(&columns)).unwrap();
    assert_eq!(table.features, ["x"]);
    assert_eq!(table.rows, ROWS);
    assert_eq!(
        load("null.parquet", &Request::default()).unwrap_err(),
        "null.parquet, row 3, column 'x': the value is missing"
    );
}

#[test]
fn text_of_other_programs() {
    let table = load("polars.csv", &target("y")).unwrap();
    assert_eq!((table.values, table.target), (OwnedValues::F64(features()), Some(targets())));
    let table = load("pandas.csv.gz", &target("y")).unwrap();
    assert_eq!((table.values, table.target), (OwnedValues::F64(features()), Some(targets())));
    // pandas writes row labels into a column without a name.
    let table = load("pandas.csv", &Request { drop: vec!["1".to_owned()], ..target("y") }).unwrap();
    assert_eq!(table.values, OwnedValues::F64(features()));
}

/// Text, dates and nulls of a Parquet file, in the roles in which they can be read.
#[test]
fn columns_of_parquet_that_are_not_numbers() {
    let request = Request {
        target: Some(Target::Column("text".to_owned())),
        groups: Some("day".to_owned()),
        time: Some("when".to_owned()),
        tidy: true,
        ..Request::default()
    };
    // A date is a time, and no group.
    assert_eq!(
        load("others.parquet", &request).unwrap_err(),
        "others.parquet: column 'day' holds dates: it cannot be the groups"
    );
    let request = Request { groups: Some("text".to_owned()), target: None, ..request };
    let mut reader = Reader::open(&path("others.parquet"), &request).unwrap();
    assert_eq!(reader.features(), ["x"]);
    let left_out: Vec<String> = reader.left_out().iter().map(ToString::to_string).collect();
    assert_eq!(left_out, ["'day' (dates)", "'list' (lists or structures)", "'pair' (lists or structures)"]);
    let table = reader.load(1000).unwrap();
    assert_eq!(table.groups.unwrap(), (0..ROWS as u32).collect::<Vec<_>>());
    assert_eq!(table.time.unwrap(), (0..ROWS).map(|i| i as f64).collect::<Vec<_>>());

    let mut reader =
        Reader::open(&path("others.parquet"), &Request { tidy: true, ..target("text") }).unwrap();
    reader.load(1000).unwrap();
    assert_eq!(reader.labels().unwrap(), (0..ROWS).map(|i| i.to_string()).collect::<Vec<_>>());

    assert_eq!(
        load("null.parquet", &Request::default()).unwrap_err(),
        "null.parquet, row 3, column 'x': the value is missing"
    );
    let table = load("null.parquet", &Request { missing: true, ..Request::default() }).unwrap();
    let shown: Vec<String> = doubles(&table.values).iter().map(f64::to_string).collect();
    assert_eq!(shown, ["1", "2", "NaN", "4"]);
}

/// Arrays of text are labels, in a file of their own or beside the features.
#[test]
fn arrays_of_text_are_labels() {
    let request = Request { target: Some(Target::File(path("text.npy"))), ..Request::default() };
    let mut reader = Reader::from_bytes("data.csv".as_ref(), *b"x\n1\n2\n3\n", &request).unwrap();
    match reader.load(1000) {
        Ok(table) => assert_eq!(table.rows, reader.labels().unwrap().len()),
        Err(error) => assert!(error.to_string().contains("rows where"), "{error}"),
    }
}
