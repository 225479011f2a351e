//! Tables as people have them: with an index, names, dates, gaps, labels, commas.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

use std::ops::ControlFlow;

use spurious_data::{Ids, OwnedValues, Reader, Request, Table, Target};

fn tidy() -> Request {
    Request { tidy: true, ..Request::default() }
}

fn target(name: &str) -> Request {
    Request { target: Some(Target::Column(name.to_owned())), ..tidy() }
}

fn opened(text: &str, request: &Request) -> Reader {
    Reader::from_bytes("data.csv".as_ref(), text.as_bytes(), request).unwrap()
}

fn table(text: &str, request: &Request) -> Table {
    opened(text, request).load(1 << 20).unwrap()
}

fn message(text: &str, request: &Request) -> String {
    let reader = Reader::from_bytes("data.csv".as_ref(), text.as_bytes(), request);
    reader.and_then(|mut reader| reader.load(1 << 20)).unwrap_err().to_string()
}

fn values(table: &Table) -> Vec<f64> {
    match &table.values {
        OwnedValues::F64(values) => values.clone(),
        OwnedValues::F32(values) => values.iter().map(|&x| x.into()).collect(),
    }
}

#[test]
fn columns_without_measurements_are_left_out_and_named() {
    let text =
        ",name,when,x,empty,y\n0,Anna,2024-01-31,1.5,,2\n1,Ben,2024-02-01,2.5,,3\n2,Cleo,2024-02-02,0.5,,4\n";
    let reader = opened(text, &target("y"));
    assert_eq!(reader.features(), ["x"]);
    let left_out: Vec<String> = reader.left_out().iter().map(ToString::to_string).collect();
    assert_eq!(
        left_out,
        [
            "'1' (it counts the rows)",
            "'name' (text such as 'Anna')",
            "'when' (dates such as '2024-01-31')",
            "'empty' (empty)"
        ]
    );
    let text = ",name,a,b\n0,Anna,1.5,1\n1,Ben,2.5,0\n2,Cleo,0.5,7\n";
    let reader = opened(text, &tidy());
    assert_eq!(reader.features(), ["a", "b"]);
    assert_eq!(reader.left_out()[0].to_string(), "'1' (it counts the rows)");
    let kept = opened(text, &Request { keep: vec!["1".to_owned()], ..tidy() });
    assert_eq!(kept.features(), ["1", "a", "b"]);
    // Nothing is left out unasked.
    assert_eq!(
        message("name,x\nAnna,1\n", &Request::default()),
        "data.csv, line 2, column 'name': 'Anna' is not a number"
    );
    // A slip of the pen does not make a column one of text.
    assert_eq!(
        message("x,y\n1,2\n3,4\nfive,6\n", &target("y")),
        "data.csv, line 4, column 'x': 'five' is not a number"
    );
}

#[test]
fn a_first_line_is_a_header_or_a_row() {
    for (text, names) in [
        ("5.1,3.5,setosa\n4.9,3.0,setosa\n", vec!["1", "2", "3"]),
        ("5.1,3.5,setosa\n4.9,3.0,virginica\n", vec!["1", "2", "3"]),
        ("0,1,species\n4.9,3.0,virginica\n", vec!["0", "1", "species"]),
        (",0,1\n0,4.9,3.0\n", vec!["1", "0", "1"]),
        ("0,1,2,3\n0.5,4.9,3.0,1\n", vec!["0", "1", "2", "3"]),
        ("0,1,2\n0.5,4.9,3.0\n", vec!["1", "2", "3"]),
        ("2019,2020,yes\n0.5,4.9,3\n", vec!["2019", "2020", "yes"]),
        ("2024-01-01,0.5\n2024-01-02,0.7\n", vec!["1", "2"]),
        ("2024-01-01,2024-01-02\n0.1,0.7\n", vec!["2024-01-01", "2024-01-02"]),
        ("True,0.5\nFalse,0.7\n", vec!["1", "2"]),
        ("a,b\nTrue,0.7\n", vec!["a", "b"]),
    ] {
        let reader = Reader::from_bytes("data.csv".as_ref(), text.as_bytes(), &Request::default());
        match reader {
            Ok(reader) => assert_eq!(reader.features(), names, "{text:?}"),
            // An index without a name is called by its place, which may be the name of another.
            Err(error) => {
                assert_eq!((error.to_string().as_str(), text), ("data.csv has two columns '1'", text))
            }
        }
    }
}

