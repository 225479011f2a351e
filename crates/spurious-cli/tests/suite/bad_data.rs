//! Wrong data and settings of `generate`, `fit` and `predict`: one message that names the place, exit code 2, and nothing
//! is written.

use crate::common;
use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::Path;

use crate::common::{contents, folder, names, outcome, succeeds, typed, typed_command};

fn refused(folder: &Path, line: &str, message: &str) {
    let before = names(folder);
    let outcome = typed(folder, line);
    assert_eq!(outcome.stderr, format!("error: {message}\n"), "{line}");
    assert_eq!((outcome.code, outcome.stdout.as_str()), (2, ""), "{line}");
    assert_eq!(names(folder), before, "{line}");
}

/// A folder with a table `data.csv` of columns a, b, c, d, w, y in which nothing is wrong, and with its model.
fn with_table(name: &str) -> std::path::PathBuf {
    let folder = folder(name);
    let mut text = "a,b,c,d,w,y\n".to_owned();
    let mut state = 1_u64;
    let mut random = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f64 / (1 << 24) as f64 - 0.5
    };
    for row in 0..30 {
        let z = [random(), random(), random(), random()];
        let y = 2.0 * (z[0] - z[1]).max(0.0) - (z[2] - z[3]).max(0.0);
        writeln!(text, "{},{},{},{},{},{y}", z[0], z[1], z[2], z[3], row % 3).expect("a string");
    }
    fs::write(folder.join("data.csv"), text).expect("written");
    succeeds(&folder, "fit data.csv --drop w --target y --patch-len 2 --out model");
    folder
}

#[test]
fn tables_that_are_no_tables() {
    let folder = folder("tables_that_are_no_tables");
    for (name, text, message) in [
        ("ragged.csv", "a,b,y\n1,2,3\n4,5\n", "ragged.csv, line 3: 2 fields where the header has 3"),
        ("text.csv", "a,b,y\n1,2,3\n4,five,6\n", "text.csv, line 3, column 'b': 'five' is not a number"),
        ("empty.csv", "", "empty.csv is empty"),
        ("header.csv", "a,b,y\n", "header.csv has a header but no rows"),
        (
            "nan.csv",
            "a,b,y\n1,2,3\n4,NaN,6\n",
            "nan.csv: 1 value is missing, in 1 of 2 rows: 'b' 1 (first in row 2); leave these rows out with --missing drop, or put \
             the mean of the column in place of each value with --missing mean",
        ),
        ("inf.csv", "a,b,y\n1,2,3\n4,5,-inf\n", "inf.csv, row 2 (line 3), column 'y': the value is infinite"),
        (
            "big.csv",
            "a,b,y\n1,2,3\n4,1e400,5\n",
            "big.csv, row 2 (line 3), column 'b': the value is infinite",
        ),
        (
            "missing.csv",
            "a,b,y\n1,,3\n4,5,6\n",
            "missing.csv: 1 value is missing, in 1 of 2 rows: 'b' 1 (first in row 1); leave these rows out with --missing drop, \
             or put the mean of the column in place of each value with --missing mean",
        ),
        (
            "comma.csv",
            "a,b,y\n1,2,3\n4,\"0,5\",6\n",
            "comma.csv, line 3, column 'b': '0,5' has a decimal comma: write numbers with a point",
        ),
        ("twice.csv", "a,a,y\n1,2,3\n", "twice.csv has two columns 'a'"),
        ("constant.csv", "a,b,y\n1,2,3\n4,5,3\n", "the target is 3 in every sample: there is nothing to fit"),
        ("alone.csv", "a,b,y\n1,2,3\n", "the target is 3 in every sample: there is nothing to fit"),
        ("only.csv", "y\n1\n2\n", "only.csv has no column of numbers left to be a feature"),
    ] {
        fs::write(folder.join(name), text).expect("written");
        refused(&folder, &format!("fit {name} --target y --patch-len 1"), message);
        if !message.contains("every sample") && name != "only.csv" {
            refused(&folder, &format!("fit {name} --target y --patch-len 1 --stream"), message);
        }
    }
}

#[test]
fn files_that_are_not_there() {
    let folder = with_table("files_that_are_not_there");
    let fit = |file: &str| format!("fit {file} --target y --patch-len 2");
    refused(&folder, &fit("no.csv"), "no.csv does not exist");
    refused(&folder, &fit("."), ". is a folder: name a file");
    refused(&folder, &fit("model"), "model is a folder: name a file");
    fs::create_dir(folder.join("folder.csv")).expect("created");
    refused(&folder, &fit("folder.csv"), "folder.csv is a folder: name a file");
    fs::write(folder.join("data.xlsx"), "").expect("written");
    refused(
        &folder,
        &fit("data.xlsx"),
        "data.xlsx has no known ending: use .csv, .tsv, .csv.gz, .tsv.gz, .npy, .npz or .parquet, or name the format with \
         --format",
    );
    refused(
        &folder,
        "fit data.csv --target labels.csv --patch-len 5",
        "--target labels.csv is neither a file nor a column of data.csv",
    );
    refused(
        &folder,
        &format!("{} --array X", fit("data.csv")),
        "data.csv has no arrays to choose 'X' from: it is not an NPZ file",
    );
    let model = "model/model.json";
    refused(&folder, "predict no.json data.csv", "no.json does not exist");
    refused(&folder, "predict model data.csv", "model is a folder: name the model.json of a fit");
    refused(&folder, &format!("predict {model} no.csv"), "no.csv does not exist");
    refused(&folder, &format!("predict {model} model"), "model is a folder: name a file");
}

