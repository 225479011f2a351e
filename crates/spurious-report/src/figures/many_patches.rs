//! The number of patches: collapse, approach to the limit, threshold, scaling law.

use std::f64::consts::PI;

use spurious::probability::scaling_law;
use spurious_plot::{
    Anchor, Area, Axis, Chart, Corner, Dash, Figure, Legend, Line, Mark, Markers, Note, Paint, Panel, Row,
    Rule, Shape,
};

use super::{BY_PATCHES, WIDE};
use crate::many_patches::ManyPatches;
use crate::markup::decimals;
use crate::table1::{SCALE_RATIO, Table1, Table1Cell};

const LARGEST_SHOWN: f64 = 1.2;
pub(crate) const CRITICALITY: &str = "criticality $x_c = πρ/(k + π − 1)$";

/// Marks of all cells of Table 1, one colour and shape for each number of patches.
pub(crate) fn cells(
    table: &Table1,
    value: impl Fn(&Table1Cell) -> f64,
    filled: bool,
    size: f64,
    labelled: bool,
) -> Vec<Mark> {
    let marks = table.patches().into_iter().zip(BY_PATCHES).map(|(patches, (paint, shape))| {
        let of_size = table.cells.iter().filter(|c| c.patches == patches && c.criticality <= LARGEST_SHOWN);
        let points: Vec<(f64, f64)> = of_size.map(|c| (c.criticality, value(c))).collect();
        let label = if labelled { format!("$k = {patches}$") } else { String::new() };
        Markers { shape, filled, size, label, ..Markers::new(points, paint) }.into()
    });
    marks.collect()
}

/// All cells of Table 1 on one curve, and what is left.
pub(crate) fn collapse(table: &Table1, many: &ManyPatches) -> Figure {
    let mut chart = Chart::new(
        Axis::linear("").over(0.0, LARGEST_SHOWN),
        Axis::linear("success probability $P$").over(0.48, 1.02),
    );
    chart.letter = Some('a');
    chart.add(Rule { dash: Dash::Dotted, ..Rule::x(1.0) });
    chart.add(Line {
        label: "limit $k → ∞$".into(),
        width: 1.5,
        ..Line::new(many.curve.iter().map(|p| (p.criticality, p.probability)), Paint::Ink)
    });
    for mark in cells(table, |c| c.paper_probability, false, 7.5, false) {
        chart.add(mark);
    }
    for mark in cells(table, |c| c.probability, true, 3.8, true) {
        chart.add(mark);
    }
    let key = Markers { filled: false, size: 7.5, label: "the paper".into(), ..Markers::new([], Paint::Ink) };
    chart.add(key);
    chart.add(Markers { size: 3.8, label: "exact".into(), ..Markers::new([], Paint::Ink) });
    chart.add(Note { paint: Paint::Muted, ..Note::new((1.015, 0.52), "no trap") });
    chart.add(Note { paint: Paint::Muted, anchor: Anchor::End, ..Note::new((0.985, 0.52), "trap") });
    chart.legend = Legend::Inside(Corner::TopLeft);

    let mut rest = Chart::new(
        Axis::linear(CRITICALITY).over(0.0, LARGEST_SHOWN),
        Axis::linear("$P − P_{∞}$").over(-0.022, 0.022).with_ticks([
            (-0.02, "−0.02"),
            (0.0, "0"),
            (0.02, "0.02"),
        ]),
    );
    rest.letter = Some('b');
    rest.add(Rule { dash: Dash::Dotted, ..Rule::x(1.0) });
    rest.add(Line { width: 1.0, ..Line::new([(0.0, 0.0), (LARGEST_SHOWN, 0.0)], Paint::Ink) });
    for mark in cells(table, |c| c.paper_probability - c.limit_probability, false, 6.5, false) {
        rest.add(mark);
    }
    for mark in cells(table, |c| c.probability - c.limit_probability, true, 3.8, false) {
        rest.add(mark);
    }
    rest.legend = Legend::None;
    let mut above = Row::new([Panel::from(chart)]);
    above.height = 2.2;
    Figure {
        description: "The success probabilities of all cells of Table 1, printed and exact, against criticality: they lie on \
                      one curve, which rises from one half at 0 to one at 1. A second panel shows what is left of them \
                      after the curve is subtracted: at most some hundredths."
            .into(),
        ..Figure::grid(WIDE, 340.0, "The success probability depends on the criticality alone", [
            above,
            Row::new([Panel::from(rest)]),
        ])
    }
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
    Figure {
        description:
            "The difference between the limit and the success probability of k patches falls like one over k."
                .into(),
        ..Figure::new(320.0, 210.0, "How many patches are many", chart)
    }
}

