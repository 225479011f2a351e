//! The searches, and where they ended.

use std::f64::consts::PI;

use spurious::export::variant_name;
use spurious::fit::{AntipodalRestart, Ending, Endings, Fit, SearchRun, StartKind, StopReason};
use spurious_plot::{Anchor, Axis, Chart, Dash, Figure, Legend, Line, Mark, Markers, Note, Paint, Shape};

use super::conclusions::Conclusions;
use super::summary::gap_in_words;
use crate::charts::WIDE;
use crate::document::{Chapter, Grid, Part, sheet};
use crate::numbers::{counted, degrees, sentence_of, significant, thousands};

/// More runs than this are in the file alone.
const MOST_ROWS: usize = 24;

pub(super) fn part(conclusions: &Conclusions<'_>) -> Part {
    let (runs, folds) = (&conclusions.fit.runs, &conclusions.report.analysis.folds);
    let mut sheets = vec![sheet!(
        "runs", runs.iter().enumerate(), (i, run) => run: i + 1, start: variant_name(run.start),
        steps: run.steps, stop: variant_name(run.stop), loss: run.loss, angle: run.angle,
        ending: variant_name(run.ending), finished: u64::from(run.finished), samples: run.samples
    )];
    if !folds.is_empty() {
        let folds = folds.iter().zip(&conclusions.report.analysis.fold_angles).enumerate();
        sheets.push(sheet!(
            "folds", folds, (i, (fit, angle)) => fold: i + 1,
            antipodal_restart: variant_name(fit.search.antipodal_restart), samples: fit.samples, loss: fit.loss,
            gap: fit.search.gap, searches: fit.search.searches, reached_best: fit.search.reached_best,
            ridge: fit.ridge, angle: *angle
        ));
    }
    Part { chapters: vec![chapter(conclusions)], sheets }
}

fn chapter(conclusions: &Conclusions<'_>) -> Chapter {
    let some = conclusions.fit.runs.iter().any(|run| run.samples < conclusions.fit.samples);
    let mut caption = String::from(
        "**Where the searches ended.** The lower, the better. A search that ended at the right, at 180°, found a filter that \
         points the opposite way: the trap of the theory. The diamond is the search from the reversed best filter.",
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
        .text(reached(conclusions))
        .picture("runs", figure(conclusions), &["runs"], caption)
        .text(counts(conclusions))
        .text(restart(conclusions))
        .grid(runs(conclusions), "runs", format!("All searches{rest}"));
    let all_folds = &conclusions.report.analysis.folds;
    if !all_folds.is_empty() {
        let caption = "The fits of the folds. The **gap** is how much higher the loss is at the other minimum; the angle is that to the \
                       filter of the whole fit";
        chapter = chapter.text(folds(all_folds)).grid(fold_rows(conclusions), "folds", caption);
    }
    chapter
}

fn reached(conclusions: &Conclusions<'_>) -> String {
    let fit = conclusions.fit;
    format!("**The best minimum has a loss of {}: {}.**", significant(fit.loss, 4), fit.search.reached())
}

/// How the searches ended, by their starts.
fn counts(conclusions: &Conclusions<'_>) -> String {
    let (fit, options) = (conclusions.fit, conclusions.report.options);
    let mut text = String::new();
    if let Some(missed) = fit.search.missed() {
        text += &format!(
            " {} This estimate is that of Good and Turing: {} of {} searches ended where no other ended. It assumes that searches are \
             independent of each other.",
            sentence_of(&missed),
            fit.search.seen_once,
            thousands(fit.search.searches as u64)
        );
    }
    let groups = [(StartKind::Random, "random starts"), (StartKind::Opposite, "opposites of these")];
    for (kind, name) in groups {
        let Endings { searches, best, antipode, elsewhere } = fit.endings(|start| start == kind);
        if searches > 1 {
            let at_antipode = match fit.network.filters.len() {
                1 => format!("{} to its antipode, ", thousands(antipode as u64)),
                _ => String::new(),
            };
            text += &format!(
                " Of {} {name} {} went to the best minimum, {at_antipode}{} elsewhere.",
                thousands(searches as u64),
                thousands(best as u64),
                thousands(elsewhere as u64)
            );
        }
    }
    if options.optimiser.descends() {
        text += if options.intercept {
            " The theory gives the probability of success of descent without an intercept, on independent normal patches. With an intercept \
             the probability is another one: compare only fits with --no-intercept."
        } else {
            " The theory gives the probability of success for independent normal patches and starts as in the paper."
        };
    } else if fit.endings(|start| start == StartKind::Opposite).searches > 0 {
        text += " An opposite starts from the random filter before it, reversed, so that about half of all starts point away from the best \
                 filter. These searches are not gradient descent, and do not say how often that is trapped.";
    }
    let diverged = fit.runs.iter().filter(|run| run.stop == StopReason::Diverged).count();
    if diverged > 0 {
        text += &format!(" {} overflowed: the step size is too large.", counted(diverged as u64, "run"));
    }
    text
}

/// What came of reversing the best filter.
fn restart(conclusions: &Conclusions<'_>) -> String {
    let Some(run) = conclusions.restart().filter(|_| conclusions.fit.search.filters == 1) else {
        return String::new();
    };
    let Some(gap) = conclusions.fit.search.gap else {
        return "The best filter was then reversed and the search repeated. It came back to the best filter: no minimum was found at the \
                antipode, where the theory has one for independent normal patches and small criticality."
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
        "The best filter was then reversed and the search repeated. {place}; {compared} {higher} by {}.",
        gap_in_words(gap, fit.loss)
    )
}

fn start_in_words(start: StartKind) -> &'static str {
    match start {
        StartKind::Random => "random",
        StartKind::Opposite => "its opposite",
        StartKind::Signs => "choice of signs",
        StartKind::Given => "given",
        StartKind::Antipodal => "best, reversed",
    }
}

