//! What the report shows, and what it is about.

use super::table1::largest_printed_deviation;
use super::ways_out::recovered;
use super::{Chapter, Grid};
use crate::Reproduction;
use crate::figures;
use crate::markup::{decimals, thousands};
use crate::restarts::RestartCell;

/// The claims and what came of them, on one screen.
pub(super) fn summary(reproduction: &Reproduction) -> Chapter {
    Chapter::new("summary", "What this report shows")
        .text(
            "A convolutional network with one hidden layer, the **student**, learns from another one, the **teacher**, by \
             gradient descent. The loss has two kinds of minima: the teacher itself, and a **spurious** one where the \
             student’s filter points the opposite way. Du, Lee, Tian, Póczos and Singh proved in 2018 that a random start \
             leads to the teacher nevertheless with a constant probability, in a slow phase and a fast one; that some \
             starts are trapped; and that one of four sign choices of the start always succeeds.",
        )
        .text(
            "This report makes each of these claims happen again, beside the paper’s own numbers. It then answers what the \
             paper leaves open: how the probability depends on the number of patches. What decides is one number, the \
             criticality $x_c$, and where it reaches 1 the trap is gone.",
        )
        .picture(
            "overview",
            figures::overview::figure(reproduction),
            &["profiles", "table1", "limit"],
            "**A trap, and what decides whether it is met.** (a) The smallest loss at each angle between the filters, for \
             several $x_c$: the second minimum, at the antipode, becomes shallower and is gone at $x_c = 1$. (b) The \
             probabilities printed in Table 1 of the paper, for six numbers of patches and six sum ratios, lie on one \
             curve, which is computed and not fitted. (Cells with $x_c > 1.2$ are not shown; all print 1.00.)",
        )
        .grid(claims(reproduction))
}

fn claims(reproduction: &Reproduction) -> Grid {
    let Reproduction { table1, traces, restarts, many_patches, .. } = reproduction;
    let run = &traces.recovering.run;
    let rate = |rate: Option<f64>| rate.map_or("unknown".to_string(), |rate| decimals(rate, 4));
    let half = &many_patches.approaches[many_patches.approaches.len() / 2];
    let free = table1.cells.iter().filter(|cell| cell.criticality >= 1.0).count();
    let rows = [
        (
            "paper",
            "A random start recovers the teacher with the probabilities of Table 1",
            format!(
                "All {} printed numbers lie within {} of the exact ones",
                table1.cells.len(),
                decimals(largest_printed_deviation(table1), 3)
            ),
            "[Table 1](#table-1)",
        ),
        (
            "paper",
            "Gradient descent converges in a slow phase and a linear one",
            format!(
                "{} slow steps, then the rate {}, where theory predicts {}",
                run.phase_one_steps.map_or("No".into(), thousands),
                rate(run.measured_rate),
                rate(run.predicted_rate)
            ),
            "[Two phases](#two-phases)",
        ),
        (
            "paper",
            "Some starts end at a spurious local minimum",
            format!(
                "{} of {} starts; the loss stays at {}, where theory predicts {}",
                traces.starts - traces.recovering_starts,
                traces.starts,
                decimals(traces.trapped.run.end.loss, 4),
                decimals(traces.spurious_loss, 4)
            ),
            "[Trapped](#trapped)",
        ),
        (
            "paper",
            "One of the four sign choices of a start always succeeds",
            recovered(restarts, |cell: &RestartCell| cell.four_signs),
            "[Sign choices](#sign-choices)",
        ),
        (
            "new",
            "A second run from the antipode of a trapped one always succeeds",
            recovered(restarts, |cell: &RestartCell| cell.antipodal),
            "[Two runs](#two-runs-suffice)",
        ),
        (
            "new",
            "The probability depends on patches and sum ratio through $x_c$ alone, up to terms in $1/k$",
            format!("The term is ${}/k$ at $x_c = {}$", decimals(half.coefficient, 3), half.criticality),
            "[Many patches](#many-patches)",
        ),
        (
            "new",
            "For $ρ ≥ 1 + (k − 1)/π$ there is no spurious minimum",
            format!("{free} cells of Table 1; all print 1.00"),
            "[Many patches](#many-patches)",
        ),
    ];
    Grid {
        caption: "The claims, and what came out".into(),
        columns: ["from", "claim", "here", "section"].map(String::from).to_vec(),
        rows: rows
            .map(|(from, claim, here, section)| vec![from.into(), claim.into(), here, section.into()])
            .to_vec(),
        headers: 0,
        numeric: false,
        sheet: None,
    }
}

/// The model, the experiment and the numbers that describe them.
pub(super) fn model() -> Chapter {
    Chapter::new("model", "The model")
        .picture(
            "model",
            figures::model::figure(),
            &[],
            "**Teacher and student look at the same input.** Each applies one filter to every patch, keeps what is positive, \
             $σ(t) = \\mathrm{max}(t, 0)$, weighs the patches by its output weights and adds up.",
        )
        .text(
            "The entries of the input are independent standard normal numbers, and the patches do not overlap. The student \
             keeps its filter normalised, $w = v/‖v‖$, and moves $v$ and $a$ down the gradient of the expected loss, which is \
             known in closed form:",
        )
        .formula(
            "$4πℓ = (π − 1)(‖a‖^2 + ‖b‖^2) + (1^{\\mathrm{T}}a − 1^{\\mathrm{T}}b)^2 − 2(g(φ) − 1) a^{\\mathrm{T}}b$",
        )
        .formula("$g(φ) = (π − φ) \\mathrm{cos} φ + \\mathrm{sin} φ$")
        .text(
            "Here $φ$ is the angle between the two filters and $b = ‖w^*‖a^*$ are the output weights that the student should \
             find. A start draws the filter uniformly from the unit sphere, and the output weights uniformly from the ball of \
             radius $|1^{\\mathrm{T}}b|/√k$.",
        )
        .text(
            "Four numbers describe an experiment: the patch dimension $p$, the number of patches $k$, the **sum ratio** \
             $ρ = (1^{\\mathrm{T}}a^*)^2/‖a^*‖^2$ between 0 and $k$, which is small when output weights cancel, and the scale \
             $β = ‖b‖/‖v_0‖$, which is 1 throughout. Two of them combine to the **criticality** $x_c = πρ/(k + π − 1)$.",
        )
}
