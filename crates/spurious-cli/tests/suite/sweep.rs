//! Sweeps as a person, a batch system or a power cut would treat them.

use crate::common;
use std::path::Path;
use std::process::{Child, Stdio};
use std::time::Duration;

use crate::common::{folder, names, succeeds, typed, typed_command};
use serde_json::Value;

const GRID: &str = "sweep --patch-dim 5 --patches 25,36 --sum-ratio 0,4 --step-size 0.1";

fn refused(folder: &Path, line: &str, message: &str) {
    let outcome = typed(folder, line);
    assert_eq!(outcome.stderr, format!("error: {message}\n"), "{line}");
    assert_eq!((outcome.code, outcome.stdout.as_str()), (2, ""), "{line}");
}

/// All files of two folders, but for the logs and what a shard keeps for itself, are the same.
fn assert_same_results(a: &Path, b: &Path) {
    for name in ["results.csv", "results.parquet", "results.json"] {
        let read = |folder: &Path| std::fs::read(folder.join(name)).expect("results");
        assert!(read(a) == read(b), "{name} of {}", b.display());
    }
}

#[test]
fn json_has_the_promised_keys() {
    let folder = folder("sweep_json");
    let line = format!("{GRID} --runs 2e3 --steps --json --out store");
    let text = succeeds(&folder, &line);
    let value: Value = serde_json::from_str(&text).expect("one JSON object");
    let keys = |value: &Value| value.as_object().expect("an object").keys().cloned().collect::<Vec<_>>();
    assert_eq!(keys(&value), ["command", "results", "settings", "version"]);
    assert_eq!(value["command"], "sweep");
    let rows = value["results"].as_array().expect("a list");
    assert_eq!(rows.len(), 4);
    let mut expected = vec![
        "cell",
        "patch_dim",
        "patches",
        "sum_ratio",
        "scale_ratio",
        "negative_slope",
        "step_size",
        "criticality",
        "runs",
        "global",
        "spurious",
        "undecided",
        "probability",
        "lower",
        "upper",
        "exact_probability",
        "exact_error_bound",
        "z_score",
        "steps_runs",
        "steps_mean",
        "steps_median",
        "steps_90",
        "steps_99",
        "steps_max",
    ];
    expected.sort_unstable();
    assert_eq!(keys(&rows[0]), expected);
    assert!(rows.iter().all(|row| row["z_score"].as_f64().expect("a number").abs() < 4.0));
    // What is printed is what is written, also when it is only read again.
    assert!(std::fs::read_to_string(folder.join("store/results.json")).expect("written") == text);
    assert!(succeeds(&folder, &line) == text);
    let steps = std::fs::read_to_string(folder.join("store/steps.csv")).expect("written");
    let runs = steps
        .lines()
        .skip(1)
        .map(|line| line.rsplit(',').next().expect("runs").parse::<u64>().expect("a number"));
    assert_eq!((steps.lines().next(), runs.sum::<u64>()), (Some("cell,steps,runs"), 8000));

    let value: Value =
        serde_json::from_str(&succeeds(&folder, &format!("{GRID} --runs 10 --no-exact --json")))
            .expect("JSON");
    assert!(
        value["results"][0]["exact_probability"].is_null() && value["results"][0].get("steps_mean").is_none()
    );
}

#[test]
fn shards_on_several_machines_are_one_sweep() {
    let folder = folder("sweep_shards");
    let whole = succeeds(&folder, &format!("{GRID} --runs 3000 --out whole"));
    for shard in [3, 1, 2] {
        let line = format!("{GRID} --runs 3000 --out shards --shard {shard}/3 --threads {shard}");
        let trials = if shard == 1 { 6000 } else { 3000 };
        assert_eq!(succeeds(&folder, &line), format!("shard {shard}/3 is done: {trials} runs\n"));
    }
    assert_eq!(succeeds(&folder, "merge shards"), whole);
    assert_same_results(&folder.join("whole"), &folder.join("shards"));
    succeeds(&folder, "merge shards --out elsewhere");
    assert_same_results(&folder.join("whole"), &folder.join("elsewhere"));
}

