//! The numbers of the network, their errors, and what the data cannot determine.

use spurious::fit::{Filter, Loss, Network, Ridge};
use spurious_plot::markup::literal;

use super::conclusions::Conclusions;
use crate::document::{Chapter, Grid, Part};
use crate::numbers::{counted, decimals, significant, thousands, with_error};

/// Lists longer than this are in the files alone.
const MOST_ROWS: usize = 24;

pub(super) fn part(conclusions: &Conclusions<'_>) -> Part {
    let network = &conclusions.fit.network;
    let mut chapter =
        Chapter::new("numbers", "Numbers and their errors").text(rank(conclusions)).text(noise(conclusions));
    let constant = conclusions.report.analysis.survey.assumptions.constant_columns;
    if constant > 0 {
        let (is, it) =
            if constant == 1 { ("is", "its filter entry is") } else { ("are", "their filter entries are") };
        chapter = chapter.text(format!(
            "{} of the {} of a row {is} the same in all samples. The part of {} in the prediction cannot be told from \
             the intercept. Where an entry is constant in every {}, {it} arbitrary.",
            thousands(constant as u64),
            counted(conclusions.report.analysis.windows.width() as u64, "number"),
            if constant == 1 { "it" } else { "them" },
            conclusions.patch
        ));
    }
    let (filter, weights) = (
        network.filters[0].weights.len() <= MOST_ROWS,
        network.scores() == 1 && network.filters[0].output_weights.len() <= MOST_ROWS,
    );
    let several = network.filters.len() > 1;
    if filter {
        let caption = if several {
            "The filters, which have length 1, with standard errors"
        } else {
            "The filter, which has length 1; by how many standard errors it differs from zero"
        };
        chapter = chapter.grid(filter_rows(conclusions), "filter", caption);
    }
    if weights {
        let caption = format!("The output weight of each {}", conclusions.patch);
        chapter = chapter.grid(weight_rows(conclusions), "output_weights", caption);
    }
    let mut sentences = constants(conclusions);
    sentences.extend(match (filter, weights) {
        (true, true) => None,
        (false, true) => Some("The filter is too long for a table here: it is in filter.csv.".to_string()),
        (true, false) => Some("The output weights are too many for a table here: they are in output_weights.csv.".into()),
        (false, false) => Some(
            "Filter and output weights are too many for a table here: they are in filter.csv and output_weights.csv.".into(),
        ),
    });
    sentences.push(
        match (&conclusions.fit.standard_errors, &conclusions.fit.bootstrap) {
            (None, _) => format!(
                "Fewer than five samples are left beyond the {} that the numbers take: no standard errors are given.",
                thousands(conclusions.fit.rank as u64)
            ),
            (_, None) => {
                "A standard error says how much a number varies between data sets of the same kind. These errors hold even if the model is \
                 not exact, as long as samples are independent of each other and the search ends at this minimum (sandwich errors). \
                 --bootstrap searches anew in each resample."
                    .into()
            }
            (_, Some(bootstrap)) => format!(
                "Standard errors are the spread of the numbers over {} resamples of the data, each searched anew.",
                thousands(bootstrap.resamples as u64)
            ),
        },
    );
    Part { chapters: vec![chapter.text(sentences.join(" "))], ..Part::default() }
}

fn noise(conclusions: &Conclusions<'_>) -> String {
    let fit = conclusions.fit;
    let spread = conclusions.report.analysis.survey.target_variance.sqrt();
    let samples = thousands(fit.samples);
    if fit.noise < 1e-7 * spread {
        return format!(
            "The network fits all {samples} samples exactly, to rounding: there is no noise, and no error to speak of."
        );
    }
    if let Loss::Logistic { low, high } = fit.objective {
        return format!(
            "From {samples} samples {} were fitted by logistic loss: the network adds up the logarithm of the odds of the higher class. \
             Beside what came true, its chances are off by {} as root mean square; without a model that is {}.",
            counted(fit.parameters as u64, "free parameter"),
            significant(fit.noise / (high - low), 3),
            significant(spread / (high - low), 3)
        );
    }
    if fit.objective.classes().is_some() {
        return format!(
            "From {samples} samples {} were fitted by logistic loss: the network adds up a score for each class, and chances are in the ratio \
             of the exponentials of scores. What all classes have in common changes no chance, and is zero.",
            counted(fit.parameters as u64, "free parameter"),
        );
    }
    format!(
        "From {samples} samples {} were fitted. What the network does not explain has a standard deviation of {}, beside {} of the \
         target itself.",
        counted(fit.parameters as u64, "free parameter"),
        significant(fit.noise, 3),
        significant(spread, 3)
    )
}

/// What the data cannot determine.
fn rank(conclusions: &Conclusions<'_>) -> String {
    let fit = conclusions.fit;
    if fit.rank >= fit.parameters {
        return format!(
            "**The data determines all {} free parameters of the network.** For each filter there is one fewer than there \
             are entries, because a filter and its output weights share a scale.",
            thousands(fit.parameters as u64)
        );
    }
    let few = if fit.samples <= fit.parameters as u64 {
        " There are no more samples than numbers to find."
    } else {
        " Some numbers of a patch always go together, or never vary, or the filter never reaches some patch."
    };
    format!(
        "**The data determines only {} of the {} numbers.**{few} Predictions do not suffer. But do not interpret \
         single parameters: {} of them can be changed without any change in the fit. Standard errors hold for the part that is \
         determined.",
        thousands(fit.rank as u64),
        thousands(fit.parameters as u64),
        match fit.parameters - fit.rank {
            1 => "one combination".to_string(),
            missing => counted(missing as u64, "combination"),
        }
    )
}

