//! What can be said on the command line.

use std::path::PathBuf;
use std::time::Duration;

use clap::builder::{PossibleValuesParser, Resettable};
use clap::{ArgAction, Args, CommandFactory, Parser, Subcommand, ValueEnum};
use serde::Serialize;
use spurious::compare::MAX_STEPS;
use spurious::dynamics::algorithm::{AlgorithmSettings, LARGEST_BATCH};
use spurious::fit::{
    FEWEST_RESAMPLES, MOST_FILTERS, MOST_FOLDS, MOST_STARTS, Missing, Ridge, Starts, Validation,
};
use spurious::model::LARGEST_SIZE;
use spurious::width::OutputScale;
use spurious::{Activation, Algorithm, Cell};
use spurious_data::Format;
use spurious_sweep::Shard;

use crate::commands::{compare, generate, probability, recovery, reproduce, width};
use crate::examples;
use crate::grid::{self, numbers, sizes};

/// Gradient descent on a one-hidden-layer convolutional network, exactly: its landscape, its runs, and the probability
/// that a run recovers the teacher instead of falling into the spurious local minimum.
#[derive(Debug, Parser)]
#[command(
    name = "spurious",
    version,
    args_override_self = true,
    arg_required_else_help = true,
    disable_help_flag = true,
    disable_version_flag = true,
    disable_help_subcommand = true,
    max_term_width = 100
)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

impl Cli {
    /// The command line, with examples, in which every value may be a negative number: what it is for says that it may not be one.
    pub(crate) fn line() -> clap::Command {
        let complete_arg = |arg: clap::Arg| {
            let takes_value = arg.get_action().takes_values();
            let arg = if takes_value { arg.allow_negative_numbers(true) } else { arg };
            if arg.is_positional() { arg.help_heading(Resettable::Reset) } else { arg }
        };
        let complete = |command: clap::Command| {
            let examples = examples::of(command.get_name());
            command.mut_args(complete_arg).after_help(examples)
        };
        let line = complete(Self::command()).mut_subcommands(complete);
        let commands = line.get_subcommands().map(|command| command.get_name().to_owned());
        let topics = PossibleValuesParser::new(commands.chain([TERMS.to_owned()]).collect::<Vec<_>>());
        line.mut_subcommand("help", |help| help.mut_arg("topic", |topic| topic.value_parser(topics)))
    }
}

/// Flags that every command knows.
#[derive(Debug, Args)]
#[command(next_help_heading = "Options of every command")]
pub(crate) struct Global {
    /// Where to write: a folder for `reproduce`, `fit`, `sweep` and `merge`, else a file whose ending says what (.csv, .json, .svg, .pdf), or - for CSV on standard output
    #[arg(long, global = true, value_name = "PATH")]
    pub(crate) out: Option<PathBuf>,
    /// Replace what is already at --out
    #[arg(long, global = true)]
    pub(crate) force: bool,
    /// Print one JSON object instead of text
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Seed of all random streams
    #[arg(long, global = true, value_name = "N", default_value_t = 1, value_parser = count)]
    pub(crate) seed: u64,
    /// Number of threads; all cores if left out. Results do not depend on it
    #[arg(long, global = true, value_name = "N", value_parser = threads)]
    pub(crate) threads: Option<usize>,
    /// Each row of a table on one line, and each line of text as long as it is, however narrow the terminal
    #[arg(long, global = true, help_heading = "Options of every command")]
    pub(crate) wide: bool,
    /// No progress and no warnings
    #[arg(long, global = true)]
    pub(crate) quiet: bool,
    /// A TOML file that sets any of these options by name; the command line wins
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Print this help; -h prints a shorter one
    #[arg(short, long, global = true, action = ArgAction::Help)]
    help: Option<bool>,
    /// Print the version
    #[arg(short = 'V', long, action = ArgAction::Version)]
    version: Option<bool>,
}

/// One cell of an experiment.
#[derive(Debug, Clone, Copy, Args, Serialize)]
pub(crate) struct CellArgs {
    /// Patch dimension p
    #[arg(long, value_name = "P", value_parser = size, help_heading = "Network and teacher")]
    pub(crate) patch_dim: usize,
    /// Number of patches k
    #[arg(long, value_name = "K", value_parser = size, help_heading = "Network and teacher")]
    pub(crate) patches: usize,
    /// Sum ratio ρ = (1ᵀb)²/‖b‖² of the teacher's output weights, from 0 to k
    #[arg(long, value_name = "RHO", value_parser = number, help_heading = "Network and teacher")]
    pub(crate) sum_ratio: f64,
    /// Scale ratio β = ‖b‖/‖v₀‖
    #[arg(long, value_name = "BETA", default_value_t = 1.0, value_parser = number, help_heading = "Network and teacher")]
    pub(crate) scale_ratio: f64,
    /// Negative slope c of the activation, from 0 (the rectifier) to 1 (the identity)
    #[arg(long, value_name = "C", default_value_t = 0.0, value_parser = number, help_heading = "Network and teacher")]
    pub(crate) negative_slope: f64,
}

impl CellArgs {
    pub(crate) fn cell(&self) -> Result<Cell, spurious::Error> {
        let cell = Cell::new(self.patch_dim, self.patches, self.sum_ratio, self.scale_ratio)?;
        Ok(cell.with_activation(Activation::leaky(self.negative_slope)?))
    }
}

/// A grid of cells: lists and ranges, which multiply.
#[derive(Debug, Clone, Args, Serialize)]
pub(crate) struct GridArgs {
    /// Patch dimension p
    #[arg(long, value_name = "P", value_parser = sizes, help_heading = "Network and teacher")]
    pub(crate) patch_dim: Sizes,
    /// Number of patches k
    #[arg(long, value_name = "K", value_parser = sizes, help_heading = "Network and teacher")]
    pub(crate) patches: Sizes,
    /// Sum ratio ρ of the teacher's output weights, from 0 to k
    #[arg(long, value_name = "RHO", value_parser = numbers, help_heading = "Network and teacher")]
    pub(crate) sum_ratio: Numbers,
    /// Scale ratio β = ‖b‖/‖v₀‖
    #[arg(long, value_name = "BETA", default_value = "1", value_parser = numbers, help_heading = "Network and teacher")]
    pub(crate) scale_ratio: Numbers,
    /// Negative slope c of the activation, from 0 (the rectifier) to 1 (the identity)
    #[arg(long, value_name = "C", default_value = "0", value_parser = numbers, help_heading = "Network and teacher")]
    pub(crate) negative_slope: Numbers,
}

