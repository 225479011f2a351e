//! From a table to a model to predictions: `generate`, `fit` and `predict` together.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use crate::common::{contents, folder, names, succeeds, typed};
use serde_json::Value;

/// A noiseless teacher: 300 rows of 4 patches of 3 numbers.
const GENERATE: &str = "generate --patch-dim 3 --patches 4 --sum-ratio 1 --samples 300 --seed 5";

fn json(folder: &Path, line: &str) -> Value {
    serde_json::from_str(&succeeds(folder, &format!("{line} --json"))).expect("exactly one JSON object")
}

/// The result of a fit.
fn fitted(folder: &Path, line: &str) -> Value {
    json(folder, line)["results"][0].clone()
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("{value} is no number"))
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().expect("a list").iter().map(number).collect()
}

fn read_json(path: &Path) -> Value {
    serde_json::from_str(&fs::read_to_string(path).expect("read")).expect("JSON")
}

/// Numbers from the text that `predict` prints.
fn predictions(text: &str) -> Vec<f64> {
    let mut lines = text.lines();
    assert_eq!(lines.next(), Some("prediction"));
    lines.map(|line| line.parse().expect("a number")).collect()
}

fn furthest(one: &[f64], other: &[f64]) -> f64 {
    assert_eq!(one.len(), other.len());
    one.iter().zip(other).map(|(x, y)| (x - y).abs()).fold(0.0, f64::max)
}

/// Filter, output weights and intercept in one list.
fn network(value: &Value) -> Vec<f64> {
    let mut all = numbers(&value["filter"]);
    all.extend(numbers(&value["output_weights"]));
    all.push(number(&value["intercept"]));
    all
}

#[test]
fn json_has_the_promised_keys() {
    let folder = folder("data_json_has_the_promised_keys");
    let value = json(&folder, &format!("{GENERATE} --out data.csv"));
    assert_eq!(value["command"], "generate");
    for key in [
        "patch_dim",
        "patches",
        "sum_ratio",
        "scale_ratio",
        "negative_slope",
        "samples",
        "noise",
        "inputs",
        "precision",
        "seed",
    ] {
        assert!(value["settings"].get(key).is_some(), "{key}");
    }
    let result = &value["results"][0];
    assert_eq!(
        (result["data"].as_str(), result["teacher_file"].as_str()),
        (Some("data.csv"), Some("data.teacher.json"))
    );
    assert_eq!((result["samples"].as_u64(), result["columns"].as_u64()), (Some(300), Some(12)));

    let value = json(&folder, "fit data.csv --target y --patch-len 3 --validation 0.2");
    let keys: Vec<&str> = value.as_object().expect("an object").keys().map(String::as_str).collect();
    assert_eq!(keys, ["command", "results", "settings", "version"]);
    assert_eq!(value["command"], "fit");
    for key in [
        "data",
        "target",
        "target_is",
        "drop",
        "sample_weights",
        "array",
        "patch_shape",
        "grid_shape",
        "validation",
        "options",
    ] {
        assert!(value["settings"].get(key).is_some(), "{key}");
    }
    for key in [
        "optimiser",
        "starts",
        "seed",
        "filters",
        "linear",
        "intercept",
        "filter_bias",
        "negative_slope",
        "scaling",
        "ridge",
        "bootstrap",
    ] {
        assert!(value["settings"]["options"].get(key).is_some(), "{key}");
    }
    let result = &value["results"][0];
    for key in [
        "comparison",
        "search",
        "typical_error",
        "prediction_interval",
        "standard_errors",
        "loss",
        "train_r2",
        "validation_r2",
        "baseline_r2",
        "filter",
        "output_weights",
        "intercept",
        "negative_slope",
        "runs",
        "samples",
    ] {
        assert!(result.get(key).is_some(), "{key}");
        assert!(!result[key].is_null(), "{key}");
    }
    assert_eq!(result["search"]["antipodal_restart"], "leads_higher");
    assert!(result.get("verdict").is_none(), "a fit has no verdict");
    assert_eq!(read_json(&folder.join("spurious-fit/results.json")), value);

    let value = json(&folder, "predict spurious-fit/model.json data.csv --out predictions.csv");
    assert_eq!(value["command"], "predict");
    assert_eq!(value["results"][0]["rows"], 300);
    assert_eq!(value["results"][0]["predictions"], "predictions.csv");
    for key in ["model", "data", "array"] {
        assert!(value["settings"].get(key).is_some(), "{key}");
    }
}

/// Without noise the teacher comes back, whatever the format, and every format gives the same predictions.
#[test]
fn the_teacher_comes_back_in_every_format() {
    let folder = folder("the_teacher_comes_back_in_every_format");
    for precision in ["double", "single"] {
        let mut all: Vec<(Vec<f64>, bool)> = Vec::new();
        for (file, target) in [
            ("data.csv", "y"),
            ("data.csv.gz", "y"),
            ("data.tsv", "y"),
            ("data.npy", "data.target.npy"),
            ("data.npz", "y"),
            ("data.parquet", "y"),
        ] {
            let out = format!("{}-{precision}", file.replace('.', "-"));
            let printed =
                succeeds(&folder, &format!("{GENERATE} --precision {precision} --out {file} --force"));
            assert!(printed.starts_with(&format!("{file}: 300 rows of 12 numbers, ")), "{printed}");
            assert!(folder.join("data.teacher.json").is_file());
            let teacher = &read_json(&folder.join("data.teacher.json"))["results"][0]["teacher"];
            let fit = fitted(
                &folder,
                &format!("fit {file} --target {target} --patch-len 3 --folds none --out {out}"),
            );
            let away = furthest(&network(teacher), &network(&fit));
            // In text, numbers of single precision have the digits that tell them from other such numbers: read in
            // double precision they are off by up to half a unit in their last place, 2⁻²⁵.
            let rounded = precision == "single" && (file.contains("csv") || file.contains("tsv"));
            let tolerance = if rounded { 1e-7 } else { 1e-9 };
            assert!(away < tolerance, "{file}, {precision}: {away:e}");
            assert_eq!(fit["search"]["antipodal_restart"], "leads_higher", "{file}, {precision}");
            assert_eq!(fit["samples"], 300);
            // The label stands in the table as well in some formats, and does not disturb.
            let printed = succeeds(&folder, &format!("predict {out}/model.json {file} --quiet"));
            all.push((predictions(&printed), rounded));
        }
        let (text, arrays): (Vec<_>, Vec<_>) = all.iter().partition(|(_, rounded)| *rounded);
        for same in [text, arrays] {
            for pair in same.windows(2) {
                // Models agree to some units in the last place of their numbers, and so do their predictions.
                let away = furthest(&pair[0].0, &pair[1].0);
                assert!(away < 1e-11, "{precision}: {away:e}");
            }
        }
    }
}

