//! What is said about files that cannot be read, word for word.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

use std::io::Write as _;
use std::ops::ControlFlow;

use spurious_data::{Columns, Layout, Precision, Reader, Request, Target, Values, Writer};

/// The message of the first error, in opening or in reading.
fn message(name: &str, bytes: &[u8], request: &Request) -> String {
    let error = Reader::from_bytes(name.as_ref(), bytes, request)
        .and_then(|mut reader| reader.pass(2, &mut |_| ControlFlow::Continue(())))
        .unwrap_err();
    assert!(error.is_input(), "{error}");
    error.to_string()
}

fn csv(text: &str) -> String {
    message("data.csv", text.as_bytes(), &Request::default())
}

fn target(name: &str) -> Request {
    Request { target: Some(Target::Column(name.to_owned())), ..Request::default() }
}

#[test]
fn text() {
    for (text, expected) in [
        ("", "data.csv is empty"),
        ("\u{feff}\n\r\n", "data.csv is empty"),
        ("a,b\n", "data.csv has a header but no rows"),
        ("a,b\n1,2\n1,2,3\n", "data.csv, line 3: 3 fields where the header has 2"),
        ("a,b\r\n1,2\r\n\r\n1\r\n", "data.csv, line 4: 1 field where the header has 2"),
        ("1,2\n1,2\n1\n", "data.csv, line 3: 1 field where the first row has 2"),
        ("x1,x2\n1,2\n3,abc\n", "data.csv, line 3, column 'x2': 'abc' is not a number"),
        ("x1,x2\n1,\"a\nb\"\n", "data.csv, line 2, column 'x2': 'a\\nb' is not a number"),
        (
            "x1,x2\n1,2\n\"1,5\",2\n",
            "data.csv, line 3, column 'x1': '1,5' has a decimal comma: write numbers with a point",
        ),
        (
            "x1;x2\n1,5;2\n1.5;2\n",
            "data.csv, line 2, column 'x1': '1,5' has a decimal comma: write numbers with a point",
        ),
        (
            "x1;x2\n1,5;2\n1.234,5;2\n",
            "data.csv, line 3, column 'x1': '1.234,5' has separators between its digits: write numbers without them",
        ),
        (
            "x1,x2\n1,\"1,234\"\n",
            "data.csv, line 2, column 'x2': '1,234' has separators between its digits: write numbers without them",
        ),
        (
            "x1,x2\n1,12 %\n",
            "data.csv, line 2, column 'x2': '12 %' has a percent sign: write the number alone",
        ),
        ("x1,x2\n1,$5\n", "data.csv, line 2, column 'x2': '$5' has a currency sign: write the number alone"),
        ("x1,x2\n1,2\n,4\n", "data.csv, row 2 (line 3), column 'x1': the value is missing"),
        ("x1,x2\n1,2\nNA,4\n", "data.csv, row 2 (line 3), column 'x1': the value is missing"),
        ("x1\n\n1\n?\n", "data.csv, row 2 (line 4), column 'x1': the value is missing"),
        ("x1,x2\n1,NaN\n", "data.csv, row 1 (line 2), column 'x2': the value is missing"),
        ("x1,x2\n1,-inf\n", "data.csv, row 1 (line 2), column 'x2': the value is infinite"),
        ("x1,x2\n1,1e999\n", "data.csv, row 1 (line 2), column 'x2': the value is infinite"),
        ("1,,3\n", "data.csv, row 1 (line 1), column '2': the value is missing"),
        ("a,b,a\n1,2,3\n", "data.csv has two columns 'a'"),
        (",1\n1,x\n", "data.csv, row 1 (line 1), column '1': the value is missing"),
    ] {
        assert_eq!(csv(text), expected, "{text:?}");
    }
    assert_eq!(
        message("data.csv", b"a,\xff\n1,2\n", &Request::default()),
        "data.csv: the name of column 2 is not UTF-8"
    );
    assert_eq!(
        message("data.xlsx", b"", &Request::default()),
        "data.xlsx has no known ending: use .csv, .tsv, .csv.gz, .tsv.gz, .npy, .npz or .parquet"
    );
}