impl GridArgs {
    /// What is to be said of values that were given more than once.
    pub(crate) fn remarks(&self) -> impl Iterator<Item = String> {
        let Self { patch_dim, patches, sum_ratio, scale_ratio, negative_slope } = self;
        let sizes = [("--patch-dim", patch_dim), ("--patches", patches)];
        let numbers = [
            ("--sum-ratio", sum_ratio),
            ("--scale-ratio", scale_ratio),
            ("--negative-slope", negative_slope),
        ];
        let sizes = sizes.into_iter().filter_map(|(flag, list)| list.remark(flag));
        sizes.chain(numbers.into_iter().filter_map(|(flag, list)| list.remark(flag)))
    }
}

/// The settings that a result names: the flags of its command, and the seed.
#[derive(Debug, Serialize)]
pub(crate) struct Seeded<'a, A: Serialize> {
    #[serde(flatten)]
    pub(crate) args: &'a A,
    pub(crate) seed: u64,
}

/// A single filter, the model of the paper, is not mentioned.
#[allow(clippy::trivially_copy_pass_by_ref, reason = "the form that serde asks for")]
pub(crate) fn is_one(filters: &usize) -> bool {
    *filters == 1
}

/// A list that was left out is empty.
fn list<S: serde::Serializer>(numbers: &Option<Numbers>, serializer: S) -> Result<S::Ok, S::Error> {
    numbers.as_ref().map_or(&[][..], |numbers| &numbers.values).serialize(serializer)
}

fn threads(text: &str) -> Result<usize, String> {
    from_to::<1, 1024>(text).map(|count| count as usize)
}

/// A size; zero gets through, to be refused with the name of the quantity.
fn size(text: &str) -> Result<usize, String> {
    let most = LARGEST_SIZE as u64;
    grid::whole(text).and_then(|size| size.try_into().ok()).ok_or_else(|| grid::between(1, most))
}

fn filters(text: &str) -> Result<usize, String> {
    let most = MOST_FILTERS as u64;
    grid::whole_in(text, 1, most).map(|filters| filters as usize)
}

/// A whole number from `LEAST` to `MOST`, which the message names otherwise.
fn from_to<const LEAST: u64, const MOST: u64>(text: &str) -> Result<u64, String> {
    grid::whole_in(text, LEAST, MOST)
}

fn count(text: &str) -> Result<u64, String> {
    from_to::<0, { u64::MAX }>(text)
}

fn number(text: &str) -> Result<f64, String> {
    text.trim().parse().map_err(|_| "use a number such as 4, 0.5 or 1e-3".to_owned())
}

/// Height and width.
fn extent(text: &str) -> Result<[usize; 2], String> {
    let parts: Option<Vec<usize>> =
        text.split(['x', 'X', '×']).map(|part| part.trim().parse().ok()).collect();
    match parts.as_deref() {
        Some(&[height, width]) => Ok([height, width]),
        _ => Err("use height and width, such as 8x8".to_owned()),
    }
}

/// A value, or the best of several by cross-validation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OrAuto<T> {
    Auto,
    Given(T),
}

fn or_auto<T>(text: &str, parse: fn(&str) -> Result<T, String>) -> Result<OrAuto<T>, String> {
    if text.trim() == "auto" {
        return Ok(OrAuto::Auto);
    }
    parse(text).map(OrAuto::Given).map_err(|problem| problem + ", or auto")
}

fn size_or_auto(text: &str) -> Result<OrAuto<usize>, String> {
    or_auto(text, size)
}

fn extent_or_auto(text: &str) -> Result<OrAuto<[usize; 2]>, String> {
    or_auto(text, extent)
}

fn filters_or_auto(text: &str) -> Result<OrAuto<usize>, String> {
    or_auto(text, filters)
}

fn seconds(text: &str) -> Result<Duration, String> {
    let duration = number(text).ok().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    duration.ok_or_else(|| "use a number of seconds, such as 10".to_owned())
}

/// One number for both directions, or two.
fn stride(text: &str) -> Result<[usize; 2], String> {
    match (size(text), extent(text)) {
        (Ok(stride), _) => Ok([stride; 2]),
        (_, Ok(stride)) if !stride.contains(&0) => Ok(stride),
        _ => Err("use a whole number from 1 on, such as 4, or two for an image, such as 4x4".to_owned()),
    }
}

fn ridge(text: &str) -> Result<Ridge, String> {
    if text.trim() == "auto" {
        return Ok(Ridge::Auto);
    }
    number(text).map(Ridge::Fixed).map_err(|_| "use a number such as 0.1, or auto".to_owned())
}

fn missing(text: &str) -> Result<Missing, String> {
    match text.trim() {
        "error" => Ok(Missing::Error),
        "drop" => Ok(Missing::Drop),
        "mean" => Ok(Missing::Mean),
        _ => Err("use error, drop or mean".to_owned()),
    }
}

fn format(text: &str) -> Result<Format, String> {
    text.trim().parse()
}

/// What is held out in turn.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Folds {
    /// What suits the data.
    Auto,
    /// These, or nothing.
    Chosen(Validation),
}

fn folds(text: &str) -> Result<Folds, String> {
    match text.trim() {
        "auto" => Ok(Folds::Auto),
        "none" => Ok(Folds::Chosen(Validation::None)),
        text => match grid::whole(text).and_then(|folds| folds.try_into().ok()) {
            Some(folds) => Ok(Folds::Chosen(Validation::Folds(folds))),
            None => Err(grid::between(2, MOST_FOLDS as u64) + ", auto or none"),
        },
    }
}

fn resamples(text: &str) -> Result<usize, String> {
    grid::whole(text)
        .and_then(|count| count.try_into().ok())
        .ok_or_else(|| grid::between(FEWEST_RESAMPLES as u64, MOST_STARTS as u64) + ", or 0 for none")
}