/// Shards that begin at the same moment in one folder, which none of them finds.
#[test]
fn shards_may_begin_together() {
    let folder = folder("sweep_together");
    let line = format!("{GRID} --runs 3000 --no-exact");
    succeeds(&folder, &format!("{line} --out whole"));
    for round in 0..5 {
        let out = format!("together-{round}");
        let shard = |number| start(&folder, &format!("{line} --out {out} --shard {number}/8"));
        let children: Vec<Child> = (1..=8).map(shard).collect();
        for child in children {
            let outcome = common::outcome(child.wait_with_output().expect("ends"));
            assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""));
        }
        succeeds(&folder, &format!("merge {out}"));
        assert_same_results(&folder.join("whole"), &folder.join(&out));
    }
}

/// A second process on the same shard is told to wait.
#[test]
fn a_shard_has_one_process() {
    let folder = folder("sweep_one_process");
    let line = format!("{GRID} --runs 1e15 --no-exact --out store");
    let mut first = start(&folder, &line);
    let log = folder.join("store/shard-1-of-1.log");
    while !std::fs::metadata(&log).is_ok_and(|log| log.len() > 0) {
        std::thread::sleep(Duration::from_millis(1));
    }
    let second = typed(&folder, &line);
    first.kill().expect("killed");
    first.wait().expect("ends");
    assert_eq!(
        second.stderr,
        "error: another process is writing store/shard-1-of-1.log: wait for it to end, or name another folder\n"
    );
    assert_eq!(second.code, 1);
}

#[test]
fn a_configuration_file_may_hold_the_grid() {
    let folder = folder("sweep_config");
    let text =
        "[sweep]\npatch-dim = 5\npatches = [25, 36]\nsum_ratio = \"0:4:4\"\nstep-size = 0.1\nruns = 1e3\n";
    std::fs::write(folder.join("sweep.toml"), text).expect("written");
    assert_eq!(
        succeeds(&folder, "sweep --config sweep.toml"),
        succeeds(&folder, &format!("{GRID} --runs 1000"))
    );
}

#[test]
fn wrong_input_is_named_before_anything_starts() {
    let folder = folder("sweep_wrong_input");
    refused(
        &folder,
        "sweep --patch-dim 1:9999:1 --patches 2:2001:1 --sum-ratio 0 --step-size 0.1 --runs 1",
        "a grid of 9999 × 2000 × 1 × 1 × 1 = 19998000 cells is too large: use at most 10000000 cells",
    );
    refused(
        &folder,
        "sweep --patch-dim 5 --patches 4,25 --sum-ratio 9 --step-size 0.1 --runs 1",
        "sum ratio 9 is larger than the number of patches 4",
    );
    refused(
        &folder,
        "sweep --patch-dim 5 --patches 4 --sum-ratio 9 --step-size 0.1 --runs 1 --skip-impossible",
        "none of the 1 cells of the grid is possible: use sum ratios that are no larger than the number of patches",
    );
    refused(
        &folder,
        &format!("{GRID} --runs 5 --step-size 0"),
        "step size 0 is not positive: use a number above 0",
    );
    refused(&folder, &format!("{GRID} --runs 5 --until 0"), "interval width 0 is not between 0 and 1");
    refused(
        &folder,
        &format!("{GRID} --runs 5 --convergence nan"),
        "convergence tolerance NaN is not between 0 and 1",
    );
    refused(
        &folder,
        &format!("{GRID} --runs 5 --engine full --patches 1e8:1e8:1"),
        "the full engine would compute with 100000005 numbers, more than 10000000: use the default engine, which needs five",
    );
    refused(&folder, &format!("{GRID} --runs 5 --out no/store"), "there is no folder no to write into");
    std::fs::write(folder.join("file"), "").expect("written");
    refused(&folder, &format!("{GRID} --runs 5 --out file"), "file is not a folder: name another one");
    refused(
        &folder,
        &format!("{GRID} --runs 5 --out ./"),
        "./ exists but holds no sweep: name another folder",
    );
    refused(&folder, "merge . ./", "the shards lie in 2 folders: name one for the results with --out");
    refused(&folder, "merge .", ". holds no shards of a sweep");
    assert_eq!(names(&folder), ["file"]);
    for (flag, value, advice) in [
        ("--shard", "0/3", "shard 0/3 does not exist: use 1/3 to 3/3"),
        ("--shard", "4/3", "shard 4/3 does not exist: use 1/3 to 3/3"),
        ("--runs", "1.5", "use a whole number from 1 to 1e15"),
        ("--runs", "-1", "use a whole number from 1 to 1e15"),
        (
            "--sum-ratio",
            "0:1:1:1",
            "'0:1:1:1' is not a range: separate values by commas, or write start:end or start:end:step, such as 1,4,9 or 5:8 or \
             0:30:0.5",
        ),
        (
            "--patches",
            "",
            "'' is not a whole number: separate values by commas, or write start:end or start:end:step, such as 1,4,9 or 5:8 or \
             0:30:0.5",
        ),
    ] {
        let mut arguments: Vec<&str> = GRID.split(' ').chain(["--runs", "5", "--out", "store"]).collect();
        arguments.extend([flag, value]);
        let outcome =
            common::outcome(common::command(&arguments).current_dir(&folder).output().expect("starts"));
        assert_eq!(outcome.code, 2);
        assert!(
            outcome.stderr.starts_with("error: invalid value") && outcome.stderr.contains(advice),
            "{}",
            outcome.stderr
        );
    }
    // A store of another sweep.
    succeeds(&folder, &format!("{GRID} --runs 5 --out store"));
    refused(
        &folder,
        &format!("{GRID} --runs 4 --out store"),
        "store/shard-1-of-1.log belongs to another sweep, with runs 5 instead of 4: use the same settings, name another folder, \
         or use --force to start over",
    );
    refused(
        &folder,
        &format!("{GRID} --runs 6 --seed 2 --out store"),
        "store/shard-1-of-1.log belongs to another sweep, with seed 1 instead of 2: use the same settings, name another folder, \
         or use --force to start over",
    );
    succeeds(&folder, &format!("{GRID} --runs 4 --out store --force"));
    refused(&folder, "merge nowhere", "cannot read nowhere: No such file or directory (os error 2)");
}

