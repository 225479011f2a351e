//! What was found, on one screen.

use spurious::basin::Verdict;
use spurious::fit::{Comparison, Doubt, Winner};
use spurious_plot::{Anchor, Area, Axis, Chart, Dash, Figure, Legend, Note, Paint, Rule};

use super::conclusions::{Conclusions, Endings, LINEAR, NETWORK};
use crate::charts::WIDE;
use crate::document::{Chapter, Grid, Part, Sheet, sheet};
use crate::numbers::{counted, decimals, significant, thousands};

/// Below this `R²` on samples held out nothing is predicted that could be used.
const USELESS: f64 = 0.02;

/// Worse than this, a bar ends and only its number goes on.
const LOWEST: f64 = -1.0;

pub(super) fn part(conclusions: &Conclusions<'_>) -> Part {
    let sheets = [Some(constants(conclusions)), linear(conclusions)];
    Part { chapters: vec![chapter(conclusions)], sheets: sheets.into_iter().flatten().collect() }
}

fn chapter(conclusions: &Conclusions<'_>) -> Chapter {
    let windows = conclusions.report.windows;
    let shared = match windows.patches() {
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
    Chapter::new("summary", "What was found")
        .text(format!(
            "{shared}, keeps what is positive, {adds} to predict “{}”. Fits of \
             this model can be trapped: they end where the filter points the wrong way and nothing nearby is better. So the \
             first question is whether this one was.",
            conclusions.target
        ))
        .text(format!("**{}** {}{}", headline(conclusions), verdict(conclusions), rarity(conclusions)))
        .text(prediction(conclusions))
        .picture(
            "scores",
            figure(conclusions),
            &["constants"],
            "**How well the models predict.** $R^2$ is 1 for perfect predictions and 0 for a model that always says the mean; \
             on samples that were held out it can be negative.",
        )
        .grid(
            scores(conclusions),
            "constants",
            "Both models and their $R^2$; ridge regression shrinks its numbers, as if there were fewer of them",
        )
}

fn headline(conclusions: &Conclusions<'_>) -> &'static str {
    match (conclusions.fit.verdict, conclusions.fit.doubt) {
        (Verdict::Global, _) => "Not trapped: this is the best minimum that was found.",
        (Verdict::Spurious, _) => "Trapped: this is not the best minimum.",
        (Verdict::Undecided, Some(Doubt::TooClose)) => "Undecided: two minima are too close to call.",
        (Verdict::Undecided, Some(Doubt::TooFewSamples)) => "Undecided: there are too few samples to tell.",
        (Verdict::Undecided, _) => "Undecided: the search had not arrived.",
    }
}

/// `gap` with what it is in per cent of the loss.
pub(super) fn gap_in_words(gap: f64, loss: f64) -> String {
    let share = gap.abs() / loss;
    // Beside an exact fit every gap is infinitely large.
    let gap = significant(gap.abs(), 3);
    match share {
        share if share < 1.0 => format!("{gap} ({} %)", significant(100.0 * share, 2)),
        share if share < 1000.0 => format!("{gap} (it is {} times as high)", significant(1.0 + share, 2)),
        _ => gap,
    }
}

fn verdict(conclusions: &Conclusions<'_>) -> String {
    let fit = conclusions.fit;
    let gap = fit.gap.map(|gap| gap_in_words(gap, fit.loss));
    match (fit.verdict, gap, fit.doubt) {
        (Verdict::Global, Some(gap), _) => format!(
            "Its antipode, the filter turned around, was tried as well; a search from there ends at another minimum, whose loss \
             is higher by {gap}."
        ),
        (Verdict::Global, None, _) => {
            "Its antipode, the filter turned around, was tried as well; a search from there comes back to the same filter. On \
             this data there is no trap."
                .into()
        }
        (Verdict::Spurious, gap, _) => format!(
            "The filter turned around leads to a minimum whose loss is lower by {}. This fit was kept because the search asked \
             for takes what its starts lead to; the automatic search would have taken the lower one.",
            gap.unwrap_or_else(|| "an unknown amount".into())
        ),
        (Verdict::Undecided, Some(gap), Some(Doubt::TooClose)) => format!(
            "The filter turned around leads to another minimum, and the losses of the two differ by {gap} only: on other samples \
             of the same kind the other one might win. Do not read meaning into the direction of the filter."
        ),
        (Verdict::Undecided, _, Some(Doubt::TooFewSamples)) => {
            "The samples determine as many numbers of the model as there are samples, so that many networks fit them exactly, \
             whichever way their filters point. More samples would tell, or a penalty, which prefers small weights."
                .into()
        }
        (Verdict::Undecided, ..) => {
            "The search for the minimum ended before nothing could be improved any more. More steps, or the automatic search, \
             would tell."
                .into()
        }
    }
}

/// A warning where one more search might have found something better.
fn rarity(conclusions: &Conclusions<'_>) -> String {
    if conclusions.fit.verdict != Verdict::Global || !conclusions.rarely_found() {
        return String::new();
    }
    let endings = Endings::of(conclusions.fit);
    format!(
        " Only {} of {} searches ended there, however: this data has more minima than the two of the theory, and more starts might \
         find a better one.",
        endings.best, endings.searches
    )
}

/// Who predicts better, and by how much.
fn prediction(conclusions: &Conclusions<'_>) -> String {
    let analysis = conclusions.report.analysis;
    let parameters = counted(conclusions.fit.parameters as u64, "number");
    let Some(comparison) = analysis.comparison() else {
        let score = analysis.scores.validation.unwrap_or(analysis.scores.train);
        let on = if analysis.scores.validation.is_some() {
            "samples it has not seen"
        } else {
            "the samples it was fitted to"
        };
        return format!(
            "The network, with {parameters}, predicts {} % of the variance of {on}. There is no linear model to compare it with: \
             the rows are too wide for one.",
            percent(score)
        );
    };
    let linear = analysis.linear.as_ref().map_or(0, |(linear, _)| linear.coefficients.len() + 1);
    format!("{}{}", winner(&comparison, &parameters, linear), caution(conclusions, &comparison))
}

fn winner(comparison: &Comparison, parameters: &str, linear: usize) -> String {
    let Comparison { held_out, network, linear: ridge, error, winner } = *comparison;
    let on =
        if held_out { "on samples that neither has seen" } else { "on the samples that both were fitted to" };
    let scores = format!(
        "$R^2$ is {} for the network and {} for the linear model",
        decimals(network, 3),
        decimals(ridge, 3)
    );
    let sizes = format!("the network has {parameters}, the linear model {}", thousands(linear as u64));
    let difference = decimals((network - ridge).abs(), 3);
    let difference = match error {
        Some(error) => format!("{difference} ± {}", decimals(error, 3)),
        None => difference,
    };
    if held_out && network.max(ridge) < USELESS {
        return format!(
            "**Neither the network nor a linear model (ridge regression) predicts anything** {on}: {scores}, and a model that \
             always says the mean has 0."
        );
    }
    match winner {
        Winner::Network => format!(
            "**The network predicts better than a linear model (ridge regression)** {on}, by {difference}: {scores}; {sizes}."
        ),
        Winner::Linear if held_out => format!(
            "**A linear model (ridge regression) predicts better {on}: use it**, unless the filter itself is what you are \
             after. {scores}, a difference of {difference}; {sizes}."
        ),
        Winner::Linear => format!(
            "**A linear model (ridge regression) predicts better** {on}, by {difference}: {scores}; {sizes}."
        ),
        Winner::Neither => format!(
            "**Network and linear model (ridge regression) predict equally well** {on}, to within 0.01: {scores}; {sizes}."
        ),
        Winner::Chance => format!(
            "**These samples cannot tell whether the network or a linear model (ridge regression) predicts better:** {on} \
             {scores}, and the difference of {difference} could be chance; {sizes}."
        ),
    }
}

/// What the scores do not say.
fn caution(conclusions: &Conclusions<'_>, comparison: &Comparison) -> String {
    let train = conclusions.report.analysis.scores.train;
    if !comparison.held_out {
        return " No samples were held out, and on samples that it was fitted to a model with more numbers always looks better: \
                hold some out before you choose."
            .into();
    }
    if train - comparison.network > 0.1 {
        return format!(
            " On the samples that it was fitted to the network reaches {}: it has learned some of their noise. More samples, fewer \
             and larger patches, or a penalty would help.",
            decimals(train, 3)
        );
    }
    String::new()
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
    if let Some((linear, scores)) = &analysis.linear {
        rows.push(vec![
            "linear model".into(),
            format!(
                "{}, shrunk to {}",
                thousands(linear.coefficients.len() as u64 + 1),
                decimals(linear.degrees_of_freedom, 1)
            ),
            decimals(scores.train, 3),
            held_out(scores.validation),
        ]);
    }
    Grid::new(1, &["", "free numbers", "on samples fitted", "on samples held out"], rows)
}

/// `R²` of both models, on samples held out and on those that they were fitted to.
fn figure(conclusions: &Conclusions<'_>) -> Figure {
    let analysis = conclusions.report.analysis;
    let linear = analysis.linear.as_ref().map(|(_, scores)| scores);
    let mut groups = vec![("samples fitted", analysis.scores.train, linear.map(|scores| scores.train))];
    if let Some(network) = analysis.scores.validation {
        groups.insert(0, ("samples held out", network, linear.and_then(|scores| scores.validation)));
    }
    let scores = || groups.iter().flat_map(|(_, network, linear)| [Some(*network), *linear]).flatten();
    let lowest = scores().fold(0.0, f64::min).max(LOWEST);
    let count = groups.len() as f64;
    let ticks = groups.iter().enumerate().map(|(i, (name, ..))| (count - i as f64, *name));
    let room = if lowest < 0.0 { 0.14 } else { 0.0 };
    let mut chart = Chart::new(
        Axis::linear("$R^2$, the share of the target’s variance that is predicted").over(lowest - room, 1.09),
        Axis::linear("").over(0.5, count + 0.5).with_ticks(ticks),
    );
    let both = linear.is_some();
    for (i, (_, network, linear)) in groups.iter().enumerate() {
        let middle = count - i as f64;
        let models = [("network", Some(*network), NETWORK, 0.19), ("linear model", *linear, LINEAR, -0.19)];
        for (label, score, paint, shift) in models {
            let Some(score) = score else { continue };
            let (at, half) = if both { (middle + shift, 0.16) } else { (middle, 0.2) };
            let end = score.clamp(LOWEST, 1.0);
            let corners = [(0.0, at - half), (end, at - half), (end, at + half), (0.0, at + half)];
            let label = if i == 0 && both { label } else { "" };
            chart.add(Area { opacity: 0.85, label: label.into(), ..Area::new(corners, paint) });
            let (anchor, shift) = if score < 0.0 { (Anchor::End, -4.0) } else { (Anchor::Start, 4.0) };
            let number = Note::new((end, at), decimals(score, 3));
            chart.add(Note { anchor, shift: (shift, 0.0), ..number });
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
    let (network, errors, survey) = (&fit.network, &fit.standard_errors, &analysis.survey);
    let count = |count: u64| Some(count as f64);
    let mut rows = vec![
        ("filter_bias", Some(network.filter_bias), Some(errors.filter_bias)),
        ("intercept", Some(network.intercept), Some(errors.intercept)),
        ("noise", Some(fit.noise), None),
        ("loss", Some(fit.loss), None),
        ("gap", fit.gap, None),
        ("ridge", Some(fit.ridge), None),
        ("samples", count(fit.samples), None),
        ("validation_samples", count(analysis.validation_samples), None),
        ("parameters", count(fit.parameters as u64), None),
        ("rank", count(fit.rank as u64), None),
        ("target_mean", Some(survey.target_mean), None),
        ("target_variance", Some(survey.target_variance), None),
        ("r2_training", Some(analysis.scores.train), None),
        ("r2_validation", analysis.scores.validation, None),
    ];
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

/// The linear model, if there is one, in the order of the columns.
fn linear(conclusions: &Conclusions<'_>) -> Option<Sheet> {
    let (linear, _) = conclusions.report.analysis.linear.as_ref()?;
    let windows = conclusions.report.windows;
    let p = windows.patch_dim();
    let place = |at: usize| (windows.column(at / p, at % p), at);
    let mut places: Vec<(usize, usize)> = (0..linear.coefficients.len()).map(place).collect();
    places.sort_unstable();
    Some(sheet!(
        "linear", places, (column, at) => column: column + 1, name: conclusions.column(column), patch: at / p + 1,
        entry: at % p + 1, coefficient: linear.coefficients[at]
    ))
}
