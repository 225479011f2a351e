//! Table 1: printed, exact, and by random starts.

use super::{Chapter, Grid};
use crate::Reproduction;
use crate::figures;
use crate::markup::{decimals, digits_of_share, scientific, signed, thousands};
use crate::table1::{Table1, Table1Cell, best};

/// Largest difference between a printed and an exact number.
pub(super) fn largest_printed_deviation(table: &Table1) -> f64 {
    table.cells.iter().map(|c| (c.paper_probability - c.probability).abs()).fold(0.0, f64::max)
}

/// The informative cell that is farthest from the exact number, in standard errors.
fn farthest(table: &Table1) -> Option<&Table1Cell> {
    let deviation = |cell: &Table1Cell| cell.paper_deviation.unwrap_or(0.0).abs();
    let informative = table.cells.iter().filter(|cell| cell.is_informative());
    informative.max_by(|a, b| deviation(a).total_cmp(&deviation(b)))
}

pub(super) fn chapter(reproduction: &Reproduction) -> Chapter {
    let table = &reproduction.table1;
    let random: Vec<f64> = table.cells.iter().filter_map(|cell| cell.monte_carlo_deviation).collect();
    let within = random.iter().filter(|deviation| deviation.abs() <= 2.0).count();
    let largest = random.iter().map(|deviation| deviation.abs()).fold(0.0, f64::max);
    let squares: f64 = random.iter().map(|deviation| deviation * deviation).sum();
    let error_bound = table.cells.iter().map(|cell| cell.error_bound).fold(0.0, f64::max);
    let undecided: u64 = table.cells.iter().map(|cell| cell.undecided).sum();
    let covered = table.cells.iter().all(|cell| cell.step_size_covered);
    let runs = table.cells.first().map_or(0, |cell| cell.runs);
    let verdicts = match (covered, undecided) {
        (true, 0) => "Each of them was decided by a theorem, not by a tolerance.".to_string(),
        _ => format!("{undecided} of them remained undecided."),
    };
    Chapter::new("table-1", "Table 1: how often gradient descent succeeds")
        .text(format!(
            "The paper reports, for six numbers of patches and six sum ratios, the share of {} random starts that recover \
             the teacher. Here each of these numbers is obtained in two more ways. The **exact** one is an integral over all \
             starts, computed for gradient flow to an error of at most $10^{{{}}}$: for each start of the output weights one \
             critical angle separates success from failure, and the distribution of the angle is known. The **random starts** \
             repeat the experiment, {} in each cell, with the step size $η = π/(k + π − 1)$. {verdicts}",
            thousands(table.paper_runs),
            if error_bound > 0.0 { error_bound.log10().ceil() as i32 } else { -16 },
            thousands(runs),
        ))
        .picture(
            "table1",
            figures::table1::figure(table),
            &["table1", "fits"],
            format!(
                "**Table 1, three times.** (a) As printed. (b) Exact, for $p = {}$ and $β = {}$. (c) {} random starts a cell. \
                 (d) Printed minus exact; a standard error holds that of {} starts and that of rounding to two decimals. (e) \
                 Random starts minus the exact number with their step size. A tick stands where the exact probability is 1 and the other number agrees; at \
                 $ρ = 0$ it is ½ by symmetry. (f) Sum of the squares of (d) over the cells that depend on them, for several \
                 $p$ and $β$.",
                table.patch_dim,
                table.scale_ratio,
                thousands(runs),
                thousands(table.paper_runs)
            ),
        )
        .text(format!(
            "Of the {} numbers from random starts that are not certain, {within} lie within two standard errors of the exact \
             one, and the farthest is {} away. The squares of these deviations add up to {}, where {} ± {} is to be expected. \
             A standard error is at most {}.{}",
            random.len(),
            decimals(largest, 1),
            decimals(squares, 0),
            random.len(),
            decimals((2.0 * random.len() as f64).sqrt(), 0),
            scientific(0.5 / (runs.max(1) as f64).sqrt()),
            shift(table),
        ))
        .heading("Which patch dimension, and which scale?")
        .text(inference(table))
        .grid(fits(table))
        .grid(cells(table))
}

/// What the step size does to the exact numbers.
fn shift(table: &Table1) -> String {
    let shifts = table.cells.iter().map(|cell| (cell.iteration_probability - cell.probability).abs());
    let largest = shifts.fold(0.0, f64::max);
    format!(
        " They are compared with the exact numbers of the iteration with the same step size, which differ from those of \
         gradient flow by at most {}.",
        scientific(largest)
    )
}

/// What the table says about the patch dimension and the scale behind it.
fn inference(table: &Table1) -> String {
    let fit = table.fit();
    let spread = (2.0 * fit.cells as f64).sqrt();
    let others = table.fits_by_dimension().filter(|fits| fits[0].patch_dim != fit.patch_dim).map(best);
    let rival = others.min_by(|a, b| a.chi_squared.total_cmp(&b.chi_squared)).expect("several are compared");
    let outlier = farthest(table).map_or(String::new(), |cell| {
        let deviation = cell.paper_deviation.unwrap_or(0.0);
        format!(
            " The largest contribution, {}, comes from $k = {}$, $ρ = {}$, where the paper prints {} and the exact number is {}.",
            decimals(deviation * deviation, 1),
            cell.patches,
            cell.sum_ratio,
            decimals(cell.paper_probability, 2),
            decimals(cell.probability, 4)
        )
    });
    format!(
        "Which patch dimension, and which scale $β = ‖b‖/‖v_0‖$, stand behind the table can be inferred from its numbers: {} of \
         its cells have a probability that depends on them (at $ρ = 0$ it is always ½, and for $x_c ≥ 1$ always 1). With the \
         variance $P(1 − P)/{} + 0.01^2/12$ of each, sampling and rounding, $χ^2$ should be near {} ± {} for the right pair. It \
         is **{}** for $p = {}$ and $β = {}$. Every other dimension does worse, whatever its scale: the next best is {} for \
         $p = {}$ and $β = {}$. That the paper used $p = {}$ and $β = {}$ is our inference.{outlier}",
        fit.cells,
        table.paper_runs,
        fit.cells,
        decimals(spread, 0),
        decimals(fit.chi_squared, 0),
        fit.patch_dim,
        table.scale_ratio,
        decimals(rival.chi_squared, 0),
        rival.patch_dim,
        decimals(rival.scale_ratio, 2),
        fit.patch_dim,
        table.scale_ratio,
    )
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
    Grid {
        caption: format!(
            "Table 1 against several patch dimensions, for $β = {}$ and for the best $β$ of those tried",
            table.scale_ratio
        ),
        columns: ["$p$", "$χ^2$", "cells", "largest |printed − exact|", "best $β$", "$χ^2$ there"]
            .map(String::from)
            .to_vec(),
        rows: rows.collect(),
        headers: 1,
        numeric: true,
        sheet: Some("fits"),
    }
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
            decimals(cell.monte_carlo_probability, digits_of_share(cell.runs) + 1),
            deviation(cell.paper_deviation),
            deviation(cell.monte_carlo_deviation),
        ]
    });
    Grid {
        caption: format!(
            "All cells, for $p = {}$; deviations from the exact number in standard errors",
            table.patch_dim
        ),
        columns: [
            "$k$",
            "$ρ$",
            "$x_c$",
            "paper",
            "exact",
            "random starts",
            "paper − exact",
            "random − exact",
        ]
        .map(String::from)
        .to_vec(),
        rows: rows.collect(),
        headers: 2,
        numeric: true,
        sheet: Some("table1"),
    }
}
