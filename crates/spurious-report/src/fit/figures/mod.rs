//! The pictures of a report on a fit.

pub(super) mod filter;
mod panel;
pub(super) mod predictions;
pub(super) mod runs;
pub(super) mod scores;

use spurious_plot::Paint;

/// Colours of the two models.
const NETWORK: Paint = Paint::Blue;
const LINEAR: Paint = Paint::Orange;

/// Colours of samples that the models have seen and have not seen.
const SEEN: Paint = Paint::Blue;
const HELD_OUT: Paint = Paint::Vermillion;
