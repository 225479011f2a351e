//! `spurious predict`: a model applied to a table of any size.

use std::ops::ControlFlow;

use serde::Serialize;
use spurious::Monitor;
use spurious::export::{Document, counted};
use spurious::fit::{Loss, Model, PredictionScores, Rows, Scoring, Values, most_likely, predict};
use spurious_data::{
    self as data, Block, Columns, Format, Ids, Layout, Precision, Reader, Request, Texts, Writer,
};

use super::explanation;
use crate::args::{Global, PredictArgs};
use crate::console::Console;
use crate::failure::Failure;
use crate::files;
use crate::model;
use crate::output;
use crate::source::{BLOCK_BYTES, DataFile, Target, target_named};
use crate::text::{self, Lines};

/// Bytes that standard input may have: more belongs into a file.
const MOST_BYTES: u64 = 4 << 30;

/// What was written.
#[derive(Debug, Serialize)]
struct Predicted<'a> {
    predictions: &'a std::path::Path,
    rows: u64,
    scores: Option<PredictionScores>,
}

pub(crate) fn run(args: &PredictArgs, global: &Global, console: &Console) -> Result<(), Failure> {
    let model = model::read(&args.model)?;
    if let Some(row) = args.explain {
        return explanation::run(row, args, &model, global, console);
    }
    let out = global.out.as_deref().filter(|path| !files::is_standard(path));
    if let Some(path) = out {
        files::check_target(path, global.force)?;
    } else if global.json {
        return Err(Failure::Input(
            "with --json, predictions need a file of their own: name it with --out".to_owned(),
        ));
    }
    let mut reader = open(args, &model)?;
    if let Some(path) = out
        && reader.rows().is_none()
        && matches!(Format::of(path)?, Format::Npy | Format::Npz)
    {
        // These formats say first how many rows follow: text has to be counted.
        reader.pass(BLOCK_BYTES / (8 * model.windows.width()), &mut |_| ControlFlow::Continue(()))?;
    }
    let is_text = out.is_none_or(|path| matches!(Format::of(path), Ok(Format::Text { .. })));
    let mut predictor = Predictor::new(&model, args.id.as_deref(), is_text, &mut reader)?;
    let layout =
        Layout { columns: predictor.columns.clone(), precision: Precision::F64, rows: reader.rows() };
    let mut writer = match out {
        Some(path) => Writer::create(path, &layout, global.force)?,
        None => Writer::stream(std::io::BufWriter::new(std::io::stdout()), &layout)?,
    };
    let left = if out.is_some() { ": nothing was written" } else { "" };
    let rows = predictor.for_each_block(&mut reader, console, left, &mut writer)?;
    writer.finish()?;
    let scores = predictor.scoring.scores();
    if let Some(path) = out {
        output::wrote(path, console);
    }
    let Some(path) = out else {
        if let Some(scores) = scores {
            console.note(&scores.to_string());
        }
        return Ok(());
    };
    if global.json {
        return output::print(
            &Document::new("predict", args, &[Predicted { predictions: path, rows, scores }]).to_json(),
        );
    }
    let mut lines = Lines::new(text::width(global));
    lines.plain(&format!("{}: {}", path.display(), counted(rows, "prediction")));
    scores.iter().for_each(|scores| lines.plain(&scores.to_string()));
    output::print(&lines.into_text())
}

