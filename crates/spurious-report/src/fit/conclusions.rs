//! Conclusions from a fit, on which words and pictures agree.

use spurious::fit::{Fit, Layout, Network, Prediction, SearchRun, StartKind};

use spurious_plot::Paint;
use spurious_plot::markup::literal;

use super::FitReport;

/// Colours of the two models.
pub(super) const NETWORK: Paint = Paint::Blue;
pub(super) const LINEAR: Paint = Paint::Orange;

/// A report, and what follows from it.
pub(super) struct Conclusions<'a> {
    pub(super) report: &'a FitReport<'a>,
    pub(super) fit: &'a Fit,
    /// Half the width of an interval of 95 % for each number of the network, if errors are known.
    pub(super) half_widths: Option<Network>,
    /// Name of the target in text with markup.
    pub(super) target: String,
    /// “window” or “tile”.
    pub(super) patch: &'static str,
}

/// How numbers in lines are shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Arrangement {
    /// As one curve over this axis.
    Profile(&'static str),
    /// As a curve for each line.
    Channels(&'static str),
    /// As a map of lines and positions in them.
    Map([&'static str; 2]),
}

/// More channels than this become a map.
const MOST_CHANNELS: usize = 6;

impl<'a> Conclusions<'a> {
    pub(super) fn new(report: &'a FitReport<'a>) -> Self {
        Self {
            report,
            fit: &report.analysis.fit,
            half_widths: half_widths(&report.analysis.fit),
            target: literal(&shortened(report.target_name, 60)),
            patch: match report.analysis.windows.layout() {
                Layout::Signal => "window",
                Layout::Image => "tile",
            },
        }
    }

    pub(super) fn predictions(&self) -> &'a [Prediction] {
        &self.report.analysis.predictions
    }

    /// Name of the target on an axis.
    pub(super) fn target_on_axis(&self) -> String {
        literal(&shortened(self.report.target_name, 40))
    }

    /// Name of a number of a row, shortened; a number if it has none.
    pub(super) fn column(&self, column: usize) -> String {
        match self.report.columns.get(column) {
            Some(name) if !name.trim().is_empty() => shortened(name, 40),
            _ => format!("column {}", column + 1),
        }
    }

    /// Name of the number of a row that is entry `t` of patch `j`.
    pub(super) fn column_at(&self, j: usize, t: usize) -> String {
        match self.report.analysis.windows.column(j, t) {
            Some(column) => self.column(column),
            None => "beyond the edge".into(),
        }
    }

    pub(super) fn filter_arrangement(&self) -> Arrangement {
        match (self.report.analysis.windows.layout(), self.report.analysis.windows.patch_shape()) {
            (Layout::Signal, [1, _]) => Arrangement::Profile("position in the window"),
            (Layout::Signal, [_, 1]) => Arrangement::Profile("channel"),
            (Layout::Signal, [channels, _]) if channels <= MOST_CHANNELS => {
                Arrangement::Channels("position in the window")
            }
            (Layout::Signal, _) => Arrangement::Map(["channel", "position in the window"]),
            (Layout::Image, [1, _]) => Arrangement::Profile("column of the tile, from the left"),
            (Layout::Image, [_, 1]) => Arrangement::Profile("row of the tile, from the top"),
            (Layout::Image, _) => Arrangement::Map(["row of the tile", "column of the tile"]),
        }
    }

    pub(super) fn weights_arrangement(&self) -> Arrangement {
        if self.fit.network.scores() > 1 {
            return Arrangement::Map(["class", self.patch]);
        }
        match (self.report.analysis.windows.layout(), self.report.analysis.windows.grid_shape()) {
            (Layout::Signal, _) => Arrangement::Profile("window, from the start of the signal"),
            (Layout::Image, [1, _]) => Arrangement::Profile("tile, from the left"),
            (Layout::Image, [_, 1]) => Arrangement::Profile("tile, from the top"),
            (Layout::Image, _) => Arrangement::Map(["row of tiles", "column of tiles"]),
        }
    }

    /// “one filter”, or how many.
    pub(super) fn filters(&self) -> String {
        match self.fit.network.filters.len() {
            1 => "one filter".to_owned(),
            count => format!("{count} filters"),
        }
    }

    /// “ and a linear part”, if there is one.
    pub(super) fn and_linear_part(&self) -> &'static str {
        if self.fit.network.linear_part.is_empty() { "" } else { " and a linear part" }
    }

    /// Standard deviation of each entry of a patch.
    pub(super) fn spreads(&self) -> Vec<f64> {
        let p = self.report.analysis.windows.patch_dim();
        let covariance = &self.report.analysis.survey.patch_covariance;
        (0..p).map(|t| covariance.get(t * p + t).map_or(0.0, |variance| variance.max(0.0).sqrt())).collect()
    }

    /// Whether the entries of a patch differ so much in spread that their filter must be weighed by it.
    pub(super) fn weighs_spread(&self) -> bool {
        let spreads = self.spreads();
        let varying = || spreads.iter().copied().filter(|&spread| spread > 0.0);
        varying().fold(0.0, f64::max) > 3.0 * varying().fold(f64::INFINITY, f64::min)
    }

    /// The run from the reversed best filter.
    pub(super) fn restart(&self) -> Option<&'a SearchRun> {
        self.fit.runs.iter().rev().find(|run| run.start == StartKind::Antipodal)
    }
}

fn half_widths(fit: &Fit) -> Option<Network> {
    let factor = fit.interval_factor();
    let errors = fit.standard_errors.as_ref()?;
    Some(errors.with_numbers(errors.numbers().map(|error| factor * error)))
}

/// A name of at most so many letters.
pub(super) fn shortened(name: &str, most: usize) -> String {
    if name.chars().count() <= most {
        return name.to_string();
    }
    name.chars().take(most - 1).chain(['…']).collect()
}
