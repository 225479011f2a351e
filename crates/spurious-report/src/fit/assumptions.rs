//! How far the data is from what the theory assumes.

use spurious::fit::{Assumptions, Scaling};

use super::conclusions::Conclusions;
use crate::document::{Chapter, Grid, Part, sheet};
use crate::numbers::{decimals, significant, thousands};

pub(super) fn part(conclusions: &Conclusions<'_>) -> Part {
    let a = &conclusions.report.analysis.survey.assumptions;
    let quantities = [
        ("mean", Some(a.mean)),
        ("condition", a.condition),
        ("entry_correlation", Some(a.entry_correlation)),
        ("patch_correlation", a.patch_correlation),
        ("kurtosis", Some(a.kurtosis)),
        ("constant_columns", Some(a.constant_columns as f64)),
    ];
    let columns = ["quantity", "value", "theory", "what it means"];
    let grid = Grid { numeric: false, ..Grid::new(1, &columns, rows(conclusions, a)) };
    let chapter = Chapter::new("assumptions", "Does the theory apply to this data?")
        .text(
            "**The fit does not need the theory**: it comes from searches on this data. But the closer the data is to what the theory \
             assumes, the more of the theory holds for it. The theory is about patches of independent standard normal numbers. For these \
             it proves that there are two kinds of minima, the best and its antipode; that at most half of all random starts of gradient \
             descent are trapped; and that reversing the filter leads out of the trap.",
        )
        .grid(grid, "assumptions", "The samples fitted, and what the theory assumes")
        .text(advice(conclusions, a));
    Part {
        chapters: vec![chapter],
        sheets: vec![sheet!("assumptions", quantities, q => quantity: q.0, value: q.1)],
    }
}

/// Below the first limit all is well, above the second it is not.
fn graded(value: f64, limits: [f64; 2], texts: [&str; 3]) -> String {
    let grade = limits.iter().filter(|&&limit| value.abs() > limit).count();
    texts[grade].into()
}

/// Each quantity, its value, what it should be, and what it means that it is not.
fn rows(conclusions: &Conclusions<'_>, assumptions: &Assumptions) -> Vec<Vec<String>> {
    let patch = conclusions.patch;
    let p = conclusions.report.analysis.windows.patch_dim();
    let row = |quantity: &str, value: String, assumed: &str, meaning: String| {
        vec![quantity.into(), value, assumed.into(), meaning]
    };
    let mean = graded(
        assumptions.mean,
        [0.1, 1.0],
        [
            "As assumed.",
            "Patches are off centre: the threshold at zero cuts them unevenly.",
            "Patches lie on one side of zero: for many of them the threshold does nothing, and the model is nearly linear.",
        ],
    );
    let condition = match assumptions.condition {
        Some(condition) => graded(
            condition,
            [2.0, 10.0],
            [
                "All directions of a patch vary about equally.",
                "Some directions vary more than others; the search sees them more clearly.",
                "Some directions hardly vary beside others: the data says little about the filter along them.",
            ],
        ),
        None => {
            "Some direction of a patch does not vary at all: the data cannot tell the filter along it.".into()
        }
    };
    let (entries, between_entries) = if p > 1 {
        let meaning = graded(
            assumptions.entry_correlation,
            [0.1, 0.5],
            [
                "As assumed.",
                "Entries of the filter explain some of the same variation.",
                "Entries of the filter can replace each other: their errors are large and correlated.",
            ],
        );
        (decimals(assumptions.entry_correlation, 2), meaning)
    } else {
        ("–".into(), format!("A {patch} has one number only."))
    };
    let between_patches = match assumptions.patch_correlation {
        Some(r) => graded(
            r,
            [0.1, 0.5],
            [
                "As assumed.",
                "Patches vary together in part.",
                "Patches vary together: their output weights can replace each other.",
            ],
        ),
        None if conclusions.report.analysis.windows.patches() == 1 => format!("There is one {patch} only."),
        None => "Rows are too wide for it to be computed.".into(),
    };
    let kurtosis = match assumptions.kurtosis {
        k if k > 3.0 => {
            "Outliers: a few large values decide much of the fit. Look at them, or take logarithms."
        }
        k if k > 0.5 => "Heavier tails than normal numbers.",
        k if k < -0.5 => "Lighter tails than normal numbers, as of values between two bounds. Harmless.",
        _ => "As assumed.",
    };
    let constant = match assumptions.constant_columns {
        0 => "As assumed.",
        _ => "They carry no information; leave them out if patches allow it.",
    };
    let largest = assumptions.condition.map_or("∞".into(), |condition| significant(condition, 3));
    let patches = assumptions.patch_correlation.map_or("–".into(), |r| decimals(r.abs(), 2));
    let columns = thousands(assumptions.constant_columns as u64);
    vec![
        row("largest mean of an entry, in its standard deviations", decimals(assumptions.mean, 2), "0", mean),
        row("largest variance of a direction, over the smallest", largest, "1", condition),
        row("largest correlation within a patch", entries, "0", between_entries),
        row("largest correlation between patches", patches, "0", between_patches),
        row(
            "excess kurtosis of an entry, on average",
            decimals(assumptions.kurtosis, 2),
            "0",
            kurtosis.into(),
        ),
        row("columns that are the same in all samples", columns, "0", constant.into()),
    ]
}

/// What to try.
fn advice(conclusions: &Conclusions<'_>, assumptions: &Assumptions) -> String {
    let uneven =
        assumptions.condition.is_none_or(|condition| condition > 10.0) || assumptions.entry_correlation > 0.5;
    let off_centre = assumptions.mean > 0.5;
    let correlated = assumptions.patch_correlation.is_some_and(|r| r.abs() > 0.5);
    let mut text = String::from(match conclusions.report.options.scaling {
        Scaling::Whiten => {
            "The fit whitened the patches (--scale whiten): as the filter sees them, mean, variances and correlations within a patch \
             are as assumed."
        }
        Scaling::Standardise => {
            "The fit standardised the patches (--scale standardise): as the filter sees them, means and variances of the entries are \
             as assumed."
        }
        Scaling::None if uneven => {
            "**What to try:** --scale whiten makes all directions of a patch vary equally and moves their mean to zero; --scale \
             standardise does so for each entry alone. Keep it if it predicts better on samples held out."
        }
        Scaling::None if off_centre => {
            "**What to try:** --scale standardise moves the mean of each entry to zero and gives it variance 1. Keep it if it predicts \
             better on samples held out."
        }
        Scaling::None => {
            "Mean, variances and correlations within a patch are close enough to what is assumed: no scaling is needed."
        }
    });
    if uneven && conclusions.report.options.scaling == Scaling::Standardise {
        text += " **What to try:** --scale whiten removes the correlations within a patch too.";
    }
    if correlated {
        text += " No scaling of patches removes the correlation between them; larger patches would take it into the filter.";
    }
    text
}