/// The table with the columns of the model, by name; columns without names have to be as many as the model's. With the target, if it
/// is there.
pub(super) fn open(args: &PredictArgs, model: &Model) -> Result<Reader, Failure> {
    let data = DataFile::new(&args.data, MOST_BYTES)?;
    let request = Request {
        id: args.id.clone(),
        missing: true,
        array: args.array.clone(),
        format: args.format,
        ..Request::default()
    };
    let all = data.open(&Request { tidy: true, ..request.clone() })?;
    let is_numbered = |names: &[String]| names.iter().all(|name| name.parse::<usize>().is_ok());
    let (found, needed) = (all.features().len(), model.columns.len());
    let has_all = model.columns.iter().all(|name| all.features().contains(name));
    let is_without_names = is_numbered(all.features());
    let features = if is_without_names && !has_all {
        if found != needed {
            return Err(Failure::Input(format!(
                "{} has {found} columns: the model was fitted to {needed}",
                all.path().display()
            )));
        }
        all.features().to_vec()
    } else {
        model.columns.clone()
    };
    drop(all);
    let request = Request { features: Some(features), ..request };
    if let Some(name) = &args.target {
        return Ok(data.open(&Request { target: Some(target_named(name)), ..request })?);
    }
    // A number is a name only among numbers.
    if (is_without_names && has_all) || !is_numbered(std::slice::from_ref(&model.target)) {
        let target = Some(data::Target::Column(model.target.clone()));
        match data.open(&Request { target, ..request.clone() }) {
            Err(error) if error.unknown_column() == Some(&model.target) => {}
            reader => return Ok(reader?),
        }
    }
    Ok(data.open(&request)?)
}

/// Predictions block by block.
struct Predictor<'a> {
    model: &'a Model,
    columns: Columns,
    /// Whether the class is written in words.
    names_classes: bool,
    /// Whether rows are named by numbers, which the table of predictions takes over.
    numbers_rows: bool,
    target: Target,
    scoring: Scoring,
}

impl<'a> Predictor<'a> {
    fn new(model: &'a Model, id: Option<&str>, is_text: bool, reader: &mut Reader) -> Result<Self, Failure> {
        let numbers_rows = id.is_some() && !reader.has_text_ids();
        let id = id.map(str::to_owned);
        let mut features: Vec<String> = id.iter().filter(|_| numbers_rows).cloned().collect();
        let loss = model.loss;
        match loss.classes() {
            Some(classes) => {
                features.extend((0..classes).map(|c| format!("probability_{}", model.labels.name(c))));
            }
            None => features.push(if loss.is_squares() { "prediction" } else { "probability" }.to_owned()),
        }
        if model.prediction_interval.is_some() {
            features.extend(["lower", "upper"].map(str::to_owned));
        }
        // Chances of two numbers are chances of classes, too.
        let names_classes = is_text && (model.labels.are_classes() || !loss.is_squares());
        let columns = Columns {
            features,
            target: None,
            before: id.filter(|_| !numbers_rows),
            after: names_classes.then(|| "class".to_owned()),
        };
        // Texts get their numbers as they are read.
        if reader.labels().is_some() {
            reader.pass(BLOCK_BYTES / (8 * model.windows.width()), &mut |_| ControlFlow::Continue(()))?;
        }
        let target = Target::of(model.labels.clone(), reader);
        let scoring = match loss {
            Loss::Squares => Scoring::new(model.labels.are_classes(), model.prediction_interval),
            Loss::Logistic { .. } | Loss::Multinomial { .. } => Scoring::of_chances(),
        };
        Ok(Self { model, columns, names_classes, numbers_rows, target, scoring })
    }

