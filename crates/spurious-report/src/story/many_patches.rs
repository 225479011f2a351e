//! What the paper leaves open.

use super::Chapter;
use crate::Reproduction;
use crate::figures;
use crate::markup::{decimals, scientific, thousands};
use crate::table1::Table1Cell;

pub(super) fn chapter(reproduction: &Reproduction) -> Chapter {
    let Reproduction { table1, many_patches: many, phase_diagram, .. } = reproduction;
    let informative = || table1.cells.iter().filter(|cell| cell.is_informative());
    let largest = |value: fn(&Table1Cell) -> f64| {
        informative().map(|cell| (value(cell) - cell.limit_probability).abs()).fold(0.0, f64::max)
    };
    let half = &many.approaches[many.approaches.len() / 2];
    let last = half.points.last().expect("several numbers of patches");
    let free: Vec<&Table1Cell> = table1.cells.iter().filter(|cell| cell.criticality >= 1.0).collect();
    let printed = match free.iter().filter(|cell| cell.paper_probability == 1.0).count() {
        count if count == free.len() => format!("all {count} cells"),
        count => format!("{count} of {} cells", free.len()),
    };
    let close: Vec<String> = informative()
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
    let close =
        if close.is_empty() { String::new() } else { format!(" The cell {}.", close.join("; the cell ")) };
    let differences: Vec<String> = many
        .scaling
        .iter()
        .map(|curve| format!("{} for $p = {}$", decimals(curve.largest_difference, 3), curve.patch_dim))
        .collect();
    Chapter::new("many-patches", "What the paper leaves open: many patches")
        .text(
            "Why does the probability fall with the number of patches and rise with the sum ratio? The sum of the output weights \
             is a fast variable: it relaxes at the rate $(k + π − 1)/2π$. With many patches it follows the angle at once, two \
             variables are left, and the two numbers $k$ and $ρ$ enter their motion only as $x_c = πρ/(k + π − 1)$. One \
             critical angle $φ_{∞}(x_c)$ then separates success from failure, whatever the output weights start from.",
        )
        .heading("All cells on one curve")
        .picture(
            "collapse",
            figures::many_patches::collapse(table1, many),
            &["table1", "limit"],
            format!(
                "**The collapse**, $p = {}$, $β = {}$. (a) All cells of Table 1 with $x_c ≤ 1.2$, printed (hollow) and exact \
                 (filled), and the limit of many patches. (b) The same after the limit is subtracted.",
                many.patch_dim, many.scale_ratio
            ),
        )
        .text(format!(
            "Finite numbers of patches move the exact probabilities of the table by at most {} from the curve. The printed ones \
             scatter about it by up to {}, for the most part the noise of {} starts.",
            decimals(largest(|cell| cell.probability), 4),
            decimals(largest(|cell| cell.paper_probability), 4),
            thousands(table1.paper_runs)
        ))
        .heading("How many patches are many")
        .picture(
            "approach",
            figures::many_patches::approach(many),
            &["approach"],
            "**The limit is approached like one over the number of patches.** Dashed lines have the slope −1 and pass through the \
             last point.",
        )
        .text(format!(
            "At $x_c = {}$ the probability of $k = {}$ patches is {} short of its limit; the slope between the two largest $k$ is \
             {}. For $k → ∞$ the distance is ${}/k$, and from {} patches on the limit has three digits. Twenty-five patches \
             are already many.",
            half.criticality,
            thousands(last.patches as u64),
            scientific(last.difference),
            decimals(half.slope, 4),
            decimals(half.coefficient, 4),
            half.three_digits
        ))
        .heading("Where the trap is")
        .picture(
            "phase-diagram",
            figures::phase_diagram::figure(phase_diagram, table1),
            &["phase-diagram", "threshold", "table1"],
            format!(
                "**The phase diagram** of success, exact for gradient flow, $p = {}$, $β = {}$. Colours and curves: the \
                 probability that a random start recovers the teacher. Discs: the cells of Table 1, in the colours of what the \
                 paper prints, with some of its numbers. More than $ρ = k$ is impossible.",
                phase_diagram.patch_dim, phase_diagram.scale_ratio
            ),
        )
        .text(
            "The curves are nearly straight lines through one point, because $x_c$ is constant along such lines. The line \
             $x_c = 1$ is the **threshold** $ρ_c = 1 + (k − 1)/π$.",
        )
        .text(format!(
            "Above the line there is no spurious minimum, and gradient descent recovers the teacher from almost every start: \
             {printed} there print 1.00.{close}",
        ))
        .heading("A law for long filters")
        .text(
            "For small $x_c$ the critical angle is $π/2 + κx_c$, and a random direction in many dimensions makes an angle with the \
             teacher’s that is close to normal about $π/2$ with variance $1/p$. So",
        )
        .formula("$P ≈ Φ(κ √p x_c)$")
        .formula("$κ = 2(π − 1)/π^2 + β^2/2Λ$")
        .formula("$Λ = [π − 1 + √((π − 1)^2 + π^2β^2)]/2$")
        .text(format!(
            "with $Φ$ the normal distribution function and $κ({}) = {}$. What decides is $√p ρ/k$: long filters or few patches make \
             the trap harmless; many patches whose weights cancel make success a coin toss.",
            many.scale_ratio,
            decimals(many.kappa, 4)
        ))
        .picture(
            "scaling",
            figures::many_patches::scaling(many),
            &["scaling"],
            format!(
                "**The scaling law** (line) beside exact limits (markers). The largest difference is {}.",
                differences.join(", ")
            ),
        )
}
