//! `spurious fit`: the model fitted to a table, with a report.

use std::path::{Path, PathBuf};

use serde::Serialize;
use spurious::export::{Document, VERSION, brief};
use spurious::fit::{
    Analysis, Comparison, Doubt, Ending, Model, Optimiser, Options, Ridge, SampleSource, Scaling, SearchRun,
    Selection, Split, StartKind, Starts, StopReason, Validation, Values, Windows, Winner, analyse,
};
use spurious::{Monitor, Verdict};
use spurious_data::{Format, Reader, Request, Target};
use spurious_report::fit::{FitReport, Layout, Point, fit_files};

use crate::args::{FitArgs, Global, OptimiserArg, ScaleArg};
use crate::console::Console;
use crate::failure::Failure;
use crate::files;
use crate::model;
use crate::output;
use crate::source::{Labels, Loaded, Streamed, proceed};

/// Rows shown in the report, at most.
const MOST_POINTS: u64 = 5000;

#[derive(Debug, Serialize)]
struct FitSettings<'a> {
    data: &'a Path,
    target: &'a str,
    target_is: Option<f64>,
    drop: &'a [String],
    sample_weights: Option<&'a str>,
    array: Option<&'a str>,
    patch_shape: [usize; 2],
    grid_shape: [usize; 2],
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
    let validation = match (args.validation, args.folds) {
        (Some(share), _) => Validation::HoldOut(share),
        (None, Some(folds)) => Validation::Folds(folds),
        (None, None) => Validation::None,
    };
    let mut reader = Reader::open(&args.data, &request(args)).map_err(|error| no_target(args, error))?;
    let columns = reader.features().to_vec();
    let target_name = reader.target_name().unwrap_or(&args.target).to_owned();
    let windows = windows(args, columns.len())?;
    check_start(&options, &windows)?;
    let labels = match args.target_is {
        Some(value) if !value.is_finite() => {
            return Err(Failure::Input(format!("--target-is {value} is not a finite number")));
        }
        Some(value) => Labels::Is(value),
        None => Labels::Numbers,
    };

    let job = Job { options: &options, validation, console };
    let limit = args.memory.saturating_mul(1 << 20);
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
    let (analysis, points) = match loaded {
        Some(table) => {
            drop(reader);
            let loaded = Loaded::new(table, labels, &args.data)?;
            job.run(&mut loaded.source(&windows, &args.data)?)?
        }
        None => job.run(&mut Streamed::new(reader, windows.clone(), labels, console)?)?,
    };
    warn(args, &analysis, console);

    let settings = FitSettings {
        data: &args.data,
        target: &target_name,
        target_is: args.target_is,
        drop: &args.drop,
        sample_weights: args.sample_weights.as_deref(),
        array: args.array.as_deref(),
        patch_shape: windows.patch_shape(),
        grid_shape: windows.grid_shape(),
        validation,
        options: &options,
    };
    let json = Document::new("fit", &settings, &[&analysis]).to_json();
    let target_label = match args.target_is {
        Some(value) => format!("{target_name} = {value}"),
        None => target_name.clone(),
    };
    let name = args.data.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let report = FitReport {
        analysis: &analysis,
        windows: &windows,
        layout: if args.image.is_some() { Layout::Image } else { Layout::Signal },
        data_name: &name,
        target_name: &target_label,
        columns: &columns,
        points: &points,
        options: &options,
        validation,
    };
    let model = Model {
        network: analysis.fit.network.clone(),
        standard_errors: analysis.fit.standard_errors.clone(),
        scaling: options.scaling,
        transform: analysis.fit.transform.clone(),
        windows: windows.clone(),
        columns: columns.clone(),
        target: target_name.clone(),
        target_is: args.target_is,
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
    if global.json { output::print(&json) } else { output::print(&to_text(&analysis, &folder)) }
}

/// What is done to a table, wherever it lies.
struct Job<'a> {
    options: &'a Options,
    validation: Validation,
    console: &'a Console,
}

