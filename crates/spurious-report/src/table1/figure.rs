//! Table 1 in colours: printed, exact, random starts, and how they differ.

use spurious_plot::{
    Anchor, Axis, Cell, Chart, ColourMap, Figure, Line, Markers, Note, Paint, Panel, PanelRow, Rule, Table,
};

use super::{Table1, Table1Cell, best};
use crate::charts::{BY_PATCHES, WIDE};
use crate::numbers::{decimals, digits_of_share, signed};

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
