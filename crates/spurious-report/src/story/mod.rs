//! The report in words: chapters of text, pictures and tables, with every number taken from the data.

mod beginning;
mod many_patches;
mod runs;
mod steps;
mod table1;
mod ways_out;

use crate::document::{Chapter, Document, Grid};
use crate::markup::thousands;
use crate::{Reproduction, paper, sheets};

/// The whole report.
pub(crate) fn document(reproduction: &Reproduction) -> Document {
    let settings = &reproduction.settings;
    let setting = |name: &str, value: String| (name.to_string(), value);
    Document {
        title: "Don’t be afraid of spurious local minima: a reproduction".into(),
        heading: "Don’t be afraid of spurious local minima".into(),
        subtitle: "A reproduction of every claim, and what the paper leaves open".into(),
        source: paper::CITATION.into(),
        style: "",
        chapters: vec![
            beginning::summary(reproduction),
            beginning::model(),
            table1::chapter(reproduction),
            steps::chapter(reproduction),
            runs::two_phases(reproduction),
            runs::trapped(reproduction),
            runs::landscape(reproduction),
            ways_out::four_signs(reproduction),
            ways_out::antipodal(reproduction),
            many_patches::chapter(reproduction),
        ],
        sheets: sheets::all(reproduction),
        settings: vec![
            setting("random starts in each cell of Table 1", thousands(settings.runs)),
            setting("seed", settings.seed.to_string()),
            setting("quick", if settings.quick { "yes" } else { "no" }.into()),
            setting(
                "other random starts",
                format!(
                    "{} in each cell of the restarts, {} for the runs shown",
                    thousands(reproduction.restarts.starts),
                    thousands(reproduction.traces.starts)
                ),
            ),
            setting("source of the printed numbers", paper::CITATION.into()),
        ],
        note: "Losses are in units of ‖b‖² in pictures and tables, and as they are in the records of runs, where ‖b‖ = 1.",
    }
}
