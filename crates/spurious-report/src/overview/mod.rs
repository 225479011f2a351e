//! What the report shows, on one screen: the claims, and what came of them.

mod figure;

use crate::Reproduction;
use crate::charts::collapse::LARGEST_SHOWN;
use crate::document::{Grid, Part};
use crate::numbers::{decimals, thousands};
use crate::table1::Table1;
use crate::template::{chapters, values};

pub(crate) fn part(reproduction: &Reproduction) -> Part {
    let inserts =
        [("overview", figure::figure(reproduction).into()), ("claims", claims(reproduction).into())];
    let table = &reproduction.table1;
    let values =
        values! { patch_dim: table.patch_dim, scale_ratio: table.scale_ratio, hidden: hidden(table) };
    Part { chapters: chapters(include_str!("chapter.md"), values, inserts), ..Part::default() }
}

/// What becomes of the cells of Table 1 that are too far right for the picture.
fn hidden(table: &Table1) -> String {
    format!(
        "beyond $x_c = {LARGEST_SHOWN}$, where {}",
        table.printed_one(|cell| cell.criticality > LARGEST_SHOWN)
    )
}

fn claims(reproduction: &Reproduction) -> Grid {
    let Reproduction { table1, traces, restarts, many_patches, width, .. } = reproduction;
    let run = &traces.recovering.run;
    let rate = |rate: Option<f64>| rate.map_or("unknown".to_owned(), |rate| decimals(rate, 4));
    let half = many_patches.half();
    let rows = [
        (
            "paper",
            "A random start recovers the teacher with the probabilities of Table 1",
            format!(
                "All {} printed numbers lie within {} of the exact ones",
                table1.cells.len(),
                decimals(table1.largest_printed_deviation(), 3)
            ),
            "[Table 1](#table-1)",
        ),
        (
            "paper",
            "Gradient descent converges in a slow phase and a linear one",
            format!(
                "{} slow steps, then a linear phase with the rate {}, where theory predicts {}",
                run.phase_one_steps.map_or("No".into(), thousands),
                rate(run.measured_rate),
                rate(run.predicted_rate)
            ),
            "[Two phases](#two-phases)",
        ),
        (
            "paper",
            "Some starts end at a spurious local minimum",
            format!(
                "{} of {} starts; the loss of one of them settles at {}, where theory predicts {}",
                traces.starts - traces.recovering_starts,
                traces.starts,
                decimals(traces.trapped.run.end.loss, 4),
                decimals(traces.spurious_loss, 4)
            ),
            "[Trapped](#trapped)",
        ),
        (
            "paper",
            "One of the four sign choices of a start always succeeds",
            restarts.recovered(|cell| cell.four_signs),
            "[Sign choices](#sign-choices)",
        ),
        (
            "new",
            "If a trapped student is reversed, a second run always succeeds",
            restarts.recovered(|cell| cell.antipodal),
            "[Two runs](#two-runs-suffice)",
        ),
        (
            "new",
            "The probability depends on $k$ and $ρ$ through $x_c$ alone, up to a term that falls like $1/k$",
            format!(
                "The term is close to ${}/k$ at $x_c = {}$",
                decimals(half.coefficient, 3),
                half.criticality
            ),
            "[Many patches](#many-patches)",
        ),
        (
            "new",
            "For $ρ ≥ 1 + (k − 1)/π$ there is no spurious minimum",
            format!("In Table 1, {}", table1.printed_one(|cell| cell.criticality >= 1.0)),
            "[Many patches](#many-patches)",
        ),
        (
            "new",
            "A student with more filters recovers the teacher more often",
            format!(
                "With four filters in {} of the starts at least, with one in {} at most",
                decimals(width.range(4).0, 2),
                decimals(width.range(1).1, 2)
            ),
            "[Width](#width)",
        ),
    ];
    let rows = rows.map(|(from, claim, here, section)| vec![from.into(), claim.into(), here, section.into()]);
    Grid { numeric: false, ..Grid::new(0, &["from", "claim", "found here", "section"], rows) }
}
