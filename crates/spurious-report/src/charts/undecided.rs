//! How long verdicts take: the share of runs that are still undecided.

use spurious_plot::{Axis, Chart, Dash, Legend, Line, Markers, Note, Paint};

use super::BY_PATCHES;

/// The runs of one cell.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Curve {
    pub(crate) label: String,
    pub(crate) runs: u64,
    /// Numbers of steps, rising, each with the runs decided then.
    pub(crate) classes: Vec<(u64, u64)>,
    /// By which factor the share should fall with each step.
    pub(crate) factor: Option<f64>,
}

/// The predicted slope is drawn from where at least so many runs are undecided: fewer scatter.
const LEAST_RUNS: u64 = 300;
/// The axis ends where so many runs are undecided.
const FEWEST_SHOWN: f64 = 10.0;
/// Shares of undecided runs that are marked, with their names.
const MARKED: [(f64, &str); 2] = [(0.5, "50 %"), (0.01, "1 %")];

/// The share of undecided runs against steps: straight lines on its logarithmic axis.
pub(crate) fn chart(curves: &[Curve]) -> Chart {
    let survival: Vec<Vec<(u64, f64)>> = curves.iter().map(survival).collect();
    let most_runs = curves.iter().map(|curve| curve.runs).max().unwrap_or(0).max(1);
    let lowest = (FEWEST_SHOWN / most_runs as f64).min(0.005);
    let crossing =
        |points: &[(u64, f64)], share: f64| points.iter().find(|point| point.1 <= share).map(|point| point.0);
    let shown = survival.iter().flatten().filter(|point| point.1 >= lowest).map(|point| point.0);
    let marked = survival.iter().filter_map(|points| crossing(points, MARKED[1].0));
    // Right of all curves there is room for the names of the marked shares.
    let last = (1.18 * shown.chain(marked).max().unwrap_or(0) as f64).max(4.0);
    let mut chart = Chart::new(
        Axis::linear("steps $n$").over(0.0, last),
        Axis::log("share undecided after $n$ steps").over(lowest, 1.6),
    );
    for (share, name) in MARKED {
        let line = Line::new([(0.0, share), (last, share)], Paint::Muted);
        chart.add(Line { dash: Dash::Dotted, width: 0.9, end_label: name.into(), ..line });
    }
    let paints = || BY_PATCHES.into_iter().map(|(paint, _)| paint).cycle();
    for ((curve, points), paint) in curves.iter().zip(&survival).zip(paints()) {
        chart.add(Line { label: curve.label.clone(), width: 1.5, ..Line::new(stairs(points), paint) });
    }
    // Each slope in the colour of its curve.
    let predicted = |line: Vec<(f64, f64)>, paint| Line { dash: Dash::Dashed, ..Line::new(line, paint) };
    let tails: Vec<_> = (curves.iter().zip(&survival).zip(paints()))
        .filter_map(|((curve, points), paint)| Some((tail(curve, points)?, paint)))
        .collect();
    if !tails.is_empty() {
        chart.add(Line { label: "predicted slope".into(), ..predicted(Vec::new(), Paint::Muted) });
    }
    for (line, paint) in tails {
        chart.add(predicted(line.to_vec(), paint));
    }
    for (share, _) in MARKED {
        let crossings = survival.iter().zip(paints());
        let mut crossings: Vec<(u64, Paint)> =
            crossings.filter_map(|(points, paint)| Some((crossing(points, share)?, paint))).collect();
        crossings.sort_by_key(|crossing| crossing.0);
        // A number stands to the right of its marker, unless the next marker is there.
        for (i, &(steps, paint)) in crossings.iter().enumerate() {
            let at = (steps as f64, share);
            chart.add(Markers { size: 4.5, ..Markers::new([at], paint) });
            let next = crossings.get(i + 1).map_or(f64::INFINITY, |next| next.0 as f64);
            if next - steps as f64 > 0.06 * last {
                let note = Note { paint, bold: true, ..Note::new(at, steps.to_string()) };
                chart.add(Note { shift: (3.0, 6.0), ..note });
            }
        }
    }
    chart.legend = Legend::Above;
    chart
}

/// The shares of undecided runs after each number of steps that occurs.
fn survival(curve: &Curve) -> Vec<(u64, f64)> {
    let share = |(steps, left): (u64, u64)| (steps, left as f64 / curve.runs.max(1) as f64);
    survivors(curve.runs, &curve.classes).into_iter().map(share).collect()
}

/// A share holds until the next number of steps; what falls to 0 leaves the logarithmic axis.
fn stairs(points: &[(u64, f64)]) -> Vec<(f64, f64)> {
    let mut line = vec![(0.0, 1.0)];
    for &(steps, share) in points {
        let before = line[line.len() - 1].1;
        line.extend([(steps as f64, before), (steps as f64, share)]);
    }
    line
}

/// A line with the predicted slope beside the second half of the curve, a little above it.
fn tail(curve: &Curve, points: &[(u64, f64)]) -> Option<[(f64, f64); 2]> {
    let factor = curve.factor.filter(|factor| (0.0..1.0).contains(factor))?;
    let least = LEAST_RUNS as f64 / curve.runs.max(1) as f64;
    let &(end, share) = points.iter().rev().find(|point| point.1 >= least)?;
    // Two decades, or back to where 3 % are undecided; further up it is not yet a line.
    let length = ((0.03 / share).min(1e2).ln() / -factor.ln()).min(end as f64);
    let at = |steps: f64| (steps, 1.8 * share * factor.powf(steps - end as f64));
    (share <= 0.01 && length >= 4.0).then(|| [at(end as f64 - length), at(end as f64)])
}

/// The number of steps `n` that occur, rising, and how many of `runs` runs are undecided after them.
pub(crate) fn survivors(runs: u64, classes: &[(u64, u64)]) -> Vec<(u64, u64)> {
    let mut left = runs;
    let after = |&(steps, decided): &(u64, u64)| {
        left = left.saturating_sub(decided);
        (steps, left)
    };
    classes.iter().map(after).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What falls off the share of undecided runs, and what is left at the end, are all runs.
    #[test]
    fn survivors_lose_every_run_once() {
        assert_eq!(survivors(10, &[(0, 5), (3, 4)]), [(0, 5), (3, 1)]);
        let classes = [(0, 400), (1, 300), (7, 200), (40, 99)];
        let after = survivors(1000, &classes);
        let mut before = 1000;
        for ((steps, left), (value, decided)) in after.iter().zip(classes) {
            assert_eq!((*steps, before - left), (value, decided));
            before = *left;
        }
        assert_eq!(before, 1);
        assert!(survivors(0, &[]).is_empty());
    }
}
