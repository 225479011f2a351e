//! `spurious fit`: the model fitted to a table, with a report.

use std::path::{Path, PathBuf};

use serde::Serialize;
use spurious::export::{Document, VERSION, brief, counted, plain};
use spurious::fit::{
    Analysis, Choices, Confusion, Endings, Labels, Loss, LossChoice, Missing, Model, Optimiser, Options,
    Rest, Ridge, SampleSource, Scaling, StartKind, Starts, StopReason, Validation, Windows, analyse,
    choose_and_analyse, missing_values,
};
use spurious::{Activation, Monitor};
use spurious_data::{Format, Reader, Request};
use spurious_report::fit::{FitReport, fit_files};

use crate::args::{FitArgs, Folds, Global, LossArg, OptimiserArg, OrAuto, RestArg, ScaleArg};
use crate::console::Console;
use crate::failure::Failure;
use crate::files;
use crate::model;
use crate::output;
use crate::source::{Asked, DataFile, Different, Loaded, Streamed, Target, target_named};
use crate::style::BOLD;
use crate::text::{self, Lines};

#[derive(Debug, Serialize)]
struct FitSettings<'a> {
    data: &'a Path,
    target: &'a str,
    target_is: Option<serde_json::Value>,
    /// The classes with the numbers 0, 1, ….
    classes: Option<&'a [String]>,
    drop: &'a [String],
    /// Columns that were left out unasked, with what they hold.
    left_out: &'a [String],
    sample_weights: Option<&'a str>,
    groups: Option<&'a str>,
    time: Option<&'a str>,
    array: Option<&'a str>,
    patch_shape: [usize; 2],
    grid_shape: [usize; 2],
    stride: [usize; 2],
    /// What was trimmed or padded.
    rest: Option<String>,
    validation: Validation,
    options: &'a Options,
}