/// As root, everything can be read and written.
#[cfg(unix)]
#[test]
fn what_may_not_be_read_or_written() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = with_table("what_may_not_be_read_or_written");
    let forbid = |path: &Path, mode: u32| {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("permissions are set");
    };
    let closed = folder.join("closed.csv");
    fs::copy(folder.join("data.csv"), &closed).expect("copied");
    forbid(&closed, 0o000);
    if fs::read(&closed).is_ok() {
        return;
    }
    refused(
        &folder,
        "fit closed.csv --target y --patch-len 5",
        "cannot read closed.csv: Permission denied (os error 13)",
    );
    let kept = folder.join("kept");
    fs::create_dir(&kept).expect("created");
    forbid(&kept, 0o555);
    for line in [
        "fit data.csv --target y --patch-len 5 --out kept/fit",
        "predict model/model.json data.csv --out kept/p.csv",
        "generate --patch-dim 2 --patches 2 --sum-ratio 1 --samples 10 --out kept/data.csv",
    ] {
        refused(&folder, line, "cannot write into the folder kept: Permission denied (os error 13)");
    }
    forbid(&kept, 0o755);
}

#[test]
fn patches_that_do_not_fit_the_row() {
    let folder = with_table("patches_that_do_not_fit_the_row");
    let with = |flags: &str, message: &str| {
        refused(&folder, &format!("fit data.csv --drop w --target y {flags}"), message);
    };
    with("--patch-len 0", "window length 0 does not fit into the row length 4: use 1 to 4");
    with("--patch-len 5", "window length 5 does not fit into the row length 4: use 1 to 4");
    with("--patch-len 1 --channels 3", "number of channels 3 does not divide the row length 4: use 2 or 4");
    with("--patch-len 1 --channels 0", "number of channels 0 does not divide the row length 4: use 1");
    with("--patch-len 4 --channels 2", "window length 4 does not fit into the channel length 2: use 1 to 2");
    with("--image 3x3 --patch 1x3", "an image of 3x3 has 9 pixels, but a row has 4 numbers");
    with("--image 0x4 --patch 1x1", "an image of 0x4 has 0 pixels, but a row has 4 numbers");
    with(
        "--image 18446744073709551615x2 --patch 1x1",
        "an image of 18446744073709551615x2 has 36893488147419103230 pixels, but a row has 4 numbers",
    );
    with("--image 2x2 --patch 3x1", "tile height 3 does not fit into the image height 2: use 1 to 2");
    with("--image 2x2 --patch 1x0", "tile width 0 does not fit into the image width 2: use 1 to 2");
    with(
        "",
        "rows have 4 numbers: say how they are cut into patches with --patch-len P, or with --image HxW --patch hxw; --patch-len auto \
         and --patch auto try several",
    );
    for (flags, named) in [
        ("--image 2x2", "--patch <hxw|auto>"),
        ("--patch 2x2", "--image <HxW>"),
        ("--image 2 --patch 1x1", "use height and width, such as 8x8"),
        ("--image 2x2 --patch 1x1 --patch-len 2", "cannot be used with"),
        ("--patch-len two", "use a whole number from 1 to"),
    ] {
        let outcome = typed(&folder, &format!("fit data.csv --target y {flags}"));
        assert_eq!((outcome.code, outcome.stdout.as_str()), (2, ""), "{flags}");
        assert!(
            outcome.stderr.starts_with("error: ") && outcome.stderr.contains(named),
            "{}",
            outcome.stderr
        );
    }
}

