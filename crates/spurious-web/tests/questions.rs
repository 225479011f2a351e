//! What the page gets is what the library has: the same numbers under the same keys, and the library's own sentences.

use serde_json::{Value, json};
use spurious::dynamics::run::Recording;
use spurious::dynamics::trace::Trace;
use spurious::probability::{ProbabilityAnswer, ProbabilityQuestion};
use spurious::separatrix::critical_angle;
use spurious::width::{OutputScale, WidthExperiment};
use spurious::{Algorithm, Cell, Ensemble, Quadrature, landscape, success_probability};
use spurious_web::ask;

fn answer(question: Value) -> (Value, Vec<f64>) {
    let answer = ask(&question.to_string());
    (serde_json::from_str(answer.json()).expect("JSON"), answer.numbers().to_vec())
}

fn refusal(question: Value) -> String {
    let (answer, numbers) = answer(question);
    assert!(numbers.is_empty());
    answer["error"].as_str().unwrap_or_default().to_owned()
}

fn cell() -> Cell {
    Cell::new(5, 25, 4.0, 1.0).expect("a cell")
}

/// A question about that cell.
fn about(request: &str, more: Value) -> Value {
    let mut question = json!({"request": request, "patch_dim": 5, "patches": 25, "sum_ratio": 4});
    for (key, value) in more.as_object().into_iter().flatten() {
        question[key] = value.clone();
    }
    question
}

#[test]
fn landscapes_are_those_of_the_library() {
    let (found, _) = answer(about("landscape", json!({})));
    let expected = landscape(5, &cell().shape()).expect("a landscape");
    assert_eq!(found["landscape"], serde_json::to_value(&expected).expect("JSON"));
    assert_eq!((found["has_trap"].as_bool(), found["norm_squared"].as_f64()), (Some(true), Some(1.0)));
    assert_eq!(found["sentence"], expected.sentence());
}

/// On the surface of the smallest losses the critical points have their losses, in the units of a run.
#[test]
fn losses_are_smallest_at_the_minima() {
    for scale_ratio in [1.0, 2.0] {
        let cell = json!({"scale_ratio": scale_ratio});
        let (found, _) = answer(about("landscape", cell));
        let unit = found["norm_squared"].as_f64().expect("a number");
        for point in found["landscape"]["points"].as_array().expect("points") {
            let number = |key: &str| point[key].as_f64().expect("a number");
            let grid = json!({"scale_ratio": scale_ratio, "angles": [number("angle")], "signals": [number("signal") * unit]});
            let (_, losses) = answer(about("losses", grid));
            // Both are sums of a few terms of the size of ‖b‖².
            assert!((losses[0] - unit * number("loss")).abs() < 1e-14 * unit, "{point}: {}", losses[0]);
        }
    }
}

/// A boundary is made of the critical angles of the library; runs on either side of it differ.
#[test]
fn boundaries_separate_the_verdicts() {
    for step_size in [None, Some(0.1)] {
        let question =
            json!({"step_size": step_size, "sum": 0.3, "signals": [-0.3, 0.0, 0.4], "signal": 0.1});
        let (found, angles) = answer(about("boundary", question));
        assert_eq!(found["has_boundary"], true);
        for (signal, angle) in
            [-0.3, 0.0, 0.4].into_iter().zip(angles).chain([(0.1, found["angle"].as_f64().expect("one"))])
        {
            let expected =
                critical_angle(&cell(), step_size, 0.3, signal, &()).expect("found").expect("a trap").angle();
            assert!((angle - expected).abs() < 1e-12, "{angle} {expected}");
            for (side, verdict) in [(-1e-6, "global"), (1e-6, "spurious")] {
                let run =
                    json!({"step_size": step_size, "angle": angle + side, "sum": 0.3, "signal": signal});
                assert_eq!(answer(about("run", run)).0["run"]["verdict"], verdict);
            }
        }
    }
}

#[test]
fn there_is_no_boundary_without_a_trap() {
    let none = |more: Value| {
        let mut question = about("boundary", json!({"sum": 0, "signals": [0.1], "signal": 0.1}));
        more.as_object().into_iter().flatten().for_each(|(key, value)| question[key] = value.clone());
        let (found, angles) = answer(question);
        assert_eq!((&found["has_boundary"], &found["angle"], angles.len()), (&false.into(), &Value::Null, 0));
    };
    none(json!({"sum_ratio": 9}));
    none(json!({"negative_slope": 1}));
    none(json!({"patch_dim": 1}));
    // All output weights of the teacher are equal: with a sum of 0 there is no other signal than 0.
    let question =
        json!({"patches": 2, "sum_ratio": 2, "negative_slope": 0, "sum": 0, "signals": [0.1, 0.0]});
    let (found, angles) = answer(about("boundary", question));
    assert!(found["has_boundary"] == false || angles[0].is_nan());
}

