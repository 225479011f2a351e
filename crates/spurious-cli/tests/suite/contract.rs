//! What users of the program rely on: keys, exit codes, digits, reproducibility.

use crate::common;
use std::process::Stdio;

use crate::common::{Outcome, command, folder, outcome, spurious, typed};
use serde_json::Value;

fn json(arguments: &[&str]) -> Value {
    let arguments: Vec<&str> = arguments.iter().copied().chain(["--json"]).collect();
    let outcome = spurious(&arguments);
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    serde_json::from_str(&outcome.stdout).expect("exactly one JSON object")
}

fn keys(value: &Value) -> Vec<&str> {
    value.as_object().expect("an object").keys().map(String::as_str).collect()
}

#[test]
fn json_has_the_promised_keys() {
    let value = json(&["probability", "--patch-dim", "5", "--patches", "25", "--sum-ratio", "4"]);
    assert_eq!(keys(&value), ["command", "results", "settings", "version"]);
    assert_eq!(value["command"], "probability");
    let row = &value["results"][0];
    for key in [
        "patch_dim",
        "patches",
        "sum_ratio",
        "scale_ratio",
        "negative_slope",
        "step_size",
        "criticality",
        "probability",
        "error_bound",
        "limit_probability",
    ] {
        assert!(row.get(key).is_some(), "{key}");
    }
    assert!(row["step_size"].is_null());
    assert!((row["probability"].as_f64().expect("a number") - 0.727916134148).abs() < 1e-12);

    let line = "probability --patch-dim 5 --patches 25 --sum-ratio 4 --limit-within 5e-4";
    let value = json(&line.split(' ').collect::<Vec<_>>());
    assert_eq!(value["settings"]["limit_within"], 5e-4);
    let approach = &value["results"][0]["approach"];
    assert_eq!(keys(approach), ["coefficient", "error_bound", "patches_within"]);
    assert_eq!(approach["patches_within"], 283);

    let value = json(&["landscape", "--patches", "20", "--sum-ratio", "4"]);
    let row = &value["results"][0];
    for key in ["patches", "sum_ratio", "criticality", "critical_sum_ratio", "barrier", "points"] {
        assert!(row.get(key).is_some(), "{key}");
    }
    assert_eq!(row["negative_slope"], 0.0);
    let kinds: Vec<&str> =
        row["points"].as_array().expect("a list").iter().map(|p| p["kind"].as_str().expect("text")).collect();
    assert_eq!(kinds, ["global_minimum", "saddle", "spurious_minimum"]);
    let value = json(&["landscape", "--patches", "20", "--sum-ratio", "20"]);
    assert!(value["results"][0]["barrier"].is_null());
    assert_eq!(value["results"][0]["points"][1]["kind"], "degenerate_saddle");

    let value =
        json(&["trace", "--patch-dim", "25", "--patches", "20", "--sum-ratio", "4", "--step-size", "0.1"]);
    let row = &value["results"][0];
    for key in [
        "verdict",
        "sentence",
        "verdict_step",
        "steps",
        "phase_one_steps",
        "measured_rate",
        "predicted_rate",
        "final",
    ] {
        assert!(row.get(key).is_some(), "{key}");
    }
    let wide = json(&[
        "trace",
        "--patch-dim",
        "5",
        "--patches",
        "25",
        "--sum-ratio",
        "4",
        "--step-size",
        "0.1",
        "--filters",
        "2",
    ]);
    let row_of_several = &wide["results"][0];
    assert_eq!(
        keys(row_of_several),
        ["decided_by", "filters", "final", "sentence", "start", "steps", "time", "trap", "verdict"]
    );
    assert_eq!(keys(&row_of_several["final"]), ["angles", "loss", "signals", "step", "sums", "time"]);
    assert_eq!(wide["settings"]["output_weights"], "divided");
    assert_eq!(keys(&row["final"]), ["angle", "loss", "signal", "sum"]);
    assert_eq!((&row["decided_by"], &value["settings"]["algorithm"]), (&"theorem".into(), &"gd".into()));

    let value = json(&[
        "compare",
        "--patch-dim",
        "5",
        "--patches",
        "25",
        "--sum-ratio",
        "4",
        "--step-size",
        "0.02",
        "--algorithm",
        "gd,momentum",
        "--momentum",
        "0.5",
        "--runs",
        "20",
    ]);
    let row = &value["results"][1];
    for key in [
        "verdict",
        "verdict_step",
        "decided_by",
        "step_size",
        "runs",
        "probability",
        "lower",
        "phase_one_median",
    ] {
        assert!(row.get(key).is_some(), "{key}");
    }
    assert_eq!((&row["algorithm"], &row["momentum"]), (&"momentum".into(), &0.5.into()));
    assert_eq!(row["decided_by_energy"], 20);
}

