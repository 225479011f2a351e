//! What is in each CSV file of a report on a fit.

use spurious::basin::Verdict;
use spurious::fit::{Ending, StartKind, StopReason};

use super::facts::{Facts, endings};
use crate::sheet::{Sheet, Value, row};

/// All sheets.
pub(super) fn all(facts: &Facts<'_>) -> Vec<Sheet> {
    let sheets = [
        Some(filter(facts)),
        Some(output_weights(facts)),
        Some(constants(facts)),
        linear(facts),
        (!facts.report.points.is_empty()).then(|| predictions(facts)),
        Some(runs(facts)),
        (!facts.report.analysis.folds.is_empty()).then(|| folds(facts)),
        Some(assumptions(facts)),
    ];
    sheets.into_iter().flatten().collect()
}

fn filter(facts: &Facts<'_>) -> Sheet {
    let [_, positions] = facts.report.windows.patch_shape();
    let (network, errors, spreads) = (&facts.fit.network, &facts.fit.standard_errors, facts.spreads());
    let rows = network.filter.iter().enumerate().map(|(t, &value)| {
        row![
            t + 1,
            t / positions + 1,
            t % positions + 1,
            facts.column(facts.report.windows.column(0, t)).as_str(),
            value,
            errors.filter[t],
            spreads[t],
        ]
    });
    Sheet::new(
        "filter",
        &[
            "entry",
            "line",
            "position",
            "column_of_first_patch",
            "value",
            "standard_error",
            "standard_deviation",
        ],
        rows,
    )
}

fn output_weights(facts: &Facts<'_>) -> Sheet {
    let [_, positions] = facts.report.windows.grid_shape();
    let (network, errors) = (&facts.fit.network, &facts.fit.standard_errors);
    let rows = network.output_weights.iter().enumerate().map(|(j, &value)| {
        row![
            j + 1,
            j / positions + 1,
            j % positions + 1,
            facts.column(facts.report.windows.column(j, 0)).as_str(),
            value,
            errors.output_weights[j],
        ]
    });
    Sheet::new(
        "output_weights",
        &["patch", "line", "position", "first_column", "value", "standard_error"],
        rows,
    )
}

/// All that is a single number.
fn constants(facts: &Facts<'_>) -> Sheet {
    let (analysis, fit) = (facts.report.analysis, facts.fit);
    let none = None::<f64>;
    let mut rows = vec![
        row!["filter_bias", fit.network.filter_bias, fit.standard_errors.filter_bias],
        row!["intercept", fit.network.intercept, fit.standard_errors.intercept],
        row!["noise", fit.noise, none],
        row!["loss", fit.loss, none],
        row!["gap", fit.gap, none],
        row!["ridge", fit.ridge, none],
        row!["samples", fit.samples, none],
        row!["validation_samples", analysis.validation_samples, none],
        row!["parameters", fit.parameters, none],
        row!["rank", fit.rank, none],
        row!["target_mean", analysis.survey.target_mean, none],
        row!["target_variance", analysis.survey.target_variance, none],
        row!["r2_training", analysis.scores.train, none],
        row!["r2_validation", analysis.scores.validation, none],
    ];
    if let Some((linear, scores)) = &analysis.linear {
        rows.extend([
            row!["linear_intercept", linear.intercept, none],
            row!["linear_penalty", linear.penalty, none],
            row!["linear_degrees_of_freedom", linear.degrees_of_freedom, none],
            row!["linear_r2_training", scores.train, none],
            row!["linear_r2_validation", scores.validation, none],
        ]);
    }
    Sheet::new("constants", &["name", "value", "standard_error"], rows)
}

fn linear(facts: &Facts<'_>) -> Option<Sheet> {
    let (linear, _) = facts.report.analysis.linear.as_ref()?;
    let windows = facts.report.windows;
    let p = windows.patch_dim();
    let mut rows: Vec<(usize, Vec<Value>)> = linear
        .coefficients
        .iter()
        .enumerate()
        .map(|(at, &coefficient)| {
            let (patch, entry) = (at / p, at % p);
            let column = windows.column(patch, entry);
            (column, row![column + 1, facts.column(column).as_str(), patch + 1, entry + 1, coefficient])
        })
        .collect();
    rows.sort_by_key(|(column, _)| *column);
    let columns = &["column", "name", "patch", "entry", "coefficient"];
    Some(Sheet::new("linear", columns, rows.into_iter().map(|(_, fields)| fields)))
}

fn predictions(facts: &Facts<'_>) -> Sheet {
    let rows =
        facts.report.points.iter().map(|p| row![p.row, p.target, p.network, p.linear, u64::from(p.held_out)]);
    Sheet::new("predictions", &["row", "target", "network", "linear", "held_out"], rows)
}

fn runs(facts: &Facts<'_>) -> Sheet {
    let rows = facts.fit.runs.iter().enumerate().map(|(i, run)| {
        row![
            i + 1,
            start_name(run.start),
            run.steps,
            stop_name(run.stop),
            run.loss,
            run.angle,
            ending_name(run.ending),
            run.samples,
        ]
    });
    Sheet::new("runs", &["run", "start", "steps", "stop", "loss", "angle", "ending", "samples"], rows)
}

fn folds(facts: &Facts<'_>) -> Sheet {
    let rows = facts.report.analysis.folds.iter().enumerate().map(|(i, fit)| {
        let endings = endings(fit);
        let verdict = match fit.verdict {
            Verdict::Global => "global",
            Verdict::Spurious => "spurious",
            Verdict::Undecided => "undecided",
        };
        row![i + 1, verdict, fit.samples, fit.loss, fit.gap, endings.searches, endings.best, endings.antipode]
    });
    Sheet::new(
        "folds",
        &["fold", "verdict", "samples", "loss", "gap", "searches", "ended_best", "ended_antipode"],
        rows,
    )
}

fn assumptions(facts: &Facts<'_>) -> Sheet {
    let a = &facts.report.analysis.survey.assumptions;
    let rows = vec![
        row!["mean", a.mean],
        row!["condition", a.condition],
        row!["entry_correlation", a.entry_correlation],
        row!["patch_correlation", a.patch_correlation],
        row!["kurtosis", a.kurtosis],
        row!["constant_columns", a.constant_columns],
    ];
    Sheet::new("assumptions", &["quantity", "value"], rows)
}

fn start_name(start: StartKind) -> &'static str {
    match start {
        StartKind::Random => "random",
        StartKind::Opposite => "opposite",
        StartKind::Signs => "signs",
        StartKind::Given => "given",
        StartKind::Antipodal => "antipodal",
    }
}

fn stop_name(stop: StopReason) -> &'static str {
    match stop {
        StopReason::Converged => "converged",
        StopReason::Exact => "exact",
        StopReason::Exhausted => "exhausted",
        StopReason::Diverged => "diverged",
    }
}

fn ending_name(ending: Ending) -> &'static str {
    match ending {
        Ending::Best => "best",
        Ending::Antipode => "antipode",
        Ending::Elsewhere => "elsewhere",
    }
}
