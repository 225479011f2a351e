//! Table 1 in colours: printed, exact, random starts, and how they differ.

use spurious_plot::{
    Anchor, Axis, Cell, Chart, ColourMap, Dash, Figure, Legend, Line, Markers, Note, Paint, Panel, Row, Table,
};

use super::WIDE;
use crate::markup::{decimals, signed};
use crate::table1::{Table1, Table1Cell};

/// Colours of deviations end here, in standard errors.
const DEVIATIONS: f64 = 4.0;

/// Three tables of probabilities, two of deviations, and `χ²` against the patch dimension.
pub(crate) fn figure(table: &Table1) -> Figure {
    let share = |value: fn(&Table1Cell) -> f64, places: usize| {
        move |cell: &Table1Cell| Cell::new(decimals(value(cell), places), value(cell))
    };
    let deviation = |value: fn(&Table1Cell) -> Option<f64>| {
        move |cell: &Table1Cell| match value(cell) {
            Some(deviation) => Cell::new(signed(deviation, 1), deviation),
            None => Cell { text: "✓".into(), value: None },
        }
    };
    let probabilities = Row::new([
        panel(table, 'a', "The paper prints", (0.4, 1.0), share(|c| c.paper_probability, 2)),
        panel(table, 'b', "Exact", (0.4, 1.0), share(|c| c.probability, 3)),
        panel(table, 'c', "Random starts", (0.4, 1.0), share(|c| c.monte_carlo_probability, 3)),
    ]);
    let range = (-DEVIATIONS, DEVIATIONS);
    let deviations = Row::new([
        panel(table, 'd', "(a) − (b), standard errors", range, deviation(|c| c.paper_deviation)),
        panel(table, 'e', "(c) − (b), standard errors", range, deviation(|c| c.monte_carlo_deviation)),
        Panel::from(patch_dimension(table)),
    ]);
    let title = "Table 1: the probability that gradient descent recovers the teacher";
    Figure {
        description: "Six coloured panels: the probabilities printed in the paper, the exact ones and those of random \
                      starts agree to two decimals; deviations are of the order of one standard error; chi squared is \
                      smallest by far at patch dimension 5."
            .into(),
        ..Figure::grid(WIDE, 250.0, title, [probabilities, deviations])
    }
}

fn panel(
    table: &Table1,
    letter: char,
    title: &str,
    (low, high): (f64, f64),
    cell: impl Fn(&Table1Cell) -> Cell,
) -> Panel {
    let patches = table.patches();
    let columns = table.cells.len() / patches.len().max(1);
    let diverging = low < 0.0;
    let content = Table {
        letter: Some(letter),
        title: title.into(),
        row_name: "$k$".into(),
        column_name: "sum ratio $ρ$".into(),
        rows: patches.iter().map(|k| k.to_string()).collect(),
        columns: table.cells.iter().take(columns).map(|c| c.sum_ratio.to_string()).collect(),
        cells: table.cells.chunks(columns).map(|row| row.iter().map(&cell).collect()).collect(),
        map: if diverging { ColourMap::Diverging } else { ColourMap::Viridis },
        ..Table::new(low, high)
    };
    content.into()
}

/// `χ²` of the table for several patch dimensions.
fn patch_dimension(table: &Table1) -> Chart {
    let dims: Vec<(f64, String)> =
        table.fits.iter().map(|f| (f.patch_dim as f64, f.patch_dim.to_string())).collect();
    let (first, last) = (dims[0].0, dims[dims.len() - 1].0);
    let mut chart = Chart::new(
        Axis::linear("patch dimension $p$").over(first - 0.5, last + 0.5).with_ticks(dims),
        Axis::log("$χ^2$").over(5.0, 6000.0),
    );
    chart.letter = Some('f');
    chart.title = "Which $p$ was it?".into();
    let fit = table.fit();
    let expected = fit.cells as f64;
    chart.add(Line {
        width: 0.9,
        dash: Dash::Dashed,
        ..Line::new([(first - 0.5, expected), (last + 0.5, expected)], Paint::Muted)
    });
    let note = Note::new((last + 0.4, expected), format!("{} cells", fit.cells));
    chart.add(Note { anchor: Anchor::End, shift: (0.0, -6.0), paint: Paint::Muted, size: 7.0, ..note });
    let points = table.fits.iter().map(|f| (f.patch_dim as f64, f.chi_squared));
    chart.add(Line { width: 0.8, ..Line::new(points.clone(), Paint::Blue) });
    chart.add(Markers::new(points, Paint::Blue));
    let best = (fit.patch_dim as f64, fit.chi_squared);
    chart.add(Markers { size: 6.0, ..Markers::new([best], Paint::Vermillion) });
    let label = Note::new(best, decimals(best.1, 0));
    chart.add(Note { shift: (6.0, 5.0), paint: Paint::Vermillion, bold: true, ..label });
    chart.legend = Legend::None;
    chart
}
