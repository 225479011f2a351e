//! Fitting the model to finite data, with standard errors and a comparison with linear models (theory, section 14).
//!
//! ```text
//! ℓₙ = (1/2Σω) Σᵢ ωᵢ (f(Zᵢ) − yᵢ)²,     f(Z) = c + Σⱼ aⱼ σ(u·Zⱼ + b)
//! ```
//!
//! For a target of two classes it is the logistic loss instead ([`Loss`]).
//!
//! Data is in memory ([`InMemory`], borrowed, in single or double precision), or comes block by block from an implementation of
//! [`SampleSource`]. [`Windows`] says how a row is cut into patches.
//!
//! ```
//! use spurious::fit::{InMemory, Network, Options, Rows, Validation, Values, Windows, analyse};
//! # use rand_distr::Distribution;
//! # let mut random = spurious::numerics::random::stream(1, 0, 0);
//! # let values: Vec<f64> = (0..200 * 6).map(|_| rand_distr::StandardNormal.sample(&mut random)).collect();
//! // 200 rows of 6 numbers, cut into 2 patches of 3, labelled by a network without noise.
//! let teacher = Network::new(vec![0.6, 0.0, 0.8], vec![1.0, -2.0]);
//! let target: Vec<f64> = values.chunks(6).map(|row| teacher.value(row)).collect();
//! let rows = Rows { values: Values::F64(&values), stride: 6, target: &target, weights: None };
//! let mut data = InMemory::new(rows, Windows::consecutive(6, 3)?)?;
//!
//! let analysis = analyse(&mut data, &Options::default(), Validation::HoldOut(0.2), &())?;
//! assert!((analysis.fit.network.filters[0].weights[2] - 0.8).abs() < 1e-12);
//! assert!((analysis.fit.network.filters[0].output_weights[1] + 2.0).abs() < 1e-12);
//! # Ok::<(), spurious::Error>(())
//! ```
//!
//! | item | contents |
//! |---|---|
//! | [`sums`], [`gauss_newton`] | loss, gradients and `JᵀJ` of many networks, in one pass |
//! | [`PartialSum`] | sums over parts of the data, with the same bits for every division |
//! | [`GramQuestion`], [`Division`] | the sums that a fit asks for, of data in several places |
//! | [`survey()`] | moments of the data, and its distance from the assumptions of the theory |
//! | [`fit()`] | the search for the best network, a summary of the search, and standard errors |
//! | [`Planted`] | data sets from a planted teacher, generated block by block in any order |
//! | [`RecoveryExperiment`] | how often gradient descent on samples recovers a planted teacher |
//! | [`predict`], [`explain`] | predictions, and one of them as a sum over patches |
//! | [`analyse`] | a fit, held-out samples, linear models, and which model predicts better |
//! | [`choose_and_analyse`] | the same for the best of several shapes |

mod analysis;
mod angle;
mod arrangement;
mod bootstrap;
mod calibration;
mod choice;
mod cholesky;
mod comparison;
mod conformal;
mod confusion;
mod coordinates;
mod descent;
mod division;
mod eliminated;
mod entry;
mod evaluate;
mod explanation;
mod few;
mod fitting;
mod judgement;
mod kernels;
mod labels;
mod levenberg;
mod linear;
mod linear_part;
mod logistic;
mod loss;
mod missing;
mod model;
mod network;
mod options;
mod packed;
mod pass;
mod penalty;
mod planted;
mod progress;
mod question;
mod race;
mod recovery;
mod refit;
mod result;
mod samples;
mod scoring;
mod search_summary;
mod searching;
mod split;
mod starts;
mod student;
mod subsample;
mod sums;
mod superfluous;
mod survey;
mod tally;
mod target;
mod transform;
mod trial;
mod uncertainty;
mod windows;

pub use crate::error::Place;
pub use arrangement::Arrangement;
pub use bootstrap::Bootstrap;
pub use calibration::{Calibration, CalibrationBin};
pub use choice::{Candidate, Choice, Choices};
pub use comparison::{Baseline, Comparison, Conclusion, Measure, Metric};
pub use confusion::Confusion;
pub use division::{Division, Stretch};
pub use entry::{
    analyse, choose_and_analyse, fit, gauss_newton, missing_values, partial_gram_sums, partial_sums, sums,
    survey,
};
pub use evaluate::{Arithmetic, predict};
pub use explanation::{Explanation, PatchShare, explain};
pub use judgement::{AntipodalRestart, Doubt};
pub use labels::Labels;
pub use levenberg::StopReason;
pub use linear::LinearModel;
pub use loss::{Loss, most_likely};
pub use missing::{Missing, MissingColumn, MissingValues};
pub use model::Model;
pub use network::{Filter, Network, WrittenNetwork};
pub use options::{
    FEWEST_RESAMPLES, LossChoice, MOST_FILTERS, MOST_STARTS, Optimiser, Options, Ridge, Validation,
};
pub use pass::block_samples;
pub use planted::{Inputs, Planted};
pub use question::GramQuestion;
pub use recovery::{Recovery, RecoveryExperiment};
pub use result::{
    Analysis, BesideNetwork, Ending, Endings, Fit, HeldOutTogether, Prediction, Scores, SearchRun,
};
pub use samples::{InMemory, Rows, SampleSource, Values};
pub use scoring::{PredictionScores, Scoring};
pub use search_summary::{FoundBy, SearchEnd, SearchSummary};
pub use split::{MOST_FOLDS, Marks, Selection, Split};
pub use starts::{StartKind, Starts};
pub use sums::{Additive, GramSums, PartialSum, Sums};
pub use survey::{Assumptions, Survey, WIDEST};
pub use target::{MOST_CLASSES, TargetKind};
pub use transform::{Scaling, Transform};
pub use windows::{Layout, Rest, Windows};
