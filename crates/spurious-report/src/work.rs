//! How the parts of the report are computed: with which settings, and who watches.

use rayon::prelude::*;
use spurious::model::Cell;
use spurious::monitor::CancelOnly;
use spurious::probability::{Quadrature, SuccessProbability, success_probability};
use spurious::{Error, Monitor};

use crate::ReportSettings;

/// The settings of a report, and whoever hears of progress and may cancel.
#[derive(Clone, Copy)]
pub(crate) struct Work<'a> {
    pub(crate) settings: &'a ReportSettings,
    pub(crate) monitor: &'a dyn Monitor,
}

impl Work<'_> {
    /// One thing for quick reports, another for others.
    pub(crate) fn choose<T>(&self, quick: T, full: T) -> T {
        if self.settings.quick { quick } else { full }
    }

    /// Begins a stage of so many items.
    pub(crate) fn begin(&self, stage: &str, items: usize) {
        self.monitor.begin(stage, Some(items as u64));
    }

    /// One more item is done.
    pub(crate) fn advance(&self) -> Result<(), Error> {
        self.monitor.advance(1);
        self.monitor.check()
    }

    /// One result for each item, on all cores; items count for the stage.
    pub(crate) fn each<T: Sync, R: Send>(
        &self,
        items: &[T],
        compute: impl Fn(&T) -> Result<R, Error> + Sync,
    ) -> Result<Vec<R>, Error> {
        let one = |item: &T| {
            self.monitor.check()?;
            let result = compute(item)?;
            self.monitor.advance(1);
            Ok(result)
        };
        items.par_iter().map(one).collect()
    }

    /// The exact success probability, of gradient flow or of the iteration with a step size.
    pub(crate) fn exact(
        &self,
        cell: &Cell,
        step_size: Option<f64>,
        quadrature: &Quadrature,
    ) -> Result<SuccessProbability, Error> {
        success_probability(cell, step_size, quadrature, &self.quietly())
    }

    /// For work within an item: it may be cancelled, and does not count.
    pub(crate) fn quietly(&self) -> CancelOnly<'_> {
        CancelOnly(self.monitor)
    }
}