/// Sentences on single numbers.
fn constants(conclusions: &Conclusions<'_>) -> Vec<String> {
    let (network, options) = (&conclusions.fit.network, conclusions.report.options);
    let error = |of: fn(&Network) -> f64| conclusions.fit.standard_errors.as_ref().map_or(f64::NAN, of);
    let mut parts = Vec::new();
    if options.intercept && network.scores() > 1 {
        let of_class = |class: usize| {
            let error = conclusions.fit.standard_errors.as_ref().map(|errors| errors.intercepts[class]);
            let number = with_error(network.intercepts[class], error.unwrap_or(f64::NAN));
            format!("{} {number}", literal(&conclusions.report.labels.name(class)))
        };
        let each: Vec<String> = (0..network.scores()).map(of_class).collect();
        parts.push(format!("The intercepts of the classes are: {}.", each.join(", ")));
    } else if options.intercept {
        parts.push(match network.linear_part.is_empty() {
            true => format!(
                "The intercept is {}.",
                with_error(network.intercept, error(|errors| errors.intercept))
            ),
            false => format!("The intercept is {}.", significant(network.intercept, 4)),
        });
    }
    // A scaling that moves the patches gives a filter a bias even if none was fitted.
    if network.filters.iter().any(|filter| filter.bias != 0.0) {
        let biases = network.filters.iter().enumerate().map(|(i, filter)| {
            let errors = conclusions.fit.standard_errors.as_ref();
            with_error(filter.bias, errors.map_or(f64::NAN, |errors| errors.filters[i].bias))
        });
        let biases: Vec<String> = biases.collect();
        parts.push(match &biases[..] {
            [bias] => format!("The filter’s bias is {bias}."),
            biases => format!("The biases of the filters are {}.", biases.join(", ")),
        });
    }
    if conclusions.fit.ridge > 0.0 {
        parts.push(format!(
            "A penalty of {} on the output weights{} shrinks them towards zero. Their standard errors do not include \
             this shrinkage.",
            significant(conclusions.fit.ridge, 3),
            if options.ridge == Ridge::Auto { ", chosen by cross-validation," } else { "" }
        ));
    }
    parts
}

fn in_errors(value: f64, error: f64) -> String {
    let ratio = (value / error).abs();
    if ratio.is_finite() && ratio < 1e6 { decimals(ratio, 1) } else { "–".into() }
}

fn filter_rows(conclusions: &Conclusions<'_>) -> Grid {
    let (network, errors) = (&conclusions.fit.network, conclusions.fit.standard_errors.as_ref());
    let windows = &conclusions.report.analysis.windows;
    let [lines, positions] = windows.patch_shape();
    let line = lines == 1 || positions == 1;
    let place = |t: usize| match windows.patches() {
        1 => literal(&conclusions.column_at(0, t)),
        _ if line => (t + 1).to_string(),
        _ => format!("{}, {}", t / positions + 1, t % positions + 1),
    };
    let header = match windows.patches() {
        1 => "column",
        _ if line => "entry",
        _ if conclusions.patch == "tile" => "row, column of the tile",
        _ => "channel, position",
    };
    rows(header, network, errors, |filter| &filter.weights, place)
}

fn weight_rows(conclusions: &Conclusions<'_>) -> Grid {
    let (network, errors) = (&conclusions.fit.network, conclusions.fit.standard_errors.as_ref());
    let windows = &conclusions.report.analysis.windows;
    let [lines, positions] = windows.grid_shape();
    let (single, line) = (windows.patch_dim() == 1, lines == 1 || positions == 1);
    let place = |j: usize| match line {
        _ if single => literal(&conclusions.column_at(j, 0)),
        true => (j + 1).to_string(),
        false => format!("{}, {}", j / positions + 1, j % positions + 1),
    };
    let header = match (single, line) {
        (true, _) => "column",
        (false, true) => conclusions.patch,
        (false, false) => "row, column of tiles",
    };
    rows(header, network, errors, |filter| &filter.output_weights, place)
}

fn rows(
    header: &str,
    network: &Network,
    errors: Option<&Network>,
    of: fn(&Filter) -> &[f64],
    place: impl Fn(usize) -> String,
) -> Grid {
    let number = |i: usize, at: usize| {
        let error = errors.map_or(f64::NAN, |errors| of(&errors.filters[i])[at]);
        (of(&network.filters[i])[at], error)
    };
    let places = 0..of(&network.filters[0]).len();
    if network.filters.len() > 1 {
        let names: Vec<String> = (0..network.filters.len()).map(|i| format!("filter {}", i + 1)).collect();
        let columns: Vec<&str> = std::iter::once(header).chain(names.iter().map(String::as_str)).collect();
        let row = |at: usize| {
            let numbers = (0..network.filters.len()).map(|i| number(i, at));
            let numbers = numbers.map(|(value, error)| with_error(value, error));
            std::iter::once(place(at)).chain(numbers).collect()
        };
        return Grid::new(1, &columns, places.map(row));
    }
    let row = |at: usize| {
        let (value, error) = number(0, at);
        vec![place(at), with_error(value, error), in_errors(value, error)]
    };
    let columns = [header, "value ± standard error", "errors from zero"];
    Grid::new(1, &columns, places.map(row))
}
