//! `--config`: flags from a file, which apply where the command line says nothing.

use std::path::{Path, PathBuf};

use crate::common::{folder, succeeds, typed};
use serde_json::{Value, json};

/// A fresh folder with a configuration file, `c.toml`.
fn with_file(name: &str, text: &str) -> PathBuf {
    let folder = folder(&format!("config_{name}"));
    std::fs::write(folder.join("c.toml"), text).expect("written");
    folder
}

/// The settings of a command that prints JSON.
fn settings(folder: &Path, line: &str) -> Value {
    let value: Value = serde_json::from_str(&succeeds(folder, line)).expect("JSON, as the file asks");
    value["settings"].clone()
}

/// A command that a file makes wrong: nothing is printed but what is wrong, after the name of the file.
fn refused(text: &str, line: &str, message: &str) {
    let folder = with_file("refused", text);
    let outcome = typed(&folder, line);
    assert_eq!(outcome.stderr, format!("error: c.toml: {message}\n"), "{text}");
    assert_eq!((outcome.code, outcome.stdout.as_str()), (2, ""), "{text}");
}

#[test]
fn flags_win_over_the_file() {
    let text =
        "json = true\npatches = [20, 30]\n[landscape]\nsum_ratio = 4.0\n[probability]\nconfidence = 0.9\n";
    let folder = with_file("wins", text);
    let read = settings(&folder, "landscape --config c.toml");
    assert_eq!((&read["patches"], &read["sum_ratio"]), (&json!([20, 30]), &json!([4.0])));
    let read = settings(&folder, "landscape --sum-ratio 5 --config c.toml --patches 40");
    assert_eq!((&read["patches"], &read["sum_ratio"]), (&json!([40]), &json!([5.0])));
}

/// The command is found by what it is, not by where its name stands, and flags before it count.
#[test]
fn a_value_may_be_the_name_of_a_command() {
    let text = "seed = 7\n[sweep]\npatch-dim = 5\npatches = 25\nsum_ratio = \"0:4:4\"\nstep-size = 0.1\nruns = 1e3\n";
    let folder = with_file("positions", text);
    let printed = succeeds(&folder, "--out fit sweep --config c.toml");
    assert!(printed.lines().count() > 2, "{printed}");
    assert!(folder.join("fit/results.csv").is_file());
    let rest = "--patch-dim 5 --patches 25 --sum-ratio 0,4 --step-size 0.1 --runs 1000";
    let plain = succeeds(&folder, &format!("sweep --seed 7 {rest}"));
    assert_eq!(succeeds(&folder, "sweep --config c.toml"), plain);
    assert_eq!(succeeds(&folder, "--config=c.toml sweep"), plain);
    // Typed before the command, a flag wins as well.
    let other = succeeds(&folder, &format!("sweep --seed 8 {rest}"));
    assert_ne!(other, plain);
    assert_eq!(succeeds(&folder, "--seed 8 sweep --config c.toml"), other);
}

#[test]
fn a_table_of_the_command_wins_over_what_stands_above() {
    let text = "json = true\npatches = 20\nsum-ratio = 1\n[landscape]\npatches = 30\n";
    let folder = with_file("tables", text);
    assert_eq!(settings(&folder, "landscape --config c.toml")["patches"], json!([30]));
}

/// What excludes a flag of the line is left out, and what excludes an entry of the command's table as well.
#[test]
fn entries_give_way_to_flags_that_exclude_them() {
    let text = "json = true\npatch-dim = 5\npatches = 25\nsum-ratio = 4\n[probability]\nstep-size = 0.1\n";
    let folder = with_file("conflicts", text);
    let read = settings(&folder, "probability --config c.toml");
    assert_eq!((&read["step_size"], &read["limit_within"]), (&json!([0.1]), &Value::Null));
    let read = settings(&folder, "probability --config c.toml --limit-within 1e-3");
    assert_eq!((&read["step_size"], &read["limit_within"]), (&json!([]), &json!(1e-3)));

    let data = "generate --patch-dim 2 --patches 3 --sum-ratio 1 --samples 60 --out data.csv --quiet";
    succeeds(&folder, data);
    let text = "quiet = true\njson = true\n[fit]\ntarget = \"y\"\nimage = \"2x3\"\npatch = \"2x1\"\nfolds = 3\nstarts = 1\n";
    std::fs::write(folder.join("c.toml"), text).expect("written");
    let read = settings(&folder, "fit data.csv --config c.toml --out folds");
    assert_eq!(read["validation"], json!({ "folds": 3 }), "{read}");
    let line = "fit data.csv --config c.toml --out share --validation 0.5 --patch-len 2";
    let read = settings(&folder, line);
    assert_eq!(read["validation"], json!({ "hold_out": 0.5 }), "{read}");
    assert_eq!((&read["patch_shape"], &read["grid_shape"]), (&json!([1, 2]), &json!([1, 3])));
}

