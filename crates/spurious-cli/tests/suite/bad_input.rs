//! Wrong input ends with exit code 2 and one message that names the value and what would be accepted; nothing is written.

use crate::common::{folder, spurious};

fn refused(arguments: &[&str], message: &str) {
    let outcome = spurious(arguments);
    assert_eq!(outcome.stderr, format!("error: {message}\n"), "{arguments:?}");
    assert_eq!(outcome.code, 2, "{arguments:?}");
    assert_eq!(outcome.stdout, "", "{arguments:?}");
}

fn probability<'a>(patch_dim: &'a str, patches: &'a str, sum_ratio: &'a str) -> [&'a str; 7] {
    ["probability", "--patch-dim", patch_dim, "--patches", patches, "--sum-ratio", sum_ratio]
}

#[test]
fn impossible_sizes_and_ratios_are_named() {
    refused(&probability("5", "25", "30"), "sum ratio 30 is larger than the number of patches 25");
    refused(&probability("5", "25", "-1"), "sum ratio -1 is negative: use a number from 0 to 25");
    refused(&probability("5", "25", "nan"), "sum ratio is NaN, not a finite number");
    refused(&probability("5", "25", "inf"), "sum ratio is inf, not a finite number");
    refused(&probability("5", "1", "0.5"), "sum ratio 0.5 is impossible with one patch: use 1");
    refused(&probability("5", "0", "0"), "number of patches 0 is not a whole number from 1 to 1e9");
    refused(&probability("0", "25", "4"), "patch dimension 0 is not a whole number from 1 to 1e9");
    refused(
        &probability("5", "5000000000", "4"),
        "number of patches 5000000000 is not a whole number from 1 to 1e9",
    );
    refused(
        &["landscape", "--patches", "25", "--sum-ratio", "26"],
        "sum ratio 26 is larger than the number of patches 25",
    );
}

#[test]
fn impossible_steps_scales_and_confidences_are_named() {
    let with = |flag: &str, value: &str, message: &str| {
        let base = probability("5", "25", "4");
        let arguments: Vec<&str> = base.into_iter().chain([flag, value]).collect();
        refused(&arguments, message);
    };
    with("--step-size", "-0.1", "step size -0.1 is not positive: use a number above 0");
    with("--step-size", "0", "step size 0 is not positive: use a number above 0");
    with("--step-size", "nan", "step size is NaN, not a finite number");
    with(
        "--step-size",
        "0.5",
        "step size 0.5 makes the output weights diverge with 25 patches: use less than 0.4629",
    );
    with("--scale-ratio", "0", "scale ratio 0 is not positive: use a number above 0");
    with("--scale-ratio", "1e5", "scale ratio 100000 is out of range: use a number from 0.0001 to 100");
    let below = "negative slope -0.1 is not from 0 to 1: below 0 the trap lies at another angle than π, and with -1 the filter is \
                 determined only up to its sign";
    for command in ["landscape", "trace --patch-dim 5", "sweep --patch-dim 5 --step-size 0.1 --runs 10"] {
        let line = format!("{command} --patches 25 --sum-ratio 4 --negative-slope -0.1");
        refused(&line.split(' ').collect::<Vec<_>>(), below);
    }
    with(
        "--negative-slope",
        "1.5",
        "negative slope 1.5 is not from 0 to 1: divide the activation by it, so that the larger of its slopes is 1",
    );
    with("--negative-slope", "nan", "negative slope is NaN, not a finite number");
    with("--confidence", "1", "confidence 1 is not between 0 and 1");
    with("--tolerance", "0", "tolerance 0 is not between 0 and 1");
    with("--limit-within", "nan", "--limit-within NaN is not between 0 and 1");
}