fn stop_in_words(stop: StopReason) -> &'static str {
    match stop {
        StopReason::Converged => "converged",
        StopReason::Exact => "exact fit",
        StopReason::Separated => "classes apart",
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
    if folds.iter().any(|fit| fit.search.filters > 1) {
        return "For the scores, each fold was held out in turn and the model was fitted to the rest, with a penalty and searches of its own."
            .into();
    }
    let count = |wanted: &dyn Fn(&Fit) -> bool| folds.iter().filter(|fit| wanted(fit)).count();
    let cleared = count(&|fit| fit.search.antipodal_restart.clears());
    let trapped = count(&|fit| fit.search.antipodal_restart == AntipodalRestart::LeadsLower);
    let mut text = format!(
        "For the scores, each fold was held out in turn and the model was fitted to the rest, with a penalty and searches of its own. \
         {cleared} of these {} fits are not trapped",
        thousands(folds.len() as u64)
    );
    if trapped > 0 {
        text += &format!(", {trapped} are trapped");
    }
    match folds.len() - cleared - trapped {
        0 => text + ".",
        open => text + &format!(", for {open} the restart could not tell."),
    }
}

fn fold_rows(conclusions: &Conclusions<'_>) -> Grid {
    let analysis = conclusions.report.analysis;
    let row = |(i, (fit, angle)): (usize, (&Fit, &f64))| {
        let restart = match fit.search.antipodal_restart {
            AntipodalRestart::LeadsHigher => "leads higher",
            AntipodalRestart::ComesBack => "comes back",
            AntipodalRestart::LeadsLower => "leads lower",
            AntipodalRestart::CannotTell => "cannot tell",
        };
        vec![
            (i + 1).to_string(),
            restart.into(),
            significant(fit.loss, 4),
            fit.search.gap.map_or("none".into(), |gap| significant(gap, 3)),
            format!("{} of {}", fit.search.reached_best, fit.search.searches),
            degrees(*angle),
        ]
    };
    let columns = ["fold", "reversed filter", "loss", "gap", "searches that ended at its best", "angle"];
    let folds = analysis.folds.iter().zip(&analysis.fold_angles).enumerate();
    Grid::new(1, &columns, folds.take(MOST_ROWS).map(row))
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
        Axis::linear("angle to the best filter (180°: reversed)").over(-0.16, PI + 0.16).with_ticks([
            (0.0, "0°"),
            (PI / 4.0, "45°"),
            (PI / 2.0, "90°"),
            (3.0 * PI / 4.0, "135°"),
            (PI, "180°"),
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
        label: "from the best, reversed".into(),
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