/// A larger number of runs goes on from what is there, undivided or in shards, and also after a kill.
#[test]
fn more_runs_go_on_from_the_store() {
    let folder = folder("sweep_more_runs");
    let line = |runs: &str, out: &str| format!("{GRID} --runs {runs} --steps --out {out}");
    let whole = succeeds(&folder, &line("1e5", "whole"));
    let few = succeeds(&folder, &line("2e3", "few"));
    assert_eq!(succeeds(&folder, &line("2e3", "more")), few.replace("few", "more"));
    let log = || std::fs::read(folder.join("more/shard-1-of-1.log")).expect("a log");
    let before = log();
    assert_eq!(succeeds(&folder, &line("1e5", "more")), whole.replace("whole", "more"));
    assert!(log().starts_with(&before));
    assert_same_results(&folder.join("whole"), &folder.join("more"));

    let mut moments = Moments(7);
    for kill in 0..20 {
        let runs = if kill < 10 { "2e4" } else { "1e5" };
        let mut child = start(&folder, &line(runs, "killed"));
        std::thread::sleep(Duration::from_micros(moments.next() % 60_000));
        // It may be done.
        let _ = child.kill();
        child.wait().expect("ends");
    }
    assert_eq!(typed(&folder, &line("1e5", "killed")).stdout, whole.replace("whole", "killed"));
    assert_same_results(&folder.join("whole"), &folder.join("killed"));

    for (shard, runs) in [("1/2", "2e3"), ("1/2", "1e5"), ("2/2", "1e5")] {
        succeeds(&folder, &format!("{} --shard {shard}", line(runs, "shards")));
    }
    assert_eq!(succeeds(&folder, "merge shards"), whole);
    assert_same_results(&folder.join("whole"), &folder.join("shards"));
}

/// Beyond what the theory covers there is no exact value. A warning says so, once.
#[test]
fn a_step_beyond_the_proof_is_warned_of() {
    let outcome = typed(Path::new("."), &format!("{GRID} --step-size 0.3,0.4 --runs 100"));
    assert_eq!(outcome.code, 0);
    assert_eq!(
        outcome.stderr,
        "warning: step size 0.3 is above 0.2314 for 25 patches: runs may stay undecided there, and there is no exact \
         probability; use a smaller step\n"
    );
}

/// A small generator of numbers, for moments at which a process is killed.
struct Moments(u64);

impl Moments {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        self.0 >> 33
    }
}

fn start(folder: &Path, line: &str) -> Child {
    typed_command(folder, line).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("starts")
}