#[test]
fn labels_are_numbered_in_the_order_of_their_coming() {
    let text = "x,y\n1,yes\n2,no\n3,yes\n4, maybe \n";
    let mut reader = opened(text, &target("y"));
    let table = reader.load(1000).unwrap();
    assert_eq!(table.target.unwrap(), [0.0, 1.0, 0.0, 2.0]);
    assert_eq!(reader.labels().unwrap(), ["yes", "no", "maybe"]);
    // Again, in blocks: the same numbers.
    let mut numbers = Vec::new();
    reader
        .pass(1, &mut |block| {
            numbers.extend_from_slice(block.target.unwrap());
            ControlFlow::Continue(())
        })
        .unwrap();
    assert_eq!(numbers, [0.0, 1.0, 0.0, 2.0]);
    // Truth values are numbers in a feature and names in a target.
    let mut reader = opened("x,y\nTrue,False\nfalse,True\n", &target("y"));
    let table = reader.load(1000).unwrap();
    assert_eq!((values(&table), table.target.unwrap()), (vec![1.0, 0.0], vec![0.0, 1.0]));
    assert_eq!(reader.labels().unwrap(), ["False", "True"]);
    // A few names among numbers are names, a word among many numbers is a mistake.
    assert_eq!(opened("x,y\n1,1\n2,2\n3,3+\n", &target("y")).labels(), Some(&[][..]));
    let many: String = (0..30).map(|i| format!("1,{i}\n")).collect();
    assert_eq!(
        message(&format!("x,y\n{many}1,five\n"), &target("y")),
        "data.csv, line 32, column 'y': 'five' is not a number"
    );
    let names: String = (0..1001).map(|i| format!("1,n{i}\n")).collect();
    assert_eq!(
        message(&format!("x,y\n{names}"), &target("y")),
        "data.csv: column 'y' is text with more than 1000 different values, such as 'n1000': it is no target"
    );
}

#[test]
fn what_is_missing_is_nan_where_it_may_be() {
    let text = "x1,x2,y\n1,NA,3\n,5,6\n7,8,\n";
    assert_eq!(message(text, &target("y")), "data.csv, row 1 (line 2), column 'x2': the value is missing");
    let table = table(text, &Request { missing: true, ..target("y") });
    let shown: Vec<String> =
        values(&table).iter().chain(&table.target.unwrap()).map(f64::to_string).collect();
    assert_eq!(shown, ["1", "NaN", "NaN", "5", "7", "8", "3", "6", "NaN"]);
    // What is infinite is not missing.
    let request = Request { missing: true, ..target("y") };
    assert_eq!(
        message("x,y\ninf,1\n", &request),
        "data.csv, row 1 (line 2), column 'x': the value is infinite"
    );
    let mut reader = opened("x,y\n1,yes\n2,\n", &request);
    assert!(reader.load(1000).unwrap().target.unwrap()[1].is_nan());
    assert_eq!(reader.labels().unwrap(), ["yes"]);
    assert_eq!(
        message("x,y\n1,yes\n2,?\n", &target("y")),
        "data.csv, row 2 (line 3), column 'y': the value is missing"
    );
}

#[test]
fn numbers_have_a_decimal_comma_where_a_file_has_one() {
    let european = table("x1;x2;y\n1,5;-0,25;3\n2;1,5e2;4\n", &target("y"));
    assert_eq!((values(&european), european.target.unwrap()), (vec![1.5, -0.25, 2.0, 150.0], vec![3.0, 4.0]));
}

#[test]
fn groups_times_and_names_of_rows() {
    let text = "who,when,key,x,y\nb,2024-01-02,007,1,2\na,2024-01-01,008,3,4\nb,2023-12-31 12:00,9a,5,6\n";
    let request = Request {
        groups: Some("who".to_owned()),
        time: Some("when".to_owned()),
        id: Some("key".to_owned()),
        ..target("y")
    };
    let mut reader = opened(text, &request);
    assert_eq!(reader.features(), ["x"]);
    let mut ids = Vec::new();
    reader
        .pass(10, &mut |block| {
            if let Some(Ids::Text(texts)) = block.ids {
                ids.extend_from_slice(texts);
            }
            ControlFlow::Continue(())
        })
        .unwrap();
    assert_eq!(ids, ["007", "008", "9a"]);
    let table = reader.load(1000).unwrap();
    assert_eq!((table.groups.unwrap(), reader.groups()), (vec![0, 1, 0], 2));
    assert_eq!(table.time.unwrap(), [1_704_153_600.0, 1_704_067_200.0, 1_704_024_000.0]);
    assert_eq!(
        message("t,x\nmonday,1\n", &Request { time: Some("t".to_owned()), ..tidy() }),
        "data.csv, line 2, column 't': 'monday' is no time: write a number, or a date such as 2024-01-31 or 2024-01-31 12:00"
    );
    assert_eq!(
        message("g,x\n,1\n", &Request { groups: Some("g".to_owned()), ..tidy() }),
        "data.csv, row 1 (line 2), column 'g': the value is missing"
    );
}

#[test]
fn a_format_can_be_named() {
    for (name, bytes, format) in
        [("data.txt", "x\ty\n1\t2\n", "tsv"), ("standard input", "x,y\n1,2\n", "csv")]
    {
        let request = Request { format: Some(format.parse().unwrap()), ..Request::default() };
        let mut reader = Reader::from_bytes(name.as_ref(), bytes.as_bytes(), &request).unwrap();
        assert_eq!(values(&reader.load(100).unwrap()), [1.0, 2.0]);
    }
}

/// A series that a data frame has written: its index, its name, its values.
#[test]
fn a_file_of_labels_may_have_an_index() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("labels.csv");
    for (text, expected) in
        [(",y\n0,1.5\n1,2.5\n", vec![1.5, 2.5]), ("species\nsetosa\nother\n", vec![0.0, 1.0])]
    {
        std::fs::write(&path, text).unwrap();
        let request = Request { target: Some(Target::File(path.clone())), ..tidy() };
        let table = table("a,b\n1,2\n3,4\n", &request);
        assert_eq!((table.target.unwrap(), table.target_name.unwrap()), (expected, "labels".to_owned()));
    }
}
