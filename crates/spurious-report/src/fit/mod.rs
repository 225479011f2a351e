//! A report on a fit of the model to data: what was found, how good it is, and whether to believe it.
//!
//! Whoever calls has the data: this module sees the fit, and of the rows only the predictions that came with it.
//! The report is written for someone who knows the data but not the theory; every sentence follows the numbers.
//!
//! Each part has one file with its text, picture, tables and CSV files:
//!
//! | part | file |
//! |---|---|
//! | comparison, scores, and how the minimum was found | `summary.rs` |
//! | filter and output weights | `filter.rs`, drawn by `arranged.rs` |
//! | predictions | `predictions.rs`, of several classes `classes.rs` |
//! | searches and their endings | `searches.rs` |
//! | standard errors and rank | `numbers.rs` |
//! | assumptions of the theory | `assumptions.rs` |
//!
//! `conclusions.rs` draws the conclusions on which words and pictures agree. Sentences depend on the numbers here and stand in
//! the code, unlike those of the other report.

mod arranged;
mod assumptions;
mod classes;
mod conclusions;
mod filter;
mod numbers;
mod predictions;
mod searches;
mod shape;
mod summary;

use spurious::fit::{Analysis, Labels, Optimiser, Options, Ridge, Scaling, Starts, Validation};

use crate::File;
use crate::document::Document;
use crate::numbers::{counted, thousands};
use conclusions::{Conclusions, shortened};

/// What a report on a fit is made from.
#[derive(Debug, Clone, Copy)]
pub struct FitReport<'a> {
    /// The fit and what it is judged by.
    pub analysis: &'a Analysis,
    /// Name of the file that the data came from.
    pub data_name: &'a str,
    /// Name of what is predicted.
    pub target_name: &'a str,
    /// What its classes are called.
    pub labels: &'a Labels,
    /// Names of the numbers of a row, in its order; those that are missing are numbered.
    pub columns: &'a [String],
    /// What was asked for.
    pub options: &'a Options,
    /// How samples were held out.
    pub validation: Validation,
}

/// The files of the report, as those of [`files`](crate::files); `results` is what `results.json` shall hold.
///
/// | file | what |
/// |---|---|
/// | `index.html` | the report; needs no other file to be read |
/// | `figures/NAME.svg`, `figures/NAME.pdf` | each figure |
/// | `data/filter.csv`, `data/output_weights.csv` | the network, entry by entry, with standard errors |
/// | `data/constants.csv` | bias, intercepts, and all that is a single number |
/// | `data/linear.csv` | the linear model, if there is one |
/// | `data/predictions.csv` | predictions of the samples, or of evenly spaced ones; with folds, of models that had not seen them |
/// | `data/confusion.csv` | which of several classes is taken for which |
/// | `data/choice.csv` | the shapes that were tried, if the shape was chosen |
/// | `data/comparison.csv` | the measures by which network and baseline are compared |
/// | `data/runs.csv`, `data/folds.csv`, `data/assumptions.csv` | searches, folds, moments of the patches |
/// | `results.json` | `results` |
/// | `command.txt` | `command_line` |
///
/// Same input, same bytes. Names are never taken for markup, whatever they contain.
pub fn fit_files(report: &FitReport<'_>, results: String, command_line: &str, version: &str) -> Vec<File> {
    document(&Conclusions::new(report)).files(results, command_line, version)
}