pub(crate) fn run(args: &FitArgs, global: &Global, console: &Console) -> Result<(), Failure> {
    let folder = global.out.clone().unwrap_or_else(|| PathBuf::from("spurious-fit"));
    files::check_target(&folder, global.force)?;
    // --force replaces a whole folder: only one that this command has made.
    if folder.exists() && !folder.join("model.json").is_file() {
        return Err(Failure::Input(format!(
            "{} is not a fit, and is not replaced: name another folder with --out",
            folder.display()
        )));
    }
    let options = options(args, global.seed)?;
    let limit = args.memory.saturating_mul(1 << 20);
    let data = DataFile::new(&args.data, limit)?;
    let mut reader = data.open(&request(args)).map_err(|error| no_target(args, error))?;
    let columns = reader.features().to_vec();
    let path = reader.path().to_owned();
    let target_name = reader.target_name().unwrap_or(&args.target).to_owned();
    let left_out: Vec<String> = reader.left_out().iter().map(ToString::to_string).collect();
    if !left_out.is_empty() {
        console.note(&format!("left out: {}", left_out.join(", ")));
    }
    let shapes = shapes(args, columns.len())?;
    let choices = choices(args, &options, &shapes)?;
    check_start(&options, &shapes[0])?;
    args.time_limit.into_iter().for_each(|limit| console.allow(limit));

    let choices = choices.as_ref();
    let job = |labels: &Labels| Job {
        args,
        options: with_classes(&options, labels),
        choices,
        columns: &columns,
        path: &path,
        console,
    };
    let fits = |reader: &Reader| !args.stream && reader.in_memory_bytes().is_none_or(|bytes| bytes <= limit);
    let loaded = if fits(&reader) {
        console.begin("reading", None);
        let table = reader.load_while(limit, &mut || !console.is_cancelled());
        console.finish();
        match table {
            Ok(table) => Some(table.ok_or(spurious::Error::Cancelled)?),
            // Text does not tell its size.
            Err(error) if error.is_too_large() => None,
            Err(error) => return Err(error.into()),
        }
    } else {
        None
    };
    let asked = &Asked {
        value: args.target_is.clone(),
        classes: match args.loss {
            LossArg::Auto => None,
            LossArg::Squares => Some(false),
            LossArg::Logistic => Some(true),
        },
    };
    let (labels, (analysis, validation)) = match loaded {
        Some(table) => {
            let mut different = Different::default();
            different.see(table.target.as_deref().unwrap_or_default());
            let target = Target::new(asked, &different, &reader)?;
            drop(reader);
            let loaded = Loaded::new(table, &target, &path)?;
            let done = job(&target.labels).run(&mut loaded.source(&shapes[0], &path)?)?;
            (target.labels, done)
        }
        None => {
            let mut streamed = Streamed::new(reader, shapes[0].clone(), asked, console)?;
            let done = job(&streamed.target.labels.clone()).run(&mut streamed)?;
            (streamed.target.labels, done)
        }
    };
    let windows = &analysis.windows;
    if let Some(rest) = windows.about_rest() {
        console.note(&rest);
    }
    let choice = analysis.choice.as_ref();
    let options = with_classes(&options, &labels);
    let options = choice.map_or_else(|| options.clone(), |choice| choice.chosen().options(&options));
    warnings(&analysis, &options).iter().for_each(|warning| console.warn(warning));

    let settings = FitSettings {
        data: &args.data,
        target: &target_name,
        target_is: match &labels {
            Labels::IsNumber(value) => Some((*value).into()),
            Labels::IsText(value) => Some(value.as_str().into()),
            Labels::Numbers | Labels::Classes(_) => None,
        },
        classes: match &labels {
            Labels::Classes(classes) => Some(classes),
            _ => None,
        },
        drop: &args.drop,
        left_out: &left_out,
        sample_weights: args.sample_weights.as_deref(),
        groups: args.groups.as_deref(),
        time: args.time.as_deref(),
        array: args.array.as_deref(),
        patch_shape: windows.patch_shape(),
        grid_shape: windows.grid_shape(),
        stride: windows.stride(),
        rest: windows.about_rest(),
        validation,
        options: &options,
    };
    let json = Document::new("fit", &settings, &[&analysis]).to_json();
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let report = FitReport {
        analysis: &analysis,
        data_name: &name,
        target_name: &format!("{target_name}{labels}"),
        labels: &labels,
        columns: &columns,
        options: &options,
        validation,
    };
    let model = Model {
        network: analysis.fit.network.clone(),
        loss: analysis.fit.objective,
        standard_errors: analysis.fit.standard_errors.clone(),
        scaling: options.scaling,
        transform: analysis.fit.transform.clone(),
        windows: windows.clone(),
        columns: columns.clone(),
        target: target_name.clone(),
        labels: labels.clone(),
        column_means: analysis.column_means.clone(),
        prediction_interval: analysis.prediction_interval,
        samples: analysis.fit.samples,
        noise: analysis.fit.noise,
        train_r2: analysis.scores.train,
        validation_r2: analysis.scores.validation,
    };
    let mut written = fit_files(&report, json.clone(), &command_line(args, global), VERSION);
    written
        .push(spurious_report::File { path: "model.json".to_owned(), bytes: model.to_json().into_bytes() });
    spurious_data::write_folder(
        &folder,
        written.into_iter().map(|file| (file.path, file.bytes)),
        global.force,
    )?;
    output::wrote(&folder, console);
    if global.json {
        output::print(&json)
    } else {
        let width = text::width(global);
        let mut lines = Lines::new(width);
        lines.plain(&folder.join("index.html").display().to_string());
        output::show(&(summary(&analysis, &model.labels, &options, width) + &lines.into_text()))
    }
}

/// In standard deviations of the target: contributions as large as this have to cancel each other.
const LARGE_CONTRIBUTION: f64 = 100.0;

/// What is done to a table, wherever it lies.
struct Job<'a> {
    args: &'a FitArgs,
    options: Options,
    choices: Option<&'a Choices>,
    columns: &'a [String],
    path: &'a Path,
    console: &'a Console,
}

