//! The explorer: the library as a WebAssembly module, and the page around it.
//!
//! The page asks questions in JSON, and the library answers. Nothing is computed here: a question is read, a function of
//! [`spurious`] is called, and its result is written with the keys that the command line has for it ([`ask`]). Long lists of numbers
//! (paths, grids, maps) come beside the JSON, as a block of doubles.
//!
//! # Questions
//!
//! A question is an object with its name in `request`. Of cell, start and method some keys may be left out, as on the command line.
//!
//! | `request` | beside the cell | answer | block |
//! |---|---|---|---|
//! | `about` | – | version, algorithms, limits | – |
//! | `landscape` | – | as `spurious landscape`, and limits of step sizes | – |
//! | `losses` | `angles`, `signals`, `sum` | – | losses `[signals, angles]` |
//! | `boundary` | `step_size`, `sum`, `signals`, `signal` | whether there is one, and the angle for `signal` | critical angles `[signals]` |
//! | `run` | start, method, `max_steps`, `max_time`, `points` | as `spurious trace` | eight columns `[moments]` |
//! | `compare` | start, `step_size`, `algorithms`, … | as `spurious compare` | eight columns of each |
//! | `probability` | `step_size`, `tolerance`, `confidence` | as `spurious probability` | – |
//! | `batch` | method, `seed`, `first`, `runs`, `before` | counts and estimate | five columns `[runs]` |
//! | `tiles` | `patches`, `sum_ratios`, `step_size`, `tolerance` | critical sum ratios | probabilities `[sum_ratios, patches]` |
//! | `paper` | – | Table 1 of the paper | – |
//! | `width` | `filters`, `step_size`, `first`, `runs`, `before` | as a row of `spurious width` | – |
//!
//! Every size is limited ([`limits`]), so that no question takes more than some seconds or some megabytes. A question that is refused
//! is answered by `{"error": "…"}`, with the library's own sentence.
//!
//! # The module
//!
//! `exports` has the two functions of the module. There is no generated code between them and the page: a question is bytes in a buffer that the
//! module owns, the answer is words in another one. A panic ends the instance; the page starts another one of the same module.

mod answer;
mod batches;
#[cfg(target_family = "wasm")]
mod exports;
pub mod limits;
#[cfg(not(target_family = "wasm"))]
mod opening;
mod plane;
mod probabilities;
mod question;
mod runs;

pub use answer::{Answer, Refused};
#[cfg(not(target_family = "wasm"))]
pub use opening::{Opening, VIEWS};
use question::{Question, Request};

/// The page as one file, which computes by itself. `cargo xtask web` makes it.
#[cfg(not(target_family = "wasm"))]
pub const PAGE: &str = include_str!("../explorer.html");

/// Answers a question in JSON.
///
/// # Examples
/// ```
/// let answer = spurious_web::ask(r#"{"request": "landscape", "patch_dim": 5, "patches": 25, "sum_ratio": 4}"#);
/// assert!(answer.json().contains(r#""criticality":0.46299"#));
/// let refused = spurious_web::ask(r#"{"request": "landscape", "patch_dim": 5, "patches": 25, "sum_ratio": 30}"#);
/// assert_eq!(refused.json(), r#"{"error":"sum ratio 30 is larger than the number of patches 25"}"#);
/// ```
pub fn ask(question: &str) -> Answer {
    answered(question).unwrap_or_else(|refused| refused.answer())
}

fn answered(question: &str) -> Result<Answer, Refused> {
    limits::check_length(question.len())?;
    let question = Question::parsed(question)?;
    match question.request()? {
        Request::About => limits::about(),
        Request::Landscape => plane::landscape_of(&question),
        Request::Losses => plane::losses(&question),
        Request::Boundary => plane::boundary(&question),
        Request::Run => runs::run(&question),
        Request::Compare => runs::compare(&question),
        Request::Probability => probabilities::probability(&question),
        Request::Tiles => probabilities::tiles(&question),
        Request::Paper => probabilities::paper(),
        Request::Batch => batches::batch(&question),
        Request::Width => batches::width(&question),
    }
}