#[test]
fn settings_out_of_range() {
    let folder = with_table("settings_out_of_range");
    let with = |flags: &str, message: &str| {
        refused(&folder, &format!("fit data.csv --drop w --target y --patch-len 2 {flags}"), message);
    };
    with("--validation 0", "validation share 0 is not between 0 and 1");
    with("--validation 1", "validation share 1 is not between 0 and 1");
    with("--validation nan", "validation share NaN is not between 0 and 1");
    with("--validation 0.001", "holding out 0 of 30 samples leaves one part empty: hold out another share");
    with("--folds 0", "a cross-validation cannot have 0 folds: use 2 to 30");
    with("--folds 1", "a cross-validation cannot have 1 folds: use 2 to 30");
    with("--folds 31", "a cross-validation cannot have 31 folds: use 2 to 30");
    with("--starts 0", "number of starts 0 is not a whole number from 1 to 10000");
    with("--starts 100000000000", "number of starts 100000000000 is not a whole number from 1 to 10000");
    with("--optimiser batches --batch 0", "samples in a batch 0 is not positive: use a number above 0");
    with("--optimiser batches --epochs 0", "number of epochs 0 is not positive: use a number above 0");
    with("--ridge -1", "ridge penalty -1 is negative: use 0 or a number above 0");
    with("--ridge nan", "ridge penalty is NaN, not a finite number");
    with("--optimiser descent --step-size 0", "step size 0 is not positive: use a number above 0");
    with("--optimiser descent --step-size -1", "step size -1 is not positive: use a number above 0");
    with("--optimiser batches --step-size inf", "step size is inf, not a finite number");
    with(
        "--step-size 0.1",
        "--step-size is for --optimiser descent or batches: the other ways to search choose their steps",
    );
    with("--target-is 7", "--target-is 7: no row of data.csv has this target");
    with("--target-is 7 --stream", "--target-is 7: no row of data.csv has this target");
    with("--target-is nan", "--target-is nan is not a finite number");
    with("--target-is yes", "--target-is yes: the target 'y' holds numbers, so name a number");
    for (flags, named) in [
        ("--validation 0.2 --folds 3", "cannot be used with"),
        ("--starts 2 --four-signs", "cannot be used with"),
        ("--optimiser newton", "[possible values: auto, least-squares, descent, batches]"),
        ("--scale log", "[possible values: none, standardise, whiten]"),
        ("--ridge much", "use a number such as 0.1, or auto"),
        ("--memory -1", "use a whole number from 0 to 18446744073709551615"),
    ] {
        let outcome = typed(&folder, &format!("fit data.csv --target y --patch-len 5 {flags}"));
        assert_eq!((outcome.code, outcome.stdout.as_str()), (2, ""), "{flags}");
        assert!(
            outcome.stderr.starts_with("error: ") && outcome.stderr.contains(named),
            "{}",
            outcome.stderr
        );
    }
    fs::write(folder.join("few.csv"), "a,b,y\n1,2,3\n4,5,7\n1,1,1\n").expect("written");
    // Too few rows to choose a penalty on folds: one is taken.
    succeeds(&folder, "fit few.csv --target y --patch-len 1 --ridge auto --out few");
    refused(
        &folder,
        "fit few.csv --target y --patch-len 1 --bootstrap 5",
        "5 resamples are too few or too many: use 20 to 10000, or 0 for none",
    );
    succeeds(&folder, "fit data.csv --drop w,a,b --target y --patch-len 1 --out other");
    refused(
        &folder,
        "fit data.csv --drop w --target y --patch-len 2 --start other/model.json",
        "--start is a model of 2 patches of 1 numbers: here are 2 of 2",
    );
}

#[test]
fn columns_that_are_not_there_or_have_two_roles() {
    let folder = with_table("columns_that_are_not_there_or_have_two_roles");
    let with = |flags: &str, message: &str| {
        refused(&folder, &format!("fit data.csv --patch-len 1 {flags}"), message);
    };
    let has = "'a', 'b', 'c', 'd', 'w', 'y'";
    with("--target Y", &format!("data.csv has no column 'Y': did you mean 'y'? It has {has}"));
    with("--target label", &format!("data.csv has no column 'label': it has {has}"));
    with("--target 7", &format!("data.csv has no column '7': did you mean 'a'? It has {has}"));
    with("--target y --drop ww", &format!("data.csv has no column 'ww': did you mean 'w'? It has {has}"));
    with(
        "--target y --sample-weights v",
        &format!("data.csv has no column 'v': did you mean 'a'? It has {has}"),
    );
    with("--target y --drop y", "data.csv: column 'y' cannot be the target and left out");
    with("--target y --sample-weights 6", "data.csv: column 'y' cannot be the target and the weights");
    with("--target y --sample-weights w --drop w", "data.csv: column 'w' cannot be the weights and left out");
}

#[test]
fn weights_that_no_row_can_have() {
    let folder = folder("weights_that_no_row_can_have");
    for (weights, message) in [
        ([1.0, 1.0, -0.5], "data.csv, row 3: the sample weight is -0.5, and must not be negative"),
        ([0.0, 0.0, 0.0], "there are no samples, or all of them have weight zero"),
        ([0.0, 0.0, 1.0], "the target is 3 in every sample: there is nothing to fit"),
        (
            [1.0, 1e80, 1.0],
            "data.csv, row 2: sample weights of size 1e80 are too large to compute with: scale them to a size between 1e-50 and 1e50",
        ),
    ] {
        let rows: String = (1_u8..).zip(weights).map(|(y, w)| format!("{},{w},{y}\n", y * y)).collect();
        fs::write(folder.join("data.csv"), format!("a,w,y\n{rows}")).expect("written");
        let fit = "fit data.csv --target y --sample-weights w --patch-len 1";
        refused(&folder, fit, message);
        refused(&folder, &format!("{fit} --stream"), message);
    }
}