#[test]
fn impossible_starts_are_named() {
    let with = |flag: &str, value: &str, message: &str| {
        let arguments = [
            "trace",
            "--patch-dim",
            "25",
            "--patches",
            "20",
            "--sum-ratio",
            "4",
            "--step-size",
            "0.1",
            flag,
            value,
        ];
        refused(&arguments, message);
    };
    with("--angle", "4", "angle 4 is not between 0 and π (radians)");
    with("--signal", "nan", "signal is NaN, not a finite number");
    with("--step-size", "-1", "step size -1 is not positive: use a number above 0");
    let algorithm = |words: &str, message: &str| {
        let line = format!("trace --patch-dim 5 --patches 25 --sum-ratio 4 {words}");
        refused(&line.split(' ').collect::<Vec<_>>(), message);
    };
    algorithm("--algorithm adam", "--algorithm adam moves in steps: give a --step-size");
    algorithm(
        "--algorithm adam --step-size 0.1 --full",
        "--full is for gd: adam carries what numbers it needs by itself",
    );
    algorithm("--algorithm momentum --step-size 0.1 --momentum 1", "momentum 1 is not from 0 to below 1");
    algorithm(
        "--algorithm adam --step-size 0.1 --momentum 0.5",
        "momentum is no setting of adam, but of momentum and nesterov",
    );
    algorithm("--algorithm noisy --step-size 0.1 --noise nan,1", "noise is NaN, not a finite number");
    algorithm(
        "--filters 0",
        "invalid value '0' for '--filters <R>': use a whole number from 1 to 16\n\nFor more, try '--help'.",
    );
    algorithm("--filters 2", "--filters 2 moves in steps: give a --step-size");
    algorithm(
        "--filters 2 --step-size 0.1 --angle 2",
        "--filters 2 starts at random: leave out --angle, and choose a start with --trial and --seed",
    );
    algorithm(
        "--filters 2 --step-size 0.1 --algorithm adam",
        "--filters 2 moves by gradient descent in a few coordinates: leave out --algorithm adam",
    );
    algorithm(
        "--filters 2 --step-size 0.1 --momentum 0.5",
        "momentum is no setting of gd, but of momentum and nesterov",
    );
    algorithm(
        "--filters 4 --step-size 0.3",
        "step size 0.3 makes the output weights diverge with 4 filters and 25 patches: use less than 0.1157",
    );
    refused(
        &["trace", "--patch-dim", "1", "--patches", "2", "--sum-ratio", "1", "--angle", "1"],
        "angle 1 is impossible with patch dimension 1: use 0 or π",
    );
    refused(
        &["trace", "--patch-dim", "25", "--patches", "20", "--sum-ratio", "4", "--max-time", "-5"],
        "longest time -5 is not positive: use a number above 0",
    );
    refused(
        &[
            "trace",
            "--full",
            "--patch-dim",
            "25",
            "--patches",
            "100000000",
            "--sum-ratio",
            "4",
            "--step-size",
            "1e-9",
        ],
        "--full would carry 100000025 numbers: at most 10000000; leave it out, five numbers give the same run",
    );
}

#[test]
fn a_grid_that_would_never_end_is_refused_before_anything_starts() {
    let many = (1..=1001).map(|n| n.to_string()).collect::<Vec<_>>().join(",");
    refused(
        &["probability", "--patch-dim", &many, "--patches", &many, "--sum-ratio", "0"],
        "a grid of 1001 × 1001 × 1 × 1 × 1 cells is too large: at most 1000000",
    );
}

#[test]
fn existing_results_are_kept() {
    let folder = folder("existing_results_are_kept");
    let file = folder.join("result.csv");
    std::fs::write(&file, "precious").expect("written");
    let path = file.to_str().expect("UTF-8");
    let landscape = ["landscape", "--patches", "20", "--sum-ratio", "4", "--out", path];
    refused(&landscape, &format!("{path} exists: use --force to replace it"));
    assert_eq!(std::fs::read_to_string(&file).expect("read"), "precious");

    let forced: Vec<&str> = landscape.into_iter().chain(["--force"]).collect();
    assert_eq!(spurious(&forced).code, 0);
    assert!(std::fs::read_to_string(&file).expect("read").starts_with("patches,"));

    let report = folder.to_str().expect("UTF-8");
    refused(
        &["reproduce", "--quick", "--out", report],
        &format!("{report} exists: use --force to replace it"),
    );
    let left: Vec<_> = std::fs::read_dir(&folder).expect("a folder").collect();
    assert_eq!(left.len(), 1, "no temporary file is left behind: {left:?}");
}

