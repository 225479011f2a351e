//! The report keeps what it promises: links that resolve, nothing from outside, data that can be read, the same bytes
//! again, and a story that says what the data say.

mod common;

use std::collections::BTreeSet;
use std::sync::{LazyLock, Mutex};

use spurious::model::Cell;
use spurious::probability::{Quadrature, success_probability};
use spurious::{Error, Monitor};
use spurious_report::table1::{ParameterFit, Table1Cell};
use spurious_report::traces::TracedRun;
use spurious_report::{ReportSettings, Reproduction, files, reproduce};

use common::{Files, by_path, check_links, check_narrow_figures, parse, text};

const COMMAND: &str = "spurious reproduce --quick --out \"a <b> & c\"";
const VERSION: &str = "1.2.3";

static QUICK: LazyLock<Reproduction> =
    LazyLock::new(|| reproduce(&ReportSettings::quick(), &()).expect("the quick settings are valid"));

static REPORT: LazyLock<Files> = LazyLock::new(|| report(&QUICK));

fn report(reproduction: &Reproduction) -> Files {
    by_path(files(reproduction, COMMAND, VERSION))
}

/// The text of the page as a reader sees it.
fn visible(page: &str) -> String {
    let document = parse(page);
    let main = document.descendants().find(|node| node.has_tag_name("main")).expect("a page has a main part");
    main.descendants().filter(|node| node.is_text()).filter_map(|node| node.text()).collect()
}

#[test]
fn every_link_leads_to_a_file_or_a_place_on_the_page() {
    check_links(&REPORT);
}

/// Formulas are set as formulas: none is empty, and no mark of the source is left in the text.
#[test]
fn no_markup_is_left_in_the_text() {
    let page = text(&REPORT, "index.html");
    let read = visible(&page);
    for mark in ["$", "**", "^{", "_{", "10^"] {
        assert_eq!(read.find(mark).map(|at| read[at..].chars().take(40).collect::<String>()), None, "{mark}");
    }
    let document = parse(&page);
    let mut formulas = document.descendants().filter(|node| node.attribute("class") == Some("math"));
    assert!(formulas.all(|formula| formula.descendants().any(|node| node.is_text())));
}

#[test]
fn nothing_comes_from_outside() {
    for (path, bytes) in &*REPORT {
        if path.ends_with(".pdf") {
            assert!(bytes.starts_with(b"%PDF-"), "{path}");
            continue;
        }
        let content = String::from_utf8(bytes.clone()).expect("UTF-8");
        if path == "explorer.html" {
            assert!(content.contains("content=\"default-src 'none'; script-src 'sha256-"), "{path}");
            continue;
        }
        // The name of the SVG language is the only address.
        let addresses = content.replace("http://www.w3.org/2000/svg", "");
        assert!(!addresses.contains("http"), "{path}");
        for reference in ["<script", "<link", "<iframe", "<img", "src=\"", "@import", "javascript:"] {
            assert!(!content.contains(reference), "{path} has {reference}");
        }
        for (at, _) in content.match_indices("url(") {
            assert!(content[at..].starts_with("url(data:font/"), "{path}: {}", &content[at..at + 30]);
        }
    }
}

#[test]
fn figures_are_well_formed_and_say_what_they_show() {
    let report = &*REPORT;
    let figures: Vec<&String> = report.keys().filter(|path| path.ends_with(".svg")).collect();
    assert_eq!(figures.len(), 17);
    for path in figures {
        let svg = text(report, path);
        let document = parse(&svg);
        for part in ["title", "desc"] {
            let node =
                document.descendants().find(|node| node.has_tag_name(("http://www.w3.org/2000/svg", part)));
            assert!(node.and_then(|node| node.text()).is_some_and(|text| text.len() > 10), "{path}: {part}");
        }
        assert!(!svg.contains("NaN") && !svg.contains("inf\""), "{path}");
        assert!(report.contains_key(&path.replace(".svg", ".pdf")));
    }
}

#[test]
fn figures_can_be_read_on_a_telephone() {
    check_narrow_figures(&text(&REPORT, "index.html"));
}