/// A path is the trajectory of the library, thinned; its ends are kept.
#[test]
fn runs_are_those_of_trace() {
    for (name, step_size) in [("gd", Some(0.1)), ("gd", None), ("momentum", Some(0.02)), ("adam", Some(0.02))]
    {
        let question =
            json!({"trial": 1, "step_size": step_size, "algorithm": name, "max_steps": 2000, "points": 100});
        let (found, block) = answer(about("run", question));
        let trace = Trace {
            cell: cell(),
            step_size,
            algorithm: Algorithm::named(name).expect("a name"),
            full: false,
            angle: None,
            sum: None,
            signal: None,
            seed: 1,
            trial: 1,
            max_steps: 2000,
            max_time: 1e6,
            recording: Recording::PerDecade(100),
        };
        let (run, start) = trace.run(&()).expect("a run");
        assert_eq!(found["run"], serde_json::to_value(&run).expect("JSON"));
        assert_eq!(found["run"]["sentence"], run.sentence);
        assert_eq!(found["start"]["angle"].as_f64(), Some(start.angle()));
        let moments = found["moments"].as_u64().expect("a count") as usize;
        assert_eq!((block.len(), moments), (8 * moments, run.trajectory.len().min(100)));
        let column = |i: usize| &block[i * moments..(i + 1) * moments];
        let (first, last) = (run.trajectory[0], run.trajectory[run.trajectory.len() - 1]);
        assert_eq!((column(3)[0], column(6)[0]), (first.angle, first.signal));
        assert_eq!((column(0)[moments - 1], column(2)[moments - 1]), (last.step as f64, last.loss));
        assert!(column(1).is_sorted());
    }
}

#[test]
fn algorithms_are_compared_from_one_start() {
    let algorithms =
        json!({"trial": 1, "step_size": 0.02, "algorithms": ["gd", "momentum", "adam"], "points": 50});
    let (found, block) = answer(about("compare", algorithms));
    let rows = found["rows"].as_array().expect("rows");
    let verdicts: Vec<&str> = rows.iter().filter_map(|row| row["verdict"].as_str()).collect();
    assert_eq!(verdicts, ["spurious", "spurious", "global"]); // as in the README
    let moments: Vec<usize> =
        rows.iter().filter_map(|row| row["moments"].as_u64()).map(|count| count as usize).collect();
    assert_eq!(block.len(), 8 * moments.iter().sum::<usize>());
    assert_eq!(rows[1]["algorithm"], "momentum");
    assert_eq!(rows[1]["momentum"], 0.9);
}

#[test]
fn probabilities_are_exact() {
    let (found, _) = answer(about("probability", json!({})));
    let expected = ProbabilityAnswer::new(&cell(), None, 0, &ProbabilityQuestion::default(), &())
        .expect("a probability");
    assert_eq!(found, serde_json::to_value(&expected).expect("JSON"));
}

#[test]
fn tiles_have_a_probability_for_each_cell() {
    let question =
        json!({"request": "tiles", "patch_dim": 5, "patches": [1, 3, 25], "sum_ratios": [1, 4, 9]});
    let (found, tile) = answer(question);
    let quadrature = Quadrature::to(1e-4).expect("a tolerance");
    for (i, &sum_ratio) in [1.0, 4.0, 9.0].iter().enumerate() {
        for (j, &patches) in [1, 3, 25].iter().enumerate() {
            match Cell::new(5, patches, sum_ratio, 1.0) {
                Ok(cell) => {
                    let exact = success_probability(&cell, None, &quadrature, &()).expect("a probability");
                    assert_eq!(tile[3 * i + j], exact.probability);
                }
                Err(_) => assert!(tile[3 * i + j].is_nan()),
            }
        }
    }
    let critical = found["critical_sum_ratio"][2].as_f64().expect("a number");
    assert!((critical - (1.0 + 24.0 / std::f64::consts::PI)).abs() < 1e-12);
    assert_eq!(answer(json!({"request": "paper"})).0["cells"].as_array().map(Vec::len), Some(36));
}