impl Job<'_> {
    /// The analysis, and how samples were held out for it.
    fn run<S>(&self, source: &mut S) -> Result<(Analysis, Validation), Failure>
    where
        S: SampleSource,
        Failure: From<S::Error>,
    {
        let missing = missing_values(source, self.console)?;
        if !missing.is_none() && self.options.missing == Missing::Error {
            return Err(Failure::Input(format!(
                "{}: {}; leave these rows out with --missing drop, or put the mean of the column in place of each value \
                 with --missing mean",
                self.path.display(),
                missing.describe(self.columns, source.samples())
            )));
        }
        let validation = match (self.args.validation, self.args.folds) {
            (Some(share), _) => Validation::HoldOut(share),
            (None, Folds::Chosen(validation)) => validation,
            (None, Folds::Auto) => {
                Validation::usual(source.arrangement(), source.samples(), source.windows().width())
            }
        };
        // Without missing values there is nothing to look for in every pass.
        let options = match missing.is_none() {
            true => &Options { missing: Missing::Error, ..self.options.clone() },
            false => &self.options,
        };
        let analysis = match self.choices {
            Some(choices) => choose_and_analyse(source, choices, options, validation, self.console),
            None => analyse(source, options, validation, self.console),
        };
        self.console.finish();
        Ok((analysis.map_err(|error| self.located(error.into()))?, validation))
    }

    /// The error with the file and the name of the column, if it is about a place in the data.
    fn located(&self, failure: Failure) -> Failure {
        let Failure::Model(error) = failure else { return failure };
        let (path, name) = (self.path.display(), |column: usize| self.columns.get(column));
        match error {
            spurious::Error::Scale { name: what, size, low, high, place: Some(place) } => {
                let column = place.column.and_then(name);
                let column = column.map_or(String::new(), |column| format!(", column '{column}'"));
                let error = spurious::Error::Scale { name: what, size, low, high, place: None };
                Failure::Input(format!("{path}, row {}{column}: {error}", place.row + 1))
            }
            spurious::Error::EmptyColumn { column } => Failure::Input(format!(
                "{path}: column '{0}' has no value in the rows fitted: leave it out with --drop {0}",
                name(column).map_or("?", String::as_str)
            )),
            error => error.into(),
        }
    }
}

fn request(args: &FitArgs) -> Request {
    Request {
        target: Some(target_named(&args.target)),
        weights: args.sample_weights.clone(),
        groups: args.groups.clone(),
        time: args.time.clone(),
        drop: args.drop.clone(),
        keep: args.keep.clone(),
        tidy: true,
        missing: true,
        array: args.array.clone(),
        format: args.format,
        ..Request::default()
    }
}

/// A target that is neither a column nor a file, but looks like a file.
fn no_target(args: &FitArgs, error: spurious_data::Error) -> Failure {
    match error.unknown_column() {
        Some(column) if column == args.target && Format::of(Path::new(column)).is_ok() => Failure::Input(
            format!("--target {column} is neither a file nor a column of {}", args.data.display()),
        ),
        _ => error.into(),
    }
}

/// The ways to cut a row that were asked for, of which there is at least one.
fn shapes(args: &FitArgs, width: usize) -> Result<Vec<Windows>, Failure> {
    let rest = match args.rest {
        RestArg::Auto => Rest::Auto,
        RestArg::Trim => Rest::Trim,
        RestArg::Pad => Rest::Pad,
    };
    let is_auto = args.patch_len == Some(OrAuto::Auto) || args.patch == Some(OrAuto::Auto);
    if is_auto && (args.stride.is_some() || args.rest != RestArg::Auto) {
        return Err(Failure::Input(
            "--stride and --rest are for windows of a given size: leave them out where the size is chosen"
                .to_owned(),
        ));
    }
    match (args.patch_len, args.image, args.patch) {
        (Some(OrAuto::Given(len)), _, _) => {
            let stride = args.stride.map_or(len, |[_, stride]| stride);
            Ok(vec![Windows::signal(width, args.channels, len, stride, rest)?])
        }
        (Some(OrAuto::Auto), _, _) => Ok(Windows::of_signal(width, args.channels)?),
        (None, Some(image), Some(OrAuto::Given(patch))) => {
            Ok(vec![Windows::image(width, image, patch, args.stride.unwrap_or(patch), rest)?])
        }
        (None, Some(image), Some(OrAuto::Auto)) => Ok(Windows::of_image(width, image)?),
        _ => Err(Failure::Input(format!(
            "rows have {width} numbers: say how they are cut into patches with --patch-len P, or with --image HxW --patch hxw; \
             --patch-len auto and --patch auto try several"
        ))),
    }
}

/// What is to be chosen by cross-validation, if anything is.
fn choices(args: &FitArgs, options: &Options, shapes: &[Windows]) -> Result<Option<Choices>, Failure> {
    if shapes.len() == 1 && args.filters != OrAuto::Auto {
        return match args.time_limit {
            Some(_) => Err(Failure::Input(
                "--time-limit is for --patch-len auto, --patch auto and --filters auto, where shapes are tried".to_owned(),
            )),
            None => Ok(None),
        };
    }
    if options.optimiser != Optimiser::Auto || options.starts != Starts::Auto {
        return Err(Failure::Input(
            "shapes are tried by the automatic search only: leave out --optimiser, --starts, --start and --four-signs".to_owned(),
        ));
    }
    let (scaling, filters) = (args.scale.is_none(), args.filters == OrAuto::Auto);
    Ok(Some(Choices::usual(shapes.to_vec(), options, scaling, filters)))
}

