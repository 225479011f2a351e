//! Several filters in words.

use super::{FILTERS, Width, figure};
use crate::document::{Chapter, Grid};
use crate::numbers::{decimals, digits_of_share, thousands};
use crate::template::{chapters, values};

pub(crate) fn chapter(width: &Width) -> Vec<Chapter> {
    let digits = digits_of_share(width.starts);
    let range = |filters: usize| {
        let (low, high) = width.range(filters);
        format!("{} to {}", decimals(low, digits), decimals(high, digits))
    };
    let values = values! {
        starts: thousands(width.starts),
        patches: width.patches,
        sum_ratio: width.sum_ratio,
        step_size: width.step_size,
        most: FILTERS[FILTERS.len() - 1],
        one: range(1),
        many: range(FILTERS[FILTERS.len() - 1]),
    };
    let inserts = [("width", figure::by_patch_dim(width).into()), ("shares", shares(width).into())];
    chapters(include_str!("chapter.md"), values, inserts)
}

fn shares(width: &Width) -> Grid {
    let digits = digits_of_share(width.starts);
    let or_none = |value: Option<f64>, digits| value.map_or("-".to_owned(), |value| decimals(value, digits));
    let rows = width.rows.iter().map(|row| {
        let estimate = &row.estimate;
        vec![
            row.patch_dim.to_string(),
            row.filters.to_string(),
            decimals(estimate.probability, digits),
            format!("{}–{}", decimals(estimate.lower, digits), decimals(estimate.upper, digits)),
            or_none(row.law_probability, digits),
            or_none(row.z_score, 1),
        ]
    });
    Grid::new(2, &["$p$", "filters", "recovered", "95 % interval", "law", "$z$"], rows)
}
