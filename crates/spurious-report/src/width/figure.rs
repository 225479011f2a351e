//! Success against the number of filters, beside the law of independent tickets.

use spurious::width::{WidthRow, ticket_law};
use spurious_plot::{Axis, Chart, Corner, Dash, ErrorBars, Figure, Legend, Line, Markers, Paint, Shape};

use super::Width;
use crate::charts::BY_PATCHES;

/// A picture of rows of one cell: shares with their intervals, and the law.
#[must_use]
pub fn width_figure(rows: &[WidthRow]) -> Figure {
    let mut chart = axes(rows);
    add(&mut chart, rows, (Paint::Blue, Shape::Circle), "recovered, 95 %", "law $1 − (1 − P_1)^r$");
    chart.legend = Legend::Inside(Corner::BottomRight);
    if let Some(row) = rows.first() {
        let slope = match row.negative_slope {
            0.0 => String::new(),
            slope => format!(", $c = {slope}$"),
        };
        chart.title = format!(
            "$p = {}$, $k = {}$, $ρ = {}$, $β = {}${slope}, $η = {}$",
            row.patch_dim, row.patches, row.sum_ratio, row.scale_ratio, row.step_size
        );
    }
    Figure {
        description: "Share of runs that recover the teacher, with 95 % intervals, against the number of filters of the student, and the law of \
                      independent tickets"
            .to_owned(),
        ..Figure::new(360.0, 220.0, "Success against width", chart)
    }
}

/// One curve for each patch dimension.
pub(super) fn by_patch_dim(width: &Width) -> Figure {
    let mut chart = axes(&width.rows);
    for (i, (rows, look)) in
        width.rows.chunk_by(|a, b| a.patch_dim == b.patch_dim).zip(BY_PATCHES).enumerate()
    {
        let law = if i == 0 { "law" } else { "" };
        add(&mut chart, rows, look, &format!("$p = {}$", rows[0].patch_dim), law);
    }
    chart.legend = Legend::Inside(Corner::BottomRight);
    Figure::new(360.0, 230.0, "", chart)
}

fn axes(rows: &[WidthRow]) -> Chart {
    let most = rows.iter().map(|row| row.filters).max().unwrap_or(1);
    let least = rows.iter().map(|row| row.filters).min().unwrap_or(1);
    let lowest = rows.iter().map(|row| row.estimate.lower).fold(1.0, f64::min);
    let every = most.div_ceil(8).max(1);
    let ticks = (least..=most).filter(|r| r.is_multiple_of(every)).map(|r| (r as f64, r.to_string()));
    Chart::new(
        Axis::linear("filters of the student, $r$")
            .over(least as f64 - 0.4, most as f64 + 0.4)
            .with_ticks(ticks.collect::<Vec<_>>()),
        Axis::linear("share of runs that recover the teacher").over((lowest - 0.05).max(0.0), 1.01),
    )
}

fn add(chart: &mut Chart, rows: &[WidthRow], (paint, shape): (Paint, Shape), label: &str, law: &str) {
    let mut rows: Vec<&WidthRow> = rows.iter().collect();
    rows.sort_by_key(|row| row.filters);
    let x = |row: &WidthRow| row.filters as f64;
    if let (Some(single), Some(first), Some(last)) =
        (rows.first().and_then(|row| row.single_probability), rows.first(), rows.last())
    {
        let points = (first.filters..=last.filters).map(|r| (r as f64, ticket_law(single, r)));
        let line = Line::new(points, if law.len() > 3 { Paint::Ink } else { paint });
        chart.add(Line { dash: Dash::Dashed, width: 0.9, label: law.into(), ..line });
    }
    chart.add(ErrorBars::new(rows.iter().map(|row| (x(row), row.estimate.lower, row.estimate.upper)), paint));
    let points = rows.iter().map(|row| (x(row), row.estimate.probability));
    chart.add(Markers { shape, label: label.into(), ..Markers::new(points, paint) });
}
