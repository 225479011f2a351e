//! The filter and where it counts.

use crate::document::Chapter;
use crate::fit::facts::{Arrangement, Facts, INTERVAL};
use crate::fit::figures;
use crate::markup::thousands;

pub(super) fn chapter(facts: &Facts<'_>) -> Chapter {
    let (network, errors, patch) = (&facts.fit.network, &facts.fit.standard_errors, facts.patch);
    let map = |arrangement: Arrangement| matches!(arrangement, Arrangement::Map(_));
    let any_map = map(facts.filter_arrangement()) || map(facts.weights_arrangement());
    let any_curve = !map(facts.filter_arrangement()) || !map(facts.weights_arrangement());
    let mut caption = format!(
        "**The filter and where it counts.** (a) The filter: where it is positive, larger numbers in a {patch} raise its answer. (b) \
         The output weight of each {patch}: how much, and in which direction, an answer there moves the prediction."
    );
    if any_curve {
        caption += " Whiskers and bands reach 1.96 standard errors to both sides.";
    }
    if any_map {
        caption += " In maps, brackets or dots mark what cannot be told from zero.";
    }
    if facts.weighs_spread() {
        caption += " The numbers of a patch differ much in spread; each entry of the filter is multiplied by the standard \
                    deviation of the numbers it meets, so that what is drawn is what counts.";
    }
    let clear = |values: &[f64], errors: &[f64]| {
        let clear =
            values.iter().zip(errors).filter(|(value, error)| value.abs() > INTERVAL * **error).count();
        format!("{} of {}", thousands(clear as u64), thousands(values.len() as u64))
    };
    let mut chapter = Chapter::new("filter", "The filter").text(format!(
        "Two lists of numbers are the whole model: the filter, which has length 1, and the output weights. {} entries of the \
         filter and {} output weights are further from zero than 1.96 standard errors.",
        clear(&network.filter, &errors.filter),
        clear(&network.output_weights, &errors.output_weights),
    ));
    if network.output_weights.iter().any(|a| *a < 0.0) && network.output_weights.iter().any(|a| *a > 0.0) {
        chapter = chapter.text(format!(
            "Output weights have both signs: what the filter looks for raises the prediction in some {patch}s and lowers it in \
             others."
        ));
    }
    chapter.picture("filter", figures::filter::figure(facts), &["filter", "output_weights"], caption)
}