#[test]
fn columns_that_are_not_there() {
    let data = b"x1,x2,label\n1,2,3\n";
    assert_eq!(
        message("data.csv", data, &target("lable")),
        "data.csv has no column 'lable': did you mean 'label'? It has 'x1', 'x2', 'label'"
    );
    assert_eq!(
        message("data.csv", data, &target("4")),
        "data.csv has no column '4': it has 'x1', 'x2', 'label'"
    );
    let request = Request { features: Some(vec!["x1".to_owned(), "x3".to_owned()]), ..Request::default() };
    assert_eq!(
        message("data.csv", data, &request),
        "data.csv has no column 'x3': did you mean 'x1'? It has 'x1', 'x2', 'label'"
    );
}

#[test]
fn quoted_and_spaced_numbers_are_numbers() {
    for text in [
        "\"x\" , y\n\" 1\" , +2\n",
        "x\ty\n1.\t2e0\n",
        "x;y\n1;2",
        "\u{feff}x,y\r\n\"1\",\"2\"\r\n",
        "1,2",
        "x,y\r1,2",
    ] {
        let mut reader =
            Reader::from_bytes("data.csv".as_ref(), text.as_bytes(), &Request::default()).unwrap();
        let table = reader.load(100).unwrap();
        assert_eq!(
            (table.values.as_values().get(0), table.values.as_values().get(1)),
            (1.0, 2.0),
            "{text:?}"
        );
    }
}

#[test]
fn long_lines() {
    // A quote that is never closed makes one field of the rest of the file.
    let mut text = b"x,y\n1,2\n3,\"".to_vec();
    text.resize(65_000_000, b'7');
    assert_eq!(message("data.csv", &text, &Request::default()), "data.csv, line 3 is longer than 64 MB");
    let commas = vec![b','; 2_000_000];
    assert_eq!(
        message("data.csv", &commas, &Request::default()),
        "data.csv has 1000001 columns: at most 1000000"
    );
}

#[test]
fn a_gzip_bomb_is_read_in_bounded_memory() {
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(b"x\n").unwrap();
    for _ in 0..70 {
        gzip.write_all(&[b'1'; 1_000_000]).unwrap();
    }
    let bytes = gzip.finish().unwrap();
    assert!(bytes.len() < 1_000_000);
    assert_eq!(
        message("data.csv.gz", &bytes, &Request::default()),
        "data.csv.gz, line 2 is longer than 64 MB"
    );
    assert_eq!(
        message("data.csv.gz", &bytes[..1000], &Request::default()),
        "data.csv.gz is damaged: it is cut off"
    );
    assert_eq!(
        message("data.csv.gz", b"height,width\n1,2\n", &Request::default()),
        "data.csv.gz is damaged: invalid gzip header"
    );
}

fn npy(header: &str, data: &[u8]) -> Vec<u8> {
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend((header.len() as u16).to_le_bytes());
    bytes.extend(header.bytes());
    bytes.extend(data);
    bytes
}

