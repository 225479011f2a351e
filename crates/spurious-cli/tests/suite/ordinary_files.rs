//! Files as people have them, forty of them: what is said, and what is fitted.

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::Stdio;

use crate::common::{folder, outcome, succeeds, typed, typed_command};

/// Rows of two features and a target, `y = max(x1, 0) − 2 max(x2, 0)`, each written by `row`.
fn rows(count: u32, row: impl Fn(u32, [f64; 3]) -> String) -> String {
    (0..count)
        .map(|i| {
            let [x1, x2] = [f64::from(i * 7 % 13) - 6.0, f64::from(i * 5 % 11) - 5.0].map(|x| x / 4.0);
            row(i, [x1, x2, x1.max(0.0) - 2.0 * x2.max(0.0)])
        })
        .collect()
}

fn plain(count: u32) -> String {
    rows(count, |_, [x1, x2, y]| format!("{x1},{x2},{y}\n"))
}

/// What a fit of a file is to say on standard error, and the columns that its model has; or the one error.
enum Expected {
    Fit(&'static str, &'static [&'static str]),
    Error(&'static str),
}
use Expected::{Error, Fit};

fn check(folder: &Path, name: &str, bytes: &[u8], flags: &str, expected: &Expected) {
    fs::write(folder.join(name), bytes).expect("written");
    let line = format!("fit {name} {flags} --folds none --starts 1 --ridge 0.01 --out {name}.fit");
    let found = typed(folder, &line);
    match expected {
        Fit(said, columns) => {
            let said = if said.is_empty() { String::new() } else { format!("{said}\n") };
            assert_eq!((found.code, found.stderr.as_str()), (0, said.as_str()), "{name}");
            let model = fs::read_to_string(folder.join(format!("{name}.fit/model.json"))).expect("a model");
            let model: serde_json::Value = serde_json::from_str(&model).expect("JSON");
            assert_eq!(model["model"]["columns"], serde_json::json!(columns), "{name}");
        }
        Error(message) => {
            assert_eq!((found.code, found.stderr), (2, format!("error: {message}\n")), "{name}");
            assert!(!folder.join(format!("{name}.fit")).exists(), "{name}");
        }
    }
}

#[test]
#[allow(clippy::too_many_lines, reason = "forty files")]
fn forty_made_files() {
    let folder = folder("forty_made_files");
    let with = |header: &str| format!("{header}\n{}", plain(30));
    let y = "--target y --patch-len 1";
    let both: &[&str] = &["a", "b"];
    let european = rows(30, |_, x| x.map(|x| x.to_string().replace('.', ",")).join(";") + "\n");
    let indexed = rows(30, |i, [x1, x2, y]| format!("{i},{x1},{x2},{y}\n"));
    let species = "a,b,y\n".to_owned() + &rows(30, |i, [x1, x2, _]| format!("{x1},{x2},s{}\n", i % 3));
    let cases: Vec<(&str, String, String, Expected)> = vec![
        ("semicolons.csv", format!("a;b;y\n{}", plain(30).replace(',', ";")), y.into(), Fit("", both)),
        ("decimal-commas.csv", format!("a;b;y\n{european}"), y.into(), Fit("", both)),
        ("tabs.tsv", with("a,b,y").replace(',', "\t"), y.into(), Fit("", both)),
        ("bom.csv", format!("\u{feff}{}", with("a,b,y")), y.into(), Fit("", both)),
        ("crlf.csv", with("a,b,y").replace('\n', "\r\n"), y.into(), Fit("", both)),
        ("cr.csv", with("a,b,y").replace('\n', "\r"), y.into(), Fit("", both)),
        ("blank-lines.csv", with("\n\na,b,y\n\n") + "\n\n", y.into(), Fit("", both)),
        ("no-last-line-end.csv", with("a,b,y").trim_end().to_owned(), y.into(), Fit("", both)),
        (
            "quotes.csv",
            "\"a\",\"b\",\"y\"\n".to_owned()
                + &rows(30, |_, x| x.map(|x| format!("\"{x}\"")).join(",") + "\n"),
            y.into(),
            Fit("", both),
        ),
        ("spaces.csv", with(" a , b , y ").replace(',', " , "), y.into(), Fit("", both)),
        ("no-header.csv", plain(30), "--target 3 --patch-len 1".into(), Fit("", &["1", "2"])),
        (
            "index.csv",
            format!(",a,b,y\n{indexed}"),
            "--target y --patch-len 1".into(),
            Fit("left out: '1' (it counts the rows)", both),
        ),
        (
            "kept-index.csv",
            format!(",a,b,y\n{indexed}"),
            "--target y --patch-len 1 --keep 1".into(),
            Fit("", &["1", "a", "b"]),
        ),
        (
            "dropped-index.csv",
            format!(",a,b,y\n{indexed}"),
            "--target y --patch-len 1 --drop 1".into(),
            Fit("", both),
        ),
        (
            "ids.csv",
            "a,b,id,y\n".to_owned() + &rows(30, |i, [x1, x2, y]| format!("{x1},{x2},{},{y}\n", i * i + 900)),
            y.into(),
            Fit("left out: 'id' (another whole number in every row)", both),
        ),
        (
            "names-and-dates.csv",
            "name,day,a,b,y\n".to_owned()
                + &rows(30, |i, [x1, x2, y]| format!("n{i},2024-01-{:02},{x1},{x2},{y}\n", i % 28 + 1)),
            y.into(),
            Fit("left out: 'name' (text such as 'n0'), 'day' (dates such as '2024-01-01')", both),
        ),
        (
            "empty-column.csv",
            "a,b,y,\n".to_owned() + &rows(30, |_, x| x.map(|x| x.to_string()).join(",") + ",\n"),
            y.into(),
            Fit("left out: '4' (empty)", both),
        ),
        (
            "booleans.csv",
            "a,b,y\n".to_owned() + &rows(30, |i, [x1, _, y]| format!("{x1},{},{y}\n", i % 2 == 0)),
            y.into(),
            Fit("", both),
        ),
        (
            "boolean-target.csv",
            "a,b,y\n".to_owned()
                + &rows(30, |_, [x1, x2, y]| {
                    format!("{x1},{x2},{}\n", if y > 0.0 { "True" } else { "False" })
                }),
            y.into(),
            Fit("", both),
        ),
        (
            "yes-and-no.csv",
            "a,b,y\n".to_owned()
                + &rows(30, |_, [x1, x2, y]| format!("{x1},{x2},{}\n", if y > 0.0 { "yes" } else { "no" })),
            "--target y --target-is yes --patch-len 1".into(),
            Fit("", both),
        ),
        (
            "species.csv",
            species.clone(),
            "--target y --patch-len 1 --loss squares".into(),
            Error(
                "the target 'y' has 3 different texts, 's0', 's1', 's2': squares are for numbers; use another --loss, or choose one with \
                 --target-is",
            ),
        ),
        ("three-species.csv", species.clone(), y.into(), Fit("", both)),
        ("one-species.csv", species.clone(), "--target y --target-is s1 --patch-len 1".into(), Fit("", both)),
        (
            "no-such-species.csv",
            species.clone(),
            "--target y --target-is S1 --patch-len 1".into(),
            Error("--target-is S1: no row of no-such-species.csv has this target: it has 's0', 's1', 's2'"),
        ),
        (
            "constant-column.csv",
            "a,b,c,y\n".to_owned() + &rows(30, |_, [x1, x2, y]| format!("{x1},{x2},7,{y}\n")),
            y.into(),
            Fit("", &["a", "b", "c"]),
        ),
        (
            "short-row.csv",
            with("a,b,y") + "1,2\n",
            y.into(),
            Error("short-row.csv, line 32: 2 fields where the header has 3"),
        ),
        (
            "long-row.csv",
            with("a,b,y") + "1,2,3,4\n",
            y.into(),
            Error("long-row.csv, line 32: 4 fields where the header has 3"),
        ),
        ("duplicate-names.csv", with("a,a,y"), y.into(), Error("duplicate-names.csv has two columns 'a'")),
        (
            "huge.csv",
            with("a,b,y") + "1,1e300,3\n",
            y.into(),
            Error(
                "huge.csv, row 31, column 'b': inputs of size 1e300 are too large to compute with: scale them to a size between \
                 1e-50 and 1e50",
            ),
        ),
        (
            "infinite.csv",
            with("a,b,y") + "1,-inf,3\n",
            y.into(),
            Error("infinite.csv, row 31 (line 32), column 'b': the value is infinite"),
        ),
        ("empty.csv", String::new(), y.into(), Error("empty.csv is empty")),
        ("blank.csv", "\n \n\n".into(), y.into(), Error("blank.csv has a header but no rows")),
        ("header-alone.csv", "a,b,y\n".into(), y.into(), Error("header-alone.csv has a header but no rows")),
        (
            "one-row.csv",
            "a,b,y\n1,2,3\n".into(),
            y.into(),
            Error("the target is 3 in every sample: there is nothing to fit"),
        ),
        (
            "mixed.csv",
            with("a,b,y") + "1,two,3\n",
            y.into(),
            Error("mixed.csv, line 32, column 'b': 'two' is not a number"),
        ),
        (
            "thousands.csv",
            with("a,b,y") + "1,\"2,000\",3\n",
            y.into(),
            Error(
                "thousands.csv, line 32, column 'b': '2,000' has separators between its digits: write numbers without them",
            ),
        ),
        (
            "percent.csv",
            with("a,b,y") + "1,20%,3\n",
            y.into(),
            Error("percent.csv, line 32, column 'b': '20%' has a percent sign: write the number alone"),
        ),
        (
            "gaps.csv",
            with("a,b,y") + "NA,1,2\n,,\n3,4,?\n",
            y.into(),
            Error(
                "gaps.csv: 5 values are missing, in 3 of 33 rows: 'a' 2 (first in row 31), 'b' 1 (first in row 32), the target 2; \
                 leave these rows out with --missing drop, or put the mean of the column in place of each value with --missing mean",
            ),
        ),
        (
            "gaps-dropped.csv",
            with("a,b,y") + "NA,1,2\n,,\n3,4,?\n",
            "--target y --patch-len 1 --missing drop".into(),
            Fit("", both),
        ),
        (
            "gaps-filled.csv",
            with("a,b,y") + "NA,1,2\n,,\n3,4,?\n",
            "--target y --patch-len 1 --missing mean".into(),
            Fit("", both),
        ),
        (
            "text-alone.csv",
            "name,y\n".to_owned() + &rows(30, |i, [_, _, y]| format!("n{i},{y}\n")),
            y.into(),
            Error("text-alone.csv has no column of numbers left to be a feature: 'name' (text such as 'n0')"),
        ),
        (
            "data.txt",
            with("a,b,y"),
            y.into(),
            Error(
                "data.txt has no known ending: use .csv, .tsv, .csv.gz, .tsv.gz, .npy, .npz or .parquet, or name the format with \
                 --format",
            ),
        ),
        ("table.dat", with("a,b,y"), "--target y --patch-len 1 --format csv".into(), Fit("", both)),
    ];
    assert!(cases.len() >= 40);
    for (name, text, flags, expected) in cases {
        check(&folder, name, text.as_bytes(), &flags, &expected);
    }
    let noise: Vec<u8> = (0..2000_u32).map(|i| (i * i % 251) as u8).collect();
    let found = {
        fs::write(folder.join("binary.csv"), noise).expect("written");
        typed(&folder, "fit binary.csv --target y --patch-len 1")
    };
    assert!(
        found.code == 2 && found.stderr.lines().count() == 1 && found.stderr.starts_with("error: binary.csv")
    );
}

/// Rows with a patient, a day, a key, a gap and a diagnosis in words.
fn clinic(folder: &Path) {
    let mut text = "key,patient,day,a,b,ill\n".to_owned();
    text += &rows(60, |i, [x1, x2, y]| {
        let (patient, answer) = (i % 12, if y + 0.3 > 0.0 { "yes" } else { "no" });
        let gap = if i == 7 { String::new() } else { x1.to_string() };
        format!("k{i:03},p{patient},2024-{:02}-{:02},{gap},{x2},{answer}\n", i / 28 + 1, i % 28 + 1)
    });
    fs::write(folder.join("clinic.csv"), text).expect("written");
}

#[test]
fn labels_groups_time_gaps_and_names_go_all_the_way() {
    let folder = folder("labels_groups_time_gaps_and_names_go_all_the_way");
    clinic(&folder);
    let fit =
        "fit clinic.csv --target ill --patch-len 1 --drop key,day --missing mean --starts 2 --ridge 0.01";
    let found = typed(&folder, &format!("{fit} --groups patient --out by-patient"));
    assert_eq!((found.code, found.stderr.as_str()), (0, ""));
    assert!(found.stdout.contains("60 rows, in 5 folds of whole groups (12 groups)\n"), "{}", found.stdout);
    assert!(found.stdout.contains("in 1 row: column means stand for missing values\n"), "{}", found.stdout);
    let found = typed(&folder, &format!("{} --time day --out by-day", fit.replace("key,day", "key,patient")));
    assert!(
        found.stdout.contains("50 rows, in 5 folds, each later than what is fitted for it\n"),
        "{}",
        found.stdout
    );

    // The model knows its labels and its means; keys go through, in any format that holds text.
    let predict = "predict by-patient/model.json clinic.csv --id key";
    let found = typed(&folder, predict);
    let lines: Vec<&str> = found.stdout.lines().collect();
    assert_eq!((lines[0], lines.len()), ("key,probability,class", 61));
    assert!(lines[8].starts_with("k007,") && (lines[8].ends_with(",yes") || lines[8].ends_with(",no")));
    assert!(
        found.stderr.starts_with("R² ")
            && found.stderr.contains("accuracy ")
            && found.stderr.contains(" on 60 rows")
    );
    let printed = found.stdout;
    let said = succeeds(&folder, &format!("{predict} --out p.csv"));
    assert!(said.starts_with("p.csv: 60 predictions\nR² "), "{said}");
    assert_eq!(fs::read_to_string(folder.join("p.csv")).expect("read"), printed);
    let refused = typed(&folder, &format!("{predict} --out p.npy"));
    assert_eq!(refused.stderr, "error: p.npy: only .csv and .tsv files hold columns of text\n");
    succeeds(&folder, "predict by-patient/model.json clinic.csv --out p.parquet");

    // A table without the target, from standard input.
    let without: String = fs::read_to_string(folder.join("clinic.csv"))
        .expect("read")
        .lines()
        .map(|line| line.rsplit_once(',').expect("columns").0.to_owned() + "\n")
        .collect();
    let mut child = typed_command(&folder, "predict by-patient/model.json - --id key --out -")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("started");
    child.stdin.take().expect("piped").write_all(without.as_bytes()).expect("written");
    let piped = outcome(child.wait_with_output().expect("ended"));
    assert_eq!((piped.code, piped.stdout, piped.stderr.as_str()), (0, printed, ""));

    // A fit from standard input is that of the file.
    let text = fs::read(folder.join("clinic.csv")).expect("read");
    let mut child =
        typed_command(&folder, &format!("{} --groups patient --out piped", fit.replace("clinic.csv", "-")))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("started");
    child.stdin.take().expect("piped").write_all(&text).expect("written");
    assert_eq!(outcome(child.wait_with_output().expect("ended")).code, 0);
    let model = |name: &str| fs::read(folder.join(name).join("model.json")).expect("read");
    assert_eq!(model("piped"), model("by-patient"));
    // Streamed from the file, it is the same to rounding.
    let streamed = typed(&folder, &format!("{fit} --groups patient --stream --out streamed"));
    assert_eq!((streamed.code, streamed.stderr.as_str()), (0, ""));
    assert_eq!(model("streamed"), model("by-patient"));
}

#[test]
fn predictions_have_intervals_and_scores_where_they_can() {
    let folder = folder("predictions_have_intervals_and_scores_where_they_can");
    let mut text = "a,b,y\n".to_owned();
    for (i, line) in plain(200).lines().enumerate() {
        let (row, y) = line.rsplit_once(',').expect("columns");
        let y: f64 = y.parse().expect("a number");
        writeln!(text, "{row},{}", y + (i * 37 % 101) as f64 / 100.0).expect("a string");
    }
    fs::write(folder.join("data.csv"), &text).expect("written");
    // Folds are the default.
    let said =
        succeeds(&folder, "fit data.csv --target y --patch-len 1 --starts 2 --ridge 0.001 --out folds");
    assert!(said.contains("200 rows, in 5 folds\n") && said.contains("interval of 95 %: ± "), "{said}");
    let predicted = typed(&folder, "predict folds/model.json data.csv");
    assert_eq!(predicted.stdout.lines().next(), Some("prediction,lower,upper"));
    let share: f64 = predicted
        .stderr
        .split(" % in their interval")
        .next()
        .and_then(|s| s.rsplit(", ").next())
        .expect("a share")
        .parse()
        .expect("a number");
    assert!((90.0..=100.0).contains(&share), "{}", predicted.stderr);
    let said = succeeds(&folder, "fit data.csv --target y --patch-len 1 --folds none --starts 1 --out none");
    assert!(said.contains("no rows were held out"), "{said}");
    // A target in a file of its own scores a table that has none.
    let (features, target): (String, String) = text
        .lines()
        .map(|line| line.rsplit_once(',').expect("columns"))
        .map(|(row, y)| (format!("{row}\n"), format!("{y}\n")))
        .unzip();
    fs::write(folder.join("x.csv"), features).expect("written");
    fs::write(folder.join("truth.csv"), target).expect("written");
    assert_eq!(typed(&folder, "predict folds/model.json x.csv").stderr, "");
    assert_eq!(typed(&folder, "predict folds/model.json x.csv --target truth.csv").stderr, predicted.stderr);
    let json = succeeds(&folder, "predict folds/model.json data.csv --out p.csv --json");
    let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(json["results"][0]["scores"]["samples"], 200);
}