#[test]
fn predictions_are_the_same_wherever_they_go() {
    let folder = folder("predictions_are_the_same_wherever_they_go");
    succeeds(&folder, &format!("{GENERATE} --noise 0.3 --out data.csv"));
    succeeds(&folder, "fit data.csv --target y --patch-len 3 --folds none");
    let predict = "predict spurious-fit/model.json data.csv --quiet";
    let printed = succeeds(&folder, predict);
    assert_eq!(predictions(&printed).len(), 300);
    let scores = succeeds(&folder, &format!("{predict} --out p.csv"));
    assert!(scores.starts_with("p.csv: 300 predictions\nR² "), "{scores}");
    assert_eq!(fs::read_to_string(folder.join("p.csv")).expect("read"), printed);
    // The other formats are read back by a fit of a table to predictions, which they are then equal to.
    for file in ["p.tsv", "p.csv.gz", "p.npy", "p.npz", "p.parquet"] {
        assert_eq!(succeeds(&folder, &format!("{predict} --out {file}")), scores.replace("p.csv", file));
    }
    let bytes = fs::read(folder.join("p.npy")).expect("read");
    let values: Vec<f64> = bytes[bytes.len() - 2400..]
        .chunks(8)
        .map(|chunk| f64::from_le_bytes(chunk.try_into().expect("eight bytes")))
        .collect();
    assert_eq!(values, predictions(&printed));
    for file in ["p.csv", "p.tsv", "p.csv.gz", "p.npy", "p.parquet"] {
        let fit =
            fitted(&folder, &format!("fit data.csv --drop y --target {file} --patch-len 3 --out fit-{file}"));
        assert!(1.0 - number(&fit["train_r2"]) < 1e-12, "{file}");
    }
    assert!(typed(&folder, &format!("{predict} --json")).stderr.contains("--out"));
}

/// Whether the table lies in memory or is read in every pass, and on how many threads: the same bytes.
#[test]
fn neither_threads_nor_streaming_change_a_byte() {
    let folder = folder("neither_threads_nor_streaming_change_a_byte");
    // 6000 rows of 30 numbers are 1.4 MB: more than one block of the reader, and more than --memory 1.
    let generate = "generate --patch-dim 5 --patches 6 --sum-ratio 2 --samples 6000 --noise 0.2";
    succeeds(&folder, &format!("{generate} --out data.npy"));
    let fit = "fit data.npy --target data.target.npy --patch-len 5 --validation 0.25 --starts 2";
    for (out, flags) in [
        ("memory", "--threads 2"),
        ("one", "--threads 1"),
        ("stream", "--stream --threads 3"),
        ("small", "--memory 1"),
    ] {
        succeeds(&folder, &format!("{fit} {flags} --out {out}"));
    }
    let memory = contents(&folder.join("memory"));
    for other in ["one", "stream", "small"] {
        for ((path, bytes), (_, expected)) in contents(&folder.join(other)).iter().zip(&memory) {
            assert!(bytes == expected, "{other}: {} differs", path.display());
        }
        assert_eq!(contents(&folder.join(other)).len(), memory.len());
    }
    // Text does not tell its size, and is found to be too large while it is read.
    succeeds(
        &folder,
        "generate --patch-dim 5 --patches 6 --sum-ratio 2 --samples 6000 --noise 0.2 --out text.csv",
    );
    let fit = "fit text.csv --target y --patch-len 5 --folds 3 --starts 1 --ridge auto";
    succeeds(&folder, &format!("{fit} --out text-memory"));
    succeeds(&folder, &format!("{fit} --memory 1 --out text-stream"));
    assert!(contents(&folder.join("text-memory")) == contents(&folder.join("text-stream")));
}

/// Digits of 8x8 pixels, real data: the figures that the documentation of the data promises.
#[test]
fn digits_are_told_apart() {
    let folder = folder("digits_are_told_apart");
    let digits = concat!(env!("CARGO_MANIFEST_DIR"), "/../../data/digits.csv");
    let columns = format!(
        "fit {digits} --target digit --target-is 0 --image 8x8 --patch 8x1 --folds 5 --loss squares --starts 4 --out columns"
    );
    let zero = json(&folder, &columns);
    assert_eq!(zero["settings"]["target_is"], 0.0);
    assert_eq!(zero["settings"]["patch_shape"], serde_json::json!([8, 1]));
    let zero = &zero["results"][0];
    assert!(number(&zero["validation_r2"]) >= 0.88, "{zero}");
    assert!((0.73..0.75).contains(&number(&zero["baseline_r2"])), "{zero}");
    let tiles = format!(
        "fit {digits} --target digit --target-is 2 --image 8x8 --patch 4x4 --folds 3 --starts 4 --out tiles"
    );
    let two = fitted(&folder, &tiles);
    assert!(number(&two["validation_r2"]) > number(&two["baseline_r2"]), "{two}");
}

/// Terminal, JSON and report print one comparison and one account of the search, in the same words.
#[test]
fn every_front_end_says_the_same() {
    let folder = folder("every_front_end_says_the_same");
    let digits = concat!(env!("CARGO_MANIFEST_DIR"), "/../../data/digits.csv");
    let tiles = concat!(env!("CARGO_MANIFEST_DIR"), "/../../data/tiles.csv");
    let sunspots = concat!(env!("CARGO_MANIFEST_DIR"), "/../../data/sunspots.csv");
    write_table(&folder.join("noise.csv"), "a,b,c,d,y", &{
        let all: Vec<f64> = scattered(60 * 5).collect();
        all.chunks(5).map(<[f64]>::to_vec).collect::<Vec<_>>()
    });
    for (name, line, conclusion) in [
        (
            "digits",
            format!(
                "{digits} --target digit --target-is 0 --image 8x8 --patch 8x1 --loss squares --starts 8"
            ),
            "measures_disagree",
        ),
        (
            "chances",
            format!("{digits} --target digit --target-is 0 --image 8x8 --patch 8x1 --starts 8"),
            "better",
        ),
        (
            "eights",
            format!(
                "{digits} --target digit --target-is 8 --image 8x8 --patch 2x2 --loss squares --starts 8"
            ),
            "worse",
        ),
        ("tiles", format!("{tiles} --target answer --image 8x8 --patch 4x4"), "better"),
        ("sunspots", format!("{sunspots} --target sunspots --patch-len 11"), "cannot_tell"),
        ("noise", "noise.csv --target y --patch-len 2".to_owned(), "neither_predicts"),
    ] {
        let fit = format!("fit {line} --folds 3 --out {name}");
        let text = succeeds(&folder, &fit);
        let result = &read_json(&folder.join(name).join("results.json"))["results"][0];
        assert_eq!(result["comparison"]["conclusion"], conclusion, "{text}");
        let headline = text.lines().next().expect("a line");
        let page = fs::read_to_string(folder.join(name).join("index.html")).expect("read");
        assert!(page.contains(&headline[1..]), "{name}: {headline}");
        let numbers = |key: &str| {
            let measures = result["comparison"]["measures"].as_array().expect("measures");
            measures.iter().map(|measure| number(&measure[key])).collect::<Vec<_>>()
        };
        assert_eq!(numbers("network")[0], number(&result["validation_r2"]));
        assert_eq!(numbers("baseline")[0], number(&result["baseline_r2"]));
        // The lines of measures and of the search, as they are.
        let shown = text.lines().filter(|line| {
            ["R² ", "accuracy ", "AUC ", "log-loss ", "one more search"]
                .iter()
                .any(|word| line.trim().starts_with(word))
                && !line.contains("of the linear model with")
        });
        let mut count = 0;
        for line in shown {
            assert!(page.contains(line.trim().trim_start_matches("one")), "{name}: {line}");
            count += 1;
        }
        assert_eq!(count, numbers("network").len() + 1, "{name}: {text}");
        let rows = fs::read_to_string(folder.join(name).join("data/predictions.csv")).expect("read");
        let held_out = rows.lines().skip(1).filter(|row| row.split(',').nth(5) == Some("1")).count();
        assert_eq!(held_out as u64, result["samples"].as_u64().expect("a count"), "{name}");
    }
}