fn starts(text: &str) -> Result<Starts, String> {
    if text.trim() == "auto" {
        return Ok(Starts::Auto);
    }
    grid::whole(text)
        .and_then(|count| count.try_into().ok().map(Starts::Random))
        .ok_or_else(|| grid::between(1, MOST_STARTS as u64) + ", or auto")
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Reproduce(ReproduceArgs),
    Trace(TraceArgs),
    Compare(CompareArgs),
    Landscape(LandscapeArgs),
    Probability(ProbabilityArgs),
    Sweep(SweepArgs),
    Merge(MergeArgs),
    Width(WidthArgs),
    Explore(ExploreArgs),
    Generate(GenerateArgs),
    Fit(Box<FitArgs>),
    Predict(PredictArgs),
    Recovery(RecoveryArgs),
    Cite(CiteArgs),
    Help(HelpArgs),
    Completions(CompletionsArgs),
    /// The manual page of the program and all its commands
    Man,
}

/// Rerun the paper: Table 1, the two phases, the trap, and what the paper leaves open, as one report
///
/// Writes a folder with index.html (one self-contained page), every figure as SVG and PDF, every table and curve as
/// CSV, and results.json.
#[derive(Debug, Args, Serialize)]
#[command(next_help_heading = "Size")]
pub(crate) struct ReproduceArgs {
    /// Random starts per cell of Table 1, such as 1e6; 1e7 if left out, and 500 with --quick (the paper took 5000)
    #[arg(long, value_name = "N", value_parser = from_to::<1, { reproduce::LARGEST_RUNS }>)]
    pub(crate) runs: Option<u64>,
    /// A smaller version of everything, in about a second
    #[arg(long)]
    pub(crate) quick: bool,
}

/// Settings of algorithms, with the names and the defaults of PyTorch.
#[derive(Debug, Clone, Copy, Args)]
#[command(next_help_heading = "Settings of algorithms")]
pub(crate) struct AlgorithmArgs {
    /// Momentum μ of momentum and nesterov, below 1; 0.9 if left out
    #[arg(long, value_name = "MU", value_parser = number)]
    momentum: Option<f64>,
    /// β₁ and β₂ of adam; 0.9,0.999 if left out
    #[arg(long, value_name = "B1,B2", value_parser = two)]
    betas: Option<[f64; 2]>,
    /// ε of adam and rmsprop; 1e-8 if left out
    #[arg(long, value_name = "EPS", value_parser = number)]
    eps: Option<f64>,
    /// α of rmsprop; 0.99 if left out
    #[arg(long, value_name = "A", value_parser = number)]
    alpha: Option<f64>,
    /// Radii of the noise of noisy in its first epoch, around the filter and around the output weights; 36,1 if left out
    #[arg(long, value_name = "V,A", value_parser = two)]
    noise: Option<[f64; 2]>,
    /// What these radii are multiplied by after each epoch; 0.4 if left out
    #[arg(long, value_name = "F", value_parser = number)]
    noise_decay: Option<f64>,
    /// What the step size of noisy is multiplied by after each epoch; 0.8 if left out
    #[arg(long, value_name = "F", value_parser = number)]
    step_decay: Option<f64>,
    /// Steps of an epoch of noisy; 400 if left out
    #[arg(long, value_name = "N", value_parser = from_to::<1, { u32::MAX as u64 }>)]
    epoch: Option<u64>,
    /// Epochs with noise, after which noisy is gd; 20 if left out
    #[arg(long, value_name = "N", value_parser = from_to::<1, { u32::MAX as u64 }>)]
    epochs: Option<u64>,
    /// Fresh samples of a step of sgd; 32 if left out
    #[arg(long, value_name = "N", value_parser = from_to::<1, { LARGEST_BATCH as u64 }>)]
    batch_size: Option<u64>,
}

impl AlgorithmArgs {
    /// The algorithms of these names, with the settings that were given.
    pub(crate) fn algorithms(&self, names: &[&str]) -> Result<Vec<Algorithm>, spurious::Error> {
        let Self { momentum, betas, eps, alpha, noise, noise_decay, step_decay, epoch, epochs, batch_size } =
            *self;
        let batch_size = batch_size.map(|size| size as usize);
        let settings = AlgorithmSettings {
            momentum,
            betas,
            eps,
            alpha,
            noise,
            noise_decay,
            step_decay,
            epoch,
            epochs,
            batch_size,
        };
        Algorithm::list(names, &settings)
    }
}

/// Two numbers.
fn two(text: &str) -> Result<[f64; 2], String> {
    let numbers: Option<Vec<f64>> = text.split(',').map(|part| part.trim().parse().ok()).collect();
    match numbers.as_deref() {
        Some(&[first, second]) => Ok([first, second]),
        _ => Err("use two numbers, such as 0.9,0.999".to_owned()),
    }
}

/// The start of a run: drawn, or given.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct StartArgs {
    /// Which random start of the seed
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = count, help_heading = "Start")]
    pub(crate) trial: u64,
    /// Start at this angle φ₀ (radians) instead of a random one
    #[arg(long, value_name = "PHI", value_parser = number, help_heading = "Start")]
    pub(crate) angle: Option<f64>,
    /// Start with this sum 1ᵀa₀ (0 if only --angle or --signal is given)
    #[arg(long, value_name = "S", value_parser = number, help_heading = "Start")]
    pub(crate) sum: Option<f64>,
    /// Start with this signal a₀ᵀb (0 if only --angle or --sum is given)
    #[arg(long, value_name = "Q", value_parser = number, help_heading = "Start")]
    pub(crate) signal: Option<f64>,
}

