//! `spurious predict --explain`: what each patch of one row contributes to its prediction.

use std::ops::ControlFlow;

use serde::Serialize;
use spurious::export::{Document, brief, counted};
use spurious::fit::{Explanation, Loss, Model, Network, explain, most_likely};
use spurious_data::Reader;

use super::predict::{fill_in, open};
use super::{Format, target};
use crate::args::{Global, PredictArgs};
use crate::console::Console;
use crate::failure::Failure;
use crate::output;
use crate::source::{BLOCK_BYTES, Target};
use crate::text::{self, Lines};

/// A prediction in parts, and what came true.
#[derive(Debug, Serialize)]
struct Explained {
    row: u64,
    #[serde(flatten)]
    explanation: Explanation,
    /// The ends of the interval of 95 %, if the model knows one.
    lower: Option<f64>,
    upper: Option<f64>,
    /// The chance of the class: of the higher of two, or of the most likely of several.
    probability: Option<f64>,
    class: Option<String>,
    target: Option<f64>,
    /// The class that the target is.
    target_class: Option<String>,
}

pub(crate) fn run(
    row: u64,
    args: &PredictArgs,
    model: &Model,
    global: &Global,
    console: &Console,
) -> Result<(), Failure> {
    let out = target(global, &[Format::Csv, Format::Json])?;
    let mut reader = open(args, model)?;
    let (values, target) = find(row, model, &mut reader)?;
    let names = reader.features();
    let of = |network: &Network| explain(&values, &model.windows, network, names);
    // Of several classes the score of the most likely one.
    let scores = (0..model.network.scores()).map(|class| of(&model.network.of_class(class)));
    let mut scores = scores.collect::<Result<Vec<Explanation>, _>>()?;
    let found: Vec<f64> = scores.iter().map(|explanation| explanation.prediction).collect();
    let likely = most_likely(&found);
    let explanation = scores.swap_remove(likely);
    let prediction = explanation.prediction;
    let (probability, class) = match model.loss.classes() {
        Some(_) => (Some(model.loss.chances(&found)[likely]), Some(model.labels.name(likely))),
        None => {
            let chance = model.loss.probability(prediction);
            let class = model.labels.class(chance.unwrap_or(prediction));
            (chance, class.or_else(|| chance.and_then(|chance| model.loss.class(chance))))
        }
    };
    if !prediction.is_finite() {
        return Err(Failure::Input(format!(
            "{}, row {row}: the prediction overflowed",
            reader.path().display()
        )));
    }
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the number of a class")]
    let target_class = target.and_then(|target| match model.loss.classes() {
        Some(_) => Some(model.labels.name(target as usize)),
        None => model.labels.class(target),
    });
    let explained = [Explained {
        row,
        lower: model.prediction_interval.map(|half| prediction - half),
        upper: model.prediction_interval.map(|half| prediction + half),
        probability,
        class,
        target,
        target_class,
        explanation,
    }];
    output::deliver(
        &Document::new("predict", args, &explained),
        out,
        global,
        console,
        || explained[0].explanation.table(),
        || Err(Failure::Input("a row is explained in a table: end --out with .csv or .json".to_owned())),
        |width| to_text(&explained[0], model.loss, width),
    )
}

/// The numbers of a row, with column means in place of what is missing, and its target if that is known.
fn find(row: u64, model: &Model, reader: &mut Reader) -> Result<(Vec<f64>, Option<f64>), Failure> {
    let width = model.windows.width();
    let at_once = (BLOCK_BYTES / (8 * width)).max(1);
    // Texts get their numbers as they are read.
    if reader.labels().is_some() {
        reader.pass(at_once, &mut |_| ControlFlow::Continue(()))?;
    }
    let labels = Target::of(model.labels.clone(), reader);
    let (mut found, mut rows) = (None, 0);
    reader.pass(at_once, &mut |block| {
        rows = block.first_row + block.rows as u64;
        if row > rows {
            return ControlFlow::Continue(());
        }
        // At most the rows of a block.
        let place = (row - 1 - block.first_row) as usize;
        let values = (place * width..(place + 1) * width).map(|i| block.values.get(i)).collect();
        let target = block.target.map(|target| labels.numbers(&target[place..=place])[0]);
        found = Some((values, target.filter(|target| !target.is_nan())));
        ControlFlow::Break(())
    })?;
    let path = reader.path().display();
    let Some((mut values, target)): Option<(Vec<f64>, _)> = found else {
        return Err(Failure::Input(format!(
            "--explain {row}: {path} has {}: name one of them, from 1",
            counted(rows, "row")
        )));
    };
    fill_in(&mut values, model.column_means.as_deref(), reader.features())
        .map_err(|(_, what)| Failure::Input(format!("{path}, row {row}{what}")))?;
    Ok((values, target))
}

fn to_text(explained: &Explained, loss: Loss, width: usize) -> String {
    let Explained { row, explanation, lower, upper, probability, class, target, target_class } = explained;
    let mut lines = Lines::new(width);
    let (value, class) = (brief(explanation.prediction), class.as_deref());
    let (mut prediction, what) = match (loss, probability, class) {
        (Loss::Logistic { .. }, Some(chance), Some(class)) => (
            format!("{class}: chance {chance:.4}, logarithm of the odds {value}"),
            "the logarithm of the odds".to_owned(),
        ),
        (Loss::Multinomial { .. }, Some(chance), Some(class)) => {
            (format!("{class} with a chance of {chance:.4}: score {value}"), format!("the score of {class}"))
        }
        (_, _, Some(class)) => (format!("{value}, {class}"), "the prediction".to_owned()),
        (_, _, None) => (value, "the prediction".to_owned()),
    };
    if let (Some(lower), Some(upper)) = (lower, upper) {
        prediction += &format!("; interval of 95 %: {} to {}", brief(*lower), brief(*upper));
    }
    lines.line("prediction", &prediction);
    let named = |target: &f64| target_class.clone().unwrap_or_else(|| brief(*target));
    target.iter().for_each(|target| lines.line("target", &named(target)));
    lines.plain(&format!(
        "row {row}: {what} in parts: the intercept (patch 0), and what each filter adds to it in each patch"
    ));
    text::table(&explanation.table(), width) + &lines.into_text()
}