#[test]
fn numpy() {
    let header = |dtype: &str, shape: &str| {
        format!("{{'descr': '{dtype}', 'fortran_order': False, 'shape': {shape}}}")
    };
    let one_row = header("<f8", "(1, 2)");
    let twelve = [0; 12];
    let wrong_version = [b"\x93NUMPY\x04\x00".as_slice(), &[0; 50]].concat();
    let long_header = [b"\x93NUMPY\x02\x00\xff\xff\xff\xff".as_slice(), &[0; 50]].concat();
    for (bytes, expected) in [
        (vec![], "data.npy is empty"),
        (b"x1,x2\n1,2\n".to_vec(), "data.npy is not an NPY file"),
        (wrong_version, "data.npy has NPY version 4.0: 1.0, 2.0 and 3.0 are read"),
        (long_header, "data.npy has a damaged NPY header: it is longer than 65536 bytes"),
        (npy("{'descr'", b""), "data.npy has a damaged NPY header: it has a key without a value"),
        (npy(&one_row, &twelve), "data.npy is cut off: it has 79 bytes and needs 83"),
        (npy(&one_row, &[0; 17]), "data.npy has 1 byte too many behind its numbers"),
        (npy(&header("<f8", "(0, 2)"), b""), "data.npy has no rows"),
        (npy(&header("<f8", "(2, 0)"), b""), "data.npy has no column of numbers left to be a feature"),
        (npy(&header("<f8", "(2, 1000001)"), b""), "data.npy has 1000001 columns: at most 1000000"),
        (
            npy(&header("<f8", "(9223372036854775807, 2)"), b""),
            "data.npy has a damaged NPY header: its shape is larger than any file",
        ),
        (
            npy(&header("<f8", "(1, 4294967296, 4294967296)"), b""),
            "data.npy has 18446744073709551615 columns: at most 1000000",
        ),
        (
            npy(&one_row, &[[0; 8], f64::NAN.to_le_bytes()].concat()),
            "data.npy, row 1, column '2': the value is NaN",
        ),
        (
            npy(&header("<f4", "(2,)"), &[1_f32.to_le_bytes(), f32::INFINITY.to_le_bytes()].concat()),
            "data.npy, row 2, column '1': the value is infinite",
        ),
        (
            npy(&header("<i8", "(1, 1)"), &(-(1_i64 << 53) - 1).to_le_bytes()),
            "data.npy, row 1, column '1': -9007199254740993 is larger than 2^53 and would be rounded",
        ),
        (
            npy(&header("<u8", "(1, 1)"), &u64::MAX.to_le_bytes()),
            "data.npy, row 1, column '1': 18446744073709551615 is larger than 2^53 and would be rounded",
        ),
    ] {
        assert_eq!(message("data.npy", &bytes, &Request::default()), expected);
    }
}