/// One run: its trajectory, phases, rate and verdict
///
/// With a step size, gradient descent (exactly reduced to five numbers, or with --full all p + k of them) or another algorithm; without
/// one, gradient flow. The start is drawn from the paper's initialisation, or given by its angle, sum and signal.
#[derive(Debug, Args)]
#[command(next_help_heading = "Run")]
pub(crate) struct TraceArgs {
    #[command(flatten)]
    pub(crate) cell: CellArgs,
    /// Step size η; gradient flow if left out
    #[arg(long, value_name = "ETA", value_parser = number)]
    pub(crate) step_size: Option<f64>,
    /// What moves the student, on the population loss
    #[arg(long, value_name = "NAME", default_value = "gd", value_parser = PossibleValuesParser::new(Algorithm::NAMES))]
    pub(crate) algorithm: String,
    /// Carry all p + k numbers instead of the five that matter, from a start drawn in full
    #[arg(long, requires = "step_size", conflicts_with_all = ["angle", "sum", "signal"])]
    pub(crate) full: bool,
    #[command(flatten)]
    pub(crate) start: StartArgs,
    /// Longest run of gradient descent, in steps
    #[arg(long, value_name = "N", default_value_t = 1_000_000, value_parser = count)]
    pub(crate) max_steps: u64,
    /// Longest run of gradient flow, in time t = η·steps
    #[arg(long, value_name = "T", default_value_t = 1e6, value_parser = number)]
    pub(crate) max_time: f64,
    /// Record every N-th step instead of a hundred moments per decade
    #[arg(long, value_name = "N", value_parser = from_to::<1, { u64::MAX }>)]
    pub(crate) record_every: Option<u64>,
    /// Number of filters of the student, from 1 to 16; with several, the run of this --trial among those of width
    #[arg(long, value_name = "R", default_value_t = 1, value_parser = filters)]
    pub(crate) filters: usize,
    /// How large the output weights of each of several filters start
    #[arg(long, value_enum, default_value_t = OutputWeights::Divided)]
    pub(crate) output_weights: OutputWeights,
    #[command(flatten)]
    pub(crate) settings: AlgorithmArgs,
}

/// Several algorithms on one landscape: a run of each from the same start, and with --runs how often each recovers the teacher
///
/// Lists multiply: each algorithm is run with each step size. All of them minimise the population loss. The start is drawn from the
/// paper's initialisation, or given by its angle, sum and signal. The starts of --runs are drawn, the same for all.
#[derive(Debug, Args)]
#[command(next_help_heading = "Runs")]
pub(crate) struct CompareArgs {
    #[command(flatten)]
    pub(crate) cell: CellArgs,
    /// Step sizes η
    #[arg(long, value_name = "ETA", value_parser = numbers)]
    pub(crate) step_size: Numbers,
    /// Algorithms, separated by commas
    #[arg(
        long,
        value_name = "NAMES",
        value_delimiter = ',',
        default_value = "gd,momentum,nesterov,adam",
        value_parser = PossibleValuesParser::new(Algorithm::NAMES)
    )]
    pub(crate) algorithm: Vec<String>,
    /// Random starts from which each algorithm is run as well, such as 1000 or 1e5
    #[arg(long, value_name = "N", value_parser = from_to::<1, { compare::LARGEST_RUNS }>)]
    pub(crate) runs: Option<u64>,
    #[command(flatten)]
    pub(crate) start: StartArgs,
    /// Longest run from the one start, in steps
    #[arg(long, value_name = "N", default_value_t = MAX_STEPS, value_parser = count)]
    pub(crate) max_steps: u64,
    #[command(flatten)]
    pub(crate) settings: AlgorithmArgs,
}

/// The explorer: one page that computes by itself, in the browser; moving a start shows where descent goes from there
///
/// Without --out the page is a temporary file, and is opened. With --out FILE.html it is written there: it needs no server and no network, and can
/// be mailed. It opens with what the flags say.
#[derive(Debug, Args, Serialize)]
#[command(next_help_heading = "What the page shows first")]
pub(crate) struct ExploreArgs {
    /// Patch dimension p; 5 if left out
    #[arg(long, value_name = "P", value_parser = size)]
    pub(crate) patch_dim: Option<usize>,
    /// Number of patches k; 25 if left out
    #[arg(long, value_name = "K", value_parser = size)]
    pub(crate) patches: Option<usize>,
    /// Sum ratio ρ of the teacher's output weights, from 0 to k; 4 if left out
    #[arg(long, value_name = "RHO", value_parser = number)]
    pub(crate) sum_ratio: Option<f64>,
    /// Scale ratio β = ‖b‖/‖v₀‖; 1 if left out
    #[arg(long, value_name = "BETA", value_parser = number)]
    pub(crate) scale_ratio: Option<f64>,
    /// Negative slope c of the activation, from 0 (the rectifier) to 1 (the identity); 0 if left out
    #[arg(long, value_name = "C", value_parser = number)]
    pub(crate) negative_slope: Option<f64>,
    /// Step size η, or flow; 0.1 if left out
    #[arg(long, value_name = "ETA", value_parser = number_or_flow)]
    pub(crate) step_size: Option<StepSize>,
    /// The random start with this number, of --seed
    #[arg(long, value_name = "N", value_parser = count)]
    pub(crate) trial: Option<u64>,
    /// Start at this angle φ₀ (radians)
    #[arg(long, value_name = "PHI", value_parser = number)]
    pub(crate) angle: Option<f64>,
    /// Start with this sum 1ᵀa₀ (0 if only --angle or --signal is given)
    #[arg(long, value_name = "S", value_parser = number)]
    pub(crate) sum: Option<f64>,
    /// Start with this signal a₀ᵀb (0 if only --angle or --sum is given)
    #[arg(long, value_name = "Q", value_parser = number)]
    pub(crate) signal: Option<f64>,
    /// Algorithms of the view that compares them, separated by commas
    #[arg(long, value_name = "NAMES", value_delimiter = ',', value_parser = PossibleValuesParser::new(Algorithm::NAMES))]
    pub(crate) algorithm: Vec<String>,
    /// Which view is shown
    #[arg(long, value_name = "VIEW", value_parser = PossibleValuesParser::new(spurious_web::VIEWS))]
    pub(crate) view: Option<String>,
    /// Print where the page is, and open nothing
    #[arg(long)]
    #[serde(skip)]
    pub(crate) no_open: bool,
}

/// A step size, or none.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(transparent)]
pub(crate) struct StepSize(pub(crate) Option<f64>);

fn number_or_flow(text: &str) -> Result<StepSize, String> {
    if text.trim() == "flow" {
        return Ok(StepSize(None));
    }
    number(text).map(|step_size| StepSize(Some(step_size))).map_err(|problem| problem + ", or flow")
}