#[test]
fn targets_that_cannot_be_written_are_named() {
    let folder = folder("targets_that_cannot_be_written_are_named");
    let missing = folder.join("no").join("such").join("result.csv");
    let path = missing.to_str().expect("UTF-8");
    let parent = missing.parent().expect("a parent").display().to_string();
    refused(
        &["landscape", "--patches", "20", "--sum-ratio", "4", "--out", path],
        &format!("there is no folder {parent} to write into"),
    );
    let odd = folder.join("result.docx");
    let path = odd.to_str().expect("UTF-8");
    refused(
        &["landscape", "--patches", "20", "--sum-ratio", "4", "--out", path],
        &format!("cannot tell what to write to {path}: end it with .csv, .json, .svg, .pdf"),
    );
    let picture = folder.join("grid.svg");
    let path = picture.to_str().expect("UTF-8");
    refused(
        &["landscape", "--patches", "20,30", "--sum-ratio", "4", "--out", path],
        "a picture shows one landscape, not 2: give one number of patches, one sum ratio and one negative slope",
    );
    assert_eq!(std::fs::read_dir(&folder).expect("a folder").count(), 0);
}

#[test]
fn misspelt_flags_and_missing_ones_end_with_two() {
    for arguments in [
        &["probability"] as &[&str],
        &["probabilty"],
        &["probability", "--patches", "many"],
        &["probability", "--patches", "-3", "--patch-dim", "5", "--sum-ratio", "1"],
        &["trace", "--threads", "0"],
        &["trace", "--full", "--patch-dim", "5", "--patches", "5", "--sum-ratio", "1"],
        &[],
    ] {
        let outcome = spurious(arguments);
        assert_eq!(outcome.code, 2, "{arguments:?}: {}", outcome.stderr);
        assert_eq!(outcome.stdout, "", "{arguments:?}");
        assert!(!outcome.stderr.is_empty(), "{arguments:?}");
    }
}

#[test]
fn starts_that_no_weights_have_are_refused() {
    let equal =
        ["trace", "--patch-dim", "5", "--patches", "25", "--sum-ratio", "25", "--angle", "1", "--sum", "1"];
    let with: Vec<&str> = equal.into_iter().chain(["--signal", "-1"]).collect();
    refused(
        &with,
        "signal -1 is impossible: the teacher's output weights are all equal, so with the sum 1 it is 0.2",
    );
    refused(
        &["trace", "--patch-dim", "5", "--patches", "25", "--sum-ratio", "4", "--sum", "1e300"],
        "sum 1e300 is too large: at most 1e6 in size",
    );
    refused(
        &["trace", "--patch-dim", "5", "--patches", "25", "--sum-ratio", "4", "--max-time", "1e300"],
        "longest time 1e300 is too large: use at most 1e21",
    );
}

#[test]
fn simulations_that_nothing_could_decide_are_refused() {
    refused(
        &[
            "probability",
            "--patch-dim",
            "5",
            "--patches",
            "25",
            "--sum-ratio",
            "4",
            "--step-size",
            "0.3",
            "--runs",
            "10",
        ],
        "no simulated run can be decided with step size 0.3 and 25 patches: use at most 0.2314, or leave out --runs",
    );
}

#[test]
fn a_folder_that_is_no_report_is_never_replaced() {
    let folder = folder("a_folder_that_is_no_report_is_never_replaced");
    std::fs::write(folder.join("precious"), "precious").expect("written");
    let path = folder.to_str().expect("UTF-8");
    refused(
        &["reproduce", "--quick", "--force", "--out", path],
        &format!("{path} is not a report, and is not replaced: name another folder with --out"),
    );
    assert!(folder.join("precious").is_file());
    refused(
        &["reproduce", "--quick", "--force", "--out", ".."],
        "--out .. names no file or folder of its own",
    );
}

#[test]
fn text_commands_refuse_flags_they_would_ignore() {
    refused(&["cite", "--json"], "cite prints text: leave out --json and --out, and redirect its output");
}

