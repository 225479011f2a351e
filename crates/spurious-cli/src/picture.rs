//! `--plot` of sweeps: the picture of their results.

use std::path::{Path, PathBuf};

use spurious::Monitor;
use spurious_report::probability::PictureError;
use spurious_report::sweep::{SweepError, check_sweep, sweep_figure};
use spurious_sweep::{Plan, Results};

use crate::commands::{Format, format};
use crate::console::Console;
use crate::failure::Failure;
use crate::files;
use crate::output;

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
        let points: Vec<_> = plan.points().map(|point| (point.cell, point.step_size)).collect();
        check_sweep(&points)?;
        Ok(Self { path, format })
    }

    /// Draws the results of the sweep whose shards lie in some folders.
    pub(crate) fn draw(&self, folders: &[PathBuf], console: &Console) -> Result<(), Failure> {
        let stopped = || Failure::Interrupted("the results are written, but not the picture".to_owned());
        let results = Results::open(folders, console)
            .map_err(|error| if error.is_cancelled() { stopped() } else { error.into() })?;
        let mut cells = Vec::new();
        let mut left_out = 0;
        for row in results {
            if console.is_cancelled() {
                return Err(stopped());
            }
            let (row, steps) = row?;
            let counts = row.estimate.counts;
            // Their share of recoveries says nothing.
            if 100 * counts.undecided > counts.runs {
                left_out += 1;
                continue;
            }
            cells.push((row, steps));
        }
        if left_out > 0 {
            console.warn(&format!(
                "cells not drawn, because more than 1 % of their runs are undecided: {left_out}"
            ));
        }
        if cells.is_empty() {
            return Ok(());
        }
        let figure = sweep_figure(&cells)?;
        let bytes = match self.format {
            Format::Pdf => figure.to_pdf(),
            _ => figure.to_svg_file().into_bytes(),
        };
        files::write_file(self.path, &bytes, false)?;
        output::wrote(self.path, console);
        Ok(())
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

impl From<PictureError> for Failure {
    fn from(error: PictureError) -> Self {
        Self::Input(error.to_string())
    }
}