/// A hundred processes die at any moment, some before they have written a byte. What they leave is enough to go on from, and
/// the results are those of a sweep that nothing happened to.
#[test]
fn kills_change_nothing() {
    let folder = folder("sweep_kills");
    let kinds = [
        "--runs 1e5 --until 0.02 --steps --no-exact",
        "--runs 2000 --convergence 0.5 --no-exact",
        "--runs 2000 --records",
    ];
    for (index, more) in kinds.into_iter().enumerate() {
        let line = |out: &str| format!("{GRID} {more} --out {out}");
        let whole = format!("whole-{index}");
        let begun = std::time::Instant::now();
        succeeds(&folder, &line(&whole));
        let longest = begun.elapsed().as_micros() as u64;
        let (mut moments, mut kills, mut round) = (Moments(index as u64), 0, 0);
        while kills < 34 {
            let out = format!("killed-{index}-{round}");
            round += 1;
            for _ in 0..1 + moments.next() % 8 {
                let mut child = start(&folder, &line(&out));
                std::thread::sleep(Duration::from_micros(moments.next() % longest));
                if child.try_wait().expect("a child").is_none() {
                    child.kill().expect("killed");
                    child.wait().expect("ends");
                    kills += 1;
                }
            }
            let outcome = typed(&folder, &line(&out));
            assert_eq!(outcome.code, 0, "{}", outcome.stderr);
            assert_same_results(&folder.join(&whole), &folder.join(&out));
            let hidden = names(&folder.join(&out)).into_iter().find(|name| name.starts_with('.'));
            assert_eq!(hidden, None, "nothing is left behind");
            if more.contains("records") {
                let records = |out: &str| common::contents(&folder.join(out).join("records"));
                assert!(records(&whole) == records(&out));
            }
        }
    }
}

/// Ctrl-C keeps what is done, and says how to go on.
#[cfg(unix)]
#[test]
fn an_interrupt_keeps_what_is_done() {
    let folder = folder("sweep_interrupt");
    // As many runs as there can be: it simply begins.
    let line = format!("{GRID} --runs 1e15 --no-exact --json");
    for out in ["", " --out store"] {
        let child = typed_command(&folder, &format!("{line}{out}"))
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("starts");
        let log = folder.join("store/shard-1-of-1.log");
        let lines = || std::fs::read_to_string(&log).map_or(0, |text| text.lines().count());
        let long_enough = || out.is_empty() || lines() >= 3;
        let begun = std::time::Instant::now();
        while begun.elapsed() < Duration::from_millis(500)
            || (!long_enough() && begun.elapsed() < Duration::from_secs(60))
        {
            std::thread::sleep(Duration::from_millis(20));
        }
        let pressed = std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status();
        assert!(pressed.expect("kill").success());
        let outcome = common::outcome(child.wait_with_output().expect("ends"));
        assert_eq!(outcome.code, 1);
        let value: Value = serde_json::from_str(&outcome.stdout).expect("one whole JSON object");
        assert_eq!(value["results"].as_array().map(Vec::len), Some(0));
        if out.is_empty() {
            assert_eq!(
                outcome.stderr,
                "interrupted: 0 of 4 cells are done; with --out, a sweep goes on from where it stopped\n"
            );
        } else {
            let text = outcome.stderr.strip_prefix("interrupted: ").expect("interrupted");
            let (runs, rest) = text.split_once(' ').expect("a number");
            assert!(runs.parse::<u64>().expect("a number") >= 1 << 22);
            assert_eq!(
                rest,
                "of 4000000000000000 runs are done and kept in store: run the same command again to go on\n"
            );
        }
    }
}

/// A full disk is told once, with the file, and nothing is lost. (Here a limit on the length of files stands in for it.)
#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_loses_nothing() {
    let folder = folder("sweep_full_disk");
    // A header of some kilobytes, and four records of more than one.
    let line = |out: &str| {
        format!(
            "sweep --patch-dim 5 --patches 25 --sum-ratio 0.001:1:0.001 --step-size 0.1 --runs 100 --until 0.5 --no-exact \
             --out {out}"
        )
    };
    succeeds(&folder, &line("whole"));
    let limited = |blocks: u32| {
        // A write beyond the limit raises a signal unless it is ignored.
        let script = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" {}", line("full"));
        let mut shell = std::process::Command::new("bash");
        shell.args(["-c", &script, env!("CARGO_BIN_EXE_spurious")]).current_dir(&folder);
        common::outcome(shell.output().expect("bash"))
    };
    let log = std::fs::metadata(folder.join("whole/shard-1-of-1.log")).expect("a log").len();
    let mut last = 0;
    for missing in [3, 2, 1] {
        let blocks = (log / 1024) as u32 - missing;
        let outcome = limited(blocks);
        assert_eq!(outcome.code, 1, "{}", outcome.stderr);
        assert_eq!(
            outcome.stderr,
            "error: cannot write full/shard-1-of-1.log: File too large (os error 27); what was done before is kept: run the \
             same command again to go on\n"
        );
        let length = std::fs::metadata(folder.join("full/shard-1-of-1.log")).expect("a log").len();
        assert!(length >= last && length > 4096 && length <= 1024 * u64::from(blocks), "{length}");
        last = length;
    }
    succeeds(&folder, &line("full"));
    assert_same_results(&folder.join("whole"), &folder.join("full"));
}