/// What cannot be read as a number is named with what would be accepted.
#[test]
fn unreadable_numbers_are_named_with_what_is_accepted() {
    for (flag, value, accepted) in [
        ("--patches", "-5", "use a whole number from 1 to 1e9"),
        ("--patches", "100000000000000000000000", "use a whole number from 1 to 1e9"),
        ("--sum-ratio", "four", "use a number such as 4, 0.5 or 1e-3"),
        ("--runs", "-1", "use a whole number from 1 to 1e12"),
        ("--runs", "0", "use a whole number from 1 to 1e12"),
        ("--runs", "1e20", "use a whole number from 1 to 1e12"),
        ("--sum-ratio", "0:0.5", "'0:0.5' needs a step: write start:end:step"),
    ] {
        let outcome = spurious(&["probability", flag, value]);
        assert_eq!(outcome.code, 2);
        let expected = format!("error: invalid value '{value}' for '{flag} <");
        assert!(outcome.stderr.starts_with(&expected), "{}", outcome.stderr);
        assert!(outcome.stderr.contains(accepted), "{}", outcome.stderr);
    }
    let spaced = spurious(&["landscape", "--patches", "25, 36", "--sum-ratio", " 4"]);
    assert_eq!(spaced.code, 0, "{}", spaced.stderr);
}

#[test]
fn impossible_recoveries_are_named() {
    let with = |flag: &str, value: &str, message: &str| {
        let line = "recovery --patch-dim 5 --patches 25 --sum-ratio 4 --samples 100,200 --step-size 0.1";
        let arguments: Vec<&str> = line.split(' ').chain([flag, value]).collect();
        refused(&arguments, message);
    };
    with("--samples", "0", "number of samples 0 is not a whole number from 1 to 800000");
    with("--samples", "100,1000000", "number of samples 1000000 is not a whole number from 1 to 800000");
    with("--noise", "-1", "noise -1 is out of range: use a number from 0 to 1000000");
    with("--noise", "nan", "noise is NaN, not a finite number");
    with("--step-size", "0", "step size 0 is not positive: use a number above 0");
    with(
        "--step-size",
        "0.5",
        "step size 0.5 makes the output weights diverge with 25 patches: use less than 0.4629",
    );
    with("--sum-ratio", "30", "sum ratio 30 is larger than the number of patches 25");
    with("--scale-ratio", "1e5", "scale ratio 100000 is out of range: use a number from 0.0001 to 100");
    with("--patches", "5000", "number of weights p + k 5005 is not a whole number from 1 to 2000");
    with(
        "--out",
        "shares.docx",
        "cannot tell what to write to shares.docx: end it with .csv, .json, .svg, .pdf",
    );
}

#[test]
fn impossible_widths_are_named() {
    let with = |flag: &str, value: &str, message: &str| {
        let line = "width --patch-dim 5 --patches 25 --sum-ratio 4 --filters 1,2 --step-size 0.1 --runs 10";
        let arguments: Vec<&str> = line.split(' ').chain([flag, value]).collect();
        refused(&arguments, message);
    };
    with("--filters", "0", "number of filters 0 is not a whole number from 1 to 16");
    with("--filters", "1,17", "number of filters 17 is not a whole number from 1 to 16");
    with("--step-size", "0", "step size 0 is not positive: use a number above 0");
    with(
        "--step-size",
        "0.3",
        "step size 0.3 makes the output weights diverge with 2 filters and 25 patches: use less than 0.2314",
    );
    with("--step-size", "nan", "step size is NaN, not a finite number");
    with("--sum-ratio", "30", "sum ratio 30 is larger than the number of patches 25");
    with(
        "--out",
        "width.docx",
        "cannot tell what to write to width.docx: end it with .csv, .json, .svg, .pdf",
    );
    // A step that the exact probability does not cover: runs, and what is missing beside them.
    let line = "width --patch-dim 5 --patches 2 --sum-ratio 1 --filters 1 --step-size 1.9 --runs 10";
    let outcome = spurious(&line.split(' ').collect::<Vec<_>>());
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    assert!(
        outcome.stderr.starts_with("warning: step size 1.9 is not covered by the theory of one filter"),
        "{}",
        outcome.stderr
    );
}

