//! The filter, and how much it counts at each place.

use spurious_plot::{Figure, Panel, Row};

use super::panel::{Numbers, Room};
use crate::figures::WIDE;
use crate::fit::facts::Facts;

/// Room that axes, title and colour bar take beside a map, in pt.
const BESIDE: f64 = 96.0;
const ABOVE_AND_BELOW: f64 = 62.0;

/// Filter and output weights with their errors.
pub(in crate::fit) fn figure(facts: &Facts<'_>) -> Figure {
    let (network, errors) = (&facts.fit.network, &facts.fit.standard_errors);
    let windows = facts.report.windows;
    let spreads = facts.spreads();
    let weighed = facts.weighs_spread();
    let scaled = |values: &[f64]| -> Vec<f64> {
        let factor = |t: usize| if weighed { spreads[t] } else { 1.0 };
        values.iter().enumerate().map(|(t, value)| value * factor(t)).collect()
    };
    let (values, value_errors) = (scaled(&network.filter), scaled(&errors.filter));
    let filter = Numbers {
        values: &values,
        errors: &value_errors,
        shape: windows.patch_shape(),
        arrangement: facts.filter_arrangement(),
        label: if weighed { "filter × spread of the entry" } else { "filter" },
    };
    let weights = Numbers {
        values: &network.output_weights,
        errors: &errors.output_weights,
        shape: windows.grid_shape(),
        arrangement: facts.weights_arrangement(),
        label: "output weight",
    };
    let parts = [
        (&filter, 'a', "The filter".to_string()),
        (&weights, 'b', format!("Its weight at each {}", facts.patch)),
    ];
    let stacked = filter.room().wide || weights.room().wide;
    let width = if stacked { WIDE } else { WIDE / 2.0 };
    let heights = parts.each_ref().map(|(numbers, ..)| height(&numbers.room(), width));
    let panels = parts.map(|(numbers, letter, title)| {
        let mut chart = numbers.chart();
        chart.letter = Some(letter);
        chart.title = title;
        Panel::from(chart)
    });
    let (height, rows) = if stacked {
        let rows = panels.into_iter().zip(heights);
        let rows = rows.map(|(panel, height)| Row { height, ..Row::new([panel]) }).collect();
        (heights[0] + heights[1] + 14.0, rows)
    } else {
        (heights[0].max(heights[1]), vec![Row::new(panels)])
    };
    Figure {
        description: format!(
            "The filter with {} entries, and its output weights at {} patches, with intervals of 1.96 standard errors \
             on either side; the numbers are in the files filter.csv and output_weights.csv.",
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
