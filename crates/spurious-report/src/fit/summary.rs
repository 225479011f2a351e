//! What was found, on one screen.

use spurious::export::variant_name;
use spurious::fit::{AntipodalRestart, Conclusion, Doubt};
use spurious_plot::{Area, Axis, Chart, Dash, Figure, Legend, Note, Paint, Rule};

use super::conclusions::{Conclusions, LINEAR, NETWORK};
use crate::charts::WIDE;
use crate::document::{Chapter, Grid, Part, Sheet, sheet};
use crate::numbers::{counted, decimals, sentence_of, significant, thousands};

/// Worse than this, a bar ends and only its number goes on.
const LOWEST: f64 = -1.0;

pub(super) fn part(conclusions: &Conclusions<'_>) -> Part {
    let sheets = [Some(constants(conclusions)), comparison(conclusions), linear(conclusions)];
    Part { chapters: vec![chapter(conclusions)], sheets: sheets.into_iter().flatten().collect() }
}

fn chapter(conclusions: &Conclusions<'_>) -> Chapter {
    let windows = &conclusions.report.analysis.windows;
    let network = &conclusions.fit.network;
    let shared = match windows.patches() {
        patches if network.filters.len() > 1 => format!(
            "The model lays {} **filters** over each of the {} {}s of a row, the same filters everywhere",
            network.filters.len(),
            thousands(patches as u64),
            conclusions.patch
        ),
        1 => format!("The model has one **filter** for the one {} of each row", conclusions.patch),
        patches => format!(
            "The model lays one **filter** over each of the {} {}s of a row, the same filter everywhere",
            thousands(patches as u64),
            conclusions.patch
        ),
    };
    let adds = match windows.patches() {
        1 => "and multiplies it by one **output weight**".to_string(),
        _ => format!("and adds up with one **output weight** for each {}", conclusions.patch),
    };
    let linear =
        if network.linear_part.is_empty() { "" } else { " and with a linear function of all numbers" };
    let files: &[&str] = match conclusions.report.analysis.comparison {
        Some(_) => &["constants", "comparison"],
        None => &["constants"],
    };
    Chapter::new("summary", "What was found")
        .text(prediction(conclusions))
        .picture(
            "scores",
            figure(conclusions),
            files,
            match conclusions.fit.objective.classes() {
                None => {
                    "**How well the models predict.** $R^2$ is the share of the target’s variance that a model predicts: 1 for perfect \
                     predictions, 0 for a model that always says the mean. On samples held out it can be negative."
                }
                Some(_) => {
                    "**How well the models predict.** $R^2$ is the share of the squares about the shares of the classes that a model’s chances \
                     explain: 1 for chances that are 1 for what comes true, 0 for a model that always says the shares of the classes. On \
                     samples held out it can be negative."
                }
            },
        )
        .text(format!(
            "{shared}, keeps what is positive, {adds}{linear} to predict “{}”. Here it is called the network.",
            conclusions.target
        ))
        .text(match network.filters.len() {
            1 => format!(
                "A search for the best filter can be **trapped**: it ends where the filter points the wrong way and every network nearby is \
                 worse. {}",
                found(conclusions)
            ),
            _ => found(conclusions),
        })
        .grid(
            scores(conclusions),
            "constants",
            "Both models and their $R^2$. A penalty shrinks the numbers of the linear model (ridge regression), as if there were fewer of \
             them",
        )
}

/// `gap` with what it is in per cent of the loss.
pub(super) fn gap_in_words(gap: f64, loss: f64) -> String {
    let share = gap.abs() / loss;
    // Beside an exact fit every gap is infinitely large.
    let gap = significant(gap.abs(), 3);
    match share {
        share if share < 1.0 => format!("{gap} ({} %)", significant(100.0 * share, 2)),
        share if share < 1000.0 => format!("{gap} ({} times as high)", significant(1.0 + share, 2)),
        _ => gap,
    }
}