/// A table with columns a, b, c, d, y, w from some rows.
fn write_table(path: &Path, header: &str, rows: &[Vec<f64>]) {
    let mut text = format!("{header}\n");
    for row in rows {
        let fields: Vec<String> = row.iter().map(f64::to_string).collect();
        writeln!(text, "{}", fields.join(",")).expect("a string");
    }
    fs::write(path, text).expect("written");
}

/// Numbers between -1 and 1 that no pattern fits.
fn scattered(count: usize) -> impl Iterator<Item = f64> {
    let mut state = 1_u64;
    (0..count).map(move |_| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 11) as f64 / (1_u64 << 52) as f64 - 1.0
    })
}

fn noisy_rows() -> Vec<Vec<f64>> {
    let all: Vec<f64> = scattered(60 * 5).collect();
    let label = |x: &[f64]| {
        let patch = |z: &[f64]| (0.6 * z[0] - 0.8 * z[1]).max(0.0);
        2.0 * patch(&x[..2]) - patch(&x[2..4]) + 0.1 * x[4]
    };
    all.chunks(5).map(|x| vec![x[0], x[1], x[2], x[3], label(x)]).collect()
}

#[test]
fn a_weight_is_how_often_a_row_counts() {
    let folder = folder("a_weight_is_how_often_a_row_counts");
    let rows = noisy_rows();
    let weighted: Vec<Vec<f64>> = rows
        .iter()
        .enumerate()
        .map(|(i, row)| [row.clone(), vec![[0.0, 1.0, 2.0][i % 3]]].concat())
        .collect();
    let repeated: Vec<Vec<f64>> =
        rows.iter().enumerate().flat_map(|(i, row)| std::iter::repeat_n(row.clone(), i % 3)).collect();
    write_table(&folder.join("weighted.csv"), "a,b,c,d,y,w", &weighted);
    write_table(&folder.join("repeated.csv"), "a,b,c,d,y", &repeated);
    let weighted = fitted(
        &folder,
        "fit weighted.csv --target y --sample-weights w --patch-len 2 --ridge 0 --out weighted",
    );
    let repeated = fitted(&folder, "fit repeated.csv --target y --patch-len 2 --ridge 0 --out repeated");
    let away = furthest(&network(&weighted), &network(&repeated));
    assert!(away < 1e-9, "{away:e}");
    assert!((number(&weighted["train_r2"]) - number(&repeated["train_r2"])).abs() < 1e-12);
    assert_eq!((weighted["samples"].as_u64(), repeated["samples"].as_u64()), (Some(40), Some(60)));
}

#[test]
fn targets_and_columns_are_found_by_name_number_and_file() {
    let folder = folder("targets_and_columns_are_found_by_name_number_and_file");
    let rows = noisy_rows();
    write_table(&folder.join("named.csv"), "a,b,c,d,y", &rows);
    let with_junk: Vec<Vec<f64>> = rows
        .iter()
        .enumerate()
        .map(|(i, row)| [vec![i as f64], row[..2].to_vec(), vec![7.0], row[2..].to_vec()].concat())
        .collect();
    write_table(&folder.join("junk.csv"), "id,a,b,junk,c,d,y", &with_junk);
    let bare: String =
        rows.iter().map(|row| row.iter().map(f64::to_string).collect::<Vec<_>>().join("\t") + "\n").collect();
    fs::write(folder.join("bare.tsv"), bare).expect("written");
    write_table(
        &folder.join("x.csv"),
        "a,b,c,d",
        &rows.iter().map(|row| row[..4].to_vec()).collect::<Vec<_>>(),
    );
    write_table(
        &folder.join("labels.csv"),
        "y",
        &rows.iter().map(|row| row[4..].to_vec()).collect::<Vec<_>>(),
    );
    let expected = network(&fitted(&folder, "fit named.csv --target y --patch-len 2 --out 0"));
    for (n, line) in [
        "fit named.csv --target 5",
        "fit junk.csv --target y --drop id,junk",
        "fit junk.csv --target 7 --drop 1 --drop junk",
        "fit bare.tsv --target 5",
        "fit x.csv --target labels.csv",
        "fit named.csv --drop y --target labels.csv",
    ]
    .iter()
    .enumerate()
    {
        let found = network(&fitted(&folder, &format!("{line} --patch-len 2 --out {}", n + 1)));
        assert_eq!(found, expected, "{line}");
    }
    let model = read_json(&folder.join("2/model.json"));
    assert_eq!(model["model"]["columns"], serde_json::json!(["a", "b", "c", "d"]));
    assert_eq!(model["model"]["target"], "y");
    assert_eq!(read_json(&folder.join("5/model.json"))["model"]["target"], "labels");
    // A model finds its columns by name, wherever they stand.
    let (one, other) = (
        succeeds(&folder, "predict 0/model.json named.csv --quiet"),
        succeeds(&folder, "predict 0/model.json junk.csv --quiet"),
    );
    assert_eq!(one, other);
    // Columns without names are as many as the model's, or one more, which is the target.
    assert_eq!(succeeds(&folder, "predict 4/model.json bare.tsv --quiet"), one);
}