fn options(args: &FitArgs, seed: u64) -> Result<Options, Failure> {
    if args.step_size.is_some() && !matches!(args.optimiser, OptimiserArg::Descent | OptimiserArg::Batches) {
        return Err(Failure::Input(
            "--step-size is for --optimiser descent or batches: the other ways to search choose their steps"
                .to_owned(),
        ));
    }
    let starts = if args.four_signs {
        Starts::FourSigns
    } else if let Some(path) = &args.start {
        Starts::Given(model::read(path)?.network)
    } else {
        args.starts.clone()
    };
    let optimiser = match args.optimiser {
        OptimiserArg::Auto => Optimiser::Auto,
        OptimiserArg::LeastSquares => Optimiser::LeastSquares,
        OptimiserArg::Descent => Optimiser::Descent { step_size: args.step_size, most_steps: args.max_steps },
        OptimiserArg::Batches => {
            Optimiser::Batches { step_size: args.step_size, epochs: args.epochs, samples: args.batch }
        }
    };
    let loss = match args.loss {
        LossArg::Auto => LossChoice::Auto,
        LossArg::Squares => LossChoice::Squares,
        LossArg::Logistic => LossChoice::Logistic,
    };
    let activation = Activation::leaky(args.negative_slope)?;
    if activation.is_identity() {
        return Err(spurious::Error::LinearNetwork.into());
    }
    Ok(Options {
        loss,
        optimiser,
        starts,
        seed,
        filters: match args.filters {
            OrAuto::Given(filters) => filters,
            OrAuto::Auto => 1,
        },
        linear: args.linear,
        intercept: !args.no_intercept,
        filter_bias: args.filter_bias,
        activation,
        scaling: match args.scale {
            None | Some(ScaleArg::None) => Scaling::None,
            Some(ScaleArg::Standardise) => Scaling::Standardise,
            Some(ScaleArg::Whiten) => Scaling::Whiten,
        },
        ridge: args.ridge,
        missing: args.missing,
        bootstrap: args.bootstrap,
    })
}

/// The options with the loss of several classes, where the target has such labels.
fn with_classes(options: &Options, labels: &Labels) -> Options {
    let loss = match labels.several() {
        Some(classes) => LossChoice::Multinomial { classes: classes.len() },
        None => options.loss,
    };
    Options { loss, ..options.clone() }
}

/// A start of another shape is told before the data is read.
fn check_start(options: &Options, windows: &Windows) -> Result<(), Failure> {
    if let Starts::Given(network) = &options.starts {
        let filter = &network.filters[0];
        let found = [filter.weights.len(), filter.output_weights.len() / network.scores()];
        let needed = [windows.patch_dim(), windows.patches()];
        if found != needed {
            return Err(Failure::Input(format!(
                "--start is a model of {} patches of {} numbers: here are {} of {}",
                found[1], found[0], needed[1], needed[0]
            )));
        }
        let found = network.filters.len();
        if found != options.filters {
            return Err(Failure::Input(format!(
                "--start is a model of {}: use --filters {found}",
                counted(found as u64, "filter")
            )));
        }
    }
    Ok(())
}

