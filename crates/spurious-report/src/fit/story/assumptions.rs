//! How far the data is from what the theory assumes.

use spurious::fit::{Assumptions, Scaling};

use crate::document::{Chapter, Grid};
use crate::fit::facts::Facts;
use crate::markup::{decimals, significant, thousands};

/// A quantity, what it should be, and what it means that it is not.
struct Row {
    quantity: &'static str,
    value: String,
    assumed: &'static str,
    meaning: String,
}

pub(super) fn chapter(facts: &Facts<'_>) -> Chapter {
    let assumptions = &facts.report.analysis.survey.assumptions;
    let rows = rows(facts, assumptions);
    let grid = Grid {
        caption: "The samples fitted, beside what the theory assumes".into(),
        columns: ["quantity", "value", "theory", "what it means"].map(String::from).to_vec(),
        rows: rows
            .into_iter()
            .map(|row| vec![row.quantity.into(), row.value, row.assumed.into(), row.meaning])
            .collect(),
        headers: 1,
        numeric: false,
        sheet: Some("assumptions"),
    };
    Chapter::new("assumptions", "Is this the data that the theory is about?")
        .text(
            "That there are two kinds of minima, the best and its antipode, that the trap catches less than half of all random \
             starts, and that turning the filter around leads out of it, is proved for patches of independent standard normal \
             numbers. The fit and its verdict do not rest on that: they come from searches on this data. But the closer the data \
             is to these assumptions, the more of the theory holds for it.",
        )
        .grid(grid)
        .text(advice(facts, assumptions))
}

/// Below the first limit all is well, above the second it is not.
fn graded(value: f64, limits: [f64; 2], texts: [&str; 3]) -> String {
    let grade = limits.iter().filter(|&&limit| value.abs() > limit).count();
    texts[grade].into()
}

fn rows(facts: &Facts<'_>, assumptions: &Assumptions) -> Vec<Row> {
    let patch = facts.patch;
    let p = facts.report.windows.patch_dim();
    let condition = match assumptions.condition {
        Some(condition) => graded(
            condition,
            [2.0, 10.0],
            [
                "All directions of a patch vary about equally.",
                "Some directions vary more than others; the search sees them more clearly.",
                "Some directions hardly vary beside others: the filter is poorly determined along them.",
            ],
        ),
        None => {
            "Some direction of a patch does not vary at all: the data cannot tell the filter along it.".into()
        }
    };
    vec![
        Row {
            quantity: "largest mean of an entry, in its standard deviations",
            value: decimals(assumptions.mean, 2),
            assumed: "0",
            meaning: graded(
                assumptions.mean,
                [0.1, 1.0],
                [
                    "As assumed.",
                    "Patches are off centre: the threshold at zero cuts them unevenly.",
                    "Patches lie on one side of zero: for many of them the threshold does nothing, and the model is nearly linear.",
                ],
            ),
        },
        Row {
            quantity: "largest variance of a direction, over the smallest",
            value: assumptions.condition.map_or("∞".into(), |condition| significant(condition, 3)),
            assumed: "1",
            meaning: condition,
        },
        Row {
            quantity: "largest correlation within a patch",
            value: if p > 1 { decimals(assumptions.entry_correlation, 2) } else { "–".into() },
            assumed: "0",
            meaning: if p > 1 {
                graded(
                    assumptions.entry_correlation,
                    [0.1, 0.5],
                    [
                        "As assumed.",
                        "Neighbouring entries of the filter share what they explain.",
                        "Entries of the filter can stand in for each other: their errors are large and linked.",
                    ],
                )
            } else {
                format!("A {patch} has one number only.")
            },
        },
        Row {
            quantity: "largest correlation between patches",
            value: assumptions.patch_correlation.map_or("–".into(), |r| decimals(r.abs(), 2)),
            assumed: "0",
            meaning: match assumptions.patch_correlation {
                Some(r) => graded(
                    r,
                    [0.1, 0.5],
                    [
                        "As assumed.",
                        "Patches share some of what they say.",
                        "Patches say much the same: their output weights can stand in for each other.",
                    ],
                ),
                None if facts.report.windows.patches() == 1 => format!("There is one {patch} only."),
                None => "Rows are too wide for it to be computed.".into(),
            },
        },
        Row {
            quantity: "excess kurtosis of an entry, on average",
            value: decimals(assumptions.kurtosis, 2),
            assumed: "0",
            meaning: if assumptions.kurtosis > 3.0 {
                "Outliers: a few large values decide much of the fit. Look at them, or take logarithms."
                    .into()
            } else if assumptions.kurtosis > 0.5 {
                "Heavier tails than normal numbers.".into()
            } else if assumptions.kurtosis < -0.5 {
                "Lighter tails than normal numbers, as of values between two bounds. Harmless.".into()
            } else {
                "As assumed.".into()
            },
        },
        Row {
            quantity: "columns that are the same in all samples",
            value: thousands(assumptions.constant_columns as u64),
            assumed: "0",
            meaning: if assumptions.constant_columns == 0 {
                "As assumed.".into()
            } else {
                "They say nothing; leave them out if patches allow it.".into()
            },
        },
    ]
}

/// What to try.
fn advice(facts: &Facts<'_>, assumptions: &Assumptions) -> String {
    let uneven =
        assumptions.condition.is_none_or(|condition| condition > 10.0) || assumptions.entry_correlation > 0.5;
    let off_centre = assumptions.mean > 0.5;
    let correlated = assumptions.patch_correlation.is_some_and(|r| r.abs() > 0.5);
    let mut text = match facts.report.options.scaling {
        Scaling::Whiten => "The fit whitened the patches (--scale whiten): as the filter sees them, mean, variances and correlations within \
                            a patch are as assumed."
            .to_string(),
        Scaling::Standardise if uneven => "The fit standardised the patches (--scale standardise): as the filter sees them, means and variances of \
                                           the entries are as assumed. **What to try:** --scale whiten removes the correlations within a \
                                           patch too."
            .into(),
        Scaling::Standardise => "The fit standardised the patches (--scale standardise): as the filter sees them, means and variances of the \
                                 entries are as assumed."
            .into(),
        Scaling::None if uneven => "**What to try:** --scale whiten makes all directions of a patch vary equally and moves their mean to zero; \
                                    --scale standardise does so for each entry alone. Keep it if it predicts better on samples held out."
            .into(),
        Scaling::None if off_centre => "**What to try:** --scale standardise moves the mean of each entry to zero and gives it variance 1. Keep it \
                                        if it predicts better on samples held out."
            .into(),
        Scaling::None => "Mean, variances and correlations within a patch are close enough to what is assumed: no scaling is needed.".into(),
    };
    if correlated {
        text += " No scaling of patches removes the correlation between them; larger patches would take it into the filter.";
    }
    text
}