#[test]
fn json_of_width_has_the_promised_keys() {
    let line = "width --patch-dim 5 --patches 25 --sum-ratio 1 --filters 1,2 --step-size 0.1 --runs 300";
    let value = json(&line.split(' ').collect::<Vec<_>>());
    assert_eq!(value["settings"]["filters"].to_string(), "[1,2]");
    assert_eq!(value["settings"]["output_weights"], "divided");
    let row = &value["results"][1];
    assert_eq!(
        keys(row),
        [
            "decided_by",
            "filters",
            "global",
            "law_probability",
            "lower",
            "negative_slope",
            "output_weights",
            "patch_dim",
            "patches",
            "probability",
            "runs",
            "scale_ratio",
            "single_probability",
            "spurious",
            "step_size",
            "sum_ratio",
            "undecided",
            "upper",
            "z_score",
        ]
    );
    assert_eq!(row["decided_by"], "convergence");
    assert_eq!(row["single_probability"], value["results"][0]["law_probability"]);
    let line = format!("{line} --traps --threads 1");
    let value = json(&line.split(' ').collect::<Vec<_>>());
    assert_eq!(value["results"][1]["global"], row["global"], "traps and threads change nothing");
    let trap = &value["results"][1]["traps"][0];
    assert_eq!(
        keys(trap),
        ["angles", "angles_between", "gradient", "index", "loss", "runs", "signals", "smallest_eigenvalue"]
    );
    assert!((trap["loss"].as_f64().expect("a number") - 0.126842).abs() < 1e-6);
}

#[test]
fn the_same_command_gives_the_same_bytes_on_any_number_of_threads() {
    let grid = [
        "probability",
        "--patch-dim",
        "5",
        "--patches",
        "25,36",
        "--sum-ratio",
        "1,4",
        "--runs",
        "3000",
        "--json",
    ];
    let one: Vec<&str> = grid.into_iter().chain(["--threads", "1"]).collect();
    let three: Vec<&str> = grid.into_iter().chain(["--threads", "3"]).collect();
    assert_eq!(spurious(&one).stdout, spurious(&three).stdout);
}

#[test]
fn the_three_views_of_one_run_agree() {
    let shape =
        ["--patch-dim", "25", "--patches", "20", "--sum-ratio", "4", "--angle", "1.7", "--signal", "-0.05"];
    let run = |more: &[&str]| {
        let arguments: Vec<&str> = ["trace"].iter().chain(&shape).chain(more).copied().collect();
        json(&arguments)["results"][0].clone()
    };
    let descent = run(&["--step-size", "0.001"]);
    let flow = run(&[]);
    assert_eq!(descent["verdict"], flow["verdict"]);
    let time = |run: &Value| run["phase_one_time"].as_f64().expect("phase I ends");
    // The flow is the limit of small steps: first order in η = 0.001, over a phase of some tens of time units.
    assert!((time(&descent) / time(&flow) - 1.0).abs() < 0.02, "{} {}", time(&descent), time(&flow));
}

#[test]
fn a_step_beyond_the_proof_warns_and_says_what_is_lost() {
    let trace = |step: &str| {
        spurious(&[
            "trace",
            "--patch-dim",
            "25",
            "--patches",
            "20",
            "--sum-ratio",
            "4",
            "--step-size",
            step,
            "--seed",
            "3",
        ])
    };
    let above = trace("0.4");
    assert_eq!(above.code, 0);
    assert_eq!(
        above.stderr,
        "warning: step size 0.4 is above 0.2837 for 20 patches: the basin test is not proved there; the energy may \
         decide the run, or it stays undecided\n"
    );
    assert!(above.stdout.starts_with("verdict: global"), "{}", above.stdout);
    let divergent = trace("0.7");
    assert_eq!(divergent.code, 0);
    assert!(divergent.stdout.starts_with("verdict: undecided"), "{}", divergent.stdout);
    assert!(
        divergent.stderr.starts_with(
            "warning: step size 0.7 makes the output weights diverge with 20 patches: use less than 0.5675\n\
         warning: the numbers of the run overflowed after "
        ),
        "{}",
        divergent.stderr
    );
    let quiet = spurious(&[
        "trace",
        "--patch-dim",
        "25",
        "--patches",
        "20",
        "--sum-ratio",
        "4",
        "--step-size",
        "0.4",
        "--quiet",
    ]);
    assert_eq!(quiet.stderr, "");
}

#[test]
fn trajectories_and_pictures_are_written() {
    let folder = folder("trajectories_and_pictures_are_written");
    for (name, head) in
        [("run.csv", "step,time,loss"), ("run.json", "{"), ("run.svg", "<"), ("run.pdf", "%PDF-")]
    {
        let file = folder.join(name);
        let path = file.to_str().expect("UTF-8");
        let outcome =
            spurious(&["trace", "--patch-dim", "5", "--patches", "20", "--sum-ratio", "4", "--out", path]);
        assert_eq!(outcome.code, 0, "{}", outcome.stderr);
        let bytes = std::fs::read(&file).expect("written");
        assert!(bytes.starts_with(head.as_bytes()), "{name}");
    }
}

