//! The report on a fit keeps its promises for every shape of data: pages that parse, names that stay names, sheets that
//! read back, the same bytes again, and sentences that follow the numbers.

mod common;

use rand_distr::{Distribution, StandardNormal};
use spurious::fit::{
    Analysis, AntipodalRestart, Conclusion, Doubt, InMemory, Labels, Network, Optimiser, Options, Rows,
    Starts, Validation, Values, Windows, analyse, predict,
};
use spurious::numerics::random::stream;
use spurious_report::fit::{FitReport, fit_files};

use common::{Files, by_path, check_links, check_narrow_figures, parse, text};

/// Names that would be markup somewhere: in HTML, in XML, in figures, in text.
const NAMES: [&str; 8] = [
    "<b>&\"x\"",
    "$x_{1}$",
    "a_b^c",
    r"\mathrm{x}\$",
    "**bold**",
    "[link](#made)",
    "two\nlines\u{1}",
    "1,5 \"µm\"",
];

/// Data with a planted network, its fit, and all that a report needs.
struct Case {
    options: Options,
    validation: Validation,
    columns: Vec<String>,
    analysis: Analysis,
}

impl Case {
    /// `scale` multiplies the target, `noise` is relative to it.
    fn new(windows: Windows, validation: Validation, [scale, noise]: [f64; 2]) -> Self {
        Self::with(windows, validation, Options::default(), |value, random| scale * (value + noise * random))
    }

    fn with(
        windows: Windows,
        validation: Validation,
        options: Options,
        label: impl Fn(f64, f64) -> f64,
    ) -> Self {
        let (samples, width) = (240, windows.width());
        let mut random = stream(5, 0, 0);
        let mut normal = || -> f64 { StandardNormal.sample(&mut random) };
        let values: Vec<f64> = (0..samples * width).map(|_| normal()).collect();
        let filter = (0..windows.patch_dim()).map(|t| (1.0 + t as f64).cos()).collect();
        let weights = (0..windows.patches()).map(|j| 1.5 - (j % 3) as f64).collect();
        let teacher = Network::new(filter, weights).normalised();
        let rows = |target| Rows { values: Values::F64(&values), stride: width, target, weights: None };
        let zeros = vec![0.0; samples];
        let exact = predict(rows(&zeros), &windows, &teacher).expect("it fits");
        let target: Vec<f64> = exact.iter().map(|&y| label(y, normal())).collect();
        let mut data = InMemory::new(rows(&target), windows.clone()).expect("it fits");
        let analysis = analyse(&mut data, &options, validation, &()).expect("data that can be fitted");
        let columns = NAMES.iter().cycle().take(width).map(|name| (*name).to_string()).collect();
        Self { options, validation, columns, analysis }
    }

    fn signal() -> Self {
        let windows = Windows::consecutive(24, 6).expect("it divides");
        Self::new(windows, Validation::HoldOut(0.25), [1.0, 0.2])
    }

    fn files(&self) -> Files {
        self.named(NAMES[0], NAMES[1])
    }

    fn named(&self, data_name: &str, target_name: &str) -> Files {
        let report = FitReport {
            analysis: &self.analysis,
            data_name,
            target_name,
            labels: &Labels::Numbers,
            columns: &self.columns,
            options: &self.options,
            validation: self.validation,
        };
        by_path(fit_files(&report, "{}\n".into(), "spurious fit \"a <b> & c\"", "1.2.3"))
    }

    fn page(&self) -> String {
        visible(&text(&self.files(), "index.html"))
    }
}