#[test]
fn numbers_that_cannot_be_computed_with() {
    let folder = folder("numbers_that_cannot_be_computed_with");
    for (x, y, message) in [
        (
            1e100,
            1.0,
            "data.csv, row 5, column 'x': inputs of size 2e100 are too large to compute with: scale them to a size between 1e-50 and 1e50",
        ),
        (
            1e-100,
            1.0,
            "inputs of size 2e-100 are too small to compute with: scale them to a size between 1e-50 and 1e50",
        ),
        (
            1.0,
            1e300,
            "data.csv, row 2: targets of size 1e300 are too large to compute with: scale them to a size between 1e-50 and 1e50",
        ),
        (
            1.0,
            1e-320,
            "targets of size 1e-320 are too small to compute with: scale them to a size between 1e-50 and 1e50",
        ),
    ] {
        let rows: String = (0..6)
            .map(|i| format!("{:e},{:e}\n", x * f64::from(i * i % 4 - i) * 0.5, y * f64::from(i % 2)))
            .collect();
        fs::write(folder.join("data.csv"), format!("x,y\n{rows}")).expect("written");
        refused(&folder, "fit data.csv --target y --patch-len 1", message);
    }
    // Far from 1, but not too far.
    for exponent in [-30, 30] {
        let rows: String =
            (0..9).map(|i| format!("{}e{exponent},{}e{exponent}\n", i * i % 7 - 2, i * 5 % 9)).collect();
        fs::write(folder.join("data.csv"), format!("x,y\n{rows}")).expect("written");
        succeeds(&folder, &format!("fit data.csv --target y --patch-len 1 --out e{exponent}"));
        for (path, bytes) in contents(&folder.join(format!("e{exponent}"))) {
            let text = String::from_utf8_lossy(&bytes);
            assert!(!text.contains("NaN") && !text.contains(": inf"), "{}", path.display());
        }
    }
    // A model that makes large numbers of small ones cannot take large ones.
    fs::write(folder.join("data.csv"), "x,y\n1e-30,1e30\n2e-30,2e30\n-1e-30,0\n-2e-30,1e28\n")
        .expect("written");
    succeeds(&folder, "fit data.csv --target y --patch-len 1 --out steep");
    fs::write(folder.join("large.csv"), "x\n1\n1e300\n").expect("written");
    refused(
        &folder,
        "predict steep/model.json large.csv --out p.csv",
        "large.csv, row 2: the prediction overflowed",
    );
}

/// The header of an array and some bytes.
fn npy(dtype: &str, order: &str, shape: &str, bytes: &[u8]) -> Vec<u8> {
    let mut header = format!("{{'descr': '{dtype}', 'fortran_order': {order}, 'shape': {shape}, }}");
    while (10 + header.len() + 1) % 64 != 0 {
        header.push(' ');
    }
    header.push('\n');
    let mut all = b"\x93NUMPY\x01\x00".to_vec();
    all.extend(u16::try_from(header.len()).expect("short").to_le_bytes());
    all.extend(header.bytes());
    all.extend(bytes);
    all
}

#[test]
fn arrays_that_are_not_read() {
    let folder = folder("arrays_that_are_not_read");
    let doubles: Vec<u8> = (0..12_i32).flat_map(|i| f64::from(i * i % 7).to_le_bytes()).collect();
    let nan: Vec<u8> = [1.0, f64::NAN, 2.0, 3.0].iter().flat_map(|x| x.to_le_bytes()).collect();
    let good = npy("<f8", "False", "(4, 3)", &doubles);
    for (bytes, message) in [
        (
            npy(">f8", "False", "(4, 3)", &doubles),
            "data.npy holds big-endian numbers ('>f8'): convert with array.astype('<f8')",
        ),
        (
            npy("<f8", "True", "(4, 3)", &doubles),
            "data.npy is in Fortran order: convert with numpy.ascontiguousarray",
        ),
        (
            npy("<c16", "False", "(2, 3)", &doubles),
            "data.npy holds values of type '<c16': floats, integers and booleans are read",
        ),
        (
            npy("|O", "False", "(4, 3)", &doubles),
            "data.npy holds values of type '|O': floats, integers and booleans are read",
        ),
        (npy("<f8", "False", "(5, 3)", &doubles), "data.npy is cut off: it has 224 bytes and needs 248"),
        (good[..200].to_vec(), "data.npy is cut off: it has 200 bytes and needs 224"),
        (npy("<f8", "False", "(3, 3)", &doubles), "data.npy has 24 bytes too many behind its numbers"),
        (npy("<f8", "False", "(0, 3)", &[]), "data.npy has no rows"),
        (
            npy("<f8", "False", "(2, 2)", &nan),
            "data.npy: 1 value is missing, in 1 of 2 rows: '2' 1 (first in row 1); leave these rows out with --missing drop, or put \
             the mean of the column in place of each value with --missing mean",
        ),
        (b"a,b\n1,2\n".to_vec(), "data.npy is not an NPY file"),
        (Vec::new(), "data.npy is empty"),
    ] {
        fs::write(folder.join("data.npy"), bytes).expect("written");
        refused(&folder, "fit data.npy --target 1 --patch-len 1", message);
    }
    fs::write(folder.join("data.npy"), &good).expect("written");
    fs::write(folder.join("y.csv"), "1\n2\n").expect("written");
    refused(&folder, "fit data.npy --target y.csv --patch-len 1", "y.csv has 2 rows where data.npy has 4");
    refused(
        &folder,
        "fit data.npy --target data.npy --patch-len 1",
        "data.npy has 3 columns where one is needed",
    );
}

