//! Help, tables and messages, as people see them.

mod common;

use common::spurious;

#[test]
fn help_teaches() {
    for command in [
        "",
        "reproduce",
        "trace",
        "landscape",
        "probability",
        "sweep",
        "merge",
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
        ("cite", "cite landscape"),
    ] {
        let outcome = spurious(&line.split_whitespace().collect::<Vec<_>>());
        assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""), "{line}");
        insta::assert_snapshot!(name, format!("$ spurious {line}\n{}", outcome.stdout));
    }
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
