//! The share that each algorithm recovers, and its phase I.

use spurious_plot::{Axis, Chart, Figure, Line, Markers, Paint, Rule};

use super::Algorithms;
use crate::charts::WIDE;
use crate::document::NARROW;
use crate::numbers::decimals;

/// Two panels side by side, with a line for each algorithm, from above in the order of the table.
pub(super) fn shares(algorithms: &Algorithms) -> [Figure; 2] {
    let count = algorithms.rows.len();
    let places = || algorithms.rows.iter().enumerate().map(|(i, row)| ((count - i) as f64, row));
    let names = || {
        let ticks = places().map(|(y, row)| (y, row.algorithm.name().to_owned()));
        Axis::linear("").over(0.4, count as f64 + 0.6).with_ticks(ticks)
    };
    let mut share = Chart::new(
        Axis::linear("share recovered")
            .over(0.5, 1.0)
            .with_ticks([0.5, 0.6, 0.7, 0.8, 0.9, 1.0].map(|x| (x, decimals(x, 1)))),
        names(),
    );
    share.add(Rule { label: "exact, gd".into(), along: 0.02, ..Rule::x(algorithms.probability) });
    let estimates = || places().map(|(y, row)| (y, row.shares.estimate));
    for (y, estimate) in estimates() {
        share.add(Line::new([(estimate.lower, y), (estimate.upper, y)], Paint::Blue));
    }
    share.add(Markers {
        size: 6.0,
        ..Markers::new(estimates().map(|(y, estimate)| (estimate.probability, y)), Paint::Blue)
    });
    let mut steps = Chart::new(Axis::log("median steps of phase I").over(5.0, 3000.0), names());
    let medians = places().filter_map(|(y, row)| Some((row.shares.phase_one_median? as f64, y)));
    steps.add(Markers { size: 6.0, ..Markers::new(medians, Paint::Vermillion) });
    let wide = Figure::row(WIDE, 210.0, "", [share.clone(), steps.clone()]);
    let narrow = Figure::row(2.0 * NARROW, 220.0, "", [share, steps]).narrowed(NARROW);
    [wide, narrow]
}