/// Pieces add up to the whole, in counts and in starts.
#[test]
fn batches_are_the_same_in_pieces() {
    let piece = |first: u64, runs: u64, before: &Value| {
        let more = json!({"step_size": 0.1, "first": first, "runs": runs, "before": before});
        answer(about("batch", more))
    };
    let (whole, starts) = piece(0, 300, &Value::Null);
    let (first, _) = piece(0, 100, &Value::Null);
    let (second, rest) = piece(100, 200, &first["counts"]);
    assert_eq!(whole, second);
    assert_eq!(starts[100..300], rest[..200]);
    let counts =
        Ensemble::new(cell(), 0.1, 1, 0).and_then(|ensemble| ensemble.counts(0..300, &())).expect("counts");
    assert_eq!(whole["estimate"], serde_json::to_value(counts.estimate()).expect("JSON"));
    let verdicts = &starts[900..1200];
    assert_eq!(verdicts.iter().filter(|verdict| **verdict == 1.0).count() as u64, counts.global);
}

#[test]
fn students_of_several_filters_are_counted_in_pieces() {
    let piece = |first: u64, before: &Value| {
        let more = json!({"filters": 2, "step_size": 0.1, "first": first, "runs": 20, "before": before});
        answer(about("width", more)).0
    };
    let whole = piece(20, &piece(0, &Value::Null));
    let experiment = WidthExperiment::new(cell(), OutputScale::Divided, 0.1, 40, 1).expect("an experiment");
    let row = experiment.row(2, experiment.single_probability(&()).expect("P₁"), &()).expect("a row");
    assert_eq!(whole, serde_json::to_value(&row).expect("JSON"));
}

/// Whoever writes a question gets a sentence.
#[test]
fn questions_that_cannot_be_answered_are_refused_in_words() {
    assert_eq!(
        refusal(about("landscape", json!({"sum_ratio": 30}))),
        "sum ratio 30 is larger than the number of patches 25"
    );
    assert_eq!(
        refusal(about("landscape", json!({"patches": 0}))),
        "number of patches 0 is not a whole number from 1 to 1e9"
    );
    for (question, words) in [
        (json!({"request": "weather"}), "unknown variant `weather`"),
        (json!({}), "missing field `request`"),
        (json!([1]), "the question cannot be read"),
        (about("landscape", json!({"sum_ratio": null})), "the question cannot be read"),
        (about("run", json!({"angle": 4})), "angle 4"),
        (about("run", json!({"algorithm": "newton", "step_size": 0.1})), "newton"),
        (about("run", json!({"algorithm": "adam"})), "adam moves in steps: give a step size"),
        (about("run", json!({"step_size": 0.1, "max_steps": 1e9 as u64})), "use at most 1000000"),
        (about("run", json!({"points": 1e9 as u64})), "use at most 100000"),
        (
            about("run", json!({"patches": 100_000_000, "algorithm": "adam", "step_size": 0.1})),
            "numbers carried by adam",
        ),
        (about("losses", json!({"angles": vec![1; 2000], "signals": vec![1; 2000]})), "use at most 1000000"),
        (about("boundary", json!({"sum": 0, "signals": [0], "step_size": 1e-9})), "or gradient flow"),
        (about("batch", json!({"first": 0, "runs": 1e9 as u64, "step_size": 0.1})), "use at most 100000"),
        (
            about(
                "batch",
                json!({"first": 0, "runs": 1, "before": {"runs": 3, "global": 1, "spurious": 1, "undecided": 0}}),
            ),
            "do not add up",
        ),
        (
            about("width", json!({"filters": 17, "first": 0, "runs": 1, "step_size": 0.1})),
            "number of filters 17",
        ),
        (about("compare", json!({"step_size": 0.1, "algorithms": vec!["gd"; 50]})), "use at most 16"),
        (
            json!({"request": "tiles", "patch_dim": 5, "patches": vec![9; 100], "sum_ratios": vec![1; 100]}),
            "use at most 4096",
        ),
    ] {
        let refused = refusal(question);
        assert!(refused.contains(words), "{words}: {refused}");
    }
    assert!(ask(&"x".repeat(2_000_000)).json().contains("use at most 1048576"));
    assert!(ask("nonsense").json().contains("the question cannot be read"));
}