/// What whoever uses a fit should know, each with what to do about it.
#[must_use]
pub fn warnings(analysis: &Analysis, options: &Options) -> Vec<String> {
    let mut warnings = Vec::new();
    let fit = &analysis.fit;
    let descends = options.optimiser.descends();
    let ended =
        |stop: StopReason| fit.runs.iter().any(|run| run.stop == stop && run.start != StartKind::Antipodal);
    if descends && ended(StopReason::Diverged) {
        warnings.push("descent overflowed: use a smaller --step-size, or leave it out".to_owned());
    } else if let Optimiser::Descent { most_steps, .. } = options.optimiser
        && ended(StopReason::Exhausted)
    {
        warnings.push(format!("descent had not converged after {most_steps} steps: raise --max-steps"));
    }
    if fit.rank < fit.parameters && fit.ridge == 0.0 {
        let why = if fit.samples < fit.parameters as u64 {
            format!("{} samples are fewer than its {} free parameters", fit.samples, fit.parameters)
        } else {
            "some of its numbers can be changed together without changing a prediction".to_owned()
        };
        warnings.push(format!(
            "the data determines {} of the model's {} free parameters: {why}; a penalty such as --ridge 0.1 settles the rest",
            fit.rank, fit.parameters
        ));
    }
    if fit.largest_contribution > LARGE_CONTRIBUTION && !descends {
        warnings.push(format!(
            "some output weights are so large that a patch as active as usual adds {} {}: rows unlike those fitted will be \
             predicted badly{}",
            brief(fit.largest_contribution.round()),
            if fit.objective.is_squares() { "times the spread of the target" } else { "to the logarithm of the odds" },
            if options.ridge == Ridge::Auto { "" } else { "; leave out --ridge to have a penalty chosen" }
        ));
    }
    if fit.search.stop == StopReason::Separated {
        let separated = match options.ridge {
            Ridge::Auto => {
                "the network separates the classes of the rows fitted by far: its chances are as good as certain; how close they come \
                 to 0 and 1 depends on the penalty alone"
            }
            Ridge::Fixed(_) => {
                "the network separates the classes of the rows fitted: without a penalty its output weights have no best values, and \
                 the search ended where the loss was almost zero; leave out --ridge to have a penalty chosen"
            }
        };
        warnings.push(separated.to_owned());
    }
    if analysis.beside_network().is_none() {
        warnings.push(format!(
            "no linear model to compare with: {} rows of {} numbers are too many",
            fit.samples,
            analysis.windows.width()
        ));
    }
    warnings
}

