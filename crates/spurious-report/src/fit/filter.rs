//! The filter and where it counts.

use spurious::fit::Filter;
use spurious_plot::{Chart, Figure, PanelRow};

use super::arranged::{Arranged, Room};
use super::classes;
use super::conclusions::{Arrangement, Conclusions};
use crate::charts::WIDE;
use crate::document::{Chapter, Grid, Part, Sheet, sheet};
use crate::numbers::{decimals, thousands};

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
    let several = network.filters.len() > 1;
    let mut caption = if several {
        format!(
            "**The filters and where they count.** Left: each filter; where it is positive, larger numbers in a {patch} raise its answer. \
             Right: its output weight at each {patch}: how much, and in which direction, an answer there moves the prediction."
        )
    } else {
        format!(
            "**The filter and where it counts.** (a) The filter: where it is positive, larger numbers in a {patch} raise its answer. (b) \
             The output weight of each {patch}: how much, and in which direction, an answer there moves the prediction."
        )
    };
    if network.scores() > 1 {
        caption += " Each class has weights of its own, which move its score.";
    }
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
    let mut chapter = Chapter::new("filter", if several { "The filters" } else { "The filter" });
    if let Some((_, sentence)) = conclusions.report.analysis.stability() {
        chapter = chapter.text(match several {
            true => format!("**The filters are {sentence}.**"),
            false => format!("**The filter is {sentence}.**"),
        });
    }
    chapter = chapter.picture("filter", figure(conclusions), &["filter", "output_weights"], caption);
    chapter = chapter.text(match several {
        true => format!(
            "Each filter has length 1, and a list of output weights. {} The first filter has the largest part in the predictions.",
            from_zero(conclusions)
        ),
        false => format!(
            "The model consists of two lists of numbers: the filter, which has length 1, and the output weights. {}",
            from_zero(conclusions)
        ),
    });
    if several || !network.linear_part.is_empty() {
        chapter = chapter.grid(
            adds(conclusions),
            "constants",
            if conclusions.fit.objective.is_squares() {
                "What each part adds: the share of the variance of the samples fitted that is lost if the part is left out and all weights \
                 are fitted again"
            } else {
                "What each filter adds: how much of the log-loss that the shares of the classes alone leave comes back if the filter is left \
                 out and all weights are fitted again, as a share of it (McFadden’s $R^2$)"
            },
        );
    }
    let both_signs = |filter: &Filter| {
        filter.output_weights.iter().any(|a| *a < 0.0) && filter.output_weights.iter().any(|a| *a > 0.0)
    };
    if !several && network.scores() == 1 && both_signs(&network.filters[0]) {
        chapter = chapter.text(format!(
            "Output weights have both signs: a large answer of the filter raises the prediction in some {patch}s and lowers it in \
             others."
        ));
    }
    chapter
}

/// How many numbers are clearly not zero.
fn from_zero(conclusions: &Conclusions<'_>) -> String {
    let Some(half_widths) = &conclusions.half_widths else {
        return "There are too few samples to say how certain they are.".into();
    };
    let clear = |of: fn(&Filter) -> &[f64]| {
        let filters = conclusions.fit.network.filters.iter().zip(&half_widths.filters);
        let pairs: Vec<(f64, f64)> = filters
            .flat_map(|(filter, half)| of(filter).iter().copied().zip(of(half).iter().copied()))
            .collect();
        let clear = pairs.iter().filter(|(value, half)| value.abs() > *half).count();
        format!("{} of {}", thousands(clear as u64), thousands(pairs.len() as u64))
    };
    let filters = if half_widths.filters.len() == 1 { "the filter" } else { "the filters" };
    format!(
        "{} entries of {filters} and {} output weights differ from zero: their intervals of 95 % do not include it.",
        clear(|filter| &filter.weights),
        clear(|filter| &filter.output_weights)
    )
}

/// What each part adds.
fn adds(conclusions: &Conclusions<'_>) -> Grid {
    let fit = conclusions.fit;
    let filters = fit.filters_add.iter().enumerate().map(|(i, adds)| (format!("filter {}", i + 1), *adds));
    let linear = fit.linear_adds.map(|adds| ("linear part".to_owned(), adds));
    let rows = filters.chain(linear).map(|(name, adds)| vec![name, decimals(adds, 4)]);
    Grid::new(1, &["part", "adds to $R^2$"], rows)
}