/// Every setting of the search does what it says.
#[test]
fn every_flag_of_the_search_works() {
    let folder = folder("every_flag_of_the_search_works");
    write_table(&folder.join("data.csv"), "a,b,c,d,y", &noisy_rows());
    let fit = |out: &str, flags: &str| {
        fitted(&folder, &format!("fit data.csv --target y --patch-len 2 --out {out} {flags}"))
    };
    let plain = fit("plain", "");
    let r2 = |value: &Value| number(&value["train_r2"]);
    for (out, flags) in [
        ("squares", "--optimiser least-squares"),
        ("signs", "--optimiser least-squares --four-signs"),
        ("auto-signs", "--four-signs"),
        ("start", "--start plain/model.json"),
        ("one", "--starts 1"),
        ("descent", "--optimiser descent"),
        ("descent-step", "--optimiser descent --step-size 0.2 --max-steps 20000"),
    ] {
        let found = fit(out, flags);
        // Descent stops where steps no longer help, before machine precision.
        assert!((r2(&found) - r2(&plain)).abs() < 1e-4, "{flags}: {} {}", r2(&found), r2(&plain));
    }
    let kinds = |value: &Value| -> Vec<String> {
        value["runs"].as_array().expect("a list").iter().map(|run| run["start"].to_string()).collect()
    };
    assert_eq!(kinds(&fit("given", "--start plain/model.json --optimiser least-squares")).len(), 2);
    assert_eq!(kinds(&fit("four", "--four-signs --optimiser least-squares")).len(), 5);
    assert_eq!(kinds(&fit("three", "--starts 3 --optimiser least-squares")).len(), 4);
    let batches = fit("batches", "--optimiser batches --batch 10 --epochs 200");
    assert!(r2(&batches) > 0.9 * r2(&plain), "{}", r2(&batches));
    let bias = fit("bias", "--filter-bias");
    assert!(r2(&bias) >= r2(&plain) - 1e-12);
    assert_ne!(number(&bias["filter_bias"]), 0.0);
    assert_eq!(number(&plain["filter_bias"]), 0.0);
    let through_zero = fit("zero", "--no-intercept");
    assert_eq!(number(&through_zero["intercept"]), 0.0);
    assert!(r2(&through_zero) <= r2(&plain) + 1e-12);
    let shrunk = fit("shrunk", "--ridge 10");
    assert_eq!(number(&shrunk["ridge"]), 10.0);
    let length = |value: &Value| numbers(&value["output_weights"]).iter().map(|a| a * a).sum::<f64>().sqrt();
    assert!(length(&shrunk) < 0.1 * length(&plain));
    let chosen = fit("chosen", "--ridge auto");
    assert!(number(&chosen["ridge"]) >= 0.0);
    for scale in ["standardise", "whiten"] {
        let scaled = fit(scale, &format!("--scale {scale} --filter-bias"));
        assert!((r2(&scaled) - r2(&bias)).abs() < 1e-6, "{scale}");
        let model = read_json(&folder.join(scale).join("model.json"));
        assert!(!model["model"]["transform"].is_null());
    }
}

#[test]
fn channels_tiles_and_arrays_cut_as_they_say() {
    let folder = folder("channels_tiles_and_arrays_cut_as_they_say");
    write_table(&folder.join("data.csv"), "a,b,c,d,y", &noisy_rows());
    let shape = |out: &str, flags: &str| {
        let value = json(&folder, &format!("fit data.csv --target y --out {out} {flags}"));
        (
            value["settings"]["patch_shape"].clone(),
            value["settings"]["grid_shape"].clone(),
            value["results"][0].clone(),
        )
    };
    let (patch, grid, windows) = shape("windows", "--patch-len 2");
    assert_eq!((patch, grid), (serde_json::json!([1, 2]), serde_json::json!([1, 2])));
    let (patch, grid, rows) = shape("rows", "--image 2x2 --patch 1x2");
    assert_eq!((patch, grid), (serde_json::json!([1, 2]), serde_json::json!([2, 1])));
    assert_eq!(network(&windows), network(&rows));
    let (patch, grid, channels) = shape("channels", "--channels 2 --patch-len 1");
    assert_eq!((patch, grid), (serde_json::json!([2, 1]), serde_json::json!([1, 2])));
    let (_, _, columns) = shape("columns", "--image 2x2 --patch 2x1");
    assert_eq!(network(&channels), network(&columns));

    succeeds(&folder, &format!("{GENERATE} --out data.npz"));
    let named = network(&fitted(&folder, "fit data.npz --array X --target y --patch-len 3 --out named"));
    let found = network(&fitted(&folder, "fit data.npz --target y --patch-len 3 --out found"));
    assert_eq!(named, found);
    let predict = "predict named/model.json data.npz --quiet";
    assert_eq!(succeeds(&folder, predict), succeeds(&folder, &format!("{predict} --array X")));
}

#[test]
fn a_configuration_file_gives_flags_to_fit() {
    let folder = folder("a_configuration_file_gives_flags_to_fit");
    write_table(
        &folder.join("data.csv"),
        "id,a,b,c,d,y",
        &noisy_rows().into_iter().map(|row| [vec![1.0], row].concat()).collect::<Vec<_>>(),
    );
    let text = "seed = 3\n[fit]\ntarget = \"y\"\ndrop = [\"id\"]\npatch_len = 2\nfilter-bias = true\nridge = 0.5\nout = \"from-file\"\n";
    fs::write(folder.join("fit.toml"), text).expect("written");
    let value = json(&folder, "fit data.csv --config fit.toml --ridge auto");
    assert!(folder.join("from-file/model.json").is_file());
    let options = &value["settings"]["options"];
    assert_eq!(options["seed"], 3);
    assert_eq!(options["filter_bias"], true);
    assert_eq!(options["ridge"], "auto");
    assert_eq!(value["settings"]["drop"], serde_json::json!(["id"]));
}

/// The command in the report makes the same report again, and a second run makes the same bytes.
#[test]
fn a_fit_can_be_made_again() {
    let folder = folder("a_fit_can_be_made_again");
    write_table(&folder.join("my data.csv"), "a,b,c,d,y", &noisy_rows());
    fs::rename(folder.join("my data.csv"), folder.join("data.csv")).expect("renamed");
    let fit =
        "fit data.csv --target y --patch-len 2 --folds 3 --scale whiten --filter-bias --ridge 0.01 --seed 9";
    succeeds(&folder, &format!("{fit} --out first"));
    let command = fs::read_to_string(folder.join("first/command.txt")).expect("read");
    let again = command.trim().strip_prefix("spurious ").expect("a command line");
    succeeds(&folder, &format!("{again} --out second"));
    assert!(contents(&folder.join("first")) == contents(&folder.join("second")));

    let refused = typed(&folder, &format!("{fit} --out first"));
    assert_eq!(
        (refused.code, refused.stderr.as_str()),
        (2, "error: first exists: use --force to replace it\n")
    );
    succeeds(&folder, &format!("{fit} --out first --force"));
    assert!(contents(&folder.join("first")) == contents(&folder.join("second")));
    assert_eq!(names(&folder), ["data.csv", "first", "second"]);
}