fn stored(name: &str) -> Vec<u8> {
    std::fs::read(format!("{}/tests/data/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

#[test]
fn zip() {
    let good = stored("stored.npz");
    let message = |bytes: &[u8]| message("data.npz", bytes, &target("y"));
    assert_eq!(message(b""), "data.npz is empty");
    assert!(message(b"nothing like it").starts_with("data.npz is damaged: "));
    for cut in [1, 50, good.len() / 2, good.len() - 1] {
        assert!(message(&good[..cut]).starts_with("data.npz is damaged: "), "{cut}");
    }
    // One bit of a number.
    let place = good.windows(8).position(|bytes| bytes == (-2.75_f64).to_le_bytes()).unwrap();
    let mut flipped = good.clone();
    flipped[place] ^= 1;
    assert_eq!(message(&flipped), "data.npz, array 'X' is damaged: its checksum does not fit");

    // An entry that says it is short and unpacks to a gigabyte is read no further than its header says.
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    zip.start_file("X.npy", zip::write::SimpleFileOptions::default()).unwrap();
    zip.write_all(&npy("{'descr': '<f8', 'fortran_order': False, 'shape': (1, 2)}", &vec![0; 1 << 24]))
        .unwrap();
    let bomb = zip.finish().unwrap().into_inner();
    assert_eq!(
        self::message("data.npz", &bomb, &Request::default()),
        "data.npz, array 'X' has 16777200 bytes too many behind its numbers"
    );
}

#[test]
fn parquet() {
    let good = stored("groups.parquet");
    let message = |bytes: &[u8]| message("data.parquet", bytes, &Request::default());
    assert_eq!(message(b""), "data.parquet is empty");
    assert_eq!(message(b"PAR1PAR1"), "data.parquet is damaged: it is too short for a Parquet file");
    assert_eq!(
        message(&good[..good.len() - 1]),
        "data.parquet is damaged: it does not end as a Parquet file does"
    );
    let mut long = good.clone();
    let place = long.len() - 8;
    long[place..][..4].fill(0xff);
    assert_eq!(message(&long), "data.parquet is damaged: its list of row groups is longer than the file");
    // One bit of a number of the first column, which are not compressed to less than eight bytes.
    let place = good.windows(12).position(|bytes| bytes == [1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0]);
    let mut flipped = good;
    flipped[place.unwrap()] ^= 1;
    assert_eq!(
        message(&flipped),
        "data.parquet is damaged: column 'x1': the checksum of a page does not fit"
    );
}

/// Names, fields and types with sequences that would colour, clear or rename a terminal.
#[test]
fn control_characters_of_a_file_are_escaped() {
    const EVIL: &str = "a\u{1b}[2Jb\nc\u{7}";
    let shown = "a\\u{1b}[2Jb\\nc\\u{7}";
    let long = format!("\u{1b}{}", "x".repeat(1000));
    let long_shown = format!("\\u{{1b}}{}…", "x".repeat(59));

    assert_eq!(
        csv(&format!("\"{EVIL}\",y\n1,\"{EVIL}\"\n")),
        format!("data.csv, line 3, column 'y': '{shown}' is not a number")
    );
    assert_eq!(
        csv(&format!("\"{EVIL}\",{long}\n,1\n")),
        format!("data.csv, row 1 (line 3), column '{shown}': the value is missing")
    );
    assert_eq!(csv(&format!("{long},{long}\n1,2\n")), format!("data.csv has two columns '{long_shown}'"));
    assert_eq!(
        message("data.csv", format!("\"{EVIL}\",y\n1,2\n").as_bytes(), &target("label")),
        format!("data.csv has no column 'label': it has '{shown}', 'y'")
    );

    let npy_of =
        |dtype: &str| npy(&format!("{{'descr': {dtype}, 'fortran_order': False, 'shape': (1,)}}"), b"");
    assert_eq!(
        message("data.npy", &npy_of(&format!("'{EVIL}'")), &Request::default()),
        format!("data.npy holds values of type '{shown}': floats, integers and booleans are read")
    );
    assert_eq!(
        message("data.npy", &npy_of("[('\u{1b}c', '<f8')]"), &Request::default()),
        "data.npy holds values of type [('\\u{1b}c', '<f8')]: floats, integers and booleans are read"
    );

    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    zip.start_file(format!("{EVIL}.npy"), zip::write::SimpleFileOptions::default()).unwrap();
    zip.write_all(&npy_of("'<f8'")).unwrap();
    let npz = zip.finish().unwrap().into_inner();
    let with_array = |name: &str| Request { array: Some(name.to_owned()), ..Request::default() };
    assert_eq!(
        message("data.npz", &npz, &with_array("X")),
        format!("data.npz has no array 'X': it has '{shown}'")
    );
    let error = message("data.npz", &npz, &with_array(EVIL));
    assert!(error.starts_with(&format!("data.npz, array '{shown}' is cut off")), "{error}");

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("data.parquet");
    let columns = Columns { features: vec![EVIL.to_owned(), long], ..Columns::default() };
    let layout = Layout { columns, precision: Precision::F64, rows: None };
    let mut writer = Writer::create(&path, &layout, false).unwrap();
    writer.write(Values::F64(&[f64::NAN, 1.0]), None).unwrap();
    writer.finish().unwrap();
    let parquet = std::fs::read(&path).unwrap();
    assert_eq!(
        message("data.parquet", &parquet, &Request::default()),
        format!("data.parquet, row 1, column '{shown}': the value is NaN")
    );
    assert_eq!(
        message("data.parquet", &parquet, &target("label")),
        format!("data.parquet has no column 'label': it has '{shown}', '{long_shown}'")
    );
    // The first byte of the first page.
    let mut damaged = parquet;
    damaged[4] = 0xff;
    let error = message("data.parquet", &damaged, &Request::default());
    assert!(error.starts_with(&format!("data.parquet is damaged: column '{shown}': ")), "{error}");
    assert!(!error.contains(char::is_control));
}