/// Every shape that data can have, with every way of holding samples out.
fn cases() -> Vec<(&'static str, Case)> {
    let signal = |width, channels, length, validation, scale| {
        let windows = Windows::channels(width, channels, length).expect("it divides");
        Case::new(windows, validation, scale)
    };
    let image = |image: [usize; 2], tile, validation| {
        let windows = Windows::tiles(image[0] * image[1], image, tile).expect("it divides");
        Case::new(windows, validation, [1.0, 0.2])
    };
    let hold_out = Validation::HoldOut(0.25);
    vec![
        ("windows", Case::signal()),
        ("channels", signal(24, 3, 4, Validation::Folds(3), [1e9, 0.2])),
        ("many channels", signal(48, 12, 2, Validation::None, [1e-7, 0.2])),
        ("channels of single moments", signal(12, 3, 1, hold_out, [1.0, 0.2])),
        ("tiles", image([6, 6], [3, 3], hold_out)),
        ("columns", image([4, 4], [4, 1], Validation::None)),
        ("rows", image([4, 6], [1, 6], Validation::Folds(2))),
        ("one patch", signal(5, 1, 5, hold_out, [1.0, 0.2])),
        ("one number", signal(5, 1, 1, Validation::None, [1.0, 0.2])),
        ("one of both", signal(1, 1, 1, Validation::None, [1.0, 0.2])),
        ("one tile", image([3, 3], [3, 3], hold_out)),
        ("long windows", signal(90, 1, 45, Validation::None, [1.0, 0.2])),
        ("many windows", signal(90, 1, 2, Validation::None, [1.0, 0.2])),
        ("exact", signal(12, 1, 3, hold_out, [1.0, 0.0])),
        ("yes or no", {
            let windows = Windows::consecutive(12, 3).expect("it divides");
            let label = |value: f64, noise: f64| if value + 0.1 * noise > 0.5 { 1.0 } else { -1.0 };
            Case::with(windows, hold_out, Options::default(), label)
        }),
        ("counts", {
            let windows = Windows::consecutive(12, 3).expect("it divides");
            let label = |value: f64, noise: f64| (value + 0.1 * noise).round();
            Case::with(windows, hold_out, Options::default(), label)
        }),
    ]
}

/// The text of the page as a reader sees it.
fn visible(page: &str) -> String {
    parse(page)
        .root_element()
        .children()
        .filter(|node| node.has_tag_name("body"))
        .flat_map(|body| body.descendants())
        .filter(|node| node.is_text())
        .filter_map(|node| node.text())
        .collect()
}

/// The fields of a line of a CSV file.
fn records(csv: &str) -> Vec<Vec<String>> {
    let (mut records, mut record, mut field, mut quoted) = (Vec::new(), Vec::new(), String::new(), false);
    let mut letters = csv.chars().peekable();
    while let Some(c) = letters.next() {
        match c {
            '"' if quoted && letters.peek() == Some(&'"') => field.extend(letters.next()),
            '"' => quoted = !quoted,
            ',' if !quoted => record.push(std::mem::take(&mut field)),
            '\n' if !quoted => {
                record.push(std::mem::take(&mut field));
                records.push(std::mem::take(&mut record));
            }
            _ => field.push(c),
        }
    }
    assert!(record.is_empty() && field.is_empty() && !quoted, "the file ends with a line");
    records
}

#[test]
fn every_shape_becomes_a_report_that_is_whole() {
    for (name, case) in cases() {
        let files = case.files();
        let page = text(&files, "index.html");
        println!("{name}");
        check_links(&files);
        check_narrow_figures(&page);
        for (path, bytes) in files.iter().filter(|(path, _)| !path.ends_with(".pdf")) {
            let content = String::from_utf8(bytes.clone()).expect("UTF-8");
            if path.ends_with(".svg") {
                parse(&content);
            }
            let addresses = content.replace("http://www.w3.org/2000/svg", "");
            for forbidden in ["http", "<script", "<link", "<img", "src=\"", "@import"] {
                assert!(!addresses.contains(forbidden), "{name}: {path} has {forbidden}");
            }
            assert!(!content.contains("NaN") && !content.contains("inf\""), "{name}: {path}");
        }
        let said = visible(&page);
        for odd in ["NaN", "inf ", " 1 numbers", " 1 samples", "  ", " ,", " .", "..", "−0 "] {
            assert!(!said.contains(odd), "{name}: the page says {odd:?}: {}", around(&said, odd));
        }
    }
}