#[test]
fn files_that_are_cut_off_or_damaged() {
    let folder = folder("files_that_are_cut_off_or_damaged");
    for (file, target) in
        [("data.npy", "data.target.npy"), ("data.npz", "y"), ("data.parquet", "y"), ("data.csv.gz", "y")]
    {
        succeeds(
            &folder,
            &format!("generate --patch-dim 2 --patches 2 --sum-ratio 1 --samples 200 --out {file} --force"),
        );
        let whole = fs::read(folder.join(file)).expect("read");
        for kept in [1, whole.len() / 2, whole.len() - 1] {
            fs::write(folder.join(file), &whole[..kept]).expect("written");
            for flags in ["", "--stream"] {
                let before = names(&folder);
                let outcome = typed(&folder, &format!("fit {file} --target {target} --patch-len 2 {flags}"));
                let said = outcome.stderr.as_str();
                assert_eq!((outcome.code, outcome.stdout.as_str()), (2, ""), "{file} {kept}: {said}");
                assert!(said.starts_with(&format!("error: {file}")) && said.lines().count() == 1, "{said}");
                assert_eq!(names(&folder), before);
            }
        }
        let mut noise = whole.clone();
        for place in (whole.len() / 3..whole.len()).step_by(7) {
            noise[place] ^= 0x55;
        }
        fs::write(folder.join(file), noise).expect("written");
        let outcome = typed(&folder, &format!("fit {file} --target {target} --patch-len 2 --out noise"));
        // Numbers that are other numbers cannot be noticed where the format has no checksum.
        assert!(outcome.code == 2 || file == "data.npy", "{file}: {}", outcome.stderr);
        assert!(outcome.code == 0 || outcome.stderr.lines().count() == 1, "{}", outcome.stderr);
    }
}

/// Runs a command in a shell that has set some limits.
#[cfg(target_os = "linux")]
fn limited(folder: &Path, limits: &str, line: &str) -> common::Outcome {
    let program = typed_command(folder, line);
    let mut words = vec![program.get_program().to_string_lossy().into_owned()];
    words.extend(program.get_args().map(|word| word.to_string_lossy().into_owned()));
    let mut shell = std::process::Command::new("sh");
    shell.args(["-c", &format!("{limits} && exec {}", words.join(" "))]);
    outcome(shell.current_dir(folder).env_remove("RUST_BACKTRACE").output().expect("a shell"))
}

/// A disk that is full is a limit on the size of files, to a program.
#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_told_and_nothing_is_left() {
    let folder = with_table("a_full_disk_is_told_and_nothing_is_left");
    // 16 kB. Without the trap, the system would end the program.
    let full = |line: &str, file: &str| {
        let before = names(&folder);
        let outcome = limited(&folder, "trap '' XFSZ && ulimit -f 32", line);
        let said = outcome.stderr.as_str();
        assert_eq!(said, format!("error: cannot write {file}: File too large (os error 27)\n"), "{line}");
        assert_eq!((outcome.code, outcome.stdout.as_str()), (1, ""), "{line}");
        assert_eq!(names(&folder), before, "{line}");
    };
    for file in ["d.csv", "d.csv.gz", "d.npy", "d.npz", "d.parquet"] {
        for rows in [2000, 50_000] {
            full(
                &format!("generate --patch-dim 5 --patches 4 --sum-ratio 1 --samples {rows} --out {file}"),
                file,
            );
        }
    }
    succeeds(&folder, "generate --patch-dim 2 --patches 2 --sum-ratio 1 --samples 50000 --out many.csv");
    succeeds(&folder, "fit many.csv --target y --patch-len 2 --out of-many");
    for file in ["p.csv", "p.npy", "p.npz", "p.parquet"] {
        full(&format!("predict of-many/model.json many.csv --out {file}"), file);
    }
    let outcome =
        limited(&folder, "trap '' XFSZ && ulimit -f 32", "fit data.csv --drop w --target y --patch-len 2");
    assert!(outcome.stderr.starts_with("error: cannot write spurious-fit/"), "{}", outcome.stderr);
    assert!(outcome.stderr.ends_with(": File too large (os error 27)\n"), "{}", outcome.stderr);
    assert!(!names(&folder).iter().any(|name| name.contains("spurious-fit")));
}

