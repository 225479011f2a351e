//! Where the searches ended: loss over the angle to the best filter.

use std::f64::consts::PI;

use spurious::fit::{Ending, SearchRun, StartKind};
use spurious_plot::{Anchor, Axis, Chart, Dash, Figure, Legend, Line, Markers, Note, Paint, Shape};

use crate::figures::WIDE;
use crate::fit::facts::Facts;

/// Searches that ended together.
struct Group<'a> {
    first: &'a SearchRun,
    count: usize,
}

/// Loss over angle.
pub(in crate::fit) fn figure(facts: &Facts<'_>) -> Figure {
    let fit = facts.fit;
    let shown = || fit.runs.iter().filter(|run| run.loss.is_finite() && run.angle.is_finite());
    let losses = || shown().map(|run| run.loss).chain([fit.loss]);
    let (low, high) = (losses().fold(f64::INFINITY, f64::min), losses().fold(0.0, f64::max));
    // Losses that differ by rounding are the same: no axis should tell them apart.
    let height = (high - low).max(0.02 * high).max(f64::MIN_POSITIVE);
    let (from, to) = (low - 0.15 * height, low + 1.18 * height);
    let mut chart = Chart::new(
        Axis::linear("angle between its filter and the best one").over(-0.16, PI + 0.16).with_ticks([
            (0.0, "0°, the same"),
            (PI / 4.0, "45°"),
            (PI / 2.0, "90°"),
            (3.0 * PI / 4.0, "135°"),
            (PI, "180°, turned around"),
        ]),
        Axis::linear("loss where it ended").over(from, to),
    );
    let restarts: Vec<_> =
        shown().filter(|run| run.start == StartKind::Antipodal).map(|run| (run.angle, run.loss)).collect();
    chart.add(Line {
        width: 0.9,
        dash: Dash::Dashed,
        label: "loss of the fit".into(),
        ..Line::new([(-1.0, fit.loss), (PI + 1.0, fit.loss)], Paint::Muted)
    });
    // Under the others, which it frames.
    chart.add(Markers {
        label: "the best turned around and searched again".into(),
        shape: Shape::Diamond,
        size: 11.0,
        filled: false,
        ..Markers::new(restarts, Paint::Ink)
    });
    let kinds = [
        (Ending::Best, "ended at the best", Shape::Circle, Paint::Blue),
        (Ending::Antipode, "at its antipode", Shape::Square, Paint::Vermillion),
        (Ending::Elsewhere, "elsewhere", Shape::Triangle, Paint::Purple),
    ];
    for (ending, label, shape, paint) in kinds {
        let runs = shown().filter(|run| run.start != StartKind::Antipodal && run.ending == ending);
        let groups = grouped(runs, height);
        let points = groups.iter().map(|group| (group.first.angle, group.first.loss));
        chart.add(Markers { label: label.into(), shape, size: 6.0, ..Markers::new(points, paint) });
        for group in groups.iter().filter(|group| group.count > 1) {
            let right = group.first.angle > PI - 0.4;
            let (anchor, shift) = if right { (Anchor::End, -8.0) } else { (Anchor::Start, 8.0) };
            let note = Note::new((group.first.angle, group.first.loss), format!("{} of them", group.count));
            chart.add(Note { anchor, shift: (shift, 5.5), paint, ..note });
        }
    }
    chart
        .marks
        .retain(|mark| !matches!(mark, spurious_plot::Mark::Markers(markers) if markers.points.is_empty()));
    chart.legend = Legend::Above;
    Figure {
        description: "The loss at which each search ended, over the angle between its filter and the best one: the best \
                      minimum at the left, its antipode at the right."
            .into(),
        ..Figure::new(WIDE, 220.0, "Where the searches ended", chart)
    }
}

fn grouped<'a>(runs: impl Iterator<Item = &'a SearchRun>, height: f64) -> Vec<Group<'a>> {
    let mut groups: Vec<Group<'a>> = Vec::new();
    for run in runs {
        let near = |group: &&mut Group<'_>| {
            (group.first.angle - run.angle).abs() < 0.08
                && (group.first.loss - run.loss).abs() < 0.05 * height
        };
        match groups.iter_mut().find(near) {
            Some(group) => group.count += 1,
            None => groups.push(Group { first: run, count: 1 }),
        }
    }
    groups
}
