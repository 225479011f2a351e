//! What does the page get for a thousand random questions, and how long does each kind take?
//!
//! With a folder as argument, questions and answers are written there as `answers.jsonl`, for the comparison of the module with this program
//! (`cargo xtask web`). Numbers of the block are written as the bits of doubles.

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt::Write;
use std::path::PathBuf;
use std::time::{Duration, Instant};
use std::{env, fs};

use rand::RngExt;
use serde_json::{Value, json};
use spurious::numerics::random::stream;

fn main() -> Result<(), Box<dyn Error>> {
    let mut times: BTreeMap<&str, (u32, Duration)> = BTreeMap::new();
    let mut lines = String::new();
    for number in 0..1000 {
        let (kind, question) = question(number);
        let question = question.to_string();
        let begin = Instant::now();
        let answer = spurious_web::ask(&question);
        let time = times.entry(kind).or_default();
        *time = (time.0 + 1, time.1 + begin.elapsed());
        let bits: Vec<String> =
            answer.numbers().iter().map(|number| format!("{:x}", number.to_bits())).collect();
        let line = json!({"question": question, "answer": answer.json(), "numbers": bits.join(" ")});
        writeln!(lines, "{line}")?;
    }
    for (kind, (count, time)) in times {
        println!(
            "{kind:12} {count:4} questions, {:8.3} ms each",
            1e3 * time.as_secs_f64() / f64::from(count)
        );
    }
    if let Some(folder) = env::args_os().nth(1).map(PathBuf::from) {
        fs::create_dir_all(&folder)?;
        fs::write(folder.join("answers.jsonl"), lines)?;
    }
    Ok(())
}

/// A random question, of all kinds in turn; most of them are about runs.
fn question(number: u64) -> (&'static str, Value) {
    let mut random = stream(17, 0, number);
    let mut uniform = || random.random::<f64>();
    let mut between = |low: f64, high: f64| low + (high - low) * uniform();
    let patches = between(2.0, 120.0).floor();
    let sum_ratio = between(0.0, 1.2 * (1.0 + (patches - 1.0) / 3.2)).min(patches);
    let negative_slope = if between(0.0, 1.0) < 0.3 { between(0.0, 0.5) } else { 0.0 };
    let scale_ratio = if between(0.0, 1.0) < 0.3 { between(0.3, 3.0) } else { 1.0 };
    // `hK` from 0 to 1 is where verdicts are theorems, if no step overshoots.
    let step_size = between(0.05, 1.0) * std::f64::consts::TAU / (patches + 2.2);
    let mut question = json!({
        "patch_dim": between(2.0, 12.0).floor(), "patches": patches, "sum_ratio": sum_ratio, "scale_ratio": scale_ratio,
        "negative_slope": negative_slope, "step_size": step_size
    });
    let (angle, sum, signal) = (between(0.0, 3.1), between(-1.0, 2.0), between(-0.5, 0.5));
    let kind =
        ["run", "run", "run", "flow", "compare", "boundary", "probability", "landscape", "batch", "width"]
            [(number % 10) as usize];
    let grid = |low: f64, high: f64, count: u32| -> Vec<f64> {
        (0..count).map(|i| low + (high - low) * f64::from(i) / f64::from(count - 1)).collect()
    };
    let more = match kind {
        "run" => json!({"angle": angle, "sum": sum, "signal": signal, "max_steps": 3000, "points": 50}),
        "flow" => json!({"step_size": null, "angle": angle, "sum": sum, "signal": signal, "points": 50}),
        "compare" => json!({
            "trial": number, "max_steps": 1000, "points": 20,
            "algorithms": ["gd", "momentum", "nesterov", "adam", "rmsprop", "sign", "sgd"]
        }),
        "boundary" => json!({"sum": sum, "signals": grid(-0.7, 1.3, 20), "signal": signal}),
        "probability" => json!({"step_size": null}),
        "landscape" if number % 20 == 7 => json!({
            "request": "losses", "angles": grid(0.0, 3.0, 10), "signals": grid(-0.7, 1.3, 10)
        }),
        "batch" => json!({"first": number, "runs": 50}),
        "width" => json!({"filters": 2, "first": number, "runs": 20, "step_size": 0.4 * step_size}),
        _ => json!({}),
    };
    let request = if kind == "flow" { "run" } else { kind };
    for (key, value) in [("request", json!(request))].into_iter().chain(entries(&more)) {
        question[key] = value;
    }
    // Sizes are whole numbers.
    for key in ["patch_dim", "patches"] {
        question[key] = json!(question[key].as_f64().unwrap_or(1.0) as u64);
    }
    (kind, question)
}

fn entries(object: &Value) -> impl Iterator<Item = (&str, Value)> {
    object.as_object().into_iter().flatten().map(|(key, value)| (key.as_str(), value.clone()))
}