/// Memory does not grow with the number of cells: it is that of the batches in flight and of one row group of the Parquet
/// file. The distributions of steps of all these cells would take 200 MB.
#[cfg(target_os = "linux")]
#[test]
fn memory_stays_flat() {
    let folder = folder("sweep_memory");
    let line = "sweep --patch-dim 5 --patches 25 --sum-ratio 0:20:0.01 --step-size 0.01:0.5:0.01 --runs 2 --no-exact --steps";
    let mut child = typed_command(&folder, &format!("{line} --quiet --out store"))
        .stdout(Stdio::null())
        .spawn()
        .expect("starts");
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    while child.try_wait().expect("a child").is_none() {
        let text = std::fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let value = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok());
        peak = peak.max(value.unwrap_or(0));
        std::thread::sleep(Duration::from_millis(2));
    }
    assert!(child.wait().expect("ends").success());
    let rows = std::fs::read_to_string(folder.join("store/results.csv")).expect("results").lines().count();
    assert_eq!(rows, 1 + 2001 * 50);
    assert!(0 < peak && peak < 120_000, "{peak} kB");
}

/// The picture is drawn once all is done, by one process or from shards, and refused before anything starts.
#[test]
fn results_are_drawn() {
    let folder = folder("sweep_picture");
    succeeds(&folder, &format!("{GRID} --runs 2000 --steps --out whole --plot whole.svg"));
    for shard in ["1/2", "2/2"] {
        succeeds(&folder, &format!("{GRID} --runs 2000 --steps --out parts --shard {shard}"));
    }
    succeeds(&folder, "merge parts --plot parts.svg");
    let read = |name: &str| std::fs::read_to_string(folder.join(name)).expect("a picture");
    assert_eq!(read("whole.svg"), read("parts.svg"));
    assert!(read("whole.svg").contains("criticality"));
    succeeds(&folder, &format!("{GRID} --runs 2000 --steps --out whole --plot whole.pdf"));

    // In the folder that is made for the results; and without the cells in which nothing is decided.
    let open = "sweep --patch-dim 5 --patches 25,64 --sum-ratio 0:8:4 --step-size 0.2 --runs 4";
    let outcome = typed(&folder, &format!("{open} --out open --plot open/picture.svg"));
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    assert!(
        outcome
            .stderr
            .ends_with("warning: cells not drawn, because more than 1 % of their runs are undecided: 3\n")
    );
    let drawn = |patches: &str| read("open/picture.svg").contains(&format!(" = {patches}"));
    assert!(drawn("25") && !drawn("64"));

    refused(
        &folder,
        &format!("{GRID} --runs 10 --out none --plot whole.svg"),
        "whole.svg exists: name another file for the picture, or remove it",
    );
    refused(
        &folder,
        &format!("{GRID} --runs 10 --out none --plot picture.png"),
        "cannot tell what to write to picture.png: end it with .svg, .pdf",
    );
    refused(
        &folder,
        "sweep --patch-dim 2,3,4,5,6 --patches 25 --sum-ratio 4 --step-size 0.1 --runs 10 --out none --plot a.svg",
        "the sweep has 5 combinations of patch dimension, scale ratio and step size, and a picture shows at most 4: choose \
         fewer values of these, or draw parts of the sweep",
    );
    refused(
        &folder,
        "sweep --patch-dim 5 --patches 100 --sum-ratio 0:1:0.000005 --step-size 0.1 --runs 10 --out none --plot a.svg",
        "200001 cells are too many for --plot: at most 100000",
    );
    assert!(!folder.join("none").exists());
}
