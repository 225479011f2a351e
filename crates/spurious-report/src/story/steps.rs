//! How many steps a verdict takes.

use super::Chapter;
use crate::Reproduction;
use crate::figures;
use crate::markup::{decimals, thousands};
use crate::steps::Steps;

/// Patches and sum ratio of the cells shown: few and many patches, far from the threshold and near it.
const SHOWN: [(usize, f64); 4] = [(25, 4.0), (64, 9.0), (49, 16.0), (100, 25.0)];

pub(super) fn chapter(reproduction: &Reproduction) -> Chapter {
    let all = &reproduction.table1.steps;
    let find = |(k, ratio): (usize, f64)| all.iter().find(|s| s.patches == k && s.sum_ratio == ratio);
    let shown: Vec<&Steps> = SHOWN.into_iter().filter_map(find).collect();
    let most = |value: fn(&Steps) -> u64| all.iter().map(value).max().unwrap_or(0);
    let runs: u64 = all.iter().map(|steps| steps.runs).sum();
    let slopes: Vec<String> = shown
        .iter()
        .filter_map(|s| {
            Some(format!("{} for $k = {}$, $ρ = {}$", decimals(s.factor?, 4), s.patches, s.sum_ratio))
        })
        .collect();
    Chapter::new("steps", "How many steps a verdict takes")
        .text(
            "A run need not be followed to a minimum. Two sets of starts are known in closed form that no run leaves, one \
             around each minimum, and their tips meet at the saddle: a run is decided when it enters one of them.",
        )
        .picture(
            "steps",
            figures::steps::figure(&shown),
            &["undecided", "steps"],
            "**Random starts of Table 1 without a verdict**, as a share of all, after $n$ steps of $η = π/(k + π − 1)$. Dashed: the \
             slope predicted from the Hessian at the saddle, a little above each curve.",
        )
        .text(format!(
            "In every cell of Table 1 half of the runs are decided after at most {} and 99 % after at most {} steps; the last of \
             all {} runs took about {}.",
            steps_of(most(|s| s.median)),
            most(|s| s.most),
            thousands(runs),
            thousands(most(|s| s.largest)),
        ))
        .text(format!(
            "Those that take long start close to the separatrix and pass the saddle closely. With each step their distance along \
             the way out grows by the factor $1 + ηλ$, and their distance across falls by $1 − ημ$, where $−λ$ and $μ$ are \
             eigenvalues of the Hessian there; a run is decided as soon as the one outweighs the other. So the share of undecided \
             runs falls by the factor $(1 − ημ)/(1 + ηλ)$ with each step: {}. Close to the threshold, where $λ$ is small, runs \
             first wait beside the saddle; then their share falls no slower than elsewhere.",
            slopes.join(", ")
        ))
}

/// A number of steps with its noun, for the end of a list.
fn steps_of(count: u64) -> String {
    if count == 1 { "1 step".into() } else { thousands(count) }
}
