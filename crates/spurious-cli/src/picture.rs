//! `--plot` of sweeps: the picture of their results.

use std::path::{Path, PathBuf};

use spurious_report::sweep::{SweepError, SweepRow, check_sweep, sweep_figure};
use spurious_sweep::{Plan, Results};

use crate::commands::{Format, format};
use crate::console::Console;
use crate::failure::Failure;
use crate::files;

/// More cells than these are no picture.
const MOST_CELLS: u64 = 100_000;

/// The picture that is to be drawn when a sweep is done.
pub(crate) struct Picture<'a> {
    path: &'a Path,
    format: Format,
}

impl<'a> Picture<'a> {
    /// Finds out before the work whether the picture can be drawn and written. Results go to `folder`.
    pub(crate) fn new(path: &'a Path, plan: &Plan, folder: Option<&Path>) -> Result<Self, Failure> {
        let format = format(path, &[Format::Svg, Format::Pdf])?;
        if std::fs::symlink_metadata(path).is_ok() {
            let path = path.display();
            return Err(Failure::Input(format!(
                "{path} exists: name another file for the picture, or remove it"
            )));
        }
        // The folder of the results will be there.
        if folder.is_none() || path.parent() != folder {
            files::check_target(path, false)?;
        }
        if plan.cells() > MOST_CELLS {
            let cells = plan.cells();
            return Err(Failure::Input(format!(
                "{cells} cells are too many for --plot: at most {MOST_CELLS}"
            )));
        }
        let rows: Vec<SweepRow> = plan
            .points()
            .map(|point| SweepRow {
                patch_dim: point.cell.patch_dim(),
                patches: point.cell.shape().patches(),
                sum_ratio: point.cell.shape().sum_ratio(),
                scale_ratio: point.cell.scale_ratio(),
                step_size: Some(point.step_size),
                criticality: point.cell.shape().criticality(),
                runs: 0,
                probability: 0.0,
                lower: 0.0,
                upper: 1.0,
                exact_probability: None,
                steps: Vec::new(),
            })
            .collect();
        check_sweep(&rows)?;
        Ok(Self { path, format })
    }

    /// Draws the results of the sweep whose shards lie in some folders.
    pub(crate) fn draw(&self, folders: &[PathBuf], console: &Console) -> Result<(), Failure> {
        let stopped = || Failure::Interrupted("the results are written, but not the picture".to_owned());
        let results = Results::open(folders, console)
            .map_err(|error| if error.is_cancelled() { stopped() } else { error.into() })?;
        let mut rows = Vec::new();
        let mut left_out = 0;
        for row in results {
            if console.is_interrupted() {
                return Err(stopped());
            }
            let (row, steps) = row?;
            let estimate = row.estimate;
            // Their share of recoveries says nothing.
            if 100 * estimate.counts.undecided > estimate.counts.runs {
                left_out += 1;
                continue;
            }
            rows.push(SweepRow {
                patch_dim: row.patch_dim,
                patches: row.patches,
                sum_ratio: row.sum_ratio,
                scale_ratio: row.scale_ratio,
                step_size: Some(row.step_size),
                criticality: row.criticality,
                runs: estimate.counts.runs,
                probability: estimate.probability,
                lower: estimate.lower,
                upper: estimate.upper,
                exact_probability: row.exact_probability,
                steps: steps.classes().collect(),
            });
        }
        if left_out > 0 {
            console.warn(&format!(
                "cells not drawn, because more than 1 % of their runs are undecided: {left_out}"
            ));
        }
        if rows.is_empty() {
            return Ok(());
        }
        let figure = sweep_figure(&rows)?;
        let bytes = match self.format {
            Format::Pdf => figure.to_pdf(),
            _ => figure.to_svg_file().into_bytes(),
        };
        files::write_file(self.path, &bytes, false)
    }
}

impl From<SweepError> for Failure {
    fn from(error: SweepError) -> Self {
        match error {
            SweepError::Model(error) => error.into(),
            error => Self::Input(error.to_string()),
        }
    }
}