/// Lists, switches, both ways to write a name, and both spellings.
#[test]
fn values_are_written_as_they_are() {
    let text = "json = true\nquiet = false\n[landscape]\npatches = [20, \"30:40:5\"]\nsum_ratio = [1, 2.5]\n";
    let folder = with_file("values", text);
    let read = settings(&folder, "landscape --config c.toml");
    assert_eq!(read["patches"], json!([20, 30, 35, 40]));
    assert_eq!(read["sum_ratio"], json!([1.0, 2.5]));
    let text = "json = true\n[fit]\noptimizer = \"descent\"\nscale = \"standardize\"\n";
    std::fs::write(folder.join("c.toml"), text).expect("written");
    succeeds(&folder, "generate --patch-dim 2 --patches 3 --sum-ratio 1 --samples 60 --out data.csv");
    let line = "fit data.csv --config c.toml --target y --patch-len 2 --starts 1 --quiet --out";
    assert_eq!(settings(&folder, &format!("{line} a"))["options"]["scaling"], "standardise");
    let read = settings(&folder, &format!("{line} b --optimiser least-squares"));
    assert_eq!(read["options"]["optimiser"], "least_squares", "{read}");
}

#[test]
fn mistakes_are_named_with_the_file() {
    let landscape = "landscape --config c.toml --sum-ratio 4";
    let refused = |text: &str, message: &str| refused(text, landscape, message);
    refused("patches = 20\nsum_rato = 4", "there is no option '--sum-rato': did you mean '--sum-ratio'?");
    refused("qqq = 20", "there is no option '--qqq'");
    // Also where it would not matter, and where the command line has a flag of that name.
    refused("[landscape]\npaches = 20", "there is no option '--paches': did you mean '--patches'?");
    refused("[fit]\nfold = 5", "[fit]: there is no option '--fold': did you mean '--folds'?");
    refused("[fit]\ndata = \"a.csv\"", "[fit]: there is no option '--data'");
    refused(
        "patches = 20\nfolds = 5",
        "'landscape' has no option '--folds': put 'folds' into the table of a command that has it, [fit]",
    );
    refused("[landscap]\npatches = 3", "there is no command 'landscap': did you mean 'landscape'?");
    refused("config = \"d.toml\"", "'config' belongs on the command line");
    refused("[sweep]\nhelp = true", "[sweep]: 'help' belongs on the command line");
    refused("patch-dim = 2\npatch_dim = 3", "'patch_dim' is given twice");

    refused("json = 1", "'json' is on or off: use true or false");
    refused("patches = true", "'patches' is neither a number, a text nor a list of them");
    refused("patches = [[1], [2]]", "'patches' is neither a number, a text nor a list of them");
    refused("patches = 1979-05-27", "'patches' is neither a number, a text nor a list of them");
    refused("threads = 0", "invalid value '0' for '--threads <N>': use a whole number from 1 to 1024");
    refused(
        "[sweep]\nruns = 1.5",
        "[sweep]: invalid value '1.5' for '--runs <N>': use a whole number from 1 to 1e15",
    );
    refused(
        "[fit]\nfolds = 5\nvalidation = 0.5",
        "[fit]: the argument '--folds <N|auto|none>' cannot be used with '--validation <SHARE>'",
    );
}

#[test]
fn files_that_cannot_be_read_are_named() {
    let folder = with_file("files", "patches = ");
    let stderr = |line: &str| {
        let outcome = typed(&folder, line);
        assert_eq!((outcome.code, outcome.stdout.as_str()), (2, ""));
        outcome.stderr
    };
    let message = stderr("landscape --config c.toml");
    assert!(message.starts_with("error: c.toml: TOML parse error at line 1"), "{message}");
    let message = stderr("landscape --config no-such-file.toml");
    assert!(message.starts_with("error: no-such-file.toml: "), "{message}");
    let message = stderr("landscape --config .");
    assert!(message.starts_with("error: .: "), "{message}");
    std::fs::write(folder.join("large.toml"), "#".repeat((1 << 20) + 1)).expect("written");
    assert_eq!(
        stderr("landscape --config large.toml"),
        "error: large.toml: more than 1048576 bytes are too many for a configuration file\n"
    );
}

/// A mistake on the line is told before the file is looked at, and what is missing from both after.
#[test]
fn the_line_is_still_checked() {
    let folder = with_file("line", "patches = 20");
    let stderr = |line: &str| {
        let outcome = typed(&folder, line);
        assert_eq!(outcome.code, 2);
        outcome.stderr
    };
    let message = stderr("landscape --config none.toml --sum-rato 4");
    assert!(
        message.starts_with("error: there is no option '--sum-rato': did you mean '--sum-ratio'?\n"),
        "{message}"
    );
    let message = stderr("landscape --config c.toml");
    assert!(message.starts_with("error: missing: --sum-ratio <RHO>\n"), "{message}");
    let message = stderr("--config c.toml");
    assert!(message.contains("Usage: spurious"), "{message}");
    assert_eq!(typed(&folder, "landscape --config none.toml --help").code, 0);
}