/// What is known of the minimum: on samples no more than what the searches showed.
fn found(conclusions: &Conclusions<'_>) -> String {
    let (fit, search) = (conclusions.fit, &conclusions.fit.search);
    let mut text = format!(
        "**The best minimum found** has a loss of {}: {}. **{}** {}",
        significant(fit.loss, 4),
        search.reached(),
        sentence_of(search.restart()),
        restart(conclusions)
    );
    if let Some(fewer) = search.fewer_filters() {
        text += &format!(" **{}**", sentence_of(&fewer));
    }
    if let Some(missed) = search.missed() {
        text += &format!(" A lower minimum may exist: {missed}.");
    }
    text
}

/// What reversing the filter showed, and what it means.
fn restart(conclusions: &Conclusions<'_>) -> String {
    // The sentence before says all that was seen.
    if conclusions.fit.search.filters > 1 {
        return String::new();
    }
    let (fit, search) = (conclusions.fit, &conclusions.fit.search);
    let gap = search.gap.map(|gap| gap_in_words(gap, fit.loss));
    match (search.antipodal_restart, gap, search.doubt) {
        (AntipodalRestart::LeadsHigher, gap, _) => format!(
            "A search from the reversed filter ends at another minimum, whose loss is higher by {}.",
            gap.unwrap_or_else(|| "an unknown amount".into())
        ),
        (AntipodalRestart::ComesBack, ..) => {
            "A search from the reversed filter comes back to it: no minimum was found opposite to it.".into()
        }
        (AntipodalRestart::LeadsLower, gap, _) => format!(
            "A search from the reversed filter ends at a minimum whose loss is lower by {}. This fit keeps what its own starts led to, \
             as was asked; the automatic search would have taken the lower one.",
            gap.unwrap_or_else(|| "an unknown amount".into())
        ),
        (AntipodalRestart::CannotTell, Some(gap), Some(Doubt::TooClose)) => format!(
            "The losses of the two minima differ by {gap} only. On other samples of the same kind the other one could be lower. Do not \
             interpret the direction of the filter."
        ),
        (AntipodalRestart::CannotTell, _, Some(Doubt::TooFewSamples)) => {
            "The samples determine as many numbers of the model as there are samples. More samples are needed to tell.".into()
        }
        (AntipodalRestart::CannotTell, ..) => "More steps, or the automatic search, may tell.".into(),
    }
}

/// Who predicts better, and by how much.
fn prediction(conclusions: &Conclusions<'_>) -> String {
    let analysis = conclusions.report.analysis;
    let numbers = counted(conclusions.fit.parameters as u64, "free parameter");
    let Some(comparison) = &analysis.comparison else {
        let score = analysis.scores.validation.unwrap_or(analysis.scores.train);
        let on = if analysis.scores.validation.is_some() {
            "samples it has not seen"
        } else {
            "the samples it was fitted to"
        };
        let says =
            format!("The network, with {numbers}, predicts {} % of the variance of {on}.", percent(score));
        return match analysis.beside_network() {
            None => {
                format!(
                    "{says} There is no linear model to compare it with: the rows are too many and too wide for one."
                )
            }
            Some(beside) => format!(
                "{says} A {} with {} predicts {} % of the variance of the samples that it was fitted to. {}",
                beside.name,
                counted(beside.numbers() as u64, "number"),
                percent(beside.scores.train),
                if analysis.validation_samples == 0 {
                    "No samples were held out, and on samples that it was fitted to a model with more numbers always looks \
                     better: hold some out before you choose."
                } else {
                    "The samples held out all have the same target: they cannot tell which model predicts better."
                }
            ),
        };
    };
    let (name, numbers_beside) =
        analysis.beside_network().map_or(("linear model", 0), |beside| (beside.name, beside.numbers()));
    format!(
        "**{}** On {} samples that neither has seen: {}. The network has {numbers}, the {name} {}.{}",
        sentence_of(&comparison.headline()),
        thousands(comparison.samples),
        comparison.details(),
        thousands(numbers_beside as u64),
        caution(conclusions, comparison.conclusion)
    )
}