/// Files that grow by a thousand when they are unpacked take no more memory than others.
#[cfg(target_os = "linux")]
#[test]
fn bombs_are_read_in_bounded_memory() {
    let folder = folder("bombs_are_read_in_bounded_memory");
    let text = folder.join("bomb.csv");
    let mut file = std::io::BufWriter::new(fs::File::create(&text).expect("created"));
    // 60 million equal lines, in gzip's own words: written here and packed by the system's gzip.
    file.write_all(b"a,b,y\n").expect("written");
    let block = "0,0,0\n".repeat(100_000);
    for _ in 0..300 {
        file.write_all(block.as_bytes()).expect("written");
    }
    drop(file);
    let packed = std::process::Command::new("gzip").arg("-1").arg(&text).status();
    if !packed.is_ok_and(|status| status.success()) {
        return; // no gzip on this machine
    }
    assert!(fs::metadata(folder.join("bomb.csv.gz")).expect("a file").len() < 2_000_000);
    let outcome = limited(
        &folder,
        "ulimit -v 600000",
        "fit bomb.csv.gz --target y --patch-len 1 --memory 100 --threads 2",
    );
    assert_eq!(outcome.stderr, "error: the target is 0 in every sample: there is nothing to fit\n");
    assert_eq!(outcome.code, 2);
    let _ = fs::remove_file(folder.join("bomb.csv.gz"));
}

#[test]
fn models_that_are_no_models() {
    let folder = with_table("models_that_are_no_models");
    let text = fs::read_to_string(folder.join("model/model.json")).expect("read");
    let unchecked: String = text
        .lines()
        .filter(|line| !line.contains("checksum"))
        .collect::<Vec<_>>()
        .join("\n")
        .replace("},\n}", "}\n}");
    let swapped = |from: &str, to: &str| {
        assert!(text.contains(from), "{from}");
        text.replacen(from, to, 1)
    };
    let unchecked_and = |from: &str, to: &str| {
        assert!(unchecked.contains(from), "{from}");
        unchecked.replacen(from, to, 1)
    };
    let changed = "this model was changed after it was written: fit the data again, or remove the line \"checksum\" to accept it as it is";
    for (content, message) in [
        (
            swapped("\"format_version\": 5", "\"format_version\": 2"),
            "this is a model of format version 2: this program reads version 5, so fit the data again",
        ),
        (swapped("spurious-model", "other-model"), "this is not a model: its format is 'other-model'"),
        (swapped("\"samples\": 30", "\"samples\": 31"), changed),
        (
            unchecked_and("\"grid\": [\n        1,", "\"grid\": [\n        2,"),
            "this is not a model: the windows do not cut a row of 4 numbers into patches at line 60 column 5",
        ),
        (text[..text.len() / 2].to_owned(), ""),
        (fs::read_to_string(folder.join("model/results.json")).expect("read"), ""),
        (String::new(), "this is not a model: EOF while parsing a value at line 1 column 0"),
        ("a,b\n1,2\n".to_owned(), "this is not a model: expected value at line 1 column 1"),
        ("[1, 2]".to_owned(), ""),
        ("[".repeat(100_000), ""),
        (unchecked_and("\"samples\": 30,", ""), ""),
        (unchecked_and("\"samples\": 30,", "\"samples\": 30, \"more\": 1,"), ""),
        (unchecked_and("\"samples\": 30", "\"samples\": -30"), ""),
        (unchecked_and("\"stride\": [\n        1,", "\"stride\": [\n        0,"), ""),
        (unchecked_and("\"patch\": [\n        1,", "\"patch\": [\n        9223372036854775808,"), ""),
        (unchecked_and("\"image\": [\n        1,", "\"image\": [\n        9223372036854775808,"), ""),
        (unchecked_and("\"image\": [\n        1,", "\"image\": [\n        0,"), ""),
        (unchecked_and("\"grid\": [\n        1,", "\"grid\": [\n        0,"), ""),
        (unchecked_and("\"layout\": \"signal\"", "\"layout\": \"cube\""), ""),
    ] {
        fs::write(folder.join("model.json"), &content).expect("written");
        let before = names(&folder);
        let outcome = typed(&folder, "predict model.json data.csv");
        let said = outcome.stderr.as_str();
        assert_eq!((outcome.code, outcome.stdout.as_str()), (2, ""), "{content:.200}: {said}");
        if message.is_empty() {
            assert!(said.starts_with("error: model.json: ") && said.lines().count() == 1, "{said}");
        } else {
            assert_eq!(said, format!("error: model.json: {message}\n"));
        }
        assert_eq!(names(&folder), before);
    }
    // Without its checksum, a model is taken as it is.
    fs::write(folder.join("model.json"), &unchecked).expect("written");
    assert_eq!(
        succeeds(&folder, "predict model.json data.csv --quiet"),
        succeeds(&folder, "predict model/model.json data.csv --quiet")
    );
    fs::write(folder.join("model.json"), [0xff, 0xfe, 0x00]).expect("written");
    refused(&folder, "predict model.json data.csv", "model.json: this is not a model: it is not UTF-8 text");
    let huge = fs::File::create(folder.join("model.json")).expect("created");
    huge.set_len((256 << 20) + 1).expect("a sparse file");
    refused(
        &folder,
        "predict model.json data.csv",
        "model.json: more than 268435456 bytes are too many for a model",
    );
    fs::remove_file(folder.join("model.json")).expect("removed");
}

