//! Probability and threshold against the negative slope.

use spurious_plot::{Axis, Chart, Corner, Dash, Figure, Legend, Line, Markers, Paint, PanelRow, Rule};

use super::Leak;
use crate::charts::{BY_PATCHES, WIDE};

/// The exact probabilities fall; the threshold rises, and passes the sum ratio that had no trap.
pub(crate) fn leak(leak: &Leak) -> Figure {
    let slope = || Axis::linear("negative slope $c$").over(0.0, 0.9);
    let mut chart = Chart::new(slope(), Axis::linear("success probability $P$").over(0.48, 1.04));
    for (i, (ratio, (paint, shape))) in leak.sum_ratio.iter().zip(BY_PATCHES).enumerate() {
        let label = format!("$ρ = {ratio}$");
        let curve = leak.curve.iter().map(|point| (point.negative_slope, point.probability[i]));
        chart.add(Line { label, width: 1.3, ..Line::new(curve, paint) });
        let cells = leak.cells().into_iter().map(|cell| (cell.negative_slope, cell.probability[i]));
        chart.add(Markers { shape, size: 4.2, ..Markers::new(cells, paint) });
    }
    chart.legend = Legend::Inside(Corner::TopRight);
    let mut threshold = Chart::new(slope(), Axis::log("threshold $ρ_c$"));
    let curve = leak.curve.iter().map(|point| (point.negative_slope, point.critical_sum_ratio));
    threshold.add(Line { width: 1.3, ..Line::new(curve, Paint::Orange) });
    let largest = leak.sum_ratio[leak.sum_ratio.len() - 1];
    let label = format!("$ρ = {largest}$");
    threshold.add(Rule { dash: Dash::Dotted, along: 0.9, label, ..Rule::y(largest) });
    Figure::grid(WIDE, 200.0, "", [PanelRow::new([chart, threshold])])
}