/// What the scores do not say.
fn caution(conclusions: &Conclusions<'_>, conclusion: Conclusion) -> String {
    let scores = conclusions.report.analysis.scores;
    let mut text = String::new();
    if conclusion == Conclusion::MeasuresDisagree {
        text += " Choose by what counts for you: R² for the size of errors, accuracy for right answers, AUC for the right order";
        text += if conclusions.fit.objective.is_squares() {
            "."
        } else {
            ", log-loss for chances that can be trusted."
        };
    }
    if scores.validation.is_some_and(|held_out| scores.train - held_out > 0.1) {
        text += &format!(
            " On the samples that it was fitted to the network reaches an R² of {}: it has learned some of their noise. More \
             samples, fewer and larger patches, or a larger penalty would help.",
            decimals(scores.train, 3)
        );
    }
    text
}

fn percent(share: f64) -> String {
    decimals(100.0 * share, 1)
}

fn scores(conclusions: &Conclusions<'_>) -> Grid {
    let analysis = conclusions.report.analysis;
    let held_out = |score: Option<f64>| score.map_or("–".into(), |score| decimals(score, 3));
    let mut rows = vec![vec![
        "network".into(),
        thousands(conclusions.fit.parameters as u64),
        decimals(analysis.scores.train, 3),
        held_out(analysis.scores.validation),
    ]];
    if let Some(beside) = analysis.beside_network() {
        rows.push(vec![
            beside.name.into(),
            format!(
                "{}, shrunk to {}{}",
                thousands(beside.numbers() as u64),
                decimals(beside.degrees_of_freedom(), 1),
                if beside.models[0].at_largest_penalty { " by the largest penalty tried" } else { "" }
            ),
            decimals(beside.scores.train, 3),
            held_out(beside.scores.validation),
        ]);
    }
    Grid::new(1, &["", "free parameters", "on samples fitted", "on samples held out"], rows)
}

/// `R²` of both models, on samples held out and on those that they were fitted to.
fn figure(conclusions: &Conclusions<'_>) -> Figure {
    let analysis = conclusions.report.analysis;
    let beside = analysis.beside_network();
    let linear = beside.map(|beside| beside.scores);
    let mut groups = vec![("samples fitted", analysis.scores.train, linear.map(|scores| scores.train))];
    if let Some(network) = analysis.scores.validation {
        groups.insert(0, ("samples held out", network, linear.and_then(|scores| scores.validation)));
    }
    let scores = || groups.iter().flat_map(|(_, network, linear)| [Some(*network), *linear]).flatten();
    let lowest = scores().fold(0.0, f64::min).max(LOWEST);
    let count = groups.len() as f64;
    let ticks = groups.iter().enumerate().map(|(i, (name, ..))| (count - i as f64, *name));
    let room = if lowest < 0.0 { 0.1 } else { 0.0 };
    let mut chart = Chart::new(
        Axis::linear("$R^2$, the share of the target’s variance that is predicted").over(lowest - room, 1.09),
        Axis::linear("").over(0.5, count + 0.5).with_ticks(ticks),
    );
    let both = linear.is_some();
    for (i, (_, network, linear)) in groups.iter().enumerate() {
        let middle = count - i as f64;
        let models = [
            ("network", Some(*network), NETWORK, 0.19),
            (beside.map_or("", |beside| beside.name), *linear, LINEAR, -0.19),
        ];
        for (label, score, paint, shift) in models {
            let Some(score) = score else { continue };
            let (at, half) = if both { (middle + shift, 0.16) } else { (middle, 0.2) };
            let end = score.clamp(LOWEST, 1.0);
            // A bar that is cut ends in a point, as an arrow: it goes on.
            let tip = if score < LOWEST { end - 0.06 } else { end };
            let corners = [(0.0, at - half), (end, at - half), (tip, at), (end, at + half), (0.0, at + half)];
            let label = if i == 0 && both { label } else { "" };
            chart.add(Area { opacity: 0.85, label: label.into(), ..Area::new(corners, paint) });
            // Right of the bar, or of zero if the bar goes to the left: there is always room.
            let number = Note::new((end.max(0.0), at), decimals(score, 3));
            chart.add(Note { shift: (4.0, 0.0), ..number });
        }
    }
    if lowest < 0.0 {
        chart.add(Rule { paint: Paint::Ink, width: 0.8, dash: Dash::Solid, ..Rule::x(0.0) });
    }
    chart.legend = Legend::Above;
    let says = |name: &str, network: f64, linear: Option<f64>| {
        let linear = linear.map_or(String::new(), |linear| format!(", linear model {}", decimals(linear, 3)));
        format!("{name}: network {}{linear}", decimals(network, 3))
    };
    let described: Vec<_> =
        groups.iter().map(|(name, network, linear)| says(name, *network, *linear)).collect();
    Figure {
        description: format!("Bars of R². {}.", described.join("; ")),
        ..Figure::new(WIDE, 50.0 + 46.0 * count, "How well the models predict", chart)
    }
}