/// Table 1 says what its experiment was: these numbers come from an independent computation in Python.
#[test]
fn the_table_tells_of_its_experiment() {
    let told = &QUICK.table1.likelihood;
    assert_eq!((told.runs, told.runs_interval), (4600, [2500, 8100]));
    let at = |runs: u64| told.by_runs.iter().find(|at| at.runs == runs).expect("it was tried").log_likelihood;
    for (runs, expected) in [(1000, -8.98), (2000, -3.13), (5000, -0.03), (10_000, -3.74), (20_000, -16.43)] {
        assert!((at(runs) - expected).abs() < 0.006, "{runs}: {}", at(runs));
    }
    assert!((told.scale_ratio - 1.0).abs() < 0.01);
    assert!(
        told.scale_interval.iter().zip([0.94, 1.065]).all(|(end, expected)| (end - expected).abs() < 0.005)
    );
    let fit = QUICK.table1.fit();
    let others = QUICK.table1.fits.iter().filter(|other| *other != fit);
    assert!(
        others
            .filter_map(|other| other.log_likelihood)
            .all(|other| other < fit.log_likelihood.expect("possible") - 5.0)
    );
}

#[test]
fn tables_have_headers() {
    let page = text(&REPORT, "index.html");
    let document = parse(&page);
    for table in document.descendants().filter(|node| node.has_tag_name("table")) {
        let count = |name: &str, scope: &str| {
            table
                .descendants()
                .filter(|node| node.has_tag_name(name) && node.attribute("scope").unwrap_or("") == scope)
                .count()
        };
        let caption = table.attribute("aria-labelledby").expect("every table has a caption");
        let caption = document.descendants().find(|node| node.attribute("id") == Some(caption));
        assert!(
            caption
                .is_some_and(|node| node.descendants().any(|part| part.text().is_some_and(|t| t.len() > 10)))
        );
        assert!(table.parent().is_some_and(|node| node.attribute("class") == Some("scroll")));
        let columns = count("th", "col");
        let rows = table.descendants().filter(|node| node.has_tag_name("tr")).count() - 1;
        assert_eq!(count("td", "") + count("th", "row"), rows * columns);
    }
}

#[test]
fn data_can_be_read() {
    let report = &*REPORT;
    for path in report.keys().filter(|path| path.ends_with(".csv")) {
        let csv = text(report, path);
        let mut lines = csv.lines();
        let columns: Vec<&str> = lines.next().expect("a header").split(',').collect();
        assert!(
            columns.iter().all(|name| name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')),
            "{path}"
        );
        let mut rows = 0;
        let is_word = |field: &str| {
            field.chars().all(|c| c.is_ascii_lowercase() || c == '_') && field != "nan" && field != "inf"
        };
        for line in lines {
            let fields: Vec<&str> = line.split(',').collect();
            assert_eq!(fields.len(), columns.len(), "{path}: {line}");
            assert!(
                fields
                    .iter()
                    .all(|f| f.is_empty() || is_word(f) || f.parse::<f64>().is_ok_and(f64::is_finite)),
                "{path}: {line}"
            );
            rows += 1;
        }
        assert!(rows > 0, "{path}");
    }
    // A column reads back to the very numbers.
    let csv = text(report, "data/table1.csv");
    let column =
        csv.lines().next().and_then(|h| h.split(',').position(|c| c == "probability")).expect("a column");
    for (line, cell) in csv.lines().skip(1).zip(&QUICK.table1.cells) {
        let read: f64 = line.split(',').nth(column).expect("a field").parse().expect("a number");
        assert_eq!(read, cell.probability);
    }
}

#[test]
fn results_are_json_without_gaps() {
    let report = &*REPORT;
    let json: serde_json::Value = serde_json::from_slice(&report["results.json"]).expect("JSON");
    assert_eq!((&json["command"], &json["version"]), (&"reproduce".into(), &VERSION.into()));
    assert_eq!(json["settings"], serde_json::json!({"runs": 500, "seed": 1, "quick": true}));
    let result = &json["results"][0];
    assert_eq!(result["table1"]["cells"].as_array().map(Vec::len), Some(36));
    assert_eq!(result["table1"]["cells"][2]["probability"].as_f64(), Some(QUICK.table1.cells[2].probability));
    // JSON has no NaN: it would have become null, which stands only for what does not exist.
    let mut missing = BTreeSet::new();
    collect_nulls(&json, "", &mut missing);
    let expected = [
        "angle",                 // the critical angle where nothing is trapped
        "factor",                // of undecided runs where none waits for its verdict
        "learning_coefficient",  // of a critical point that is no minimum
        "log_likelihood",        // of parameters for which the table is impossible
        "measured_closing",      // of a run that recovers the teacher
        "measured_rate",         // of a run that is trapped
        "monte_carlo_deviation", // where the probability is 1
        "paper_deviation",
        "phase_one_steps", // of a run that is trapped
        "phase_one_time",
        "predicted_closing",
        "predicted_rate",
        "sphere_dimension", // of an isolated critical point
    ];
    let unexpected: Vec<_> = missing.iter().filter(|key| !expected.contains(&key.as_str())).collect();
    assert!(unexpected.is_empty(), "{unexpected:?}");
}

/// The names of all keys whose value is null.
fn collect_nulls(value: &serde_json::Value, key: &str, found: &mut BTreeSet<String>) {
    match value {
        serde_json::Value::Null => {
            found.insert(key.to_string());
        }
        serde_json::Value::Array(items) => items.iter().for_each(|item| collect_nulls(item, key, found)),
        serde_json::Value::Object(map) => map.iter().for_each(|(key, item)| collect_nulls(item, key, found)),
        _ => {}
    }
}

/// Whoever reads the files relies on their names: `tests/keys.txt` has all of them, and changes only with the changelog.
#[test]
fn keys_and_columns_stay() {
    let json: serde_json::Value = serde_json::from_slice(&REPORT["results.json"]).expect("JSON");
    let mut found = BTreeSet::new();
    collect_keys(&json["results"][0], "", &mut found);
    for (path, bytes) in REPORT.iter().filter(|(path, _)| path.ends_with(".csv")) {
        let columns = std::str::from_utf8(bytes).expect("UTF-8").lines().next().expect("a header");
        found.insert(format!("{}: {columns}", path.trim_start_matches("data/")));
    }
    let kept =
        include_str!("keys.txt").lines().filter(|line| !line.starts_with('#')).map(String::from).collect();
    let changed: Vec<&String> = found.symmetric_difference(&kept).collect();
    assert!(changed.is_empty(), "{changed:?}");
}

/// All keys, each behind those of the objects that it is in.
fn collect_keys(value: &serde_json::Value, place: &str, found: &mut BTreeSet<String>) {
    match value {
        serde_json::Value::Array(items) => items.iter().for_each(|item| collect_keys(item, place, found)),
        serde_json::Value::Object(map) => map.iter().for_each(|(key, item)| {
            let place = if place.is_empty() { key.clone() } else { format!("{place}.{key}") };
            collect_keys(item, &place, found);
            found.insert(place);
        }),
        _ => {}
    }
}

#[test]
fn bytes_do_not_depend_on_threads() {
    let on = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
        pool.install(|| report(&reproduce(&ReportSettings::quick(), &()).expect("valid settings")))
    };
    let (one, two) = (on(1), on(2));
    assert_eq!(one.keys().collect::<Vec<_>>(), two.keys().collect::<Vec<_>>());
    for (path, bytes) in &one {
        assert!(*bytes == two[path], "{path} differs");
    }
}

