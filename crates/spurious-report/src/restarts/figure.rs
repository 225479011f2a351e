//! Ways out of the trap.

use spurious_plot::{Axis, Chart, Dash, Figure, Legend, Line, Markers, Paint, Rule, Shape};

use super::{RestartCell, Restarts};
use crate::charts::WIDE;
use crate::charts::collapse::CRITICALITY;
use crate::document::NARROW;
use crate::numbers::{decimals, thousands};

/// One run, the best of four, and the antipodal restart, cell by cell.
pub(crate) fn sign_choices(restarts: &Restarts) -> [Figure; 2] {
    let count = restarts.cells.len();
    let height = |i: usize| (count - i) as f64;
    let ticks = restarts
        .cells
        .iter()
        .enumerate()
        .map(|(i, cell)| (height(i), format!("$k = {}$, $ρ = {}$", cell.patches, cell.sum_ratio)));
    let mut chart = Chart::new(
        Axis::linear(format!(
            "share of {} random starts that recover the teacher",
            thousands(restarts.starts)
        ))
        .over(0.45, 1.04)
        .with_ticks([0.5, 0.6, 0.7, 0.8, 0.9, 1.0].map(|x| (x, decimals(x, 1)))),
        Axis::linear("").over(0.4, count as f64 + 0.6).with_ticks(ticks),
    );
    let row = |share: fn(&RestartCell) -> f64, shift: f64| {
        restarts
            .cells
            .iter()
            .enumerate()
            .map(move |(i, cell)| (share(cell), height(i) + shift))
            .collect::<Vec<_>>()
    };
    for (i, cell) in restarts.cells.iter().enumerate() {
        let ends = [(cell.single.probability(), height(i)), (cell.four_signs.probability(), height(i))];
        chart.add(Line { width: 0.7, ..Line::new(ends, Paint::Muted) });
    }
    chart.add(Markers {
        label: "one run".into(),
        size: 6.0,
        ..Markers::new(row(|c| c.single.probability(), 0.0), Paint::Blue)
    });
    chart.add(Markers {
        label: "exact".into(),
        shape: Shape::Cross,
        size: 5.0,
        ..Markers::new(row(|c| c.probability, 0.0), Paint::Ink)
    });
    chart.add(Markers {
        label: "best of four sign choices".into(),
        shape: Shape::Square,
        size: 5.5,
        ..Markers::new(row(|c| c.four_signs.probability(), 0.17), Paint::Green)
    });
    chart.add(Markers {
        label: "antipodal restart".into(),
        shape: Shape::Diamond,
        size: 6.0,
        ..Markers::new(row(|c| c.antipodal.probability(), -0.17), Paint::Vermillion)
    });
    chart.legend = Legend::Above;
    let figure = |height| Figure::new(WIDE, height, "", chart.clone());
    // Eight rows of markers want their height on narrow screens too.
    [figure(230.0), figure(420.0).narrowed(NARROW)]
}

/// Number of runs that each way takes, against criticality.
pub(crate) fn runs_needed(restarts: &Restarts) -> Figure {
    let mut chart =
        Chart::new(Axis::linear(CRITICALITY).over(0.0, 1.1), Axis::linear("number of runs").over(0.0, 15.0));
    let stairs = |which: usize| {
        let mut points: Vec<(f64, f64)> = Vec::new();
        for needed in &restarts.needed {
            let count = needed.starts[which] as f64;
            if let Some(&(_, before)) = points.last() {
                points.push((needed.criticality, before));
            }
            points.push((needed.criticality, count));
        }
        points
    };
    for (which, (label, paint)) in
        [("independent starts, 99 %", Paint::Sky), ("independent starts, 99.99 %", Paint::Blue)]
            .into_iter()
            .enumerate()
    {
        chart.add(Line { label: label.into(), ..Line::new(stairs(which), paint) });
    }
    let certain =
        |runs: f64, paint| Line { dash: Dash::Dashed, ..Line::new([(0.0, runs), (1.1, runs)], paint) };
    chart.add(Line { label: "four sign choices: certain".into(), ..certain(4.0, Paint::Green) });
    chart.add(Line { label: "antipodal restart: certain".into(), ..certain(2.0, Paint::Vermillion) });
    chart.add(Rule { dash: Dash::Dotted, along: 0.95, label: "the trap ends".into(), ..Rule::x(1.0) });
    chart.legend = Legend::Right;
    Figure::new(420.0, 190.0, "", chart)
}
