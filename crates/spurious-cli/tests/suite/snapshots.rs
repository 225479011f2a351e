//! Help, tables and messages, as people see them.

use crate::common;
use std::collections::BTreeSet;

use crate::common::spurious;

#[test]
fn help_teaches() {
    for command in [
        "",
        "reproduce",
        "trace",
        "compare",
        "landscape",
        "probability",
        "sweep",
        "merge",
        "width",
        "explore",
        "generate",
        "fit",
        "predict",
        "recovery",
        "cite",
        "help",
        "completions",
        "man",
    ] {
        let arguments: Vec<&str> = command.split_whitespace().chain(["--help"]).collect();
        let outcome = spurious(&arguments);
        assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""));
        insta::assert_snapshot!(format!("help-{command}").trim_end_matches('-'), outcome.stdout);
    }
}

#[test]
fn tables_read_well() {
    for (name, line) in [
        ("landscape", "landscape --patches 20 --sum-ratio 0,4,20"),
        ("landscape-p1", "landscape --patches 20 --sum-ratio 4 --patch-dim 1"),
        ("probability", "probability --patch-dim 5 --patches 25,36 --sum-ratio 0,1,9 --runs 1000"),
        (
            "probability-limit",
            "probability --patch-dim 5 --patches 25,100 --sum-ratio 0,4,14 --limit-within 5e-4",
        ),
        (
            "recovery",
            "recovery --patch-dim 2 --patches 4 --sum-ratio 1 --samples 8,200 --runs 64 --step-size 0.3 --noise 0.1",
        ),
        ("trace-recovers", "trace --patch-dim 25 --patches 20 --sum-ratio 4 --step-size 0.1 --seed 3"),
        (
            "trace trapped",
            "trace --patch-dim 25 --patches 20 --sum-ratio 4 --step-size 0.1 --angle 3 --max-steps 10000",
        ),
        (
            "compare",
            "compare --patch-dim 5 --patches 25 --sum-ratio 4 --step-size 0.02 --trial 1 --algorithm gd,adam --runs 100",
        ),
        ("trace-flow", "trace --patch-dim 25 --patches 1000000 --sum-ratio 4 --angle 1.5"),
        (
            "sweep",
            "sweep --patch-dim 5 --patches 4:16:4,1 --sum-ratio 1,9 --step-size 0.1,0.5 --runs 2e3 --skip-impossible --quiet",
        ),
        (
            "sweep-steps",
            "sweep --patch-dim 5 --patches 25 --sum-ratio 4 --step-size 0.1 --runs 1e6 --until 0.05 --steps",
        ),
        (
            "sweep-convergence",
            "sweep --patch-dim 5 --patches 25 --sum-ratio 0,9 --step-size 0.1 --runs 50 --no-exact --convergence 1e-4",
        ),
        ("width", "width --patch-dim 5 --patches 25 --sum-ratio 1 --filters 1,2 --step-size 0.1 --runs 400"),
        (
            "width-traps",
            "width --patch-dim 5 --patches 25 --sum-ratio 4 --filters 2,3 --step-size 0.1 --runs 300 --output-weights whole --traps",
        ),
        (
            "trace-filters",
            "trace --patch-dim 5 --patches 25 --sum-ratio 4 --filters 2 --step-size 0.1 --output-weights whole",
        ),
        ("cite", "cite landscape"),
    ] {
        let outcome = spurious(&line.split_whitespace().collect::<Vec<_>>());
        assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""), "{line}");
        insta::assert_snapshot!(name, format!("$ spurious {line}\n{}", outcome.stdout));
    }
}