#[test]
fn the_page_names_command_version_and_settings() {
    let report = &*REPORT;
    let page = visible(&text(report, "index.html"));
    assert!(page.contains(COMMAND) && page.contains(VERSION));
    assert_eq!(text(report, "command.txt"), format!("{COMMAND}\n"));
}

/// Figures link to the explorer with the run that they show.
#[test]
fn the_explorer_opens_with_what_figures_show() {
    let page = text(&REPORT, "index.html");
    let states: Vec<&str> = page
        .match_indices("href=\"explorer.html#")
        .filter_map(|(at, link)| page[at + link.len()..].split_once('"').map(|(state, _)| state))
        .collect();
    let start = |run: &TracedRun| {
        let start = run.trajectory[0];
        format!("angle={}&amp;sum={}&amp;signal={}", start.angle, start.sum, start.signal)
    };
    let traces = &QUICK.traces;
    let [recovering, trapped, _, phase, algorithms, width] = states[..] else { panic!("{states:?}") };
    assert!(recovering.ends_with(&start(&traces.recovering)), "{recovering}");
    assert!(trapped.ends_with(&start(&traces.trapped)), "{trapped}");
    assert!(phase.starts_with("view=phase") && algorithms.starts_with("view=algorithms"));
    assert!(width.starts_with("view=width") && width.ends_with("filters=4"), "{width}");
    assert!(text(&REPORT, "explorer.html").starts_with("<!doctype html>"));
}