#[cfg(unix)]
#[test]
fn a_closed_pipe_is_success() {
    let mut child = command(&["completions", "bash"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("starts");
    drop(child.stdout.take());
    let outcome = outcome(child.wait_with_output().expect("ends"));
    assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""));
}

/// Starts a program and presses Ctrl-C after so many milliseconds.
#[cfg(unix)]
fn interrupted(command: &mut std::process::Command, milliseconds: u64) -> Outcome {
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("starts");
    std::thread::sleep(std::time::Duration::from_millis(milliseconds));
    let killed =
        std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status().expect("kill");
    assert!(killed.success());
    outcome(child.wait_with_output().expect("ends"))
}

/// Ctrl-C during a long grid prints the cells that are done.
#[cfg(unix)]
#[test]
fn an_interrupt_keeps_what_is_finished() {
    // Some of the slowest cells there are, and many of them.
    let patches = (2..200).map(|k| k.to_string()).collect::<Vec<_>>().join(",");
    let mut grid = command(&["probability", "--patch-dim", "5", "--patches", &patches, "--sum-ratio", "1.2"]);
    let outcome = interrupted(grid.args(["--scale-ratio", "6", "--json", "--threads", "2"]), 1500);
    assert_eq!(outcome.code, 1);
    let value: Value = serde_json::from_str(&outcome.stdout).expect("one whole JSON object");
    let done = value["results"].as_array().expect("a list").len();
    assert_eq!(outcome.stderr, format!("interrupted: {done} of 198 cells are done\n"));
}

/// Runs that the theory does not cover take as many steps as they may, and Ctrl-C does not wait for thousands of them.
#[cfg(unix)]
#[test]
fn an_interrupt_does_not_wait_for_runs_without_end() {
    let folder = folder("endless_runs");
    let cell = "--patch-dim 5 --patches 25 --sum-ratio 4 --scale-ratio 10 --step-size 0.1 --runs 40000";
    for (line, message) in [
        ("probability", "0 of 1 cells are done"),
        ("sweep", "0 of 1 cells are done; with --out, a sweep goes on from where it stopped"),
    ] {
        let outcome =
            interrupted(&mut common::typed_command(&folder, &format!("{line} {cell} --quiet")), 1000);
        assert_eq!(outcome.code, 1);
        assert_eq!(outcome.stderr, format!("interrupted: {message}\n"));
    }
}

/// Ctrl-C during a report leaves nothing half-written behind.
#[cfg(unix)]
#[test]
fn an_interrupted_report_writes_nothing() {
    let folder = folder("an_interrupted_report_writes_nothing");
    let mut report = command(&["reproduce", "--runs", "100000000", "--out", "report"]);
    let outcome = interrupted(report.current_dir(&folder), 1000);
    assert_eq!((outcome.code, outcome.stdout.as_str()), (1, ""));
    assert_eq!(outcome.stderr, "interrupted: no report was written\n");
    assert_eq!(std::fs::read_dir(&folder).expect("a folder").count(), 0);
}

/// `--out -` prints the bytes that a file would have; folders have to be named.
#[test]
fn standard_output_is_a_file_for_tables() {
    let folder = folder("contract_standard_output");
    for line in [
        "landscape --patch-dim 5 --patches 25 --sum-ratio 4",
        "probability --patch-dim 5 --patches 25 --sum-ratio 4",
        "trace --patch-dim 5 --patches 25 --sum-ratio 4",
        "recovery --patch-dim 3 --patches 4 --sum-ratio 1 --samples 50 --step-size 0.1 --runs 20",
        "width --patch-dim 3 --patches 4 --sum-ratio 1 --filters 1,2 --step-size 0.1 --runs 20",
        "generate --patch-dim 2 --patches 2 --sum-ratio 1 --samples 3",
    ] {
        let printed = typed(&folder, &format!("{line} --out -"));
        assert_eq!(printed.code, 0, "{line}: {}", printed.stderr);
        let name = format!("{}.csv", line.split(' ').next().expect("a command"));
        assert_eq!(typed(&folder, &format!("{line} --out {name}")).code, 0);
        assert_eq!(printed.stdout, std::fs::read_to_string(folder.join(name)).expect("read"));
        let refused = typed(&folder, &format!("{line} --out - --json"));
        assert_eq!((refused.code, refused.stdout.as_str()), (2, ""), "{line}");
        assert!(refused.stderr.contains("both write to standard output"), "{}", refused.stderr);
    }
    for line in [
        "sweep --patch-dim 5 --patches 25 --sum-ratio 4 --step-size 0.1 --runs 10 --out -",
        "merge folder --out -",
        "reproduce --quick --out -",
        "fit data.csv --target y --patch-len 2 --out -",
    ] {
        let refused = typed(&folder, line);
        assert_eq!(refused.code, 2, "{line}");
        assert!(
            refused.stderr.starts_with("error: --out - is standard output: "),
            "{line}: {}",
            refused.stderr
        );
    }
    assert!(!folder.join("-").exists());
}
