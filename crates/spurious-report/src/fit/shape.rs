//! The shapes that were tried, where the shape was chosen.

use spurious::export::Table;

use super::conclusions::Conclusions;
use crate::document::{Chapter, Grid, Part, Sheet};
use crate::numbers::decimals;

pub(super) fn part(conclusions: &Conclusions<'_>) -> Option<Part> {
    let analysis = conclusions.report.analysis;
    let choice = analysis.choice.as_ref()?;
    let table: Table = choice.table();
    let columns = ["shape", "numbers", "R² held out", "below the best", "± standard error"];
    let row = |(at, candidate): (usize, &spurious::fit::Candidate)| {
        let name = candidate.to_string();
        vec![
            if at == choice.chosen { format!("**{name}** (chosen)") } else { name },
            candidate.numbers.to_string(),
            decimals(candidate.r2, 4),
            decimals(candidate.below_best, 4),
            candidate.standard_error.map_or("–".into(), |error| decimals(error, 4)),
        ]
    };
    let grid = Grid::new(1, &columns, choice.candidates.iter().enumerate().map(row));
    let caption = "**The shapes that were tried**, each with its best penalty, on the same folds: $R^2$, how much that is below the best, \
                   and the standard error of this difference";
    let mut text = format!("**{}.**", choice.sentence());
    if !analysis.folds.is_empty() {
        text += &format!(
            " Each fold chose for itself, without the samples that it was judged by: {} of {} chose the same.",
            analysis.same_choice,
            analysis.folds.len()
        );
    }
    let chapter = Chapter::new("shape", "The shape").text(text).grid(grid, "choice", caption);
    Some(Part { chapters: vec![chapter], sheets: vec![Sheet { name: "choice", table }] })
}