/// The whole report.
fn document(conclusions: &Conclusions<'_>) -> Document {
    let windows = &conclusions.report.analysis.windows;
    let (target, data) =
        (shortened(conclusions.report.target_name, 60), shortened(conclusions.report.data_name, 80));
    let held_out = match conclusions.report.validation {
        Validation::None => "none held out".into(),
        Validation::HoldOut(_) => {
            format!("{} held out", thousands(conclusions.report.analysis.validation_samples))
        }
        Validation::Folds(_) => format!("held out: {}", conclusions.report.analysis.held_out()),
    };
    // What is assumed of the target, and what was missing.
    let analysis = conclusions.report.analysis;
    let kind = Some(analysis.target_kind.to_string()).filter(|kind| !kind.is_empty());
    let remarks = kind
        .map(|kind| format!(" The target has {kind}."))
        .into_iter()
        .chain(analysis.about_missing().map(|missing| format!(" Values were missing {missing}.")));
    let remarks: String = remarks.collect();
    let parts = [
        Some(summary::part(conclusions)),
        Some(filter::part(conclusions)),
        predictions::part(conclusions),
        shape::part(conclusions),
        Some(searches::part(conclusions)),
        Some(numbers::part(conclusions)),
        Some(assumptions::part(conclusions)),
    ];
    Document {
        title: format!("{target} from {data}: a fit"),
        heading: format!(
            "Predicting {target} with {}{}",
            conclusions.filters(),
            conclusions.and_linear_part()
        ),
        subtitle: format!(
            "A small network, {} of {} shared by {}{}, fitted to data and compared with a {}",
            conclusions.filters(),
            counted(windows.patch_dim() as u64, "number"),
            counted(windows.patches() as u64, conclusions.patch),
            conclusions.and_linear_part(),
            conclusions.report.analysis.beside_network().map_or("linear model", |beside| beside.name)
        ),
        source: format!(
            "{data}: {} of {} were fitted, {held_out}.{remarks}",
            counted(conclusions.fit.samples, "sample"),
            counted(windows.width() as u64, "number"),
        ),
        // The last column of a table holds sentences here.
        style: ".prose td:last-child{white-space:normal}\n.prose tbody th{padding:.4rem .6rem}\n\
                .prose tbody tr+tr th{border-top:1px solid var(--line)}\n",
        parts: parts.into_iter().flatten().collect(),
        settings: settings(conclusions),
        note: "Angles in files are in radians; rows, columns, entries and patches are counted from 1.",
    }
}

fn settings(conclusions: &Conclusions<'_>) -> Vec<(&'static str, String)> {
    let options = conclusions.report.options;
    let yes = |value: bool| String::from(if value { "yes" } else { "no" });
    let step = |step: Option<f64>| step.map_or("automatic".to_string(), |step| step.to_string());
    let optimiser = match options.optimiser {
        Optimiser::Auto if !conclusions.fit.objective.is_squares() => {
            "automatic: damped steps of Newton’s method from random filters and their opposites, around the lowest ends, from the antipode"
                .into()
        }
        Optimiser::Auto => {
            "automatic: least squares from random filters and their opposites, around the lowest ends, from the antipode"
                .into()
        }
        Optimiser::LeastSquares if !conclusions.fit.objective.is_squares() => {
            "damped steps of Newton’s method".into()
        }
        Optimiser::LeastSquares => "least squares".into(),
        Optimiser::Descent { step_size, most_steps } => {
            format!(
                "gradient descent, step size {}, at most {} steps",
                step(step_size),
                thousands(most_steps)
            )
        }
        Optimiser::Batches { step_size, epochs, samples } => format!(
            "gradient descent on batches of {}, step size {}, {epochs} passes over the data",
            thousands(samples as u64),
            step(step_size)
        ),
    };
    let search = &conclusions.fit.search;
    let starts = match &options.starts {
        _ if search.finished < search.searches => format!(
            "{} at random, with their opposites, of which the lowest {} were carried to the end",
            search.searches, search.finished
        ),
        Starts::Auto if options.optimiser == Optimiser::Auto => {
            "at random, until the best minimum has been reached several times, 64 at most".into()
        }
        Starts::Auto => "8 at random".into(),
        Starts::Random(count) => format!("{} at random", thousands(*count as u64)),
        Starts::FourSigns => "one at random, with all four choices of signs".into(),
        Starts::Given(_) => "the network given".into(),
    };
    let scaling = match options.scaling {
        Scaling::None => "none",
        Scaling::Standardise => "standardise",
        Scaling::Whiten => "whiten",
    };
    let ridge = match options.ridge {
        Ridge::Fixed(penalty) => penalty.to_string(),
        Ridge::Auto if options.optimiser.descends() => "none".into(),
        Ridge::Auto => format!("{} chosen by cross-validation", conclusions.fit.ridge),
    };
    let held_out = match conclusions.report.validation {
        Validation::None => "none".into(),
        Validation::HoldOut(share) => format!("a share of {share}, at random"),
        Validation::Folds(_) => conclusions.report.analysis.held_out(),
    };
    let loss = if conclusions.fit.objective.is_squares() { "squares" } else { "logistic loss" };
    let slope = options.activation.negative_slope();
    let slope = (slope != 0.0).then(|| ("negative slope", slope.to_string()));
    let mut settings = vec![
        ("minimised", loss.into()),
        ("search", optimiser),
        ("starts", starts),
        ("seed", options.seed.to_string()),
        ("intercept", yes(options.intercept)),
        ("filter bias", yes(options.filter_bias)),
        ("scaling of patches", scaling.into()),
        ("penalty on output weights", ridge),
        ("held out", held_out),
        ("resamples for standard errors", options.bootstrap.to_string()),
    ];
    settings.extend(slope);
    settings
}
