//! Table 1 in words.

use super::{ParameterFit, Table1, Table1Cell, best, figure};
use crate::document::{Chapter, Grid};
use crate::numbers::{decimals, digits_of_share, scientific, signed, significant, thousands};
use crate::template::{chapters, values};

pub(crate) fn chapter(table: &Table1) -> Vec<Chapter> {
    let largest = |value: &dyn Fn(&Table1Cell) -> f64| table.cells.iter().map(value).fold(0.0, f64::max);
    let random: Vec<f64> = table.cells.iter().filter_map(|cell| cell.monte_carlo_deviation).collect();
    let squares: f64 = random.iter().map(|deviation| deviation * deviation).sum();
    let error_bound = largest(&|cell| cell.error_bound);
    let undecided: u64 = table.cells.iter().map(|cell| cell.counts.undecided).sum();
    let runs = table.cells.first().map_or(0, |cell| cell.counts.runs);
    let verdicts = if undecided == 0 && table.cells.iter().all(|cell| cell.step_size_covered) {
        "A theorem decided each of them, not a tolerance.".to_owned()
    } else {
        format!("{undecided} of them remained undecided.")
    };
    let fit = table.fit();
    let others = table.fits_by_dimension().filter(|fits| fits[0].patch_dim != fit.patch_dim).map(best);
    let rival = others.min_by(|a, b| a.chi_squared.total_cmp(&b.chi_squared)).expect("several are compared");
    let dimensions = || table.fits.iter().map(|fit| fit.patch_dim);
    let likelihood = |fit: &ParameterFit| fit.log_likelihood.unwrap_or(f64::NEG_INFINITY);
    let elsewhere = table.fits.iter().filter(|fit| fit.patch_dim != table.patch_dim).map(likelihood);
    let told = &table.likelihood;
    let odds = |runs: u64| significant(told.odds_against(runs), 2);
    let values = values! {
        printed_cells: table.cells.len(),
        largest: decimals(table.largest_printed_deviation(), 3),
        paper_runs: thousands(table.paper_runs),
        error_power: if error_bound > 0.0 { error_bound.log10().ceil() as i32 } else { -16 },
        runs: thousands(runs),
        verdicts,
        patch_dim: table.patch_dim,
        scale_ratio: table.scale_ratio,
        uncertain: random.len(),
        within: random.iter().filter(|deviation| deviation.abs() <= 2.0).count(),
        farthest: decimals(random.iter().map(|deviation| deviation.abs()).fold(0.0, f64::max), 1),
        squares: decimals(squares, 0),
        spread: decimals((2.0 * random.len() as f64).sqrt(), 0),
        standard_error: scientific(0.5 / (runs.max(1) as f64).sqrt()),
        shift: scientific(largest(&|cell| (cell.iteration_probability - cell.probability).abs())),
        cells: fit.cells,
        chi_spread: decimals((2.0 * fit.cells as f64).sqrt(), 0),
        chi_squared: decimals(fit.chi_squared, 0),
        rival_chi_squared: decimals(rival.chi_squared, 0),
        rival_patch_dim: rival.patch_dim,
        rival_scale_ratio: decimals(rival.scale_ratio, 2),
        outlier: outlier(table),
        best_scale: decimals(told.scale_ratio, 2),
        scale_low: decimals(told.scale_interval[0], 2),
        scale_high: decimals(told.scale_interval[1], 2),
        best_runs: thousands(told.runs),
        runs_low: thousands(told.runs_interval[0]),
        runs_high: thousands(told.runs_interval[1]),
        odds_reported: odds(table.paper_runs),
        odds_few: odds(1000),
        odds_many: odds(10_000),
        rival_drop: decimals(likelihood(fit) - elsewhere.fold(f64::NEG_INFINITY, f64::max), 0),
        least_dim: dimensions().min().unwrap_or(table.patch_dim),
        most_dim: dimensions().max().unwrap_or(table.patch_dim),
    };
    let inserts = [
        ("table1", figure::figure(table).into()),
        ("likelihood", figure::likelihood(table).into()),
        ("fits", fits(table).into()),
        ("cells", cells(table).into()),
    ];
    chapters(include_str!("chapter.md"), values, inserts)
}

/// The informative cell that is farthest from its exact number.
fn outlier(table: &Table1) -> String {
    let deviation = |cell: &Table1Cell| cell.paper_deviation.unwrap_or(0.0).abs();
    let informative = table.cells.iter().filter(|cell| cell.is_informative());
    let farthest = informative.max_by(|a, b| deviation(a).total_cmp(&deviation(b)));
    farthest.map_or(String::new(), |cell| {
        format!(
            " The largest contribution, {}, comes from $k = {}$, $ρ = {}$, where the paper prints {} and the exact number is {}.",
            decimals(deviation(cell).powi(2), 1),
            cell.patches,
            cell.sum_ratio,
            decimals(cell.paper_probability, 2),
            decimals(cell.probability, 4)
        )
    })
}

fn fits(table: &Table1) -> Grid {
    let rows = table.fits_by_dimension().filter_map(|fits| {
        let fit = fits.iter().find(|fit| fit.scale_ratio == table.scale_ratio)?;
        let best = best(fits);
        Some(vec![
            fit.patch_dim.to_string(),
            decimals(fit.chi_squared, 1),
            fit.cells.to_string(),
            decimals(fit.largest_deviation, 4),
            decimals(best.scale_ratio, 2),
            decimals(best.chi_squared, 1),
        ])
    });
    let columns = ["$p$", "$χ^2$", "cells", "largest |printed − exact|", "best $β$", "$χ^2$ there"];
    Grid::new(1, &columns, rows)
}

fn cells(table: &Table1) -> Grid {
    let deviation = |deviation: Option<f64>| deviation.map_or("–".into(), |deviation| signed(deviation, 1));
    let rows = table.cells.iter().map(|cell| {
        vec![
            cell.patches.to_string(),
            cell.sum_ratio.to_string(),
            decimals(cell.criticality, 3),
            decimals(cell.paper_probability, 2),
            decimals(cell.probability, 6),
            decimals(cell.monte_carlo_probability, digits_of_share(cell.counts.runs) + 1),
            deviation(cell.paper_deviation),
            deviation(cell.monte_carlo_deviation),
        ]
    });
    let columns =
        ["$k$", "$ρ$", "$x_c$", "paper", "exact", "random starts", "paper − exact", "random − exact"];
    Grid::new(2, &columns, rows)
}
