//! The searches, and where they ended.

use std::f64::consts::PI;

use spurious::basin::Verdict;
use spurious::export::variant_name;
use spurious::fit::{Ending, Fit, SearchRun, StartKind, StopReason};
use spurious_plot::{Anchor, Axis, Chart, Dash, Figure, Legend, Line, Mark, Markers, Note, Paint, Shape};

use super::conclusions::{Conclusions, Endings};
use super::summary::gap_in_words;
use crate::charts::WIDE;
use crate::document::{Chapter, Grid, Part, sheet};
use crate::numbers::{counted, degrees, significant, thousands};

/// More runs than this are in the file alone.
const MOST_ROWS: usize = 24;

pub(super) fn part(conclusions: &Conclusions<'_>) -> Part {
    let (runs, folds) = (&conclusions.fit.runs, &conclusions.report.analysis.folds);
    let mut sheets = vec![sheet!(
        "runs", runs.iter().enumerate(), (i, run) => run: i + 1, start: variant_name(run.start),
        steps: run.steps, stop: variant_name(run.stop), loss: run.loss, angle: run.angle,
        ending: variant_name(run.ending), samples: run.samples
    )];
    if !folds.is_empty() {
        let folds = folds.iter().map(|fit| (fit, Endings::of(fit))).enumerate();
        sheets.push(sheet!(
            "folds", folds, (i, (fit, endings)) => fold: i + 1, verdict: variant_name(fit.verdict),
            samples: fit.samples, loss: fit.loss, gap: fit.gap, searches: endings.searches,
            ended_best: endings.best, ended_antipode: endings.antipode
        ));
    }
    Part { chapters: vec![chapter(conclusions)], sheets }
}

fn chapter(conclusions: &Conclusions<'_>) -> Chapter {
    let some = conclusions.fit.runs.iter().any(|run| run.samples < conclusions.fit.samples);
    let mut caption = String::from(
        "**Where the searches ended.** The lower, the better. A search that ended at the right, at 180°, found a filter that \
         points the opposite way: the trap of the theory. The diamond is the search from the best filter turned around.",
    );
    if some {
        caption += " First searches looked at some of the samples only, so that their losses differ a little from those on all \
                    samples.";
    }
    let rest = match conclusions.fit.runs.len().saturating_sub(MOST_ROWS) {
        0 => String::new(),
        left_out => format!("; {} more are in the file", thousands(left_out as u64)),
    };
    let mut chapter = Chapter::new("runs", "The searches")
        .text(counts(&Endings::of(conclusions.fit), conclusions.fit))
        .text(restart(conclusions))
        .picture("runs", figure(conclusions), &["runs"], caption)
        .grid(runs(conclusions), "runs", format!("All searches{rest}"));
    let all_folds = &conclusions.report.analysis.folds;
    if !all_folds.is_empty() {
        let caption = "The fits of the folds; the gap is how much higher the loss is at the other minimum";
        chapter = chapter.text(folds(all_folds)).grid(fold_rows(all_folds), "folds", caption);
    }
    chapter
}

fn counts(endings: &Endings, fit: &Fit) -> String {
    let Endings { searches, best, antipode, elsewhere } = *endings;
    let count = |count: usize| if count == 0 { "none".into() } else { thousands(count as u64) };
    let diverged = fit.runs.iter().filter(|run| run.stop == StopReason::Diverged).count();
    let diverged = match diverged {
        0 => String::new(),
        count => format!(
            " {} left the range of numbers: the step size is too large.",
            counted(count as u64, "run")
        ),
    };
    if searches == 1 {
        let place = match (best, antipode) {
            (1, _) => "at the minimum reported here",
            (_, 1) => "at its antipode",
            _ => "elsewhere",
        };
        return format!("There was one search, which ended {place}.{diverged}");
    }
    let trapped = if fit.verdict == Verdict::Spurious {
        "ended with the filter turned around"
    } else {
        "were trapped at its antipode"
    };
    let (best, antipode) = (count(best), count(antipode));
    let ended = if elsewhere == 0 {
        format!("{best} ended at the minimum reported here and {antipode} {trapped}")
    } else {
        let elsewhere = count(elsewhere);
        format!(
            "{best} ended at the minimum reported here, {antipode} {trapped}, and {elsewhere} ended elsewhere"
        )
    };
    format!("Of {searches} searches {ended}.{diverged}")
}