/// Filter and output weights with their errors.
fn figure(conclusions: &Conclusions<'_>) -> Figure {
    let network = &conclusions.fit.network;
    let windows = &conclusions.report.analysis.windows;
    let spreads = conclusions.spreads();
    let weighed = conclusions.weighs_spread();
    let scaled = |values: &[f64]| -> Vec<f64> {
        let factor = |t: usize| if weighed { spreads[t] } else { 1.0 };
        values.iter().enumerate().map(|(t, value)| value * factor(t)).collect()
    };
    let half_widths = |i: usize| conclusions.half_widths.as_ref().map(|half_widths| &half_widths.filters[i]);
    let several = network.filters.len() > 1;
    let classes = network.scores();
    let names = if classes > 1 { classes::names(conclusions) } else { Vec::new() };
    let (mut rows, mut in_all) = (Vec::new(), 0.0);
    for (i, filter) in network.filters.iter().enumerate() {
        let values = scaled(&filter.weights);
        let of_filter = half_widths(i).map(|half_widths| scaled(&half_widths.weights));
        let profile = Arranged {
            values: &values,
            half_widths: of_filter.as_deref(),
            shape: windows.patch_shape(),
            arrangement: conclusions.filter_arrangement(),
            label: if weighed { "filter × spread of the entry" } else { "filter" },
            names: &[],
        };
        let weights = Arranged {
            values: &filter.output_weights,
            half_widths: half_widths(i).map(|half_widths| &half_widths.output_weights[..]),
            // Of several classes a line for each.
            shape: if classes > 1 { [classes, windows.patches()] } else { windows.grid_shape() },
            arrangement: conclusions.weights_arrangement(),
            label: "output weight",
            names: &names,
        };
        let title = if several { format!("Filter {}", i + 1) } else { "The filter".to_string() };
        let parts = [(&profile, title), (&weights, format!("Its weight at each {}", conclusions.patch))];
        let stacked = profile.room().wide || weights.room().wide;
        let width = if stacked { WIDE } else { WIDE / 2.0 };
        let heights = parts.each_ref().map(|(numbers, _)| height(&numbers.room(), width));
        let panels = parts.map(|(numbers, title)| Chart { title, ..numbers.chart() });
        let gap = if i > 0 { 14.0 } else { 0.0 };
        if stacked {
            let of_filter = panels.into_iter().zip(heights);
            rows.extend(of_filter.map(|(panel, height)| PanelRow { height, ..PanelRow::new([panel]) }));
            in_all += gap + heights[0] + heights[1] + 14.0;
        } else {
            let height = heights[0].max(heights[1]);
            rows.push(if several {
                PanelRow { height, ..PanelRow::new(panels) }
            } else {
                PanelRow::new(panels)
            });
            in_all += gap + height;
        }
    }
    let (filters, title) = match network.filters.len() {
        1 => ("The filter".to_owned(), "The filter and its output weights"),
        count => (format!("{count} filters"), "The filters and their output weights"),
    };
    Figure {
        description: format!(
            "{filters} with {} entries, and output weights at {} patches, with intervals of 95 % where they are known; \
             the numbers are in the files filter.csv and output_weights.csv.",
            network.filters[0].weights.len(),
            windows.patches()
        ),
        ..Figure::grid(WIDE, in_all, title, rows)
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
    let windows = &conclusions.report.analysis.windows;
    let [_, positions] = windows.patch_shape();
    let places = (0..network.filters.len()).flat_map(|i| (0..windows.patch_dim()).map(move |t| (i, t)));
    sheet!(
        "filter", places, at => filter: at.0 + 1, entry: at.1 + 1, line: at.1 / positions + 1,
        position: at.1 % positions + 1, column_of_first_patch: conclusions.column_at(0, at.1),
        value: network.filters[at.0].weights[at.1],
        standard_error: errors.map(|errors| errors.filters[at.0].weights[at.1]), standard_deviation: spreads[at.1]
    )
}

fn output_weights(conclusions: &Conclusions<'_>) -> Sheet {
    let (network, errors) = (&conclusions.fit.network, conclusions.fit.standard_errors.as_ref());
    let windows = &conclusions.report.analysis.windows;
    let [_, positions] = windows.grid_shape();
    let (k, classes) = (windows.patches(), network.scores());
    let each = |i: usize| (0..classes).flat_map(move |c| (0..k).map(move |j| (i, c, j)));
    let places = (0..network.filters.len()).flat_map(each);
    let class = |c: usize| if classes > 1 { conclusions.report.labels.name(c) } else { String::new() };
    sheet!(
        "output_weights", places, at => filter: at.0 + 1, patch: at.2 + 1, line: at.2 / positions + 1,
        position: at.2 % positions + 1, first_column: conclusions.column_at(at.2, 0),
        value: network.filters[at.0].output_weights[at.1 * k + at.2],
        standard_error: errors.map(|errors| errors.filters[at.0].output_weights[at.1 * k + at.2]),
        class: class(at.1)
    )
}