/// The threshold beyond which there is no trap, and the cells of Table 1. The table's values are squares, so that the axes
/// are spaced by square roots.
pub(crate) fn threshold(table: &Table1) -> Figure {
    let (few, many, top) = (4.5, 10.7, 5.45);
    // √ρ_c from √k
    let critical = |root: f64| (1.0 + (root * root - 1.0) / PI).sqrt();
    let ticks = |values: Vec<f64>| values.into_iter().map(|value| (value.sqrt(), value.to_string()));
    let patches = table.patches().iter().map(|&k| k as f64).collect();
    let ratios =
        table.cells.iter().take_while(|c| c.patches == table.cells[0].patches).map(|c| c.sum_ratio).collect();
    let mut chart = Chart::new(
        Axis::linear("patches $k$").over(few, many).with_ticks(ticks(patches)),
        Axis::linear("sum ratio $ρ$").over(-0.4, top).with_ticks(ticks(ratios)),
    );
    let line = (0..=60).map(|i| few + (many - few) * f64::from(i) / 60.0).map(|root| (root, critical(root)));
    let area = line.clone().map(|(x, y)| (x, y.min(top))).chain([(many, top), (few, top)]);
    chart.add(Area { opacity: 0.12, ..Area::new(area, Paint::Green) });
    chart.add(Line { width: 1.4, label: "$ρ_c = 1 + (k − 1)/π$".into(), ..Line::new(line, Paint::Ink) });
    type Kind = (&'static str, bool, Paint, Shape, fn(&Table1Cell) -> bool);
    let kinds: [Kind; 3] = [
        ("paper 1.00, no trap", true, Paint::Green, Shape::Circle, |c| {
            c.paper_probability == 1.0 && c.criticality >= 1.0
        }),
        ("paper 1.00, trap", true, Paint::Orange, Shape::Diamond, |c| {
            c.paper_probability == 1.0 && c.criticality < 1.0
        }),
        ("paper < 1.00", false, Paint::Vermillion, Shape::Circle, |c| c.paper_probability < 1.0),
    ];
    let at = |cell: &Table1Cell| ((cell.patches as f64).sqrt(), cell.sum_ratio.sqrt());
    for (label, filled, paint, shape, belongs) in kinds {
        let points = table.cells.iter().filter(|c| belongs(c)).map(at);
        chart.add(Markers { label: label.into(), filled, shape, size: 6.0, ..Markers::new(points, paint) });
    }
    let close = |c: &&Table1Cell| c.paper_probability == 1.0 && c.criticality < 1.0;
    for cell in table.cells.iter().filter(close) {
        let note = Note::new(at(cell), format!("exact: {}", decimals(cell.probability, 4)));
        chart.add(Note { shift: (7.0, -5.0), ..note });
    }
    chart.add(Note { paint: Paint::Muted, ..Note::new((5.3, 4.5), "no trap") });
    chart.add(Note { paint: Paint::Muted, ..Note::new((10.1, 2.5), "trap") });
    chart.legend = Legend::Above;
    Figure {
        description: "Cells of Table 1 in the plane of patches and sum ratio. All cells above the line print 1.00; below it \
                      one cell does, whose exact probability is just short of 1."
            .into(),
        ..Figure::new(420.0, 230.0, "Where the trap ends", chart)
    }
}

/// The scaling law.
pub(crate) fn scaling(many: &ManyPatches) -> Figure {
    let mut chart = Chart::new(
        Axis::linear("$√p x_c$").over(0.0, 3.3),
        Axis::linear("success probability $P$").over(0.48, 1.02),
    );
    // It depends on √p·x_c alone, so p = 1 gives the curve.
    let law = (0..=100).map(|i| 3.3 * f64::from(i) / 100.0).map(|x| (x, scaling_law(1, x, SCALE_RATIO)));
    chart.add(Line { label: "$Φ(κ√p x_c)$".into(), width: 1.5, ..Line::new(law, Paint::Ink) });
    for (curve, (paint, shape)) in many.scaling.iter().zip(BY_PATCHES) {
        let points = curve.points.iter().map(|p| (p.scaled, p.probability));
        let label = format!("$p = {}$", curve.patch_dim);
        chart.add(Markers { shape, label, size: 4.2, ..Markers::new(points, paint) });
    }
    chart.legend = Legend::Inside(Corner::BottomRight);
    Figure {
        description: "Exact limits for four patch dimensions against the square root of p times the criticality lie close to \
                      a normal distribution function, the closer the larger p."
            .into(),
        ..Figure::new(320.0, 210.0, "The scaling law", chart)
    }
}