/// Tables and lines of text of every command, in terminals of every width: no line is longer, no number is broken, and the same
/// numbers are there as on lines of any length.
#[test]
fn text_fits_the_terminal() {
    let numbers = |text: &str| -> BTreeSet<String> {
        let words = text.split_whitespace().map(|word| word.trim_matches(|c| "(),;:".contains(c)));
        words.filter(|word| word.contains(|c: char| c.is_ascii_digit())).map(str::to_owned).collect()
    };
    for (name, line, snapshots) in [
        ("landscape", "landscape --patches 20 --sum-ratio 4,20", &[60usize] as &[usize]),
        (
            "probability",
            "probability --patch-dim 5 --patches 25,36 --sum-ratio 0,1,9 --runs 1000 --limit-within 5e-4",
            &[40, 80],
        ),
        ("probability of one", "probability --patch-dim 5 --patches 25 --sum-ratio 4 --runs 1000", &[60]),
        (
            "probability of everything",
            "probability --patch-dim 5,100 --patches 25,1000 --sum-ratio 0.125,4 --scale-ratio 0.0625,1 --tolerance 1e-5 --quiet \
             --step-size 0.0009765625",
            &[],
        ),
        ("probability next to one", "probability --patch-dim 1000,1e6 --patches 25 --sum-ratio 1,4,9", &[80]),
        (
            "recovery",
            "recovery --patch-dim 2 --patches 4 --sum-ratio 1 --samples 8,200 --runs 64 --step-size 0.3 --noise 0.1",
            &[60],
        ),
        (
            "width",
            "width --patch-dim 5 --patches 25 --sum-ratio 1 --filters 1,2,5 --step-size 0.05 --runs 200 --traps",
            &[60],
        ),
        ("trace", "trace --patch-dim 25 --patches 20 --sum-ratio 4 --step-size 0.1 --seed 3", &[40]),
        (
            "compare",
            "compare --patch-dim 5 --patches 25 --sum-ratio 4 --step-size 0.02 --algorithm gd,momentum --runs 20",
            &[60],
        ),
        ("trace flow", "trace --patch-dim 25 --patches 20 --sum-ratio 4 --angle 3", &[]),
        (
            "sweep",
            "sweep --patch-dim 5 --patches 4:12:4 --sum-ratio 1,9 --step-size 0.1 --runs 2e6 --until 0.05 --skip-impossible \
             --quiet",
            &[],
        ),
        (
            "sweep of everything",
            "sweep --patch-dim 5 --patches 25 --sum-ratio 4,9 --step-size 0.1 --runs 50 --steps --convergence 1e-4",
            &[60, 120],
        ),
    ] {
        let run = |more: &[&str], width: usize| {
            let line: Vec<&str> = line.split_whitespace().chain(more.iter().copied()).collect();
            let output = common::command(&line).env("COLUMNS", width.to_string()).output().expect("starts");
            let outcome = common::outcome(output);
            assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""), "{line:?}");
            outcome.stdout
        };
        let wide = run(&["--wide"], 40);
        for width in [40, 60, 80, 120] {
            let text = run(&[], width);
            for line in text.lines() {
                assert!(line.chars().count() <= width, "{name}, {width}: {line}");
            }
            assert_eq!(numbers(&text), numbers(&wide), "{name}, {width}:\n{text}");
            if snapshots.contains(&width) {
                insta::assert_snapshot!(format!("{name} in {width}"), format!("$ spurious {line}\n{text}"));
            }
        }
    }
}