fn around(said: &str, what: &str) -> String {
    let at = said.find(what).map_or(0, |at| said[..at].chars().count());
    said.chars().skip(at.saturating_sub(60)).take(120).collect()
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    let (one, two) = (Case::signal().files(), Case::signal().files());
    assert!(one == two);
}

#[test]
fn names_are_never_markup() {
    let case = Case::signal();
    let plain = case.named("data", "target");
    let elements = |files: &Files| {
        let page = text(files, "index.html");
        let document = parse(&page);
        document.descendants().filter(|node| node.is_element() && !node.has_tag_name("tspan")).count()
    };
    for name in NAMES {
        let files = case.named(name, name);
        let shown = name.replace(['\n', '\u{1}'], " ");
        let page = visible(&text(&files, "index.html"));
        assert!(page.contains(&format!("Predicting {shown} with one filter")), "{name}");
        assert!(page.contains(&format!("to predict “{shown}”")), "{name}");
        // In figures, on an axis.
        let figure = text(&files, "figures/predictions.svg");
        let words: String = parse(&figure).descendants().filter_map(|node| node.text()).collect();
        assert!(
            words.contains(&format!("true {shown}").replace("  ", " ")) || name.contains('\n'),
            "{name}: {words}"
        );
        if !name.contains('$') {
            assert_eq!(elements(&files), elements(&plain), "{name}");
        }
    }
}

#[test]
fn sheets_read_back() {
    for (name, case) in cases() {
        let files = case.files();
        for path in files.keys().filter(|path| path.ends_with(".csv")) {
            let records = records(&text(&files, path));
            assert!(records.len() > 1, "{name}: {path} is empty");
            assert!(records.iter().all(|record| record.len() == records[0].len()), "{name}: {path}");
        }
        let column = |sheet: &str, column: &str| -> Vec<String> {
            let records = records(&text(&files, &format!("data/{sheet}.csv")));
            let at = records[0].iter().position(|name| name == column).expect("a column");
            records.into_iter().skip(1).map(|mut record| record.swap_remove(at)).collect()
        };
        let numbers = |sheet: &str, name: &str| -> Vec<f64> {
            column(sheet, name).iter().map(|field| field.parse().expect("a number")).collect()
        };
        let fit = &case.analysis.fit;
        assert_eq!(numbers("filter", "value"), fit.network.filters[0].weights, "{name}");
        let errors = fit.standard_errors.as_ref().expect("plenty of samples");
        assert_eq!(numbers("filter", "standard_error"), errors.filters[0].weights, "{name}");
        assert_eq!(numbers("output_weights", "value"), fit.network.filters[0].output_weights, "{name}");
        assert_eq!(numbers("runs", "loss"), fit.runs.iter().map(|run| run.loss).collect::<Vec<_>>());
        let points = numbers("predictions", "network");
        assert_eq!(points, case.analysis.predictions.iter().map(|point| point.network).collect::<Vec<_>>());
        // Coefficients stand in the order of the columns, under their names.
        let (linear, _) = case.analysis.linear.as_ref().expect("narrow rows");
        assert_eq!(numbers("linear", "coefficient"), linear.coefficients);
        assert_eq!(column("linear", "name"), case.columns, "{name}");
    }
}

#[test]
fn a_report_needs_neither_points_nor_a_linear_model_nor_names() {
    let mut case = Case::signal();
    case.analysis.linear = None;
    case.analysis.predictions.clear();
    case.analysis.comparison = None;
    case.columns.clear();
    let files = case.named("", "");
    assert!(!files.contains_key("data/linear.csv") && !files.contains_key("data/predictions.csv"));
    let page = visible(&text(&files, "index.html"));
    assert!(page.contains("There is no linear model to compare it with"));
    assert!(text(&files, "data/filter.csv").contains("column 1"));
}