/// Change the data, and the story changes.
#[test]
fn the_story_follows_the_data() {
    let page = |reproduction: &Reproduction| visible(&text(&report(reproduction), "index.html"));
    let told = visible(&text(&REPORT, "index.html"));
    assert_eq!(QUICK.restarts.all_recovered(), (true, true));
    assert!(told.contains("All of 8000 starts in 8 cells"));
    let fit = *QUICK.table1.fit();
    assert!(told.contains(&format!("It is {:.0} for p = 5", fit.chi_squared)), "{}", fit.chi_squared);
    assert!(told.contains(&format!("{} of its cells", fit.cells)));
    let run = &QUICK.traces.recovering.run;
    assert!(told.contains(&format!(
        "The run spends {} steps in a slow phase",
        run.phase_one_steps.expect("it recovers")
    )));
    assert!(
        told.contains(&format!("The rate measured is r = {:.5}", run.measured_rate.expect("it recovers")))
    );

    // Claims about all cells, and about those beyond the threshold, are counted.
    let largest =
        QUICK.table1.cells.iter().map(|c| (c.paper_probability - c.probability).abs()).fold(0.0, f64::max);
    assert!(told.contains(&format!(
        "All 36 probabilities in Table 1 of the paper lie within {largest:.3} of the exact ones"
    )));
    let beyond = QUICK.table1.cells.iter().filter(|cell| cell.criticality >= 1.0).count();
    assert!(told.contains(&format!("In Table 1 all {beyond} cells above it print 1.00")));
    assert!(told.contains(&format!("In Table 1, all {beyond} cells print 1.00")));
    let [low, high] = QUICK.table1.likelihood.scale_interval;
    assert!(told.contains(&format!(
        "β = 1.00, between {low:.2} and {high:.2}, and n = 4600 runs in each cell, between 2500 and 8100"
    )));
    let half = &QUICK.many_patches.approaches[1];
    let few = half.points.iter().find(|point| point.patches == 25).expect("it is among them");
    assert!(told.contains(&format!("{:.4} for k = 25, the smallest number in Table 1", few.difference)));
    assert!(few.difference > 5e-4 && half.three_digits > 25, "twenty-five patches are few for three digits");
    assert!(told.contains("The learning coefficient of the teacher is (k + p − 1)/2 = 22.00"));
    assert!(told.contains("k/2 + (p − 1)/3 = 18.00"));
    assert!(told.contains("For p = 5 the markers end at √p xc = √5 = 2.24, where xc = 1"));

    let mut changed = QUICK.clone();
    let free = changed
        .table1
        .cells
        .iter_mut()
        .rfind(|cell| cell.criticality > 1.2)
        .expect("some cells have no trap");
    free.paper_probability = 0.99;
    changed.restarts.cells[3].four_signs.global -= 1;
    changed.restarts.cells[3].four_signs.spurious += 1;
    let chosen = |fit: &&mut ParameterFit| (fit.patch_dim, fit.scale_ratio) == (5, 1.0);
    let best = changed.table1.fits.iter_mut().find(chosen).expect("p = 5, β = 1");
    best.chi_squared = 77.0;
    changed.table1.cells[0].counts.undecided = 3;
    let told = page(&changed);
    assert!(told.contains("7999 of 8000 starts in 8 cells succeeded"));
    assert!(told.contains("It is 77 for p = 5"));
    assert!(told.contains("3 of them remained undecided"));
    assert!(told.contains(&format!("In Table 1, {} of {beyond} cells print 1.00", beyond - 1)));
}

/// Remembers the stages with their totals and what is done of them, and cancels when so much is done in all.
struct Watch {
    stages: Mutex<Vec<(String, u64, u64)>>,
    most: u64,
}

impl Watch {
    fn new(most: u64) -> Self {
        Self { stages: Mutex::default(), most }
    }

    fn done(&self) -> u64 {
        self.stages.lock().expect("no panic").iter().map(|(_, _, done)| done).sum()
    }
}

impl Monitor for Watch {
    fn is_cancelled(&self) -> bool {
        self.done() >= self.most
    }

    fn begin(&self, stage: &str, total: Option<u64>) {
        let stage = (stage.to_owned(), total.expect("known beforehand"), 0);
        self.stages.lock().expect("no panic").push(stage);
    }

    fn advance(&self, units: u64) {
        self.stages.lock().expect("no panic").last_mut().expect("a stage has begun").2 += units;
    }
}

#[test]
fn progress_rises_to_the_end_of_every_stage() {
    let watch = Watch::new(u64::MAX);
    reproduce(&ReportSettings::quick(), &watch).expect("valid settings");
    let stages = watch.stages.into_inner().expect("no panic");
    assert_eq!(
        stages.iter().map(|(stage, _, _)| stage.as_str()).collect::<Vec<_>>(),
        [
            "exact probabilities",
            "random starts",
            "traced runs",
            "ways out of the trap",
            "many patches",
            "phase diagram",
            "leaky rectifiers",
            "algorithms",
            "several filters"
        ]
    );
    assert!(stages.iter().all(|(_, total, done)| done == total), "{stages:?}");
}

