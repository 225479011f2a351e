//! `spurious predict`: a model applied to a table of any size.

use std::io::Write as _;
use std::ops::ControlFlow;

use serde::Serialize;
use spurious::Monitor;
use spurious::export::{Document, Value};
use spurious::fit::{Model, Rows, predict};
use spurious_data::{Block, Columns, Format, Layout, Precision, Reader, Request, Writer};

use crate::args::{Global, PredictArgs};
use crate::console::Console;
use crate::failure::Failure;
use crate::files;
use crate::model;
use crate::output;
use crate::source::{self, BLOCK_BYTES};

/// What was written.
#[derive(Debug, Serialize)]
struct Predicted<'a> {
    predictions: &'a std::path::Path,
    rows: u64,
}

pub(crate) fn run(args: &PredictArgs, global: &Global, console: &Console) -> Result<(), Failure> {
    let model = model::read(&args.model)?;
    if let Some(path) = &global.out {
        files::check_target(path, global.force)?;
    } else if global.json {
        return Err(Failure::Input(
            "with --json, predictions need a file of their own: name it with --out".to_owned(),
        ));
    }
    let mut reader = open(args, &model)?;
    let Some(path) = &global.out else {
        let mut out = std::io::BufWriter::new(std::io::stdout().lock());
        out.write_all(b"prediction\n")?;
        for_each_block(&mut reader, &model, console, "", &mut |values| {
            values.iter().try_for_each(|value| writeln!(out, "{}", Value::from(*value)))?;
            Ok(())
        })?;
        return Ok(out.flush()?);
    };
    if reader.rows().is_none() && matches!(Format::of(path)?, Format::Npy | Format::Npz) {
        // These formats say first how many rows follow: text has to be counted.
        reader.pass(BLOCK_BYTES / (8 * model.windows.width()), &mut |_| ControlFlow::Continue(()))?;
    }
    let columns = Columns { features: vec!["prediction".to_owned()], target: None };
    let layout = Layout { columns, precision: Precision::F64, rows: reader.rows() };
    let mut writer = Writer::create(path, &layout, global.force)?;
    let rows = for_each_block(&mut reader, &model, console, ": nothing was written", &mut |values| {
        Ok(writer.write(spurious_data::Values::F64(values), None)?)
    })?;
    writer.finish()?;
    if global.json {
        return output::print(
            &Document::new("predict", args, &[Predicted { predictions: path, rows }]).to_json(),
        );
    }
    output::print(&format!("{}: {rows} predictions\n", path.display()))
}

/// The table with the columns of the model, by name; columns without names have to be as many as the model's.
fn open(args: &PredictArgs, model: &Model) -> Result<Reader, Failure> {
    let request = |features| Request { array: args.array.clone(), features, ..Request::default() };
    let all = Reader::open(&args.data, &request(None))?;
    let numbered = all.features().iter().enumerate().all(|(at, name)| *name == (at + 1).to_string());
    let (found, needed) = (all.features().len(), model.columns.len());
    if numbered {
        if found == needed {
            return Ok(all);
        }
        // The table that the model was fitted to has its label as one more.
        if found < needed
            || !model.columns.iter().all(|name| all.features().contains(name))
            || found > needed + 1
        {
            return Err(Failure::Input(format!(
                "{} has {found} columns: the model was fitted to {needed}",
                args.data.display()
            )));
        }
    }
    drop(all);
    Ok(Reader::open(&args.data, &request(Some(model.columns.clone())))?)
}

/// Hands all predictions to `take`, in order.
fn for_each_block(
    reader: &mut Reader,
    model: &Model,
    console: &Console,
    left: &str,
    take: &mut dyn FnMut(&[f64]) -> Result<(), Failure>,
) -> Result<u64, Failure> {
    let width = model.windows.width();
    console.begin("rows", reader.rows());
    let mut failure = None;
    let path = reader.path().to_owned();
    let rows =
        reader.pass((BLOCK_BYTES / (8 * width)).max(1), &mut |Block { values, rows, first_row, .. }| {
            let values = source::values(values);
            let target = vec![0.0; rows];
            let rows_here = Rows { values, stride: width, target: &target, weights: None };
            let outcome = predict(rows_here, &model.windows, &model.network).map_err(Failure::from);
            failure = outcome
                .and_then(|values| match values.iter().position(|value| !value.is_finite()) {
                    Some(at) => Err(Failure::Input(format!(
                        "{}, row {}: the prediction leaves the range of numbers",
                        path.display(),
                        first_row + at as u64 + 1
                    ))),
                    None => take(&values),
                })
                .err();
            if console.is_cancelled() {
                failure = Some(Failure::Interrupted(format!("{first_row} rows were predicted{left}")));
            }
            console.advance(rows as u64);
            if failure.is_some() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
    console.finish();
    let rows = rows?;
    failure.map_or(Ok(rows), Err)
}
