//! Ways out of the trap in words.

use spurious::ensemble::Counts;

use super::{RestartCell, Restarts, figure};
use crate::document::{Chapter, Grid};
use crate::numbers::{decimals, thousands};
use crate::template::{chapters, values};

impl Restarts {
    /// From how many starts of all cells a way succeeded.
    pub(crate) fn recovered(&self, way: fn(&RestartCell) -> Counts) -> String {
        let mut all = Counts::default();
        self.cells.iter().for_each(|cell| all += way(cell));
        let share = if all.global == all.runs { "All".to_owned() } else { thousands(all.global) };
        format!("{share} of {} starts in {} cells", thousands(all.runs), self.cells.len())
    }
}

pub(crate) fn chapter(restarts: &Restarts) -> Vec<Chapter> {
    let most = |which: usize| restarts.needed.iter().map(|needed| needed.starts[which]).max().unwrap_or(0);
    let values = values! {
        starts: thousands(restarts.starts),
        cells: restarts.cells.len(),
        patch_dim: restarts.patch_dim,
        four_signs: restarts.recovered(|cell| cell.four_signs),
        antipodal: restarts.recovered(|cell| cell.antipodal),
        most_99: most(0),
        most_9999: most(1),
    };
    let inserts = [
        ("sign-choices", figure::sign_choices(restarts).into()),
        ("runs-needed", figure::runs_needed(restarts).into()),
        ("cells", cells(restarts).into()),
    ];
    chapters(include_str!("chapter.md"), values, inserts)
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
            cell.starts_99.to_string(),
        ]
    });
    let columns = [
        "$k$",
        "$ρ$",
        "$x_c$",
        "exact $P$",
        "one run",
        "best of four",
        "antipodal restart",
        "starts for 99 %",
    ];
    Grid::new(2, &columns, rows)
}