#[test]
fn cancelled_work_ends_within_its_stage() {
    for most in [0, 1, 50, 60, 500] {
        let watch = Watch::new(most);
        assert_eq!(reproduce(&ReportSettings::quick(), &watch), Err(Error::Cancelled));
        // No thread begins another item.
        assert!(watch.done() <= most + rayon::current_num_threads() as u64, "{most}");
    }
}

#[test]
fn no_runs_are_an_error() {
    let settings = ReportSettings { runs: 0, ..ReportSettings::quick() };
    let error = reproduce(&settings, &()).expect_err("nothing to run");
    assert_eq!(error.to_string(), "number of runs 0 is not positive: use a number above 0");
}

/// The two runs shown, and the numbers that the report stands on.
#[test]
fn numbers_are_what_theory_says() {
    let Reproduction { table1, traces, landscape, many_patches, phase_diagram, leak, .. } = &*QUICK;
    let fit = |p: usize| {
        table1.fits.iter().find(|fit| (fit.patch_dim, fit.scale_ratio) == (p, 1.0)).expect("compared")
    };
    // Exact probabilities against printed numbers: no randomness of ours.
    assert_eq!(fit(5).cells, 23);
    assert!((fit(5).chi_squared - 30.29).abs() < 0.01 && (fit(5).largest_deviation - 0.0139).abs() < 1e-4);
    assert!((fit(6).chi_squared - 249.39).abs() < 0.01 && (fit(4).chi_squared - 357.32).abs() < 0.01);
    assert!(
        table1
            .fits
            .iter()
            .all(|other| other == table1.fit() || other.chi_squared > fit(5).chi_squared + 10.0)
    );
    // Random starts: the sum of 29 squared deviations has mean 29 and spread 7.6.
    let squares: f64 = table1.cells.iter().filter_map(|cell| cell.monte_carlo_deviation).map(|d| d * d).sum();
    assert!((squares - 29.0).abs() < 4.0 * 7.6, "{squares}");
    assert!(table1.cells.iter().all(|cell| cell.step_size_covered && cell.counts.undecided == 0));
    // The step size moves the probability in its fifth digit; of a cell with the same step the library knows as much.
    let exact = |cell: &Table1Cell| {
        let at = Cell::new(5, cell.patches, cell.sum_ratio, 1.0).expect("a cell of the table");
        let exact = success_probability(&at, Some(cell.step_size), &Quadrature::default(), &());
        exact.expect("a covered step").probability
    };
    for cell in table1.cells.iter().step_by(7) {
        assert!((cell.iteration_probability - exact(cell)).abs() < 1e-8);
        assert!((cell.iteration_probability - cell.probability).abs() < 5e-5);
    }
    for steps in &table1.steps {
        assert_eq!(steps.classes.iter().map(|class| class.1).sum::<u64>(), steps.runs);
        assert!(steps.median <= steps.most && steps.most <= steps.largest);
    }

    let (measured, predicted) = (traces.recovering.run.measured_rate, traces.recovering.run.predicted_rate);
    assert!(measured.zip(predicted).is_some_and(|(m, p)| (m / p - 1.0).abs() < 1e-4));
    assert!(traces.reduction_error.largest() < 1e-11);
    assert!((traces.trapped.run.end.loss - traces.spurious_loss).abs() < 1e-5);
    assert!((traces.saddle_loss - traces.spurious_loss - landscape.barrier.expect("a trap")).abs() < 1e-15);

    for approach in &many_patches.approaches {
        assert!((approach.slope + 1.0).abs() < 0.01, "{}", approach.slope);
    }
    // The map knows no more patches than sum ratio allows, and is certain beyond the threshold alone.
    for cell in &phase_diagram.cells {
        assert!(cell.sum_ratio <= cell.patches as f64 && cell.error_bound < 1e-6);
        assert_eq!(cell.probability == 1.0, cell.criticality >= 1.0, "{cell:?}");
    }
    // A leak never helps, and gives a trap to a teacher that has none.
    assert!(leak.never_helps() && leak.curve[0].probability[2] == 1.0);
    let tenth = leak.curve.iter().find(|point| point.negative_slope == 0.1).expect("a slope of the table");
    assert!(
        (tenth.critical_sum_ratio - 10.563).abs() < 5e-4 && (tenth.probability[1] - 0.703941).abs() < 1e-6
    );
    let differences: Vec<f64> = many_patches.scaling.iter().map(|curve| curve.largest_difference).collect();
    assert!(differences.windows(2).all(|pair| pair[1] < pair[0]), "{differences:?}");
}