/// All that is a single number.
fn constants(conclusions: &Conclusions<'_>) -> Sheet {
    let (analysis, fit) = (conclusions.report.analysis, conclusions.fit);
    let (network, errors, survey) = (&fit.network, fit.standard_errors.as_ref(), &analysis.survey);
    let count = |count: u64| Some(count as f64);
    let mut rows = vec![
        ("intercept", Some(network.intercept), errors.map(|errors| errors.intercept)),
        ("noise", Some(fit.noise), None),
        ("loss", Some(fit.loss), None),
        ("gap", fit.search.gap, None),
        ("searches", count(fit.search.searches as u64), None),
        ("reached_best", count(fit.search.reached_best as u64), None),
        ("chance_missed", fit.search.chance_missed, None),
        ("typical_error", analysis.typical_error, None),
        ("prediction_interval", analysis.prediction_interval, None),
        ("ridge", Some(fit.ridge), None),
        ("samples", count(fit.samples), None),
        ("validation_samples", count(analysis.validation_samples), None),
        ("parameters", count(fit.parameters as u64), None),
        ("rank", count(fit.rank as u64), None),
        ("degrees_of_freedom", count(fit.degrees_of_freedom), None),
        ("target_mean", Some(survey.target_mean), None),
        ("target_variance", Some(survey.target_variance), None),
        ("r2_training", Some(analysis.scores.train), None),
        ("r2_validation", analysis.scores.validation, None),
    ];
    let names: Vec<[String; 2]> = (1..=network.filters.len())
        .map(|i| if network.filters.len() == 1 { String::new() } else { format!("_{i}") })
        .map(|number| [format!("filter{number}_bias"), format!("filter{number}_adds")])
        .collect();
    for (i, [bias, adds]) in names.iter().enumerate() {
        rows.push((bias, Some(network.filters[i].bias), errors.map(|errors| errors.filters[i].bias)));
        rows.push((adds, Some(fit.filters_add[i]), None));
    }
    rows.extend(fit.linear_adds.map(|adds| ("linear_part_adds", Some(adds), None)));
    if fit.search.fewer_filters().is_some() {
        rows.push(("merged", count(fit.search.merged as u64), None));
        rows.push(("dropped", count(fit.search.dropped as u64), None));
    }
    if let Some((linear, scores)) = &analysis.linear {
        rows.extend([
            ("linear_intercept", Some(linear.intercept), None),
            ("linear_penalty", Some(linear.penalty), None),
            ("linear_degrees_of_freedom", Some(linear.degrees_of_freedom), None),
            ("linear_r2_training", Some(scores.train), None),
            ("linear_r2_validation", scores.validation, None),
        ]);
    }
    sheet!("constants", rows, row => name: row.0, value: row.1, standard_error: row.2)
}

/// Network and baseline by each measure, on samples held out.
fn comparison(conclusions: &Conclusions<'_>) -> Option<Sheet> {
    let comparison = conclusions.report.analysis.comparison.as_ref()?;
    Some(sheet!(
        "comparison", &comparison.measures, m => metric: variant_name(m.metric), network, baseline,
        baseline_model: variant_name(m.baseline_model), difference, lower: m.interval.map(|[low, _]| low),
        upper: m.interval.map(|[_, high]| high), conclusion: variant_name(m.conclusion)
    ))
}

/// The linear model, if there is one, in the order of the columns.
fn linear(conclusions: &Conclusions<'_>) -> Option<Sheet> {
    let (linear, _) = conclusions.report.analysis.linear.as_ref()?;
    Some(sheet!(
        "linear", linear.coefficients.iter().enumerate(), (at, b) => column: at + 1, name: conclusions.column(at),
        coefficient: *b
    ))
}
