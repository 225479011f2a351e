//! Predictions and residuals.

use spurious::fit::Validation;

use crate::document::Chapter;
use crate::fit::facts::Facts;
use crate::fit::figures::predictions::{Targets, figure};
use crate::markup::{decimals, literal, significant, thousands};

pub(super) fn chapter(facts: &Facts<'_>) -> Option<Chapter> {
    let points = facts.report.points;
    if points.is_empty() {
        return None;
    }
    let held_out = points.iter().filter(|point| point.held_out).count();
    let total = facts.fit.samples + if held_out > 0 { facts.report.analysis.validation_samples } else { 0 };
    let shown = if (points.len() as u64) < total {
        format!(" The picture and predictions.csv have {} of all rows.", thousands(points.len() as u64))
    } else {
        String::new()
    };
    let of = match (facts.report.validation, held_out) {
        (Validation::Folds(_), _) => " All were seen by the fit, which the scores from folds were not.",
        (_, 0) => " All were seen by the fit: on new samples expect larger residuals.",
        _ => "",
    };
    let chapter = Chapter::new("predictions", "Predictions");
    let chapter = match Targets::of(points) {
        Targets::Two([low, high]) => two_values(facts, chapter, [low, high], &format!("{shown}{of}")),
        _ => any_values(facts, chapter, &format!("{shown}{of}")),
    };
    Some(chapter)
}

fn any_values(facts: &Facts<'_>, chapter: Chapter, shown: &str) -> Chapter {
    let spread = facts.report.analysis.survey.target_variance.sqrt();
    let noise = facts.fit.noise;
    let typical = if noise < 1e-7 * spread {
        format!("The network reproduces “{}” on the samples fitted, to rounding.", facts.target)
    } else {
        format!(
            "A prediction is typically off by {}; without a model, by the mean alone, it would be {}.",
            significant(noise, 3),
            significant(spread, 3)
        )
    };
    chapter.text(format!("{typical}{shown}")).picture(
        "predictions",
        figure(facts),
        &["predictions"],
        "**Predictions.** (a) Points on the dashed line are predicted exactly. (b) Residuals should scatter around zero in the \
         same way at every prediction; a bend or a funnel shows what the model misses. Dashed: 1.96 times the noise.",
    )
}

fn two_values(facts: &Facts<'_>, chapter: Chapter, [low, high]: [f64; 2], shown: &str) -> Chapter {
    let middle = (low + high) / 2.0;
    let points = facts.report.points;
    let any_held_out = points.iter().any(|point| point.held_out);
    let chosen = || points.iter().filter(|point| point.held_out == any_held_out);
    let right = |value: f64, target: f64| (value > middle) == (target > middle);
    let share = |hits: usize, all: usize| decimals(100.0 * hits as f64 / all.max(1) as f64, 1);
    let all = chosen().count();
    let network = share(chosen().filter(|p| right(p.network, p.target)).count(), all);
    let with_linear = chosen().filter_map(|p| Some((p.linear?, p.target)));
    let linear_hits = with_linear.clone().filter(|(value, target)| right(*value, *target)).count();
    let linear = match with_linear.count() {
        0 => String::new(),
        count => format!(", the linear model {} %", share(linear_hits, count)),
    };
    let lows = chosen().filter(|p| p.target == low).count();
    let which = if any_held_out { "held out" } else { "fitted" };
    let number = |value: f64| literal(&value.to_string().replace('-', "−"));
    chapter
        .text(format!(
            "The target has two values, {} and {}. Taking the side of the middle on which a prediction falls as the answer, the \
             network is right for {network} % of the {} samples {which} that are shown{linear}; always giving the more frequent \
             answer would be right for {} %.{shown}",
            number(low),
            number(high),
            thousands(all as u64),
            share(lows.max(all - lows), all),
        ))
        .picture(
            "predictions",
            figure(facts),
            &["predictions"],
            format!(
                "**Predictions for each true value,** of samples {which}, in per cent of the samples with that value. The further \
                 apart the two colours, the better; the dashed line is half way between the two values.",
            ),
        )
}