#[test]
fn what_the_search_showed_is_told_as_it_is() {
    let mut case = Case::signal();
    let search = case.analysis.fit.search.clone();
    assert_eq!(search.antipodal_restart, AntipodalRestart::LeadsHigher);
    let page = case.page();
    assert!(page.contains("Not trapped, because the reversed filter leads to a higher minimum."));
    // The words of the library, which the terminal has too.
    assert!(page.contains(&search.reached()) && page.contains(&search.missed().expect("random starts")));
    for claim in ["global", "the best minimum that there is"] {
        assert!(!page.contains(claim), "{claim}");
    }
    let mut told = |restart, doubt, gap| {
        case.analysis.fit.search.antipodal_restart = restart;
        case.analysis.fit.search.doubt = doubt;
        case.analysis.fit.search.gap = gap;
        case.page()
    };
    let loss = 0.02;
    assert!(told(AntipodalRestart::ComesBack, None, None).contains("no minimum was found opposite to it"));
    for (doubt, words) in [
        (Doubt::NotArrived, "the search ended before it converged"),
        (Doubt::TooFewSamples, "there are too few samples for the number of parameters"),
        (Doubt::TooClose, "leads to a minimum as low within the noise"),
    ] {
        let page = told(AntipodalRestart::CannotTell, Some(doubt), Some(1e-3 * loss));
        assert!(page.contains("Cannot tell whether it is trapped") && page.contains(words), "{doubt:?}");
    }
    let page = told(AntipodalRestart::LeadsLower, None, Some(-0.25 * loss));
    assert!(page.contains("Trapped, because the reversed filter leads to a lower minimum."));
}

/// A real trap: a given start of the antipode, by a search that takes what it gets.
#[test]
fn a_trapped_run_is_called_trapped() {
    let windows = Windows::consecutive(24, 6).expect("it divides");
    let filter = (0..6).map(|t| -(1.0 + f64::from(t)).cos()).collect();
    let starts = Starts::Given(Network::new(filter, vec![0.1; 4]));
    let options = Options { optimiser: Optimiser::LeastSquares, starts, ..Options::default() };
    let label = |value: f64, noise: f64| value + 0.1 * noise;
    let case = Case::with(windows, Validation::HoldOut(0.25), options, label);
    assert_eq!(case.analysis.fit.search.antipodal_restart, AntipodalRestart::LeadsLower);
    let page = case.page();
    assert!(page.contains("Trapped, because the reversed filter leads to a lower minimum."));
    assert!(page.contains("one search was made."));
}

/// The page says what the comparison says, in its words.
#[test]
fn the_comparison_is_shown_as_it_is() {
    let mut case = Case::signal();
    let comparison = case.analysis.comparison.clone().expect("samples were held out");
    assert_eq!(comparison.conclusion, Conclusion::Better);
    for conclusion in [
        Conclusion::Better,
        Conclusion::Worse,
        Conclusion::CannotTell,
        Conclusion::NeitherPredicts,
        Conclusion::MeasuresDisagree,
    ] {
        let mut other = comparison.clone();
        other.conclusion = conclusion;
        other.measures[0].conclusion = conclusion;
        case.analysis.comparison = Some(other.clone());
        let page = case.page();
        assert!(page.contains(&other.headline()[1..]), "{conclusion:?}: {}", other.headline());
        assert!(page.contains(&other.details()), "{conclusion:?}: {}", other.details());
    }
}

#[test]
fn missing_rank_is_said_in_words() {
    let mut case = Case::signal();
    case.analysis.fit.rank = case.analysis.fit.parameters - 2;
    let page = case.page();
    assert!(
        page.contains("The data determines only 8 of the 10 numbers."),
        "{}",
        case.analysis.fit.parameters
    );
    assert!(page.contains("2 combinations"));
}