/// All critical points, with kind, Morse index, loss, barrier and Hessian spectrum
///
/// Losses are in units of ‖b‖². Lists, of values and ranges such as 0:4:2, multiply.
#[derive(Debug, Args, Serialize)]
#[command(next_help_heading = "Network and teacher")]
pub(crate) struct LandscapeArgs {
    /// Number of patches k
    #[arg(long, value_name = "K", value_parser = sizes)]
    pub(crate) patches: Sizes,
    /// Sum ratio ρ of the teacher's output weights, from 0 to k
    #[arg(long, value_name = "RHO", value_parser = numbers)]
    pub(crate) sum_ratio: Numbers,
    /// Patch dimension p, which counts the eigenvalues (and p = 1 is special)
    #[arg(long, value_name = "P", default_value_t = 5, value_parser = size)]
    pub(crate) patch_dim: usize,
    /// Negative slope c of the activation, from 0 (the rectifier) to 1 (the identity)
    #[arg(long, value_name = "C", default_value = "0", value_parser = numbers)]
    pub(crate) negative_slope: Numbers,
}

/// The probability that gradient descent from a random start recovers the teacher, exactly
///
/// By quadrature, with an error bound; of gradient flow, or with --step-size of the iteration. Lists multiply. A list is values
/// and ranges start:end:step (the end included), separated by commas: 25,36,49 or 0:30:0.5.
#[derive(Debug, Args, Serialize)]
#[command(next_help_heading = "What is computed")]
pub(crate) struct ProbabilityArgs {
    #[command(flatten)]
    #[serde(flatten)]
    pub(crate) grid: GridArgs,
    /// Step size η; gradient flow if left out
    #[arg(long, value_name = "ETA", value_parser = numbers)]
    #[serde(serialize_with = "list")]
    pub(crate) step_size: Option<Numbers>,
    /// Confidence with which at least one of several independent starts is to recover the teacher
    #[arg(long, value_name = "C", default_value_t = 0.99, value_parser = number)]
    pub(crate) confidence: f64,
    /// Raise the quadrature order until the error bound is at most this
    #[arg(long, value_name = "TOL", default_value_t = 1e-12, value_parser = number)]
    pub(crate) tolerance: f64,
    /// How the limit of many patches is approached: the coefficient of 1/k at this x_c, and from which k on the limit is
    /// within TOL of the probability (5e-4: three digits); of gradient flow
    #[arg(long, value_name = "TOL", conflicts_with = "step_size", value_parser = number)]
    pub(crate) limit_within: Option<f64>,
    /// Also simulate this many runs per cell (at --step-size, else at half the largest step with a proof)
    #[arg(long, value_name = "N", value_parser = from_to::<1, { probability::LARGEST_RUNS }>)]
    pub(crate) runs: Option<u64>,
}

/// Monte Carlo over a grid of cells, of any size, that can be interrupted, resumed and divided among machines
///
/// Lists multiply. A list is values and ranges start:end:step (the end included), separated by commas: 25,36,49 or 0:30:0.5.
/// Rows appear as they are finished, with Wilson's 95 % interval and the exact probability beside the estimate. With --out,
/// everything is kept in a folder: after Ctrl-C, a kill or a full disk, the same command goes on from where it stopped. With
/// larger --runs it adds the runs that are missing.
#[derive(Debug, Args)]
#[command(next_help_heading = "Runs")]
pub(crate) struct SweepArgs {
    #[command(flatten)]
    pub(crate) grid: GridArgs,
    /// Step size η
    #[arg(long, value_name = "ETA", value_parser = numbers)]
    pub(crate) step_size: Numbers,
    /// Runs of each cell, such as 5000 or 1e9
    #[arg(long, value_name = "N", value_parser = from_to::<1, { spurious_sweep::LARGEST_RUNS }>)]
    pub(crate) runs: u64,
    /// Stop a cell as soon as its 95 % interval is no wider than this; --runs is then the most that it gets
    #[arg(long, value_name = "WIDTH", value_parser = number)]
    pub(crate) until: Option<f64>,
    /// Leave out cells whose sum ratio exceeds the number of patches, instead of refusing them
    #[arg(long)]
    pub(crate) skip_impossible: bool,
    /// Leave out the exact probability
    #[arg(long, help_heading = "Results")]
    pub(crate) no_exact: bool,

    /// Also the distribution of the steps until a verdict is certain (quantiles and maximum at most 1 % too large)
    #[arg(long, help_heading = "Results")]
    pub(crate) steps: bool,
    /// Follow runs until their loss is this close to that of their minimum, in units of ‖b‖²: steps to convergence, length of
    /// phase I, loss at the end. Slow
    #[arg(long, value_name = "TOL", value_parser = number, help_heading = "Results")]
    pub(crate) convergence: Option<f64>,
    /// Write every trial to Parquet files in the folder: cell, trial, angle, sum and signal at the start, verdict (1 global,
    /// -1 spurious, 0 undecided), steps
    #[arg(long, requires = "out", help_heading = "Results")]
    pub(crate) records: bool,
    /// What moves the student, on the population loss; gd is the fastest, then momentum
    #[arg(long, value_name = "NAME", default_value = "gd", value_parser = PossibleValuesParser::new(Algorithm::NAMES))]
    pub(crate) algorithm: String,
    /// What carries the runs of gd
    #[arg(long, value_enum, default_value_t = EngineArg::Lanes)]
    pub(crate) engine: EngineArg,
    #[command(flatten)]
    pub(crate) settings: AlgorithmArgs,

    /// Do part I of N only, on this machine; `spurious merge` puts the parts together
    #[arg(
        long,
        value_name = "I/N",
        requires = "out",
        conflicts_with = "plot",
        value_parser = shard,
        help_heading = "Many machines"
    )]
    pub(crate) shard: Option<Shard>,
    /// Draw the results when all is done (.svg, .pdf): phase diagram, collapse, and with --steps how fast verdicts fall
    #[arg(long, value_name = "FILE", requires = "out", help_heading = "Results")]
    pub(crate) plot: Option<PathBuf>,
}

/// What carries the runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum EngineArg {
    /// Five numbers a run, many runs side by side
    Lanes,
    /// Five numbers a run, one run at a time
    Scalar,
    /// All p + k numbers of a run: slow, and other random starts
    Full,
}

