//! Table 1 in colours: printed, exact, random starts, and how they differ.

use spurious_plot::{
    Anchor, Axis, Cell, Chart, ColourMap, Dash, Figure, Line, Markers, Note, Paint, Panel, PanelRow, Rule,
    Span, Table,
};

use super::likelihood::DROP;
use super::{Table1, Table1Cell, best};
use crate::charts::{BY_PATCHES, WIDE};
use crate::numbers::{decimals, digits_of_share, signed, thousands};

/// Colours of deviations end here, in standard errors.
const DEVIATIONS: f64 = 4.0;

/// Three tables of probabilities, two of deviations, and `χ²` against patch dimension and scale.
pub(crate) fn figure(table: &Table1) -> Figure {
    let share = |value: fn(&Table1Cell) -> f64, places: usize| {
        move |cell: &Table1Cell| Cell::new(decimals(value(cell), places), value(cell))
    };
    let deviation = |share: fn(&Table1Cell) -> f64, deviation: fn(&Table1Cell) -> Option<f64>| {
        move |cell: &Table1Cell| match deviation(cell) {
            Some(deviation) => Cell::new(signed(deviation, 1), deviation),
            None => {
                let agrees = share(cell) == cell.probability;
                Cell { text: if agrees { "✓" } else { "✗" }.into(), value: None }
            }
        }
    };
    let runs = table.cells.iter().map(|cell| cell.counts.runs).min().unwrap_or(1);
    let places = digits_of_share(runs).max(3);
    let probabilities = PanelRow::new([
        panel(table, "The paper prints", (0.4, 1.0), share(|c| c.paper_probability, 2)),
        panel(table, "Exact", (0.4, 1.0), share(|c| c.probability, places)),
        panel(table, "Random starts", (0.4, 1.0), share(|c| c.monte_carlo_probability, places)),
    ]);
    let range = (-DEVIATIONS, DEVIATIONS);
    let deviations = PanelRow::new([
        panel(
            table,
            "(a) − (b), standard errors",
            range,
            deviation(|c| c.paper_probability, |c| c.paper_deviation),
        ),
        panel(
            table,
            "(c) − exact, standard errors",
            range,
            deviation(|c| c.monte_carlo_probability, |c| c.monte_carlo_deviation),
        ),
        Panel::from(patch_dimension(table)),
    ]);
    Figure::grid(WIDE, 250.0, "", [probabilities, deviations])
}

fn panel(table: &Table1, title: &str, (low, high): (f64, f64), cell: impl Fn(&Table1Cell) -> Cell) -> Panel {
    let patches = table.patches();
    let columns = table.cells.len() / patches.len().max(1);
    let diverging = low < 0.0;
    let table = Table {
        title: title.into(),
        row_name: "$k$".into(),
        column_name: "sum ratio $ρ$".into(),
        rows: patches.iter().map(|k| k.to_string()).collect(),
        columns: table.cells.iter().take(columns).map(|c| c.sum_ratio.to_string()).collect(),
        cells: table.cells.chunks(columns).map(|row| row.iter().map(&cell).collect()).collect(),
        map: if diverging { ColourMap::Diverging } else { ColourMap::Viridis },
        ..Table::new(low, high)
    };
    table.into()
}

/// `χ²` of the table for several patch dimensions and scale ratios.
fn patch_dimension(table: &Table1) -> Chart {
    let mut chart = Chart::new(
        Axis::log("scale $β$").over(0.22, 4.5).with_ticks([
            (0.25, "¼"),
            (0.5, "½"),
            (1.0, "1"),
            (2.0, "2"),
            (4.0, "4"),
        ]),
        Axis::log("$χ^2$").over(6.0, 9000.0),
    );
    chart.title = "Which $p$ and $β$?".into();
    let fit = table.fit();
    chart.add(Rule::y(fit.cells as f64));
    let note = Note::new((4.3, fit.cells as f64), format!("{} cells", fit.cells));
    chart.add(Note { anchor: Anchor::End, shift: (0.0, -6.0), paint: Paint::Muted, size: 7.0, ..note });
    for (fits, (paint, _)) in table.fits_by_dimension().zip(BY_PATCHES) {
        let (patch_dim, best) = (fits[0].patch_dim, best(fits));
        let points: Vec<(f64, f64)> = fits.iter().map(|fit| (fit.scale_ratio, fit.chi_squared)).collect();
        let chosen = patch_dim == table.patch_dim;
        let text = if chosen { format!("$p = {patch_dim}$") } else { patch_dim.to_string() };
        // Above the left end of the curve, or below its minimum where another curve is just above.
        let label = if patch_dim == 6 {
            let note = Note::new((best.scale_ratio, best.chi_squared), text);
            Note { anchor: Anchor::Middle, shift: (0.0, -5.5), ..note }
        } else {
            Note { shift: (1.0, 5.5), ..Note::new(points[0], text) }
        };
        chart.add(Line { width: if chosen { 1.8 } else { 1.0 }, ..Line::new(points, paint) });
        chart.add(Note { paint, size: 7.5, bold: chosen, ..label });
    }
    let chosen = (table.scale_ratio, fit.chi_squared);
    chart.add(Markers { size: 5.0, ..Markers::new([chosen], Paint::Ink) });
    chart
}

/// How likely the printed table is, by number of runs and by scale.
pub(crate) fn likelihood(table: &Table1) -> Figure {
    let told = &table.likelihood;
    let panel = |x: Axis, [low, high]: [f64; 2], points: Vec<(f64, f64)>| {
        let mut chart = Chart::new(x, Axis::linear("$\\mathrm{ln} L$, less its maximum").over(-10.0, 1.8));
        chart.add(Span { label: "95 %".into(), opacity: 0.18, ..Span::x(low, high, Paint::Sky) });
        chart.add(Rule { dash: Dash::Dotted, ..Rule::y(-DROP) });
        chart.add(Line { width: 1.5, ..Line::new(points, Paint::Blue) });
        chart
    };
    let runs = told.by_runs.iter().map(|at| (at.runs as f64, at.log_likelihood)).collect();
    let axis = Axis::log("runs in each cell $n$")
        .over(700.0, 20_000.0)
        .with_ticks([1000, 2000, 5000, 10_000, 20_000].map(|n| (n as f64, thousands(n))));
    let mut by_runs = panel(axis, told.runs_interval.map(|n| n as f64), runs);
    by_runs.title = "How many runs?".into();
    by_runs.add(Rule { label: "reported".into(), along: 0.1, ..Rule::x(table.paper_runs as f64) });
    let scales = told.by_scale.iter().map(|at| (at.scale_ratio, at.log_likelihood)).collect();
    let axis = Axis::linear("scale $β$").over(0.86, 1.14);
    let mut by_scale = panel(axis, told.scale_interval, scales);
    by_scale.title = format!("Which scale, for $p = {}$?", table.patch_dim);
    Figure::row(WIDE, 190.0, "", [by_runs, by_scale])
}
