//! Which of several classes is taken for which.

use spurious::fit::{Confusion, Metric};
use spurious_plot::markup::literal;
use spurious_plot::{Axis, Cells, Chart, Figure, PanelRow};

use super::conclusions::{Conclusions, shortened};
use crate::charts::WIDE;
use crate::document::{Sheet, sheet};
use crate::numbers::{counted, decimals, thousands};

/// Letters of the name of a class on an axis.
const MOST_LETTERS: usize = 14;
/// Cells of a table with at most so many classes say their numbers.
const NUMBERED: usize = 12;

/// Text and caption of the predictions.
pub(super) fn several(conclusions: &Conclusions<'_>, confusion: &Confusion) -> (String, String) {
    let name = |class: usize| literal(&conclusions.report.labels.name(class));
    let all = confusion.samples();
    let percent = |count: u64| decimals(100.0 * count as f64 / all.max(1) as f64, 2);
    let which = if confusion.held_out { "held out" } else { "fitted" };
    let measures = conclusions.report.analysis.comparison.iter().flat_map(|comparison| &comparison.measures);
    let beside = measures
        .filter(|measure| measure.metric == Metric::Accuracy)
        .map(|measure| format!(", the logistic model of {} %", decimals(100.0 * measure.baseline, 2)))
        .next()
        .unwrap_or_default();
    let confused = confusion.most_confused().map_or(String::new(), |(truth, taken, count)| {
        format!(" Most often {} is taken for {}: in {}.", name(truth), name(taken), counted(count, "sample"))
    });
    let text = format!(
        "The target has {} classes. **The network finds the class of {} % of the {} samples {which}**{beside}. Always answering the most \
         frequent class would be right for {} %.{confused}",
        confusion.counts.len(),
        percent(confusion.right()),
        thousands(all),
        percent(confusion.of_most_frequent())
    );
    let caption = format!(
        "**Which class is taken for which,** of samples {which}: colours show the share of each true class, in per cent; numbers count \
         samples. What is off the diagonal is wrong."
    );
    (text, caption)
}

/// A line for each true class, a column for each that is predicted.
pub(super) fn figure(conclusions: &Conclusions<'_>, confusion: &Confusion) -> Figure {
    let classes = confusion.counts.len();
    let shares = |row: &Vec<u64>| {
        let all = row.iter().sum::<u64>().max(1) as f64;
        row.iter().map(|count| 100.0 * *count as f64 / all).collect::<Vec<f64>>()
    };
    let mut cells = Cells::symmetric(
        classes,
        classes,
        confusion.counts.iter().flat_map(shares).collect(),
        "% of the true class",
    );
    cells.range = (-100.0, 100.0);
    if classes <= NUMBERED {
        let number = |count: &u64| if *count == 0 { String::new() } else { thousands(*count) };
        cells.labels = confusion.counts.iter().flatten().map(number).collect();
    }
    cells.bar = None;
    let names = names(conclusions);
    let ticks = || names.iter().enumerate().map(|(class, name)| ((class + 1) as f64, name.clone()));
    let edge = classes as f64 + 0.5;
    let across = if names.iter().all(|name| name.chars().count() * classes <= 70) {
        Axis::linear("predicted class").over(0.5, edge).with_ticks(ticks())
    } else {
        // Long names would lie on each other.
        let numbers = (1..=classes).map(|class| (class as f64, class.to_string()));
        Axis::linear("predicted class, in the order of the lines").over(0.5, edge).with_ticks(numbers)
    };
    let mut chart = Chart::new(across, Axis::linear("true class").over(edge, 0.5).with_ticks(ticks()));
    chart.add(cells);
    chart.boxed = true;
    let height = (80.0 + 24.0 * classes as f64).min(420.0);
    Figure {
        description: "A table with a line for each true class and a column for each predicted class. Dark cells on the diagonal are right \
                      predictions; the numbers are in the file confusion.csv."
            .into(),
        ..Figure::grid(WIDE, height, "Which class is taken for which", vec![PanelRow::new([chart])])
    }
}

/// Names of the classes, shortened.
pub(super) fn names(conclusions: &Conclusions<'_>) -> Vec<String> {
    let count = conclusions.fit.network.scores();
    (0..count)
        .map(|class| literal(&shortened(&conclusions.report.labels.name(class), MOST_LETTERS)))
        .collect()
}

pub(super) fn sheet(conclusions: &Conclusions<'_>, confusion: &Confusion) -> Sheet {
    let labels = conclusions.report.labels;
    let classes = confusion.counts.len();
    let pairs = (0..classes).flat_map(|truth| (0..classes).map(move |predicted| (truth, predicted)));
    sheet!(
        "confusion", pairs, at => class: labels.name(at.0), predicted: labels.name(at.1),
        samples: confusion.counts[at.0][at.1]
    )
}