/// Put the shards of a sweep together
///
/// Adds up what `spurious sweep --shard` has left in one folder, or in several, and writes the same results, to the last
/// byte, that one process would have written.
#[derive(Debug, Args)]
#[command(next_help_heading = "Results")]
pub(crate) struct MergeArgs {
    /// Folders of the shards
    #[arg(value_name = "FOLDER", required = true)]
    pub(crate) folders: Vec<PathBuf>,
    /// Draw the results as well (.svg, .pdf)
    #[arg(long, value_name = "FILE")]
    pub(crate) plot: Option<PathBuf>,
}

/// Whole numbers from a list with ranges.
pub(crate) type Sizes = grid::List<usize>;

/// Numbers from a list with ranges.
pub(crate) type Numbers = grid::List<f64>;

fn shard(text: &str) -> Result<Shard, String> {
    text.parse()
}

/// A data set from a planted teacher, with the teacher beside it
///
/// Patches are drawn, labelled by the teacher, and written row by row, whatever the size. The ending of --out says the
/// format: .csv (also .csv.gz, .tsv), .npy (labels in a second file, NAME.target.npy), .npz (arrays X and y) or .parquet.
/// The teacher is written as NAME.teacher.json. One of several filters is a sum of teachers of one: every filter has length 1 and
/// output weights of its own, with the same sum ratio and scale ratio.
#[derive(Debug, Args)]
#[command(next_help_heading = "Data")]
pub(crate) struct GenerateArgs {
    #[command(flatten)]
    pub(crate) cell: CellArgs,
    /// Number of filters of the teacher
    #[arg(long, value_name = "R", default_value_t = 1, value_parser = filters, help_heading = "Network and teacher")]
    pub(crate) filters: usize,
    /// Number of rows, such as 2000 or 1e6
    #[arg(long, value_name = "N", value_parser = from_to::<1, { generate::LARGEST_SAMPLES }>)]
    pub(crate) samples: u64,
    /// Standard deviation of the noise on the labels
    #[arg(long, value_name = "SIGMA", default_value_t = 0.0, value_parser = number)]
    pub(crate) noise: f64,
    /// What the numbers of the patches are drawn from; the theory assumes gaussian
    #[arg(long, value_enum, default_value_t = InputsArg::Gaussian)]
    pub(crate) inputs: InputsArg,
    /// For --inputs correlated: correlation between corresponding numbers of two patches
    #[arg(long, value_name = "R", default_value_t = 0.5, value_parser = number)]
    pub(crate) correlation: f64,
    /// Precision of the numbers in the file
    #[arg(long, value_enum, default_value_t = PrecisionArg::Double)]
    pub(crate) precision: PrecisionArg,
}

/// Distributions of the inputs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum InputsArg {
    /// Independent, standard normal
    Gaussian,
    /// Independent, uniform with variance 1
    Uniform,
    /// Independent signs
    Rademacher,
    /// Standard normal, patches correlated
    Correlated,
}

/// Precision of the numbers in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum PrecisionArg {
    /// 4 bytes
    Single,
    /// 8 bytes
    Double,
}

/// Fit the model to a table, and compare it with a linear model
///
/// A row is cut into patches: windows of a signal (--patch-len) or tiles of an image (--image and --patch). One filter for
/// all patches, one weight for each, and an intercept are fitted, with a penalty chosen by cross-validation. The search starts from many
/// filters and their opposites and keeps the best minimum found; it says how many of them ended there, what chance is left
/// that another search finds a new one, and whether the reversed filter leads lower. Hold rows out (--folds 5) to
/// learn whether it predicts better than a linear model. Writes a folder with model.json and a report, index.html.
#[derive(Debug, Args)]
#[command(next_help_heading = "Table")]
pub(crate) struct FitArgs {
    /// The table; - is standard input
    #[arg(value_name = "DATA")]
    pub(crate) data: PathBuf,
    /// What to predict: the name (or number, from 1) of a column, the name of an array of an .npz, or a file of its own
    #[arg(long, value_name = "COLUMN|FILE")]
    pub(crate) target: String,
    /// Predict whether the target has this value, a number or a text: labels become 1 and 0. A target of two texts needs no choice
    #[arg(long, value_name = "VALUE")]
    pub(crate) target_is: Option<String>,
    /// Columns to leave out, by name or number. Columns of text, dates and an index are left out anyway
    #[arg(long, value_name = "COLUMN", value_delimiter = ',', num_args = 1)]
    pub(crate) drop: Vec<String>,
    /// Columns to use although they look like an index
    #[arg(long, value_name = "COLUMN", value_delimiter = ',', num_args = 1)]
    pub(crate) keep: Vec<String>,
    /// What to do about missing values: refuse them, leave out their rows, or put the mean of the column in their place
    #[arg(long, value_name = "error|drop|mean", default_value = "error", value_parser = missing, hide_default_value = true)]
    pub(crate) missing: Missing,
    /// Column of sample weights
    #[arg(long, value_name = "COLUMN")]
    pub(crate) sample_weights: Option<String>,
    /// Column that says which rows belong together, such as a patient: they are held out together
    #[arg(long, value_name = "COLUMN", conflicts_with = "time")]
    pub(crate) groups: Option<String>,
    /// Column that says when a row was measured (numbers, or dates such as 2024-01-31): later rows are held out, earlier ones fitted
    #[arg(long, value_name = "COLUMN")]
    pub(crate) time: Option<String>,
    /// The array of an .npz that holds the table
    #[arg(long, value_name = "NAME")]
    pub(crate) array: Option<String>,
    /// Format of the table, where its name does not tell
    #[arg(long, value_name = "csv|tsv|npy|npz|parquet", value_parser = format)]
    pub(crate) format: Option<Format>,