/// What a fit found, in lines of at most `width` characters, with bold marked as terminals understand it.
#[must_use]
pub fn summary(analysis: &Analysis, labels: &Labels, options: &Options, width: usize) -> String {
    let (fit, search) = (&analysis.fit, &analysis.fit.search);
    let headline = match &analysis.comparison {
        Some(comparison) => comparison.headline(),
        None if analysis.validation_samples == 0 => {
            "no rows were held out: --folds 5 tells which model predicts better".to_owned()
        }
        None if analysis.beside_network().is_none() => "there is no linear model to compare with".to_owned(),
        None => "the rows held out all have the same target: they cannot tell which model predicts better"
            .to_owned(),
    };
    let mut lines = Lines::new(width);
    if let Some(choice) = &analysis.choice {
        lines.text(&text::table(&choice.table(), width));
    }
    lines.headline(&headline, &headline, BOLD);
    if let Some(choice) = &analysis.choice {
        lines.line("chosen", &choice.sentence());
        if !analysis.folds.is_empty() {
            let same = format!("{} of {} folds chose the same", analysis.same_choice, analysis.folds.len());
            lines.line("", &same);
        }
    }
    let mut line = |name: &str, value: String| lines.line(name, &value);
    if analysis.validation_samples > 0 {
        line("held out", analysis.held_out());
        for measure in analysis.comparison.iter().flat_map(|comparison| &comparison.measures) {
            line("", measure.to_string());
        }
        if let (None, Some(score)) = (&analysis.comparison, analysis.scores.validation) {
            line("", format!("R² {}", r2(score)));
        }
        // For a target of two values, accuracy says what a size of errors does not.
        if let Some(error) = analysis.typical_error.filter(|_| analysis.survey.classes.is_none()) {
            let within = analysis
                .prediction_interval
                .map_or(String::new(), |half| format!("; interval of 95 %: ± {}", figures(half)));
            line("typical error", format!("{} (root mean square){within}", figures(error)));
        }
    }
    let kind = analysis.target_kind.to_string();
    if !kind.is_empty() {
        let meaning = labels.meaning().map_or(String::new(), |meaning| format!(": {meaning}"));
        line("target", format!("{kind}{meaning}"));
    }
    analysis.about_missing().into_iter().for_each(|missing| line("missing", missing));
    line("fitted", format!("R² {} with {} free parameters", r2(analysis.scores.train), fit.parameters));
    if let Some(beside) = analysis.beside_network() {
        line(
            "",
            format!(
                "R² {} of the {} with {} ({}λ = {}{})",
                r2(beside.scores.train),
                beside.name,
                beside.numbers(),
                if fit.objective.classes().is_none() { "ridge, " } else { "" },
                figures(beside.models[0].penalty),
                if beside.models[0].at_largest_penalty { ", the largest tried" } else { "" }
            ),
        );
    }
    if !fit.network.activation.is_rectifier() {
        line("negative slope", plain(fit.network.activation.negative_slope()));
    }
    if search.filters > 1 {
        let adds: Vec<String> = fit.filters_add.iter().map(|adds| r2(*adds)).collect();
        line(
            "filters",
            format!(
                "{} of them; one by one they add {} to {}",
                search.filters,
                adds.join(", "),
                fitted_r2(fit.objective)
            ),
        );
    }
    if let Some(fewer) = search.fewer_filters() {
        line(if search.filters > 1 { "" } else { "filters" }, fewer);
    }
    if let Some(adds) = fit.linear_adds {
        line("linear part", format!("adds {} to {}", r2(adds), fitted_r2(fit.objective)));
    }
    if options.ridge == Ridge::Auto && !options.optimiser.descends() {
        line(
            "penalty",
            if fit.at_largest_penalty {
                let alone = match fit.objective {
                    _ if options.linear => "its linear part does",
                    Loss::Squares => "the mean does",
                    Loss::Logistic { .. } | Loss::Multinomial { .. } => "the shares of the classes do",
                };
                format!("the largest tried: the network predicts little more than {alone}")
            } else {
                format!("λ = {}, chosen by cross-validation", figures(fit.ridge))
            },
        );
    }
    if let Some(calibration) = &analysis.calibration {
        let of = if calibration.held_out { "rows held out" } else { "rows fitted" };
        line(
            "calibration",
            format!("chances are off by {:.4} on average, in ten bins of the {of}", calibration.error),
        );
    }
    let confused = analysis.confusion.as_ref().and_then(Confusion::most_confused);
    if let Some((truth, taken, rows)) = confused {
        let (truth, taken) = (labels.name(truth), labels.name(taken));
        let rows = counted(rows, "row");
        line("most confused", format!("{truth} is taken for {taken} in {rows}"));
    }
    let loss = if fit.objective.is_squares() { "loss" } else { "log-loss" };
    line("best found", format!("{loss} {}; {}", brief(fit.loss), search.reached()));
    search.missed().into_iter().for_each(|missed| line("", missed));
    let beside = search.gap.map_or(String::new(), |gap| format!(": {loss} {}", brief(fit.loss + gap)));
    let restart = if search.filters == 1 { "antipodal restart" } else { "reversed filters" };
    line(restart, format!("{}{beside}", search.restart()));
    for (name, kind) in [("random starts", StartKind::Random), ("opposites", StartKind::Opposite)] {
        let Endings { searches, best, antipode, elsewhere } = fit.endings(|start| start == kind);
        if searches > 0 {
            let at_antipode =
                if search.filters == 1 { format!("{antipode} at its antipode, ") } else { String::new() };
            line(
                name,
                format!("{searches}: {best} ended at this minimum, {at_antipode}{elsewhere} elsewhere"),
            );
        }
    }
    if options.optimiser.descends() && options.intercept {
        line(
            "",
            "with an intercept, which the theory does not have: --no-intercept to compare with it".to_owned(),
        );
    }
    analysis.stability().into_iter().for_each(|(_, sentence)| line("filter", sentence));
    lines.into_text()
}

/// What shares of the loss that the best constant leaves are called.
fn fitted_r2(objective: Loss) -> &'static str {
    if objective.is_squares() { "R²" } else { "the share of the log-loss that is explained" }
}

/// Three digits.
fn figures(value: f64) -> String {
    let digits = format!("{value:.2e}");
    if value == 0.0 || (1e-3..1e6).contains(&value) { brief(digits.parse().unwrap_or(value)) } else { digits }
}

/// A score for reading; a model can be worse than the mean by any factor.
fn r2(score: f64) -> String {
    let text = if score > -1e4 { format!("{score:.4}") } else { format!("{score:.3e}") };
    if text == "-0.0000" { "0.0000".to_owned() } else { text }
}

fn or_auto<T>(value: OrAuto<T>, written: impl Fn(T) -> String) -> String {
    match value {
        OrAuto::Auto => "auto".to_owned(),
        OrAuto::Given(value) => written(value),
    }
}

