//! The number of patches: collapse, approach to the limit, scaling law.

use spurious::Criticality;
use spurious::probability::scaling_law;
use spurious_plot::{
    Anchor, Axis, Chart, Corner, Dash, Figure, Legend, Line, Mark, Markers, Note, Paint, PanelRow, Rule,
};

use super::{LARGEST_SCALED, ManyPatches};
use crate::charts::collapse::{self, CRITICALITY, LARGEST_SHOWN, Point, Style, end_of_trap};
use crate::charts::{BY_PATCHES, WIDE};
use crate::table1::{SCALE_RATIO, Table1, Table1Cell};

/// Marks of the cells of Table 1.
fn cells(
    table: &Table1,
    value: impl Fn(&Table1Cell) -> f64,
    filled: bool,
    size: f64,
    labelled: bool,
) -> Vec<Mark> {
    let point = |cell: &Table1Cell| Point {
        patches: cell.patches,
        criticality: cell.criticality,
        value: value(cell),
        bounds: None,
    };
    let points: Vec<Point> = table.cells.iter().map(point).collect();
    collapse::cells(&points, Style { filled, size, labelled })
}

/// All cells of Table 1 on one curve, and what is left.
pub(crate) fn collapse(table: &Table1, many: &ManyPatches) -> Figure {
    let mut chart = Chart::new(
        Axis::linear("").over(0.0, LARGEST_SHOWN),
        Axis::linear("success probability $P$").over(0.48, 1.02),
    );
    chart.marks.extend(end_of_trap(0.52));
    chart.add(Line {
        label: "limit $k → ∞$".into(),
        width: 1.5,
        ..Line::new(many.curve.iter().map(|p| (p.criticality, p.probability)), Paint::Ink)
    });
    chart.marks.extend(cells(table, |c| c.paper_probability, false, 7.5, false));
    chart.marks.extend(cells(table, |c| c.probability, true, 3.8, true));
    let key = Markers { filled: false, size: 7.5, label: "the paper".into(), ..Markers::new([], Paint::Ink) };
    chart.add(key);
    chart.add(Markers { size: 3.8, label: "exact".into(), ..Markers::new([], Paint::Ink) });
    chart.legend = Legend::Inside(Corner::TopLeft);

    let mut rest = Chart::new(
        Axis::linear(CRITICALITY).over(0.0, LARGEST_SHOWN),
        Axis::linear("$P − P_{∞}$").over(-0.022, 0.022).with_ticks([
            (-0.02, "−0.02"),
            (0.0, "0"),
            (0.02, "0.02"),
        ]),
    );
    rest.add(Rule { dash: Dash::Dotted, ..Rule::x(1.0) });
    rest.add(Line { width: 1.0, ..Line::new([(0.0, 0.0), (LARGEST_SHOWN, 0.0)], Paint::Ink) });
    rest.marks.extend(cells(table, |c| c.paper_probability - c.limit_probability, false, 6.5, false));
    rest.marks.extend(cells(table, |c| c.probability - c.limit_probability, true, 3.8, false));
    Figure::grid(WIDE, 340.0, "", [PanelRow { height: 2.2, ..PanelRow::new([chart]) }, PanelRow::new([rest])])
}

/// The approach to the limit.
pub(crate) fn approach(many: &ManyPatches) -> Figure {
    let mut chart = Chart::new(Axis::log("patches $k$"), Axis::log("$P_{∞} − P_k$"));
    for (approach, (paint, shape)) in many.approaches.iter().zip(BY_PATCHES) {
        let points: Vec<(f64, f64)> =
            approach.points.iter().map(|p| (p.patches as f64, p.difference)).collect();
        let (first, last) = (points[0].0, points[points.len() - 1].0);
        let line = [first, last].map(|k| (k, approach.coefficient / k));
        chart.add(Line { width: 0.9, dash: Dash::Dashed, ..Line::new(line, paint) });
        let label = format!("$x_c = {}$", approach.criticality);
        chart.add(Markers { shape, label, ..Markers::new(points, paint) });
    }
    chart.add(Line {
        width: 0.9,
        dash: Dash::Dashed,
        label: "slope $−1$".into(),
        ..Line::new([], Paint::Muted)
    });
    chart.x.grid = true;
    chart.y.grid = true;
    Figure::new(320.0, 210.0, "", chart)
}

/// The scaling law.
pub(crate) fn scaling(many: &ManyPatches) -> Figure {
    let mut chart = Chart::new(
        Axis::linear("$√p x_c$").over(0.0, 3.3),
        Axis::linear("success probability $P$").over(0.48, 1.08),
    );
    // It depends on √p·x_c alone, so p = 1 gives the curve.
    let law = (0..=100)
        .map(|i| 3.3 * f64::from(i) / 100.0)
        .map(|x| (x, Criticality::new(x).map_or(f64::NAN, |at| scaling_law(1, at, SCALE_RATIO))));
    chart.add(Line { label: "$Φ(κ√p x_c)$".into(), width: 1.5, ..Line::new(law, Paint::Ink) });
    for (curve, (paint, shape)) in many.scaling.iter().zip(BY_PATCHES) {
        // At x_c = 1 the trap ends, and with it the curve.
        let end = (curve.patch_dim as f64).sqrt();
        if end < LARGEST_SCALED {
            chart.add(Line {
                width: 0.8,
                dash: Dash::Dotted,
                ..Line::new([(end, 0.48), (end, 1.02)], paint)
            });
            let text = format!("$p = {}$ ends at $x_c = 1$", curve.patch_dim);
            chart.add(Note { anchor: Anchor::Middle, paint, ..Note::new((end, 1.05), text) });
        }
        let points = curve.points.iter().map(|p| (p.scaled, p.probability));
        let label = format!("$p = {}$", curve.patch_dim);
        chart.add(Markers { shape, label, size: 4.2, ..Markers::new(points, paint) });
    }
    chart.legend = Legend::Inside(Corner::BottomRight);
    Figure::new(320.0, 210.0, "", chart)
}