/// Every command names each file and folder that it writes, in the same words.
#[test]
fn commands_say_what_they_wrote() {
    let folder = common::folder("commands_say_what_they_wrote");
    let cell = "--patch-dim 5 --patches 4 --sum-ratio 1";
    for (line, wrote) in [
        ("landscape --patches 4 --sum-ratio 1 --out landscape.csv".to_owned(), &["landscape.csv"] as &[&str]),
        (format!("probability {cell} --out probability.json"), &["probability.json"]),
        (format!("probability {cell},2,3 --out probability.svg"), &["probability.svg"]),
        (format!("trace {cell} --step-size 0.1 --out trace.pdf"), &["trace.pdf"]),
        (
            format!("recovery {cell} --step-size 0.1 --samples 50:100:50 --runs 32 --out recovery.svg"),
            &["recovery.svg"],
        ),
        (format!("width {cell} --step-size 0.1 --filters 1:3 --runs 50 --out width.svg"), &["width.svg"]),
        (
            format!("generate {cell} --samples 40 --out data.npy"),
            &["data.npy", "data.target.npy", "data.teacher.json"],
        ),
        (
            format!("sweep {cell} --step-size 0.1 --runs 100 --steps --records --out sweep --plot sweep.svg"),
            &[
                "sweep/results.csv",
                "sweep/results.parquet",
                "sweep/results.json",
                "sweep/steps.csv",
                "sweep/records",
                "sweep.svg",
            ],
        ),
        (
            format!("sweep {cell} --step-size 0.1 --runs 100 --out shards --shard 1/1"),
            &["shards/results.csv", "shards/results.parquet", "shards/results.json"],
        ),
        (
            "merge shards --out merged".to_owned(),
            &["merged/results.csv", "merged/results.parquet", "merged/results.json"],
        ),
        ("reproduce --quick --out report".to_owned(), &["report"]),
    ] {
        for json in ["", " --json"] {
            let outcome = common::typed(&folder, &format!("{line}{json} --force"));
            assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""), "{line}");
            assert_eq!(outcome.wrote, wrote, "{line}");
            if !json.is_empty() {
                let value = serde_json::from_str::<serde_json::Value>(&outcome.stdout);
                assert!(value.expect("one object").is_object(), "{line}");
            }
            wrote.iter().for_each(|path| assert!(folder.join(path).exists(), "{path}"));
            let _ = std::fs::remove_file(folder.join("sweep.svg"));
        }
    }
    let quiet = common::typed(&folder, &format!("probability {cell} --out quiet.csv --quiet"));
    assert!(quiet.wrote.is_empty() && folder.join("quiet.csv").exists());
}

/// A sweep says which cells have less certainty than was asked for.
#[test]
fn a_width_that_was_not_reached_is_said() {
    let line = "sweep --patch-dim 5 --patches 25 --sum-ratio 1,4,9 --step-size 0.1 --runs 1000 --until 0.02";
    let outcome = spurious(&line.split(' ').collect::<Vec<_>>());
    assert_eq!(
        outcome.stderr,
        "warning: 2 of 3 cells did not reach --until 0.02 within 1000 runs: the widest interval is 0.0617; allow more with \
         --runs\n"
    );
    let reached = spurious(&line.replace("0.02", "0.2").split(' ').collect::<Vec<_>>());
    assert_eq!(reached.stderr, "");
}

/// What is said about data sets and fits of them.
#[test]
fn fits_read_well() {
    let folder = common::folder("fits_read_well");
    let generate = "generate --patch-dim 5 --patches 4 --sum-ratio 1 --samples 400 --noise 0.2 --seed 4";
    for (name, line) in [
        ("generate", format!("{generate} --out planted.csv")),
        ("generate-npy", format!("{generate} --precision single --out arrays.npy")),
        ("generate-npz", format!("{generate} --out both.npz")),
        ("fit", "fit planted.csv --target y --patch-len 5 --validation 0.2".to_owned()),
        ("fit-folds", "fit planted.csv --target y --patch-len 5 --folds 4 --out folds".to_owned()),
        ("fit-alone", "fit planted.csv --target y --patch-len 5 --out alone".to_owned()),
        (
            "fit-trap",
            "fit planted.csv --target y --patch-len 5 --out trap --optimiser descent --starts 1 --seed 4"
                .to_owned(),
        ),
        ("predict", "predict spurious-fit/model.json planted.csv --out predictions.parquet".to_owned()),
    ] {
        let outcome = common::typed(&folder, &line);
        assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""), "{line}");
        insta::assert_snapshot!(name, format!("$ spurious {line}\n{}", outcome.stdout));
    }
}