#[test]
fn tables_that_a_model_does_not_know() {
    let folder = with_table("tables_that_a_model_does_not_know");
    fs::write(folder.join("other.csv"), "a,b,c,e\n1,2,3,4\n").expect("written");
    refused(
        &folder,
        "predict model/model.json other.csv",
        "other.csv has no column 'd': did you mean 'a'? It has 'a', 'b', 'c', 'e'",
    );
    fs::write(folder.join("five.csv"), "1,2,3,4,5\n").expect("written");
    refused(
        &folder,
        "predict model/model.json five.csv",
        "five.csv has 5 columns: the model was fitted to 4",
    );
    fs::write(folder.join("three.csv"), "1,2,3\n").expect("written");
    refused(
        &folder,
        "predict model/model.json three.csv",
        "three.csv has 3 columns: the model was fitted to 4",
    );
    fs::write(folder.join("nan.csv"), "a,b,c,d\n1,2,3,4\n1,2,,4\n").expect("written");
    refused(
        &folder,
        "predict model/model.json nan.csv --out p.csv",
        "nan.csv, row 2, column 'c': the value is missing, and the model has no column means to put there; fit it with \
         --missing mean",
    );
    refused(
        &folder,
        "predict model/model.json data.csv --out p.docx",
        "p.docx has no known ending: use .csv, .tsv, .csv.gz, .tsv.gz, .npy, .npz or .parquet",
    );
    refused(
        &folder,
        "predict model/model.json data.csv --out data.csv",
        "data.csv exists: use --force to replace it",
    );
    refused(
        &folder,
        "predict model/model.json data.csv --json",
        "with --json, predictions need a file of their own: name it with --out",
    );
    refused(
        &folder,
        "predict model/model.json data.csv --array X",
        "data.csv has no arrays to choose 'X' from: it is not an NPZ file",
    );
}

#[test]
fn data_that_is_not_generated() {
    let folder = folder("data_that_is_not_generated");
    let with = |flags: &str, message: &str| {
        refused(
            &folder,
            &format!("generate --patch-dim 2 --patches 4 --sum-ratio 1 --samples 10 {flags}"),
            message,
        );
    };
    with("", "generate writes a file: name it with --out, such as data.csv");
    with(
        "--out data.txt",
        "data.txt has no known ending: use .csv, .tsv, .csv.gz, .tsv.gz, .npy, .npz or .parquet",
    );
    with("--out no/data.csv", "there is no folder no to write into");
    with("--out d.csv --noise -1", "noise -1 is out of range: use a number from 0 to 1000000");
    with(
        "--out d.csv --inputs correlated --correlation 1",
        "patch correlation 1 is out of range: use a number from 0 to less than 1",
    );
    with("--out d.csv --sum-ratio 5", "sum ratio 5 is larger than the number of patches 4");
    with(
        "--out d.csv --patch-dim 1000000",
        "4000000 numbers in a row are too many for a table: at most 1000000",
    );
    succeeds(&folder, "generate --patch-dim 2 --patches 4 --sum-ratio 1 --samples 10 --out d.npy");
    with("--out d.npy", "d.npy exists: use --force to replace it");
    with("--out d.csv", "d.teacher.json exists: use --force to replace it");
    fs::remove_file(folder.join("d.npy")).expect("removed");
    fs::remove_file(folder.join("d.teacher.json")).expect("removed");
    with("--out d.npy", "d.target.npy exists: use --force to replace it");
}

#[test]
fn a_folder_that_is_no_fit_is_never_replaced() {
    let folder = with_table("a_folder_that_is_no_fit_is_never_replaced");
    fs::create_dir(folder.join("precious")).expect("created");
    fs::write(folder.join("precious/file"), "precious").expect("written");
    let fit = "fit data.csv --target y --drop w --patch-len 2";
    refused(&folder, &format!("{fit} --out precious"), "precious exists: use --force to replace it");
    refused(
        &folder,
        &format!("{fit} --out precious --force"),
        "precious is not a fit, and is not replaced: name another folder with --out",
    );
    refused(
        &folder,
        &format!("{fit} --out data.csv --force"),
        "data.csv is not a fit, and is not replaced: name another folder with --out",
    );
    refused(&folder, &format!("{fit} --out . --force"), "--out . names no file or folder of its own");
    refused(&folder, &format!("{fit} --out no/such"), "there is no folder no to write into");
    assert!(folder.join("precious/file").is_file());
}