    /// Length of a window: patches are consecutive windows of a row; auto: the best of several by cross-validation, with the scaling
    #[arg(long, value_name = "P|auto", value_parser = size_or_auto, help_heading = "Patches")]
    pub(crate) patch_len: Option<OrAuto<usize>>,
    /// From the start of one window to the next, or from one tile to the next down and across; side by side if left out
    #[arg(long, value_name = "S|SxS", value_parser = stride, help_heading = "Patches")]
    pub(crate) stride: Option<[usize; 2]>,
    /// What becomes of numbers at the end that fill no whole window: trim leaves them to the linear models, pad fills a last window with
    /// zeros; auto pads if they are half a window
    #[arg(long, value_enum, default_value_t = RestArg::Auto, help_heading = "Patches")]
    pub(crate) rest: RestArg,
    /// Channels of the signal, which a row holds one after the other
    #[arg(long, value_name = "C", default_value_t = 1, value_parser = size, help_heading = "Patches")]
    pub(crate) channels: usize,
    /// Height and width of the image that a row holds, line by line
    #[arg(
        long,
        value_name = "HxW",
        requires = "patch",
        conflicts_with_all = ["patch_len", "channels"],
        value_parser = extent,
        help_heading = "Patches"
    )]
    pub(crate) image: Option<[usize; 2]>,
    /// Height and width of a tile of the image; auto: the best of several by cross-validation, with the scaling
    #[arg(
        long,
        value_name = "hxw|auto",
        requires = "image",
        conflicts_with_all = ["patch_len", "channels"],
        value_parser = extent_or_auto,
        help_heading = "Patches"
    )]
    pub(crate) patch: Option<OrAuto<[usize; 2]>>,

    /// Hold out this share of the rows to judge by
    #[arg(long, value_name = "SHARE", conflicts_with = "folds", value_parser = number, help_heading = "Validation")]
    pub(crate) validation: Option<f64>,
    /// Hold out each of so many folds in turn; the model that is kept is fitted to all rows. auto: 5 for 20 to 10,000 rows; or none
    #[arg(
        long,
        value_name = "N|auto|none",
        default_value = "auto",
        value_parser = folds,
        hide_default_value = true,
        help_heading = "Validation"
    )]
    pub(crate) folds: Folds,

    /// Standard errors from so many resamples of the rows, each searched anew, instead of from the fit alone
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = resamples, help_heading = "Validation")]
    pub(crate) bootstrap: usize,

    /// Number of filters, each with output weights of its own; auto: as many as predict better by cross-validation, 4 at most, and a
    /// linear part if that does
    #[arg(long, value_name = "R|auto", default_value = "1", value_parser = filters_or_auto, help_heading = "Model")]
    pub(crate) filters: OrAuto<usize>,
    /// Try no further shapes after so many seconds, where shapes are tried
    #[arg(long, value_name = "SECONDS", value_parser = seconds, help_heading = "Model")]
    pub(crate) time_limit: Option<Duration>,
    /// A linear part beside the filters: the model then contains the linear model, or for classes the logistic model
    #[arg(long, help_heading = "Model")]
    pub(crate) linear: bool,
    /// No intercept, as in the paper
    #[arg(long, help_heading = "Model")]
    pub(crate) no_intercept: bool,
    /// A bias for each filter
    #[arg(long, help_heading = "Model")]
    pub(crate) filter_bias: bool,
    /// Negative slope c of the activation, from 0 (the rectifier) to less than 1
    #[arg(long, value_name = "C", default_value_t = 0.0, value_parser = number, help_heading = "Model")]
    pub(crate) negative_slope: f64,
    /// How patches are scaled before the filter sees them: none if left out, or the best by cross-validation where shapes are tried
    #[arg(long, value_enum, help_heading = "Model")]
    pub(crate) scale: Option<ScaleArg>,
    /// Penalty ½λ‖a‖² on the output weights: a number, 0 for none, or auto for cross-validation (none with descent)
    #[arg(long, value_name = "LAMBDA|auto", default_value = "auto", value_parser = ridge, help_heading = "Model")]
    pub(crate) ridge: Ridge,

    /// What is minimised: squares, or for classes the logistic loss, whose predictions are chances. auto: logistic loss for a target of two
    /// values or of several texts, squares for other numbers and with descent. logistic takes 3 to 20 numbers for classes, too
    #[arg(long, value_enum, default_value_t = LossArg::Auto, help_heading = "Model")]
    pub(crate) loss: LossArg,

    /// How minima are searched for
    #[arg(long, alias = "optimizer", value_enum, default_value_t = OptimiserArg::Auto, help_heading = "Search")]
    pub(crate) optimiser: OptimiserArg,
    /// Random starts: a number, or auto to go on until the best minimum has been reached several times, 64 at most
    #[arg(long, value_name = "N|auto", default_value = "auto", value_parser = starts, help_heading = "Search")]
    pub(crate) starts: Starts,
    /// One random start with its four sign choices instead
    #[arg(long, conflicts_with_all = ["starts", "start"], help_heading = "Search")]
    pub(crate) four_signs: bool,
    /// Start from this model instead
    #[arg(long, value_name = "MODEL", conflicts_with = "starts", help_heading = "Search")]
    pub(crate) start: Option<PathBuf>,
    /// Step size η of descent; the inverse of the largest curvature if left out
    #[arg(long, value_name = "ETA", value_parser = number, help_heading = "Search")]
    pub(crate) step_size: Option<f64>,
    /// Longest run of descent, in steps
    #[arg(long, value_name = "N", default_value_t = 10_000, value_parser = count, help_heading = "Search")]
    pub(crate) max_steps: u64,
    /// Passes over the data of descent in batches
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = count, help_heading = "Search")]
    pub(crate) epochs: u64,
    /// Rows in a batch
    #[arg(long, value_name = "N", default_value_t = 64, value_parser = size, help_heading = "Search")]
    pub(crate) batch: usize,

    /// Larger tables (in MB) are read from the file in every pass instead of being kept in memory
    #[arg(long, value_name = "MB", default_value_t = 4096, value_parser = count, help_heading = "Memory")]
    pub(crate) memory: u64,
    /// Read the file in every pass, however small it is
    #[arg(long, help_heading = "Memory")]
    pub(crate) stream: bool,
}

/// See [`LossChoice`](spurious::fit::LossChoice).
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum LossArg {
    Auto,
    Squares,
    Logistic,
}

/// How patches are scaled.
/// See [`Rest`](spurious::fit::Rest); a rest is never refused here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum RestArg {
    Auto,
    Trim,
    Pad,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ScaleArg {
    /// Not at all
    None,
    /// Each number of a patch to mean 0 and variance 1
    #[value(alias = "standardize")]
    Standardise,
    /// Patches to mean 0 and covariance I
    Whiten,
}