#[test]
fn the_report_is_complete() {
    let folder = folder("the_fit_report_is_complete");
    write_table(&folder.join("data.csv"), "a,b,c,d,y", &noisy_rows());
    succeeds(&folder, "fit data.csv --target y --patch-len 2 --out fit");
    let files: Vec<String> =
        contents(&folder.join("fit")).into_iter().map(|(path, _)| path.display().to_string()).collect();
    for file in
        ["index.html", "model.json", "results.json", "command.txt", "data/filter.csv", "data/predictions.csv"]
    {
        assert!(files.iter().any(|found| found == file), "{file}: {files:?}");
    }
    for (path, bytes) in contents(&folder.join("fit")) {
        if path.extension().is_some_and(|ending| ending != "pdf") {
            let text = String::from_utf8(bytes).expect("UTF-8");
            assert!(!text.contains("NaN") && !text.contains("inf,"), "{}", path.display());
        }
    }
}

/// Several filters and a linear part: fitted, written, read back, and predicted with.
#[test]
fn several_filters_and_a_linear_part() {
    let folder = folder("several_filters_and_a_linear_part");
    write_table(&folder.join("data.csv"), "a,b,c,d,y", &noisy_rows());
    let fit = "fit data.csv --target y --patch-len 2 --folds none";
    let value = json(&folder, &format!("{fit} --filters 2 --linear --out both"));
    let result = &value["results"][0];
    assert_eq!(result["filters"].as_array().map(Vec::len), Some(2));
    for key in ["weights", "bias", "output_weights"] {
        assert!(result["filters"][1].get(key).is_some(), "{key}");
    }
    assert_eq!(result["linear_part"].as_array().map(Vec::len), Some(4));
    assert_eq!(result["filters_add"].as_array().map(Vec::len), Some(2));
    assert!(result["linear_adds"].as_f64().is_some_and(|adds| adds > -1e-9));
    // A single filter has its numbers also beside the others.
    assert!(result.get("filter").is_none());
    let one = &json(&folder, &format!("{fit} --out one"))["results"][0];
    assert_eq!(one["filter"], one["filters"][0]["weights"]);
    assert_eq!(one["output_weights"], one["filters"][0]["output_weights"]);
    assert!(one.get("linear_part").is_none() && one["linear_adds"].is_null());
    // More of a model fits at least as well, and predictions are those of the fit.
    let train = |result: &serde_json::Value| number(&result["train_r2"]);
    assert!(train(result) >= train(one) - 1e-9, "{} {}", train(result), train(one));
    let scored = typed(&folder, "predict both/model.json data.csv --out predicted.csv");
    assert_eq!(scored.code, 0, "{}", scored.stderr);
    let r2 = scored.stdout.split("R² ").nth(1).and_then(|text| text.split(',').next()).expect("a score");
    assert!((r2.parse::<f64>().expect("a number") - train(result)).abs() < 1e-6, "{}", scored.stdout);

    let refused = |line: &str, said: &str| {
        let outcome = typed(&folder, &format!("{fit} {line} --out refused"));
        assert_eq!(outcome.code, 2, "{line}");
        assert!(outcome.stderr.contains(said), "{line}: {}", outcome.stderr);
    };
    refused("--filters 0", "from 1 to 16");
    refused("--filters 17", "from 1 to 16");
    refused(
        "--linear --optimiser descent",
        "gradient descent fits one filter without a linear part: leave out the other optimiser",
    );
    refused("--start both/model.json", "--start is a model of 2 filters: use --filters 2");
}

/// A teacher of several filters is written with all of them, and a fit finds them again. One filter is written as ever.
#[test]
fn several_filters_are_planted_and_found() {
    let folder = folder("several_filters_are_planted_and_found");
    let generate = "generate --patch-dim 3 --patches 4 --sum-ratio 1 --samples 600 --seed 5";
    let said = succeeds(&folder, &format!("{generate} --filters 2 --out two.csv"));
    assert!(said.ends_with("two.teacher.json: the teacher, of 2 filters\n"), "{said}");
    succeeds(&folder, &format!("{generate} --out one.csv"));
    let [two, one] = ["two", "one"].map(|name| read_json(&folder.join(format!("{name}.teacher.json"))));
    assert_eq!(two["settings"]["filters"], 2);
    assert!(one["settings"].get("filters").is_none());
    let filters = |teacher: &Value| teacher["results"][0]["teacher"]["filters"].as_array().cloned();
    let (two, one) = (filters(&two).expect("filters"), filters(&one).expect("filters"));
    assert_eq!((two.len(), &two[0]), (2, &one[0]));

    let fit = "fit two.csv --target y --patch-len 3 --folds none";
    let found = fitted(&folder, &format!("{fit} --filters 2 --out found"));
    let apart = |one: &Value, other: &Value| {
        let of = |filter: &Value| [numbers(&filter["weights"]), numbers(&filter["output_weights"])].concat();
        of(one).iter().zip(of(other)).map(|(x, y)| (x - y).abs()).fold(0.0, f64::max)
    };
    for planted in &two {
        let nearest =
            found["filters"].as_array().expect("filters").iter().map(|filter| apart(planted, filter));
        assert!(nearest.fold(f64::INFINITY, f64::min) < 1e-10, "{found}");
    }
    assert_eq!((&found["search"]["merged"], &found["search"]["dropped"]), (&0.into(), &0.into()));

    // A third filter has nothing to do: the result says so, on every surface, and is that of two.
    let three = typed(&folder, &format!("{fit} --filters 3 --out three"));
    assert_eq!(three.code, 0, "{}", three.stderr);
    let said = three.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(said.contains("filters 2 of them; "), "{said}");
    assert!(
        said.contains("of 3 filters 1 contributed nothing and was left out: 2 filters are left"),
        "{said}"
    );
    let model = |name: &str| fs::read_to_string(folder.join(name).join("model.json")).expect("a model");
    assert_eq!(model("three"), model("found"));
    let page = fs::read_to_string(folder.join("three/index.html")).expect("a page");
    assert!(page.contains("f 3 filters 1 contributed nothing and was left out: 2 filters are left"));
    let constants = fs::read_to_string(folder.join("three/data/constants.csv")).expect("a sheet");
    assert!(constants.contains("\nmerged,0,\ndropped,1,\n"), "{constants}");

    let refused = |line: &str, message: &str| {
        let outcome = typed(&folder, &format!("{line} --out refused.csv"));
        assert_eq!(outcome.code, 2, "{line}");
        assert!(outcome.stderr.contains(message), "{line}: {}", outcome.stderr);
    };
    refused(&format!("{generate} --filters 17"), "from 1 to 16");
    refused(
        "generate --patch-dim 1 --patches 4 --sum-ratio 1 --samples 9 --filters 2",
        "2 filters for patches of one number have the same direction or opposite ones: use patches of 2 numbers or more, or 1 filter",
    );
}