/// Data that settles less than the model asks for is fitted, with a warning that names the rank.
#[test]
fn warnings_say_what_to_do() {
    let folder = folder("warnings_say_what_to_do");
    fs::write(folder.join("few.csv"), "a,b,c,d,y\n1,2,-3,4,1\n-2,1,0,1,2\n3,-1,2,0,-1\n").expect("written");
    let outcome = typed(&folder, "fit few.csv --target y --patch-len 2 --out few --ridge 0");
    assert_eq!(outcome.code, 0);
    assert_eq!(
        outcome.stderr,
        "warning: the data determines 3 of the model's 4 free parameters: 3 samples are fewer than its 4 free parameters; a \
         penalty such as --ridge 0.1 settles the rest\n"
    );
    assert_eq!(
        typed(&folder, "fit few.csv --target y --patch-len 2 --out quiet --ridge 0 --quiet").stderr,
        ""
    );
    // With the penalty of the default nothing is left open.
    assert_eq!(typed(&folder, "fit few.csv --target y --patch-len 2 --out default").stderr, "");
    assert_eq!(typed(&folder, "fit few.csv --target y --patch-len 2 --out ridge --ridge 0.1").stderr, "");
    let table = with_table("warnings_say_what_to_do_2");
    let fit = "fit data.csv --target y --drop w --patch-len 2 --optimiser descent";
    let outcome = typed(&table, &format!("{fit} --step-size 1e9 --out diverged"));
    assert_eq!(outcome.code, 0);
    assert_eq!(outcome.stderr, "warning: descent overflowed: use a smaller --step-size, or leave it out\n");
    assert!(outcome.stdout.contains("cannot tell whether it is trapped"), "{}", outcome.stdout);
    let outcome = typed(&table, &format!("{fit} --max-steps 3 --out short"));
    assert_eq!(outcome.stderr, "warning: descent had not converged after 3 steps: raise --max-steps\n");
}

/// Starts a command, does something after a while, and waits for its end.
#[cfg(unix)]
fn meanwhile(folder: &Path, line: &str, milliseconds: u64, act: impl FnOnce(u32)) -> common::Outcome {
    use std::process::Stdio;
    let child =
        typed_command(folder, line).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("starts");
    std::thread::sleep(std::time::Duration::from_millis(milliseconds));
    act(child.id());
    outcome(child.wait_with_output().expect("ends"))
}

#[cfg(unix)]
fn press_ctrl_c(process: u32) {
    let killed =
        std::process::Command::new("kill").args(["-INT", &process.to_string()]).status().expect("kill");
    assert!(killed.success());
}

/// A table of 40 MB and a fit that would take minutes from the file.
#[cfg(unix)]
fn long_fit(folder: &Path) -> &'static str {
    succeeds(
        folder,
        "generate --patch-dim 5 --patches 10 --sum-ratio 2 --samples 100000 --noise 1 --out data.npy",
    );
    "fit data.npy --target data.target.npy --patch-len 5 --stream --optimiser descent --step-size 1e-4 --max-steps 1000000"
}

#[cfg(unix)]
#[test]
fn interrupts_leave_nothing_behind() {
    let folder = folder("data_interrupts_leave_nothing_behind");
    let fit = long_fit(&folder);
    let before = names(&folder);
    let outcome = meanwhile(&folder, fit, 700, press_ctrl_c);
    assert_eq!(
        (outcome.code, outcome.stdout.as_str(), outcome.stderr.as_str()),
        (1, "", "interrupted: nothing was written\n")
    );
    for file in ["long.csv", "long.csv.gz", "long.npy", "long.npz", "long.parquet"] {
        let generate =
            format!("generate --patch-dim 5 --patches 20 --sum-ratio 4 --samples 100000000 --out {file}");
        let outcome = meanwhile(&folder, &generate, 300, press_ctrl_c);
        assert_eq!(
            (outcome.code, outcome.stdout.as_str(), outcome.stderr.as_str()),
            (1, "", "interrupted: nothing was written\n"),
            "{file}"
        );
    }
    assert_eq!(names(&folder), before);
}

/// A table that grows while it is read is not taken for what it was.
#[cfg(unix)]
#[test]
fn a_table_that_changes_is_noticed() {
    let folder = folder("a_table_that_changes_is_noticed");
    let fit = long_fit(&folder);
    let before = names(&folder);
    let path = folder.join("data.npy");
    let outcome = meanwhile(&folder, fit, 700, |_| {
        let mut file = fs::File::options().append(true).open(&path).expect("opened");
        file.write_all(&[0; 8]).expect("written");
    });
    assert_eq!(
        (outcome.code, outcome.stdout.as_str(), outcome.stderr.as_str()),
        (2, "", "error: data.npy changed while it was read: run this again when it is complete\n")
    );
    assert_eq!(names(&folder), before);
}