/// What came of turning the best filter around.
fn restart(conclusions: &Conclusions<'_>) -> String {
    let Some(run) = conclusions.restart() else { return String::new() };
    let Some(gap) = conclusions.fit.gap else {
        return "The best filter was then turned around and the search repeated. It came back: the minimum at the antipode, which \
                the theory knows for data of many kinds, does not exist here."
            .into();
    };
    let fit = conclusions.fit;
    let higher = if gap < 0.0 { "lower" } else { "higher" };
    // The search from the antipode may have found the best minimum; then the other one is that from which it came.
    let place = match run.ending {
        Ending::Antipode => "It ended at the antipode".to_string(),
        Ending::Elsewhere => format!("It ended at an angle of {} to the best", degrees(run.angle)),
        Ending::Best => "It found the better minimum, which was taken".into(),
    };
    let compared =
        if run.ending == Ending::Best { "the one before has a loss that is" } else { "there the loss is" };
    format!(
        "The best filter was then turned around and the search repeated. {place}; {compared} {higher} by {}.",
        gap_in_words(gap, fit.loss)
    )
}

fn start_in_words(start: StartKind) -> &'static str {
    match start {
        StartKind::Random => "random",
        StartKind::Opposite => "its opposite",
        StartKind::Signs => "choice of signs",
        StartKind::Given => "given",
        StartKind::Antipodal => "best, turned around",
    }
}

fn stop_in_words(stop: StopReason) -> &'static str {
    match stop {
        StopReason::Converged => "converged",
        StopReason::Exact => "exact fit",
        StopReason::Exhausted => "out of steps",
        StopReason::Diverged => "diverged",
    }
}

fn runs(conclusions: &Conclusions<'_>) -> Grid {
    let runs = &conclusions.fit.runs;
    let some = runs.iter().any(|run| run.samples != conclusions.fit.samples);
    let row = |(i, run): (usize, &SearchRun)| {
        let mut row = vec![
            (i + 1).to_string(),
            start_in_words(run.start).into(),
            thousands(run.steps),
            stop_in_words(run.stop).into(),
            significant(run.loss, 5),
            degrees(run.angle),
            variant_name(run.ending),
        ];
        if some {
            row.insert(3, thousands(run.samples));
        }
        row
    };
    let mut columns = vec!["run", "start", "steps", "stopped", "loss", "angle to the best", "where it ended"];
    if some {
        columns.insert(3, "samples");
    }
    // The first ones, and the last, which is the antipodal restart.
    let shown = runs.iter().enumerate().filter(|(i, _)| *i + 1 < MOST_ROWS || *i + 1 == runs.len());
    Grid::new(1, &columns, shown.map(row))
}

fn folds(folds: &[Fit]) -> String {
    let count = |verdict: Verdict| folds.iter().filter(|fit| fit.verdict == verdict).count();
    let (global, spurious, undecided) =
        (count(Verdict::Global), count(Verdict::Spurious), count(Verdict::Undecided));
    let mut text = format!(
        "For the scores each fold was held out in turn and the search made anew on the rest. {global} of these {} fits were \
         cleared of the trap",
        thousands(folds.len() as u64)
    );
    if spurious > 0 {
        text += &format!(", {spurious} were trapped");
    }
    if undecided > 0 {
        text += &format!(", {undecided} remained undecided");
    }
    text + "."
}

fn fold_rows(folds: &[Fit]) -> Grid {
    let row = |(i, fit): (usize, &Fit)| {
        let endings = Endings::of(fit);
        let verdict = match fit.verdict {
            Verdict::Global => "best minimum",
            Verdict::Spurious => "trapped",
            Verdict::Undecided => "undecided",
        };
        vec![
            (i + 1).to_string(),
            verdict.into(),
            significant(fit.loss, 4),
            fit.gap.map_or("none".into(), |gap| significant(gap, 3)),
            format!("{} of {}", endings.best, endings.searches),
        ]
    };
    let columns = ["fold", "verdict", "loss", "gap", "searches that ended at its best"];
    Grid::new(1, &columns, folds.iter().enumerate().take(MOST_ROWS).map(row))
}

/// Searches that ended together.
struct Group<'a> {
    first: &'a SearchRun,
    count: usize,
}

/// Loss over angle.
fn figure(conclusions: &Conclusions<'_>) -> Figure {
    let fit = conclusions.fit;
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
    chart.marks.retain(|mark| !matches!(mark, Mark::Markers(markers) if markers.points.is_empty()));
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
