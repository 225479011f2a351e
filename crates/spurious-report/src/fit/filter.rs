//! The filter and where it counts.

use spurious_plot::{Chart, Figure, PanelRow};

use super::arranged::{Arranged, Room};
use super::conclusions::{Arrangement, Conclusions};
use crate::charts::WIDE;
use crate::document::{Chapter, Part, Sheet, sheet};
use crate::numbers::thousands;

/// Room that axes, title and colour bar take beside a map, in pt.
const BESIDE: f64 = 96.0;
const ABOVE_AND_BELOW: f64 = 62.0;

pub(super) fn part(conclusions: &Conclusions<'_>) -> Part {
    Part {
        chapters: vec![chapter(conclusions)],
        sheets: vec![filter(conclusions), output_weights(conclusions)],
    }
}

fn chapter(conclusions: &Conclusions<'_>) -> Chapter {
    let (network, patch) = (&conclusions.fit.network, conclusions.patch);
    let map = |arrangement: Arrangement| matches!(arrangement, Arrangement::Map(_));
    let any_map = map(conclusions.filter_arrangement()) || map(conclusions.weights_arrangement());
    let any_curve = !map(conclusions.filter_arrangement()) || !map(conclusions.weights_arrangement());
    let mut caption = format!(
        "**The filter and where it counts.** (a) The filter: where it is positive, larger numbers in a {patch} raise its answer. (b) \
         The output weight of each {patch}: how much, and in which direction, an answer there moves the prediction."
    );
    if any_curve && conclusions.half_widths.is_some() {
        caption += " Whiskers and bands are intervals of 95 %.";
    }
    if any_map && conclusions.half_widths.is_some() {
        caption += " In maps, brackets or dots mark numbers whose interval includes zero.";
    }
    if conclusions.weighs_spread() {
        caption += " The entries of a patch have very different standard deviations. Each entry of the filter is drawn multiplied by the \
                    standard deviation of the numbers it meets.";
    }
    let clear = |values: &[f64], half_widths: &[f64]| {
        let clear = values.iter().zip(half_widths).filter(|(value, half)| value.abs() > **half).count();
        format!("{} of {}", thousands(clear as u64), thousands(values.len() as u64))
    };
    let from_zero = match &conclusions.half_widths {
        Some(half_widths) => format!(
            "{} entries of the filter and {} output weights differ from zero: their intervals of 95 % do not include it.",
            clear(&network.filter, &half_widths.filter),
            clear(&network.output_weights, &half_widths.output_weights),
        ),
        None => "There are too few samples to say how certain they are.".into(),
    };
    let mut chapter = Chapter::new("filter", "The filter");
    if let Some((_, sentence)) = conclusions.report.analysis.stability() {
        chapter = chapter.text(format!("**The filter is {sentence}.**"));
    }
    chapter = chapter.picture("filter", figure(conclusions), &["filter", "output_weights"], caption).text(format!(
        "The model consists of two lists of numbers: the filter, which has length 1, and the output weights. {from_zero}"
    ));
    if network.output_weights.iter().any(|a| *a < 0.0) && network.output_weights.iter().any(|a| *a > 0.0) {
        chapter = chapter.text(format!(
            "Output weights have both signs: a large answer of the filter raises the prediction in some {patch}s and lowers it in \
             others."
        ));
    }
    chapter
}

/// Filter and output weights with their errors.
fn figure(conclusions: &Conclusions<'_>) -> Figure {
    let network = &conclusions.fit.network;
    let windows = conclusions.report.windows;
    let spreads = conclusions.spreads();
    let weighed = conclusions.weighs_spread();
    let scaled = |values: &[f64]| -> Vec<f64> {
        let factor = |t: usize| if weighed { spreads[t] } else { 1.0 };
        values.iter().enumerate().map(|(t, value)| value * factor(t)).collect()
    };
    let half_widths = conclusions.half_widths.as_ref();
    let values = scaled(&network.filter);
    let of_filter = half_widths.map(|half_widths| scaled(&half_widths.filter));
    let filter = Arranged {
        values: &values,
        half_widths: of_filter.as_deref(),
        shape: windows.patch_shape(),
        arrangement: conclusions.filter_arrangement(),
        label: if weighed { "filter × spread of the entry" } else { "filter" },
    };
    let weights = Arranged {
        values: &network.output_weights,
        half_widths: half_widths.map(|half_widths| &half_widths.output_weights[..]),
        shape: windows.grid_shape(),
        arrangement: conclusions.weights_arrangement(),
        label: "output weight",
    };
    let parts = [
        (&filter, "The filter".to_string()),
        (&weights, format!("Its weight at each {}", conclusions.patch)),
    ];
    let stacked = filter.room().wide || weights.room().wide;
    let width = if stacked { WIDE } else { WIDE / 2.0 };
    let heights = parts.each_ref().map(|(numbers, _)| height(&numbers.room(), width));
    let panels = parts.map(|(numbers, title)| Chart { title, ..numbers.chart() });
    let (height, rows) = if stacked {
        let rows = panels.into_iter().zip(heights);
        let rows = rows.map(|(panel, height)| PanelRow { height, ..PanelRow::new([panel]) }).collect();
        (heights[0] + heights[1] + 14.0, rows)
    } else {
        (heights[0].max(heights[1]), vec![PanelRow::new(panels)])
    };
    Figure {
        description: format!(
            "The filter with {} entries, and its output weights at {} patches, with intervals of 95 % where they are known; \
             the numbers are in the files filter.csv and output_weights.csv.",
            network.filter.len(),
            network.output_weights.len()
        ),
        ..Figure::grid(WIDE, height, "The filter and its output weights", rows)
    }
}

/// Height of a panel so wide.
fn height(room: &Room, width: f64) -> f64 {
    match room.ratio {
        Some(ratio) => (ABOVE_AND_BELOW + ratio * (width - BESIDE)).clamp(130.0, 300.0),
        None if room.wide => 160.0,
        None => 185.0,
    }
}

fn filter(conclusions: &Conclusions<'_>) -> Sheet {
    let (network, spreads) = (&conclusions.fit.network, conclusions.spreads());
    let errors = conclusions.fit.standard_errors.as_ref();
    let windows = conclusions.report.windows;
    let [_, positions] = windows.patch_shape();
    sheet!(
        "filter", 0..network.filter.len(), t => entry: t + 1, line: t / positions + 1,
        position: t % positions + 1, column_of_first_patch: conclusions.column(windows.column(0, t)),
        value: network.filter[t], standard_error: errors.map(|errors| errors.filter[t]), standard_deviation: spreads[t]
    )
}

fn output_weights(conclusions: &Conclusions<'_>) -> Sheet {
    let (network, errors) = (&conclusions.fit.network, conclusions.fit.standard_errors.as_ref());
    let windows = conclusions.report.windows;
    let [_, positions] = windows.grid_shape();
    sheet!(
        "output_weights", 0..network.output_weights.len(), j => patch: j + 1, line: j / positions + 1,
        position: j % positions + 1, first_column: conclusions.column(windows.column(j, 0)),
        value: network.output_weights[j], standard_error: errors.map(|errors| errors.output_weights[j])
    )
}