/// The command that makes these files again.
fn command_line(args: &FitArgs, global: &Global) -> String {
    let mut words = vec!["spurious".to_owned(), "fit".to_owned(), quoted(&args.data.display().to_string())];
    let mut flag = |name: &str, value: Option<String>| {
        if let Some(value) = value {
            words.push(format!("--{name}"));
            words.extend((!value.is_empty()).then(|| quoted(&value)));
        }
    };
    let switch = |on: bool| on.then(String::new);
    let extent = |[height, width]: [usize; 2]| format!("{height}x{width}");
    flag("target", Some(args.target.clone()));
    flag("target-is", args.target_is.clone());
    flag("drop", (!args.drop.is_empty()).then(|| args.drop.join(",")));
    flag("keep", (!args.keep.is_empty()).then(|| args.keep.join(",")));
    let missing = match args.missing {
        Missing::Error => None,
        Missing::Drop => Some("drop".to_owned()),
        Missing::Mean => Some("mean".to_owned()),
    };
    flag("missing", missing);
    flag("sample-weights", args.sample_weights.clone());
    flag("groups", args.groups.clone());
    flag("time", args.time.clone());
    flag("array", args.array.clone());
    flag("format", args.format.map(|format| format.to_string()));
    flag("patch-len", args.patch_len.map(|len| or_auto(len, |len| len.to_string())));
    let stride = |[down, across]: [usize; 2]| match args.image {
        Some(_) => format!("{down}x{across}"),
        None => across.to_string(),
    };
    flag("stride", args.stride.map(stride));
    let rest = match args.rest {
        RestArg::Auto => None,
        RestArg::Trim => Some("trim".to_owned()),
        RestArg::Pad => Some("pad".to_owned()),
    };
    flag("rest", rest);
    flag("channels", (args.channels != 1).then(|| args.channels.to_string()));
    flag("image", args.image.map(extent));
    flag("patch", args.patch.map(|patch| or_auto(patch, extent)));
    flag("validation", args.validation.map(|share| share.to_string()));
    let folds = match args.folds {
        Folds::Chosen(Validation::Folds(folds)) => Some(folds.to_string()),
        Folds::Chosen(_) => Some("none".to_owned()),
        Folds::Auto => None,
    };
    flag("folds", folds);
    flag("bootstrap", (args.bootstrap > 0).then(|| args.bootstrap.to_string()));
    flag("filters", (args.filters != OrAuto::Given(1)).then(|| or_auto(args.filters, |r| r.to_string())));
    flag("time-limit", args.time_limit.map(|limit| limit.as_secs_f64().to_string()));
    flag("linear", switch(args.linear));
    flag("no-intercept", switch(args.no_intercept));
    flag("filter-bias", switch(args.filter_bias));
    flag("negative-slope", (args.negative_slope > 0.0).then(|| args.negative_slope.to_string()));
    let scale = args.scale.map(|scale| match scale {
        ScaleArg::None => "none",
        ScaleArg::Standardise => "standardise",
        ScaleArg::Whiten => "whiten",
    });
    flag("scale", scale.map(str::to_owned));
    flag(
        "loss",
        match args.loss {
            LossArg::Auto => None,
            LossArg::Squares => Some("squares".to_owned()),
            LossArg::Logistic => Some("logistic".to_owned()),
        },
    );
    match args.ridge {
        Ridge::Auto => {}
        Ridge::Fixed(ridge) => flag("ridge", Some(ridge.to_string())),
    }
    match args.optimiser {
        OptimiserArg::Auto => {}
        OptimiserArg::LeastSquares => flag("optimiser", Some("least-squares".to_owned())),
        OptimiserArg::Descent => {
            flag("optimiser", Some("descent".to_owned()));
            flag("max-steps", Some(args.max_steps.to_string()));
        }
        OptimiserArg::Batches => {
            flag("optimiser", Some("batches".to_owned()));
            flag("epochs", Some(args.epochs.to_string()));
            flag("batch", Some(args.batch.to_string()));
        }
    }
    flag("step-size", args.step_size.map(|step| step.to_string()));
    match (&args.start, args.four_signs) {
        (Some(path), _) => flag("start", Some(path.display().to_string())),
        (None, true) => flag("four-signs", switch(true)),
        (None, false) => {
            if let Starts::Random(count) = args.starts {
                flag("starts", Some(count.to_string()));
            }
        }
    }
    flag("seed", Some(global.seed.to_string()));
    words.join(" ")
}

/// A word as a shell takes it.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "-_./,=+:@%".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}
