//! Leaks in words.

use super::{Leak, SLOPES, figure};
use crate::document::{Chapter, Grid};
use crate::numbers::decimals;
use crate::template::{chapters, values};

pub(crate) fn chapter(leak: &Leak) -> Vec<Chapter> {
    let list = |numbers: &[f64]| numbers.iter().map(f64::to_string).collect::<Vec<_>>().join(",");
    let claim = match leak.never_helps() {
        true => "It does not.",
        false => "Not always.",
    };
    let (first, tenth) = (leak.cells()[0], leak.cells()[2]);
    let values = values! {
        claim,
        patches: leak.patches,
        patch_dim: leak.patch_dim,
        scale_ratio: leak.scale_ratio,
        threshold: decimals(first.critical_sum_ratio, 2),
        tenth_threshold: decimals(tenth.critical_sum_ratio, 2),
        probability: decimals(first.probability[1], 4),
        tenth_probability: decimals(tenth.probability[1], 4),
        sum_ratios: list(&leak.sum_ratio),
        slopes: list(&SLOPES),
    };
    let inserts = [("leak", figure::leak(leak).into()), ("leaks", cells(leak).into())];
    chapters(include_str!("chapter.md"), values, inserts)
}

fn cells(leak: &Leak) -> Grid {
    let rows = leak.cells().into_iter().map(|cell| {
        let mut row = vec![cell.negative_slope.to_string(), decimals(cell.critical_sum_ratio, 3)];
        row.extend(cell.probability.map(|probability| decimals(probability, 6)));
        row
    });
    let ratios = leak.sum_ratio.map(|ratio| format!("$P$, $ρ = {ratio}$"));
    let mut columns = vec!["$c$", "$ρ_c$"];
    columns.extend(ratios.iter().map(String::as_str));
    Grid::new(1, &columns, rows)
}