/// Recovery of several filters has no probability to be compared with; that of one is as ever.
#[test]
fn several_filters_are_recovered() {
    let folder = folder("several_filters_are_recovered");
    let line = "recovery --patch-dim 3 --patches 4 --sum-ratio 2 --samples 60,200 --runs 32 --step-size 0.3";
    let value = json(&folder, &format!("{line} --filters 2 --out two.csv"));
    assert_eq!(value["settings"]["filters"], 2);
    for row in value["results"].as_array().expect("rows") {
        assert!(row["filters"] == 2 && row["exact_probability"].is_null());
        let counts = ["recovered", "trapped", "elsewhere"].map(|key| number(&row[key]));
        assert!((counts.iter().sum::<f64>() - 32.0).abs() < 0.5);
    }
    let csv = fs::read_to_string(folder.join("two.csv")).expect("a table");
    assert!(
        csv.starts_with("filters,patch_dim,") && csv.lines().nth(1).is_some_and(|row| row.ends_with(','))
    );
    let said = succeeds(&folder, &format!("{line} --filters 2 --out two.svg"));
    assert!(said.contains("higher minimum"), "{said}");
    assert!(said.ends_with("2 filters: no probability on the population is known\n"), "{said}");

    let one = json(&folder, &format!("{line} --out one.csv"));
    assert!(one["settings"].get("filters").is_none() && one["results"][0].get("filters").is_none());
    assert!(fs::read_to_string(folder.join("one.csv")).expect("a table").starts_with("patch_dim,"));
    let outcome = typed(&folder, &line.replace("0.3", "2").replace("recovery", "recovery --filters 2"));
    assert_eq!(outcome.code, 2);
    assert!(
        outcome.stderr.contains(
            "step size 2 makes the output weights diverge with 2 filters and 4 patches: use less than 1.239"
        ),
        "{}",
        outcome.stderr
    );
}

/// The parts of a prediction add up to it, in every format; missing values, rows and formats that are not there are named.
#[test]
fn a_prediction_is_explained() {
    let folder = folder("a_prediction_is_explained");
    write_table(&folder.join("data.csv"), "a,b,c,d,y", &noisy_rows());
    succeeds(&folder, "fit data.csv --target y --patch-len 2 --filters 2 --linear --ridge 0.01 --out model");
    succeeds(&folder, "predict model/model.json data.csv --out predicted.csv");
    let predicted = fs::read_to_string(folder.join("predicted.csv")).expect("predictions");
    let third: Vec<f64> =
        predicted.lines().nth(3).expect("a row").split(',').map(|n| n.parse().expect("a number")).collect();
    let explain = "predict model/model.json data.csv --explain 3";
    let value = json(&folder, &format!("{explain} --out third.csv"));
    let result = &value["results"][0];
    assert_eq!((&value["settings"]["explain"], &result["row"]), (&3.into(), &3.into()));
    let mut sum = number(&result["intercept"]);
    for (patch, names) in result["patches"].as_array().expect("patches").iter().zip([["a", "b"], ["c", "d"]])
    {
        assert_eq!(patch["columns"], serde_json::json!(names));
        assert_eq!(numbers(&patch["filters"]).len(), 2);
        sum += numbers(&patch["filters"]).iter().sum::<f64>() + number(&patch["linear_part"]);
        assert!((sum - number(&patch["running_sum"])).abs() < 1e-12);
    }
    let ends = ["prediction", "lower", "upper"].map(|key| number(&result[key]));
    assert!(ends.iter().zip(&third).all(|(one, other)| (one - other).abs() < 1e-12), "{result} {third:?}");
    assert!(result["class"].is_null() && result["target"].is_number());
    let csv = fs::read_to_string(folder.join("third.csv")).expect("a table");
    let mut lines = csv.lines();
    assert_eq!(lines.next(), Some("patch,columns,filter_1,filter_2,linear_part,running_sum"));
    assert!(lines.next().is_some_and(|line| line.starts_with("0,,,,,")));
    assert!(lines.next().is_some_and(|line| line.starts_with("1,a to b,")));
    assert_eq!(succeeds(&folder, &format!("{explain} --out -")), csv);
    let said = succeeds(&folder, explain);
    assert!(said.contains("c to d") && said.contains("\n  target "), "{said}");

    let refused = |line: &str, message: &str| {
        let outcome = typed(&folder, line);
        assert_eq!(outcome.code, 2, "{line}");
        assert!(outcome.stderr.contains(message), "{line}: {}", outcome.stderr);
    };
    let rows = predicted.lines().count() - 1;
    let beyond = explain.replace('3', &(rows + 1).to_string());
    refused(&beyond, &format!("--explain {}: data.csv has {rows} rows: name one of them, from 1", rows + 1));
    refused(&format!("{explain} --out row.parquet"), "end it with .csv, .json");
    refused(&format!("{explain} --id a"), "cannot be used with");
    fs::write(folder.join("gap.csv"), "a,b,c,d\n1,2,3,4\n1,,3,4\n").expect("written");
    let gap = "predict model/model.json gap.csv --explain";
    assert_eq!(number(&json(&folder, &format!("{gap} 1"))["results"][0]["row"]), 1.0);
    refused(
        &format!("{gap} 2"),
        "gap.csv, row 2, column 'b': the value is missing, and the model has no column means",
    );
}

