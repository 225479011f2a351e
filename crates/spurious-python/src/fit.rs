//! A fit to arrays.

use numpy::PyReadonlyArray1;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use serde::Serialize;
use spurious::Monitor;
use spurious::export::{Column, Table};
use spurious::fit::{
    Analysis, Arrangement, Choices, InMemory, Labels, Missing, Prediction, Rows, SampleSource, Starts,
    Validation, analyse, choose_and_analyse, missing_values,
};

use crate::array::{Matrix, numbers};
use crate::compute::compute;
use crate::error::{SpuriousError, refused};
use crate::model::Model;
use crate::request::Request;
use crate::table::{Columns, WIDTH, without_style};

/// The analysis, and what has to be known beside it.
#[derive(Serialize)]
struct Found<'a> {
    #[serde(flatten)]
    analysis: &'a Analysis,
    patch_shape: [usize; 2],
    grid_shape: [usize; 2],
    stride: [usize; 2],
    validation: Validation,
    warnings: Vec<String>,
}

/// A fit as JSON, its model, its predictions, and the fit as text.
#[pyfunction]
#[pyo3(signature = (values, target, request, *, sample_weights, groups, time, start, progress))]
#[allow(clippy::too_many_arguments, reason = "keywords of Python")]
#[allow(clippy::needless_pass_by_value, reason = "arrays of Python")]
pub(crate) fn fit<'py>(
    py: Python<'py>,
    values: Matrix<'py>,
    target: PyReadonlyArray1<'py, f64>,
    request: &str,
    sample_weights: Option<PyReadonlyArray1<'py, f64>>,
    groups: Option<PyReadonlyArray1<'py, u32>>,
    time: Option<PyReadonlyArray1<'py, f64>>,
    start: Option<&Bound<'py, Model>>,
    progress: Option<Py<PyAny>>,
) -> PyResult<Answer<'py>> {
    let mut request = Request::new(request)?;
    if let Some(start) = start {
        request.options.starts = Starts::Given(start.get().0.network.clone());
    }
    let [samples, width] = values.shape();
    if samples == 0 {
        return Err(refused(&spurious::Error::NoSamples));
    }
    let shapes = request.shapes(width)?;
    let choices = request.choices(&shapes)?;
    let rows = Rows {
        values: values.values()?,
        stride: width,
        target: numbers(&target)?,
        weights: sample_weights.as_ref().map(numbers).transpose()?,
    };
    let arrangement = match (&groups, &time) {
        (Some(_), Some(_)) => {
            return Err(SpuriousError::new_err("give groups or time, not both"));
        }
        (Some(groups), None) => Arrangement::Groups(numbers(groups)?),
        (None, Some(time)) => Arrangement::Time(numbers(time)?),
        (None, None) => Arrangement::Independent,
    };

    let limit = request.time_limit()?;
    let asked = &request;
    let analysed = compute(py, progress, limit, |monitor: &dyn Monitor| {
        let source = match asked.options.missing {
            Missing::Error => InMemory::new(rows, shapes[0].clone())?,
            Missing::Drop | Missing::Mean => InMemory::with_missing(rows, shapes[0].clone())?,
        };
        analysed(&mut source.arranged(arrangement)?, asked, choices.as_ref(), monitor)
    })?
    .map_err(|error: spurious::Error| refused(&error))?;
    answer(py, &analysed, request, Vec::new())
}

/// The analysis of samples, and how some were held out.
pub(crate) fn analysed<S: SampleSource>(
    source: &mut S,
    request: &Request,
    choices: Option<&Choices>,
    monitor: &dyn Monitor,
) -> Result<(Analysis, Validation), S::Error> {
    let mut options = request.options.clone();
    // Without missing values there is nothing to look for in every pass.
    if options.missing != Missing::Error && missing_values(source, monitor)?.is_none() {
        options.missing = Missing::Error;
    }
    let usual = || Validation::usual(source.arrangement(), source.samples(), source.windows().width());
    let validation = request.validation.unwrap_or_else(usual);
    let analysis = match choices {
        Some(choices) => choose_and_analyse(source, choices, &options, validation, monitor)?,
        None => analyse(source, &options, validation, monitor)?,
    };
    Ok((analysis, validation))
}

/// What Python gets of a fit: JSON, the model, its predictions, and text.
pub(crate) type Answer<'py> = (String, Model, Bound<'py, PyDict>, String);

/// The answer for an analysis, with warnings that come before its own.
pub(crate) fn answer<'py>(
    py: Python<'py>,
    (analysis, validation): &(Analysis, Validation),
    request: Request,
    mut warnings: Vec<String>,
) -> PyResult<Answer<'py>> {
    let labels = request.classes.clone().map_or(Labels::Numbers, Labels::Classes);
    let options = analysis
        .choice
        .as_ref()
        .map_or_else(|| request.options.clone(), |choice| choice.chosen().options(&request.options));
    let text = without_style(&spurious_cli::fit_summary(analysis, &labels, &options, WIDTH));
    let windows = &analysis.windows;
    warnings.extend(spurious_cli::fit_warnings(analysis, &options));
    let found = Found {
        analysis,
        patch_shape: windows.patch_shape(),
        grid_shape: windows.grid_shape(),
        stride: windows.stride(),
        validation: *validation,
        warnings,
    };
    let json = serde_json::to_string(&found).unwrap_or_default();
    let predictions = Columns::of(&predictions(&analysis.predictions)).to_python(py)?;
    let model = spurious::fit::Model {
        network: analysis.fit.network.clone(),
        loss: analysis.fit.objective,
        standard_errors: analysis.fit.standard_errors.clone(),
        scaling: options.scaling,
        transform: analysis.fit.transform.clone(),
        windows: windows.clone(),
        columns: request.columns,
        target: request.target,
        labels,
        column_means: analysis.column_means.clone(),
        prediction_interval: analysis.prediction_interval,
        samples: analysis.fit.samples,
        noise: analysis.fit.noise,
        train_r2: analysis.scores.train,
        validation_r2: analysis.scores.validation,
    };
    Ok((json, Model(model), predictions, text))
}

/// What the models say about the samples, as a table.
fn predictions(predictions: &[Prediction]) -> Table {
    let keys =
        ["row", "target", "network", "probability", "linear", "logistic", "held_out", "fold", "cluster"];
    let mut table = Table::new(keys.map(Column::hidden).to_vec());
    for &Prediction { row, target, network, probability, linear, logistic, held_out, fold, cluster } in
        predictions
    {
        table.push(vec![
            row.into(),
            target.into(),
            network.into(),
            probability.into(),
            linear.into(),
            logistic.into(),
            u64::from(held_out).into(),
            fold.map(u64::from).into(),
            cluster.map(u64::from).into(),
        ]);
    }
    table
}
