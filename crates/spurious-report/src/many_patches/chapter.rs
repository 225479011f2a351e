//! Many patches in words.

use super::{ManyPatches, figure};
use crate::document::Chapter;
use crate::numbers::{decimals, scientific, thousands};
use crate::phase_diagram::PhaseDiagram;
use crate::table1::{Table1, Table1Cell};
use crate::template::{chapters, values};

pub(crate) fn chapter(many: &ManyPatches, diagram: &PhaseDiagram, table: &Table1) -> Vec<Chapter> {
    let informative = || table.cells.iter().filter(|cell| cell.is_informative());
    let distance = |value: fn(&Table1Cell) -> f64| {
        informative().map(|cell| (value(cell) - cell.limit_probability).abs()).fold(0.0, f64::max)
    };
    let half = many.half();
    let last = half.points.last().expect("several numbers of patches");
    let difference = |curve: &super::ScalingCurve| {
        format!("{} for $p = {}$", decimals(curve.largest_difference, 3), curve.patch_dim)
    };
    let few_patches = table.patches()[0];
    let few =
        half.points.iter().find(|point| point.patches == few_patches).expect("it is among those computed");
    let values = values! {
        patch_dim: many.patch_dim,
        scale_ratio: many.scale_ratio,
        exact_distance: decimals(distance(|cell| cell.probability), 4),
        printed_distance: decimals(distance(|cell| cell.paper_probability), 4),
        paper_runs: thousands(table.paper_runs),
        half: half.criticality,
        last_patches: thousands(last.patches as u64),
        last_difference: scientific(last.difference),
        slope: decimals(half.slope, 4),
        coefficient: decimals(half.coefficient, 4),
        three_digits: half.three_digits,
        printed: table.printed_one(|cell| cell.criticality >= 1.0).replace(" print 1.00", ""),
        few_patches,
        few_difference: decimals(few.difference, 4),
        ends: ends(many),
        close: close(informative()),
        kappa: decimals(many.kappa, 4),
        differences: many.scaling.iter().map(difference).collect::<Vec<_>>().join(", "),
    };
    let inserts = [
        ("collapse", figure::collapse(table, many).into()),
        ("approach", figure::approach(many).into()),
        ("phase-diagram", diagram.figures(table).into()),
        ("scaling", figure::scaling(many).into()),
    ];
    chapters(include_str!("chapter.md"), values, inserts)
}

/// Why a curve of the scaling law ends early.
fn ends(many: &ManyPatches) -> String {
    let shown = |curve: &&super::ScalingCurve| (curve.patch_dim as f64).sqrt() < super::LARGEST_SCALED;
    let end = |curve: &super::ScalingCurve| {
        format!(
            " For $p = {0}$ the markers end at $√p x_c = √{0} = {1}$, where $x_c = 1$: beyond there is no trap.",
            curve.patch_dim,
            decimals((curve.patch_dim as f64).sqrt(), 2)
        )
    };
    many.scaling.iter().filter(shown).map(end).collect()
}

/// The cells that print 1.00 though they can be trapped.
fn close<'a>(informative: impl Iterator<Item = &'a Table1Cell>) -> String {
    let close: Vec<String> = informative
        .filter(|cell| cell.paper_probability == 1.0)
        .map(|cell| {
            format!(
                "$k = {}$, $ρ = {}$ prints 1.00 as well; it lies just below, at $x_c = {}$, and its exact probability is {}",
                cell.patches,
                cell.sum_ratio,
                decimals(cell.criticality, 3),
                decimals(cell.probability, 4)
            )
        })
        .collect();
    if close.is_empty() { String::new() } else { format!(" The cell {}.", close.join("; the cell ")) }
}
