//! The share that each algorithm recovers, and its phase I.

use spurious_plot::{Axis, Chart, ErrorBars, Figure, Markers, Paint, Rule};

use super::Algorithms;
use crate::charts::WIDE;
use crate::document::NARROW;
use crate::numbers::decimals;

/// Two panels, one above the other: an algorithm has the same place in both.
pub(super) fn shares(algorithms: &Algorithms) -> [Figure; 2] {
    let count = algorithms.rows.len() as f64;
    let names = || {
        let ticks = algorithms.rows.iter().enumerate();
        let ticks = ticks.map(|(i, row)| (i as f64, row.algorithm.name().to_owned()));
        Axis::linear("").over(-0.5, count - 0.5).with_ticks(ticks)
    };
    let places = || (0_u32..).map(f64::from).zip(&algorithms.rows);
    let mut share = Chart::new(
        names(),
        Axis::linear("share recovered")
            .over(0.5, 1.0)
            .with_ticks([0.5, 0.6, 0.7, 0.8, 0.9, 1.0].map(|y| (y, decimals(y, 1)))),
    );
    share.add(Rule { label: "exact, gd".into(), along: 1.0, ..Rule::y(algorithms.probability) });
    let estimates = || places().filter_map(|(x, row)| Some((x, row.shares.as_ref()?.estimate)));
    share.add(ErrorBars::new(
        estimates().map(|(x, estimate)| (x, estimate.lower, estimate.upper)),
        Paint::Blue,
    ));
    share.add(Markers {
        size: 6.0,
        ..Markers::new(estimates().map(|(x, estimate)| (x, estimate.probability)), Paint::Blue)
    });
    let mut steps = Chart::new(names(), Axis::log("steps of phase I").over(5.0, 3000.0));
    let medians = places().filter_map(|(x, row)| Some((x, row.shares.as_ref()?.phase_one_median? as f64)));
    steps.add(Markers { size: 6.0, ..Markers::new(medians, Paint::Vermillion) });
    let wide = Figure::row(WIDE, 210.0, "", [share.clone(), steps.clone()]);
    let narrow = Figure::row(2.0 * NARROW, 200.0, "", [share, steps]).narrowed(NARROW);
    [wide, narrow]
}