impl Job<'_> {
    fn run<S>(&self, source: &mut S) -> Result<(Analysis, Vec<Point>), Failure>
    where
        S: SampleSource,
        Failure: From<S::Error>,
    {
        let samples = source.samples();
        if let Ridge::CrossValidated(folds) = self.options.ridge
            && samples < folds as u64
        {
            return Err(Failure::Input(format!(
                "--ridge auto holds out {folds} folds in turn, of {samples} samples: use a number such as 0.1"
            )));
        }
        let analysis = analyse(source, self.options, self.validation, self.console);
        self.console.finish();
        let analysis = analysis?;
        let points = self.points(source, &analysis)?;
        Ok((analysis, points))
    }

    /// Evenly spaced rows with their predictions.
    fn points<S>(&self, source: &mut S, analysis: &Analysis) -> Result<Vec<Point>, Failure>
    where
        S: SampleSource,
        Failure: From<S::Error>,
    {
        let samples = source.samples();
        let split = match self.validation {
            Validation::HoldOut(share) => Some(Split::hold_out(samples, share, self.options.seed)?),
            _ => None,
        };
        let stride = samples.div_ceil(MOST_POINTS);
        let windows = source.windows().clone();
        let (k, p) = (windows.patches(), windows.patch_dim());
        let places: Vec<usize> =
            (0..k).flat_map(|j| (0..p).map(move |t| (j, t))).map(|(j, t)| windows.column(j, t)).collect();
        let (mut row, mut points) = (0_u64, Vec::new());
        source.pass(1024, &mut |rows| {
            for (i, &target) in rows.target.iter().enumerate() {
                if row.is_multiple_of(stride) {
                    let start = i * rows.stride;
                    let number = |column: &usize| match rows.values {
                        Values::F32(values) => f64::from(values[start + column]),
                        Values::F64(values) => values[start + column],
                    };
                    let patches: Vec<f64> = places.iter().map(number).collect();
                    points.push(Point {
                        row: row + 1,
                        target,
                        network: analysis.fit.network.value(&patches),
                        linear: analysis.linear.as_ref().map(|(linear, _)| linear.value(&patches)),
                        held_out: split.as_ref().is_some_and(|split| Selection::Only(split, 1).contains(row)),
                    });
                }
                row += 1;
            }
            proceed(self.console.is_cancelled())
        })?;
        self.console.check()?;
        Ok(points)
    }
}

