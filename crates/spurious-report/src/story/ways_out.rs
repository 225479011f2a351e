//! Ways out of the trap.

use spurious::ensemble::Counts;

use super::{Chapter, Grid};
use crate::Reproduction;
use crate::figures;
use crate::markup::{decimals, thousands};
use crate::restarts::{RestartCell, Restarts};

/// From how many starts of all cells a way succeeded.
pub(super) fn recovered(restarts: &Restarts, way: impl Fn(&RestartCell) -> Counts) -> String {
    let (mut global, mut runs) = (0, 0);
    for cell in &restarts.cells {
        global += way(cell).global;
        runs += way(cell).runs;
    }
    if global == runs {
        format!("All of {} starts in {} cells", thousands(runs), restarts.cells.len())
    } else {
        format!("{} of {} starts in {} cells", thousands(global), thousands(runs), restarts.cells.len())
    }
}

pub(super) fn four_signs(reproduction: &Reproduction) -> Chapter {
    let restarts = &reproduction.restarts;
    Chapter::new("sign-choices", "Four sign choices")
        .text(
            "Whatever a start $(v_0, a_0)$ is, one of the four starts $(±v_0, ±a_0)$ has an acute angle and a positive signal. \
             Together with a bound on the sum of the output weights, which all starts of the initialisation satisfy, this is what the \
             paper’s convergence theorem asks for. With a small step the best of four runs therefore always finds the teacher.",
        )
        .picture(
            "sign-choices",
            figures::restarts::sign_choices(restarts),
            &["restarts"],
            format!(
                "**One run, and two ways to be sure.** {} random starts in each of {} cells from easy to hard, $p = {}$. Crosses are \
                 the exact probabilities of one run.",
                thousands(restarts.starts),
                restarts.cells.len(),
                restarts.patch_dim
            ),
        )
        .text(format!(
            "**{}** succeeded with the best of four sign choices, also where one run is no better than a coin.",
            recovered(restarts, |cell| cell.four_signs)
        ))
}

pub(super) fn antipodal(reproduction: &Reproduction) -> Chapter {
    let restarts = &reproduction.restarts;
    let most = restarts
        .needed
        .iter()
        .map(|needed| needed.restarts)
        .fold([0, 0], |a, b| [a[0].max(b[0]), a[1].max(b[1])]);
    Chapter::new("two-runs-suffice", "Two runs suffice")
        .text(format!(
            "The only minima lie at $φ = 0$ and $φ = π$. So a trapped student need only be turned around: set $v ← −v$, fit the \
             output weights by least squares, and run once more. It then stands in the basin of the teacher. This is not in the \
             paper. **{}** succeeded.",
            recovered(restarts, |cell| cell.antipodal)
        ))
        .picture(
            "runs-needed",
            figures::restarts::runs_needed(restarts),
            &["runs-needed"],
            format!(
                "**How many runs it takes**, for $p = {}$ in the limit of many patches. Independent restarts need up to {} runs for \
                 a success with 99 %, up to {} for 99.99 %, and are never certain.",
                restarts.patch_dim, most[0], most[1]
            ),
        )
        .grid(cells(restarts))
}

fn cells(restarts: &Restarts) -> Grid {
    let rows = restarts.cells.iter().map(|cell| {
        vec![
            cell.patches.to_string(),
            cell.sum_ratio.to_string(),
            decimals(cell.criticality, 3),
            decimals(cell.probability, 4),
            thousands(cell.single.global),
            thousands(cell.four_signs.global),
            thousands(cell.antipodal.global),
            cell.restarts.to_string(),
        ]
    });
    Grid {
        caption: format!(
            "Starts out of {} that recover the teacher, and independent restarts needed for 99 %",
            thousands(restarts.starts)
        ),
        columns: [
            "$k$",
            "$ρ$",
            "$x_c$",
            "exact $P$",
            "one run",
            "best of four",
            "antipodal restart",
            "restarts needed",
        ]
        .map(String::from)
        .to_vec(),
        rows: rows.collect(),
        headers: 2,
        numeric: true,
        sheet: Some("restarts"),
    }
}