/// Windows that overlap or do not divide a row, and shapes that are tried; predictions with the model are those of the fit.
#[test]
fn shapes_are_given_and_chosen() {
    let folder = folder("shapes_are_given_and_chosen");
    let planted =
        "generate --patch-dim 3 --patches 4 --sum-ratio 1 --samples 300 --noise 0.2 --seed 5 --out data.csv";
    assert_eq!(typed(&folder, planted).code, 0);
    let again = |result: &Value, out: &str| {
        let scored = typed(&folder, &format!("predict {out}/model.json data.csv --out {out}.csv"));
        assert_eq!(scored.code, 0, "{}", scored.stderr);
        let r2 = scored.stdout.split("R² ").nth(1).and_then(|text| text.split(',').next()).expect("a score");
        let fitted = number(&result["train_r2"]);
        assert!((r2.parse::<f64>().expect("a number") - fitted).abs() < 1e-5, "{} {fitted}", scored.stdout);
    };
    let fit = "fit data.csv --target y --folds none";
    let given = |flags: &str, patches: &str, rest: &Value, out: &str| {
        let outcome = typed(&folder, &format!("{fit} {flags} --out {out} --json"));
        assert_eq!(outcome.code, 0, "{}", outcome.stderr);
        let value: Value = serde_json::from_str(&outcome.stdout).expect("JSON");
        assert_eq!(value["results"][0]["windows"], patches, "{flags}");
        assert_eq!(&value["settings"]["rest"], rest, "{flags}");
        // What is trimmed or padded is said aloud.
        assert!(rest.as_str().is_none_or(|rest| outcome.stderr.contains(rest)), "{}", outcome.stderr);
        again(&value["results"][0], out);
    };
    given("--patch-len 6 --stride 3", "3 windows of 6 numbers, 3 apart", &Value::Null, "overlapping");
    let trimmed = serde_json::json!("the last 2 numbers of a row are in no window");
    given("--patch-len 5", "2 windows of 5 numbers", &trimmed, "trimmed");
    let padded = serde_json::json!("the last window ends with 3 zeros");
    given("--patch-len 5 --rest pad --linear", "3 windows of 5 numbers", &padded, "padded");
    given("--image 3x4 --patch 2x2 --stride 1x2", "4 tiles of 2 × 2, 1 × 2 apart", &Value::Null, "tiles");

    let line = "fit data.csv --target y --patch-len auto --filters auto --folds none --seed 3";
    let value = json(&folder, &format!("{line} --out auto"));
    let result = &value["results"][0];
    assert_eq!(result["windows"], "4 windows of 3 numbers");
    let choice = &result["choice"];
    let chosen = &choice["candidates"][number(&choice["chosen"]) as usize];
    assert_eq!((&chosen["windows"], &chosen["filters"]), (&result["windows"], &serde_json::json!(1)));
    assert_eq!(value["settings"]["patch_shape"], serde_json::json!([1, 3]));
    again(result, "auto");
    let text = typed(&folder, &format!("{line} --out auto --force"));
    assert!(text.stdout.contains("4 windows of 3 numbers, 1 filter: "), "{}", text.stdout);
    let page = std::fs::read_to_string(folder.join("auto/index.html")).expect("a report");
    assert!(page.contains("The shapes that were tried"));
    assert!(folder.join("auto/data/choice.csv").is_file());
    // Enough time for one shape only.
    let hurried = json(&folder, &format!("{line} --time-limit 0 --out hurried"));
    let choice = &hurried["results"][0]["choice"];
    assert_eq!(
        (choice["candidates"].as_array().map(Vec::len), &choice["out_of_time"]),
        (Some(1), &true.into())
    );

    let refused = |line: &str, said: &str| {
        let outcome = typed(&folder, &format!("{fit} {line} --out refused"));
        assert_eq!(outcome.code, 2, "{line}: {}", outcome.stderr);
        assert!(outcome.stderr.contains(said), "{line}: {}", outcome.stderr);
    };
    refused("--patch-len 13", "window length 13 does not fit into the row length 12: use 1 to 12");
    refused("--patch-len 0", "window length 0 does not fit into the row length 12: use 1 to 12");
    refused("--patch-len 4 --stride 0", "a stride of 0: use at least 1, or 4 for windows side by side");
    refused(
        "--patch-len 4 --stride two",
        "use a whole number from 1 on, such as 4, or two for an image, such as 4x4",
    );
    refused("--patch-len auto --stride 2", "leave them out where the size is chosen");
    refused("--patch-len auto --optimiser descent", "shapes are tried by the automatic search only");
    refused("--patch-len 4 --time-limit 3", "--time-limit is for --patch-len auto");
    refused("--patch-len many", ", or auto");
}

/// A target of several texts, and of numbers that are classes: the fit, its files, predictions and their scores, an explanation.
#[test]
fn several_classes_are_told_apart() {
    let folder = folder("several_classes_are_told_apart");
    let table = |names: [&str; 3]| {
        let row = |i: usize| {
            let x = |j: usize| ((i * 37 + j * 101) % 97) as f64 / 24.0 - 2.0;
            let scores = [x(0) + 0.4 * x(1), x(2) + 0.4 * x(3), 0.3];
            let class = (0..3).max_by(|&a, &b| scores[a].total_cmp(&scores[b])).unwrap_or(0);
            // One in eleven is wrong, so that classes cannot be separated.
            let class = if i.is_multiple_of(11) { (class + 1) % 3 } else { class };
            format!("{},{},{},{},{}\n", x(0), x(1), x(2), x(3), names[class])
        };
        "a,b,c,d,kind\n".to_owned() + &(0..240).map(row).collect::<String>()
    };
    std::fs::write(folder.join("texts.csv"), table(["oak", "ash", "elm"])).expect("written");
    std::fs::write(folder.join("numbers.csv"), table(["7", "-1.5", "30"])).expect("written");
    let fit = "--target kind --patch-len 2 --filter-bias --ridge 0.001 --validation 0.25 --out";
    let value = json(&folder, &format!("fit texts.csv {fit} texts"));
    let result = &value["results"][0];
    assert_eq!(value["settings"]["classes"], serde_json::json!(["ash", "elm", "oak"]));
    assert_eq!(result["objective"], serde_json::json!({"kind": "multinomial", "classes": 3}));
    assert_eq!(result["target_kind"], serde_json::json!({"kind": "classes", "classes": 3}));
    assert_eq!(result["intercepts"].as_array().map(Vec::len), Some(3));
    assert_eq!(result["output_weights"].as_array().map(Vec::len), Some(6));
    assert_eq!((&result["linear"], &result["typical_error"]), (&Value::Null, &Value::Null));
    assert_eq!(result["logistic"]["models"].as_array().map(Vec::len), Some(3));
    let counts = result["confusion"]["counts"].as_array().expect("a table");
    let counted: f64 = counts.iter().flat_map(|row| row.as_array().expect("a row")).map(number).sum();
    assert_eq!((counted, &result["confusion"]["held_out"]), (60.0, &Value::Bool(true)));
    let confusion = std::fs::read_to_string(folder.join("texts/data/confusion.csv")).expect("written");
    assert!(confusion.starts_with("class,predicted,samples\nash,ash,"), "{confusion}");
    let weights = std::fs::read_to_string(folder.join("texts/data/output_weights.csv")).expect("written");
    assert_eq!(weights.lines().filter(|line| line.ends_with(",oak")).count(), 2, "{weights}");

    let predicted = typed(&folder, "predict texts/model.json texts.csv");
    assert!(predicted.stdout.starts_with("probability_ash,probability_elm,probability_oak,class\n"));
    assert!(predicted.stderr.contains("accuracy 0."), "{}", predicted.stderr);
    let mut lines = predicted.stdout.lines().skip(1);
    let line: Vec<&str> = lines.next().expect("a row").split(',').collect();
    let chances: Vec<f64> = line[..3].iter().map(|chance| chance.parse().expect("a number")).collect();
    assert!((chances.iter().sum::<f64>() - 1.0).abs() < 1e-12);
    let largest = (0..3).max_by(|&a, &b| chances[a].total_cmp(&chances[b])).expect("three");
    assert_eq!(line[3], ["ash", "elm", "oak"][largest]);
    let explained = typed(&folder, "predict texts/model.json texts.csv --explain 1");
    let said = format!("{} with a chance of {:.4}: score", line[3], chances[largest]);
    assert!(explained.stdout.contains(&said), "{}", explained.stdout);

    // With a linear part each class has its own, and what explains a chance adds up to the score.
    let linear = json(&folder, &format!("fit texts.csv {fit} linear --linear"));
    let with_linear = &linear["results"][0];
    assert_eq!(with_linear["linear_part"].as_array().map(Vec::len), Some(12));
    assert!(number(&with_linear["linear_adds"]) > 0.0);
    let explained = json(&folder, "predict linear/model.json texts.csv --explain 1");
    let explained = &explained["results"][0];
    let parts = explained["patches"].as_array().expect("patches").iter();
    let of_part =
        |patch: &Value| numbers(&patch["filters"]).iter().sum::<f64>() + number(&patch["linear_part"]);
    let sum = number(&explained["intercept"]) + parts.map(of_part).sum::<f64>();
    let last = &explained["patches"].as_array().expect("patches")[1]["running_sum"];
    assert!((sum - number(last)).abs() < 1e-12);

    // Numbers are classes only if that is said; then they are the same ones, in the order of the numbers.
    let as_numbers = json(&folder, &format!("fit numbers.csv {fit} scale"));
    assert_eq!(as_numbers["results"][0]["objective"]["kind"], "squares");
    let named = json(&folder, &format!("fit numbers.csv {fit} numbers --loss logistic"));
    assert_eq!(named["settings"]["classes"], serde_json::json!(["-1.5", "7", "30"]));
    let log_loss = |result: &Value| number(&result["loss"]);
    assert!((log_loss(&named["results"][0]) - log_loss(result)).abs() < 1e-9);
    let streamed = json(&folder, &format!("fit numbers.csv {fit} streamed --loss logistic --stream"));
    assert_eq!(streamed["settings"]["classes"], named["settings"]["classes"]);
    let scored = typed(&folder, "predict numbers/model.json numbers.csv --out numbers.csv.out.csv");
    assert!(scored.stdout.contains("log-loss"), "{}", scored.stdout);
    let many = (0..25).map(|i| format!("{i},{i},k{i}\n")).collect::<String>();
    std::fs::write(folder.join("many.csv"), format!("a,b,kind\n{many}")).expect("written");
    let refused = typed(&folder, "fit many.csv --target kind --patch-len 1");
    let message = "and 17 more: there may be 20 classes at most; choose one with --target-is\n";
    assert!(refused.code == 2 && refused.stderr.ends_with(message), "{}", refused.stderr);
}