    /// Writes all predictions, in order.
    fn for_each_block(
        &mut self,
        reader: &mut Reader,
        console: &Console,
        left: &str,
        writer: &mut Writer,
    ) -> Result<u64, Failure> {
        let width = self.model.windows.width();
        console.begin("rows", reader.rows());
        let mut failure = None;
        let path = reader.path().to_owned();
        let names: Vec<String> = reader.features().to_vec();
        let rows = reader.pass((BLOCK_BYTES / (8 * width)).max(1), &mut |block| {
            failure = self
                .block(&block, &names, writer)
                .map_err(|failure| match failure {
                    Wrong::Row { row, what } => Failure::Input(format!(
                        "{}, row {}{what}",
                        path.display(),
                        block.first_row + row as u64 + 1
                    )),
                    Wrong::Other(failure) => failure,
                })
                .err();
            if console.is_cancelled() {
                failure =
                    Some(Failure::Interrupted(format!("{} rows were predicted{left}", block.first_row)));
            }
            console.advance(block.rows as u64);
            if failure.is_some() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        console.finish();
        let rows = rows?;
        failure.map_or(Ok(rows), Err)
    }

    fn block(&mut self, block: &Block<'_>, names: &[String], writer: &mut Writer) -> Result<(), Wrong> {
        let Model { windows, network, loss, column_means, prediction_interval, labels, .. } = self.model;
        let width = windows.width();
        let mut complete: Vec<f64> = (0..block.values.len()).map(|i| block.values.get(i)).collect();
        fill_in(&mut complete, column_means.as_deref(), names)
            .map_err(|(row, what)| Wrong::Row { row, what })?;
        let none = vec![0.0; block.rows];
        let rows = Rows { values: Values::F64(&complete), stride: width, target: &none, weights: None };
        let mut predictions = predict(rows, windows, network).map_err(Failure::from)?;
        if let Some(row) = predictions.iter().position(|value| !value.is_finite()) {
            let row = row / loss.values();
            return Err(Wrong::Row { row, what: ": the prediction overflowed".to_owned() });
        }
        // A line for each row: its prediction, or the chance of each of several classes.
        let values = loss.values();
        predictions.iter_mut().for_each(|value| *value = loss.probability(*value).unwrap_or(*value));
        if loss.classes().is_some() {
            predictions = predictions.chunks_exact(values).flat_map(|scores| loss.chances(scores)).collect();
        }
        let lines = || predictions.chunks_exact(values);
        if let Some(target) = block.target {
            let target = self.target.numbers(target);
            let class = |y: f64| match loss {
                Loss::Logistic { high, .. } if !y.is_nan() => f64::from(y >= *high),
                _ => y,
            };
            for (&y, line) in target.iter().zip(lines()) {
                match line {
                    [prediction] => self.scoring.push(class(y), *prediction),
                    chances => self.scoring.push_class(y, chances),
                }
            }
        }
        let mut numbers = Vec::with_capacity(block.rows * self.columns.features.len());
        for (row, line) in lines().enumerate() {
            if let Some(Ids::Numbers(ids)) = block.ids.filter(|_| self.numbers_rows) {
                numbers.push(ids[row]);
            }
            numbers.extend_from_slice(line);
            if let Some(half) = prediction_interval {
                numbers.extend([line[0] - half, line[0] + half]);
            }
        }
        let before = match block.ids {
            Some(Ids::Text(ids)) => ids,
            _ => &[],
        };
        let after: Vec<String> = match self.names_classes {
            true => lines()
                .filter_map(|line| match line {
                    [value] => labels.class(*value).or_else(|| loss.class(*value)),
                    chances => Some(labels.name(most_likely(chances))),
                })
                .collect(),
            false => Vec::new(),
        };
        let texts = Texts { before, after: &after };
        Ok(writer.write_with(data::Values::F64(&numbers), None, texts).map_err(Failure::from)?)
    }
}

/// Puts the mean of its column in the place of each missing value; or says in which row that is not possible, and why.
pub(super) fn fill_in(
    values: &mut [f64],
    column_means: Option<&[f64]>,
    names: &[String],
) -> Result<(), (usize, String)> {
    for (i, value) in values.iter_mut().enumerate().filter(|(_, value)| value.is_nan()) {
        let (row, column) = (i / names.len(), i % names.len());
        let Some(means) = column_means else {
            let what = format!(
                ", column '{}': the value is missing, and the model has no column means to put there; fit it with --missing mean",
                names[column]
            );
            return Err((row, what));
        };
        *value = means[column];
    }
    Ok(())
}

/// What is wrong with a block.
enum Wrong {
    /// With one of its rows.
    Row {
        row: usize,
        what: String,
    },
    Other(Failure),
}

impl From<Failure> for Wrong {
    fn from(failure: Failure) -> Self {
        Self::Other(failure)
    }
}