/// Every flag that takes a number takes it in the same way, and names its limit in the same words.
#[test]
fn every_flag_takes_numbers_in_the_same_way() {
    for (command, flag, value, limits) in [
        ("reproduce", "--runs", "1e10", "1 to 1e9"),
        ("probability", "--runs", "1e13", "1 to 1e12"),
        ("sweep", "--runs", "1e16", "1 to 1e15"),
        ("recovery", "--runs", "1e10", "1 to 1e9"),
        ("width", "--runs", "1e13", "1 to 1e12"),
        ("generate", "--samples", "1e13", "1 to 1e12"),
        ("generate", "--samples", "0", "1 to 1e12"),
        ("trace", "--patches", "1.5", "1 to 1e9"),
        ("trace", "--trial", "-1", "0 to 18446744073709551615"),
        ("trace", "--max-steps", "1e20", "0 to 18446744073709551615"),
        ("trace", "--record-every", "0", "1 to 18446744073709551615"),
        ("trace", "--seed", "1e30", "0 to 18446744073709551615"),
        ("trace", "--threads", "1e4", "1 to 1024"),
        ("landscape", "--patch-dim", "five", "1 to 1e9"),
        ("fit", "--folds", "2.5", "2 to 255, auto or none"),
    ] {
        let outcome = spurious(&[command, flag, value]);
        let expected = format!("error: invalid value '{value}' for '{flag} <");
        assert!(outcome.stderr.starts_with(&expected), "{command}: {}", outcome.stderr);
        let expected = format!(">': use a whole number from {limits}\n");
        assert!(outcome.stderr.contains(&expected), "{command}: {}", outcome.stderr);
        assert_eq!((outcome.code, outcome.stdout.as_str()), (2, ""));
    }
    let plain = "trace --patch-dim 25 --patches 20 --sum-ratio 4 --step-size 0.1 --trial 30 --max-steps 100 --seed 10";
    let short = "trace --patch-dim 2.5e1 --patches 2e1 --sum-ratio 4e0 --step-size 1e-1 --trial 3e1 --max-steps 1e2 --seed 1e1";
    let run = |line: &str| spurious(&line.split(' ').collect::<Vec<_>>());
    assert_eq!(run(plain).stdout, run(short).stdout);
    assert_eq!(run(plain).code, 0);
}

/// A value that occurs twice is computed once, and that is said.
#[test]
fn values_of_a_list_are_taken_once() {
    let line = "probability --patch-dim 5 --patches 25,36,25 --sum-ratio 0:2,1:2:0.5";
    let twice = spurious(&line.split(' ').collect::<Vec<_>>());
    assert_eq!(
        twice.stderr,
        "--patches has a value twice: it is taken once\n--sum-ratio has 2 values that it had before: each is taken once\n"
    );
    let line = "probability --patch-dim 5 --patches 25,36 --sum-ratio 0,1,2,1.5";
    assert_eq!(twice.stdout, spurious(&line.split(' ').collect::<Vec<_>>()).stdout);
}

#[test]
fn what_cannot_be_drawn_is_refused_before_it_is_computed() {
    let folder = folder("what_cannot_be_drawn_is_refused");
    let path = folder.join("picture.svg");
    let with = |grid: &str, message: &str| {
        let line = format!("probability {grid} --out {}", path.display());
        refused(&line.split(' ').collect::<Vec<_>>(), message);
    };
    with(
        "--patch-dim 5 --patches 25 --sum-ratio 4",
        "a picture of one probability would say no more than the number: give one or two parameters several values, such \
         as --sum-ratio 0:8:0.5",
    );
    with(
        "--patch-dim 5,6 --patches 25,36 --sum-ratio 4,5",
        "a picture shows at most two parameters that vary, not --patch-dim, --patches, --sum-ratio: give the others one value",
    );
    with(
        "--patch-dim 2:9 --patches 25 --sum-ratio 0:7",
        "--patch-dim and --sum-ratio have more than 6 values each: one of them can have at most 6, which make so many \
         curves; only --patches and --sum-ratio make a map",
    );
    assert_eq!(std::fs::read_dir(&folder).expect("a folder").count(), 0);
}