/// A leak goes from the teacher into the labels, from the flag into the fit, and from the model into predictions and explanations.
#[test]
fn a_leak_goes_all_the_way() {
    let folder = folder("a_leak_goes_all_the_way");
    let generated = json(&folder, &format!("{GENERATE} --negative-slope 0.2 --out data.csv"));
    assert_eq!(generated["settings"]["negative_slope"], 0.2);
    let teacher = &read_json(&folder.join("data.teacher.json"))["results"][0]["teacher"];
    assert_eq!(teacher["negative_slope"], 0.2);
    let fit = "fit data.csv --target y --patch-len 3 --folds none --no-intercept";
    let value = json(&folder, &format!("{fit} --negative-slope 0.2 --out leaky"));
    let found = &value["results"][0];
    assert_eq!(
        (&value["settings"]["options"]["negative_slope"], &found["negative_slope"]),
        (&0.2.into(), &0.2.into())
    );
    assert!(furthest(&network(teacher), &network(found)) < 1e-9);
    let page = fs::read_to_string(folder.join("leaky/index.html")).expect("a page");
    assert!(page.contains("--negative-slope 0.2") && page.contains("negative slope"));
    // The wrong activation does not fit.
    let rectifier = fitted(&folder, &format!("{fit} --out rectifier"));
    assert_eq!(rectifier["negative_slope"], 0.0);
    assert!(number(&rectifier["train_r2"]) < 0.99, "{}", rectifier["train_r2"]);
    let said = succeeds(&folder, &format!("{fit} --negative-slope 0.2 --out text"));
    assert!(said.lines().any(|line| line.ends_with(" 0.2") && line.contains("negative slope")), "{said}");
    assert!(!succeeds(&folder, &format!("{fit} --out none")).contains("negative slope"));

    let values = predictions(&succeeds(&folder, "predict leaky/model.json data.csv --quiet"));
    let table = fs::read_to_string(folder.join("data.csv")).expect("a table");
    let labels =
        table.lines().skip(1).map(|line| line.rsplit(',').next().expect("cells").parse().expect("a number"));
    assert!(furthest(&values, &labels.collect::<Vec<f64>>()) < 1e-9);
    let explained = json(&folder, "predict leaky/model.json data.csv --explain 7");
    let explained = &explained["results"][0];
    assert!((number(&explained["prediction"]) - values[6]).abs() < 1e-12);
    // A model whose patches all contribute: none is just off.
    let shares = explained["patches"].as_array().expect("patches");
    assert!(shares.iter().all(|share| number(&share["filters"][0]) != 0.0), "{explained}");
    // A search may begin at a model of another slope.
    let from = format!("{fit} --negative-slope 0.2 --start rectifier/model.json --out again");
    assert!(furthest(&network(&fitted(&folder, &from)), &network(found)) < 1e-9);

    let refused = |line: &str, message: &str| {
        let outcome = typed(&folder, line);
        assert_eq!(outcome.code, 2, "{line}");
        assert!(outcome.stderr.contains(message), "{line}: {}", outcome.stderr);
    };
    let linear = "with a negative slope of 1 the network is a linear model";
    refused(&format!("{fit} --negative-slope 1 --out refused"), linear);
    refused(&format!("{fit} --negative-slope -0.1 --out refused"), "negative slope -0.1 is not from 0 to 1");
    refused(
        &format!("{GENERATE} --negative-slope 2 --out refused.csv"),
        "negative slope 2 is not from 0 to 1",
    );
    let recovery =
        "recovery --patch-dim 2 --patches 4 --sum-ratio 1 --samples 2000 --runs 320 --step-size 0.2";
    refused(&format!("{recovery} --negative-slope 1"), linear);
    let value = json(&folder, &format!("{recovery} --negative-slope 0.5 --out recovery.csv"));
    let (row, setting) = (&value["results"][0], &value["settings"]["negative_slope"]);
    assert_eq!((&row["negative_slope"], setting), (&0.5.into(), &0.5.into()));
    let exact = "probability --patch-dim 2 --patches 4 --sum-ratio 1 --step-size 0.2 --negative-slope 0.5";
    let exact = number(&json(&folder, exact)["results"][0]["probability"]);
    assert!((number(&row["exact_probability"]) - exact).abs() < 1e-12);
    assert!(number(&row["lower"]) < exact && exact < number(&row["upper"]), "{row}");
    let csv = fs::read_to_string(folder.join("recovery.csv")).expect("a table");
    assert!(csv.starts_with("patch_dim,patches,sum_ratio,scale_ratio,negative_slope,step_size,"), "{csv}");
}