fn request(args: &FitArgs) -> Request {
    // A name that is a file is a file, unless it names a column: no column has an ending.
    let path = PathBuf::from(&args.target);
    let target = if path.extension().is_some() && path.is_file() {
        Target::File(path)
    } else {
        Target::Column(args.target.clone())
    };
    Request {
        target: Some(target),
        weights: args.sample_weights.clone(),
        drop: args.drop.clone(),
        features: None,
        array: args.array.clone(),
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

fn windows(args: &FitArgs, width: usize) -> Result<Windows, Failure> {
    match (args.patch_len, args.image, args.patch) {
        (Some(patch_len), _, _) => Ok(Windows::channels(width, args.channels, patch_len)?),
        (None, Some(image), Some(patch)) => Ok(Windows::tiles(width, image, patch)?),
        _ => Err(Failure::Input(format!(
            "rows have {width} numbers: say how they are cut into patches with --patch-len P, or with --image HxW --patch hxw"
        ))),
    }
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
        Starts::Random(args.starts)
    };
    let optimiser = match args.optimiser {
        OptimiserArg::Auto => Optimiser::Auto,
        OptimiserArg::LeastSquares => Optimiser::LeastSquares,
        OptimiserArg::Descent => Optimiser::Descent { step_size: args.step_size, most_steps: args.max_steps },
        OptimiserArg::Batches => {
            Optimiser::Batches { step_size: args.step_size, epochs: args.epochs, samples: args.batch }
        }
    };
    Ok(Options {
        optimiser,
        starts,
        seed,
        intercept: !args.no_intercept,
        filter_bias: args.filter_bias,
        scaling: match args.scale {
            ScaleArg::None => Scaling::None,
            ScaleArg::Standardise => Scaling::Standardise,
            ScaleArg::Whiten => Scaling::Whiten,
        },
        ridge: args.ridge,
    })
}

/// A start of another shape is told before the data is read.
fn check_start(options: &Options, windows: &Windows) -> Result<(), Failure> {
    if let Starts::Given(network) = &options.starts {
        let (found, needed) =
            ([network.filter.len(), network.output_weights.len()], [windows.patch_dim(), windows.patches()]);
        if found != needed {
            return Err(Failure::Input(format!(
                "--start is a model of {} patches of {} numbers: here are {} of {}",
                found[1], found[0], needed[1], needed[0]
            )));
        }
    }
    Ok(())
}

fn warn(args: &FitArgs, analysis: &Analysis, console: &Console) {
    let fit = &analysis.fit;
    let descends = matches!(args.optimiser, OptimiserArg::Descent | OptimiserArg::Batches);
    let ended =
        |stop: StopReason| fit.runs.iter().any(|run| run.stop == stop && run.start != StartKind::Antipodal);
    if descends && ended(StopReason::Diverged) {
        console.warn("descent grew out of range: use a smaller --step-size, or leave it out");
    } else if args.optimiser == OptimiserArg::Descent && ended(StopReason::Exhausted) {
        console.warn(&format!(
            "descent was still going down after {} steps: raise --max-steps to let it end",
            args.max_steps
        ));
    }
    if fit.rank < fit.parameters && fit.ridge == 0.0 {
        let why = if fit.samples < fit.parameters as u64 {
            format!("{} samples are fewer than its {} numbers", fit.samples, fit.parameters)
        } else {
            "some combinations of its numbers leave every prediction as it is".to_owned()
        };
        console.warn(&format!(
            "the data determines {} of the model's {} numbers: {why}; {} settles the rest",
            fit.rank,
            fit.parameters,
            if fit.samples < 5 || matches!(args.ridge, Ridge::CrossValidated(_)) {
                "a penalty such as --ridge 0.1"
            } else {
                "--ridge auto"
            }
        ));
    }
    if analysis.linear.is_none() {
        console.warn(&format!(
            "no linear model to compare with: rows have more than {} numbers",
            spurious::fit::WIDEST
        ));
    }
}

fn to_text(analysis: &Analysis, folder: &Path) -> String {
    let fit = &analysis.fit;
    let verdict = match (fit.verdict, fit.doubt) {
        (Verdict::Global, _) => "global — the best minimum: turning its filter around does not lead lower",
        (Verdict::Spurious, _) => "spurious — a trap: turning the filter around leads lower",
        (_, Some(Doubt::TooFewSamples)) => "undecided — so few samples are fitted exactly from everywhere",
        (_, Some(Doubt::NotArrived)) => "undecided — the search ended before it had arrived",
        _ => "undecided — two minima are as good within the noise",
    };
    let mut text = format!("verdict: {verdict}\n");
    let mut line = |name: &str, value: String| text.push_str(&format!("  {name:<18}{value}\n"));
    line(
        "samples",
        match analysis.validation_samples {
            0 => format!("{}, none held out", fit.samples),
            held_out if analysis.folds.is_empty() => format!("{}, {held_out} more held out", fit.samples),
            _ => format!("{}, in {} folds", fit.samples, analysis.folds.len()),
        },
    );
    let score = |train: f64, validation: Option<f64>, size: String| match validation {
        Some(validation) => format!("{} fitted, {} held out, {size}", r2(train), r2(validation)),
        None => format!("{} fitted, {size}", r2(train)),
    };
    // The scale that filter and output weights share counts as a number that one writes down.
    let numbers = format!("{} numbers", fit.parameters + 1);
    line("R² network", score(analysis.scores.train, analysis.scores.validation, numbers));
    if let Some((linear, scores)) = &analysis.linear {
        let numbers =
            format!("{} numbers (ridge, λ = {})", linear.coefficients.len() + 1, brief(linear.penalty));
        line("R² linear", score(scores.train, scores.validation, numbers));
    }
    line("noise", brief(fit.noise));
    let starts: Vec<&SearchRun> = fit.runs.iter().filter(|run| run.start != StartKind::Antipodal).collect();
    let ended = |ending| starts.iter().filter(|run| run.ending == ending).count();
    line(
        "starts",
        format!(
            "{}: {} at the best minimum, {} at its antipode, {} elsewhere",
            starts.len(),
            ended(Ending::Best),
            ended(Ending::Antipode),
            ended(Ending::Elsewhere)
        ),
    );
    if let Some(gap) = fit.gap {
        line("antipode", format!("loss {} against {}", brief(fit.loss + gap), brief(fit.loss)));
    }
    line("advice", advice(analysis).to_owned());
    text + &format!("{}\n", folder.join("index.html").display())
}

/// A score for reading; a model can be worse than the mean by any factor.
fn r2(score: f64) -> String {
    let text = if score > -1e4 { format!("{score:.4}") } else { format!("{score:.3e}") };
    if text == "-0.0000" { "0.0000".to_owned() } else { text }
}

fn advice(analysis: &Analysis) -> &'static str {
    match analysis.comparison() {
        None => "there is no linear model to compare with",
        Some(Comparison { held_out: false, .. }) => {
            "hold out rows (--validation 0.2 or --folds 5) to see which model predicts better"
        }
        Some(Comparison { winner, .. }) => match winner {
            Winner::Network => "the network predicts better than the linear model",
            Winner::Linear => "the linear model predicts better: use that",
            Winner::Neither => "the network and the linear model predict equally well",
            Winner::Chance => "the rows held out are too few to tell which model predicts better",
        },
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
    flag("target-is", args.target_is.map(|value| value.to_string()));
    flag("drop", (!args.drop.is_empty()).then(|| args.drop.join(",")));
    flag("sample-weights", args.sample_weights.clone());
    flag("array", args.array.clone());
    flag("patch-len", args.patch_len.map(|len| len.to_string()));
    flag("channels", (args.channels != 1).then(|| args.channels.to_string()));
    flag("image", args.image.map(extent));
    flag("patch", args.patch.map(extent));
    flag("validation", args.validation.map(|share| share.to_string()));
    flag("folds", args.folds.map(|folds| folds.to_string()));
    flag("no-intercept", switch(args.no_intercept));
    flag("filter-bias", switch(args.filter_bias));
    let scale = match args.scale {
        ScaleArg::None => None,
        ScaleArg::Standardise => Some("standardise".to_owned()),
        ScaleArg::Whiten => Some("whiten".to_owned()),
    };
    flag("scale", scale);
    match args.ridge {
        Ridge::Fixed(0.0) => {}
        Ridge::Fixed(ridge) => flag("ridge", Some(ridge.to_string())),
        Ridge::CrossValidated(_) => flag("ridge", Some("auto".to_owned())),
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
        (None, false) => flag("starts", Some(args.starts.to_string())),
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
