//! The report on a fit in words.

mod assumptions;
mod filter;
mod numbers;
mod predictions;
mod runs;
mod summary;

use spurious::fit::{Optimiser, Ridge, Scaling, Starts, Validation};

use super::facts::{Facts, counted};
use super::sheets;
use crate::document::Document;
use crate::markup::{thousands, unescaped};

/// The whole report.
pub(super) fn document(facts: &Facts<'_>) -> Document {
    let windows = facts.report.windows;
    let (target, data) = (unescaped(&facts.target), unescaped(&facts.data));
    let held_out = match facts.report.validation {
        Validation::None => "none held out".into(),
        Validation::HoldOut(_) => format!("{} held out", thousands(facts.report.analysis.validation_samples)),
        Validation::Folds(folds) => format!("each held out once in {folds} folds"),
    };
    let mut chapters = vec![summary::chapter(facts), filter::chapter(facts)];
    chapters.extend(predictions::chapter(facts));
    chapters.extend([runs::chapter(facts), numbers::chapter(facts), assumptions::chapter(facts)]);
    Document {
        title: format!("{target} from {data}: a fit"),
        heading: format!("Predicting {target} with one filter"),
        subtitle: format!(
            "A fit of the model to data: one filter of {}, shared by {}",
            counted(windows.patch_dim(), "number"),
            counted(windows.patches(), facts.patch)
        ),
        source: format!(
            "{data}: {} of {} were fitted, {held_out}.",
            counted(usize::try_from(facts.fit.samples).unwrap_or(usize::MAX), "sample"),
            counted(windows.width(), "number"),
        ),
        // The last column of a table holds sentences here.
        style: ".prose td:last-child{white-space:normal}\n.prose tbody th{padding:.4rem .6rem}\n\
                .prose tbody tr+tr th{border-top:1px solid var(--line)}\n",
        chapters,
        sheets: sheets::all(facts),
        settings: settings(facts),
        note: "Angles in files are in radians; rows, columns, entries and patches are counted from 1.",
    }
}

fn settings(facts: &Facts<'_>) -> Vec<(String, String)> {
    let options = facts.report.options;
    let yes = |value: bool| String::from(if value { "yes" } else { "no" });
    let step = |step: Option<f64>| step.map_or("automatic".to_string(), |step| step.to_string());
    let optimiser = match options.optimiser {
        Optimiser::Auto => {
            "automatic: least squares from all starts, then the best ones and the antipode".into()
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
    let starts = match &options.starts {
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
        Ridge::CrossValidated(folds) => format!("{} chosen on {folds} folds", facts.fit.ridge),
    };
    [
        ("search", optimiser),
        ("starts", starts),
        ("seed", options.seed.to_string()),
        ("intercept", yes(options.intercept)),
        ("filter bias", yes(options.filter_bias)),
        ("scaling of patches", scaling.into()),
        ("penalty on output weights", ridge),
        ("held out", facts.validation()),
    ]
    .map(|(name, value)| (name.to_string(), value))
    .to_vec()
}
