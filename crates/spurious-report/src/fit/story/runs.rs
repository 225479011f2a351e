//! The searches, and where they ended.

use spurious::basin::Verdict;
use spurious::fit::{Ending, Fit, SearchRun, StartKind, StopReason};

use super::summary::gap_in_words;
use crate::document::{Chapter, Grid};
use crate::fit::facts::{Endings, Facts, counted, endings};
use crate::fit::figures;
use crate::markup::{decimals, significant, thousands};

/// More runs than this are in the file alone.
const MOST_ROWS: usize = 24;

pub(super) fn chapter(facts: &Facts<'_>) -> Chapter {
    let some = facts.fit.runs.iter().any(|run| run.samples < facts.fit.samples);
    let mut caption = String::from(
        "**Where the searches ended.** The lower, the better. A search that ended at the right, at 180°, found a filter that \
         points the opposite way: the trap of the theory. The diamond is the search from the best filter turned around.",
    );
    if some {
        caption += " First searches looked at some of the samples only, so that their losses differ a little from those on all \
                    samples.";
    }
    let mut chapter = Chapter::new("runs", "The searches")
        .text(counts(&facts.endings(), facts.fit))
        .text(restart(facts))
        .picture("runs", figures::runs::figure(facts), &["runs"], caption)
        .grid(runs(facts));
    if !facts.report.analysis.folds.is_empty() {
        chapter = chapter.text(folds(&facts.report.analysis.folds)).grid(fold_rows(facts));
    }
    chapter
}

fn counts(endings: &Endings, fit: &Fit) -> String {
    let Endings { searches, best, antipode, elsewhere } = *endings;
    let count = |count: usize| if count == 0 { "none".into() } else { thousands(count as u64) };
    let diverged = fit.runs.iter().filter(|run| run.stop == StopReason::Diverged).count();
    let diverged = match diverged {
        0 => String::new(),
        count => format!(" {} left the range of numbers: the step size is too large.", counted(count, "run")),
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
fn restart(facts: &Facts<'_>) -> String {
    let Some(run) = facts.restart() else { return String::new() };
    let Some(gap) = facts.fit.gap else {
        return "The best filter was then turned around and the search repeated. It came back: the minimum at the antipode, which \
                the theory knows for data of many kinds, does not exist here."
            .into();
    };
    let fit = facts.fit;
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

fn degrees(angle: f64) -> String {
    format!("{}°", decimals(angle.to_degrees(), 1))
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

fn ending_in_words(ending: Ending) -> &'static str {
    match ending {
        Ending::Best => "best",
        Ending::Antipode => "antipode",
        Ending::Elsewhere => "elsewhere",
    }
}

fn runs(facts: &Facts<'_>) -> Grid {
    let runs = &facts.fit.runs;
    let some = runs.iter().any(|run| run.samples != facts.fit.samples);
    let row = |(i, run): (usize, &SearchRun)| {
        let mut row = vec![
            (i + 1).to_string(),
            start_in_words(run.start).into(),
            thousands(run.steps),
            stop_in_words(run.stop).into(),
            significant(run.loss, 5),
            degrees(run.angle),
            ending_in_words(run.ending).into(),
        ];
        if some {
            row.insert(3, thousands(run.samples));
        }
        row
    };
    let mut columns: Vec<String> =
        ["run", "start", "steps", "stopped", "loss", "angle to the best", "where it ended"]
            .map(String::from)
            .to_vec();
    if some {
        columns.insert(3, "samples".into());
    }
    // The first ones, and the last, which is the antipodal restart.
    let left_out = runs.len().saturating_sub(MOST_ROWS);
    let shown = runs.iter().enumerate().filter(|(i, _)| *i + 1 < MOST_ROWS || *i + 1 == runs.len());
    let rest = match left_out {
        0 => String::new(),
        _ => format!("; {} more are in the file", thousands(left_out as u64)),
    };
    Grid {
        caption: format!("All searches{rest}"),
        columns,
        rows: shown.map(row).collect(),
        headers: 1,
        numeric: true,
        sheet: Some("runs"),
    }
}

fn folds(folds: &[Fit]) -> String {
    let count = |verdict: Verdict| folds.iter().filter(|fit| fit.verdict == verdict).count();
    let (global, spurious, undecided) =
        (count(Verdict::Global), count(Verdict::Spurious), count(Verdict::Undecided));
    let mut text = format!(
        "For the scores each fold was held out in turn and the search made anew on the rest. {global} of these {} fits were \
         cleared of the trap",
        counted(folds.len(), "fold").replace(" folds", "").replace(" fold", "")
    );
    if spurious > 0 {
        text += &format!(", {spurious} were trapped");
    }
    if undecided > 0 {
        text += &format!(", {undecided} remained undecided");
    }
    text + "."
}

fn fold_rows(facts: &Facts<'_>) -> Grid {
    let folds = &facts.report.analysis.folds;
    let row = |(i, fit): (usize, &Fit)| {
        let endings = endings(fit);
        vec![
            (i + 1).to_string(),
            match fit.verdict {
                Verdict::Global => "best minimum".into(),
                Verdict::Spurious => "trapped".into(),
                Verdict::Undecided => "undecided".into(),
            },
            significant(fit.loss, 4),
            fit.gap.map_or("none".into(), |gap| significant(gap, 3)),
            format!("{} of {}", endings.best, endings.searches),
        ]
    };
    Grid {
        caption: "The fits of the folds; the gap is how much higher the loss is at the other minimum".into(),
        columns: ["fold", "verdict", "loss", "gap", "searches that ended at its best"]
            .map(String::from)
            .to_vec(),
        rows: folds.iter().enumerate().take(MOST_ROWS).map(row).collect(),
        headers: 1,
        numeric: true,
        sheet: Some("folds"),
    }
}