/// How minima are searched for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum OptimiserArg {
    /// Variable projection from many starts and the antipodal restart
    Auto,
    /// Variable projection from the starts alone
    LeastSquares,
    /// The paper's gradient descent on all rows
    Descent,
    /// The same on batches of rows in their order
    Batches,
}

/// Apply a model to a table of any size
///
/// Writes one prediction for each row: as CSV to standard output, or to --out (.csv, .parquet or another format of tables). With --explain
/// it shows of one row what each patch contributes to its prediction.
#[derive(Debug, Args, Serialize)]
#[command(next_help_heading = "Table")]
pub(crate) struct PredictArgs {
    /// The model.json of a fit
    #[arg(value_name = "MODEL")]
    pub(crate) model: PathBuf,
    /// The table, whose columns are found by their names; - is standard input
    #[arg(value_name = "DATA")]
    pub(crate) data: PathBuf,
    /// Column that names the rows: it is written beside the predictions
    #[arg(long, value_name = "COLUMN")]
    pub(crate) id: Option<String>,
    /// What came true, to score the predictions by: a column, an array of an .npz, or a file. Found by its name if left out
    #[arg(long, value_name = "COLUMN|FILE")]
    pub(crate) target: Option<String>,
    /// Show what each patch of this row (from 1) contributes, as a table that adds up to the prediction; --out writes .csv or .json
    #[arg(long, value_name = "ROW", conflicts_with = "id", value_parser = from_to::<1, { u64::MAX }>)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) explain: Option<u64>,
    /// The array of an .npz that holds the table
    #[arg(long, value_name = "NAME")]
    pub(crate) array: Option<String>,
    /// Format of the table, where its name does not tell
    #[arg(long, value_name = "csv|tsv|npy|npz|parquet", value_parser = format)]
    #[serde(skip)]
    pub(crate) format: Option<Format>,
}

/// How often gradient descent on finite data recovers the teacher, beside the exact probability on the population
///
/// Each data set has a random teacher of its own, and up to 16 runs from random starts. A run is recovered if it ends in
/// the minimum nearest to the teacher, trapped if it ends in the other hemisphere, else elsewhere. Intervals come from the
/// variation between data sets. With several filters a run is trapped if it ends in any other minimum with a higher loss, and no
/// probability on the population is known.
#[derive(Debug, Args, Serialize)]
#[command(next_help_heading = "Data and runs")]
pub(crate) struct RecoveryArgs {
    #[command(flatten)]
    #[serde(flatten)]
    pub(crate) cell: CellArgs,
    /// Number of filters of teacher and student
    #[arg(long, value_name = "R", default_value_t = 1, value_parser = filters, help_heading = "Network and teacher")]
    #[serde(skip_serializing_if = "is_one")]
    pub(crate) filters: usize,
    /// Samples in a data set; several make a curve: a list of values and ranges such as 50:400:50
    #[arg(long, value_name = "N", value_parser = sizes)]
    pub(crate) samples: Sizes,
    /// Step size η
    #[arg(long, value_name = "ETA", value_parser = number)]
    pub(crate) step_size: f64,
    /// Standard deviation of the noise on the labels
    #[arg(long, value_name = "SD", default_value_t = 0.0, value_parser = number)]
    pub(crate) noise: f64,
    /// Runs for each number of samples
    #[arg(long, value_name = "N", default_value_t = 320, value_parser = from_to::<1, { recovery::LARGEST_RUNS }>)]
    pub(crate) runs: u64,
}

/// How often students of several filters recover the teacher, and where they are trapped
///
/// Every filter and its output weights start as in the paper. Beside each share stands the law of independent tickets,
/// 1 − (1 − P₁)ʳ, with the exact probability P₁ of one filter. No theorem decides these runs: a run has recovered the teacher
/// when its loss is next to nothing, and is trapped when it has come to rest above.
#[derive(Debug, Args, Serialize)]
#[command(next_help_heading = "Runs")]
pub(crate) struct WidthArgs {
    #[command(flatten)]
    #[serde(flatten)]
    pub(crate) cell: CellArgs,
    /// Numbers of filters of the student, from 1 to 16: a list of values and ranges such as 1,2,4 or 1:8
    #[arg(long, value_name = "R", value_parser = sizes, help_heading = "Network and teacher")]
    pub(crate) filters: Sizes,
    /// Step size η
    #[arg(long, value_name = "ETA", value_parser = number)]
    pub(crate) step_size: f64,
    /// Runs for each number of filters, such as 1e5
    #[arg(long, value_name = "N", value_parser = from_to::<1, { width::LARGEST_RUNS }>)]
    pub(crate) runs: u64,
    /// How large the output weights of each filter start
    #[arg(long, value_enum, default_value_t = OutputWeights::Divided)]
    pub(crate) output_weights: OutputWeights,
    /// Also the critical points at which trapped runs end: loss, index and angles, from the first 1000 of each width
    #[arg(long, help_heading = "Results")]
    pub(crate) traps: bool,
}

/// How large the output weights of each filter start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum OutputWeights {
    /// As in the paper, divided by the number of filters
    Divided,
    /// As in the paper
    Whole,
}

impl OutputWeights {
    pub(crate) fn scale(self) -> OutputScale {
        match self {
            Self::Divided => OutputScale::Divided,
            Self::Whole => OutputScale::Whole,
        }
    }
}

/// BibTeX of the sources behind a command
#[derive(Debug, Args)]
pub(crate) struct CiteArgs {
    /// The command; everything if left out
    pub(crate) command: Option<Citable>,
}

/// A command with sources.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Citable {
    Reproduce,
    Trace,
    Compare,
    Landscape,
    Probability,
    Sweep,
    Width,
    Fit,
    Recovery,
}

/// The topic of help that is no command.
pub(crate) const TERMS: &str = "terms";

/// Explain a command; `spurious help terms` explains p, k, ρ, β, η, x_c, verdict and the other terms
#[derive(Debug, Args)]
pub(crate) struct HelpArgs {
    /// A command, or `terms`; an overview if left out
    #[arg(hide_possible_values = true)]
    pub(crate) topic: Option<String>,
}

/// A completion script for your shell
#[derive(Debug, Args)]
pub(crate) struct CompletionsArgs {
    /// The shell
    pub(crate) shell: clap_complete::Shell,
}
